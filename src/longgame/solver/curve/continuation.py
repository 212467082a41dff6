"""Following the principal branch of logit equilibria from uniform play to the precision asked for.

At s = 0 everybody mixes evenly and the equilibrium is unique; the branch that starts there is the principal branch
(McKelvey and Palfrey 1995, 1998; Turocy 2005, 2010). It is a curve in log-odds y and share s of the precision
(``curve``), followed by its arc length round its turning points (``arc``). Its first point at s = 1 is the answer,
polished by Newton's method at s = 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from longgame.solver.curve.arc import Arc, Pace
from longgame.solver.curve.curve import TOLERANCE, BranchPoint, Curve, Responses


class BranchStatus(Enum):
    """How the answer was reached; the value is the sentence shown."""

    FOLLOWED = "The principal branch was followed from uniform play to the precision asked for, without a turn."
    TURNED = (
        "The principal branch turns back on its way: there are several equilibria at some precisions below the one "
        "asked for. The answer is the first point of the branch at this precision."
    )
    CROSSED = (
        "The principal branch crosses others on its way, as in a symmetric game: there are several equilibria beyond. "
        "The answer is the one that treats alike what is alike; the least asymmetry would lead to another."
    )
    HURRIED = (
        "The principal branch was followed from uniform play to the precision asked for. The game is so long and steep "
        "that the last part was walked in long steps, on which a neighbouring branch was not looked for."
    )
    JUMPED = (
        "The principal branch could not be followed without a gap: the answer is an equilibrium, "
        "but others may be as good."
    )
    ALIKE = (
        "A start from honest talk, with a cost of lying that falls to what it is, leads to the same equilibrium as "
        "uniform play: the one on the principal branch."
    )
    HONEST = (
        "The equilibrium to which honest talk leads as the cost of lying falls to what it is. It is not the one on the "
        "principal branch, in which words tell less."
    )
    UNRAVELLED = (
        "Honest talk unravels before the cost of lying has fallen to what it is. The answer is the equilibrium on the "
        "principal branch."
    )
    OTHER = "Another equilibrium, found from a random start: it was not reached along the principal branch."
    UNCONVERGED = "No equilibrium was found to the tolerance: the answer is the best that was found."


@dataclass(frozen=True, eq=False)
class Branch:
    """The branch as followed.

    ``turns`` are the shares at which it turned, ``crossings`` those at which it crossed another branch; ``passes``
    counts responses and tangents.
    """

    end: BranchPoint
    status: BranchStatus
    turns: tuple[float, ...]
    crossings: tuple[float, ...]
    gap: float | None
    passes: int
    points: tuple[BranchPoint, ...]


def follow(tree: Responses, *, pace: Pace | None = None, keep: bool = False) -> Branch:
    """Follow the principal branch of ``tree`` from s = 0 to s = 1; ``keep`` returns the points on the way as well."""
    return _Follower(tree, pace or Pace(), keep).run()


class _Follower:
    def __init__(self, tree: Responses, pace: Pace, keep: bool):
        self.curve, self.keep = Curve(tree), keep
        self.points = [BranchPoint(0.0, tree.uniform)]
        self.arc = Arc(self.curve, pace, self.record)

    def run(self) -> Branch:
        tree, start = self.curve.tree, self.points[0]
        if self.curve.heat == 0 or (tree.ordered and not self.curve.size):  # no belief to find: one pass is exact
            response = self.curve.respond(start.log_odds, 1.0).response
            return self.finish(BranchPoint(1.0, response), BranchStatus.FOLLOWED)
        found = self.curve.correct(start.log_odds, 0.0, TOLERANCE)
        landed = None if found is None else self.arc.follow(found)
        if landed is None:
            return self.leap()
        status = BranchStatus.TURNED if self.arc.turns else BranchStatus.FOLLOWED
        status = BranchStatus.CROSSED if self.arc.crossings else status
        status = BranchStatus.HURRIED if self.arc.hurried is not None else status
        return self.finish(BranchPoint(1.0, self.curve.polish(landed.log_odds)), status)

    def record(self, point: BranchPoint) -> None:
        if self.keep:
            self.points.append(point)
        else:
            self.points = [point]

    def finish(self, end: BranchPoint, status: BranchStatus, gap: float | None = None) -> Branch:
        points = (*(p for p in self.points if p.share != 1.0), end) if self.keep else ()
        turns, crossings = tuple(self.arc.turns), tuple(self.arc.crossings)
        return Branch(end, status, turns, crossings, gap, self.curve.passes, points)

    # --- when all else fails -----------------------------------------------------------------------------------------

    def leap(self) -> Branch:
        """From where the branch was lost, straight to s = 1."""
        lost = self.points[-1]
        odds = self.curve.tree.sharpened(lost.log_odds, lost.share)
        for damping in (1.0, 0.3, 0.1, 0.03):
            found = self.relax(odds, damping)
            if found is not None:
                end = BranchPoint(1.0, self.curve.polish(found))
                return self.finish(end, BranchStatus.JUMPED, gap=lost.share)
        return self.finish(BranchPoint(1.0, odds), BranchStatus.UNCONVERGED, gap=lost.share)

    def relax(self, odds: np.ndarray, damping: float, most: int = 500) -> np.ndarray | None:
        """An equilibrium at s = 1 by responses of which a share is taken, finished by Newton's method."""
        for _ in range(most):
            response = self.curve.respond(odds, 1.0).response
            if np.abs(response - odds).max() <= 1e-2 * damping:
                found = self.curve.correct(response, 1.0, TOLERANCE)
                if found is not None:
                    return found.log_odds
            odds = odds + damping * (response - odds)
        return None
