"""Backward induction: a game and draws of its assumptions in, their equilibria out.

For t = T - 1 down to 0, and within the period from the last step to the first:

1. U at the end of period t is flow + discount * U at the start of period t + 1 (at the horizon: the end values).
2. Chance step k: U_k is the expectation of what its outcomes lead to, with the belief moved by what they tell.
3. Move k: sigma is the logit fixed point at every state and belief, started from sigma of period t + 1; then U_k is the
   expectation over sigma. Points that do not settle are followed from uniform play (``branch.py``), and all points are
   where several choose at the same time (``joint.py``).
4. U at the start of period t is U_0; where the game is over, the end value.

A game without an end is solved for the values that one period leaves as they are (``stationary``).

The kernel does the arithmetic of a step. The draws of a batch are solved as one game with the states of all of them
(``batch.py``): X = G S states for G draws.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypedDict, Unpack

import numpy as np

from longgame.arrays import Array
from longgame.game.game import Game
from longgame.game.numbers import Numbers
from longgame.solver import kernel
from longgame.solver.batch import Batch, tables_of
from longgame.solver.evaluate import horizon, lattice_of
from longgame.solver.kernel import Start
from longgame.solver.needed import only
from longgame.solver.period import SearchReport, solve_period
from longgame.solver.rows import Rows
from longgame.solver.solution import CONVERGED, Solution
from longgame.solver.stationary.solve import solve_stationary


class How(TypedDict, total=False):
    """How a game is solved; see :func:`solve_batch`."""

    near: Solution | None
    stay: bool
    since: int
    tolerance: float
    progress: Callable[[int, int], None] | None


def solve(
    game: Game,
    theta: Array | None = None,
    *,
    allowed: Mapping[int, Array] | None = None,
    tables: Numbers | None = None,
    **how: Unpack[How],
) -> Solution:
    """The equilibrium of a game, over a lattice of beliefs.

    theta    [P] the assumptions; the base case if None
    allowed  a posture: by step index, the options [A], or by state [S, A], that it leaves open; where none of them is
             there it does not bind
    tables   numbers to use instead of the game's own, by period
    how      as in :func:`solve_batch`
    """
    theta = np.asarray(game.base if theta is None else theta, dtype=float)
    batch = Batch.one(game, theta, tables or tables_of(game, theta)).bound(allowed or {})
    return solve_batch(batch, threads=kernel.cores(), **how).of_draw(0)


@dataclass(frozen=True, eq=False)
class Wanted:
    """What is wanted of a solution.

    needed  [T, K + 1, X] bool: the places, with all that play leads to from there (``reached``); elsewhere there is no
            answer. All, if None
    keep    the periods of which the values before every step are kept with the solution
    """

    needed: np.ndarray | None = None
    keep: Collection[int] = ()


EVERYWHERE = Wanted()


def solve_batch(
    batch: Batch,
    *,
    near: Solution | None = None,
    stay: bool = False,
    since: int = 0,
    wanted: Wanted = EVERYWHERE,
    tolerance: float = CONVERGED,
    progress: Callable[[int, int], None] | None = None,
    threads: int = 1,
) -> Solution:
    """The equilibria of some draws of a game: the solution of the batch as one game with X states.

    near       a solution of one draw of the game, or of one of the same shape, from whose play the search starts
    stay       take the equilibrium to which Newton's method leads from the play of ``near``, where it leads to one,
               instead of that on the principal branch
    since      the first period that is wanted; those before it are left unsolved
    wanted     where there are to be answers, and of what the values are kept
    tolerance  the largest change of a choice probability under the logit response that counts as none
    progress   told how many periods of how many are done
    threads    how many cores to use
    """
    if batch.game.forever:
        found = solve_stationary(batch, near, stay, tolerance, threads, wanted.keep)
        if progress is not None:
            progress(batch.game.periods - since, batch.game.periods - since)
        return found
    began, needed = time.perf_counter(), wanted.needed
    game, G = batch.game, len(batch)
    T, K = game.periods, len(game.steps)
    lattice, ended = lattice_of(game), np.tile(np.asarray(game.ended), G)
    U: list[Array] = [horizon(batch.numbers(T - 1), lattice)]
    sigma: list[list[Array | None]] = []  # from period t + 1 on
    kept: dict[int, list[Rows]] = {}
    over: Rows | None = None  # values that can be written over
    report = SearchReport(G, T, K)

    for t in reversed(range(since, T)):
        now = batch.numbers(t) if needed is None else only(batch.numbers(t), needed[t])
        end = kernel.period_end(now, U[0], None if needed is None else needed[t, K], over)
        held = near.sigma[t] if near is not None and stay else None
        period = solve_period(game, now, end, partial(_start, sigma, near, t), tolerance, threads, held)
        plays, values = period.plays, period.values
        for k, search in enumerate(period.searches):
            if plays[k] is not None:
                report.add(t, k, search, tolerance)
        U.insert(0, kernel.period_start(ended, now.end_value, values[0], None if needed is None else needed[t, 0]))
        sigma.insert(0, plays)
        over = None if t in wanted.keep else end
        if t in wanted.keep:
            kept[t] = values
        if progress is not None:
            progress(T - t, T - since)

    return Solution(
        batch,
        None,
        lattice,
        U,
        [[None] * K] * since + sigma,
        report.residual,
        report.iterations,
        report.jumps,
        report.unconverged,
        honest=report.honest,
        unravelled=report.unravelled,
        stay=stay,
        since=since,
        tolerance=tolerance,
        seconds=(time.perf_counter() - began) / G,
        needed=needed,
        kept=kept,
    )


def _start(sigma: list[list[Array | None]], near: Solution | None, t: int, k: int) -> Start | None:
    """Where to look first for play at step k of period t, when ``sigma`` holds the play from period t + 1 on."""
    if near is not None:
        base = near.sigma[t][k]
        return Start(base, sigma[0][k], near.sigma[t + 1][k]) if sigma else Start(base, base, base)
    if not sigma:
        return None
    return Start(sigma[0][k], sigma[0][k], sigma[min(1, len(sigma) - 1)][k])
