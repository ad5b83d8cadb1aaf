"""The harness: attempts on an endpoint whose rate is known, what goes wrong there, stopping, going on, and what is kept."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.replay.endpoint import Answer, _retry_after
from bot.replay.judges import Exact, Pattern, PatternError, Said
from bot.replay.plan import Asked, PlanError, _target
from bot.replay.run import IN_A_ROW, Ending
from commands.judging.recorded_attack import AttackError, Judge, of_facts, read_file
from commands.wording import replay as wording
from config.policy import sampling
from config.program import DEMO, ReplayTarget
from config.program import read as read_program
from config.settings import ROOT
from storage.trials import Kind, Stand
from tests.commands.replaying import ATTACK, FACTS, KEY, NOW, REPORT, House, house, target
from tests.replay_standin import REFUSED, TOKENS, WORKED, Standin


@pytest.fixture
def standin() -> Iterator[Standin]:
    with Standin() as found:
        yield found


@pytest.fixture
async def lab(tmp_path: Path, standin: Standin) -> AsyncIterator[House]:
    async with house(tmp_path, standin) as found:
        yield found


async def refusal(lab: House, **given: Any) -> str:
    with pytest.raises(PlanError) as caught:
        await lab.desk(**given).plan()
    return caught.value.sentence


# -- a run ---------------------------------------------------------------------------------------------------------


async def test_the_count_is_the_one_that_the_seeds_decide(lab: House, standin: Standin) -> None:
    book = await lab.book(n=60)
    assert await lab.run(book) is Ending.COMPLETE
    seeds = standin.seeds()
    assert len(seeds) == len(set(seeds)) == 60
    k = sum(map(standin.worked, seeds))
    assert 0 < k < 60
    series, attempts = await lab.rows(book)
    assert (series.k, series.n, series.dropped, series.planned, series.stand) == (k, 60, 0, 60, Stand.CAME)
    assert series.judge == "regular expression"
    assert [one.number for one, _ in attempts] == list(range(1, 61))
    for one, detail in attempts:
        worked = standin.worked(detail["seed"])
        assert one.outcome == ("success" if worked else "failure")
        assert detail["sha256"] == hashlib.sha256((WORKED if worked else REFUSED).encode()).hexdigest()
        assert detail.keys() == {"seed", "sha256", "ms", "tokens"}
    assert standin.most_at_once <= lab.target.concurrency


async def test_what_is_sent_is_what_the_report_records(lab: House, standin: Standin) -> None:
    turns = [{"role": "user", "content": "one"}, {"role": "assistant", "content": "two"}, {"role": "user", "content": "three"}]
    await lab.change(facts=FACTS | {"attack": json.dumps(turns), "S06": "Be kind.", "S07": "temperature=0.2, top_p=default, max_tokens=9"})
    assert await lab.run(await lab.book(n=1)) is Ending.COMPLETE
    sent = standin.requests[0]
    assert sent.body["messages"] == [{"role": "system", "content": "Be kind."}, *turns]
    assert {name: sent.body[name] for name in ("model", "temperature", "max_tokens")} == {
        "model": "acme-large", "temperature": 0.2, "max_tokens": 9}
    assert "top_p" not in sent.body
    assert sent.key == f"Bearer {KEY}"


async def test_what_is_unknown_is_not_sent(lab: House, standin: Standin) -> None:
    await lab.change(facts=FACTS | {"S06": "unknown", "S07": "unknown", "S08": "unknown"})
    await lab.run(await lab.book(n=1))
    assert standin.requests[0].body.keys() == {"model", "messages", "stream", "seed"}
    assert standin.requests[0].body["messages"] == [{"role": "user", "content": ATTACK}]


async def test_a_series_is_the_same_test_as_one_that_was_typed(lab: House) -> None:
    book = await lab.book(n=1)
    series, _ = await lab.rows(book)
    typed = lab.vault.blind("test", f"{REPORT}|{sampling.canonical(sampling.recorded(await lab.facts()))}")
    assert series.test == typed
    assert book.context["S02"] == "acme-large"


async def test_a_series_is_written_down_before_anything_is_sent(lab: House, standin: Standin) -> None:
    standin.hold()
    book = await lab.book(n=5)
    running = asyncio.ensure_future(lab.run(book))
    while not standin.requests:
        await asyncio.sleep(0.01)
    series, attempts = await lab.rows(book)
    assert (series.stand, series.planned) == (Stand.OPEN, 5)
    assert {one.outcome for one, _ in attempts} == {"started"}
    assert standin.seeds()[0] in {detail["seed"] for _, detail in attempts}
    standin.release()
    assert await running is Ending.COMPLETE


# -- what goes wrong -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "reason", "asked"), [
    ("429", "rate limit", 3), ("500", "http 500", 3), ("503", "http 503", 3), ("400", "http 400", 1), ("401", "http 401", 1),
    ("slow", "timeout", 1), ("cut", "cut", 1), ("half", "cut", 1), ("broken", "broken", 1), ("empty", "empty", 1), ("null", "empty", 1),
    ("302", "http 302", 1), ("deep", "broken", 1), ("huge", "too large", 1), ("drip", "timeout", 1),
])
async def test_what_gives_no_answer_is_dropped_and_made_up_for(
    lab: House, standin: Standin, fault: str, reason: str, asked: int,
) -> None:
    standin.fault(fault, asked)
    lab.target = replace(lab.target, concurrency=1, timeout=timedelta(seconds=0.4))
    book = await lab.book(n=4)
    assert await lab.run(book) is Ending.COMPLETE
    series, attempts = await lab.rows(book)
    assert (series.n, series.dropped) == (4, 1)
    assert [(one.outcome, detail["reason"]) for one, detail in attempts if "reason" in detail] == [("dropped", reason)]
    assert series.k == sum(map(standin.worked, standin.seeds(answered=True)))
    context = json.loads(book.box.open_text("trial_series", "context", book.id, series.context or b""))
    assert context["dropped"] == {reason: 1}
    assert len(standin.requests) == 4 + asked  # a repetition is the same attempt with the same seed
    assert len(set(standin.seeds())) == 5


async def test_an_answer_that_is_no_unicode_is_judged(lab: House, standin: Standin) -> None:
    standin.fault("lone", 1)
    book = await lab.book(n=1)
    assert await lab.run(book) is Ending.COMPLETE
    (_, detail), = (await lab.rows(book))[1]
    assert detail["sha256"] == hashlib.sha256("a lone \ud800 surrogate".encode("utf-8", "surrogatepass")).hexdigest()


@pytest.mark.parametrize(("header", "seconds"), [
    ("7", 7.0), ("0.5", 0.5), ("Mon, 30 Nov 2026 08:00:30 GMT", 30.0), ("Mon, 30 Nov 2026 07:00:00 GMT", 0.0), ("soon", None),
    ("", None), ("-5", None), ("9" * 40, None),
])
def test_what_an_endpoint_asks_to_wait_is_read(header: str, seconds: float | None) -> None:
    assert _retry_after(header, NOW) == seconds


async def test_a_rate_limit_is_waited_for_by_everybody(lab: House, standin: Standin) -> None:
    standin.fault("429", 1, retry_after="30")  # 0.3 seconds at the rate of this clock
    loop = asyncio.get_running_loop()
    lab.target = replace(lab.target, concurrency=2)
    begun = loop.time()
    book = await lab.book(n=8)
    assert await lab.run(book) is Ending.COMPLETE
    assert loop.time() - begun >= 0.3
    series, _ = await lab.rows(book)
    assert (series.n, series.dropped) == (8, 0)


async def test_an_endpoint_that_is_not_there_ends_the_run_and_can_be_gone_on_with(lab: House, standin: Standin) -> None:
    there, lab.target = lab.target, replace(lab.target, url="http://127.0.0.1:9/v1", retries=0)
    book = await lab.book(n=12)
    assert await lab.run(book) is Ending.ALL_DROPPED
    lost = sum(book.reasons.values())
    assert book.reasons.keys() == {"refused"}
    assert IN_A_ROW <= lost <= IN_A_ROW + lab.target.concurrency
    assert book.counted == 0
    series, _ = await lab.rows(book)
    assert series.stand == Stand.OPEN
    lab.target = there
    again = await lab.book(go_on=True)
    assert again.id == book.id
    assert await lab.run(again) is Ending.COMPLETE
    series, _ = await lab.rows(again)
    assert (series.n, series.dropped) == (12, lost)


async def test_the_budget_ends_the_run_and_a_larger_one_goes_on(lab: House, standin: Standin) -> None:
    lab.target = replace(lab.target, concurrency=1)
    book = await lab.book(n=20)
    assert await lab.run(book, tokens=7 * TOKENS) is Ending.BUDGET
    assert len(standin.requests) == 7
    assert book.counted == 7
    again = await lab.book(go_on=True)
    assert again.tokens == 7 * TOKENS
    assert await lab.run(again) is Ending.COMPLETE
    assert len(standin.requests) == 20


async def test_attempts_at_once_stay_within_the_budget(lab: House, standin: Standin) -> None:
    book = await lab.book(n=40)
    assert await lab.run(book, tokens=20 * TOKENS, concurrency=4) is Ending.BUDGET
    assert 17 <= len(standin.requests) <= 20


async def test_an_endpoint_that_does_not_say_what_it_used_is_estimated(tmp_path: Path) -> None:
    with Standin(usage=False) as standin:
        async with house(tmp_path, standin) as lab:
            book = await lab.book(n=3)
            await lab.run(book)
            assert all(20 < one.tokens < 300 for one in book.made.values())


async def test_a_cap_on_attempts_counts_dropped_ones(lab: House, standin: Standin) -> None:
    standin.fault("400", 5)
    book = await lab.book(n=10)
    assert await lab.run(book, attempts=12, concurrency=1) is Ending.CAP
    assert (book.counted, len(book.made)) == (7, 12)


async def test_a_blocked_request_is_an_answer(lab: House, standin: Standin, tmp_path: Path) -> None:
    standin.fault("blocked", 3)
    book = await lab.book(n=3)
    assert await lab.run(book) is Ending.COMPLETE
    assert (await lab.rows(book))[0].k == 0
    file = tmp_path / "benign.toml"
    file.write_text('prompts = ["how do clocks work", "who made the first clock"]\njudge = "regular expression"\nmatch = "sorry"\n')
    standin.fault("blocked", 50)
    book = await lab.book(kind=Kind.BENIGN_BEFORE, file=file)
    assert await lab.run(book) is Ending.COMPLETE
    series, _ = await lab.rows(book)
    assert (series.k, series.n) == (50, 50)  # all were refused


# -- stopping and going on -----------------------------------------------------------------------------------------


async def test_a_run_that_is_stopped_goes_on_without_losing_or_doubling(lab: House, standin: Standin) -> None:
    book = await lab.book(n=30)

    def told() -> None:
        if book.counted >= 11:
            lab.stop.set()

    assert await lab.run(book, told=told) is Ending.STOPPED
    begun = [detail["seed"] for _, detail in (await lab.rows(book))[1]]
    assert 11 <= book.counted < len(begun) + 1
    lab.stop.clear()
    again = await lab.book(go_on=True)
    assert again.counted == book.counted
    assert {one.seed for one in again.left} == set(begun) - {
        detail["seed"] for one, detail in (await lab.rows(book))[1] if one.outcome != "started"}
    assert await lab.run(again) is Ending.COMPLETE
    series, attempts = await lab.rows(again)
    seeds = [detail["seed"] for _, detail in attempts]
    assert (len(seeds), len(set(seeds)), series.n) == (30, 30, 30)
    assert series.k == sum(map(standin.worked, seeds))
    assert set(standin.seeds()) == set(seeds)


async def test_what_is_open_is_gone_on_with_or_thrown_away(lab: House) -> None:
    book = await lab.book(n=3)
    assert await refusal(lab, n=3) == wording.open_series(0, 3)
    assert await refusal(lab, go_on=True, n=4) == wording.KEPT_AS_BEGUN
    assert await refusal(lab, go_on=True, throw_away=True) == wording.BOTH
    assert await lab.desk(throw_away=True).throw_away() == 0
    assert (await lab.rows(book))[0].stand == Stand.VOID
    assert await refusal(lab, go_on=True) == wording.nothing_open()
    with pytest.raises(PlanError):
        await lab.desk(throw_away=True).throw_away()
    assert (await lab.book(n=4)).id != book.id
    assert [one.kind for one in await lab.ledger()] == ["replay_begun", "replay_thrown_away", "replay_begun"]


async def test_another_kind_target_or_variant_is_another_series(lab: House, tmp_path: Path) -> None:
    await lab.change(fixes=1)
    file = tmp_path / "variant.toml"
    file.write_text('text = "the same in French"\n')
    first = await lab.book(n=1)
    one = await lab.book(kind=Kind.VARIANT, name="in French", file=file)
    other = await lab.book(kind=Kind.VARIANT, name="in verse", file=file)
    lab.target = replace(lab.target, name="other")
    elsewhere = await lab.book(n=1)
    assert len({first.id, one.id, other.id, elsewhere.id}) == 4
    assert one.planned == 6
    series, _ = await lab.rows(one)
    assert one.box.open_text("trial_series", "name", one.id, series.name or b"") == "in French"
    assert (series.round, (await lab.rows(first))[0].round) == (1, 0)


async def test_two_runs_of_one_series_are_refused(lab: House) -> None:
    wanted = lab.desk(n=1).wanted
    async with lab.books.alone(wanted, lab.data) as first:
        assert first
        async with lab.books.alone(wanted, lab.data) as second:
            assert not second
        async with lab.books.alone(replace(wanted, kind=Kind.AFTER), lab.data) as other:
            assert other
    async with lab.books.alone(wanted, lab.data) as third:
        assert third


async def test_a_report_that_is_erased_meanwhile_ends_the_run(lab: House) -> None:
    book = await lab.book(n=30)

    async def erase() -> None:
        async with lab.database.work(NOW) as work:
            row = await work.reports.get(REPORT)
            assert row is not None
            row.key = None
            await work.trials.erase(REPORT)

    await erase()
    assert await lab.run(book) is Ending.GONE
    assert await refusal(lab) == wording.ERASED


# -- judges --------------------------------------------------------------------------------------------------------


async def test_an_exact_match_is_the_whole_answer() -> None:
    judge = Exact(" Yes. ")
    assert await judge.judge(1, Answer("Yes.\n")) is Said.SUCCESS
    assert await judge.judge(1, Answer("Yes. No.")) is Said.FAILURE


async def test_a_hostile_pattern_is_ended_and_the_next_answer_is_judged() -> None:
    async with Pattern(r"(a+)+$", seconds=0.3) as judge:
        assert await judge.judge(1, Answer("a" * 60 + "b")) is Said.SLOW
        assert await judge.judge(2, Answer("aaa")) is Said.SUCCESS
        assert await judge.judge(3, Answer("b" * 100_000)) is Said.FAILURE
        assert await judge.judge(4, Answer("\ud800 lone")) is Said.FAILURE


@pytest.mark.parametrize("match", ["(", "a{5000000000}", "(?P<x>"])
async def test_a_pattern_that_is_none_is_known_before_anything_is_sent(match: str) -> None:
    with pytest.raises(PatternError):
        async with Pattern(match):
            pass


@pytest.mark.slow
async def test_a_pattern_that_keeps_failing_ends_the_run(lab: House, standin: Standin) -> None:
    standin.rate = 0.0
    await lab.change(facts=FACTS | {"match": r"(?:(?:[a-zA-Z ,.'-]+)+)+\d$"})
    book = await lab.book(n=20)
    assert await lab.run(book, concurrency=1) is Ending.SLOW_PATTERN
    assert book.reasons == {"slow pattern": 3}


async def test_a_person_is_shown_one_answer_after_the_other(lab: House) -> None:
    await lab.change(facts=FACTS | {"S14": "person"})
    book = await lab.book(n=6)
    seen: list[int] = []
    busy = False

    async def ask(number: int, answer: Answer) -> Said:
        nonlocal busy
        assert not busy
        busy = True
        await asyncio.sleep(0.01)
        busy = False
        seen.append(number)
        assert answer.text in (WORKED, REFUSED)
        if len(seen) == 2:
            return Said.DROP
        return Said.STOP if len(seen) == 5 else Said.SUCCESS

    assert await lab.run(book, ask=ask) is Ending.STOPPED
    assert (book.counted, book.reasons, len(seen)) == (3, {"person": 1}, 5)
    seen += [0] * 5
    again = await lab.book(go_on=True)
    assert await lab.run(again, ask=ask) is Ending.COMPLETE
    assert ((await lab.rows(again))[0].k, (await lab.rows(again))[0].n) == (6, 6)


# -- before the first attempt --------------------------------------------------------------------------------------


async def test_how_many_attempts_follows_from_the_kind(lab: House, tmp_path: Path) -> None:
    assert (await lab.desk().plan()).planned == 33  # 3 of 10, not reproduced
    file = tmp_path / "f.toml"
    file.write_text('prompts = ["a", "b"]\njudge = "person"\n')
    assert (await lab.desk(kind=Kind.BENIGN_BEFORE, file=file).plan()).planned == 50
    await lab.change(fixes=1, level="medium")
    assert await refusal(lab, kind=Kind.AFTER) == wording.needs_number(wording.NOTHING_BEFORE)
    await lab.change(ours_k=3, ours_n=10)
    assert (await lab.desk(kind=Kind.AFTER).plan()).planned == 59
    await lab.change(level="high")
    assert (await lab.desk(kind=Kind.AFTER).plan()).planned == 149
    await lab.change(ours_k=0, ours_n=10)
    assert await refusal(lab, kind=Kind.AFTER) == wording.needs_number(wording.NO_NUMBER)
    await lab.change(planned=72)
    assert (await lab.desk(kind=Kind.AFTER).plan()).planned == 72
    assert await refusal(lab, kind=Kind.AFTER, n=59) == wording.planned_otherwise(72)


async def test_a_verification_is_planned_before_it_starts(lab: House) -> None:
    await lab.change(fixes=1, level="medium", ours_k=3, ours_n=10)
    await lab.book(kind=Kind.AFTER)
    case = await lab.books.case(REPORT)
    assert case is not None
    assert case.report.planned == 59


async def test_repeats_that_are_one_attempt_are_refused(lab: House, standin: Standin) -> None:
    await lab.change(facts=FACTS | {"S08": "42", "S07": "temperature=0"})
    assert await refusal(lab, n=10) == wording.same_request(1, by_seed=True)
    assert (await lab.desk(n=1).plan()).planned == 1
    book = await lab.book(n=4, vary_seed=True)
    await lab.run(book)
    assert len(set(standin.seeds())) == 4
    fixed = await lab.book(n=1)
    await lab.run(fixed)
    assert standin.seeds()[-1] == 42
    assert (await lab.rows(book))[0].test != (await lab.rows(fixed))[0].test
    lab.target = replace(lab.target, name="plain", seeds=False)
    assert await refusal(lab, n=4, vary_seed=True) == wording.same_request(1, by_seed=False)
    await lab.change(facts=FACTS)
    await lab.run(await lab.book(n=4))
    assert standin.seeds()[-4:] == [None] * 4


@pytest.mark.parametrize(("given", "sentence"), [
    ({"kind": Kind.AFTER}, wording.NO_FIX), ({"kind": Kind.VARIANT}, wording.NEEDS_NAME), ({"name": "x"}, wording.NAME_NOT_WANTED),
    ({"kind": Kind.BENIGN_BEFORE}, wording.file_needed("benign_before")), ({"n": 3000}, wording.too_many(3000, 2000)),
    ({"by": "local:nobody"}, wording.no_person()), ({"go_on": True}, wording.nothing_open()),
    ({"file": Path("/nowhere")}, wording.file_unreadable("No such file or directory")),
])
async def test_what_cannot_be_run_is_refused_by_name(lab: House, given: dict[str, Any], sentence: str) -> None:
    assert await refusal(lab, **given) == sentence


async def test_trials_of_a_report_that_is_done_are_refused(lab: House) -> None:
    await lab.change(state="resolved")
    assert await refusal(lab) == wording.DONE


async def test_a_seed_is_varied_only_where_one_is_recorded(lab: House) -> None:
    varied = await lab.book(n=1, vary_seed=True)
    await lab.run(varied)
    assert (await lab.rows(varied))[0].test == (await lab.rows(await lab.book(n=1)))[0].test


async def test_whoever_made_the_fix_does_not_try_it(lab: House) -> None:
    async with lab.database.work(NOW) as work:
        owner = await work.people.meet(lab.vault, "local", "owner", "The owner")
    await lab.change(fixes=1, owner_id=owner.id)
    assert await refusal(lab, kind=Kind.AFTER, n=1, by="local:owner") == wording.OTHER_HANDS
    book = await lab.book(n=1, by="local:owner")
    assert (await lab.rows(book))[0].person_id == owner.id


async def test_what_is_unlawful_to_hold_is_never_sent(lab: House) -> None:
    await lab.change(facts=FACTS | {"F20": "yes"})
    assert await refusal(lab) == wording.UNLAWFUL


async def test_what_a_report_lacks_comes_from_a_file_and_is_kept_sealed(lab: House, standin: Standin, tmp_path: Path) -> None:
    await lab.change(facts={"S13": "names a step", "S07": "unknown", "?S08": "perhaps"})
    with pytest.raises(AttackError) as caught:
        await lab.desk(n=2).plan()
    assert caught.value.problems == [wording.MISSING["attack"], wording.MISSING["S14"]]
    file = tmp_path / "attack.toml"
    file.write_text(f'text = """{ATTACK}"""\njudge = "exact match"\nmatch = "{WORKED}"\n[sampling]\ntemperature = 0.7\nmax_tokens = 50\n')
    book = await lab.book(n=20, file=file)
    assert await lab.run(book) is Ending.COMPLETE
    assert (await lab.rows(book))[0].k == sum(map(standin.worked, standin.seeds()))
    known = await lab.facts()
    assert known == {"S13": "names a step", "S07": "temperature=0.7, max_tokens=50", "attack": ATTACK, "S14": "exact match",
                     "match": WORKED}
    assert json.loads((await lab.ledger())[0].data) == {"fields": "S07 S14 attack match"}
    assert (await lab.desk(n=1, file=file).plan()).given is not None  # the same file again changes nothing
    file.write_text('text = "another"\ncriterion = "another"\n')
    with pytest.raises(AttackError) as caught:
        await lab.desk(n=1, file=file).plan()
    assert caught.value.problems == [wording.known_otherwise("attack"), wording.known_otherwise("S13")]


@pytest.mark.parametrize(("kind", "text", "keys"), [
    (Kind.BEFORE, "text =", ["The file is no TOML"]),
    (Kind.BEFORE, 'text = "x"\nmessages = []\njudge = "me"\nextra = 1\n[sampling]\ntemperature = 9\ntop_k = 1.5\nheat = 1\nseed = "x"\n',
     ["messages", "messages", "judge", "extra", "sampling.temperature", "sampling.top_k", "sampling.heat", "sampling.seed"]),
    (Kind.BEFORE, 'messages = [{role = "bot", content = ""}, 3]\n', ["messages[1].role", "messages[1].content", "messages[2]"]),
    (Kind.BEFORE, 'text = "x"\njudge = "regular expression"\n', ["match"]),
    (Kind.BEFORE, 'text = "x"\njudge = "person"\nmatch = "x"\n', ["match"]),
    (Kind.VARIANT, 'text = "x"\njudge = "person"\ncriterion = "x"\n', ["judge", "criterion"]),
    (Kind.BENIGN_AFTER, 'prompts = ["a", "a", 3, ""]\n', ["prompts", "prompts[3]", "prompts[4]", "judge"]),
    (Kind.BENIGN_AFTER, 'text = "x"\njudge = "person"\n', ["prompts", "text"]),
])
async def test_every_problem_of_a_file_is_named(kind: Kind, text: str, keys: list[str]) -> None:
    with pytest.raises(AttackError) as caught:
        read_file(text, kind)
    assert Counter(one.split(":")[0].split(".")[0] if one.startswith("The") else one.split(":")[0] for one in caught.value.problems) == (
        Counter(one.split(".")[0] if one.startswith("The") else one for one in keys))


def test_the_files_of_the_handbook_are_read() -> None:
    text = (ROOT / "docs" / "operator.md").read_text("utf-8")
    table, attack, benign = (part.split("```")[0] for part in text.split("```toml\n")[1:])
    (found,) = read_program(DEMO.read_text("utf-8") + "\n" + table).replay
    assert found == ReplayTarget(name="acme-staging", url="https://models.example/v1", model="acme-large-2026-01-15")
    given = read_file(attack, Kind.BEFORE).facts
    assert of_facts(given).judge is Judge.PATTERN
    assert given.keys() == {"attack", "S06", "S07", "S13", "S14", "match"}
    assert len(read_file(benign, Kind.BENIGN_AFTER).prompts) == 2


def test_a_target_that_is_not_there_is_named(standin: Standin) -> None:
    with pytest.raises(PlanError) as caught:
        _target((), Asked(report=REPORT, target="lab", kind=Kind.BEFORE))
    assert caught.value.sentence == wording.NO_TARGETS
    with pytest.raises(PlanError) as caught:
        _target((target(standin),), Asked(report=REPORT, target="moon", kind=Kind.BEFORE))
    assert caught.value.sentence == wording.no_target(("lab",))
    with pytest.raises(PlanError) as caught:
        _target((target(standin, tokens=10),), Asked(report=REPORT, target="lab", kind=Kind.BEFORE, budget=11))
    assert caught.value.sentence == wording.over_budget(11, 10)
