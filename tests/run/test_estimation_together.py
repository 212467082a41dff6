"""Estimates of games in which several choose at the same time: the likelihood, its slopes, and known coefficients."""

from __future__ import annotations

import numpy as np
import pytest

import longgame
from longgame.exact.exact_solution import solved_exactly
from longgame.game.compile import compile
from longgame.inference.likelihood import Records
from longgame.queries.path import follow
from longgame.run.estimation import Estimation
from longgame.scenario.case_file import CaseFile
from longgame.scenario.expand import observations_of
from tests.solver.test_forever import STRIKES

SEEN = """evidence:
  - {on: 1, move: strikes, by: one, took: strike}
  - {on: 2, move: strikes, by: other, not: strike}
"""


@pytest.mark.parametrize("noise", ["mistakes", "tastes"])
def test_the_likelihood_and_its_slopes_pass_through_what_all_choose(noise: str):
    """One of two who choose at once, in each of two periods, has a hidden aim: beliefs move by what both do."""
    scenario = longgame.loads(STRIKES.replace("{lattice: 4}", f"{{lattice: 4, noise: {noise}}}") + SEEN)
    game, seen = compile(scenario), observations_of(scenario)
    solution = solved_exactly(game)
    assert solution is not None
    draws = np.stack([game.base, game.base * 1.1])
    records = Records(game, [seen], np.arange(2), np.zeros(2, int))
    found = records(draws, [0, 1])
    assert found.log[0] == pytest.approx(follow(scenario, game, solution).log_likelihood, abs=1e-9)
    for p in (0, 1):
        aside = np.zeros_like(draws)
        aside[:, p] = 1e-5
        slope = (records(draws + aside).log - records(draws - aside).log) / 2e-5
        np.testing.assert_allclose(found.slope[:, p], slope, atol=1e-7)


PROJECT = """
title: A joint project
clock: {periods: 1}
actors: {a: {lambda: 1, discount: 0.5}, b: {lambda: 1, discount: 0.5}}
assumptions: {gain: {value: 0}, cost: {value: 0}}
state: {x: {values: [u, v], start: u}}
period:
  - together: work
    moves:
      a: {join: {pay: {a: -cost}}, wait: {}}
      b: {join: {pay: {b: -cost}}, wait: {}}
    pay: {a: gain * (a == join and b == join), b: gain * (a == join and b == join)}
payoffs: {a: 0, b: 0}
estimate:
  formulas: {gain: const + x, cost: const}
  evidence:
    - {column: of_a, move: work, by: a}
    - {column: of_b, means: {did: {work.b: join}, did_not: {work.b: wait}}}
"""
TRUE = np.array([1.0, 3.0, 0.5])


def closed_form(beta: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The chance p that either joins: logit p = p (gain + slope x) - cost, from uniform play on, by bisection."""
    low, high = np.zeros_like(x), np.ones_like(x)
    for _ in range(60):
        p = (low + high) / 2
        above = 1 / (1 + np.exp(-(p * (beta[0] + beta[1] * x) - beta[2]))) > p
        low, high = np.where(above, p, low), np.where(above, high, p)
    return (low + high) / 2


def project(rows: int) -> tuple[CaseFile, np.ndarray, np.ndarray]:
    """Simulated cases, with x [rows] and who joined [2, rows]."""
    rng = np.random.default_rng(3)
    x = rng.choice([-1.0, 0.0, 0.5, 1.0], rows)
    did = rng.random((2, rows)) < closed_form(TRUE, x)
    columns = {"x": [str(v) for v in x], "of_a": list(np.where(did[0], "join", "wait"))}
    columns["of_b"] = list(np.where(did[1], "did", "did_not"))
    return CaseFile("simulated", columns, list(range(2, rows + 2))), x, did


def test_known_coefficients_of_a_joint_project_are_found_again():
    file, x, did = project(3000)
    estimation = Estimation.of(longgame.loads(PROJECT), file)
    fitted = estimation.fit(searches=1)
    assert fitted.maximum.converged
    p = closed_form(fitted.maximum.beta, x)
    expected = np.log(np.where(did, p, 1 - p)).sum()
    assert fitted.maximum.log_likelihood == pytest.approx(expected, abs=1e-6)
    assert (np.abs(fitted.maximum.beta - TRUE) < 3 * fitted.standard_error).all()
    assert fitted.standard_error.max() < 0.7


def test_second_derivatives_are_those_of_differences_where_formulas_bend():
    text = PROJECT.replace("{gain: const + x, cost: const}", "{gain: a + exp(b * x), cost: const + b * x + x * c}")
    text = text.replace("formulas:", "coefficients: {a: {start: 1}, b: {start: 0.5}, c: {start: 0.2}}\n  formulas:", 1)
    x = ["-1", "0", "0.5", "1"] * 2
    words = {"x": x, "of_a": ["join"] * 5 + ["wait"] * 3, "of_b": ["did", "did_not"] * 4}
    estimation = Estimation.of(longgame.loads(text), CaseFile("some", words, list(range(2, 10))))
    weight, beta = estimation.weight_of(estimation.line_weight), np.array([1.0, 0.5, 0.3, 0.2])
    assert len(estimation.coefficients) == 4
    ends = [[estimation.objective(beta + sign * e)[1] for e in 1e-5 * np.eye(4)] for sign in (-1, 1)]
    differences = np.einsum("m,kml->kl", weight, np.subtract(ends[1], ends[0])) / 2e-5
    np.testing.assert_allclose(estimation.bend(beta, weight), differences, atol=1e-6)
