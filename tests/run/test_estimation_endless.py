"""Estimates of games without an end: the likelihood by other ways, its slopes, and published and known coefficients."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import longgame
from longgame.errors import ScenarioError
from longgame.game.compile import compile
from longgame.inference.endless import EndlessRecords
from longgame.queries.path import follow
from longgame.run.estimation import Estimation
from longgame.scenario.case_file import CaseFile
from longgame.scenario.expand import observations_of
from longgame.solver.solve import solve
from tests.run.test_estimation import scenario_of
from tests.solver.crisis import ACTIONS, dyads, rows_of
from tests.solver.test_forever import BELIEFS, SIEGE, for_ever

SEEN = """evidence:
  - {on: 1, move: sally, took: raid}
  - {on: 1, chance: weather, happened: calm}
  - {on: 2, move: siege, not: leave}
  - {on: 4, move: siege, took: storm_walls}
"""


@pytest.mark.parametrize("noise", ["mistakes", "tastes"])
def test_the_likelihood_of_some_periods_is_that_of_the_evidence_followed(noise: str):
    """Evidence of several periods, with steps of which nothing is known, and an end at which the game may be over."""
    scenario = longgame.loads(for_ever(SIEGE) + f"solver: {{noise: {noise}}}\n" + SEEN)
    game = compile(scenario)
    solution = solve(game, tolerance=1e-12)
    records = EndlessRecords(game, [observations_of(scenario)], np.arange(2), np.zeros(2, int))
    draws = np.stack([game.base, game.base * 1.03])
    found = records(draws, range(len(game.base)))
    assert found.solved.all()
    assert found.log[0] == pytest.approx(follow(scenario, game, solution).log_likelihood, abs=1e-9)
    for p in range(len(game.base)):
        aside = np.zeros_like(draws)
        aside[:, p] = 1e-5
        slope = (records(draws + aside).log - records(draws - aside).log) / 2e-5
        np.testing.assert_allclose(found.slope[:, p], slope, atol=1e-6)


def test_what_comes_after_the_end_of_a_game_was_not_seen():
    """Who leaves ends the game: that something was seen a period later cannot be."""
    pieces = ("{on: 1, move: siege, took: leave}", "{on: 2, move: siege, took: stay}")
    scenarios = [longgame.loads(for_ever(SIEGE) + f"evidence: [{piece}]\n") for piece in pieces]
    game, ((first,), (second,)) = compile(scenarios[0]), map(observations_of, scenarios)
    records = EndlessRecords(game, [(first, second), (first,)], np.zeros(2, int), np.arange(2))
    log = records(game.base[None]).log
    assert np.isneginf(log[0]) and np.isfinite(log[1])


# --- a machine that wears out (Rust 1987, Econometrica 55) ------------------------------------------------------------

MACHINE = """
title: A machine that wears out
clock: {periods: forever}
actors: {owner: {lambda: 1, discount: 0.9}}
assumptions:
  repair: {value: 1, range: [0, 20], source: judgement, because: A test.}
  upkeep: {value: 0.1, range: [0, 5], source: judgement, because: A test.}
  wear: {value: 0, range: [0, 4], source: judgement, because: A test.}
state: {worn: {grid: [0, 4, 1], start: wear}}
period:
  - move: month
    by: owner
    options:
      run: {pay: {owner: -upkeep * worn}, lottery: {worse: {p: 0.6, set: {worn: worn + 1}}, same: {p: rest}}}
      replace: {pay: {owner: -repair}, set: {worn: 0}}
payoffs: {owner: 0}
solver: {noise: tastes}
estimate:
  formulas: {repair: const, upkeep: const, wear: 1 * worn}
  coefficients: {repair.const: {start: 1, bounds: [0, 20]}, upkeep.const: {start: 0.1, bounds: [0, 5]}}
  evidence: [{column: did, move: month}]
"""
TRUE = np.array([3.0, 0.6])


def chance_to_replace(beta: np.ndarray) -> np.ndarray:
    """[5] by wear, by iteration of values: what tastes add is log-sum-exp; Euler's constant cancels."""
    value, worn = np.zeros(5), np.arange(5)
    for _ in range(600):
        run = -beta[1] * worn + 0.9 * (0.6 * value[np.minimum(worn + 1, 4)] + 0.4 * value)
        other = -beta[0] + 0.9 * value[0]
        value = np.logaddexp(run, other)
    return 1 / (1 + np.exp(run - other))


def test_known_coefficients_of_a_machine_that_wears_out_are_found_again():
    rng = np.random.default_rng(2)
    worn = rng.integers(0, 5, 3000)
    did = rng.random(len(worn)) < chance_to_replace(TRUE)[worn]
    columns = {"worn": [str(w) for w in worn], "did": list(np.where(did, "replace", "run"))}
    file = CaseFile("simulated", columns, list(range(2, len(worn) + 2)))
    estimation = Estimation.of(longgame.loads(MACHINE), file)
    fitted = estimation.fit(searches=1)
    beta = fitted.maximum.beta
    assert fitted.maximum.converged
    p = chance_to_replace(beta)[worn]
    assert fitted.maximum.log_likelihood == pytest.approx(np.log(np.where(did, p, 1 - p)).sum(), abs=1e-6)
    assert (np.abs(beta - TRUE) < 3 * fitted.standard_error).all() and fitted.standard_error.max() < 0.3


# --- published: the crises of Crisman-Cox and Gibilisco 2018 ----------------------------------------------------------


def crises(folder: Path) -> tuple[CaseFile, dict[str, float]]:
    """A row for what was seen so often of a pair of states, with all but the estimated numbers; and these."""
    months: dict[tuple[int, ...], int] = {}
    for row in rows_of(folder, "panel"):
        key = tuple(int(row[name]) for name in ("dyad", "state", "action1", "action2"))
        months[key] = months.get(key, 0) + 1
    rows, known = [], {}
    numbers = [theta for theta, _, _ in dyads(folder)]
    for (dyad, state, one, two), count in months.items():
        theta = {name: value for name, value in numbers[dyad - 1].items() if not name.startswith("both")}
        known = {name: value for name, value in numbers[dyad - 1].items() if name.startswith("both")}
        theta |= {f"cost_{who}": theta.pop(f"audience_{who}") for who in ("first", "second")}
        seen = {"first_did": ACTIONS[one - 1], "second_did": ACTIONS[two - 1], "months": str(count)}
        rows.append({name: repr(value) for name, value in theta.items()} | {"state": str(state)} | seen)
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return CaseFile("crises.csv", columns, list(range(2, len(rows) + 2))), known


def test_published_crises_are_at_a_maximum_of_the_likelihood(shared_data: Path):
    """Log-likelihood -8190.526140567, on equilibria that responses lead away from; Newton's method stays."""
    file, known = crises(shared_data / "audience-costs-ajps")
    estimation = Estimation.of(scenario_of("crises_for_ever"), file)
    start = np.array([known.get(name.removesuffix(".const"), 1.0) for name in estimation.coefficients])
    log, score = estimation.objective(start)
    weight = estimation.weight_of(estimation.line_weight)
    assert weight @ log == pytest.approx(-8190.526140567, abs=1e-6)
    assert np.abs(weight @ score).max() < 1e-5
    found = estimation.fit(searches=1, start=start)
    assert found.maximum.converged and found.maximum.beta == pytest.approx(start, abs=1e-6)
    assert found.maximum.log_likelihood == pytest.approx(-8190.526140567, abs=1e-6)
    assert (found.standard_error > 0.0).all()


def test_something_hidden_is_refused():
    text = for_ever(BELIEFS) + "estimate:\n  formulas: {keen: const}\n  evidence: [{column: x, move: posture}]\n"
    with pytest.raises(ScenarioError, match="nothing is hidden"):
        Estimation.of(longgame.loads(text), CaseFile("x.csv", {"x": ["hold"]}, [2]))
