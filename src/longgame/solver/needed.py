"""Where a solution is needed, when it is only asked at some places: all that play can come to from there.

Backward induction wants the values that a step's options lead to, and those only. Most draws are asked what can be
expected now; then a few states of the first period matter, and of later ones those that can still be reached.
"""

from __future__ import annotations

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
            for option in range(np.asarray(tables.allowed).shape[-1]):
                after, successor = lead(game, k, tables, here, option)
                at[t, after, successor] = True
        if t + 1 < len(at):
            at[t + 1, 0] |= at[t, -1]
    return at


def lead(game: Game, k: int, tables: StepTables, here: np.ndarray, option: int) -> tuple[int, np.ndarray]:
    """Where an option of step k leads to from the states ``here`` where it is open: a step, and states."""
    after = game.steps[k].next[option]
    open_ = np.asarray(tables.allowed)[here, option, None] & (np.asarray(tables.weight)[here, option] > 0.0)
    return len(game.steps) if after < 0 else after, np.asarray(tables.successor)[here, option][open_]


def only(tables: GameTables, needed: np.ndarray) -> GameTables:
    """The same tables of a period with steps that take place only where they are ``needed`` [K + 1, X]."""
    steps = (
        step._replace(active=np.asarray(step.active) & here)
        for step, here in zip(tables.steps, needed[:-1], strict=True)
    )
    return tables._replace(steps=tuple(steps))
