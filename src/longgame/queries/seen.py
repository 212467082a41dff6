"""What was seen of the state, and how surely: how well each state of the game fits it, and the chance it is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from longgame.game.functions import evaluate
from longgame.game.game import Game
from longgame.game.states import ON_POINT, Variable
from longgame.scenario.language.expressions import Name, Node


def fitting_states(game: Game, seen: Mapping[str, Sequence[Node]], theta: np.ndarray) -> np.ndarray:
    """[S] how well each state fits the values that were seen of some variables."""
    env = _names(game, theta)
    fit = np.ones(len(game.states.codes))
    for place, variable in enumerate(game.states.variables):
        if variable.name in seen:
            fit *= fitting_points(variable, seen[variable.name], env)[game.states.codes[:, place]]
    return fit


def fitting_points(variable: Variable, seen: Sequence[Node], env: Mapping[str, float]) -> np.ndarray:
    """[points] how well each value of a variable fits what was seen of it: a number, the ends of a range, or words.

    A number between two grid points stands for a lot between them, as everywhere in the game, so each of the two fits
    with its share of the lot; a number beyond the grid fits the end. In a range each point fits as well as it fits the
    number of the range that is nearest to it: those inside wholly, the next on either side with its share.
    """
    points = np.arange(len(variable.points))
    if not variable.numeric:
        words = {value.id for value in seen if isinstance(value, Name)}
        return np.array([word in words for word in variable.points], dtype=float)
    low, high = (_position(variable, float(evaluate(value, env))) for value in (seen[0], seen[-1]))
    return np.maximum(0.0, 1.0 - np.maximum(np.maximum(low - points, points - high), 0.0))


def chance_right(game: Game, p: Node, theta: np.ndarray) -> float:
    """The chance that the source of a piece of evidence is right."""
    return float(evaluate(p, _names(game, theta)))


def _position(variable: Variable, value: float) -> float:
    position = float(np.clip(variable.position(value), 0, len(variable.points) - 1))
    nearest = round(position)
    return nearest if abs(position - nearest) < ON_POINT else position


def _names(game: Game, theta: np.ndarray) -> Mapping[str, Any]:
    """The assumptions and what is defined by them, in one draw."""
    known = dict(zip(game.assumptions, np.asarray(theta, dtype=float), strict=True))
    return known if game.formulas is None else game.formulas.tables.plan.symbols.environment(known, evaluate)
