"""An advisory as files for other people's programs: one module a format, each made from the public record alone.

Decides which formats fit which category. What an advisory holds is decided in `config/policy/advisory.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from commands.records import avid, csaf, cve, markdown, osv, ours
from commands.records.publisher import Publisher
from config.policy.advisory import Advisory

# Flaws of code, for which records of packages and of CVE are drawn up (domain section 11).
CODE: Final = frozenset({"software-flaw", "unsafe-model-file", "sandbox-escape", "supply-chain", "insecure-output"})

Writer = Callable[[Advisory, Publisher], dict[str, Any]]


def files(advisory: Advisory, publisher: Publisher) -> dict[str, str]:
    """Return the files of an advisory by name: Markdown, our JSON, AVID, CSAF where there are public pages, for code OSV and CVE."""
    found = {f"{advisory.id}.md": markdown.written(advisory, publisher)}
    writers: dict[str, Writer] = {f"{advisory.id}.json": ours.written, f"{advisory.id}.avid.json": avid.written}
    if publisher.url:  # CSAF names the page that it stands for
        writers[csaf.name_of(advisory)] = csaf.written
    if advisory.category in CODE:
        writers |= {f"{advisory.id}.osv.json": osv.written, f"{advisory.id}.cve.json": cve.written}
    for name, writer in writers.items():
        found[name] = json.dumps(writer(advisory, publisher), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    return found
