"""The numbers of a game from many cases: what is estimated, how well, and how it is asked for again.

Letters: R rows, U cases, Q lines, M records (a case and a kind of play), K coefficients, V assumptions with a formula;
see ``inference/cases``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np

from longgame.errors import Place, Problem, ScenarioError
from longgame.game.compile import compile
from longgame.game.game import Game
from longgame.game.tables import Tables
from longgame.inference.cases import CaseData, Predictors
from longgame.inference.directions import Directions, directions
from longgame.inference.endless import EndlessRecords
from longgame.inference.likelihood import Records
from longgame.inference.maximum import Known, Maximum, maximise
from longgame.run.study import Progress, silent
from longgame.scenario.case_file import CaseFile, read_cases
from longgame.scenario.load import AnyScenario, scenario_of
from longgame.scenario.model import Scenario

ASIDE = 1e-4  # how far to each side first derivatives are compared, in what changes a log-likelihood by about 1

Errors = Literal["hessian", "robust", "clustered"]


@dataclass(frozen=True, eq=False)
class Fitted:
    """An estimate.

    maximum     the largest likelihood, and where it is
    errors      what the covariance is made of
    covariance  [K, K] of the coefficients; NaN for those on a bound
    tied        coefficients, in groups, of which the cases tell a combination alone: they have no errors of their own
    """

    maximum: Maximum
    errors: Errors
    covariance: np.ndarray
    tied: tuple[tuple[int, ...], ...] = ()

    @property
    def standard_error(self) -> np.ndarray:
        """[K] of each coefficient; NaN for those on a bound, or tied to others."""
        with np.errstate(invalid="ignore"):
            found = np.sqrt(np.diag(self.covariance))
        found[[k for group in self.tied for k in group]] = np.nan
        return found


class Estimation:
    """A scenario with a block ``estimate`` and its cases."""

    def __init__(self, scenario: Scenario, game: Game, data: CaseData):
        self.scenario, self.game, self.data = scenario, game, data
        self.predictors = Predictors(data, game.assumptions, game.base)
        self.coefficients = self.predictors.coefficients
        assert scenario.estimate is not None
        given = [scenario.estimate.coefficients.get(name) for name in self.coefficients]
        self.start = np.array([0.0 if one is None else one.start for one in given])
        limits = [(-np.inf, np.inf) if one is None or one.bounds is None else one.bounds for one in given]
        self.low, self.high = np.array(limits).T
        pairs = np.stack([data.case[data.line_row], data.line_kind], axis=1)
        unique, record = np.unique(pairs, axis=0, return_inverse=True)
        self.line_record = record.ravel()
        seen = [each.seen for each in data.kinds]
        made = EndlessRecords if game.forever else Records
        self.records = made(game, seen, unique[:, 0], unique[:, 1], noise=scenario.estimate.noise)
        self.limited = _limited(game, self.predictors.estimated)

    @classmethod
    def of(cls, scenario: AnyScenario, cases: str | Path | CaseFile) -> Estimation:
        """Bind a file of cases to a scenario. Raises ScenarioError where either has mistakes."""
        scenario = scenario_of(scenario)
        if scenario.estimate is None:
            fix = "Add the block `estimate`: docs/how-to/estimate.md shows one."
            place = scenario.place(())
            raise ScenarioError([Problem("no-estimate", place, "a scenario with a block `estimate`", "none", fix)])
        game = compile(scenario)
        refuse_unsolved(scenario, game)
        file = cases if isinstance(cases, CaseFile) else read_cases(cases)
        return cls(scenario, game, CaseData.of(scenario, file))

    def records_of(self, case: np.ndarray, kind: np.ndarray) -> Records:
        """Records of some cases [M] and kinds of plays [M]."""
        known = self.records
        return type(known)(self.game, known.seen, case, kind, noise=known.noise, like=known)

    @property
    def line_weight(self) -> np.ndarray:
        """[Q] what each line counts for."""
        return self.data.line_count * self.data.weight[self.data.line_row]

    def weight_of(self, line_weight: np.ndarray) -> np.ndarray:
        """[M] what each record counts for."""
        return np.bincount(self.line_record, line_weight, minlength=len(self.records.draw))

    def objective(
        self, beta: np.ndarray, records: Records | None = None, columns: Mapping[str, np.ndarray] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The log-likelihood [M] and the score [M, K] of all records, or of others of the same cases.

        ``columns`` [U] stand for those of the data, if given.
        """
        records = self.records if records is None else records
        theta, slope = self.predictors(beta, columns)
        moved = np.flatnonzero(slope.any(axis=(0, 2)))  # the others are columns of the file as they are
        found = records(theta, [self.predictors.estimated[v] for v in moved])
        log = np.where(self.outside(theta)[records.draw], -np.inf, found.log)
        return log, np.einsum("mv,mvk->mk", found.slope, slope[:, moved][records.draw])

    def bend(self, beta: np.ndarray, weight: np.ndarray, basis: np.ndarray | None = None) -> np.ndarray:
        """[K, K] the second derivatives of the log-likelihood, records counting as ``weight`` [M] says.

        ``basis`` [K, R] of a linear model: those along its directions, [R, R].

        By the chain rule from those by the assumptions in each case, which are differences of exact first ones: as many
        as there are assumptions with a formula, not coefficients. Formulas that are not linear add their own.
        """
        theta, slope = self.predictors(beta)
        moved = np.flatnonzero(slope.any(axis=(0, 2)))
        which, draw = [self.predictors.estimated[v] for v in moved], self.records.draw
        used = weight > 0.0
        along, weight = slope[:, moved][draw[used]], weight[used, None]  # [m, V, K]
        along = along if basis is None else along @ basis
        first = self.records(theta, which).slope[used]
        bend = np.zeros((along.shape[2],) * 2)
        for v, p in enumerate(which):
            size = float((weight[:, 0] @ first[:, v] ** 2) / weight.sum())
            ends = [theta.copy(), theta.copy()]
            for end, sign in zip(ends, (-1.0, 1.0), strict=True):
                end[:, p] += sign * ASIDE / np.sqrt(size if size > 0.0 else 1.0)
            low, high = next(((low, high) for q, low, high in self.limited if q == p), (-np.inf, np.inf))
            below, above = (np.clip(end[:, p], low, high) for end in ends)
            ends[0][:, p], ends[1][:, p] = below, above
            before, after = (self.records(end, which).slope[used] for end in ends)
            change = (after - before) / (above - below)[draw[used], None]
            bend += along[:, v].T @ np.einsum("mu,muk->mk", weight * change, along)
        if not self.linear:
            pull = np.zeros((len(theta), len(moved)))
            np.add.at(pull, draw[used], weight * first)
            for k in range(len(beta)):
                aside = np.eye(len(beta))[k] * ASIDE
                ends = [self.predictors(beta + sign * aside)[1][:, moved] for sign in (-1.0, 1.0)]
                bend[k] += np.einsum("uv,uvl->l", pull, ends[1] - ends[0]) / (2.0 * ASIDE)
        return bend

    @cached_property
    def linear(self) -> bool:
        """Whether the formulas are linear in the coefficients."""
        aside = np.arange(1.0, len(self.start) + 1.0) / 7.0
        return np.array_equal(self.predictors(self.start)[1], self.predictors(self.start + aside)[1])

    def directions(self, line_weight: np.ndarray) -> Directions | None:
        """Along which directions the coefficients of a linear model are searched, where columns are nearly alike."""
        if not self.linear:
            return None
        slope = self.predictors(self.start)[1]
        weight = np.bincount(self.data.case[self.data.line_row], line_weight, minlength=self.data.cases)
        bounded = np.isfinite(self.low) | np.isfinite(self.high)
        return directions(slope.reshape(-1, slope.shape[2]), np.repeat(weight, slope.shape[1]), bounded)

    def outside(self, theta: np.ndarray) -> np.ndarray:
        """[U] bool: an assumption that what can happen rests on is out of the range that the game was compiled for."""
        away = [(theta[:, p] < low) | (theta[:, p] > high) for p, low, high in self.limited]
        return np.any(away, axis=0) if away else np.zeros(len(theta), dtype=bool)

    def leaves_the_branch(self, beta: np.ndarray) -> bool:
        """Whether the equilibrium of some case is another than that at the end of its principal branch."""
        kept = self.objective(beta)[0]
        anew = self.objective(beta, self.records_of(self.records.draw, self.records.which))[0]
        return not np.allclose(kept, anew, atol=1e-6)

    def fit(
        self,
        *,
        searches: int = 3,
        seed: int = 0,
        errors: Errors | None = None,
        start: np.ndarray | None = None,
        line_weight: np.ndarray | None = None,
        progress: Progress = silent,
    ) -> Fitted:
        """The coefficients of the largest likelihood.

        errors       by default clustered where the block has clusters, else from the Hessian
        start        [K] instead of the starts of the block
        line_weight  [Q] instead of ``line_weight``: some rows more often, or not at all

        Raises ScenarioError where a row tells of something that cannot have happened.
        """
        weights = self.line_weight if line_weight is None else line_weight
        begin = self.start if start is None else start
        if errors == "clustered" and self.data.cluster is None:
            expected = "`clusters: COLUMN`, for errors that are clustered"
            place = self.scenario.place(("estimate",), key=True)
            raise ScenarioError([Problem("no-clusters", place, expected, "none")])
        self.refuse_impossible(begin, weights)
        way = self.directions(weights)
        bend = self.bend if len(self.predictors.estimated) < len(self.coefficients) else None
        found = maximise(
            self.objective,
            self.weight_of(weights),
            begin,
            (self.low, self.high),
            searches=searches,
            seed=seed,
            progress=lambda done, total: progress("Searches", done, total),
            known=Known(bend, None if way is None else way.basis),
        )
        kind = errors or ("hessian" if self.data.cluster is None else "clustered")
        return Fitted(found, kind, self.covariance(found, kind, weights), () if way is None else way.tied)

    def refuse_impossible(self, beta: np.ndarray, line_weight: np.ndarray) -> None:
        """Raise ScenarioError with the rows that tell of what cannot happen, or that no equilibrium was found."""
        log = self.objective(beta)[0][self.line_record]
        bad = np.flatnonzero(~np.isfinite(log) & (line_weight > 0.0))
        problems = []
        for line in bad[:20].tolist():
            row = int(self.data.row[self.data.line_row[line]])
            kind = self.data.kinds[self.data.line_kind[line]].name
            place = Place("", self.data.file.file, self.data.file.lines[row], 1)
            fix = "Do the columns agree with each other, and are the starts of the coefficients possible values?"
            problems.append(Problem("impossible-case", place, "a play that can happen in the game", f"`{kind}`", fix))
        if problems:
            raise ScenarioError(problems)

    def outcome_shares(self, line_weight: np.ndarray) -> np.ndarray:
        """[Z] the share of each kind of plays among those that are told from each other by the same steps."""
        data = self.data
        total = np.bincount(data.line_kind, line_weight, minlength=len(data.kinds))
        steps = [frozenset((piece.period, piece.step) for piece in kind.seen) for kind in data.kinds]
        counted = bool(self.scenario.estimate and self.scenario.estimate.plays)
        beside = np.array([[not counted or one == other for other in steps] for one in steps], dtype=float)
        whole = beside @ total
        return np.divide(total, whole, out=np.zeros_like(total), where=whole > 0.0)

    def outcome_chances(
        self, beta: np.ndarray, columns: Mapping[str, np.ndarray] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """[Z] the chance of each kind of plays, averaged over the rows as they are counted, and its derivatives [Z, K].

        ``columns`` [U] stand for those of the data: what is asked is what would be expected there.
        """
        cases, kinds = self.data.cases, len(self.data.kinds)
        every = self.records_of(np.repeat(np.arange(cases), kinds), np.tile(np.arange(kinds), cases))
        log, score = self.objective(beta, every, columns)
        counts = np.bincount(self.data.case[self.data.line_row], self.line_weight, minlength=cases)
        chance = np.exp(log).reshape(cases, kinds)
        slope = chance[:, :, None] * score.reshape(cases, kinds, -1)
        return counts @ chance / counts.sum(), np.einsum("u,uzk->zk", counts, slope) / counts.sum()

    def covariance(self, found: Maximum, errors: Errors, line_weight: np.ndarray) -> np.ndarray:
        """[K, K] the covariance of the coefficients.

        robust     H^-1 (sum of outer products of the scores of plays) H^-1 (White 1982, Econometrica 50)
        clustered  the same with the scores of each cluster added up first, times C / (C - 1) for C clusters
        """
        if errors == "hessian":
            return found.covariance
        score = found.score[:, found.open][self.line_record]
        if errors == "clustered" and self.data.cluster is not None:
            cluster = self.data.cluster[self.data.line_row]
            sums = np.zeros((int(cluster.max()) + 1, score.shape[1]))
            np.add.at(sums, cluster, line_weight[:, None] * score)
            meat = sums.T @ sums * len(sums) / (len(sums) - 1) if len(sums) > 1 else np.full((len(sums.T),) * 2, np.nan)
        else:
            plays = line_weight * self.data.weight[self.data.line_row]
            meat = (score * plays[:, None]).T @ score
        return found.spread(found.bread @ meat @ found.bread)


def refuse_unsolved(scenario: Scenario, game: Game) -> None:
    """Raise ScenarioError for games whose equilibrium many cases are not solved for."""
    problems = []
    if game.forever and len(game.worlds) > 1:
        place, fix = scenario.place(("clock", "periods")), "Give it so many periods as matter, or leave nothing hidden."
        expected = "a game with an end, or one in which nothing is hidden, to estimate"
        problems.append(Problem("no-estimate", place, expected, "`forever`", fix))
    if game.honest:
        place, fix = scenario.place(("estimate",), key=True), "Let statements not start from honest talk."
        expected = "a game whose equilibrium is followed from play at random, to estimate"
        problems.append(Problem("no-estimate", place, expected, "statements that start from honest talk", fix))
    if problems:
        raise ScenarioError(problems)


def _limited(game: Game, estimated: Sequence[int]) -> list[tuple[int, float, float]]:
    """The estimated assumptions that what can happen rests on, with the range that the game was compiled for."""
    assert isinstance(game.tables, Tables)
    plan = game.tables.plan
    trees = [*(node for _, node in plan.start), *(end.when for end in plan.ends)]
    for step in plan.steps:
        trees += [step.when, *(option.when for option in step.options)]
        for option in step.options:
            trees += [option.odds, *(p for _, lottery in option.becomes for _, p in lottery)]
            trees += [node for effect in option.effects for node in (effect.odds, *(value for _, value in effect.sets))]
    used = plan.symbols.used(*trees)
    return [(p, float(plan.low[p]), float(plan.high[p])) for p in estimated if plan.assumptions[p] in used]
