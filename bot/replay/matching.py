"""Matches texts against one pattern in a process of its own, which whoever started it may kill at any moment.

Run by path, in isolation: it imports nothing of ours. Reads frames (four bytes of length, then UTF-8) from standard input, first
the pattern, then texts; answers each with one byte: `+` or `!` for the pattern, `y` or `n` for a text. Writes nothing else.
"""

from __future__ import annotations

import re
import resource
import struct
import sys
from typing import BinaryIO

MEMORY_BYTES = 1 << 30


def _frame(source: BinaryIO) -> str | None:
    head = source.read(4)
    if len(head) < 4:
        return None
    (length,) = struct.unpack(">I", head)
    return source.read(length).decode("utf-8", "surrogatepass")


def main() -> None:
    """Serve until the input ends."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    source, answers = sys.stdin.buffer, sys.stdout.buffer
    pattern = _frame(source)
    if pattern is None:
        return
    try:
        compiled = re.compile(pattern)
    except (re.error, RecursionError, OverflowError, MemoryError, ValueError):
        answers.write(b"!")
        answers.flush()
        return
    answers.write(b"+")
    answers.flush()
    while (text := _frame(source)) is not None:
        answers.write(b"y" if compiled.search(text) else b"n")
        answers.flush()


if __name__ == "__main__":
    main()
