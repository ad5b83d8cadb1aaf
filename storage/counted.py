"""The rows that figures are counted from: every report and entry, but for rehearsals and for what was undone.

A rehearsal keeps its row as an id with dates and its entries in the ledger; in a figure it must be neither seen nor missing. So what
is counted is these two selections, never the tables themselves. Of a step that was undone no entry is counted.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Table, select

from storage.models import Entry, Report
from storage.standing import stands

_REPORT: Final[Table] = Report.metadata.tables["report"]
_ENTRY: Final[Table] = Entry.metadata.tables["entry"]
_r: Any = _REPORT.c
_e: Any = _ENTRY.c

REHEARSALS: Final = select(_r.id).where(_r.rehearsal.is_(True))
REPORTS: Final = select(_REPORT).where(_r.rehearsal.is_(False)).subquery("report")
ENTRIES: Final = select(_ENTRY).where(_e.report_id.not_in(REHEARSALS), stands(_e)).subquery("entry")
