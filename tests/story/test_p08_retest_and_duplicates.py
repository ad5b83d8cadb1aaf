"""P8: four answers to a retest, one nudge for each missed promise, what a duplicate's researcher hears, names nobody chose."""

from __future__ import annotations

import re

import pytest

from tests.commands.watching import row_of
from tests.proving import BEFORE, ENOUGH
from tests.world import World, buttons_of, words_of

pytestmark = pytest.mark.slow


async def _state(world: World, report: str) -> str:
    return str((await world.card(report))["state"])


async def _at_retest(world: World) -> tuple[str, str]:
    report = await world.researcher.sends_report("It shows other people's data.", category="jailbreak", title="Data shown")
    channel = world.channel(report)
    await world.until((await world.now()).replace(hour=10))
    for who, line in ((world.triager_sec, "accept medium jailbreak"), (world.lead, "owner owner"), (world.owner, "work 2026-12-18"),
                      (world.owner, "fix build 7"), *((world.triager_ml, one) for one in (*BEFORE, f"result {ENOUGH['medium']}"))):
        assert (await who.runs(line, channel)).code == "ok"
    return report, channel


async def test_the_four_answers_to_a_retest(world: World) -> None:
    me = world.researcher
    report, channel = await _at_retest(world)
    status = next(one for one in reversed(await me.messages()) if one["card"] and one["card"]["state"] == "yours to retest")
    assert [one["label"] for one in buttons_of(status)] == ["It is fixed", "It still works", "Need 7 more days", "I'll pass"]
    assert (await me.presses("me more-days")).code == "ok"
    assert (await me.presses("me more-days")).code == "already_done"
    form = (await me.presses("me bypass")).form
    assert (await me.submits(form, {"trials": "12/3"})).status == 422
    assert (await me.submits(form, {"trials": "3 of 10", "text": "With a longer prompt."})).code == "ok"
    assert await _state(world, report) == "verifying"
    assert "It still works: 3 of 10" in "\n".join(await world.lead.bot_texts(channel))
    assert (await me.submits(form, {"trials": "3/10"})).code == "illegal_transition"  # a stale form


async def test_a_pass_resolves_on_our_numbers(world: World) -> None:
    report, _ = await _at_retest(world)
    assert (await world.researcher.presses("me pass")).code == "ok"
    assert await _state(world, report) == "resolved"
    assert "verified internally" in "\n".join((await world.card(report))["lines"])


async def test_a_nudge_goes_once_for_each_missed_promise_to_assignee_and_lead(world: World) -> None:
    me, sec = world.researcher, world.triager_sec
    report = await me.sends_report()
    pseudonym = {one["label"]: one["text"] for one in (await world.card(report))["fields"]}["Researcher"].split(";")[0]
    assert re.fullmatch(r"[a-z]+-[a-z]+", pseudonym), "two neutral words, given automatically"
    await me.says("pseudonym Night Owl")
    assert "Night Owl" in str((await world.card(report))["fields"])
    assert (await sec.presses("acknowledge", world.channel(report))).code == "ok"
    await world.passes(days=2, hours=1)  # the first answer is late: an acknowledgement is not one
    assert (await me.presses("Nudge")).code == "ok"

    async def nudged(who: str) -> int:
        return sum(f"{report}: the researcher asks for news" in one for one in await world[who].bot_texts())

    assert [await nudged("triager-sec"), await nudged("lead"), await nudged("triager-ml")] == [1, 1, 0]
    again = await me.presses("Nudge")
    assert (again.code, "once a missed promise" in again.text) == ("ok", True)
    assert await nudged("triager-sec") == 1
    await world.passes(days=6)  # the judgement is late as well
    await me.presses("Nudge")
    await world.passes(hours=2)
    assert await nudged("lead") == 2


async def test_a_duplicate_hears_of_the_first_report_and_is_thanked_for_what_it_adds(world: World) -> None:
    first, channel = await _at_retest(world)
    await world.passes(days=1)
    other = world.researcher_2
    copy = await other.sends_report("It shows the data of others.")
    there = world.channel(copy)
    assert (await world.triager_ml.runs("close-without-fix duplicate", there)).code == "bad_argument"
    form = (await world.triager_ml.runs(f"close-without-fix original={first} duplicate", there)).form
    assert (await world.triager_ml.submits(form, {"text": form["fields"][0]["value"]})).code == "ok"
    assert await _state(world, copy) == "a duplicate"
    assert "first reported to us on Mon 30 Nov 2026" in "\n".join(await other.bot_texts()), "when the first report came"
    status = next(one["card"] for one in reversed(await other.messages()) if one["card"])
    assert (status["state"], {"label": "Reported first", "text": "Mon 30 Nov 2026"} in status["fields"]) == ("done, a duplicate", True)
    refused = await other.runs("credit Night Owl")
    assert (refused.code, "adds something" in refused.text) == ("adds_nothing", True)
    assert (await world.lead.presses("It adds something", there)).code == "ok"
    form = (await other.presses("Thank me by name")).form
    assert (await other.submits(form, {"name": "Night Owl"})).code == "ok"

    assert (await world.researcher.presses("me fixed")).code == "ok"
    assert f"The flaw that you reported as {copy} is fixed." in await other.last()
    assert (await world.researcher.presses("me agree")).code == "ok"
    assert (await world.researcher.runs("credit none")).code == "ok"
    for line in ("agree", "publish"):
        assert (await world.lead.runs(line, channel)).code == "ok"
    assert f"The flaw that you reported as {copy} is public. Your thanks stand in the hall of fame." in await other.last()
    (hall,) = await other.messages("hall-of-fame")
    assert "Night Owl" in words_of(hall) and "medium: what they added to an earlier report helped" in words_of(hall)
    assert first not in "\n".join(words_of(one) + str(buttons_of(one)) for one in await other.messages())

    # A copy of what is public already hears so at once, and is thanked as well. An appeal that is heard makes it a report of its own.
    late = await other.sends_report("It shows the data of others, again.")
    done = await world.triager_ml.runs(f"close-without-fix original={first} reason=duplicate adds=yes", world.channel(late))
    done = await world.triager_ml.submits(done.form, {"text": "It repeats another one."}) if done.form else done
    assert done.code == "ok", done
    assert (await row_of(world, late)).published_at is not None
    assert (await other.runs(f"credit {late} Night Owl")).code == "ok"
    assert len(await other.messages("hall-of-fame")) == 2
    assert (await other.runs(f"appeal {late} It is another one.")).code == "ok"
    assert (await world.lead.runs("case appeal", world.channel(late))).code == "ok"
    row = await row_of(world, late)
    assert (row.state, row.duplicate_of, row.published_at) == ("triaging", "", None)
    assert len(await other.messages("hall-of-fame")) == 1, "it is thanked for again once it is done"
