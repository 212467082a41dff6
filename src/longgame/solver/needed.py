"""Where a solution is needed, when it is only asked at some places: all that play can come to from there.

Backward induction wants the values that a step's options lead to, and those only. Most draws are asked what can be
expected now; then a few states of the first period matter, and of later ones those that can still be reached.
"""

from __future__ import annotations

import numpy as np

from longgame.game.game import Game
from longgame.game.numbers import GameTables, Numbers


def reached(game: Game, numbers: Numbers, first: np.ndarray) -> np.ndarray:
    """[T, K + 1, X] bool: the places that play can come to from some of them, these included.

    numbers  the tables by period, of one draw (X = S) or of a batch (X = G S)
    first    [T, K + 1, X] where play may begin, by period and step (K: at the end of the period)
    """
    at = np.array(first, dtype=bool)
    last = len(game.steps)
    for t in range(int(np.argmax(at.any(axis=(1, 2)))), len(at)):
        for k, (step, tables) in enumerate(zip(game.steps, numbers(t).steps, strict=True)):
            active = np.asarray(tables.active)
            at[t, k + 1] |= at[t, k] & ~active
            here = np.flatnonzero(at[t, k] & active)
            if not len(here):
                continue
            leads = np.asarray(tables.allowed)[here, :, None] & (np.asarray(tables.weight)[here] > 0.0)
            successor = np.asarray(tables.successor)[here]
            for option, after in enumerate(step.next):
                at[t, last if after < 0 else after, successor[:, option][leads[:, option]]] = True
        if t + 1 < len(at):
            at[t + 1, 0] |= at[t, last]
    return at


def only(tables: GameTables, needed: np.ndarray) -> GameTables:
    """The same tables of a period with steps that take place only where they are ``needed`` [K + 1, X]."""
    steps = (
        step._replace(active=np.asarray(step.active) & here)
        for step, here in zip(tables.steps, needed[:-1], strict=True)
    )
    return tables._replace(steps=tuple(steps))
