"""One report and the people around it: how they act through the real commands, and when people are at work again.

Decides what an act is; leaves who acts when to `lives.py`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.simulate.house import House
from commands.wording import simulate as wording
from config.policy import calendar
from config.policy.states import State
from storage.models import Report

SEC, ML, OWNER, LEAD = "triager-sec", "triager-ml", "owner", "lead"


@dataclass(slots=True)
class Scene:
    """One report and the people around it; times are drawn by its own dice."""

    house: House
    number: int
    arrives: datetime
    until: datetime
    dice: random.Random
    researcher: str
    report: str = ""
    unlawful: bool = False  # it says that its content is unlawful to hold
    sayings: int = 0

    @property
    def now(self) -> datetime:
        """The instant it is."""
        return self.house.clock.now()

    @property
    def channel(self) -> str:
        """The report's channel."""
        return f"triage-{self.report.lower()}"

    def later(self, **length: float) -> datetime:
        """Return an instant so much later, around the clock, within half an hour."""
        return self.now + timedelta(**length) + timedelta(minutes=self.dice.randrange(30))

    def at_work(self, **length: float) -> datetime:
        """Return an instant in working hours, so much later or once people are back."""
        working = self.house.desk.program.working
        wanted = self.later(**length)
        if calendar.is_open(wanted, working):
            return wanted
        opening = calendar.opening_at_or_after(wanted, working)
        open_for = calendar.closing_of(calendar.local_day(opening, working), working) - opening
        return opening + open_for * self.dice.uniform(0.02, 0.6)

    async def sends(self) -> None:
        """Send the report by the form."""
        before = {one.report for one in self.house.letters}
        await self.house.does(self.researcher, "report", kind="submit", what=wording.what(self.number), how=wording.HOW,
                              often=wording.OFTEN, unlawful="yes" if self.unlawful else "no")
        self.report = next((one.report for one in self.house.letters if one.report and one.report not in before), "")

    async def staff(self, who: str, line: str) -> bool:
        """Have a colleague do something in the report's channel; tells whether it was taken."""
        return (await self.house.does(who, line, channel=self.channel)).code == "ok"

    async def presses(self, line: str) -> bool:
        """Have the researcher press a button of theirs."""
        reply = await self.house.does(self.researcher, f"me {line} report={self.report}", kind="press")
        return reply.code == "ok"

    async def says(self) -> None:
        """Have the researcher write a few words."""
        self.sayings += 1
        await self.house.says(self.researcher, f"{self.report}: {wording.WORDS[self.sayings % len(wording.WORDS)]}")

    async def row(self) -> Report:
        """Return the report as it stands."""
        async with self.house.database.read(self.now) as work:
            found = await work.reports.get(self.report)
        if found is None:
            raise LookupError("the report of a simulation is gone")
        return found

    async def state(self) -> State:
        """Return where the report stands."""
        return State((await self.row()).state)

    async def agrees(self, who: str) -> bool:
        """Have a second person agree to what was proposed, if anything still waits."""
        async with self.house.database.read(self.now) as work:
            waiting = await work.reports.proposals(self.report)
        return bool(waiting) and await self.staff(who, f"case agree proposal={waiting[-1].id}")

    def day(self, days: int) -> str:
        """Return a date so many days ahead, moved to a working day, as it is typed."""
        working = self.house.desk.program.working
        day = calendar.local_day(self.now + timedelta(days=days), working)
        return (day if calendar.is_working_day(day, working) else calendar.next_working_day(day, working)).isoformat()
