"""One report across Discord and Slack, from hello to both halls of fame: nobody's account crosses, and nothing that lives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests import discord_world, slack_world
from tests.both_world import Both, both, on_discord, on_slack
from tests.platforms.slack_words import NASTY
from tests.proving import BEFORE, HIGH, options
from tests.slack_world import words

pytestmark = pytest.mark.slow

TEXT = "Title: Persona prompt\nCategory: jailbreak\nWorked: 3 of 10\n\nIt gives crime help."
STAFF = {"canary-sec": "triager-security", "canary-ml": "triager-ml", "canary-owner": "owner", "canary-lead": "lead"}
STRANGER = "canary-stranger"
HARMLESS = {"bold", "code", "block", "subtext", "heading", "timestamp"}  # how it is set; nothing that calls or leads somewhere
# What a client lets through, but for what would be taken for an encrypted message.
_SENT = [one for one in NASTY if one.replace("\n", "").isprintable() and "PGP" not in one]
HOSTILE = [" ".join(_SENT[start::3])[:1_800] for start in range(3)]


def shown(found: Both, report: str) -> str:
    """Return everything that the triage channel on Slack shows."""
    return "\n".join(words(one) for one in found.slack.said(found.slack.channel(report)))


def sent_to_slack(found: Both) -> str:
    """Return everything that Slack was ever told."""
    return json.dumps([one.args for one in found.slack.slack.calls()], default=str, ensure_ascii=False)


def sent_to_discord(found: Both) -> str:
    """Return everything that Discord was ever told."""
    return json.dumps([[one.path, one.body, list(one.files)] for one in found.discord.discord.calls()], default=str, ensure_ascii=False)


def free(text: str, *canaries: str) -> None:
    """None of these stands in a text."""
    assert [one for one in canaries if one in text] == []


async def writes(found: Both, name: str, verb: str, text: str, channel: str) -> None:
    """Have somebody on Slack write to the researcher through the form of a command, and confirm once that it goes in clear."""
    who = found.slack.slack.person(name)
    await who.slash(f"/vdp {verb}", channel)
    while who.modals() and "text" in who.modal().fields:
        await who.submit(who.modal(), {"text": text})
    for answer in who.modals():
        await who.close(answer)


async def test_a_researcher_on_discord_and_the_team_on_slack(tmp_path: Path) -> None:
    async with both(tmp_path, triage="slack", staff=STAFF) as found:
        slack, discord = found.slack, found.discord
        stranger = discord.discord.add_person(STRANGER)
        sec, ml, owner, lead = (slack.slack.person(one) for one in STAFF)
        await stranger.dm("hello")
        await discord.until(lambda: discord.told(STRANGER), "the first answer")
        await stranger.dm(discord.encrypted(TEXT))
        receipt = await discord.until(lambda: next((one.words for one in discord.told(STRANGER) if "Receipt code" in one.words), ""),
                                      "the receipt")
        assert ", on Slack" in receipt, "it says where it is read"
        room = await slack.until(lambda: next((one for one in slack.triage() if slack.said(one.name)), None), "the card")
        channel, report = room.name, room.name.removeprefix("triage-").upper()
        assert report in receipt
        await found.settled()
        assert {sec.id, ml.id, lead.id} == set(slack.slack.channel(channel).members) - {slack.slack.bot_user}
        assert discord.triage() == [], "no room on the other side"
        assert "crime" not in shown(found, report), "folded until somebody asks"
        await found.moved(found.clock.now().replace(hour=10))

        await slack_world.press(slack, sec, "Acknowledge", channel)
        await discord.until(lambda: "Thank you for" in on_discord(found, STRANGER), "the acknowledgement")
        await writes(found, "canary-sec", "ask", "Which account did you use?", channel)
        await discord.until(lambda: "Which account did you use?" in on_discord(found, STRANGER), "the question")
        await found.settled()
        assert "delivered" in shown(found, report)
        assert "not delivered yet" not in shown(found, report)

        await _words_and_files_cross(found, report)
        await _closed_messages_are_shown_and_tried_again(found, report)
        await _tricks_of_either_platform_are_dead(found, report)

        assert "waiting for" in words(await sec.slash("/vdp accept high jailbreak", channel))
        await slack_world.press(slack, ml, "Agree: accept", channel)
        await slack.until(lambda: "accepted" in words(slack.said(channel)[0]), "accepted")
        await sec.slash("/vdp owner @canary-owner", channel)
        await slack.until(lambda: owner.id in slack.slack.channel(channel).members, "the owner in the channel")
        await owner.slash("/vdp work 2026-12-18", channel)
        await discord.until(lambda: "18 Dec 2026" in on_discord(found, STRANGER), "the date")
        await owner.slash("/vdp fix build 2026-12-10 on the retest endpoint", channel)
        for line in (*BEFORE, "verify", *HIGH):
            await ml.slash(f"/vdp {line}", channel)
        await discord_world.press(discord, stranger, "It is fixed")
        await slack.until(lambda: "resolved" in words(slack.said(channel)[0]), "resolved")
        await discord_world.press(discord, stranger, "Agree to publish")
        named = await discord_world.press(discord, stranger, "Thank me by name")
        await stranger.submit(named.modal, {"name": "Quiet Heron"})
        await lead.slash("/vdp agree", channel)
        await lead.slash("/vdp publish", channel)
        await slack.until(lambda: slack.said("hall-of-fame"), "the hall of fame on Slack")
        await discord.until(lambda: discord.said("hall-of-fame"), "the hall of fame on Discord")
        await slack.until(lambda: slack.slack.channel(channel).archived, "the channel's archive")
        await found.settled()
        assert [words(one).count("Quiet Heron") > 0 for one in slack.said("hall-of-fame")] == [True]
        assert [one.words.count("Quiet Heron") > 0 for one in discord.said("hall-of-fame")] == [True]
        free(words(slack.said("hall-of-fame")[0]) + discord.said("hall-of-fame")[0].words, "crime", "canary")

        await found.moved(found.clock.now().replace(minute=5))
        await stranger.dm("credit none")  # a changed mind reaches both
        await slack.until(lambda: not slack.said("hall-of-fame") and not discord.said("hall-of-fame"), "both are taken back")
        await found.settled()
        free(sent_to_slack(found), STRANGER, stranger.id, stranger.room().id)
        free(sent_to_discord(found), *STAFF, *(slack.slack.person(one).id for one in STAFF), slack.slack.channel(channel).id)
        assert not [one for one in slack.slack.calls() if one.answer.get("ok") is False], "no call was refused"
        refused = [one for one in discord.discord.calls() if one.status >= 400]
        assert {one.code for one in refused} == {50007}, "but for what went to somebody who had closed their messages"
        assert await discord_world.dead(discord) == []


async def _words_and_files_cross(found: Both, report: str) -> None:
    slack, discord, channel = found.slack, found.discord, found.slack.channel(report)
    stranger = discord.discord.person(STRANGER)
    said = await stranger.dm("A fresh test acount.")
    await slack.until(lambda: "A fresh test acount." in shown(found, report), "the answer")
    await stranger.edit(said, "A fresh test account.")
    await slack.until(lambda: "A fresh test account." in shown(found, report), "the edit")
    assert "acount" not in shown(found, report)
    slip = await stranger.dm("My address is 12 Slip Street.")
    await slack.until(lambda: "Slip Street" in shown(found, report), "the slip")
    await stranger.delete(slip)
    await slack.until(lambda: "deleted a message" in shown(found, report), "the deletion")
    await stranger.dm(files={"more.log": b"plain facts"})
    asked = await discord_world.press(discord, stranger, f"Add to {report}")
    assert "added" in (asked.message.words if asked.message else asked.text).lower(), asked
    held = await slack.until(lambda: next((one for one in slack.slack.files() if one["name"] == "more.log"), None), "the file")
    await slack.until(lambda: slack.slack.file_bytes(held["id"]) == b"plain facts", "what it holds")
    long = "We tried what you wrote, step by step. " * 70  # more than a message on Discord holds
    await writes(found, "canary-ml", "reply", long, channel)
    await discord.until(lambda: long.strip() in on_discord(found, STRANGER), "the whole long answer")


async def _closed_messages_are_shown_and_tried_again(found: Both, report: str) -> None:
    slack, discord, channel = found.slack, found.discord, found.slack.channel(report)
    stranger = discord.discord.person(STRANGER)
    await stranger.close_dms()
    await writes(found, "canary-sec", "reply", "Are you still there?", channel)
    await slack.until(lambda: "could not be delivered" in shown(found, report), "what the team sees")
    assert "Are you still there?" not in on_discord(found, STRANGER)
    await found.settled()
    assert "cannot be written to" in shown(found, report)
    await stranger.close_dms(closed=False)
    await stranger.dm("I had closed my messages.")
    await discord.until(lambda: "Are you still there?" in on_discord(found, STRANGER), "what had waited")
    await slack.until(lambda: "could not be delivered" not in "\n".join(
        words(one) for one in slack.said(channel) if "Are you still there?" in words(one)), "delivered after all")
    await found.settled()
    assert on_discord(found, STRANGER).count("Are you still there?") == 1


async def _tricks_of_either_platform_are_dead(found: Both, report: str) -> None:
    slack, discord, channel = found.slack, found.discord, found.slack.channel(report)
    stranger = discord.discord.person(STRANGER)
    await slack.slack.person("canary-sec").slash("/vdp harmless", channel)  # long words stand open then
    for number, tricks in enumerate(HOSTILE):
        before = len(slack.said(channel))
        await stranger.dm(f"mark{number} {tricks}")
        await slack.until(lambda at=before: len(slack.said(channel)) > at, "the tricks on Slack")
        await writes(found, "canary-ml", "reply", f"mark{number} {tricks}", channel)
        await discord.until(lambda mark=f"mark{number}": mark in on_discord(found, STRANGER), "the tricks on Discord")
    await found.settled()
    theirs = [one for one in slack.said(channel) if "mark" in words(one)]
    assert len(theirs) == 2 * len(HOSTILE), "as said on either side"
    assert [one.live for one in theirs if one.live] == []
    ours = [one for one in discord.told(STRANGER) if "mark" in one.words]
    assert len(ours) == len(HOSTILE)
    assert {live.partition(":")[0] for one in ours for live in one.live} <= HARMLESS
    assert [one.pinged for one in ours if one.pinged] == []


def _accounts(found: Both, names: Any) -> list[str]:
    return [found.discord.discord.person(one).id for one in names]


async def test_a_researcher_on_slack_and_the_team_on_discord(tmp_path: Path) -> None:
    async with both(tmp_path, triage="discord", staff=STAFF) as found:
        slack, discord = found.slack, found.discord
        stranger = slack.slack.add_person(STRANGER)
        sec, ml, owner, lead = (discord.discord.person(one) for one in STAFF)
        await stranger.dm(discord.encrypted(TEXT))
        await slack.until(lambda: "Receipt code" in on_slack(found, STRANGER), "the receipt")
        assert ", on Discord" in on_slack(found, STRANGER)
        room = await discord.until(lambda: next((one for one in discord.triage() if discord.said(one.name)), None), "the card")
        channel, report = room.name, room.name.removeprefix("triage-").upper()
        assert slack.triage() == [], "no channel on Slack"
        await found.moved(found.clock.now().replace(hour=10))
        await discord_world.press(discord, sec, "Acknowledge", channel)
        await slack.until(lambda: "Thank you for" in on_slack(found, STRANGER), "the acknowledgement")
        asked = await sec.slash("vdp ask", text="Which account did you use?", at=channel)
        if asked.modal is None:
            asked = await sec.click(asked.message, next(iter(asked.message.buttons)))
        await sec.submit(asked.modal, {"text": "Which account did you use?"})
        await slack.until(lambda: "Which account did you use?" in on_slack(found, STRANGER), "the question")
        await sec.slash("vdp case harmless", at=channel)  # long words stand open then
        said = await stranger.dm(f"A fresh acount. {HOSTILE[0]}")
        await discord.until(lambda: any("acount" in one.words for one in discord.said(channel)), "the answer")
        await found.settled()
        answer = next(one for one in discord.said(channel) if "acount" in one.words)
        assert {one.partition(":")[0] for one in answer.live} <= HARMLESS
        assert answer.pinged == ()
        await stranger.edit(said, "A fresh account.")
        await discord.until(lambda: any("A fresh account." in one.words for one in discord.said(channel)), "the edit")
        await stranger.upload("more.log", b"plain facts")
        await slack_world.press(slack, stranger, f"Add to {report}")
        held = await discord.until(lambda: next((one for one in discord.said(channel) if one.files), None), "the file")
        assert discord.discord.file_bytes(held.files[0]["id"]) == b"plain facts"

        await sec.slash("vdp accept", severity="high", category="jailbreak", at=channel)
        await discord_world.press(discord, ml, "Agree: accept", channel)
        await discord.until(lambda: "accepted" in discord.said(channel)[0].words, "accepted")
        await sec.slash("vdp owner", who="canary-owner", at=channel)
        await discord.until(lambda: "canary-owner" in discord.discord.channel(channel).seen_by, "the owner in the channel")
        await owner.slash("vdp work", date="2026-12-18", at=channel)
        await owner.slash("vdp fix", build="build 7", at=channel)
        for line in (*BEFORE, "verify", *HIGH):
            name, given = options(line)
            await ml.slash(name, at=channel, **given)
        await slack_world.press(slack, stranger, "It is fixed")
        await slack_world.press(slack, stranger, "Agree to publish")
        await slack_world.press(slack, stranger, "Thank me by name")
        await stranger.submit(stranger.modal(), {"name": "Quiet Heron"})
        await lead.slash("vdp embargo agree", at=channel)
        await lead.slash("vdp publish", at=channel)
        await slack.until(lambda: slack.said("hall-of-fame"), "the hall of fame on Slack")
        await discord.until(lambda: discord.said("hall-of-fame"), "the hall of fame on Discord")
        await found.settled()
        assert [words(one).count("Quiet Heron") > 0 for one in slack.said("hall-of-fame")] == [True]
        assert [one.words.count("Quiet Heron") > 0 for one in discord.said("hall-of-fame")] == [True]
        free(sent_to_discord(found), STRANGER, stranger.id, stranger.room().id)
        free(sent_to_slack(found), *STAFF, *_accounts(found, STAFF))
        assert not [one for one in slack.slack.calls() if one.answer.get("ok") is False], "no call was refused"
        assert discord.discord.invalid() == 0
