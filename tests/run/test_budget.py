"""What does not fit into the memory is refused before it is solved, with a change that is enough."""

from __future__ import annotations

import re

import pytest

from longgame.answers.cost import cost, refuse_beyond_minutes
from longgame.errors import TooLargeError
from longgame.run import budget
from longgame.run.budget import ALONE, MEMORY, MINUTES, bytes_needed, bytes_of_game, refuse_beyond_memory
from longgame.run.study import Study
from longgame.scenario.load import loads
from longgame.solver.blocks.solve import solve_blocks
from tests.queries.test_blockwise import accord


def pact():
    """Six that may sign, each with a secret: 64 worlds, on a lattice of three steps."""
    return loads(accord(("north", "south", "east", "west", "near", "far"), 4, "solver: {lattice: 3}"))


def test_what_does_not_fit_is_refused_with_a_lattice_that_does(monkeypatch):
    scenario = pact()
    game = Study.of(scenario).game
    needed = bytes_needed(game)
    monkeypatch.setenv(MEMORY, str((ALONE + 0.8 * (needed - ALONE)) / 1e9))
    with pytest.raises(TooLargeError) as refused:
        Study.of(scenario)
    [problem] = refused.value.problems
    assert f"{needed / 1e9:.1f} GB (states: 64, worlds: 64, periods: 4, lattice: {game.lattice})" in problem.found
    advised = int(re.search(r"solver: \{lattice: (\d+)\}", problem.fix)[1])
    assert advised < game.lattice
    coarser = scenario.model_copy(update={"solver": scenario.solver.model_copy(update={"lattice": advised})})
    assert Study.of(coarser).game.lattice == advised
    periods = int(re.search(r"periods: (\d)` in place of 4", problem.fix)[1])
    most = ALONE + 0.8 * (needed - ALONE)
    assert bytes_needed(game, periods=periods) <= most < bytes_needed(game, periods=periods + 1)


def test_where_no_single_change_is_enough_that_is_said(monkeypatch):
    scenario = pact()
    game = Study.of(scenario).game
    monkeypatch.setenv(MEMORY, str(ALONE / 1e9))
    with pytest.raises(TooLargeError, match="No change alone is enough"):
        refuse_beyond_memory(scenario, game)


def test_the_free_memory_counts_where_nothing_is_said(monkeypatch):
    monkeypatch.delenv(MEMORY, raising=False)
    monkeypatch.setattr(budget, "free_memory", lambda: 1e8)
    with pytest.raises(TooLargeError, match="fits into"):
        Study.of(pact())
    monkeypatch.setattr(budget, "free_memory", lambda: None)
    assert Study.of(pact()).game.factored


def test_the_bytes_that_are_told_are_those_of_a_solution():
    game = Study.of(pact()).game
    solution = solve_blocks(game)
    arrays = [*solution.U, solution.rows(0, 1)[0]]
    arrays += [play.odds for period in solution.sigma for play in period if play is not None]
    assert sum(array.nbytes for array in arrays) == pytest.approx(bytes_of_game(game), rel=0.3)


def test_a_run_of_more_minutes_than_allowed_is_refused_with_fewer_draws(monkeypatch):
    study = Study.of(pact())
    told = cost(study, 10_000)
    monkeypatch.setenv(MINUTES, str(0.5 * told.seconds / 60))
    with pytest.raises(TooLargeError) as refused:
        refuse_beyond_minutes(study, 10_000)
    [problem] = refused.value.problems
    assert "at most" in problem.expected
    assert 0 < int(re.search(r"--draws ([\d]+)` in place of 10000", problem.fix)[1]) < 10_000
    monkeypatch.delenv(MINUTES)
    refuse_beyond_minutes(study, 10_000)
