"""Block Kit as Slack checks it: messages, modals and Home tabs, with Slack's codes and JSON pointers.

A set of blocks that passes comes back with the ids that Slack makes up for those that have none.
"""

from __future__ import annotations

import copy
import json
import secrets
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tests.platforms.slack_standin.block_elements import ACTIONS, CONTEXT, INPUT, SECTION, address, element, picture
from tests.platforms.slack_standin.block_words import Complaints, Json
from tests.platforms.slack_standin.refusals import Refusal

LONGEST = 13_200  # characters in all texts of a message; seen, not documented
MARKDOWN = 12_000


def message_blocks(value: Any, *, usable: Callable[[str], bool]) -> list[Json]:
    """Check the blocks of a message; raises Refusal. `usable` says whether a Slack file may be shown already."""
    if value in (None, "", []):
        return []
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise Refusal("invalid_blocks_format") from None
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Refusal("invalid_blocks_format")
    check = Complaints("message")
    _all(check, value, "/blocks", 50)
    if check.found:
        raise Refusal("invalid_blocks", check.found, errors=list(check.found))
    if check.written > LONGEST or check.markdown > MARKDOWN:
        raise Refusal("msg_blocks_too_long")
    _files(value, "/blocks", usable, "invalid_blocks")
    return named(value)


def view(value: Any, *, usable: Callable[[str], bool], kinds: tuple[str, ...] = ("modal",)) -> Json:
    """Check a view; raises Refusal. The answer holds what the app gave, with ids filled in."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise Refusal("invalid_arguments", ["must provide an object [json-pointer:/view]"]) from None
    if not isinstance(value, dict):
        raise Refusal("invalid_arguments", ["must provide an object [json-pointer:/view]"])
    if len(json.dumps(value, ensure_ascii=False).encode()) > 250_000:
        raise Refusal("view_too_large")
    check = Complaints(str(value.get("type")))
    if value.get("type") not in kinds:
        why = "missing required field: type [json-pointer:/view]" if "type" not in value else \
            f"unsupported type: {value['type']} [json-pointer:/view/type]"
        raise Refusal("invalid_arguments", [why])
    common = "private_metadata callback_id external_id"
    if check.surface == "modal":
        check.thing(value, "/view", needs="title blocks", may=f"{common} submit close clear_on_close notify_on_close submit_disabled")
        for name in ("title", "submit", "close"):
            if value.get(name) is not None:
                check.text(value[name], f"/view/{name}", 24, plain=True)
    else:
        check.thing(value, "/view", needs="blocks", may=common + " title close submit clear_on_close notify_on_close")
    check.optional(value, "/view", {"callback_id": 255, "external_id": 255, "private_metadata": 3000})
    if "blocks" in value:
        _all(check, value["blocks"], "/view/blocks", 100)
        for i, one in enumerate(value["blocks"] if isinstance(value["blocks"], list) else []):
            if check.surface == "modal" and isinstance(one, dict) and one.get("type") == "input" and not value.get("submit"):
                check.add(f"/view/blocks/{i}/input", "must define `submit` to use an `input` block in modals")
    if check.found:
        raise Refusal("invalid_arguments", check.found)
    _files(value["blocks"], "/view/blocks", usable, "invalid_arguments")
    return {**copy.deepcopy(value), "blocks": named(value["blocks"])}


def named(blocks: list[Json]) -> list[Json]:
    """A copy in which every block and every element has an id."""
    found = copy.deepcopy(blocks)
    for block in found:
        block.setdefault("block_id", secrets.token_urlsafe(4)[:5])
        for one in elements([block]):
            one.setdefault("action_id", secrets.token_urlsafe(4)[:5])
    return found


def elements(blocks: Iterable[Json]) -> Iterator[Json]:
    """Every interactive element of these blocks, in order."""
    for block in blocks:
        held = [block.get("accessory"), block.get("element")]
        if block.get("type") == "actions":
            held += block.get("elements") or []
        yield from (one for one in held if isinstance(one, dict) and one.get("type") != "image")


def _all(check: Complaints, blocks: Any, at: str, most: int) -> None:
    for i, value in enumerate(check.items(blocks, at, most, least=1 if check.surface == "modal" else 0)):
        where = f"{at}/{i}"
        if not isinstance(value, dict):
            check.add(where, "must provide an object")
            continue
        if "type" not in value:
            check.add(where, "missing required field: type")
            continue
        allowed = _BLOCKS.get(str(value["type"]))
        if allowed is None or check.surface not in allowed[0]:
            check.add(f"{where}/type", f"unsupported type: {value['type']}")
            continue
        if isinstance(name := value.get("block_id"), str):
            if name in check.block_ids:
                check.add(f"{where}/block_id", f'`block_id` "{name}" already exists')
            check.block_ids.add(name)
        check.optional(value, where, {"block_id": 255})
        _, needs, may, inside = allowed
        check.thing(value, where, needs=needs, may=f"block_id {may}")
        inside(check, value, where)


def _section(check: Complaints, value: Json, at: str) -> None:
    if "text" not in value and "fields" not in value:
        check.add(at, "missing required field: text")
    if "text" in value:
        check.text(value["text"], f"{at}/text", 3000)
    if "fields" in value:
        for i, one in enumerate(check.items(value["fields"], f"{at}/fields", 10)):
            check.text(one, f"{at}/fields/{i}", 2000)
    if "accessory" in value:
        element(check, value["accessory"], f"{at}/accessory", SECTION, set())


def _header(check: Complaints, value: Json, at: str) -> None:
    if "text" in value:
        check.text(value["text"], f"{at}/text", 150, plain=True)


def _context(check: Complaints, value: Json, at: str) -> None:
    for i, one in enumerate(check.items(value.get("elements", []), f"{at}/elements", 10)):
        element(check, one, f"{at}/elements/{i}", CONTEXT, set())


def _actions(check: Complaints, value: Json, at: str) -> None:
    seen: set[str] = set()
    for i, one in enumerate(check.items(value.get("elements", []), f"{at}/elements", 25)):
        element(check, one, f"{at}/elements/{i}", ACTIONS, seen)


def _input(check: Complaints, value: Json, at: str) -> None:
    if "label" in value:
        check.text(value["label"], f"{at}/label", 2000, plain=True)
    if "hint" in value:
        check.text(value["hint"], f"{at}/hint", 2000, plain=True)
    if "element" in value:
        element(check, value["element"], f"{at}/element", INPUT, set())


def _image(check: Complaints, value: Json, at: str) -> None:
    check.optional(value, at, {"alt_text": 2000, "image_url": 3000})
    if "title" in value:
        check.text(value["title"], f"{at}/title", 2000, plain=True)
    picture(check, value, at)


def _markdown(check: Complaints, value: Json, at: str) -> None:
    if "text" in value:
        check.string(value["text"], f"{at}/text", MARKDOWN)
        check.markdown += len(str(value["text"]))
        check.written += len(str(value["text"]))


def _rich(check: Complaints, value: Json, at: str) -> None:
    kinds = {"rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"}
    for i, one in enumerate(check.items(value.get("elements", []), f"{at}/elements", 1000, least=0)):
        if not isinstance(one, dict) or one.get("type") not in kinds:
            check.add(f"{at}/elements/{i}/type", f"unsupported type: {one.get('type') if isinstance(one, dict) else one}")
            continue
        for k, leaf in enumerate(one.get("elements") or []):
            if isinstance(leaf, dict) and leaf.get("type") == "text":
                check.string(leaf.get("text"), f"{at}/elements/{i}/elements/{k}/text", 100_000)
                check.written += len(str(leaf.get("text")))
            elif isinstance(leaf, dict) and leaf.get("type") == "link":
                address(check, leaf.get("url"), f"{at}/elements/{i}/elements/{k}/url")


def _nothing(check: Complaints, value: Json, at: str) -> None:
    """A divider holds nothing, a video or a table nothing that the bot uses."""


_EVERYWHERE = ("message", "modal", "home")
_BLOCKS: dict[str, tuple[tuple[str, ...], str, str, Callable[[Complaints, Json, str], None]]] = {
    "section": (_EVERYWHERE, "", "text fields accessory expand", _section),
    "header": (_EVERYWHERE, "text", "level", _header),
    "divider": (_EVERYWHERE, "", "", _nothing),
    "image": (_EVERYWHERE, "alt_text", "image_url slack_file title", _image),
    "context": (_EVERYWHERE, "elements", "", _context),
    "actions": (_EVERYWHERE, "elements", "", _actions),
    "input": (_EVERYWHERE, "label element", "dispatch_action hint optional", _input),
    "rich_text": (_EVERYWHERE, "elements", "", _rich),
    "markdown": (("message",), "text", "", _markdown),
    "table": (("message",), "rows", "column_settings", _nothing),
    "video": (_EVERYWHERE, "alt_text title thumbnail_url video_url",
              "author_name description provider_icon_url provider_name title_url", _nothing),
}


def _files(blocks: list[Json], at: str, usable: Callable[[str], bool], code: str) -> None:
    for i, block in enumerate(blocks):
        held = [block, block.get("accessory"), *(block.get("elements") or [])]
        for one in held:
            named_file = (one.get("slack_file") or {}).get("id") if isinstance(one, dict) else None
            if named_file and not usable(str(named_file)):
                why = f"invalid slack file [json-pointer:{at}/{i}/slack_file]"
                raise Refusal(code, [why], errors=[why])
