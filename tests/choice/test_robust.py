"""Robust choice on tables worked out by hand, and against the rules for a single draw."""

from __future__ import annotations

import numpy as np
import pytest

from longgame.choice.information import (
    information_value,
    perfect_information,
    value_of_assumptions,
    value_of_certainty,
)
from longgame.choice.postures import PostureTable
from longgame.choice.robust import Outlook, robust_choice, satisficing
from longgame.choice.turning import curve, turning_beliefs
from longgame.inference.weights import weighted_quantiles
from tests.inference.cube import cube

POSTURES = ("trust", "hedge", "defy")
# two worlds (peace, reset), two draws
VALUES = np.array([[[10, 8], [0, 2]], [[7, 6], [4, 4]], [[2, 2], [6, 3]]], dtype=float)
BELIEF = np.array([0.75, 0.25])


def small(**options) -> Outlook:
    return Outlook.of(POSTURES, VALUES, BELIEF, **options)


def many(draws=60, seed=0) -> Outlook:
    rng = np.random.default_rng(seed)
    belief = rng.dirichlet(np.ones(3), draws).T
    belief[0, :10] = 0.0
    return Outlook.of(POSTURES, rng.normal(size=(3, 3, draws)), belief / belief.sum(axis=0), rng.random(draws) + 0.1)


def test_rules_by_hand():
    found = robust_choice(small(), threshold=4.0)
    np.testing.assert_allclose(found.expected, [7.0, 5.875, 2.625])  # means of 7.5 and 6.5; 6.25 and 5.5; 3 and 2.25
    np.testing.assert_allclose(found.worst, [0, 4, 2])
    np.testing.assert_allclose(found.regret, [6, 3, 8])
    np.testing.assert_allclose(found.satisficing, [0.75, 1.0, 0.125])
    np.testing.assert_allclose(found.mean_regret, [1.0, 2.125, 5.375])
    assert [found.best(rule) for rule in ("expected", "maximin", "regret", "satisficing")] == [
        "trust", "hedge", "hedge", "hedge",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="needs a threshold"):
        robust_choice(small()).best("satisficing")
    assert found.shares["expected"].tolist() == [1.0, 0.0, 0.0]
    assert found.shares["regret"].tolist() == [0.5, 0.5, 0.0]  # draw 1: 6, 3, 8; draw 2: 2, 2, 6, and the first wins
    assert (found.draws, found.dropped) == (2, 0)


def test_each_draw_alone_is_a_posture_table():
    outlook = many()
    found = robust_choice(outlook)
    for rule in ("expected", "maximin", "regret"):
        picks = np.zeros(3)
        for d, weight in enumerate(outlook.weights):
            table = PostureTable(
                "x", POSTURES, ("u", "v", "w"), outlook.values[:, :, d], outlook.belief[:, d], np.zeros(3)
            )
            picks[POSTURES.index(table.best(rule))] += weight
        np.testing.assert_allclose(found.shares[rule], picks)


def test_information_is_that_of_each_draw():
    outlook = many()
    about = ["a", "b", "a"]
    single, perfect = information_value(outlook, about), perfect_information(outlook)
    for d in range(len(outlook.weights)):
        table = PostureTable("x", POSTURES, ("u", "v", "w"), outlook.values[:, :, d], outlook.belief[:, d], np.zeros(3))
        assert single.by_draw[d] == pytest.approx(table.information_value(about))
        assert perfect.by_draw[d] == pytest.approx(table.perfect_information())
    assert single.mean == pytest.approx(single.by_draw @ outlook.weights)
    assert single.low <= single.mean <= single.high
    assert 0.0 <= single.undecided <= perfect.undecided <= value_of_certainty(outlook)
    assert value_of_certainty(outlook) == pytest.approx(robust_choice(outlook).mean_regret.min())


def test_what_is_known_already_is_worth_nothing():
    knows = Outlook.of(POSTURES, VALUES, BELIEF, cells=[0, 1])
    assert perfect_information(knows).mean == 0.0
    # told the world, both draws apart: 0.75 * 10 + 0.25 * 6 = 9 and 0.75 * 8 + 0.25 * 4 = 7, against 7.5 and 6.5
    assert perfect_information(small()).by_draw.tolist() == [1.5, 0.5]
    # one choice for both draws in each world: peace 9 (trust), reset max(1, 4, 4.5)
    assert perfect_information(small()).undecided == pytest.approx(0.75 * 9 + 0.25 * 4.5 - 7.0)


def test_dominance():
    better = Outlook.of(("a", "b", "c"), [VALUES[0], VALUES[0] - 1, np.minimum(VALUES[0], 9)], BELIEF)
    found = robust_choice(better)
    assert found.strictly.tolist() == [[False, True, False], [False, False, False], [False, False, False]]
    assert found.weakly.tolist() == [[False, True, True], [False, False, False], [False, True, False]]
    assert found.undominated == ("a",)
    assert not robust_choice(small()).weakly.any()


def test_a_world_that_is_ruled_out_counts_in_no_rule():
    values = VALUES.copy()
    values[0, 1] = np.nan
    found = robust_choice(Outlook.of(POSTURES, values, [1.0, 0.0]))
    assert {found.best(rule) for rule in ("expected", "maximin", "regret")} == {"trust"}
    assert found.undominated == ("trust",) and found.worst[0] == 8.0 and found.dropped == 0


def test_draws_without_a_value_are_left_out_and_counted():
    values = np.concatenate([VALUES, np.full((3, 2, 1), np.nan)], axis=2)
    found = robust_choice(Outlook.of(POSTURES, values, BELIEF, [1, 1, 8]), threshold=[4.0, 4.0, 0.0])
    np.testing.assert_allclose(found.expected, [7.0, 5.875, 2.625])
    np.testing.assert_allclose(found.satisficing, [0.75, 1.0, 0.125])
    assert (found.draws, found.dropped) == (2, 1)
    with pytest.raises(ValueError, match="no draw has a value"):
        Outlook.of(POSTURES, np.full((3, 2, 1), np.nan), BELIEF)
    with pytest.raises(ValueError, match="3 postures"):
        Outlook.of(POSTURES, VALUES[:2], BELIEF)


def test_what_rounding_leaves_is_no_difference():
    """A posture that binds nobody is worth what free play is, whatever the last digits say."""
    outlook = Outlook.of(["free", "bound"], [[[2.0, 3.0]], [[2.0 - 1e-12, 3.0 + 1e-12]]], [1.0])
    found = robust_choice(outlook, threshold=[2.0 + 1e-12, 3.0])
    np.testing.assert_allclose(found.satisficing, 1.0)
    assert not found.weakly.any() and not found.strictly.any()
    np.testing.assert_allclose(found.shares["expected"], [1.0, 0.0])


def test_satisficing_falls_with_the_threshold():
    shares = satisficing(many(), np.linspace(-3, 3, 15))
    assert shares.shape == (3, 15) and np.all(np.diff(shares, axis=1) <= 0)
    assert shares[:, 0].min() > 0.95 and shares[:, -1].max() < 0.05


def test_turning_beliefs_are_those_of_each_draw():
    outlook = many()
    condition = np.array([True, False, True])
    for posture in POSTURES:
        found, ever = turning_beliefs(outlook, posture, condition)
        for d in range(len(outlook.weights)):
            values, belief = outlook.values[:, :, d], outlook.belief[:, d]
            table = PostureTable("x", POSTURES, ("u", "v", "w"), values, belief, np.zeros(3))
            assert found[d] == pytest.approx(table.turning_belief(posture, condition))
        assert np.all(found[~ever] == 1.0) and 0 < ever.sum() < len(ever)


def test_the_value_of_an_assumption():
    """Act for x - 1/2, or not for 0: knowing x is worth E[max(x - 1/2, 0)] = 1/8; knowing anything else, nothing."""
    x = cube(1024, 3, 0)
    values = np.stack([x[:, 0] - 0.5, np.zeros(1024)])[:, None, :]
    outlook = Outlook.of(("act", "wait"), values, [1.0])
    found = value_of_assumptions(outlook, x)
    assert found.value[0] == pytest.approx(0.125, abs=0.003)
    assert found.matters.tolist() == [True, False, False]
    assert value_of_certainty(outlook) == pytest.approx(0.125, abs=0.001)


def test_a_curve_over_an_assumption():
    x = cube(1000, 1, 0)[:, 0]
    found = curve(x, np.where(x > 0.95, np.nan, 2 * x), bins=5)
    np.testing.assert_allclose(found.at, [0.095, 0.285, 0.475, 0.665, 0.855], atol=0.01)
    np.testing.assert_allclose(found.middle, 2 * found.at, atol=0.01)
    np.testing.assert_allclose(found.high - found.low, 0.9 * 0.38, atol=0.03)
    assert found.draws.sum() == (x <= 0.95).sum()
    assert curve([], []).at.size == 0


def test_weighted_quantiles():
    assert weighted_quantiles(np.array([3.0, 1.0, 2.0]), np.array([0.2, 0.5, 0.3]), [0.0, 0.5, 0.51, 0.8, 1.0]) == [
        1.0, 1.0, 2.0, 2.0, 3.0,
    ]  # fmt: skip
