"""The curve of logit equilibria of a game tree, and Newton's method for its points.

With y the log-odds, s the share of the precision in force and R the response of the tree (``tree``), the curve is

    F(y, s) = y - R(y, s) = 0.

Only choices that tell nodes of one information set apart can move a belief, and only beliefs are iterated on (the tree
responds to them in one pass). So Newton works on the log-odds w [n] of these, each against its set's last action. The
linear systems are solved by GMRES, with derivatives of the response along directions; by an assembled Jacobian where
there are few unknowns or GMRES stalls.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import lu_factor, lu_solve
from scipy.sparse.linalg import LinearOperator, gmres

from longgame.solution.tree import Pass, Tree

TOLERANCE = 1e-12  # of the log-odds, relative to their size, at an answer
_SMALL = 60  # unknowns up to which a Jacobian is assembled at once
_KRYLOV = 100  # directions that GMRES may hold
_INEXACT = 1e-3  # how far GMRES reduces the residual of a Newton step
_EXACT = 1e-6  # the same for tangents of the curve and for the last polish
_DENSE_WORK = 10_000_000  # nodes x unknowns up to which a Jacobian is assembled when GMRES stalls
_DENSE_LIMIT = 4_000  # unknowns beyond which it never is
_TANGENT_CELLS = 4_000_000  # numbers that one batch of tangents may hold
_NEWTON_STEPS = 10


@dataclass(frozen=True, eq=False)
class BranchPoint:
    """A point of the curve: the share s of the precision in force, and the log-odds [D]."""

    share: float
    log_odds: np.ndarray


class Curve:
    """The logit equilibria of a tree at all shares of its precision. ``passes`` counts responses and derivatives."""

    def __init__(self, tree: Tree):
        self.tree = tree
        self.heat = tree.heat
        self.passes = 0

    def respond(self, log_odds: np.ndarray, share: float) -> Pass:
        """The response of all information sets to all."""
        self.passes += 1
        return self.tree.respond(log_odds, share)

    def residual(self, log_odds: np.ndarray) -> float:
        """How far the choice probabilities are from the logit response to themselves, at s = 1."""
        self.passes += 1
        at = self.tree.respond(log_odds, 1.0, fixed=True)
        return float(np.abs(self.tree.softmax(at.response)[0] - at.sigma).max(initial=0.0))

    def distance(self, a: np.ndarray, b: np.ndarray) -> float:
        """The largest difference in choice probability between log-odds."""
        return float(np.abs(self.tree.softmax(a)[0] - self.tree.softmax(b)[0]).max())

    # --- unknowns ----------------------------------------------------------------------------------------------------

    @cached_property
    def unknowns(self) -> tuple[np.ndarray, np.ndarray]:
        """[n] the slots of the log-odds that matter, and [n] the last slot of the same information set."""
        return self.tree.unknowns()

    @property
    def size(self) -> int:
        """n: how many log-odds matter."""
        return len(self.unknowns[0])

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

    def derivative(self, at: Pass, dw: np.ndarray, ds: np.ndarray) -> np.ndarray:
        """[n, k] the change of F for changes dw [n, k] of w and ds [k] of s."""
        free, last = self.unknowns
        odds = np.zeros((self.tree.slots, dw.shape[1]))
        odds[free] = dw
        self.passes += 1
        change = self.tree.tangent(at, odds, ds)
        return dw - (change[free] - change[last])

    # --- linear systems ----------------------------------------------------------------------------------------------

    def jacobian(self, at: Pass) -> np.ndarray:
        """[n, n] dF / dw, assembled from batches of derivatives."""
        n = self.size
        batch = max(1, _TANGENT_CELLS // (len(self.tree.parent) * self.tree.pay.shape[1]))
        columns = []
        for lo in range(0, n, batch):
            unit = np.zeros((n, min(batch, n - lo)))
            unit[np.arange(lo, lo + unit.shape[1]), np.arange(unit.shape[1])] = 1.0
            columns.append(self.derivative(at, unit, np.zeros(unit.shape[1])))
        return np.concatenate(columns, axis=1)

    def solve(self, at: Pass, row: np.ndarray, rhs: np.ndarray, accuracy: float) -> np.ndarray | None:
        """[n + 1] (dw, ds) with [dF/dw dF/ds; row] (dw, ds) = rhs; None where the system cannot be solved."""
        n = self.size
        column = self.derivative(at, np.zeros((n, 1)), np.ones(1))[:, 0] if rhs[n] or np.any(row[:n]) else np.zeros(n)

        def apply(v: np.ndarray) -> np.ndarray:
            dw = self.derivative(at, v[:n, None], np.zeros(1))[:, 0] + column * v[n]
            return np.append(dw, row @ v)

        if n > _SMALL:
            operator = LinearOperator((n + 1, n + 1), matvec=apply, dtype=np.float64)
            move, info = gmres(operator, rhs, rtol=accuracy, atol=0.0, restart=_KRYLOV, maxiter=2)
            if info == 0:
                return move
            if n > _DENSE_LIMIT or n * len(self.tree.parent) > _DENSE_WORK:
                return None
        matrix = np.empty((n + 1, n + 1))
        matrix[:n, :n], matrix[:n, n], matrix[n] = self.jacobian(at), column, row
        move = lu_solve(lu_factor(matrix, check_finite=False), rhs, check_finite=False)
        return move if np.all(np.isfinite(move)) else None

    def tangent(self, at: BranchPoint, along: np.ndarray) -> np.ndarray | None:
        """[n + 1] a tangent (dw, ds) of the curve whose product with ``along`` [n + 1] is one."""
        found = self.respond(at.log_odds, at.share)
        return self.solve(found, along, np.append(np.zeros(self.size), 1.0), _EXACT)

    # --- points ------------------------------------------------------------------------------------------------------

    def correct(
        self, odds: np.ndarray, share: float, tolerance: float, normal: np.ndarray | None = None
    ) -> BranchPoint | None:
        """Newton's method from a guess, in the plane with this normal [n + 1]; without one, at the guess's s.

        The log-odds that matter are Newton's, the others the response to them: a response to all would multiply their
        rounding by as much as the response is steep.
        """
        if normal is None:
            normal = np.append(np.zeros(self.size), 1.0)
        base, w = odds, self.w(odds)
        previous = np.inf
        for _ in range(_NEWTON_STEPS):
            at = self.respond(self.odds(w, base), share)
            residual = w - self.w(at.response)
            size = float(np.abs(residual).max(initial=0.0)) / max(1.0, float(np.abs(w).max(initial=0.0)))
            if size <= tolerance:
                return BranchPoint(share, self.odds(w, at.response))
            if not size < 2 * previous:
                return None
            if size > 0.5 * previous and size < 1e3 * TOLERANCE:  # as good as rounding lets it be
                return BranchPoint(share, self.odds(w, at.response))
            previous = min(size, previous)
            move = self.solve(at, normal, np.append(-residual, 0.0), _INEXACT)
            if move is None:
                return None
            w, share = w + move[:-1], share + float(move[-1])
            if share < 0:
                return None
        return None

    def polish(self, odds: np.ndarray) -> np.ndarray:
        """[D] Newton's method at s = 1 for as long as it lowers the residual of the choice probabilities."""
        best, size = odds, self.residual(odds)
        normal = np.append(np.zeros(self.size), 1.0)
        for _ in range(_NEWTON_STEPS):
            if size <= TOLERANCE:
                break
            at = self.respond(best, 1.0)
            w = self.w(best)
            move = self.solve(at, normal, np.append(self.w(at.response) - w, 0.0), _EXACT)
            if move is None:
                break
            w = w + move[:-1]
            odds = self.odds(w, self.respond(self.odds(w, best), 1.0).response)
            found = self.residual(odds)
            if not found < size:
                break
            best, size = odds, found
        return best
