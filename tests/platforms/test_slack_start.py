"""How the bot starts on Slack, and what it says when it cannot."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.health_slack import looked_at
from bot.platforms.slack.adapter import CannotStartError, Slack
from bot.platforms.slack.manifest import EVENTS, SCOPES, manifest, shape
from config.clock import ManualClock
from config.program import DEMO
from config.program import load as load_program
from config.settings import SettingsError, load
from tests.platforms.slack_standin import Standin
from tests.platforms.slack_standin.control import Slack as Stand

NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)


def platform(slack: Stand, **given: Any) -> Slack:
    values = {"token": slack.bot_token, "app_token": slack.app_token, "url": slack.api_url, "clock": ManualClock(NOW, 50.0)} | given
    return Slack(**values)


async def refusal(one: Slack) -> str:
    with pytest.raises(CannotStartError) as wrong:
        await asyncio.wait_for(one.open(), 20)
    return str(wrong.value)


async def test_a_rejected_token_is_said_and_never_tried_for_ever() -> None:
    async with Standin.open(manifest=shape()) as slack:
        assert "SLACK_BOT_TOKEN" in await refusal(platform(slack, token="xoxb-wrong"))
        assert "SLACK_APP_TOKEN" in await refusal(platform(slack, app_token="xapp-wrong"))
        slack.revoke_tokens("bot")
        said = await refusal(platform(slack))
        assert "SLACK_BOT_TOKEN" in said
        assert slack.bot_token not in said


async def test_a_missing_scope_is_named() -> None:
    async with Standin.open(manifest=shape()) as slack:
        slack.scopes(remove=["groups:write", "im:history"])
        said = await refusal(platform(slack))
        assert "im:history" in said
        assert "groups:write" in said
        assert "im:read" not in said


async def test_an_address_that_does_not_answer_is_said() -> None:
    async with Standin.open() as slack:
        said = await refusal(platform(slack, url="http://127.0.0.1:9/api/"))
    assert "SLACK_API_URL" in said


@pytest.mark.parametrize(("given", "name"), [
    ({"slack_app_token": "xapp-1"}, "SLACK_BOT_TOKEN"),
    ({"slack_bot_token": "xoxb-1"}, "SLACK_APP_TOKEN"),
    ({"slack_bot_token": "xoxp-1", "slack_app_token": "xapp-1"}, "SLACK_BOT_TOKEN"),
    ({"slack_bot_token": "xoxb-1", "slack_app_token": "xoxb-2"}, "SLACK_APP_TOKEN"),
    ({"slack_bot_token": "xoxb-1", "slack_app_token": "xapp-1", "slack_api_url": "slack"}, "SLACK_API_URL"),
])
def test_settings_that_cannot_be_used_are_named_without_their_secrets(given: dict[str, str], name: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        load(**given)
    said = "; ".join(wrong.value.problems)
    assert name in said
    assert "xoxp-1" not in said
    assert "xoxb-2" not in said


def test_the_manifest_asks_for_what_is_used_and_says_why() -> None:
    text = manifest()
    for word, why in (SCOPES | EVENTS).items():
        assert f"- {word}  # {why}\n" in text
    assert "socket_mode_enabled: true" in text
    for unused in ("canvases", "bookmarks", "pins", "usergroups", "users:read"):
        assert unused not in text
    by_http = manifest(url="https://bot.example.org/")
    assert by_http.count('"https://bot.example.org/slack/events"') == 3
    assert "socket_mode_enabled: false" in by_http


async def test_doctor_looks_at_tokens_scopes_and_the_standing_channels() -> None:
    async with Standin.open(manifest=shape()) as slack:
        admin = slack.person("admin")
        hall = await admin.create_channel("hall-of-fame", private=False)
        await admin.invite(hall, slack.bot_user)
        settings = load(slack_bot_token=slack.bot_token, slack_app_token=slack.app_token, slack_api_url=slack.api_url)
        found = [one async for one in looked_at(settings, load_program(DEMO))]
        assert [(name, bool(hint)) for name, _, hint in found] == [
            ("slack", False), ("slack channels", False), ("slack channels", True)]
        assert "#leadership" in found[-1][1]
        slack.scopes(remove=["files:read"])
        found = [one async for one in looked_at(settings, load_program(DEMO))]
        assert len(found) == 1
        assert "files:read" in found[0][1]
