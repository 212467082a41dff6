"""Those who choose at the same time: who they are, and what they know together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from longgame.game.numbers import CHANCE


@dataclass(frozen=True)
class Side:
    """One of several who choose at the same time.

    mover    index of an actor
    options  names of its own options
    taken    [A] which of them it takes in each profile
    """

    mover: int
    options: tuple[str, ...]
    taken: tuple[int, ...]


def movers_of(mover: int, sides: Sequence[Side]) -> tuple[int, ...]:
    """Who chooses at a step: nobody where chance decides, one as a rule, or several."""
    return tuple(side.mover for side in sides) or (() if mover == CHANCE else (mover,))


def joined_cells(cells: np.ndarray) -> np.ndarray:
    """[W] the coarsest cells that are at least as fine as each of some [M, W], numbered as they come."""
    seen: dict[bytes, int] = {}
    return np.array([seen.setdefault(column.tobytes(), len(seen)) for column in cells.T.copy()], dtype=np.int64)
