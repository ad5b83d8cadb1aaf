"""Who may ask for what, where, and in which relation to a report.

It decides whether a caller passes a declared permission, and which reason is given; the grants themselves are
rows in the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from config.policy.states import Role


class Place(StrEnum):
    """Where a call comes from, or may come from."""

    DM = "dm"
    TRIAGE_CHANNEL = "triage_channel"
    PUBLIC = "public"
    LEADERSHIP = "leadership"
    ANYWHERE = "anywhere"


class Tie(StrEnum):
    """What binds a caller to the report in question."""

    REPORTER = "reporter"
    OWNER = "owner"
    ROSTER = "roster"
    NONE = "none"


class Denied(StrEnum):
    """Why a call is refused."""

    NOT_ALLOWED = "not_allowed"
    NO_SUCH_REPORT = (
        "no_such_report"  # also said for a report that exists but is none of the caller's business
    )
    WRONG_PLACE = "wrong_place"


@dataclass(frozen=True, slots=True)
class Allow:
    """A declared permission: any of these roles, in any of these places, with any of these ties."""

    role: Role | tuple[Role, ...]
    place: Place | tuple[Place, ...] = Place.ANYWHERE
    tie: Tie | tuple[Tie, ...] = Tie.NONE

    @property
    def roles(self) -> frozenset[Role]:
        """The roles that pass."""
        return frozenset((self.role,) if isinstance(self.role, Role) else self.role)

    @property
    def places(self) -> frozenset[Place]:
        """The places that pass; ANYWHERE stands for all of them."""
        return frozenset((self.place,) if isinstance(self.place, Place) else self.place)

    @property
    def ties(self) -> frozenset[Tie]:
        """The ties that pass; NONE among them means that no tie is needed."""
        return frozenset((self.tie,) if isinstance(self.tie, Tie) else self.tie)


@dataclass(frozen=True, slots=True)
class CallerFacts:
    """What is known about one call: the caller's roles, the place, and the ties to the report named.

    A person has at least the role reporter; the clock has the role clock alone.
    """

    roles: frozenset[Role]
    place: Place
    ties: frozenset[Tie] = frozenset()


def permits(allow: Allow, facts: CallerFacts) -> Denied | None:
    """None when the call is allowed, else the reason.

    The tie is looked at before the place, so that nobody learns from the place named that a report exists.
    """
    if not allow.roles & facts.roles:
        return Denied.NOT_ALLOWED
    if Tie.NONE not in allow.ties and not allow.ties & facts.ties:
        return Denied.NO_SUCH_REPORT
    if Place.ANYWHERE not in allow.places and facts.place not in allow.places:
        return Denied.WRONG_PLACE
    return None
