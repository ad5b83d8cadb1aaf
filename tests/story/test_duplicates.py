"""A report that repeats another one: the triage card names it with its reason, and nothing else gets out."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.policy.likeness import features
from storage.models import Report
from tests.likeness_corpus import FLAWS, Told
from tests.world import REPORT_ID, Someone, World, buttons_of, words_of
from tests.world import world as opened

pytestmark = pytest.mark.slow

BY_NAME = {one.name: one for one in FLAWS}
GRANDMOTHER, CALENDAR, BIAS = (BY_NAME[one] for one in ("grandmother", "calendar-injection", "name-bias"))


async def sent(by: Someone, flaw: Told, telling: str = "first") -> str:
    """Send a flaw as it is told, in the template, and return the report's id."""
    return await by.sends_report(flaw.text(getattr(flaw, telling)))


async def alike(world: World, report: str) -> list[str]:
    """What the card of a report says of others, as it stands now."""
    return [one for one in (await world.card(report))["lines"] if "May repeat" in one]


async def own_words(by: Someone) -> str:
    return "\n".join(words_of(one) + str(buttons_of(one)) for one in await by.messages())


async def test_a_near_copy_by_somebody_else_is_suggested_with_its_reasons(world: World) -> None:
    first = await sent(world.researcher, GRANDMOTHER)
    unrelated = await sent(world.researcher, CALENDAR)
    copy = await sent(world.researcher_2, GRANDMOTHER, "copy")
    assert await alike(world, first) == await alike(world, unrelated) == []
    (said,) = await alike(world, copy)
    assert said.startswith(f"May repeat {first}: similar text (about ") and said.endswith("%), same category and system.")
    assert first not in await own_words(world.researcher_2)
    assert copy not in await own_words(world.researcher)

    card = await world.card(copy)
    (offered,) = [one for one in card["buttons"] if one["label"] == f"It repeats {first}"]
    assert "can appeal" in offered["sure"] and card["buttons"][0]["label"] == "Acknowledge"
    form = (await world.triager_sec.presses(f"It repeats {first}", world.channel(copy))).form
    assert (await world.triager_sec.submits(form, {"text": form["fields"][0]["value"]})).code == "ok", "sent as it was shown"
    card = await world.card(copy)
    assert card["state"] == "a duplicate" and not await alike(world, copy)
    async with world.app.database.read(await world.now()) as work:
        closed = await work.reports.get(copy)
        assert closed is not None and closed.duplicate_of == first
    assert first not in await own_words(world.researcher_2)

    # Somebody else's words for the same: the original is named, once, and not the copy of it.
    again = await sent(world.researcher, GRANDMOTHER, "other")
    (said,) = await alike(world, again)
    assert f"May repeat {first}: similar text" in said and copy not in said


async def test_what_is_withdrawn_vanishes(world: World) -> None:
    first = await sent(world.researcher, BIAS)
    copy = await sent(world.researcher_2, BIAS, "copy")
    assert len(await alike(world, copy)) == 1
    form = (await world.researcher.runs("withdraw")).form
    assert (await world.researcher.submits(form, {"sure": "yes"})).code == "ok"
    async with world.app.database.read(await world.now()) as work:
        gone = await work.reports.get(first)
        assert gone is not None and gone.sketch is None
    assert (await world.triager_sec.runs("acknowledge", world.channel(copy))).code == "ok"  # its card is drawn anew
    assert await alike(world, copy) == []
    third = await sent(world.researcher, BIAS, "other")
    assert [copy in one for one in await alike(world, third)] == [True]


async def test_nothing_of_a_text_is_left_in_the_files(world: World) -> None:
    await sent(world.researcher, GRANDMOTHER)
    copy = await sent(world.researcher_2, GRANDMOTHER, "copy")
    assert await alike(world, copy)
    files = [one for pattern in ("harborlight.sqlite*", "engine.sqlite*") for one in world.data.glob(pattern)]
    held = b"".join(one.read_bytes() for one in files)
    assert b"AIV-" in held
    # Words that are ours as well, in commands, in the policy or in the names of tables, prove nothing.
    paths = [path for path in Path().glob("*/**/*.py") if path.parts[0] in ("bot", "commands", "storage", "config")]
    own = world.app.desk.policy.encode() + b"".join(path.read_bytes() for path in paths)
    telling = [one for one in features(GRANDMOTHER.text(GRANDMOTHER.copy)) if one.encode() not in own.lower()]
    assert {"grandm", "bedtim"} <= set(telling)
    assert not [one for one in telling if one.encode() in held.lower() or one.encode("utf-16-le") in held.lower()]
    async with world.app.database.read(await world.now()) as work:
        row = await work.reports.get(copy)
        assert row is not None and row.sketch is not None
        plain = world.app.desk.vault.common.open("report", "sketch", copy, row.sketch)
    assert plain[10:] not in held and plain[10:].hex().encode() not in held.lower()


async def test_the_same_signature_comes_first_and_a_short_text_goes_by_its_facts(world: World) -> None:
    first, second = await sent(world.researcher, GRANDMOTHER), await sent(world.researcher_2, BIAS)
    async with world.app.database.work(await world.now()) as work:
        for one in (first, second):
            row = await work.session.get(Report, one)
            assert row is not None
            row.signature = "5" * 64
    assert (await world.triager_sec.runs("acknowledge", world.channel(second))).code == "ok"
    assert await alike(world, second) == [f"May repeat {first}: same signature."]
    short = await world.researcher.sends_report("Same as ever.", title="Odd", system="ACME-chat", category="jailbreak")
    assert await alike(world, short) == [f"May repeat {first}: same category and system."]
    other = await world.researcher.sends_report("Same as ever.", title="Odd", system="acme-chat", category="bias")
    assert await alike(world, other) == [f"May repeat {second}: same category and system."]
    nowhere = await world.researcher.sends_report("Same as ever.", title="Odd", category="jailbreak")
    assert await alike(world, nowhere) == []


async def test_facts_that_come_later_are_looked_at_again(world: World) -> None:
    first = await sent(world.researcher, GRANDMOTHER)
    short = await world.researcher_2.sends_report("Same as ever.", title="Odd", category="jailbreak")
    assert await alike(world, short) == []
    assert (await world.triager_sec.runs("case fact s01 acme-chat", world.channel(short))).code == "ok"
    assert await alike(world, short) == [f"May repeat {first}: same category and system."]
    how = " ".join(GRANDMOTHER.copy)
    assert (await world.triager_sec.runs(f"case fact s18 {how}", world.channel(short))).code == "ok"
    (said,) = await alike(world, short)
    assert said.startswith(f"May repeat {first}: similar text (about ") and said.endswith("same category and system.")
    assert (await world.triager_sec.runs("case fact s01 unknown", world.channel(short))).code == "ok"
    (said,) = await alike(world, short)
    assert "similar text" in said and "system" not in said


async def test_strange_texts_are_taken_and_resemble_nothing(world: World) -> None:
    for text in ("repeat " * 20_000, "😀" * 20_000, "\u0301" * 20_000, "A" * 150_000):
        report = await world.researcher.sends_report(text)
        assert REPORT_ID.fullmatch(report)
        assert await alike(world, report) == []


async def test_without_a_text_of_ours_there_is_no_sketch(tmp_path: Path) -> None:
    async with opened(tmp_path, mode="sealed") as world:
        await sent(world.researcher, GRANDMOTHER)
        copy = await sent(world.researcher_2, GRANDMOTHER)
        async with world.app.database.read(await world.now()) as work:
            row = await work.reports.get(copy)
            assert row is not None and row.mode == "sealed" and row.sketch is None
            assert not [one for one in await work.ledger.of(copy) if one.kind == "alike"]
