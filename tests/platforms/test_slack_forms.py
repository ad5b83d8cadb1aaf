"""Forms on Slack and back: every kind of field, what a submission tells, where errors stand, and the Home tab."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.platforms.slack import forms
from bot.platforms.slack.home import home
from commands import modules
from commands.calls import Field, Form, Panel, Reply, Row
from commands.parsing import Line, form_of
from commands.registry import Registry
from commands.text import Button, Card, Image, bold, lines, say
from tests.platforms.slack_strict import buttons, check_view, ours, words
from tests.platforms.slack_words import any_words, hostile, texts
from tests.world import World

SLOW = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
                phases=[Phase.explicit, Phase.reuse, Phase.generate])  # to make such an example small takes minutes
LEVELS = tuple((one, one.capitalize()) for one in ("critical", "high", "medium", "low"))
FORM = Form(
    id="accept report=AIV-K7Q3M", title="Accept AIV-K7Q3M as a flaw", about="A persona prompt <!here>", submit="Accept", fields=(
        Field("severity", "Severity", "choice", required=True, choices=LEVELS, help="How bad it is.", value="medium"),
        Field("category", "Category", "choice", choices=tuple((f"c{n}", f"Category {n}") for n in range(12))),
        Field("why", "Why", "lines", value="because\nof this"), Field("word", "One word", required=True),
        Field("k", "Successes", "number", value="3"), Field("until", "Until", "date", value="2026-12-31"), Field("log", "Log", "file"),
    ))


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def inputs(view: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["block_id"]: one for one in view["blocks"] if one["type"] == "input"}


def sent_back(view: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """The view as view_submission tells it: every input is there, an empty one with null."""
    given: dict[str, Any] = {}
    for name, one in inputs(view).items():
        kind, value = one["element"]["type"], values.get(name)
        match kind:
            case "plain_text_input" | "number_input":
                told: dict[str, Any] = {"value": value}
            case "datepicker":
                told = {"selected_date": value}
            case "file_input":
                told = {"files": value or []}
            case "checkboxes" | "multi_static_select":
                told = {"selected_options": [o for o in one["element"]["options"] if o["value"] in (value or [])]}
            case _:
                options = one["element"].get("options") or [o for g in one["element"]["option_groups"] for o in g["options"]]
                told = {"selected_option": next((o for o in options if o["value"] == value), None)}
        given[name] = {one["element"]["action_id"]: {"type": kind, **told}}
    return {**view, "id": "V1", "hash": "h", "team_id": "T1", "app_id": "A1", "bot_id": "B1", "root_view_id": "V1", "previous_view_id": None,
            "external_id": "", "clear_on_close": False, "notify_on_close": False, "state": {"values": given}}


# -- whatever strangers write --------------------------------------------------------------------------------------

names = st.lists(st.from_regex(r"[a-z][a-z_]{0,20}", fullmatch=True), max_size=8, unique=True)


@st.composite
def drawn_forms(draw: st.DrawFn) -> Form:
    """Forms with every kind of field."""
    kinds = st.sampled_from(["text", "lines", "number", "choice", "many", "date", "file"])
    options = st.lists(st.tuples(st.one_of(st.text(max_size=160), st.sampled_from(["high", "low"])), hostile), max_size=12).map(tuple)
    fields = tuple(Field(name, draw(any_words), draw(kinds), draw(st.booleans()), draw(options), draw(hostile),  # type: ignore[arg-type]
                         draw(st.one_of(any_words, st.sampled_from(["3", "2026-12-31", "high", "low,high"])))) for name in draw(names))
    return Form(draw(any_words), draw(any_words), fields, draw(any_words), draw(hostile))


@SLOW
@given(drawn_forms(), texts)
def test_no_form_breaks_a_limit_or_comes_to_life(form: Form, said: Any) -> None:
    view = forms.view(form, where="C0TRIAGE1", message="AIV-K7Q3M/card", words=said)
    check_view(view, ours(said))
    if view["callback_id"] == forms.CALLBACK:
        found = forms.submitted(sent_back(view, {}))
        assert found.line == form.id
        assert found.where == "C0TRIAGE1"
        assert found.message == "AIV-K7Q3M/card"
        assert found.values == tuple((one.name, "") for one in form.fields)


@SLOW
@given(drawn_forms(), texts, hostile)
def test_no_refusal_breaks_a_limit_or_comes_to_life(form: Form, said: Any, wrong: str) -> None:
    view = forms.view(form)
    if view["callback_id"] != forms.CALLBACK:
        return
    for errors in ((), (("elsewhere", wrong),), tuple((one.name, wrong) for one in form.fields)):
        answer = forms.errors(Reply(code="bad_argument", text=said, errors=errors), sent_back(view, {}))
        assert answer is not None
        if answer["response_action"] == "errors":
            assert set(answer["errors"]) <= set(inputs(view))
            assert all(1 <= len(one) <= 300 for one in answer["errors"].values())
        else:
            check_view(answer["view"], ours(said))


@SLOW
@given(st.builds(Reply, text=texts, card=st.none() | st.builds(Card, title=texts, lines=st.lists(texts, max_size=3).map(tuple))), any_words)
def test_no_dialog_breaks_a_limit_or_comes_to_life(answer: Reply, title: str) -> None:
    check_view(forms.said(answer, title=title), ours(answer))


# -- going out -----------------------------------------------------------------------------------------------------

def test_each_kind_of_field_has_its_input() -> None:
    view = forms.view(FORM)
    check_view(view)
    assert (view["type"], view["callback_id"], view["submit"], view["close"]) == ("modal", "form", plain("Accept"), plain("Cancel"))
    assert view["title"] == plain("Accept AIV-K7Q3M as a f…")
    assert words(view["blocks"][:2]) == "Accept AIV-K7Q3M as a flaw\n\nA persona prompt ‹!here›\n", "a title that is cut stands whole inside"
    found = inputs(view)
    assert list(found) == [one.name for one in FORM.fields]
    assert [one["element"]["type"] for one in found.values()] == [
        "radio_buttons", "static_select", "plain_text_input", "plain_text_input", "number_input", "datepicker", "file_input"]
    assert [one["optional"] for one in found.values()] == [False, True, True, False, True, True, True]
    assert found["severity"]["element"]["initial_option"] == {"text": plain("Medium"), "value": "medium"}
    assert found["severity"]["hint"] == plain("How bad it is.")
    assert "hint" not in found["why"]
    assert found["why"]["element"] == {"type": "plain_text_input", "multiline": True, "max_length": 3000, "action_id": "value",
                                       "initial_value": "because\nof this"}
    assert found["word"]["element"]["multiline"] is False
    assert found["k"]["element"] == {"type": "number_input", "is_decimal_allowed": False, "initial_value": "3", "action_id": "value"}
    assert found["until"]["element"]["initial_date"] == "2026-12-31"


def test_a_short_title_stands_in_the_bar_alone() -> None:
    view = forms.view(Form("note", "Note", (Field("text", "The note", "lines"),)))
    assert [one["type"] for one in view["blocks"]] == ["input"]
    assert view["title"] == plain("Note")


def test_words_before_a_next_step_stand_on_top() -> None:
    view = forms.view(FORM, words=say("Send anyway?"))
    assert words(view["blocks"][:1]) == "Accept AIV-K7Q3M as a flaw\nSend anyway?\n"


def test_values_that_fit_no_input_are_left_out() -> None:
    form = Form("x", "X", (Field("k", "K", "number", value="three"), Field("d", "D", "date", value="soon"),
                           Field("c", "C", "choice", choices=LEVELS, value="none")))
    assert all(not [name for name in one["element"] if name.startswith("initial")] for one in inputs(forms.view(form)).values())


def test_a_choice_without_fitting_options_is_typed() -> None:
    form = Form("x", "X", (Field("a", "A", "choice"), Field("b", "B", "choice", choices=(("v" * 151, "Long"),), value="v")))
    assert [one["element"]["type"] for one in inputs(forms.view(form)).values()] == ["plain_text_input"] * 2


def test_more_than_a_hundred_options_stand_in_groups() -> None:
    people = tuple((f"U{n:04}", f"Colleague {n:04}") for n in range(250))
    view = forms.view(Form("assign", "Assign", (Field("who", "Who", "choice", choices=people, value="U0120"),)))
    check_view(view)
    element = inputs(view)["who"]["element"]
    assert [(one["label"]["text"], len(one["options"])) for one in element["option_groups"]] == [
        ("Colleague 0000 to Colleague 0099", 100), ("Colleague 0100 to Colleague 0199", 100), ("Colleague 0200 to Colleague 0249", 50)]
    assert element["initial_option"]["value"] == "U0120"
    assert forms.submitted(sent_back(view, {"who": "U0249"})).values == (("who", "U0249"),)


def test_a_line_that_no_form_can_carry_is_said_to_be_too_long() -> None:
    view = forms.view(Form("note " + "x" * 3_000, "Note", (Field("text", "The note", "lines"),)))
    check_view(view)
    assert view["callback_id"] == forms.SAID
    assert "too long" in words(view["blocks"])
    assert not inputs(view)
    with pytest.raises(ValueError, match="no form of ours"):
        forms.submitted(view)


def test_several_of_a_few_are_boxes_and_of_many_a_menu() -> None:
    axes = tuple((one, f"Axis {one}") for one in "CHIAG")
    many = tuple((f"v{n}", f"Value {n}") for n in range(30))
    form = Form("accept", "Accept", (Field("axes", "Axes", "many", True, axes, value="H,C"), Field("more", "More", "many", False, many),
                                     Field("odd", "Odd", "many", False, (("a,b", "A and B"), ("c", "C")))))
    view = forms.view(form)
    check_view(view)
    found = inputs(view)
    assert [one["element"]["type"] for one in found.values()] == ["checkboxes", "multi_static_select", "plain_text_input"]
    assert [one["value"] for one in found["axes"]["element"]["initial_options"]] == ["C", "H"]
    assert "initial_options" not in found["more"]["element"]
    back = forms.submitted(sent_back(view, {"axes": ["G", "H"], "more": ["v29"]}))
    assert back.values == (("axes", "H,G"), ("more", "v29"), ("odd", ""))
    assert dict(forms.submitted(sent_back(view, {})).values) == {"axes": "", "more": "", "odd": ""}
    answer = forms.errors(Reply(code="wrong_state", text=say("No.")), sent_back(view, {"axes": ["I"]}))
    assert answer is not None
    check_view(answer["view"])
    again = inputs(answer["view"])
    assert [one["value"] for one in again["axes"]["element"]["initial_options"]] == ["I"], "what was chosen stays"
    assert "initial_options" not in again["more"]["element"]


async def test_every_command_fits_one_form(world: World) -> None:
    for command in Registry.of(modules()).commands:
        form = form_of(Line(command, {}), desk=world.app.desk, about=command.about)
        check_view(forms.view(form))
        assert forms.fits(form), command.name


# -- coming back ---------------------------------------------------------------------------------------------------

def test_what_was_typed_comes_back_in_the_order_of_the_fields() -> None:
    file = {"id": "F1", "name": "log.csv", "size": 12}
    found = forms.submitted(sent_back(forms.view(FORM, where="C1", message="m"), {
        "why": "a & b <c>\n*d*", "severity": "high", "k": "4", "until": "2027-01-01", "log": [file]}))
    assert found == forms.Submitted(line="accept report=AIV-K7Q3M", where="C1", message="m", files=(file,), values=(
        ("severity", "high"), ("category", ""), ("why", "a & b <c>\n*d*"), ("word", ""), ("k", "4"), ("until", "2027-01-01"), ("log", "")))


@pytest.mark.parametrize("given_", [{}, {"state": None}, {"state": {"values": None}}, {"state": {"values": {"why": {}, "k": None}}},
                                    {"state": {"values": {"why": {"value": {"type": "plain_text_input", "value": None}}}}}])
def test_nulls_are_empty_values(given_: dict[str, Any]) -> None:
    found = forms.submitted({"private_metadata": forms.view(FORM)["private_metadata"], **given_})
    assert set(dict(found.values).values()) == {""}
    assert found.files == ()


@pytest.mark.parametrize("carried", ["", "x", "{}", "[]", "null", '{"line":"x"}', '{"line":"x","names":3}'])
def test_a_view_of_somebody_else_is_none_of_ours(carried: str) -> None:
    with pytest.raises(ValueError, match="no form of ours"):
        forms.submitted({"private_metadata": carried, "state": {"values": {}}})


# -- what is wrong -------------------------------------------------------------------------------------------------

def test_what_was_taken_has_no_errors() -> None:
    view = sent_back(forms.view(FORM), {})
    assert forms.errors(Reply(text=say("Accepted.")), view) is None
    assert forms.errors(Reply(code="confirm_clear", text=say("In clear?"), form=FORM), view) is None


def test_errors_stand_at_their_fields() -> None:
    view = sent_back(forms.view(FORM), {})
    answer = forms.errors(Reply(code="bad_argument", text=say("Severity: no."), errors=(("severity", "Choose one."), ("elsewhere", "x"))), view)
    assert answer == {"response_action": "errors", "errors": {"severity": "Choose one."}}


def test_what_concerns_no_field_stands_on_top_and_what_was_typed_stays() -> None:
    view = sent_back(forms.view(FORM), {"why": "my long reason", "severity": "high", "until": "2027-01-01", "k": None})
    answer = forms.errors(Reply(code="wrong_state", text=say("It was accepted already, by ", bold("triager-ml"), ".")), view)
    assert answer is not None
    assert answer["response_action"] == "update"
    check_view(answer["view"])
    assert words(answer["view"]["blocks"][:1]) == "It was accepted already, by triager-ml.\n"
    found = inputs(answer["view"])
    assert found["why"]["element"]["initial_value"] == "my long reason"
    assert found["severity"]["element"]["initial_option"]["value"] == "high"
    assert found["until"]["element"]["initial_date"] == "2027-01-01"
    assert "initial_value" not in found["k"]["element"], "what was emptied stays empty"
    assert answer["view"]["private_metadata"] == view["private_metadata"]
    again = forms.errors(Reply(code="wrong_state", text=say("Still.")), sent_back(answer["view"], {}))
    assert again is not None
    assert words(again["view"]["blocks"][:1]) == "Still.\n"
    assert len(again["view"]["blocks"]) == len(answer["view"]["blocks"]), "one complaint, not two"


def test_a_refusal_without_words_still_says_something() -> None:
    answer = forms.errors(Reply(code="x"), sent_back(forms.view(FORM), {}))
    assert answer is not None
    assert words(answer["view"]["blocks"][:1]) == "Nothing was sent yet.\n"


# -- a dialog that only says something -----------------------------------------------------------------------------

def test_a_long_answer_stands_whole_in_a_dialog() -> None:
    view = forms.said(Reply(text=say("All of it.\n" * 1_000), buttons=(Button("x", "Go on"),)), title="The report")
    check_view(view)
    assert words(view["blocks"]).count("All of it.") == 1_000
    assert "submit" not in view
    assert view["title"] == plain("The report")
    assert [one["value"] for one in buttons(view["blocks"])] == ["x"]
    json.dumps(view)


# -- the Home tab --------------------------------------------------------------------------------------------------

def test_home_shows_first_what_waits_for_a_colleague() -> None:
    needs = lines([say(bold("AIV-K7Q3M"), ": jailbreak, medium, Accept it.")])
    queue = Reply(card=Card(title=say("1 needs you"), fields=(("Needs you", needs),),
                            buttons=(Button("accept report=AIV-K7Q3M", "Accept: AIV-K7Q3M", "primary"),)))
    panel = Panel(waiting=(("triage-aiv-k7q3m", "Accept it by Mon 7 Dec"),), about="Triager, security.",
                  sections=(("What we promise", (Row("24 h", "a person acknowledges"), Row("48 h", "a first real answer"))),))
    view = home(panel, title="Harborlight", above=replace(queue, panel=panel))
    check_view(view)
    seen = words(view["blocks"])
    assert seen.count("What we promise") == 1, "the panel is drawn once"
    order = ["Harborlight", "Triager, security.", "1 needs you", "AIV-K7Q3M: jailbreak", "Waiting for you", "● Accept it by Mon 7 Dec",
             "What we promise", "24 h  a person acknowledges"]
    assert sorted(order, key=seen.index) == order
    assert buttons(view["blocks"])[0]["value"] == "accept report=AIV-K7Q3M"


def test_home_of_a_researcher_has_their_reports_with_buttons_and_the_key() -> None:
    panel = Panel(sections=(
        ("My reports", (Row("AIV-K7Q3M", "Your turn: confirm the fix", "light", "yours to retest",
                            buttons=(Button("me fixed", "It is fixed"),)),
                        Row("AIV-9BQ2F", "Nothing is left to do", "check", "done"))),
        ("Programme key", (Row("", "3B7C 52F0 9A1E", "key", "Ends Mon 30 Nov 2027."),))))
    view = home(panel, title="Harborlight")
    check_view(view)
    kinds = [one["type"] for one in view["blocks"]]
    assert kinds == ["header", "rich_text", "actions", "rich_text", "rich_text"], "a button stands below its own report"
    assert words(view["blocks"][1:2]) == "My reports\n● AIV-K7Q3M  Your turn: confirm the fix\nyours to retest\n"
    assert words(view["blocks"][3:4]) == "✓ AIV-9BQ2F  Nothing is left to do\ndone\n"
    key = view["blocks"][4]["elements"][0]["elements"]
    assert {"type": "text", "text": "3B7C 52F0 9A1E", "style": {"code": True}} in key


def test_home_of_leadership_has_the_digest_with_its_picture_in_words() -> None:
    image = Image("digest", "A quiet week. 3 open.", "{}")
    digest = Reply(text=say("Nothing is exploited."), card=Card(title=say("A quiet week"), image=image))
    seen = words(home(Panel(), title="Harborlight", above=digest)["blocks"])
    assert "Nothing is exploited." in seen
    assert "A quiet week. 3 open." in seen
    assert "Nothing waits for you" not in seen


def test_an_empty_home_says_what_to_do() -> None:
    view = home(Panel(), title="Harborlight")
    check_view(view)
    assert "write to the bot under Messages" in words(view["blocks"])


def test_a_long_home_is_cut_and_says_so() -> None:
    rows = tuple(Row(f"AIV-{n:05}", "waits", buttons=(Button(f"accept report=AIV-{n:05}", "Accept"),)) for n in range(80))
    view = home(Panel(sections=(("Reports", rows),)), title="Harborlight")
    check_view(view)
    assert len(view["blocks"]) == 100
    assert words(view["blocks"][-1:]) == "More than fits here. Type /vdp queue for the rest.\n"
    assert len(buttons(view["blocks"])) >= 20
    shown, pressed = words(view["blocks"]), [one["value"].rpartition("=")[2] for one in buttons(view["blocks"])]
    assert all(one in shown for one in pressed), "no button stands without its report"


@SLOW
@given(st.integers(0, 60), hostile)
def test_a_home_of_any_length_keeps_its_limits(count: int, typed: str) -> None:
    rows = tuple(Row(typed, typed, buttons=(Button(f"b{n}", typed or "x"),) * (n % 3)) for n in range(count))
    check_view(home(Panel(sections=((typed, rows), (typed, rows)), about=typed, waiting=(("c", typed),) * count), title=typed or "x"))
