"""What the local API says when it cannot do something: one status, one stable code and one sentence each.

Decides only what the door of this platform refuses. What the bot refuses comes from `commands` as a Reply.
"""

from __future__ import annotations

from starlette.responses import JSONResponse


class Refusal(Exception):  # noqa: N818  not a fault: an answer
    """An answer that ends a request: nothing was changed."""

    def __init__(self, status: int, code: str, text: str) -> None:
        """`status` is the HTTP status, `code` the stable word, `text` one sentence for a person."""
        super().__init__(code)
        self.status = status
        self.code = code
        self.text = text

    def response(self) -> JSONResponse:
        """Return the refusal as an HTTP answer."""
        headers = {"retry-after": "1"} if self.status == 503 else None
        error = {"code": self.code, "text": self.text, "message": self.text}
        return JSONResponse({"error": error}, status_code=self.status, headers=headers)


def bad(text: str) -> Refusal:
    """Return the refusal of a request that does not say what it should."""
    return Refusal(400, "bad_argument", text)


def not_found() -> Refusal:
    """Return the one refusal for what is missing and for what is somebody else's."""
    return Refusal(404, "not_found", "There is nothing here for you. Look at your list of conversations.")


def unknown_person() -> Refusal:
    """Return the refusal of a name that nobody in this world has."""
    return Refusal(400, "unknown_person", "Nobody here has that name. Ask /api/people who is there.")


def unknown_button() -> Refusal:
    """Return the refusal of a press on a button that the message does not carry, or no longer."""
    return Refusal(404, "unknown_button", "This message has no such button now. Reload the conversation.")


def archived() -> Refusal:
    """Return the refusal of words in an archived channel."""
    return Refusal(
        409, "channel_archived", "This channel is archived: it can be read, and nothing can be added."
    )


def too_large() -> Refusal:
    """Return the refusal of a request body beyond the limit."""
    return Refusal(413, "too_large", "This is larger than the bot takes. Send less, or send it in parts.")


def starting() -> Refusal:
    """Return the refusal of a command while nobody listens."""
    return Refusal(503, "starting", "The bot is starting or stopping. Try again in a moment.")


def internal(reference: str) -> Refusal:
    """Return the answer to a fault of our own, with the reference that the log has too."""
    text = f"Something went wrong on our side. The log has it as {reference}; try again in a moment."
    return Refusal(500, "internal", text)


def foreign() -> Refusal:
    """Return the refusal of a request that another web site may have caused."""
    return Refusal(
        403, "foreign_request", "Only the page of this bot on this machine may ask. Open its own address."
    )


def not_json() -> Refusal:
    """Return the refusal of a body that is not declared as JSON."""
    return Refusal(415, "not_json", "Send JSON, and say so: content-type application/json.")
