"""The solution of a game with independent blocks: what questions ask of a solution, at any belief."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from longgame.arrays import Array
from longgame.game.blocks import NOBODY, Blocks
from longgame.game.game import Game
from longgame.game.numbers import CHANCE, GameTables, Numbers
from longgame.solver.blocks.between import finer, prolonged
from longgame.solver.blocks.layout import Layout
from longgame.solver.blocks.steps import BlockStep, Fibres, Values, period
from longgame.solver.kernel import fibres as programs
from longgame.solver.needed import only
from longgame.solver.solution import CONVERGED, Searched

METHOD = (
    "agent logit quantal response equilibrium, Markov in period, step, state and the public beliefs about independent "
    "blocks of hidden variables; backward induction over the product of their lattices; Anderson acceleration, "
    "principal branch by continuation in the precision"
)
DECIMALS = 11  # of beliefs, that count as one if they agree to so many
BYTES_KEPT = 2**29  # of the values of periods that were worked out again


Held = tuple[np.ndarray | None, ...]  # by step, play [C, A] that a solution stays near


class Play(NamedTuple):
    """Play at the fibres of a step.

    at, count  [S] the first fibre of each state, and how many it has
    odds       [X, C, A, P]
    """

    at: Array
    count: Array
    odds: Array

    def at_fibres(self, fibres: Fibres) -> Array | None:
        """The same at other fibres of the step in a solution with the same layout; 0 where it is not known."""
        if np.array_equal(self.at, fibres.at) and np.array_equal(self.count, fibres.count):
            return self.odds
        known = self.count[fibres.state] > 0
        if not known.any():
            return None
        place = self.at[fibres.state] + np.arange(len(fibres)) - fibres.at[fibres.state]
        return np.where(known[:, None, None, None], self.odds[np.where(known, place, 0)], 0.0)


@dataclass(frozen=True, eq=False)
class BlockSolution(Searched):
    """The equilibrium of one draw of the assumptions.

    game, theta, tables  as of a ``Solution``; layout: where values stand
    U      arrays [total, E]: values at the start of each period from ``since`` on, and at the horizon
    sigma  T lists of K plays at the fibres of each move; None at chance steps, and where the step never takes place
    residual, iterations, jumps, unconverged, honest, unravelled, since, tolerance, needed  as of a ``Solution``
    held     play that it stays near, in place of the principal branch
    threads  how many cores are used to answer
    """

    game: Game
    theta: np.ndarray
    tables: Numbers
    layout: Layout
    U: list[Array]
    sigma: list[list[Play | None]]
    residual: np.ndarray
    iterations: np.ndarray
    jumps: np.ndarray
    unconverged: np.ndarray
    since: int = 0
    tolerance: float = CONVERGED
    seconds: float = 0.0
    honest: np.ndarray | None = None
    unravelled: np.ndarray | None = None
    needed: np.ndarray | None = None
    held: Held = ()
    threads: int = 1
    _recent: OrderedDict[int, Values] = field(default_factory=OrderedDict, init=False, repr=False)
    _lock: Any = field(default_factory=threading.Lock, init=False, repr=False)
    memory: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)
    method = METHOD

    @property
    def blocks(self) -> Blocks:
        """The blocks of the game."""
        return self.layout.blocks

    # --- what is asked ----------------------------------------------------------------------------------------------

    def odds(self, t: int, k: int, s: np.ndarray, b: np.ndarray) -> np.ndarray:
        """[M, A, W] probability of each option (or outcome) in each world, where the step takes place.

        The choice is made anew at the belief itself, from the values that options lead to there.
        """
        if self.game.steps[k].mover == CHANCE:
            return np.asarray(self.tables(t).steps[k].chance)[s]
        found = np.column_stack([s, np.rint(b * 10.0**DECIMALS)]).astype(np.int64)
        _, first, kind = np.unique(found, axis=0, return_index=True, return_inverse=True)
        by_cell = self._choices(self.step(t, k), t, s[first], b[first])[kind.ravel()]
        return by_cell.swapaxes(1, 2)[:, :, self.game.cells[self.game.steps[k].mover]]

    def _choices(self, step: BlockStep, t: int, s: np.ndarray, b: np.ndarray) -> np.ndarray:
        """[M, C, A] the choice at a move, at any beliefs [M, W]."""
        rows, at = self.rows(t, step.k, everywhere=True)
        weight, P, A = self.weights(b), step.lattice.size, step.rules.options
        columns = self.layout.mine(step.mover, step.block)
        ahead = np.zeros((A, len(s), len(columns), P))
        where, mine = step.where(at), np.ascontiguousarray(rows[:, columns])
        for q in range(P):
            if step.block != NOBODY:
                weight[:, step.block] = np.eye(weight.shape[2])[q]
            for a in range(A):
                for lot in range(where.weight.shape[2]):
                    share = where.weight[s, a, lot]
                    after = where.successor[s, a, lot].astype(np.int64)
                    here = np.flatnonzero(share)
                    part = self.between(after[here], weight[here], at[where.target[a]], mine)
                    ahead[a, here, :, q] += share[here, None] * part
        pay = None
        if step.step.pay is not None:
            flat = step.paid.rows.reshape(len(step.paid.rows), -1)
            stride = self.layout.stride * step.paid.each
            found = self.between(s, weight, step.paid.at, flat, stride)
            pay = found.reshape(len(s), *step.paid.rows.shape[1:])
        if step.block == NOBODY:
            index, share = np.zeros((len(s), 1), np.int64), np.ones((len(s), 1))
        else:
            index, share = step.mesh.locate(b @ self.blocks.members[step.block])
        wanted = np.zeros((len(s), step.mesh.size), dtype=bool)
        np.put_along_axis(wanted, index.astype(np.int64), share > 0.0, axis=1)
        play = step.respond(step.along(ahead), s, pay, self.tolerance, wanted)
        return np.einsum("mcav,mv->mca", np.take_along_axis(play, index[:, None, None].astype(np.int64), 3), share)

    def values_at(self, t: int, k: int, s: np.ndarray, b: np.ndarray) -> np.ndarray:
        """[M, N, W] what each actor can expect from the entry of a step on: if its own block has the world that it has
        in w, and what it does not know of is as the public believes."""
        rows, at = self.rows(t, k)
        return self.between(s, self.weights(b), at, rows)[:, self.layout.by_world]

    def value_at(self, t: int, k: int, s: int, b: np.ndarray) -> np.ndarray:
        """[N, W] the same in one state, at one belief [W]."""
        return self.values_at(t, k, np.array([s]), b[None])[0]

    def choice_at(self, t: int, k: int, s: int, b: np.ndarray) -> np.ndarray:
        """[A, W] the choice in one state, at one belief [W]."""
        return self.odds(t, k, np.array([s]), b[None])[0]

    def rows(self, t: int, k: int, *, everywhere: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Rows of values [R, E] and where those of each state begin [S], before step k of period t; before each step
        and at the end of the period [K + 1, S], if ``everywhere``."""
        if t < self.since:
            raise ValueError(f"period {t + 1} was not solved, only those from period {self.since + 1} on")
        if t == self.game.periods or (k == 0 and not everywhere):
            return self._starts[t - self.since], self.layout.first
        with self._lock:
            if t not in self._recent:
                self._recent[t] = self._period(t)
                while len(self._recent) > 1 and sum(v.rows.nbytes for v in self._recent.values()) > BYTES_KEPT:
                    self._recent.popitem(last=False)
            self._recent.move_to_end(t)
            values = self._recent[t]
        return values.rows, values.at if everywhere else values.at[k]

    def now(self, t: int) -> GameTables:
        """The numbers of a period, with steps that take place only where answers are needed."""
        return self.tables(t) if self.needed is None else only(self.tables(t), self.needed[t])

    @cached_property
    def _starts(self) -> list[np.ndarray]:
        """``U``, found again from the play where it was let go."""
        if self.U:
            return self.U
        last, everybody = self.game.periods - 1, self._everybody
        found = [self.layout.expected(self.tables(last).end_value)]
        for t in range(last, self.since - 1, -1):
            end = end_of_period(self.layout, self.now(t), found[0], everybody)
            values = self.period_of(t, end, self.layout, everybody)
            found.insert(0, start_of_period(self.layout, self.game, self.now(t), values, everybody))
        return found

    def step(self, t: int, k: int) -> BlockStep:
        """A step of a period."""
        return BlockStep(self.game, self.layout, self.now(t), k, self._everybody, self.held[k] if self.held else None)

    @property
    def _everybody(self) -> tuple[int, ...]:
        return tuple(range(len(self.game.actors)))

    def _period(self, t: int) -> Values:
        end = end_of_period(self.layout, self.now(t), self._starts[t + 1 - self.since], self._everybody)
        return self.period_of(t, end, self.layout, self._everybody)

    def period_of(
        self,
        t: int,
        end: np.ndarray,
        layout: Layout,
        actors: tuple[int, ...] | None,
        needed: np.ndarray | None = None,
    ) -> Values:
        """The values of any functions in a period, by this play, from those at its end [total, E].

        layout  with the functions' owners; actors: as in ``BlockStep``; needed [K + 1, S] bool: where they are wanted
        """
        now = self.now(t) if needed is None else only(self.now(t), needed)
        return self.through(t, [BlockStep(self.game, layout, now, k, actors) for k in range(len(self.game.steps))], end)

    def through(self, t: int, steps: list[BlockStep], end: np.ndarray) -> Values:
        """The values in a period, by this play, of the functions of its steps, from those at its end [total, E]."""

        def played(step: BlockStep, _: Values) -> Array:
            play = self.sigma[t][step.k]
            found = None if play is None else play.at_fibres(step.fibres)
            assert found is not None
            return found

        return period(steps, end, played, self.threads)

    # --- between the points -----------------------------------------------------------------------------------------

    def between(
        self, s: np.ndarray, weight: np.ndarray, at: np.ndarray, rows: np.ndarray, stride: np.ndarray | None = None
    ) -> np.ndarray:
        """[M, E] values [R, E] of states s, whose rows begin ``at`` [S], at beliefs that have these ``weights``."""
        found = np.empty((len(s), rows.shape[1]))
        stride = self.layout.stride if stride is None else stride
        programs.between(np.asarray(s, np.int64), weight, self.layout.points, stride, at, rows, found)
        return found

    def weights(self, b: np.ndarray) -> np.ndarray:
        """[M, D, P] what values at the points of each block's lattice count by at beliefs [M, W]."""
        found = np.zeros((len(b), len(self.blocks), int(self.layout.points.max())))
        for d, (lattice, part) in enumerate(zip(self.layout.lattices, self.blocks.marginals(b), strict=True)):
            index, weight = finer(lattice).locate(part)
            found[:, d, : lattice.size] = np.einsum("mv,mvp->mp", weight, prolonged(lattice)[index])
        return found


def end_of_period(layout: Layout, now: GameTables, start: np.ndarray, actors: tuple[int, ...]) -> np.ndarray:
    """[total, E] the actors' values at the end of a period, from those at the start of the next."""
    discount = np.asarray(now.discount)[list(actors)][layout.function_of]
    return layout.expected(np.asarray(now.flow)[:, list(actors)]) + discount * start


def start_of_period(layout: Layout, game: Game, now: GameTables, values: Values, actors: tuple[int, ...]) -> np.ndarray:
    """[total, E] the actors' values at the start of a period, from those before its first step; of what is over, its
    ends."""
    found = values.rows[layout.rows(values.at[0])]
    ended = np.flatnonzero(game.ended)
    if len(ended):
        over = layout.rows(layout.first, ended)
        found[over] = layout.expected(np.asarray(now.end_value)[:, list(actors)])[over]
    return found
