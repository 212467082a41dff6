"""Questions to the base case: some blocks of the answers, or a single question.

examine(scenario, "beliefs", ...)     some blocks of the base case, with only the work that they need
ask(scenario, "worth(...) > 0")       one question more
describe(scenario)                    what the game is like, without solving it

Nothing here needs draws of the assumptions, so nothing that solves or weighs them is imported for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from longgame.answers import words
from longgame.answers.answers import BLOCKS, base_case, head, made
from longgame.answers.block import Sources, plain
from longgame.answers.game import actor_rows, size_row
from longgame.answers.parts import Line, Part, lines
from longgame.answers.solver import solver_row, worst
from longgame.errors import Place, Problem, QuestionError
from longgame.game.checks import warnings
from longgame.run.study import Progress, Study, silent
from longgame.scenario.formulas import Question
from longgame.scenario.language.expressions import ExpressionError
from longgame.scenario.model import Scenario
from longgame.scenario.questions.understand import understand


def examine(scenario: Scenario, *blocks: str, seed: int = 0, progress: Progress | None = None) -> dict[str, Any]:
    """Some blocks of the answers at the base case, as plain objects under a head, with only the work that they need.

    Raises ScenarioError and QuestionError as ``assess`` does, and KeyError for a block that there is not.
    """
    unknown = set(blocks) - BLOCKS.keys()
    if unknown:
        raise KeyError(f"no such block of the answers: {', '.join(sorted(unknown))}")
    base = base_case(Study.of(scenario), blocks, progress or silent)
    found = made(Sources(base, seed), blocks)
    in_order = {name: found[name] for name in blocks}
    # Last, since a block may have solved more.
    return plain(head(scenario, seed) | in_order | {"solver": solver_row(base)})


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
    return plain(
        head(scenario, seed=0)
        | {
            "question": text,
            "at": at,
            "kind": answer.kind,
            "value": answer.value,
            "holds": answer.truth,
            "margin": answer.margin,
            "status": worst(draw.statuses.values()),
            "note": " ".join(question.reasons(found)),
        }
    )


def describe(scenario: Scenario) -> tuple[list[dict[str, Any]], dict[str, Any], list[Problem]]:
    """The blocks ``actors`` and ``size`` of the answers as plain objects, and warnings that only the game can show.

    Nothing is solved for them. Raises ScenarioError, TooLargeError.
    """
    study = Study.of(scenario)
    actors, size = plain(actor_rows(study, study.draw())), plain(size_row(study))
    return actors, size, warnings(scenario, study.game)


def _parsed(text: str) -> Question:
    try:
        return Question(text)
    except ExpressionError as error:
        place = Place(path="question", file="question", line=1, column=error.start + 1)
        raise QuestionError([Problem(error.code, place, error.expected, error.found, error.fix)]) from None


def answer(found: Mapping[str, Any]) -> list[Part]:
    """The answer to one question, on a line, and what must be said with it."""
    value, holds, margin = found["value"], found["holds"], found["margin"]
    if found["kind"] == "truth":
        verdict = {True: "true", False: "false", None: "no answer"}[holds]
        line = verdict if margin is None else f"{verdict}, by a margin of {words.number(margin, signed=True)}"
    elif value is None:
        line = "no answer"
    elif found["kind"] in ("probability", "share of stake"):
        share = words.percent(value, signed=found["kind"] != "probability")
        line = f"{words.number(value)} ({found['kind']}, {share})"
    else:
        line = f"{words.number(value)} ({found['kind']})"
    return [Line(line), *lines([found["note"]])]
