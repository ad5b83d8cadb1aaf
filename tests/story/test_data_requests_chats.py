"""A copy of one's own data reaches its researcher on Slack and on Discord as a file in their own conversation, after their choice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests import discord_world as discord_
from tests import slack_world as slack_

pytestmark = pytest.mark.slow
NAME = "your-data.json"
LONG = "Quokkatext. " * 1_200


async def test_on_slack(tmp_path: Path) -> None:
    async with slack_.slack_world(tmp_path) as world:
        me = world.researcher
        report = await world.report(text=f"Title: Persona prompt\n\n{LONG}")
        await world.moved(world.clock.now().replace(hour=10))
        await me.dm("me export")
        asked = await world.until(lambda: [one for one in world.lead.dms() if "a copy of their data" in slack_.words(one)], "the ping")
        assert len(asked) == 1
        await slack_.press(world, world.lead, "Requests about data")
        request = await _request(world)
        await world.lead.slash(f"/vdp program request {request}")
        await slack_.press(world, me, "Send it here")

        def came() -> Any:
            return [file for one in me.dms() if one.by_app for file in one.files if file["name"] == NAME]

        await world.until(came, "the copy")
        assert len(came()) == 1

        # Withdrawn, the text is gone from the channel: also the file, which on Slack is a message of its own.
        channel = world.channel(report)
        assert [file for one in world.said(channel) for file in one.files], "the long text is a file"
        world.slack.fault("files.delete", "lost")  # done, and nobody hears of it: it is looked at, not an error
        await me.dm("withdraw yes")
        await world.until(lambda: [one for one in world.said(channel) if "withdrew this report" in slack_.words(one)], "the withdrawal")
        await world.until(lambda: len(world.slack.calls("files.delete")) == 2, "another look at the file")
        await world.settled()
        assert not [file for one in world.said(channel) for file in one.files]
        assert "Quokkatext" not in "".join(slack_.words(one) for one in world.said(channel))
        assert [one.answer.get("error") for one in world.slack.calls("files.delete")][1:] == ["file_deleted"]
        async with world.app.database.read(world.clock.now()) as work:
            assert not await work.reports.dead_letters()


async def test_on_discord(tmp_path: Path) -> None:
    async with discord_.discord_world(tmp_path) as world:
        me = world.researcher
        report = await world.report(text=f"Title: Persona prompt\n\n{LONG}")
        await world.moved(world.clock.now().replace(hour=10))
        await me.dm("me export")
        await world.until(lambda: [one for one in world.told("lead") if "a copy of their data" in one.words], "the ping")
        listed = await discord_.press(world, world.lead, "Requests about data")
        assert listed.message is not None and "asks for a copy" in listed.message.words
        answer = await world.lead.click(listed.message, next(iter(listed.message.buttons)))
        assert "Ready" in str(answer.message.words if answer.message is not None else answer.text), answer
        await discord_.press(world, me, "Send it here")

        def came() -> Any:
            return [file for one in world.told() for file in one.files if file["filename"] == NAME]

        await world.until(came, "the copy")
        assert len(came()) == 1

        channel = world.channel(report)
        assert [file for one in world.said(channel) for file in one.files], "the long text is a file"
        await me.dm("withdraw yes")
        await world.until(lambda: [one for one in world.said(channel) if "withdrew this report" in one.words], "the withdrawal")
        await world.settled()
        assert not [file for one in world.said(channel) for file in one.files]
        assert "Quokkatext" not in "".join(one.words for one in world.said(channel))


async def _request(world: Any) -> str:
    from storage.own_data import OwnData

    async with world.app.database.read(world.clock.now()) as work:
        return (await OwnData(work).pending())[0].id
