"""What accounts say, against closed forms, a search of its own, and what must be so."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq

from longgame.choice.hearsay import heard

EVEN = np.array([0.5, 0.5])


def test_words_that_cost_nothing_say_nothing():
    found = heard(np.array([[0.0, 3.0], [2.0, 0.0]]), np.zeros(2), np.array([4.0, 1.0]), np.array([0.3, 0.7]))
    assert found.says == pytest.approx(np.full((2, 2, 2), 0.5))
    assert found.belief([0, 1]) == pytest.approx([0.3, 0.7])


def test_one_author_to_whom_all_is_one_is_told_by_its_cost_alone():
    """Then it tells the truth with the chance 1 / (1 + exp(-lambda cost)), and its Bayes factor is exp(lambda cost)."""
    found = heard(np.zeros((1, 2)), np.array([0.8]), np.array([2.0]), EVEN)
    assert found.says[0, 0, 0] == pytest.approx(1 / (1 + np.exp(-1.6)))
    assert found.belief([0])[0] / found.belief([0])[1] == pytest.approx(np.exp(1.6))


def test_one_author_who_gains_by_a_lie_against_a_search():
    """Two things; the author is paid the belief in the second. With x and y the chances of saying `second` if the
    first and if the second is so, logit(y) - logit(x) = 2 lambda cost, logit(x) = lambda (b(second) - b(first) - cost).
    """
    precision, cost = 3.0, 0.4

    def chances(x):
        y = 1 / (1 + np.exp(-(np.log(x / (1 - x)) + 2 * precision * cost)))
        return x, y

    def apart(x):
        x, y = chances(x)
        second, first = y / (x + y), (1 - y) / (2 - x - y)
        return np.log(x / (1 - x)) - precision * (second - first - cost)

    x, y = chances(brentq(apart, 1e-9, 1 - 1e-9, xtol=1e-14))
    found = heard(np.array([[0.0, 1.0]]), np.array([cost]), np.array([precision]), EVEN)
    assert found.residual < 1e-9
    assert found.says[0, :, 1] == pytest.approx([x, y], abs=1e-9)
    assert found.belief([1])[1] > 0.5 > found.belief([0])[1]


def test_the_dearer_a_lie_the_more_an_account_says():
    worth = np.array([[0.0, 1.0, 0.5], [1.0, 0.0, 0.2]])
    believed = [
        heard(worth, np.full(2, cost), np.full(2, 5.0), np.full(3, 1 / 3)).belief([1, 1])[1]
        for cost in (0.0, 0.2, 0.5, 1.0, 3.0)
    ]
    assert believed == sorted(believed) and believed[0] == pytest.approx(1 / 3) and believed[-1] > 0.99
    # Both say what it serves the first of them to have believed: that says more from the second, who loses by it.
    found = heard(worth, np.full(2, 0.5), np.full(2, 5.0), np.full(3, 1 / 3))
    factors = found.says[:, 1, 1] / found.says[:, 0, 1]
    assert factors[1] > factors[0] > 1.0
