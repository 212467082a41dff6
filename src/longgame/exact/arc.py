"""Following the curve of logit equilibria by its arc length, round its turning points.

Pseudo-arclength continuation (Keller 1977; Allgower and Georg 2003): a step along the curve, extrapolated from the last
two points and their tangents, then Newton's method in the plane across it. A step whose prediction is off by too much,
or on which the curve bends too far, is taken back and halved, so that the direction is never lost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from longgame.exact.curve import TOLERANCE, BranchPoint, Curve

_CLOSE = 1e-9  # of the log-odds, at points of the arc, whose chords may be short
_STRAIGHT = 0.7  # least cosine between a chord and the tangents at its ends
_SHORTEST = 1e-7  # a step below which the curve counts as lost


@dataclass(frozen=True)
class Pace:
    """How boldly to step. Sizes are changes of choice probabilities, and of precision times payoff spread ('heat')."""

    error: float = 0.1  # a prediction that is off by more is taken back
    target: float = 0.03  # the prediction error aimed for
    first: float = 1.0  # heat of the first step
    least: float = 1e-2  # heat of a step below which raising s gives way to following the arc
    most_steps: int = 5_000


CAREFUL = Pace(error=0.03, target=0.01, first=0.1)
"""For a branch that is to be drawn."""


@dataclass(frozen=True, eq=False)
class _Station:
    """A point of the arc: (w, heat * s) [n + 1], the unit tangent there, and the log-odds [D]."""

    where: np.ndarray
    tangent: np.ndarray
    point: BranchPoint


@dataclass
class Arc:
    """The curve, walked along. ``turns`` are the shares at which it turned; ``record`` is told every point."""

    curve: Curve
    pace: Pace
    record: Callable[[BranchPoint], None]
    turns: list[float]

    def follow(self, start: BranchPoint) -> BranchPoint | None:
        """From ``start`` along the curve to its first point at s = 1; None if it is lost."""
        if start.share > 0:
            start = self.curve.correct(start.log_odds, start.share, _CLOSE) or start
        here = self.station(start, np.append(np.zeros(self.curve.size), 1.0))
        before: _Station | None = None
        step = self.pace.first
        for _ in range(self.pace.most_steps):
            if here is None or step < _SHORTEST:
                return None
            guess = _ahead(before, here, step)
            if guess[-1] >= self.curve.heat:
                landed = self.land(before, here, step)
                if landed is not None:
                    return landed
                step /= 2
                continue
            found, error = self.step(guess, here)
            if found is None or found.point.share >= 1.0:
                step /= 2
                continue
            if found.tangent[-1] * here.tangent[-1] < 0:
                self.turns.append((here.point.share + found.point.share) / 2)
            before, here = here, found
            self.record(here.point)
            step *= float(np.clip(np.sqrt(self.pace.target / max(error, 1e-12)), 0.5, 2.0))
        return None

    def station(self, point: BranchPoint, along: np.ndarray) -> _Station | None:
        """``point`` with the tangent of the curve there, in the direction of ``along`` [n + 1]."""
        heat = self.curve.heat
        tangent = self.curve.tangent(point, np.append(along[:-1], heat * along[-1]))
        if tangent is None:
            return None
        tangent = np.append(tangent[:-1], heat * tangent[-1])
        where = np.append(self.curve.w(point.log_odds), heat * point.share)
        return _Station(where, tangent / np.linalg.norm(tangent), point)

    def step(self, guess: np.ndarray, here: _Station) -> tuple[_Station | None, float]:
        """The point of the curve near a guess [n + 1], unless the curve bends too far; how far the guess was off."""
        heat = self.curve.heat
        odds = self.curve.odds(guess[:-1], here.point.log_odds)
        normal = np.append(here.tangent[:-1], heat * here.tangent[-1])
        point = self.curve.correct(odds, float(guess[-1]) / heat, _CLOSE, normal)
        if point is None:
            return None, np.inf
        error = self.curve.distance(odds, point.log_odds)
        if error > self.pace.error:
            return None, error
        chord = np.append(self.curve.w(point.log_odds), heat * point.share) - here.where
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
            lo, hi = (mid, hi) if _ahead(before, here, mid)[-1] < self.curve.heat else (lo, mid)
        guess = self.curve.odds(_ahead(before, here, hi)[:-1], here.point.log_odds)
        found = self.curve.correct(guess, 1.0, TOLERANCE)
        if found is None or self.curve.distance(guess, found.log_odds) > self.pace.error:
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
