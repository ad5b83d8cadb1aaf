"""What is said when a case comes to its end: the researcher's last look, their appeal, agreement, credit and publication."""

from __future__ import annotations

from commands.text import Text, bold, say

CLEAR = "The chat platform can read this; encrypt it if it matters."
CONFIRMED = "You confirmed that already. Thank you."
COUNTS = "Thank you, that counts. We verify again and come back to you."
MORE_DAYS = "You have seven more days; the status above shows the new date."
NO_MORE_DAYS = "You had your seven more days. Confirm, tell us that it still works, or pass."
PASSED = "Understood. We close it on our own numbers; one more message follows."
SO_ALREADY = "That is so already."
TOO_LATE = "The 30 days for an appeal are over. Send a new report that names this one."
APPEALED = "Your appeal is with the lead. Somebody who did not close it judges it."
APPEALED_ALREADY = "Your appeal is with the lead already."
AGREED_ALREADY = "You agreed already. Thank you."
OUR_SIDE_AGREED = "Our side agreed already."
NAME = "Use letters, digits, spaces and . - _ ' @ for the name, at most 40."
NAME_SHORT = "Letters, digits, spaces and . - _ ' @, at most 40."
LINK = "Write a link that begins with https://, without blanks and at most 200 characters, such as https://heron.example/about."
LINK_SHORT = "Such as https://heron.example, at most 200 characters."
NO_NAME = "No name, then. Send credit and a name to change that."


def fixed(report: str) -> Text:
    """The researcher confirmed the fix."""
    return say("Thank you. ", bold(report), " is resolved; one more message follows.")


def still_works(k: int, n: int) -> str:
    """Shown in the channel, before the researcher's own words."""
    return f"It still works: {k} of {n}."


def not_at_retest(report: str) -> Text:
    """More days are for a retest."""
    return say(bold(report), " is not with you to retest now. Send status to see where it is.")


def not_set_aside(report: str) -> Text:
    """An appeal is for what was set aside."""
    return say(bold(report), " was not set aside. Write to us here instead.")


def not_resolved(report: str, *, staff: bool = False) -> Text:
    """Nothing can be agreed on yet."""
    return say(bold(report), " is not resolved yet. ", "See /vdp show for what is next." if staff else "Send status to see where it is.")


def rehearsed(report: str) -> Text:
    """A test is not published."""
    return say(bold(report), " is a rehearsal, and nothing of it becomes public. See /vdp program go-live for what is next.")


def agreed(report: str, *, named: bool) -> Text:
    """The researcher agrees to publish."""
    return say("Thank you. We publish ", bold(report), " when our side agrees as well.",
               "" if named else " By which name do we thank you? Send credit and the name, or credit none.")


def waits_for_you(report: str, shown: Text) -> Text:
    """Our side agreed first; `shown` is what would be published."""
    return say("Our side agrees to publish ", bold(report), ". This is what people would read:\n\n", shown,
               "\n\nIt waits for your word.")


def recorded(*, waiting: bool) -> Text:
    """Our side's word is written down."""
    return say("Recorded. ", "It waits for the researcher." if waiting else "Both sides agree: publish it now.")


def thanked(name: str, *, link: str = "", public: bool) -> Text:
    """By which name they are thanked, and where it leads."""
    return say("We thank you as ", bold(name), f", with {link}" if link else "", "." if public else " once it is published.",
               " Send credit none to change that.")


def no_name_kept(report: str) -> Text:
    """The key under which a name would be kept is destroyed."""
    return say("The data of ", bold(report), " is destroyed by now, so we keep no new name for it. Send credit none to take down one that "
               "still stands.")


def no_words_kept(report: str) -> Text:
    """The key under which words would be kept is destroyed."""
    return say("The data of ", bold(report), " is destroyed by now, so it takes no words. Send a new report that names it.")


def published(report: str, credit: str) -> Text:
    """It is public; what became of the thanks."""
    thanks = {"name": "The hall of fame says thank you.", "none": "No name is announced, as the researcher chose."}
    return say(bold(report), " is published. ", thanks.get(credit, "No name is announced: the researcher has not chosen one."))


def published_already(report: str) -> Text:
    """It was published before."""
    return say(bold(report), " is published already.")
