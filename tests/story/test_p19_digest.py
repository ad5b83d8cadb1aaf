"""P19: the weekly digest says first what leadership must know, its buttons act, and the next one says what became of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from config.program import DEMO, load
from tests.world import World, buttons_of, words_of
from tests.world import world as opened

pytestmark = pytest.mark.slow


async def newest(world: World) -> dict[str, Any]:
    """The newest digest in the channel of leadership."""
    return (await world.leadership.messages("leadership"))[-1]


def field(message: dict[str, Any], label: str) -> str:
    return next((str(one["text"]) for one in message["card"]["fields"] if one["label"] == label), "")


async def test_four_weeks_of_digests(tmp_path: Path) -> None:
    embargo = replace(load(DEMO).embargo, length=timedelta(days=35))
    async with opened(tmp_path, embargo=embargo) as world:
        await world.until(datetime(2026, 12, 7, 9, 1, tzinfo=UTC))
        quiet = await newest(world)
        assert quiet["text"].startswith("A quiet week, Mon 30 Nov to Sun 6 Dec 2026: ") and "\n" not in quiet["text"]
        assert not quiet["card"]["fields"] and not quiet["card"]["lines"]

        report = await world.researcher.sends_report("It shows other people's data.", category="jailbreak")
        channel = world.channel(report)
        assert (await world.triager_sec.presses("acknowledge", channel)).code == "ok"
        asked = await world.triager_sec.runs("reply clear=yes We try it now.", channel)
        assert asked.code == "ok"
        assert (await world.triager_sec.runs("accept medium jailbreak", channel)).code == "ok"
        await world.until(datetime(2026, 12, 14, 9, 1, tzinfo=UTC))
        digest = await newest(world)
        first = words_of(digest)[:200]
        assert first.startswith("Nothing is being exploited. All 3 promises kept. Decide first: the medium report has had no owner for ")
        public = field(digest, "Public within 30 days, fix or not")
        assert public.startswith("1 report, 1 without a finished fix. The first embargo ends Mon 11 Jan 2027")
        assert field(digest, "Wants a decision").startswith(f"{report}: who owns it, medium; nobody since Mon 7 Dec 2026, 09:01 UTC.")
        assert digest["card"]["image"]["alt"] and all(one["text"] for one in digest["card"]["fields"]), "no empty section"

        how = (await world.leadership.presses("How counted", "leadership")).text
        assert all(one["label"] in how for one in digest["card"]["fields"]), [one["label"] for one in digest["card"]["fields"]]
        form = (await world.lead.presses(f"Name the owner of {report}", "leadership")).form
        chosen = next(value for value, label in ((one["value"], one["label"]) for one in form["fields"][0]["choices"]) if label == "owner")
        assert (await world.lead.submits(form, {"who": chosen})).code == "ok", "its buttons act"

        assert (await world.owner.runs("work 2027-01-15", channel)).code == "ok"
        assert (await world.owner.runs("more-time 2027-01-29 The retraining runs late.", channel)).code == "ok"
        assert (await world.lead.presses("case agree", channel)).code == "ok"
        assert (await world.triager_sec.runs("case flag exploited", channel)).code == "ok"
        await world.until(datetime(2026, 12, 21, 9, 1, tzinfo=UTC))
        later = await newest(world)
        assert words_of(later)[:200].startswith("1 flaw is being exploited. ")
        assert "Decide first: when to warn users" in words_of(later)[:200]
        assert later["card"]["title"] == "One flaw is being exploited"
        kept = await world.lead.submits((await world.lead.presses("embargo keep", "leadership")).form, {"why": "The fix is a day away."})
        assert (kept.code, "You are asked again by" in kept.text or "you are asked again by" in kept.text) == ("ok", True), kept
        assert field(later, "Asked for last week") == f"{report}, an owner: somebody took it; now being fixed."
        assert field(later, "Decided this week") == "1 later date: now 1 being fixed."
        assert [one["label"] for one in buttons_of(later)][-1] == "How counted"
        assert len([one for one in await world.leadership.messages("leadership") if one["card"]]) == 3, "once a week"
