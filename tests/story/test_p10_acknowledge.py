"""P10: acknowledge is one press, with a human sentence that can be edited; it does not stop the first-response clock."""

from __future__ import annotations

from tests.world import World, buttons_of


async def _clocks(world: World, channel: str) -> dict[str, str]:
    panel = (await world.get("/api/home", {"as": "triager-sec", "where": channel})).data
    rows = next(one["rows"] for one in panel["sections"] if one["title"] == "Clocks")
    return {row["label"]: row["mark"] for row in rows}


async def test_one_press_with_a_sentence_that_can_be_edited_first(world: World) -> None:
    first, second = [await world.researcher.sends_report(f"It helps with harm, way {n}.") for n in (1, 2)]
    channel = world.channel(first)
    sec, ml = world.triager_sec, world.triager_ml
    await world.passes("1h")

    labels = [one["label"] for message in await sec.messages(channel) for one in buttons_of(message)]
    assert labels[:3] == ["Acknowledge", "Ask the researcher", "Set aside"] and "Edit first" in labels
    assert (await sec.presses("acknowledge report=" + first, channel)).code == "ok"
    told = "\n".join(await world.researcher.bot_texts())
    assert f"Thank you for {first}. I have read it" in told and "a security triager" in told
    assert "triager-sec" not in told, "a role, never a name"
    shown = {one["label"]: one["text"] for one in (await world.card(first))["fields"]}
    assert "triager-sec (security and assignee)" in shown["On it"], "who presses becomes assignee"
    clocks = await _clocks(world, channel)
    assert (clocks["Acknowledged"], clocks["First answer"]) == ("check", "light"), "a real answer is still owed"
    again = await ml.runs("acknowledge", channel)
    assert again.code == "ok" and "acknowledged already" in again.text

    form = (await ml.presses("Edit first", world.channel(second))).form
    field = form["fields"][0]
    assert field["value"].startswith(f"Thank you for {second}. I have read it") and form["submit"] == "Acknowledge"
    empty = await ml.submits(form, {"text": "  "})
    assert empty.status == 422 and "text" in empty.data["errors"], "never sent by mistake"
    assert (await ml.submits(form, {"text": "Thanks.  Two spaces stay, \"quotes\" too."})).code == "ok"
    assert "Thanks.  Two spaces stay, \"quotes\" too." in "\n".join(await world.researcher.bot_texts())
    shown = {one["label"]: one["text"] for one in (await world.card(second))["fields"]}
    assert "triager-ml (machine learning and assignee)" in shown["On it"]
    await world.passes("48h")
    assert (await _clocks(world, channel))["First answer"] == "late", "an acknowledgement is no answer"
