"""A Monday morning with fourteen reports in several states, as a triager finds it after a weekend."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.app import App
from config.program import DEMO, Length, PerLevel
from config.program import load as load_program
from storage.models import Report
from tests.proving import BEFORE
from tests.world import World

THURSDAY = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 30, 9, 5, tzinfo=UTC)

# What happens to each on Thursday and Friday, in the words of who does it: triager-ml is who works on Monday.
LIVES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("jailbreak", ("ml acknowledge",)),
    ("jailbreak", ("ml accept medium jailbreak",)),
    ("jailbreak", ("ml accept medium jailbreak", "lead owner owner", "owner work 2026-12-18")),
    ("jailbreak", ("ml accept low jailbreak", "lead owner owner", "owner work 2026-12-04")),
    ("jailbreak", ("ml accept medium jailbreak", "lead owner owner", "owner work 2026-12-18",
                   "owner mitigate date=2027-01-15 The filter is on.")),
    ("jailbreak", ("ml accept medium jailbreak", "lead owner owner", "owner work 2026-12-18", "owner fix build 2026-11-27")),
    ("jailbreak", ("ml accept medium jailbreak", "lead owner owner", "owner work 2026-12-18", "owner fix build 2026-11-27",
                   *(f"sec {one}" for one in (*BEFORE, "verify")))),
    ("jailbreak", ("ml acknowledge", "ml ask clear=yes Which account did you use?")),
    ("jailbreak", ("sec acknowledge",)),
    ("jailbreak", ("sec accept high jailbreak",)),
)


def weekly() -> dict[str, Any]:
    """Return a programme in which researchers hear from us every six days."""
    clocks = load_program(DEMO).clocks
    six = Length(timedelta(days=6), written="6 days")
    return {"clocks": replace(clocks, update=PerLevel(six, six, six, six, six))}


async def filled(world: World) -> list[str]:
    """Fill a world that starts on that Thursday, and return the ids: ten from then, four that came over the weekend."""
    people = {"ml": world.triager_ml, "sec": world.triager_sec, "lead": world.lead, "owner": world.owner}
    reports = []
    for number, (category, life) in enumerate(LIVES):
        who = world.researcher if number % 2 else world.researcher_2
        report = await who.sends_report("It tells people how to do harm.", title=f"A persona prompt, number {number + 1}",
                                        category=category, worked="3 of 10")
        for line in life:
            name, _, rest = line.partition(" ")
            found = await people[name].runs(rest, world.channel(report))
            assert found.code == "ok", (line, found)
        reports.append(report)
    await world.until(datetime(2026, 11, 29, 15, 0, tzinfo=UTC))
    for number in range(4):
        who = world.researcher if number % 2 else world.researcher_2
        reports.append(await who.sends_report("It names other people's data.", title=f"A leak, number {number + 1}", worked="2 of 10"))
    await world.until(MORNING)
    return reports


async def crowd(app: App, like: str, number: int) -> list[str]:
    """Put many more reports beside one that there is, with its roster and history: what a queue reads, and nothing else."""
    database, vault = app.engine.database, app.desk.vault
    made: list[str] = []
    async with database.work(app.engine.clock.now()) as work:
        one = await work.reports.get(like)
        assert one is not None
        history = [(entry.kind, entry.person_id, entry.at, json.loads(entry.data)) for entry in await work.ledger.of(like)
                   if entry.kind in ("submit", "acknowledge", "assigned")]
        roster = [(row.person_id, row.part) for row in await work.people.roster(like)]
        shape = {name: getattr(one, name) for name in type(one).model_fields
                 if name not in ("id", "key", "channel", "title", "summary", "facts", "sketch", "component", "signature", "receipt")}
        for place in range(number):
            identity = await work.reports.fresh_id()
            work.session.add(Report(**shape, id=identity, key=vault.new_key(f"report|{identity}")[0], channel=f"triage-{identity.lower()}"))
            await work.session.flush()
            for person, part in roster:
                await work.people.join(identity, person, part)
            for kind, who, at, data in history:
                await work.ledger.write(kind, report=identity, person=who, at=at + timedelta(minutes=place), data=data)
            made.append(identity)
    return made
