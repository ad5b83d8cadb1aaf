"""Why it was there: causes with their evidence, the same flaw again, the third in a year, and a cause that is not known yet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from storage.judging import Cause
from tests.commands.watching import FIXED, brought_to, entries, heard, row_of
from tests.world import World

pytestmark = pytest.mark.slow
RESOLVED = (*FIXED, ("inconclusive", {}), ("resolve_limited", {}))


async def _accepted(world: World, *, system: str = "acme-chat", category: str = "jailbreak") -> tuple[str, str]:
    facts = {"system": system} if system else {}
    report = await world.researcher.sends_report("A persona gets what the plain request does not.", category=category, **facts)
    channel = world.channel(report)
    assert (await world.triager_ml.runs(f"accept medium {category}", channel)).code == "ok"
    return report, channel


async def _resolved(world: World, report: str) -> None:
    await brought_to(world, report, RESOLVED, state="resolved", verdict="inconclusive")


async def test_a_cause_has_evidence_and_stands_alone_as_primary(world: World) -> None:
    report, channel = await _accepted(world)
    ml = world.triager_ml
    shown = await ml.runs("case causes", channel)
    assert "no root cause yet" in shown.text and "an earlier model version" in shown.text
    assert "Does the base policy refuse the plain request" in shown.text  # the first to think of for a jailbreak
    assert "secrets" in shown.text
    form = (await ml.runs("case cause", channel)).form
    fields = {one["name"]: one for one in form["fields"]}
    assert set(fields) == {"cause", "evidence", "component", "follow_up"}
    assert len(fields["cause"]["choices"]) == 21 and fields["cause"]["value"] == "" and fields["component"]["value"] == "acme-chat"
    assert "only a stop-gap" in fields["evidence"]["help"]
    more = (await ml.runs("case cause part=contributing", channel)).form
    found = await ml.submits(more, {"cause": "guardrail", "evidence": "The filter looks at English only."})
    assert found.code == "ok" and "contributing root cause" in found.text
    found = await ml.submits(form, {"cause": "alignment", "evidence": "Refuses the plain request, not the persona 7311.",
                                    "component": " Acme-Chat "})
    assert found.code == "ok" and "in Acme-Chat" in found.text and "preference or adversarial training" in found.text
    assert "1 with this cause, category and component, 1 in Acme-Chat, 1 whose usual fix is the same" in found.text
    again = await ml.runs("case cause alignment Refuses the plain request, not the persona 7311.", channel)
    assert again.text == "That is recorded already."
    shown = await world.triager_sec.runs("case causes", channel)
    assert "primary: Alignment phase. Refuses the plain request" in shown.text and "contributing: Guardrail" in shown.text
    assert (await ml.runs("case cause alignment part=contributing", channel)).code == "bad_argument"
    assert (await ml.runs("case cause alignment part=drop", channel)).code == "bad_argument"
    assert (await ml.runs("case cause unknown part=contributing", channel)).code == "bad_argument"
    drop = [one["id"] for one in shown.reply["buttons"] if "part=drop" in one["id"]]
    assert len(drop) == 1
    assert "no longer a cause of" in (await ml.runs(drop[0], channel)).text
    assert "none of its causes" in (await ml.runs("case cause guardrail part=drop", channel)).text
    assert "Guardrail" not in (await ml.runs("case causes", channel)).text
    assert (await ml.runs("case cause weather It rained.", channel)).code == "bad_argument"
    assert "primary: Training data quality. It is in the data." in (
        await _then(world, "case cause data It is in the data.", "case causes", channel))
    row = await row_of(world, report)
    assert row.cause == "data" and row.component is not None and row.signature
    raw = b"".join(path.read_bytes() for path in world.data.glob("harborlight.sqlite*"))
    assert b"persona 7311" not in raw and b"in the data." not in raw
    assert "7311" not in "".join(one.data for one in await entries(world, report))


async def _then(world: World, first: str, second: str, channel: str) -> str:
    assert (await world.triager_ml.runs(first, channel)).code == "ok"
    return (await world.triager_ml.runs(second, channel)).text


async def test_nothing_is_resolved_without_a_cause(world: World) -> None:
    report, channel = await _accepted(world, system="")
    ml, lead = world.triager_ml, world.lead
    await brought_to(world, report, FIXED[4:], state="verifying", verdict="inconclusive")
    refused = await lead.runs("case resolve-limited Nothing better can be had.", channel)
    assert refused.code == "no_cause" and "/vdp case cause" in refused.text
    for line, code, words in (
        ("case cause unknown", "no_follow_up", "plain request"),
        ("case cause unknown follow-up=2026-11-29", "bad_argument", "That day is over"),
        ("case cause unknown follow-up=2035-01-01", "bad_argument", "two years"),
        ("case cause unknown follow-up=soon", "bad_argument", "2026-12-31"),
    ):
        found = await ml.runs(line, channel)
        assert found.code == code and words in str(found.data), (line, found)
    assert (await row_of(world, report)).cause == ""
    found = await ml.runs("case cause unknown follow-up=2026-12-07", channel)
    assert found.code == "ok" and "Mon 7 Dec 2026" in found.text and "Add the component" in found.text
    assert (await lead.runs("case resolve-limited Nothing better can be had.", channel)).code == "ok"
    await world.until(datetime(2026, 12, 6, 20, tzinfo=UTC))
    assert not any("Root causes to look at again" in words for _, words in await heard(world, "lead"))
    await world.until(datetime(2026, 12, 7, 10, tzinfo=UTC))
    for person in ("lead", "triager-ml"):
        [words] = [words for at, words in await heard(world, person) if at.day == 7 and "Root causes to look at again" in words]
        assert f"{report}: unknown so far, due Mon 7 Dec 2026" in words
    assert not any("Root causes" in words for _, words in await heard(world, "owner"))
    assert (await ml.runs("case cause component=acme-chat context The page wins over the instruction.", channel)).code == "ok"
    await world.until(datetime(2026, 12, 8, 10, tzinfo=UTC))
    assert not [words for at, words in await heard(world, "lead") if at.day == 8 and "look at again" in words]
    assert (await row_of(world, report)).signature


async def test_the_same_again_is_seen_and_the_third_in_a_year_asks_for_a_review(world: World) -> None:
    await world.until(datetime(2026, 11, 30, 10, tzinfo=UTC))
    reports: list[str] = []
    said = ""
    for number in range(4):
        report, channel = await _accepted(world)
        found = await world.triager_ml.runs('case cause component="ACME-chat" alignment Persona only.', channel)
        assert found.code == "ok", found
        said = found.text
        assert ("asked for a process review" in said) is (number >= 2), (number, said)
        assert f"{number + 1} with this cause" in said
        assert (await row_of(world, report)).recurs_of == (reports[-1] if reports else "")
        if reports:
            assert f"{reports[-1]}, resolved" in said
        await _resolved(world, report)
        reports.append(report)
        await world.passes(hours=1)
    reviews = [one for report in reports for one in await entries(world, report) if one.kind == "process_review"]
    assert [one.report_id for one in reviews] == [reports[2]]  # once a year for one kind
    told = [words for _, words in await heard(world, "leadership") if "process review" in words]
    assert len(told) == 1 and reports[2] in told[0] and "report number 3 in a year" in told[0]
    other, channel = await _accepted(world, system="acme-agent")
    found = await world.triager_ml.runs("case cause alignment Persona only.", channel)
    assert "happened before" not in found.text and "5 whose usual fix is the same" in found.text and "1 in acme-agent" in found.text
    assert (await row_of(world, other)).recurs_of == ""


async def test_a_year_later_it_is_a_new_one(world: World) -> None:
    first, channel = await _accepted(world)
    assert (await world.triager_ml.runs("case cause alignment Persona only.", channel)).code == "ok"
    await _resolved(world, first)
    now = await world.now()
    async with world.app.database.work(now) as work:
        row = await work.reports.get(first)
        assert row is not None
        row.received_at = now - timedelta(days=400)
    await brought_to(world, first, ())
    second, channel = await _accepted(world)
    said = await world.triager_ml.runs("case cause alignment Persona only.", channel)
    assert f"{first}, resolved" in said.text and "1 with this cause" in said.text  # it was resolved within the year, received before it
    async with world.app.database.work(now) as work:
        row = await work.reports.get(second)
        assert row is not None
        row.received_at = now + timedelta(days=366)
    assert (await world.triager_ml.runs("case cause data It is in the data.", channel)).code == "ok"
    assert (await world.triager_ml.runs("case cause alignment Persona only.", channel)).code == "ok"
    assert (await row_of(world, second)).recurs_of == ""


async def test_categories_are_looked_up_and_both_are_kept(world: World) -> None:
    report = await world.researcher.sends_report("It obeys a hidden page.", category="prompt-injection-indirect")
    channel = world.channel(report)
    ml = world.triager_ml
    shown = (await ml.runs("case category", channel)).text
    assert "Claimed: Indirect prompt injection (prompt-injection-indirect). Decided: not yet." in shown and "30 categories" in shown
    assert (await ml.runs("case cause component=acme-chat context The page wins over the instruction.", channel)).code == "ok"
    assert (await row_of(world, report)).signature == ""  # nobody decided the category yet
    assert (await ml.runs("accept medium jailbreak", channel)).code == "ok"
    assert (await row_of(world, report)).signature
    shown = (await ml.runs("case category LLM06:2025", channel)).text
    assert "Decided: Safety-filter bypass (jailbreak)." in shown and "3 categories this may mean" in shown
    one = (await ml.runs("case category excessive agency", channel)).text
    for words in ("The agent calls tools", "MITRE ATLAS, 5.6.0: AML.T0053 AI Agent Tool Invocation", "LLM06:2025 Excessive Agency",
                  "LLM03:2026 Excessive Agency", "S0300 Over-permissive API", "P2, since 1.14.1", "CWE-862 Missing Authorization",
                  "(G)", "authorisation outside the model"):
        assert words in one, words
    assert "No category fits" in (await ml.runs("case category xyzzy")).text
    elsewhere = (await world.leadership.runs("case category jailbreak")).text
    assert "Claimed" not in elsewhere and "AML.T0054" in elsewhere
    assert (await world.researcher.runs("case category")).code == "not_allowed"


async def test_a_withdrawn_report_takes_no_cause_and_loses_its_evidence(world: World) -> None:
    report, channel = await _accepted(world)
    assert (await world.triager_ml.runs("case cause alignment Persona only.", channel)).code == "ok"
    async with world.app.database.work(await world.now()) as work:
        await work.judging.erase(report)
        rows = [one for one in await work.judging.causes(report) if isinstance(one, Cause)]
    assert rows and all(one.evidence is None for one in rows)
    await brought_to(world, report, (), state="withdrawn")
    assert (await world.triager_ml.runs("case cause data It is in the data.", channel)).code == "illegal_transition"
