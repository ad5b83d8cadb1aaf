"""The programme in public: two reports to publication by agreed dates, and what pages, feeds, posts, records and the digest then say."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from bot.site.opening import made
from config.program import Rewards
from storage.publishing import Shown
from tests.commands.watching import heard, row_of
from tests.world import Someone, World, words_of
from tests.world import world as opened

pytestmark = pytest.mark.slow

SECRET = "pelicanfeather"  # stands in every word that must stay private
NAME, LINK = "quiet heron", "https://heron.example/about"
RULES = Rewards(currency="EUR", amounts=(("medium", 750),), second_person_above=1000, budget=20_000)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00").astimezone(UTC)


async def accepted(world: World, who: Someone, title: str) -> tuple[str, str]:
    """Bring a report to accepted, with our own trials before the fix."""
    report = await who.sends_report(f"{SECRET}steps", title=title, category="jailbreak", system="acme-large", seed="none")
    channel = world.channel(report)
    await world.triager_sec.presses("acknowledge", channel)
    assert (await world.triager_sec.runs("accept medium jailbreak", channel)).code == "ok"
    assert (await world.triager_ml.runs("case evidence 6/10", channel)).code == "ok"
    return report, channel


async def fixed(world: World, who: Someone, channel: str, *, bypass: bool = False) -> None:
    """Have an accepted report fixed, verified and confirmed; with `bypass` it is broken and resolved as it is."""
    await world.lead.runs("owner owner", channel)
    await world.owner.runs("work 2026-12-20", channel)
    await world.owner.runs("fix build 7", channel)
    await world.triager_ml.runs("case cause alignment", channel)
    await world.triager_ml.runs("verify", channel)
    assert (await world.triager_ml.runs("result 0/59", channel)).code == "ok"
    if bypass:
        form = (await who.presses("me bypass")).form
        found = await who.submits(form, {"trials": "4/10", "text": f"{SECRET}bypass"})
        assert found.code == "ok", found
        for who_, line in ((world.triager_ml, "result 0/59"), (world.owner, "fix build 8"), (world.triager_ml, "verify"),
                           (world.triager_ml, "result 0/86")):
            found = await who_.runs(line, channel)
            assert found.code == "ok", (line, found)
        found = await world.lead.runs("case resolve-limited Users were told; the rest follows.", channel)
        assert found.code == "ok", found
        return
    await who.presses("me fixed")


async def agree_on(world: World, who: Someone, channel: str, day: str) -> None:
    """Agree on another end: the researcher proposes, the lead accepts on the card."""
    sent = await who.runs(f"embargo-propose end={day} why={SECRET}conference")
    assert sent.code == "ok", sent
    assert any("Accept the end" in one["label"] for one in (await world.card(channel.removeprefix("triage-").upper()))["buttons"])
    assert (await world.lead.presses("Accept the end", channel)).code == "ok"


@asynccontextmanager
async def pages(world: World) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=made(world.app, again=0))
    async with httpx.AsyncClient(transport=transport, base_url="https://flaws.acme.example") as client:
        yield client


async def outside(world: World, *reports: str) -> dict[str, str]:
    """Everything that anybody outside can read: pages, feeds, records and posts, by where it stands."""
    found: dict[str, str] = {}
    async with pages(world) as client:
        wanted = ["/", "/policy", "/key", "/hall-of-fame", "/hall-of-fame/all", "/advisories", "/times", "/hall-of-fame.atom",
                  "/advisories.atom", *(f"/advisories/{one}" for one in reports)]
        for path in wanted:
            answer = await client.get(path)
            if answer.status_code == 200:
                found[path] = answer.text
                for file in re.findall(r'href="(/advisories/[^"]+\.(?:md|json))"', answer.text):
                    found[file] = (await client.get(file)).text
    found["posts"] = "\n".join([words_of(one) for one in await world.researcher_2.messages("hall-of-fame")])
    return found


def places(found: dict[str, str], word: str) -> set[str]:
    return {place for place, text in found.items() if word in text}


async def test_two_reports_become_public_one_by_its_date_and_one_early(tmp_path: Path) -> None:
    async with opened(tmp_path, rewards=RULES) as world:
        one, two, lead = world.researcher, world.researcher_2, world.lead
        await world.until(at("2026-11-30T10:00"))
        first, channel = await accepted(world, one, "Persona prompt gets crime help")
        second, other = await accepted(world, two, "Mails are read aloud")
        await agree_on(world, one, channel, "2026-12-18")
        await agree_on(world, two, other, "2027-01-29T12:00+01:00")
        assert "Embargo ends: Fri 18 Dec 2026, 17:00 UTC" in "\n".join(await one.bot_texts())
        assert "The embargo holds until Fri 29 Jan 2027, 11:00 UTC." in words_of({"card": await world.card(second)})

        # Nothing becomes public before its time, and the refusal says who can give what is missing.
        refused = await lead.runs("publish", channel)
        assert refused.code != "ok"
        await lead.runs(f"embargo party invited {SECRET}vendor", channel)
        await lead.runs("embargo advisory", channel)
        assert (await lead.runs("program reward 750", channel)).code == "ok"
        await fixed(world, one, channel)
        refused = await lead.runs("publish", channel)
        assert refused.code == "not_publishable"
        for said in ("they press Agree to publish", "the lead runs /vdp embargo agree", "From Fri 18 Dec 2026, 17:00 UTC on"):
            assert said in refused.text, refused.text
        assert places(await outside(world, first, second), "Persona prompt") == set()
        await one.runs(f"credit {NAME} link={LINK}")
        await two.runs("credit none")

        # The second is exploited: the lead decides within a day, every day anew.
        flagged = await world.triager_sec.runs("case flag exploited", other)
        assert "ends the embargo within a day" in flagged.text
        assert (await lead.runs("publish", other)).code != "ok", "attacks alone publish nothing"
        assert (await lead.runs("embargo keep because", channel)).code == "nothing_to_decide"
        assert {"embargo end", "embargo keep"} <= {" ".join(b["id"].split()[:2]) for b in (await world.card(second))["buttons"]}
        await world.until(at("2026-12-01T09:30"))
        assert any("End it by Tue 1 Dec 2026, 10:00 UTC" in text for _, text in await heard(world, "lead"))
        kept = await lead.runs(f"embargo keep {SECRET}reason", other)
        assert "asked again by Wed 2 Dec 2026, 09:30 UTC" in kept.text
        await world.until(at("2026-12-02T09:31"))
        assert any("nobody decided about the embargo by Wed 2 Dec 2026, 09:30 UTC" in text for _, text in await heard(world, "lead"))
        assert (await lead.runs("embargo end Users need to know.", other)).code == "ok"
        early = await lead.runs("publish", other)
        assert early.code == "ok", early
        assert (await row_of(world, second)).flags.count("P") == 1
        await world.until(at("2026-12-03T09:31"))
        assert not [text for _, text in await heard(world, "lead") if "Thu 3 Dec" in text], "what is decided is asked no more"

        # The first by its date: both sides are reminded, then it is published without anybody's word.
        await world.until(at("2026-12-07T09:01"))  # a digest
        await world.until(at("2026-12-11T17:01"))
        assert "ends Fri 18 Dec 2026, 17:00 UTC. From then on you may publish" in await one.last()
        await world.until(at("2026-12-14T09:01"))
        assert sum("the embargo ends Fri 18 Dec 2026" in text for _, text in await heard(world, "lead")) == 1
        await world.until(at("2026-12-18T09:01"))
        assert sum("the embargo ends Fri 18 Dec 2026" in text for _, text in await heard(world, "lead")) == 2
        await world.until(at("2026-12-18T17:00"))
        assert (await lead.runs("publish", channel)).code == "ok"

        found = await outside(world, first, second)
        assert len(found) >= 9 + 2 + 2 * 4, sorted(found)
        assert "posts" in places(found, NAME) and f"https://flaws.acme.example/advisories/{first}" in str(await two.messages("hall-of-fame"))
        named = places(found, NAME)
        assert named >= {"/", "/hall-of-fame", "/hall-of-fame/all", "/hall-of-fame.atom", f"/advisories/{first}", "posts"}, named
        assert {place.rpartition(first)[2] for place in named if first in place} >= {"", ".md", ".json", ".avid.json"}
        assert places(found, LINK) >= {"/hall-of-fame", f"/advisories/{first}", f"/advisories/{first}.json", f"/advisories/{first}.avid.json"}
        assert places(found, "Mails are read aloud") >= {"/advisories", "/advisories.atom", f"/advisories/{second}", f"/advisories/{second}.md"}
        assert "One more published report without a name" in found["/hall-of-fame"]
        assert "2 advisories this year" in found["/"]
        await _counted(world)

        # Somebody's own profile; then the name goes, from every place.
        mine = (await one.runs("me")).text
        for said in (f"{first}: done, fixed; medium; public; thanked as {NAME} with {LINK}; 750 EUR, not paid yet.",
                     "0 min to acknowledge ("):
            assert said in mine, mine
        assert "no name, as you chose" in (await two.runs("me")).text and first not in (await two.runs("me")).text
        await one.runs("credit Someone Else")
        found = await outside(world, first, second)
        assert places(found, NAME) == places(found, LINK) == set() and "posts" in places(found, "Someone Else")
        await one.runs(f"credit {NAME} link={LINK}")
        assert places(await outside(world, first, second), LINK)
        await one.runs("credit none")
        found = await outside(world, first, second)
        for gone in (NAME, "heron.example", "Someone Else"):
            assert places(found, gone) == set(), gone
        assert found["posts"] == "" and "Two more published reports without a name" in found["/hall-of-fame"]
        async with world.app.database.read(await world.now()) as work:
            for row in await work.publishing.editions(first):
                assert row.shown == Shown.PUBLIC and row.body is not None
                assert "heron" not in world.app.vault.common.open_text("edition", "body", row.id, row.body)

        # Nothing private stands anywhere outside, nor where leadership reads.
        digest = "\n".join([words_of(message) for message in await world.leadership.messages("leadership")])
        for place, text in (found | {"digest": digest}).items():
            for word in (SECRET, "triager-sec", "researcher-2", *(["750"] if place != "digest" else [])):  # leaders see the budget
                assert word not in text.replace(first, "").replace(second, ""), (place, word)


async def _counted(world: World) -> None:
    """The digest's totals against what this story did by hand."""
    await world.until(at("2026-12-21T09:01"))
    weeks = [one for one in await world.leadership.messages("leadership") if one["author"] == "bot"]
    said = [words_of(one) for one in weeks]
    assert said[0].startswith("A quiet week, Mon 23 to Sun 29 Nov 2026"), "before anything came"
    fields = [{one["label"]: one["text"] for one in week["card"]["fields"]} for week in weeks]
    assert "Mon 30 Nov to Sun 6 Dec 2026: 1 open (1 more), 2 received, 1 resolved." in said[1]
    # Two acknowledgements, first answers and judgements; one fix, its check and the word that it is resolved; of the second report
    # the warning to users and the message that it is public.
    assert fields[1]["Promises"] == "11 met, none missed."
    assert fields[1]["Decided this week"].startswith("1 publication")
    assert fields[1]["Accepted, by level"].startswith("2 (2 more): 2 medium")
    assert "Mon 14 to Sun 20 Dec 2026: 1 open, 0 received, 0 resolved." in said[3]
    # Published at the very end of its embargo; the second researcher, who was told on 2 Dec, has waited for news since 16 Dec.
    assert fields[3]["Promises"] == "1 met, 1 missed: 1 update."
    assert fields[3]["Decided this week"].startswith("1 publication")


async def test_a_broken_fix_is_thanked_and_a_name_with_more_than_a_name_is_not(world: World) -> None:
    report, channel = await accepted(world, world.researcher, "Persona prompt")
    for typed in (f"{NAME} link=javascript:alert(1)", f"{NAME} link=http://heron.example", f"{NAME} link=https://heron.example/a b",
                  f"{NAME} link=https://heron.example/{'x' * 200}", f'{NAME} link=https://heron.example/"onx=1', f"{NAME} link=https://a@b.example",
                  f"{NAME} link=data:text/html,x", f"{NAME} link=https://localhost", f"{NAME} link=https://heron.example/\u202e",
                  "<b>heron</b>", "[heron](https://heron.example)", "x" * 10_000, "heron\u202e", "@everyone!", "*heron*"):
        found = await world.researcher.runs(f"credit {typed}")
        assert found.code == "bad_argument", typed
        assert "heron</b>" not in found.text and "javascript" not in found.text and len(found.text) < 400, found.text
    assert (await row_of(world, report)).credit_link is None
    assert (await world.researcher.runs(f"credit {NAME} link={LINK}")).code == "ok"
    form = (await world.researcher.runs("credit")).form
    assert {one["name"]: one["value"] for one in form["fields"]} == {"name": NAME, "link": LINK}
    assert (await world.researcher.submits(form, {"name": NAME, "link": "ftp://heron.example"})).code == "bad_argument"
    await fixed(world, world.researcher, channel, bypass=True)
    await world.researcher.runs("agree")
    await world.lead.runs("embargo agree", channel)
    assert (await world.lead.runs("publish", channel)).code == "ok"
    post = words_of((await world.researcher_2.messages("hall-of-fame"))[0])
    assert "They also broke a fix of ours in the retest" in post
    assert LINK.encode() not in b"".join(path.read_bytes() for path in world.data.glob("harborlight.sqlite*"))
    async with pages(world) as client:
        assert "Broke a fix of ours in the retest" in (await client.get("/hall-of-fame")).text
