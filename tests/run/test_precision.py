"""The error that is said of a number covers the true one; and the lattice becomes finer where a claim needs it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from benchmarks.estimates import compared, covered, games

from longgame.queries.questions import BoundQuestion
from longgame.run import precision
from longgame.run.precision import OF_TWO, ask, factor, work
from longgame.run.study import Study
from longgame.scenario.formulas import Question
from longgame.scenario.load import load
from longgame.scenario.questions.understand import understand

CASES = Path(__file__).parents[1] / "cases"


def asked_of(path: Path, text: str, lattice: int | None = None) -> tuple[Study, BoundQuestion]:
    """A small game, as if it were a large one if a lattice is given, and a question of it."""
    scenario = load(path)
    understood = understand(scenario, Question(text), "start")
    study = Study.of(scenario, questions=(understood,))
    study = study if lattice is None else study.on_lattice.refined(lattice)
    return study, study.binder.bind(understood)


@pytest.mark.parametrize(("worlds", "count"), [((2, 3, 4), 40), ((5,), 8)])
def test_the_estimate_covers_the_error_of_nearly_all_numbers(worlds: tuple[int, ...], count: int):
    """Of choices and values of random games, at nodes of their trees."""
    found = []
    for game, rng in games(count, seed=5, of=worlds):
        R = game.lattice
        one = compared(game, rng, (R, 3 * R // 2))
        if one is not None:
            found.append((one, R))
    hits = np.concatenate([covered(one, R, 3 * R // 2) for one, R in found])
    assert len(hits) > 300 and hits.mean() >= 0.95
    off = np.concatenate([np.abs(one.found[R] - one.exact) for one, R in found])
    assert np.quantile(off, 0.95) > 1e-3  # there is something to cover


@pytest.mark.parametrize(("worlds", "R", "count"), [((2, 3, 4), None, 30), ((4, 6), 2, 30)])
def test_the_larger_of_two_changes_covers_the_error_of_nearly_all_numbers(
    worlds: tuple[int, ...], R: int | None, count: int
):
    """Also where there are more worlds than steps; and at a few times the error itself."""
    hits, over = [], []
    for game, rng in games(count, seed=5, of=worlds):
        lattice = R or game.lattice
        finer = -(-3 * lattice // 2), 2 * lattice
        one = compared(game, rng, (lattice, *finer))
        if one is not None:
            hits.append(covered(one, lattice, *finer))
            error = np.abs(one.found[lattice] - one.exact)
            change = np.max([np.abs(one.found[lattice] - one.found[r]) for r in finer], axis=0)
            over.append((OF_TWO * change / np.maximum(error, 1e-7))[error > 1e-6])
    assert sum(map(len, hits)) > 300 and np.concatenate(hits).mean() >= 0.955
    assert 2.0 < np.median(np.concatenate(over)) < 6.0


def test_the_factor_falls_as_the_lattices_come_apart():
    assert factor(4, 10, 20) == pytest.approx(6.0) and factor(4, 10, 15) == pytest.approx(13.5)
    assert factor(8, 4, 8) == pytest.approx(12.0)
    finer = [factor(3, 12, other) for other in (18, 20, 24, 36)]
    assert all(one > other for one, other in pairwise(finer))


def exact(path: Path, text: str) -> float:
    study, question = asked_of(path, text)
    assert study.exact
    asked = ask(study, question.atoms, [question])
    assert asked.precision.error(question, asked.found) == 0.0
    return question.work_out(asked.found).value


def test_eight_worlds_are_covered():
    """The case that turned without a word: 0.529 on the default lattice of four steps, exactly 0.23537."""
    text = "choice(operation.strike, given=intent == hostile)"
    study, question = asked_of(CASES / "cyber3.yaml", text, 4)
    asked = ask(study, question.atoms, [question])
    value, error = question.work_out(asked.found).value, asked.precision.error(question, asked.found)
    assert value == pytest.approx(0.5293, abs=5e-4) and asked.precision.beside == 8
    assert error is not None and abs(value - exact(CASES / "cyber3.yaml", text)) <= error


def test_a_claim_within_its_error_makes_the_lattice_finer_where_that_settles_it():
    """Levels between the number on the lattice and the exact one, and beyond both: what is said is right, or open."""
    path, text = Path(__file__).parents[1] / "gambit" / "scenarios" / "changing_aim.yaml", "value(ruler)"
    study, question = asked_of(path, text, 3)
    rough, answer = question.work_out(ask(study, question.atoms).found).value, exact(path, text)
    assert abs(rough - answer) > 1e-3
    lattices = []
    for share in (-40.0, -1.5, 0.02, 0.5, 0.98, 2.5):
        level = answer + share * (rough - answer)
        study, question = asked_of(path, f"{text} < {level!r}", 3)
        asked = ask(study, question.atoms, [question])
        found, error = question.work_out(asked.found), asked.precision.error(question, asked.found)
        assert found.margin is not None and error is not None
        assert abs(found.margin - (level - answer)) <= error
        if abs(found.margin) > error:
            assert found.truth == (answer < level)
        assert asked.study.scenario.solver.lattice == asked.study.game.lattice
        lattices.append(asked.study.game.lattice)
    assert lattices[0] == 3 and max(lattices) > 3


def test_what_is_not_compared_costs_nothing_more():
    study, question = asked_of(CASES / "cyber3.yaml", "value(red)", 2)
    asked = ask(study, question.atoms)
    assert asked.precision.found is None and asked.precision.error(question, asked.found) is None
    assert asked.study.game.lattice == 2


def test_many_draws_keep_the_lattice(monkeypatch: pytest.MonkeyPatch):
    """A finer lattice for the base case alone would say one thing there and another over the draws."""
    text = "choice(operation.strike, given=intent == hostile) < 0.4"
    study, question = asked_of(CASES / "cyber3.yaml", text, 2)
    monkeypatch.setattr(precision, "MOST_OVER_DRAWS", 10 * work(study.game))
    asked = ask(study, question.atoms, [question], draws=1000)
    assert asked.study.game.lattice == 2 and asked.precision.beside == 4
