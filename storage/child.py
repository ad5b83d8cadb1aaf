"""One run of gpg under limits.

Decides how a child is fed, read, bounded and ended: its status on a pipe of its own, output up to a cap, a
wall limit
for the whole run, and limits on processor time, memory and core files. Judges nothing of what it reads.
"""

from __future__ import annotations

import contextlib
import os
import resource
import selectors
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from storage.gpghome import environment

CHUNK = 1 << 16
STATUS_LIMIT = 1 << 20
CPU_SECONDS = 4
MEMORY_BYTES = 512 << 20


@dataclass(frozen=True, slots=True)
class Ran:
    """What one run left behind; the output is secret."""

    status: bytes
    output: bytes = field(repr=False)
    over_cap: bool
    out_of_time: bool
    out_of_cpu: bool
    returncode: int


def run_bounded(
    argv: Sequence[str], data: bytes, *, home: Path, output_cap: int, wall_seconds: float, keep: bool = True
) -> Ran:
    """Runs gpg with data on its input and `--status-fd` added after the program's name.

    Kills the whole process group at the output cap (bytes) or the wall limit (seconds). With `keep` off
    the output is
    read to the cap and dropped. Raises OSError when the program cannot be started.
    """
    status_read, status_write = os.pipe()
    try:
        child = subprocess.Popen(
            [argv[0], "--status-fd", str(status_write), *argv[1:]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=(status_write,),
            start_new_session=True,
            env=environment(home),
            cwd="/",
        )
    except OSError:
        os.close(status_read)
        raise
    finally:
        os.close(status_write)
    try:
        return _Talk(child, status_read, data, output_cap, keep).until(time.monotonic() + wall_seconds)
    finally:
        os.close(status_read)
        _end(child)


class _Talk:
    """Feeds and reads one child in one thread."""

    def __init__(
        self, child: subprocess.Popen[bytes], status: int, data: bytes, cap: int, keep: bool
    ) -> None:
        self._child, self._data, self._cap, self._keep = child, memoryview(data), cap, keep
        self._status_fd = status
        self._sent = self._read = 0
        self._status, self._output = bytearray(), bytearray()
        self._over = False

    def until(self, deadline: float) -> Ran:
        child = self._child
        # Limits are set from outside and before the first byte goes in: no code of ours runs
        # between fork and exec.
        _limit(child.pid)
        assert child.stdin is not None and child.stdout is not None  # noqa: S101
        with selectors.DefaultSelector() as ready:
            for end, events in (
                (child.stdin.fileno(), selectors.EVENT_WRITE),
                (child.stdout.fileno(), selectors.EVENT_READ),
                (self._status_fd, selectors.EVENT_READ),
            ):
                os.set_blocking(end, False)
                ready.register(end, events)
            late = self._pump(ready, child.stdin.fileno(), child.stdout.fileno(), deadline)
        if late or self._over:
            _kill(child)
        else:
            try:
                child.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                late = True
                _kill(child)
        cpu = _reap(child)
        code = child.returncode
        out_of_cpu = code in (-signal.SIGXCPU, 128 + signal.SIGXCPU) or cpu >= CPU_SECONDS - 0.5
        kept = b"" if self._over or late else bytes(self._output)
        return Ran(bytes(self._status), kept, self._over, late and not out_of_cpu, out_of_cpu, code)

    def _pump(self, ready: selectors.BaseSelector, source: int, sink: int, deadline: float) -> bool:
        """Moves bytes until the child closes its ends; says whether time ran out."""
        while ready.get_map().keys() - {source}:
            left = deadline - time.monotonic()
            if left <= 0:
                return True
            for key, _ in ready.select(left):
                if key.fd == source:
                    if not self._feed():
                        ready.unregister(source)
                        with contextlib.suppress(OSError):
                            self._child.stdin.close()  # type: ignore[union-attr]
                elif not self._take(key.fd, sink):
                    ready.unregister(key.fd)
                if self._over:
                    return False
        return False

    def _feed(self) -> bool:
        """Writes what the pipe takes; False when all is written or the child has stopped reading."""
        try:
            self._sent += os.write(self._child.stdin.fileno(), self._data[self._sent : self._sent + CHUNK])  # type: ignore[union-attr]
        except BlockingIOError:
            return True
        except OSError:
            return False
        return self._sent < len(self._data)

    def _take(self, end: int, sink: int) -> bool:
        """Reads what is there; False at the end of the pipe."""
        try:
            block = os.read(end, CHUNK)
        except BlockingIOError:
            return True
        if not block:
            return False
        if end == sink:
            self._read += len(block)
            self._over = self._read > self._cap
            if self._keep and not self._over:
                self._output += block
        else:
            self._status += block
            self._over = self._over or len(self._status) > STATUS_LIMIT
        return True


def _limit(pid: int) -> None:
    if not hasattr(resource, "prlimit"):
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))
        resource.prlimit(pid, resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 2))
        resource.prlimit(pid, resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def _kill(child: subprocess.Popen[bytes]) -> None:
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)


def _reap(child: subprocess.Popen[bytes]) -> float:
    """Waits for the child and returns the processor seconds it used (0 when it was waited for before)."""
    if child.returncode is not None:
        return 0.0
    try:
        _, status, used = os.wait4(child.pid, 0)
    except ChildProcessError:
        child.wait()
        return 0.0
    child.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime


def _end(child: subprocess.Popen[bytes]) -> None:
    _kill(child)
    _reap(child)
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
