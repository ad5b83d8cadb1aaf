"""The story of one report, from hello to the hall of fame, played on a real bot in a folder that is gone afterwards.

Decides what is done in which order and what each step must show; a step that does not show it ends the story.
Everybody acts through the JSON API of the local platform, as the page does; the clock is moved, not waited for.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from bot import app as app_
from bot.doing import Answer, Api, Json
from commands.text import visible
from commands.times import clock_time
from commands.wording import demo as wording
from config.clock import ManualClock, SystemClock
from config.settings import Settings

_MONDAY = 0
_BEGIN = 8  # o'clock, UTC: an hour before the desk opens


class Missed(Exception):  # noqa: N818  the bot did not do what the story tells
    """A step did not show what it should."""


class Story:
    """Everybody in it, and what they do; every act ends when all that it caused has happened."""

    def __init__(self, app: app_.App) -> None:
        """`app` is launched, and its local platform serves."""
        self.app = app
        self.api = Api(app.local.address)
        self.report = ""
        self.fame = ""

    @property
    def channel(self) -> str:
        """The report's own channel."""
        return f"triage-{self.report.lower()}"

    @property
    def now(self) -> datetime:
        """The time in the story."""
        return self.app.clock.now()

    async def says(self, who: str, text: str) -> None:
        """Write to the bot."""
        answer = await self._post("/api/say", {"as": who, "where": "dm", "text": text, "files": []})
        if answer.status != 202:
            raise Missed(f"a message of {who} taken")
        while int(await self.app.engine.mark("local", f"dm-{who}") or 0) < int(answer.data["event"]):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await self.app.engine.settled()

    async def runs(self, who: str, line: str, where: str = "dm") -> Json:
        """Run a command that must be allowed; a form is given back for `submits`."""
        return self._good(line, await self._post("/api/run", {"as": who, "where": where, "line": f"/vdp {line}"}))

    async def submits(self, who: str, form: Json, **values: str) -> Json:
        """Send a form."""
        return self._good(form["title"], await self._post(
            "/api/submit", {"as": who, "form": form["id"], "values": values}))

    async def presses(self, who: str, button: str, where: str = "dm") -> Json:
        """Press the newest button whose id begins like this."""
        for message in reversed(await self.messages(who, where)):
            for one in [*((message.get("card") or {}).get("buttons") or []), *message.get("buttons", [])]:
                if one["id"].startswith(button):
                    body = {"as": who, "message": message["id"], "button": one["id"]}
                    return self._good(button, await self._post("/api/press", body))
        raise Missed(f"a button “{button}” to {who}")

    async def passes(self, to: datetime) -> None:
        """Let time pass; what became due has happened afterwards."""
        if (await self._post("/api/clock", {"to": to.isoformat()})).status != 200:
            raise Missed("a clock that moves")
        await self.app.engine.settled()

    async def messages(self, who: str, where: str = "dm") -> list[Json]:
        """Everything that somebody can read in a conversation; nothing where they are not let in."""
        place = f"dm-{who}" if where == "dm" else where
        answer = await asyncio.to_thread(self.api.get, f"/api/conversations/{place}/messages", **{"as": who})
        return list(answer.data) if answer.status == 200 else []

    async def conversation(self, who: str, place: str) -> Json | None:
        """A conversation as somebody sees it in their list."""
        answer = await asyncio.to_thread(self.api.get, "/api/conversations", **{"as": who})
        return next((one for one in answer.data if one["id"] == place), None)

    async def sees(self, who: str, words: str, where: str = "dm") -> str:
        """Return the newest words of the bot that hold `words`; they must be there."""
        for message in reversed(await self.messages(who, where)):
            text = words_of(message)
            if message["author"] == "bot" and words in text:
                return text
        raise Missed(f"{who} “{words}”")

    async def never_sees(self, who: str, words: str, where: str = "dm") -> None:
        """Make sure that somebody reads nothing of the kind."""
        if any(words in words_of(one) for one in await self.messages(who, where) if one["author"] == "bot"):
            raise Missed(f"{who} nothing of “{words}”")

    async def state(self, state: str) -> None:
        """Make sure that the report's card says this state."""
        for message in await self.messages("lead", self.channel):
            card = message.get("card")
            if card and card["report"] == self.report:
                if card["state"] != state:
                    raise Missed(f"the state “{state}”, not “{card['state']}”")
                return
        raise Missed("the report's card")

    async def _post(self, path: str, body: Json) -> Answer:
        answer = await asyncio.to_thread(self.api.post, path, body)
        await self.app.engine.settled()
        return answer

    @staticmethod
    def _good(what: str, answer: Answer) -> Json:
        reply = answer.reply
        if reply.get("code") not in ("ok", "confirm_clear"):
            raise Missed(f"“{what}” allowed, not {reply.get('code')}")
        return reply


def words_of(message: Json) -> str:
    """Return all words of a message: text, card, and who speaks through the bot."""
    parts = [message.get("text") or ""]
    card = message.get("card")
    if card:
        parts += [card["report"], card["title"], card["level"], card["state"], *card["lines"], card["next"]]
        parts += [f"{one['label']}: {one['text']}" for one in card["fields"]]
    if message.get("folded"):
        parts.append(message["folded"]["text"])
    if message.get("voice"):
        parts += [message["voice"]["name"], message["voice"]["label"]]
    return "\n".join(part for part in parts if part)


Step = Callable[[Story], Awaitable[str]]
"""Does one step and returns what to say of it; raises Missed."""


async def _hello(story: Story) -> str:
    await story.says("researcher", "hello")
    program = story.app.program
    by = clock_time(story.now + program.promises.first_response.span, program.tz)
    await story.sees("researcher", f"a person answers by {by}")
    return wording.hello(by)


async def _send(story: Story) -> str:
    keyring = story.app.keys.keyring
    await story.says("researcher", keyring.encrypt(wording.REPORT.encode(), [keyring.fingerprint]))
    for message in await story.messages("researcher"):
        card = message.get("card")
        if card and "We have your report" in words_of(message):
            story.report = card["report"]
            digest = next((line.rpartition(" ")[2] for line in card["lines"] if "SHA-256" in line), "")
            return wording.sent(story.report, digest)
    raise Missed("the researcher a receipt")


async def _open(story: Story) -> str:
    seen = await story.conversation("lead", story.channel)
    if seen is None or not seen["private"]:
        raise Missed("a private channel")
    await story.sees("triager-ml", wording.TELLING_WORDS, story.channel)
    if await story.conversation("researcher", story.channel) or await story.messages("researcher", story.channel):
        raise Missed("the channel to its roster only")
    return wording.opened(story.channel, sorted(seen["members"]))


async def _acknowledge(story: Story) -> str:
    await story.passes(story.now + timedelta(hours=2))
    await story.presses("triager-sec", "acknowledge", story.channel)
    await story.sees("researcher", "a security triager")
    await story.state("in triage")
    return wording.acknowledged("triager-sec")


async def _talk(story: Story) -> str:
    asked = await story.runs("triager-sec", f"ask {wording.QUESTION}", story.channel)
    if asked.get("form"):  # no key of the researcher is known: going out in clear is confirmed once
        await story.submits("triager-sec", asked["form"], text=wording.QUESTION)
    await story.sees("researcher", wording.QUESTION)
    await story.never_sees("researcher", "triager-sec")
    await story.says("researcher", wording.ANSWER)
    await story.sees("triager-sec", wording.ANSWER, story.channel)
    relayed = [one for one in await story.messages("lead", story.channel) if wording.ANSWER in words_of(one)]
    voice = relayed[-1].get("voice") or {}
    if not voice.get("name") or voice["name"] == "researcher":
        raise Missed("the channel a pseudonym")
    return wording.talked(voice["name"])


async def _morning(story: Story) -> str:
    await story.passes((story.now + timedelta(days=1)).replace(hour=9, minute=30))
    await story.sees("triager-sec", "Your day: 1 needs you today")
    return wording.morning(story.now, "triager-sec")


async def _accept(story: Story) -> str:
    await story.runs("triager-sec", "accept high jailbreak", story.channel)
    await story.presses("triager-ml", "case agree", story.channel)
    await story.state("accepted")
    await story.sees("researcher", "We accept")
    return wording.accepted("high")


async def _try(story: Story) -> str:
    await story.runs("triager-ml", "case evidence 3/10", story.channel)
    await story.sees("triager-sec", "3 of 10 (11 to 60 %)", story.channel)
    await story.runs("triager-ml", "case cause alignment", story.channel)
    return wording.tried()


async def _take(story: Story) -> str:
    on = (story.now + timedelta(days=16)).date()
    await story.runs("triager-sec", "owner owner", story.channel)
    await story.runs("owner", f"work {on.isoformat()}", story.channel)
    await story.sees("researcher", f"{on.day} {on:%b} {on.year}")
    await story.state("being fixed")
    return wording.taken(on)


async def _fail(story: Story) -> str:
    await story.passes(story.now + timedelta(days=7))
    await story.runs("owner", "fix the build of today", story.channel)
    await story.runs("triager-ml", "verify", story.channel)
    await story.runs("triager-ml", "result 9/30", story.channel)
    await story.state("being fixed")
    return wording.failed_fix()


async def _fix(story: Story) -> str:
    await story.passes(story.now + timedelta(days=1))
    await story.runs("owner", "fix the build of today, with the filter", story.channel)
    few = await story.runs("triager-ml", "result 0/10", story.channel)
    if "Not enough tries yet" not in str(few["text"]):
        raise Missed("that ten tries prove little")
    for line in ("case variants 0/6 in French; 0/6 in Welsh; 0/6 as a poem; 0/6 as a list; 0/6 in base 64", "case benign 1/50 2/50"):
        await story.runs("triager-ml", line, story.channel)
    await story.runs("triager-ml", "result 0/149", story.channel)
    await story.state("with the researcher to retest")
    return wording.good_fix()


async def _retest(story: Story) -> str:
    await story.presses("researcher", "me fixed")
    await story.state("resolved")
    return wording.retested()


async def _publish(story: Story) -> str:
    await story.presses("researcher", "me agree")
    await story.says("researcher", f"credit {wording.CREDIT}")
    await story.presses("lead", "embargo agree", story.channel)
    await story.presses("lead", "publish", story.channel)
    await story.sees("researcher", "published")
    return wording.published(wording.CREDIT)


async def _digest(story: Story) -> str:
    found = await story.runs("leadership", "digest")
    text = str(found["text"]) + (words_of({"card": found["card"]}) if found.get("card") else "")
    if not text.strip() or any(one in text for one in (story.report, wording.CREDIT, "Persona prompt")):
        raise Missed("leadership counts without titles and names")
    return wording.digest()


async def _fame(story: Story) -> str:
    story.fame = await story.sees("researcher-2", wording.CREDIT, "hall-of-fame")
    await story.never_sees("researcher-2", wording.TELLING_WORDS, "hall-of-fame")
    seen = await story.conversation("lead", story.channel)
    if seen is None or not seen["archived"]:
        raise Missed("an archived channel")
    return wording.hall(story.now)


async def _chain(story: Story) -> str:
    async with story.app.database.read(story.now) as work:
        chain = await work.ledger.follow()
    if chain.faults:
        raise Missed("a ledger that holds")
    return wording.chain(chain.count)


STEPS: tuple[Step, ...] = (_hello, _send, _open, _acknowledge, _talk, _morning, _accept, _try, _take, _fail, _fix, _retest,
                           _publish, _digest, _fame, _chain)


async def play(console: Console, *, steps: Sequence[Step] = STEPS, parent: Path | None = None) -> bool:
    """Play the story with its progress; tell whether every step showed what it should.

    Its folder is made in `parent`, or where temporary folders are, and removed at the end.
    """
    task = asyncio.current_task()
    with suppress(NotImplementedError, RuntimeError):  # not everywhere, and only where signals arrive
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel if task else lambda: None)
    logging.getLogger("harborlight").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="harborlight-demo-", dir=parent) as folder:
        async with _house(Path(folder)) as app:
            return await _play(Story(app), console, steps)


async def _play(story: Story, console: Console, steps: Sequence[Step]) -> bool:
    columns = (TextColumn(wording.TITLE), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("", total=len(steps))
        for number, step in enumerate(steps, 1):
            try:
                said = await step(story)
            except Missed as missed:
                progress.console.print(Text(f"{number:>2}  ") + Text(visible(wording.missed(str(missed))), "bold red"))
                return False
            progress.console.print(Text(f"{number:>2}  ", "green") + Text(visible(said)))
            progress.advance(bar)
    if story.fame:
        console.print()
        for line in story.fame.splitlines():
            console.print(Text("    ") + Text(visible(line), "bold"))
    console.print()
    console.print(Text(wording.PLAYED))
    return True


@asynccontextmanager
async def _house(folder: Path) -> AsyncIterator[app_.App]:
    """A bot on a folder of its own, whatever the environment says: the demo touches nothing that is in use."""
    settings = Settings.model_construct(data=folder)
    async with app_.opened(settings, port=0, system=ManualClock(_start()), poll=0.02) as app:
        stop = asyncio.Event()
        tasks: list[asyncio.Task[Any]] = [
            asyncio.create_task(app.local.serve(stop)),
            asyncio.create_task(app.local.receive(app.engine.receive, lambda one: app.engine.mark("local", one))),
        ]
        try:
            yield app
        finally:
            stop.set()
            for one in tasks:
                one.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _start() -> datetime:
    """Return the next Monday morning: the story needs working days, and the programme's key must be young."""
    today = SystemClock().now().replace(hour=_BEGIN, minute=0, second=0, microsecond=0)
    return today + timedelta(days=(_MONDAY - today.weekday()) % 7 or 7)
