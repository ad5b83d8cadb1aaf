"""Who may do what where: every command, every role, every place, against the checked-in rights.txt.

After a change that is meant: `python -m tests.rules.test_rights` writes rights.txt anew. Read its difference before you commit it.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff
from itertools import product
from pathlib import Path

from commands import modules
from commands.registry import Command, Registry
from config.policy.roles import Allow, CallerFacts, Denied, Place, Tie, permits
from config.policy.states import Role

LISTED = Path(__file__).with_name("rights.txt")
PLACES = [place for place in Place if place is not Place.ANYWHERE]
TIES = [tie for tie in Tie if tie is not Tie.NONE]
MEANT = "write it anew with: python -m tests.rules.test_rights"


def _commands() -> list[Command]:
    return list(Registry.of(modules()).commands)


def _facts(role: Role, place: Place, ties: frozenset[Tie]) -> CallerFacts:
    roles = {role} if role is Role.CLOCK else {role, Role.REPORTER}  # everybody but the clock may report
    return CallerFacts(roles=frozenset(roles), place=place, ties=ties)


def _cell(allow: Allow, role: Role, place: Place) -> str:
    """yes; the ties any one of which is enough; or - where no tie helps."""
    if permits(allow, _facts(role, place, frozenset())) is None:
        return "yes"
    able = [tie.value for tie in TIES if permits(allow, _facts(role, place, frozenset({tie}))) is None]
    return "/".join(able) or "-"


def _line(one: Command, role: Role) -> str | None:
    cells = {place: _cell(one.allow, role, place) for place in PLACES}
    if set(cells.values()) == {"-"}:
        return None
    if len(set(cells.values())) == 1:
        return f"  {role.value:<11} everywhere={cells[PLACES[0]]}"
    return f"  {role.value:<11} " + " ".join(f"{place.value}={cell}" for place, cell in cells.items())


def matrix() -> str:
    def lines() -> Iterator[str]:
        yield "# Who may do what where. yes: without a tie to the report; a tie: with it; -: never."
        yield "# A role that is not listed under a command may use it nowhere. Everybody but the clock is a reporter too."
        yield f"# {MEANT}"
        for one in sorted(_commands(), key=lambda c: (c.surface, c.name)):
            yield ""
            kind = "reads" if one.reads else "changes"
            yield f"{one.surface}: {one.name} ({kind}{', not typed' if one.hidden else ''})"
            yield from (line for role in Role if (line := _line(one, role)) is not None)

    return "\n".join(lines()) + "\n"


def test_every_right_is_as_listed() -> None:
    listed = LISTED.read_text("utf-8") if LISTED.exists() else ""
    difference = "\n".join(unified_diff(listed.splitlines(), matrix().splitlines(), "rights.txt", "declared", lineterm=""))
    assert not difference, f"{MEANT}\n{difference}"


def test_what_the_clock_does_nobody_else_can() -> None:
    for one, role, place in product(_commands(), Role, PLACES):
        if (one.surface == "clock") != (role is Role.CLOCK):
            denied = permits(one.allow, _facts(role, place, frozenset(TIES)))
            assert one.surface != "clock" or denied is Denied.NOT_ALLOWED, (one.name, role, place)
            assert role is not Role.CLOCK or denied is Denied.NOT_ALLOWED, (one.name, role, place)


def test_a_mere_reporter_has_no_staff_command() -> None:
    for one, place in product(_commands(), PLACES):
        if one.surface == "staff":
            denied = permits(one.allow, _facts(Role.REPORTER, place, frozenset(TIES)))
            assert denied is Denied.NOT_ALLOWED, (one.name, place)


def test_no_researcher_reaches_the_report_of_another() -> None:
    for one, place in product(_commands(), PLACES):
        if one.surface == "researcher" and one.report_param is not None and Tie.NONE not in one.allow.ties:
            denied = permits(one.allow, _facts(Role.REPORTER, place, frozenset()))
            assert denied is Denied.NO_SUCH_REPORT, (one.name, place)


if __name__ == "__main__":
    LISTED.write_text(matrix(), "utf-8")
