"""What operators ask in chat: dead letters are seen and revived once, and the chain is verified."""

from __future__ import annotations

from sqlalchemy import text

from bot import versions
from tests.world import REPORT_ID, World, words_of


async def _closed(world: World, *, dms: bool) -> None:
    found = await world.post("/api/people/researcher", {"dms": dms})
    assert found.status == 200


async def _receipts(world: World) -> int:
    return sum("We have your report" in words_of(one) for one in await world.researcher.messages())


async def _key(world: World, kind: str) -> str:
    async with world.app.database.read(await world.now()) as work:
        found = await work.session.execute(
            text("SELECT key FROM delivery WHERE state IN ('refused', 'held') AND kind = :kind ORDER BY key"),
            {"kind": kind})
        return str(found.scalars().first())


async def test_a_quiet_house_says_so(world: World) -> None:
    health = await world.admin.runs("upkeep health")
    assert health.code == "ok"
    assert "Everything was delivered" in health.text
    assert "no dead letters" in (await world.admin.runs("upkeep dead-letters")).text


async def test_a_receipt_that_could_not_be_delivered_is_listed_and_revived_once(world: World) -> None:
    await _closed(world, dms=False)
    await world.researcher.says(world.encrypted("It answers what it should refuse."))
    assert await _receipts(world) == 0
    listed = await world.admin.runs("upkeep dead-letters")
    key = await _key(world, "direct")
    assert key in listed.text
    assert "their direct messages are closed" in listed.text
    assert REPORT_ID.search(listed.text)
    assert "dead letter" in (await world.admin.runs("upkeep health")).text

    await _closed(world, dms=True)
    assert (await world.admin.runs(f"upkeep revive {key}")).code == "ok"
    assert await _receipts(world) == 1
    assert key not in (await world.admin.runs("upkeep dead-letters")).text
    again = await world.admin.runs(f"upkeep revive {key}")
    assert again.code == "no_dead_letter"
    assert await _receipts(world) == 1


async def test_what_fails_again_is_listed_again_and_can_be_revived_again(world: World) -> None:
    await _closed(world, dms=False)
    await world.researcher.says(world.encrypted("It answers what it should refuse."))
    key = await _key(world, "direct")
    assert (await world.admin.runs(f"upkeep revive {key}")).code == "ok"
    assert key in (await world.admin.runs("upkeep dead-letters")).text
    await _closed(world, dms=True)
    assert (await world.admin.runs(f"upkeep revive {key}")).code == "ok"
    assert await _receipts(world) == 1


async def test_a_channel_that_could_not_be_opened_holds_its_lane_until_it_is_revived(world: World) -> None:
    store = world.app.local.world.store
    await store.write(lambda base: base.execute("UPDATE people SET id = 'lead-away' WHERE id = 'lead'"))
    await world.researcher.says(world.encrypted("It answers what it should refuse."))
    assert await _receipts(world) == 1
    key = await _key(world, "open_channel")
    assert not [one for one in await world.triager_sec.conversations() if one["id"].startswith("triage-")]
    assert "1 of them hold a lane" in (await world.admin.runs("upkeep health")).text

    await store.write(lambda base: base.execute("UPDATE people SET id = 'lead' WHERE id = 'lead-away'"))
    assert (await world.admin.runs(f"upkeep revive {key}")).code == "ok"
    seen = [one["id"] for one in await world.triager_sec.conversations()]
    channel = next(one for one in seen if one.startswith("triage-"))
    shown = [words_of(one) for one in await world.triager_sec.messages(channel)]
    assert sum("It answers what it should refuse." in one for one in shown) == 1
    assert "no dead letters" in (await world.admin.runs("upkeep dead-letters")).text


async def test_giving_up_a_channel_lets_an_upgrade_go_on_and_it_can_still_be_opened(world: World) -> None:
    store = world.app.local.world.store
    await store.write(lambda base: base.execute("UPDATE people SET id = 'lead-away' WHERE id = 'lead'"))
    await world.researcher.says(world.encrypted("It answers what it should refuse."))
    key = await _key(world, "open_channel")
    assert await versions.unfinished(world.data, world.app.database), "the channel and what waits behind it"
    assert f"/vdp upkeep give-up {key}" in (await world.admin.runs("upkeep dead-letters")).text
    for _ in range(2):
        assert "Nothing waits behind" in (await world.admin.runs(f"upkeep give-up {key}")).text
        await world.settled()
        assert not await versions.unfinished(world.data, world.app.database)
    assert "0 of them hold a lane" in (await world.admin.runs("upkeep health")).text

    assert (await world.admin.runs(f"upkeep revive {key}")).code == "ok"  # refused once more: it holds its lane again
    assert "1 of them hold a lane" in (await world.admin.runs("upkeep health")).text
    await store.write(lambda base: base.execute("UPDATE people SET id = 'lead' WHERE id = 'lead-away'"))
    assert (await world.admin.runs(f"upkeep revive {key}")).code == "ok"
    await world.settled()
    assert [one for one in await world.triager_sec.conversations() if one["id"].startswith("triage-")]
    assert not await versions.unfinished(world.data, world.app.database)


async def test_a_card_is_revived_in_its_newest_state(world: World) -> None:
    report = await world.researcher.sends_report("It answers what it should refuse.")
    await _closed(world, dms=False)
    channel = world.channel(report)
    assert (await world.triager_sec.runs("acknowledge", where=channel)).code == "ok"
    key = await _key(world, "refresh")
    assert key == f"{report}/status"
    await _closed(world, dms=True)
    assert (await world.admin.runs(f"upkeep revive {key}")).code == "ok"
    assert await _key(world, "refresh") == "None"


async def test_upkeep_is_for_administrators(world: World) -> None:
    for line in ("upkeep health", "upkeep dead-letters", "upkeep revive x", "upkeep give-up x", "upkeep verify"):
        assert (await world.lead.runs(line)).code == "not_allowed"
        assert (await world.researcher.runs(line)).code == "not_allowed"


async def test_an_unknown_key_changes_nothing(world: World) -> None:
    found = await world.admin.runs("upkeep revive AIV-00000/receipt")
    assert found.code == "no_dead_letter"


async def test_the_chain_is_verified_and_a_changed_entry_is_named(world: World) -> None:
    await world.researcher.sends_report()
    assert "holds" in (await world.admin.runs("upkeep verify")).text
    async with world.app.database.work(await world.now()) as work:
        await work.session.execute(text("UPDATE entry SET data = '{\"code\": \"other\"}' WHERE number = 5"))
    found = await world.admin.runs("upkeep verify")
    assert found.code == "chain_broken"
    assert "entry 5" in found.text
