"""Play between the points of the belief lattice: the choice is made anew at the belief itself.

A solution keeps play at the points of its lattice. Where values have a kink, play turns over within one step of the
lattice, and what is linear between its points says of neither side what is chosen there; beliefs that follow from it
are off as well, and more with every move. So play between the points is found as it is at them: the equilibrium of the
move at that state and belief, for the values that its options lead to. These are linear between the points, as the
solver has them.

The search begins at what is linear between the points, and goes on as at a point (``kernel/search.py``). Where another
equilibrium than that of the principal branch was taken, Newton's method leads from there to the nearest (``stay``).
Where nothing is found, and at moves of several at the same time, play is left linear between the points.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from longgame.game.game import Game
from longgame.game.lattice import Beliefs, Lattice
from longgame.game.numbers import GameTables
from longgame.solver import kernel
from longgame.solver.branch import follow_branch, stay_near
from longgame.solver.evaluate import precision_of_cells
from longgame.solver.interpolation import interpolated
from longgame.solver.kernel import Found, Move, programs
from longgame.solver.kernel.numbers import read
from longgame.solver.rows import Rows
from longgame.solver.rules import rules_of

ROUNDED = 1e-11  # a belief so near to a point of the lattice is that point
MOST_AT_ONCE = 128  # beliefs of a state: there is room for as many in every state

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class MoveAnywhere:
    """A move of one actor in one period, with the values after it: play at any states and beliefs.

    values  by step, K for the end of the period, as in ``evaluate.value_before``
    stay    take the equilibrium next to what is linear between the points, not that on the principal branch
    """

    def __init__(
        self, game: Game, lattice: Lattice, tables: GameTables, k: int, values: Sequence[Rows], tolerance: float,
        stay: bool,
    ):  # fmt: skip
        self._rules, targets = rules_of(game, k)
        self._lattice, self._stay, self._worlds = lattice, stay, np.array(self._rules.cell_of)
        step, mover = tables.steps[k], game.steps[k].mover
        states = len(step.active)
        precision = np.broadcast_to(precision_of_cells(game, tables, mover), (states, self._rules.cells))
        following = tuple(values[target] for target in targets)
        self._move = Move(step, mover, read(precision), following, values[k + 1], tolerance)
        self._numbers = kernel.numbers_of(self._rules, step, step.pay)
        self._kept, self._addresses = kernel.following_of(following)  # the programs know only where they are
        self._functions = len(game.actors)

    def choices(self, s: Ints, b: Floats, index: Ints, weight: Floats, near: Floats) -> Floats:
        """[M, C, A] play in states s [M] in which the move takes place, at beliefs b [M, W].

        index, weight  [M, W] the points of the lattice round each belief, as ``Lattice.locate`` has them
        near           [M, C, A] play that is linear between them
        """
        between = np.flatnonzero(weight.max(axis=1) < 1.0 - ROUNDED)
        if not len(between):
            return near
        play = near.copy()
        if not self._rules.moves:
            play[between] = self._read_off(s[between], b[between], index[between], weight[between])
            return play
        for state, rows in _by_state(s, between):
            found, settled = self._in_a_state(state, b[rows], near[rows])
            play[rows[settled]] = found[settled]
        return play

    def _read_off(self, s: Ints, b: Floats, index: Ints, weight: Floats) -> Floats:
        """[M, C, A] play where nothing is learned from the choice: the response to what there is to be had."""
        rules, step, mover = self._rules, self._move.tables, self._move.mover
        member = np.equal.outer(np.arange(rules.cells), self._worlds)  # [C, W]
        inside = b[:, None, :] * member
        total = inside.sum(axis=2, keepdims=True)
        alike = np.broadcast_to(member / member.sum(axis=1, keepdims=True), inside.shape)
        inside = np.divide(inside, total, out=alike.copy(), where=total > 0.0)
        payoff = np.full((len(s), rules.cells, rules.options), -np.inf)
        lots, successor = np.asarray(step.weight), np.asarray(step.successor)
        open_ = np.asarray(step.allowed)[s].astype(bool)
        open_ |= ~open_.any(axis=1, keepdims=True)  # where no option is, nothing is chosen, and all count
        for a in range(rules.options):
            rows = np.flatnonzero(open_[:, a])
            here = s[rows]
            had = np.zeros((len(rows), len(self._worlds)))
            for lot in range(lots.shape[2]):
                share = lots[here, a, lot]
                some = np.flatnonzero(share)
                after, at = self._kept[rules.after[a]], successor[here[some], a, lot]
                there = interpolated(after, at, index[rows[some]], weight[rows[some]], mover, 1)
                had[some] += share[some, None] * there[:, 0]
            if step.becomes is not None:
                had = np.einsum("mwv,mv->mw", np.asarray(step.becomes)[here, a], had)
            if step.pay is not None:
                had = had + np.asarray(step.pay)[here, a, mover]
            payoff[rows, :, a] = np.einsum("mcw,mw->mc", inside[rows], had)
        odds = self._move.precision[s][:, :, None] * (payoff - payoff.max(axis=2, keepdims=True))
        chance = np.where(open_[:, None], np.exp(np.where(open_[:, None], odds, 0.0)), 0.0)
        return chance / chance.sum(axis=2, keepdims=True)

    def _in_a_state(self, state: int, b: Floats, near: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        """Play [M, C, A] in one state at beliefs [M, W], and where [M] it was found."""
        rules, move, M = self._rules, self._move, len(b)
        at = Beliefs(np.ascontiguousarray(b))
        shape = len(np.asarray(move.tables.active)), M
        held = np.ascontiguousarray(near.transpose(1, 2, 0))  # [C, A, M]
        play = np.zeros((shape[0], rules.cells, rules.options, M))  # costs nothing where nothing is put
        residual, responses, hard = (np.zeros(shape) for _ in range(3))
        if self._stay:
            play[state], residual[state] = held, np.inf
            where = np.zeros(shape, dtype=bool)
            where[state] = True
            play, residual = stay_near(rules, self._lattice, move, play, play, residual, at, where)
        else:
            self._search(state, at, held, play, residual, responses, hard)
            if hard[state].any():
                doubtful = np.zeros(shape, dtype=bool)
                doubtful[state] = hard[state] > 0.0
                search = Found(residual, responses.astype(np.int32), doubtful)
                play, residual, *_ = follow_branch(rules, self._lattice, move, play, search, at)
        return play[state].transpose(2, 0, 1), residual[state] <= move.tolerance

    def _search(
        self, state: int, at: Beliefs, held: Floats, play: Floats, residual: Floats, responses: Floats, hard: Floats
    ) -> None:
        """Put what the search finds in a state, beginning at play ``held`` [C, A, M], into the last four."""
        rules, move, numbers = self._rules, self._move, self._numbers
        grid = kernel.grid_at(self._lattice, numbers.row.tobytes(), at)
        each = self._functions * self._lattice.worlds * self._lattice.size
        unwanted = np.empty((2 + at.size // self._lattice.size, each))  # values before the move
        programs.solve_move(
            numbers, grid, kernel.room(numbers, grid, self._functions), move.mover, move.precision, self._addresses,
            read(held[None]), kernel.ANYTHING, kernel.ANYTHING, True, rules.circular, rules.tastes,
            float(move.tolerance), float(kernel.NOT_SETTLED * move.tolerance), np.array([state]),
            np.zeros(1, np.int32), play, unwanted, residual, responses, hard,
        )  # fmt: skip


def _by_state(s: Ints, rows: Ints) -> Iterator[tuple[int, Ints]]:
    """Each state of some nodes [M] with the ``rows`` that are in it, so many at a time."""
    rows = rows[np.argsort(s[rows], kind="stable")]
    states, first = np.unique(s[rows], return_index=True)
    for state, some in zip(states.tolist(), np.split(rows, first[1:]), strict=True):
        for start in range(0, len(some), MOST_AT_ONCE):
            yield state, some[start : start + MOST_AT_ONCE]
