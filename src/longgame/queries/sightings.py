"""Evidence as it stands in the game: which period, which step, which options or states fit it.

A piece of evidence is written in the words of the scenario (``move: truce_offer, by: attacker, took: accept``). Here it
becomes a *sighting*: the period and the step, and either the options that give what was seen, or how well each state
fits it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np

from longgame.errors import Place
from longgame.game.functions import evaluate
from longgame.game.game import CHANCE, Game
from longgame.game.states import ON_POINT, Variable
from longgame.scenario.expand import Observation, observations_of
from longgame.scenario.language.expressions import Name, Node
from longgame.scenario.model import Evidence, Scenario


@dataclass(frozen=True, eq=False)
class Sighting:
    """One piece of evidence, found in the game.

    id        its name
    evidence  what the analyst wrote
    place     where it stands in the scenario
    t         the period, from 0
    k         the step; the number of steps for the state at the end of the period
    options   the options (outcomes) of the step that give what was seen: several where they share a public signal
    actor     who moved; None for chance and for a state that was seen
    state     [S] for a state that was seen, the chance that each state would be reported so; else None
    """

    id: str
    evidence: Evidence
    place: Place
    t: int
    k: int
    options: tuple[int, ...] = ()
    actor: int | None = None
    state: np.ndarray | None = None


def sightings(scenario: Scenario, game: Game, theta: np.ndarray) -> tuple[Sighting, ...]:
    """All evidence of a scenario that has passed the checks, in order; theta [P] is the draw of the assumptions."""
    known = _BOUND.get(game)
    if known is None or known[0] is not scenario:
        observed = observations_of(scenario)
        known = _BOUND[game] = scenario, tuple((seen, _sighting(scenario, game, seen)) for seen in observed)
    return tuple(
        replace(found, state=fitting_states(game, seen.seen, theta)) if found.k == len(game.steps) else found
        for seen, found in known[1]
    )


#: The evidence of the scenario of a game, bound once for all draws: only how well states fit depends on a draw.
_BOUND: WeakKeyDictionary[Game, tuple[Scenario, tuple[tuple[Observation, Sighting], ...]]] = WeakKeyDictionary()


def _sighting(scenario: Scenario, game: Game, seen: Observation) -> Sighting:
    evidence, place = scenario.evidence[seen.index], scenario.place(("evidence", seen.index))
    if seen.step == len(game.steps):
        return Sighting(seen.id, evidence, place, seen.period, seen.step)
    step = game.steps[seen.step]
    options = tuple(a for a, y in enumerate(step.signal) if step.signals[y] == seen.signal)
    actor = None if step.mover == CHANCE else step.mover
    return Sighting(seen.id, evidence, place, seen.period, seen.step, options, actor)


def fitting_states(game: Game, seen: Mapping[str, Node], theta: np.ndarray) -> np.ndarray:
    """[S] how well each state fits the values that were seen of some variables."""
    env = dict(zip(game.assumptions, np.asarray(theta, dtype=float), strict=True))
    fit = np.ones(len(game.states.codes))
    for place, variable in enumerate(game.states.variables):
        if variable.name in seen:
            fit *= fitting_points(variable, seen[variable.name], env)[game.states.codes[:, place]]
    return fit


def fitting_points(variable: Variable, seen: Node, env: Mapping[str, float]) -> np.ndarray:
    """[points] how well each value of a variable fits the value that was seen of it.

    A number between two grid points stands for a lot between them, as everywhere in the game, so each of the two fits
    with its share of the lot; a number beyond the grid fits the end.
    """
    count = len(variable.points)
    if not variable.numeric:
        return np.array([isinstance(seen, Name) and word == seen.id for word in variable.points], dtype=float)
    position = float(variable.position(float(evaluate(seen, env))))
    nearest = round(position)
    position = nearest if abs(position - nearest) < ON_POINT else position
    return np.maximum(0.0, 1.0 - np.abs(np.arange(count) - np.clip(position, 0, count - 1)))
