"""A real bot on Discord and Slack at once, each a process of its own, killed and started again, and how that must end."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.platforms.slack.manifest import shape
from tests import slack_world
from tests.crash import slack_plays
from tests.crash.slack_plays import House, Start
from tests.discord_world import button, standing
from tests.platforms import discord_standin, slack_standin
from tests.platforms.discord_standin.control import Discord
from tests.platforms.discord_standin.seen import Posted
from tests.process import Bot, until
from tests.slack_world import words

SAYS = "POST /channels/{channel_id}/messages"  # on Discord


def do(act: Coroutine[Any, Any, Any]) -> Any:
    """Have somebody do something, and return what they see."""
    return asyncio.run(act)


@dataclass
class Bridge(House):
    """One Discord and one Slack that outlive the bot, and the bot: the researcher is on Discord, the team on Slack."""

    discord: Discord

    def heard(self) -> None:
        """Wait until the bot hears what people do on either side."""
        until(lambda: self.slack.sockets()["open"] and self.discord.gateway()["open"], what="both lines")

    def again(self, place: str = "") -> None:
        """Start the bot once more, to end itself at a place, and wait until it hears."""
        self.begin(place)
        self.heard()

    def said(self, channel: str = "") -> list[Posted]:
        """Return what the bot said on Discord: in a channel, or to the researcher."""
        found = self.discord.messages(channel) if channel else self.discord.person("researcher").dms()
        return [one for one in found if one.author == str(self.discord.bot_user)]

    def told(self) -> list[str]:
        """Return what the bot said to the researcher."""
        return [one.words for one in self.said()]

    def writes(self, text: str) -> Posted:
        """Have the researcher write."""
        found: Posted = do(self.discord.person("researcher").dm(text))
        return found

    def hello(self) -> None:
        """Have the researcher say hello: from then on the bot knows their conversation, and reads it back."""
        self.again()
        self.writes("hello")
        until(self.told, what="the first answer")

    def reported(self) -> None:
        """Have the researcher report."""
        self.hello()
        self.writes(self.start.report)
        self.carded()
        self.settled()

    def presses(self, label: str) -> Any:
        """Have the researcher press the newest button with that label."""
        def found() -> Posted | None:
            return next((one for one in reversed(self.said()) if label in one.buttons.values()), None)

        message = until(found, what=f"a button {label!r}")
        return do(self.discord.person("researcher").click(message, button(message, label)))

    def slash(self, who: str, line: str) -> str:
        """Have a colleague give a command in the report's channel on Slack, once they are in it, and return what they see."""
        person, channel = self.slack.person(who), self.channels()[0]
        until(lambda: person.id in self.slack.channel(channel).members, what=f"{who} in the channel")
        return words(do(person.slash(f"/vdp {line}", channel)))

    def agrees(self, who: str, label: str) -> None:
        """Have a colleague press a button in the report's channel."""
        channel = self.channels()[0]

        def found() -> tuple[Any, str] | None:
            for one in reversed(self.slack.messages(channel)):
                try:
                    return one, slack_world.button(one, label)
                except LookupError:
                    continue
            return None

        do(self.slack.person(who).click(*until(found, what=f"a button {label!r}")))

    def once(self) -> None:
        """Look whether everything was done once on both sides, end the bot and verify its ledger."""
        self.settled()
        assert [one for one, count in Counter(one.nonce for one in self.everything()).items() if count > 1] == []
        assert not [one for one in self.discord.channels() if one.name.startswith("triage")]
        assert self.discord.invalid() == 0
        super().once()

    def slack_hall(self) -> list[Any]:
        """Return what the bot said in the hall of fame on Slack."""
        return [one for one in self.slack.messages("hall-of-fame") if one.by_app]

    def everything(self) -> list[Posted]:
        """Return everything that the bot said on Discord."""
        return [*self.said(), *(one for room in self.discord.channels("text") for one in self.said(room.id))]


@contextmanager
def bridge(start: Start) -> Iterator[Bridge]:
    """Open Discord and Slack and a folder for the bot."""
    folder = Path(tempfile.mkdtemp(prefix="hl-bridge-crash-"))
    try:
        with discord_standin.process() as discord, slack_standin.process("--socket") as slack:
            slack.manifest(shape())
            standing(discord)
            do(slack_world.standing(slack))
            given = {
                **slack_plays.env(slack), "DISCORD_TOKEN": discord.token, "DISCORD_GUILD": str(discord.guild_id),
                "DISCORD_API_URL": discord.api_url, "DISCORD_GATEWAY_URL": discord.gateway_url,
            }
            found = Bridge(slack, Bot(Path(shutil.copytree(start.data, folder / "data")), given), start, False, discord)
            try:
                yield found
            finally:
                if found.bot.process is not None and found.bot.process.poll() is None:
                    found.bot.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
