"""A bot on Slack that is killed anywhere between a message and its last effect, and started again: everything once.

The bot is the real process with its settings in its environment; Slack is a process of its own, so that it remembers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from storage import gpghome
from tests.crash.slack_plays import MORE, House, Start, house, prepare
from tests.process import until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    yield prepare(tmp_path_factory.mktemp("slack"))
    gpghome.sweep_stale_homes()  # of the processes that were killed


def send(at: House, text: str = "") -> None:
    """Have the researcher write; what Slack does with it is Slack's business."""
    asyncio.run(at.slack.person("researcher").dm(text or at.start.report))


@pytest.mark.parametrize("place", [
    "record-before",  # row 1: nothing is recorded, Slack tells it again
    "record-after",  # recorded, not acknowledged
    "decide-after",  # everything written, nothing committed
    "enqueue-before",  # row 2: committed
    "slack-call-after@conversations.create",  # row 5: the channel is there, its id is kept nowhere
    "slack-call-after:2@chat.postMessage",  # row 6: the receipt or the card is there, its id is kept nowhere
    "keep-after",
])
def test_a_report_is_one_wherever_the_bot_is_killed(start: Start, place: str) -> None:
    with house(start) as at:
        at.begin(place)
        send(at)
        at.fell()
        at.begin()
        at.carded()
        at.once()


@pytest.mark.parametrize("http", [False, True], ids=["socket", "http"])
def test_what_was_committed_and_never_acknowledged_is_not_done_again(start: Start, http: bool) -> None:
    """Row 2: Slack's answer is lost, the bot dies, and the event comes again."""
    with house(start, http=http) as at:
        at.begin("enqueue-before")
        at.slack.drop_ack()
        send(at)
        at.fell()
        at.begin()
        at.carded()
        until(lambda: [one for one in at.slack.deliveries("message") if len(one.attempts) > 1 and one.state == "acked"],
              what="another delivery")
        at.once()


@pytest.mark.parametrize("place", ["record-before", "slack-call-after:2@chat.postMessage"])
def test_over_http_as_well(start: Start, place: str) -> None:
    with house(start, http=True) as at:
        at.begin(place)
        send(at)
        at.fell()
        at.begin()
        at.carded()
        at.once()


@pytest.mark.parametrize("place", ["decide-after@acknowledge", "slack-call-after@chat.update"])
def test_a_command_that_was_committed_is_carried_out_once(start: Start, place: str) -> None:
    with house(start) as at:
        at.begin()
        send(at)
        at.carded()
        at.bot.settled()
        at.bot.stop()
        at.begin(place)
        at.heard()
        answer = asyncio.run(at.slack.person("triager-sec").slash("/vdp acknowledge", at.channels()[0]))
        at.fell(answer)
        at.begin()
        until(lambda: any("Thank you for" in one for one in at.told()), what="the acknowledgement")
        until(lambda: "in triage" in at.shown()[0], what="the card's new state")
        at.once()


def test_a_bot_that_is_killed_twice_on_one_way(start: Start) -> None:
    with house(start) as at:
        at.begin("decide-after")
        send(at)
        at.fell()
        at.begin("hang slack-call-before@chat.postMessage,slack-call-after@conversations.create")  # neither message is sent
        at.fell()
        at.begin("slack-call-after@chat.postMessage")
        at.fell()
        at.begin()
        at.carded()
        at.once()


def test_what_is_said_while_the_bot_is_dead_comes_after_what_was_said_before(start: Start) -> None:
    with house(start) as at:
        at.begin("decide-after")
        send(at)
        at.fell()
        at.slack.lose_events()
        send(at, MORE)
        at.slack.lose_events(False)
        at.begin()
        at.carded()
        until(lambda: any(MORE in one for one in at.shown()), what="the later words")
        at.once()
        assert MORE in at.shown()[1]
