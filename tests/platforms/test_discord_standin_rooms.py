"""The stand-in's channels, overwrites and threads: who sees and may do what, and where the caps are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest

from tests.platforms.discord_house import Raw, intents, logged_in, online, raw
from tests.platforms.discord_standin import Standin
from tests.platforms.discord_standin.bits import bits
from tests.platforms.discord_standin.refusals import ClientRefuses

Json = dict[str, Any]
VIEW, SEND = bits("view_channel"), bits("send_messages")


@pytest.fixture
async def api() -> AsyncIterator[Raw]:
    async with raw() as found:
        yield found


def create(api: Raw) -> str:
    return f"/guilds/{api.stand.guild_id}/channels"


def role(id: str, *, allow: int = 0, deny: int = 0) -> Json:
    return {"id": id, "type": 0, "allow": str(allow), "deny": str(deny)}


def member(id: str, *, allow: int = 0, deny: int = 0) -> Json:
    return role(id, allow=allow, deny=deny) | {"type": 1}


def private(api: Raw, *allowed: Json) -> list[Json]:
    return [role(api.stand.guild_id, deny=VIEW), *allowed]


async def test_a_private_channel_is_made_in_one_step(api: Raw) -> None:
    stand = api.stand
    lead = role(stand.roles["lead"], allow=VIEW | SEND)
    bot = member(stand.bot_user, allow=VIEW | SEND)
    body = {"name": "AIV 1: Report!", "topic": "t" * 1024, "permission_overwrites": private(api, lead, bot)}
    made = await api.post(create(api), body)
    assert made.status == 201 and made.body["name"] == "aiv-1-report"
    room = stand.channel("aiv-1-report")
    assert set(room.seen_by) == {"Harborlight", "lead", "admin"} and room.topic == "t" * 1024
    assert {one["name"]: one["allow"] for one in room.overwrites}["lead"] == ["view_channel", "send_messages"]
    assert (await api.post(f"/channels/{room.id}/messages", {"content": "x"})).status == 200
    with pytest.raises(ClientRefuses):
        await stand.person("researcher").say(room, "x")
    await stand.person("lead").say(room, "x")


async def test_whoever_forgets_itself_is_locked_out(api: Raw) -> None:
    made = (await api.post(create(api), {"name": "x", "permission_overwrites": private(api)})).body["id"]
    for answer in (await api.get(f"/channels/{made}"), await api.post(f"/channels/{made}/messages", {"content": "x"}),
                   await api.patch(f"/channels/{made}", {"name": "y"}), await api.delete(f"/channels/{made}")):
        assert (answer.status, answer.code) == (403, 50001)
    listed = (await api.get(create(api))).body
    assert made in {one["id"] for one in listed}, "hidden channels are told to every bot of the guild"


async def test_overwrites_only_hold_what_the_bot_holds(api: Raw) -> None:
    stand = api.stand
    for one in (role(stand.guild_id, allow=bits("ban_members")), role(stand.guild_id, deny=bits("kick_members")),
                role(stand.guild_id, allow=bits("manage_roles"))):
        answer = await api.post(create(api), {"name": "x", "permission_overwrites": [one]})
        assert (answer.status, answer.code) == (403, 50013)
    assert (await api.post(create(api), {"name": "x", "permission_overwrites": [role("1", allow=VIEW)]})).code == 10009
    room = (await api.post(create(api), {"name": "x"})).body["id"]
    who = stand.person("outsider").id
    where = f"/channels/{room}/permissions/{who}"
    assert (await api.put(where, {"type": 1, "allow": str(VIEW), "deny": "0"})).status == 204
    assert (await api.put(where, {"type": 1, "allow": str(bits("ban_members")), "deny": "0"})).code == 50013
    assert (await api.delete(where)).status == 204 and (await api.delete(where)).code == 10009
    stand.permissions(remove=["manage_roles"])
    assert (await api.put(where, {"type": 1, "allow": str(VIEW), "deny": "0"})).code == 50013
    assert (await api.patch(f"/channels/{room}", {"permission_overwrites": private(api)})).code == 50013
    stand.permissions(remove=["manage_channels"])
    assert (await api.post(create(api), {"name": "y"})).code == 50013
    assert (await api.delete(f"/channels/{room}")).code == 50013


async def test_overwrites_are_laid_in_discords_order(api: Raw) -> None:
    stand = api.stand
    stand.create_channel("x")
    stand.give_role("lead", "owner")
    stand.edit_overwrite("x", "everyone", deny=["view_channel"])
    stand.edit_overwrite("x", "owner", deny=["view_channel"])
    stand.edit_overwrite("x", "lead", allow=["view_channel"])  # the role: one allow beats all denies of roles
    assert "lead" in stand.channel("x").seen_by and "owner" not in stand.channel("x").seen_by
    stand.edit_overwrite("x", stand.person("lead").id, deny=["view_channel"])  # the member beats the roles
    assert "lead" not in stand.channel("x").seen_by and "admin" in stand.channel("x").seen_by
    stand.edit_overwrite("x", stand.person("lead").id, remove=True)
    assert "lead" in stand.channel("x").seen_by
    stand.give_role("outsider", stand.create_role("boss", permissions=["administrator"]))
    assert "outsider" in stand.channel("x").seen_by


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({"name": ""}, {"name": "BASE_TYPE_REQUIRED"}), ({"name": "x" * 101}, {"name": "BASE_TYPE_MAX_LENGTH"}),
        ({"name": "x", "topic": "x" * 1025}, {"topic": "BASE_TYPE_MAX_LENGTH"}), ({"name": "x", "type": 99}, {"type": "BASE_TYPE_CHOICES"}),
        ({"name": "x", "parent_id": "1"}, {"parent_id": "CHANNEL_PARENT_INVALID"}),
        ({"name": "x", "type": 4, "parent_id": "1"}, {"parent_id": "CHANNEL_PARENT_INVALID_TYPE"}),
    ],
)
async def test_what_a_channel_may_not_be(api: Raw, body: Json, paths: Json) -> None:
    answer = await api.post(create(api), body)
    assert answer.code == 50035 and answer.paths == paths


async def test_full_categories_and_full_guilds(api: Raw) -> None:
    stand = api.stand
    category = (await api.post(create(api), {"name": "Reports", "type": 4})).body["id"]
    stand.caps(per_category=2)
    for i in range(2):
        assert (await api.post(create(api), {"name": str(i), "parent_id": category})).status == 201
    full = await api.post(create(api), {"name": "x", "parent_id": category})
    assert (full.status, full.code) == (400, 50035) and full.paths == {"parent_id": "CHANNEL_PARENT_MAX_CHANNELS"}
    stand.caps(category_code=30013)
    full = await api.post(create(api), {"name": "x", "parent_id": category})
    assert (full.status, full.code) == (400, 30013)
    alone = (await api.post(create(api), {"name": "x"})).body["id"]
    assert (await api.patch(f"/channels/{alone}", {"parent_id": category})).code == 30013
    stand.caps(per_guild=len(stand.channels()))
    none = await api.post(create(api), {"name": "y"})
    assert none.code == 30013 and "guild channels" in none.body["message"]
    assert (await api.delete(f"/channels/{alone}")).status == 200
    assert (await api.post(create(api), {"name": "y"})).status == 201
    stand.delete_channel("Reports")
    assert stand.channel("0").parent == "" and not any(one.name == "Reports" for one in stand.channels())


async def test_a_channel_takes_its_categorys_overwrites_when_it_has_none(api: Raw) -> None:
    stand = api.stand
    stand.create_channel("Reports", kind="category", private=["lead", "bot"])
    category = stand.channel("Reports").id
    await api.post(create(api), {"name": "a", "parent_id": category})
    assert set(stand.channel("a").seen_by) == {"Harborlight", "lead", "admin"}
    other = (await api.post(create(api), {"name": "b"})).body["id"]
    await api.patch(f"/channels/{other}", {"parent_id": category})
    assert "researcher" in stand.channel("b").seen_by and stand.channel("b").parent == "Reports"


async def test_names_and_topics_change_twice_in_ten_minutes() -> None:
    async with raw(limits=True, rate=1000.0) as api:
        where = "/channels/" + (await api.post(create(api), {"name": "x"})).body["id"]
        for name in ("a", "b"):
            assert (await api.patch(where, {"name": name})).status == 200
        wait = await api.patch(where, {"topic": "t"})
        assert wait.status == 429 and wait.headers["X-RateLimit-Scope"] == "shared" and wait.code == 20028
        assert 0 < wait.body["retry_after"] <= 0.6 and int(wait.headers["X-RateLimit-Remaining"]) > 0
        assert (await api.patch(where, {"rate_limit_per_user": 5})).status == 200
        api.stand.advance(600)
        assert (await api.patch(where, {"topic": "t"})).status == 200 and api.stand.invalid() == 0


async def _thread(api: Raw, **more: Any) -> Json:
    body = {"name": "aiv-1", "type": 12, "invitable": False, "auto_archive_duration": 10080, **more}
    answer = await api.post(f"/channels/{api.stand.channel('desk').id}/threads", body)
    assert answer.status == 201, answer.body
    return dict(answer.body)


async def test_private_threads_are_for_their_members(api: Raw) -> None:
    stand = api.stand
    thread = await _thread(api)
    room = stand.channel(thread["id"])
    assert room.kind == "private_thread" and not room.invitable and set(room.seen_by) == {"Harborlight", "admin"}
    where = f"/channels/{room.id}/thread-members"
    lead, outsider = stand.person("lead"), stand.person("outsider")
    assert (await api.put(f"{where}/{lead.id}")).status == 204
    assert (await api.put(f"{where}/{outsider.id}")).code == 50001  # does not see the parent
    await lead.say(room, "I am in")
    with pytest.raises(ClientRefuses):
        await stand.person("owner").say(room, "x")
    said = {"content": f"<@{stand.person('owner').id}> <@{outsider.id}>"}
    await api.post(f"/channels/{room.id}/messages", said)  # a mention draws in who sees the parent
    assert set(stand.channel(room).members) == {"Harborlight", "lead", "owner"}
    await lead.say(room, f"<@{stand.person('leadership').id}>")  # not invitable: members add nobody
    assert "leadership" not in stand.channel(room).members
    assert (await api.delete(f"{where}/{lead.id}")).status == 204 and (await api.delete(f"{where}/{lead.id}")).code == 10007
    stand.caps(thread_members=2)
    assert (await api.put(f"{where}/{lead.id}")).code == 30033
    assert (await api.get(where)).code == 50001
    assert (await api.get(f"{where}/{stand.bot_user}")).body["user_id"] == stand.bot_user


async def test_threads_lock_and_archive(api: Raw) -> None:
    stand = api.stand
    where = f"/channels/{(await _thread(api))['id']}"
    await api.put(f"{where}/thread-members/{stand.person('lead').id}")
    assert (await api.patch(where, {"archived": True})).body["thread_metadata"]["archived"]
    assert (await api.patch(where, {"name": "x"})).code == 50083
    await stand.person("lead").say(where.split("/")[2], "opens it again")
    assert not stand.threads()[0].archived
    assert (await api.patch(where, {"archived": True, "locked": True})).status == 200
    with pytest.raises(ClientRefuses):
        await stand.person("lead").say(where.split("/")[2], "x")
    assert (await api.post(f"{where}/messages", {"content": "x"})).code == 50083
    assert (await api.put(f"{where}/thread-members/{stand.person('owner').id}")).code == 50083
    desk = f"/channels/{stand.channel('desk').id}"
    assert [one["name"] for one in (await api.get(desk + "/threads/archived/private")).body["threads"]] == ["aiv-1"]
    assert (await api.get(f"/guilds/{stand.guild_id}/threads/active")).body["threads"] == []
    stand.permissions(remove=["manage_threads"])
    assert (await api.get(desk + "/threads/archived/private")).code == 50013
    assert (await api.patch(where, {"archived": False, "locked": False})).code == 50013
    stand.edit_thread(where.split("/")[2], archived=False)
    assert (await api.post(f"{where}/messages", {"content": "x"})).code == 160005
    stand.edit_thread(where.split("/")[2], locked=False)
    assert (await api.post(f"{where}/messages", {"content": "x"})).status == 200
    assert (await api.delete(where)).code == 50013


async def test_threads_have_their_own_permissions_and_a_cap(api: Raw) -> None:
    stand, desk = api.stand, f"/channels/{api.stand.channel('desk').id}/threads"
    assert (await api.post(f"/channels/{stand.channel('announcements').id}/threads", {"name": "x", "type": 12})).code == 50035
    assert (await api.post(f"/channels/{stand.channel('Community').id}/threads", {"name": "x", "type": 12})).code == 50024
    assert (await api.post(desk, {"name": "x" * 101, "type": 12})).paths == {"name": "BASE_TYPE_MAX_LENGTH"}
    assert (await api.post(desk, {"name": "x", "type": 12, "auto_archive_duration": 5})).paths == {"auto_archive_duration": "BASE_TYPE_CHOICES"}
    thread = await _thread(api)
    stand.caps(active_threads=1)
    assert (await api.post(desk, {"name": "x", "type": 12})).code == 160006
    await api.patch(f"/channels/{thread['id']}", {"archived": True})
    await _thread(api)
    assert (await api.patch(f"/channels/{thread['id']}", {"archived": False})).code == 160006
    stand.caps(active_threads=100)
    stand.edit_overwrite("desk", "bot", allow=["view_channel", "send_messages"], deny=["send_messages_in_threads", "create_private_threads"])
    assert (await api.post(desk, {"name": "x", "type": 12})).code == 50013
    assert (await api.post(f"/channels/{thread['id']}/messages", {"content": "x"})).code == 50013
    message = (await api.post(api.messages("general"), {"content": "x"})).body["id"]
    on = f"{api.messages('general')}/{message}/threads"
    assert (await api.post(on, {"name": "public"})).body["id"] == message and (await api.post(on, {"name": "public"})).code == 160004


async def test_members_and_roles(api: Raw) -> None:
    stand, who = api.stand, api.stand.person("outsider")
    guild = f"/guilds/{stand.guild_id}"
    assert (await api.get(guild)).body["owner_id"] == stand.person("admin").id and (await api.get("/guilds/1")).code == 10004
    assert (await api.get(f"{guild}/members/{who.id}")).body["roles"] == []
    assert (await api.get(f"{guild}/members?limit=10")).code == 50001
    stand.approve(members=True)
    assert len((await api.get(f"{guild}/members?limit=100")).body) == 9
    assert (await api.put(f"{guild}/members/{who.id}/roles/{stand.roles['lead']}")).status == 204
    assert "lead" in next(one["roles"] for one in stand.people() if one["name"] == "outsider")
    await who.leave_guild()
    assert (await api.get(f"{guild}/members/{who.id}")).code == 10007 and (await api.get(f"{guild}/members/1")).code == 10013
    stand.kick_bot()
    assert (await api.get(guild)).code == 50001 and (await api.post(api.messages("general"), {"content": "x"})).code == 50001


async def test_discord_py_makes_channels_and_threads() -> None:
    async with Standin.open(rate=50) as stand, online(stand) as client:
        staff = client.guild.get_role(int(stand.roles["lead"]))
        assert staff is not None
        hidden, open_ = discord.PermissionOverwrite(view_channel=False), discord.PermissionOverwrite(view_channel=True, send_messages=True)
        category = await client.guild.create_category("Reports")
        made = await client.guild.create_text_channel(
            "AIV-1", category=category, topic="t", overwrites={client.guild.default_role: hidden, staff: open_, client.guild.me: open_})
        assert made.name == "aiv-1" and made.permissions_for(client.guild.me).send_messages
        assert stand.calls("/channels")[-1].status == 201
        thread = await client.text("desk").create_thread(name="t", type=discord.ChannelType.private_thread, invitable=False)
        await thread.add_user(discord.Object(int(stand.person("lead").id)))
        await thread.send("x")
        await thread.edit(archived=True, locked=True)
        assert [one.id async for one in client.text("desk").archived_threads(private=True)] == [thread.id]
        await made.set_permissions(staff, overwrite=None)
        assert "lead" not in stand.channel("aiv-1").seen_by
        stand.delete_channel("aiv-1")
        await stand.until(lambda: client.count("channel_delete"))
        await client.guild.fetch_member(int(stand.person("owner").id))
        assert stand.invalid() == 0


async def test_a_client_hears_of_members_only_with_the_intent() -> None:
    async with Standin.open(rate=50, approved=("members",)) as stand, online(stand, intents=intents("members")) as client:
        assert len(client.guild.members) == 9
        await stand.person("outsider").leave_guild()
        await stand.until(lambda: client.guild.get_member(int(stand.person("outsider").id)) is None)
    async with Standin.open(rate=50) as stand, logged_in(stand) as client:
        await stand.person("outsider").leave_guild()
        assert stand.events("GUILD_MEMBER_REMOVE")[-1].state == "lost"
