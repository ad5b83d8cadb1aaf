"""The records of an advisory against the published schemas, and what they must never hold."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.resources import files as resources
from typing import Any

import jsonschema
import pytest
from csaf_lib.verification import Verifier

from commands import records
from commands.records import CODE, avid, csaf, markdown, osv
from commands.records.publisher import Publisher
from config import taxonomy
from config.policy.advisory import Advisory, Revision, System
from config.policy.rates import Trials

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
HARBOUR = Publisher("Harbour AI", "https://harbour.test/")
FULL = Advisory(
    id="AIV-K7Q3M", title="Persona prompts get round the safety rules", lead="Nothing to do: the hosted model is fixed.",
    happened="A persona made the model answer what it refuses.\n\nIt took one message.", changed="The refusal was trained again.",
    systems=(System("acme-large", "Acme Large", "2026-01-15", "model"), System("acme-chat", "Acme Chat")),
    category="jailbreak", kind="vulnerability", level="high", score="7.0", vector="AIV:1.0/H:S", rubric="1.0", verdict="verified",
    before=Trials(3, 10), after=Trials(0, 59), context=(("S07", "0.7"),), cause="alignment", reported=date(2026, 10, 1),
    accepted=date(2026, 10, 2), fixed=date(2026, 11, 1), published=NOW,
    revisions=(Revision(1, NOW, "First edition."), Revision(2, NOW, "A date was wrong.")), credit="quiet-heron",
    credit_link="https://heron.test/", links=("https://harbour.test/fix",))
BARE = Advisory(id="AIV-00000", title="A flaw", lead="Wait.", happened="It happened.", reported=date(2026, 1, 1), published=NOW,
                revisions=(Revision(1, NOW, ""),))


def schema(package: str, name: str) -> dict[str, Any]:
    return dict(json.loads(resources(package).joinpath(f"schemas/{name}").read_text("utf-8")))


def data(advisory: Advisory, kind: str) -> dict[str, Any]:
    name = csaf.name_of(advisory) if kind == ".csaf" else f"{advisory.id}{kind}.json"
    return dict(json.loads(records.files(advisory, HARBOUR)[name]))


@pytest.mark.parametrize("advisory", [FULL, BARE, *(replace(FULL, category=one) for one in taxonomy.current().categories)])
def test_csaf_is_valid_and_has_what_an_informational_advisory_must_have(advisory: Advisory) -> None:
    found = data(advisory, ".csaf")
    jsonschema.validate(found, schema("csaf_lib.verification", "csaf_2_0.json"))
    failed = [one.message for one in Verifier(found).run_data_type_checks().failures]
    assert failed == []
    kinds = {one["category"] for one in found["document"]["notes"]}
    assert kinds & {"description", "details", "general", "summary"}
    assert "external" in {one["category"] for one in found["document"]["references"]}
    assert set(found) == {"document"}, "an informational advisory has no vulnerabilities and no product tree"


def test_the_schemas_can_fail() -> None:
    broken = data(FULL, ".csaf")
    del broken["document"]["tracking"]["id"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, schema("csaf_lib.verification", "csaf_2_0.json"))


@pytest.mark.parametrize("category", sorted(CODE))
def test_cve_drafts_fit_the_container_of_a_cna(category: str) -> None:
    found = data(replace(FULL, category=category), ".cve")
    jsonschema.validate(found["containers"]["cna"], schema("cvelib", "CVE_JSON_cnaPublishedContainer_5.1.1.json"))
    assert ("problemTypes" in found["containers"]["cna"]) is (category != "software-flaw")  # which is mapped to no weakness of its own
    jsonschema.validate(data(replace(BARE, category=category, links=("https://harbour.test/",)), ".cve")["containers"]["cna"],
                        schema("cvelib", "CVE_JSON_cnaPublishedContainer_5.1.1.json"))


def test_records_of_code_are_drawn_up_for_code_only_and_csaf_only_with_public_pages() -> None:
    assert set(records.files(FULL, HARBOUR)) == {"csaf/aiv-k7q3m.json", *(f"AIV-K7Q3M{one}" for one in (".md", ".json", ".avid.json"))}
    assert set(records.files(replace(FULL, category="software-flaw"), Publisher("Harbour AI"))) == {
        f"AIV-K7Q3M{one}" for one in (".md", ".json", ".avid.json", ".osv.json", ".cve.json")}


def test_an_avid_report_has_the_shape_of_their_data_model() -> None:
    found = avid.written(FULL, HARBOUR)
    assert set(found) <= {"data_type", "data_version", "metadata", "affects", "problemtype", "metrics", "references", "description", "impact",
                          "credit", "reported_date"}
    assert found["affects"]["artifacts"] == [{"type": "Model", "name": "Acme Large 2026-01-15"}, {"type": "System", "name": "Acme Chat"}]
    assert found["impact"]["avid"]["sep_view"] == ["S0400: Model Bypass", "E0301: Toxicity"]
    assert found["metrics"][0]["detection_method"]["type"] == "Significance Test"
    assert found["metrics"][0]["results"]["before"] == {"successes": 3, "attempts": 10, "interval_95": [0.1078, 0.6032]}
    assert found["reported_date"] == "2026-10-01"
    bare = avid.written(BARE, Publisher("Harbour AI"))
    assert (bare["metrics"], bare["references"], bare["impact"]) == ([], [], {})
    for one in taxonomy.current().categories:
        impact = avid.written(replace(FULL, category=one), HARBOUR)["impact"]["avid"]
        assert set(impact["risk_domain"]) <= {"Security", "Ethics", "Performance"}
        assert all(view[5:7] == ": " for view in impact["sep_view"])


def test_an_osv_draft_has_an_id_of_our_own_and_names_nothing_that_nobody_knows() -> None:
    found = osv.written(replace(FULL, category="software-flaw"), HARBOUR)
    assert found["id"] == "x_AIV-K7Q3M"
    assert found["modified"] == "2026-12-01T09:00:00Z"
    assert "affected" not in found
    assert found["credits"] == [{"name": "quiet-heron", "type": "FINDER", "contact": ["https://heron.test/"]}]


def test_the_page_says_everything_in_plain_words_and_no_word_of_people_becomes_markup() -> None:
    text = markdown.written(FULL, HARBOUR)
    assert "3 of 10 attempts \\(11 to 60 %\\)" in text
    assert "0 of 59 attempts" in text
    assert "A date was wrong" in text
    assert "<https://harbour.test/advisories/AIV-K7Q3M>" in text
    hostile = replace(FULL, title="# <script>alert(1)</script>\n[x](javascript:1)", credit="*x* <b>", happened="![i](http://x)\n\n---\n# y")
    shown = markdown.written(hostile, HARBOUR)
    assert "<script" not in shown.replace("\\<script", "")
    assert "\n# y" not in shown
    assert "\n---" not in shown
    assert "\\[x\\]\\(javascript" in shown
    assert markdown.written(BARE, Publisher("Harbour AI")).count("##") == 2


def test_only_the_public_record_is_read() -> None:
    everything = json.dumps(records.files(replace(FULL, category="software-flaw"), HARBOUR))
    for text in ("quiet-heron", "Acme Large", "AIV-K7Q3M"):
        assert text in everything
    anonymous = replace(FULL, category="software-flaw", credit="", credit_link="")
    assert "heron" not in json.dumps(records.files(anonymous, HARBOUR))
    assert "acknowledgments" not in csaf.written(anonymous, HARBOUR)["document"]
