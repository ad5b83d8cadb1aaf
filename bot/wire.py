"""Plain data at the engine's edge: dataclasses to what a record can hold, and back.

One adapter per thing that is stored; the closed unions carry a `kind`, so nothing is guessed when it is read again.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from bot.platforms.port import Done, Later, Refused, Unsure
from commands.calls import Incoming, Reply
from commands.effects import (
    CloseChannel,
    DirectMessage,
    Edit,
    Effect,
    Emitted,
    Erase,
    OpenChannel,
    Post,
    Refresh,
    ReopenChannel,
    SetMembers,
)
from commands.intake.kept import Kept

_INCOMING: TypeAdapter[Incoming] = TypeAdapter(Incoming)
_REPLY: TypeAdapter[Reply] = TypeAdapter(Reply)
_EFFECT: TypeAdapter[Effect] = TypeAdapter(
    Annotated[
        DirectMessage | OpenChannel | SetMembers | Post | Refresh | Edit | Erase | CloseChannel | ReopenChannel,
        Field(discriminator="kind"),
    ]
)
_OUTCOME: TypeAdapter[Done | Later | Unsure | Refused] = TypeAdapter(
    Annotated[Done | Later | Unsure | Refused, Field(discriminator="kind")]
)
_KEPT: TypeAdapter[tuple[Kept, ...]] = TypeAdapter(tuple[Kept, ...])


def pack_incoming(incoming: Incoming) -> dict[str, Any]:
    """Return what arrived as plain data."""
    return dict(_INCOMING.dump_python(incoming, mode="json"))


def unpack_incoming(data: dict[str, Any]) -> Incoming:
    """Return what arrived, from plain data."""
    return _INCOMING.validate_python(data)


def pack_reply(reply: Reply) -> dict[str, Any]:
    """Return an answer as plain data."""
    return dict(_REPLY.dump_python(reply, mode="json"))


def unpack_reply(data: dict[str, Any]) -> Reply:
    """Return an answer, from plain data."""
    return _REPLY.validate_python(data)


def pack_emitted(one: Emitted) -> dict[str, Any]:
    """Return an effect with its identity as plain data."""
    return {
        "key": one.key, "lane": one.lane, "sequence": one.sequence, "report": one.report,
        "effect": _EFFECT.dump_python(one.effect, mode="json"),
    }


def unpack_emitted(data: dict[str, Any]) -> Emitted:
    """Return an effect with its identity, from plain data."""
    return Emitted(key=data["key"], lane=data["lane"], sequence=data["sequence"], report=data["report"],
                   effect=_EFFECT.validate_python(data["effect"]))


def pack_outcome(outcome: Done | Later | Unsure | Refused) -> dict[str, Any]:
    """Return the outcome of a delivery as plain data."""
    return dict(_OUTCOME.dump_python(outcome, mode="json"))


def unpack_outcome(data: dict[str, Any]) -> Done | Later | Unsure | Refused:
    """Return the outcome of a delivery, from plain data."""
    return _OUTCOME.validate_python(data)


def pack_kept(kept: tuple[Kept, ...]) -> list[Any]:
    """Return fetched files as plain data: names of blobs and their keys, never bytes."""
    return list(_KEPT.dump_python(kept, mode="json"))


def unpack_kept(data: list[Any]) -> tuple[Kept, ...]:
    """Return fetched files, from plain data."""
    return _KEPT.validate_python(tuple(data))
