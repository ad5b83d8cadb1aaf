"""Two people who turned out to be one: their accounts, reports, roles and places on rosters become one person's, and back.

Decides what moves and what is written down so that it can be undone; rows of the ledger never change. Who may join whom, and
what is said about it, is decided in `commands/link.py`. Whoever was joined once shares a circle for good: as long as the bot
knows two accounts to be one human being, they never sign as two.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlalchemy import update
from sqlmodel import col, select

from config.policy.states import Discipline, Role
from storage.models import Grant, Identity, Joining, LinkCode, Member, Person, Ping, Report, Waiting
from storage.people import new_id

if TYPE_CHECKING:
    from storage.database import Work
    from storage.vault import Vault


class Joinings:
    """The acts, inside one transaction."""

    def __init__(self, work: Work, vault: Vault) -> None:
        """`work` is the transaction; accounts are sealed anew with `vault`."""
        self.work, self.vault = work, vault

    async def join(self, kept: Person, part: Person) -> Joining:
        """Make `part` a part of `kept`, and return what is needed to undo it."""
        session = self.work.session
        await self._locked(kept.id, part.id)
        circles = {one for one in (kept.circle, part.circle) if one}
        circle = kept.circle or part.circle or new_id("c")
        if circles:
            await session.execute(update(Person).where(col(Person.circle).in_(circles)).values(circle=circle))
        kept.circle = part.circle = circle
        part.joined_to = kept.id
        brought: dict[str, Any] = {
            "identities": await self._accounts(part, kept),
            "reports": await self._reports("person_id", part.id, kept.id),
            "owned": await self._reports("owner_id", part.id, kept.id),
            "assigned": await self._reports("assignee_id", part.id, kept.id),
            "grants": await self._grants(part.id, kept.id),
            "members": await self._members(part.id, kept.id),
        }
        await session.execute(update(Ping).where(col(Ping.person_id) == part.id).values(person_id=kept.id))
        await session.execute(update(Waiting).where(col(Waiting.person_id) == part.id).values(person_id=kept.id))
        for code in (await session.execute(select(LinkCode).where(col(LinkCode.person_id).in_((kept.id, part.id))))).scalars():
            await session.delete(code)
        if kept.report_key is None and part.report_key is not None:
            key = self.work.people.box(self.vault, part).open("person", "report_key", part.id, part.report_key)
            kept.report_key = self.work.people.box(self.vault, kept).seal("person", "report_key", kept.id, key)
        row = Joining(id=new_id("j"), kept_id=kept.id, part_id=part.id, at=self.work.now, brought=json.dumps(brought))
        session.add(row)
        await self._settled()
        return row

    async def of(self, identity: Identity) -> Joining | None:
        """Return the joining that brought an account to its person; for their first account the newest that they made."""
        same = await self.work.people.circle(identity.person_id)
        rows = list((await self.work.session.execute(select(Joining).where(
            col(Joining.undone_at).is_(None), col(Joining.kept_id).in_(same)).order_by(col(Joining.at).desc(), col(Joining.id)))).scalars())
        mine = [one for one in rows if identity.id in json.loads(one.brought)["identities"]]
        if mine:  # the innermost: the fewest accounts
            return min(mine, key=lambda one: len(json.loads(one.brought)["identities"]))
        return next((one for one in rows if one.kept_id == identity.person_id), None)

    async def undo(self, row: Joining, conversation: Callable[[str, str], str]) -> tuple[Person, Person, list[str]]:
        """Take two people apart again; return who stays, who goes, and the reports that concern either.

        `conversation` gives the keyed hash of somebody's own conversation on a platform. What was granted or taken since stays so.
        """
        people, session = self.work.people, self.work.session
        part = await people.get(row.part_id)
        kept = await people.get(await people.now(row.kept_id))
        if part is None or kept is None:
            raise LookupError("no such person")
        await self._locked(kept.id, part.id)
        brought = json.loads(row.brought)
        part.joined_to, row.undone_at = "", self.work.now
        await self._accounts(kept, part, only=set(brought["identities"]))
        moved = set(brought["reports"])
        for report in await self._since(kept.id, part.id, row):
            moved.add(report)
        for column, wanted in (("person_id", moved), ("owner_id", set(brought["owned"])), ("assignee_id", set(brought["assigned"]))):
            await self._reports(column, kept.id, part.id, only=wanted)
        await self._give_back(brought, kept.id, part.id)
        for account in await people.accounts_of(self.vault, part.id):
            await session.execute(update(Waiting).where(
                col(Waiting.person_id) == kept.id, col(Waiting.conversation) == conversation(account.platform, account.account)
            ).values(person_id=part.id))
        await self._settled()
        concerned = moved | set(brought["owned"]) | set(brought["assigned"]) | {report for report, _, _ in brought["members"]}
        return kept, part, sorted(concerned)

    # -- what moves --------------------------------------------------------------------------------------------

    async def _locked(self, *people: str) -> None:
        """Keep other processes away from these people until the transaction ends."""
        if self.work.postgres:
            await self.work.session.execute(
                select(Person.id).where(col(Person.id).in_(people)).order_by(col(Person.id)).with_for_update())

    async def _settled(self) -> None:
        await self.work.session.flush()
        self.work.people.forget()

    async def _accounts(self, old: Person, new: Person, *, only: set[str] | None = None) -> list[str]:
        """Give somebody's accounts, or some of them, to somebody else, sealed anew under that person's key."""
        before, after = self.work.people.box(self.vault, old), self.work.people.box(self.vault, new)
        moved = []
        rows = (await self.work.session.execute(select(Identity).where(Identity.person_id == old.id))).scalars()
        for row in [one for one in rows if only is None or one.id in only]:
            for column in ("account", "name", "conversation"):
                value = getattr(row, column)
                if value is not None:
                    setattr(row, column, after.seal("identity", column, row.id, before.open("identity", column, row.id, value)))
            row.person_id = new.id
            moved.append(row.id)
        await self.work.session.flush()
        self.work.people.forget()
        return moved

    async def _reports(self, column: str, old: str, new: str, *, only: set[str] | None = None) -> list[str]:
        field = getattr(Report, column)
        found = (await self.work.session.execute(select(Report.id).where(field == old).order_by(col(Report.id)))).scalars()
        wanted = [one for one in found if only is None or one in only]
        if wanted:
            await self.work.session.execute(update(Report).where(col(Report.id).in_(wanted)).values({column: new}))
        return wanted

    async def _grants(self, old: str, new: str) -> list[list[Any]]:
        """Move roles; what both held is noted as shared, so that each has it again afterwards."""
        people, moved = self.work.people, []
        for one in (await self.work.session.execute(select(Grant).where(Grant.person_id == old))).scalars().all():
            role, craft = Role(one.role), Discipline(one.discipline) if one.discipline else None
            await people.revoke(old, role, craft)
            await self.work.session.flush()
            moved.append([one.role, one.discipline, not await people.grant(new, role, craft)])
        return moved

    async def _members(self, old: str, new: str) -> list[list[Any]]:
        people, moved = self.work.people, []
        for one in (await self.work.session.execute(select(Member).where(Member.person_id == old))).scalars().all():
            report, part = one.report_id, one.part
            await people.leave(report, old, part)
            await self.work.session.flush()
            moved.append([report, part, not await people.join(report, new, part)])
        return moved

    async def _give_back(self, brought: dict[str, Any], kept: str, part: str) -> None:
        """Give roles and places on rosters back, as far as they were not taken away since."""
        people = self.work.people
        roles = {(one.role, one.discipline) for one in
                 (await self.work.session.execute(select(Grant).where(Grant.person_id == kept))).scalars()}
        for role, craft, shared in brought["grants"]:
            if (role, craft) in roles:
                discipline = Discipline(craft) if craft else None
                await people.grant(part, Role(role), discipline)
                if not shared:
                    await people.revoke(kept, Role(role), discipline)
        for report, place, shared in brought["members"]:
            if any(one.person_id == kept and one.part == place for one in await people.roster(report)):
                await people.join(report, part, place)
                if not shared:
                    await people.leave(report, kept, place)

    async def _since(self, kept: str, part: str, row: Joining) -> list[str]:
        """Return the reports that were sent since from a platform on which only the one who goes has an account."""
        people = self.work.people
        theirs = {one.platform for one in await people.accounts_of(self.vault, part)}
        theirs -= {one.platform for one in await people.accounts_of(self.vault, kept)}
        found = await self.work.session.execute(select(Report.id).where(
            Report.person_id == kept, col(Report.opened_at) > row.at, col(Report.platform).in_(theirs)))
        return list(found.scalars())
