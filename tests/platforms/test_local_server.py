"""The JSON API of the local platform over real HTTP on the loopback address."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.platforms.local import Local
from bot.platforms.port import Sending, Upload
from commands.effects import CloseChannel, Edit, Erase, Post, SetMembers
from commands.text import Body, Button, say
from config.clock import ManualClock
from tests.platforms.local_house import START, EchoBot, House, card, house


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as found:
        yield found


def _code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_people_and_conversations_are_as_the_world_was_made(home: House) -> None:
    people = {one["id"]: one["roles"] for one in (await home.web.get("/api/people")).json()}
    assert list(people) == [
        "researcher", "researcher-2", "triager-sec", "triager-ml", "owner", "lead", "leadership", "admin",
    ]  # fmt: skip
    assert people["lead"] == ["lead", "legal", "privacy"] and people["triager-sec"] == ["triager", "security"]

    async def names(who: str) -> list[str]:
        found = await home.web.get("/api/conversations", params={"as": who})
        return [one["id"] for one in found.json()]

    assert await names("researcher") == ["dm-researcher", "hall-of-fame"]
    assert await names("lead") == ["dm-lead", "hall-of-fame", "leadership"]
    await home.channel("triage-a", "lead", "owner")
    await home.posts("triage-a", "p", card())
    listed = (await home.web.get("/api/conversations", params={"as": "owner"})).json()
    message = (await home.messages("owner", "triage-a"))[0]
    assert listed[-1] == {
        "id": "triage-a",
        "kind": "channel",
        "name": "triage-a",
        "private": True,
        "archived": False,
        "members": ["owner", "lead"],
        "last": "A finding",
        "last_id": message["id"],
    }


async def test_a_message_is_kept_before_it_is_accepted_and_then_handed_on(home: House) -> None:
    answer = await home.say("researcher", "hello\x00")
    assert answer.status_code == 202
    await home.bot.hears(1)
    one = home.bot.heard[0]
    assert one.text == "hello\x00"
    assert one.event == str(answer.json()["event"])
    assert (one.kind, one.place, one.conversation, one.person) == (
        "message",
        "dm",
        "dm-researcher",
        "researcher",
    )
    shown = (await home.messages("researcher", "dm-researcher"))[0]
    assert (shown["id"], shown["author"], shown["at"]) == (
        answer.json()["event"],
        "researcher",
        "2026-11-23T09:00:00.000Z",
    )


async def test_half_characters_are_replaced_at_the_door(home: House) -> None:
    file = b'{"name": "\\udc00", "content_base64": ""}'
    raw = b'{"as": "researcher", "where": "dm", "text": "a\\ud800b", "files": [' + file + b"]}"
    answer = await home.web.post("/api/say", content=raw, headers={"content-type": "application/json"})
    assert answer.status_code == 202
    await home.bot.hears(1)
    assert home.bot.heard[0].text == "a\ufffdb" and home.bot.heard[0].files[0].name == "\ufffd"


async def test_bad_requests_are_told_in_words_and_change_nothing(home: House) -> None:
    json_type = {"content-type": "application/json"}
    for raw in (b"", b"{", b"[1]", b"\xff", b"[" * 100_000, b'{"as": ' + b"9" * 5000 + b"}"):
        answer = await home.web.post("/api/say", content=raw, headers=json_type)
        assert _code(answer) in {(400, "bad_argument"), (400, "unknown_person")}
        assert answer.json()["error"]["text"]
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("say", {"text": "  "}),
        ("say", {"text": 5}),
        ("say", {"text": "x", "files": {}}),
        ("say", {"text": "x", "files": ["y"]}),
        ("say", {"text": "x", "files": [{"name": "y", "content_base64": "*"}]}),
        ("say", {"text": "x", "files": [{"name": "y", "content_base64": "é"}]}),
        ("say", {"text": "x", "files": [{"name": "y" * 300, "content_base64": ""}]}),
        ("say", {"text": "x", "files": [{"name": "y", "content_base64": ""}] * 21}),
        ("run", {"line": "queue"}),
        ("run", {"line": "/vdpqueue"}),
        ("run", {}),
        ("press", {"message": "one", "button": "x"}),
        ("press", {"message": True, "button": "x"}),
        ("submit", {"form": "accept", "values": []}),
        ("submit", {"values": {}}),
    ]
    for path, values in wrong:
        answer = await home.web.post(f"/api/{path}", json={"as": "researcher", "where": "dm", **values})
        assert _code(answer) == (400, "bad_argument"), (path, values)
    assert home.bot.heard == [] and await home.messages("researcher", "dm-researcher") == []
    for query in ({"after": "-1"}, {"after": "x"}, {"limit": "0"}, {"limit": "1001"}, {"after": "9" * 30}):
        found = await home.web.get("/api/conversations/dm-lead/messages", params={"as": "lead", **query})
        assert _code(found) == (400, "bad_argument")


async def test_nobody_speaks_for_a_person_who_is_not_there(home: House) -> None:
    unknown = (400, "unknown_person")
    for who in ("stranger", "", "bot", None, 7, ["lead"]):
        assert _code(await home.post("/api/say", as_=who, where="dm", text="x")) == unknown
        assert _code(await home.post("/api/run", as_=who, where="dm", line="/vdp")) == unknown
        assert _code(await home.post("/api/press", as_=who, message=1, button="x")) == unknown
        assert _code(await home.post("/api/submit", as_=who, form="x", values={})) == unknown
    for path in (
        "conversations",
        "conversations/dm-lead/messages",
        "files/1",
        "stream",
        "home",
        "complete?line=/vdp",
    ):
        assert _code(await home.web.get(f"/api/{path}")) == unknown, path
    assert _code(await home.post("/api/people/stranger", dms=False)) == unknown


async def test_what_is_missing_and_what_is_somebody_elses_gives_the_same_answer(home: House) -> None:
    await home.channel("triage-a", "lead")
    await home.posts("triage-a", "p", card(Button("accept", "Accept")))
    message = (await home.messages("lead", "triage-a"))[0]["id"]
    await home.say("researcher-2", "mine", secret=b"secret bytes")
    await home.bot.hears(1)
    file = home.bot.heard[0].files[0].id
    answers = []
    for where in ("triage-a", "triage-none", "dm-lead", "dm-nobody", "leadership"):
        answers.append(await home.say("researcher", "x", where=where))
        answers.append(await home.post("/api/run", as_="researcher", where=where, line="/vdp queue"))
        answers.append(
            await home.post("/api/submit", as_="researcher", where=where, form="accept", values={})
        )
        answers.append(
            await home.web.get(f"/api/conversations/{where}/messages", params={"as": "researcher"})
        )
        answers.append(await home.web.get("/api/home", params={"as": "researcher", "where": where}))
    for number in (message, 999_999):
        answers.append(await home.post("/api/press", as_="researcher", message=number, button="accept"))
    for name in (file, "999999", "x", "..%2f..%2fetc%2fpasswd"):
        answers.append(await home.web.get(f"/api/files/{name}", params={"as": "researcher"}))
    assert {(one.status_code, one.text) for one in answers} == {(404, answers[0].text)}
    assert len(home.bot.heard) == 1
    assert (
        await home.web.get(f"/api/files/{file}", params={"as": "researcher-2"})
    ).content == b"secret bytes"


async def test_commands_presses_and_forms_reach_the_bot_with_ids_of_their_own(home: House) -> None:
    ran = await home.post("/api/run", as_="lead", where="leadership", line=" /vdp  queue all ")
    assert ran.json()["reply"] == {
        "code": "ok", "text": "command queue all", "spans": [["command queue all", "plain", ""]],
        "card": None, "form": None, "errors": {}, "panel": None, "choices": [], "buttons": [],
    }  # fmt: skip
    assert (await home.post("/api/run", as_="lead", where="dm", line="/vdp")).status_code == 200
    await home.posts("leadership", "digest/1", card(Button("ack 1", "Take it", "primary")))
    message = (await home.messages("lead", "leadership"))[0]
    assert message["card"]["buttons"] == [{"id": "ack 1", "label": "Take it", "look": "primary", "sure": ""}]
    pressed = await home.post("/api/press", as_="lead", message=str(message["id"]), button="ack 1")
    assert pressed.json()["reply"]["text"] == "press ack 1"
    assert _code(await home.post("/api/press", as_="lead", message=message["id"], button="ack 2")) == (
        404,
        "unknown_button",
    )
    run, bare, press = home.bot.heard
    assert (run.event, run.kind, run.line, run.place, run.conversation) == (
        "run-1", "command", "queue all", "channel", "leadership",
    )  # fmt: skip
    assert (bare.event, bare.line, bare.place, bare.conversation) == ("run-2", "", "dm", "dm-lead")
    assert (press.event, press.kind, press.message) == ("press-3", "press", "digest/1")


async def test_event_ids_are_not_used_again_after_a_restart(tmp_path: Path) -> None:
    bot = EchoBot()
    for round_ in (1, 2):
        async with house(tmp_path, bot) as world:
            await world.post("/api/run", as_="lead", where="dm", line="/vdp queue")
            await world.say("lead", "words")
            await bot.hears(2 * round_)
    assert sorted(one.event for one in bot.heard) == ["1", "2", "run-1", "run-2"]


async def test_a_form_goes_back_to_where_it_was_opened(tmp_path: Path) -> None:
    async with house(tmp_path) as world:
        await world.channel("triage-a", "lead")
        form = (await world.post("/api/run", as_="lead", where="triage-a", line="/vdp accept")).json()[
            "reply"
        ]["form"]
        assert form["fields"][0] == {
            "name": "level", "label": "Level", "kind": "choice", "required": True, "help": "", "value": "low",
            "choices": [{"value": "high", "label": "High"}, {"value": "low", "label": "Low"}],
        }  # fmt: skip
    async with house(tmp_path) as world:
        values = {"why": "because", "level": "high", "times": 3, "sure": True, "none": None}
        done = await world.post("/api/submit", as_="lead", form="accept", values=values)
        assert done.status_code == 200
        one = world.bot.heard[0]
        assert (one.kind, one.line, one.conversation) == ("submit", "accept", "triage-a")
        assert one.values == (
            ("level", "high"),
            ("why", "because"),
            ("times", "3"),
            ("sure", "yes"),
            ("none", ""),
        )
        wrong = await world.post("/api/submit", as_="lead", form="accept", values={"level": "huge"})
        assert (wrong.status_code, wrong.json()["errors"]) == (422, {"level": "is no\\u202e level"})
        await world.post("/api/submit", as_="owner", form="accept", values={})
        assert world.bot.heard[-1].conversation == "dm-owner"
        file = {"name": "a.asc", "content_base64": "YWJj"}
        await world.post(
            "/api/submit", as_="owner", where="hall-of-fame", form="report", values={"proof": file}
        )
        last = world.bot.heard[-1]
        assert (last.values, last.conversation) == ((("proof", "a.asc"),), "hall-of-fame")
        assert await world.local.fetch(last.files[0], 100) == b"abc"
        found = await world.web.get(f"/api/files/{last.files[0].id}", params={"as": "owner"})
        assert found.status_code == 404


async def test_looking_records_nothing(home: House) -> None:
    panel = (await home.web.get("/api/home", params={"as": "lead", "where": "leadership"})).json()
    assert panel["about"] == "home of lead" and panel["next"] is None and panel["waiting"] == []
    assert panel["sections"][0]["rows"][0] == {
        "label": "First answer", "text": "due", "mark": "", "detail": "", "at": "2026-11-24T09:00:00Z",
        "buttons": [], "k": 2, "n": 30,
    }  # fmt: skip
    query = {"as": "lead", "where": "dm", "line": "/vdp qu "}
    assert (await home.web.get("/api/complete", params=query)).json() == [
        {"word": "queue", "text": "after 'qu '", "why_not": "not here", "usage": "queue"}
    ]
    assert (await home.web.get("/api/complete", params={**query, "line": "/vd"})).json() == []
    await home.post("/api/run", as_="lead", where="dm", line="/vdp queue")
    assert [one.event for one in home.bot.heard] == ["home", "complete", "run-1"]


async def test_a_fault_is_told_by_its_reference_only(home: House, caplog: pytest.LogCaptureFixture) -> None:
    answer = await home.post("/api/run", as_="lead", where="dm", line="/vdp fail")
    assert _code(answer) == (500, "internal")
    reference = re.search(r"[0-9a-f]{8}", answer.json()["error"]["text"])
    assert reference and reference[0] in caplog.text and "LookupError" in caplog.text
    assert "stranger" not in answer.text + caplog.text
    assert (await home.post("/api/run", as_="lead", where="dm", line="/vdp queue")).status_code == 200


async def test_files_come_back_as_they_were_sent_and_never_run(home: House) -> None:
    data = bytes(range(256)) * 4000
    await home.say("researcher", "", **{"../../evil\u202e<b>.html": data, "empty.asc": b""})
    files = (await home.messages("researcher", "dm-researcher"))[0]["files"]
    assert [(one["name"], one["size"]) for one in files] == [
        ("evil\\u202e<b>.html", len(data)),
        ("empty.asc", 0),
    ]
    got = await home.web.get(f"/api/files/{files[0]['id']}", params={"as": "researcher"})
    assert got.content == data
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"].startswith("attachment; filename*=UTF-8''evil")
    assert "sandbox" in got.headers["content-security-policy"]
    picture = Sending(
        Post("local", "leadership", Body(say("d"))), "d", 1, picture=Upload("d.png", b"\x89PNG", "d")
    )
    await home.local.deliver(picture)
    number = (await home.messages("lead", "leadership"))[0]["picture"]
    assert (await home.web.get(f"/api/files/{number}", params={"as": "lead"})).headers[
        "content-type"
    ] == "image/png"


async def test_an_archived_channel_is_read_and_not_written(home: House) -> None:
    await home.channel("triage-a", "lead")
    await home.posts("triage-a", "p", "words")
    await home.local.deliver(Sending(CloseChannel("local", "triage-a"), "c", 1))
    assert _code(await home.say("lead", "more", where="triage-a")) == (409, "channel_archived")
    assert [one["text"] for one in await home.messages("lead", "triage-a")] == ["words"]
    assert (await home.web.get("/api/conversations", params={"as": "lead"})).json()[-1]["archived"] is True


async def test_a_thousand_messages_are_read_page_by_page(home: House) -> None:
    place = await home.local.world.place("researcher", "dm")
    assert place is not None
    for number in range(1010):
        await home.local.world.say(place, "researcher", f"m{number}", [])
    found: list[dict[str, Any]] = []
    while page := await home.messages(
        "researcher", "dm-researcher", after=found[-1]["id"] if found else 0, limit=300
    ):
        assert len(page) <= 300
        found += page
    assert [one["text"] for one in found] == [f"m{n}" for n in range(1010)]
    newest = await home.messages("researcher", "dm-researcher")
    assert [one["text"] for one in newest] == [f"m{n}" for n in range(10, 1010)]
    older = await home.messages("researcher", "dm-researcher", before=newest[0]["id"])
    assert [one["text"] for one in older] == [f"m{n}" for n in range(10)]
    await home.bot.hears(1010)
    assert home.bot.texts() == [f"m{n}" for n in range(1010)]


async def test_the_clock_goes_forward_only_and_tells_the_bot_before_it_answers(home: House) -> None:
    assert (await home.web.get("/api/clock")).json() == {"now": "2026-11-23T09:00:00.000Z"}
    assert (await home.post("/api/clock", advance="25h")).json() == {"now": "2026-11-24T10:00:00.000Z"}
    assert home.bot.moves == 1
    moved = await home.post("/api/clock", to="2026-12-01T09:00:00Z")
    assert moved.json() == {"now": "2026-12-01T09:00:00.000Z"} and home.bot.moves == 2
    wrong: list[dict[str, Any]] = [
        {}, {"advance": "1h", "to": "2027-01-01T00:00:00Z"}, {"advance": "-1h"}, {"advance": 5},
        {"advance": "soon"}, {"advance": "999999d"}, {"to": "2026-11-30T00:00:00Z"},
        {"to": "2026-12-02T00:00:00"}, {"to": "9999-12-31T00:00:00Z"},
    ]  # fmt: skip
    for values in wrong:
        assert _code(await home.web.post("/api/clock", json=values)) == (400, "bad_argument"), values
    assert home.local.clock.now() == START + timedelta(days=8) and home.bot.moves == 2
    await asyncio.gather(*(home.post("/api/clock", advance="1h") for _ in range(8)))
    assert home.local.clock.now() == START + timedelta(days=8, hours=8) and home.bot.moves == 10


async def test_direct_messages_can_be_closed(home: House) -> None:
    closed = await home.post("/api/people/researcher", dms=False)
    assert closed.json() == {"id": "researcher", "name": "researcher", "roles": ["researcher"], "dms": False}
    assert _code(await home.post("/api/people/researcher", dms="no")) == (400, "bad_argument")


async def test_a_foreign_web_site_cannot_drive_it(home: House) -> None:
    port, body = home.local.port, b'{"as":"lead","where":"dm","text":"x"}'
    ours = {"host": f"127.0.0.1:{port}", "content-type": "application/json"}

    async def post(**headers: str) -> int:
        sent = {**ours, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return (await home.web.post("/api/say", content=body, headers=sent)).status_code

    for host in (
        "evil.example",
        f"evil.example:{port}",
        "127.0.0.1",
        f"127.0.0.1:{port + 1}",
        f"127.0.0.1.evil.example:{port}",
        "",
    ):
        assert await post(host=host) == 403, host
        assert (await home.web.get("/", headers={"host": host})).status_code == 403
    for origin in (
        "http://evil.example",
        "null",
        f"https://127.0.0.1:{port}",
        f"http://localhost:{port}",
        "http://127.0.0.1",
    ):
        assert await post(origin=origin) == 403, origin
    for site in ("cross-site", "same-site"):
        assert await post(sec_fetch_site=site) == 403
        got = await home.web.get(
            "/api/people", headers={"sec-fetch-site": site, "sec-fetch-mode": "navigate"}
        )
        assert got.status_code == 403
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        assert await post(content_type=kind) == 415
    assert home.bot.heard == [] and await home.messages("lead", "dm-lead") == []
    for host in ("127.0.0.1", "localhost", "LOCALHOST", "[::1]"):
        assert (
            await post(
                host=f"{host}:{port}", origin=f"http://{host.lower()}:{port}", sec_fetch_site="same-origin"
            )
            == 202
        )


async def test_every_answer_has_the_strict_headers(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "index.html").write_text("<!doctype html><title>x</title>")
    (pages / "app.js").write_text("1")
    (tmp_path / "secret.txt").write_text("secret")
    async with house(tmp_path, pages=pages) as world:
        wanted = {
            "/": 200,
            "/static/app.js": 200,
            "/static/none.js": 404,
            "/static/..%2fsecret.txt": 404,
            "/api/people": 200,
        }
        wanted |= {"/api/nothing": 404, "/nothing": 404, "/api/say": 405, "/static/": 404}
        for path, status in wanted.items():
            answer = await world.web.get(path)
            assert answer.status_code == status, path
            policy = answer.headers["content-security-policy"]
            for part in (
                "default-src 'none'",
                "script-src 'self'",
                "form-action 'none'",
                "base-uri 'none'",
                "frame-ancestors 'none'",
            ):
                assert part in policy
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["cache-control"] == ("no-store" if path.startswith("/api") else "no-cache")
            assert "server" not in answer.headers
        refused = await world.web.get("/", headers={"host": "evil.example"})
        assert refused.headers["cache-control"] == "no-cache" and "content-security-policy" in refused.headers


async def test_without_its_page_the_api_still_answers(tmp_path: Path) -> None:
    async with house(tmp_path, pages=tmp_path / "none") as world:
        assert (await world.web.get("/")).status_code == 404
        assert (await world.web.get("/static/app.js")).status_code == 404
        assert (await world.web.get("/api/people")).status_code == 200


async def test_oversize_is_refused_with_words_and_what_fits_goes_through(tmp_path: Path) -> None:
    async with house(tmp_path, sent_limit=200_000) as world:
        assert (await world.say("researcher", "", fits=b"x" * 201_000)).status_code == 202
        assert _code(await world.say("researcher", "", big=b"x" * 400_000)) == (413, "too_large")

        async def chunks() -> AsyncIterator[bytes]:
            yield b'{"text": "'
            for _ in range(50):
                yield b"x" * 10_000

        headers = {"content-type": "application/json"}
        assert _code(await world.web.post("/api/say", content=chunks(), headers=headers)) == (
            413,
            "too_large",
        )
        await world.bot.hears(1)
        assert len(await world.messages("researcher", "dm-researcher")) == 1


async def test_commands_wait_for_a_bot_and_messages_do_not(tmp_path: Path) -> None:
    local = Local(tmp_path / "local.sqlite", system=ManualClock(START))
    await local.open()
    stop = asyncio.Event()
    serving = asyncio.create_task(local.serve(stop))
    async with httpx.AsyncClient(base_url=local.address) as web:
        where = {"as": "lead", "where": "dm"}
        assert (await web.post("/api/say", json={**where, "text": "early"})).status_code == 202
        answer = await web.post("/api/run", json={**where, "line": "/vdp"})
        assert _code(answer) == (503, "starting") and answer.headers["retry-after"] == "1"
        assert _code(await web.get("/api/home", params={"as": "lead"})) == (503, "starting")
    stop.set()
    await serving
    await local.close()
    async with house(tmp_path) as world:
        await world.bot.hears(1)
        assert world.bot.texts() == ["early"]


@asynccontextmanager
async def _stream(
    home: House, *who: str, **headers: str
) -> AsyncIterator[AsyncIterator[tuple[str, str, Any]]]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with home.web.stream("GET", "/api/stream", params={"as": list(who)}, headers=sent) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield _events(answer)


async def _events(answer: httpx.Response) -> AsyncIterator[tuple[str, str, Any]]:
    event: dict[str, str] = {}
    async for line in answer.aiter_lines():
        name, _, value = line.partition(": ")
        if line.startswith(":"):
            yield "", "beat", {}
        elif line:
            event[name] = value
        elif event:
            yield event["id"], event["event"], json.loads(event["data"])
            event = {}


async def _next(events: AsyncIterator[tuple[str, str, Any]], count: int) -> list[tuple[str, str, Any]]:
    async with asyncio.timeout(10):
        return [await anext(events) for _ in range(count)]


async def test_two_readers_see_what_is_theirs_as_it_happens(home: House) -> None:
    async with _stream(home, "lead") as lead, _stream(home, "researcher") as researcher:
        assert [(await _next(one, 1))[0][1] for one in (lead, researcher)] == ["hello", "hello"]
        await home.channel("triage-a", "lead")
        await home.posts("triage-a", "p", "in the channel")
        await home.posts("hall-of-fame", "f", "for all")
        await home.say("researcher", "hello")
        await home.post("/api/clock", advance="1h")
        seen = await _next(researcher, 3)
        assert [(name, (data.get("message") or {}).get("text")) for _, name, data in seen] == [
            ("message", "for all"),
            ("message", "hello"),
            ("clock", None),
        ]
        assert seen[-1][2] == {"kind": "clock", "now": "2026-11-23T10:00:00.000Z"}
        theirs = await _next(lead, 4)
        assert [name for _, name, _ in theirs] == ["conversation", "message", "message", "clock"]
        assert "dm-researcher" not in json.dumps(theirs)
        await home.local.deliver(Sending(SetMembers("local", "triage-a", ("owner",)), "m", 1))
        await home.posts("triage-a", "q", "no longer theirs")
        await home.posts("hall-of-fame", "g", "for all again")
        left, again = await _next(lead, 2)
        assert left[2] == {"kind": "conversation", "id": "triage-a", "gone": True}
        assert again[2]["message"]["text"] == "for all again"
        assert (await _next(researcher, 1))[0][2]["message"]["text"] == "for all again"


async def test_one_stream_serves_several_readers_and_tells_each_change_once(home: House) -> None:
    async with _stream(home, "researcher", "lead", "researcher") as both:
        assert (await _next(both, 1))[0][1] == "hello"
        await home.channel("triage-a", "lead")
        await home.posts("triage-a", "p", "in the channel")
        await home.direct("owner", "o", "for somebody else")
        await home.posts("hall-of-fame", "f", "for all")
        await home.say("researcher", "hello")
        seen = await _next(both, 4)
        assert [(name, (data.get("message") or {}).get("text")) for _, name, data in seen] == [
            ("conversation", None), ("message", "in the channel"), ("message", "for all"), ("message", "hello"),
        ]  # fmt: skip
    answer = await home.web.get("/api/stream", params={"as": ["lead", "nobody"]})
    assert answer.status_code == 400


async def test_each_kind_of_change_is_told(home: House) -> None:
    async with _stream(home, "lead") as lead:
        await _next(lead, 1)
        await home.channel("triage-a", "lead")
        opened = (await _next(lead, 1))[0]
        assert opened[1] == "conversation" and opened[2]["conversation"]["id"] == "triage-a"
        await home.posts("triage-a", "p", "words\nand more")
        said = (await _next(lead, 1))[0]
        assert said[1] == "message" and said[2]["message"]["text"] == "words\nand more"
        await home.local.deliver(Sending(Edit("local", "p", Body(say("other")), channel="triage-a"), "e", 1))
        changed = (await _next(lead, 1))[0]
        assert (changed[1], changed[2]["message"]["text"]) == ("edit", "other")
        await home.local.deliver(Sending(Erase("local", "p", channel="triage-a"), "x", 1))
        assert (await _next(lead, 1))[0][1:] == (
            "erase", {"kind": "erase", "conversation": "triage-a", "id": said[2]["message"]["id"]},
        )  # fmt: skip
        assert int(said[0]) < int(changed[0])


async def test_a_stream_resumes_where_it_broke_off(home: House) -> None:
    async with _stream(home, "lead") as lead:
        await _next(lead, 1)
        await home.posts("leadership", "a", "first")
        last = (await _next(lead, 1))[0][0]
    await home.posts("leadership", "b", "second")
    await home.direct("researcher", "c", "not theirs")
    async with _stream(home, "lead", last_event_id=last) as lead:
        hello, second = await _next(lead, 2)
        assert hello[0] == last and second[2]["message"]["text"] == "second"
        await home.posts("leadership", "d", "third")
        assert (await _next(lead, 1))[0][2]["message"]["text"] == "third"
    async with _stream(home, "lead", last_event_id="99999") as lead:
        assert [one[1] for one in await _next(lead, 2)] == ["hello", "reset"]
    answer = await home.web.get("/api/stream", params={"as": "lead"}, headers={"last-event-id": "x"})
    assert _code(answer) == (400, "bad_argument")


async def test_a_silent_stream_shows_that_it_lives(tmp_path: Path) -> None:
    async with house(tmp_path, beat=0.01) as world, _stream(world, "lead") as lead:
        assert [one[1] for one in await _next(lead, 3)] == ["hello", "beat", "beat"]


async def test_an_open_stream_does_not_hold_up_the_end(tmp_path: Path) -> None:
    async with house(tmp_path) as world, _stream(world, "lead") as lead:
        await _next(lead, 1)
        world.stop.set()
        async with asyncio.timeout(10):
            assert [one async for one in lead] == []


async def test_a_cancelled_server_gives_its_port_back(tmp_path: Path) -> None:
    local = Local(tmp_path / "local.sqlite")
    await local.open()
    port = local.port
    serving = asyncio.create_task(local.serve(asyncio.Event()))
    async with httpx.AsyncClient(base_url=local.address) as web:
        assert (await web.get("/api/people")).status_code == 200
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
    await local.close()
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", port))


async def test_the_same_world_goes_on_at_the_same_port(tmp_path: Path) -> None:
    bot = EchoBot()
    async with house(tmp_path, bot) as world:
        port = world.local.port
        await world.say("researcher", "before")
    async with house(tmp_path, bot, port=port) as world:
        assert world.local.address == f"http://127.0.0.1:{port}"
        await world.say("researcher", "after")
        await bot.hears(2)
        assert bot.texts() == ["before", "after"]
        assert [one["text"] for one in await world.messages("researcher", "dm-researcher")] == [
            "before",
            "after",
        ]
