"""How play may go on: the likeliest courses of events from a date, each with its probability."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from longgame.answers.situation import LookedAhead, Seen, Situation, looked_ahead, period_of, refused
from longgame.game.game import CHANCE, Game
from longgame.queries.courses import MOST as MOST_COURSES
from longgame.queries.courses import MOST_DEEP as MOST_DEEP_COURSES
from longgame.queries.courses import Course, TooMany, courses, pruned
from longgame.queries.nodes import Equilibrium, Nodes
from longgame.queries.path import marginals
from longgame.run.study import Progress, SolvedDraw, Study
from longgame.scenario.load import AnyScenario, scenario_of

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


@dataclass(frozen=True)
class PlayAnswer(LookedAhead):
    """The likeliest courses.

    until   the date to whose end they are followed
    least   courses less likely than this are summed as others
    course  the beginning, with all that may follow
    status  the sentence on how the game was solved
    """

    until: str
    least: float
    course: CourseRow
    status: str


def play(
    scenario: AnyScenario,
    seen: Seen | None = None,
    *,
    until: str | int | None = None,
    least: float | None = None,
    progress: Progress | None = None,
) -> PlayAnswer:
    """The likeliest courses of play.

    Args:
        scenario: one that has passed the checks.
        seen: from where; after all evidence, if None.
        until: the date to whose end they are followed; far enough for a drawing, if None.
        least: courses less likely are summed as others; what leaves enough for a drawing, if None.
        progress: as everywhere.

    Raises:
        QuestionError: the date, the world, the change or the posture cannot be understood, or cannot be.
        ScenarioError: the scenario makes no game, or its evidence cannot have happened.
    """
    scenario = scenario_of(scenario)
    seen, clock = seen or Seen(), scenario.clock
    situation = Situation.of(scenario, seen)
    last = None if until is None else period_of(scenario, "--until", until, ended=True)
    if least is not None and not 0.0 < least <= 1.0:
        raise refused("--least", "a probability above 0", f"{least:g}", "Write 0.02, say.")

    def work(study: Study, draw: SolvedDraw) -> tuple[CourseRow, int, int, float]:
        nodes = situation.nodes(draw)
        first = int(nodes.t.min())
        if last is not None and last < first:
            raise refused("--until", f"a date from {clock.label(min(first, clock.periods - 1))} on", f"{until}")
        solution = draw.case.solution(situation.under)
        end = min(first, study.game.periods - 1) if last is None else last
        found = _followed(solution, nodes, end, least or LEAST)
        while last is None and _deepest(found) < ENOUGH and end + 1 < study.game.periods:
            end += 1
            found = _followed(solution, nodes, end, least or LEAST)
        found, cut = (found, least) if least is not None else _drawable(found)
        return _Rows(study, draw).row(found, found.probability), first, end, cut

    (course, first, end, cut), status = situation.solved(work, progress)
    return PlayAnswer(
        **looked_ahead(scenario, seen, min(first, clock.periods - 1)),
        until=clock.end_label(end),
        least=cut,
        course=course,
        status=status,
    )


def _followed(solution: Equilibrium, nodes: Nodes, last: int, least: float) -> Course:
    """The courses, or which option leads to more of them than can be followed."""
    try:
        return courses(solution, nodes, last, least)
    except TooMany as error:
        if error.deep:
            expected = f"a date until which at most {MOST_DEEP_COURSES} things happen one after another"
            raise refused("--until", expected, "a later one", "Take a nearer one, or look at --timeline.") from None
        expected = f"a probability that at most {MOST_COURSES:,} paths and their beginnings have"
        raise refused("--least", expected, f"{least:g}", "Take a larger one, or a nearer --until.") from None


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
            by = None if what.mover == CHANCE else self.game.actors[what.mover]
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
