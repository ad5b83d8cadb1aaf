"""The table of commands for the documentation, written from the declarations themselves.

Decides how it reads; what stands in it is declared at each command. `python -m commands.table` writes docs/commands.md.
"""

from __future__ import annotations

from collections.abc import Iterable

from commands import modules
from commands.registry import Command, Registry
from config.policy.roles import Place, Tie
from config.policy.states import Role
from config.settings import ROOT

PAGE = ROOT / "docs" / "commands.md"

_HEAD = """# Commands

This page is written from the declarations in `commands/` by `python -m commands.table`. Change those, not this page.

A typed line gives the words in the order shown. A report's id may be left out in the report's own channel. Options are
written `name=value`. The last text takes the rest of the line, line breaks included. A command without its required words
answers with a form. Buttons are command lines too; what only a button or the clock asks for is not listed here.

*Who* is any of the roles. *Which report* says what must bind a person to the report that is named."""

_PLACES = {
    Place.DM: "direct message", Place.TRIAGE_CHANNEL: "triage channel", Place.PUBLIC: "public channel",
    Place.LEADERSHIP: "leadership channel", Place.ANYWHERE: "anywhere",
}
_TIES = {Tie.REPORTER: "their own report", Tie.OWNER: "the owner's", Tie.ROSTER: "on its roster", Tie.NONE: "any"}


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _row(one: Command) -> str:
    who = ", ".join(role.value for role in Role if role in one.allow.roles)
    where = ", ".join(_PLACES[place] for place in Place if place in one.allow.places)
    ties = ", ".join(_TIES[tie] for tie in Tie if tie in one.allow.ties) if one.report_param is not None else "-"
    return f"| `{_cell(one.usage())}` | {who} | {where} | {ties} | {_cell(one.about)} |"


def _section(title: str, found: Iterable[Command]) -> str:
    rows = [_row(one) for one in found]
    head = ("| Usage | Who | Where | Which report | What it does |", "| --- | --- | --- | --- | --- |")
    return "\n".join([f"## {title}", "", *head, *rows])


def render() -> str:
    """Return docs/commands.md as it must read: every command that can be typed, grouped as it is typed."""
    typed = [one for one in Registry.of(modules()).commands if not one.hidden]
    staff = [one for one in typed if one.surface == "staff"]
    groups = list(dict.fromkeys(one.name.split(" ")[0] for one in staff if " " in one.name))
    parts = [_HEAD, _section("Staff: everyday words", [one for one in staff if " " not in one.name])]
    parts += [
        _section(f"Staff: `/vdp {group}`", [one for one in staff if one.name.startswith(f"{group} ")]) for group in groups
    ]
    parts.append(_section("Researchers: plain words in a direct message",
                          [one for one in typed if one.surface == "researcher"]))
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Write the page."""
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
