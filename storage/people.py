"""Questions about people: who is this account, what may they do, where can they be reached.

A person and their accounts are kept apart, so that one person may have several. Accounts and names are sealed under the
person's own key; the blind index finds them.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import col, select

from config.policy.states import Discipline, Role
from storage.models import Grant, Identity, Member, Person

if TYPE_CHECKING:
    from storage.database import Work
    from storage.vault import Box, Vault

_FIRST = ("quiet", "amber", "north", "silver", "calm", "early", "distant", "bright", "steady", "slow", "tall", "open",
          "clear", "still", "late", "warm", "pale", "swift", "green", "gentle", "keen", "plain", "high", "deep")
_SECOND = ("heron", "ferry", "pier", "tide", "lantern", "gull", "buoy", "anchor", "reef", "sail", "harbour", "current",
           "shore", "island", "bell", "rope", "oar", "keel", "wave", "tern", "dune", "strait", "quay", "cape")


def new_id(prefix: str) -> str:
    """Return a random row id."""
    return f"{prefix}-{secrets.token_hex(8)}"


@dataclass(frozen=True, slots=True)
class Account:
    """Where somebody can be reached: platform, account and the name they show there."""

    platform: str
    account: str
    name: str
    reachable: bool


class People:
    """The questions, inside one transaction. `vault` is set once by whoever opened the work."""

    def __init__(self, work: Work) -> None:
        """`work` is the transaction."""
        self.work = work

    @staticmethod
    def box(vault: Vault, person: Person) -> Box:
        """Return the opened box of a person."""
        return vault.unlock(f"person|{person.id}", person.key)

    async def get(self, person: str) -> Person | None:
        """Return the person with that id."""
        return await self.work.session.get(Person, person)

    async def who(self, vault: Vault, platform: str, account: str) -> Person | None:
        """Return the person behind an account."""
        found = await self.work.session.execute(
            select(Person).join(Identity, col(Identity.person_id) == col(Person.id)).where(
                Identity.platform == platform, Identity.handle == vault.blind("account", f"{platform}|{account}"))
        )
        return found.scalars().first()

    async def meet(self, vault: Vault, platform: str, account: str, name: str) -> Person:
        """Return the person behind an account, made with two neutral words as pseudonym when they are new."""
        person = await self.who(vault, platform, account)
        if person is not None:
            return person
        person = Person(id=new_id("p"), created_at=self.work.now)
        person.key, box = vault.new_key(f"person|{person.id}")
        pseudonym = f"{secrets.choice(_FIRST)}-{secrets.choice(_SECOND)}"
        person.pseudonym = box.seal("person", "pseudonym", person.id, pseudonym)
        self.work.session.add(person)
        await self.work.session.flush()
        await self.attach(vault, person, platform, account, name)
        return person

    async def attach(self, vault: Vault, person: Person, platform: str, account: str, name: str) -> Identity:
        """Give a person one more account."""
        box = self.box(vault, person)
        identity = new_id("i")
        row = Identity(
            id=identity, person_id=person.id, platform=platform,
            handle=vault.blind("account", f"{platform}|{account}"),
            account=box.seal("identity", "account", identity, account),
        )
        row.name = box.seal("identity", "name", row.id, name)
        self.work.session.add(row)
        await self.work.session.flush()
        return row

    async def move(self, vault: Vault, person: Person, to: str) -> None:
        """Give a person's accounts to somebody else, sealed anew under that person's key."""
        target = await self.get(to)
        if target is None:
            raise LookupError("no such person")
        old, new = self.box(vault, person), self.box(vault, target)
        found = await self.work.session.execute(select(Identity).where(Identity.person_id == person.id))
        for row in found.scalars():
            row.account = new.seal("identity", "account", row.id,
                                   old.open("identity", "account", row.id, row.account))
            if row.name is not None:
                row.name = new.seal("identity", "name", row.id, old.open("identity", "name", row.id, row.name))
            row.person_id = to
        await self.work.session.flush()

    def pseudonym(self, vault: Vault, person: Person) -> str:
        """Return the two words by which a reporter is known, or a neutral word when they are forgotten."""
        if person.pseudonym is None or person.key is None:
            return "a researcher"
        return self.box(vault, person).open_text("person", "pseudonym", person.id, person.pseudonym)

    async def account(self, vault: Vault, person: str, platform: str) -> Account | None:
        """Return somebody's account on a platform."""
        found = await self.work.session.execute(
            select(Identity, Person).join(Person, col(Person.id) == col(Identity.person_id)).where(
                Identity.person_id == person, Identity.platform == platform)
        )
        row = found.first()
        if row is None or row[1].key is None:
            return None
        identity, owner = row[0], row[1]
        box = self.box(vault, owner)
        name = box.open_text("identity", "name", identity.id, identity.name) if identity.name else ""
        return Account(platform, box.open_text("identity", "account", identity.id, identity.account), name,
                       identity.reachable)

    async def name(self, vault: Vault, person: str, platform: str) -> str:
        """Return the name that colleagues see for a member of staff."""
        if not person:
            return "nobody yet"
        found = await self.account(vault, person, platform)
        return found.name if found else "somebody"

    async def grants(self, person: str) -> tuple[frozenset[Role], frozenset[Discipline]]:
        """Return the roles and disciplines that were granted to a person."""
        found = (await self.work.session.execute(select(Grant).where(Grant.person_id == person))).scalars().all()
        return (
            frozenset(Role(one.role) for one in found),
            frozenset(Discipline(one.discipline) for one in found if one.discipline),
        )

    async def grant(self, person: str, role: Role, discipline: Discipline | None = None) -> bool:
        """Give a role; tell whether that was new."""
        word = discipline.value if discipline else ""
        found = await self.work.session.execute(
            select(Grant.id).where(Grant.person_id == person, Grant.role == role.value, Grant.discipline == word))
        if found.first() is not None:
            return False
        self.work.session.add(Grant(id=new_id("g"), person_id=person, role=role.value, discipline=word,
                                    granted_at=self.work.now))
        await self.work.session.flush()
        return True

    async def revoke(self, person: str, role: Role, discipline: Discipline | None = None) -> bool:
        """Take a role away; tell whether they held it."""
        word = discipline.value if discipline else ""
        found = (await self.work.session.execute(
            select(Grant).where(Grant.person_id == person, Grant.role == role.value, Grant.discipline == word))).scalars().first()
        if found is None:
            return False
        await self.work.session.delete(found)
        await self.work.session.flush()
        return True

    async def with_role(self, role: Role, discipline: Discipline | None = None) -> list[Person]:
        """Return who holds a role, those first who were put on a roster longest ago."""
        query = select(Person).join(Grant, col(Grant.person_id) == col(Person.id)).where(Grant.role == role.value)
        if discipline is not None:
            query = query.where(Grant.discipline == discipline.value)
        found = (await self.work.session.execute(query)).scalars().unique().all()
        return sorted(found, key=lambda p: (p.rotated_at is not None, p.rotated_at or p.created_at, p.id))

    async def staff(self) -> list[str]:
        """Return the ids of everybody who holds a role."""
        found = await self.work.session.execute(select(Grant.person_id).distinct())
        return sorted(person for (person,) in found)

    async def accounts(self, vault: Vault, people: Iterable[str], platform: str) -> tuple[str, ...]:
        """Return the accounts of several people on a platform, without those who have none there."""
        found = [await self.account(vault, person, platform) for person in people]
        return tuple(one.account for one in found if one is not None)

    async def roster(self, report: str) -> list[Member]:
        """Return who is on a report."""
        found = await self.work.session.execute(
            select(Member).where(Member.report_id == report).order_by(col(Member.added_at), col(Member.part)))
        return list(found.scalars())
