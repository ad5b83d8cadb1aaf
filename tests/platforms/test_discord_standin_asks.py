"""The stand-in's interactions: commands, autocomplete, buttons, modals; the three seconds and the fifteen minutes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import discord
import pytest

from config.clock import ManualClock
from tests.platforms.discord_house import SEND, STAFF, VDP, Refusal, online, refused, talking, view
from tests.platforms.discord_standin.refusals import ClientRefuses
from tests.world import MONDAY

Json = dict[str, Any]
Asked = discord.Interaction[Any]


@pytest.fixture
async def house() -> Any:
    async with talking(rate=50, follow_seconds=0.3, answer_seconds=1.0) as (stand, client):
        await client.http.bulk_upsert_global_commands(int(stand.application_id), [VDP, SEND, STAFF])
        yield stand, client


async def test_options_arrive_with_what_they_resolve_to(house: Any) -> None:
    stand, client = house

    async def answer(asked: Asked) -> None:
        await asked.response.send_message("seen", ephemeral=True)

    client.answer = answer
    seen = await stand.person("lead").slash("vdp add", {"at": "desk"}, file=("p.txt", b"proof"), who="outsider", role="owner", at="general")
    assert (seen.kind, seen.text, seen.first) == ("whisper", "seen", "message") and seen.ms is not None
    asked = client.asked[-1]
    data: Any = asked.data
    given = {one["name"]: one["value"] for one in data["options"][0]["options"]}
    outsider = stand.person("outsider").id
    assert given["who"] == outsider and given["at"] == stand.channel("desk").id and given["role"] == stand.roles["owner"]
    file = data["resolved"]["attachments"][given["file"]]
    assert file["ephemeral"] and file["size"] == 5 and data["resolved"]["members"][outsider]["permissions"]
    async with client.http._HTTPClient__session.get(file["url"]) as got:
        assert await got.read() == b"proof"
    assert asked.user.id == int(stand.person("lead").id) and isinstance(asked.user, discord.Member)
    assert [one.id for one in asked.user.roles] == [int(stand.guild_id), int(stand.roles["lead"])]
    assert asked.channel_id == int(stand.channel("general").id) and asked.filesize_limit == 10 * 2**20
    seen = await stand.person("researcher").slash("vdp hold start")
    assert client.asked[-1].guild is None and isinstance(client.asked[-1].user, discord.User)
    assert client.asked[-1].data["options"][0]["options"][0]["name"] == "start" and client.asked[-1].context.dm_channel


async def test_autocomplete_offers_twenty_five(house: Any) -> None:
    stand, client = house
    count, typed = 25, []

    async def answer(asked: Asked) -> None:
        data: Any = asked.data
        typed.append(next(one for one in data["options"][0]["options"] if one.get("focused"))["value"])
        await asked.response.autocomplete([discord.app_commands.Choice(name=f"n{i}", value=f"v{i}") for i in range(count)])

    client.answer = answer
    found = await stand.person("lead").autocomplete("vdp accept", "report", "AIV", severity="high")
    assert len(found) == 25 and found[0] == "v0" and typed == ["AIV"]
    count = 26
    seen = await stand.person("lead").suggested("vdp accept", "report", "AIV")
    assert seen.kind == "error" and "50035" in seen.refusals[0] and client.trouble


async def test_whispers_are_for_one_person_and_no_history(house: Any) -> None:
    stand, client = house

    async def answer(asked: Asked) -> None:
        await asked.response.send_message("for you", ephemeral=True, view=view(discord.ui.Button(label="Go", custom_id="go")))

    client.answer = answer
    who = stand.person("researcher")
    seen = await who.slash("vdp hold start", at="general")
    assert seen.kind == "whisper" and [one.text for one in who.whispers()] == ["for you"] and stand.messages("general") == []
    assert stand.person("lead").whispers() == []
    room = client.text("general")
    assert [one async for one in room.history()] == []
    gone = await refused(room.fetch_message(int(seen.message.id)))
    assert (gone.status, gone.code) == (404, 10008)
    with pytest.raises(LookupError):
        await stand.person("lead").click(seen.message, "Go")
    assert (await who.click(seen.message, "Go")).kind == "whisper"
    await who.delete(seen.message)
    assert len(who.whispers()) == 1
    await who.reload()
    assert who.whispers() == []


async def test_a_public_answer_is_a_message(house: Any) -> None:
    stand, client = house

    async def answer(asked: Asked) -> None:
        await asked.response.send_message("for all <@&1>")

    client.answer = answer
    seen = await stand.person("lead").slash("vdp hold start", at="desk")
    assert seen.kind == "message" and [one.text for one in stand.messages("desk")] == ["for all <@&1>"]


async def test_deferred_answers_are_filled_by_the_first_follow_up(house: Any) -> None:
    stand, client = house

    async def answer(asked: Asked) -> None:
        await asked.response.defer(ephemeral=True, thinking=True)
        await asked.followup.send("late")
        await asked.followup.send("more", ephemeral=True)
        await asked.edit_original_response(content="later")

    client.answer = answer
    who = stand.person("researcher")
    seen = await who.slash("vdp hold start", at="general")
    assert seen.kind == "whisper" and seen.first == "deferred"
    await stand.until(lambda: [one.text for one in who.whispers()] == ["later", "more"])
    assert [one.text for one in stand.outcome(seen).messages] == ["later", "more"]

    async def never(asked: Asked) -> None:
        await asked.response.defer(ephemeral=True, thinking=True)

    client.answer = never
    seen = await who.slash("vdp hold start", at="general")
    assert seen.kind == "deferred"
    client_asked: Asked = client.asked[-1]
    await client_asked.delete_original_response()
    assert stand.outcome(seen).kind == "nothing"


async def told(house: Any, answer: Callable[[Asked], Awaitable[Any]], line: str = "vdp hold start") -> Any:
    stand, client = house
    found: list[Refusal] = []

    async def run(asked: Asked) -> None:
        found.append(await refused(answer(asked)))

    client.answer = run
    seen = await stand.person("researcher").slash(line)
    await stand.until(lambda: found)
    return seen, found[0]


async def test_one_first_answer_only(house: Any) -> None:
    async def twice(asked: Asked) -> None:
        await asked.response.send_message("one", ephemeral=True)
        asked.response._response_type = None
        await asked.response.send_message("two", ephemeral=True)

    seen, wrong = await told(house, twice)
    assert seen.text == "one" and (wrong.status, wrong.code) == (400, 40060)

    async def modal_after(asked: Asked) -> None:
        await asked.response.defer(ephemeral=True, thinking=True)
        asked.response._response_type = None
        await asked.response.send_modal(form())

    _, wrong = await told(house, modal_after)
    assert (wrong.status, wrong.code) == (400, 40060)


async def test_a_late_answer_is_for_an_unknown_interaction() -> None:
    clock = ManualClock(MONDAY)
    async with talking(rate=50, answer_seconds=0.05, now=clock.now, follow_seconds=0.05) as (stand, client):
        await client.http.bulk_upsert_global_commands(int(stand.application_id), [VDP])

        async def late(asked: Asked) -> None:
            await asyncio.sleep(0.1)
            await asked.response.send_message("late")

        seen, wrong = await told((stand, client), late)
        assert seen.kind == "error" and (wrong.status, wrong.code) == (404, 10062)
        stand.patience(0.5)

        async def after_the_quarter(asked: Asked) -> None:
            await asked.response.defer(ephemeral=True, thinking=True)
            clock.advance(timedelta(minutes=15, seconds=1))
            await asked.followup.send("late")

        seen, wrong = await told((stand, client), after_the_quarter)
        assert seen.kind == "deferred" and (wrong.status, wrong.code) == (401, 50027)

        async def before_any(asked: Asked) -> None:
            await asked.followup.send("early")

        _, wrong = await told((stand, client), before_any)
        assert (wrong.status, wrong.code) == (404, 10015)


def form(*labels: discord.ui.Item[Any], name: str = "form", title: str = "Form") -> discord.ui.Modal:
    found = discord.ui.Modal(title=title, custom_id=name)
    for one in labels or (label("Why", discord.ui.TextInput(custom_id="why", max_length=10)),):
        found.add_item(one)
    return found


def label(text: str, component: discord.ui.Item[Any], **more: Any) -> discord.ui.Label[Any]:
    return discord.ui.Label(text=text, component=component, **more)


async def test_modals_carry_every_kind_of_input(house: Any) -> None:
    stand, client = house
    options = [discord.SelectOption(label="One", value="1"), discord.SelectOption(label="Two", value="2")]

    async def answer(asked: Asked) -> None:
        if asked.type is discord.InteractionType.modal_submit:
            await asked.response.send_message("thanks", ephemeral=True)
        else:
            await asked.response.send_modal(form(
                discord.ui.TextDisplay("**Read** this"), label("Why", discord.ui.TextInput(custom_id="why", min_length=2, max_length=10)),
                label("Which", discord.ui.Select(custom_id="which", options=options, max_values=2)),
                label("Who", discord.ui.UserSelect(custom_id="who", required=False, min_values=0)),
                label("Proof", discord.ui.FileUpload(custom_id="proof", required=False, min_values=0, max_values=2))))

    client.answer = answer
    who = stand.person("researcher")
    seen = await who.slash("vdp hold start")
    assert seen.kind == "modal" and seen.modal.fields == ("why", "which", "who", "proof") and seen.modal.labels["why"] == "Why"
    for values in ({}, {"why": "x", "which": ["1"]}, {"why": "x" * 11, "which": ["1"]}, {"why": "good"}, {"why": "good", "which": ["3"]},
                   {"why": "good", "which": ["1"], "proof": [("a", b"")] * 3}, {"other": "x"}):
        with pytest.raises(ClientRefuses):
            await who.submit(who.modal(), values)
    done = await who.submit(who.modal(), why="good", which=["One", "2"], who=["lead"], proof=[("a.txt", b"a"), ("b.txt", b"b")])
    assert (done.kind, done.text) == ("whisper", "thanks") and who.modals() == []
    data: Any = client.asked[-1].data
    inner = {one["component"]["custom_id"]: one["component"] for one in data["components"] if one["type"] == 18}
    assert inner["why"]["value"] == "good" and inner["which"]["values"] == ["1", "2"] and data["components"][0]["type"] == 10
    assert data["resolved"]["attachments"][inner["proof"]["values"][0]]["filename"] == "a.txt"
    assert inner["who"]["values"] == [stand.person("lead").id]
    with pytest.raises(ClientRefuses):
        await who.submit(seen.modal, why="again")
    seen = await who.slash("vdp hold start")
    await who.dismiss(seen.modal)
    assert len(client.asked) == 3


async def test_modals_are_checked_and_come_first_or_never(house: Any) -> None:
    stand, client = house

    async def raw_modal(asked: Asked, data: Json) -> Json:
        async with client.http._HTTPClient__session.post(
            f"{stand.api_url}/interactions/{asked.id}/{asked.token}/callback", json={"type": 9, "data": data}
        ) as answer:
            return {"status": answer.status, **(await answer.json() if answer.status != 204 else {})}

    text = {"type": 4, "custom_id": "a", "style": 1}
    good: Json = {"title": "t", "custom_id": "c", "components": [{"type": 18, "label": "l", "component": text}]}
    bad: list[Json] = [
        {**good, "title": "x" * 46}, {**good, "custom_id": "x" * 101}, {**good, "components": []},
        {**good, "components": good["components"] * 6},
        {**good, "components": good["components"] * 2}, {**good, "components": [{"type": 10, "content": "only text"}]},
        {**good, "components": [{"type": 18, "label": "x" * 46, "component": text}]},
        {**good, "components": [{"type": 18, "label": "l", "description": "x" * 101, "component": text}]},
        {**good, "components": [{"type": 18, "label": "l", "component": {**text, "max_length": 4001}}]},
        {**good, "components": [{"type": 18, "label": "l", "component": {**text, "value": "x" * 4001}}]},
        {**good, "components": [{"type": 18, "label": "l", "component": {"type": 2, "custom_id": "b", "style": 1, "label": "l"}}]},
        {**good, "components": [{"type": 18, "label": "l", "component": {"type": 19, "custom_id": "f", "max_values": 11}}]},
        {**good, "components": [{"type": 18, "label": "l", "component": {"type": 3, "custom_id": "f", "options": []}}]},
        {**good, "components": [text]},
    ]
    answers: list[Json] = []

    async def answer(asked: Asked) -> None:
        if asked.type is discord.InteractionType.modal_submit:
            answers.append(await raw_modal(asked, good))
            await asked.response.defer()
            return
        answers.extend([await raw_modal(asked, one) for one in bad])
        answers.append(await raw_modal(asked, good))

    client.answer = answer
    who = stand.person("researcher")
    seen = await who.slash("vdp hold start")
    assert [one.get("code", one["status"]) for one in answers] == [50035] * len(bad) + [204] and len(seen.refusals) == len(bad)
    done = await who.submit(seen.modal, a="x")
    assert answers[-1]["code"] == 50035 and done.kind == "nothing"


async def test_buttons_and_selects(house: Any) -> None:
    stand, client = house
    who = stand.person("researcher")
    options = [discord.SelectOption(label="One", value="1"), discord.SelectOption(label="Two", value="2")]
    items: tuple[discord.ui.Item[Any], ...] = (
        discord.ui.Button(label="Go", custom_id="go"), discord.ui.Button(label="Off", custom_id="off", disabled=True),
        discord.ui.Button(label="Web", url="https://example.org"), discord.ui.Select(custom_id="pick", options=options))
    await (await client.direct("researcher")).send("press", view=view(*items))
    post = who.dms()[0]
    assert post.buttons == {"go": "Go"}

    async def answer(asked: Asked) -> None:
        data: Any = asked.data
        if data["custom_id"] == "go":
            await asked.response.edit_message(content="pressed", view=None)
        else:
            await asked.response.defer()
            await asked.followup.send(f"chosen {data['values']}", ephemeral=True)

    client.answer = answer
    for label_ in ("Off", "Web", "none"):
        with pytest.raises(ClientRefuses):
            await who.click(post, label_)
    with pytest.raises(ClientRefuses):
        await who.click(post, "pick", ["3"])
    seen = await who.click(post, "pick", ["Two"])
    assert seen.kind == "nothing"
    await stand.until(lambda: [one.text for one in who.whispers()] == ["chosen ['2']"])
    seen = await who.click(post, "Go")
    assert (seen.kind, seen.text) == ("updated", "pressed") and who.dms()[0].components == ()
    assert client.asked[-1].message is not None and client.asked[-1].message.content == "press"
    with pytest.raises(ClientRefuses):
        await who.click(post, "Go")


async def test_message_commands_see_what_the_bot_does_not(house: Any) -> None:
    stand, client = house

    async def answer(asked: Asked) -> None:
        data: Any = asked.data
        await asked.response.send_message(data["resolved"]["messages"][data["target_id"]]["content"], ephemeral=True)

    client.answer = answer
    said = await stand.person("outsider").say("general", "look at this")
    assert stand.events("MESSAGE_CREATE")[-1].state == "unheard"
    seen = await stand.person("outsider").message_command("Send to the desk", said)
    assert seen.text == "look at this" and stand.counts()["POST /interactions/{interaction_id}/{token}/callback"] == 1


async def test_files_in_answers_are_limited_as_elsewhere(house: Any) -> None:
    stand, client = house

    async def answer(asked: Asked) -> None:
        await asked.response.send_message("here", file=discord.File(__file__, "a.py"), ephemeral=True)

    client.answer = answer
    seen = await stand.person("researcher").slash("vdp hold start")
    assert seen.message.files[0]["ephemeral"]
    client.answer = lambda asked: asked.response.send_message("x" * 2001)
    seen = await stand.person("researcher").slash("vdp hold start")
    assert "50035" in seen.refusals[0] and seen.kind == "error"


async def test_no_permission_is_needed_to_answer(house: Any) -> None:
    stand, client = house
    client.answer = lambda asked: asked.response.send_message("here")
    stand.edit_overwrite("general", "bot", deny=["view_channel"])
    assert (await stand.person("lead").slash("vdp hold start", at="general")).kind == "message"


async def test_two_clients_hear_the_same() -> None:
    async with talking(rate=50) as (stand, first), online(stand) as second:
        await stand.person("researcher").dm("x")
        await stand.until(lambda: first.messages and second.messages)
        await second.http.bulk_upsert_global_commands(int(stand.application_id), [VDP])
        first.answer = second.answer = lambda asked: asked.response.send_message("x")
        assert (await stand.person("researcher").slash("vdp hold start")).kind == "message"
        await stand.until(lambda: first.trouble or second.trouble)
        assert [one.code for one in [*first.trouble, *second.trouble]] == [40060]  # type: ignore[attr-defined]
