"""One question of the base case for every period from now on: a series of numbers, or of truths with their margins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from longgame.answers import words
from longgame.answers.parts import Part, Table
from longgame.errors import Place, Problem, QuestionError
from longgame.queries.questions import BoundQuestion
from longgame.run.precision import Base
from longgame.scenario.context import Context
from longgame.scenario.model import Scenario
from longgame.scenario.questions.grammar import QUESTIONS
from longgame.scenario.questions.tree import Leaf, Lookup, Understood, replaced
from longgame.scenario.questions.understand import Understanding
from longgame.text import listed

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
