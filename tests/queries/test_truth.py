"""Truth tables and margins, with functions whose values are given."""

from __future__ import annotations

import itertools
import math

import pytest

from longgame.queries.truth import Answer, Kind, NotAQuestion, functions, number, read
from longgame.scenario.language.expressions import Binary, Call, IfElse, List, Name, Node, Number, Text, Unary

NAN = math.nan


def f(value: float) -> Call:
    """A function of the game that comes to this value."""
    return Call("f", (Number(value),))


def gt(value: float) -> Binary:
    """A comparison with this margin; true where it is above zero."""
    return Binary(">", f(value), Number(0.0))


def answer(node: Node) -> Answer:
    def look_up(call):
        value = call.arguments[0]
        return number(-value.operand.value if isinstance(value, Unary) else value.value)

    return read(node, look_up)


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
    result = answer(Binary(op, f(left), f(right)))
    assert (result.truth, result.margin, result.value) == (holds, margin, float(holds))


@pytest.mark.parametrize(("p", "q"), list(itertools.product([2.0, 0.5, -1.0], repeat=2)))
def test_and_or_not(p, q):
    both, either, neither = (
        answer(Binary("and", gt(p), gt(q))),
        answer(Binary("or", gt(p), gt(q))),
        answer(Unary("not", Binary("or", gt(p), gt(q)))),
    )
    assert (both.truth, both.margin) == (p > 0 and q > 0, min(p, q))
    assert (either.truth, either.margin) == (p > 0 or q > 0, max(p, q))
    assert (neither.truth, neither.margin) == (not (p > 0 or q > 0), -max(p, q))


def test_the_margin_has_the_sign_of_the_truth():
    for p, q, r in itertools.product([-1.5, -0.2, 0.3, 2.0], repeat=3):
        node = IfElse(gt(p), Binary("or", Unary("not", gt(q)), gt(r)), Binary("and", gt(q), gt(r)))
        result = answer(node)
        assert result.margin is not None and result.truth is (result.margin > 0)
        assert result.truth is (((not q > 0) or r > 0) if p > 0 else (q > 0 and r > 0))


@pytest.mark.parametrize(
    ("op", "left", "right", "expected"),
    [("and", NAN, -1.0, False), ("and", NAN, 1.0, None), ("or", NAN, 1.0, True), ("or", NAN, -1.0, None)],
)
def test_what_does_not_exist_is_neither_true_nor_false(op, left, right, expected):
    for sides in ((left, right), (right, left)):
        result = answer(Binary(op, *map(gt, sides)))
        assert result.truth is expected
        assert math.isnan(result.value) == (expected is None)


def test_if_else_on_what_does_not_exist():
    assert answer(IfElse(gt(NAN), gt(1.0), gt(1.0))).truth is None
    assert math.isnan(answer(IfElse(gt(NAN), f(1.0), f(2.0))).value)


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (Binary("+", f(2), f(3)), 5.0),
        (Binary("-", f(2), f(3)), -1.0),
        (Binary("*", f(2), f(3)), 6.0),
        (Binary("/", f(3), f(2)), 1.5),
        (Binary("**", f(3), f(2)), 9.0),
        (Unary("-", f(3)), -3.0),
        (Call("min", (f(2), f(3), f(1))), 1.0),
        (Call("max", (f(2), f(3))), 3.0),
        (Call("clip", (f(5), f(0), f(1))), 1.0),
        (Call("exp", (f(0),)), 1.0),
        (Call("log", (f(1),)), 0.0),
        (Call("sqrt", (f(9),)), 3.0),
        (Call("abs", (Unary("-", f(3)),)), 3.0),
        (Binary("+", gt(1), gt(2)), 2.0),  # a comparison in arithmetic is 1 or 0
        (IfElse(gt(-1), f(7), f(8)), 8.0),
    ],
)
def test_arithmetic(node, expected):
    result = answer(node)
    assert result.value == expected and not result.is_truth


@pytest.mark.parametrize(
    "node",
    [
        Binary("/", f(1), f(0)),
        Call("log", (f(0),)),
        Call("sqrt", (f(-1),)),
        Binary("**", f(-1), f(0.5)),
        Binary("**", f(0), f(-1)),
        Call("max", (f(1), f(NAN))),
        Call("max", (f(NAN), f(1))),
        Binary("*", f(NAN), f(0)),
    ],
)
def test_where_there_is_no_number_the_value_does_not_exist(node):
    assert math.isnan(answer(node).value)


def test_kinds_follow_the_arithmetic():
    kinds = {"chance": Kind.PROBABILITY, "worth": Kind.PAYOFF}

    def kind(node: Node) -> Kind:
        return read(node, lambda call: number(1.0, kinds[call.function])).kind

    chance, worth = Call("chance", ()), Call("worth", ())
    assert kind(Binary("-", chance, chance)) is Kind.PROBABILITY
    assert kind(Binary("-", Number(1), chance)) is Kind.PROBABILITY
    assert kind(Call("max", (worth, Number(0)))) is Kind.PAYOFF
    assert kind(Binary("*", Number(0.05), worth)) is Kind.PAYOFF
    assert kind(Binary("/", worth, worth)) is Kind.NUMBER
    assert kind(Binary("+", worth, chance)) is Kind.NUMBER


@pytest.mark.parametrize(
    ("node", "expected", "found"),
    [
        (Binary("==", f(1), f(1)), "a comparison with <, <=, > or >=", "'==' between numbers"),
        (Binary("!=", f(1), f(1)), "a comparison with <, <=, > or >=", "'!=' between numbers"),
        (Binary("and", gt(1), f(1)), "a comparison", "a number"),
        (Unary("not", f(1)), "a comparison", "a number"),
        (IfElse(f(1), f(1), f(2)), "a comparison after 'if'", "a number"),
        (IfElse(gt(1), gt(1), f(2)), "two numbers or two comparisons", "one of each"),
        (List((f(1),)), "a number or a truth", "a list"),
        (Text("2025-12"), "a number or a truth", 'the text "2025-12"'),
        (Call("clip", (f(1),)), "3 arguments for clip()", "1"),
        (Call("sqrt", (f(1), f(2))), "1 argument for sqrt()", "2"),
        (Call("max", ()), "at least one argument for max()", "0"),
    ],
)
def test_what_is_not_a_question(node, expected, found):
    with pytest.raises(NotAQuestion) as caught:
        answer(node)
    assert (caught.value.expected, caught.value.found) == (expected, found)


def test_functions_are_listed_once_each_in_order_without_their_arguments():
    inner = Call("worth", (Name("a"), Call("g", ())))
    node = Binary("and", Binary(">", Call("max", (inner, f(2))), f(3)), IfElse(gt(4), gt(5), Unary("not", gt(6))))
    assert list(functions(node)) == [inner, f(2), f(3), f(4), f(5), f(6)]
