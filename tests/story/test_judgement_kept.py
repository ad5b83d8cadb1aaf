"""What the judgement keeps: no word of people stands in clear, and reports from before it still show and move on."""

from __future__ import annotations

import logging

import pytest
from sqlmodel import select

from config.policy.states import State
from storage.models import Entry
from tests.commands.watching import brought_to
from tests.story.test_intake_facts import on_disk
from tests.world import World, words_of

pytestmark = pytest.mark.slow


async def test_no_word_of_the_judgement_stands_in_clear(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    me, ml, report = world.researcher, world.triager_ml, await world.researcher.sends_report(
        "A story.", worked="3 of 10", category="jailbreak", attack="Quokkaattack", system="acme-chat",
        **{"counts as success": "Quokkacriterion"})
    await world.until((await world.now()).replace(hour=10))
    channel = world.channel(report)

    async def does(who: object, line: str) -> None:
        found = await who.runs(line, channel)  # type: ignore[attr-defined]
        assert found.code == "ok", (line, found)

    await does(ml, 'case evidence 3/10 criterion="Quokkasuccess" judge="classifier, Quokkajudge" settings=temperature=0.7 model=Quokkamodel')
    await does(ml, 'case fact field=S07 value="temperature=0.7"')
    await does(ml, "accept medium jailbreak Quokkawhy")
    await does(ml, 'case cause alignment "Quokkaevidence" component="Quokkacomponent"')
    await does(ml, 'case cause guardrail "Quokkahelper" part=contributing')
    await does(ml, "severity low jailbreak why=Quokkalonger")
    await does(ml, "severity medium jailbreak")
    await does(world.lead, "owner owner")
    await does(world.owner, "work 2026-12-18")
    await does(world.owner, "fix Quokkabuild")
    await does(ml, "verify")
    await does(ml, "case variants 0/6 in Quokkafrench; 0/6 as Quokkapoem")
    await does(ml, "case regression Quokkaregression")
    refused = await ml.runs("case evidence Quokka/count", channel)
    assert "Quokka" not in refused.text
    refused = await ml.runs("severity vector=Quokkavector", channel)
    assert "Quokka" not in refused.text
    await does(ml, "result 0/59 Quokkatold")
    form = (await me.presses("me bypass")).form
    assert (await me.submits(form, {"trials": "4/10", "text": "Quokkaway"})).code == "ok"
    await world.settled()
    kept = on_disk(world)
    for word in (b"Quokka", b"quokka"):
        at = kept.find(word)
        assert at < 0, kept[max(0, at - 60):at + 40]
    assert "uokka" not in caplog.text
    async with world.app.database.read(await world.now()) as work:
        entries = (await work.session.execute(select(Entry))).scalars()
        assert "uokka" not in "".join(one.data for one in entries)
    theirs = "\n".join([*await me.bot_texts(), (await me.runs("status")).text])
    for secret in ("Quokkaevidence", "Quokkacomponent", "Quokkahelper", "Quokkafrench", "Quokkaregression", "Quokkasuccess", "triager-ml"):
        assert secret not in theirs, secret
    for line in ("case trials", "case numbers", "case plan", "case cause alignment"):
        for stranger in (me, world.researcher_2, world.leadership):
            found = await stranger.runs(f"{line} report={report}", "dm")
            assert found.code != "ok", (line, stranger)
            assert "uokka" not in str(found), (line, stranger)


async def test_reports_from_before_the_judgement_show_and_move_on(world: World) -> None:
    report = await world.researcher.sends_report("A story.", worked="3 of 10", category="jailbreak")
    await world.until((await world.now()).replace(hour=10))
    channel, ml = world.channel(report), world.triager_ml
    kinds = (("verified", (0, 10), "medium", "jailbreak"), ("", (-1, -1), "critical", "software-flaw"),
             ("inconclusive", (2, 10), "", "no-such-category"))
    lines = ("show", "case plan", "case numbers", "case explain", "case trials")
    for number, state in enumerate(State):
        verdict, after, level, category = kinds[number % 3]
        fixed = (("fix", {}), ("pass", {"verdict": verdict, "k": after[0], "n": after[1]})) if after[1] > 0 else ()
        await brought_to(
            world, report, fixed, state=state.value, level=level, category=category, verdict=verdict, ours_k=3, ours_n=10,
            after_k=after[0], after_n=after[1], asked_in="triaging" if state is State.NEEDS_INFO else "")
        for line in lines:
            found = await ml.runs(f"{line} report={report}", channel)
            assert found.code in ("ok", "no_score"), (state, line, found)
        assert (await world.researcher.runs("status")).code == "ok", state
        assert (await ml.runs(f'note report={report} text="Draw the card again."', channel)).code in ("ok", "report_done"), state
    await brought_to(world, report, (("fix", {}),), state="verifying", level="medium", category="jailbreak", verdict="", planned=0)
    assert (await ml.runs("case cause alignment", channel)).code == "ok"
    assert (await ml.runs("result 0/59", channel)).code == "ok"
    await world.passes(hours=1)
    assert (await world.card(report))["report"] == report
    assert words_of((await world.lead.messages(channel))[0])
