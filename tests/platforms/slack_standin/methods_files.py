"""files.*: an upload in three steps, and what is known of a file afterwards."""

from __future__ import annotations

import mimetypes
from typing import Any

from tests.platforms.slack_standin.api import Asked, method
from tests.platforms.slack_standin.limits import TIER3, TIER4
from tests.platforms.slack_standin.methods_chat import thread
from tests.platforms.slack_standin.refusals import Refusal
from tests.platforms.slack_standin.things import Channel, File, Json


@method("files.getUploadURLExternal", TIER4, "files:write")
def upload_url(ask: Asked) -> Json:
    name, length = ask.need("filename"), ask.number("length", 0)
    if length <= 0:
        raise Refusal("invalid_arguments", ["must be greater than 0 [json-pointer:/length]"])
    if length > ask.back.options.largest_file:
        raise Refusal("file_upload_size_restricted")
    if len(ask.text("alt_txt")) > 1000:
        raise Refusal("alt_txt_too_large")
    found = ask.back.space.file(ask.back.space.bot.id, name, length, alt=ask.text("alt_txt"))
    if ask.text("snippet_type"):
        found.mode = "snippet"
    return {"upload_url": f"{ask.back.base}/upload/v1/{found.ticket}", "file_id": found.id}


@method("files.completeUploadExternal", TIER4, "files:write")
def complete(ask: Asked) -> Json:
    wanted = ask.json("files")
    if not isinstance(wanted, list) or not wanted or not all(isinstance(one, dict) and one.get("id") for one in wanted):
        raise Refusal("invalid_arguments", ["missing required field: files"])
    places = _places(ask)
    files = [_received(ask, one) for one in wanted]
    answer = {}
    if ask.text("thread_ts") and len(places) != 1:
        raise Refusal("invalid_thread_ts")
    found_thread = thread(ask, places[0]) if places else ""
    text, blocks = "", list[Json]()
    if ask.text("initial_comment") or ask.args.get("blocks"):
        text, blocks = ask.back.content({"text": ask.text("initial_comment"), "blocks": ask.args.get("blocks")})
    for one, file in zip(wanted, files, strict=True):
        file.done = True
        file.title = str(one.get("title") or file.name)
        file.mimetype = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    ask.back.finish(files, places, text, blocks, found_thread)
    answer["files"] = [{"id": one.id, "title": one.title} for one in files]
    return answer


def _places(ask: Asked) -> list[Channel]:
    found: list[Channel] = []
    for one in [ask.text("channel_id"), *ask.items("channels")]:
        if not one:
            continue
        place = ask.back.space.channels.get(one)
        me = ask.back.space.bot.id
        if place is None or place.deleted or (place.kind != "public" and me not in place.members):
            raise Refusal("channel_not_found")
        if me not in place.members:
            raise Refusal("not_in_channel")
        if place.archived:
            raise Refusal("is_archived")
        found.append(place)
    return found


def _received(ask: Asked, wanted: dict[str, Any]) -> File:
    found = ask.back.space.files.get(str(wanted["id"]))
    if found is None or found.user != ask.back.space.bot.id or found.data is None or found.done:
        raise Refusal("file_not_found")
    return found


def _visible(ask: Asked) -> File:
    found = ask.back.space.files.get(ask.need("file"))
    if found is None or not found.done or not ask.back.space.sees(ask.back.space.bot.id, found):
        raise Refusal("file_not_found")
    if found.deleted:
        raise Refusal("file_deleted")
    return found


@method("files.info", TIER4, "files:read")
def info(ask: Asked) -> Json:
    found = _visible(ask)
    body = found.body(ask.back.base)
    if found.mode == "snippet" and found.ready and found.data is not None:
        body["preview"] = found.data[:500].decode(errors="replace")
        return {"file": body, "content": found.data.decode(errors="replace"), "comments": [], "response_metadata": {"next_cursor": ""}}
    return {"file": body, "comments": [], "response_metadata": {"next_cursor": ""}}


@method("files.delete", TIER3, "files:write")
def delete(ask: Asked) -> Json:
    found = _visible(ask)
    if found.user != ask.back.space.bot.id:
        raise Refusal("cant_delete_file")
    found.deleted, found.data = True, None
    for channel in ask.back.space.channels.values():
        for message in channel.messages.values():
            if found.id in message.files:
                message.files.remove(found.id)
    return {}


