"""Importance weights, shares and resampling, against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import optimize, stats

from longgame.inference.draws import likelihood_weights
from longgame.inference.weights import (
    fit_pareto,
    importance_weights,
    largest_khat,
    pareto_quantile,
    resample,
    shares,
    wilson,
)


def ratios_of_shape(shape: float, draws: int) -> np.ndarray:
    """Log-ratios whose tail is that of a generalised Pareto distribution, as evenly spread as can be."""
    return np.log(stats.genpareto(shape, scale=1.0).ppf((np.arange(draws) + 0.5) / draws))


@pytest.mark.parametrize("shape", [-0.3, 0.0, 0.4, 0.9])
def test_fit_of_a_known_tail(shape):
    x = stats.genpareto(shape, scale=2.0).ppf((np.arange(4000) + 0.5) / 4000)
    found, scale = fit_pareto(x)
    assert found == pytest.approx(shape, abs=0.03)
    assert scale == pytest.approx(2.0, rel=0.05)


def test_a_fit_of_few_is_drawn_towards_a_half_with_the_force_of_ten():
    """The best shape k for a given scale is the mean of log(1 + k x / scale)."""
    x = stats.genpareto(0.9, scale=1.0).ppf((np.arange(20) + 0.5) / 20)
    found, scale = fit_pareto(x)
    best = float(optimize.brentq(lambda k: np.log1p(k * x / scale).mean() - k, 0.1, 5.0))
    assert found == pytest.approx((20 * best + 10 * 0.5) / 30) and best > 0.6


def test_no_weight_is_raised_above_the_largest_ratio():
    logs = ratios_of_shape(0.9, 1000)
    logs[-40:] = logs[-40]  # what the tail promises never came
    found, raw = importance_weights(logs), likelihood_weights(logs)
    assert found.tail > 0 and found.weights.max() / found.weights[0] == pytest.approx(raw.max() / raw[0], rel=1e-9)


@pytest.mark.parametrize("shape", [-0.5, 0.0, 1e-14, 0.7])
def test_quantiles(shape):
    p = np.array([0.01, 0.5, 0.99])
    np.testing.assert_allclose(pareto_quantile(p, shape, 3.0), stats.genpareto(shape, scale=3.0).ppf(p), rtol=1e-10)


@pytest.mark.parametrize(("shape", "trusted"), [(0.1, True), (0.9, False)])
def test_khat_tells_good_tails_from_bad(shape, trusted):
    found = importance_weights(ratios_of_shape(shape, 4000))
    assert found.khat == pytest.approx(shape, abs=0.12)  # the tail's shape is that of the whole; its fit is not exact
    assert found.trusted is trusted
    assert any("cannot be trusted" in warning for warning in found.warnings) is not trusted
    assert found.weights.sum() == pytest.approx(1.0)
    assert found.tail == math.ceil(3 * math.sqrt(4000))


def test_smoothing_keeps_the_order_and_the_body():
    logs = np.random.default_rng(3).permutation(ratios_of_shape(0.6, 1000))
    found, raw = importance_weights(logs), likelihood_weights(logs)
    order = np.argsort(logs)
    assert np.all(np.diff(found.weights[order]) >= 0)
    body = order[: -found.tail]
    np.testing.assert_allclose(np.diff(np.log(found.weights[body])), np.diff(np.log(raw[body])), atol=1e-9)
    assert found.weights.max() / found.weights[body[0]] <= raw.max() / raw[body[0]] * (1 + 1e-9)


def test_evidence_that_says_nothing_leaves_all_weights_equal():
    found = importance_weights(np.full(200, -7.0))
    np.testing.assert_allclose(found.weights, 1 / 200)
    assert (found.effective, found.tail, found.warnings) == (pytest.approx(200.0), 0, ())
    assert math.isnan(found.khat) and found.trusted


def test_a_binary_likelihood_is_no_tail_to_fit():
    found = importance_weights(np.where(np.arange(1000) < 500, 0.0, -3.0))
    assert math.isnan(found.khat) and found.tail == 0
    np.testing.assert_allclose(found.weights[[0, 999]], np.array([1, math.exp(-3)]) / (500 * (1 + math.exp(-3))))


def test_impossible_draws_weigh_nothing_and_are_counted():
    logs = np.concatenate([np.zeros(50), [-np.inf, np.nan, np.inf]])
    found = importance_weights(logs)
    assert found.excluded == 3 and found.weights[50:].sum() == 0.0
    nothing = importance_weights([-np.inf, -np.inf])
    assert nothing.weights.tolist() == [0.5, 0.5] and "No draw" in nothing.warnings[0]
    assert importance_weights([]).weights.size == 0


def test_few_effective_draws_are_said():
    found = importance_weights(np.concatenate([np.zeros(20), np.full(1980, -30.0)]))
    assert found.effective == pytest.approx(20.0, rel=0.01)
    assert found.warnings[0] == (
        "The evidence puts the weight on few draws: 2,000 draws say as much as 20 of equal weight."
    )
    assert not found.trusted


def test_even_weights_are_no_few_draws():
    assert importance_weights(np.zeros(16)).warnings == ()  # there is no evidence
    assert importance_weights(np.log(np.linspace(0.5, 1.0, 32))).warnings == ()


def test_the_mean_under_a_gaussian_posterior():
    # prior N(0, 1), one observation 1 with standard error 1: posterior N(1/2, 1/2)
    x = stats.norm.ppf((np.arange(2000) + 0.5) / 2000)
    found = importance_weights(-0.5 * (x - 1.0) ** 2)
    assert found.weights @ x == pytest.approx(0.5, abs=0.005)
    assert found.weights @ (x - 0.5) ** 2 == pytest.approx(0.5, abs=0.01)
    assert found.trusted


def test_largest_khat():
    assert largest_khat(100) == pytest.approx(0.5)
    assert largest_khat(100_000) == 0.7


@pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 10), (97, 100), (2000, 2000)])
def test_wilson_is_that_of_scipy(k, n):
    expected = stats.binomtest(k, n).proportion_ci(method="wilson")
    np.testing.assert_allclose(wilson(np.array(k / n), n), [expected.low, expected.high], atol=1e-12)


def test_shares_leave_out_what_has_no_answer():
    found = shares([[1, 0, 1, np.nan], [np.nan] * 4, [1, 1, 1, 1]])
    np.testing.assert_allclose(found.share, [2 / 3, np.nan, 1.0])
    assert found.unanswered.tolist() == [1, 4, 0]
    assert found.effective.tolist() == [3.0, 0.0, 4.0]
    assert (found.low[1], found.high[1]) == (0.0, 1.0)
    assert found.high[2] == 1.0 and found.low[2] < 0.6


def test_weighted_shares():
    found = shares([[1, 1, 0, 0]], np.array([0.5, 0.3, 0.1, 0.1]))
    assert found.share[0] == pytest.approx(0.8)
    assert found.effective[0] == pytest.approx(1 / (0.25 + 0.09 + 0.02))
    np.testing.assert_allclose([found.low[0], found.high[0]], np.ravel(wilson(found.share, found.effective)))
    assert "Kish" in found.method and "Kish" not in shares([[1.0]]).method


def test_systematic_resampling_takes_each_draw_as_often_as_it_weighs():
    weights = np.array([0.0, 0.125, 0.5, 0.0, 0.375, 0.0])
    for seed in range(20):
        counts = np.bincount(resample(weights, 8, seed), minlength=6)
        assert counts.tolist() == [0, 1, 4, 0, 3, 0]
    uneven = np.random.default_rng(0).random(50)
    counts = np.bincount(resample(uneven, 333, 1), minlength=50)
    assert np.all(np.abs(counts - 333 * uneven / uneven.sum()) < 1.0)
    assert np.array_equal(resample(uneven, 333, 1), resample(uneven, 333, 1))


def test_resampling_does_not_fall_in_step_with_the_order_of_the_draws():
    high = np.arange(400) % 2 == 1
    weights = np.where(high, 1.1, 0.9)  # 55 % of the weight is high; in order, all of it or none would be taken
    shares = [high[resample(weights, 300, seed)].mean() for seed in range(20)]
    assert np.abs(np.array(shares) - 0.55).max() < 0.08


@pytest.mark.parametrize("weights", [[], [0.0, 0.0], [1.0, -0.5], [np.nan, 1.0]])
def test_resampling_needs_weights(weights):
    with pytest.raises(ValueError, match="weights must be"):
        resample(np.array(weights), 3, 0)
