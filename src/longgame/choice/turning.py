"""At which belief the best posture turns, in each draw, and how that depends on an assumption.

Shapes: A postures, W worlds, D draws, B bins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from longgame.choice.robust import Outlook
from longgame.inference.weights import weighted_quantiles

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


def turning_beliefs(outlook: Outlook, posture: str, condition: ArrayLike) -> tuple[Array, Mask]:
    """[D] the smallest belief in a condition [W] at which a posture has the best expected value; and if there is one.

    The odds inside the condition, and outside it, stay as they are in each draw, so that the posture's lead over each
    rival is a straight line in the belief. Where the posture is best at no belief, 1 is given, and False beside it.
    """
    inside_worlds = np.asarray(condition, dtype=bool)
    chosen = outlook.postures.index(posture)
    inside = np.einsum("awd,wd->ad", outlook.values, _conditional(outlook.belief, inside_worlds))
    outside = np.einsum("awd,wd->ad", outlook.values, _conditional(outlook.belief, ~inside_worlds))
    at_0 = np.delete(outside[chosen] - outside, chosen, axis=0)  # [A - 1, D] the lead over each rival
    at_1 = np.delete(inside[chosen] - inside, chosen, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = at_0 / (at_0 - at_1)
    low = np.where(at_0 < 0.0, np.where(at_1 < 0.0, np.inf, crossing), 0.0).max(axis=0, initial=0.0)
    high = np.where((at_0 >= 0.0) & (at_1 < 0.0), crossing, 1.0).min(axis=0, initial=1.0)
    ever = low <= high
    return np.where(ever, low, 1.0), ever


def _conditional(belief: Array, condition: Mask) -> Array:
    """[W, D] the belief given a condition [W]; even odds where it has none, and unchanged where no world meets it."""
    if not condition.any():
        return belief
    weight = np.where(condition[:, None], belief, 0.0)
    total = weight.sum(axis=0)
    return np.where(total > 0.0, weight / np.where(total > 0.0, total, 1.0), (condition / condition.sum())[:, None])


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
