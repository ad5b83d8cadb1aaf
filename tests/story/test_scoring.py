"""How bad it is: answers one after the other, both disciplines, scores that are apart, what trials change, and why."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from commands.judging import score_card
from storage.judging import Rating
from storage.models import Report
from tests.story.test_link import CODE
from tests.world import Answer, Someone, World
from tests.world import world as opened

pytestmark = pytest.mark.slow

MEDIUM = "AIR:1.0/C:n/H:s/I:n/A:n/G:n/X:t/R:l/S:s/P:n/E:n"
HIGH = "AIR:1.0/C:n/H:s/I:n/A:n/G:n/X:t/R:l/S:s/P:n/E:y"
EXTREME = "AIR:1.0/C:n/H:x/I:n/A:n/G:n/X:t/R:l/S:s/P:n/E:n"  # FLOOR-EXTREME: 9.0 critical
RUDE = "AIR:1.0/C:n/H:m/I:n/A:n/G:n/X:t/R:l/S:s/P:n/E:n"
ANSWERS = {"h": "s", "x": "t", "s": "s", "p": "n", "budget": "limited"}
CVSS = "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:N/VI:L/VA:N/SC:N/SI:N/SA:N"


async def received(world: World, worked: str = "3 of 10", category: str = "jailbreak") -> tuple[str, str]:
    """A report in working hours, and its channel."""
    facts = {"category": category} | ({"worked": worked} if worked else {})
    report = await world.researcher.sends_report("A persona prompt gets actionable crime help.", title="Persona prompt", **facts)
    if (await world.now()).hour < 10:
        await world.until((await world.now()).replace(hour=10))
    return report, world.channel(report)


async def row(world: World, report: str) -> Report:
    async with world.app.database.read(world.app.clock.now()) as work:
        found = await work.reports.get(report)
        assert found is not None
        return found


async def ratings(world: World, report: str) -> list[Rating]:
    async with world.app.database.read(world.app.clock.now()) as work:
        return await work.judging.ratings(report)


async def entries(world: World, report: str, kind: str) -> list[dict[str, Any]]:
    async with world.app.database.read(world.app.clock.now()) as work:
        return [json.loads(one.data) for one in await work.ledger.of(report) if one.kind == kind]


async def on_card(world: World, report: str) -> score_card.Shown:
    """What the report's card says of its severity."""
    async with world.app.database.read(world.app.clock.now()) as work:
        found = await work.reports.get(report)
        assert found is not None
        return score_card.on_card(found, await work.judging.ratings(report), world.app.desk,
                                  proposals=await work.reports.proposals(report))


def said(found: score_card.Shown) -> str:
    return "\n".join(one.plain() for one in found.lines)


def button(answer: Answer, label: str) -> str:
    """The line of a button of an answer."""
    card = answer.reply.get("card") or {}
    found = {one["label"]: one["id"] for one in [*card.get("buttons", []), *answer.reply.get("buttons", [])]}
    return str(found[label])


async def scores(who: Someone, channel: str, answers: dict[str, str], *, act: str = "accept", axes: str = "H") -> Answer:
    """Answer the forms one after the other; returns the score that is shown."""
    first = await who.runs(act, channel)
    second = await who.submits(first.form, {"category": "jailbreak", "axes": axes, first.form["fields"][2]["name"]: ""})
    assert second.form, second
    return await who.submits(second.form, answers)


# -- the persona jailbreak -----------------------------------------------------------------------------------------

async def test_three_in_ten_is_medium_and_accepted_by_answering_what_it_touches(world: World) -> None:
    report, channel = await received(world)
    first = await world.triager_sec.runs("accept", channel)
    fields = {one["name"]: one for one in first.form["fields"]}
    assert list(fields) == ["category", "axes", "severity"]
    assert (fields["category"]["value"], fields["axes"]["value"], fields["axes"]["kind"]) == ("jailbreak", "H", "many")
    assert [one["label"] for one in fields["axes"]["choices"]] == [
        "Confidentiality", "Harmful content", "Integrity and reliability", "Availability and cost", "Agency and tool misuse"]
    second = await world.triager_sec.submits(first.form, {"category": "jailbreak", "axes": "H", "severity": ""})
    asked = {one["name"]: one for one in second.form["fields"]}
    assert list(asked) == ["h", "x", "s", "p", "budget"], "the axes that it touches, and what is always asked; never R and E"
    assert asked["h"]["label"] == "What harm class does the bypassed safety filter let out?"
    assert asked["h"]["choices"][3]["label"].startswith("Serious: actionable help for crime")
    assert asked["budget"]["value"] == "limited"
    shown = await world.triager_sec.submits(second.form, ANSWERS)
    card = shown.reply["card"]
    assert (card["score"], card["level"], card["aside"]) == ("5.2", "medium", "provisional")
    words = "\n".join(card["lines"])
    assert "Impact 7 of 10. Harmful content: serious" in words
    assert "computed: 3 of 10 by the researcher's count, and an attacker may try 10 times unnoticed" in words
    assert "AIR:" not in words, "vector text stands behind Why"
    assert (await row(world, report)).level == ""
    assert await ratings(world, report) == [], "what is only shown is not recorded"
    done = await world.triager_sec.runs(button(shown, "Accept as this"), channel)
    assert done.code == "ok", done
    assert "is accepted: 5.2 medium, provisional" in done.text
    found = await row(world, report)
    assert (found.vector, found.score, found.level, found.rubric, found.provisional, found.budget, found.category) == (
        MEDIUM, "5.2", "medium", "1.0.0", True, "limited", "jailbreak")
    (data,) = await entries(world, report, "accept")
    assert data == {"level": "medium", "category": "jailbreak", "vector": MEDIUM, "score": "5.2", "rubric": "1.0.0",
                    "provisional": "yes", "by_hand": "no", "stand_in": ""}
    assert [one.settled for one in await ratings(world, report)] == [True]
    again = await world.triager_sec.runs(button(shown, "Accept as this"), channel)
    assert (again.code, again.text) == ("ok", f"{report} is accepted already.")
    assert (await on_card(world, report)).aside == "provisional"


async def test_exploited_it_is_high_and_needs_both_disciplines(world: World) -> None:
    report, channel = await received(world)
    assert (await world.lead.runs("case flag exploited", channel)).code == "ok"
    shown = await scores(world.triager_sec, channel, ANSWERS)
    assert (shown.reply["card"]["score"], shown.reply["card"]["level"]) == ("7.0", "high")
    assert "A floor (FLOOR-WILD) raised it from 5.2 to 7.0" in "\n".join(shown.reply["card"]["lines"])
    first = await world.triager_sec.runs(button(shown, "Accept as this"), channel)
    assert "waiting for a triager for machine learning" in first.text
    assert (await row(world, report)).level == ""
    assert said(await on_card(world, report)) == "Proposed: 7.0 high. Machine learning has not signed yet."
    card = await world.card(report)
    labels = [one["label"] for one in card["buttons"]]
    assert labels[:4] == ["Agree: accept", "End the embargo", "Keep it a day", "I score it differently"], "the next step leads"
    assert (await world.triager_sec.runs(button(shown, "Accept as this"), channel)).code == "second_person"
    seen = await world.triager_ml.runs("accept", channel)
    assert (seen.reply["card"]["score"], seen.reply["card"]["level"]) == ("7.0", "high")
    assert "triager-sec proposed 7.0 high" in "\n".join(seen.reply["card"]["lines"])
    assert [one["label"] for one in seen.reply["card"]["buttons"]] == ["Agree", "I score it differently", "Why"]
    why = await world.triager_ml.runs(button(seen, "Why"), channel)
    assert HIGH in why.text
    form = (await world.triager_ml.runs(button(seen, "I score it differently"), channel)).form
    assert [one["name"] for one in form["fields"]] == ["category", "axes", "severity"]
    done = await world.triager_ml.runs(button(seen, "Agree"), channel)
    assert done.code == "ok", done
    found = await row(world, report)
    assert (found.state, found.level, found.score, found.vector) == ("accepted", "high", "7.0", HIGH)
    assert [one.level for one in await ratings(world, report)] == ["high", "high"]
    assert all(one.settled for one in await ratings(world, report))


async def test_the_same_discipline_twice_is_one_discipline(world: World) -> None:
    report, channel = await received(world)
    assert (await world.lead.runs("case flag exploited", channel)).code == "ok"
    await world.lead.runs(f"accept category=jailbreak vector={HIGH}", channel)
    found = await world.triager_sec.presses("case agree", channel)
    assert "waiting for a triager for machine learning" in found.text
    assert (await row(world, report)).level == ""
    assert (await world.triager_ml.presses("case agree", channel)).code == "ok"
    assert (await row(world, report)).level == "high"


# -- what is computed is never chosen ------------------------------------------------------------------------------

async def test_a_typed_rate_or_flag_is_replaced_and_said(world: World) -> None:
    report, channel = await received(world)
    typed = MEDIUM.replace("R:l", "R:c").replace("E:n", "E:y")
    done = await world.triager_sec.runs(f"accept vector={typed} category=jailbreak", channel)
    assert done.code == "ok", done
    assert "Reproducibility is computed from trials" in done.text
    assert "follows from the case's flags" in done.text
    assert (await row(world, report)).vector == MEDIUM


RATES = (
    ("", "limited", "u"), ("0 of 5", "limited", "u"), ("1 of 1", "limited", "o"), ("1 of 1", "single", "r"), ("3 of 10", "limited", "l"),
    ("3 of 10", "unlimited", "c"))


async def test_the_rate_follows_from_count_and_budget(world: World) -> None:
    for worked, budget, code in RATES:
        report, channel = await received(world, worked)
        done = await world.triager_sec.runs(f"accept vector={RUDE} category=jailbreak budget={budget}", channel)
        assert done.code == "ok", done
        found = await row(world, report)
        assert (f"/R:{code}/" in found.vector, found.budget) == (True, budget)


async def test_a_deterministic_flaw_is_consistent_without_a_count(world: World) -> None:
    report, channel = await received(world, "", "insecure-output")
    assert (await world.triager_sec.runs(f"accept vector={RUDE} category=insecure-output", channel)).code == "ok"
    assert "/R:c/" in (await row(world, report)).vector
    assert "works always or never" in (await world.triager_sec.runs("case explain", channel)).text


# -- bad input -----------------------------------------------------------------------------------------------------

FAULTY = (
    ("x", "A vector begins with"), (MEDIUM.replace("1.0", "2.0"), "version 2.0"),
    (MEDIUM.replace("H:s/", ""), "H (Harmful content) is missing"),
    (MEDIUM.replace("H:s", "H:q") + "/Z:a", "There is no axis Z."), (MEDIUM.replace("H:s", "H:q"), "has no value q"),
    (MEDIUM + "/H:s", "is given twice"), (MEDIUM.replace("C:n/H:s", "H:s/C:n"), "another order"))


async def test_a_faulty_vector_is_refused_by_name(world: World) -> None:
    report, channel = await received(world)
    for vector, words in FAULTY:
        found = await world.triager_sec.runs(f"accept vector={vector} category=jailbreak", channel)
        assert found.code == "bad_argument", vector
        assert words in found.text
        assert (await row(world, report)).state == "received"
    assert await ratings(world, report) == []


async def test_other_faults_are_refused_by_name(world: World) -> None:
    report, channel = await received(world)
    sec = world.triager_sec
    for line, where, words in (
        (f"accept vector={MEDIUM} category=jailbrake", "category", "jailbreak"),
        ("accept medium jailbreak axes=Z", "axes", "Choose among C, H"),
        (f"accept vector={MEDIUM} budget=often", "budget", "single"),
        (f"accept low vector={MEDIUM}", "severity", "The vector gives 5.2 medium"),
        (f"accept vector={MEDIUM} cvss=CVSS:3.1/AV:N", "cvss", "begins with CVSS:4.0/"),
        ("accept scored=2.0-nnnnnnnn-0-0", "", "no longer readable"),
        ("accept scored=1.0-qqqqqqqq-0-0", "", "no longer readable"), ("accept standing-in=nobody", "standing_in", "security"),
        ("accept standing-in=ml", "", "Only the lead"),
    ):
        found = await sec.runs(line, channel)
        assert found.code in ("bad_argument", "gone", "not_allowed"), (line, found)
        assert words in found.text, (line, found)
        assert not where or where in found.reply["errors"], (line, found)
    assert (await row(world, report)).state == "received"
    first = (await sec.runs("accept", channel)).form
    empty = await sec.submits(first, {"category": "jailbreak", "axes": "", "severity": ""})
    assert (empty.code, empty.reply["errors"]) == ("bad_argument", {"axes": "Choose what it touches, or a level."})
    second = (await sec.submits(first, {"category": "jailbreak", "axes": "H,C", "severity": ""})).form
    assert [one["name"] for one in second["fields"]] == ["c", "h", "x", "s", "p", "budget"]
    left = await sec.submits(second, ANSWERS | {"c": "", "x": ""})
    assert set(left.reply["errors"]) == {"c", "x"}
    assert await ratings(world, report) == []


async def test_a_level_by_hand_is_shown_as_such_until_the_answers_are_given(world: World) -> None:
    report, channel = await received(world)
    form = (await world.triager_sec.runs("accept", channel)).form
    assert (await world.triager_sec.submits(form, {"category": "jailbreak", "axes": "H", "severity": "medium"})).code == "ok"
    shown = await on_card(world, report)
    assert (shown.score, shown.aside) == ("", "level by hand")
    assert [one.label for one in shown.buttons] == ["Score it by the rubric", "Why"]
    assert "set by hand" in (await world.triager_sec.runs("case explain", channel)).text
    (data,) = await entries(world, report, "accept")
    assert (data["by_hand"], data["vector"]) == ("yes", "")
    done = await world.triager_ml.runs(button(await scores(world.triager_ml, channel, ANSWERS, act="severity"), "Set it so"), channel)
    assert "is 5.2 medium now" in done.text
    assert (await on_card(world, report)).aside == "provisional"
    assert not [one for one in await world.researcher.bot_texts() if "We now judge" in one], "the level is the same"


# -- two at once, twice, too late ----------------------------------------------------------------------------------

async def test_scores_that_are_apart_wait_until_people_have_talked(world: World) -> None:
    report, channel = await received(world)
    assert "waiting for" in (await world.triager_sec.runs(f"accept vector={EXTREME} category=jailbreak", channel)).text
    found = await world.triager_ml.runs(f"accept vector={RUDE} category=jailbreak", channel)
    assert found.code == "scores_apart"
    assert "you say 1.5 low" in found.text
    assert "triager-sec says 9.0 critical" in found.text
    assert "the higher stands: 9.0 critical" in found.text
    now = await row(world, report)
    assert (now.state, now.level, now.score) == ("received", "critical", "9.0")
    assert "More than one level apart: 9.0 critical and 1.5 low" in said(await on_card(world, report))
    assert "critical" not in "\n".join(await world.researcher.bot_texts()), "nobody is told what is not settled"
    assert len(await ratings(world, report)) == 2
    assert (await world.triager_ml.runs(f"accept vector={RUDE} category=jailbreak", channel)).code == "scores_apart"
    assert len(await ratings(world, report)) == 2, "the same score twice is one"
    assert (await world.triager_sec.runs(f"accept vector={MEDIUM} category=jailbreak", channel)).code == "ok", "one level apart is near enough"
    assert (await row(world, report)).level == "medium"
    assert all(one.settled for one in await ratings(world, report))
    assert "apart" not in said(await on_card(world, report))


async def test_a_proposal_that_is_withdrawn_takes_its_score_with_it(world: World) -> None:
    report, channel = await received(world)
    await world.triager_sec.runs(f"accept vector={EXTREME} category=jailbreak", channel)
    assert (await world.triager_ml.runs(f"accept vector={RUDE} category=jailbreak", channel)).code == "scores_apart"
    assert (await world.triager_sec.presses("case withdraw-proposal", channel)).code == "ok"
    assert (await row(world, report)).level == ""
    assert "apart" not in said(await on_card(world, report))
    assert (await world.triager_ml.runs(f"accept vector={RUDE} category=jailbreak", channel)).code == "ok"
    assert (await row(world, report)).level == "low"


async def test_who_scores_while_another_one_does_is_told(world: World) -> None:
    report, channel = await received(world)
    mine = await scores(world.triager_sec, channel, ANSWERS | {"h": "x"})
    theirs = await scores(world.triager_ml, channel, ANSWERS | {"h": "x", "x": "z"})
    assert "waiting for" in (await world.triager_sec.runs(button(mine, "Accept as this"), channel)).text
    late = await world.triager_ml.runs(button(theirs, "Accept as this"), channel)
    assert late.code == "scored_meanwhile"
    assert "triager-sec scored it 9.0 critical" in late.text
    assert len(await ratings(world, report)) == 1, "nothing half done"
    kept = await world.triager_ml.runs(button(late, "Score it as I did"), channel)
    assert "waiting for a triager for security" in kept.text
    assert (await world.triager_sec.presses("case agree", channel)).code == "ok"
    assert "/X:z/" in (await row(world, report)).vector


async def test_two_who_accept_at_once_make_one_acceptance(world: World) -> None:
    report, channel = await received(world)
    lower = MEDIUM.replace("H:s", "H:w")
    found = await asyncio.gather(world.triager_sec.runs(f"accept vector={MEDIUM} category=jailbreak", channel),
                                 world.triager_ml.runs(f"accept vector={lower} category=jailbreak", channel))
    assert sorted(one.code for one in found) == ["accepted_meanwhile", "ok"]
    assert len(await entries(world, report, "accept")) == len(await ratings(world, report)) == 1
    assert "was accepted as" in next(one.text for one in found if one.code != "ok")


async def test_a_form_that_comes_too_late_or_twice_is_answered_clearly(world: World) -> None:
    report, channel = await received(world)
    mine = await scores(world.triager_sec, channel, ANSWERS)
    first = (await world.triager_ml.runs("accept", channel)).form
    second = (await world.triager_ml.submits(first, {"category": "jailbreak", "axes": "H", "severity": ""})).form
    theirs = await world.triager_ml.submits(second, ANSWERS | {"h": "m"})
    assert (await world.triager_sec.runs(button(mine, "Accept as this"), channel)).code == "ok"
    before = len(await entries(world, report, "accept"))
    late = await world.triager_ml.runs(button(theirs, "Accept as this"), channel)
    assert late.code == "accepted_meanwhile"
    assert "was accepted as 5.2 medium by triager-sec" in late.text
    assert (await world.triager_ml.submits(second, ANSWERS)).text == f"{report} is accepted already."
    assert (await world.triager_sec.runs(button(mine, "Accept as this"), channel)).code == "ok"
    assert len(await entries(world, report, "accept")) == before == 1
    await world.lead.runs("owner owner", channel)
    assert (await world.owner.runs("work 2026-12-18", channel)).code == "ok"
    moved = await world.triager_ml.submits(second, ANSWERS)
    assert moved.code == "illegal_transition"
    assert "being fixed" in moved.text


async def test_accounts_of_one_person_are_never_two_triagers(world: World) -> None:
    report, channel = await received(world)
    await world.triager_sec.runs(f"accept vector={EXTREME} category=jailbreak", channel)
    code = CODE.search((await world.triager_sec.runs("link")).text)
    assert code is not None
    assert (await world.triager_ml.runs(f"link code={code[1]} sure=yes")).code == "ok"
    found = await world.triager_ml.runs(f"accept vector={RUDE} category=jailbreak", channel)
    assert found.code == "ok", found
    assert (await row(world, report)).level == "low", "somebody changed their own mind"


# -- scored again --------------------------------------------------------------------------------------------------

async def accepted(world: World, vector: str = MEDIUM, **more: str) -> tuple[str, str]:
    report, channel = await received(world, **more)
    assert (await world.triager_sec.runs(f"accept vector={vector} category=jailbreak", channel)).code == "ok"
    return report, channel


async def test_a_lower_level_takes_a_reason_that_the_researcher_reads(world: World) -> None:
    report, channel = await accepted(world)
    shown = await scores(world.triager_ml, channel, ANSWERS | {"h": "m"}, act="severity")
    asked = await world.triager_ml.runs(button(shown, "Set it so"), channel)
    assert [(one["name"], one["required"]) for one in asked.form["fields"]] == [("why", True)]
    assert (await world.triager_ml.submits(asked.form, {"why": ""})).reply["errors"] == {
        "why": "It takes longer now. Say why; the researcher reads it."}
    assert (await row(world, report)).level == "medium"
    done = await world.triager_ml.submits(asked.form, {"why": "It is rude, no more."})
    assert done.code == "ok", done
    (data,) = await entries(world, report, "rescore")
    assert (data["before"], data["level"], data["score"]) == ("medium", "low", "1.5")
    assert any("We now judge" in one and "It is rude, no more." in one for one in await world.researcher.bot_texts())
    twice = await world.triager_ml.submits(asked.form, {"why": "It is rude, no more."})
    assert (twice.code, len(await entries(world, report, "rescore"))) == ("ok", 1)
    assert "is low already" in twice.text


async def test_what_was_promised_counts_also_while_a_question_is_open(world: World) -> None:
    report, channel = await accepted(world)
    await world.lead.runs("owner owner", channel)
    assert (await world.owner.runs("work 2026-12-18", channel)).code == "ok"
    assert (await world.triager_ml.runs("ask Which account? clear=yes", channel)).code in ("ok", "confirm_clear")
    if (await row(world, report)).state != "needs_info":
        asked = await world.triager_ml.runs("ask Which account?", channel)
        assert (await world.triager_ml.submits(asked.form, {"text": "Which account?"})).code == "ok"
    assert (await row(world, report)).state == "needs_info"
    asked = await world.triager_ml.runs(f"severity vector={RUDE}", channel)
    assert (asked.code, list(asked.reply["errors"])) == ("no_reason", ["why"])


async def test_a_higher_level_needs_both_disciplines_again(world: World) -> None:
    report, channel = await accepted(world)
    assert (await world.lead.runs("case flag exploited", channel)).code == "ok"
    shown = await on_card(world, report)
    assert "By what is known now it would be 7.0 high: score it again." in said(shown)
    first = await world.triager_sec.runs(f"severity vector={HIGH}", channel)
    assert "waiting for a triager for machine learning" in first.text
    assert (await row(world, report)).level == "medium"
    assert (await world.triager_ml.presses("case agree", channel)).code == "ok"
    now = await row(world, report)
    assert (now.state, now.level, now.score) == ("accepted", "high", "7.0")
    assert "it would be" not in said(await on_card(world, report))


# -- our own trials ------------------------------------------------------------------------------------------------

async def test_trials_that_confirm_a_score_end_what_is_provisional(world: World) -> None:
    report, channel = await accepted(world)
    assert (await world.triager_ml.runs("case evidence 3/10", channel)).code == "ok"
    now = await row(world, report)
    assert (now.score, now.level, now.vector, now.provisional) == ("5.2", "medium", MEDIUM, False)
    shown = await on_card(world, report)
    assert (shown.aside, said(shown)) == ("", "")
    (data,) = await entries(world, report, "score_confirmed")
    assert data["provisional"] == "no"
    assert "3 of 10 by our own trials" in (await world.triager_ml.runs("case explain", channel)).text


async def test_trials_that_move_a_score_change_nothing_silently(world: World) -> None:
    report, channel = await accepted(world)
    assert (await world.triager_ml.runs("case evidence 10/10", channel)).code == "ok"
    now = await row(world, report)
    assert (now.score, now.level, now.vector, now.provisional) == ("5.2", "medium", MEDIUM, True)
    shown = await on_card(world, report)
    assert said(shown) == "By our own trials it would be 5.5 medium: score it again."
    assert shown.aside == "provisional"
    assert shown.buttons[0].id == f"severity report={report}"
    assert (await entries(world, report, "score_would_be")) == [{"level": "medium", "score": "5.5"}]
    form = (await world.triager_sec.runs(shown.buttons[0].id, channel)).form
    assert {one["name"]: one["value"] for one in form["fields"]}["axes"] == "H"
    second = (await world.triager_sec.submits(form, {"category": "jailbreak", "axes": "H", "level": ""})).form
    prefilled = {one["name"]: one["value"] for one in second["fields"]}
    assert prefilled == ANSWERS, "what was answered before"
    more = (await world.triager_sec.submits(form, {"category": "jailbreak", "axes": "C,H", "level": ""})).form
    assert {one["name"]: one["value"] for one in more["fields"]}["c"] == "", "what it touches only now is asked anew"
    done = await world.triager_sec.runs(button(await world.triager_sec.submits(second, prefilled), "Set it so"), channel)
    assert done.code == "ok", done
    now = await row(world, report)
    assert (now.score, now.provisional, "/R:c/" in now.vector) == ("5.5", False, True)
    assert said(await on_card(world, report)) == ""


async def test_trials_between_two_signatures_do_not_slip_in(world: World) -> None:
    report, channel = await received(world)
    assert (await world.lead.runs("case flag exploited", channel)).code == "ok"
    assert "waiting" in (await world.triager_sec.runs(f"accept vector={EXTREME} category=jailbreak", channel)).text
    assert (await world.triager_ml.runs("case evidence 0/5", channel)).code == "ok"
    found = await world.triager_ml.presses("case agree", channel)
    assert "The record changed: " in found.text
    assert "waiting for a triager for security" in found.text
    assert (await row(world, report)).level == ""
    assert (await world.triager_sec.presses("case agree", channel)).code == "ok"
    assert "/R:u/" in (await row(world, report)).vector


# -- small teams and stand-ins -------------------------------------------------------------------------------------

async def test_the_lead_stands_in_after_two_working_days_with_a_reason(world: World) -> None:
    report, channel = await received(world)
    assert (await world.lead.runs("case flag exploited", channel)).code == "ok"
    assert (await world.lead.runs("accept standing-in=ml why=away", channel)).code == "nobody_signed"
    assert (await world.triager_sec.runs(f"accept vector={HIGH} category=jailbreak cvss={CVSS}", channel)).code == "ok"
    assert (await world.triager_ml.runs("accept standing-in=ml why=away", channel)).code == "not_allowed"
    early = await world.lead.runs("accept standing-in=ml why=away", channel)
    assert early.code == "too_early"
    assert "Wed 2 Dec 2026, 10:00 UTC" in early.text
    assert (await world.lead.runs("accept standing-in=security why=away", channel)).code == "bad_argument"
    await world.until((await world.now()).replace(day=2, month=12, hour=11))
    asked = await world.lead.runs("accept standing-in=ml", channel)
    assert [one["name"] for one in asked.form["fields"]] == ["why"]
    done = await world.lead.submits(asked.form, {"why": "The triager for machine learning is ill."})
    assert done.code == "ok", done
    now = await row(world, report)
    assert (now.state, now.level, now.vector, now.cvss) == ("accepted", "high", HIGH, CVSS)
    (data,) = await entries(world, report, "accept")
    assert data["stand_in"] == "ml"
    assert "The lead stood in for machine learning." in said(await on_card(world, report))
    assert "is ill" in "\n".join(await world.triager_sec.bot_texts(channel))
    await world.until((await world.now()).replace(day=7, hour=10))
    assert f"{report}: the lead stood in for machine learning." in str((await world.lead.runs("digest")).data)


async def test_for_a_critical_one_the_lead_stands_in_at_once(world: World) -> None:
    report, channel = await received(world)
    await world.triager_ml.runs(f"accept vector={EXTREME} category=jailbreak", channel)
    card = await world.card(report)
    assert "I stand in" in [one["label"] for one in card["buttons"]]
    done = await world.lead.runs("accept standing-in=security why=\"No triager for security is here.\"", channel)
    assert done.code == "ok", done
    assert (await row(world, report)).level == "critical"


async def test_in_a_small_team_one_person_may_sign_for_both_and_it_shows(tmp_path: Path) -> None:
    async with opened(tmp_path, size="small") as world:
        report, channel = await received(world)
        for role in ("triager-security", "triager-ml"):
            await world.admin.runs(f"program grant triager-sec {role}")
        done = await world.triager_sec.runs(f"accept vector={EXTREME} category=jailbreak", channel)
        assert done.code == "ok", done
        assert (await row(world, report)).level == "critical"
        assert "One person signed for both disciplines." in said(await on_card(world, report))
        await world.until((await world.now()).replace(month=12, day=7, hour=10))
        assert f"{report}: one person signed for both disciplines." in str((await world.lead.runs("digest")).data)


# -- why, and what stands beside -----------------------------------------------------------------------------------

async def test_why_says_what_drove_it_and_what_would_change_it(world: World) -> None:
    report, channel = await received(world)
    assert "has no level yet" in (await world.triager_sec.runs("case explain", channel)).text
    await world.triager_sec.runs(f"accept vector={MEDIUM} category=jailbreak cvss={CVSS}", channel)
    text = (await world.triager_sec.runs("case explain", channel)).text
    for words in ("5.2  medium  provisional", "What drove it", "Harmful content, serious: without it the score would be 5.2 lower.",
                  "What would change the level", "High (7.0) if exploited in the wild were yes", MEDIUM, "rubric 1.0.0",
                  "CVSS v4 5.3, given by a triager.", CVSS, "our own attempts are missing"):
        assert words in text, (words, text)
    assert (await world.researcher.runs(f"case explain report={report}")).code == "not_allowed"
    assert said(await on_card(world, report)) == "CVSS v4 5.3, given by a triager."


async def test_a_score_of_another_rubric_stands_and_says_so(world: World) -> None:
    report, channel = await accepted(world)
    async with world.app.database.work(world.app.clock.now()) as work:
        found = await work.reports.get(report)
        assert found is not None
        found.rubric, found.vector = "0.9.0", MEDIUM.replace("1.0", "0.9")
    text = (await world.triager_sec.runs("case explain", channel)).text
    assert "was scored 5.2 medium with rubric 0.9.0; this release has 1.0.0" in text
    assert (await world.triager_ml.runs("case evidence 10/10", channel)).code == "ok"
    now = await row(world, report)
    assert (now.score, now.rubric, said(await on_card(world, report))) == ("5.2", "0.9.0", "")
    assert (await scores(world.triager_sec, channel, ANSWERS, act="severity")).reply["card"]["score"] == "5.5"


FAULTY_CVSS = (
    ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:N/I:L/A:N", "begins with CVSS:4.0/"), (CVSS.replace("/AC:L", ""), "AC is missing."),
    (CVSS.replace("AV:N", "AV:Q"), "AV takes one of N, A, L, P."), (CVSS + "/AV:N", "AV is given twice."),
    (CVSS + "/zz:1", "no CVSS v4 metric"), ("CVSS:4.0/" + "AV:N/" * 200, "begins with CVSS:4.0/"))


async def test_a_faulty_cvss_vector_is_refused_by_name(world: World) -> None:
    report, channel = await received(world)
    for vector, words in FAULTY_CVSS:
        found = await world.triager_sec.runs(f"accept vector={MEDIUM} category=jailbreak cvss={vector}", channel)
        assert (found.code, list(found.reply["errors"])) == ("bad_argument", ["cvss"]), vector
        assert words in found.text
    assert (await row(world, report)).state == "received"


async def test_cvss_alone_changes_nothing_else_and_goes_away_again(world: World) -> None:
    report, channel = await accepted(world)
    assert (await world.triager_ml.runs(f"severity cvss={CVSS}", channel)).code == "ok"
    now = await row(world, report)
    assert (now.cvss, now.vector, now.score) == (CVSS, MEDIUM, "5.2")
    assert await entries(world, report, "rescore") == []
    assert "is removed" in (await world.triager_ml.runs("severity cvss=none", channel)).text
    assert (await row(world, report)).cvss == ""
