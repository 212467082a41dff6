"""How good probabilities were, once it is known what happened.

For a probability p of an event and y = 1 if it happened, else 0:

    Brier score  (p - y)^2                    0 is perfect, a coin gets 0.25          (Brier 1950)
    log score    -log(p if y = 1 else 1 - p)  0 is perfect, a coin gets log 2 = 0.693  (Good 1952)

Both are proper: nobody gains by saying something else than he believes. Lower is better. A probability of 0 or 1 that
is wrong would cost infinitely much, so the log score counts nothing as surer than ``SUREST``: a thousand to one.

Calibration: of the events that were given about p, about a share p should have happened. The shares come with Wilson's
interval (1927), which holds for few events too. Events of one case hang together, so an interval for the difference of
two scores draws whole cases anew (a cluster bootstrap: Field and Welsh 2007).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

SUREST = 0.999
EDGES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
LEAST_CASES = 3  # of which a difference of scores is given an interval
RESAMPLES = 2_000

Floats = NDArray[np.float64]


def brier(p: ArrayLike, happened: ArrayLike) -> Floats:
    """The Brier score of each probability p [n], for what ``happened`` [n] (1 or 0)."""
    return (np.asarray(p, dtype=float) - np.asarray(happened, dtype=float)) ** 2


def log_score(p: ArrayLike, happened: ArrayLike) -> Floats:
    """The log score of each probability p [n] in nats, none taken as surer than ``SUREST``."""
    likely = np.clip(np.asarray(p, dtype=float), 1.0 - SUREST, SUREST)
    return -np.log(np.where(np.asarray(happened, dtype=bool), likely, 1.0 - likely))


def wilson(count: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's interval for a share of which ``count`` in ``n`` were seen; (0, 1) where there are none."""
    if n == 0:
        return 0.0, 1.0
    z = float(scipy.special.ndtri(0.5 + confidence / 2.0))
    share, spread = count / n, z * z / n
    middle = (share + spread / 2.0) / (1.0 + spread)
    half = sqrt(share * (1.0 - share) / n + spread / (4.0 * n)) * z / (1.0 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True)
class Bin:
    """The events that were given a probability from ``low`` to ``high``: how many, what they were given on average, and
    the share that happened, with the interval of 95 % in which such a share lies."""

    low: float
    high: float
    n: int
    given: float
    share: float
    interval: tuple[float, float]


def calibration(p: ArrayLike, happened: ArrayLike, edges: Sequence[float] = EDGES) -> list[Bin]:
    """What happened of the events by the probability that they were given; bins without events are left out."""
    given, truth = np.asarray(p, dtype=float), np.asarray(happened, dtype=float)
    place = np.clip(np.searchsorted(edges, given, side="right") - 1, 0, len(edges) - 2)
    bins = []
    for number, (low, high) in enumerate(pairwise(edges)):
        here = place == number
        n, count = int(here.sum()), int(truth[here].sum())
        if n:
            bins.append(Bin(low, high, n, float(given[here].mean()), count / n, wilson(count, n)))
    return bins


def difference(
    scores: ArrayLike, others: ArrayLike, cases: Sequence[str], seed: int = 0
) -> tuple[float, tuple[float, float] | None]:
    """How much higher on average ``scores`` [n] are than ``others`` [n], with the interval of 95 %, cases drawn anew.

    No interval is given for fewer than ``LEAST_CASES`` cases: so few say nothing of others.
    """
    apart = np.asarray(scores, dtype=float) - np.asarray(others, dtype=float)
    names, place = np.unique(np.asarray(cases), return_inverse=True)
    total, size = np.bincount(place, apart), np.bincount(place)
    mean = float(apart.mean())
    if len(names) < LEAST_CASES:
        return mean, None
    drawn = np.random.default_rng(seed).integers(len(names), size=(RESAMPLES, len(names)))
    means = total[drawn].sum(1) / size[drawn].sum(1)
    low, high = np.quantile(means, (0.025, 0.975))
    return mean, (float(low), float(high))
