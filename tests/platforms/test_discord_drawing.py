"""Messages on Discord: real cards look right, and no text whatever breaks a limit, comes to life or is lost without a word."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.platforms.discord import drawing
from bot.platforms.discord.buttons import Acts, line_of, pressed
from bot.platforms.discord.drawing import Drawn
from bot.platforms.discord.text import BREAK
from commands.calls import Choice, Panel, Reply, Row
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
from tests.platforms.discord_strict import buttons, check_message, words
from tests.platforms.discord_words import Allowed, ours
from tests.platforms.slack_words import ACCOUNT, any_words, hostile
from tests.platforms.test_discord_text import mended
from tests.platforms.test_slack_blocks import CARD, answers, bodies, panels

SLOW = settings(deadline=None, max_examples=14, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
                phases=[Phase.explicit, Phase.reuse, Phase.generate])  # to make such an example small takes minutes


def labels(drawn: Drawn) -> list[str]:
    return [one["label"] for one in buttons(drawn)]


def ids(drawn: Drawn) -> list[str]:
    return [one["custom_id"] for one in buttons(drawn)]


# -- whatever strangers write --------------------------------------------------------------------------------------

@SLOW
@given(bodies, st.sampled_from(["", "digest.png"]))
def test_no_message_breaks_a_limit_or_comes_to_life(body: Body, picture: str) -> None:
    found = drawing.message(body, picture=picture)
    check_message(found, ours(body))
    assert found == drawing.message(body, picture=picture)


@pytest.mark.slow
@SLOW
@given(answers)
def test_no_answer_breaks_a_limit_or_comes_to_life(answer: Reply) -> None:
    check_message(drawing.reply(answer), ours(answer))


@SLOW
@given(panels)
def test_no_panel_breaks_a_limit_or_comes_to_life(panel: Panel) -> None:
    check_message(drawing.reply(Reply(panel=panel)))


@SLOW
@given(any_words, any_words, any_words)
def test_no_question_breaks_a_limit_or_comes_to_life(line: str, label: str, sure: str) -> None:
    check_message(dataclasses.replace(drawing.question(line, label, sure), cut=False))


@SLOW
@given(any_words, any_words, any_words)
def test_nothing_is_lost_but_to_the_file(said: str, line: str, value: str) -> None:
    body = Body(text=say(said), card=Card(title=say("x"), report="AIV-K7Q3M", lines=(say(line),), fields=(("Said", say(value)),)))
    found = drawing.message(body)
    seen = mended(words(found)) if not found.rest else mended(found.rest[0][1].decode())
    for part in (said, line, value):
        assert "".join(mended(visible(part)).split()) in "".join(seen.split())


@SLOW
@given(bodies)
def test_every_button_is_there_or_stands_in_words(body: Body) -> None:
    found = drawing.message(body)
    for one in (*(body.card.buttons if body.card else ()), *body.buttons):
        if not any(line_of(custom) == one.id for custom in ids(found)):
            assert found.cut or "".join(mended(visible(one.id.replace("`", "‵"))).split()) in "".join(mended(words(found)).split())


# -- one card ------------------------------------------------------------------------------------------------------

def test_a_card_answers_in_its_order() -> None:
    found = drawing.message(Body(card=CARD))
    check_message(found)
    assert found.content == ""
    assert found.embeds == ({
        "color": 0xE3B748, "author": {"name": "AIV-K7Q3M · ▂▄ medium 5.2 · provisional · in triage"},
        "title": "A persona prompt gets \\*help\\* \\<!channel>",
        "description": "Safety-filter bypass. Works in 3 of 10 attempts, claimed.\n\n"
                       "● **Accept it or set it aside**\ntriager-sec, by Mon 7 Dec 2026, 08:14 UTC",
        "fields": [{"name": "On it", "value": "triager-sec, lead", "inline": True},
                   {"name": "Needs you", "value": "**AIV-1** a\n**AIV-2** b", "inline": False}],
    },)
    assert buttons(found) == [
        {"type": 2, "style": 1, "label": "Accept", "custom_id": "!accept report=AIV-K7Q3M"},
        {"type": 2, "style": 2, "label": "Timeline", "custom_id": "!case timeline report=AIV-K7Q3M"}]
    assert drawing.message(Body(card=CARD)) == found, "drawn again it is the same"


@pytest.mark.parametrize(("level", "shown", "colour"), [
    ("critical", "▂▄▆█ critical", 0xFF8F89), ("high", "▂▄▆ high", 0xFF9D7C), ("low", "▂ low", 0x8ECB9F),
    ("informational", "informational", 0xAAB5BF), ("", "new", None)])
def test_a_level_is_bars_and_its_word(level: str, shown: str, colour: int | None) -> None:
    card = drawing.message(Body(card=dataclasses.replace(CARD, level=level, score="", aside="", state="new"))).embeds[0]
    assert shown in card["author"]["name"].split(" · ")
    assert card.get("color") == colour


def test_what_is_missing_leaves_no_gap() -> None:
    assert drawing.message(Body(card=Card(title=say("A quiet week")))).embeds == ({"title": "A quiet week"},)
    assert drawing.message(Body(card=Card(title=say("x"), next=say("Wait")))).embeds == ({"title": "x", "description": "● **Wait**"},)


def test_long_rows_are_lines_and_not_fields() -> None:
    rows = lines([say(bold(f"AIV-{n:05}"), ": jailbreak, medium, accept it") for n in range(40)])
    found = drawing.message(Body(card=Card(title=say("40 need you"), fields=(("Needs you", rows), ("More", say("none"))))))
    check_message(found)
    assert "fields" not in found.embeds[0]
    assert found.embeds[0]["description"].startswith("**Needs you**\n**AIV-00000**: jailbreak")
    assert found.embeds[0]["description"].endswith("**More**  none")
    assert not found.cut


def test_what_does_not_fit_is_cut_and_whole_in_a_file() -> None:
    found = drawing.message(Body(text=say("All of it. " * 2_000), card=CARD))
    check_message(found)
    (name, data), = found.rest
    assert data.decode().count("All of it. ") == 2_000
    assert "AIV-K7Q3M" in data.decode()
    assert found.embeds[-1]["footer"]["text"] == f"Cut here. The whole text is in the file {name}."
    assert "Accept it or set it aside" in words(found), "the next step is never what is cut"
    assert labels(found) == ["Accept", "Timeline"]


def test_two_texts_are_two_files_and_one_text_is_one() -> None:
    one, again, other = (drawing.message(Body(text=say(said * 5_000))).rest[0][0] for said in ("abc ", "abc ", "abd "))
    assert one == again != other


def test_a_sentence_is_content_and_a_long_text_an_embed() -> None:
    assert drawing.message(Body(text=say("We read it."))) == Drawn("We read it.")
    long = drawing.message(Body(text=say("word " * 600, person("lead", ACCOUNT))))
    assert (long.content, long.pings, long.cut) == (f"<@{ACCOUNT}>", (ACCOUNT,), False)
    assert len(long.embeds[0]["description"]) > 2_900
    check_message(long, Allowed(frozenset({ACCOUNT})))


def test_a_key_stands_whole_in_one_block() -> None:
    key = "\n".join(["-----BEGIN PGP PUBLIC KEY BLOCK-----", "", *["x" * 64] * 40, "-----END PGP PUBLIC KEY BLOCK-----"])
    found = drawing.message(Body(text=say("Our key:\n", pre(key), "\nCheck it.")))
    assert found.embeds[0]["description"] == f"Our key:\n```\n{key}\n```\nCheck it."
    assert not found.cut


# -- buttons -------------------------------------------------------------------------------------------------------

def test_a_press_says_what_to_do() -> None:
    throw = Button("c x=1", "Throw it away", "danger", "It cannot be brought back.")
    found = drawing.message(Body(text=say("x"), buttons=(
        Button("a", "Use it", "primary"), Button("b", "Send", "primary"), throw, Button("d", "Close", "danger"))))
    assert [(one["style"], one["custom_id"]) for one in buttons(found)] == [(1, "!a"), (2, "!b"), (4, "?c x=1"), (4, "?d")]
    assert found.content == "x\n-# Throw it away: It cannot be brought back."
    assert [(pressed(custom).kind, line_of(custom)) for custom in ids(found)] == [  # type: ignore[union-attr]
        ("act", "a"), ("act", "b"), ("ask", "c x=1"), ("ask", "d")]
    asked = drawing.question("c x=1", "Throw it away", "It cannot be brought back.")
    check_message(asked)
    assert asked.content == "**Throw it away**\nIt cannot be brought back."
    assert [(one["style"], one["label"], one["custom_id"]) for one in buttons(asked)] == [
        (4, "Throw it away", "=c x=1"), (2, "Go back", "-back")]
    assert drawing.question("d", "Close").content == "**Close**\nAre you sure?"
    assert (pressed("*x"), line_of(""), pressed("=c x=1").kind) == (None, "", "sure")  # type: ignore[union-attr]


@SLOW
@given(st.lists(st.sampled_from(["me status", "show report=AIV-K7Q3M", "a ~1", "a", "a ~1 ~2", "x" * 99, "x" * 98]) | hostile, max_size=30))
def test_every_line_comes_back_from_its_button(typed: list[str]) -> None:
    acts = Acts()
    acts.add([Button(one, "Do it") for one in typed])
    rows = acts.done()
    made = [one["custom_id"] for row in rows.rows for one in row["components"]]
    assert len(set(made)) == len(made) <= 25
    carried = [line_of(one) for one in made]
    left = iter(typed)
    assert all(one in left for one in carried), "in their order"
    assert len(carried) == len(typed) or rows.cut or rows.instead


def test_two_buttons_with_one_line_are_told_apart() -> None:
    found = drawing.message(Body(text=say("x"), buttons=(Button("a", "One"), Button("a", "Two"), Button("a ~1", "Three"))))
    assert ids(found) == ["!a", "!a ~0", "!a ~1 ~0"]
    assert [line_of(one) for one in ids(found)] == ["a", "a", "a ~1"]


def test_a_button_that_no_message_can_carry_stands_in_words() -> None:
    line = "case evidence report=AIV-K7Q3M trials=3/10 " + "x" * 60
    found = drawing.message(Body(text=say("x"), buttons=(Button(line, "Record"), Button("b", "Short"), Button("me " + "y" * 100, "Mine"))))
    check_message(found)
    assert labels(found) == ["Short"]
    assert found.content == f"x\nFor [Record], type `/vdp {line}`.\nFor [Mine], type `{'y' * 100}`.".replace("[", "\\[")
    assert not found.cut


def test_many_buttons_stand_in_rows_of_five_and_the_rest_in_the_file() -> None:
    found = drawing.message(Body(text=say("x"), buttons=tuple(Button(f"b{n}", f"B{n}") for n in range(30))))
    check_message(found)
    assert [len(row["components"]) for row in found.components] == [5] * 5
    assert "[B29] /vdp b29" in found.rest[0][1].decode()
    assert "Cut here" in found.content


# -- folded text, files, pictures ----------------------------------------------------------------------------------

def test_folded_text_is_asked_for_by_a_button() -> None:
    found = drawing.message(Body(card=CARD, folded=say("how to do harm"), folded_title="Show the report", unfold="case text report=AIV-K7Q3M"))
    assert "harm" not in words(found)
    assert not found.rest
    assert (labels(found), ids(found)[-1]) == (["Accept", "Timeline", "Show the report"], "+case text report=AIV-K7Q3M")
    many = dataclasses.replace(CARD, buttons=tuple(Button(f"b{n}", f"B{n}") for n in range(30)))
    full = drawing.message(Body(card=many, folded=say("x"), folded_title="Show", unfold="case text"))
    assert "Show" in labels(full), "never the one left out"


def test_folded_text_without_such_a_button_is_a_file_that_shows_nothing_of_itself() -> None:
    found = drawing.message(Body(card=CARD, folded=say("how to do harm")))
    check_message(found)
    assert "harm" not in words(found)
    (name, data), = found.rest
    assert name.startswith("SPOILER_AIV-K7Q3M-text-")
    assert data == b"how to do harm"
    assert f"The text is in the file {name}." in words(found)
    assert not found.cut


@pytest.mark.parametrize(("name", "shown"), [
    ("../../etc/pass\u202ewd", "pass_u202ewd"), ("C:\\x\\log.csv", "log.csv"), ("SPOILER_SPOILER_a.txt", "a.txt"), ("", "file"),
    ("...", "file"), ("a\x00b", "a_u0000b"), ("x" * 90, "x" * 79 + "…")])
def test_files_are_named_without_folders_or_tricks(name: str, shown: str) -> None:
    assert drawing.file_name(name) == shown


def test_files_alone_are_a_message() -> None:
    assert drawing.message(Body(files=(Enclosure("b", "x", 1),))).content == "A file for you"


def test_a_picture_is_said_in_words_until_it_is_shown() -> None:
    card = Card(title=say("A quiet week"), image=Image("digest", "A quiet week. 3 open.", "{}"))
    assert drawing.message(Body(card=card)).embeds == ({"title": "A quiet week", "description": "-# A quiet week. 3 open."},)
    assert drawing.message(Body(card=card), picture="digest.png").embeds == (
        {"title": "A quiet week", "image": {"url": "attachment://digest.png"}},)


# -- who speaks ----------------------------------------------------------------------------------------------------

def test_a_relay_says_who_to_whom_and_whether_it_arrived() -> None:
    voice = Voice("relay", "triager-sec", "to quiet-heron", "delivered 11:20", "good")
    found = drawing.message(Body(text=say("Please send the *log*."), voice=voice))
    assert found == Drawn(embeds=({"author": {"name": "triager-sec · to quiet-heron"}, "description": "Please send the \\*log\\*.",
                                   "footer": {"text": "✓ delivered 11:20"}},))
    long = drawing.message(Body(text=say("long " * 2_000), voice=voice))
    check_message(long)
    assert long.embeds[0]["footer"]["text"].startswith("✓ delivered 11:20 · Cut here.")


def test_a_note_is_an_embed_and_an_event_one_grey_line() -> None:
    note = drawing.message(Body(text=say("First 10 of 30."), voice=Voice("note", "triager-ml", "note, stays in this channel")))
    assert note.embeds[0]["author"] == {"name": "triager-ml · note, stays in this channel"}
    event = drawing.message(Body(text=say("Taken into ", bold("AIV-K7Q3M"), "."), voice=Voice("event"), buttons=(Button("b", "Wrong one"),)))
    assert (event.content, event.embeds, labels(event)) == ("-# Taken into AIV-K7Q3M.", (), ["Wrong one"])
    calling = drawing.message(Body(text=say(person("lead", ACCOUNT), " look"), voice=Voice("event")))
    assert calling.content == f"<@{ACCOUNT}> look"


def test_people_are_called_in_the_content_and_nowhere_else() -> None:
    at = moment("Tue", datetime(2026, 12, 1, 9, tzinfo=UTC))
    found = drawing.message(Body(text=say(person("lead", ACCOUNT), " it is due ", at), card=Card(title=say("x", person("b", ACCOUNT[::-1])))))
    assert found.pings == (ACCOUNT,)
    assert found.content == f"<@{ACCOUNT}> it is due <t:1796115600:f>"
    assert drawing.message(Body(card=Card(title=say("x"), lines=(say(person("b", ACCOUNT)),)))).pings == ()
    spoof = drawing.message(Body(text=say(f"<@{ACCOUNT}> @everyone")))
    assert (spoof.pings, spoof.content) == ((), f"\\<{BREAK}@{ACCOUNT}> @{BREAK}everyone")


# -- answers -------------------------------------------------------------------------------------------------------

def test_an_answer_says_what_is_wrong_once() -> None:
    errors = (("severity", "Choose one."), ("k", "Write a number."))
    found = drawing.reply(Reply(code="bad_argument", text=say("Severity: Choose one."), errors=errors))
    assert found.content == "Severity: Choose one.\nWrite a number."


def test_completions_are_listed() -> None:
    found = drawing.reply(Reply(text=say("Which one?"), choices=(Choice("accept", "Accept it.", "not now", "/vdp accept <level>"),),
                                buttons=(Button("x", "AIV-K7Q3M"),)))
    assert found.content == "Which one?\n`/vdp accept <level>`  Accept it. not now"
    assert labels(found) == ["AIV-K7Q3M"]


def test_a_panel_shows_what_waits_first_and_its_buttons_name_their_row() -> None:
    panel = Panel(about="Triager.", waiting=(("triage-aiv-k7q3m", "Accept it by Mon 7 Dec"),), next_text="in 5 d: judge it",
                  next_at="2026-12-07T08:14:00+00:00", sections=(
        ("My reports", (Row("AIV-K7Q3M", "Your turn: confirm the fix", "light", "yours to retest",
                            buttons=(Button("me fixed", "It is fixed"),)),
                        Row("AIV-9BQ2F", "Nothing is left to do", "check", "done"))),
        ("Programme key", (Row("", "3B7C 52F0 9A1E", "key", "Ends Mon 30 Nov 2027."),))))
    found = drawing.reply(Reply(panel=panel))
    check_message(found, Allowed(times=frozenset({"1796631240:f"})))
    assert found.content == "Triager."
    assert [(one.get("title"), one["description"]) for one in found.embeds] == [
        ("Waiting for you", "● Accept it by Mon 7 Dec"), ("Next", "○ in 5 d: judge it\n<t:1796631240:f>"),
        ("My reports", "● **AIV-K7Q3M**  Your turn: confirm the fix\n-# yours to retest\n✓ **AIV-9BQ2F**  Nothing is left to do\n-# done"),
        ("Programme key", "`3B7C 52F0 9A1E`\n-# Ends Mon 30 Nov 2027.")]
    assert labels(found) == ["AIV-K7Q3M: It is fixed"]
    assert "/report new" in drawing.reply(Reply(panel=Panel())).content


def test_a_long_answer_has_a_file_and_nothing_to_say_is_still_a_message() -> None:
    long = drawing.reply(Reply(text=say("line\n" * 5_000)))
    check_message(long)
    assert long.cut
    assert long.rest[0][1].decode().count("line") == 5_000
    for found in (drawing.message(Body()), drawing.reply(Reply()), drawing.message(Body(text=say(" \n"))), drawing.message(Body(text=Text()))):
        check_message(found)
