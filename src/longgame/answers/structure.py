"""The variants of a scenario solved beside it: the same claims, over the same draws, weighed by the same evidence.

A variant is compiled and solved like the scenario itself, as far as its claims and its evidence need it. Draws give an
assumption of the same name the same quantile everywhere; an assumption that only a variant has gets its own column.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from longgame.answers.ahead import Ahead, BegunVariant, naming
from longgame.answers.answers import OnDraws, head, refuse_no_game
from longgame.answers.block import Draws, plain
from longgame.answers.claims import judgement
from longgame.answers.ensemble import Ensemble, read_draws, solve_draws
from longgame.answers.ensemble_rows import EnsembleRow
from longgame.answers.parts import Part
from longgame.answers.solver import worst
from longgame.answers.variants import AcrossRow, InVariantRow, VariantRow, VariantsRow, flat_rows, parts
from longgame.answers.verdicts import Verdict
from longgame.errors import Problem, ScenarioError
from longgame.inference.draws import DrawStatus
from longgame.inference.structure import log_marginal, posterior_weights, weights_interval
from longgame.queries.claims import atoms_of, judge
from longgame.run.executors import ChunkExecutor, Threads
from longgame.run.gathered import MOST
from longgame.run.plan import STATUSES, Plan
from longgame.run.precision import Base, ask
from longgame.run.solver import Solver
from longgame.run.store import Folder, Memory, Store, each_chunk
from longgame.run.study import Array, Progress, Study, silent
from longgame.scenario.load import AnyScenario, scenario_of
from longgame.scenario.variants import BASE

DRAWS = 128
TURNING = 0.1  # of the posterior weight: what turns in a variant of more is said beside every verdict
NO_DRAWS = np.zeros(0)


@dataclass(frozen=True, eq=False)
class SolvedVariant:
    """The scenario itself, or one variant of it, with what was found.

    prior            its weight before the evidence
    sentences        claim -> what it says, and ``claims``, what became of it
    at_given_values  the log-likelihood of all evidence there; NaN where it has none
    many             its draws, counted; None without any
    log_likelihood   [D] of all evidence in each draw
    note             why there is no base case, where there is none
    """

    name: str
    says: str
    prior: float
    sentences: Mapping[str, str]
    claims: Mapping[str, InVariantRow]
    at_given_values: float
    many: Ensemble | None
    log_likelihood: Array
    status: str
    note: str = ""

    @property
    def solved(self) -> bool:
        """Whether anything is known of the evidence in it."""
        return self.log_likelihood.size > 0 or not math.isnan(self.at_given_values)


@dataclass(frozen=True, eq=False)
class Structure:
    """A scenario and its variants, the scenario itself first, with what the evidence makes of them.

    Where one of them has more draws than the others, only as many as all have weigh them: the same draws everywhere, so
    that no variant gains by the luck of its own.

    weighed_by    draws; or given values, where a variant has no draws
    log_evidence  [V] log marginal likelihood; posterior, low, high [V]: the posterior weights, and the ends of their
                  interval (None where no draws tell)
    """

    variants: Sequence[SolvedVariant]
    weighed_by: Literal["draws", "given values"]
    log_evidence: Array
    posterior: Array
    low: Array | None
    high: Array | None

    @classmethod
    def of(cls, variants: Sequence[SolvedVariant], seed: int) -> Structure:
        """Weigh them."""
        prior = np.array([one.prior for one in variants])
        by_draws = min(one.log_likelihood.size for one in variants if one.solved)
        logs = [one.log_likelihood[:by_draws] if by_draws else np.array([one.at_given_values]) for one in variants]
        log_evidence = np.array([log_marginal(one) for one in logs])
        low, high = weights_interval(prior, logs, seed) if by_draws else (None, None)
        posterior = posterior_weights(prior, log_evidence)
        return cls(variants, "draws" if by_draws else "given values", log_evidence, posterior, low, high)

    def turns_in(self, claim: str, said: Verdict) -> dict[str, Verdict]:
        """The variants of more than a tenth of the weight in which a claim has another verdict than ``said``."""
        return {
            one.name: row.verdict
            for one, weight in zip(self.variants[1:], self.posterior[1:], strict=True)
            if weight > TURNING and (row := one.claims.get(claim)) is not None and row.verdict != said
        }

    def row(self) -> VariantsRow:
        """The block of the answers."""
        sentences: dict[str, str] = {}
        for one in self.variants:
            sentences = {**one.sentences, **sentences}
        return VariantsRow(
            weighed_by=self.weighed_by,
            variants=[self._variant(v) for v in range(len(self.variants))],
            claims=[self._across(claim, says) for claim, says in sentences.items()],
        )

    def _variant(self, v: int) -> VariantRow:
        one, many = self.variants[v], self.variants[v].many or Ensemble()
        return VariantRow(
            name=one.name,
            says=one.says,
            prior=one.prior,
            posterior=float(self.posterior[v]),
            low=None if self.low is None else float(self.low[v]),
            high=None if self.high is None else float(self.high[v]),
            log_evidence=float(self.log_evidence[v]),
            draws=many.draws,
            valid=many.valid,
            effective_sample_size=many.effective,
            status=one.status,
            note=one.note,
        )

    def _across(self, claim: str, says: str) -> AcrossRow:
        rows = {one.name: one.claims.get(claim) for one in self.variants}
        prior = np.array([one.prior for one in self.variants])
        written = rows[BASE]
        return AcrossRow(
            id=claim,
            says=says,
            variants=rows,
            average=_average(self.posterior, rows.values(), lambda row: row.share_weighted),
            average_prior=_average(prior, rows.values(), lambda row: row.share),
            turns_in=self.turns_in(claim, written.verdict) if written else {},
        )


def _average(
    weights: Array, rows: Iterable[InVariantRow | None], share: Callable[[InVariantRow], float | None]
) -> float | None:
    """In what part of the variants, by their weights, and of their draws a claim holds; None where nothing weighs.

    Without draws it is whether it holds at the given values. Where it is not made, or has no answer, nothing is said.
    """
    total = holds = 0.0
    for weight, row in zip(weights.tolist(), rows, strict=True):
        part = None if row is None else share(row)
        part = float(row.holds) if part is None and row is not None and row.holds is not None else part
        if part is not None and weight > 0.0:
            total, holds = total + weight, holds + weight * part
    return holds / total if total else None


# --- solved -----------------------------------------------------------------------------------------------------------


def structure_of(base: Base, draws: Draws, ahead: Ahead, workers: ChunkExecutor, tell: Progress) -> Structure | None:
    """Solve the variants of a scenario beside it; None where it has none, or the plan of its run wants none solved.

    Args:
        base: the scenario as it is written, solved; its draws are ``draws``. Where these are in a folder, those of the
            variants are kept in it too.
        draws: those of the scenario.
        ahead: the base cases of its variants.
        workers: who solves draws.
        tell: told what is being done.
    """
    if not ahead.wanted:
        return None
    store, variants = draws.store, base.study.scenario.variants
    if isinstance(store, Folder):
        store.begin()
    left = 1.0 - sum(variant.p for variant in variants.values())
    solved = [replace(_found(base, draws if store.plan.size else None), says="As it is written.", prior=left)]
    for name, begun in ahead.each(tell):
        one = _solved(begun, name, store, workers, naming(name, tell))
        solved.append(replace(one, name=name, says=variants[name].says, prior=variants[name].p))
    return Structure.of(solved, store.plan.seed)


def _solved(begun: BegunVariant, name: str, run: Store, workers: ChunkExecutor, tell: Progress) -> SolvedVariant:
    """One variant: its base case, and its draws in a store of its own beside that of the run."""
    study, base, count = begun.study, begun.base, run.plan.variant_draws or 0
    if study is None:
        likelihood = np.full(count, begun.chance)
        return replace(_nothing(begun.note), at_given_values=begun.chance, log_likelihood=likelihood)
    plan = Plan.of(study, count, run.plan.seed, temper=False).without_forecasts()
    store = run.of_variant(name, plan) if isinstance(run, Folder) else Memory(plan)
    solve_draws(Solver(study, plan, base and base.draw.plays), store, workers, tell)
    draws = read_draws(store, study.scenario, most=MOST) if plan.size else None
    if base is None:
        return replace(_nothing(begun.note), many=draws and draws.many, log_likelihood=log_likelihoods(draws))
    found = _found(base, draws)
    base.draw.case.close()
    return found


def _nothing(note: str) -> SolvedVariant:
    return SolvedVariant("", "", 0.0, {}, {}, math.nan, None, NO_DRAWS, "", note)


def _found(base: Base, draws: Draws | None) -> SolvedVariant:
    """What was found at a base case and in its draws; that of the scenario itself until it is given another name."""
    claims = base.study.claims
    return SolvedVariant(
        name=BASE,
        says="",
        prior=1.0,
        sentences={claim.id: claim.claim.says for claim in claims},
        claims={claim.id: _claim(base, draws, number) for number, claim in enumerate(claims)},
        at_given_values=sum(math.log(piece.probability) for piece in base.draw.case.path.pieces),
        many=draws and draws.many,
        log_likelihood=log_likelihoods(draws),
        status=worst(base.draw.statuses.values()).value,
    )


def _claim(base: Base, draws: Draws | None, number: int) -> InVariantRow:
    claim = base.study.claims[number]
    judged = judgement(judge(claim, base.found), draws, number, base.error(claim.holds))
    many = draws and draws.many
    return InVariantRow(
        **{key: judged[key] for key in ("verdict", "firmness", "holds", "margin", "error")},
        share=many and many.share(number),
        share_weighted=many and many.share_weighted(number),
    )


_RULED_OUT = STATUSES.index(DrawStatus.IMPOSSIBLE)


def log_likelihoods(draws: Draws | None) -> Array:
    """[D] of all evidence in each draw: minus infinity where it cannot be, NaN where a draw makes no game or failed."""
    if draws is None:
        return NO_DRAWS
    logs = []
    for _, arrays in each_chunk(draws.store, "status", "log_likelihood"):
        here = arrays["log_likelihood"].sum(axis=1)
        logs.append(np.where(arrays["status"] == _RULED_OUT, -np.inf, here))
    return np.concatenate(logs) if logs else NO_DRAWS


# --- by itself --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Variants(OnDraws):
    """A scenario and its variants, solved for their claims alone; ``variants`` is the block of the answers."""

    variants: VariantsRow
    ensemble: EnsembleRow
    status: str

    def in_parts(self) -> list[Part]:
        """What is shown of it."""
        return parts(self.to_json()["variants"])

    def rows(self) -> list[dict[str, Any]]:
        """One flat row for each claim in each variant, as ``pandas.DataFrame`` takes them."""
        return flat_rows(plain(self.variants))


def variants(
    scenario: AnyScenario,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    progress: Progress | None = None,
    executor: ChunkExecutor | None = None,
) -> Variants:
    """Every claim in every variant of a scenario, all over as many draws, and what the evidence makes of the variants.

    Args:
        scenario: one that has passed the checks.
        draws: of the assumptions, in each variant; 0 for the given values alone.
        seed: of the draws.
        progress: told what is being done, and how many parts of how many of it are done.
        executor: who solves the draws; the threads of this process if None.

    Raises:
        ScenarioError: the scenario has no variants, or makes no game.
    """
    scenario = scenario_of(scenario)
    if not scenario.variants:
        fix = "Write `variants: {longer: {p: 0.3, clock: {periods: 24}}}`, say: docs/language.md#variants."
        raise ScenarioError([Problem("no-variants", scenario.place(()), "a scenario with `variants`", "none", fix)])
    tell = progress or silent
    tell("Compiling", 0, 1)
    study = Study.of(scenario)
    questions = [claim.holds for claim in study.claims]
    base = ask(study, atoms_of(questions), questions, draws=draws, progress=tell, ready=refuse_no_game)
    store = Memory(Plan.of(base.study, draws, seed, temper=False, variant_draws=draws).without_forecasts())
    with closing(executor or Threads()) as workers, closing(Ahead(scenario, store.plan)) as ahead:
        solve_draws(Solver(base.study, store.plan, base.draw.plays), store, workers, tell)
        found = read_draws(store, scenario, most=MOST)
        structure = structure_of(base, found, ahead, workers, tell)
    assert structure is not None  # it has variants, and the plan wants them solved
    return Variants(
        **head(scenario, seed, draws),
        variants=structure.row(),
        ensemble=found.many.row(),
        status=worst(base.draw.statuses.values()).value,
    )
