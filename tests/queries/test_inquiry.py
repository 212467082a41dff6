"""Draws that are asked side by side: the answers that each gives by itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import longgame
from longgame.queries.atoms import Found
from longgame.queries.claims import atoms_of
from longgame.queries.nodes import draw_of, joined, opened, start
from longgame.queries.walk import walk
from longgame.run.solver import points
from longgame.run.study import Study
from longgame.run.together import Together
from longgame.solver.batch import Batch
from longgame.solver.solve import solve_batch

DRAWS = 3


def drawn(name: str) -> tuple[Study, np.ndarray]:
    """A shipped scenario, its game, and some draws of its assumptions [G, P]."""
    study = Study.of(longgame.load(name))
    return study, points(study, 0, DRAWS, seed=5)


def same(one: float | np.ndarray, other: float | np.ndarray) -> None:
    np.testing.assert_allclose(one, other, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("name", ["powell", "truce-on-offer", "deterrence-crisis", "chain-store", "beer-quiche"])
def test_draws_asked_together_answer_as_each_alone(name):
    study, thetas = drawn(name)
    atoms = atoms_of(claim.holds for claim in study.claims)
    together = Together(study, thetas, {}, tolerance=1e-10)
    for theta, found in zip(thetas, together.look_up(atoms, DRAWS), strict=True):
        alone = study.draw(theta, tolerance=1e-10).look_up(atoms)
        assert isinstance(found, Found) and found.reasons == alone.reasons
        assert found.values.keys() == alone.values.keys()
        for atom, value in alone.values.items():
            same(found.values[atom], value)


def test_what_goes_wrong_in_a_draw_leaves_the_others_alone(monkeypatch):
    study, thetas = drawn("truce-on-offer")
    atoms = atoms_of(claim.holds for claim in study.claims)
    good = Together(study, thetas, {}, tolerance=1e-10).look_up(atoms, DRAWS)
    together = Together(study, thetas, {}, tolerance=1e-10)
    broken = together.draws[1].case
    monkeypatch.setattr(broken, "values_at", lambda *_: 1 / 0)
    found = together.look_up(atoms, DRAWS)
    assert isinstance(found[1], ZeroDivisionError)
    for g in (0, 2):
        one, other = found[g], good[g]
        assert isinstance(one, Found) and isinstance(other, Found)
        assert all(np.array_equal(one.values[atom], other.values[atom], equal_nan=True) for atom in atoms)


@pytest.mark.parametrize("noise", ["mistakes", "tastes"])
@pytest.mark.parametrize("most", [4096, 1])
def test_a_walk_of_a_batch_is_the_walk_of_each(noise, most):
    """With purses, which receive payoffs and tastes, and with beliefs that go to the lattice in every draw."""
    scenario = longgame.load("truce-on-offer")
    study = Study.of(scenario.model_copy(update={"solver": scenario.solver.model_copy(update={"noise": noise})}))
    thetas = points(study, 0, DRAWS, seed=5)
    solved = solve_batch(Batch.of(study.game, thetas))
    each = [solved.of_draw(g) for g in range(len(thetas))]
    states = len(study.game.ended)
    starts = [opened(study.game, start(solution)) for solution in each]
    everywhere = joined([replace(nodes, s=nodes.s + g * states) for g, nodes in enumerate(starts)])

    def never(t, k, nodes):
        return np.zeros(len(nodes), dtype=bool)

    together = walk(solved, everywhere, never, most)
    for g, (solution, nodes) in enumerate(zip(each, starts, strict=True)):
        alone = walk(solution, nodes, never, most)
        assert together.over is not None and alone.over is not None
        own = together.over.pick(draw_of(solved, together.over) == g)
        assert together.coarse[g] == alone.coarse[0]
        np.testing.assert_array_equal(own.s - g * states, alone.over.s)
        for part in ("b", "joint", "purse"):
            np.testing.assert_allclose(getattr(own, part), getattr(alone.over, part), rtol=1e-12, atol=1e-14)
