"""Known coefficients of a simulated game are found again; benchmarks/recovery.py does this at length."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import longgame
from longgame.run.estimation import Estimation
from longgame.scenario.case_file import CaseFile

GAME = (Path(__file__).parents[1] / "cases" / "estimates" / "centipede_along.yaml").read_text(encoding="utf-8")
WORDS = ["take1", "take2", "take3", "take4", "passed"]
TRUE = np.array([1.5, 0.6])


def test_errors_are_as_large_as_what_they_are_errors_of():
    """24 sets of 200 cases: the estimates are off by about one standard error, to either side."""
    scenario = longgame.loads(GAME)
    x = np.random.default_rng(0).choice([-1.0, 0.0, 1.0], 200)  # few different cases: each set is solved at once
    every = Estimation.of(scenario, cases_of(WORDS * 200, np.repeat(x, len(WORDS))))
    chance = np.exp(every.objective(TRUE)[0][every.line_record]).reshape(200, len(WORDS))
    np.testing.assert_allclose(chance.sum(axis=1), 1.0)
    off = []
    for number in range(24):
        drawn = np.random.default_rng([1, number]).random(200)
        went = (drawn[:, None] > chance.cumsum(axis=1)).sum(axis=1)
        found = Estimation.of(scenario, cases_of([WORDS[i] for i in went], x)).fit(searches=1)
        assert found.maximum.converged
        off.append((found.maximum.beta - TRUE) / found.standard_error)
    assert np.abs(np.mean(off, axis=0)).max() < 0.75
    assert 0.6 < np.sqrt(np.mean(np.square(off))) < 1.4


def cases_of(words: list[str], x: np.ndarray) -> CaseFile:
    """A file with a covariate and how each play went."""
    columns = {"x": [str(value) for value in x], "went": words}
    return CaseFile("simulated", columns, list(range(2, len(x) + 2)))
