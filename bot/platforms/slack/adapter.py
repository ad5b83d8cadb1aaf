"""The Slack platform: what the bot hears there is recorded before Slack is told so, and what it does there.

Decides how each kind of event is answered. One middleware of Bolt does all of it, before any listener: what raises there is
not acknowledged, so Slack tells it again. Leaves reading events to `heard.py`, drawing to `blocks.py`, `forms.py` and
`home.py`, and performing effects to `deliver.py`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Self

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from starlette.applications import Starlette

from bot.platforms.port import Facts, Handle, Known, Limits, Mark, Outcome, Sending, Tier, nobody
from bot.platforms.slack import blocks, forms, heard
from bot.platforms.slack.api import SLACK, Api, Json, Rejected, SlackError, Unclear, Wait
from bot.platforms.slack.deliver import Deliveries
from bot.platforms.slack.home import home as home_view
from bot.platforms.slack.line import Line
from bot.platforms.slack.manifest import missing
from bot.platforms.slack.missed import Missed
from bot.platforms.slack.places import Places
from bot.platforms.slack.sheet import SHOW
from bot.platforms.slack.web import site
from commands.calls import FileRef, Incoming, Reply
from config.clock import Clock
from config.settings import Settings

log = logging.getLogger("harborlight.slack")

COMMAND = "/vdp"
SHORTCUT = "add_to_report"
_MINUTE = 60.0
_OK = BoltResponse(status=200, body="")
_REVOKED = frozenset(("tokens_revoked", "app_uninstalled"))


class CannotStartError(Exception):
    """Slack cannot be used as it is set up; the text says what to do."""


class Slack:
    """One workspace as a platform of the bot."""

    name = "slack"
    limits = Limits(
        text=12_000, pace=1.0, own_names=True,
        tiers=(Tier("open_channel", 20, _MINUTE), Tier("close_channel", 20, _MINUTE)),
    )

    def __init__(self, *, token: str, app_token: str = "", signing_secret: str = "", url: str = SLACK, clock: Clock) -> None:
        """With `app_token` it listens by Socket Mode; with `signing_secret` `http` answers signed requests."""
        self._token, self._app_token, self._secret, self._url, self._clock = token, app_token, signing_secret, url, clock
        self.caught_up = asyncio.Event()
        self._handle: Handle | None = None

    @classmethod
    def of(cls, settings: Settings, clock: Clock) -> Self:
        """Return the workspace that the settings name."""
        bot, app, secret = settings.slack_bot_token, settings.slack_app_token, settings.slack_signing_secret
        return cls(token=bot.get_secret_value() if bot else "", app_token=app.get_secret_value() if app else "",
                   signing_secret=secret.get_secret_value() if secret else "", url=settings.slack_api_url, clock=clock)

    async def open(self) -> None:
        """Check what was given; raises CannotStartError with what to do."""
        self.api = Api(self._token, url=self._url, clock=self._clock)
        self.places = Places(self.api)
        self.deliveries = Deliveries(self.api, self.places)
        self.missed = Missed(self.api, self.places)
        try:
            self.places.bot = str((await self._tried("SLACK_BOT_TOKEN", "auth.test")).get("user_id", ""))
            lacking = missing(self.api.scopes) if self.api.scopes else []
            if lacking:
                raise CannotStartError(f"SLACK_BOT_TOKEN: the app lacks the scopes {', '.join(lacking)}. Add them under OAuth & "
                                       "Permissions, install the app again, and give its new token.")
            if self._app_token:
                await self._tried("SLACK_APP_TOKEN", "apps.connections.open", token=self._app_token)
        except BaseException:
            await self.api.close()
            raise
        self.app = AsyncApp(
            signing_secret=self._secret or None, client=self.api.client,
            request_verification_enabled=bool(self._secret), logger=logging.getLogger("slack_bolt"),
        )
        self.app.middleware(self._arrived)

    async def _tried(self, name: str, method: str, **given: Any) -> Json:
        try:
            return await self.api.call(method, **given)
        except (SlackError, Rejected) as refused:
            raise CannotStartError(f"{name}: Slack does not take it ({refused.code}). Copy it again from the app's settings.") from None
        except (Wait, Unclear):
            raise CannotStartError(f"{name}: Slack could not be asked. Look at the connection and SLACK_API_URL.") from None

    async def close(self) -> None:
        """Close the connections."""
        await self.api.close()

    def site(self) -> Starlette | None:
        """Return what takes Slack's signed requests, where there is a signing secret."""
        return site(self.app, well=lambda: not self.api.rejected) if self._secret else None

    # -- what arrives ------------------------------------------------------------------------------------------

    async def receive(self, handle: Handle, mark: Mark, known: Known = nobody) -> None:
        """Give what people said while the bot was away, then what they say now; until cancelled."""
        await self.missed.known()
        self.missed.into(handle, mark)
        self._handle = handle
        line = Line(self.app, self._app_token, api=self.api, again=self.missed.again) if self._app_token else None
        try:
            if line is not None:
                await line.open()
            await self.missed.all()
            self.caught_up.set()
            await asyncio.Event().wait()
        finally:
            self._handle = None
            if line is not None:
                await line.close()

    async def _arrived(self, req: AsyncBoltRequest, next_: Callable[[], Awaitable[None]]) -> BoltResponse:
        """Answer one request of Slack's; an exception here means that it is not acknowledged."""
        if self._handle is None:
            raise RuntimeError("not receiving")
        body: Json = dict(req.body)
        kind = str(body.get("type") or ("command" if body.get("command") else ""))
        match kind:
            case "event_callback":
                await self._event(dict(body.get("event") or {}))
            case "command":
                return await self._command(self._handle, body)
            case "block_actions":
                await self._press(self._handle, body)
            case "view_submission":
                return await self._submit(self._handle, body)
            case "message_action" if body.get("callback_id") == SHORTCUT:
                incoming = await heard.shortcut(body, self.places, self._clock.now())
                await self._answer(body, await self._handle(incoming))
            case _:
                pass  # known to Slack, nothing to us: acknowledged, so that it is not told again
        return _OK

    async def _event(self, event: Json) -> None:
        assert self._handle is not None  # noqa: S101  looked at in _arrived
        match event.get("type"):
            case "message":
                incoming = await heard.message(event, self.places)
                if incoming is not None:
                    await self.missed.before(str(event["channel"]))
                    await self._handle(incoming)
            case "app_home_opened" if event.get("tab", "home") == "home":
                await self._home(self._handle, event)
            case "group_rename" | "member_joined_channel" | "member_left_channel" | "group_archive" | "group_left":
                await self._by_hand(self._handle, event)
            case kind if kind in _REVOKED and (event.get("tokens") or {"bot": True}).get("bot"):
                self.api.judged(well=False)

    async def _home(self, handle: Handle, event: Json) -> None:
        reply = await handle(heard.home(event, self._clock.now()))
        if reply.panel is not None:
            await self._quietly("views.publish", user_id=event["user"], view=home_view(
                reply.panel, title="Harborlight", above=reply if reply.text or reply.card else None))

    async def _by_hand(self, handle: Handle, event: Json) -> None:
        """Pass on what people did to a channel; one of ours gets its name back, because a report is found by it."""
        notice = await heard.notice(event, self.places, self._clock.now())
        if notice is None:
            return
        if event["type"] == "group_rename":
            await self._quietly("conversations.rename", channel=event["channel"]["id"], name=notice.conversation)
        await handle(notice)

    async def _command(self, handle: Handle, body: Json) -> BoltResponse:
        incoming = await heard.command(body, self.places, self._clock.now())
        reply = await handle(incoming)
        if reply.form is not None:
            await self._show(body, reply, str(body["channel_id"]), incoming)
            return _OK
        message = blocks.reply(reply)
        if message.cut:  # a dialog holds more
            await self._quietly("views.open", trigger_id=body["trigger_id"], view=forms.said(reply))
            return _OK
        # Never text alone: over a socket a text that begins with a brace would be read as data, and not acknowledged.
        return BoltResponse(status=200, body={"response_type": "ephemeral", "text": message.text, "blocks": message.blocks})

    async def _press(self, handle: Handle, body: Json) -> None:
        if not (body.get("actions") or [{}])[0].get("value"):
            return  # a field of a form, or a link
        incoming = await heard.press(body, self.places, self._clock.now())
        reply = await handle(incoming)
        if str(body["actions"][0].get("action_id", "")).startswith(SHOW):
            await self._quietly("views.open", trigger_id=body["trigger_id"], view=forms.said(reply))
        else:
            await self._answer(body, reply, incoming)

    async def _submit(self, handle: Handle, body: Json) -> BoltResponse:
        reply = await handle(await heard.submit(body, self.places, self._clock.now()))
        wrong = forms.errors(reply, body["view"])
        if wrong is not None:
            return BoltResponse(status=200, body=wrong)
        if reply.form is not None:
            found = forms.submitted(body["view"])
            view = forms.view(reply.form, where=found.where, message=found.message, words=reply.text)
            return BoltResponse(status=200, body={"response_action": "update", "view": view})
        if reply.text or reply.card is not None:
            return BoltResponse(status=200, body={"response_action": "update", "view": forms.said(reply)})
        return _OK

    async def _answer(self, body: Json, reply: Reply, incoming: Incoming | None = None) -> None:
        """Answer a press or a shortcut: a form, or words that only the person sees."""
        channel = str((body.get("channel") or {}).get("id") or "")
        if reply.form is not None:
            await self._show(body, reply, channel, incoming)
        elif not (reply.text or reply.card):
            return
        elif channel and not (message := blocks.reply(reply)).cut:
            await self._quietly("chat.postEphemeral", channel=channel, user=body["user"]["id"], text=message.text,
                                blocks=message.blocks)
        else:  # the Home tab has no conversation, and a dialog holds more than a message
            await self._quietly("views.open", trigger_id=body["trigger_id"], view=forms.said(reply))

    async def _show(self, body: Json, reply: Reply, channel: str, incoming: Incoming | None) -> None:
        assert reply.form is not None  # noqa: S101  looked at by the callers
        view = forms.view(reply.form, where=channel, message=incoming.message if incoming else "", words=reply.text)
        await self._quietly("views.open", trigger_id=body["trigger_id"], view=view)

    async def _quietly(self, method: str, **given: Any) -> None:
        """Call what is only for the moment: an answer that does not arrive is asked for again by the person."""
        try:
            await self.api.call(method, **given)
        except (SlackError, Wait, Unclear) as lost:
            kind = type(lost).__name__
            log.warning("Slack did not take an answer: %s, %s", method, kind)

    # -- what leaves -------------------------------------------------------------------------------------------

    async def deliver(self, sending: Sending) -> Outcome:
        """Perform one effect; with `attempt` above 1 look before acting."""
        return await self.deliveries.perform(sending)

    async def fetch(self, file: FileRef, limit: int) -> bytes:
        """Return the bytes of a file, at most `limit` + 1; raises FileNotFoundError when it is gone, OSError when it is away."""
        try:
            found = (await self.api.call("files.info", file=file.id))["file"]
        except SlackError:
            raise FileNotFoundError(file.id) from None
        except (Wait, Unclear) as lost:
            raise OSError(type(lost).__name__) from None
        return await self.api.download(str(found.get("url_private_download") or found.get("url_private") or ""), limit + 1)

    async def look(self, channel: str) -> Facts:
        """Return what is known of a channel."""
        try:
            found = (await self.api.call("conversations.info", channel=await self.places.find(channel)))["channel"]
            members = [str(one) async for one in self.api.pages("conversations.members", "members", channel=found["id"])]
        except SlackError:
            return Facts(exists=False)
        return Facts(exists=True, archived=bool(found.get("is_archived")), private=bool(found.get("is_private")),
                     members=tuple(one for one in members if one != self.places.bot))
