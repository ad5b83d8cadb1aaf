"""Outages on a strict Slack: lines that end in every way, a token that is taken away, a bot that is away for days."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bot.platforms.slack import line
from bot.platforms.slack.manifest import shape
from config.clock import ManualClock
from tests.platforms.slack_once import all_once, queued, shown, told
from tests.platforms.slack_standin import Standin
from tests.slack_world import MONDAY, ROLES, SlackWorld, slack_bot, slack_world

pytestmark = pytest.mark.slow

RATE = 20.0
LOOK = 1.0  # real seconds


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SlackWorld]:
    for name in ("PING", "_LOOK"):  # five times as often as in life
        monkeypatch.setattr(line, name, LOOK)
    async with slack_world(tmp_path, ack_seconds=0.3, warning_seconds=0.3) as found:
        yield found


@pytest.fixture(params=["http", pytest.param("socket", marks=pytest.mark.slow)])
async def both(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SlackWorld]:
    async with slack_world(tmp_path, mode=request.param) as found:
        yield found


class Lives:
    """One workspace and one data folder, on which the bot lives several times."""

    def __init__(self, folder: Path, slack: object, clock: ManualClock, mode: str) -> None:
        self.folder, self.slack, self.clock, self.mode = folder, slack, clock, mode

    @asynccontextmanager
    async def life(self) -> AsyncIterator[SlackWorld]:
        async with slack_bot(self.folder, self.slack, self.clock, mode=self.mode) as found:  # type: ignore[arg-type]
            yield found


@pytest.fixture(params=["socket", "http"])
async def lives(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Lives]:
    clock = ManualClock(MONDAY, RATE)
    async with Standin.open(mode=request.param, rate=RATE, now=clock.now, manifest=shape(), ack_seconds=0.3,
                            retry_delays=(0.0, 2.0, 10.0)) as slack:
        found = Lives(tmp_path, slack, clock, request.param)
        await slack.person("admin").invite(await slack.person("admin").create_channel("leadership"), slack.bot_user)
        async with found.life():
            for name, role in ROLES.items():
                await slack.person("admin").slash(f"/vdp program grant @{name} {role}")
        yield found


# -- row 15: the line ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("how", [
    "closed", "refresh_requested", *(pytest.param(one, marks=pytest.mark.slow) for one in ("warning", "link_disabled"))])
async def test_a_line_that_ends_loses_nothing(world: SlackWorld, how: str) -> None:
    slack = world.slack
    for number in range(3):
        ended = asyncio.create_task(slack.close_sockets() if how == "closed" else slack.disconnect(how))
        await world.slack.person(f"{('researcher', 'outsider', 'owner')[number]}").dm(world.encrypted(f"Title: {number}\n\nText {number}"))
        await ended
        await slack.connected()
    await world.until(lambda: len(world.triage()) == 3, "a channel for each")
    await all_once(world, reports=3)
    assert slack.sockets()["opened"] >= 4


async def test_what_slack_gave_up_telling_is_read_back_when_the_line_is_up(world: SlackWorld) -> None:
    report = await world.report()
    await world.settled()
    world.slack.lose_events()
    for number in range(3):
        await world.researcher.dm(f"Thought {number} of three.")
    await world.outsider.dm(world.encrypted("Title: First words\n\nSaid while nobody heard."))
    await world.slack.close_sockets()
    world.slack.lose_events(False)
    await world.until(lambda: len(world.triage()) == 2, "what nobody told")
    await world.until(lambda: "Thought 2" in "".join(shown(world, report)), "what nobody told")
    await all_once(world, reports=2)
    assert [one for text in shown(world, report) for one in range(3) if f"Thought {one} of three." in text] == [0, 1, 2]


@pytest.mark.slow
async def test_a_line_that_falls_silent_is_noticed_and_loses_nothing(world: SlackWorld) -> None:
    world.slack.silent()
    await world.researcher.dm(world.encrypted("The model tells its secrets."))
    await world.until(lambda: world.slack.deliveries("message")[-1].state == "given_up", "the end of Slack's patience")
    await world.until(world.triage, "a channel")
    await all_once(world)


# -- rows 16 and 26: the bot was away ------------------------------------------------------------------------------

async def test_what_was_said_while_the_bot_was_away_is_read_in_its_order(lives: Lives) -> None:
    async with lives.life() as world:
        report = await world.report()
        another = world.encrypted("Title: First words\n\nSaid while nobody heard.")
        await world.settled()
    slack = world.slack
    slack.lose_events()
    for number in range(3):
        await slack.person("researcher").dm(f"Thought {number} of three.")
    await slack.person("outsider").dm(another)
    slack.lose_events(False)
    async with lives.life() as world:
        await slack.person("researcher").dm("Thought 3, said as the bot came back.")
        await world.until(lambda: "Thought 3" in "".join(shown(world, report)), "the last words")
        await world.until(lambda: len(world.triage()) == 2, "the other report")
        await all_once(world, reports=2)
        assert [one for text in shown(world, report) for one in range(4) if f"Thought {one}" in text] == [0, 1, 2, 3]


@pytest.mark.slow
async def test_after_three_days_away_everybody_hears_once(lives: Lives) -> None:
    async with lives.life() as world:
        await world.report()
        await world.report("outsider", "Title: Another\n\nAnother text.")
        await world.settled()
    before = {name: len(told(world, name)) for name in (*ROLES, "researcher", "outsider")}
    lives.clock.advance(timedelta(days=3, hours=2))  # Thursday, 10:00: acknowledgements are two days late
    async with lives.life() as world:
        for _ in range(3):
            await world.app.ticking.tick()
            await world.settled()
            lives.clock.advance(timedelta(minutes=10))
        await all_once(world, reports=2)
        fresh = {name: len(told(world, name)) - count for name, count in before.items()}
        # The owner's one is the list that asks whether the deadlines of their areas hold.
        assert fresh == {"triager-sec": 1, "triager-ml": 1, "lead": 1, "researcher": 1, "outsider": 1, "owner": 1, "leadership": 0}
        assert "did not keep it" in told(world)[-1]


# -- row 18: the token ---------------------------------------------------------------------------------------------

async def health(world: SlackWorld) -> int:
    site = world.app.platforms["slack"].site()
    assert site is not None
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=site), base_url="http://bot") as client:
        return (await client.get("/health")).status_code


async def test_a_token_that_is_taken_away_is_said_once_and_the_work_is_kept(
    both: SlackWorld, caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "harborlight")  # a demo that ran before in this process is quieter
    report = await both.report()
    await both.settled()
    over_http = both.app.platforms["slack"].site() is not None
    assert not over_http or await health(both) == 200
    both.slack.revoke_tokens("bot")
    await both.researcher.dm("One thing more.")
    await both.outsider.dm(both.encrypted("Title: Another\n\nAnother text."))
    await both.until(lambda: len([one for one in both.slack.calls() if one.error == "token_revoked"]) >= 3, "calls without a token")
    assert not over_http or await health(both) == 503
    assert len(await queued(both)) >= 3
    tries = len(both.slack.calls())
    await asyncio.sleep(1)  # twenty of Slack's seconds
    assert len(both.slack.calls()) - tries <= 5, "it waits"
    both.slack.restore()
    await both.until(lambda: len(both.triage()) == 2, "the other channel")
    await both.until(lambda: "One thing more." in "".join(shown(both, report)), "the words in the channel")
    await all_once(both, reports=2)
    assert not over_http or await health(both) == 200
    said = [one.getMessage() for one in caplog.records if "the bot's token" in one.getMessage()]
    assert [one.split(":")[0] for one in said] == ["Slack does not take the bot's token any more", "Slack takes the bot's token again"]
    assert both.slack.bot_token not in caplog.text


async def test_a_secret_that_was_rotated_lets_nothing_in(tmp_path: Path) -> None:
    async with slack_world(tmp_path, mode="http", ack_seconds=0.5) as world:
        world.slack.rotate_secret()
        await world.researcher.dm(world.encrypted("The model tells its secrets."))
        await world.slack.until(lambda: len(world.slack.deliveries("message")[-1].attempts) > 1, what="two tries")
        first = world.slack.deliveries("message")[-1].attempts[0]
        assert (first["how"], first["status"]) == ("http_error", 401)
        assert not world.triage()


@pytest.mark.slow
async def test_a_lost_app_token_is_said_once_and_the_line_comes_back(world: SlackWorld, caplog: pytest.LogCaptureFixture) -> None:
    world.slack.revoke_tokens("app")
    await world.slack.close_sockets()
    await world.researcher.dm(world.encrypted("The model tells its secrets."))
    await asyncio.sleep(3.6 * LOOK)  # three looks
    assert not world.triage()
    loud = [one for one in caplog.records if one.levelno >= logging.ERROR and one.name.startswith(("slack", "harborlight"))]
    assert [one.getMessage().split(";")[0] for one in loud] == ["the line to Slack is down and tried again and again"]
    world.slack.restore()
    await world.until(world.triage, "a channel")
    await all_once(world)
