"""The one way in: which command is it, may this person do it here, run it, record it, answer.

Nothing enters except through here, whatever the platform; nothing leaves except as an effect that a handler emitted.
`look` answers what only reads or asks, in a transaction that takes no write lock; `run` does everything else, inside one
transaction that the durable engine brings. Leaves the words of a direct message to `intake/messages.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from commands import binding, completion, drafts, panel, record, second, unreached
from commands.binding import Choose, no_such_report, not_allowed
from commands.calls import ASKS, Call, Caller, Form, Incoming, Problem, Reply
from commands.desk import Desk
from commands.effects import Emitted, Refresh
from commands.guards import before_sending, steps
from commands.intake import facts as intake_facts
from commands.intake import messages as intake
from commands.intake.brought import Brought
from commands.opening import rehearsal
from commands.parsing import Line, form_of, normal_id, read_line, unknown
from commands.registry import ANYWAY, Param, Surface
from commands.staff import presence
from commands.text import Button
from commands.wording import common as wording
from config.policy.roles import CallerFacts, Denied, Place, Tie, permits
from config.policy.states import DONE, Role, State
from storage.database import Work
from storage.models import Delivery, Report

# Before anything else is locked or looked up, these have it for themselves who holds which role.
_TAKE_ROLES = frozenset(("program leave", "program revoke"))
_ME = "me "  # a button or a form of a researcher begins with it


@dataclass(frozen=True, slots=True)
class Answer:
    """What a run gives back: the private reply, and the effects for the engine to perform."""

    reply: Reply
    effects: tuple[Emitted, ...] = ()
    revived: tuple[tuple[str, int], ...] = ()


class Dispatch:
    """Runs what arrives against the commands of a desk."""

    def __init__(self, desk: Desk) -> None:
        """`desk` is the programme at work."""
        self.desk = desk
        self.registry = desk.registry

    # -- what only reads ---------------------------------------------------------------------------------------

    async def look(self, work: Work, incoming: Incoming) -> Reply | None:
        """Answer what only reads or asks; None means that it changes something and must be recorded first."""
        caller = await self.caller(work, incoming)
        call = Call(work=work, desk=self.desk, incoming=incoming, caller=caller)
        call.here = await self._here(call)
        try:
            if incoming.kind == "home":
                return await self._home(call)
            if incoming.kind == "complete" and incoming.message:
                return Reply(choices=await completion.values(call))
            if incoming.kind == "complete":
                return Reply(choices=completion.choices(call, await self._facts(call, call.here)))
            if drafts.is_page(call):
                return None
            call.form_of = lambda text: self._whole(call, text)
            line = self._line(call)
            asked = await self._asked(call, line)
            if asked is not None:
                return asked
            await self._permit(call, line)
            arguments = await binding.bind(call, line)
            if not line.command.reads:
                return None
            return await line.command.run(call, **arguments)
        except Problem as problem:
            # A refusal that the audit wants goes through `run`, which writes it down.
            return None if problem.audit else problem.reply()

    async def _home(self, call: Call) -> Reply:
        """Return the panel; where it stands alone, with what a colleague would ask for first: their queue, or the digest."""
        found = Reply()
        if call.incoming.conversation == "home" and call.caller.roles - {Role.REPORTER}:
            line = self._line(call)
            await self._permit(call, line)
            found = await line.command.run(call, **await binding.bind(call, line))
        return replace(found, panel=await panel.panel(call))

    # -- what changes something --------------------------------------------------------------------------------

    async def run(self, work: Work, incoming: Incoming, brought: Brought | None = None) -> Answer:
        """Run what arrived inside the transaction of `work`: changes, ledger entries and effects, or a refusal."""
        takes = self.registry.match("staff", incoming.line.split())
        await (work.people.locked() if takes is not None and takes[0].name in _TAKE_ROLES else work.people.unchanging())
        caller = await self.caller(work, incoming, known=incoming.kind != "message")
        call = Call(work=work, desk=self.desk, incoming=incoming, caller=caller)
        call.here = await self._here(call)
        call.writes = True
        page: drafts.Begun | None = None
        call.again = lambda text, values=None: self._again(call, text, values or {})
        call.form_of = lambda text: self._whole(call, text)
        try:
            async with work.attempt():
                if caller.person is not None:
                    await unreached.contact(call)
                if incoming.kind == "message":
                    reply = await intake.message(call, brought or Brought(), self.words)
                else:
                    page = await drafts.page_of(call)
                    call.brought = brought
                    reply = await (self._form_page(call, page) if page is not None else self._command(call))
                await intake_facts.ask(call)
                await rehearsal.follow(call)
                await record.settle(call)
                await rehearsal.show(call)
        except Problem as problem:
            call.emitted.clear()
            call.touched.clear()
            call.revived.clear()
            if problem.audit:
                await work.ledger.write("refused", person=caller.id, report=problem.report,
                                        data={"code": problem.code, "line": self._named(incoming)})
            reply = problem.reply()
            if page is not None and reply.errors:
                reply = await drafts.again(call, page, reply)
        return Answer(reply, await self._sequence(call) if call.emitted else (), tuple(call.revived))

    async def _command(self, call: Call) -> Reply:
        """Run the line of a command, a button or a form that is complete."""
        line = self._line(call)
        asked = await self._asked(call, line)
        if asked is not None:
            return asked
        await self._permit(call, line)
        return await self._taken(call, line)

    async def _taken(self, call: Call, line: Line) -> Reply:
        """Run a line that is complete and permitted: words for a researcher are looked at before, a step is kept for its undo."""
        arguments = await binding.bind(call, line)
        asked = await before_sending.question(call, line)
        if asked is not None:
            return asked
        arguments.pop(ANYWAY, None)
        begun = await steps.begin(call, line.command.name)
        found: Reply = await line.command.run(call, **arguments)
        return await steps.keep(call, begun, found)

    async def _form_page(self, call: Call, page: drafts.Begun) -> Reply:
        """Take a page of a form: keep it while inputs are left to be shown, else run the whole."""
        form = await self._whole(call, page.line)
        given = call.incoming
        call.incoming = replace(given, line=page.line, values=tuple(page.values.items()))
        line = self._line(call)
        wrong = binding.misshapen(call, line)
        if wrong:
            raise binding.unfit(line, wrong)
        if (given.partial and not page.id) or drafts.left(form, page).fields:
            return await drafts.more(call, page)
        reply = await self._command(call)
        if reply.code == "ok" or reply.code in ASKS:
            await drafts.drop(call, page)
        return reply

    async def _whole(self, call: Call, text: str) -> Form:
        """Return the form of a line with all its inputs; raises Problem for who may not have it."""
        line = self._read(call, text)
        await self._permit(call, line)
        return await self._form(call, line)

    async def _again(self, call: Call, text: str, values: Mapping[str, str]) -> Reply:
        """Run one more staff line for the same caller in the same call, such as what a second person agreed to."""
        line = read_line(text, registry=self.registry, surface="staff")
        line.given.update(values)
        await self._permit(call, line)
        return await self._taken(call, line)

    async def words(self, call: Call, line: Line) -> Reply:
        """Run a command word that was said in a direct message, inside the transaction of that message."""
        try:
            async with call.work.attempt():
                asked = await self._asked(call, line)
                if asked is not None:
                    return asked
                await self._permit(call, line)
                return await line.command.run(call, **await binding.bind(call, line))
        except Problem as problem:
            if problem.audit:
                await call.work.ledger.write("refused", person=call.caller.id, report=problem.report,
                                             data={"code": problem.code, "line": line.command.name})
            return problem.reply()

    async def _sequence(self, call: Call) -> tuple[Emitted, ...]:
        """Give each effect of the call its place in its lane; the same key twice is one effect."""
        reports = call.work.reports
        rows = {key: effect.card if isinstance(effect, Refresh) else key for key, _, effect, _ in call.emitted}
        known = set(await reports.deliveries(rows.values()))
        fresh = []
        for key, lane, effect, report in call.emitted:
            if rows[key] not in known:
                known.add(rows[key])
                call.work.session.add(Delivery(key=rows[key], kind=effect.kind, report_id=report, lane=lane, state="queued",
                                               at=call.now))
            elif not isinstance(effect, Refresh):
                continue
            fresh.append((key, lane, effect, report))
        numbers = await reports.next_in_lanes([lane for _, lane, _, _ in fresh])
        return tuple(Emitted(key=key, lane=lane, sequence=number, effect=effect, report=report)
                     for (key, lane, effect, report), number in zip(fresh, numbers, strict=True))

    # -- who, where, which -------------------------------------------------------------------------------------

    async def caller(self, work: Work, incoming: Incoming, *, known: bool = True) -> Caller:
        """Return who asks; a new account becomes a person only when a message of theirs is recorded."""
        if incoming.kind in ("clock", "notice"):
            return Caller(None, incoming.platform, incoming.person, "clock", frozenset({Role.CLOCK}))
        vault, people = self.desk.vault, work.people
        if known:
            person = await people.who(vault, incoming.platform, incoming.person)
        else:
            person = await people.meet(vault, incoming.platform, incoming.person, incoming.name)
        if person is None:
            return Caller(None, incoming.platform, incoming.person, incoming.name, frozenset({Role.REPORTER}))
        roles, disciplines = await people.grants(person.id)
        return Caller(person, incoming.platform, incoming.person, incoming.name, roles | {Role.REPORTER}, disciplines)

    async def _here(self, call: Call) -> Report | None:
        if call.incoming.place != "channel":
            return None
        return await call.work.reports.of_channel(call.incoming.platform, call.incoming.conversation)

    def _place(self, call: Call, report: Report | None) -> Place:
        match call.incoming.place:
            case "dm":
                return Place.DM
            case "clock":
                return Place.ANYWHERE
            case "channel":
                if call.here is not None and (report is None or report.id == call.here.id):
                    return Place.TRIAGE_CHANNEL
                if call.incoming.conversation == call.program.channels.leaders(call.incoming.platform) != "":
                    return Place.LEADERSHIP
                return Place.PUBLIC

    async def ties(self, call: Call, report: Report) -> frozenset[Tie]:
        """Return what binds the caller to a report; nobody is at work on their own, also not for somebody whom they cover."""
        found = set()
        if report.person_id in await call.work.people.circle(call.caller.id):
            return frozenset({Tie.REPORTER} if report.person_id == call.caller.id else ())
        if report.owner_id and report.owner_id in await presence.acting_for(call.work, call.caller.id):
            found.add(Tie.OWNER)
        if any(one.person_id == call.caller.id for one in await call.work.people.roster(report.id)):
            found.add(Tie.ROSTER)
        if Role.LEADERSHIP in call.caller.roles and any(
            one.act in second.WITH_LEADERSHIP for one in await call.work.reports.proposals(report.id)
        ):
            found.add(Tie.ROSTER)
        return frozenset(found)

    async def _facts(self, call: Call, report: Report | None) -> CallerFacts:
        ties: frozenset[Tie] = await self.ties(call, report) if report is not None else frozenset()
        return CallerFacts(roles=call.caller.roles, place=self._place(call, report), ties=ties)

    def _surfaces(self, caller: Caller, line: str) -> tuple[str, tuple[Surface, ...]]:
        if Role.CLOCK in caller.roles:
            return line, ("clock",)
        if line.startswith(_ME):
            return line[len(_ME):], ("researcher",)
        staff = bool(caller.roles - {Role.REPORTER})
        return line, ("staff", "researcher") if staff else ("researcher", "staff")

    def _line(self, call: Call) -> Line:
        line = self._read(call, call.incoming.line.strip())
        if call.incoming.kind == "submit":
            known = {p.name for p in line.command.params}
            for name, value in call.incoming.values:
                if name in known and (value.strip() or line.command.surface == "researcher"):
                    line.given[name] = value
        return line

    def _read(self, call: Call, raw: str) -> Line:
        text, surfaces = self._surfaces(call.caller, raw)
        if not text or (text.lower() == "show" and surfaces[0] != "clock"):  # a platform that runs no bare command has `show`
            text, surfaces = "show", ("staff",)
            if not call.caller.roles - {Role.REPORTER}:
                text, surfaces = "status", ("researcher",)
            elif call.here is None:
                text = "digest" if call.caller.roles & {Role.LEADERSHIP} else "queue"
        surface = next((s for s in surfaces if self.registry.match(s, text.split())), None)
        group = surface != surfaces[0] == "staff" and any(one.startswith(f"{text.lower()} ") for one in self.registry.names("staff"))
        if surface is None or (group and call.caller.roles - {Role.REPORTER}):
            raise unknown(text, registry=self.registry, surface=surfaces[0])
        return read_line(text, registry=self.registry, surface=surface, here=call.here.id if call.here else "")

    async def _asked(self, call: Call, line: Line) -> Reply | None:
        """Return the form that a command without its required arguments answers with, or the next one that it asks for."""
        if line.command.asks is not None:
            await self._permit(call, line)
            wanted = await line.command.asks(call, line.given)
            shown = {name for name, _ in call.incoming.values} if call.incoming.kind == "submit" else set()
            # What was shown and came back empty is for the command to judge: the same form again would say nothing.
            return Reply(form=await self._form(call, line)) if wanted and not shown.issuperset(wanted) else None
        missing = [p for p in line.command.params if p.required and not line.given.get(p.name, "").strip()]
        if not missing or all(p.kind == "report" for p in missing):
            return None
        await self._permit(call, line)  # nobody types for nothing
        if call.incoming.kind == "submit":
            raise Problem("bad_argument", "Fill in what is still missing.",
                          errors={p.name: "This one is needed." for p in missing if p.kind != "report"})
        return Reply(form=await self._form(call, line))

    async def _form(self, call: Call, line: Line) -> Form:
        """Return the form that asks for what a line leaves open."""
        given = {k: v for k, v in line.given.items() if v.strip()}
        values = await line.command.prefill(call) if line.command.prefill is not None else {}
        people = await binding.colleagues(call, [p for p in line.command.params if p.kind == "person" and not (p.hint.typed or p.hint.inner)
                                                 and p.name not in given])
        only = await line.command.asks(call, given) if line.command.asks is not None else None
        form = form_of(Line(line.command, given), desk=self.desk, values=values, people=people, about=line.command.about, only=only)
        form = await line.command.shape(call, given, form) if line.command.shape is not None else form
        return _as_researcher(form) if line.command.surface == "researcher" else form

    async def _permit(self, call: Call, line: Line) -> None:
        """Refuse what the caller may not do; sets `call.report` when the line names one."""
        allow = line.command.allow
        param = line.command.report_param
        report: Report | None = None
        if not allow.roles & call.caller.roles:
            named = await self._report(call, line, param) if param is not None and line.given.get(param.name) else None
            raise not_allowed(line, named.id if named is not None else "")
        if param is not None:
            report = await self._report(call, line, param)
        facts = await self._facts(call, report)
        if param is not None and report is None and not param.required:
            facts = CallerFacts(roles=call.caller.roles, place=facts.place, ties=allow.ties)
        denied = permits(allow, facts)
        if denied is None:
            call.report = report
            return
        known = report.id if report is not None else ""
        match denied:
            case Denied.NO_SUCH_REPORT:
                raise no_such_report(known)
            case Denied.WRONG_PLACE:
                raise Problem("wrong_place", wording.wrong_place(allow.places))
            case Denied.NOT_ALLOWED:
                raise not_allowed(line, known)

    async def _report(self, call: Call, line: Line, param: Param) -> Report | None:
        raw = line.given.get(param.name, "")
        reports = call.work.reports
        if raw:
            wanted = normal_id(raw)
            found = await reports.beginning_with(wanted) if wanted else []
            if len(found) > 1:
                raise Problem("bad_argument", "More than one report begins like that. Write the whole id.",
                              errors={param.name: "Write the whole id."})
            if not found:
                raise no_such_report("")
            return await reports.get(found[0].id, locked=True)
        if line.command.surface == "researcher" and call.caller.person is not None:
            mine = await reports.of_person(call.caller.id)
            able = [one for one in mine if not _done(one)] or mine[:1]
            if len(able) == 1:
                return await reports.get(able[0].id, locked=True)
            if able and param.required:
                buttons = tuple(Button(f"{_ME}{line.command.name} report={one.id}" + _rest(line), one.id)
                                for one in able[:5])
                raise Choose("which_report", wording.which_report(), buttons)
        if param.required:
            raise Problem("which_report", wording.which_report_staff(line.command.usage()))
        return None

    @staticmethod
    def _named(incoming: Incoming) -> str:
        return " ".join(incoming.line.removeprefix(_ME).split()[:1])[:40]


def _done(report: Report) -> bool:
    return State(report.state) in DONE


def _rest(line: Line) -> str:
    text = Line(line.command, {k: v for k, v in line.given.items() if v}).text()
    return text[len(line.command.name):]


def _as_researcher(form: Form) -> Form:
    return Form(id=_ME + form.id, title=form.title, fields=form.fields, about=form.about, submit=form.submit)
