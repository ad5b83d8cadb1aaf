"""How the master key is read from its setting: fair spellings are taken, others named, none shown."""

from __future__ import annotations

import base64

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from storage.vault import Vault, VaultError


@given(st.binary(min_size=32, max_size=32), st.sampled_from(["hex", "HEX", "base64", "url", "url bare"]))
def test_every_spelling_of_one_key_is_the_same_key(key: bytes, spelling: str) -> None:
    url = base64.urlsafe_b64encode(key).decode()
    plain = {
        "hex": key.hex(),
        "HEX": key.hex().upper(),
        "base64": base64.b64encode(key).decode(),
        "url": url,
        "url bare": url.rstrip("="),
    }[spelling]
    assume(spelling != "url bare" or set(plain) - set("0123456789abcdefABCDEF"))
    wrapped, _ = Vault({1: key}, current=1).new_key("report|r1")
    for text_given in (plain, f" {plain}\r\n", f"\ufeff{plain[:20]}\n\t{plain[20:]}\u00a0"):
        Vault.from_setting(text_given).unlock("report|r1", wrapped)


@pytest.mark.parametrize(
    ("given_text", "wrong"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("c0ffee" * 10, "60 hex digits"),
        ("c0ffee" * 11, "66 hex digits"),
        (base64.b64encode(b"s" * 31).decode(), "31 bytes"),
        (base64.b64encode(b"s" * 33).decode(), "33 bytes"),
        (base64.b64encode(b"s" * 32).decode()[:41], "cut off"),
        (base64.b64encode(b"s" * 32).decode() + "=", "cut off"),
        ('"' + base64.b64encode(b"s" * 32).decode() + '"', "neither hex nor base64"),
        ("correct horse battery staple, correct horse", "neither hex nor base64"),
        ("schlüssel" * 6, "neither hex nor base64"),
    ],
)
def test_a_bad_setting_is_named_and_never_repeated(given_text: str, wrong: str) -> None:
    with pytest.raises(VaultError, match=wrong) as caught:
        Vault.from_setting(given_text)
    shown = f"{caught.value!r} {caught.value.__cause__!r}"
    assert not any(
        given_text[start : start + 6] in shown for start in range(max(0, len(given_text.strip()) - 5))
    )


def test_made_master_keys_are_accepted_and_differ() -> None:
    made = {Vault.make_master_key() for _ in range(20)}
    assert len(made) == 20
    for key in made:
        assert Vault.from_setting(key).recognises(Vault.from_setting(key).canary())
