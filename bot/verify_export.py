"""Verifies an export of the ledger. Run it in the folder of the export: python verify.py [--anchors FILE] [--head DIGEST]

It needs Python 3.9 or newer and nothing else, opens no network connection, and writes nothing. It answers one question: is what is
in this folder what the programme wrote down at the time? It looks at four things.

1. The chain. Each line of ledger.jsonl is one entry. An entry has a number, the digest of the entry before it ("previous"), and its
   own digest: SHA-256 over its content, "previous" included. Whoever changes, removes, inserts or reorders entries breaks that.
2. The ends. manifest.json names the entry before the first one here (the link to what came earlier) and the last one here.
3. The anchors. Once a day the programme wrote number and digest of its newest entry to a file outside the database. Whoever
   computes the whole chain anew does not get these digests. anchors.txt is the programme's copy: give your own with --anchors.
4. The other files. manifest.json holds the SHA-256 of each, so that a damaged or exchanged file is found.

It ends with 0 when everything holds, else with 1 and one line for each fault. An export without an independent copy of the anchors,
or of the last digest (--head), proves only that it agrees with itself.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

FIELDS = ("number", "previous", "at", "written_at", "kind", "report_id", "person_id", "key", "data")


def digest_of(entry: dict[str, Any]) -> str:
    """The digest of an entry: SHA-256 over its fields in this order, as compact JSON in UTF-8."""
    content = [entry.get(name) for name in FIELDS]
    compact = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(compact.encode("utf-8", "surrogatepass")).hexdigest()


def read_manifest(path: Path) -> dict[str, Any] | None:
    """The manifest; nothing where there is none, or one that lacks what is needed here."""
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        ends = [manifest[name][part] for part in ("number", "digest") for name in ("before", "last")]
        days = [manifest[name] for name in ("from", "to")]
        whole = [type(one) for one in [manifest["entries"], *ends, *days]] == [int] * 3 + [str] * 4 and all(
            isinstance(one, str) for one in manifest["files"].values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return manifest if whole else None


def read_entries(path: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """The entries of the file, and a fault for each line that is none."""
    if not path.is_file():
        return [], ["ledger.jsonl is missing"]
    entries, faults = [], []
    for place, line in enumerate(path.read_bytes().split(b"\n"), 1):
        if not line:
            continue
        try:
            entry = json.loads(line.decode("utf-8"))
            # What the digest does not cover is no part of an entry, and would be believed.
            if set(entry) != {*FIELDS, "digest"} or type(entry["number"]) is not int:
                raise ValueError
            entries.append(entry)
        except (ValueError, TypeError, RecursionError):
            faults.append(f"ledger.jsonl, line {place}: this is no entry")
    return entries, faults


def check_chain(entries: list[dict[str, Any]], before: dict[str, Any]) -> list[str]:
    """Follow the entries one after another, beginning with the link to what came before them."""
    faults, number, digest = [], before["number"], before["digest"]
    for entry in entries:
        here = entry["number"]
        if here != number + 1:
            faults.append(f"entry {here} follows entry {number}: something is missing, inserted or out of order")
        if entry.get("previous") != digest:
            faults.append(f"entry {here} does not follow from the entry before it")
        if digest_of(entry) != entry["digest"]:
            faults.append(f"entry {here} was changed")
        number, digest = here, entry["digest"]
    return faults


def check_end(entries: list[dict[str, Any]], manifest: dict[str, Any], head: str) -> list[str]:
    """Compare the last entry with the manifest, and with the digest that the auditor was given apart from it."""
    last = entries[-1] if entries else manifest["before"]
    faults = []
    if (last["number"], last["digest"]) != (manifest["last"]["number"], manifest["last"]["digest"]) or len(entries) != manifest["entries"]:
        faults.append(f"the ledger ends with entry {last['number']}; the manifest names {manifest['last']['number']} as the last")
    if head and head.lower() != last["digest"]:
        faults.append(f"the last digest is not the one given with --head: entry {last['number']} has {last['digest']}")
    return faults


def check_anchors(entries: list[dict[str, Any]], manifest: dict[str, Any], path: Path) -> tuple[list[str], int]:
    """Compare the entries with the anchors: lines of date, number and digest. Return the faults and how many were compared."""
    known = {entry["number"]: entry["digest"] for entry in entries}
    known[manifest["before"]["number"]] = manifest["before"]["digest"]
    faults, compared = [], 0
    if not path.is_file():
        return [f"{path.name}: there is no such file of anchors"], 0
    for line in path.read_text(encoding="ascii", errors="replace").splitlines():
        parts = line.split()
        if len(parts) != 3 or not parts[1].isdecimal():
            continue
        day, number, digest = parts[0], int(parts[1]), parts[2]
        # An anchor of a day before the span may name an entry before the first one here, and one of a day after it an entry behind
        # the last one; one of a day within it may not.
        if number == 0 or day > manifest["to"] or (number < manifest["before"]["number"] and day < manifest["from"]):
            continue
        compared += 1
        if number not in known:
            faults.append(f"entry {number}, which the anchor of {day} names, is missing")
        elif known[number] != digest:
            faults.append(f"entry {number} differs from the anchor of {day}")
    return faults, compared


def main() -> int:
    """Look at the folder and say what was found."""
    options = argparse.ArgumentParser(description="Verify an export of the ledger.")
    options.add_argument("--anchors", type=Path, help="your own copy of the anchors")
    options.add_argument("--head", default="", help="the last digest, as you were told it")
    given, folder = options.parse_args(), Path(__file__).resolve().parent
    manifest = read_manifest(folder / "manifest.json")
    if manifest is None:
        print("manifest.json is missing or damaged: this is no whole export.")
        return 1
    entries, faults = read_entries(folder / "ledger.jsonl")
    faults += check_chain(entries, manifest["before"]) + check_end(entries, manifest, given.head)
    found, compared = check_anchors(entries, manifest, given.anchors or folder / "anchors.txt")
    faults += found
    if given.anchors and not compared and not found and entries:
        faults.append("none of the anchors given with --anchors is of this span: nothing was compared with them")
    for name, digest in sorted(manifest["files"].items()):
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            faults.append(f"{name} is missing or is not the file that was exported")
    for fault in faults:
        print(fault)
    print(f"{len(entries)} entries, {compared} anchors compared, {len(faults)} faults.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
