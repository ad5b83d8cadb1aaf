"""P12: the queue is grouped, paged and narrowed down by words; harmless acts on several; private reminders."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import delete, update

from storage.models import Member, Report
from tests import monday
from tests.discord_world import button as discord_button
from tests.discord_world import discord_world
from tests.slack_world import button as slack_button
from tests.slack_world import slack_world, words
from tests.world import Answer, World, buttons_of, words_of

ID = re.compile(r"AIV-[0-9A-Z]{5}(?=:)")
ANY = re.compile(r"AIV-[0-9A-Z]{5}")


def shown(answer: Answer) -> dict[str, list[str]]:
    """Return the ids under each head of a queue."""
    card = answer.reply.get("card") or {"fields": []}
    return {one["label"].partition(" (")[0]: ID.findall(one["text"]) for one in card["fields"]}


@pytest.mark.slow
async def test_groups_pages_and_words(world: World) -> None:
    ml, sec, lead = world.triager_ml, world.triager_sec, world.lead
    assert "by themselves" in (await ml.runs("queue")).text
    assert "/vdp digest" in (await world.leadership.runs("queue")).text and "upkeep health" in (await world.admin.runs("queue")).text
    mine, theirs, high, asked = [await world.researcher.sends_report(f"It helps with harm, way {n}.") for n in range(4)]
    await world.until(datetime(2026, 11, 30, 10, 0, tzinfo=UTC))
    for report, who, line in ((mine, ml, "accept medium jailbreak"), (theirs, sec, "acknowledge"), (asked, ml, "ask clear=yes Which?"),
                              (high, ml, "accept high jailbreak")):
        assert (await who.runs(line, world.channel(report))).code == "ok"
    assert (await sec.presses("case agree", world.channel(high))).code == "ok"
    groups = shown(await ml.runs("queue"))
    assert theirs in groups["Waiting for others"] and asked in groups["Waiting for others"]
    assert set(shown(await lead.runs("queue"))["Needs you"]) == {mine, high}, "an owner is to be named"
    line = next(one for one in (await lead.runs("queue")).reply["card"]["fields"][0]["text"].split("\n") if mine in one)
    assert line == f"{mine}: Safety-filter bypass (jailbreak), medium, name an owner for the fix, by Fri 29 Jan 2027, 10:00 UTC."

    assert shown(await ml.runs("queue high")) == {"This week": [high]}, "an update is due in a week"
    assert shown(await ml.runs("queue fixing mine medium"))["Waiting for others"] == [mine]
    assert shown(await ml.runs("queue waiting")) == {"Waiting for others": [asked]}
    assert "No report of yours is overdue." in (await ml.runs("queue overdue")).text
    assert (await lead.runs("close-without-fix reason=spam", world.channel(theirs))).code == "ok"
    assert shown(await ml.runs("queue done")) == {"Done": [theirs]}
    wrong = await ml.runs("queue mine hihg")
    assert wrong.code == "bad_argument" and "Did you mean high?" in wrong.text
    assert "State: new, judging, waiting, fixing, checking, done" in wrong.text and "hihg" not in wrong.text

    new = await world.researcher.sends_report("It helps with harm, one more way.")
    await monday.crowd(world.app, new, 60)
    page = await ml.runs("queue")
    assert page.reply["card"]["lines"][-1] == "Page 1 of 7, 64 reports in all."
    assert [one["label"] for one in page.reply["buttons"]] == ["Act on several", "More"]
    labels = [one["label"] for one in page.reply["card"]["buttons"]]
    assert [one.partition(":")[0] for one in labels] == ["Acknowledge"] * 3, "the first three have their next step"
    seen: list[str] = []
    for number in range(1, 8):
        page = await ml.runs(f"queue page={number}")
        seen += [one for ids in shown(page).values() for one in ids]
    assert [one["label"] for one in page.reply["buttons"]] == ["Act on several", "Back"]
    assert len(seen) == len(set(seen)) == 64
    assert "The last page is 7." in (await ml.runs("queue page=8")).text
    assert [one["id"] for one in (await ml.runs("queue new page=2")).reply["buttons"]] == [
        "case together of=new page=2", "queue words=new page=1", "queue words=new page=3"]

    await world.until(datetime(2026, 12, 1, 9, 5, tzinfo=UTC))
    morning = next(one for one in reversed(await ml.messages()) if "Your day:" in words_of(one))
    head = (await ml.runs("queue")).reply["card"]["title"]
    assert re.findall(r"\d+", head) == re.findall(r"\d+", words_of(morning).partition("\n")[0]), "one reckoning"

    beside = (await world.get("/api/home", {"as": "researcher", "where": "dm"})).data["sections"][0]["rows"]
    assert len({one["label"] for one in beside} - {theirs, ""}) == 64, "a researcher sees every open one"
    assert beside[-1]["text"] == "1 more: send status"
    async with world.app.engine.database.work(await world.now()) as work:
        await work.session.execute(update(Report).where(Report.id != new).values(state="spam"))  # type: ignore[arg-type]
    beside = (await world.get("/api/home", {"as": "researcher", "where": "dm"})).data["sections"][0]["rows"]
    assert [one["label"] for one in beside].index(new) == 0 and [one["text"] for one in beside[6:]] == ["59 more: send status"]
    assert (await world.researcher.runs("status")).text.startswith(new)


@pytest.mark.slow
async def test_several_at_once_and_one_that_has_moved_on(world: World) -> None:
    ml, sec = world.triager_ml, world.triager_sec
    reports = [await world.researcher.sends_report(f"It helps with harm, way {n}.") for n in range(4)]
    kept, moved, lost, fourth = sorted(reports)
    await world.until(datetime(2026, 11, 30, 10, 0, tzinfo=UTC))
    form = (await ml.runs("case together")).form
    acts = [one["value"] for one in form["fields"][0]["choices"]]
    assert acts == ["acknowledge", "update", "remind", "hand-over"]
    second = (await ml.submits(form, {"act": "acknowledge"})).form
    field = second["fields"][0]
    assert field["kind"] == "many" and set(field["value"].split(",")) == set(reports) and second["submit"] == "Acknowledge them"
    assert (await ml.submits(second, {"reports": ""})).status == 422
    assert (await sec.runs("acknowledge", world.channel(moved))).code == "ok"  # meanwhile
    async with world.app.engine.database.work(world.app.engine.clock.now()) as work:
        person = await work.people.who(world.app.desk.vault, "local", "triager-ml")
        assert person is not None
        await work.session.execute(delete(Member).where(Member.report_id == lost, Member.person_id == person.id))  # type: ignore[arg-type]
    done = await ml.submits(second, {"reports": f"{kept},{moved},{lost}"})
    assert done.code == "ok" and f"1 report acknowledged, and each researcher is told: {kept}." in done.text, done
    assert f"{moved}: {moved} is acknowledged already." in done.text and f"{lost}: There is no such report for you." in done.text
    guessed = (await ml.runs(f"case together acknowledge {lost[:-1]}")).text
    assert lost[:-1] in guessed and lost not in guessed, "of others' reports not even the rest of an id is told"
    timeline = (await ml.runs("case timeline", world.channel(kept))).text
    assert "acknowledge by triager-ml" in timeline, "written down as if it had been done alone"
    told = "\n".join(await world.researcher.bot_texts())
    assert [f"Thank you for {one}" in told for one in (kept, moved, lost, fourth)] == [True, True, False, False]
    assert (await world.card(lost))["state"] == "received"

    third = (await ml.submits((await ml.runs("case together")).form, {"act": "hand-over"})).form
    people = {one["label"]: one["value"] for one in third["fields"][1]["choices"]}
    assert "triager-ml" not in people and set(people) == {"triager-sec", "lead"}
    assert set(third["fields"][0]["value"].split(",")) == {kept, fourth}, "those that are theirs to hand over"
    assert "who" in (await ml.submits(third, {"reports": kept, "who": ""})).data["errors"]
    assert "1 report handed over" in (await ml.submits(third, {"reports": kept, "who": people["triager-sec"]})).text
    typed = await sec.runs(f"case together remind {kept} {moved} when=tomorrow")
    assert typed.code == "bad_argument" and "such as AIV-K7Q3M" in typed.text, "options stand before the reports"
    typed = await sec.runs(f"case together when=tomorrow remind {kept} {moved}")
    assert "2 reports kept as reminders" in typed.text, typed
    writes = (await sec.submits((await sec.runs("case together")).form, {"act": "update"})).form
    assert writes["title"] == "Updates owed" and all("We" in one["value"] or "Your" in one["value"] for one in writes["fields"])
    for page in ("page=²", "page=-1", "page=0"):
        assert (await sec.runs(f"case together {page}")).status == 200, "what is no page is the first one, until it is refused"
    refused = await world.owner.runs("case together acknowledge " + kept)
    assert refused.code == "stale" and "This is for a triager." in refused.text, "who may, is asked for each"


@pytest.mark.slow
async def test_a_reminder_is_private_comes_once_and_stops_nothing(world: World) -> None:
    ml = world.triager_ml
    one, two, done = [await world.researcher.sends_report(f"It helps with harm, way {n}.") for n in range(3)]
    await world.until(datetime(2026, 11, 30, 10, 0, tzinfo=UTC))
    before = (await ml.runs("case timeline", world.channel(one))).text
    opened = await ml.runs(f"show {one}")
    assert [button["id"] for button in opened.reply["buttons"]] == [f"case remind report={one} when=tomorrow"]
    kept = await ml.runs(f"case remind {one} 2 h")
    assert "Mon 30 Nov 2026, 12:00 UTC" in kept.text
    assert (await ml.runs("remind tomorrow", world.channel(two))).text.startswith("You are reminded Tue 1 Dec 2026, 09:00 UTC")
    moved = await ml.runs("case remind in 3 days", world.channel(two))
    assert "now comes Thu 3 Dec 2026, 09:00 UTC" in moved.text
    for words_, at in (("friday", "Fri 4 Dec 2026, 09:00"), ("saturday", "Mon 7 Dec 2026, 09:00"), ("9 h", "Tue 1 Dec 2026, 09:00"),
                       ("2026-12-24", "Thu 24 Dec 2026, 09:00")):
        assert at in (await ml.runs(f"case remind {done} {words_}")).text, words_
    assert "Write a time such as tomorrow" in (await ml.runs(f"case remind {done} soonish")).text
    assert "not ahead of us" in (await ml.runs(f"case remind {done} 2026-11-29")).text
    form = (await ml.runs("case remind", world.channel(done))).form
    assert form["fields"][0]["value"] == "tomorrow" and (await ml.submits(form, {"when": "tomorrow"})).code == "ok"
    listed = await ml.runs("case remind")
    assert [line[2:11] for line in listed.text.split("\n")[1:4]] == [one, done, two], "the next first"
    assert "No reminder waits" in (await world.triager_sec.runs("case remind")).text, "nobody else's"
    assert (await ml.runs("case timeline", world.channel(one))).text == before, "in no record that others read"

    assert (await world.lead.runs("close-without-fix reason=spam", world.channel(done))).code == "ok"
    await world.until(datetime(2026, 11, 30, 12, 0, tzinfo=UTC))
    reminded = (await ml.messages())[-1]
    assert words_of(reminded).startswith(f"You asked to be reminded\n• {one}: Acknowledge it, by Tue 1 Dec 2026")
    assert [button["label"] for button in buttons_of(reminded)] == [f"Acknowledge: {one}", "Again tomorrow"]
    count = len(await ml.messages())
    await world.until(datetime(2026, 11, 30, 14, 0, tzinfo=UTC))
    assert len(await ml.messages()) == count, "once"
    assert "not reminded" in (await ml.runs(f"case remind {two} never")).text
    await world.until(datetime(2026, 12, 3, 9, 0, tzinfo=UTC))
    assert "You asked to be reminded" not in "\n".join(await ml.bot_texts()).partition("Again")[2]
    assert sum("You asked to be reminded" in text for text in await ml.bot_texts()) == 1, "what is done, or taken back, is not said"


@pytest.mark.slow
async def test_sixty_reports_on_slack(tmp_path: Path) -> None:
    async with slack_world(tmp_path) as world:
        first = await world.report()
        await world.moved(world.clock.now().replace(hour=10))
        await monday.crowd(world.app, first, 60)
        ml = world.triager_ml
        await ml.slash("/vdp queue", channel="dm")
        seen = await world.until(lambda: next((one for one in ml.whispers() if "Page 1 of 7" in words(one)), None), "the first page")
        page = words(seen)
        assert "61 reports in all." in page and len(set(ANY.findall(page))) == 10
        await ml.click(seen, slack_button(seen, "More"))
        after = await world.until(lambda: next((one for one in ml.whispers() if "Page 2 of 7" in words(one)), None), "the second page")
        assert not set(ANY.findall(words(after))) & set(ANY.findall(page))
        await ml.click(after, slack_button(after, "Act on several"))
        modal = world.triager_ml.modal()
        await world.triager_ml.submit(modal, {"act": "acknowledge"})
        modal = world.triager_ml.modal()
        element = next(one["element"] for one in modal.blocks if one["type"] == "input")
        assert len(element["initial_options"]) == len(element["options"]) == 10, "those of the page, all chosen"
        await world.settled()
        assert not [one for one in world.slack.calls() if one.answer.get("ok") is False], "no call was refused"


@pytest.mark.slow
async def test_sixty_reports_on_discord(tmp_path: Path) -> None:
    async with discord_world(tmp_path) as world:
        first = await world.report()
        await world.moved(world.clock.now().replace(hour=10))
        await monday.crowd(world.app, first, 60)
        ml = world.triager_ml
        seen: Any = await ml.slash("vdp queue", words="mine new", at="desk")
        page = seen.message.words
        assert "61 reports: mine, new" in page and "Page 1 of 7" in page and len(set(ANY.findall(page))) == 10
        after = await ml.click(seen.message, discord_button(seen.message, "More"))
        assert "Page 2 of 7" in after.message.words and not set(ANY.findall(after.message.words)) & set(ANY.findall(page))
        asked = await ml.click(after.message, discord_button(after.message, "Act on several"))
        asked = await ml.submit(asked.modal, {"act": "acknowledge"})
        asked = await ml.click(asked.message, next(iter(asked.message.buttons)))
        menu = asked.modal.input("reports")
        assert (menu["max_values"], sum(bool(one.get("default")) for one in menu["options"])) == (10, 10)
        done = await ml.submit(asked.modal, {"reports": [one["value"] for one in menu["options"]][:1]})
        assert "1 report acknowledged" in (done.message.words if done.message is not None else done.text)
