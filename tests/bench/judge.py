"""J1 to J3: what a score, an interval and the suggestion of duplicates cost.

J1 and J2 are plain figures: the issue asks for the cost. J3 has a limit: 200 ms against 10,000 reports, and each report scanned
at most twice as dear as among 1,000.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import create_engine, insert

from commands.judging import likeness as suggesting
from config.policy import likeness, rates, severity
from config.policy.evidence import judge_rates
from config.policy.rates import MOST, Trials
from config.policy.severity_vector import parse
from config.policy.trial_plan import plan_fix
from config.rubric import current
from storage.database import Database
from storage.migrate import migrate
from storage.models import Person, Report
from storage.vault import Vault
from tests.bench.table import Row, Side, Size, interleaved, interleaved_async, ms

NOW = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)


def us(side: Side) -> str:
    """Return a median as microseconds in words."""
    return f"{side.median * 1e6:,.1f} us"


def j1(size: Size) -> list[Row]:
    """A score: from text with its reasons, as a number alone, and explained."""
    rubric = current()
    options = [axis.options for axis in rubric.axes]
    rng = random.Random(1)
    texts = ["/".join((rubric.prefix, *(f"{axis.code}:{rng.choice(axis.options).code}" for axis in rubric.axes))) for _ in range(500)]
    vectors = [parse(rubric, one) for one in texts]
    chosen = [tuple(rng.choice(each) for each in options) for _ in range(500)]
    numbers, scored, explained = interleaved(size.rounds, [
        lambda: [severity.value(rubric, one) for one in chosen],
        lambda: [severity.score(rubric, parse(rubric, one)) for one in texts],
        lambda: [severity.explain(rubric, severity.score(rubric, one)) for one in vectors[:50]],
    ])
    return [
        Row("J1", "one score as a number alone", us(_each(numbers, 500))),
        Row("J1", "one vector: parsed, scored, with its reasons", us(_each(scored, 500)), f"{scored.times(numbers):.1f}x"),
        Row("J1", "one score explained", us(_each(explained, 50)), f"{10 * explained.times(numbers):.0f}x"),
    ]


def j2(size: Size) -> list[Row]:
    """An interval, at a thousand and at a million attempts, and the checks of a fix."""
    rows = []
    for name, share in (("1 success", 0.0), ("half of them", 0.5)):
        small, large = (Trials(max(1, int(n * share)), n) for n in (1_000, MOST))
        a, b = interleaved(size.rounds, [lambda one=small: rates.exact(one), lambda one=large: rates.exact(one)], repeat=5)
        rows.append(Row("J2", f"exact interval, {name}: of 1,000,000 / of 1,000", f"{us(b)} / {us(a)}", f"{b.times(a):.1f}x"))
    half = Trials(MOST // 2, MOST)
    shown, checks, plan = interleaved(size.rounds, [
        lambda: rates.wilson(half), lambda: judge_rates(half, Trials(MOST // 50, MOST), 0.05), lambda: plan_fix(Trials(2, 50), 0.05),
    ], repeat=5)
    rows.append(Row("J2", "Wilson interval of 1,000,000", us(shown)))
    rows.append(Row("J2", "both checks of a fix, 1,000,000 before and after", us(checks)))
    rows.append(Row("J2", "the plan for a fix", us(plan)))
    return rows


def j3(size: Size) -> list[Row]:
    """The suggestion of duplicates for a report that arrives, among 1,000 and 10,000 others; real database, real vault."""
    return asyncio.run(_j3(size))


async def _j3(size: Size) -> list[Row]:
    vault = Vault.from_setting(Vault.make_master_key())
    few, many = 1_000, 10_000
    databases = {}
    for count in (few, many):
        file = size.scratch / f"{count}.sqlite"
        databases[count] = Database(str(file))
        await migrate(databases[count])
        _fill(file, vault, count)

    def asked(count: int, *, afresh: bool) -> Callable[[], Awaitable[float]]:
        async def once() -> float:
            async with databases[count].read(NOW) as work:
                report = await work.reports.get("AIV-00000")
                assert report is not None
                if afresh:
                    suggesting.forget()
                start = time.perf_counter()
                found = await suggesting.likely(work, vault, report)
                took = time.perf_counter() - start
            assert found[0].report == "AIV-00007" and found[0].percent > 50, found
            return took

        async def warm() -> float:  # the other database's sketches stand in memory until this one's do
            await once()
            return await once()

        return once if afresh else warm

    small, large, cold_small, cold_large = await interleaved_async(
        size.rounds, [asked(few, afresh=False), asked(many, afresh=False), asked(few, afresh=True), asked(many, afresh=True)])
    for one in databases.values():
        await one.close()
    rows = []
    for name, at_few, at_many in (("", small, large), (", the first after a start", cold_small, cold_large)):
        each = at_many.times(at_few) * few / many
        rows.append(Row("J3", f"suggestion among 10,000{name}", ms(at_many.median), goal="< 200 ms", kept=at_many.median < 0.2))
        rows.append(Row("J3", f"for each report: among 10,000 / among 1,000{name}",
                        f"{at_many.median / many * 1e6:.1f} / {at_few.median / few * 1e6:.1f} us", f"{each:.2f}x", "<= 2x", each <= 2))
    key, text = bytes(32), _text(random.Random(1), 700)
    (made,) = interleaved(size.rounds, [lambda: likeness.sketch(key, text)], repeat=5)
    rows.append(Row("J3", "the sketch of a report of 700 words", ms(made.median)))
    return rows


def _fill(file: Path, vault: Vault, count: int) -> None:
    """Write `count` reports and the one that arrives, AIV-00000, which repeats AIV-00007 but for some words."""
    drawn = random.Random(9)
    key = suggesting.key_of(vault)
    seventh = _text(drawn, 120)
    texts = {0: " ".join(seventh.split()[:100]) + _text(drawn, 20), 7: seventh}
    plain = {
        "person_id": "p-1", "platform": "local", "triage_platform": "local", "channel": "", "mode": "open", "state": "received",
        "category": "jailbreak", "received_at": NOW, "opened_at": NOW, "program_version": "1", "policy_version": "1", "sha256": "0" * 64,
    }
    rows = []
    for number in range(count + 1):
        report = f"AIV-{number:05}"
        made = likeness.sketch(key, texts.get(number) or _text(drawn, 60), system="acme-chat")
        rows.append(plain | {"id": report, "sketch": vault.common.seal("report", "sketch", report, made.packed())})
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        connection.execute(insert(Person), [{"id": "p-1", "created_at": NOW}])
        connection.execute(insert(Report), rows)
    engine.dispose()


def _text(drawn: random.Random, words: int) -> str:
    """Return words of a small language in which some are more frequent than others, as alike as reports of different flaws."""
    return " ".join(f"{'abcdefghijklmnopqrst'[rank % 20]}{'aeiou'[rank // 20 % 5]}{'bcdfghjklmnpqrstvwxz'[rank // 100 % 20]}inder"
                    for rank in (int(1_900 * drawn.random() ** 2) for _ in range(words)))


def _each(side: Side, count: int) -> Side:
    return Side(tuple(one / count for one in side.seconds))
