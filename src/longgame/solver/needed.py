"""Where a solution is needed, when it is only asked at some places: all that play can come to from there.

Backward induction wants the values that a step's options lead to, and those only. Most draws are asked what can be
expected now; then a few states of the first period matter, and of later ones those that can still be reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from longgame.game.game import Game
from longgame.game.numbers import GameTables, Numbers, StepTables


def reached(game: Game, numbers: Numbers, first: np.ndarray) -> np.ndarray:
    """[T, K + 1, X] bool: the places that play can come to from some of them, these included.

    numbers  the tables by period, of one draw (X = S) or of a batch (X = G S)
    first    [T, K + 1, X] where play may begin, by period and step (K: at the end of the period)
    """
    at = np.array(first, dtype=bool)
    for t in range(int(np.argmax(at.any(axis=(1, 2)))), len(at)):
        for k, tables in enumerate(numbers(t).steps):
            active = np.asarray(tables.active)
            at[t, k + 1] |= at[t, k] & ~active
            here = np.flatnonzero(at[t, k] & active)
            if not len(here):
                continue
            for after, successor in lead(game, k, tables, here, range(len(game.steps[k].next))):
                at[t, after, successor] = True
        if t + 1 < len(at):
            at[t + 1, 0] |= at[t, -1]
    return at


def lead(
    game: Game, k: int, tables: StepTables, here: np.ndarray, options: Iterable[int]
) -> Iterator[tuple[int, np.ndarray]]:
    """Where options of step k lead to from the states ``here`` where they are open: steps, and states."""
    open_ = np.asarray(tables.allowed)[here, :, None] & (np.asarray(tables.weight)[here] > 0.0)
    successor = np.asarray(tables.successor)[here]
    for option in options:
        after = game.steps[k].next[option]
        yield len(game.steps) if after < 0 else after, successor[:, option][open_[:, option]]


def only(tables: GameTables, needed: np.ndarray) -> GameTables:
    """The same tables of a period with steps that take place only where they are ``needed`` [K + 1, X]."""
    steps = (
        step._replace(active=np.asarray(step.active) & here)
        for step, here in zip(tables.steps, needed[:-1], strict=True)
    )
    return tables._replace(steps=tuple(steps))
