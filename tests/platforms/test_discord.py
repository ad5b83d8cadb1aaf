"""The bot on a strict Discord: what people do and see."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from config.clock import ManualClock
from tests.discord_world import DiscordWorld, button, discord_bot, discord_world, press, roles, standing
from tests.platforms.discord_standin import Standin
from tests.world import MONDAY


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[DiscordWorld]:
    async with discord_world(tmp_path) as found:
        yield found


async def test_hello_is_answered_with_the_key_and_the_way_in(world: DiscordWorld) -> None:
    await world.researcher.dm("hello")
    await world.until(world.told, "the first answer")
    await world.settled()
    said = world.told()
    assert len(said) == 1
    assert set(said[0].buttons.values()) >= {"Report a flaw", "Encrypt first", "Policy"}
    assert {one.partition(":")[0] for one in said[0].live} <= {"bold"}


async def test_an_encrypted_report_gets_a_receipt_and_a_private_channel_with_its_roster(world: DiscordWorld) -> None:
    report = await world.report()
    channel = world.discord.channel(world.channel(report))
    assert {world.discord.person(one).name for one in channel.seen_by if one != str(world.discord.bot_user)} >= {
        "triager-sec", "triager-ml", "lead"}
    assert "researcher" not in {world.discord.person(one).name for one in channel.seen_by}
    assert any(report in one.words for one in world.told())
    cards = world.said(channel.name)
    assert len(cards) == 1
    assert report in cards[0].words


async def test_a_button_acknowledges_and_the_card_follows(world: DiscordWorld) -> None:
    report = await world.report()
    channel = world.channel(report)
    await world.settled()
    card = world.said(channel)[0]
    seen = await world.triager_sec.click(card, button(card, "Acknowledge"))
    if seen.modal is not None:
        await world.triager_sec.submit(seen.modal, {})
    await world.until(lambda: "in triage" in world.said(channel)[0].words, "the card's new state")
    await world.settled()
    assert len([one for one in world.said(channel) if one.embeds and "AIV-" in one.words and one.buttons]) == 1


async def test_a_command_without_its_arguments_opens_a_form(world: DiscordWorld) -> None:
    report = await world.report()
    seen = await world.triager_sec.slash("vdp accept", at=world.channel(report))
    assert seen.modal is not None
    wrong = await world.triager_sec.submit(seen.modal, {"severity": "medium", "category": "jailbrake"})
    assert "Correct" in wrong.message.buttons.values()
    again = await world.triager_sec.click(wrong.message, button(wrong.message, "Correct"))
    kept = {one["component"]["custom_id"]: one["component"].get("value") for one in again.modal.components if "component" in one}
    assert kept["category"] == "jailbrake", "what was typed is kept"
    await world.triager_sec.submit(again.modal, {"severity": "medium", "category": "jailbreak"})
    await world.until(lambda: "accepted" in world.said(world.channel(report))[0].words.lower(), "accepted")


async def test_what_a_chosen_option_holds_may_be_anything(world: DiscordWorld) -> None:
    report = await world.report()
    hostile = 'It said: "stop" = 1 @everyone `x` [y](https://evil.example) and report=AIV-AAAAA'
    seen = await world.triager_sec.slash("vdp note", text=hostile, at=world.channel(report))
    assert seen.kind == "whisper", seen
    found = await world.until(lambda: [one for one in world.said(world.channel(report)) if "It said" in one.words], "the note")
    assert not {one.partition(":")[0] for one in found[0].live} & {"everyone", "mention", "masked", "link", "preview"}
    assert found[0].pinged == ()


async def test_a_report_is_opened_with_three_calls_and_a_change_costs_few(world: DiscordWorld) -> None:
    """G9: a message each to the researcher and the channel, and the channel; the category is made once."""
    await world.outsider.dm(world.encrypted("Another one."))
    await world.until(world.triage, "the first channel")
    await world.researcher.dm("hello")
    await world.until(world.told, "the first answer")
    await world.settled()
    world.discord.forget_calls()
    await world.researcher.dm(world.encrypted("The model tells its secrets."))
    await world.until(lambda: len(world.triage()) == 2, "the channel")
    await world.settled()
    assert world.discord.counts() == {"POST /guilds/{guild_id}/channels": 1, "POST /channels/{channel_id}/messages": 2}
    assert world.discord.invalid() == 0


@pytest.mark.slow
async def test_an_edit_is_shown_as_one_and_a_deletion_is_written_down(world: DiscordWorld) -> None:
    report = await world.report()
    channel = world.channel(report)
    first = await world.researcher.dm("It happened on Tuesday.")
    await world.until(lambda: any("on Tuesday" in one.words for one in world.said(channel)), "the words")
    await world.settled()
    await world.researcher.edit(first, "It happened on Wednesday.")
    await world.until(lambda: any("on Wednesday" in one.words for one in world.said(channel)), "the edit")
    assert not any("on Tuesday" in one.words for one in world.said(channel))
    await world.settled()
    await world.researcher.delete(first)
    await world.until(lambda: any("deleted a message" in one.words for one in world.said(channel)), "the deletion")


async def test_a_long_paste_comes_as_a_file_and_is_opened(world: DiscordWorld) -> None:
    await world.researcher.dm(world.encrypted(secrets.token_hex(4_000)))
    await world.until(world.triage, "a channel")
    assert world.discord.counts().get("GET cdn", 0) >= 1, "the client made a file of it"


async def test_a_researcher_uses_commands_where_they_are(world: DiscordWorld) -> None:
    """In a public channel as in the direct conversation: only they see the answer."""
    report = await world.report()
    for at in ("general", "dm"):
        seen = await world.researcher.slash("report status", at=at)
        assert seen.kind == "whisper", seen
        assert report in seen.message.words
    seen = await world.outsider.slash("report status", at="general")
    assert report not in seen.message.words
    refused = await world.outsider.slash("vdp queue", at="general")
    assert refused.kind == "whisper"
    assert report not in refused.message.words


async def test_somebody_sends_their_own_message_to_the_desk(world: DiscordWorld) -> None:
    theirs = await world.outsider.say("general", "I found something odd in the model, where do I report it?")
    seen = await world.researcher.message_command("Send to the desk", theirs)
    assert "your own" in seen.text
    seen = await world.outsider.message_command("Send to the desk", theirs)
    assert "direct message" in seen.text
    await world.until(lambda: world.told("outsider"), "an answer")


async def test_a_dangerous_button_asks_first(world: DiscordWorld) -> None:
    report = await world.report()
    await world.settled()
    asked = await press(world, world.researcher, "Withdraw")
    assert asked.kind in ("whisper", "modal"), asked
    if asked.kind == "whisper":
        left = await world.researcher.click(asked.message, button(asked.message, "Go back"))
        assert "changed" in left.message.words
    assert "withdrawn" not in world.said(world.channel(report))[0].words


@pytest.mark.slow
async def test_buttons_work_after_a_restart(tmp_path: Path) -> None:
    clock = ManualClock(MONDAY, 20.0)
    async with Standin.open(rate=20.0, now=clock.now) as discord:
        standing(discord)
        async with discord_bot(tmp_path, discord, clock) as world:
            await roles(discord)
            report = await world.report()
            opened = await world.triager_sec.slash("vdp accept", at=world.channel(report))
            await world.settled()
        async with discord_bot(tmp_path, discord, clock) as world:
            assert discord.command_writes()["writes"] == 1, "what did not change is not told again"
            done = await world.triager_sec.submit(opened.modal, {"severity": "medium", "category": "jailbreak"})
            assert done.kind == "whisper", done
            await world.until(lambda: "accepted" in world.said(world.channel(report))[0].words.lower(), "accepted")
            seen = await press(world, world.researcher, "What happens next")
            assert report in seen.message.words


async def test_the_front_door_stands_and_is_made_again(world: DiscordWorld) -> None:
    await world.app.ticking.tick()
    posts = await world.until(lambda: world.said("front-door"), "the front door")
    assert list(posts[0].buttons.values()) == ["Report a flaw", "Encrypt first", "Policy"]
    await world.admin.delete(posts[0])
    for _ in range(2):
        await world.moved(world.clock.now() + timedelta(hours=1))
    again = world.said("front-door")
    assert len(again) == 1
    assert again[0].id != posts[0].id


async def test_somebody_without_direct_messages_reports_at_the_front_door(world: DiscordWorld) -> None:
    await world.app.ticking.tick()
    await world.until(lambda: world.said("front-door"), "the front door")
    await world.outsider.close_dms()
    form = await press(world, world.outsider, "Report a flaw", "front-door")
    assert form.modal is not None, form
    assert "your chat platform" in str(form.modal.components)
    done = await world.outsider.submit(form.modal, {"what": "It tells secrets.", "unlawful": "no"})
    report = await world.until(world.triage, "a channel")
    assert "AIV-" + report[0].name[-5:].upper() in done.message.words
    seen = await world.outsider.slash("report status", at="general")
    assert "AIV-" + report[0].name[-5:].upper() in seen.message.words
    assert "receipt code" in done.message.words.lower()


async def test_completion_shows_only_what_the_asker_may_see(world: DiscordWorld) -> None:
    report = await world.report()
    assert await world.triager_sec.autocomplete("vdp accept", "report", "aiv", at="general") == [report]
    assert await world.owner.autocomplete("vdp accept", "report", "", at="general") == []
    assert await world.outsider.autocomplete("vdp show", "report", "AIV", at="general") == []
    assert await world.researcher.autocomplete("report withdraw", "report", "", at="general") == [report]
    assert await world.outsider.autocomplete("report withdraw", "report", "", at="general") == []
    assert await world.triager_sec.autocomplete("vdp accept", "category", "injection", at="general") == [
        "prompt-injection-direct", "prompt-injection-indirect"]
    assert await world.triager_sec.autocomplete("vdp accept", "category", "AML.T0056", at="general") == ["system-prompt-leak"]
    assert len(await world.triager_sec.autocomplete("vdp accept", "category", "", at="general")) == 25


async def test_show_alone_does_the_next_thing(world: DiscordWorld) -> None:
    report = await world.report()
    here = await world.triager_sec.slash("vdp show", at=world.channel(report))
    assert "Acknowledge" in here.message.buttons.values()
    queue = await world.triager_sec.slash("vdp show", at="general")
    assert "needs you" in queue.message.words.lower()
    assert report in queue.message.words
    nothing = await world.outsider.slash("vdp show", at="general")
    assert report not in (nothing.message.words if nothing.message else nothing.text)
