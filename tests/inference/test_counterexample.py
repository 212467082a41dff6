"""The nearest counterexample where geometry says what it is."""

from __future__ import annotations

import math

import numpy as np
import pytest

from longgame.inference.counterexample import counterexamples
from longgame.inference.geometry import local_slope, nearest_on_plane, slope_of
from tests.inference.cube import cube


def search(margin, base, draws=256, **options):
    points = cube(draws, len(base), 0)
    return counterexamples(margin, np.asarray(base, dtype=float), points, [margin(u) for u in points], **options)


def test_a_plane():
    slope = np.array([3.0, -4.0, 0.0, 0.0])
    found = search(lambda u: 1.0 + slope @ (u - 0.5), np.full(4, 0.5))
    # the nearest point of the plane: 1 / |slope| away, against the slope
    assert found.nearest.distance == pytest.approx(0.2, abs=0.003)
    np.testing.assert_allclose(found.nearest.point, [0.38, 0.66, 0.5, 0.5], atol=0.01)
    # alone, the second assumption is enough at 1 / 4, the first at 1 / 3
    assert found.sparsest.changed == (1,)
    assert found.sparsest.point[1] == pytest.approx(0.75, abs=0.003)
    assert found.base_margin == 1.0 and found.evaluations <= 80


def test_the_point_was_evaluated_and_has_turned():
    seen = {}

    def margin(u):
        seen[u.tobytes()] = value = 0.3 - (u[0] - 0.2) * (u[1] + 0.5)
        return value

    found = search(margin, [0.2, 0.2, 0.5])
    for example in (found.nearest, found.sparsest):
        assert seen[example.point.tobytes()] == example.margin < 0.0
        np.testing.assert_array_equal(example.change, example.point - [0.2, 0.2, 0.5])


@pytest.mark.parametrize("given", [False, True])
def test_a_sphere_in_many_dimensions(given):
    """It fails outside a ball that is not centred on the base: the nearest point lies straight away from its centre."""
    centre, base = np.full(20, 0.5), np.full(20, 0.5)
    base[:2] = 0.6, 0.5

    def margin(u):
        return 0.4**2 - ((u - centre) ** 2).sum()

    found = search(margin, base, 1000, gradient=(lambda u: -2.0 * (u - centre)) if given else None)
    assert found.nearest.distance == pytest.approx(0.3, abs=0.003 if given else 0.06)
    nearest_draw = np.linalg.norm(cube(1000, 20, 0) - base, axis=1).min()
    assert found.nearest.distance < 0.5 * nearest_draw
    if given:  # without a slope at the base, twenty directions are too many to be told apart by a thousand draws
        assert found.nearest.changed[0] == 0
        assert found.sparsest.changed == (0,) and found.sparsest.distance == pytest.approx(0.3, abs=0.003)


def test_a_corner_needs_both_and_no_more():
    """It fails when a < 0.3 and b > 0.7: a corner, where no plane leads."""
    found = search(lambda u: max(u[0] - 0.3, 0.7 - u[1]), np.full(6, 0.5), 500)
    assert set(found.sparsest.changed) == {0, 1}
    np.testing.assert_allclose(found.sparsest.point[:2], [0.3, 0.7], atol=0.005)
    assert found.nearest.distance == pytest.approx(0.2 * math.sqrt(2), abs=0.02)


def test_a_claim_that_fails_at_the_base_is_turned_to_hold():
    found = search(lambda u: u[0] + u[1] - 1.4, np.array([0.5, 0.5]))
    assert found.base_margin == pytest.approx(-0.4)
    assert found.nearest.margin > 0.0
    np.testing.assert_allclose(found.nearest.point, [0.7, 0.7], atol=0.01)


def test_a_far_corner_that_no_draw_reaches():
    found = search(lambda u: 5.85 - u.sum(), np.full(6, 0.5), 64)
    assert (cube(64, 6, 0).sum(axis=1) < 5.85).all()
    assert found.nearest.distance == pytest.approx(0.475 * math.sqrt(6), abs=0.01)


def test_what_cannot_be_turned():
    found = search(lambda u: 1.0 + u[0], np.array([0.5, 0.5]), 32)
    assert found.nearest is None and found.sparsest is None
    assert found.note == "No draw turns the claim, and no change within the ranges was found that does."


def test_points_without_an_answer_are_stepped_around():
    def margin(u):
        return math.nan if u[1] > 0.8 else 0.75 - u[0]

    found = search(margin, np.array([0.5, 0.5]))
    assert found.nearest.distance == pytest.approx(0.25, abs=0.003)
    nothing = counterexamples(margin, np.array([0.5, 0.9]), np.zeros((0, 2)), [])
    assert nothing.nearest is None and "no answer at the base" in nothing.note


def test_a_margin_that_only_says_which_side():
    """A step has no slope: bisection and undoing must do."""
    found = search(lambda u: 1.0 if u[0] < 0.8 else -1.0, np.full(3, 0.5), 512)
    assert found.sparsest.changed == (0,)
    assert found.nearest.distance == pytest.approx(0.3, abs=0.01)


def test_evaluations_are_bounded_and_counted():
    calls = []

    def margin(u):
        calls.append(1)
        return 0.2 - (u[0] - 0.5) ** 2 - (u[1] - 0.5) ** 2

    points = cube(64, 2, 0)
    known = [0.2 - ((u - 0.5) ** 2).sum() for u in points]
    found = counterexamples(margin, np.full(2, 0.4), points, known, base_margin=0.18, most_evaluations=10)
    assert len(calls) == found.evaluations <= 10
    assert found.nearest is not None and "may exist" in found.note


def test_the_sentence():
    found = search(lambda u: 0.8 - u[1], np.array([0.5, 0.5]))
    after = np.array([0.0, 1.0]) + found.nearest.point * np.array([0.2, 4.0])
    words = found.nearest.sentence(["aid_effect", "reset_prize"], np.array([0.1, 3.0]), after)
    assert words.startswith("reset_prize from 3 to 4.2")
    tilted = search(lambda u: 0.8 - u @ [0.1, 0.9, 0.3], np.full(3, 0.5)).nearest
    words = tilted.sentence(["a", "b", "c"], np.full(3, 0.5), tilted.point, most=1)
    assert words.startswith("b from 0.5 to 0.") and words.endswith(f", and {len(tilted.changed) - 1} smaller changes")


def test_slopes():
    points = cube(200, 3, 0)
    np.testing.assert_allclose(slope_of(points, points @ [1.0, -2.0, 0.0] + 5), [1, -2, 0], atol=0.01)
    at = np.array([0.8, 0.5, 0.5])
    slope = local_slope(points, points[:, 0] ** 2, at, 0.64, np.array([1.0, 0.0, 0.0]))
    assert slope[0] == pytest.approx(1.6, abs=0.2)  # at 0.8, not the 1 of the whole
    np.testing.assert_allclose(slope[1:], 0.0, atol=0.1)


def test_projection_onto_plane_and_box():
    everything = np.ones(2, dtype=bool)
    base, slope = np.array([0.5, 0.5]), np.array([1.0, 1.0])
    np.testing.assert_allclose(nearest_on_plane(base, slope, np.array([0.9, 0.3]), everything), [0.6, 0.6])
    np.testing.assert_allclose(nearest_on_plane(base, slope, np.array([0.1, 0.3]), everything), [0.2, 0.2])
    # the first assumption ends at its limit, and the second goes the rest of the way
    near_limit = np.array([0.9, 0.1])
    np.testing.assert_allclose(nearest_on_plane(near_limit, slope, np.array([1.0, 0.6]), everything), [1.0, 0.6])
    only = nearest_on_plane(base, slope, np.array([0.6, 0.6]), np.array([True, False]))
    np.testing.assert_allclose(only, [0.7, 0.5])
    assert nearest_on_plane(base, slope, np.array([1.5, 1.5]), everything) is None
    assert nearest_on_plane(base, np.zeros(2), base, everything) is None
