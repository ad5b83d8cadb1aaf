"""A form that a platform shows in several pages: what was typed is kept sealed until the last page is sent.

Decides how long it is kept, for whom, which inputs are still to be shown, and which page is shown again when something is
wrong. Leaves how many inputs fit on a page to the platform, and what the whole line does to its command.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlmodel import col, select

from commands.calls import Call, Form, Problem, Reply
from commands.queue import STAFF_ROLES
from commands.registry import command, conversation
from commands.text import Button
from commands.wording import forms as wording
from config.policy.roles import Allow
from config.policy.states import Role
from storage.models import Draft
from storage.people import new_id

LASTS = timedelta(minutes=15)
_MOST = 5  # forms that one account may have open
_NAME = "draft "


@dataclass(frozen=True, slots=True)
class Begun:
    """A form that was begun: its line, what was typed on each page, and the inputs that are to be looked at again."""

    id: str
    line: str
    pages: tuple[dict[str, str], ...] = ()
    wrong: tuple[str, ...] = ()

    @property
    def values(self) -> dict[str, str]:
        """What was typed, of all pages."""
        return {name: value for page in self.pages for name, value in page.items()}

    def with_page(self, typed: Mapping[str, str]) -> Begun:
        """Return the form with one more page, or with a page that was shown again."""
        known = [{**page, **{k: v for k, v in typed.items() if k in page}} for page in self.pages]
        fresh = {k: v for k, v in typed.items() if not any(k in page for page in self.pages)}
        return replace(self, pages=(*known, *([fresh] if fresh else [])), wrong=())


async def page_of(call: Call) -> Begun | None:
    """Return the form that this submitted page belongs to, with the page; None when it is no page of a form.

    Raises Problem `gone` when the form is no longer there.
    """
    line = call.incoming.line.strip()
    if call.incoming.kind != "submit":
        return None
    if line.startswith(_NAME):
        return (await find(call, line[len(_NAME):].strip())).with_page(dict(call.incoming.values))
    return Begun("", line).with_page(dict(call.incoming.values)) if call.incoming.partial else None


def is_page(call: Call) -> bool:
    """Whether this is a page of a form of several: it changes what is kept, whatever is wrong with it."""
    return call.incoming.kind == "submit" and (call.incoming.partial or call.incoming.line.strip().startswith(_NAME))


def left(form: Form, begun: Begun) -> Form:
    """Return the inputs that are to be shown next: the page on which something is wrong, else those not shown yet."""
    typed = begun.values
    again = next((page for page in begun.pages if set(page) & set(begun.wrong)), None)
    fields = tuple(replace(one, value=typed[one.name]) if one.name in typed else one
                   for one in form.fields if (one.name in again if again is not None else one.name not in typed))
    return replace(form, id=f"{_NAME}{begun.id}", fields=fields)


async def keep(call: Call, begun: Begun, *, errors: Iterable[str] = ()) -> Begun:
    """Keep a form that was begun, sealed under a key of its own, for 15 minutes from now."""
    await call.work.session.flush()
    row = await call.work.session.get(Draft, begun.id) if begun.id else None
    if row is None:
        await _make_room(call)
        row = Draft(id=begun.id or new_id("d"), handle=_handle(call), at=call.now, expires_at=call.now + LASTS)
        row.key, _ = call.desk.vault.new_key(f"draft|{row.id}")
        call.work.session.add(row)
    box = call.desk.vault.unlock(f"draft|{row.id}", row.key)
    found = replace(begun, id=row.id, wrong=tuple(errors))
    row.line = box.seal("draft", "line", row.id, found.line)
    row.pages = box.seal("draft", "pages", row.id, json.dumps({"pages": found.pages, "wrong": found.wrong}, ensure_ascii=False))
    row.expires_at = call.now + LASTS
    return found


async def more(call: Call, begun: Begun) -> Reply:
    """Keep what was typed and offer the next page."""
    kept = await keep(call, begun)
    return Reply(text=wording.goes_on(call.now + LASTS, call.program.tz), buttons=(_button(kept, wording.CONTINUE),))


async def again(call: Call, begun: Begun, reply: Reply) -> Reply:
    """Keep what was typed although something is wrong with it, and offer the page where that is."""
    kept = await keep(call, begun, errors=[name for name, _ in reply.errors])
    return replace(reply, buttons=(*reply.buttons, _button(kept, wording.CORRECT)))


async def drop(call: Call, begun: Begun) -> None:
    """Destroy the key of a form that was sent, then the row."""
    if begun.id:
        await shred(call, await call.work.session.get(Draft, begun.id))


async def shred(call: Call, row: Draft | None) -> None:
    """Destroy a row's key before the row itself."""
    if row is not None:
        row.key = None
        await call.work.session.flush()
        await call.work.session.delete(row)


def _button(begun: Begun, label: str) -> Button:
    return Button(f"{_NAME}{begun.id}", label, "primary")


def _handle(call: Call) -> str:
    one = call.incoming
    return call.desk.vault.blind("account", f"{one.platform}|{one.person}")


async def find(call: Call, identity: str) -> Begun:
    """Return a form that the caller's account has begun; raises Problem `gone` when it is no longer there."""
    row = await call.work.session.get(Draft, identity)
    if row is None or row.key is None or row.line is None or row.pages is None or row.handle != _handle(call) \
            or row.expires_at <= call.now:
        raise Problem("gone", wording.form_gone(LASTS))
    box = call.desk.vault.unlock(f"draft|{row.id}", row.key)
    found = json.loads(box.open_text("draft", "pages", row.id, row.pages))
    return Begun(row.id, box.open_text("draft", "line", row.id, row.line), tuple(found["pages"]), tuple(found["wrong"]))


async def _make_room(call: Call) -> None:
    found = await call.work.session.execute(select(Draft).where(Draft.handle == _handle(call)).order_by(col(Draft.at)))
    rows = list(found.scalars())
    for row in rows[: max(0, len(rows) - _MOST + 1)]:
        await shred(call, row)


async def _next_page(call: Call, draft: str) -> Reply:
    begun = await find(call, draft.strip())
    if call.form_of is None:
        raise Problem("gone", wording.form_gone(LASTS))
    return Reply(form=left(await call.form_of(begun.line), begun))


@command("draft", allow=Allow(STAFF_ROLES), reads=True, hidden=True)
async def draft_staff(call: Call, draft: str) -> Reply:
    """Show the next page of a form that was begun."""
    return await _next_page(call, draft)


@conversation("draft", allow=Allow(Role.REPORTER), reads=True, hidden=True)
async def draft_researcher(call: Call, draft: str) -> Reply:
    """Show the next page of a form that was begun."""
    return await _next_page(call, draft)
