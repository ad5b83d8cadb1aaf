"""The bot on a strict Slack, over Socket Mode and over HTTP: what people do and see."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.slack_world import SlackWorld, button, slack_world, words

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(params=["socket", pytest.param("http", marks=pytest.mark.slow)])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SlackWorld]:
    async with slack_world(tmp_path, mode=request.param) as found:
        yield found


async def test_hello_is_answered_with_the_key_and_the_way_in(world: SlackWorld) -> None:
    await world.researcher.dm("hello")
    await world.until(lambda: [one for one in world.researcher.dms() if one.by_app], "the first answer")
    said = [one for one in world.researcher.dms() if one.by_app]
    assert len(said) == 1
    assert not said[0].live


async def test_an_encrypted_report_gets_a_receipt_and_a_private_channel_with_its_roster(world: SlackWorld) -> None:
    report = await world.report()
    channel = world.slack.channel(world.channel(report))
    names = {world.slack.person(one).name for one in channel.members if one != world.slack.bot_user}
    assert names == {"triager-sec", "triager-ml", "lead"}
    assert channel.kind == "private"
    receipts = [one for one in world.researcher.dms() if one.by_app]
    assert any(report in words(one) for one in receipts)
    cards = world.said(channel.name)
    assert len(cards) == 1
    assert report in words(cards[0])


@pytest.mark.slow
async def test_a_button_acknowledges_and_the_card_follows(world: SlackWorld) -> None:
    report = await world.report()
    channel = world.channel(report)
    await world.settled()
    card = world.said(channel)[0]
    await world.triager_sec.click(card, button(card, "Acknowledge"))
    await world.until(lambda: "in triage" in words(world.said(channel)[0]), "the card's new state")
    await world.settled()
    assert len([one for one in world.said(channel) if any(block["type"] == "header" for block in one.blocks)]) == 1


async def test_a_command_without_its_arguments_opens_a_form(world: SlackWorld) -> None:
    report = await world.report()
    await world.triager_sec.slash("/vdp accept", world.channel(report))
    form = world.triager_sec.modal()
    answer = await world.triager_sec.submit(form, {"severity": "medium", "category": "jailbreak"})
    await world.until(lambda: "accepted" in words(world.said(world.channel(report))[0]).lower(), f"accepted, after {answer}")


async def test_a_next_step_says_why(world: SlackWorld) -> None:
    report = await world.report()
    await world.triager_sec.slash("/vdp reply Thank you.", world.channel(report))
    assert "Without a key of the researcher" in words(world.triager_sec.modal())


async def test_an_answer_that_is_too_long_for_a_message_stands_in_a_dialog(world: SlackWorld) -> None:
    report = await world.report(text="<!channel> " * 500)
    await world.lead.slash("/vdp report-text", world.channel(report))
    shown = words(world.lead.modal())
    assert shown.count("!channel>") == 500
    assert "Cut here" not in shown


@pytest.mark.slow
async def test_a_report_is_opened_with_four_calls_and_a_change_costs_four(world: SlackWorld) -> None:
    """G9. A change of state is the card's edit and the message to the researcher, and what colleagues see of that message."""
    await world.researcher.dm("hello")
    await world.until(lambda: [one for one in world.researcher.dms() if one.by_app], "the first answer")
    await world.settled()
    world.slack.forget_calls()
    report = await world.report()
    await world.settled()
    assert world.slack.counts() == {"chat.postMessage": 2, "conversations.create": 1, "conversations.invite": 1}
    world.slack.forget_calls()
    await world.triager_sec.slash("/vdp acknowledge", world.channel(report))
    await world.settled()
    # To the researcher: the words, their status, and once in a life what is still missing; to colleagues: the card, the words as
    # they went out, and that they arrived.
    assert world.slack.counts() == {"chat.postMessage": 4, "chat.update": 2}


async def test_home_shows_a_colleague_their_queue_and_a_researcher_their_reports(world: SlackWorld) -> None:
    report = await world.report()
    for who, wanted in (("triager-sec", "Needs you"), ("researcher", "My reports"), ("leadership", "received")):
        person = world.slack.person(who)
        await person.open_home()
        view = await world.until(person.home, "the Home tab")
        assert wanted.lower() in words(view).lower(), (who, words(view))
        if who != "leadership":
            assert report in words(view)
    assert "tells its secrets" not in words(world.leadership.home())


@pytest.mark.slow
async def test_an_edit_is_shown_as_one_and_a_deletion_is_written_down(world: SlackWorld) -> None:
    report = await world.report()
    channel = world.channel(report)
    first = await world.researcher.dm("It happened on Tuesday.")
    await world.until(lambda: any("on Tuesday" in words(one) for one in world.said(channel)), "the words")
    await world.settled()
    await world.researcher.edit(first, "It happened on Wednesday.")
    await world.until(lambda: any("on Wednesday" in words(one) for one in world.said(channel)), "the edit")
    shown = next(one for one in world.said(channel) if "Wednesday" in words(one))
    assert "edited by them" in words(shown)
    assert not any("on Tuesday" in words(one) for one in world.said(channel))
    await world.settled()
    await world.researcher.delete(first)
    await world.until(lambda: any("deleted a message" in words(one) for one in world.said(channel)), "the deletion")
    await world.settled()
    assert any("deleted by them" in words(one) and "Wednesday" in words(one) for one in world.said(channel))


async def test_an_edited_ciphertext_is_a_new_version(world: SlackWorld) -> None:
    await world.researcher.dm("hello")
    broken = world.encrypted("The first version.")
    sent = await world.researcher.dm(broken)
    channel = await world.until(lambda: next(iter(world.triage()), None), "a channel")
    await world.until(lambda: world.said(channel.name), "the card")
    await world.settled()
    await world.researcher.edit(sent, world.encrypted("The second version, with the right account."))
    await world.until(lambda: any("second version" in words(one) for one in world.said(channel.name)), "the new version")
    assert len(world.triage()) == 1
