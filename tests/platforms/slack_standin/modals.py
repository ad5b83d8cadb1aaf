"""Views: what each person has open, at most three on top of each other, and everybody's Home. No HTTP."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.platforms.slack_standin import inputs
from tests.platforms.slack_standin.names import Names
from tests.platforms.slack_standin.refusals import Refusal
from tests.platforms.slack_standin.things import APP, TEAM, Json

DEEPEST = 3


@dataclass(slots=True, eq=False)
class View:
    """One view as it is shown to one person."""

    id: str
    user: str
    given: Json
    hash: str
    root: str
    previous: str = ""
    held: dict[str, dict[str, Json]] = field(default_factory=dict)

    @property
    def blocks(self) -> list[Json]:
        """Its blocks, with the ids that Slack filled in."""
        found: list[Json] = self.given["blocks"]
        return found

    def body(self, bot_id: str) -> Json:
        """The view object of answers and interactions."""
        found = {
            "id": self.id, "team_id": TEAM, "app_id": APP, "app_installed_team_id": TEAM, "bot_id": bot_id, "hash": self.hash,
            "root_view_id": self.root, "previous_view_id": self.previous or None, "title": None, "submit": None, "close": None,
            "clear_on_close": False, "notify_on_close": False, "callback_id": "", "external_id": "", "private_metadata": "",
        }
        return found | self.given | {"state": {"values": inputs.state(self.blocks, self.held)}}


class Views:
    """The stacks and Homes of everybody. `closed` hears of every view that a person or the app closes early."""

    def __init__(self, names: Names, seconds: Callable[[], int]) -> None:
        self._names = names
        self._seconds = seconds
        self.stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}

    def find(self, view_id: str = "", external_id: str = "") -> View | None:
        """A view that is shown now, by either id."""
        shown = [one for stack in self.stacks.values() for one in stack] + list(self.homes.values())
        for one in shown:
            if (view_id and one.id == view_id) or (external_id and one.given.get("external_id") == external_id):
                return one
        return None

    def open(self, user: str, given: Json) -> tuple[View, list[View]]:
        """Show a modal; returns it and the ones that had to go for it."""
        self._unique(given)
        gone = self.stacks.get(user, [])
        view = self._new(user, given)
        self.stacks[user] = [view]
        return view, gone

    def push(self, user: str, given: Json) -> View:
        """Put a modal on top of the person's stack; raises Refusal when it is full or empty."""
        stack = self.stacks.get(user, [])
        if not stack:
            raise Refusal("not_found")
        if len(stack) >= DEEPEST:
            raise Refusal("push_limit_reached")
        self._unique(given)
        view = self._new(user, given, root=stack[0].root, previous=stack[-1].id)
        stack.append(view)
        return view

    def update(self, view: View, given: Json, expected: str = "") -> View:
        """Show something else in its place; what was typed stays where block and action keep their ids."""
        if expected and expected != view.hash:
            raise Refusal("hash_conflict")
        self._unique(given, view)
        view.held = inputs.state(view.blocks, view.held)
        view.given = given
        view.hash = self._hash()
        return view

    def publish(self, user: str, given: Json, expected: str = "") -> View:
        """Show a Home."""
        known = self.homes.get(user)
        if known is not None:
            return self.update(known, given, expected)
        self._unique(given)
        self.homes[user] = self._new(user, given)
        return self.homes[user]

    def close(self, view: View) -> None:
        """Take the view off its stack; the one below is shown again."""
        stack = self.stacks.get(view.user, [])
        if view in stack:
            stack.remove(view)

    def _new(self, user: str, given: Json, root: str = "", previous: str = "") -> View:
        name = self._names.new("V")
        return View(name, user, given, self._hash(), root or name, previous)

    def _hash(self) -> str:
        return f"{self._seconds()}.{secrets.token_hex(4)}"

    def _unique(self, given: Json, but: View | None = None) -> None:
        name = given.get("external_id")
        found = self.find(external_id=name) if name else None
        if found is not None and found is not but:
            raise Refusal("duplicate_external_id")
