"""The geometry of bargaining, on tables worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from longgame.queries.deals import DealTable, pareto

ACTORS = ("russia", "america", "ukraine")


def deals(worth, stake=(1.0, 1.0, 1.0), names=None) -> DealTable:
    worth = np.asarray(worth, dtype=float)
    names = names or tuple("abcdefgh"[: len(worth)])
    return DealTable(names, ACTORS[: worth.shape[1]], worth, np.asarray(stake, dtype=float)[: worth.shape[1]])


MENU = deals(
    [
        [0.4, 0.1, -0.3],  # a: the two great powers gain, the third pays
        [0.1, 0.2, 0.1],  # b: all gain
        [-0.1, 0.3, 0.4],  # c: the first would refuse
        [0.1, 0.1, 0.1],  # d: all gain, but less than in b
        [0.0, 0.0, 0.0],  # e: nothing
        [-0.2, -0.1, -0.1],  # f: worse for all than nothing
    ]
)


def test_who_gains_who_loses_and_who_does_not_care():
    assert MENU.sign.tolist() == [[1, 1, -1], [1, 1, 1], [-1, 1, 1], [1, 1, 1], [0, 0, 0], [-1, -1, -1]]
    assert [MENU.effect(deal, 2) for deal in (0, 1, 4)] == ["loses", "gains", "indifferent"]


def test_what_is_below_the_solvers_tolerance_is_no_gain_and_no_loss():
    table = deals([[-1e-13, 1e-13, 0.1], [-2e-9, 2e-9, 0.0]])
    assert table.sign.tolist() == [[0, 0, 1], [-1, 1, 0]]
    assert deals([[-1e-8, 1e-8, 0.1]], stake=(100.0, 100.0, 1.0)).sign.tolist() == [[0, 0, 1]]  # of a stake


def test_zone_of_possible_agreement():
    assert MENU.zone(["russia", "america"]).tolist() == [True, True, False, True, False, False]
    assert MENU.zone(["russia", "america", "ukraine"]).tolist() == [False, True, False, True, False, False]
    lukewarm = deals([[0.0, 0.1, -0.1]])
    assert lukewarm.zone(["russia", "america"]).tolist() == [True], "who does not care does not refuse"


def test_pareto_frontier_counts_no_deal_as_an_alternative():
    assert MENU.pareto.tolist() == [True, True, True, False, False, False]
    assert deals([[-0.1, -0.1, -0.1]]).pareto.tolist() == [False]


def test_pareto_against_the_definition():
    rng = np.random.default_rng(1)
    gains = rng.integers(-3, 4, size=(40, 3)).astype(float)
    rows = [*gains.tolist(), [0.0, 0.0, 0.0]]
    for row, efficient in zip(gains.tolist(), pareto(gains), strict=True):
        dominated = any(all(x >= y for x, y in zip(r, row, strict=True)) and r != row for r in rows)
        assert efficient == (not dominated)


def test_share_that_harms():
    assert MENU.share_that_harms(["russia", "america"], ["ukraine"]) == pytest.approx(1 / 3)
    tied = deals([[0.1, 0.0, -0.1], [0.1, 0.1, 0.1], [0.1, 0.1, 0.0]])
    assert tied.share_that_harms(["russia"], ["ukraine"]) == pytest.approx(1 / 3), "a tie is no harm"
    assert tied.share_that_harms(["russia", "america"], ["ukraine"]) == 0.0, "and is not accepted"
    assert MENU.share_that_harms(["russia", "america", "ukraine"], ["ukraine"]) == 0.0
    one_alone = deals([[0.1, -0.1, -0.1], [0.1, 0.1, -0.1]])
    assert one_alone.share_that_harms(["russia"], ["america", "ukraine"]) == 0.5, "both must lose"
    nobody = deals([[-1, -1, -1]]).share_that_harms(["russia"], ["ukraine"])
    assert np.isnan(nobody), "a share of nothing is no number"


#  Two parties, four deals, where the four solutions part.
FRONTIER = deals([[0.1, 0.8], [0.3, 0.5], [0.38, 0.38], [0.9, 0.05]], names=("far", "nash", "even", "near"))


def test_the_four_solutions_by_hand():
    # products 0.08, 0.15, 0.1444, 0.045; sums 0.9, 0.8, 0.76, 0.95; smallest 0.1, 0.3, 0.38, 0.05;
    # ideals 0.9 and 0.8: relative gains (.111, 1), (.333, .625), (.422, .475), (1, .0625)
    point = FRONTIER.agreement(["russia", "america"])
    assert point.zone == ("far", "nash", "even", "near")
    assert (point.nash, point.kalai_smorodinsky) == ("nash", "even")
    assert (point.egalitarian, point.utilitarian) == ("even", "near")


def test_nash_and_kalai_smorodinsky_do_not_depend_on_units():
    rng = np.random.default_rng(5)
    for _ in range(50):
        worth = rng.uniform(0.01, 1.0, size=(5, 2))
        plain = deals(worth).agreement(["russia", "america"])
        scaled = deals(worth * [100.0, 0.3]).agreement(["russia", "america"])
        assert (plain.nash, plain.kalai_smorodinsky) == (scaled.nash, scaled.kalai_smorodinsky)


def test_egalitarian_and_utilitarian_compare_shares_of_stakes():
    # in money the second deal is fairer and larger; as shares of stakes of 100 and 1 the first is both
    table = deals([[10.0, 0.5], [5.0, 0.04]], stake=(100.0, 1.0))
    point = table.agreement(["russia", "america"])
    assert point.egalitarian == point.utilitarian == "a"


def test_every_solution_is_efficient_in_the_zone():
    rng = np.random.default_rng(11)
    for _ in range(100):
        table = deals(rng.uniform(-0.3, 1.0, size=(8, 3)))
        point = table.agreement(ACTORS)
        if not point.zone:
            assert point.nash is None
            continue
        rows = [table.deals.index(name) for name in point.zone]
        for name in (point.nash, point.kalai_smorodinsky, point.egalitarian, point.utilitarian):
            chosen = table.worth[table.deals.index(name)]
            assert not any((table.worth[row] > chosen + 1e-9).all() for row in rows)


def test_a_tie_is_broken_by_the_next_smallest_gain():
    point = deals([[0.2, 0.2, 0.3], [0.2, 0.2, 0.5]]).agreement(ACTORS)
    assert point.egalitarian == point.kalai_smorodinsky == "b"


def test_a_zone_in_which_one_party_gains_nothing():
    point = deals([[0.0, 0.0], [0.0, 0.5]]).agreement(["russia", "america"])
    assert (point.nash, point.kalai_smorodinsky, point.egalitarian) == ("b", "b", "b")


def test_no_zone_no_agreement():
    point = deals([[0.5, -0.1], [-0.1, 0.5]]).agreement(["russia", "america"])
    assert point.zone == ()
    assert point.nash is point.kalai_smorodinsky is point.egalitarian is point.utilitarian is None


def test_nothing_at_stake_is_a_share_of_zero():
    table = deals([[-5.0, 1.0]], stake=(0.0, 2.0))
    assert table.share.tolist() == [[0.0, 0.5]]
    assert table.sign.tolist() == [[-1, 1]]  # but a loss is a loss


def test_shapes_are_checked():
    with pytest.raises(ValueError, match="deals, actors"):
        DealTable(("a",), ACTORS, np.zeros((2, 3)), np.ones(3))
