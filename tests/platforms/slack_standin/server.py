"""The web side: routes, how arguments and tokens are read, how answers and faults look on the wire."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

from aiohttp import web

from tests.platforms.slack_standin import (
    methods_chat,
    methods_conversations,
    methods_extras,
    methods_files,
    methods_team,
    methods_views,
)
from tests.platforms.slack_standin.api import METHODS, perform
from tests.platforms.slack_standin.backend import Backend, Called
from tests.platforms.slack_standin.desk import Desk
from tests.platforms.slack_standin.faults import Fault
from tests.platforms.slack_standin.refusals import ClientRefuses, Limited, Refusal
from tests.platforms.slack_standin.things import Json

# Imported for the methods that they enter into the table.
_TOPICS = (methods_chat, methods_conversations, methods_extras, methods_files, methods_team, methods_views)
_LOGIN = "<!DOCTYPE html><html><head><title>Slack</title></head><body><form>Sign in to Standin</form></body></html>"
_KEY: web.AppKey[Backend] = web.AppKey("backend", Backend)


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

    app.router.add_route("*", "/api/{method}", _call)
    app.router.add_post("/upload/v1/{ticket}", _upload)
    app.router.add_get("/files-pri/{rest:.*}", _download)
    app.router.add_get("/link/", back.sockets.serve)
    app.router.add_post("/response/{word:.*}", _response)
    app.router.add_post("/control/{word}", control)
    return app


def _backend(request: web.Request) -> Backend:
    return request.app[_KEY]


async def _arguments(request: web.Request) -> tuple[Json, str]:
    """Query, form and JSON in one, and the token from wherever it stands."""
    args: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        raw = await request.text()
        try:
            found = json.loads(raw) if raw.strip() else {}
        except ValueError:
            raise Refusal("invalid_json") from None
        if not isinstance(found, dict):
            raise Refusal("json_not_object")
        args |= {name: value for name, value in found.items() if value is not None}
    elif request.method == "POST":
        args |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    header = request.headers.get("Authorization", "")
    token = str(args.pop("token", "") or "")
    if header.startswith("Bearer "):
        token = header.removeprefix("Bearer ").strip()
    elif header.startswith("Basic "):
        name, _, word = base64.b64decode(header.removeprefix("Basic ")).decode(errors="replace").partition(":")
        args |= {"client_id": name, "client_secret": word}
    return args, token


async def _call(request: web.Request) -> web.StreamResponse:
    back, name = _backend(request), request.match_info["method"]
    if request.method not in {"GET", "POST"}:
        return web.json_response({"ok": False, "error": "method_not_allowed"}, status=405)
    back.due()
    try:
        args, token = await _arguments(request)
    except Refusal as wrong:
        return web.json_response(wrong.body())
    called = Called(name, dict(args), back.clock.limits(), back.limits.early(name, str(args.get("channel") or "")))
    back.calls.append(called)
    fault = back.faults.next(name, args)
    if fault is not None:
        called.fault = fault.kind
        if (early := await _before(request, back, fault, called)) is not None:
            return early
    headers = _headers(back, name, token)
    try:
        if fault is not None and fault.kind == "error":
            raise Refusal(fault.code)
        called.status, called.answer = 200, perform(back, name, args, token)
    except Refusal as wrong:
        called.status, called.answer = 200, wrong.body()
    except Limited as wait:
        called.status, called.answer = 429, {"ok": False, "error": "ratelimited"}
        headers["Retry-After"] = str(wait.seconds)
    if fault is not None and fault.kind in {"lost", "half"}:
        return await _cut(request, called.answer if fault.kind == "half" else None)
    return web.json_response(called.answer, status=called.status, headers=headers)


def _headers(back: Backend, name: str, token: str) -> dict[str, str]:
    headers = {"x-slack-req-id": back.space.names.new("R")}
    found = METHODS.get(name)
    if token == back.tokens.bot and found is not None:
        headers["x-oauth-scopes"] = ",".join(sorted(back.manifest.scopes))
        headers["x-accepted-oauth-scopes"] = found.scope.replace("|", ",")
    elif token == back.tokens.app:
        headers["x-oauth-scopes"] = "connections:write"
    return headers


async def _before(request: web.Request, back: Backend, fault: Fault, called: Called) -> web.StreamResponse | None:
    """What goes wrong before anything is done; None when the call goes on."""
    if fault.kind == "limited":
        back.limits.told(called.method, fault.retry_after)
        called.status, called.answer = 429, {"ok": False, "error": "ratelimited"}
        return web.json_response(called.answer, status=429, headers={"Retry-After": str(fault.retry_after)})
    if fault.kind in {"500", "503"}:
        called.status = int(fault.kind)
        return web.Response(status=called.status, text="upstream failure", content_type="text/html")
    if fault.kind == "reset":
        return await _cut(request, None)
    if fault.kind == "slow":
        await asyncio.sleep(fault.seconds)
    return None


async def _cut(request: web.Request, answer: Json | bytes | None) -> web.StreamResponse:
    """End the connection, with half of the answer or none of it."""
    response = web.StreamResponse()
    if answer is not None:
        raw = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        response.content_length = len(raw)
        response.content_type = "application/json" if isinstance(answer, dict) else "application/octet-stream"
        await response.prepare(request)
        await response.write(raw[: len(raw) // 2])
        await asyncio.sleep(0.01)
    if request.transport is not None:
        request.transport.abort()
    return response


async def _upload(request: web.Request) -> web.StreamResponse:
    back = _backend(request)
    fault = back.faults.next("files.upload", {})
    called = Called("files.upload", {}, back.clock.limits(), early=False, fault=fault.kind if fault else "")
    back.calls.append(called)
    if fault is not None and (early := await _before(request, back, fault, called)) is not None:
        return early
    wanted = request.match_info["ticket"]
    found = next((one for one in back.space.files.values() if one.ticket == wanted and one.data is None), None)
    if found is None:
        return web.Response(status=404, text="no such upload")
    if request.content_type == "multipart/form-data":
        held = [one for one in (await request.post()).values() if isinstance(one, web.FileField)]
        data = held[0].file.read() if held else b""
    else:
        data = await request.read()
    called.args = {"file": found.id, "bytes": len(data)}
    if len(data) != found.length:
        called.status = 400
        return web.Response(status=400, text=f"expected {found.length} bytes")
    found.data, called.status = data, 200
    return await _cut(request, None) if fault and fault.kind == "lost" else web.Response(text=f"OK - {len(data)}")


async def _download(request: web.Request) -> web.StreamResponse:
    """The bytes for a member with the scope; for everybody else a login page that looks like success."""
    back = _backend(request)
    rest = request.match_info["rest"]
    found = back.space.files.get(rest.split("/")[0].partition("-")[2])
    fault = back.faults.next("files.download", {"file": found.id if found else ""})
    called = Called("files.download", {"file": found.id if found else ""}, back.clock.limits(), early=False,
                    fault=fault.kind if fault else "")
    back.calls.append(called)
    if fault is not None and (early := await _before(request, back, fault, called)) is not None:
        return early
    token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    allowed = token == back.tokens.bot and back.tokens.state == "live" and "files:read" in back.manifest.scopes
    seen = found is not None and allowed and back.space.sees(back.space.bot.id, found) and not found.deleted
    called.status = 200
    if found is None or found.data is None or not seen or (fault is not None and fault.kind == "html"):
        return web.Response(text=_LOGIN, content_type="text/html")
    if fault is not None and fault.kind in {"half", "cut"}:
        return await _cut(request, found.data)
    data = found.data + b"\0" * (1 + len(found.data)) if fault is not None and fault.kind == "larger" else found.data
    return web.Response(body=data, content_type=found.mimetype.split(";")[0])


async def _response(request: web.Request) -> web.StreamResponse:
    """A response URL: another message, or another version of the message it came from."""
    back, word = _backend(request), request.match_info["word"]
    fault = back.faults.next("response_url", {})
    called = Called("response_url", {}, back.clock.limits(), early=False, fault=fault.kind if fault else "")
    back.calls.append(called)
    if fault is not None and (early := await _before(request, back, fault, called)) is not None:
        return early
    try:
        args = json.loads(await request.text())
        called.args = args
        back.respond(word, args)
    except (ValueError, Refusal) as wrong:
        called.status = 404
        called.answer = {"ok": False, "error": wrong.code if isinstance(wrong, Refusal) else "invalid_payload"}
        return web.json_response(called.answer, status=404)
    called.status, called.answer = 200, {"ok": True}
    return await _cut(request, None) if fault and fault.kind == "lost" else web.Response(text="ok")
