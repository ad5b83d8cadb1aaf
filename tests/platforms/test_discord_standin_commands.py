"""The stand-in's application commands: what they may be, how many may be made, who may give them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from config.clock import ManualClock
from tests.platforms.discord_house import SEND, STAFF, VDP, commands_of, option, raw
from tests.platforms.discord_standin.refusals import ClientRefuses
from tests.world import MONDAY

Json = dict[str, Any]


async def test_commands_are_checked() -> None:
    async with raw() as api:
        where = commands_of(api)
        bad: list[tuple[list[Json], str]] = [
            ([{**VDP, "name": "Vdp"}], "0.name"), ([{**VDP, "name": "x" * 33}], "0.name"),
            ([{**VDP, "description": "x" * 101}], "0.description"), ([{**VDP, "description": ""}], "0.description"), ([VDP, VDP], "1.name"),
            ([{**VDP, "options": [option(f"o{i}") for i in range(26)]}], "0.options"),
            ([{**VDP, "options": [option("o", choices=[{"name": str(i), "value": "x"} for i in range(26)])]}], "0.options.0.choices"),
            ([{**VDP, "options": [option("o", choices=[{"name": "n", "value": "x" * 101}])]}], "0.options.0.choices.0.value"),
            ([{**VDP, "options": [option("o"), option("o")]}], "0.options.1.name"),
            ([{**VDP, "options": [option("a"), option("b", required=True)]}], "0.options.1.required"),
            ([{**VDP, "options": [option("a", 1), option("b")]}], "0.options"),
            ([{**VDP, "options": [option("a", 2, options=[option("b", 2)])]}], "0.options.0.options"),
            ([{**VDP, "options": [option("a", 1, options=[option("b", 1)])]}], "0.options.0.options"),
            ([{**VDP, "options": [option("o", max_length=6001)]}], "0.options.0.max_length"),
            ([{**SEND, "description": "x"}], "0.description"), ([{**SEND, "name": str(i)} for i in range(16)], "commands"),
        ]
        for given, path in bad:
            answer = await api.put(where, given)
            assert (answer.status, answer.code) == (400, 50035) and path in answer.paths, (path, answer.paths)
        wide = [option(f"o{i}", description="x" * 100, choices=[{"name": f"{k}".ljust(100, "x"), "value": "v" * 90} for k in range(3)])
                for i in range(13)]
        assert "0" in (await api.put(where, [{**VDP, "options": wide}])).paths
        assert (await api.put(where, [{**VDP, "options": wide[:11]}])).status == 200
        assert (await api.put("/applications/1/commands", [VDP])).code == 20012
        assert api.stand.command_writes()["writes"] == 1


async def test_creations_are_counted_per_day() -> None:
    clock = ManualClock(MONDAY)
    async with raw(creates_per_day=3, now=clock.now) as api:
        first = (await api.put(commands_of(api), [VDP, SEND])).body
        again = (await api.put(commands_of(api), [VDP, {**SEND, "contexts": [0]}])).body
        assert [one["id"] for one in first] == [one["id"] for one in again]
        assert first[0]["version"] == again[0]["version"] and first[1]["version"] != again[1]["version"]
        assert api.stand.command_writes() == {"writes": 2, "created": 2}
        assert (await api.post(commands_of(api), STAFF)).status == 201
        full = await api.post(commands_of(api, guild=True), STAFF)
        assert (full.status, full.code) == (400, 30034)
        clock.advance(timedelta(days=1, seconds=1))
        assert (await api.post(commands_of(api, guild=True), STAFF)).body["guild_id"] == api.stand.guild_id
        one = f"{commands_of(api)}/{first[0]['id']}"
        assert (await api.get(one)).body["name"] == "vdp" and (await api.patch(one, {"description": "new"})).body["description"] == "new"
        assert (await api.delete(one)).status == 204 and (await api.get(one)).code == 10063
        assert len((await api.get(commands_of(api))).body) == 2


async def test_what_the_client_lets_people_ask() -> None:
    async with raw() as api:
        stand, who = api.stand, api.stand.person("researcher")
        with pytest.raises(ClientRefuses, match="no such command"):
            await who.slash("vdp accept", severity="high")
        await api.put(commands_of(api), [VDP, {**SEND, "contexts": [0]}, STAFF])
        for line, options in (("vdp", {}), ("vdp reject", {}), ("vdp accept", {}), ("vdp accept", {"severity": "huge"}),
                              ("vdp accept", {"severity": "high", "other": 1}), ("vdp accept", {"severity": "high", "days": 91}),
                              ("vdp accept", {"severity": "high", "days": "x"}), ("staff", {})):
            with pytest.raises(ClientRefuses):
                await who.slash(line, options)
        with pytest.raises(ClientRefuses):
            await who.slash("staff", at="general")
        with pytest.raises(ClientRefuses):
            await who.message_command("Send to the desk", await who.dm("x"))
        with pytest.raises(ClientRefuses):
            await who.autocomplete("vdp accept", "severity", "h")
        stand.edit_overwrite("general", "everyone", deny=["use_application_commands"])
        with pytest.raises(ClientRefuses):
            await who.slash("vdp accept", severity="high", at="general")
        assert stand.events("INTERACTION_CREATE") == []
        nobody = await who.slash("vdp accept", severity="high")
        assert nobody.kind == "error" and nobody.error == "The application did not respond"
