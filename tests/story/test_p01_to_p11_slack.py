"""What differs by platform of P1, P2, P3, P4, P6, P7 and P11, on a strict Slack in one world."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.slack_world import button, press, slack_world, words

pytestmark = pytest.mark.slow

LONG = "The assistant shows another customer's address when it is asked twice. " * 4


async def test_a_researcher_and_a_triager_on_slack(tmp_path: Path) -> None:
    async with slack_world(tmp_path) as world:
        me, sec = world.researcher, world.triager_sec
        mine = [one for one in (await me.dm("hello"),) if one]

        def told() -> list[str]:
            return [words(one) for one in me.dms() if one.by_app]

        def newest(text: str) -> object:
            return next((one for one in reversed(me.dms()) if one.by_app and text in words(one)), None)

        # P2: its three buttons; P3: the key as a file
        first = await world.until(lambda: newest("No receipt means"), "the first answer")
        assert mine and all(button(first, label) for label in ("Report a flaw", "Encrypt first", "Policy"))
        assert len(words(first)) < 1_600, "the notice says the same again"
        await press(world, me, "Encrypt first")
        await world.until(lambda: [one for one in me.dms() if one.by_app and [file["name"] for file in one.files] == ["program-key.asc"]],
                          "the key as a file")

        # P1: clear text, the advice to delete it, three ways; deleted by them, it is still theirs to throw away
        sent = await me.dm(LONG)
        asked = await world.until(lambda: newest("came unencrypted"), "the choice")
        assert "deleting your message still helps" in words(asked) and "another customer" not in words(asked)
        assert all(button(asked, label) for label in ("Use it as my report", "Send it encrypted instead", "Throw it away"))
        await me.delete(sent)
        await press(world, me, "Throw it away")
        assert world.triage() == []

        # P4: one page, at most four inputs, of which one is needed
        await press(world, me, "Report a flaw")
        form = me.modal()
        inputs = [one for one in form.blocks if one["type"] == "input"]
        assert len(inputs) == 4 and sum(not one.get("optional", False) for one in inputs) == 1
        await me.close(form)

        # P7: a reply in a thread goes to the report of the message, whatever else is open
        report, other = await world.report(), await world.report()
        channel = world.channel(report)
        assert "Asked" in words(await sec.slash("/vdp ask clear=yes With which account?", channel))
        question = await world.until(lambda: newest("With which account?"), "the question")
        other_question = words(await sec.slash("/vdp reply clear=yes We look at this one.", world.channel(other)))
        assert other_question
        await world.until(lambda: newest("We look at this one."), "the newer words about the other one")
        await me.dm("A fresh one.", thread=question.ts)
        await world.until(lambda: "A fresh one." in "\n".join(words(one) for one in world.said(channel)), "the reply in its channel")
        assert "A fresh one." not in "\n".join(words(one) for one in world.said(world.channel(other)))

        # P6: one living status for each report, edited; roles, not names
        assert words(await sec.slash("/vdp accept low jailbreak", channel))
        await world.until(lambda: [one for one in me.dms() if one.by_app and one.edited and "being fixed" in words(one)], "the status")
        assert len([one for one in me.dms() if one.by_app and report in words(one) and "The model tells" in words(one)]) == 1
        assert not any(re.search("triager-(sec|ml)", one) for one in told())
        assert any("a security triager" in one for one in told())

        # P11: the bare command
        before = len(world.said(channel))
        assert report in words(await sec.slash("/vdp", channel))
        queue = words(await sec.slash("/vdp"))
        assert other in queue and "need" in queue.lower()
        assert f"{report}: " in words(await me.slash("/vdp"))
        assert re.search("exploited", words(await world.leadership.slash("/vdp")))
        assert len(world.said(channel)) == before, "privately"
        await world.settled()
        assert not [one for one in world.slack.calls() if one.answer.get("ok") is False], "no call was refused"
