"""From what was drawn to what the library sends: components and modals go out as they were drawn.

The library's own views and modals wait in memory for a press; ours say in their ids all that a press needs, so nothing waits.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import discord

from bot.platforms.discord.drawing import HIDDEN, Drawn, file_name
from bot.platforms.discord.text import Json
from bot.platforms.port import Upload

NOBODY = discord.AllowedMentions.none()


class Rows(discord.ui.View):
    """Rows of buttons as they were drawn; never kept by the library."""

    def __init__(self, rows: Sequence[Json]) -> None:
        super().__init__(timeout=None)
        self._rows = list(rows)

    def to_components(self) -> list[dict[str, Any]]:
        """Return the rows."""
        return self._rows

    def is_dispatchable(self) -> bool:
        """Say that no press is waited for here."""
        return False


class Sheet(discord.ui.Modal):
    """A modal as it was drawn; never kept by the library."""

    def __init__(self, drawn: Json) -> None:
        super().__init__(title=str(drawn["title"]), custom_id=str(drawn["custom_id"]), timeout=None)
        self._drawn = drawn

    def to_dict(self) -> dict[str, Any]:
        """Return the modal."""
        return self._drawn

    def is_finished(self) -> bool:
        """Say that no submission is waited for here."""
        return True


def mentions(accounts: Iterable[str]) -> discord.AllowedMentions:
    """Return who may be called: these people, and nobody else."""
    people = [discord.Object(int(one)) for one in accounts if one.isdecimal()]
    return discord.AllowedMentions(everyone=False, roles=False, replied_user=False, users=people) if people else NOBODY


def file(name: str, data: bytes, alt: str = "") -> discord.File:
    """Return a file that goes out; a name that hides it is drawn so already."""
    return discord.File(io.BytesIO(data), filename=name, description=alt[:1_000] or None)


def said(drawn: Drawn, uploads: Iterable[Upload] = ()) -> dict[str, Any]:
    """Return a message as the arguments of a send."""
    found: dict[str, Any] = {"content": drawn.content or None, "allowed_mentions": mentions(drawn.pings)}
    if drawn.embeds:
        found["embeds"] = [discord.Embed.from_dict(one) for one in drawn.embeds]
    if drawn.components:
        found["view"] = Rows(drawn.components)
    files = [file(HIDDEN + file_name(one.name) if one.hidden else one.name, one.data, one.alt) for one in uploads]
    files += [file(name, data) for name, data in drawn.rest]
    if files:
        found["files"] = files[:10]
    return found


def changed(drawn: Drawn, uploads: Iterable[Upload] = ()) -> dict[str, Any]:
    """Return a message as the arguments of an edit: what is not there any more goes away, files too."""
    found = said(drawn, uploads)
    found.setdefault("embeds", [])
    found.setdefault("view", None)
    found["attachments"] = found.pop("files", [])
    return found
