"""The stand-in's messages over REST: every rule that Discord has for them, once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import discord
import pytest

from config.clock import ManualClock
from tests.platforms.discord_house import Raw, logged_in, raw, refused
from tests.platforms.discord_standin import Standin
from tests.platforms.discord_standin.refusals import ClientRefuses
from tests.world import MONDAY

Json = dict[str, Any]


@pytest.fixture
async def api() -> AsyncIterator[Raw]:
    async with raw() as found:
        yield found


def row(*components: Json) -> list[Json]:
    return [{"type": 1, "components": list(components)}]


def button(name: str, **more: Any) -> Json:
    return {"type": 2, "style": 1, "label": name, "custom_id": name, **more}


def select(count: int, **more: Any) -> Json:
    options = [{"label": f"o{i}", "value": f"v{i}"} for i in range(count)]
    return {"type": 3, "custom_id": "pick", "options": options, **more}


async def test_who_asks_and_how(api: Raw) -> None:
    me = await api.get("/users/@me")
    assert me.headers["Content-Type"] == "application/json" and me.body["id"] == api.stand.bot_user and me.headers["Via"]
    wrong = await api.ask("GET", "/users/@me", token="nonsense")
    assert (wrong.status, wrong.code) == (401, 0)
    assert (await api.get("/teapots/1")).status == 404
    broken = await api.ask("POST", api.messages("general"), data="{", headers={"Content-Type": "application/json"})
    assert (broken.status, broken.code) == (400, 50109)
    assert (await api.ask("POST", api.messages("general"), data="a=b", headers={"Content-Type": "text/plain"})).code == 50109
    assert (await api.post(api.messages("general"), [])).code == 50035
    await api.stand.revoke_token()
    assert (await api.get("/users/@me")).status == 401
    assert api.stand.invalid() == 2
    assert [one.route for one in api.stand.calls()][:2] == ["GET /users/@me"] * 2


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({"content": "x" * 2001}, {"content": "BASE_TYPE_MAX_LENGTH"}),
        ({"content": "\U0001f600" * 1001}, {"content": "BASE_TYPE_MAX_LENGTH"}),
        ({"content": 1}, {"content": "STRING_TYPE_CONVERT"}),
        ({"embeds": [{"title": "x" * 257}]}, {"embeds.0.title": "BASE_TYPE_MAX_LENGTH"}),
        ({"embeds": [{"description": "x" * 4097}]}, {"embeds.0.description": "BASE_TYPE_MAX_LENGTH"}),
        ({"embeds": [{"title": "t", "footer": {"text": "x" * 2049}}]}, {"embeds.0.footer.text": "BASE_TYPE_MAX_LENGTH"}),
        ({"embeds": [{"author": {"name": "x" * 257}}]}, {"embeds.0.author.name": "BASE_TYPE_MAX_LENGTH"}),
        ({"embeds": [{"fields": [{"name": "n", "value": "v"}] * 26}]}, {"embeds.0.fields": "BASE_TYPE_BAD_LENGTH"}),
        ({"embeds": [{"fields": [{"name": "x" * 257, "value": "v"}]}]}, {"embeds.0.fields.0.name": "BASE_TYPE_MAX_LENGTH"}),
        ({"embeds": [{"fields": [{"name": "n", "value": "x" * 1025}]}]}, {"embeds.0.fields.0.value": "BASE_TYPE_MAX_LENGTH"}),
        ({"embeds": [{"fields": [{"name": "n", "value": " "}]}]}, {"embeds.0.fields.0.value": "BASE_TYPE_REQUIRED"}),
        ({"embeds": [{"description": "x" * 3001}, {"description": "x" * 3000}]}, {"embeds": "MAX_EMBED_SIZE_EXCEEDED"}),
        ({"embeds": [{"title": "t"}] * 11}, {"embeds": "BASE_TYPE_BAD_LENGTH"}),
        ({"embeds": [{"color": 1}]}, {"embeds.0.description": "BASE_TYPE_REQUIRED"}),
        ({"embeds": [{"title": "t", "url": "javascript:x"}]}, {"embeds.0.url": "URL_TYPE_INVALID_URL"}),
        ({"content": "x", "nonce": "x" * 26}, {"nonce": "NONCE_TYPE_TOO_LONG"}),
        ({"content": "x", "allowed_mentions": {"parse": ["all"]}}, {"allowed_mentions.parse": "BASE_TYPE_CHOICES"}),
        ({"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
         {"allowed_mentions": "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"}),
        ({"content": "x", "message_reference": {"message_id": "1"}}, {"message_reference": "REPLIES_UNKNOWN_MESSAGE"}),
        ({"components": row(button("x" * 101, label="l"))}, {"components.0.components.0.custom_id": "BASE_TYPE_MAX_LENGTH"}),
        ({"components": row(button("", label="l"))}, {"components.0.components.0.custom_id": "BASE_TYPE_REQUIRED"}),
        ({"components": row(button("a"), button("a"))}, {"components": "COMPONENT_CUSTOM_ID_DUPLICATED"}),
        ({"components": row(*(button(str(i)) for i in range(6)))}, {"components.0.components": "BASE_TYPE_BAD_LENGTH"}),
        ({"components": [one for i in range(6) for one in row(button(str(i)))]}, {"components": "BASE_TYPE_BAD_LENGTH"}),
        ({"components": row(button("a", label="x" * 81))}, {"components.0.components.0.label": "BASE_TYPE_MAX_LENGTH"}),
        ({"components": row(button("a", label=None))}, {"components.0.components.0": "BUTTON_COMPONENT_INVALID_LABEL_OR_EMOJI"}),
        ({"components": row(button("a", emoji={"name": "tada"}))},
         {"components.0.components.0.emoji.name": "BUTTON_COMPONENT_INVALID_EMOJI"}),
        ({"components": row(button("a", style=5))}, {"components.0.components.0.url": "BASE_TYPE_REQUIRED",
                                                     "components.0.components.0": "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE"}),
        ({"components": row(select(26))}, {"components.0.components.0.options": "BASE_TYPE_BAD_LENGTH"}),
        ({"components": row(select(2, max_values=3))}, {"components.0.components.0.max_values": "SELECT_COMPONENT_MAX_VALUES"}),
        ({"components": row(select(1), button("b"))}, {"components.0.components": "COMPONENT_LAYOUT_WIDTH_EXCEEDED"}),
        ({"components": [{"type": 10, "content": "x"}]}, {"components.0.type": "BASE_TYPE_CHOICES"}),
        ({"content": "x", "flags": 1 << 15, "components": [{"type": 10, "content": "x"}]},
         {"content": "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"}),
        ({"flags": 1 << 15, "components": [{"type": 10, "content": "x" * 4001}]},
         {"components": "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED"}),
        ({"flags": 1 << 15, "components": [{"type": 10, "content": "x"}] * 41}, {"components": "BASE_TYPE_BAD_LENGTH"}),
    ],
)
async def test_what_a_message_may_not_be(api: Raw, body: Json, paths: Json) -> None:
    answer = await api.post(api.messages("general"), body)
    assert (answer.status, answer.code) == (400, 50035)
    assert paths.items() <= answer.paths.items(), answer.paths
    assert not api.stand.messages("general")


async def test_what_a_message_may_be_to_the_last_character(api: Raw) -> None:
    field = {"name": "n" * 256, "value": "v" * 1024}
    full = {"title": "t" * 256, "description": "d" * 2000, "fields": [field] * 2, "footer": {"text": "f" * 100}}
    body = {"content": "x" * 2000, "embeds": [full], "components": [
        one for i in range(5) for one in row(*(button(f"{i}{k}".ljust(100, "x"), label="l" * 80) for k in range(5)))], "nonce": "n" * 25}
    assert (await api.post(api.messages("general"), body)).status == 200
    assert (await api.post(api.messages("general"), {"components": row(select(25, max_values=25))})).status == 200
    v2 = {"flags": 1 << 15, "components": [{"type": 10, "content": "x"}, {"type": 17, "components": [{"type": 10, "content": "y"}]}]}
    assert (await api.post(api.messages("general"), v2)).status == 200
    nothing: list[Json] = [{}, {"content": "  "}, {"embeds": []}]
    for empty in nothing:
        assert (await api.post(api.messages("general"), empty)).code == 50006


async def test_files_are_ten_of_ten_mebibytes(api: Raw) -> None:
    where, mib = api.messages("dm"), 2**20
    assert (await api.upload(where, [(f"{i}.txt", b"x") for i in range(11)])).paths == {"attachments": "BASE_TYPE_BAD_LENGTH"}
    large = await api.upload(where, [("a.bin", b"x" * (10 * mib + 1))])
    assert (large.status, large.code) == (413, 40005)
    together = await api.upload(where, [(f"{i}.bin", b"x" * (9 * mib)) for i in range(3)])
    assert (together.status, together.code) == (413, 40005)
    named = {"attachments": [{"id": 0, "filename": "SPOILER_a.png", "description": "a chart"}]}
    good = await api.upload(where, [("a.png", b"x" * mib), ("b.txt", b"b")], named)
    assert [one["filename"] for one in good.body["attachments"]] == ["SPOILER_a.png", "b.txt"]
    assert good.body["attachments"][0]["description"] == "a chart" and good.body["attachments"][0]["content_type"] == "image/png"
    seen = api.stand.person("researcher").dms()[0]
    assert api.stand.file_bytes(seen.files[1]["id"]) == b"b"
    kept = {"attachments": [{"id": seen.files[1]["id"]}]}
    await api.patch(f"{where}/{seen.id}", kept)
    assert [one["filename"] for one in api.stand.person("researcher").dms()[0].files] == ["b.txt"]
    assert (await api.patch(f"{where}/{seen.id}", {"attachments": []})).code == 50006


async def test_addresses_of_files_are_signed_and_expire(api: Raw) -> None:
    sent = await api.stand.person("researcher").dm("see", files={"my proof.txt": b"proof"})
    url = sent.files[0]["url"]
    assert url.startswith("http://127.0.0.1:") and "my_proof.txt?ex=" in url

    async def fetched(at: str) -> int:
        async with api.session.get(at) as answer:
            return answer.status

    assert await fetched(url) == 200
    assert await fetched(url.replace("hm=", "hm=0")) == 404
    api.stand.advance(24 * 3600 + 2)
    assert await fetched(url) == 404
    again = (await api.get(f"{api.messages('dm')}/{sent.id}")).body["attachments"][0]["url"]
    assert await fetched(again) == 200
    api.stand.expire_urls()
    assert await fetched(again) == 404 and api.stand.counts()["GET cdn"] == 5


async def test_own_messages_are_edited_and_anybodys_deleted_with_the_right(api: Raw) -> None:
    where, who = api.messages("general"), api.stand.person("researcher")
    own = (await api.post(where, {"content": "one"})).body["id"]
    theirs = (await who.say("general", "two")).id
    assert (await api.patch(f"{where}/{own}", {"content": "more"})).body["edited_timestamp"]
    assert (await api.patch(f"{where}/{own}", {"content": ""})).code == 50006
    assert (await api.patch(f"{where}/{theirs}", {"content": "x"})).code == 50005
    assert (await api.patch(f"{where}/1", {"content": "x"})).code == 10008
    first = api.stand.messages("general")[0]
    assert first.text == "more" and first.history == ("one",) and first.edited
    api.stand.permissions(remove=["manage_messages"])
    assert (await api.delete(f"{where}/{theirs}")).code == 50013
    api.stand.permissions(add=["manage_messages"])
    assert (await api.delete(f"{where}/{theirs}")).status == 204
    assert (await api.delete(f"{where}/{theirs}")).code == 10008
    dm = await who.dm("mine")
    assert (await api.delete(f"{api.messages('dm')}/{dm.id}")).code == 50003
    ids = [(await api.post(where, {"content": str(i)})).body["id"] for i in range(3)]
    assert (await api.post(f"{where}/bulk-delete", {"messages": ids[:1]})).code == 50035
    assert (await api.post(f"{where}/bulk-delete", {"messages": ids})).status == 204
    assert [one.text for one in api.stand.messages("general")] == ["more"]


async def test_history_goes_back_and_forth_by_pages(api: Raw) -> None:
    where, who = api.messages("dm"), api.stand.person("researcher")
    ids = [(await who.dm(str(i))).id for i in range(7)]
    assert [one["content"] for one in (await api.get(where + "?limit=3")).body] == ["6", "5", "4"]
    assert [one["content"] for one in (await api.get(f"{where}?limit=2&after={ids[1]}")).body] == ["3", "2"]
    assert [one["content"] for one in (await api.get(f"{where}?limit=2&before={ids[2]}")).body] == ["1", "0"]
    assert ids[3] in {one["id"] for one in (await api.get(f"{where}?limit=3&around={ids[3]}")).body}
    assert (await api.get(where + "?limit=101")).code == 50035
    api.stand.permissions(remove=["read_message_history"])
    api.stand.edit_overwrite("general", "everyone", deny=["read_message_history"])
    await who.say("general", "x")
    assert (await api.get(api.messages("general"))).body == []


async def test_a_nonce_posts_once_within_some_minutes() -> None:
    clock = ManualClock(MONDAY)
    async with raw(now=clock.now) as api:
        where, body = api.messages("dm"), {"content": "once", "nonce": "7", "enforce_nonce": True}
        first = (await api.post(where, body)).body
        assert (await api.post(where, {**body, "content": "other"})).body["id"] == first["id"] and first["nonce"] == "7"
        assert (await api.post(api.messages("general"), body)).body["id"] != first["id"]
        assert (await api.post(where, {"content": "loose", "nonce": "7"})).body["id"] != first["id"]
        assert (await api.post(where, {"content": "x", "enforce_nonce": True})).code == 50035
        assert "nonce" not in (await api.get(where)).body[0]
        clock.advance(timedelta(seconds=301))
        assert (await api.post(where, body)).body["id"] != first["id"]
    async with raw(nonce_in_history=True) as api:
        await api.post(api.messages("dm"), body)
        assert (await api.get(api.messages("dm"))).body[0]["nonce"] == "7"


async def test_whom_a_message_notifies(api: Raw) -> None:
    stand = api.stand
    who, role = stand.person("researcher").id, stand.create_role("desk", mentionable=True)
    text = f"<@{who}> <@&{role}> @everyone"

    async def pinged(**body: Any) -> tuple[str, ...]:
        found = (await api.post(api.messages("general"), {"content": text, **body})).body
        return next(one for one in stand.messages("general") if one.id == found["id"]).pinged

    assert await pinged() == (who, "@desk")
    assert await pinged(allowed_mentions={"parse": []}) == ()
    assert await pinged(allowed_mentions={"parse": [], "users": [who]}) == (who,)
    assert await pinged(allowed_mentions={"parse": ["everyone"]}) == ()
    stand.permissions(add=["mention_everyone"])
    assert await pinged(allowed_mentions={"parse": ["everyone"]}) == ("@everyone",)
    assert await pinged(content="", embeds=[{"description": text}]) == ()
    assert await pinged(content=f"`<@{who}>` ```\n@everyone```") == ()
    assert await pinged(content=f"\\<@{who}>") == (who,)
    said = await stand.person("lead").say("general", "hi")
    reply = {"content": "you", "message_reference": {"message_id": said.id}}
    assert await pinged(**reply) == (said.author,)
    assert await pinged(**reply, allowed_mentions={"parse": [], "replied_user": False}) == ()


async def test_closed_conversations(api: Raw) -> None:
    who = api.stand.person("researcher")
    opened = await api.post("/users/@me/channels", {"recipient_id": who.id})
    assert opened.body["id"] == who.room().id and opened.body["recipients"][0]["id"] == who.id
    assert (await api.post("/users/@me/channels", {"recipient_id": "1"})).code == 50033
    where = api.messages("dm")
    await who.close_dms()
    closed = await api.post(where, {"content": "x"})
    assert (closed.status, closed.code) == (403, 50007)
    await who.close_dms(False)
    await who.block()
    assert (await api.post(where, {"content": "x"})).code == 50007
    with pytest.raises(ClientRefuses):
        await who.dm("x")
    await who.block(False)
    await who.leave_guild()
    gone = await api.post(where, {"content": "x"})
    assert (gone.status, gone.code) == (403, 50278)
    await who.join()
    assert (await api.post(where, {"content": "x"})).status == 200 and api.stand.invalid() == 3


async def test_content_is_kept_from_a_bot_without_the_intent() -> None:
    async with raw() as api:
        who = api.stand.person("researcher")
        await who.say("general", "secret", files={"a.txt": b"x"})
        await who.say("general", f"<@{api.stand.bot_user}> open")
        newest, oldest = (await api.get(api.messages("general"))).body
        assert newest["content"].endswith("open") and oldest["content"] == "" and oldest["attachments"] == []
        await who.dm("direct")
        assert (await api.get(api.messages("dm"))).body[0]["content"] == "direct"
        api.stand.approve(message_content=True)
        assert (await api.get(api.messages("general"))).body[1]["content"] == "secret"


async def test_pins_need_a_permission_of_their_own(api: Raw) -> None:
    where = api.messages("general")
    id = (await api.post(where, {"content": "x"})).body["id"]
    assert (await api.put(f"{where}/pins/{id}")).status == 204
    assert (await api.get(f"{where}/pins")).body["items"][0]["message"]["id"] == id
    assert [one.raw["type"] for one in api.stand.messages("general", everything=True)] == [0, 6]
    api.stand.permissions(remove=["pin_messages"])
    assert (await api.delete(f"{where}/pins/{id}")).code == 50013
    assert (await api.put(f"{where}/{id}/reactions/%E2%9C%85/@me")).status == 204
    assert (await api.put(f"{where}/{id}/reactions/tick/@me")).code == 10014
    assert api.stand.messages("general")[0].raw["reactions"][0]["me"]


async def test_discord_py_sends_what_it_is_told_to() -> None:
    async with Standin.open(rate=50) as stand, logged_in(stand) as client:
        who = stand.person("researcher")
        room = await client.direct("researcher")
        card = discord.Embed(title="Card", description="**bold** [x](https://example.org)").add_field(name="State", value="new")
        sent = await room.send(f"<@{who.id}>", embed=card, file=discord.File(__file__, "a.py"), nonce="n1", suppress_embeds=True)
        again = await room.send("again", nonce="n1")
        assert again.id == sent.id
        seen = who.dms()[0]
        assert seen.pinged == () and seen.flags & 4 and seen.files[0]["filename"] == "a.py" and "State\nnew" in seen.words
        assert {"bold:**bold**", "masked:[x](https://example.org)"} <= set(seen.live) and not set(seen.content_live) & set(seen.live[1:])
        await sent.edit(content="edited", embed=None)
        assert who.dms()[0].text == "edited" and who.dms()[0].embeds == ()
        assert [one.content async for one in room.history(limit=5)] == ["edited"]
        found = await refused(room.send("x" * 2001))
        assert (found.status, found.code) == (400, 50035) and "content" in found.text
        for i in range(7):
            await room.send(str(i))
        assert {one.status for one in stand.calls("/messages")} == {200, 400} and stand.invalid() == 0


async def test_what_peoples_client_does_with_a_text(api: Raw) -> None:
    who = api.stand.person("researcher")
    long = await who.dm("x" * 2001)
    assert long.text == "" and long.files[0]["filename"] == "message.txt" and api.stand.file_bytes(long.files[0]["id"]) == b"x" * 2001
    await who.nitro()
    assert (await who.dm("x" * 4000)).text == "x" * 4000
    assert (await who.dm(files={"Modell Übersicht (1).txt": b"x"})).files[0]["filename"] == "Modell_bersicht_1.txt"
    big = await who.dm(files={"b.bin": b"b"}, claimed=400 * 2**20)
    assert big.files[0]["size"] == 400 * 2**20
    await who.nitro(False)
    with pytest.raises(ClientRefuses):
        await who.dm(files={"b.bin": b"b"}, claimed=11 * 2**20)
    with pytest.raises(ClientRefuses):
        await who.dm("  ")
    with pytest.raises(ClientRefuses):
        await who.say("announcements", "x")
    with pytest.raises(ClientRefuses):
        await who.say("desk", "x")
    edited = await who.edit(long, "short")
    assert edited.text == "short" and edited.edited
    with pytest.raises(ClientRefuses):
        await api.stand.person("lead").edit(await who.say("general", "x"), "y")
    await who.delete(edited)
    assert edited.id not in {one.id for one in who.dms()} and edited.id in {one.id for one in who.dms(everything=True)}
