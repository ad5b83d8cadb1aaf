"""S1: the public pages under 50 requests at once, and the first one of all, which loads templates and libraries.

The pages are those of a filled world in this process; the requests come from the same loop, so half of each time is the asking.
"""

from __future__ import annotations

import asyncio
import statistics
import time

import httpx

from bot.site import files
from tests.bench.table import Row, Size, ms
from tests.site_world import PERSONA, site
from tests.world import PLAIN

AT_ONCE = 50
PAGES = ("/", "/policy", "/key", "/encrypt", "/hall-of-fame", "/advisories", f"/advisories/{PERSONA.id}", "/times", "/advisories.atom")
LINE = 0.5  # seconds, that 95 of 100 answers take at most with 50 at once


def s1(size: Size) -> list[Row]:
    """Time every page."""
    return asyncio.run(_s1(size))


async def _s1(size: Size) -> list[Row]:
    rows = []
    async with site(size.scratch, again=1.0) as (_, address):
        limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
        async with httpx.AsyncClient(base_url=address, limits=limits, timeout=60, verify=PLAIN) as client:
            start = time.perf_counter()
            await client.get("/")
            rows.append(Row("S1", "the first page after a start", ms(time.perf_counter() - start)))
            for path in (*PAGES, files.current().address("openpgp.min.mjs")):
                found, begun = [], time.perf_counter()
                for _ in range(2 if size.quick else 6):
                    found += await asyncio.gather(*(_one(client, path) for _ in range(AT_ONCE)))
                took = time.perf_counter() - begun
                slow = statistics.quantiles(found, n=20)[-1]
                rows.append(Row("S1", f"{path.rsplit('/', 1)[-1] or 'home'}, {AT_ONCE} at once",
                                f"median {ms(statistics.median(found))}, 95 % {ms(slow)}", f"{len(found) / took:.0f}/s",
                                f"95 % under {ms(LINE)}", kept=slow < LINE))
    return rows


async def _one(client: httpx.AsyncClient, path: str) -> float:
    start = time.perf_counter()
    answer = await client.get(path)
    assert answer.status_code == 200
    return time.perf_counter() - start
