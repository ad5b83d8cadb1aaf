"""An advisory: what becomes public about one report, and nothing else.

It decides which fields there are. Every public output (page, feed, Markdown, AVID, CSAF, OSV, CVE draft) is made from this
record alone, so what is not in it cannot become public. Who approves it and when it appears is left to commands/.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime

from config.policy.rates import Trials

LICENCE = "CC-BY-4.0"
CONTEXT = ("S07", "S08", "S09", "S11", "S12", "S13")  # how it was tried: the sampling facts that are public by domain section 2


@dataclass(frozen=True, slots=True)
class System:
    """What was affected: its id in the scope, its name, the version as it was served, and model, endpoint or product."""

    id: str
    name: str
    version: str = ""
    kind: str = "product"

    @property
    def shown(self) -> str:
        """The name with its version."""
        return f"{self.name} {self.version}".rstrip()


@dataclass(frozen=True, slots=True)
class Revision:
    """One edition of an advisory and what it changed."""

    number: int
    at: datetime
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisory:
    """The public record of one report (domain section 11); dates are days, `published` and revisions are instants.

    Text is plain, written for the public and approved by both sides. `before` and `after` are counts of our own trials.
    """

    id: str
    title: str  # the finding
    lead: str  # what users should do, in a sentence or two
    happened: str
    changed: str = ""
    systems: tuple[System, ...] = ()
    category: str = ""  # id of the taxonomy
    kind: str = ""  # vulnerability, hazard or incident
    level: str = ""
    score: str = ""
    vector: str = ""
    rubric: str = ""
    verdict: str = ""
    before: Trials | None = None
    after: Trials | None = None
    context: tuple[tuple[str, str], ...] = ()  # public sampling facts by id, such as S07
    cause: str = ""  # id of the taxonomy
    exploited: bool = False
    reported: date
    accepted: date | None = None
    fixed: date | None = None
    published: datetime
    revisions: tuple[Revision, ...]
    credit: str = ""  # the name that the researcher chose
    credit_link: str = ""
    links: tuple[str, ...] = ()
    licence: str = LICENCE

    def __post_init__(self) -> None:
        """Refuse what is not public, whoever drew it up: ValueError names the field."""
        for name, _ in self.context:
            if name not in CONTEXT:
                raise ValueError(f"{name} is not public")

    @property
    def revision(self) -> int:
        """The number of this edition, from 1."""
        return self.revisions[-1].number

    @property
    def revised(self) -> datetime:
        """When this edition appeared."""
        return self.revisions[-1].at


def stored(advisory: Advisory) -> str:
    """Return an advisory as JSON, from which `read` makes it again."""
    return json.dumps(asdict(advisory), ensure_ascii=False, sort_keys=True, default=_plain)


def read(text: str) -> Advisory:
    """Return the advisory that `stored` wrote; raises ValueError or KeyError for anything else."""
    data = json.loads(text)
    found = {key: value for key, value in data.items() if key in Advisory.__dataclass_fields__}
    found["systems"] = tuple(System(**one) for one in data["systems"])
    found["revisions"] = tuple(Revision(one["number"], datetime.fromisoformat(one["at"]), one["note"]) for one in data["revisions"])
    found["context"] = tuple((name, value) for name, value in data["context"])
    found["links"] = tuple(data["links"])
    for key in ("before", "after"):
        found[key] = Trials(data[key]["k"], data[key]["n"]) if data[key] else None
    for key in ("reported", "accepted", "fixed"):
        found[key] = date.fromisoformat(data[key]) if data[key] else None
    found["published"] = datetime.fromisoformat(data["published"])
    return Advisory(**found)


def _plain(value: object) -> object:
    if isinstance(value, date):  # an instant is a date, too
        return value.isoformat()
    raise TypeError(type(value).__name__)
