"""The rules of choice under uncertainty, on tables worked out by hand."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from longgame.choice.postures import PostureTable, conditional

WORLDS = ("peace_skilled", "peace_unskilled", "reset")


def table(values, belief, cells=None, postures=("trust", "hedge", "defy")) -> PostureTable:
    values = np.asarray(values, dtype=float)
    worlds = WORLDS[: values.shape[1]]
    cells = np.zeros(len(worlds), dtype=int) if cells is None else np.asarray(cells)
    return PostureTable("defender", postures, worlds, values, np.asarray(belief, dtype=float), cells)


# Trust is best in peace, defy is best in a reset, hedge is never best but never bad.
#                 peace  peace  reset
CLASSIC = table([[10.0, 8.0, 0.0], [7.0, 6.0, 4.0], [2.0, 3.0, 6.0]], [0.25, 0.25, 0.5])


def test_scores_by_hand():
    np.testing.assert_allclose(CLASSIC.expected, [4.5, 5.25, 4.25])
    np.testing.assert_allclose(CLASSIC.worst, [0.0, 4.0, 2.0])
    np.testing.assert_allclose(CLASSIC.regret, [[0, 0, 6], [3, 2, 2], [8, 5, 0]])
    np.testing.assert_allclose(CLASSIC.worst_regret, [6.0, 3.0, 8.0])


@pytest.mark.parametrize(
    ("rule", "best", "lead"), [("expected", "hedge", 0.75), ("maximin", "hedge", 2.0), ("regret", "hedge", 3.0)]
)
def test_best_and_lead(rule, best, lead):
    assert CLASSIC.best(rule) == best
    assert CLASSIC.lead("hedge", rule) == pytest.approx(lead)
    assert all(CLASSIC.lead(posture, rule) < 0 for posture in ("trust", "defy"))


def test_a_world_that_is_ruled_out_counts_in_no_rule():
    certain = table(CLASSIC.values, [0.5, 0.5, 0.0])
    assert certain.best("expected") == certain.best("maximin") == certain.best("regret") == "trust"
    np.testing.assert_allclose(certain.worst, [8.0, 6.0, 2.0])


def test_perfect_information_by_hand():
    # told the truth: 0.25 * 10 + 0.25 * 8 + 0.5 * 6 = 7.5; untold: 5.25
    assert CLASSIC.perfect_information() == pytest.approx(2.25)


def test_information_about_one_variable_by_hand():
    # told the aim: max of trust (9), hedge (6.5), defy (2.5) on peace, 6 on reset: 0.5 * 9 + 0.5 * 6 = 7.5
    assert CLASSIC.information_value(["peace", "peace", "reset"]) == pytest.approx(2.25)
    # told only the skill (a reset is skilled): skilled 0.75: trust 2.5, hedge 3.75, defy 3.5; unskilled 0.25: trust 2.0
    assert CLASSIC.information_value(["yes", "no", "yes"]) == pytest.approx(0.5)


def test_what_is_known_already_is_worth_nothing():
    knows_aim = table(CLASSIC.values, CLASSIC.belief, cells=[0, 0, 1])
    assert knows_aim.information_value(["peace", "peace", "reset"]) == 0.0
    assert knows_aim.perfect_information() == pytest.approx(0.0)


def test_information_is_never_harmful_and_perfect_information_is_the_most():
    rng = np.random.default_rng(7)
    for _ in range(50):
        random = table(rng.normal(size=(3, 3)), rng.dirichlet(np.ones(3)))
        some = random.information_value(["a", "a", "b"])
        assert -1e-12 <= some <= random.perfect_information() + 1e-12


def test_one_posture_leads_nothing():
    single = table([[1.0, 2.0, 3.0]], [1 / 3] * 3, postures=("trust",))
    assert np.isnan(single.lead("trust"))
    assert single.perfect_information() == 0.0


RESET = np.array([False, False, True])


def test_turning_belief_by_hand():
    # at belief q in reset, peace worlds at even odds: trust 9(1-q), hedge 6.5(1-q)+4q, defy 2.5(1-q)+6q
    assert CLASSIC.turning_belief("trust", RESET) == 0.0
    assert CLASSIC.turning_belief("hedge", RESET) == pytest.approx(2.5 / 6.5)
    assert CLASSIC.turning_belief("defy", RESET) == pytest.approx(4 / 6)


def test_turning_belief_keeps_the_odds_inside_the_condition():
    skewed = table(CLASSIC.values, [0.5, 0.0, 0.5])
    # peace now means skilled: trust 10(1-q), hedge 7(1-q)+4q
    assert skewed.turning_belief("hedge", RESET) == pytest.approx(3 / 7)


def test_a_dominated_posture_never_becomes_best():
    dominated = table([[2, 2, 2], [1, 1, 1]], [1 / 3] * 3, postures=("good", "bad"))
    assert dominated.turning_belief("bad", RESET) == 1.0
    assert dominated.turning_belief("good", RESET) == 0.0
    # between two others at every belief: second best everywhere, though it beats each somewhere
    squeezed = table([[4, 4, 0], [1, 1, 1], [0, 0, 4]], [0.25, 0.25, 0.5])
    assert squeezed.turning_belief("hedge", RESET) == 1.0


def test_turning_belief_is_where_the_posture_starts_to_lead():
    rng = np.random.default_rng(3)
    checked = 0
    for _ in range(200):
        random = table(rng.normal(size=(3, 3)), rng.dirichlet(np.ones(3)))
        turn = random.turning_belief("defy", RESET)
        if not 0.0 < turn < 1.0:
            continue
        checked += 1
        for q, sign in ((turn - 1e-6, -1), (turn + 1e-6, 1)):
            peace = random.belief[:2] / random.belief[:2].sum()
            moved = table(random.values, [*(peace * (1 - q)), q])
            assert np.sign(moved.lead("defy")) == sign
    assert checked > 20


def test_conditional_belief():
    belief = np.array([0.2, 0.3, 0.5])
    np.testing.assert_allclose(conditional(belief, np.array([True, True, False])), [0.4, 0.6, 0.0])
    np.testing.assert_allclose(conditional(np.array([0.0, 0.0, 1.0]), np.array([True, True, False])), [0.5, 0.5, 0.0])
    np.testing.assert_allclose(conditional(belief, np.zeros(3, dtype=bool)), belief)


def test_shapes_are_checked():
    with pytest.raises(ValueError, match="postures, worlds"):
        PostureTable("a", ("x",), ("w",), np.zeros((2, 1)), np.ones(1), np.zeros(1, dtype=int))


IN_ANOTHER_PROCESS = """
import os
import subprocess
import sys

import numpy as np
from longgame.choice.postures import PostureTable
rng, words = np.random.default_rng(0), ["far", "near", "none", "half", "whole"]
for _ in range(20):
    values, belief = rng.normal(size=(3, 5)), rng.dirichlet(np.ones(5))
    table = PostureTable("a", ("x", "y", "z"), tuple(words), values, belief, np.zeros(5, dtype=int))
    print(table.information_value(words))
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
