"""What tests of the clock share: what people heard, and a report brought to a state as its commands would have left it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from commands.calls import Call, Caller, Incoming
from commands.record import reschedule
from config.policy.states import Role
from storage.database import Work
from storage.models import Entry, Member, Ping, Report
from storage.people import new_id
from tests.world import World

Step = tuple[str, dict[str, str]]


async def heard(world: World, person: str) -> list[tuple[datetime, str]]:
    """What the bot said to somebody in their direct messages, with the instant."""
    return [(datetime.fromisoformat(one["at"]), one.get("text") or "") for one in await world[person].messages()
            if one["author"] == "bot"]


async def pings(world: World) -> list[Ping]:
    """Everything that was or will be said to colleagues."""
    async with world.app.database.read(await world.now()) as work:
        return list((await work.session.execute(select(Ping).order_by(col(Ping.due_at)))).scalars())


async def entries(world: World, report: str = "") -> list[Entry]:
    """The ledger of a report, or of the house."""
    async with world.app.database.read(await world.now()) as work:
        return await work.ledger.of(report)


async def marks(world: World, report: str) -> list[str]:
    """The keys of the marks of a report that were served, without its id."""
    return [(one.key or "").removeprefix(f"{report}/") for one in await entries(world, report) if one.kind == "mark"]


async def row_of(world: World, report: str) -> Report:
    """A report as it stands in the database."""
    async with world.app.database.read(await world.now()) as work:
        found = await work.reports.get(report)
    assert found is not None
    return found


async def person_of(world: World, account: str) -> str:
    """The id of the person behind an account."""
    async with world.app.database.read(await world.now()) as work:
        found = await work.people.who(world.app.vault, "local", account)
    assert found is not None
    return found.id


def a_call(world: World, work: Work, now: datetime) -> Call:
    """A call by the clock inside a transaction."""
    incoming = Incoming(platform="clock", event="test", person="", name="clock", kind="clock", place="clock",
                        conversation="clock", at=now)
    return Call(work=work, desk=world.app.desk, incoming=incoming,
                caller=Caller(None, "clock", "", "clock", frozenset({Role.CLOCK})))


async def brought_to(world: World, report: str, steps: Sequence[Step], /, **columns: Any) -> None:
    """Write steps into a report's record now, set columns, and have its clocks follow; nobody is told."""
    now = await world.now()
    async with world.app.database.work(now) as work:
        row = await work.reports.get(report)
        assert row is not None
        for kind, data in steps:
            await work.ledger.write(kind, report=report, person="test", data=data)
        for name, value in columns.items():
            setattr(row, name, value)
        owner = columns.get("owner_id")
        if owner:
            work.session.add(Member(id=new_id("r"), report_id=report, person_id=owner, part="owner", added_at=now))
        await reschedule(a_call(world, work, now), row)


ACCEPTED: tuple[Step, ...] = (
    ("acknowledge", {}), ("start", {}), ("accept", {"level": "medium"}), ("message_out", {"kind": "decision"}))
FIXED: tuple[Step, ...] = (*ACCEPTED, ("owner", {}), ("work", {}), ("fix", {}), ("verify", {}))
PASSED: tuple[Step, ...] = (*FIXED, ("pass", {}), ("message_out", {"kind": "retest"}))
