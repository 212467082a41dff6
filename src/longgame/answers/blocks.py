"""Blocks of the answers that rest on the base case alone, and single questions.

examine(scenario, "beliefs", ...)     some blocks of the base case, with only the work that they need
ask(scenario, "worth(...) > 0")       one question more
describe(scenario)                    what the game is like, without solving it

Nothing here needs draws of the assumptions, so nothing that solves or weighs them is imported for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import metadata
from typing import TYPE_CHECKING, Any

from longgame.answers import rows
from longgame.answers.answers import LAYOUT, ClaimRow, plain
from longgame.answers.base import Base
from longgame.errors import Place, Problem, QuestionError
from longgame.game.checks import warnings
from longgame.queries.claims import BoundClaim, judge, shown
from longgame.run.study import Progress, Study, silent
from longgame.scenario.formulas import Question
from longgame.scenario.language.expressions import ExpressionError
from longgame.scenario.model import Scenario
from longgame.scenario.questions.understand import understand

if TYPE_CHECKING:
    from longgame.answers.ensemble import Ensemble

SEED = 0

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
    "claims": lambda base, seed: claim_rows(base),
    "solver": lambda base, seed: rows.solver_row(base.study, base.draw),
}


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
    understood = understand(scenario, _parsed(text), at)
    study = Study.of(scenario, questions=(understood,))
    question = study.binder.bind(understood)
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


def claim_rows(base: Base, many: Ensemble | None = None) -> list[ClaimRow]:
    """Every claim: at the base case, and over the draws if there are any."""
    return [_claim_row(base, many, index, claim) for index, claim in enumerate(base.study.claims)]


def _claim_row(base: Base, many: Ensemble | None, index: int, claim: BoundClaim) -> ClaimRow:
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
        share=many and many.share(index),
        share_weighted=many and many.share_weighted(index),
        built_in=verdict.holds is True and many is not None and many.always(index),
        status=rows.worst(report.status for report in reports.values()).value,
        note=" ".join(note for note in notes if note),
        question=claim.claim.holds.text,
        at=claim.claim.at,
        shows={label: _shown(answer) for label, answer in shown(claim, base.found).items()},
    )


def _shown(answer: Any) -> float | bool | None:
    return answer.truth if answer.is_truth else answer.value


def _parsed(text: str) -> Question:
    try:
        return Question(text)
    except ExpressionError as error:
        place = Place(path="question", file="question", line=1, column=error.start + 1)
        raise QuestionError([Problem(error.code, place, error.expected, error.found, error.fix)]) from None
