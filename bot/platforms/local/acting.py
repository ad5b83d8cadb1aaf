"""The half of the local API in which people do something: say, run, press, submit, and what helps them doing
it.

Decides how a request becomes the Incoming that the bot gets. A message is kept here and handed on by
`adapter.py`; a command, a press or a form is handed on at once and answered with the bot's private answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot import pictures
from bot.platforms.local import asked, refusals, render
from bot.platforms.local.people import Inhabitant
from bot.platforms.local.rows import Place, ShownForm
from bot.platforms.local.world import World
from bot.platforms.port import Handle, Upload
from commands.calls import FileRef, Incoming, Reply

_LINE = 40_000  # characters of a command line
_EVENTS: dict[Literal["command", "press", "submit"], str] = {
    "command": "run",
    "press": "press",
    "submit": "submit",
}


@dataclass(slots=True)
class Listener:
    """Who listens on the other side just now; nobody while the bot starts and stops."""

    handle: Handle | None = None
    home: Handle | None = None
    moved: Callable[[], Awaitable[None]] | None = None


class Acting:
    """The answers to what people do."""

    def __init__(self, world: World, listener: Listener, *, most: int) -> None:
        """`most` is the longest request body in bytes."""
        self._world = world
        self._listener = listener
        self._most = most

    async def say(self, request: Request) -> Response:
        """Keeps a message; it is on the disk before the 202 and handed on after it."""
        found = await asked.body(request, self._most)
        one, place = await asked.standing(self._world, found.get("as"), found.get("where", "dm"))
        text = asked.text(found, "text", default="")
        files = asked.files(found)
        if not text.strip() and not files:
            raise refusals.bad("There is nothing to say. Give a text or a file.")
        event = await self._world.say(place, one.id, text, files)
        if event is None:
            raise refusals.archived()
        return JSONResponse({"event": event}, status_code=202)

    async def run(self, request: Request) -> Response:
        """Runs a command line."""
        found = await asked.body(request, self._most)
        one, place = await asked.standing(self._world, found.get("as"), found.get("where", "dm"))
        line = asked.command(asked.text(found, "line", most=_LINE))
        if line is None:
            raise refusals.bad('A command line starts with "/vdp".')
        return await self._act("command", one, place, line=line.strip())

    async def press(self, request: Request) -> Response:
        """Presses a button of a message that the person sees."""
        found = await asked.body(request, self._most)
        one = await asked.known(self._world, found.get("as"))
        button = asked.text(found, "button", most=_LINE)
        pressed = await self._world.pressed(one.id, asked.number(found.get("message"), "message"))
        if pressed is None:
            raise refusals.not_found()
        if button not in pressed.buttons:
            raise refusals.unknown_button()
        return await self._act("press", one, pressed.place, line=button, message=pressed.key)

    async def submit(self, request: Request) -> Response:
        """Hands in a form, in the conversation where it was opened unless the request names another."""
        found = await asked.body(request, self._most)
        one = await asked.known(self._world, found.get("as"))
        form = asked.text(found, "form", most=_LINE)
        shown = await self._world.form(one.id, form) or ShownForm("dm", "", ())
        one, place = await asked.standing(self._world, one.id, found.get("where") or shown.conversation)
        values, files = asked.values(found, shown.fields)
        message = shown.message if place.id == shown.conversation else ""
        return await self._act("submit", one, place, line=form, message=message, values=values, files=files)

    async def home(self, request: Request) -> Response:
        """Answers with what stands beside a conversation; nothing is recorded."""
        reply = await self._look(request, "home", "")
        return JSONResponse(render.panel(reply.panel))

    async def complete(self, request: Request) -> Response:
        """Answers with what could follow in a command line; nothing is recorded."""
        line = asked.command(asked.storable(request.query_params.get("line", ""))[:_LINE])
        if line is None:
            return JSONResponse([])
        reply = await self._look(request, "complete", line.lstrip())
        return JSONResponse([render.choice(one) for one in reply.choices])

    async def _look(self, request: Request, kind: Literal["home", "complete"], line: str) -> Reply:
        query = request.query_params
        one, place = await asked.standing(self._world, query.get("as"), query.get("where", "dm"))
        listen = self._listener.home or self._listener.handle
        if listen is None:
            raise refusals.starting()
        return await listen(
            Incoming(
                platform="local",
                event=kind,
                person=one.id,
                name=one.name,
                kind=kind,
                place=place.kind,
                conversation=place.id,
                at=self._world.clock.now(),
                line=line,
            )
        )

    async def _act(
        self,
        kind: Literal["command", "press", "submit"],
        one: Inhabitant,
        place: Place,
        *,
        line: str,
        message: str = "",
        values: tuple[tuple[str, str], ...] = (),
        files: list[Upload] | None = None,
    ) -> Response:
        handle = self._listener.handle
        if handle is None:
            raise refusals.starting()
        # The row comes first: it makes the event's id unique for good, also across restarts.
        event, kept = await self._world.act(_EVENTS[kind], one.id, place.id, files or [])
        refs: tuple[FileRef, ...] = kept
        reply = await handle(
            Incoming(
                platform="local",
                event=event,
                person=one.id,
                name=one.name,
                kind=kind,
                place=place.kind,
                conversation=place.id,
                at=self._world.clock.now(),
                files=refs,
                line=line,
                values=values,
                message=message,
            )
        )
        if reply.form is not None:
            fields = tuple(each.name for each in reply.form.fields)
            await self._world.remember_form(one.id, reply.form.id, ShownForm(place.id, message, fields))
        shape = render.reply(reply)
        picture = await pictures.drawn(reply.card)
        if picture is not None:
            shape["card"]["image"]["file"] = await self._world.keep_picture(one.id, event, picture)
        if kind == "submit" and reply.errors:
            return JSONResponse({"errors": render.errors(reply), "reply": shape}, status_code=422)
        return JSONResponse({"reply": shape})
