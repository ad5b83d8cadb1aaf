"""The picture of a success rate as data: before and after a fix against the ceiling, or one count by itself.

Decides which bounds are drawn: with a ceiling the exact one-sided ones that the verdict uses, without one Wilson's.
How it looks is `bot/charts_interval.py`; words are `commands/wording/interval.py`.
"""

from __future__ import annotations

import json

from commands.text import Image
from commands.wording import interval as words
from config.policy import rates
from config.policy.rates import ALPHA, Interval, Trials
from config.policy.states import Level


def picture(before: Trials | None, after: Trials | None, ceiling: float | None, *, title: str, about: str,
            level: Level | None = None, alpha: float = ALPHA) -> Image:
    """The picture of one count or two, rates from 0 to 1; `alpha` as the verdict used it; raises ValueError without a count.

    Without a ceiling the bars are Wilson's 95 % intervals on a scale to 100 %.
    """
    first = words.NO_FIX if after is None and ceiling is None else words.BEFORE
    counts = [(name, one) for name, one in ((first, before), (words.AFTER, after)) if one is not None]
    if not counts:
        raise ValueError("a picture needs a count")
    rows = [(name, one, bounds(one, ceiling, alpha)) for name, one in counts]
    told = [(name, words.counted(one), words.between(one, found, ceiling)) for name, one, found in rows]
    line = "" if ceiling is None else words.ceiling_name(ceiling, level)
    below = words.foot(None if ceiling is None else alpha)
    data = {
        "title": title, "about": about, "foot": below,
        "rows": [{"name": name, "count": count, "rate": one.rate, "low": found.low, "high": found.high,
                  "words": said, "full": name == words.AFTER}
                 for (name, one, found), (_, count, said) in zip(rows, told, strict=True)],
        "ceiling": None if ceiling is None else {"at": ceiling, "words": line},
    }
    return Image("interval", words.alt(title, about, told, line, below), json.dumps(data))


def bounds(count: Trials, ceiling: float | None, alpha: float = ALPHA) -> Interval:
    """The bounds of a rate as they are drawn: exact and one-sided where a ceiling decides, Wilson's otherwise."""
    if ceiling is None:
        return rates.wilson(count)
    return Interval(rates.lower(count, alpha), rates.upper(count, alpha))
