"""Draws solved as a batch: the same answers as alone, whatever stands beside them; solved only where needed."""

from __future__ import annotations

import numpy as np
import pytest

import longgame
from longgame.queries.case import Case
from longgame.run.study import Study
from longgame.solver.batch import Batch
from longgame.solver.needed import reached
from longgame.solver.solve import Wanted, solve, solve_batch

DRAWS = 3


@pytest.fixture(scope="module")
def study():
    return Study.of(longgame.load("take-it-or-leave-it"))


@pytest.fixture(scope="module")
def thetas(study):
    game = study.game
    return game.base * (1.0 + np.linspace(-0.02, 0.02, DRAWS)[:, None])


@pytest.fixture(scope="module")
def near(study):
    return solve(study.game)


@pytest.fixture(scope="module")
def together(study, thetas, near):
    return each(solve_batch(Batch.of(study.game, thetas), near=near))


def each(solution):
    return [solution.of_draw(g) for g in range(len(solution.batch))]


def numbers_of(solution):
    return [*map(np.asarray, solution.U), *(play for period in solution.sigma for play in period if play is not None)]


def test_draws_of_a_batch_have_the_answers_that_each_has_alone(study, thetas, near, together):
    for theta, solution in zip(thetas, together, strict=True):
        alone = solve(study.game, theta, near=near)
        for one, other in zip(numbers_of(solution), numbers_of(alone), strict=True):
            np.testing.assert_allclose(one, other, atol=1e-10)
        np.testing.assert_array_equal(solution.jumps, alone.jumps)
        assert solution.status is alone.status


def test_it_does_not_matter_who_stands_beside(study, thetas, near, together):
    other = each(solve_batch(Batch.of(study.game, thetas[[2, 2, 0]]), near=near))
    for one, same in ((other[0], together[2]), (other[1], together[2]), (other[2], together[0])):
        for left, right in zip(numbers_of(one), numbers_of(same), strict=True):
            np.testing.assert_array_equal(left, right)


def test_each_draw_keeps_its_own_numbers(study, thetas, together):
    for theta, solution in zip(thetas, together, strict=True):
        for t in range(study.game.periods):
            mine, own = solution.tables(t), study.game.tables(theta, t)
            for left, right in zip(mine.arrays(), own.arrays(), strict=True):
                assert left.dtype == right.dtype
                np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("posture", [False, True])
def test_solved_from_some_places_on_the_answers_there_are_the_same(study, thetas, near, posture):
    game = study.game
    k = next(k for k, step in enumerate(game.steps) if step.mover >= 0)
    allowed = {k: np.arange(len(game.steps[k].options)) == 0} if posture else {}
    batch = Batch.of(game, thetas)
    S, places = len(game.ended), (game.periods, len(game.steps) + 1)
    first = np.zeros((*places, DRAWS, S), dtype=bool)
    first[0, 0, 0, np.asarray(game.tables(game.base, 0).start_index)] = True  # the others are not wanted at all
    needed = reached(game, batch.bound(allowed).numbers, first.reshape(*places, -1))
    some = solve_batch(batch.bound(allowed), near=near, wanted=Wanted(needed, [0])).of_draw(0)
    whole = solve(game, thetas[0], allowed=allowed, near=near)
    assert some.needed is not None
    assert 0 < some.needed.sum() < needed[:, :, :S].size
    for t in range(game.periods):
        for step in range(places[1]):
            here = some.needed[t, step]
            left, right = (np.asarray(s.values(t, step))[here] for s in (some, whole))
            np.testing.assert_allclose(left, right, atol=1e-9)
    case = Case(game, study.scenario, thetas[0], solve=lambda under: some)
    values = case.values(0, 0)
    np.testing.assert_array_equal(np.isnan(values).all(axis=(1, 2, 3)), ~some.needed[0, 0])
    assert needed[:, :, S:].sum() == 0
