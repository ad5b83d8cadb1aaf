"""What doctor looks at on Slack: tokens, scopes, and the two standing channels.

Decides nothing about the rest of the house. Only looks: it posts nothing and joins nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from commands.wording import doctor as wording
from config.clock import SystemClock

if TYPE_CHECKING:
    from config.program import Program
    from config.settings import Settings


async def looked_at(settings: Settings, program: Program) -> AsyncIterator[tuple[str, str, str]]:
    """Yield what was found as name, words, and what to do; the last is empty where all is well."""
    from bot.platforms.slack.adapter import CannotStartError, Slack

    slack = Slack.of(settings, SystemClock())
    try:
        await slack.open()
    except CannotStartError as wrong:
        yield "slack", str(wrong), wording.SLACK_HINT
        return
    try:
        yield "slack", wording.SLACK_GOOD, ""
        for name in filter(None, (program.channels.thanks(slack.name), program.channels.leaders(slack.name))):
            found = await slack.look(name)
            if not found.exists or found.archived:
                yield "slack channels", wording.slack_no_channel(name), wording.SLACK_CHANNEL_HINT
            else:
                yield "slack channels", wording.slack_channel(name), ""
    finally:
        await slack.close()
