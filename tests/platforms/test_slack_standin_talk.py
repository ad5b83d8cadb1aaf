"""What the stand-in tells a real Bolt app, over both transports: events, commands, clicks, forms, Home, response URLs."""

from __future__ import annotations

import httpx
import pytest

from tests.platforms.slack_house import field_block, modal, plain, refused, section, talking
from tests.platforms.slack_standin.refusals import ClientRefuses

both = pytest.mark.parametrize("mode", ["socket", "http"])


@both
async def test_what_people_write_arrives(mode: str) -> None:
    async with talking(mode) as echo:
        slack = echo.slack
        who = slack.person("researcher")
        first = await who.dm("a < b & c https://example.org", linkify=True)
        await who.edit(first, "better")
        await who.delete(first)
        await who.say("desk", f"<@{slack.bot_user}> look")
        await who.say("general", "public, and not subscribed")
        await slack.settled()
        # Slack promises no order, so events are looked up.
        found = {(one["type"], one.get("subtype", "")): one for one in echo.events}
        assert set(found) == {("message", ""), ("message", "message_changed"), ("message", "message_deleted"), ("app_mention", "")}
        typed = next(one for one in echo.events if one.get("ts") == first.ts)
        assert typed["text"] == "a &lt; b &amp; c <https://example.org>" and typed["channel_type"] == "im"
        changed = found["message", "message_changed"]
        assert changed["message"]["text"] == "better" and changed["previous_message"]["ts"] == first.ts and changed["hidden"]
        assert found["message", "message_deleted"]["deleted_ts"] == first.ts
        assert all(told.state == "acked" and told.ms is not None for told in slack.deliveries("events_api"))
        assert len({told.event_id for told in slack.deliveries()}) == len(slack.deliveries())
        # What the app says itself comes back with its bot id, and Bolt drops it.
        await echo.client.chat_postMessage(channel=first.channel, text="mine")
        await slack.settled()
        assert slack.deliveries()[-1].payload["event"]["bot_id"] == slack.bot_id
        assert not any(one.get("bot_id") for one in echo.events)


@both
async def test_what_happens_to_channels_arrives(mode: str) -> None:
    async with talking(mode) as echo:
        slack, lead = echo.slack, echo.slack.person("lead")
        channel = (await echo.client.conversations_create(name="aiv-1", is_private=True))["channel"]["id"]
        await echo.client.conversations_invite(channel=channel, users=lead.id)
        await lead.invite(channel, slack.person("outsider").id)
        await lead.remove(channel, slack.person("outsider").id)
        await lead.rename(channel, "aiv-1-mine")
        await lead.archive(channel)
        await lead.unarchive(channel)
        await lead.remove(channel, slack.bot_user)
        await lead.say(channel, "unheard")
        await slack.settled()
        kinds = [one["type"] for one in echo.events if one["type"] != "message"]
        assert sorted(kinds) == sorted(["member_joined_channel"] * 2 + ["member_left_channel"] * 2 + [
            "group_rename", "group_archive", "group_unarchive", "group_left"])
        joined = [one for one in echo.events if one["type"] == "member_joined_channel"]
        assert {one["inviter"] for one in joined} == {slack.bot_user, lead.id}
        assert not any(one.get("text") == "unheard" for one in echo.events)


@both
async def test_the_client_refuses_what_slack_never_sends(mode: str) -> None:
    async with talking(mode) as echo:
        slack, who = echo.slack, echo.slack.person("outsider")
        posted = await echo.client.chat_postMessage(channel=slack.channel_id, text="x")
        for doing in (who.say("desk", "x"), who.slash("/unknown"), who.slash("/vdp", channel="desk"), who.join("desk"),
                      who.edit(slack.messages("desk")[0], "x")):
            with pytest.raises(ClientRefuses):
                await doing
        assert posted["ok"] and not slack.deliveries("slash_commands")
        slack.app_home(read_only=True)
        with pytest.raises(ClientRefuses):
            await who.dm("x")


@both
async def test_commands_are_answered_or_fail_in_sight(mode: str) -> None:
    async with talking(mode) as echo:
        slack, who = echo.slack, echo.slack.person("lead")
        echo.answer = {"text": "for you", "response_type": "ephemeral"}
        seen = await who.slash("/vdp show @researcher a&b")
        assert (seen.kind, seen.text) == ("whisper", "for you") and who.whispers()[0].via == "answer"
        body = echo.bodies[-1]
        assert body["text"] == f"show <@{slack.person('researcher').id}|researcher> a&amp;b"
        assert body["channel_name"] == "directmessage" and body["trigger_id"] and body["command"] == "/vdp"
        echo.answer = {"text": "for all", "response_type": "in_channel"}
        seen = await who.slash("/vdp x", channel="general")
        assert seen.kind == "message" and slack.messages("general")[-1].text == "for all"
        echo.answer = {"text": "x", "blocks": [section("x" * 3001)], "response_type": "ephemeral"}
        assert (await who.slash("/vdp x")).error == "invalid_blocks"
        echo.answer = {}
        assert (await who.slash("/vdp x")).kind == "nothing"
        echo.acks = False
        slack.patience(0.1)
        assert (await who.slash("/vdp x")).error == ("operation_timeout" if mode == "socket" else "dispatch_failed")


@both
async def test_a_form_is_filled_in(mode: str) -> None:
    async with talking(mode) as echo:
        slack, who = echo.slack, echo.slack.person("lead")
        options = [{"text": plain("High"), "value": "high"}, {"text": plain("Low"), "value": "low"}]
        echo.opens = modal(
            field_block("why", element={"type": "plain_text_input", "max_length": 10}),
            field_block("level", element={"type": "static_select", "options": options, "initial_option": options[1]}),
            field_block("more", optional=True), private_metadata="m", notify_on_close=True)
        await who.slash("/vdp accept")
        shown = who.modal()
        assert shown.fields == ("why", "level", "more") and shown.private_metadata == "m"
        echo.opens = None
        for values in ({}, {"why": "x" * 11}, {"why": "x", "level": "huge"}, {"nothing": "x"}):
            with pytest.raises(ClientRefuses):
                await who.submit(shown, values)
        assert not slack.deliveries("view_submission")
        echo.answer = {"response_action": "errors", "errors": {"why": "too vague"}}
        assert (await who.submit(shown, {"why": "because"})).errors == {"why": "too vague"} and who.modals()
        values = echo.bodies[-1]["view"]["state"]["values"]
        assert values["why"]["it"] == {"type": "plain_text_input", "value": "because"}
        assert values["level"]["it"]["selected_option"]["value"] == "low" and values["more"]["it"]["value"] is None
        echo.answer = {"response_action": "errors", "errors": {"other": "no such block"}}
        trouble = await who.submit(shown)
        assert (trouble.kind, trouble.error) == ("trouble", "invalid_errors")
        echo.answer = {"response_action": "update", "view": modal(section("x"), title=plain("x" * 25))}
        assert (await who.submit(shown)).error == "invalid_arguments"
        echo.answer = {"response_action": "update", "view": modal(field_block("why"), submit=plain("Again"))}
        updated = await who.submit(shown)
        assert updated.kind == "updated" and updated.view is not None
        assert updated.view.id == shown.id and updated.view.hash != shown.hash
        assert updated.view.values["why"]["it"]["value"] == "because"  # what was typed stays
        echo.answer = {"response_action": "push", "view": modal(section("second"), notify_on_close=True)}
        assert (await who.submit(updated.view)).kind == "pushed" and len(who.modals()) == 2
        with pytest.raises(ClientRefuses):
            await who.submit(updated.view)  # something lies on top of it
        await who.close(who.modal())
        await slack.settled()
        assert slack.deliveries("view_closed")[0].payload["is_cleared"] is False and len(who.modals()) == 1
        echo.answer = {}
        assert (await who.submit(who.modal())).kind == "closed" and not who.modals()


@both
async def test_modals_pile_up_to_three_and_triggers_work_once(mode: str) -> None:
    async with talking(mode) as echo:
        slack, who = echo.slack, echo.slack.person("lead")
        more = {"type": "actions", "block_id": "acts", "elements": [{"type": "button", "action_id": "more", "text": plain("More")}]}
        echo.opens = modal(more)
        await who.slash("/vdp form")
        for _ in range(2):
            assert not (await who.click(who.modal(), "more")).error
        assert len(who.modals()) == 3 and who.modals()[2].raw["root_view_id"] == who.modals()[0].id
        echo.acks = False
        await who.click(who.modal(), "more") if mode == "http" else None
        trigger = echo.bodies[-1]["trigger_id"]
        again = echo.client.views_push(trigger_id=trigger, view=modal(section("x")))
        assert await refused(again) == ("exchanged_trigger_id" if mode == "socket" else "push_limit_reached")
        echo.acks, echo.opens = True, None
        await who.slash("/vdp later")
        trigger = echo.bodies[-1]["trigger_id"]
        slack.expire_triggers()
        assert await refused(echo.client.views_open(trigger_id=trigger, view=modal(section("x")))) == "expired_trigger_id"
        shown = who.modal()
        call = echo.client.views_update(view_id=shown.id, hash="0.old", view=modal(section("x")))
        assert await refused(call) == "hash_conflict"
        await echo.client.views_update(view_id=shown.id, hash=shown.hash, view=modal(section("x"), external_id="one"))
        below = who.modals()[0]
        taken = echo.client.views_update(view_id=below.id, view=modal(section("x"), external_id="one"))
        assert await refused(taken) == "duplicate_external_id"
        await echo.client.views_update(external_id="one", view=modal(section("y")))
        no_submit = {"type": "modal", "title": plain("x"), "blocks": [field_block("a")]}
        assert await refused(echo.client.views_update(view_id=below.id, view=no_submit)) == "invalid_arguments"
        assert slack.counts()["views.push"] >= 3


@both
async def test_buttons_and_shortcuts_lead_back(mode: str) -> None:
    async with talking(mode) as echo:
        slack, who = echo.slack, echo.slack.person("researcher")
        button = {"type": "button", "action_id": "accept", "text": plain("Accept"), "value": "AIV-1"}
        menu = {"type": "static_select", "action_id": "level", "options": [{"text": plain("High"), "value": "high"}]}
        card = [{"type": "actions", "block_id": "acts", "elements": [button, menu]}]
        await echo.client.chat_postMessage(channel=slack.channel_id, text="card", blocks=card)
        posted = slack.messages("desk")[0]
        assert not (await who.click(posted, "accept")).error
        body = echo.bodies[-1]
        assert body["actions"][0]["value"] == "AIV-1" and body["container"]["message_ts"] == posted.ts
        await who.click(posted, "level", "high")
        assert echo.bodies[-1]["state"]["values"]["acts"]["level"]["selected_option"]["value"] == "high"
        with pytest.raises(ClientRefuses):
            await who.click(posted, "vanished")
        said = await who.say("desk", "please add")
        await slack.settled()
        await who.shortcut("add_to_report", said)
        shortcut = echo.bodies[-1]
        assert shortcut["type"] == "message_action" and shortcut["message"]["text"] == "please add"
        async with httpx.AsyncClient(trust_env=False) as web:
            async def respond(url: str, **more: object) -> str:
                answer = await web.post(url, json=more)
                return answer.text if answer.status_code == 200 else str(answer.json()["error"])
            assert await respond(body["response_url"], text="just you") == "ok"
            assert await respond(body["response_url"], text="all", response_type="in_channel") == "ok"
            assert await respond(body["response_url"], text="done", replace_original=True) == "ok"
            assert await respond(body["response_url"], text="x", blocks=[{"type": "poem"}]) == "invalid_blocks"
            assert await respond(body["response_url"], delete_original=True) == "ok"
            assert await respond(body["response_url"], text="sixth") == "used_url"
            slack.advance(1801)
            assert await respond(shortcut["response_url"], text="late") == "expired_url"
        assert [one.text for one in slack.messages("desk")] == ["please add", "all"]
        assert who.whispers()[0].via == "response_url"


@both
async def test_the_home_is_opened_and_published(mode: str) -> None:
    async with talking(mode) as echo:
        who = echo.slack.person("leadership")
        assert who.home() is None
        await who.open_home()
        await echo.slack.settled()
        assert echo.events[-1]["tab"] == "home" and "view" not in echo.events[-1]
        button = section("due", accessory={"type": "button", "action_id": "show", "text": plain("Show")})
        await echo.client.views_publish(user_id=who.id, view={"type": "home", "blocks": [button]})
        home = who.home()
        assert home is not None and not (await who.click(home, "show")).error
        assert echo.bodies[-1]["container"] == {"type": "view", "view_id": home.id}
        echo.opens = modal(section("from home"))
        call = echo.client.views_push(trigger_id=echo.bodies[-1]["trigger_id"], view=modal(section("x")))
        assert await refused(call) == "invalid_arguments"
        await who.open_home()
        await echo.slack.settled()
        assert echo.events[-1]["view"]["id"] == home.id


@both
async def test_the_end_of_an_installation_is_told(mode: str) -> None:
    async with talking(mode) as echo:
        echo.slack.uninstall()
        await echo.slack.settled()
        assert [one["type"] for one in echo.events] == ["app_uninstalled"]
        assert await refused(echo.client.chat_postMessage(channel="C1", text="x")) == "account_inactive"
        echo.slack.restore()
        assert (await echo.client.auth_test())["ok"]
