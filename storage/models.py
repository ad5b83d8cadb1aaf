"""The tables. Rows are the domain objects; what is sensitive stands only in sealed columns.

Decides what is remembered and what is sealed under which key: a report's columns under the report's data key, a
person's under the person's, rows without an owner under the common box. Leaves sealing to `vault.py`, questions to
`reports.py` and `people.py`, and the audit trail to `ledger.py`. Row ids are made by us before the insert, because the
seal binds them.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.sealed import SealedColumn
from storage.vault import Sealed

UNSENT = "unsent"  # of a delivery and of its passage: we took it back
HELD = "held"  # of a delivery that was refused and keeps what is behind it in its lane waiting


def _sealed() -> Column[Sealed | None]:
    return Column(SealedColumn(), nullable=True)


class Person(SQLModel, table=True):
    """Somebody, on whatever platform. `key` is their wrapped data key; without it their columns say nothing."""

    __tablename__ = "person"

    id: str = Field(primary_key=True)
    key: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    pseudonym: Sealed | None = Field(default=None, sa_column=_sealed())
    created_at: datetime
    away_until: datetime | None = None
    cover_id: str = ""  # who acts for them while they are away
    report_key: Sealed | None = Field(default=None, sa_column=_sealed())  # the researcher's own public key
    rotated_at: datetime | None = None  # when they were last put on a roster
    joined_to: str = Field(default="", index=True)  # the person whose accounts this one's are among
    circle: str = ""  # people who were ever joined share one: they never sign as two


class Identity(SQLModel, table=True):
    """A person's account on one platform. `handle` is a blind index; the account itself is sealed."""

    __tablename__ = "identity"
    __table_args__ = (UniqueConstraint("platform", "handle"),)

    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    platform: str
    handle: str
    account: Sealed = Field(sa_column=_sealed())
    name: Sealed | None = Field(default=None, sa_column=_sealed())
    reachable: bool = True
    seen_at: datetime | None = None  # when they were last heard here, to the hour
    conversation: Sealed | None = Field(default=None, sa_column=_sealed())


class Grant(SQLModel, table=True):
    """One role of one person, the same on every platform. `discipline` is security or ml for a triager."""

    __tablename__ = "role_grant"
    __table_args__ = (UniqueConstraint("person_id", "role", "discipline"),)

    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    role: str
    discipline: str = ""
    granted_at: datetime


class Report(SQLModel, table=True):
    """One report. `next_due_at` is recomputed from the ledger whenever the report changes."""

    __tablename__ = "report"
    __table_args__ = (
        Index("report_due", "next_due_at", sqlite_where=text("next_due_at IS NOT NULL"),
              postgresql_where=text("next_due_at IS NOT NULL")),
        Index("report_open", "state", "level"),
        Index("report_rehearsal", "id", sqlite_where=text("rehearsal IS 1"), postgresql_where=text("rehearsal IS true")),
    )

    id: str = Field(primary_key=True)  # AIV-K7Q3M
    key: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    person_id: str = Field(foreign_key="person.id", index=True)
    platform: str  # where the reporter is
    triage_platform: str
    channel: str
    mode: str
    state: str = Field(index=True)
    asked_in: str = ""  # where NEEDS_INFO returns to
    level: str = ""
    category: str = ""
    category_claimed: str = ""
    verdict: str = ""
    assignee_id: str = ""
    owner_id: str = ""
    received_at: datetime  # the platform's time of the message
    opened_at: datetime  # when it was handled
    next_due_at: datetime | None = None
    due_on: datetime | None = None  # the date that the owner promised
    program_version: str
    policy_version: str
    sha256: str  # of what arrived
    receipt: str = ""  # keyed hash of the receipt code
    title: Sealed | None = Field(default=None, sa_column=_sealed())
    summary: Sealed | None = Field(default=None, sa_column=_sealed())
    facts: Sealed | None = Field(default=None, sa_column=_sealed())  # JSON of the intake fields
    claimed_k: int = -1
    claimed_n: int = -1
    ours_k: int = -1
    ours_n: int = -1
    after_k: int = -1
    after_n: int = -1
    clear_confirmed: bool = False  # a triager confirmed that replies go in clear
    harm: bool = True  # text is folded unless somebody says that it does no harm
    credit: str = ""  # "", "asked", "name", "none"
    credit_name: Sealed | None = Field(default=None, sa_column=_sealed())
    credit_link: Sealed | None = Field(default=None, sa_column=_sealed())  # beside the name, https only
    embargo: str = "none"
    embargo_end: datetime | None = None
    flags: str = ""  # the letters of domain section 1 that are set
    agreed_reporter_at: datetime | None = None
    agreed_staff_at: datetime | None = None
    published_at: datetime | None = None
    closed_at: datetime | None = None
    archived_at: datetime | None = None  # when its channel was closed
    duplicate_of: str = ""
    vector: str = ""  # of the standing score; without one the level was set by hand
    score: str = ""  # a decimal, such as 5.2
    rubric: str = ""  # version with which it was scored
    provisional: bool = False  # the score rests on the researcher's trials, or on none
    budget: str = ""  # attempts that an attacker may make unnoticed, by the rubric's name
    cvss: str = ""  # a CVSS v4 vector, when a triager gave one
    planned: int = 0  # attempts of the verification that goes on, fixed before its start
    cause: str = ""  # the primary root cause
    component: Sealed | None = Field(default=None, sa_column=_sealed())
    signature: str = Field(default="", index=True)  # keyed digest of cause, category and component
    recurs_of: str = ""
    follow_up_on: datetime | None = None  # when a cause that is not known yet is looked at again
    sketch: Sealed | None = Field(default=None, sa_column=_sealed())  # of its text, to find similar ones; under the common box
    facts_asked_at: datetime | None = None  # when the researcher was asked for missing facts, once
    rehearsal: bool = False  # a test of the programme itself: in no figure, and gone afterwards
    card_version: int = 0
    status_version: int = 0


class Member(SQLModel, table=True):
    """Somebody on the roster of a report; `part` is security, ml, lead, owner or reader."""

    __tablename__ = "member"
    __table_args__ = (UniqueConstraint("report_id", "person_id", "part"),)

    id: str = Field(primary_key=True)
    report_id: str = Field(foreign_key="report.id", index=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    part: str
    added_at: datetime


class Passage(SQLModel, table=True):
    """Text of a report, either way: the report itself, relayed words, notes. Sealed under the report's key."""

    __tablename__ = "passage"

    id: str = Field(primary_key=True)
    report_id: str = Field(foreign_key="report.id", index=True)
    number: int
    kind: str  # report, in, reply, ask, note, update, event
    person_id: str = ""
    at: datetime
    body: Sealed | None = Field(default=None, sa_column=_sealed())
    delivery: str = ""  # key of the effect that carries it to the other side
    shown: str = ""  # name of the card that shows it on ours
    event: str = ""  # the platform's id of what brought it, by which an answer to it finds its report
    erased_at: datetime | None = None
    changed: str = ""  # edited or deleted, by its writer where they wrote it; unsent; undone with its step


class Attachment(SQLModel, table=True):
    """Ciphertext or a file exactly as received. The blob's own key is sealed under the report's."""

    __tablename__ = "attachment"

    id: str = Field(primary_key=True)
    report_id: str = Field(foreign_key="report.id", index=True)
    passage_id: str = ""
    kind: str  # original, file
    blob: str
    blob_key: Sealed | None = Field(default=None, sa_column=_sealed())
    name: Sealed | None = Field(default=None, sa_column=_sealed())
    size: int
    sha256: str
    at: datetime


class Waiting(SQLModel, table=True):
    """What a person sent that is no report yet: a part of a split block, or clear text awaiting their choice.

    Each row has a data key of its own, so that throwing it away is destroying the key.
    """

    __tablename__ = "waiting"

    id: str = Field(primary_key=True)
    conversation: str = Field(index=True)
    person_id: str = Field(foreign_key="person.id")
    kind: str  # part, clear, choice
    key: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    number: int
    form: str = "typed"  # typed or file
    body: Sealed | None = Field(default=None, sa_column=_sealed())
    name: Sealed | None = Field(default=None, sa_column=_sealed())
    at: datetime
    expires_at: datetime = Field(index=True)
    told: bool = False
    platform: str = ""


class Draft(SQLModel, table=True):
    """The first pages of a form that a platform shows in several; each under a data key of its own."""

    __tablename__ = "draft"

    id: str = Field(primary_key=True)
    handle: str  # blind index of the account that fills it in: only that one may go on
    key: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    line: Sealed | None = Field(default=None, sa_column=_sealed())  # the form's own line
    pages: Sealed | None = Field(default=None, sa_column=_sealed())  # JSON: what was typed on each page, what is wrong
    at: datetime
    expires_at: datetime = Field(index=True)


class LinkCode(SQLModel, table=True):
    """A code that joins the account on which it is typed to a person, once. `id` is its keyed hash."""

    __tablename__ = "link_code"

    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    identity_id: str  # the account that asked for it
    expires_at: datetime = Field(index=True)


class Joining(SQLModel, table=True):
    """Two people who turned out to be one: what the one brought who is now part of the other, so that it can be undone."""

    __tablename__ = "joining"

    id: str = Field(primary_key=True)
    kept_id: str = Field(foreign_key="person.id", index=True)
    part_id: str = Field(foreign_key="person.id", index=True)
    at: datetime
    brought: str = "{}"  # JSON: ids of rows by table
    undone_at: datetime | None = None


class Conversation(SQLModel, table=True):
    """How far a conversation is handled. `id` is a keyed hash of platform and conversation."""

    __tablename__ = "conversation"

    id: str = Field(primary_key=True)
    person_id: str = ""
    last_event: str = ""
    last_at: datetime | None = None
    greeted_at: datetime | None = None
    recent: str = ""  # instants of the last messages, for the flood limit
    slowed_at: datetime | None = None
    asked_report: str = ""  # the report that our last question was about
    asked_at: datetime | None = None
    test_at: datetime | None = None


class Entry(SQLModel, table=True):
    """One line of the ledger: ids, digests and words of ours only, chained by hash. Never changed."""

    __tablename__ = "entry"
    __table_args__ = (Index("entry_report", "report_id", "number"), Index("entry_at", "kind", "at"))

    number: int = Field(primary_key=True)
    previous: str = Field(unique=True)
    digest: str
    at: datetime  # when it happened; for a message the platform's time
    written_at: datetime
    kind: str
    report_id: str = ""
    person_id: str = ""
    key: str | None = Field(default=None, unique=True)  # what may happen only once, such as a mark
    data: str = "{}"  # JSON


class Delivery(SQLModel, table=True):
    """What became of an effect or a card. `ref` is the platform's reference, sealed under the common box."""

    __tablename__ = "delivery"
    __table_args__ = (Index("delivery_open", "state"),)

    key: str = Field(primary_key=True)
    kind: str
    report_id: str = Field(default="", index=True)
    lane: str
    state: str  # queued, done, refused, held, unsent
    version: int = 0  # newest version of a card that was shown
    ref: Sealed | None = Field(default=None, sa_column=_sealed())
    reason: str = ""
    revived: int = 0
    at: datetime
    done_at: datetime | None = None


class Decision(SQLModel, table=True):
    """What an event led to: written with its changes, so that the same event is never decided twice.

    `event` is the id of its record in the durable engine, `record` the answer and the effects, sealed as a record. The row
    goes once the engine's own record has ended.
    """

    __tablename__ = "decision"

    event: str = Field(primary_key=True)
    record: str


class Lane(SQLModel, table=True):
    """The last sequence number that was given in a lane."""

    __tablename__ = "lane"

    name: str = Field(primary_key=True)
    sequence: int = 0


class Proposal(SQLModel, table=True):
    """A first signature that waits for a second one."""

    __tablename__ = "proposal"

    id: str = Field(primary_key=True)
    report_id: str = Field(foreign_key="report.id", index=True)
    act: str  # the command's name
    line: Sealed = Field(sa_column=_sealed())  # the command line that was proposed
    digest: str  # of the line, to recognise the same act repeated
    person_id: str
    needs: str  # who may agree, as a word for people: "a triager for ml"
    at: datetime
    lapses_at: datetime
    state: str = "open"  # open, agreed, withdrawn, lapsed


class Step(SQLModel, table=True):
    """What a report was before somebody's step, so that they may take it back within minutes."""

    __tablename__ = "step"

    id: str = Field(primary_key=True)
    report_id: str = Field(foreign_key="report.id", index=True)
    person_id: str
    act: str  # the command's name
    at: datetime
    first: int  # number of the first ledger entry of the step
    last: int  # and of the last one
    before: Sealed | None = Field(default=None, sa_column=_sealed())  # JSON: the report's columns, under its key
    undone_at: datetime | None = None


class Ping(SQLModel, table=True):
    """One ping of one person, or what was collected for their next list."""

    __tablename__ = "ping"
    __table_args__ = (
        Index("ping_person", "person_id", "due_at"),
        Index("ping_due", "kind", "due_at", sqlite_where=text("sent_at IS NULL"), postgresql_where=text("sent_at IS NULL")),
    )

    id: str = Field(primary_key=True)
    person_id: str
    report_id: str = ""
    kind: str  # now, list, weekend
    what: str  # machine word of the event
    data: str = "{}"
    counts: bool = True  # false for exploited: it never counts
    due_at: datetime
    sent_at: datetime | None = None


class Setting(SQLModel, table=True):
    """A small fact of the installation: the canary, the programme's sealed keys, the last tick."""

    __tablename__ = "setting"

    name: str = Field(primary_key=True)
    value: str = ""
    secret: Sealed | None = Field(default=None, sa_column=_sealed())
