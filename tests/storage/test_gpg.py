"""gpg and its agent under load, hung, killed and robbed of their home."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.policy.codes import Code
from storage import child, gpghome
from storage.gpg import Gpg
from storage.gpghome import make_home, processes_of, remove_home, sweep_stale_homes
from storage.keyring import Keyring, random_passphrase
from storage.verdict import judge, read_status
from tests import pgp

TEXT = b"a report"


@pytest.fixture
def home() -> Iterator[Path]:
    made = make_home()
    yield made
    remove_home(made)


def ready(home: Path, **options: object) -> tuple[Gpg, bytes]:
    fingerprint = Keyring(home).make("Example programme")
    return Gpg(home, **options), pgp.encrypt(home, [fingerprint], TEXT)  # type: ignore[arg-type]


def test_a_killed_agent_is_started_again(home: Path) -> None:
    gpg, message = ready(home)
    assert gpg.decrypt(message).code is Code.ACCEPTED
    (agent,) = processes_of(home)
    os.kill(agent, signal.SIGKILL)
    assert gpg.decrypt(message).plaintext == TEXT
    assert processes_of(home) != [agent]


def test_a_hung_agent_is_ended_and_the_message_still_opens(home: Path) -> None:
    gpg, message = ready(home, wall_seconds=1.0)
    assert gpg.decrypt(message).code is Code.ACCEPTED
    (agent,) = processes_of(home)
    os.kill(agent, signal.SIGSTOP)
    assert gpg.decrypt(message).plaintext == TEXT
    assert agent not in processes_of(home)


def test_four_callers_on_a_hung_agent_all_get_their_text(home: Path) -> None:
    gpg, message = ready(home, wall_seconds=1.0)
    assert gpg.decrypt(message).code is Code.ACCEPTED
    os.kill(processes_of(home)[0], signal.SIGSTOP)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        results = list(pool.map(gpg.decrypt, [message] * 8))
    assert [one.plaintext for one in results] == [TEXT] * 8


def test_a_wiped_home_is_rebuilt_and_without_a_way_back_it_is_our_fault(home: Path) -> None:
    keyring = Keyring(home)
    fingerprint = keyring.make("Example programme")
    secret, message = keyring.secret_key(), pgp.encrypt(home, [fingerprint], TEXT)
    lost = Gpg(home)
    gpg = Gpg(home, rebuild=lambda: Keyring(home).import_secret(secret))
    assert gpg.decrypt(message).code is Code.ACCEPTED
    remove_home(home)
    assert lost.decrypt(message).code is Code.INTERNAL
    assert gpg.decrypt(message).plaintext == TEXT
    assert lost.decrypt(message).plaintext == TEXT


def test_a_wrong_passphrase_is_our_fault_not_the_senders(home: Path) -> None:
    keyring = Keyring(home, passphrase=random_passphrase())
    message = pgp.encrypt(home, [keyring.make("Example programme")], TEXT)
    gpghome.end_processes(home)
    assert Gpg(home, passphrase="wrong").decrypt(message).code is Code.INTERNAL
    assert Gpg(home).decrypt(message).code is Code.INTERNAL


@pytest.mark.slow
@pytest.mark.parametrize("rsa_bits", [0, 3072], ids=["curve25519", "rsa"])
async def test_many_at_once_with_a_passphrase_lose_nothing(home: Path, rsa_bits: int) -> None:
    secret = random_passphrase()
    keyring = Keyring(home, passphrase=secret)
    message = pgp.encrypt(home, [keyring.make("Example programme", rsa_bits=rsa_bits)], TEXT)
    gpghome.end_processes(home)
    gpg = Gpg(home, passphrase=secret)
    # The loop's default threads are someone else's and may be shut: ours do the work.
    asyncio.get_running_loop().set_default_executor(shut := concurrent.futures.ThreadPoolExecutor(1))
    shut.shutdown()
    results = await asyncio.gather(*(gpg.opened(message) for _ in range(64)))
    assert [one.plaintext for one in results] == [TEXT] * 64
    gpg.close()


def test_expiry_is_judged_by_the_clock_that_was_given(home: Path) -> None:
    gpg, message = ready(home, now=lambda: datetime(2100, 1, 1, tzinfo=UTC))
    opened = gpg.decrypt(message)
    assert (opened.code, opened.expired_key) == (Code.ACCEPTED, True)
    early = Gpg(home, now=lambda: datetime(2000, 1, 1, tzinfo=UTC))
    assert not early.decrypt(message).expired_key
    assert not Gpg(home).decrypt(message).expired_key


def test_an_expired_key_still_opens_and_says_so(home: Path) -> None:
    then = ("--faked-system-time", "20200601T000000")
    old = pgp.make_key(home, expires="1y", options=then)
    opened = Gpg(home).decrypt(pgp.encrypt(home, [old], TEXT, *then))
    assert (opened.plaintext, opened.expired_key) == (TEXT, True)


def test_a_revoked_key_still_opens_and_says_so(home: Path) -> None:
    gpg, message = ready(home)
    assert not gpg.decrypt(message).expired_key
    (certificate,) = (home / "openpgp-revocs.d").glob("*.rev")
    pgp.run_gpg(home, "--import", data=certificate.read_bytes().replace(b":-----BEGIN", b"-----BEGIN"))
    opened = gpg.decrypt(message)
    assert (opened.plaintext, opened.expired_key) == (TEXT, True)


def test_the_child_runs_under_limits_and_the_agent_does_not(home: Path, tmp_path: Path) -> None:
    script = tmp_path / "limits"
    script.write_text("#!/bin/sh\nread x\ncat /proc/self/limits\n")
    script.chmod(0o700)
    ran = child.run_bounded([str(script)], b"go\n", home=home, output_cap=1 << 16, wall_seconds=5)
    rows = ran.output.decode().splitlines()
    for name, most in (
        ("Max cpu time", child.CPU_SECONDS),
        ("Max core file size", 0),
        ("Max address space", child.MEMORY_BYTES),
    ):
        assert next(row for row in rows if row.startswith(name)).removeprefix(name).split()[0] == str(most)
    gpg, message = ready(home)
    gpg.decrypt(message)
    (agent,) = processes_of(home)
    rows = Path(f"/proc/{agent}/limits").read_text().splitlines()
    assert next(row for row in rows if row.startswith("Max cpu time")).split()[3] == "unlimited"


def test_a_child_that_never_ends_is_killed_with_its_whole_group(home: Path, tmp_path: Path) -> None:
    script = tmp_path / "stubborn"
    script.write_text('#!/bin/sh\nsleep 600 &\necho $! > "$HOME/child.pid"\nwait\n')
    script.chmod(0o700)
    ran = child.run_bounded([str(script)], b"", home=home, output_cap=10, wall_seconds=0.5)
    assert ran.out_of_time
    grandchild = Path(f"/proc/{(home / 'child.pid').read_text().strip()}/stat")
    assert not grandchild.exists() or grandchild.read_text().split()[2] == "Z"


def test_a_child_that_burns_the_processor_is_told_from_a_slow_one(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "CPU_SECONDS", 1)
    script = tmp_path / "busy"
    script.write_text("#!/bin/sh\nread x\nwhile :; do :; done\n")
    script.chmod(0o700)
    ran = child.run_bounded([str(script)], b"go\n", home=home, output_cap=10, wall_seconds=30)
    assert ran.out_of_cpu
    assert not ran.out_of_time


def test_output_over_the_cap_is_dropped(home: Path, tmp_path: Path) -> None:
    script = tmp_path / "loud"
    script.write_text("#!/bin/sh\nyes\n")
    script.chmod(0o700)
    ran = child.run_bounded([str(script)], b"", home=home, output_cap=100_000, wall_seconds=30)
    assert (ran.over_cap, ran.output) == (True, b"")


def test_the_environment_is_ours_alone(home: Path, tmp_path: Path) -> None:
    script = tmp_path / "env"
    script.write_text("#!/bin/sh\nenv\n")
    script.chmod(0o700)
    rows = child.run_bounded([str(script)], b"", home=home, output_cap=10_000, wall_seconds=5).output.decode()
    names = {row.partition("=")[0] for row in rows.splitlines()}
    assert names <= {"LC_ALL", "HOME", "GNUPGHOME", "PATH", "PWD", "SHLVL", "_", "OLDPWD"}
    assert f"GNUPGHOME={home}" in rows


def test_a_home_is_private_short_and_removed_with_its_agent(home: Path) -> None:
    gpg, message = ready(home)
    gpg.decrypt(message)
    assert home.stat().st_mode & 0o777 == 0o700
    assert str(os.getpid()) in home.name
    assert "auto-expand-secmem" in (home / "gpg-agent.conf").read_text()
    agents = processes_of(home)
    remove_home(home)
    assert not home.exists()
    assert agents
    assert processes_of(home) == []


def test_a_path_too_long_for_the_socket_is_refused(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 80)
    deep.mkdir()
    with pytest.raises(gpghome.HomeError):
        make_home(deep)
    assert list(deep.iterdir()) == []


def test_homes_of_dead_processes_are_swept_with_a_stopped_agent_and_ours_stay(home: Path) -> None:
    script = textwrap.dedent(
        """
        import os, signal, sys
        from storage.gpghome import make_home, processes_of, start_agent
        home = make_home()
        start_agent(home)
        (agent,) = processes_of(home)
        os.kill(agent, signal.SIGSTOP)
        print(home, agent, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=root)
    stale, agent = done.stdout.split()
    assert Path(stale).is_dir()
    assert sweep_stale_homes() >= 1
    assert not Path(stale).exists()
    assert processes_of(Path(stale)) == []
    assert not Path(f"/proc/{agent}").exists() or "Z" in Path(f"/proc/{agent}/stat").read_text().split()[2]
    assert home.is_dir()


def test_status_lines_end_at_line_feeds_only_and_unknown_words_are_passed_over() -> None:
    begun, okay = b"[GNUPG:] BEGIN_DECRYPTION\n", b"[GNUPG:] DECRYPTION_OKAY\n"
    good = begun + b"[GNUPG:] PLAINTEXT 62 0 x\r[GNUPG:] BADMDC\n" + okay
    assert judge(read_status(good), ours_named=True) is Code.ACCEPTED
    assert judge(read_status(b"x " + good), ours_named=True) is not Code.ACCEPTED
    for more in (
        b"BADMDC",
        b"ERROR x 1",
        b"UNEXPECTED 0",
        b"NODATA 1",
        b"DECRYPTION_FAILED",
        b"FAILURE decrypt 1",
    ):
        assert judge(read_status(good + b"[GNUPG:] " + more + b"\n"), ours_named=True) is not Code.ACCEPTED
    for word in (b"BEGIN_DECRYPTION", b"PLAINTEXT 62 0", b"DECRYPTION_OKAY"):
        assert judge(read_status(good + b"[GNUPG:] " + word + b"\n"), ours_named=True) is not Code.ACCEPTED
    assert judge(read_status(b""), ours_named=False) is Code.INTERNAL


def test_memory_and_agent_trouble_is_never_the_senders_fault() -> None:
    for code in (0x8000 | 86, 17, 77, 85, 270, 16777216 * 4 + 99):
        raw = f"[GNUPG:] ERROR pkdecrypt_failed {code}\n[GNUPG:] BEGIN_DECRYPTION\n".encode()
        assert judge(read_status(raw), ours_named=True) is Code.INTERNAL
    raw = b"[GNUPG:] ERROR pkdecrypt_failed 16777226\n[GNUPG:] BEGIN_DECRYPTION\n"
    assert judge(read_status(raw), ours_named=True) is Code.TAMPERED
