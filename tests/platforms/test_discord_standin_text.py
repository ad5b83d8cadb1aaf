"""What of a text is alive in Discord's client, as the stand-in's parser sees it."""

from __future__ import annotations

import discord
import pytest

from tests.platforms.discord_standin.markdown import alive, shown, without_code


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("plain text, 3 * 4 = 12 and snake_case_name", []),
        ("<@1> <@!2> <@&3> <#4>", ["mention:<@1>", "mention:<@!2>", "role:<@&3>", "channel:<#4>"]),
        ("@everyone @here", ["everyone:@everyone", "everyone:@here"]),
        ("</vdp accept:123> <id:customize>", ["command:</vdp accept:123>", "channel:<id:customize>"]),
        ("<:ok:1> <a:ok:1>", ["emoji:<:ok:1>", "emoji:<a:ok:1>"]),
        ("<t:1> <t:-1:R> <t:x>", ["timestamp:<t:1>", "timestamp:<t:-1:R>"]),
        ("see https://example.org/a.", ["link:https://example.org/a"]),
        ("<https://example.org>", ["link:https://example.org"]),
        ("<a@example.org>", ["email:a@example.org"]),
        ("[click](https://example.org)", ["masked:[click](https://example.org)"]),
        ("[**b**](https://example.org 'title')", ["masked:[**b**](https://example.org 'title')", "bold:**b**"]),
        ("[no](javascript:x)", []),
        ("discord.gg/abc", ["invite:discord.gg/abc"]),
        ("https://discord.gg/abc", ["link:https://discord.gg/abc", "invite:https://discord.gg/abc"]),
        ("||secret||", ["spoiler:||secret||"]),
        ("**b** *i* _i_ __u__ ~~s~~", ["bold:**b**", "italic:*i*", "italic:_i_", "underline:__u__", "strike:~~s~~"]),
        ("**a <@1>**", ["bold:**a <@1>**", "mention:<@1>"]),
        ("# head\n-# sub", ["heading:# head", "subtext:-# sub"]),
        ("> quoted <@1>\n- item\n1. item", ["quote:> quoted <@1>", "mention:<@1>", "list:- item", "list:1. item"]),
        ("> # both", ["quote:> # both", "heading:# both"]),
        ("a # not\n#not", []),
        ("`<@1>` ``a ` b``", ["code:`<@1>`", "code:``a ` b``"]),
        ("```py\n<@1> **x**\n```", ["block:```py\n<@1> **x**\n```"]),
        (r"\*\*not\*\* \<@1> \`x\` \|\|y\|\|", []),
        (r"\**half**", []),
        ("(https://example.org/a_(b))", ["link:https://example.org/a_(b)"]),
        (r"\# head", []),
        (r"\[x](https://example.org)", ["link:https://example.org"]),
        ("```never closed <@1>", ["mention:<@1>"]),
        ("\\\\**b**", ["bold:**b**"]),
    ],
)
def test_what_is_alive(text: str, found: list[str]) -> None:
    assert alive(text) == found


def test_where_it_stands_matters() -> None:
    text = "# h [x](https://example.org) https://example.org"
    assert alive(text, lines=False, masked=False) == ["link:https://example.org", "link:https://example.org"]
    assert "preview:https://example.org" in shown(text, [], []) and "preview:https://example.org" not in shown(text, [], [], 1 << 2)
    embed = {"title": text, "description": "<@1>", "fields": [{"name": "n **b**", "value": "v ||s||"}], "footer": {"text": "<@2>"}}
    assert shown("", [embed], []) == ["link:https://example.org"] * 2 + ["mention:<@1>", "bold:**b**", "spoiler:||s||"]
    display = {"type": 17, "components": [{"type": 10, "content": "<@1>"}]}
    assert shown("", [], [display]) == ["mention:<@1>"]


def test_no_preview_of_what_stands_in_angles() -> None:
    assert alive("<https://example.org>", previews=True) == ["link:https://example.org"]
    assert alive("https://example.org", previews=True) == ["link:https://example.org", "preview:https://example.org"]


def test_the_server_looks_for_mentions_outside_code_only() -> None:
    assert "<@1>" not in without_code("`<@1>` ```<@1>```") and "<@1>" in without_code(r"\<@1>")


def test_what_the_librarys_own_escaping_leaves_alive() -> None:
    text = "**b** ~~s~~ ||x|| `c` # h\n# h\n> q\n- l\n[x](https://example.org) <@123456789012345678> <t:1> <:ok:1> @everyone"
    left = alive(discord.utils.escape_mentions(discord.utils.escape_markdown(text)))
    assert {one.split(":")[0] for one in left} <= {"link", "timestamp", "emoji"}, left
    assert left
