"""People and their roles: the first administrator, and grants. A person and their accounts are kept apart."""

from __future__ import annotations

from collections.abc import Sequence

from config.policy.states import Discipline, Role
from storage.database import Work
from storage.vault import Vault


async def seed(work: Work, vault: Vault, known: Sequence[tuple[str, str, tuple[str, ...]]], *, admin: str | None) -> None:
    """Grant the roles of the demo's people, and of the administrator that the settings name; each once."""
    for account, name, roles in known:
        granted = [Role(one) for one in roles if one not in ("researcher", "security", "ml")]
        if not granted:
            continue
        person = await work.people.meet(vault, "local", account, name)
        for role in granted:
            crafts = [Discipline(one) for one in roles if one in ("security", "ml")] if role is Role.TRIAGER else [None]
            for craft in crafts:
                if await work.people.grant(person.id, role, craft):
                    await work.ledger.write("granted", person=person.id,
                                            data={"role": role.value, "craft": craft.value if craft else "", "by": "settings"})
    if admin:
        platform, _, account = admin.partition(":")
        person = await work.people.meet(vault, platform, account, account)
        if await work.people.grant(person.id, Role.ADMIN):
            await work.ledger.write("granted", person=person.id, data={"role": "admin", "by": "settings"})
