"""A whole assessment: the base case, every claim over the draws, and the answers in their layout.

assess(scenario)                      everything: ``Answers``
resume(folder)                        the same, of a run that was interrupted
examine(scenario, "beliefs", ...)     some blocks of the base case, with only the work that they need
ask(scenario, "worth(...) > 0")       one question more
describe(scenario)                    what the game is like, without solving it
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from longgame.assessment import rows
from longgame.assessment.answers import LAYOUT, Answers, ClaimRow, FinerRow, plain
from longgame.assessment.base import Base
from longgame.assessment.draws.executors import ChunkExecutor, Threads
from longgame.assessment.draws.plan import Plan
from longgame.assessment.draws.results import RESULTS, write_results
from longgame.assessment.draws.solver import Solver
from longgame.assessment.draws.store import Folder, Memory, Store
from longgame.assessment.draws.tempering import tempered
from longgame.assessment.ensemble import Ensemble, solve_draws
from longgame.assessment.robustness.brief import brief_rows
from longgame.assessment.robustness.gathered import MOST, Gathered
from longgame.assessment.robustness.postures import with_draws
from longgame.assessment.study import Progress, Study, silent
from longgame.assessment.verification import verification
from longgame.errors import Place, Problem, QuestionError
from longgame.game.checks import warnings
from longgame.queries.claims import BoundClaim, judge, shown
from longgame.scenario.checks import question_problems
from longgame.scenario.clock import DateError
from longgame.scenario.expressions import ExpressionError, Node, parse
from longgame.scenario.formulas import Question
from longgame.scenario.model import Scenario

SEED = 0
DRAWS = 128

#: Block of the answers -> how it is made from the base case and a seed.
BLOCKS: Mapping[str, Callable[[Base, int], Any]] = {
    "assumptions": lambda base, seed: rows.assumption_rows(base.study.scenario),
    "actors": lambda base, seed: rows.actor_rows(base.study, base.draw),
    "worlds": lambda base, seed: rows.world_rows(base.study, base.draw),
    "size": lambda base, seed: rows.size_row(base.study),
    "beliefs": lambda base, seed: rows.belief_rows(base.study, base.draw),
    "ledger": lambda base, seed: rows.ledger_rows(base.study, base.draw),
    "forecasts": lambda base, seed: rows.forecast_rows(base.study, base.draw, seed),
    "postures": lambda base, seed: base.postures(),
    "deals": lambda base, seed: rows.deal_rows(base.study, base.deal_table),
    "bargaining": lambda base, seed: rows.bargain_rows(base.study.scenario, base.deal_table),
    "claims": lambda base, seed: claim_rows(base, Ensemble()),
    "solver": lambda base, seed: rows.solver_row(base.study, base.draw),
}


def assess(
    scenario: Scenario,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
    progress: Progress | None = None,
    folder: str | Path | None = None,
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
    """
    started, tell = datetime.now(UTC), progress or silent
    tell("Compiling", 0, 1)
    base = Base.of(Study.of(scenario), BLOCKS, tell)
    plan = Plan.of(base.study, draws, seed, temper=temper)
    store = Memory(plan) if folder is None else Folder.begin(Path(folder), plan)
    return answered(base, store, executor, tell, started, verify)


def resume(
    folder: str | Path,
    *,
    progress: Progress | None = None,
    executor: ChunkExecutor | None = None,
    verify: bool = False,
) -> Answers:
    """Finish an interrupted run; its answers are those of a run that was not interrupted.

    Raises RunError where the folder holds no run, or one that was begun with other versions of the software.
    """
    started, tell = datetime.now(UTC), progress or silent
    store = Folder.open(Path(folder))
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
    solve_draws(solver, store, executor or Threads(), tell)
    posterior = tempered(solver, store, tell)
    many = Ensemble.of(store, posterior)
    if isinstance(store, Folder) and plan.size:
        write_results(store, store.path / RESULTS, posterior)
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
        versions=rows.versions(),
        seed=plan.seed,
        draws=plan.draws,
        started=started.isoformat(timespec="seconds"),
        seconds=round((datetime.now(UTC) - started).total_seconds(), 3),
        ensemble=many.row(),
        verification=verified,
        **blocks,
    )


def examine(scenario: Scenario, *blocks: str, seed: int = SEED, progress: Progress | None = None) -> dict[str, Any]:
    """Some blocks of the answers at the base case, as plain objects under a head, with only the work that they need.

    Raises ScenarioError and QuestionError as ``assess`` does, and KeyError for a block that there is not.
    """
    unknown = set(blocks) - BLOCKS.keys()
    if unknown:
        raise KeyError(f"no such block of the answers: {', '.join(sorted(unknown))}")
    base = Base.of(Study.of(scenario), blocks, progress or silent)
    made = {name: plain(BLOCKS[name](base, seed)) for name in blocks}
    # Last, since a block may have solved more.
    return head(scenario, seed) | made | {"solver": plain(rows.solver_row(base.study, base.draw))}


def ask(scenario: Scenario, text: str, *, at: str | int = "now", progress: Progress | None = None) -> dict[str, Any]:
    """One question of the base case.

    Args:
        scenario: of which it is asked.
        text: the question, in the words of claims: ``worth(attacker, energy_truce) > 0``, or any number.
        at: when it is asked: after all evidence up to a date; ``now`` or ``start``.
        progress: as for ``assess``.

    Returns:
        The head of the answers with ``question``, ``at``, ``kind`` of number, ``value``; for a question that is true
        or false ``holds`` and ``margin``, else null; ``status``, the sentence on the solutions that were used;
        ``note``, why there is no answer where there is none.

    Raises:
        QuestionError: it cannot be understood.
    """
    tree = _parsed(text)
    try:
        if at not in ("now", "start"):
            scenario.clock.period_of(at)
    except DateError as error:
        raise QuestionError([Problem("date", Place(path="at"), error.expected, error.found, error.fix)]) from None
    if problems := question_problems(scenario, Question(text), at):
        raise QuestionError(problems)
    study = Study.of(scenario, questions=(tree,))
    question = study.binder.bind(tree, at)
    draw = study.draw(progress=progress or silent)
    found = draw.look_up(question.atoms)
    answer = question.work_out(found)
    return head(scenario, SEED) | plain(
        {
            "question": text,
            "at": at,
            "kind": answer.kind,
            "value": answer.value,
            "holds": answer.truth,
            "margin": answer.margin,
            "status": rows.worst(draw.statuses.values()),
            "note": " ".join(question.reasons(found)),
        }
    )


def describe(scenario: Scenario) -> tuple[list[dict[str, Any]], dict[str, Any], list[Problem]]:
    """The blocks ``actors`` and ``size`` of the answers as plain objects, and warnings that only the game can show.

    Nothing is solved for them. Raises ScenarioError, TooLargeError.
    """
    study = Study.of(scenario)
    actors, size = plain(rows.actor_rows(study, study.draw())), plain(rows.size_row(study))
    return actors, size, warnings(scenario, study.game)


def head(scenario: Scenario, seed: int) -> dict[str, Any]:
    """What says which answers these are; those of the base case alone have no draws."""
    return {
        "longgame": metadata.version("longgame"),
        "layout": LAYOUT,
        "scenario": plain(rows.scenario_row(scenario)),
        "seed": seed,
        "draws": 0,
    }


def _on_finer_lattice(base: Base, progress: Progress) -> Base:
    """The base case on a lattice of beliefs of twice the resolution, as far as claims need it."""
    game = replace(base.study.game, lattice=2 * base.study.game.lattice)
    return Base.of(Study(base.study.scenario, game), {"claims"}, progress)


def finer_rows(base: Base) -> list[FinerRow]:
    """Every claim on a finer lattice."""
    verdicts = [judge(claim, base.found) for claim in base.study.claims]
    return [FinerRow(base.study.game.lattice, verdict.holds, verdict.margin) for verdict in verdicts]


def claim_rows(base: Base, many: Ensemble) -> list[ClaimRow]:
    """Every claim: at the base case, and over the draws."""
    return [_claim_row(base, many, index, claim) for index, claim in enumerate(base.study.claims)]


def _claim_row(base: Base, many: Ensemble, index: int, claim: BoundClaim) -> ClaimRow:
    verdict = judge(claim, base.found)
    used = [under for question in claim.questions for under in question.solutions]
    reports = {under: base.draw.solved[under] for under in dict.fromkeys(used)}
    missed = sorted({step for report in reports.values() for step in report.unconverged})
    notes = [claim.claim.note]
    if verdict.holds is None:
        notes.append(f"No answer: {'; '.join(verdict.reasons) or 'a value that the question needs does not exist'}.")
    if missed:
        notes.append(f"Rests on steps that were not solved to the tolerance: {', '.join(missed)}.")
    return ClaimRow(
        id=claim.id,
        says=claim.claim.says,
        holds=verdict.holds,
        margin=verdict.margin,
        share=many.share(index),
        share_weighted=many.share_weighted(index),
        built_in=verdict.holds is True and many.always(index),
        status=rows.worst(report.status for report in reports.values()).value,
        note=" ".join(note for note in notes if note),
        question=claim.claim.holds.text,
        at=claim.claim.at,
        shows={label: _shown(answer) for label, answer in shown(claim, base.found).items()},
    )


def _shown(answer: Any) -> float | bool | None:
    return answer.truth if answer.is_truth else answer.value


def _parsed(text: str) -> Node:
    try:
        return parse(text, questions=True)
    except ExpressionError as error:
        place = Place(path="question", file="question", line=1, column=error.start + 1)
        raise QuestionError([Problem(error.code, place, error.expected, error.found, error.fix)]) from None
