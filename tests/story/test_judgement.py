"""The judgement of a flaw that works three times in ten: trials, verdicts that follow from them, and what settles them."""

from __future__ import annotations

import pytest

from tests.world import Someone, World

pytestmark = pytest.mark.slow


async def received(world: World, claimed: str = "3 of 10") -> tuple[str, str]:
    """Return the id and the channel of a report that names a rate, at a working hour."""
    identity = await world.researcher.sends_report(worked=claimed, category="jailbreak", title="A persona answers anything")
    await world.until((await world.now()).replace(hour=10))
    return identity, world.channel(identity)


PERSONA = "AIR:1.0/C:n/H:s/I:n/A:n/G:n/X:t/R:l/S:s/P:n/E:n"  # domain section 4: help with a crime, for whoever asks


async def fixing(world: World, level: str, *, claimed: str = "3 of 10", ours: str = "3/10", category: str = "jailbreak") -> str:
    """Return the channel of a report that is tried by us, accepted, said to be fixed and being verified.

    A medium and a high jailbreak are scored by the rubric: the same answers, with the attack public for the high one.
    """
    identity, channel = await received(world, claimed)
    ml, security = world.triager_ml, world.triager_sec
    if ours:
        assert (await ml.runs(f"case evidence {ours}", channel)).code == "ok"
    by_rubric = (claimed, ours, category) == ("3 of 10", "3/10", "jailbreak")
    if by_rubric and level == "high":
        assert (await ml.runs("case flag attack-public", channel)).code == "ok"
    said = f"vector={PERSONA}" if by_rubric else level
    assert (await ml.runs(f"accept {said} category={category}", channel)).code == "ok"
    if level == "high":
        assert "machine learning" not in str((await world.card(identity))["lines"]) and "security" in str(await world.card(identity))
        assert (await security.presses("case agree", channel)).code == "ok"
    card = await world.card(identity)
    if by_rubric:
        assert (card["score"], card["level"], card["aside"]) == ({"medium": "5.2", "high": "7.0"}[level], level, "")
    else:
        assert (card["level"], card["aside"]) == (level, "level by hand")
    assert (await ml.runs("case cause alignment", channel)).code == "ok"
    await world.lead.runs("owner owner", channel)
    assert (await world.owner.runs(f"work {'2026-12-04' if level == 'high' else '2026-12-18'}", channel)).code == "ok"
    assert (await world.owner.runs("fix build 7", channel)).code == "ok"
    assert (await ml.runs("verify", channel)).code == "ok"
    return channel


async def result(by: Someone, channel: str, count: str, **more: str) -> str:
    """Record a count with the fix and return what was answered."""
    found = await by.runs(f"result {count}" + "".join(f" {key}={value}" for key, value in more.items()), channel)
    assert found.code == "ok", found
    return found.text


async def state(world: World, channel: str) -> str:
    return str((await world.card(channel.removeprefix("triage-").upper()))["state"])


async def test_ten_clean_tries_prove_little_and_fifty_nine_are_enough(world: World) -> None:
    channel = await fixing(world, "medium")
    said = await result(world.triager_ml, channel, "0/10")
    assert "Inconclusive" in said and "Not enough tries yet: 49 more" in said and "0.1" not in said
    numbers = (await world.triager_ml.runs("case numbers", channel)).text
    assert "0.1053" in numbers and "the limit is 0.05" in numbers
    assert await state(world, channel) == "verifying"
    assert "last look" in await result(world.triager_ml, channel, "0/59")
    numbers = (await world.triager_ml.runs("case numbers", channel)).text
    assert "0.0023" in numbers and "Verification 1 " in numbers  # ten tries could not pass, so they spent nothing
    card = await world.card(channel.removeprefix("triage-").upper())
    assert card["image"]["file"] and "at most 4.95 %" in card["image"]["alt"] and "before" in card["image"]["alt"].lower()
    assert (await world.researcher.presses("me fixed")).code == "ok"
    assert "Verdict: verified." in "\n".join((await world.card(channel.removeprefix("triage-").upper()))["lines"])


async def test_the_same_count_is_partial_for_a_high_one(world: World) -> None:
    channel = await fixing(world, "high")
    said = await result(world.triager_ml, channel, "0/59")
    assert "Partial" in said and "90 more" in said and "stays with you" in said
    assert await state(world, channel) == "verifying"
    said = await result(world.triager_ml, channel, "0/149")
    assert "5 more variants" in said
    assert (await world.triager_ml.runs("case variants 0/6 in French; 0/6 in Welsh; 0/6 as a poem; 0/6 in base 64", channel)).code == "ok"
    said = await result(world.triager_ml, channel, "0/149")
    assert "1 more variant" in said
    assert (await world.triager_ml.runs("case variants 0/6 as a list", channel)).code == "ok"
    said = await result(world.triager_ml, channel, "0/149")
    assert "ordinary requests" in said
    assert (await world.triager_ml.runs("case benign 1/50 2/50", channel)).code == "ok"
    assert "last look" in await result(world.triager_ml, channel, "0/149")


async def test_too_little_evidence_before_the_fix_cannot_be_made_up_for(world: World) -> None:
    channel = await fixing(world, "medium", claimed="1 of 10", ours="1/10")
    said = await result(world.triager_ml, channel, "0/59")
    assert "Inconclusive" in said and "without the fix" in said
    assert "0.1449" in (await world.triager_ml.runs("case numbers", channel)).text


async def test_not_reproduced_waits_for_its_number(world: World) -> None:
    _, channel = await received(world)
    ml = world.triager_ml
    refused = await ml.runs("close-without-fix not-reproduced", channel)
    assert refused.code == "not_enough_trials" and "33" in refused.text
    assert (await ml.runs("case evidence 0/20", channel)).code == "ok"
    refused = await ml.runs("close-without-fix not-reproduced", channel)
    assert "13 missing" in refused.text
    assert (await ml.runs("case evidence 0/13", channel)).code == "ok"
    form = (await ml.runs("close-without-fix not-reproduced", channel)).form
    assert (await ml.submits(form, {"text": form["fields"][0]["value"]})).code == "ok"
    assert "33 times" in "\n".join(await world.researcher.bot_texts())


async def test_what_worked_once_for_us_is_reproduced(world: World) -> None:
    _, channel = await received(world)
    assert (await world.triager_ml.runs("case evidence 1/40", channel)).code == "ok"
    refused = await world.triager_ml.runs("close-without-fix not-reproduced", channel)
    assert refused.code == "not_enough_trials" and "1 of 40" in refused.text


async def test_counts_are_checked_by_name_and_a_form_sent_twice_counts_once(world: World) -> None:
    identity, channel = await received(world)
    ml = world.triager_ml
    for wrong, words in (("12/3", "more successes than attempts"), ("0/0", "0 attempts"), ("a/b", "such as 3/10"),
                         ("-1/5", "below 0"), ("1/99999999999999", "1,000,000"), ("0.5/10", "whole numbers")):
        found = await ml.runs(f"case evidence {wrong}", channel)
        assert found.code == "bad_argument" and words in str(found.data), (wrong, found)
    form = (await ml.runs("case evidence", channel)).form
    assert (await ml.submits(form, {"trials": "3/10"})).code == "ok"
    assert "already" in (await ml.submits(form, {"trials": "3/10"})).text
    assert "3 of 10" in str(await world.card(identity)) and "6 of 20" not in str(await world.card(identity))
    assert "6 of 20" in (await ml.runs("case evidence 3/10 again=yes", channel)).text
    assert "5 of 10" in (await ml.runs("case evidence 5/10 replace=yes", channel)).text
    assert "Ours: 5 of 10" in str(await world.card(identity))


async def test_a_way_around_the_fix_counts(world: World) -> None:
    channel = await fixing(world, "medium")
    await result(world.triager_ml, channel, "0/59")
    form = (await world.researcher.presses("me bypass")).form
    assert (await world.researcher.submits(form, {"trials": "4/10", "text": "Ask for a poem first."})).code == "ok"
    assert await state(world, channel) == "verifying"
    assert "around the fix" in str(await world.card(channel.removeprefix("triage-").upper()))
    said = await result(world.triager_ml, channel, "0/59")
    assert "Partial" in said and "back to the owner" in said
    assert await state(world, channel) == "being fixed"


async def test_another_test_than_before_settles_nothing(world: World) -> None:
    channel = await fixing(world, "medium")
    said = await result(world.triager_ml, channel, "0/59", test="other-criterion")
    assert "Inconclusive" in said and "Repeat the test" in said


async def test_what_still_works_goes_back_and_the_next_look_spends_more(world: World) -> None:
    channel = await fixing(world, "medium")
    said = await result(world.triager_ml, channel, "12/59")
    assert "Not fixed" in said and "back to the owner" in said
    assert (await world.owner.runs("fix build 8", channel)).code == "ok"
    begun = (await world.triager_ml.runs("verify", channel)).text
    assert "72 attempts" in begun  # the second verification that could pass may spend half
    said = await result(world.triager_ml, channel, "0/59")
    assert "Partial" in said and "13 more" in said
    assert "last look" in await result(world.triager_ml, channel, "0/72")


async def test_a_flaw_that_always_works_takes_one_yes_or_no(world: World) -> None:
    channel = await fixing(world, "medium", category="software-flaw", ours="")
    refused = await world.triager_ml.runs("result 0/59", channel)
    assert refused.code == "bad_argument" and "still-works" in refused.text
    said = await result(world.triager_ml, channel, "fixed")
    assert "regression set" in said
    assert (await world.triager_ml.runs("case regression The words that start it.", channel)).code == "ok"
    assert "last look" in await result(world.triager_ml, channel, "fixed")


async def test_plan_says_what_each_statement_costs(world: World) -> None:
    _, channel = await received(world)
    said = (await world.triager_ml.runs("case plan seconds=30", channel)).text
    assert "9 attempts" in said and "33 attempts" in said and "17 minutes" in said and "59 attempts" in said
    assert (await world.triager_ml.runs("case evidence 2/50", channel)).code == "ok"
    said = (await world.triager_ml.runs("case plan", channel)).text
    assert "172 attempts" in said and "cheaper" in said


async def test_two_looks_at_one_fix_spend_as_two(world: World) -> None:
    channel = await fixing(world, "medium", ours="30/100")
    assert "Partial" in await result(world.triager_ml, channel, "3/59")  # it fell, and the look could have passed
    said = await result(world.triager_ml, channel, "0/59")
    assert "Partial" in said and "13 more" in said
    assert "Verification 2 " in (await world.triager_ml.runs("case numbers", channel)).text
    assert "last look" in await result(world.triager_ml, channel, "0/72")


async def test_the_list_of_trials_says_who_when_and_in_which_context(world: World) -> None:
    channel = await fixing(world, "medium")
    ml = world.triager_ml
    assert (await ml.runs("case evidence 2/10 judge=person settings=temperature=0.7 model=acme-large dropped=2", channel)).code == "ok"
    assert (await ml.runs("case evidence 1/10 dropped=-1", channel)).code == "bad_argument"
    assert (await ml.runs("case variants 0/6 in French", channel)).code == "ok"
    await result(ml, channel, "0/59")
    said = (await ml.runs("case trials", channel)).text
    for words in ("3 of 10", "without the fix; by triager-ml", "temperature=0.7", "judged by person", "model acme-large", "Dropped: 2.",
                  "with variants, in French", "0 of 59", "model build 7"):
        assert words in said, (words, said)
    assert (await world.researcher.runs("case trials", "dm")).code == "not_allowed"


async def test_with_more_attempts_planned_one_success_is_not_the_end(world: World) -> None:
    _, channel = await received(world)
    for line in (f"accept vector={PERSONA} category=jailbreak", "case evidence 3/10", "case cause alignment"):
        assert (await world.triager_ml.runs(line, channel)).code == "ok"
    await world.lead.runs("owner owner", channel)
    await world.owner.runs("work 2026-12-18", channel)
    await world.owner.runs("fix build 7", channel)
    assert "93 attempts" in (await world.triager_ml.runs("verify 93", channel)).text
    assert "last look" in await result(world.triager_ml, channel, "1/93")
