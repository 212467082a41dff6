"""The lattice against a finer one along simulated plays, held to what every history of a small game says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from longgame.answers.verification import verification
from longgame.queries.refinement import refinement
from longgame.solver.solve import solve
from tests.games import random_game, sender_receiver


def test_plays_come_by_every_history_of_a_small_game():
    """So the largest differences are those over all histories, and the means are theirs but for the sampling.

    Simulated beliefs are those of the finer lattice, not of the exact equilibrium: that moves a difference by little.
    """
    game = sender_receiver(2.0, lattice=10)
    whole = verification(game)
    assert whole.exact is not None and whole.plays is None and whole.converged
    every = whole.exact.refinement
    found = refinement(solve(game), solve(replace(game, lattice=20)))
    assert (found.plays, found.lattice, found.finer) == (2000, 10, 20)
    assert found.whole.choice == pytest.approx(every.choice, rel=0.01)
    assert found.whole.worth == pytest.approx(every.worth, rel=0.01)
    assert found.whole.choice_mean == pytest.approx(every.choice_mean, rel=0.05)
    assert found.whole.worth_mean == pytest.approx(every.worth_mean, rel=0.05)
    assert [row.step for row in found.steps] == ["send", "guess"]
    assert found.whole.choice == max(row.choice for row in found.steps) > 0.0


def test_a_game_that_does_not_fit_is_verified_over_its_first_periods_and_simulated_to_its_end():
    game = replace(sender_receiver(2.0, lattice=10), periods=4)
    found = verification(game, most=200, paths=200)
    assert found.exact is not None and (found.exact.periods, found.exact.of_periods) == (2, 4)
    assert "it covers the first 2 periods of 4" in found.scope
    assert found.plays is not None and found.plays.whole.choice > 0.0
    none = verification(game, most=10, paths=200)
    assert none.exact is None and "more than 10 nodes" in none.scope and none.converged
    assert none.plays == found.plays


def test_every_feature_at_once_closes_in():
    """Twice as fine, nearer: the change from one lattice to the next shrinks."""
    game = random_game(1, states=3, options=2, periods=3, precision=2.0)
    solved = [solve(replace(game, lattice=r)) for r in (6, 12, 24)]
    first, second = refinement(solved[0], solved[1], 500), refinement(solved[1], solved[2], 500)
    assert second.whole.worth_mean < 0.6 * first.whole.worth_mean
    assert second.whole.choice_mean < 0.6 * first.whole.choice_mean
    assert {row.step for row in first.steps} == {"speak", "plain", "secret", "turn", "hush"}
