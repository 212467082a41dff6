"""Logit choice depends on differences of payoffs alone, however large the payoffs and the differences are."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest
from scipy.special import softmax

from longgame.solver.kernel.response import RAREST, choose
from longgame.solver.solve import solve
from tests.games import one_shot


@numba.njit
def chosen(logits: Any, play: Any) -> None:
    choose(logits, play)


@pytest.mark.parametrize("offset", [0.0, 1e4, -1e4])
def test_a_constant_in_all_payoffs_changes_no_choice(offset: float) -> None:
    payoffs = np.array([0.3, 0.1, 0.0]) + offset
    play = np.asarray(solve(one_shot(payoffs.tolist(), precision=7.0)).sigma[0][0])[0, 0, :, 0]
    np.testing.assert_allclose(play, softmax([2.1, 0.7, 0.0]), atol=1e-9)


def test_the_best_options_are_told_apart_among_many_bad_ones() -> None:
    logits = np.array([*[-5000.0] * 20, 4001.0, 4000.0])[None]
    play = np.empty_like(logits)
    chosen(logits - logits.mean(), play)
    np.testing.assert_allclose(play[0, -2:], softmax([1.0, 0.0]), rtol=1e-12)
    assert np.all(play[0, :-2] == RAREST)
