"""The linear systems of a curve F(w, q) = 0: its derivative with one row more, which keeps them regular at turns.

    B = [ dF/dw  dF/dq ]
        [     row      ]

1. With the tangent of the curve as its row, B is singular only where another branch crosses (Keller 1977).
2. Variation. Between two points with the same row, B0 + u (B1 - B0) is regular for all u in [0, 1] where the spectral
   radius of B0^-1 (B1 - B0) is less than one; then no other branch came between them, and Newton's method with B0 would
   have come to the second point as well (the bound of Newton and Kantorovich in the form of Deuflhard 2011, chapters 2
   and 5). The radius does not depend on the units of w. It is bounded by Gelfand's formula where the matrix is
   assembled, and estimated by the power method where it is not.
3. The systems are solved with an assembled matrix where that is little work, where GMRES stalls, or where more digits
   are wanted than it can give; elsewhere by GMRES, from derivatives along directions. On the way from one point to the
   next the first point's factored matrix is the preconditioner: by 2. B0^-1 B has all its eigenvalues within a half of
   one, so a few directions do, and nothing is assembled but once a point.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import scipy

EXACT = 1e-6  # how far GMRES reduces the residual for tangents of the curve and for the last polish
LITTLE = 30_000_000  # numbers in the passes of an assembly (cells x unknowns) up to which B is assembled at once
_KRYLOV = 100  # directions that GMRES may hold
_FINEST = 1e-10  # the most that can be asked of GMRES
_DENSE_WORK = 200_000_000  # cells x unknowns up to which B is assembled when GMRES would not do
_DENSE_LIMIT = 4_000  # unknowns beyond which it never is
_BATCH = 4_000_000  # numbers that one batch of derivatives may hold
_POWERS = 3  # rounds of the power method
_SQUARINGS = 7  # of the matrix, for the bound by Gelfand
_BETTER = 0.95  # a bound that a squaring lowers by less is good enough
_GAIN = 0.5  # of the columns: if more derivatives are needed, sparsity is not made use of
_ROUGH = 1e-2  # accuracy of its solutions


@dataclass(frozen=True, eq=False)
class Sparsity:
    """Which numbers of dF/dw can be other than 0, so that several of its columns are told from one derivative: of those
    that share no row (Curtis, Powell and Reid 1974).

    there  [n, n] bool; color [n]: columns of one color share no row
    """

    there: np.ndarray
    color: np.ndarray

    @classmethod
    def of(cls, there: np.ndarray) -> Sparsity | None:
        """Colors, one column after the other; None where nothing is gained."""
        beside = there.T.astype(np.float32) @ there > 0.0
        n = len(there)
        color = np.full(n, -1)
        for column in range(n):
            taken = np.zeros(n + 1, dtype=bool)
            taken[color[beside[column] & (color >= 0)]] = True
            color[column] = int(np.argmin(taken))
        return cls(there, color) if color.max(initial=0) + 1 <= _GAIN * n else None

    @cached_property
    def seeds(self) -> np.ndarray:
        """[n, colors] the directions of which derivatives are taken."""
        return np.eye(int(self.color.max()) + 1)[self.color]

    def spread(self, found: np.ndarray) -> np.ndarray:
        """[n, n] dF/dw from its derivatives [n, colors]."""
        return np.take(found, self.color, axis=1) * self.there


class Bordered:
    """B at one point. n unknowns w, and q."""

    def __init__(
        self,
        derivative: Callable[[np.ndarray, np.ndarray], np.ndarray],
        row: np.ndarray,
        cells: int,
        near: Bordered | None = None,
        sparsity: Sparsity | None = None,
    ):
        """``derivative(dw [n, k], dq [k])`` is the change of F [n, k]; ``cells``: the numbers in one pass of it.

        ``near`` is the system of a point near by, with the same row; ``sparsity`` what is known of the zeros of dF/dw.
        """
        self.derivative, self.row, self.cells, self.sparsity = derivative, row, cells, sparsity
        self.near = near if near is not None and near.dense else None
        self.size = len(row) - 1
        self.dense = self.size * cells <= LITTLE
        self.fits = self.size <= _DENSE_LIMIT and self.size * cells <= _DENSE_WORK

    @cached_property
    def rows(self) -> np.ndarray:
        """[n, n + 1] dF/dw and dF/dq, assembled from batches of derivatives."""
        n = self.size
        if self.sparsity is not None:
            seeds = np.pad(self.sparsity.seeds, ((0, 1), (0, 1)))
            seeds[-1, -1] = 1.0
            found = self.derivative(seeds[:-1], seeds[-1])
            return np.column_stack([self.sparsity.spread(found[:, :-1]), found[:, -1]])
        batch, columns = max(1, _BATCH // self.cells), []
        for lo in range(0, n + 1, batch):
            unit = np.zeros((n + 1, min(batch, n + 1 - lo)))
            unit[np.arange(lo, lo + unit.shape[1]), np.arange(unit.shape[1])] = 1.0
            columns.append(self.derivative(unit[:-1], unit[-1]))
        return np.concatenate(columns, axis=1)

    @property
    def matrix(self) -> np.ndarray:
        """[n + 1, n + 1] B."""
        return np.vstack([self.rows, self.row])

    @cached_property
    def factors(self) -> tuple[np.ndarray, np.ndarray]:
        """B factored (LU)."""
        return scipy.linalg.lu_factor(self.matrix, check_finite=False)

    def with_row(self, row: np.ndarray) -> Bordered:
        """The same with another last row."""
        if row is self.row:
            return self
        other = Bordered(self.derivative, row, self.cells, sparsity=self.sparsity)
        if "rows" in self.__dict__:
            other.rows = self.rows
        return other

    def apply(self, moves: np.ndarray) -> np.ndarray:
        """[n + 1, k] B times ``moves``."""
        return np.vstack([self.derivative(moves[:-1], moves[-1]), self.row @ moves])

    def solve(self, rhs: np.ndarray, accuracy: float) -> np.ndarray | None:
        """[n + 1] the solution of B x = rhs; None where the system cannot be solved."""
        if self.near is not None or (not self.dense and (accuracy >= _FINEST or not self.fits)):
            linear, shape, near = scipy.sparse.linalg, (self.size + 1, self.size + 1), None
            operator = linear.LinearOperator(shape, matvec=lambda v: self.apply(v.reshape(-1, 1))[:, 0], dtype=float)
            if self.near is not None:
                solve = partial(scipy.linalg.lu_solve, self.near.factors, check_finite=False)
                near = linear.LinearOperator(shape, matvec=solve, dtype=float)
            wanted, restarts = max(accuracy, _FINEST), 1 if near is not None else 2
            move, info = linear.gmres(operator, rhs, rtol=wanted, atol=0.0, restart=_KRYLOV, maxiter=restarts, M=near)
            if info == 0:
                return move
            if not self.fits:
                return None
        move = scipy.linalg.lu_solve(self.factors, rhs, check_finite=False)
        return move if np.all(np.isfinite(move)) else None

    def variation(self, after: Bordered, probe: np.ndarray) -> tuple[float, np.ndarray]:
        """The spectral radius of B^-1 (B' - B), B' being ``after``, which has the same row; infinite if unknown.

        Where the power method is used it begins with ``probe`` [n + 1]; returned with what it came to, for the next.
        """
        if self.dense:
            power = scipy.linalg.lu_solve(self.factors, after.matrix - self.matrix, check_finite=False)
            if not np.all(np.isfinite(power)):
                return np.inf, probe
            radius, k = np.inf, 1
            for _ in range(_SQUARINGS):  # Gelfand: |M^k|^(1/k) for k = 1, 2, 4, 8 ...
                size = float(np.linalg.norm(power))
                bound, radius = radius, min(radius, size ** (1 / k))
                if not 1e-100 < size < 1e100 or (k > 4 and radius > _BETTER * bound):
                    break
                power, k = power @ power, 2 * k
            return radius, probe
        radius = 0.0
        for _ in range(_POWERS):
            probe = probe / np.linalg.norm(probe)
            change = (after.apply(probe[:, None]) - self.apply(probe[:, None]))[:, 0]
            found = self.solve(change, _ROUGH)
            if found is None:
                return np.inf, probe
            radius, probe = float(np.linalg.norm(found)), found
            if not 1e-8 < radius < np.inf:
                break
        return radius, probe
