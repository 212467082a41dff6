"""One period of the game, backwards, with the play that answers to what comes after it.

Where the period begins the values are those of ``solve``'s step 4; a stationary equilibrium is what this leaves as it
is (``stationary``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from longgame.arrays import Array
from longgame.game.game import Game
from longgame.game.numbers import CHANCE, GameTables
from longgame.solver import kernel
from longgame.solver.branch import follow_branch, stay_near
from longgame.solver.evaluate import lattice_of, precision_of_cells, value_before
from longgame.solver.honest import honest_talk
from longgame.solver.joint import joint_play
from longgame.solver.kernel import Move, Start
from longgame.solver.rows import Rows
from longgame.solver.rules import rules_of


class SolvedPeriod(NamedTuple):
    """A period: by step its play [X, C, A, B] and how the search for it went, and the K + 1 values [X, N, W, B]."""

    plays: list[Array | None]
    values: list[Rows]
    searches: list[StepSearch | None]


def solve_period(
    game: Game,
    tables: GameTables,
    end: Rows,
    starts: Callable[[int], Start | None],
    tolerance: float,
    threads: int,
    held: Sequence[Array | None] | None = None,
) -> SolvedPeriod:
    """The play of a period, and the values before each of its steps, from those at its ``end``.

    starts  by step, where to look first
    held    the play to stay near, as in ``solve_batch``
    """
    K = len(game.steps)
    values: list[Rows] = [end] * (K + 1)
    plays: list[Array | None] = [None] * K
    searches: list[StepSearch | None] = [None] * K
    for k in reversed(range(K)):
        if game.steps[k].mover == CHANCE:
            values[k] = value_before(game, tables, k, None, values, threads=threads)
        else:
            near = None if held is None else held[k]
            plays[k], values[k], searches[k] = choose(game, tables, k, values, starts(k), tolerance, threads, near)
    return SolvedPeriod(plays, values, searches)


def choose(
    game: Game,
    tables: GameTables,
    k: int,
    values: list[Rows],
    start: Start | None,
    tolerance: float,
    threads: int,
    held: Array | None = None,
) -> tuple[Array, Rows, StepSearch | None]:
    """Play [X, C, A, B] at move k, the values [X, N, W, B] before it, and how the search went, if there was one."""
    if game.steps[k].sides:
        joint = joint_play(game, tables, k, values, tolerance, threads, held)
        before = value_before(game, tables, k, joint.play, values, threads=threads)
        no = np.zeros_like(joint.jumps)
        return joint.play, before, StepSearch(joint.residual, joint.iterations, joint.jumps, no, no)
    rules, targets = rules_of(game, k)
    lattice, mover = lattice_of(game), game.steps[k].mover
    move = Move(
        tables.steps[k],
        mover,
        precision_of_cells(game, tables, mover),
        tuple(values[target] for target in targets),
        values[k + 1],
        tolerance,
    )
    play, before, found = kernel.solve_step(rules, lattice, move, start, threads)
    if found is None:
        return play, before, None
    residual, iterations, hard = found
    jumps = np.zeros_like(hard)
    if hard.any():
        play, residual, iterations, jumps = follow_branch(rules, lattice, move, play, found, threads=threads)
    if held is not None:
        play, residual = stay_near(rules, lattice, move, np.asarray(held), play, residual)
    honest = unravelled = np.zeros_like(hard)
    lies = game.steps[k].lies if held is None else ()
    if lies:
        play, residual, honest, unravelled = honest_talk(rules, lattice, move, np.array(lies), play, residual)
    changed = np.ones_like(hard) if held is not None else hard | honest
    if changed.any():
        step = tables.steps[k]
        at = np.asarray(step.active) & changed.any(axis=1)
        steps = (*tables.steps[:k], step._replace(active=at), *tables.steps[k + 1 :])
        anew = value_before(game, tables._replace(steps=steps), k, play, values, threads=threads)
        before = before.overwritten(anew, np.flatnonzero(at))
    return play, before, StepSearch(residual, iterations, jumps, honest, unravelled)


class StepSearch(NamedTuple):
    """How the search at a move went, by state and lattice point [X, B]; the last two are of statements (``honest``)."""

    residual: np.ndarray
    iterations: np.ndarray
    jumps: np.ndarray
    honest: np.ndarray | None = None
    unravelled: np.ndarray | None = None


class SearchReport:
    """What is said of the solutions of G draws: arrays [G, T, K]; see ``Solution``."""

    def __init__(self, draws: int, periods: int, steps: int):
        shape = (draws, periods, steps)
        self.residual = np.zeros(shape)
        self.iterations, self.jumps, self.unconverged = (np.zeros(shape, dtype=int) for _ in range(3))
        self.honest, self.unravelled = (np.zeros(shape, dtype=int) for _ in range(2))

    def add(self, t: int, k: int, search: StepSearch | None, tolerance: float) -> None:
        """A move of all draws."""
        if search is None:
            self.iterations[:, t, k] = 1
            return
        parts = search._asdict().items()
        found = {name: part.reshape(len(self.residual), -1) for name, part in parts if part is not None}
        self.residual[:, t, k] = found["residual"].max(axis=1, initial=0.0)
        self.iterations[:, t, k] = found["iterations"].max(axis=1, initial=0)
        self.unconverged[:, t, k] = np.count_nonzero(~(found["residual"] <= tolerance), axis=1)
        for name in found.keys() & {"jumps", "honest", "unravelled"}:
            getattr(self, name)[:, t, k] = np.count_nonzero(found[name], axis=1)
