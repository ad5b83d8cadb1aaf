"""The command line as a real process: one command and its end, or a bot that stays up until it is stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import nursery

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


def environment(**more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items()  # noqa: TID251  a test gives a process its environment
            if not k.startswith("HARBORLIGHT_") and k not in ("DATABASE_URL", "DYNO")}
    return {**kept, "PYTHONUNBUFFERED": "1", "COLUMNS": "80", **more}


def command(*arguments: str, stdin: str = "", **env: str) -> Ended:
    """Run one command to its end, in a process that has everything loaded; whatever happens, it shows no traceback."""
    code, out, err = nursery.ended(arguments, env=environment(**env), stdin=stdin.encode(), most=PATIENCE)
    ended = Ended(code, out.decode(), err.decode())
    assert "Traceback" not in ended.all
    return ended


def typed(*arguments: str, stdin: str = "", **env: str) -> Ended:
    """Run one command to its end as people do; whatever happens, it shows no traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", *arguments], cwd=ROOT, input=stdin.encode(), capture_output=True,
        env=environment(**env), timeout=PATIENCE,
    )
    ended = Ended(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in ended.all
    return ended


class Bot:
    """A bot that runs."""

    def __init__(self, data: Path, *, port: int = 0, **env: str) -> None:
        self.data = data
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "run", "--port", str(port), "--data", str(data)], cwd=ROOT,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(**env), text=True,
        )
        assert self.process.stdout is not None
        self.first = self.process.stdout.readline().strip()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Send a signal; return how the process ended and after how many seconds."""
        begun = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        return code, time.monotonic() - begun


@contextmanager
def bot(data: Path, *, port: int = 0, **env: str) -> Iterator[Bot]:
    one = Bot(data, port=port, **env)
    try:
        yield one
    finally:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait(PATIENCE)
        for stream in (one.process.stdout, one.process.stderr):
            if stream is not None:
                stream.close()
