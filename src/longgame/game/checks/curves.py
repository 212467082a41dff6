"""Odds that are curved over one step of a grid: where a coarse grid does not only blur, but biases.

An effect that lands between two grid points goes to both by lot, which keeps its expectation. What is worked out from
the state afterwards is then an average over the two points, and agrees with its value between them only if it is
straight there: ``0.5 - 0.4 * strength`` is, ``exp(-strength)`` and ``strength > 0.3`` are not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from longgame.game.checks.probe import Array, Probe
from longgame.game.functions import evaluate, number, truth
from longgame.game.symbols import Environment
from longgame.scenario.language.expressions import Node
from longgame.scenario.periods import PERIOD
from longgame.scenario.places import Path

LEAST = 0.01  # the difference of a probability that is worth a word


@dataclass(frozen=True)
class Curve:
    """Odds and a variable over whose grid they are curved.

    path      of the odds
    variable  the state variable
    curve     how far the odds half-way between two grid points are from the mean of those at the points, at most
    state     where, in words
    """

    path: Path
    variable: str
    curve: float
    state: str


def curved_odds(probe: Probe) -> Iterator[Curve]:
    """Base case: the odds of chance steps that are curved over a grid between whose points effects land."""
    plan, codes = probe.plan, probe.tables.states.codes
    between = _landed_between(probe)
    for step in probe.steps:
        guards = () if step.when is None else (probe.bind(step.when),)
        for option in step.options:
            if option.p is None:
                continue
            odds = probe.bind(option.p)
            for place in sorted(between):
                variable = plan.variables[place]
                if variable.name not in plan.symbols.used(odds):
                    continue
                here = np.flatnonzero(probe.tables.played & (codes[:, place] < len(variable.points) - 1))
                low, high, middle = (_odds(probe, odds, here, place, share) for share in (0.0, 1.0, 0.5))
                curve = np.abs(middle - (low + high) / 2)
                for guard in guards:
                    curve = curve * truth(_environment(probe, here, place, 0.0).of(guard))
                if len(here) and curve.max() >= LEAST:
                    s = int(np.unravel_index(np.argmax(curve), curve.shape)[0])
                    state = probe.tables.states.label(int(here[s]))
                    yield Curve((*option.path, "p"), variable.name, float(curve.max()), state)


def _landed_between(probe: Probe) -> set[int]:
    """The state variables that some effect puts between two points of their grid."""
    return {
        place
        for (k, a, e), exact in probe.tables.exact.items()
        for (place, _), on_point in zip(probe.plan.steps[k].options[a].effects[e].sets, exact, strict=True)
        if not on_point
    }


def _odds(probe: Probe, odds: Node, rows: np.ndarray, place: int, share: float) -> Array:
    """[S, W] odds in some states with one variable moved on by a share of a grid step."""
    value = number(_environment(probe, rows, place, share).of(odds))
    return np.broadcast_to(value, (len(rows), len(probe.plan.worlds)))


def _environment(probe: Probe, rows: np.ndarray, place: int, share: float) -> Environment:
    plan, codes = probe.plan, probe.tables.states.codes[rows]
    env = plan.values(codes, plan.base, np.float64(1.0))
    variable = plan.variables[place]
    names = [*(v.name for v in plan.variables), *plan.hidden, *plan.assumptions, PERIOD]
    ends = variable.column[codes[:, place]], variable.column[np.minimum(codes[:, place] + 1, len(variable.points) - 1)]
    moved = (1 - share) * ends[0] + share * ends[1]
    known = {name: env[name] for name in names} | {variable.name: moved[:, None]}
    return plan.symbols.environment(known, evaluate)
