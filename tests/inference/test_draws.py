"""Draws: the points, their order, their weights, and that none is lost."""

from __future__ import annotations

import numpy as np
import pytest

from longgame.inference.draws import effective_sample_size, likelihood_weights, sobol


def test_points_are_fixed_by_the_seed():
    np.testing.assert_array_equal(sobol(100, 5, seed=3), sobol(100, 5, seed=3))
    assert not np.array_equal(sobol(100, 5, seed=3), sobol(100, 5, seed=4))


@pytest.mark.parametrize(("start", "stop"), [(0, 70), (1, 2), (17, 129), (128, 200), (64, 64)])
def test_any_part_of_the_sequence_can_be_had_by_itself(start, stop):
    np.testing.assert_array_equal(sobol(stop, 4, seed=0, start=start), sobol(256, 4, seed=0)[start:stop])


def test_points_lie_strictly_inside_the_cube_and_fill_it_evenly():
    points = sobol(128, 3, seed=0)
    assert points.shape == (128, 3)
    assert points.min() > 0.0 and points.max() < 1.0
    for column in points.T:  # one point in each of 128 equal slices: the defining property of the sequence
        assert len(np.unique(np.floor(column * 128))) == 128


@pytest.mark.parametrize(("draws", "dimensions"), [(0, 3), (5, 0), (1, 2)])
def test_small_and_empty_samples(draws, dimensions):
    assert sobol(draws, dimensions, seed=0).shape == (draws, dimensions)


def test_a_negative_number_of_draws_is_refused():
    with pytest.raises(ValueError, match="0 or more"):
        sobol(-1, 2, seed=0)
    with pytest.raises(ValueError, match="start between"):
        sobol(4, 2, seed=0, start=5)


def test_weights_are_likelihoods():
    np.testing.assert_allclose(likelihood_weights(np.log([1.0, 3.0, 4.0])), [0.125, 0.375, 0.5])
    np.testing.assert_allclose(likelihood_weights([-5000.0, -5000.0 + np.log(3.0)]), [0.25, 0.75])
    np.testing.assert_allclose(likelihood_weights([0.0, -np.inf, np.nan]), [1.0, 0.0, 0.0])
    np.testing.assert_allclose(likelihood_weights([-np.inf, -np.inf]), [0.5, 0.5])
    assert likelihood_weights([]).shape == (0,)


def test_effective_sample_size():
    assert effective_sample_size(np.full(50, 0.02)) == pytest.approx(50)
    assert effective_sample_size(np.array([1.0, 0.0, 0.0])) == pytest.approx(1)
    assert effective_sample_size(np.array([0.5, 0.25, 0.25])) == pytest.approx(1 / 0.375)
    assert effective_sample_size(np.empty(0)) == 0.0
