"""Whose acceptance makes a deal of an offer: all of those who are asked, so many of them, or as a condition says.

    all                      each is asked until one rejects
    any, 4, 4 of [a, b, c]   so many of all, or of those in the list; how many have accepted is remembered
    usa and (china or eu)    a condition over who accepted; who has accepted is remembered

Other than with ``all``, everybody is asked, in order, and sees the answers before its own. What is remembered is a
state variable that lasts a period: ``OFFER_accepted``, or ``OFFER_ACTOR`` for each who is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from longgame.scenario.language.arithmetic import number_of
from longgame.scenario.language.expressions import (
    Binary,
    ExpressionError,
    Name,
    Node,
    Number,
    names_in,
    parse,
    substitute,
)
from longgame.text import NAME, listed, nearest

ALL = "all"
HOW = "Write `all`, `any`, a number, `2 of [a, b, c]`, or a condition: `a and (b or c)`."
_MOST_TRIED = 12  # names of a condition of which all answers are tried
_COUNTED = re.compile(rf"(?P<many>any|all|[0-9]+)(?:\s+of\s+\[(?P<list>\s*{NAME}(?:\s*,\s*{NAME})*\s*)\])?")


@dataclass(frozen=True)
class Acceptance:
    """When an offer counts as accepted.

    Attributes:
        rule: over the variables that remember the answers.
        marks: who is asked -> the variable that an acceptance changes, and its new value.
        largest: variable -> its largest value; the least is 0.
    """

    rule: Node
    marks: Mapping[str, tuple[str, Node]]
    largest: Mapping[str, int]

    def after(self, replier: str, accepts: bool) -> Node:
        """The rule after one more answer."""
        return substitute(self.rule, dict([self.marks[replier]])) if accepts and replier in self.marks else self.rule


def acceptance_of(offer: str, to: Sequence[str], accepted_by: str | int) -> Acceptance | None:
    """The rule of an offer; None where all must accept. Raises ExpressionError with what is wrong with it."""
    text = str(accepted_by).strip()
    if text == ALL:
        return None
    counted = _COUNTED.fullmatch(text)
    return _condition(offer, to, text) if counted is None else _count(offer, to, text, counted)


def _count(offer: str, to: Sequence[str], text: str, counted: re.Match[str]) -> Acceptance:
    names = [name.strip() for name in counted["list"].split(",")] if counted["list"] else list(to)
    for name in names:
        if name not in to:
            start = text.index(name)
            fix = nearest(name, to)
            raise ExpressionError(f"one of those who are asked: {listed(to)}", f"`{name}`", start, len(text), fix)
    again = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if again is not None:
        raise ExpressionError("each actor once", f"`{again}` again", text.rindex(again), len(text))
    needed = {"any": 1, ALL: len(names)}.get(counted["many"]) or int(counted["many"])
    if not 1 <= needed <= len(names):
        raise ExpressionError(f"a number from 1 to {len(names)}", f"{needed}", 0, len(counted["many"]))
    variable = f"{offer}_accepted"
    more = Binary("+", Name(variable), Number(1.0))
    rule = Binary(">=", Name(variable), Number(float(needed)))
    return Acceptance(rule, dict.fromkeys(names, (variable, more)), {variable: needed})


def _condition(offer: str, to: Sequence[str], text: str) -> Acceptance:
    tree = parse(text)
    for name in names_in(tree):
        if name.id not in to:
            fix = nearest(name.id, to)
            raise ExpressionError(f"one of those who are asked: {listed(to)}", f"`{name.id}`", *name.span, fix)
    named = sorted({name.id for name in names_in(tree)})
    if len(named) <= _MOST_TRIED:
        answers = (dict(zip(named, some, strict=True)) for some in product((0, 1), repeat=len(named)))
        met = (bool(number_of(tree, one)) for one in answers)
        first = next(met)
        if all(each is first for each in met):  # hardly ever is more than a few tried
            found = "one that is always met" if first else "one that never is"
            raise ExpressionError("a condition that some answers meet and others do not", found, 0, len(text))
    variables = {name: f"{offer}_{name}" for name in to if name in named}
    rule = substitute(tree, {name: Name(variable) for name, variable in variables.items()})
    marks = {name: (variable, Number(1.0)) for name, variable in variables.items()}
    return Acceptance(rule, marks, dict.fromkeys(variables.values(), 1))
