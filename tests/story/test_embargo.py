"""Disclosure by agreement: either side proposes an end, the old one holds until all agree; one exact instant everywhere."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from sqlmodel import select

from commands.history import facts_of
from config.policy import deadlines
from config.policy.deadlines import ClockName
from storage.models import Report
from storage.publishing import Offer
from tests.world import World

DEFAULT = datetime(2027, 2, 28, 8, 0, tzinfo=UTC)  # 90 days after the report


async def end_of(world: World, report: str) -> datetime | None:
    """The end as the clock sees it, which must be that of the row."""
    async with world.app.database.read(world.clock.now()) as work:
        row = await work.session.get(Report, report)
        assert row is not None
        view = deadlines.clock(deadlines.clocks(facts_of(await work.ledger.of(report)), world.app.program), ClockName.EMBARGO)
        assert view is not None
        running = view.due if view.stopped is None else None
        assert running == (row.embargo_end if row.embargo in ("active", "revise") else None)
        return running


async def test_we_propose_a_later_end_and_the_researcher_accepts_it_once(world: World) -> None:
    report = await world.researcher.sends_report(title="Persona prompt")
    channel = world.channel(report)
    assert await end_of(world, report) == DEFAULT
    assert "holds until Sun 28 Feb 2027, 08:00 UTC" in (await world.lead.runs("embargo show", channel)).text
    assert (await world.triager_sec.runs("embargo propose 2027-03-15", channel)).code == "not_allowed"
    asked = await world.lead.runs("embargo propose 2027-03-15 The filter needs a week more.", channel)
    assert asked.code == "ok"
    assert "Mon 15 Mar 2027, 17:00 UTC" in asked.text
    told = await world.researcher.last()
    assert "we ask you to wait until Mon 15 Mar 2027, 17:00 UTC. The filter needs a week more." in told
    assert await end_of(world, report) == DEFAULT, "the old end holds meanwhile"
    again = await world.lead.runs("embargo propose 2027-03-15", channel)
    assert "is proposed and waits" in again.text
    assert (await world.lead.runs("embargo accept", channel)).code == "own_proposal"
    agreed = await world.researcher.presses("me embargo-accept")
    assert "ends Mon 15 Mar 2027, 17:00 UTC" in agreed.text
    assert await end_of(world, report) == datetime(2027, 3, 15, 17, 0, tzinfo=UTC)
    assert (await world.researcher.presses("me embargo-accept")).code == "nothing_proposed"
    assert (await world.lead.runs("embargo propose 2027-03-20", channel)).code == "extended_before"
    shorter = await world.lead.runs("embargo propose 2027-03-01T12:00+02:00", channel)
    assert "Mon 1 Mar 2027, 10:00 UTC" in shorter.text
    await world.researcher.presses("me embargo-reject")
    assert await end_of(world, report) == datetime(2027, 3, 15, 17, 0, tzinfo=UTC)
    await world.passes(hours=26)
    heard = "\n".join(await world.lead.bot_texts())
    assert "the researcher refused our end" in heard.lower()
    async with world.app.database.read(world.clock.now()) as work:
        assert (await work.session.execute(select(Offer))).first() is None
    # A button means the end that stands beside it, not one that was proposed since; nor an end that is over.
    assert (await world.lead.runs("embargo propose 2026-12-03", channel)).code == "ok"
    old = next(one for one in reversed(await world.researcher.messages()) if "3 Dec 2026" in one["text"])
    accept = next(one["id"] for one in old["buttons"] if one["id"].startswith("me embargo-accept"))
    assert (await world.lead.runs("embargo propose 2026-12-04", channel)).code == "ok"
    stale = await world.post("/api/press", {"as": "researcher", "message": old["id"], "button": accept})
    assert (stale.code, "Fri 4 Dec 2026" in stale.text) == ("moved_on", True), stale
    await world.passes(hours=96)
    assert (await world.researcher.presses("me embargo-accept")).code == "in_the_past"
    assert await end_of(world, report) == datetime(2027, 3, 15, 17, 0, tzinfo=UTC)


async def test_the_researcher_proposes_is_countered_and_ends_it(world: World) -> None:
    report = await world.researcher.sends_report(title="Persona prompt")
    channel = world.channel(report)
    await world.researcher.says("embargo")
    assert "The embargo holds until Sun 28 Feb 2027, 08:00 UTC" in await world.researcher.last()
    form = (await world.researcher.presses("me embargo-propose")).form
    assert [one["name"] for one in form["fields"]] == ["end", "why"]
    sent = await world.researcher.submits(form, {"end": "2026-12-20", "why": "I speak at a conference, CANARY-REASON."})
    assert "The lead is asked for Sun 20 Dec 2026, 17:00 UTC" in sent.text
    shown = await world.lead.runs("embargo show", channel)
    assert "The researcher proposes Sun 20 Dec 2026, 17:00 UTC instead." in shown.text
    assert "CANARY-REASON" in "\n".join(str(one) for one in await world.lead.messages(channel))
    countered = await world.lead.runs("embargo propose 2027-01-10", channel)
    assert countered.code == "ok"
    await world.researcher.presses("me embargo-accept")
    assert await end_of(world, report) == datetime(2027, 1, 10, 17, 0, tzinfo=UTC)
    done = await world.researcher.presses("me embargo-end")
    answer = await world.researcher.submits(done.form, {"why": ""}) if done.form else done
    assert "is over" in answer.text
    assert await end_of(world, report) is None
    assert (await world.lead.runs("embargo propose 2027-01-20", channel)).code == "embargo_over"
    assert "is over already" in (await world.lead.runs("embargo end because", channel)).text
    await world.researcher.says("embargo")
    assert "You may publish." in await world.researcher.last()
    async with world.app.database.read(world.clock.now()) as work:
        entries = [json.loads(one.data) for one in await work.ledger.of(report) if one.kind == "embargo"]
        assert "CANARY" not in json.dumps(entries)
        assert [one["state"] for one in entries] == ["revise", "revise", "active", "exited"]


async def test_an_end_that_cannot_be_is_refused_with_what_can(world: World) -> None:
    report = await world.researcher.sends_report(title="Persona prompt")
    channel = world.channel(report)
    for typed, code, words in (
        ("2026-11-01", "in_the_past", "a later instant"),
        ("2027-03-31T17:00", "bad_argument", "needs its zone"),
        ("tomorrow", "bad_argument", "2027-03-31"),
        ("2027-02-30", "bad_argument", "2027-03-31"),
        ("9999-12-31T23:59-12:00", "bad_argument", "2027-03-31"),
        ("0001-01-01T00:00+14:00", "bad_argument", "2027-03-31"),
        ("0001-01-01", "in_the_past", "a later instant"),
        ("9999-12-31", "extension_too_long", "the latest end is Tue 30 Mar 2027, 08:00 UTC"),
        ("2027-04-15", "extension_too_long", "Propose an earlier one"),
    ):
        found = await world.lead.runs(f"embargo propose {typed}", channel)
        assert (found.code, words in found.text) == (code, True), found
    await world.triager_sec.runs("case flag public", channel)
    assert (await world.lead.runs("embargo propose 2027-02-01", channel)).code in ("flag_forbids", "embargo_over")
    assert (await world.lead.runs("embargo reject", channel)).code == "nothing_proposed"


async def test_a_second_vendor_must_agree_as_well_and_lapses_when_the_terms_change(world: World) -> None:
    report = await world.researcher.sends_report(title="Persona prompt")
    channel = world.channel(report)
    assert (await world.lead.runs("embargo party invited Other vendor", channel)).code == "ok"
    assert (await world.lead.runs("embargo party accepted other  vendor", channel)).code == "ok"
    assert (await world.lead.runs("embargo party invited Other vendor", channel)).code == "illegal_consent"
    await world.lead.runs("embargo propose 2027-01-10", channel)
    assert "once all agree" in (await world.researcher.presses("me embargo-accept")).text
    assert await end_of(world, report) == DEFAULT
    shown = (await world.lead.runs("embargo show", channel)).text
    assert "Other vendor takes part." in shown
    assert "Publication waits: it is neither resolved nor declined" in shown
    settled = await world.lead.runs("embargo party accepted Third vendor", channel)
    assert settled.code == "ok", settled
    # The third agreed to what is on the table; the other vendor has not.
    assert await end_of(world, report) == DEFAULT
    # Who takes part already agrees to the new end in the same words; said once more, it changes nothing.
    last = await world.lead.runs("embargo party accepted Other vendor", channel)
    assert "Agreed: the embargo" in last.text, last
    assert await end_of(world, report) == datetime(2027, 1, 10, 17, 0, tzinfo=UTC)
    assert (await world.lead.runs("embargo party accepted Other vendor", channel)).code == "ok"
    async with world.app.database.read(world.clock.now()) as work:
        kinds = [one.kind for one in await work.ledger.of(report)]
    assert kinds.count("embargo_party") == 3


async def test_a_stolen_database_names_no_party_and_no_reason(world: World) -> None:
    report = await world.researcher.sends_report(title="Persona prompt")
    await world.lead.runs("embargo party invited CANARY-VENDOR", world.channel(report))
    await world.lead.runs("embargo propose 2027-01-10 CANARY-WHY", world.channel(report))
    await world.app.database.checkpoint()
    for path in world.data.glob("harborlight.sqlite*"):
        assert b"CANARY" not in path.read_bytes()


@pytest.mark.slow
async def test_an_unanswered_end_is_asked_about_once_more_and_goes_when_the_flaw_is_public(world: World) -> None:
    await world.until((await world.now()).replace(hour=10))
    report = await world.researcher.sends_report(title="Persona prompt")
    other = await world.researcher_2.sends_report(title="Mails are read aloud")
    assert (await world.lead.runs("embargo propose 2027-01-10", world.channel(report))).code == "ok"
    assert (await world.researcher_2.runs("embargo-propose 2027-01-12")).code == "ok"
    lines = "\n".join((await world.card(other))["lines"])
    assert "The embargo holds until Sun 28 Feb 2027, 10:00 UTC. The researcher proposes Tue 12 Jan 2027, 17:00 UTC instead." in lines
    for _ in range(2):
        await world.passes(days=7, minutes=1)
        told = [one for one in await world.researcher.bot_texts() if "We asked you to agree that the embargo" in one]
        assert len(told) == 1 and "ends Sun 10 Jan 2027, 17:00 UTC" in told[0]
        asked = [one for one in await world.lead.bot_texts() if "Tue 12 Jan 2027, 17:00 UTC is proposed as the end of the embargo" in one]
        assert len(asked) == 1, asked
    assert "Agreed: the embargo" in (await world.researcher.presses("me embargo-accept")).text
    await world.lead.runs("embargo party accepted Other vendor", world.channel(other))
    assert (await world.triager_sec.runs("case flag attack-public", world.channel(other))).code == "ok"
    shown = (await world.lead.runs("embargo show", world.channel(other))).text
    assert "The embargo is over." in shown and "proposes" not in shown and "Other vendor takes no part." in shown
    assert "public: yes; attack public: yes; exploited: no" in shown
    async with world.app.database.read(await world.now()) as work:
        assert (await work.session.execute(select(Offer))).first() is None
        flags = [json.loads(one.data)["flag"] for one in await work.ledger.of(other) if one.kind == "flag"]
    assert flags == ["X", "P"]


@pytest.mark.slow
async def test_other_vendors_that_are_hit_have_their_notice_before_details_appear(world: World) -> None:
    await world.until((await world.now()).replace(hour=10))
    report = await world.researcher.sends_report(
        title="Persona prompt", category="jailbreak", worked="6 of 10", system="acme-large", other_models="other-large, acme-large")
    channel = world.channel(report)
    await world.triager_sec.presses("acknowledge", channel)
    # The researcher is asked who else knows, with the other facts; the lead hears of it once the report is accepted.
    asked = await world.researcher.bot_texts()
    assert any("Who else knows: other vendors or a coordinator" in one for one in asked), asked
    assert (await world.triager_sec.runs("accept medium jailbreak", channel)).code == "ok"
    assert (await world.lead.runs("embargo propose 2026-12-20T10:00Z", channel)).code == "ok"
    await world.researcher.presses("me embargo-accept")
    await world.passes(hours=24)
    heard = [one for one in await world.lead.bot_texts() if "ther vendors' models are hit. Tell them" in one]
    assert len(heard) == 1 and "If they are told by Sun 6 Dec 2026, 10:00 UTC, their notice ends with the embargo." in heard[0], heard
    # Told too late for that: the end of the embargo frees the researcher, and not us.
    await world.until(datetime(2026, 12, 11, 10, 0, tzinfo=UTC))
    assert (await world.triager_ml.runs("embargo party told Other vendor", channel)).code == "not_allowed"
    told = await world.lead.runs("embargo party told CANARY-VENDOR", channel)
    assert (told.code, told.text) == ("ok", "Recorded: told. Details wait until Fri 25 Dec 2026, 10:00 UTC."), told
    await world.until(datetime(2026, 12, 20, 10, 0, tzinfo=UTC))
    # The last one that was told counts; who was told before is told once.
    await world.lead.runs("embargo party told Third vendor", channel)
    end = "Sun 3 Jan 2027, 10:00 UTC"
    assert f"the first time counts. Details wait until {end}." in (await world.lead.runs("embargo party told canary-vendor", channel)).text
    refused = await world.lead.runs("publish", channel)
    assert refused.code == "not_publishable" and f"other vendors have their notice until {end}" in refused.text, refused.text
    assert f"details wait for their notice until {end}" in "\n".join((await world.card(report))["lines"])
    shown = await world.lead.runs("embargo show", channel)
    assert "CANARY-VENDOR takes no part. Told Fri 11 Dec 2026, 10:00 UTC." in shown.text and "Publication waits: the notice" in shown.text
    await world.researcher.says("embargo")
    assert f"have their notice until {end}. We publish no details before." in await world.researcher.last()
    # That nobody else is to be told frees it, with a reason; another vendor that turns up binds it again.
    assert [one["id"].split()[1] for one in shown.data["reply"]["buttons"]] == ["party", "no-vendors"]
    form = (await world.lead.runs("embargo no-vendors", channel)).form
    assert (await world.lead.submits(form, {"why": " "})).code == "bad_argument"
    assert (await world.lead.submits(form, {"why": "CANARY-WHY, they know already."})).code == "ok"
    assert "Publication waits" not in (await world.lead.runs("embargo show", channel)).text
    assert (await world.lead.runs("embargo party told Fourth vendor", channel)).code == "ok"
    assert (await world.lead.runs("publish", channel)).code == "not_publishable"
    await world.until(datetime(2026, 12, 21, 10, 0, tzinfo=UTC))
    heard = "\n".join(await world.lead.bot_texts())
    assert f"may publish. Our details wait for the notice to other vendors until {end}; publish it then." in heard, heard
    assert "Publish it too" not in heard
    await world.until(datetime(2027, 1, 4, 10, 0, tzinfo=UTC))
    heard = [one for one in await world.lead.bot_texts() if "other vendors" in one]
    assert "If they are told by" not in heard[-2] and f"he notice to other vendors ended {end}" in heard[-1], heard
    assert (await world.lead.runs("publish", channel)).code == "ok"
    async with world.app.database.read(await world.now()) as work:
        kinds = [one.kind for one in await work.ledger.of(report)]
    assert (kinds.count("others_hit"), kinds.count("no_vendors"), kinds.count("embargo_party")) == (1, 1, 3)
    await world.app.database.checkpoint()
    for path in world.data.glob("harborlight.sqlite*"):
        assert b"CANARY" not in path.read_bytes() and b"other-large" not in path.read_bytes()
