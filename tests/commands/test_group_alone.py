"""A group's name alone, typed by a colleague: its words are named."""

from __future__ import annotations

from tests.world import World


async def test_a_group_alone_names_its_words(world: World) -> None:
    for group, word in (("embargo", "propose"), ("program", "roles"), ("case", "undo")):
        found = await world.lead.runs(group)
        assert found.code == "unknown_command" and word in found.text, found
    assert (await world.researcher.runs("embargo")).code != "unknown_command", "a researcher's own word"
