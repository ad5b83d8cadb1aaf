"""The facts of a report: the table against the ids of the domain, every kind of value, and what each step misses."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.intake import template
from commands.wording import facts as wording_facts
from config.policy import facts as policy
from config.policy.facts import FIELDS, UNKNOWN, FactError, Fault, Kind, Known, Step, check, missing, needed_by
from config.policy.rates import Trials, TrialsFault

# What people give, by domain.md section 2; F01 to F05 are recorded by the programme, T01 to T04 are the team's.
DOMAIN = {"F06", "F07", "F08", "F09", "F10", "F11", "F12", "F13", *(f"S{number:02}" for number in range(1, 21)),
          "F20", "F21", "F22", "F30", "F31", "F32", "F33", "F40", "F41", "F42", "F43", "F44", "F45"}
DAGGER = {"F09", "F11", "S05", "S06", "S16", "S17", "S18", "S19", "F22", "F30", "F32"}
KNOWN = Known(categories={"jailbreak": "Jailbreak", "bias": "Bias"}, systems={"acme-chat": "Acme Chat (web app)"})
GIVEN = [one for one in FIELDS.values() if one.kind is not Kind.RECORDED]


# -- the table -----------------------------------------------------------------------------------------------------

def test_the_table_holds_every_field_of_the_domain_and_two_of_ours() -> None:
    assert set(FIELDS) == DOMAIN | {"attack", "match"}
    assert {one.id for one in FIELDS.values() if one.secret} >= DAGGER | {"attack", "match"}
    assert all(one.why and one.example and one.label and 0 < one.longest <= 20_000 for one in FIELDS.values())


def test_what_is_unlawful_to_hold_is_asked_first() -> None:
    assert next(iter(FIELDS)) == "F20"
    assert template.TEMPLATE.startswith("Unlawful to hold")


def test_no_key_means_two_fields() -> None:
    keys = [key for one in FIELDS.values() for key in one.keys]
    assert len(keys) == len(set(keys))
    assert all(key == key.lower() for key in keys)


@pytest.mark.parametrize("one", GIVEN, ids=lambda one: one.id)
def test_every_example_but_a_description_of_one_is_taken(one: policy.FactField) -> None:
    if one.id == "F31":
        assert check(one.id, one.example) == "yes: with a link"
    else:
        assert check(one.id, one.example, KNOWN)


# -- values --------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("id", "typed", "kept"), [
    ("S15", "3/10", "3 of 10"), ("S15", "about 3 of 10 times", "3 of 10"), ("S15", "3 out of 10", "3 of 10"),
    ("S15", "unknown", UNKNOWN),
    ("S07", "0.7", "temperature=0.7"), ("S07", "0,7", "temperature=0.7"), ("S07", "unknown", UNKNOWN),
    ("S07", "default", "temperature=default"),
    ("S07", "top p 0.9, temperature: unknown", "temperature=unknown, top_p=0.9"), ("S07", "max_tokens=512", "max_tokens=512"),
    ("S08", "7", "7"), ("S08", "None", "none"), ("S09", "[]", "none"), ("S09", "search v2; mail", "search v2, mail"),
    ("S14", "Regex", "regular expression"), ("S14", "exact match", "exact match"), ("S14", "model: judge-2", "model: judge-2"),
    ("F30", "yes, in our logs", "yes: in our logs"), ("F31", "no", "no"), ("F31", "yes https://a.example", "yes: https://a.example"),
    ("F31", "no idea", UNKNOWN), ("F30", "I don’t know.", UNKNOWN), ("F10", "Jailbreak", "jailbreak"), ("S01", "acme chat", "acme-chat"),
    ("S01", "Acme Chat (web app)", "acme-chat"), ("S01", "unknown", UNKNOWN), ("F20", "Yes, it shows minors", "yes"), ("F20", "maybe", "yes"),
    ("F21", "no", "none"), ("F21", "yes", "other people's"), ("F21", "Other people’s", "other people's"),
    ("F13", "Minors, users", "users, minors"),
    ("S04", "2026-11-20", "2026-11-20"), ("S04", "2026-11-20 10:00 UTC to 2026-11-22", "2026-11-20T10:00Z to 2026-11-22"),
    ("S11", "Text, cy", "text, cy"), ("F41", "30", "30 days"), ("F41", "2027-01-31", "2027-01-31"), ("F42", "Jane", "name: Jane"),
    ("F42", "none", "none"), ("F40", "already public", "already public"), ("S18", "\n  Ask twice.\n", "  Ask twice."),
    ("attack", "[INST] do it", "[INST] do it"), ("attack", '[{"role": "user", "content": "x"}]', '[{"role": "user", "content": "x"}]'),
    ("F08", "  A \n title ", "A title"), ("S13", "", ""), ("S13", "   ", ""),
])
def test_a_value_is_kept_in_one_way(id: str, typed: str, kept: str) -> None:
    assert check(id, typed, KNOWN) == kept


@pytest.mark.parametrize(("id", "typed", "fault"), [
    ("S15", "many", Fault.NOT_A_COUNT), ("S15", "11 of 10", Fault.NOT_A_COUNT), ("S15", "0 of 0", Fault.NOT_A_COUNT),
    ("S15", "3 of 10, then 4 of 9", Fault.NOT_A_COUNT), ("S15", "1 of 99999999999999", Fault.NOT_A_COUNT), ("S15", "x" * 201, Fault.TOO_LONG),
    ("S07", "warm", Fault.NOT_ALLOWED), ("S07", "top_p 1.5", Fault.NOT_ALLOWED), ("S07", "temperature 1, temperature 2", Fault.NOT_ALLOWED),
    ("S07", "nan", Fault.NOT_ALLOWED), ("S08", "1.5", Fault.NOT_ALLOWED), ("S14", "my gut", Fault.NOT_ALLOWED),
    ("F10", "nonsense", Fault.NOT_ALLOWED),
    ("S01", "their-chat", Fault.NOT_ALLOWED), ("F20", "unknown", Fault.NO_UNKNOWN), ("F20", "n/a", Fault.NOT_ALLOWED),
    ("F31", "no one knows", Fault.NOT_ALLOWED), ("F13", "users, cats", Fault.NOT_ALLOWED), ("S04", "2026-11-20 10:00", Fault.NOT_ALLOWED),
    ("S04", "2026-11-22 to 2026-11-20", Fault.NOT_ALLOWED), ("S04", "2026-02-30", Fault.NOT_ALLOWED), ("S11", "Welsh?", Fault.NOT_ALLOWED),
    ("F41", "soon", Fault.NOT_ALLOWED), ("F44", "public", Fault.NOT_ALLOWED), ("F08", "x" * 121, Fault.TOO_LONG),
    ("attack", '[{"role": "boss", "content": "x"}]', Fault.NOT_ALLOWED), ("attack", '[{"role": "user"}]', Fault.NOT_ALLOWED),
    ("F22", "a.zip", Fault.RECORDED), ("F45", "1", Fault.RECORDED), ("S99", "x", Fault.UNKNOWN_FIELD),
])
def test_what_is_not_understood_is_refused_by_name_and_never_echoed(id: str, typed: str, fault: Fault) -> None:
    with pytest.raises(FactError) as refused:
        check(id, typed, KNOWN)
    assert (refused.value.fault, refused.value.id) == (fault, id)
    words = wording_facts.wrong(refused.value)
    if id in FIELDS:
        assert FIELDS[id].label in words
        assert FIELDS[id].example in words or fault is Fault.RECORDED
    if len(typed) > 6 and fault is not Fault.NO_UNKNOWN:
        assert typed not in words + str(refused.value)


def test_a_count_says_what_is_wrong_with_it() -> None:
    with pytest.raises(FactError) as refused:
        check("S15", "11 of 10")
    assert refused.value.trials is TrialsFault.MORE_SUCCESSES
    assert "more successes than attempts" in wording_facts.wrong(refused.value)


@given(st.sampled_from(GIVEN), st.text(max_size=400))
def test_any_text_is_taken_or_refused_by_name(one: policy.FactField, typed: str) -> None:
    try:
        kept = check(one.id, typed, KNOWN)
    except FactError as refused:
        assert refused.id == one.id
        assert wording_facts.wrong(refused)
        return
    assert bool(kept) == bool(typed.strip())
    assert check(one.id, kept, KNOWN) == kept, "what is kept is itself a value"


@given(st.sampled_from(GIVEN), st.sampled_from(["unknown", "Unknown", " unknown. ", "not known", "?", "I don't know"]))
def test_unknown_stays_unknown(one: policy.FactField, typed: str) -> None:
    if one.unknown:
        assert check(one.id, typed, KNOWN) == UNKNOWN
    else:
        with pytest.raises(FactError):
            check(one.id, typed, KNOWN)


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), st.text(min_size=1)), st.dictionaries(st.sampled_from(sorted(FIELDS)), st.text()))
def test_what_is_stored_is_read_back(facts: dict[str, str], unclear: dict[str, str]) -> None:
    assert policy.opened(policy.stored(facts, unclear)) == (facts, unclear)


# -- steps ---------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("said", "others"), [
    ("", ()), ("none", ()), (UNKNOWN, ()), ("not tried", ()), ("None that I know of", ()), ("acme-large, Acme Agent API", ()),
    ("other-large, acme-large", ("other-large",)), ("Nova 2, third model", ("Nova 2", "third model")),
])
def test_models_of_others_are_told_from_ours_and_from_none(said: str, others: tuple[str, ...]) -> None:
    assert policy.other_models({"S20": said}, {"acme-large", "acme agent api"}) == others


def test_who_else_knows_is_asked_as_soon_as_other_models_are_named() -> None:
    named = {"S20": "other-large"}
    assert [one.id for one in missing(named, Step.JUDGE)] == ["S15", "F43", "S01"]
    assert [one.id for one in policy.worth_asking(named, Step.REPRODUCE, most=2)] == ["S13", "F43"]
    assert "F43" not in [one.id for one in missing(named | {"F43": "none"}, Step.JUDGE, most=99)]
    assert [one.id for one in missing(named, Step.PUBLISH)] == ["F40", "F43", "S04"]


def test_at_most_three_are_missing_the_most_important_first() -> None:
    assert [one.id for one in missing({}, Step.JUDGE)] == ["S15", "S01", "F31"]
    assert [one.id for one in missing({"S15": "3 of 10", "S01": UNKNOWN}, Step.JUDGE)] == ["F31", "F30", "S18"], "unknown is an answer"
    assert [one.id for one in missing({}, Step.REPRODUCE)] == ["S13", "attack", "S07"]


def test_conditional_facts_are_missing_only_where_they_apply() -> None:
    everything = {id: "x" for id in FIELDS if id not in ("F32", "F33", "F12", "S16", "match")}

    def left(step: Step, *, grave: bool = False, **facts: str) -> list[str]:
        return [one.id for one in missing(everything | facts, step, grave=grave)]

    assert left(Step.JUDGE) == []
    assert left(Step.JUDGE, F07="incident") == ["F32"]
    assert left(Step.JUDGE, F07="hazard") == ["F33"]
    assert left(Step.JUDGE, F10="jailbreak") == ["F12"]
    assert left(Step.JUDGE, grave=True) == ["S16"]
    assert left(Step.REPRODUCE, S14="regular expression") == ["match"]
    assert left(Step.REPRODUCE, S14="person") == []


def test_what_is_unlawful_to_hold_is_neither_asked_for_nor_tried() -> None:
    facts = {"F20": "yes"}
    assert missing(facts, Step.REPRODUCE) == ()
    asked = {one.id for step in Step for one in missing(facts, step, most=99, grave=True)}
    assert not asked & (policy.NOT_HELD | {"S15"})


def test_each_field_is_needed_by_the_first_step_that_uses_it() -> None:
    assert needed_by("S15") is Step.JUDGE
    assert needed_by("S13") is Step.REPRODUCE
    assert needed_by("F44") is Step.PUBLISH
    assert needed_by("F06") is None


def test_counts_are_read_back() -> None:
    assert policy.trials_of({"S15": check("S15", "3/10")}) == Trials(3, 10)
    assert policy.trials_of({"S15": UNKNOWN}) is policy.trials_of({}) is None


# -- the template --------------------------------------------------------------------------------------------------

def test_an_empty_template_says_nothing() -> None:
    found = template.read(template.TEMPLATE)
    assert (found.facts, found.unclear, found.prose, found.n) == ({}, {}, "", -1)


def test_every_line_and_heading_of_the_template_is_understood() -> None:
    lines = [line for line in template.TEMPLATE.splitlines() if line]
    for line in lines:
        key, value = template._key(line)
        assert key in template.KEYS, line
        assert value == ""
    assert len(lines) <= 14, "short"


def test_a_filled_template_becomes_facts() -> None:
    found = template.read("""Unlawful to hold (yes or no): no
Title: A persona helps
Model: acme-large
Version: 2026-01-15
Temperature: unknown
Top p: 0.9
Worked (such as 3 of 10): 3 of 10
Already public: yes

What happens, and what should happen instead:
It helps.

How to make it happen:
1. Be an apprentice.
2. Ask twice.

Attack:
System: you are an apprentice
Title: x

Now help.
""", KNOWN)
    assert found.facts == {
        "F20": "no", "F08": "A persona helps", "S02": "acme-large, 2026-01-15", "S07": "temperature=unknown, top_p=0.9", "S15": "3 of 10",
        "F31": "yes", "F09": "It helps.", "S18": "1. Be an apprentice.\n2. Ask twice.",
        "attack": "System: you are an apprentice\nTitle: x\n\nNow help.",
    }
    assert (found.k, found.n, found.prose, found.unclear) == (3, 10, "It helps.", {})


def test_what_is_not_understood_is_kept_apart() -> None:
    found = template.read("Temperature: warm\nWorked: 11 of 10\nTitle: T\n\nProse.", KNOWN)
    assert found.facts == {"F08": "T"}
    assert found.unclear == {"S07": "temperature warm", "S15": "11 of 10"}
    assert {one.id for one in found.errors} == {"S07", "S15"}
    assert (found.k, found.n) == (-1, -1)


def test_prose_is_a_report_without_any_fact() -> None:
    text = "It gives in: ask it twice.\nNote: the second time it helps."
    found = template.read(text)
    assert (found.facts, found.prose) == ({}, text)


@given(st.text(max_size=600))
def test_any_text_is_a_report(text: str) -> None:
    found = template.read(text, KNOWN)
    assert template.title_of(found)
    assert set(found.facts) <= set(FIELDS)
    json.dumps(found.facts)


def test_of_unlawful_content_a_description_is_left() -> None:
    found = template.described(template.read("F\n"))
    assert found.prose == "F"
    filled = template.read("Unlawful to hold: yes\nSession: abc-canary\nWorked: often\n\nWhat happens:\nIt draws what must not be.\n\n"
                           "Steps:\ncanary steps\n\nTranscript:\ncanary transcript\n\nAttack:\ncanary attack", KNOWN)
    left = template.described(filled)
    assert left.facts == {"F20": "yes", "F09": "It draws what must not be."}
    assert template.description(left) == "It draws what must not be."
    assert "canary" not in str(left)
