"""Expression tree -> array function.

``evaluate`` walks a tree over arrays; the arrays of its names broadcast against each other, so one walk gives a
formula's value in every draw, state and world at once. Words are the integer codes of their variable (see
``symbols.bind``); a comparison is 1 or 0 in arithmetic, and a number counts as true unless it is 0.

With ``Dual`` numbers for some of the names the same walk gives the derivatives too.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import reduce

import numpy as np

from longgame.arrays import Array
from longgame.scenario.language.arithmetic import ARITHMETIC, COMPARISONS
from longgame.scenario.language.expressions import Binary, Call, IfElse, Name, Node, Number, Unary

Environment = Mapping[str, Array]

_LARGEST_UNROLLED_POWER = 64


def evaluate(node: Node, env: Environment) -> Array:
    """The value of ``node``, with the names' arrays from ``env``.

    Args:
        node: a bound expression (words already replaced by their codes).
        env: name -> array (or ``Dual``); the arrays must broadcast against each other.

    Returns:
        An array of the broadcast shape of the names used: bool for a comparison or a logical expression, else float.
        Where a function is undefined (log of a negative number, 0/0) the value is NaN; 1/0 and log of 0 are infinite.
    """
    with np.errstate(all="ignore"):
        return _evaluate(node, env)


def _evaluate(node: Node, env: Environment) -> Array:
    match node:
        case Number(value):
            return np.float64(value)
        case Name(name):
            return env[name]
        case Unary("-", operand):
            return -number(_evaluate(operand, env))
        case Unary("not", operand):
            return ~truth(_evaluate(operand, env))
        case Binary("**", base, Number(exponent)) if _is_unrolled(exponent):
            return _whole_power(number(_evaluate(base, env)), int(exponent))
        case Binary(("and" | "or") as op, left, right):
            return _LOGIC[op](truth(_evaluate(left, env)), truth(_evaluate(right, env)))
        case Binary(op, left, right):
            return _ARITHMETIC[op](number(_evaluate(left, env)), number(_evaluate(right, env)))
        case IfElse(test, then, otherwise):
            return _choose(truth(_evaluate(test, env)), _evaluate(then, env), _evaluate(otherwise, env))
        case Call(function, arguments):
            return _FUNCTIONS[function](*(number(_evaluate(a, env)) for a in arguments))
        case _:
            raise TypeError(f"{type(node).__name__} has no value in a game; only questions have it")


def number(x: Array) -> Array:
    """``x`` as a float array: false is 0, true is 1."""
    return x if x.dtype.kind == "f" else x.astype(np.float64)


def truth(x: Array) -> Array:
    """``x`` as a bool array: any number but 0 is true; what is no number is not."""
    return x if x.dtype == np.bool_ else (x < 0) | (x > 0)


def _choose(test: Array, then: Array, otherwise: Array) -> Array:
    if isinstance(test, np.bool_):  # decided everywhere at once
        return then if test else otherwise
    if then.dtype != otherwise.dtype:
        then, otherwise = number(then), number(otherwise)
    return np.where(test, then, otherwise)


def _is_unrolled(exponent: float) -> bool:
    return exponent == int(exponent) and abs(exponent) <= _LARGEST_UNROLLED_POWER if np.isfinite(exponent) else False


def _whole_power(x: Array, n: int) -> Array:
    return x**n if n >= 0 else 1.0 / x**-n


_LOGIC: Mapping[str, Callable[[Array, Array], Array]] = {"and": operator.and_, "or": operator.or_}
_ARITHMETIC: Mapping[str, Callable[[Array, Array], Array]] = {
    **ARITHMETIC,
    **COMPARISONS,
    "**": np.power,  # of a negative base only whole powers are defined
}
_FUNCTIONS: dict[str, Callable[..., Array]] = {
    "min": lambda *some: reduce(np.minimum, some),
    "max": lambda *some: reduce(np.maximum, some),
    "clip": lambda x, low, high: np.minimum(np.maximum(x, low), high),
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "abs": np.absolute,
}
