"""Starts processes of the bot by forking one that has everything loaded: loading takes longer than all the rest of a start.

`born` gives what it needs of `subprocess.Popen`, `ended` of `subprocess.run`. A child is a process like any other: its own session,
its own environment, and the whole command line in front of it. `tests/commands/process.py` also starts the bot as people do.
"""

from __future__ import annotations

import array
import io
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache
from threading import Lock
from typing import IO, Any

from config.settings import ROOT

_LONGEST = 512 * 1024  # bytes of one request: mostly an environment
_LOOK = 0.01  # seconds
_one = Lock()


class Born:
    """One process, as the test that had it started sees it."""

    def __init__(self, pid: int, stdout: IO[str]) -> None:
        self.pid, self.stdout = pid, stdout
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return its exit code once it has ended, negative for a signal."""
        if self.returncode is None:
            self.returncode = _asked({"pid": self.pid})["code"]
        return self.returncode

    def wait(self, seconds: float) -> int:
        """Wait until it has ended; TimeoutExpired after so many seconds."""
        end = time.monotonic() + seconds
        while self.poll() is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired(str(self.pid), seconds)
            time.sleep(_LOOK)
        assert self.returncode is not None
        return self.returncode

    def terminate(self) -> None:
        """Ask it to end."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGTERM)

    def stopped(self) -> bool:
        """Tell whether it stands still, every thread of it."""
        return bool(_asked({"pid": self.pid})["stopped"])


def born(arguments: Sequence[str], *, env: Mapping[str, str], stderr: int, crash: str = "") -> Born:
    """Start `python -m bot ARGUMENTS` in a session of its own, to end itself at a place; `stderr` is an open file's number."""
    read, write = os.pipe()
    try:
        pid = _asked({"arguments": list(arguments), "env": dict(env), "crash": crash}, (write, stderr))["pid"]
    finally:
        os.close(write)
    return Born(pid, os.fdopen(read))


def ended(arguments: Sequence[str], *, env: Mapping[str, str], stdin: bytes, most: float) -> tuple[int, bytes, bytes]:
    """Run `python -m bot ARGUMENTS` to its end: its exit code, standard output and error; TimeoutExpired after so many seconds."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(stdin)
        given.seek(0)
        files = out.fileno(), err.fileno(), given.fileno()
        one = Born(_asked({"arguments": list(arguments), "env": dict(env), "crash": ""}, files)["pid"], io.StringIO())
        try:
            code = one.wait(most)
        except subprocess.TimeoutExpired:
            os.killpg(one.pid, signal.SIGKILL)
            raise
        for file in (out, err):
            file.seek(0)
        return code, out.read(), err.read()


@cache
def _nursery() -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for one in (ours, theirs):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _LONGEST)
    subprocess.Popen([sys.executable, "-m", "tests.nursery", str(theirs.fileno())], cwd=ROOT, pass_fds=(theirs.fileno(),),
                     stdin=subprocess.DEVNULL)  # it ends when our side of the socket is closed, which is when we end
    theirs.close()
    return ours


def _asked(what: dict[str, Any], files: Sequence[int] = ()) -> dict[str, Any]:
    with _one:  # a test may start two at once
        line = _nursery()
        line.sendmsg([json.dumps(what).encode()], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))] if files else [])
        found: dict[str, Any] = json.loads(line.recv(_LONGEST))
        return found


# -- in the process that forks -------------------------------------------------------------------------------------

def _serve(line: socket.socket) -> None:
    ended: dict[int, int] = {}
    while True:
        said, files, _, _ = socket.recv_fds(line, _LONGEST, 3)
        if not said:
            return
        asked = json.loads(said)
        if "pid" in asked:
            answer = _state(asked["pid"], ended)
        else:
            pid = os.fork()
            if pid == 0:
                line.close()
                _live(asked, *files)
                return
            answer = {"pid": pid}
        for one in files:
            os.close(one)
        line.send(json.dumps(answer).encode())


def _state(pid: int, ended: dict[int, int]) -> dict[str, Any]:
    stopped = False
    if pid not in ended:
        found, status = os.waitpid(pid, os.WNOHANG | os.WUNTRACED)
        stopped = bool(found) and os.WIFSTOPPED(status)
        if found and not stopped:
            ended[pid] = os.waitstatus_to_exitcode(status)
    return {"code": ended.get(pid), "stopped": stopped}


def _live(asked: dict[str, Any], stdout: int, stderr: int, stdin: int = -1) -> None:
    """Be the bot, to the very end of the interpreter."""
    from bot import cli
    from tests import queues
    from tests.crash import runner

    os.setsid()
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)
    os.close(stdout)
    os.close(stderr)
    if stdin >= 0:
        os.dup2(stdin, 0)
        os.close(stdin)
        sys.stdin = os.fdopen(0)
    sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w", buffering=1, errors="backslashreplace")
    os.environ.clear()  # noqa: TID251
    os.environ.update(asked["env"])  # noqa: TID251
    sys.argv = ["bot", *asked["arguments"]]
    if asked["crash"]:
        runner.arm(asked["crash"])
    queues.watch()
    cli.main()


if __name__ == "__main__":
    # What the command line loads only where it is needed.
    import bot.app
    import bot.cli_tools
    import bot.platforms.discord.adapter
    import bot.platforms.slack.adapter  # noqa: F401

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever ends the tests with it ends us by closing the socket
    _serve(socket.socket(fileno=int(sys.argv[1])))
