"""Courses of play in words: the rows of ``play`` and of the answers' block ``paths``, and how many can be drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from longgame.answers import words
from longgame.game.game import Game
from longgame.queries.courses import Course, courses, pruned
from longgame.queries.nodes import Equilibrium, Nodes
from longgame.queries.path import marginals
from longgame.run.study import SolvedDraw, Study

LEAST = 0.005  # courses that are less likely are not looked at, unless they are asked for
STEPS_UP = (LEAST, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2)  # what is left out, until what is left can be drawn
MOST_ENDS, MOST_DEEP = 12, 6  # courses, and places where they part one after another, that can be drawn
ENOUGH = 4  # things that happen one after another: so far ahead a drawing looks at least
SURE = 0.995  # a variable that is so surely at a value has it


@dataclass(frozen=True)
class CourseRow:
    """What happens, after all that stands above it, and what may happen next.

    period       when it happens, as a date; None at the beginning, and where nothing more happens
    step, by, option  what: an option of ``by``, or an outcome of chance (None)
    seen_as      what others see of it, where that is not the option itself
    stays        it never changes the state
    chance       how likely it is after what has happened before; probability: together with all of that
    belief       hidden variable -> value -> the public's probability for it, as an observer expects it afterwards
    state        variable -> its value afterwards: a word, None where it is not certain; of a number what is expected
    ended        what has ended the game, if anything
    over         nothing more happens
    further      what may happen next, the likeliest first; ``other``: the probability of what is not listed
    """

    period: str | None
    step: str | None
    by: str | None
    option: str | None
    seen_as: str | None
    stays: bool
    chance: float
    probability: float
    belief: Mapping[str, Mapping[str, float]]
    state: Mapping[str, str | float | None]
    ended: str | None
    over: bool
    other: float
    further: tuple[CourseRow, ...]

    def ends(self) -> Iterator[CourseRow]:
        """The ends of all courses that are listed."""
        if not self.further:
            yield self
        for row in self.further:
            yield from row.ends()

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> CourseRow:
        """A row as it stands in ``answers.json``, with all that follows."""
        return cls(**{**row, "further": tuple(map(cls.of, row["further"]))})


@dataclass(frozen=True)
class Followed:
    """The likeliest courses: the first and the last period, from 0, and below which probability they are summed."""

    course: CourseRow
    first: int
    last: int
    least: float


def followed(
    study: Study, draw: SolvedDraw, nodes: Nodes, under: tuple[str, str] | None, last: int | None, least: float | None
) -> Followed:
    """The likeliest courses from where play stands.

    Args:
        study, draw: the game, solved.
        nodes: where play stands.
        under: the posture to which somebody is bound.
        last: the period, from 0, to whose end they are followed; far enough for a drawing, if None.
        least: courses less likely are summed as others; what leaves enough for a drawing, if None.

    Raises TooMany, and NotSolved where the exact solution does not lead there.
    """
    first, periods = int(nodes.t.min()), study.game.periods
    solution, end = draw.case.solution(under), min(first, periods - 1) if last is None else last
    found = _courses(solution, nodes, end, least)
    while last is None and _deepest(found) < ENOUGH and end + 1 < periods:
        end += 1
        found = _courses(solution, nodes, end, least)
    found, cut = (found, least) if least is not None else _drawable(found)
    return Followed(_Rows(study, draw).row(found, found.probability), first, end, cut)


def _courses(solution: Equilibrium, nodes: Nodes, last: int, least: float | None) -> Course:
    return courses(solution, nodes, last, least or LEAST)


def _drawable(course: Course) -> tuple[Course, float]:
    """The tree with no more courses than can be drawn, and the probability below which they are left out."""
    found, least = course, LEAST
    for least in STEPS_UP:
        found = pruned(course, least)
        if sum(1 for _ in found.ends()) <= MOST_ENDS and _parts(found) <= MOST_DEEP:
            break
    return found, least


def _deepest(course: Course) -> int:
    """How many things happen one after another at most."""
    return max((1 + _deepest(further) for further in course.further), default=0)


def _parts(course: Course) -> int:
    """How often courses part, one after another, at most."""
    return max((_parts(further) + (len(course.further) > 1) for further in course.further), default=0)


class _Rows:
    """Courses in words."""

    def __init__(self, study: Study, draw: SolvedDraw):
        self.game, self.scenario, self.draw = study.game, study.scenario, draw
        self.ends = {name: _where(study.game, end.when.tree, draw) for name, end in self.scenario.ends.items()}

    def row(self, course: Course, before: float) -> CourseRow:
        """A course, and all that follows; ``before``: the probability of what stands above it."""
        period = step = by = option = seen_as = None
        stays = False
        if course.event is not None:
            t, k, a = course.event
            what = self.game.steps[k]
            period, step, option = self.scenario.clock.label(t), what.name, what.options[a]
            by = words.listed([self.game.actors[mover] for mover in what.movers]) or None
            signal = what.signals[what.signal[a]]
            shared = what.signal.count(what.signal[a]) > 1
            seen_as = signal if shared or signal != option else None
            stays = what.stays[a]
        nodes = course.nodes
        return CourseRow(
            period, step, by, option, seen_as, stays,
            chance=course.probability / before,
            probability=course.probability,
            belief=marginals(self.game, nodes.weight @ nodes.b / nodes.mass),
            state=self._state(nodes),
            ended=self._ended(nodes) if course.over else None,
            over=course.over,
            other=course.other,
            further=tuple(self.row(further, course.probability) for further in course.further),
        )  # fmt: skip

    def _state(self, nodes: Nodes) -> dict[str, str | float | None]:
        weight = nodes.weight / nodes.mass
        found: dict[str, str | float | None] = {}
        for place, variable in enumerate(self.game.states.variables):
            if not variable.numeric and variable.name in self.scenario.brought:
                continue  # what a deal that lasts remembers
            codes = self.game.states.codes[nodes.s, place]
            if variable.numeric:
                found[variable.name] = float(weight @ variable.column[codes])
                continue
            shares = np.bincount(codes, weight, minlength=len(variable.points))
            best = int(shares.argmax())
            found[variable.name] = variable.show(best) if shares[best] >= SURE else None
        return found

    def _ended(self, nodes: Nodes) -> str | None:
        return next((name for name, here in self.ends.items() if here[nodes.s].all()), None)


def _where(game: Game, event: object, draw: SolvedDraw) -> np.ndarray:
    """[S] bool: where an event holds."""
    return np.asarray(game.event(event)(draw.theta)).astype(bool) & game.ended


@dataclass(frozen=True)
class Stretch:
    """Things that happen one after another without a fork among what is listed: one line of a drawing.

    rows         what happens, in order; nothing at the beginning
    probability  of all of it
    further      the lines that part from its end
    other        the probability of what leaves it, and is not listed
    """

    rows: tuple[CourseRow, ...]
    probability: float
    further: tuple[Stretch, ...]
    other: float

    @property
    def last(self) -> CourseRow:
        """What happens last."""
        return self.rows[-1]


def stretches(course: CourseRow) -> Stretch:
    """The lines of a drawing, from the beginning on. What leaves a line on its way counts to the fork before it."""
    further = tuple(_stretch(row) for row in course.further)
    return Stretch((course,), course.probability, further, course.probability - sum(one.probability for one in further))


def _stretch(row: CourseRow) -> Stretch:
    rows = [row]
    while len(rows[-1].further) == 1:
        rows.append(rows[-1].further[0])
    return replace(stretches(rows[-1]), rows=tuple(rows))
