"""Backward induction where what is hidden falls into independent blocks (docs/method.md, Many private actors).

As ``solver.solve``, over the rows of a ``Layout``: values are kept by actor, world of its own block and point of the
lattice; what others know of their own blocks is expected under the public belief. A step that tells of one block leaves
the beliefs about all others where they are, so a move is solved along one block at a time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypedDict, Unpack

import numpy as np

from longgame.arrays import Array
from longgame.game.game import Game
from longgame.game.numbers import Numbers
from longgame.solver import kernel
from longgame.solver.batch import tables_of
from longgame.solver.blocks.layout import layout_of
from longgame.solver.blocks.solution import BlockSolution, Held, Play, end_of_period, start_of_period
from longgame.solver.blocks.steps import BlockStep, Values, period
from longgame.solver.kernel import Start
from longgame.solver.needed import only
from longgame.solver.period import SearchReport
from longgame.solver.solution import CONVERGED, Solution
from longgame.solver.solve import solve


class How(TypedDict, total=False):
    """How such a game is solved, as in ``solver.solve``; and on how many cores (all, if not said).

    held  by step, play [C, A] to stay near in all states and at all beliefs, in place of the principal branch
    """

    since: int
    tolerance: float
    progress: Callable[[int, int], None] | None
    threads: int
    held: Held | None


def solve_blocks(
    game: Game,
    theta: Array | None = None,
    *,
    tables: Numbers | None = None,
    near: BlockSolution | None = None,
    needed: np.ndarray | None = None,
    **how: Unpack[How],
) -> BlockSolution:
    """The equilibrium of a game with independent blocks, over the product of their lattices.

    near    the solution of another draw, from whose play the search starts
    needed  [T, K + 1, S] bool: where there are to be answers (``solver.needed``); everywhere, if None

    Other arguments as of ``solver.solve``, how: ``How``.
    """
    began = time.perf_counter()
    theta = np.asarray(game.base if theta is None else theta, dtype=float)
    numbers = tables or tables_of(game, theta)
    since, tolerance, progress = how.get("since", 0), how.get("tolerance", CONVERGED), how.get("progress")
    threads = how.get("threads") or kernel.cores()
    assert game.blocks is not None
    layout, T, K = layout_of(game, game.blocks, numbers), game.periods, len(game.steps)
    held = how.get("held") or (None,) * K
    start: list[Array] = [layout.expected(numbers(T - 1).end_value)]
    plays: list[list[Play | None]] = []
    unsolved: list[Play | None] = [None] * K
    if near is not None and not np.array_equal(near.layout.stride, layout.stride):
        near = None
    report, everybody = SearchReport(1, T, K), tuple(range(len(game.actors)))
    for t in reversed(range(since, T)):
        now = numbers(t) if needed is None else only(numbers(t), needed[t])
        steps = [BlockStep(game, layout, now, k, everybody, held[k]) for k in range(K)]
        found: list[Play | None] = [None] * K

        def choose(step: BlockStep, values: Values, t: int = t, found: list[Play | None] = found) -> Array:
            begin = _start(step, t, near, [period[step.k] for period in plays[:2]])
            play, search = step.choose(values, begin, tolerance, threads)
            report.add(t, step.k, search, tolerance)
            found[step.k] = Play(step.fibres.at, step.fibres.count, play)
            return play

        values = period(steps, end_of_period(layout, now, start[0], everybody), choose, threads)
        start.insert(0, start_of_period(layout, game, now, values, everybody))
        plays.insert(0, found)
        if progress is not None:
            progress(T - t, T - since)
    return BlockSolution(
        game=game,
        theta=theta,
        tables=numbers,
        layout=layout,
        U=start,
        sigma=[unsolved] * since + plays,
        residual=report.residual[0],
        iterations=report.iterations[0],
        jumps=report.jumps[0],
        unconverged=report.unconverged[0],
        honest=report.honest[0],
        unravelled=report.unravelled[0],
        held=held,
        since=since,
        tolerance=tolerance,
        needed=needed,
        threads=threads,
        seconds=time.perf_counter() - began,
    )


def solve_game(game: Game, theta: Array | None = None) -> Solution | BlockSolution:
    """The equilibrium of any game on its lattice: block by block, where beliefs are kept so."""
    return solve_blocks(game, theta) if game.factored else solve(game, theta)


def _start(step: BlockStep, t: int, near: BlockSolution | None, later: list[Play | None]) -> Start | None:
    """Where to look first for play, as in ``solver.solve``: from the same step in later periods, or of another draw."""
    known = [found for play in later if play is not None and (found := play.at_fibres(step.fibres)) is not None]
    if near is not None and (play := near.sigma[t][step.k]) is not None:
        base = play.at_fibres(step.fibres)
        after = near.sigma[t + 1][step.k] if t + 1 < len(near.sigma) else None
        old = None if after is None else after.at_fibres(step.fibres)
        if base is not None:
            return Start(base, known[0], old) if known and old is not None else Start(base, base, base)
    return Start(known[0], known[0], known[-1]) if known else None
