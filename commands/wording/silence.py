"""What is said when no encrypted report comes any more: it may be quiet, or the way in may be broken. Decides words only."""

from __future__ import annotations

from commands.text import Text, say
from config.policy.silence import Quiet

DESK = "The desk itself"  # the digest's heading for what concerns the programme's own state


def silence(quiet: Quiet) -> Text:
    """One line of health and of the digest."""
    return say(sentence(quiet))


def sentence(quiet: Quiet) -> str:
    """The same as a plain string, for a terminal."""
    return (f"No encrypted report for {quiet.days} days, {quiet.before} in the {quiet.days} before. Send a test report encrypted to the "
            "published key.")


def heard(quiet: Quiet) -> str:
    """Said by doctor while there is nothing to fear."""
    if not quiet.recent and not quiet.before:
        return f"no encrypted report in {2 * quiet.days} days; there is nothing to compare with"
    return f"{quiet.recent} in the last {quiet.days} days, {quiet.before} in the {quiet.days} before"


HINT = "Encrypt a test report to the key as it is published, and send it the way researchers do."
