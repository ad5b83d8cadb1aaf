"""P7: words find their report: a reply, then an id, then the only open one, then our last question, else the researcher chooses."""

from __future__ import annotations

import pytest

from tests.world import World, buttons_of


@pytest.mark.slow
async def test_words_find_their_report(world: World) -> None:
    me, sec = world.researcher, world.triager_sec
    first = await me.sends_report("One flaw.")
    channel = world.channel(first)

    async def in_channel(where: str) -> str:
        return "\n".join(await world.lead.bot_texts(where))

    await me.says("accept high jailbreak")  # a staff word is talk here
    assert "accept high jailbreak" in await in_channel(channel), "the only open one"
    assert f"To the triage team of {first}." in await me.last(), "each delivery says where it went"
    await me.says("status of the fix?")
    assert "status of the fix?" in await in_channel(channel), "not exactly a command word, so it is talk"

    second = await me.sends_report("Another flaw.")
    other = world.channel(second)
    await me.says("Which one is this?")
    asked = (await me.messages())[-1]
    labels = [one["label"] for one in buttons_of(asked)]
    assert (set(labels), labels[-1]) == ({first, second, "None of these"}, "None of these")
    assert "Which one is this?" not in await in_channel(channel) + await in_channel(other), "nothing before the choice"
    assert (await me.presses(second)).code == "ok"
    assert "Which one is this?" in await in_channel(other)

    loose = first[4:].lower().replace("0", "o").replace("1", "l")
    for number, named in enumerate((loose, f"aiv-{loose}", f"AIV-{first[4:]}", first[:8].lower())):
        await me.says(f"Attempt {number} concerns {named}, I think.")
        assert f"Attempt {number} " in await in_channel(channel), named
    taken = [one for one in await me.messages() if one["text"].startswith("To the triage team")]
    assert [one["label"] for one in buttons_of(taken[-1])] == ["Wrong one"]
    assert (await me.presses("Wrong one")).code == "ok"
    assert "Attempt 3 " not in await in_channel(channel)
    assert (await me.presses(second)).code == "ok"
    assert "Attempt 3 " in await in_channel(other)

    assert (await sec.runs("ask clear=yes With which account?", channel)).code == "ok"
    await me.says("A fresh one.")
    assert "A fresh one." in await in_channel(channel), "our last question"
    await world.passes("25h")
    await me.says("Still there?")
    assert "Which report is this about" in await me.last(), "24 hours later it does not count any more"
