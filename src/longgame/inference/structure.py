"""Which variant of a scenario the evidence speaks for: marginal likelihoods and posterior weights.

    1. The marginal likelihood of a variant is the probability that it gives to the evidence before anything is known
       of its assumptions: the mean, over draws d of them from their ranges, of the likelihood L(d).
    2. Variant v with prior weight p(v) has the posterior weight  p(v) m(v) / sum over u of p(u) m(u)  (Bayesian model
       averaging: Hoeting, Madigan, Raftery and Volinsky 1999, Statistical Science 14).
    3. A mean over few draws is off. Its weights are worked out again over bootstrap samples of the draws; variants of
       as many draws are resampled alike, since the same draws stand behind them.

Shapes: V variants, D draws of one of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy
from numpy.typing import NDArray

Array = NDArray[np.float64]

RESAMPLED = 1000
LEVEL = 0.9  # of the interval of a posterior weight


def log_marginal(log_likelihood: Array) -> float:
    """The logarithm of the mean likelihood of draws [D]; those that are NaN were not solved and are left out.

    A draw of minus infinity, which the evidence rules out, counts with nothing. NaN without any draw.
    """
    logs = log_likelihood[~np.isnan(log_likelihood)]
    return float(scipy.special.logsumexp(logs) - np.log(logs.size)) if logs.size else np.nan


def posterior_weights(prior: Array, log_evidence: Array) -> Array:
    """[..., V] posterior weights from prior weights [V] and log marginal likelihoods [..., V].

    A variant whose likelihood is not known (NaN) weighs nothing. All are NaN where the evidence is impossible in all.
    """
    logs = np.where(np.isnan(log_evidence), -np.inf, log_evidence)
    with np.errstate(invalid="ignore"):
        weights = prior * np.exp(logs - logs.max(axis=-1, keepdims=True))
        return weights / weights.sum(axis=-1, keepdims=True)


def weights_interval(prior: Array, log_likelihood: Sequence[Array], seed: int) -> tuple[Array, Array]:
    """[V] low and high end of each posterior weight, at ``LEVEL``, by bootstrap over the draws of each variant."""
    found = np.empty((RESAMPLED, len(log_likelihood)))
    for v, given in enumerate(log_likelihood):
        logs = given[~np.isnan(given)]
        if not logs.size:
            found[:, v] = np.nan
            continue
        picked = np.random.default_rng(seed).integers(0, logs.size, size=(RESAMPLED, logs.size))
        found[:, v] = scipy.special.logsumexp(logs[picked], axis=1) - np.log(logs.size)
    weights = posterior_weights(prior, found)
    low, high = np.nanquantile(weights, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0], axis=0)
    return low, high
