"""What it is worth to learn an assumption before a posture is chosen for all draws.

It is estimated from the draws, by a smooth regression of each posture's value on the assumption (Strong, Oakley and
Brennan 2014, Medical Decision Making 34).

Shapes: A postures, W worlds, G draws, P assumptions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from longgame.choice.table import PostureTable
from longgame.inference.dependence import CHANCE, ranks, scores, tested

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

WAVES = 4  # cosines in the regression of a value on an assumption
DUMMIES = 100  # assumptions of no influence that are tried for the floor
ROUNDING = 1e-12  # of the values: a gain that is no larger is none
ABOVE = 0.05  # the part of such assumptions that would be over the floor


@dataclass(frozen=True, eq=False)
class AssumptionValues:
    """What it is worth to learn each assumption before choosing one posture.

    value    [P] in the units of the values; not below zero
    floor    what would be estimated by chance for an assumption that matters nothing
    matters  [P] whether it is worth more than that, and the lead of one posture over another depends on it
    """

    value: Array
    floor: float
    matters: Mask


def value_of_assumptions(table: PostureTable, x: Array, seed: int = 0) -> AssumptionValues:
    """The value of learning single assumptions, from their values x [G, P] in the draws of the table.

    With E(a | x) the value of posture a as a smooth function of one assumption (a least-squares fit of cosines of its
    rank), the value is the mean of max over a of E(a | x), less max over a of the mean. A noisy fit makes the maximum
    too large; the floor says how much of that to expect, and a test for many assumptions at once (``dependence``)
    whether the weighed lead of the best posture over any other one depends on the assumption at all.
    """
    x = np.asarray(x, dtype=float)
    draws, P = x.shape
    waves = np.array([_known(table, (ranks(column) - 0.5) / draws) for column in x.T]) if P else np.zeros(0)
    rng = np.random.default_rng(seed)
    chance = np.array([_known(table, (rng.permutation(draws) + 0.5) / draws) for _ in range(DUMMIES)])
    floor = float(chance.mean() + scipy.special.ndtri(1.0 - ABOVE) * chance.std())
    return AssumptionValues(waves, floor, (waves > max(floor, 0.0)) & _turns_on(table, x))


def _turns_on(table: PostureTable, x: Array) -> Mask:
    """[P] whether the weighed lead of the best posture over any other one depends on an assumption."""
    best = int((table.expected @ table.weights).argmax())
    leads = np.delete(table.expected[best] - table.expected, best, axis=0) * table.weights
    read = scores(x)
    least = [tested(read, lead) for lead in leads if np.ptp(lead) > 0.0]
    return np.min(least, axis=0) < CHANCE / len(least) if least else np.zeros(x.shape[1], bool)


def _known(table: PostureTable, u: Array) -> float:
    """What it is worth to know u [G], spread evenly over 0..1."""
    basis = np.cos(np.pi * np.arange(WAVES + 1) * u[:, None])
    root = np.sqrt(table.weights)[:, None]
    fitted = basis @ np.linalg.lstsq(basis * root, table.expected.T * root, rcond=None)[0]  # [G, A]
    gain = table.weights @ fitted.max(axis=1) - (table.weights @ fitted).max()
    return float(gain) if gain > ROUNDING * np.abs(fitted).max() else 0.0
