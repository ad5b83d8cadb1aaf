"""The public pages as a program reads them: what they hold and what they never hold, headers, feeds, security.txt, caching."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp

from bot.site import files
from bot.site.drawing import chart
from bot.site.feeds import ATOM
from bot.site.feeds import advisories as advisories_feed
from bot.site.files import LIBRARY
from bot.site.gather import Content, Gathering
from bot.site.markup import followed, html, policy_page
from bot.site.opening import Late, beside, made
from bot.site.pages import POLICY
from bot.site.pages import Site as Pages
from bot.site.vendor import update
from bot.site.views import Views
from commands.text import link, say
from commands.wording import site as words
from config.policy import metrics, security_txt
from config.policy.advisory import Revision, System
from config.policy.rates import Trials
from config.program import DEMO, Site, load
from config.settings import load as load_settings
from storage import gpghome
from tests import pgp
from tests.site_world import CANARY, PAID, PERSONA, PROPOSED, advisories, site
from tests.world import MONDAY, World

PAGES = ("/", "/policy", "/policy/0.9", "/key", "/encrypt", "/hall-of-fame", "/hall-of-fame/2025", "/hall-of-fame/all", "/advisories", "/times",
         f"/advisories/{PERSONA.id}", "/nothing-here")
FEEDS = ("/advisories.atom", "/hall-of-fame.atom")
MOST = 50_000  # bytes of a page with its style sheets and scripts, as it is sent


class Page(HTMLParser):
    """Titles, addresses and ids of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.loaded: list[str] = []
        self.ids: list[str] = []
        self.bad: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src", "action") and value:
                self.addresses.append(value)
                if tag in ("script", "link") and value.startswith("/static/") and value not in self.loaded:
                    self.loaded.append(value)
            if name == "id" and value:
                self.ids.append(value)
            if name.startswith("on") or name == "style":
                self.bad.append(f"{tag} {name}")


@pytest.mark.slow
async def test_pages_feeds_and_records_hold_what_is_public_and_nothing_else(tmp_path: Path) -> None:
    async with site(tmp_path) as (world, address):
        page = {path: await world.client.get(address + path) for path in (*PAGES, *FEEDS, "/key.asc", security_txt.PLACE)}
        for one in advisories():
            found = await world.client.get(f"{address}/advisories/{one.id}")
            for file in re.findall(rf'href="(/advisories/[^"]*{one.id}[^"]*)"', found.text, re.IGNORECASE):
                page[file] = await world.client.get(address + file)
        assert {path for path, one in page.items() if one.status_code != 200} == {"/nothing-here"}
        assert page["/nothing-here"].status_code == 404
        assert len(page) > len(PAGES) + 11  # Markdown, JSON, AVID and CSAF of three advisories
        everything = "\n".join(f"{one.text} {one.headers}" for one in page.values())
        assert CANARY not in everything
        assert "pelican" not in everything.lower()
        for private in ("p-quiet-heron", "slack-water", "AIV-0PEN1", "AIV-REHRS", f"{PROPOSED:%Y-%m-%d}", f"{PROPOSED:%d %b %Y}",
                        str(PAID), f"{PAID:,}", "XTS"):
            assert private not in everything, private
        assert 'href="https://chosen.example/about"' in page["/hall-of-fame"].text

        home = page["/"].text
        for said in ("4 of 5 on time, last 90 days", "5 of 5 on time", "3 advisories this year",
                     "found a high flaw and broke our fix in the retest", "added to a report that was already known",
                     "security@acme.example", PERSONA.title):
            assert said in home, said
        hall = page["/hall-of-fame"].text
        assert [hall.count(name) for name in ("quiet-heron", "night-ferry", "tidewrack")] == [1, 1, 1]
        assert "Broke a fix of ours in the retest" in hall and "One more published report without a name" in hall
        assert "since October 2025, last 19 Nov 2026" in page["/hall-of-fame/all"].text
        assert "quiet-heron" not in page["/hall-of-fame/2025"].text and "night-ferry" in page["/hall-of-fame/2025"].text
        assert 'href="/policy/0.9"' in page["/policy"].text and "Our first policy" in page["/policy/0.9"].text
        advisory = page[f"/advisories/{PERSONA.id}"].text
        for said in ("17 to 47 %", "at most 4.95 %", "ceiling for medium, 5 %", "quiet-heron", "LLM01:2025", "The fix is verified"):
            assert said in advisory, said
        await _headers(world, address, page)
        await _sizes(world, address, page)
        _feeds(page)
        await _consent(world, address)


async def _headers(world: World, address: str, page: dict[str, httpx.Response]) -> None:
    for path, one in page.items():
        assert one.headers["content-security-policy"] == POLICY, path
        assert one.headers["x-content-type-options"] == "nosniff"
        assert one.headers["referrer-policy"] == "no-referrer"
        assert "set-cookie" not in one.headers and "server" not in one.headers
    assert "'unsafe" not in POLICY and "frame-ancestors 'none'" in POLICY and "connect-src 'none'" in POLICY
    tag = page["/policy"].headers["etag"]
    again = await world.client.get(f"{address}/policy", headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert page["/policy"].headers["cache-control"] == "no-cache"
    lasting = await world.client.get(address + files.current().address("site.css"))
    assert "immutable" in lasting.headers["cache-control"]
    for wrong in ("/static/000000000000/site.css", f"/static/{files.current().build}/..%2f..%2fapp.py", "/hall-of-fame/1999",
                  "/policy/1.0", "/policy/x",
                  "/hall-of-fame/x", "/advisories/AIV-0PEN1", "/advisories/AIV-K7Q3M.exe", "/%00", "/advisories/" + "x" * 3_000):
        assert (await world.client.get(address + wrong)).status_code == 404, wrong
    assert (await world.client.post(f"{address}/")).status_code == 405
    moved = await world.client.get(f"{address}/security.txt")
    assert moved.headers["location"] == security_txt.PLACE
    for slash, plain in (("/policy/", "/policy"), ("/advisories/", "/advisories"), ("//elsewhere.example/", "/elsewhere.example")):
        moved = await world.client.get(address + slash)
        assert (moved.status_code, moved.headers["location"]) == (308, plain), "on this host, by the scheme of whoever asked"
    for accepts, packed in (("gzip", True), ("br, gzip;q=0.5", True), ("gzip;q=0", False), ("gzip; q=0.0, br", False), ("identity", False)):
        found = await world.client.get(address + "/", headers={"accept-encoding": accepts})
        assert (found.headers.get("content-encoding") == "gzip") == packed, accepts
        assert PERSONA.title in found.text


async def _sizes(world: World, address: str, page: dict[str, httpx.Response]) -> None:
    for path in PAGES:
        one = Page(page[path].text)
        assert one.bad == [] and len(one.ids) == len(set(one.ids)), path
        plain = len(page[path].content) + sum(
            len(files.current().by_name[name.rsplit("/", 1)[1]].data) for name in one.loaded if not name.endswith(LIBRARY.name))
        assert plain < MOST, (path, plain)
        for found in one.addresses:
            assert followed(found) or found.startswith("#"), (path, found)
            if found.startswith("/"):
                status = (await world.client.get(address + found)).status_code
                assert status == 200, (path, found)
            elif found.startswith("http"):
                # The bot's own page, what somebody chose who is thanked, and nothing else.
                assert found in (world.app.local.address, "https://chosen.example/about"), (path, found)


def _feeds(page: dict[str, httpx.Response]) -> None:
    """RFC 4287: what each feed and each entry must have, exactly once, and instants with a zone."""
    counts = {}
    for path in FEEDS:
        assert page[path].headers["content-type"].startswith("application/atom+xml")
        feed = ElementTree.fromstring(page[path].content)  # noqa: S314  written by ourselves
        assert feed.tag == f"{{{ATOM}}}feed"
        entries = feed.findall(f"{{{ATOM}}}entry")
        for one in (feed, *entries):
            for needed in ("id", "title", "updated"):
                assert len(one.findall(f"{{{ATOM}}}{needed}")) == 1
            assert one.findtext(f"{{{ATOM}}}author/{{{ATOM}}}name")
            assert datetime.fromisoformat(str(one.findtext(f"{{{ATOM}}}updated"))).utcoffset() == timedelta(0)
        assert len({one.findtext(f"{{{ATOM}}}id") for one in entries}) == len(entries)
        links = {one.get("rel"): one.get("href") for one in feed.findall(f"{{{ATOM}}}link")}
        base = "https://flaws.acme.example"
        assert links == {"self": base + path, "alternate": base + path.removesuffix(".atom")}
        counts[path] = [one.findtext(f"{{{ATOM}}}title") for one in entries]
    assert counts["/advisories.atom"] == [one.title for one in advisories()]
    assert counts["/hall-of-fame.atom"] == [f"Thank you, {one}" for one in ("quiet-heron", "night-ferry", "tidewrack", "night-ferry")]


async def _consent(world: World, address: str) -> None:
    """A name that is taken back is gone with the next look at the page."""
    async with world.app.database.work(MONDAY) as work:
        report = await work.reports.get("AIV-N2FRY", locked=True)
        assert report is not None
        report.credit, report.credit_name, report.credit_link = "none", None, None
        await work.ledger.write("credit", report=report.id, person=report.person_id, data={"choice": "none"})
    assert "night-ferry" not in (await world.client.get(f"{address}/hall-of-fame")).text
    assert (await world.client.get(f"{address}/hall-of-fame.atom")).text.count("Thank you, night-ferry") == 1  # for the other report


async def test_an_empty_programme_says_what_will_stand_there(tmp_path: Path) -> None:
    async with site(tmp_path, full=False) as (world, address):
        text = {path: (await world.client.get(address + path)).text for path in ("/", "/hall-of-fame", "/advisories", "/times", *FEEDS)}
        assert "fewer than five reports in 90 days: not shown" in text["/"]
        assert words.NO_ADVISORIES in text["/"] and words.NO_THANKS in text["/"] and words.HALL_EMPTY in text["/hall-of-fame"]
        assert text["/times"].count("fewer than five reports: not shown") == 3
        assert all("<entry" not in text[path] for path in FEEDS)


@pytest.mark.parametrize("signed", [False, True])
async def test_security_txt_keeps_its_rules(tmp_path: Path, signed: bool) -> None:
    home = tmp_path / "signer"
    home.mkdir(mode=0o700)
    address = f"https://flaws.acme.example{security_txt.PLACE}"
    async with site(tmp_path, full=False) as (world, _):
        try:
            if signed:
                secret = pgp.export_secret(home, pgp.make_key(home)).decode()
                world.app.settings = load_settings(data=world.app.settings.data, signing_key=secret)
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app=made(world.app)), base_url="https://flaws.acme.example") as client:
                found = await client.get(security_txt.PLACE)
                assert ("signed" in (await client.get("/key")).text) == signed
            kind = found.headers["content-type"]
            assert security_txt.faults(found.text, address=address, media_type=kind, now=MONDAY) == []
            assert found.text.startswith("-----BEGIN PGP SIGNED MESSAGE-----") == signed
            assert f"openpgp4fpr:{world.fingerprint.lower()}" in found.text
            if signed:
                pgp.run_gpg(home, "--verify", data=found.content)
                with pytest.raises(RuntimeError):
                    pgp.run_gpg(home, "--verify", data=found.content.replace(b"mailto:security@", b"mailto:somebody@"))
        finally:
            gpghome.end_processes(home)
        world.app.program = world.app.desk.program
        object.__setattr__(world.app.desk, "program", replace(world.app.program, site=Site()))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=made(world.app)), base_url="http://127.0.0.1") as client:
            assert (await client.get(security_txt.PLACE)).status_code == 404
            for host in ("127.0.0.1", "b.example"):
                told = (await client.get("/advisories.atom", headers={"host": host})).text
                assert f"http://{host}/advisories" in told, "each is told the host it asked for, whatever was asked before"
            assert (await client.get("/advisories.atom", headers={"host": "x" * 300})).status_code == 400


GOOD = security_txt.written(security_txt.Fields(url="https://a.example", contact=["mailto:a@a.example"], languages=["en", "cy"]), MONDAY)
PLACE = f"https://a.example{security_txt.PLACE}"


@pytest.mark.parametrize(("change", "rule"), [
    (lambda text: text.replace("Contact: mailto:a@a.example\n", ""), "ST03"),
    (lambda text: text.replace("mailto:a@a.example", "a@a.example"), "ST03"),
    (lambda text: text + "Expires: 2027-01-01T00:00:00Z\n", "ST04"),
    (lambda text: re.sub("Expires: .*", "Expires: 2026-11-01T00:00:00Z", text), "ST04"),
    (lambda text: re.sub("Expires: .*", "Expires: 2028-11-01T00:00:00Z", text), "ST04"),
    (lambda text: re.sub("Expires: .*", "Expires: 2026-12-01T00:00:00Z", text), "ST04"),
    (lambda text: re.sub("Expires: .*", "Expires: tomorrow", text), "ST04"),
    (lambda text: re.sub("Expires: .*\n", "", text), "ST04"),
    (lambda text: text + "preferred-languages: fr\n", "ST05"),
    (lambda text: text.replace("en, cy", "English!"), "ST05"),
    (lambda text: text + "Encryption: -----BEGIN\n", "ST06"),
    (lambda text: text.replace("Policy: https:", "Policy: http:"), "ST08"),
    (lambda text: text + "no field at all\n", "ST02"),
    (lambda text: text + "-----BEGIN PGP SIGNATURE-----\n", "ST09"),
])
def test_a_security_txt_that_breaks_a_rule_is_told_which(change: object, rule: str) -> None:
    def faults(text: str, address: str = PLACE, kind: str = security_txt.MEDIA_TYPE) -> list[str]:
        return [one[:4] for one in security_txt.faults(text, address=address, media_type=kind, now=MONDAY)]

    assert faults(GOOD) == [] and faults(GOOD.replace("\n", "\r\n") + "X-Unknown: kept\n") == []
    assert faults(GOOD, PLACE.replace("https", "http")) == ["ST01"] and faults(GOOD, kind="text/html") == ["ST01"]
    assert rule in faults(change(GOOD))  # type: ignore[operator]


def test_the_expiry_is_under_a_year_ahead_and_never_soon() -> None:
    for day in range(0, 800, 3):
        now = MONDAY + timedelta(days=day)
        assert timedelta(days=120) < security_txt.expires(now) - now < timedelta(days=365)


def test_nothing_of_people_becomes_markup() -> None:
    hostile = '<script>alert(1)</script>"onx=\'\u202e'
    assert str(html(hostile)) == "&lt;script&gt;alert(1)&lt;/script&gt;&#34;onx=&#39;\\u202e"
    assert str(html(say(link("x", "javascript:alert(1)")))) == "x"
    for address in ("javascript:x", "data:text/html,x", "//elsewhere.example", "vbscript:x", "JAVASCRIPT:x", "\tjavascript:x", "file:///x"):
        assert not followed(address), address
    page = policy_page("# P\n\n## S\n\n<script>x</script> [x](javascript:alert(1)) ![x](https://a.example/x.png) [y](https://a.example)\n\n"
                       "| a |\n| --- |\n| <img src=x onerror=y> |\n", load(DEMO), listed_scope="")
    body = page.sections[0].body
    assert "<script" not in body and "<img" not in body and "javascript:alert(1)\"" not in body
    assert '<a href="https://a.example" rel="noopener noreferrer">y</a>' in body


async def test_a_hostile_advisory_stays_text(tmp_path: Path) -> None:
    hostile = '"><script>x</script>'
    bad = replace(PERSONA, title=hostile, credit="<b>x</b>\x00\u202e]]>", credit_link="javascript:alert(1)", links=("javascript:alert(2)",),
                  lead="<img src=x>", happened=hostile, changed=hostile, before=Trials(40, 40), after=None, rubric="0.0",
                  revisions=(*PERSONA.revisions, Revision(2, MONDAY, hostile)), systems=(System(hostile, hostile, hostile),))
    async with site(tmp_path, full=False) as (world, _):
        content = replace(await Gathering(world.app.database, world.app.desk, world.app.clock).now(), advisories=(bad,))
        shown = Views(world.app.desk, world.app.keys.keyring.facts(), signed=False, direct={})
        for text in (shown.advisory(content, bad), shown.home(content), shown.advisories(content)):
            assert not re.search(r"<script>|<b>x|<img|href=\"javascript|\u202e|\x00", text), text
        assert "&lt;img src=x&gt;" in shown.advisory(content, bad) and "&lt;b&gt;x&lt;/b&gt;" in shown.advisory(content, bad)
        entry = ElementTree.fromstring(advisories_feed(content, world.app.program, "https://a.example")).find(f"{{{ATOM}}}entry")  # noqa: S314
        assert entry is not None and entry.findtext(f"{{{ATOM}}}title") == hostile
        assert entry.findtext(f"{{{ATOM}}}author/{{{ATOM}}}name") == "<b>x</b>\\u0000\\u202e]]>"
    drawn = chart(bad, "T")
    assert drawn is not None and drawn.ceiling is None and drawn.ticks[-1] == (100.0, "100 %")
    assert chart(replace(bad, before=None), "T") is None


async def test_pages_are_made_for_the_first_request_and_stand_beside_a_platform() -> None:
    made_: list[str] = []

    def answers(words_: str) -> ASGIApp:
        made_.append(words_)
        return PlainTextResponse(words_)

    pages = Late(lambda: answers("pages"))
    assert made_ == []
    transport = httpx.ASGITransport(app=beside(PlainTextResponse("platform"), pages))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        found = {path: (await client.get(path)).text for path in ("/slack/events", "/health", "/", "/slackers", "/policy")}
    assert found == {"/slack/events": "platform", "/health": "platform", "/": "pages", "/slackers": "pages", "/policy": "pages"}
    assert made_ == ["pages"]


class _Broken(Gathering):
    def __init__(self) -> None:
        pass

    async def now(self) -> Content:
        raise RuntimeError(CANARY)


async def test_a_fault_shows_nothing_of_itself(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with site(tmp_path, full=False) as (world, _):
        broken = Pages(_Broken(), Views(world.app.desk, world.app.keys.keyring.facts(), signed=False, direct={})).app()
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=broken), base_url="http://127.0.0.1") as client:
            for path in ("/", "/policy", "/nothing", security_txt.PLACE, "/advisories.atom"):
                found = await client.get(path)
                assert found.status_code == 500 and words.FAULT_TITLE in found.text, path
                assert found.headers["content-security-policy"] == POLICY
                assert CANARY not in found.text
    assert CANARY not in caplog.text
    reference = re.search(r"\(([0-9a-f]{8})\)", found.text)
    assert reference is not None and reference[1] in caplog.text


def test_few_reports_are_not_told_of() -> None:
    assert metrics.in_public(4, 0) is None and metrics.in_public(0, 4) is None
    told = metrics.in_public(4, 1)
    assert told is not None and (told.met, told.missed) == (4, 1)


def test_the_library_is_the_one_that_was_released() -> None:
    """The checksums beside the vendored files are theirs, and the files are those of the package that the note names."""
    folder = LIBRARY.parent
    done = subprocess.run(["sha256sum", "--check", "--strict", "--quiet", update.SUMS], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout
    version = (folder / "VERSION").read_text()
    assert re.fullmatch(r"OpenPGP\.js \d+\.\d+\.\d+, LGPL-3\.0\+?\n", version)
    assert f"OpenPGP.js v{version.split()[1].rstrip(',')}" in LIBRARY.read_text("utf-8")[:200]
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in (folder / "LICENSE").read_text()


def test_our_files_reach_nothing_outside() -> None:
    for name, one in files.current().by_name.items():
        if name not in (LIBRARY.name, "LICENSE"):
            text = one.data.decode().replace("http://www.w3.org/2000/svg", "")
            assert not re.search(r"[a-z]{2,}://|[\"'(]//|@import|url\(|fetch\(|XMLHttp|sendBeacon|WebSocket|innerHTML|\beval\b", text), name
