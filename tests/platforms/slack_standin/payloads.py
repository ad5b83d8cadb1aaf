"""The JSON of commands and interactions, field by field as Slack sends it."""

from __future__ import annotations

from typing import Any

from tests.platforms.slack_standin import inputs
from tests.platforms.slack_standin.backend import Backend
from tests.platforms.slack_standin.blocks import elements
from tests.platforms.slack_standin.modals import View
from tests.platforms.slack_standin.refusals import ClientRefuses
from tests.platforms.slack_standin.things import APP, DOMAIN, TEAM, Channel, Json, Person
from tests.platforms.slack_standin.tickets import Whisper


def command(back: Backend, who: Person, channel: Channel, word: str, text: str) -> Json:
    """A slash command: all values are strings."""
    name = {"im": "directmessage", "private": "privategroup"}.get(channel.kind, channel.name)
    return {
        "token": "standin", "team_id": TEAM, "team_domain": DOMAIN, "channel_id": channel.id, "channel_name": name,
        "user_id": who.id, "user_name": who.name, "command": word, "text": text, "api_app_id": APP,
        "is_enterprise_install": "false", "response_url": response_url(back, who, channel), "trigger_id": back.tickets.trigger(who.id),
    }


def response_url(back: Backend, who: Person, channel: Channel, source: str = "") -> str:
    """A response URL of this stand-in."""
    return f"{back.base}/response/{back.tickets.response(who.id, channel.id, source)}"


def interaction(back: Backend, who: Person, kind: str, view: str = "") -> Json:
    """What every interaction carries."""
    return {
        "type": kind, "team": {"id": TEAM, "domain": DOMAIN}, "api_app_id": APP, "token": "standin", "enterprise": None,
        "user": {"id": who.id, "username": who.name, "name": who.name, "team_id": TEAM}, "is_enterprise_install": False,
        "trigger_id": back.tickets.trigger(who.id, view),
    }


def found_element(blocks: list[Json], action_id: str, block_id: str) -> tuple[Json, Json]:
    """The element with this action id and the block it stands in."""
    for block in blocks:
        for one in elements([block]):
            if one["action_id"] == action_id and block_id in {"", block["block_id"]}:
                return block, one
    raise ClientRefuses(f"nothing to click: {action_id}")


def action(back: Backend, block: Json, element: Json, value: Any) -> Json:
    """The one action of a block_actions payload."""
    found: Json = {"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"],
                   "action_ts": back.space.stamps.new()}
    if element["type"] == "button":
        found |= {name: element[name] for name in ("text", "value", "style") if name in element}
    elif element["type"] == "overflow":
        chosen = [one for one in element["options"] if one["value"] == value]
        if not chosen:
            raise ClientRefuses(f"there is no such option: {value}")
        found["selected_option"] = chosen[0]
    else:
        found |= inputs.given(element, value)
    return found


def clicked_message(back: Backend, who: Person, channel: Channel, ts: str, action_id: str, block_id: str, value: Any) -> Json:
    """A click on something in a message or in a whisper."""
    whisper = next((one for one in back.whispers if one.ts == ts and one.user == who.id and not one.gone), None)
    message = channel.messages.get(ts)
    if whisper is None and (message is None or message.deleted or who.id not in channel.members):
        raise ClientRefuses("that message is not there")
    blocks = whisper.blocks if whisper is not None else message.blocks if message is not None else []
    block, element = found_element(blocks, action_id, block_id)
    done = action(back, block, element, value)
    held = {block["block_id"]: {action_id: inputs.given(element, value)}} if inputs.first(element) else {}
    shown = _whispered(back, whisper) if whisper is not None or message is None else back.space.body(channel, message)
    return interaction(back, who, "block_actions") | {
        "container": {"type": "message", "message_ts": ts, "channel_id": channel.id, "is_ephemeral": whisper is not None},
        "channel": {"id": channel.id, "name": channel.name or "directmessage"}, "message": shown,
        "state": {"values": inputs.state(blocks, held)}, "response_url": response_url(back, who, channel, ts), "actions": [done],
    }


def _whispered(back: Backend, whisper: Whisper | None) -> Json:
    assert whisper is not None
    return {"type": "message", "user": back.space.bot.id, "bot_id": back.space.bot_id, "ts": whisper.ts, "text": whisper.text,
            "blocks": whisper.blocks}


def clicked_view(back: Backend, who: Person, view: View, action_id: str, block_id: str, value: Any) -> Json:
    """A click or a choice in a modal or in the Home tab; what is chosen stays chosen."""
    block, element = found_element(view.blocks, action_id, block_id)
    if block["type"] == "input" and not block.get("dispatch_action"):
        raise ClientRefuses("this field tells nobody before the form is sent")
    done = action(back, block, element, value)
    if inputs.first(element):
        view.held.setdefault(block["block_id"], {})[action_id] = inputs.given(element, value)
    return interaction(back, who, "block_actions", view.id) | {
        "container": {"type": "view", "view_id": view.id}, "view": view.body(back.space.bot_id), "actions": [done],
        "state": {"values": inputs.state(view.blocks, view.held)},
    }


def shortcut(back: Backend, who: Person, callback_id: str, channel: Channel, ts: str) -> Json:
    """A shortcut on a message."""
    message = channel.messages.get(ts)
    if message is None or message.deleted or who.id not in channel.members:
        raise ClientRefuses("that message is not there")
    return interaction(back, who, "message_action") | {
        "callback_id": callback_id, "action_ts": back.space.stamps.new(), "message_ts": ts,
        "message": back.space.body(channel, message), "channel": {"id": channel.id, "name": channel.name or "directmessage"},
        "response_url": response_url(back, who, channel, ts),
    }


def submission(back: Backend, who: Person, view: View) -> Json:
    """A form that is sent, with every input block in its state."""
    return interaction(back, who, "view_submission", view.id) | {"view": view.body(back.space.bot_id), "response_urls": []}
