"""Runs the bot and has it end itself by SIGKILL at a named place: `python -m tests.crash.runner PLACE:N@WORDS run ...`.

The product holds no line for this: the seams are wrapped here, before the bot starts. `N` is at which pass; with `WORDS` only
passes count that are given something with these words in it. `hang PLACE:N@WORDS` stays there instead, from the n-th pass on,
and does everything else. Several places are joined by commas, and the one that is reached first ends the process.
"""

from __future__ import annotations

import asyncio
import functools
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from bot import bringing, cli, delivery, engine, lanes
from bot.platforms.local import adapter
from commands import dispatch
from storage import child

PLACES: dict[str, tuple[Any, str, str]] = {
    "record-before": (engine.Engine, "_record", "before"),
    "record-after": (engine.Engine, "_record", "after"),
    "attempt-before": (engine.Engine, "_attempt", "before"),
    "fetch-after": (bringing.Bringing, "fetch", "after"),
    "bring-before": (bringing.Bringing, "bring", "before"),
    "bring-after": (bringing.Bringing, "bring", "after"),
    "decide-before": (engine.Engine, "_decide", "before"),
    "decide-after": (dispatch.Dispatch, "run", "after"),  # everything written, nothing committed
    "enqueue-before": (lanes.Lanes, "enqueue", "before"),  # committed
    "enqueue-after": (lanes.Lanes, "enqueue", "after"),
    "attempt-after": (engine.Engine, "_attempt", "after"),
    "perform-before": (delivery.Delivering, "perform", "before"),
    "deliver-before": (adapter.Local, "deliver", "before"),
    "deliver-after": (adapter.Local, "deliver", "after"),  # seen by people, known to nobody
    "keep-after": (delivery.Delivering, "_keep", "after"),
    "perform-after": (delivery.Delivering, "perform", "after"),
    "ended-after": (lanes.Lanes, "_ended", "after"),
}


def on_slack() -> dict[str, tuple[Any, str, str]]:
    """Return the places that only a bot on Slack passes; its library is loaded only where it is used."""
    from bot.platforms.slack import adapter as slack
    from bot.platforms.slack import api

    return {
        "slack-call-before": (api.Api, "call", "before"),
        "slack-call-after": (api.Api, "call", "after"),  # Slack has done it, and nobody knows
        "slack-deliver-after": (slack.Slack, "deliver", "after"),
    }


def on_discord() -> dict[str, tuple[Any, str, str]]:
    """Return the places that only a bot on Discord passes: each request, and each answer to somebody who used it."""
    from discord.http import HTTPClient
    from discord.webhook.async_ import AsyncWebhookAdapter

    from bot.platforms.discord import adapter as discord

    return {
        "discord-call-before": (HTTPClient, "request", "before"),
        "discord-call-after": (HTTPClient, "request", "after"),  # Discord has done it, and nobody knows
        "discord-answer-before": (AsyncWebhookAdapter, "request", "before"),  # it was asked for, and is answered by nobody
        "discord-answer-after": (AsyncWebhookAdapter, "request", "after"),
        "discord-deliver-after": (discord.Discord, "deliver", "after"),
    }


def places(place: str) -> dict[str, tuple[Any, str, str]]:
    """Return the places among which that one is."""
    return on_slack() if place.startswith("slack-") else on_discord() if place.startswith("discord-") else PLACES


_CHILD = "child-running"  # gpg was started for what somebody sent, and has read nothing yet


def end() -> None:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


async def reached(hangs: bool) -> None:
    """Go no further."""
    if hangs:
        await asyncio.Event().wait()
    end()


def given(args: tuple[Any, ...], named: dict[str, Any]) -> str:
    """Return what a call is given, in words; a request to Discord by its route, as `POST /channels/{channel_id}/messages`."""
    return " ".join([*(f"{one.method} {one.path}" for one in args if hasattr(one, "method") and hasattr(one, "path")),
                     repr((args, named))])


def armed(call: Callable[..., Any], when: str, *, number: int, words: str, hangs: bool) -> Callable[..., Any]:
    """Return an async method that goes no further than its n-th pass that is given these words."""
    passes = 0

    @functools.wraps(call)
    async def wrapped(*args: Any, **named: Any) -> Any:
        nonlocal passes
        meant = not words or words in given(args[1:], named)
        passes += meant
        mine = meant and (passes == number or (hangs and passes > number))
        if mine and when == "before":
            await reached(hangs)
        found = await call(*args, **named)
        if mine:
            await reached(hangs)
        return found

    return wrapped


def arm(spec: str) -> None:
    """Wrap the places that `spec` names."""
    for one in spec.split(","):
        where, _, words = one.partition("@")
        place, _, number = where.removeprefix("hang ").partition(":")
        if place == _CHILD:
            arm_child()
            continue
        owner, name, when = places(place)[place]
        setattr(owner, name, armed(getattr(owner, name), when, number=int(number or 1), words=words,
                                   hangs=where.startswith("hang ")))


def arm_child() -> None:
    """End the process while a gpg of ours runs for a message; the check at the start is not meant."""
    bring, limit = bringing.Bringing.bring, child._limit
    bringing_now = False

    async def opening(*args: Any) -> Any:
        nonlocal bringing_now
        bringing_now = True
        return await bring(*args)

    def limited(pid: int) -> None:
        if bringing_now:
            end()
        limit(pid)

    bringing.Bringing.bring = opening  # type: ignore[method-assign]
    child._limit = limited


if __name__ == "__main__":
    arm(sys.argv.pop(1))
    cli.main()
