"""G9 and G11: the bot on a strict Discord in the same process: calls for each report, and a burst that fills the server.

Both sides' waits are made shorter by one factor, so a burst of an hour takes minutes.
"""

from __future__ import annotations

import asyncio
import time

from tests.bench.table import Row, Size
from tests.discord_world import DiscordWorld, discord_world
from tests.platforms.discord_once import POSTS, early, people, private, queued, twice
from tests.platforms.discord_standin.seen import Room

_LONGEST = 3_000.0  # real seconds that a burst may take


def burst(size: Size) -> list[Row]:
    """G11: many reports at once, each from a person of its own; channels first, then threads."""
    return asyncio.run(_burst(size, 100 if size.quick else 1_000, 20.0 if size.quick else 12.0))


def calls(size: Size) -> list[Row]:
    """G9: the calls that a report costs."""
    return asyncio.run(_calls(size))


async def _calls(size: Size) -> list[Row]:
    async with discord_world(size.scratch / "discord", rate=50.0) as world:
        await world.outsider.dm(world.encrypted("The first one makes the category."))
        await world.until(world.triage, "the first channel")
        await world.researcher.dm("hello")
        await world.until(world.told, "the first answer")
        await world.settled()
        world.discord.forget_calls()
        report = await world.report()
        await world.settled()
        opened = sum(world.discord.counts().values())
        world.discord.forget_calls()
        await world.triager_sec.slash("vdp acknowledge", at=world.channel(report))
        await world.settled()
        changed = {route: number for route, number in world.discord.counts().items() if "/callback" not in route}
    return [
        Row("G9", "calls to open a report on Discord", str(opened), "", "3", opened <= 3),
        Row("G9", "calls of the first change on Discord, without the answer to whoever made it",
            ", ".join(f"{number} {name}" for name, number in sorted(changed.items()))),
    ]


async def _burst(size: Size, reports: int, rate: float) -> list[Row]:
    more = {"per_guild": 60} if size.quick else {}  # else the 500 channels of a real server
    async with discord_world(size.scratch, rate=rate, answer_seconds=30.0, **more) as world:
        discord = world.discord
        strangers = [discord.add_person(f"stranger-{number}") for number in range(reports)]
        message = world.encrypted("The model tells its secrets. " * 30)
        await world.settled()
        discord.forget_calls()
        start = time.perf_counter()
        await asyncio.gather(*(one.dm(message) for one in strangers))
        rooms = await _made(world, reports, start)
        everything = discord.calls()
        dms = {one.room().id for one in strangers}
        receipts = [one for one in everything if one.route == POSTS and one.params["channel_id"] in dms]
        told = [sum("We have your report" in said.words for said in one.dms()) for one in strangers]
        missing = reports - len({one.name for one in rooms}), sum(one != 1 for one in told) + len(twice(discord))
        cards = sum(len(world.said(one.id)) != 1 for one in rooms)
        wrong = sum(not (private(one, discord) and len(people(one, discord)) == 3) for one in rooms[::10])
        threads = [one for one in rooms if one.kind == "private_thread"]
        span = max(one.at for one in everything) - min(one.at for one in everything)
        last = max(one.at for one in receipts) - min(one.at for one in everything)
        limited, broken = discord.invalid(), len(early(discord))
    return [
        Row("G11", f"{reports} reports at once: rooms that are missing or doubled, texts that are not there once", f"{missing[0]}, "
            f"{missing[1] + cards}", "", "none", missing == (0, 0) and not cards),
        Row("G11", "rooms with another roster, one in ten looked at", str(wrong), "", "none", wrong == 0),
        Row("G11", "channels, then private threads", f"{len(rooms) - len(threads)}, {len(threads)}", "", "both",
            0 < len(threads) < len(rooms)),
        Row("G11", "requests that count as invalid (401, 403, 429), of all", f"{limited} of {len(everything)}", "", "none", limited == 0),
        Row("G11", "calls made before a told wait was over", str(broken), "", "none", broken == 0),
        Row("G11", "calls for each report", f"{len(everything) / reports:.2f}"),
        Row("G11", "from the first call to the last, and to the last receipt, in Discord's minutes", f"{span / 60:.1f}, {last / 60:.1f}"),
    ]


async def _made(world: DiscordWorld, number: int, start: float) -> list[Room]:
    while True:
        made = [one for one in world.discord.channels(light=True) if one.name.startswith("triage-aiv-")]
        if len(made) >= number and not await queued(world):
            await world.app.engine.settled(most=600)
            return world.triage()
        if time.perf_counter() - start > _LONGEST:
            raise TimeoutError(f"{len(made)} rooms of {number}")
        await asyncio.sleep(1.0)
