"""Grids, numbering, and landing between grid points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longgame.game.duals import Dual, value_of
from longgame.game.states import States, Target, Variable, grid_points, strides

X = Variable("x", grid_points(0, 1, 0.25), True)
Y = Variable("y", grid_points(-2, 2, 1), True)
MOOD = Variable("mood", ("calm", "tense", "wild"), False)
FULL = np.array([(x, m, y) for x in range(5) for m in range(3) for y in range(5)])
STATES = States((X, MOOD, Y), FULL)


def test_grid_points_are_the_numbers_an_analyst_writes() -> None:
    assert grid_points(0.1, 0.8, 0.1) == (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
    assert grid_points(0, 1, 0.125)[3] == 0.375
    assert grid_points(-5, -5, 1) == (-5,)


def test_states_are_found_and_named() -> None:
    some = States((X, MOOD, Y), FULL[::7])
    assert some.find(FULL[::7]).tolist() == list(range(len(some)))
    assert some.find(FULL[1]) == -1
    assert STATES.label(17) == "x=0.25, mood=calm, y=0"
    assert STATES.values("mood").tolist() == FULL[:, 1].tolist()
    assert STATES.values("y")[:5].tolist() == [-2, -1, 0, 1, 2]


def test_states_in_any_order_are_found() -> None:
    shuffled = FULL[np.random.default_rng(0).permutation(len(FULL))]
    assert States((X, MOOD, Y), shuffled).find(shuffled).tolist() == list(range(len(FULL)))


def test_too_many_combinations_are_refused() -> None:
    assert strides([10, 3, 7]).tolist() == [21, 7, 1]
    with pytest.raises(OverflowError, match=r"1\.0e\+30"):
        strides([1000] * 10)


def landed(targets: list[Target], state: int) -> dict[str, float]:
    ids, weights = STATES.land(targets)
    index = [int(STATES.lookup(i)[0][state]) for i in ids]
    chances: dict[str, float] = {}
    for i, w in zip(index, weights, strict=True):
        w = float(np.broadcast_to(w, (len(STATES),))[state])
        if w > 0:
            chances[STATES.label(i)] = chances.get(STATES.label(i), 0.0) + w
    return chances


def everywhere(value: float) -> np.ndarray:
    return np.full(len(STATES), float(value))


def test_between_two_points_both_are_met_by_lot() -> None:
    chances = landed([Target(0, everywhere(0.6), False)], 0)
    assert chances == pytest.approx({"x=0.5, mood=calm, y=-2": 0.6, "x=0.75, mood=calm, y=-2": 0.4})


def test_two_numbers_at_once_land_on_four_corners() -> None:
    chances = landed([Target(0, everywhere(0.3), False), Target(2, everywhere(0.25), False)], 5)
    assert chances == pytest.approx(
        {
            "x=0.25, mood=tense, y=0": 0.8 * 0.75,
            "x=0.25, mood=tense, y=1": 0.8 * 0.25,
            "x=0.5, mood=tense, y=0": 0.2 * 0.75,
            "x=0.5, mood=tense, y=1": 0.2 * 0.25,
        }
    )


@pytest.mark.parametrize(("value", "label"), [(-0.3, "x=0"), (1.7, "x=1"), (np.inf, "x=1"), (-np.inf, "x=0")])
def test_beyond_the_ends_it_stays_at_the_end(value: float, label: str) -> None:
    assert landed([Target(0, everywhere(value), False)], 0) == {f"{label}, mood=calm, y=-2": 1.0}


def test_rounding_does_not_split_a_state() -> None:
    for value in (0.1 + 0.2 + 0.2, 0.5 - 1e-13, 0.5 + 1e-13):
        chances = landed([Target(0, everywhere(value), False)], 0)
        assert max(chances.values()) == pytest.approx(1.0, abs=1e-9)
        assert landed([Target(0, everywhere(value), True)], 0) == {"x=0.5, mood=calm, y=-2": 1.0}


@given(st.floats(0, 1), st.floats(-2, 2))
def test_expectation_is_kept(x: float, y: float) -> None:
    ids, weights = STATES.land([Target(0, everywhere(x), False), Target(2, everywhere(y), False)])
    index = [STATES.lookup(i)[0][0] for i in ids]
    weight = [float(w[0]) for w in weights]
    assert sum(weight) == pytest.approx(1.0, abs=1e-12)
    assert np.dot(weight, STATES.values("x")[index]) == pytest.approx(x, abs=1e-8)
    assert np.dot(weight, STATES.values("y")[index]) == pytest.approx(y, abs=1e-8)
    product = STATES.values("x")[index] * STATES.values("y")[index]
    assert np.dot(weight, product) == pytest.approx(x * y, abs=1e-8)


@pytest.mark.parametrize("value", [0.5, 0.6, 0.5 - 1e-12, 0.5 + 1e-12])
def test_weights_have_the_slope_of_the_cell(value: float) -> None:
    """On a grid point too: otherwise an assumption whose base value lies on one would seem not to matter."""

    ids, weights = STATES.land([Target(0, Dual(everywhere(value), np.ones((1, len(STATES)))), False)])
    x = [STATES.values("x")[STATES.lookup(i)[0][0]] for i in ids]
    assert sum(value_of(w)[0] * v for w, v in zip(weights, x, strict=True)) == pytest.approx(value)
    assert sum(w.slope[0, 0] * v for w, v in zip(weights, x, strict=True)) == pytest.approx(1.0)
