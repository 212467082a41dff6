"""Interval arithmetic over expression trees: where a value can lie when its names are only known to a range.

The twin of ``functions.evaluate``: ``bounds`` takes for each name a low and a high array and returns a low and a high
array between which the value must lie, for every choice of the names within their ranges (Moore, Kearfott and Cloud,
Introduction to Interval Analysis, 2009, chapter 2). A name that is used twice counts as two, so the bounds may be wider
than need be, never narrower. Points where a function is undefined (0/0, the log of a negative number) do not count.

A truth value is an interval too: (0, 0) is false, (1, 1) is true, (0, 1) is 'perhaps'.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from longgame.scenario.language.expressions import Binary, Call, IfElse, Name, Node, Number, Unary

Array = Any  # a NumPy array or scalar; low and high ends broadcast


class Interval(NamedTuple):
    """A low and a high array of one shape (or shapes that broadcast); for truth values, 0 and 1."""

    low: Array
    high: Array

    @property
    def possible(self) -> Array:
        """Bool: as a truth value, it can be true."""
        return (self.low != 0) | (self.high != 0)

    @property
    def certain(self) -> Array:
        """Bool: as a truth value, it must be true."""
        return (self.low > 0) | (self.high < 0)


class Alternative(NamedTuple):
    """One way an ``if-else`` can come out: where it is possible, and the bounds of its value there."""

    possible: Array
    value: Interval


def point(x: Array | float) -> Interval:
    """The interval that holds ``x`` alone."""
    x = np.asarray(x, float)
    return Interval(x, x)


def bounds(node: Node, env: Mapping[str, Interval]) -> Interval:
    """The bounds of ``node`` where each name lies in its interval in ``env``."""
    with np.errstate(all="ignore"):
        return _bounds(node, env)


def alternatives(node: Node, env: Mapping[str, Interval]) -> Iterator[Alternative]:
    """The separate ways in which ``node`` can come out, one for each branch of its outer ``if-else``.

    The hull of ``0 if x > y else 1`` is all of [0, 1], but nothing between the two can happen.
    """
    if not isinstance(node, IfElse):
        yield Alternative(np.True_, bounds(node, env))
        return
    test = bounds(node.test, env)
    for reach, branch in ((test.possible, node.then), (~test.certain, node.otherwise)):
        if np.any(reach):
            for possible, value in alternatives(branch, env):
                yield Alternative(possible & reach, value)


def _bounds(node: Node, env: Mapping[str, Interval]) -> Interval:
    match node:
        case Number(value):
            return point(value)
        case Name(name):
            return env[name]
        case Unary("-", operand):
            low, high = _bounds(operand, env)
            return Interval(-high, -low)
        case Unary("not", operand):
            x = _bounds(operand, env)
            return _truth(~x.possible, ~x.certain)
        case Binary("**", base, exponent):
            return _power(_bounds(base, env), _bounds(exponent, env))
        case Binary(op, left, right):
            return _BINARY[op](_bounds(left, env), _bounds(right, env))
        case IfElse(test, then, otherwise):
            return _choose(_bounds(test, env), _bounds(then, env), _bounds(otherwise, env))
        case Call(function, arguments):
            return _FUNCTIONS[function](*(_bounds(a, env) for a in arguments))
        case _:
            raise TypeError(f"{type(node).__name__} has no value in a game; only questions have it")


def _truth(certain: Array, possible: Array) -> Interval:
    return Interval(np.asarray(certain, float), np.asarray(possible, float))


def _hull(*candidates: Array, undefined: float | None = None) -> Interval:
    """Smallest and largest candidate; an undefined one (inf - inf) opens the interval, or counts as ``undefined``."""
    if undefined is None:
        lows = [np.where(np.isnan(c), -np.inf, c) for c in candidates]
        highs = [np.where(np.isnan(c), np.inf, c) for c in candidates]
    else:
        lows = highs = [np.where(np.isnan(c), undefined, c) for c in candidates]
    return Interval(_reduce(np.minimum, lows), _reduce(np.maximum, highs))


def _reduce(function: Callable[[Array, Array], Array], arrays: list[Array]) -> Array:
    result: Array = arrays[0]
    for array in arrays[1:]:
        result = function(result, array)
    return result


def _add(a: Interval, b: Interval) -> Interval:
    low, high = a.low + b.low, a.high + b.high
    return Interval(np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high))


def _subtract(a: Interval, b: Interval) -> Interval:
    return _add(a, Interval(-b.high, -b.low))


def _multiply(a: Interval, b: Interval) -> Interval:
    # An end at infinity is never taken on itself, so 0 * inf is 0 here.
    return _hull(a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high, undefined=0.0)


def _divide(a: Interval, b: Interval) -> Interval:
    quotient = _hull(a.low / b.low, a.low / b.high, a.high / b.low, a.high / b.high)
    through_zero = (b.low <= 0) & (b.high >= 0)
    return Interval(np.where(through_zero, -np.inf, quotient.low), np.where(through_zero, np.inf, quotient.high))


def _power(a: Interval, b: Interval) -> Interval:
    """a ** b: corners for a positive base; whole exponents for any base; otherwise anything."""
    corners = [np.power(np.maximum(x, 0.0), y) for x in a for y in b]
    of_positive = _hull(*corners)
    ends = [np.power(x, np.where(b.low == b.high, b.low, 1.0)) for x in a]
    of_whole = _hull(*ends)
    even = b.low == 2 * np.floor(b.low / 2)
    through_zero = (a.low <= 0) & (a.high >= 0)
    # An even power has its least value at 0; a negative one has a pole there.
    low = np.where(through_zero & even, np.where(b.low > 0, np.minimum(of_whole.low, 0.0), of_whole.low), of_whole.low)
    pole = through_zero & (b.low < 0)
    low = np.where(pole, np.where(even, low, -np.inf), low)
    high = np.where(pole, np.inf, of_whole.high)
    whole = (b.low == b.high) & (b.low == np.floor(b.low))
    positive = (a.low > 0) | ((a.low >= 0) & (b.low >= 0))
    low = np.where(positive, of_positive.low, np.where(whole, low, -np.inf))
    high = np.where(positive, of_positive.high, np.where(whole, high, np.inf))
    return Interval(low, high)


def _choose(test: Interval, then: Interval, otherwise: Interval) -> Interval:
    certain, possible = test.certain, test.possible
    return Interval(
        np.where(certain, then.low, np.where(possible, np.minimum(then.low, otherwise.low), otherwise.low)),
        np.where(certain, then.high, np.where(possible, np.maximum(then.high, otherwise.high), otherwise.high)),
    )


def _less(a: Interval, b: Interval) -> Interval:
    return _truth(a.high < b.low, a.low < b.high)


def _at_most(a: Interval, b: Interval) -> Interval:
    return _truth(a.high <= b.low, a.low <= b.high)


def _equal(a: Interval, b: Interval) -> Interval:
    return _truth(
        (a.low == a.high) & (b.low == b.high) & (a.low == b.low), (a.low <= b.high) & (b.low <= a.high)
    )


def _differs(a: Interval, b: Interval) -> Interval:
    equal = _equal(a, b)
    return Interval(1.0 - equal.high, 1.0 - equal.low)


def _min(*xs: Interval) -> Interval:
    return Interval(_reduce(np.minimum, [x.low for x in xs]), _reduce(np.minimum, [x.high for x in xs]))


def _max(*xs: Interval) -> Interval:
    return Interval(_reduce(np.maximum, [x.low for x in xs]), _reduce(np.maximum, [x.high for x in xs]))


def _abs(x: Interval) -> Interval:
    ends = _hull(np.abs(x.low), np.abs(x.high))
    return Interval(np.where((x.low <= 0) & (x.high >= 0), 0.0, ends.low), ends.high)


def _rising(function: Callable[[Array], Array], least: float | None = None) -> Callable[[Interval], Interval]:
    """The bounds of an increasing function, defined from ``least`` on."""

    def bounds_of(x: Interval) -> Interval:
        low, high = x if least is None else (np.maximum(x.low, least), np.maximum(x.high, least))
        nowhere = np.False_ if least is None else x.high < least  # then nothing is known of it
        return Interval(np.where(nowhere, -np.inf, function(low)), np.where(nowhere, np.inf, function(high)))

    return bounds_of


_BINARY: dict[str, Callable[[Interval, Interval], Interval]] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "and": lambda a, b: _truth(a.certain & b.certain, a.possible & b.possible),
    "or": lambda a, b: _truth(a.certain | b.certain, a.possible | b.possible),
    "==": _equal,
    "!=": _differs,
    "<": _less,
    "<=": _at_most,
    ">": lambda a, b: _less(b, a),
    ">=": lambda a, b: _at_most(b, a),
}

_FUNCTIONS: dict[str, Callable[..., Interval]] = {
    "min": _min,
    "max": _max,
    "clip": lambda x, low, high: _min(_max(x, low), high),
    "exp": _rising(np.exp),
    "log": _rising(np.log, least=0.0),
    "sqrt": _rising(np.sqrt, least=0.0),
    "abs": _abs,
}
