"""What many cases say of a game's numbers: coefficients with errors, how well the game tells the cases, and tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict, Unpack

import numpy as np

from longgame.answers import estimate_table, words
from longgame.answers.answers import OnScenario, origin
from longgame.answers.parts import Part
from longgame.errors import Place, Problem, ScenarioError
from longgame.inference.comparison import LikelihoodRatio, Vuong, likelihood_ratio, two_sided, vuong
from longgame.run.estimate_posterior import CoefficientPosterior, sample_posterior, write_posterior
from longgame.run.estimation import Errors, Estimation, Fitted
from longgame.run.replicates import Bootstrap, Sought, bootstrap, cross_validate, refuse_one
from longgame.run.study import Progress, silent
from longgame.scenario.case_file import number, read_cases
from longgame.scenario.load import AnyScenario
from longgame.text import listed, nearest

LEVEL = 0.95
WIDE = 1.959963984540054  # standard errors to each side of a 95 % interval


@dataclass(frozen=True)
class CasesRow:
    """The cases: rows of the file, those used, and for each column how many rows had no value there."""

    file: str
    rows: int
    used: int
    left_out: Mapping[str, int]
    distinct: int
    plays: float
    clusters: int | None


@dataclass(frozen=True)
class FitRow:
    """How well the game tells the cases. Scores are means of a play, in nats: the log of what it was given.

    shares_log_likelihood  if each outcome were as likely in every case as its share of all
    errors                 hessian, robust, clustered or bootstrap
    searches, agreeing     how many searches there were, and how many of them ended at this maximum
    """

    log_likelihood: float
    coefficients: int
    aic: float
    bic: float
    score: float
    shares_log_likelihood: float
    errors: str
    converged: bool
    searches: int
    agreeing: int


@dataclass(frozen=True)
class CoefficientRow:
    """A coefficient; its error is null on a bound. ``p``: how likely one as far from 0 is by chance."""

    name: str
    value: float
    error: float | None
    z: float | None
    p: float | None
    low: float | None
    high: float | None
    on_bound: bool


@dataclass(frozen=True)
class OutcomeRow:
    """One way in which plays went: its share, and the mean chance that the estimate gives to it."""

    name: str
    seen: float
    predicted: float


@dataclass(frozen=True)
class PredictedChance:
    """The mean chance of an outcome with an interval of 95 %."""

    chance: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class PredictedRow:
    """What is expected if a column had one value in all rows, and everything else were as it is."""

    column: str
    value: float | str
    outcomes: Mapping[str, PredictedChance]


@dataclass(frozen=True)
class AgainstRow:
    """Another model of the same cases. ``ratio`` where one is nested in the other, by the names of coefficients."""

    title: str
    log_likelihood: float
    coefficients: int
    ratio: LikelihoodRatio | None
    vuong: Vuong | None


@dataclass(frozen=True)
class FoldsRow:
    """Cross-validation: mean log probability of a play by estimates of the others, and by their outcome shares."""

    folds: int
    score: float
    shares: float
    better: int


@dataclass(frozen=True)
class PosteriorRow:
    """The posterior of a coefficient: mean, standard deviation, and the interval that holds 95 % of it."""

    name: str
    mean: float
    sd: float
    low: float
    high: float


@dataclass(frozen=True)
class Estimated(OnScenario):
    """An estimate with everything that was asked of it; parts that were not are null."""

    cases: CasesRow
    fit: FitRow
    coefficients: list[CoefficientRow]
    outcomes: list[OutcomeRow]
    predicted: list[PredictedRow]
    against: AgainstRow | None
    folds: FoldsRow | None
    posterior: list[PosteriorRow] | None
    notes: list[str]

    def in_parts(self) -> list[Part]:
        """What is shown of it."""
        return estimate_table.parts(self.to_json())

    def rows(self) -> list[dict[str, Any]]:
        """A row for each coefficient."""
        return estimate_table.csv_rows(self.to_json())


class Asked(TypedDict, total=False):
    """What else is wanted of an estimate."""

    errors: Errors | None
    """What standard errors are made of; by default clustered where the block has clusters, else the Hessian."""
    replicates: int
    """So many sets of cases drawn anew for errors by the bootstrap."""
    folds: int
    """Parts of the cases for cross-validation."""
    along: Mapping[str, Sequence[float | str]]
    """Column -> values at which the chances of the outcomes are wanted."""
    against: AnyScenario | None
    """Another scenario for the same cases, to be compared."""
    posterior: int
    """So many draws of the posterior."""
    pool: Executor | None
    """Worker processes, or a cluster's executor, for the bootstrap and the folds; none if not given."""


def estimate(
    scenario: AnyScenario,
    cases: str | Path,
    *,
    searches: int = 3,
    seed: int = 0,
    out: Path | None = None,
    progress: Progress | None = None,
    **asked: Unpack[Asked],
) -> Estimated:
    """The numbers of a game that make many cases most likely.

    Args:
        scenario: one with a block ``estimate``.
        cases: a CSV file with a row a case.
        searches: how many, from different starts.
        seed: of searches, replicates, folds and draws.
        out: a folder that exists: what takes long is kept there as it is found, and gone on with the next time; the
            draws of the posterior are written there.
        progress: told what is done.
        asked: what else is wanted; see `Asked`.

    Raises:
        ScenarioError: mistakes in the scenario or in the file, with their places.
    """
    tell = progress or silent
    refuse_one(asked.get("replicates", 0), asked.get("folds", 0))
    tell("Compiling", 0, 1)
    file = read_cases(cases)
    estimation = Estimation.of(scenario, file)
    values = _values(estimation, asked.get("along", {}))
    fitted = estimation.fit(searches=searches, seed=seed, errors=asked.get("errors"), progress=tell)
    kept = None if out is None else out / "replicates.jsonl"
    replicates, folds, posterior = asked.get("replicates", 0), asked.get("folds", 0), asked.get("posterior", 0)
    sought = Sought(seed=seed, path=kept, pool=asked.get("pool"), progress=tell)
    drawn = bootstrap(estimation, fitted, replicates, **sought) if replicates else None
    parts = cross_validate(estimation, fitted, folds, **sought) if folds else []
    covariance = fitted.covariance if drawn is None else drawn.covariance
    told = None
    if folds:
        plays = sum(part.plays for part in parts)
        score, shares = (sum(p.plays * getattr(p, key) for p in parts) / plays for key in ("score", "shares"))
        told = FoldsRow(len(parts), score, shares, sum(part.score > part.shares for part in parts))
    sampled = sample_posterior(estimation, posterior, seed=seed, progress=tell) if posterior else None
    if sampled is not None and out is not None:
        write_posterior(sampled, estimation, out / "posterior.nc")
    other, against = None, asked.get("against")
    if against is not None:
        other = _against(estimation, fitted, Estimation.of(against, file), searches, seed, tell)
    return Estimated(
        **origin(estimation.scenario),
        cases=_cases(estimation),
        fit=_fit(estimation, fitted, "bootstrap" if drawn else fitted.errors),
        coefficients=_coefficients(estimation, fitted, drawn),
        outcomes=_outcomes(estimation, fitted),
        predicted=[_predicted(estimation, fitted, covariance, *each) for each in values],
        against=other,
        folds=told,
        posterior=None if sampled is None else _posterior(estimation, sampled),
        notes=_notes(estimation, fitted, drawn, sampled),
    )


def _cases(estimation: Estimation) -> CasesRow:
    data = estimation.data
    clusters = None if data.cluster is None else int(data.cluster.max()) + 1
    return CasesRow(
        data.file.file, len(data.file), len(data.row), dict(data.left_out), data.cases, data.plays, clusters
    )


def _fit(estimation: Estimation, fitted: Fitted, errors: str) -> FitRow:
    found, weight = fitted.maximum, estimation.line_weight
    K, plays = found.estimated, float(weight.sum())
    shares = np.log(estimation.outcome_shares(weight)[estimation.data.line_kind])
    return FitRow(
        log_likelihood=found.log_likelihood,
        coefficients=K,
        aic=2.0 * K - 2.0 * found.log_likelihood,
        bic=K * float(np.log(plays)) - 2.0 * found.log_likelihood,
        score=found.log_likelihood / plays,
        shares_log_likelihood=float(weight @ shares),
        errors=errors,
        converged=found.converged,
        searches=len(found.ends),
        agreeing=found.agreeing,
    )


def _coefficients(estimation: Estimation, fitted: Fitted, drawn: Bootstrap | None) -> list[CoefficientRow]:
    covariance = fitted.covariance if drawn is None else drawn.covariance
    with np.errstate(invalid="ignore"):
        errors = np.sqrt(np.diag(covariance))
    errors[[k for group in fitted.tied for k in group]], beta, rows = np.nan, fitted.maximum.beta, []
    ends = beta - WIDE * errors, beta + WIDE * errors
    if drawn is not None and len(drawn.betas) > 1:
        ends = tuple(drawn.interval(LEVEL))
    for k, name in enumerate(estimation.coefficients):
        value, error, free = float(beta[k]), float(errors[k]), bool(fitted.maximum.free[k])
        sure = free and np.isfinite(error) and error > 0.0
        z = value / error if sure else None
        low, high = (float(end[k]) if sure else None for end in ends)
        p = None if z is None else two_sided(z)
        rows.append(CoefficientRow(name, value, error if sure else None, z, p, low, high, not free))
    return rows


def _outcomes(estimation: Estimation, fitted: Fitted) -> list[OutcomeRow]:
    seen = estimation.outcome_shares(estimation.line_weight)
    chance, _ = estimation.outcome_chances(fitted.maximum.beta)
    rows = zip(estimation.data.kinds, seen.tolist(), chance.tolist(), strict=True)
    return [OutcomeRow(kind.name, share, expected) for kind, share, expected in rows]


def _values(estimation: Estimation, along: Mapping[str, Sequence[float | str]]) -> list[tuple[str, float | str, float]]:
    """Each column with its values as they were given and as numbers. Raises ScenarioError for what is not there."""
    data, found, problems = estimation.data, [], []
    for column, values in along.items():
        place = Place(path=f"along {column}")
        if column not in data.columns:
            known = [name for name in data.columns if name in data.file.columns]
            fix = nearest(column, known) or f"They are {listed(known)}."
            problems.append(Problem("unknown-column", place, "a column that a formula uses", f"`{column}`", fix))
            continue
        numeric, some = data.file.numbers(column) is not None, data.file.words(column)
        for value in values:
            code = number(str(value)) if numeric else float(some.index(str(value))) if str(value) in some else None
            if code is None:
                expected = "a number" if numeric else f"a word of `{column}`: {listed(some)}"
                problems.append(Problem("unknown-word", place, expected, f"`{value}`", nearest(str(value), some)))
            else:
                found.append((column, code if numeric else str(value), code))
    if problems:
        raise ScenarioError(problems)
    return found


def _predicted(
    estimation: Estimation, fitted: Fitted, covariance: np.ndarray, column: str, value: float | str, code: float
) -> PredictedRow:
    """What is expected at one value of a column, with intervals by the delta method on the scale of log-odds."""
    columns = dict(estimation.data.columns) | {column: np.full(estimation.data.cases, code)}
    chances, slopes = estimation.outcome_chances(fitted.maximum.beta, columns)
    free = fitted.maximum.free
    known = np.where(np.outer(free, free), covariance, 0.0)
    outcomes = {}
    for kind, p, slope in zip(estimation.data.kinds, chances.tolist(), slopes, strict=True):
        low = high = None
        if 0.0 < p < 1.0 and np.isfinite(known).all():
            wide = WIDE * float(np.sqrt(max(slope @ known @ slope, 0.0))) / (p * (1.0 - p))
            odds = np.log(p / (1.0 - p))
            low, high = (float(1.0 / (1.0 + np.exp(-x))) for x in (odds - wide, odds + wide))
        outcomes[kind.name] = PredictedChance(p, low, high)
    return PredictedRow(column, value, outcomes)


def _against(
    estimation: Estimation, fitted: Fitted, other: Estimation, searches: int, seed: int, progress: Progress
) -> AgainstRow:
    """The other model, compared on the same rows. Raises ScenarioError where the rows are not the same."""
    ours, theirs = estimation.data, other.data
    same = len(ours.line_row) == len(theirs.line_row) and np.array_equal(
        ours.row[ours.line_row], theirs.row[theirs.line_row]
    )
    if not same:
        expected = f"two models of the same {len(ours.row)} rows"
        fix = "Leave the rows out of the file in which a column of either model is empty."
        place = Place(file=ours.file.file)
        raise ScenarioError([Problem("other-rows", place, expected, f"{len(theirs.row)} of the other", fix)])
    second = other.fit(searches=searches, seed=seed, errors="hessian", progress=progress)
    one, two = fitted.maximum, second.maximum
    k1, k2 = one.estimated, two.estimated
    mine, its = set(estimation.coefficients), set(other.coefficients)
    ratio = None
    if mine < its or its < mine:
        larger, smaller = (one, two) if its < mine else (two, one)
        ratio = likelihood_ratio(larger.log_likelihood, smaller.log_likelihood, abs(len(mine) - len(its)))
    logs = one.record[estimation.line_record], two.record[other.line_record]
    test = vuong(*logs, estimation.line_weight, (k1, k2))
    return AgainstRow(other.scenario.title, two.log_likelihood, k2, ratio, test)


def _posterior(estimation: Estimation, sampled: CoefficientPosterior) -> list[PosteriorRow]:
    ends = np.quantile(sampled.betas, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0], axis=0)
    rows = zip(estimation.coefficients, sampled.betas.mean(axis=0), sampled.betas.std(axis=0), *ends, strict=True)
    return [PosteriorRow(name, *map(float, numbers)) for name, *numbers in rows]


def _notes(
    estimation: Estimation, fitted: Fitted, drawn: Bootstrap | None, sampled: CoefficientPosterior | None
) -> list[str]:
    found, data, notes = fitted.maximum, estimation.data, []
    block = estimation.scenario.estimate
    assert block is not None
    if not found.converged:
        notes.append("The search did not settle on a maximum: its numbers cannot be relied upon.")
    if found.agreeing < len(found.ends):
        others = len(found.ends) - found.agreeing
        notes.append(
            f"{words.count(others, 'search', 'searches')} of {len(found.ends)} ended lower: the likelihood has several"
            " maxima, or is flat. Try more searches."
        )
    if data.left_out:
        missing = ", ".join(f"{column} ({n})" for column, n in data.left_out.items())
        left = len(data.file) - len(data.row)
        notes.append(f"{words.count(left, 'row')} of {len(data.file)} had no value in a column: {missing}.")
    notes += estimate_table.tied_notes([[estimation.coefficients[k] for k in group] for group in fitted.tied])
    bound = [name for name, free in zip(estimation.coefficients, found.free, strict=True) if not free]
    if bound:
        notes.append(f"On a bound, and so without an error: {', '.join(bound)}.")
    if estimation.leaves_the_branch(found.beta):
        notes.append(
            "At the estimate, some cases are on another branch of equilibria than the principal one; the search kept"
            " to the branch on which it was."
        )
    if block.noise == "normal":
        notes.append("Choice is by normal noise here; all other commands solve the game with logit noise.")
    if block.weight is not None and fitted.errors == "hessian" and drawn is None:
        notes.append("Rows have weights: take robust errors, as those from the Hessian rest on counts.")
    if drawn is not None and drawn.failed:
        notes.append(f"{words.count(drawn.failed, 'replicate')} of the bootstrap found no maximum and does not count.")
    return notes + ([] if sampled is None else list(sampled.way.warnings))
