"""Which of two estimates of the same cases fits better.

* Nested models: 2 (l1 - l2) is chi-squared with as many degrees of freedom as there are restrictions.
* Others: with d the difference of the log-likelihoods of a play, root n mean(d) / sd(d) is standard normal if both are
  as far from the truth (Vuong 1989, Econometrica 57). Corrected for the number of coefficients as the BIC is, the sum
  of d is less by (k1 - k2) / 2 log n.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy


@dataclass(frozen=True)
class LikelihoodRatio:
    """Twice the difference of log-likelihoods, its degrees of freedom, and how likely one as large is by chance."""

    statistic: float
    degrees: int
    p: float


@dataclass(frozen=True)
class Vuong:
    """Above 0 where the first fits better; p of both sides. ``corrected``: for the numbers of coefficients."""

    z: float
    p: float
    corrected: float
    corrected_p: float


def likelihood_ratio(larger: float, smaller: float, degrees: int) -> LikelihoodRatio:
    """The test of a model against one with so many coefficients fewer."""
    statistic = 2.0 * (larger - smaller)
    return LikelihoodRatio(statistic, degrees, float(scipy.special.chdtrc(degrees, max(statistic, 0.0))))


def vuong(one: np.ndarray, other: np.ndarray, count: np.ndarray, coefficients: tuple[int, int]) -> Vuong | None:
    """The test of two models by the log-likelihoods [Q] of plays that were seen ``count`` [Q] times; None if alike."""
    n, apart = float(count.sum()), one - other
    mean = float(count @ apart) / n
    deviation = float(np.sqrt(count @ (apart - mean) ** 2 / n))
    if deviation <= 1e-12:
        return None
    penalty = 0.5 * (coefficients[0] - coefficients[1]) * np.log(n)
    z, corrected = (float((n * mean - less) / (np.sqrt(n) * deviation)) for less in (0.0, penalty))
    return Vuong(z, two_sided(z), corrected, two_sided(corrected))


def two_sided(z: float) -> float:
    """How likely a standard normal number is as far from 0."""
    return float(2.0 * scipy.special.ndtr(-abs(z)))
