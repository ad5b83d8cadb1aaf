"""What must hold after every fault: one report, one channel with its roster, each text once on each side, a chain that holds."""

from __future__ import annotations

import asyncio
from collections import Counter

from sqlalchemy import func
from sqlmodel import col, select

from storage.ledger import verify
from storage.models import Delivery, Report
from tests.platforms.slack_standin.control import Slack
from tests.platforms.slack_standin.seen import Posted
from tests.slack_world import PATIENCE, SlackWorld, words

ROSTER = {"triager-sec", "triager-ml", "lead"}


def told(world: SlackWorld, who: str = "researcher") -> list[str]:
    """Return what the bot said to somebody directly, oldest first."""
    return [words(one) for one in world.slack.person(who).dms() if one.by_app]


def shown(world: SlackWorld, report: str) -> list[str]:
    """Return what the bot said in a report's channel, oldest first."""
    return [words(one) for one in world.said(world.channel(report))]


def said_by_the_bot(slack: Slack) -> list[Posted]:
    """Return every message of the bot's that anybody sees."""
    return [one for room in slack.channels() if not room.deleted for one in slack.messages(room.id) if one.by_app]


def twice(slack: Slack) -> list[str]:
    """Return what stands more than once: messages by what finds them again, files by their names in a conversation."""
    messages = Counter(str(one.metadata["event_payload"]["key"]) for one in said_by_the_bot(slack) if one.metadata)
    files = Counter(f"{one.channel}/{file['name']}" for one in said_by_the_bot(slack) for file in one.files)
    return [name for name, count in (messages + files).items() if count > 1]


def early(slack: Slack) -> list[str]:
    """Return the methods that were called before a wait that Slack asked for was over."""
    return [one.method for one in slack.calls() if one.early]


async def dead(world: SlackWorld) -> list[tuple[str, str]]:
    """Return what could not be delivered: its kind and the reason."""
    async with world.app.database.read(world.clock.now()) as work:
        rows = (await work.session.execute(select(Delivery).where(col(Delivery.state).in_(("refused", "held"))))).scalars()
        return sorted((one.kind, one.reason) for one in rows)


async def queued(world: SlackWorld) -> list[str]:
    """Return the keys of what is still to be delivered."""
    async with world.app.database.read(world.clock.now()) as work:
        return list((await work.session.execute(select(Delivery.key).where(col(Delivery.state) == "queued"))).scalars())


async def all_once(world: SlackWorld, *, reports: int = 1, refused: int = 0) -> None:
    """Wait until everything is done, and look whether it was done once."""
    await world.slack.settled()
    async with asyncio.timeout(PATIENCE):
        while await queued(world):  # a lane that waits for Slack is at rest for the engine, not for us
            await asyncio.sleep(0.05)
    await world.settled()
    assert twice(world.slack) == []
    assert len(world.triage()) == reports
    for channel in world.triage():
        names = {world.slack.person(one).name for one in channel.members if one != world.slack.bot_user}
        assert names == ROSTER or channel.archived or channel.deleted, channel.name
    async with world.app.database.read(world.clock.now()) as work:
        assert (await work.session.execute(select(func.count()).select_from(Report))).scalar_one() == reports
        entries = [entry async for entry in work.ledger.entries()]
    assert len(await dead(world)) == refused
    assert entries
    assert verify(entries) == []
    receipts = [one for one in said_by_the_bot(world.slack) if "We have your report" in words(one)]
    assert len(receipts) == reports
    assert early(world.slack) == [], "a wait that was asked for is kept"
