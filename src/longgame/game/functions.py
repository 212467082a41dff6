"""Expression tree -> array function.

``evaluate`` walks a tree over arrays of NumPy or ``jax.numpy``; the arrays of its names broadcast against each other,
so one walk gives a formula's value in every state and world at once. Words are the integer codes of their variable (see
``symbols.bind``); a comparison is 1 or 0 in arithmetic, and a number counts as true unless it is 0.

Gradients stay finite wherever the value does. The derivative of ``where(test, x / y, 0)`` is a NaN at y = 0 if the
division is written plainly, because the unused branch contributes 0 * inf. So each function with a singular point is
computed on harmless arguments there and its value is put in afterwards (the "double where" of the JAX FAQ).

Parts of a tree that depend on no traced array are computed in NumPy while the program is traced: only what depends on
the assumptions or the period is left to compile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import numpy as np

from longgame.scenario.language.expressions import Binary, Call, IfElse, Name, Node, Number, Unary

Array = Any  # a NumPy array or scalar, a JAX array, or a tracer
Environment = Mapping[str, Array]

_LARGEST_UNROLLED_POWER = 64


def evaluate(node: Node, env: Environment, xp: ModuleType = np) -> Array:
    """The value of ``node``, with the names' arrays from ``env``.

    Args:
        node: a bound expression (words already replaced by their codes).
        env: name -> array; the arrays must broadcast against each other.
        xp: ``numpy`` or ``jax.numpy``; constants stay NumPy in either case.

    Returns:
        An array of the broadcast shape of the names used: bool for a comparison or a logical expression, else float.
        Where a function is undefined (log of a negative number, 0/0) the value is NaN; 1/0 and log of 0 are infinite.
    """
    with np.errstate(all="ignore"):
        return _evaluate(node, env, xp)


def _evaluate(node: Node, env: Environment, xp: ModuleType) -> Array:
    match node:
        case Number(value):
            return np.float64(value)
        case Name(name):
            return env[name]
        case Unary("-", operand):
            return -number(_evaluate(operand, env, xp))
        case Unary("not", operand):
            return ~truth(_evaluate(operand, env, xp))
        case Binary("**", base, Number(exponent)) if _is_unrolled(exponent):
            return _integer_power(number(_evaluate(base, env, xp)), int(exponent), xp)
        case Binary(op, left, right):
            return _BINARY[op](_evaluate(left, env, xp), _evaluate(right, env, xp), xp)
        case IfElse(test, then, otherwise):
            return _choose(
                truth(_evaluate(test, env, xp)), _evaluate(then, env, xp), _evaluate(otherwise, env, xp), xp
            )
        case Call(function, arguments):
            return _FUNCTIONS[function](*(number(_evaluate(a, env, xp)) for a in arguments), xp=xp)
        case _:
            raise TypeError(f"{type(node).__name__} has no value in a game; only questions have it")


def number(x: Array) -> Array:
    """``x`` as a float array: false is 0, true is 1."""
    return x if x.dtype.kind == "f" else x.astype(np.float64)


def truth(x: Array) -> Array:
    """``x`` as a bool array: any number but 0 is true; what is no number is not."""
    return x if x.dtype == np.bool_ else (x < 0) | (x > 0)


def _module(xp: ModuleType, *operands: Array) -> ModuleType:
    """NumPy if all operands are NumPy's, so that constants are computed once, while tracing."""
    return np if all(isinstance(x, np.ndarray | np.generic) for x in operands) else xp


def _arithmetic(function: Callable[[Array, Array], Array]) -> Callable[[Array, Array, ModuleType], Array]:
    return lambda a, b, xp: function(number(a), number(b))


def _choose(test: Array, then: Array, otherwise: Array, xp: ModuleType) -> Array:
    if isinstance(test, np.bool_):  # decided before anything is traced
        return then if test else otherwise
    if then.dtype != otherwise.dtype:
        then, otherwise = number(then), number(otherwise)
    return _module(xp, test, then, otherwise).where(test, then, otherwise)


def _divide(a: Array, b: Array, xp: ModuleType) -> Array:
    a, b = number(a), number(b)
    xp = _module(xp, a, b)
    if xp is np:
        return a / b
    undefined = b == 0
    limit = xp.where(a > 0, np.inf, xp.where(a < 0, -np.inf, np.nan))
    return xp.where(undefined, limit, a / xp.where(undefined, 1.0, b))


def _is_unrolled(exponent: float) -> bool:
    return exponent == int(exponent) and abs(exponent) <= _LARGEST_UNROLLED_POWER if np.isfinite(exponent) else False


def _integer_power(x: Array, n: int, xp: ModuleType) -> Array:
    return x**n if n >= 0 else _divide(np.float64(1.0), x**-n, xp)


def _power(a: Array, b: Array, xp: ModuleType) -> Array:
    """a ** b over the reals: of a negative base only whole powers are defined."""
    a, b = number(a), number(b)
    xp = _module(xp, a, b)
    if xp is np:
        return np.power(a, b)
    zero = a == 0
    size = xp.power(xp.where(zero, 1.0, xp.abs(a)), b)
    whole = b == xp.floor(b)
    odd = whole & (b != 2 * xp.floor(b / 2))
    of_negative = xp.where(odd, -size, xp.where(whole, size, np.nan))
    of_zero = xp.where(b > 0, 0.0, xp.where(b == 0, 1.0, np.inf))
    return xp.where(zero, of_zero, xp.where(a < 0, of_negative, size))


def _log(x: Array, xp: ModuleType) -> Array:
    xp = _module(xp, x)
    if xp is np:
        return np.log(x)
    positive = x > 0
    return xp.where(positive, xp.log(xp.where(positive, x, 1.0)), xp.where(x == 0, -np.inf, np.nan))


def _sqrt(x: Array, xp: ModuleType) -> Array:
    xp = _module(xp, x)
    if xp is np:
        return np.sqrt(x)
    positive = x > 0
    return xp.where(positive, xp.sqrt(xp.where(positive, x, 1.0)), xp.where(x == 0, 0.0, np.nan))


def _fold(name: str) -> Callable[..., Array]:
    """``min`` and ``max`` of one or more arguments, as repeated ``minimum`` and ``maximum``."""

    def function(first: Array, *others: Array, xp: ModuleType) -> Array:
        for x in others:
            first = getattr(_module(xp, first, x), name)(first, x)
        return first

    return function


def _clip(x: Array, low: Array, high: Array, xp: ModuleType) -> Array:
    raised = _module(xp, x, low).maximum(x, low)
    return _module(xp, raised, high).minimum(raised, high)


_BINARY: dict[str, Callable[[Array, Array, ModuleType], Array]] = {
    "+": _arithmetic(lambda a, b: a + b),
    "-": _arithmetic(lambda a, b: a - b),
    "*": _arithmetic(lambda a, b: a * b),
    "/": _divide,
    "**": _power,
    "and": lambda a, b, xp: truth(a) & truth(b),
    "or": lambda a, b, xp: truth(a) | truth(b),
    "==": _arithmetic(lambda a, b: a == b),
    "!=": _arithmetic(lambda a, b: a != b),
    "<": _arithmetic(lambda a, b: a < b),
    "<=": _arithmetic(lambda a, b: a <= b),
    ">": _arithmetic(lambda a, b: a > b),
    ">=": _arithmetic(lambda a, b: a >= b),
}

_FUNCTIONS: dict[str, Callable[..., Array]] = {
    "min": _fold("minimum"),
    "max": _fold("maximum"),
    "clip": _clip,
    "exp": lambda x, xp: _module(xp, x).exp(x),
    "log": _log,
    "sqrt": _sqrt,
    "abs": lambda x, xp: _module(xp, x).abs(x),
}
