"""Looking categories up: the list, what words mean, one with its mappings; and which ones a report was given.

Decides who sees what; nothing is changed here. What a category is stands in config/taxonomy.py, choosing one for a report is
part of accepting it.
"""

from __future__ import annotations

from typing import Annotated

from commands.calls import Call, Reply
from commands.desk import categories_like
from commands.registry import Hint, command
from commands.text import Text, lines
from commands.wording import causes as wording
from config import rubric, taxonomy
from config.policy.roles import Allow
from config.policy.states import Role

_READERS = Allow((Role.TRIAGER, Role.OWNER, Role.LEAD, Role.LEGAL, Role.PRIVACY, Role.LEADERSHIP, Role.ADMIN))


def _loosely(_desk: object) -> tuple[tuple[str, str], ...]:
    """Nothing to choose from alone: any words are taken."""
    return ()


@command("case category", allow=_READERS, reads=True)
async def category(call: Call, words: Annotated[str, Hint(
    "id, mapped id or words", choices=_loosely, search=categories_like, example="LLM01:2025")] = "") -> Reply:
    """Look a category up by id, name, words or a mapped id, with its mappings to other lists."""
    known = taxonomy.current()
    found = known.find(words)
    parts: list[Text] = [await _of_report(call)]
    if not words.strip():
        parts.append(wording.category_list(tuple(known.categories.values()), wording.all_categories(len(known.categories))))
    elif not found:
        parts.append(wording.no_hit())
    elif len(found) > 1:
        parts.append(wording.category_list(found, wording.hits(len(found))))
    else:
        parts.append(wording.category(known, found[0], rubric.current().by_axis))
    return Reply(text=lines(parts, "\n\n"))


async def _of_report(call: Call) -> Text:
    """Return what was claimed and what was decided, in a report's channel, for those who are on the report."""
    here = call.here
    if here is None:
        return Text()
    on_it = {one.person_id for one in await call.work.people.roster(here.id)} | {here.owner_id}
    if call.caller.id not in on_it:
        return Text()
    known = taxonomy.current()
    return wording.in_report(wording.named(known, here.category_claimed), wording.named(known, here.category) if here.category else "not yet")
