"""Choice over worlds and draws, on tables worked out by hand, and against the rules in each draw alone."""

from __future__ import annotations

import numpy as np
import pytest

from longgame.choice.information import (
    information_by_draw,
    information_value,
    value_of_certainty,
)
from longgame.choice.learning import value_of_assumptions
from longgame.choice.rules import robust_choice, satisficing
from longgame.choice.table import RULES, PostureTable
from longgame.choice.turning import curve, turning_beliefs
from longgame.inference.draws import weighted_quantiles
from tests.inference.cube import cube

TRUST, HEDGE, DEFY = range(3)
# two worlds (peace, reset), two draws
VALUES = np.array([[[10, 8], [0, 2]], [[7, 6], [4, 4]], [[2, 2], [6, 3]]], dtype=float)
BELIEF = np.array([0.75, 0.25])
SMALL = PostureTable.of(VALUES, BELIEF)
WORLDS = range(3)


def many(draws=60, seed=0) -> PostureTable:
    rng = np.random.default_rng(seed)
    belief = rng.dirichlet(np.ones(3), draws).T
    belief[0, :10] = 0.0
    return PostureTable.of(rng.normal(size=(3, 3, draws)), belief / belief.sum(axis=0), rng.random(draws) + 0.1)


def single(table: PostureTable, draw: int) -> PostureTable:
    return PostureTable.of(table.values[:, :, draw], table.belief[:, draw], cells=table.cells)


def test_rules_by_hand():
    found = robust_choice(SMALL, threshold=4.0)
    np.testing.assert_allclose(found.expected, [7.0, 5.875, 2.625])  # means of 7.5 and 6.5; 6.25 and 5.5; 3 and 2.25
    np.testing.assert_allclose(found.worst, [0, 4, 2])
    np.testing.assert_allclose(found.regret, [6, 3, 8])
    np.testing.assert_allclose(found.satisficing, [0.75, 1.0, 0.125])
    np.testing.assert_allclose(found.mean_regret, [1.0, 2.125, 5.375])
    assert [found.best(rule) for rule in ("expected", "maximin", "regret", "satisficing")] == [0, 1, 1, 1]
    with pytest.raises(ValueError, match="needs a threshold"):
        robust_choice(SMALL).best("satisficing")
    assert found.shares["expected"].tolist() == [1.0, 0.0, 0.0]
    assert found.shares["regret"].tolist() == [0.5, 0.5, 0.0]  # draw 1: 6, 3, 8; draw 2: 2, 2, 6, and the first wins


def test_draws_count_by_their_weight():
    """Acting is worth 4 in the first draw and -2 in the second: on average it pays, but not if the second is likelier.

    Everything that the weights have a part in, by hand: for waiting, worth 0 in both draws and known for sure.
    """
    act_or_wait = [[[4.0, -2.0]], [[0.0, 0.0]]]
    even, uneven = (PostureTable.of(act_or_wait, [1.0], weights) for weights in ([1, 1], [1, 5]))
    plain, weighed = (robust_choice(table, threshold=0.0) for table in (even, uneven))
    np.testing.assert_allclose((plain.expected, weighed.expected), [[1.0, 0.0], [-1.0, 0.0]])
    assert (plain.best("expected"), weighed.best("expected")) == (0, 1)
    np.testing.assert_allclose((plain.mean_regret, weighed.mean_regret), [[1.0, 2.0], [5 / 3, 2 / 3]])
    np.testing.assert_allclose((plain.satisficing, weighed.satisficing), [[0.5, 1.0], [1 / 6, 1.0]])
    np.testing.assert_allclose((plain.shares["expected"], weighed.shares["expected"]), [[0.5, 0.5], [1 / 6, 5 / 6]])
    np.testing.assert_allclose((value_of_certainty(even), value_of_certainty(uneven)), [1.0, 2 / 3])
    # the worst case and the largest regret look at what can be, however likely
    np.testing.assert_allclose((plain.worst, weighed.worst), [[-2.0, 0.0]] * 2)
    np.testing.assert_allclose((plain.regret, weighed.regret), [[2.0, 4.0]] * 2)


def test_worlds_count_by_the_belief_of_their_own_draw():
    """Acting pays 1 in the first world and costs 1 in the second, which each draw believes in differently."""
    table = PostureTable.of(np.tile([[[1.0], [-1.0]], [[0.0], [0.0]]], 2), [[0.9, 0.2], [0.1, 0.8]], [3, 1])
    np.testing.assert_allclose(table.expected, [[0.8, -0.6], [0.0, 0.0]])
    assert robust_choice(table).expected[0] == pytest.approx(0.75 * 0.8 - 0.25 * 0.6)
    found = information_value(table, range(2))
    np.testing.assert_allclose(found.by_draw, [0.1, 0.2])
    assert found.mean == pytest.approx(0.125)
    # undecided: told the first world act, told the second wait; untold act, since 0.45 is more than nothing
    assert found.undecided == pytest.approx(0.75 * 0.9 + 0.25 * 0.2 - 0.45)


def test_each_draw_alone_is_a_table_of_one_draw():
    table = many()
    found = robust_choice(table)
    for rule in RULES:
        picks = np.zeros(3)
        for draw, weight in enumerate(table.weights):
            alone = single(table, draw)
            assert alone.best(rule)[0] == table.best(rule)[draw]
            assert alone.lead(HEDGE, rule)[0] == pytest.approx(table.lead(HEDGE, rule)[draw], rel=1e-12)
            picks[alone.best(rule)[0]] += weight
        np.testing.assert_allclose(found.shares[rule], picks)


def test_information_is_that_of_each_draw():
    table = many()
    about = ["a", "b", "a"]
    some, perfect = information_value(table, about), information_value(table, WORLDS)
    for draw in range(len(table.weights)):
        assert some.by_draw[draw] == pytest.approx(information_by_draw(single(table, draw), about)[0])
        assert perfect.by_draw[draw] == pytest.approx(information_by_draw(single(table, draw), WORLDS)[0])
    assert some.mean == pytest.approx(some.by_draw @ table.weights)
    assert some.low <= some.mean <= some.high
    assert 0.0 <= some.undecided <= perfect.undecided <= value_of_certainty(table)
    assert value_of_certainty(table) == pytest.approx(robust_choice(table).mean_regret.min())


def test_what_is_known_already_is_worth_nothing():
    knows = PostureTable.of(VALUES, BELIEF, cells=[0, 1])
    assert information_value(knows, range(2)).mean == 0.0
    # told the world, both draws apart: 0.75 * 10 + 0.25 * 6 = 9 and 0.75 * 8 + 0.25 * 4 = 7, against 7.5 and 6.5
    assert information_value(SMALL, range(2)).by_draw.tolist() == [1.5, 0.5]
    # one choice for both draws in each world: peace 9 (trust), reset max(1, 4, 4.5)
    assert information_value(SMALL, range(2)).undecided == pytest.approx(0.75 * 9 + 0.25 * 4.5 - 7.0)


def test_dominance():
    found = robust_choice(PostureTable.of([VALUES[0], VALUES[0] - 1, np.minimum(VALUES[0], 9)], BELIEF))
    assert found.strictly.tolist() == [[False, True, False], [False, False, False], [False, False, False]]
    assert found.weakly.tolist() == [[False, True, True], [False, False, False], [False, True, False]]
    assert found.dominated.tolist() == [False, True, True]
    assert not robust_choice(SMALL).weakly.any()


def test_dominance_counts_only_worlds_that_can_be():
    values = np.array([[[2.0], [0.0]], [[1.0], [5.0]]])
    assert robust_choice(PostureTable.of(values, [1.0, 0.0])).strictly.tolist() == [[False, True], [False, False]]
    assert not robust_choice(PostureTable.of(values, [0.9, 0.1])).weakly.any()


def test_draws_without_a_value_are_left_out():
    table = PostureTable.of(np.concatenate([VALUES, np.full((3, 2, 1), np.nan)], axis=2), BELIEF, [1, 1, 8])
    assert table.answered.tolist() == [True, True, False]
    found = robust_choice(table.only(table.answered), threshold=[4.0, 4.0])
    np.testing.assert_allclose(found.expected, [7.0, 5.875, 2.625])
    np.testing.assert_allclose(found.satisficing, [0.75, 1.0, 0.125])
    assert PostureTable.of(VALUES, BELIEF, [0.0, 1.0]).answered.tolist() == [False, True]
    with pytest.raises(ValueError, match="no draw"):
        table.only(np.zeros(3, dtype=bool))


def test_what_rounding_leaves_is_no_difference():
    """A posture that binds nobody is worth what free play is, whatever the last digits say."""
    table = PostureTable.of([[[2.0, 3.0]], [[2.0 - 1e-12, 3.0 + 1e-12]]], [1.0])
    found = robust_choice(table, threshold=[2.0 + 1e-12, 3.0])
    np.testing.assert_allclose(found.satisficing, 1.0)
    assert not found.weakly.any() and not found.strictly.any()
    np.testing.assert_allclose(found.shares["expected"], [1.0, 0.0])
    slightly = PostureTable.of([[[2.0, 3.0]], [[2.0, 3.0 + 1e-9]]], [1.0])
    assert [robust_choice(slightly).best(rule) for rule in RULES] == [0, 0, 0]


def test_satisficing_falls_with_the_threshold():
    shares = satisficing(many(), np.linspace(-3, 3, 15))
    assert shares.shape == (3, 15) and np.all(np.diff(shares, axis=1) <= 0)
    assert shares[:, 0].min() > 0.95 and shares[:, -1].max() < 0.05


def test_turning_beliefs_are_those_of_each_draw():
    table, condition = many(), np.array([True, False, True])
    for posture in range(3):
        found, ever = turning_beliefs(table, posture, condition)
        for draw in range(len(table.weights)):
            alone, _ = turning_beliefs(single(table, draw), posture, condition)
            assert found[draw] == pytest.approx(alone[0], rel=1e-12)
        assert np.all(found[~ever] == 1.0) and 0 < ever.sum() < len(ever)


def test_the_value_of_an_assumption():
    """Act for x - 1/2, or not for 0: knowing x is worth E[max(x - 1/2, 0)] = 1/8; knowing anything else, nothing."""
    x = cube(1024, 3, 0)
    table = PostureTable.of(np.stack([x[:, 0] - 0.5, np.zeros(1024)])[:, None, :], [1.0])
    found = value_of_assumptions(table, x)
    assert found.value[0] == pytest.approx(0.125, abs=0.003)
    assert found.matters.tolist() == [True, False, False]
    assert value_of_certainty(table) == pytest.approx(0.125, abs=0.001)


def test_an_assumption_can_matter_through_the_weights_alone():
    """The lead is x - 1/2; the evidence says that x and y are high together, or low: so y tells of x."""
    x = cube(1024, 3, 0)
    table = PostureTable.of(
        np.stack([x[:, 0] - 0.5, np.zeros(1024)])[:, None, :], [1.0], 1.0 + 0.9 * np.sign((x[:, :2] - 0.5).prod(axis=1))
    )
    found = value_of_assumptions(table, x)
    # told y > 1/2, as in half of the cases, acting is worth 0.9 / 4; the waves round off the step
    assert found.value[1] == pytest.approx(0.9 / 8, abs=0.02) and found.matters.tolist() == [True, True, False]


def test_no_stranger_is_worth_learning():
    """Of 64 assumptions, one decides which of two postures is the better; the draws are weighed by another one."""
    strangers = 0
    for seed in range(20):
        x = cube(128, 64, seed)
        values = np.stack([x[:, 5] - 0.5, np.zeros(128)])[:, None, :]
        found = value_of_assumptions(PostureTable.of(values, [1.0], 0.2 + x[:, 9]), x)
        assert found.matters[5]
        strangers += int(np.delete(found.matters, 5).any())
    assert strangers <= 1


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
