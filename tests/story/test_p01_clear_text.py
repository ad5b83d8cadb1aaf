"""P1: clear text is a choice, not an error."""

from __future__ import annotations

from sqlmodel import select

from storage.models import Entry
from storage.models import Waiting as Draft
from tests.world import World, buttons_of

LONG = "The assistant shows another customer's address when it is asked twice. " * 3
CHOICES = ["Use it as my report", "Send it encrypted instead", "Throw it away"]


async def drafts(world: World) -> list[Draft]:
    async with world.app.database.read(await world.now()) as work:
        return list((await work.session.execute(select(Draft))).scalars())


async def codes(world: World) -> list[str]:
    async with world.app.database.read(await world.now()) as work:
        return [one.data for one in (await work.session.execute(select(Entry).where(Entry.kind == "intake"))).scalars()]


async def test_clear_text_is_sealed_and_offered_three_ways(world: World) -> None:
    me = world.researcher
    await me.says("x" * 200)
    assert "unencrypted" not in await me.last() and await drafts(world) == [], "up to 200 characters are talk"
    await me.says(LONG, files={"secret-photo.png": b"\x89PNG"})
    asked = (await me.messages())[-1]
    assert "came unencrypted" in asked["text"] and "another customer" not in asked["text"]
    assert "platform can read it" in asked["text"] and "deleting your message still helps" in asked["text"]
    assert "Tue 1 Dec 2026, 08:00 UTC" in asked["text"], "when its key is destroyed without a choice"
    assert [one["label"] for one in buttons_of(asked)] == CHOICES
    assert await codes(world) == ['{"code": "plaintext_message"}']
    (draft,) = await drafts(world)
    assert draft.key is not None and draft.body is not None and LONG.encode() not in bytes(draft.body)
    assert not [path for path in (world.data / "blobs").rglob("*") if path.is_file()], "files are not fetched"
    assert [one for one in await world.lead.conversations() if one["id"].startswith("triage-")] == []

    assert (await me.presses("me use-text")).code == "ok"
    assert any("We have your report" in one for one in await me.bot_texts())
    assert (await me.presses("me use-text")).code == "gone", "once"
    await me.says(LONG)
    assert "unencrypted" not in (await me.last()), "with an open report it is talk about that"


async def test_the_other_two_ways_and_no_answer_leave_nothing(world: World) -> None:
    me = world.researcher
    for way in ("me throw-away", "me encrypt-instead"):
        await me.says(LONG)
        answer = await me.presses(way)
        assert (answer.code, "destroy" in answer.text.lower(), "delete your message" in answer.text) == ("ok", True, True)
        assert await drafts(world) == []
        assert (await me.presses("me use-text")).code == "gone"
    assert "--recipient-file program-key.asc" in await me.last(), "the key came with the second way"
    await me.says(LONG)
    await world.passes("23h")
    assert len(await drafts(world)) == 1
    await world.passes("1h")
    await world.passes("10m")
    assert [one for one in await drafts(world) if one.key is not None or one.body is not None] == []
    assert (await me.presses("me use-text")).code == "gone"
