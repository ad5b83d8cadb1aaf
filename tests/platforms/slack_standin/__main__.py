"""`python -m tests.platforms.slack_standin`: a workspace on loopback until it is interrupted; prints one JSON line."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
from dataclasses import replace
from pathlib import Path

from tests.platforms.slack_standin.backend import Options
from tests.platforms.slack_standin.manifest import DEFAULT, FULL, read
from tests.platforms.slack_standin.opening import serving


def _arguments() -> tuple[Options, int]:
    parser = argparse.ArgumentParser(prog="slack_standin", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="loopback port; 0 takes a free one")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--socket", dest="mode", action="store_const", const="socket", default="socket", help="Socket Mode (default)")
    mode.add_argument("--http", dest="mode", action="store_const", const="http", help="signed HTTP to the request URL")
    parser.add_argument("--request-url", default="", help="where HTTP deliveries go; may be set later over the control URL")
    parser.add_argument("--rate", type=float, default=1.0, help="how much faster the clock of the limits runs")
    parser.add_argument("--manifest", type=Path, help="app manifest as JSON; default: what the bot needs")
    parser.add_argument("--full", action="store_true", help="the default manifest with pins, bookmarks, canvases, user groups")
    parser.add_argument("--no-limits", action="store_true", help="never answer 429 by itself")
    parser.add_argument("--posts-per-minute", type=int, default=600, help="cap of chat.postMessage over all channels")
    parser.add_argument("--ack-seconds", type=float, default=3.0, help="real seconds until an acknowledgement is late")
    parser.add_argument("--trigger-seconds", type=float, default=3.0, help="real seconds that a trigger lives")
    parser.add_argument("--retry-delays", default="0,60,300", help="Slack's seconds between HTTP attempts; shrink with the rate")
    given = parser.parse_args()
    manifest = read(json.loads(given.manifest.read_text())) if given.manifest else FULL if given.full else DEFAULT
    options = Options(
        mode=given.mode, rate=given.rate, request_url=given.request_url, limits=not given.no_limits, manifest=manifest,
        posts_per_minute=given.posts_per_minute, ack_seconds=given.ack_seconds, trigger_seconds=given.trigger_seconds)
    return replace(options, retry_delays=tuple(float(one) for one in given.retry_delays.split(","))), given.port


async def _run(options: Options, port: int) -> None:
    ended = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, ended.set)
    async with serving(options, port) as desk:
        print(json.dumps(desk.facts()), flush=True)  # noqa: T201  what the caller waits for
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(_run(*_arguments()))
