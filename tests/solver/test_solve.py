"""The lattice solver, step by step, against its slow NumPy twin, and against itself from other starts.

Three worlds, and games of any shape, are held against the twin in ``tests/properties``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from longgame.game.compile import compile as compile_scenario
from longgame.game.game import CHANCE, Game
from longgame.scenario.load import load
from longgame.solver.period import SearchReport, StepSearch
from longgame.solver.solution import Solution, Status
from longgame.solver.solve import solve
from tests.games import (
    Part,
    Sketch,
    alternating_offers,
    beer_quiche,
    entry,
    news_only,
    one_shot,
    random_game,
    secret_choice,
    take_it_or_leave_it,
)
from tests.reference import solve_slowly

SCENARIOS = Path(__file__).parents[1] / "gambit" / "scenarios"


def scenario(name: str, lattice: int) -> Game:
    return replace(compile_scenario(load(SCENARIOS / f"{name}.yaml")), lattice=lattice)


def features(seed: int, **kind) -> Game:
    return random_game(seed, **{"states": 3, "options": 2, "lattice": 3, "precision": 1.5, **kind})


GAMES: dict[str, Callable[[], Game]] = {
    "one choice": lambda: one_shot([1.0, 0.3, -2.0], precision=1.5),
    "one choice, tastes": lambda: one_shot([1.0, 0.3, -2.0], precision=1.5, noise="tastes"),
    "entry": lambda: entry(3.0),
    "signals": lambda: beer_quiche(1.5, lattice=6),
    "signals, tastes": lambda: replace(beer_quiche(1.5, lattice=6), noise="tastes"),
    "ultimatum": lambda: replace(take_it_or_leave_it([0.1, 0.6], [0.7, 0.3], 0.5, 0.2, 8.0, [0.3, 0.8]), lattice=4),
    "haggling": lambda: alternating_offers(0.9, 10.0, shares=4, periods=3),
    "news": news_only,
    "secrets": lambda: replace(secret_choice(1.0, shared=True), lattice=6),
    "an offer with two repliers": lambda: scenario("two_repliers", 4),
    "precision that depends on what is known": lambda: scenario("own_precision", 4),
    "an aim that changes": lambda: scenario("changing_aim", 4),
    "every feature, two worlds": lambda: features(0),
    "every feature, other numbers": lambda: features(1),
}


@cache
def solved(name: str) -> Solution:
    return solve(GAMES[name](), tolerance=1e-12)


def same(one: Solution, other: Solution, accuracy: float) -> None:
    for t in range(max(one.since, other.since), one.game.periods):
        np.testing.assert_allclose(one.values(t, 0), other.values(t, 0), atol=accuracy)
        for ours, theirs in zip(one.sigma[t], other.sigma[t], strict=True):
            assert (ours is None) == (theirs is None)
            if ours is not None:
                np.testing.assert_allclose(ours, theirs, atol=accuracy)


# --- the twin ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GAMES)
def test_the_twin_agrees(name: str):
    solution = solved(name)
    game = solution.game
    twin = solve_slowly(game)
    assert solution.residual.max() < 1e-12 and solution.status is Status.CONVERGED
    for ours, theirs in zip(solution.U, twin.U, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-9)
    for t in range(game.periods):
        for k, step in enumerate(game.steps):
            assert (solution.sigma[t][k] is None) == (step.mover == CHANCE)
            if step.mover != CHANCE:
                active = np.asarray(solution.tables(t).steps[k].active)
                np.testing.assert_allclose(solution.sigma[t][k][active], twin.sigma[t][k][active], atol=1e-9)


@pytest.mark.parametrize("name", GAMES)
def test_choice_is_a_lottery_over_the_options_that_are_open(name: str):
    solution = solved(name)
    for t, plays in enumerate(solution.sigma):
        for k, play in enumerate(plays):
            if play is not None:
                numbers = solution.tables(t).steps[k]
                active, allowed = np.asarray(numbers.active), np.asarray(numbers.allowed)
                row = np.asarray(play)[active]
                np.testing.assert_allclose(row.sum(axis=2), 1.0, atol=1e-12)
                assert np.all((row > 0.0) == np.broadcast_to(allowed[active][:, None, :, None], row.shape))


@pytest.mark.parametrize("name", ["signals", "every feature, two worlds"])
def test_without_precision_play_is_uniform(name: str):
    game = GAMES[name]()
    numbers = game.tables(game.base, 0)
    solution = solve(game, tables=lambda t: numbers._replace(precision=np.zeros_like(numbers.precision)))
    for play, step in zip(solution.sigma[0], numbers.steps, strict=True):
        if play is not None:
            share = step.allowed / step.allowed.sum(axis=1, keepdims=True)
            expected = np.broadcast_to(share[:, None, :, None], play.shape)
            np.testing.assert_allclose(play[step.active], expected[step.active], atol=1e-13)


def test_news_that_all_believed_worlds_rule_out_makes_all_worlds_possible():
    """Where the public is sure of the wrong world, what that world rules out happens all the same, and is believed."""
    spread = Part("news", CHANCE, ("a", "b"), odds=[[[1.0, 0.0], [0.0, 1.0]]])
    bet = Part("bet", 0, ("on u", "on v"), pay=np.eye(2)[None, :, None, :])
    game = Sketch(("bettor",), [spread, bet], worlds=("u", "v"), precision=3.0, lattice=4).build()
    solution = solve(game)
    right = np.exp(3.0) / (1.0 + np.exp(3.0))  # of the bets of one who is sure
    np.testing.assert_allclose(solution.U[0][0, 0], right, rtol=1e-12)  # whatever was believed before, in both worlds


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_a_residual_that_is_no_number_is_not_converged(number: float):
    good = solved("entry")
    residual = good.residual.copy()
    residual[0, -1] = number
    assert replace(good, residual=residual).status is Status.UNCONVERGED  # even if nothing else is said of it
    report = SearchReport(1, 1, 1)
    report.add(0, 0, StepSearch(np.array([[0.0, number, 0.0]]), *np.zeros((4, 1, 3), dtype=int)), 1e-9)
    assert report.unconverged.tolist() == [[[1]]]


# --- the start does not matter ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["signals", "every feature, two worlds", "an aim that changes"])
def test_a_warm_start_leads_to_the_same_answer(name: str):
    cold = solved(name)
    warm = solve(cold.game, near=cold, tolerance=1e-12)
    same(warm, cold, 1e-9)
    assert warm.iterations.max() <= 3 < cold.iterations.max()  # one to see that it stands still, two to settle rounding


def test_a_start_from_other_numbers_leads_to_the_same_answer():
    """The same shape, other payoffs: play of the one game is a start for the other, not an answer."""
    cold = solved("every feature, two worlds")
    same(solve(cold.game, near=solved("every feature, other numbers"), tolerance=1e-12), cold, 1e-9)


def test_solving_twice_gives_the_same_numbers():
    cold = solved("every feature, two worlds")
    same(solve(cold.game, tolerance=1e-12), cold, 0.0)


# --- parts of a game --------------------------------------------------------------------------------------------------


def test_periods_before_since_are_left_alone():
    whole = solved("every feature, two worlds")
    part = solve(whole.game, since=1, tolerance=1e-12)
    same(part, whole, 0.0)
    assert part.since == 1 and len(part.U) == len(whole.U) - 1
    assert all(play is None for play in part.sigma[0])
    assert not part.residual[0].any() and not part.iterations[0].any()
    with pytest.raises(ValueError, match="period 1 was not solved"):
        part.values(0, 0)


def test_a_posture_is_the_game_with_the_other_options_struck_out():
    """One option is closed; where it was the only one open, the posture does not bind."""
    game = features(6)
    numbers = game.tables(game.base, 0)
    kept = np.array([False, True])
    bound = solve(game, allowed={0: kept})
    open_, active = numbers.steps[0].allowed, numbers.steps[0].active
    binds = (open_ & kept).any(axis=1)
    assert binds[active].any() and not binds[active].all(), "the example must show both"
    closed = np.where(binds[:, None], open_ & kept, open_)
    struck = numbers._replace(steps=(numbers.steps[0]._replace(allowed=closed), *numbers.steps[1:]))
    same(bound, solve(game, tables=lambda t: struck), 1e-9)
    np.testing.assert_array_equal(np.asarray(bound.sigma[0][0][active] > 0.0).any(axis=(1, 3)), closed[active])


def test_values_inside_a_period_are_those_before_its_steps():
    """U at a step is what the step's options are worth by their odds: here the last one, worked out by hand."""
    solution = solved("entry")
    game, last = solution.game, len(solution.game.steps) - 1
    after, play = np.asarray(solution.values(0, last + 1)), np.asarray(solution.sigma[0][last])
    numbers = solution.tables(0).steps[last]
    for s in np.flatnonzero(numbers.active):
        gains = [numbers.pay[s, a][..., None] + after[numbers.successor[s, a, 0]] for a in range(play.shape[2])]
        expected = sum(play[s, 0, a] * gain for a, gain in enumerate(gains))
        np.testing.assert_allclose(solution.values(0, last)[s], expected, atol=1e-12)
    np.testing.assert_allclose(solution.values(0, 0), solution.U[0], atol=1e-12)
    assert game.periods == 1
