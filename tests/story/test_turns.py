"""The other turns a case takes: set aside and appealed, declined, more time, withdrawn, broken again, second persons."""

from __future__ import annotations

import json

import pytest
from sqlmodel import select

from storage.models import Attachment, Proposal
from tests.commands.watching import entries, row_of
from tests.proving import BEFORE, ENOUGH
from tests.world import World

pytestmark = pytest.mark.slow


async def _open(world: World, *, to: str = "received") -> tuple[str, str]:
    report = await world.researcher.sends_report("It shows other people's data.", category="jailbreak", title="Data shown")
    channel = world.channel(report)
    await world.until((await world.now()).replace(hour=10))
    if to == "received":
        return report, channel
    assert (await world.triager_sec.runs("accept medium jailbreak", channel)).code == "ok"
    assert (await world.lead.runs("owner owner", channel)).code == "ok"
    if to == "fixing":
        assert (await world.owner.runs("work 2026-12-18", channel)).code == "ok"
    if to == "retest":
        assert (await world.owner.runs("work 2026-12-18", channel)).code == "ok"
        assert (await world.owner.runs("fix build 7", channel)).code == "ok"
        for line in (*BEFORE, f"result {ENOUGH['medium']}"):
            assert (await world.triager_ml.runs(line, channel)).code == "ok"
    return report, channel


async def _state(world: World, report: str) -> str:
    return str((await world.card(report))["state"])


async def test_set_aside_appealed_and_judged_by_somebody_else(world: World) -> None:
    report, channel = await _open(world)
    closed = await world.triager_sec.runs("close-without-fix informative This is known and meant to be so.", channel)
    assert closed.code == "ok", closed
    assert "This is known and meant to be so." in "\n".join(await world.researcher.bot_texts())
    assert await _state(world, report) == "informative"
    assert (await world.lead.runs("case appeal", channel)).code == "not_asked"
    form = (await world.researcher.runs("appeal")).form
    assert (await world.researcher.submits(form, {"why": "It is not meant to be so."})).code == "ok"
    assert (await world.lead.runs("case appeal", channel)).code == "ok"
    assert (await world.triager_sec.runs("accept low jailbreak", channel)).code == "judged_before"
    assert (await world.triager_ml.runs("accept low jailbreak", channel)).code == "ok"


async def test_spam_takes_two_triagers_and_a_proposal_can_be_withdrawn_or_lapse(world: World) -> None:
    report, channel = await _open(world)
    assert "waiting for" in (await world.triager_sec.runs("close-without-fix spam", channel)).text
    assert (await world.triager_sec.presses("case withdraw-proposal", channel)).code == "ok"
    await world.triager_sec.runs("close-without-fix spam", channel)
    await world.passes("8d")
    assert "waiting for" in (await world.triager_ml.runs("close-without-fix spam", channel)).text  # the first one lapsed
    assert (await world.triager_sec.presses("case agree", channel)).code == "ok"
    assert await _state(world, report) == "spam"


async def test_more_time_is_asked_by_the_owner_and_agreed_by_the_lead(world: World) -> None:
    report, channel = await _open(world, to="fixing")
    asked = await world.owner.runs('more-time 2027-01-22 The retraining runs late.\nThe "judge" as well.', channel)
    assert "waiting for" in asked.text
    assert not any("22 Jan 2027" in one for one in await world.researcher.bot_texts())
    assert (await world.lead.presses("case agree", channel)).code == "ok"
    told = [one for one in await world.researcher.bot_texts() if "Fri 22 Jan 2027" in one and "The retraining runs late." in one]
    assert len(told) == 1
    assert "waiting for" in (await world.owner.runs("more-time 2027-03-22 Later still.", channel)).text
    assert (await world.lead.runs("more-time 2027-02-22 Not that late.", channel)).code == "ok"
    settled = [json.loads(one.data)["how"] for one in await entries(world, report) if one.kind == "proposal_settled"]
    assert settled == ["agreed", "replaced"], "nobody agreed to the date that was not taken"
    assert (await world.owner.runs("work 2027-02-01", channel)).code == "ok"  # repeated: it has begun already
    assert await _state(world, report) == "being fixed"


async def test_a_decision_not_to_fix_takes_lead_and_owner(world: World) -> None:
    report, channel = await _open(world, to="fixing")
    own = await world.leadership.sends_report("It shows more of it.", category="jailbreak")
    for who, line in ((world.triager_sec, "accept medium jailbreak"), (world.lead, "owner owner"), (world.lead, "case decline It is so.")):
        assert (await who.runs(line, world.channel(own))).code == "ok"
    assert "waiting for" in (await world.lead.runs("case decline It is inherent in the product.", channel)).text
    queue = str((await world.leadership.runs("queue")).data)
    assert report in queue and own not in queue, "leadership looks at what waits for a decision, but for what they reported themselves"
    assert (await world.owner.presses("case agree", channel)).code == "ok"
    assert await _state(world, report) == "not to be fixed"
    assert any("inherent in the product" in one for one in await world.researcher.bot_texts())

    # What both sides agreed to publish, or one of us proposed to, is asked about anew once an appeal is heard.
    await world.researcher.says("agree")
    assert (await world.lead.runs("embargo agree", channel)).code == "ok"
    form = (await world.researcher.runs("appeal")).form
    assert (await world.researcher.submits(form, {"why": "It can be mended."})).code == "ok"
    assert (await world.lead.runs("case appeal", channel)).code == "ok"
    row = await row_of(world, report)
    assert (row.state, row.agreed_reporter_at, row.agreed_staff_at) == ("triaging", None, None)


async def test_a_withdrawn_report_is_erased(world: World) -> None:
    report, channel = await _open(world, to="fixing")
    long = await world.researcher_2.sends_report("Quokka. " * 4_000)
    assert "waiting for" in (await world.lead.runs("case decline It is Quokka.", channel)).text
    assert (await world.lead.runs("embargo propose 2027-01-10", channel)).code == "ok"
    for one, its in ((world.researcher, report), (world.researcher_2, long)):
        form = (await one.runs("withdraw")).form
        assert (await one.submits(form, {"sure": "yes"})).code == "ok"
        assert await _state(world, its) == "withdrawn"
    assert "other people's data" not in "\n".join(await world.lead.bot_texts(channel))
    assert await world.app.engine.unfinished() == []
    # With its words go its files, what was proposed in words, and an end of the embargo that nobody is left to accept.
    async with world.app.database.read(world.clock.now()) as work:
        files = (await work.session.execute(select(Attachment).where(Attachment.report_id == long))).scalars().all()
        assert files and all(one.blob_key is None and one.name is None for one in files)
        proposal = (await work.session.execute(select(Proposal))).scalars().one()
        said = world.app.vault.common.open_text("proposal", "line", proposal.id, proposal.line)
        assert (proposal.state, said) == ("withdrawn", "")
        assert await work.publishing.offer(report) is None
    assert (await row_of(world, report)).embargo == "active"
    card = await world.card(report)
    assert card["next"] == "Nothing is left to do", card


async def test_refusals_say_why_and_what_to_do(world: World) -> None:
    report, channel = await _open(world)
    found = await world.triager_sec.runs("verify", channel)
    assert found.code == "illegal_transition"
    assert report in found.text
    assert "/vdp accept" in found.text
    assert (await world.triager_sec.runs("acept high", channel)).text.count("/vdp accept") == 1
    assert (await world.triager_sec.runs("accept enormous jailbreak", channel)).code == "bad_argument"
    assert (await world.researcher.runs("accept high jailbreak", "dm")).code == "not_allowed"
    assert (await world.leadership.runs(f"show {report}")).code in ("not_allowed", "no_such_report")


async def test_notes_never_leave_the_channel(world: World) -> None:
    _, channel = await _open(world)
    assert (await world.triager_sec.runs("note Internal canary 4711.", channel)).code == "ok"
    assert "Internal canary 4711." in "\n".join(await world.lead.bot_texts(channel))
    assert "4711" not in "\n".join(await world.researcher.bot_texts())


async def test_closed_direct_messages_are_said_on_the_relay(world: World) -> None:
    _, channel = await _open(world)
    await world.post("/api/people/researcher", {"dms": False})
    assert (await world.triager_sec.runs("reply clear=yes Are you there?", channel)).code == "ok"
    assert "could not be delivered" in "\n".join(await world.lead.bot_texts(channel))
