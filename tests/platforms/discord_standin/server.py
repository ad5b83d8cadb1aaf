"""The web side: how requests are read, limited, answered and broken; the CDN; the control surface."""

from __future__ import annotations

import asyncio
import json
import traceback
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from tests.platforms.discord_standin import (
    api_channels,
    api_commands,
    api_guild,
    api_interactions,
    api_marks,
    api_messages,
    api_threads,
)
from tests.platforms.discord_standin.backend import Backend, Called
from tests.platforms.discord_standin.desk import Desk
from tests.platforms.discord_standin.faults import Fault
from tests.platforms.discord_standin.limits import Limits
from tests.platforms.discord_standin.refusals import ClientRefuses, Limited, Refused
from tests.platforms.discord_standin.router import Request, Route, Upload, find
from tests.platforms.discord_standin.things import Json

# Imported for the routes that they enter into the table.
_TOPICS = (api_channels, api_commands, api_guild, api_interactions, api_marks, api_messages, api_threads)
_KEY: web.AppKey[Backend] = web.AppKey("backend", Backend)
_MOST = 25 * 2**20 + 2**16


def application(back: Backend, desk: Desk) -> web.Application:
    """The stand-in as an aiohttp application; the control surface hangs under /control/."""
    app = web.Application(client_max_size=2**30)
    app[_KEY] = back

    async def control(request: web.Request) -> web.Response:
        try:
            found = await desk.perform(request.match_info["word"], await request.json())
        except (ClientRefuses, LookupError, ValueError, TypeError) as wrong:
            kind = "refused" if isinstance(wrong, ClientRefuses) else "wrong"
            return web.json_response({"error": kind, "why": str(wrong)}, status=400)
        return web.json_response({"result": found})

    app.router.add_route("*", "/api/v10/{rest:.*}", _call)
    app.router.add_get("/gateway/", back.gateway.serve)
    app.router.add_get("/attachments/{channel}/{id}/{name}", _cdn)
    app.router.add_post("/control/{word}", control)
    return app


async def _call(request: web.Request) -> web.StreamResponse:
    back = request.app[_KEY]
    path = "/" + request.match_info["rest"]
    found = find(request.method, path)
    called = Called("", request.method, path, {}, {}, [], back.clock.limits())
    called.reason = unquote(request.headers.get("X-Audit-Log-Reason", ""))
    back.calls.append(called)
    if found is None:
        called.route = f"{request.method} {path}"
        return _reply(called, 404, {"message": "404: Not Found", "code": 0}, {})
    route, params = found
    called.route, called.params = route.name, params
    body, files, size = await _read(request)
    called.body = body if isinstance(body, dict) else {"": body}
    called.files = [one.filename for one in files]
    fault = back.faults.next(route.name, path, {**called.body, **params})
    if fault is not None:
        called.fault = fault.kind
        if fault.kind in {"500", "502", "503", "504"}:
            return _reply(called, int(fault.kind), None, {}, text="upstream failure")
        if fault.kind == "reset":
            return await _cut(request, None)
        if fault.kind == "hang":
            return await _hanging(request, back, fault)
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
    headers: dict[str, str] = {}
    try:
        _authorised(request, back, route)
        key = route.key(params)
        renaming = route.method == "PATCH" and bool({"name", "topic"} & set(called.body))
        called.early = back.limits.early(route.name, key) or (renaming and back.limits.early("rename", params.get("channel_id", "")))
        _limited(back, route, key, fault)
        headers = back.limits.spend(route.name, key, route.limit, route.seconds, everywhere=not route.free)
        if fault is not None and fault.kind == "error":
            raise Refused(fault.status, fault.code, "The stand-in was told to refuse")
        if body is _BROKEN:
            raise Refused(400, 50109, "The request body contains invalid JSON.")
        asked = Request(back, params, dict(request.query), body, files, size, called.reason)
        answer = route.run(asked)
        status = asked.status if answer is not None else 204
    except Refused as wrong:
        status, answer = wrong.status, wrong.body()
    except Limited as wait:
        called.scope = wait.scope
        headers = back.limits.headers(route.name, route.key(params)) | Limits.refusal(wait) | {"X-RateLimit-Scope": wait.scope}
        status, answer = 429, wait.body()
    except Exception:
        back.troubles.append(traceback.format_exc())
        status, answer = 418, {"message": "The stand-in itself broke", "code": 0}
    if fault is not None and fault.kind in {"lost", "half"}:
        called.status, called.answer = status, answer
        return await _cut(request, answer if fault.kind == "half" else None)
    if fault is not None and fault.kind == "done":
        return _reply(called, 504, None, {}, text="upstream failure")
    if fault is not None and fault.kind == "mute":
        called.status, called.answer = status, answer
        return await _hanging(request, back, fault)
    return _reply(called, status, answer, headers)


def _limited(back: Backend, route: Route, key: str, fault: Fault | None) -> None:
    """Refuse with 429 when told to."""
    if fault is not None and fault.kind == "limited":
        wait = Limited(fault.retry_after, fault.scope)
        back.limits.remember(f"{route.name} {key}", fault.retry_after)
        raise wait


def _authorised(request: web.Request, back: Backend, route: Route) -> None:
    if route.free:
        return
    given = request.headers.get("Authorization", "")
    if given != f"Bot {back.token}" or not back.token_good:
        raise Refused(401, 0, "401: Unauthorized")


_BROKEN: Any = object()


async def _read(request: web.Request) -> tuple[Any, list[Upload], int]:
    """Body and files; larger ones than Discord takes are still read, to be refused properly."""
    if request.content_type == "multipart/form-data":
        body: Any = {}
        files: list[Upload] = []
        total = 0
        async for part in await request.multipart():
            data = bytes(await part.read(decode=False))  # type: ignore[union-attr]
            total += len(data)
            name = part.name or ""  # type: ignore[union-attr]
            if name == "payload_json":
                body = _parsed(data)
            elif name.startswith("files["):
                files.append(Upload(int(name[6:-1]), part.filename or "unknown", data))  # type: ignore[union-attr]
        return body, files, total
    raw = await request.read()
    if not raw:
        return {}, [], 0
    if request.content_type != "application/json":
        return _BROKEN, [], len(raw)
    return _parsed(raw), [], len(raw)


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return _BROKEN


def _reply(called: Called, status: int, answer: Any, headers: dict[str, str], *, text: str = "") -> web.Response:
    """An answer; the content type is exactly application/json, without a charset."""
    called.status, called.answer = status, answer
    every = {"Via": "1.1 google", **headers}
    if text:
        return web.Response(status=status, text=text, content_type="text/html", headers=every)
    if status == 204:
        return web.Response(status=204, headers=every)
    return web.Response(status=status, body=json.dumps(answer).encode(), headers={"Content-Type": "application/json", **every})


async def _hanging(request: web.Request, back: Backend, fault: Fault) -> web.StreamResponse:
    """Say nothing until the client gives up, or until the fault is cleared; then end the connection."""
    while fault in back.faults.orders and request.transport is not None and not request.transport.is_closing():
        await asyncio.sleep(0.01)
    return await _cut(request, None)


async def _cut(request: web.Request, answer: Any) -> web.StreamResponse:
    """End the connection, with half of the answer or none of it."""
    response = web.StreamResponse()
    if answer is not None:
        raw = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        response.content_length = len(raw)
        response.content_type = "application/octet-stream" if isinstance(answer, bytes) else "application/json"
        await response.prepare(request)
        await response.write(raw[: len(raw) // 2])
        await asyncio.sleep(0.01)
    if request.transport is not None:
        request.transport.abort()
    return response


async def _cdn(request: web.Request) -> web.StreamResponse:
    """The bytes of a file, while the signature of its address is good."""
    back = request.app[_KEY]
    where: Json = dict(request.match_info)
    found = back.files.get(where["id"])
    called = Called("GET cdn", "GET", request.path, {"id": where["id"], "channel_id": where["channel"]}, {},
                    [found.filename] if found else [], back.clock.limits())
    back.calls.append(called)
    fault = back.faults.next("GET cdn", request.path, {**where, "filename": where["name"]})
    if fault is not None:
        called.fault = fault.kind
        if fault.kind in {"500", "502", "503", "504", "error"}:
            called.status = int(fault.kind) if fault.kind != "error" else fault.status
            return web.Response(status=called.status, text="")
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        elif fault.kind in {"reset", "lost", "half"}:
            return await _cut(request, found.data if found is not None and fault.kind == "half" else None)
    until, signature = request.query.get("ex", "0"), request.query.get("hm", "")
    if found is None or not back.fresh(f"{where['channel']}/{where['id']}", until, signature):
        called.status = 404
        return web.Response(status=404, text="This content is no longer available.")
    called.status = 200
    return web.Response(body=found.data, headers={"Content-Type": found.content_type})
