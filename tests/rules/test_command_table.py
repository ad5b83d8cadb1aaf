from __future__ import annotations

from collections import Counter
from difflib import unified_diff

from commands import modules
from commands.registry import Registry
from commands.table import PAGE, render

REGISTRY = Registry.of(modules())
MOST = 25  # entries under one slash command, groups included: a chat platform allows no more
LONGEST = 100  # characters of a description, likewise


def test_the_page_of_commands_is_what_the_commands_declare() -> None:
    shown = PAGE.read_text("utf-8") if PAGE.exists() else ""
    difference = "\n".join(unified_diff(shown.splitlines(), render().splitlines(), "docs/commands.md", "declared", lineterm=""))
    assert not difference, f"write it anew with: python -m commands.table\n{difference}"


def test_every_command_that_can_be_typed_is_on_the_page_once() -> None:
    page = render()
    for one in REGISTRY.commands:
        usage = f"| `{one.usage()}` |".replace("|", "\\|")[1:-2] + "|"
        assert page.count(usage) == (0 if one.hidden else 1), one.name


def test_the_slash_command_fits_a_chat_platform() -> None:
    typed = REGISTRY.names("staff")
    flat = {name for name in typed if " " not in name}
    groups = Counter(name.split(" ")[0] for name in typed if " " in name)
    assert not flat & set(groups), "a word is a command or a group, not both"
    assert len(flat) + len(groups) <= MOST, sorted(flat | set(groups))
    assert all(size <= MOST for size in groups.values()), groups


def test_a_description_fits_a_chat_platform() -> None:
    # What only the clock asks for is never shown to anybody.
    shown = [one for one in REGISTRY.commands if one.surface != "clock"]
    long = {one.name: len(one.about) for one in shown if len(one.about) > LONGEST}
    assert not long, f"longer than {LONGEST} characters: {long}"


def test_the_name_of_a_group_may_be_left_out_where_one_of_its_words_is_meant() -> None:
    found = REGISTRY.match("staff", ["timeline", "AIV-K7Q3M"])
    assert found is not None
    assert (found[0].name, found[1]) == ("case timeline", 1)
    assert REGISTRY.match("staff", ["verify"]) == (REGISTRY.get("staff", "verify"), 1), "a whole name comes first"
    ends = Counter(name.partition(" ")[2] for name in REGISTRY.names("staff") if " " in name)
    for word, count in ends.items():
        flat = REGISTRY.get("staff", word)
        meant = REGISTRY.match("staff", [word])
        assert meant is not None if flat is not None or count == 1 else meant is None, word
