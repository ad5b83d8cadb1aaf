"""The adapter without a line and without a desk, as a process that only works: one delivery after the other on a strict Discord."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.platforms.discord.adapter import Discord
from bot.platforms.port import Deliverable, Done, Outcome, Refused, Sending
from commands import modules
from commands.effects import OpenChannel
from commands.registry import Registry
from commands.text import Body, say
from config.clock import ManualClock
from tests.discord_world import MONDAY
from tests.platforms.discord_once import people, private
from tests.platforms.discord_standin.control import Discord as Stand
from tests.platforms.discord_standin.seen import Room

RATE = 200.0
STAFF = ("triager-sec", "triager-ml", "lead")
WORDS = Body(text=say("Words."))


class Rooms:
    """The adapter without a line, as a process that only works, and the server."""

    def __init__(self, discord: Stand, platform: Discord) -> None:
        self.discord, self.platform = discord, platform
        self.places: dict[str, str] = {}
        self.tries: dict[str, int] = {}

    def accounts(self, *names: str) -> tuple[str, ...]:
        return tuple(self.discord.person(one).id for one in names)

    async def does(self, effect: Deliverable, *, ref: str = "", after: str = "", again: str = "") -> Outcome:
        """Deliver once, as the next try of the same effect; `again` makes another effect of it."""
        channel = getattr(effect, "channel", "")
        key = f"{effect.kind}/{hash(effect)}/{ref}/{again}"
        self.tries[key] = self.tries.get(key, 0) + 1
        found = await self.platform.deliver(Sending(effect, key, self.tries[key], ref=ref, place=self.places.get(channel, ""), after=after))
        if isinstance(found, Done) and effect.kind == "open_channel":
            self.places[channel] = found.ref
        return found

    async def open(self, name: str, *names: str) -> Room:
        """Open a room for these people, a report's roster unless told."""
        effect = OpenChannel("discord", f"triage-aiv-{name}", self.accounts(*(names or STAFF)))
        for _ in range(5):
            if isinstance(await self.does(effect), Done):
                found = [one for one in self.discord.channels() if one.name == effect.channel]
                assert len(found) == 1, found
                assert private(found[0], self.discord)
                assert people(found[0], self.discord) == set(names or STAFF)
                return found[0]
        raise AssertionError("never opened")

    async def until_done(self, effect: Deliverable, *, ref: str = "", after: str = "") -> tuple[list[Outcome], Done]:
        """Deliver until it is done, as a lane does; returns what came before that."""
        outcomes: list[Outcome] = []
        for _ in range(8):
            found = await self.does(effect, ref=ref, after=after)
            if isinstance(found, Done):
                return outcomes, found
            assert not isinstance(found, Refused), found
            outcomes.append(found)
        raise AssertionError(f"never done: {outcomes}")

    def room(self, name: str) -> Room:
        return self.discord.channel(f"triage-aiv-{name}")

    def categories(self) -> dict[str, int]:
        """Return how many rooms are in each category of ours."""
        text = self.discord.channels("text")
        return {one.name: sum(room.parent_id == one.id for room in text) for one in self.discord.channels("category")
                if one.name.startswith("triage")}


@asynccontextmanager
async def working(discord: Stand, rate: float = RATE) -> AsyncIterator[Rooms]:
    platform = Discord(token=discord.token, guild=str(discord.guild_id), api_url=discord.api_url, gateway_url=discord.gateway_url,
                       registry=Registry.of(modules()), clock=ManualClock(MONDAY, rate))
    await platform.open()
    try:
        yield Rooms(discord, platform)
    finally:
        await platform.close()


def full(rooms: Rooms, more: int = 0) -> None:
    """Let the server hold only what is there, and so much more."""
    taken = [one for one in rooms.discord.channels(light=True) if not one.kind.endswith("thread")]
    rooms.discord.caps(per_guild=len(taken) + more)
