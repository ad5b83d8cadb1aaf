"""G2 to G5: opening and sealing with gpg, through the product's own `Gpg` and `Keyring`."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from config.policy.codes import Code
from storage import gpghome
from storage.gpg import Gpg
from storage.keyring import Keyring, random_passphrase
from tests import pgp
from tests.bench.crowd import public_keys
from tests.bench.table import Row, Size, interleaved, ms

TEXT = ("The model repeats its system prompt when it is asked in verse. " * 70)[:4096].encode()
RSA = 4096
NAMES = {RSA: "RSA-4096", 0: "Curve25519"}
KEYLESS = (Code.WRONG_RECIPIENT,)


@dataclass(frozen=True, slots=True)
class Key:
    """A home with one programme key, made by the product, and a message to it."""

    home: Path
    ring: Keyring
    gpg: Gpg
    message: bytes


def make(stack: ExitStack, bits: int, *, locked: bool) -> Key:
    """Make a programme key as the product does; `locked` with a random passphrase. The stack removes the home."""
    home = gpghome.make_home()
    stack.callback(gpghome.remove_home, home)
    passphrase = random_passphrase() if locked else None
    ring = Keyring(home, passphrase=passphrase)
    ring.make("Bench", rsa_bits=bits)
    return _ready(stack, home, ring, passphrase)


def _ready(stack: ExitStack, home: Path, ring: Keyring, passphrase: str | None = None) -> Key:
    gpg = Gpg(home, passphrase=passphrase)
    stack.callback(gpg.close)
    message = pgp.encrypt(home, [ring.fingerprint], TEXT)
    assert gpg.decrypt(message).plaintext == TEXT
    return Key(home, ring, gpg, message)


@cache
def secret(bits: int) -> bytes:
    """Return an unprotected secret programme key; made once a run."""
    with ExitStack() as stack:
        return make(stack, bits, locked=False).ring.secret_key(subkeys_only=False)


def bare(home: Path, message: bytes) -> None:
    """Decrypt with gpg as anybody would on a terminal."""
    subprocess.run(["gpg", "--homedir", str(home), "--batch", "--quiet", "--decrypt"], input=message, check=True,
                   capture_output=True, env=gpghome.environment(home))


def g2(size: Size) -> list[Row]:
    """The product's own key set-up."""
    rows = []
    with ExitStack() as stack, ThreadPoolExecutor(2) as pool:
        kinds = [(bits, locked) for bits in (RSA, 0) for locked in (False, True)]
        keys = dict(zip(kinds, pool.map(lambda kind: make(stack, kind[0], locked=kind[1]), kinds), strict=True))
        for bits, name in NAMES.items():
            plain, locked = keys[bits, False], keys[bits, True]
            a, b = interleaved(size.rounds, [lambda k=plain: k.gpg.decrypt(k.message), lambda k=locked: k.gpg.decrypt(k.message)],
                               repeat=3)
            rows.append(Row("G2", f"{name}: decrypt with passphrase / without", f"{ms(b.median)} / {ms(a.median)}",
                            f"{b.times(a):.2f}x", "<= 1.2x", b.times(a) <= 1.2))
        made = gpghome.make_home()
        stack.callback(gpghome.remove_home, made)
        order = ("%no-protection\nKey-Type: EDDSA\nKey-Curve: ed25519\nKey-Usage: cert,sign\nSubkey-Type: ECDH\n"
                 "Subkey-Curve: cv25519\nSubkey-Usage: encrypt\nName-Real: Untouched\nExpire-Date: 2y\n%commit\n")
        pgp.run_gpg(made, "--gen-key", data=order.encode())
        message = pgp.encrypt(made, ["Untouched"], TEXT)
        ours = keys[0, False]
        a, b = interleaved(size.rounds, [lambda: bare(made, message), lambda: bare(ours.home, ours.message)], repeat=5)
        rows.append(Row("G2", "Curve25519: our ring / an untouched generated one", f"{ms(b.median)} / {ms(a.median)}",
                        f"{b.times(a):.2f}x", "<= 0.7x", b.times(a) <= 0.7))
    return rows


def g3(size: Size) -> list[Row]:
    """Many messages at once."""
    rows = []
    for bits, name in NAMES.items():
        with ExitStack() as stack:
            key = make(stack, bits, locked=True)
            took, codes, blocked = asyncio.run(_crowd(key, 64))
        lost, keyless = 64 - codes[Code.ACCEPTED], sum(codes[one] for one in KEYLESS)
        rows.append(Row("G3", f"{name}, passphrase, 64 at once: lost, false no-key", f"{lost}, {keyless} ({64 / took:.0f}/s)", "",
                        "0, 0", lost == 0 and keyless == 0))
        rows.append(Row("G3", f"{name}: longest the event loop stood", ms(blocked), "", "<= 50 ms", blocked <= 0.05))
    return rows


async def _crowd(key: Key, count: int) -> tuple[float, Counter[Code], float]:
    worst, done = 0.0, False

    async def watch() -> None:
        nonlocal worst
        last = time.perf_counter()
        while not done:
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            worst, last = max(worst, now - last - 0.001), now

    watching = asyncio.create_task(watch())
    await asyncio.sleep(0.01)
    start = time.perf_counter()
    opened = await asyncio.gather(*(key.gpg.opened(key.message) for _ in range(count)))
    took = time.perf_counter() - start
    done = True
    await watching
    assert all(one.plaintext == TEXT for one in opened if one.code is Code.ACCEPTED)
    return took, Counter(one.code for one in opened), worst


def g4(size: Size) -> list[Row]:
    """A notice to the whole team."""
    with ExitStack() as stack:
        key = make(stack, 0, locked=False)
        team = [key.ring.learn(one) for one in public_keys(5)]
        counted = _count("--encrypt")
        key.ring.encrypt(TEXT, team)
        calls = counted()
        a, b = interleaved(size.rounds * 2, [lambda: key.ring.encrypt(TEXT, team[:1]), lambda: key.ring.encrypt(TEXT, team)],
                           repeat=5)
    return [Row("G4", "one notice to five people / to one", f"{ms(b.median)} / {ms(a.median)}", f"{b.times(a):.2f}x", "<= 1.6x",
                b.times(a) <= 1.6),
            Row("G4", "runs of gpg for five", str(calls), "", "1", calls == 1)]


def g5(size: Size) -> list[Row]:
    """A ring with many keys."""
    with ExitStack() as stack:
        few = make(stack, 0, locked=False)
        home = gpghome.make_home()
        stack.callback(gpghome.remove_home, home)
        ring = Keyring(home)
        ring.import_secret(few.ring.secret_key(subkeys_only=False))
        pgp.run_gpg(home, "--import", data=b"".join(public_keys(size.keys)))
        held = pgp.run_gpg(home, "--with-colons", "--list-keys").count(b"\npub:")
        many = _ready(stack, home, ring)
        counted = _count("--list-keys", "--list-secret-keys")
        a, b = interleaved(size.rounds * 2, [lambda: few.gpg.decrypt(few.message), lambda: many.gpg.decrypt(few.message)], repeat=5)
        listings = counted()
    return [Row("G5", f"open with {held} keys in the ring / with 1", f"{ms(b.median)} / {ms(a.median)}", f"{b.times(a):.2f}x",
                "<= 1.2x", b.times(a) <= 1.2 and held > size.keys),
            Row("G5", "key listings while opening", str(listings), "", "0", listings == 0)]


class _count:  # noqa: N801  read as a verb
    """Counts the processes of this one that are started with one of these arguments, until it is called."""

    _hooked = False
    _open: list[_count] = []  # noqa: RUF012  hooks stay for the life of a process, so one serves all

    def __init__(self, *arguments: str) -> None:
        self.arguments, self.found = set(arguments), 0
        _count._open.append(self)
        if not _count._hooked:
            _count._hooked = True
            sys.addaudithook(_count._seen)

    def __call__(self) -> int:
        _count._open.remove(self)
        return self.found

    @staticmethod
    def _seen(event: str, details: tuple[object, ...]) -> None:
        if event == "subprocess.Popen" and _count._open:
            given = details[1] if isinstance(details[1], list | tuple) else [details[1]]
            for one in _count._open:
                one.found += bool(one.arguments & {str(part) for part in given})
