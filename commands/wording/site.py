"""The sentences of the public pages: head and foot, home, times, hall of fame, advisories, what is not there.

Decides how the programme speaks to people who do not know it. The key and the encrypted form are in `site_key.py` and
`site_encrypt.py`. Numbers and dates come from the caller; names of people are escaped by the pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import Final

from commands.outside.hall import Named, Thanked
from commands.outside.kept import Share
from commands.text import Text, bold, code, link, say
from commands.times import clock_time, count, day
from commands.wording.policy_text import length
from config.policy.deadlines import ClockName
from config.policy.metrics import FEWEST, IN_PUBLIC, PUBLIC_SPAN
from config.program import LEVELS, Length, Program

ABOUT: Final = "vulnerability disclosure programme"
# Address, name, and what a narrow screen leaves out of the name.
PAGES: Final = (("/encrypt", "Report", "a flaw"), ("/policy", "Policy", ""), ("/hall-of-fame", "Hall of fame", ""),
                ("/advisories", "Advisories", ""), ("/key", "Key", ""))
SKIP, PAGES_NAME, FOOT_NAME = "Skip to the content", "Pages", "About these pages"
FINGERPRINT, RUN_WITH = "Key fingerprint", "Run with Harborlight, open source."
FOOT: Final = (("/.well-known/security.txt", "security.txt"), ("/advisories.atom", "Feed of advisories"),
               ("/hall-of-fame.atom", "Feed of thanks"), ("/times", "How we count"))
DARK, LIGHT = "Dark", "Light"
DAYS: Final = PUBLIC_SPAN.days
PLATFORMS: Final = {"slack": "Slack", "discord": "Discord", "local": "the local page"}


def policy_line(program: Program) -> str:
    """Which policy is in force, for the foot."""
    return f"Policy {program.policy.version}, in force since {on(program.policy.date)}."


def on(when: date) -> str:
    """A day: Mon 2 Nov 2026."""
    return f"{when:%a} {when.day} {when:%b %Y}"


def short_day(when: date) -> str:
    """A day in a narrow column: 2 Nov 2026."""
    return f"{when.day} {when:%b %Y}"


def listed(names: Sequence[str], last: str = "and") -> str:
    """Names in a row: a, b and c."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}" if names else ""


# -- home --------------------------------------------------------------------------------------------------------------

HOME: Final = ("Found a flaw in our AI?", "Tell us, and see it fixed.")
WRITE, READ = "Write a report", "Read the policy"
BESIDE: Final = "Encrypted in your browser."
PROMISES, SCOPE, LATEST, THANKS = "What we promise", "What is in scope", "Latest advisories", "Latest thanks"
SCOPE_HEADS: Final = ("System", "Kind", "Name in a report")
SCOPE_NOTE, SCOPE_LINK = "Behaviour counts, not only code.", "What is in and what is out"
NO_ADVISORIES: Final = "Nothing is published yet. The first advisory will stand here, and in the feed."
NO_THANKS: Final = "Nobody is thanked yet. The first name will stand here once its report is public."
HALL: Final = "Hall of fame"


def all_advisories(number: int) -> str:
    """The link to every advisory."""
    return f"All {number}"


def home_lead(program: Program) -> str:
    """What we want to hear, and what we give for it."""
    names = listed([one.name for one in program.scope[:3]], "or")
    return (f"Jailbreaks, prompt injection, leaked data, unfair answers, unsafe actions: if {names} does something that it should not, "
            "we want to know. Good-faith research is authorised, and you have the last look at the fix.")


def longest(lengths: Sequence[Length | None]) -> Length | None:
    """The longest of some lengths: the promise that holds for every level."""
    found = [one for one in lengths if one is not None]
    return max(found, key=lambda one: one.span, default=None)


def promised(program: Program) -> list[tuple[ClockName | None, str, str, str]]:
    """What is promised: the clock, the number, its unit, and the act. The last one is the embargo, which has no clock of ours."""
    clocks: list[tuple[ClockName | None, Length | None, str]] = [
        (ClockName.ACKNOWLEDGE, program.promises.acknowledge, "a person acknowledges"),
        (ClockName.FIRST_RESPONSE, program.promises.first_response, "a first real answer"),
        (ClockName.TRIAGE, longest([program.clocks.triage.of(level) for level in LEVELS]), "a judgement"),
        (None, Length(program.embargo.length), "then you may publish"),
    ]
    found = []
    for name, one, act in clocks:
        if one is not None:
            number, _, unit = length(one).partition(" ")
            found.append((name, number, unit, act))
    return found


def on_time(share: Share | None, *, first: bool = False) -> str:
    """How often a promise was kept in time."""
    if share is None or not share.of:
        return f"fewer than {_FEW} reports in {DAYS} days: not shown"
    return f"{share.met:,} of {share.of:,} on time" + (f", last {DAYS} days" if first else "")


def this_year(number: int) -> str:
    """How much was published this year."""
    return f"{count(number, 'advisory', 'advisories')} this year" if number else "no advisory yet this year"


_FEW = {5: "five"}.get(FEWEST, str(FEWEST))


def ways_title(number: int) -> str:
    """The title above the ways in."""
    return {2: "Two ways in", 3: "Three ways in"}.get(number, "Ways in")


def way_here() -> tuple[Text, str]:
    """Writing on the page itself."""
    return say(link("Write it here", "/encrypt")), ("A short form. Your browser encrypts it to our key; you send the result to the bot. "
                                                    "Nothing you type leaves the page.")


def way_bot(platforms: Sequence[str], direct: Mapping[str, str]) -> tuple[Text, str]:
    """Writing to the bot."""
    names = listed([PLATFORMS.get(one, one) for one in platforms], "or")
    address = next((direct[one] for one in platforms if one in direct), "")
    return (say(link("Message the bot", address) if address else bold("Message the bot")),
            f"On {names}: paste a PGP message or drop a file. A receipt comes within seconds. No receipt means not received.")


def way_outside(contacts: Sequence[str]) -> tuple[Text, Text] | None:
    """Writing to whom security.txt names; nothing where it names nobody."""
    for one in contacts:
        kind, _, rest = one.partition(":")
        if kind == "mailto":
            return say(link("Send encrypted mail", one)), say(code(rest), ", to the key below. A person opens it on working days.")
        return (say(link("Reach us without chat", one)), say("Encrypt to the key below. A person opens it on working days."))
    return None


def thanked_for(one: Thanked) -> str:
    """What somebody is thanked for, in a line."""
    if one.known:
        return "added to a report that was already known"
    found = f"found {_a(one.level)} {one.level} flaw" if one.level else "found a flaw"
    return f"{found} and broke our fix in the retest" if one.broke else found


def _a(word: str) -> str:
    return "an" if word[:1] in "aeiou" else "a"


# -- times -------------------------------------------------------------------------------------------------------------

TIMES: Final = "How we keep our promises"
TIMES_LEAD: Final = "We say how long things take. Here is how often they did, counted the same way our own leaders see it."
TIMES_HEADS: Final = ("What we promise", "Within", "On time")
HOW_WE_COUNT: Final = "How we count"
NOT_SHOWN: Final = f"fewer than {_FEW} reports: not shown"
_STARTS: Final = {
    ClockName.ACKNOWLEDGE: "A person acknowledges",
    ClockName.FIRST_RESPONSE: "A first real answer",
    ClockName.TRIAGE: "A judgement with a level, or a reason for setting aside",
}
COUNTING: Final = (
    IN_PUBLIC,
    "The time runs from the arrival of a report. The automatic receipt is no acknowledgement: a person must write.",
    "Only the judgement pauses, while we wait for an answer of yours. What was withdrawn or was spam before its time counts as neither.",
)


def times_rows(program: Program, shares: Mapping[ClockName, Share]) -> list[tuple[str, str, str]]:
    """One row a promise: what, within, how often."""
    lengths = {ClockName.ACKNOWLEDGE: program.promises.acknowledge, ClockName.FIRST_RESPONSE: program.promises.first_response,
               ClockName.TRIAGE: longest([program.clocks.triage.of(level) for level in LEVELS])}
    found = []
    for name, what in _STARTS.items():
        one, share = lengths[name], shares.get(name)
        if one is not None:
            found.append((what, length(one), f"{share.met:,} of {share.of:,}" if share is not None and share.of else NOT_SHOWN))
    return found


def times_period(since: datetime, until: datetime, zone: tzinfo) -> str:
    """Which stretch of time is counted."""
    return f"{day(since, zone)} to {day(until, zone)}, {DAYS} days."


# -- hall of fame ------------------------------------------------------------------------------------------------------

HALL_ABOVE, HALL_TITLE = "By the name they chose, with their consent", "They told us, and it got fixed."
HALL_HEADS: Final = ("Name", "Reports", "Special thanks")
ALL_TIME, NEWEST, FEED = "All time", "Newest first.", "Atom feed"
KNOWN, YEARS = "already known", "Years"
HALL_EMPTY: Final = "Nobody is thanked here yet. The first name will stand here once its report is public."
HALL_HOW: Final = "How a name gets here"


def hall_how() -> Text:
    """How a name comes here and goes."""
    return say("You choose: a name, a pseudonym or nothing. You can change it or take it back at any time: send ", code("credit"),
               " to the bot. We then change every place where it stands. No details of a case appear here before its advisory is public.")


def hall_lead(year: int | None, named: Sequence[Named], reports: int) -> str:
    """What the people of a year, or all of them, did."""
    broke = sum(1 for one in named if one.broke)
    when = f"In {year}, " if year else "In all, "
    found = f"{when}{count(len(named), 'person', 'people')} with a name told us of {count(reports, 'flaw')}."
    if broke:
        found += (f" {_Number(broke)} of them broke a fix that we believed in." if len(named) > 1 else " They broke a fix that we believed in.")
        found += " That is worth as much as the find."
    return found


def _Number(number: int) -> str:  # noqa: N802  begins a sentence
    words = ("None", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")
    return words[number] if number < len(words) else f"{number:,}"


def since(one: Named, zone: tzinfo) -> str:
    """Since when somebody is thanked, and when last."""
    first, last = one.since.astimezone(zone), one.last.astimezone(zone)
    return short_day(last.date()) if first.date() == last.date() else f"since {first:%B %Y}, last {short_day(last.date())}"


def special(one: Named) -> list[str]:
    """What somebody is thanked for besides their finds."""
    found = []
    if one.broke:
        found.append("Broke a fix of ours in the retest" if one.broke == 1 else f"Broke {one.broke} fixes of ours in the retest")
    if one.known:
        found.append("Added to a report that was already known" if one.known == 1 else f"Added to {one.known} reports that were already known")
    return found


def nameless(number: int) -> str:
    """Those who wanted no name."""
    return f"{_Number(number)} more published {'report' if number == 1 else 'reports'} without a name. Thank you too."


# -- advisories --------------------------------------------------------------------------------------------------------

ADVISORIES: Final = "Advisories"
ADVISORIES_LEAD: Final = "What we published: what went wrong, how bad it was, what we changed, and how often it still works."
AGREED: Final = "Published with the researcher, or when the agreed time was over."
BEFORE_AFTER, HAPPENED, CHANGED, DO = "Before and after the fix", "What happened", "What we changed", "What you should do"
FACT_NAMES: Final = {"category": "Category", "affected": "Affected", "cause": "Cause", "vector": "Vector", "credit": "Credit",
                     "dates": "Dates", "records": "Records", "editions": "Editions", "links": "Links"}
NO_NAME: Final = "no name wanted"
SAME: Final = "Same context, criterion and judge."
EXPLOITED: Final = "It was used in attacks."


def revision(number: int) -> str:
    """Which edition is shown."""
    return f"revision {number}"


def published(when: datetime, zone: tzinfo) -> str:
    """When an advisory appeared."""
    return f"published {day(when, zone)}"


def credited(name: str) -> str:
    """Who found it."""
    return f"credited to {name}" if name else NO_NAME


def licence(name: str) -> str:
    """Under which terms the text may be used."""
    return f"Text under {name.replace('CC-BY-', 'CC BY ')}."


def record_name(file: str) -> str:
    """What a file of an advisory is called."""
    for ending, name in ((".avid.json", "AVID"), ("csaf.json", "CSAF"), (".osv.json", "OSV"), (".cve.json", "CVE draft"), (".md", "Markdown")):
        if file.endswith(ending):
            return name
    return "CSAF" if file.islower() else "JSON"


# -- the rest ----------------------------------------------------------------------------------------------------------

IN_SHORT, ON_THIS_PAGE = "In short", "On this page"
WHAT, WHEN = "What", "When"
POLICY_TITLE: Final = "Policy"
EDITIONS, IN_FORCE_NOW, READ_EARLIER = "Changes", "The version in force", "Read it"
EARLIER: Final = "This is an earlier version. It holds for reports that came while it was in force."


def in_short(program: Program) -> list[str]:
    """The policy in four sentences, with the programme's numbers."""
    embargo = Length(program.embargo.length)
    return [
        "Tell us what our models do that they should not. Behaviour counts, not only code.",
        "Good-faith research within this policy is authorised. We take no legal action for it.",
        f"A person acknowledges within {length(program.promises.acknowledge)} and gives a first real answer within "
        f"{length(program.promises.first_response)}.",
        f"You test the fix before we call it fixed. After {length(embargo)} you may publish.",
    ]


def reading(words: int) -> str:
    """How long a page takes to read."""
    return f"{words:,} words, {minutes(words).lower()}"


def to_read(words: int) -> str:
    """How long the policy takes, beside the button that opens it."""
    return f"{minutes(words)} to read."


def minutes(words: int) -> str:
    """How long a number of words takes to read, at 250 a minute."""
    number = max(1, round(words / 250))
    return f"{_Number(number)} minute{'' if number == 1 else 's'}"


def version(text: str) -> str:
    """Which version of the policy it is."""
    return f"Version {text}"


def version_title(text: str) -> str:
    """The title of an earlier version's page."""
    return f"{POLICY_TITLE}, version {text}"


def in_force(when: date) -> str:
    """Since when the policy holds."""
    return f"In force since {on(when)}"


MISSING_TITLE: Final = "There is no such page"
MISSING: Final = "The address may be mistyped, or the page may have moved."
MISSING_WAYS: Final = (("/", "Start page"), ("/encrypt", "Write a report"), ("/policy", "Policy"), ("/advisories", "Advisories"))
FAULT_TITLE: Final = "Something went wrong here"
FAULT: Final = "It is not your doing. Try again in a minute; to report a flaw, write to the bot."
NO_SECURITY_TXT: Final = "There is no security.txt here yet. The programme's file names no address for it: [site] in program.toml."


def feed_title(program: Program, what: str) -> str:
    """The title of a feed."""
    return f"{program.name}: {what}"


FEED_ADVISORIES, FEED_HALL = "advisories", "hall of fame"


def thanks_title(one: Thanked) -> str:
    """The title of one entry of the feed of thanks."""
    return f"Thank you, {one.name}"


def thanks_summary(one: Thanked) -> str:
    """The words of one entry of the feed of thanks."""
    said = thanked_for(one)
    return f"{said[0].upper()}{said[1:]}."


def stamp(when: datetime, zone: tzinfo) -> str:
    """An instant in full."""
    return clock_time(when, zone)
