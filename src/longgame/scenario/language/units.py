"""A small algebra of units: words such as ``strength per month``, multiplied and divided.

A unit is a product of powers of base words: ``EUR bn / month`` is {"eur bn": 1, "month": -1}. Shares, probabilities and
ratios are pure numbers. A unit that nobody gave is unknown and goes with everything.

A plain number may stand for anything (``0.3 * strength`` can be money), so its products are unknown; a condition counts
as 1 or 0 and leaves the unit of what it multiplies.

One rule is peculiar to games in steps: time counted in periods is a pure number, because one period passes between two
states. So ``strength per month`` may be subtracted from ``strength`` where a period is a month, and ``strength per
year`` may not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from longgame.scenario.language.expressions import Binary, Call, IfElse, Name, Node, Number, Unary

Unit = Mapping[str, float]  # base word -> power; empty: a pure number

PURE = frozenset({"", "1", "share", "probability", "fraction", "ratio", "number", "count", "odds", "index"})

_SPLIT = re.compile(r"\s*(?:(/)|\b(per)\b|((?<!\*)\*(?!\*)|·))\s*")
_POWER = re.compile(r"(.*?)\s*(?:\^|\*\*)\s*(-?[0-9]+)")


def parse_unit(text: str) -> Unit:
    """``"EUR bn / month"`` -> {"eur bn": 1, "month": -1}."""
    parts = [part for part in _SPLIT.split(f" {text.strip().lower()} ".strip()) if part is not None]
    unit: dict[str, float] = {}
    sign = 1.0
    for part in parts:
        if part in ("/", "per"):
            sign = -1.0
        elif part in ("*", "·"):
            sign = 1.0
        else:
            match = _POWER.fullmatch(part)
            word, power = (match[1], float(match[2])) if match else (part, 1.0)
            _multiply(unit, _singular(word), sign * power)
    return unit


def _singular(word: str) -> str:
    """Words in one number and spacing: ``shares of the issue`` is ``share of the issue``."""
    return " ".join(w[:-1] if len(w) > 3 and w.endswith("s") and not w.endswith("ss") else w for w in word.split())


def _multiply(unit: dict[str, float], word: str, power: float) -> None:
    if word in PURE:
        return
    unit[word] = unit.get(word, 0.0) + power
    if not unit[word]:
        del unit[word]


def words_of(unit: Unit) -> str:
    """A unit in words again."""
    above = [_power(word, power) for word, power in unit.items() if power > 0]
    below = [_power(word, -power) for word, power in unit.items() if power < 0]
    return " per ".join([" * ".join(above) or "1", *below]) if above or below else "a pure number"


def _power(word: str, power: float) -> str:
    return word if power == 1 else f"{word} ** {power:g}"


def _is_truth(node: Node) -> bool:
    """Whether an expression is true or false, or a product of such."""
    match node:
        case Binary("*", left, right):
            return _is_truth(left) and _is_truth(right)
        case Binary(op) if op in _TRUTHS:
            return True
        case Unary("not"):
            return True
    return False


_TRUTHS = frozenset({"==", "!=", "<", "<=", ">", ">=", "and", "or"})


@dataclass
class Units:
    """Works out the unit of expressions and calls ``clash`` where two units meet that do not agree.

    Attributes:
        known: the unit of each name that has one.
        period: the words for one period: ``month``, or ``2 week`` and ``fortnight``.
        clash: called with the node, the unit on its left and the unit on its right.
    """

    known: Mapping[str, Unit]
    period: frozenset[str]
    clash: Callable[[Node, Unit, Unit], None]

    def of(self, node: Node) -> Unit | None:
        """The unit of an expression, None where it is not known."""
        match node:
            case Number() | Unary("not", _):
                self._visit(node)
                return None
            case Name(name):
                return self.known.get(name)
            case Unary(_, operand):
                return self.of(operand)
            case Binary("*", left, right) if _is_truth(left) != _is_truth(right):
                units = (self.of(left), self.of(right))
                return units[1] if _is_truth(left) else units[0]
            case Binary("*" | "/" as op, left, right):
                return self._product(op, self.of(left), self.of(right))
            case Binary("**", base, Number(power)):
                unit = self.of(base)
                return None if unit is None else {word: p * power for word, p in unit.items() if p * power}
            case Binary("+" | "-", left, right):
                return self._same(node, self.of(left), self.of(right))
            case Binary("<" | "<=" | ">" | ">=" | "==" | "!=", left, right):
                self._same(node, self.of(left), self.of(right))
                return None
            case IfElse(test, then, otherwise):
                self.of(test)
                return self._same(node, self.of(then), self.of(otherwise))
            case Call("min" | "max" | "clip", arguments):
                unit: Unit | None = None
                for argument in arguments:
                    unit = self._same(node, unit, self.of(argument))
                return unit
            case Call("abs", (argument,)):
                return self.of(argument)
        self._visit(node)
        return None

    def agree(self, left: Unit | None, right: Unit | None) -> bool:
        """Whether two units may be added or compared."""
        return left is None or right is None or self._per_period(left) == self._per_period(right)

    def _visit(self, node: Node) -> None:
        """Look for clashes inside a part whose own unit is not known."""
        for part in (getattr(node, "operand", None), getattr(node, "left", None), getattr(node, "right", None)):
            if part is not None:
                self.of(part)
        for part in getattr(node, "arguments", ()):
            self.of(part)

    def _product(self, op: str, left: Unit | None, right: Unit | None) -> Unit | None:
        if left is None or right is None:
            return None
        product = dict(left)
        for word, power in right.items():
            _multiply(product, word, power if op == "*" else -power)
        return product

    def _same(self, node: Node, left: Unit | None, right: Unit | None) -> Unit | None:
        if not self.agree(left, right):
            assert left is not None and right is not None
            self.clash(node, left, right)
            return None
        return right if left is None else left

    def _per_period(self, unit: Unit) -> Unit:
        """The unit with time counted in periods, a pure number: without ``month`` where a period is a month."""
        return {word: p for word, p in unit.items() if word != "period" and word not in self.period}
