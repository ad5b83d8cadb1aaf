"""Text on its way to Slack and back: nothing a stranger writes comes to life, and nothing they typed is lost."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.platforms.slack.sheet import fit
from bot.platforms.slack.text import heard, label, label_text, mrkdwn, rich
from commands.intake.armour import find
from commands.text import Span, Text, bold, code, link, moment, person, pre, quiet, say, visible
from tests.platforms.slack_strict import check_mrkdwn, check_view, ours, words
from tests.platforms.slack_words import NASTY, any_words, hostile, texts

BLOCK = """-----BEGIN PGP MESSAGE-----

hF4DAAAAAAAAAAASAQdAxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
=abcd
-----END PGP MESSAGE-----"""


def shown(text: Text) -> str:
    """The words of a text as elements, in order."""
    return "".join(str(run.element.get("text", run.element.get("fallback", ""))) for run in rich(text))


# -- rich text -----------------------------------------------------------------------------------------------------

@settings(deadline=None)
@given(texts)
def test_no_text_comes_to_life_in_rich_text(text: Text) -> None:
    found = fit(text, 12_000)
    view = {"type": "home", "callback_id": "x", "blocks": [*found.blocks, {"type": "header", "text": label("x", 5)}]}
    check_view(view, ours(text))


@settings(deadline=None)
@given(any_words)
def test_words_are_kept_letter_for_letter(typed: str) -> None:
    assert shown(say(typed)) == visible(typed)


def test_a_prompt_can_be_copied_as_it_was_sent() -> None:
    prompt = "Say *exactly* this: `rm -rf` _now_ ~x~ :smile: <!channel> @here & <b>"
    assert shown(say(prompt)) == prompt
    assert all("style" not in run.element for run in rich(say(prompt)))


@pytest.mark.parametrize(("typed", "address"), [
    ("see https://evil.example/a?b=c&d, please", "https://evil.example/a?b=c&d"),
    ("write to a.b+c@evil.example.", "a.b+c@evil.example"),
    ("go to bit.ly/abc now", "bit.ly/abc"),
    ("www.evil.example!", "www.evil.example"),
    ("(evil.example)", "evil.example"),
    (".evil.example", "evil.example"),
    ("@evil.example", "evil.example"),
])
def test_an_address_is_code_and_no_link(typed: str, address: str) -> None:
    runs = [run.element for run in rich(say(typed))]
    assert [one["text"] for one in runs if one.get("style") == {"code": True}] == [address]
    assert all(one["type"] == "text" for one in runs)


def test_an_address_is_seen_across_spans() -> None:
    runs = [run.element for run in rich(say("https://ev", "il.example/x"))]
    assert runs == [{"type": "text", "text": "https://evil.example/x", "style": {"code": True}}]


def test_what_others_might_read_as_markup_is_never_in_one_string() -> None:
    texts_ = [run.element["text"] for run in rich(say("a <!channel> <@U123> <#C1> ", pre("```\nx````")))]
    assert not [one for one in texts_ if re.search(r"<[!@#]|```", one)]
    assert "".join(texts_) == "a <!channel> <@U123> <#C1> ```\nx````"


def test_our_own_spans_are_live() -> None:
    at = datetime(2026, 12, 1, 9, tzinfo=UTC)
    text = say(bold("b"), code("c"), link("our policy", "https://desk.example/p"), person("lead", "U0LEAD123"), moment("Tue", at),
               quiet("q"), pre("p"))
    assert [run.element for run in rich(text)] == [
        {"type": "text", "text": "b", "style": {"bold": True}},
        {"type": "text", "text": "c", "style": {"code": True}},
        {"type": "link", "url": "https://desk.example/p", "text": "our policy"},
        {"type": "user", "user_id": "U0LEAD123"},
        {"type": "date", "timestamp": int(at.timestamp()), "format": "{date_short_pretty} {time}", "fallback": "Tue"},
        {"type": "text", "text": "q", "style": {"italic": True}},
        {"type": "text", "text": "p"},
    ]
    assert [run.pre for run in rich(text)] == [False] * 6 + [True]


@pytest.mark.parametrize("to", [
    "javascript:alert(1)", "ftp://desk.example/", "https://desk.example@evil.example/", "https://desk.example/\u202e", "//desk.example", "",
    "https:///x", "https://a b/", "https://x|y", "mailto:a@desk.example", "https://" + "a" * 3_001,
])
def test_a_link_leads_to_a_web_address_or_nowhere(to: str) -> None:
    assert rich(say(link("here", to)))[0].element == {"type": "text", "text": "here"}
    assert "<" not in mrkdwn(say(link("here", to)))


def test_a_label_that_names_another_site_is_no_link() -> None:
    text = say(link("https://bank.example", "https://evil.example/"))
    assert rich(text)[0].element["type"] == "text"
    assert mrkdwn(text) == "`https://bank.example`"
    assert rich(say(link("desk.example", "https://desk.example/x")))[0].element["type"] == "link"


@pytest.mark.parametrize("to", ["here", "channel", "U123|x", "u0lead", "C0ABC123", "<@U1>", "", "S0GROUP12", "U0 LEAD"])
def test_a_person_is_called_by_an_account_alone(to: str) -> None:
    assert rich(say(person("here", to)))[0].element == {"type": "text", "text": "@here"}
    assert mrkdwn(say(person("here", to))) == "@\u2060here"


@pytest.mark.parametrize("to", ["", "tomorrow", "2026-12-01T09:00:00", "0001-01-01T00:00:00+14:00", "2026-12-01T09:00:00+00:00|<!here>"])
def test_an_instant_that_is_none_is_words(to: str) -> None:
    assert rich(say(Span("Tue", "time", to)))[0].element == {"type": "text", "text": "Tue"}
    assert mrkdwn(say(Span("Tue", "time", to))) == "Tue"


def test_long_words_become_several_elements_broken_at_lines() -> None:
    typed = "\n".join(f"line {number} of the report" for number in range(400))
    runs = [run.element["text"] for run in rich(say(typed))]
    assert len(runs) > 3
    assert all(one.endswith("\n") for one in runs[:-1])
    assert "".join(runs) == typed


# -- the blocks of a text ------------------------------------------------------------------------------------------

@settings(deadline=None)
@given(any_words, st.integers(0, 3_000), st.integers(1, 6))
def test_a_text_takes_no_more_room_than_it_is_given(typed: str, room: int, most: int) -> None:
    import json
    found = fit(say(typed), room, most=most)
    assert len(found.blocks) <= most
    assert sum(len(json.dumps(one, ensure_ascii=False, separators=(",", ":"))) + 1 for one in found.blocks) <= room + 1
    if not found.cut:
        assert "".join(words(found.blocks).split()) == "".join(visible(typed).split())


def test_what_is_cut_ends_with_an_ellipsis() -> None:
    found = fit(say("word " * 1_000), 1_000)
    assert found.cut
    assert words(found.blocks).rstrip().endswith("…")
    whole = fit(say("word"), 1_000)
    assert not whole.cut
    assert words(whole.blocks) == "word\n"


def test_fixed_width_stands_on_its_own_lines() -> None:
    found = fit(say("Then:\n\n", pre("gpg --import key.asc"), "\n\nSend it."), 2_000).blocks
    assert found == ({"type": "rich_text", "elements": [
        {"type": "rich_text_section", "elements": [{"type": "text", "text": "Then:"}]},
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "gpg --import key.asc"}]},
        {"type": "rich_text_section", "elements": [{"type": "text", "text": "Send it."}]},
    ]},)


# -- labels --------------------------------------------------------------------------------------------------------

@settings(deadline=None)
@given(any_words, st.sampled_from([24, 30, 75, 150, 300]))
def test_a_label_is_one_short_line_without_markup(typed: str, most: int) -> None:
    check_view({"type": "modal", "callback_id": "x", "title": label("x", 24),
                "blocks": [{"type": "context", "elements": [label(typed, most)]}]})
    assert len(label_text(typed, most)) <= most


def test_a_label_reads_as_it_was_meant() -> None:
    assert label("Accept  as\nmedium", 75) == {"type": "plain_text", "text": "Accept as medium", "emoji": False}
    assert label_text("report.txt.asc", 75) == "report.txt.asc"
    assert label_text("R&D <lead>", 75) == "R＆D ‹lead›"
    assert label_text("https://evil.example", 75) == "https[:]//evil[.]example"
    assert label_text(" \n ", 75, "Open") == "Open"
    assert label_text("a" * 80, 75) == "a" * 74 + "…"
    assert label_text("😀" * 40, 75) == "😀" * 37 + "…"


# -- mrkdwn --------------------------------------------------------------------------------------------------------

@settings(deadline=None)
@given(texts)
def test_no_text_comes_to_life_in_mrkdwn(text: Text) -> None:
    check_mrkdwn(mrkdwn(text), ours(text), bold=any(one.style == "bold" for one in text.spans),
                 pre=any(one.style == "pre" for one in text.spans))


@pytest.mark.parametrize("typed", NASTY)
def test_each_known_trick_is_still_in_mrkdwn(typed: str) -> None:
    for around in ("{}", "x{}", "{}x", " {} ", "\n{}\n", "{0}{0}"):
        check_mrkdwn(mrkdwn(say(around.format(typed))))


def test_mrkdwn_of_our_own_spans() -> None:
    at = datetime(2026, 12, 1, 9, tzinfo=UTC)
    assert mrkdwn(say(bold("AIV-K7Q3M"), ": ", code("/vdp help"))) == "*AIV-K7Q3M*: `/vdp help`"
    assert mrkdwn(say(person("lead", "U0LEAD123"))) == "<@U0LEAD123>"
    assert mrkdwn(say(link("a & b", "https://desk.example/?a=1&b=2"))) == "<https://desk.example/?a=1&amp;b=2|a &amp; b>"
    assert mrkdwn(say(moment("Tue 1 Dec | 09:00", at))) == f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|Tue 1 Dec ¦ 09:00>"
    assert mrkdwn(say(pre("a ``` b"))) == "```\na ``‵ b\n```"
    assert mrkdwn(say(code("a ` b"))) == "`a ‵ b`"


def test_text_that_is_escaped_already_is_escaped_once_more() -> None:
    assert mrkdwn(say("&lt;!channel&gt;")) == "&amp;lt;!channel&amp;gt;"
    assert heard(mrkdwn(say("&lt;!channel&gt;"))) == "&lt;!channel&gt;"


# -- what arrives --------------------------------------------------------------------------------------------------

def slack_escapes(typed: str) -> str:
    """What Slack does to what is typed."""
    return typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@given(hostile)
@example("&amp;lt;")
def test_what_is_heard_is_what_was_typed(typed: str) -> None:
    assert heard(slack_escapes(typed)) == typed


@pytest.mark.parametrize(("told", "typed"), [
    ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
    ("<https://desk.example/?a=1&amp;b=2>", "https://desk.example/?a=1&b=2"),
    ("<https://desk.example|https://desk.example>", "https://desk.example"),
    ("<http://desk.example|desk.example>", "desk.example"),
    ("<https://evil.example/|the policy>", "the policy (https://evil.example/)"),
    ("<mailto:a@desk.example|a@desk.example>", "a@desk.example"),
    ("<mailto:a@desk.example>", "a@desk.example"),
    ("<tel:+123|+123>", "+123"),
    ("<@U0LEAD123>", "@U0LEAD123"), ("<@U0LEAD123|lead>", "@lead"),
    ("<#C0GEN|general>", "#general"), ("<#C0GEN|>", "#C0GEN"), ("<#C0GEN>", "#C0GEN"),
    ("<!here>", "@here"), ("<!channel|channel>", "@channel"), ("<!subteam^S1|@triage>", "@triage"),
    ("<!date^1^{date}|1 Jan>", "1 Jan"),
    ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"),
    ("<", "<"), ("a > b", "a > b"), ("<>", "<>"), ("<b>", "<b>"),
])
def test_links_and_mentions_are_undone(told: str, typed: str) -> None:
    assert heard(told) == typed


def test_a_pgp_block_survives_the_client() -> None:
    typed = BLOCK.replace("\n\nhF4", "\nComment: <see> https://gnupg.example & more\nHash: a@gnupg.example\n\nhF4")
    told = slack_escapes(typed).replace("https://gnupg.example", "<https://gnupg.example>").replace(
        "a@gnupg.example", "<mailto:a@gnupg.example|a@gnupg.example>")
    assert heard(told) == typed
    assert [one.packets for one in find(heard(told)).blocks] == [one.packets for one in find(BLOCK).blocks]
    assert find(BLOCK).blocks[0].packets


def test_dashes_that_a_client_made_long_are_mended_where_the_block_is_read() -> None:
    told = BLOCK.replace("-----", "——-")
    assert [one.packets for one in find(heard(told)).blocks] == [one.packets for one in find(BLOCK).blocks]
