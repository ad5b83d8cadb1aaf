"""How a Web API method says no: Slack's own codes, and nothing about HTTP."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):  # noqa: N818  Slack refuses; nothing is broken
    """A method is refused with `{"ok": false, "error": code}` and whatever else Slack adds."""

    def __init__(self, code: str, messages: tuple[str, ...] | list[str] = (), **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.messages = list(messages)
        self.more = more

    def body(self) -> dict[str, Any]:
        """The JSON body that Slack answers with."""
        body: dict[str, Any] = {"ok": False, "error": self.code, **self.more}
        if self.messages:
            body["response_metadata"] = {"messages": [f"[ERROR] {one}" for one in self.messages]}
        return body


class Limited(Exception):  # noqa: N818
    """A call came too early: HTTP 429, and this many of Slack's seconds to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(str(seconds))
        self.seconds = seconds


class ClientRefuses(Exception):  # noqa: N818
    """What a person tried is not possible in Slack's own client, so the app never hears of it."""
