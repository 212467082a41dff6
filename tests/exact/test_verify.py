"""The lattice method against the histories method."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from longgame.errors import TooLargeError
from longgame.exact.histories import solve_extensive
from longgame.exact.unroll import unroll
from longgame.exact.verify import verify
from longgame.solver.solve import solve
from tests.games import news_only, random_game, secret_choice, sender_receiver


def test_a_sender_and_a_receiver():
    """The lattice converges to the exact equilibrium: four times as near with twice the points."""
    found = verify(sender_receiver(6.0, lattice=10))
    assert found.converged and found.residual < 1e-10
    assert (found.periods, found.of_periods, found.histories) == (1, 1, 3)
    assert 0 < found.exact.choice < 0.02
    assert [row.step for row in found.steps] == ["send", "guess"]
    assert max(row.choice for row in found.steps) == found.exact.choice
    assert found.finer_exact.choice < 0.5 * found.exact.choice
    assert found.exact.choice_mean <= found.exact.choice and found.exact.worth_mean <= found.exact.worth
    assert found.refinement.choice <= found.exact.choice + found.finer_exact.choice + 1e-12


def test_secret_choices_and_a_fine_lattice():
    assert verify(secret_choice(1.5, shared=True)).finer_exact.choice < 1e-3


def test_every_feature_at_once():
    """Guards, lotteries, news, secrets, a changing world, skipped steps: exact but for the lattice."""
    found = verify(random_game(1, states=3, options=2, periods=1, lattice=16, precision=2.0))
    assert found.exact.choice < 5e-3 and found.exact.worth < 5e-3
    assert found.finer_exact.worth < found.exact.worth


def test_tastes():
    found = verify(replace(sender_receiver(2.0, lattice=20), noise="tastes"))
    assert found.finer_exact.choice < found.exact.choice < 5e-3
    assert found.finer_exact.worth < found.exact.worth < 5e-3


def test_a_longer_game_is_verified_over_its_first_periods():
    game = replace(sender_receiver(2.0, lattice=10), periods=4)
    found = verify(game, most=200)
    assert (found.periods, found.of_periods) == (2, 4)
    with pytest.raises(TooLargeError):
        verify(game, most=10)


def test_news_without_choice_agrees_on_what_is_expected():
    game = news_only()
    written = unroll(game, lambda t: game.tables(game.base, t))
    exact = solve_extensive(written.game, written.precision, recall=False)
    lattice = solve(game)
    np.testing.assert_allclose(exact.value[0], lattice.value_at(0, 0, 0, lattice.prior) @ lattice.prior, atol=1e-12)
