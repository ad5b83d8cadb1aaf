"""The whole life of one report on a strict Discord, from hello to the hall of fame."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.discord_world import DiscordWorld, discord_world, press
from tests.proving import BEFORE, HIGH, options

pytestmark = pytest.mark.slow

# What may be alive in a message of the bot's: how it is set, never what calls somebody or leads somewhere.
HARMLESS = {"bold", "code", "block", "subtext", "heading", "timestamp"}


def shown(world: DiscordWorld, report: str) -> str:
    """Return everything that a triage channel shows."""
    return "\n".join(one.words for one in world.said(world.channel(report)))


def told(world: DiscordWorld, who: str = "researcher") -> str:
    """Return everything that the bot said to somebody directly."""
    return "\n".join(one.words for one in world.told(who))


def names(people: Iterable[str]) -> set[str]:
    """Return the names of people, without the bot's."""
    return {one for one in people if one != "Harborlight"}


def read(seen: Any) -> str:
    """Return what somebody saw as an answer."""
    return str(seen.message.words if seen.message is not None else seen.text)


async def test_from_hello_to_the_hall_of_fame(tmp_path: Path) -> None:
    async with discord_world(tmp_path) as world:
        researcher, sec, ml, owner, lead = (world.researcher, world.triager_sec, world.triager_ml, world.owner, world.lead)
        await researcher.dm("hello")
        await world.until(lambda: told(world), "the first answer")
        report = await world.report(text="Title: Persona prompt\nCategory: jailbreak\nWorked: 3 of 10\n\nIt gives crime help.")
        channel = world.channel(report)
        assert "crime" not in shown(world, report), "folded until somebody asks"
        seen = await press(world, sec, "Show the report; it may hold what it describes", channel)
        assert "crime" in read(seen)
        await world.moved(world.clock.now().replace(hour=10))

        await press(world, sec, "Acknowledge", channel)
        await world.until(lambda: "Thank you for" in told(world), "the acknowledgement")
        asked = await sec.slash("vdp ask", text="Which account did you use?", at=channel)
        if asked.modal is None:  # a first clear answer is confirmed in a form
            asked = await sec.click(asked.message, next(iter(asked.message.buttons)))
        sure = await sec.submit(asked.modal, {"text": "Which account did you use?"})
        assert sure.kind == "whisper", sure
        await world.until(lambda: "Which account did you use?" in told(world), "the question")
        assert "triager-sec" not in told(world)
        await researcher.dm("A fresh test account, in the web app.")
        await world.until(lambda: "A fresh test account" in shown(world, report), "the answer")
        assert researcher.id not in shown(world, report)

        first = await sec.slash("vdp accept", severity="high", category="jailbreak", at=channel)
        assert "waiting for" in read(first)
        await press(world, ml, "Agree: accept", channel)
        await world.until(lambda: "accepted" in world.said(channel)[0].words, "accepted")
        await sec.slash("vdp owner", who="owner", at=channel)
        await world.until(lambda: "owner" in names(world.discord.channel(channel).seen_by), "the owner in the channel")
        await owner.slash("vdp work", date="2026-12-18", at=channel)
        await world.until(lambda: "18 Dec 2026" in told(world), "the date")
        await owner.slash("vdp fix", build="build 2026-12-10 on the retest endpoint", at=channel)
        assert "for a triager" in read(await owner.slash("vdp verify", at=channel))
        for line in (*BEFORE, "verify", *HIGH):
            name, given = options(line)
            await ml.slash(name, at=channel, **given)
        await world.until(lambda: "retest" in world.said(channel)[0].words, "the retest")

        await press(world, researcher, "It is fixed")
        await world.until(lambda: "resolved" in world.said(channel)[0].words, "resolved")
        early = await lead.slash("vdp publish", at=channel)
        assert "has not agreed" in read(early)
        await press(world, researcher, "Agree to publish")
        named = await press(world, researcher, "Thank me by name")
        await researcher.submit(named.modal, {"name": "Quiet Heron"})
        await lead.slash("vdp embargo agree", at=channel)
        done = await lead.slash("vdp publish", at=channel)
        await world.until(lambda: world.said("hall-of-fame"), f"the hall of fame, after {read(done)}")
        hall = world.said("hall-of-fame")
        assert len(hall) == 1
        assert "Quiet Heron" in hall[0].words
        assert "crime" not in hall[0].words
        await world.until(lambda: names(world.discord.channel(channel).writable_by) <= {"admin"}, "the channel is closed")
        await world.settled()
        assert all(one.partition(":")[0] in HARMLESS or world.app.program.site.url in one for one in hall[0].live), hall[0].live
        for message in [*world.said(channel), *world.told()]:
            assert {one.partition(":")[0] for one in message.live} <= HARMLESS, message.live
        assert world.discord.invalid() == 0
