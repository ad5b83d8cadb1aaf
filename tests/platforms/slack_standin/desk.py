"""The control surface: what tests may do and see, as operations by name with JSON in and out.

People's doings come from `uses.py`; here are the faults, the switches of the workspace and the reading of its state.
"""

from __future__ import annotations

import asyncio
import base64
import inspect
from dataclasses import replace
from typing import Any

from tests.platforms.slack_standin import names
from tests.platforms.slack_standin.faults import Fault
from tests.platforms.slack_standin.manifest import read as read_manifest
from tests.platforms.slack_standin.things import Channel, Json
from tests.platforms.slack_standin.uses import Uses
from tests.platforms.slack_standin.wordings import alive

_TICK = 0.005  # seconds


class Desk(Uses):
    """Everything a test can ask for."""

    async def perform(self, word: str, args: Json) -> Any:
        """Do one operation; raises LookupError for an unknown one, and whatever the operation raises."""
        found = self.now(word, args)
        return await found if inspect.isawaitable(found) else found

    def now(self, word: str, args: Json) -> Any:
        """Do one operation that does not wait, or start one that does."""
        if word.startswith("_") or word in {"perform", "now", "back"}:
            raise LookupError(f"no such operation: {word}")
        run = getattr(self, word, None)
        if run is None:
            raise LookupError(f"no such operation: {word}")
        return run(**args)

    # -- faults --
    def fault(self, method: str, kind: str, **more: Any) -> None:
        """Let the next calls of a method go wrong."""
        self.back.faults.order(Fault(method, kind, **more))

    def clear_faults(self) -> None:
        """Let every call go right again."""
        self.back.faults.clear()

    def drop_acks(self, times: int = 1) -> None:
        """Lose the next acknowledgements."""
        self.back.posts.tricks.drop_acks = times

    def duplicate_events(self, times: int = 1) -> None:
        """Deliver each of the next events twice at once."""
        self.back.posts.tricks.duplicates = times

    def reorder_events(self, count: int) -> None:
        """Hold the next `count` events back, then deliver the last first."""
        self.back.posts.tricks.reorder = count

    def hold_events(self) -> None:
        """Keep events back until they are released."""
        self.back.posts.tricks.holding = True

    def release_events(self, backwards: bool = False) -> None:
        """Deliver what was kept back."""
        self.back.posts.release(backwards=backwards)

    def lose_events(self, on: bool = True) -> None:
        """Never deliver what happens from now on, as after an outage too long for Slack."""
        self.back.posts.tricks.losing = on

    def redeliver(self, delivery: int) -> None:
        """Deliver an event once more under its old event id."""
        self.back.posts.again(delivery)

    # -- sockets and callbacks --
    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Announce the end of every socket, for this reason, and close them."""
        await self.back.sockets.disconnect(reason)

    async def close_sockets(self) -> None:
        """Close every socket without a word."""
        await self.back.sockets.cut()

    def silent(self, on: bool = True) -> None:
        """Let the open sockets fall silent."""
        self.back.sockets.silence(on)

    def patience(self, seconds: float) -> None:
        """How many real seconds an acknowledgement may take from now on."""
        self.back.sockets.ack_seconds = self.back.callbacks.ack_seconds = seconds

    def expire_triggers(self) -> None:
        """Let every trigger given so far be too old."""
        self.back.tickets.expire()

    def sockets(self) -> Json:
        """How many sockets are open, how many ever were, and the pings that came."""
        found = self.back.sockets
        return {"open": found.count, "opened": found.opened, "pings": list(found.pings)}

    def request_url(self, url: str) -> None:
        """Where HTTP deliveries go from now on."""
        self.back.callbacks.url = url

    async def verify_url(self) -> bool:
        """Ask the request URL its challenge."""
        return await self.back.callbacks.verify()

    def skew(self, seconds: int) -> None:
        """Let the time stamps of signatures be wrong by so many seconds."""
        self.back.callbacks.skew = seconds

    # -- the app's standing --
    def revoke_tokens(self, which: str = "bot") -> None:
        """Revoke the bot token or the app token; tokens_revoked is told for the bot."""
        if which == "app":
            self.back.tokens.app_state = "revoked"
            return
        self.back.told("tokens_revoked", None, {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [self.back.space.bot.id]}})
        self.back.tokens.state = "revoked"

    def expire_token(self) -> None:
        """Let the bot token run out."""
        self.back.tokens.state = "expired"

    def uninstall(self) -> None:
        """Remove the app from the workspace."""
        self.back.told("app_uninstalled", None, {"type": "app_uninstalled"})
        self.back.tokens.state = self.back.tokens.app_state = "gone"

    def restore(self) -> None:
        """Make the tokens good again, as after a new installation."""
        self.back.tokens.state = self.back.tokens.app_state = "live"

    def rotate_secret(self) -> str:
        """Sign with a new secret from now on; returns it."""
        self.back.tokens.signing_secret = self.back.callbacks.signing_secret = names.secret()
        return self.back.tokens.signing_secret

    def oauth_code(self) -> str:
        """A code that oauth.v2.access takes once."""
        word = names.secret()
        self.back.tokens.codes.add(word)
        return word

    def manifest(self, given: Json) -> None:
        """Install the app anew with this manifest, in Slack's own shape."""
        self.back.manifest = read_manifest(given)

    def scopes(self, add: list[str] | None = None, remove: list[str] | None = None) -> list[str]:
        """Change the scopes of the installation; returns those it has."""
        held = (self.back.manifest.scopes | set(add or ())) - set(remove or ())
        self.back.manifest = replace(self.back.manifest, scopes=frozenset(held))
        return sorted(held)

    def subscribe(self, add: list[str] | None = None, remove: list[str] | None = None) -> list[str]:
        """Change the subscriptions to events; returns those it has."""
        held = (self.back.manifest.events | set(add or ())) - set(remove or ())
        self.back.manifest = replace(self.back.manifest, events=frozenset(held))
        return sorted(held)

    def app_home(self, home_tab: bool = True, messages_tab: bool = True, read_only: bool = False) -> None:
        """Switch the tabs of the app's Home."""
        self.back.manifest = replace(self.back.manifest, home_tab=home_tab, messages_tab=messages_tab, read_only=read_only)

    def advance(self, seconds: float) -> None:
        """Move the stand-in's time forward: limits, schedules, response URLs, time stamps."""
        self.back.clock.advance(seconds)
        self.back.due()

    # -- waiting --
    async def settled(self, seconds: float = 10.0) -> None:
        """Wait until nothing is on its way to the app; TimeoutError after so many real seconds."""
        async with asyncio.timeout(seconds):
            while self.back.busy:
                await asyncio.sleep(_TICK)

    async def connected(self, count: int = 1, seconds: float = 10.0) -> None:
        """Wait until so many sockets are open; TimeoutError after so many real seconds."""
        async with asyncio.timeout(seconds):
            while self.back.sockets.count < count:
                await asyncio.sleep(_TICK)

    # -- reading --
    def facts(self) -> Json:
        """What a client needs to begin: address, tokens, ids."""
        back = self.back
        return {
            "api_url": f"{back.base}/api/", "control_url": f"{back.base}/control/", "mode": back.options.mode,
            "bot_token": back.tokens.bot, "app_token": back.tokens.app, "signing_secret": back.tokens.signing_secret,
            "user_id": back.first_person.id, "channel_id": back.desk.id, "bot_user": back.space.bot.id,
            "bot_id": back.space.bot_id, "team_id": "T0STANDIN01",
        }

    def people(self) -> list[Json]:
        """Everybody, with the app's own user."""
        return [{"id": one.id, "name": one.name, "email": one.email, "guest": one.guest, "deleted": one.deleted,
                 "is_bot": one.is_bot} for one in self.back.space.people.values()]

    def channels(self) -> list[Json]:
        """Every conversation with its members, archived and deleted ones too."""
        return [self._room(one) for one in self.back.space.channels.values()]

    def channel(self, channel: str, who: str = "") -> Json:
        """One conversation: by id, by name, or `dm` with the person `who`."""
        return self._room(self._channel(channel, who))

    def messages(self, channel: str, who: str = "", everything: bool = False) -> list[Json]:
        """The messages of a conversation, oldest first; `everything` adds Slack's own and deleted ones."""
        place = self._channel(channel, who)
        return [
            self._shown(place, one) | {"deleted": one.deleted, "by_app": one.by_app, "live": alive(one.text, one.blocks)}
            for one in place.messages.values()
            if everything or (not one.deleted and one.subtype in {"", "file_share"})
        ]

    def whispers(self, who: str) -> list[Json]:
        """What only this person saw and sees."""
        person = self._person(who)
        return [one.body() | {"live": alive(one.text, one.blocks)} for one in self.back.whispers if one.user == person.id]

    def modals(self, who: str) -> list[Json]:
        """The modals this person has open, the top one last."""
        return [one.body(self.back.space.bot_id) for one in self.back.views.stacks.get(self._person(who).id, [])]

    def home(self, who: str) -> Json | None:
        """The Home that was published for this person."""
        found = self.back.views.homes.get(self._person(who).id)
        return None if found is None else found.body(self.back.space.bot_id)

    def calls(self, method: str = "") -> list[Json]:
        """Every API call, or those of one method, in order."""
        return [one.body() for one in self.back.calls if method in {"", one.method}]

    def forget_calls(self) -> None:
        """Begin the record of calls anew."""
        self.back.calls.clear()

    def deliveries(self, kind: str = "") -> list[Json]:
        """Everything the app was told, with each attempt; `kind` is an event, payload or envelope type."""
        found = [one.body() for one in self.back.posts.record]
        return [one for one in found if kind in {"", one["kind"], one["event"]}]

    def files(self) -> list[Json]:
        """Every file, with its size and where it is."""
        return [one.body(self.back.base) | {"deleted": one.deleted, "done": one.done, "ready": one.ready}
                for one in self.back.space.files.values()]

    def scheduled(self) -> list[Json]:
        """What waits to be posted."""
        return [{k: v for k, v in one.items() if k != "args"} for one in self.back.scheduled.values()]

    def file_bytes(self, file: str) -> str | None:
        """The bytes of a file in base64."""
        data = self.back.space.files[file].data
        return None if data is None else base64.b64encode(data).decode()

    def _channel(self, channel: str, who: str) -> Channel:
        if channel == "dm":
            return self.back.space.direct(self._person(who).id)
        return self._place(self.back.space.bot, channel, member=False)

    def _room(self, channel: Channel) -> Json:
        return {"id": channel.id, "name": channel.name, "kind": channel.kind, "members": list(channel.members),
                "archived": channel.archived, "deleted": channel.deleted, "creator": channel.creator, "topic": channel.topic,
                "purpose": channel.purpose, "pins": list(channel.pins), "bookmarks": list(channel.bookmarks)}
