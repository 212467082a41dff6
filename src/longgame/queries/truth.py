"""What a question comes to once its functions are known: a number or a truth, with a margin.

A question is arithmetic over functions of a solved game (``worth``, ``chance``, ``belief``, ...). This module knows
nothing of the functions; it is given their values and works out the rest:

    a > b,  a >= b      true or false, with margin a - b        (and the mirror image for <, <=)
    p and q             margin min(p, q): what fails first
    p or q              margin max(p, q): what fails last
    not p               margin -p
    p if c else q       the branch that c picks

The margin is above zero where the question is true, below where it is false: how far the numbers are from turning it.
It is in the units of what is compared. Between numbers == has no useful margin, and no understood question has it.

A value that does not exist (NaN: a chance given what cannot be) makes a comparison neither true nor false, ``None``.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from longgame.scenario.language.arithmetic import ARITHMETIC
from longgame.scenario.questions.grammar import Kind
from longgame.scenario.questions.tree import Constant, Leaf, Term, Worked


@dataclass(frozen=True)
class Answer:
    """The answer to a question.

    value   the number; for a truth 1 or 0 (NaN where it is neither)
    kind    what the number is
    truth   for a truth: True, False, or None where it cannot be told
    margin  for a truth: how far it is from turning, above zero where it is true
    """

    value: float
    kind: Kind = Kind.NUMBER
    truth: bool | None = None
    margin: float | None = None

    @property
    def is_truth(self) -> bool:
        """Whether the question can be true or false, and so be a claim."""
        return self.kind is Kind.TRUTH


def number(value: float, kind: Kind = Kind.NUMBER) -> Answer:
    """The answer that is a number."""
    return Answer(float(value), kind)


def truth(holds: bool | None, margin: float) -> Answer:
    """The answer that is true or false."""
    return Answer(math.nan if holds is None else float(holds), Kind.TRUTH, holds, margin)


def work_out(term: Term, look_up: Callable[[Leaf], float]) -> Answer:
    """Work out an understood question; ``look_up`` gives the values of its leaves."""
    match term:
        case Constant(value):
            return number(value)
        case Worked(op, parts, kind):
            answers = [work_out(part, look_up) for part in parts]
            if op in _ANSWERS:
                return _ANSWERS[op](*answers)
            return number(_NUMBERS[op](*(answer.value for answer in answers)), kind)
    return number(look_up(term), term.kind)


# --- arithmetic ------------------------------------------------------------------------------------------------------


def _safe(function: Callable[..., float]) -> Callable[..., float]:
    """A number has no logarithm, root or quotient everywhere: where it has none, the value does not exist (NaN)."""

    def guarded(*arguments: float) -> float:
        try:
            result = function(*arguments)
        except (ValueError, ZeroDivisionError):
            return math.nan
        except OverflowError:
            return math.inf
        return math.nan if isinstance(result, complex) else float(result)

    return guarded


def _first_nan(pick: Callable[..., float]) -> Callable[..., float]:
    """min and max of which one is unknown are unknown; Python's own depend on the order."""
    return lambda *values: math.nan if any(map(math.isnan, values)) else pick(values)


_NUMBERS: Mapping[str, Callable[..., float]] = {
    **ARITHMETIC,
    "/": _safe(operator.truediv),
    "**": _safe(operator.pow),
    "neg": lambda a: -a,
    "count": lambda a: a,
    "min": _first_nan(min),
    "max": _first_nan(max),
    "clip": _first_nan(lambda values: min(max(values[0], values[1]), values[2])),
    "exp": _safe(math.exp),
    "log": _safe(math.log),
    "sqrt": _safe(math.sqrt),
    "abs": math.fabs,
}


# --- truths ----------------------------------------------------------------------------------------------------------


def _compare(op: str, left: Answer, right: Answer) -> Answer:
    if op in ("<", "<="):
        left, right = right, left
    if math.isnan(left.value) or math.isnan(right.value):
        return truth(None, math.nan)
    margin = 0.0 if left.value == right.value else left.value - right.value  # inf - inf would be NaN
    return truth(margin > 0.0 or (margin == 0.0 and op in ("<=", ">=")), margin)


def _not(inner: Answer) -> Answer:
    assert inner.margin is not None
    return truth(None if inner.truth is None else not inner.truth, -inner.margin)


def _and(left: Answer, right: Answer) -> Answer:
    """Kleene's three-valued 'and': what is false settles it, whatever the other may be."""
    assert left.margin is not None and right.margin is not None
    known = [answer for answer in (left, right) if answer.truth is not None]
    if any(answer.truth is False for answer in known):
        return truth(False, min(answer.margin for answer in known if answer.margin is not None))
    if len(known) < 2:
        return truth(None, math.nan)
    return truth(True, min(left.margin, right.margin))


def _or(left: Answer, right: Answer) -> Answer:
    return _not(_and(_not(left), _not(right)))


def _choose(test: Answer, then: Answer, otherwise: Answer) -> Answer:
    if test.truth is None:
        return truth(None, math.nan) if then.is_truth else number(math.nan, then.kind)
    return then if test.truth else otherwise


_ANSWERS: Mapping[str, Callable[..., Answer]] = {
    "not": _not,
    "and": _and,
    "or": _or,
    "if": _choose,
    **{op: partial(_compare, op) for op in ("<", "<=", ">", ">=")},
}
