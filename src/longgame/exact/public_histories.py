"""The histories method for a game of ours: its equilibrium at every public history, with exact beliefs and no lattice.

The game is written out (``game/unroll``), all information sets are solved together (``histories``), and what was found
is put back in the terms of the game: by period, step, public history and what the mover privately knows.

Letters as in ``game``: N actors, W worlds, C cells of the mover, A options; G public histories before a move.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from longgame.arrays import Array
from longgame.exact.histories import ExtensiveSolution, solve_extensive
from longgame.exact.honest import first_cost, from_honest_talk, priced
from longgame.exact.public import Unrolled, cell_name
from longgame.exact.unroll import MOST_NODES, unroll
from longgame.game.game import Game, Step
from longgame.game.numbers import Numbers
from longgame.solver.batch import tables_of
from longgame.solver.curve.continuation import BranchStatus

METHOD = (
    "agent logit quantal response equilibrium over all public histories, with exact beliefs; all information sets at "
    "once, along the principal branch by continuation in arc length with Newton's method"
)


@dataclass(frozen=True, eq=False)
class HistoryMove:
    """One move of one period, at all public histories at which its mover has more than one option.

    period, step  indices, from 0
    history       [G] numbers of the public histories (``Unrolled.histories``)
    state         [G] the public state
    log_reach     [G] logarithm of the probability that play comes there; reach [G] is the probability
    belief        [G, W] the public belief: a probability over worlds, given all that everybody saw
    choice        [G, C, A] choice probabilities, by what the mover may know; NaN for options that are not open and for
                  cells that cannot be
    value         [G, N, W] what each actor can expect from here on in each world, in payoffs of this period; NaN in
                  worlds that cannot be
    probability   [G, C] of the history and the mover's cell together
    """

    period: int
    step: int
    mover: int
    history: np.ndarray
    state: np.ndarray
    log_reach: np.ndarray
    belief: np.ndarray
    choice: np.ndarray
    value: np.ndarray
    probability: np.ndarray

    @cached_property
    def reach(self) -> np.ndarray:
        """[G] probability that play comes to each history."""
        return np.exp(self.log_reach)

    @cached_property
    def worth(self) -> np.ndarray:
        """[G, N] what each actor can expect from here on, by what the public knows."""
        return np.einsum("gw,gnw->gn", self.belief, np.nan_to_num(self.value))


@dataclass(frozen=True)
class Cell:
    """What the mover does, knowing what it knows.

    knows        its private knowledge: ``aim=reset``; empty if it knows no more than everybody
    probability  that it knows this, given the public history
    choice       the probability of each option that is open
    worth        what the mover can expect from here on, in payoffs of this period
    """

    knows: str
    probability: float
    choice: dict[str, float]
    worth: float


@dataclass(frozen=True)
class HistoryRow:
    """A move at a public history.

    period   counted from 1; step: the name of the move; by: who moves
    history  what everybody has seen so far: ``1: aid_decision cut; 2: aid_decision keep``, or ``the start``
    state    each state variable and its value
    reach    the probability that play comes here
    belief   what the public believes: the probability of each world
    cells    the choice, for everything that the mover may know
    worth    what each actor can expect from here on, by what the public knows, in payoffs of this period
    """

    period: int
    step: str
    by: str
    history: str
    state: dict[str, str]
    reach: float
    belief: dict[str, float]
    cells: list[Cell]
    worth: dict[str, float]


@dataclass(frozen=True, eq=False)
class HistoriesSolution:
    """The equilibrium of a game at all its public histories.

    game       the game that was solved; theta [P] the assumptions
    written    the game as an extensive game
    extensive  the equilibrium of that: choice by information set, values and beliefs by node
    moves      every move of every period, as arrays; moves at which there is nothing to choose are left out
    """

    game: Game
    theta: np.ndarray
    written: Unrolled
    extensive: ExtensiveSolution
    moves: tuple[HistoryMove, ...]

    @property
    def residual(self) -> float:
        """The largest change of a choice probability under the logit response to all others."""
        return self.extensive.residual

    @property
    def status(self) -> BranchStatus:
        """How the equilibrium was found; its value is a sentence."""
        return self.extensive.status

    @property
    def converged(self) -> bool:
        """Whether the residual is below 1e-10."""
        return self.extensive.converged

    @property
    def histories(self) -> int:
        """At how many public histories somebody chooses."""
        return sum(len(move.history) for move in self.moves)

    @property
    def worth(self) -> dict[str, float]:
        """What each actor can expect from the game at its start, before anybody learns anything."""
        return dict(zip(self.game.actors, self.extensive.value[0].tolist(), strict=True))

    def rows(self, least: float = 0.0) -> Iterator[HistoryRow]:
        """The equilibrium in words, a row for each move at each public history: by period, then step, then history.

        ``least`` leaves out the histories that play reaches with a smaller probability.
        """
        for move in self.moves:
            for g in np.flatnonzero(move.reach >= least).tolist():
                yield self._row(move, g)

    def at(self, step: str, history: str = "the start", by: str | None = None) -> HistoryRow:
        """The row of a move at a public history, by name as in the rows; of several at the same time, of one actor.

        Raises:
            KeyError: no such move comes there, or there is nothing to choose.
        """
        for move in self.moves:
            if self.game.steps[move.step].name == step and by in (None, self.game.actors[move.mover]):
                for g, number in enumerate(move.history.tolist()):
                    if self.written.histories.label(number) == history:
                        return self._row(move, g)
        raise KeyError(f"{step} after {history}")

    @cached_property
    def _knows(self) -> list[list[str]]:
        """By actor and cell: what the actor knows there, in words."""
        return [[cell_name(self.game, i, c) for c in range(cells.max() + 1)] for i, cells in enumerate(self.game.cells)]

    def _row(self, move: HistoryMove, g: int) -> HistoryRow:
        step, states = self.game.steps[move.step], self.game.states
        codes = states.codes[int(move.state[g])].tolist()
        return HistoryRow(
            period=move.period + 1,
            step=step.name,
            by=self.game.actors[move.mover],
            history=self.written.histories.label(int(move.history[g])),
            state={v.name: v.show(int(code)) for v, code in zip(states.variables, codes, strict=True)},
            reach=float(move.reach[g]),
            belief=dict(zip(self.game.worlds, move.belief[g].tolist(), strict=True)),
            cells=[self._cell(move, g, c) for c in np.flatnonzero(~np.isnan(move.choice[g]).all(axis=1)).tolist()],
            worth=dict(zip(self.game.actors, move.worth[g].tolist(), strict=True)),
        )

    def _cell(self, move: HistoryMove, g: int, cell: int) -> Cell:
        step = self.game.steps[move.step]
        chosen = move.choice[g, cell]
        mine = (self.game.cells[move.mover] == cell) & ~np.isnan(move.value[g, move.mover])
        belief, value = move.belief[g, mine], move.value[g, move.mover, mine]
        known = belief.sum()
        return Cell(
            knows=self._knows[move.mover][cell],
            probability=float(known),
            choice={o: float(p) for o, p in zip(own_options(step, move.mover), chosen, strict=True) if not np.isnan(p)},
            worth=float(belief @ value / known) if known > 0 else float(value.mean()),
        )


def solve_histories(
    game: Game,
    theta: Array | None = None,
    *,
    tables: Numbers | None = None,
    periods: int | None = None,
    most: int = MOST_NODES,
) -> HistoriesSolution:
    """The equilibrium of a game over its public histories: exact beliefs, no lattice, all choices solved together.

    The logit equilibrium of all information sets (agent quantal response equilibrium: McKelvey and Palfrey 1998), on
    the principal branch from lambda = 0 to the precision of the game (Turocy 2005, 2010).

    Args:
        game: a compiled game.
        theta: [P] the assumptions; the base case if None.
        tables: numbers to use instead of the game's own, by period.
        periods: how many periods to play, after which the end values are paid; all if None.
        most: how many nodes the game may have when it is written out.

    Raises:
        TooLargeError: more nodes than ``most``; says how many, and how many periods would fit.
    """
    theta = np.asarray(game.base if theta is None else theta, dtype=float)
    tables = tables or tables_of(game, theta)
    if periods is not None:
        game = replace(game, periods=periods)
    written = unroll(game, tables, most=most)
    tastes = game.noise == "tastes"
    found = solve_extensive(written.game, written.precision, tastes=tastes, recall=False)
    if game.honest:
        dearer = unroll(game, priced(game, tables, 1.0), most=most)
        found = from_honest_talk(written, dearer, first_cost(game, tables), found, tastes)
    return HistoriesSolution(game, theta, written, found, tuple(_moves(written, found, tables)))


def with_play(solution: HistoriesSolution, extensive: ExtensiveSolution, numbers: Numbers) -> HistoriesSolution:
    """The same game with another equilibrium of its information sets."""
    return replace(solution, extensive=extensive, moves=tuple(_moves(solution.written, extensive, numbers)))


def _moves(written: Unrolled, found: ExtensiveSolution, numbers: Numbers) -> Iterator[HistoryMove]:
    """Every move of every period, with what was found there."""
    tree, source = written.game, written.source
    W, K = len(source.worlds), len(source.steps)
    decisions = np.flatnonzero(tree.mover >= 0)
    sets = tree.infoset[decisions]
    ahead = (found.value - tree.pay)[decisions] / written.scale[sets]  # from here on, in money of this period
    log_reach = found.log_reach[decisions]
    N = len(source.actors)
    where = (written.period[sets] * K + written.step[sets]) * N + tree.owner[sets]
    by_move = np.argsort(where, kind="stable")
    places, starts = np.unique(where[by_move], return_index=True)
    for place, here in zip(places.tolist(), np.split(by_move, starts[1:]), strict=False):  # with no place, one is empty
        (t, k), mover = divmod(int(place) // N, K), int(place) % N
        histories, g = np.unique(written.history[sets[here]], return_inverse=True)
        at = g * W + written.world[decisions[here]]  # nodes that differ in what was done in secret only go together
        log_total, belief, share = _beliefs(log_reach[here], at, len(histories), W)
        count = np.bincount(at, weights=share, minlength=belief.size)
        with np.errstate(invalid="ignore"):
            sums = [np.bincount(at, weights=share * column, minlength=belief.size) / count for column in ahead[here].T]
        state = written.histories.state[histories]
        cells, names = source.cells[mover], own_options(source.steps[k], mover)
        choice = np.full((len(histories), cells.max() + 1, len(names)), np.nan)
        allowed = own_allowed(source.steps[k], mover, np.asarray(numbers(t).steps[k].allowed)[state])
        members, first = np.unique(sets[here], return_index=True)
        for h, row in zip(members.tolist(), g[first].tolist(), strict=True):
            choice[row, written.cell[h], allowed[row]] = found.choice(h)
        by_cell = np.stack([belief[:, cells == c].sum(axis=1) for c in range(cells.max() + 1)], axis=1)
        value = np.stack(sums, axis=1).reshape(len(histories), W, -1).transpose(0, 2, 1)
        yield HistoryMove(
            t, k, mover, histories, state, log_total, belief, choice, value, by_cell * np.exp(log_total)[:, None]
        )


def own_options(step: Step, mover: int) -> tuple[str, ...]:
    """The options of a mover; of several who choose at the same time, its own."""
    return next((side.options for side in step.sides if side.mover == mover), step.options)


def own_allowed(step: Step, mover: int, allowed: np.ndarray) -> np.ndarray:
    """[G, own options] which of these are open, from the same of the step's options or profiles [G, A]."""
    for side in step.sides:
        if side.mover == mover:
            return allowed @ np.equal.outer(np.array(side.taken), np.arange(len(side.options)))
    return allowed


def _beliefs(
    log_reach: np.ndarray, at: np.ndarray, histories: int, worlds: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The log reach [G] of histories, and the belief [G, W] there, from the log reach of nodes at ``at`` = g W + w;
    and the weight of each node among those of its history and world.

    In logarithms, as a history that play comes to once in e^1000 times has beliefs as well.
    """
    largest = np.full(histories, -np.inf)
    np.maximum.at(largest, at // worlds, log_reach)
    relative = np.exp(log_reach - largest[at // worlds])
    joint = np.bincount(at, weights=relative, minlength=histories * worlds).reshape(histories, worlds)
    total = joint.sum(axis=1)
    of_world = np.full(histories * worlds, -np.inf)
    np.maximum.at(of_world, at, log_reach)
    return largest + np.log(total), joint / total[:, None], np.exp(log_reach - of_world[at])


def describe_histories(solution: HistoriesSolution, least: float = 0.0) -> dict[str, Any]:
    """A solution as plain data: what ``solve --json`` prints. ``least`` is as in ``HistoriesSolution.rows``."""
    rows = [_plain(row) for row in solution.rows(least)]
    return {
        "method": METHOD,
        "periods": solution.game.periods,
        "nodes": solution.written.game.nodes,
        "histories": solution.histories,
        "residual": solution.residual,
        "status": solution.status.value,
        "converged": solution.converged,
        "worth": solution.worth,
        "left_out": solution.histories - len(rows),
        "rows": rows,
    }


def _plain(row: HistoryRow) -> dict[str, Any]:
    return {**vars(row), "cells": [dict(vars(cell)) for cell in row.cells]}
