"""The throw-away home of gpg and the life of its agent.

Decides where a home lies, when one is stale, and which processes belong to it. Leaves keys to `keyring` and
every run
of gpg to `gpg`. A home is held by a file lock of the process that made it: the kernel lets go of it when
that process
dies, however it dies, so a stale home is told from a living one even where process ids are used again.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

PREFIX = "harborlight-gpg-"
AGENT_WAIT = 10.0
END_WAIT = 2.0
# Without more secure memory parallel RSA decrypts fail as "no secret key"; the low count is for random
# passphrases,
# which need no stretching; the card daemon would be asked for every hidden recipient.
AGENT_OPTIONS = (
    "auto-expand-secmem 0x400000\n"
    "s2k-count 65536\n"
    "disable-scdaemon\n"
    "allow-preset-passphrase\n"
    "no-allow-external-cache\n"
    "default-cache-ttl 315360000\n"
    "max-cache-ttl 315360000\n"
)
_OWNER = re.compile(re.escape(PREFIX) + r"(\d+)-\w+\Z")
_held: dict[Path, int] = {}


class HomeError(Exception):
    """The home or its agent could not be set up."""


def roots() -> tuple[Path, ...]:
    """Returns the folders in which homes may lie, the one in memory first."""
    shared = Path("/dev/shm")  # noqa: S108
    plain = Path(tempfile.gettempdir())
    return (shared, plain) if shared.is_dir() and os.access(shared, os.W_OK) else (plain,)


def make_home(root: Path | None = None) -> Path:
    """Makes an empty home readable by us alone, on tmpfs where there is one; its name holds our process id.

    Raises HomeError when the path would be too long for the agent's socket (over 86 bytes).
    """
    home = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=root or roots()[0]))
    if len(os.fsencode(home)) > 86:
        home.rmdir()
        raise HomeError("the path of the gpg home is over 86 bytes")
    _hold(home)
    prepare(home)
    return home


def prepare(home: Path) -> None:
    """Writes what the agent must find before a key is made or imported; makes the folder again if it is
    gone."""
    if not home.is_dir():
        home.mkdir(mode=0o700, parents=True)
        _hold(home)
    home.chmod(0o700)
    (home / "gpg-agent.conf").write_text(AGENT_OPTIONS, encoding="ascii")


def remove_home(home: Path) -> None:
    """Ends the agent of this home and removes the folder; a home that is gone is no error."""
    end_processes(home)
    shutil.rmtree(home, ignore_errors=True)
    held = _held.pop(home, None)
    if held is not None:
        os.close(held)


def sweep_stale_homes() -> int:
    """Removes the homes of dead processes, ends what still runs in them, and returns how many there were."""
    swept = 0
    for root in roots():
        for home in root.glob(f"{PREFIX}*"):
            if home.is_symlink() or not home.is_dir() or home.stat().st_uid != os.getuid():
                continue
            if _OWNER.match(home.name) and not _alive(home):
                remove_home(home)
                swept += 1
    return swept


def start_agent(home: Path) -> None:
    """Starts the agent of this home unless it answers already; raises HomeError after 10 seconds.

    The agent is never started by a decrypting gpg: it would inherit that child's limits and die of them
    later.
    """
    try:
        subprocess.run(
            [program("gpg-connect-agent"), "--homedir", str(home), "/bye"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment(home),
            cwd="/",
            check=True,
            timeout=AGENT_WAIT,
        )
    except (subprocess.SubprocessError, OSError) as failure:
        raise HomeError("gpg-agent does not start") from failure


def end_processes(home: Path, *, agents_only: bool = False) -> int:
    """Kills the agent (and any gpg) that runs in exactly this home, stopped ones too, and returns how
    many."""
    pids = processes_of(home, agents_only=agents_only)
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    # A dying agent that still holds its socket would answer the next one's "is anybody there".
    deadline = time.monotonic() + END_WAIT
    while pids and time.monotonic() < deadline and any(_running(pid) for pid in pids):
        time.sleep(0.005)
    for socket in home.glob("S.gpg-agent*"):
        with contextlib.suppress(OSError):
            socket.unlink()
    return len(pids)


def processes_of(home: Path, *, agents_only: bool = False) -> list[int]:
    """Returns the ids of our own gpg processes that were started with exactly this home."""
    wanted = {b"gpg-agent"} if agents_only else {b"gpg-agent", b"gpg", b"gpg2", b"scdaemon"}
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if entry.stat().st_uid != os.getuid():
                continue
            parts = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        name = os.path.basename(parts[0])  # noqa: PTH119
        homes = {parts[at + 1] for at, part in enumerate(parts[:-1]) if part == b"--homedir"}
        if name in wanted and homes == {os.fsencode(home)}:
            found.append(int(entry.name))
    return found


def environment(home: Path) -> dict[str, str]:
    """Returns the whole environment of a gpg child: nothing of ours, and never the user's own home."""
    return {"LC_ALL": "C", "HOME": str(home), "GNUPGHOME": str(home), "PATH": "/usr/local/bin:/usr/bin:/bin"}


def program(name: str) -> str:
    """Returns the full path of one of GnuPG's programs; raises HomeError when it is not installed."""
    path = shutil.which(name)
    if path is None:
        raise HomeError(f"{name} is not installed")
    return path


def _running(pid: int) -> bool:
    try:
        state = (
            Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        )
    except OSError:
        return False
    return bool(state) and state[0] not in "ZX"


def _hold(home: Path) -> None:
    lock = os.open(home / "owner.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    before = _held.pop(home, None)
    if before is not None:
        os.close(before)
    _held[home] = lock


def _alive(home: Path) -> bool:
    if home in _held:
        return True
    try:
        lock = os.open(home / "owner.lock", os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        # Made a moment ago and not yet held, or left half made: then only its name can tell.
        owner = _OWNER.match(home.name)
        return owner is not None and Path(f"/proc/{owner.group(1)}").exists()
    except OSError:
        return True
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False
