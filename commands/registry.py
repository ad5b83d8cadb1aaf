"""How a command is declared: once, as a function whose signature is its schema.

Decides which types a parameter may have and what a declaration must say; refuses a command without `allow`. Leaves reading
a line to `parsing.py` and running to `dispatch.py`. `commands/__init__.py` lists the modules.
"""

from __future__ import annotations

import datetime
import inspect
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from types import ModuleType, UnionType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from commands.calls import Form, Reply
from config.policy.rates import Trials
from config.policy.roles import Allow
from config.policy.states import Role
from storage.models import Person, Report

Surface = Literal["staff", "researcher", "clock"]
Choices = Callable[[Any], Iterable[tuple[str, str]]]
# Which parameters a form asks for now, by what is given so far and what the form must carry on; none when the line is complete.
Asks = Callable[[Any, dict[str, str]], Awaitable[tuple[str, ...]]]
# Puts into a form what only this call knows, such as the choices; by what is given so far.
Shape = Callable[[Any, dict[str, str], Form], Awaitable[Form]]


class YesNo(StrEnum):
    """An answer that is never guessed."""

    NO = "no"
    YES = "yes"


@dataclass(frozen=True, slots=True)
class Hint:
    """What a parameter's type does not say: label, range, many lines, example, choices (from the desk)."""

    label: str = ""
    low: int | None = None
    high: int | None = None
    lines: bool = False
    example: str = ""
    choices: Choices | None = None
    search: Callable[[str], Iterable[tuple[str, str]]] | None = None  # the choices that typed words mean, the best first
    help: str = ""
    roles: tuple[Role, ...] = ()  # of the colleagues among whom one is chosen
    shape: str = ""  # what one typed word must look like to be meant as this, where a form is not asked for
    asked: bool = False  # a form wants it, though a typed line may leave it out
    typed: bool = False  # only ever typed: no form asks for it
    inner: bool = False  # forms and buttons alone give it: nobody is offered it to type
    first: bool = False  # stands at the top of a form, wherever it is typed
    told: bool = False  # its words reach the researcher: they are looked at before, and the command takes `anyway`


Colleague = Annotated[Person, Hint("who")]
ANYWAY = "anyway"  # yes: words that may be a mistake are sent as they stand

_KINDS: dict[Any, str] = {
    str: "text", int: "number", datetime.date: "date", Report: "report", Person: "person", Trials: "trials",
    tuple[str, ...]: "many",
}


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter of a command."""

    name: str
    kind: str  # text, number, date, report, person, trials, choice, many
    type: Any
    hint: Hint
    required: bool
    default: Any
    named: bool  # given by name only

    @property
    def label(self) -> str:
        """What a person reads beside the input."""
        return self.hint.label or self.name.replace("_", " ")

    @property
    def key(self) -> str:
        """The name as it is typed."""
        return self.name.replace("_", "-")


@dataclass(frozen=True, slots=True)
class Command:
    """A declared command. `reads` marks those that change nothing and are never recorded."""

    name: str
    about: str
    params: tuple[Param, ...]
    allow: Allow
    run: Callable[..., Awaitable[Reply]]
    reads: bool
    surface: Surface
    title: str
    more: str = ""
    hidden: bool = False  # pressed or called by the clock, never typed from a list
    prefill: Callable[..., Awaitable[dict[str, str]]] | None = None
    submit: str = "Send"
    asks: Asks | None = None
    shape: Shape | None = None

    @property
    def greedy(self) -> Param | None:
        """The last text parameter, which takes the rest of the line."""
        places = [p for p in self.params if not p.named]
        return places[-1] if places and places[-1].kind == "text" else None

    @property
    def report_param(self) -> Param | None:
        """The parameter that names a report, if there is one."""
        return next((p for p in self.params if p.kind == "report"), None)

    def usage(self) -> str:
        """Return one line that shows how it is typed."""
        words = ["/vdp " + self.name if self.surface == "staff" else self.name]
        for param in self.params:
            if param.hint.inner:
                continue
            shown = param.key if param.kind != "choice" or not issubclass(param.type, Enum) else "|".join(
                str(item.value) for item in param.type
            )
            if param.named:
                words.append(f"[{param.key}=...]")
            elif param.kind == "report":
                words.append("[report]")
            else:
                words.append(f"<{shown}>" if param.required else f"[{shown}]")
        return " ".join(words)


def _param(name: str, found: inspect.Parameter, annotation: Any) -> Param:
    hint = Hint()
    base = annotation
    while get_origin(base) is Annotated:
        base, *extras = get_args(base)
        for extra in extras:
            if isinstance(extra, Hint):
                hint = extra
    if get_origin(base) is UnionType and type(None) in get_args(base):  # may be left out
        base = next(one for one in get_args(base) if one is not type(None))
    if base in _KINDS:
        kind = _KINDS[base]
    elif isinstance(base, type) and issubclass(base, Enum):
        kind = "choice"
    else:
        raise TypeError(f"{name}: a command takes no {base!r}")
    required = found.default is inspect.Parameter.empty
    return Param(
        name=name, kind=kind, type=base, hint=hint, required=required, default=None if required else found.default,
        named=found.kind is inspect.Parameter.KEYWORD_ONLY,
    )


def _declare(
    name: str, *, allow: Allow, reads: bool, surface: Surface, hidden: bool, title: str,
    prefill: Callable[..., Awaitable[dict[str, str]]] | None, submit: str, asks: Asks | None = None,
    shape: Shape | None = None,
) -> Callable[[Callable[..., Awaitable[Reply]]], Command]:
    if not re.fullmatch(r"[a-z][a-z-]*( [a-z][a-z-]*)?", name):
        raise ValueError(f"not a command name: {name!r}")
    if not isinstance(allow, Allow):
        raise TypeError(f"{name}: a command says who may use it")

    def wrap(run: Callable[..., Awaitable[Reply]]) -> Command:
        hints = get_type_hints(run, include_extras=True)
        found = list(inspect.signature(run).parameters.items())[1:]  # the first is the call
        params = tuple(_param(n, p, hints[n]) for n, p in found)
        free = [p for p in params if p.kind == "text" and p.hint.lines and not p.named]
        if free and [p for p in params if not p.named][-1] is not free[-1]:
            raise TypeError(f"{name}: free text comes last, it takes the rest of the line")
        doc = inspect.getdoc(run) or ""
        about, _, more = doc.partition("\n\n")
        if not about:
            raise TypeError(f"{name}: a command says what it does")
        if any(one.hint.told for one in params):
            params = (*params, Param(ANYWAY, "choice", YesNo, Hint("send anyway", typed=True), required=False, default=YesNo.NO, named=True))
        return Command(
            name=name, about=" ".join(about.split()), more=more, params=params, allow=allow, run=run, reads=reads,
            surface=surface, hidden=hidden, prefill=prefill, submit=submit, asks=asks, shape=shape,
            title=title or name.rsplit(maxsplit=1)[-1].replace("-", " ").capitalize(),
        )

    return wrap


def command(
    name: str, *, allow: Allow, reads: bool = False, hidden: bool = False, title: str = "",
    prefill: Callable[..., Awaitable[dict[str, str]]] | None = None, submit: str = "Send", asks: Asks | None = None,
    shape: Shape | None = None,
) -> Callable[[Callable[..., Awaitable[Reply]]], Command]:
    """Declare a staff command, typed as `/vdp NAME`.

    With `asks` it says itself what its forms ask for, one after the other; with `shape` what stands in them.
    """
    return _declare(name, allow=allow, reads=reads, surface="staff", hidden=hidden, title=title, prefill=prefill,
                    submit=submit, asks=asks, shape=shape)


def conversation(
    name: str, *, allow: Allow, reads: bool = False, hidden: bool = False, title: str = "",
    prefill: Callable[..., Awaitable[dict[str, str]]] | None = None, submit: str = "Send",
) -> Callable[[Callable[..., Awaitable[Reply]]], Command]:
    """Declare plain words that a researcher says in a direct message, or a button of theirs."""
    return _declare(name, allow=allow, reads=reads, surface="researcher", hidden=hidden, title=title, prefill=prefill,
                    submit=submit)


def clockwork(name: str, *, allow: Allow) -> Callable[[Callable[..., Awaitable[Reply]]], Command]:
    """Declare what only the clock may ask for."""
    return _declare(name, allow=allow, reads=False, surface="clock", hidden=True, title="", prefill=None, submit="")


@dataclass(frozen=True, slots=True)
class Registry:
    """Every command by surface and name."""

    commands: tuple[Command, ...]
    _by_name: dict[tuple[Surface, str], Command] = field(default_factory=dict)

    @classmethod
    def of(cls, modules: Iterable[ModuleType]) -> Registry:
        """Collect the commands of the modules, in the order in which they are declared."""
        found: list[Command] = []
        for module in modules:
            found += [value for value in vars(module).values() if isinstance(value, Command) and value not in found]
        registry = cls(tuple(found))
        for one in found:
            key = (one.surface, one.name)
            if key in registry._by_name:
                raise ValueError(f"two commands are called {one.name!r}")
            registry._by_name[key] = one
        return registry

    def get(self, surface: Surface, name: str) -> Command | None:
        """Return the command of that name."""
        return self._by_name.get((surface, name))

    def match(self, surface: Surface, words: list[str]) -> tuple[Command, int] | None:
        """Return the command that the first one or two words name, and how many words that took.

        The name of a group may be left out where only one of its words is meant: `undo` is `case undo`.
        """
        for count in (2, 1):
            if len(words) >= count:
                found = self.get(surface, " ".join(words[:count]).lower())
                if found is not None:
                    return found, count
        if not words:
            return None
        meant = [one for one in self.commands if one.surface == surface and not one.hidden
                 and one.name.partition(" ")[2] == words[0].lower()]
        return (meant[0], 1) if len(meant) == 1 else None

    def names(self, surface: Surface) -> list[str]:
        """Return the names of what can be typed on a surface."""
        return [one.name for one in self.commands if one.surface == surface and not one.hidden]
