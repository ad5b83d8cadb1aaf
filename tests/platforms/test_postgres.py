"""The whole bot on a real PostgreSQL: the same story, the same promises, the durable engine's tables beside ours."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from bot.app import StartError
from bot.takeover import Seat, lock_of
from config.policy.states import Role
from storage.database import Database
from storage.ledger import verify
from storage.migrate import migrate, pending
from storage.models import Entry, Member, Person
from storage.own_data import OwnData
from storage.vault import Vault
from tests.postgres import run_sql
from tests.storage.test_migrate import differences
from tests.world import World, words_of, world

pytestmark = [pytest.mark.slow, pytest.mark.postgres]
NOW = datetime(2026, 11, 30, 8, 30, 15, 250_000, tzinfo=UTC)


async def test_the_steps_end_where_the_tables_are(postgres: Any) -> None:
    admin = postgres.get_uri()
    run_sql(admin, "CREATE DATABASE fresh")
    several = [Database(postgres.get_uri(database="fresh")) for _ in range(3)]
    assert await pending(several[0])
    assert sorted(await asyncio.gather(*(migrate(one) for one in several))) == [False, False, True]
    async with several[0].engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    for one in several:
        await one.close()


async def test_instants_keep_their_zone_whatever_the_servers_is(database_url: str) -> None:
    database = Database(f"{database_url}&options=-c%20timezone%3DAmerica/New_York")
    async with database.work(NOW) as work:
        work.session.add(Person(id="p1", created_at=NOW))
    async with database.read(NOW) as work:
        found = await work.session.get(Person, "p1")
        assert found is not None
        assert (found.created_at, found.created_at.utcoffset()) == (NOW, NOW.utcoffset())
        assert (await work.session.execute(select(Person.id).where(Person.created_at <= NOW))).scalars().all()
    await database.close()


async def test_one_chain_whoever_writes(database_url: str) -> None:
    database = Database(database_url)

    async def one(number: int) -> None:
        async with database.work(NOW) as work:
            await work.ledger.write("test", person=f"p{number}")
            await work.ledger.once("only-once", "test")

    await asyncio.gather(*(one(number) for number in range(15)))
    async with database.read(NOW) as work:
        entries = [entry async for entry in work.ledger.entries()]
    assert verify(entries) == []
    assert len([entry for entry in entries if entry.kind == "test"]) == 16
    await database.close()


async def test_the_story_runs_and_everything_is_in_one_database(tmp_path: Path, database_url: str) -> None:
    secret = "Canary of the postgres story, nowhere in clear"
    async with world(tmp_path, database=database_url) as found:
        report = await found.researcher.sends_report(secret, title="Persona prompt")
        channel = found.channel(report)
        assert "Persona prompt" in words_of((await found.triager_ml.messages(channel))[0])
        asked = await found.triager_sec.runs("reply Thank you, we look into it.", channel)
        assert (await found.triager_sec.submits(asked.form, {"text": "Thank you, we look into it."})).code == "ok"
        assert "we look into it" in await found.researcher.last()
        await found.researcher.says("Here is more: " + secret)
        assert any(secret in text for text in await found.lead.bot_texts(channel))
        await found.passes(hours=26)
        assert verify(await _entries(found)) == []
    tables = {row[0] for row in run_sql(database_url, "SELECT schemaname || '.' || tablename FROM pg_tables")}
    assert {"public.report", "dbos.workflow_status", "public.decision"} <= tables
    assert _clear(database_url, secret) == []
    assert _clear(database_url, "Persona prompt") == []


def _clear(url: str, words: str) -> list[str]:
    """Return the columns in which words stand in clear, as text or as bytes."""
    columns = run_sql(url, "SELECT table_schema, table_name, column_name FROM information_schema.columns"
                           " WHERE table_schema IN ('public', 'dbos')")
    return [
        f"{table}.{column}" for schema, table, column in columns
        if run_sql(url, f"""SELECT 1 FROM {schema}."{table}" WHERE "{column}"::text LIKE '%{words}%'
                            OR "{column}"::text LIKE '%{words.encode().hex()}%' LIMIT 1""")
    ]


async def _entries(found: World) -> list[Entry]:
    async with found.app.database.read(NOW) as work:
        return [entry async for entry in work.ledger.entries()]


async def test_two_at_once_do_a_step_once_and_somebody_is_left(tmp_path: Path, database_url: str) -> None:
    async with world(tmp_path, database=database_url) as found:
        report = await found.researcher.sends_report(category="jailbreak")
        channel = found.channel(report)
        both = await asyncio.gather(*(one.runs("accept low jailbreak", channel) for one in (found.triager_sec, found.triager_ml)),
                                    found.lead.runs("close-without-fix informative It is meant to.", channel))
        async with found.app.database.read(NOW) as work:
            kinds = [one.kind for one in await work.ledger.of(report)]
        assert kinds.count("accept") + kinds.count("informative") == 1, both
        assert kinds.count("acknowledge") == 1, both

        await found.researcher_2.says("hello")
        assert (await found.admin.runs("program grant researcher-2 admin")).code == "ok"
        for act in ("program leave {} sure=yes", "program revoke {} admin"):
            await asyncio.gather(found.admin.runs(act.format("researcher-2")), found.researcher_2.runs(act.format("admin")))
            async with found.app.database.read(NOW) as work:
                known = {name: await work.people.who(found.app.vault, "local", name) for name in ("admin", "researcher-2")}
                left = {one.id for one in await work.people.with_role(Role.ADMIN)}
            (stays,) = [name for name, one in known.items() if one is not None and one.id in left]
            (gone,) = known.keys() - {stays}
            assert (await found[stays].runs(f"program grant {gone} admin")).code == "ok"

        # Two reports that are opened at one instant have two turns of the rotation: one waits for the other.
        await found.passes(minutes=1)
        assert (await found.admin.runs("program grant leadership triager-security")).code == "ok"
        async with found.app.database.work(NOW) as work:
            await work.ledger.write("test")
            sent = [asyncio.create_task(one.says(found.encrypted(f"Title: At once\n\nFlaw {number}.")))
                    for number, one in enumerate((found.researcher, found.researcher_2))]
            await asyncio.sleep(0.5)
        await asyncio.gather(*sent)
        await found.settled()
        async with found.app.database.read(NOW) as work:
            members = (await work.session.execute(select(Member).where(Member.report_id != report, Member.part == "security"))).scalars().all()
        assert len({one.report_id for one in members}) == len({one.person_id for one in members}) == 2

        # Nobody is put on a report at the moment when they leave: what waits for the chain has looked at roles before.
        told = "\n".join(await found.researcher.bot_texts())
        (second,) = (one.report_id for one in members if one.report_id in told)
        channel = found.channel(second)
        assert (await found.triager_ml.runs("accept low jailbreak", channel)).code == "ok"
        for role in ("triager-security", "owner"):
            assert (await found.admin.runs(f"program grant researcher-2 {role}")).code == "ok"
        async with found.app.database.work(NOW) as work:
            await work.ledger.write("test")
            acts = [asyncio.create_task(found.admin.runs("program leave researcher-2 sure=yes"))]
            for line in ("assign researcher-2", "owner researcher-2"):
                await asyncio.sleep(0.3)
                acts.append(asyncio.create_task(found.lead.runs(line, channel)))
            await asyncio.sleep(0.3)
        left, *refused = await asyncio.gather(*acts)
        assert left.code == "ok" and "ok" not in [one.code for one in refused], (left, refused)
        async with found.app.database.read(NOW) as work:
            gone = await work.people.who(found.app.vault, "local", "researcher-2")
            assert gone is not None and not any(one.person_id == gone.id for one in await work.people.roster(second))

        # What is answered at the moment when it is taken back stays answered.
        await found.researcher.says("me export")
        async with found.app.database.work(NOW) as work:
            (asked,) = await OwnData(work).pending()
            row = await OwnData(work).get(asked.id)
            assert row is not None
            taking_back = asyncio.create_task(found.researcher.runs("/vdp me me withdraw"))
            await asyncio.sleep(0.5)
            row.state = "done"
        assert (await taking_back).code == "ok"
        async with found.app.database.read(NOW) as work:
            row = await OwnData(work).get(asked.id)
            assert row is not None and row.state == "done"


async def test_the_server_cuts_every_connection_and_the_story_goes_on(tmp_path: Path, database_url: str) -> None:
    async with world(tmp_path, database=database_url) as found:
        first = await found.researcher.sends_report("one", title="First")
        run_sql(database_url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                              " WHERE datname = current_database() AND pid <> pg_backend_pid()")
        second = await found.researcher.sends_report("two", title="Second")
        assert first != second
        await found.passes(hours=1)  # the tick takes the name again
        held = run_sql(database_url, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted")
        assert held[0][0] >= 1
        assert not found.app.engine.seat.lost.is_set()
        assert len(await found.researcher.bot_texts()) == len(set(await found.researcher.bot_texts()))


async def test_a_wrong_master_key_stops_the_start(tmp_path: Path, database_url: str) -> None:
    async with world(tmp_path, database=database_url):
        pass
    (tmp_path / "data" / "master.key").write_text(Vault.make_master_key())
    with pytest.raises(StartError, match="not the key"):
        async with world(tmp_path, database=database_url):
            pass


async def test_each_process_has_a_name_of_its_own(database_url: str) -> None:
    database = Database(database_url)
    first, second, third = (Seat(database, "web") for _ in range(3))
    assert [await one.take() for one in (first, second, third)] == ["web", "web-2", "web-3"]
    assert [one.name for one in await first.vacant({"web", "web-2", "web-9"})] == ["web-9"]
    await first.let_go("web-9")
    await second.leave()
    gone = await third.vacant({"web", "web-2", "web-3"})
    assert [one.name for one in gone] == ["web-2"]
    assert await first.vacant({"web-2"}) == [], "only one takes over"
    async with gone[0]:
        pass
    again = Seat(database, "web")
    assert await again.take() == "web-2"
    for one in (first, third, again):
        await one.leave()
    await database.close()


async def test_a_name_that_was_lost_is_taken_again_or_given_up(database_url: str) -> None:
    database = Database(database_url)
    seat = Seat(database, "web")
    await seat.take()
    cut = ("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
           f" AND ((classid::bigint << 32) | objid::bigint) = {lock_of('web')}")
    run_sql(database_url, cut)
    assert await seat.vacant({"web"}) == []
    assert not seat.lost.is_set()
    run_sql(database_url, cut)
    other = Seat(database, "web")
    assert await other.take() == "web"
    await seat.vacant({"web"})
    assert seat.lost.is_set()
    await seat.leave()
    await other.leave()
    await database.close()
