"""Backward induction: a game and a draw of its assumptions in, its equilibrium out.

For t = T - 1 down to 0, and within the period from the last step to the first:

1. U at the end of period t is flow + discount * U at the start of period t + 1 (at the horizon: the end values).
2. Chance step k: U_k is the expectation of what its outcomes lead to, with the belief moved by what they tell.
3. Move k: sigma is the logit fixed point at every state and belief, started from sigma of period t + 1; then U_k is the
   expectation over sigma. Points that do not settle are followed from uniform play (``branch.py``).
4. U at the start of period t is U_0; where the game is over, the end value.

Steps are compiled once for each shape. The assumptions, the period, the postures and the mover are run-time arrays.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from longgame.arrays import Array
from longgame.game.game import CHANCE, Game, GameTables
from longgame.solution.branch import follow_branch
from longgame.solution.evaluate import (
    horizon,
    lattice_of,
    period_end,
    period_start,
    precision_of_cells,
    value_before,
)
from longgame.solution.move import Move, Start, solve_step, uniform_start
from longgame.solution.solution import CONVERGED, Solution
from longgame.solution.step import rules_of

TABLES_KEPT = 4  # periods whose numbers are kept, where they differ from period to period
REPORT = ("residual", "iterations", "jumps", "unconverged")


def solve(
    game: Game,
    theta: Array | None = None,
    *,
    allowed: Mapping[int, Array] | None = None,
    tables: Callable[[int], GameTables] | None = None,
    near: Solution | None = None,
    since: int = 0,
    tolerance: float = CONVERGED,
    progress: Callable[[int, int], None] | None = None,
) -> Solution:
    """The equilibrium of a game.

    theta     [P] the assumptions; the base case if None
    allowed   a posture: by step index, the options [A] it leaves open; where none of them is there it does not bind
    tables    numbers to use instead of the game's own, by period
    near      a solution of a game of the same shape, from whose play the search starts
    since     the first period that is wanted; those before it are left unsolved
    tolerance the largest change of a choice probability under the logit response that counts as none
    progress  told how many periods of how many are done
    """
    began = time.perf_counter()
    theta = np.asarray(game.base if theta is None else theta, dtype=float)
    numbers = bound(tables or tables_of(game, theta), allowed or {}, game.timed)
    T, K = game.periods, len(game.steps)
    U: list[Array] = [horizon(numbers(T - 1), lattice_of(game))]
    sigma: list[list[Array | None]] = []  # from period t + 1 on
    report = {name: np.zeros((T, K)) for name in REPORT}

    for t in reversed(range(since, T)):
        now = numbers(t)
        values: list[Array] = [period_end(now.flow, now.discount, U[0])] * (K + 1)
        plays: list[Array | None] = [None] * K
        for k in reversed(range(K)):
            if game.steps[k].mover == CHANCE:
                values[k] = value_before(game, now, k, None, values)
            else:
                plays[k], values[k], found = _choose(game, now, k, values, _start(sigma, near, t, k), tolerance)
                for name in REPORT:
                    report[name][t, k] = found[name]
        U.insert(0, period_start(game.ended, now.end_value, values[0]))
        sigma.insert(0, plays)
        if progress is not None:
            progress(T - t, T - since)

    jax.block_until_ready(U[0])
    seconds = time.perf_counter() - began
    sigma = [[None] * K] * since + sigma
    return Solution(
        game,
        theta,
        lattice_of(game),
        numbers,
        U,
        sigma,
        residual=report["residual"],
        iterations=report["iterations"].astype(int),
        jumps=report["jumps"].astype(int),
        unconverged=report["unconverged"].astype(int),
        since=since,
        tolerance=tolerance,
        seconds=seconds,
    )


def _start(sigma: list[list[Array | None]], near: Solution | None, t: int, k: int) -> Start | None:
    """Where to look first for play at step k of period t, when ``sigma`` holds the play from period t + 1 on."""
    if near is not None:
        base = near.sigma[t][k]
        return Start(base, sigma[0][k], near.sigma[t + 1][k]) if sigma else Start(base, base, base)
    if not sigma:
        return None
    return Start(sigma[0][k], sigma[0][k], sigma[min(1, len(sigma) - 1)][k])


def _choose(
    game: Game, tables: GameTables, k: int, values: list[Array], start: Start | None, tolerance: float
) -> tuple[Array, Array, dict[str, Any]]:
    """Play [S, C, A, B] at move k, the values [S, N, W, B] before it, and a report."""
    rules, targets = rules_of(game, k)
    lattice, mover = lattice_of(game), game.steps[k].mover
    move = Move(
        tables.steps[k],
        jnp.asarray(mover),
        precision_of_cells(game, tables, mover),
        tuple(values[target] for target in targets),
        values[k + 1],
        jnp.asarray(tolerance),
    )
    known = start is not None
    if rules.circular and start is None:
        start = uniform_start(rules, lattice, move)
    play, before, found = solve_step(rules, lattice, move, start if rules.circular else None, known)
    if found is None:
        return play, before, {"residual": 0.0, "iterations": 1, "jumps": 0, "unconverged": 0}
    residual, iterations, hard = (np.array(part) for part in found)
    jumps = 0
    if hard.any():
        play, residual, iterations, jumps = follow_branch(rules, lattice, move, play, residual, iterations, hard)
        before = value_before(game, tables, k, play, values)
    return play, before, {
        "residual": residual.max(),
        "iterations": iterations.max(),
        "jumps": jumps,
        "unconverged": np.count_nonzero(~(residual <= tolerance)),
    }  # fmt: skip


def tables_of(game: Game, theta: np.ndarray) -> Callable[[int], GameTables]:
    """The numbers of a game for one draw of the assumptions, by period; computed once if all periods are alike."""
    compiled = jax.jit(game.tables)

    @lru_cache(maxsize=TABLES_KEPT)
    def numbers(t: int) -> GameTables:
        return compiled(theta, t)

    return numbers if game.timed else lambda t: numbers(0)


def bound(
    tables: Callable[[int], GameTables], allowed: Mapping[int, Array], timed: bool
) -> Callable[[int], GameTables]:
    """The same numbers with only the options [A] of a posture open, by step; where it leaves none it does not bind."""
    if not allowed:
        return tables

    @lru_cache(maxsize=TABLES_KEPT)
    def numbers(t: int) -> GameTables:
        now = tables(t)
        steps = list(now.steps)
        for k, options in allowed.items():
            kept = steps[k].allowed & jnp.asarray(options, dtype=bool)
            steps[k] = steps[k]._replace(allowed=jnp.where(kept.any(axis=1, keepdims=True), kept, steps[k].allowed))
        return now._replace(steps=tuple(steps))

    return numbers if timed else lambda t: numbers(0)
