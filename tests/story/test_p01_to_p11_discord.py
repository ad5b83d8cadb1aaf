"""What differs by platform of P1, P2, P3, P4, P6, P7 and P11, on a strict Discord in one world."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.discord_world import button, discord_world, press

pytestmark = pytest.mark.slow

LONG = "The assistant shows another customer's address when it is asked twice. " * 4


def read(seen: Any) -> str:
    return str(seen.message.words if seen.message is not None else seen.text)


async def test_a_researcher_and_a_triager_on_discord(tmp_path: Path) -> None:
    async with discord_world(tmp_path) as world:
        me, sec = world.researcher, world.triager_sec
        await me.dm("hello")

        def newest(text: str) -> Any:
            return next((one for one in reversed(world.told()) if text in one.words), None)

        # P2: its three buttons; P3: the key as a file
        first = await world.until(lambda: newest("No receipt means"), "the first answer")
        assert all(button(first, label) for label in ("Report a flaw", "Encrypt first", "Policy")) and len(first.words) < 800
        await press(world, me, "Encrypt first")
        await world.until(lambda: [one for one in world.told() if [file["filename"] for file in one.files] == ["program-key.asc"]],
                          "the key as a file")

        # P1: clear text, the advice to delete it, three ways
        sent = await me.dm(LONG)
        asked = await world.until(lambda: newest("came unencrypted"), "the choice")
        assert "deleting your message still helps" in asked.words and "another customer" not in asked.words
        assert all(button(asked, label) for label in ("Use it as my report", "Send it encrypted instead", "Throw it away"))
        await me.delete(sent)
        await press(world, me, "Throw it away")
        assert world.triage() == []

        # P4: one page, at most four inputs, of which one is needed; section 6: their own /report
        opened = await me.slash("report new")
        assert opened.modal is not None and len(opened.modal.labels) == 4
        needed = [one for one in str(opened.modal.raw).split("'required': ")[1:] if one.startswith("True")]
        assert len(needed) == 1
        await me.dismiss(opened.modal)

        # P7: a reply goes to the report of the message, whatever else is open
        report, other = await world.report(), await world.report()
        channel = world.channel(report)
        assert "Asked" in read(await sec.slash("vdp ask", text="With which account?", clear="yes", at=channel))
        question = await world.until(lambda: newest("With which account?"), "the question")
        await sec.slash("vdp reply", text="We look at this one.", clear="yes", at=world.channel(other))
        await world.until(lambda: newest("We look at this one."), "the newer words about the other one")
        await me.dm("A fresh one.", reply_to=question)
        await world.until(lambda: "A fresh one." in "\n".join(one.words for one in world.said(channel)), "the reply in its channel")
        assert "A fresh one." not in "\n".join(one.words for one in world.said(world.channel(other)))

        # P6: one living status for each report, edited; roles, not names
        await sec.slash("vdp accept", severity="low", category="jailbreak", at=channel)
        await world.until(lambda: [one for one in world.told() if one.edited and "being fixed" in one.words], "the status, edited")
        assert len([one for one in world.told() if report in one.words and "The model tells" in one.words]) == 1
        told = "\n".join(one.words for one in world.told())
        assert not re.search("triager-(sec|ml)", told) and "a security triager" in told

        # P11: no bare command here, so `show`; what a researcher asks for is theirs alone
        before = len(world.said(channel))
        assert report in read(await sec.slash("vdp show", at=channel))
        queue = read(await sec.slash("vdp show", at="desk"))
        assert other in queue and "need" in queue.lower()
        assert "exploited" in read(await world.leadership.slash("vdp show", at="desk"))
        assert report in read(await me.slash("report status"))
        assert len(world.said(channel)) == before, "privately"
        await world.settled()
        assert world.discord.invalid() == 0
