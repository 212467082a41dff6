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

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from longgame.compiled import read
from longgame.game.game import Game
from longgame.game.lattice import Beliefs, Lattice
from longgame.game.numbers import GameTables
from longgame.solver import kernel
from longgame.solver.branch import follow_branch, stay_near
from longgame.solver.evaluate import precision_of_cells
from longgame.solver.interpolation import interpolated
from longgame.solver.kernel import Found, Move, programs
from longgame.solver.kernel.lanes import LANES
from longgame.solver.rows import Rows
from longgame.solver.rules import rules_of

ROUNDED = 1e-11  # a belief so near to a point of the lattice is that point
MOST_AT_ONCE = 512  # beliefs

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
        self._kept, self._addresses = kernel.following_of(following)
        self._held = [(values.store.rows, values.at) for values in self._kept]  # the programs know only where these are
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
        order = between[np.argsort(s[between], kind="stable")]
        for rows in np.array_split(order, -(-len(order) // MOST_AT_ONCE)):
            found, settled = (self._one_by_one if self._stay else self._searched)(s[rows], b[rows], near[rows])
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
            if step.pay is not None:
                had = had + np.asarray(step.pay)[here, a, mover]
            payoff[rows, :, a] = np.einsum("mcw,mw->mc", inside[rows], had)
        odds = self._move.precision[s][:, :, None] * (payoff - payoff.max(axis=2, keepdims=True))
        chance = np.where(open_[:, None], np.exp(np.where(open_[:, None], odds, 0.0)), 0.0)
        return chance / chance.sum(axis=2, keepdims=True)

    def _searched(self, s: Ints, b: Floats, near: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        """Play [M, C, A] in states [M] that are in order, at beliefs [M, W], and where [M] it was found."""
        rules, move, numbers = self._rules, self._move, self._numbers
        states, count = np.unique(s.astype(np.int64), return_counts=True)  # one kind, so that one program serves all
        room = -(-count // LANES) * LANES  # the beliefs of a state begin with whole lanes
        first = np.cumsum(room) - room
        place = np.arange(len(s)) + np.repeat(first - (np.cumsum(count) - count), count)  # [M]
        filled = np.zeros(int(room.sum()), np.int64)
        filled[place] = np.arange(len(s))
        grid = kernel.grid_at(self._lattice, numbers.row.tobytes(), Beliefs(b[filled]))
        play = np.empty((1, rules.cells, rules.options, len(filled)))
        residual, responses, hard = (np.zeros((1, len(filled))) for _ in range(3))
        each = self._functions * self._lattice.worlds * self._lattice.size
        unwanted = np.empty((2 + len(filled) // self._lattice.size, each))  # values before the move
        programs.solve_move(
            numbers, grid, kernel.room(numbers, grid, self._functions), move.mover, move.precision, self._addresses,
            read(near[filled].transpose(1, 2, 0)[None]), kernel.ANYTHING, kernel.ANYTHING, True, rules.circular,
            rules.tastes, float(move.tolerance), float(kernel.NOT_SETTLED * move.tolerance),
            programs.Places(states, np.zeros_like(states), np.zeros(len(states), np.int32), first, first + count),
            play, unwanted, residual, responses, hard,
        )  # fmt: skip
        found, settled = play[0].transpose(2, 0, 1)[place], residual[0, place] <= move.tolerance
        doubtful = np.flatnonzero(hard[0, place])
        if len(doubtful):
            found[doubtful], settled[doubtful] = self._one_by_one(s[doubtful], b[doubtful], found[doubtful])
        return found, settled

    def _one_by_one(self, s: Ints, b: Floats, near: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        """The same, in any order: beside play ``near`` [M, C, A], or where the principal branch leads to."""
        found, settled = near.copy(), np.zeros(len(s), dtype=bool)
        states = len(np.asarray(self._move.tables.active))
        for state in np.unique(s).tolist():
            rows = np.flatnonzero(s == state)
            at, play = Beliefs(b[rows]), np.zeros((states, *near.shape[1:], len(rows)))
            play[state] = near[rows].transpose(1, 2, 0)
            where, missed = np.zeros((states, len(rows)), dtype=bool), np.full((states, len(rows)), np.inf)
            where[state] = True
            given = self._rules, self._lattice, self._move
            if self._stay:
                play, residual = stay_near(*given, play, play, missed, at, where)
            else:
                search = Found(missed, np.zeros(where.shape, np.int32), where)
                play, residual, *_ = follow_branch(*given, play, search, at)
            found[rows], settled[rows] = play[state].transpose(2, 0, 1), residual[state] <= self._move.tolerance
        return found, settled
