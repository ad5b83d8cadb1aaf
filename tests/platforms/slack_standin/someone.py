"""One person of the workspace, as a test moves them: everything is awaited until Slack's client would be done."""

from __future__ import annotations

import base64
from collections.abc import Awaitable
from typing import Any, Protocol

from tests.platforms.slack_standin.seen import Answered, Json, Posted, Pressed, Room, Shown, Submitted, Whispered


class Wire(Protocol):
    """How an operation reaches the stand-in."""

    def ask(self, word: str, args: Json) -> Any:
        """Do an operation that does not wait."""

    def act(self, word: str, args: Json) -> Awaitable[Any]:
        """Do an operation that may wait for the app."""


class Someone:
    """One person of the workspace. A `channel` is an id, a name, or `dm` for the conversation with the app."""

    def __init__(self, wire: Wire, id: str, name: str) -> None:
        self._wire = wire
        self.id = id
        self.name = name

    async def _act(self, word: str, /, **args: Any) -> Any:
        return await self._wire.act(word, {"who": self.id, **args})

    async def dm(self, text: str, *, thread: str = "", linkify: bool = False, smart: bool = False) -> Posted:
        """Write to the app."""
        return await self.say("dm", text, thread=thread, linkify=linkify, smart=smart)

    async def say(self, channel: str, text: str, *, thread: str = "", linkify: bool = False, smart: bool = False) -> Posted:
        """Write into a conversation; `<@U..>` is a mention."""
        return Posted.of(await self._act("say", channel=channel, text=text, thread=thread, linkify=linkify, smart=smart))

    async def upload(
        self, name: str, data: bytes, *, channel: str = "dm", text: str = "", thread: str = "", mode: str = "hosted",
        foreign: bool = False, mimetype: str = "",
    ) -> Posted:
        """Share one file; mode snippet for a long paste, `foreign` as from another workspace (check_file_info)."""
        one = {"name": name, "content_base64": base64.b64encode(data).decode(), "mode": mode, "foreign": foreign, "mimetype": mimetype}
        return Posted.of(await self._act("upload", channel=channel, files=[one], text=text, thread=thread))

    async def upload_all(self, files: dict[str, bytes], *, channel: str = "dm", text: str = "") -> Posted:
        """Share several files in one message."""
        all_of = [{"name": name, "content_base64": base64.b64encode(data).decode()} for name, data in files.items()]
        return Posted.of(await self._act("upload", channel=channel, files=all_of, text=text))

    async def stage(self, name: str, data: bytes) -> Json:
        """Upload a file into a form: what `submit` takes in a list for a file input."""
        return dict(await self._act("stage", name=name, content_base64=base64.b64encode(data).decode()))

    async def edit(self, message: Posted, text: str) -> Posted:
        """Change one's own message."""
        return Posted.of(await self._act("edit", channel=message.channel, ts=message.ts, text=text))

    async def delete(self, message: Posted) -> None:
        """Delete one's own message."""
        await self._act("delete", channel=message.channel, ts=message.ts)

    async def slash(self, line: str, channel: str = "dm") -> Answered:
        """Give a slash command and wait for what is seen of it."""
        return Answered.of(await self._act("slash", line=line, channel=channel))

    async def click(self, where: Posted | Whispered | Shown, action_id: str, value: Any = None, *, block_id: str = "") -> Pressed:
        """Press a button, or choose `value` (an option's value, a list of them, a date, a user)."""
        place = {"view": where.id} if isinstance(where, Shown) else {"channel": where.channel, "ts": where.ts}
        return Pressed.of(await self._act("click", action_id=action_id, value=value, block_id=block_id, **place))

    async def shortcut(self, callback_id: str, message: Posted) -> Pressed:
        """Use a shortcut on a message."""
        return Pressed.of(await self._act("shortcut", callback_id=callback_id, channel=message.channel, ts=message.ts))

    async def submit(self, view: Shown, values: Json | None = None) -> Submitted:
        """Fill in a form by block id and send it."""
        return Submitted.of(await self._act("submit", view=view.id, values=values or {}))

    async def close(self, view: Shown, *, everything: bool = False) -> None:
        """Close a modal, or all that are open."""
        await self._act("close_modal", view=view.id, everything=everything)

    async def open_home(self, tab: str = "home") -> None:
        """Open the app's Home or its Messages tab."""
        await self._act("open_home", tab=tab)

    async def create_channel(self, name: str, *, private: bool = True) -> str:
        """Make a channel; returns its id."""
        return str(await self._act("create_channel", name=name, private=private))

    async def invite(self, channel: str, user: str) -> None:
        """Add somebody to a channel, or the app by its user id."""
        await self._act("invite", channel=channel, user=user)

    async def remove(self, channel: str, user: str) -> None:
        """Remove somebody, or the app, from a channel."""
        await self._act("remove", channel=channel, user=user)

    async def join(self, channel: str) -> None:
        """Join a public channel."""
        await self._act("join", channel=channel)

    async def leave(self, channel: str) -> None:
        """Leave a channel."""
        await self._act("leave", channel=channel)

    async def archive(self, channel: str) -> None:
        """Archive a channel."""
        await self._act("archive", channel=channel)

    async def unarchive(self, channel: str) -> None:
        """Open an archived channel again."""
        await self._act("unarchive", channel=channel)

    async def rename(self, channel: str, name: str) -> None:
        """Give a channel another name."""
        await self._act("rename", channel=channel, name=name)

    async def describe(self, channel: str, *, topic: str = "", purpose: str = "") -> None:
        """Set topic or purpose."""
        await self._act("describe", channel=channel, word="topic" if topic else "purpose", text=topic or purpose)

    async def delete_channel(self, channel: str) -> None:
        """Delete a channel for good."""
        await self._act("delete_channel", channel=channel)

    async def deactivate(self) -> None:
        """Lose the account."""
        await self._act("deactivate")

    async def reactivate(self) -> None:
        """Get the account back."""
        await self._act("reactivate")

    def modals(self) -> list[Shown]:
        """The modals that are open, the top one last."""
        return [Shown.of(one) for one in self._wire.ask("modals", {"who": self.id})]

    def modal(self) -> Shown:
        """The modal on top; LookupError when none is open."""
        found = self.modals()
        if not found:
            raise LookupError(f"{self.name} has no modal open")
        return found[-1]

    def home(self) -> Shown | None:
        """The Home that the app published."""
        found = self._wire.ask("home", {"who": self.id})
        return None if found is None else Shown.of(found)

    def whispers(self) -> list[Whispered]:
        """What only this person sees or saw."""
        return [Whispered.of(one) for one in self._wire.ask("whispers", {"who": self.id})]

    def room(self) -> Room:
        """The conversation with the app, made when there is none."""
        return Room.of(self._wire.ask("channel", {"channel": "dm", "who": self.id}))

    def dms(self, *, everything: bool = False) -> list[Posted]:
        """The conversation with the app."""
        return [Posted.of(one) for one in self._wire.ask("messages", {"channel": "dm", "who": self.id, "everything": everything})]
