"""The addresses of the public pages, and how each is answered: read only, the same for everybody, nothing noted of who asks.

Decides the security headers, what browsers keep, and that a fault shows nothing of itself. What stands on a page is decided in
`views.py`; pages are rendered once until something changes.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import logging
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from traceback import extract_tb
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.site import feeds, files, views
from bot.site.gather import Content, Gathering
from bot.site.views import Views
from commands import records
from commands.wording import site as words
from commands.wording import site_key
from config.policy import security_txt
from config.policy.security_txt import Fields

log = logging.getLogger(__name__)

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'none'; form-action 'none'; base-uri 'none';"
    " frame-ancestors 'none'"
)
_ALWAYS: Final = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), interest-cohort=()"),
)
_HTML: Final = "text/html; charset=utf-8"
_UNPACKS: Final = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))", re.IGNORECASE)
_KEPT_MOST: Final = 2_000  # pages in memory
_HOST_MOST: Final = 260  # characters: the longest name that there is, and a port
_FOR_GOOD: Final = "public, max-age=31536000, immutable"
_KINDS: Final = {".json": "application/json; charset=utf-8", ".md": "text/markdown; charset=utf-8"}

Sign = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class _Page:
    """One answer, ready to be sent."""

    data: bytes
    packed: bytes
    media_type: str
    tag: str
    status: int = 200


def _made(data: str | bytes, media_type: str = _HTML, status: int = 200) -> _Page:
    body = data.encode() if isinstance(data, str) else data
    return _Page(body, gzip.compress(body, 6, mtime=0), media_type, f'"{hashlib.sha256(body).hexdigest()[:24]}"', status)


class Site:
    """The public pages of one programme."""

    def __init__(self, gathering: Gathering, shown: Views, *, sign: Sign | None = None) -> None:
        """`sign` puts a cleartext signature around security.txt; without it the file is not signed."""
        self._gathering, self._views, self._sign = gathering, shown, sign
        self._content: Content | None = None
        self._kept: dict[str, _Page] = {}
        self._signing = asyncio.Lock()
        self._signed = ("", "")  # what was signed, and how it came out

    def app(self) -> ASGIApp:
        """Return the application with all its addresses."""
        view = self._views

        def page(path: str, made: Callable[[Content], str]) -> Route:
            async def answer(request: Request) -> Response:
                return await self._answer(request, path, lambda content: _made(made(content)))

            return Route(path, answer)

        def feed(path: str, made: Callable[[Content, str], bytes]) -> Route:
            async def answer(request: Request) -> Response:
                if view.base:
                    return await self._answer(request, path, lambda content: _made(made(content, view.base), feeds.MEDIA_TYPE))
                # The address is the one that was asked for. Anybody may ask for any: nothing of it is kept.
                if len(request.headers.get("host", "")) > _HOST_MOST:
                    raise HTTPException(400)
                base = str(request.base_url).rstrip("/")
                return _sent(request, _made(made(await self._gathering.now(), base), feeds.MEDIA_TYPE))

            return Route(path, answer)

        program = view.desk.program
        made = Starlette(
            routes=[
                page("/", view.home), page("/key", view.key_page), page("/encrypt", view.encrypt),
                page("/advisories", view.advisories), page("/times", view.times),
                Route("/policy", self._policy), Route("/policy/{version}", self._policy),
                Route("/hall-of-fame", self._hall), Route("/hall-of-fame/{year}", self._hall),
                feed("/advisories.atom", lambda content, base: feeds.advisories(content, program, base)),
                feed("/hall-of-fame.atom", lambda content, base: feeds.hall(content, program, base)),
                Route("/advisories/{name:path}", self._advisory),
                Route("/key.asc", self._key),
                Route(security_txt.PLACE, self._security_txt),
                Route("/security.txt", _moved),
                Route("/static/{build}/{name}", _file),
            ],
            exception_handlers={HTTPException: self._missing, Exception: _fault},
        )
        made.router.redirect_slashes = False  # it leads to the scheme and the host that it was asked with; `_missing` does it
        return _Dressed(made)

    async def _answer(self, request: Request, name: str, made: Callable[[Content], _Page | None]) -> Response:
        content = await self._gathering.now()
        if content is not self._content:
            self._content, self._kept = content, {}
        found = self._kept.get(name)
        if found is None:
            found = made(content)
            if found is None:
                raise HTTPException(404)
            if len(self._kept) >= _KEPT_MOST:
                self._kept.clear()
            self._kept[name] = found
        return _sent(request, found)

    async def _hall(self, request: Request) -> Response:
        return await self._one_of(request, "/hall-of-fame", request.path_params.get("year", ""), self._views.hall)

    async def _policy(self, request: Request) -> Response:
        return await self._one_of(request, "/policy", request.path_params.get("version", ""), self._views.policy)

    async def _one_of(self, request: Request, path: str, which: str, view: Callable[[Content, str], str | None]) -> Response:
        def made(content: Content) -> _Page | None:
            text = view(content, which[:100])
            return _made(text) if text is not None else None

        return await self._answer(request, f"{path}/{which[:100]}", made)

    async def _advisory(self, request: Request) -> Response:
        name = request.path_params["name"][:100]

        def made(content: Content) -> _Page | None:
            one = content.advisory(name)
            if one is not None:
                return _made(self._views.advisory(content, one))
            for each in content.advisories:
                if each.id.lower() in name.lower():
                    text = records.files(each, self._views.publisher).get(name)
                    return _made(text, _KINDS[Path(name).suffix]) if text is not None else None
            return None

        return await self._answer(request, f"/advisories/{name}", made)

    async def _key(self, request: Request) -> Response:
        found = await self._answer(request, "/key.asc", lambda content: _made(content.key.armored, "application/pgp-keys"))
        found.headers["content-disposition"] = f'attachment; filename="{views.key_file(self._views.desk.program.name)}"'
        return found

    async def _security_txt(self, request: Request) -> Response:
        program = self._views.desk.program
        if not program.site.contact:
            return PlainTextResponse(words.NO_SECURITY_TXT + "\n", 404)
        content = await self._gathering.now()
        if content is not self._content or security_txt.PLACE not in self._kept:
            said = Fields(url=program.site.url, contact=program.site.contact, languages=program.site.languages,
                          fingerprint=content.key.fingerprint, head=site_key.HEAD, notes=[site_key.checksum(files.current().checksum)])
            text = security_txt.written(said, content.at)
            if self._sign is not None:
                async with self._signing:
                    if self._signed[0] != text:
                        self._signed = text, await asyncio.to_thread(self._sign, text)
                    text = self._signed[1]
            return await self._answer(request, security_txt.PLACE, lambda _: _made(text, security_txt.MEDIA_TYPE))
        return _sent(request, self._kept[security_txt.PLACE])

    async def _missing(self, request: Request, fault: Exception) -> Response:
        status = fault.status_code if isinstance(fault, HTTPException) else 404
        if status != 404:
            return PlainTextResponse("", status, headers=getattr(fault, "headers", None))
        path = request.url.path
        if path.endswith("/") and (plain := "/" + path.strip("/")) != path:
            return RedirectResponse(plain, 308)
        return await self._answer(request, "", lambda content: _made(self._views.missing(content), status=404))


def _sent(request: Request, page: _Page) -> Response:
    headers = {"etag": page.tag, "cache-control": "no-cache", "vary": "accept-encoding"}
    if page.status == 200 and page.tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return _packed(request, page.data, page.packed, page.media_type, headers, page.status)


def _packed(request: Request, data: bytes, packed: bytes, media_type: str, headers: dict[str, str], status: int = 200) -> Response:
    if _UNPACKS.search(request.headers.get("accept-encoding", "")) and len(packed) < len(data):
        return Response(packed, status, {**headers, "content-encoding": "gzip"}, media_type)
    return Response(data, status, headers, media_type)


async def _file(request: Request) -> Response:
    all_ = files.current()
    found = all_.by_name.get(request.path_params["name"]) if request.path_params["build"] == all_.build else None
    if found is None:
        raise HTTPException(404)
    headers = {"cache-control": _FOR_GOOD, "vary": "accept-encoding"}
    return _packed(request, found.data, found.packed, found.media_type, headers)


async def _moved(_: Request) -> Response:
    return RedirectResponse(security_txt.PLACE, 308)


async def _fault(_: Request, fault: Exception) -> Response:
    """Answer without a word of what happened; the log has the kind and the place of it."""
    reference = secrets.token_hex(4)
    where = " ".join(f"{Path(one.filename).name}:{one.lineno}" for one in extract_tb(fault.__traceback__))
    log.error("public page failed: reference=%s kind=%s at=%s", reference, type(fault).__name__, where)
    return PlainTextResponse(f"{words.FAULT_TITLE}. {words.FAULT} ({reference})\n", 500)


class _Dressed:
    """Adds the security headers to whatever is answered; nothing but a page may be asked for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                have = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(one for one in _ALWAYS if one[0] not in have)]
            await send(message)

        try:
            await self._app(scope, receive, dressed)
        except Exception:
            return
