"""The rules of choice under uncertainty in a single draw, on tables worked out by hand."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from longgame.choice.information import information_by_draw
from longgame.choice.table import PostureTable
from longgame.choice.turning import best_if_sure, conditional, turning_beliefs

TRUST, HEDGE, DEFY = range(3)
# Trust is best in peace, defy is best in a reset, hedge is never best but never bad.
#           peace, skilled  peace, unskilled  reset
VALUES = [[10.0, 8.0, 0.0], [7.0, 6.0, 4.0], [2.0, 3.0, 6.0]]
CLASSIC = PostureTable.of(VALUES, [0.25, 0.25, 0.5])
WORLDS = range(3)


def test_scores_by_hand():
    np.testing.assert_allclose(CLASSIC.expected[:, 0], [4.5, 5.25, 4.25])
    np.testing.assert_allclose(CLASSIC.worst[:, 0], [0.0, 4.0, 2.0])
    np.testing.assert_allclose(CLASSIC.regret[:, :, 0], [[0, 0, 6], [3, 2, 2], [8, 5, 0]])
    np.testing.assert_allclose(CLASSIC.worst_regret[:, 0], [6.0, 3.0, 8.0])


@pytest.mark.parametrize(("rule", "lead"), [("expected", 0.75), ("maximin", 2.0), ("regret", 3.0)])
def test_best_and_lead(rule, lead):
    assert CLASSIC.best(rule).tolist() == [HEDGE]
    assert CLASSIC.lead(HEDGE, rule)[0] == pytest.approx(lead)
    assert all(CLASSIC.lead(posture, rule)[0] < 0 for posture in (TRUST, DEFY))


def test_a_world_that_is_ruled_out_counts_in_no_rule():
    for reset in (0.0, np.nan):
        certain = PostureTable.of([[10, 8, reset], [7, 6, 4], [2, 3, 6]], [0.5, 0.5, 0.0])
        assert {int(certain.best(rule)[0]) for rule in ("expected", "maximin", "regret")} == {TRUST}
        np.testing.assert_allclose(certain.worst[:, 0], [8.0, 6.0, 2.0])
        assert certain.answered.all()


@pytest.mark.parametrize("rule", ["expected", "maximin", "regret"])
def test_where_a_value_is_missing_nothing_is_chosen(rule):
    gap = PostureTable.of([[10, np.nan, 0.0], [7, 6, 4], [2, 3, 6]], [0.25, 0.25, 0.5])
    assert gap.best(rule).tolist() == [-1] and np.isnan(gap.lead(HEDGE, rule)).all() and not gap.answered.any()
    assert np.isnan(turning_beliefs(gap, HEDGE, RESET)[0]).all()


def test_of_postures_that_differ_by_rounding_the_first_is_chosen():
    equal = PostureTable.of([[1.0, 3.0], [1.0 + 1e-12, 3.0]], [0.5, 0.5])
    assert [equal.best(rule).tolist() for rule in ("expected", "maximin", "regret")] == [[0]] * 3
    better = PostureTable.of([[1.0, 3.0], [1.0 + 1e-5, 3.0]], [0.5, 0.5])
    assert [better.best(rule).tolist() for rule in ("expected", "maximin", "regret")] == [[1]] * 3


def test_perfect_information_by_hand():
    # told the truth: 0.25 * 10 + 0.25 * 8 + 0.5 * 6 = 7.5; untold: 5.25
    assert information_by_draw(CLASSIC, WORLDS)[0] == pytest.approx(2.25)


def test_information_about_one_variable_by_hand():
    # told the aim: max of trust (9), hedge (6.5), defy (2.5) on peace, 6 on reset: 0.5 * 9 + 0.5 * 6 = 7.5
    assert information_by_draw(CLASSIC, ["peace", "peace", "reset"])[0] == pytest.approx(2.25)
    # told only the skill (a reset is skilled): skilled 0.75: trust 2.5, hedge 3.75, defy 3.5; unskilled 0.25: trust 2.0
    assert information_by_draw(CLASSIC, ["yes", "no", "yes"])[0] == pytest.approx(0.5)


def test_what_is_known_already_is_worth_nothing():
    knows_aim = PostureTable.of(VALUES, [0.25, 0.25, 0.5], cells=[0, 0, 1])
    assert information_by_draw(knows_aim, ["peace", "peace", "reset"]).tolist() == [0.0]
    assert information_by_draw(knows_aim, WORLDS)[0] == pytest.approx(0.0)


def test_what_is_learned_adds_to_what_is_known():
    # within the first cell (3 by hedging) the truth brings 0.25 * 10 + 0.25 * 6; in the second nothing is left to learn
    knows = PostureTable.of([[10, 0, 0], [6, 6, 4], [2, 3, 6]], [0.25, 0.25, 0.5], cells=[0, 0, 1])
    assert information_by_draw(knows, ["yes", "no", "yes"])[0] == pytest.approx(1.0)


def test_information_is_never_harmful_and_perfect_information_is_the_most():
    rng = np.random.default_rng(7)
    random = PostureTable.of(rng.normal(size=(3, 3, 50)), rng.dirichlet(np.ones(3), 50).T)
    some, all_of_it = information_by_draw(random, ["a", "a", "b"]), information_by_draw(random, WORLDS)
    assert np.all(some >= 0.0) and np.all(some <= all_of_it + 1e-12) and some.max() > 0.1


def test_one_posture_leads_nothing():
    single = PostureTable.of([[1.0, 2.0, 3.0]], [1 / 3] * 3)
    assert np.isnan(single.lead(0)).all() and information_by_draw(single, WORLDS).tolist() == [0.0]


RESET = np.array([False, False, True])


def turning(table: PostureTable, posture: int) -> float:
    return float(turning_beliefs(table, posture, RESET)[0][0])


def test_turning_belief_by_hand():
    # at belief q in reset, peace worlds at even odds: trust 9(1-q), hedge 6.5(1-q)+4q, defy 2.5(1-q)+6q
    assert turning(CLASSIC, TRUST) == 0.0
    assert turning(CLASSIC, HEDGE) == pytest.approx(2.5 / 6.5)
    assert turning(CLASSIC, DEFY) == pytest.approx(4 / 6)


def test_turning_belief_keeps_the_odds_inside_the_condition():
    skewed = PostureTable.of(VALUES, [0.5, 0.0, 0.5])
    # peace now means skilled: trust 10(1-q), hedge 7(1-q)+4q
    assert turning(skewed, HEDGE) == pytest.approx(3 / 7)


def test_a_condition_that_is_ruled_out_can_be_believed_again():
    # of reset nothing is believed now, and what it would bring still counts
    assert turning(PostureTable.of(VALUES, [0.5, 0.5, 0.0]), HEDGE) == pytest.approx(2.5 / 6.5)


def test_a_dominated_posture_never_becomes_best():
    dominated = PostureTable.of([[2, 2, 2], [1, 1, 1]], [1 / 3] * 3)
    assert turning(dominated, 1) == 1.0 and not turning_beliefs(dominated, 1, RESET)[1].any()
    assert turning(dominated, 0) == 0.0 and turning_beliefs(dominated, 0, RESET)[1].all()
    # between two others at every belief: second best everywhere, though it beats each somewhere
    squeezed = PostureTable.of([[4, 4, 0], [1, 1, 1], [0, 0, 4]], [0.25, 0.25, 0.5])
    assert turning(squeezed, HEDGE) == 1.0


def test_turning_belief_is_where_the_posture_starts_to_lead():
    rng = np.random.default_rng(3)
    values, belief = rng.normal(size=(3, 3, 200)), rng.dirichlet(np.ones(3), 200).T
    turn, _ = turning_beliefs(PostureTable.of(values, belief), DEFY, RESET)
    inside = (turn > 0.0) & (turn < 1.0)
    assert inside.sum() > 20
    values, turn, peace = values[:, :, inside], turn[inside], belief[:2, inside] / belief[:2, inside].sum(axis=0)
    for aside, sign in ((-1e-6, -1), (1e-6, 1)):
        q = turn + aside
        moved = PostureTable.of(values, np.concatenate([peace * (1 - q), q[None]]))
        assert np.all(np.sign(moved.lead(DEFY)) == sign)


def test_best_for_who_is_sure():
    assert best_if_sure(CLASSIC, RESET).tolist() == [DEFY] and best_if_sure(CLASSIC, ~RESET).tolist() == [TRUST]


def test_conditional_belief():
    belief = np.array([0.2, 0.3, 0.5])
    np.testing.assert_allclose(conditional(belief, [True, True, False]), [0.4, 0.6, 0.0])
    np.testing.assert_allclose(conditional([0.0, 0.0, 1.0], [True, True, False]), [0.5, 0.5, 0.0])
    np.testing.assert_allclose(conditional(belief, np.zeros(3, dtype=bool)), belief)
    np.testing.assert_allclose(
        conditional([[0.2, 0.0], [0.3, 0.0], [0.5, 1.0]], [True, True, False]), [[0.4, 0.5], [0.6, 0.5], [0.0, 0.0]]
    )


@pytest.mark.parametrize(
    ("values", "belief", "said"),
    [(np.zeros(3), np.ones(3), "axes for postures"), (np.zeros((2, 3)), np.ones(2), "belief")],
)
def test_shapes_are_checked(values, belief, said):
    with pytest.raises(ValueError, match=said):
        PostureTable.of(values, belief)


IN_ANOTHER_PROCESS = """
import numpy as np
from longgame.choice.information import information_by_draw
from longgame.choice.table import PostureTable
rng, words = np.random.default_rng(0), ["far", "near", "none", "half", "whole"]
table = PostureTable.of(rng.normal(size=(3, 5, 20)), rng.dirichlet(np.ones(5), 20).T)
for value in information_by_draw(table, words):
    print(value)
"""


def test_information_is_worth_the_same_to_the_last_digit_in_every_process():
    said = [
        subprocess.run(
            [sys.executable, "-c", IN_ANOTHER_PROCESS],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    ]
    assert len(said[0].split()) == 20 and len(set(said)) == 1
