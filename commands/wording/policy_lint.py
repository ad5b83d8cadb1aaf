"""What the policy's lint says: for each finding why it is one, and how to mend it."""

from __future__ import annotations

from typing import Final

from config.policy.policy_lint import ERROR, SECTIONS, Finding

# Reason and remedy by rule and reason's name; {about} is what the finding is about.
_WORDS: Final[dict[tuple[str, str], tuple[str, str]]] = {
    ("VDP001", "section"): ("The section “{about}” is missing or empty.", "Add a heading “## {title}” with its text."),
    ("VDP002", "too long"): ("It has {about} words; at most 1,500 are read.", "Cut it to three pages, better to two."),
    ("VDP002", "long"): ("It has {about} words.", "Under 900 it is read in three minutes. Cut what does not change what people do."),
    ("VDP003", "hard"): ("It is hard to read: index {about}, at most 12.", "Use shorter sentences and shorter words."),
    ("VDP003", "hard harbour"): ("The safe harbour is hard to read: index {about}, at most 10.", "Use shorter sentences and "
                                                                                                 "shorter words."),
    ("VDP003", "long sentence"): ("A sentence has {about} words.", "Make two of it; 40 words are the most."),
    ("VDP004", "not in scope list"): (
        "The policy names {about}, which is not in the programme's scope.", "Add it to program.toml as a [[scope]], or take it out here."),
    ("VDP004", "not in policy"): ("The policy does not name {about}.", "Name it in the scope, or write {{{{ scope }}}} there."),
    ("VDP004", "no model"): ("The scope names no model.", "Name at least one model from program.toml."),
    ("VDP004", "no endpoint"): ("The scope names no endpoint or product.", "Name at least one from program.toml."),
    ("VDP005", "behaviour"): ("The scope does not say whether {about} is in or out.", "Say which, in one line."),
    ("VDP006", "harbour authorised"): ("The safe harbour does not say that research is authorised.", "Say so in its first sentence."),
    ("VDP006", "harbour no legal action"): ("It does not say that you take no legal action.", "Say: we take no legal action for it."),
    ("VDP006", "harbour terms waived"): (
        "It does not waive your terms of use.", "Say: where our terms of use say otherwise, we waive them for this work."),
    ("VDP006", "harbour good faith"): ("It does not say what good faith is.", "Say: good faith means ..., in one sentence."),
    ("VDP006", "harbour third party"): (
        "It does not say what you do when a third party takes action.", "Say that you tell them the work was authorised."),
    ("VDP006", "harbour accident"): ("It does not cover an honest mistake.", "Say that an accident is covered: stop, and tell us."),
    ("VDP007", "bound"): (
        "Safe harbour seems to depend on silence, a secrecy agreement or a reward.",
        "Take the condition out: the embargo alone asks people to wait."),
    ("VDP008", "no promise"): ("No time is promised for the {about}.", "Write a number, such as “within 48 hours”."),
    ("VDP008", "too late"): ("The {about} is promised later than 48 hours.", "Promise 48 hours or 2 working days at most."),
    ("VDP008", "other promise"): (
        "The {about} differs from program.toml, which says {more}.", "Make both the same, or write {{{{ {name} }}}} here."),
    ("VDP009", "no days"): ("The disclosure section names no number of days.", "Say when people may publish: program.toml says "
                                                                               "{about} days."),
    ("VDP009", "days out of range"): ("It asks people to wait {about} days.", "Ask for 1 to 180 days; 90 is usual."),
    ("VDP009", "other days"): ("Its first number of days differs from program.toml, which says {about}.",
                               "Make both the same, or write {{{{ embargo }}}} here."),
    ("VDP009", "no early rule"): (
        "It does not say when publishing earlier is right.", "Say: when the flaw is already public or used in attacks."),
    ("VDP010", "no encryption"): ("It names no encrypted way to report.", "Say how people find your key."),
    ("VDP010", "no key yet"): ("The programme has no key yet, so its fingerprint was not compared.", "Make keys with setup, "
                                                                                                     "then lint again."),
    ("VDP010", "no fingerprint"): ("The key's fingerprint is missing.", "Write {{{{ fingerprint }}}} where people read about the key."),
    ("VDP010", "other fingerprint"): ("The fingerprint is not that of the programme's key.", "Write {{{{ fingerprint }}}} in its place."),
    ("VDP010", "key ends"): ("The programme's key ends within 30 days.", "Extend it: `/vdp upkeep extend-key`."),
    ("VDP011", "unlawful"): ("It does not say: do not send content that is unlawful to hold.", "Say so where you say how to report."),
    ("VDP011", "personal data"): ("It does not say: do not send other people's personal data.", "Say so where you say how to report."),
    ("VDP011", "instead"): ("It does not say what to do instead of sending it.", "Say: describe it instead, and how it can be reached."),
    ("VDP012", "languages"): ("It names no language that you read.", "Add one sentence, such as “We read English.”"),
    ("VDP012", "zone"): ("It names no time zone.", "Say in which zone your days are counted."),
    ("VDP012", "contact"): ("It names no contact besides chat.", "Add a mail address or a link."),
    ("VDP013", "no version"): ("It has no version.", "End with “Version {{{{ version }}}}, {{{{ date }}}}.”"),
    ("VDP013", "other version"): ("Its version is not the one in program.toml, {about}.", "Make both the same, or write {{{{ "
                                                                                          "version }}}}."),
    ("VDP013", "no date"): ("It has no date.", "End with “Version {{{{ version }}}}, {{{{ date }}}}.”"),
    ("VDP013", "future"): ("Its date, {about}, lies ahead.", "Write the day on which it comes into force."),
    ("VDP013", "old"): (
        "Its date, {about}, is a year old or more.", "Read it again with those who answer for it, then renew version and date."),
    ("VDP014", "missing"): ("It does not mention a {about}.", "One sentence is enough."),
    ("VDP015", "silent"): ("It says nothing about money.", "Give amounts by level, or say: no money, thanks only."),
    ("VDP016", "harsh"): ("It says “{about}”, which frightens people who mean well.", "Say what you do, in plain words."),
    ("VDP017", "hole"): ("A placeholder is left: {about}.", "Fill it in, or use a name that `policy lint` knows."),
    ("VDP018", "no severity"): ("It has no section about severity.", "Say who decides, and by which method."),
    ("VDP018", "no method"): ("The severity method's version is missing.", "Write “rubric {{{{ rubric }}}}”, or link the method."),
}
_TITLES: Final = {name: name.capitalize() for name in SECTIONS}
_NAMES: Final = {"acknowledgement": "acknowledge", "first response": "first_response"}


def words(one: Finding) -> tuple[str, str]:
    """Return why something was found, and how to mend it."""
    about, _, more = one.about.partition("|")
    what = f"{one.what} {about}" if one.rule == "VDP006" else one.what
    reason, mend = _WORDS[one.rule, what]
    given = {"about": about, "more": more, "title": _TITLES.get(about, about), "name": _NAMES.get(about, "")}
    return reason.format(**given), mend.format(**given)


def line(one: Finding) -> str:
    """Return a finding in one line, as a terminal and a chat show it."""
    reason, mend = words(one)
    return f"{one.rule} {'error' if one.level == ERROR else 'warning'}, line {one.line}: {reason} {mend}"


def summary(findings: tuple[Finding, ...]) -> str:
    """Return what all findings come to, with what to do."""
    errors = sum(one.level == ERROR for one in findings)
    warnings = len(findings) - errors
    if not findings:
        return "The policy keeps all eighteen rules."
    counted = " and ".join(part for part in (
        f"{errors} {'error' if errors == 1 else 'errors'}" if errors else "",
        f"{warnings} {'warning' if warnings == 1 else 'warnings'}" if warnings else "") if part)
    return f"{counted}. " + ("Mend the errors before you publish it." if errors else "It may be published; the warnings are advice.")


def policy_errors(wrong: list[str]) -> str:
    """Why the bot does not start with this policy."""
    return "\n".join(["The policy has errors:", *(f"  {one}" for one in wrong),
                      "Mend them, or set HARBORLIGHT_POLICY_ANYWAY=yes to start with the policy as it is."])
