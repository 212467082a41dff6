"""What does not fit into the memory is refused before it is solved, with a change that is enough."""

from __future__ import annotations

import re

import pytest

from longgame.answers import cost as costs
from longgame.answers.cost import DRAW, Laps, Pace, cost, measured, refuse_beyond_minutes
from longgame.errors import TooLargeError
from longgame.run import budget
from longgame.run.budget import ALONE, MEMORY, MINUTES, bytes_needed, bytes_of_game, refuse_beyond_memory
from longgame.run.study import Study
from longgame.scenario.load import load, loads
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


# --- what a run takes, told from a part of it -------------------------------------------------------------------------


def test_a_period_in_which_programs_are_compiled_counts_as_one_of_the_others(monkeypatch):
    clock, told = iter([0.0, 20.0, 21.0, 22.0, 24.0, 25.0]), []
    monkeypatch.setattr(costs.time, "process_time", lambda: next(clock))
    laps = Laps(lambda *said: told.append(said))
    assert laps.seconds(10) is None
    for done in range(6):
        laps("Solving", done, 10)
    assert laps.seconds(10) == pytest.approx(10 * (3 + 1 + 1 + 2 + 1) / 5)
    assert told == [("Solving", done, 10) for done in range(6)]


def test_the_laps_are_those_of_the_last_solution(monkeypatch):
    clock = iter([0.0, 5.0, 7.0, 8.0])
    monkeypatch.setattr(costs.time, "process_time", lambda: next(clock))
    laps = Laps()
    for done in (0, 1, 0, 1):
        laps("Solving", done, 2)
    assert laps.seconds(2) == 2.0


def test_a_run_is_its_start_the_base_case_twice_over_and_its_draws():
    pace = Pace(starting=2.0, base=3.0, beside=4.0, draw=0.5)
    assert (pace.once, pace.seconds(0), pace.seconds(10)) == (17.0, 17.0, 22.0)
    assert pace.times(2.0, starting=1.0) == Pace(1.0, 6.0, 4.0, 1.0)


def test_the_draws_of_a_quick_game_are_told_from_some_that_are_solved(monkeypatch):
    study = Study.of(load("deterrence-crisis")).on_lattice
    clock = iter(range(100_000))
    monkeypatch.setattr(costs.time, "process_time", lambda: float(next(clock)))

    def pace(quick: float) -> Pace:
        monkeypatch.setattr(costs, "QUICK", quick)
        laps = Laps()
        return measured(study, study.draw(progress=laps), laps, 128)

    tried, told = pace(1e9), pace(0.0)
    assert tried.draw == 1 / costs.TRIED, "what one look at the clock after the other says of four draws"
    assert told.draw == DRAW * told.base
    finer = (2.0 + 1.5) / 3  # twice as many steps, and halfway between: a third of the work is done
    assert tried.beside == told.beside == pytest.approx(finer, rel=0.05)
