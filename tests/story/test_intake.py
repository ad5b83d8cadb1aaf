"""Every way in and every way it can fail, through the real application."""

from __future__ import annotations

import pytest

from tests import pgp
from tests.world import World, words_of


async def test_a_paste_in_three_parts_and_its_wait(world: World) -> None:
    me = world.researcher
    whole = world.encrypted("Title: In parts\n\nIt works.")
    third = len(whole) // 3
    for part in (whole[:third], whole[third:2 * third], whole[2 * third:]):
        await me.says(part)
    assert any("We have your report" in one for one in await me.bot_texts())
    await me.says(whole[:third])
    await world.passes("6m")
    assert "did not come" in await me.last()
    await me.says("are you there")
    assert sum("We have your report" in one for one in await me.bot_texts()) == 1


async def test_a_file_as_report(world: World) -> None:
    me = world.researcher
    await me.says("", files={"report.txt.asc": world.encrypted("Title: As a file\n\nText.").encode()})
    assert any("We have your report" in one for one in await me.bot_texts())
    await world.researcher_2.says("", files={"photo.png": b"\x89PNG"})
    assert "encrypted files only" in await world.researcher_2.last()


async def test_hostile_messages_get_their_own_answer(world: World) -> None:
    me = world.researcher
    other = world.sender
    stranger = pgp.make_key(other, "Stranger <stranger@example.invalid>")
    wrong = pgp.run_gpg(other, "--armor", "--recipient", stranger, "--encrypt", data=b"x").decode()
    public = pgp.export_public(other, stranger).decode()
    private = pgp.export_secret(other, stranger).decode()
    whole = world.encrypted("fine")
    body = whole.split("\n\n", 1)
    cases = {
        wrong: "not to our key", public: "public key, not a report", private: "holds a private key",
        "-----BEGIN PGP MESSAGE-----\n\nAAAA\n-----END PGP MESSAGE-----": "", whole + "\n" + whole: "several encrypted messages",
        body[0] + "\n\n" + body[1][:40] + "\n-----END PGP MESSAGE-----": "",
    }
    for sent, words in cases.items():
        await me.says(sent)
        answer = await me.last()
        assert words in answer, (words, answer)
        assert sent[40:80] not in answer
    assert [one for one in await world.lead.conversations() if one["id"].startswith("triage-")] == []


@pytest.mark.slow
async def test_floods_are_slowed_politely_and_lose_nothing(world: World) -> None:
    me = world.researcher
    first = await me.sends_report("first")
    for number in range(40):
        await me.says(f"word {number}", settle=False)
    await me.says("the last one")
    texts = await me.bot_texts()
    slow = [one for one in texts if "a lot at once" in one]
    assert len(slow) == 1
    assert "UTC" in slow[0]
    seen = "\n".join(await world.lead.bot_texts(world.channel(first)))
    assert "word 3" in seen
    await world.passes("3m")
    await me.says("after the pause")
    assert "after the pause" in "\n".join(await world.lead.bot_texts(world.channel(first)))


@pytest.mark.slow
async def test_thirty_reports_an_hour(world: World) -> None:
    from dataclasses import replace

    program = world.app.desk.program
    few = replace(program, intake=replace(program.intake, reports_per_hour=2))
    object.__setattr__(world.app.desk, "program", few)
    for number in range(2):
        await world.researcher.sends_report(f"number {number}")
    await world.researcher.says(world.encrypted("number 3"))
    assert "many reports in an hour" in await world.researcher.last()
    await world.passes("61m")
    await world.researcher.sends_report("number 4")


@pytest.mark.parametrize("who", ["researcher-2", "owner", "triager-sec"])
async def test_somebody_elses_report_is_not_there(world: World, who: str) -> None:
    report = await world.researcher.sends_report("mine")
    if who == "triager-sec":
        answer = await world[who].runs("status AIV-00000")
    else:
        answer = await world[who].runs(f"status {report}")
    assert answer.code == "no_such_report"
    assert "mine" not in answer.text
    refused = await world["researcher-2"].runs(f"accept {report} high jailbreak")
    assert refused.code in ("not_allowed", "no_such_report")
    assert (await world.card(report))["state"] == "received"


async def test_hostile_text_is_shown_as_text(world: World) -> None:
    nasty = "<script>alert(1)</script> \u202eevil @everyone <!channel> \x1b[31m \x00 {} %s ${x}"
    report = await world.researcher.sends_report(nasty, title="<b>bold</b> \u202ereversed")
    messages = await world.lead.messages(world.channel(report))
    text = "\n".join(words_of(one) for one in messages)
    assert "\u202e" not in text
    assert "\x1b" not in text
    assert "\x00" not in text
    assert "<script>alert(1)</script>" in text  # as words; the page never reads them as markup
