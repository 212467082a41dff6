"""Equal rows and sums over them, against NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from longgame.queries.alike import alike, summed


@pytest.mark.parametrize("count", [0, 1, 2, 7, 500])
@pytest.mark.parametrize("values", [1, 2, 50, 2**62])
def test_rows_that_are_equal_are_those_that_numpy_finds(count, values):
    rng = np.random.default_rng([count, values % 1000])
    rows = rng.integers(-values, values, (count, 3))
    rows = np.concatenate([rows, rows[::2]])
    first, kind = alike(rows)
    _, numpys, inverse = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    np.testing.assert_array_equal(first, np.sort(numpys))
    np.testing.assert_array_equal(first[kind], numpys[inverse.reshape(-1)])


def test_rows_whose_hashes_share_a_place_are_told_apart():
    rows = np.arange(20_000).reshape(-1, 1) << 40
    first, kind = alike(rows)
    np.testing.assert_array_equal(first, np.arange(20_000))
    np.testing.assert_array_equal(kind, first)


def test_sums_are_those_of_numpy():
    rng = np.random.default_rng(5)
    group, values = rng.integers(0, 40, 300), rng.normal(size=(300, 2, 4))
    group[:40] = np.arange(40)
    expected = np.zeros((40, 2, 4))
    np.add.at(expected, group, values)
    np.testing.assert_array_equal(summed(values, group, 40), expected)
