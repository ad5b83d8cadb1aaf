"""What is said about requests for one's own data: to the researcher, and to whoever answers them. Decides words only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo

from commands.text import Text, Words, bold, code, lines, say
from commands.times import clock_time, count, day
from commands.wording.common import platform_word

KINDS: dict[str, str] = {
    "export": "Ask for a copy", "forget": "Ask to be forgotten", "withdraw": "Take the request back",
}
_ASKS = {"export": "asks for a copy of their data", "forget": "asks to be forgotten"}
_ASKED = {"export": "asked for a copy of your data", "forget": "asked to be forgotten"}
TAKE_BACK = "Take it back"
SURE = "Yes, forget me"
SEND_HERE = "Send it here"
SHOW = "Requests about data"
PREPARE = "Prepare the copy"
DO_FORGET = "Forget them"
SURE_FORGET = "Their accounts, names and words are erased for good."
FILE = "your-data.json"
ABOUT = "What this programme holds about you. Times are UTC. Whoever has this file can read it."
LEFT_OUT = (
    "notes and names of the team", "what concerns other people", "the content of files you sent, which are listed",
    "the record of who did what when: ids and dates, no words",
)
DESTROYED = "Destroyed when its time was over."
ERASED = "(erased)"
IN_A_FILE = "(long, in a file beside this one)"


# -- to the researcher -------------------------------------------------------------------------------------------

def nothing_held() -> Text:
    """The bot knows nothing of whoever asks."""
    return say("We hold nothing about this account. Ask from the one you reported with.")


def choices(pending: Sequence[tuple[str, datetime]], zone: tzinfo) -> Text:
    """What can be asked for."""
    if pending:
        return lines([say(f"You {_ASKED[kind]}. You have our answer by {day(due, zone)}.") for kind, due in pending]
                     + [say("Send ", code("me withdraw"), " to take it back.")])
    return say("Send ", code("me export"), " for a copy of what we hold about you, or ", code("me forget"),
               " to be forgotten. A person answers within a month.")


def asked(kind: str, due: datetime, zone: tzinfo) -> Text:
    """A request was taken."""
    if kind == "export":
        return say(f"Noted. By {day(due, zone)} we tell you here that the copy is ready. It has your reports, the messages both ways, "
                   "the facts you gave, dates and how we thank you. Nothing is sent before you choose it.")
    return say(f"Noted. By {day(due, zone)} you are forgotten, and we tell you here. Until then you can take it back.")


def sure(due: datetime, zone: tzinfo, *, records: timedelta) -> Text:
    """What forgetting means, before it is asked for."""
    return lines([
        say(f"If you ask, by {day(due, zone)} we erase your accounts, pseudonym, name in our thanks and the texts of "
            "your reports. Undecided reports are withdrawn; work on accepted ones goes on as our own."),
        say(f"What stays: ids, dates and the record of steps, without words. Sealed records of work go within {records.days} days, "
            "backups when they run out. This chat is the platform's; delete it there."),
        say("Then we cannot reach you about your reports, and receipt codes stop working. Press the button if you want that."),
    ], "\n\n")


def asked_already(kind: str, due: datetime, zone: tzinfo) -> Text:
    """The same was asked before."""
    return say(f"You {_ASKED[kind]} already. You have our answer by {day(due, zone)}. Send ", code("me withdraw"), " to take it back.")


def withdrawn(kinds: Sequence[str]) -> Text:
    """A request was taken back."""
    if not kinds:
        return say("No request about your data is open. Send ", code("me"), " to see what you can ask.")
    return say("Taken back. Nothing was changed or sent.")


def has_roles() -> Text:
    """A colleague cannot be forgotten while they work here."""
    return say("You hold a role here. Ask an administrator to take it away, then send ", code("me forget"), " again.")


def ready(platform: str, due: datetime, zone: tzinfo) -> Text:
    """The copy can be sent."""
    return say(f"Your copy is ready. We have no key of yours: {platform_word(platform)} would hold the file and "
               f"could read it. If that is fine, press ", bold(SEND_HERE), f" by {day(due, zone)}. If not, name another "
               "way here.")


def on_its_way() -> Text:
    """The researcher chose to have it here."""
    return say("It comes in the next message.")


def here_it_is() -> Text:
    """Above the copy itself."""
    return say("Your data, as we hold it now. Save it; delete this message if it should not stay here.")


def sent_already() -> Text:
    """The copy went out before."""
    return say("We sent it already. Send ", code("me export"), " for a new one.")


def no_such_request_of_yours() -> Text:
    """A button of a request that is over."""
    return say("That request is closed. Send ", code("me"), " to see what you can ask.")


def forgotten(reports: Sequence[str], *, records: timedelta) -> Text:
    """The last words to somebody who is forgotten."""
    of = f" {', '.join(reports[:5])}{' and more' if len(reports) > 5 else ''}: ids and dates stay, no words." if reports else ""
    return say(f"You are forgotten. Your accounts, pseudonym, name in our thanks and texts are erased.{of} Sealed "
               f"records of work go within {records.days} days. If you write again, you are new to us. Thank you for what you did.")


def report_withdrawn(report: str, *, records: timedelta) -> Text:
    """A researcher took a report back; what is erased with it, and what goes later."""
    return say(bold(report), " is withdrawn. Its text and files are erased here and are being taken off the team's channel. Sealed "
               f"records of work go within {records.days} days. Thank you for telling us.")


# -- to whoever answers ------------------------------------------------------------------------------------------

def line(what: str, data: Mapping[str, str], due: str) -> str:
    """One line of a ping or a list."""
    asks = _ASKS.get(data.get("kind", ""), "asks something about their data")
    match what:
        case "data_request_new":
            return f"a researcher {asks}. Answer by {due}: /vdp program requests."
        case "data_request_soon":
            return f"a researcher {asks}, due {due}. Answer it this week: /vdp program requests."
        case _:
            return f"a researcher {asks}; our answer was due {due}. Answer it today: /vdp program requests."


def in_list(pending: Sequence[tuple[str, datetime]], zone: tzinfo) -> Text:
    """A line of the morning list."""
    return say(bold(f"{count(len(pending), 'request')} about personal data"),
               f": the first is due {day(min(due for _, due in pending), zone)}.")


def none_open() -> Text:
    """Nobody asked anything."""
    return say("No request about personal data is open.")


def listed(rows: Sequence[tuple[str, str, str, datetime, str]], zone: tzinfo) -> Text:
    """The open requests: id, kind, pseudonym, due, state."""
    found: list[Words] = [say(bold(f"{count(len(rows), 'request')} about personal data"))]
    for id, kind, name, due, state in rows:
        waits = " Offered; they choose." if state == "offered" else ""
        found.append(say(code(id), f": {name} {_ASKS[kind]}, due {clock_time(due, zone)}.{waits}"))
    return lines(found)


def no_such_request() -> Text:
    """Refuses an id that names no request."""
    return say("No request has that id. Copy one from ", code("/vdp program requests"), ".")


def not_your_own() -> Text:
    """Nobody answers their own request."""
    return say("This is your own request. Ask a colleague to answer it.")


def over_already(id: str, state: str) -> Text:
    """The request was answered or taken back."""
    return say(f"{id} is {'answered' if state == 'done' else 'taken back by the researcher'} already.")


def nothing_to_prepare(id: str) -> Text:
    """There is no copy to prepare for somebody who wants to be forgotten."""
    return say(f"{id} asks to be forgotten. Send ", code(f"/vdp program request {id} done"), " to forget them.")


def unreachable(id: str) -> Text:
    """Nobody can be told that the copy is ready."""
    return say("Their direct messages are closed, so we cannot offer the copy. If it reached them another way, send ",
               code(f"/vdp program request {id} done"), ".")


def offered(id: str, due: datetime, zone: tzinfo) -> Text:
    """The copy is ready and waits for the researcher's choice."""
    return say(f"Ready. They get it once they agree that the chat platform carries it. If they name another "
               f"way, use that by {day(due, zone)} and send ", code(f"/vdp program request {id} done"), ".")


def done_by_hand(id: str) -> Text:
    """The copy reached them another way."""
    return say(f"{id} is answered.")


def has_roles_staff() -> Text:
    """Somebody with a role is not forgotten."""
    return say("They hold a role here. Take it away first with ", code("/vdp program revoke"), ".")


def posted(*, goes_on: bool) -> Text:
    """Said in the channel of a report whose researcher is forgotten."""
    return say("The researcher is forgotten, their text erased. ",
               "Work goes on as our own." if goes_on else "Nothing is left to do.")


def forgot(id: str, *, accounts: int, reports: int, going_on: int) -> Text:
    """What was erased."""
    on = f" Work on {count(going_on, 'accepted report')} goes on as our own." if going_on else ""
    return say(f"{id} is done: {count(accounts, 'account')} and the texts of {count(reports, 'report')} are erased, credit is taken down. "
               f"Ids, dates and the ledger stay.{on}")
