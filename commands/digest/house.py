"""What the digest says of the house itself, below its numbers: a key that ends soon, and a silence that may be no silence.

Decides which of it stands there; each is said only while it is true.
"""

from __future__ import annotations

from dataclasses import replace

from commands import key_end
from commands.calls import Call
from commands.text import Card, Text, lines, say
from commands.wording import going_live
from commands.wording import silence as wording
from config.policy import silence
from storage import doors
from storage.figures_house import encrypted_since


async def quiet_of(call: Call) -> silence.Quiet:
    """Return how many encrypted reports came in the last 30 days and in the 30 before."""
    now = call.now
    return silence.Quiet(*[await encrypted_since(call.work, since, until) for since, until in silence.quiet_periods(now)])


async def silence_of(call: Call) -> list[Text]:
    """Return what is said of a silence that may be none; nothing while reports come, or where they never came."""
    quiet = await quiet_of(call)
    return [wording.silence(quiet)] if quiet.suspicious else []


async def with_house(call: Call, card: Card) -> Card:
    """Return the card of a digest with what is to be said of the house."""
    ends = key_end.foot(call)
    found: list[Text] = [*ends]
    stands = going_live.in_health(await doors.standing(call.work, call.desk.vault), call.program.tz)
    if stands:
        found.append(say(stands))
    found += await silence_of(call)
    if not found:
        return card
    extend = (replace(key_end.button(), look="secondary"),) if ends else ()
    return replace(card, fields=(*card.fields, (wording.DESK, lines(found))), buttons=(*card.buttons[:3], *extend, *card.buttons[3:]))
