"""`python -m tests.platforms.discord_standin`: a guild on loopback until it is interrupted; prints one JSON line."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal

from tests.platforms.discord_standin.backend import Options
from tests.platforms.discord_standin.opening import serving


def _arguments() -> tuple[Options, int]:
    parser = argparse.ArgumentParser(prog="discord_standin", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="loopback port; 0 takes a free one")
    parser.add_argument("--rate", type=float, default=1.0, help="how much faster the clock of the limits runs")
    parser.add_argument("--no-limits", action="store_true", help="never answer 429 by itself")
    parser.add_argument("--approve", action="append", default=[], choices=["members", "presences", "message_content"],
                        help="a privileged intent that is switched on in the portal; may be repeated")
    parser.add_argument("--answer-seconds", type=float, default=3.0, help="real seconds until a first answer is late")
    parser.add_argument("--heartbeat-seconds", type=float, default=41.25, help="real seconds between heartbeats")
    parser.add_argument("--per-guild", type=int, default=500, help="channels that the guild may have")
    parser.add_argument("--per-category", type=int, default=50, help="channels that a category may have")
    parser.add_argument("--nonce-in-history", action="store_true", help="show nonces in history")
    given = parser.parse_args()
    return Options(
        rate=given.rate, limits=not given.no_limits, approved=tuple(given.approve), answer_seconds=given.answer_seconds,
        heartbeat_seconds=given.heartbeat_seconds, per_guild=given.per_guild, per_category=given.per_category,
        nonce_in_history=given.nonce_in_history), given.port


async def _run(options: Options, port: int) -> None:
    ended = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, ended.set)
    async with serving(options, port) as desk:
        print(json.dumps(desk.facts()), flush=True)  # noqa: T201  what the caller waits for
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(_run(*_arguments()))
