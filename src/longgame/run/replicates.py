"""Estimates that are made again and again of other weights of the same cases: the bootstrap, and cross-validation.

Each replicate begins where the estimate of all cases ended, so that the branch is kept. With a file for them, what is
done is kept line by line, and a run that was stopped goes on from there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from longgame.run.estimation import Estimation, Fitted
from longgame.run.study import Progress, silent


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """Coefficients [B, K] of cases drawn anew; ``failed``: how many replicates found no maximum."""

    betas: np.ndarray
    failed: int

    @property
    def covariance(self) -> np.ndarray:
        """[K, K] of the coefficients over the replicates."""
        if len(self.betas) < 2:
            return np.full((self.betas.shape[1],) * 2, np.nan)
        return np.atleast_2d(np.cov(self.betas, rowvar=False))

    def interval(self, level: float = 0.95) -> np.ndarray:
        """[2, K] the quantiles between which so much of the replicates lies."""
        outside = (1.0 - level) / 2.0
        return np.quantile(self.betas, [outside, 1.0 - outside], axis=0)


@dataclass(frozen=True)
class Fold:
    """A part of the plays, told by an estimate of all others: the mean log probability of a play, in nats.

    shares  the same, if each outcome is as likely as it was among the others
    """

    plays: float
    score: float
    shares: float


class Kept:
    """Rows of plain data by number, in a file if there is one."""

    def __init__(self, path: Path | None, key: str):
        self.path, self.key, self.rows = path, key, dict[int, Any]()
        if path is not None and path.exists():
            text = path.read_text(encoding="utf-8")
            if not text.endswith("\n"):  # a run was killed in the middle of a line
                path.write_text(text + "\n", encoding="utf-8")
            for line in text.splitlines():
                try:
                    row = json.loads(line)
                except ValueError:
                    continue
                if row.get("key") == key:
                    self.rows[int(row["number"])] = row["value"]

    def each(self, count: int, make: Callable[[int], Any], progress: Callable[[int, int], None]) -> Iterator[Any]:
        """The rows of the numbers from 0: those that are there, and the others made."""
        for number in range(count):
            progress(number, count)
            if number not in self.rows:
                self.rows[number] = make(number)
                if self.path is not None:
                    with self.path.open("a", encoding="utf-8") as file:
                        file.write(json.dumps({"key": self.key, "number": number, "value": self.rows[number]}) + "\n")
            yield self.rows[number]


def key_of(estimation: Estimation, what: str, seed: int) -> str:
    """What tells a set of replicates from others: the scenario, the cases and the seed."""
    digest = hashlib.sha256(estimation.scenario.model_dump_json().encode())
    for column, cells in estimation.data.file.columns.items():
        digest.update(repr((column, list(cells))).encode())
    return f"{what} {seed} {digest.hexdigest()[:16]}"


def bootstrap(
    estimation: Estimation,
    fitted: Fitted,
    count: int,
    *,
    seed: int = 0,
    path: Path | None = None,
    progress: Progress = silent,
) -> Bootstrap:
    """Estimates of so many sets of cases drawn anew: clusters where the block has them, else plays one by one."""
    data, weight = estimation.data, estimation.line_weight

    def one(number: int) -> list[float] | None:
        rng = np.random.default_rng([seed, number])
        if data.cluster is not None:
            clusters = int(data.cluster.max()) + 1
            times = rng.multinomial(clusters, np.full(clusters, 1.0 / clusters))[data.cluster[data.line_row]]
        else:
            drawn = rng.multinomial(round(data.plays), data.line_count / data.plays)
            times = drawn / data.line_count
        found = estimation.fit(searches=1, start=fitted.maximum.beta, errors="hessian", line_weight=weight * times)
        return found.maximum.beta.tolist() if found.maximum.converged else None

    kept = Kept(path, key_of(estimation, "bootstrap", seed))
    rows = list(kept.each(count, one, lambda done, total: progress("Bootstrap", done, total)))
    betas = [row for row in rows if row is not None]
    return Bootstrap(np.array(betas).reshape(len(betas), len(estimation.coefficients)), len(rows) - len(betas))


def cross_validate(
    estimation: Estimation,
    fitted: Fitted,
    folds: int,
    *,
    seed: int = 0,
    path: Path | None = None,
    progress: Progress = silent,
) -> list[Fold]:
    """Each of so many parts of the cases told by the others; clusters stay together, and so do rows of one play."""
    data, weight = estimation.data, estimation.line_weight
    parts = _parts(estimation, folds, np.random.default_rng(seed))

    def one(number: int) -> list[float]:
        held = weight * parts[number]
        found = estimation.fit(
            searches=1, start=fitted.maximum.beta, errors="hessian", line_weight=weight - held
        ).maximum
        log = estimation.objective(found.beta)[0][estimation.line_record]
        shares = estimation.outcome_shares(weight - held)
        told = held > 0.0
        with np.errstate(divide="ignore"):
            blind = np.log(shares[data.line_kind])
        return [float(held.sum()), float(held[told] @ log[told]), float(held[told] @ blind[told])]

    kept = Kept(path, key_of(estimation, f"folds {folds}", seed))
    rows = list(kept.each(folds, one, lambda done, total: progress("Folds", done, total)))
    return [Fold(plays, score / plays, blind / plays) for plays, score, blind in rows if plays > 0.0]


def _parts(estimation: Estimation, folds: int, rng: np.random.Generator) -> np.ndarray:
    """[folds, Q] what part of each line is in each fold."""
    data = estimation.data
    if data.cluster is None and (data.line_count > 1.0).any():  # plays that went alike are parted one by one
        whole = np.maximum(np.rint(data.line_count), 1.0)
        return np.array([rng.multinomial(int(n), np.full(folds, 1.0 / folds)) / n for n in whole]).T
    group = np.arange(len(data.row)) if data.cluster is None else data.cluster
    order = rng.permutation(int(group.max()) + 1)
    fold = (order % folds)[group][data.line_row]
    return np.equal.outer(np.arange(folds), fold).astype(float)
