"""Doing something through the running bot: the client of its JSON API, forms included.

Decides how the running bot is found and how a form is filled from given values and from questions. Leaves how
it looks on a terminal to `cli_show.py`; never launches anything.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import http.client
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from commands.wording import tools as wording

Json = dict[str, Any]
PATIENCE = 60.0  # seconds
PROBLEM = 3  # exit code of a refusal
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class NotRunningError(Exception):
    """No bot answers; the text says what to do."""


class AskError(Exception):
    """What was given does not fit the form; nothing was sent, and the text says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP status and the JSON that came with it."""

    status: int
    data: Any

    @property
    def reply(self) -> Json:
        """The bot's private answer; a refusal of the API itself in the same shape."""
        if isinstance(self.data, dict):
            if isinstance(self.data.get("reply"), dict):
                return dict(self.data["reply"])
            error = self.data.get("error")
            if isinstance(error, dict):
                return {"code": str(error.get("code", "error")), "text": str(error.get("text", ""))}
        return {"code": "error" if self.status >= 400 else "ok", "text": ""}


class Api:
    """The JSON API of one running bot, on this machine only."""

    def __init__(self, address: str, *, patience: float = PATIENCE) -> None:
        """`address` is its loopback URL, `patience` the seconds to wait for one answer.

        Raises NotRunningError for an address that is not on this machine.
        """
        self.address = address
        try:
            found = urlsplit(address)
            self._host, self._port = found.hostname or "", found.port or 80
        except ValueError:
            raise NotRunningError(wording.NOT_RUNNING) from None
        if found.scheme != "http" or self._host not in _LOOPBACK:
            raise NotRunningError(wording.NOT_RUNNING)
        self._patience = patience

    def get(self, path: str, **query: str) -> Answer:
        """Ask; raises NotRunningError when nobody answers."""
        return self._call("GET", f"{quote(path)}?{urlencode(query)}" if query else quote(path), None)

    def post(self, path: str, body: Json) -> Answer:
        """Have something done; raises NotRunningError when nobody answers."""
        return self._call("POST", quote(path), json.dumps(body).encode())

    def _call(self, method: str, path: str, body: bytes | None) -> Answer:
        line = http.client.HTTPConnection(self._host, self._port, timeout=self._patience)
        try:
            headers = {"content-type": "application/json"} if body is not None else {}
            line.request(method, path, body=body, headers=headers)
            answer = line.getresponse()
            return Answer(answer.status, json.loads(answer.read()))
        except (OSError, http.client.HTTPException, ValueError):
            raise NotRunningError(wording.not_there(self.address)) from None
        finally:
            line.close()


def address_file(data: Path) -> Path:
    """Return the file in which a running bot says where it is."""
    return data / "address"


def announce(data: Path, address: str) -> None:
    """Write down where this bot can be reached."""
    address_file(data).write_text(f"{address}\n", encoding="ascii")


def withdraw(data: Path) -> None:
    """Take the address back, as this bot stops."""
    with contextlib.suppress(OSError):
        address_file(data).unlink(missing_ok=True)


def running(data: Path) -> bool:
    """Tell whether a process holds this data folder: the kernel lets go of it however that process ended."""
    try:
        with (data / "running").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # several bots may share the folder, this never does
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def find(data: Path) -> Api:
    """Return the API of the bot that runs on a data folder; raises NotRunningError."""
    try:
        address = address_file(data).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise NotRunningError(wording.NOT_RUNNING) from None
    if not running(data):  # it was killed: another program may have the port by now
        raise NotRunningError(wording.NOT_RUNNING)
    return Api(address)


Ask = Callable[[Json], str]
"""Asks a person for one field, given as the API gives it; raises EOFError when there is nobody to ask."""
Show = Callable[[Json], None]
"""Shows a reply, or the form's errors."""


def do(
    api: Api, line: str, *, who: str, where: str, given: Mapping[str, str], ask: Ask, show: Show
) -> int:
    """Run a command line as somebody, fill what forms it opens, show every answer; return the exit code.

    Fields in `given` are not asked for; with any of them only what is needed is asked. Raises AskError and
    NotRunningError.
    """
    text = line.strip().removeprefix("/vdp").strip()
    answer = api.post("/api/run", {"as": who, "where": where, "line": f"/vdp {text}".strip()})
    reply = answer.reply
    used = False
    while form := reply.get("form"):
        show(reply)
        values = fill(form, given, ask)
        used = True
        while True:
            answer = api.post("/api/submit", {"as": who, "where": where, "form": form["id"], "values": values})
            errors = answer.data.get("errors") if answer.status == 422 else None
            if not errors:
                break
            show({**answer.reply, "errors": errors})
            wrong = [one for one in form["fields"] if one["name"] in errors and one["name"] not in given]
            if not wrong:
                return PROBLEM
            try:
                values |= {one["name"]: _value(one, ask(one)) for one in wrong}
            except EOFError:
                return PROBLEM
        reply = answer.reply
    show(reply)
    if given and not used:
        show({"text": wording.NOTHING_ASKED})
    return 0 if reply.get("code") == "ok" else PROBLEM


def fill(form: Json, given: Mapping[str, str], ask: Ask) -> Json:
    """Return a value for each field of a form, given or asked for; raises AskError."""
    fields = list(form["fields"])
    unknown = [name for name in given if name not in {one["name"] for one in fields}]
    if unknown:
        raise AskError(wording.unknown_field(unknown[0], [one["name"] for one in fields]))
    values: Json = {}
    for one in fields:
        name, before = one["name"], str(one.get("value") or "")
        if name in given:
            values[name] = _value(one, given[name])
        elif not given or (one["required"] and not before):
            try:
                values[name] = _value(one, ask(one))
            except EOFError:
                if one["required"] and not before:
                    raise AskError(wording.still_needed(name)) from None
                values[name] = before
        else:
            values[name] = before
    return values


def _value(field: Json, raw: str) -> Any:
    """Return what is sent for a field: the value of a choice that was named, the bytes of a file."""
    text = raw.strip() or str(field.get("value") or "")
    if field["kind"] == "choice" and text:
        return _choice(field, text)
    if field["kind"] == "file" and text:
        path = Path(text).expanduser()
        try:
            content = base64.b64encode(path.read_bytes()).decode("ascii")
        except OSError:
            raise AskError(wording.no_such_file(text)) from None
        return [{"name": path.name, "content_base64": content}]
    return text


def _choice(field: Json, text: str) -> str:
    choices = field["choices"]
    for one in choices:
        if text.lower() in (str(one["value"]).lower(), str(one["label"]).lower()):
            return str(one["value"])
    if text.isascii() and text.isdigit() and 1 <= int(text) <= len(choices):
        return str(choices[int(text) - 1]["value"])
    raise AskError(wording.no_such_choice(field["name"]))
