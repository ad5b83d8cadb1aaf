"""P14 on a strict Slack: what was unsent is gone there or said not to be, and "Send anyway?" carries the words whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.slack_world import SlackWorld, button, slack_world, words

pytestmark = pytest.mark.slow

SECRET = "The blue lantern hangs behind the third door."


def told(world: SlackWorld, who: str = "researcher") -> str:
    return "\n".join(words(one) for one in world.slack.person(who).dms() if one.by_app)


async def test_unsend_and_send_anyway(tmp_path: Path) -> None:
    async with slack_world(tmp_path) as world:
        sec = world.triager_sec
        report = await world.report()
        channel = world.channel(report)

        def here() -> str:
            return "\n".join(words(one) for one in world.said(channel))

        # Delivered, and taken back: Slack holds nothing of it on the researcher's side, and a line here.
        await sec.slash(f"/vdp reply clear=yes {SECRET}", channel)
        await world.until(lambda: SECRET in told(world) and "delivered" in here(), "the reply")
        count = len(world.researcher.dms())
        assert "It is being erased on the researcher's side" in words(await sec.slash("/vdp unsend", channel))
        await world.until(lambda: "erased on both sides" in here(), "the line")
        assert SECRET not in told(world) + here() and len(world.researcher.dms()) == count - 1

        # Slack refuses to delete it: the line says so, and so does a message to who took it back.
        await sec.slash(f"/vdp reply {SECRET}", channel)
        await world.until(lambda: SECRET in told(world), "the reply")
        await world.settled()
        world.slack.fault("chat.delete", "error", code="cant_delete_message")
        await sec.slash("/vdp unsend", channel)
        await world.until(lambda: "not erased there: the researcher may have read it" in here(), "the line")
        await world.until(lambda: "could not be erased there" in told(world, "triager-sec"), "the message to the triager")
        assert SECRET in told(world) and SECRET not in here() + told(world, "triager-sec")

        # The words are asked about once, with both buttons; [Edit] holds them whole in a form, [Send anyway] sends them.
        other = "AIV-7Q7Q7" if report != "AIV-7Q7Q7" else "AIV-8Q8Q8"
        long = f"As {other} says, {'word ' * 500}end."
        asked = await sec.slash(f"/vdp reply {long}", channel)
        assert other in words(asked) and "Send anyway?" in words(asked) and "word word" not in words(asked)
        await sec.click(_place(asked, channel), button(asked, "Edit"))
        sheet = sec.modal()
        block = next(one for one in sheet.blocks if one.get("block_id") == "text")
        assert block["element"]["initial_value"] == long
        again = await sec.submit(sheet, {"text": f"{long} Twice."})
        assert again.kind == "updated" and other in words(sec.modal()), again
        await sec.click(sec.modal(), button(sec.modal(), "Send anyway"))
        await world.until(lambda: "Twice." in told(world), "the words")
        assert told(world).count("end. Twice.") == 1
        assert not await _refused(world, but="chat.delete")


def _place(asked: Any, channel: str) -> Any:
    return type("Place", (), {"channel": channel, "ts": asked.ts})()


async def _refused(world: SlackWorld, *, but: str) -> list[Any]:
    await world.settled()
    return [one for one in world.slack.calls() if one.answer.get("ok") is False and one.method != but]
