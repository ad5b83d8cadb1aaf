"""What people do in Slack's client: write, upload, edit, join, leave, archive. Commands and modals are in `uses.py`.

What the client itself would not let them do raises ClientRefuses; the app never hears of it.
"""

from __future__ import annotations

import base64
import mimetypes
import re
from typing import Any

from tests.platforms.slack_standin.backend import Backend
from tests.platforms.slack_standin.names import secret
from tests.platforms.slack_standin.refusals import ClientRefuses
from tests.platforms.slack_standin.things import Channel, File, Json, Message, Person
from tests.platforms.slack_standin.wordings import rich, typed


class Acts:
    """People's doings. Every public method is an operation of the control surface: JSON in, JSON out."""

    def __init__(self, back: Backend) -> None:
        self.back = back

    # -- finding --
    def _person(self, who: str) -> Person:
        found = self.back.space.person(who)
        if found is None:
            raise LookupError(f"no such person: {who}")
        if found.deleted:
            raise ClientRefuses("this account is deactivated")
        return found

    def _place(self, who: Person, channel: str, *, member: bool = True) -> Channel:
        space = self.back.space
        found = space.direct(who.id) if channel in {"", "dm"} else space.channels.get(channel) or space.named(channel.removeprefix("#"))
        if found is None or found.deleted:
            raise LookupError(f"no such channel: {channel}")
        if member and who.id not in found.members:
            raise ClientRefuses("not a member of this channel")
        return found

    def _open(self, channel: Channel) -> Channel:
        if channel.archived:
            raise ClientRefuses("this channel is archived")
        tab = self.back.manifest
        if channel.kind == "im" and (self.back.tokens.state == "gone" or tab.read_only or not tab.messages_tab):
            raise ClientRefuses("sending messages to this app has been turned off")
        return channel

    def _own(self, who: Person, channel: Channel, ts: str) -> Message:
        found = channel.messages.get(ts)
        if found is None or found.deleted:
            raise LookupError(f"no such message: {ts}")
        if found.user != who.id or found.subtype not in {"", "file_share"}:
            raise ClientRefuses("this is somebody else's message")
        return found

    def _shown(self, channel: Channel, message: Message) -> Json:
        return self.back.space.body(channel, message, metadata=True) | {"channel": channel.id}

    # -- messages --
    def say(self, who: str, channel: str, text: str, thread: str = "", linkify: bool = False, smart: bool = False) -> Json:
        """Write a message; `<@U..>` in it stays a mention."""
        person = self._person(who)
        place = self._open(self._place(person, channel))
        message = self.back.space.post(
            place, person.id, self._written(text, linkify=linkify, smart=smart), blocks=rich(text), thread=thread,
            extra={"client_msg_id": secret()})
        return self._shown(place, message)

    def _written(self, text: str, *, linkify: bool, smart: bool) -> str:
        found = typed(text, linkify=linkify, smart=smart)
        people = self.back.space.people
        return re.sub(r"&lt;@(\w+)&gt;", lambda one: f"<@{one[1]}>" if one[1] in people else one[0], found)

    def upload(self, who: str, channel: str, files: list[Json], text: str = "", thread: str = "") -> Json:
        """Share files (name, content_base64, perhaps title, mode, foreign), with a text or without."""
        person = self._person(who)
        place = self._open(self._place(person, channel))
        made = [self._made(person, one) for one in files]
        message = self.back.space.share(place, person.id, made, typed(text), thread=thread, extra={"client_msg_id": secret()})
        return self._shown(place, message)

    def stage(self, who: str, name: str, content_base64: str) -> Json:
        """Upload a file into a form; the answer is what a file input takes."""
        found = self._made(self._person(who), {"name": name, "content_base64": content_base64})
        found.for_app = True
        return found.body(self.back.base)

    def _made(self, who: Person, given: Json) -> File:
        data = base64.b64decode(given["content_base64"])
        found = self.back.space.file(who.id, given["name"], len(data), title=given.get("title", ""))
        found.data, found.done, found.ready = data, True, True
        found.mode = given.get("mode", "hosted")
        found.foreign = bool(given.get("foreign"))
        kind = mimetypes.guess_type(found.name)[0] or "application/octet-stream"
        found.mimetype = given.get("mimetype") or ("text/plain" if found.mode == "snippet" else kind)
        return found

    def edit(self, who: str, channel: str, ts: str, text: str) -> Json:
        """Change one's own message."""
        person = self._person(who)
        place = self._open(self._place(person, channel))
        message = self._own(person, place, ts)
        self.back.space.edit(place, message, text=self._written(text, linkify=False, smart=False), blocks=rich(text))
        return self._shown(place, message)

    def delete(self, who: str, channel: str, ts: str) -> None:
        """Delete one's own message."""
        person = self._person(who)
        place = self._place(person, channel)
        self.back.space.erase(place, self._own(person, place, ts))

    # -- channels --
    def create_channel(self, who: str, name: str, private: bool = True) -> str:
        """Make a channel; returns its id."""
        if self.back.space.named(name):
            raise ClientRefuses("that name is taken")
        return self.back.space.create(name, private=private, creator=self._person(who).id).id

    def invite(self, who: str, channel: str, user: str) -> None:
        """Add somebody, or the app itself, to a channel one is in."""
        person = self._person(who)
        place = self._open(self._place(person, channel))
        guest = self._person(user)
        if guest.id in place.members:
            raise ClientRefuses("already a member")
        self.back.space.join(place, guest.id, person.id)

    def join(self, who: str, channel: str) -> None:
        """Join a public channel."""
        person = self._person(who)
        place = self._open(self._place(person, channel, member=False))
        if place.kind != "public":
            raise ClientRefuses("private channels are joined by invitation")
        self.back.space.join(place, person.id)

    def leave(self, who: str, channel: str) -> None:
        """Leave a channel."""
        person = self._person(who)
        self.back.space.leave(self._place(person, channel), person.id)

    def remove(self, who: str, channel: str, user: str) -> None:
        """Remove somebody, or the app, from a channel."""
        person = self._person(who)
        place, other = self._place(person, channel), self.back.space.person(user)
        if other is None or other.id not in place.members:
            raise ClientRefuses("not a member")
        self.back.space.leave(place, other.id, person.id)

    def archive(self, who: str, channel: str) -> None:
        """Archive a channel."""
        person = self._person(who)
        self.back.space.archive(self._open(self._place(person, channel)), person.id)

    def unarchive(self, who: str, channel: str) -> None:
        """Open an archived channel again."""
        person = self._person(who)
        self.back.space.unarchive(self._place(person, channel), person.id)

    def rename(self, who: str, channel: str, name: str) -> None:
        """Give a channel another name."""
        person = self._person(who)
        if self.back.space.named(name):
            raise ClientRefuses("that name is taken")
        self.back.space.rename(self._open(self._place(person, channel)), name, person.id)

    def describe(self, who: str, channel: str, word: str, text: str) -> None:
        """Set topic or purpose."""
        if word not in {"topic", "purpose"}:
            raise ValueError(f"a channel has no {word}")
        person = self._person(who)
        self.back.space.describe(self._open(self._place(person, channel)), word, text, person.id)

    def delete_channel(self, who: str, channel: str) -> None:
        """Delete a channel for good."""
        person = self._person(who)
        self.back.space.remove(self._place(person, channel), person.id)

    def deactivate(self, who: str) -> None:
        """Lose the account: the person leaves every channel and hears nothing any more."""
        person = self._person(who)
        for one in self.back.space.channels.values():
            if one.kind != "im" and person.id in one.members:
                self.back.space.leave(one, person.id)
        person.deleted = True

    def reactivate(self, who: str) -> None:
        """Get the account back."""
        found = self.back.space.person(who)
        if found is None:
            raise LookupError(f"no such person: {who}")
        found.deleted = False

    def add_person(self, name: str, id: str = "", email: str = "", guest: str = "", real_name: str = "") -> str:
        """Let somebody into the workspace; returns the id. Guests are multi, single, blocked or hidden."""
        who = Person(id or self.back.space.names.new("U"), name, email, real_name, guest=guest)
        return self.back.space.add(who).id

    def user_group(self, handle: str, users: list[str]) -> str:
        """Make a user group; returns its id."""
        found: dict[str, Any] = {"id": self.back.space.names.new("S"), "handle": handle, "name": handle, "users": users,
                                 "user_count": len(users), "date_delete": 0}
        self.back.groups.append(found)
        return str(found["id"])
