"""What an interaction leaves behind: a trigger for one modal within three seconds, a response URL for five answers."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field

from tests.platforms.slack_standin.clock import StandinClock
from tests.platforms.slack_standin.refusals import Refusal
from tests.platforms.slack_standin.things import Json

USES = 5
HALF_HOUR = 1800  # seconds


@dataclass(slots=True)
class _Trigger:
    user: str
    at: float
    view: str = ""  # the view it came from
    used: bool = False


@dataclass(slots=True)
class Responding:
    """Where a response URL leads: to whom, in which conversation, and from which message it came."""

    user: str
    channel: str
    until: int
    source: str = ""  # ts of the message, or id of the private one
    uses: int = 0


@dataclass(slots=True)
class Tickets:
    """All triggers and response URLs. `seconds` is how long a trigger lives, in real time."""

    clock: StandinClock
    seconds: float = 3.0
    _triggers: dict[str, _Trigger] = field(default_factory=dict)
    responses: dict[str, Responding] = field(default_factory=dict)

    def trigger(self, user: str, view: str = "") -> str:
        """A new trigger of this person, from this view if it came from one."""
        word = f"1{len(self._triggers):012d}.1000000000001.{secrets.token_hex(16)}"
        self._triggers[word] = _Trigger(user, time.monotonic(), view)
        return word

    def use(self, word: str) -> tuple[str, str]:
        """Spend a trigger; returns the person and the view it came from. Raises Refusal when it is no good."""
        found = self._triggers.get(word)
        if found is None:
            raise Refusal("invalid_trigger_id")
        if found.used:
            raise Refusal("exchanged_trigger_id")
        if time.monotonic() - found.at > self.seconds:
            raise Refusal("expired_trigger_id")
        found.used = True
        return found.user, found.view

    def expire(self) -> None:
        """Let every trigger be too old."""
        for one in self._triggers.values():
            one.at -= self.seconds + 1

    def response(self, user: str, channel: str, source: str = "") -> str:
        """A new response word."""
        word = f"T0/{len(self.responses) + 1}/{secrets.token_urlsafe(18)}"
        self.responses[word] = Responding(user, channel, self.clock.seconds() + HALF_HOUR, source)
        return word

    def respond(self, word: str) -> Responding:
        """Count one use of a response URL; raises Refusal with used_url or expired_url."""
        found = self.responses.get(word)
        if found is None or self.clock.seconds() > found.until:
            raise Refusal("expired_url")
        if found.uses >= USES:
            raise Refusal("used_url")
        found.uses += 1
        return found


@dataclass(slots=True)
class Whisper:
    """A message that only one person sees, and that no history keeps. `via` is call, answer or response_url."""

    ts: str
    user: str
    channel: str
    text: str
    blocks: list[Json]
    via: str
    gone: bool = False

    def body(self) -> Json:
        """The whisper for the record."""
        return {"ts": self.ts, "user": self.user, "channel": self.channel, "text": self.text, "blocks": self.blocks,
                "via": self.via, "gone": self.gone}
