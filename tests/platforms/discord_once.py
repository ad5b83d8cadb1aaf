"""What must hold after every fault: one report, one room with its roster, each text once on each side, a chain that holds."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from config.clock import ManualClock
from storage.ledger import verify
from storage.models import Delivery, Report
from tests.discord_world import MONDAY, PATIENCE, DiscordWorld, discord_bot, roles, standing
from tests.platforms.discord_standin import Standin
from tests.platforms.discord_standin.control import Discord
from tests.platforms.discord_standin.seen import Posted, Room

ROSTER = {"triager-sec", "triager-ml", "lead"}
POSTS = "POST /channels/{channel_id}/messages"
EDITS = "PATCH /channels/{channel_id}/messages/{message_id}"
ERASES = "DELETE /channels/{channel_id}/messages/{message_id}"
ROOMS = "POST /guilds/{guild_id}/channels"
ROSTERS = "PATCH /channels/{channel_id}"
THREADS = "POST /channels/{channel_id}/threads"
JOINS = "PUT /channels/{channel_id}/thread-members/{user_id}"
DIRECT = "POST /users/@me/channels"


class Lives:
    """One server and one data folder, on which the bot lives several times."""

    def __init__(self, folder: Path, discord: Discord, clock: ManualClock) -> None:
        self.folder, self.discord, self.clock = folder, discord, clock

    @asynccontextmanager
    async def life(self) -> AsyncIterator[DiscordWorld]:
        """Let the bot live once."""
        async with discord_bot(self.folder, self.discord, self.clock) as found:
            yield found

    @classmethod
    @asynccontextmanager
    async def begun(cls, folder: Path, *, rate: float = 20.0, **more: Any) -> AsyncIterator[Lives]:
        """Open a server on which the bot lived once, so that everybody has their roles."""
        clock = ManualClock(MONDAY, rate)
        async with Standin.open(rate=rate, now=clock.now, **more) as discord:
            standing(discord)
            found = cls(folder, discord, clock)
            async with found.life() as world:
                await roles(discord)
                await world.settled()
            yield found


def told(world: DiscordWorld, who: str = "researcher") -> list[str]:
    """Return what the bot said to somebody directly, oldest first."""
    return [one.words for one in world.told(who)]


def shown(world: DiscordWorld, report: str) -> list[str]:
    """Return what the bot said in a report's room, oldest first."""
    return [one.words for one in world.said(world.channel(report))]


def thoughts(world: DiscordWorld, report: str, most: int) -> list[int]:
    """Return the numbers of the words "Thought N." that stand in a report's room, in their order."""
    return [one for text in shown(world, report) for one in range(most) if f"Thought {one}." in text]


def said_by_the_bot(discord: Discord) -> list[Posted]:
    """Return every message of the bot's that is there, wherever it is."""
    rooms = [one.id for one in discord.channels(everything=True, light=True) if not one.deleted and one.kind != "category"]
    return [one for room in rooms for one in discord.messages(room) if one.author == str(discord.bot_user)]


def twice(discord: Discord) -> list[str]:
    """Return what stands more than once: messages by their number, files by their names in a conversation."""
    said = said_by_the_bot(discord)
    messages = Counter(f"{one.channel}/{one.nonce}" for one in said if one.nonce)
    files = Counter(f"{one.channel}/{file['filename']}" for one in said for file in one.files)
    return [name for name, count in (messages + files).items() if count > 1]


def early(discord: Discord) -> list[str]:
    """Return the routes that were called before a wait that Discord asked for was over."""
    return [one.route for one in discord.calls() if one.early]


def people(room: Room, discord: Discord) -> set[str]:
    """Return who was let into a room, besides the bot."""
    bot = next(one["name"] for one in discord.people() if one["id"] == str(discord.bot_user))
    if room.kind == "private_thread":
        return set(room.members) - {bot}
    return {str(one["name"]) for one in room.overwrites if one["type"] == "member" and "view_channel" in one["allow"]} - {bot}


def private(room: Room, discord: Discord) -> bool:
    """Tell whether nobody else sees a room, but for those who see everything."""
    if room.kind == "private_thread":
        return not room.invitable and "outsider" not in discord.channel(room.parent_id).seen_by
    return "outsider" not in room.seen_by


async def dead(world: DiscordWorld) -> list[tuple[str, str]]:
    """Return what could not be delivered: its kind and the reason."""
    async with world.app.database.read(world.clock.now()) as work:
        rows = (await work.session.execute(select(Delivery).where(col(Delivery.state).in_(("refused", "held"))))).scalars()
        return sorted((one.kind, one.reason) for one in rows)


async def died(world: DiscordWorld) -> None:
    """Wait until something could not be delivered, and everything else is done."""
    end = time.monotonic() + PATIENCE
    while not await dead(world):
        assert time.monotonic() < end, "nothing was given up"
        await asyncio.sleep(0.05)
    await world.settled()


async def queued(world: DiscordWorld) -> list[str]:
    """Return the keys of what is still to be delivered."""
    async with world.app.database.read(world.clock.now()) as work:
        return list((await work.session.execute(select(Delivery.key).where(col(Delivery.state) == "queued"))).scalars())


async def delivered(world: DiscordWorld, seconds: float = PATIENCE) -> None:
    """Wait until nothing is left to deliver: a lane that waits for Discord is at rest for the engine, not for us."""
    end = time.monotonic() + seconds
    while left := await queued(world):
        assert time.monotonic() < end, f"not delivered: {left[:5]}"
        await asyncio.sleep(0.05)
    await world.settled()


async def all_once(world: DiscordWorld, *, reports: int = 1, refused: int = 0) -> None:
    """Wait until everything is done, and look whether it was done once."""
    await world.settled()
    await delivered(world)
    assert twice(world.discord) == []
    rooms = world.triage()
    assert len(rooms) == len({one.name for one in rooms}) == reports
    for room in rooms:
        assert people(room, world.discord) == ROSTER or room.deleted, room
        assert private(room, world.discord), room
    async with world.app.database.read(world.clock.now()) as work:
        assert (await work.session.execute(select(func.count()).select_from(Report))).scalar_one() == reports
        entries = [entry async for entry in work.ledger.entries()]
    assert len(await dead(world)) == refused, await dead(world)
    assert entries
    assert verify(entries) == []
    receipts = [one for one in said_by_the_bot(world.discord) if "We have your report" in one.words]
    assert len(receipts) == reports
    assert early(world.discord) == [], "a wait that was asked for is kept"
