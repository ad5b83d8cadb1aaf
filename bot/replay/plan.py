"""What a run of the harness needs before its first attempt: the report, the target, the number of attempts, the series.

Decides what is refused and why, how many attempts a kind takes unless somebody says otherwise, and whether a series goes on or
begins. Sends nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from bot import examine
from bot import keys as keys_
from bot.keys import StartError
from bot.replay.series import Book, Books, Case, GoneError, Wanted
from commands.judging import recorded_attack as attack_
from commands.judging.recorded_attack import BENIGN, WITH_FIX, AttackError, Given, Recorded
from commands.judging.verdicts import level_of, looks
from commands.parsing import normal_id
from commands.wording import replay as wording
from config import program as program_
from config import rubric
from config.policy import evidence, facts, trial_plan
from config.policy.rates import Trials
from config.policy.states import DONE, State
from config.program import ReplayTarget
from config.settings import Settings
from storage.database import Database
from storage.migrate import pending
from storage.trials import Kind

_LARGEST = 4 << 20  # bytes of a file


class PlanError(Exception):
    """A run that is not begun; `sentence` says why and what to do."""

    def __init__(self, sentence: str) -> None:
        """`sentence` repeats nothing of an attack."""
        super().__init__("a run that is not begun")
        self.sentence = sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody typed."""

    report: str
    target: str
    kind: Kind
    n: int | None = None
    name: str = ""
    file: Path | None = None
    concurrency: int | None = None
    budget: int | None = None
    timeout: timedelta | None = None
    go_on: bool = False
    throw_away: bool = False
    vary_seed: bool = False
    by: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is about to happen."""

    report: str
    target: ReplayTarget
    planned: int
    counted: int
    tokens: int
    test: Recorded
    book: Book | None  # the series that goes on
    given: Given | None
    person: str


@asynccontextmanager
async def opened(settings: Settings, asked: Asked) -> AsyncIterator[Desk]:
    """Open the database and the vault beside a running bot; raises StartError and PlanError."""
    program = program_.load(settings.program or program_.DEMO)
    target = _target(program.replay, asked)
    database = Database(settings.database)
    try:
        examine.check_begun(settings, database)
        examine.check_made(settings, database)
        vault = keys_.open_vault(settings)
        clock = examine.clock_of(settings)
        await examine.check_sealed(database, vault, clock.now())
        if await pending(database):
            raise StartError(wording.OLD_SCHEMA)
        books = Books(database, vault, clock)
        wanted = Wanted(report=normal_id(asked.report) or asked.report, target=target.name, kind=asked.kind, name=asked.name)
        yield Desk(books, asked, target, wanted)
    finally:
        await database.close()


def _target(known: tuple[ReplayTarget, ...], asked: Asked) -> ReplayTarget:
    if not known:
        raise PlanError(wording.NO_TARGETS)
    found = next((one for one in known if one.name == asked.target), None)
    if found is None:
        raise PlanError(wording.no_target(tuple(one.name for one in known)))
    if asked.budget is not None and asked.budget > found.tokens:
        raise PlanError(wording.over_budget(asked.budget, found.tokens))
    return replace(found, concurrency=asked.concurrency or found.concurrency, timeout=asked.timeout or found.timeout)


@dataclass(frozen=True, slots=True)
class Desk:
    """A run in preparation."""

    books: Books
    asked: Asked
    target: ReplayTarget
    wanted: Wanted

    async def throw_away(self) -> int:
        """Give up the open series and return how many attempts it holds."""
        self._shape()
        book = await self._open()
        if book is None:
            raise PlanError(wording.nothing_open())
        await book.throw_away()
        return len(book.made)

    async def plan(self) -> Plan:
        """Return what is about to happen; raises PlanError or AttackError with nothing changed."""
        asked = self.asked
        self._shape()
        case = await self._case()
        if facts.unlawful(case.facts):
            raise PlanError(wording.UNLAWFUL)
        if State(case.report.state) in DONE:
            raise PlanError(wording.DONE)
        if asked.kind in WITH_FIX and not case.fixes:
            raise PlanError(wording.NO_FIX)
        person = await self._person(case)
        tokens = asked.budget or self.target.tokens
        book = await self._open()
        if book is not None:
            if not asked.go_on:
                raise PlanError(wording.open_series(book.counted, book.planned))
            if asked.n is not None or asked.file is not None or asked.vary_seed:
                raise PlanError(wording.KEPT_AS_BEGUN)
            return Plan(case.report.id, self.target, book.planned, book.counted, tokens, book.test, book, None, person)
        if asked.go_on:
            raise PlanError(wording.nothing_open())
        given = self._given(case)
        test = attack_.of_facts(_merged(case, given, asked.kind), given.prompts if given else ())
        planned = _number(case, asked)
        if planned > self.target.attempts:
            raise PlanError(wording.too_many(planned, self.target.attempts))
        self._distinct(test, planned)
        return Plan(case.report.id, self.target, planned, 0, tokens, test, None, given, person)

    async def book(self, made: Plan) -> Book:
        """Return the series of a plan: the one that goes on, or a new one."""
        if made.book is not None:
            return made.book
        case = await self._case()
        known = dict(case.facts)
        if made.given is not None and self.asked.kind not in BENIGN:
            known = await self.books.add_facts(case.report.id, made.given.facts)
        elif made.given is not None:
            known = _merged(case, made.given, self.asked.kind)
        return await self.books.begin(
            self.wanted, self.target, known, prompts=made.given.prompts if made.given else (), planned=made.planned,
            vary_seed=self.asked.vary_seed and made.test.seed is not None, person=made.person,
            round=case.fixes if self.asked.kind in WITH_FIX else 0)

    # -- the parts ---------------------------------------------------------------------------------------------

    def _shape(self) -> None:
        asked = self.asked
        if asked.go_on and asked.throw_away:
            raise PlanError(wording.BOTH)
        if asked.kind is Kind.VARIANT and not asked.name:
            raise PlanError(wording.NEEDS_NAME)
        if asked.kind is not Kind.VARIANT and asked.name:
            raise PlanError(wording.NAME_NOT_WANTED)
        if len(asked.name) > 120 or not asked.name.isprintable():
            raise PlanError(wording.NAME_SHAPE)

    async def _case(self) -> Case:
        try:
            case = await self.books.case(self.wanted.report)
        except GoneError:
            raise PlanError(wording.ERASED) from None
        if case is None:
            raise PlanError(wording.no_report())
        return case

    async def _open(self) -> Book | None:
        return await self.books.find(self.wanted)

    async def _person(self, case: Case) -> str:
        if not self.asked.by:
            return ""
        platform, _, account = self.asked.by.partition(":")
        found = await self.books.person(platform, account)
        if not found:
            raise PlanError(wording.no_person())
        if self.asked.kind in WITH_FIX and found in case.authors:
            raise PlanError(wording.OTHER_HANDS)
        return found

    def _given(self, case: Case) -> Given | None:
        path, kind = self.asked.file, self.asked.kind
        if path is None:
            if kind is Kind.VARIANT or kind in BENIGN:
                raise PlanError(wording.file_needed(kind.value))
            return None
        try:
            with path.open("rb") as file:
                data = file.read(_LARGEST + 1)
            text = data.decode("utf-8")
        except OSError as wrong:
            raise PlanError(wording.file_unreadable(wrong.strerror or "an error of the disk")) from None
        except UnicodeDecodeError:
            raise PlanError(wording.file_unreadable("it is no UTF-8 text")) from None
        if len(data) > _LARGEST:
            raise PlanError(wording.file_too_large(_LARGEST))
        try:
            given = attack_.read_file(text, kind)
            if kind not in BENIGN:
                attack_.added(case.facts, given.facts)
        except AttackError as wrong:
            raise AttackError(wrong.problems, of_file=True) from None
        return given

    def _distinct(self, test: Recorded, planned: int) -> None:
        """Refuse repeats that are one attempt (domain section 5): the same request with one seed, or at temperature 0 without any."""
        fixed = test.seed is not None and not self.asked.vary_seed
        alike = fixed if self.target.seeds else test.sampling.get("temperature") == 0
        distinct = len(set(test.prompts))
        if alike and planned > distinct:
            raise PlanError(wording.same_request(distinct, by_seed=self.target.seeds))


def _merged(case: Case, given: Given | None, kind: Kind) -> dict[str, str]:
    """Return the facts of a run: a file adds to the report's, or says how ordinary requests are judged."""
    known = dict(case.facts)
    if given is None:
        return known
    if kind in BENIGN:
        return {name: said for name, said in known.items() if name not in ("S14", "match")} | dict(given.facts)
    return known | attack_.added(known, given.facts)


def _number(case: Case, asked: Asked) -> int:
    """Return how many attempts are made: as many as asked for, or as the kind needs; for a verification the planned number."""
    report, kind = case.report, asked.kind
    if kind is Kind.AFTER and report.planned:
        if asked.n is not None and asked.n != report.planned:
            raise PlanError(wording.planned_otherwise(report.planned))
        return report.planned
    if asked.n is not None:
        return asked.n
    if kind is Kind.VARIANT:
        return -(-trial_plan.LIMITS.variant_trials // trial_plan.LIMITS.variants)
    if kind in BENIGN:
        return trial_plan.LIMITS.benign
    if kind is Kind.BEFORE:
        claimed = Trials(report.claimed_k, report.claimed_n) if report.claimed_n > 0 else None
        return trial_plan.threshold(claimed).needed
    if report.ours_n < 1:
        raise PlanError(wording.needs_number(wording.NOTHING_BEFORE))
    before, ceiling = Trials(report.ours_k, report.ours_n), rubric.current().ceiling(level_of(report))
    turn = evidence.round_after([*((one.n, one.spent) for one in looks(case.entries)), *case.abandoned], before, ceiling)
    needed = trial_plan.clean_needed(before, ceiling, evidence.alpha_of(turn))
    if needed is None:
        raise PlanError(wording.needs_number(wording.NO_NUMBER))
    return needed
