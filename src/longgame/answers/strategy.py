"""The strategy at a step, at any date, state and belief: the options by what the mover knows, and their worth."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from longgame.answers import words
from longgame.answers.answers import OnDraws, head
from longgame.answers.parts import Line, Part, Table, lines
from longgame.answers.situation import Seen, Situation, period_of, refused
from longgame.exact.public import cell_name
from longgame.game.game import CHANCE, Game
from longgame.queries.nodes import Fork
from longgame.queries.path import marginals
from longgame.queries.places import clauses
from longgame.queries.strategy import Strategy, at_step, believing, strategy
from longgame.run.study import Progress, SolvedDraw, Study
from longgame.scenario.expand import find_step
from longgame.scenario.load import AnyScenario, scenario_of
from longgame.text import listed, nearest

MOST = 3  # states that are named
SUM = 1e-9  # how far probabilities may miss one


@dataclass(frozen=True)
class OptionWorth:
    """An option: its probability, and what the mover can expect after it (None: it is closed, or it is chance).

    seen_as  what others see of it, where that is not the option itself
    belief   hidden variable -> value -> what the public believes after it
    """

    option: str
    probability: float
    worth: float | None
    seen_as: str | None
    belief: Mapping[str, Mapping[str, float]] | None


@dataclass(frozen=True)
class KnownRow:
    """The choice of a mover who knows something; ``chance``: how likely it knows that."""

    knows: str
    chance: float
    worth: float | None
    options: tuple[OptionWorth, ...]


@dataclass(frozen=True)
class StrategyAnswer(OnDraws):
    """The strategy at a step.

    at, given, after, under  from where it is looked at
    period   the date of the period; several where the step may come up in one or another
    states   the states in which it is looked at, the likeliest first, with their probability
    belief   hidden variable -> value -> what the public believes before it
    rows     a row for each thing that the mover may know
    status   the sentence on how the game was solved
    """

    step: str
    by: str | None
    at: str | int
    given: str
    after: str
    under: str
    period: tuple[str, ...]
    states: Mapping[str, float]
    belief: Mapping[str, Mapping[str, float]]
    rows: tuple[KnownRow, ...]
    status: str

    def in_parts(self) -> list[Part]:
        """What is shown of it."""
        return tables(self.to_json())


def strategy_at(
    scenario: AnyScenario,
    step: str,
    seen: Seen | None = None,
    *,
    on: str | int | None = None,
    state: Mapping[str, str] | None = None,
    belief: Mapping[str, float] | None = None,
    progress: Progress | None = None,
) -> StrategyAnswer:
    """The strategy at a step.

    Args:
        scenario: one that has passed the checks.
        step: its name; of a reply, ``offer.deal.actor``; of several who choose at the same time, ``step.actor``.
        seen: from where; after all evidence, if None.
        on: the date of the period; the next time that the step takes place, if None.
        state: state variable -> the value that it is set to just before the step; as play brings it there, if None.
        belief: world -> what the public believes; those that are left out share the rest as they did.
        progress: as everywhere.

    Raises QuestionError for what cannot be understood, and where the step does not take place; ScenarioError as others.
    """
    scenario = scenario_of(scenario)
    seen = seen or Seen()
    situation = Situation.of(scenario, seen, state)
    period = None if on is None else period_of(scenario, "--on", on)

    def work(study: Study, draw: SolvedDraw) -> tuple[Strategy, list[Fork], tuple[int, int]]:
        k, mover = _step(study, step)
        forks = _forks(situation, study, draw, k, period)
        if belief:
            at = np.sum([ahead.nodes.weight @ ahead.nodes.b for ahead in forks], axis=0)
            believed = _belief(study.game, at / at.sum(), belief)
            forks = believing(forks, draw.case.solution(situation.under), believed)
        return strategy(draw.case, forks, situation.under, mover), forks, (k, mover)

    (found, forks, (k, mover)), status = situation.solved(work, progress)
    game, what = situation.study.game, situation.study.game.steps[k]
    return StrategyAnswer(
        **head(scenario, seed=0),
        step=step if what.sides else what.name, by=None if mover == CHANCE else game.actors[mover],
        **vars(seen),
        period=tuple(scenario.clock.label(int(ahead.nodes.t[0])) for ahead in forks),
        states=_states(game, forks),
        belief=marginals(game, found.belief),
        rows=tuple(_row(game, k, mover, found, c) for c in range(len(found.cells))),
        status=status,
    )  # fmt: skip


def _step(study: Study, name: str) -> tuple[int, int]:
    """A step by its name and who moves there; of several who choose at the same time, STEP.ACTOR is one."""
    steps, actors = study.binder.steps, study.game.actors
    by_name = {step.name: (k, study.game.steps[k].mover) for k, step in enumerate(steps) if not step.sides}
    by_name |= {f"{step.name}.{s.by}": (k, actors.index(s.by)) for k, step in enumerate(steps) for s in step.sides}
    found = find_step(steps, name)
    if name in by_name:
        return by_name[name]
    if len(found) == 1 and not steps[found[0]].sides:
        return found[0], study.game.steps[found[0]].mover
    known = list(by_name)
    raise refused("--strategy", "a step of the period", f"`{name}`", nearest(name, known) or f"Known: {listed(known)}.")


def _forks(situation: Situation, study: Study, draw: SolvedDraw, k: int, period: int | None) -> list[Fork]:
    """The step from the nodes before it, as play comes to it or as it is set."""
    nodes, name = situation.nodes(draw), study.game.steps[k].name
    if period is None and not situation.state:
        try:
            return list(draw.case.next_time(k, nodes, situation.under))
        except LookupError as error:
            raise refused("--strategy", "a step that can still take place", str(error.args[0])) from None
    t = int(nodes.t.min()) + int((nodes.k > k).all()) if period is None else period
    clock = study.scenario.clock
    if t >= study.game.periods:
        raise refused("--strategy", "a step that can still take place", f"`{name}`, after the last period")
    made = [clauses(draw.case, change) for change in situation.state]
    try:
        ahead, there = at_step(draw.case.solution(situation.under), nodes, (t, k), made)
    except LookupError:
        fix = f"Play stands in {clock.label(int(nodes.t.min()))}."
        raise refused("--on", f"a date at which `{name}` is still to come", clock.label(t), fix) from None
    if ahead is None:
        states = listed(dict.fromkeys(study.game.states.label(int(s)) for s in there.s), 3)
        fix = "Its `when` is false there, or play leads past it. Set another state with --state."
        found = f"`{name}` at {states}" if states else f"`{name}`, to which play does not come"
        raise refused("--strategy", f"a step that takes place in {clock.label(t)}", found, fix)
    return [ahead]


def _belief(game: Game, before: np.ndarray, wanted: Mapping[str, float]) -> np.ndarray:
    """[W] the belief that is wanted: worlds that are not named share the rest as they did before."""
    unknown = [name for name in wanted if name not in game.worlds]
    if unknown:
        fix = nearest(unknown[0], game.worlds) or f"Known: {listed(game.worlds)}."
        raise refused("--belief", "WORLD=PROBABILITY", f"`{unknown[0]}`", fix)
    total = sum(wanted.values())  # not a number, if one of them is none: then no comparison holds
    named = np.array([name in wanted for name in game.worlds])
    possible = min(wanted.values()) >= 0.0 and total <= 1.0 + SUM
    if not possible or (named.all() and abs(total - 1.0) > SUM):
        expected = "probabilities from 0 that sum to 1" if named.all() else "probabilities from 0 that sum to 1 at most"
        raise refused("--belief", expected, f"a sum of {total:.6g}")
    rest = np.where(named, 0.0, before)
    rest = rest / rest.sum() if rest.sum() > 0.0 else np.where(named, 0.0, 1.0) / max((~named).sum(), 1)
    given = np.array([wanted.get(name, 0.0) for name in game.worlds])
    return given + max(1.0 - total, 0.0) * rest


def _states(game: Game, forks: list[Fork]) -> dict[str, float]:
    """The states before the step, the likeliest first."""
    found: dict[str, float] = {}
    for ahead in forks:
        for s, weight in zip(ahead.nodes.s, ahead.nodes.weight, strict=True):
            label = game.states.label(int(s))
            found[label] = found.get(label, 0.0) + float(weight)
    total = sum(found.values())
    return {label: p / total for label, p in sorted(found.items(), key=lambda one: -one[1])}


def _row(game: Game, k: int, mover: int, found: Strategy, c: int) -> KnownRow:
    step = game.steps[k]
    cell = -1 if mover == CHANCE else int(game.cells[mover][np.flatnonzero(found.cells[c])[0]])
    worth = None if found.worth is None else found.worth[c]
    options = []
    for a, number in enumerate(found.options):
        option = signal = game.written(k, number).rpartition(".")[2]
        shared = False
        if not step.sides:
            signal, shared = step.signals[step.signal[a]], step.signal.count(step.signal[a]) > 1
        options.append(
            OptionWorth(
                option=option,
                probability=float(found.odds[c, a]),
                worth=None if worth is None or math.isnan(worth[a]) else float(worth[a]),
                seen_as=signal if shared or signal != option else None,
                belief=None if np.isnan(found.posterior[a]).any() else marginals(game, found.posterior[a]),
            )
        )
    return KnownRow(
        knows="" if cell < 0 else cell_name(game, mover, cell),
        chance=float(found.chance[c]),
        worth=None if found.expected is None else float(found.expected[c]),
        options=tuple(options),
    )


def tables(found: Mapping[str, Any]) -> list[Part]:
    """What a terminal shows of a strategy, from the answer as plain objects."""
    by, rows = found["by"] or "chance", found["rows"]
    states = [f"{label} ({words.percent(p)})" for label, p in found["states"].items()]
    more = f"; and {len(states) - MOST} more" if len(states) > MOST else ""
    unsure = {name: values for name, values in found["belief"].items() if len(values) > 1}
    watched = [(name, value) for name, values in unsure.items() for value in list(values)[:-1]]
    believed = [f"{name} is {value} {words.percent(unsure[name][value])}" for name, value in watched]
    parts = lines(
        [
            f"{found['step']}, by {by}, {_when([words.day(period) for period in found['period']])}",
            f"At {'; '.join(states[:MOST])}{more}.",
            f"The public believes: {', '.join(believed)}." if believed else "",
        ]
    )
    secret = any(row["knows"] for row in rows)
    after = [option["belief"] for row in rows for option in row["options"] if option["belief"]]
    shown = watched if any(belief != found["belief"] for belief in after) else []
    told = []
    for row in rows:
        best = words.highest(option["worth"] for option in row["options"])
        for place, option in enumerate(row["options"]):
            worth, then = option["worth"], option["belief"]
            told.append(
                (
                    *([f"{row['knows']} ({words.percent(row['chance'])})" if place == 0 else ""] if secret else []),
                    option["option"] + (f", seen as {option['seen_as']}" if option["seen_as"] else ""),
                    "closed" if option["belief"] is None else f"{option['probability']:.4f}",
                    *([] if best is None else [words.number(worth), _behind(worth, best)]),
                    *(f"{then[name][value]:.4f}" if then else words.NOTHING for name, value in shown),
                )
            )
    numbers = ["chance", *([] if found["by"] is None else ["worth", "behind the best"])]
    numbers += [f"P({value}) after" for _, value in shown]
    headings = (*(("knows",) if secret else ()), "option", *numbers)
    parts.append(Table(headings, told, numbers=numbers, keys=2 if secret else 1))
    if found["by"] is not None:
        parts.append(Line(f"worth: what {by} can expect from the step on, in payoffs of that period.", "aside"))
    return parts


def _when(periods: Sequence[str]) -> str:
    """In which period it is; where it may come up in many, the first and the last."""
    return f"in {' or '.join(periods)}" if len(periods) < 3 else f"at its next time, from {periods[0]} to {periods[-1]}"


def _behind(worth: float | None, best: float) -> str:
    return words.NOTHING if worth is None else words.number(best - worth)
