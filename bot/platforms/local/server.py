"""The local platform's web server: the JSON API of the chat world and the files of its page.

Decides what each address answers about the world. Leaves who may ask at all to `guard.py`, what is kept to
`world.py` and what people do to `acting.py`.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import traceback
from collections.abc import Awaitable, Callable
from functools import wraps
from pathlib import Path
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.platforms.local import asked, refusals, render
from bot.platforms.local.acting import Acting, Listener
from bot.platforms.local.clock import advanced, reached, stamp
from bot.platforms.local.people import Inhabitant
from bot.platforms.local.refusals import Refusal, bad
from bot.platforms.local.rows import Json
from bot.platforms.local.stream import events
from bot.platforms.local.world import PAGE, World

log = logging.getLogger(__name__)

_PICTURES = {".png": "image/png", ".svg": "image/svg+xml"}
_SEALED = "default-src 'none'; style-src 'unsafe-inline'; sandbox"  # a file opened by itself runs nothing
_NEWEST = 10**18

Answer = Callable[[Request], Awaitable[Response]]


class Api:
    """The answers about the world, and the table of all addresses."""

    def __init__(
        self, world: World, listener: Listener, *, most: int, ending: asyncio.Event, pages: Path, beat: float
    ) -> None:
        """`most` is the longest request body in bytes, `beat` the seconds between signs of life."""
        self._world = world
        self._listener = listener
        self._acting = Acting(world, listener, most=most)
        self._most = most
        self._ending = ending
        self._pages = pages
        self._beat = beat
        self._moving = asyncio.Lock()

    def app(self) -> Starlette:
        """Return the application with all its addresses."""

        def get(path: str, answer: Answer) -> Route:
            return Route(path, _safely(answer), methods=["GET"])

        def post(path: str, answer: Answer) -> Route:
            return Route(path, _safely(answer), methods=["POST"])

        return Starlette(
            routes=[
                get("/", self.page),
                get("/api/people", self.people),
                post("/api/people/{id}", self.change_person),
                post("/api/say", self._acting.say),
                post("/api/run", self._acting.run),
                post("/api/press", self._acting.press),
                post("/api/submit", self._acting.submit),
                get("/api/home", self._acting.home),
                get("/api/complete", self._acting.complete),
                get("/api/conversations", self.conversations),
                get("/api/conversations/{id}/messages", self.messages),
                get("/api/files/{id}", self.file),
                get("/api/clock", self.clock),
                post("/api/clock", self.move_clock),
                get("/api/stream", self.stream),
                *([Mount("/static", StaticFiles(directory=self._pages))] if self._pages.is_dir() else []),
            ],
            exception_handlers={HTTPException: _no_such_address},
        )

    async def page(self, _: Request) -> Response:
        """Answers with the page itself."""
        index = self._pages / "index.html"
        if not index.is_file():
            raise refusals.not_found()
        return FileResponse(index)

    async def people(self, _: Request) -> Response:
        """Answers who is there."""
        return JSONResponse([_person(one) for one in await self._world.people()])

    async def change_person(self, request: Request) -> Response:
        """Opens or closes a person's direct messages for the bot."""
        found = await asked.body(request, self._most)
        one = await asked.known(self._world, request.path_params["id"])
        allowed = found.get("dms")
        if not isinstance(allowed, bool):
            raise bad('"dms" is true or false.')
        await self._world.allow_direct(one.id, allowed=allowed)
        return JSONResponse(_person(await asked.known(self._world, one.id)))

    async def conversations(self, request: Request) -> Response:
        """Answers with the conversations of a person."""
        one = await asked.known(self._world, request.query_params.get("as"))
        return JSONResponse(await self._world.conversations(one.id))

    async def messages(self, request: Request) -> Response:
        """Answers with messages, oldest first: those after an id, else the newest."""
        query = request.query_params
        _, place = await asked.standing(self._world, query.get("as"), request.path_params["id"])
        limit = asked.number(query.get("limit", PAGE), "limit")
        if not 0 < limit <= PAGE:
            raise bad(f'"limit" is between 1 and {PAGE}.')
        found = await self._world.messages(
            place,
            # Without `after` the newest are wanted; with it, even 0, the first that follow.
            after=asked.number(query["after"], "after") if query.get("after") else None,
            before=asked.number(query.get("before") or _NEWEST - 1, "before"),
            limit=limit,
        )
        return JSONResponse(found)

    async def file(self, request: Request) -> Response:
        """Answers with the bytes of a file: to be saved, or shown when it is a picture of the bot."""
        one = await asked.known(self._world, request.query_params.get("as"))
        name = request.path_params["id"]
        found = await self._world.download(one.id, int(name)) if _is_id(name) else None
        if found is None:
            raise refusals.not_found()
        shown = render.file_name(found.name)
        kind = _PICTURES.get(Path(shown).suffix.lower()) if found.picture else None
        how = "inline" if kind else "attachment"
        headers = {
            "content-disposition": f"{how}; filename*=UTF-8''{quote(shown, safe='')}",
            "content-security-policy": _SEALED,
        }
        return Response(found.data, media_type=kind or "application/octet-stream", headers=headers)

    async def clock(self, _: Request) -> Response:
        """Answers what time it is in the world."""
        return JSONResponse({"now": stamp(self._world.clock.now())})

    async def move_clock(self, request: Request) -> Response:
        """Moves the clock forward; answers when everything that has become due was started."""
        found = await asked.body(request, self._most)
        if ("advance" in found) == ("to" in found):
            raise bad('Give either "advance", such as "25h", or "to", such as "2026-12-01T09:00:00Z".')
        async with self._moving:
            now = self._world.clock.now()
            try:
                if "advance" in found:
                    instant = advanced(now, asked.text(found, "advance", most=100))
                else:
                    instant = reached(now, asked.text(found, "to", most=100))
            except ValueError:
                words = (
                    'The clock only goes forward, to 2199 at most: "25h", "1d 2h", or a time with its zone.'
                )
                raise bad(words) from None
            now = await self._world.move_clock(instant)
            if self._listener.moved is not None:
                await self._listener.moved()
        return JSONResponse({"now": stamp(now)})

    async def stream(self, request: Request) -> Response:
        """Answers with what changes, as it changes; `as` may be given again for more people."""
        names = dict.fromkeys(request.query_params.getlist("as") or [""])
        people = [(await asked.known(self._world, one)).id for one in names]
        last = request.headers.get("last-event-id") or request.query_params.get("after")
        found = events(
            self._world,
            people,
            after=asked.number(last, "Last-Event-ID") if last else None,
            ending=self._ending,
            beat=self._beat,
        )
        return StreamingResponse(found, media_type="text/event-stream")


def _person(one: Inhabitant) -> Json:
    return {"id": one.id, "name": one.name, "roles": list(one.roles), "dms": one.dms}


def _is_id(name: str) -> bool:
    return name.isascii() and name.isdigit() and len(name) < 19


def _safely(answer: Answer) -> Answer:
    """Return `answer` with refusals answered as such and faults told by a reference only."""

    @wraps(answer)
    async def answered(request: Request) -> Response:
        try:
            return await answer(request)
        except Refusal as refused:
            return refused.response()
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as fault:
            reference = secrets.token_hex(4)
            # Never the text of the fault: it may quote what a stranger sent.
            where = " ".join(
                f"{Path(one.filename).name}:{one.lineno}" for one in traceback.extract_tb(fault.__traceback__)
            )
            log.error("local api failed: reference=%s kind=%s at=%s", reference, type(fault).__name__, where)
            return refusals.internal(reference).response()

    return answered


async def _no_such_address(_: Request, fault: Exception) -> Response:
    if isinstance(fault, HTTPException) and fault.status_code == 405:
        return Refusal(405, "wrong_method", "This address is asked in another way.").response()
    return refusals.not_found().response()
