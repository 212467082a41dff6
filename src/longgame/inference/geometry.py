"""Slopes fitted to scattered values, and the point of a plane that is nearest to another, inside a box.

Shapes: D points, P assumptions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


def slope_of(points: Array, values: Array) -> Array:
    """[P] the slope of the plane of least squares through values [D] at points [D, P]."""
    return _fit(points - points.mean(axis=0), values - values.mean(), np.ones(len(values)), np.zeros(points.shape[1]))


def local_slope(points: Array, values: Array, at: Array, at_value: float, prior: Array) -> Array:
    """[P] the slope at a point of known value, from values [D] nearby, drawn towards a slope that is expected.

    Points count the more, the nearer they are: by 1 / (h^2 + distance^2), with h a tenth of the distance to the nearest
    P / 2 of them. Where few are near, the expected slope (that of all draws, say) decides.
    """
    distance = np.linalg.norm(points - at, axis=1)
    near = np.argsort(distance, kind="stable")[: 4 * points.shape[1] + 8]
    h = max(0.1 * float(distance[near[: points.shape[1] // 2 + 1]].max(initial=0.0)), 1e-3)
    return _fit(points[near] - at, values[near] - at_value, h**2 / (h**2 + distance[near] ** 2), prior)


def _fit(away: Array, rise: Array, weight: Array, prior: Array) -> Array:
    """Ridge regression through the origin, towards a prior slope."""
    weighted = away * weight[:, None]
    normal = weighted.T @ away
    ridge = 1e-3 * max(float(np.trace(normal)) / len(normal), 1e-12)
    normal[np.diag_indices_from(normal)] += ridge
    return prior + np.linalg.solve(normal, weighted.T @ (rise - away @ prior))


def nearest_on_plane(base: Array, slope: Array, through: Array, free: Mask) -> Array | None:
    """The point nearest to ``base`` on the plane through ``through`` across ``slope``, inside the unit cube.

    Only the free assumptions may differ from the base. The solution of this projection onto a plane and a box is
    clip(base + k slope) with one number k, which is found by bisection. None where the plane is out of reach.
    """
    direction = np.where(free, slope, 0.0)
    low, high = np.minimum(base, 0.0), np.maximum(base, 1.0)  # a base outside the ranges may stay where it is
    rise = float(slope @ (through - base))
    if rise < 0.0:
        direction, rise = -direction, -rise
        slope = -slope

    def moved(k: float) -> Array:
        return np.clip(base + k * direction, low, high)

    steepest = float(np.abs(direction).max(initial=0.0))
    if steepest == 0.0:
        return None
    least, most = 0.0, 1.0
    while float(slope @ (moved(most) - base)) < rise:
        most *= 2.0
        if most * steepest > 1e6:
            return None
    for _ in range(60):
        middle = (least + most) / 2.0
        if float(slope @ (moved(middle) - base)) < rise:
            least = middle
        else:
            most = middle
    return moved(most)
