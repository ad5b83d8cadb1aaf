"""One person on several platforms: joined by a one-time code, attacked in every way that comes to mind, and taken apart again."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from commands.calls import Incoming, Reply
from storage.models import Entry, Identity, LinkCode, Person, Report
from tests.world import World
from tests.world import world as opened

pytestmark = pytest.mark.slow

CODE = re.compile(r"link ([2-9A-Z]{4}-[2-9A-Z]{4})")


class Elsewhere:
    """A platform that carries whatever is given to it, beside the local one: what it was told to do is kept."""

    def __init__(self, world: World, name: str = "elsewhere") -> None:
        self.world, self.name, self.count = world, name, 0

    async def gives(self, person: str, line: str, kind: Any = "command", *, text: str = "") -> Reply:
        self.count += 1
        found = await self.world.app.engine.receive(Incoming(
            platform=self.name, event=f"{kind}-{self.count}", person=person, name=person, kind=kind, place="dm",
            conversation=f"dm-{person}", at=self.world.app.engine.clock.now(), line=line, text=text))
        await self.world.settled()
        return found


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened(tmp_path) as found:
        yield found


async def code_of(world: World, who: str) -> str:
    found = CODE.search((await world[who].runs("link")).text)
    assert found, "a code"
    return found[1]


async def all_of(world: World, table: Any) -> list[Any]:
    async with world.app.database.read(world.app.clock.now()) as work:
        return list((await work.session.execute(select(table))).scalars())


async def entries(world: World, kind: str) -> list[dict[str, Any]]:
    return [json.loads(one.data) | {"person": one.person_id} for one in await all_of(world, Entry) if one.kind == kind]


async def who(world: World, platform: str, account: str) -> str:
    async with world.app.database.read(world.app.clock.now()) as work:
        found = await work.people.who(world.app.vault, platform, account)
        return found.id if found is not None else ""


async def test_a_code_joins_two_accounts_and_reports_follow(world: World) -> None:
    report = await world.researcher.sends_report("It gives crime help.")
    await world.researcher.says("link")
    code = CODE.search(await world.researcher.last())
    assert code, await world.researcher.last()
    (row,) = await all_of(world, LinkCode)
    assert code[1].replace("-", "") not in row.id, "a keyed hash"
    there = Elsewhere(world)
    done = await there.gives("r.elsewhere", f"link {code[1]}")
    assert done.code == "ok", done
    assert "Joined" in done.text.plain()
    assert report in (await there.gives("r.elsewhere", "status")).text.plain()
    assert await who(world, "elsewhere", "r.elsewhere") == await who(world, "local", "researcher")
    assert "unlink" in await world.researcher.last(), "the other account is told"
    assert len(await entries(world, "joined")) == 1
    assert await all_of(world, LinkCode) == []


async def test_a_typed_code_is_no_talk(world: World) -> None:
    report = await world.researcher.sends_report("It gives crime help.")
    code = await code_of(world, "researcher-2")
    await world.researcher.says(f"link {code}")
    shown = "\n".join(await world.lead.bot_texts(world.channel(report)))
    assert code not in shown
    await world.researcher.says("link the two reports please")
    assert "link the two reports" in "\n".join(await world.lead.bot_texts(world.channel(report)))


async def test_roles_follow_only_who_says_so_and_rosters_with_them(world: World) -> None:
    there = Elsewhere(world)
    report = await world.researcher.sends_report("It gives crime help.")
    issued = await there.gives("sec.elsewhere", "link")
    code = CODE.search(issued.text.plain())
    assert code
    asked = await world.triager_sec.runs(f"link {code[1]}")
    assert asked.code == "confirm", "roles are not given away by a paste"
    assert (await there.gives("sec.elsewhere", "queue")).code in ("not_allowed", "unknown_command")
    button = asked.reply["buttons"][0]
    assert (await world.triager_sec.runs(button["id"])).code == "ok"
    queue = await there.gives("sec.elsewhere", "queue")
    assert report in str(queue.card)
    assert (await there.gives("sec.elsewhere", f"acknowledge report={report}")).code == "ok"
    assert (await world.card(report))["report"] == report


async def test_a_code_works_once_also_when_two_are_fast(world: World) -> None:
    code = await code_of(world, "researcher")
    there = Elsewhere(world)
    done = await asyncio.gather(*(there.gives(f"r{n}", f"link {code}") for n in range(4)))
    assert sorted(one.code for one in done) == ["no_such_code", "no_such_code", "no_such_code", "ok"]
    assert (await there.gives("r9", f"link {code}")).code == "no_such_code"
    assert len(await entries(world, "joined")) == 1


async def test_an_old_code_and_a_replaced_one_do_nothing(world: World) -> None:
    first = await code_of(world, "researcher")
    second = await code_of(world, "researcher")
    there = Elsewhere(world)
    assert (await there.gives("r", f"link {first}")).code == "no_such_code", "a fresh one takes its place"
    await world.passes(minutes=10)
    assert (await there.gives("r", f"link {second}")).code == "no_such_code"
    assert await all_of(world, LinkCode) == [], "the clock takes it away"


async def test_guessing_is_counted_and_stopped(world: World) -> None:
    code = await code_of(world, "researcher")
    there = Elsewhere(world)
    for n in range(5):
        assert (await there.gives("guesser", f"link 2222-222{n + 2}")).code == "no_such_code"
    stopped = await there.gives("guesser", f"link {code}")
    assert stopped.code == "slow_down", "even the right one"
    assert "Try again after" in stopped.text.plain()
    assert len(await entries(world, "link_refused")) == 5
    assert (await there.gives("somebody", f"link {code}")).code == "ok", "nobody else is kept out"


async def test_linking_to_oneself_changes_nothing(world: World) -> None:
    code = await code_of(world, "researcher")
    assert (await world.researcher.runs(f"link {code}")).code == "same_account"
    assert await entries(world, "joined") == []
    assert (await Elsewhere(world).gives("r", f"link {code}")).code == "ok", "and the code is still good"
    again = await code_of(world, "researcher")
    assert (await Elsewhere(world, "elsewhere").gives("r", f"link {again}", "press")).code == "same_account"


async def test_a_reporter_never_becomes_triager_of_their_own_report(world: World) -> None:
    await world.researcher.sends_report("It gives crime help.")
    for one, other in (("researcher", "triager-sec"), ("lead", "researcher")):
        code = await code_of(world, one)
        found = await world[other].runs(f"link code={code} sure=yes")
        assert found.code == "conflict", (one, other)
    assert await entries(world, "joined") == []
    assert {"code": "conflict", "line": "link"}.items() <= (await entries(world, "refused"))[0].items()


async def test_joining_makes_nobody_the_second_person_of_their_own_act(world: World) -> None:
    report = await world.researcher.sends_report("It gives crime help.")
    await world.passes(hours=2)
    channel = world.channel(report)
    first = await world.triager_sec.runs("accept high jailbreak", channel)
    assert "waiting for" in first.text
    code = await code_of(world, "triager-sec")
    await world.triager_ml.runs(f"link code={code} sure=yes")
    assert len(await entries(world, "joined")) == 1
    for person in ("triager-sec", "triager-ml"):
        assert (await world[person].runs("accept high jailbreak", channel)).code == "second_person", person
        assert (await world[person].presses("Agree: accept", channel)).code == "second_person", person
    assert (await world.triager_ml.runs("unlink")).code == "ok"
    assert (await world.triager_ml.presses("Agree: accept", channel)).code == "second_person", "known to be one, for good"
    assert (await world.triager_ml.runs("accept high jailbreak", channel)).code == "second_person"
    assert (await world.card(report))["level"] == ""


async def test_apart_again_each_has_what_it_brought(world: World) -> None:
    mine = await world.researcher.sends_report("It gives crime help.")
    theirs = await world.researcher_2.sends_report("Another flaw altogether.")
    before = {one.id: one.person_id for one in await all_of(world, Report)}
    code = await code_of(world, "researcher")
    asked = await world.researcher_2.runs(f"link {code}")
    assert asked.code == "confirm"
    assert (await world.researcher_2.runs(f"link code={code} sure=yes")).code == "ok"
    for who_ in (world.researcher, world.researcher_2):
        status = (await who_.runs("status")).text
        assert mine in status
        assert theirs in status
    await world.researcher_2.says(f"{mine} is about the web app")
    assert "is about the web app" in "\n".join(await world.lead.bot_texts(world.channel(mine)))
    assert (await world.researcher_2.runs("unlink")).code == "ok"
    assert {one.id: one.person_id for one in await all_of(world, Report)} == before
    assert theirs not in (await world.researcher.runs("status")).text
    assert mine not in (await world.researcher_2.runs("status")).text
    assert "apart again" in await world.researcher.last()
    assert (await world.researcher.runs("unlink")).text.startswith("This account is joined with no other")
    people = {one.id: one for one in await all_of(world, Person)}
    for identity in await all_of(world, Identity):  # every account opens under its person's key again
        box = world.app.vault.unlock(f"person|{identity.person_id}", people[identity.person_id].key or b"")
        assert box.open_text("identity", "account", identity.id, identity.account)


async def test_a_role_that_was_taken_away_does_not_come_back_apart(world: World) -> None:
    there = Elsewhere(world)
    code = CODE.search((await there.gives("sec.elsewhere", "link")).text.plain())
    assert code
    assert (await world.triager_sec.runs(f"link code={code[1]} sure=yes")).code == "ok"
    assert "queue" not in (await there.gives("sec.elsewhere", "queue")).code
    assert (await world.admin.runs("program revoke triager-sec triager-security")).code == "ok"
    await world.triager_sec.runs("unlink")
    for found in ((await world.triager_sec.runs("queue")).code, (await there.gives("sec.elsewhere", "queue")).code):
        assert found in ("not_allowed", "unknown_command")


async def test_a_receipt_code_works_from_another_platform_and_passes_no_role_on(world: World) -> None:
    report = await world.researcher.sends_report("It gives crime help.")
    receipt = re.search(r"\d{4} \d{4} \d{4} \d{4}", "\n".join(await world.researcher.bot_texts()))
    assert receipt
    assert (await world["leadership"].runs(f"claim {receipt[0]}")).code == "has_roles"
    there = Elsewhere(world)
    assert report in (await there.gives("r.elsewhere", f"claim {receipt[0]}")).text.plain()
    assert report in (await there.gives("r.elsewhere", "status")).text.plain()
    assert (await there.gives("r.other", f"claim {receipt[0]}")).code == "no_such_report"
    assert (await there.gives("r.elsewhere", "unlink")).code == "ok"
    assert report not in (await there.gives("r.elsewhere", "status")).text.plain()
    assert report in (await world.researcher.runs("status")).text
