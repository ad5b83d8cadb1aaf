"""The Home tab: what waits for its reader, then what the panel holds, within Slack's limits.

Decides only how a panel looks; what is on it comes from `commands/panel.py`. Buttons stand below their own row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.platforms.slack.blocks import answer_blocks, row_words
from bot.platforms.slack.sheet import VIEW_BLOCKS, VIEW_ROOM, Acts, context, cost, fit, head
from bot.platforms.slack.text import Json
from commands.calls import Panel, Reply, Row
from commands.text import Text, Words, bold, lines, say
from commands.wording import slack_drawing as wording

CALLBACK = "home"
_FIRST = 45  # blocks of what stands above the panel: a queue or a digest
_ROW_ROOM = 4_000


def home(panel: Panel, *, title: str, above: Reply | None = None) -> Json:
    """Return the Home tab. `above` is the answer that its reader wants first: a colleague's queue, the newest digest."""
    page = _Page(VIEW_BLOCKS - 1, VIEW_ROOM - 500)
    page.add([head(title)])
    page.add(context(panel.about))
    if above is not None:
        page.add(answer_blocks(replace(above, panel=None), room=VIEW_ROOM // 2, most=_FIRST).blocks)
    if panel.waiting:
        page.section(wording.WAITING, [Row("", words, "light") for _, words in panel.waiting])
    if panel.next_text:
        page.section(wording.NEXT, [Row("", panel.next_text, "ring")])
    for name, rows in panel.sections:
        page.section(name, rows)
    if page.empty and above is None:
        page.add(fit(say(wording.nothing_waits()), 2_000).blocks)
    return {"type": "home", "callback_id": CALLBACK,
            "blocks": [*page.blocks, *(context(wording.cut_home()) if page.cut else ())]}


class _Page:
    """The blocks so far. Once something did not fit, nothing more is added: what comes first is what matters."""

    def __init__(self, most: int, room: int) -> None:
        self.blocks: list[Json] = []
        self.cut = False
        self.empty = True
        self._most, self._room = most, room
        self._acts = Acts()

    def add(self, blocks: Sequence[Json]) -> None:
        price = cost(blocks)
        if self.cut or len(self.blocks) + len(blocks) > self._most or price > self._room:
            self.cut = True
            return
        self.blocks += blocks
        self._room -= price

    def section(self, name: str, rows: Sequence[Row]) -> None:
        """Add a heading with its rows; rows without buttons share a block."""
        if not rows:
            return
        self.empty = False
        words: list[Words] = [bold(name)] if name.strip() else []
        for row in rows:
            words.append(row_words(row))
            if row.buttons:
                pressed = self._acts.row(row.buttons)
                self._words(lines(words), pressed.blocks)
                words = []
        self._words(lines(words), ())

    def _words(self, text: Text, buttons: Sequence[Json]) -> None:
        """Add words with the buttons that belong to them, both or none."""
        found = fit(text, _ROW_ROOM, most=8)
        if found.blocks or buttons:
            self.add([*found.blocks, *buttons])
        self.cut = self.cut or found.cut
