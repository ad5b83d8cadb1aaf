"""Publication: one advisory from public facts alone, looked at by both sides, corrected in the open, thanks that can be taken back."""

from __future__ import annotations

import json

import pytest

from commands.outside.hall import gathered, people
from config.policy.advisory import Advisory
from tests.world import World, words_of

CANARY = "CANARY-PAYLOAD tells the clockmaker's three steps"


async def public(world: World) -> list[Advisory]:
    async with world.app.database.read(world.clock.now()) as work:
        return await work.publishing.public(world.app.vault)


async def resolved(world: World) -> str:
    """A report that went all the way to resolved, with trials on both sides of the fix."""
    report = await world.researcher.sends_report(
        CANARY, title="Persona prompt gets crime help", category="jailbreak", system="acme-large", seed="none", sampling="temperature 0.7")
    channel = world.channel(report)
    await world.triager_sec.presses("acknowledge", channel)
    await world.triager_sec.runs("accept medium jailbreak", channel)
    await world.triager_ml.runs("case evidence 6/10", channel)
    await world.lead.runs("owner owner", channel)
    await world.owner.runs("work 2026-12-20", channel)
    await world.owner.runs("fix build 7", channel)
    await world.triager_ml.runs("case cause alignment", channel)
    await world.triager_ml.runs("verify", channel)
    found = await world.triager_ml.runs("result 0/59", channel)
    assert found.code == "ok", found
    await world.researcher.presses("me fixed")
    return report


@pytest.mark.slow
async def test_both_sides_see_what_becomes_public_and_nothing_else_does(world: World) -> None:
    report = await resolved(world)
    channel = world.channel(report)
    shown = (await world.lead.runs("embargo advisory", channel)).text
    assert "Persona prompt gets crime help" in shown
    assert "Before the fix it worked in 6 of 10 attempts" in shown
    assert "With the fix it worked in 0 of 59 attempts" in shown
    assert "How it was tried: Sampling: temperature=0.7; Seed: none" in shown, "all that a record holds is looked at before"
    assert "CANARY" not in shown
    refused = await world.lead.runs("publish", channel)
    assert refused.code != "ok"
    assert (await world.lead.runs("agree", channel)).code == "ok"
    asked = await world.researcher.last()
    assert "This is what people would read:" in asked
    assert "0 of 59 attempts" in asked
    # Other words before the researcher has answered: they are shown those, and asked again once our side agreed to them.
    form = (await world.lead.runs("embargo advisory-words", channel)).form
    words = {one["name"]: one["value"] for one in form["fields"]} | {"lead": "Wait for the fix."}
    assert (await world.triager_ml.submits(form, words)).code == "ok"
    assert "Wait for the fix." in await world.researcher.last()
    assert (await world.lead.runs("embargo agree", channel)).code == "ok"
    assert "Wait for the fix." in (last := await world.researcher.last()) and "It waits for your word." in last
    await world.researcher.presses("me agree")
    # Other words: both sides are asked again, and who wrote them does not agree alone.
    form = (await world.lead.runs("embargo advisory-words", channel)).form
    values = {one["name"]: one["value"] for one in form["fields"]} | {"lead": "Nothing to do. We changed the refusal.", "changed": "Build 7."}
    assert (await world.lead.submits(form, values)).code == "ok"
    assert "The advisory's words changed since you read it." in await world.researcher.last()
    assert (await world.lead.runs("publish", channel)).code != "ok"
    first = await world.lead.runs("embargo agree", channel)
    assert "waiting for" in first.text.lower()
    assert (await world.triager_ml.presses("case agree", channel)).code == "ok"
    await world.researcher.presses("me agree")
    # Another vendor's model is named at the last moment: the researcher is asked who else knows, and the lead acts on it first.
    assert (await world.triager_ml.runs("case fact s20 other-large", channel)).code == "ok"
    assert "Who else knows" in await world.researcher.last()
    refused = await world.lead.runs("publish", channel)
    assert refused.code == "not_publishable" and "/vdp embargo party told NAME starts their 14 days" in refused.text, refused.text
    draft = (await world.lead.runs("update", channel)).form["fields"][0]["value"]
    assert draft.endswith("Both sides agreed to publish it. Other vendors are affected too. We tell them before any details appear."), draft
    card = await world.card(report)
    assert (card["next"], card["next_by"]) == ("Tell the other vendors that are hit, and record it", "the lead, by Wed 16 Dec 2026, 08:00 UTC")
    assert [one["name"] for one in (await world.lead.presses("embargo party", channel)).form["fields"]] == ["name"]
    assert (await world.lead.runs("embargo party told Other vendor", channel)).code == "ok"
    card = await world.card(report)
    assert card["next"] == "Other vendors have their notice, then publish it"
    until = card["next_by"].removeprefix("the lead, from ")
    draft = (await world.lead.runs("update", channel)).form["fields"][0]["value"]
    assert draft.endswith("Both sides agreed to publish it. Other vendors are affected too and have their notice until "
                          f"{until}. We publish no details before."), draft
    assert (await world.lead.runs("embargo no-vendors It is ours, under an older name.", channel)).code == "ok"
    assert (await world.card(report))["next"] == "Publish it"
    await world.researcher.says("credit quiet heron")
    assert (await world.lead.runs("publish", channel)).code == "ok"
    (one,) = await public(world)
    assert (one.id, one.lead, one.changed, one.credit) == (report, "Nothing to do. We changed the refusal.", "Build 7.", "quiet heron")
    assert dict(one.context) == {"S07": "temperature=0.7", "S08": "none"}
    assert [system.shown for system in one.systems] == ["Acme Large"]
    assert (one.level, one.verdict, str(one.before), str(one.after), one.cause) == ("medium", "verified", "6/10", "0/59", "alignment")
    from config.policy.advisory import stored

    assert "CANARY" not in stored(one)
    await world.researcher.says("advisory")
    assert "Public" in await world.researcher.last()
    # The flaw is back: what is public stays public, with its thanks, and people work in its channel again.
    hall = await world.lead.messages("hall-of-fame")
    assert {one["id"]: one.get("archived") for one in await world.triager_ml.conversations()}[channel]
    for line in (f"case regress report={report}", f"case undo report={report}"):
        assert (await world.triager_ml.runs(line)).code == "ok", line
    assert {one["id"]: one.get("archived") for one in await world.triager_ml.conversations()}[channel], "taken back: as it was"
    await world.passes(minutes=1)
    assert (await world.triager_ml.runs(f"case regress report={report}")).code == "ok"
    assert not {one["id"]: one.get("archived") for one in await world.triager_ml.conversations()}[channel]
    assert (await world.card(report))["state"] == "in triage"
    assert (await world.lead.runs("note It is back with build 8.", channel)).code == "ok"
    assert "It is back with build 8." in "\n".join(await world.lead.bot_texts(channel))
    async with world.app.database.work(await world.now()) as work:
        row = await work.reports.get(report)
        assert row is not None and row.closed_at is None and row.archived_at is None
        assert [one.name for one in people((await gathered(work, world.app.desk)).all)] == ["quiet heron"]
        assert not await work.reports.dead_letters()
    await world.researcher.says("credit loud heron")
    after = await world.lead.messages("hall-of-fame")
    assert len(after) == len(hall) and "loud heron" in words_of(after[-1]) and len(await public(world)) == 1


@pytest.mark.slow
async def test_a_correction_is_a_new_edition_by_two_people_and_thanks_can_be_taken_back_everywhere(world: World) -> None:
    report = await resolved(world)
    channel = world.channel(report)
    await world.researcher.says("credit quiet heron")
    await world.researcher.says("agree")
    await world.lead.runs("agree", channel)
    assert (await world.lead.runs("publish", channel)).code == "ok"
    form = (await world.lead.runs(f"embargo advisory-words report={report}")).form
    values = {one["name"]: one["value"] for one in form["fields"]} | {"happened": "A persona was obeyed."}
    silent = await world.lead.submits(form, values)
    assert (silent.code, "what changed" in silent.text) == ("bad_argument", True)
    first = await world.lead.submits(form, values | {"note": "The cause was named wrongly."})
    assert "waiting for" in first.text.lower()
    assert (await public(world))[0].revision == 1, "nothing is changed before the second person agreed"
    assert "stand already" in (await world.lead.submits(form, values | {"note": "Again."})).text
    await world.passes(days=10)  # nobody looked at it in time
    assert "waiting for" in (await world.lead.submits(form, values)).text.lower()
    # Other words while it waits: who was asked to agree to the first ones agrees to nothing.
    async with world.app.database.read(world.clock.now()) as work:
        (row,) = await work.reports.proposals(report)
    changed = await world.lead.submits(form, values | {"happened": "A persona was obeyed, twice."})
    assert "waiting for" in changed.text.lower(), changed
    assert (await world.triager_sec.runs(f"case agree {row.id}", channel)).code == "gone"
    assert (await world.lead.submits(form, values)).code == "ok"
    assert (await world.lead.runs(f"embargo advisory-corrected report={report} edition=2")).code == "second_person"
    stale = await world.triager_sec.runs(f"embargo advisory-corrected report={report} edition=2 words=0")
    assert (stale.code, (await public(world))[0].revision) == ("moved_on", 1)
    async with world.app.database.read(world.clock.now()) as work:
        (row,) = await work.reports.proposals(report)
    second = await world.triager_sec.runs(f"case agree {row.id}", channel)
    assert second.code == "ok", second
    (one,) = await public(world)
    assert (one.revision, one.happened, one.revisions[-1].note) == (2, "A persona was obeyed.", "The cause was named wrongly.")
    assert one.published < one.revised or one.published == one.revised
    assert "We corrected the advisory" in await world.researcher.last()
    await world.researcher.says("credit none")
    (one,) = await public(world)
    assert one.credit == ""
    async with world.app.database.read(world.clock.now()) as work:
        for row in await work.publishing.editions(report):
            assert row.body is not None
            text = world.app.vault.common.open_text("edition", "body", row.id, row.body)
            assert json.loads(text)["credit"] == ""


async def test_a_withdrawn_report_leaves_no_draft(world: World) -> None:
    report = await world.researcher.sends_report(CANARY, title="Persona prompt")
    await world.lead.runs("embargo advisory", world.channel(report))
    await world.researcher.says("withdraw")
    form = (await world.researcher.runs("withdraw yes")).code
    assert form in ("ok", "confirm", "unknown_command")
    async with world.app.database.read(world.clock.now()) as work:
        rows = await work.publishing.editions(report)
    assert all(row.body is None for row in rows)
