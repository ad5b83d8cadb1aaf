"""The taxonomy: its file, its ids, what a faulty one is called, and which categories are meant by words."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.desk import categories, categories_like, category_choices
from config.policy.evidence import DETERMINISTIC
from config.rubric import current as rubric_now
from config.taxonomy import OTHER, SOURCES, TAXONOMY, UNKNOWN, TaxonomyError, current, load, read

CONTENT = tomllib.loads(TAXONOMY.read_text("utf-8"))
NOW = current()


def test_the_file_parses_into_thirty_categories_and_twenty_one_causes() -> None:
    assert len(NOW.categories) == len(CONTENT["category"]) == 30
    assert len(NOW.causes) == len(CONTENT["root_cause"]) == 21
    assert OTHER in NOW.categories
    assert UNKNOWN in NOW.causes
    assert load() == NOW


def test_ids_are_unique_and_every_mapped_id_is_in_its_table() -> None:
    for kind in ("category", "root_cause"):
        ids = [one["id"] for one in CONTENT[kind]]
        assert len(set(ids)) == len(ids)
    for one in CONTENT["category"]:
        for source in SOURCES:
            assert set(one[source]) <= set(CONTENT["ref"][source]), (one["id"], source)
        assert set(one["root_causes"]) <= {cause["id"] for cause in CONTENT["root_cause"]}
        assert set(one["axes"]) <= {axis.code for axis in rubric_now().impact_axes}
    assert set(NOW.categories) >= DETERMINISTIC


def test_no_entry_of_the_reference_tables_is_forgotten() -> None:
    for source in SOURCES:
        used = {id_ for one in CONTENT["category"] for id_ in one[source]}
        assert used == set(CONTENT["ref"][source]), source


def test_a_mapping_keeps_its_source_and_its_year() -> None:
    agency = NOW.categories["excessive-agency"]
    assert [one.shown for one in agency.of("owasp_llm_2025")] == ["LLM06:2025"]
    assert [one.shown for one in agency.of("owasp_llm_2026")] == ["LLM03:2026"]
    assert agency.of("owasp_llm_2026")[0].name == "Excessive Agency"
    assert agency.of("atlas")[0].source.version == "5.6.0"
    [vrt] = agency.of("vrt")
    assert (vrt.since, vrt.priority) == ("1.14.1", 2)
    [sep] = agency.of("avid_sep")
    assert (sep.shown, sep.name) == ("S0300", "Over-permissive API")


def _without(kind: str, id_: str) -> Callable[[dict[str, Any]], None]:
    def change(content: dict[str, Any]) -> None:
        content[kind] = [one for one in content[kind] if one["id"] != id_]
    return change


def _put(key: str, value: object, *, kind: str = "category", place: int = 0) -> Callable[[dict[str, Any]], None]:
    def change(content: dict[str, Any]) -> None:
        content[kind][place][key] = value
    return change


@pytest.mark.parametrize(("change", "problem"), [
    (_put("atlas", ["AML.T9999"]), "category prompt-injection-direct: atlas: AML.T9999 is not known"),
    (_put("owasp_llm_2026", ["LLM01", "LLM01"]), "category prompt-injection-direct: owasp_llm_2026: an entry is there twice"),
    (_put("root_causes", ["bad-luck"]), "category prompt-injection-direct: root_causes: bad-luck is not known"),
    (_put("axes", ["Q"]), "category prompt-injection-direct: axes: Q is not known"),
    (_put("axes", []), "category prompt-injection-direct: axes and root_causes: at least one"),
    (_put("avid_risk_domain", ["Weather"]), "category prompt-injection-direct: avid_risk_domain: Weather is not known"),
    (_put("cwe", "CWE-79"), "category prompt-injection-direct: cwe: a list of texts is missing"),
    (_put("id", "jailbreak"), "category jailbreak: id: there twice"),
    (_put("id", "Jail Break"), "category Jail Break: id: small letters and hyphens"),
    (_put("name", " "), "category prompt-injection-direct: name: a text is missing"),
    (_put("question", None, kind="root_cause"), "root_cause tokenizer: question: a text is missing"),
    (_without("category", OTHER), "category: other is missing"),
    (_without("root_cause", UNKNOWN), "root_cause: unknown is missing"),
    (lambda content: content["ref"].pop("vrt"), "ref.vrt: a table is missing"),
    (lambda content: content["source"]["atlas"].pop("version"), "source.atlas.version: a text is missing"),
    (lambda content: content.pop("category"), "category: a list of tables is missing"),
    (lambda content: content.pop("schema_version"), "schema_version: a text is missing"),
])
def test_a_fault_is_named_by_its_place(change: Callable[[dict[str, Any]], None], problem: str) -> None:
    content = copy.deepcopy(CONTENT)
    change(content)
    with pytest.raises(TaxonomyError) as wrong:
        read(content)
    assert problem in wrong.value.problems


def test_every_fault_is_named_at_once(tmp_path: Any) -> None:
    content = copy.deepcopy(CONTENT)
    content["category"][0]["atlas"] = ["AML.T9999"]
    content["category"][1]["cwe"] = ["CWE-1"]
    with pytest.raises(TaxonomyError) as wrong:
        read(content)
    assert len(wrong.value.problems) == 2
    file = tmp_path / "taxonomy.toml"
    file.write_text("[[category", "utf-8")
    with pytest.raises(TaxonomyError, match="not TOML"):
        load(file)


@pytest.mark.parametrize(("words", "expected"), [
    ("jailbreak", ["jailbreak"]),
    ("Safety-filter bypass (jailbreak)", ["jailbreak"]),
    ("injection", ["prompt-injection-direct", "prompt-injection-indirect"]),
    ("indirect prompt", ["prompt-injection-indirect"]),
    ("LLM06:2025", ["excessive-agency", "tool-poisoning", "sandbox-escape"]),
    ("llm06:2026", ["model-extraction", "resource-exhaustion", "cost-harvesting"]),
    ("AML.T0051", ["prompt-injection-direct", "prompt-injection-indirect"]),
    ("aml.t0051.000", ["prompt-injection-direct"]),
    ("T0051", ["prompt-injection-direct", "prompt-injection-indirect"]),
    ("CWE-79", ["insecure-output"]),
    ("cwe 79", ["insecure-output"]),
    ("S0502", ["model-extraction"]),
    ("provider's bill", ["cost-harvesting"]),
    ("jailbrake", ["jailbreak"]),
    ("promt injecton", ["prompt-injection-direct", "prompt-injection-indirect"]),
    ("xyzzy", []),
    ("", []),
    ("?!", []),
])
def test_words_find_categories(words: str, expected: list[str]) -> None:
    assert [one.id for one in NOW.find(words)] == expected


def test_an_id_without_its_year_means_both_editions() -> None:
    both = {one.id for one in NOW.find("LLM06")}
    assert both == {one.id for one in NOW.find("LLM06:2025")} | {one.id for one in NOW.find("LLM06:2026")}


@given(st.sampled_from(list(NOW.categories)), st.integers(1, 40))
def test_typing_an_id_always_shows_its_category(id_: str, length: int) -> None:
    assert id_ in {one.id for one in NOW.find(id_[:length])}


@given(st.text(max_size=60))
def test_any_words_are_taken(words: str) -> None:
    found = NOW.find(words)
    assert len({one.id for one in found}) == len(found) <= 30


def test_the_desk_has_its_categories_from_here() -> None:
    assert categories() is NOW.categories
    assert category_choices(None) == categories_like(" ") == tuple((one.id, one.name) for one in NOW.categories.values())
    assert categories_like("AML.T0024.000") == (("membership-inference", "Membership inference"),)
