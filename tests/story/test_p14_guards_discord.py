"""P14 on a strict Discord: what was unsent is gone there or said not to be, and "Send anyway?" carries the words whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.discord_world import DiscordWorld, button, discord_world
from tests.platforms.discord_once import ERASES

pytestmark = pytest.mark.slow

SECRET = "The blue lantern hangs behind the third door."


def told(world: DiscordWorld, who: str = "researcher") -> str:
    return "\n".join(one.words for one in world.told(who))


async def test_unsend_and_send_anyway(tmp_path: Path) -> None:
    async with discord_world(tmp_path) as world:
        sec = world.triager_sec
        report = await world.report()
        channel = world.channel(report)

        def here() -> str:
            return "\n".join(one.words for one in world.said(channel))

        await sec.slash("vdp reply", text=SECRET, clear="yes", at=channel)
        await world.until(lambda: SECRET in told(world) and "delivered" in here(), "the reply")
        taken = await sec.slash("vdp case unsend", at=channel)
        assert taken.message is not None and "It is being erased on the researcher's side" in taken.message.words
        await world.until(lambda: "erased on both sides" in here(), "the line")
        assert SECRET not in told(world) + here()

        await sec.slash("vdp reply", text=SECRET, at=channel)
        await world.until(lambda: SECRET in told(world), "the reply")
        await world.settled()
        world.discord.fault(ERASES, "error", status=403, code=50013)
        await sec.slash("vdp case unsend", at=channel)
        await world.until(lambda: "not erased there: the researcher may have read it" in here(), "the line")
        await world.until(lambda: "could not be erased there" in told(world, "triager-sec"), "the message to the triager")
        assert SECRET in told(world) and SECRET not in here() + told(world, "triager-sec")

        # A form cannot answer a form here: the words wait behind both buttons all the same.
        other = "AIV-7Q7Q7" if report != "AIV-7Q7Q7" else "AIV-8Q8Q8"
        long = f"As {other} says, {'word ' * 500}end."
        asked = await sec.slash("vdp reply", text=long, at=channel)
        assert asked.message is not None and other in asked.message.words and "word word" not in asked.message.words
        sheet = (await sec.click(asked.message, button(asked.message, "Edit"))).modal
        assert sheet is not None and long in str(sheet.raw)
        again = await sec.submit(sheet, {"text": f"{long} Twice."})
        assert again.message is not None and "Send anyway?" in again.message.words, again
        await sec.click(again.message, button(again.message, "Send anyway"))
        await world.until(lambda: "Twice." in told(world), "the words")
        assert told(world).count("end. Twice.") == 1
        await world.settled()
        assert world.discord.invalid() == 1, "the one that was made to fail"
