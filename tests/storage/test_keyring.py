"""Making, importing, exporting and using the programme's keys, with real gpg."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from config.clock import SystemClock
from config.policy.codes import Code
from storage.gpg import Gpg
from storage.gpghome import make_home, remove_home
from storage.keyring import KeyProblem, KeyRefusedError, Keyring, random_passphrase
from storage.packets import look
from tests import pgp


@pytest.fixture
def home() -> Iterator[Path]:
    made = make_home()
    yield made
    remove_home(made)


@pytest.fixture
def second() -> Iterator[Path]:
    made = make_home()
    yield made
    remove_home(made)


@pytest.fixture(scope="module")
def exported() -> Iterator[tuple[str, bytes, str]]:
    made = make_home()
    keyring = Keyring(made)
    fingerprint = keyring.make("Example programme")
    yield fingerprint, keyring.secret_key(), keyring.public_key()
    remove_home(made)


@pytest.mark.parametrize("passphrase", [None, random_passphrase()], ids=["bare", "with passphrase"])
def test_a_made_key_is_curve25519_for_two_years_and_opens_its_own_message(
    home: Path, passphrase: str | None
) -> None:
    keyring = Keyring(home, passphrase=passphrase)
    fingerprint = keyring.make("Example: programme\n%commit <x@y>")
    facts = keyring.facts()
    assert (facts.fingerprint, facts.secret) == (fingerprint, True)
    assert facts.expires is not None
    assert 729 <= (facts.expires - facts.made).days <= 731
    assert "\n" not in facts.name
    assert "Example" in facts.name
    listing = pgp.run_gpg(home, "--list-keys", "--with-colons").decode()
    assert "ed25519" in listing
    assert "cv25519" in listing
    assert "@" not in facts.name
    gpg = Gpg(home, passphrase=passphrase)
    assert keyring.check(gpg)
    assert not (home / "pubring.before").exists()


def test_the_exported_subkey_alone_opens_and_the_primary_stays_behind(
    home: Path, exported: tuple[str, bytes, str]
) -> None:
    fingerprint, secret, public = exported
    keyring = Keyring(home)
    assert keyring.import_secret(secret, expected=fingerprint) == fingerprint
    assert keyring.check(Gpg(home))
    with pytest.raises(RuntimeError):
        pgp.run_gpg(home, "--local-user", fingerprint, "--sign", data=b"x")
    assert keyring.public_key().splitlines()[0] == public.splitlines()[0]


def armored(secret: bytes) -> str:
    return pgp.armor(secret, "PRIVATE KEY BLOCK", headers=["Comment: programme key"])


SETTINGS: dict[str, Callable[[bytes], str | bytes]] = {
    "binary": lambda s: s,
    "armor": armored,
    "armor as bytes": lambda s: armored(s).encode(),
    "armor with a mark": lambda s: "\ufeff" + armored(s),
    "literal backslash n": lambda s: armored(s).replace("\n", "\\n"),
    "quoted": lambda s: '"' + armored(s).replace("\n", "\\n") + '"',
    "spaces for newlines": lambda s: armored(s).replace("\n", " "),
    "no blank line": lambda s: armored(s).replace("\n\n", "\n"),
    "line ends of windows": lambda s: armored(s).replace("\n", "\r\n"),
    "base64": lambda s: base64.b64encode(s).decode(),
    "base64 in lines": lambda s: base64.encodebytes(s).decode(),
    "base64 without padding": lambda s: base64.b64encode(s).decode().rstrip("="),
    "base64 of the armor": lambda s: base64.b64encode(armored(s).encode()).decode(),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_key_is_imported_however_the_setting_was_pasted(
    home: Path, exported: tuple[str, bytes, str], name: str
) -> None:
    fingerprint, secret, _ = exported
    keyring = Keyring(home)
    assert keyring.import_secret(SETTINGS[name](secret), expected=f"0x{fingerprint.lower()}") == fingerprint
    assert keyring.check(Gpg(home))


def test_refusals_are_named_and_leave_nothing_behind(home: Path, exported: tuple[str, bytes, str]) -> None:
    _, secret, public = exported
    keyring = Keyring(home)
    for setting, problem in (
        ("", KeyProblem.UNREADABLE),
        ("hello", KeyProblem.UNREADABLE),
        (armored(secret)[:200], KeyProblem.UNREADABLE),
        (base64.b64encode(secret[:100]).decode(), KeyProblem.UNREADABLE),
        (public, KeyProblem.PUBLIC_ONLY),
    ):
        with pytest.raises(KeyRefusedError) as refused:
            keyring.import_secret(setting)
        assert refused.value.problem is problem
    with pytest.raises(KeyRefusedError) as refused:
        keyring.import_secret(secret, expected="A" * 40)
    assert refused.value.problem is KeyProblem.WRONG_FINGERPRINT
    assert pgp.run_gpg(home, "--list-secret-keys", "--with-colons") == b""
    assert pgp.run_gpg(home, "--list-keys", "--with-colons").count(b"\npub:") == 0
    with pytest.raises(KeyRefusedError):
        _ = keyring.fingerprint


def test_of_several_keys_one_is_current(home: Path, exported: tuple[str, bytes, str]) -> None:
    old, secret, _ = exported
    keyring = Keyring(home)
    keyring.import_secret(secret, expected=old)
    new = keyring.make("Example programme")
    assert keyring.programme_keys == (new, old)
    gpg = Gpg(home)
    assert keyring.check(gpg)
    assert gpg.decrypt(pgp.encrypt(home, [old], b"x")).key_fingerprint == old
    keyring.use(old)
    assert keyring.fingerprint == old
    with pytest.raises(KeyRefusedError):
        keyring.use("B" * 40)


def test_one_message_to_many_by_full_fingerprint_only(home: Path, second: Path) -> None:
    keyring = Keyring(home)
    own = keyring.make("Example programme")
    people = [pgp.make_key(second, f"Triager {n} <t{n}@example.invalid>") for n in range(5)]
    learned = [keyring.learn(pgp.export_public(second, one)) for one in people]
    assert learned == people
    text = keyring.encrypt(b"five readers", [*people, own])
    binary = pgp.run_gpg(second, "--decrypt", data=text.encode())
    assert binary == b"five readers"
    packets = pgp.run_gpg(second, "--dearmor", data=text.encode())
    assert len(look(packets).recipients) == 6
    for wrong in ([], ["t1@example.invalid"], [people[0][-16:]], ["C" * 40]):
        with pytest.raises(KeyRefusedError):
            keyring.encrypt(b"x", wrong)


def test_a_secret_key_is_never_learned(home: Path, second: Path) -> None:
    stranger = pgp.make_key(second)
    keyring = Keyring(home)
    for pasted in (pgp.export_secret(second, stranger), pgp.export_secret(second, stranger, armored=False)):
        with pytest.raises(KeyRefusedError) as refused:
            keyring.learn(pasted)
        assert refused.value.problem is KeyProblem.PRIVATE_KEY
    assert pgp.run_gpg(home, "--list-secret-keys", "--with-colons") == b""


def test_a_key_made_later_is_found_by_a_reader_that_ran_before(home: Path, second: Path) -> None:
    keyring = Keyring(home)
    keyring.make("First programme")
    gpg = Gpg(home)
    assert keyring.check(gpg)
    later = keyring.make("Second programme")
    message = pgp.encrypt(home, [later], b"x")
    assert gpg.decrypt(message).code is Code.ACCEPTED
    stranger = pgp.make_key(second)
    assert gpg.decrypt(pgp.encrypt(second, [stranger], b"x")).code is Code.WRONG_RECIPIENT


def test_a_key_that_ended_still_starts_and_opens_and_is_extended_under_its_fingerprint(home: Path, second: Path) -> None:
    then = ("--faked-system-time", "20240101T000000", "--pinentry-mode", "loopback", "--passphrase", "")
    pgp.run_gpg(second, *then, "--quick-gen-key", "Example programme", "ed25519", "cert,sign", "1y")
    fingerprint = next(line.split(":")[9] for line in pgp.run_gpg(second, "--list-keys", "--with-colons").decode().splitlines()
                       if line.startswith("fpr"))
    pgp.run_gpg(second, *then, "--quick-add-key", fingerprint, "cv25519", "encrypt", "1y")
    old = pgp.run_gpg(second, "--faked-system-time", "20240601T000000", "--recipient", fingerprint, "--encrypt", data=b"an old message")
    keyring = Keyring(home)
    keyring.import_secret(pgp.run_gpg(second, "--export-secret-keys", fingerprint), expected=fingerprint)
    gpg = Gpg(home)
    assert keyring.check(gpg), "what was sent before the end can still be opened"
    with pytest.raises(KeyRefusedError):
        keyring.encrypt(b"new", [fingerprint])
    until = SystemClock().now().replace(microsecond=0) + timedelta(days=365)
    renewed = keyring.extend(until)
    assert (keyring.fingerprint, keyring.expires()) == (fingerprint, until)
    assert gpg.decrypt(old).plaintext == b"an old message"
    assert "BEGIN PGP MESSAGE" in keyring.encrypt(b"new", [fingerprint])
    pgp.run_gpg(second, "--import", data=renewed.encode())
    assert pgp.run_gpg(second, "--recipient", fingerprint, "--encrypt", data=b"new"), "whoever takes the renewed key can encrypt again"


def test_only_the_keys_own_newer_copy_renews_it(home: Path, second: Path, exported: tuple[str, bytes, str]) -> None:
    keyring, other = Keyring(home), Keyring(second)
    fingerprint = keyring.make("Example programme")
    end = keyring.expires()
    assert end is not None
    other.import_secret(keyring.secret_key(subkeys_only=False))
    later = other.extend(end + timedelta(days=365))
    for wrong, problem in ((exported[2], KeyProblem.WRONG_FINGERPRINT), ("no key", KeyProblem.UNREADABLE),
                           (other.secret_key(), KeyProblem.UNREADABLE)):
        with pytest.raises(KeyRefusedError) as refused:
            keyring.renew(wrong)
        assert refused.value.problem is problem
        assert keyring.expires() == end
    keyring.renew(later)
    assert (keyring.fingerprint, keyring.expires()) == (fingerprint, end + timedelta(days=365))
