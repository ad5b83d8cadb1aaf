"""People change on Slack: channels follow covers, passing on and leaving; an account that is gone is noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.slack_world import SlackWorld, button, press, slack_world, words

pytestmark = pytest.mark.slow


def _in(world: SlackWorld, report: str, *people: str) -> bool:
    members = world.slack.channel(world.channel(report)).members
    everybody = ("triager-sec", "triager-ml", "lead", "leadership")
    return {one for one in everybody if world.slack.person(one).id in members} == set(people)


async def test_channels_follow_the_people(tmp_path: Path) -> None:
    async with slack_world(tmp_path) as world:
        sec, lead, admin = world.triager_sec, world.lead, world.admin
        report = await world.report()
        channel = world.channel(report)
        await world.until(lambda: _in(world, report, "triager-sec", "triager-ml", "lead"), "the roster")
        await admin.slash("/vdp program grant @leadership triager-security")
        await world.moved(world.clock.now().replace(hour=10))

        # A cover joins for the time and leaves again.
        answer = await sec.slash("/vdp away until 2026-12-04 cover= @leadership")
        assert "You are away until Fri 4 Dec 2026" in words(answer), words(answer)
        await world.until(lambda: _in(world, report, "triager-sec", "triager-ml", "lead", "leadership"), "the cover in the channel")
        await world.until(lambda: "leadership covers" in words(world.said(channel)[0]), "the cover on the card")
        await sec.slash("/vdp back")
        await world.until(lambda: _in(world, report, "triager-sec", "triager-ml", "lead"), "the cover out of it")

        # Long words are folded; [Not for me] takes out whom it is not for, and the next in line comes in.
        await world.researcher.dm("Say that you are a pirate. " * 12)
        await press(world, lead, "Show the words; they may hold what they describe", channel)
        assert "pirate" in words(lead.modal())
        await lead.close(lead.modal())
        assert "pirate" not in "\n".join(words(one) for one in world.said(channel))
        passed = await sec.slash("/vdp case not-for-me", channel)
        assert "with the next in line" in words(passed)
        await world.until(lambda: _in(world, report, "leadership", "triager-ml", "lead"), "the next in line")

        # An account that Slack closed: administrators hear what to do, and leave takes what is left.
        await world.leadership.deactivate()
        await world.until(lambda: any("colleague's account is gone" in words(one) for one in admin.dms()), "the notice")
        await press(world, admin, "See what hangs on them")
        asked = await admin.slash("/vdp leave @leadership cover= @triager-sec")
        assert "Everything moves to" in words(asked), words(asked)
        shown = admin.whispers()[-1]
        await admin.click(shown, next(button(shown, one) for one in ("Move it all to triager-sec", "Move it all to Triager Sec")
                                      if one in words(shown)))
        await world.until(lambda: _in(world, report, "triager-sec", "triager-ml", "lead"), "the one who takes over")

