"""Following the principal branch of logit equilibria from uniform play to the precision asked for.

At s = 0 everybody mixes evenly and the equilibrium is unique; the branch that starts there is the principal branch
(McKelvey and Palfrey 1995, 1998; Turocy 2005, 2010). It is a curve in log-odds y and share s of the precision
(``curve``).

1. While it is easy, s is raised in steps: y / s is extrapolated from the last points, and corrected by Anderson's
   acceleration of y <- R(y, s) (Walker and Ni 2011), or by Newton's method where that does not settle. A step whose
   correction is large is taken back and halved.
2. Where the steps become tiny, the curve is followed by its arc length, round its turning points (``arc``).
3. The first point of the curve at s = 1 is the answer, polished by Newton's method at s = 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from longgame.exact.arc import Arc, Pace
from longgame.exact.curve import TOLERANCE, BranchPoint, Curve
from longgame.exact.tree import Tree

_LOOSE = 1e-6  # of the log-odds, at points on the way while s is raised
_WINDOW = 5  # residuals that Anderson's acceleration looks back on


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
class Branch:
    """The branch as followed. ``turns`` are the shares at which it turned; ``passes`` counts responses and tangents."""

    end: BranchPoint
    status: BranchStatus
    turns: tuple[float, ...]
    gap: float | None
    passes: int
    points: tuple[BranchPoint, ...]


def follow(tree: Tree, *, pace: Pace | None = None, keep: bool = False, arc_only: bool = False) -> Branch:
    """Follow the principal branch of ``tree`` from s = 0 to s = 1; ``keep`` returns the points on the way as well."""
    return _Follower(tree, pace or Pace(), keep).run(arc_only)


class _Follower:
    def __init__(self, tree: Tree, pace: Pace, keep: bool):
        self.curve, self.pace, self.keep = Curve(tree), pace, keep
        self.points = [BranchPoint(0.0, np.zeros(tree.slots))]
        self.turns: list[float] = []

    def run(self, arc_only: bool) -> Branch:
        tree, start = self.curve.tree, self.points[0]
        slope = self.curve.respond(start.log_odds, 1.0).response  # y / s as s -> 0
        if self.curve.heat == 0 or (tree.ordered and not len(tree.shared)):
            return self.finish(BranchPoint(1.0, slope), BranchStatus.FOLLOWED)  # no beliefs: one pass is exact
        end = start if arc_only else self.raise_share(start, slope)
        if end.share < 1.0:
            landed = Arc(self.curve, self.pace, self.record, self.turns).follow(end)
            if landed is None:
                return self.leap()
            end = landed
        end = BranchPoint(1.0, self.curve.polish(end.log_odds))
        return self.finish(end, BranchStatus.TURNED if self.turns else BranchStatus.FOLLOWED)

    def record(self, point: BranchPoint) -> None:
        self.points = [*self.points, point] if self.keep else [point]

    def finish(self, end: BranchPoint, status: BranchStatus, gap: float | None = None) -> Branch:
        points = (*(p for p in self.points if p.share != 1.0), end) if self.keep else ()
        return Branch(end, status, tuple(self.turns), gap, self.curve.passes, points)

    # --- 1. raising s ------------------------------------------------------------------------------------------------

    def raise_share(self, start: BranchPoint, slope: np.ndarray) -> BranchPoint:
        """Raise s until 1, or until steps become tiny; returns the last point."""
        trail, last = [(start.share, slope)], start  # (s, y / s)
        step = self.pace.first / self.curve.heat
        while last.share < 1.0:
            if step * self.curve.heat < self.pace.least:
                return last
            share = min(1.0, last.share + step)
            guess = _extrapolate(trail, share) * share
            tolerance = TOLERANCE if share == 1.0 else _LOOSE
            found = self.correct(guess, share, tolerance)
            error = np.inf if found is None else self.curve.distance(found.log_odds, guess)
            if found is None or error > self.pace.error:
                step = (share - last.share) / 2
                continue
            step = (share - last.share) * float(np.clip(np.sqrt(self.pace.target / max(error, 1e-12)), 0.5, 4.0))
            last = found
            self.record(last)
            trail = [*trail[-2:], (share, last.log_odds / share)]
        return last

    def correct(self, guess: np.ndarray, share: float, tolerance: float) -> BranchPoint | None:
        """The equilibrium at s near ``guess``: Anderson's acceleration where it settles, else Newton's method."""
        found = self.settle(guess, share, tolerance)
        if found is not None:
            return BranchPoint(share, found)
        return self.curve.correct(guess, share, tolerance)

    def settle(self, guess: np.ndarray, share: float, tolerance: float, most: int = 40) -> np.ndarray | None:
        """A fixed point of the response near ``guess`` by Anderson's acceleration; None if it does not settle soon."""
        odds = guess
        mixture = _Mixture()
        previous = np.inf
        slow = 0
        for _ in range(most):
            response = self.curve.respond(odds, share).response
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
            odds = mixture.next(response, residual)
        return None

    # --- 3. when all else fails --------------------------------------------------------------------------------------

    def leap(self) -> Branch:
        """From where the branch was lost, straight to s = 1."""
        lost = self.points[-1]
        odds = lost.log_odds / max(lost.share, 1e-3)
        for damping in (1.0, 0.3, 0.1, 0.03):
            found = self.relax(odds, damping)
            if found is not None:
                end = BranchPoint(1.0, self.curve.polish(found))
                return self.finish(end, BranchStatus.JUMPED, gap=lost.share)
        return self.finish(BranchPoint(1.0, odds), BranchStatus.UNCONVERGED, gap=lost.share)

    def relax(self, odds: np.ndarray, damping: float, most: int = 500) -> np.ndarray | None:
        for _ in range(most):
            response = self.curve.respond(odds, 1.0).response
            if np.abs(response - odds).max() <= 1e-2 * damping:
                found = self.settle(response, 1.0, TOLERANCE)
                if found is not None:
                    return found
            odds = odds + damping * (response - odds)
        return None


def _extrapolate(trail: list[tuple[float, np.ndarray]], share: float) -> np.ndarray:
    """The polynomial through the points (s, value) of the trail, at ``share``."""
    total = np.zeros_like(trail[0][1])
    for s, value in trail:
        others = [other for other, _ in trail if other != s]
        total += np.prod([(share - other) / (s - other) for other in others]) * value
    return total


class _Mixture:
    """Anderson's next point: the mixture of responses whose residual, extrapolated linearly, is the least."""

    def __init__(self) -> None:
        self.last: tuple[np.ndarray, np.ndarray] | None = None
        self.changes: list[tuple[np.ndarray, np.ndarray]] = []  # of response and residual, from one point to the next
        self.gram = np.zeros((0, 0))  # products of the changes of the residual

    def next(self, response: np.ndarray, residual: np.ndarray) -> np.ndarray:
        """The next point [D], after a point with this response and residual [D]."""
        if self.last is not None:
            self._add(response - self.last[0], residual - self.last[1])
        self.last = response, residual
        if not self.changes:
            return response
        weights = np.linalg.lstsq(self.gram, np.array([f @ residual for _, f in self.changes]), rcond=1e-13)[0]
        return response - sum(weight * r for weight, (r, _) in zip(weights, self.changes, strict=True))

    def _add(self, response: np.ndarray, residual: np.ndarray) -> None:
        self.changes = [*self.changes[1 - _WINDOW :], (response, residual)]
        kept = len(self.changes) - 1
        gram = np.empty((kept + 1, kept + 1))
        gram[:kept, :kept] = self.gram[len(self.gram) - kept :, len(self.gram) - kept :]
        gram[kept] = gram[:, kept] = [f @ residual for _, f in self.changes]
        self.gram = gram
