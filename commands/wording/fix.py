"""What owners read, and what the researcher reads about a fix, a verdict and a retest."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from commands.desk import categories
from commands.text import Body, Button, Card, Text, say, shorten
from commands.times import clock_time, day, length
from commands.wording.trials import rate as rated
from config.policy.evidence import works_always
from config.policy.rates import Trials
from config.policy.states import Event
from storage.models import Report


def brief(report: Report, title: str, due: datetime | None, zone: tzinfo, *, component: str, state: str, taken: str, tries: int,
          buttons: tuple[Button, ...]) -> Body:
    """The owner's brief: at most ten lines. `state` is its pill, `taken` says who took it and when, once somebody did;
    `tries` is how many attempts a verification takes as things stand."""
    category = categories().get(report.category)
    rate = f"{rated(Trials(report.claimed_k, report.claimed_n))}, claimed" if report.claimed_n > 0 else "not measured yet"
    if report.ours_n > 0:
        rate = f"{rated(Trials(report.ours_k, report.ours_n))}, ours"
    once = works_always(report.category, Trials(report.ours_k, report.ours_n) if report.ours_n > 0 else None)
    fixed = ("it does not work any more when somebody else tries it" if once else
             f"{tries:,} attempts of the same test by somebody else, none successful; wordings you have not seen as well; ordinary "
             "requests are not refused more often")
    end = f"The embargo ends {clock_time(report.embargo_end, zone)}; then it may be published, fix or not." \
        if report.embargo_end else "It may be published at any time."
    return Body(card=Card(
        title=say(f"For the owner: {title}"), report=report.id, level=report.level, state=state,
        lines=(
            say(f"Component: {shorten(component, 80) or 'not known yet'}."),
            say(f"{category.name}." if category else "A flaw in model behaviour."),
            *((say(f"How often: {rate}."),) if not once else ()),
            say(f"Counts as fixed: {fixed}."),
            say(f"Due {clock_time(due, zone)}, because it is {report.level}." if due else "No date is promised for this level."),
            say(end),
        ),
        next=say("Take it and give a date, or say that it is not yours") if buttons else Text(),
        fields=(("Taken by", say(taken)),) if taken else (),
        buttons=buttons,
    ))


def brief_buttons(report: str) -> tuple[tuple[Event | None, Button], ...]:
    """What an owner answers a brief with, each with the step that it takes."""
    r = f"report={report}"
    return ((Event.WORK, Button(f"work {r}", "I take it", "primary")), (None, Button(f"case not-mine {r}", "Not mine")),
            (Event.MITIGATE, Button(f"mitigate {r}", "Stop-gap first")), (Event.MORE_TIME, Button(f"more-time {r}", "More time")))


def after_limit(limit: datetime, zone: tzinfo) -> Text:
    """The date is later than the level allows."""
    return say(f"For this level a fix is due by {day(limit, zone)}. Give a date up to then, or ask for more time.")


def declined(report: Report, why: str, wait: timedelta) -> str:
    """The decision not to fix."""
    return (f"We decided not to fix {report.id}. The reason: {why} You are free to publish {length(wait)} from now. "
            "If you disagree, send appeal within 30 days.")
