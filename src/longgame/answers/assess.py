"""A whole assessment: the base case, every claim over the draws, and the answers in their layout.

assess(scenario)     everything: ``Answers``
resume(folder)       the same, of a run that was interrupted
"""

from __future__ import annotations

from contextlib import closing, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from longgame.answers import rows
from longgame.answers.answers import Answers, FinerRow
from longgame.answers.base import Base
from longgame.answers.blocks import BLOCKS, SEED, claim_rows
from longgame.answers.brief import brief_rows
from longgame.answers.ensemble import Ensemble, solve_draws
from longgame.answers.postures import with_draws
from longgame.answers.verification import verification
from longgame.queries.claims import judge
from longgame.run.executors import ChunkExecutor, Threads
from longgame.run.gathered import MOST, Gathered
from longgame.run.hold import Held
from longgame.run.plan import Plan, versions
from longgame.run.results import write_results
from longgame.run.solver import Solver
from longgame.run.store import RESULTS, Folder, Memory, Store, room_in
from longgame.run.study import Progress, Study, silent
from longgame.run.tempering import tempered
from longgame.scenario.model import Scenario

DRAWS = 128


def assess(
    scenario: Scenario,
    *,
    draws: int = DRAWS,
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
        draws: how many draws of the assumptions the claims are tried on; 0 for the given values alone.
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
    with nullcontext() if folder is None else room_in(folder) as room:
        tell("Compiling", 0, 1)
        base = Base.of(Study.of(scenario), BLOCKS, tell)
        plan = Plan.of(base.study, draws, seed, temper=temper)
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
        base = Base.of(Study.of(store.plan.read()), BLOCKS, tell)
        return answered(base, store, executor, tell, started, verify)


def answered(
    base: Base, store: Store, executor: ChunkExecutor | None, tell: Progress, started: datetime, verify: bool = False
) -> Answers:
    """All that the base case and the draws say; the draws that the store has not yet are solved."""
    plan = store.plan
    solver = Solver(base.study, plan, base.draw.plays)
    with closing(executor or Threads()) as workers:
        solve_draws(solver, store, workers, tell)
        posterior = tempered(solver, store, workers, tell)
    many = Ensemble.of(store, posterior)
    if isinstance(store, Folder):
        store.begin()  # where there was nothing to solve, it has not yet
        if plan.size:
            with store.file(RESULTS) as path:
                write_results(store, path, posterior)
    blocks = {name: make(base, plan.seed) for name, make in BLOCKS.items()}
    claims = claim_rows(base, many)
    gathered = Gathered.of(store, base.study.scenario, MOST)
    brief = brief_rows(gathered, [row.holds for row in claims])
    finer = _on_finer_lattice(base, tell) if verify else None
    checked = finer_rows(finer) if finer else [None] * len(claims)
    blocks["claims"] = [
        replace(row, rests_on=rests_on, finer=on_finer)
        for row, rests_on, on_finer in zip(claims, brief, checked, strict=True)
    ]
    blocks["postures"] = with_draws(base, store, many, gathered, blocks["postures"])
    verified = finer and verification(
        base.study.game,
        seed=plan.seed,
        progress=tell,
        solved=lambda: (base.draw.case.solution(), finer.draw.case.solution()),
    )
    return Answers(
        longgame=metadata.version("longgame"),
        scenario=rows.scenario_row(base.study.scenario),
        versions=versions(),
        seed=plan.seed,
        draws=plan.draws,
        started=started.isoformat(timespec="seconds"),
        seconds=round((datetime.now(UTC) - started).total_seconds(), 3),
        ensemble=many.row(),
        verification=verified,
        **blocks,
    )


def _on_finer_lattice(base: Base, progress: Progress) -> Base:
    """The base case on a lattice of beliefs of twice the resolution, as far as claims need it."""
    game = replace(base.study.game, lattice=2 * base.study.game.lattice)
    return Base.of(Study(base.study.scenario, game), {"claims"}, progress)


def finer_rows(base: Base) -> list[FinerRow]:
    """Every claim on a finer lattice."""
    verdicts = [judge(claim, base.found) for claim in base.study.claims]
    return [FinerRow(base.study.game.lattice, verdict.holds, verdict.margin) for verdict in verdicts]
