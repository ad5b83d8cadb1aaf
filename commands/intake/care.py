"""What the content of a report demands: content that is unlawful to hold (F20), other people's data (F21), others' models (S20).

Decides what is kept of such a report, who is told and what the ledger says of it. Which fields may be kept is config/policy/facts.py;
what other vendors are owed, `commands/outside/vendors.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlmodel import col, delete

from commands import notify, record
from commands.calls import Call, Problem
from commands.desk import Desk
from commands.staff import presence
from commands.text import Body
from commands.wording import facts as wording
from config.policy import facts as policy
from config.policy.states import Role
from storage.models import Attachment, Report
from storage.vault import Box, Vault


def read(box: Box, report: Report) -> dict[str, str]:
    """Return what is known about a report, by field id; nothing of what was not understood."""
    return _opened(box, report)[0]


def unclear(box: Box, report: Report) -> dict[str, str]:
    """Return what was said about a report and not understood, by field id."""
    return _opened(box, report)[1]


def _opened(box: Box, report: Report) -> tuple[dict[str, str], dict[str, str]]:
    if report.facts is None:
        return {}, {}
    return policy.opened(box.open_text("report", "facts", report.id, report.facts))


def of(call: Call, report: Report) -> dict[str, str]:
    """Return what is known about a report; raises Problem `gone` when its words are erased for good."""
    if report.key is None:
        raise Problem("gone", wording.erased(report.id))
    return read(record.box(call, report), report)


def takes_files(facts: Mapping[str, str]) -> bool:
    """Whether files may be kept with a report that says this of itself."""
    return not policy.unlawful(facts) and not policy.others_data(facts)


def takes_files_of(vault: Vault, report: Report) -> bool:
    """Whether files may be fetched for a report."""
    return report.key is not None and takes_files(read(vault.unlock(f"report|{report.id}", report.key), report))


def refuse_files(call: Call, report: Report) -> None:
    """Refuse files that may not be kept with a report, with the reason."""
    if report.key is None:
        raise Problem("gone", wording.erased(report.id))
    facts = read(record.box(call, report), report)
    if not takes_files(facts):
        raise Problem("no_files", wording.no_files(report.id, unlawful=policy.unlawful(facts)))


async def tell(
    call: Call, report: Report, before: Mapping[str, str], after: Mapping[str, str], *, later: bool = False,
) -> None:
    """Tell whoever must know what a report now says of itself and did not say before; `later` than it came."""
    if policy.unlawful(after) and not policy.unlawful(before):
        await _tell_roles(call, report, (Role.LEAD, Role.LEGAL), Body(text=wording.unlawful_team(report.id, later=later)),
                          "unlawful")
    if policy.others_data(after) and not policy.others_data(before):
        told = (Role.PRIVACY,) if await call.work.people.with_role(Role.PRIVACY) else (Role.LEAD,)
        await _tell_roles(call, report, told, Body(text=wording.others_data_team(report.id)), "others-data")


def other_models(desk: Desk, facts: Mapping[str, str]) -> tuple[str, ...]:
    """Return the models of other vendors that a report names; those of the programme's own scope are none."""
    ours = {word.casefold() for one in desk.program.scope for word in (one.id, one.name)}
    return policy.other_models(facts, ours)


async def others(call: Call, report: Report, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Write down that a report names models of other vendors, or names none any more; never which."""
    was, now = other_models(call.desk, before), other_models(call.desk, after)
    if was != now:
        await record.note(call, report, "others_hit", data={"hit": "yes" if now else "no"})


async def _tell_roles(call: Call, report: Report, roles: tuple[Role, ...], body: Body, key: str) -> None:
    found: list[str] = []
    for role in roles:
        held = [one.id for one in await call.work.people.with_role(role)]
        found += await presence.present(call.work, held, (role,)) or held
    await notify.care(call, report, list(dict.fromkeys(found)), body, key)


async def destroy_attacks(call: Call, report: Report) -> None:
    """Erase every wording of the attack that was tried or kept for releases; what was counted stays."""
    await call.work.session.flush()
    await call.work.trials.erase(report.id)
    for row in await call.work.judging.regression(report.id):
        row.body, row.gone_at = None, call.now
        await record.note(call, report, "regression_item_gone", data={"id": row.id})


async def destroy_files(call: Call, report: Report) -> None:
    """Destroy the keys of everything that came as a file: what is sealed under them can be read by nobody."""
    await call.work.session.flush()
    await call.work.session.execute(delete(Attachment).where(col(Attachment.report_id) == report.id))
