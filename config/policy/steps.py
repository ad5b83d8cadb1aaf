"""Which steps of a colleague may be taken back, for how long, what stands in the way, and what is final for which reason.

Decides nothing about how a step is taken back: that is `commands/guards/undo.py`. Acts are named as commands, what happened as the ledger
names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

LASTS: Final = timedelta(minutes=30)  # how long a step can be taken back

UNDOABLE: Final = frozenset({
    "acknowledge", "ask", "accept", "severity", "close-without-fix", "assign", "owner", "case not-mine", "work", "mitigate",
    "more-time", "fix", "verify", "result", "case resolve-limited", "case decline", "case appeal", "case regress", "case cause",
})

FINAL: Final[Mapping[str, str]] = MappingProxyType({
    "publish": "public",  # what was published is read and copied
    "flag": "called",  # people were called, at any hour
    "close": "closed",  # its channel is closed, on Discord perhaps gone
    "agreed": "agreed",  # a word given to the other side
    "evidence": "trials",  # a trial that was made is not unmade: whoever could drop it could choose the ones that fit
    "replay_thrown_away": "trials",
    "regression_item": "regression",  # releases may have been tried against it
    "regression_item_gone": "regression",
    "facts": "facts",  # a fact is corrected by writing it again
    "withdraw": "theirs",  # the researcher's own step
    "embargo": "agreed",
    "advisory": "public",
    "statement": "public",
    "proposal_settled": "proposal",  # a proposal that was withdrawn is made again
})
"""Kinds of ledger entries that nothing takes back, each with the reason that people read."""

BESIDE: Final = frozenset({
    "mark", "retried", "revived", "given_up", "undelivered", "delivered", "dead_letter", "clear_confirmed", "alike", "note", "message_in",
    "message_out", "message_moved", "message_edited", "message_deleted", "unsent", "facts_asked", "refused", "nudge", "pseudonym",
    "drift", "undone", "roster", "roster_left",
})
"""Kinds that rest on no step: talk, what the clock served and what became of messages. Everything else stands in the way."""
