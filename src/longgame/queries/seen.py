"""What was seen of the state: how well each state of the game fits it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from longgame.game.functions import evaluate
from longgame.game.game import Game
from longgame.game.states import ON_POINT, Variable
from longgame.scenario.language.expressions import Name, Node


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
