"""The whole life of one report on a strict Slack, from hello to the hall of fame, over both transports."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.platforms.slack_once import dead
from tests.proving import BEFORE, HIGH
from tests.slack_world import SlackWorld, press, slack_world, words

pytestmark = pytest.mark.slow


def shown(world: SlackWorld, report: str) -> str:
    """Return everything that a triage channel shows."""
    return "\n".join(words(one) for one in world.said(world.channel(report)))


def told(world: SlackWorld, who: str = "researcher") -> str:
    """Return everything that the bot said to somebody directly."""
    return "\n".join(words(one) for one in world.slack.person(who).dms() if one.by_app)


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_from_hello_to_the_hall_of_fame(tmp_path: Path, mode: str) -> None:
    async with slack_world(tmp_path, mode=mode) as world:
        researcher, sec, ml, owner, lead = (world.researcher, world.triager_sec, world.triager_ml, world.owner, world.lead)
        await researcher.dm("hello")
        await world.until(lambda: told(world), "the first answer")
        report = await world.report(text="Title: Persona prompt\nCategory: jailbreak\nWorked: 3 of 10\n\nIt gives crime help.")
        channel = world.channel(report)
        assert "crime" not in shown(world, report), "folded until somebody asks"
        await press(world, sec, "Show the report; it may hold what it describes", channel)
        assert "crime" in words(sec.modal())
        await sec.close(sec.modal())
        await world.moved(world.clock.now().replace(hour=10))

        await press(world, sec, "Acknowledge", channel)
        await world.until(lambda: "Thank you for" in told(world), "the acknowledgement")
        await sec.slash("/vdp ask Which account did you use?", channel)
        sure = await sec.submit(sec.modal(), {"text": "Which account did you use?"})
        assert sure, sure
        await world.until(lambda: "Which account did you use?" in told(world), "the question")
        assert "triager-sec" not in told(world)
        await researcher.dm("A fresh test account, in the web app.")
        await world.until(lambda: "A fresh test account" in shown(world, report), "the answer")
        assert researcher.id not in shown(world, report)

        first = await sec.slash("/vdp accept high jailbreak", channel)
        assert "waiting for" in words(first)
        await press(world, ml, "Agree: accept", channel)
        await world.until(lambda: "accepted" in words(world.said(channel)[0]), "accepted")
        await sec.slash(f"/vdp owner @{owner.name}", channel)
        await world.until(lambda: owner.id in world.slack.channel(channel).members, "the owner in the channel")
        await owner.slash("/vdp work 2026-12-18", channel)
        await world.until(lambda: "18 Dec 2026" in told(world), "the date")
        await owner.slash("/vdp fix build 2026-12-10 on the retest endpoint", channel)
        assert "for a triager" in words(await owner.slash("/vdp verify", channel))
        for line in (*BEFORE, "verify", *HIGH):
            await ml.slash(f"/vdp {line}", channel)
        await world.until(lambda: "retest" in words(world.said(channel)[0]), "the retest")

        await press(world, researcher, "It is fixed")
        await world.until(lambda: "resolved" in words(world.said(channel)[0]), "resolved")
        early = await lead.slash("/vdp publish", channel)
        assert "has not agreed" in words(early)
        await press(world, researcher, "Agree to publish")
        await press(world, researcher, "Thank me by name")
        await researcher.submit(researcher.modal(), {"name": "Quiet Heron"})
        await lead.slash("/vdp agree", channel)
        done = await lead.slash("/vdp publish", channel)
        assert done, words(done)
        await world.until(lambda: world.said("hall-of-fame"), "the hall of fame")
        hall = world.said("hall-of-fame")
        assert len(hall) == 1
        assert "Quiet Heron" in words(hall[0])
        assert "crime" not in words(hall[0])
        assert {one.partition(":")[0] for one in hall[0].live} <= {"link"}, "the address of the advisory"
        await world.until(lambda: world.slack.channel(channel).archived, "the channel's archive")
        await world.settled()
        assert not [one for one in world.slack.calls() if one.answer.get("ok") is False], "no call was refused"

        # The flaw is back: no app may take a private channel out of the archive, so it goes on in another one; the thanks stand.
        await ml.slash(f"/vdp case regress {report}")
        again = await world.until(lambda: next((one for one in world.triage() if one.name == f"{channel}-2"), None), "another channel")
        await world.until(lambda: world.said(again.name) and "in triage" in words(world.said(again.name)[0]), "its card")
        assert {lead.id, owner.id, ml.id} <= set(world.slack.channel(again.name).members)
        await ml.slash("/vdp note It is back with build 8.", again.name)
        await world.until(lambda: "It is back with build 8." in "".join(words(one) for one in world.said(again.name)), "the note")
        await researcher.dm("It works again for me.")
        await world.until(lambda: "It works again for me." in "".join(words(one) for one in world.said(again.name)), "their words")
        await world.settled()
        assert not await dead(world) and "Quiet Heron" in words(world.said("hall-of-fame")[0])
