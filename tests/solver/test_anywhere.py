"""Play between the points of the lattice: an equilibrium of the move at the belief itself, by the slow twin."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from longgame.exact.public_histories import solve_histories
from longgame.game.compile import compile as compile_scenario
from longgame.game.game import CHANCE
from longgame.scenario.load import load
from longgame.solver.anywhere import MoveAnywhere
from longgame.solver.kernel import programs
from longgame.solver.others import other_solutions
from longgame.solver.rows import Rows
from longgame.solver.solution import Solution
from longgame.solver.solve import solve
from tests import closed_forms
from tests.games import random_game
from tests.reference import Node
from tests.test_statements import talk

CASES = Path(__file__).parents[1] / "cases"
SHAPE = {"states": 3, "options": 2, "lattice": 3, "precision": 1.5}


def moves(solution: Solution):
    """Each move of a solution with the states in which it takes place."""
    for t in range(solution.game.periods):
        for k, step in enumerate(solution.game.steps):
            if step.mover != CHANCE:
                yield t, k, np.flatnonzero(solution.tables(t).steps[k].active)


@pytest.mark.parametrize(
    "kind", [{"worlds": 2}, {"worlds": 3}, {"worlds": 3, "noise": "tastes"}, {"worlds": 4}], ids=str
)
def test_it_is_what_the_slow_twin_chooses_there(kind):
    """From the values after the move, which both take from the solution, in moves that teach and in others."""
    solution = solve(random_game(3, **SHAPE, **kind))
    game, rng, looked = solution.game, np.random.default_rng(0), set()
    for t, k, states in moves(solution):
        values = [solution.values(t, n) for n in range(len(game.steps) + 1)]
        beliefs = rng.dirichlet(np.ones(len(game.worlds)), len(states))
        beliefs[:1] *= np.arange(len(game.worlds)) > 0  # one world is ruled out, and so may be one of the mover's cells
        beliefs[:1] /= beliefs[:1].sum()
        odds = solution.odds(t, k, states, beliefs)
        for s, belief, found in zip(states.tolist(), beliefs, odds, strict=True):
            wanted, _ = Node(game, solution.lattice, solution.tables(t), k, s, values).choose(belief)
            np.testing.assert_allclose(found, wanted[game.cells[game.steps[k].mover]].T, atol=1e-8)
            looked.add(game.steps[k].informed)
    assert looked == {True, False}


def test_at_a_point_of_the_lattice_it_is_the_play_there():
    solution = solve(random_game(3, worlds=3, **SHAPE))
    points = solution.lattice.points
    for t, k, states in moves(solution):
        rows = solution.game.rows(k)
        for s in states.tolist():
            found = solution.odds(t, k, np.full(len(points), s), points)
            np.testing.assert_array_equal(found, np.moveaxis(solution.sigma[t][k][s], 2, 0).swapaxes(1, 2)[:, :, rows])


def test_it_is_found_alike_one_by_one_and_together():
    """States and beliefs in any order, more than are looked at in one go."""
    solution = solve(random_game(5, worlds=3, **SHAPE))
    rng = np.random.default_rng(1)
    for t, k, states in list(moves(solution))[:4]:
        s, b = rng.choice(states, 300), rng.dirichlet(np.ones(3), 300)
        together = solution.odds(t, k, s, b)
        for n in rng.choice(300, 5, replace=False):
            np.testing.assert_allclose(solution.odds(t, k, s[n : n + 1], b[n : n + 1])[0], together[n], atol=1e-8)


@pytest.mark.parametrize("stay", [False, True])
def test_what_is_not_found_is_left_linear(stay):
    solution = solve(random_game(3, worlds=3, **SHAPE))
    game, beliefs = solution.game, np.random.default_rng(0).dirichlet(np.ones(3), 4)
    index, weight = solution.lattice.locate(beliefs)
    moved = []
    for t, k, states in moves(solution):
        if game.steps[k].informed:
            values = [Rows.of(solution.values(t, n)) for n in range(len(game.steps) + 1)]
            s = np.full(4, states[0])
            linear = np.einsum("mvca,mv->mca", np.asarray(solution.sigma[t][k])[s[:, None], :, :, index], weight)
            for tolerance in (-1.0, 1e-9):
                move = MoveAnywhere(game, solution.lattice, solution.tables(t), k, values, tolerance, stay)
                moved.append((tolerance, np.abs(move.choices(s, beliefs, index, weight, linear) - linear).max()))
    assert max(by for tolerance, by in moved if tolerance < 0) == 0.0 < max(by for _, by in moved)


def test_an_equilibrium_that_responses_lead_away_from_is_stayed_at():
    """The middle one of chicken, in which the first dares with 0.5577 on the lattice, at points to both sides."""
    others = other_solutions(solve(compile_scenario(load(CASES / "chicken_10.yaml"))))
    sides, between, first = np.array([[0.5, 0.5], [0.55, 0.45]]), np.array([[0.525, 0.475]]), np.zeros(2, int)
    [middle] = [one for one in others if 0.1 < one.odds(0, 0, first, sides)[0, 0, 0] < 0.9]
    np.testing.assert_allclose(middle.odds(0, 0, first, sides)[:, 0], 0.5577, atol=1e-4)
    found = middle.odds(0, 0, first[:1], between)[0]
    np.testing.assert_allclose(found[0], 0.5577, atol=1e-4)
    node = Node(middle.game, middle.lattice, middle.tables(0), 0, 0, [middle.values(0, n) for n in range(3)])
    np.testing.assert_allclose(node.respond(between[0], found.T), found.T, atol=1e-8)


def test_between_the_points_it_is_the_principal_branch():
    """Beer or quiche on a coarse lattice; near its branch are others, which responses lead to."""
    game, shares = compile_scenario(load("beer-quiche")), np.random.default_rng(0).uniform(0.05, 0.95, 12)
    solution = solve(replace(game, lattice=6), game.theta({"quiet": 2.0, "precision": 10.0}))
    start = np.repeat(np.asarray(solution.tables(0).start_index)[:1], 12)
    drinks = solution.odds(0, game.step("order"), start, np.stack([shares, 1.0 - shares], axis=1))[:, 0]
    for share, (strong, weak) in zip(shares.tolist(), drinks, strict=True):
        [by_hand] = closed_forms.beer_quiche(share, 2.0, [10.0])
        assert strong == pytest.approx(by_hand.beer_strong, abs=1e-7)
        assert weak == pytest.approx(by_hand.beer_weak, abs=0.04)  # what it does rests on how fights are rounded


def test_one_program_serves_states_of_any_kind():
    """Another would be compiled for each, which takes longer than most questions."""
    solution, belief = solve(random_game(3, worlds=3, **SHAPE)), np.array([[0.5, 0.3, 0.2]])
    for t, k, states in moves(solution):
        small, large = (solution.odds(t, k, states[:1].astype(kind), belief) for kind in (np.int32, np.int64))
        np.testing.assert_array_equal(small, large)
    assert len(programs.solve_move.signatures) == 1


def test_values_that_were_let_go_are_found_again():
    solution = solve(random_game(3, worlds=3, **SHAPE))
    bare, belief = replace(solution, U=[]), np.array([0.5, 0.3, 0.2])
    for t, k, states in moves(solution):
        here = solution.odds(t, k, states, np.tile(belief, (len(states), 1)))
        np.testing.assert_allclose(bare.odds(t, k, states, np.tile(belief, (len(states), 1))), here, atol=1e-8)


def test_it_is_nearer_to_the_exact_game_than_what_is_linear():
    """Sharp choices turn over between the points: three times nearer, in the mean over the histories of five games."""
    off = {"linear": [], "anew": []}
    for seed in range(5):
        solution = solve(random_game(seed, worlds=3, states=3, options=2, lots=1, lattice=4, precision=5.0, periods=1))
        for move in solve_histories(solution.game).moves:
            place = move.period, move.step, move.state, move.belief
            cells = np.unique(solution.game.rows(move.step), return_index=True)[1]
            index, weight = solution.lattice.locate(move.belief)
            sigma = np.asarray(solution.sigma[move.period][move.step])
            linear = np.einsum("gvca,gv->gca", sigma[move.state[:, None], :, :, index], weight)
            anew = solution.odds(*place)[:, :, cells].swapaxes(1, 2)
            off["linear"].append(np.nanmean(np.abs(linear - move.choice)))
            off["anew"].append(np.nanmean(np.abs(anew - move.choice)))
    assert np.mean(off["anew"]) < np.mean(off["linear"]) / 3


def test_where_honest_talk_was_taken_it_is_taken_between_the_points_as_well():
    """Without a cost of lying words tell nothing on the principal branch, and much where talk began honest."""
    belief = np.array([[0.31, 0.36, 0.33]])
    said = {}
    for honest in (True, False):
        solution = solve(compile_scenario(talk(6.0, 0.0, honest=honest)))
        game, k = solution.game, solution.game.step("readout")
        found = said[honest] = solution.odds(0, k, np.array([0]), belief)[0].T  # [theta, word]
        node = Node(game, solution.lattice, solution.tables(0), k, 0, [solution.values(0, n) for n in range(3)])
        np.testing.assert_allclose(node.respond(belief[0], found), found, atol=1e-8)
    assert min(said[True][0, 0], said[True][2, 2]) > 0.6
    np.testing.assert_allclose(said[False], 1 / 3, atol=1e-6)
