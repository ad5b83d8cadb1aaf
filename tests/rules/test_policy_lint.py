"""The lint of the policy: a good policy passes, and each single thing that is taken out or spoilt is found by its rule."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from commands.wording import policy_lint as wording
from commands.wording.policy_text import by_level, filled, length, values
from config.policy import prose
from config.policy.policy_lint import ERROR, WARN, Around, Finding, lint
from config.program import DEMO, Length, PerLevel, load, parse_length

PROGRAM = load(DEMO)
KEY = "0123456789ABCDEF0123456789ABCDEF01234567"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
AROUND = Around(program=PROGRAM, today=NOW.date(), fingerprint=KEY, expires=NOW + timedelta(days=400), now=NOW, rubric="1.4")
OURS = Path(DEMO).with_name("policy.md").read_text("utf-8")
GOOD = """# A policy

Tell us. A person reads every report.

## Scope

{{ scope }}

In: jailbreaks, prompt injection, harmful content, bias, training data that leaks, model theft.
Out: hallucination, when a single answer is wrong and nobody is harmed.

## How to report

Encrypt to our key {{ fingerprint }} and send it to the bot. Do not send unlawful content.
Do not send other people's personal data. Describe it instead. We read English. Or write to desk@harbour.test.

## Rules of engagement

Use your own accounts. Keep to the rate limits.

## Safe harbour

Research under this policy is authorised. We take no legal action for it.
Where our terms of use say otherwise, we waive them. Good faith means that you try to avoid harm.
An honest mistake is covered. If a third party takes action, we say that your work was authorised.

## What you can expect

An acknowledgement within {{ acknowledge }}. A first response on the substance within {{ first_response }}. Days are counted in {{ zone }}.

## Severity

By our rubric, version {{ rubric }}.

## Disclosure

Please wait {{ embargo }}. Earlier is right when the flaw is already public. You may retest the fix.

## Credit

No money, thanks only. We thank you by the name you choose.

## Privacy

We keep a report for {{ retention }} after it is closed. Who disagrees may appeal, or call a coordinator.

Version {{ version }}, {{ date }}.
"""


def found(text: str, around: Around = AROUND) -> list[Finding]:
    shown = filled(text, around.program, fingerprint=around.fingerprint, rubric=around.rubric)
    return list(lint(shown, around))


def rules(text: str, around: Around = AROUND) -> set[tuple[str, str]]:
    return {(one.rule, one.level) for one in found(text, around)}


def test_a_good_policy_passes_and_so_do_its_numbers_typed_out() -> None:
    assert found(GOOD) == []
    assert found(filled(GOOD, PROGRAM, fingerprint=KEY, rubric="1.4")) == []


SPOILT = [
    ("VDP001", ERROR, "## Privacy", "## Notes"),
    ("VDP003", WARN, "Use your own accounts.", "Use " + "and ".join(["your own accounts "] * 14) + "."),
    ("VDP004", ERROR, "{{ scope }}", "{{ scope }}\n- other-model: Another Model"),
    ("VDP004", ERROR, "{{ scope }}", "{{ scope }}\n- Another Model (model)"),
    ("VDP004", ERROR, "{{ scope }}", "{{ scope }}\n- **other-model**: Another Model"),
    ("VDP004", ERROR, "{{ scope }}", "- acme-large: a model\n- acme-chat: a product"),
    ("VDP005", ERROR, ", model theft", ""),
    ("VDP005", ERROR, "training data that leaks", "privacy"),
    ("VDP006", ERROR, "We take no legal action for it.", ""),
    ("VDP006", ERROR, "We take no legal action for it.", "We do not rule out legal action."),
    ("VDP006", ERROR, "Where our terms of use say otherwise, we waive them.", "Our terms of use hold: we do not waive them."),
    ("VDP006", ERROR, "If a third party takes action, we say that your work was authorised.", "A third party may take action."),
    ("VDP006", ERROR, "Good faith means that you try to avoid harm.", "Act in good faith."),
    ("VDP006", ERROR, "An honest mistake is covered.", ""),
    ("VDP007", ERROR, "An honest mistake is covered.", "An honest mistake is covered as long as you sign our NDA."),
    ("VDP007", ERROR, "An honest mistake is covered.", "An honest mistake is covered, provided you keep the flaw secret for ever."),
    ("VDP007", ERROR, "An honest mistake is covered.", "An honest mistake is covered as long as you keep it to yourself."),
    ("VDP007", ERROR, "An honest mistake is covered.", "An honest mistake is covered. Whoever talks to journalists loses that."),
    ("VDP007", ERROR, "An honest mistake is covered.", "An honest mistake is covered once you give up any reward."),
    ("VDP007", ERROR, "You may retest the fix.", "You may retest the fix. Do not publish without our consent, otherwise safe harbour is void."),
    ("VDP007", ERROR, "No money, thanks only.", "No money, thanks only. Safe harbour ends if you claim any money."),
    ("VDP008", ERROR, "within {{ acknowledge }}", "soon"),
    ("VDP008", ERROR, "within {{ acknowledge }}", "within 12 hours"),
    ("VDP008", ERROR, "within {{ first_response }}", "within 5 days"),
    ("VDP009", ERROR, "Please wait {{ embargo }}.", "Please wait."),
    ("VDP009", ERROR, "Please wait {{ embargo }}.", "Please wait 60 days."),
    ("VDP009", ERROR, "Please wait {{ embargo }}.", "Please wait 365 days."),
    ("VDP009", ERROR, "Please wait {{ embargo }}.", "Please wait {{ embargo }}. For critical ones wait 400 days."),
    ("VDP009", ERROR, "when the flaw is already public", "when we agree"),
    ("VDP010", ERROR, "Encrypt to our key {{ fingerprint }} and send", "Send"),
    ("VDP010", ERROR, "{{ fingerprint }}", "AAAA BBBB CCCC DDDD EEEE FFFF 0000 1111 2222 3333"),
    ("VDP011", ERROR, "Do not send unlawful content.", ""),
    ("VDP011", ERROR, "Describe it instead.", ""),
    ("VDP012", WARN, "We read English.", ""),
    ("VDP012", WARN, "Or write to desk@harbour.test.", ""),
    ("VDP012", WARN, "Days are counted in {{ zone }}.", ""),
    ("VDP013", ERROR, "Version {{ version }}, {{ date }}.", "Version {{ version }}."),
    ("VDP013", ERROR, "Version {{ version }}, {{ date }}.", "{{ date }}."),
    ("VDP013", ERROR, "Version {{ version }}", "Version 9.9"),
    ("VDP013", ERROR, "{{ date }}", "2027-01-01"),
    ("VDP013", ERROR, "{{ date }}", "2026-02-30"),
    ("VDP013", WARN, "{{ date }}", "2025-05-31"),
    ("VDP014", WARN, "You may retest the fix.", ""),
    ("VDP014", WARN, "may appeal, or call a coordinator", "may say so"),
    ("VDP015", WARN, "No money, thanks only.", ""),
    ("VDP016", WARN, "Use your own accounts.", "We decide in our sole discretion."),
    ("VDP017", ERROR, "Tell us.", "Tell [Company]."),
    ("VDP017", ERROR, "Tell us.", "Tell [your company]."),
    ("VDP017", ERROR, "Tell us.", "Tell <COMPANY>."),
    ("VDP017", ERROR, "Tell us.", "TODO: say who we are."),
    ("VDP017", ERROR, "desk@harbour.test", "desk@example.com"),
    ("VDP017", ERROR, "Tell us.", "Tell {{ nobody }}."),
    ("VDP018", WARN, "By our rubric, version {{ rubric }}.", "We decide."),
    ("VDP018", WARN, "## Severity", "## Judgement"),
]


@pytest.mark.parametrize(("rule", "level", "old", "new"), SPOILT)
def test_what_is_taken_out_or_spoilt_is_found_by_its_rule_alone(rule: str, level: str, old: str, new: str) -> None:
    assert old in GOOD
    spoilt = found(GOOD.replace(old, new))
    assert {(one.rule, one.level) for one in spoilt} == {(rule, level)}, spoilt
    line = wording.line(spoilt[0])
    assert line.startswith(f"{rule} {'error' if level == ERROR else 'warning'}, line {spoilt[0].line}: ")
    assert "{" not in line.replace("{{", "").replace("}}", "")


def test_every_rule_is_spoilt_once_and_every_reason_has_its_words() -> None:
    spoilt = {rule for rule, *_ in SPOILT}
    assert spoilt | {"VDP002"} == {f"VDP{number:03}" for number in range(1, 19)}
    source = Path(prose.__file__).with_name("policy_lint.py").read_text("utf-8")
    reasons = set(re.findall(r'Finding\("(VDP\d+)", \w+, [^,]+, "([^"]+)"', source))
    known = {(rule, what.partition(" ")[0] if rule == "VDP006" else what) for rule, what in wording._WORDS}
    assert {one for one in reasons if one not in known} <= {("VDP003", "what")}
    assert reasons - {("VDP006", "harbour")} <= known


def test_length_is_counted_in_words() -> None:
    assert rules(GOOD + "\nA word. " * 350) == {("VDP002", WARN)}
    assert rules(GOOD + "\nA word. " * 800) == {("VDP002", ERROR)}


def test_reading_ease_is_the_published_formula() -> None:
    text = ("If you find a flaw, tell us. We will reply within 48 hours. We will not take legal action against you for good faith research "
            "that follows this policy.")
    sentences = prose.sections(text)[0].sentences
    assert (len(sentences), sum(one.words for one in sentences)) == (3, 29)
    assert prose.reading_ease(sentences) == pytest.approx(3.3802, abs=1e-4)
    assert prose.reading_ease([]) == 0.0
    hard = "Notwithstanding jurisdictional considerations, organisational representatives intermittently misunderstand responsibilities. "
    assert ("VDP003", WARN) in rules(GOOD.replace("Research under", hard + "Research under"))


def test_promises_may_be_in_working_days_but_equal_and_soon() -> None:
    promises = replace(PROGRAM.promises, acknowledge=parse_length("1 working day"), first_response=parse_length("2 working days"))
    program = replace(PROGRAM, promises=promises)
    around = replace(AROUND, program=program)
    assert found(GOOD, around) == []
    typed = GOOD.replace("{{ acknowledge }}", "1 working day").replace("{{ first_response }}", "2 business days")
    assert found(typed, around) == []
    assert rules(GOOD.replace("{{ acknowledge }}", "24 hours"), around) == {("VDP008", ERROR)}
    late = replace(AROUND, program=replace(PROGRAM, promises=replace(promises, first_response=parse_length("3 working days"))))
    assert rules(GOOD, late) == {("VDP008", ERROR)}


def test_a_key_that_is_not_there_yet_warns_and_one_that_ends_is_an_error() -> None:
    young = replace(AROUND, fingerprint="", expires=None)
    assert rules(GOOD, young) == rules(GOOD.replace("{{ fingerprint }} ", ""), young) == {("VDP010", WARN)}
    assert rules(GOOD, replace(AROUND, expires=NOW + timedelta(days=30))) == {("VDP010", ERROR)}


def test_a_policy_of_nothing_and_one_of_noise_end_in_findings_not_in_faults() -> None:
    for text in ("", "\x00" * 50, "## \n## scope", "|" * 500, "{{" * 300, "# " + "a" * 20_000, "- " * 3_000):
        assert ("VDP001", ERROR) in {(one.rule, one.level) for one in lint(text, AROUND)}


def test_a_list_that_mentions_a_system_is_no_list_of_systems() -> None:
    assert found(GOOD.replace("Out: hallucination", "- Jailbreaks of acme-chat\n- Bias\n\nOut: hallucination")) == []


def test_what_is_far_too_long_is_refused_unread() -> None:
    for text in ("not " * 40_000, "## safe harbour\n" + "keep " * 40_000):
        assert rules(text) == {("VDP002", ERROR)}


def test_our_own_policy_passes() -> None:
    around = replace(AROUND, today=date(2026, 6, 1))
    assert [one for one in found(OURS, around) if one.level == ERROR] == []


def test_the_demos_name_is_a_placeholder_in_anybody_elses_policy() -> None:
    other = replace(AROUND, program=replace(PROGRAM, name="Harbour of Somewhere"))
    assert ("VDP017", ERROR) in rules(GOOD.replace("Tell us.", "Tell Acme."), other)


def test_numbers_are_written_for_people() -> None:
    assert [length(parse_length(one)) for one in ("24 h", "1 h", "7 days", "30 minutes", "1 business day", "72 h")] == [
        "24 hours", "1 hour", "7 days", "30 minutes", "1 business day", "3 days"]
    assert by_level(PROGRAM.clocks.update) == "7 days for critical and high, 14 days for the rest"
    assert by_level(PROGRAM.clocks.remediation) == "7 days for critical, 30 days for high, 60 days for medium, 90 days for low"
    assert by_level(PerLevel(*[Length(timedelta(hours=5))] * 5)) == "5 hours"
    assert filled("{{nobody}} {{ name }}", PROGRAM) == f"{{{{nobody}}}} {PROGRAM.name}"
    assert all(values(PROGRAM, fingerprint=KEY, rubric="1.4").values())


def test_what_all_findings_come_to() -> None:
    assert wording.summary(()) == "The policy keeps all eighteen rules."
    one = Finding("VDP013", WARN, 1, "old", "2024-01-01")
    assert wording.summary((one,)).startswith("1 warning. ")
    assert wording.summary((one, replace(one, level=ERROR), replace(one, level=ERROR))).startswith("2 errors and 1 warning. ")
