"""A process that is killed anywhere between a message and its last effect, and started again: everything once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash import plays
from tests.crash.plays import Play, in_a_file, left_over, picture, quietly, reply, seen, single, split, unsent
from tests.process import Bot, Template

pytestmark = pytest.mark.slow

CRASHES: list[tuple[Play, tuple[str, ...]]] = [
    *((single, (place,)) for place in (
        "record-before", "record-after", "attempt-before", "child-running", "bring-after", "decide-before",
        "decide-after", "enqueue-before", "enqueue-after", "attempt-after", "deliver-before", "deliver-after",
        "deliver-after:2", "keep-after", "perform-after:2", "ended-after",
    )),
    (in_a_file, ("fetch-after",)),
    (split, ("decide-after:2",)),
    (split, ("attempt-after:2",)),
    (split, ("record-after:3",)),
    # The first command asks whether an answer may go in clear; its form is the second.
    *((reply, (place,)) for place in ("decide-after:2", "enqueue-before:2", "deliver-after", "keep-after", "ended-after")),
    (picture, ("fetch-after:2",)),  # the press of the button
    (single, ("decide-after", "deliver-after")),
    (single, ("deliver-after", "deliver-after")),
    (split, ("bring-after:3", "keep-after:2")),
    (reply, ("decide-after:2", "deliver-after")),
    (unsent, ("decide-after:4", "deliver-after")),  # the fourth is decided once the answer has arrived
]


@pytest.mark.parametrize(("play", "crashes"), CRASHES, ids=[f"{p.__name__}-{'-then-'.join(c)}" for p, c in CRASHES])
def test_everything_happens_once(
    play: Play, crashes: tuple[str, ...], references: plays.References, template: Template, tmp_path: Path, bots: list[Bot],
) -> None:
    wanted = references.of(play)
    bot = Bot(references.start_of(play).copied(tmp_path)).start(crashes[0])
    bots.append(bot)
    dead = [bot.pid]
    quietly(lambda: play(bot, template))
    assert bot.died() == -9, "it reached the place"
    for place in crashes[1:]:
        bot.start(place)
        dead.append(bot.pid)
        assert bot.died() == -9, "it reached the place"
    bot.start()
    if play is split:
        play(bot, template)  # what was not accepted is said now
    assert seen(bot) == wanted
    assert [left for pid in dead for left in left_over(pid)] == []
