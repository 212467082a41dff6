"""How an equilibrium moves with the assumptions: its derivative along directions, exact to first order.

The mathematics. For directions v in the assumptions theta, and from the last period back to the first as in ``solve``:

1. Numbers. The tables of a period are functions of theta; their slopes are taken by forward differentiation
   (``game/duals.py``).
2. Fixed points. At a step where choice is a fixed point z = G(z; V, tables), the implicit function theorem gives
   dz = (I - dG/dz)^-1 (dG/dV dV + dG/dtables dtables), one small linear system for each state and belief. No iteration
   is differentiated, and none is repeated: the play is the one that was found, wherever it came from.
3. Values. U before a step is a function of the play, the tables and the values after it; its slope follows.

All directions are carried back together; the linear systems are set up once for all of them.

Where a number of the game has a corner at theta (an effect that lands exactly on a grid point, a ``max`` of two equal
numbers), derivatives differ from side to side. With the numbers of theta + a little v in place of those of theta
the tangent is the one towards v.

Axes: directions V last; U [S, N, W, B, V], sigma [S, C, A, B, V].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from longgame.arrays import Array
from longgame.game.game import Game
from longgame.game.numbers import CHANCE, GameTables, Numbers
from longgame.game.tables import Tables
from longgame.solver import kernel
from longgame.solver.batch import Batch, bound, by_period
from longgame.solver.evaluate import lattice_of, precision_of_cells
from longgame.solver.rows import Rows
from longgame.solver.rules import rules_of
from longgame.solver.solution import Solution


@dataclass(frozen=True, eq=False)
class Tangents:
    """The derivative of a solution along directions, laid out like the solution.

    U      arrays [S, N, W, B, V]: of the values at the start of each period from ``since`` on, and at the horizon
    sigma  T lists of K arrays [S, C, A, B, V]; None at chance steps, before ``since``, and where a step
           never takes place
    """

    U: list[Array]
    sigma: list[list[Array | None]]


def slopes_of(game: Game, theta: np.ndarray, directions: np.ndarray) -> tuple[Numbers, Numbers]:
    """A game's numbers at theta [P], and their derivatives along ``directions`` [V, P], by period.

    The derivatives are tables with a last axis V; what is not a real number has derivative 0 there.

    Raises:
        TypeError: the game was not compiled from a scenario: it does not know how its numbers come about.
    """
    if not isinstance(game.tables, Tables):
        raise TypeError("this game was not compiled from a scenario: its numbers have no derivatives")
    values, slopes = game.tables.slopes(theta, directions)
    last = by_period(game.timed, lambda t: slopes(t).each(lambda x: np.ascontiguousarray(np.moveaxis(x, 0, -1))))
    return by_period(game.timed, values), last


def tangents(
    solution: Solution,
    directions: np.ndarray,
    *,
    at: np.ndarray | None = None,
    allowed: Mapping[int, Array] | None = None,
    threads: int = 1,
) -> Tangents:
    """The derivative of a solution of one draw along ``directions`` [V, P] in its assumptions.

    at       [P] the assumptions whose numbers and slopes are taken; the solution's own if None
    allowed  the posture under which it was solved, as in ``solve``
    threads  how many cores to use
    """
    game, T, K = solution.game, solution.game.periods, len(solution.game.steps)
    numbers, slopes = slopes_of(game, solution.theta if at is None else at, directions)
    numbers = bound(numbers, allowed or {}, game.timed)
    size = lattice_of(game).size
    end_value = slopes(T - 1).end_value
    U: list[Array] = [np.repeat(end_value[:, :, :, None], size, axis=3)]
    sigma: list[list[Array | None]] = []
    for t in reversed(range(solution.since, T)):
        now, change = numbers(t), slopes(t)
        base = [Rows.of(solution.rows(t, k)) for k in range(K + 1)]
        end = Rows.blank(np.ones(len(game.ended), dtype=bool), U[0].shape[1:], now.taken)
        end.store.rows[: len(game.ended)] = _period_end(now, change, solution.U[t + 1 - solution.since], U[0])
        values = [end] * (K + 1)
        plays: list[Array | None] = [None] * K
        for k in reversed(range(K)):
            rules, targets = rules_of(game, k)
            mover = game.steps[k].mover
            chance = mover == CHANCE
            plays[k], values[k] = kernel.step_tangents(
                rules,
                lattice_of(game),
                kernel.Turning(
                    now.steps[k],
                    change.steps[k],
                    mover,
                    np.zeros(1) if chance else precision_of_cells(game, now, mover),
                    np.zeros((1, len(directions))) if chance else _cells(game, change, mover),
                    [base[target] for target in targets],
                    [values[target] for target in targets],
                    values[k + 1],
                ),
                solution.sigma[t][k],
                threads,
            )
        first = np.asarray(values[0])
        U.insert(0, np.where(game.ended[:, None, None, None, None], change.end_value[:, :, :, None], first))
        sigma.insert(0, plays)
    return Tangents(U, [[None] * K] * solution.since + sigma)


def _cells(game: Game, slopes: GameTables, mover: int) -> np.ndarray:
    """[C, V] the slopes of the mover's precision by cell."""
    return slopes.precision[mover, np.unique(game.cells[mover], return_index=True)[1]]


def _period_end(numbers: GameTables, slopes: GameTables, start: Array, change: Array) -> np.ndarray:
    """The slopes [S, N, W, B, V] of the values at the end of a period, from those at the start of the next."""
    discount, moved = numbers.discount[:, None, None, None], slopes.discount[:, None, None]
    return slopes.flow[:, :, :, None] + discount * change + moved * np.asarray(start)[..., None]


def moved_by(solution: Solution, change: Tangents, direction: int, length: float, batch: Batch) -> Solution:
    """The solution at theta + length v, to first order; ``batch`` has the one draw there."""
    return replace(
        solution,
        batch=batch,
        draw=0,
        U=[U + length * dU[..., direction] for U, dU in zip(solution.U, change.U, strict=True)],
        sigma=[
            [x if x is None or dx is None else x + length * dx[..., direction] for x, dx in zip(*period, strict=True)]
            for period in zip(solution.sigma, change.sigma, strict=True)
        ],
        kept={},
    )
