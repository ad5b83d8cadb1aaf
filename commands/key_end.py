"""The end of the programme's key: who hears of it and when, and how an administrator moves it by a year.

Decides from when on the end may be moved and what is written down for the process that does it (`bot/renewing.py`): no handler
touches the keyring. Where the bot holds no primary, the exact commands for whoever holds it are shown instead.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from commands import notify
from commands.calls import Call, Reply
from commands.registry import clockwork, command
from commands.text import Button, Text
from commands.wording import key_end as wording
from config.policy.roles import Allow
from config.policy.states import Role
from storage.models import Setting
from storage.pings import RENEWAL

WANTED, DONE = "wanted ", "done "
SOON = timedelta(days=60)  # from here on lists and the digest name the end
LINE = "upkeep extend-key"
_YEAR = 365
_MOVABLE = timedelta(days=_YEAR)  # of the key's time left; what has longer is extended already


def until_of(stand: str) -> datetime:
    """Return the instant that a wanted renewal names."""
    return datetime.fromisoformat(stand.removeprefix(WANTED))


def later(expires: datetime, now: datetime) -> datetime:
    """Return a year after a key's end; of one that has ended, a year after now."""
    return max(expires, now).replace(microsecond=0) + timedelta(days=_YEAR)


def is_near(expires: datetime | None, now: datetime) -> bool:
    """Whether a key ends within 60 days, or has ended."""
    return expires is not None and expires - now <= SOON


def button() -> Button:
    """Return the button that moves the end."""
    return Button(LINE, wording.BUTTON, "primary")


def foot(call: Call) -> tuple[Text, ...]:
    """Return what the digest says of the key: nothing while its end is far off."""
    expires = call.desk.key.expires_at
    return (wording.digest(expires, over=expires <= call.now, zone=call.program.tz),) if expires and is_near(expires, call.now) else ()


@command(LINE, allow=Allow(Role.ADMIN), title="Extend by a year")
async def extend_key(call: Call) -> Reply:
    """Extend the programme key by a year; its fingerprint stays."""
    key, zone = call.desk.key, call.program.tz
    if key.expires_at is None or key.expires_at - call.now > _MOVABLE:
        return Reply(text=wording.far_off(key.expires_at, zone))
    until = later(key.expires_at, call.now)
    if not key.extendable:
        return Reply(text=wording.by_hand(key.grouped, until))
    row = await call.work.reports.setting(RENEWAL)
    if row is not None and row.value.startswith(WANTED):
        return Reply(text=wording.wanted(until_of(row.value), zone))
    if row is None:
        row = Setting(name=RENEWAL)
        call.work.session.add(row)
    row.value = WANTED + until.isoformat()
    await call.work.ledger.write("key_extension_wanted", person=call.caller.id, at=call.at, data={"until": until.isoformat()})
    return Reply(text=wording.wanted(until, zone))


@clockwork("watch-key-extended", allow=Allow(Role.CLOCK))
async def watch_key_extended(call: Call) -> Reply:
    """Tell the administrators that the key has a later end, once for each."""
    key = call.desk.key
    if key.expires_at is None:
        return Reply()
    day = key.expires_at.date().isoformat()
    if await call.work.ledger.once(f"key/{key.fingerprint[-16:]}/told/{day}", "key_told", person="clock", data={"until": day}):
        await notify.tell_operators(call, "", "key_extended", {"due": key.expires_at.isoformat()})
    return Reply()


@clockwork("watch-key-refused", allow=Allow(Role.CLOCK))
async def watch_key_refused(call: Call) -> Reply:
    """Tell the administrators that the end of the key could not be moved."""
    await notify.tell_operators(call, "", "key_refused", {"due": call.desk.key.expires_at.isoformat()} if call.desk.key.expires_at else {})
    return Reply()
