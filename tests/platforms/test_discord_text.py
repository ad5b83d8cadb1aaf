"""Text on its way to Discord and back: nothing a stranger writes comes to life, and nothing they typed is lost."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.platforms.discord.text import BREAK, defanged, escaped, heard, label, markdown
from bot.platforms.plain import clipped, units
from commands.intake.armour import find
from commands.text import Span, Text, bold, code, link, moment, person, pre, quiet, say, visible
from tests.platforms.discord_standin.markdown import alive
from tests.platforms.discord_words import Allowed, check_markdown, ours, read
from tests.platforms.slack_words import ACCOUNT, NASTY, any_words, hostile, texts

QUICK = settings(deadline=None, max_examples=60)
AT = datetime(2026, 12, 1, 9, tzinfo=UTC)
BLOCK = """-----BEGIN PGP MESSAGE-----

hF4DAAAAAAAAAAASAQdAxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
=abcd
-----END PGP MESSAGE-----"""


def mended(text: str) -> str:
    """A text without what we put in to break things up."""
    return text.replace(BREAK, "").replace("[.]", ".").replace("[:]", ":")


# -- whatever strangers write --------------------------------------------------------------------------------------

@QUICK
@given(texts, st.sampled_from([2_000, 4_096, 300, 40, 3]))
def test_no_text_comes_to_life_and_none_is_too_long(text: Text, room: int) -> None:
    found = markdown(text, room)
    check_markdown(found.text, ours(text))
    assert units(found.text) <= room
    assert set(found.pings) <= ours(text).people
    assert markdown(text, room) == found


@pytest.mark.parametrize("typed", NASTY)
def test_each_known_trick_is_still(typed: str) -> None:
    for around in ("{}", "x{}", "{}x", " {} ", "\n{}\n", "{0}{0}", "\\{}", "{}:", "<{}>"):
        check_markdown(escaped(around.format(typed)), styles=frozenset({"code"}))


@pytest.mark.parametrize("style", ["bold", "quiet", "code", "pre", "link"])
def test_each_known_trick_is_still_in_spans_of_ours(style: str) -> None:
    for typed in NASTY:
        text = say("before ", Span(typed, style, "https://desk.example/"), "\nafter ", Span(typed, style, "javascript:x"))  # type: ignore[arg-type]
        check_markdown(markdown(text).text, ours(text))


@pytest.mark.slow
@QUICK
@given(any_words)
def test_what_is_read_is_what_was_written(typed: str) -> None:
    found = markdown(say(typed), 100_000)
    if not found.cut:
        assert mended(read(found.text).seen) == mended(visible(typed))


@pytest.mark.parametrize("ticks", range(3, 12))
def test_no_number_of_backticks_ends_a_block(ticks: int) -> None:
    found = markdown(say(Span("`" * ticks + "0 https://evil.example", "pre"), "\nb"))
    assert "```" not in found.text.removeprefix("```").partition("\n```\n")[0]
    assert read(found.text).seen.replace("\u200b", "").count("`") == ticks


@QUICK
@given(hostile, st.sampled_from(["bold", "code", "pre", "quiet"]))
def test_words_of_every_style_are_kept(typed: str, style: str) -> None:
    found = markdown(say("a\n", Span(typed, style), "\nb"), 100_000)  # type: ignore[arg-type]
    seen = "".join(mended(read(found.text).seen).replace("‵", "`").split())
    assert seen == "".join(mended("a" + visible(typed) + "b").replace("‵", "`").split())


@QUICK
@given(any_words, st.integers(0, 400))
def test_a_cut_ends_between_characters_and_says_so(typed: str, room: int) -> None:
    found = markdown(say(typed), room)
    check_markdown(found.text)
    if found.cut and room:
        assert found.text.endswith("…")
        seen = mended(read(found.text).seen).removesuffix("…").rstrip()
        assert mended(visible(typed)).startswith(seen)
    assert not any("\ud800" <= char < "\ue000" for char in found.text)


def test_nothing_is_cut_in_a_block_a_mention_or_an_escape() -> None:
    block = markdown(say("Key:\n", pre("x" * 100)), 60)
    assert block.cut
    assert block.text.startswith("Key:\n```\nxxx")
    assert block.text.endswith("x\n```…")
    for room in range(1, 12):
        assert markdown(say("*****"), room).text in ("…", "\\*…", "\\*\\*…", "\\*\\*\\*…", "\\*\\*\\*\\*…", "\\*\\*\\*\\*\\*")
        assert markdown(say(person("lead", ACCOUNT)), room).text == "…"
    assert markdown(say("😀😀😀"), 5).text == "😀😀…"
    assert markdown(say(bold("a word"), " and more"), 12).text == "**a word**…"


# -- what it becomes -----------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("typed", "drawn"), [
    ("**a** __b__ ~~c~~ ||d|| `e`", r"\*\*a\*\* \_\_b\_\_ \~\~c\~\~ \|\|d\|\| \`e\`"),
    ("# a\n- b\n1. c\n> d\n-# e\n2) f\n + g", "\\# a\n\\- b\n1\\. c\n\\> d\n\\-# e\n2\\) f\n \\+ g"),
    ("a - b > c # d 1. e", "a - b > c # d 1. e"),
    ("@everyone @here a@here.example @lead", f"@{BREAK}everyone @{BREAK}here a@{BREAK}here.example @lead"),
    ("<@1> <@&1> <#1> <t:1:R>", f"\\<{BREAK}@1> \\<{BREAK}@&1> \\<{BREAK}#1> \\<{BREAK}t\\:1:R>"),
    ("</vdp show:1> <id:guide> <:a:1>", f"\\<{BREAK}/vdp show:1> \\<{BREAK}id:guide> \\<{BREAK}\\:a:1>"),
    ("[bank](https://evil.example)", r"\[bank](`https://evil.example`)"),
    ("see https://evil.example/a_b?c=d*e, please", "see `https://evil.example/a_b?c=d*e`, please"),
    ("HTTPS://EVIL.EXAMPLE", "`HTTPS://EVIL.EXAMPLE`"),
    ("discord.gg/abc and xdiscord.gg/abc", "`discord[.]gg/abc` and x`discord[.]gg/abc`"),
    ("https://discord.com/invite/a, https://ptb.discord.com/invite/a",
     "`https[:]//discord[.]com/invite/a`, `https[:]//ptb[.]discord[.]com/invite/a`"),
    ("https://discord.com/developers", "`https://discord.com/developers`"),
    ("bit.ly/abc t.co/x chat.co report.txt", "`bit[.]ly/abc` `t[.]co/x` chat.co report.txt"),
    ("https://bit.ly/a://> https://...", r"`https[:]//bit[.]ly/a[:]//`\> `https://`..."),
    (":smile: 12:30 12:30:45", r"\:smile: 12:30 12\:30:45"),
    ("a < b <b>", r"a \< b \<b>"),
    ("C:\\x", "C:\\\\x"),
    ("\u202eabc\u200b", r"\\u202eabc\\u200b"),
])
def test_what_a_stranger_writes_is_shown_as_it_was_written(typed: str, drawn: str) -> None:
    assert escaped(typed) == drawn


def test_an_address_is_seen_across_spans() -> None:
    assert markdown(say("https://ev", "il.example/x")).text == "`https://evil.example/x`"
    assert markdown(say("@every", "one <", "@1>")).text == f"@{BREAK}everyone \\<{BREAK}@1>"


def test_our_own_spans_are_live() -> None:
    text = say(bold("b"), " ", code("c"), " ", link("our policy", "https://desk.example/p"), " ", person("lead", ACCOUNT), " ",
               moment("Tue", AT), "\n", quiet("small\nprint"), "\nin a ", quiet("line"), pre("p\nq"), "end")
    found = markdown(text)
    assert found.text == (f"**b** `c` [our policy](<https://desk.example/p>) <@{ACCOUNT}> <t:{int(AT.timestamp())}:f>\n"
                          "-# small\n-# print\nin a line\n```\np\nq\n```\nend")
    assert found.pings == (ACCOUNT,)
    assert {kind for kind, _ in read(found.text).live} == {"bold", "code", "link", "person", "call", "time", "small", "pre"}


def test_pieces_of_code_do_not_run_into_each_other() -> None:
    found = markdown(say(code("a"), code("b"), "https://x.example", pre("c```d"), code("e`f"))).text
    assert found == f"`a`{BREAK}`b`{BREAK}`https://x.example`\n```\nc``{BREAK}`d\n```\n`e‵f`"
    assert [what for kind, what in read(found).live if kind in ("code", "pre")] == ["a", "b", "https://x.example", f"c``{BREAK}`d\n", "e‵f"]


@pytest.mark.parametrize("to", [
    "javascript:alert(1)", "ftp://desk.example/", "https://desk.example@evil.example/", "https://desk.example/\u202e", "//desk.example", "",
    "https:///x", "https://a b/", "https://x|y", "mailto:a@desk.example", "https://" + "a" * 501, "https://x.example/)", "discord://x/y",
])
def test_a_link_leads_to_a_web_address_or_nowhere(to: str) -> None:
    assert markdown(say(link("here", to))).text == "here"


def test_a_label_that_names_another_site_is_no_link() -> None:
    assert markdown(say(link("https://bank.example", "https://evil.example/"))).text == "`https://bank.example`"
    assert markdown(say(link("bank.example", "https://evil.example/"))).text == "bank.example"
    assert markdown(say(link("desk.example", "https://desk.example/x"))).text == "[desk.example](<https://desk.example/x>)"
    assert markdown(say(link("https://desk.example/x", "https://desk.example/x"))).text == "<https://desk.example/x>"
    assert markdown(say(link("a [b](c)", "https://desk.example/x"))).text == "[a (b)(c)](<https://desk.example/x>)"


@pytest.mark.parametrize("to", ["here", "everyone", "123", "&123456789012345678", f"{ACCOUNT}>", "0" * 18, ""])
def test_a_person_is_called_by_an_account_alone(to: str) -> None:
    found = markdown(say(person("here", to)))
    assert (found.text, found.pings) == (f"@{BREAK}here", ())


@pytest.mark.parametrize("to", ["", "tomorrow", "2026-12-01T09:00:00", "0001-01-01T00:00:00+14:00", "2026-12-01T09:00:00+00:00|x"])
def test_an_instant_that_is_none_is_words(to: str) -> None:
    assert markdown(say(Span("Tue", "time", to))).text == "Tue"


def test_the_reader_sees_tricks() -> None:
    """The tests' own reader is not blind."""
    for typed in ("**a**", "@everyone", "<@1>", "[a](https://b)", "https://a.b", "||a||", "# a", "x\n- a", "<t:1>", "<:a:1>", ":a:",
                  "discord.gg/x", "*a*", "_a_", "__a__", "~~a~~", "> a", "-# a",
                  "<id:guide>", "</a:1>", "<a@b.example>", "<+12345678>", "steam://x"):
        with pytest.raises(AssertionError):
            check_markdown(typed, Allowed(), styles=frozenset())


# -- labels --------------------------------------------------------------------------------------------------------

@QUICK
@given(any_words, st.sampled_from([45, 80, 100, 250]))
def test_a_label_is_one_short_line_without_tricks(typed: str, most: int) -> None:
    found = label(typed, most)
    assert found.strip()
    assert units(found) <= most
    assert "\n" not in found
    assert not [one for one in read(found).live if one[0] in ("call", "lure", "address", "person", "role", "channel", "link")]


def test_a_label_reads_as_it_was_meant() -> None:
    assert label("Accept  as\nmedium", 80) == "Accept as medium"
    assert label("Accept *it*: R&D", 80) == "Accept *it*: R&D"
    assert label("https://evil.example", 80) == "https[:]//evil[.]example"
    assert label(" \n ", 80, "Open") == "Open"
    assert label("a" * 90, 80) == "a" * 79 + "…"
    assert label("😀" * 41, 80) == "😀" * 39 + "…"
    assert clipped("abc", 3) == "abc"
    assert defanged("https://a.b/c") == "https[:]//a[.]b/c"


# -- what arrives --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("told", "typed"), [
    ("**as** _it_ `was` \\*typed\\* https://a.example", "**as** _it_ `was` \\*typed\\* https://a.example"),
    (f"ask <@{ACCOUNT}> or <@!123456789012345678>", "ask @lead or @123456789012345678"),
    ("<@&123> in <#456>", "@123 in #456"),
    ("<:smile:123> <a:wave_2:123>", ":smile: :wave_2:"),
    ("</report new:123>", "/report new"),
    ("<t:1700000000:R> <id:guide> a < b > c <b>", "<t:1700000000:R> <id:guide> a < b > c <b>"),
])
def test_what_is_heard_is_what_was_typed(told: str, typed: str) -> None:
    assert heard(told, {ACCOUNT: "lead"}) == typed


def test_a_pgp_block_survives() -> None:
    assert heard(BLOCK) == BLOCK
    assert find(heard(f"```\n{BLOCK}\n```")).blocks[0].packets == find(BLOCK).blocks[0].packets
    assert read(markdown(say(pre(BLOCK))).text).live == [("pre", f"{BLOCK}\n")]


def test_an_address_in_bold_does_not_end_it() -> None:
    shown = markdown(say(bold("see](https://evil.example)**loud**~~gone~~ https://evil.example/***"))).text
    assert not [one for one in read(shown).live if one[0] in ("address", "link", "masked")]
    assert not [one for one in alive(shown) if one.startswith(("link", "masked", "preview"))]
