"""Answers to what people ask for on Discord: at once where there is one, else deferred and followed up.

Decides how an answer looks to the one who asked; nobody else sees it. A form can only be a first answer, and a form cannot answer a
form: then a button leads to it. What somebody typed into a form that was not taken is kept in memory until they correct it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import discord
from discord import app_commands

from bot.platforms.discord import commands, drawing, forms, heard, wire
from bot.platforms.discord.asked import RefusedCall, Unclear, Wait, asked
from bot.platforms.discord.drawing import Drawn
from bot.platforms.discord.places import Places
from bot.platforms.port import Handle
from commands.calls import Form, Incoming, Reply
from commands.text import Button, say
from commands.wording import discord as said
from commands.wording import discord_drawing as wording
from config.clock import Clock

log = logging.getLogger("harborlight.discord")

_SOON = 1.5  # real seconds that an answer may take before it is deferred; Discord waits three
_LATE = timedelta(seconds=2)  # an interaction that is told again after a torn line may be past answering
_TYPED_KEPT = timedelta(minutes=15)
_TYPED_MOST = 200
_UNKNOWN = frozenset((10062, 10015, 50027, 40060))

Kind = discord.InteractionType
Data = Mapping[str, Any]


class Answers:
    """Answers every interaction."""

    def __init__(self, places: Places, *, clock: Clock) -> None:
        """`places` names the channels."""
        self._places, self._clock = places, clock
        self._typed: dict[tuple[str, str], tuple[datetime, dict[str, str]]] = {}  # person and line

    async def answer(self, interaction: discord.Interaction, handle: Handle) -> None:
        """Answer one interaction; what is not ours is left alone."""
        data: Data = interaction.data or {}
        try:
            match interaction.type:
                case Kind.autocomplete:
                    await self._complete(interaction, data, handle)
                case Kind.application_command if data.get("type") == 3:
                    await self._sent(interaction, data, handle)
                case Kind.application_command:
                    await self._run(interaction, heard.command(interaction, data, self._places), handle)
                case Kind.component:
                    await self._press(interaction, data, handle)
                case Kind.modal_submit:
                    await self._submit(interaction, data, handle)
        except ValueError:
            return  # a command or a form of somebody else's, or of an earlier release
        except (RefusedCall, Wait, Unclear) as lost:
            code = getattr(lost, "code", 0)
            if code not in _UNKNOWN:
                kind = type(lost).__name__
                log.warning("Discord did not take an answer: %s, %d", kind, code)

    # -- what was asked ----------------------------------------------------------------------------------------

    async def _complete(self, interaction: discord.Interaction, data: Data, handle: Handle) -> None:
        found = heard.completion(interaction, data, self._places)
        if found is None:
            return
        incoming, typed = found
        reply = await handle(incoming)
        meant = any(one.meant for one in reply.choices)  # what was typed has found them already
        shown = commands.completions([(one.word, one.text) for one in reply.choices], "" if meant else typed)
        await asked(interaction.response.autocomplete([app_commands.Choice(name=one["name"], value=one["value"]) for one in shown]))

    async def _sent(self, interaction: discord.Interaction, data: Data, handle: Handle) -> None:
        incoming = heard.sent_to_desk(interaction, data, self._places)
        if incoming is None:
            await self._say(interaction, Drawn(said.NOT_YOURS))
            return

        async def recorded(one: Incoming) -> Reply:
            await handle(one)
            return Reply(text=say(said.SENT))

        await self._run(interaction, incoming, recorded)

    async def _press(self, interaction: discord.Interaction, data: Data, handle: Handle) -> None:
        pressed = heard.pressed(data)
        if pressed is None:
            return
        match pressed.kind:
            case "ask":
                await self._say(interaction, drawing.question(pressed.line, _label(interaction, data)))
            case "stop":
                await self._say(interaction, Drawn(wording.LEFT_AS_IT_IS), instead=True)
            case _:
                await self._run(interaction, heard.press(interaction, pressed.line, self._places), handle, instead=pressed.kind == "sure")

    async def _submit(self, interaction: discord.Interaction, data: Data, handle: Handle) -> None:
        incoming = heard.submit(interaction, data, self._places)
        self._keep(incoming)
        await self._run(interaction, incoming, handle)

    # -- how it is answered ------------------------------------------------------------------------------------

    async def _run(self, interaction: discord.Interaction, incoming: Incoming, handle: Handle, *, instead: bool = False) -> None:
        """Have it handled and answer; with `instead` the answer takes the place of the question that was pressed."""
        if abs(self._clock.now() - interaction.created_at) > _LATE:
            await self._defer(interaction, instead=instead)  # raises when nobody could be answered, before anything is done
        task = asyncio.ensure_future(handle(incoming))
        done, _ = await asyncio.wait({task}, timeout=_SOON)
        if not done and not interaction.response.is_done():
            try:
                await self._defer(interaction, instead=instead)
            except (RefusedCall, Wait, Unclear):
                await asyncio.gather(task, return_exceptions=True)  # it is done all the same; there is nobody left to tell
                raise
        try:
            reply = await task
        except Exception as wrong:  # such as a database that is away
            kind = type(wrong).__name__
            log.warning("what somebody asked for could not be handled: %s", kind)
            reply = Reply(text=say(said.NOT_TAKEN))
        drawn = self._shown(interaction, incoming, reply)
        if isinstance(drawn, wire.Sheet):
            await asked(interaction.response.send_modal(drawn))
        else:
            await self._say(interaction, drawn, instead=instead)

    def _shown(self, interaction: discord.Interaction, incoming: Incoming, reply: Reply) -> Drawn | wire.Sheet:
        wrong = forms.errors(reply, incoming.line) if incoming.kind == "submit" else None
        if wrong is not None:
            return wrong
        if reply.form is None:
            self._typed.pop((incoming.person, incoming.line), None)
            return drawing.reply(reply) if reply != Reply() else Drawn(said.DONE)
        if interaction.response.is_done() or interaction.type is Kind.modal_submit:
            opens = Button(reply.form.id, reply.form.title, "primary")
            return drawing.reply(Reply(text=reply.text or say(said.FORM_WAITS), buttons=(opens,)))
        try:
            return wire.Sheet(forms.view(reply.form, values=self._kept(incoming.person, reply.form)))
        except forms.LineTooLong:
            return Drawn(wording.line_too_long())

    async def _defer(self, interaction: discord.Interaction, *, instead: bool) -> None:
        if instead:
            await asked(interaction.response.defer())
        else:
            await asked(interaction.response.defer(ephemeral=True, thinking=interaction.type is not Kind.application_command))

    async def _say(self, interaction: discord.Interaction, drawn: Drawn, *, instead: bool = False) -> None:
        """Answer so that only the person sees it."""
        if interaction.response.is_done():  # takes the place of what was deferred: doing it again changes nothing
            await asked(interaction.edit_original_response(**wire.changed(drawn)))
        elif instead:
            await asked(interaction.response.edit_message(**wire.changed(drawn)))
        else:
            await asked(interaction.response.send_message(**wire.said(drawn), ephemeral=True))

    # -- what was typed ----------------------------------------------------------------------------------------

    def _keep(self, incoming: Incoming) -> None:
        now = self._clock.now()
        self._typed = {key: one for key, one in self._typed.items() if now - one[0] < _TYPED_KEPT}
        while len(self._typed) >= _TYPED_MOST:
            del self._typed[min(self._typed, key=lambda key: self._typed[key][0])]
        self._typed[incoming.person, incoming.line] = (now, dict(incoming.values))

    def _kept(self, person: str, form: Form) -> dict[str, str]:
        found = self._typed.get((person, form.id))
        if found is None or self._clock.now() - found[0] >= _TYPED_KEPT:
            return {}
        return found[1]


def _label(interaction: discord.Interaction, data: Data) -> str:
    """Return the label of the pressed button."""
    custom = data.get("custom_id")
    rows: list[Any] = list(interaction.message.components) if interaction.message is not None else []
    for row in rows:
        for one in getattr(row, "children", ()):
            if getattr(one, "custom_id", None) == custom:
                return str(one.label or wording.OPEN)
    return wording.OPEN
