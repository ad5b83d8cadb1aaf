"""What stands on cards and beside messages as a case moves on: nothing is offered that is done, nothing is said twice."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from PIL import Image

from tests.world import World, buttons_of, words_of

pytestmark = pytest.mark.slow


async def _accepted(world: World) -> tuple[str, str]:
    report = await world.researcher.sends_report("It shows other people's data.", category="jailbreak", title="Data shown")
    channel = world.channel(report)
    await world.until((await world.now()).replace(hour=10))
    assert (await world.triager_sec.runs("accept medium jailbreak", channel)).code == "ok"
    return report, channel


async def _briefs(world: World, channel: str) -> list[dict[str, Any]]:
    """The briefs in a channel, oldest first."""
    found = [one for one in await world.lead.messages(channel) if one["card"]]
    return [one for one in found if one["card"]["title"].startswith("For the owner: ")]


async def test_a_brief_says_who_took_it_and_offers_nothing_any_more(world: World) -> None:
    _, channel = await _accepted(world)
    assert (await world.lead.runs("owner owner", channel)).code == "ok"
    (brief,) = await _briefs(world, channel)
    assert [one["label"] for one in buttons_of(brief)] == ["I take it", "Not mine", "Stop-gap first", "More time"]
    assert brief["card"]["state"] == "brief"
    assert brief["card"]["next"].startswith("Take it")
    form = (await world.owner.presses("work", channel)).form
    assert (await world.owner.submits(form, {"date": "2026-12-18"})).code == "ok"
    (taken,) = await _briefs(world, channel)
    assert taken["id"] == brief["id"]
    assert buttons_of(taken) == []
    assert (taken["card"]["state"], taken["card"]["next"]) == ("taken", "")
    assert {"label": "Taken by", "text": "owner, Mon 30 Nov 2026"} in taken["card"]["fields"]
    assert taken["card"]["lines"] == brief["card"]["lines"]


async def test_a_brief_that_is_handed_back_leaves_its_place_to_the_next_one(world: World) -> None:
    _, channel = await _accepted(world)
    assert (await world.lead.runs("owner owner", channel)).code == "ok"
    assert (await world.owner.presses("case not-mine", channel)).code == "ok"
    (gone,) = await _briefs(world, channel)
    assert (gone["card"]["state"], buttons_of(gone)) == ("handed back", [])
    assert (await world.lead.runs("owner owner", channel)).code == "ok"
    gone, again = await _briefs(world, channel)
    assert (gone["card"]["state"], buttons_of(gone)) == ("handed back", [])
    assert [one["label"] for one in buttons_of(again)][:2] == ["I take it", "Not mine"]
    stopped = await world.owner.runs("mitigate The persona prompt is filtered.", channel)
    assert stopped.code == "ok", stopped
    gone, again = await _briefs(world, channel)
    assert (again["card"]["state"], buttons_of(again)) == ("taken", [])


async def test_a_brief_forgets_the_title_of_a_report_that_is_withdrawn(world: World) -> None:
    report, channel = await _accepted(world)
    assert (await world.lead.runs("owner owner", channel)).code == "ok"
    form = (await world.researcher.runs("withdraw")).form
    assert (await world.researcher.submits(form, {"sure": "yes"})).code == "ok"
    (brief,) = await _briefs(world, channel)
    assert brief["card"]["title"] == f"For the owner: {report}"
    assert (brief["card"]["state"], buttons_of(brief)) == ("withdrawn", [])


async def test_a_relay_says_when_it_was_delivered_and_the_day_only_when_that_is_another(world: World) -> None:
    _, channel = await _accepted(world)

    async def last() -> str:
        return next(str(one["voice"]["state"]) for one in reversed(await world.lead.messages(channel))
                    if (one["voice"] or {}).get("kind") == "relay")

    asked = await world.triager_sec.runs("reply Thank you, this is clear.", channel)
    assert (await world.triager_sec.submits(asked.form, {"text": "Thank you, this is clear."})).code == "ok"
    assert await last() == "delivered 10:00"
    await world.post("/api/people/researcher", {"dms": False})
    assert (await world.triager_sec.runs("reply One more thing.", channel)).code == "ok"
    assert (await last()).startswith("could not be delivered")
    await world.post("/api/people/researcher", {"dms": True})
    await world.passes(hours=26)  # it is tried again daily
    assert await last() == "delivered Tue 1 Dec 2026, 12:00 UTC"


async def test_a_name_that_says_a_role_is_said_once(world: World) -> None:
    report, _ = await _accepted(world)
    fields = {one["label"]: one["text"] for one in (await world.card(report))["fields"]}
    assert fields["On it"] == "lead, triager-ml (machine learning), triager-sec (security and assignee)"


async def test_a_form_in_a_direct_message_is_answered_by_a_name_and_the_receipt(world: World) -> None:
    await world.researcher.says("hello")
    form = (await world.researcher.presses("me report")).form
    sent = await world.researcher.submits(form, {"what": "It gives in to a story.", "unlawful": "no"})
    assert sent.code == "ok"
    assert re.fullmatch(r"We have it as AIV-[0-9A-Z]{5}\.", sent.text), "where the receipt is can be seen"
    receipt = (await world.researcher.messages())[-1]
    assert receipt["card"]["title"] == "We have your report"
    await world.researcher_2.says("The model helps with a crime when it plays a role. " * 5)
    chosen = await world.researcher_2.presses("me use-text")
    assert chosen.code == "ok"
    assert "direct messages" not in chosen.text
    assert "We have your report" in words_of((await world.researcher_2.messages())[-1])


async def test_a_digest_on_demand_brings_its_picture_to_whoever_asked_and_to_nobody_else(world: World) -> None:
    await _accepted(world)
    card = (await world.lead.runs("digest")).reply["card"]
    assert card["image"]["alt"]
    address = f"/api/files/{card['image']['file']}"
    shown = await world.client.get(address, params={"as": "lead"})
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
    assert Image.open(io.BytesIO(shown.content)).size == (1200, 630)
    assert (await world.client.get(address, params={"as": "leadership"})).status_code == 404
    for _ in range(10):
        newest = (await world.lead.runs("digest")).reply["card"]["image"]["file"]
    assert (await world.client.get(address, params={"as": "lead"})).status_code == 404
    assert (await world.client.get(f"/api/files/{newest}", params={"as": "lead"})).status_code == 200
