"""Backward induction: a game and draws of its assumptions in, their equilibria out.

For t = T - 1 down to 0, and within the period from the last step to the first:

1. U at the end of period t is flow + discount * U at the start of period t + 1 (at the horizon: the end values).
2. Chance step k: U_k is the expectation of what its outcomes lead to, with the belief moved by what they tell.
3. Move k: sigma is the logit fixed point at every state and belief, started from sigma of period t + 1; then U_k is the
   expectation over sigma. Points that do not settle are followed from uniform play (``branch.py``).
4. U at the start of period t is U_0; where the game is over, the end value.

The arithmetic of a step is done by an ``engine``. The assumptions, the period, the postures and the mover are run-time
arrays.
Several draws are solved as one game with the states of all of them (``abreast.py``): X = G S states for G draws.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from longgame.arrays import Array, jax, jnp, library
from longgame.game.game import CHANCE, Game, GameTables
from longgame.solver.abreast import Draws, Numbers, by_period, one_draw, tables_of
from longgame.solver.branch import follow_branch
from longgame.solver.engine import Engine, EngineName, engine
from longgame.solver.evaluate import (
    horizon,
    lattice_of,
    precision_of_cells,
    value_before,
)
from longgame.solver.move import Move, Start
from longgame.solver.needed import only
from longgame.solver.rows import Rows
from longgame.solver.solution import CONVERGED, Solution
from longgame.solver.step import rules_of


def solve(
    game: Game,
    theta: Array | None = None,
    *,
    allowed: Mapping[int, Array] | None = None,
    tables: Numbers | None = None,
    near: Solution | None = None,
    since: int = 0,
    tolerance: float = CONVERGED,
    progress: Callable[[int, int], None] | None = None,
    by: EngineName | None = None,
) -> Solution:
    """The equilibrium of a game, over a lattice of beliefs.

    theta     [P] the assumptions; the base case if None
    allowed   a posture: by step index, the options [A] it leaves open; where none of them is there it does not bind
    tables    numbers to use instead of the game's own, by period
    near      a solution of a game of the same shape, from whose play the search starts
    since     the first period that is wanted; those before it are left unsolved
    tolerance the largest change of a choice probability under the logit response that counts as none
    progress  told how many periods of how many are done
    by        who computes the steps (see ``engine``); the quickest on this machine if None
    """
    theta = np.asarray(game.base if theta is None else theta, dtype=float)
    tables = tables or tables_of(game, theta)
    draws = one_draw(game, theta, tables)
    solved = solve_abreast(
        game, draws, allowed=allowed, near=near, since=since, tolerance=tolerance, progress=progress, on=engine(by)
    )
    return solved.each[0]


class Solved(NamedTuple):
    """Draws of a game that were solved side by side.

    each     the solution of each draw; of several, as views in NumPy
    abreast  all of them as the solution of one game with G S states, draw by draw: tables, U and sigma have the states
             of all draws, as ``abreast.py`` says; ``game`` is that of one draw, and ``theta`` is [G, P]
    """

    each: tuple[Solution, ...]
    abreast: Solution


def solve_abreast(
    game: Game,
    draws: Draws,
    *,
    allowed: Mapping[int, Array] | None = None,
    near: Solution | None = None,
    since: int = 0,
    needed: np.ndarray | None = None,
    keep: Collection[int] = (),
    tolerance: float = CONVERGED,
    progress: Callable[[int, int], None] | None = None,
    on: Engine | None = None,
) -> Solved:
    """The equilibria of some draws of a game, each as :func:`solve` finds it.

    needed  [T, K + 1, G S] bool: the places that are wanted, with all that play leads to from there (``reached``);
            elsewhere there is no answer
    keep    the periods of which the values before every step are kept with the solutions
    on      who computes the steps; the quickest on this machine, with one core, if None
    """
    on = on or engine(threads=1)
    began = time.perf_counter()
    G, S, T, K = len(draws), len(game.ended), game.periods, len(game.steps)
    lattice, ended = lattice_of(game), np.tile(np.asarray(game.ended), G)
    numbers = bound(draws.abreast, allowed or {}, game.timed)
    U: list[Array] = [horizon(numbers(T - 1), lattice)]
    sigma: list[list[Array | None]] = []  # from period t + 1 on
    kept: dict[int, list[Array]] = {}
    over: Array | None = None  # values that can be written over
    report = _Report(G, T, K)

    for t in reversed(range(since, T)):
        now = numbers(t) if needed is None else only(numbers(t), needed[t])
        end = on.period_end(now, U[0], None if needed is None else needed[t, K], over)
        values: list[Array] = [end] * (K + 1)
        plays: list[Array | None] = [None] * K
        for k in reversed(range(K)):
            if game.steps[k].mover == CHANCE:
                values[k] = value_before(game, now, k, None, values, on=on)
            else:
                start = _start(sigma, near, t, k, G)
                plays[k], values[k], search = _choose(on, game, now, k, values, start, tolerance)
                report.add(t, k, search, tolerance)
        U.insert(0, on.period_start(ended, now.end_value, values[0], None if needed is None else needed[t, 0]))
        sigma.insert(0, plays)
        over = None if t in keep else end
        if t in keep:
            kept[t] = values
        if progress is not None:
            progress(T - t, T - since)

    if library(U[0]) is jnp:
        jax.block_until_ready(U[0])
    seconds = time.perf_counter() - began
    sigma = [[None] * K] * since + sigma

    whole = Solution(
        game,
        draws.thetas,
        lattice,
        numbers,
        U,
        sigma,
        **report.of(slice(None)),
        since=since,
        tolerance=tolerance,
        seconds=seconds / G,
        needed=needed,
        kept=kept,
    )
    alone = (bound(of_draw, allowed or {}, game.timed) for of_draw in draws.alone)
    each = (_own(whole, g, S, tables, report.of(slice(g, g + 1))) for g, tables in enumerate(alone))
    return Solved(tuple(each), whole)


def _own(whole: Solution, g: int, states: int, tables: Numbers, report: dict[str, Any]) -> Solution:
    """The solution of one of the draws abreast."""
    one = len(whole.theta) == 1

    def rows(array: Any) -> Any:
        if array is None or one:
            return array
        part = slice(g * states, (g + 1) * states)
        return array.part(part) if isinstance(array, Rows) else np.asarray(array)[part]

    return replace(
        whole,
        theta=whole.theta[g],
        tables_at=tables,
        U=[rows(values) for values in whole.U],
        sigma=[[rows(play) for play in period] for period in whole.sigma],
        needed=None if whole.needed is None else whole.needed[:, :, g * states : (g + 1) * states],
        kept={t: [rows(step) for step in values] for t, values in whole.kept.items()},
        **report,
    )


def _start(sigma: list[list[Array | None]], near: Solution | None, t: int, k: int, draws: int) -> Start | None:
    """Where to look first for play at step k of period t, when ``sigma`` holds the play from period t + 1 on."""
    if near is not None:
        base = near.sigma[t][k]
        if sigma:
            return Start(base, sigma[0][k], near.sigma[t + 1][k])
        # Of the same shapes as in other periods, so that the same program serves.
        return Start(base, base if draws == 1 or base is None else np.tile(base, (draws, 1, 1, 1)), base)
    if not sigma:
        return None
    return Start(sigma[0][k], sigma[0][k], sigma[min(1, len(sigma) - 1)][k])


def _choose(
    on: Engine,
    game: Game,
    tables: GameTables,
    k: int,
    values: list[Array],
    start: Start | None,
    tolerance: float,
) -> tuple[Array, Array, _Search | None]:
    """Play [X, C, A, B] at move k, the values [X, N, W, B] before it, and how the search went, if there was one."""
    rules, targets = rules_of(game, k)
    lattice, mover = lattice_of(game), game.steps[k].mover
    move = Move(
        tables.steps[k],
        np.int32(mover),
        precision_of_cells(game, tables, mover),
        tuple(values[target] for target in targets),
        values[k + 1],
        np.float64(tolerance),
    )
    play, before, found = on.solve_step(rules, lattice, move, start, start is not None)
    if found is None:
        return play, before, None
    residual, iterations, hard = (np.asarray(part) for part in found)
    jumps = np.zeros_like(hard)
    if hard.any():
        play, residual, iterations, jumps = follow_branch(
            rules, lattice, move, play, residual.copy(), iterations.copy(), hard
        )
        before = value_before(game, tables, k, play, values, on=on)
    return play, before, _Search(residual, iterations, jumps)


class _Search(NamedTuple):
    """How the search at a move went, by state and lattice point [X, B]."""

    residual: np.ndarray
    iterations: np.ndarray
    jumps: np.ndarray


_WORST = ("residual", "iterations")  # of what is said of several draws the most counts, of the others the sum


class _Report:
    """What is said of the solutions of G draws: arrays [G, T, K]; see ``Solution``."""

    def __init__(self, draws: int, periods: int, steps: int):
        shape = (draws, periods, steps)
        self.residual = np.zeros(shape)
        self.iterations, self.jumps, self.unconverged = (np.zeros(shape, dtype=int) for _ in range(3))

    def add(self, t: int, k: int, search: _Search | None, tolerance: float) -> None:
        """A move of all draws."""
        if search is None:
            self.iterations[:, t, k] = 1
            return
        residual, iterations, jumps = (part.reshape(len(self.residual), -1) for part in search)
        self.residual[:, t, k] = residual.max(axis=1)
        self.iterations[:, t, k] = iterations.max(axis=1)
        self.unconverged[:, t, k] = np.count_nonzero(~(residual <= tolerance), axis=1)
        self.jumps[:, t, k] = np.count_nonzero(jumps, axis=1)

    def of(self, draws: slice) -> dict[str, Any]:
        """What is said of some draws together: arrays [T, K]."""
        worst = {name: whole[draws].max(axis=0) for name, whole in vars(self).items() if name in _WORST}
        return worst | {name: whole[draws].sum(axis=0) for name, whole in vars(self).items() if name not in _WORST}


def bound(numbers: Numbers, allowed: Mapping[int, Array], timed: bool) -> Numbers:
    """The same numbers with only the options [A] of a posture open, by step; where it leaves none it does not bind."""
    if not allowed:
        return numbers

    def restricted(t: int) -> GameTables:
        now = numbers(t)
        steps = list(now.steps)
        for k, options in allowed.items():
            open_ = np.asarray(steps[k].allowed)
            kept = open_ & np.asarray(options, dtype=bool)
            steps[k] = steps[k]._replace(allowed=np.where(kept.any(axis=1, keepdims=True), kept, open_))
        return now._replace(steps=tuple(steps))

    return by_period(timed, restricted)
