"""P18, owners: the brief of ten lines, more time that the lead agrees to, and a stop-gap that is asked about at its end."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from commands.history import facts_of
from config.policy import deadlines
from config.policy.deadlines import ClockName
from tests.world import World, words_of


async def _accepted(world: World) -> tuple[str, str]:
    """Have an accepted report with an owner."""
    report = await world.researcher.sends_report("It tells people how to do harm.", category="jailbreak", title="Persona prompt",
                                                 system="acme-chat")
    channel = world.channel(report)
    await world.until((await world.now()).replace(hour=10))
    for who, line in ((world.triager_sec, "accept medium jailbreak"), (world.lead, "owner who=owner")):
        done = await who.runs(line, channel)
        assert done.code == "ok", (line, done)
    return report, channel


async def _clock(world: World, report: str) -> deadlines.ClockView:
    async with world.app.engine.database.read(world.clock.now()) as work:
        history = facts_of(await work.ledger.of(report))
    found = deadlines.clock(deadlines.clocks(history, world.app.desk.program), ClockName.REMEDIATION)
    assert found is not None
    return found


async def test_the_brief_is_ten_lines_with_four_answers(world: World) -> None:
    _, channel = await _accepted(world)
    message = next(one for one in reversed(await world.owner.messages(channel)) if one.get("card") and "For the owner" in words_of(one))
    card = message["card"]
    assert [one["label"] for one in card["buttons"]] == ["I take it", "Not mine", "Stop-gap first", "More time"]
    shown = [card["title"], *card["lines"], card["next"], *(f"{one['label']}: {one['text']}" for one in card["fields"])]
    assert len([one for one in shown if one]) <= 10, shown
    words = "\n".join(shown)
    for part in ("Persona prompt", "Component:", "Safety-filter bypass", "How often:", "Counts as fixed:", "because it is medium",
                 "The embargo ends", "may be published, fix or not"):
        assert part in words, (part, words)
    assert (await world.owner.presses("case not-mine", channel)).code == "ok"


@pytest.mark.slow
async def test_more_time_is_asked_of_the_lead_and_the_miss_stays(world: World) -> None:
    report, channel = await _accepted(world)
    assert (await world.owner.runs("work 2027-01-20", channel)).code == "ok"
    promised = (await _clock(world, report)).promised
    assert promised is not None
    refused = await world.owner.runs("more-time 2026-11-01 because", channel)
    assert refused.code == "bad_argument" and "is over" in refused.text
    told = len(await world.researcher.bot_texts())
    asked = await world.owner.runs('more-time 2027-03-01 meanwhile="the tool is off" why="The vendor is late."', channel)
    assert "waiting for the lead" in asked.text
    assert len(await world.researcher.bot_texts()) == told, "nobody is told before the lead agreed"
    assert (await world.lead.presses("case agree", channel)).code == "ok"
    fresh = (await world.researcher.bot_texts())[told:]
    [note] = [one for one in fresh if "We need more time" in one]
    assert "Mon 1 Mar 2027" in note and "The vendor is late." in note and "the tool is off" in note
    assert "Fix due Mon 1 Mar 2027." in "\n".join((await world.card(report))["lines"])

    # Reminders follow the new date: none at the old one, one a week and one a day before the new one.
    clock = await _clock(world, report)
    assert clock.due is not None and clock.due.date().isoformat() == "2027-03-01" and clock.promised == promised
    marks = {mark.step: mark.at for mark in clock.marks}
    assert marks["7d"] == clock.due - timedelta(days=7) and marks["100"] == clock.due
    # The miss stays in the figures, forgiven or not.
    assert not clock.missed(promised) and clock.missed(promised + timedelta(days=1))
    await world.until(datetime.fromisoformat("2027-02-23T09:10:00+00:00"))
    assert any(report in one and "a fix is due Mon 1 Mar 2027" in one for one in await world.owner.bot_texts())


@pytest.mark.slow
async def test_a_stop_gap_has_an_end_and_is_asked_about_then(world: World) -> None:
    report, channel = await _accepted(world)
    form = (await world.owner.runs("mitigate", channel)).form
    until = next(one for one in form["fields"] if one["name"] == "until")
    assert until["kind"] == "date" and until["required"], "the form wants it, a typed line may leave it out"
    assert (await world.owner.runs("mitigate until=soon The tool is off.", channel)).code == "bad_argument"
    assert (await world.owner.runs("mitigate until=2026-12-04 The tool is off.", channel)).code == "ok"
    assert "Stop-gap until Fri 4 Dec 2026" in "\n".join((await world.card(report))["lines"])
    assert "recorded already" in (await world.owner.runs("mitigate The tool is off.", channel)).text

    await world.until(datetime.fromisoformat("2026-12-07T09:10:00+00:00"))
    asked = next(one for one in reversed(await world.owner.messages()) if "the stop-gap was meant to last" in words_of(one))
    labels = [one["label"] for one in asked["buttons"]]
    assert labels[:3] == ["Still in place until ...", "The fix is ready", "It is off"]
    card = await world.card(report)
    assert card["next"] == "Say how the stop-gap goes on" and [one["label"] for one in card["buttons"]][:3] == labels[:3]

    stays = await world.owner.presses("Still in place until ...")
    assert [one["name"] for one in stays.form["fields"]] == ["date"]
    assert (await world.owner.submits(stays.form, {"date": "2026-12-05"})).code == "bad_argument"
    assert (await world.owner.submits(stays.form, {"date": "2026-12-15"})).code == "ok"
    assert "Stop-gap until Tue 15 Dec 2026" in "\n".join((await world.card(report))["lines"])
    assert "until Wed 16 Dec 2026" in (await world.owner.runs("mitigate until=2026-12-16 It is still off.", channel)).text
    await world.until(datetime.fromisoformat("2026-12-17T09:10:00+00:00"))
    assert any("Wed 16 Dec 2026" in one and "stop-gap" in one for one in await world.owner.bot_texts()), "asked again at the new end"
    told = len(await world.researcher.bot_texts())
    assert (await world.owner.presses("It is off")).code == "ok"
    assert any("no longer in place" in one for one in (await world.researcher.bot_texts())[told:])
    card = await world.card(report)
    assert card["state"] == "being fixed" and "Stop-gap" not in "\n".join(card["lines"])
    assert (await world.owner.runs("case stop-gap 2026-12-30", channel)).code == "illegal_transition"
