"""What a question comes to once its functions are known: a number or a truth, with a margin.

A question is arithmetic over functions of a solved game (``worth``, ``chance``, ``belief``, ...). This module knows
nothing of the functions; it is given their values and works out the rest:

    a > b,  a >= b      true or false, with margin a - b        (and the mirror image for <, <=)
    p and q             margin min(p, q): what fails first
    p or q              margin max(p, q): what fails last
    not p               margin -p
    p if c else q       the branch that c picks

The margin is above zero where the question is true, below where it is false: how far the numbers are from turning it.
It is in the units of what is compared. Between numbers == has no useful margin and is refused.

A value that does not exist (NaN: a chance given what cannot be) makes a comparison neither true nor false, ``None``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from longgame.scenario.language.expressions import Binary, Call, IfElse, List, Name, Node, Number, Path, Text, Unary


class Kind(Enum):
    """What a number is, so that it can be shown in its own way."""

    NUMBER = "number"
    PROBABILITY = "probability"
    PAYOFF = "payoff"
    SHARE = "share of stake"
    FACTOR = "factor"
    TRUTH = "truth"


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


class NotAQuestion(Exception):
    """A tree that has no answer as it stands: what is wrong, which part of it, and how to mend it.

    Raised here, where the tree is known but not its place; the caller turns it into a ``QuestionError``.
    """

    def __init__(self, expected: str, found: str, node: Node, fix: str = ""):
        super().__init__(f"expected {expected}, found {found}")
        self.expected, self.found, self.node, self.fix = expected, found, node, fix


def number(value: float, kind: Kind = Kind.NUMBER) -> Answer:
    """The answer that is a number."""
    return Answer(float(value), kind)


def truth(holds: bool | None, margin: float) -> Answer:
    """The answer that is true or false."""
    return Answer(math.nan if holds is None else float(holds), Kind.TRUTH, holds, margin)


def read(node: Node, look_up: Callable[[Call | Name], Answer]) -> Answer:
    """Work out a question; ``look_up`` gives the values of its functions and names."""
    match node:
        case Number(value):
            return number(value)
        case Name():
            return look_up(node)
        case Call(function, arguments) if function in ARITHMETIC:
            return _arithmetic(node, [_number(argument, look_up) for argument in arguments])
        case Call():
            return look_up(node)
        case Unary("-", operand):
            inner = _number(operand, look_up)
            return number(-inner.value, inner.kind)
        case Unary("not", operand):
            return _not(_truth(operand, look_up))
        case Binary("and", left, right):
            return _and(_truth(left, look_up), _truth(right, look_up))
        case Binary("or", left, right):
            return _not(_and(_not(_truth(left, look_up)), _not(_truth(right, look_up))))
        case Binary("<" | "<=" | ">" | ">=" as op, left, right):
            return _compare(op, _number(left, look_up), _number(right, look_up))
        case Binary("==" | "!=" as op):
            raise NotAQuestion(
                "a comparison with <, <=, > or >=",
                f"'{op}' between numbers",
                node,
                "Computed numbers are hardly ever equal. Say how near they must be: abs(a - b) < 0.01.",
            )
        case Binary(op, left, right):
            return _operate(op, _number(left, look_up), _number(right, look_up))
        case IfElse(test, then, otherwise):
            return _choose(read(test, look_up), node, read(then, look_up), read(otherwise, look_up))
    raise NotAQuestion("a number or a truth", _what(node), node)


def functions(node: Node) -> Iterator[Call]:
    """The question functions of a tree, from left to right; arguments of a function are its own affair."""
    match node:
        case Call(function, arguments):
            if function in ARITHMETIC:
                for argument in arguments:
                    yield from functions(argument)
            else:
                yield node
        case Unary(_, operand):
            yield from functions(operand)
        case Binary(_, left, right):
            yield from functions(left)
            yield from functions(right)
        case IfElse(test, then, otherwise):
            for part in (test, then, otherwise):
                yield from functions(part)


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


ARITHMETIC: dict[str, Callable[..., float]] = {
    "min": _first_nan(min),
    "max": _first_nan(max),
    "clip": _first_nan(lambda values: min(max(values[0], values[1]), values[2])),
    "exp": _safe(math.exp),
    "log": _safe(math.log),
    "sqrt": _safe(math.sqrt),
    "abs": _safe(math.fabs),
}

_ARITY = {
    "clip": (3, 3),
    "exp": (1, 1),
    "log": (1, 1),
    "sqrt": (1, 1),
    "abs": (1, 1),
    "min": (1, None),
    "max": (1, None),
}
_KEEPS_KIND = {"min", "max", "clip", "abs"}

_OPERATORS: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _safe(lambda a, b: a / b),
    "**": _safe(lambda a, b: a**b),
}


def _arithmetic(node: Call, values: list[Answer]) -> Answer:
    least, most = _ARITY.get(node.function, (1, 1))
    if len(values) < least or (most is not None and len(values) > most) or node.keywords:
        wanted = f"{least} argument{'s' if least > 1 else ''}" if most else "at least one argument"
        raise NotAQuestion(f"{wanted} for {node.function}()", f"{len(values) + len(node.keywords)}", node)
    kind = _common_kind(values) if node.function in _KEEPS_KIND else Kind.NUMBER
    return number(ARITHMETIC[node.function](*(answer.value for answer in values)), kind)


def _operate(op: str, left: Answer, right: Answer) -> Answer:
    kind = _common_kind([left, right]) if op in "+-" else _scaled_kind(op, left, right)
    return number(_OPERATORS[op](left.value, right.value), kind)


def _common_kind(values: list[Answer]) -> Kind:
    """Sums and extremes of one kind stay of that kind; a plain number beside it says nothing to the contrary."""
    kinds = {answer.kind for answer in values} - {Kind.NUMBER, Kind.TRUTH}
    return kinds.pop() if len(kinds) == 1 else Kind.NUMBER


def _scaled_kind(op: str, left: Answer, right: Answer) -> Kind:
    """A payoff times or divided by a plain number is a payoff; a ratio of payoffs is a number."""
    if right.kind is Kind.NUMBER and op in "*/":
        return left.kind
    if left.kind is Kind.NUMBER and op == "*":
        return right.kind
    return Kind.NUMBER


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


def _choose(test: Answer, node: IfElse, then: Answer, otherwise: Answer) -> Answer:
    if not test.is_truth:
        raise NotAQuestion("a comparison after 'if'", "a number", node.test)
    if then.is_truth != otherwise.is_truth:
        raise NotAQuestion("two numbers or two comparisons", "one of each", node)
    if test.truth is None:
        return truth(None, math.nan) if then.is_truth else number(math.nan, then.kind)
    return then if test.truth else otherwise


def _number(node: Node, look_up: Callable[[Call | Name], Answer]) -> Answer:
    """A number; a comparison in arithmetic is 1 or 0."""
    answer = read(node, look_up)
    return number(answer.value) if answer.is_truth else answer


def _truth(node: Node, look_up: Callable[[Call | Name], Answer]) -> Answer:
    answer = read(node, look_up)
    if not answer.is_truth:
        raise NotAQuestion(
            "a comparison", "a number", node, "A number is neither true nor false: compare it, as in 'worth(...) > 0'."
        )
    return answer


def _what(node: Node) -> str:
    match node:
        case List():
            return "a list"
        case Path(parts):
            return f"the name '{'.'.join(parts)}'"
        case Text(value):
            return f'the text "{value}"'
    return type(node).__name__
