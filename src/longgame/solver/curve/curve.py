"""The curve of logit equilibria of a game, and Newton's method for its points.

With y the log-odds, s the share of the precision in force and R the response of everybody to everybody (``Responses``:
of a game tree in ``exact/tree``, of a stationary game in ``solver/stationary``), the curve is

    F(y, s) = y - R(y, s) = 0.

Newton works on the log-odds w [n] that play responds to, each against its set's last action. In a tree these are the
choices that tell nodes of one information set apart: only they can move a belief, and the tree responds to beliefs in
one pass. The linear systems are solved by GMRES, with derivatives of the response along directions; by an assembled
Jacobian where there are few unknowns, where GMRES stalls, or where more digits are wanted than it can give.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from longgame.solver.curve.bordered import EXACT, LITTLE, Bordered, Sparsity

TOLERANCE = 1e-12  # of the log-odds, relative to their size, at an answer
_INEXACT = 1e-3  # how far GMRES reduces the residual of a Newton step
_NEWTON_STEPS = 10
NEAR = 1e-3  # of the log-odds, at which steps of Newton's method need no halving
_HALVED_STEPS, _SHORTEST = 60, 1e-4  # steps that may be halved; the smallest share of one


@dataclass(frozen=True, eq=False)
class BranchPoint:
    """A point of the curve: the share s of the precision in force, and the log-odds [D]."""

    share: float
    log_odds: np.ndarray


class Responses(Protocol):
    """How play responds to play: what a curve needs of a game. D log-odds, those of each set side by side; some may
    be other numbers that play responds to, if they are of such a size.

    A response (``Any`` here) has an array ``response`` [D], and is what its derivative starts from.
    """

    @property
    def slots(self) -> int:
        """D."""
        ...

    @property
    def heat(self) -> float:
        """How sharp choice can become: the largest precision times what its owner can win or lose."""
        ...

    @property
    def ordered(self) -> bool:
        """Sets respond one after the other, so that one response is exact where no log-odds are unknown."""
        ...

    @property
    def cells(self) -> int:
        """The numbers that one derivative goes through."""
        ...

    def unknowns(self) -> tuple[np.ndarray, np.ndarray]:
        """[n] the slots of the log-odds that matter, and [n] the last slot of the same set."""
        ...

    @property
    def uniform(self) -> np.ndarray:
        """[D] where to look at share 0, where everybody plays at random."""
        ...

    def distance(self, a: np.ndarray, b: np.ndarray, share: float = 1.0) -> float:
        """The largest difference in choice probability between log-odds, at a share of the precision."""
        ...

    def sharpened(self, log_odds: np.ndarray, share: float) -> np.ndarray:
        """[D] where to look at the full precision, from an equilibrium at a share of it."""
        ...

    @property
    def pattern(self) -> np.ndarray | None:
        """[D, D] bool: which log-odds can move which responses; None where nobody has looked."""
        ...

    def centre(self, by_slot: np.ndarray) -> np.ndarray:
        """Less the mean over each set's actions."""
        ...

    def respond(self, log_odds: np.ndarray, share: float, *, fixed: bool = False) -> Any:
        """The response to log-odds; with ``fixed`` no set takes the new responses of others for given."""
        ...

    def tangent(
        self, at: Any, odds: np.ndarray, share: np.ndarray, source: np.ndarray | None = None
    ) -> np.ndarray:
        """How the response changes when y changes by ``odds`` [D, k] and s by ``share`` [k], with a source: [D, k]."""
        ...


class Curve:
    """The logit equilibria of a game at all shares of its precision.

    ``passes`` counts responses and derivatives; ``work`` the numbers that the derivatives went through.
    """

    def __init__(self, tree: Responses):
        self.tree = tree
        self.heat = tree.heat
        self.passes = 0
        self.work = 0

    def respond(self, log_odds: np.ndarray, share: float) -> Any:
        """The response of all information sets to all."""
        self.passes += 1
        return self.tree.respond(log_odds, share)

    def distance(self, a: np.ndarray, b: np.ndarray, share: float = 1.0) -> float:
        """The largest difference in choice probability between log-odds, at a share of the precision."""
        return self.tree.distance(a, b, share)

    # --- unknowns ----------------------------------------------------------------------------------------------------

    @cached_property
    def unknowns(self) -> tuple[np.ndarray, np.ndarray]:
        """[n] the slots of the log-odds that matter, and [n] the last slot of the same information set."""
        return self.tree.unknowns()

    @property
    def size(self) -> int:
        """n: how many log-odds matter."""
        return len(self.unknowns[0])

    @property
    def cells(self) -> int:
        """The numbers that one derivative goes through."""
        return self.tree.cells

    def odds(self, w: np.ndarray, base: np.ndarray) -> np.ndarray:
        """[D] ``base`` with the log-odds that matter replaced by w [n]."""
        free, last = self.unknowns
        odds = base.copy()
        odds[free] = base[last] + w
        return odds

    def w(self, odds: np.ndarray) -> np.ndarray:
        """[n] the log-odds that matter, of log-odds [D]."""
        free, last = self.unknowns
        return odds[free] - odds[last]

    def derivative(self, at: Any, dw: np.ndarray, dq: np.ndarray) -> np.ndarray:
        """[n, k] the change of F for changes dw [n, k] of w and dq [k] of q."""
        free, last = self.unknowns
        odds = np.zeros((self.tree.slots, dw.shape[1]))
        odds[free] = dw
        self.passes += 1
        self.work += self.cells * dw.shape[1]
        change = self.tree.tangent(at, odds, dq / self.heat)
        return dw - (change[free] - change[last])

    def bordered(self, at: Any, row: np.ndarray, near: Bordered | None = None) -> Bordered:
        """The linear system at a pass, with this last row [n + 1]; ``near`` is one of a point near by."""
        near = None if self.sparsity is not None else near  # the matrix is no more work than a few of its products
        return Bordered(lambda dw, dq: self.derivative(at, dw, dq), row, self.cells, near, self.sparsity)

    @cached_property
    def sparsity(self) -> Sparsity | None:
        """The zeros of dF/dw; None where there are too few, or no more is known of them."""
        pattern = self.tree.pattern if self.size and self.size * self.cells <= LITTLE else None
        if pattern is None:
            return None
        free, last = self.unknowns
        return Sparsity.of((pattern[free] | pattern[last])[:, free] | np.eye(self.size, dtype=bool))

    # --- points ------------------------------------------------------------------------------------------------------

    def correct(
        self,
        odds: np.ndarray,
        share: float,
        tolerance: float,
        normal: np.ndarray | None = None,
        near: Bordered | None = None,
    ) -> BranchPoint | None:
        """Newton's method from a guess, in the plane with this normal [n + 1] of (w, q); without one, at the guess's s.

        ``near`` is the linear system of a point near by.

        All log-odds are unknowns here, and each set responds to the others as they are given (multiple shooting). In
        one pass from the ends of the tree to its start a set would respond to the new responses of all that come later,
        and every round of a long game would multiply the error of the last, and its rounding: a million times in the
        six rounds of the chain store. The linear system is the same (``step``).
        """
        if normal is None:
            normal = np.append(np.zeros(self.size), 1.0)
        near = near.with_row(normal) if near is not None and near.dense else None
        y, previous = self.tree.centre(odds), np.inf
        for _ in range(_NEWTON_STEPS):
            at, amiss = self.assess(y, share)
            scale = max(1.0, float(np.abs(y).max(initial=0.0)))
            size = float(np.abs(amiss).max(initial=0.0)) / scale
            if size <= tolerance:
                return BranchPoint(share, y)
            if not size < 2 * previous:
                return None
            if size > 0.5 * previous and size < 1e3 * TOLERANCE:  # as good as rounding lets it be
                return BranchPoint(share, y)
            previous = min(size, previous)
            found = self.step(at, amiss, self.bordered(at, normal, near), _INEXACT)
            if found is None:
                return None
            y, share = y + found[0], share + found[1] / self.heat
            if share < 0:
                return None
        return None

    def step(
        self, at: Any, amiss: np.ndarray, system: Bordered, accuracy: float
    ) -> tuple[np.ndarray, float] | None:
        """Newton's step: the change of all log-odds [D] and of q; None where the system at ``at`` cannot be solved.

        What is ``amiss`` [D] at each set, its response less its log-odds, is the source of a pass of derivatives, which
        leaves only the log-odds that matter to be solved for. By so much as that pass makes it grow, the system has to
        be solved more accurately.
        """
        source, still = amiss[:, None], np.zeros((self.tree.slots, 1))
        direct = self.tree.tangent(at, still, np.zeros(1), source)[:, 0]
        rhs = np.append(self.w(direct), 0.0)
        grown = float(np.linalg.norm(rhs)) / max(float(np.linalg.norm(amiss)), np.finfo(float).tiny)
        move = system.solve(rhs, accuracy / max(1.0, grown))
        if move is None:
            return None
        self.passes += 2
        change = self.tree.tangent(at, self.odds(move[:-1], still[:, 0])[:, None], move[-1:] / self.heat, source)
        return change[:, 0], float(move[-1])

    def search(self, odds: np.ndarray) -> BranchPoint | None:
        """Newton's method at s = 1 from afar: its steps are halved until the error falls (Nocedal and Wright 2006)."""
        normal = np.append(np.zeros(self.size), 1.0)
        at, amiss = self.assess(odds, 1.0)
        size = float(np.linalg.norm(amiss))
        for _ in range(_HALVED_STEPS):
            if size <= NEAR:
                return self.correct(odds, 1.0, TOLERANCE)
            step, share = self.step(at, amiss, self.bordered(at, normal), NEAR), 1.0
            while step is not None and share >= _SHORTEST:
                there = self.assess(odds + share * step[0], 1.0)
                new = float(np.linalg.norm(there[1]))
                if new < (1 - 0.1 * share) * size:
                    odds, (at, amiss), size = odds + share * step[0], there, new
                    break
                share /= 2
            else:
                return None
        return None

    def polish(self, odds: np.ndarray) -> np.ndarray:
        """[D] Newton's method at s = 1 for as long as it brings the log-odds nearer to the response to them."""
        normal = np.append(np.zeros(self.size), 1.0)
        best = self.tree.centre(odds)
        at, amiss = self.assess(best, 1.0)
        for _ in range(_NEWTON_STEPS):
            size = float(np.abs(amiss).max(initial=0.0))
            if size <= TOLERANCE:
                break
            found = self.step(at, amiss, self.bordered(at, normal), EXACT)
            if found is None:
                break
            odds = best + found[0]
            at, amiss = self.assess(odds, 1.0)
            if not np.abs(amiss).max(initial=0.0) < size:
                break
            best = odds
        return best

    def assess(self, odds: np.ndarray, share: float) -> tuple[Any, np.ndarray]:
        """The response to log-odds [D] as they are given, and how much each is amiss: the response less itself [D]."""
        self.passes += 1
        at = self.tree.respond(odds, share, fixed=True)
        return at, at.response - odds
