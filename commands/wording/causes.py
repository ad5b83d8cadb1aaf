"""The sentences of categories and root causes: what they mean, what they are mapped to, what happened before.

Decides words only. Ids of other reports stand here, because whoever judges one may know that another had the same cause.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Final

from commands.text import Text, Words, bold, code, lines, quiet, say
from commands.times import count, day
from config.policy.recurrence import REVIEW
from config.policy.severity_rubric import Axis
from config.taxonomy import Category, Mapped, RootCause, Taxonomy

EVIDENCE: Final = "What told it apart. A filter that hides it is only a stop-gap."
COMPONENT: Final = "The part it sits in, such as acme-chat. Empty: the system the report names."
FOLLOW_UP: Final = "When to look again. Needed while the cause is unknown."
EXPERIMENTS: Final = (
    "the plain request without the attack", "another language", "the text normalised", "another temperature", "without retrieval",
    "without tools", "with the filter off", "an earlier model version",
)  # domain section 7
NO_CHANGE: Final = "That is recorded already."
NOT_A_CAUSE_NOW: Final = "That is none of its causes. See /vdp case causes."
CLOSED_TO_IT: Final = "This report was withdrawn or is spam. Record no cause for it."
PRIMARY_IS_NOT_DROPPED: Final = "That is the primary cause. Record another one, or unknown with a date."
IS_PRIMARY: Final = "That is the primary cause. Name another one as contributing."
UNKNOWN_CONTRIBUTES: Final = "Unknown cannot contribute. Record it as primary, with a date."


# -- categories --------------------------------------------------------------------------------------------------

def in_report(claimed: Words, decided: Words) -> Text:
    """Return both categories of a report."""
    return say("Claimed: ", claimed, ". Decided: ", decided, ".")


def named(taxonomy: Taxonomy, id_: str) -> Words:
    """Return a category by its name, however it came here."""
    known = taxonomy.categories.get(id_)
    if known and known.name.endswith(f"({known.id})"):
        return known.name
    return say(known.name, " (", code(known.id), ")") if known else "none" if not id_ else "one not in the taxonomy"


def category_list(found: Sequence[Category], head: str) -> Text:
    """Return categories, one a line."""
    return lines([say(bold(head)), *(say(code(one.id), f"  {one.name}") for one in found),
                  say(quiet("Name one, or words of it: /vdp case category jailbreak"))])


def all_categories(number: int) -> str:
    """The head of the whole list."""
    return f"{number} categories"


def hits(number: int) -> str:
    """The head of what words found."""
    return f"{count(number, 'category', 'categories')} this may mean"


def no_hit() -> Text:
    """Nothing is like the words."""
    return say("No category fits. Send ", code("/vdp case category"), " for the list, or a mapped id such as LLM01:2025.")


def category(taxonomy: Taxonomy, found: Category, axes: Mapping[str, Axis]) -> Text:
    """Return one category: its description, what it usually touches, where to look first, every mapping with its source."""
    touched = ", ".join(f"{axes[one].name} ({one})" for one in found.axes)
    first = ", ".join(taxonomy.causes[one].name.lower() for one in found.causes)
    rows: list[Words] = [
        say(bold(found.name), "  ", code(found.id)), found.summary, f"Usually touches: {touched}.", f"Root causes to think of "
                                                                                                    f"first: {first}.",
    ]
    if found.risks:
        rows.append(f"AVID risk domain: {', '.join(found.risks)}.")
    for source in taxonomy.sources.values():
        mapped = found.of(source.key)
        if mapped:
            rows.append(say(bold(_source(source.name, source.version)), ": ", "; ".join(map(mapping, mapped)), "."))
    rows += [] if found.mapped else ["No source has an id for it."]
    return lines(rows)


def _source(name: str, version: str) -> str:
    short, read = name.partition(" (")[0], version.partition(";")[0]
    return short if read in short else f"{short}, {read}"


def mapping(one: Mapped) -> str:
    """Return one mapped id with its name; the year of a numbered edition stands with it."""
    more = [one.name] if one.name else []
    more += [f"P{one.priority}"] if one.priority is not None else []
    more += [f"since {one.since}"] if one.since else []
    return f"{one.shown} {', '.join(more)}".strip()


# -- root causes -------------------------------------------------------------------------------------------------

def choice(one: RootCause) -> str:
    """Return a cause as it stands in a list to choose from."""
    return f"{one.name}: {one.question}"


def asked(one: RootCause) -> Text:
    """Return a cause with its question and its usual fix."""
    return say(bold(one.name), "  ", code(one.id), f". {one.question} Usual fix: {one.fix[:1].lower()}{one.fix[1:]}.")


def experiments() -> Text:
    """What to try first when the cause is not known."""
    return say("Try first, one change at a time: ", ", ".join(EXPERIMENTS), ".")


def standing(report: str, rows: Sequence[tuple[str, RootCause, str]], component: str, follow_up: datetime | None, zone: tzinfo) -> list[Text]:
    """Return the causes that stand, each with what told it apart; `rows` hold part, cause, evidence."""
    if not rows:
        return [say(bold(report), ": no root cause yet."), experiments()]
    found = [say(bold(report), ": ", f"component {component}." if component else "no component named.")]
    for part, one, evidence in rows:
        found.append(say("• ", part, ": ", bold(one.name), f". {evidence}" if evidence else ". No evidence yet."))
    if follow_up is not None:
        found.append(say(f"To be looked at again on {day(follow_up, zone)}."))
    return found


def candidates(taxonomy: Taxonomy, category_: Category | None) -> list[Text]:
    """Return the causes to think of first in full, and the ids of the others."""
    first = [taxonomy.causes[one] for one in category_.causes] if category_ else []
    rest = [one for one in taxonomy.causes.values() if one not in first]
    head = [say(bold("To think of first")), *map(asked, first)] if first else []
    others = say(bold("Others" if first else "Root causes"), ": ", ", ".join(one.id for one in rest), ". ")
    return [*head, say(others, "Name one for its question: ", code("/vdp case causes data"))]


def recorded(report: str, one: RootCause, part: str, component: str, *, evidence: bool) -> Text:
    """A cause was recorded."""
    where = f" in {component}" if component and part == "primary" else ""
    return say(bold(one.name), f" is recorded as the {part} root cause of ", bold(report), f"{where}.",
               "" if evidence else " Record it again with what told it apart.")


def usual_fix(one: RootCause) -> Text:
    """What usually takes a cause away."""
    return say(f"Usual fix: {one.fix[:1].lower()}{one.fix[1:]}.")


def dropped(report: str, one: RootCause) -> Text:
    """A contributing cause was dropped."""
    return say(bold(one.name), " is no longer a cause of ", bold(report), ".")


def look_again(at: datetime, zone: tzinfo) -> Text:
    """When a cause is looked at again."""
    return say(f"It comes back in the morning list on {day(at, zone)}.")


def no_follow_up() -> Text:
    """Unknown without a date."""
    return say("Give a date to look again: follow-up=2026-12-31. ", experiments())


def no_component() -> Text:
    """Nothing to compare by."""
    return say("Add the component, such as component=acme-chat, so that a repeat is seen.")


def recurrences(found: Iterable[tuple[str, datetime]], zone: tzinfo) -> Text:
    """Which earlier reports had the same signature, and when they were resolved."""
    rows = [f"{report}, resolved {day(at, zone)}" for report, at in found]
    return say(bold("It happened before"), f": {'; '.join(rows)}. Same cause, category and component.") if rows else Text()


def counts(same: int, component: int, fix: int, component_name: str) -> Text:
    """How often in a year: this signature, this component, this kind of fix."""
    parts = [f"{same} with this cause, category and component"] if same else []
    parts += [f"{component} in {component_name}"] if component_name else []
    return say(f"In the last 365 days, this one included: {', '.join([*parts, f'{fix} whose usual fix is the same'])}.")


def third(number: int) -> Text:
    """Enough repetitions to ask how the work is done."""
    return say(f"Report number {number} of its kind in a year: leadership is asked for a process review." if number >= REVIEW else "")


def on_card(one: RootCause, component: str, follow_up: datetime | None, recurs_of: str, zone: tzinfo) -> tuple[Text, ...]:
    """Return the lines of a card about the cause."""
    head = f"Root cause: {one.name[:1].lower()}{one.name[1:]}{f', in {component}' if component else ''}."
    again = f" To be looked at again on {day(follow_up, zone)}." if follow_up is not None else ""
    return tuple(line for line in (say(head + again), happened_again(recurs_of)) if line)


def happened_again(recurs_of: str) -> Text:
    """Says which earlier report this one repeats."""
    return say("It happened before: see ", bold(recurs_of), ".") if recurs_of else Text()


def follow_up_head() -> Text:
    """Above the causes that are to be looked at again, in a morning list."""
    return say(bold("Root causes to look at again"))


def follow_up(report: str, one: RootCause | None, since: datetime, zone: tzinfo) -> Text:
    """One line of a morning list."""
    what = "unknown so far" if one is None or one.id == "unknown" else f"{one.name[:1].lower()}{one.name[1:]}"
    return say(bold(report), f": {what}, due {day(since, zone)}. Record what you found with ", code("/vdp case cause"), ".")
