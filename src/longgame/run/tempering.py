"""From the draws of the prior to the posterior in steps, where their weights alone would not do.

When the evidence leaves the weight on less than a tenth of the draws, these become the first particles of a tempered
sequential Monte Carlo (``inference.tempering``): they are led to the posterior, and each point on the way is
solved as far as the evidence needs it. The particles that arrive are solved for all questions.

Every point that was solved is kept, in chunks of its own beside those of the draws. The way depends on the seed and on
what was found alone, so that a run that was interrupted takes the same way again, and solves only what is missing.
"""

from __future__ import annotations

import math
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from longgame.inference.draws import DrawStatus
from longgame.inference.tempering import Posterior, temper
from longgame.inference.weights import SMALL_PART
from longgame.run.executors import ChunkExecutor
from longgame.run.plan import STATUSES, Arrays, Chunk
from longgame.run.solver import Solver, cube_points
from longgame.run.store import ChunkFiles, Folder, Memory, Store, each_chunk
from longgame.run.study import Progress
from longgame.run.weighing import Weighed, valid

MOST = 4096  # particles

_RULED_OUT = np.array([status in (DrawStatus.INVALID, DrawStatus.IMPOSSIBLE) for status in STATUSES])


@dataclass(frozen=True, eq=False)
class Tempered:
    """Particles of equal weight that stand for the posterior.

    way        how they got there
    arrays     what was found in each, laid out like the arrays of a chunk
    effective  how many draws of equal weight the draws of the prior were worth
    """

    way: Posterior
    arrays: Arrays
    effective: float

    @property
    def size(self) -> int:
        """How many particles."""
        return len(self.arrays["status"])


def tempered(solver: Solver, store: Store, executor: ChunkExecutor, progress: Progress) -> Tempered | None:
    """The posterior of a finished run, where its weights alone would not do and one was wanted; else None."""
    plan = solver.plan
    if not is_wanted(store):
        return None
    count = min(plan.size, MOST)
    start, logs = cube_points(solver.study, 0, count, plan.seed), np.full(count, -np.inf)
    for chunk, arrays in each_chunk(store, "status", "log_likelihood"):
        here = logs[chunk.start : chunk.stop]
        here[:] = _log_likelihood(arrays)[: len(here)]
        if chunk.stop >= count:
            break
    if not np.isfinite(logs).any():
        return None
    points = _Points(solver, _beside(store), executor)
    way = temper(
        lambda u: _log_likelihood(points.solved(u, evidence_only=True)),
        start,
        logs,
        seed=plan.seed,
        progress=_Steps(progress),
    )
    different, which = np.unique(way.points, axis=0, return_inverse=True)
    progress("Solving the draws of the posterior", 0, 1)
    found = points.solved(different, evidence_only=False)
    effective = Weighed.of(store).report.effective
    return Tempered(way, {name: array[np.ravel(which)] for name, array in found.items()}, effective)


def is_wanted(store: Store) -> bool:
    """Whether the weights of the draws of a finished run alone would not do, and the run asks for more."""
    plan = store.plan
    if not (plan.size and plan.temper and plan.axes.evidence):
        return False
    report = Weighed.of(store).report
    return bool(report.weights.size) and report.effective < SMALL_PART * report.weights.size


def _log_likelihood(arrays: Arrays) -> NDArray[np.float64]:
    """[D] of all evidence: minus infinity where it cannot be, NaN where a draw failed."""
    logs = np.where(valid(arrays["status"]), arrays["log_likelihood"].sum(axis=1), np.nan)
    return np.where(_RULED_OUT[arrays["status"]], -np.inf, logs)


def _beside(store: Store) -> Memory | ChunkFiles:
    """Where the chunks of the way are kept."""
    return store.on_the_way() if isinstance(store, Folder) else Memory(store.plan)


class _Steps:
    """Tells how far the draws have been led, in steps: each takes as long, and multiplies the temperature by as much.

    ``phi`` is how much of the evidence counts after a step.
    """

    def __init__(self, progress: Progress):
        self._progress = progress
        self._phis: list[float] = []
        self._tell(0.0)

    def __call__(self, phi: float) -> None:
        self._phis.append(phi)
        steps = len(self._phis)
        if steps == 1 or phi >= 1.0:
            self._tell(phi)
            return
        growth = math.log(phi / self._phis[0]) / (steps - 1)  # a step; of the logarithm
        self._tell(steps / (steps - math.log(phi) / growth) if growth > 0.0 else phi)

    def _tell(self, part: float) -> None:
        self._progress("Leading the draws to the evidence", int(100 * part), 100)


class _Points:
    """Solves points of the unit cube chunk by chunk; those that the store has already are read from it."""

    def __init__(self, solver: Solver, store: Memory | ChunkFiles, executor: ChunkExecutor):
        self._solver, self._store, self._executor = solver, store, executor
        self._next = 0

    def solved(self, u: NDArray[np.float64], *, evidence_only: bool) -> Arrays:
        """The arrays of points u [n, P varying]."""
        size = self._solver.plan.chunk
        chunk_of = partial(Chunk, evidence_only=evidence_only)
        chunks = [
            chunk_of(self._next + n, start, min(start + size, len(u)), cube=u[start : start + size].tobytes())
            for n, start in enumerate(range(0, len(u), size))
        ]
        self._next += len(chunks)
        missing = [chunk for chunk in chunks if not self._store.has(chunk)]
        with closing(self._executor.solve(self._solver, missing)) as ended:
            for chunk, arrays in ended:
                self._store.put(chunk, arrays)
        parts = [self._store.get(chunk) for chunk in chunks]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
