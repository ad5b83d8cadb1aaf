"""How people use the app: commands, clicks, shortcuts, forms, the Home tab; and what they then see."""

from __future__ import annotations

import re
from typing import Any

from tests.platforms.slack_standin import answers, blocks, inputs, payloads
from tests.platforms.slack_standin.acts import Acts
from tests.platforms.slack_standin.delivery import Delivery
from tests.platforms.slack_standin.modals import View
from tests.platforms.slack_standin.refusals import ClientRefuses, Refusal
from tests.platforms.slack_standin.things import Json, Person
from tests.platforms.slack_standin.wordings import typed


class Uses(Acts):
    """People's doings that ask the app something and wait for its answer, for three seconds at most."""

    async def slash(self, who: str, line: str, channel: str = "dm", thread: str = "") -> Json:
        """Give a slash command; tells what the person sees."""
        person = self._person(who)
        if thread:
            raise ClientRefuses("slash commands do not work in threads")
        place = self._place(person, channel)
        word, _, text = line.partition(" ")
        manifest = self.back.manifest
        if word not in manifest.commands or "commands" not in manifest.scopes or self.back.tokens.state == "gone":
            raise ClientRefuses(f"{word} is not a valid command")
        written = self._mentions(typed(text.strip())) if word in manifest.escaping else typed(text.strip())
        delivery = await self.back.posts.ask("slash_commands", payloads.command(self.back, person, place, word, written))
        seen = _outcome(delivery)
        if seen["error"]:
            return seen | {"kind": "error"}
        return seen | answers.command(self.back, person.id, place.id, delivery.attempts[-1].answer)

    def _mentions(self, text: str) -> str:
        def person(found: re.Match[str]) -> str:
            who = self.back.space.person(found[1])
            return f"<@{who.id}|{who.name}>" if who else found[0]

        def channel(found: re.Match[str]) -> str:
            place = self.back.space.named(found[1])
            return f"<#{place.id}|{place.name}>" if place else found[0]
        return re.sub(r"(?<!\S)#([\w-]+)", channel, re.sub(r"(?<!\S)@([\w.-]+)", person, text))

    async def click(self, who: str, action_id: str, channel: str = "", ts: str = "", view: str = "", block_id: str = "",
                    value: Any = None) -> Json:
        """Press a button or choose something, in a message (channel, ts) or in a view."""
        person = self._person(who)
        if view:
            payload = payloads.clicked_view(self.back, person, self._view(person, view), action_id, block_id, value)
        else:
            place = self._place(person, channel, member=False)
            payload = payloads.clicked_message(self.back, person, place, ts, action_id, block_id, value)
        return _outcome(await self._interact(payload))

    async def shortcut(self, who: str, callback_id: str, channel: str, ts: str) -> Json:
        """Use a shortcut from a message's menu."""
        person = self._person(who)
        if ("message", callback_id) not in self.back.manifest.shortcuts:
            raise ClientRefuses(f"there is no such shortcut: {callback_id}")
        place = self._place(person, channel)
        return _outcome(await self._interact(payloads.shortcut(self.back, person, callback_id, place, ts)))

    async def submit(self, who: str, view: str, values: Json) -> Json:
        """Fill in a form, by block id, and send it; tells what becomes of it."""
        person = self._person(who)
        shown = self._view(person, view)
        by_id = {one["block_id"]: one for one in shown.blocks}
        for name, value in values.items():
            block = by_id.get(name)
            if block is None or block["type"] != "input":
                raise ClientRefuses(f"there is no such field: {name}")
            element = block["element"]
            shown.held.setdefault(name, {})[element["action_id"]] = inputs.given(element, value)
        if not shown.given.get("submit"):
            raise ClientRefuses("this form has no button to send it")
        inputs.complete(shown.blocks, inputs.state(shown.blocks, shown.held))
        return self._answered(shown, await self._interact(payloads.submission(self.back, person, shown)))

    async def close_modal(self, who: str, view: str, everything: bool = False) -> None:
        """Close a modal by its button, or all of them by the cross."""
        person = self._person(who)
        shown = self._view(person, view)
        cleared = everything or bool(shown.given.get("clear_on_close"))
        stack = list(self.back.views.stacks.get(person.id, [])) if cleared else [shown]
        for one in stack:
            self.back.views.close(one)
            self.back.closed(one, cleared=cleared)

    async def open_home(self, who: str, tab: str = "home") -> None:
        """Open the app's Home or Messages tab."""
        person = self._person(who)
        if tab == "home" and not self.back.manifest.home_tab:
            raise ClientRefuses("this app has no Home")
        event: Json = {"type": "app_home_opened", "user": person.id, "channel": self.back.space.direct(person.id).id, "tab": tab}
        known = self.back.views.homes.get(person.id)
        if known is not None and tab == "home":
            event["view"] = known.body(self.back.space.bot_id)
        self.back.told("app_home_opened", None, event)

    def _view(self, who: Person, name: str) -> View:
        found = self.back.views.find(name)
        if found is None or found.user != who.id:
            raise ClientRefuses("that view is not open")
        if found.given["type"] == "modal" and self.back.views.stacks[who.id][-1] is not found:
            raise ClientRefuses("another view lies on top of it")
        return found

    async def _interact(self, payload: Json) -> Delivery:
        if not self.back.manifest.interactivity or self.back.tokens.state == "gone":
            raise ClientRefuses("this app is not set up for interaction")
        return await self.back.posts.ask("interactive", payload)

    def _answered(self, view: View, delivery: Delivery) -> Json:
        seen = _outcome(delivery)
        if seen["error"]:
            return seen | {"kind": "trouble"}
        answer = delivery.attempts[-1].answer or {}
        try:
            return seen | self._directed(view, answer)
        except Refusal as wrong:
            return seen | {"kind": "trouble", "error": wrong.code, "messages": wrong.messages}

    def _directed(self, view: View, answer: Json) -> Json:
        """Do what the acknowledgement of a submission says; raises Refusal where Slack shows an error."""
        what = answer.get("response_action")
        me = self.back.space.bot_id
        if what is None and not answer:
            self.back.views.close(view)
            return {"kind": "closed"}
        if what == "errors":
            known = {one["block_id"] for one in view.blocks if one["type"] == "input"}
            errors = answer.get("errors")
            if not isinstance(errors, dict) or not errors or not set(errors) <= known:
                raise Refusal("invalid_errors", [f"no such input block: {one}" for one in set(errors or ()) - known])
            if not all(isinstance(one, str) and one.strip() for one in errors.values()):
                raise Refusal("invalid_errors", ["must be a string"])
            return {"kind": "errors", "errors": errors}
        if what == "clear":
            self.back.views.stacks.pop(view.user, None)
            return {"kind": "cleared"}
        if what in {"update", "push"}:
            given = blocks.view(answer.get("view"), usable=self.back.usable)
            shown = self.back.views.update(view, given) if what == "update" else self.back.views.push(view.user, given)
            return {"kind": f"{what}d" if what == "update" else "pushed", "view": shown.body(me)}
        raise Refusal("invalid_response_action")


def _outcome(delivery: Delivery) -> Json:
    last = delivery.attempts[-1]
    error = {"acked": "", "timeout": "operation_timeout"}.get(last.how, "dispatch_failed")
    took = None if last.acked_at is None else round((last.acked_at - last.at) * 1000, 1)
    return {"error": error, "ms": took, "delivery": delivery.id}
