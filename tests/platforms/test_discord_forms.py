"""Forms on Discord and back: every kind of field, long forms, what a submission tells, what is said when it was not taken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.platforms.discord import forms
from bot.platforms.discord.buttons import line_of
from commands import modules
from commands.calls import Field, Form, Reply
from commands.parsing import Line, form_of
from commands.registry import Registry
from commands.text import Button, bold, say
from tests.platforms.discord_strict import buttons, check_message, check_modal, words
from tests.platforms.discord_words import ours
from tests.platforms.slack_words import hostile, texts
from tests.platforms.test_discord_drawing import SLOW
from tests.platforms.test_slack_forms import FORM, drawn_forms
from tests.world import World


def inputs(view: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The labels of a modal by the name of their field."""
    return {one["component"]["custom_id"]: one for one in view["components"] if one["type"] == 18}


def sent_back(view: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """The modal as a submission tells it: every input is there, empty ones too."""
    told: list[dict[str, Any]] = []
    known: dict[str, Any] = {}
    for number, one in enumerate(view["components"], 1):
        if one["type"] == 10:
            told.append({"type": 10, "id": number})
            continue
        kind, name = one["component"]["type"], one["component"]["custom_id"]
        given_ = values.get(name)
        inner: dict[str, Any] = {"type": kind, "id": number * 10, "custom_id": name}
        if kind == 19:
            known |= {file["id"]: file for file in given_ or []}
            inner["values"] = [file["id"] for file in given_ or []]
        elif kind == 3:
            inner["values"] = given_ if isinstance(given_, list) else [given_] if given_ else []
        else:
            inner["value"] = given_ if kind == 21 else given_ or ""
        told.append({"type": 18, "id": number, "component": inner})
    return {"custom_id": view["custom_id"], "components": told, **({"resolved": {"attachments": known}} if known else {})}


# -- whatever strangers write --------------------------------------------------------------------------------------

@SLOW
@given(drawn_forms(), st.dictionaries(hostile, hostile, max_size=2))
def test_no_form_breaks_a_limit_or_comes_to_life(form: Form, before: dict[str, str]) -> None:
    try:
        view = forms.view(form, values={**before, **{one.name: next(iter(before.values()), "") for one in form.fields[:1]}})
    except forms.LineTooLong:
        assert len(form.id.encode("utf-16-le", "surrogatepass")) // 2 > 95 or any(0xD800 <= ord(c) < 0xE000 or c == "\0" for c in form.id)
        return
    except ValueError:
        assert not form.fields
        return
    check_modal(view)
    found = forms.submitted(sent_back(view, {}))
    shown = forms.shown_fields(form)
    assert found == forms.Submitted(form.id, tuple((one.name, "") for one in shown), partial=len(shown) < len(form.fields))
    assert list(inputs(view)) == [one.name for one in shown]
    pages = [one for page in range(8) for one in forms.shown_fields(form, page=page)]
    assert tuple(pages) == form.fields, "every field has its page"


@SLOW
@given(drawn_forms(), texts, hostile)
def test_no_refusal_breaks_a_limit_or_comes_to_life(form: Form, said: Any, wrong: str) -> None:
    for found in ((), (("", wrong),), tuple((one.name, wrong) for one in form.fields)):
        answer = Reply(code="bad_argument", text=said, errors=found)
        drawn = forms.errors(answer, form.id or "x", {one.name: one.label for one in form.fields})
        assert drawn is not None
        check_message(drawn, ours(answer))


# -- going out -----------------------------------------------------------------------------------------------------

LONG = replace(FORM, title="Accept")


def test_each_kind_of_field_has_its_input() -> None:
    first, second = forms.view(LONG), forms.view(LONG, page=1)
    check_modal(first)
    check_modal(second)
    found = inputs(first) | inputs(second)
    assert list(found) == [one.name for one in FORM.fields]
    assert [one["component"]["type"] for one in found.values()] == [21, 3, 4, 4, 4, 4, 19]
    assert [one["component"]["required"] for one in found.values()] == [True, False, False, True, False, False, False]
    assert found["severity"]["component"]["options"] == [
        {"label": "Critical", "value": "critical"}, {"label": "High", "value": "high"},
        {"label": "Medium", "value": "medium", "default": True}, {"label": "Low", "value": "low"}]
    assert (found["severity"]["label"], found["severity"]["description"]) == ("Severity", "How bad it is.")
    assert "description" not in found["why"]
    assert found["why"]["component"] == {"type": 4, "style": 2, "max_length": 4_000, "required": False, "value": "because\nof this",
                                         "custom_id": "why"}
    assert found["word"]["component"]["style"] == 1
    assert (found["k"]["component"]["value"], found["k"]["description"]) == ("3", "A whole number.")
    assert (found["until"]["component"]["value"], found["until"]["description"]) == ("2026-12-31", "As YYYY-MM-DD.")
    assert found["log"]["component"]["max_values"] == 10


def test_who_reads_it_stands_on_top() -> None:
    form = Form("reply", "Reply", (Field("text", "Your words", "lines", required=True),), about="Sent in clear: Discord can read it, <!here>.")
    view = forms.view(form)
    assert view["components"][0] == {"type": 10, "content": "Sent in clear: Discord can read it, \\<!here>."}
    assert view["custom_id"] == "form reply"
    assert [one["type"] for one in forms.view(replace(form, about=""))["components"]] == [18]


def test_a_long_title_stands_whole_inside() -> None:
    view = forms.view(Form("x", "Accept AIV-K7Q3M as a flaw that everybody can see", (Field("a", "A"),)))
    assert view["title"] == "Accept AIV-K7Q3M as a flaw that everybody ca…"
    assert view["components"][0]["content"] == "**Accept AIV-K7Q3M as a flaw that everybody can see**"


def test_a_long_form_is_shown_in_parts_and_says_so() -> None:
    fields = tuple(Field(f"f{number}", f"Field {number}") for number in range(9))
    view = forms.view(Form("report", "Report", fields))
    check_modal(view)
    assert view["components"][0]["content"] == "-# 4 of 9 questions. Send them, and the rest follows."
    assert list(inputs(view)) == ["f0", "f1", "f2", "f3"]
    assert forms.submitted(sent_back(view, {"f0": "a"})).partial
    rest = forms.view(Form("report draft=d1", "Report", fields[4:]))
    assert (rest["custom_id"], list(inputs(rest))) == ("form report draft=d1", ["f4", "f5", "f6", "f7", "f8"])
    assert not forms.submitted(sent_back(rest, {})).partial
    assert forms.view(Form("report", "Report", fields), page=2)["custom_id"] == "form report"


def test_a_choice_that_is_too_long_is_typed_and_its_words_are_listed() -> None:
    people = tuple((f"U{n:04}", f"Colleague {n}") for n in range(40))
    view = forms.view(Form("assign", "Assign", (Field("who", "Who", "choice", choices=people, value="U0012"),)))
    check_modal(view)
    assert inputs(view)["who"]["component"]["type"] == 4
    assert inputs(view)["who"]["description"] == "One of the 40 words above."
    assert view["components"][0]["content"].startswith("-# Who: U0000, U0001,")
    assert inputs(forms.view(Form("x", "X", (Field("a", "A", "choice"),))))["a"]["component"]["type"] == 4
    twelve = forms.view(Form("x", "X", (Field("a", "A", "choice", choices=people[:12]),)))
    assert inputs(twelve)["a"]["component"]["type"] == 3
    one = forms.view(Form("x", "X", (Field("a", "A", "choice", choices=people[:1]),)))
    assert inputs(one)["a"]["component"]["type"] == 3, "a radio needs two"


def test_several_are_chosen_in_one_menu() -> None:
    axes = tuple((one, f"Axis {one}") for one in "CHIAG")
    many = tuple((f"v{n}", f"Value {n}") for n in range(30))
    form = Form("accept", "Accept", (Field("axes", "Axes", "many", True, axes, value="H,C"), Field("more", "More", "many", False, axes[:1]),
                                     Field("long", "Long", "many", False, many, value="v1,v2")))
    view = forms.view(form)
    check_modal(view)
    found = inputs(view)
    menu = found["axes"]["component"]
    assert (menu["type"], menu["min_values"], menu["max_values"], menu["required"]) == (3, 1, 5, True)
    assert [one["value"] for one in menu["options"] if one.get("default")] == ["C", "H"]
    assert (found["more"]["component"]["min_values"], found["more"]["component"]["max_values"]) == (0, 1)
    assert (found["long"]["component"]["type"], found["long"]["component"]["value"]) == (4, "v1,v2"), "too many for a menu: typed"
    assert "v29" in view["components"][0]["content"]
    back = forms.submitted(sent_back(view, {"axes": ["H", "G"], "long": "v3"}))
    assert back.values == (("axes", "H,G"), ("more", ""), ("long", "v3"))
    kept = inputs(forms.view(form, values={"axes": "I,A"}))["axes"]["component"]
    assert [one["value"] for one in kept["options"] if one.get("default")] == ["I", "A"]


def test_values_that_fit_no_input_are_left_out() -> None:
    form = Form("x", "X", (Field("d", "D", "date", value="soon"), Field("c", "C", "choice", choices=(("a", "A"), ("b", "B")), value="none")))
    found = inputs(forms.view(form))
    assert "value" not in found["d"]["component"]
    assert not [one for one in found["c"]["component"]["options"] if "default" in one]
    assert inputs(forms.view(form, values={"d": "2027-01-01"}))["d"]["component"]["value"] == "2027-01-01"


def test_a_line_that_no_modal_can_carry_is_told() -> None:
    with pytest.raises(forms.LineTooLong):
        forms.view(Form("note " + "x" * 91, "Note", (Field("text", "The note", "lines"),)))
    assert forms.view(Form("note " + "x" * 90, "Note", (Field("text", "The note", "lines"),)))["custom_id"].endswith("xx")
    with pytest.raises(ValueError, match="inputs"):
        forms.view(Form("note", "Note", ()))


async def test_every_command_fits_one_modal(world: World) -> None:
    for command in Registry.of(modules()).commands:
        if command.asks is not None:
            continue  # it asks for a few at a time, never for all
        form = form_of(Line(command, {"report": "AIV-K7Q3MX"} if command.report_param else {}), desk=world.app.desk, about=command.about)
        if form.fields:
            view = forms.view(form)
            check_modal(view)
            assert not forms.submitted(sent_back(view, {})).partial, command.name


# -- coming back ---------------------------------------------------------------------------------------------------

def test_what_was_typed_comes_back_in_the_order_of_the_fields() -> None:
    file = {"id": "7", "filename": "log.csv", "size": 12, "url": "https://cdn.example/log.csv"}
    found = forms.submitted(sent_back(forms.view(LONG), {"why": "a & b <c>\n*d*", "severity": "high", "category": "c3"}))
    assert found == forms.Submitted("accept report=AIV-K7Q3M", partial=True, values=(
        ("severity", "high"), ("category", "c3"), ("why", "a & b <c>\n*d*"), ("word", "")))
    rest = forms.submitted(sent_back(forms.view(LONG, page=1), {"k": "4", "until": "2027-01-01", "log": [file]}))
    assert rest == forms.Submitted("accept report=AIV-K7Q3M", (("k", "4"), ("until", "2027-01-01"), ("log", "")), (file,))


def test_nulls_are_empty_values() -> None:
    told = {"custom_id": "form x", "resolved": None, "components": [
        {"type": 10}, {"type": 18, "component": {"type": 21, "custom_id": "a", "value": None}},
        {"type": 18, "component": {"type": 3, "custom_id": "b", "values": []}},
        {"type": 18, "component": {"type": 19, "custom_id": "c", "values": ["9"]}}, {"type": 18, "component": None}]}
    assert forms.submitted(told) == forms.Submitted("x", (("a", ""), ("b", ""), ("c", "")))


@pytest.mark.parametrize("custom", ["", "x", "formx", "!accept", None])
def test_a_modal_of_somebody_else_is_none_of_ours(custom: str | None) -> None:
    with pytest.raises(ValueError, match="no form of ours"):
        forms.submitted({"custom_id": custom, "components": []})


# -- what is wrong -------------------------------------------------------------------------------------------------

def test_what_was_taken_has_no_errors() -> None:
    assert forms.errors(Reply(text=say("Accepted.")), "accept") is None
    assert forms.errors(Reply(code="confirm_clear", text=say("In clear?"), form=FORM), "accept") is None


def test_errors_are_listed_with_a_way_back() -> None:
    answer = Reply(code="bad_argument", text=say("Something is missing."), errors=(("severity", "Choose one."), ("build_id", "Say which.")))
    found = forms.errors(answer, "accept report=AIV-K7Q3M", {"severity": "How bad"})
    assert found is not None
    check_message(found)
    assert found.content == "Something is missing.\n**How bad**  Choose one.\n**Build id**  Say which."
    assert [(one["label"], line_of(one["custom_id"])) for one in buttons(found)] == [("Correct", "accept report=AIV-K7Q3M")]


def test_a_refusal_keeps_its_own_buttons_and_always_says_something() -> None:
    found = forms.errors(Reply(code="wrong_state", text=say("It was ", bold("accepted"), "."), buttons=(Button("show", "Show"),)), "accept")
    assert found is not None
    assert [one["label"] for one in buttons(found)] == ["Show", "Correct"]
    bare = forms.errors(Reply(code="x"), "accept")
    assert bare is not None
    assert words(bare).startswith("Nothing was sent yet.")
