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

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from longgame.arrays import Array
from longgame.game.game import Game
from longgame.game.linear import fixed_point
from longgame.game.numbers import CHANCE, GameTables, Numbers
from longgame.game.tables import Tables
from longgame.solver import kernel
from longgame.solver.batch import Batch, bound, by_period
from longgame.solver.evaluate import lattice_of, precision_of_cells
from longgame.solver.joint import joint_tangents
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


def slopes_of(
    game: Game, theta: np.ndarray, directions: np.ndarray, decision: Array | None = None
) -> tuple[Numbers, Numbers]:
    """A game's numbers at theta [P], and their derivatives along ``directions`` [V, P], by period.

    The derivatives are tables with a last axis V; what is not a real number has derivative 0 there. ``decision`` is
    what a decision usually moves, with its slopes, if that is known.

    Raises:
        TypeError: the game was not compiled from a scenario: it does not know how its numbers come about.
    """
    if not isinstance(game.tables, Tables):
        raise TypeError("this game was not compiled from a scenario: its numbers have no derivatives")
    values, slopes = game.tables.slopes(theta, directions, decision)
    last = by_period(game.timed, lambda t: slopes(t).each(lambda x: np.ascontiguousarray(np.moveaxis(x, 0, -1))))
    return by_period(game.timed, values), last


def tangents(
    solution: Solution,
    directions: np.ndarray,
    *,
    at: np.ndarray | None = None,
    allowed: Mapping[int, Array] | None = None,
    decision: Array | None = None,
    threads: int = 1,
) -> Tangents:
    """The derivative of a solution of one draw along ``directions`` [V, P] in its assumptions.

    at       [P] the assumptions whose numbers and slopes are taken; the solution's own if None
    allowed  the posture under which it was solved, as in ``solve``
    decision what a decision usually moves there, with its slopes, if that is known
    threads  how many cores to use
    """
    game, T, K = solution.game, solution.game.periods, len(solution.game.steps)
    numbers, slopes = slopes_of(game, solution.theta if at is None else at, directions, decision)
    numbers = bound(numbers, allowed or {}, game.timed)
    if game.forever:
        return _of_stationary(solution, numbers(0), slopes(0), threads)
    size = lattice_of(game).size
    end_value = slopes(T - 1).end_value
    U: list[Array] = [np.repeat(end_value[:, :, :, None], size, axis=3)]
    sigma: list[list[Array | None]] = []
    for t in reversed(range(solution.since, T)):
        base = Base([Rows.of(solution.rows(t, k)) for k in range(K + 1)], solution.sigma[t])
        change = slopes(t)
        end = _period_end(numbers(t), change, solution.U[t + 1 - solution.since], U[0])
        plays, start = period_tangents(game, numbers(t), change, base, end, threads)
        U.insert(0, start)
        sigma.insert(0, plays)
    return Tangents(U, [[None] * K] * solution.since + sigma)


class Base(NamedTuple):
    """A solved period: the K + 1 values [S, N, W, B] before its steps and at its end, and by step its play."""

    values: Sequence[Rows]
    plays: Sequence[Array | None]


def period_tangents(
    game: Game, now: GameTables, change: GameTables, base: Base, end: Array, threads: int = 1
) -> tuple[list[Array | None], Array]:
    """How the play of a period, by step, and the values at its start [S, N, W, B, V] move.

    now, change  its numbers and their slopes
    end          [S, N, W, B, V] how the values at its end move
    """
    K, directions = len(game.steps), end.shape[-1]
    values = [Rows.blank(np.ones(len(game.ended), dtype=bool), end.shape[1:], now.taken)] * (K + 1)
    values[K].store.rows[: len(game.ended)] = end
    plays: list[Array | None] = [None] * K
    for k in reversed(range(K)):
        play = base.plays[k]
        if game.steps[k].sides and play is not None:
            both = base.values, values
            plays[k], values[k] = joint_tangents(game, (now, change), k, both, np.asarray(play), threads)
            continue
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
                np.zeros((1, directions)) if chance else _cells(game, change, mover),
                [base.values[target] for target in targets],
                [values[target] for target in targets],
                values[k + 1],
            ),
            base.plays[k],
            threads,
        )
    first = np.asarray(values[0])
    return plays, np.where(game.ended[:, None, None, None, None], change.end_value[:, :, :, None], first)


def _of_stationary(solution: Solution, now: GameTables, change: GameTables, threads: int) -> Tangents:
    """The derivative of a stationary equilibrium.

    With Phi one period backwards, V = Phi(V, theta) gives V' = Phi_V V' + Phi_theta: what one period makes of the
    slopes of its numbers, and of V' itself, which is found by its being so (``game.linear``).
    """
    game, T, K = solution.game, solution.game.periods, len(solution.game.steps)
    V = solution.U[0]
    base = Base([Rows.of(solution.rows(solution.since, k)) for k in range(K + 1)], solution.sigma[-1])
    moved = _period_end(now, change, V, np.zeros((*np.shape(V), change.flow.shape[-1])))
    constant = period_tangents(game, now, change, base, moved, threads)[1]
    turn = Turn(game, now, base, threads)
    found = [fixed_point(turn, np.ascontiguousarray(constant[..., v])) for v in range(constant.shape[-1])]
    slopes = np.stack([np.full(np.shape(V), np.nan) if x is None else x for x in found], axis=-1)
    plays, start = period_tangents(game, now, change, base, _period_end(now, change, V, slopes), threads)
    return Tangents([start] * (T + 1 - solution.since), [[None] * K] * solution.since + [plays] * (T - solution.since))


@dataclass(frozen=True, eq=False)
class Turn:
    """How the values at the start of a period move with those at the start of the next: a linear map [S, N, W, B]."""

    game: Game
    now: GameTables
    base: Base
    threads: int = 1

    def __call__(self, change: Array) -> Array:
        """What a change of the values after a period makes of those before it."""
        end = np.asarray(self.now.discount)[..., :, None, None] * change
        return period_tangents(self.game, self.now, self._still, self.base, end[..., None], self.threads)[1][..., 0]

    @cached_property
    def _still(self) -> GameTables:
        """The slopes of numbers that do not move."""
        return self.now.each(lambda x: np.zeros((*np.shape(x), 1)))


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
