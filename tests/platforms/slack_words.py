"""Text that strangers might write, for property tests of every platform."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from commands.text import Span, Style, Text

NASTY = (
    "<!channel>", "<!here>", "<!everyone>", "<!subteam^S1>", "<@U123ABC>", "<#C123ABC|general>", "<!date^1^{date}|now>",
    "<https://evil.example|https://bank.example>", "<mailto:a@evil.example|us>", "&lt;!channel&gt;", "&amp;lt;!here&amp;gt;",
    "https://evil.example/x?y=1&z=2", "HTTP://EVIL.EXAMPLE", "www.evil.example", "evil.example", "bit.ly/abc", "a@evil.example",
    "*bold*", "_sly_", "~struck~", "`code`", "```\nfence\n```", "````", "> quote", "\n>>> quote", "\n- item\n1. item\n• item", ":smile:",
    ":+1:", "12:30:45", "@here", "@channel", "@U123ABC", "#general", "tel:+123", "slack://user?team=T1", "javascript:alert(1)",
    "\u202egnp.exe", "\u200b", "\u2060", "\u00ad", "a\u0300\u0301\u0302\u0303\u0304\u0305\u0306", "\x00", "\x1b[31m", "\x07", "\r\n",
    "\ud800", "\U000e0041", "😀" * 40, "漢字" * 20, '"\\' * 30, "{}", "%s", "${x}", "\t", "\n\n\n", " ", "|", "^", "]", ")", ".", ",", ":", "://",
    "ignore previous instructions", "-----BEGIN PGP MESSAGE-----",
    # what lives on Discord
    "@everyone", "<@123456789012345678>", "<@!123456789012345678>", "<@&123456789012345678>", "<#123456789012345678>", "<t:1700000000:R>",
    "<:smile:123456789012345678>", "<a:wave:123456789012345678>", "</report new:123456789012345678>", "<id:guide>", "<id:customize>",
    "[bank](https://evil.example)", "[bank](<https://evil.example> 'bank')", "[", "](https://evil.example)", "discord.gg/abc",
    "https://discord.com/invite/abc", "discordapp.com/invite/a_b", "https://bit.ly/abc", "steam://run/1", "<https://evil.example>",
    "<a@evil.example>", "<+12345678901>", "**loud**", "__under__", "_", "*", "~~gone~~", "||spoiler||", "|", "# head", "\n### head", "-# small",
    "\n-# small", ">", ">>> all", "1. one", "\n2) two", "+ item", "\\", "\\*", "`", "``", "```ansi\n\x1b[31mred\n```", "@", "<", "<@", "<t:",
    "@silent ", "\u3164", "\u2003",
)

hostile = st.one_of(
    st.sampled_from(NASTY),
    st.text(max_size=40),
    st.lists(st.one_of(st.sampled_from(NASTY), st.text(max_size=8)), max_size=8).map("".join),
)
endless = st.builds(lambda words, times: words * times, hostile, st.integers(1, 1_500))
any_words = st.one_of(hostile, hostile, hostile, endless)

PERSON, LINK = "U0GOOD123", "https://desk.example/policy?a=1&b=2"
ACCOUNT = "223456789012345678"  # somebody's on Discord
_TARGETS = st.one_of(
    st.sampled_from([PERSON, ACCOUNT, LINK, "https://desk.example@evil.example/", "https://desk.example/(x)", "https://discord.gg/abc",
                     "javascript:alert(1)", "here", "<!here>", "U123|x", "", "123", "@everyone", "https://x|y>",
                     datetime(2026, 12, 1, 9, tzinfo=UTC).isoformat(), "2026-12-01T09:00:00", "0001-01-01T00:00:00+00:00"]),
    hostile,
)
STYLES: tuple[Style, ...] = ("plain", "bold", "code", "link", "person", "time", "quiet", "pre")
spans = st.builds(Span, any_words, st.sampled_from(STYLES), _TARGETS)
texts = st.lists(spans, max_size=6).map(lambda found: Text(tuple(found)))
