"""Draws of the assumptions: quantiles by hand, and against the distributions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from longgame.game.sample import draws, limits, log_density, quantile, support
from longgame.scenario.model import Assumption
from tests.game.scenarios import small

U = np.linspace(0, 1, 4001)


def assumption(value: float = 1.0, **given: Any) -> Assumption:
    return Assumption.model_validate({"value": value, **given})


@pytest.mark.parametrize(
    ("given", "u", "expected"),
    [
        ({}, 0.7, 1.0),
        ({"range": [2, 6]}, 0.25, 3.0),
        ({"distribution": {"uniform": [2, 6]}}, 0.75, 5.0),
        ({"distribution": {"loguniform": [5, 80]}}, 0.25, 10.0),
        ({"distribution": {"loguniform": [5, 80]}, "range": [10, 40]}, 0.5, 20.0),
        ({"distribution": {"normal": [3, 2]}}, 0.5, 3.0),
        ({"distribution": {"normal": [0, 1]}, "range": [0, 9]}, 0.5, stats.norm.ppf(0.75)),
        ({"distribution": {"lognormal": [4, 0.5]}}, 0.5, 4.0),
        ({"distribution": {"triangular": [0, 1, 2]}}, 0.125, 0.5),
        ({"distribution": {"triangular": [0, 0, 2]}}, 0.75, 1.0),
        ({"distribution": {"beta": [1, 1]}}, 0.3, 0.3),
        ({"distribution": {"beta": [2, 2]}, "range": [10, 20]}, 0.5, 15.0),
        ({"range": [3, 3]}, 0.9, 3.0),
    ],
)
def test_quantiles_by_hand(given: dict[str, Any], u: float, expected: float) -> None:
    assert float(quantile(assumption(**given), np.array([u]))[0]) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("given", "low", "high"),
    [
        ({}, 1, 1),
        ({"range": [2, 6]}, 2, 6),
        ({"distribution": {"normal": [0, 1]}}, stats.norm.ppf(0.001), stats.norm.ppf(0.999)),
        ({"distribution": {"normal": [0, 1]}, "range": [-9, 9]}, -9, 9),
        ({"distribution": {"lognormal": [1, 1]}, "range": [0.5, 2]}, 0.5, 2),
        ({"distribution": {"loguniform": [0.5, 50]}}, 0.5, 50),
        ({"distribution": {"loguniform": [0.5, 50]}, "range": [1, 200]}, 1, 50),
        ({"distribution": {"triangular": [0, 1, 2]}, "range": [0.5, 3]}, 0.5, 2),
        ({"distribution": {"beta": [2, 5]}, "range": [10, 20]}, 10, 20),
    ],
)
def test_draws_fill_their_support_and_rise(given: dict[str, Any], low: float, high: float) -> None:
    values = quantile(assumption(**given), U)
    assert support(assumption(**given)) == pytest.approx((low, high))
    assert values[0] == pytest.approx(low) and values[-1] == pytest.approx(high)
    assert np.all(np.diff(values) >= 0) and np.all(np.isfinite(values))


def test_draws_follow_their_distribution() -> None:
    values = quantile(assumption(distribution={"lognormal": [2, 0.3]}), (np.arange(20_000) + 0.5) / 20_000)
    cut = stats.lognorm(0.3, scale=2)
    inside = (cut.cdf(values) - 0.001) / 0.998
    assert stats.kstest(inside, "uniform").pvalue > 0.99
    assert np.log(values).mean() == pytest.approx(np.log(2), abs=1e-3)


@pytest.mark.parametrize(
    "given",
    [
        {"range": [2, 6]},
        {"distribution": {"loguniform": [5, 80]}},
        {"distribution": {"loguniform": [5, 80]}, "range": [10, 200]},
        {"distribution": {"normal": [3, 2]}},
        {"distribution": {"normal": [0, 1]}, "range": [0.5, 9]},
        {"distribution": {"normal": [0, 1]}, "range": [9, 11]},  # 1 - 1e-19: nothing, but for the upper tail
        {"distribution": {"normal": [0, 1]}, "range": [-11, -9]},
        {"distribution": {"lognormal": [4, 0.5]}, "range": [3, 5]},
        {"distribution": {"lognormal": [4, 0.1]}, "range": [10, 12]},
        {"distribution": {"triangular": [0, 1, 2]}, "range": [0.5, 3]},
        {"distribution": {"beta": [2, 5]}, "range": [10, 20]},
    ],
)
def test_the_density_is_that_of_the_draws(given: dict[str, Any]) -> None:
    """It sums to one over the support, and the part below a value is the probability at which that value is drawn."""
    one = assumption(**given)
    x = np.linspace(*support(one), 200_001)
    density = np.exp(log_density(one, x))
    below = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(x))])
    assert below[-1] == pytest.approx(1.0, abs=1e-4)
    u = np.linspace(0.02, 0.98, 25)
    np.testing.assert_allclose(np.interp(quantile(one, u), x, below), u, atol=1e-4)


def test_limits_allow_for_the_base_value() -> None:
    assert limits(assumption(7.0, range=[2, 6])) == (2, 7)
    assert limits(assumption(4.0, range=[2, 6])) == (2, 6)


def test_draws_of_a_scenario() -> None:
    given = {"a": {"value": 1, "range": [0, 2]}, "b": {"value": 5}, "c": {"value": 0, "range": [0, 4]}}
    scenario = small(assumptions=given)
    np.testing.assert_allclose(draws(scenario, np.array([[0.5, 0.1, 0.25], [1, 1, 1]])), [[1, 5, 1], [2, 5, 4]])
    with pytest.raises(ValueError, match="3 coordinates"):
        draws(scenario, np.zeros((2, 2)))
    assert draws(small(), np.zeros((4, 0))).shape == (4, 0)
