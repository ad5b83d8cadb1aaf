"""What our commands are called on Discord, where one command holds 8,000 characters at most.

Decides which groups stand beside `/vdp` as commands of their own: those that are about the programme and not about one report.
"""

from __future__ import annotations

import re
from typing import Final

VDP: Final = "vdp"
APART: Final = ("program", "upkeep")
_APART: Final = re.compile(rf"/{VDP} ({'|'.join(APART)})\b")


def typed(text: str) -> str:
    """Return words of ours that name a command as it is typed on Discord: `/vdp program roles` is `/vdp-program roles` there."""
    return _APART.sub(rf"/{VDP}-\1", text)
