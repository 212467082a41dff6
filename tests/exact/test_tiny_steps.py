"""The judge is judged: the tracing in tiny steps against closed forms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from longgame.exact.efg import parse_efg, read_efg
from tests.exact.near_symmetry import simultaneous
from tests.exact.tiny_steps import Equations, Steps, trace

GAMES = Path(__file__).parents[1] / "gambit" / "games"
STEPS = Steps(change=0.02, vary=0.1)
SAME = np.eye(2)


def even(z: np.ndarray) -> bool:
    return bool(np.abs(z).max() < 1e-9)


def test_one_decision_is_the_logit_rule():
    text = 'EFG 2 R "" { "one" }\np "" 1 1 "" { "a" "b" "c" } 0\nt "" 1 "" { 1 }\nt "" 2 "" { 3 }\nt "" 3 "" { 0 }'
    equations = Equations(parse_efg(text))
    found = trace(equations, 0.7, STEPS)
    weights = np.exp(0.7 * np.array([1.0, 3.0, 0.0]))
    np.testing.assert_allclose(equations.choices(found.z)[0], weights / weights.sum(), rtol=1e-12)
    assert found.ended == "there" and not found.turns and not found.crossings


def test_in_a_symmetric_game_it_goes_straight_over_the_crossing():
    """Coordination on one of two: z = lambda tanh(z / 2), so that other branches leave z = 0 at lambda = 2."""
    found = trace(parse_efg(simultaneous(SAME, SAME)), 5.0, STEPS)
    assert found.ended == "there" and even(found.z)
    assert [lam for lam, _ in found.crossings] == pytest.approx([2.0], abs=1e-3)


def test_from_another_branch_it_comes_back_to_that_crossing():
    equations = Equations(parse_efg(simultaneous(SAME, SAME)))
    z = equations.newton(np.full(2, 4.9), 5.0)
    assert z is not None
    assert z == pytest.approx(5.0 * np.tanh(z / 2))
    back = trace(equations, 5.0, STEPS, start=(z, 5.0))
    assert back.ended == "there"
    assert [lam for lam, _ in back.crossings] == pytest.approx([2.0], abs=1e-2)
    assert even(back.crossings[0][1].round(2))
    np.testing.assert_allclose(back.z, -z, rtol=1e-8)  # over the crossing and out on the other side


@pytest.mark.parametrize("favoured", [0, 1])
@pytest.mark.parametrize("asymmetry", [1e-6, 1e-3])
def test_a_small_asymmetry_leads_to_the_side_that_is_favoured(asymmetry: float, favoured: int):
    pay = SAME.copy()
    pay[favoured, favoured] += asymmetry
    equations = Equations(parse_efg(simultaneous(pay, pay)))
    found = trace(equations, 5.0, STEPS)
    assert found.ended == "there" and not found.crossings
    assert equations.choices(found.z)[0][favoured] > 0.9


def test_turns_are_gone_round():
    found = trace(read_efg(GAMES / "two_repliers.efg"), 100.0, STEPS)
    assert found.ended == "there"
    assert found.turns == pytest.approx([61.7, 34.3], abs=0.3)


@pytest.mark.parametrize("name", ["horse", "spence", "three_worlds"])
def test_the_derivative_is_that_of_the_equations(name: str):
    equations = Equations(read_efg(GAMES / f"{name}.efg"))
    rng = np.random.default_rng(0)
    z, tau = rng.normal(size=len(equations.free)), 3.0
    derivative = equations.solve(z, tau)[1]
    for i in range(len(z) + 1):
        step = 1e-6 * np.eye(len(z) + 1)[i]
        above, below = (equations.solve(z + sign * step[:-1], tau + sign * step[-1])[0] for sign in (1, -1))
        np.testing.assert_allclose(derivative[:, i], (above - below) / 2e-6, atol=1e-7)


def test_what_takes_too_long_is_said():
    assert trace(read_efg(GAMES / "two_repliers.efg"), 100.0, seconds=0.0).ended == "too long"
