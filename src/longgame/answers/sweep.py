"""The claims along some values of assumptions: one compilation, a point for each combination of values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from longgame.answers import words
from longgame.answers.answers import OnScenario, origin
from longgame.answers.ask import parsed
from longgame.answers.parts import Cell, Part, Table, lines
from longgame.answers.solver import worst
from longgame.errors import Place, Problem, ScenarioError
from longgame.exact.exact_solution import NotSolved
from longgame.game.sample import limits
from longgame.queries.atoms import Atom
from longgame.queries.claims import judge, shown
from longgame.queries.questions import BoundQuestion
from longgame.queries.truth import Answer
from longgame.run.precision import ask as precisely
from longgame.run.study import Plays, Progress, SolvedDraw, Study, silent
from longgame.scenario.load import AnyScenario, scenario_of
from longgame.scenario.model import Scenario
from longgame.scenario.questions.tree import Understood
from longgame.scenario.questions.understand import understand
from longgame.solver.solution import Status
from longgame.text import nearest

MOST = 10_000  # points

NO_GAME = "These values make no game: a probability or a discount factor leaves its bounds."


@dataclass(frozen=True)
class SweptClaim:
    """A claim at one point: whether it holds, its margin, and the numbers that it shows; null for no answer."""

    holds: bool | None
    margin: float | None
    shows: Mapping[str, float | bool | None]


@dataclass(frozen=True)
class SweptPoint:
    """What is found at one combination of values.

    note   why there is no answer, where there is none
    jumps  places where choices jumped as rationality was raised, a sign of several equilibria
    """

    values: Mapping[str, float]
    claims: Mapping[str, SweptClaim]
    asked: Mapping[str, float | bool | None]
    note: str
    jumps: int = 0


@dataclass(frozen=True)
class Sweep(OnScenario):
    """The claims, and other questions, along some values of assumptions.

    over    assumption -> the values that it takes
    points  all combinations, the last assumption the fastest
    exact   solved exactly, without the error of a lattice of beliefs
    errors  how far each margin and number may be off at the given values: by the claim, or the question; null where
            that is not known
    status  the worst of the sentences on the solutions that were used
    """

    over: Mapping[str, Sequence[float]]
    points: list[SweptPoint]
    exact: bool
    errors: Mapping[str, float | None]
    status: Status
    note: str

    def rows(self) -> list[dict[str, float | bool | None]]:
        """One flat row a point, as ``pandas.DataFrame`` takes them.

        Columns: the assumptions; ``CLAIM.margin``, ``CLAIM.holds`` and ``CLAIM.LABEL`` for what it shows; each question
        by its text.
        """
        return [row_of(point) for point in self.points]

    def in_parts(self) -> list[Part]:
        """What is shown of it."""
        return parts(self.to_json())


def row_of(point: SweptPoint) -> dict[str, float | bool | None]:
    """A point as one flat row."""
    row: dict[str, float | bool | None] = dict(point.values)
    for id, claim in point.claims.items():
        row |= {f"{id}.margin": claim.margin, f"{id}.holds": claim.holds}
        row |= {f"{id}.{label}": value for label, value in claim.shows.items()}
    return row | dict(point.asked)


def sweep(
    scenario: AnyScenario,
    over: Mapping[str, Sequence[float]],
    *,
    asked: Sequence[str] = (),
    progress: Progress | None = None,
) -> Sweep:
    """Every claim at some values of assumptions; all others stay at their given values.

    Args:
        scenario: one that has passed the checks; or a file, or the name of a shipped one.
        over: assumption -> the values that it takes; of several, all combinations are solved. They may lie outside of
            its range.
        asked: questions to be answered beside the claims, in the words of claims.
        progress: told how many points of how many are done.

    Raises:
        ScenarioError: a name that is no assumption, no values, too many points; or the scenario makes no game.
        QuestionError: a question cannot be understood.
    """
    tell = progress or silent
    given = scenario_of(scenario)
    _refuse(given, over)
    tell("Compiling", 0, 1)
    questions = [understand(given, parsed(text, given.families), "now") for text in asked]
    study = Study.of(_widened(given, over), questions)
    try:
        points, draws, errors = _points(study, over, asked, questions, tell)
    except NotSolved:
        study = study.on_lattice
        points, draws, errors = _points(study, over, asked, questions, tell)
    return Sweep(
        **origin(given),
        over={name: [float(value) for value in values] for name, values in over.items()},
        points=points,
        exact=study.exact,
        errors=errors,
        status=worst(draws),
        note=" ".join(_outside(given, over)),
    )


def _refuse(scenario: Scenario, over: Mapping[str, Sequence[float]]) -> None:
    """Raise ScenarioError for what cannot be swept."""
    problems = []
    if not over:
        expected = "an assumption and its values, as NAME=FROM:TO:COUNT"
        problems.append(Problem("bad-sweep", Place(path="sweep"), expected, "none"))
    for name, values in over.items():
        place = Place(path=f"sweep {name}")
        if name not in scenario.assumptions:
            fix = nearest(name, scenario.assumptions)
            problems.append(Problem("unknown-name", place, "an assumption", f"`{name}`", fix))
        elif not len(values) or not np.isfinite(np.asarray(values, dtype=float)).all():
            problems.append(Problem("bad-sweep", place, "one finite value or more", "something else"))
    count = int(np.prod([float(len(values)) for values in over.values()]))
    if count > MOST:
        found = f"{count:,}: {' x '.join(str(len(values)) for values in over.values())}"
        most = f"at most {MOST:,} points"
        problems.append(Problem("bad-sweep", Place(path="sweep"), most, found, "Take fewer values."))
    if problems:
        raise ScenarioError(problems)


def _widened(scenario: Scenario, over: Mapping[str, Sequence[float]]) -> Scenario:
    """The scenario whose game allows for all values, so that it is compiled once."""
    changed = {}
    for name, values in over.items():
        low, high = limits(scenario.assumptions[name])
        if min(values) < low or max(values) > high:
            wider = min(low, float(min(values))), max(high, float(max(values)))
            changed[name] = scenario.assumptions[name].model_copy(update={"range": wider, "distribution": None})
    return scenario.model_copy(update={"assumptions": {**scenario.assumptions, **changed}}) if changed else scenario


def _outside(scenario: Scenario, over: Mapping[str, Sequence[float]]) -> list[str]:
    said = []
    for name, values in over.items():
        low, high = limits(scenario.assumptions[name])
        if min(values) < low or max(values) > high:
            said.append(f"Some values of {name} lie outside of its range, {low:g} to {high:g}.")
    return said


def _points(
    study: Study,
    over: Mapping[str, Sequence[float]],
    asked: Sequence[str],
    questions: Sequence[Understood],
    tell: Progress,
) -> tuple[list[SweptPoint], list[Status], dict[str, float | None]]:
    """All points, each from the play of the base case, so that none rests on another, with the errors there.

    On a lattice they are found on one that is fine enough for what is asked at the given values.
    """
    bound = dict(zip(asked, (study.binder.bind(question) for question in questions), strict=True))
    claimed = [question for claim in study.claims for question in claim.questions]
    atoms = tuple(dict.fromkeys(atom for question in (*claimed, *bound.values()) for atom in question.atoms))
    numbers = {claim.id: claim.holds for claim in study.claims} | bound
    base = study.draw()
    errors = dict.fromkeys(numbers, 0.0 if study.exact else None)
    if base.valid and study.exact:
        base.look_up(atoms)
    elif base.valid:
        found = precisely(study, atoms, list(numbers.values()), progress=tell)
        study, base = found.study, found.draw
        errors = {name: found.error(question) for name, question in numbers.items()}
    near: Plays = base.plays
    combinations = list(product(*over.values()))
    names, points, statuses = list(study.game.assumptions), list[SweptPoint](), list(base.statuses.values())
    for done, values in enumerate(combinations):
        tell("Sweeping", done, len(combinations))
        theta = np.array(study.game.base, dtype=float)
        theta[[names.index(name) for name in over]] = values
        draw = study.draw(theta, near)
        point = _point(study, draw, atoms, bound, dict(zip(over, map(float, values), strict=True)))
        points.append(point)
        statuses += draw.statuses.values()
    tell("Sweeping", len(combinations), len(combinations))
    return points, statuses, errors


def _point(
    study: Study,
    draw: SolvedDraw,
    atoms: Sequence[Atom],
    bound: Mapping[str, BoundQuestion],
    values: Mapping[str, float],
) -> SweptPoint:
    nothing = SweptPoint(
        values, {claim.id: SweptClaim(None, None, dict.fromkeys(claim.shows)) for claim in study.claims},
        dict.fromkeys(bound), "",
    )  # fmt: skip
    if not draw.valid:
        return replace(nothing, note=NO_GAME)
    try:
        found = draw.look_up(atoms)
    except ScenarioError as error:
        return replace(nothing, note=f"The evidence cannot have happened: {error.problems[0].found}.")
    claims = {}
    for claim in study.claims:
        verdict = judge(claim, found)
        margin = None if np.isnan(verdict.margin) else float(verdict.margin)
        numbers = {label: _number(answer) for label, answer in shown(claim, found).items()}
        claims[claim.id] = SweptClaim(verdict.holds, margin, numbers)
    answers = {text: _number(question.work_out(found)) for text, question in bound.items()}
    draw.case.close()
    return SweptPoint(values, claims, answers, "", sum(report.jumps for report in draw.solved.values()))


def _number(answer: Answer) -> float | bool | None:
    """The value of an answer, or the margin of one that is true or false."""
    value = answer.margin if answer.kind == "truth" else answer.value
    return None if value is None or np.isnan(value) else float(value)


def parts(found: Mapping[str, Any]) -> list[Part]:
    """A sweep as a table: the margin of each claim, above zero where it holds, and what else was asked."""
    points = found["points"]
    names, claims, asked = list(found["over"]), list(points[0]["claims"]), list(points[0]["asked"])
    rows = [
        (
            *(words.given(point["values"][name]) for name in names),
            *(_margin(point["claims"][id]) for id in claims),
            *(words.shown(point["asked"][text]) for text in asked),
        )
        for point in points
    ]
    title = "Margins of the claims: above zero where a claim holds" if claims else "What was asked"
    notes = list(dict.fromkeys(point["note"] for point in points if point["note"]))
    return [
        Table((*names, *claims, *asked), rows, title=title, numbers=(*names, *claims, *asked), keys=len(names)),
        *lines([found["note"], *notes, _jumped(points), _off(found["errors"])], "aside"),
    ]


def _jumped(points: Sequence[Mapping[str, Any]]) -> str:
    """At how many points choices jumped; empty where they did at none."""
    jumped = sum(1 for point in points if point["jumps"])
    return (
        f"At {jumped} of {words.count(len(points), 'point')} choices jumped somewhere as rationality was raised:"
        " several equilibria are possible there, and a margin may leap from one point to the next."
    ) * bool(jumped)


def _off(errors: Mapping[str, float | None]) -> str:
    """How far the numbers may be off for the lattice; empty where that is next to nothing."""
    known = {name: error for name, error in errors.items() if error is not None and words.counts(error)}
    if not known:
        unknown = [name for name, error in errors.items() if error is None]
        return "How far the lattice of beliefs is off is not known." if unknown else ""
    told = words.listed([f"{name} by {words.magnitude(error)}" for name, error in known.items()])
    return f"For the lattice of beliefs the numbers may be off, as at the given values: {told}."


def _margin(claim: Mapping[str, Any]) -> Cell:
    return Cell(words.number(claim["margin"], signed=True))
