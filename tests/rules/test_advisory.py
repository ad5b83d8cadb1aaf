"""An advisory comes back from its JSON as it was, and nothing else comes with it."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, date, datetime

import pytest

from config.policy.advisory import Advisory, Revision, System, read, stored
from config.policy.rates import Trials

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
FULL = Advisory(
    id="AIV-K7Q3M", title="Persona prompts get round the safety rules", lead="Update to build 4.", happened="It told how.", changed="A filter.",
    systems=(System("acme-large", "Acme Large", "2026-01-15"),), category="jailbreak", kind="vulnerability", level="high", score="7.0",
    vector="AIV:1.0/H:S", rubric="1.0", verdict="verified", before=Trials(3, 10), after=Trials(0, 59), context=(("S07", "0.7"),),
    cause="training-gap", exploited=True, reported=date(2026, 10, 1), accepted=date(2026, 10, 2), fixed=date(2026, 11, 1), published=NOW,
    revisions=(Revision(1, NOW, "First edition."), Revision(2, NOW, "A date was wrong.")), credit="quiet-heron",
    credit_link="https://heron.test/", links=("https://harbour.test/fix",))


def test_it_comes_back_as_it_was() -> None:
    assert read(stored(FULL)) == FULL
    bare = Advisory(id="AIV-1", title="t", lead="l", happened="h", reported=date(2026, 1, 1), published=NOW, revisions=(Revision(1, NOW, ""),))
    assert read(stored(bare)) == bare
    assert (FULL.revision, FULL.revised) == (2, NOW)


def test_what_is_no_field_of_an_advisory_is_not_read() -> None:
    data = json.loads(stored(FULL)) | {"reporter": "somebody"}
    assert read(json.dumps(data)) == FULL
    assert set(json.loads(stored(FULL))) == {one.name for one in fields(Advisory)}
    with pytest.raises(KeyError):
        read("{}")
    with pytest.raises(TypeError):
        stored(replace(FULL, links=(b"",)))  # type: ignore[arg-type]
