"""Questions to the base case: some blocks of the answers, or a single question.

examine(scenario, "beliefs", ...)     some blocks of the base case, with only the work that they need
ask(scenario, "worth(...) > 0")       one question more
describe(scenario)                    what the game is like, without solving it
check(scenario)                       what is wrong with it

Nothing here needs draws of the assumptions, so nothing that solves or weighs them is imported for it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from longgame.answers import words
from longgame.answers.answers import BLOCKS, base_case, head, made
from longgame.answers.block import Sources, plain
from longgame.answers.claims import unsettled
from longgame.answers.game import actor_rows, size_row
from longgame.answers.parts import Line, Part, Table, lines
from longgame.answers.solver import about_start, solver_row, worst
from longgame.answers.verdicts import TIE
from longgame.errors import Place, Problem, QuestionError, ScenarioError, in_file_order
from longgame.game.checks import warnings
from longgame.game.compile import compile
from longgame.queries.atoms import Stake
from longgame.queries.questions import BoundQuestion
from longgame.run.precision import Base
from longgame.run.precision import ask as precisely
from longgame.run.study import Progress, Study, silent, study_of
from longgame.scenario.checks import check as check_words
from longgame.scenario.context import Context
from longgame.scenario.formulas import Question
from longgame.scenario.language.expressions import ExpressionError
from longgame.scenario.language.templates import Families, TemplateError, origin_of, spelled
from longgame.scenario.load import AnyScenario, scenario_of
from longgame.scenario.model import Scenario
from longgame.scenario.questions.grammar import QUESTIONS, Kind
from longgame.scenario.questions.tree import Leaf, Lookup, Understood, replaced
from longgame.scenario.questions.understand import Understanding, understand
from longgame.text import listed


def examine(scenario: AnyScenario, *blocks: str, seed: int = 0, progress: Progress | None = None) -> dict[str, Any]:
    """Some blocks of the answers at the base case, as plain objects under a head, with only the work that they need.

    Raises ScenarioError and QuestionError as ``assess`` does, and KeyError for a block that there is not.
    """
    scenario = scenario_of(scenario)
    unknown = set(blocks) - BLOCKS.keys()
    if unknown:
        raise KeyError(f"no such block of the answers: {', '.join(sorted(unknown))}")
    base = base_case(Study.of(scenario), blocks, progress or silent)
    found = made(Sources(base, seed), blocks)
    in_order = {name: found[name] for name in blocks}
    # Last, since a block may have solved more.
    return plain(head(scenario, seed) | in_order | {"solver": solver_row(base)})


def ask(
    scenario: AnyScenario,
    text: str,
    *,
    at: str | int = "now",
    every_period: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """One question of the base case.

    Args:
        scenario: of which it is asked.
        text: the question, in the words of claims: ``worth(attacker, energy_truce) > 0``, or any number.
        at: when it is asked: after all evidence up to a date; ``now`` or ``start``.
        every_period: give a series, too: the question for each period from then on, in the place of those of its dates
            that it leaves open.
        progress: as for ``assess``.

    Returns:
        The head of the answers with ``question``, ``at``, ``kind`` of number, ``value``; for a question that is true
        or false ``holds`` and ``margin``, else null; ``error``, how far the number or the margin may be off, null where
        that is not known; ``status``, the sentence on the solutions that were used;
        ``note``, why there is no answer where there is none; ``series``, null unless wanted: rows with
        ``on``, ``value``, ``holds``, ``margin`` and ``error``.

    Raises:
        QuestionError: it cannot be understood; or a series is wanted, and it asks nothing that has a date.
    """
    scenario = scenario_of(scenario)
    understood = understand(scenario, parsed(text, scenario.families), at)
    each = by_period(scenario, understood) if every_period else []
    study = Study.of(scenario, questions=(understood, *each))
    question, *others = (study.binder.bind(one) for one in (understood, *each))
    atoms = (atom for one in (question, *others) for atom in one.atoms)
    base = precisely(study, atoms, [question], told=others, progress=progress or silent)
    answer, error = question.work_out(base.found), base.error(question)
    unanswered = [one for one in others if math.isnan(one.work_out(base.found).value)]  # the last tells the latest date
    reasons = dict.fromkeys(reason for one in (question, *unanswered[-1:]) for reason in one.reasons(base.found))
    prefix = "No answer" if math.isnan(answer.value) else "Part of it has no answer"
    why = [f"{prefix}: {'; '.join(reasons)}."] if reasons else []
    open_ = answer.margin is not None and error is not None and abs(answer.margin) <= max(error, TIE)
    return plain(
        head(scenario, seed=0)
        | {
            "question": text,
            "at": at,
            "kind": answer.kind,
            "value": answer.value,
            "holds": answer.truth,
            "margin": answer.margin,
            "error": error,
            "status": worst(base.draw.statuses.values()),
            "note": " ".join([*why, *_without_stake(question, base), *([unsettled(base)] if open_ and error else [])]),
            "series": list(series_rows(base, others)) if every_period else None,
        }
    )


def _without_stake(question: BoundQuestion, base: Base) -> list[str]:
    """That there is no stake of which a number could be a share."""
    stakes = [(atom, leaf) for leaf, part in question.parts.items() for atom in part.atoms if isinstance(atom, Stake)]
    none = [atom.actor for atom, leaf in stakes if leaf.kind is Kind.SHARE and base.found.number(atom) == 0.0]
    return [
        f"Nothing that play can come to matters to {base.study.game.actors[actor]}, which has no stake: "
        f"its numbers are in units of payoff."
        for actor in dict.fromkeys(none)
    ]


def describe(scenario: AnyScenario | Study) -> tuple[list[dict[str, Any]], dict[str, Any], list[Problem]]:
    """The blocks ``actors`` and ``size`` of the answers as plain objects, and warnings that only the game can show.

    Nothing is solved for them. Raises ScenarioError, TooLargeError.
    """
    study = study_of(scenario)
    actors, size = plain(actor_rows(study, study.draw())), plain(size_row(study))
    return actors, size, warnings(study.scenario, study.game)


def check(scenario: AnyScenario) -> list[Problem]:
    """Everything that is wrong with a scenario, in file order: all that ``compile`` would refuse, and warnings."""
    given = scenario_of(scenario)
    problems = check_words(given)
    if any(problem.severity == "error" for problem in problems):
        return problems
    try:
        compile(given)
    except ScenarioError as error:
        problems = in_file_order([*problems, *error.problems])
    return problems


def parsed(text: str, families: Families) -> Question:
    """A question as it is written, with `for each` of a family's members written out. Raises QuestionError."""
    made = text
    try:
        made = spelled(text, {}, families)
        return Question(made)
    except (ExpressionError, TemplateError) as error:
        start = error.start if isinstance(error, TemplateError) else origin_of(made, error.start)
        place = Place(path="question", file="question", line=1, column=start + 1)
        raise QuestionError([Problem(error.code, place, error.expected, error.found, error.fix)]) from None


def answer(found: Mapping[str, Any]) -> list[Part]:
    """The answer to one question, on a line, and what must be said with it."""
    value, holds, margin, error = found["value"], found["holds"], found["margin"], found["error"]
    off = f" ± {words.magnitude(error)}" if error and words.counts(error) else ""
    if found["kind"] == "truth":
        verdict = {True: "true", False: "false", None: "no answer"}[holds]
        verdict = "open" if margin is not None and abs(margin) <= (error or 0.0) and off else verdict
        line = verdict if margin is None else f"{verdict}, by a margin of {words.number(margin, signed=True)}{off}"
    elif value is None:
        line = "no answer"
    elif found["kind"] in ("probability", "share of stake"):
        share = words.percent(value, signed=found["kind"] != "probability")
        line = f"{words.number(value)}{off} ({found['kind']}, {share})"
    else:
        line = f"{words.number(value)}{off} ({found['kind']})"
    said, note = about_start(found["status"]), found["note"]
    if line == "no answer" and note.startswith("No answer: "):
        line, note = note, ""  # it is said once
    return [Line(line), *([said] if said else []), *lines([note]), *table(found)]


# --- every period from then on ----------------------------------------------------------------------------------------

_DATED = {
    name: "by" if "by" in form.keywords else "on"
    for name, form in QUESTIONS.items()
    if form.keywords.keys() & {"by", "on"}
}


@dataclass(frozen=True)
class SeriesRow:
    """The question for one period.

    on            the day with whose end the period ends
    value, holds, margin, error  as in the answer to a single question
    """

    on: str
    value: float
    holds: bool | None
    margin: float | None
    error: float | None


def by_period(scenario: Scenario, question: Understood) -> list[Understood]:
    """The question for each period from the one in which it is asked to the last.

    Its functions of a date that have none are asked of that period: ``chance`` and ``agreement`` up to its end,
    others at its end. Raises QuestionError where there is no such function.
    """
    if not any(_open(leaf) for leaf in question.leaves):
        expected = f"{listed([f'{name}(...)' for name in _DATED])} without a date of its own"
        fix = "Only these change from one period to the next."
        raise QuestionError([Problem("no-series", Place(path="question"), expected, "none", fix)])
    first = Understanding(Context(scenario)).known.asked_in(question.at)

    def asked_of(leaf: Leaf, t: int) -> Leaf:
        if not isinstance(leaf, Lookup) or not _open(leaf):
            return leaf
        return replace(leaf, arguments=(*leaf.arguments, (_DATED[leaf.function], t)))

    return [
        replace(question, term=replaced(question.term, lambda leaf, t=t: asked_of(leaf, t)))
        for t in range(first, scenario.clock.periods)
    ]


def _open(leaf: Leaf) -> bool:
    return isinstance(leaf, Lookup) and leaf.function in _DATED and not {"on", "by"} & dict(leaf.arguments).keys()


def series_rows(base: Base, questions: Sequence[BoundQuestion]) -> Iterator[SeriesRow]:
    """What was found for the questions of ``by_period``."""
    clock = base.study.scenario.clock
    for t, question in enumerate(questions, clock.periods - len(questions)):
        answer = question.work_out(base.found)
        yield SeriesRow(clock.end_label(t), answer.value, answer.truth, answer.margin, base.error(question))


def table(found: Mapping[str, Any]) -> Iterator[Part]:
    """The series of an answer to ``ask``, if it has one."""
    rows = found.get("series")
    if rows is None:
        return
    truth = found["kind"] == "truth"
    columns = ("By the end of", *(("Holds", "Margin") if truth else ("Value",)))
    cells = [
        (words.day(row["on"]), *((words.shown(row["holds"]), words.number(row["margin"], signed=True)) if truth
                                 else (words.number(row["value"]),)))
        for row in rows
    ]  # fmt: skip
    yield Table(columns, cells, numbers=columns[-1:])
