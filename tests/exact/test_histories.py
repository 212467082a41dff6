"""The histories method: closed forms, a slow twin, invariances, derivatives, and the branch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longgame.errors import ScenarioError
from longgame.exact.efg import parse_efg
from longgame.exact.extensive import CHANCE, ExtensiveGame, leaf_totals
from longgame.exact.histories import describe, solve_extensive
from longgame.exact.tree import Tree
from longgame.exact.unroll import unroll
from longgame.solver.curve.arc import Arc, Pace
from longgame.solver.curve.continuation import BranchStatus, follow
from longgame.solver.curve.curve import BranchPoint, Curve
from tests.games import random_game

CHOICE = 'EFG 2 R "choice" { "a" } p "" 1 1 "here" { "x" "y" "z" } 0 t "" 1 "" { 1 } t "" 2 "" { 2 } t "" 3 "" { 4 }'

ENTRY = """EFG 2 R "entry" { "entrant" "incumbent" }
p "" 1 1 "enter" { "in" "out" } 0
p "" 2 1 "answer" { "fight" "yield" } 0
t "" 1 "" { -1, -1 }
t "" 2 "" { 1, 1 }
t "" 3 "" { 0, 2 }
"""

PENNIES = """EFG 2 R "pennies" { "row" "column" }
p "" 1 1 "row" { "heads" "tails" } 0
p "" 2 1 "column" { "heads" "tails" } 0
t "" 1 "" { 1, 0 }
t "" 2 "" { 0, 1 }
p "" 2 1 0
t "" 2
t "" 1
"""

COORDINATION = """EFG 2 R "coordination" { "row" "column" }
p "" 1 1 "row" { "a" "b" } 0
p "" 2 1 "column" { "a" "b" } 0
t "" 1 "" { 1, 1 }
t "" 2 "" { 0, 0 }
p "" 2 1 0
t "" 2
t "" 1
"""

WHO_IS_FIRST = """EFG 2 R "order unknown" { "A" "B" }
c "" 1 "order" { "A" 0.6 "B" 0.4 } 0
p "" 1 1 "A" { "stop" "go" } 0
t "" 1 "" { 1, 0 }
p "" 2 1 "B" { "stop" "go" } 0
t "" 2 "" { 0.2, 1.5 }
t "" 3 "" { 2.1, 1.1 }
p "" 2 1 0
t "" 4 "" { 0, 1.2 }
p "" 1 1 0
t "" 5 "" { 1.4, -0.3 }
t "" 6 "" { 0.9, 2.4 }
"""


def softmax(x: np.ndarray) -> np.ndarray:
    raised = np.exp(x - x.max())
    return raised / raised.sum()


def written(seed: int, periods: int = 1, **shape: int) -> tuple[ExtensiveGame, np.ndarray]:
    """A random game with every feature, written out with perfect recall, and its precisions."""
    game = random_game(seed, periods=periods, **{"states": 3, "options": 2, **shape})
    done = unroll(game, lambda t: game.tables(game.base, t), remember=True)
    return done.game, done.precision


def slow_responses(game: ExtensiveGame, precision: np.ndarray, sigma: np.ndarray, start: np.ndarray) -> np.ndarray:
    total = leaf_totals(game)
    weight = np.zeros(len(sigma))
    earned = np.zeros(len(sigma))
    for leaf in np.flatnonzero(game.infoset < 0).tolist():
        probability, slots, node = 1.0, [], leaf
        while game.parent[node] >= 0:
            above = int(game.parent[node])
            h = int(game.infoset[above])
            if game.owner[h] == CHANCE:
                probability *= game.chance[node]
            else:
                slots.append((int(start[h] + game.move[node]), int(game.owner[h])))
                probability *= sigma[slots[-1][0]]
            node = above
        for slot, owner in slots:
            weight[slot] += probability
            earned[slot] += probability * total[leaf, owner]
    response = np.full(len(sigma), np.nan)
    for h in np.flatnonzero(game.owner != CHANCE).tolist():
        here = slice(start[h], start[h + 1])
        response[here] = softmax(precision[h] * earned[here] / weight[here])
    return response


# --- closed forms ----------------------------------------------------------------------------------------------------


def test_one_choice_is_a_softmax():
    solution = solve_extensive(parse_efg(CHOICE), 0.7)
    np.testing.assert_allclose(solution.sigma, softmax(0.7 * np.array([1.0, 2.0, 4.0])), rtol=1e-14)


@pytest.mark.parametrize("precision", [0.0, 0.5, 3.0, 100.0])
def test_perfect_information_is_solved_backwards(precision: float):
    solution = solve_extensive(parse_efg(ENTRY), precision)
    answer = softmax(precision * np.array([-1.0, 1.0]))
    enter = softmax(precision * np.array([answer @ [-1.0, 1.0], 0.0]))
    np.testing.assert_allclose(solution.choice(1), answer, rtol=1e-12)
    np.testing.assert_allclose(solution.choice(0), enter, rtol=1e-12)
    np.testing.assert_allclose(solution.value[0], enter @ [[answer @ [-1, 1], answer @ [-1, 1]], [0, 2]], rtol=1e-12)
    assert solution.status is BranchStatus.FOLLOWED


@pytest.mark.parametrize("precision", [0.3, 2.0, 50.0, 200.0])
def test_matching_pennies_mixes_evenly_at_any_precision(precision: float):
    np.testing.assert_allclose(solve_extensive(parse_efg(PENNIES), precision).sigma, 0.5, atol=1e-12)


@pytest.mark.parametrize("precision", [1.0, 3.9, 4.1, 30.0])
def test_a_symmetric_branch_goes_straight_through_its_bifurcation(precision: float):
    """Coordination: at lambda = 4 two further branches leave the even one, on which the principal branch stays."""
    solution = solve_extensive(parse_efg(COORDINATION), precision)
    np.testing.assert_allclose(solution.sigma, 0.5, atol=1e-9)
    assert solution.converged


def test_games_without_choice():
    nothing = parse_efg('EFG 2 R "x" { "a" } t "" 1 "" { 3 }')
    lot = parse_efg('EFG 2 R "x" { "a" } c "" 1 "" { "h" 1/3 "t" 2/3 } 0 t "" 1 "" { 3 } t "" 2 "" { 1.5 }')
    assert solve_extensive(nothing, 1.0).value[0] == [3.0]
    assert solve_extensive(lot, 1.0).value[0] == pytest.approx([2.0])


# --- the equilibrium, by a slow twin ---------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_every_information_set_responds_to_all_others(seed: int):
    game, precision = written(seed)
    solution = solve_extensive(game, precision)
    assert solution.residual < 1e-10
    chosen = ~np.isnan(solution.sigma)
    slow = slow_responses(game, precision, np.nan_to_num(solution.sigma), solution.start)
    np.testing.assert_allclose(solution.sigma[chosen], slow[chosen], atol=1e-9)


@pytest.mark.parametrize("precision", [0.5, 4.0, 20.0])
def test_interlocking_information_sets(precision: float):
    game = parse_efg(WHO_IS_FIRST)
    solution = solve_extensive(game, precision)
    assert not Tree(game, np.ones(3)).ordered
    slow = slow_responses(game, solution.precision, np.nan_to_num(solution.sigma), solution.start)
    np.testing.assert_allclose(solution.sigma[2:], slow[2:], atol=1e-9)


def test_reach_and_value_fit_together():
    game, precision = written(3)
    solution = solve_extensive(game, precision)
    leaves = game.infoset < 0
    assert solution.reach[leaves].sum() == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(solution.reach[leaves] @ leaf_totals(game)[leaves], solution.value[0], atol=1e-12)
    for h in np.flatnonzero(game.owner != CHANCE).tolist():
        members = game.infoset == h
        np.testing.assert_allclose(
            solution.belief[members], solution.reach[members] / solution.reach[members].sum(), atol=1e-12
        )


def test_precision_may_differ_between_information_sets():
    game, precision = written(1)
    uneven = precision * np.linspace(0.0, 2.0, len(precision))
    solution = solve_extensive(game, uneven)
    chosen = ~np.isnan(solution.sigma)
    slow = slow_responses(game, uneven, np.nan_to_num(solution.sigma), solution.start)
    np.testing.assert_allclose(solution.sigma[chosen], slow[chosen], atol=1e-9)


# --- invariances -----------------------------------------------------------------------------------------------------


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.floats(0.1, 10), shift=st.floats(-50, 50))
def test_scaling_and_shifting_payoffs(seed: int, scale: float, shift: float):
    game, precision = written(seed, worlds=2)
    plain = solve_extensive(game, precision)
    scaled = solve_extensive(replace(game, pay=game.pay * scale), precision / scale)
    pay = game.pay.copy()
    pay[game.infoset < 0] += shift
    shifted = solve_extensive(replace(game, pay=pay), precision)
    np.testing.assert_allclose(scaled.sigma, plain.sigma, atol=1e-9)
    np.testing.assert_allclose(shifted.sigma, plain.sigma, atol=1e-9)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_probabilities_sum_to_one_and_are_even_at_lambda_zero(seed: int):
    game, precision = written(seed)
    sets = np.flatnonzero(game.owner != CHANCE).tolist()
    solution, even = solve_extensive(game, precision), solve_extensive(game, 0.0)
    for h in sets:
        assert solution.choice(h).sum() == pytest.approx(1.0, abs=1e-12)
        np.testing.assert_allclose(even.choice(h), 1 / len(even.choice(h)), atol=1e-15)


def test_tastes_value_a_choice_by_its_log_sum():
    solution = solve_extensive(parse_efg(CHOICE), 0.7, tastes=True)
    payoffs = np.array([1.0, 2.0, 4.0])
    assert solution.value[0] == pytest.approx([np.log(np.exp(0.7 * payoffs).sum()) / 0.7])
    np.testing.assert_allclose(solution.sigma, softmax(0.7 * payoffs), rtol=1e-14)


# --- derivatives and the branch --------------------------------------------------------------------------------------


@pytest.mark.parametrize("tastes", [False, True])
@pytest.mark.parametrize("interlocking", [False, True])
@pytest.mark.parametrize("share", [0.0, 0.7])
def test_the_tangent_is_the_derivative_of_the_response(tastes: bool, interlocking: bool, share: float):
    game, precision = (parse_efg(WHO_IS_FIRST), np.array([0.0, 2.0, 3.0])) if interlocking else written(2)
    tree = Tree(game, precision, tastes=tastes)
    rng = np.random.default_rng(0)
    odds, direction = rng.normal(size=tree.slots), rng.normal(size=tree.slots)
    step = 1e-6
    ahead = tree.respond(odds + step * direction, share + step).response
    behind = tree.respond(odds - step * direction, share - step).response
    tangent = tree.tangent(tree.respond(odds, share), direction[:, None], np.ones(1))[:, 0]
    np.testing.assert_allclose(tangent, (ahead - behind) / (2 * step), atol=1e-7)


def test_a_walk_that_costs_too_much_hurries_and_says_so():
    game, precision = written(2)
    tree = Tree(game, precision)
    pace = Pace(variation=0.04, vary=0.02)
    careful, hurried = follow(tree, pace=pace), follow(tree, pace=replace(pace, careful=0.0))
    assert careful.status is BranchStatus.FOLLOWED and hurried.status is BranchStatus.HURRIED
    np.testing.assert_allclose(tree.softmax(hurried.end.log_odds)[0], tree.softmax(careful.end.log_odds)[0], atol=1e-10)
    assert hurried.passes < careful.passes


def test_only_telling_choices_move_beliefs():
    """The response does not change with the log-odds that Newton's method leaves out."""
    game, precision = written(4)
    tree = Tree(game, precision)
    free, last = tree.unknowns()
    left_out = np.setdiff1d(np.arange(tree.slots), np.union1d(free, last))
    assert len(left_out)
    odds = np.random.default_rng(1).normal(size=tree.slots)
    other = odds.copy()
    other[left_out] += np.random.default_rng(2).normal(size=len(left_out))
    before, after = tree.respond(odds, 1.0).response, tree.respond(other, 1.0).response
    np.testing.assert_allclose(before, after, atol=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_a_steep_equilibrium_is_found_to_the_last_digits(seed: int):
    """Random payoffs, many types of move, precision times payoff spread of 200."""
    game, precision = written(seed)
    solution = solve_extensive(game, precision * 200 / Tree(game, precision).heat)
    assert solution.status in (BranchStatus.FOLLOWED, BranchStatus.TURNED)
    assert solution.residual < 1e-10


def test_precision_is_measured_against_what_is_still_at_stake():
    """As of a discounted player: the second choice is worth a thousandth, and made a thousand times as exactly."""
    text = """EFG 2 R "later" { "a" }
    p "" 1 1 "now" { "stop" "go" } 0 t "" 1 "" { 1 } p "" 1 2 "later" { "x" "y" } 0 t "" 2 "" { 0.001 } t "" 3 "" { 0 }
    """
    assert Tree(parse_efg(text), np.array([1.0, 1000.0])).heat == pytest.approx(1.0)
    assert Tree(parse_efg(text), np.array([1.0, 3000.0])).heat == pytest.approx(3.0)


@pytest.mark.parametrize("tastes", [False, True])
def test_newton_s_step_solves_the_linear_system_of_all_choices(tastes: bool):
    """Near an equilibrium it brings every set, not only those that move beliefs, to the response to all others."""
    game, precision = written(2)
    tree = Tree(game, precision, tastes=tastes)
    curve, end = Curve(tree), follow(tree).end.log_odds
    odds = tree.centre(end + 1e-4 * np.random.default_rng(0).normal(size=tree.slots))
    at, amiss = curve.assess(odds, 1.0)
    step = curve.step(at, amiss, curve.bordered(at, np.append(np.zeros(curve.size), 1.0)), 1e-10)
    assert step is not None and step[1] == 0.0
    np.testing.assert_allclose(odds + step[0], tree.centre(end), atol=1e-6)
    assert np.abs(amiss).max() > 1e-5


def test_two_ways_along_the_branch_meet():
    game, precision = written(5)
    tree = Tree(game, precision * 3)
    raised, walked = follow(tree), follow(tree, pace=Pace().finer(4))
    np.testing.assert_allclose(raised.end.log_odds, walked.end.log_odds, atol=1e-8)


def test_an_arc_can_be_walked_from_any_point_of_it():
    tree = Tree(parse_efg(WHO_IS_FIRST), np.full(3, 5.0))
    points: list[BranchPoint] = []
    curve = Curve(tree)
    end = Arc(curve, Pace(), points.append).follow(BranchPoint(0.0, np.zeros(tree.slots)))
    again = Arc(curve, Pace(), lambda point: None).follow(points[len(points) // 2])
    assert end is not None and again is not None
    np.testing.assert_allclose(end.log_odds, again.log_odds, atol=1e-10)


def test_the_points_of_the_branch_are_equilibria():
    game, precision = written(0)
    solution = solve_extensive(game, precision, branch=True)
    assert len(solution.branch) > 5
    assert solution.branch[0][0] == 0.0
    assert solution.branch[-1][0] == 1.0
    for share, sigma in (*solution.branch[1:-1:3], solution.branch[-1]):
        there = solve_extensive(game, precision * share)
        np.testing.assert_allclose(np.nan_to_num(sigma), np.nan_to_num(there.sigma), atol=1e-5)


# --- input and output ------------------------------------------------------------------------------------------------


def test_imperfect_recall_is_refused():
    text = """EFG 2 R "forgets" { "a" }
    p "" 1 1 "first" { "x" "y" } 0 p "" 1 2 "second" { "x" "y" } 0 t "" 1 "" { 1 } t "" 2 "" { 2 } p "" 1 2 0
    t "" 1 t "" 2"""
    with pytest.raises(ScenarioError) as caught:
        parse_efg(text)
    [problem] = caught.value.problems
    assert problem.code == "imperfect-recall"
    assert 'a cannot tell its own different pasts apart at information set "second"' in problem.found


@pytest.mark.parametrize("precision", [-1.0, np.nan, np.inf])
def test_a_precision_must_be_a_number_from_zero(precision: float):
    with pytest.raises(ValueError, match="finite and at least 0"):
        solve_extensive(parse_efg(CHOICE), precision)


def test_the_layout_of_the_answers():
    solution = solve_extensive(parse_efg(ENTRY), 1.0)
    answers = describe(solution, 1.0)
    assert list(answers) == ["lambda", "residual", "status", "turns", "crossings", "information_sets"]
    assert [(row["player"], row["number"], row["label"]) for row in answers["information_sets"]] == [
        ("entrant", 1, "enter"),
        ("incumbent", 1, "answer"),
    ]
    assert list(answers["information_sets"][1]["probabilities"]) == ["fight", "yield"]
    assert "branch" in describe(solve_extensive(parse_efg(ENTRY), 1.0, branch=True), 1.0)


def test_actions_of_the_same_name_are_told_apart():
    game = parse_efg('EFG 2 R "x" { "a" } p "" 1 1 "h" { "" "" "b" } 0 t "" 1 "" { 0 } t "" 2 "" { 0 } t "" 3 "" { 0 }')
    [row] = describe(solve_extensive(game, 1.0), 1.0)["information_sets"]
    assert list(row["probabilities"]) == [" (1)", " (2)", "b"]
