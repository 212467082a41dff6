"""Draws: the points, their order, their weights, and that none is lost."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from longgame.solution.ensemble import (
    DrawStatus,
    effective_sample_size,
    likelihood_weights,
    run,
    sobol,
)


def test_points_are_fixed_by_the_seed():
    np.testing.assert_array_equal(sobol(100, 5, seed=3), sobol(100, 5, seed=3))
    assert not np.array_equal(sobol(100, 5, seed=3), sobol(100, 5, seed=4))


def test_more_draws_add_points_inside_the_same_power_of_two():
    np.testing.assert_array_equal(sobol(70, 4, seed=0), sobol(128, 4, seed=0)[:70])


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


def test_draws_come_back_in_their_order():
    def task(theta):
        time.sleep(0.02 * (theta[0] < 3))
        return DrawStatus.SOLVED, float(theta[0])

    draws = run(task, np.arange(8.0)[:, None])
    assert [draw.index for draw in draws] == list(range(8))
    assert [draw.result for draw in draws] == list(range(8))


def test_a_draw_that_fails_is_kept_with_its_reason():
    def task(theta):
        if theta[0] == 1:
            raise ZeroDivisionError("no stake")
        return (DrawStatus.INVALID, None) if theta[0] == 2 else (DrawStatus.SOLVED, "fine")

    draws = run(task, np.arange(4.0)[:, None])
    assert [draw.status for draw in draws] == [
        DrawStatus.SOLVED,
        DrawStatus.FAILED,
        DrawStatus.INVALID,
        DrawStatus.SOLVED,
    ]
    assert draws[1].detail == "ZeroDivisionError: no stake" and draws[1].result is None
    assert [draw.status.counts for draw in draws] == [True, False, False, True]


def test_progress_counts_every_draw():
    seen = []
    run(lambda theta: (DrawStatus.SOLVED, None), np.zeros((5, 1)), progress=lambda done, of: seen.append((done, of)))
    assert seen == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]


def test_any_executor_will_do():
    names = set()

    def task(theta):
        names.add(threading.current_thread().name.split("_")[0])
        return DrawStatus.SOLVED, None

    with ThreadPoolExecutor(1, thread_name_prefix="mine") as executor:
        run(task, np.zeros((3, 1)), executor=executor)
    assert names == {"mine"}


def test_an_interrupt_ends_the_run():
    started = []

    def task(theta):
        started.append(theta)
        time.sleep(0.01)
        return DrawStatus.SOLVED, None

    def interrupt(done, of):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(task, np.zeros((200, 1)), progress=interrupt)
    assert len(started) < 100


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
