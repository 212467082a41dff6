"""Sensitivity indices against closed forms and against the numbers of SALib."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pytest

from longgame.inference.indices import _counts, _pawn, _Power, indices
from tests.inference.cube import cube


def ishigami(u: np.ndarray) -> np.ndarray:
    """Ishigami and Homma (1990) with a = 7, b = 0.1, on the unit cube; a fourth input does nothing."""
    x = (2.0 * u - 1.0) * np.pi
    return np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def ishigami_first() -> list[float]:
    a, b = 7.0, 0.1
    parts = [(1 + b * np.pi**4 / 5) ** 2 / 2, a**2 / 8, 0.0, 0.0]
    total = a**2 / 8 + b * np.pi**4 / 5 + b**2 * np.pi**8 / 18 + 0.5
    return [part / total for part in parts]


G = np.array([0.0, 1.0, 4.5, 9.0, 99.0])


def sobol_g(u: np.ndarray) -> np.ndarray:
    """Saltelli and Sobol (1995)."""
    return np.prod((np.abs(4.0 * u - 2.0) + G) / (1.0 + G), axis=1)


def sobol_g_first() -> np.ndarray:
    parts = 1.0 / (3.0 * (1.0 + G) ** 2)
    return parts / (np.prod(1.0 + parts) - 1.0)


@pytest.mark.parametrize(
    ("function", "inputs", "expected"), [(ishigami, 4, ishigami_first()), (sobol_g, 5, sobol_g_first())]
)
def test_first_order_is_the_known_one(function, inputs, expected):
    u = cube(2048, inputs, 0)
    found = indices(u, function(u), resamples=40)
    np.testing.assert_allclose(found.first[0], expected, atol=0.03)
    assert np.all(found.first_low[0] < np.array(expected) + 0.015)
    assert np.all(found.first_high[0] > np.array(expected) - 0.015)
    assert np.all((found.first_low < found.first) & (found.first < found.first_high))
    assert found.rank[0, 0] == (2 if function is ishigami else 1)


def test_pawn_sees_what_works_only_through_others():
    u = cube(2048, 4, 1)
    found = indices(u, ishigami(u), resamples=20)
    assert found.first[0, 2] < 0.02  # the third input matters only with the first
    assert found.matters[0].tolist() == [True, True, True, False]
    assert found.pawn_low[0, 2] > found.pawn_high[0, 3]


SALIB = json.loads((Path(__file__).parent / "data" / "salib.json").read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", SALIB, ids=lambda case: "-".join(str(case[key]) for key in list(case)[:5]))
def test_indices_are_those_of_salib(case):
    function, inputs = {"ishigami": (ishigami, 4), "sobol_g": (sobol_g, 5)}[case["function"]]
    u = np.random.default_rng(case["seed"]).random((case["draws"], inputs))
    y = function(u)
    y = y if case["output"] == "value" else (y > np.median(y) * 1.2).astype(float)
    orders = np.argsort(u, axis=0).T
    if "first" in case:
        power = _Power(y[None], case["harmonics"])
        np.testing.assert_allclose([power.first_order(order)[0] for order in orders], case["first"], atol=1e-10)
    else:
        # SALib leaves out the draw at the upper end of the last slice: one in a hundred of it, or in thirty
        found = [_pawn(*_counts(y[None]), order, case["slices"])[0] for order in orders]
        np.testing.assert_allclose(found, case["pawn"], atol=2.0 / case["draws"])


def test_as_many_harmonics_and_slices_as_the_draws_bear():
    u = cube(1000, 4, 2)
    y = ishigami(u)
    found = indices(u, y, resamples=0)
    orders = np.argsort(u, axis=0, kind="stable").T
    np.testing.assert_allclose(found.first[0], [_Power(y[None], 10).first_order(order)[0] for order in orders])
    np.testing.assert_allclose(found.pawn[0], [_pawn(*_counts(y[None]), order, 10)[0] for order in orders])


def test_the_distance_by_hand():
    # 1 2 3 4 in the lower slice, 5 6 7 8 in the upper: each is half a distribution away from the whole
    y = np.arange(8.0)[None]
    assert _pawn(*_counts(y), np.arange(8), 2).tolist() == [0.5]
    tied = np.array([[0.0, 0, 0, 1, 0, 1, 1, 1]])  # 3 of 4 zeros against 4 of 8, 1 of 4 against 4 of 8
    assert _pawn(*_counts(tied), np.arange(8), 2).tolist() == [0.25]


def test_intervals_hold_the_truth_as_often_as_they_say():
    """First order of y = 2 a + b + noise over thirty samples; 95 % intervals."""
    expected = np.array([4.0, 1.0]) / 12.0
    expected = expected / (expected.sum() + 0.25**2)
    held = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        u = rng.random((300, 2))
        found = indices(u, 2 * u[:, 0] + u[:, 1] + rng.normal(scale=0.25, size=300), resamples=40, seed=seed)
        held.append((found.first_low[0] <= expected) & (expected <= found.first_high[0]))
    assert np.mean(held) > 0.85


def test_direction_and_rank():
    u = cube(256, 3, 3)
    found = indices(u, 3 * u[:, 0] - u[:, 1], resamples=20)
    assert found.direction[0, 0] > 0.8 and found.direction[0, 1] < -0.2 and abs(found.direction[0, 2]) < 0.2
    assert found.rank.tolist() == [[1, 2, 3]]
    assert np.all((found.rank_low <= found.rank) & (found.rank <= found.rank_high))


def test_a_draw_without_an_answer_is_left_out_and_counted():
    u = cube(256, 3, 0)
    y = np.stack([u[:, 0], u[:, 0] + u[:, 1]])
    y[0, ::5] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = indices(u, y, resamples=10)
    without = indices(np.delete(u, np.s_[::5], axis=0), np.delete(y[0], np.s_[::5]), resamples=10)
    assert found.dropped.tolist() == [52, 0] and found.draws.tolist() == [204, 256]
    np.testing.assert_array_equal(found.first[0], without.first[0])
    np.testing.assert_array_equal(found.pawn_high[0], without.pawn_high[0])
    assert np.isfinite(found.first).all()


def test_what_never_varies_gets_zeros():
    u = cube(128, 3, 0)
    u[:, 2] = 0.5
    few = np.where(np.arange(128) < 30, u[:, 0], np.nan)
    found = indices(u, [np.ones(128), np.full(128, np.nan), few, u[:, 0]], resamples=10)
    for table in (found.first, found.pawn, found.pawn_high, found.direction, found.rank):
        assert not table[:3].any() and table[3, 2] == 0
    assert [note.split(":")[0] for note in found.notes] == [
        "The same in every draw",
        "No draw has an answer.",
        "Only 30 draws have an answer",
        "",
    ]
    assert found.first[3, 0] > 0.9


def test_what_an_output_cannot_depend_on_gets_zeros():
    u = cube(128, 3, 0)
    possible = np.array([[True, False, True], [True, True, True]])
    found = indices(u, [u[:, 1], u[:, 1]], resamples=10, possible=possible)
    assert found.pawn[0, 1] == found.first[0, 1] == found.direction[0, 1] == 0.0 and found.rank[0, 1] == 3
    assert not found.matters[0].any() and found.matters[1].tolist() == [False, True, False]


def test_same_seed_same_numbers():
    u = cube(128, 2, 0)
    one, two = (indices(u, u[:, 0], resamples=10, seed=4) for _ in range(2))
    np.testing.assert_array_equal(one.first_low, two.first_low)
    assert not np.array_equal(one.first_low, indices(u, u[:, 0], resamples=10, seed=5).first_low)


def test_shapes_must_fit():
    with pytest.raises(ValueError, match="one column for each of the 8 draws"):
        indices(np.zeros((8, 2)), np.zeros((3, 7)))
