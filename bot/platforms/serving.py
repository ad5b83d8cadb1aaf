"""A web server inside the bot's own loop: it takes a port that fails now when it is busy, and ends when it is told.

Used by the platforms that people or services reach by HTTP. Leaves signals to the process and routes to its caller.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn


class _Web(uvicorn.Server):
    """A web server that leaves the signals of the process to the process."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Takes no signal."""
        yield


async def serve(app: Any, at: socket.socket, stop: asyncio.Event, *, ending: Callable[[], None] = lambda: None) -> None:
    """Answer requests at a socket until `stop` is set; open answers have two seconds, streams are ended by `ending`."""
    web = _Web(
        uvicorn.Config(
            app, http="h11", ws="none", lifespan="off", access_log=False, log_config=None, server_header=False,
            proxy_headers=False, timeout_graceful_shutdown=2,
        )
    )
    serving = asyncio.ensure_future(web.serve(sockets=[at]))
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        ending()
        web.should_exit = True
        # Also when this task is cancelled: half-closed connections would outlive it.
        await asyncio.shield(serving)


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that already listens: a busy port fails now, callers before `serve` wait in line."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, or asyncio does not switch off the wait for more data: 40 ms for every answer.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(128)
        made.setblocking(False)
    except BaseException:
        with suppress(OSError):
            made.close()
        raise
    return made
