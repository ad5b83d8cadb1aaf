"""Real cards on Discord: what a running house says, drawn; and the stand-in's own reader and rules agree with ours."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from bot.platforms.discord import commands, drawing, forms
from bot.platforms.discord.buttons import line_of
from bot.platforms.discord.drawing import Drawn
from bot.platforms.discord.text import BREAK
from commands import cards, modules
from commands.calls import Form, Reply
from commands.effects import DirectMessage, Post
from commands.registry import Registry
from commands.text import Body
from tests.platforms.discord_standin import check_commands, check_components, check_messages
from tests.platforms.discord_standin.markdown import shown
from tests.platforms.discord_strict import check_message, words
from tests.platforms.discord_words import Allowed, ours, read
from tests.platforms.test_discord_drawing import SLOW, ids, labels
from tests.platforms.test_slack_blocks import answers, bodies
from tests.platforms.test_slack_forms import drawn_forms
from tests.world import World

# -- the real cards ------------------------------------------------------------------------------------------------

async def drawn(world: World, name: str) -> Drawn:
    """A card of a running world, drawn for Discord."""
    async with world.app.database.read(world.clock.now()) as work:
        shown = await cards.render(work, world.app.desk, name)
    assert shown is not None
    found = drawing.message(shown.body)
    check_message(found, ours(shown.body))
    return found


async def test_the_cards_of_a_case_look_right(world: World) -> None:
    report = await world.researcher.sends_report("It tells @everyone **everything** at https://evil.example", title="Persona <@1> prompt")
    channel = world.channel(report)
    await world.triager_sec.runs("acknowledge", channel)
    case = await drawn(world, f"{report}/card")
    assert case.content == ""
    assert case.embeds[0]["author"]["name"].startswith(report)
    assert case.embeds[0]["title"] == f"Persona \\<{BREAK}@1> prompt"
    assert "● **Accept it or set it aside**" in case.embeds[0]["description"]
    assert "everything" not in words(case), "the report's text is folded"
    assert labels(case)[0] == "Accept"
    assert ids(case)[-1] == f"+report-text report={report}"
    status = await drawn(world, f"{report}/status")
    assert "We look at it and decide" in words(status)

    await world.triager_sec.runs("reply clear=yes Please send the *log*, @here.", channel)
    relay = await drawn(world, f"{report}/talk/3")
    assert relay.embeds[0]["author"]["name"].startswith("triager-sec · to ")
    assert relay.embeds[0]["description"] == f"Please send the \\*log\\*, @{BREAK}here."
    assert relay.embeds[0]["footer"]["text"].startswith("✓ delivered")


async def test_receipt_key_and_digest_fit(world: World) -> None:
    sent: list[Body] = []
    real = world.app.local.deliver

    async def kept(sending: Any) -> Any:
        if isinstance(sending.effect, DirectMessage | Post):
            sent.append(sending.effect.body)
        return await real(sending)

    world.app.local.deliver = kept  # type: ignore[method-assign]
    report = await world.researcher.sends_report()
    await world.researcher.says("key")
    await world.until(datetime(2026, 12, 7, 10, tzinfo=UTC))
    assert len(sent) >= 4
    messages = [drawing.message(body) for body in sent]
    for one, body in zip(messages, sent, strict=True):
        check_message(one, ours(body))
        assert not one.cut, "nothing of ours is too long"
    receipt = next(one for one in messages if "We have your report" in words(one))
    assert receipt.embeds[0]["author"]["name"].startswith(report)
    key = next(one for one in messages if "recipient-file" in words(one))
    assert [kind for one in (key.content, *(e.get("description", "") for e in key.embeds)) for kind, _ in read(one).live].count("pre") == 1
    assert any("digest-counted" in line_of(custom) for one in messages for custom in ids(one))


# -- the stand-in agrees -------------------------------------------------------------------------------------------

def check_agreed(drawn_: Drawn, allowed: Allowed) -> None:
    """The stand-in takes a message and sees nothing live in it but what is ours."""
    body = {"content": drawn_.content, "embeds": list(drawn_.embeds), "components": list(drawn_.components)}
    check_messages.checked(body, len(drawn_.rest))
    for one in shown(drawn_.content, list(drawn_.embeds), list(drawn_.components)):
        kind, _, what = one.partition(":")
        match kind:
            case "mention":
                assert what[2:-1] in allowed.people, one
            case "timestamp":
                assert what[3:-1] in allowed.times, one
            case "link" | "masked" | "invite" | "preview":
                assert any(link.lower() in what.lower() for link in allowed.links), one
            case _:
                assert kind in ("bold", "code", "block", "subtext"), one


@SLOW
@given(bodies)
def test_the_stand_in_takes_every_message_and_sees_nothing_live(body: Body) -> None:
    check_agreed(drawing.message(body), ours(body))


@pytest.mark.slow
@SLOW
@given(answers)
def test_the_stand_in_takes_every_answer_and_sees_nothing_live(answer: Reply) -> None:
    check_agreed(drawing.reply(answer), ours(answer))


@SLOW
@given(drawn_forms())
def test_the_stand_in_takes_every_modal(form: Form) -> None:
    try:
        view = forms.view(form)
    except ValueError:
        return
    check_components.modal(view)


def test_the_stand_in_takes_the_commands() -> None:
    check_commands.checked(list(commands.definitions(Registry.of(modules()))))
