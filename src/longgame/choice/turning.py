"""At which belief the best posture turns, in each draw, and how that depends on an assumption.

The belief q in a condition on the worlds is moved; the odds inside the condition, and outside it, stay as they are:

    V(a, q) = q E(a | condition) + (1 - q) E(a | not condition)

This is a line in q for each posture, so that the lead of one over each rival is a line too, and the beliefs at which no
rival is ahead form an interval. Its lower end is the turning belief.

Shapes: A postures, W worlds, G draws, B bins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from longgame.choice.table import PostureTable, first_best
from longgame.inference.draws import weighted_quantiles

Array = NDArray[np.float64]
Ints = NDArray[np.intp]
Mask = NDArray[np.bool_]


def turning_beliefs(table: PostureTable, posture: int, condition: ArrayLike) -> tuple[Array, Mask]:
    """[G] the smallest belief in a condition [W] at which a posture has the best expected value; and if there is one.

    Where the posture is best at no belief, 1 is given, and False beside it.
    """
    inside_worlds = np.asarray(condition, dtype=bool)
    inside, outside = _given(table, inside_worlds), _given(table, ~inside_worlds)
    at_0 = np.delete(outside[posture] - outside, posture, axis=0)  # [A - 1, G] the lead over each rival
    at_1 = np.delete(inside[posture] - inside, posture, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = at_0 / (at_0 - at_1)
    low = np.where(at_0 < 0.0, np.where(at_1 < 0.0, np.inf, crossing), 0.0).max(axis=0, initial=0.0)
    high = np.where((at_0 >= 0.0) & (at_1 < 0.0), crossing, 1.0).min(axis=0, initial=1.0)
    known = np.isfinite(at_0).all(axis=0) & np.isfinite(at_1).all(axis=0)
    ever = (low <= high) & known
    return np.where(known, np.where(ever, low, 1.0), np.nan), ever


def best_if_sure(table: PostureTable, condition: ArrayLike) -> Ints:
    """[G] the posture of the best expected value if a condition [W] is known to hold; the first of several."""
    return first_best(_given(table, np.asarray(condition, dtype=bool)), table.slack)


def _given(table: PostureTable, condition: Mask) -> Array:
    """[A, G] the expected value of each posture if a condition [W] holds."""
    # worlds that the belief has ruled out are asked for too, where the condition has no others
    belief = conditional(table.belief, condition)
    return np.einsum("awg,wg->ag", np.where(belief > 0.0, table.values, 0.0), belief)


def conditional(belief: Array, condition: ArrayLike) -> Array:
    """The belief [W] or [W, G] given a condition [W] on the worlds.

    Where it gives the worlds of the condition nothing, they have even odds. A condition that holds in no world leaves
    the belief as it is: there is nothing to condition on.
    """
    holds = np.asarray(condition, dtype=bool)
    belief = np.asarray(belief, dtype=float)
    if not holds.any():
        return belief
    column = holds.reshape(-1, *[1] * (belief.ndim - 1))
    weight = np.where(column, belief, 0.0)
    total = weight.sum(axis=0)
    return np.where(total > 0.0, weight / np.where(total > 0.0, total, 1.0), column / holds.sum())


@dataclass(frozen=True, eq=False)
class Curve:
    """A quantity over an assumption, in bins of equally many draws.

    at                 [B] the mean of the assumption in each bin
    low, middle, high  [B] the 5 %, 50 % and 95 % quantiles of the quantity
    draws              [B]
    """

    at: Array
    low: Array
    middle: Array
    high: Array
    draws: NDArray[np.int_]


def curve(x: ArrayLike, y: ArrayLike, weights: ArrayLike | None = None, bins: int = 10) -> Curve:
    """A quantity y [D] (a turning belief, a margin) over an assumption x [D]; draws without a y are left out."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    g = np.ones(x.size) if weights is None else np.asarray(weights, dtype=float)
    known = np.isfinite(y) & np.isfinite(x) & (g > 0.0)
    x, y, g = x[known], y[known], g[known]
    parts = [part for part in np.array_split(np.argsort(x, kind="stable"), max(1, bins)) if part.size]
    quantiles = np.array([weighted_quantiles(y[part], g[part], [0.05, 0.5, 0.95]) for part in parts]).reshape(-1, 3)
    return Curve(
        at=np.array([np.average(x[part], weights=g[part]) for part in parts]),
        low=quantiles[:, 0],
        middle=quantiles[:, 1],
        high=quantiles[:, 2],
        draws=np.array([part.size for part in parts], dtype=int),
    )
