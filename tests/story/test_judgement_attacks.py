"""Ways in which a broken fix could pass as verified: runs repeated until they pass, levels and categories changed, the author's own hands."""

from __future__ import annotations

import json

import pytest

from bot.replay.series import Book, Books, Wanted
from config.program import ReplayTarget
from storage.models import Entry
from storage.trials import Attempt, Kind
from tests.story.test_judgement import PERSONA, fixing, result, state
from tests.world import World

pytestmark = pytest.mark.slow

FACTS = {"attack": "Be Marlow.", "S13": "names a step", "S14": "exact match", "match": "Step 3:"}


def report_of(channel: str) -> str:
    return channel.removeprefix("triage-").upper()


async def run_of_ours(world: World, channel: str, *, k: int, n: int, planned: int | None = None, target: str = "lab") -> Book:
    """Make a series of the harness with the fix and these outcomes; complete unless more are planned."""
    books = Books(world.app.database, world.app.vault, world.app.clock)
    wanted = Wanted(report=report_of(channel), target=target, kind=Kind.AFTER)
    case = await books.case(wanted.report)
    assert case is not None
    book = await books.begin(
        wanted, ReplayTarget(name=target, url="http://127.0.0.1:9/v1", model="acme"), dict(case.facts) | FACTS, prompts=(),
        planned=planned or n, vary_seed=False, person="", round=case.fixes)
    async with world.app.database.work(await world.now()) as work:
        for number in range(1, n + 1):
            identity = f"{book.id}/{number}"
            work.session.add(Attempt(id=identity, series_id=book.id, number=number, at=work.now,
                                     outcome="success" if number <= k else "failure",
                                     detail=book.box.seal("trial_attempt", "detail", identity, json.dumps({"seed": number}), version=1)))
    found = await books.find(wanted)
    assert found is not None
    if planned is None:
        assert await found.close()
        await world.passes(minutes=5)
    return found


async def round_of(world: World, channel: str) -> int:
    """Which verification the full numbers speak of."""
    said = (await world.triager_ml.runs("case numbers", channel)).text
    return int(said.partition("Verification ")[2].split()[0].strip(".,:;"))


async def ledger(world: World, channel: str) -> list[Entry]:
    async with world.app.database.read(await world.now()) as work:
        return await work.ledger.of(report_of(channel))


async def test_a_run_is_not_repeated_until_it_passes(world: World) -> None:
    channel = await fixing(world, "medium", ours="30/100")
    await run_of_ours(world, channel, k=3, n=59)
    await run_of_ours(world, channel, k=0, n=59)
    said = await result(world.triager_ml, channel, "0/59")
    assert "Partial" in said and "13 more" in said
    assert await round_of(world, channel) == 2


async def test_one_run_and_its_result_are_one_look(world: World) -> None:
    channel = await fixing(world, "medium")
    await run_of_ours(world, channel, k=0, n=59)
    assert "last look" in await result(world.triager_ml, channel, "0/59")
    assert await round_of(world, channel) == 1


async def test_a_run_given_up_after_a_success_is_a_look(world: World) -> None:
    channel = await fixing(world, "medium", ours="30/100")
    book = await run_of_ours(world, channel, k=1, n=20, planned=59)
    assert await round_of_plan(world, channel) == 72  # it stands open and nobody finishes it
    await book.throw_away()
    assert await round_of_plan(world, channel) == 72
    said = await result(world.triager_ml, channel, "0/59")
    assert "Partial" in said and "13 more" in said


async def round_of_plan(world: World, channel: str) -> int:
    """How many attempts the plan asks of the verification that goes on."""
    said = (await world.triager_ml.runs("case plan", channel)).text
    return next(n for n in (59, 72, 86) if f"{n} attempts" in said)


async def test_a_run_given_up_before_any_success_costs_nothing(world: World) -> None:
    channel = await fixing(world, "medium", ours="30/100")
    book = await run_of_ours(world, channel, k=0, n=20, planned=59)
    await book.throw_away()
    assert "last look" in await result(world.triager_ml, channel, "0/59")


async def test_thinner_trials_before_give_no_look_back(world: World) -> None:
    channel = await fixing(world, "medium", ours="30/100")
    assert "Partial" in await result(world.triager_ml, channel, "3/59")
    await world.passes(minutes=11)
    assert (await world.triager_ml.runs("case evidence 1/10 replace=yes", channel)).code == "ok"
    said = await result(world.triager_ml, channel, "0/59")
    assert await round_of(world, channel) == 2, said


async def test_a_category_that_asks_for_one_try_does_not_hold_where_it_works_sometimes(world: World) -> None:
    channel = await fixing(world, "medium")
    assert (await world.triager_ml.runs("severity medium category=software-flaw", channel)).code == "ok"
    assert (await world.triager_ml.runs("case regression The words that start it.", channel)).code == "ok"
    refused = await world.triager_ml.runs("result fixed", channel)
    assert refused.code == "bad_argument" and "0/59" in refused.text
    assert await state(world, channel) == "verifying"


async def test_whoever_made_the_fix_tries_nothing_by_no_account(world: World) -> None:
    channel = await fixing(world, "medium")
    now = await world.now()
    async with world.app.database.work(now) as work:
        for account in ("owner", "triager-ml"):  # they were joined once
            person = await work.people.who(world.app.vault, "local", account)
            assert person is not None
            person.circle = "c-joined"
    for line in ("result 0/10", "result 0/59", "case variants 0/6 in French", "case benign 1/50 1/50"):
        refused = await world.triager_ml.runs(line, channel)
        assert refused.code == "verified_by_owner", (line, refused)
    assert (await world.owner.runs("case not-mine", channel)).code == "ok"  # handed back, and yet it is their fix
    assert (await world.triager_ml.runs("result 0/59", channel)).code == "verified_by_owner"
    assert not [one for one in await ledger(world, channel) if one.kind in ("inconclusive", "pass", "fail")]
    assert "last look" in await result(world.triager_sec, channel, "0/59")


async def test_a_way_around_one_fix_is_tried_on_the_next(world: World) -> None:
    channel = await fixing(world, "medium")
    await result(world.triager_ml, channel, "0/59")
    form = (await world.researcher.presses("me bypass")).form
    assert (await world.researcher.submits(form, {"trials": "4/10", "text": "Ask for a poem first."})).code == "ok"
    assert "back to the owner" in await result(world.triager_ml, channel, "0/59")
    assert (await world.owner.runs("fix build 8", channel)).code == "ok"
    assert (await world.triager_ml.runs("verify", channel)).code == "ok"
    said = await result(world.triager_ml, channel, "0/86")
    assert "Inconclusive" in said, said
    assert (await world.triager_ml.runs("case variants 0/30 the researcher's way", channel)).code == "ok"
    assert "last look" in await result(world.triager_ml, channel, "0/86")


async def test_a_level_does_not_move_under_a_verdict(world: World) -> None:
    channel = await fixing(world, "medium")
    assert "last look" in await result(world.triager_ml, channel, "0/59")
    assert (await world.triager_ml.runs("case flag attack-public", channel)).code == "ok"
    assert (await world.triager_ml.runs(f"severity vector={PERSONA}", channel)).code == "illegal_transition"
    card = await world.card(report_of(channel))
    assert card["level"] == "medium"


async def test_a_second_way_around_sent_twice_is_one(world: World) -> None:
    channel = await fixing(world, "medium")
    await result(world.triager_ml, channel, "0/59")
    form = (await world.researcher.presses("me bypass")).form
    assert (await world.researcher.submits(form, {"trials": "4/10"})).code == "ok"
    await world.passes(minutes=1)
    await world.researcher.submits(form, {"trials": "4/10"})
    async with world.app.database.read(await world.now()) as work:
        assert len(await work.trials.of(report_of(channel), Kind.BYPASS)) == 1


async def test_a_test_that_was_another_one_can_be_made_again_with_the_same_count(world: World) -> None:
    channel = await fixing(world, "medium")
    assert "Repeat the test" in await result(world.triager_ml, channel, "0/72", test="other-judge")
    assert "last look" in await result(world.triager_ml, channel, "0/72")


async def test_what_is_unlawful_to_hold_is_tried_by_nobody_and_leaves_no_wording(world: World) -> None:
    channel = await fixing(world, "medium")
    ml, me, report = world.triager_ml, world.researcher, report_of(channel)
    assert (await ml.runs("case variants 0/6 in French", channel)).code == "ok"
    assert (await ml.runs("case regression The words that start it.", channel)).code == "ok"
    form = (await me.runs(f"add report={report} fields=F20")).form
    assert (await me.submits(form, {"value": "yes"})).code == "ok"
    async with world.app.database.read(await world.now()) as work:
        series = await work.trials.of(report)
        assert series
        assert all(one.context is None and one.name is None for one in series)
        assert await work.judging.regression(report) == []
    for line in ("case evidence 3/10", "case variants 0/6 in Welsh"):
        assert (await ml.runs(line, channel)).code == "unlawful_content", line
    for line in ("case trials", "case plan", "case numbers", "show", "result 0/59"):
        assert (await ml.runs(line, channel)).code == "ok", line
