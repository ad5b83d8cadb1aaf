"""What is said about the policy: which version stands, what its lint found, and that it changed."""

from __future__ import annotations

from collections.abc import Sequence

from commands.text import Text, bold, code, lines, say
from commands.times import count
from commands.wording import policy_lint
from config.policy.policy_lint import Finding
from config.program import PolicyEdition

_SHOWN = 20


def shown(edition: PolicyEdition, text: Text, *, waits: bool) -> Text:
    """The policy with its version."""
    note = say("It differs from what was announced. Tell researchers with ", code("/vdp program announce-policy"), ".\n\n")
    if not waits:
        note = say("")
    return say(f"Version {edition.version}, {edition.date}.\n\n", note, text)


def findings(found: tuple[Finding, ...]) -> Text:
    """What the lint found, line by line."""
    rows = [say(policy_lint.line(one)) for one in found[:_SHOWN]]
    more = [say(f"And {len(found) - _SHOWN} more.")] if len(found) > _SHOWN else []
    return lines([say(bold(policy_lint.summary(found))), *rows, *more])


def changed(edition: PolicyEdition, what: str, reports: Sequence[tuple[str, str]]) -> Text:
    """Tells a researcher with open reports what changed, and what does not."""
    kept = ", ".join(f"{report} (version {version})" for report, version in reports)
    return say("Our policy changed: version ", bold(edition.version), f", {edition.date}. {what} Your open reports stay under the version they "
               f"came under: {kept}. Send ", code("policy"), " to read the new one.")


def announced(version: str, people: int) -> Text:
    """Answers who announced it."""
    if not people:
        return say(f"Version {version} stands. Nobody has an open report, so nobody is told.")
    return say(f"Version {version} stands. {count(people, 'researcher')} with open reports {'is' if people == 1 else 'are'} told.")


def announced_already(version: str) -> Text:
    """Nothing changed."""
    return say(f"Version {version} is announced already.")


def same_version(version: str) -> str:
    """The text changed under the same number."""
    return (f"The policy changed, and is still called version {version}. Give it a new version and date in program.toml, then start "
            "the bot again.")


def no_such_version(known: Sequence[str]) -> str:
    """Nobody announced that version."""
    return f"There is no such version. There are: {', '.join(known)}. Send policy with one of them."
