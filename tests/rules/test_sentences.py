"""Every sentence that a person reads keeps the rules of how we write: calm, kind, short, with a next step."""

from __future__ import annotations

import ast
import re

import pytest

from tests.rules import sentences
from tests.rules.sentences import Said

KNOWN = sentences.modules("commands", "bot")
WORDS = [one for name, module in KNOWN.items() if name.startswith("commands.wording") for one in sentences.said(module)]
# Sentences that still stand where they are decided keep the same rules.
STRAY = [one for name, module in KNOWN.items() if name.startswith("commands.") and not name.startswith("commands.wording")
         for one in sentences.said(module) if len(one.text.split()) > 3 and one.text.rstrip().endswith((".", "?", ":"))]

# What nobody should read. Blame, haste, hollow phrases; `the system` only where it is not us: the researcher's side.
UNKIND = re.compile(
    r"\bplease wait\b|\binvalid\b|\billegal\b|\byou (?:failed|forgot|should have|must)\b|\byour (?:mistake|fault|error)\b|\bstupid\b"
    r"|\bobviously\b|\bunfortunately\b|\boops\b|\bwe apologi[sz]e\b|\bfatal\b|\buser error\b", re.IGNORECASE)
SHOUTED = re.compile(r"[A-Za-z0-9'\"”)]!(?:\s|$)")
PICTURED = re.compile("[\U0001f000-\U0001faff\u2600-\u2712\u2714-\u2716\u2718-\u27bf\u2b00-\u2bff\ufe0f]")
CROWDED = re.compile(r"\d%|\bX%")  # a percent sign has a space before it
TO_RESEARCHERS = ("intake", "case", "duplicates", "unreached", "link")
MOST_WORDS, MOST_CHARACTERS = 25, 160

# Longer than that, for a reason: the first words of the sentence, and why.
LONG: dict[str, str] = {
    "To call a fix verified": "the numbers that [Numbers] and plan are asked for, in one breath as they belong together",
}

_VERBS = (
    r"accept|add|agree|allow|answer|ask|bring|change|check|choose|close|collect|compare|confirm|copy|correct|count|describe|"
    r"drop|encrypt|fill|fix|free|give|go|grant|have|invite|keep|leave|let|look|make|mark|measure|mend|move|name|narrow|open|pack|"
    r"paste|pick|press|publish|put|raise|read|record|remove|renew|repeat|reply|report|run|save|say|score|see|send|set|show|"
    r"shorten|stand|start|stop|take|talk|tell|try|use|verify|wait|withdraw|write"
)
# An imperative, where a sentence or a part of it begins; else how it is typed, or an example of what is allowed.
NEXT = re.compile(
    rf"(?:^|X\s+|[.:;,?]\s+|\n\s*|\b(?:or|and|then|first)\s+)(?:please\s+)?(?:{_VERBS})\b"
    r"|/vdp |Possible now: |\bis typed |\bsuch as |\bfor example ", re.IGNORECASE)


def split(text: str) -> list[str]:
    """Return the sentences of a text."""
    return [one.strip() for one in re.split(r"(?<=[.?!])[\"”)]?\s+|\n+", text) if one.strip()]


def too_long(text: str) -> list[str]:
    """Return the sentences that are too long to be read once."""
    return [one for one in split(text) if len(one.split()) > MOST_WORDS or len(one) > MOST_CHARACTERS]


def wrong(text: str) -> list[str]:
    """Return which rules a text breaks, whoever reads it."""
    rules = {"shouts": SHOUTED, "unkind": UNKIND, "picture": PICTURED, "percent": CROWDED}
    return [name for name, rule in rules.items() if rule.search(text)]


def leads_on(text: str) -> bool:
    """Return whether a text says near its end what to do next."""
    return NEXT.search(" ".join(split(text)[-2:])) is not None


def _where(one: Said) -> str:
    return f"{one.module}:{one.line}: {one.text[:120]}"


def test_there_is_something_to_read() -> None:
    assert len(WORDS) > 1_500 and len(STRAY) > 100
    assert any(one.text.startswith("Our key, fingerprint X.") for one in WORDS), "a sentence is read with all its parts"


def test_nothing_shouts_blames_or_draws() -> None:
    assert [_where(one) for one in WORDS + STRAY if wrong(one.text)] == []


def test_to_a_researcher_we_are_never_the_system_nor_they_to_blame() -> None:
    found = [one for one in WORDS if one.module.rpartition(".")[2] in TO_RESEARCHERS and re.search(r"\bthe system\b", one.text, re.IGNORECASE)]
    assert [_where(one) for one in found] == []


def test_sentences_are_short() -> None:
    found = [(one, sentence) for one in WORDS + STRAY for sentence in too_long(one.text)
             if not sentence.startswith(tuple(LONG))]
    assert [f"{one.module}:{one.line}: {sentence}" for one, sentence in found] == []


def test_a_refusal_ends_with_a_next_step() -> None:
    refused = list(sentences.refusals(KNOWN))
    assert len(refused) > 90
    # What is only put together here is read where it is written.
    said = [(code, one) for code, one in refused if len(re.findall(r"[A-Za-z]{2,}", one.text)) > 2]
    assert len(said) > 80
    assert [f"{code}: {_where(one)}" for code, one in said if not leads_on(one.text)] == []
    reasons = KNOWN["commands.wording.common"].tree
    table = next(top for top in reasons.body if isinstance(top, ast.AnnAssign) and getattr(top.target, "id", "") == "_REASONS")
    assert isinstance(table.value, ast.Dict)
    texts = [text for one in table.value.values for text in sentences.rendered(one)]
    assert len(texts) > 20
    assert [one for one in texts if not leads_on(one)] == []


# -- what is edited later ------------------------------------------------------------------------------------------

EDITED = "commands.cards:render"  # every card, status, brief, relay and announcement comes from here
RELATIVE = {"commands.times:away", "commands.times:by"}


def test_nothing_that_is_edited_later_can_say_a_relative_time() -> None:
    found = sentences.reached(KNOWN, EDITED)
    assert {"commands.case_card:case_card", "commands.next_steps:for_staff", "commands.brief:render", "commands.times:clock_time"} <= found, (
        "the walk finds what cards are made of")
    assert found & RELATIVE == set()
    assert sentences.reached(KNOWN, "commands.wording.intake:receipt") & RELATIVE == set(), "the receipt is a card"
    # The same walk does see it where it is: in what is sent once, and in the panel, which is drawn anew whenever it is looked at.
    assert "commands.times:by" in sentences.reached(KNOWN, "commands.wording.intake:first_answer")
    assert "commands.times:away" in sentences.reached(KNOWN, "commands.panel:panel")


# -- the rules can be broken ---------------------------------------------------------------------------------------

@pytest.mark.parametrize(("text", "broken"), [
    ("Done!", "shouts"), ("Thank you! We go on.", "shouts"), ("That id is invalid.", "unkind"), ("Please wait.", "unkind"),
    ("You forgot the date.", "unkind"), ("Unfortunately it is late.", "unkind"), ("Done \U0001f389", "picture"), ("Kept \u2705", "picture"),
    ("It works in 30% of tries.", "percent"),
])
def test_each_rule_finds_its_own_offence(text: str, broken: str) -> None:
    assert broken in wrong(text)


def test_what_is_fine_breaks_no_rule() -> None:
    for text in ("That is our fault; the lead knows.", "It works in 30 % of tries.", "a != b", "Did you mean accept?", "3 of 10."):
        assert wrong(text) == [], text


def test_the_other_rules_can_be_broken_too() -> None:
    assert too_long("word " * 26 + ".") and too_long("a" * 161) and not too_long("Short. " * 40)
    assert not leads_on("That is not possible now.") and not leads_on("It waits for somebody else. Nothing was changed.")
    assert not leads_on("Send it again. It was long. It is gone now."), "not at its end"
    assert leads_on("That day is over. Give a later date.") and leads_on("It is typed /vdp accept.")
    source = 'def f(x):\n    """Not read!"""\n    raise Problem("no", say("Not ", bold("now"), f" {x}.", " Wait." if x else ""))\n'
    module = sentences.parsed("m", source)
    assert [one.text for one in sentences.said(module)] == ["no", "Not now X. Wait.", "Not now X."]
    assert [one.text for _, one in sentences.refusals({"m": module})] == ["Not now X. Wait.", "Not now X."]
    other = sentences.parsed("a", "from b import by\nfrom c import d as e\ndef card(): return e.inner()\n")
    chain = {"a": other, "c.d": sentences.parsed("c.d", "from b import by\ndef inner(): return by(1)\n")}
    assert "b:by" in sentences.reached(chain, "a:card"), "by way of another module"
