"""A sheet of paper in pixels: lines, dots, bars and words at exact places, measured before they are placed.

Decides faces, inks and how a picture becomes bytes that are the same every time. Leaves what is drawn where
to `charts.py` and `charts_interval.py`. No pyplot and no axes: a picture of ours is placed by hand.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Ellipse, Rectangle
from matplotlib.transforms import IdentityTransform

DPI = 100
SMALLEST = 20  # px; the picture is read at half its size

PAPER, LINE, EDGE = "#fbfaf7", "#dfdcd2", "#7c8081"
INK, INK_2, INK_3 = "#14202b", "#46535f", "#5a6671"
KEPT = "#9aa3a9"  # a promise kept
MARK, LIGHT_INK = "#bb6f00", "#8a5100"  # the line that was promised and the one thing to do; nothing else

_FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"  # shipped with the library, so never missing


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the sheet: left, top, right, bottom, in px from the upper left corner."""

    left: float
    top: float
    right: float
    bottom: float

    def touches(self, other: Box) -> bool:
        """Whether two rectangles overlap."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


class Sheet:
    """The sheet. All places are in px from its upper left corner, words by their baseline."""

    def __init__(self, width: int, height: int) -> None:
        """An empty sheet of `width` by `height` px."""
        self.width, self.height = width, height
        self.figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor=PAPER, edgecolor=PAPER)
        canvas: Any = FigureCanvasAgg  # comes without types
        self._canvas = canvas(self.figure)
        self._renderer = self._canvas.get_renderer()
        self._drawn = 0  # what is drawn later lies above
        self._faces = {
            bold: FontProperties(fname=_FONTS / f"DejaVuSans{'-Bold' if bold else ''}.ttf")
            for bold in (False, True)
        }

    def width_of(self, words: str, size: float, *, bold: bool = False) -> float:
        """Return how wide words are, in px."""
        face = self._faces[bold].copy()
        face.set_size(size * 72 / DPI)
        wide, _, _ = self._renderer.get_text_width_height_descent(words, face, ismath=False)
        return float(wide)

    def words(
        self,
        x: float,
        y: float,
        words: str,
        size: float,
        *,
        bold: bool = False,
        ink: str = INK,
        align: Literal["left", "center", "right"] = "left",
    ) -> None:
        """Write words in `size` px; raises ValueError below the smallest readable size."""
        if size < SMALLEST:
            raise ValueError("words below the smallest readable size")
        self.figure.text(
            x,
            self.height - y,
            words,
            transform=IdentityTransform(),
            color=ink,
            ha=align,
            va="baseline",
            fontproperties=self._faces[bold],
            fontsize=size * 72 / DPI,
            parse_math=False,
            usetex=False,
            zorder=self._above(),
        )

    def cut(self, words: str, size: float, most: float, *, bold: bool = False) -> str:
        """Return words that fit into `most` px, with an ellipsis where they were cut."""
        if self.width_of(words, size, bold=bold) <= most:
            return words
        low, high = 0, len(words)
        while low < high:  # the longest beginning that fits
            middle = (low + high + 1) // 2
            if self.width_of(words[:middle].rstrip() + "…", size, bold=bold) <= most:
                low = middle
            else:
                high = middle - 1
        return words[:low].rstrip() + "…"

    def wrapped(
        self, words: str, size: float, most: float, *, bold: bool = False, rows: int = 2
    ) -> list[str]:
        """Return words broken at spaces into at most `rows` lines of at most `most` px."""
        found: list[str] = []
        for word in words.split():
            longer = f"{found[-1]} {word}" if found else word
            if found and self.width_of(longer, size, bold=bold) <= most:
                found[-1] = longer
            else:
                found.append(word)
        if len(found) > rows:
            found = [*found[: rows - 1], " ".join(found[rows - 1 :])]
        return [self.cut(one, size, most, bold=bold) for one in found]

    def _above(self) -> int:
        self._drawn += 1
        return self._drawn

    def line(self, x1: float, y1: float, x2: float, y2: float, *, ink: str, thick: float) -> None:
        """Draw a straight line with square ends."""
        self.figure.add_artist(
            Line2D(
                [x1, x2],
                [self.height - y1, self.height - y2],
                transform=IdentityTransform(),
                color=ink,
                linewidth=thick * 72 / DPI,
                solid_capstyle="butt",
                antialiased=True,
                zorder=self._above(),
                marker="",
                linestyle="-",
            )
        )

    def dot(self, x: float, y: float, radius: float, *, fill: str, rim: str, thick: float) -> None:
        """Draw a dot; its rim lies on the edge."""
        self.figure.add_artist(
            Ellipse(
                (x, self.height - y),
                2 * radius,
                2 * radius,
                transform=IdentityTransform(),
                facecolor=fill,
                edgecolor=rim,
                linewidth=thick * 72 / DPI,
                linestyle="-",
                antialiased=True,
                zorder=self._above(),
            )
        )

    def bar(self, box: Box, *, fill: str, rim: str = "none", thick: float = 0) -> None:
        """Draw a filled rectangle."""
        self.figure.add_artist(
            Rectangle(
                (box.left, self.height - box.bottom),
                box.right - box.left,
                box.bottom - box.top,
                transform=IdentityTransform(),
                facecolor=fill,
                edgecolor=rim,
                linewidth=thick * 72 / DPI,
                linestyle="-",
                antialiased=True,
                zorder=self._above(),
            )
        )

    def title(self, words: str, x: float, y: float, most: float, *, size: float = 46) -> None:
        """Write a title on one line, smaller when it is long, on two lines when it is very long."""
        for one in range(round(size), 33, -1):
            if self.width_of(words, one, bold=True) <= most:
                self.words(x, y, words, one, bold=True)
                return
        for number, row in enumerate(self.wrapped(words, 32, most, bold=True)):
            self.words(x, y - 30 + 38 * number, row, 32, bold=True)

    def png(self) -> bytes:
        """Return the sheet as a PNG, the same bytes for the same drawing."""
        out = io.BytesIO()
        self._canvas.print_png(out, metadata={"Software": None})
        return out.getvalue()
