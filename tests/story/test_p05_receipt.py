"""P5: the receipt is proof."""

from __future__ import annotations

import hashlib
import re

from tests.world import World, words_of


async def test_the_receipt_proves_what_arrived_and_when_and_is_claimed_once(world: World) -> None:
    me, other = world.researcher, world.researcher_2
    await world.passes("61m")
    sent = world.encrypted("It shows other people's data.")
    await me.says(sent)
    (receipt,) = [one for one in await me.messages() if one["card"]]
    said, fields = words_of(receipt), {one["label"]: one["text"] for one in receipt["card"]["fields"]}
    report = receipt["card"]["report"]
    assert re.fullmatch(r"AIV-[0-9A-HJKMNP-TV-Z]{5}", report)
    assert "Received Mon 30 Nov 2026, 09:01:00 UTC" in said, "to the second"
    (digest,) = re.findall(r"SHA-256 of what arrived: ([0-9a-f]{64})", said)
    assert digest == hashlib.sha256(sent.encode()).hexdigest()
    assert fields["Who reads it"] == ("a security triager, a machine-learning triager and the lead, in a private channel that they "
                                      "alone can see")
    assert "by Tue 1 Dec 2026, 09:01 UTC" in said and "by Wed 2 Dec 2026, 09:01 UTC" in said
    assert not re.search(r"\bin \d+ (h|min|d)\b", said), "a card is edited later: absolute times only"
    code = fields["Receipt code"]
    assert re.fullmatch(r"\d{4} \d{4} \d{4} \d{4}", code)
    assert "From another account send claim and the code, once" in fields["Its use"]

    await other.says("claim 0000 0000 0000 0000")
    assert "fits no report" in await other.last()
    await other.says(f"claim {code}")
    assert report in await other.last()
    assert report in (await other.runs("status")).text
    await other.says(f"claim {code}")
    assert "fits no report" in await other.last()
    assert (await other.runs(f"status {report}")).code == "ok"
