"""Everything one stand-in holds, tied together: state, limits, faults, views, deliveries, and the record of calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.platforms.slack_standin import answers, names
from tests.platforms.slack_standin.blocks import message_blocks
from tests.platforms.slack_standin.callbacks import Callbacks
from tests.platforms.slack_standin.clock import StandinClock
from tests.platforms.slack_standin.delivery import PostRoom, Tricks
from tests.platforms.slack_standin.faults import Faults
from tests.platforms.slack_standin.limits import Limits
from tests.platforms.slack_standin.manifest import DEFAULT, Manifest
from tests.platforms.slack_standin.modals import View, Views
from tests.platforms.slack_standin.refusals import Refusal
from tests.platforms.slack_standin.sockets import Sockets
from tests.platforms.slack_standin.things import APP, TEAM, Channel, File, Json, Message, Person
from tests.platforms.slack_standin.tickets import Tickets, Whisper
from tests.platforms.slack_standin.wordings import stored
from tests.platforms.slack_standin.workspace import Workspace

ROLES = ("researcher", "triager-sec", "triager-ml", "owner", "lead", "leadership", "admin", "outsider")


@dataclass(frozen=True, slots=True)
class Options:
    """How one stand-in is set up. Seconds are real ones, delays of retries are Slack's and shrink with the rate."""

    mode: str = "socket"
    rate: float = 1.0
    manifest: Manifest = DEFAULT
    now: Callable[[], datetime] | None = None
    limits: bool = True
    posts_per_minute: int = 600
    events_per_hour: int = 30_000
    ack_seconds: float = 3.0
    trigger_seconds: float = 3.0
    retry_delays: tuple[float, ...] = (0.0, 60.0, 300.0)
    file_seconds: float = 0.2
    socket_seconds: float = 18_060.0
    warning_seconds: float = 10.0
    largest_file: int = 1_000_000_000
    free_plan: bool = False
    history_limited: bool = False
    request_url: str = ""


@dataclass(slots=True)
class Tokens:
    """What the app proves itself with. `state` is live, revoked, expired or gone (uninstalled)."""

    bot: str = field(default_factory=names.bot_token)
    app: str = field(default_factory=names.app_token)
    signing_secret: str = field(default_factory=names.secret)
    state: str = "live"
    app_state: str = "live"
    codes: set[str] = field(default_factory=set)
    refreshes: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Called:
    """One call of a method. `at` is the clock of the limits, `early` says a told wait was not kept."""

    method: str
    args: Json
    at: float
    early: bool
    status: int = 0
    answer: Json = field(default_factory=dict)
    fault: str = ""

    def body(self) -> Json:
        """The call for the record."""
        return {"method": self.method, "args": self.args, "at": self.at, "early": self.early, "status": self.status,
                "answer": self.answer, "fault": self.fault}


class Backend:
    """One workspace with one app, without its web server."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.manifest = options.manifest
        self.clock = StandinClock(options.rate, options.now)
        self.host = ""
        self.space = Workspace(self.clock, lambda: self.base)
        self.space.tell = self.told
        self.tokens = Tokens()
        self.limits = Limits(self.clock, options.limits, options.posts_per_minute)
        self.faults = Faults()
        self.tickets = Tickets(self.clock, options.trigger_seconds)
        self.views = Views(self.space.names, self.clock.seconds)
        self.calls: list[Called] = []
        self.whispers: list[Whisper] = []
        self.scheduled: dict[str, Json] = {}
        self.groups: list[Json] = []
        tricks = Tricks()
        self.sockets = Sockets(tricks, ack_seconds=options.ack_seconds, life=options.socket_seconds,
                               warning=options.warning_seconds)
        delays = tuple(self.clock.real(one) for one in options.retry_delays)
        self.callbacks = Callbacks(tricks, signing_secret=self.tokens.signing_secret, ack_seconds=options.ack_seconds, delays=delays)
        self.callbacks.url = options.request_url
        carrier = self.sockets if options.mode == "socket" else self.callbacks
        self.posts = PostRoom(self.clock, carrier, per_hour=options.events_per_hour)
        self.posts.tricks = tricks
        self._tasks: set[asyncio.Task[None]] = set()
        for i, role in enumerate(ROLES, 1):
            self.space.add(Person(f"U0PERSON0{i}", role, f"{role}@example.org", role.replace("-", " ").title()))
        self.desk = self._first_channels()

    @property
    def base(self) -> str:
        """Where it answers, without a slash at the end."""
        return f"http://{self.host}"

    @property
    def first_person(self) -> Person:
        """The person whom the stand-in names when it starts."""
        return self.space.people["U0PERSON01"]

    def _first_channels(self) -> Channel:
        telling, self.space.tell = self.space.tell, lambda kind, channel, event: None
        admin = "U0PERSON07"
        for name, private in (("general", False), ("announcements", False), ("desk", True)):
            channel = self.space.create(name, private=private, creator=admin)
            people = [one for one in self.space.people if one != admin] if not private else ["U0PERSON01", self.space.bot.id]
            for one in people:
                self.space.join(channel, one)
        self.space.tell = telling
        return channel

    # -- telling the app --
    def told(self, kind: str, channel: Channel | None, event: Json) -> None:
        """Deliver an event if the app subscribes to it, has its scope and is where it happened."""
        if not self.manifest.hears(kind) or self.tokens.state == "gone":
            return
        if channel is not None and self.space.bot.id not in channel.members:
            return
        event.setdefault("event_ts", event.get("ts") or self.space.stamps.new())
        self.posts.event(self.wrapped(event))

    def wrapped(self, event: Json) -> Json:
        """The body around an event."""
        who = {"enterprise_id": None, "team_id": TEAM, "user_id": self.space.bot.id, "is_bot": True, "is_enterprise_install": False}
        number = self.space.names.new("Ev")
        return {"token": "standin", "team_id": TEAM, "api_app_id": APP, "event": event, "type": "event_callback",
                "event_id": number, "event_time": self.clock.seconds(), "authorizations": [who],
                "is_ext_shared_channel": False, "event_context": f"4-{number}"}

    # -- what the app writes --
    def usable(self, file: str) -> bool:
        """Whether a file may be shown in a block: processed, and shared with somebody."""
        found = self.space.files.get(file)
        return found is not None and found.ready and bool(found.channels) and not found.deleted

    def content(self, args: Json) -> tuple[str, list[Json]]:
        """Text and blocks of a message as Slack keeps them; raises Refusal when there are neither or they are wrong."""
        text = str(args.get("text") or "")
        if words := args.get("markdown_text"):
            if text or args.get("blocks"):
                raise Refusal("markdown_text_conflict")
            if len(str(words)) > 12_000:
                raise Refusal("msg_too_long")
            text = str(words)
        blocks = message_blocks(args.get("blocks"), usable=self.usable)
        if not text.strip() and not blocks and not args.get("attachments"):
            raise Refusal("no_text")
        return stored(text[:40_000]), blocks

    def bot_says(self, channel: Channel, args: Json, **more: Any) -> Message:
        """A message of the app."""
        text, blocks = self.content(args)
        return self.space.post(channel, self.space.bot.id, text, blocks=blocks, by_app=True, **more)

    def whisper(self, user: str, channel: str, args: Json, via: str) -> Whisper:
        """A message of the app that only one person sees."""
        text, blocks = self.content(args)
        found = Whisper(self.space.stamps.new(), user, channel, text, blocks, via)
        self.whispers.append(found)
        return found

    def closed(self, view: View, *, cleared: bool) -> None:
        """Tell the app that a view was closed, if it wanted to know."""
        if view.given.get("notify_on_close"):
            self.later(self._tell_closed(view, cleared))

    async def _tell_closed(self, view: View, cleared: bool) -> None:
        who = self.space.people[view.user]
        await self.posts.ask("interactive", {
            "type": "view_closed", "team": {"id": TEAM, "domain": "standin"}, "api_app_id": APP, "token": "standin",
            "user": {"id": who.id, "username": who.name, "name": who.name, "team_id": TEAM},
            "view": view.body(self.space.bot_id), "is_cleared": cleared, "is_enterprise_install": False, "enterprise": None})

    def respond(self, word: str, args: Json) -> None:
        """Carry out one answer over a response URL; raises Refusal."""
        answers.respond(self, word, args)

    # -- what happens later --
    def later(self, work: Any) -> None:
        """Do something by and by; it ends with the stand-in at the latest."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def finish(self, files: list[File], places: list[Channel], text: str, blocks: list[Json], thread: str) -> None:
        """Process uploaded files: types, addresses and the message come after the answer."""
        async def work() -> None:
            await asyncio.sleep(self.options.file_seconds)
            for one in files:
                one.ready = True
            for place in places:
                if not place.archived and self.space.bot.id in place.members:
                    self.space.share(place, self.space.bot.id, files, text, blocks=blocks, thread=thread, by_app=True)
        self.later(work())

    def due(self) -> None:
        """Post scheduled messages whose time has come; lost if the app has left, and with metadata they never post."""
        for name, one in list(self.scheduled.items()):
            if one["post_at"] > self.clock.seconds():
                continue
            del self.scheduled[name]
            channel = self.space.channels.get(one["channel"])
            if channel and not channel.archived and self.space.bot.id in channel.members and not one["args"].get("metadata"):
                self.bot_says(channel, one["args"])

    @property
    def busy(self) -> int:
        """How much is still on its way to somebody."""
        return len(self._tasks) + self.posts.busy

    async def close(self) -> None:
        """Stop everything."""
        for one in list(self._tasks):
            one.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.posts.close()
        await self.sockets.close()
        await self.callbacks.close()
