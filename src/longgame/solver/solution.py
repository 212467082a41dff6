"""The solution of a game: choice probabilities, values, and how far they can be trusted.

Axes: U [S, N, W, B] at the start of each period; sigma [S, C, A, B] at each move; diagnostics [T, K].
"""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from importlib import metadata
from typing import Any

import numpy as np

from longgame.arrays import Array
from longgame.game.game import CHANCE, Game, GameTables
from longgame.game.lattice import Lattice
from longgame.solver.evaluate import evaluate_period
from longgame.solver.rows import Rows

METHOD = (
    "agent logit quantal response equilibrium, Markov in period, step, state and public belief; backward induction; "
    "Anderson acceleration, principal branch by continuation in the precision"
)
CONVERGED = 1e-9  # the largest residual of a solution that counts as converged, unless another is asked for
BYTES_KEPT = 2**28  # of the values of periods that were worked out again, of one solution


class Status(Enum):
    """How the solution ended; the value is the sentence shown."""

    CONVERGED = "Every step of the game was solved to the tolerance."
    JUMPED = (
        "Every step of the game was solved to the tolerance; at some of them play turns over at once as rationality "
        "grows, which is a sign of several equilibria. The principal branch was followed."
    )
    UNCONVERGED = "Some steps of the game were not solved to the tolerance; answers that rest on them are marked."


@dataclass(frozen=True)
class Solution:
    """The equilibrium of one game for one draw of the assumptions.

    U            arrays [S, N, W, B]: values at the start of each period from ``since`` on, and at the horizon
    sigma        T lists of K arrays [S, C, A, B], over the mover's cells; None at chance steps. Where a step does not
                 take place its entry means nothing
    residual     [T, K] the largest change of a choice probability under the logit response
    iterations   [T, K] the most responses computed at any state and belief
    jumps        [T, K] how many states and beliefs have a principal branch that turns back on its way from uniform play
    unconverged  [T, K] how many states and beliefs were not solved to the tolerance
    since        the first period that was solved; there are no values and no play before it
    tolerance    the largest residual that counts as none
    needed       [T, K + 1, S] bool: where values and play are right; None: everywhere
    kept         period -> the values [S, N, W, B] before each of its steps and at its end, where they were kept
    """

    game: Game
    theta: np.ndarray
    lattice: Lattice
    tables_at: Callable[[int], GameTables]
    U: list[Array]
    sigma: list[list[Array | None]]
    residual: np.ndarray
    iterations: np.ndarray
    jumps: np.ndarray
    unconverged: np.ndarray
    since: int = 0
    tolerance: float = CONVERGED
    seconds: float = 0.0
    needed: np.ndarray | None = field(default=None, repr=False)
    kept: Mapping[int, list[Array | Rows]] = field(default_factory=dict, repr=False)
    _recent: OrderedDict[int, list[Array | Rows]] = field(
        default_factory=OrderedDict, init=False, repr=False, compare=False
    )
    _lock: Any = field(default_factory=threading.Lock, init=False, repr=False, compare=False)

    def tables(self, t: int) -> GameTables:
        """The numbers of period t for this draw, with the options that were left open."""
        return self.tables_at(t)

    @property
    def status(self) -> Status:
        """How the solution ended."""
        if self.unconverged.any() or not np.all(self.residual <= self.tolerance):
            return Status.UNCONVERGED
        return Status.JUMPED if self.jumps.any() else Status.CONVERGED

    def values(self, t: int, k: int) -> np.ndarray:
        """[S, N, W, B] values before step k of period t; k = K is the end of the period, before its flow."""
        return np.asarray(self.rows(t, k))

    def rows(self, t: int, k: int) -> Array | Rows:
        """The same values as they are kept: to look up few of them, nothing is copied."""
        if t < self.since:
            raise ValueError(f"period {t + 1} was not solved, only those from period {self.since + 1} on")
        if t == self.game.periods:
            return self.U[-1]
        return self._period(t)[k]

    def _period(self, t: int) -> list[Array | Rows]:
        if t in self.kept:
            return self.kept[t]
        with self._lock:
            if t not in self._recent:
                start, needed = self.U[t + 1 - self.since], None if self.needed is None else self.needed[t]
                self._recent[t] = evaluate_period(self.game, self.tables(t), self.sigma[t], start, needed)
                while len(self._recent) > 1 and sum(map(_bytes, self._recent.values())) > BYTES_KEPT:
                    self._recent.popitem(last=False)
            self._recent.move_to_end(t)
            return self._recent[t]

    def value_at(self, t: int, k: int, state: int, belief: Array) -> np.ndarray:
        """[N, W] values before step k of period t, at a state and a belief [W]: linear between lattice points."""
        return self._between(self.values(t, k)[state], belief)

    def choice_at(self, t: int, k: int, state: int, belief: Array) -> np.ndarray:
        """[C, A] choice probabilities at a move, at a state and a belief [W]: linear between lattice points."""
        sigma = self.sigma[t][k]
        if sigma is None:
            raise ValueError(f"nobody chooses at {self.game.steps[k].name}: it is a chance step")
        return self._between(sigma[state], belief)

    def _between(self, rows: Array, belief: Array) -> np.ndarray:
        index, weight = self.lattice.locate(np.asarray(belief, dtype=float))
        return np.asarray(rows)[..., index] @ weight

    @cached_property
    def prior(self) -> np.ndarray:
        """[W] the public belief at the start."""
        return np.asarray(self.tables(0).prior)

    def diagnostics(self) -> dict[str, Any]:
        """What the solver reports of itself, in plain numbers and words."""
        residual = float(self.residual.max(initial=0.0))
        return {
            "method": METHOD,
            "lattice": self.lattice.resolution,
            "points": self.lattice.size,
            "tolerance": self.tolerance,
            "residual": residual if np.isfinite(residual) else None,
            "iterations": int(self.iterations.max(initial=0)),
            "jumps": int(self.jumps.sum()),
            "unconverged": int(self.unconverged.sum()),
            "status": self.status.value,
            "steps": [self._step_diagnostics(k) for k, step in enumerate(self.game.steps) if step.mover != CHANCE],
        }

    def _step_diagnostics(self, k: int) -> dict[str, Any]:
        residual = float(self.residual[:, k].max(initial=0.0))
        return {
            "step": self.game.steps[k].name,
            "residual": residual if np.isfinite(residual) else None,
            "iterations": int(self.iterations[:, k].max(initial=0)),
            "jumps": int(self.jumps[:, k].sum()),
            "unconverged": int(self.unconverged[:, k].sum()),
        }

    @property
    def versions(self) -> Mapping[str, str]:
        """The software that found it."""
        return {"python": ".".join(map(str, sys.version_info[:3]))} | {
            name: metadata.version(name) for name in ("numpy", "jax")
        }


def _bytes(period: list[Array | Rows]) -> int:
    """What the values of a period take; rows share a store, and steps that nobody takes share an array."""
    held = {id(held): held for held in (x.store.rows if isinstance(x, Rows) else x for x in period)}
    return sum(array.nbytes for array in held.values())
