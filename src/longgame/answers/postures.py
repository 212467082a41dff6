"""Which posture to choose: at the base case, and over worlds and draws of the assumptions."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from importlib import metadata
from typing import Any

from longgame.answers import rows
from longgame.answers.answers import LAYOUT, EnsembleRow, ScenarioRow, SolverRow, plain
from longgame.answers.base import Base
from longgame.answers.ensemble import Ensemble, solve_draws
from longgame.answers.outlooks import Choices, robust_row
from longgame.answers.posture_answers import PosturesRow
from longgame.errors import Place, Problem, ScenarioError
from longgame.run.executors import ChunkExecutor, Threads
from longgame.run.gathered import Gathered
from longgame.run.plan import Plan
from longgame.run.solver import Solver
from longgame.run.store import Memory, Store
from longgame.run.study import Progress, Study, silent
from longgame.scenario.model import Scenario
from longgame.text import nearest


@dataclass(frozen=True)
class PosturesAnswer:
    """The block ``postures`` of the answers, with every actor's postures solved in every draw."""

    longgame: str
    layout: int
    scenario: ScenarioRow
    seed: int
    draws: int
    postures: list[PosturesRow]
    ensemble: EnsembleRow
    solver: SolverRow

    def to_json(self) -> dict[str, Any]:
        """The answer as nested dicts and lists that ``json.dumps`` writes as they are."""
        return plain(self)


def postures(
    scenario: Scenario,
    *,
    draws: int = 128,
    seed: int = 0,
    over: str | None = None,
    at_least: float | None = None,
    progress: Progress | None = None,
    executor: ChunkExecutor | None = None,
) -> PosturesAnswer:
    """Every actor's choice among its postures, at the base case and over draws of the assumptions.

    Args:
        scenario: one that has passed the checks.
        draws: how many draws of the assumptions are solved; 0 for the given values alone.
        seed: of the draws.
        over: an assumption over which the beliefs are followed at which the best posture turns.
        at_least: what a posture must bring to satisfice; what the actor could expect unbound, if None.
        progress: told what is being done, and how many parts of how many of it are done.
        executor: who solves the draws; the threads of this process if None.

    Raises ScenarioError where the scenario makes no game, and for an ``over`` that does not vary.
    """
    tell = progress or silent
    study = Study.of(scenario.model_copy(update={"claims": {}}))  # nothing is solved for the claims
    plan = Plan.of(study, draws, seed, every_posture=True)
    if over is not None and over not in plan.axes.varying:
        expected = "an assumption that varies"
        fix = nearest(over, plan.axes.varying)
        raise ScenarioError([Problem("unknown-name", Place(path="--over"), expected, over, fix)])
    base = Base.of(study, ["postures"], tell)
    store = Memory(plan)
    with closing(executor or Threads()) as workers:
        solve_draws(Solver(study, plan, base.draw.plays), store, workers, tell)
    many = Ensemble.of(store)
    gathered = Gathered.of(store, study.scenario)
    found = with_draws(base, store, many, gathered, base.postures(), over=over, at_least=at_least)
    return PosturesAnswer(
        longgame=metadata.version("longgame"),
        layout=LAYOUT,
        scenario=rows.scenario_row(scenario),
        seed=seed,
        draws=draws,
        postures=found,
        ensemble=many.row(),
        solver=rows.solver_row(study, base.draw),
    )


def with_draws(
    base: Base,
    store: Store,
    many: Ensemble,
    gathered: Gathered,
    found: list[PosturesRow],
    *,
    over: str | None = None,
    at_least: float | None = None,
) -> list[PosturesRow]:
    """The rows of the base case with what the draws gathered from a store say of them, where these were solved for
    that."""
    actors = store.plan.axes.actor
    choices = Choices.of(store, gathered) if actors and gathered.draws else None

    def row(one: PosturesRow) -> PosturesRow:
        share = many.choices(one.actor, [posture.posture for posture in one.rows])
        if choices is None or one.actor not in actors:
            return replace(one, share=share)
        game = base.study.game
        robust = robust_row(game, choices, one.turning, one.actor, over=over, at_least=at_least)
        return replace(one, share=share, over_draws=robust)

    return [row(one) for one in found]
