"""A map of an actor's best posture: along play, by state and belief, with the chance of coming there.

What stands in it for each place that play may come to at the start of a period is what `postures` says of the present:
which posture would be best from there on, by how much, and at which belief that would turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from longgame.answers import words
from longgame.answers.answers import OnScenario, origin
from longgame.answers.parts import Line, Part, Table
from longgame.answers.solver import worst
from longgame.choice.table import PostureTable
from longgame.choice.turning import best_if_sure, turning_beliefs
from longgame.errors import Place, Problem, QuestionError
from longgame.exact.exact_solution import NotSolved
from longgame.game.game import Game
from longgame.queries.passage import Passage, best_at, passage, reached
from longgame.queries.path import condition, marginals
from longgame.queries.places import Places, View
from longgame.queries.worth import values_by_world
from longgame.run.study import Progress, SolvedDraw, Study, silent
from longgame.scenario.context import Context
from longgame.scenario.load import AnyScenario, scenario_of
from longgame.scenario.model import Scenario
from longgame.scenario.questions.understand import Understanding
from longgame.solver.solution import Status
from longgame.text import listed, nearest

SUM = 1e-9  # how far a sum of chances may miss one
LEAST = 0.01  # places less likely than this are not shown by themselves


@dataclass(frozen=True)
class PlaceRow:
    """A place that play may come to, and the best posture from there on.

    state, belief  its state in words, and hidden variable -> value -> what the public believes there
    probability    of coming there
    best, lead     the best posture by expected value, null where several are as good, and how far the first of those
                   that are as good as any is ahead of the next best
    turns          the posture that is best if a value of a hidden variable is certain, where that is another one, and
                   the smallest belief in it from which it is best there
    """

    state: str
    belief: Mapping[str, Mapping[str, float]]
    probability: float
    best: str | None
    lead: float | None
    turns: list[TurnRow]


@dataclass(frozen=True)
class TurnRow:
    """From which belief in a condition another posture is best."""

    posture: str
    condition: str
    belief: float


@dataclass(frozen=True)
class DateRow:
    """What the actor may find best at a date.

    on        when it is: now, or the first day of a period
    best      posture -> the chance that it is the best one then
    been      posture -> the chance that it has been the best one, then or before
    places    those that are likely enough, the likeliest first
    others    the chance of all others together
    """

    on: str
    best: Mapping[str, float]
    been: Mapping[str, float]
    places: list[PlaceRow]
    others: float


@dataclass(frozen=True)
class TurningMap(OnScenario):
    """Where an actor's best posture turns."""

    actor: str
    postures: list[str]
    at: str | int
    dates: list[DateRow]
    status: Status

    def in_parts(self) -> list[Part]:
        """What is shown of it."""
        return parts(self.to_json())


def turning(
    scenario: AnyScenario,
    actor: str,
    *,
    at: str | int = "now",
    least: float = LEAST,
    progress: Progress | None = None,
) -> TurningMap:
    """The best posture of an actor at each state and belief that play may come to at the start of a period.

    Args:
        scenario: one that has passed the checks; or a file, or the name of a shipped one.
        actor: whose postures are compared; it needs two.
        at: from where: after all evidence up to a date; ``now`` or ``start``.
        least: how likely a place must be to be shown by itself.
        progress: as for ``assess``.

    Raises:
        QuestionError: no such actor, fewer than two postures, or a date that there is not.
    """
    scenario = scenario_of(scenario)
    _refuse(scenario, actor, at)
    study = Study.of(scenario)
    try:
        return _made(study, actor, at, least, progress or silent)
    except NotSolved:
        return _made(study.on_lattice, actor, at, least, progress or silent)


def _refuse(scenario: Scenario, actor: str, at: str | int) -> None:
    problems = Understanding(Context(scenario)).date_problems((), at)
    able = [name for name, postures in scenario.postures.items() if len(postures) > 1]
    if actor not in able:
        found = f"`{actor}`" + (", which has fewer" if actor in scenario.actors else "")
        fix = nearest(actor, able) or (f"They are {listed(able)}." if able else "Write them under `postures:`.")
        problems.append(Problem("no-postures", Place(path="actor"), "an actor with two postures or more", found, fix))
    if problems:
        raise QuestionError(problems)


def _made(study: Study, actor: str, at: str | int, least: float, progress: Progress) -> TurningMap:
    draw = study.draw(progress=progress)
    names = list(study.scenario.postures[actor])
    chain = passage(draw.case, Places(draw.case), View(at), study.game.periods - 1)
    table = _table(draw, chain, actor, names)
    return TurningMap(
        **origin(study.scenario),
        actor=actor,
        postures=names,
        at=at,
        dates=list(_dates(study, chain, table, names, at, least)),
        status=worst(draw.statuses.values()),
    )


def _table(draw: SolvedDraw, chain: Passage, actor: str, names: Sequence[str]) -> PostureTable:
    """The postures at every node: the nodes stand in the place of draws."""
    i = draw.study.game.actors.index(actor)
    values = [values_by_world(draw.case, chain.nodes, i, (actor, name)).T for name in names]
    return PostureTable.of(np.array(values), chain.nodes.b.T, cells=np.asarray(draw.study.game.cells[i]))


def _dates(
    study: Study, chain: Passage, table: PostureTable, names: Sequence[str], at: str | int, least: float
) -> Iterator[DateRow]:
    nodes, first_best, game = chain.nodes, table.best("expected"), study.game
    better = [best_at(table.expected, a) for a in range(len(names))]
    begin = int(np.count_nonzero(chain.steps[:, 0] < 0.0))  # those at which the question stands
    level = np.where(np.arange(len(nodes)) < begin, int(nodes.t.min()), nodes.t)
    lead = [table.lead(a) for a in range(len(names))]
    turns = list(_turns(game, table, names))
    first = int(level.min())
    for t in range(first, int(level.max()) + 1):
        here = level == t
        so_far = chain.steps[level[chain.steps[:, 1].astype(int)] <= t]
        mass = float(nodes.weight[here].sum())
        shown = [m for m in np.argsort(-nodes.weight, kind="stable").tolist() if here[m] and nodes.weight[m] >= least]
        rows = [
            PlaceRow(
                state=game.states.label(int(nodes.s[m])),
                belief=marginals(game, nodes.b[m]),
                probability=float(nodes.weight[m]),
                best=next((name for name, there in zip(names, better, strict=True) if there[m]), None),
                lead=float(lead[int(first_best[m])][m]),
                turns=[TurnRow(names[int(sure[m])], said, float(belief[m])) for said, sure, belief in turns
                       if sure[m] >= 0 and sure[m] != first_best[m] and belief[m] < 1.0],
            )
            for m in shown
        ]  # fmt: skip
        yield DateRow(
            on=("now" if at == "now" else str(at)) if t == first else study.scenario.clock.date_of(t),
            best={n: _whole(float(nodes.weight[here & there].sum())) for n, there in zip(names, better, strict=True)},
            been={n: _whole(reached(so_far, there)) for n, there in zip(names, better, strict=True)},
            places=rows,
            others=mass - sum(row.probability for row in rows),
        )


def _whole(chance: float) -> float:
    """A chance, where all but the rounding of a sum is missing to one: one."""
    return 1.0 if chance > 1.0 - SUM else chance


def _turns(
    game: Game, table: PostureTable, names: Sequence[str]
) -> Iterator[tuple[str, NDArray[np.intp], NDArray[np.float64]]]:
    """For each value of a hidden variable: what it is, the posture [M] best if it is certain, and from which belief."""
    for name, values in game.hidden.items():
        for value in dict.fromkeys(values):
            holds = np.asarray(condition(game, name, value))
            if holds.all():
                continue
            sure = best_if_sure(table, holds)
            each = np.array([turning_beliefs(table, a, holds)[0] for a in range(len(names))])
            yield f"{name} == {value}", sure, each[sure, np.arange(len(sure))]


# --- shown ------------------------------------------------------------------------------------------------------------


def parts(found: Mapping[str, Any]) -> list[Part]:
    """What is shown on a terminal."""
    names = found["postures"]
    chances = [
        (words.day(row["on"]), *(words.percent(row["best"][name]) for name in names),
         *(words.percent(row["been"][name]) for name in names))
        for row in found["dates"]
    ]  # fmt: skip
    headings = ("On", *names, *(f"{name} by then" for name in names))
    made: list[Part] = [
        Table(
            headings,
            chances,
            title=f"How likely each posture of {found['actor']} is the best from then on",
            numbers=headings[1:],
        )
    ]
    for row in found["dates"]:
        if row["places"]:
            made.append(_places(row, found["actor"]))
    made.append(Line(
        "Best by expected value, if the actor bound itself from then on and everybody knew; play up to then is free."
    ))  # fmt: skip
    return made


def _places(date: Mapping[str, Any], actor: str) -> Table:
    alike: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for row in date["places"]:
        belief = [f"{word} {words.percent(p)}" for odds in row["belief"].values() for word, p in odds.items()]
        turns = [f"{turn['posture']} from {words.percent(turn['belief'])} in {turn['condition']}"
                 for turn in row["turns"]]  # fmt: skip
        told = row["state"], ", ".join(belief), row["best"] or "several alike", "; ".join(turns)
        alike.setdefault(told, []).append(row)
    rows = []
    for (state, belief, best, turns), places in alike.items():
        chance, leads = sum(row["probability"] for row in places), sorted(row["lead"] for row in places)
        lead = " to ".join(dict.fromkeys((words.number(leads[0]), words.number(leads[-1]))))
        rows.append((chance, (state, words.percent(chance), belief, best, lead, turns)))
    rows = [told for _, told in sorted(rows, key=lambda row: -row[0])]
    headings = ("State", "Chance", "Belief", "Best", "Ahead by", "Turns to")
    on = words.day(date["on"])
    return Table(headings, rows, title=on[:1].upper() + on[1:], numbers=("Chance", "Ahead by"))
