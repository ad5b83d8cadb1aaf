"""What auditors get: the ledger of a span, who was put on and taken off rosters, every clock with its explanation, and a verifier.

Decides which files an export has and what stands in them. Nothing of a report's text enters: only ledger entries, which hold ids,
digests and words of ours, and what is computed from them. The clocks are worked out as the programme has its numbers now. Only
reads, beside a running bot. `verify_export.py` is copied into every export; wording is in `commands/wording/audit.py`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from commands.history import facts_of
from commands.wording import audit as wording
from config.policy import deadlines
from config.policy.calendar import at_wall
from config.policy.deadlines import ClockView
from config.policy.states import DONE
from config.program import Program
from storage.anchors import Anchor
from storage.database import Work
from storage.ledger import GENESIS
from storage.models import Entry, Report

LEDGER, ROSTER, CLOCKS, ANCHORS, MANIFEST, README, VERIFIER = (
    "ledger.jsonl", "roster.csv", "clocks.jsonl", "anchors.txt", "manifest.json", "README.txt", "verify.py")
_ROSTER = ("granted", "revoked", "roster", "roster_left", "assigned", "owner", "owner_gone", "joined", "unjoined", "away", "left")
_ROSTER_HEAD = ("number", "at", "what", "report", "person", "part", "by")
_AT_ONCE = 300


@dataclass(frozen=True, slots=True)
class Span:
    """Whole days in the programme's zone, the last one included, and the instants between which they lie."""

    first: date
    last: date
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: where, how many entries and clocks, and the last entry with its digest."""

    path: Path
    entries: int
    clocks: int
    number: int
    digest: str


class TakenError(Exception):
    """There is something at the place where the export was to go; nothing was written."""


def span_of(first: date, last: date, program: Program) -> Span:
    """Return the span of two days; raises ValueError when the last one is before the first."""
    if last < first:
        raise ValueError(wording.BACKWARDS)
    return Span(first, last, at_wall(first, time(0), program.working), at_wall(last + timedelta(days=1), time(0), program.working))


class Folder:
    """The files of an export while they are written, each with its SHA-256."""

    def __init__(self, path: Path) -> None:
        """`path` is an empty folder."""
        self.path = path
        self.digests: dict[str, str] = {}

    def write(self, name: str, text: str) -> None:
        """Write a file whole."""
        data = text.encode()
        (self.path / name).write_bytes(data)
        self.digests[name] = hashlib.sha256(data).hexdigest()

    def append(self, name: str, rows: Iterable[str]) -> None:
        """Append lines to a file."""
        with (self.path / name).open("a", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{row}\n" for row in rows)

    def close(self, name: str) -> None:
        """Note the digest of a file that was written by lines; one without any is made empty."""
        path = self.path / name
        path.touch()
        with path.open("rb") as file:
            self.digests[name] = hashlib.file_digest(file, "sha256").hexdigest()


async def export(work: Work, program: Program, span: Span, anchors: Sequence[Anchor], out: Path) -> Exported:
    """Write the export of a span to a new folder, or to a new file when `out` ends in .zip; raises TakenError."""
    folder = Folder(begin(out))
    try:
        before, last = await _ends(work, span)
        entries = 0
        async for batch in _batches(work, before[0], last[0]):
            folder.append(LEDGER, map(line_of, batch))
            folder.append(ROSTER, map(_csv, [_ROSTER_HEAD] if not entries else []))
            folder.append(ROSTER, (_csv(_roster_row(one)) for one in batch if one.kind in _ROSTER))
            entries += len(batch)
        clocks = 0
        for report, views in [found async for found in _clocks(work, program, span, before[0], last[0])]:
            folder.append(CLOCKS, (json.dumps(_clock(report, one, span.until), ensure_ascii=False) for one in views))
            clocks += len(views)
        for name in (LEDGER, ROSTER, CLOCKS):
            folder.close(name)
        return Exported(finish(folder, span, anchors, out, before=before, last=last, entries=entries), entries, clocks, *last)
    finally:
        discard(folder)


def begin(out: Path) -> Path:
    """Make the folder in which an export is put together, beside its place; raises TakenError where that is taken."""
    if out.exists():
        raise TakenError(str(out))
    out.parent.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=out.parent, prefix=".export-"))


def discard(folder: Folder) -> None:
    """Remove what was left half-way."""
    shutil.rmtree(folder.path, ignore_errors=True)
    folder.path.with_suffix(".zip").unlink(missing_ok=True)


def finish(
    folder: Folder, span: Span, anchors: Sequence[Anchor], out: Path, *, before: tuple[int, str], last: tuple[int, str], entries: int,
) -> Path:
    """Write what belongs to every export, and put it in its place, whole."""
    named = [one for one in anchors if before[0] <= one.number <= last[0]]
    folder.write(ANCHORS, "".join(f"{one.day} {one.number} {one.digest}\n" for one in named))
    folder.write(VERIFIER, (Path(__file__).parent / "verify_export.py").read_text(encoding="utf-8"))
    folder.write(README, wording.readme(span.first, span.last, entries=entries, digest=last[1], number=last[0]))
    manifest = {"from": span.first.isoformat(), "to": span.last.isoformat(), "entries": entries,
                "before": {"number": before[0], "digest": before[1]}, "last": {"number": last[0], "digest": last[1]},
                "files": dict(sorted(folder.digests.items()))}
    folder.write(MANIFEST, json.dumps(manifest, indent=2) + "\n")
    if out.suffix != ".zip":
        return folder.path.rename(out)
    whole = folder.path.with_suffix(".zip")
    whole.touch(mode=0o600)  # as the folder, for its owner alone
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as file:
        for one in sorted(folder.path.iterdir()):
            file.write(one, f"{out.stem}/{one.name}")
    return whole.rename(out)


async def _ends(work: Work, span: Span) -> tuple[tuple[int, str], tuple[int, str]]:
    """Return number and digest of the entry before the span, and of the last one in it."""
    found = []
    for instant in (span.since, span.until):
        number = (await work.session.execute(select(func.max(Entry.number)).where(col(Entry.written_at) < instant))).scalar_one() or 0
        entry = await work.session.get(Entry, number) if number else None
        found.append((number, entry.digest if entry is not None else GENESIS))
    return found[0], max(found, key=lambda one: one[0])


async def _batches(work: Work, after: int, last: int) -> Any:
    batch: list[Entry] = []
    async for entry in work.ledger.entries(after=after):
        if entry.number > last:
            break
        batch.append(entry)
        if len(batch) == _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def line_of(entry: Entry) -> str:
    """Return an entry as one line, with everything that its digest is computed from."""
    return json.dumps({
        "number": entry.number, "previous": entry.previous, "digest": entry.digest,
        "at": entry.at.astimezone(UTC).isoformat(), "written_at": entry.written_at.astimezone(UTC).isoformat(),
        "kind": entry.kind, "report_id": entry.report_id, "person_id": entry.person_id, "key": entry.key, "data": entry.data,
    }, ensure_ascii=False)


def _roster_row(entry: Entry) -> tuple[str, ...]:
    data = json.loads(entry.data)
    part = next((str(data[name]) for name in ("part", "role", "who", "until") if data.get(name)), "")
    craft = f" {data['craft']}" if data.get("craft") else ""
    return (str(entry.number), entry.at.astimezone(UTC).isoformat(), entry.kind, entry.report_id, entry.person_id, part + craft,
            str(data.get("by", "")))


def _csv(row: Sequence[str]) -> str:
    text = io.StringIO()
    # A spreadsheet takes such a beginning for a formula.
    csv.writer(text, lineterminator="").writerow([f"'{one}" if one[:1] in ("=", "+", "-", "@", "\t", "\r") else one for one in row])
    return text.getvalue()


async def _clocks(work: Work, program: Program, span: Span, before: int, last: int) -> Any:
    """Yield each report with its clocks that ran at some time in the span, as they stood at its end."""
    within = select(Entry.report_id).where(col(Entry.number) > before, col(Entry.number) <= last, Entry.report_id != "").distinct()
    going = select(Report.id).where(col(Report.state).not_in([one.value for one in DONE]))
    reports = sorted({*(await work.session.execute(within)).scalars(), *(await work.session.execute(going)).scalars()})
    for first in range(0, len(reports), _AT_ONCE):
        some = reports[first : first + _AT_ONCE]
        entries: dict[str, list[Entry]] = {one: [] for one in some}
        for entry in (await work.session.execute(select(Entry).where(
                col(Entry.report_id).in_(some), col(Entry.number) <= last).order_by(col(Entry.number)))).scalars():
            entries[entry.report_id].append(entry)
        for report, written in entries.items():
            views = list(_within(deadlines.clocks(facts_of(written), program), span))
            if views:
                yield report, views


def _within(views: Iterable[ClockView], span: Span) -> Iterator[ClockView]:
    for one in views:
        if one.started < span.until and (one.stopped is None or one.stopped >= span.since):
            yield one


def _clock(report: str, view: ClockView, now: datetime) -> dict[str, Any]:
    """Return one clock as plain data, with why it was due when it was."""
    return {
        "report_id": report, "clock": view.name.value, "key": view.key, "started": _at(view.started), "due": _at(view.due),
        "promised": _at(view.promised), "stopped": _at(view.stopped), "stopped_by": view.stopped_by, "kept": view.fulfilled,
        "status": view.status(now).value, "missed": view.missed(now), "late_seconds": int(view.late_by(now).total_seconds()),
        "pauses": [{"since": _at(one.since), "until": _at(one.until), "why": one.why.value} for one in view.pauses],
        "why": [wording.piece(one) for one in view.explain()],
    }


def _at(instant: datetime | None) -> str:
    return instant.astimezone(UTC).isoformat() if instant is not None else ""
