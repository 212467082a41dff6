"""Logit choice depends on differences of payoffs alone, however large the payoffs and the differences are."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import softmax

from longgame.solver.fixed_point import RAREST, centred, choice
from longgame.solver.solve import solve
from tests.games import one_shot


@pytest.mark.parametrize("offset", [0.0, 1e4, -1e4])
def test_a_constant_in_all_payoffs_changes_no_choice(offset: float) -> None:
    payoffs = np.array([0.3, 0.1, 0.0]) + offset
    play = np.asarray(solve(one_shot(payoffs.tolist(), precision=7.0)).sigma[0][0])[0, 0, :, 0]
    np.testing.assert_allclose(play, softmax([2.1, 0.7, 0.0]), atol=1e-9)


def test_the_best_options_are_told_apart_among_many_bad_ones() -> None:
    logits = np.array([*[-5000.0] * 20, 4001.0, 4000.0])
    allowed = jnp.ones((22, 1), bool)
    play = np.asarray(choice(centred(jnp.asarray(logits)[None, :, None], allowed), allowed))[0, :, 0]
    np.testing.assert_allclose(play[-2:], softmax([1.0, 0.0]), rtol=1e-12)
    assert np.all(play[:-2] == RAREST)


def test_closed_options_are_never_chosen() -> None:
    allowed = jnp.asarray([[True], [False], [True]])
    logits = centred(jnp.asarray([[[-8000.0], [9000.0], [-8000.0]]]), allowed)
    play = np.asarray(choice(logits, allowed))[0, :, 0]
    np.testing.assert_array_equal(play, [0.5, 0.0, 0.5])
