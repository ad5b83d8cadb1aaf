"""What the bot does on Slack: each effect as the fewest calls that perform it once.

Decides how an effect is found again when nobody knows whether it was performed: messages by the key in their metadata,
channels by their name, files by the name they were shared under. A file is a message of its own on Slack: the reference of a
message names its files, so that they change and go with it. Leaves drawing to `blocks.py` and what an answer means to `api.py`.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Sequence
from typing import Any, assert_never

from bot.platforms.port import Done, Later, Outcome, Refused, Sending, Unsure, Upload
from bot.platforms.slack import blocks
from bot.platforms.slack.api import Api, Json, SlackError, Unclear, Wait
from bot.platforms.slack.places import Places
from commands.effects import CloseChannel, DirectMessage, Edit, Erase, OpenChannel, Post, ReopenChannel, SetMembers
from commands.text import Body

log = logging.getLogger("harborlight.slack")

EVENT = "harborlight"  # the type of our messages' metadata
_INVITED = 100  # people that one call takes
_RECENT = 100  # messages that are looked through for one of ours

# What Slack says when somebody or something is gone, in our words.
_GONE = {
    "channel_not_found": "channel_gone", "not_in_channel": "channel_gone", "is_archived": "channel_archived",
    "user_not_found": "unknown_person", "user_disabled": "unknown_person", "user_not_visible": "dms_closed",
    "messages_tab_disabled": "dms_closed", "cannot_dm_bot": "dms_closed",
    "message_not_found": "message_gone", "cant_update_message": "message_gone", "edit_window_closed": "message_gone",
}


class Deliveries:
    """Performs effects on one workspace."""

    def __init__(self, api: Api, places: Places) -> None:
        """`places` knows which channel is which."""
        self.api, self.places = api, places

    async def perform(self, sending: Sending) -> Outcome:
        """Perform one effect; with `attempt` above 1 look before acting."""
        try:
            return await self._act(sending)
        except Wait as wait:
            return Later(wait.after)
        except Unclear as lost:
            return Unsure(reason=str(lost))
        except SlackError as refused:
            if refused.code == "missing_scope":
                scope = refused.needed
                log.error("Slack asks for the scope %s: add it to the app and install it again", scope)
            reason = _GONE.get(refused.code, refused.code)
            # A conversation with a person is gone when the person is.
            return Refused("unknown_person" if reason == "channel_gone" and isinstance(sending.effect, DirectMessage) else reason)

    async def _act(self, sending: Sending) -> Outcome:
        match sending.effect:
            case DirectMessage(person=person, body=body):
                return await self._say(sending, body, person=person)
            case Post(channel=channel, body=body):
                return await self._say(sending, body, channel=await self.places.find(channel, sending.place))
            case Edit(body=body):
                return await self._edit(sending, body)
            case Erase():
                return await self._erase(sending)
            case OpenChannel(channel=channel, members=members):
                return await self._open(sending, channel, members)
            case ReopenChannel(channel=channel, members=members):
                self.places.forget(channel)  # no app may take a private channel out of the archive: it goes on in another one
                return await self._open(sending, channel, members)
            case SetMembers(channel=channel, members=members):
                return await self._set_members(await self.places.find(channel, sending.place), members)
            case CloseChannel(channel=channel):
                return await self._close(await self.places.find(channel, sending.place))
            case other:
                assert_never(other)

    # -- messages ----------------------------------------------------------------------------------------------

    async def _say(self, sending: Sending, body: Body, *, channel: str = "", person: str = "") -> Outcome:
        message, again = blocks.message(body), sending.attempt > 1
        ts = ""
        if again:
            channel = channel or await self.places.direct(person)
            ts = await self._said(channel, sending.key)
        if sending.only_look:
            files = await self._share(channel, ts, _files(sending, message.rest), again=True, only_look=True) if ts else ()
            return Done(_named(channel, ts, files) if ts else "")
        if not ts:
            answer = await self.api.call(
                "chat.postMessage", channel=channel or person, text=message.text, blocks=message.blocks,
                metadata=metadata(sending.key), unfurl_links=False, unfurl_media=False, parse="none",
            )
            channel, ts = str(answer["channel"]), str(answer["ts"])
            if person:
                self.places.remember_direct(person, channel)
        return Done(_named(channel, ts, await self._share(channel, ts, _files(sending, message.rest), again=again)))

    async def _said(self, channel: str, key: str) -> str:
        """Return when the message with that key was said, or nothing."""
        answer = await self.api.call("conversations.history", channel=channel, limit=_RECENT, include_all_metadata=True)
        wanted = metadata(key)["event_payload"]
        for one in answer.get("messages", []):
            if (one.get("metadata") or {}).get("event_payload") == wanted:
                return str(one["ts"])
        return ""

    async def _share(
        self, channel: str, ts: str, files: Sequence[Upload], *, again: bool, known: Sequence[str] = (), only_look: bool = False,
    ) -> tuple[str, ...]:
        """Share the files of a message and return their ids; `known` are ids of some that stand there already."""
        shared: dict[str, str] = {}
        if again and files:
            answer = await self.api.call("conversations.history", channel=channel, oldest=ts, limit=_RECENT)
            found = [file for one in answer.get("messages", []) for file in one.get("files", [])
                     if file.get("id") and file.get("user") == self.places.bot]  # somebody's own file is not for us to take off
            found.sort(key=lambda file: file["id"] in known)  # of two with one name, the one that is known to be this message's
            shared = {str(file.get("name")): str(file["id"]) for file in found}
        for one in files:
            if one.name not in shared and not only_look:
                shared[one.name] = await self.api.upload(one.name, one.data, channel=channel, alt=one.alt)
        return tuple(shared[one.name] for one in files if one.name in shared)

    async def _take_off(self, files: Iterable[str]) -> None:
        for one in files:
            try:
                await self.api.call("files.delete", file=one)
            except SlackError as refused:
                if refused.code not in ("file_not_found", "file_deleted"):
                    raise

    async def _edit(self, sending: Sending, body: Body) -> Outcome:
        channel, ts, known = _parts(sending.ref)
        if not ts or (sending.place and channel != sending.place):  # it stands in the channel that was archived
            return Refused("message_gone")
        message = blocks.message(body)
        try:
            await self.api.call("chat.update", channel=channel, ts=ts, text=message.text, blocks=message.blocks,
                                metadata=metadata(sending.key))
        except SlackError as refused:
            if _GONE.get(refused.code) == "message_gone":
                await self._take_off(known)  # it may be made again, with files of its own
            raise
        shared = await self._share(channel, ts, _files(sending, message.rest), again=True, known=known)
        await self._take_off(one for one in known if one not in shared)
        return Done(_named(channel, ts, shared))

    async def _erase(self, sending: Sending) -> Outcome:
        channel, ts, known = _parts(sending.ref)
        kept: SlackError | None = None
        if ts:
            try:
                await self.api.call("chat.delete", channel=channel, ts=ts)
            except SlackError as refused:
                kept = refused if refused.code != "message_not_found" else None
        await self._take_off(known)
        if kept is not None:
            raise kept
        return Done(sending.ref)

    # -- channels ----------------------------------------------------------------------------------------------

    async def _open(self, sending: Sending, name: str, members: tuple[str, ...]) -> Outcome:
        channel = await self.places.named(name) if sending.attempt > 1 else ""
        for turn in range(1, 10):
            if channel:
                break
            wanted = name if turn == 1 else f"{name}-{turn}"
            try:
                answer = await self.api.call("conversations.create", name=wanted, is_private=True)
            except SlackError as refused:
                if refused.code != "name_taken":
                    raise
                # Either an earlier try of ours made it, or somebody's channel, perhaps an archived one, has the name.
                channel = await self.places.named(wanted)
            else:
                channel = str(answer["channel"]["id"])
        if not channel:
            return Refused("name_taken")
        self.places.remember(name, channel)
        await self._invite(channel, members)
        return Done(channel)

    async def _invite(self, channel: str, people: Iterable[str]) -> None:
        wanted = sorted(set(people))
        for start in range(0, len(wanted), _INVITED):
            some = wanted[start:start + _INVITED]
            try:
                await self.api.call("conversations.invite", channel=channel, users=",".join(some), force=True)
            except SlackError as refused:
                if refused.code != "already_in_channel":
                    raise

    async def _set_members(self, channel: str, members: tuple[str, ...]) -> Outcome:
        there = {one async for one in self._members(channel)} - {self.places.bot}
        await self._invite(channel, set(members) - there)
        for one in sorted(there - set(members)):
            try:
                await self.api.call("conversations.kick", channel=channel, user=one)
            except SlackError as refused:
                if refused.code not in ("not_in_channel", "user_not_found"):
                    raise
        return Done(channel)

    async def _members(self, channel: str) -> Any:
        async for one in self.api.pages("conversations.members", "members", channel=channel):
            yield str(one)

    async def _close(self, channel: str) -> Outcome:
        try:
            await self.api.call("conversations.archive", channel=channel)
        except SlackError as refused:
            if refused.code != "already_archived":
                raise
        return Done(channel)


def metadata(key: str) -> Json:
    """Return what finds a message of ours again: a digest, because everybody's apps in the channel may read it."""
    return {"event_type": EVENT, "event_payload": {"key": hashlib.sha256(key.encode()).hexdigest()[:32]}}


def _named(channel: str, ts: str, files: Sequence[str]) -> str:
    return f"{channel}:{ts}" + (f" {','.join(files)}" if files else "")


def _parts(ref: str) -> tuple[str, str, tuple[str, ...]]:
    """Return the channel, the time and the files of a message."""
    message, _, files = ref.partition(" ")
    channel, _, ts = message.partition(":")
    return channel, ts, tuple(one for one in files.split(",") if one)


def _files(sending: Sending, rest: Iterable[tuple[str, bytes]]) -> list[Upload]:
    found = [*sending.files, *(Upload(name, data) for name, data in rest)]
    return [*found, sending.picture] if sending.picture is not None else found
