"""Two bots on one Discord and one PostgreSQL: one of them listens, both of them work, and a dead one is followed at once (row 22)."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from config.clock import SystemClock
from storage import gpghome
from storage.database import Database
from storage.ledger import verify
from tests.discord_world import discord_bot, roles, standing
from tests.platforms.discord_standin import process
from tests.platforms.discord_standin.control import Discord
from tests.platforms.discord_standin.someone import Someone
from tests.postgres import run_sql
from tests.process import Bot, until
from tests.world import MONDAY

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

PATIENCE = 90.0
_LEFT = "SELECT id FROM (SELECT workflow_uuid AS id FROM dbos.workflow_status WHERE status IN ('PENDING', 'ENQUEUED', 'DELAYED')) AS at"


@dataclass
class Two:
    """One Discord, two bots, their database, and a report that is encrypted to their programme."""

    discord: Discord
    bots: tuple[Bot, Bot]
    url: str
    report: str

    def lines(self) -> int:
        """Return how many sessions are open."""
        return int(self.discord.gateway()["open"])

    def settled(self, reports: int) -> None:
        """Wait until so many reports are there, and everything that follows from them is done."""
        until(lambda: run_sql(self.url, "SELECT count(*) FROM report") == [(reports,)], what="the reports", most=PATIENCE)
        until(lambda: not run_sql(self.url, _LEFT), what="the end of every record", most=PATIENCE)

    def once(self, reports: int) -> None:
        """Look whether everything was done once, and everybody was answered once."""
        rooms = [one for one in self.discord.channels("text") if one.name.startswith("triage-aiv-")]
        assert len(rooms) == len({one.name for one in rooms}) == reports
        everybody = [self.discord.person(one["id"]) for one in self.discord.people() if not one.get("bot")]
        said = [one for who in everybody for one in who.dms() if one.author == str(self.discord.bot_user)]
        assert sum("We have your report" in one.words for one in said) == reports
        said += [one for room in rooms for one in self.discord.messages(room.id) if one.author == str(self.discord.bot_user)]
        assert [one for one, count in Counter(one.nonce for one in said).items() if count > 1] == []
        assert [one.route for one in self.discord.calls() if one.code in (40060, 10062)] == [], "no interaction was answered twice"
        assert self.discord.invalid() == 0


def prepare(folder: Path, discord: Discord, url: str) -> str:
    """Let the bot live once here, give people their roles, and return an encrypted report."""
    async def once() -> str:
        clock: Any = SystemClock()
        async with discord_bot(folder, discord, clock, database_url=url) as world:
            await roles(discord)
            await world.settled()
            return world.encrypted("Title: Persona prompt\n\nIt gives persona prompts what they ask for.")

    return asyncio.run(once())


@pytest.fixture
def two(tmp_path: Path, postgres: Any) -> Iterator[Two]:
    name = f"d_{os.urandom(6).hex()}"
    run_sql(postgres.get_uri(), f"CREATE DATABASE {name}")
    url = postgres.get_uri(database=name)
    with process() as discord:
        standing(discord)
        report = prepare(tmp_path, discord, url)
        env = {"DISCORD_TOKEN": discord.token, "DISCORD_GUILD": str(discord.guild_id), "DISCORD_API_URL": discord.api_url,
               "DISCORD_GATEWAY_URL": discord.gateway_url, "DATABASE_URL": url, "HARBORLIGHT_EXECUTOR": "one"}
        both = (Bot(tmp_path / "data", env), Bot(tmp_path / "data", env))
        yield Two(discord, both, url, report)
        for bot in both:
            if bot.process is not None and bot.process.poll() is None:
                bot.kill()
    run_sql(postgres.get_uri(), f"DROP DATABASE {name} WITH (FORCE)")
    gpghome.sweep_stale_homes()


def send(two: Two, people: list[Someone]) -> None:
    """Have people send a report each, at once."""
    async def all_of_them() -> None:
        await asyncio.gather(*(one.dm(two.report) for one in people))

    asyncio.run(all_of_them())


def test_one_listens_both_work_and_a_dead_one_is_followed(two: Two) -> None:
    first, second = two.bots
    first.start()
    until(lambda: two.lines() == 1, what="the first line")
    before = two.discord.gateway()["identifies"]
    second.start()
    people = [two.discord.add_person(f"stranger-{number}") for number in range(4)]
    send(two, people)
    two.settled(4)
    workers = run_sql(two.url, "SELECT DISTINCT executor_id FROM dbos.workflow_status WHERE executor_id LIKE 'one%'")
    assert len(workers) == 2, "both of them work"
    assert (two.lines(), two.discord.gateway()["identifies"]) == (1, before), "one of them listens"
    two.once(4)

    first.kill()
    more = asyncio.run(people[0].dm("I say that while nobody listens."))
    until(lambda: two.lines() == 1, what="the line of the other")
    until(lambda: any("To the triage team" in one.words for one in people[0].dms() if int(one.id) > int(more.id)), what="it is read back")
    seen = asyncio.run(people[1].slash("report credit", name="Quiet Heron"))
    assert "Quiet Heron" in seen.message.words
    two.settled(4)

    first.start()
    second.stop()
    until(lambda: two.discord.gateway()["identifies"] == before + 2 and two.lines() == 1, what="the line of the first again")
    seen = asyncio.run(people[2].slash("report credit", name="Still Harbour"))
    assert "Still Harbour" in seen.message.words
    send(two, [two.discord.add_person("stranger-4")])
    two.settled(5)
    two.once(5)

    async def broken() -> list[Any]:
        database = Database(two.url)
        async with database.read(MONDAY) as work:
            entries = [entry async for entry in work.ledger.entries()]
        await database.close()
        return verify(entries) if entries else ["empty"]

    assert asyncio.run(broken()) == []
