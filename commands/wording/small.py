"""What is said of small teams and of who stands in for a discipline that is missing."""

from __future__ import annotations

from datetime import datetime, tzinfo

from commands.times import clock_time


def stands_in(since: datetime, now: datetime, zone: tzinfo) -> str:
    """When the lead can stand in, beside whoever signed."""
    return "; the lead can stand in now, with a reason" if since <= now else f"; the lead can stand in from {clock_time(since, zone)}"
