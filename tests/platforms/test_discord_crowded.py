"""A server that is nearly full: threads take over, and the channels of what was closed long ago make room."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.discord_world import discord_world

pytestmark = pytest.mark.slow


async def test_what_was_closed_long_ago_makes_room(tmp_path: Path) -> None:
    async with discord_world(tmp_path) as world:
        old = await world.report(text="It was reported before.")
        open_ = await world.report("outsider", "Another one.")
        await world.settled()
        done = await world.triager_sec.slash("vdp close-without-fix", reason="informative", text="We know it.", at=world.channel(old))
        if done.modal is not None:
            done = await world.triager_sec.submit(done.modal, {"text": "We know it."})
        await world.settled()
        await world.moved(world.clock.now() + timedelta(days=1))
        world.discord.caps(per_guild=len(world.discord.channels()))
        new = await world.report("researcher", "While the server is full, soon after.")
        await world.settled()
        assert {one.name for one in world.discord.threads()} == {world.channel(new)}
        assert len(world.triage()) == 3, "an appeal is still possible"

        for days in (31, 31):  # until the appeal is over and it is closed, until nothing can come back
            await world.moved(world.clock.now() + timedelta(days=days))
        newer = await world.report("outsider", "While the server is full, long after.")
        await world.settled()
        left = {one.name for one in world.triage() if not one.deleted}
        assert left == {world.channel(one) for one in (open_, new, newer)}
        seen = await world.lead.slash("vdp case timeline", report=old, at="desk")
        assert "channel" in (seen.message.words if seen.message else seen.text).lower()

        newest = await world.report("researcher", "There is room again.")
        assert world.discord.channel(world.channel(newest)).kind == "text"
