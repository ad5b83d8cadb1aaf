"""What a test sees of the stand-in: plain, typed values made from the JSON of the control surface."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Posted:
    """A message in a conversation. `live` holds what links, mentions or notifies in it."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: tuple[Json, ...] = ()
    files: tuple[Json, ...] = ()
    thread: str = ""
    subtype: str = ""
    by_app: bool = False
    edited: bool = False
    deleted: bool = False
    live: tuple[str, ...] = ()
    metadata: Json | None = None
    raw: Json = field(default_factory=dict)

    @classmethod
    def of(cls, found: Json) -> Posted:
        """From the control surface's JSON."""
        return cls(
            found["channel"], found["ts"], found["user"], found["text"], tuple(found.get("blocks") or ()),
            tuple(found.get("files") or ()), found.get("thread_ts", ""), found.get("subtype", ""),
            bool(found.get("bot_id")), "edited" in found, bool(found.get("deleted")), tuple(found.get("live") or ()),
            found.get("metadata"), found)


@dataclass(frozen=True, slots=True)
class Whispered:
    """A message that only one person sees. `via` is call, answer or response_url."""

    user: str
    channel: str
    ts: str
    text: str
    blocks: tuple[Json, ...]
    via: str
    gone: bool
    live: tuple[str, ...]

    @classmethod
    def of(cls, found: Json) -> Whispered:
        """From the control surface's JSON."""
        return cls(found["user"], found["channel"], found["ts"], found["text"], tuple(found["blocks"]), found["via"],
                   found["gone"], tuple(found["live"]))


@dataclass(frozen=True, slots=True)
class Room:
    """A conversation: kind is public, private or im; members are ids, in the order in which they came."""

    id: str
    name: str
    kind: str
    members: tuple[str, ...]
    archived: bool
    deleted: bool
    creator: str
    topic: str
    purpose: str
    pins: tuple[str, ...]
    bookmarks: tuple[Json, ...]

    @classmethod
    def of(cls, found: Json) -> Room:
        """From the control surface's JSON."""
        lists = {name: tuple(found[name]) for name in ("members", "pins", "bookmarks")}
        return cls(**{**found, **lists})


@dataclass(frozen=True, slots=True)
class Shown:
    """A view that is shown to somebody: a modal or a Home."""

    id: str
    type: str
    callback_id: str
    hash: str
    title: str
    blocks: tuple[Json, ...]
    private_metadata: str
    values: Json
    raw: Json

    @classmethod
    def of(cls, found: Json) -> Shown:
        """From a view object."""
        return cls(found["id"], found["type"], found["callback_id"], found["hash"], (found["title"] or {}).get("text", ""),
                   tuple(found["blocks"]), found["private_metadata"], found["state"]["values"], found)

    @property
    def fields(self) -> tuple[str, ...]:
        """The block ids of its input blocks."""
        return tuple(one["block_id"] for one in self.blocks if one["type"] == "input")


@dataclass(frozen=True, slots=True)
class Answered:
    """What a person sees after a command: kind is whisper, message, nothing or error.

    `error` is dispatch_failed, operation_timeout or why the answer could not be shown; `ms` the time until it came.
    """

    kind: str
    error: str
    text: str
    blocks: tuple[Json, ...]
    ts: str
    ms: float | None
    delivery: int

    @classmethod
    def of(cls, found: Json) -> Answered:
        """From the control surface's JSON."""
        return cls(found["kind"], found["error"], found.get("text", ""), tuple(found.get("blocks") or ()), found.get("ts", ""),
                   found["ms"], found["delivery"])


@dataclass(frozen=True, slots=True)
class Pressed:
    """What became of a click or a shortcut: no error when the app acknowledged it in time."""

    error: str
    ms: float | None
    delivery: int

    @classmethod
    def of(cls, found: Json) -> Pressed:
        """From the control surface's JSON."""
        return cls(found["error"], found["ms"], found["delivery"])


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of a form: kind is closed, errors, updated, pushed, cleared or trouble (with the reason)."""

    kind: str
    error: str
    errors: dict[str, str]
    view: Shown | None
    messages: tuple[str, ...]
    ms: float | None
    delivery: int

    @classmethod
    def of(cls, found: Json) -> Submitted:
        """From the control surface's JSON."""
        view = Shown.of(found["view"]) if found.get("view") else None
        return cls(found["kind"], found["error"], found.get("errors") or {}, view, tuple(found.get("messages") or ()),
                   found["ms"], found["delivery"])


@dataclass(frozen=True, slots=True)
class Call:
    """One API call. `at` is seconds on the clock of the limits; `early` says that a told wait was not kept."""

    method: str
    args: Json
    at: float
    early: bool
    status: int
    answer: Json
    fault: str

    @property
    def error(self) -> str:
        """Slack's code, or nothing when it went well."""
        return str(self.answer.get("error", ""))


@dataclass(frozen=True, slots=True)
class Told:
    """Something the app was told. `state` is waiting, acked, given_up or lost; `ms` the last acknowledgement's time."""

    id: int
    kind: str
    event: str
    event_id: str
    state: str
    payload: Json
    attempts: tuple[Json, ...]

    @classmethod
    def of(cls, found: Json) -> Told:
        """From the control surface's JSON."""
        return cls(**{**found, "attempts": tuple(found["attempts"])})

    @property
    def ms(self) -> float | None:
        """Milliseconds from sending to the acknowledgement, of the last attempt."""
        took: float | None = self.attempts[-1]["ms"] if self.attempts else None
        return took
