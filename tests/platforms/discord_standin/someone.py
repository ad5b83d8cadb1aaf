"""One person, as a test moves them: everything is awaited until Discord's client would be done."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from tests.platforms.discord_standin.seen import Answered, Json, Posted, Room, Shown
from tests.platforms.slack_standin.someone import Wire

Files = Mapping[str, bytes] | Iterable[tuple[str, bytes]]


def packed(value: Any) -> Any:
    """A value for an option or a field; files are (name, bytes), or a list of them."""
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], bytes):
        return {"name": value[0], "content_base64": base64.b64encode(value[1]).decode()}
    if isinstance(value, list | tuple):
        return [packed(one) for one in value]
    return value.id if isinstance(value, Someone | Posted | Room) else value


class Someone:
    """One person. A `channel` is an id, a name, a Room, or `dm` for the conversation with the bot."""

    def __init__(self, wire: Wire, id: str, name: str) -> None:
        self._wire = wire
        self.id = id
        self.name = name

    async def _act(self, word: str, /, **args: Any) -> Any:
        return await self._wire.act(word, {"who": self.id, **args})

    # -- writing --
    async def dm(self, text: str = "", *, files: Files = (), reply_to: Posted | None = None, claimed: int = 0) -> Posted:
        """Write to the bot; too long a text becomes message.txt."""
        return await self.say("dm", text, files=files, reply_to=reply_to, claimed=claimed)

    async def say(self, channel: str | Room, text: str = "", *, files: Files = (), reply_to: Posted | None = None,
                  claimed: int = 0) -> Posted:
        """Write into a channel; `<@id>` is a mention. `claimed` is the size that Discord tells of the files, in bytes."""
        given = [packed(one) | {"claimed": claimed} for one in (files.items() if isinstance(files, Mapping) else files)]
        found = await self._act("say", channel=packed(channel), text=text, files=given, reply_to=reply_to.id if reply_to else "")
        return Posted.of(found)

    async def edit(self, message: Posted, text: str) -> Posted:
        """Change one's own message."""
        return Posted.of(await self._act("edit", channel=message.channel, message=message.id, text=text))

    async def delete(self, message: Posted) -> None:
        """Delete one's own message (a moderator anybody's), or dismiss an ephemeral one."""
        await self._act("delete", channel=message.channel, message=message.id)

    async def react(self, message: Posted, emoji: str) -> None:
        """React to a message."""
        await self._act("react", channel=message.channel, message=message.id, emoji=emoji)

    # -- using the bot --
    async def slash(self, line: str, options: Json | None = None, /, *, at: str | Room = "dm", **more: Any) -> Answered:
        """Give a command, as `slash("vdp accept", severity="high", at="desk")`, and wait for what is seen of it.

        Options by name (dashes as underscores), in a dict where a name would clash; a file is (name, bytes).
        """
        given = {name: packed(value) for name, value in {**(options or {}), **more}.items()}
        return Answered.of(await self._act("slash", line=line, channel=packed(at), options=given))

    async def autocomplete(self, line: str, option: str, typed: str = "", /, *, at: str | Room = "dm", **more: Any) -> list[Any]:
        """Type into an option; returns the values of the choices that come."""
        return [one["value"] for one in (await self.suggested(line, option, typed, at=at, **more)).choices]

    async def suggested(self, line: str, option: str, typed: str = "", /, *, at: str | Room = "dm", **more: Any) -> Answered:
        """The same with everything that is known of the answer."""
        given = {name: packed(value) for name, value in more.items()}
        return Answered.of(await self._act("autocomplete", line=line, option=option, typed=typed, channel=packed(at), options=given))

    async def message_command(self, name: str, message: Posted) -> Answered:
        """Use a command from a message's menu."""
        return Answered.of(await self._act("message_command", name=name, channel=message.channel, message=message.id))

    async def click(self, message: Posted, button: str, values: list[Any] | None = None) -> Answered:
        """Press a button by custom_id or label, or choose values in a select by its custom_id."""
        chosen = None if values is None else [packed(one) for one in values]
        return Answered.of(await self._act("click", channel=message.channel, message=message.id, button=button, values=chosen))

    async def submit(self, modal: Shown, values: Json | None = None, **more: Any) -> Answered:
        """Fill in a form by custom_id and send it; a file is (name, bytes), several a list of them."""
        given = {name: packed(value) for name, value in {**(values or {}), **more}.items()}
        return Answered.of(await self._act("submit", modal=modal.id, values=given))

    async def dismiss(self, modal: Shown) -> None:
        """Close a form without sending it; the bot never hears of it."""
        await self._act("dismiss", modal=modal.id)

    async def reload(self) -> None:
        """Reload the client: ephemeral messages and open forms are gone."""
        await self._act("reload")

    # -- standing --
    async def close_dms(self, closed: bool = True) -> None:
        """Close direct messages to members of the guild, or open them."""
        await self._act("close_dms", closed=closed)

    async def block(self, blocked: bool = True) -> None:
        """Block the bot, or no longer."""
        await self._act("block", blocked=blocked)

    async def nitro(self, on: bool = True) -> None:
        """Have Nitro: 4000 characters, 500 MB."""
        await self._act("nitro", on=on)

    async def leave_guild(self) -> None:
        """Leave the guild."""
        await self._act("leave_guild")

    async def join(self) -> None:
        """Join the guild, without roles."""
        await self._act("join_guild")

    # -- seeing --
    def dms(self, *, everything: bool = False) -> list[Posted]:
        """The conversation with the bot."""
        found = self._wire.ask("messages", {"channel": "dm", "who": self.id, "everything": everything})
        return [Posted.of(one) for one in found]

    def room(self) -> Room:
        """The conversation with the bot as a place."""
        return Room.of(self._wire.ask("channel", {"channel": "dm", "who": self.id}))

    def whispers(self) -> list[Posted]:
        """Ephemeral messages that are still there, oldest first."""
        return [Posted.of(one) for one in self._wire.ask("whispers", {"who": self.id})]

    def modals(self) -> list[Shown]:
        """The form that is open, in a list of one or none."""
        return [Shown.of(one) for one in self._wire.ask("modals", {"who": self.id})]

    def modal(self) -> Shown:
        """The form that is open; LookupError when none is."""
        found = self.modals()
        if not found:
            raise LookupError(f"{self.name} has no form open")
        return found[-1]
