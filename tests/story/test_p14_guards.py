"""P14: `unsend` is true about both sides, `undo` puts back state and clocks, and a doubtful text asks "Send anyway?" once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from bot import records
from bot.platforms.port import Later, Refused, Sending
from commands.calls import Incoming, Reply
from commands.effects import DirectMessage, Erase
from commands.history import facts_of
from config.policy import deadlines
from config.policy.steps import UNDOABLE
from storage.figures import Figures
from storage.figures_judged import JudgedFigures
from storage.models import Delivery, Passage, Step
from tests.proving import BEFORE, ENOUGH
from tests.world import MONDAY, World

pytestmark = pytest.mark.slow

SECRET = "The blue lantern hangs behind the third door on the left."


async def opened(world: World, title: str = "Persona prompt") -> tuple[str, str]:
    report = await world.researcher.sends_report("It gives persona prompts what they ask.", title=title, category="jailbreak")
    await world.until((await world.now()).replace(hour=10))
    return report, world.channel(report)


async def told(world: World) -> str:
    return "\n".join(await world.researcher.bot_texts())


async def shown(world: World, channel: str) -> str:
    return "\n".join(await world.lead.bot_texts(channel))


class Refusing:
    """Stands before the platform and says what it is told to say of some effects; everything else goes on to the platform."""

    def __init__(self, world: World) -> None:
        self.platform: Any = world.app.platforms["local"]
        self.deliver = self.platform.deliver
        self.answers: dict[type, Any] = {}
        setattr(self.platform, "deliver", self._deliver)  # noqa: B010  a seam of the test alone

    async def _deliver(self, sending: Sending) -> Any:
        for kind, answer in self.answers.items():
            if isinstance(sending.effect, kind) and getattr(sending.effect, "person", "") == "researcher":
                return await answer(sending) if callable(answer) else answer
        return await self.deliver(sending)


# -- unsend --------------------------------------------------------------------------------------------------------

async def test_unsend_is_true_about_both_sides(world: World) -> None:
    report, channel = await opened(world)
    assert (await world.triager_sec.runs("unsend", channel)).code == "nothing_to_unsend"
    assert (await world.triager_sec.runs(f"reply clear=yes {SECRET}", channel)).code == "ok"
    before = len(await world.researcher.messages())
    assert SECRET in await told(world) and SECRET in await shown(world, channel)

    # Delivered: gone on both sides, a line stays here, and nothing more is said there.
    answer = await world.triager_sec.runs("unsend", channel)
    assert answer.code == "ok" and "Erased here; the sealed record of your command goes within 7 days." in answer.text
    assert "It is being erased on the researcher's side;" in answer.text
    assert SECRET not in await told(world) and SECRET not in await shown(world, channel)
    assert "Unsent by triager-sec, at Mon 30 Nov 2026, 10:00 UTC: erased on both sides." in await shown(world, channel)
    assert len(await world.researcher.messages()) <= before
    assert (await world.triager_sec.runs("unsend 1", channel)).code == "nothing_to_unsend", "the report itself is no message of ours"
    async with world.app.engine.database.read(world.clock.now()) as work:
        row = (await work.session.execute(select(Passage).where(Passage.kind == "reply"))).scalars().one()
        assert (row.body, row.changed) == (None, "unsent") and row.erased_at is not None
        assert [one.kind for one in await work.ledger.of(report)].count("unsent") == 1
    assert (await world.triager_sec.runs(f"unsend {row.number}", channel)).text.startswith(f"Message {row.number} is taken back already")

    # Somebody else's: a colleague's last message is not mine, but its number is enough for a triager and the lead.
    await world.triager_sec.runs("reply The second thing.", channel)
    refused = await world.triager_ml.runs("unsend", channel)
    assert refused.code == "nothing_to_unsend" and "10:00 UTC" in refused.text
    number = refused.text.split("/vdp unsend ")[1].split(":")[0]
    assert (await world.lead.runs(f"unsend {number}", channel)).code == "ok"
    assert "Unsent by lead" in await shown(world, channel) and "The second thing." not in await told(world)

    # A dead letter: it never arrived and never will, also when the door opens again, and nobody is reminded of it.
    await world.post("/api/people/researcher", {"dms": False})
    await world.triager_sec.runs("ask The third thing?", channel)
    assert "could not be delivered" in await shown(world, channel)
    answer = await world.triager_sec.runs("unsend", channel)
    assert "It was not delivered and never will be." in answer.text and "/vdp undo" in answer.text
    assert "not sent, and never will be" in await shown(world, channel)
    await world.post("/api/people/researcher", {"dms": True})
    await world.researcher.says("I am back.")
    await world.passes("25h")
    assert "The third thing?" not in await told(world) + (await world.researcher.runs("status")).text
    assert "could not be delivered" not in await shown(world, channel)


async def test_unsend_stops_what_is_on_its_way_and_says_when_it_could_not_be_erased(world: World) -> None:
    report, channel = await opened(world)
    platform = Refusing(world)

    # Queued: the platform is away, the words wait in their lane. They never go out.
    platform.answers = {DirectMessage: Later(0.05)}
    await world.post("/api/run", {"as": "triager-sec", "where": channel, "line": f"/vdp reply clear=yes {SECRET}"})
    answer = (await world.post("/api/run", {"as": "triager-sec", "where": channel, "line": "/vdp unsend"})).text
    assert "It had not arrived and is stopped" in answer
    platform.answers = {}
    await world.settled()
    assert SECRET not in await told(world)
    assert "not sent, and never will be" in await shown(world, channel)

    # Nobody knows whether an earlier try arrived: it did, so it is found and erased.
    async def arrives_unseen(sending: Sending) -> Any:
        await platform.deliver(sending)
        platform.answers = {DirectMessage: Later(0.05)}
        return Later(0.05)

    platform.answers = {DirectMessage: arrives_unseen}
    await world.post("/api/run", {"as": "triager-sec", "where": channel, "line": f"/vdp reply {SECRET}"})
    while SECRET not in await told(world):
        await asyncio.sleep(0.01)
    await world.post("/api/run", {"as": "triager-sec", "where": channel, "line": "/vdp unsend"})
    platform.answers = {}
    await world.settled()
    assert SECRET not in await told(world)
    assert "erased on both sides" in await shown(world, channel)

    # Refused by the platform: the line says so, and whoever took it back hears it once.
    await world.triager_sec.runs(f"reply {SECRET}", channel)
    platform.answers = {Erase: Refused("cant_delete_message")}
    await world.triager_sec.runs("unsend", channel)
    assert SECRET in await told(world) and SECRET not in await shown(world, channel)
    assert "not erased there: the researcher may have read it" in await shown(world, channel)
    said = [one for one in await world.triager_sec.bot_texts() if "could not be erased there" in one]
    assert len(said) == 1 and report in said[0] and SECRET not in said[0]

    # No record of the engine holds the words of what was stopped or erased.
    async with world.app.engine.database.read(world.clock.now()) as work:
        rows = (await work.session.execute(select(Delivery).where(Delivery.state == "unsent"))).scalars().all()
    assert len(rows) == 3
    assert [await records.dead_letter(row.key) for row in rows] == [None] * 3


# -- undo ----------------------------------------------------------------------------------------------------------

NOT_COMPARED = {"card_version", "status_version", "next_due_at", "facts_asked_at"}


async def stands(world: World, report: str) -> dict[str, Any]:
    """Everything that a step may move: the report's columns, its clocks and rows, the roster, and what figures count."""
    program, far = world.app.desk.program, MONDAY + timedelta(days=60)
    async with world.app.engine.database.read(world.clock.now()) as work:
        row = await work.reports.get(report)
        assert row is not None
        columns = {name: value for name, value in row.model_dump().items() if name not in NOT_COMPARED}
        figures, judged = Figures(work), JudgedFigures(work)
        span = (MONDAY - timedelta(days=1), far)
        return {
            "columns": columns,
            "clocks": deadlines.clocks(facts_of(await work.ledger.of(report)), program),
            "proposals": sorted(one.id for one in await work.reports.proposals(report)),
            "roster": sorted((one.person_id, one.part) for one in await work.people.roster(report)),
            "ratings": [(one.id, one.settled) for one in await work.judging.ratings(report)],
            "causes": [(one.cause, one.part) for one in await work.judging.causes(report)],
            "series": [(one.id, one.stand) for one in await work.trials.of(report)],
            "figures": [
                await figures.happened(*span), await figures.resolved(*span), await figures.decided(["accept", "decline"], *span),
                await figures.of_the_week(*span, most=9), await figures.standing(far), await figures.breaches(*span),
                *[[one async for one in some(*span)] for some in (figures.acknowledged, figures.answered, figures.judged, figures.fixed)],
                *[one async for one, _ in figures.standings([report])],
                await judged.accepted(*span), await judged.resolved(*span), await judged.again(*span),
                await judged.stood_in(*span, most=9),
            ],
        }


# Who does what, and whether it is done once more afterwards so that the life goes on.
LIFE = (
    ("triager-sec", "acknowledge", True),
    ("triager-sec", "ask clear=yes Which account was it?", False),
    ("triager-ml", "close-without-fix informative Known, and meant so.", False),
    ("triager-ml", "close-without-fix spam", False),  # a proposal
    ("triager-sec", "accept high jailbreak", False),  # waits for the other discipline
    ("triager-sec", "accept medium jailbreak", True),
    ("lead", "assign triager-ml", True),
    ("triager-sec", 'severity low why="It needs an account."', False),
    ("triager-ml", "case cause cause=alignment component=acme-chat evidence=Seen.", True),
    ("lead", "owner owner", True),
    ("lead", "case decline It is inherent.", True),  # a proposal
    ("owner", "case decline It is inherent.", False),  # agreed
    ("owner", "case not-mine", False),
    ("owner", "work 2026-12-11", True),
    ("owner", "mitigate A filter is on. until=2026-12-10", True),
    ("lead", "more-time 2026-12-18 The retraining runs late.", True),
    ("owner", "fix build 7", True),
    ("triager-ml", "verify", True),
    ("triager-ml", "result 30/59", False),  # fails
    ("triager-ml", "result 0/200", False),  # passes, although a look was spent
    ("triager-ml", "result 1/59", True),  # stays
    ("lead", "case resolve-limited It is enough.", True),
    ("triager-ml", "case regress", True),
    ("triager-sec", "close-without-fix informative Known, and meant so.", True),
    ("lead", "case appeal", True),
)


async def test_undo_puts_back_columns_clocks_and_figures_for_every_step(world: World) -> None:
    report, channel = await opened(world)
    engine, now = world.app.engine, await world.now()

    async def decided(who: str, line: str) -> Reply:
        """Only what is decided: nothing is delivered, so that many steps take no time."""
        nonlocal now
        now += timedelta(seconds=20)
        incoming = Incoming("local", f"e{now.isoformat()}", who, who, "command", "channel", channel, now, line=line)
        if who == "researcher":
            incoming = replace(incoming, place="dm", conversation="dm-researcher")
        async with engine.database.work(now) as work:
            return (await engine.dispatch.run(work, incoming)).reply

    for who, line, again in LIFE:
        if line.startswith("fix "):
            for before in BEFORE:
                assert (await decided("triager-ml", before)).code == "ok"
        if line == "case appeal":
            assert (await decided("researcher", "me appeal why=No.")).code == "ok"
        was = await stands(world, report)
        done = await decided(who, line)
        back = [one for one in done.buttons if one.id.startswith("case undo")]
        assert done.code == "ok" and len(back) == 1 and back[0].label.startswith("Undo until Mon 30 Nov 2026, 1"), (line, done)
        assert await stands(world, report) != was, line
        undone = await decided(who, back[0].id)
        assert undone.code == "ok", (line, undone)
        after = await stands(world, report)
        for part, value in was.items():
            assert after[part] == value, (line, part)
        assert (await decided(who, back[0].id)).text.plain().endswith("is taken back already."), line
        if again:
            assert (await decided(who, line)).code == "ok", line
    timeline = (await decided("lead", "case timeline")).text.plain()
    assert timeline.count("taken back") >= 20 and "undone by lead: case appeal" in timeline
    async with engine.database.read(now) as work:
        corrections = (await work.session.execute(select(Delivery).where(col(Delivery.key).contains("/undone/u")))).scalars().all()
        assert len(corrections) == TOLD
        assert (await work.reports.get(report)).state == "triaging"  # type: ignore[union-attr]
    acts = {act for act in UNDOABLE for _, line, _ in LIFE if line.startswith(act)}
    assert acts == UNDOABLE, "each is tried"
    assert {one.name for one in world.app.desk.registry.commands} >= UNDOABLE


async def test_a_count_that_is_taken_back_was_still_seen(world: World) -> None:
    """Else a bad count could be undone and the next one told as the first."""
    report, channel = await opened(world)
    for who, line in (("triager-sec", "accept medium jailbreak"), ("lead", "owner owner"), ("owner", "work 2026-12-11")):
        assert (await world[who].runs(line, channel)).code == "ok"
    await world.owner.runs("fix build 7", channel)
    for line in (*BEFORE, "case cause cause=alignment", "verify", "result 9/59"):
        assert (await world.triager_ml.runs(line, channel)).code == "ok", line
    assert (await world.triager_ml.runs("undo", channel)).code == "ok"
    await world.triager_ml.runs(f"result {ENOUGH['medium']}", channel)
    assert (await world.card(report))["state"] == "verifying", "a second look needs more attempts"


# Of the steps above, those that told the researcher something: each is corrected once, and none of the others is.
TOLD = 13  # acknowledge, ask, informative twice, accept, severity, decline, work, mitigate, more-time, pass, resolve, appeal


async def test_one_correction_and_undo_is_refused_by_name(world: World) -> None:
    report, channel = await opened(world)
    sec, ml = world.triager_sec, world.triager_ml
    assert (await sec.runs("undo", channel)).code == "nothing_to_undo"
    await sec.runs("close-without-fix informative This is meant to be so.", channel)
    await world.passes(minutes=10)
    theirs = await ml.runs("undo", channel)
    assert theirs.code == "not_yours"
    assert theirs.text.startswith("The last step is triager-sec's: close-without-fix, Mon 30 Nov 2026, 10:00 UTC.")
    both = await asyncio.gather(sec.runs("undo", channel), sec.runs("undo", channel))
    assert sorted(one.code for one in both) == ["nothing_to_undo", "ok"], "two at once are one"
    corrections = [one for one in await world.researcher.bot_texts() if "took back" in one]
    assert corrections == [f"We took back what we told you Mon 30 Nov 2026, 10:00 UTC about {report}: your report is received; a person "
                           "looks at it next."]
    assert "This is meant to be so." in await told(world), "what was said is taken back with unsend, not with undo"
    assert not any("done" in one["card"]["state"] for one in await world.researcher.messages() if one.get("card"))

    # A question that is taken back need not be answered; one that was answered stays.
    await sec.runs("ask clear=yes Which account?", channel)
    await sec.runs("undo", channel)
    assert "You need not answer that question." in await world.researcher.last()
    await sec.runs("ask clear=yes Which browser?", channel)
    await world.researcher.says("A fresh one.")
    since = await sec.runs("undo", channel)
    assert since.code == "happened_since" and since.text.startswith("The researcher answered at Mon 30 Nov 2026, 10:10 UTC")

    # The second person's step is theirs; taken back, the first signature waits again. Talk in between rests on nothing.
    await sec.runs("accept high jailbreak", channel)
    assert (await ml.presses("case agree", channel)).code == "ok"
    await sec.runs("note Seen by two.", channel)
    await ml.runs("reply We go on.", channel)
    assert (await sec.runs("undo", channel)).code == "not_yours"
    assert (await ml.runs("undo", channel)).code == "ok"
    assert (await world.card(report))["next"].startswith("Second person")
    assert (await sec.runs("undo", channel)).code == "ok", "and the first signature is withdrawn as well"
    assert not (await world.card(report))["next"].startswith("Second person")

    # Too late, and what nothing takes back.
    accepted = await sec.runs("accept medium jailbreak", channel)
    await world.passes(minutes=31)
    late = await sec.runs(accepted.reply["buttons"][-1]["id"], channel)
    assert late.code == "too_late" and "until Mon 30 Nov 2026, 10:40 UTC" in late.text
    await sec.runs("severity medium", channel)
    await sec.runs("assign triager-ml", channel)
    await sec.runs("case flag exploited", channel)
    assert (await sec.runs("undo", channel)).text.startswith("People were called, so that stays.")

    # What is kept of a step is sealed, and goes with the report.
    async with world.app.engine.database.read(world.clock.now()) as work:
        assert {one.before is not None for one in (await work.session.execute(select(Step))).scalars()} == {True}
    await world.researcher.submits((await world.researcher.runs("withdraw")).form, {"sure": "yes"})
    async with world.app.engine.database.read(world.clock.now()) as work:
        assert {one.before for one in (await work.session.execute(select(Step))).scalars()} == {None}
        assert not (await work.ledger.follow()).faults


# -- send anyway ---------------------------------------------------------------------------------------------------

NOTE = "We think the vendor's guard model was never switched on in Norway."


async def test_doubtful_words_ask_once_on_every_way_to_a_researcher(world: World) -> None:
    report, channel = await opened(world)
    sec, lead, owner = world.triager_sec, world.lead, world.owner
    other = await world.researcher_2.sends_report("Another thing.", title="Other")
    await sec.runs(f"note {NOTE}", channel)

    # Ids and words of a note, in whatever case and punctuation; never quoted. With it goes the question about clear text.
    said = f"As in {other.lower().replace('0', 'o')}: the Vendor\u2019s guard-model was NEVER switched on."
    asked = await sec.runs(f"reply {said}", channel)
    assert asked.code == "send_anyway", asked
    assert other in asked.text and "8 words of an internal note of Mon 30 Nov 2026, 10:00 UTC" in asked.text
    assert "their chat platform can read this" in asked.text and "guard" not in asked.text
    assert [one["label"] for one in asked.reply["buttons"]] == ["Edit", "Send anyway"]
    edit, send = (one["id"] for one in asked.reply["buttons"])
    form = (await sec.runs(edit, channel)).form
    assert [one["value"] for one in form["fields"]] == [said]
    assert (await lead.runs(send, channel)).code == "gone", "only who typed it may send it"
    again = await sec.submits(form, {"text": f"As in {other}."})
    assert again.code == "send_anyway" and "internal note" not in again.text and "guard" not in await told(world)
    sent = await sec.runs(again.reply["buttons"][1]["id"], channel)
    assert sent.code == "ok" and f"As in {other}." in await told(world)
    assert (await sec.runs(again.reply["buttons"][1]["id"], channel)).code == "gone", "once"

    # No question: this report, another one of the same researcher, what they know already, short or common words, anyway=yes.
    mine = await world.researcher.sends_report("More.", title="More")
    await world.researcher.says(f"About {report}: we saw that the guard model was never switched on in Norway.")
    for text in (f"About {report} and {mine.lower()}: thanks.", "The guard model was never switched on in Norway, yes.",
                 "The vendor's guard.", f"anyway=yes See {other}."):
        assert (await sec.runs(f"reply {text}", channel)).code == "ok", text

    # Every other way.
    doubtful = f"It is as {other} says."
    for who, line in (
        (sec, f"acknowledge {doubtful}"), (sec, f"ask {doubtful}"), (sec, f"update {doubtful}"),
        (sec, f"close-without-fix informative {doubtful}"), (sec, f'severity low why="{doubtful}"'),
        (sec, f"result fixed {doubtful}"), (lead, f"more-time 2026-12-18 {doubtful}"), (lead, f"case decline {doubtful}"),
        (lead, f"embargo propose 2027-01-10 {doubtful}"), (lead, f"embargo end {doubtful}"),
    ):
        found = await who.runs(line, channel)
        assert found.code == "send_anyway" and other in found.text, (line, found)
    assert (await sec.runs("accept medium jailbreak", channel)).code == "ok"
    assert (await lead.runs("owner owner", channel)).code == "ok"
    assert (await owner.runs("work 2026-12-11", channel)).code == "ok"
    for line in (f"mitigate {doubtful}", f"fix {doubtful}"):
        assert (await owner.runs(line, channel)).code == "send_anyway", line
    assert (await told(world)).count(other) == 2, "the two that were meant"

    # A proposal that is agreed to asks the second person as well; sent anyway it is done.
    asked = await owner.runs(f"more-time 2026-12-18 {doubtful}", channel)
    assert "waiting for" in (await owner.runs(asked.reply["buttons"][1]["id"], channel)).text
    second = await lead.presses("case agree", channel)
    assert second.code == "send_anyway"
    assert (await lead.runs(second.reply["buttons"][1]["id"], channel)).code == "ok"
    assert doubtful in await told(world)

    # Words that went out with a step are no message that could be taken back: it is said so, and no older message goes for them.
    before = len(await told(world))
    for who, line, act in (
        (owner, "", "more-time"), (owner, "mitigate The tool is off.", "mitigate"),
        (sec, 'severity low why="It needs two accounts."', "severity"),
        (lead, "embargo propose 2027-01-10 A release comes before.", "embargo"), (lead, "embargo end It is known.", "embargo"),
    ):
        assert not line or (await who.runs(line, channel)).code == "ok", line
        refused = await who.runs("unsend", channel)
        assert refused.code == "nothing_to_unsend" and f"was told with {act}" in refused.text and "/vdp reply" in refused.text, (line, refused)
    assert len(await told(world)) > before
    assert (await lead.runs("reply clear=yes A correction.", channel)).code == "ok"
    assert (await lead.runs("unsend", channel)).code == "ok" and "A correction." not in await told(world)

    # The form that [Edit] opens holds the whole line: the reason stays, the words are changed, and it is sent.
    asked = await sec.runs(f"close-without-fix out-of-scope clause=3.2 {doubtful}", world.channel(mine))
    form = (await sec.runs(asked.reply["buttons"][0]["id"], world.channel(mine))).form
    assert [(one["name"], one["value"]) for one in form["fields"]] == [("text", doubtful)]
    assert (await sec.submits(form, {"text": "It is not ours."})).code == "ok"
    assert "It is not ours." in await told(world) and (await world.card(mine))["state"] == "out of scope"
    long = await sec.runs(f"reply {doubtful} {'x' * 3000}", channel)
    assert [one["label"] for one in long.reply["buttons"]] == ["Send anyway"], "no form of every platform carries that much back"
    assert (await sec.runs(long.reply["buttons"][0]["id"], channel)).code == "ok"
    assert "x" * 3000 in await told(world)


async def test_a_stolen_database_tells_nothing_of_what_is_begun_taken_back_or_paused(world: World) -> None:
    _, channel = await opened(world)
    sec, lead = world.triager_sec, world.lead
    words = "canarywords that were never meant for anybody outside of this team"
    assert (await sec.runs(f"note {words}", channel)).code == "ok"
    assert (await sec.runs(f"reply {words}", channel)).code == "send_anyway"  # waits as a form that was begun
    assert (await sec.runs(f"ask anyway=yes {words}", channel)).code in ("ok", "confirm_clear")
    assert (await sec.runs("accept medium jailbreak", channel)).code == "ok"
    assert (await lead.runs("owner owner", channel)).code == "ok"
    assert (await world.owner.runs(f"case not-mine {words}", channel)).code == "ok"
    assert (await world.owner.runs("undo", channel)).code == "ok"
    assert (await lead.runs(f"embargo propose 2027-01-10 anyway=yes {words}", channel)).code == "ok"
    form = (await lead.runs("embargo advisory-words", channel)).form
    kept = {one["name"]: one["value"] for one in form["fields"]} | {"lead": words, "happened": words}
    assert (await lead.submits(form, kept)).code == "send_anyway"
    assert (await lead.runs(f"program intake pause 2026-12-31 {words}")).code == "ok"
    await world.app.database.checkpoint()
    for path in world.data.rglob("*"):
        if path.is_file() and not path.name.startswith("local.sqlite"):  # the local platform is a platform, and shows what it is told
            assert b"canarywords" not in path.read_bytes(), path.name
