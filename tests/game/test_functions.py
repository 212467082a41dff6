"""Expressions as array functions: values by hand, gradients, and the interval twin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longgame.game.duals import Dual
from longgame.game.functions import evaluate, truth
from longgame.game.intervals import Interval, alternatives, bounds
from longgame.game.symbols import Symbols
from longgame.scenario.language.expressions import Binary, Call, IfElse, Name, Node, Number, Unary, parse, walk
from longgame.scenario.model import Clock

SYMBOLS = Symbols(
    vocabularies={"truce": ("none", "energy", "full"), "aid": ("full", "none")},
    names=frozenset({"truce", "aid", "x", "y", "period"}),
    period_of=Clock(start="2025-01", periods=12).period_of,
)


def value(text: str, **env: object) -> np.ndarray:
    arrays = {name: np.asarray(x, float) for name, x in env.items()}
    return np.asarray(evaluate(SYMBOLS.bind(parse(text)), arrays), float)


@pytest.mark.parametrize(
    ("text", "env", "expected"),
    [
        ("1 + 2 * x ** 2", {"x": 3}, 19),
        ("2 ** -2 + x ** 0.5", {"x": 9}, 3.25),
        ("(-2) ** y", {"y": 3}, -8),
        ("-x + abs(-2) - sqrt(16)", {"x": 1}, -3),
        ("min(x, 2, y) + max(x, y)", {"x": 3, "y": 5}, 7),
        ("clip(x, 0, 1)", {"x": 1.5}, 1),
        ("log(exp(x))", {"x": 1.25}, 1.25),
        ("1 - (x > 0) - 0.5 * (x > 5)", {"x": 1}, 0),
        ("(x > 0) + (y > 0)", {"x": 1, "y": 1}, 2),
        ("-(x > 0)", {"x": 1}, -1),
        ("not x", {"x": 0}, 1),
        ("x and y", {"x": 2, "y": 0}, 0),
        ("0 < x < 2 < y", {"x": 1, "y": 3}, 1),
        ("10 if x else 20", {"x": 0}, 20),
        ("truce == none", {"truce": 0}, 1),
        ("aid == none", {"aid": 0}, 0),
        ("truce in [energy, full]", {"truce": 2}, 1),
        ("truce not in [energy, full]", {"truce": 2}, 0),
        ("truce == aid", {"truce": 0, "aid": 1}, 1),
        ("truce == aid", {"truce": 0, "aid": 0}, 0),
        ("truce != aid", {"truce": 2, "aid": 0}, 0),
        ("truce == (full if x > 0 else none)", {"truce": 2, "x": 1}, 1),
    ],
)
def test_value_by_hand(text: str, env: dict[str, float], expected: float) -> None:
    assert float(value(text, **env)) == pytest.approx(expected, abs=1e-12)


def test_arrays_broadcast_over_states_and_worlds() -> None:
    result = value("x * y", x=[[1], [2]], y=[[10, 20, 30]])
    np.testing.assert_array_equal(result, [[10, 20, 30], [20, 40, 60]])


def test_word_of_another_variable_is_unknown() -> None:
    with pytest.raises(KeyError, match="energy"):
        SYMBOLS.bind(parse("aid == energy"))


def test_a_date_is_the_number_of_its_period():
    assert SYMBOLS.bind(parse('"2025-03-18" <= period < "2025-06"')) == parse("3 <= period and period < 6")


def test_definition_is_worked_out_once() -> None:
    symbols = SYMBOLS.define({"twice": parse("2 * x"), "more": parse("twice + twice")})
    walked: list[Node] = []

    def walk(node: Node, env: object) -> np.ndarray:
        walked.append(node)
        return evaluate(node, env)  # type: ignore[arg-type]

    env = symbols.environment({"x": np.float64(3)}, walk)
    assert evaluate(parse("more + twice"), env) == 18
    assert len(walked) == 2
    assert symbols.used(parse("more")) == {"more", "twice", "x"}


@pytest.mark.parametrize(
    "text",
    [
        "1 / x if x > 0 else 0",
        "log(x) if x > 0 else 0",
        "sqrt(x)",
        "x ** 0.5 if x > 0 else 0",
        "abs(x)",
        "y / x if x != 0 else y",
        "max(x, 0) ** 2",
    ],
)
def test_gradient_is_finite_at_a_singular_point(text: str) -> None:
    assert np.all(np.isfinite(gradient(SYMBOLS.bind(parse(text)), x=0.0, y=1.0)))


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("abs(x)", 0.0, 0.0),
        ("max(x, 3 * x)", 0.0, 2.0),
        ("min(x, 3 * x, 1)", 0.0, 2.0),
        ("clip(x, 0, 1)", 1.0, 0.5),
        ("clip(x, 0, 1)", 0.4, 1.0),
        ("x if x > 0 else 5 * x", 2.0, 1.0),
        ("x * (x > 0)", 2.0, 1.0),
        ("2 ** x", 0.0, np.log(2.0)),
        ("x ** 3", 0.0, 0.0),
        ("(-2 * x) ** 3", 1.0, -24.0),
        ("1 / x ** 2", 2.0, -0.25),
        ("exp(-x) * sqrt(x)", 1.0, -0.5 * np.exp(-1.0)),
        ("not x", 1.0, 0.0),
    ],
)
def test_slopes_by_hand(text: str, at: float, expected: float) -> None:
    """At a kink the mean of the slopes to the two sides."""
    assert gradient(SYMBOLS.bind(parse(text)), x=at)[0] == pytest.approx(expected)


def gradient(node: Node, **at: float) -> np.ndarray:
    """The derivatives of a formula by each of its names."""
    directions = np.eye(len(at))
    found = evaluate(node, {name: Dual(np.float64(x), v) for (name, x), v in zip(at.items(), directions, strict=True)})
    return found.slope if isinstance(found, Dual) else np.zeros(len(at))


def test_gradient_is_the_derivative() -> None:
    node = SYMBOLS.bind(parse("x ** 3 / y + log(x) * sqrt(y) - x ** y"))
    x, y, h = 1.7, 2.3, 1e-6

    def f(x: float, y: float) -> float:
        return float(evaluate(node, {"x": np.float64(x), "y": np.float64(y)}))

    slopes = gradient(node, x=x, y=y)
    assert slopes[0] == pytest.approx((f(x + h, y) - f(x - h, y)) / (2 * h), rel=1e-6)
    assert slopes[1] == pytest.approx((f(x, y + h) - f(x, y - h)) / (2 * h), rel=1e-6)


# --- the interval twin ------------------------------------------------------------------------------------------------

NAMES = ("a", "b", "c")


def trees() -> st.SearchStrategy[Node]:
    leaves = st.one_of(
        st.sampled_from(NAMES).map(Name),
        st.sampled_from([-2.0, -1.0, 0.0, 0.5, 1.0, 2.0, 3.0]).map(Number),
    )

    def grow(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        operators = ["+", "-", "*", "/", "**", "and", "or", "==", "!=", "<", "<=", ">", ">="]
        return st.one_of(
            st.builds(Unary, st.sampled_from(["-", "not"]), inner),
            st.builds(Binary, st.sampled_from(operators), inner, inner),
            st.builds(IfElse, inner, inner, inner),
            st.builds(lambda f, x: Call(f, (x,)), st.sampled_from(["exp", "log", "sqrt", "abs"]), inner),
            st.builds(lambda f, x, y: Call(f, (x, y)), st.sampled_from(["min", "max"]), inner, inner),
            st.builds(lambda x, y, z: Call("clip", (x, y, z)), inner, inner, inner),
        )

    return st.recursive(leaves, grow, max_leaves=8)


numbers = st.floats(-4, 4, allow_nan=False).map(lambda x: round(x, 3))
ranges = st.tuples(numbers, numbers).map(sorted)


@settings(max_examples=400, deadline=None)
@given(trees(), st.tuples(ranges, ranges, ranges), st.lists(st.floats(0, 1), min_size=3, max_size=3))
def test_value_lies_within_the_bounds(node: Node, boxes: list[list[float]], where: list[float]) -> None:
    env = {n: Interval(np.float64(low), np.float64(high)) for n, (low, high) in zip(NAMES, boxes, strict=True)}
    inside = {
        n: np.float64(min(max(low + u * (high - low), low), high))
        for n, (low, high), u in zip(NAMES, boxes, where, strict=True)
    }
    if any(np.isnan(float(evaluate(part, inside))) for part in walk(node)):
        return  # some part is undefined here: the bounds make no promise
    x = float(evaluate(node, inside))
    low, high = bounds(node, env)
    slack = 1e-9 * max(1.0, abs(x)) if np.isfinite(x) else 0.0
    assert low - slack <= x <= high + slack
    assert any(
        way.possible and way.value.low - slack <= x <= way.value.high + slack for way in alternatives(node, env)
    )


@settings(max_examples=300, deadline=None)
@given(trees(), st.lists(st.floats(-4, 4, allow_nan=False), min_size=3, max_size=3))
def test_slopes_are_those_of_the_values(node: Node, at: list[float]) -> None:
    """Along a direction, away from kinks."""
    # Off the round numbers: where two names are equal, a clip of one between the other and itself has a kink in a kink.
    point, direction, h = np.add(at, (0.0137, 0.00731, 0.00277)), np.array([0.6, -0.3, 0.74]), 1e-6

    def f(t: float, tree: Node = node) -> float:
        return float(evaluate(tree, dict(zip(NAMES, point + t * direction, strict=True))))

    parts = [[f(t, part) for t in (-h, 0.0, h)] for part in walk(node)]
    if not np.isfinite(parts).all() or np.abs(parts).max() > 1e3:
        return
    rises = np.diff(parts) / h
    if any(part[1] == 0.0 != part[2] for part in parts) or np.abs(np.diff(rises)).max() > 1e-3:
        return  # a number that is 0, and false, at this point alone, or a kink: others' kinks may undo it
    env = {name: Dual(x, np.array([v])) for name, x, v in zip(NAMES, point, direction, strict=True)}
    found = evaluate(node, env)
    slope = float(found.slope[0]) if isinstance(found, Dual) else 0.0
    below, above = (f(0.0) - f(-h)) / h, (f(h) - f(0.0)) / h
    assert slope == pytest.approx((above + below) / 2, rel=1e-2, abs=1e-2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x > 0", (0, 1)),
        ("x > -2", (1, 1)),
        ("x > 2", (0, 0)),
        ("not x > 0", (0, 1)),
        ("x > 0 and y > 9", (0, 0)),
        ("x > 0 or y > 0", (1, 1)),
        ("x == 0.5", (0, 1)),
        ("y == 1", (1, 1)),
        ("3 if x > 0 else 5", (3, 5)),
        ("x ** 2", (0, 1)),
        ("1 / x", (-np.inf, np.inf)),
    ],
)
def test_bounds_by_hand(text: str, expected: tuple[float, float]) -> None:
    env = {"x": Interval(np.float64(-1), np.float64(1)), "y": Interval(np.float64(1), np.float64(1))}
    assert tuple(map(float, bounds(SYMBOLS.bind(parse(text)), env))) == expected


def test_alternatives_leave_out_what_lies_between() -> None:
    env = {"x": Interval(np.array([-1.0, 1.0]), np.array([1.0, 2.0]))}
    ways = list(alternatives(parse("0 if x > 0 else 1"), env))
    assert [(np.asarray(w.possible).tolist(), float(w.value.low), float(w.value.high)) for w in ways] == [
        ([True, True], 0.0, 0.0),
        ([True, False], 1.0, 1.0),
    ]


@pytest.mark.parametrize("text", ["sqrt(x)", "log(x)", "sqrt(x) < 1", "not log(x) > 0", "2 if sqrt(x) < 1 else 0"])
def test_intervals_know_nothing_of_what_is_no_number(text: str):
    """So whatever evaluation makes of it, and it makes no truth of it, has been taken into account."""
    node = parse(text)
    value = bool(truth(evaluate(node, {"x": np.float64(-1.0)})))
    found = bounds(node, {"x": Interval(np.float64(-1.0), np.float64(-1.0))})
    assert bool(found.possible if value else ~found.certain)
    assert not truth(evaluate(parse("log(x)"), {"x": np.float64(-1.0)}))
