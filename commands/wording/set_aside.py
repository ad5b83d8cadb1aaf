"""The dialog that closes a report without a fix: the reason, then the message exactly as it is sent."""

from __future__ import annotations

GO_ON = "Go on"
CLOSE = "Close it"
ABOUT_REASON = "First the reason. Then you see the message to the researcher, and can change it before anything is sent."
ABOUT_MESSAGE = "The researcher gets this exactly as it stands here. Change it as you like."
CLAUSE_HELP = "For out of scope: where the policy says so, in at most 30 characters, such as scope 2.3."
NO_CLAUSE = "Name the clause of the policy that puts it out of scope, such as scope 2.3."
LONG_CLAUSE = "Name the clause in at most 30 characters, such as scope 2.3. The rest belongs into the message."
NO_WORDS = "Write at least a sentence, such as: Thank you, we have read it."
NO_MESSAGE = "The researcher learns the reason from this. Write at least a sentence, or close the dialog: nothing was sent."

REASONS = (
    ("duplicate", "duplicate of another report"), ("out-of-scope", "out of scope"), ("not-reproduced", "not reproduced"),
    ("informative", "informative, needs no fix"), ("spam", "spam: nothing is sent"),
)

_TITLES = {"duplicate": "Close as a duplicate", "out-of-scope": "Close as out of scope", "not-reproduced": "Close as not reproduced",
           "informative": "Close as informative"}


def title(reason: str) -> str:
    """The second step says what is about to happen."""
    return _TITLES[reason]


def with_clause(words: str, clause: str) -> str:
    """The message with the place in the policy after its first sentence that says so."""
    head, found, rest = words.partition("do not work on it.")
    return f"{head}do not work on it. Our policy says so under {clause}.{rest}" if found else words
