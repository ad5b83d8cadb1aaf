"""Which platform is used for what, from the programme and the tokens at hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot import app as app_
from bot.keys import StartError
from config import settings as settings_
from config.placing import Placing, placed
from config.program import DEMO, ProgramError, load, read

TEXT = DEMO.read_text("utf-8")


@pytest.mark.parametrize(
    ("tokens", "triage", "intake", "expected"),
    [
        ((), "", (), Placing(("local",), "local", ("local",))),
        (("slack",), "", (), Placing(("slack",), "slack", ("slack",))),
        (("discord",), "", (), Placing(("discord",), "discord", ("discord",))),
        (("slack", "discord"), "", (), Placing(("slack", "discord"), "slack", ("slack", "discord"))),
        (("slack", "discord"), "discord", ("discord",), Placing(("slack", "discord"), "discord", ("discord",))),
        (("slack", "discord"), "slack", ("discord",), Placing(("slack", "discord"), "slack", ("discord",))),
        (("slack",), "", ("local", "slack"), Placing(("local", "slack"), "slack", ("local", "slack"))),
        (("slack",), "local", (), Placing(("local", "slack"), "local", ("local", "slack"))),
        ((), "local", (), Placing(("local",), "local", ("local",))),
    ],
)
def test_where_things_happen(tokens: tuple[str, ...], triage: str, intake: tuple[str, ...], expected: Placing) -> None:
    assert placed(replace(load(DEMO), triage_platform=triage, intake_platforms=intake), tokens) == expected


def test_a_platform_without_a_token_is_named() -> None:
    program = replace(load(DEMO), triage_platform="slack", intake_platforms=("discord", "local"))
    with pytest.raises(ProgramError) as caught:
        placed(program, ())
    assert [one.split(":")[0] for one in caught.value.problems] == ["triage_platform", "intake_platforms"]
    with pytest.raises(StartError, match="triage_platform: names slack, and the settings hold no token for it"):
        app_.placing(settings_.load(), program)


def test_the_file_says_it_and_is_checked() -> None:
    program = read('triage_platform = "slack"\nintake_platforms = ["discord"]\n' + TEXT)
    assert (program.triage_platform, program.intake_platforms) == ("slack", ("discord",))
    assert program.version != read(TEXT).version
    for line in ('triage_platform = "irc"', "intake_platforms = []", 'intake_platforms = ["slack", "slack"]'):
        with pytest.raises(ProgramError) as caught:
            read(f"{line}\n{TEXT}")
        assert caught.value.problems[0].split(":")[0] == line.split(" ")[0]


def test_channels_have_one_name_or_one_on_each_platform() -> None:
    channels = load(DEMO).channels
    assert {channels.thanks(one) for one in ("local", "slack", "discord")} == {"hall-of-fame"}
    own = read(TEXT.replace('hall_of_fame = "hall-of-fame"', 'hall_of_fame = { slack = "thanks", discord = "fame" }')).channels
    assert [own.thanks(one) for one in ("slack", "discord", "local")] == ["thanks", "fame", ""]
    assert own.leaders("local") == "leadership"
    for wrong in ("{ slack = 5 }", '{ irc = "thanks" }', "{ }", '{ slack = "leadership" }'):
        with pytest.raises(ProgramError):
            read(TEXT.replace('hall_of_fame = "hall-of-fame"', f"hall_of_fame = {wrong}"))


def test_a_programme_that_uses_none_of_it_keeps_its_version() -> None:
    """A report is pinned to the version of its programme: a release must not change it."""
    program = load(DEMO)
    channels = replace(program.channels, front_door="", front_door_on=())
    first = replace(program, triage_platform="", intake_platforms=(), channels=channels)
    assert first.version == "cccfca200ca8be7cdf77e442edaaffd6b453bebdb48df72414400b9135a525b7"
    assert replace(first, triage_platform="slack").version != first.version
