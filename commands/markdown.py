"""From the little Markdown in which a programme writes its policy to styled text.

Decides what is understood: headings, list items, bold, code and links; everything else stays as it was written. Only what
the programme's own people wrote goes through here, never what a stranger sent.
"""

from __future__ import annotations

import re

from commands.text import Span, Text, bold, code, lines, link, say

_INLINE = re.compile(r"\*\*(?P<bold>[^*\n]+)\*\*|`(?P<code>[^`\n]+)`|\[(?P<words>[^\]\n]+)\]\((?P<to>[^)\s]+)\)")
_HEADING = re.compile(r"#{1,6} +(?P<words>.+?)(?: +#+)?$")
_ITEM = re.compile(r"[-*] +(?P<words>.+)$")


def styled(source: str) -> Text:
    """Return Markdown as text: a heading is a bold line of its own, a list item begins with a dot."""
    blocks: list[Text] = []
    for block in re.split(r"\n\s*\n", source.strip()):
        rows: list[Text] = []
        for row in block.splitlines():
            heading, item = _HEADING.match(row.strip()), _ITEM.match(row.strip())
            if heading:
                blocks += [lines(rows)] if rows else []
                blocks.append(say(bold(heading["words"])))
                rows = []
            else:
                rows.append(say("• ", *_inline(item["words"])) if item else say(*_inline(row.strip())))
        blocks += [lines(rows)] if rows else []
    return lines(blocks, "\n\n")


def _inline(words: str) -> list[str | Span]:
    found: list[str | Span] = []
    end = 0
    for one in _INLINE.finditer(words):
        found.append(words[end:one.start()])
        found.append(bold(one["bold"]) if one["bold"] else code(one["code"]) if one["code"] else link(one["words"], one["to"]))
        end = one.end()
    return [*found, words[end:]]
