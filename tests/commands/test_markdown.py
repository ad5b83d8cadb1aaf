"""The policy's Markdown becomes styled text, and nothing of its marks is left."""

from __future__ import annotations

from commands.markdown import styled
from config.settings import ROOT


def test_headings_items_and_marks_inside_a_line() -> None:
    found = styled("# Title\nFirst line\nand **strong** words.\n\n- one `code`\n- two\n\n## Part ##\n* three [here](https://example.org/x)\n")
    assert found.plain() == (
        "Title\n\nFirst line\nand strong words.\n\n• one code\n• two\n\nPart\n\n• three here")
    styles = {(one.text, one.style, one.to) for one in found.spans if one.style != "plain"}
    assert styles == {("Title", "bold", ""), ("strong", "bold", ""), ("code", "code", ""), ("Part", "bold", ""),
                      ("here", "link", "https://example.org/x")}


def test_what_is_no_mark_stays_as_it_was_written() -> None:
    for words in ("2 * 3 * 4", "#1 of 3", "a - b", "**", "[x]", "AIV_1_2", ""):
        assert styled(words).plain() == words


def test_the_policy_of_the_demo_has_no_marks_left() -> None:
    plain = styled((ROOT / "config" / "policy.md").read_text(encoding="utf-8")).plain()
    assert "#" not in plain
    assert "**" not in plain
    assert "\n- " not in plain
    assert plain.count("•") > 20
