"""Thanks by name: the researcher chooses a name and a link, or none, and may change that at any time.

Decides what a name and a link may be, and that every place follows: posts, hall of fame, feeds, every edition of the advisory and
its records. Where a name stands is `fame.py`, `hall.py` and `advisory.py`.
"""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from commands import record
from commands.calls import Call, Problem, Reply
from commands.outside import advisory, duplicates, fame
from commands.registry import Hint, conversation
from commands.text import say
from commands.wording import ending
from config.policy.roles import Allow, Tie
from config.policy.states import Role
from storage.models import Report

MINE = Allow(Role.REPORTER, tie=Tie.REPORTER)
LONGEST_NAME, LONGEST_LINK = 40, 200
_NAME_EXTRA = " -_.'@"
_LINK = re.compile(r"[!#$%&*+,./0-9:;=?A-Z_a-z~-]+")  # printable, and nothing that ends an attribute, a cell or a line anywhere
_HOST = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:[0-9]{1,5})?")  # no account before it, no address of a private place by number
_AT_THE_END = re.compile(r"^(?P<name>.*?)\s*(?:^|\s)link=(?P<link>\S+)\s*$", re.DOTALL)


def shown_name(name: str) -> str:
    """Return a credit name as it may be announced; raises Problem when it holds more than a name does."""
    words = " ".join(name.split())
    if not words or len(words) > LONGEST_NAME or any(not (char.isalnum() or char in _NAME_EXTRA) for char in words):
        raise Problem("bad_argument", ending.NAME, errors={"name": ending.NAME_SHORT})
    return words


def shown_link(text: str) -> str:
    """Return a link as it may stand beside a name, or nothing; raises Problem for anything but a plain https address."""
    found = text.strip()
    if not found:
        return ""
    fits = len(found) <= LONGEST_LINK and found.startswith("https://") and _LINK.fullmatch(found) is not None
    if not fits or _HOST.fullmatch(urlsplit(found).netloc) is None:
        raise Problem("bad_argument", ending.LINK, errors={"link": ending.LINK_SHORT})
    return found


async def _chosen(call: Call) -> dict[str, str]:
    if call.report is None:
        return {}
    return {"name": fame.name_of(call.desk, call.report), "link": fame.link_of(call.desk, call.report)}


@conversation("credit", allow=MINE, title="Thank me by name", submit="Use this name", prefill=_chosen)
async def credit(
    call: Call, report: Report, name: Annotated[str, Hint("name", example="quiet-heron", help="Public. Write none for no name.")], *,
    link: Annotated[str, Hint("link beside it", example="https://heron.example", help="Public, if you want one. It begins with https.")] = "",
) -> Reply:
    """Choose the name and link by which we thank you in public, or none; you may change it later."""
    typed = _AT_THE_END.match(name)
    if typed is not None and not link:
        name, link = typed["name"], typed["link"]
    if name.strip().lower() in ("none", "no", "no name"):
        return await _no_credit(call, report)
    duplicates.refuse_credit(report)
    if report.key is None:
        raise Problem("gone", ending.no_name_kept(report.id))
    shown, to = shown_name(name), shown_link(link)
    report.credit = "name"
    report.credit_name = record.sealed(call, report, "credit_name", shown)
    report.credit_link = record.sealed(call, report, "credit_link", to) if to else None
    await _everywhere(call, report)
    return Reply(text=ending.thanked(shown, link=to, public=report.published_at is not None))


@conversation("no-credit", allow=MINE, hidden=True, title="No name")
async def no_credit(call: Call, report: Report) -> Reply:
    """Be thanked without a name: nothing is announced."""
    return await _no_credit(call, report)


async def _no_credit(call: Call, report: Report) -> Reply:
    report.credit, report.credit_name, report.credit_link = "none", None, None
    await _everywhere(call, report)
    return Reply(text=say(ending.NO_NAME))


async def _everywhere(call: Call, report: Report) -> None:
    await record.note(call, report, "credit", data={"choice": report.credit})
    await fame.follow(call, report)
    await advisory.follow_credit(call, report)
