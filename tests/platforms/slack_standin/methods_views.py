"""views.*: modals on a trigger, and the Home tab."""

from __future__ import annotations

from tests.platforms.slack_standin import blocks
from tests.platforms.slack_standin.api import Asked, method
from tests.platforms.slack_standin.limits import TIER4
from tests.platforms.slack_standin.modals import View
from tests.platforms.slack_standin.refusals import Refusal
from tests.platforms.slack_standin.things import Json


def _view(ask: Asked, *kinds: str) -> Json:
    if ask.args.get("view") in (None, ""):
        raise Refusal("invalid_arguments", ["missing required field: view"])
    return blocks.view(ask.args["view"], usable=ask.back.usable, kinds=kinds)


def _body(ask: Asked, view: View) -> Json:
    return {"view": view.body(ask.back.space.bot_id)}


@method("views.open", TIER4)
def opened(ask: Asked) -> Json:
    given = _view(ask, "modal")
    user, _ = ask.back.tickets.use(ask.need("trigger_id"))
    view, gone = ask.back.views.open(user, given)
    for one in gone:
        ask.back.closed(one, cleared=True)
    return _body(ask, view)


@method("views.push", TIER4)
def pushed(ask: Asked) -> Json:
    given = _view(ask, "modal")
    user, source = ask.back.tickets.use(ask.need("trigger_id"))
    below = ask.back.views.find(source) if source else None
    if below is None:
        raise Refusal("not_found")
    if below.given["type"] != "modal":
        why = "must match the `type` of the root view whose stack we're pushing onto [json-pointer:/view/type]"
        raise Refusal("invalid_arguments", [why])
    return _body(ask, ask.back.views.push(user, given))


@method("views.update", TIER4)
def updated(ask: Asked) -> Json:
    view_id, external = ask.text("view_id"), ask.text("external_id")
    if view_id and external:
        raise Refusal("invalid_arguments", ["Cannot provide both `view_id` and `external_id`"])
    given = _view(ask, "modal", "home")
    found = ask.back.views.find(view_id, external)
    if found is None:
        raise Refusal("not_found")
    if found.given["type"] != given["type"]:
        raise Refusal("invalid_arguments", ["must match the `type` of the view to update [json-pointer:/view/type]"])
    return _body(ask, ask.back.views.update(found, given, ask.text("hash")))


@method("views.publish", TIER4)
def published(ask: Asked) -> Json:
    user, given = ask.need("user_id"), _view(ask, "home")
    if not ask.back.manifest.home_tab:
        raise Refusal("not_enabled")
    person = ask.back.space.people.get(user)
    if person is None or person.deleted:
        raise Refusal("invalid_arguments", ["user not found [json-pointer:/user_id]"])
    return _body(ask, ask.back.views.publish(user, given, ask.text("hash")))
