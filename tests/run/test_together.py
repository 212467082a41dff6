"""Draws that are solved together, as far as their questions look, answer as those that are solved everywhere."""

from __future__ import annotations

import numpy as np
import pytest

import longgame
from longgame.game.game import CHANCE
from longgame.queries.atoms import Atom, Found, Value, Worth
from longgame.queries.bundles import Settings
from longgame.queries.claims import atoms_of
from longgame.queries.places import View
from longgame.run.solver import points
from longgame.run.study import Study
from longgame.run.together import Together
from longgame.scenario.questions.tree import Change, SetTo, Take

STUDY = Study.of(longgame.load("truce-on-offer"))
THETAS = points(STUDY, 0, 2, seed=5)


def some_changes() -> tuple[Take, list[SetTo]]:
    """An option of the last move of a period, and everything that the claims set."""
    atoms = atoms_of(claim.holds for claim in STUDY.claims)
    made = (change for atom in atoms if isinstance(atom, Worth) for change in (*atom.changes, *(atom.than or ())))
    last = max(k for k, step in enumerate(STUDY.game.steps) if step.mover != CHANCE)
    return Take(last, 0), [change for change in dict.fromkeys(made) if isinstance(change, SetTo)]


def questions() -> dict[str, tuple[Change, ...]]:
    """Changes, by what is to be told of them."""
    take, (one, other, *_) = some_changes()
    return {
        "none": (),
        "the state is set": (one,),
        "and set again": (one, other),
        "then an option is taken": (one, take),
        "the state is set after an option was taken": (take, one),
    }


@pytest.mark.parametrize("at", ["start", "now"])
@pytest.mark.parametrize("changes", questions().values(), ids=questions().keys())
def test_what_is_changed_is_solved_for(changes, at):
    atoms: list[Atom] = [Value(View(at, after=changes), actor) for actor in range(len(STUDY.game.actors))]
    together = Together(STUDY, THETAS, {}, tolerance=1e-10)
    for theta, found in zip(THETAS, together.look_up(atoms, len(THETAS)), strict=True):
        alone = STUDY.draw(theta, tolerance=1e-10).look_up(atoms)
        assert isinstance(found, Found)
        assert found.reasons == alone.reasons
        for atom in atoms:
            np.testing.assert_allclose(found.values[atom], alone.values[atom], rtol=1e-9)


def test_all_bundles_are_solved_for():
    _, (one, other, *_) = some_changes()
    atom = Settings(View("now"), ((one,), (other,), (one, other)))
    together = Together(STUDY, THETAS, {}, tolerance=1e-10)
    for theta, found in zip(THETAS, together.look_up([atom], len(THETAS)), strict=True):
        assert isinstance(found, Found)
        alone = STUDY.draw(theta, tolerance=1e-10).look_up([atom])
        np.testing.assert_allclose(found.values[atom], alone.values[atom], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("changes", questions().values(), ids=questions().keys())
def test_under_a_posture_what_is_changed_is_solved_for(changes):
    under = STUDY.postures[0]
    atoms: list[Atom] = [Value(View("now", after=changes, under=under), actor) for actor in range(2)]
    together = Together(STUDY, THETAS, {}, tolerance=1e-10)
    for theta, found in zip(THETAS, together.look_up(atoms, len(THETAS)), strict=True):
        alone = STUDY.draw(theta, tolerance=1e-10).look_up(atoms)
        assert isinstance(found, Found)
        assert found.reasons == alone.reasons
        np.testing.assert_allclose(
            [found.number(atom) for atom in atoms], [alone.number(atom) for atom in atoms], rtol=1e-9
        )


def test_nothing_is_solved_for_where_nobody_looks():
    together = Together(STUDY, THETAS, {}, tolerance=1e-10)
    together.look_up([Value(View("start"), 0)], len(THETAS))
    for draw in together.draws:
        solution = draw.case.solution()
        assert solution.needed is not None
        assert np.count_nonzero(solution.needed[0, 0]) == 1
        assert np.isnan(draw.case.values(0, 0)[~solution.needed[0, 0]]).all()
