"""Questions about people: who is this account, what may they do, where can they be reached.

A person and their accounts are kept apart, so that one person may have several. Accounts and names are sealed under the
person's own key; the blind index finds them.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlmodel import col, select

from config.policy.states import Discipline, Role
from storage.models import Grant, Identity, Member, Person

if TYPE_CHECKING:
    from storage.database import Work
    from storage.vault import Box, Vault

PROGRAMME = "p-programme"  # the programme itself, where it reports something: a person without any account
_HEARD = timedelta(hours=1)
# PostgreSQL advisory lock of who holds which role. Whoever takes roles away has it alone, so that somebody is left; everybody else who
# writes shares it, so that nobody is put on a report while they leave. Locks are taken in one order, so nobody waits in a circle:
# this one first of all (`Dispatch.run`), then the rows of reports, then the chain of the ledger (`_CHAIN_LOCK`).
_ROLES_LOCK = 7_204_114
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
    id: str = ""  # of the identity


class People:
    """The questions, inside one transaction; what was answered once is remembered until it changes."""

    def __init__(self, work: Work) -> None:
        """`work` is the transaction."""
        self.work = work
        self._staff: list[tuple[Person, str, str]] | None = None  # who holds which role, for which craft
        self._accounts: dict[str, list[Account]] = {}  # by person, the best to reach first
        self._rosters: dict[str, list[Member]] = {}

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
        self._accounts.pop(person.id, None)
        return row

    def forget(self) -> None:
        """Look everything up anew: rows were moved from one person to another."""
        self._staff = None
        self._accounts.clear()
        self._rosters.clear()

    def pseudonym(self, vault: Vault, person: Person) -> str:
        """Return the two words by which a reporter is known, or a neutral word when they are forgotten."""
        if person.pseudonym is None or person.key is None:
            return "a researcher"
        return self.box(vault, person).open_text("person", "pseudonym", person.id, person.pseudonym)

    async def accounts_of(self, vault: Vault, person: str) -> list[Account]:
        """Return somebody's accounts on all platforms: first those that can be reached, of these the one last heard."""
        return (await self._known(vault, [person]))[0]

    async def account(self, vault: Vault, person: str, platform: str) -> Account | None:
        """Return somebody's account on a platform: of several the one that can be reached and was last heard."""
        return next((one for one in await self.accounts_of(vault, person) if one.platform == platform), None)

    async def reach(self, vault: Vault, person: str, first: str, *others: str) -> Account | None:
        """Return where somebody is told something: their account on the platform `first`, else on one of the others.

        An account that can be reached comes before one that cannot.
        """
        found = [one for platform in (first, *others) for one in await self.accounts_of(vault, person) if one.platform == platform]
        return next((one for one in found if one.reachable), found[0] if found else None)

    async def _known(self, vault: Vault, people: Sequence[str]) -> list[list[Account]]:
        """Return the accounts of several people; those of who became part of somebody are that person's."""
        new = [one for one in dict.fromkeys(people) if one not in self._accounts]
        if new:
            found = await self.work.session.execute(
                select(Identity, Person).join(Person, col(Person.id) == col(Identity.person_id)).where(
                    col(Identity.person_id).in_(new)).order_by(
                        col(Identity.reachable).desc(), col(Identity.seen_at).desc().nulls_last(), col(Identity.id))
            )
            self._accounts |= {one: [] for one in new}
            for identity, owner in found:
                if owner.key is not None:
                    box = self.box(vault, owner)
                    name = box.open_text("identity", "name", identity.id, identity.name) if identity.name else ""
                    account = box.open_text("identity", "account", identity.id, identity.account)
                    self._accounts[owner.id].append(Account(identity.platform, account, name, identity.reachable, identity.id))
            for one in [one for one in new if one and not self._accounts[one]]:
                person = await self.now(one)
                if person != one:
                    self._accounts[one] = (await self._known(vault, [person]))[0]
        return [self._accounts[one] for one in people]

    async def now(self, person: str) -> str:
        """Return who somebody is now: themselves, or the person whom they became part of."""
        found = await self.get(person)
        while found is not None and found.joined_to:
            person = found.joined_to
            found = await self.get(person)
        return person

    async def circle(self, person: str) -> frozenset[str]:
        """Return the ids of everybody who is or ever was joined with somebody: one human being, as far as is known."""
        found = await self.get(person)
        if found is None or not found.circle:
            return frozenset({person})
        rows = await self.work.session.execute(select(Person.id).where(Person.circle == found.circle))
        return frozenset(rows.scalars())

    async def reached(self, identity: str, *, yes: bool) -> bool:
        """Keep whether the direct messages of an account are open; tells whether that is news."""
        row = await self.work.session.get(Identity, identity)
        if row is None or row.reachable is yes:
            return False
        row.reachable = yes
        self._accounts.clear()
        return True

    async def unreachable(self, handle: str) -> bool:
        """Tell whether the direct messages of an account, by its blind index, are known to be closed."""
        found = await self.work.session.execute(select(Identity.id).where(
            Identity.handle == handle, col(Identity.reachable).is_(False)))
        return found.first() is not None

    async def heard(self, vault: Vault, platform: str, account: str, *, room: str = "", name: str = "") -> Identity | None:
        """Keep that somebody was heard on an account, to the hour, and where their own conversation is; return it.

        Who was only named in the settings has a `name` from then on.
        """
        found = await self.work.session.execute(select(Identity).where(
            Identity.platform == platform, Identity.handle == vault.blind("account", f"{platform}|{account}")))
        row = found.scalars().first()
        if row is not None and (row.seen_at is None or self.work.now - row.seen_at >= _HEARD):
            row.seen_at = self.work.now
            self._accounts.pop(row.person_id, None)
            if name and name != account:
                await self._keep_name(vault, row, name)
        if row is not None and room:
            await self._keep_room(vault, row, room)
        return row

    async def _keep_name(self, vault: Vault, row: Identity, name: str) -> None:
        owner = await self.get(row.person_id)
        if owner is None or owner.key is None or row.name is None:
            return
        box = self.box(vault, owner)
        account = box.open_text("identity", "account", row.id, row.account)
        if box.open_text("identity", "name", row.id, row.name) == account:
            row.name = box.seal("identity", "name", row.id, name)

    async def _keep_room(self, vault: Vault, row: Identity, room: str) -> None:
        owner = await self.get(row.person_id)
        if owner is None or owner.key is None:
            return
        box = self.box(vault, owner)
        if row.conversation is None or box.open_text("identity", "conversation", row.id, row.conversation) != room:
            row.conversation = box.seal("identity", "conversation", row.id, room)

    async def rooms(self, vault: Vault, platform: str) -> list[tuple[str, str]]:
        """Return the accounts of a platform whose own conversation is known, each with the platform's id of it."""
        found = await self.work.session.execute(
            select(Identity, Person).join(Person, col(Person.id) == col(Identity.person_id)).where(
                Identity.platform == platform, col(Identity.conversation).is_not(None)))
        rooms = []
        for row, owner in found:
            if owner.key is not None and row.conversation is not None:
                box = self.box(vault, owner)
                rooms.append((box.open_text("identity", "account", row.id, row.account),
                              box.open_text("identity", "conversation", row.id, row.conversation)))
        return rooms

    async def name(self, vault: Vault, person: str, platform: str) -> str:
        """Return the name that colleagues see for a member of staff, that of another platform where they have none here."""
        if not person:
            return "nobody yet"
        found = await self.account(vault, person, platform)
        if found is None and (await self.grants(await self.now(person)))[0]:
            found = next(iter(await self.accounts_of(vault, person)), None)
        return found.name if found else "somebody"

    async def grants(self, person: str) -> tuple[frozenset[Role], frozenset[Discipline]]:
        """Return the roles and disciplines that were granted to a person."""
        found = (await self.work.session.execute(select(Grant).where(Grant.person_id == person))).scalars().all()
        return (
            frozenset(Role(one.role) for one in found),
            frozenset(Discipline(one.discipline) for one in found if one.discipline),
        )

    async def locked(self) -> None:
        """Keep everybody else who writes away until the transaction ends, before roles are taken from somebody; look them up anew."""
        if self.work.postgres:
            await self.work.session.execute(text(f"SELECT pg_advisory_xact_lock({_ROLES_LOCK})"))
        self._staff = None

    async def unchanging(self) -> None:
        """Keep others from taking roles from anybody until the transaction ends."""
        if self.work.postgres:
            await self.work.session.execute(text(f"SELECT pg_advisory_xact_lock_shared({_ROLES_LOCK})"))
        self._staff = None

    async def grant(self, person: str, role: Role, discipline: Discipline | None = None) -> bool:
        """Give a role; tell whether that was new."""
        word = discipline.value if discipline else ""
        found = await self.work.session.execute(
            select(Grant.id).where(Grant.person_id == person, Grant.role == role.value, Grant.discipline == word))
        if found.first() is not None:
            return False
        self.work.session.add(Grant(id=new_id("g"), person_id=person, role=role.value, discipline=word,
                                    granted_at=self.work.now))
        self._staff = None
        return True

    async def revoke(self, person: str, role: Role, discipline: Discipline | None = None) -> bool:
        """Take a role away; tell whether they held it."""
        word = discipline.value if discipline else ""
        found = (await self.work.session.execute(
            select(Grant).where(Grant.person_id == person, Grant.role == role.value, Grant.discipline == word))).scalars().first()
        if found is None:
            return False
        await self.work.session.delete(found)
        self._staff = None
        return True

    async def with_role(self, role: Role, discipline: Discipline | None = None) -> list[Person]:
        """Return who holds a role, those first who were put on a roster longest ago."""
        found = {person.id: person for person, held, craft in await self._holders()
                 if held == role.value and discipline in (None, craft)}
        return sorted(found.values(), key=lambda p: (p.rotated_at is not None, p.rotated_at or p.created_at, p.id))

    async def staff(self) -> list[str]:
        """Return the ids of everybody who holds a role."""
        return sorted({person.id for person, _, _ in await self._holders()})

    async def _holders(self) -> list[tuple[Person, str, str]]:
        """Return everybody with each role they hold and its craft: a programme's people are few, and asked for often."""
        if self._staff is None:
            found = await self.work.session.execute(
                select(Person, Grant.role, Grant.discipline).join(Grant, col(Grant.person_id) == col(Person.id)))
            self._staff = [(person, role, craft) for person, role, craft in found]
        return self._staff

    async def accounts(self, vault: Vault, people: Iterable[str], platform: str) -> tuple[str, ...]:
        """Return every account that several people have on a platform; some have none there, some more than one."""
        return tuple(one.account for some in await self._known(vault, list(people)) for one in some if one.platform == platform)

    async def roster(self, report: str) -> list[Member]:
        """Return who is on a report, first who was there first."""
        if report not in self._rosters:
            found = await self.work.session.execute(select(Member).where(Member.report_id == report))
            self._rosters[report] = list(found.scalars())
        return sorted(self._rosters[report], key=lambda one: (one.added_at, one.part))

    async def join(self, report: str, person: str, part: str) -> bool:
        """Put somebody on a roster; tells whether that was new."""
        if any(one.person_id == person and one.part == part for one in await self.roster(report)):
            return False
        row = Member(id=new_id("r"), report_id=report, person_id=person, part=part, added_at=self.work.now)
        self.work.session.add(row)
        self._rosters[report].append(row)
        return True

    async def leave(self, report: str, person: str, part: str) -> None:
        """Take somebody off one part of a roster."""
        for row in await self.roster(report):
            if row.person_id == person and row.part == part:
                await self.work.session.delete(row)
                self._rosters[report].remove(row)
