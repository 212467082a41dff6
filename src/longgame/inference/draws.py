"""Many draws of the assumptions: where the points lie, how a draw can end, what each weighs.

The points are Latin hypercubes (McKay, Beckman and Conover 1979): each assumption's range is cut into as many equal
slices as there are points, every slice has one, and which slice of one assumption goes with which of another is left to
chance. So the shares of draws settle sooner than with independent draws, and no two assumptions are tied together, as
the coordinates of low-discrepancy sequences are where points are few and coordinates many (128 points of a Sobol
sequence in 64 dimensions: some pairs lie on a checkerboard), which makes an index name assumptions that an output does
not contain.

    1. The hypercube doubles (Sallaberry, Helton and Hora 2008, Reliability Engineering and System Safety 93): cut the
       slices of n points in halves; n of them are empty, and n new points go there, in random order. So the first
       1, 2, 4, ... points are a hypercube each, and more draws with the same seed only add points.
    2. At ``BLOCK`` points it is full; further ones make hypercubes of that size of their own. So any part of the
       sequence can be had without the parts before its block.
    3. Each assumption has its own stream of random numbers, from the seed and its name. So it is drawn alike whatever
       other assumptions there are, and two runs of one seed can be compared draw by draw.

A draw that fails keeps its status and is counted; it is never dropped.

Shapes: D draws, P assumptions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from enum import Enum

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


BLOCK = 4096  # points: how far the hypercube doubles
_OPEN_INTERVAL = (2.0**-32, 1.0 - 2.0**-32)


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


def latin(draws: int, names: Sequence[str], seed: int, *, start: int = 0) -> Array:
    """[draws - start, P] points inside the unit cube, never on its sides: a column for each name, from ``start`` on."""
    if not 0 <= start <= draws:
        raise ValueError(f"draws must be 0 or more, and start between 0 and draws; got {draws} and {start}")
    points = np.empty((draws - start, len(names)))
    for p, name in enumerate(names):
        for block in range(start // BLOCK, -(-draws // BLOCK)):
            first = block * BLOCK
            here = slice(max(start, first), min(draws, first + BLOCK))
            column = _hypercube(here.stop - first, _stream(seed, name, block))
            points[here.start - start : here.stop - start, p] = column[here.start - first :]
    return np.clip(points, *_OPEN_INTERVAL)  # a point at 0 would be infinitely far out on an unbounded distribution


def _hypercube(count: int, rng: np.random.Generator) -> Array:
    """[count] the first points of one column of a block; those of a smaller count are the first of a larger one."""
    points = rng.random(1)
    while points.size < count:
        slices = 2 * points.size
        empty = np.ones(slices, dtype=bool)
        empty[(points * slices).astype(int)] = False
        new = rng.permutation(np.flatnonzero(empty))
        points = np.concatenate([points, (new + rng.random(new.size)) / slices])
    return points[:count]


def _stream(seed: int, name: str, block: int) -> np.random.Generator:
    """The random numbers of one assumption in one block."""
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:16], "big")
    return np.random.default_rng([seed, block, key])


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


def weighted_quantiles(values: Array, weights: Array, at: Sequence[float]) -> list[float]:
    """Quantiles of weighted numbers [D]: the smallest that at least the part ``at`` of the weight does not exceed."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    places = np.minimum(np.searchsorted(reached, np.asarray(at) - 1e-12), len(order) - 1)
    return [float(values[order[place]]) for place in places]
