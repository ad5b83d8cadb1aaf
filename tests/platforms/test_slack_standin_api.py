"""The stand-in's Web API, called with the real slack-sdk: every method once, with its main refusals."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.platforms.slack_house import modal, plain, refused, section
from tests.platforms.slack_standin.api import METHODS
from tests.platforms.slack_standin.control import Slack
from tests.platforms.slack_standin.manifest import EXTRAS
from tests.platforms.slack_standin.opening import Standin


@dataclass
class Space:
    slack: Slack
    api: AsyncWebClient
    channel: str


@pytest.fixture
async def space() -> AsyncIterator[Space]:
    async with Standin.open(limits=False) as slack:
        slack.lose_events()
        api = AsyncWebClient(slack.bot_token, base_url=slack.api_url)
        made = await api.conversations_create(name="aiv-1", is_private=True)
        yield Space(slack, api, made["channel"]["id"])


async def test_who_asks(space: Space) -> None:
    found = await space.api.auth_test()
    assert found["user_id"] == space.slack.bot_user and "groups:write" in found.headers["x-oauth-scopes"]
    for token, code in (("", "not_authed"), ("xoxb-wrong", "invalid_auth"), (space.slack.app_token, "not_allowed_token_type")):
        assert await refused(AsyncWebClient(token, base_url=space.slack.api_url).auth_test()) == code
    assert await refused(space.api.apps_connections_open(app_token=space.slack.bot_token)) == "not_allowed_token_type"
    assert (await space.api.apps_connections_open(app_token=space.slack.app_token))["url"].startswith("ws://")
    assert await refused(space.api.api_call("conversations.teleport")) == "unknown_method"
    space.slack.expire_token()
    assert await refused(space.api.auth_test()) == "token_expired"
    space.slack.revoke_tokens()
    assert await refused(space.api.auth_test()) == "token_revoked"
    space.slack.uninstall()
    assert await refused(space.api.auth_test()) == "account_inactive"
    assert await refused(space.api.apps_connections_open(app_token=space.slack.app_token)) == "account_inactive"


async def test_a_scope_that_is_missing_is_named(space: Space) -> None:
    with pytest.raises(SlackApiError) as wrong:
        await space.api.pins_add(channel=space.channel, timestamp="1.0")
    assert wrong.value.response["error"] == "missing_scope"
    assert wrong.value.response["needed"] == "pins:write" and "chat:write" in wrong.value.response["provided"]
    assert await refused(space.api.conversations_create(name="open")) == "missing_scope"  # public: channels:manage
    general = space.slack.channel("general").id
    assert await refused(space.api.conversations_history(channel=general)) == "missing_scope"
    space.slack.scopes(remove=["chat:write"])
    assert await refused(space.api.chat_postMessage(channel=space.channel, text="x")) == "missing_scope"


async def test_channels_are_made_with_good_names(space: Space) -> None:
    for name, code in (
        ("", "invalid_name_required"), ("a" * 81, "invalid_name_maxlength"), ("AIV", "invalid_name_specials"),
        ("a b", "invalid_name_specials"), ("--", "invalid_name_punctuation"), ("aiv-1", "name_taken"),
    ):
        assert await refused(space.api.conversations_create(name=name, is_private=True)) == code, name
    room = space.slack.channel("aiv-1")
    assert room.kind == "private" and room.members == (space.slack.bot_user,) and room.id.startswith("C")


async def test_people_are_invited_and_removed(space: Space) -> None:
    slack, api, channel = space.slack, space.api, space.channel
    first, second = slack.person("triager-sec"), slack.person("triager-ml")
    await api.conversations_invite(channel=channel, users=[first.id, second.id])
    assert slack.channel(channel).members == (slack.bot_user, first.id, second.id)
    single = slack.add_person("guest", guest="single")
    gone = slack.add_person("gone")
    await gone.deactivate()
    blocked = slack.add_person("blocked", guest="blocked")
    for user, code in (
        (first.id, "already_in_channel"), (slack.bot_user, "cant_invite_self"), ("U0NOBODY", "user_not_found"),
        (gone.id, "cant_invite"), (blocked.id, "user_is_restricted"),
    ):
        assert await refused(api.conversations_invite(channel=channel, users=user)) == code
    await api.conversations_invite(channel=channel, users=single.id)
    other = (await api.conversations_create(name="aiv-2", is_private=True))["channel"]["id"]
    assert await refused(api.conversations_invite(channel=other, users=single.id)) == "ura_max_channels"
    assert await refused(api.conversations_invite(channel=other, users=f"{first.id},U0NOBODY")) == "user_not_found"
    assert slack.channel(other).members == (slack.bot_user,)  # all or nothing without force
    await api.conversations_invite(channel=other, users=f"{first.id},U0NOBODY", force=True)
    assert slack.channel(other).members == (slack.bot_user, first.id)
    assert (await api.conversations_kick(channel=other, user=first.id))["ok"]
    for user, code in ((slack.bot_user, "cant_kick_self"), ("U0NOBODY", "user_not_found"), (first.id, "not_in_channel")):
        assert await refused(api.conversations_kick(channel=other, user=user)) == code


async def test_what_the_app_is_not_in_it_cannot_see(space: Space) -> None:
    slack, api = space.slack, space.api
    hidden = await slack.person("lead").create_channel("quiet")
    public = await slack.person("lead").create_channel("loud", private=False)
    assert await refused(api.conversations_info(channel=hidden)) == "channel_not_found"
    assert await refused(api.chat_postMessage(channel=hidden, text="x")) == "channel_not_found"
    assert await refused(api.chat_postMessage(channel=public, text="x")) == "not_in_channel"
    assert await refused(api.conversations_invite(channel=public, users="U0PERSON01")) == "not_in_channel"
    assert await refused(api.conversations_info(channel="C0NOWHERE")) == "channel_not_found"
    shown = (await api.conversations_list(types="public_channel,private_channel"))["channels"]
    assert {"loud", "general", "aiv-1", "desk"} <= {one["name"] for one in shown} and "quiet" not in {one["name"] for one in shown}
    await slack.person("lead").invite(hidden, slack.bot_user)
    assert (await api.conversations_info(channel=hidden, include_num_members=True))["channel"]["num_members"] == 2
    assert (await api.conversations_members(channel=hidden))["members"] == [slack.person("lead").id, slack.bot_user]
    await slack.person("lead").remove(hidden, slack.bot_user)
    assert await refused(api.conversations_members(channel=hidden)) == "channel_not_found"
    assert await refused(api.conversations_list(types="secret")) == "invalid_types"


async def test_lists_have_pages(space: Space) -> None:
    for i in range(5):
        await space.api.chat_postMessage(channel=space.channel, text=str(i))
    pages = [page["messages"] async for page in await space.api.conversations_history(channel=space.channel, limit=2)]
    assert [[one["text"] for one in page] for page in pages][:2] == [["4", "3"], ["2", "1"]] and len(pages) == 3
    names = [one["name"] async for page in await space.api.users_list(limit=4) for one in page["members"]]
    assert len(names) == len(set(names)) == len(space.slack.people())
    assert await refused(space.api.conversations_history(channel=space.channel, cursor="what")) == "invalid_cursor"


async def test_channels_are_described_renamed_archived(space: Space) -> None:
    slack, api, channel = space.slack, space.api, space.channel
    await api.conversations_setTopic(channel=channel, topic="t" * 250)
    await api.conversations_setPurpose(channel=channel, purpose="p")
    assert await refused(api.conversations_setTopic(channel=channel, topic="t" * 251)) == "too_long"
    assert await refused(api.conversations_rename(channel=channel, name="desk")) == "name_taken"
    assert await refused(api.conversations_rename(channel=slack.channel_id, name="mine")) == "not_authorized"
    await api.conversations_rename(channel=channel, name="aiv-1-done")
    await api.conversations_archive(channel=channel)
    assert slack.channel(channel).archived and slack.channel(channel).purpose == "p"
    for call, code in (
        (api.conversations_archive(channel=channel), "already_archived"),
        (api.chat_postMessage(channel=channel, text="late"), "is_archived"),
        (api.conversations_setTopic(channel=channel, topic="late"), "is_archived"),
        (api.conversations_invite(channel=channel, users="U0PERSON01"), "is_archived"),
        (api.conversations_create(name="aiv-1-done", is_private=True), "name_taken"),
        (api.conversations_join(channel=channel), "missing_scope"),
    ):
        assert await refused(call) == code
    await api.conversations_unarchive(channel=channel)
    assert await refused(api.conversations_unarchive(channel=channel)) == "not_archived"
    slack.fault("conversations.archive", "error", code="restricted_action")
    assert await refused(api.conversations_archive(channel=channel)) == "restricted_action"
    await api.conversations_leave(channel=channel)
    assert await refused(api.conversations_archive(channel=channel)) == "channel_not_found"


async def test_direct_messages_are_opened(space: Space) -> None:
    slack, api = space.slack, space.api
    who = slack.person("researcher")
    found = (await api.conversations_open(users=who.id))["channel"]["id"]
    assert found.startswith("D") and (await api.conversations_open(users=who.id))["already_open"]
    assert (await api.chat_postMessage(channel=who.id, text="hello"))["channel"] == found
    gone, hidden = slack.add_person("gone"), slack.add_person("hidden", guest="hidden")
    await api.conversations_open(users=gone.id)
    await gone.deactivate()
    for users, code in (
        ("", "users_list_not_supplied"), ("U0NOBODY", "user_not_found"), (gone.id, "user_disabled"),
        (hidden.id, "user_not_visible"), (slack.bot_user, "cannot_dm_bot"),
    ):
        assert await refused(api.conversations_open(users=users)) == code
    assert await refused(api.chat_postMessage(channel=gone.id, text="x")) == "channel_not_found"
    slack.app_home(messages_tab=False)
    assert await refused(api.chat_postMessage(channel=found, text="x")) == "messages_tab_disabled"


async def test_messages_are_posted_changed_deleted(space: Space) -> None:
    slack, api, channel = space.slack, space.api, space.channel
    sent = await api.chat_postMessage(
        channel=channel, text="a & b < c <@U0PERSON01>", metadata={"event_type": "k", "event_payload": {"key": "1"}})
    assert sent["message"]["text"] == "a &amp; b &lt; c <@U0PERSON01>"
    below = await api.chat_postMessage(channel=channel, text="below", thread_ts=sent["ts"])
    assert float(below["ts"]) > float(sent["ts"])
    plain_history = (await api.conversations_history(channel=channel))["messages"]
    assert "metadata" not in plain_history[0] and plain_history[0]["bot_id"] == slack.bot_id
    full = (await api.conversations_history(channel=channel, include_all_metadata=True))["messages"][0]
    assert full["metadata"]["event_payload"] == {"key": "1"} and full["reply_count"] == 1
    thread = (await api.conversations_replies(channel=channel, ts=sent["ts"]))["messages"]
    assert [one["text"] for one in thread] == ["a &amp; b &lt; c <@U0PERSON01>", "below"]
    await api.chat_update(channel=channel, ts=sent["ts"], text="changed")
    assert slack.messages(channel)[0].text == "changed" and slack.messages(channel)[0].edited
    await api.chat_delete(channel=channel, ts=below["ts"])
    assert len(slack.messages(channel)) == 1 and len([m for m in slack.messages(channel, everything=True) if m.deleted]) == 1
    theirs = await slack.person("researcher").say("desk", "mine")
    for call, code in (
        (api.chat_postMessage(channel=channel, text=""), "no_text"),
        (api.chat_postMessage(channel=channel, text="x", thread_ts="1.000001"), "cannot_reply_to_message"),
        (api.chat_postMessage(channel=channel, text="x", metadata={"event_type": "k"}), "invalid_metadata_format"),
        (api.chat_update(channel=channel, ts="1.000001", text="x"), "message_not_found"),
        (api.chat_update(channel=channel, ts=sent["ts"], text="x" * 4001), "msg_too_long"),
        (api.chat_update(channel=theirs.channel, ts=theirs.ts, text="x"), "cant_update_message"),
        (api.chat_delete(channel=theirs.channel, ts=theirs.ts), "cant_delete_message"),
        (api.conversations_replies(channel=channel, ts="1.000001"), "thread_not_found"),
        (api.chat_getPermalink(channel=channel, message_ts="1.000001"), "message_not_found"),
    ):
        assert await refused(call) == code
    slack.fault("chat.update", "error", code="edit_window_closed")
    assert await refused(api.chat_update(channel=channel, ts=sent["ts"], text="x")) == "edit_window_closed"
    assert "/archives/" in (await api.chat_getPermalink(channel=channel, message_ts=sent["ts"]))["permalink"]
    long = await api.chat_postMessage(channel=channel, text="x" * 40_001)
    assert len(long["message"]["text"]) == 40_000


async def test_an_update_keeps_the_blocks_that_it_does_not_name(space: Space) -> None:
    sent = await space.api.chat_postMessage(channel=space.channel, text="x", blocks=[section("kept")])
    await space.api.chat_update(channel=space.channel, ts=sent["ts"], text="y")
    assert space.slack.messages(space.channel)[0].blocks[0]["text"]["text"] == "kept"
    await space.api.chat_update(channel=space.channel, ts=sent["ts"], text="y", blocks=[])
    assert space.slack.messages(space.channel)[0].blocks == ()


async def test_only_one_sees_an_ephemeral_message(space: Space) -> None:
    slack, api = space.slack, space.api
    who = slack.person("researcher")
    assert await refused(api.chat_postEphemeral(channel=space.channel, user=who.id, text="psst")) == "user_not_in_channel"
    await api.chat_postEphemeral(channel=slack.channel_id, user=who.id, text="psst")
    assert [one.text for one in who.whispers()] == ["psst"] and not slack.messages(slack.channel_id)


async def test_messages_wait_for_their_time(space: Space) -> None:
    slack, api, channel = space.slack, space.api, space.channel
    soon = int(float((await api.chat_postMessage(channel=channel, text="now"))["ts"])) + 100
    planned = await api.chat_scheduleMessage(channel=channel, post_at=soon, text="later")
    await api.chat_scheduleMessage(channel=channel, post_at=soon, text="never", metadata={"event_type": "k", "event_payload": {}})
    taken_back = await api.chat_scheduleMessage(channel=channel, post_at=soon + 900, text="not this")
    await api.chat_deleteScheduledMessage(channel=channel, scheduled_message_id=taken_back["scheduled_message_id"])
    listed = (await api.chat_scheduledMessages_list(channel=channel))["scheduled_messages"]
    assert listed[0]["id"] == planned["scheduled_message_id"] and len(listed) == 2
    for at, code in ((soon - 1000, "time_in_past"), (soon + 121 * 86_400, "time_too_far")):
        assert await refused(api.chat_scheduleMessage(channel=channel, post_at=at, text="x")) == code
    for _ in range(28):
        await api.chat_scheduleMessage(channel=channel, post_at=soon, text="x")
    assert await refused(api.chat_scheduleMessage(channel=channel, post_at=soon, text="x")) == "restricted_too_many"
    wrong = api.chat_deleteScheduledMessage(channel=channel, scheduled_message_id="Q0")
    assert await refused(wrong) == "invalid_scheduled_message_id"
    slack.advance(200)
    texts = [one.text for one in slack.messages(channel)]
    assert "later" in texts and "never" not in texts


@pytest.mark.parametrize(("blocks", "why"), [
    ([section("x" * 3001)], "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
    ([section("")], "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    ([section("x")] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
    ([{"type": "section"}], "missing required field: text [json-pointer:/blocks/0]"),
    ([{"type": "poem"}], "unsupported type: poem [json-pointer:/blocks/0/type]"),
    ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]"),
    ([{"type": "header", "text": plain("x" * 151)}], "must be less than 151 characters [json-pointer:/blocks/0/text/text]"),
    ([section("x", colour="red")], "invalid additional property: colour [json-pointer:/blocks/0]"),
    ([section("a", block_id="b"), section("c", block_id="b")], '`block_id` "b" already exists [json-pointer:/blocks/1/block_id]'),
    ([{"type": "context", "elements": [plain("x")] * 11}], "no more than 10 items allowed [json-pointer:/blocks/0/elements]"),
    ([{"type": "actions", "elements": [{"type": "button", "text": plain("x"), "action_id": "a"}] * 2}],
     '`action_id` "a" already exists [json-pointer:/blocks/0/elements/1/action_id]'),
    ([{"type": "actions", "elements": [{"type": "button", "text": plain("x" * 76), "action_id": "a"}]}],
     "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]"),
    ([{"type": "actions", "elements": [{"type": "button", "text": plain("x"), "value": "v" * 2001}]}],
     "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]"),
    ([{"type": "actions", "elements": [{"type": "plain_text_input"}]}],
     "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]"),
    ([{"type": "image", "image_url": "https://example.org/a.png"}], "missing required field: alt_text [json-pointer:/blocks/0]"),
    ([{"type": "image", "slack_file": {"id": "F0"}, "alt_text": "x"}], "invalid slack file [json-pointer:/blocks/0/slack_file]"),
])
async def test_bad_blocks_are_refused_with_a_pointer(space: Space, blocks: list[object], why: str) -> None:
    with pytest.raises(SlackApiError) as wrong:
        await space.api.api_call("chat.postMessage", json={"channel": space.channel, "text": "x", "blocks": blocks})
    assert wrong.value.response["error"] == "invalid_blocks"
    assert f"[ERROR] {why}" in wrong.value.response["response_metadata"]["messages"]
    assert not space.slack.messages(space.channel)


async def test_blocks_that_are_too_much_together(space: Space) -> None:
    many = [section("x" * 2900) for _ in range(5)]
    assert await refused(space.api.chat_postMessage(channel=space.channel, text="x", blocks=many)) == "msg_blocks_too_long"
    call = space.api.api_call("chat.postMessage", json={"channel": space.channel, "blocks": "{not json"})
    assert await refused(call) == "invalid_blocks_format"
    good = await space.api.chat_postMessage(channel=space.channel, text="x", blocks=[section("fine")], unheard_of=1)
    assert good["message"]["blocks"][0]["block_id"]


async def test_live_parts_of_a_message_are_seen(space: Space) -> None:
    await space.api.chat_postMessage(channel=space.channel, text="<!channel> https://example.org <https://a.example|b> <U>")
    assert set(space.slack.messages(space.channel)[0].live) == {"<!channel>", "https://example.org", "<https://a.example|b>"}
    quiet = [{"type": "section", "text": plain("<!here> https://example.org")}]
    await space.api.chat_postMessage(channel=space.channel, text="&lt;!here&gt; https://example.org", blocks=quiet)
    assert space.slack.messages(space.channel)[1].live == ()


async def test_people_and_the_team_are_known(space: Space) -> None:
    slack, api = space.slack, space.api
    who = slack.person("researcher")
    assert (await api.users_info(user=who.id))["user"]["profile"]["email"] == "researcher@example.org"
    assert (await api.users_lookupByEmail(email="Researcher@example.org"))["user"]["id"] == who.id
    assert (await api.bots_info(bot=slack.bot_id))["bot"]["user_id"] == slack.bot_user
    assert (await api.team_info())["team"]["id"] == slack.team_id
    assert await refused(api.users_info(user="U0NOBODY")) == "user_not_found"
    assert await refused(api.users_lookupByEmail(email="nobody@example.org")) == "users_not_found"
    slack.scopes(remove=["users:read.email"])
    assert "email" not in (await api.users_info(user=who.id))["user"]["profile"]


async def test_what_the_bot_does_without(space: Space) -> None:
    slack, api, channel = space.slack, space.api, space.channel
    slack.scopes(add=sorted(EXTRAS))
    ts = (await api.chat_postMessage(channel=channel, text="x"))["ts"]
    await api.pins_add(channel=channel, timestamp=ts)
    assert await refused(api.pins_add(channel=channel, timestamp=ts)) == "already_pinned"
    await api.reactions_add(channel=channel, timestamp=ts, name="eyes")
    assert await refused(api.reactions_add(channel=channel, timestamp=ts, name="eyes")) == "already_reacted"
    mark = (await api.bookmarks_add(channel_id=channel, title="a", type="link", link="https://example.org"))["bookmark"]
    await api.bookmarks_edit(bookmark_id=mark["id"], channel_id=channel, title="b")
    assert (await api.bookmarks_list(channel_id=channel))["bookmarks"][0]["title"] == "b"
    for _ in range(99):
        await api.bookmarks_add(channel_id=channel, title="a", type="link", link="https://example.org")
    last = api.bookmarks_add(channel_id=channel, title="a", type="link", link="https://example.org")
    assert await refused(last) == "too_many_bookmarks"
    canvas = (await api.conversations_canvases_create(channel_id=channel, document_content={"type": "markdown"}))["canvas_id"]
    await api.canvases_edit(canvas_id=canvas, changes=[])
    again = api.conversations_canvases_create(channel_id=channel, document_content={"type": "markdown"})
    assert await refused(again) == "channel_canvas_already_exists"
    group = slack.user_group("triage", ["U0PERSON02"])
    assert (await api.usergroups_list())["usergroups"][0]["id"] == group
    assert (await api.usergroups_users_list(usergroup=group))["users"] == ["U0PERSON02"]
    assert await refused(api.usergroups_users_list(usergroup="S0")) == "no_such_subteam"


async def test_a_free_team_has_no_groups_and_no_canvases() -> None:
    async with Standin.open(free_plan=True, limits=False) as slack:
        slack.scopes(add=sorted(EXTRAS))
        api = AsyncWebClient(slack.bot_token, base_url=slack.api_url)
        assert await refused(api.usergroups_list()) == "plan_upgrade_required"
        call = api.conversations_canvases_create(channel_id=slack.channel_id, document_content={"type": "markdown"})
        assert await refused(call) == "team_tier_cannot_create_channel_canvases"


async def test_an_installation_over_oauth(space: Space) -> None:
    code = space.slack.oauth_code()
    found = await space.api.oauth_v2_access(client_id="1.2", client_secret="s", code=code)
    assert found["access_token"] == space.slack.bot_token
    assert await refused(space.api.oauth_v2_access(client_id="1.2", client_secret="s", code=code)) == "invalid_code"
    wanted = {"client_id": "1.2", "client_secret": "s", "grant_type": "refresh_token"}
    assert (await space.api.oauth_v2_access(**wanted, refresh_token=found["refresh_token"]))["ok"]
    assert await refused(space.api.oauth_v2_access(**wanted, refresh_token="old")) == "invalid_refresh_token"


async def test_views_need_what_slack_needs(space: Space) -> None:
    api, who = space.api, space.slack.person("researcher").id
    home = {"type": "home", "blocks": [section("x")]}
    first = (await api.views_publish(user_id=who, view=home))["view"]
    assert await refused(api.views_publish(user_id=who, view=home, hash="old")) == "hash_conflict"
    assert (await api.views_publish(user_id=who, view=home, hash=first["hash"]))["view"]["id"] == first["id"]
    assert await refused(api.views_open(trigger_id="1.2.3", view=modal(section("x")))) == "invalid_trigger_id"
    assert await refused(api.views_update(view_id="V0", view=modal(section("x")))) == "not_found"
    assert await refused(api.views_publish(user_id=who, view=modal(section("x")))) == "invalid_arguments"
    space.slack.app_home(home_tab=False)
    assert await refused(api.views_publish(user_id=who, view=home)) == "not_enabled"
    big = modal(*[section("x" * 3000) for _ in range(90)])
    assert await refused(api.views_open(trigger_id="1.2.3", view=big)) == "view_too_large"


def test_every_method_of_the_page_is_there() -> None:
    named = """
        auth.test bots.info team.info apps.connections.open conversations.create conversations.invite
        conversations.kick conversations.archive conversations.rename conversations.unarchive
        conversations.setTopic conversations.setPurpose conversations.info conversations.list
        conversations.members conversations.open conversations.history conversations.replies
        chat.postMessage chat.update chat.delete chat.postEphemeral chat.scheduleMessage
        chat.deleteScheduledMessage chat.scheduledMessages.list files.getUploadURLExternal
        files.completeUploadExternal files.info files.delete views.open views.push views.update
        views.publish users.info users.lookupByEmail usergroups.list users.list pins.add bookmarks.add
        bookmarks.edit conversations.canvases.create canvases.edit reactions.add chat.getPermalink
        oauth.v2.access
    """
    assert set(named.split()) <= set(METHODS)
