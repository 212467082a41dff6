"""Draws: the points, their order, their weights, and that none is lost."""

from __future__ import annotations

import numpy as np
import pytest

from longgame.inference.draws import BLOCK, effective_sample_size, latin, likelihood_weights

NAMES = ("a", "b", "c")


def test_points_are_fixed_by_the_seed():
    np.testing.assert_array_equal(latin(100, NAMES, seed=3), latin(100, NAMES, seed=3))
    assert not np.array_equal(latin(100, NAMES, seed=3), latin(100, NAMES, seed=4))


@pytest.mark.parametrize(
    ("start", "stop"), [(0, 70), (1, 2), (17, 129), (128, 200), (64, 64), (4000, 4100), (4096, 4099), (8190, 8200)]
)
def test_any_part_of_the_sequence_can_be_had_by_itself(start, stop):
    whole = latin(8200, NAMES, seed=0)
    np.testing.assert_array_equal(latin(stop, NAMES, seed=0, start=start), whole[start:stop])


def test_a_name_is_drawn_alike_whatever_others_there_are():
    np.testing.assert_array_equal(latin(70, ["b", "new", "a"], seed=1)[:, [2, 0]], latin(70, NAMES, seed=1)[:, :2])


def test_each_block_has_points_of_its_own():
    points = latin(2 * BLOCK, ["a"], seed=0)[:, 0]
    assert len(np.unique(points)) == 2 * BLOCK
    assert abs(np.corrcoef(points[:BLOCK], points[BLOCK:])[0, 1]) < 0.1


@pytest.mark.parametrize("draws", [1, 2, 64, 128, 4096])
@pytest.mark.parametrize("block", [0, 1])
def test_each_slice_of_each_range_has_one_point(draws, block):
    """The defining property of a Latin hypercube, at each doubling and in each block."""
    start = block * BLOCK
    points = latin(start + draws, NAMES, seed=0, start=start)
    assert points.shape == (draws, 3) and points.min() > 0.0 and points.max() < 1.0
    for column in points.T:
        assert len(np.unique(np.floor(column * draws))) == draws


def test_no_two_assumptions_are_tied_together():
    """Over the pairs of 64 assumptions in 128 draws, what a tie would move is as in independent draws.

    128 points of a Sobol sequence in 64 dimensions have pairs with all points in two opposite quarters, and pairs on a
    checkerboard of 64 fields; 32 of 128 points in a quarter are expected, with a deviation of 2.8 where slices are
    filled evenly.
    """
    for seed in range(5):
        points = latin(128, [f"a{p}" for p in range(64)], seed)
        low = (points < 0.5).astype(float)
        fine = (np.floor(points * 8) % 2).astype(float)  # a field of the checkerboard is white or black
        for half in (low, fine):
            together = (half.T @ half)[np.triu_indices(64, 1)]
            assert abs(together.mean() - 32.0) < 0.5
            assert np.abs(together - 32.0).max() < 5.0 * np.sqrt(128 / 16) and together.std() < 1.2 * np.sqrt(128 / 16)


@pytest.mark.parametrize(("draws", "names"), [(0, NAMES), (5, ()), (1, ("a", "b"))])
def test_small_and_empty_samples(draws, names):
    assert latin(draws, names, seed=0).shape == (draws, len(names))


def test_a_negative_number_of_draws_is_refused():
    with pytest.raises(ValueError, match="0 or more"):
        latin(-1, NAMES, seed=0)
    with pytest.raises(ValueError, match="start between"):
        latin(4, NAMES, seed=0, start=5)


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
