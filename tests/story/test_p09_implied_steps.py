"""P9: steps are implied, and repeating a done step answers ok."""

from __future__ import annotations

from sqlmodel import select

from config.policy.states import Event
from storage.models import Entry
from tests.world import World, words_of

STEPS = {one.value for one in Event}


async def steps(world: World, report: str) -> list[tuple[str, str]]:
    async with world.app.database.read(await world.now()) as work:
        rows = (await work.session.execute(select(Entry).where(Entry.report_id == report))).scalars().all()
    return [(one.kind, one.at.isoformat()[:19]) for one in sorted(rows, key=lambda one: one.number) if one.kind in STEPS]


async def test_accept_implies_the_steps_before_it_and_one_message(world: World) -> None:
    me, sec = world.researcher, world.triager_sec
    report = await me.sends_report(category="jailbreak")
    channel = world.channel(report)
    await world.passes("2h")
    before = len(await me.messages())
    assert (await sec.runs("accept low jailbreak", channel)).code == "ok"
    found = await steps(world, report)
    assert [kind for kind, _ in found] == ["submit", "acknowledge", "start", "accept"]
    assert {at for _, at in found[1:]} == {"2026-11-30T10:00:00"}, "at one instant"
    new = [one for one in (await me.messages())[before:] if not one["card"]]
    assert [("We accept" in words_of(one)) for one in new] == [True], "one message; the status is a card"

    for line in ("accept low jailbreak", "acknowledge"):
        again = await sec.runs(line, channel)
        assert (again.code, "already" in again.text) == ("ok", True), line
    assert await steps(world, report) == found
    assert len([one for one in (await me.messages())[before:] if not one["card"]]) == 1
    assert (await world.lead.runs("owner owner", channel)).code == "ok"
    assert (await world.lead.runs("owner owner", channel)).code == "ok"

    # Any command does so where the missing steps need nothing more: a question acknowledges and starts.
    other = await me.sends_report("Another flaw.")
    assert (await sec.runs("ask clear=yes Which account?", world.channel(other))).code == "ok"
    assert [kind for kind, _ in await steps(world, other)] == ["submit", "acknowledge", "start", "ask"]
    # Where they need more, they are not implied: nobody has dated the work.
    refused = await world.owner.runs("fix build 7", channel)
    assert (refused.code, [kind for kind, _ in await steps(world, report)][-1]) == ("illegal_transition", "accept"), refused.text
