"""One report across Discord and Slack, and the bot is killed at every step of its way: everything once on either side.

The bot is the real process; Discord and Slack are processes of their own, so that they remember. Discord tells nothing again: what
was said while the bot was dead is read back, from everybody who ever said hello.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from config.clock import SystemClock
from storage import gpghome
from tests.crash.bridge_plays import SAYS, bridge, do
from tests.crash.slack_plays import Start, prepare
from tests.platforms.slack_standin.someone import Someone
from tests.process import until
from tests.proving import BEFORE, HIGH
from tests.slack_world import words

pytestmark = pytest.mark.slow

# The other lane goes no further meanwhile, so that it is certain what is done and what is not.
NOTHING_ON_DISCORD = f"hang discord-call-before@{SAYS}"


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    yield prepare(tmp_path_factory.mktemp("bridge"))
    gpghome.sweep_stale_homes()  # of the processes that were killed


def test_a_report_on_discord_opens_one_channel_on_slack(start: Start) -> None:
    with bridge(start) as at:
        at.hello()
        at.bot.stop()
        at.again("record-before")
        at.writes(start.report)
        at.fell()
        for place in (
            "decide-after",  # read back and recorded; nothing committed
            "enqueue-before",  # committed
            f"{NOTHING_ON_DISCORD},slack-call-after@conversations.create",  # the channel is there, its id is kept nowhere
            f"{NOTHING_ON_DISCORD},slack-call-after@chat.postMessage",  # the card is there
            f"discord-call-after@{SAYS}",  # the receipt is there
        ):
            at.begin(place)
            at.fell()
        at.begin()
        at.carded()
        at.once()


def test_what_either_side_says_and_asks_arrives_once(start: Start) -> None:
    with bridge(start) as at:
        at.reported()
        at.bot.stop()
        at.again(f"discord-call-after@{SAYS}")
        sec = at.slack.person("triager-sec")
        at.slash("triager-sec", "ask Which account did you use?")
        confirmed(sec, "Which account did you use?")
        at.fell()
        at.again("slack-call-after@A fresh test account")
        until(lambda: any("Which account" in one for one in at.told()), what="the question")
        at.bot.settled()
        at.writes("A fresh test account.")
        at.fell()
        more = at.writes("I said that while nobody listened.")
        do(at.discord.person("researcher").edit(more, "I said that while nobody was there."))
        at.again("discord-answer-before")
        until(lambda: any("nobody was there" in one for one in at.shown()), what="what was said meanwhile, as it stands now")
        assert not any("nobody listened" in one for one in at.shown())
        at.bot.settled()
        researcher = at.discord.person("researcher")
        lost = do(researcher.slash("report credit", name="Quiet Heron"))
        at.fell(lost)
        assert lost.kind == "error"
        at.again()
        seen = do(researcher.slash("report credit", name="Quiet Heron"))
        assert "Quiet Heron" in seen.message.words
        at.once()
        assert sum("Which account" in one for one in at.told()) == 1
        assert sum("To the triage team" in one for one in at.told()) == 2
        assert sum("A fresh test account." in one for one in at.shown()) == 1


def confirmed(who: Someone, text: str) -> None:
    """Confirm that an answer goes out in clear, in the form that asks so."""
    view = until(lambda: who.modals(), what="the form")[-1]
    do(who.submit(view, {"text": text}))


def test_what_is_published_stands_once_on_either_platform(start: Start) -> None:
    with bridge(start) as at:
        at.reported()
        soon = f"{SystemClock().now() + timedelta(days=14):%Y-%m-%d}"
        for who, line in (
            ("triager-sec", "accept high jailbreak"), ("triager-ml", ""), ("triager-sec", "owner @owner"), ("owner", f"work {soon}"),
            ("owner", "fix build 7"), *(("triager-ml", one) for one in (*BEFORE, "verify", *HIGH)),
        ):
            if line:
                at.slash(who, line)
            else:
                at.agrees(who, "Agree: accept")
        at.presses("It is fixed")
        at.presses("Agree to publish")
        named = at.presses("Thank me by name")
        do(at.discord.person("researcher").submit(named.modal, {"name": "Quiet Heron"}))
        at.slash("lead", "agree")
        at.bot.settled()
        at.bot.stop()
        at.again(f"{NOTHING_ON_DISCORD},slack-call-after@Quiet Heron")
        channel = at.channels()[0]
        do(at.slack.person("lead").slash("/vdp publish", channel))
        at.fell()
        assert [len(at.slack_hall()), len(at.said("hall-of-fame"))] == [1, 0]
        at.begin(f"discord-call-after@{SAYS}")
        at.fell()
        at.begin()
        until(lambda: at.slack.channel(channel).archived, what="the channel's archive")
        at.settled()
        assert [len(at.slack_hall()), len(at.said("hall-of-fame"))] == [1, 1]
        assert "Quiet Heron" in words(at.slack_hall()[0])
        assert "Quiet Heron" in at.said("hall-of-fame")[0].words
        at.bot.stop()
        at.again("discord-call-after@DELETE")
        at.writes("credit none")
        at.fell()
        at.begin()
        until(lambda: not at.slack_hall() and not at.said("hall-of-fame"), what="both are taken back")
        at.once()
