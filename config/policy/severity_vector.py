"""A severity vector: one answer on every axis of a rubric, as text and back.

It decides what a vector is and names every fault of one that is not; what it scores is decided in config/policy/severity.py.
A vector is its own text: only the canonical order is taken, so that parsing and printing change nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from config.policy.severity_rubric import Option, Rubric

_NAME: Final = re.compile(r"[A-Za-z0-9_]{1,12}")
_VERSION: Final = re.compile(r"\d{1,3}\.\d{1,3}")
_LONGEST: Final = 200  # characters of a vector


class Fault(StrEnum):
    """What is wrong with a vector."""

    NOT_A_VECTOR = "not_a_vector"
    WRONG_VERSION = "wrong_version"
    NOT_A_PAIR = "not_a_pair"
    UNKNOWN_AXIS = "unknown_axis"
    UNKNOWN_VALUE = "unknown_value"
    DOUBLED_AXIS = "doubled_axis"
    MISSING_AXIS = "missing_axis"
    WRONG_ORDER = "wrong_order"


@dataclass(frozen=True, slots=True)
class Wrong:
    """One fault of a vector; the names are empty where what was written is no name at all."""

    fault: Fault
    axis: str = ""
    value: str = ""


class VectorError(ValueError):
    """Text or answers that are no vector of the rubric; `wrong` names every fault, `meant` is the vector if only its order is."""

    def __init__(self, wrong: tuple[Wrong, ...], meant: str = "") -> None:
        super().__init__(", ".join(one.fault.value for one in wrong))
        self.wrong = wrong
        self.meant = meant


@dataclass(frozen=True, slots=True)
class Vector:
    """One answer on every axis of a rubric, in its order; `of` and `parse` make one."""

    prefix: str
    pairs: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """The vector as it is written."""
        return "/".join((self.prefix, *(f"{axis}:{code}" for axis, code in self.pairs)))

    def code(self, axis: str) -> str:
        """The answer on an axis; raises KeyError for an axis that does not exist."""
        return dict(self.pairs)[axis]

    def with_code(self, axis: str, code: str) -> Vector:
        """The same vector with another answer on one axis."""
        return Vector(self.prefix, tuple((name, code if name == axis else old) for name, old in self.pairs))


def of(rubric: Rubric, codes: Mapping[str, str]) -> Vector:
    """The vector of these answers, one for every axis; raises VectorError with every fault."""
    wrong = [Wrong(Fault.UNKNOWN_AXIS, _name(axis)) for axis in codes if axis not in rubric.by_axis]
    for axis in rubric.axes:
        if axis.code not in codes:
            wrong.append(Wrong(Fault.MISSING_AXIS, axis.code))
        elif codes[axis.code] not in axis.by_code:
            wrong.append(Wrong(Fault.UNKNOWN_VALUE, axis.code, _name(codes[axis.code])))
    if wrong:
        raise VectorError(tuple(wrong))
    return Vector(rubric.prefix, tuple((axis.code, codes[axis.code]) for axis in rubric.axes))


def parse(rubric: Rubric, text: str) -> Vector:
    """The vector that a text is, which is then its text again; raises VectorError with every fault."""
    first, *rest = text.split("/") if len(text) <= _LONGEST else [""]
    if first != rubric.prefix:
        name, _, version = first.partition(":")
        ours = name == rubric.prefix.partition(":")[0]
        fault = Wrong(Fault.WRONG_VERSION, value=_version(version)) if ours else Wrong(Fault.NOT_A_VECTOR)
        raise VectorError((fault,))
    wrong: list[Wrong] = []
    codes: dict[str, str] = {}
    for part in rest:
        axis, colon, code = part.partition(":")
        if not colon or not axis:
            wrong.append(Wrong(Fault.NOT_A_PAIR, _name(part)))
        elif axis in codes:
            wrong.append(Wrong(Fault.DOUBLED_AXIS, _name(axis)))
        else:
            codes[axis] = code
    try:
        found = of(rubric, codes)
    except VectorError as more:
        raise VectorError((*wrong, *more.wrong)) from None
    if wrong:
        raise VectorError(tuple(wrong))
    if found.text != text:
        raise VectorError((Wrong(Fault.WRONG_ORDER),), found.text)
    return found


def chosen(rubric: Rubric, vector: Vector) -> tuple[Option, ...]:
    """The options of a vector, in the rubric's order; raises VectorError for a vector of another rubric."""
    if vector.prefix != rubric.prefix:
        raise VectorError((Wrong(Fault.WRONG_VERSION, value=_version(vector.prefix.partition(":")[2])),))
    return tuple(axis.by_code[pair[1]] for axis, pair in zip(rubric.axes, vector.pairs, strict=True))


def _name(text: str) -> str:
    """A short plain word as it was written, so that it can be named; anything else is not repeated."""
    return text if _NAME.fullmatch(text) else ""


def _version(text: str) -> str:
    return text if _VERSION.fullmatch(text) else ""
