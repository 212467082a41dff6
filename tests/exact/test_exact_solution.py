"""Exact solutions, asked at any node: against the extensive game, against fine lattices, and against themselves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from longgame.answers.ask import ask, examine
from longgame.exact import exact_solution
from longgame.exact.belief_tree import TooManyNodes, tree_of
from longgame.exact.exact_solution import ExactSolution, solved_exactly
from longgame.exact.public_histories import solve_histories
from longgame.game.compile import compile as compile_scenario
from longgame.game.game import CHANCE, Game
from longgame.queries.case import Case
from longgame.queries.nodes import Nodes, start
from longgame.queries.prospects import by, expect, on
from longgame.queries.walk import walk
from longgame.run.study import Study
from longgame.run.together import Together
from longgame.scenario.load import load
from longgame.solver.batch import tables_of
from longgame.solver.solve import solve
from tests.games import beer_quiche, entry, random_game, secret_choice, take_it_or_leave_it

CYBER = Path(__file__).parents[1] / "cases" / "cyber3.yaml"
STRIKE = "choice(operation.strike, given=intent == hostile)"

GAMES = {
    "signals": lambda: beer_quiche(1.5),
    "signals, tastes": lambda: replace(beer_quiche(1.5), noise="tastes"),
    "secrets": lambda: secret_choice(1.0, shared=True),
    "entry": lambda: entry(3.0),
    "ultimatum": lambda: take_it_or_leave_it([0.1, 0.6], [0.7, 0.3], 0.5, 0.2, 8.0, [0.3, 0.8]),
    "every feature": lambda: random_game(3, periods=1),
    "every feature, three worlds": lambda: random_game(5, worlds=3, options=2, periods=1, states=3),
    "every feature, tastes": lambda: random_game(7, periods=1, options=2, noise="tastes"),
    "two periods": lambda: random_game(11, periods=2, options=2, states=3, lots=1),
}


def solved(game: Game, theta: np.ndarray | None = None, near: ExactSolution | None = None) -> ExactSolution:
    theta = np.asarray(game.base if theta is None else theta, dtype=float)
    return ExactSolution(game, theta, tables_of(game, theta), near=near, most=200_000, work=1e9)


@pytest.mark.parametrize("name", GAMES)
def test_it_is_the_equilibrium_of_the_extensive_game(name: str):
    """At every public history: choice by cell, and what everybody expects in every world that can be."""
    game = GAMES[name]()
    there = solve_histories(game)
    assert there.converged
    ours = solved(game)
    first = start(ours)
    np.testing.assert_allclose(
        np.einsum("m,mnw,mw->n", first.weight, ours.values_at(0, 0, first.s, first.b), first.b),
        list(there.worth.values()),
        atol=1e-8,
    )
    for move in there.moves:
        reached = move.log_reach > -20.0
        s, b = move.state[reached], move.belief[reached]
        odds = ours.odds(move.period, move.step, s, b)
        cells = game.cells[game.steps[move.step].mover]
        for w, cell in enumerate(cells.tolist()):
            theirs = move.choice[reached][:, cell]
            known = ~np.isnan(theirs)
            np.testing.assert_allclose(odds[:, :, w][known], theirs[known], atol=1e-8)
        values, theirs = ours.values_at(move.period, move.step, s, b), move.value[reached]
        known = ~np.isnan(theirs)
        np.testing.assert_allclose(values[known], theirs[known], atol=1e-8)
    assert len(ours.trees) == 1 and ours.residual.max() < 1e-9


@pytest.mark.parametrize("name", ["signals", "secrets", "every feature"])
def test_a_fine_lattice_comes_near_it(name: str):
    game = GAMES[name]()
    ours, lattice = solved(game), solve(replace(game, lattice=400))
    belief = np.array([[0.3, 0.7]])
    for t in range(game.periods):
        for k in range(len(game.steps) + 1):
            for s in np.flatnonzero(~np.asarray(game.ended)).tolist():
                exact = ours.values_at(t, k, np.array([s]), belief)[0]
                np.testing.assert_allclose(exact, lattice.value_at(t, k, s, belief[0]), atol=2e-4)


def test_a_node_off_the_path_begins_a_tree_of_its_own():
    """What it plays does not depend on what was asked before, and the nodes after it belong to it."""
    game = random_game(11, periods=2, options=2, states=3, lots=1)
    first, second = solved(game), solved(game)
    nodes = start(first)
    first.values_at(0, 0, nodes.s, nodes.b)
    s, b = np.array([1]), np.array([[0.123, 0.877]])
    np.testing.assert_allclose(first.values_at(0, 0, s, b), second.values_at(0, 0, s, b), atol=1e-10)
    assert (len(first.trees), len(second.trees)) == (2, 1)
    zeros = np.zeros(1, dtype=int)
    there = Nodes(zeros, zeros.copy(), s, b, b.copy())
    ends = walk(second, there, lambda t, k, some: np.full(len(some), k == len(game.steps)))
    assert ends.halted is not None and ends.halted.mass == pytest.approx(1.0)
    assert len(second.trees) == 1


@pytest.mark.parametrize("seed", [3, 4])
def test_prospects_are_those_of_the_lattice_where_no_belief_moves(seed: int):
    game = random_game(seed, options=2, periods=3, states=3)
    game = replace(game, cells=np.zeros_like(game.cells))
    steps = tuple(replace(step, informed=False) for step in game.steps)
    tables = tables_of(game, np.asarray(game.base))(0)
    game = replace(game, steps=steps, tables=lambda theta, t: tables._replace(
        steps=tuple(step._replace(becomes=None) for step in tables.steps)
    ))  # fmt: skip
    scenario = load(CYBER)
    ours, lattice = (Case(game, scenario, game.base, {None: one}) for one in (solved(game), solve(game)))
    event = np.array([0.0, 1.0, 0.3])
    for prospect in (by(event, 0), by(event, 2), on(event, 1), on(event, 2)):
        exact, other = (expect(case, prospect, start(case.solution())) for case in (ours, lattice))
        assert exact == pytest.approx(other, abs=1e-9)


def test_a_draw_begins_with_the_base_case_and_ends_where_it_would_by_itself():
    study = Study.of(load(CYBER))
    assert study.exact
    base = study.draw()
    atoms = [atom for claim in study.claims for question in claim.questions for atom in question.atoms]
    base.look_up(atoms)
    rng = np.random.default_rng(0)
    thetas = study.game.base * rng.uniform(0.8, 1.2, size=(4, len(study.game.base)))
    together = Together(study, thetas, base.plays, 1e-9)
    for theta, found in zip(thetas, together.look_up(atoms, 4), strict=True):
        assert not isinstance(found, Exception)
        alone = study.draw(theta).look_up(atoms)
        for atom in atoms:
            assert found.values[atom] == pytest.approx(alone.values[atom], abs=1e-8)


def test_eight_worlds_are_answered_exactly():
    """The default lattice of four steps has 0.529; exactly it is 0.2354."""
    answer = ask(load(CYBER), STRIKE, at="start")
    assert answer["value"] == pytest.approx(0.23537, abs=5e-6)
    answers = examine(load(CYBER), "claims", "beliefs", "forecasts")
    (claim,) = answers["claims"]
    assert claim["holds"] and claim["shows"]["strike"] == pytest.approx(0.23537, abs=5e-6)
    assert "no lattice" in answers["solver"]["method"]


def test_what_is_too_much_for_it_is_answered_on_the_lattice(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("longgame.run.study.MOST_WORK", 10.0)  # beyond what is tried at first
    answer = ask(load(CYBER), STRIKE, at="start")
    assert answer["value"] == pytest.approx(0.5293, abs=5e-4)
    answers = examine(load(CYBER), "claims")
    assert not answers["claims"][0]["holds"] and "no lattice" not in answers["solver"]["method"]


def test_large_games_are_not_small():
    assert solved_exactly(compile_scenario(load(CYBER))) is not None
    game = random_game(0, periods=8, options=3)
    assert solved_exactly(game) is None
    with pytest.raises(TooManyNodes):
        tree_of(game, tables_of(game, game.base), [(0, 0, 0)], exact_solution.MOST_NODES)
    assert any(step.mover == CHANCE for step in game.steps)
