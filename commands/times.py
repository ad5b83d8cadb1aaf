"""How instants, lengths and counts are written for people. One place, so that they read alike everywhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo


def clock_time(instant: datetime, zone: tzinfo = UTC) -> str:
    """Return an absolute instant: `Tue 1 Dec 2026, 09:00 UTC`."""
    local = instant.astimezone(zone)
    name = "UTC" if zone is UTC else (local.tzname() or "")
    return f"{local:%a} {local.day} {local:%b} {local.year}, {local:%H:%M} {name}".rstrip()


def day(instant: datetime, zone: tzinfo = UTC) -> str:
    """Return the day of an instant: `Tue 1 Dec 2026`."""
    local = instant.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b} {local.year}"


def on_the_day(instant: datetime, of: datetime, zone: tzinfo = UTC) -> str:
    """Return an instant beside another one: `10:00` on the same day (with its zone, unless that is UTC), else in full."""
    local = instant.astimezone(zone)
    if local.date() != of.astimezone(zone).date():
        return clock_time(instant, zone)
    return f"{local:%H:%M}" if zone is UTC else f"{local:%H:%M} {local.tzname() or ''}".rstrip()


def soon(instant: datetime, zone: tzinfo = UTC) -> str:
    """Return an instant for a narrow column, without year and zone: `Tue 1 Dec, 09:00`."""
    local = instant.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"


def length(span: timedelta) -> str:
    """Return a length rounded down: minutes below 1 h, hours below 48 h, days and hours below 7 days, then days."""
    minutes = max(0, int(span.total_seconds() // 60))
    hours, days = minutes // 60, minutes // 1440
    if hours < 1:
        return f"{minutes} min"
    if hours < 48:
        return f"{hours} h"
    if days < 7:
        rest = hours - days * 24
        return f"{days} d {rest} h" if rest else f"{days} d"
    return f"{days} d"


def away(instant: datetime, now: datetime) -> str:
    """Return how far an instant lies from now: `in 25 h`, `3 h ago`."""
    if instant >= now:
        return f"in {length(instant - now)}"
    return f"{length(now - instant)} ago"


def by(instant: datetime, now: datetime, zone: tzinfo = UTC) -> str:
    """Return an instant with its distance, for what is never edited later: `Tue 1 Dec 2026, 09:00 UTC (in 25 h)`."""
    return f"{clock_time(instant, zone)} ({away(instant, now)})"


def count(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: `1 report`, `3 reports`."""
    return f"{number} {one if number == 1 else many or one + 's'}"
