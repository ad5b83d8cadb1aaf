"""G9, G10 and G12: the bot on a strict Slack in the same process: calls for each report, a burst, and acknowledgements.

Both sides' waits are made shorter by one factor, so a burst of fifty minutes takes a few.
"""

from __future__ import annotations

import asyncio
import statistics
import time

from tests.bench.table import Row, Size
from tests.platforms.slack_standin.control import Slack
from tests.slack_world import SlackWorld, slack_world

A_MINUTE = 20  # channels that Slack makes in one


def burst(size: Size) -> list[Row]:
    """G10 and G12: many reports at once, each from a person of its own."""
    return asyncio.run(_burst(size, 100 if size.quick else 1_000, 20.0 if size.quick else 12.0))


def calls(size: Size) -> list[Row]:
    """G9: the calls that a report costs."""
    return asyncio.run(_calls(size))


async def _calls(size: Size) -> list[Row]:
    async with slack_world(size.scratch, rate=50.0) as world:
        await world.researcher.dm("hello")
        await world.until(lambda: [one for one in world.researcher.dms() if one.by_app], "the first answer")
        await world.settled()
        world.slack.forget_calls()
        report = await world.report()
        await world.settled()
        opened = len(world.slack.calls())
        world.slack.forget_calls()
        await world.triager_sec.slash("/vdp acknowledge", world.channel(report))
        await world.settled()
        changed = world.slack.counts()
    return [
        Row("G9", "calls to open a report", str(opened), "", "4", opened <= 4),
        Row("G9", "calls of the first change, with the researcher's status and the words as they went out",
            ", ".join(f"{number} {name}" for name, number in sorted(changed.items()))),
    ]


async def _burst(size: Size, reports: int, rate: float) -> list[Row]:
    async with slack_world(size.scratch, rate=rate, ack_seconds=30.0) as world:
        slack = world.slack
        people = [slack.add_person(f"stranger-{number}") for number in range(reports)]
        message = world.encrypted("The model tells its secrets. " * 100)
        await world.settled()
        slack.forget_calls()
        start = time.perf_counter()
        await asyncio.gather(*(one.dm(message) for one in people))
        acked = await _acknowledged(world, reports)
        made = await _made(slack, reports, start)
        await world.app.engine.settled(most=1_200)
        everything = slack.calls()
        limited = sum(one.status == 429 for one in everything)
        early = sum(one.early for one in everything)
        channels = [one.name for one in world.triage()]
        receipts = [sum(said.by_app for said in one.dms()) for one in people]
        lost = reports - len(set(channels)), sum(one != 1 for one in receipts)
        span = max(made) - min(made)
        floor = max(1.0, (reports - A_MINUTE) / A_MINUTE * 60)
        first = [one.at for one in everything if one.method == "chat.postMessage" and str(one.args.get("channel")).startswith("U")]
    return [
        Row("G10", f"{reports} reports at once: channels that are missing or doubled, receipts that are not one", f"{lost[0]}, {lost[1]}",
            "", "none", lost == (0, 0)),
        Row("G10", "from the first channel to the last, in Slack's minutes / the least that its limit allows",
            f"{span / 60:.1f} / {floor / 60:.1f}", f"{span / floor:.2f}x", "<= 1.1x", span <= 1.1 * floor),
        Row("G10", "calls that Slack refused for their pace, of all", f"{limited} of {len(everything)}",
            f"{100 * limited / len(everything):.2f} %", "<= 1 %", limited <= len(everything) / 100),
        Row("G10", "calls made before a told wait was over", str(early), "", "none", early == 0),
        Row("G10", "last receipt after the first channel, in Slack's minutes", f"{(max(first) - min(made)) / 60:.1f}"),
        Row("G12", f"message recorded and acknowledged with {reports} arriving at once, median of the first 100",
            f"{statistics.median(acked[:100]):.0f} ms"),
    ] + await _alone(size)


async def _alone(size: Size) -> list[Row]:
    """G12 as it is meant: a hundred reports wait while one more message arrives, one at a time."""
    folder = size.scratch / "queued"
    async with slack_world(folder, rate=20.0) as world:
        people = [world.slack.add_person(f"stranger-{number}") for number in range(120)]
        message = world.encrypted("The model tells its secrets. " * 100)
        await world.settled()
        queued = [asyncio.ensure_future(one.dm(message)) for one in people[:100]]
        await asyncio.gather(*queued)
        before = len(world.slack.deliveries("message"))
        for one in people[100:]:
            await one.dm("hello")
            await asyncio.sleep(0.05)
        await _acknowledged(world, before + 20)
        took = [one.ms for one in world.slack.deliveries("message")[before:] if one.ms is not None]
        await world.app.engine.settled(most=600)
    median = statistics.median(took)
    return [Row("G12", "one message recorded and acknowledged with 100 reports queued, median of 20", f"{median:.0f} ms", "",
                "<= 50 ms", median <= 50)]


async def _acknowledged(world: SlackWorld, number: int) -> list[float]:
    while True:
        told = [one for one in world.slack.deliveries("message") if one.state == "acked"]
        if len(told) >= number:
            return [one.ms for one in told if one.ms is not None]
        await asyncio.sleep(0.2)


async def _made(slack: Slack, number: int, start: float) -> list[float]:
    while True:
        made = [one.at for one in slack.calls("conversations.create") if one.answer.get("ok")]
        if len(made) >= number:
            return made
        if time.perf_counter() - start > 1_500:
            raise TimeoutError(f"{len(made)} channels of {number}")
        await asyncio.sleep(1.0)
