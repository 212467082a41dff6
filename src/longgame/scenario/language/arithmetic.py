"""The value of an expression at one point, in plain Python: for the checks, which have no arrays.

What its signs mean (``ARITHMETIC``, ``COMPARISONS``) is the same for arrays and for answers.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from longgame.scenario.language.expressions import Binary, Call, IfElse, Name, Node, Number, Unary

ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "**": operator.pow,
}  # fmt: skip
COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_BINARY: Mapping[str, Callable[[float, float], float]] = {
    **ARITHMETIC,
    **COMPARISONS,
    "and": lambda a, b: bool(a and b),
    "or": lambda a, b: bool(a or b),
}
_CALLS: Mapping[str, Callable[..., Any]] = {
    "min": min,
    "max": max,
    "clip": lambda x, low, high: min(max(x, low), high),
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "abs": abs,
}


Values = Mapping[str, float | str]


def number_of(node: Node, values: Values) -> float | None:
    """The value of ``node`` given the ``values`` of its names: numbers, and words for variables that have words.

    Returns:
        A float, infinities included; None where a name has no value here or the arithmetic has no result.
    """
    try:
        value = float(_value(node, values))
    except (LookupError, ArithmeticError, ValueError, TypeError):
        return None
    return None if math.isnan(value) else value


def _value(node: Node, values: Values) -> float:
    match node:
        case Number(value):
            return value
        case Name(name):
            value = values[name]
            if isinstance(value, str):
                raise LookupError(name)
            return value
        case Unary("-", operand):
            return -_value(operand, values)
        case Unary("not", operand):
            return not _value(operand, values)
        case Binary("==" | "!=" as op, left, right) if _word(left, values) or _word(right, values):
            return (_word_or_name(left, values) == _word_or_name(right, values)) == (op == "==")
        case Binary(op, left, right):
            return _BINARY[op](_value(left, values), _value(right, values))
        case IfElse(test, then, otherwise):
            return _value(then if _value(test, values) else otherwise, values)
        case Call(function, arguments) if function in _CALLS:
            return _CALLS[function](*(_value(argument, values) for argument in arguments))
    raise LookupError(node)


def _word(node: Node, values: Values) -> str | None:
    """The word that a variable has, or None for anything but a variable with words."""
    value = values.get(node.id) if isinstance(node, Name) else None
    return value if isinstance(value, str) else None


def _word_or_name(node: Node, values: Values) -> str:
    if not isinstance(node, Name) or isinstance(values.get(node.id), float):
        raise LookupError(node)
    return _word(node, values) or node.id
