"""What a message of the bot may be: lengths, embeds, files, allowed mentions; refused with Discord's own error tree."""

from __future__ import annotations

import re
from typing import Any

from tests.platforms.discord_standin.check_components import rows
from tests.platforms.discord_standin.refusals import Form, Refused, units
from tests.platforms.discord_standin.things import COMPONENTS_V2, Json

CONTENT, EMBEDS, FIELDS, TOTAL, FILES = 2000, 10, 25, 6000, 10
FILE_BYTES, REQUEST_BYTES = 10 * 2**20, 25 * 2**20
_LENGTHS = {"title": 256, "description": 4096}
_URLS = {"url": ("http", "https"), "icon_url": ("http", "https", "attachment")}


def checked(body: Json, files: int, *, has: bool = False) -> None:
    """Refuse a message body that Discord would refuse; `has` says that an edited message keeps something else."""
    form = Form()
    v2 = bool(int(body.get("flags") or 0) & COMPONENTS_V2)
    content = body.get("content")
    if content is not None:
        form.length("content", content, 0, CONTENT)
    embeds = body.get("embeds")
    if embeds is not None:
        _embeds(form, embeds)
    if body.get("components") is not None:
        rows(form, body["components"], v2=v2)
    if v2 and (content or embeds):
        form.wrong("content" if content else "embeds", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                   "The 'content' and 'embeds' fields cannot be used when using MessageFlags.IS_COMPONENTS_V2")
    _nonce(form, body)
    _attachments(form, body, files)
    _mentions(form, body.get("allowed_mentions"))
    form.done()
    given = (content or "").strip() or embeds or files or body.get("attachments") or body.get("sticker_ids") or body.get("poll")
    if not given and not has and not (body.get("components")):
        raise Refused(400, 50006, "Cannot send an empty message")


def _nonce(form: Form, body: Json) -> None:
    nonce = body.get("nonce")
    if nonce is not None and len(str(nonce)) > 25:
        form.wrong("nonce", "NONCE_TYPE_TOO_LONG", "Nonce must be 25 or fewer in length.")
    if body.get("enforce_nonce") and nonce is None:
        form.wrong("nonce", "BASE_TYPE_REQUIRED", "This field is required")


def _attachments(form: Form, body: Json, files: int) -> None:
    listed = body.get("attachments")
    if files > FILES or (isinstance(listed, list) and len(listed) > FILES):
        form.wrong("attachments", "BASE_TYPE_BAD_LENGTH", "Must be between 0 and 10 in length.")
    for i, one in enumerate(listed or []):
        if "id" not in one:
            form.wrong(f"attachments.{i}.id", "BASE_TYPE_REQUIRED", "This field is required")
        if one.get("description") is not None:
            form.length(f"attachments.{i}.description", one["description"], 0, 1024)


def _embeds(form: Form, embeds: Any) -> None:
    total = 0
    for i, one in enumerate(form.count("embeds", embeds, 0, EMBEDS)):
        at = f"embeds.{i}"
        if not isinstance(one, dict):
            form.wrong(at, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
            continue
        for name, most in _LENGTHS.items():
            if one.get(name) is not None:
                total += units(form.length(f"{at}.{name}", one[name], 0, most).strip())
        for part, name, most in (("footer", "text", 2048), ("author", "name", 256)):
            if one.get(part):
                total += units(form.length(f"{at}.{part}.{name}", one[part].get(name), 1, most).strip())
        for k, field in enumerate(form.count(f"{at}.fields", one.get("fields") or [], 0, FIELDS)):
            total += units(_blank(form, f"{at}.fields.{k}.name", field.get("name"), 256))
            total += units(_blank(form, f"{at}.fields.{k}.value", field.get("value"), 1024))
        _links(form, at, one)
        if not any(one.get(name) for name in (*_LENGTHS, "footer", "author", "fields", "image", "thumbnail")):
            form.wrong(f"{at}.description", "BASE_TYPE_REQUIRED", "This field is required")
        if one.get("color") is not None and not 0 <= int(one["color"]) <= 0xFFFFFF:
            form.wrong(f"{at}.color", "NUMBER_TYPE_MAX", "int value should be less than or equal to 16777215.")
    if total > TOTAL:
        form.wrong("embeds", "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")


def _blank(form: Form, path: str, value: Any, most: int) -> str:
    found = form.length(path, value, 1, most)
    if found and not found.strip():
        form.wrong(path, "BASE_TYPE_REQUIRED", "This field is required")
    return found.strip()


def _links(form: Form, at: str, one: Json) -> None:
    for path, value, kinds in (
        ("url", one.get("url"), "https?"), ("image.url", (one.get("image") or {}).get("url"), "https?|attachment"),
        ("thumbnail.url", (one.get("thumbnail") or {}).get("url"), "https?|attachment"),
        ("author.url", (one.get("author") or {}).get("url"), "https?"),
        ("footer.icon_url", (one.get("footer") or {}).get("icon_url"), "https?|attachment"),
        ("author.icon_url", (one.get("author") or {}).get("icon_url"), "https?|attachment"),
    ):
        if value and not re.match(rf"({kinds})://\S+$", str(value)):
            form.wrong(f"{at}.{path}", "URL_TYPE_INVALID_URL", "Not a well formed URL.")


def _mentions(form: Form, allowed: Any) -> None:
    if allowed is None:
        return
    parse = allowed.get("parse") or []
    for one in parse:
        form.choice("allowed_mentions.parse", one, {"roles", "users", "everyone"})
    for name in ("users", "roles"):
        ids = allowed.get(name) or []
        if len(ids) > 100:
            form.wrong(f"allowed_mentions.{name}", "BASE_TYPE_BAD_LENGTH", "Must be between 0 and 100 in length.")
        if ids and name in parse:
            form.wrong("allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                       f'parse:["{name}"] and {name}: [ids...] are mutually exclusive.')


def sizes(files: list[bytes], request: int) -> None:
    """Refuse files that are too large: 10 MiB each, 25 MiB for the request."""
    if request > REQUEST_BYTES or any(len(one) > FILE_BYTES for one in files):
        raise Refused(413, 40005, "Request entity too large")
