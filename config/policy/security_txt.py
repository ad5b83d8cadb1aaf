"""security.txt (RFC 9116): how the file is written, and what is wrong with one, by the rules ST01 to ST10 of domain section 10.

Decides the order of its lines and when it expires. Signing it is left to storage/signing.py, serving it to bot/site/.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Final

PLACE: Final = "/.well-known/security.txt"
MEDIA_TYPE: Final = "text/plain; charset=utf-8"
_YEAR: Final = timedelta(days=365)
_LASTS: Final = timedelta(days=180)
_SOON: Final = timedelta(days=30)
_LINE: Final = re.compile(r"([!-9;-~]+): ?(.*)")
_ONCE: Final = ("expires", "preferred-languages")
_WEB: Final = ("policy", "acknowledgments", "hiring", "canonical", "csaf")
_TAG: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)")
_KEYS: Final = ("https:", "dns:", "openpgp4fpr:")
_CONTACTS: Final = ("https:", "mailto:", "tel:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """What the file says; addresses are whole, `url` is that of the public pages."""

    url: str
    contact: Sequence[str]
    languages: Sequence[str] = ()
    fingerprint: str = ""
    head: str = ""
    notes: Sequence[str] = field(default=())


def expires(now: datetime) -> datetime:
    """When a file written now ends: in half a year, at the first midnight (UTC) of a month, so that it seldom changes."""
    end = now.astimezone(UTC) + _LASTS
    return datetime.combine(end.date().replace(day=1), time(), UTC)


def written(said: Fields, now: datetime) -> str:
    """Return the file."""
    rows = [f"# {one}" for one in (said.head, *said.notes) if one]
    rows += [f"Contact: {one}" for one in said.contact]
    rows.append(f"Expires: {expires(now):%Y-%m-%dT%H:%M:%SZ}")
    rows.append(f"Encryption: {said.url}/key.asc")
    if said.fingerprint:
        rows.append(f"Encryption: openpgp4fpr:{said.fingerprint.lower()}")
    rows.append(f"Acknowledgments: {said.url}/hall-of-fame")
    if said.languages:
        rows.append(f"Preferred-Languages: {', '.join(said.languages)}")
    rows += [f"Canonical: {said.url}{PLACE}", f"Policy: {said.url}/policy"]
    return "\n".join(rows) + "\n"


def faults(text: str, *, address: str, media_type: str, now: datetime) -> list[str]:
    """Return what is wrong with a file that was served from an address, each with its rule; an empty list for nothing."""
    return list(_faults(text, address, media_type, now))


def _faults(text: str, address: str, media_type: str, now: datetime) -> Iterator[str]:
    if not address.startswith("https://") or not address.endswith(PLACE):
        yield "ST01: not served over https at the well-known place"
    if media_type.replace(" ", "").lower() != "text/plain;charset=utf-8":
        yield "ST01: not text/plain in UTF-8"
    signed = text.startswith("-----BEGIN PGP SIGNED MESSAGE-----")
    body = _signed_part(text) if signed else text
    if signed != ("-----BEGIN PGP SIGNATURE-----" in text) or body is None:
        yield "ST09: the signature is not around the file"
    said: dict[str, list[str]] = {}
    for number, row in enumerate((body or "").splitlines(), 1):
        found = _LINE.fullmatch(row)
        if found:
            said.setdefault(found[1].lower(), []).append(found[2].strip())
        elif row.strip() and not row.startswith("#"):
            yield f"ST02: line {number} is no field and no comment"
    for name in _ONCE:
        if len(said.get(name, [])) > 1:
            yield f"{'ST04' if name == 'expires' else 'ST05'}: {name} stands there twice"
    if not said.get("contact"):
        yield "ST03: no contact"
    yield from (f"ST03: {one} is no address to write to" for one in said.get("contact", []) if not one.startswith(_CONTACTS))
    yield from _expiry(said.get("expires", []), now)
    for one in said.get("preferred-languages", []):
        if not all(_TAG.fullmatch(tag.strip()) for tag in one.split(",")):
            yield "ST05: languages are tags with commas between them"
    yield from (f"ST06: {one[:40]} is no address of a key" for one in said.get("encryption", []) if not one.startswith(_KEYS))
    if signed and address not in said.get("canonical", []):
        yield "ST07: signed, and the address it is served from is not in it"
    for name in _WEB:
        yield from (f"ST08: {name} is no https address" for one in said.get(name, []) if not one.startswith("https://"))


def _expiry(found: Sequence[str], now: datetime) -> Iterator[str]:
    if not found:
        yield "ST04: no expiry"
        return
    if not _INSTANT.fullmatch(found[0]):
        yield "ST04: the expiry is no RFC 3339 date and time"
        return
    end = datetime.fromisoformat(found[0].upper().replace("Z", "+00:00"))
    if end <= now:
        yield "ST04: expired"
    elif end - now < _SOON:
        yield "ST04: expires in less than 30 days"
    if end - now >= _YEAR:
        yield "ST04: expires in a year or later"


def _signed_part(text: str) -> str | None:
    """Return the words between the armor headers and the signature, dash-escapes taken back."""
    head, _, rest = text.partition("\n\n")
    words, found, _ = rest.partition("\n-----BEGIN PGP SIGNATURE-----")
    if not found or not all(row.startswith("Hash: ") for row in head.splitlines()[1:]):
        return None
    return "\n".join(row.removeprefix("- ") for row in words.splitlines())
