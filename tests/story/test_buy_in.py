"""Buy-in: owners accept the deadlines of product areas; where nobody did, lists ask, leadership hears once, and the digest leads with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.policy import buy_in
from config.program import DEMO, Length, PerLevel, load
from tests.commands.watching import heard
from tests.world import MONDAY, World, buttons_of, words_of
from tests.world import world as opened

pytestmark = pytest.mark.slow
SLOWER = replace(load(DEMO).clocks, remediation=PerLevel(*(Length(timedelta(days=days)) for days in (8, 40, 70, 100))))
AREAS = "Acme Chat (web app), Acme Large and Acme Agent API"


async def lines_of(world: World, person: str, part: str) -> list[str]:
    return [text for _, text in await heard(world, person) if part in text]


async def digest(world: World) -> dict[str, object]:
    return (await world.leadership.messages("leadership"))[-1]


async def test_owners_accept_and_everybody_is_asked_in_their_turn(tmp_path: Path) -> None:
    async with opened(tmp_path, clocks=SLOWER) as world:  # other lengths than those that were accepted
        await world.until(MONDAY.replace(hour=9))
        (asked,) = await heard(world, "owner")
        assert f"Nobody has accepted the deadlines of {AREAS}. Accept those that are yours" in asked[1]
        assert not await lines_of(world, "lead", "deadlines") and not await lines_of(world, "leadership", "deadlines")

        shown = await world.owner.presses("See the deadlines")
        assert "critical: stop-gap in 72 h, fix in 8 d." in shown.text
        assert "Acme Large: nobody has accepted, open since Mon 30 Nov 2026." in shown.text
        assert [one["label"] for one in shown.reply["buttons"]] == [
            "Accept for Acme Chat (web app)", "Accept for Acme Large", "Accept for Acme Agent API"]
        for person in ("lead", "leadership", "triager_sec"):
            assert (await getattr(world, person).runs("program accept-deadlines acme-large")).code == "not_allowed"
        assert (await world.owner.runs("program accept-deadlines acme-small")).code == "bad_argument"
        took = await world.owner.runs("program accept-deadlines acme-large")
        assert took.code == "ok" and "You answer for the deadlines of Acme Large from now on." in took.text
        again = await world.owner.runs("accept-deadlines acme-large")
        assert again.code == "ok" and again.text.startswith("You accepted the deadlines of Acme Large on Mon 30 Nov 2026.")

        await world.until(datetime(2026, 12, 7, 9, 1, tzinfo=UTC))
        (lead,) = await lines_of(world, "lead", "deadlines")
        assert "Still nobody has accepted the deadlines of Acme Chat (web app) and Acme Agent API, since Mon 30 Nov 2026, 09:00 UTC." in lead
        told = await digest(world)
        assert "Decide first: who answers for the deadlines of 2 product areas." in words_of(told)[:200]
        assert next(one["label"] for one in buttons_of(told)) == "Who is missing"
        seen = (await world.leadership.presses("Who is missing", "leadership")).text
        assert "Acme Large: accepted by owner, Mon 30 Nov 2026." in seen and "Ask the owners" in seen

        await world.until(datetime(2026, 12, 14, 9, 1, tzinfo=UTC))
        assert len(await lines_of(world, "lead", "deadlines")) == 2 and len(await lines_of(world, "owner", "deadlines")) == 1
        assert "For two weeks nobody has accepted" in (await lines_of(world, "leadership", "deadlines"))[0]
        for area in ("acme-chat", "acme-agent"):
            assert (await world.owner.runs(f"program accept-deadlines {area}")).code == "ok"
        await world.until(datetime(2026, 12, 21, 9, 1, tzinfo=UTC))
        assert len(await lines_of(world, "lead", "deadlines")) == 2 and len(await lines_of(world, "leadership", "deadlines")) == 1
        asked_for = next(one["text"] for one in (await digest(world))["card"]["fields"] if one["label"] == "Asked for last week")  # type: ignore[index]
        assert asked_for.splitlines() == [
            "Acme Chat (web app), its deadlines: an owner accepted.", "Acme Agent API, its deadlines: an owner accepted."]

        # Who loses the role answers no more, and whoever gets it is asked once, in their next list.
        assert (await world.admin.runs("program revoke owner owner")).code == "ok"
        assert (await world.admin.runs("program grant owner owner")).code == "ok"
        assert "Acme Large: nobody has accepted yet." in (await world.lead.runs("program buy-in")).text
        await world.until(datetime(2026, 12, 23, 9, 1, tzinfo=UTC))
        assert AREAS in (await lines_of(world, "owner", "deadlines"))[-1] and len(await lines_of(world, "owner", "deadlines")) == 2


async def test_an_accepted_report_without_an_owner_is_asked_about(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        await world.until(MONDAY.replace(hour=9))
        report = await world.researcher.sends_report("It shows other people's data.", category="jailbreak")
        channel = world.channel(report)
        for line in ("acknowledge", "reply clear=yes We try it now.", "accept medium jailbreak"):
            assert (await world.triager_sec.runs(line, channel)).code == "ok"
        await world.until(datetime(2026, 12, 10, 9, 0, tzinfo=UTC))
        (once,) = await lines_of(world, "lead", "1 accepted report has had no owner for a week or more, one since Mon 30 Nov 2026")
        assert "Name the owner." in once and not await lines_of(world, "leadership", "no owner")
        await world.until(datetime(2026, 12, 16, 9, 0, tzinfo=UTC))
        assert len(await lines_of(world, "lead", "1 accepted report has had no owner for a week")) == 2
        (late,) = await lines_of(world, "leadership", "1 accepted report has had no owner for two weeks or more")
        assert report not in late
        assert (await world.leadership.runs(f"owner report={report}")).code in ("ok", "not_allowed")


def test_other_words_for_a_length_void_nothing() -> None:
    program = load(DEMO)
    same = replace(program, clocks=replace(program.clocks, mitigation=PerLevel(
        critical=Length(timedelta(days=3), written="3 days"), high=Length(timedelta(hours=168), written="168 h"))))
    assert buy_in.digest(same) == buy_in.digest(program) != buy_in.digest(replace(program, clocks=SLOWER))
    assert buy_in.digest(replace(program, clocks=replace(program.clocks, publish=Length(timedelta(days=1))))) == buy_in.digest(program)
    assert not buy_in.stands("a", MONDAY, lengths="a", owner_since=None)
    assert not buy_in.stands("a", MONDAY, lengths="a", owner_since=MONDAY + timedelta(seconds=1))
    assert buy_in.stands("a", MONDAY, lengths="a", owner_since=MONDAY)
    assert (buy_in.weeks_open(MONDAY, MONDAY + timedelta(days=13)), buy_in.for_leadership(MONDAY, MONDAY + timedelta(days=14))) == (1, True)
