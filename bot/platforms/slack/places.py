"""Which channel is which: our names for channels and Slack's ids, and the direct conversations of people.

Keeps what was learned in memory and asks Slack for the rest, so nothing here has to be stored.
"""

from __future__ import annotations

import re

from bot.platforms.slack.api import Api, SlackError

_NUMBERED = re.compile(r"(triage-aiv-[0-9a-z]{5})-[2-9]")  # the name was taken: see deliver.py


class Places:
    """The channels that the bot is in."""

    def __init__(self, api: Api) -> None:
        """`api` is asked for what is not known yet."""
        self._api = api
        self.bot = ""  # the bot's own account
        self._ids: dict[str, str] = {}  # our name, Slack's id
        self._names: dict[str, str] = {}  # Slack's id, our name
        self._direct: dict[str, str] = {}  # person, conversation

    def remember(self, name: str, channel: str) -> None:
        """Keep which channel has our name."""
        self._ids[name], self._names[channel] = channel, name

    def forget(self, name: str) -> None:
        """Look anew which channel has our name; what is said in the one that had it is still known to be of it."""
        self._ids.pop(name, None)

    def remember_direct(self, person: str, channel: str) -> None:
        """Keep which conversation is somebody's own."""
        self._direct[person] = channel

    async def find(self, name: str, known: str = "") -> str:
        """Return the id of a channel; `known` is its id where it was made by us. Raises SlackError when there is none."""
        if known:
            self.remember(name, known)
            return known
        channel = self._ids.get(name) or await self.named(name)
        if not channel:
            raise SlackError("channel_not_found")
        return channel

    async def named(self, name: str) -> str:
        """Return the id of a channel with that name that the bot is in, or nothing."""
        async for one in self._api.pages("conversations.list", "channels", types="private_channel,public_channel",
                                         exclude_archived=True):
            if one.get("name") and (one.get("is_member") or one.get("is_private")):
                self.remember(_ours(str(one["name"])), str(one["id"]))
        return self._ids.get(name, "")

    async def direct(self, person: str) -> str:
        """Return the id of somebody's direct conversation."""
        if person not in self._direct:
            answer = await self._api.call("conversations.open", users=person)
            self._direct[person] = str(answer["channel"]["id"])
        return self._direct[person]

    def known(self, channel: str) -> str:
        """Return our name of a channel if it was learned already, or nothing."""
        return self._names.get(channel, "")

    async def name_of(self, channel: str) -> str:
        """Return our name of a channel, or its id when the bot is not in it."""
        if channel not in self._names:
            try:
                answer = await self._api.call("conversations.info", channel=channel)
            except SlackError:
                return channel
            self.remember(_ours(str(answer["channel"].get("name") or channel)), channel)
        return self._names[channel]


def _ours(name: str) -> str:
    found = _NUMBERED.fullmatch(name)
    return found[1] if found else name
