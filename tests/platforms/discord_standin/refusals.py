"""How Discord says no: HTTP status, its own code, and the tree of form errors; and how its client says no to a person."""

from __future__ import annotations

from typing import Any

from tests.platforms.slack_standin.refusals import ClientRefuses

__all__ = ["ClientRefuses", "Form", "Limited", "Refused", "units", "unknown"]

_UNKNOWN = {"channel": (10003, "Unknown Channel"), "guild": (10004, "Unknown Guild"), "member": (10007, "Unknown Member"),
            "message": (10008, "Unknown Message"), "role": (10011, "Unknown Role"), "user": (10013, "Unknown User"),
            "webhook": (10015, "Unknown Webhook"), "interaction": (10062, "Unknown interaction"),
            "command": (10063, "Unknown application command"), "overwrite": (10009, "Unknown Overwrite")}


class Refused(Exception):  # noqa: N818  Discord refuses; nothing is broken
    """A request is refused with this HTTP status and body."""

    def __init__(self, status: int, code: int, message: str, errors: dict[str, Any] | None = None) -> None:
        super().__init__(f"{status}/{code} {message}")
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors

    def body(self) -> dict[str, Any]:
        """The JSON body that Discord answers with."""
        body: dict[str, Any] = {"message": self.message, "code": self.code}
        if self.errors:
            body["errors"] = self.errors
        return body


def unknown(what: str) -> Refused:
    """The refusal for something that is not there, or no more: channel, message, interaction ..."""
    return Refused(404, *_UNKNOWN[what])


class Limited(Exception):  # noqa: N818
    """A request came too early: HTTP 429, so many real seconds to wait, and whose limit it is."""

    def __init__(self, seconds: float, scope: str = "user", code: int = 0) -> None:
        super().__init__(f"{seconds:.3f} s ({scope})")
        self.seconds = seconds
        self.scope = scope
        self.code = code

    def body(self) -> dict[str, Any]:
        """The JSON body that Discord answers with."""
        words = "The resource is being rate limited." if self.scope == "shared" else "You are being rate limited."
        body: dict[str, Any] = {"message": words, "retry_after": round(self.seconds, 3), "global": self.scope == "global"}
        if self.code:
            body["code"] = self.code
        return body


def units(text: str) -> int:
    """The length of a text in UTF-16, the longest way to count it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class Form:
    """What is wrong in a request body, collected by path; `done` refuses it all at once with 50035."""

    def __init__(self) -> None:
        self.errors: dict[str, Any] = {}

    def wrong(self, path: str, code: str, message: str) -> None:
        """Note one error at a dotted path."""
        place = self.errors
        for part in path.split("."):
            place = place.setdefault(part, {})
        place.setdefault("_errors", []).append({"code": code, "message": message})

    def length(self, path: str, value: Any, least: int, most: int) -> str:
        """Note a text that is missing, no text, or of the wrong length; returns it."""
        if value is None:
            if least:
                self.wrong(path, "BASE_TYPE_REQUIRED", "This field is required")
            return ""
        if not isinstance(value, str):
            self.wrong(path, "STRING_TYPE_CONVERT", "Could not interpret value as string.")
            return ""
        if units(value) > most:
            self.wrong(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
        elif units(value) < least:
            word = "BASE_TYPE_REQUIRED" if least == 1 else "BASE_TYPE_MIN_LENGTH"
            self.wrong(path, word, "This field is required" if least == 1 else f"Must be at least {least} in length.")
        return value

    def count(self, path: str, value: Any, least: int, most: int) -> list[Any]:
        """Note a list that is none, too short or too long; returns it."""
        if not isinstance(value, list):
            self.wrong(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return []
        if not least <= len(value) <= most:
            self.wrong(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
        return value

    def choice(self, path: str, value: Any, among: Any) -> None:
        """Note a value that is not among the allowed ones."""
        if value not in among:
            self.wrong(path, "BASE_TYPE_CHOICES", f"Value must be one of {{{', '.join(map(str, sorted(among)))}}}.")

    def done(self) -> None:
        """Raise Refused if anything was noted."""
        if self.errors:
            raise Refused(400, 50035, "Invalid Form Body", self.errors)
