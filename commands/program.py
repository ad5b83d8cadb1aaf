"""The programme itself: its scope, and who holds which role. Roles are the same on every platform."""

from __future__ import annotations

from typing import Annotated

from commands.calls import Call, Problem, Reply
from commands.queue import STAFF_ROLES
from commands.registry import Colleague, Hint, command
from commands.staff import readers
from commands.text import Text, bold, lines, say
from commands.wording import staff as wording
from commands.wording.common import ROLE_WORDS
from config.policy.roles import Allow
from config.policy.states import Discipline, Role

ANY_STAFF = Allow(STAFF_ROLES)
ADMIN = Allow(Role.ADMIN)
_GRANTABLE = tuple(role for role in Role if role not in (Role.REPORTER, Role.CLOCK))


def _roles(_desk: object) -> tuple[tuple[str, str], ...]:
    found = [(f"triager-{craft.value}", f"triager, {'machine learning' if craft is Discipline.ML else 'security'}")
             for craft in Discipline]
    return (*found, *((role.value, role.value) for role in _GRANTABLE if role is not Role.TRIAGER))


@command("program scope", allow=ANY_STAFF, reads=True)
async def scope(call: Call) -> Reply:
    """Show what is in scope."""
    return Reply(text=lines(say(bold(one.name), f" ({one.kind}, {one.id})") for one in call.program.scope))


@command("program roles", allow=ANY_STAFF, reads=True)
async def roles(call: Call) -> Reply:
    """Show who holds which role."""
    rows: list[Text] = []
    for role in _GRANTABLE:
        names = []
        for person in await call.work.people.with_role(role):
            name = await call.work.people.name(call.desk.vault, person.id, call.incoming.platform)
            crafts = (await call.work.people.grants(person.id))[1] if role is Role.TRIAGER else frozenset()
            names.append(name + (f" ({', '.join(sorted(one.value for one in crafts))})" if crafts else ""))
        if names:
            rows.append(say(bold(ROLE_WORDS[role]), ": ", ", ".join(names)))
    return Reply(text=lines(rows))


def _read(word: str) -> tuple[Role, Discipline | None]:
    if word.startswith("triager-"):
        return Role.TRIAGER, Discipline(word.removeprefix("triager-"))
    return Role(word), None


@command("program grant", allow=ADMIN, title="Grant a role", submit="Grant it")
async def grant(call: Call, who: Colleague, role: Annotated[str, Hint("role", choices=_roles)]) -> Reply:
    """Give somebody a role."""
    found, craft = _read(role)
    if not await call.work.people.grant(who.id, found, craft):
        return Reply(text=say("They hold it already."))
    await call.work.ledger.write("granted", person=who.id, at=call.at,
                                 data={"role": found.value, "craft": craft.value if craft else "", "by": call.caller.id})
    if found is Role.TRIAGER:
        await readers.relieve(call)
    return Reply(text=say("Granted."))


@command("program revoke", allow=ADMIN, title="Take a role away", submit="Take it away")
async def revoke(call: Call, who: Colleague, role: Annotated[str, Hint("role", choices=_roles)]) -> Reply:
    """Take a role from somebody."""
    found, craft = _read(role)
    if found is Role.ADMIN and who.id == call.caller.id:
        raise Problem("bad_argument", "You cannot take the role of administrator from yourself. Ask another one.")
    await call.work.people.locked()
    if found is Role.ADMIN and [one.id for one in await call.work.people.with_role(Role.ADMIN)] == [who.id]:
        raise wording.last_one(Role.ADMIN)
    if not await call.work.people.revoke(who.id, found, craft):
        return Reply(text=say("They do not hold it."))
    await call.work.ledger.write("revoked", person=who.id, at=call.at,
                                 data={"role": found.value, "craft": craft.value if craft else "", "by": call.caller.id})
    return Reply(text=say("Taken away. They stay on the rosters they are on; use assign to move their reports."))
