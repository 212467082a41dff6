"""A whole assessment: the base case, every claim over the draws, and the answers in their layout.

assess(scenario)     everything: ``Answers``
resume(folder)       the same, of a run that was interrupted
postures(scenario)   the block ``postures`` alone, with every actor's postures solved in every draw
"""

from __future__ import annotations

from contextlib import closing, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from longgame.answers.answers import BLOCKS, Answers, OnDraws, base_case, head, made, tables
from longgame.answers.block import Sources
from longgame.answers.claims import CLAIMS, ClaimRow, claim_rows
from longgame.answers.ensemble import read_draws, solve_draws
from longgame.answers.ensemble_rows import EnsembleRow
from longgame.answers.parts import Part
from longgame.answers.posture_rows import PosturesRow
from longgame.answers.postures import base_rows, with_draws
from longgame.answers.solver import SolverRow, solver_row
from longgame.answers.structure import Ahead, structure_of
from longgame.answers.verification import VerificationRow, verification
from longgame.errors import Place, Problem, ScenarioError
from longgame.exact.verify import MOST_NODES
from longgame.game.checks.worlds import refuse_without_lattice
from longgame.run.executors import ChunkExecutor, Threads
from longgame.run.gathered import MOST
from longgame.run.hold import Held
from longgame.run.plan import Plan, fewer, versions
from longgame.run.precision import Base, ask, finer_lattice
from longgame.run.results import write_results
from longgame.run.solver import Solver
from longgame.run.store import RESULTS, Folder, Memory, Store, room_in
from longgame.run.study import Progress, Study, silent, study_of
from longgame.run.tempering import tempered
from longgame.scenario.load import AnyScenario, scenario_of
from longgame.scenario.model import Scenario
from longgame.text import nearest

DRAWS = 128
SEED = 0



def assess(
    scenario: AnyScenario | Study,
    *,
    draws: int | tuple[int, int] = DRAWS,
    seed: int = SEED,
    progress: Progress | None = None,
    folder: str | Path | Held | None = None,
    executor: ChunkExecutor | None = None,
    verify: bool = False,
    temper: bool = True,
) -> Answers:
    """Solve a scenario and answer everything in it.

    Args:
        scenario: one that has passed the checks.
        draws: how many draws of the assumptions the claims are tried on; 0 for the given values alone. Of each variant
            of the scenario a quarter of them; a pair of numbers says both.
        seed: of the draws and of the simulations; the same seed gives the same answers.
        progress: told what is being done, and how many parts of how many of it are done.
        folder: where the draws are kept, so that the run can be resumed; in memory if None.
        executor: who solves the draws; the threads of this process if None.
        verify: state the error of the belief lattice as well.
        temper: whether the draws are led to the posterior in steps where the evidence leaves the weight on less than a
            tenth of them.

    Raises:
        ScenarioError: the scenario makes no game, or its evidence cannot have happened in it.
        QuestionError: a claim asks what cannot be asked.
        RunError: another process works in the folder, or it holds files in the way that no run has written.
    """
    started, tell = datetime.now(UTC), progress or silent
    draws, beside = draws if isinstance(draws, tuple) else (draws, fewer(draws))
    with nullcontext() if folder is None else room_in(folder) as room:
        tell("Compiling", 0, 1)
        base = base_case(study_of(scenario), BLOCKS, tell, draws)
        plan = Plan.of(base.study, draws, seed, temper=temper, variant_draws=beside)
        store = Memory(plan) if room is None else Folder.new(room, plan)
        return answered(base, store, executor, tell, started, verify)


def resume(
    folder: str | Path | Held,
    *,
    progress: Progress | None = None,
    executor: ChunkExecutor | None = None,
    verify: bool = False,
) -> Answers:
    """Finish an interrupted run; its answers are those of a run that was not interrupted.

    Raises RunError where the folder holds no run, one that was begun with other versions of the software, or one that
    another process works on.
    """
    started, tell = datetime.now(UTC), progress or silent
    with Folder.resumed(folder) as store:
        store.plan.same_software()
        tell("Compiling", 0, 1)
        base = base_case(Study.of(store.plan.read()), BLOCKS, tell, store.plan.draws)
        return answered(base, store, executor, tell, started, verify)


def answered(
    base: Base, store: Store, executor: ChunkExecutor | None, tell: Progress, started: datetime, verify: bool = False
) -> Answers:
    """All that the base case and the draws say; the draws that the store has not yet are solved."""
    plan = store.plan
    solver = Solver(base.study, plan, base.draw.plays)
    with closing(executor or Threads()) as workers, closing(Ahead(base.study.scenario, plan)) as ahead:
        solve_draws(solver, store, workers, tell)
        posterior = tempered(solver, store, workers, tell)
        draws = read_draws(store, base.study.scenario, posterior, MOST)
        structure = structure_of(base, draws, ahead, workers, tell)
    if isinstance(store, Folder):
        store.begin()  # where there was nothing to solve, it has not yet
        if plan.size:
            with store.file(RESULTS) as path:
                write_results(store, path, posterior)
    finer = _on_finer_lattice(base, tell) if verify else None
    blocks = made(Sources(base, plan.seed, draws, finer, tell, structure))
    return Answers(
        **head(base.study.scenario, plan.seed, plan.draws),
        versions=versions(),
        started=started.isoformat(timespec="seconds"),
        seconds=round((datetime.now(UTC) - started).total_seconds(), 3),
        **blocks,
    )


def _on_finer_lattice(base: Base, progress: Progress) -> Base:
    """The base case on a finer lattice of beliefs, as far as claims need it."""
    study = base.study.on_lattice.refined(finer_lattice(base.study.game))
    atoms = dict.fromkeys(CLAIMS.needs(study))
    return ask(study, atoms, progress=progress)


def verified(
    scenario: Scenario, *, most: int = MOST_NODES, seed: int = SEED, progress: Progress = silent
) -> tuple[VerificationRow, list[ClaimRow]]:
    """The error of the belief lattice at the base case, and the claims with what becomes of them on a finer one.

    ``most``: how many nodes the exact method may write out. Raises as :func:`assess` does.
    """
    progress("Compiling", 0, 1)
    study = Study.of(scenario)
    refuse_without_lattice(study.scenario, study.game)
    found = verification(study.game, most=most, seed=seed, progress=progress)
    if not study.claims:
        return found, []
    base = base_case(study, ["claims"], progress)
    return found, claim_rows(Sources(base, seed, finer=_on_finer_lattice(base, progress), progress=progress))


@dataclass(frozen=True)
class PosturesAnswer(OnDraws):
    """The block ``postures`` of the answers, with every actor's postures solved in every draw."""

    postures: list[PosturesRow]
    ensemble: EnsembleRow
    solver: SolverRow

    def in_parts(self) -> list[Part]:
        """What is shown of it."""
        return tables(self.to_json())


def postures(
    scenario: AnyScenario,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
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
    scenario = scenario_of(scenario)
    tell = progress or silent
    study = Study.of(scenario.model_copy(update={"claims": {}}))  # nothing is solved for the claims
    plan = Plan.of(study, draws, seed, every_posture=True)
    if over is not None and over not in plan.axes.varying:
        expected = "an assumption that varies"
        fix = nearest(over, plan.axes.varying)
        raise ScenarioError([Problem("unknown-name", Place(path="--over"), expected, over, fix)])
    base = base_case(study, ["postures"], tell)
    store = Memory(plan)
    with closing(executor or Threads()) as workers:
        solve_draws(Solver(study, plan, base.draw.plays), store, workers, tell)
    found = read_draws(store, study.scenario)
    return PosturesAnswer(
        **head(scenario, seed, draws),
        postures=with_draws(base, found, base_rows(base), over=over, at_least=at_least),
        ensemble=found.many.row(),
        solver=solver_row(base),
    )
