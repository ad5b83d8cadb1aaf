"""What the app says in answer to an interaction: in an acknowledgement, or later over a response URL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.platforms.slack_standin.refusals import Refusal
from tests.platforms.slack_standin.things import Json

if TYPE_CHECKING:
    from tests.platforms.slack_standin.backend import Backend


def respond(back: Backend, word: str, args: Json) -> None:
    """Carry out one answer over a response URL; raises Refusal."""
    place = back.tickets.respond(word)
    channel = back.space.channels[place.channel]
    source = channel.messages.get(place.source)
    private = next((one for one in back.whispers if one.ts == place.source), None)
    if args.get("delete_original"):
        if private is not None:
            private.gone = True
        elif source is not None:
            back.space.erase(channel, source)
        return
    if args.get("replace_original") and private is not None:
        private.text, private.blocks = back.content(args)
        return
    if args.get("replace_original") and source is not None:
        text, blocks = back.content(args)
        back.space.edit(channel, source, text=text, blocks=blocks)
        return
    if args.get("response_type") == "in_channel":
        if channel.archived:
            raise Refusal("is_archived")
        back.bot_says(channel, args, thread=str(args.get("thread_ts") or ""))
    else:
        back.whisper(place.user, place.channel, args, "response_url")


def command(back: Backend, user: str, channel: str, answer: Json | None) -> Json:
    """Show the answer in the acknowledgement of a command; tells what the person then sees."""
    if not answer or not (answer.get("text") or answer.get("blocks")):
        return {"kind": "nothing", "error": ""}
    try:
        if answer.get("response_type") == "in_channel":
            message = back.bot_says(back.space.channels[channel], answer)
            return {"kind": "message", "error": "", "text": message.text, "blocks": message.blocks, "ts": message.ts}
        found = back.whisper(user, channel, answer, "answer")
        return {"kind": "whisper", "error": "", "text": found.text, "blocks": found.blocks, "ts": found.ts}
    except Refusal as wrong:
        return {"kind": "error", "error": wrong.code}
