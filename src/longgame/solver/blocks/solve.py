"""Backward induction where what is hidden falls into independent blocks (docs/method.md, Many private actors).

As ``solver.solve``, over the rows of a ``Layout``: values are kept by actor, world of its own block and point of the
lattice; what others know of their own blocks is expected under the public belief. A step that tells of one block leaves
the beliefs about all others where they are, so a move is solved along one block at a time.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Unpack

import numpy as np

from longgame.arrays import Array
from longgame.game.game import Game
from longgame.game.numbers import Numbers
from longgame.solver import kernel
from longgame.solver.batch import bound, tables_of
from longgame.solver.blocks.layout import layout_of
from longgame.solver.blocks.solution import BlockSolution, end_of_period, start_of_period
from longgame.solver.blocks.steps import BlockStep, Values, period
from longgame.solver.kernel import Start
from longgame.solver.period import SearchReport
from longgame.solver.solution import CONVERGED
from longgame.solver.solve import How


def solve_blocks(
    game: Game,
    theta: Array | None = None,
    *,
    allowed: Mapping[int, Array] | None = None,
    tables: Numbers | None = None,
    threads: int | None = None,
    **how: Unpack[How],
) -> BlockSolution:
    """The equilibrium of a game with independent blocks, over the product of their lattices.

    Arguments as of ``solver.solve``, of which ``near`` and ``stay`` are not taken up.
    """
    began = time.perf_counter()
    theta = np.asarray(game.base if theta is None else theta, dtype=float)
    numbers = bound(tables or tables_of(game, theta), allowed or {}, game.timed)
    tolerance, since, progress = how.get("tolerance", CONVERGED), how.get("since", 0), how.get("progress")
    threads = threads or kernel.cores()
    assert game.blocks is not None
    layout, T, K = layout_of(game, game.blocks, numbers), game.periods, len(game.steps)
    start: list[Array] = [layout.expected(numbers(T - 1).end_value)]
    plays: list[list[Array | None]] = []
    recent: list[list[Array | None]] = []  # of two periods, on the finer lattices
    report, everybody = SearchReport(1, T, K), tuple(range(len(game.actors)))
    for t in reversed(range(since, T)):
        now = numbers(t)
        steps = [BlockStep(game, layout, now, k, everybody) for k in range(K)]
        found: list[Array | None] = [None] * K

        recent.insert(0, [None] * K)

        def choose(step: BlockStep, values: Values, t: int = t, found: list[Array | None] = found) -> Array | None:
            begin = _start([period[step.k] for period in recent[1:3]], len(step.fibres))
            play, search = step.choose(values, begin, tolerance, threads)
            report.add(t, step.k, search, tolerance)
            recent[0][step.k], found[step.k] = play, step.at_points(play)
            return found[step.k]

        values = period(steps, end_of_period(layout, now, start[0], everybody), choose, threads)
        start.insert(0, start_of_period(layout, game, now, values, everybody))
        plays.insert(0, found)
        del recent[2:]
        if progress is not None:
            progress(T - t, T - since)
    return BlockSolution(
        game=game,
        theta=theta,
        tables=numbers,
        layout=layout,
        U=start,
        sigma=[[None] * K] * since + plays,
        residual=report.residual[0],
        iterations=report.iterations[0],
        jumps=report.jumps[0],
        unconverged=report.unconverged[0],
        since=since,
        tolerance=tolerance,
        seconds=time.perf_counter() - began,
    )


def _start(later: list[Array | None], fibres: int) -> Start | None:
    """Where to look first for play, as in ``solver.solve``, from the same step in later periods."""
    known = [play for play in later if play is not None and len(play) == fibres]
    return Start(known[0], known[0], known[-1]) if known else None
