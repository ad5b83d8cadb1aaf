"""Messages on Slack: real cards look right, and no text whatever breaks a limit, comes to life or stands in a notice."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from bot.platforms.slack import blocks
from bot.platforms.slack.home import home
from commands import cards
from commands.calls import Choice, Panel, Reply, Row
from commands.effects import DirectMessage, Post
from commands.text import (
    Body,
    Button,
    Card,
    Enclosure,
    Image,
    Text,
    Voice,
    bold,
    lines,
    moment,
    person,
    pre,
    say,
    visible,
)
from tests.platforms.slack_strict import Allowed, buttons, check_message, check_view, ours, words
from tests.platforms.slack_words import any_words, hostile, texts
from tests.world import World

SLOW = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
                phases=[Phase.explicit, Phase.reuse, Phase.generate])  # to make such an example small takes minutes
LEVELS = st.sampled_from(["", "critical", "high", "medium", "low", "informational"])

pressed = st.builds(Button, st.one_of(st.sampled_from(["accept report=AIV-K7Q3M", "me status"]), any_words), any_words,
                    st.sampled_from(["primary", "secondary", "quiet", "danger"]), hostile)
rows_of_buttons = st.lists(pressed, max_size=30).map(tuple)
images = st.one_of(st.none(), st.builds(Image, st.just("digest"), any_words, st.just("{}")))
drawn_cards = st.builds(
    Card, title=texts, report=st.sampled_from(["", "AIV-K7Q3M"]), level=LEVELS, score=st.sampled_from(["", "5.2"]), aside=hostile,
    state=hostile, lines=st.lists(texts, max_size=4).map(tuple), next=texts, next_by=texts,
    fields=st.lists(st.tuples(hostile, texts), max_size=5).map(tuple), image=images, buttons=rows_of_buttons,
)
files = st.lists(st.builds(Enclosure, st.just("blob"), any_words, st.just(3)), max_size=8).map(tuple)
voices = st.one_of(st.none(), st.builds(Voice, st.sampled_from(["relay", "outside", "note", "event"]), any_words, any_words, any_words,
                                        st.sampled_from(["", "good", "bad"])))
bodies = st.builds(Body, text=texts, card=st.one_of(st.none(), drawn_cards), folded=texts, folded_title=hostile, files=files,
                   voice=voices, buttons=rows_of_buttons, unfold=st.sampled_from(["", "case text report=AIV-K7Q3M"]))
drawn_rows = st.builds(Row, any_words, any_words, st.sampled_from(["", "light", "ring", "check", "late", "key"]), any_words,
                       buttons=st.lists(pressed, max_size=3).map(tuple))
panels = st.builds(
    Panel, sections=st.lists(st.tuples(hostile, st.lists(drawn_rows, max_size=8).map(tuple)), max_size=5).map(tuple),
    waiting=st.lists(st.tuples(hostile, any_words), max_size=5).map(tuple), next_at=st.just(""), next_text=hostile, about=any_words)
choices = st.lists(st.builds(Choice, hostile, any_words, hostile, hostile), max_size=12).map(tuple)
answers = st.builds(
    Reply, code=st.sampled_from(["ok", "bad_argument"]), text=texts, card=st.one_of(st.none(), drawn_cards),
    errors=st.lists(st.tuples(hostile, hostile), max_size=4).map(tuple), panel=st.one_of(st.none(), panels), choices=choices,
    buttons=rows_of_buttons)


# -- whatever strangers write --------------------------------------------------------------------------------------

@SLOW
@given(bodies)
def test_no_message_breaks_a_limit_or_comes_to_life(body: Body) -> None:
    found = blocks.message(body)
    check_message(found.text, found.blocks, ours(body))
    for name, data in found.rest:
        assert len(name) <= 60
        assert name.endswith(".txt")
        assert data.decode()
        assert name in words(found.blocks), "who reads the message knows the file"


@pytest.mark.slow
@SLOW
@given(answers)
def test_no_answer_breaks_a_limit_or_comes_to_life(answer: Reply) -> None:
    found = blocks.reply(answer)
    check_message(found.text, found.blocks, ours(answer))
    assert not found.rest


@pytest.mark.slow
@SLOW
@given(panels, st.one_of(st.none(), answers))
def test_no_home_breaks_a_limit_or_comes_to_life(panel: Panel, above: Reply | None) -> None:
    check_view(home(panel, title="Harborlight", above=above), ours((panel, above)))


@SLOW
@given(any_words, any_words, any_words)
def test_nothing_is_lost_but_to_the_file(said: str, line: str, value: str) -> None:
    body = Body(text=say(said), card=Card(title=say("x"), report="AIV-K7Q3M", lines=(say(line),), fields=(("Said", say(value)),)))
    found = blocks.message(body)
    seen = words(found.blocks) if not found.rest else found.rest[0][1].decode()
    for part in (said, line, value):
        assert "".join(visible(part).split()) in "".join(seen.split())


@SLOW
@given(any_words, st.sampled_from(["relay", "outside", "note"]))
def test_a_notice_holds_nothing_that_was_written(typed: str, kind: Any) -> None:
    secret = f"canary {typed}"
    card = Card(title=say(secret), report="AIV-K7Q3M", level="high", state="new", lines=(say(secret),), fields=(("x", say(secret)),))
    for body in (Body(text=say(secret), voice=Voice(kind, "a triager", "to quiet-heron")), Body(card=card, folded=say(secret)),
                 Body(card=card, files=(Enclosure("b", secret, 1),), text=say("We read it."))):
        assert "canary" not in blocks.message(body).text
    assert "canary" not in blocks.reply(Reply(card=card)).text


# -- one card ------------------------------------------------------------------------------------------------------

CARD = Card(
    title=say("A persona prompt gets *help* <!channel>"), report="AIV-K7Q3M", level="medium", score="5.2", aside="provisional",
    state="in triage", lines=(say("Safety-filter bypass. Works in 3 of 10 attempts, claimed."),),
    next=say("Accept it or set it aside"), next_by=say("triager-sec, by Mon 7 Dec 2026, 08:14 UTC"),
    fields=(("On it", say("triager-sec, lead")), ("Needs you", lines([say(bold("AIV-1"), " a"), say(bold("AIV-2"), " b")]))),
    buttons=(Button("accept report=AIV-K7Q3M", "Accept", "primary"), Button("case timeline report=AIV-K7Q3M", "Timeline", "quiet")),
)


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def test_a_card_answers_in_its_order() -> None:
    found = blocks.message(Body(card=CARD))
    assert found.text == "AIV-K7Q3M, medium, in triage: Accept it or set it aside"
    assert found.blocks[0] == {"type": "header", "text": plain("AIV-K7Q3M · ▂▄ medium 5.2 · provisional · in triage")}
    assert [one["type"] for one in found.blocks] == ["header", "rich_text", "rich_text", "rich_text", "actions"]
    assert words(found.blocks[1:4]) == (
        "A persona prompt gets *help* <!channel>\nSafety-filter bypass. Works in 3 of 10 attempts, claimed.\n\n"
        "● Accept it or set it aside\ntriager-sec, by Mon 7 Dec 2026, 08:14 UTC\n\n"
        "On it  triager-sec, lead\nNeeds you\nAIV-1 a\nAIV-2 b\n")
    first, second = buttons(found.blocks)
    assert first == {"type": "button", "action_id": "act:0", "text": plain("Accept"), "value": "accept report=AIV-K7Q3M", "style": "primary"}
    assert second == {"type": "button", "action_id": "act:1", "text": plain("Timeline"), "value": "case timeline report=AIV-K7Q3M"}
    assert blocks.message(Body(card=CARD)) == found, "drawn again it is the same"
    check_message(found.text, found.blocks)


@pytest.mark.parametrize(("level", "shown"), [
    ("critical", "▂▄▆█ critical"), ("high", "▂▄▆ high"), ("low", "▂ low"), ("informational", "informational"), ("", "new")])
def test_a_level_is_bars_and_its_word(level: str, shown: str) -> None:
    head = blocks.message(Body(card=dataclasses.replace(CARD, level=level, score="", aside="", state="new"))).blocks[0]
    assert shown in head["text"]["text"].split(" · ")


def test_what_is_missing_leaves_no_gap() -> None:
    found = blocks.message(Body(card=Card(title=say("A quiet week"))))
    assert found.blocks == [{"type": "header", "text": plain("A quiet week")}]
    assert found.text == "A quiet week"


def test_a_danger_asks_once_more_and_only_one_button_is_primary() -> None:
    body = Body(text=say("x"), buttons=(Button("a", "Use it", "primary"), Button("b", "Send", "primary"),
                                        Button("c", "Throw it away", "danger", "It cannot be brought back."), Button("d", "Close", "danger")))
    one, two, three, four = buttons(blocks.message(body).blocks)
    assert (one["style"], "style" in two, three["style"], "confirm" in one) == ("primary", False, "danger", False)
    assert three["confirm"] == {"title": plain("Throw it away"), "text": plain("It cannot be brought back."), "confirm": plain("Throw it away"),
                                "deny": plain("Go back"), "style": "danger"}
    assert four["confirm"]["text"] == plain("Are you sure?")


def test_a_button_that_no_message_can_carry_is_in_the_file() -> None:
    found = blocks.message(Body(text=say("x"), buttons=(Button("a" * 2_001, "Long"), Button("b", "Short"))))
    assert [one["text"]["text"] for one in buttons(found.blocks)] == ["Short"]
    assert "[Long]" in found.rest[0][1].decode()


def test_many_buttons_stand_in_rows_of_25() -> None:
    found = blocks.message(Body(text=say("x"), buttons=tuple(Button(f"b{n}", f"B{n}") for n in range(30))))
    assert [len(one["elements"]) for one in found.blocks if one["type"] == "actions"] == [25, 5]
    assert len({one["action_id"] for one in buttons(found.blocks)}) == 30


# -- folded text, files, pictures ----------------------------------------------------------------------------------

def test_folded_text_is_asked_for_by_a_button() -> None:
    found = blocks.message(Body(card=CARD, folded=say("how to do harm"), folded_title="Show the report", unfold="case text report=AIV-K7Q3M"))
    assert "harm" not in found.text + words(found.blocks)
    assert not found.rest
    ask = buttons(found.blocks)[0]
    assert (ask["action_id"], ask["text"], ask["value"]) == ("show:0", plain("Show the report"), "case text report=AIV-K7Q3M")


def test_folded_text_without_such_a_button_is_a_file() -> None:
    found = blocks.message(Body(card=CARD, folded=say("how to do harm")))
    assert "harm" not in found.text + words(found.blocks)
    (name, data), = found.rest
    assert name.startswith("AIV-K7Q3M-text-")
    assert data == b"how to do harm"
    assert f"The text is in the file {name}." in words(found.blocks)


def test_what_does_not_fit_is_cut_and_whole_in_a_file() -> None:
    found = blocks.message(Body(text=say("All of it. " * 2_000), card=CARD))
    (name, data), = found.rest
    assert data.decode().count("All of it. ") == 2_000
    assert "AIV-K7Q3M" in data.decode()
    assert words(found.blocks[-1:]).strip() == f"Cut here. The whole text is in the file {name}."
    assert "Accept it or set it aside" in words(found.blocks), "the next step is never what is cut"
    assert len(buttons(found.blocks)) == 2
    check_message(found.text, found.blocks)


def test_two_texts_are_two_files_and_one_text_is_one() -> None:
    one, again, other = (blocks.message(Body(text=say(words_ * 5_000))).rest[0][0] for words_ in ("abc ", "abc ", "abd "))
    assert one == again != other


def test_files_are_named_without_folders_or_tricks() -> None:
    found = words(blocks.message(Body(text=say("x"), files=(
        Enclosure("b", "../../etc/pass\u202ewd", 1), Enclosure("b", "C:\\x\\log.csv", 2), *(Enclosure("b", f"{n}.txt", 1) for n in range(5)),
    ))).blocks)
    assert "With it: pass\\u202ewd, log.csv, 0.txt, 1.txt, 2.txt and 2 more files." in found


def test_a_picture_is_said_in_words_until_it_may_be_shown() -> None:
    card = Card(title=say("A quiet week"), image=Image("digest", "A quiet week. 3 open.", "{}"))
    assert blocks.message(Body(card=card)).blocks[-1] == {"type": "context", "elements": [plain("A quiet week. 3 open.")]}
    assert blocks.message(Body(card=card), picture="F123").blocks[-1] == {
        "type": "image", "slack_file": {"id": "F123"}, "alt_text": "A quiet week. 3 open."}


# -- who speaks ----------------------------------------------------------------------------------------------------

def test_a_relay_says_who_to_whom_and_whether_it_arrived() -> None:
    voice = Voice("relay", "triager-sec", "to quiet-heron", "delivered 11:20", "good")
    found = blocks.message(Body(text=say("Please send the *log*."), voice=voice))
    assert found.blocks == [
        {"type": "context", "elements": [plain("triager-sec"), plain("to quiet-heron")]},
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "Please send the *log*."}]}]},
        {"type": "context", "elements": [plain("✓ delivered 11:20")]},
    ]
    assert found.text == "A message from triager-sec, to quiet-heron"


def test_a_note_stands_aside_and_an_event_is_one_grey_line() -> None:
    note = blocks.message(Body(text=say("First 10 of 30."), voice=Voice("note", "triager-ml", "note, stays in this channel")))
    assert note.blocks[1]["elements"][0]["type"] == "rich_text_quote"
    assert note.text == "A new note in this channel"
    event = blocks.message(Body(text=say("Taken into ", bold("AIV-K7Q3M"), "."), voice=Voice("event"), buttons=(Button("b", "Wrong one"),)))
    assert event.blocks[0] == {"type": "context", "elements": [plain("Taken into AIV-K7Q3M.")]}
    assert event.text == "Taken into AIV-K7Q3M."
    outside = blocks.message(Body(text=say("secret"), voice=Voice("outside", "quiet-heron", "researcher, through the bot")))
    assert outside.text == "The researcher wrote"


def test_people_who_are_called_are_called_in_the_notice_too() -> None:
    found = blocks.message(Body(text=say(person("lead", "U0LEAD123"), " it is due ", moment("Tue", datetime(2026, 12, 1, 9, tzinfo=UTC)))))
    assert found.text == "<@U0LEAD123> @\u2060lead it is due Tue"
    check_message(found.text, found.blocks, Allowed(frozenset({"U0LEAD123"})))


# -- answers -------------------------------------------------------------------------------------------------------

def test_an_answer_says_what_is_wrong_once() -> None:
    errors = (("severity", "Choose one."), ("k", "Write a number."))
    found = blocks.reply(Reply(code="bad_argument", text=say("Severity: Choose one."), errors=errors))
    assert words(found.blocks) == "Severity: Choose one.\nWrite a number.\n"


def test_completions_panels_and_buttons_are_drawn() -> None:
    found = words(blocks.reply(Reply(
        text=say("Which one?"), choices=(Choice("accept", "Accept it.", "not now", "/vdp accept <level>"),),
        panel=Panel(about="Triager.", sections=(("Clocks", (Row("Judgement", "Mon 7 Dec", "light", "in 5 d"),)),)),
        buttons=(Button("x", "AIV-K7Q3M"),))).blocks)
    for part in ("Which one?", "/vdp accept <level>  Accept it. not now", "Triager.", "Clocks\n● Judgement  Mon 7 Dec\nin 5 d", "AIV-K7Q3M"):
        assert part in found


def test_a_long_answer_says_that_it_is_cut() -> None:
    found = blocks.reply(Reply(text=say("line\n" * 5_000)))
    assert found.cut
    assert words(found.blocks[-1:]).startswith("Cut here")
    assert not blocks.reply(Reply(text=say("short"))).cut


def test_nothing_to_say_is_still_a_message() -> None:
    for found in (blocks.message(Body()), blocks.reply(Reply()), blocks.message(Body(text=say(" \n"))), blocks.message(Body(text=Text()))):
        check_message(found.text, found.blocks)


def test_slacks_own_library_takes_the_blocks() -> None:
    for body in (Body(card=CARD), Body(text=say("x" * 20_000), card=CARD, folded=say("y")),
                 Body(text=say(pre("a\nb"), "c"), voice=Voice("note", "n"))):
        for one in Block.parse_all(blocks.message(body).blocks):
            assert one is not None
            one.to_dict()  # raises on what is too long


# -- the real cards ------------------------------------------------------------------------------------------------

async def drawn(world: World, name: str) -> blocks.Message:
    """A card of a running world, drawn for Slack."""
    async with world.app.database.read(world.clock.now()) as work:
        shown = await cards.render(work, world.app.desk, name)
    assert shown is not None
    found = blocks.message(shown.body)
    check_message(found.text, found.blocks)
    return found


async def test_the_cards_of_a_case_look_right(world: World) -> None:
    report = await world.researcher.sends_report("It tells <!channel> *everything* at https://evil.example", title="Persona <@U123> prompt")
    channel = world.channel(report)
    await world.triager_sec.runs("acknowledge", channel)
    case = await drawn(world, f"{report}/card")
    assert case.text.startswith(f"{report}, ")
    assert "Persona" not in case.text
    assert case.blocks[0]["text"]["text"].startswith(report)
    seen = words(case.blocks)
    assert "Persona <@U123> prompt" in seen
    assert "Accept it or set it aside" in seen
    assert "everything" not in seen, "the report's text is folded"
    labels = [one["text"]["text"] for one in buttons(case.blocks)]
    assert "Accept" in labels
    assert sum(one.get("style") == "primary" for one in buttons(case.blocks)) == 1
    status = await drawn(world, f"{report}/status")
    assert "We look at it and decide" in words(status.blocks)

    await world.triager_sec.runs("reply clear=yes Please send the *log*, <!here>.", channel)
    relay = await drawn(world, f"{report}/talk/3")
    assert words(relay.blocks[:1]).split("\n")[0] == "triager-sec"
    assert "Please send the *log*, <!here>." in words(relay.blocks)
    assert words(relay.blocks[-1:]).startswith("✓ delivered")
    assert "log" not in relay.text
    await world.researcher.says("Here it is: evil.example and more words about it.")
    outside = await drawn(world, f"{report}/talk/4")
    assert outside.text == "The researcher wrote"
    assert "Here it is: evil.example and more words about it." in words(outside.blocks)


async def test_receipt_key_and_digest_fit(world: World) -> None:
    sent: list[Body] = []
    real = world.app.local.deliver

    async def kept(sending: Any) -> Any:
        if isinstance(sending.effect, DirectMessage | Post):
            sent.append(sending.effect.body)
        return await real(sending)

    world.app.local.deliver = kept  # type: ignore[method-assign]
    report = await world.researcher.sends_report()
    await world.researcher.says("key")
    await world.until(datetime(2026, 12, 7, 10, tzinfo=UTC))
    assert len(sent) >= 4
    messages = [blocks.message(body) for body in sent]
    for one in messages:
        check_message(one.text, one.blocks)
        assert not any(name.startswith("message") for name, _ in one.rest), "nothing of ours is too long"
    receipt = next(one for one in messages if "We have your report" in words(one.blocks))
    assert receipt.text == f"{report}, received: A person acknowledges it"
    assert "SHA-256 of what arrived: " in words(receipt.blocks)
    key = next(one for one in messages if "recipient-file" in words(one.blocks))
    kinds = [part["type"] for block in key.blocks if block["type"] == "rich_text" for part in block["elements"]]
    assert kinds.count("rich_text_preformatted") == 1
    digest = next(one for one in messages if any(button["value"] == "digest-counted" for button in buttons(one.blocks)))
    assert digest.blocks[0]["type"] in ("header", "rich_text")
