"""What the blob store promises: bytes come back exactly or not at all, and nothing half-written stays."""

from __future__ import annotations

import fcntl
import hashlib
import os
import signal
import stat
import subprocess
import sys
import textwrap
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.blobs import Blobs, Kept
from storage.vault import Vault, VaultError

MASTER = Vault.make_master_key()
VAULT = Vault.from_setting(MASTER)
TEXT = b"-----BEGIN PGP MESSAGE-----\r\n\r\ncanary-4711\x00\xff\n" * 20
CHECKOUT = Path(__file__).parents[2]

on_one_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "data" / "blobs"


@pytest.fixture
def blobs(root: Path) -> Blobs:
    return Blobs(root, VAULT)


def on_disk(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


# Bytes in, bytes out ----------------------------------------------------------------------------------


@on_one_folder
@given(data=st.binary(max_size=5000))
def test_bytes_come_back_exactly(blobs: Blobs, data: bytes) -> None:
    kept = blobs.keep(data)
    assert blobs.read(kept.name, kept.key) == data
    assert (kept.size, kept.sha256) == (len(data), hashlib.sha256(data).hexdigest())


def test_a_large_blob_comes_back_after_a_restart(blobs: Blobs, root: Path) -> None:
    data = os.urandom(8 * 1024 * 1024)
    kept = blobs.keep(data)
    again = Blobs(root, Vault.from_setting(MASTER))
    assert again.read(kept.name, kept.key) == data


def test_the_same_bytes_kept_twice_can_be_read_and_shredded_apart(blobs: Blobs, root: Path) -> None:
    one, two = blobs.keep(TEXT), blobs.keep(TEXT)
    assert one.name != two.name
    assert one.key != two.key
    assert one.sha256 == two.sha256
    assert blobs.read(one.name, one.key) == blobs.read(two.name, two.key) == TEXT
    blobs.shred(one.name)
    assert blobs.read(two.name, two.key) == TEXT
    assert on_disk(root) == [two.name]


def test_a_name_tells_nothing_without_the_master_key(blobs: Blobs, tmp_path: Path) -> None:
    kept = blobs.keep(TEXT)
    other = Blobs(tmp_path / "other", Vault.from_setting(Vault.make_master_key())).keep(TEXT)
    assert kept.sha256 not in kept.name
    assert kept.name.split("-")[0] != other.name.split("-")[0]


def test_the_vault_alone_opens_no_blob(blobs: Blobs) -> None:
    """The blob's key is random: whoever has destroyed it has destroyed the content, master key or not."""
    kept, twin = blobs.keep(TEXT), blobs.keep(TEXT)
    for key in (twin.key, bytes.fromhex(MASTER), bytes(32), b"", kept.key[:16], kept.key + b"\0"):
        with pytest.raises(VaultError):
            blobs.read(kept.name, key)


def test_the_key_can_be_kept_in_the_box_of_its_report(blobs: Blobs) -> None:
    wrapped, box = VAULT.new_key("report|r1")
    kept = blobs.keep(TEXT)
    sealed = box.seal("attachment", "blob_key", "a1", kept.key)
    key = VAULT.unlock("report|r1", wrapped).open("attachment", "blob_key", "a1", sealed)
    assert blobs.read(kept.name, key) == TEXT
    with pytest.raises(VaultError, match=r"^shredded$"):
        VAULT.unlock("report|r1", None)


def test_plaintext_and_keys_are_in_no_file_and_in_no_repr(blobs: Blobs, root: Path) -> None:
    kept = blobs.keep(TEXT)
    stored = b"".join(path.read_bytes() for path in root.iterdir())
    assert len(stored) == len(TEXT) + 1 + 12 + 16
    for secret in (b"canary-4711", b"BEGIN PGP", kept.key):
        assert secret not in stored
    for shown in (repr(kept), repr(blobs), str(blobs)):
        assert repr(kept.key) not in shown
        assert kept.key.hex() not in shown
    assert "key" not in repr(kept)


# Damage -----------------------------------------------------------------------------------------------


@on_one_folder
@given(bit=st.integers(min_value=0))
def test_any_flipped_bit_is_refused(blobs: Blobs, root: Path, bit: int) -> None:
    kept = blobs.keep(b"short")
    content = bytearray((root / kept.name).read_bytes())
    bit %= len(content) * 8
    content[bit // 8] ^= 1 << bit % 8
    (root / kept.name).write_bytes(content)
    with pytest.raises(VaultError):
        blobs.read(kept.name, kept.key)


def test_every_truncation_and_an_addition_is_refused(blobs: Blobs, root: Path) -> None:
    kept = blobs.keep(b"short")
    whole = (root / kept.name).read_bytes()
    for content in [*(whole[:end] for end in range(len(whole))), whole + b"\0"]:
        (root / kept.name).write_bytes(content)
        with pytest.raises(VaultError):
            blobs.read(kept.name, kept.key)


def test_a_blob_under_the_name_of_another_is_refused(blobs: Blobs, root: Path) -> None:
    one, two = blobs.keep(TEXT), blobs.keep(TEXT)
    (root / one.name).rename(root / two.name)
    with pytest.raises(VaultError):
        blobs.read(two.name, one.key)


def test_a_blob_that_is_gone_is_told_apart_from_a_damaged_one(blobs: Blobs) -> None:
    kept = blobs.keep(TEXT)
    blobs.shred(kept.name)
    with pytest.raises(FileNotFoundError):
        blobs.read(kept.name, kept.key)
    blobs.shred(kept.name)  # a purge that goes on after a crash asks again


# Names and places -------------------------------------------------------------------------------------

GOOD = "a" * 64 + "-" + "b" * 32
HOSTILE = [
    *("", ".", "..", "/", "../secret", "/etc/passwd", "CON", "a" * 5000, f".unfinished-{'a' * 32}"),
    *(f"../{GOOD}", f"/{GOOD}", f"./{GOOD}", f"..\\{GOOD}", f"\n{GOOD}"),
    *(f"{GOOD}/", f"{GOOD}/..", f"{GOOD}\n", f"{GOOD}\0", GOOD + "b", GOOD[:-1]),
    *(GOOD.upper(), GOOD.replace("-", "_"), "\u0661" * 64 + GOOD[64:]),
]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_that_we_did_not_make_are_refused(blobs: Blobs, root: Path, name: str) -> None:
    (root.parent / "secret").write_bytes(b"outside")
    (root.parent / GOOD).write_bytes(b"outside")
    with pytest.raises(VaultError):
        blobs.read(name, bytes(32))
    with pytest.raises(VaultError):
        blobs.shred(name)
    assert (root.parent / "secret").exists()
    assert (root.parent / GOOD).exists()


@given(name=st.text())
@on_one_folder
def test_arbitrary_names_never_reach_the_disk(blobs: Blobs, name: str) -> None:
    with pytest.raises(VaultError):
        blobs.read(name, bytes(32))


def test_a_link_planted_in_the_store_is_not_followed(blobs: Blobs, root: Path, tmp_path: Path) -> None:
    outside, kept = tmp_path / "outside", blobs.keep(TEXT)
    outside.write_bytes((root / kept.name).read_bytes())
    (root / kept.name).unlink()
    (root / kept.name).symlink_to(outside)
    with pytest.raises(VaultError):
        blobs.read(kept.name, kept.key)
    with pytest.raises(VaultError):
        blobs.shred(kept.name)
    assert outside.exists()
    assert list(blobs.names()) == []


def test_names_lists_blobs_only_with_the_time_they_were_written(blobs: Blobs, root: Path) -> None:
    one, two = blobs.keep(b"one"), blobs.keep(b"two")
    os.utime(root / one.name, (1_000_000_000, 1_000_000_000))
    (root / "notes.txt").write_bytes(b"not ours")
    (root / GOOD).mkdir()
    found = dict(blobs.names())
    assert set(found) == {one.name, two.name}
    assert found[one.name] == datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC)
    assert found[two.name].tzinfo is UTC


def test_the_orphan_sweep_can_shred_while_it_lists(blobs: Blobs, root: Path) -> None:
    for number in range(30):
        blobs.keep(bytes([number]))
    for name, _ in blobs.names():
        blobs.shred(name)
    assert on_disk(root) == []


# Permission bits --------------------------------------------------------------------------------------


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777])
def test_folder_and_files_are_ours_alone_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        root = tmp_path / "blobs"
        kept = Blobs(root, VAULT).keep(TEXT)
    finally:
        os.umask(before)
    assert mode(root) == 0o700
    assert mode(root / kept.name) == 0o600


def test_a_folder_that_was_open_to_others_is_closed(root: Path) -> None:
    root.mkdir(parents=True)
    root.chmod(0o755)
    Blobs(root, VAULT)
    assert mode(root) == 0o700


# Crashes ----------------------------------------------------------------------------------------------


def test_an_interrupted_file_is_swept_when_the_store_opens(blobs: Blobs, root: Path) -> None:
    kept = blobs.keep(TEXT)
    half = root / f".unfinished-{'0' * 32}"
    half.write_bytes(b"\x01half")
    (root / ".unfinished-but-not-ours").write_bytes(b"")
    assert [name for name, _ in blobs.names()] == [kept.name]
    again = Blobs(root, VAULT)
    assert on_disk(root) == [".unfinished-but-not-ours", kept.name]
    assert again.read(kept.name, kept.key) == TEXT


def test_a_file_that_another_process_is_writing_is_left_alone(blobs: Blobs, root: Path) -> None:
    half = root / f".unfinished-{'0' * 32}"
    with half.open("wb") as writer:
        fcntl.flock(writer, fcntl.LOCK_EX)
        Blobs(root, VAULT)
        assert half.exists()
    Blobs(root, VAULT)
    assert not half.exists()


def child(root: Path, body: str) -> subprocess.Popen[str]:
    script = """
        import os, resource, sys
        from pathlib import Path
        from storage.blobs import Blobs
        from storage.vault import Vault
        blobs = Blobs(Path(sys.argv[1]), Vault.from_setting(sys.argv[2]))
    """
    script = textwrap.dedent(script) + textwrap.dedent(body)
    return subprocess.Popen(
        [sys.executable, "-c", script, str(root), MASTER], stdout=subprocess.PIPE, text=True, cwd=CHECKOUT
    )


@pytest.mark.parametrize(
    ("synced", "left"),
    [(1, ".unfinished-"), (2, "")],
    ids=["before the rename", "after the rename"],
)
def test_sigkill_at_a_named_point_leaves_nothing_half(root: Path, synced: int, left: str) -> None:
    Blobs(root, VAULT)
    writing = child(
        root,
        f"""
        import signal
        real, calls = os.fsync, []
        def fsync(descriptor):
            calls.append(descriptor)
            if len(calls) == {synced}:
                os.kill(os.getpid(), signal.SIGKILL)
            real(descriptor)
        os.fsync = fsync
        blobs.keep(b"x" * 10_000)
        """,
    )
    writing.communicate(timeout=30)
    assert writing.returncode == -signal.SIGKILL
    (name,) = on_disk(root)
    assert name.startswith(left)

    blobs = Blobs(root, VAULT)
    whole = [] if left else [name]
    assert on_disk(root) == whole
    assert [found for found, _ in blobs.names()] == whole


def test_sigkill_in_the_middle_of_writing_leaves_only_whole_blobs(root: Path) -> None:
    writing = child(
        root,
        """
        while True:
            kept = blobs.keep(os.urandom(1_000_000))
            print(kept.name, kept.key.hex(), kept.sha256, flush=True)
        """,
    )
    assert writing.stdout is not None
    lines = [writing.stdout.readline() for _ in range(5)]
    writing.send_signal(signal.SIGKILL)
    rest, _ = writing.communicate(timeout=30)
    lines += [line for line in rest.splitlines(keepends=True) if line.endswith("\n")]

    blobs = Blobs(root, VAULT)
    assert not [name for name in on_disk(root) if name.startswith(".")]
    told = {name: (key, digest) for name, key, digest in (line.split() for line in lines)}
    for name, (key, digest) in told.items():
        assert hashlib.sha256(blobs.read(name, bytes.fromhex(key))).hexdigest() == digest
    # What was finished but not told is an orphan, whole as well.
    for name in on_disk(root):
        assert (root / name).stat().st_size == 1_000_000 + 1 + 12 + 16


def test_a_full_disk_raises_leaves_nothing_and_recovers(root: Path) -> None:
    writing = child(
        root,
        """
        first = blobs.keep(b"x" * 10_000)
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
        try:
            blobs.keep(b"y" * 100_000)
        except OSError as error:
            print("refused", error.errno is not None, len(os.listdir(sys.argv[1])))
        assert blobs.read(first.name, first.key) == b"x" * 10_000
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        again = blobs.keep(b"y" * 100_000)
        assert blobs.read(again.name, again.key) == b"y" * 100_000
        print("recovered", len(os.listdir(sys.argv[1])))
        """,
    )
    out, _ = writing.communicate(timeout=30)
    assert writing.returncode == 0
    assert out.splitlines() == ["refused True 1", "recovered 2"]


def test_a_folder_that_is_gone_raises_and_leaves_nothing(blobs: Blobs, root: Path) -> None:
    root.rmdir()
    with pytest.raises(FileNotFoundError):
        blobs.keep(TEXT)
    assert not root.exists()


# Many at once -----------------------------------------------------------------------------------------


def test_threads_keeping_the_same_and_other_bytes_all_get_theirs_back(root: Path) -> None:
    contents = [b"same bytes" * 1000, *(bytes([number]) * 5000 for number in range(8))] * 4

    def keep(data: bytes) -> tuple[bytes, Kept]:
        # Every writer opens the store anew, so sweeps run in the middle of other writers' work.
        return data, Blobs(root, VAULT).keep(data)

    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(keep, contents))
    blobs = Blobs(root, VAULT)
    for data, blob in kept:
        assert blobs.read(blob.name, blob.key) == data
    assert Counter(on_disk(root)) == Counter(blob.name for _, blob in kept)
    assert len(on_disk(root)) == len(contents)
