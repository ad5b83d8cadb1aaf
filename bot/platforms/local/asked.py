"""What a request to the local API holds, read with distrust: who asks and where, JSON within a limit, files.

Decides what is well-formed and that nobody speaks for a person or in a place that is not there. Leaves what
a person may do to the bot.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from starlette.requests import Request

from bot.platforms.local.people import Inhabitant
from bot.platforms.local.refusals import bad, not_found, too_large, unknown_person
from bot.platforms.local.rows import Place
from bot.platforms.local.world import World
from bot.platforms.port import Upload

Json = dict[str, Any]

_DRAIN = 8  # times the limit that is read and thrown away, so that the sender gets to hear the answer
_FILES = 20
_NAME = 255
_DIGITS = 18  # of an id; the file counts in 64 bits


async def body(request: Request, most: int) -> Json:
    """Return the JSON object that a request holds; refuses more than `most` bytes and anything else."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size <= most:
            parts.append(part)
        elif size > _DRAIN * most:
            break
    if size > most:
        raise too_large()
    try:
        found = json.loads(b"".join(parts))
    except (ValueError, RecursionError):
        raise bad("This is not JSON. Send one JSON object.") from None
    if not isinstance(found, dict):
        raise bad("This is not a JSON object. Send one with the keys that the API names.")
    return found


def text(found: Json, key: str, *, most: int = 0, default: str | None = None) -> str:
    """Return a string; without a default it must be there. Half characters become the replacement sign."""
    value = found.get(key, default)
    if not isinstance(value, str):
        raise bad(f'"{key}" is missing or no text.')
    if most and len(value) > most:
        raise bad(f'"{key}" has more than {most} characters.')
    return storable(value)


def storable(value: str) -> str:
    """Return the string with lone surrogates replaced: no encoding can hold them."""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def number(value: object, name: str) -> int:
    """Return an id or a count that came as a number or as digits."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**_DIGITS:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _DIGITS:
        return int(value)
    raise bad(f'"{name}" is not a number.')


def files(found: Json) -> list[Upload]:
    """Return the files of a message."""
    listed = found.get("files", [])
    listed = [] if listed is None else listed
    if not isinstance(listed, list) or len(listed) > _FILES:
        raise bad(f'"files" is a list of at most {_FILES} files.')
    return [_file(one) for one in listed]


def _file(one: object) -> Upload:
    if not isinstance(one, dict):
        raise bad('A file is an object with "name" and "content_base64".')
    try:
        data = base64.b64decode(text(one, "content_base64"), validate=True)
    except (binascii.Error, ValueError):
        raise bad('"content_base64" is not base64.') from None
    return Upload(text(one, "name", most=_NAME), data)


def values(found: Json, order: tuple[str, ...]) -> tuple[tuple[tuple[str, str], ...], list[Upload]]:
    """Return a form's values in the order of its fields, and the files among them, named by their fields."""
    given = found.get("values")
    if not isinstance(given, dict):
        raise bad('"values" is an object with a value for each field.')
    read: dict[str, str] = {}
    uploads: list[Upload] = []
    for name, value in given.items():
        if isinstance(value, dict | list) and value:
            here = [_file(one) for one in (value if isinstance(value, list) else [value])]
            uploads += here
            read[storable(name)] = ", ".join(one.name for one in here)
        elif isinstance(value, bool):
            read[storable(name)] = "yes" if value else "no"
        else:
            read[storable(name)] = storable(str(value)) if value not in (None, [], {}) else ""
    if len(uploads) > _FILES:
        raise bad(f"A form takes at most {_FILES} files.")
    known = {name: place for place, name in enumerate(order)}
    return tuple(sorted(read.items(), key=lambda item: known.get(item[0], len(known)))), uploads


async def known(world: World, name: object) -> Inhabitant:
    """Return the person who asks; refuses a name that nobody has."""
    one = await world.person(name) if isinstance(name, str) else None
    if one is None:
        raise unknown_person()
    return one


async def standing(world: World, name: object, where: object) -> tuple[Inhabitant, Place]:
    """Return who asks and in which conversation; refuses one that is missing or somebody else's."""
    one = await known(world, name)
    place = await world.place(one.id, where) if isinstance(where, str) else None
    if place is None:
        raise not_found()
    return one, place


def command(line: str) -> str | None:
    """Return what follows "/vdp" in a line, or nothing when it does not start with that word."""
    line = line.lstrip()
    rest = line.removeprefix("/vdp")
    return None if rest == line or rest[:1].strip() else rest
