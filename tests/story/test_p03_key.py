"""P3: `key` gives everything that is needed to encrypt, and an encrypted test works."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests import pgp
from tests.world import World, words_of


async def test_the_key_and_an_encrypted_test(world: World, tmp_path: Path) -> None:
    me = world.researcher
    await me.says("key")
    given = (await me.messages())[-1]
    said = words_of(given)
    (file,) = given["files"]
    assert file["name"] == "program-key.asc"
    key = world.app.desk.key
    assert re.search(r"fingerprint (?:[0-9A-F]{4} ){9}[0-9A-F]{4}\.", said) and key.grouped in said
    assert key.expires_at is not None and f"Valid until {key.expires_at:%a} {key.expires_at.day} " in said
    assert "a private channel on local: 3 people and local itself can read it" in said, "mode, platform, how many people"
    (command,) = re.findall(r"gpg --.*", said)
    fetched = await world.client.get(f"/api/files/{file['id']}", params={"as": "researcher"})
    assert fetched.content == key.armored.encode()

    home = tmp_path / "fresh"  # somebody who has never seen our key: the command as it stands
    home.mkdir(mode=0o700)
    (home / "program-key.asc").write_bytes(fetched.content)
    (home / "report.txt").write_text(" Test. \n")
    words = [str(home / one) if one.endswith((".asc", ".txt")) else one for one in command.split()[1:]]
    pgp.run_gpg(home, *words)
    await me.says((home / "report.txt.asc").read_text())
    shutil.rmtree(home)
    assert "Your set-up works" in await me.last()
    await world.researcher_2.says("hello")
    pressed = await world.researcher_2.presses("Encrypt first")
    assert (pressed.code, "stands below" in pressed.text) == ("ok", True)
    assert [one["name"] for one in (await world.researcher_2.messages())[-1]["files"]] == ["program-key.asc"]
    assert not any("We have your report" in one for one in await me.bot_texts()), "it opens nothing"
    assert [one for one in await world.lead.conversations() if one["id"].startswith("triage-")] == []
