"""The files of a new programme, written all or none: each beside its place first, then moved there together.

Decides what is never overwritten and that a copy with the date is kept of what is. Settings of others in the same file stay.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path

OURS = ("HARBORLIGHT_DATA", "HARBORLIGHT_PROGRAM", "HARBORLIGHT_MASTER_KEY", "HARBORLIGHT_PROGRAM_KEY", "HARBORLIGHT_PROGRAM_FINGERPRINT",
        "HARBORLIGHT_ADMIN", "HARBORLIGHT_PEOPLE", "HARBORLIGHT_KIT")
_SETS_OURS = re.compile(rf"^\s*(?:export\s+)?(?:{'|'.join(OURS)})\s*=", re.MULTILINE)


def others_settings(path: Path) -> str:
    """Return the settings in a file when none of them is ours, such as tokens that were put there first; else nothing."""
    if not path.is_file():
        return ""
    text = path.read_text("utf-8", "replace")
    return "" if _SETS_OURS.search(text) else text.rstrip("\n")


def in_the_way(paths: Sequence[Path]) -> list[str]:
    """Return the names of the files that are there already; a settings file that holds nothing of ours is not in the way."""
    return [one.name for one in paths if one.exists() and not (one.name == ".env" and others_settings(one))]


def write(texts: Mapping[Path, str], now: datetime, *, private: Collection[Path]) -> list[Path]:
    """Write the files, the private ones for their owner alone; returns the copies that were kept of what stood there.

    When anything fails, everything is as it was.
    """
    new: dict[Path, Path] = {}
    done: list[tuple[Path, Path | None]] = []
    try:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            new[path] = path.with_name(f".{path.name.lstrip('.')}.new-{os.getpid()}")
            handle = os.open(new[path], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if path in private else 0o644)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        for path, fresh in new.items():
            before = path.with_name(f"{path.name}.{now:%Y-%m-%dT%H%M%S}") if path.exists() else None
            if before is not None:
                path.rename(before)
            done.append((path, before))
            fresh.rename(path)
    except BaseException:
        for path, before in reversed(done):
            path.unlink(missing_ok=True)
            if before is not None:
                before.rename(path)
        for fresh in new.values():
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)
        raise
    return [before for _, before in done if before is not None]
