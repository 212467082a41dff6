"""Draws of the assumptions: points of the unit cube -> values, by the inverse of each distribution function.

A range by itself means that every value in it is equally likely. A range beside a distribution cuts it off; beside a
beta distribution it is what the distribution is stretched over. A distribution without bounds is cut off at its 0.001
and 0.999 quantiles, so that a game can be compiled once for all draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from longgame.scenario.model import Assumption, Scenario

Array = Any  # of floats, or one of them

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
    distribution, u = _distribution(assumption), np.asarray(u, float)
    below, above = distribution.cdf(low), distribution.cdf(high)
    if below > 0.5 and distribution.upper is not None:  # far up, where the function is 1 but for rounding
        sf, isf = distribution.upper
        return np.clip(isf((1.0 - u) * sf(low) + u * sf(high)), low, high)
    return np.clip(distribution.ppf(below + u * (above - below)), low, high)


def log_density(assumption: Assumption, values: np.ndarray) -> np.ndarray:
    """The log of the probability density that draws have at some ``values`` [...]; 0 for an assumption of one value."""
    low, high = support(assumption)
    if low == high:
        return np.zeros(np.shape(values))
    distribution = _distribution(assumption)
    inside = math.log(_mass(distribution, low, high))
    values = np.asarray(values, float)
    return np.where((values >= low) & (values <= high), distribution.logpdf(values) - inside, -np.inf)


def _mass(distribution: _Distribution, low: float, high: float) -> float:
    """The probability of a value from ``low`` to ``high``."""
    if distribution.cdf(low) > 0.5 and distribution.upper is not None:
        sf, _ = distribution.upper
        return float(sf(low) - sf(high))
    return float(distribution.cdf(high) - distribution.cdf(low))


def support(assumption: Assumption) -> tuple[float, float]:
    """The least and the greatest value that a draw can have."""
    if assumption.fixed:
        return float(assumption.value), float(assumption.value)
    if assumption.distribution is None:
        return assumption.range or (assumption.value, assumption.value)
    distribution = _distribution(assumption)
    low, high = distribution.low, distribution.high
    if assumption.range is not None:
        low, high = max(low, assumption.range[0]), min(high, assumption.range[1])
    elif not (math.isfinite(low) and math.isfinite(high)):
        low, high = distribution.ppf(np.array([TAIL, 1 - TAIL]))
    return float(low), float(high)


def limits(assumption: Assumption) -> tuple[float, float]:
    """The least and the greatest value that a game must allow for: those of draws, and the base value."""
    low, high = support(assumption)
    return min(low, float(assumption.value)), max(high, float(assumption.value))


@dataclass(frozen=True)
class _Distribution:
    """A distribution before it is cut off, by functions of arrays; between ``low`` and ``high``, which may be infinite.

    ``upper`` is the probability of a greater value and the inverse of that, where 1 less ``cdf`` would lose its digits.
    SciPy's special functions are enough for these few; its module of statistics takes a second to import.
    """

    low: float
    high: float
    cdf: Callable[[Array], Array]
    ppf: Callable[[Array], Array]
    logpdf: Callable[[Array], Array]
    upper: tuple[Callable[[Array], Array], Callable[[Array], Array]] | None = None


def _distribution(assumption: Assumption) -> _Distribution:
    given, bounds = assumption.distribution, assumption.range
    match ("none", ()) if given is None else (given.kind, tuple(given.parameters)):
        case "uniform", (low, high):
            return _uniform(low, high)
        case "loguniform", (low, high):
            return _loguniform(low, high)
        case "normal", (mean, deviation):
            return _normal(mean, deviation)
        case "lognormal", (median, sigma):
            return _lognormal(median, sigma)
        case "triangular", (low, mode, high):
            return _triangular(low, mode, high)
        case "beta", (a, b):
            return _beta(a, b, *(bounds or (0.0, 1.0)))
        case _:
            return _uniform(*(bounds or (assumption.value, assumption.value)))


def _uniform(low: float, high: float) -> _Distribution:
    width = high - low
    return _Distribution(
        low,
        high,
        lambda x: np.clip((x - low) / width, 0.0, 1.0),
        lambda u: low + u * width,
        lambda x: np.full(np.shape(x), -math.log(width)),
    )


def _loguniform(low: float, high: float) -> _Distribution:
    """The logarithm is uniform: the density is 1 / (x log(high / low))."""
    factors = _uniform(math.log(low), math.log(high))
    return _Distribution(
        low,
        high,
        lambda x: factors.cdf(_log(x)),
        lambda u: np.exp(factors.ppf(u)),
        lambda x: factors.logpdf(_log(x)) - _log(x),
    )


def _log(x: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.log(x)


def _normal(mean: float, deviation: float) -> _Distribution:
    scale = math.log(deviation * math.sqrt(2.0 * math.pi))
    return _Distribution(
        -math.inf,
        math.inf,
        lambda x: scipy.special.ndtr((x - mean) / deviation),
        lambda u: mean + deviation * scipy.special.ndtri(u),
        lambda x: -0.5 * ((x - mean) / deviation) ** 2 - scale,
        (lambda x: scipy.special.ndtr((mean - x) / deviation), lambda q: mean - deviation * scipy.special.ndtri(q)),
    )


def _lognormal(median: float, sigma: float) -> _Distribution:
    """The logarithm is normal, about that of the median."""
    normal = _normal(math.log(median), sigma)
    assert normal.upper is not None
    sf, isf = normal.upper
    return _Distribution(
        0.0,
        math.inf,
        lambda x: normal.cdf(_log(x)),
        lambda u: np.exp(normal.ppf(u)),
        lambda x: normal.logpdf(_log(x)) - _log(x),
        (lambda x: sf(_log(x)), lambda q: np.exp(isf(q))),
    )


def _triangular(low: float, mode: float, high: float) -> _Distribution:
    width, rise, fall = high - low, mode - low, high - mode

    def up(x: Array) -> Array:
        """How far up the one side or the other the density is, from 0 to 1."""
        left = np.divide(x - low, rise, out=np.ones_like(x), where=rise > 0.0)
        right = np.divide(high - x, fall, out=np.ones_like(x), where=fall > 0.0)
        return np.clip(np.where(x < mode, left, right), 0.0, 1.0)

    def cdf(x: Array) -> Array:
        x = np.asarray(x, float)
        return np.where(x < mode, up(x) ** 2 * rise / width, 1.0 - up(x) ** 2 * fall / width)

    def ppf(u: Array) -> Array:
        u = np.asarray(u, float)
        return np.where(u * width < rise, low + np.sqrt(u * width * rise), high - np.sqrt((1.0 - u) * width * fall))

    def logpdf(x: Array) -> Array:
        with np.errstate(divide="ignore"):
            return np.log(2.0 / width * up(np.asarray(x, float)))

    return _Distribution(low, high, cdf, ppf, logpdf)


def _beta(a: float, b: float, low: float, high: float) -> _Distribution:
    """Stretched over a range."""
    width = high - low
    scale = scipy.special.betaln(a, b) + math.log(width)

    def share(x: Array) -> Array:
        return np.clip((x - low) / width, 0.0, 1.0)

    return _Distribution(
        low,
        high,
        lambda x: scipy.special.betainc(a, b, share(x)),
        lambda u: low + width * scipy.special.betaincinv(a, b, u),
        lambda x: scipy.special.xlogy(a - 1.0, share(x)) + scipy.special.xlog1py(b - 1.0, -share(x)) - scale,
    )
