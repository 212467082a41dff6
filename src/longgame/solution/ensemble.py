"""Many draws of the assumptions: where the points lie, how the draws are run, what each weighs.

The points are a scrambled Sobol sequence (Owen 1998): they cover the ranges of the assumptions more evenly than
independent draws, so that a share of draws settles sooner, and a seed fixes them. What is done at a point is the
caller's: a function of the assumptions, which is given to an executor of ``concurrent.futures``. Threads are the
default: nearly all of the time is spent inside compiled programs, which let go of the interpreter's lock. Another
executor (processes, a cluster) can be put in their place without a change here or in the caller.

A draw that fails keeps its status and is counted; it is never dropped.

Shapes: D draws, P assumptions.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

Array = NDArray[np.float64]
T = TypeVar("T")


class DrawStatus(Enum):
    """How a draw ended; the value is the sentence shown."""

    SOLVED = "Every step of the game was solved to the tolerance."
    UNCONVERGED = "Some steps of the game were not solved to the tolerance; the answers are the best that was found."
    INVALID = "These assumptions make no game: a probability falls outside 0 to 1, or a discount factor outside it."
    IMPOSSIBLE = "Under these assumptions the evidence cannot have happened."
    FAILED = "The draw ended with an error."

    @property
    def counts(self) -> bool:
        """Whether the draw has answers, and so a part in the shares."""
        return self in (DrawStatus.SOLVED, DrawStatus.UNCONVERGED)


@dataclass(frozen=True)
class Draw(Generic[T]):
    """One draw of the assumptions and what came of it.

    theta   [P] the assumptions
    result  what the task returned; None where the status does not count
    detail  what went wrong, in words, where something did
    """

    index: int
    theta: Array
    status: DrawStatus
    result: T | None = None
    detail: str = ""


def sobol(draws: int, dimensions: int, seed: int) -> Array:
    """[D, dimensions] scrambled Sobol points, strictly inside the unit cube.

    The sequence is balanced at powers of two; any other number takes the first points of the next longer one, so
    that more draws with the same seed only add points.
    """
    if draws < 0:
        raise ValueError(f"draws must be 0 or more, got {draws}")
    if draws == 0 or dimensions == 0:
        return np.empty((draws, dimensions))
    sampler = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed))
    points = sampler.random_base2(max(draws - 1, 0).bit_length())[:draws]
    return np.clip(points, *_OPEN_INTERVAL)  # a point at 0 would be infinitely far out on an unbounded distribution


_OPEN_INTERVAL = (2.0**-32, 1.0 - 2.0**-32)


def run(
    task: Callable[[Array], tuple[DrawStatus, T | None]],
    thetas: Array,
    *,
    executor: Executor | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Draw[T]]:
    """Do the task at every draw [D, P] and return the draws in their order, whatever order they ended in.

    ``progress`` is told how many draws of how many are done, from the calling thread.
    """
    if executor is not None:
        return _run(task, thetas, executor, progress)
    pool = ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="draw")
    try:
        return _run(task, thetas, pool, progress)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)  # after an interrupt: what has not begun does not begin


def _run(
    task: Callable[[Array], tuple[DrawStatus, T | None]],
    thetas: Array,
    executor: Executor,
    progress: Callable[[int, int], None] | None,
) -> list[Draw[T]]:
    futures: dict[Future[Draw[T]], int] = {
        executor.submit(_attempt, task, index, theta): index for index, theta in enumerate(thetas)
    }
    draws: dict[int, Draw[T]] = {}
    for future in as_completed(futures):
        draws[futures[future]] = future.result()
        if progress is not None:
            progress(len(draws), len(futures))
    return [draws[index] for index in range(len(futures))]


def _attempt(task: Callable[[Array], tuple[DrawStatus, T | None]], index: int, theta: Array) -> Draw[T]:
    try:
        status, result = task(theta)
    except Exception as error:  # whatever it is, one draw must not end the others; it is counted, with its reason
        return Draw(index, theta, DrawStatus.FAILED, detail=f"{type(error).__name__}: {error}")
    return Draw(index, theta, status, result)


def likelihood_weights(log_likelihood: Sequence[float] | Array) -> Array:
    """[D] weights that sum to one, in proportion to the likelihood that each draw gives to the evidence.

    A draw without a finite likelihood weighs nothing; if no draw has one, all weigh the same.
    """
    logs = np.asarray(log_likelihood, dtype=float)
    if logs.size == 0:
        return np.empty(0)
    logs = np.where(np.isfinite(logs), logs, -np.inf)
    if np.all(np.isneginf(logs)):
        return np.full(logs.size, 1.0 / logs.size)
    weights = np.exp(logs - logs.max())
    return weights / weights.sum()


def effective_sample_size(weights: Array) -> float:
    """How many draws of equal weight would say as much as these: (sum w)^2 / sum w^2 (Kish 1965)."""
    weights = np.asarray(weights, dtype=float)
    return float(weights.sum() ** 2 / (weights**2).sum()) if weights.size else 0.0
