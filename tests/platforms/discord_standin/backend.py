"""Everything one stand-in holds, tied together: guild, gateway, interactions, commands, limits, faults, the record of calls."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote

from tests.platforms.discord_standin import names
from tests.platforms.discord_standin.faults import Faults
from tests.platforms.discord_standin.gateway import Gateway
from tests.platforms.discord_standin.guild import Guild, furnish
from tests.platforms.discord_standin.interactions import Interactions
from tests.platforms.discord_standin.limits import Limits
from tests.platforms.discord_standin.things import Attachment, Channel, Json, Message
from tests.platforms.slack_standin.clock import StandinClock

CDN_LIFE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Options:
    """How one stand-in is set up. Seconds of answers and heartbeats are real; limits are Discord's and shrink with the rate."""

    rate: float = 1.0
    now: Callable[[], datetime] | None = None
    limits: bool = True
    per_second: int = 50
    renames: int = 2  # in ten minutes
    answer_seconds: float = 3.0
    follow_seconds: float = 10.0  # how long people wait for what follows a deferred answer
    heartbeat_seconds: float = 41.25
    session_seconds: float = 180.0
    nonce_seconds: float = 300.0
    nonce_in_history: bool = False
    per_category: int = 50
    per_guild: int = 500
    category_code: int = 50035  # or 30013
    active_threads: int = 1000
    thread_members: int = 1000
    creates_per_day: int = 200
    approved: tuple[str, ...] = ()  # members, presences, message_content
    mutual_needed: bool = True


@dataclass(slots=True)
class Called:
    """One request. `at` is the clock of the limits; `early` says that a told wait was not kept."""

    route: str
    method: str
    path: str
    params: dict[str, str]
    body: Json
    files: list[str]
    at: float
    early: bool = False
    status: int = 0
    answer: object = None
    fault: str = ""
    scope: str = ""
    reason: str = ""

    def record(self) -> Json:
        """The request for the record."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class Commands:
    """The registered application commands by id, and how many were created on which day."""

    globally: dict[str, Json] = field(default_factory=dict)
    in_guild: dict[str, Json] = field(default_factory=dict)
    created: list[datetime] = field(default_factory=list)
    writes: int = 0


class Backend:
    """One guild with one bot, without its web server."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.clock = StandinClock(options.rate, options.now)
        self.host = ""
        self.secret = names.secret().encode()
        self.cdn_epoch = 0  # goes up when every address is made to expire
        self.files: dict[str, Attachment] = {}
        self.guild = Guild(self.clock, self.cdn)
        furnish(self.guild)
        self.token = names.bot_token(self.guild.bot.id)
        self.token_good = True
        self.approved = set(options.approved)
        self.limits = Limits(self.clock, options.limits, options.per_second, (options.renames, 600.0))
        self.faults = Faults()
        self.interactions = Interactions(self.clock.now, options.answer_seconds)
        self.commands = Commands()
        self.calls: list[Called] = []
        self.nonces: dict[tuple[str, str], Message] = {}
        self.typing: list[str] = []
        self.troubles: list[str] = []  # what broke in the stand-in itself
        self.caps = {"per_category": options.per_category, "per_guild": options.per_guild, "category_code": options.category_code,
                     "active_threads": options.active_threads, "thread_members": options.thread_members}
        self.gateway = Gateway(
            self.guild, valid=lambda token: self.token_good and token == self.token, url=lambda: f"ws://{self.host}/gateway/",
            seconds=lambda: self.clock.now().timestamp(), approved=self.approved, heartbeat=options.heartbeat_seconds,
            life=options.session_seconds)

    @property
    def base(self) -> str:
        """Where it answers, without a slash at the end."""
        return f"http://{self.host}"

    @property
    def flags(self) -> int:
        """The application's flags: limited intents that are switched on in the portal."""
        bits = {"presences": 1 << 13, "members": 1 << 15, "message_content": 1 << 19}
        return sum(bit for name, bit in bits.items() if name in self.approved)

    # -- files --
    def cdn(self, one: Attachment, channel: str) -> str:
        """The signed address of a file, good for a day from now."""
        self.files[one.id] = one
        now = self.clock.now()
        until, since = int((now + CDN_LIFE).timestamp()), int(now.timestamp())
        where = f"/attachments/{channel}/{one.id}/{quote(one.filename)}"
        return f"{self.base}{where}?ex={until:x}&is={since:x}&hm={self.sign(f'{channel}/{one.id}', f'{until:x}')}&"

    def sign(self, what: str, until: str) -> str:
        """The signature of an address."""
        return hmac.new(self.secret, f"{what}?{until}?{self.cdn_epoch}".encode(), hashlib.sha256).hexdigest()

    def fresh(self, what: str, until: str, signature: str) -> bool:
        """Whether a signature is right and its time not over."""
        good = hmac.compare_digest(self.sign(what, until), signature)
        return good and int(until, 16) >= self.clock.now().timestamp()

    # -- nonces --
    def posted(self, channel: Channel, nonce: str) -> Message | None:
        """The message that this nonce has posted within the window."""
        found = self.nonces.get((channel.id, nonce))
        if found is None or (self.clock.now() - found.at).total_seconds() > self.options.nonce_seconds:
            return None
        return found

    @property
    def content_hidden(self) -> bool:
        """Whether the REST API keeps the content of other people's messages in the guild from the bot."""
        return "message_content" not in self.approved
