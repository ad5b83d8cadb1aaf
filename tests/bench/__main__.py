"""`python -m tests.bench [G1 G5 ...]`: the product's figures beside the lines it has to meet. It prints and never fails on time."""

from __future__ import annotations

import argparse
import logging
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.bench import chat, chat_discord, digest, judge, opening, site, store, whole
from tests.bench.table import Row, Size, show

LINES: dict[str, Callable[[Size], list[Row]]] = {
    "G1": whole.g1, "G2": opening.g2, "G3": opening.g3, "G4": opening.g4, "G5": opening.g5, "G6": store.g6, "G7": whole.g7, "G8": digest.g8,
    "G9": lambda size: chat.calls(size) + chat_discord.calls(size), "G10": chat.burst, "G11": chat_discord.burst,
    "G13": whole.g13, "G14": store.g14, "J1": judge.j1, "J2": judge.j2, "J3": judge.j3, "S1": site.s1,
}


def main() -> None:
    """Measure what is asked for, everything unless told."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("lines", nargs="*", metavar="LINE", help=f"some of {' '.join(LINES)}; all of them unless given")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, 20,000 rows, 100 keys")
    parser.add_argument("--rows", type=int, help="reports in the large database (1,000,000)")
    parser.add_argument("--rounds", type=int, help="rounds of each comparison (7)")
    given = parser.parse_args()
    wanted = [one.upper() for one in given.lines] or list(LINES)
    unknown = [one for one in wanted if one not in LINES]
    if unknown:
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(LINES)}")
    logging.disable(logging.WARNING)
    rows: list[Row] = []
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="hl-bench-") as folder:
        for one in wanted:
            scratch = Path(folder) / one
            scratch.mkdir()
            size = Size(rounds=given.rounds or (3 if given.quick else 7), rows=given.rows or (20_000 if given.quick else 1_000_000),
                        keys=100 if given.quick else 1_000, quick=given.quick, scratch=scratch)
            start = time.perf_counter()
            try:
                rows += LINES[one](size)
            except Exception as error:
                traceback.print_exc()
                rows.append(Row(one, "could not be measured", type(error).__name__, kept=False))
            print(f"{one}: measured in {time.perf_counter() - start:.0f} s", flush=True)
    print()
    show(rows)
    missed = sorted({one.line for one in rows if one.kept is False})
    print(f"\n{time.perf_counter() - begin:.0f} s; ratios are medians of interleaved rounds. "
          + (f"Missed: {', '.join(missed)}." if missed else "Every line is kept."))


if __name__ == "__main__":
    main()
