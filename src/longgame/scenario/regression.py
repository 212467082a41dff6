"""The formulas of ``estimate``: which coefficients they have, and what they are with these written out.

    const + x1 + (regime == dem)  ->  a.const * const + a.x1 * x1 + a.regime.dem * (regime == dem)    of assumption a
    const + e * x1 + 1 * x2       ->  a.const * const + e * x1 + 1 * x2    with e under coefficients

A term of the outermost sum that is a column, or a column compared with one of its words, has a coefficient of its own.
Every other term must say what is estimated in it (the name of a coefficient), or that nothing is (a number).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from longgame.errors import Problem
from longgame.scenario.context import Context
from longgame.scenario.language.trees import Binary, Name, Node, Number, Unary, names_in, unparse, walk
from longgame.scenario.model import Estimate
from longgame.scenario.places import Path
from longgame.text import nearest


@dataclass(frozen=True)
class Regression:
    """What an assumption is in a row.

    tree          over columns and coefficients
    coefficients  those in it, in order
    """

    assumption: str
    tree: Node
    coefficients: tuple[str, ...]


def regressions(estimate: Estimate) -> tuple[Regression, ...]:
    """The formulas with all coefficients written out; terms that say nothing of theirs are left as they are."""
    return tuple(_regression(estimate, name, formula.tree) for name, formula in estimate.formulas.items())


def coefficients_of(estimate: Estimate) -> tuple[str, ...]:
    """The coefficients of all formulas, each once, in the order in which they first come up."""
    return tuple(dict.fromkeys(name for each in regressions(estimate) for name in each.coefficients))


def _regression(estimate: Estimate, assumption: str, tree: Node) -> Regression:
    parts = [_with_coefficient(assumption, term) if _is_bare(estimate, term) else term for term, _ in _terms(tree)]
    signs = [minus for _, minus in _terms(tree)]
    whole = Unary("-", parts[0]) if signs[0] else parts[0]
    for part, minus in zip(parts[1:], signs[1:], strict=True):
        whole = Binary("-" if minus else "+", whole, part)
    own = {f"{assumption}.{part}" for term, _ in _terms(tree) if (part := _label(term))}
    names = [name.id for part in parts for name in names_in(part)]
    used = [name for name in names if name in own or name in estimate.coefficients]
    return Regression(assumption, whole, tuple(dict.fromkeys(used)))


def _terms(tree: Node, minus: bool = False) -> Iterator[tuple[Node, bool]]:
    """The terms of a sum, each with whether it is taken away."""
    match tree:
        case Binary(("+" | "-") as op, left, right):
            yield from _terms(left, minus)
            yield from _terms(right, minus != (op == "-"))
        case Unary("-", operand):
            yield from _terms(operand, not minus)
        case _:
            yield tree, minus


def _label(term: Node) -> str:
    """What the coefficient of a bare term is called after its assumption; empty where it cannot be bare."""
    match term:
        case Name(name):
            return name
        case Binary("==", Name(column), Name(word)):
            return f"{column}.{word}"
    return ""


def _is_bare(estimate: Estimate, term: Node) -> bool:
    return bool(_label(term)) and not any(name.id in estimate.coefficients for name in names_in(term))


def _with_coefficient(assumption: str, term: Node) -> Node:
    return Binary("*", Name(f"{assumption}.{_label(term)}", term.span), term)


def formula_problems(context: Context, estimate: Estimate) -> Iterator[Problem]:
    """Formulas are of assumptions, every term says what is estimated in it, and every coefficient is in one."""
    base: Path = ("estimate", "formulas")
    for name, formula in estimate.formulas.items():
        if name not in context.scenario.assumptions:
            fix = nearest(name, context.scenario.assumptions) or "Add it under `assumptions`, with a value."
            yield context.problem("unknown-name", (*base, name), "an assumption", f"`{name}`", fix, key=True)
        for term, minus in _terms(formula.tree):
            bare, text = _is_bare(estimate, term), unparse(term)
            named = any(each.id in estimate.coefficients for each in names_in(term))
            if bare and minus:
                fix = "Write `+`: its coefficient has the sign."
                at = formula, term
                yield context.problem("minus-term", (*base, name), f"`+ {text}`", f"`- {text}`", fix, at=at)
            elif not bare and not named and not any(isinstance(part, Number) for part in walk(term)):
                compared = any(isinstance(part, Binary) and part.op == "==" for part in walk(term))
                fix = f"Name its coefficient under `coefficients` (`b`, say) and write `b * {text}`; or `1 * {text}`."
                fix = "Put brackets around comparisons: `const + (regime == dem)`." if compared else fix
                expected = "a column, or a term with a coefficient or a number in it"
                at = formula, term
                yield context.problem("no-coefficient", (*base, name), expected, f"`{text}`", fix, at=at)
    used = coefficients_of(estimate)
    for name in estimate.coefficients:
        if name not in used:
            expected = "the name of a coefficient in a formula"
            fix = nearest(name, used)
            where: Path = ("estimate", "coefficients", name)
            yield context.problem("unknown-coefficient", where, expected, f"`{name}`", fix, key=True)
    if not used:
        expected = "at least one coefficient to estimate"
        yield context.problem("no-coefficient", base, expected, "none", "Write `const`, say.", key=True)
