"""The posterior of the coefficients, led from their priors to the cases in steps (``inference/tempering``).

Each search for the equilibrium of a draw begins at the estimate, or, where that is far, along the principal branch, so
that its likelihood does not depend on which draws came before it. Many draws are solved at once, as many cases are.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import h5netcdf
import numpy as np

from longgame.errors import Problem, ScenarioError
from longgame.game.sample import log_density, quantile
from longgame.inference.draws import latin
from longgame.inference.tempering import Posterior, temper
from longgame.run.estimation import Estimation
from longgame.run.study import Progress, silent
from longgame.scenario.assumptions import Assumption, Distribution

AT_ONCE = 20_000  # cases of all draws that are solved together


@dataclass(frozen=True, eq=False)
class CoefficientPosterior:
    """Draws of the coefficients given the cases.

    way    how they were found, as points of the unit cube
    betas  [D, K] the coefficients
    plays  [D, Q] the log-likelihood of a play of each line
    """

    way: Posterior
    betas: np.ndarray
    plays: np.ndarray
    priors: tuple[Assumption, ...]


def sample_posterior(
    estimation: Estimation, count: int, *, seed: int = 0, progress: Progress = silent
) -> CoefficientPosterior:
    """So many draws of the posterior. Raises ScenarioError where a coefficient has no prior."""
    priors = _priors(estimation)
    likelihood = _Together(estimation, count)
    weight = estimation.line_weight

    def betas_of(u: np.ndarray) -> np.ndarray:
        return np.stack([quantile(prior, u[:, k]) for k, prior in enumerate(priors)], axis=1)

    start = latin(count, list(estimation.coefficients), seed)
    way = temper(
        lambda u: likelihood(betas_of(u)) @ weight,
        start,
        seed=seed,
        progress=lambda phi: progress("Leading the draws to the cases", int(100 * phi), 100),
    )
    betas = betas_of(way.points)
    return CoefficientPosterior(way, betas, likelihood(betas), priors)


def _priors(estimation: Estimation) -> tuple[Assumption, ...]:
    """The prior of each coefficient: its own, that of the block, or its bounds."""
    estimate = estimation.scenario.estimate
    assert estimate is not None
    made, problems = [], []
    for name, start in zip(estimation.coefficients, estimation.start, strict=True):
        given = estimate.coefficients.get(name)
        prior: Distribution | None = (given.prior if given else None) or estimate.prior
        bounds = None if given is None else given.bounds
        if prior is None and bounds is None:
            place = estimation.scenario.place(("estimate", "coefficients", name))
            fix = f"Write `prior: {{normal: [0, 2]}}` under `estimate`, for all, or under `{name}`."
            problems.append(Problem("no-prior", place, f"a prior or bounds of the coefficient `{name}`", "none", fix))
        made.append(Assumption(value=float(start), range=bounds, distribution=prior))
    if problems:
        raise ScenarioError(problems)
    return tuple(made)


class _Together:
    """The log-likelihood of a play of each line at many coefficients, some sets of them at a time."""

    def __init__(self, estimation: Estimation, most: int):
        self.estimation, data = estimation, estimation.data
        self.block = max(1, min(most, AT_ONCE // data.cases))
        draw = (np.arange(self.block)[:, None] * data.cases + estimation.records.draw).ravel()
        self.records = estimation.records_of(draw, np.tile(estimation.records.which, self.block))

    def __call__(self, betas: np.ndarray) -> np.ndarray:
        """[D, Q] at coefficients [D, K]."""
        found = []
        for first in range(0, len(betas), self.block):
            some = betas[first : first + self.block]
            padded = np.concatenate([some, np.repeat(some[-1:], self.block - len(some), axis=0)])
            theta = [self.estimation.predictors(beta)[0] for beta in padded]
            self.records.begin_at(self.estimation.records, self.estimation.data.cases)
            log = self.records(np.concatenate(theta)).log.reshape(self.block, -1)
            away = [self.estimation.outside(each)[self.estimation.records.draw] for each in theta]
            found.append(np.where(away, -np.inf, log)[: len(some), self.estimation.line_record])
        return np.concatenate(found)


def write_posterior(found: CoefficientPosterior, estimation: Estimation, path: Path) -> None:
    """The draws as netCDF in the schema of ArviZ: posterior, log_likelihood, log_prior, sample_stats, constant_data."""
    names, (draws, lines) = estimation.coefficients, found.plays.shape
    with h5netcdf.File(path, "w") as file:
        file.attrs["title"] = f"{estimation.scenario.title}: {draws} draws of the posterior"
        for group in ("posterior", "log_prior", "log_likelihood", "sample_stats"):
            made = file.create_group(group)
            made.dimensions = {"chain": 1, "draw": draws} | ({"line": lines} if group == "log_likelihood" else {})
            made.create_variable("chain", ("chain",), data=np.zeros(1, dtype="int64"))
            made.create_variable("draw", ("draw",), data=np.arange(draws, dtype="int64"))
        for k, name in enumerate(names):
            column = found.betas[:, k]
            file["posterior"].create_variable(name, ("chain", "draw"), data=column[None])
            density = log_density(found.priors[k], column)
            file["log_prior"].create_variable(name, ("chain", "draw"), data=np.asarray(density, float)[None])
        file["log_likelihood"].create_variable("play", ("chain", "draw", "line"), data=found.plays[None])
        total = found.plays @ estimation.line_weight
        file["sample_stats"].create_variable("lp", ("chain", "draw"), data=total[None])
        constant = file.create_group("constant_data")
        constant.dimensions = {"line": lines}
        constant.create_variable("plays", ("line",), data=np.asarray(estimation.line_weight, float))
