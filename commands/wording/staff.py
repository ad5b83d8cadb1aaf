"""What colleagues read when people change: absences and covers, who leaves and what they leave behind, reports passed on.

Names of colleagues stand in answers and on cards alone, never in a row of the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo

from commands.calls import Problem
from commands.text import Text, bold, code, lines, say
from commands.times import count, day
from commands.wording.case import role_shown
from commands.wording.common import ROLE_WORDS
from config.policy.states import Discipline, Role

I_WILL_BE_AWAY, I_AM_BACK = "I will be away", "I am back"
_MOST = 12

# -- absences ----------------------------------------------------------------------------------------------------


def is_away(name: str, until: datetime, cover: str, zone: tzinfo) -> Text:
    """On cards and in the list of absences."""
    return say(f"{name} is away until {day(until, zone)}; ", f"{cover} covers." if cover else "nobody covers.")


def nobody_away() -> Text:
    """The list of absences is empty."""
    return say("Nobody is away. To be away, send ", code("/vdp away until 2026-12-20 cover= @colleague"), ".")


def set_away(name: str, until: datetime, cover: str, reports: int, zone: tzinfo) -> Text:
    """An absence was recorded; `name` is empty for the caller themselves."""
    who = f"{name} is" if name else "You are"
    theirs = "their" if name else "your"
    back = say(f"{who} away until ", bold(day(until, zone)), "; that morning a list says what happened.")
    if cover:
        return say(back, f" {cover} covers: pings, lists and {count(reports, 'report')} go there.")
    return say(back, f" Nobody covers: {theirs} pings go to the others on a report, or the lead. Name a cover with cover=.")


def nobody_there() -> Text:
    """Whoever hears of a report is away now."""
    return say(" No triager and no lead is there now: nobody hears of a new report. Name a cover, or pause new reports: "
               "/vdp program intake pause.")


def lacks(cover: str, roles: Iterable[Role]) -> Text:
    """Roles that the cover does not hold."""
    words = ", ".join(sorted(ROLE_WORDS[one].removeprefix("the ").removeprefix("a ").removeprefix("an ") for one in roles))
    return say(f" {cover} does not act as {words}; others do.")


def still_away(cover: str, until: datetime, zone: tzinfo) -> Text:
    """The cover is away as well, for a part of the time."""
    return say(f" {cover} is away until {day(until, zone)} too; until then their own cover acts, if any.")


def welcome(number: int) -> Text:
    """Above what happened while somebody was away."""
    return say(bold("You are back. "), f"Meanwhile, on {count(number, 'report')}:" if number
               else "Nothing moved on your reports.")


def moved(report: str, steps: Sequence[str], state: str) -> Text:
    """What happened to one report."""
    shown = ", ".join(dict.fromkeys(one.replace("_", " ") for one in steps[-6:]))
    return say(bold(report), f": {shown}. Now {state}.")


def rest(number: int) -> Text:
    """More reports than are listed."""
    return say(f"and {count(number, 'more report')}: ", code("/vdp queue"))


def covering_ended() -> Text:
    """Somebody came back who was not away."""
    return say("They are not away. Send ", code("/vdp away"), " to see who is.")


def not_until() -> Problem:
    """The day is no day to come."""
    words = "Give a day within a year, such as 2026-12-20."
    return Problem("bad_argument", words, errors={"until": words, "date": words})


def for_others() -> Problem:
    """Somebody else's absence is for the lead and administrators."""
    return Problem("not_allowed", "You set your own absence. For somebody else, ask the lead or an administrator.",
                   errors={"who": "Leave this empty."})


def no_cover(why: str) -> Problem:
    """Somebody cannot cover."""
    return Problem("bad_argument", say(f"{why} Choose somebody else, or nobody."), errors={"cover": why})


SELF_COVER = "Nobody covers for themselves."
LOOP = "The two would cover each other."
NO_ROLE = "They hold none of the needed roles."


def assign_instead(name: str, until: datetime, cover: str, zone: tzinfo) -> Problem:
    """Nobody who is away gets something new."""
    words = f"{name} is away until {day(until, zone)}. Choose {cover if cover else 'somebody else'}."
    return Problem("away", words, errors={"who": words})


# -- passed on ---------------------------------------------------------------------------------------------------

def passed_on(report: str) -> Text:
    """The report is somebody else's now."""
    return say(bold(report), " is with the next in line. You are off its roster and channel; nobody is told who asked.")


def passed_to_lead(report: str, craft: str) -> Text:
    """No other triager can take it."""
    return say("No other triager for ", role_shown(craft), " can take ", bold(report), "; the lead is asked. You are off its roster "
               "and channel.")


def nobody_else(report: str) -> Text:
    """Really nobody can take it."""
    return say("Nobody can take ", bold(report), " now. You stay on it until somebody can, and need not read it.")


def not_a_reader(report: str) -> Text:
    """The caller judges it in neither craft."""
    return say("You judge ", bold(report), " in neither craft. The lead can assign somebody with ", code("/vdp assign"), ".")


def no_triager(crafts: Iterable[str]) -> str:
    """To the lead, about a report that no triager of a craft can take."""
    return (f"has no triager for {' and '.join(role_shown(one) for one in crafts)} now, and nobody is next in line. Take it, or assign "
            "somebody.")


# -- leaving -----------------------------------------------------------------------------------------------------

def hangs(name: str, rows: Sequence[tuple[str, str]]) -> Text:
    """The head of what hangs on somebody, with its lines."""
    return lines([say(bold(f"What hangs on {name}")), *(say(f"• {label}: {text}") for label, text in rows)])


def nothing_hangs(name: str) -> Text:
    """Only roles are to be taken away."""
    return say(f"Nothing else hangs on {name}.")


def choose_cover() -> Text:
    """Asked before anything moves."""
    return say("Name who takes over, with a button or cover=. Nothing was changed yet.")


def confirm(name: str, cover: str) -> Text:
    """Asked once."""
    to = f"Everything moves to {cover} in one step, and " if cover else ""
    return say(f"{to}{name} loses all access. Nothing was changed yet; confirm below.")


def take_over_button(name: str) -> str:
    """The button that names who takes over from somebody who leaves."""
    return f"Hand over to {name}"


def confirm_button(cover: str) -> str:
    """The one confirmation."""
    return f"Move it all to {cover}" if cover else "Take all access away"


def missing(what: Sequence[str]) -> Problem:
    """The cover cannot take everything."""
    words = " ".join(what)
    return Problem("cover_lacks", f"{words} Nothing was changed. Grant it with /vdp program grant, or name another cover.",
                   errors={"cover": words})


def last_one(role: Role) -> Problem:
    """Somebody must stay."""
    word = ROLE_WORDS[role].removeprefix("the ").removeprefix("an ")
    return Problem("last_one", f"They are the only {word}. Grant that role to somebody else first.", errors={"who": "Grant the role first."})


def has_left(name: str, cover: str, reports: int, elsewhere: Sequence[tuple[str, str]], thin: Sequence[tuple[str, str]]) -> Text:
    """Somebody left: what went where."""
    parts = [say(bold(f"{name} has left"), ": no role, roster or channel is theirs now.")]
    if cover and reports:
        parts.append(say(f"{cover} has {count(reports, 'report')} of theirs now."))
    parts += [say("• ", bold(report), f" went to {to}{f'; {cover} cannot have it' if cover else ''}.") for report, to in elsewhere[:_MOST]]
    parts += [say("• ", bold(report), f" has nobody for {role_shown(craft)}; the lead knows.") for report, craft in thin[:_MOST]]
    parts.append(say("What the bot does not hold (leadership channel, workspace) is yours to close."))
    return lines(parts)


def holds(names: Sequence[str]) -> str:
    """Ids in a line, the rest counted."""
    shown = ", ".join(names[:6])
    return f"{shown} and {len(names) - 6} more" if len(names) > 6 else shown


def role_line(role: Role, craft: Discipline | None) -> str:
    """A role with its craft."""
    word = role.value
    return f"{word} ({role_shown(craft.value)})" if craft is not None else word


def took_over(number: int) -> str:
    """To the cover of somebody who left."""
    return f"A colleague left, and {count(number, 'report')} of theirs {'is' if number == 1 else 'are'} yours now. See /vdp queue."


def account_gone() -> str:
    """To the administrators: the platform says that a colleague's account is gone."""
    return "A colleague's account is gone from the platform. Move what hangs on them with /vdp program leave."


SEE_WHAT_HANGS = "See what hangs on them"
