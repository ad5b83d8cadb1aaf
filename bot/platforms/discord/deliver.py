"""What the bot does on Discord: each effect as the fewest calls that perform it once.

Decides how an effect is found again when nobody knows whether it was performed: a message by the number that Discord refuses to
take twice, and later by its words, after the last one that is known; a channel by its name. Leaves drawing to `drawing.py`, rooms
to `capacity.py`, and what an answer means to `asked.py`.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from typing import Any, assert_never

import discord

from bot.platforms.discord import drawing, wire
from bot.platforms.discord.asked import RefusedCall, Rejected, Unclear, Wait, asked
from bot.platforms.discord.capacity import Capacity
from bot.platforms.discord.connection import Standing
from bot.platforms.discord.drawing import Drawn
from bot.platforms.discord.places import Places
from bot.platforms.port import Done, Later, Outcome, Refused, Sending, Unsure
from commands.effects import CloseChannel, DirectMessage, Edit, Erase, OpenChannel, Post, ReopenChannel, SetMembers
from commands.text import Body

log = logging.getLogger("harborlight.discord")

_RECENT = 50  # messages that are looked through for one of ours
_NONCE = 22  # characters of a digest; Discord takes 25


class Deliveries:
    """Performs effects on one server."""

    def __init__(self, places: Places, capacity: Capacity, standing: Standing) -> None:
        """`places` knows which channel is which, `capacity` makes and closes them, `standing` whether Discord takes the bot."""
        self.places, self.capacity, self.standing = places, capacity, standing

    async def perform(self, sending: Sending) -> Outcome:
        """Perform one effect; with `attempt` above 1 look before acting."""
        if wait := self.standing.wait():
            return Later(wait)  # whoever goes on asking with a token that is not taken is barred
        try:
            outcome = await self._awake(sending)
        except Rejected as rejected:
            self.standing.judged(well=False)
            return Later(rejected.after)
        except Wait as told:
            return Later(told.after)
        except Unclear as lost:
            return Unsure(reason=str(lost))
        except RefusedCall as refused:
            outcome = self._refused(sending, refused.reason)
        self.standing.judged(well=True)
        return outcome

    @staticmethod
    def _refused(sending: Sending, reason: str) -> Outcome:
        if reason in ("missing_permission", "no_access"):
            kind = sending.effect.kind
            log.error("Discord does not let the bot do that: %s; look at its permissions in the server", kind)
        return Refused("unknown_person" if reason == "channel_gone" and isinstance(sending.effect, DirectMessage) else reason)

    async def _awake(self, sending: Sending) -> Outcome:
        """Perform an effect in a thread that may be archived, by hand or because it was quiet: it is opened, and closed if it was."""
        try:
            return await self._there(sending)
        except RefusedCall as refused:
            if refused.reason != "channel_archived":
                raise
        room = _ref(sending.ref)[0] if sending.ref else await self.places.find(getattr(sending.effect, "channel", ""), sending.place)
        closed = await self.capacity.wake(room)
        outcome = await self._act(sending)
        if closed:
            await self.capacity.close(room)
        return outcome

    async def _there(self, sending: Sending) -> Outcome:
        """Perform an effect; a standing channel that is gone may have been made anew under its name."""
        try:
            return await self._act(sending)
        except RefusedCall as refused:
            if refused.reason != "channel_gone" or sending.place or not isinstance(sending.effect, Post):
                raise
            self.places.forget(await self.places.find(sending.effect.channel))
        return await self._act(sending)

    async def _act(self, sending: Sending) -> Outcome:
        match sending.effect:
            case DirectMessage(person=person, body=body):
                return await self._say(sending, body, await self.places.direct(person))
            case Post(channel=channel, body=body):
                return await self._say(sending, body, await self.places.find(channel, sending.place))
            case Edit(body=body):
                return await self._edit(sending, body)
            case Erase():
                return await self._erase(sending)
            case OpenChannel(channel=channel, members=members):
                room = await self.capacity.open(channel, members, again=sending.attempt > 1)
                return Done(str(room), crowded=self.capacity.crowded)
            case SetMembers(channel=channel, members=members):
                room = await self.places.find(channel, sending.place)
                await self.capacity.members(room, members)
                return Done(str(room))
            case ReopenChannel(channel=channel, members=members):
                room = await self.places.find(channel, sending.place)
                await self.capacity.reopen(room, members)
                return Done(str(room))
            case CloseChannel(channel=channel, remove=True):
                return await self._remove(channel, sending.place)
            case CloseChannel(channel=channel):
                room = await self.places.find(channel, sending.place)
                await self.capacity.close(room)
                return Done(str(room))
            case other:
                assert_never(other)

    async def _remove(self, channel: str, place: str) -> Outcome:
        try:
            await self.capacity.remove(await self.places.find(channel, place))
        except RefusedCall as refused:
            if refused.reason != "channel_gone":
                raise
        return Done()

    # -- messages ----------------------------------------------------------------------------------------------

    async def _say(self, sending: Sending, body: Body, channel: int) -> Outcome:
        drawn, uploads = self._drawn(sending, body)
        room = self.places.rest.get_partial_messageable(channel)
        if sending.attempt > 1:
            found = await self._said(room, drawn, sending)
            if found:
                return Done(f"{channel}:{found}")
        if sending.only_look:
            return Done()
        sent = await asked(room.send(**wire.said(drawn, uploads), nonce=nonce(sending.key)))
        return Done(f"{channel}:{sent.id}")

    def _drawn(self, sending: Sending, body: Body) -> tuple[Drawn, list[Any]]:
        picture = sending.picture
        drawn = drawing.message(body, picture=picture.name if picture is not None else "")
        return drawn, [*sending.files, *([picture] if picture is not None else [])]

    async def _said(self, room: discord.PartialMessageable, drawn: Drawn, sending: Sending) -> int:
        """Return the id of a message that an earlier try may have sent, or 0.

        A lane is serial: what the bot said there after the last message that is known can only be this one.
        """
        last = sending.after.rpartition(":")[2]
        after = discord.Object(int(last)) if last.isdecimal() else None
        found = await asked(_recent(room, after))
        for one in found:
            if one.author.id == self.places.bot and _same(one, drawn, sending.key):
                return one.id
        return 0

    async def _edit(self, sending: Sending, body: Body) -> Outcome:
        channel, message = _ref(sending.ref)
        drawn, uploads = self._drawn(sending, body)
        found = self.places.rest.get_partial_messageable(channel).get_partial_message(message)
        await asked(found.edit(**wire.changed(drawn, uploads)))
        return Done(sending.ref)

    async def _erase(self, sending: Sending) -> Outcome:
        if sending.ref:
            channel, message = _ref(sending.ref)
            try:
                await asked(self.places.rest.get_partial_messageable(channel).get_partial_message(message).delete())
            except RefusedCall as refused:
                if refused.reason not in ("message_gone", "channel_gone"):  # with its channel, the message went as well
                    raise
        return Done(sending.ref)


def nonce(key: str) -> str:
    """Return the number of a message: within some minutes Discord gives the first message back instead of posting again."""
    return base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()).decode()[:_NONCE]


def _ref(ref: str) -> tuple[int, int]:
    channel, _, message = ref.partition(":")
    if not (channel.isdecimal() and message.isdecimal()):
        raise RefusedCall("message_gone")
    return int(channel), int(message)


async def _recent(room: discord.PartialMessageable, after: discord.Object | None) -> list[discord.Message]:
    return [one async for one in room.history(limit=_RECENT, after=after, oldest_first=False)]


def _same(found: discord.Message, drawn: Drawn, key: str) -> bool:
    """Tell whether a message shows what was drawn, whatever Discord adds to it."""
    if found.nonce is not None:
        return str(found.nonce) == nonce(key)
    theirs = [(one.title or "", one.description or "") for one in found.embeds if one.type == "rich"]
    ours = [(str(one.get("title") or ""), str(one.get("description") or "")) for one in drawn.embeds]
    return found.content.split() == drawn.content.split() and [_bare(one) for one in theirs] == [_bare(one) for one in ours]


def _bare(words: tuple[str, str]) -> list[str]:
    return " ".join(words).split()
