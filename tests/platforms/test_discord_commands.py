"""Application commands on Discord: all of ours fit, are told apart from old ones, and come back as the line that was meant."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.platforms.discord import commands, names
from commands import modules
from commands.calls import Problem
from commands.parsing import Line, read_line
from commands.registry import Command, Registry, Surface
from tests.platforms.discord_strict import check_command
from tests.platforms.slack_words import hostile

REGISTRY = Registry.of(modules())
OURS = commands.definitions(REGISTRY)
TYPED = [one for one in REGISTRY.commands if one.surface in ("staff", "researcher") and not one.hidden]


def found(*names: str) -> dict[str, Any]:
    """A definition by its words."""
    at: dict[str, Any] = {"options": list(OURS)}
    for name in names:
        at = next(one for one in at["options"] if one["name"] == name)
    return at


def chosen(command: Command, options: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """What Discord tells of a chosen command."""
    root, words = ("vdp", command.name.split()) if command.surface == "staff" else ("report", command.name.replace("report", "new").split())
    if words[0] in names.APART:
        root, words = f"vdp-{words[0]}", words[1:]
    inner: dict[str, Any] = {"type": 1, "name": words[-1], "options": options}
    if len(words) > 1:
        inner = {"type": 2, "name": words[0], "options": [inner]}
    return {"id": "1", "name": root, "type": 1, "options": [inner], **more}


# -- going out -----------------------------------------------------------------------------------------------------

def test_all_commands_fit() -> None:
    sizes = {one["name"]: check_command(one) for one in OURS}
    assert list(sizes) == ["vdp", "vdp-program", "vdp-upkeep", "report", "Send to the desk"]
    assert max(sizes.values()) <= 8_000, "Discord takes no more"
    assert {one["name"]: commands.size(one) for one in OURS} == sizes
    assert len(found("vdp")["options"]) <= 25
    json.dumps(OURS)


def test_where_each_is_offered() -> None:
    assert [(one["contexts"], one["integration_types"]) for one in OURS] == [*[([0], [0])] * 3, *[([0, 1], [0])] * 2]
    assert OURS[-1]["type"] == 3


def test_every_typed_command_is_there_and_no_other() -> None:
    shown = {f"{root['name']} {one['name']}" for root in OURS[:-1] for one in root["options"] if one["type"] == 1}
    shown |= {f"{root['name']} {one['name']} {inner['name']}" for root in OURS[:-1] for one in root["options"] if one["type"] == 2
              for inner in one["options"]}
    wanted = {names.typed("/vdp " + one.name)[1:] if one.surface == "staff" else "report " + one.name for one in TYPED}
    assert shown == wanted - {"report report"} | {"report new"}


def test_options_are_typed() -> None:
    by_name = {one["name"]: one for one in found("vdp", "accept")["options"]}
    assert by_name["report"] == {"name": "report", "description": "Report", "type": 3, "autocomplete": True}
    assert [one["value"] for one in by_name["severity"]["choices"]] == ["critical", "high", "medium", "low", "informational"]
    assert by_name["category"]["autocomplete"]
    assert by_name["why"]["max_length"] == 6_000
    assert found("vdp", "assign", "who")["type"] == 6
    assert "such as" in found("vdp", "case", "evidence", "trials")["description"]
    assert not [one for root in OURS[:2] for one in root["options"] if "required" in json.dumps(one)], "forms ask for what is left out"


def test_more_words_than_fit_are_refused_with_what_to_do() -> None:
    many = Registry(tuple(Command(f"word-{n}", "x", (), TYPED[0].allow, TYPED[0].run, True, "staff", "X")
                          for n, _ in enumerate("abcdefghijklmnopqrstuvwxyz")))
    with pytest.raises(ValueError, match="put some into a group"):
        commands.definitions(many)


# -- synced only when changed --------------------------------------------------------------------------------------

def told_back() -> list[dict[str, Any]]:
    """Our commands as Discord tells them: with ids, versions, and defaults."""
    def more(one: dict[str, Any], *, option: bool = False) -> dict[str, Any]:
        kept = {**one, **({"options": [more(each, option=True) for each in one["options"]]} if "options" in one else {})}
        if option:
            return {**kept, "name_localizations": None, "description_localizations": None,
                    **({} if one["type"] in (1, 2) else {"required": False})}
        return {"description": "", **kept, "id": "9", "application_id": "8", "version": "7", "default_member_permissions": None, "nsfw": False,
                "dm_permission": True, "name_localizations": None, "type": one["type"]}
    return [more(copy.deepcopy(one)) for one in reversed(OURS)]


def test_what_discord_adds_is_no_change() -> None:
    assert commands.same(OURS, told_back())


@pytest.mark.parametrize("change", ["description", "option", "choice", "contexts", "missing", "extra", "order"])
def test_every_change_is_one(change: str) -> None:
    theirs = told_back()
    vdp = next(one for one in theirs if one["name"] == "vdp")
    accept = next(one for one in vdp["options"] if one["name"] == "accept")
    match change:
        case "description":
            vdp["description"] += "x"
        case "option":
            accept["options"][0]["autocomplete"] = False
        case "choice":
            accept["options"][1]["choices"].pop()
        case "contexts":
            vdp["contexts"] = [0, 1]
        case "missing":
            theirs.remove(vdp)
        case "extra":
            theirs.append({**vdp, "name": "old"})
        case _:
            vdp["options"].reverse()
    assert not commands.same(OURS, theirs)


# -- and back ------------------------------------------------------------------------------------------------------

values = st.one_of(hostile, st.sampled_from([
    'say "x"', '"', '""', '"x"', "a=b", "text=x", "report=AIV-00001", "AIV-K7Q3M what", "line\nbreak", "  led", "why=\"", "\\", '="',
    "x\" y=\"z"]))


@settings(deadline=None, max_examples=200)
@given(st.data(), st.sampled_from(["", "AIV-00000"]))
def test_every_command_comes_back_as_it_was_chosen(data: st.DataObject, here: str) -> None:
    command = data.draw(st.sampled_from(TYPED))
    params = data.draw(st.lists(st.sampled_from(command.params), unique_by=lambda one: one.name)) if command.params else []
    given_ = {one.name: data.draw(values) for one in params}
    options = [{"name": one.key, "type": 3, "value": given_[one.name]} for one in params]
    told, named = commands.line(chosen(command, options))
    assert named == ()
    surface: Surface = "researcher" if told.startswith("me ") else "staff"
    read = read_line(told.removeprefix("me "), registry=REGISTRY, surface=surface, here=here)
    assert (read.command.name, surface) == (command.name, command.surface)
    if here and command.report_param:
        given_.setdefault(command.report_param.name, here)
    assert read.given == given_
    again = read_line(Line(read.command, read.given).text(), registry=REGISTRY, surface=surface, here=here)
    assert again.given == given_, "a form carries it too"


def test_each_command_can_be_chosen_without_anything() -> None:
    for command in TYPED:
        told, _ = commands.line(chosen(command, []))
        assert told == (command.name if command.surface == "staff" else f"me {command.name}")


def test_people_numbers_and_switches_are_typed_out() -> None:
    command = REGISTRY.get("staff", "program grant")
    assert command is not None
    options = [{"name": "who", "type": 6, "value": "223456789012345678"}, {"name": "role", "type": 3, "value": "lead"}]
    users = {"223456789012345678": {"username": "pilot", "global_name": "Pilot"}}
    told, named = commands.line(chosen(command, options, resolved={"users": users}))
    assert told == "program grant who=223456789012345678 role=lead"
    assert named == (("223456789012345678", "Pilot"),)
    bare = commands.line(chosen(command, [{"name": "who", "type": 6, "value": "223456789012345678"}]))
    assert bare[1] == (("223456789012345678", "223456789012345678"),)
    assert commands.line(chosen(command, [{"name": "who", "type": 4, "value": 0}]))[0] == "program grant who=0"


@pytest.mark.parametrize("name", ["other", "", "Send to the desk"])
def test_a_command_of_somebody_else_is_none_of_ours(name: str) -> None:
    with pytest.raises(ValueError, match="no command of ours"):
        commands.line({"name": name, "options": []})


def test_quotes_in_what_people_type_still_mean_what_they_did() -> None:
    def typed(line: str) -> dict[str, str]:
        return read_line(line, registry=REGISTRY, surface="staff").given

    assert typed('note AIV-00001 He said "no" and left') == {"report": "AIV-00001", "text": 'He said "no" and left'}
    assert typed('mitigate AIV-00001 until="next week" off it') == {"report": "AIV-00001", "until": "next week", "off": "off it"}
    assert typed('mitigate report=AIV-00001 until="" off') == {"report": "AIV-00001", "until": "", "off": "off"}
    with pytest.raises(Problem):
        typed("show AIV-00001 more")


# -- completion ----------------------------------------------------------------------------------------------------

def test_what_is_completed_is_told() -> None:
    accept = REGISTRY.get("staff", "accept")
    assert accept is not None
    told = commands.asked(chosen(accept, [{"name": "report", "type": 3, "value": "AIV-1"},
                                          {"name": "category", "type": 3, "value": "jail", "focused": True}]))
    assert told == commands.Asked("accept", "staff", "category", "jail", (("report", "AIV-1"),))
    assert commands.asked(chosen(accept, [])) is None


def test_completions_are_few_and_short() -> None:
    many = [(f"AIV-{n:05}", f"AIV-{n:05} jailbreak {n}") for n in range(60)]
    shown = commands.completions(many, "")
    assert len(shown) == 25
    assert shown[0] == {"name": "AIV-00000 jailbreak 0", "value": "AIV-00000"}
    assert [one["value"] for one in commands.completions(many, " BREAK 59")] == ["AIV-00059"]
    assert commands.completions([("v" * 101, "x"), ("", "y"), ("a", "z" * 200)], "") == [{"name": "z" * 99 + "…", "value": "a"}]
