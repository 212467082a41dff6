"""Tempered sequential Monte Carlo against posteriors in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from longgame.inference.tempering import _shape, next_temperature, temper
from tests.inference.cube import cube


def conjugate(observed: np.ndarray, error: float):
    """A standard normal prior on z = normal quantile of u, and one observation of each with a normal error.

    The posterior is N(observed / (1 + error^2), error^2 / (1 + error^2)); the evidence N(observed; 0, 1 + error^2).
    """

    def log_likelihood(u):
        return stats.norm.logpdf(special.ndtri(u), observed, error).sum(axis=1)

    spread = 1.0 + error**2
    return log_likelihood, observed / spread, error / np.sqrt(spread), stats.norm.logpdf(observed, 0, spread**0.5).sum()


def test_a_gaussian_posterior_and_its_evidence():
    log_likelihood, mean, sd, log_evidence = conjugate(np.array([2.0, -1.5, 0.5]), 0.1)
    found = temper(log_likelihood, cube(512, 3, 0), seed=1)
    z = special.ndtri(found.points)
    np.testing.assert_allclose(z.mean(axis=0), mean, atol=4 * sd / np.sqrt(512))
    np.testing.assert_allclose(z.std(axis=0), sd, rtol=0.15)
    assert found.log_evidence == pytest.approx(log_evidence, abs=0.3)  # importance sampling has a standard error of 1
    np.testing.assert_allclose(found.log_likelihood, log_likelihood(found.points))
    assert found.stages[-1].phi == 1.0 and found.warnings == ()
    assert np.all(np.diff([stage.phi for stage in found.stages]) > 0)
    assert found.distinct > 450


def test_evidence_without_bias():
    """The mean of Z over seeds is the evidence: the estimate of Z is unbiased."""
    log_likelihood, _, _, log_evidence = conjugate(np.array([1.5]), 0.2)
    ratios = [np.exp(temper(log_likelihood, cube(64, 1, s), seed=s).log_evidence - log_evidence) for s in range(40)]
    assert np.mean(ratios) == pytest.approx(1.0, abs=4 * np.std(ratios) / np.sqrt(40))
    assert np.std(ratios) < 0.4


def test_assumptions_that_the_evidence_says_nothing_of_keep_their_prior():
    def log_likelihood(u):
        return -0.5 * ((u[:, 0] - 0.3) / 0.01) ** 2

    found = temper(log_likelihood, cube(512, 12, 2), seed=0)
    assert found.points[:, 0].mean() == pytest.approx(0.3, abs=0.003)
    assert found.log_evidence == pytest.approx(np.log(0.01 * np.sqrt(2 * np.pi)), abs=0.25)
    np.testing.assert_allclose(found.points[:, 1:].mean(axis=0), 0.5, atol=0.06)
    np.testing.assert_allclose(found.points[:, 1:].std(axis=0), 12**-0.5, atol=0.035)


def test_strong_correlation_between_assumptions():
    """Only the sum is seen: the particles spread along the ridge a + b = 1."""
    found = temper(lambda u: -0.5 * ((u.sum(axis=1) - 1.0) / 0.01) ** 2, cube(512, 2, 0), seed=3)
    assert found.points.sum(axis=1).std() == pytest.approx(0.01, rel=0.2)
    assert found.points[:, 0].std() == pytest.approx(12**-0.5, rel=0.15)


def test_where_the_evidence_is_impossible():
    """A uniform posterior on an eighth of the cube: its volume is the evidence."""

    def log_likelihood(u):
        return np.where((u < 0.5).all(axis=1), 0.0, -np.inf)

    found = temper(log_likelihood, cube(256, 3, 0), seed=0)
    assert found.log_evidence == pytest.approx(np.log(1 / 8))
    assert (found.points < 0.5).all()
    np.testing.assert_allclose(found.points.mean(axis=0), 0.25, atol=0.05)
    with pytest.raises(ValueError, match="none of the 4 first draws"):
        temper(log_likelihood, np.full((4, 3), 0.9), seed=0)


def test_draws_that_are_solved_already_are_not_asked_for_again():
    asked = []

    def log_likelihood(u):
        asked.append(len(u))
        return np.zeros(len(u))

    start = cube(32, 2, 0)
    found = temper(log_likelihood, start, np.zeros(32), seed=0, most_sweeps=1)
    assert (found.evaluations, sum(asked), len(found.stages)) == (32, 32, 1)
    assert found.log_evidence == 0.0


def test_same_seed_same_particles():
    log_likelihood, *_ = conjugate(np.array([1.0, 0.0]), 0.3)
    one, two, other = (temper(log_likelihood, cube(64, 2, 0), seed=seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one.points, two.points)
    assert one.log_evidence == two.log_evidence and not np.array_equal(one.points, other.points)


def test_failures_and_stages_that_ran_out_are_said():
    def log_likelihood(u):
        return np.where(u[:, 0] > 0.9, np.nan, -0.5 * ((u[:, 0] - 0.5) / 1e-4) ** 2)

    found = temper(log_likelihood, cube(64, 1, 0), seed=0, most_stages=2)
    assert found.failed > 0
    assert any("was not reached" in said for said in found.warnings)
    assert any("not a number" in said for said in found.warnings)
    with pytest.raises(ValueError, match="one number for each of 64 points"):
        temper(lambda u: np.zeros(3), cube(64, 1, 0), seed=0)


def test_the_next_temperature_leaves_the_part_asked_for():
    logs = np.append(-np.linspace(0, 50, 400), -np.inf)
    phi = next_temperature(logs, 0.1, 0.5)
    weights = np.exp((phi - 0.1) * logs[:-1])
    assert weights.sum() ** 2 / (weights**2).sum() == pytest.approx(200.0)
    assert next_temperature(np.zeros(10), 0.0, 0.5) == 1.0


def test_few_particles_borrow_their_spread_from_the_prior():
    z = np.random.default_rng(0).normal(size=(10, 40))
    mean, root = _shape(z, np.full(10, 0.1))
    assert mean.shape == (40,) and np.linalg.eigvalsh(root @ root.T).min() > 0.7
