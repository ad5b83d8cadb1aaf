"""The ground of Block Kit: objects, their properties, texts, options. Complaints are worded as Slack words them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(slots=True)
class Complaints:
    """What is wrong with a set of blocks, each with a pointer into the JSON that was sent."""

    surface: str  # message, modal or home
    found: list[str] = field(default_factory=list)
    block_ids: set[str] = field(default_factory=set)
    written: int = 0  # characters in all texts
    markdown: int = 0

    def add(self, pointer: str, why: str) -> None:
        """Note one thing that is wrong at `pointer`."""
        self.found.append(f"{why} [json-pointer:{pointer}]")

    def thing(self, value: Any, at: str, *, needs: str = "", may: str = "") -> Json | None:
        """An object with all the properties it needs and no others; None when it cannot be looked at further."""
        if not isinstance(value, dict):
            self.add(at, "must provide an object")
            return None
        for name in needs.split():
            if name not in value:
                self.add(at, f"missing required field: {name}")
        known = {"type", *needs.split(), *may.split()}
        for name in value:
            if name not in known:
                self.add(at, f"invalid additional property: {name}")
        return value

    def string(self, value: Any, at: str, most: int, *, least: int = 1) -> None:
        """A string between two lengths, in characters."""
        if not isinstance(value, str):
            self.add(at, "must be a string")
        elif len(value) < least:
            self.add(at, f"must be more than {least - 1} characters")
        elif len(value) > most:
            self.add(at, f"must be less than {most + 1} characters")

    def optional(self, holder: Json, at: str, lengths: dict[str, int]) -> None:
        """Strings that may be missing, each with its longest length."""
        for name, most in lengths.items():
            if holder.get(name) is not None:
                self.string(holder[name], f"{at}/{name}", most, least=0 if name == "private_metadata" else 1)

    def items(self, value: Any, at: str, most: int, *, least: int = 1) -> list[Any]:
        """A list between two sizes; empty when it is none."""
        if not isinstance(value, list):
            self.add(at, "must be an array")
            return []
        if len(value) > most:
            self.add(at, f"no more than {most} items allowed")
        if len(value) < least:
            self.add(at, f"must provide at least {least} items")
        return value

    def text(self, value: Any, at: str, most: int, *, plain: bool = False) -> None:
        """A text object. `plain` allows nothing but plain_text."""
        if isinstance(value, dict) and "type" not in value:
            self.add(at, "missing required field: type")
            return
        kinds = ("plain_text",) if plain else ("plain_text", "mrkdwn")
        kind = value.get("type") if isinstance(value, dict) else None
        extra = {"plain_text": "emoji", "mrkdwn": "verbatim"}.get(str(kind), "emoji verbatim")
        found = self.thing(value, at, needs="text", may=extra)
        if found is None:
            return
        if kind not in kinds:
            self.add(f"{at}/type", f"unsupported type: {kind}")
        if "text" in found:
            before = len(self.found)
            self.string(found["text"], f"{at}/text", most)
            if len(self.found) > before:
                self.found.insert(before, f"failed to match all allowed schemas [json-pointer:{at}]")
            self.written += len(str(found["text"]))

    def confirm(self, value: Any, at: str) -> None:
        """A confirmation dialog."""
        found = self.thing(value, at, needs="title text", may="confirm deny style")
        for name, most, plain in (("title", 100, True), ("text", 300, False), ("confirm", 30, True), ("deny", 30, True)):
            if found and name in found:
                self.text(found[name], f"{at}/{name}", most, plain=plain)

    def option(self, value: Any, at: str, *, plain: bool, urls: bool = False) -> None:
        """One option of a menu, a radio group or check boxes."""
        found = self.thing(value, at, needs="text value", may="description url" if urls else "description")
        if found is None:
            return
        if "text" in found:
            self.text(found["text"], f"{at}/text", 75, plain=plain)
        if "value" in found:
            self.string(found["value"], f"{at}/value", 150)
        if "description" in found:
            self.text(found["description"], f"{at}/description", 75, plain=plain)
        self.optional(found, at, {"url": 3000})
