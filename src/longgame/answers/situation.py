"""From where play is looked at: a date, what is given, what is changed first and who is bound, as questions have them.

The texts are read by the language of questions, so that they mean what they mean there, with the same messages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from longgame.answers import words
from longgame.answers.answers import OnDraws, head, refuse_no_game
from longgame.answers.solver import worst
from longgame.errors import Place, Problem, QuestionError
from longgame.exact.exact_solution import NotSolved
from longgame.queries.nodes import Nodes
from longgame.queries.places import Places, View
from longgame.run.study import Progress, SolvedDraw, Study, silent
from longgame.scenario.clock import DateError
from longgame.scenario.expand import all_worlds
from longgame.scenario.formulas import Question
from longgame.scenario.language.expressions import ExpressionError
from longgame.scenario.model import Scenario
from longgame.scenario.questions.tree import SetTo, Understood
from longgame.scenario.questions.understand import understand

Result = TypeVar("Result")


@dataclass(frozen=True)
class Seen:
    """From where play is looked at, as texts.

    at     ``now`` (after all evidence), ``start``, or a date
    given  a condition over hidden variables, or the name of a world; empty for none
    after  a change that is made first, or several: ``[truce, aid_decision.cut]``
    under  a posture, ``patron.steady``
    """

    at: str | int = "now"
    given: str = ""
    after: str = ""
    under: str = ""

    def words(self, since: str) -> str:
        """The same for a reader; ``since``: the period in which play then stands."""
        known = {"now": "after all evidence", "start": "before any evidence"}
        said = [f"From {words.day(since)}", known.get(str(self.at), f"as of {words.day(self.at)}")]
        said += [f"given {self.given}"] * bool(self.given) + [f"after {self.after}"] * bool(self.after)
        said += [f"with {self.under}"] * bool(self.under)
        return ", ".join(said)


@dataclass(frozen=True)
class LookedAhead(OnDraws):
    """What every answer on the play to come begins with.

    at, given, after, under  from where it is looked at
    since                    when the period begins in which play stands
    """

    actors: tuple[str, ...]
    at: str | int
    given: str
    after: str
    under: str
    since: str

    @property
    def seen(self) -> str:
        """From where it is looked at, in words."""
        return Seen(self.at, self.given, self.after, self.under).words(self.since)


def looked_ahead(scenario: Scenario, seen: Seen, first: int) -> dict[str, Any]:
    """The fields of ``LookedAhead``; ``first``: the period, from 0, in which play stands."""
    return {
        **head(scenario, seed=0),
        "actors": tuple(scenario.actors),
        **vars(seen),
        "since": scenario.clock.label(first),
    }


@dataclass(frozen=True, eq=False)
class Situation:
    """A scenario made ready, and the view in it; ``state`` are clauses that are set where somebody looks."""

    study: Study
    view: View
    state: tuple[SetTo, ...] = ()

    @classmethod
    def of(cls, scenario: Scenario, seen: Seen, state: Mapping[str, str] | None = None) -> Situation:
        """Understand the texts. Raises QuestionError with the option that is wrong, ScenarioError, TooLargeError."""
        given = _condition(scenario, seen.given)
        parts = {"given": ("--given", given), "after": ("--after", seen.after), "under": ("--under", seen.under)}
        asked = _understood(scenario, seen.at, parts)
        clauses = ", ".join(f"{name}={value}" for name, value in (state or {}).items())
        beside = _understood(scenario, seen.at, {"after": ("--state", clauses and f"set({clauses})")})
        study = Study.of(scenario, questions=(asked, beside))
        state_set = tuple(change for change in _view(study, beside).after if isinstance(change, SetTo))
        return cls(study, _view(study, asked), state_set)

    def nodes(self, draw: SolvedDraw) -> Nodes:
        """Where play stands. Raises QuestionError where the change cannot be made there, or the world cannot be."""
        try:
            return Places(draw.case)(self.view).without_purse.normalised()
        except (LookupError, ZeroDivisionError) as error:
            raise refused("--given or --after", "what can be at that date", str(error.args[0])) from None

    def solved(
        self, work: Callable[[Study, SolvedDraw], Result], progress: Progress | None = None
    ) -> tuple[Result, str]:
        """Do something with the solved base case, exactly where it is small enough; also says how that was solved.

        Raises ScenarioError where the given values make no game, or the evidence cannot have happened in it.
        """
        study = self.study
        while True:
            draw = study.draw(progress=progress or silent)
            refuse_no_game(draw)
            try:
                result = work(study, draw)
            except NotSolved:
                study = study.on_lattice
                continue
            return result, worst(draw.statuses.values()).value

    @property
    def under(self) -> tuple[str, str] | None:
        """The posture to which somebody is bound."""
        return self.view.under


def period_of(scenario: Scenario, option: str, date: str | int, *, ended: bool = False) -> int:
    """The period, from 0, of a date that an option gives; ``ended``: the last that has ended by then."""
    clock = scenario.clock
    try:
        return clock.ended_by(date) if ended else clock.period_of(date)
    except DateError as error:
        raise refused(option, error.expected, error.found, error.fix, code="bad-date") from None


def refused(option: str, expected: str, found: str, fix: str = "", code: str = "option") -> QuestionError:
    """What is wrong with an option."""
    return QuestionError([Problem(code, Place(path=option), expected, found, fix)])


def _condition(scenario: Scenario, given: str) -> str:
    """A condition over hidden variables; the name of a world is one."""
    world = next((world for world in all_worlds(scenario) if world.name == given), None)
    return " and ".join(f"{name} == {value}" for name, value in world.values.items()) if world else given


def _understood(scenario: Scenario, at: str | int, parts: Mapping[str, tuple[str, str]]) -> Understood:
    """A question that looks from there: keyword -> the option that gives it, and its text.

    Raises QuestionError with every mistake at its option.
    """
    text, begins = f"value({next(iter(scenario.actors))}", [(0, "--at")]
    for key, (option, part) in parts.items():
        if part:
            _parsed(part, option)
            text += f", {key}="
            begins.append((len(text), option))
            text += part
    try:
        return understand(scenario, Question(f"{text})"), at)
    except QuestionError as error:
        raise QuestionError([_placed(problem, begins) for problem in error.problems]) from None


def _parsed(text: str, option: str) -> None:
    try:
        Question(text)
    except ExpressionError as error:
        raise refused(option, error.expected, error.found, error.fix, code=error.code) from None


def _placed(problem: Problem, begins: Sequence[tuple[int, str]]) -> Problem:
    """A mistake in the question, put to the option in whose text it stands; that in the date has no column."""
    column = problem.where.column or 0
    return replace(problem, where=Place(path=next(option for first, option in reversed(begins) if first <= column)))


def _view(study: Study, question: Understood) -> View:
    leaf = question.leaves[0]
    return study.binder.bind(question).parts[leaf].atoms[0].view
