"""Truth tables and margins, with functions whose values are given."""

from __future__ import annotations

import itertools
import math

import pytest

from longgame.queries.truth import Answer, work_out
from longgame.scenario.questions.grammar import Kind
from longgame.scenario.questions.tree import Constant, Given, Term, Worked

NAN = math.nan
TRUTHS = (">", "<", ">=", "<=", "and", "or", "not")


def f(value: float) -> Given:
    """Something of the game that comes to this value."""
    return Given(str(value))


def w(op: str, *parts: Term) -> Worked:
    truth = op in TRUTHS or (op == "if" and parts[-1].kind is Kind.TRUTH)
    return Worked(op, parts, Kind.TRUTH if truth else Kind.NUMBER)


def gt(value: float) -> Worked:
    """A comparison with this margin; true where it is above zero."""
    return w(">", f(value), Constant(0.0))


def answer(term: Term) -> Answer:
    return work_out(term, lambda leaf: float(leaf.assumption))


@pytest.mark.parametrize(
    ("op", "left", "right", "holds", "margin"),
    [
        (">", 3.0, 1.0, True, 2.0),
        (">", 1.0, 3.0, False, -2.0),
        (">", 1.0, 1.0, False, 0.0),
        (">=", 1.0, 1.0, True, 0.0),
        ("<", 1.0, 3.0, True, 2.0),
        ("<", 3.0, 1.0, False, -2.0),
        ("<", 1.0, 1.0, False, 0.0),
        ("<=", 1.0, 1.0, True, 0.0),
        (">", math.inf, 1.0, True, math.inf),
        (">=", math.inf, math.inf, True, 0.0),
    ],
)
def test_comparisons(op, left, right, holds, margin):
    result = answer(w(op, f(left), f(right)))
    assert (result.truth, result.margin, result.value) == (holds, margin, float(holds))


@pytest.mark.parametrize(("p", "q"), list(itertools.product([2.0, 0.5, -1.0], repeat=2)))
def test_and_or_not(p, q):
    both, either, neither = (
        answer(w("and", gt(p), gt(q))),
        answer(w("or", gt(p), gt(q))),
        answer(w("not", w("or", gt(p), gt(q)))),
    )
    assert (both.truth, both.margin) == (p > 0 and q > 0, min(p, q))
    assert (either.truth, either.margin) == (p > 0 or q > 0, max(p, q))
    assert (neither.truth, neither.margin) == (not (p > 0 or q > 0), -max(p, q))


def test_the_margin_has_the_sign_of_the_truth():
    for p, q, r in itertools.product([-1.5, -0.2, 0.3, 2.0], repeat=3):
        node = w("if", gt(p), w("or", w("not", gt(q)), gt(r)), w("and", gt(q), gt(r)))
        result = answer(node)
        assert result.margin is not None and result.truth is (result.margin > 0)
        assert result.truth is (((not q > 0) or r > 0) if p > 0 else (q > 0 and r > 0))


@pytest.mark.parametrize(
    ("op", "left", "right", "expected"),
    [("and", NAN, -1.0, False), ("and", NAN, 1.0, None), ("or", NAN, 1.0, True), ("or", NAN, -1.0, None)],
)
def test_what_does_not_exist_is_neither_true_nor_false(op, left, right, expected):
    for sides in ((left, right), (right, left)):
        result = answer(w(op, *map(gt, sides)))
        assert result.truth is expected
        assert math.isnan(result.value) == (expected is None)


def test_if_else_on_what_does_not_exist():
    assert answer(w("if", gt(NAN), gt(1.0), gt(1.0))).truth is None
    assert math.isnan(answer(w("if", gt(NAN), f(1.0), f(2.0))).value)


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (w("+", f(2), f(3)), 5.0),
        (w("-", f(2), f(3)), -1.0),
        (w("*", f(2), f(3)), 6.0),
        (w("/", f(3), f(2)), 1.5),
        (w("**", f(3), f(2)), 9.0),
        (w("neg", f(3)), -3.0),
        (w("min", f(2), f(3), f(1)), 1.0),
        (w("max", f(2), f(3)), 3.0),
        (w("clip", f(5), f(0), f(1)), 1.0),
        (w("exp", f(0)), 1.0),
        (w("log", f(1)), 0.0),
        (w("sqrt", f(9)), 3.0),
        (w("abs", w("neg", f(3))), 3.0),
        (w("+", w("count", gt(1)), w("count", gt(2))), 2.0),  # a comparison in arithmetic is 1 or 0
        (w("if", gt(-1), f(7), f(8)), 8.0),
    ],
)
def test_arithmetic(node, expected):
    result = answer(node)
    assert result.value == expected and not result.is_truth


@pytest.mark.parametrize(
    "node",
    [
        w("/", f(1), f(0)),
        w("log", f(0)),
        w("sqrt", f(-1)),
        w("**", f(-1), f(0.5)),
        w("**", f(0), f(-1)),
        w("max", f(1), f(NAN)),
        w("max", f(NAN), f(1)),
        w("*", f(NAN), f(0)),
    ],
)
def test_where_there_is_no_number_the_value_does_not_exist(node):
    assert math.isnan(answer(node).value)
