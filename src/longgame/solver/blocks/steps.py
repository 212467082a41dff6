"""The steps of a game with independent blocks, backwards: play at its fibres, and the values before it.

A fibre (``programs``) is solved as today's kernel solves a state: one small lattice, the worlds of one block, and for
values those of the mover alone. What others can expect, who know nothing of that block, follows.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np

from longgame.arrays import Array
from longgame.game.blocks import NOBODY
from longgame.game.game import Game
from longgame.game.lattice import Lattice
from longgame.game.numbers import CHANCE, GameTables, StepTables
from longgame.solver import kernel
from longgame.solver.blocks.between import coarse, finer, prolonged
from longgame.solver.blocks.layout import Layout
from longgame.solver.branch import follow_branch
from longgame.solver.evaluate import precision_of_cells
from longgame.solver.kernel import Move, Start
from longgame.solver.kernel import fibres as programs
from longgame.solver.period import StepSearch
from longgame.solver.rules import Rules, rules_of

PARTS = 4  # for each core: they do not all take the same time
WORTH_SHARING = 500  # fibres

_NOTHING = np.zeros((0, 0, 0, 0))


@dataclass(frozen=True, eq=False)
class Fibres:
    """The fibres [X] of a step, in the states [S] in which it takes place.

    state, point  [X] where each begins
    at            [S] the first of each state, where the step takes place
    """

    state: np.ndarray
    point: np.ndarray
    at: np.ndarray

    @classmethod
    def of(cls, layout: Layout, active: np.ndarray, block: int) -> Fibres:
        """Those of a step that tells of a block."""
        states = np.flatnonzero(active)
        points = 1 if block == NOBODY else int(layout.points[block])
        count = np.where(active, layout.count // points, 0)
        at = np.cumsum(count) - count
        state = np.repeat(states, count[states])
        number = np.arange(len(state)) - at[state]
        stride = np.ones(len(active), np.int64) if block == NOBODY else layout.stride[:, block]
        stride = np.maximum(stride, 1)[state]
        return cls(state, number // stride * (stride * points) + number % stride, at)

    def __len__(self) -> int:
        return len(self.state)


class Values(NamedTuple):
    """The values of a period: rows [R, E] and, before each step and at the end, where those of each state begin
    [K + 1, S]."""

    rows: np.ndarray
    at: np.ndarray


@dataclass(frozen=True, eq=False)
class BlockStep:
    """A step in one period, with its numbers.

    k       which step it is
    actors  whose own values the functions of the layout are: payments at once, and what tastes add, are counted; None
            where they are nobody's
    """

    game: Game
    layout: Layout
    tables: GameTables
    k: int
    actors: tuple[int, ...] | None

    @property
    def step(self) -> StepTables:
        """Its numbers."""
        return self.tables.steps[self.k]

    @property
    def block(self) -> int:
        """The block that it tells of."""
        return self.layout.blocks.of_step[self.k]

    @property
    def mover(self) -> int:
        """Who moves, or CHANCE."""
        return self.game.steps[self.k].mover

    @cached_property
    def lattice(self) -> Lattice:
        """The lattice of its block."""
        return Lattice(1, 1) if self.block == NOBODY else self.layout.lattices[self.block]

    @cached_property
    def fine(self) -> Lattice:
        """The finer lattice along which choices are made."""
        return finer(self.lattice)

    @cached_property
    def fibres(self) -> Fibres:
        """Where it takes place."""
        return Fibres.of(self.layout, np.asarray(self.step.active), self.block)

    @cached_property
    def first(self) -> np.ndarray:
        """[n] a world of the game for each world of its block."""
        if self.block == NOBODY:
            return np.zeros(1, np.int64)
        return np.unique(self.layout.blocks.of_world[self.block], return_index=True)[1]

    @cached_property
    def cell(self) -> np.ndarray:
        """[n] the mover's cell in each world of the block."""
        return np.zeros(len(self.first), np.int64) if self.mover == CHANCE else self.game.cells[self.mover, self.first]

    @cached_property
    def rules(self) -> Rules:
        """The rules of the step at a fibre: every option leads to an array of its own, in the same place."""
        rules, _ = rules_of(self.game, self.k)
        options = range(rules.options)
        cells = tuple(int(c) for c in self.cell)
        return Rules(
            rules.chance, cells, rules.signal, tuple(options), (True,) * len(options), rules.moves, rules.circular,
            rules.tastes,
        )  # fmt: skip

    @cached_property
    def becomes(self) -> np.ndarray | None:
        """[S, A, n, n] how options change the world of the block."""
        if self.step.becomes is None or self.block == NOBODY:
            return None
        some = np.asarray(self.step.becomes)[:, :, self.first]
        return np.ascontiguousarray(some @ self.layout.blocks.members[self.block])

    @cached_property
    def paid(self) -> programs.Paid:
        """What it pays."""
        states = np.flatnonzero(self.step.active)
        if self.actors is None or self.step.pay is None or not len(states):
            return programs.Paid(_NOTHING, np.zeros(len(self.step.active), np.int64), 0)
        rows, at, each = self.layout.paid(np.asarray(self.step.pay)[:, :, list(self.actors)], states, self.block)
        return programs.Paid(rows, at, int(each))

    def where(self, at: np.ndarray) -> programs.Where:
        """The rows of values, as the programs take them."""
        _, targets = rules_of(self.game, self.k)
        after = rules_of(self.game, self.k)[0].after
        return programs.Where(
            self.layout.stride,
            self.layout.points,
            self.block,
            at,
            np.array([targets[f] for f in after], np.int64),
            _floats(self.step.weight),
            np.ascontiguousarray(self.step.successor, np.int32),
        )

    # --- play ---------------------------------------------------------------------------------------------------------

    def ahead(self, values: Values, threads: int) -> np.ndarray:
        """[A, X, n, P'] what the mover has after each option, at the points of the finer lattice."""
        columns = self._mine
        shape = self.rules.options, len(self.fibres), len(columns), self.lattice.size
        found, where = np.empty(shape), self.where(values.at)

        def work(first: int, last: int) -> None:
            state, point = self.fibres.state, self.fibres.point
            programs.look_ahead(where, state, point, first, last, columns, values.rows, found)

        share_out(work, len(self.fibres), threads)
        return self.along(found)

    def along(self, ahead: np.ndarray) -> np.ndarray:
        """Values [.., P] at the points of the finer lattice, [.., P']."""
        return ahead if self.fine == self.lattice else ahead @ prolonged(self.lattice).T

    def choose(
        self, values: Values, start: Start | None, tolerance: float, threads: int
    ) -> tuple[np.ndarray, StepSearch | None]:
        """Play [X, C, A, P'] at a move, at the points of the finer lattice, and how the search for it went."""
        pay = None
        if self.step.pay is not None:
            pay = self.paid.rows[self.paid.at[self.fibres.state] + self.paid.each * self.fibres.point]
        return self.respond(self.ahead(values, threads), self.fibres.state, pay, start, tolerance, threads)

    def respond(
        self,
        ahead: np.ndarray,
        state: np.ndarray,
        pay: np.ndarray | None,
        start: Start | None,
        tolerance: float,
        threads: int,
        wanted: np.ndarray | None = None,
    ) -> tuple[np.ndarray, StepSearch | None]:
        """The same from what the mover has after each option [A, X, n, P'] in some states [X], and what everybody is
        paid for it [X, A, n, E]. Points that are hard are followed where they are ``wanted`` [X, P'] alone."""
        X, A = len(state), self.rules.options
        tables = StepTables(
            active=np.ones(X, bool),
            allowed=np.asarray(self.step.allowed)[state],
            pay=None if pay is None else np.ascontiguousarray(pay[:, :, None, np.arange(pay.shape[2]), self._mine]),
            weight=np.ones((X, A, 1)),
            successor=np.zeros((X, A, 1), np.int32),
            becomes=None if self.becomes is None else self.becomes[state],
            chance=None,
        )
        precision = np.broadcast_to(precision_of_cells(self.game, self.tables, self.mover), (X, self.rules.cells))
        following = tuple(np.ascontiguousarray(option[:, None]) for option in ahead)
        move = Move(tables, 0, precision, following, following[0], tolerance)
        play, _, found = kernel.solve_step(self.rules, self.fine, move, start, threads)
        if found is None:
            return play, None
        residual, iterations, hard = found
        hard = hard if wanted is None else hard & wanted
        jumps = np.zeros_like(hard)
        if hard.any():
            play, residual, iterations, jumps = follow_branch(
                self.rules, self.fine, move, play, residual.copy(), iterations.copy(), hard
            )
        return play, StepSearch(residual, iterations, jumps)

    @property
    def _mine(self) -> np.ndarray:
        """[n] the mover's column in each world of the block."""
        return self.layout.mine(self.mover, self.block)

    def at_points(self, play: np.ndarray) -> np.ndarray:
        """[X, C, A, P] play at the points of the lattice itself."""
        return play if self.fine == self.lattice else np.ascontiguousarray(play[..., coarse(self.lattice)])

    # --- values -------------------------------------------------------------------------------------------------------

    def before(self, values: Values, to: np.ndarray, play: np.ndarray | None, threads: int) -> None:
        """Put the values before the step into the rows ``to`` [S], where it takes place."""
        rules, chance = self.rules, self.mover == CHANCE
        odds = _floats(np.asarray(self.step.chance)[..., self.first, None] if chance else play)
        becomes = _NOTHING if self.becomes is None else self.becomes
        cell = np.arange(len(self.first)) if chance else self.cell
        told = programs.Told(
            np.array(self.lattice.points), self.fine.resolution, np.array(prolonged(self.lattice)), cell,
            np.array(rules.signal, np.int64), max(rules.signal) + 1, becomes, rules.moves and self.block != NOBODY,
        )  # fmt: skip
        own = programs.Own(*self.layout.own(self.block))
        where, state, point = self.where(values.at), self.fibres.state, self.fibres.point

        def work(first: int, last: int) -> None:
            programs.before_step(
                where, told, self.paid, own, state, point, first, last, odds, chance, to, values.rows, values.rows
            )

        share_out(work, len(self.fibres), threads)
        if rules.tastes and play is not None and self.mover in (self.actors or ()):
            self._add_tastes(values.rows, to, play)

    def _add_tastes(self, rows: np.ndarray, to: np.ndarray, play: np.ndarray) -> None:
        """What private tastes are worth to the mover: the entropy of its choice over its precision."""
        precision = np.asarray(precision_of_cells(self.game, self.tables, self.mover))
        some = precision > 0.0
        scale = np.where(some, 1.0 / np.where(some, precision, 1.0), 0.0)
        entropy = -(play * np.log(np.where(play > 0.0, play, 1.0))).sum(axis=2) * scale[:, None]  # [X, C, P]
        state, point = self.fibres.state, self.fibres.point
        stride = 1 if self.block == NOBODY else self.layout.stride[state, self.block][:, None]
        at = (to[state] + point)[:, None] + np.arange(play.shape[-1]) * stride  # [X, P]
        world, function = self.layout.own(self.block)[0], (self.actors or ()).index(self.mover)
        for column in self.layout.columns[function].reshape(-1).tolist():
            rows[at, column] += entropy[:, self.cell[max(world[column], 0)]]


def period(
    steps: list[BlockStep],
    end: np.ndarray,
    play_at: Callable[[BlockStep, Values], Array | None],
    threads: int,
) -> Values:
    """The values of a period from those at its end [total, E].

    play_at  the play of a move, given the values after it
    """
    layout = steps[0].layout
    active = [np.asarray(step.step.active) for step in steps]
    more = sum(int(layout.count[here].sum()) for here in active)
    rows = np.empty((layout.total + more, layout.width))
    rows[: layout.total] = end
    at = np.empty((len(steps) + 1, len(layout.first)), np.int64)
    at[-1], used = layout.first, layout.total
    values = Values(rows, at)
    for k in reversed(range(len(steps))):
        count = np.where(active[k], layout.count, 0)
        at[k] = np.where(active[k], used + np.cumsum(count) - count, at[k + 1])
        used += int(count.sum())
        if len(steps[k].fibres):
            play = None if steps[k].mover == CHANCE else play_at(steps[k], values)
            steps[k].before(values, at[k], play, threads)
    return values


def share_out(work: Callable[[int, int], None], count: int, threads: int) -> None:
    """Do the work for so many fibres, in parts."""
    if threads == 1 or count < WORTH_SHARING:
        work(0, count)
        return
    ends = np.linspace(0, count, threads * PARTS + 1).astype(int)
    list(_workers(threads).map(work, ends[:-1].tolist(), ends[1:].tolist()))


@lru_cache(maxsize=1)
def _workers(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="blocks")


def _floats(x: Array) -> np.ndarray:
    return np.ascontiguousarray(x, dtype=float)
