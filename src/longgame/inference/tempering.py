"""From the prior to the posterior of the assumptions in steps: tempered sequential Monte Carlo.

Where the evidence leaves the weight on few draws, the draws are led to it in steps (Del Moral, Doucet and Jasra 2006,
Journal of the Royal Statistical Society B 68; Chopin and Papaspiliopoulos 2020, chapter 17). At temperature phi the
particles stand for prior times likelihood to the power of phi; phi goes from 0 to 1:

    1. weigh    the next phi is the largest at which the weights L^(phi' - phi) still leave a given part of the
                particles effective (found by bisection);
    2. resample the particles by these weights, systematically;
    3. move     each particle by Metropolis steps that leave the tempered posterior as it is, repeated until a particle
                that never moved has become rare (Drovandi and Pettitt 2011, Biometrics 67).

The evidence of the model, Z = E[L] under the prior, is the product over steps of the mean weight.

The particles live in the unit cube, where the prior is uniform whatever the distributions of the assumptions. They are
moved as z = normal quantile of u, where the prior is standard normal, by preconditioned Crank-Nicolson steps (Cotter,
Roberts, Stuart and White 2013, Statistical Science 28) around the particles' mean m and covariance C:

    z' = m + sqrt(1 - step^2) (z - m) + step C^(1/2) normal noise

A step near 0 is a random walk, a step of 1 an independent proposal. It leaves N(m, C) as it is, so that the acceptance
compares L^phi N(z; 0, 1) / N(z; m, C): directions that the evidence says nothing of cost nothing, however many.

Every evaluation of the likelihood may be the solution of a game: all particles are handed over at once, and the first
ones can be the draws that have been solved already.

Shapes: D particles, P assumptions.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from longgame.inference.draws import effective_sample_size, likelihood_weights
from longgame.inference.weights import resample

Array = NDArray[np.float64]
LogLikelihood = Callable[[Array], Array]

AIM = 0.3  # of the proposals should be accepted; the step is lengthened when more are
SHORTEST, LONGEST = 0.02, 0.98  # steps
STUCK = 0.05  # the part of the particles that may be left where resampling put them
EDGE = 2.0**-32  # how near to the sides of the cube a particle may come


@dataclass(frozen=True, eq=False)
class Stage:
    """One temperature.

    phi         from 0, the prior, to 1, the posterior
    effective   how many particles the weights left
    acceptance  the part of the proposals that were accepted
    sweeps      how often every particle was given a proposal
    step        the length of the last proposals, from 0 to 1
    """

    phi: float
    effective: float
    acceptance: float
    sweeps: int
    step: float


@dataclass(frozen=True, eq=False)
class Posterior:
    """Particles of equal weight that stand for the posterior.

    points          [D, P] in the unit cube
    log_likelihood  [D] of the evidence at each
    log_evidence    the logarithm of the chance that the prior gives to the evidence
    stages          the temperatures, in order
    evaluations     how many points the likelihood was asked for
    failed          how many of them had no number as an answer, and were taken for impossible
    warnings        sentences
    """

    points: Array
    log_likelihood: Array
    log_evidence: float
    stages: tuple[Stage, ...]
    evaluations: int
    failed: int
    warnings: tuple[str, ...]

    @property
    def distinct(self) -> int:
        """How many of the particles are different ones."""
        return len(np.unique(self.points, axis=0))


def temper(
    log_likelihood: LogLikelihood,
    start: Array,
    start_log_likelihood: Array | None = None,
    *,
    seed: int,
    keep: float = 0.5,
    most_sweeps: int = 8,
    most_stages: int = 60,
    progress: Callable[[float], None] | None = None,
) -> Posterior:
    """Lead draws from the prior to the posterior.

    log_likelihood        of points [n, P] in the unit cube, [n]; minus infinity or NaN where it cannot have happened
    start                 [D, P] draws from the uniform prior
    start_log_likelihood  [D] what the likelihood is there, where that is known
    keep                  the part of the particles that one step of temperature leaves effective
    progress              is told the temperature after each stage

    The same seed gives the same particles. Raises ValueError where every draw makes the evidence impossible.
    """
    rng = np.random.default_rng(seed)
    asked = _Counted(log_likelihood)
    u = np.clip(np.asarray(start, dtype=float), EDGE, 1.0 - EDGE)
    logs = asked(u) if start_log_likelihood is None else _numbers(start_log_likelihood)
    if not np.isfinite(logs).any():
        raise ValueError(f"none of the {len(u)} first draws gives the evidence a chance, so there is nowhere to go")
    phi, step, log_evidence = 0.0, 0.5, 0.0
    stages: list[Stage] = []
    while phi < 1.0 and len(stages) < most_stages:
        target = next_temperature(logs, phi, keep)
        increment = _tempered(logs, target - phi)
        weights = likelihood_weights(increment)
        log_evidence += float(scipy.special.logsumexp(increment)) - math.log(len(logs))
        phi = target
        chosen = resample(weights, len(u), rng)
        shape = _shape(scipy.special.ndtri(u), weights)
        u, logs, acceptance, sweeps, step = _move(asked, u[chosen], logs[chosen], phi, shape, step, most_sweeps, rng)
        stages.append(Stage(phi, effective_sample_size(weights), acceptance, sweeps, step))
        if progress is not None:
            progress(phi)
    return Posterior(
        u, logs, log_evidence, tuple(stages), asked.points, asked.failed, tuple(_warnings(u, phi, stages, asked))
    )


def next_temperature(log_likelihood: Array, phi: float, keep: float) -> float:
    """The largest temperature up to 1 whose weights leave ``keep`` of the possible particles effective.

    Particles under which the evidence is impossible fall out with any step, so that they are not counted.
    """
    logs = log_likelihood[np.isfinite(log_likelihood)]
    aim = keep * len(logs)

    def effective(to: float) -> float:
        return effective_sample_size(likelihood_weights((to - phi) * logs))

    if effective(1.0) >= aim:
        return 1.0
    low, high = phi, 1.0
    for _ in range(60):
        middle = (low + high) / 2.0
        if effective(middle) >= aim:
            low = middle
        else:
            high = middle
    return max(low, min(1.0, phi + 1e-12))  # always onward


def _move(
    asked: _Counted,
    u: Array,
    logs: Array,
    phi: float,
    shape: tuple[Array, Array],
    step: float,
    most_sweeps: int,
    rng: np.random.Generator,
) -> tuple[Array, Array, float, int, float]:
    """Sweeps of Metropolis steps: the particles, their log-likelihoods, acceptance, sweeps done, and the last step."""
    z, (mean, root) = scipy.special.ndtri(u), shape
    offset = _log_ratio(z, mean, root)
    accepted, sweeps, stuck = 0.0, 0, 1.0
    while sweeps < most_sweeps and stuck > STUCK:
        noise = rng.standard_normal(z.shape) @ root.T
        proposal = mean + math.sqrt(1.0 - step**2) * (z - mean) + step * noise
        there = scipy.special.ndtr(proposal)
        inside = ((there > EDGE) & (there < 1.0 - EDGE)).all(axis=1)
        there_logs = np.full(len(u), -np.inf)
        if inside.any():
            there_logs[inside] = asked(there[inside])
        there_offset = _log_ratio(proposal, mean, root)
        gain = _tempered(there_logs, phi) + there_offset - _tempered(logs, phi) - offset
        yes = np.log(rng.random(len(u))) < gain
        z[yes], u[yes], logs[yes], offset[yes] = proposal[yes], there[yes], there_logs[yes], there_offset[yes]
        rate = float(yes.mean())
        accepted += rate
        stuck *= 1.0 - rate
        sweeps += 1
        step = float(np.clip(step * math.exp(rate - AIM), SHORTEST, LONGEST))
    return u, logs, accepted / max(sweeps, 1), sweeps, step


def _log_ratio(z: Array, mean: Array, root: Array) -> Array:
    """[D] log N(z; 0, 1) - log N(z; m, C), but for a constant."""
    whitened = np.linalg.solve(root, (z - mean).T)
    return 0.5 * (whitened**2).sum(axis=0) - 0.5 * (z**2).sum(axis=1)


def _shape(z: Array, weights: Array) -> tuple[Array, Array]:
    """Mean [P] and a root [P, P] of the covariance of weighted particles.

    With few particles for the number of assumptions, the covariance is drawn towards the prior's, the identity, in the
    proportion of P + 1 prior observations to the effective number of particles.
    """
    mean = weights @ z
    away = z - mean
    share = (z.shape[1] + 1.0) / (z.shape[1] + 1.0 + effective_sample_size(weights))
    covariance = (1.0 - share) * (away.T * weights) @ away + share * np.eye(z.shape[1])
    return mean, np.linalg.cholesky(covariance)


def _tempered(logs: Array, phi: float) -> Array:
    """[D] phi times the log-likelihood; what is impossible stays so, at temperature 0 too."""
    return np.where(np.isfinite(logs), phi * np.where(np.isfinite(logs), logs, 0.0), -np.inf)


def _numbers(logs: Array) -> Array:
    logs = np.array(logs, dtype=float)
    logs[~np.isfinite(logs)] = -np.inf
    return logs


class _Counted:
    """A likelihood that counts what it was asked for."""

    def __init__(self, log_likelihood: LogLikelihood):
        self._ask = log_likelihood
        self.points = 0
        self.failed = 0

    def __call__(self, u: Array) -> Array:
        logs = np.asarray(self._ask(u), dtype=float)
        if logs.shape != (len(u),):
            raise ValueError(f"the likelihood must give one number for each of {len(u)} points, got shape {logs.shape}")
        self.points += len(u)
        self.failed += int(np.isnan(logs).sum())
        return _numbers(logs)


def _warnings(u: Array, phi: float, stages: list[Stage], asked: _Counted) -> list[str]:
    said = []
    if phi < 1.0:
        said.append(
            f"The posterior was not reached: after {len(stages)} stages the evidence counts"
            f" for {phi:.2g} of its weight."
        )
    different = len(np.unique(u, axis=0))
    if different < 0.5 * len(u):
        said.append(f"Only {different:,} of {len(u):,} particles are different ones: the moves were seldom accepted.")
    if asked.failed:
        said.append(f"At {asked.failed:,} of {asked.points:,} points the likelihood was not a number.")
    return said
