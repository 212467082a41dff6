"""Scores of probabilities: against their definitions, published intervals, and what they must prefer."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from scipy.stats import binomtest

from longgame.inference.scores import SUREST, brier, calibration, difference, log_score, wilson


@pytest.mark.parametrize(
    ("p", "happened", "squared", "logged"),
    [
        (0.5, 1, 0.25, math.log(2)),
        (0.5, 0, 0.25, math.log(2)),
        (0.8, 1, 0.04, -math.log(0.8)),
        (0.8, 0, 0.64, -math.log(0.2)),
        (1.0, 1, 0.0, -math.log(SUREST)),
        (1.0, 0, 1.0, -math.log(1 - SUREST)),
    ],
)
def test_scores_are_what_they_are_defined_to_be(p, happened, squared, logged):
    assert brier([p], [happened])[0] == pytest.approx(squared, abs=1e-15)
    assert log_score([p], [happened])[0] == pytest.approx(logged, abs=1e-12)


@pytest.mark.parametrize("score", [brier, log_score])
def test_nobody_gains_by_saying_something_else_than_he_believes(score):
    said = np.linspace(0.01, 0.99, 99)
    for believed in (0.1, 0.37, 0.8):
        expected = believed * score(said, np.ones(99)) + (1 - believed) * score(said, np.zeros(99))
        assert said[expected.argmin()] == pytest.approx(believed, abs=0.0051)


@pytest.mark.parametrize(("count", "n"), [(0, 3), (2, 7), (5, 5), (40, 100)])
def test_wilsons_interval(count, n):
    other = binomtest(count, n).proportion_ci(0.95, method="wilson")
    assert wilson(count, n) == pytest.approx((other.low, other.high), abs=1e-9)


def test_an_interval_for_nothing_says_nothing():
    assert wilson(0, 0) == (0.0, 1.0)


def test_calibration_counts_each_forecast_once():
    bins = calibration([0.0, 0.1, 0.2, 0.55, 1.0], [0, 1, 0, 1, 1])
    assert [(row.low, row.n, row.share) for row in bins] == [(0.0, 2, 0.5), (0.2, 1, 0.0), (0.4, 1, 1.0), (0.8, 1, 1.0)]
    assert bins[0].given == pytest.approx(0.05)


def test_the_difference_of_two_scores_draws_whole_cases():
    scores, others = np.array([0.3] * 40 + [0.1] * 2 + [0.2]), np.full(43, 0.2)
    mean, interval = difference(scores, others, ["a"] * 40 + ["b"] * 2 + ["c"])
    assert mean == pytest.approx((40 * 0.1 - 2 * 0.1) / 43)
    assert interval is not None and interval[0] <= -0.09 and interval[1] == pytest.approx(0.1)
    assert difference(scores, others, ["a"] * 41 + ["b"] * 2)[1] is None


def test_the_interval_of_a_difference_is_that_of_every_draw_of_cases():
    """Of five cases of 1 to 40 forecasts there are 3,125 draws: a case counts with all of its forecasts."""
    sizes, apart = np.array([1, 2, 4, 12, 40]), np.array([0.9, -0.6, 0.4, 0.1, -0.2])
    drawn = np.array(list(product(range(5), repeat=5)))
    means = (sizes * apart)[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    scores, cases = np.repeat(apart, sizes), np.repeat(list("abcde"), sizes)
    _, interval = difference(scores, np.zeros(len(scores)), cases)
    assert interval == pytest.approx(tuple(np.quantile(means, (0.025, 0.975))), abs=0.03)
