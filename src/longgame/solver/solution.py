"""The solution of a game: choice probabilities, values, and how far they can be trusted.

Axes: U [S, N, W, B] at the start of each period; sigma [S, C, A, B] at each move; diagnostics [T, K].
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from typing import Any

import numpy as np

from longgame.arrays import Array
from longgame.game.game import Game
from longgame.game.lattice import Lattice
from longgame.game.numbers import CHANCE, Numbers
from longgame.solver.anywhere import MoveAnywhere
from longgame.solver.batch import Batch
from longgame.solver.evaluate import evaluate_period, values_of_play
from longgame.solver.interpolation import interpolated, locate
from longgame.solver.rows import Rows

METHOD = (
    "agent logit quantal response equilibrium, Markov in period, step, state and public belief; backward induction; "
    "Anderson acceleration, principal branch by continuation in the precision"
)
CONVERGED = 1e-9  # the largest residual of a solution that counts as converged, unless another is asked for
Located = tuple[np.ndarray, np.ndarray]
BYTES_KEPT = 2**28  # of the values of periods that were worked out again, of one solution


class Status(Enum):
    """How the solution ended; the value is the sentence shown."""

    CONVERGED = "Every step of the game was solved to the tolerance."
    ALIKE = (
        "Every step of the game was solved to the tolerance. Honest talk leads to the principal branch as the cost of "
        "lying falls to what it is: the answers are from there."
    )
    JUMPED = (
        "Every step of the game was solved to the tolerance; at some of them play turns over at once as rationality "
        "grows, which is a sign of several equilibria. The principal branch was followed."
    )
    HONEST = (
        "Every step of the game was solved to the tolerance. The answers are from the equilibrium to which honest talk "
        "leads as the cost of lying falls to what it is, and not from the principal branch, on which words tell less."
    )
    UNRAVELLED = (
        "Every step of the game was solved to the tolerance. Honest talk unravels before the cost of lying has fallen "
        "to what it is, at least at some states and beliefs: there the answers are from the principal branch."
    )
    NEAR = (
        "Every step of the game was solved to the tolerance. The answers are from the equilibrium to which the play "
        "given by `near` leads, and not from the principal branch."
    )
    STRAYED = (
        "Every step of the game was solved to the tolerance. The play given by `near` leads to no equilibrium: the "
        "answers are from the principal branch."
    )
    UNCONVERGED = "Some steps of the game were not solved to the tolerance; answers that rest on them are marked."


class Searched:
    """What is found by searches at moves: how they ended, from the arrays of a ``Solution``."""

    game: Any
    tables: Any
    residual: np.ndarray
    jumps: np.ndarray
    unconverged: np.ndarray
    tolerance: float
    honest: np.ndarray | None = None
    unravelled: np.ndarray | None = None
    strayed: np.ndarray | bool = False

    @property
    def status(self) -> Status:
        """How the solution ended."""
        if self.unconverged.any() or not np.all(self.residual <= self.tolerance):
            return Status.UNCONVERGED
        if self.unravelled is not None and self.unravelled.any():
            return Status.UNRAVELLED
        if self.honest is not None and self.honest.any():
            return Status.HONEST
        if self.game.near:
            return Status.STRAYED if np.any(self.strayed) else Status.NEAR
        if self.jumps.any():
            return Status.JUMPED
        return Status.ALIKE if self.honest is not None and self.game.honest else Status.CONVERGED

    @cached_property
    def prior(self) -> np.ndarray:
        """[W] the public belief at the start."""
        return np.asarray(self.tables(0).prior)


@dataclass(frozen=True)
class Solution(Searched):
    """The equilibrium of one draw of a game, or of the draws of a batch: X = S states, or X = G S.

    batch        the draws that were solved together
    draw         which of them this is; None: all
    U            arrays [X, N, W, B]: values at the start of each period from ``since`` on, and at the horizon; none
                 where they were let go: they are found again from the play when they are asked for
    sigma        T lists of K arrays [X, C, A, B], over the mover's cells; None at chance steps. Where a step does not
                 take place its entry means nothing
    residual     [T, K] the largest change of a choice probability under the logit response; of a batch [G, T, K]
    iterations   [T, K] the most responses computed at any state and belief
    jumps        [T, K] how many states and beliefs have a principal branch that turns back on its way from uniform play
    unconverged  [T, K] how many states and beliefs were not solved to the tolerance
    since        the first period that was solved; there are no values and no play before it
    tolerance    the largest residual that counts as none
    honest       [T, K] at how many states and beliefs honest talk leads to other play than is on the principal branch;
                 unravelled: at how many it leads nowhere
    strayed      play that was given led to no equilibrium; of a batch [G]
    stay         equilibria near given play were taken, not those on the principal branch
    needed       [T, K + 1, X] bool: where values and play are right; None: everywhere
    kept         period -> the values [X, N, W, B] before each of its steps and at its end, where they were kept
    """

    batch: Batch
    draw: int | None
    lattice: Lattice
    U: list[Array]
    sigma: list[list[Array | None]]
    residual: np.ndarray
    iterations: np.ndarray
    jumps: np.ndarray
    unconverged: np.ndarray
    since: int = 0
    tolerance: float = CONVERGED
    seconds: float = 0.0
    honest: np.ndarray | None = None
    unravelled: np.ndarray | None = None
    strayed: np.ndarray | bool = False
    stay: bool = False
    needed: np.ndarray | None = field(default=None, repr=False)
    kept: Mapping[int, list[Rows]] = field(default_factory=dict, repr=False)
    _recent: OrderedDict[int, list[Rows]] = field(default_factory=OrderedDict, init=False, repr=False, compare=False)
    _moves: dict[int, dict[int, MoveAnywhere]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _lock: Any = field(default_factory=threading.Lock, init=False, repr=False, compare=False)

    @property
    def game(self) -> Game:
        """The game that was solved."""
        return self.batch.game

    def of_draw(self, draw: int) -> Solution:
        """The solution of one of the draws of a batch, as views."""
        states = self.batch.states(draw)
        return replace(
            self,
            draw=draw,
            U=[values[states] for values in self.U],
            sigma=[[None if play is None else play[states] for play in period] for period in self.sigma],
            residual=self.residual[draw],
            iterations=self.iterations[draw],
            jumps=self.jumps[draw],
            unconverged=self.unconverged[draw],
            honest=None if self.honest is None else self.honest[draw],
            unravelled=None if self.unravelled is None else self.unravelled[draw],
            strayed=bool(np.broadcast_to(self.strayed, len(self.batch))[draw]),
            needed=None if self.needed is None else self.needed[:, :, states],
            kept={t: [step.part(states) for step in values] for t, values in self.kept.items()},
        )

    @cached_property
    def theta(self) -> np.ndarray:
        """[P] the assumptions; [G, P] of a batch."""
        return self.batch.thetas if self.draw is None else self.batch.thetas[self.draw]

    @cached_property
    def tables(self) -> Numbers:
        """The numbers of a period, with the options that were left open."""
        return self.batch.numbers if self.draw is None else self.batch.draw(self.draw)

    def values(self, t: int, k: int) -> np.ndarray:
        """[S, N, W, B] values before step k of period t; k = K is the end of the period, before its flow."""
        return np.asarray(self.rows(t, k))

    def rows(self, t: int, k: int) -> Array | Rows:
        """The same values as they are kept: to look up few of them, nothing is copied."""
        if t < self.since:
            raise ValueError(f"period {t + 1} was not solved, only those from period {self.since + 1} on")
        if t == self.game.periods:
            return self._starts[-1]
        return self._period(t)[k]

    def _period(self, t: int) -> list[Rows]:
        if t in self.kept:
            return self.kept[t]
        with self._lock:
            if t not in self._recent:
                start, needed = self._starts[t + 1 - self.since], None if self.needed is None else self.needed[t]
                self._recent[t] = evaluate_period(self.game, self.tables(t), self.sigma[t], start, needed)
                while len(self._recent) > 1 and sum(map(_bytes, self._recent.values())) > BYTES_KEPT:
                    gone, _ = self._recent.popitem(last=False)
                    self._moves.pop(gone, None)
            self._recent.move_to_end(t)
            return self._recent[t]

    def value_at(self, t: int, k: int, state: int, belief: Array) -> np.ndarray:
        """[N, W] values before step k of period t, at a state and a belief [W]: linear between lattice points."""
        index, weight = self.lattice.locate(np.asarray(belief, dtype=float))
        return self.values(t, k)[state][..., index] @ weight

    def choice_at(self, t: int, k: int, state: int, belief: Array) -> np.ndarray:
        """[C, A] choice probabilities at a move, at a state and a belief [W]."""
        b = np.asarray(belief, dtype=float)[None]
        return self.choices(t, k, np.array([state]), b, *locate(self.lattice, b))[0]

    def odds(self, t: int, k: int, s: np.ndarray, b: np.ndarray, located: Located | None = None) -> np.ndarray:
        """[M, A, W] the probability of each option (or outcome) in each world, where the step takes place.

        s, b     [M] states and [M, W] beliefs
        located  of the beliefs, as ``interpolation.locate`` has it, where that is known
        """
        if self.game.steps[k].mover == CHANCE:
            return np.asarray(self.tables(t).steps[k].chance)[s]
        by_cell = self.choices(t, k, s, b, *(located or locate(self.lattice, b)))
        return by_cell.swapaxes(1, 2)[:, :, self.game.rows(k)]

    def choices(
        self, t: int, k: int, s: np.ndarray, b: np.ndarray, index: np.ndarray, weight: np.ndarray
    ) -> np.ndarray:
        """[M, C, A] choice probabilities at a move; beliefs [M, W] with the points round them, and their weights."""
        sigma = self.sigma[t][k]
        if sigma is None:
            raise ValueError(f"nobody chooses at {self.game.steps[k].name}: it is a chance step")
        near = interpolated(np.asarray(sigma), s, index, weight)
        if self.game.steps[k].sides or (weight.max(axis=1) == 1.0).all():
            return near
        return self._move(t, k).choices(s, b, index, weight, near)

    def _move(self, t: int, k: int) -> MoveAnywhere:
        values = self._period(t)
        moves = self._moves.setdefault(t, {})
        if k not in moves:
            stay = self.stay or self.game.forever or bool(self.game.steps[k].lies)
            moves[k] = MoveAnywhere(self.game, self.lattice, self.tables(t), k, values, self.tolerance, stay)
        return moves[k]

    @cached_property
    def _starts(self) -> list[Array]:
        return self.U or values_of_play(self.game, self.tables, self.sigma, self.since)


def _bytes(period: list[Rows]) -> int:
    """What the values of a period take: they share a store."""
    return sum({id(values.store): values.store.rows.nbytes for values in period}.values())
