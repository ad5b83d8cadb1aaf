"""What the vault promises: sealed values open in their own place only, and nothing shows a key."""

from __future__ import annotations

import base64
import copy
import hmac
import pickle

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import assume, given
from hypothesis import strategies as st

from storage.vault import Box, Sealed, Vault, VaultError

MASTER = Vault.make_master_key()
VAULT = Vault.from_setting(MASTER)
SECRET = "the model repeats its system prompt when asked in base32"
WRAPPED, BOX = VAULT.new_key("report|r1")
SEALED = BOX.seal("report", "title", "r1", SECRET, version=3)
CANARY = VAULT.canary()
RECORD = VAULT.seal_record(SECRET, "workflow")

# Texts as strangers send them: lone surrogates too, which JSON can carry.
anything = st.text(st.characters(exclude_categories=()))
names = anything.filter(bool)


def flipped(data: bytes, bit: int) -> bytes:
    bit %= len(data) * 8
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


# Sealing and opening ----------------------------------------------------------------------------------


@given(names, names, names, st.one_of(anything, st.binary()), st.integers(1, 2**32 - 1))
def test_what_is_sealed_opens_unchanged(
    table: str, column: str, row: str, value: str | bytes, version: int
) -> None:
    sealed = BOX.seal(table, column, row, value, version=version)
    assert sealed.version == version
    again = VAULT.unlock("report|r1", WRAPPED)
    if isinstance(value, bytes):
        assert again.open(table, column, row, sealed) == value
    else:
        assert again.open_text(table, column, row, sealed, version=version) == value


@given(st.tuples(names, names, names), st.tuples(names, names, names))
def test_no_other_place_opens_it(place: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    assume(place != other)
    with pytest.raises(VaultError):
        BOX.open(*other, BOX.seal(*place, SECRET))


@pytest.mark.parametrize(
    ("place", "other"),
    [
        (("report", "title", "r1"), ("report", "title", "r2")),
        (("report", "title", "r1"), ("report", "summary", "r1")),
        (("report", "title", "r1"), ("message", "title", "r1")),
        (("a|b", "c", "d"), ("a", "b|c", "d")),
        (("ab", "c", "d"), ("a", "bc", "d")),
    ],
)
def test_swaps_and_shifted_borders_are_refused(
    place: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    sealed = BOX.seal(*place, SECRET)
    assert BOX.open_text(*place, sealed) == SECRET
    with pytest.raises(VaultError):
        BOX.open(*other, sealed)


def test_an_older_version_is_refused_by_a_caller_who_expects_the_newer() -> None:
    old = BOX.seal("report", "title", "r1", "old", version=1)
    new = BOX.seal("report", "title", "r1", "new", version=2)
    assert BOX.open_text("report", "title", "r1", new, version=2) == "new"
    with pytest.raises(VaultError):
        BOX.open("report", "title", "r1", old, version=2)


def test_a_version_rewritten_in_the_envelope_is_refused() -> None:
    old = BOX.seal("report", "title", "r1", "old", version=1)
    new = BOX.seal("report", "title", "r1", "new", version=2)
    forged = new[:7] + old[7:]
    assert Sealed(forged).version == 2
    with pytest.raises(VaultError):
        BOX.open("report", "title", "r1", forged)


@given(st.integers(min_value=0))
def test_any_flipped_bit_is_refused(bit: int) -> None:
    with pytest.raises(VaultError):
        BOX.open("report", "title", "r1", flipped(SEALED, bit))
    with pytest.raises(VaultError):
        VAULT.unlock("report|r1", flipped(WRAPPED, bit))
    assert not VAULT.recognises(flipped(CANARY, bit))


def test_every_truncation_and_every_addition_is_refused() -> None:
    for end in range(len(SEALED)):
        with pytest.raises(VaultError):
            BOX.open("report", "title", "r1", SEALED[:end])
    for end in range(len(WRAPPED)):
        with pytest.raises(VaultError, match=r"^shredded$"):
            VAULT.unlock("report|r1", WRAPPED[:end])
    for end in range(len(CANARY)):
        assert not VAULT.recognises(CANARY[:end])
    with pytest.raises(VaultError):
        BOX.open("report", "title", "r1", SEALED + b"\0")
    with pytest.raises(VaultError, match=r"^shredded$"):
        VAULT.unlock("report|r1", WRAPPED + b"\0")


@given(st.binary(max_size=200))
def test_rubbish_is_refused_in_its_own_words(rubbish: bytes) -> None:
    with pytest.raises(VaultError):
        BOX.open("report", "title", "r1", rubbish)
    with pytest.raises(VaultError):
        VAULT.unlock("report|r1", rubbish)
    with pytest.raises(VaultError):
        VAULT.open_record(rubbish.decode("latin-1"), "workflow")
    assert not VAULT.recognises(rubbish)


def test_sealing_twice_shows_no_likeness() -> None:
    pairs = {BOX.seal("report", "title", "r1", SECRET) for _ in range(50)}
    assert len({sealed[7:19] for sealed in pairs}) == 50
    assert len({sealed[19:] for sealed in pairs}) == 50
    assert not any(SECRET.encode() in sealed for sealed in pairs)


def test_a_place_without_a_row_or_with_a_wrong_version_cannot_be_sealed() -> None:
    for place in (("", "title", "r1"), ("report", "", "r1"), ("report", "title", "")):
        with pytest.raises(VaultError):
            BOX.seal(*place, SECRET)
    for version in (0, -1, 2**32):
        with pytest.raises(VaultError):
            BOX.seal("report", "title", "r1", SECRET, version=version)


def test_lone_surrogates_survive() -> None:
    value = "half a smile \ud83d and \udc00"
    assert BOX.open_text("a", "b", "c", BOX.seal("a", "b", "c", value)) == value
    assert VAULT.open_record(VAULT.seal_record(value, "p"), "p") == value
    assert VAULT.blind("name", "\ud83d") != VAULT.blind("name", "\ud83e")


def test_bytes_that_are_no_text_are_not_given_out_as_text() -> None:
    sealed = BOX.seal("report", "title", "r1", b"\xff\xfe\x00")
    with pytest.raises(VaultError) as caught:
        BOX.open_text("report", "title", "r1", sealed)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


# Data keys, shredding, master keys --------------------------------------------------------------------


def test_a_data_key_opens_for_its_owner_only() -> None:
    assert VAULT.unlock("report|r1", WRAPPED).open_text("report", "title", "r1", SEALED) == SECRET
    for owner in ("report|r2", "person|r1", "report|r11", "report"):
        with pytest.raises(VaultError, match=r"^shredded$"):
            VAULT.unlock(owner, WRAPPED)
    with pytest.raises(VaultError):
        VAULT.new_key("")


@pytest.mark.parametrize("gone", [None, b"", b"\0" * 63])
def test_a_destroyed_key_is_called_shredded(gone: bytes | None) -> None:
    with pytest.raises(VaultError, match=r"^shredded$"):
        VAULT.unlock("report|r1", gone)


def test_another_reports_box_opens_nothing_of_this_one() -> None:
    _, other = VAULT.new_key("report|r1")
    with pytest.raises(VaultError):
        other.open("report", "title", "r1", SEALED)
    with pytest.raises(VaultError):
        VAULT.common.open("report", "title", "r1", SEALED)


def test_another_master_key_opens_nothing() -> None:
    stranger = Vault.from_setting(Vault.make_master_key())
    with pytest.raises(VaultError, match=r"^shredded$"):
        stranger.unlock("report|r1", WRAPPED)
    with pytest.raises(VaultError):
        stranger.common.open("setting", "value", "s1", VAULT.common.seal("setting", "value", "s1", SECRET))
    with pytest.raises(VaultError):
        stranger.open_record(RECORD, "workflow")
    assert not stranger.recognises(CANARY)
    assert stranger.blind("slack", "U1") != VAULT.blind("slack", "U1")


def test_the_same_master_key_opens_everything_after_a_restart() -> None:
    sealed = VAULT.common.seal("setting", "value", "s1", SECRET)
    again = Vault.from_setting(MASTER)
    assert again.unlock("report|r1", WRAPPED).open_text("report", "title", "r1", SEALED) == SECRET
    assert again.common.open_text("setting", "value", "s1", sealed) == SECRET
    assert again.open_record(RECORD, "workflow") == SECRET
    assert again.recognises(CANARY)
    assert again.blind("slack", "U1") == VAULT.blind("slack", "U1")


def test_an_older_master_key_beside_the_current_one_still_opens_and_looks_up() -> None:
    old, new = bytes(range(32)), bytes(range(32, 64))
    before = Vault({1: old}, current=1)
    wrapped, box = before.new_key("report|r1")
    sealed = box.seal("report", "title", "r1", SECRET)
    common = before.common.seal("setting", "value", "s1", SECRET)
    record = before.seal_record(SECRET, "workflow")

    during = Vault({1: old, 2: new}, current=2)
    assert during.unlock("report|r1", wrapped).open_text("report", "title", "r1", sealed) == SECRET
    assert during.common.open_text("setting", "value", "s1", common) == SECRET
    assert during.open_record(record, "workflow") == SECRET
    assert during.recognises(before.canary())
    assert during.blind("slack", "U1") == before.blind("slack", "U1")
    assert during.seal_record(SECRET, "workflow").startswith("2.")

    fresh_wrapped, _ = during.new_key("report|r2")
    after = Vault({2: new}, current=2)
    after.unlock("report|r2", fresh_wrapped)
    assert after.common.open_text("a", "b", "c", during.common.seal("a", "b", "c", SECRET)) == SECRET
    with pytest.raises(VaultError, match="needs master key 1"):
        after.unlock("report|r1", wrapped)
    with pytest.raises(VaultError, match="needs master key 1"):
        after.open_record(record, "workflow")
    assert not after.recognises(before.canary())


@pytest.mark.parametrize(("keys", "current"), [({}, 1), ({1: b"k" * 32}, 2), ({0: b"k" * 32}, 0)])
def test_master_keys_must_be_numbered_and_one_current(keys: dict[int, bytes], current: int) -> None:
    with pytest.raises(VaultError):
        Vault(keys, current=current)


# Blind indexes ----------------------------------------------------------------------------------------


def test_blind_indexes_are_equal_only_for_equal_values_of_one_kind() -> None:
    index = VAULT.blind("slack", "U024BE7LH")
    assert index == VAULT.blind("slack", "  U024BE7LH\n")
    assert len(index) == 64
    assert set(index) <= set("0123456789abcdef")
    others = [("slack", "u024be7lh"), ("discord", "U024BE7LH"), ("slackU", "024BE7LH"), ("slack", "U024BE7L")]
    assert index not in {VAULT.blind(kind, value) for kind, value in others}


@given(st.tuples(anything, anything), st.tuples(anything, anything))
def test_blind_indexes_do_not_run_kind_and_value_together(one: tuple[str, str], two: tuple[str, str]) -> None:
    same = (one[0], one[1].strip()) == (two[0], two[1].strip())
    assert (VAULT.blind(*one) == VAULT.blind(*two)) is same


# Records of the durable engine ------------------------------------------------------------------------


@given(anything, anything)
def test_records_open_for_their_purpose_only(value: str, purpose: str) -> None:
    record = VAULT.seal_record(value, purpose)
    assert record.isascii()
    assert record.startswith("1.")
    assert VAULT.open_record(record, purpose) == value
    with pytest.raises(VaultError):
        VAULT.open_record(record, purpose + "x")


@given(st.integers(0, len(RECORD) - 1), st.characters())
def test_any_changed_character_of_a_record_is_refused(position: int, character: str) -> None:
    changed = RECORD[:position] + character + RECORD[position + 1 :]
    assume(changed != RECORD)
    with pytest.raises(VaultError):
        VAULT.open_record(changed, "workflow")


def test_every_cut_of_a_record_and_other_spellings_are_refused() -> None:
    _, encoded = RECORD.split(".")
    spellings = [RECORD[:end] for end in range(len(RECORD))]
    spellings += [
        f"01.{encoded}",
        f"0.{encoded}",
        f"2.{encoded}",
        f"70000.{encoded}",
        f" {RECORD}",
        f"{RECORD}\n",
    ]
    spellings += [f"\u0661.{encoded}", RECORD + "====", encoded]
    for spelling in spellings:
        with pytest.raises(VaultError):
            VAULT.open_record(spelling, "workflow")


def test_every_other_last_character_of_a_record_is_refused() -> None:
    # With padding, base64 ignores some bits of the last character; here they count.
    for value in ("x", "xy", "xyz"):
        record = VAULT.seal_record(value, "workflow")
        bare = record.rstrip("=")
        for character in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/":
            if character != bare[-1]:
                with pytest.raises(VaultError):
                    VAULT.open_record(bare[:-1] + character + record[len(bare) :], "workflow")


def test_the_uses_of_one_master_key_do_not_mix() -> None:
    data = base64.b64decode(RECORD.split(".")[1])
    assert not VAULT.recognises(data)
    with pytest.raises(VaultError):
        VAULT.unlock("report|r1", CANARY)
    with pytest.raises(VaultError):
        VAULT.open_record("1." + base64.b64encode(WRAPPED).decode(), "workflow")


# Nothing shows a key ----------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", [VAULT, BOX, VAULT.common], ids=["vault", "box", "common"])
def test_vault_and_box_show_nothing_and_cannot_be_pickled(secret: Vault | Box) -> None:
    for shown in (repr(secret), str(secret), f"{secret}"):
        assert shown == f"<{type(secret).__name__}>"
    assert not hasattr(secret, "__dict__")
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError):
            pickle.dumps(secret, protocol)
    for copied in (copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            copied(secret)


def test_what_is_written_follows_the_layout_on_paper() -> None:
    """Read back with nothing but the standard library's HMAC and plain AES-GCM: data outlives code."""
    master = bytes.fromhex(MASTER)

    def derived(purpose: bytes) -> bytes:
        extracted = hmac.digest(bytes(32), master, "sha256")
        return hmac.digest(extracted, b"harborlight/1/" + purpose + b"\x01", "sha256")

    def spelt(*parts: bytes) -> bytes:
        return b"".join(len(part).to_bytes(4, "big") + part for part in parts)

    def opened(key: bytes, data: bytes, head: int, *parts: bytes) -> bytes:
        return AESGCM(key).decrypt(data[head : head + 12], data[head + 12 :], data[:head] + spelt(*parts))

    data_key = opened(derived(b"wrap"), WRAPPED, 3, b"data key", b"report|r1")
    assert WRAPPED[:3] == bytes.fromhex("010001")
    assert SEALED[:7] == bytes.fromhex("01000000000003")
    assert opened(data_key, SEALED, 7, b"report", b"title", b"r1") == SECRET.encode()
    common = VAULT.common.seal("fact", "secret", "f1", SECRET)
    assert common[:7] == bytes.fromhex("01000100000001")
    assert opened(derived(b"common"), common, 7, b"fact", b"secret", b"f1") == SECRET.encode()
    record = base64.b64decode(RECORD.removeprefix("1."))
    assert opened(derived(b"records"), record, 3, b"record", b"workflow") == SECRET.encode()
    assert opened(derived(b"canary"), CANARY, 3, b"canary") == b"harborlight canary"
    assert (
        VAULT.blind("slack", " U1") == hmac.digest(derived(b"index"), spelt(b"slack", b"U1"), "sha256").hex()
    )


def test_no_raw_master_key_is_left_on_the_vault() -> None:
    raw = bytes.fromhex(MASTER)
    seen: list[object] = [VAULT]
    for thing in seen:
        assert thing != raw
        if isinstance(thing, dict):
            seen.extend(thing.values())
        seen.extend(getattr(thing, slot) for slot in getattr(type(thing), "__slots__", ()))
    assert len(seen) > 8


def test_a_sealed_value_prints_as_its_size() -> None:
    assert repr(SEALED) == str(SEALED) == f"<sealed, {len(SEALED)} bytes>"
    with pytest.raises(VaultError):
        _ = Sealed(b"short").version
