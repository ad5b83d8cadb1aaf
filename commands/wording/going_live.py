"""What is said about opening: not open yet, paused, the checklist, the rehearsal and what it asks of whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from commands.text import Button, Card, Text, bold, code, lines, say
from commands.times import clock_time, count, day
from storage.doors import Doors

BANNER = "Rehearsal: this programme is not open yet"
TEST_BANNER = "REHEARSAL: our own test. Nobody sent it; it goes away by itself"
TAKE_IT = "It is being exploited now: take it"
EXPLOITED = "It is being exploited now"
THROW_AWAY = "Throw it away"
SEND_IT = "Send it now"


# -- researchers -------------------------------------------------------------------------------------------------------

def closed(doors: Doors, name: str, zone: tzinfo) -> Text:
    """Why no report is taken now, until when, and what to do."""
    if doors.pause is not None:
        until = clock_time(doors.pause.until, zone)
        if not doors.pause.words:
            return say("We take no new reports until ", bold(until), ". Open reports go on.")
        return lines([say(doors.pause.words), say("We take reports again from ", bold(until), ". Open reports go on.")], "\n\n")
    when = f"It opens {clock_time(doors.opens_at, zone)}." if doors.opens_at is not None else "Its date is not set yet."
    return say(f"Thank you for writing. The disclosure programme of {name} is not open yet. ", bold(when))


def what_to_do(doors: Doors) -> Text:
    """What a researcher does while nothing is taken."""
    back = "Please write to us then" if doors.pause is not None or doors.opens_at is not None else "Please write to us again later"
    return say(f"{back}, and tell nobody else until we answer. If people are being harmed by it now, use the button: we take it at "
               "once.")


def held(until: datetime, zone: tzinfo) -> Text:
    """What was sent waits under a seal."""
    return say("What you sent is sealed here and read by nobody; it is destroyed ", bold(clock_time(until, zone)),
               ". Tell us if it is being exploited: then we take it as it is.")


def held_buttons(draft: str) -> tuple[Button, ...]:
    """The two choices for what waits."""
    return (Button(f"me exploited-now draft={draft}", TAKE_IT, "primary"),
            Button(f"me throw-away draft={draft}", THROW_AWAY, "quiet"))


def talk_buttons() -> tuple[Button, ...]:
    """The ways on for somebody who only wrote a few words."""
    return (Button("me report exploited=yes", EXPLOITED, "primary"), Button("me policy", "Policy", "quiet"))


def open_again(until: datetime, zone: tzinfo) -> Text:
    """Reports are taken again, and what was held may be sent with one press."""
    return say("We take reports now. What you sent is still sealed and is destroyed ", bold(clock_time(until, zone)),
               ". Press to send it to our triage team.")


def open_buttons(draft: str) -> tuple[Button, ...]:
    """The two choices once reports are taken again."""
    return (Button(f"me send-held draft={draft}", SEND_IT, "primary"), Button(f"me throw-away draft={draft}", THROW_AWAY, "quiet"))


# -- colleagues --------------------------------------------------------------------------------------------------------

NOT_OPEN, MISSING = "Not open yet", "What is missing"
OPEN_IT = "Play one report through with your people, then open the programme."


def on_cards(doors: Doors, zone: tzinfo, *, rehearsal: bool) -> str:
    """The line at the head of a card while the programme is not open, or paused."""
    if rehearsal:
        return TEST_BANNER
    if not doors.live:
        return BANNER
    return f"No new reports until {clock_time(doors.pause.until, zone)}" if doors.pause is not None else ""


def in_health(doors: Doors, zone: tzinfo) -> str:
    """How the programme stands, for operators and the digest; nothing while it is simply open."""
    if not doors.live:
        when = f"opens {clock_time(doors.opens_at, zone)}" if doors.opens_at is not None else "has no date to open yet"
        return f"In rehearsal; the programme {when}. See /vdp go-live."
    if doors.pause is None:
        return ""
    return (f"No new reports since {day(doors.pause.since, zone)}, until {clock_time(doors.pause.until, zone)}. "
            "/vdp program intake open ends it.")


def paused(until: datetime, zone: tzinfo) -> Text:
    """The pause begins."""
    return say("No new reports until ", bold(clock_time(until, zone)), "; exploited ones still come in, open ones go on. ",
               code("/vdp program intake open"), " ends it sooner.")


def resumed(waiting: int) -> Text:
    """The pause is over."""
    return say("Reports are taken again.", _sealed(waiting))


def _sealed(waiting: int) -> str:
    return f" {count(waiting, 'sealed message')} {'waits for its sender' if waiting == 1 else 'wait for their senders'}." if waiting else ""


def not_paused() -> Text:
    """There was no pause."""
    return say("There is no pause. To begin one: ", code("/vdp program intake pause until 2026-12-31"), ".")


def pause_when() -> str:
    """A pause needs an end."""
    return "Give a day within the next 366 days, such as 2026-12-31. The pause ends at that day's opening hour."


def pause_not_live() -> Text:
    """A programme that is not open cannot be paused."""
    return say("The programme is not open yet. ", code("/vdp go-live"), " shows what is missing.")


def too_long(most: int) -> str:
    """The words of a pause are too many."""
    return f"Write at most {most:,} characters."


# -- the checklist -----------------------------------------------------------------------------------------------------

STILL_ACME = "the demo's name, Acme, stands in it"
NAMES = {"policy": "Policy", "roles": "Roles", "keys": "Keys", "kit": "Recovery kit", "channels": "Channels", "rehearsal": "Rehearsal"}


def checklist(rows: Sequence[tuple[str, str]]) -> Text:
    """The checklist: each line done, or with what to do; `rows` are a name and what is missing."""
    return lines(say("✓ " if not missing else "○ ", bold(NAMES[name]), f": {missing}" if missing else "") for name, missing in rows)


def more_errors(count: int) -> str:
    """More errors of the policy than are shown."""
    return f"{count} more; python -m bot policy lint shows all"


def ready(name: str, *, all_done: bool) -> Text:
    """What to do below the checklist."""
    if all_done:
        return say(f"{name} is ready. Press to open it now, or set a date: ", code("/vdp go-live 2026-12-31"), ".")
    return say("Mend what is open, then look again. New leads, triagers, owners or another programme need another "
               "rehearsal. An administrator may open anyway: ", code("/vdp go-live now anyway=yes"), "; open points go into the ledger.")


def not_ready(names: Sequence[str]) -> Text:
    """The programme does not open while something is open."""
    return say(f"Not yet: {', '.join(NAMES[one] for one in names)}. ", code("/vdp go-live"), " says what to do. An administrator "
               "may add ", code("anyway=yes"), ".")


def anyway_is_for_admins() -> Text:
    """Only an administrator opens with open points."""
    return say("Only an administrator opens with open points. Ask one, or mend them first.")


def is_live() -> Text:
    """The programme is open already."""
    return say("The programme is open. To pause new reports: ", code("/vdp program intake pause until 2026-12-31"), ".")


def opened(name: str, waiting: int) -> Text:
    """The programme opens."""
    return say(f"The disclosure programme of {name} is open.", _sealed(waiting))


def opens(at: datetime, zone: tzinfo) -> Text:
    """A date was set."""
    return say("It opens by itself on ", bold(clock_time(at, zone)), "; researchers hear that date. Another ",
               code("/vdp go-live"), " changes it.")


def bad_date() -> str:
    """The date of an opening that cannot be."""
    return "Give now, or a day within the next 366 days, such as 2026-12-31. It opens at that day's opening hour."


# -- the rehearsal -----------------------------------------------------------------------------------------------------

STEPS = {
    "acknowledge": "Acknowledge it",
    "accept": "Accept it: medium, software flaw",
    "owner": "Name the owner of the fix",
    "work": "I take it, with a date",
    "fix": "The fix is ready",
    "verify": "Start verifying; not who made the fix",
    "cause": "Name the root cause: a software defect",
    "regression": "Add the attack to the regression set",
    "result": "It is fixed",
    "retest": "The researcher's look",
}
_TYPED = {
    "acknowledge": "acknowledge", "accept": "accept medium software-flaw", "owner": "owner @colleague", "work": "work 2026-12-18",
    "fix": "fix build-1 2026-12-01", "verify": "verify", "cause": "case cause software", "regression": "case regression",
    "result": "result found=fixed",
}  # the same as the card's buttons, for those who type; the days are examples


def report_text(name: str, zone: tzinfo, at: datetime) -> str:
    """The test report of a rehearsal, as a researcher would write it."""
    return "\n".join([
        "Title: REHEARSAL: the export shows another account's chats",
        "Category: software-flaw",
        "Attack: GET /export?account=2 with the session of account 1",
        "",
        f"This is a rehearsal of the programme of {name}, {clock_time(at, zone)}. There is no such flaw.",
        "",
        "With the session of one account, the export answers with the chats of another one. It should refuse.",
    ])


def step_card(report: str, rows: Sequence[tuple[str, str, str]], *, until: str, over: str) -> Card:
    """The checklist of a rehearsal; a row is a step, who does it, and when it was done."""
    shown = [say("✓ " if at else "○ ", STEPS[step] if at else bold(STEPS[step]), f": {at}" if at else f": {who}") for step, who, at in rows]
    left = next((row for row in rows if not row[2]), None)
    return Card(
        title=say("Rehearsal: who presses what"), report=report, state="rehearsal", lines=tuple(shown),
        next=say(STEPS[left[0]]) if left else say("Done. Thank you"),
        next_by=say(over) if over or not left else _how(left[0], left[1], until),
    )


def _how(step: str, who: str, until: str) -> Text:
    typed = say(", by the buttons above or ", code(f"/vdp {_TYPED[step]}")) if step in _TYPED else say("")
    return say(who, typed, f". It ends by itself {until}")


def begun(report: str, until: datetime, zone: tzinfo) -> Text:
    """A rehearsal began."""
    return say("The test report ", bold(report), " came in through the real key; its channel says who presses what. "
               f"It goes away when done, or by {clock_time(until, zone)}; ",
               code("/vdp program rehearse stop"), " ends it sooner.")


def runs(report: str) -> Text:
    """A rehearsal runs already."""
    return say("A rehearsal runs already: ", bold(report), ". ", code("/vdp program rehearse stop"), " ends it.")


def clearing() -> Text:
    """The last rehearsal is not gone yet."""
    return say("The last rehearsal is being cleared away. Try again in a minute.")


def none_runs() -> Text:
    """There is no rehearsal to stop."""
    return say("No rehearsal runs. ", code("/vdp program rehearse"), " begins one.")


def stopped() -> Text:
    """A rehearsal was ended by hand."""
    return say("Ended. Its channel and what it held go away; no figure counts it.")


def finished(report: str, rows: Sequence[tuple[str, str]], channels: Sequence[str]) -> Text:
    """What whoever began it hears when everything was done."""
    missing = [say("Not reached: ", bold(", ".join(channels)), ". Make them, invite the bot, then rehearse again.")] if channels else []
    return lines([say("The rehearsal ", bold(report), " is done; its channel goes away."),
                  *(say(f"✓ {STEPS[step]}: {at}") for step, at in rows), *missing,
                  say("Next: ", code("/vdp go-live"), ".")])


def standing_channel() -> Text:
    """The test post in a standing channel."""
    return say("A test of this channel; it goes away by itself.")


def key_failed(word: str) -> Text:
    """The report of a rehearsal could not be opened."""
    return say(f"The programme key could not open the test report ({word}). Ask an operator to run ", code("doctor"),
               "; nothing began.")
