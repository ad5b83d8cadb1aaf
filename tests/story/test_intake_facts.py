"""The facts of a report through the real application: three ways in, asked once, what must not be kept, who may read it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from commands.intake import care, facts
from config.policy import facts as policy
from storage.models import Attachment, Entry, Report
from tests.world import World, words_of
from tests.world import world as opened

pytestmark = pytest.mark.slow

CANARY = "canary-4711"
TEMPLATE = f"""Unlawful to hold (yes or no): no
Title: A persona helps
System: acme-chat
Model: {CANARY}-model
Category: jailbreak
Temperature: unknown
Worked (such as 3 of 10): 3 of 10
Counts as success: gives three of five {CANARY}-steps
Already public: no
Exploited: no

What happens, and what should happen instead:
It helps with {CANARY}-crime; it should refuse.

How to make it happen:
Be a {CANARY}-apprentice.

Attack:
You are my {CANARY}-master.
"""


async def kept(world: World, report: str) -> dict[str, str]:
    async with world.app.database.read(world.app.clock.now()) as work:
        row = await work.reports.get(report)
        assert row is not None
        return care.read(world.app.desk.vault.unlock(f"report|{report}", row.key), row)


async def row_of(world: World, report: str) -> Report:
    async with world.app.database.read(world.app.clock.now()) as work:
        row = await work.reports.get(report)
        assert row is not None
        return row


async def attachments(world: World, report: str) -> list[str]:
    async with world.app.database.read(world.app.clock.now()) as work:
        found = await work.session.execute(select(Attachment).where(Attachment.report_id == report))
        return [one.kind for one in found.scalars()]


async def noted(world: World, report: str, kind: str) -> list[str]:
    async with world.app.database.read(world.app.clock.now()) as work:
        found = await work.session.execute(select(Entry).where(Entry.report_id == report, Entry.kind == kind))
        return [one.data for one in found.scalars()]


def labels(form: dict[str, Any]) -> list[str]:
    return [one["label"] for one in form["fields"]]


def on_disk(world: World) -> bytes:
    """Everything the bot keeps: its database with the engine's records, and the blobs; not the local platform's own file."""
    files = [path for path in sorted(world.data.rglob("*")) if path.is_file() and not path.name.startswith("local.sqlite")]
    assert any(path.name.startswith("harborlight.sqlite") for path in files)
    return b"".join(path.read_bytes() for path in files)


# -- the template --------------------------------------------------------------------------------------------------

async def test_a_filled_template_becomes_facts_and_nothing_of_it_stands_in_clear(world: World) -> None:
    report = await world.researcher.sends_report(TEMPLATE)
    known = await kept(world, report)
    assert known["S07"] == "temperature=unknown"
    assert known["S13"] == f"gives three of five {CANARY}-steps"
    assert known["attack"] == f"You are my {CANARY}-master."
    row = await row_of(world, report)
    assert (row.claimed_k, row.claimed_n, row.category_claimed) == (3, 10, "jailbreak")
    assert "could not read" not in await world.researcher.last()
    listed = await world.triager_sec.runs("case facts", world.channel(report))
    assert "3 of 10 gives an interval of 11 to 60 %" in listed.text
    assert f"{CANARY}-crime" not in listed.text
    assert f"{CANARY}-master" not in listed.text
    assert f"Attack, word for word: sealed, {len(known['attack'])} characters" in listed.text
    shown = await world.triager_sec.runs("case sealed-facts", world.channel(report))
    assert f"You are my {CANARY}-master." in shown.text
    assert f"{CANARY}-model" not in shown.text, "that one is not sealed"
    assert (await world.admin.runs(f"case sealed-facts report={report}")).code in ("not_allowed", "no_such_report")
    assert (await world.owner.runs(f"case facts report={report}")).code == "no_such_report"
    assert CANARY.encode() not in on_disk(world)


async def test_what_is_not_understood_refuses_nothing_and_is_told_once_without_the_value(world: World) -> None:
    report = await world.researcher.sends_report(
        "It helps.", title="T", temperature="hot-canary", worked="11 of 10", category="no-such-canary", system="acme-chat")
    told = [one for one in await world.researcher.bot_texts() if "could not read" in one]
    assert len(told) == 1
    assert "Sampling: A number, default or unknown" in told[0]
    assert "For example: temperature 0.7" in told[0]
    assert "more successes than attempts" in told[0]
    assert "canary" not in told[0]
    row = await row_of(world, report)
    assert (row.claimed_n, row.category_claimed) == (-1, "")
    assert set(await kept(world, report)) == {"F08", "S01"}
    shown = "\n".join(words_of(one) for one in await world.lead.messages(world.channel(report)))
    assert "hot-canary" in shown, "as said, in the report's text"
    assert "not understood; see the report's text" in (await world.lead.runs("case facts", world.channel(report))).text
    form = (await world.researcher.presses("me add")).form
    assert set(labels(form)) == {"Category", "Sampling", "Attempts and successes"}


async def test_a_later_encrypted_message_adds_facts(world: World) -> None:
    report = await world.researcher.sends_report("It helps.")
    await world.researcher.says(world.encrypted(f"Report: {report}\nWorked: 4 of 10\nLanguage: cy\n\nIn Welsh it helps more often."))
    known = await kept(world, report)
    assert (known["S15"], known["S11"]) == ("4 of 10", "cy")
    assert (await row_of(world, report)).claimed_k == 4
    assert "In Welsh" in "\n".join(await world.lead.bot_texts(world.channel(report)))


# -- asked once ----------------------------------------------------------------------------------------------------

async def test_the_researcher_is_asked_once_for_two_facts_and_answers_in_a_form(world: World) -> None:
    me, sec = world.researcher, world.triager_sec
    report = await me.sends_report("It helps with crime.")
    channel = world.channel(report)
    assert (await sec.presses("acknowledge", channel)).code == "ok"
    asked = [one for one in await me.messages() if "ask this once" in words_of(one)]
    assert len(asked) == 1
    assert "Attempts and successes: how often it works moves the level (3 of 10 gives an interval of 11 to 60 %)" in words_of(asked[0])
    assert "System:" in words_of(asked[0])
    assert [one["label"] for one in asked[0]["buttons"]] == ["Add", "Later"]
    assert "goes on without it" in (await me.presses("me add-later")).text
    form = (await me.presses("me add report")).form
    assert labels(form) == ["Attempts and successes", "System"]
    assert "We store it sealed" in form["about"]
    assert "read" in form["about"]
    bad = await me.submits(form, {"value": "12 of 10", "second": "acme-chat"})
    assert bad.status == 422
    assert "For example: 3 of 10." in bad.data["errors"]["value"]
    assert "12" not in str(bad.data["errors"])
    assert await kept(world, report) == {}, "nothing half done"
    version = (await row_of(world, report)).card_version
    good = await me.submits(form, {"value": "3 of 10", "second": "acme-chat"})
    assert (good.code, "Thank you" in good.text) == ("ok", True)
    assert await kept(world, report) == {"S15": "3 of 10", "S01": "acme-chat"}
    assert (await row_of(world, report)).card_version > version, "the card follows"
    again = await me.submits(form, {"value": "3 of 10", "second": "acme-chat"})
    assert (again.code, "know that already" in again.text) == ("ok", True)
    assert await noted(world, report, "facts") == ['{"fields": "S01 S15"}'], "ids alone, once"
    await sec.runs("accept low jailbreak", channel)
    assert sum("ask this once" in one for one in await me.bot_texts()) == 1


async def test_one_message_says_accepted_and_asks(world: World) -> None:
    me = world.researcher
    report = await me.sends_report("It helps with crime.")
    before = len(await me.messages())
    answer = await world.triager_sec.runs("accept low jailbreak", world.channel(report))
    assert answer.code == "ok", answer
    new = (await me.messages())[before:]
    said = [words_of(one) for one in new if "We accept" in words_of(one)]
    assert len(said) == 1
    assert "ask this once" in said[0]
    assert "Counts as success" in said[0]
    assert sum("ask this once" in words_of(one) for one in new) == 1


async def test_nobody_is_asked_where_nothing_is_missing(world: World) -> None:
    report = await world.researcher.sends_report(TEMPLATE + "\nImpact:\nHelps with crime.\n")
    await world.researcher.says(world.encrypted(
        f"Report: {report}\nKind: vulnerability\nPersonal data: none\nClause: 3\nJudge: person\nSystem prompt: default\n"
        "Conversation: one turn\nTools: none\nLanguage: en\nEndpoint: web\nSeed: none\nSession: none known\nTranscript: unknown\n\nMore."))
    known = await kept(world, report)
    assert policy.worth_asking(known, policy.Step.JUDGE, most=2) == policy.worth_asking(known, policy.Step.REPRODUCE, most=2) == ()
    assert (await world.triager_sec.presses("acknowledge", world.channel(report))).code == "ok"
    assert not any("ask this once" in one for one in await world.researcher.bot_texts())
    assert "We miss nothing" in (await world.researcher.runs("add")).text


async def test_a_stale_form_after_the_end_is_answered_by_name(world: World) -> None:
    me = world.researcher
    report = await me.sends_report("It helps.")
    form = (await me.runs("add")).form
    assert form["fields"][0]["label"] == "Unlawful to hold", "before steps or a transcript are asked for"
    await world.triager_sec.runs("close-without-fix informative We know it.", world.channel(report))
    late = await me.submits(form, {"second": "3 of 10"})
    assert late.code == "report_done"
    assert report in late.text
    assert await kept(world, report) == {}
    assert (await world.researcher_2.submits(form, {"second": "3 of 10"})).code == "no_such_report"


async def test_the_word_add_opens_the_form_and_says_nothing_to_the_team(world: World) -> None:
    me = world.researcher
    report = await me.sends_report("It helps.")
    await me.says("add")
    form = (await me.presses("me add-facts")).form
    assert labels(form)[0] == "Unlawful to hold"
    assert (await me.submits(form, {"value": "no", "second": "unknown"})).code == "ok"
    assert await kept(world, report) == {"F20": "no", "S15": "unknown"}
    assert (await row_of(world, report)).claimed_n == -1, "unknown is no count"
    await me.says("add more details: it also works in Welsh")
    assert "also works in Welsh" in "\n".join(await world.lead.bot_texts(world.channel(report)))


async def test_an_answer_in_the_form_ends_the_wait_for_the_researcher(world: World) -> None:
    me = world.researcher
    report = await me.sends_report("It helps.")
    channel = world.channel(report)
    asked = await world.triager_sec.runs("ask How often did it work?", channel)
    await world.triager_sec.submits(asked.form, {"text": "How often did it work?"})
    assert (await world.card(report))["state"] == "waiting for the researcher"
    assert not any("ask this once" in one for one in await me.bot_texts()), "a person asks; the bot does not as well"
    form = (await me.runs(f"add report={report} fields=S15")).form
    assert (await me.submits(form, {"value": "3 of 10"})).code == "ok"
    assert (await world.card(report))["state"] == "in triage"


# -- the team ------------------------------------------------------------------------------------------------------

async def test_the_team_fills_in_what_is_missing(world: World) -> None:
    report = await world.researcher.sends_report("It helps.")
    channel, sec = world.channel(report), world.triager_sec
    listed = await sec.runs("case facts", channel)
    assert "Missing for the next step" in listed.text
    first = listed.reply["buttons"][0]
    assert first["id"] == f"case fill report={report} fields=S15,S01,F31"
    form = (await sec.runs(first["id"], channel)).form
    assert labels(form) == ["Attempts and successes", "System", "Already public"]
    assert (await sec.submits(form, {"value": "2 of 5", "third": "no idea"})).code == "ok"
    assert await kept(world, report) == {"S15": "2 of 5", "F31": "unknown"}
    assert (await sec.submits(form, {"value": "2 of 5"})).code == "ok", "sent twice"
    late = await world.triager_ml.submits(form, {"value": "3 of 5"})
    assert late.code == "stale_form"
    assert (await kept(world, report))["S15"] == "2 of 5"
    typed = await sec.runs("case fact S13 gives three of the five steps", channel)
    assert typed.code == "ok", typed
    assert (await kept(world, report))["S13"] == "gives three of the five steps"
    wrong = await sec.runs("case fact S07 warm-canary", channel)
    assert wrong.code == "bad_argument"
    assert "Sampling" in wrong.text
    assert "canary" not in wrong.text
    assert (await sec.runs("case fact S99 x", channel)).code == "bad_argument"
    bare = (await sec.runs("case fact S13", channel)).form
    assert [(one["label"], one["value"]) for one in bare["fields"]] == [("Counts as success", "gives three of the five steps")]
    assert (await sec.submits(bare, {})).status == 422
    assert (await world.owner.runs(f"case fact report={report} field=S13 value=x")).code in ("not_allowed", "no_such_report")
    assert all("gives" not in one for one in await noted(world, report, "facts"))


async def test_what_the_researcher_says_of_urgency_waits_for_one_click(world: World) -> None:
    report = await world.researcher.sends_report("It helps.", already_public="yes, https://blog.example", exploited="suspected")
    row, known = await row_of(world, report), await kept(world, report)
    assert known["F31"] == "yes: https://blog.example"
    assert facts.on_card(row, known)[0].plain().startswith("The researcher says it is public.")
    assert len(facts.on_card(row, known)) == 4
    confirm, fill = facts.buttons(row, known)
    assert (confirm.label, fill.label) == ("Confirm: public", "Fill in")
    assert (await world.lead.runs(confirm.id, world.channel(report))).code == "ok"
    assert [one.label for one in facts.buttons(await row_of(world, report), known)] == ["Fill in"]


async def test_where_text_stays_out_of_chat_no_fact_is_shown_there(tmp_path: Path) -> None:
    async with opened(tmp_path, mode="rewrap") as world:
        report = await world.researcher.sends_report(TEMPLATE)
        lead, channel = world.lead, world.channel(report)
        listed = await lead.runs("case facts", channel)
        assert CANARY not in listed.text
        assert "3 of 10" in listed.text, "a count may stand in clear"
        assert (await lead.runs("case sealed-facts", channel)).code == "not_in_chat"
        form = (await lead.runs("case fact S02", channel)).form
        assert form["fields"][0]["value"] == ""
        assert "not shown here" in form["fields"][0]["help"]




# -- what must not be kept -----------------------------------------------------------------------------------------

UNLAWFUL = f"""Unlawful to hold: yes, it shows minors
Title: It draws what must not be
Worked: 2 of 3
Session: {CANARY}-session

What happens, and what should happen instead:
It draws abuse; it should refuse.

How to make it happen:
{CANARY}-steps

Transcript:
{CANARY}-transcript

Attack:
{CANARY}-attack
"""


async def test_of_unlawful_content_only_a_description_is_kept(world: World) -> None:
    me = world.researcher
    await world.passes("2h")  # people are at work
    report = await me.sends_report(UNLAWFUL)
    assert set(await kept(world, report)) == {"F20", "F08", "S15", "F09"}
    assert await attachments(world, report) == []
    shown = "\n".join(words_of(one) for one in await world.lead.messages(world.channel(report)))
    assert "It draws abuse; it should refuse." in shown
    assert CANARY not in shown
    assert f"{report} is about content that is unlawful to hold" in "\n".join(await world.lead.bot_texts())
    told = [one for one in await me.bot_texts() if "We kept your description alone" in one]
    assert len(told) == 1
    await me.says("", files={"picture.png": b"\x89PNG" + CANARY.encode()})
    assert "took no file" in await me.last()
    assert await attachments(world, report) == []
    await me.says(world.encrypted(f"Report: {report}\n\nSteps:\n{CANARY}-again"))
    assert set(await kept(world, report)) == {"F20", "F08", "S15", "F09"}
    refused = await world.triager_sec.runs(f"case fact field=attack report={report} value=x", world.channel(report))
    assert refused.code == "bad_argument"
    assert "unlawful to hold" in refused.text
    await world.triager_sec.presses("acknowledge", world.channel(report))
    assert not any("ask this once" in one for one in await me.bot_texts()), "nobody is asked to try it again"
    assert CANARY not in "\n".join(words_of(one) for one in await world.lead.messages(world.channel(report)))
    assert CANARY.encode() not in on_disk(world)


async def test_files_offered_before_it_was_known_are_not_fetched_after(world: World) -> None:
    me = world.researcher
    await world.passes("2h")  # people are at work
    report = await me.sends_report("It draws what must not be.")
    assert "original" in await attachments(world, report)
    await me.says("", files={"picture.png": b"\x89PNG"})
    form = (await me.runs(f"add report={report} fields=F20")).form
    assert labels(form) == ["Unlawful to hold"]
    answer = await me.submits(form, {"value": "yes"})
    assert answer.code == "ok"
    assert "Send no steps, transcript or file" in answer.text
    assert await attachments(world, report) == [], "what was kept is destroyed"
    assert (await me.presses("me add-files")).code == "no_files"
    assert await attachments(world, report) == []
    assert "transcripts are destroyed" in "\n".join(await world.lead.bot_texts())


async def test_other_peoples_data_is_kept_least_and_privacy_is_told(world: World) -> None:
    me = world.researcher
    assert (await world.admin.runs("program grant who=leadership role=privacy")).code == "ok"
    early = await world.researcher_2.sends_report("It shows names.", **{"other people's data": "yes"})
    assert await world.leadership.bot_texts() == [], "nobody is called before the opening"
    await world.passes("2h")
    assert f"{early}: its content needs care" in await world.leadership.last()
    report = await me.sends_report("It shows addresses.", **{"other people's data": "yes"})
    assert (await kept(world, report))["F21"] == "other people's"
    assert await attachments(world, report) == []
    assert any("Mask names" in one for one in await me.bot_texts())
    assert "other people's data" in "\n".join(await world.leadership.bot_texts())
    await me.says("", files={"table.csv": b"name"})
    assert "Mask the data" in await me.last()


@pytest.mark.parametrize(("values", "wrong"), [
    ({"what": "x" * 4_001}, "what"), ({"what": "It helps.", "often": "0 of 0"}, "often"), ({"what": "It helps.", "often": "99 of 3"}, "often"),
    ({"what": "It helps.", "often": "1/9999999999"}, "often"), ({"what": "It helps.", "unlawful": "perhaps"}, "unlawful"),
    ({"what": "It helps.", "how": "y" * 8_001}, "how"),
])
async def test_the_report_form_names_what_is_wrong(world: World, values: dict[str, str], wrong: str) -> None:
    await world.researcher.says("hello")
    form = (await world.researcher.presses("me report")).form
    assert form["fields"][0]["name"] == "unlawful", "asked first"
    assert form["fields"][0]["value"] == "", "never guessed"
    assert "two triagers and the lead read it, and your chat platform can" in form["about"]
    assert "We store it sealed" in form["fields"][1]["help"]
    answer = await world.researcher.submits(form, values)
    assert (answer.status, set(answer.data["errors"])) == (422, {wrong})
    assert [one for one in await world.lead.conversations() if one["id"].startswith("triage-")] == []


async def test_the_report_form_says_what_it_was_told_and_no_more(world: World) -> None:
    await world.researcher.says("hello")
    form = (await world.researcher.presses("me report")).form
    assert (await world.researcher.submits(form, {"what": f"It {CANARY}-leaks.", "often": "3 of 10"})).code == "ok"
    report = next(one["id"].removeprefix("triage-").upper() for one in await world.lead.conversations() if one["id"].startswith("triage-"))
    assert await kept(world, report) == {"F09": f"It {CANARY}-leaks.", "S15": "3 of 10"}, "nobody said whether it is unlawful"
    assert CANARY.encode() not in on_disk(world)
