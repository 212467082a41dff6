"""What it is worth to learn something before a posture is chosen.

Information is worth the gain in the best expected value from choosing the posture after it is learned instead of before
(Howard 1966): with the worlds sorted into the parts that the actor could then tell apart,

    value = sum over parts of b(part) max over a of E(a | part)  -  the same over the parts it can tell apart already.

It can be asked for when the numbers are known (draw by draw) or when they are not (one choice for all draws).

Shapes: A postures, W worlds, G draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from longgame.choice.table import PostureTable
from longgame.inference.draws import weighted_quantiles

Array = NDArray[np.float64]

ROUNDING = 1e-12  # a gain smaller than this, as a part of the values, is none


@dataclass(frozen=True, eq=False)
class InformationValue:
    """What it is worth to learn something about the world before choosing.

    by_draw    [G] to somebody who knows the assumptions
    mean       of these
    low, high  the 5 % and 95 % quantiles of these
    undecided  to somebody who doubts the assumptions as the analyst does, and must choose one posture for all draws
    """

    by_draw: Array
    mean: float
    low: float
    high: float
    undecided: float


def information_by_draw(table: PostureTable, about: Sequence[object]) -> Array:
    """[G] the value of a piece of information in each draw, which says in each world [W] what would be learned in it.

    Worlds with equal entries stay together; what the actor can tell apart already stays known, so that learning it
    again is worth nothing.
    """
    told, untold = _told(table, about)
    gain = told.max(axis=1).sum(axis=0) - untold.max(axis=1).sum(axis=0)
    # Never negative in theory; what rounding leaves is nothing.
    return np.where(gain <= ROUNDING * np.abs(table.counted).max(axis=(0, 1), initial=0.0), 0.0, gain)


def information_value(table: PostureTable, about: Sequence[object]) -> InformationValue:
    """The value of a piece of information, as above, over draws that all have an answer."""
    told, untold = _told(table, about)
    by_draw = information_by_draw(table, about)
    undecided = (told @ table.weights).max(axis=1).sum() - (untold @ table.weights).max(axis=1).sum()
    low, high = weighted_quantiles(by_draw, table.weights, [0.05, 0.95])
    return InformationValue(by_draw, float(by_draw @ table.weights), low, high, max(float(undecided), 0.0))


def _told(table: PostureTable, about: Sequence[object]) -> tuple[Array, Array]:
    """[parts, A, G] what each posture is worth in each part of the worlds, with the information and without."""
    finer = [(int(cell), item) for cell, item in zip(table.cells, about, strict=True)]
    return _told_apart(table, finer), _told_apart(table, table.cells.tolist())


def _told_apart(table: PostureTable, labels: Sequence[object]) -> Array:
    """[parts, A, G] what each posture is worth in each part of the worlds, times the probability of the part.

    labels  [W] what somebody would know in each world: worlds with equal labels are one part
    """
    parts = np.array([[label == one for label in labels] for one in dict.fromkeys(labels)], dtype=float)
    return np.einsum("pw,awg,wg->pag", parts, table.counted, table.belief)


def value_of_certainty(table: PostureTable) -> float:
    """What it would be worth to learn the world and all assumptions: the expected regret of the best posture."""
    best = np.einsum("wg,wg,g->", table.counted.max(axis=0), table.belief, table.weights)
    return max(float(best - (table.expected @ table.weights).max()), 0.0)
