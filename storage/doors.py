"""Whether the programme takes reports: in rehearsal, open, paused until a date; and the rehearsal that runs.

Decides how that is remembered: small settings, so that every process sees the same at once. A database without them is one that was
open before there were rehearsals. The words of a pause are people's and stand sealed. Who may open and pause is left to `commands/`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, and_, exists, func, or_
from sqlmodel import col, select

from storage.models import Report, Setting

if TYPE_CHECKING:
    from storage.database import Work
    from storage.vault import Vault

_START: Final = "doors/"
STAGE, PAUSE, PLAY = "doors/stage", "doors/pause", "doors/rehearsal"


@dataclass(frozen=True, slots=True)
class Pause:
    """No new reports until an instant; `words` are what researchers read, nothing for our own words."""

    since: datetime
    until: datetime
    by: str  # person
    words: str


@dataclass(frozen=True, slots=True)
class Play:
    """The rehearsal that runs, or is being cleared away: its report, who began it, and when it ends at the latest."""

    report: str
    by: str
    began: datetime
    until: datetime
    finished: bool  # everything was done
    over: bool  # its channel is closed; what is left of it goes next


@dataclass(frozen=True, slots=True)
class Doors:
    """How the programme stands at an instant."""

    live: bool = True
    opens_at: datetime | None = None  # a date that is set, while it is not open yet
    pause: Pause | None = None

    @property
    def open(self) -> bool:
        """Whether anybody may send a report."""
        return self.live and self.pause is None


async def standing(work: Work, vault: Vault) -> Doors:
    """Return how the programme stands now; a date that has come opens it, and one that is over ends a pause, without anybody's act."""
    rows = await _rows(work, STAGE, PAUSE)
    stage, pause = _read(rows.get(STAGE)), rows.get(PAUSE)
    opens = _instant(stage.get("opens"))
    live = stage.get("stage", "live") == "live" or (opens is not None and opens <= work.now)
    found: Pause | None = None
    if pause is not None:
        said = _read(pause)
        until = datetime.fromisoformat(said["until"])
        if until > work.now:
            words = vault.common.open_text("setting", "secret", PAUSE, pause.secret) if pause.secret is not None else ""
            found = Pause(datetime.fromisoformat(said["since"]), until, said["by"], words)
    return Doors(live, None if live else opens, found)


async def begin(work: Work) -> None:
    """Have a real programme start in rehearsal, unless it holds reports already or was started before."""
    if await work.reports.setting(STAGE) is not None:
        return
    reports = int((await work.session.execute(select(func.count()).select_from(Report))).scalar_one())
    await _put(work, STAGE, {"stage": "live" if reports else "rehearsal"})


async def close_until(work: Work, opens: datetime) -> None:
    """Set the date on which the programme opens."""
    await _put(work, STAGE, {"stage": "rehearsal", "opens": opens.isoformat()})


async def go_live(work: Work) -> None:
    """Open the programme."""
    await _put(work, STAGE, {"stage": "live"})


async def pause(work: Work, vault: Vault, until: datetime, *, by: str, words: str) -> None:
    """Take no new reports until an instant."""
    row = await _put(work, PAUSE, {"since": work.now.isoformat(), "until": until.isoformat(), "by": by})
    row.secret = vault.common.seal("setting", "secret", PAUSE, words) if words else None


async def resume(work: Work) -> None:
    """Take reports again."""
    await _drop(work, PAUSE)


async def play(work: Work) -> Play | None:
    """Return the rehearsal that runs or is being cleared away."""
    said = _read((await _rows(work, PLAY)).get(PLAY))
    return Play(said["report"], said["by"], datetime.fromisoformat(said["began"]), datetime.fromisoformat(said["until"]),
                said["finished"], said["over"]) if said else None


async def keep_play(work: Work, one: Play | None) -> None:
    """Remember the rehearsal, or that there is none."""
    if one is None:
        await _drop(work, PLAY)
        return
    await _put(work, PLAY, {"report": one.report, "by": one.by, "began": one.began.isoformat(), "until": one.until.isoformat(),
                            "finished": one.finished, "over": one.over})


def dated() -> ColumnElement[bool]:
    """Return whether any date stands for which the clock waits, as a part of a question."""
    opens = and_(col(Setting.name) == STAGE, col(Setting.value).contains('"opens"'))
    return exists().where(or_(col(Setting.name).in_((PAUSE, PLAY)), opens))


async def due(work: Work) -> frozenset[str]:
    """Return what the clock has to do: stage (open it), pause (end it), rehearsal (end it), cleared (remove what is left of it)."""
    found = await work.session.execute(select(Setting).where(col(Setting.name).startswith(_START)))
    rows = {row.name: _read(row) for row in found.scalars()}
    stage, paused, playing = rows.get(STAGE, {}), rows.get(PAUSE, {}), rows.get(PLAY, {})
    opens, until, end = _instant(stage.get("opens")), _instant(paused.get("until")), _instant(playing.get("until"))
    acts = (("stage", opens), ("pause", until), ("rehearsal", None if playing.get("over") else end))
    return frozenset([*(name for name, at in acts if at is not None and at <= work.now), *(["cleared"] if playing.get("over") else [])])


# -- the rows ----------------------------------------------------------------------------------------------------------

async def _rows(work: Work, *names: str) -> dict[str, Setting]:
    found = await work.session.execute(select(Setting).where(col(Setting.name).in_(names)))
    return {row.name: row for row in found.scalars()}


def _read(row: Setting | None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(row.value) if row is not None and row.value else {}
    return found


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


async def _put(work: Work, name: str, value: Mapping[str, object]) -> Setting:
    row = await work.reports.setting(name)
    if row is None:
        row = Setting(name=name)
        work.session.add(row)
    row.value = json.dumps(dict(value), sort_keys=True)
    await work.session.flush()
    return row


async def _drop(work: Work, name: str) -> None:
    row = await work.reports.setting(name)
    if row is not None:
        await work.session.delete(row)
        await work.session.flush()
