"""Estimates do not depend on the units and offsets of columns, and say which columns are collinear."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import longgame
from longgame.run.estimation import Estimation

GAME = """
title: To go or to stay
clock: {periods: 1}
actors: {p: {lambda: 1, discount: 0.5}}
assumptions: {a: {value: 1, source: a test}}
state: {z: {values: [z0, z1], start: z0}}
period:
  - move: choice
    by: p
    options: {stay: {}, go: {pay: {p: a}}}
payoffs: {p: 0}
estimate:
  formulas: {a: const + x + y}
  evidence: [{column: did, move: choice}]
"""


def drawn() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 300))
    return x, y, rng.random(300) < 1.0 / (1.0 + np.exp(-(0.3 + 0.8 * x - 0.5 * y)))


def written(folder: Path, x: np.ndarray, y: np.ndarray, went: np.ndarray) -> Path:
    rows = zip(x.tolist(), y.tolist(), went.tolist(), strict=True)
    lines = [f"1,{a!r},{b!r},{'go' if one else 'stay'}" for a, b, one in rows]
    (folder / "rows.csv").write_text("\n".join(["const,x,y,did", *lines]) + "\n", encoding="utf-8")
    return folder / "rows.csv"


def logit(*columns: np.ndarray, went: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Coefficients, errors and log-likelihood of a logit regression, by Newton's method."""
    X, beta = np.column_stack([np.ones(len(went)), *columns]), np.zeros(1 + len(columns))
    for _ in range(30):
        p = 1.0 / (1.0 + np.exp(-X @ beta))
        information = (X * (p * (1.0 - p))[:, None]).T @ X
        beta = beta + np.linalg.solve(information, X.T @ (went - p))
    errors = np.sqrt(np.diag(np.linalg.inv(information)))
    return beta, errors, float(np.log(np.where(went, p, 1.0 - p)).sum())


@pytest.mark.parametrize(("scale", "offset"), [(1.0, 0.0), (1e9, 0.0), (1e-9, 0.0), (1.0, 1e6), (1e6, 2e9)])
def test_units_and_offsets_of_columns_change_nothing_else(scale: float, offset: float, tmp_path: Path):
    x, y, went = drawn()
    beta, errors, best = logit(x, y, went=went)
    fitted = Estimation.of(longgame.loads(GAME), written(tmp_path, offset + scale * x, y, went)).fit(searches=2)
    found, error = fitted.maximum, fitted.standard_error
    assert found.converged and found.agreeing == 2
    assert found.log_likelihood == pytest.approx(best, abs=1e-7)
    assert found.beta[1:] * [scale, 1.0] == pytest.approx(beta[1:], rel=1e-4)
    assert error[1:] * [scale, 1.0] == pytest.approx(errors[1:], rel=1e-4)
    assert found.beta[0] + found.beta[1] * offset == pytest.approx(beta[0], abs=1e-4)


@pytest.mark.parametrize(
    ("column", "tied", "sure"),
    [
        (lambda x: 2.0 * x, ["a.x", "a.y"], "a.const"),
        (lambda x: 0.0 * x + 3.0, ["a.const", "a.y"], "a.x"),
        (lambda x: 0.1 * x - 0.7, ["a.const", "a.x", "a.y"], None),
        (lambda x: 0.0 * x, ["a.y"], "a.x"),
    ],
)
def test_collinear_columns_are_named(column, tied: list[str], sure: str | None, tmp_path: Path):
    x, _, went = drawn()
    beta, errors, best = logit(x, went=went)
    told = longgame.estimate(longgame.loads(GAME), written(tmp_path, x, column(x), went), searches=2)
    assert told.fit.converged and told.fit.coefficients == 2
    assert told.fit.log_likelihood == pytest.approx(best, abs=1e-7)
    rows = {row.name: row for row in told.coefficients}
    assert [name for name, row in rows.items() if row.error is None] == tied
    if sure is not None:
        k = ["a.const", "a.x"].index(sure)
        assert (rows[sure].value, rows[sure].error) == pytest.approx((beta[k], errors[k]), rel=1e-4)
    [note] = [note for note in told.notes if all(name in note for name in tied)]
    assert ("ollinear" in note) == (len(tied) > 1)
