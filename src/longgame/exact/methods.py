"""The two ways to solve a game: over a lattice of beliefs, and over all public histories with exact beliefs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, overload

import numpy as np

from longgame.arrays import Array
from longgame.exact.public_histories import HistoriesSolution, solve_histories
from longgame.game.game import Game
from longgame.game.numbers import Numbers
from longgame.solver import solve as lattice
from longgame.solver.batch import bound, tables_of
from longgame.solver.solution import CONVERGED, Solution


@overload
def solve(
    game: Game,
    theta: Array | None = None,
    *,
    method: Literal["lattice"] = "lattice",
    allowed: Mapping[int, Array] | None = None,
    tables: Numbers | None = None,
    near: Solution | None = None,
    since: int = 0,
    tolerance: float = CONVERGED,
    progress: Callable[[int, int], None] | None = None,
) -> Solution: ...


@overload
def solve(
    game: Game,
    theta: Array | None = None,
    *,
    method: Literal["histories"],
    allowed: Mapping[int, Array] | None = None,
    tables: Numbers | None = None,
) -> HistoriesSolution: ...


def solve(
    game: Game,
    theta: Array | None = None,
    *,
    method: Literal["lattice", "histories"] = "lattice",
    allowed: Mapping[int, Array] | None = None,
    tables: Numbers | None = None,
    near: Solution | None = None,
    since: int = 0,
    tolerance: float = CONVERGED,
    progress: Callable[[int, int], None] | None = None,
) -> Solution | HistoriesSolution:
    """The equilibrium of a game.

    theta     [P] the assumptions; the base case if None
    method    "lattice": backward induction over a lattice of beliefs; "histories": over all public histories, with
              exact beliefs, for games of up to a million nodes (``solve_histories``); of what is below it takes allowed
              and tables
    allowed   a posture: by step index, the options [A] it leaves open; where none of them is there it does not bind
    tables    numbers to use instead of the game's own, by period
    near      a solution of a game of the same shape, from whose play the search starts
    since     the first period that is wanted; those before it are left unsolved
    tolerance the largest change of a choice probability under the logit response that counts as none
    progress  told how many periods of how many are done
    """
    if method == "histories":
        if near is not None or since or tolerance != CONVERGED or progress is not None:
            raise TypeError("near, since, tolerance and progress are for the lattice method")
        theta = np.asarray(game.base if theta is None else theta, dtype=float)
        tables = tables or tables_of(game, theta)
        return solve_histories(game, theta, tables=bound(tables, allowed or {}, game.timed))
    if method != "lattice":
        raise ValueError(f'method must be "lattice" or "histories", not {method!r}')
    return lattice.solve(
        game,
        theta,
        allowed=allowed,
        tables=tables,
        near=near,
        since=since,
        tolerance=tolerance,
        progress=progress,
    )
