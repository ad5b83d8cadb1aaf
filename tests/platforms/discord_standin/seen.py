"""What a test sees of the stand-in: plain, typed values made from the JSON of the control surface."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


def _inside(components: tuple[Json, ...] | list[Json]) -> Iterator[Json]:
    for one in components:
        yield one
        yield from _inside(one.get("components") or [])
        if one.get("component"):
            yield from _inside([one["component"]])
        if one.get("accessory"):
            yield from _inside([one["accessory"]])


@dataclass(frozen=True, slots=True)
class Posted:
    """A message. `live` is what links, mentions, formats (as `kind:text`), embeds included; `content_live` without them.

    `pinged` names who was really notified: user ids, @role names, @everyone. `seen_by` is set for an ephemeral one.
    """

    channel: str
    id: str
    author: str
    by: str
    text: str
    embeds: tuple[Json, ...]
    components: tuple[Json, ...]
    files: tuple[Json, ...]
    flags: int
    edited: bool
    deleted: bool
    pinned: bool
    live: tuple[str, ...]
    content_live: tuple[str, ...]
    pinged: tuple[str, ...]
    history: tuple[str, ...]
    seen_by: str
    nonce: str
    reply_to: str
    raw: Json = field(default_factory=dict)

    @classmethod
    def of(cls, found: Json) -> Posted:
        """From the control surface's JSON."""
        return cls(
            found["channel"], found["id"], found["author"]["id"], found["by"], found["content"], tuple(found["embeds"]),
            tuple(found["components"]), tuple(found["attachments"]), found["flags"], found["edited_timestamp"] is not None,
            found["deleted"], found["pinned"], tuple(found["live"]), tuple(found["content_live"]), tuple(found["pinged"]),
            tuple(found["history"]), found["seen_by"], str(found.get("nonce", "")),
            str((found.get("message_reference") or {}).get("message_id", "")), found)

    @property
    def buttons(self) -> dict[str, str]:
        """Labels of the buttons that can be pressed, by custom_id."""
        return {one["custom_id"]: str(one.get("label") or "") for one in _inside(self.components)
                if one["type"] == 2 and "custom_id" in one and not one.get("disabled")}

    @property
    def words(self) -> str:
        """Everything that can be read: content, embeds, text displays, labels; a line each."""
        found = [self.text]
        for one in self.embeds:
            found += [str(one.get("title") or ""), str(one.get("description") or "")]
            found += [f"{each['name']}\n{each['value']}" for each in one.get("fields") or []]
            found += [str((one.get(part) or {}).get(name) or "") for part, name in (("author", "name"), ("footer", "text"))]
        found += [str(one.get("content") or one.get("label") or "") for one in _inside(self.components)]
        return "\n".join(one for one in found if one)


@dataclass(frozen=True, slots=True)
class Room:
    """A channel, category (kind category), thread (public_thread, private_thread) or dm.

    `seen_by` and `writable_by` are names of people; `members` those of a thread; overwrites are {id, type, name, allow, deny}.
    """

    id: str
    kind: str
    name: str
    topic: str
    parent: str
    parent_id: str
    position: int
    deleted: bool
    archived: bool
    locked: bool
    invitable: bool
    members: tuple[str, ...]
    seen_by: tuple[str, ...]
    writable_by: tuple[str, ...]
    overwrites: tuple[Json, ...]

    @classmethod
    def of(cls, found: Json) -> Room:
        """From the control surface's JSON."""
        lists = {name: tuple(found[name]) for name in ("members", "seen_by", "writable_by", "overwrites")}
        return cls(**{**found, **lists})


@dataclass(frozen=True, slots=True)
class Shown:
    """A modal that is shown to somebody; `fields` are the custom_ids of its inputs."""

    id: str
    custom_id: str
    title: str
    components: tuple[Json, ...]
    fields: tuple[str, ...]
    open: bool
    raw: Json

    @classmethod
    def of(cls, found: Json) -> Shown:
        """From the control surface's JSON."""
        return cls(found["id"], found["custom_id"], found["title"], tuple(found["components"]), tuple(found["fields"]),
                   found["open"], found)

    @property
    def labels(self) -> dict[str, str]:
        """The label above each input, by custom_id."""
        found = {}
        for one in self.components:
            inner = one.get("component") or (one.get("components") or [None])[0]
            if inner and "custom_id" in inner:
                found[inner["custom_id"]] = str(one.get("label") or inner.get("label") or "")
        return found

    def input(self, custom_id: str) -> Json:
        """One input component; LookupError for none."""
        for one in _inside(self.components):
            if one.get("custom_id") == custom_id:
                return one
        raise LookupError(f"no such input: {custom_id}")


@dataclass(frozen=True, slots=True)
class Answered:
    """What a person sees after a command, a press, or a form.

    kind: whisper (only they see it), message, modal, updated (the message they pressed on changed), nothing (quietly
    acknowledged, or deleted), deferred (it still says that the app is thinking), choices, error. `refusals` are what the API
    refused of the bot's first answers; `first` is the raw kind of the first answer; `ms` the real time until it came.
    """

    kind: str
    error: str
    text: str
    message: Posted | None
    modal: Shown | None
    choices: tuple[Json, ...]
    ms: float | None
    first: str
    refusals: tuple[str, ...]
    id: str
    messages: tuple[Posted, ...] = ()

    @classmethod
    def of(cls, found: Json) -> Answered:
        """From the control surface's JSON."""
        message = Posted.of(found["message"]) if found["message"] else None
        return cls(found["kind"], found["error"], message.text if message else "", message,
                   Shown.of(found["modal"]) if found["modal"] else None, tuple(found["choices"]), found["ms"], found["first"],
                   tuple(found["refusals"]), found["id"], tuple(Posted.of(one) for one in found.get("messages", ())))


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `at` is seconds on the clock of the limits; `early` says that a told wait was not kept."""

    route: str
    method: str
    path: str
    params: dict[str, str]
    body: Json
    files: tuple[str, ...]
    at: float
    early: bool
    status: int
    answer: Any
    fault: str
    scope: str
    reason: str

    @classmethod
    def of(cls, found: Json) -> Call:
        """From the control surface's JSON."""
        return cls(**{**found, "files": tuple(found["files"])})

    @property
    def code(self) -> int:
        """Discord's own error code, 0 when it went well."""
        return int(self.answer.get("code", 0)) if isinstance(self.answer, dict) and self.status >= 400 else 0

    @property
    def invalid(self) -> bool:
        """Whether Discord counts it towards its 10,000 invalid requests."""
        return self.status in {401, 403} or (self.status == 429 and self.scope != "shared")


@dataclass(frozen=True, slots=True)
class Told:
    """An event for the bot. `state` is told, kept (for a resumed session), held, lost, or unheard (not for the bot)."""

    id: int
    kind: str
    data: Json
    state: str
    to: tuple[str, ...]

    @classmethod
    def of(cls, found: Json) -> Told:
        """From the control surface's JSON."""
        return cls(**{**found, "to": tuple(found["to"])})
