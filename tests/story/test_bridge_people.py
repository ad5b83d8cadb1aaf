"""People with accounts on two platforms: told once, where it reaches them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.bridge_world import Bridge, bridge
from tests.slack_world import press, words
from tests.world import words_of

pytestmark = pytest.mark.slow

CODE = re.compile(r"link ([2-9A-Z]{4}-[2-9A-Z]{4})")


async def _joined(found: Bridge, here: str, there: str) -> None:
    """Join a local account with one on Slack."""
    code = CODE.search((await found.local[here].runs("link")).text)
    assert code
    answer = await found.slack.slack.person(there).slash(f"/vdp link {code[1]}")
    assert "Joined" in words(answer), words(answer)
    await found.settled()


async def test_colleagues_are_told_once_and_where_they_are(tmp_path: Path) -> None:
    async with bridge(tmp_path, triage="local") as found:
        local, slack = found.local, found.slack
        await _joined(found, "triager-sec", "triager-sec")
        await slack.slack.person("admin").slash("/vdp program grant @owner owner")
        report = await local.researcher.sends_report("Title: Persona prompt\nCategory: jailbreak\n\nIt gives crime help.")
        channel = local.channel(report)
        await found.moved(found.clock.now().replace(hour=10))
        assert sum(report in one for one in await local.triager_sec.bot_texts()) == 1
        assert report not in found.told("triager-sec"), "one ping, where triage is"
        queue = await slack.triager_sec.slash("/vdp queue")
        assert report in words(queue), "the grant follows the person"

        await local.triager_sec.runs("accept low jailbreak", channel)
        form = (await local.lead.runs("owner", channel)).form
        (who,) = [one for one in form["fields"] if one["name"] == "who"]
        other = next(one["value"] for one in who["choices"] if one["value"].startswith("p-"))
        named = await local.lead.submits(form, {"who": other})
        assert named.code == "ok", named
        await found.settled()
        assert f"{report}: you own the fix" in found.told("owner").replace("*", "")
        assert "where you have no account" in found.told("owner")
        await press(slack, slack.owner, f"Open {report}")
        taken = await slack.owner.slash(f"/vdp work report={report} date=2026-12-18")
        assert "Yours, by" in words(taken)
        await found.settled()
        assert "18 Dec 2026" in "\n".join(await local.researcher.bot_texts())


async def test_a_message_takes_the_other_way_when_one_is_closed(tmp_path: Path) -> None:
    async with bridge(tmp_path, triage="local") as found:
        local, slack = found.local, found.slack
        report = await local.researcher.sends_report("It gives crime help.")
        await _joined(found, "researcher", "researcher")
        await local.post("/api/people/researcher", {"dms": False})
        channel = local.channel(report)
        await local.triager_sec.runs("reply clear=yes Are you there?", channel)
        await found.settled()
        assert found.told("researcher").count("Are you there?") == 1
        shown = "\n".join(words_of(one) for one in await local.lead.messages(channel))
        assert "delivered" in shown
        assert "could not be delivered" not in shown
        assert "cannot be written to" not in shown
        await slack.researcher.dm("Here I am.")
        await slack.until(lambda: "To the triage team" in found.told("researcher"), "taken")
        await found.settled()
        assert "Here I am." in "\n".join(await local.lead.bot_texts(channel))
        await local.post("/api/people/researcher", {"dms": True})
        await local.researcher.says("And here.")
        assert "Are you there?" not in "\n".join(await local.researcher.bot_texts()), "each text once"
        receipt = await slack.researcher.slash("/vdp status")
        assert report in words(receipt)
