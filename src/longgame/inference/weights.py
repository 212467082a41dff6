"""What each draw of the assumptions weighs once the evidence has been seen, and what the draws say when weighed.

The draws come from the prior, so a draw's importance ratio is the likelihood that it gives to the evidence. Where a few
draws take most of the weight, the largest ratios are noise; Pareto smoothing (Vehtari, Simpson, Gelman, Yao and Gabry
2024, Journal of Machine Learning Research 25(72)) puts order into them:

    1. the largest M = min(D / 5, 3 sqrt(D)) ratios are the tail; a generalised Pareto distribution is fitted to how far
       they exceed the next smaller one;
    2. they are replaced by the expected order statistics of that distribution, none above the largest raw ratio;
    3. the fitted shape, k-hat, says whether the weights can be trusted: above 0.7 (or above 1 - 1 / log10 D, where that
       is less) no practicable number of draws would do.

The fit is the empirical-Bayes estimate of Zhang and Stephens (2009, Technometrics 51(3)), drawn towards a half with the
force of ten observations.

Shapes: D draws, Q claims, M draws in the tail.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from longgame.inference.draws import effective_sample_size, likelihood_weights

Array = NDArray[np.float64]

FEW = 100.0  # draws: below this a share of draws is uncertain by 10 points and more
ON_FEW = 0.5  # of the draws: as long as more are effective, it is not the evidence that leaves few
SMALL_PART = 0.1  # of the draws: when the effective ones are fewer, the prior is a poor place to draw from
UNTRUSTWORTHY = 0.7  # k-hat from which on importance sampling fails, whatever the number of draws
SHORTEST_TAIL = 5  # draws: fewer cannot be fitted
TIED = 1e-12  # relative difference below which two ratios are the same number, but for rounding


@dataclass(frozen=True, eq=False)
class ImportanceWeights:
    """What each draw weighs.

    weights    [D] not negative, summing to one
    effective  how many draws of equal weight would say as much (Kish 1965)
    khat       the shape of the tail of the ratios: smaller is better; NaN where the tail is flat or too short to fit
    tail       how many of the largest ratios were smoothed
    excluded   draws that the evidence rules out or whose likelihood is not a number: they weigh nothing
    warnings   sentences
    """

    weights: Array
    effective: float
    khat: float
    tail: int
    excluded: int
    warnings: tuple[str, ...]

    @property
    def trusted(self) -> bool:
        """Whether importance sampling is enough; if not, the posterior must be walked to in steps (see tempering)."""
        draws = self.weights.size
        bad_tail = math.isfinite(self.khat) and self.khat > largest_khat(draws)
        return draws > 0 and self.effective >= SMALL_PART * draws and not bad_tail


def importance_weights(log_likelihood: Sequence[float] | Array) -> ImportanceWeights:
    """Pareto-smoothed weights from the log-likelihood [D] of the evidence in draws from the prior.

    A log-likelihood of minus infinity or NaN makes a weight of zero and is counted.
    """
    logs = np.asarray(log_likelihood, dtype=float)
    possible = np.isfinite(logs)
    raw = likelihood_weights(logs)
    weights, khat, tail = _smoothed(raw) if possible.any() else (raw, math.nan, 0)
    effective = effective_sample_size(weights)
    excluded = int((~possible).sum())
    return ImportanceWeights(
        weights, effective, khat, tail, excluded, tuple(_warnings(logs.size, effective, khat, excluded))
    )


def largest_khat(draws: int) -> float:
    """The largest k-hat at which this many draws are enough (Vehtari et al. 2024, section 3.2.4)."""
    return min(1.0 - 1.0 / math.log10(draws), UNTRUSTWORTHY) if draws > 10 else 0.0


def _warnings(draws: int, effective: float, khat: float, excluded: int) -> list[str]:
    said = []
    if draws and excluded == draws:
        return ["No draw gives the evidence a chance; all draws were given the same weight."]
    if effective < min(max(FEW, SMALL_PART * draws), ON_FEW * draws):
        said.append(
            f"The evidence puts the weight on few draws:"
            f" {draws:,} draws say as much as {effective:,.0f} of equal weight."
        )
    if math.isfinite(khat) and khat > largest_khat(draws):
        said.append(
            f"The weights cannot be trusted (Pareto k-hat {khat:.2f}, and {largest_khat(draws):.2f} is the most that"
            f" {draws:,} draws can bear): the draws that fit the evidence best may still be missing."
        )
    return said


def _smoothed(raw: Array) -> tuple[Array, float, int]:
    """Weights [D] with a smooth tail, k-hat, and how many draws the tail has."""
    draws = raw.size
    length = math.ceil(min(draws / 5.0, 3.0 * math.sqrt(draws)))
    order = np.argsort(raw, kind="stable")
    if length < SHORTEST_TAIL or length >= draws:
        return raw, math.nan, 0
    tail, cutoff = order[-length:], raw[order[-length - 1]]
    tail = tail[raw[tail] > cutoff * (1.0 + TIED)]
    exceedances = raw[tail] - cutoff
    if tail.size < SHORTEST_TAIL or exceedances[0] >= exceedances[-1] * (1.0 - TIED):
        return raw, math.nan, 0  # too many ties to fit a distribution
    shape, scale = fit_pareto(exceedances)
    if not (math.isfinite(shape) and math.isfinite(scale)):
        return raw, math.nan, 0
    at = (np.arange(tail.size) + 0.5) / tail.size
    weights = raw.copy()
    weights[tail] = np.minimum(cutoff + pareto_quantile(at, shape, scale), raw[order[-1]])
    return weights / weights.sum(), shape, int(tail.size)


def fit_pareto(exceedances: Array) -> tuple[float, float]:
    """Shape and scale of the generalised Pareto distribution of positive numbers [M] in ascending order.

    With theta = -shape / scale the likelihood has one free parameter: for each theta the best shape is the mean of
    log(1 - theta x). Candidates for theta are spread by the first quartile, weighed by their profile likelihood and
    averaged (Zhang and Stephens 2009, equations 7 to 10, with their prior's scale of a third of the quartile).
    """
    x = np.asarray(exceedances, dtype=float)
    n = x.size
    candidates = 30 + int(math.sqrt(n))
    quartile = x[int(n / 4.0 + 0.5) - 1]
    spread = 1.0 - np.sqrt(candidates / (np.arange(1, candidates + 1) - 0.5))
    theta = 1.0 / x[-1] + spread / (3.0 * quartile)
    shapes = np.log1p(-theta[:, None] * x).mean(axis=1)
    profile = n * (np.log(-theta / shapes) - shapes - 1.0)
    posterior = scipy.special.softmax(profile)
    best = float(theta @ posterior)
    shape = float(np.log1p(-best * x).mean())
    scale = -shape / best
    return (n * shape + 10.0 * 0.5) / (n + 10.0), scale


def pareto_quantile(p: Array, shape: float, scale: float) -> Array:
    """Quantiles of a generalised Pareto distribution that starts at zero."""
    if abs(shape) < 1e-12:
        return -scale * np.log1p(-p)
    return scale * np.expm1(-shape * np.log1p(-p)) / shape


@dataclass(frozen=True, eq=False)
class Shares:
    """In which share of the draws each claim holds, with an interval.

    share       [Q] NaN where no draw answers
    low, high   [Q] the interval
    effective   [Q] how many draws the interval counts: those with an answer or, weighed, Kish's number of them
    unanswered  [Q] draws without an answer; they are left out
    level       of the interval
    method      what the interval is, in words
    """

    share: Array
    low: Array
    high: Array
    effective: Array
    unanswered: NDArray[np.int_]
    level: float
    method: str


def shares(holds: ArrayLike, weights: Array | None = None, level: float = 0.95) -> Shares:
    """The share of draws in which each claim holds, from truths [Q, D]: 1, 0, or NaN for no answer.

    The interval is Wilson's score interval (1927) over the effective number of draws. It takes the draws for
    independent ones; those of a Latin hypercube are more even, so that it is, if anything, too wide.
    """
    truth = np.atleast_2d(np.asarray(holds, dtype=float))
    answered = np.isfinite(truth)
    weight = np.ones(truth.shape[1]) if weights is None else np.asarray(weights, dtype=float)
    w = np.where(answered, weight, 0.0)
    total = w.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(answered, truth, 0.0) @ weight / total
        effective = np.where(total > 0.0, total**2 / (w**2).sum(axis=1), 0.0)
        share = np.clip(np.where(total > 0.0, share, np.nan), 0.0, 1.0)
        low, high = wilson(share, effective, level)
    counted = "draws with an answer" if weights is None else "effective draws with an answer (Kish)"
    return Shares(
        share=share,
        low=low,
        high=high,
        effective=effective,
        unanswered=(~answered).sum(axis=1),
        level=level,
        method=f"Wilson score interval at {level:.0%} over the number of {counted}",
    )


def wilson(share: Array, n: Array | float, level: float = 0.95) -> tuple[Array, Array]:
    """Wilson's score interval (1927) of a share seen in n trials; n need not be whole, and at n = 0 all is possible."""
    z2 = float(scipy.special.ndtri(0.5 + level / 2.0)) ** 2
    count = np.asarray(n, dtype=float)
    p = np.where(count > 0.0, share, 0.5)
    middle = (count * p + z2 / 2.0) / (count + z2)
    half = np.sqrt(z2 * (count * p * (1.0 - p) + z2 / 4.0)) / (count + z2)
    return np.clip(middle - half, 0.0, 1.0), np.clip(middle + half, 0.0, 1.0)


def resample(weights: Array, count: int, seed: int | np.random.Generator) -> NDArray[np.int_]:
    """[count] the draws that stand for the weighted ones, in ascending order, by systematic resampling.

    A draw of weight w is taken floor or ceil of count * w times (Kitagawa 1996). The draws are gone through in random
    order: where draws lie high and low in turn, a regular comb would take all of one kind.
    """
    weight = np.asarray(weights, dtype=float)
    total = weight.sum()
    if not (weight.size and np.isfinite(total) and total > 0.0 and weight.min() >= 0.0):
        raise ValueError("weights must be finite, not negative, and not all zero")
    rng = np.random.default_rng(seed)
    order = rng.permutation(np.flatnonzero(weight))
    ends = np.cumsum(weight[order]) / total
    ends[-1] = 1.0
    return np.sort(order[np.searchsorted(ends, (rng.random() + np.arange(count)) / count, side="right")])
