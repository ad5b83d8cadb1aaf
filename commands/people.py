"""People and their roles: the first administrator, and grants. A person and their accounts are kept apart."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import select

from config.policy.states import Discipline, Role
from storage.database import Work
from storage.models import Entry
from storage.vault import Vault


async def seed_once(work: Work, vault: Vault, wanted: Sequence[tuple[str, str, str]]) -> None:
    """Grant the roles that the settings name, each the first time it is seen: what is taken away later stays taken away.

    Each of `wanted` is the role as it is typed, the platform and the account.
    """
    for word, platform, account in wanted:
        person = await work.people.meet(vault, platform, account, account)
        head, _, craft = word.partition("-")
        role, discipline = Role(head), Discipline(craft) if craft else None
        held, crafts = await work.people.grants(person.id)
        once = f"settings/{vault.blind('settings-role', f'{word}|{platform}|{account}')[:40]}"
        if not await work.ledger.once(once, "granted", person=person.id, data={
                "role": role.value, "craft": craft, "by": "settings",
                **({"held": "yes"} if role in held and (discipline is None or discipline in crafts) else {})}):
            continue
        await work.people.grant(person.id, role, discipline)


async def seed(work: Work, vault: Vault, known: Sequence[tuple[str, str, tuple[str, ...]]], *, admin: str | None) -> None:
    """Grant the roles of the demo's people, and of the administrator that the settings name; each once."""
    for account, name, roles in known:
        granted = [Role(one) for one in roles if one not in ("researcher", "security", "ml")]
        if not granted:
            continue
        person = await work.people.meet(vault, "local", account, name)
        if await _left(work, person.id):
            continue
        for role in granted:
            crafts = [Discipline(one) for one in roles if one in ("security", "ml")] if role is Role.TRIAGER else [None]
            for craft in crafts:
                if await work.people.grant(person.id, role, craft):
                    await work.ledger.write("granted", person=person.id,
                                            data={"role": role.value, "craft": craft.value if craft else "", "by": "settings"})
    if admin:
        platform, _, account = admin.partition(":")
        person = await work.people.meet(vault, platform, account, account)
        if not await _left(work, person.id) and await work.people.grant(person.id, Role.ADMIN):
            await work.ledger.write("granted", person=person.id, data={"role": "admin", "by": "settings"})


async def _left(work: Work, person: str) -> bool:
    """Whether somebody left: a start grants nothing to them again."""
    found = await work.session.execute(select(Entry.number).where(Entry.kind == "left", Entry.person_id == person).limit(1))
    return found.first() is not None
