"""What it is worth to learn something before a posture is chosen.

Information is worth the gain in the best expected value from choosing after it is learned (Howard 1966). It can be
asked for when the numbers are known (draw by draw) or when they are not (one choice for all draws), and for the numbers
themselves: what it is worth to know one assumption is estimated from the draws by a smooth regression of each
posture's value on it (Strong, Oakley and Brennan 2014, Medical Decision Making 34).

Shapes: A postures, W worlds, D draws, P assumptions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from longgame.choice.postures import told_apart
from longgame.choice.robust import Outlook
from longgame.inference.dependence import ranks
from longgame.inference.weights import weighted_quantiles

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

WAVES = 4  # cosines in the regression of a value on an assumption
DUMMIES = 100  # assumptions of no influence that are tried for the floor
CHANCE = 0.05  # that any of the P assumptions, all without influence, rises over the floor


@dataclass(frozen=True, eq=False)
class InformationValue:
    """What it is worth to learn something about the world before choosing.

    by_draw   [D] to somebody who knows the assumptions
    mean      of these
    low, high the 5 % and 95 % quantiles of these
    undecided to somebody who doubts the assumptions as the analyst does, and must choose one posture for all draws
    """

    by_draw: Array
    mean: float
    low: float
    high: float
    undecided: float


def information_value(outlook: Outlook, about: Sequence[object]) -> InformationValue:
    """The value of one piece of information, which says in each world [W] what would be learned in it.

    Worlds with equal entries stay together; what the actor can tell apart already stays known.
    """
    finer = [(int(cell), item) for cell, item in zip(outlook.cells, about, strict=True)]
    told = told_apart(outlook.values, outlook.belief, finer)
    untold = told_apart(outlook.values, outlook.belief, list(outlook.cells))
    by_draw = np.maximum(told.max(axis=1).sum(axis=0) - untold.max(axis=1).sum(axis=0), 0.0)
    undecided = (told @ outlook.weights).max(axis=1).sum() - (untold @ outlook.weights).max(axis=1).sum()
    low, high = weighted_quantiles(by_draw, outlook.weights, [0.05, 0.95])
    return InformationValue(by_draw, float(by_draw @ outlook.weights), low, high, max(float(undecided), 0.0))


def perfect_information(outlook: Outlook) -> InformationValue:
    """The value of learning which world it is."""
    return information_value(outlook, range(len(outlook.cells)))


def value_of_certainty(outlook: Outlook) -> float:
    """What it would be worth to learn the world and all assumptions: the expected regret of the best posture."""
    best = outlook.values.max(axis=0)
    return float(
        np.einsum("wd,wd,d->", best, outlook.belief, outlook.weights) - (outlook.by_draw @ outlook.weights).max()
    )


@dataclass(frozen=True, eq=False)
class AssumptionValues:
    """What it is worth to learn each assumption before choosing one posture.

    value  [P] in the units of the values; not below zero
    floor  what would be estimated by chance for an assumption that matters nothing
    """

    value: Array
    floor: float

    @property
    def matters(self) -> Mask:
        """[P] whether it is worth more than chance would suggest."""
        return self.value > self.floor


def value_of_assumptions(outlook: Outlook, x: Array, seed: int = 0) -> AssumptionValues:
    """The value of learning single assumptions, from the draws x [D before, P] that the outlook was made of.

    With E(a | x) the value of posture a as a smooth function of one assumption (a least-squares fit of cosines of its
    rank), the value is the mean of max over a of E(a | x), less max over a of the mean. A noisy fit makes the maximum
    too large; the floor says how much of that to expect.
    """
    x = np.asarray(x, dtype=float)[outlook.kept]
    draws, P = x.shape
    waves = np.stack([_known(outlook, (ranks(column) - 0.5) / draws) for column in x.T]) if P else np.zeros(0)
    rng = np.random.default_rng(seed)
    chance = np.array([_known(outlook, (rng.permutation(draws) + 0.5) / draws) for _ in range(DUMMIES)])
    return AssumptionValues(waves, float(chance.mean() + special.ndtri(1.0 - CHANCE / max(P, 1)) * chance.std()))


def _known(outlook: Outlook, u: Array) -> float:
    """What it is worth to know u [D], spread evenly over 0..1."""
    basis = np.cos(np.pi * np.arange(WAVES + 1) * u[:, None])
    root = np.sqrt(outlook.weights)[:, None]
    fitted = basis @ np.linalg.lstsq(basis * root, outlook.by_draw.T * root, rcond=None)[0]  # [D, A]
    gain = outlook.weights @ fitted.max(axis=1) - (outlook.weights @ fitted).max()
    return max(float(gain), 0.0)
