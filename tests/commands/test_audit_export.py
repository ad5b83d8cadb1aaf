"""What auditors get: entries, rosters and clocks with reasons, no word of anybody, and a verifier that finds each tampering."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bot import exporting
from bot.verify_export import digest_of
from storage import anchors as anchors_
from tests.commands.process import command
from tests.world import World

CANARY = "Quokka"
Lines = list[str]

pytestmark = pytest.mark.slow


def verified(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run the verifier as an auditor would: with nothing but Python, isolated from everything that is installed."""
    ran = subprocess.run([sys.executable, "-I", "-S", str(folder / "verify.py"), *arguments], capture_output=True, timeout=60,
                         cwd=folder)
    assert not ran.stderr, ran.stderr
    return ran.returncode, ran.stdout.decode()


def changed(lines: Lines, place: int, **fields: object) -> Lines:
    return [*lines[:place], json.dumps({**json.loads(lines[place]), **fields}), *lines[place + 1:]]


def chained(lines: Lines, start: int) -> Lines:
    """The chain computed anew from an entry on, as somebody does who knows how."""
    found = [json.loads(one) for one in lines]
    for at in range(start, len(found)):
        found[at]["number"] = found[at - 1]["number"] + 1
        found[at]["previous"] = found[at - 1]["digest"]
        found[at]["digest"] = digest_of(found[at])
    return [json.dumps(one) for one in found]


async def test_an_export_has_no_word_of_anybody_and_its_verifier_finds_each_tampering(world: World, tmp_path: Path) -> None:
    me, ml = world.researcher, world.triager_ml
    await world.post("/api/people/researcher", {"name": f"{CANARY}account"})
    report = await me.sends_report(f"{CANARY}text", title=f"{CANARY}title", worked="3 of 10", credit=f"{CANARY}credit")
    channel = world.channel(report)
    await world.until((await world.now()).replace(hour=10))
    for line in (f"note {CANARY}note", "accept medium jailbreak"):
        assert (await ml.runs(line, channel)).code == "ok", line
    await me.says(f"{CANARY}answer")
    assert (await world.admin.runs(f"upkeep revive {CANARY}key")).code != "ok"
    assert (await me.runs(f"/vdp me pseudonym {CANARY}name")).code == "ok"
    assert (await world.admin.runs("program grant leadership lead")).code == "ok"
    for _ in range(3):
        await world.passes(days=1)

    place = tmp_path / "out"
    app = world.app
    with pytest.raises(ValueError, match="before the first"):
        exporting.span_of(date(2026, 12, 4), date(2026, 12, 1), app.program)
    span = exporting.span_of(date(2026, 12, 1), date(2026, 12, 3), app.program)
    for number in range(2):
        async with app.database.read(await world.now()) as work:
            if number:
                with pytest.raises(exporting.TakenError):
                    await exporting.export(work, app.program, span, anchors_.read(world.data / anchors_.FILE), place)
            else:
                await exporting.export(work, app.program, span, anchors_.read(world.data / anchors_.FILE), place)
    whole = tmp_path / "whole.zip"
    ran = command("audit", "export", "--from", "2026-11-30", "--to", "2026-12-31", "--out", str(whole), "--data", str(world.data))
    assert ran.code == 0, ran
    zipfile.ZipFile(whole).extractall(tmp_path)
    assert (whole.stat().st_mode & 0o777, place.stat().st_mode & 0o777) == (0o600, 0o700)
    assert sorted(one.name for one in place.iterdir()) == [
        "README.txt", "anchors.txt", "clocks.jsonl", "ledger.jsonl", "manifest.json", "roster.csv", "verify.py"]
    assert not list(tmp_path.glob(".export-*"))
    for folder in (place, tmp_path / "whole"):
        for file in folder.iterdir():
            kept = file.read_text()
            assert CANARY.lower() not in kept.lower(), file
            for name in ("researcher-2", "triager-ml", '"local"'):
                assert name not in kept, (file, name)
        assert verified(folder)[0] == 0, verified(folder)
    manifest = json.loads((place / "manifest.json").read_text())
    lines = (place / "ledger.jsonl").read_text().splitlines()
    assert manifest["before"]["number"] + 1 == json.loads(lines[0])["number"] > 1, "the link to what came before"
    assert {one["clock"] for one in map(json.loads, (tmp_path / "whole" / "clocks.jsonl").read_text().splitlines())} >= {
        "acknowledge", "first-response", "triage", "remediation"}
    clock = next(one for one in map(json.loads, (tmp_path / "whole" / "clocks.jsonl").read_text().splitlines())
                 if one["clock"] == "acknowledge")
    assert clock["report_id"] == report and clock["why"][0].startswith("started ") and clock["stopped"]
    assert '"clock": "acknowledge"' not in (place / "clocks.jsonl").read_text(), "it stopped on the day before that span"
    assert exporting._csv(("=1+1", "-2", "a,b")) == "'=1+1,'-2,\"a,b\""
    roster = (tmp_path / "whole" / "roster.csv").read_text()
    assert ",roster," in roster and ",granted," in roster and report in roster

    found = tmp_path / "whole"
    entries = (found / "ledger.jsonl").read_text().splitlines()
    anchors = (found / "anchors.txt").read_text().splitlines()
    assert len(anchors) >= 3, anchors
    at = int(anchors[-2].split()[1]) - 2  # before an anchor that is not the last
    inserted = json.dumps({**json.loads(entries[at]), "kind": "agreed"})
    tampered: dict[str, tuple[Callable[[], Lines], str]] = {
        "changed": (lambda: changed(entries, at, person_id="p-somebody"), "was changed"),
        "changed data": (lambda: changed(entries, at, data="{}", at="2026-01-01T00:00:00+00:00"), "was changed"),
        "changed, its own digest mended": (lambda: changed(entries, at, kind="agreed", digest=digest_of(
            {**json.loads(entries[at]), "kind": "agreed"})), "does not follow"),
        "removed": (lambda: [*entries[:at], *entries[at + 1:]], "missing"),
        "inserted": (lambda: [*entries[:at], inserted, *entries[at:]], "inserted"),
        "reordered": (lambda: [*entries[:at], entries[at + 1], entries[at], *entries[at + 2:]], "out of order"),
        "first ones gone": (lambda: entries[3:], "missing"),
        "more than an entry": (lambda: changed(entries, at, note="The lead agreed."), "is no entry"),
        "cut in the middle": (lambda: [*entries[:at], entries[at][:40]], "is no entry"),
        "not an entry": (lambda: [*entries[:at], "{]", *entries[at + 1:]], "is no entry"),
        "first ones gone, the manifest mended": (lambda: entries[-1:], "is missing"),
        "another programme's": (lambda: chained([json.dumps({**json.loads(entries[0]), "previous": "f" * 64, "digest": digest_of(
            {**json.loads(entries[0]), "previous": "f" * 64})}), *entries[1:]], 1), "differs from the anchor"),
        "cut end": (lambda: entries[:at], "missing"),
        "chain computed anew": (lambda: chained(changed(entries, at, person_id="p-somebody"), at), "differs from the anchor"),
        "removed, chain computed anew": (lambda: chained([*entries[:at], *entries[at + 1:]], at), "differs from the anchor"),
    }
    for name, (make, says) in tampered.items():
        copy = tmp_path / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(found, copy)
        made = make()
        (copy / "ledger.jsonl").write_text("".join(f"{one}\n" for one in made))
        known = json.loads((copy / "manifest.json").read_text())
        if name == "first ones gone, the manifest mended":
            known |= {"entries": len(made), "before": {name: json.loads(entries[-2])[name] for name in ("number", "digest")}}
        elif name == "another programme's":
            known["before"] = {"number": 0, "digest": "f" * 64}
        if name == "cut end" or "computed anew" in name or "another" in name:  # whoever does that mends the manifest too
            last = json.loads(made[-1])
            known |= {"entries": len(made), "last": {"number": last["number"], "digest": last["digest"]}}
        known["files"]["ledger.jsonl"] = hashlib.sha256((copy / "ledger.jsonl").read_bytes()).hexdigest()
        (copy / "manifest.json").write_text(json.dumps(known))
        code, said = verified(copy, "--anchors", str(found / "anchors.txt"))
        assert code == 1 and says in said, (name, said)
    for name, says in (("roster.csv", "roster.csv is missing"), ("ledger.jsonl", "ledger.jsonl is missing"), ("anchors.txt", "no such file"),
                       ("manifest.json", "no whole export")):
        for text in (None, "nothing\n", "{}", '{"entries": 1}', "[" * 100_000):
            copy = tmp_path / "copy"
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(found, copy)
            (copy / name).unlink()
            if text is not None:
                (copy / name).write_text(text)
            code, said = verified(copy)
            assert code == 1 and (text is not None or says in said), (name, text, said)
    (tmp_path / "theirs.txt").write_text(f"2031-01-01 3 {'a' * 64}\nnot an anchor\n")
    for wrong, says in (("theirs.txt", "nothing was compared"), ("none.txt", "no such file")):
        code, said = verified(found, "--anchors", str(tmp_path / wrong))
        assert code == 1 and says in said, (wrong, said)
    head = json.loads(entries[-1])["digest"]
    assert verified(found, "--head", head)[0] == 0
    assert verified(found, "--head", "0" * 64)[0] == 1
