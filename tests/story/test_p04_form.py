"""P4: a form of one page with four inputs, of which one is needed; what a later step needs is asked for once, by name and reason."""

from __future__ import annotations

from tests.world import World, buttons_of, words_of


async def test_the_form_asks_four_things_and_needs_one(world: World) -> None:
    me = world.researcher
    await world.passes("2h")  # people are at work
    await me.says("hello")
    form = (await me.presses("me report")).form
    assert [one["name"] for one in form["fields"]] == ["unlawful", "what", "how", "often"]
    assert [one["name"] for one in form["fields"] if one["required"]] == ["what"]
    assert "required" not in str([(one["label"], one["help"]) for one in form["fields"]])
    bad = await me.submits(form, {"what": "It leaks.", "often": "many"})
    assert bad.status == 422
    assert "often" in bad.data["errors"]
    good = await me.submits(form, {"what": "It leaks addresses.", "often": "3 of 10", "unlawful": "yes", "how": "Ask twice."})
    assert good.code == "ok", good
    channel = next(one["id"] for one in await world.lead.conversations() if one["id"].startswith("triage-"))
    shown = "\n".join([words_of(one) for one in await world.lead.messages(channel)])
    assert "It leaks addresses." in shown
    assert "Ask twice." not in shown  # a description only
    assert "unlawful to hold" in "\n".join(await world.lead.bot_texts())


async def test_at_most_two_facts_are_asked_for_once_with_what_they_are_good_for(world: World) -> None:
    me, sec = world.researcher, world.triager_sec
    form = (await me.runs("report")).form
    assert (await me.submits(form, {"what": "It tells how a crime is done."})).code == "ok", "nothing else is needed to report"
    (channel,) = [one["id"] for one in await world.lead.conversations() if one["id"].startswith("triage-")]
    assert not any("ask this once" in one for one in await me.bot_texts())
    assert (await sec.presses("acknowledge", channel)).code == "ok"
    (asked,) = [one for one in await me.messages() if "ask this once" in words_of(one)]
    facts = [line for line in words_of(asked).splitlines() if line.startswith("· ") and ": " in line]
    assert len(facts) == 2, "at most two, each with what it is good for"
    assert [one["label"] for one in buttons_of(asked)] == ["Add", "Later"]
    assert (await me.presses("me add-later")).code == "ok"
    assert (await sec.runs("accept low jailbreak", channel)).code == "ok"
    assert (await world.lead.runs("owner owner", channel)).code == "ok"
    assert sum("ask this once" in one for one in await me.bot_texts()) == 1, "after that people ask"
