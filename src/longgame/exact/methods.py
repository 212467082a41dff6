"""The two ways to solve a game: over a lattice of beliefs, and over all public histories with exact beliefs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Unpack, overload

import numpy as np

from longgame.arrays import Array
from longgame.exact.public_histories import HistoriesSolution, solve_histories
from longgame.game.game import Game
from longgame.game.numbers import Numbers
from longgame.solver import solve as lattice
from longgame.solver.batch import bound, tables_of
from longgame.solver.solution import Solution
from longgame.solver.solve import How


@overload
def solve(
    game: Game,
    theta: Array | None = None,
    *,
    method: Literal["lattice"] = "lattice",
    allowed: Mapping[int, Array] | None = None,
    tables: Numbers | None = None,
    **how: Unpack[How],
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
    **how: Unpack[How],
) -> Solution | HistoriesSolution:
    """The equilibrium of a game.

    theta     [P] the assumptions; the base case if None
    method    "lattice": backward induction over a lattice of beliefs; "histories": over all public histories, with
              exact beliefs, for games of up to a million nodes (``solve_histories``); of what is below it takes allowed
              and tables
    allowed   a posture: by step index, the options [A] it leaves open; where none of them is there it does not bind
    tables    numbers to use instead of the game's own, by period
    how       of the lattice alone: as in ``solve_batch``
    """
    if method == "histories":
        if how:
            raise TypeError(f"{', '.join(how)}: for the lattice method alone")
        theta = np.asarray(game.base if theta is None else theta, dtype=float)
        tables = tables or tables_of(game, theta)
        return solve_histories(game, theta, tables=bound(tables, allowed or {}, game.timed))
    if method != "lattice":
        raise ValueError(f'method must be "lattice" or "histories", not {method!r}')
    return lattice.solve(game, theta, allowed=allowed, tables=tables, **how)
