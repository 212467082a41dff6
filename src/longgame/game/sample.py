"""Draws of the assumptions: points of the unit cube -> values, by the inverse of each distribution function.

A range by itself means that every value in it is equally likely. A range beside a distribution cuts it off; beside a
beta distribution it is what the distribution is stretched over. A distribution without bounds is cut off at its 0.001
and 0.999 quantiles, so that a game can be compiled once for all draws.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from scipy import stats

from longgame.scenario.model import Assumption, Scenario

TAIL = 0.001  # what is cut off at each end of a distribution without bounds


def draws(scenario: Scenario, cube: np.ndarray) -> np.ndarray:
    """The assumptions of many draws.

    Args:
        scenario: whose assumptions; P of them, in their order.
        cube: [D, P] points of the unit cube, one column for each assumption (those with one value ignore theirs).

    Returns:
        theta [D, P].
    """
    assumptions = list(scenario.assumptions.values())
    if cube.ndim != 2 or cube.shape[1] != len(assumptions):
        raise ValueError(f"expected points with {len(assumptions)} coordinates, found an array of shape {cube.shape}")
    columns = [quantile(assumption, cube[:, p]) for p, assumption in enumerate(assumptions)]
    return np.stack(columns, axis=1) if columns else np.zeros((len(cube), 0))


def quantile(assumption: Assumption, u: np.ndarray) -> np.ndarray:
    """The values below which an assumption lies with probabilities ``u`` [...]."""
    if assumption.fixed:
        return np.full(np.shape(u), float(assumption.value))
    low, high = support(assumption)
    if low == high:
        return np.full(np.shape(u), low)
    distribution = _distribution(assumption)
    below, above = distribution.cdf(low), distribution.cdf(high)
    return np.clip(distribution.ppf(below + np.asarray(u, float) * (above - below)), low, high)


def log_density(assumption: Assumption, values: np.ndarray) -> np.ndarray:
    """The log of the probability density that draws have at some ``values`` [...]; 0 for an assumption of one value."""
    low, high = support(assumption)
    if low == high:
        return np.zeros(np.shape(values))
    distribution = _distribution(assumption)
    inside = math.log(distribution.cdf(high) - distribution.cdf(low))
    values = np.asarray(values, float)
    return np.where((values >= low) & (values <= high), distribution.logpdf(values) - inside, -np.inf)


def support(assumption: Assumption) -> tuple[float, float]:
    """The least and the greatest value that a draw can have."""
    if assumption.fixed:
        return float(assumption.value), float(assumption.value)
    if assumption.distribution is None:
        return assumption.range or (assumption.value, assumption.value)
    distribution = _distribution(assumption)
    low, high = distribution.support()
    if assumption.range is not None:
        low, high = max(low, assumption.range[0]), min(high, assumption.range[1])
    elif not (math.isfinite(low) and math.isfinite(high)):
        low, high = distribution.ppf([TAIL, 1 - TAIL])
    return float(low), float(high)


def limits(assumption: Assumption) -> tuple[float, float]:
    """The least and the greatest value that a game must allow for: those of draws, and the base value."""
    low, high = support(assumption)
    return min(low, float(assumption.value)), max(high, float(assumption.value))


def _distribution(assumption: Assumption) -> stats.rv_frozen:  # type: ignore[name-defined]
    """The distribution before it is cut off."""
    given = assumption.distribution
    kind, parameters = ("none", ()) if given is None else (given.kind, given.parameters)
    return _made(kind, tuple(parameters), assumption.range, assumption.value)


@lru_cache(maxsize=1024)  # SciPy takes a millisecond to make one, and every chunk of draws wants all of them
def _made(
    kind: str, parameters: tuple[float, ...], bounds: tuple[float, float] | None, value: float
) -> stats.rv_frozen:  # type: ignore[name-defined]
    match kind, parameters:
        case "uniform", (low, high):
            return stats.uniform(low, high - low)
        case "normal", (mean, deviation):
            return stats.norm(mean, deviation)
        case "lognormal", (median, sigma):
            return stats.lognorm(sigma, scale=median)
        case "triangular", (low, mode, high):
            return stats.triang((mode - low) / (high - low), low, high - low)
        case "beta", (a, b):
            low, high = bounds or (0.0, 1.0)
            return stats.beta(a, b, low, high - low)
        case _:
            low, high = bounds or (value, value)
            return stats.uniform(low, high - low)
