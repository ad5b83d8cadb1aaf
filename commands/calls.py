"""One request and its answer, as data: Incoming, Caller, Call, Reply, Form, Problem.

Decides what a command handler gets in its hand and what it may give back. Leaves finding the command to
`registry.py`, reading a line to `parsing.py`, and running it to `dispatch.py`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from commands.effects import (
    CloseChannel,
    DirectMessage,
    Edit,
    Effect,
    Erase,
    OpenChannel,
    Post,
    Refresh,
    ReopenChannel,
    SetMembers,
)
from commands.text import Button, Card, Text, Words, say

if TYPE_CHECKING:
    from commands.desk import Desk
    from commands.intake.brought import Brought
    from config.policy.states import Discipline, Role
    from storage.database import Work
    from storage.models import Person, Report


ASKS = frozenset({"send_anyway"})  # codes of questions that take the place of the form that was sent: what was typed waits elsewhere


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file as the platform names it; the bytes are fetched by the engine, again after a crash."""

    id: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Incoming:
    """What arrived, as it can be stored and resumed: no open handles, text as typed.

    `event` is unique in its conversation. `line` holds a command line without the `/vdp`, or a pressed button's id. A notice is
    what the platform itself says, such as that somebody joined a channel: it acts like the clock.
    """

    platform: str
    event: str
    person: str
    name: str
    kind: Literal["message", "command", "press", "submit", "home", "complete", "notice", "clock"]
    place: Literal["dm", "channel", "clock"]
    conversation: str
    at: datetime
    text: str = ""
    text_blob: str = ""  # name of the blob that holds a text too long for a workflow record
    files: tuple[FileRef, ...] = ()
    line: str = ""
    values: tuple[tuple[str, str], ...] = ()  # a submitted form, in the order of its fields
    message: str = ""  # key of the message on which a button was pressed, or that is replied to
    edits: str = ""  # event of the message that this one replaces, or takes back when it is `gone`
    gone: bool = False
    replies: str = ""  # conversation and message, as the platform refers to them, that this one answers: `D1:1700.1`
    partial: bool = False  # a submit that holds the first inputs of its form only
    named: tuple[tuple[str, str], ...] = ()  # accounts that the line names, with their names, as the platform vouches
    apart: bool = False  # asked outside the person's own conversation: nobody knows whether they can be written to
    room: str = ""  # the platform's id of somebody's own conversation, where it cannot be asked for later


@dataclass(frozen=True, slots=True)
class Field:
    """One input of a form."""

    name: str
    label: str
    kind: Literal["text", "lines", "number", "choice", "many", "date", "file"] = "text"
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()  # value, label
    help: str = ""
    value: str = ""  # of several choices: their values with commas between them


@dataclass(frozen=True, slots=True)
class Form:
    """Inputs of one command; `id` is the command line so far, so nothing has to be remembered for it."""

    id: str
    title: str
    fields: tuple[Field, ...]
    about: str = ""  # one line below the title
    submit: str = "Send"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a panel; `mark` is drawn before it."""

    label: str
    text: str = ""
    mark: Literal["", "light", "ring", "check", "late", "key"] = ""
    detail: str = ""
    at: str = ""  # ISO instant that the page may count down to
    buttons: tuple[Button, ...] = ()
    k: int = -1  # successes and attempts, where the row shows a rate
    n: int = -1


@dataclass(frozen=True, slots=True)
class Panel:
    """What stands beside a conversation (Slack: App Home): sections of rows, what waits, and the next deadline."""

    sections: tuple[tuple[str, tuple[Row, ...]], ...] = ()
    waiting: tuple[tuple[str, str], ...] = ()  # conversation, words
    next_at: str = ""
    next_text: str = ""
    about: str = ""  # one line about the person
    demo: bool = False  # whether this is the demonstration, whose story a page may tell


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a completion: the word, what it does, and why not when it is not allowed now."""

    word: str
    text: str
    why_not: str = ""
    usage: str = ""
    meant: bool = False  # found by what was typed: a platform does not narrow it down again


@dataclass(frozen=True, slots=True)
class Reply:
    """The immediate, private answer to a command; not durable. `code` is `ok` or a Problem's code."""

    code: str = "ok"
    text: Text = field(default_factory=Text)
    card: Card | None = None
    form: Form | None = None
    errors: tuple[tuple[str, str], ...] = ()  # field, what is wrong: the form stays open
    panel: Panel | None = None
    choices: tuple[Choice, ...] = ()
    buttons: tuple[Button, ...] = ()


class Problem(Exception):  # noqa: N818  it is not an error of the programme: nothing was changed, here is what to do
    """A refusal that a person reads: a stable code and words that end with the next step."""

    def __init__(self, code: str, *words: Words, errors: Mapping[str, str] | None = None, audit: bool = False) -> None:
        """`errors` are per field; `audit` writes the refusal to the ledger."""
        super().__init__(code)
        self.code = code
        self.text = say(*words)
        self.errors = tuple((errors or {}).items())
        self.audit = audit
        self.report = ""  # the report that the audit names

    def reply(self) -> Reply:
        """Return the refusal as the answer to the caller."""
        return Reply(code=self.code, text=self.text, errors=self.errors)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a person with the roles granted to them, whatever the platform."""

    person: Person | None
    platform: str
    account: str
    name: str
    roles: frozenset[Role]
    disciplines: frozenset[Discipline] = frozenset()

    @property
    def id(self) -> str:
        """The person's id, or `clock`."""
        return self.person.id if self.person is not None else "clock"


class Call:
    """One request inside one transaction: what a handler reads, changes and emits through."""

    def __init__(
        self, *, work: Work, desk: Desk, incoming: Incoming, caller: Caller, report: Report | None = None
    ) -> None:
        """`desk` holds what outlives a call: the programme, the vault, the blobs."""
        self.work = work
        self.desk = desk
        self.program = desk.program
        self.incoming = incoming
        self.caller = caller
        self.report = report
        self.here: Report | None = None  # the report whose channel this is
        self.again: Callable[..., Awaitable[Reply]] | None = None  # runs another command line in this call, with values as of a form
        self.form_of: Callable[[str], Awaitable[Form]] | None = None  # the whole form of a line, if the caller may have it
        self.brought: Brought | None = None  # bytes that were fetched before the transaction
        self.emitted: list[tuple[str, str, Effect, str]] = []  # key, lane, effect, report
        self.writes = False  # whether this call may change something
        self.touched: dict[str, Report] = {}  # reports whose clocks and cards follow this call
        self.revived: list[tuple[str, int]] = []  # dead letters to try again, and for which time; 0 gives one up

    @property
    def now(self) -> datetime:
        """The instant of this transaction."""
        return self.work.now

    @property
    def at(self) -> datetime:
        """The platform's instant of what arrived: deadlines count from it, also after an outage."""
        return min(self.incoming.at, self.work.now)

    def emit(self, effect: Effect, key: str, *, report: str = "") -> None:
        """Have the engine perform `effect` once, under `key`, in the order of its lane, after this transaction."""
        self.emitted.append((key, lane_of(effect, self.desk.vault.blind), effect, report))


def lane_of(effect: Effect, blind: Callable[[str, str], str]) -> str:
    """Return the lane of an effect: one per channel (named by us) and one per person (hashed)."""
    match effect:
        case OpenChannel() | SetMembers() | Post() | CloseChannel() | ReopenChannel():
            return f"{effect.platform}/{effect.channel}"
        case DirectMessage():
            return f"{effect.platform}/dm/{blind('lane', effect.platform + '|' + effect.person)[:24]}"
        case Refresh() | Edit() | Erase():
            if effect.channel:
                return f"{effect.platform}/{effect.channel}"
            return f"{effect.platform}/dm/{blind('lane', effect.platform + '|' + effect.person)[:24]}"

