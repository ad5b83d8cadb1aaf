"""One report across two platforms, from receipt to hall of fame: a researcher on one, the triage team on the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot import records, wire
from config.program import Channels
from tests.bridge_world import Bridge, bridge
from tests.proving import BEFORE, HIGH
from tests.slack_world import press, words
from tests.world import words_of

TEXT = "Title: Persona prompt\nCategory: jailbreak\nWorked: 3 of 10\n\nIt gives crime help."
STAFF = ("triager-sec", "triager-ml", "owner", "lead")


def outside(found: Bridge) -> list[str]:
    """Return the accounts that the staff have on Slack, and their names where these are no words of ours."""
    return [*(found.slack.slack.person(name).id for name in STAFF), "triager-sec", "triager-ml"]


def free(text: str, *words_: str) -> None:
    """None of these words stands in a text."""
    assert not [one for one in words_ if one in text], text


@pytest.mark.slow
async def test_a_researcher_on_the_local_platform_and_the_team_on_slack(tmp_path: Path) -> None:
    async with bridge(tmp_path, triage="slack") as found:
        slack, researcher = found.slack, found.local.researcher
        sec, ml, owner, lead = slack.triager_sec, slack.triager_ml, slack.owner, slack.lead
        report = await researcher.sends_report(TEXT)
        receipt = "\n".join(await researcher.bot_texts())
        assert ", on Slack" in receipt, "the receipt says where it is read"
        channel = slack.channel(report)
        await slack.until(lambda: slack.triage() and slack.said(channel), "the card")
        assert set(slack.slack.channel(channel).members) >= {sec.id, ml.id, lead.id}
        assert not [one for one in await found.local.lead.conversations() if one["id"] == channel], "no channel on the other side"
        free(found.shown(report), "crime")
        await found.moved(found.clock.now().replace(hour=10))
        assert report in found.told("triager-sec")

        await press(slack, sec, "Acknowledge", channel)
        await found.settled()
        assert "Thank you for" in "\n".join(await researcher.bot_texts())
        await sec.slash("/vdp ask Which account did you use?", channel)
        await sec.submit(sec.modal(), {"text": "Which account did you use?"})
        await found.settled()
        said = "\n".join(await researcher.bot_texts())
        assert "Which account did you use?" in said
        free(said, *outside(found))
        assert "delivered" in found.shown(report)
        assert "not delivered yet" not in found.shown(report)

        await researcher.says("A fresh test account.")
        await slack.until(lambda: "A fresh test account." in found.shown(report), "the answer")
        await researcher.says("", files={"more.log": b"plain facts"})
        await researcher.presses("me add-files")
        await slack.until(lambda: any(one["name"] == "more.log" for one in slack.slack.files()), "the file")
        free(found.shown(report).replace("The researcher is", ""), "researcher-2", "dm-researcher", "local")

        assert "waiting for" in words(await sec.slash("/vdp accept high jailbreak", channel))
        await press(slack, ml, "Agree: accept", channel)
        await sec.slash(f"/vdp owner @{owner.name}", channel)
        await slack.until(lambda: owner.id in slack.slack.channel(channel).members, "the owner in the channel")
        await owner.slash("/vdp work 2026-12-18", channel)
        await owner.slash("/vdp fix build 2026-12-10 on the retest endpoint", channel)
        for line in (*BEFORE, "verify", *HIGH):
            await ml.slash(f"/vdp {line}", channel)
        await found.settled()
        await researcher.presses("It is fixed")
        await researcher.presses("Agree to publish")
        asked = await researcher.presses("Thank me by name")
        await researcher.submits(asked.form, {"name": "Quiet Heron"})
        await lead.slash("/vdp agree", channel)
        hall_id = slack.slack.channel("hall-of-fame").id
        slack.slack.fault("chat.postMessage", "lost", where={"channel": hall_id})  # it is said, and the bot is not told so
        await lead.slash("/vdp publish", channel)
        await found.settled()
        for card in (f"hall/{report}", f"hall/{report}/local"):  # as after a crash between doing and writing down
            kept = await records.dead_letter(card)
            assert kept is not None
            for attempt in (1, 2):
                assert (await found.app.engine.delivering.perform(wire.unpack_emitted(kept[2]), attempt)).kind == "done"
        hall = slack.said("hall-of-fame")
        local_hall = [one for one in await researcher.messages("hall-of-fame") if one["author"] == "bot"]
        assert [len(hall), len(local_hall)] == [1, 1], "once on each platform"
        assert "Quiet Heron" in words(hall[0])
        assert "Quiet Heron" in words_of(local_hall[0])
        assert slack.slack.channel(channel).archived

        await found.moved(found.clock.now().replace(minute=5))
        await researcher.says("credit Still Harbour")  # a changed mind reaches both
        await found.settled()
        assert "Still Harbour" in words(slack.said("hall-of-fame")[0])
        assert "Still Harbour" in words_of(next(one for one in await researcher.messages("hall-of-fame") if one["author"] == "bot"))
        await researcher.says("credit none")
        await found.settled()
        assert not slack.said("hall-of-fame")
        assert not [one for one in await researcher.messages("hall-of-fame") if "Still Harbour" in words_of(one)]
        free("\n".join(await researcher.bot_texts()), *outside(found))
        assert not [one for one in slack.slack.calls() if one.answer.get("ok") is False], "no call was refused"


@pytest.mark.slow
async def test_a_researcher_on_slack_and_the_team_on_the_local_platform(tmp_path: Path) -> None:
    async with bridge(tmp_path, triage="local") as found:
        slack, local = found.slack, found.local
        researcher = slack.researcher
        await researcher.dm(slack.encrypted(TEXT))
        receipt = await slack.until(lambda: next((one for one in researcher.dms() if "Receipt code" in words(one)), None), "the receipt")
        await found.settled()
        channel = next(one["id"] for one in await local.lead.conversations() if one["id"].startswith("triage-aiv"))
        report = channel.removeprefix("triage-").upper()
        assert report in words(receipt)
        await found.moved(found.clock.now().replace(hour=10))
        assert not slack.triage(), "no channel on Slack"

        await local.triager_sec.presses("Acknowledge", channel)
        ask = await local.triager_sec.runs("ask Which account did you use?", channel)
        await local.triager_sec.submits(ask.form, {"text": "Which account did you use?"})
        assert "Which account did you use?" in found.told("researcher")
        free(found.told("researcher"), "triager-sec", "triager-ml")
        sent = await researcher.dm("A fresh test acount.")
        await slack.until(lambda: "acount" not in found.told("researcher") and "To the triage team" in found.told("researcher"), "taken")
        await researcher.edit(sent, "A fresh test account.")
        await found.settled()
        await _until(local, channel, "A fresh test account.")
        await researcher.delete(sent)
        await _until(local, channel, "deleted a message")
        shown = "\n".join(words_of(one) for one in await local.lead.messages(channel))
        assert "delivered" in shown
        free(shown, researcher.id, "slack", "Slack")

        await local.triager_sec.runs(f"accept report={report} severity=high category=jailbreak", channel)
        await local.triager_ml.presses("Agree: accept", channel)
        await local.lead.runs("owner owner", channel)
        await local.owner.runs("work 2026-12-18", channel)
        await local.owner.runs("fix build 7", channel)
        for line in (*BEFORE, "verify", *HIGH):
            assert (await local.triager_ml.runs(line, channel)).code == "ok"
        await press(slack, researcher, "It is fixed")
        await press(slack, researcher, "Agree to publish")
        await press(slack, researcher, "Thank me by name")
        await researcher.submit(researcher.modal(), {"name": "Quiet Heron"})
        await local.lead.runs("agree", channel)
        done = await local.lead.runs("publish", channel)
        assert done.code == "ok", done
        await found.settled()
        assert [words(one).count("Quiet Heron") > 0 for one in slack.said("hall-of-fame")] == [True]


@pytest.mark.slow
async def test_the_digest_goes_where_the_programme_says_once_each(tmp_path: Path) -> None:
    both = Channels(hall_of_fame="hall-of-fame", leadership="", leadership_on=(("local", "leadership"), ("slack", "leadership")))
    async with bridge(tmp_path, triage="local", channels=both) as found:
        await found.local.researcher.sends_report(TEXT)
        for hour in (9, 10):
            await found.moved(found.clock.now().replace(day=7, month=12, hour=hour))
            await found.slack.until(lambda: found.slack.said("leadership"), "the digest on Slack")
        assert len([one for one in found.slack.said("leadership") if not one.files]) == 1, "its picture comes after it"
        assert len(await found.local.leadership.bot_texts("leadership")) == 1


async def _until(local: Any, channel: str, text: str) -> None:
    for _ in range(200):
        await local.settled()
        if any(text in words_of(one) for one in await local.lead.messages(channel)):
            return
    raise AssertionError(f"the channel never showed {text!r}")
