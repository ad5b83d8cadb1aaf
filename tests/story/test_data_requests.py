"""What researchers ask about their own data: a copy that they choose to have here, and being forgotten, each by a date."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
from datetime import timedelta

import pytest
from sqlmodel import select

from config.policy.advisory import Advisory, Revision
from storage.models import Attachment, Person
from storage.own_data import DataRequest
from storage.publishing import Edition, Publishing, Shown, sealed
from tests.commands.watching import entries, heard, person_of, row_of
from tests.story.test_intake_facts import on_disk
from tests.world import World

CANARY = "Quokka"


async def asked(world: World) -> list[DataRequest]:
    async with world.app.database.read(await world.now()) as work:
        return list((await work.session.execute(select(DataRequest).order_by(DataRequest.at))).scalars())


def posted(world: World, report: str) -> list[str]:
    """The files that stand with messages of the bot in a report's channel, in the local world's own database."""
    with contextlib.closing(sqlite3.connect(world.data / "local.sqlite")) as base:
        found = base.execute("SELECT f.name FROM files f JOIN messages m ON m.id = f.message WHERE m.conversation = ? AND m.author = 'bot' "
                             "AND NOT f.picture", (world.channel(report),))
        return [name for name, in found]


@pytest.mark.slow
async def test_a_copy_is_asked_for_prepared_and_sent_by_the_researchers_own_choice(world: World) -> None:
    me, lead = world.researcher, world.lead
    await world.until((await world.now()).replace(hour=10))
    report = await me.sends_report(f"{CANARY}text", title=f"{CANARY}title", worked="3 of 10")
    other = await world.researcher_2.sends_report("Othertext")
    channel = world.channel(report)
    assert (await world.triager_ml.runs("note Secretnote", channel)).code == "ok"
    said = await world.triager_ml.runs("reply Wordstothem", channel)
    if said.code == "confirm_clear":
        said = await world.triager_ml.submits(said.form, {"text": "Wordstothem"})
    assert said.code == "ok", said
    assert (await world.triager_ml.runs('case fact field=S07 value="temperature=0.7"', channel)).code == "ok"
    await world.passes("3m")
    await me.says("Wordsfromthem")

    assert (await world.admin.runs("program revoke lead privacy")).code == "ok"
    await me.says("me export")
    due = await world.now() + timedelta(days=30)
    assert f"By {due:%a} {due.day} {due:%b %Y}" in await me.last()
    assert len([one for one in await heard(world, "lead") if "a copy of their data" in one[1]]) == 1, "the lead, where nobody is privacy lead"
    assert not [one for one in await heard(world, "triager-ml") if "copy" in one[1]]
    await me.says("me export")
    assert "already" in await me.last() and len(await asked(world)) == 1
    assert (await me.presses("me me withdraw")).code == "ok"
    assert [one.state for one in await asked(world)] == ["withdrawn"]
    assert "No request about personal data is open" in (await lead.runs("requests")).text

    assert (await me.runs("/vdp me me export")).code == "ok"
    listed = await lead.runs("program requests")
    request = (await asked(world))[1].id
    assert request in listed.text and "AIV-" not in listed.text
    assert (await world.triager_ml.runs("program requests")).code == "not_allowed"
    assert (await world.triager_ml.runs(f"program request {request}")).code == "not_allowed"
    await world.passes(days=24)
    assert len([one for one in await heard(world, "lead") if "Answer it this week" in one[1]]) == 1
    assert [one for one in await heard(world, "lead") if "about personal data" in one[1]], "it stands in the morning list"
    await world.passes(days=8)
    assert len([one for one in await heard(world, "lead") if "Answer it today" in one[1]]) == 1, "once when it is due, once before"
    assert len([one for one in await heard(world, "lead") if "Answer it this week" in one[1]]) == 1
    prepared = await lead.runs(f"program request {request}")
    assert prepared.code == "ok", prepared
    assert (await lead.runs(f"program request {request}")).code == "ok"
    offers = [one for one in await me.bot_texts() if "could read it" in one]
    assert len(offers) == 1 and not [one for one in await me.messages() if one.get("files")], "nothing goes out before they choose"
    assert (await world.researcher_2.runs(f"/vdp me own-copy request={request}")).code == "no_such_request"
    assert (await me.presses("me own-copy")).code == "ok"
    assert (await me.presses("me own-copy")).code == "ok"
    await world.settled()
    sent = [one for one in await me.messages() if any(file["name"] == "your-data.json" for file in one.get("files") or ())]
    assert len(sent) == 1
    file = next(one for one in sent[0]["files"] if one["name"] == "your-data.json")
    found = await world.client.get(f"/api/files/{file['id']}", params={"as": "researcher"})
    text = found.text
    data = json.loads(text)
    assert [one["id"] for one in data["reports"]] == [report]
    for word in (f"{CANARY}text", f"{CANARY}title", "Wordstothem", "Wordsfromthem", "3 of 10"):
        assert word in text, word
    for word in ("Secretnote", "Othertext", other, "triager", "temperature=0.7", await person_of(world, "triager-ml")):
        assert word not in text, word
    assert f"{CANARY}text".encode() not in on_disk(world)
    assert [one.state for one in await asked(world)] == ["withdrawn", "done"]
    assert "answered" in (await lead.runs(f"program request {request}")).text
    done = [one for one in await entries(world) if one.kind == "data_request_done"]
    assert len(done) == 1 and CANARY not in "".join(one.data for one in await entries(world))
    assert (await lead.runs("/vdp me me export")).code == "ok"
    assert (await lead.runs(f"program request {(await asked(world))[-1].id}")).code == "not_allowed", "nobody answers their own"


@pytest.mark.slow
async def test_somebody_is_forgotten_once_and_a_stolen_database_tells_nothing_of_them(world: World) -> None:
    me, lead, ml = world.researcher, world.lead, world.triager_ml
    await world.until((await world.now()).replace(hour=10))
    accepted = await me.sends_report(f"{CANARY}one", title=f"{CANARY}first")
    assert (await ml.runs("accept medium jailbreak", world.channel(accepted))).code == "ok"
    assert (await world.admin.runs("program grant leadership owner")).code == "ok"
    for name in ("owner", "leadership"):  # whose briefs both name the report
        assert (await lead.runs(f"owner {name}", world.channel(accepted))).code == "ok"
    aside = await me.sends_report(f"{CANARY}two", title=f"{CANARY}second")
    assert (await ml.runs("close-without-fix spam", world.channel(aside))).code in ("ok", "second", "proposed")
    fresh = await me.sends_report(f"{CANARY}three" * 1_200, title=f"{CANARY}third")
    await me.says(f"{fresh}: {CANARY}more", files={f"{CANARY}.png": f"{CANARY}shot".encode()})
    assert posted(world, fresh), "a long text stands as a file beside its card"
    await me.says(world.encrypted(f"{CANARY}five"), files={f"{CANARY}.txt": f"{CANARY}log".encode()})
    purged = await me.sends_report(f"{CANARY}four", title=f"{CANARY}fourth")
    assert (await me.runs(f"/vdp me pseudonym {CANARY}name")).code == "ok"
    person = await person_of(world, "researcher")
    async with world.app.database.work(await world.now()) as work:  # an advisory that names them
        row = Edition(id=f"{accepted}/1", report_id=accepted, number=1, shown=Shown.PUBLIC.value, at=work.now)
        sealed(world.app.vault, row, Advisory(
            id=accepted, title="A flaw", lead="Update.", happened="It happened.", reported=work.now.date(), published=work.now,
            revisions=(Revision(1, work.now, ""),), credit=f"{CANARY}credit", credit_link="https://quokka.example"))
        work.session.add(row)
        old = await work.reports.get(purged)
        assert old is not None
        old.key, old.state = None, "closed"  # as retention leaves it: its advisory still stands in public
        over = await work.reports.get(aside)
        assert over is not None
        over.archived_at = work.now  # as the clock leaves it: in a closed channel no card is drawn again
        row = Edition(id=f"{purged}/1", report_id=purged, number=1, shown=Shown.PUBLIC.value, at=work.now - timedelta(days=1))
        sealed(world.app.vault, row, Advisory(
            id=purged, title="An old flaw", lead="Update.", happened="It happened.", reported=work.now.date(), published=work.now,
            revisions=(Revision(1, work.now, ""),), credit=f"{CANARY}credit"))
        work.session.add(row)
    # What is destroyed takes nothing new, and says so.
    for line in (f"credit {purged} name={CANARY}credit", f"answer {purged} text=Hello"):
        assert (await me.runs(f"/vdp me {line}")).code == "gone", line
    await me.says(f"{purged}: Thank you.")
    assert (await lead.runs("/vdp me me forget")).code == "has_roles"
    first = await me.runs("/vdp me me forget")
    assert first.code == "confirm" and not await asked(world), "they are told what it means before it counts"
    for line in ("program grant leadership privacy", "program revoke lead privacy"):
        assert (await world.admin.runs(line)).code == "ok", line
    assert (await me.runs(first.reply["buttons"][0]["id"])).code == "ok"
    assert [one for one in await heard(world, "leadership") if "asks to be forgotten" in one[1]]
    assert not [one for one in await heard(world, "lead") if "forgotten" in one[1]], "a privacy lead is there: nobody else is told"
    request = (await asked(world))[0].id
    wrong = await lead.runs(f"program request {request}")
    assert wrong.code == "bad_argument"
    assert (await world.admin.runs("program grant researcher owner")).code == "ok"
    assert (await lead.runs(f"program request {request} done")).code == "has_roles", "who became a colleague meanwhile is on rosters"
    assert (await world.admin.runs("program revoke researcher owner")).code == "ok"
    done = await lead.runs(f"program request {request} done")
    assert done.code == "ok" and "5 reports" in done.text, done
    again = await lead.runs(f"program request {request} done")
    assert again.code == "ok" and "already" in again.text
    await world.settled()
    assert "You are forgotten" in await me.last()
    for report, state in ((accepted, "withdrawn"), (fresh, "withdrawn")):
        row = await row_of(world, report)
        assert (row.state, row.title, row.facts, row.credit_name, row.receipt) == (state, None, None, None, ""), report
        shown = str(await ml.messages(world.channel(report)))
        assert CANARY not in shown, shown
    assert "Work goes on as our own" in str(await ml.messages(world.channel(accepted)))
    assert CANARY not in str(await ml.messages(world.channel(aside))), "the card of a closed channel goes as well"
    assert not any(posted(world, one) for one in (accepted, fresh, aside)), "what the bot posted there as a file is taken off"

    async with world.app.database.read(await world.now()) as work:
        kept = await work.session.get(Person, person)
        assert kept is not None and (kept.key, kept.pseudonym) == (None, None)
        assert await work.people.accounts_of(world.app.vault, person) == []
        vault = world.app.vault
        assert await work.people.who(vault, "local", "researcher") is None
        public = (await Publishing(work).public(vault))[0]
        assert (public.title, public.credit, public.credit_link) == ("A flaw", "", "")
        assert [one.credit for one in await Publishing(work).public(vault)] == ["", ""], "also where the key is destroyed"
        # Even with the master key nothing of theirs opens: every passage of theirs is gone, and so are the keys of their files.
        files = list((await work.session.execute(select(Attachment))).scalars())
        assert {(one.blob_key, one.name) for one in files if one.report_id != purged} == {(None, None)}, "of that one the key is destroyed"
        for report in (accepted, aside, fresh):
            assert all(one.body is None for one in await work.reports.passages(report))
    disk = on_disk(world)
    for word in (CANARY, CANARY.lower()):
        assert word.encode() not in disk
    ledger = await entries(world)
    assert [one.kind for one in ledger].count("data_request_done") == 1
    assert CANARY not in "".join(one.data for one in ledger)
    await world.passes(days=40)
    assert (await world.app.engine.unfinished()) == []
    before = await me.bot_texts()
    await me.says(world.encrypted("Somebody new."))
    assert len(await me.bot_texts()) > len(before)
    assert await person_of(world, "researcher") != person, "whoever writes again is new to us"


async def test_what_was_asked_before_two_accounts_were_joined_is_answered_to_who_they_are_now(world: World) -> None:
    me, other, lead = world.researcher, world.researcher_2, world.lead
    await me.sends_report(f"{CANARY}text")
    await other.says("me export")
    await me.says("link")
    code = re.search(r"link ([2-9A-Z]{4}-[2-9A-Z]{4})", await me.last())
    assert code is not None and (await other.runs(f"link code={code[1]} sure=yes")).code == "ok"
    await me.says("me export")
    assert "already" in await me.last() and len(await asked(world)) == 1
    assert (await lead.runs(f"program request {(await asked(world))[0].id}")).code == "ok"
    reached = me if any("could read it" in one for one in await me.bot_texts()) else other
    assert (await reached.presses("me own-copy")).code == "ok"
    await world.settled()
    assert any(file["name"] == "your-data.json" for one in await reached.messages() for file in one.get("files") or ())

    await me.says("me forget")
    assert (await me.presses("me me what=forget")).code == "ok"
    await other.runs("unlink")
    request = next(one for one in await asked(world) if one.kind == "forget")
    done = await lead.runs(f"program request {request.id} done")
    assert done.code == "ok" and "1 account" in done.text, done
    async with world.app.database.read(await world.now()) as work:
        gone = [await work.people.who(world.app.vault, "local", one.id) for one in (me, other)]
    assert [one is None for one in gone].count(True) == 1, "who asked is forgotten, and nobody else"
