"""Many draws of the assumptions: where the points lie, how a draw can end, what each weighs.

The points are a scrambled Sobol sequence (Owen 1998): they cover the ranges of the assumptions more evenly than
independent draws, so that a share of draws settles sooner. A seed fixes them, and any part of the sequence can be had
by itself.

A draw that fails keeps its status and is counted; it is never dropped.

Shapes: D draws, P assumptions.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from enum import Enum

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class DrawStatus(Enum):
    """How a draw ended; the value is the sentence shown."""

    SOLVED = "Every step of the game was solved to the tolerance."
    UNCONVERGED = "Some steps of the game were not solved to the tolerance; the answers are the best that was found."
    INVALID = "These assumptions make no game: a probability falls outside 0 to 1, or a discount factor outside it."
    IMPOSSIBLE = "Under these assumptions the evidence cannot have happened."
    FAILED = "The draw ended with an error."
    SET_ASIDE = "Every process that tried to solve the draw died, so it was set aside."

    @property
    def counts(self) -> bool:
        """Whether the draw has answers, and so a part in the shares."""
        return self in (DrawStatus.SOLVED, DrawStatus.UNCONVERGED)


def sobol(draws: int, dimensions: int, seed: int, *, start: int = 0) -> Array:
    """[draws - start, dimensions] scrambled Sobol points, strictly inside the unit cube, without the first ``start``.

    The sequence is balanced at powers of two; more draws with the same seed only add points.
    """
    if not 0 <= start <= draws:
        raise ValueError(f"draws must be 0 or more, and start between 0 and draws; got {draws} and {start}")
    if draws == start or dimensions == 0:
        return np.empty((draws - start, dimensions))
    from scipy.stats import qmc  # here, since it takes a second to import, and a question without draws needs none

    sampler = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed))
    if start:
        sampler.fast_forward(start)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The balance properties", category=UserWarning)
        points = sampler.random(draws - start)
    return np.clip(points, *_OPEN_INTERVAL)  # a point at 0 would be infinitely far out on an unbounded distribution


_OPEN_INTERVAL = (2.0**-32, 1.0 - 2.0**-32)


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
