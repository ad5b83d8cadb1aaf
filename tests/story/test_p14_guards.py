"""P14: `unsend` is true about both sides, `undo` puts back state and clocks, and a doubtful text asks "Send anyway?" once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlmodel import select

from bot import records
from bot.platforms.port import Later, Refused, Sending
from commands.effects import DirectMessage, Erase
from storage.models import Passage
from tests.world import World

pytestmark = pytest.mark.slow

SECRET = "The blue lantern hangs behind the third door on the left."


async def opened(world: World, title: str = "Persona prompt") -> tuple[str, str]:
    report = await world.researcher.sends_report("It gives persona prompts what they ask.", title=title, category="jailbreak")
    await world.until((await world.now()).replace(hour=10))
    return report, world.channel(report)


async def told(world: World) -> str:
    return "\n".join(await world.researcher.bot_texts())


async def shown(world: World, channel: str) -> str:
    return "\n".join(await world.lead.bot_texts(channel))


class Refusing:
    """Stands before the platform and says what it is told to say of some effects; everything else goes on to the platform."""

    def __init__(self, world: World) -> None:
        self.platform: Any = world.app.local
        self.deliver = self.platform.deliver
        self.answers: dict[type, Any] = {}
        self.platform.deliver = self._deliver

    async def _deliver(self, sending: Sending) -> Any:
        for kind, answer in self.answers.items():
            if isinstance(sending.effect, kind) and getattr(sending.effect, "person", "") == "researcher":
                return await answer(sending) if callable(answer) else answer
        return await self.deliver(sending)


# -- unsend --------------------------------------------------------------------------------------------------------

async def test_unsend_is_true_about_both_sides(world: World) -> None:
    report, channel = await opened(world)
    assert (await world.triager_sec.runs("unsend", channel)).code == "nothing_to_unsend"
    assert (await world.triager_sec.runs(f"reply clear=yes {SECRET}", channel)).code == "ok"
    before = len(await world.researcher.messages())
    assert SECRET in await told(world) and SECRET in await shown(world, channel)

    # Delivered: gone on both sides, a line stays here, and nothing more is said there.
    answer = await world.triager_sec.runs("unsend", channel)
    assert answer.code == "ok" and "Erased here." in answer.text and "It is being erased on the researcher's side." in answer.text
    assert SECRET not in await told(world) and SECRET not in await shown(world, channel)
    assert "Unsent by triager-sec, at Mon 30 Nov 2026, 10:00 UTC: erased on both sides." in await shown(world, channel)
    assert len(await world.researcher.messages()) <= before
    assert (await world.triager_sec.runs("unsend 1", channel)).code == "nothing_to_unsend", "the report itself is no message of ours"
    async with world.app.engine.database.read(world.clock.now()) as work:
        row = (await work.session.execute(select(Passage).where(Passage.kind == "reply"))).scalars().one()
        assert (row.body, row.changed) == (None, "unsent") and row.erased_at is not None
        assert [one.kind for one in await work.ledger.of(report)].count("unsent") == 1
    assert (await world.triager_sec.runs(f"unsend {row.number}", channel)).text.startswith(f"Message {row.number} is taken back already")

    # Somebody else's: a colleague's last message is not mine, but its number is enough for a triager and the lead.
    await world.triager_sec.runs("reply The second thing.", channel)
    refused = await world.triager_ml.runs("unsend", channel)
    assert refused.code == "nothing_to_unsend" and "10:00 UTC" in refused.text
    number = refused.text.split("/vdp unsend ")[1].split(":")[0]
    assert (await world.lead.runs(f"unsend {number}", channel)).code == "ok"
    assert "Unsent by lead" in await shown(world, channel) and "The second thing." not in await told(world)

    # A dead letter: it never arrived and never will, also when the door opens again, and nobody is reminded of it.
    await world.post("/api/people/researcher", {"dms": False})
    await world.triager_sec.runs("ask The third thing?", channel)
    assert "could not be delivered" in await shown(world, channel)
    answer = await world.triager_sec.runs("unsend", channel)
    assert "It was not delivered and never will be." in answer.text and "/vdp undo" in answer.text
    assert "it was not sent yet and never will be" in await shown(world, channel)
    await world.post("/api/people/researcher", {"dms": True})
    await world.researcher.says("I am back.")
    await world.passes("25h")
    assert "The third thing?" not in await told(world) + (await world.researcher.runs("status")).text
    assert "could not be delivered" not in await shown(world, channel)


async def test_unsend_stops_what_is_on_its_way_and_says_when_it_could_not_be_erased(world: World) -> None:
    report, channel = await opened(world)
    platform = Refusing(world)

    # Queued: the platform is away, the words wait in their lane. They never go out.
    platform.answers = {DirectMessage: Later(0.05)}
    await world.post("/api/run", {"as": "triager-sec", "where": channel, "line": f"/vdp reply clear=yes {SECRET}"})
    answer = (await world.post("/api/run", {"as": "triager-sec", "where": channel, "line": "/vdp unsend"})).text
    assert "It had not arrived yet and is stopped." in answer
    platform.answers = {}
    await world.settled()
    assert SECRET not in await told(world)
    assert "it was not sent yet and never will be" in await shown(world, channel)

    # Nobody knows whether an earlier try arrived: it did, so it is found and erased.
    async def arrives_unseen(sending: Sending) -> Any:
        await platform.deliver(sending)
        platform.answers = {DirectMessage: Later(0.05)}
        return Later(0.05)

    platform.answers = {DirectMessage: arrives_unseen}
    await world.post("/api/run", {"as": "triager-sec", "where": channel, "line": f"/vdp reply {SECRET}"})
    while SECRET not in await told(world):
        await asyncio.sleep(0.01)
    await world.post("/api/run", {"as": "triager-sec", "where": channel, "line": "/vdp unsend"})
    platform.answers = {}
    await world.settled()
    assert SECRET not in await told(world)
    assert "erased on both sides" in await shown(world, channel)

    # Refused by the platform: the line says so, and whoever took it back hears it once.
    await world.triager_sec.runs(f"reply {SECRET}", channel)
    platform.answers = {Erase: Refused("cant_delete_message")}
    await world.triager_sec.runs("unsend", channel)
    assert SECRET in await told(world) and SECRET not in await shown(world, channel)
    assert "it could not be erased there: the researcher may have read it" in await shown(world, channel)
    said = [one for one in await world.triager_sec.bot_texts() if "could not be erased there" in one]
    assert len(said) == 1 and report in said[0] and SECRET not in said[0]

    # No record of the engine holds the words of what was stopped or erased.
    for number in (2, 3):
        assert await records.dead_letter(f"{report}/out/{number}") is None
    assert await records.dead_letter(f"{report}/out/4") is None
    async with world.app.engine.database.read(world.clock.now()) as work:
        assert {one.state for one in (await work.reports.deliveries([f"{report}/out/{n}" for n in (2, 3, 4)])).values()} == {"unsent"}
