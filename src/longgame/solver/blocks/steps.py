"""The steps of a game with independent blocks, backwards: play at its fibres, and the values before it.

A fibre (``programs``) is solved as today's kernel solves a state: one small lattice, the worlds of one block, and for
values those of the mover alone. What others can expect, who know nothing of that block, follows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from longgame.arrays import Array
from longgame.game.blocks import NOBODY
from longgame.game.game import Game
from longgame.game.lattice import Lattice
from longgame.game.numbers import CHANCE, GameTables, StepTables
from longgame.solver import kernel
from longgame.solver.blocks.between import finer, prolonged
from longgame.solver.blocks.layout import Layout
from longgame.solver.blocks.selection import Selection
from longgame.solver.blocks.sharing import share_out
from longgame.solver.branch import follow_branch
from longgame.solver.evaluate import precision_of_cells
from longgame.solver.kernel import Move, Start
from longgame.solver.kernel import fibres as programs
from longgame.solver.kernel.lanes import LANES
from longgame.solver.kernel.numbers import StepNumbers
from longgame.solver.period import StepSearch
from longgame.solver.rules import Rules, rules_of

FILLED = 0.8  # of the lanes, at least

_NOTHING = np.zeros((0, 0, 0, 0))
_NOTHING_KNOWN = kernel.read(np.ones((1, 1, 1, 1)))


@dataclass(frozen=True, eq=False)
class Fibres:
    """The fibres [X] of a step, in the states [S] in which it takes place.

    state, point  [X] where each begins
    at, count     [S] the first of each state, and how many it has
    """

    state: np.ndarray
    point: np.ndarray
    at: np.ndarray
    count: np.ndarray

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
        return cls(state, number // stride * (stride * points) + number % stride, at, count)

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
    held    [C, A] play to stay near (``Selection``); None: the principal branch, or what honest talk leads to
    """

    game: Game
    layout: Layout
    tables: GameTables
    k: int
    actors: tuple[int, ...] | None
    held: np.ndarray | None = None

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
            rules.chance, cells, rules.signal, tuple(options), (True,) * len(options),
            rules.moves and self.block != NOBODY, rules.circular, rules.tastes,
        )  # fmt: skip

    @cached_property
    def selection(self) -> Selection | None:
        """Which of several equilibria is taken; None: that on the principal branch."""
        return Selection.of(self.game.steps[self.k].lies, self.first, self.held)

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
            self.layout.kind,
            self.block,
            at,
            np.array([targets[f] for f in after], np.int64),
            kernel.read(self.step.weight),
            kernel.read(self.step.successor, np.int32),
        )

    @cached_property
    def mesh(self) -> Lattice:
        """The lattice on which beliefs after the step are looked up."""
        return self.fine if self.rules.moves else self.lattice

    @cached_property
    def _between(self) -> np.ndarray:
        """[P', P] what values at the points of the lattice come to at those of the mesh."""
        return prolonged(self.lattice) if self.rules.moves else np.eye(self.lattice.size)

    def _numbers(self, tables: StepTables) -> StepNumbers:
        return kernel.numbers_of(self.rules, tables, tables.pay)

    # --- play ---------------------------------------------------------------------------------------------------------

    def choose(
        self, values: Values, start: Start | None, tolerance: float, threads: int
    ) -> tuple[np.ndarray, StepSearch | None]:
        """Play [X, C, A, P] at a move, and how the search for it went."""
        fibres, rules, P = self.fibres, self.rules, self.lattice.size
        X, A, columns = len(fibres), rules.options, self._mine
        pay = None
        if self.step.pay is not None:
            pay = self.paid.rows[self.paid.at[fibres.state] + self.paid.each * fibres.point]
        tables = self._faced(fibres.state, pay)
        numbers = self._numbers(tables)
        times = _beside(self.lattice.size) if pay is None or not self.paid.each else 1
        grid = kernel.grid_of(self.mesh, numbers.row.tobytes(), self.lattice, times)
        each = precision_of_cells(self.game, self.tables, self.mover)
        precision = kernel.read(np.broadcast_to(each, (X, rules.cells)))
        base, new, old = (_NOTHING_KNOWN,) * 3 if start is None else map(kernel.read, start)
        play, size = np.empty((X, rules.cells, A, P)), (X, P) if rules.circular else (1, 1)
        residual, responses, hard = (np.zeros(size) for _ in range(3))
        where, between, settled = self.where(values.at), kernel.read(self._between), kernel.NOT_SETTLED * tolerance

        def work(first: int, last: int) -> None:
            programs.solve_fibres(
                numbers, grid, kernel.room(numbers, grid, 1), where,
                programs.Fibres(fibres.state, fibres.point, first, last), between, columns, values.rows,
                precision, base, new, old, start is not None, rules.circular, float(tolerance), float(settled),
                play, residual, responses, hard,
            )  # fmt: skip

        share_out(work, X, threads)
        if not rules.circular:
            return play, None
        iterations, doubtful = responses.astype(np.int32), hard > 0.0
        jumps, some = np.zeros_like(doubtful), np.flatnonzero(doubtful.any(axis=1))
        if len(some):
            move = self._move(tables, self.ahead(values, some), tolerance, some)
            sought = kernel.Found(residual[some], iterations[some], doubtful[some])
            found = follow_branch(rules, self.mesh, move, play[some], sought, self.lattice)
            play[some], residual[some], iterations[some], jumps[some] = found
        search = StepSearch(residual, iterations, jumps)
        if self.selection is not None:
            move = self._move(tables, self.ahead(values, np.arange(X)), tolerance)
            play, search = self.selection.taken(rules, self.mesh, move, play, search, self.lattice)
        return play, search

    def ahead(self, values: Values, some: np.ndarray) -> np.ndarray:
        """[A, X, n, P'] what the mover has after each option at some fibres, at the points of the mesh."""
        found = np.empty((self.rules.options, len(some), len(self._mine), self.lattice.size))
        state, point = self.fibres.state[some], self.fibres.point[some]
        programs.look_ahead(
            self.where(values.at), programs.Fibres(state, point, 0, len(some)), self._mine, values.rows, found
        )
        return self.along(found)

    def along(self, ahead: np.ndarray) -> np.ndarray:
        """Values [.., P] at the points of the mesh, [.., P']."""
        return ahead if self.mesh == self.lattice else ahead @ self._between.T

    def _faced(self, state: np.ndarray, pay: np.ndarray | None) -> StepTables:
        """What the mover faces in some states [X], from what everybody is paid for each option [X, A, n, E]."""
        X, A = len(state), self.rules.options
        return StepTables(
            active=np.ones(X, bool),
            allowed=np.asarray(self.step.allowed)[state],
            pay=None if pay is None else np.ascontiguousarray(pay[:, :, None, np.arange(pay.shape[2]), self._mine]),
            weight=np.broadcast_to(1.0, (X, A, 1)),
            successor=np.broadcast_to(np.int32(0), (X, A, 1)),
            becomes=None if self.becomes is None else self.becomes[state],
            chance=None,
        )

    def _move(self, tables: StepTables, ahead: np.ndarray, tolerance: float, some: np.ndarray | None = None) -> Move:
        """The move as a game of its own, one state for each of ``some`` fibres."""
        if some is not None:
            tables = tables._replace(
                **{
                    name: None if part is None else part[some]
                    for name, part in tables._asdict().items()
                    if name in ("active", "allowed", "pay", "becomes", "weight", "successor")
                }
            )
        X = len(tables.active)
        precision = np.broadcast_to(precision_of_cells(self.game, self.tables, self.mover), (X, self.rules.cells))
        each = np.zeros((X, self.rules.options, 1), np.int32) + np.arange(X, dtype=np.int32)[:, None, None]
        following = tuple(np.ascontiguousarray(option[:, None]) for option in ahead)
        return Move(tables._replace(successor=each), 0, precision, following, following[0], tolerance)

    def respond(
        self, ahead: np.ndarray, state: np.ndarray, pay: np.ndarray | None, tolerance: float, wanted: np.ndarray
    ) -> np.ndarray:
        """Play [X, C, A, P'] at the points of the mesh, from what the mover has after each option [A, X, n, P'] in some
        states [X], and what everybody is paid for it [X, A, n, E]. Points that are hard are followed where they are
        ``wanted`` [X, P'] alone."""
        move = self._move(self._faced(state, pay), ahead, tolerance)
        play, _, found = kernel.solve_step(self.rules, self.mesh, move, None, 1)
        if found is not None and (hard := found.hard & wanted).any():
            play = follow_branch(self.rules, self.mesh, move, play, found._replace(hard=hard))[0]
        if found is not None and self.selection is not None:
            search = StepSearch(found.residual, found.iterations, found.hard)
            play, _ = self.selection.taken(self.rules, self.mesh, move, play, search, where=wanted)
        return play

    @property
    def _mine(self) -> np.ndarray:
        """[n] the mover's column in each world of the block."""
        return self.layout.mine(self.mover, self.block)

    # --- values -------------------------------------------------------------------------------------------------------

    def before(self, values: Values, to: np.ndarray, play: np.ndarray | None, threads: int) -> None:
        """Put the values before the step into the rows ``to`` [S], where it takes place."""
        rules, chance = self.rules, self.mover == CHANCE
        tables = self.step._replace(
            pay=None,
            becomes=self.becomes,
            chance=np.asarray(self.step.chance)[..., self.first] if chance else None,
        )
        numbers = self._numbers(tables)
        grid = kernel.grid_of(self.mesh, numbers.row.tobytes(), self.lattice)
        cell = np.arange(len(self.first)) if chance else self.cell
        between = np.zeros((grid.size, -(-self.lattice.size // LANES) * LANES))
        between[:, : self.lattice.size] = self._between
        odds = _NOTHING_KNOWN if play is None else kernel.read(play)
        own, where, fibres = programs.Own(*self.layout.own(self.block)), self.where(values.at), self.fibres

        def work(first: int, last: int) -> None:
            programs.before_step(
                numbers, grid, kernel.room(numbers, grid, 1), where,
                programs.Fibres(fibres.state, fibres.point, first, last), kernel.read(between), cell, odds,
                self.paid, own, to, values.rows, values.rows,
            )  # fmt: skip

        share_out(work, len(fibres), threads)
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


def _beside(points: int) -> int:
    """How many fibres of so many points go well side by side: they fill up lanes."""
    return next(n for n in range(1, LANES + 1) if n * points >= FILLED * (-(-n * points // LANES) * LANES))
