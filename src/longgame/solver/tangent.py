"""How an equilibrium moves with the assumptions: its derivative along directions, exact to first order.

The mathematics. For a direction v in the assumptions theta, and from the last period back to the first as in ``solve``:

1. Numbers. The tables of a period are functions of theta; their tangents are taken by forward differentiation.
2. Fixed points. At a step where choice is a fixed point z = G(z; V, tables), the implicit function theorem gives
   dz = (I - dG/dz)^-1 (dG/dV dV + dG/dtables dtables), one small linear system for each state and belief
   (``fixed_point.pinned``). No iteration is differentiated, and none is repeated: the play is the one that was found.
3. Values. U before a step is a function of the play, the tables and the values after it; its tangent follows.

All directions are carried back together; the linear systems are set up once for all of them.

Where a number of the game has a corner at theta (an effect that lands exactly on a grid point, a ``max`` of two equal
numbers), derivatives differ from side to side. With the numbers of theta + a little v in place of those of theta
the tangent is the one towards v.

Axes: directions v first; U [v, S, N, W, B], sigma [v, S, C, A, B].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np

from longgame.arrays import Array, jax, jit, jnp
from longgame.game.game import Game, GameTables, StepTables
from longgame.game.lattice import Lattice
from longgame.solver import fixed_point
from longgame.solver.evaluate import lattice_of, precision_of_cells
from longgame.solver.move import Move, from_points, points_of, solve_step, taste_bonus, to_points
from longgame.solver.solution import Solution
from longgame.solver.step import (
    Rules,
    evaluate_step,
    expected,
    look_ahead,
    outcomes,
    over_states,
    period_end,
    plays_by_world,
    rules_of,
)

TABLES_KEPT = 2  # periods whose tangents are kept, where they differ from period to period
WHOLE = ("active", "allowed", "successor")  # what is not a real number in the tables of a step


@dataclass(frozen=True, eq=False)
class Tangents:
    """The derivative of a solution along directions, laid out like the solution.

    U      arrays [v, S, N, W, B]: of the values at the start of each period from ``since`` on, and at the horizon
    sigma  T lists of K arrays [v, S, C, A, B]; None at chance steps and before ``since``
    """

    U: list[Array]
    sigma: list[list[Array | None]]


class _Reals(NamedTuple):
    """The real numbers that a step is a function of."""

    pay: Array | None
    weight: Array
    becomes: Array | None
    chance: Array | None
    precision: Array
    following: tuple[Array, ...]
    passing: Array


def tangents(
    solution: Solution,
    directions: np.ndarray,
    *,
    at: np.ndarray | None = None,
    tables: Callable[[int], GameTables] | None = None,
) -> Tangents:
    """The derivative of a solution along ``directions`` [v, P] in its assumptions.

    at      [P] the assumptions at which derivatives of the numbers are taken; the solution's own if None
    tables  the numbers there, by period; the solution's own if None
    """
    game, T, K = solution.game, solution.game.periods, len(solution.game.steps)
    lattice, numbers = lattice_of(game), tables or solution.tables_at
    moved = table_tangents(game, solution.theta if at is None else at, directions)
    spread = jax.vmap(lambda end: jnp.broadcast_to(end[..., None], (*end.shape, lattice.size)))
    U: list[Array] = [spread(moved(T - 1).end_value)]
    sigma: list[list[Array | None]] = []
    for t in reversed(range(solution.since, T)):
        now, change = numbers(t), moved(t)
        end = solution.U[t + 1 - solution.since]
        base = [solution.values(t, k) for k in range(K + 1)]
        values: list[Array] = [_period_end(now.flow, now.discount, end, change.flow, change.discount, U[0])] * (K + 1)
        plays: list[Array | None] = [None] * K
        for k in reversed(range(K)):
            rules, targets = rules_of(game, k)
            precision = jnp.zeros(())
            moved_precision = jnp.zeros(len(directions))
            if not rules.chance:
                mover = game.steps[k].mover
                precision = precision_of_cells(game, now, mover)
                moved_precision = jax.vmap(lambda part, mover=mover: _cells(game, part, mover))(change.precision)
            plays[k], values[k] = _step(
                rules,
                lattice,
                now.steps[k],
                jnp.asarray(max(game.steps[k].mover, 0)),
                _reals(now.steps[k], precision, tuple(base[target] for target in targets), base[k + 1]),
                solution.sigma[t][k],
                _reals(change.steps[k], moved_precision, tuple(values[target] for target in targets), values[k + 1]),
            )
        U.insert(0, _period_start(game.ended, change.end_value, values[0]))
        sigma.insert(0, plays)
    return Tangents(U, [[None] * K] * solution.since + sigma)


def table_tangents(game: Game, theta: np.ndarray, directions: np.ndarray) -> Callable[[int], GameTables]:
    """The derivatives of a game's numbers along directions [v, P], by period: tables with a leading axis v.

    What is not a real number (who may move, which state follows) has none: there the tables hold None.
    """
    along = _along(game)

    @lru_cache(maxsize=TABLES_KEPT)
    def moved(t: int) -> GameTables:
        return along(jnp.asarray(theta, float), jnp.asarray(directions, float), jnp.asarray(t))

    return moved if game.timed else lambda t: moved(0)


@lru_cache(maxsize=4)
def _along(game: Game) -> Callable[..., GameTables]:
    def reals(theta: Array, t: Array) -> GameTables:
        tables = game.tables(theta, t)
        steps = tuple(step._replace(**dict.fromkeys(WHOLE)) for step in tables.steps)
        return tables._replace(steps=steps, start_index=None, valid=None)

    def along(theta: Array, directions: Array, t: Array) -> GameTables:
        return jax.vmap(lambda v: jax.jvp(lambda th: reals(th, t), (theta,), (v,))[1])(directions)

    return jit(along)


def _reals(tables: StepTables, precision: Array, following: tuple[Array, ...], passing: Array) -> _Reals:
    return _Reals(tables.pay, tables.weight, tables.becomes, tables.chance, precision, following, passing)


def _cells(game: Game, precision: Array, mover: int) -> Array:
    """[C] the mover's precision by cell, from that of all actors by world [N, W]."""
    cells = np.asarray(game.cells[mover])
    return precision[mover, np.array([int(np.argmax(cells == cell)) for cell in range(cells.max() + 1)])]


@partial(jit, static_argnums=(0, 1))
def _step(
    rules: Rules,
    lattice: Lattice,
    tables: StepTables,
    mover: Array,
    reals: _Reals,
    play: Array | None,
    moved: _Reals,
) -> tuple[Array | None, Array]:
    """The derivatives of play [v, S, C, A, B] and of the values before a step [v, S, N, W, B]."""

    def before(reals: _Reals) -> tuple[Array | None, Array]:
        here = tables._replace(pay=reals.pay, weight=reals.weight, becomes=reals.becomes, chance=reals.chance)
        if rules.chance:
            return None, evaluate_step(rules, lattice, here, reals.following, reals.passing, jnp.zeros(()), reals.pay)
        precision = jnp.broadcast_to(reals.precision, (here.active.shape[0], rules.cells))
        move = Move(here, mover, precision, reals.following, reals.passing, jnp.asarray(0.0))
        if not rules.circular:
            return solve_step(rules, lattice, move, None, jnp.asarray(False))[:2]
        return at_equilibrium(rules, lattice, move, play)

    return jax.vmap(lambda direction: jax.jvp(before, (reals,), (direction,))[1])(moved)


def at_equilibrium(rules: Rules, lattice: Lattice, move: Move, play: Array) -> tuple[Array, Array]:
    """A move whose equilibrium play [S, C, A, B] was found: that play again, and the values before the move.

    Nothing is searched for; what comes out has the true derivatives in all real numbers of the move.
    """

    def rows(at: Array) -> tuple[Array, Array]:
        here = move.at(at)
        ahead = look_ahead(rules, here.tables, move.following, at)
        points = points_of(rules, lattice, here, ahead)
        found = fixed_point.logits_of(to_points(jax.lax.stop_gradient(play[at])), points.allowed)
        logits = fixed_point.pinned(rules, lattice, points, found)
        again = from_points(fixed_point.choice(logits, points.allowed), at.shape[0])
        by_world = plays_by_world(rules, again)
        values = expected(by_world, outcomes(rules, lattice, here.tables, ahead, by_world, here.tables.pay))
        if rules.tastes:
            values = values + taste_bonus(rules, here.tables, move.mover, here.precision, again, values.shape[1])
        return again, jnp.where(here.tables.active[:, None, None, None], values, move.passing[at])

    points = rules.options * lattice.worlds * lattice.size
    return over_states(rows, move.tables.active, points, (play, move.passing))


@jit
def _period_end(flow: Array, discount: Array, start: Array, dflow: Array, ddiscount: Array, dstart: Array) -> Array:
    """The derivatives of ``period_end``."""
    return jax.vmap(lambda *moved: jax.jvp(period_end, (flow, discount, start), moved)[1])(dflow, ddiscount, dstart)


@jit
def _period_start(ended: Array, dend: Array, dfirst: Array) -> Array:
    """The derivatives of ``period_start``, which is linear."""
    over = ended[:, None, None, None]
    return jax.vmap(lambda end, first: jnp.where(over, end[..., None], first))(dend, dfirst)


def moved_by(solution: Solution, change: Tangents, direction: int, length: float, **of: Any) -> Solution:
    """The solution at theta + length v, to first order; ``of`` has its ``theta`` and ``tables_at``."""
    return Solution(
        solution.game,
        lattice=solution.lattice,
        U=[U + length * dU[direction] for U, dU in zip(solution.U, change.U, strict=True)],
        sigma=[
            [None if x is None or dx is None else x + length * dx[direction] for x, dx in zip(*period, strict=True)]
            for period in zip(solution.sigma, change.sigma, strict=True)
        ],
        residual=solution.residual,
        iterations=solution.iterations,
        jumps=solution.jumps,
        unconverged=solution.unconverged,
        since=solution.since,
        tolerance=solution.tolerance,
        **of,
    )
