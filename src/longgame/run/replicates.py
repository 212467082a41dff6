"""Estimates that are made again and again of other weights of the same cases: the bootstrap, and cross-validation.

Each replicate begins where the estimate of all cases ended, so that the branch is kept. A pool of workers may make
them, each from plain data. With a file for them, what is done is kept line by line, and a run that was stopped goes on
from there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypedDict, Unpack

import numpy as np

from longgame.errors import Place, Problem, ScenarioError
from longgame.inference.maximum import Maximum
from longgame.run.estimation import Estimation, Fitted
from longgame.run.study import Progress, silent
from longgame.scenario.case_file import CaseFile
from longgame.scenario.dump import dump
from longgame.scenario.load import loads


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
        """The rows of the numbers from 0: those that are there, and the others made, in this order."""
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


@dataclass(frozen=True)
class Task:
    """Replicates of one kind, as plain data, from which a worker binds the cases by itself.

    kind   what is drawn: clusters or plays anew, or the parts of the cases that are told by the others
    folds  so many parts
    beta   the estimate of all cases
    """

    key: str
    scenario: str
    file: CaseFile
    kind: Literal["bootstrap", "folds"]
    folds: int
    seed: int
    beta: tuple[float, ...]

    @classmethod
    def of(
        cls, estimation: Estimation, fitted: Fitted, kind: Literal["bootstrap", "folds"], seed: int, folds: int = 0
    ) -> Task:
        """Of an estimate."""
        key = key_of(estimation, kind if kind == "bootstrap" else f"folds {folds}", seed)
        beta = tuple(fitted.maximum.beta.tolist())
        return cls(key, dump(estimation.scenario), estimation.data.file, kind, folds, seed, beta)

    def made(self, estimation: Estimation, number: int) -> list[float] | None:
        """The replicate of a number."""
        return self._drawn_anew(estimation, number) if self.kind == "bootstrap" else self._told(estimation, number)

    def each(
        self, estimation: Estimation, count: int, path: Path | None, progress: Callable[[int, int], None],
        pool: Executor | None,
    ) -> list[Any]:  # fmt: skip
        """So many replicates, made here or by a pool; those that stand in the file at ``path`` are taken from there.

        A pool begins on the principal branch. Where the estimate is on another one, the work is done here, where the
        branch is known.
        """
        kept, made = Kept(path, self.key), partial(self.made, estimation)
        if pool is not None and not estimation.leaves_the_branch(np.array(self.beta)):
            given = {n: pool.submit(replicate, self, n) for n in range(count) if n not in kept.rows}
            return list(kept.each(count, lambda number: given[number].result(), progress))
        return list(kept.each(count, made, progress))

    def _drawn_anew(self, estimation: Estimation, number: int) -> list[float] | None:
        data, rng = estimation.data, np.random.default_rng([self.seed, number])
        if data.cluster is not None:
            clusters = int(data.cluster.max()) + 1
            times = rng.multinomial(clusters, np.full(clusters, 1.0 / clusters))[data.cluster[data.line_row]]
        else:
            times = rng.multinomial(round(data.plays), data.line_count / data.plays) / data.line_count
        found = self._fit(estimation, estimation.line_weight * times)
        return found.beta.tolist() if found.converged else None

    def _told(self, estimation: Estimation, number: int) -> list[float]:
        weight = estimation.line_weight
        held = weight * _parts(estimation, self.folds, np.random.default_rng(self.seed))[number]
        found = self._fit(estimation, weight - held)
        log = estimation.objective(found.beta)[0][estimation.line_record]
        shares = estimation.outcome_shares(weight - held)
        told = held > 0.0
        with np.errstate(divide="ignore"):
            blind = np.log(shares[estimation.data.line_kind])
        return [float(held.sum()), float(held[told] @ log[told]), float(held[told] @ blind[told])]

    def _fit(self, estimation: Estimation, line_weight: np.ndarray) -> Maximum:
        start = np.array(self.beta)
        return estimation.fit(searches=1, start=start, errors="hessian", line_weight=line_weight).maximum


_bound: dict[str, Estimation] = {}


def replicate(task: Task, number: int) -> list[float] | None:
    """A replicate, by a worker: it binds the cases when it meets them first."""
    if task.key not in _bound:
        _bound.clear()
        _bound[task.key] = Estimation.of(loads(task.scenario), task.file)
    return task.made(_bound[task.key], number)


class Sought(TypedDict, total=False):
    """How replicates are made: from a ``seed``, kept in the file at ``path``, by a ``pool``, told to ``progress``."""

    seed: int
    path: Path | None
    pool: Executor | None
    progress: Progress


def refuse_one(replicates: int, folds: int) -> None:
    """Raise ScenarioError where there is one of what can only be told from two or more."""
    for name, number, what in (("bootstrap", replicates, "sets of cases"), ("folds", folds, "parts")):
        if number == 1:
            raise ScenarioError([Problem("too-few", Place(f"--{name}"), f"two {what} or more, or 0", "1")])


def bootstrap(estimation: Estimation, fitted: Fitted, count: int, **sought: Unpack[Sought]) -> Bootstrap:
    """Estimates of so many sets of cases drawn anew: clusters where the block has them, else plays one by one."""
    task = Task.of(estimation, fitted, "bootstrap", sought.get("seed", 0))
    progress = partial(sought.get("progress", silent), "Bootstrap")
    rows = task.each(estimation, count, sought.get("path"), progress, sought.get("pool"))
    betas = [row for row in rows if row is not None]
    return Bootstrap(np.array(betas).reshape(len(betas), len(estimation.coefficients)), len(rows) - len(betas))


def cross_validate(estimation: Estimation, fitted: Fitted, folds: int, **sought: Unpack[Sought]) -> list[Fold]:
    """Each of so many parts of the cases told by the others; clusters stay together, and so do rows of one play."""
    task = Task.of(estimation, fitted, "folds", sought.get("seed", 0), folds)
    progress = partial(sought.get("progress", silent), "Folds")
    rows = task.each(estimation, folds, sought.get("path"), progress, sought.get("pool"))
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
