"""Whether the public policy says what the programme does: the few things without which nobody should open.

Decides what is looked at before a programme opens: its name, its promised times, its safe harbour. Leaves reading and showing the
page to its callers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum

from config.program_parts import Length, Program


class Flaw(StrEnum):
    """What is wrong with a policy."""

    EMPTY = "empty"
    DEMO = "demo"  # the demo's name stands in it
    ACKNOWLEDGE = "acknowledge"
    FIRST_RESPONSE = "first_response"
    EMBARGO = "embargo"
    SAFE_HARBOUR = "safe_harbour"


_TIME = r"within (\d+) (hours?|days?|business days?|working days?)"


def flaws(page: str, program: Program) -> tuple[Flaw, ...]:
    """Return what is wrong with a policy, in the order of the page; nothing when it agrees with the programme."""
    if not page.strip():
        return (Flaw.EMPTY,)
    return tuple(_found(page, program))


def _found(page: str, program: Program) -> Iterator[Flaw]:
    if re.search(r"\bacme\b", page, re.IGNORECASE) and "acme" not in program.name.lower():
        yield Flaw.DEMO
    harbour = re.search(r"^##\s*safe harbou?r\s*$(.*?)(?=^##|\Z)", page, re.IGNORECASE | re.MULTILINE | re.DOTALL)
    if harbour is None or not harbour[1].strip():
        yield Flaw.SAFE_HARBOUR
    if not _says(page, r"acknowledgement[^.\n]*?", program.promises.acknowledge):
        yield Flaw.ACKNOWLEDGE
    if not _says(page, r"first (?:response|answer)[^.\n]*?", program.promises.first_response):
        yield Flaw.FIRST_RESPONSE
    days = [int(one) for one in re.findall(r"wait (\d+) days", page)]
    if not days or any(timedelta(days=one) != program.embargo.length for one in days):
        yield Flaw.EMBARGO


def _says(page: str, what: str, length: Length) -> bool:
    """Tell whether the page promises exactly this length, every time that it names it."""
    found = re.findall(what + _TIME, page, re.IGNORECASE)
    return bool(found) and all(_same(int(number), unit.lower(), length) for number, unit in found)


def _same(number: int, unit: str, length: Length) -> bool:
    business = unit.startswith(("business", "working"))
    span = timedelta(hours=number) if unit.startswith("hour") else timedelta(days=number)
    return span == length.span and business == length.business
