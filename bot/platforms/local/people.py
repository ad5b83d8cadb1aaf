"""Who lives in the local world: the people of the demonstration and the two public channels.

Decides the fixed list and who may see which channel at the start. What the bot lets anybody do is decided
by the grants in its own database; the roles here are only shown beside the names.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Inhabitant:
    """One person of the local world; the id is also the name they sign with."""

    id: str
    name: str
    roles: tuple[str, ...] = ()
    dms: bool = True  # whether the bot may write to them directly


def _one(name: str, *roles: str) -> Inhabitant:
    return Inhabitant(name, name, roles)


PEOPLE: tuple[Inhabitant, ...] = (
    _one("researcher", "researcher"),
    _one("researcher-2", "researcher"),
    _one("triager-sec", "triager", "security"),
    _one("triager-ml", "triager", "ml"),
    _one("owner", "owner"),
    _one("lead", "lead", "legal", "privacy"),
    _one("leadership", "leadership"),
    _one("admin", "admin"),
)

BOT = "bot"
"""Author of everything the bot says; nobody in the world can have this id."""


def direct(person: str) -> str:
    """Return the id of a person's direct conversation with the bot."""
    return f"dm-{person}"


def first_channels(people: tuple[Inhabitant, ...]) -> tuple[tuple[str, bool, tuple[str, ...]], ...]:
    """Return the channels that are there from the start: id, whether private, and its members."""
    leaders = tuple(one.id for one in people if {"leadership", "lead"} & set(one.roles))
    return (("hall-of-fame", False, tuple(one.id for one in people)), ("leadership", True, leaders))
