"""Opening a message with the programme's key.

Decides what is handed to gpg, under which limits, and the one verdict on it. Text leaves this module only
when the
whole verdict is good. Leaves the outer packets to `packets`, the child process to `child`, the meaning of
status
lines to `verdict`, and the making of keys to `keyring`.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import subprocess
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import ParamSpec, TypeVar

from config.policy.codes import Code
from storage import gpghome
from storage.child import Ran, run_bounded
from storage.framing import body_of
from storage.packets import LAYER_LIMIT, Container, Facts, compressed_layers, look
from storage.verdict import Status, judge, read_status

log = logging.getLogger(__name__)

AT_ONCE = 4
WALL_SECONDS = 10.0
OPENED_LIMIT = 32 << 20
# Text and logs shrink to a tenth at best; what grows more than sixteen times past the cap was made to.
BOMB_RATIO = 16
_OCB_HEAD, _OCB_TAG = 4 + 15, 16

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Opened:
    """The one verdict on one message; the text is empty unless the code is `accepted`."""

    code: Code
    plaintext: bytes = field(default=b"", repr=False)
    detail: str = ""
    key_fingerprint: str = ""
    signed_by: str = ""
    expired_key: bool = False
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class OwnKey:
    """One key or subkey of ours, as gpg lists it."""

    key_id: str
    primary: str
    keygrip: str
    expires: datetime | None
    revoked: bool
    expired_when_listed: bool


class Gpg:
    """One home with one agent; safe to use from many threads, of which four at most run gpg."""

    def __init__(
        self,
        home: Path,
        *,
        opened_limit: int = OPENED_LIMIT,
        wall_seconds: float = WALL_SECONDS,
        passphrase: str | None = None,
        rebuild: Callable[[], object] | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        """Takes a prepared home. `rebuild` puts the key back when the home was wiped; `now` judges expiry."""
        self.home = home
        self._opened_limit, self._wall = opened_limit, wall_seconds
        self._passphrase, self._rebuild, self._now = passphrase, rebuild, now
        self._gpg = gpghome.program("gpg")
        self._slots = threading.BoundedSemaphore(AT_ONCE)
        self._pool = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="gpg")
        self._mending = threading.Lock()
        self._generation = 0
        self._ready = False
        self._own: dict[str, OwnKey] = {}
        self._own_stamp: tuple[int, ...] = ()
        self._closed = False

    def decrypt(self, binary: bytes) -> Opened:
        """Opens one binary message and returns the verdict; blocks, at most twice the wall limit."""
        facts = look(binary)
        refusal = facts.refusal()
        if refusal is not None:
            return Opened(refusal, detail=_describe(facts))
        with self._slots:
            result = self._try(binary, facts)
            if result.code is Code.INTERNAL and not self._closed:
                log.warning("gpg failed (%s); trying once more", result.detail)
                result = self._try(binary, facts)
        return result

    async def opened(self, binary: bytes) -> Opened:
        """Opens one binary message in a thread of our own, so that the event loop goes on."""
        return await self.aside(self.decrypt, binary)

    async def aside(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs work in our own threads, not in the loop's default ones, which others may replace."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: work(*args, **kwargs))

    def own_keys(self) -> tuple[OwnKey, ...]:
        """Returns our keys and subkeys; listed once and again only when the ring changed."""
        return tuple(self._keys().values())

    def close(self) -> None:
        """Stops the threads and ends the agent; the home itself is removed by its owner."""
        self._closed = True
        self._pool.shutdown(wait=True, cancel_futures=True)
        gpghome.end_processes(self.home)

    def _try(self, binary: bytes, facts: Facts) -> Opened:
        generation = self._generation
        try:
            self._make_ready()
            return self._decrypt_once(binary, facts, generation)
        except (OSError, subprocess.SubprocessError, gpghome.HomeError) as failure:
            self._mend(generation)
            return Opened(Code.INTERNAL, detail=type(failure).__name__)

    def _decrypt_once(self, binary: bytes, facts: Facts, generation: int) -> Opened:
        own = self._keys()
        if not own:
            self._mend(generation)
            return Opened(Code.INTERNAL, detail="no key of ours")
        ours = [one for one in facts.session_keys if one.hidden or one.key_id in own]
        if not ours:
            return Opened(Code.WRONG_RECIPIENT, detail=_describe(facts))
        start, end = facts.container_span
        # Only the session keys that may be ours, then the container: passwords, padding and other people's
        # packets never reach gpg.
        message = b"".join(binary[one.start : one.end] for one in ours) + binary[start:end]
        ran = self._run(message, self._opened_limit)
        status = read_status(ran.status)
        failed = self._limits_hit(ran, status, len(message))
        if failed is not None:
            if failed.code is Code.INTERNAL:
                self._mend(generation)
            return failed
        named = any(not one.hidden for one in ours)
        code = judge(status, ours_named=named)
        if code is None or facts.container is Container.OCB:
            code = self._second_look(message, facts, code)
        if code is Code.INTERNAL:
            self._mend(generation)
        if code is not Code.ACCEPTED:
            return Opened(code, detail=_describe(facts), key_fingerprint=self._primary(status))
        return self._accepted(ran.output, status)

    def _accepted(self, text: bytes, status: Status) -> Opened:
        primary = self._primary(status)
        if not text.strip():
            return Opened(Code.EMPTY_PLAINTEXT, key_fingerprint=primary)
        return Opened(
            Code.ACCEPTED,
            plaintext=text,
            key_fingerprint=primary,
            signed_by=status.signed_by,
            expired_key=self._expired(status.key_fingerprint),
            sha256=hashlib.sha256(text).hexdigest(),
        )

    def _limits_hit(self, ran: Ran, status: Status, size: int) -> Opened | None:
        if ran.over_cap:
            bomb = self._opened_limit > BOMB_RATIO * size
            return Opened(Code.DECOMPRESSION_BOMB if bomb else Code.TOO_LARGE, detail="over the opened limit")
        if ran.out_of_cpu:
            opened = status.count("BEGIN_DECRYPTION")
            return Opened(Code.DECOMPRESSION_BOMB if opened else Code.TOO_COMPLEX, detail="processor time")
        if ran.out_of_time:
            return Opened(Code.INTERNAL, detail="time limit")
        if ran.returncode < 0:
            return Opened(Code.INTERNAL, detail=f"ended by signal {-ran.returncode}")
        return None

    def _second_look(self, message: bytes, facts: Facts, code: Code | None) -> Code:
        """Takes the encryption off without reading the contents, to tell damage from odd contents.

        The integrity check decides first: only contents that passed it are called malformed. For
        OCB the length
        is compared too, because gpg 2.2 reports success although a chunk failed its check.
        """
        ran = self._run(message, self._opened_limit, "--unwrap")
        status = read_status(ran.status)
        failed = self._limits_hit(ran, status, len(message))
        if failed is not None:
            return failed.code
        intact = status.count("DECRYPTION_OKAY") == 1 and not status.count("BADMDC")
        if facts.container is Container.OCB and intact:
            intact = len(ran.output) == _ocb_length(message, facts)
        if code in (Code.INTERNAL, Code.WRONG_RECIPIENT):
            return code
        if not intact:
            return Code.TAMPERED
        if code is not None:
            return code
        return Code.TOO_COMPLEX if compressed_layers(ran.output) > LAYER_LIMIT else Code.MALFORMED

    def _run(self, message: bytes, cap: int, *extra: str) -> Ran:
        argv = [self._gpg, *_OPTIONS, "--homedir", str(self.home), *extra, "--decrypt"]
        return run_bounded(argv, message, home=self.home, output_cap=cap, wall_seconds=self._wall)

    def _make_ready(self) -> None:
        with self._mending:
            if self._ready and self.home.is_dir():
                return
            gpghome.start_agent(self.home)
            self._unlock()
            self._ready = True

    def _mend(self, generation: int) -> None:
        """Restarts the agent, once for all who saw the same one fail, and brings back a wiped home."""
        with self._mending:
            if generation != self._generation or self._closed:
                return
            self._generation += 1
            self._ready = False
            gpghome.end_processes(self.home, agents_only=True)
            if self._rebuild is not None and not _has_keys(self.home):
                gpghome.prepare(self.home)
                try:
                    self._rebuild()
                except Exception:
                    log.warning("the gpg home could not be rebuilt")
                self._own_stamp = ()

    def _unlock(self) -> None:
        """Gives the agent the passphrase for each key, so that no gpg run ever carries it."""
        if self._passphrase is None:
            return
        secret = self._passphrase.encode("utf-8").hex().upper()
        orders = "".join(f"PRESET_PASSPHRASE {one.keygrip} -1 {secret}\n" for one in self._keys().values())
        subprocess.run(
            [gpghome.program("gpg-connect-agent"), "--homedir", str(self.home)],
            input=orders.encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=gpghome.environment(self.home),
            cwd="/",
            check=True,
            timeout=self._wall,
        )

    def _keys(self) -> dict[str, OwnKey]:
        stamp = _ring_stamp(self.home)
        if stamp != self._own_stamp:
            argv = [self._gpg, *_OPTIONS[:-1], "--homedir", str(self.home)]
            listing = run_bounded(
                [*argv, "--with-colons", "--with-keygrip", "--list-secret-keys"],
                b"",
                home=self.home,
                output_cap=16 << 20,
                wall_seconds=self._wall,
            )
            self._own = {key.key_id: key for key in _own_keys(listing.output)}
            self._own_stamp = stamp
        return self._own

    def _primary(self, status: Status) -> str:
        key = self._own.get(status.key_fingerprint[-16:])
        return key.primary if key else ""

    def _expired(self, fingerprint: str) -> bool:
        key = self._own.get(fingerprint[-16:])
        if key is None:
            return False
        if self._now is None:
            return key.revoked or key.expired_when_listed
        return key.revoked or (key.expires is not None and key.expires <= self._now())


# The last one is left out where the agent may be started: only a decrypt runs under limits it must not
# inherit.
_OPTIONS = (
    "--batch",
    "--no-tty",
    "--no-options",
    "--pinentry-mode",
    "error",
    "--no-auto-key-locate",
    "--no-auto-key-retrieve",
    "--disable-dirmngr",
    "--trust-model",
    "always",
    "--no-auto-check-trustdb",
    "--lock-never",
    "--no-random-seed-file",
    "--no-autostart",
)


def _ring_stamp(home: Path) -> tuple[int, ...]:
    try:
        ring, secrets = (home / "pubring.kbx").stat(), (home / "private-keys-v1.d").stat()
    except OSError:
        return (0,)
    return (ring.st_ino, ring.st_mtime_ns, ring.st_size, secrets.st_mtime_ns)


def _has_keys(home: Path) -> bool:
    return (home / "pubring.kbx").exists() and any((home / "private-keys-v1.d").glob("*.key"))


def _own_keys(listing: bytes) -> Sequence[OwnKey]:
    found: list[OwnKey] = []
    primary, row = "", [""] * 20
    fingerprint = ""
    for line in listing.decode("utf-8", "replace").split("\n"):
        fields = line.split(":")
        if fields[0] in ("sec", "ssb"):
            row = fields
        elif fields[0] == "fpr":
            fingerprint = fields[9]
            primary = fingerprint if row[0] == "sec" else primary
        elif fields[0] == "grp" and row[0]:
            expires = datetime.fromtimestamp(int(row[6]), UTC) if row[6].isdecimal() else None
            if row[14] != "#":
                state = row[1]
                key = OwnKey(fingerprint[-16:], primary, fields[9], expires, state == "r", state == "e")
                found.append(key)
            row = [""] * 20
    return found


def _ocb_length(message: bytes, facts: Facts) -> int:
    """Returns how long the contents of an OCB container must be, from its own size."""
    container = _unframed(message, facts)
    octet = container[3] if len(container) > 3 else 0
    chunk = 1 << (octet + 6)
    sealed = len(container) - _OCB_HEAD - _OCB_TAG
    chunks = max(1, -(-sealed // (chunk + _OCB_TAG)))
    return sealed - chunks * _OCB_TAG


def _unframed(message: bytes, facts: Facts) -> bytes:
    start, end = facts.container_span
    return body_of(message[-(end - start) :])


def _describe(facts: Facts) -> str:
    """Names the packet facts for machines: counts and kinds, nothing of the sender's choosing but key ids."""
    parts = [f"kind={facts.kind}", f"packets={facts.packets}"]
    if facts.session_keys or facts.passwords:
        parts.append(f"container={facts.container}")
        parts.append(f"recipients={len(facts.recipients)}")
        parts.append(f"hidden={facts.hidden_recipients}")
        parts.append(f"passwords={facts.passwords}")
    return " ".join(parts)
