"""P11: `/vdp` alone does the next thing, privately; and section 6: the grammar of a typed line."""

from __future__ import annotations

from tests.world import World


async def test_vdp_alone_does_the_next_thing_privately(world: World) -> None:
    me, sec = world.researcher, world.triager_sec
    report = await me.sends_report("It shows other people's data.", category="jailbreak")
    channel = world.channel(report)
    await world.passes("5m")
    said = len(await sec.messages(channel))
    for line in ("", "show"):  # a platform that cannot run a bare command has `show`
        card = (await sec.runs(line, channel)).reply["card"]
        assert (card["report"], card["buttons"][0]["label"]) == (report, "Acknowledge")
        queue = (await sec.runs(line)).reply
        assert report in str(queue["card"]) and "need" in queue["card"]["title"].lower()
        status = await me.runs(line)
        assert status.text.startswith(f"{report}: received. ") and "AIV" not in (await world.researcher_2.runs(line)).text
        digest = await world.leadership.runs(line)
        assert digest.text.startswith("Nothing is being exploited.")
    assert len(await sec.messages(channel)) == said, "privately"


async def test_the_grammar_of_a_typed_line(world: World) -> None:
    me, sec = world.researcher, world.triager_sec
    report = await me.sends_report("It shows other people's data.")
    channel = world.channel(report)
    meant = await sec.runs("acept high", channel)
    assert (meant.code, meant.text.count("/vdp accept")) == ("unknown_command", 1) and "Did you mean" in meant.text
    form = (await sec.runs("accept", channel)).form
    assert [one["name"] for one in form["fields"]] == ["category", "axes", "severity"]
    # The last text takes the rest of the line, line breaks included; quotes are optional; options are name=value.
    for line, kept in (("note Two lines:\nthis = the second", "Two lines:\nthis = the second"),
                       ('note "In quotes, whole."', "In quotes, whole.")):
        assert (await sec.runs(line, channel)).code == "ok"
        assert (await sec.messages(channel))[-1]["text"] == kept
    # A report's id may be left out in its own channel, and is written as people write ids elsewhere.
    for named in (report, report[4:].lower(), report[:8].lower()):
        assert (await sec.runs(f"show {named}")).reply["card"]["report"] == report, named
    assert (await sec.runs(f"close-without-fix report={report} reason=informative text=Known.")).code == "ok"
    assert "Known." in "\n".join(await me.bot_texts())
    # Decrypted text is never read for commands, and words of a researcher are no staff commands.
    await me.says(world.encrypted(f"Report: {report}\n\nwithdraw"))
    assert (await world.card(report))["state"] == "informative"
