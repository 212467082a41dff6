"""Following the principal branch of logit equilibria from uniform play to the precision asked for.

At s = 0 everybody mixes evenly and the equilibrium is unique; the branch that starts there is the principal branch
(McKelvey and Palfrey 1995, 1998; Turocy 2005, 2010). With y the log-odds and R the response of a tree (``tree.py``), it
is the curve of

    F(y, s) = y - R(y, s) = 0.

1. While it is easy, s is raised in steps: y / s is extrapolated from the last points, and corrected by Anderson's
   acceleration of y <- R(y, s) (Walker and Ni 2011), or by Newton's method where that does not settle. A step whose
   correction is large is taken back and halved.
2. Where the steps become tiny, the curve is followed by its arc length (Keller 1977; Allgower and Georg 2003): a step
   along the curve extrapolated from the last two points and their tangents, then Newton's method on F = 0 in the plane
   across it, so that turning points are followed round. A step that bends too far is taken back and halved.
3. The first point of the curve at s = 1 is the answer, polished by Newton's method at s = 1.

Newton works on the log-odds that matter: only choices that tell nodes of one information set apart can move a belief,
and only beliefs are iterated on (``Tree`` responds to them in one pass). The linear systems are solved by GMRES with
derivatives of the response along directions; by an assembled Jacobian where there are few unknowns or GMRES stalls.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

import numpy as np
from scipy.linalg import lu_factor, lu_solve
from scipy.sparse.linalg import LinearOperator, gmres

from longgame.solution.tree import Pass, Tree

TOLERANCE = 1e-12  # of the log-odds, relative to their size, at the answer
_LOOSE = 1e-6  # of the log-odds, at points on the way while s is raised
_ARC = 1e-9  # of the log-odds, at points of the arc, whose chords may be short
_WINDOW = 5  # residuals that Anderson's acceleration looks back on
_STRAIGHT = 0.7  # least cosine between one chord of the arc and the next
_SMALL = 60  # unknowns up to which a Jacobian is assembled at once
_KRYLOV = 100  # directions that GMRES may hold
_INEXACT = 1e-3  # how far GMRES reduces the residual of a Newton step
_DENSE_WORK = 10_000_000  # nodes x unknowns up to which a Jacobian is assembled when GMRES stalls
_DENSE_LIMIT = 4_000  # unknowns beyond which it never is
_TANGENT_CELLS = 4_000_000  # numbers that one batch of tangents may hold


class BranchStatus(Enum):
    """How the answer was reached; the value is the sentence shown."""

    FOLLOWED = "The principal branch was followed from uniform play to the precision asked for, without a turn."
    TURNED = (
        "The principal branch turns back on its way: there are several equilibria at some precisions below the one "
        "asked for. The answer is the first point of the branch at this precision."
    )
    JUMPED = (
        "The principal branch could not be followed without a gap: the answer is an equilibrium, "
        "but others may be as good."
    )
    UNCONVERGED = "No equilibrium was found to the tolerance: the answer is the best that was found."


@dataclass(frozen=True, eq=False)
class BranchPoint:
    """A point of the branch: the share of the precision in force, and the log-odds [D]."""

    share: float
    log_odds: np.ndarray


@dataclass(frozen=True, eq=False)
class Branch:
    """The branch as followed. ``turns`` are the shares at which it turned; ``passes`` counts responses and tangents."""

    end: BranchPoint
    status: BranchStatus
    turns: tuple[float, ...]
    gap: float | None
    passes: int
    points: tuple[BranchPoint, ...]


@dataclass(frozen=True)
class Pace:
    """How boldly to step. Sizes are changes of choice probabilities, and of precision times payoff spread ('heat')."""

    error: float = 0.1  # a prediction that is off by more is taken back
    target: float = 0.03  # the prediction error aimed for
    first: float = 1.0  # heat of the first step
    least: float = 1e-2  # heat of a step below which raising s gives way to following the arc
    most_steps: int = 5_000


CAREFUL = Pace(error=0.03, target=0.01, first=0.1)


def follow(tree: Tree, *, pace: Pace | None = None, keep: bool = False, arc_only: bool = False) -> Branch:
    """Follow the principal branch of ``tree`` from s = 0 to s = 1; ``keep`` returns the points on the way as well."""
    return _Follower(tree, pace or Pace(), keep).run(arc_only)


@dataclass
class _Follower:
    tree: Tree
    pace: Pace
    keep: bool
    passes: int = 0
    points: list[BranchPoint] = field(default_factory=list)
    turns: list[float] = field(default_factory=list)
    trail: list[BranchPoint] = field(default_factory=list)

    @cached_property
    def newton(self) -> _Newton:
        return _Newton(self)

    def run(self, arc_only: bool) -> Branch:
        tree = self.tree
        start = BranchPoint(0.0, np.zeros(tree.slots))
        self.record(start)
        slope = self.respond(start.log_odds, 1.0).response  # y / s as s -> 0
        self.heat = tree.heat
        if self.heat == 0:
            return self.finish(BranchPoint(1.0, np.zeros(tree.slots)), BranchStatus.FOLLOWED)
        if not len(tree.shared) and tree.ordered:  # nothing to believe: one pass is exact at any precision
            return self.finish(BranchPoint(1.0, self.respond(start.log_odds, 1.0).response), BranchStatus.FOLLOWED)
        self.trail = [start]
        end = start if arc_only else self.raise_share(slope)
        if end.share == 1.0:
            return self.finish(end, BranchStatus.FOLLOWED)
        landed = _Arc(self).follow(end)
        if landed is not None:
            return self.finish(landed, BranchStatus.TURNED if self.turns else BranchStatus.FOLLOWED)
        return self.leap()

    def respond(self, log_odds: np.ndarray, share: float) -> Pass:
        self.passes += 1
        return self.tree.respond(log_odds, share)

    def record(self, point: BranchPoint) -> None:
        if self.keep or not self.points:
            self.points.append(point)
        else:
            self.points[-1] = point

    def polish(self, end: BranchPoint) -> BranchPoint:
        """Newton's method at s = 1 for as long as it lowers the residual of the choice probabilities."""
        best, size = end.log_odds, self.residual(end.log_odds)
        odds = best
        for _ in range(4):
            if size <= TOLERANCE:
                break
            odds = self.newton.improve(odds, 1.0)
            if odds is None:
                break
            found = self.residual(odds)
            if found >= size:
                break
            best, size = odds, found
        return BranchPoint(1.0, best)

    def residual(self, odds: np.ndarray) -> float:
        """How far the choice probabilities are from the logit response to themselves."""
        self.passes += 1
        at = self.tree.respond(odds, 1.0, fixed=True)
        return float(np.abs(self.tree.softmax(at.response)[0] - at.sigma).max(initial=0.0))

    def finish(self, end: BranchPoint, status: BranchStatus, gap: float | None = None) -> Branch:
        if status is not BranchStatus.UNCONVERGED and self.tree.slots:
            end = self.polish(end)
        if self.points[-1].share != end.share or not self.keep:
            self.record(end)
        return Branch(end, status, tuple(self.turns), gap, self.passes, tuple(self.points) if self.keep else ())

    # --- 1. raising s ------------------------------------------------------------------------------------------------

    def raise_share(self, slope: np.ndarray) -> BranchPoint:
        """Raise s until 1, or until steps become tiny; returns the last point."""
        slopes = [slope]
        last = self.trail[-1]
        step = self.pace.first / self.heat
        while last.share < 1.0:
            if step * self.heat < self.pace.least:
                return last
            share = min(1.0, last.share + step)
            guess = _lagrange([p.share for p in self.trail], slopes, share) * share
            tolerance = TOLERANCE if share == 1.0 else _LOOSE
            found = self.correct(guess, share, tolerance)
            error = np.inf if found is None else self.distance(found.log_odds, guess)
            if found is None or error > self.pace.error:
                step = (share - last.share) / 2
                continue
            step = (share - last.share) * float(np.clip(np.sqrt(self.pace.target / max(error, 1e-12)), 0.5, 4.0))
            last = found
            self.record(last)
            self.trail = [*self.trail[-2:], last]
            slopes = [*slopes[-2:], last.log_odds / share]
        return last

    def correct(self, guess: np.ndarray, share: float, tolerance: float) -> BranchPoint | None:
        """The equilibrium at s near ``guess``: Anderson's acceleration where it settles, else Newton's method."""
        found = self.settle(guess, share, tolerance)
        if found is not None:
            return BranchPoint(share, found)
        return self.newton.correct(guess, share, tolerance)

    def distance(self, a: np.ndarray, b: np.ndarray) -> float:
        """The largest difference in choice probability."""
        return float(np.abs(self.tree.softmax(a)[0] - self.tree.softmax(b)[0]).max())

    def settle(self, guess: np.ndarray, share: float, tolerance: float, most: int = 40) -> np.ndarray | None:
        """A fixed point of the response near ``guess`` by Anderson's acceleration; None if it does not settle soon."""
        odds = guess
        history: list[tuple[np.ndarray, np.ndarray]] = []
        previous = np.inf
        slow = 0
        for _ in range(most):
            response = self.respond(odds, share).response
            residual = response - odds
            size = float(np.abs(residual).max())
            if not np.isfinite(size):
                return None
            if size <= tolerance * max(1.0, float(np.abs(response).max())):
                return response
            slow = slow + 1 if size > 0.7 * previous else max(slow - 1, 0)
            if slow > 5:
                return None
            previous = size
            history = [*history[-_WINDOW:], (response, residual)]
            odds = _mix(history)
        return None

    # --- 3. when all else fails --------------------------------------------------------------------------------------

    def leap(self) -> Branch:
        """From where the branch was lost, straight to s = 1."""
        lost = self.points[-1]
        odds = lost.log_odds / max(lost.share, 1e-3)
        for damping in (1.0, 0.3, 0.1, 0.03):
            found = self.relax(odds, damping)
            if found is not None:
                return self.finish(BranchPoint(1.0, found), BranchStatus.JUMPED, gap=lost.share)
        return self.finish(BranchPoint(1.0, odds), BranchStatus.UNCONVERGED, gap=lost.share)

    def relax(self, odds: np.ndarray, damping: float, most: int = 500) -> np.ndarray | None:
        for _ in range(most):
            response = self.respond(odds, 1.0).response
            if np.abs(response - odds).max() <= 1e-2 * damping:
                found = self.settle(response, 1.0, TOLERANCE)
                if found is not None:
                    return found
            odds = odds + damping * (response - odds)
        return None


def _lagrange(at: list[float], values: list[np.ndarray], where: float) -> np.ndarray:
    """The polynomial through ``values`` at the points ``at``, evaluated at ``where``."""
    total = np.zeros_like(values[0])
    for i, (here, value) in enumerate(zip(at, values, strict=True)):
        weight = 1.0
        for j, other in enumerate(at):
            if j != i:
                weight *= (where - other) / (here - other)
        total += weight * value
    return total


def _mix(history: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Anderson's next point: the mixture of responses whose residual, extrapolated linearly, is the least."""
    response, residual = history[-1]
    if len(history) == 1:
        return response
    d_response = np.stack([response - r for r, _ in history[:-1]])
    d_residual = np.stack([residual - f for _, f in history[:-1]])
    gram = d_residual @ d_residual.T
    weights = np.linalg.lstsq(gram, d_residual @ residual, rcond=1e-13)[0]
    return response - weights @ d_response


# --- 2. following the arc --------------------------------------------------------------------------------------------


class _Newton:
    """Newton's method in w [n], the log-odds that matter, each against its set's last action, and in s."""

    def __init__(self, follower: _Follower):
        self.follower = follower
        self.tree = follower.tree
        self.free, self.last = self.tree.unknowns()
        n = len(self.free)
        self.dense = n <= _SMALL
        self.can_be_dense = n <= _DENSE_LIMIT and n * len(self.tree.parent) <= _DENSE_WORK

    def odds(self, w: np.ndarray, base: np.ndarray) -> np.ndarray:
        """[D] ``base`` with the log-odds that matter replaced by w."""
        odds = base.copy()
        odds[self.free] = base[self.last] + w
        return odds

    def w(self, odds: np.ndarray) -> np.ndarray:
        """[n]"""
        return odds[self.free] - odds[self.last]

    def derivative(self, at: Pass, dw: np.ndarray, ds: np.ndarray) -> np.ndarray:
        """[n, k] the change of F for changes dw [n, k] of w and ds [k] of s."""
        odds = np.zeros((self.tree.slots, dw.shape[1]))
        odds[self.free] = dw
        self.follower.passes += 1
        change = self.tree.tangent(at, odds, ds)
        return dw - (change[self.free] - change[self.last])

    def jacobian(self, at: Pass) -> np.ndarray:
        """[n, n] dF / dw, assembled from batches of tangents."""
        n = len(self.free)
        batch = max(1, _TANGENT_CELLS // (len(self.tree.parent) * self.tree.pay.shape[1]))
        columns = []
        for lo in range(0, n, batch):
            unit = np.zeros((n, min(batch, n - lo)))
            unit[np.arange(lo, lo + unit.shape[1]), np.arange(unit.shape[1])] = 1.0
            columns.append(self.derivative(at, unit, np.zeros(unit.shape[1])))
        return np.concatenate(columns, axis=1)

    def solve(self, at: Pass, row: np.ndarray, rhs: np.ndarray, accuracy: float) -> np.ndarray | None:
        """[n + 1] (dw, ds) with [dF/dw dF/ds; row] (dw, ds) = rhs."""
        n = len(self.free)
        column = self.derivative(at, np.zeros((n, 1)), np.ones(1))[:, 0] if rhs[n] or np.any(row[:n]) else np.zeros(n)
        if not self.dense:

            def apply(v: np.ndarray) -> np.ndarray:
                dw = self.derivative(at, v[:n, None], np.zeros(1))[:, 0] + column * v[n]
                return np.append(dw, row @ v)

            operator = LinearOperator((n + 1, n + 1), matvec=apply, dtype=np.float64)
            move, info = gmres(operator, rhs, rtol=accuracy, atol=0.0, restart=_KRYLOV, maxiter=2)
            if info == 0 or not self.can_be_dense:
                return move if info == 0 else None
        matrix = np.empty((n + 1, n + 1))
        matrix[:n, :n], matrix[:n, n], matrix[n] = self.jacobian(at), column, row
        move = lu_solve(lu_factor(matrix, check_finite=False), rhs, check_finite=False)
        return move if np.all(np.isfinite(move)) else None

    def correct(
        self, odds: np.ndarray, share: float, tolerance: float, normal: np.ndarray | None = None
    ) -> BranchPoint | None:
        """The point of the curve in the plane through the guess with this normal [n + 1]; without one, at its s."""
        if normal is None:
            normal = np.append(np.zeros(len(self.free)), 1.0)
        base, w = odds, self.w(odds)
        previous = np.inf
        for _ in range(10):
            at = self.follower.respond(self.odds(w, base), share)
            residual = w - self.w(at.response)
            size = float(np.abs(residual).max()) / max(1.0, float(np.abs(w).max()))
            if size <= tolerance:
                return BranchPoint(share, at.response)
            if not size < 2 * previous:
                return None
            if size > 0.5 * previous and size < 1e3 * TOLERANCE:  # as good as rounding lets it be
                return BranchPoint(share, at.response)
            previous = min(size, previous)
            move = self.solve(at, normal, np.append(-residual, 0.0), _INEXACT)
            if move is None:
                return None
            w, share = w + move[:-1], share + float(move[-1])
            if share < 0:
                return None
        return None

    def improve(self, odds: np.ndarray, share: float) -> np.ndarray | None:
        """[D] one careful Newton step at s, and the response to it."""
        at = self.follower.respond(odds, share)
        w = self.w(odds)
        normal = np.append(np.zeros(len(w)), 1.0)
        move = self.solve(at, normal, np.append(self.w(at.response) - w, 0.0), _INEXACT**2)
        return None if move is None else self.follower.respond(self.odds(w + move[:-1], odds), share).response


@dataclass(frozen=True, eq=False)
class _Station:
    """A point of the arc: (w, heat * s) [n + 1], the unit tangent there, and the log-odds [D]."""

    where: np.ndarray
    tangent: np.ndarray
    point: BranchPoint


class _Arc:
    """Pseudo-arclength continuation: along the tangent, then by Newton's method across it."""

    def __init__(self, follower: _Follower):
        self.follower = follower
        self.newton = follower.newton
        self.heat = follower.heat

    def where(self, point: BranchPoint) -> np.ndarray:
        """[n + 1] coordinates in which the length of the arc is measured."""
        return np.append(self.newton.w(point.log_odds), self.heat * point.share)

    def station(self, point: BranchPoint, along: np.ndarray) -> _Station | None:
        """``point`` with the tangent of the curve there, in the direction of ``along`` [n + 1]."""
        at = self.follower.respond(point.log_odds, point.share)
        scaled = np.append(along[:-1], self.heat * along[-1])
        tangent = self.newton.solve(at, scaled, np.append(np.zeros(len(along) - 1), 1.0), _INEXACT**2)
        if tangent is None:
            return None
        tangent = np.append(tangent[:-1], self.heat * tangent[-1])
        return _Station(self.where(point), tangent / np.linalg.norm(tangent), point)

    def follow(self, start: BranchPoint) -> BranchPoint | None:
        """From ``start`` along the curve to its first point at s = 1; None if it is lost."""
        pace = self.follower.pace
        if start.share > 0:
            start = self.newton.correct(start.log_odds, start.share, _ARC) or start
        here = self.station(start, np.append(np.zeros(len(self.newton.free)), 1.0))
        before: _Station | None = None
        step = pace.first
        for _ in range(pace.most_steps):
            if here is None or step < 1e-7:
                return None
            guess = _ahead(before, here, step)
            if guess[-1] >= self.heat:
                landed = self.land(before, here, step)
                if landed is not None:
                    return landed
                step /= 2
                continue
            odds = self.newton.odds(guess[:-1], here.point.log_odds)
            found, error = self.step(odds, float(guess[-1]) / self.heat, here)
            if found is None or found.point.share >= 1.0:
                step /= 2
                continue
            if found.tangent[-1] * here.tangent[-1] < 0:
                self.follower.turns.append((here.point.share + found.point.share) / 2)
            before, here = here, found
            self.follower.record(here.point)
            step *= float(np.clip(np.sqrt(pace.target / max(error, 1e-12)), 0.5, 2.0))
        return None

    def step(self, odds: np.ndarray, share: float, here: _Station) -> tuple[_Station | None, float]:
        """The next point from a guess, if it is near the guess and the curve has not bent too much on the way to it."""
        normal = np.append(here.tangent[:-1], self.heat * here.tangent[-1])
        point = self.newton.correct(odds, share, _ARC, normal)
        if point is None:
            return None, np.inf
        error = self.follower.distance(odds, point.log_odds)
        if error > self.follower.pace.error:
            return None, error
        chord = self.where(point) - here.where
        chord /= np.linalg.norm(chord)
        if chord @ here.tangent < _STRAIGHT:
            return None, error
        found = self.station(point, chord)
        return (found if found is not None and chord @ found.tangent >= _STRAIGHT else None), error

    def land(self, before: _Station | None, here: _Station, step: float) -> BranchPoint | None:
        """The point at s = 1 that the extrapolated curve reaches within ``step``; None if it is not near the curve."""
        lo, hi = 0.0, step
        for _ in range(60):
            mid = (lo + hi) / 2
            lo, hi = (mid, hi) if _ahead(before, here, mid)[-1] < self.heat else (lo, mid)
        guess = self.newton.odds(_ahead(before, here, hi)[:-1], here.point.log_odds)
        found = self.newton.correct(guess, 1.0, TOLERANCE)
        if found is None or self.follower.distance(guess, found.log_odds) > self.follower.pace.error:
            return None
        return found


def _ahead(before: _Station | None, here: _Station, step: float) -> np.ndarray:
    """[n + 1] the curve ``step`` ahead: along the tangent, bent as it bent on the way here (Hermite's cubic)."""
    if before is None:
        return here.where + step * here.tangent
    length = float(np.linalg.norm(here.where - before.where))
    chord = (here.where - before.where) / length
    bend = (before.tangent - 2 * chord + here.tangent) / length**2  # third-order term about ``here``
    curve = (before.tangent - 3 * chord + 2 * here.tangent) / length
    return here.where + step * here.tangent + step**2 * curve + step**3 * bend
