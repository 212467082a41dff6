"""Maximum likelihood: several searches with exact derivatives, and Newton's method at the end.

1. Each search goes up by steps (S + m D)^-1 g, with g the gradient, S the sum of outer products of the scores (Berndt,
   Hall, Hall and Hausman 1974, Annals of Economic and Social Measurement 3), D its diagonal, and m raised where a step
   gains less than it promised and lowered where it keeps its promise (Levenberg 1944; Marquardt 1963).
2. The Hessian at the best point is the difference of exact gradients a thousandth of a unit to both sides; a unit is
   one over the root of a coefficient's D.
3. Newton's method with it, until it promises nothing more; where that leads farther, with a new Hessian.

A coefficient that ends on one of its bounds is held there, and has no error. All is done along R directions of the
coefficients: each by itself, or as ``directions`` has them.

Letters: M records, K coefficients, R directions, I searches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Objective = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Coefficients [K] -> log-likelihood [M] and score [M, K] of each record."""
Bend = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""Coefficients [K], weights [M] of the records and directions [K, R] -> the second derivatives [R, R] of the
log-likelihood along these."""



@dataclass(frozen=True, eq=False)
class Known:
    """What is known of a likelihood beforehand.

    bend   its second derivatives; else they are found from gradients along each direction
    basis  [K, R] the directions to search along, those of coefficients with bounds along these alone; else each
           coefficient by itself
    """

    bend: Bend | None = None
    basis: np.ndarray | None = None


ASIDE = 1e-3  # of a unit: how far to each side gradients are compared
NEARLY = 1e-5  # of log-likelihood: a search ends where a step promises less
LEAST_SHARE = 1 / 16  # of the scores' information: less, where the likelihood bends less than they say
GAIN = 1e-13  # the same of Newton's method
ROUNDING = 1e-12  # of log-likelihood: what promises less than this part of it may be rounding
NEAR = 0.05  # units: so far a Hessian holds good
MOST_STEPS, MOST_NEWTON = 200, 30
SPREAD = 2.0  # units around the first start, of the others
SAME = 1e-4  # of log-likelihood: searches that ended within it ended at the same maximum


@dataclass(frozen=True, eq=False)
class Maximum:
    """The largest likelihood that was found.

    beta            [K] coefficients; log_likelihood there
    basis           [K, R] the directions along which it was searched
    record, score   [M] and [M, R] of each record
    hessian         [R, R] second derivatives of the log-likelihood
    open            [R] bool: directions not on a bound; free [K], coefficients
    converged       the gradient is nil, and the Hessian is that of a maximum
    ends            [I] what each search came to; agreeing: how many of them came to the largest
    evaluations     how often the likelihood was worked out
    """

    beta: np.ndarray
    log_likelihood: float
    basis: np.ndarray
    record: np.ndarray
    score: np.ndarray
    hessian: np.ndarray
    open: np.ndarray
    converged: bool
    ends: np.ndarray
    evaluations: int

    @property
    def agreeing(self) -> int:
        """How many searches ended at this maximum."""
        return int((self.ends >= self.log_likelihood - SAME).sum())

    @property
    def free(self) -> np.ndarray:
        """[K] bool: coefficients that are not on a bound."""
        return ~(self.basis[:, ~self.open] != 0.0).any(axis=1)

    @property
    def estimated(self) -> int:
        """How many numbers were found: directions that are not on a bound."""
        return int(self.open.sum())

    @property
    def bread(self) -> np.ndarray:
        """The inverse of the negative Hessian along the open directions; NaN where it is no maximum."""
        return inverse(-self.hessian[np.ix_(self.open, self.open)])

    def spread(self, middle: np.ndarray) -> np.ndarray:
        """[K, K] the covariance of the coefficients, by that along the open directions; NaN for what is on a bound."""
        along = self.basis[:, self.open]
        whole = along @ middle @ along.T
        whole[~self.free] = whole[:, ~self.free] = np.nan
        return whole

    @property
    def covariance(self) -> np.ndarray:
        """[K, K] the inverse of the negative Hessian; NaN for what is on a bound, or where it is no maximum."""
        return self.spread(self.bread)


def maximise(
    objective: Objective,
    weight: np.ndarray,
    start: np.ndarray,
    bounds: tuple[np.ndarray, np.ndarray],
    *,
    searches: int = 1,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
    known: Known = Known(),
) -> Maximum:
    """The largest of the sum of log-likelihoods, each record times its weight [M].

    start   [K], where the first search begins; the others begin around it, or anywhere between bounds that are finite
    bounds  lowest [K] and highest [K]
    known   of the likelihood beforehand

    Raises ValueError where the cases are impossible at every start.
    """
    search = _Search(objective, weight, start, bounds, known)
    first, bounds = search.first, (search.low, search.high)
    unit = search.unit_of(search.at(first)[3])
    rng = np.random.default_rng(seed)
    found, ends = first, []
    best = -np.inf
    for number in range(max(searches, 1)):
        if progress is not None:
            progress(number, searches)
        begin = first if number == 0 else _elsewhere(first, unit, bounds, rng)
        beta, value = search.ascend(begin)
        ends.append(value)
        if value > best:
            found, best = beta, value
    if not np.isfinite(best):
        raise ValueError("at no start of the search do the cases have a probability")
    return search.finish(found, np.array(ends))


class _Search:
    """In what follows ``beta`` [R] is how far along each direction from the origin; without a basis, coefficients."""

    def __init__(
        self, objective: Objective, weight: np.ndarray, start: np.ndarray, bounds: tuple[np.ndarray, np.ndarray],
        known: Known,
    ):  # fmt: skip
        self.objective, self.weight, self.bend = objective, weight, known.bend
        self.turned = known.basis is not None
        self.basis = np.eye(len(start)) if known.basis is None else known.basis
        self.origin = start if self.turned else np.zeros(len(start))
        self.first = np.zeros(self.basis.shape[1]) if self.turned else start
        self.low, self.high = _along(self.basis, self.origin, bounds) if self.turned else bounds
        self.evaluations = 0

    def coefficients(self, beta: np.ndarray) -> np.ndarray:
        """[K] at a point of the search."""
        return self.origin + self.basis @ beta if self.turned else beta

    def at(self, beta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
        """Log-likelihood and gradient, in sum and by record."""
        self.evaluations += 1
        record, score = self.objective(self.coefficients(beta))
        score = score @ self.basis if self.turned else score
        used = self.weight > 0.0
        return float(self.weight[used] @ record[used]), self.weight @ score, record, score

    def ascend(self, start: np.ndarray) -> tuple[np.ndarray, float]:
        """Where a search from a start ends."""
        beta, damping, share, again = start, 1e-3, 1.0, 6.0
        value, slope, record, score = self.at(beta)
        if not np.isfinite(value):
            return start, -np.inf
        for _ in range(MOST_STEPS):
            free = ~self.held(beta, slope)
            information = (score[:, free].T * (self.weight * np.isfinite(record))) @ score[:, free]
            size = np.diag(information)
            size = np.where(size > 0.0, size, max(float(size.max(initial=0.0)), 1e-300))
            step = np.zeros_like(beta)
            step[free] = np.linalg.solve(share * information + damping * np.diag(size), slope[free])
            there = np.clip(beta + step, self.low, self.high)
            promised = float(slope @ (there - beta)) / 2.0
            if promised < NEARLY:
                break
            reached = self.at(there)
            kept = (reached[0] - value) / promised if np.isfinite(reached[0]) else -1.0
            share = float(np.clip(share * (0.5 if kept > 1.3 else 1.0 if kept > 0.5 else 2.0), LEAST_SHARE, 1.0))
            again = 6.0 if kept > 1e-4 else again**1.5  # not one step after the other that is taken back
            damping = float(np.clip(damping * (0.2 if kept > 0.7 else 1.0 if kept > 0.2 else again), 1e-7, 1e12))
            if kept > 1e-4:
                beta, (value, slope, record, score) = there, reached
            elif damping >= 1e12:
                break
        return beta, value

    def finish(self, beta: np.ndarray, ends: np.ndarray) -> Maximum:
        """Newton's method from where the best search ended."""
        hessian, free = np.zeros((len(beta),) * 2), np.ones(len(beta), dtype=bool)
        value, slope, record, score = self.at(beta)
        settled, away = False, np.inf
        for _ in range(MOST_NEWTON):
            now_free = ~self.held(beta, slope)
            if away > NEAR or (now_free != free).any():
                free, away = now_free, 0.0
                hessian = self.hessian(beta, free)
            step, gain = newton_step(hessian, slope, free)
            if gain <= GAIN:
                settled = True
                break
            moved = self.along(beta, step, value)
            if moved is None:
                settled = gain <= ROUNDING * max(1.0, abs(value))
                break
            away += float(np.abs((moved - beta) / self.unit_of(score)).max())
            beta = moved
            value, slope, record, score = self.at(beta)
        peak = bool(free.any()) and bool(np.all(np.linalg.eigvalsh(hessian[np.ix_(free, free)]) < 0.0))
        found, settled = self.coefficients(beta), settled and peak
        return Maximum(found, value, self.basis, record, score, hessian, free, settled, ends, self.evaluations)

    def unit_of(self, score: np.ndarray) -> np.ndarray:
        """[K] how large a change of each coefficient is, by the scores [M, K]."""
        information = self.weight @ score**2
        return 1.0 / np.sqrt(np.where(information > 0.0, information, 1.0))

    def held(self, beta: np.ndarray, slope: np.ndarray) -> np.ndarray:
        """[K] bool: on a bound, and pressed against it."""
        return (beta <= self.low) & (slope <= 0.0) | (beta >= self.high) & (slope >= 0.0)

    def hessian(self, beta: np.ndarray, free: np.ndarray) -> np.ndarray:
        """[R, R] what is known of it, or differences of gradients; 0 for what is held on a bound."""
        K = len(beta)
        second = np.zeros((K, K))
        if self.bend is not None:
            second = self.bend(self.coefficients(beta), self.weight, self.basis)
        unit = self.unit_of(self.at(beta)[3]) if self.bend is None else second
        for k in np.flatnonzero(free) if self.bend is None else ():
            up, down = beta.copy(), beta.copy()
            up[k] = min(beta[k] + ASIDE * unit[k], self.high[k])
            down[k] = max(beta[k] - ASIDE * unit[k], self.low[k])
            second[k] = (self.at(up)[1] - self.at(down)[1]) / (up[k] - down[k])
        second[:, ~free] = second[~free] = 0.0
        return (second + second.T) / 2.0

    def along(self, beta: np.ndarray, step: np.ndarray, value: float) -> np.ndarray | None:
        """The first point along a step, halved and halved again, that is not lower; None if there is none."""
        for _ in range(30):
            there = np.clip(beta + step, self.low, self.high)
            if self.at(there)[0] > value:
                return there
            step = step / 2.0
        return None


def newton_step(hessian: np.ndarray, slope: np.ndarray, free: np.ndarray) -> tuple[np.ndarray, float]:
    """Newton's step upwards and half of what it promises to gain; where the Hessian bends up, along its sizes."""
    step = np.zeros_like(slope)
    if not free.any():
        return step, 0.0
    values, vectors = np.linalg.eigh(-hessian[np.ix_(free, free)])
    sizes = np.maximum(np.abs(values), 1e-9 * max(float(np.abs(values).max()), 1e-300))
    step[free] = vectors @ ((vectors.T @ slope[free]) / sizes)
    return step, 0.5 * float(step @ slope)


def _along(
    basis: np.ndarray, origin: np.ndarray, bounds: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """How far along each direction the bounds of its coefficient are; for ever, along those of several."""
    low, high = np.full(basis.shape[1], -np.inf), np.full(basis.shape[1], np.inf)
    for r in range(basis.shape[1]):
        moved = np.flatnonzero(basis[:, r])
        if len(moved) == 1:
            [k] = moved
            ends = ((bounds[0][k] - origin[k]) / basis[k, r], (bounds[1][k] - origin[k]) / basis[k, r])
            low[r], high[r] = min(ends), max(ends)
    return low, high


def _elsewhere(
    start: np.ndarray, unit: np.ndarray, bounds: tuple[np.ndarray, np.ndarray], rng: np.random.Generator
) -> np.ndarray:
    """Another start: anywhere between finite bounds, else around the first."""
    low, high = bounds
    between = np.isfinite(low) & np.isfinite(high)
    around = start + SPREAD * np.minimum(unit, 1.0) * rng.standard_normal(len(start))
    inside = np.where(between, low, 0.0) + np.where(between, high - low, 0.0) * rng.random(len(start))
    return np.where(between, inside, np.clip(around, low, high))


def inverse(information: np.ndarray) -> np.ndarray:
    """The inverse of a matrix that should be positive definite; NaN where it is not."""
    try:
        np.linalg.cholesky(information)
        return np.linalg.inv(information)
    except np.linalg.LinAlgError:
        return np.full_like(information, np.nan)
