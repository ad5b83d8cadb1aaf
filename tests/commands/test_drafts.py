"""Forms of several pages: what was typed is kept sealed, for its person alone, until the last page or a quarter of an hour."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from commands.calls import Incoming, Reply
from storage.models import Draft
from tests.world import World
from tests.world import world as opened


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened(tmp_path) as found:
        yield found


class Pages:
    """A platform whose forms hold two inputs."""

    def __init__(self, world: World, person: str = "researcher") -> None:
        self.world, self.person, self.count = world, person, 0

    async def gives(self, kind: Any, line: str, values: dict[str, str] | None = None, *, partial: bool = False) -> Reply:
        self.count += 1
        found = await self.world.app.engine.receive(Incoming(
            platform="local", event=f"{kind}-{self.person}-{self.count}", person=self.person, name=self.person, kind=kind,
            place="dm", conversation=f"dm-{self.person}", at=self.world.app.engine.clock.now(), line=line,
            values=tuple((values or {}).items()), partial=partial))
        await self.world.settled()
        return found


async def kept(world: World) -> list[Draft]:
    async with world.app.database.read(world.app.clock.now()) as work:
        return list((await work.session.execute(select(Draft))).scalars())


async def test_the_pages_make_one_line(world: World) -> None:
    pages = Pages(world)
    first = await pages.gives("submit", "me report", {"what": "It gives canary-4711 help.", "unlawful": "no"}, partial=True)
    (button,) = first.buttons
    assert (first.code, button.label) == ("ok", "Continue")
    assert button.id.startswith("draft d-")
    (row,) = await kept(world)
    assert b"canary" not in bytes(row.pages or b"") + bytes(row.line or b"")
    second = (await pages.gives("press", button.id)).form
    assert second is not None
    assert second.id == button.id
    assert [one.name for one in second.fields] == ["how", "often"]
    third = await pages.gives("submit", second.id, {"how": "Ask it nicely."}, partial=True)
    rest = (await pages.gives("press", third.buttons[0].id)).form
    assert rest is not None
    assert [one.name for one in rest.fields] == ["often"]
    done = await pages.gives("submit", rest.id, {"often": "3 of 10"})
    assert done.text.plain().startswith("We have it as AIV-"), done
    assert await kept(world) == []
    (report,) = [one["card"]["report"] for one in await world.researcher.messages() if one.get("card")
                 and "receipt" in str(one["card"]).lower()]
    shown = str(await world.lead.messages(world.channel(report)))
    assert "canary-4711" in shown
    assert "Ask it nicely." in shown
    assert "3 of 10" in shown
    assert (await pages.gives("submit", rest.id, {"often": "3 of 10"})).code == "gone", "sent once"


async def test_what_is_wrong_shows_its_page_again_with_what_was_typed(world: World) -> None:
    pages = Pages(world)
    first = await pages.gives("submit", "me report", {"what": "", "how": "Ask it nicely."}, partial=True)
    last = await pages.gives("submit", first.buttons[0].id, {"unlawful": "no", "often": "often"})
    assert last.code == "bad_argument"
    assert dict(last.errors).keys() == {"what"}
    again = (await pages.gives("press", last.buttons[-1].id)).form
    assert again is not None
    assert [(one.name, one.value) for one in again.fields] == [("what", ""), ("how", "Ask it nicely.")]
    wrong = await pages.gives("submit", again.id, {"what": "It gives help.", "how": "Ask it twice."})
    assert dict(wrong.errors).keys() == {"often"}
    page = (await pages.gives("press", wrong.buttons[-1].id)).form
    assert page is not None
    assert [(one.name, one.value) for one in page.fields] == [("often", "often"), ("unlawful", "no")] or \
        [(one.name, one.value) for one in page.fields] == [("unlawful", "no"), ("often", "often")]
    assert (await pages.gives("submit", page.id, {"unlawful": "no", "often": "3 of 10"})).code == "ok"
    assert "Ask it twice." in str(await world.lead.messages((await world.lead.conversations())[-1]["id"]))


async def test_a_wrong_value_on_the_first_page_is_said_at_once(world: World) -> None:
    first = await Pages(world).gives("submit", "me report", {"what": "It gives help.", "unlawful": "perhaps"}, partial=True)
    assert first.code == "bad_argument"
    assert dict(first.errors).keys() == {"unlawful"}
    assert first.buttons[-1].label == "Correct it"


async def test_nobody_else_goes_on_with_a_form(world: World) -> None:
    first = await Pages(world).gives("submit", "me report", {"what": "It gives help.", "unlawful": "no"}, partial=True)
    for other in ("researcher-2", "admin", "lead"):
        pages = Pages(world, other)
        assert (await pages.gives("press", first.buttons[0].id)).code == "gone"
        assert (await pages.gives("submit", first.buttons[0].id, {"how": "", "often": ""})).code == "gone"
    assert len(await kept(world)) == 1


async def test_after_a_quarter_of_an_hour_it_is_destroyed(world: World) -> None:
    pages = Pages(world)
    first = await pages.gives("submit", "me report", {"what": "It gives help.", "unlawful": "no"}, partial=True)
    await world.passes(minutes=16)
    late = await pages.gives("submit", first.buttons[0].id, {"how": "", "often": ""})
    assert late.code == "gone"
    assert "Open it again" in late.text.plain()
    assert (await pages.gives("press", first.buttons[0].id)).code == "gone"
    assert await kept(world) == []


async def test_a_colleague_fills_in_pages_with_their_rights(world: World) -> None:
    report = await world.researcher.sends_report()
    outsider = await Pages(world, "researcher-2").gives("submit", f"accept report={report}", {"severity": "low"}, partial=True)
    assert outsider.code == "not_allowed"
    assert await kept(world) == []
    pages = Pages(world, "triager-sec")
    first = await pages.gives("submit", f"accept report={report}", {"severity": "low", "category": "jailbreak"}, partial=True)
    form = (await pages.gives("press", first.buttons[0].id)).form
    assert form is not None
    assert [one.name for one in form.fields] == ["axes"]
    done = await pages.gives("submit", form.id, {"axes": ""})
    assert done.code == "ok", done
    assert (await world.card(report))["level"] == "low"
