"""What outlives a call: the programme, the vault, the key's public side, the taxonomy, the commands.

Everything here is read-only for a handler; nothing here touches a platform, a file or the keyring.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from config import taxonomy
from config.taxonomy import Category

if TYPE_CHECKING:
    from commands.registry import Registry
    from config.program import Program
    from storage.vault import Vault


@dataclass(slots=True)
class ProgramKey:
    """The public side of the programme's current key: one object for the life of a process, so that a later end is seen by all.

    The only thing at the desk that changes, and only `bot/renewing.py` changes it.
    """

    fingerprint: str
    armored: str
    expires_at: datetime | None
    older: tuple[str, ...] = ()
    extendable: bool = False  # the bot holds the primary, so it can move the end by itself

    @property
    def grouped(self) -> str:
        """The fingerprint in groups of four."""
        return " ".join(self.fingerprint[i : i + 4] for i in range(0, len(self.fingerprint), 4))


@dataclass(frozen=True, slots=True)
class Desk:
    """The programme at work. Two questions here depend on nothing but it: which key, which commands."""

    program: Program
    vault: Vault
    key: ProgramKey
    registry: Registry
    policy: str  # the public policy, Markdown
    triage_platform: str = "local"
    demo: bool = False
    platforms: tuple[str, ...] = ("local",)  # those that are open
    intake: tuple[str, ...] = ("local",)  # those that take reports
    kit: bool = False  # somebody confirmed that they hold the recovery kit of this master key
    own_master_key: bool = True  # it is not the demo's


def categories() -> Mapping[str, Category]:
    """Return the categories of the taxonomy by id."""
    return taxonomy.current().categories


def category_choices(_desk: object) -> tuple[tuple[str, str], ...]:
    """Return what may be chosen as a category, as id and name."""
    return tuple((one.id, one.name) for one in categories().values())


def categories_like(words: str) -> tuple[tuple[str, str], ...]:
    """Return the categories that words mean, as id and name, the best first; all of them for no words."""
    found = taxonomy.current().find(words) if words.strip() else tuple(categories().values())
    return tuple((one.id, one.name) for one in found)
