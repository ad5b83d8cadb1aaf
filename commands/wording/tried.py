"""The words of the list of trials: one line a series, with what was not counted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo

from commands.text import Text, bold, code, say, shorten
from commands.times import clock_time
from commands.wording.trials import KINDS, rate
from config.policy.rates import MOST, Trials
from storage.trials import Series, Stand

THE_RESEARCHER = "the researcher"
_TOLD = {"S02": "model", "S07": "", "S06": "system prompt", "S08": "seed", "S11": "language", "S09": "tools", "S13": "counts as success",
         "S14": "judged by"}
_LONGEST = 80  # characters of one part of a context


def nothing_tried() -> Text:
    """No series."""
    return say("Nothing was tried here yet. Record your own trials with ", code("/vdp case evidence"), ", such as 3/10.")


def series(one: Series, *, who: str, context: Mapping[str, object], name: str, zone: tzinfo, shown: bool) -> Text:
    """One series: the count, what was tried, who and when, the context, what was dropped."""
    head = f"{one.k:,} of {one.n:,}" if one.n == 0 else rate(Trials(one.k, one.n))
    kind = KINDS[one.kind] + (f", {name}" if name and shown else "") + ("" if one.unseen else ", seen by the author of the fix")
    stands = {Stand.OPEN: " Still going on.", Stand.CAME: " Not taken in yet.", Stand.VOID: " Replaced; it does not count."}
    parts = [f"{_TOLD[key]} {shorten(str(context[key]), _LONGEST)}".strip() for key in _TOLD if context.get(key)] if shown else []
    reasons = context.get("dropped")
    told = ", ".join(f"{why}: {number}" for why, number in reasons.items()) if isinstance(reasons, dict) else ""
    dropped = f" Dropped: {one.dropped}{f' ({told})' if told else ''}." if one.dropped else ""
    planned = f" Planned: {one.planned:,}." if one.planned else ""
    return say("- ", bold(head), f" {kind}; by {who or 'the harness'}, {clock_time(one.at, zone)}.",
               f" {'; '.join(parts)}." if parts else "", planned, dropped, stands.get(Stand(one.stand), ""))


def more_series(number: int) -> Text:
    """Older ones that are not listed."""
    return say(f"{number} older ones are not shown.") if number > 0 else Text()


def dropped_shape() -> str:
    """A number of dropped attempts that cannot be."""
    return f"Dropped attempts are a whole number from 0 to {MOST:,}, such as dropped=2."
