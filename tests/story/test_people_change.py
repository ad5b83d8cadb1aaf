"""People change: absences and covers, somebody leaves, accounts that are gone, and a rotation that stays fair."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest

from commands.calls import Call, Caller, Incoming
from commands.intake import submit
from config.policy.states import Discipline, Role
from storage.models import Person, Report
from tests.world import World


async def _grant(world: World, name: str, *roles: str) -> None:
    """Have somebody hold more roles."""
    for role in roles:
        done = await world.admin.runs(f"program grant who={name} role={role}")
        assert done.code == "ok", done


async def _members(world: World, report: str) -> set[str]:
    return set({one["id"]: one for one in await world.lead.conversations()}[world.channel(report)]["members"])


async def _pings(world: World, name: str) -> list[str]:
    return [one for one in await world[name].bot_texts() if "AIV-" in one]


@pytest.mark.slow
async def test_who_is_away_is_covered_and_comes_back_to_a_list(world: World) -> None:
    report = await world.researcher.sends_report("It tells people how to do harm.", category="jailbreak")
    channel = world.channel(report)
    await _grant(world, "leadership", "triager-security")
    assert await _members(world, report) == {"triager-sec", "triager-ml", "lead"}
    await world.until((await world.now()).replace(hour=10))
    assert (await world.triager_sec.runs("acknowledge", channel)).code == "ok"

    nothing = await world.triager_sec.runs("away")
    assert "Nobody is away" in nothing.text
    assert nothing.reply["buttons"][0]["label"] == "I will be away"
    for line, code in (("away until 2026-11-30", "bad_argument"), ("away until soon", "bad_argument"),
                       ("away until 2026-12-04 cover=triager-sec", "bad_argument"),
                       ("away until 2026-12-04 cover=owner", "bad_argument"), ("away until 2026-12-04 who=lead", "not_allowed")):
        assert (await world.triager_sec.runs(line)).code == code, line
    set_ = await world.triager_sec.runs("away until 2026-12-04 cover=leadership")
    assert set_.code == "ok", set_
    assert "You are away until Fri 4 Dec 2026" in set_.text and "leadership covers" in set_.text

    members = await _members(world, report)
    assert members == {"leadership", "triager-sec", "triager-ml", "lead"}
    assert "triager-sec is away until Fri 4 Dec 2026; leadership covers." in "\n".join((await world.card(report))["lines"])
    assert (await world.triager_ml.runs("assign who=triager-sec", channel)).code == "away"

    # What the researcher writes reaches the cover, and nobody who is away; a new report is somebody else's.
    before = len(await _pings(world, "triager-sec"))
    await world.researcher.says(f"{report}: one more thing.")
    await world.passes(minutes=5)
    assert any("the researcher wrote" in one for one in await _pings(world, "leadership"))
    second = await world["researcher-2"].sends_report("Another flaw.")
    assert "triager-sec" not in await _members(world, second)
    assert len(await _pings(world, "triager-sec")) == before

    # Chains, no loops: the cover is away as well, and may not be covered by whom they cover.
    assert (await world["leadership"].runs("away until 2026-12-03 cover=triager-sec")).code == "bad_argument"
    assert (await world["leadership"].runs("away until 2026-12-03 cover=triager-ml")).code == "ok"
    assert "triager-sec is away until Fri 4 Dec 2026; triager-ml covers." in "\n".join((await world.card(report))["lines"])
    members = await _members(world, report)
    assert "leadership" not in members, "joined for that only"
    await world.researcher.says(f"{report}: and one more.")
    await world.passes(minutes=5)
    assert any("the researcher wrote" in one for one in await _pings(world, "triager-ml"))
    done = await world["leadership"].runs("back")
    assert "You are back" in done.text
    assert "leadership" in await _members(world, report)

    # A cover of the same discipline signs for it.
    assert (await world["leadership"].runs("accept high jailbreak", channel)).code == "ok"
    assert (await world.triager_ml.runs("accept high jailbreak", channel)).code == "ok"
    assert (await world.card(report))["level"] == "high"

    # On the return a morning list says what happened; who covered leaves again.
    await world.until((await world.now()).replace(day=4, month=12, hour=9, minute=1))
    last = (await world["triager-sec"].bot_texts())[-1]
    assert "You are back." in last and f"{report}: " in last and "accept" in last
    assert "away until" not in "\n".join((await world.card(report))["lines"])
    assert "leadership" not in await _members(world, report)

    # With everybody away at night an ordinary report waits; one that says it is exploited reaches the lead at once.
    for name in ("triager-ml", "triager-sec", "leadership", "lead"):
        assert (await world[name].runs("away until 2026-12-09")).code == "ok"
    await world.until((await world.now()).replace(hour=22))
    before = len(await _pings(world, "lead"))
    await world["researcher-2"].sends_report("An ordinary flaw.")
    assert len(await _pings(world, "lead")) == before
    urgent = await world["researcher-2"].sends_report("It is used against people now.", exploited="yes")
    assert [one.startswith(f"{urgent}: a new report, said to be exploited") for one in (await _pings(world, "lead"))[before:]] == [True]


@pytest.mark.slow
async def test_who_leaves_leaves_nothing_behind(world: World) -> None:
    report = await world.researcher.sends_report("It tells people how to do harm.", category="jailbreak")
    channel = world.channel(report)
    for name, role in (("leadership", "triager-security"), ("leadership", "owner"), ("admin", "triager-security")):
        await _grant(world, name, role)
    theirs = await world["leadership"].sends_report("A colleague found one.")
    await world.until((await world.now()).replace(hour=10))
    await world.triager_sec.runs("acknowledge", channel)
    await world.triager_sec.runs("accept high jailbreak", channel)
    await _grant(world, "triager-sec", "owner")
    if "triager-sec" not in await _members(world, theirs):
        assert (await world.lead.runs("assign who=triager-sec", world.channel(theirs))).code == "ok"
    assert (await world.triager_sec.runs("acknowledge", world.channel(theirs))).code == "ok"

    # Refused: by whom, the last of their kind, a cover who cannot take it; nothing moves before the confirmation.
    assert (await world.lead.runs("program leave triager-sec")).code == "not_allowed"
    assert (await world.admin.runs("program leave lead cover=leadership")).code == "last_one"
    assert (await world.admin.runs("program leave admin cover=leadership")).code == "last_one"
    assert (await world.admin.runs("leave triager-sec cover=triager-sec")).code == "bad_argument"
    lacks = await world.admin.runs("leave triager-sec cover=owner")
    assert lacks.code == "cover_lacks" and "neither a triager nor the lead" in lacks.text
    shown = await world.admin.runs("leave triager-sec")
    assert "Name who takes over" in shown.text
    for words in (f"Assignee (2): {min(report, theirs)}", "On the roster, security (2)", "Open proposals, which are withdrawn (1)",
                  "triager (security)", "owner"):
        assert words in shown.text, (words, shown.text)
    asked = await world.admin.runs("leave triager-sec cover=leadership")
    [button] = asked.reply["buttons"]
    assert "Everything moves to leadership" in asked.text and button["label"] == "Move it all to leadership"
    assert "triager-sec" in await _members(world, report)

    done = await world.admin.runs(button["id"])
    assert done.code == "ok", done
    assert "triager-sec has left" in done.text
    assert f"{theirs} went to" in done.text, "never to the one who reported it"
    assert await _members(world, report) == {"leadership", "triager-ml", "lead"}
    assert "leadership" not in await _members(world, theirs) and "triager-sec" not in await _members(world, theirs)
    on_it = {one["label"]: one["text"] for one in (await world.card(report))["fields"]}["On it"]
    assert "leadership (security and assignee)" in on_it and "triager-sec" not in on_it
    other = {one["label"]: one["text"] for one in (await world.card(theirs))["fields"]}["On it"]
    assert "assignee" in other
    assert "Second person" not in (await world.card(report))["next"], "what they proposed is withdrawn"
    for line in ("queue", "show " + report, "note left overs", "program roles", "case timeline " + report):
        assert (await world.triager_sec.runs(line, "dm")).code in ("not_allowed", "unknown_command", "no_such_report"), line
    assert any("A colleague left, and 1 report of theirs is yours now" in one for one in await world["leadership"].bot_texts())
    again = await world.admin.runs("leave triager-sec")
    assert again.code == "ok" and "Nothing else hangs on triager-sec" in again.text
    roles = (await world.admin.runs("program roles")).text
    assert "triager-sec" not in roles


async def test_the_rotation_is_fair_over_a_year(world: World) -> None:
    """200 reports in a year, five triagers a craft of whom one has both; two are away for weeks and come back."""
    start = world.clock.now()
    desk = world.app.desk
    away = {"security-1": (70, 140), "ml-2": (210, 238), "security-3": (300, 310)}
    counts: Counter[str] = Counter()
    days: dict[str, list[int]] = {}
    async with world.app.database.work(start) as work:
        staff = await work.people.staff()
        for person in staff:
            for craft in Discipline:
                await work.people.revoke(person, Role.TRIAGER, craft)
        names: dict[str, str] = {}
        people: dict[str, Person] = {}
        for craft in Discipline:
            for number in range(1, 5):
                name = f"{craft.value}-{number}"
                people[name] = await work.people.meet(desk.vault, "local", name, name)
                await work.people.grant(people[name].id, Role.TRIAGER, craft)
        people["both"] = await work.people.meet(desk.vault, "local", "both", "both")
        for craft in Discipline:
            await work.people.grant(people["both"].id, Role.TRIAGER, craft)
        names = {one.id: name for name, one in people.items()}
        reporter = await work.people.meet(desk.vault, "local", "reporter", "reporter")
        incoming = Incoming(platform="local", event="e", person="", name="", kind="clock", place="clock", conversation="", at=start)
        caller = Caller(None, "local", "", "clock", frozenset({Role.CLOCK}))
        for number in range(200):
            day = number * 365 // 200
            work.now = start + timedelta(days=day, hours=number % 7)
            for name, (since, until) in away.items():
                people[name].away_until = start + timedelta(days=until) if since <= day < until else None
            report = Report(
                id=f"AIV-{number:05}", person_id=reporter.id, platform="local", triage_platform="local", channel="", mode="open",
                state="received", received_at=work.now, opened_at=work.now, program_version="1", policy_version="1", sha256="")
            work.session.add(report)
            await work.session.flush()
            await submit.make_roster(Call(work=work, desk=desk, incoming=incoming, caller=caller), report)
            for member in await work.people.roster(report.id):
                if member.part in ("security", "ml"):
                    name = names[member.person_id]
                    assert not (name in away and away[name][0] <= day < away[name][1]), "nobody gets a report while away"
                    counts[name] += 1
                    days.setdefault(name, []).append(number)
        assert sum(counts.values()) == 400
        for craft in Discipline:
            there = [counts[f"{craft.value}-{number}"] for number in range(1, 5) if f"{craft.value}-{number}" not in away]
            assert max(there) - min(there) <= 1, counts
        # Somebody of two crafts is one person: they carry what others carry, in both crafts together.
        always = [count for name, count in counts.items() if name not in away and name != "both"]
        assert min(always) - 1 <= counts["both"] <= max(always) + 1, counts
        for name, (_, until) in away.items():  # who comes back has one turn, and then waits for the others
            back = [one for one in days[name] if one * 365 // 200 >= until][:3]
            assert all(later - earlier >= 3 for earlier, later in pairwise(back)), (name, back)


@pytest.mark.slow
async def test_undo_brings_nobody_back_who_left_and_nobody_covers_into_their_own_report(world: World) -> None:
    theirs = await world.researcher_2.sends_report("It helps with harm.", category="jailbreak")
    channel = world.channel(theirs)
    await _grant(world, "researcher-2", "owner")
    await world.triager_sec.runs("accept medium jailbreak", channel)
    assert (await world.lead.runs("owner who=owner", channel)).code == "ok"
    assert "covers" in (await world.owner.runs("away 2026-12-20 cover=researcher-2")).text
    for line in ("case timeline {}", "fix report={} build 7", "case not-mine report={}", "case undo {}"):
        assert (await world.researcher_2.runs(line.format(theirs))).code == "no_such_report", line
    await world.owner.runs("back")

    report = await world.researcher.sends_report("It helps with other harm.", category="jailbreak")
    channel = world.channel(report)
    await world.triager_sec.runs("accept medium jailbreak", channel)
    await world.lead.runs("owner who=researcher-2", channel)
    await world.lead.runs("owner who=owner", channel)
    assert "has left" in (await world.admin.runs("program leave who=researcher-2 sure=yes")).text
    undone = await world.lead.runs("undo", channel)
    assert undone.code == "happened_since" and "has no role now" in undone.text, undone
    assert "researcher-2" not in await _members(world, report)

    # Who was ever one with the researcher hears nothing of their report, also where nobody else would.
    code = re.search(r"link ([2-9A-Z]{4}-[2-9A-Z]{4})", (await world.lead.runs("link")).text)
    assert code is not None and (await world.admin.runs(f"link code={code[1]} sure=yes")).code == "ok"
    assert (await world.admin.runs("unlink")).code == "ok"
    assert (await world.leadership.runs("away 2027-03-01")).code == "ok"
    await world.until((await world.now()).replace(hour=10))
    private = await world.admin.sends_report("It helps with more harm.", category="jailbreak")
    assert world.channel(private) not in {one["id"] for one in await world.lead.conversations()}
    assert (await world.triager_sec.runs("accept medium jailbreak", world.channel(private))).code == "ok"
    await world.passes(days=1)
    assert private not in "\n".join(await world.lead.bot_texts())

    # A cover who lost every role covers nobody: the next change of an absence takes them out of the channels.
    await _grant(world, "researcher-2", "triager-ml")
    assert (await world.triager_ml.runs("away 2026-12-10 cover=researcher-2")).code == "ok"
    assert "researcher-2" in await _members(world, report)
    assert (await world.admin.runs("program revoke researcher-2 triager-ml")).code == "ok"
    assert (await world.triager_sec.runs("away 2026-12-10")).code == "ok"
    assert "researcher-2" not in await _members(world, report)
    assert (await world.triager_sec.runs("assign researcher-2", world.channel(report))).code == "bad_argument"
    for one in (world.triager_sec, world.triager_ml):
        assert (await one.runs("back")).code == "ok"

    for one in (world.triager_sec, world.triager_ml):
        assert "nobody hears" not in (await one.runs("away 2026-12-20")).text
    assert "nobody hears of a new report" in (await world.lead.runs("away 2026-12-20")).text
