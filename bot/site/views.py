"""Each page's HTML, from what was gathered and the words: templates know structure, nothing else.

Decides what stands on which page. Everything that is printed is escaped by the templates; what is HTML already comes from `markup.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.site import drawing, files, markup
from bot.site.form import questions
from bot.site.gather import Content
from commands import records
from commands.desk import Desk, categories
from commands.outside import hall
from commands.records.publisher import Publisher
from commands.wording import interval, site_encrypt, site_key
from commands.wording import records as record_words
from commands.wording import site as words
from commands.wording.policy_text import values
from config import taxonomy
from config.policy.advisory import Advisory
from config.policy.states import Level
from storage.keyring import KeyFacts

_LATEST: Final = 3
_RANKS: Final = {level.value: rank for rank, level in enumerate(reversed(Level))}
ALL: Final = "all"


@dataclass(slots=True)
class Views:
    """The pages of one programme; `key` is what gpg says of its key, `signed` whether security.txt is signed.

    `direct` has, by platform, the address that opens the bot's direct messages.
    """

    desk: Desk
    key: KeyFacts
    signed: bool
    direct: Mapping[str, str]

    @property
    def base(self) -> str:
        """The address of the pages from outside, without a slash at its end; empty where the programme names none."""
        return self.desk.program.site.url

    @property
    def publisher(self) -> Publisher:
        """Who publishes the records."""
        return Publisher(self.desk.program.name, self.base)

    # -- pages ---------------------------------------------------------------------------------------------------------

    def home(self, content: Content) -> str:
        """The start page."""
        desk, program = self.desk, self.desk.program
        year = content.at.astimezone(program.tz).year
        promises = [
            (number, unit, act, words.on_time(content.kept.shares.get(name), first=at == 0) if name is not None else words.this_year(
                sum(one.published.astimezone(program.tz).year == year for one in content.advisories)))
            for at, (name, number, unit, act) in enumerate(words.promised(program))
        ]
        outside = words.way_outside(program.site.contact)
        ways = [words.way_here(), words.way_bot(desk.intake, self.direct), *([outside] if outside else [])]
        return _page("home.html", self._around(content, "/", ""), promises=promises, ways=ways, scope=program.scope,
                     advisories=content.advisories[:_LATEST], thanks=content.hall.all[:_LATEST], number=len(content.advisories),
                     read=markup.words_in(content.policy))

    def policy(self, content: Content, version: str = "") -> str | None:
        """The policy in force, or an earlier version as it was announced; nothing for a version that never was."""
        program = self.desk.program
        earlier = next((one for one in content.policies if one.version == version), None)
        if version and (earlier is None or version == program.policy.version):
            return None
        page = markup.policy_page(earlier.text if earlier else content.policy, program, listed_scope=values(program)["scope"])
        title = words.version_title(version) if earlier else words.POLICY_TITLE
        return _page("policy.html", self._around(content, "/policy", title), policy=page, earlier=earlier,
                     editions=content.policies if len(content.policies) > 1 else ())

    def key_page(self, content: Content) -> str:
        """The key."""
        own, program = content.key, self.desk.program
        return _page("key.html", self._around(content, "/key", site_key.TITLE), k=site_key, own=own, facts=self.key, signed=self.signed,
                     groups=_groups(own.fingerprint), qr=drawing.qr(own.fingerprint), key_file=key_file(program.name),
                     ended=site_key.no_key_end(own.expires_at, content.at))

    def encrypt(self, content: Content) -> str:
        """The form that the reader's own browser encrypts."""
        program = self.desk.program
        return _page("encrypt.html", self._around(content, "/encrypt", site_encrypt.TITLE), e=site_encrypt, own=content.key,
                     groups=_groups(content.key.fingerprint), first=questions(program, more=False),
                     more=questions(program, more=True), checksum=_groups(files.current().checksum), k=site_key,
                     listed=bool(program.site.contact), direct=self.direct, platforms=self.desk.intake, encrypts=files.ENCRYPTS,
                     key_file=key_file(program.name), most=_files_most(program.intake.sent),
                     ended=site_key.no_key_end(content.key.expires_at, content.at))

    def hall(self, content: Content, year: str) -> str | None:
        """The hall of fame of a year, or of all years; nothing for a year in which nobody was thanked."""
        tz, found = self.desk.program.tz, content.hall
        years = tuple(sorted({one.at.astimezone(tz).year for one in found.all}, reverse=True))
        if year not in ("", ALL) and (not year.isascii() or not year.isdigit() or int(year) not in years):
            return None
        shown = None if year == ALL else int(year) if year else years[0] if years else None
        thanked = [one for one in found.all if shown is None or one.at.astimezone(tz).year == shown]
        none = sum(found.nameless.values()) if shown is None else found.nameless.get(shown, 0)
        return _page("hall.html", self._around(content, "/hall-of-fame", words.HALL), named=hall.people(thanked), reports=len(thanked),
                     years=years, shown=shown, nameless=none, levels=tuple(reversed(_RANKS)))

    def advisories(self, content: Content) -> str:
        """All advisories."""
        by_year: dict[int, list[Advisory]] = {}
        for one in content.advisories:
            by_year.setdefault(one.published.astimezone(self.desk.program.tz).year, []).append(one)
        return _page("advisories.html", self._around(content, "/advisories", words.ADVISORIES), by_year=by_year)

    def advisory(self, content: Content, one: Advisory) -> str:
        """One advisory."""
        known = categories().get(one.category)
        cause = taxonomy.current().causes.get(one.cause)
        dates = [(one.reported, "reported"), (one.accepted, "accepted"), (one.fixed, "fixed"),
                 (one.published.astimezone(self.desk.program.tz).date(), "published")]
        chart = drawing.chart(one, words.BEFORE_AFTER)
        return _page("advisory.html", self._around(content, "/advisories", one.title), one=one, category=known, cause=cause,
                     mapped=[found.shown for found in known.mapped if found.source.key in ("atlas", "owasp_llm_2025", "cwe")] if known else [],
                     dates=[(when, what) for when, what in dates if when is not None], chart=chart, interval=interval,
                     verdict=record_words.VERDICTS.get(one.verdict, ""),
                     records=[(name, words.record_name(name)) for name in records.files(one, self.publisher)])

    def times(self, content: Content) -> str:
        """How promises are kept."""
        return _page("times.html", self._around(content, "/times", words.TIMES),
                     rows=words.times_rows(self.desk.program, content.kept.shares))

    def missing(self, content: Content) -> str:
        """Said where there is no page."""
        return _page("missing.html", self._around(content, "", words.MISSING_TITLE))

    def _around(self, content: Content, path: str, title: str) -> Mapping[str, Any]:
        program = self.desk.program
        return {"program": program, "content": content, "path": path, "title": title, "tz": program.tz,
                "fingerprint": " ".join(_groups(content.key.fingerprint)), "base": self.base}


def _files_most(sent: int) -> int:
    """Return how large files may be together, in bytes, so that they fit what may be sent: base64 twice, and armor."""
    return sent * 10 // 19


def key_file(name: str) -> str:
    """Return the name under which the key is saved."""
    plain = "-".join("".join(one if one.isascii() and one.isalnum() else " " for one in name.lower()).split())
    return f"{plain or 'disclosure'}-key.asc"


def _groups(text: str) -> list[str]:
    return [text[at : at + 4] for at in range(0, len(text), 4)]


def _local_day(when: datetime | date, tz: Any) -> str:
    return words.short_day(when.astimezone(tz).date() if isinstance(when, datetime) else when)


class _Templates:
    """The templates, loaded with the first page."""

    @cached_property
    def environment(self) -> Environment:
        found = Environment(loader=FileSystemLoader(Path(__file__).with_name("templates")), autoescape=True, undefined=StrictUndefined,
                            trim_blocks=True, lstrip_blocks=True)
        found.filters.update(html=markup.html, day=_local_day, paragraphs=markup.paragraphs)
        found.globals.update(w=words, file=files.current().address, integrity=lambda name: files.current().by_name[name].integrity,
                             rank=_RANKS, followed=markup.followed, outside=markup.outside)
        return found


_TEMPLATES: Final = _Templates()


def _page(template: str, around: Mapping[str, Any], **more: Any) -> str:
    return _TEMPLATES.environment.get_template(template).render(**around, **more)
