"""P17, small teams and stand-ins: what one person may do alone, what stays refused, and when the lead is offered to stand in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.world import World
from tests.world import world as opened

HIGH = "accept high jailbreak"


async def _card(world: World, report: str) -> str:
    card = await world.card(report)
    return "\n".join([*card["lines"], card["next"], card["next_by"], *(one["label"] for one in card["buttons"])])


@pytest.mark.slow
async def test_the_lead_is_offered_to_stand_in_when_its_time_has_come(world: World) -> None:
    report = await world.researcher.sends_report("It tells people how to do harm.", category="jailbreak")
    channel = world.channel(report)
    await world.until((await world.now()).replace(hour=10))
    assert (await world.triager_sec.runs(HIGH, channel)).code == "ok"
    before = await _card(world, report)
    assert "the lead can stand in from Wed 2 Dec 2026, 10:00 UTC" in before and "I stand in" not in before
    assert (await world.lead.runs("accept standing-in=ml why=ill", channel)).code == "too_early"

    await world.until((await world.now()).replace(day=2, month=12, hour=10, minute=30))
    shown = await _card(world, report)
    assert "the lead can stand in now, with a reason" in shown and "I stand in" in shown, "the card was drawn again by itself"
    assert "I stand in" in str((await world.lead.runs("queue")).data)
    assert "I stand in" not in str((await world.triager_sec.runs("queue")).data)
    await world.until((await world.now()).replace(day=3, hour=9, minute=5))
    listed = [one for one in await world.lead.bot_texts() if "stand in" in one.lower()]
    assert listed and report in listed[-1]
    form = (await world.lead.presses("I stand in", channel)).form
    assert [one["name"] for one in form["fields"]] == ["why"], "never without a reason"
    assert (await world.lead.submits(form, {"why": "Nobody for machine learning is here this week."})).code == "ok"
    assert "The lead stood in for machine learning." in await _card(world, report)
    await world.until((await world.now()).replace(day=7, hour=10))
    assert f"{report}: the lead stood in for machine learning." in str((await world.lead.runs("digest")).data)


async def test_a_critical_one_is_offered_to_the_lead_at_once(world: World) -> None:
    report = await world.researcher.sends_report("It tells people how to do harm.", category="jailbreak")
    channel = world.channel(report)
    await world.until((await world.now()).replace(hour=10))
    assert (await world.triager_ml.runs("accept critical jailbreak", channel)).code == "ok"
    assert "I stand in" in await _card(world, report)
    await world.passes(minutes=1)
    assert any("You can stand in now" in one for one in await world.lead.bot_texts())


@pytest.mark.slow
async def test_a_team_of_one_and_its_owner(tmp_path: Path) -> None:
    async with opened(tmp_path, size="small") as world:
        for line in ("revoke who=triager-sec role=triager-security", "revoke who=triager-ml role=triager-ml",
                     "grant who=lead role=triager-security", "grant who=lead role=owner"):
            assert (await world.admin.runs(f"program {line}")).code == "ok", line
        report = await world.researcher.sends_report("It tells people how to do harm.", category="jailbreak")
        channel = world.channel(report)
        await world.until((await world.now()).replace(hour=10))
        fields = {one["label"]: one["text"] for one in (await world.card(report))["fields"]}
        assert fields["On it"] == "lead (security)"

        # The one triager has one craft only: the other is replaced by the lead, with a reason and not before its time.
        waits = await world.lead.runs(HIGH, channel)
        assert "waiting for a triager for machine learning" in waits.text
        assert (await world.lead.runs("accept standing-in=ml why=nobody", channel)).code == "too_early"
        await world.until((await world.now()).replace(day=2, month=12, hour=10, minute=30))
        done = await world.lead.runs("accept standing-in=ml why=\"There is nobody for machine learning.\"", channel)
        assert done.code == "ok", done
        assert "The lead stood in for machine learning." in await _card(world, report)

        # With both crafts the same person is on the roster twice and signs alone; both stay visible.
        assert (await world.admin.runs("program grant who=lead role=triager-ml")).code == "ok"
        second = await world["researcher-2"].sends_report("Another one.", category="jailbreak")
        fields = {one["label"]: one["text"] for one in (await world.card(second))["fields"]}
        assert "security" in fields["On it"] and "machine learning" in fields["On it"]
        assert (await world.lead.runs(HIGH, world.channel(second))).code == "ok"
        assert "One person signed for both disciplines." in await _card(world, second)

        # Whoever makes the fix never verifies it, however small the team.
        assert (await world.lead.runs("owner who=lead", channel)).code == "ok"
        assert (await world.lead.runs("work 2026-12-20", channel)).code == "ok"
        assert (await world.lead.runs("fix build 7", channel)).code == "ok"
        refused = await world.lead.runs("verify", channel)
        assert refused.code == "verified_by_owner", refused
        await world.until((await world.now()).replace(day=7, hour=10))
        digest = str((await world.lead.runs("digest")).data)
        assert f"{report}: the lead stood in for machine learning." in digest
        assert f"{second}: one person signed for both disciplines." in digest
