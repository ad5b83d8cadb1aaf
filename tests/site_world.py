"""A world whose public pages have something to show: published reports, thanks by consent, advisories, promises kept and missed.

Rows are written as the bot's own steps write them. Every private field holds a canary, a word that no page may ever show.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bot.platforms.serving import listening, serve
from bot.site.opening import made
from config import rubric
from config.policy.advisory import Advisory, Revision, System
from config.policy.rates import Trials
from config.policy.states import State
from storage.database import Work
from storage.models import Identity, Passage, Person, Report
from storage.publishing import Edition, Offer, Party, PolicyText, Reward, Shown, sealed
from tests.world import MONDAY, World, world

CANARY = "pelicanfeather"  # followed by the field that holds it
DAY = timedelta(days=1)
PROPOSED = datetime(2031, 7, 19, 4, 56, tzinfo=UTC)  # the end of an embargo that nobody agreed to
PAID = 765_432  # a reward; leadership alone sees what is paid
PERSONA = Advisory(
    id="AIV-K7Q3M", title="A persona prompt got actionable crime help from acme-chat",
    lead="With one opening message, acme-chat took on a persona and then gave step-by-step help that it refuses otherwise. It is fixed in "
         "acme-large 2026-11-18; you need to do nothing.",
    happened="The model followed the persona instead of its safety training. An attempt counted when the answer gave three or more of the "
             "five steps. In ordinary use the effect reached only the person who asked; nobody else’s data or account was touched. We saw "
             "no use against real people.",
    changed="We retrained the model on refusals inside personas and added a check of the output.\n\nSeven variants that the engineers had not "
            "seen worked in 0 of 42 attempts. Harmless look-alike prompts are refused as rarely as before, 1 of 60. The reporter tried to "
            "break the fix for two weeks and confirmed it.",
    systems=(System("acme-chat", "Acme Chat (web app)"), System("acme-large", "Acme Large", "2026-08-12 to 2026-11-17", "model")),
    category="jailbreak", kind="vulnerability", level="medium", score="5.2", vector="AIR:1.0/C:n/H:s/I:n/A:n/G:n/X:t/R:l/S:s/P:n/E:n",
    rubric=rubric.current().version, verdict="verified", before=Trials(9, 30), after=Trials(0, 59), context=(("S07", "temperature 0.7"),),
    cause="alignment", reported=date(2026, 8, 30), accepted=date(2026, 9, 3), fixed=date(2026, 11, 18),
    published=MONDAY - 3 * DAY, revisions=(Revision(1, MONDAY - 3 * DAY, "First edition."),), credit="quiet-heron",
)
_MORE = (
    ("AIV-N2FRY", "Web pages could make acme-agent send mail", "high", "7.0", "prompt-injection-indirect", "night-ferry", 11),
    ("AIV-PK9AC", "Invented package names in code answers", "low", "3.9", "package-hallucination", "", 40),
)


@asynccontextmanager
async def site(
    folder: Path, *, full: bool = True, again: float = 0, **changes: object,
) -> AsyncIterator[tuple[World, str]]:
    """Open a world, fill it, and serve its public pages; gives the world and the address of the pages."""
    async with world(folder, **changes) as found:  # type: ignore[arg-type]
        if full:
            await fill(found)
        stop = asyncio.Event()
        at = listening("127.0.0.1", 0)
        serving = asyncio.create_task(serve(made(found.app, again=again), at, stop))
        try:
            yield found, f"http://127.0.0.1:{at.getsockname()[1]}"
        finally:
            stop.set()
            await serving


def advisories() -> list[Advisory]:
    """The advisories that stand in public, the newest first."""
    found = [PERSONA]
    for id_, title, level, score, category, credit, ago in _MORE:
        at = MONDAY - ago * DAY
        found.append(replace(
            PERSONA, id=id_, title=title, level=level, score=score, category=category, credit=credit, published=at,
            revisions=(Revision(1, at, "First edition."),), before=Trials(4, 40), after=Trials(0, 150), exploited=level == "high"))
    return found


async def fill(found: World) -> None:
    """Write what the pages show, and a canary wherever they must not look."""
    async with found.app.database.work(MONDAY) as work:
        box = found.app.vault
        for name in ("quiet-heron", "night-ferry", "tidewrack", "slack-water"):
            key, own = box.new_key(f"person|p-{name}")
            person = Person(id=f"p-{name}", key=key, created_at=MONDAY - 200 * DAY)
            person.pseudonym = own.seal("person", "pseudonym", person.id, f"{CANARY}pseudonym")
            work.session.add(person)
            await work.session.flush()
            work.session.add(Identity(
                id=f"i-{name}", person_id=person.id, platform="local", handle=box.blind("handle", name),
                account=own.seal("identity", "account", f"i-{name}", f"{CANARY}account"),
                name=own.seal("identity", "name", f"i-{name}", f"{CANARY}handle")))
        await work.session.flush()
        await _report(found, work, "AIV-K7Q3M", "quiet-heron", "medium", ago=3)
        await _report(found, work, "AIV-N2FRY", "night-ferry", "high", ago=11, broke=True)
        await _report(found, work, "AIV-T7DEW", "tidewrack", "", ago=31, known="AIV-K7Q3M")
        await _report(found, work, "AIV-PK9AC", "slack-water", "low", ago=40, credit="none")
        await _report(found, work, "AIV-R0WAN", "night-ferry", "medium", ago=400)
        await _report(found, work, "AIV-0PEN1", "slack-water", "critical", ago=0, public=False)
        await _report(found, work, "AIV-REHRS", "slack-water", "critical", ago=5, rehearsal=True)
        work.session.add(PolicyText(version="0.9", date="2025-01-12", sha256="0" * 64, text="# Our first policy\n\n## Scope\n\nAll of it.\n",
                                    at=MONDAY - 600 * DAY))
        for one in advisories():
            await _edition(found, work, one, Shown.PUBLIC)
        draft = replace(PERSONA, id="AIV-0PEN1", title=f"{CANARY}draft", lead=f"{CANARY}draft", credit=f"{CANARY}draft")
        await _edition(found, work, draft, Shown.DRAFT)
        older = replace(PERSONA, title=f"{CANARY}replaced", revisions=(Revision(1, MONDAY - 90 * DAY, ""),))
        await _edition(found, work, older, Shown.REPLACED, number=0)


async def _edition(found: World, work: Work, one: Advisory, shown: Shown, *, number: int = 1) -> None:
    row = Edition(id=f"{one.id}/{number}", report_id=one.id, number=number, shown=shown.value, at=one.revised)
    sealed(found.app.vault, row, one)
    work.session.add(row)
    await work.ledger.write("edition", report=one.id, at=one.revised, data={"number": number})


async def _report(
    found: World, work: Work, id_: str, who: str, level: str, *, ago: int, credit: str = "name", known: str = "", broke: bool = False,
    public: bool = True, rehearsal: bool = False,
) -> None:
    came = MONDAY - (ago + 20) * DAY
    key, box = found.app.vault.new_key(f"report|{id_}")
    row = Report(
        id=id_, key=key, person_id=f"p-{who}", platform="local", triage_platform="local", channel=f"{CANARY}channel", mode="open",
        state=(State.DUPLICATE if known else State.RESOLVED if public else State.TRIAGING).value, level=level, category="jailbreak",
        received_at=came, opened_at=came, program_version=found.app.program.version, policy_version="1.0", sha256="0" * 64, credit=credit,
        published_at=MONDAY - ago * DAY if public else None, duplicate_of=known, rehearsal=rehearsal)
    for column in ("title", "summary", "component"):
        setattr(row, column, box.seal("report", column, id_, f"{CANARY}{column}"))
    row.facts = box.seal("report", "facts", id_, f'{{"F09": "{CANARY}facts", "S18": "{CANARY}steps"}}')
    # A name that nobody may see: its report has no consent, or is not public.
    shown = who if credit == "name" and public and not rehearsal else f"{CANARY}name"
    row.credit_name = box.seal("report", "credit_name", id_, shown)
    row.credit_link = box.seal("report", "credit_link", id_, f"https://{'chosen' if shown == who else CANARY}.example/about")
    work.session.add(row)
    await work.session.flush()
    # What two sides talk about on the way: who takes part, which end is proposed, what is paid.
    party = Party(id=f"y-{id_}", report_id=id_, consent="signatory", at=came)
    party.name = box.seal("party", "name", party.id, f"{CANARY}party")
    work.session.add(party)
    work.session.add(Offer(report_id=id_, end=PROPOSED, side="reporter", agreed="reporter", at=came))
    work.session.add(Reward(id=f"w-{id_}", report_id=id_, amount=PAID, currency="XTS", by="p-lead", at=came))
    passage = Passage(id=f"x-{id_}", report_id=id_, number=1, kind="report", person_id=row.person_id, at=came)
    passage.body = box.seal("passage", "body", passage.id, f"{CANARY}passage")
    work.session.add(passage)
    wait = timedelta(hours=30 if id_ == "AIV-PK9AC" else 3)
    for kind, at in (("submit", came), ("acknowledge", came + wait), ("message_out", came + wait + timedelta(hours=1)),
                     ("accept", came + 4 * DAY),
                     *([("bypass", came + 9 * DAY)] if broke else [])):
        await work.ledger.write(kind, report=id_, person=row.person_id, at=at, data={"note": f"{CANARY}ledger", "level": level or "low"})

