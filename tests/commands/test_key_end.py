"""A year later: the programme key's end stands in lists in time, one press moves it by a year, and old messages still open."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot import keys as keys_
from bot.renewing import Renewing, extend
from config import settings as settings_
from storage.gpg import Gpg
from storage.gpghome import make_home, remove_home
from storage.keyring import KeyProblem, KeyRefusedError, Keyring
from tests import pgp
from tests.commands.process import command
from tests.commands.watching import entries, heard
from tests.world import World, buttons_of


@pytest.mark.slow
async def test_the_end_stands_in_the_list_and_one_press_moves_it_by_a_year(world: World) -> None:
    key = world.app.desk.key
    before, fingerprint, end = key.armored, key.fingerprint, key.expires_at
    assert end is not None and key.extendable
    old = world.encrypted("It tells people how to do harm.")
    binary = pgp.run_gpg(world.sender, "--recipient", fingerprint, "--encrypt", data=b"It tells people how to do harm.")
    early = await world.admin.runs("extend-key")
    assert "more than a year" in early.text
    day = end - timedelta(days=59)
    while day.weekday() != 1:
        day += timedelta(days=1)
    await world.until(day.replace(hour=10))
    assert not [one for one in await heard(world, "triager-sec") if "programme key" in one[1]]
    mine = [one for one in await heard(world, "admin") if "programme key expires" in one[1]]
    assert len(mine) == 1
    message = next(one for one in await world.admin.messages() if "programme key expires" in (one.get("text") or ""))
    assert "Extend by a year" in [one["label"] for one in buttons_of(message)]
    digest = await world.lead.runs("digest")
    assert "programme key expires" in str(digest.reply), digest.reply
    # Another process of the same bot: it holds the same key and hears of the renewal by its own tick.
    settings = settings_.load(data=world.data)
    other = await keys_.open_keys(settings, world.app.database, world.app.vault, world.app.clock)
    try:
        refused = await world.lead.runs("extend-key")
        assert refused.code == "not_allowed"
        key.extendable = False  # the settings hold the part that opens, and nothing else
        by_hand = await world.admin.presses("upkeep extend-key")
        wanted = (end + timedelta(days=365)).date().isoformat()
        assert f"python -m bot keys extend --primary primary.asc --until {wanted}" in by_hand.text and "fingerprint stays" in by_hand.text
        key.extendable = True
        pressed = await world.admin.presses("upkeep extend-key")
        assert pressed.code == "ok" and "its fingerprint stays" in pressed.text
        again = await world.admin.presses("upkeep extend-key")
        assert again.code == "ok" and again.text == pressed.text
        assert [one.kind for one in await entries(world)].count("key_extension_wanted") == 1
        await world.passes("1m")
        assert (key.fingerprint, key.expires_at) == (fingerprint, end + timedelta(days=365))
        assert key.armored != before
        assert (await world.admin.presses("upkeep extend-key")).code == "ok"
        await world.passes("1m")
        assert key.expires_at == end + timedelta(days=365), "the same press moves it once"
        assert len([one for one in await heard(world, "admin") if "is extended until" in one[1]]) == 1
        assert other.public.expires_at == end
        async with world.app.database.read(await world.now()) as work:
            stand = (await work.reports.setting("key_renewal")).value  # type: ignore[union-attr]
        beside = Renewing(world.app.database, other)
        assert await beside.look(stand, await world.now()) == "watch-key-extended", "whoever did it may have died before it was told"
        assert await beside.look(stand, await world.now()) == ""
        assert other.public.expires_at == end + timedelta(days=365) and other.public.armored == key.armored
        assert other.gpg.decrypt(binary).plaintext == b"It tells people how to do harm."
        async with world.app.database.work(await world.now()) as work:
            await work.session.execute(text("CREATE TRIGGER cut BEFORE INSERT ON entry WHEN NEW.kind = 'key_extended' BEGIN "
                                            "SELECT RAISE(ABORT, 'cut'); END"))
        with pytest.raises(DBAPIError):
            await extend(world.app.database, other, end + timedelta(days=700), await world.now())
        async with world.app.database.work(await world.now()) as work:
            assert (await work.reports.setting("key_renewal")).value == stand, "what the ledger does not hold was not done"  # type: ignore[union-attr]
            await work.session.execute(text("DROP TRIGGER cut"))
    finally:
        other.close()
    await world.researcher.says("key")
    shown = "\n".join((await world.researcher.bot_texts())[-2:])
    assert str((end + timedelta(days=365)).year) in shown and "works until its own day" in shown
    await world.researcher.says(old)
    assert (await world.researcher.runs("status")).text.startswith("AIV-"), "what was encrypted to the old copy is a report"
    for days in (10, 40, 60):
        await world.passes(days=days)
    assert len([one for one in await heard(world, "admin") if "programme key expire" in one[1]]) == 1, "the warnings stop"
    assert "programme key" not in str((await world.lead.runs("digest")).reply)
    printed = command("keys", "show", "--data", str(world.data))
    assert fingerprint[:4] in printed.out and str((end + timedelta(days=365)).year) in printed.out


def test_a_subkey_alone_is_extended_with_its_primary_and_keeps_its_fingerprint(tmp_path: Path) -> None:
    home, offline = make_home(), make_home()
    try:
        kit = Keyring(offline)
        fingerprint = kit.make("Example programme")
        kept = Keyring(home)
        kept.import_secret(kit.secret_key())
        end = kept.expires()
        assert end is not None and not kept.holds_primary()
        with pytest.raises(KeyRefusedError) as refused:
            kept.extend(end + timedelta(days=365))
        assert refused.value.problem is KeyProblem.NO_PRIMARY
        sealed = pgp.run_gpg(home, "--trust-model", "always", "--recipient", fingerprint, "--encrypt", data=b"an old message")
        (tmp_path / "primary.asc").write_bytes(kit.secret_key(subkeys_only=False))
        day = (end + timedelta(days=365)).date()
        ran = command("keys", "extend", "--primary", str(tmp_path / "primary.asc"), "--until", day.isoformat())
        assert ran.code == 0, ran
        setting = next(line for line in ran.out.splitlines() if line.startswith("HARBORLIGHT_PROGRAM_KEY="))
        third = make_home()
        try:
            renewed = Keyring(third)
            assert renewed.import_secret(setting.partition("=")[2], expected=fingerprint) == fingerprint
            assert not renewed.holds_primary()
            later = renewed.expires()
            assert later is not None and later.date() == day
            assert Gpg(third).decrypt(sealed).plaintext == b"an old message"
        finally:
            remove_home(third)
    finally:
        remove_home(home)
        remove_home(offline)
