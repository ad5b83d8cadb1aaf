"""How people use the bot: commands, autocomplete, buttons, selects, modals, message commands; and what they then see."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from tests.platforms.discord_standin import bits, inputs, payloads
from tests.platforms.discord_standin.acts import Acts
from tests.platforms.discord_standin.check_components import BUTTON, SELECTS, every
from tests.platforms.discord_standin.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL, Asked, Modal
from tests.platforms.discord_standin.refusals import ClientRefuses
from tests.platforms.discord_standin.things import DM, EPHEMERAL, Channel, Json, Message, Person


class Uses(Acts):
    """People's doings that ask the bot something and wait for its answer."""

    # -- commands --
    async def slash(self, who: str, line: str, channel: str = "dm", options: Json | None = None) -> Json:
        """Give a command by its words; tells what the person sees."""
        person = self._person(who)
        place = self._usable(person, channel)
        command, path, leaf = self._command(line, person, place)
        resolved: Json = {}
        given = inputs.options(self, person, leaf, options or {}, resolved)
        return await self._asked(person, place, COMMAND, self._data(command, path, given, resolved))

    async def autocomplete(self, who: str, line: str, option: str, typed: str, channel: str = "dm", options: Json | None = None) -> Json:
        """Type into an option of a command; tells the choices that come."""
        person = self._person(who)
        place = self._usable(person, channel)
        command, path, leaf = self._command(line, person, place)
        found = next((one for one in leaf if one["name"] == option), None)
        if found is None or not found.get("autocomplete"):
            raise ClientRefuses(f"{option} is no option with autocomplete")
        given = inputs.options(self, person, leaf, options or {}, {}, partial=True)
        given.append({"name": option, "type": found["type"], "value": typed, "focused": True})
        return await self._asked(person, place, AUTOCOMPLETE, self._data(command, path, given, {}))

    async def message_command(self, who: str, name: str, channel: str, message: str) -> Json:
        """Use a command from a message's menu."""
        person = self._person(who)
        place = self._usable(person, channel)
        command = self._listed(name, 3, person, place)
        target = self._message(place, message, person)
        resolved = {"messages": {target.id: payloads.message(self.back.guild, target)}}
        data = {"id": command["id"], "name": name, "type": 3, "target_id": target.id, "resolved": resolved}
        return await self._asked(person, place, COMMAND, data)

    def _usable(self, who: Person, channel: str) -> Channel:
        place = self._place(channel, who)
        if place.type != DM and not self.back.guild.may(who, place) & bits.COMMANDS:
            raise ClientRefuses("no permission to use commands here")
        if place.type == DM and not who.in_guild:
            raise ClientRefuses("no guild in common with the app")
        return place

    def _listed(self, name: str, kind: int, who: Person, place: Channel) -> Json:
        """A registered command that this person may use here."""
        shelves = self.back.commands
        guild = place.type != DM
        found = next((one for shelf in ([shelves.in_guild] if guild else []) + [shelves.globally] for one in shelf.values()
                      if one["name"] == name and one["type"] == kind), None)
        if found is None or (guild and not self.back.guild.present):
            raise ClientRefuses(f"there is no such command: {name}")
        contexts = found.get("contexts")
        here = 0 if guild else 1
        if (contexts is not None and here not in contexts) or (contexts is None and not guild and found.get("dm_permission") is False):
            raise ClientRefuses(f"{name} cannot be used here")
        needs = found.get("default_member_permissions")
        if guild and needs is not None:
            may = self.back.guild.may(who, place)
            if (int(needs) == 0 and not may & bits.ADMINISTRATOR) or int(needs) & ~may:
                raise ClientRefuses(f"no permission to use {name}")
        return found

    def _command(self, line: str, who: Person, place: Channel) -> tuple[Json, list[tuple[str, int]], list[Json]]:
        """The command, the sub-commands on the way with their types, and the options at its end."""
        words = line.removeprefix("/").split()
        command = self._listed(words[0], 1, who, place)
        path: list[tuple[str, int]] = []
        options: list[Json] = command.get("options") or []
        for word in words[1:]:
            found = next((one for one in options if one["name"] == word and one["type"] in {1, 2}), None)
            if found is None:
                raise ClientRefuses(f"there is no such command: {line}")
            path.append((word, found["type"]))
            options = found.get("options") or []
        if any(one["type"] in {1, 2} for one in options):
            raise ClientRefuses(f"{line} needs a sub-command")
        return command, path, options

    def _data(self, command: Json, path: list[tuple[str, int]], given: list[Json], resolved: Json) -> Json:
        for name, kind in reversed(path):
            given = [{"name": name, "type": kind, "options": given}]
        data = {"id": command["id"], "name": command["name"], "type": 1, "options": given}
        if "guild_id" in command:
            data["guild_id"] = command["guild_id"]
        return data | ({"resolved": resolved} if resolved else {})

    # -- components --
    async def click(self, who: str, channel: str, message: str, button: str, values: list[str] | None = None) -> Json:
        """Press a button by its custom_id or label, or choose values in a select by its custom_id."""
        person = self._person(who)
        place = self._place(channel, person)
        source = self._message(place, message, person)
        found = next((one for one in every(source.components) if button in {one.get("custom_id"), one.get("label")}), None)
        if found is None:
            raise ClientRefuses(f"there is no such button: {button}")
        if found.get("disabled"):
            raise ClientRefuses("this button is disabled")
        if "custom_id" not in found:
            raise ClientRefuses("this button opens a link")
        data: Json = {"custom_id": found["custom_id"], "component_type": found["type"], "id": found["id"]}
        if found["type"] in SELECTS:
            resolved: Json = {}
            data |= {"values": inputs.chosen(self, found, values or [], resolved), "resolved": resolved}
        elif found["type"] != BUTTON:
            raise ClientRefuses("this is no button")
        return await self._asked(person, place, COMPONENT, data, source)

    async def submit(self, who: str, modal: str, values: Json) -> Json:
        """Fill in a modal by custom_id and send it."""
        person = self._person(who)
        shown = self._modal(person, modal)
        resolved: Json = {}
        components = inputs.filled(self, person, shown.data["components"], values, resolved)
        data = {"custom_id": shown.data["custom_id"], "components": components, "resolved": resolved}
        place = self.back.guild.channels[shown.channel]
        found = await self._asked(person, place, MODAL, data, shown.source)
        if found["kind"] != "error":
            shown.open = False
        return found

    def dismiss(self, who: str, modal: str) -> None:
        """Close a modal; the bot never hears of it."""
        self._modal(self._person(who), modal).open = False

    def _modal(self, who: Person, modal: str) -> Modal:
        found = next((one for one in self.back.interactions.open_modals(who.id) if one.id == modal), None)
        if found is None:
            raise ClientRefuses("this modal is not open any more")
        return found

    # -- asking and seeing --
    async def _asked(self, who: Person, place: Channel, kind: int, data: Json, source: Message | None = None) -> Json:
        guild = self.back.guild
        asked = self.back.interactions.ask(guild.flakes.new(), kind, who.id, place.id, data, source)
        body = self._body(who, place, asked)
        told = self.back.gateway.tell("INTERACTION_CREATE", place, data=body)
        if told.state == "lost":
            return self._seen(asked, told.id, "The application did not respond")
        left = self.back.interactions.seconds
        try:
            await asyncio.wait_for(asked.told.wait(), left)
        except TimeoutError:
            return self._seen(asked, told.id, "The application did not respond")
        end = time.monotonic() + self.back.options.follow_seconds
        while asked.loading and time.monotonic() < end:
            await asyncio.sleep(0.005)
        return self._seen(asked, told.id)

    def _body(self, who: Person, place: Channel, asked: Asked) -> Json:
        guild = self.back.guild
        channel = payloads.channel(guild, place, partial=True)
        found: Json = {
            "id": asked.id, "application_id": guild.application_id, "type": asked.type, "token": asked.token, "version": 1,
            "data": asked.data, "channel_id": place.id, "channel": channel, "locale": "en-US", "entitlements": [],
            "entitlement_sku_ids": [], "attachment_size_limit": 10 * 2**20, "app_permissions": str(guild.may(guild.bot, place)),
            "authorizing_integration_owners": {"0": guild.id if place.type != DM else "0"}, "context": 1 if place.type == DM else 0,
        }
        if place.type == DM:
            found["user"] = payloads.user(who)
        else:
            channel["permissions"] = str(guild.may(who, place))
            found |= {"member": payloads.member(guild, who, channel=place), "guild_id": guild.id, "guild_locale": "en-US",
                      "guild": {"id": guild.id, "locale": "en-US", "features": []}}
        if asked.source is not None:
            found["message"] = payloads.message(guild, asked.source)
        return found

    def _seen(self, asked: Asked, told: int, error: str = "") -> Json:
        """What the person sees of the answer now."""
        kind = {"deferred_update": "nothing", "update": "updated"}.get(asked.first, asked.first)
        message = asked.original if kind == "updated" else asked.messages[0] if asked.messages else None
        if asked.first == "deferred":
            kind = "deferred" if asked.loading else "message"
        if kind == "message":
            message = asked.messages[0] if asked.messages else None
            kind = "nothing" if message is None or message.deleted else "whisper" if message.flags & EPHEMERAL else "message"
        place = self.back.guild.channels[asked.channel]
        found: Json = {"kind": "error" if error else kind, "error": error, "ms": asked.ms, "id": asked.id, "told": told, "first": asked.first,
                       "choices": asked.choices, "refusals": list(asked.refusals), "message": None, "modal": None}
        if message is not None and not error:
            found["message"] = self._shown(place, message)
        if asked.modal:
            found["modal"] = self._modal_body(self.back.interactions.modals[asked.modal])
        return found

    def outcome(self, asked: str) -> Json:
        """What is seen by now of an interaction, with every message that answered it."""
        one = self.back.interactions.all[asked]
        place = self.back.guild.channels[one.channel]
        every_answer = [self._shown(place, each) for each in one.messages if not each.deleted]
        return self._seen(one, -1) | {"messages": every_answer}

    def _modal_body(self, one: Modal) -> Json:
        return {"id": one.id, "user": one.user, "channel": one.channel, "open": one.open, **one.data, "fields": inputs.names(one.data)}

    def modals(self, who: str) -> list[Json]:
        """The modal that somebody has open, in a list of one or none."""
        return [self._modal_body(one) for one in self.back.interactions.open_modals(self._person(who).id)]

    def whispers(self, who: str) -> list[Json]:
        """What only this person sees, oldest first; a client that was reloaded shows none of it."""
        person = self._person(who)
        found: list[Any] = [(place, one) for place in self.back.guild.channels.values() for one in place.kept if one.seen_by == person.id]
        return [self._shown(place, one) for place, one in sorted(found, key=lambda pair: int(pair[1].id))]

    def reload(self, who: str) -> None:
        """Reload the client: ephemeral messages and the open modal are gone."""
        person = self._person(who)
        for place in self.back.guild.channels.values():
            for one in place.messages.values():
                if one.seen_by == person.id:
                    one.deleted = True
        for modal in self.back.interactions.open_modals(person.id):
            modal.open = False
