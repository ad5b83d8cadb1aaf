"""One delivery: a card becomes a message or an edit, files and pictures are loaded, the platform acts, the outcome is kept.

Runs inside one step of the engine. Everything here may run twice, so it looks at what is kept before it acts.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from bot import pictures
from bot.platforms.port import Done, Outcome, Platform, Refused, Sending, Upload
from commands import cards
from commands.dispatch import Dispatch
from commands.effects import DirectMessage, Edit, Emitted, Erase, Post, Refresh
from commands.own_data import copy as own_data_copy
from commands.text import PROGRAM_KEY, Body, Enclosure
from config.clock import Clock
from storage.blobs import Blobs
from storage.database import Database
from storage.models import HELD, UNSENT, Delivery

_NO_MESSAGE = frozenset(("open_channel", "set_members", "close_channel", "reopen_channel"))


class Delivering:
    """Performs effects on the platforms."""

    def __init__(
        self, *, database: Database, dispatch: Dispatch, clock: Clock, blobs: Blobs, platforms: dict[str, Platform]
    ) -> None:
        """Everything it needs is given; nothing is looked up elsewhere."""
        self.database, self.dispatch, self.clock = database, dispatch, clock
        self.blobs, self.platforms = blobs, platforms
        self.reached: dict[str, str] = {}  # what was told to somebody who could not be told anything before: key, their account

    async def perform(self, emitted: Emitted, attempt: int) -> Outcome:
        """Perform one effect and keep what became of it."""
        effect = emitted.effect
        platform = self.platforms.get(effect.platform)
        key, version = emitted.key, 0
        if platform is None:
            key = effect.card if isinstance(effect, Refresh) else key
            return await self._keep(emitted, key, Refused("platform_off"), version=0)
        deliverable: Any = effect
        ref, only_look = "", False
        if isinstance(effect, Refresh):
            key = effect.card
            async with self.database.read(self.clock.now()) as work:
                row = await work.reports.delivery(effect.card)
                if row is not None and row.version >= effect.version and row.ref is not None:
                    return Done()
                shown = await cards.render(work, self.dispatch.desk, effect.card)
                ref = self._ref(row)
            if shown is None:
                return Done()  # what it showed is gone
            version = max(shown.version, effect.version)
            if attempt > 1 and not ref:
                version = effect.version  # an earlier try may have posted it, as it was then: a newer state is still to be shown
            if ref:
                deliverable = Edit(effect.platform, of=key, body=shown.body, channel=effect.channel, person=effect.person)
            else:
                deliverable = self._first(effect, shown.body)
        elif isinstance(effect, Edit | Erase):
            async with self.database.read(self.clock.now()) as work:
                row = await work.reports.delivery(effect.of)
                ref = self._ref(row)
            if isinstance(effect, Erase) and row is not None and row.state == UNSENT and not ref:
                return await self._keep(emitted, key, Done(), version=0)  # it was stopped before it went out
        elif isinstance(effect, DirectMessage) and await self._unsent(key):
            if attempt == 1:
                return Done()
            only_look = True  # an earlier try may have said it: then it is erased by what follows in the lane
        # The lane is serial, so an earlier version of a card is settled before this one: its own key is enough.
        place = await self._place(effect) if platform.limits.own_names else ""
        sending = Sending(effect=deliverable, key=emitted.key, attempt=attempt, ref=ref, place=place, only_look=only_look)
        if attempt > 1 and isinstance(deliverable, Post | DirectMessage):
            sending = replace(sending, after=await self._newest(emitted.lane))
        body: Body | None = getattr(deliverable, "body", None)
        if body is not None:
            sending = await self._load(sending, body)
        outcome = await platform.deliver(sending)
        if isinstance(effect, Refresh) and ref and outcome == Refused("message_gone"):  # somebody removed it: it is made again
            again = self._first(effect, deliverable.body)
            outcome = await platform.deliver(replace(sending, effect=again, ref="", after=ref))
        outcome = await self._keep(emitted, key, outcome, version=version)
        if platform.limits.pace:  # the lane is kept for the rest of the second
            await asyncio.sleep(self.clock.real(platform.limits.pace))
        return outcome

    @staticmethod
    def _first(effect: Refresh, body: Body) -> Post | DirectMessage:
        """Return how a card is shown where it does not stand yet."""
        if effect.channel:
            return Post(effect.platform, effect.channel, body)
        return DirectMessage(effect.platform, effect.person, body)

    async def _unsent(self, key: str) -> bool:
        async with self.database.read(self.clock.now()) as work:
            row = await work.reports.delivery(key)
        return row is not None and row.state == UNSENT

    async def give_up(self, emitted: Emitted) -> Outcome:
        """Make a dead letter of an effect that fails here each time."""
        key = emitted.effect.card if isinstance(emitted.effect, Refresh) else emitted.key
        return await self._keep(emitted, key, Refused("internal"), version=0)

    async def _place(self, effect: Any) -> str:
        channel = getattr(effect, "channel", "")
        if not channel:
            return ""
        async with self.database.read(self.clock.now()) as work:
            return self._ref(await work.reports.opening(effect.platform, channel))

    async def _newest(self, lane: str) -> str:
        """Return the reference of the newest message that is known in a lane: they rise with the time."""
        async with self.database.read(self.clock.now()) as work:
            refs = [self._ref(row) for row in await work.reports.sent_in(lane) if row.kind not in _NO_MESSAGE]
        return max(refs, key=lambda ref: (len(ref), ref), default="")

    def _ref(self, row: Delivery | None) -> str:
        if row is None or row.ref is None:
            return ""
        return self.dispatch.desk.vault.common.open_text("delivery", "ref", row.key, row.ref)

    async def _load(self, sending: Sending, body: Body) -> Sending:
        files = tuple([await self._upload(one) for one in body.files])
        return replace(sending, files=files, picture=await pictures.drawn(body.card))

    async def _upload(self, one: Enclosure) -> Upload:
        if one.blob == PROGRAM_KEY:
            return Upload(one.name, self.dispatch.desk.key.armored.encode())
        async with self.database.read(self.clock.now()) as work:
            made = await own_data_copy.made(work, self.dispatch.desk, one)
            if made is not None:  # of no blob: it is put together for this delivery
                return Upload(one.name, made)
            key = await cards.blob_key(work, self.dispatch.desk, one)
        return Upload(one.name, await asyncio.to_thread(self.blobs.read, one.blob, key), hidden=one.hidden)

    async def _keep(self, emitted: Emitted, key: str, outcome: Outcome, *, version: int) -> Outcome:
        if not isinstance(outcome, Done | Refused):
            return outcome
        async with self.database.work(self.clock.now()) as work:
            row = await work.reports.delivery(key)
            if row is None:
                return outcome  # the report was purged meanwhile
            if isinstance(outcome, Done) and isinstance(emitted.effect, Erase):
                gone = await work.reports.delivery(emitted.effect.of)
                if gone is not None:  # a card may be shown again later, as a new message
                    gone.ref, gone.version = None, 0
            if row.state == UNSENT:  # taken back meanwhile: where it went is kept, to erase it there, and it is tried no more
                if isinstance(outcome, Refused) or not outcome.ref:
                    return Done()
                row.done_at, row.ref = work.now, self.dispatch.desk.vault.common.seal("delivery", "ref", row.key, outcome.ref)
            elif isinstance(outcome, Done):
                row.state, row.reason, row.done_at = "done", "", work.now
                if isinstance(emitted.effect, DirectMessage):
                    handle = self.dispatch.desk.vault.blind("account", f"{emitted.effect.platform}|{emitted.effect.person}")
                    if await work.people.unreachable(handle):
                        self.reached[emitted.key] = handle
                row.version = max(row.version, version)
                if outcome.ref and not isinstance(emitted.effect, Erase):
                    row.ref = self.dispatch.desk.vault.common.seal("delivery", "ref", row.key, outcome.ref)
            else:
                row.state, row.reason = HELD if emitted.effect.kind == "open_channel" else "refused", outcome.reason
        return outcome
