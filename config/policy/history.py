"""A report's history as facts, and what they do to its clocks.

It decides what starts, pauses, moves and stops each clock. How far a clock has come is worked out in
config/policy/runs.py.

The history is the report's entries in their order, each a Fact. Kinds that matter here, with their data:

- every lifecycle event by its name; `accept` and `rescore` with `level`; `more_time` with `due` (an instant)
  and, when it is not remediation, `clock`; `lapse` with `returned=yes` when the report went on; `submit` with
  `embargo=none` when there is none; `mitigate` with `until` (an instant) when the stop-gap has an end
- `stop_gap` with `until`: its end was moved; `stop_gap_off`: it is off before the fix
- `message_out`: a substantive message from a person to the researcher; `message_in`: one from them
- `level` with `level`: a provisional level; `owner` and `owner_gone`: the fix has an owner, or none any more
- `flag` with `flag`: X, A or P set by somebody else's act; our own publication is `publish` and no flag
- `statement` and `advisory`: what an exploited or public flaw asks of us; an `advisory` with an `edition` counts once it is
  `shown` as public
- `embargo` with `state` and, while in force, `end` (an instant); `no_publication`: both sides agreed to that
- `embargo` with `proposed` (an instant) and `asked` (reporter or programme): another end waits for an answer; `embargo_kept`:
  it holds for a day more although attacks are seen
- `retest_extended`; `mark` with `key`: a mark that was served
- `agreed` with `side` (reporter or staff): that side agreed to publish; an `advisory` in other words takes both words back
- `others_hit`, `embargo_party` and `no_vendors`: see config/policy/vendors.py
- `proposal`, `proposal_settled`, `undelivered`, `delivered`, each with `id`

Other kinds do no harm. Instants are written in ISO 8601 with their offset. What was undone is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from config.policy.holding import Holding
from config.policy.runs import ClockName, Run
from config.policy.states import Flag, Level
from config.program import Length, Program


@dataclass(frozen=True, slots=True)
class Fact:
    """One entry of a report's history, as far as time is concerned."""

    kind: str
    at: datetime
    data: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


STATEMENT: Final = "exploited-statement"  # the first half of the clock `exploited`

# A person's words to the researcher that say more than "we have it".
SUBSTANTIVE: Final = frozenset(
    {"message_out", "ask", "accept", "duplicate", "out_of_scope", "not_reproduced", "informative", "decline"}
)
TELLS: Final = frozenset({"message_out", "acknowledge", "ask", "accept", "work", "pass", "more_time"})
SETS_ASIDE: Final = frozenset({"duplicate", "out_of_scope", "not_reproduced", "informative", "decline"})
DROPS: Final = frozenset({"spam", "withdraw"})
RESOLVES: Final = frozenset({"confirm", "silence", "waive", "resolve_limited"})
REOPENS: Final = frozenset({"appeal", "regress"})

_C = ClockName
_PAUSABLE: Final = (_C.TRIAGE, _C.REMEDIATION, _C.VERIFICATION)
_WORK: Final = (_C.TRIAGE, _C.MITIGATION, _C.REMEDIATION, _C.VERIFICATION, _C.RETEST, _C.UPDATE)


def instant(text: str) -> datetime:
    """The instant written in a fact's data; raises ValueError when it is none or has no offset."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("an instant needs its offset")
    return found.astimezone(UTC)


def leaves(fact: Fact) -> bool:
    """Whether a report was set aside or closed by a fact, so that nobody plans its publication any more."""
    if fact.kind == "lapse":
        return fact.data.get("returned") != "yes"
    return fact.kind == "close" or fact.kind in SETS_ASIDE - {"decline"}


class Reading:
    """The history read so far: every run of every clock, and what the marks on them depend on."""

    def __init__(self, program: Program, history: Iterable[Fact] = ()) -> None:
        self._program = program
        self._last: dict[str, Run] = {}
        self._rounds: dict[str, int] = {}
        self._accepted: datetime | None = None
        self._mitigated = self._fixed = False  # since it was accepted
        self._embargo_end: datetime | None = None
        self._published = False
        self._done = False
        self._holding = Holding(program.embargo.vendor_notice)
        self.runs: list[Run] = []
        self.level: Level | None = None
        self.owned = False
        self.left = False  # nobody plans to publish it any more
        self.last_note: datetime | None = None
        for fact in history:
            self.read(fact)

    def read(self, fact: Fact) -> None:
        """Takes in the next fact."""
        at, kind = fact.at, fact.kind
        if kind in SUBSTANTIVE:
            self._stop(at, kind, _C.FIRST_RESPONSE)
        if kind in ("submit", "ask", "answer", "lapse", "accept") or kind in SETS_ASIDE | DROPS | REOPENS:
            self._judging(fact)
        elif kind in ("mitigate", "fix", "pass", "fail", "bypass", "retest_extended") or kind in RESOLVES:
            self._fixing(fact)
        elif kind in ("publish", "flag", "statement", "advisory", "embargo", "no_publication", "close"):
            self._publishing(fact)
        elif kind in ("rescore", "level"):
            self._set_level(at, Level(fact.data["level"]))
        elif kind == "more_time":
            run = self._running(fact.data.get("clock", _C.REMEDIATION))
            if run:
                run.grant(at, instant(fact.data["due"]))
        elif kind == "acknowledge":
            self._stop(at, kind, _C.ACKNOWLEDGE)
        elif kind in ("owner", "owner_gone"):
            self.owned = kind == "owner"
        elif kind == "mark" and fact.data["key"].endswith("/note"):
            self.last_note = at
        if kind in TELLS or kind in REOPENS:
            self._tell(at, kind)
        if kind != "publish":  # which stopped what could be held
            self._hold(fact)
        self.left = leaves(fact) or (self.left and kind not in REOPENS)

    def _judging(self, fact: Fact) -> None:
        at, kind, promises = fact.at, fact.kind, self._program.promises
        if kind == "submit":
            self._start(_C.ACKNOWLEDGE, at, promises.acknowledge)
            self._start(_C.FIRST_RESPONSE, at, promises.first_response)
            self._start(_C.TRIAGE, at, self._length(_C.TRIAGE))
            if fact.data.get("embargo") != "none":
                self._embargo_until(at, at + self._program.embargo.length)
        elif kind == "ask":
            for name in _PAUSABLE:
                if run := self._running(name):
                    run.pause(at)
        elif kind == "answer" or (kind == "lapse" and fact.data.get("returned") == "yes"):
            for name in _PAUSABLE:
                if run := self._running(name):
                    run.resume(at)
        elif kind == "accept":
            self._set_level(at, Level(fact.data["level"]))
            self._stop(at, kind, _C.TRIAGE)
            self._accepted, self._mitigated, self._fixed = at, False, False
            self._start(_C.MITIGATION, at, self._length(_C.MITIGATION))
            self._start(_C.REMEDIATION, at, self._length(_C.REMEDIATION))
        elif kind in REOPENS:
            self._done, self._accepted = False, None
            self._stop(at, kind, _C.PUBLISH, fulfilled=False)
            self._start(_C.TRIAGE, at, self._length(_C.TRIAGE))
        else:
            self._done = True
            self._stop(at, kind, _C.TRIAGE, fulfilled=kind not in DROPS)
            self._stop(at, kind, *_WORK, fulfilled=False)
            if kind != "decline":
                self._stop(at, kind, _C.EXPLOITED, STATEMENT, fulfilled=False)
            if kind in DROPS:
                self._stop(at, kind, _C.ACKNOWLEDGE, _C.FIRST_RESPONSE, _C.EMBARGO, fulfilled=False)

    def _fixing(self, fact: Fact) -> None:
        at, kind = fact.at, fact.kind
        if kind == "mitigate":
            self._mitigated = True
            self._stop(at, kind, _C.MITIGATION)
        elif kind == "fix":
            self._fixed = True
            self._stop(at, kind, _C.MITIGATION, _C.REMEDIATION)
            self._start(_C.VERIFICATION, at, self._length(_C.VERIFICATION))
        elif kind == "pass":
            self._stop(at, kind, _C.VERIFICATION)
            self._start(_C.RETEST, at, self._length(_C.RETEST))
        elif kind == "fail":
            self._fixed = False
            self._stop(at, kind, _C.VERIFICATION)
            for name in (_C.MITIGATION, _C.REMEDIATION):
                run = self._last.get(name)
                if run and run.stopped_by == "fix":
                    run.take_up(at)
        elif kind == "bypass":
            self._stop(at, kind, _C.RETEST)
            self._start(_C.VERIFICATION, at, self._length(_C.VERIFICATION))
        elif kind == "retest_extended":
            run = self._running(_C.RETEST)
            if run and not run.extra:
                run.extra = self._program.waiting.retest_extension
                run.change(at, Length(run.length.span + run.extra, run.length.business))
        else:
            self._done = True
            self._stop(at, kind, *_WORK)
            if not self._published:
                self._start(_C.PUBLISH, at, self._program.clocks.publish)
                self._cap_publication(at)

    def _publishing(self, fact: Fact) -> None:
        at, kind = fact.at, fact.kind
        if kind == "publish":
            self._published = True
            self._stop(at, kind, _C.PUBLISH, _C.EXPLOITED, STATEMENT, _C.EMBARGO)
        elif kind == "flag":
            self._flag(at, Flag(fact.data["flag"]))
        elif kind == "statement":
            self._stop(at, kind, STATEMENT)
        elif kind == "advisory":
            if fact.data.get("shown", "" if "edition" in fact.data else "public") == "public":
                self._stop(at, kind, STATEMENT, _C.EXPLOITED)  # other words in a draft warn nobody
        elif kind == "no_publication":
            self._stop(at, kind, _C.PUBLISH, fulfilled=False)
        elif kind == "close":
            self._done = True
            self._stop(at, kind, *_WORK, _C.PUBLISH, fulfilled=False)
        elif fact.data["state"] in ("active", "revise"):
            self._embargo_until(at, instant(fact.data["end"]))
        elif fact.data["state"] in ("exited", "none"):
            self._stop(at, kind, _C.EMBARGO)

    def _flag(self, at: datetime, flag: Flag) -> None:
        public = flag in (Flag.PUBLIC, Flag.EXPLOIT_PUBLIC)
        if public:
            self._stop(at, "flag", _C.EMBARGO)
        if flag is Flag.PUBLIC:
            self._stop(at, "flag", _C.PUBLISH)
        known = self._published or (self._done and not self._accepted)
        if known or not (public or flag is Flag.ATTACKED):
            return
        clocks = self._program.clocks
        if _C.EXPLOITED not in self._last:
            self._start(_C.EXPLOITED, at, clocks.exploited)
        if public and STATEMENT not in self._last and self._running(_C.EXPLOITED):
            self._start(_C.EXPLOITED, at, clocks.statement, stem=STATEMENT)

    def _tell(self, at: datetime, kind: str) -> None:
        """Begins the wait for the next message anew, as long as there is something to tell."""
        running = self._running(_C.UPDATE)
        if running and running.started == at:
            return  # steps recorded at one instant are one message
        self._stop(at, kind, _C.UPDATE)
        if not self._done:
            key = f"{_C.UPDATE}-{at:%Y%m%dT%H%M%SZ}"
            self._start(_C.UPDATE, at, self._length(_C.UPDATE), key=key)

    def _set_level(self, at: datetime, level: Level) -> None:
        self.level = level
        for name in (_C.TRIAGE, _C.VERIFICATION, _C.RETEST, _C.UPDATE):
            run, length = self._running(name), self._length(name)
            if run and length:
                run.change(at, length)
        for name in (_C.MITIGATION, _C.REMEDIATION):
            run, length = self._last.get(name), self._length(name)
            current = run if run and self._accepted and run.started >= self._accepted else None
            if current is None:
                # A level that asks for this clock came after the report was accepted: it counts from there.
                gone = self._done or self._fixed or (name is _C.MITIGATION and self._mitigated)
                if self._accepted and not gone:
                    self._start(name, self._accepted, length, known_at=at)
            elif length is None:
                self._stop(at, "level", name, fulfilled=False)
            else:
                if current.stopped_by == "level":
                    current.revive(at)
                if current.stopped is None:
                    current.change(at, length)

    def _length(self, name: ClockName) -> Length | None:
        lengths = {
            _C.TRIAGE: self._program.clocks.triage,
            _C.MITIGATION: self._program.clocks.mitigation,
            _C.REMEDIATION: self._program.clocks.remediation,
            _C.VERIFICATION: self._program.clocks.verification,
            _C.RETEST: self._program.clocks.retest,
            _C.UPDATE: self._program.clocks.update,
        }
        length = lengths[name].of(self.level or Level.MEDIUM)
        run = self._running(name)
        if length and run and run.extra:
            return Length(length.span + run.extra, length.business)
        return length

    def _embargo_until(self, at: datetime, end: datetime) -> None:
        self._embargo_end = end
        run = self._running(_C.EMBARGO)
        if run is None:
            self._start(_C.EMBARGO, at, Length(end - at))
        else:
            run.change(at, Length(end - run.started))
        self._cap_publication(at)

    def _cap_publication(self, at: datetime) -> None:
        run = self._running(_C.PUBLISH)
        if run and self._running(_C.EMBARGO) and self._embargo_end and self._embargo_end > run.started:
            run.limit(at, self._embargo_end)

    def _hold(self, fact: Fact) -> None:
        """What lies with the researcher or other vendors keeps the promise to publish from being due."""
        in_force = self._running(_C.EMBARGO) is not None
        self._holding.read(fact.kind, fact.at, fact.data, end=self._embargo_end, in_force=in_force)
        if run := self._running(_C.PUBLISH):
            run.held(fact.at, self._holding.stretches)

    def _running(self, stem: str) -> Run | None:
        run = self._last.get(stem)
        return run if run and run.stopped is None else None

    def _start(
        self,
        name: ClockName,
        at: datetime,
        length: Length | None,
        *,
        stem: str = "",
        key: str = "",
        known_at: datetime | None = None,
    ) -> None:
        if length is None:
            return
        stem = stem or name.value
        self._rounds[stem] = self._rounds.get(stem, 0) + 1
        turn = self._rounds[stem]
        run = Run(
            name=name,
            key=key or (stem if turn == 1 else f"{stem}-{turn}"),
            started=at,
            length=length,
            working=self._program.working,
            known_at=known_at or at,
        )
        self._last[stem] = run
        self.runs.append(run)

    def _stop(self, at: datetime, by: str, *stems: str, fulfilled: bool = True) -> None:
        for stem in stems:
            if run := self._running(stem):
                run.stop(at, by, fulfilled=fulfilled)
