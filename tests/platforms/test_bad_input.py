"""Bad input to what the programme says in public, where no other test has it: each is a clear answer, and nothing private gets out."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from bot import charts_sheet, pictures
from bot.site import drawing
from commands import records
from commands.judging.interval_picture import picture
from commands.records.publisher import Publisher
from commands.text import Card, say
from config.policy.advisory import read, stored
from config.policy.rates import Trials
from tests.site_world import PERSONA

SECRET = "pelicanfeather"
# Marked † in domain section 2, or for the team and the researcher alone.
PRIVATE = ("F04", "F05", "F09", "F11", "F12", "F22", "F32", "F41", "F43", "S04", "S05", "S06", "S10", "S14", "S16", "S17", "S18", "S19", "S20")


@pytest.mark.parametrize("field", PRIVATE)
def test_a_private_field_is_refused_by_its_name(field: str) -> None:
    with pytest.raises(ValueError, match=f"^{field} is not public$"):
        replace(PERSONA, context=((field, SECRET),))
    smuggled = json.loads(stored(PERSONA)) | {field: SECRET, "summary": SECRET, "reporter": SECRET, "reward": SECRET}
    for one in (PERSONA, replace(PERSONA, category="software-flaw")):
        found = read(json.dumps(smuggled | {"category": one.category}))
        assert found == one
        assert SECRET not in json.dumps(records.files(found, Publisher("Harbour AI", "https://harbour.test")))


@pytest.mark.parametrize("count", [Trials(0, 1), Trials(1, 1), Trials(1, 2)])
def test_a_chart_with_one_point_is_drawn_whole(count: Trials) -> None:
    drawn = drawing.chart(replace(PERSONA, before=count, after=None), "T")
    assert drawn is not None and len(drawn.rows) == 1
    image = picture(count, None, None, title="One attempt", about="AIV-K7Q3M")
    assert "of 1" in image.alt or "of 2" in image.alt


async def test_a_missing_font_costs_the_picture_and_not_the_card(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture,
) -> None:
    card = Card(title=say(SECRET), image=picture(Trials(2, 7), None, None, title=f"{SECRET}title", about="AIV-K7Q3M"))
    monkeypatch.setattr(charts_sheet, "_FONTS", tmp_path / "none")
    with caplog.at_level(logging.WARNING):
        assert await pictures.drawn(card) is None
    assert "goes out without it" in caplog.text and SECRET not in caplog.text
    monkeypatch.undo()
    found = await pictures.drawn(card)
    assert found is not None and found.data.startswith(b"\x89PNG")
