"""Moves of several at the same time: play at every state and belief, as rows of profiles.

Each side's payoffs are an expectation over what the others choose, at the same state and belief, so play is a joint
fixed point of all sides and cells; everywhere it is followed from uniform play along the principal branch
(``kernel/joint.py``). What comes out is the product of the sides' play, by profile, and by what all sides know together
in each world: whoever reads play by world and option reads it as that of any other step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from longgame.arrays import Array
from longgame.compiled import read
from longgame.game.game import Game
from longgame.game.numbers import GameTables
from longgame.solver import kernel
from longgame.solver.evaluate import lattice_of, precision_of_cells
from longgame.solver.kernel.branch import MOST_TURNS
from longgame.solver.kernel.joint import Sides, solve_joint
from longgame.solver.kernel.joint_tangent import joint_tangents as move_joint_tangents
from longgame.solver.rows import Rows
from longgame.solver.rules import rules_of

FOLLOWED = 20  # a point that is followed takes as long as so many at which play is read off


class JointPlay(NamedTuple):
    """Play [X, C, A, B] by profile; and by state and lattice point [X, B] the largest change of a choice probability
    under the response, how many responses were computed, and whether the branch turned back on its way."""

    play: np.ndarray
    residual: np.ndarray
    iterations: np.ndarray
    jumps: np.ndarray


def joint_play(
    game: Game,
    tables: GameTables,
    k: int,
    values: list[Rows],
    tolerance: float,
    threads: int = 1,
    held: Array | None = None,
) -> JointPlay:
    """Play at step k, from ``values`` by step (K for the end of the period) after it.

    held  [X, C, A, B] play to whose neighbourhood Newton's method is to lead, where it leads to an equilibrium
    """
    (rules, targets), step, lattice = rules_of(game, k), tables.steps[k], lattice_of(game)
    at, states = np.flatnonzero(step.active), len(step.active)
    shape = states, rules.cells, rules.options, lattice.size
    play = np.full(shape, 1.0 / rules.options)
    residual, responses = np.zeros((states, lattice.size)), np.zeros((states, lattice.size), np.int32)
    turned = np.zeros((states, lattice.size), bool)
    if not len(at):
        return JointPlay(play, residual, responses, turned)
    numbers = kernel.numbers_of(rules, step, step.pay)
    kept, addresses = kernel.following_of([values[target] for target in targets])
    sides = sides_of(game, tables, k)
    near = read(play if held is None else held)

    def work(some: np.ndarray, _: np.ndarray) -> None:
        solve_joint(
            numbers, sides, addresses, near, held is not None, float(tolerance), MOST_TURNS,
            some, play, residual, responses, turned,
        )  # fmt: skip

    kernel.share_out(work, at, at, rules.options * lattice.size * FOLLOWED, threads)
    del kept  # until here, as the program knows only where it is
    return JointPlay(play, residual, responses, turned)


def joint_tangents(
    game: Game,
    tables: tuple[GameTables, GameTables],
    k: int,
    values: tuple[Sequence[Rows], Sequence[Rows]],
    play: Array,
    threads: int = 1,
) -> tuple[np.ndarray | None, Rows]:
    """The derivatives of play [S, C, A, B, V] and of the values before step k [S, N, W, B, V], at play that was found.

    tables  of the period, and their slopes along V directions
    values  by step after it, and their slopes
    """
    (now, change), (base, moved) = tables, values
    (rules, targets), step, lattice = rules_of(game, k), now.steps[k], lattice_of(game)
    at, directions = np.flatnonzero(step.active), change.precision.shape[-1]
    if not len(at):
        return None, moved[k + 1]
    turned = np.zeros((*play.shape, directions))
    found, to = moved[k + 1].replaced(at)
    numbers, plays = kernel.numbers_of(rules, step, step.pay), read(play)
    first = [(side.mover, np.unique(game.cells[side.mover], return_index=True)[1]) for side in game.steps[k].sides]
    turn = np.concatenate([change.precision[mover, worlds] for mover, worlds in first])  # [R, V]
    slopes = kernel.slopes_of(change.steps[k], np.broadcast_to(turn, (len(step.active), *turn.shape)))
    points, sides = kernel.points_of(lattice, numbers), sides_of(game, now, k)
    kept = [kernel.following_of([some[target] for target in targets]) for some in (base, moved)]
    addresses = read(np.concatenate([addresses for _, addresses in kept], axis=1), np.int64)

    def work(some: np.ndarray, rows: np.ndarray) -> None:
        move_joint_tangents(
            numbers, slopes, points, sides, addresses, rules.tastes, plays, some, rows, turned, found.store.rows
        )

    kernel.share_out(work, at, to, rules.options * lattice.size * directions, threads)
    del kept
    return turned, found


def sides_of(game: Game, tables: GameTables, k: int) -> Sides:
    """The sides of step k as the programs take them."""
    step, lattice = game.steps[k], lattice_of(game)
    cells = [np.asarray(game.cells[side.mover], np.int64) for side in step.sides]
    counts = [int(cell.max()) + 1 for cell in cells]
    first = np.cumsum([0, *counts])
    grids = [kernel.grid_of(lattice, cell.tobytes()) for cell in cells]
    states = len(tables.steps[k].active)
    by_side = [precision_of_cells(game, tables, side.mover) for side in step.sides]
    precision = np.concatenate([np.broadcast_to(p, (states, p.shape[-1])) for p in by_side], axis=1)
    return Sides(
        movers=read([side.mover for side in step.sides], np.int64),
        taken=read(np.array([side.taken for side in step.sides]).T, np.int64),
        options=read([len(side.options) for side in step.sides], np.int64),
        row=read(np.array([cell + start for cell, start in zip(cells, first, strict=False)]), np.int64),
        owner=read(np.repeat(np.arange(len(cells)), counts), np.int64),
        precision=read(precision),
        belief=read(grids[0].belief[:, : lattice.size].T),
        inside=read(np.stack([grid.inside[:, : lattice.size].T for grid in grids])),
        resolution=float(lattice.resolution),
        joined=read(game.rows(k), np.int64),
        actors=len(game.actors),
    )
