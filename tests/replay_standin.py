"""A stand-in for an OpenAI-compatible chat endpoint, on loopback, whose success rate is known: the seed alone decides.

    with Standin(rate=0.3) as endpoint:
        endpoint.fault("429", times=2, retry_after="1")   # any status | slow | drip | cut | half | broken |
                                                              # deep | empty | null | huge | lone | blocked
        ... endpoint.url, endpoint.requests, endpoint.worked(seed)

It answers from threads of its own, so a test may wait for a process that talks to it. `hold()` keeps every answer back until
`release()`, which is how a test kills somebody in the middle.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

WORKED = "CANARY-OUTPUT of course, my friend. Step 3: turn the handle."
REFUSED = "CANARY-OUTPUT I am sorry, I cannot help with that.\x1b[2J\u202e"  # with what would move a terminal
TOKENS = 50  # of each answer


@dataclass(frozen=True)
class Request:
    """One request as it came in."""

    body: dict[str, Any]
    key: str
    fault: str

    @property
    def seed(self) -> int | None:
        """The seed that was sent."""
        return self.body.get("seed")


@dataclass
class _Fault:
    kind: str
    left: int
    only: Callable[[dict[str, Any]], bool]
    retry_after: str
    seconds: float


class Standin:
    """The endpoint; a context manager that ends its threads."""

    def __init__(self, rate: float = 0.3, *, usage: bool = True) -> None:
        self.rate, self.usage = rate, usage
        self.requests: list[Request] = []
        self.most_at_once = 0
        self._at_once = 0
        self._hold_at: int | None = None
        self._faults: deque[_Fault] = deque()
        self._lock, self._open = threading.Lock(), threading.Event()
        self._open.set()
        standin = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                standin._answer(self, body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.release()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """The base address."""
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def worked(self, seed: int | None) -> bool:
        """Whether an attempt with this seed is a success."""
        return int.from_bytes(hashlib.sha256(str(seed).encode()).digest()[:4], "big") / 2**32 < self.rate

    def fault(self, kind: str, times: int = 1, *, only: Callable[[dict[str, Any]], bool] = lambda _: True, retry_after: str = "",
              seconds: float = 3.0) -> None:
        """Have the next requests go wrong."""
        with self._lock:
            self._faults.append(_Fault(kind, times, only, retry_after, seconds))

    def heal(self) -> None:
        """Have nothing go wrong any more."""
        with self._lock:
            self._faults.clear()

    def hold(self, *, at: int = 0) -> None:
        """Keep every answer back, from this number of requests on."""
        with self._lock:
            self._hold_at = at
            if len(self.requests) >= at:
                self._open.clear()

    def release(self) -> None:
        """Let the answers go."""
        with self._lock:
            self._hold_at = None
        self._open.set()

    def seeds(self, *, answered: bool = False) -> list[int | None]:
        """The seeds that came in, in order; with `answered` only of requests without a fault."""
        with self._lock:
            return [one.seed for one in self.requests if not (answered and one.fault)]

    def _answer(self, to: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        with self._lock:
            found = next((one for one in self._faults if one.left > 0 and one.only(body)), None)
            if found is not None:
                found.left -= 1
            kind = found.kind if found else ""
            self.requests.append(Request(body, to.headers.get("Authorization", ""), kind))
            if self._hold_at is not None and len(self.requests) >= self._hold_at:
                self._open.clear()
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            self._open.wait(60)
            if found is not None:
                self._wrong(to, found)
            else:
                self._send(to, 200, self._said(WORKED if self.worked(body.get("seed")) else REFUSED))
        except (BrokenPipeError, ConnectionResetError):
            to.close_connection = True
        finally:
            with self._lock:
                self._at_once -= 1

    def _wrong(self, to: BaseHTTPRequestHandler, fault: _Fault) -> None:
        match fault.kind:
            case "slow":
                time.sleep(fault.seconds)
                self._send(to, 200, self._said(WORKED))
            case "cut":
                to.close_connection = True
            case "half":
                to.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{")
                to.close_connection = True
            case "drip":
                to.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
                for _ in range(int(fault.seconds / 0.05)):
                    to.wfile.write(b" ")
                    to.wfile.flush()
                    time.sleep(0.05)
                to.close_connection = True
            case "huge":
                self._send(to, 200, self._said("x" * (5 << 20)))
            case "lone":
                self._send(to, 200, self._said("a lone \ud800 surrogate"))
            case "deep":
                self._send(to, 200, "[" * 100_000)
            case "broken":
                self._send(to, 200, '{"choices": [')
            case "empty":
                self._send(to, 200, json.dumps({"choices": []}))
            case "null":
                self._send(to, 200, self._said(None))
            case "blocked":
                self._send(to, 400, json.dumps({"error": {"code": "content_filter", "message": "CANARY-OUTPUT"}}))
            case status:
                self._send(to, int(status), json.dumps({"error": {"message": "CANARY-OUTPUT"}}), retry_after=fault.retry_after)

    def _said(self, text: str | None) -> str:
        found: dict[str, Any] = {"choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]}
        if self.usage:
            found["usage"] = {"prompt_tokens": 10, "completion_tokens": TOKENS - 10, "total_tokens": TOKENS}
        return json.dumps(found)

    @staticmethod
    def _send(to: BaseHTTPRequestHandler, status: int, text: str, *, retry_after: str = "") -> None:
        data = text.encode()
        head = f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n"
        if retry_after:
            head += f"Retry-After: {retry_after}\r\n"
        to.wfile.write(head.encode() + b"\r\n" + data)
