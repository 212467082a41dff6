"""Following the curve of logit equilibria by its arc length, round its turning points, without leaving it.

Pseudo-arclength continuation (Keller 1977; Allgower and Georg 2003) in log-odds w and q = heat * s:

1. Predict: a step along the curve, extrapolated from the last two points and their tangents.
2. Correct: Newton's method in the plane across the tangent (at s = 1 for the last step).
3. Check, so that the walk does not land on a neighbouring branch. Near a symmetric game branches come as close as the
   asymmetry, and both satisfy the equations. A step is taken back and halved where
   a. the prediction was off by too much, or the chord bends away from the tangent;
   b. the derivative of the equations with the tangent as one more row, B (``bordered``), has changed by so much that it
      may have been singular on the way: the spectral radius of B0^-1 (B1 - B0) is above a half. Below one, B is regular
      all the way, so one smooth curve leads from the one point to the other, and det B keeps its sign: it is walked the
      same way round.
4. Hurry. In a long steep game B changes without end, and b. asks for thousands of steps. Once the walk has cost
   ``careful``, b. is no longer asked, and ``hurried`` says from which share on.
5. Cross. In a symmetric game the branch runs through the very point where others leave it, and B is singular there. As
   steps shrink to nothing the walk goes straight over it, if the curve is straight on both sides, and says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from longgame.solver.curve.bordered import EXACT, Bordered
from longgame.solver.curve.curve import TOLERANCE, BranchPoint, Curve

_STRAIGHT = 0.7  # least cosine between a chord and the tangent at its start
_CROSSING = np.geomspace(3e-4, 2e-2, 6)  # lengths of the step over a crossing
_LEVEL = 3e-2  # how far off, as a share of its length, a step over a crossing may land
_LEAST_COSINE = 1 - 1e-3  # between the tangents before and beyond a crossing


@dataclass(frozen=True)
class Pace:
    """How boldly to step. Sizes are changes of choice probabilities, and of precision times payoff spread ('heat')."""

    error: float = 0.1  # a prediction that is off by more is taken back
    target: float = 0.03  # the prediction error aimed for
    variation: float = 0.5  # a step on which B varies by more is taken back
    vary: float = 0.25  # the variation aimed for
    first: float = 1.0  # heat of the first step
    longest: float = np.inf  # of a step
    shortest: float = 3e-5  # a step below which the curve crosses another, or counts as lost
    most_steps: int = 20_000
    careful: float = 5e8  # work of the derivatives (``Curve.work``) after which the walk hurries

    def finer(self, times: float) -> Pace:
        """The same with steps that are so many times as fine."""
        return Pace(
            error=self.error / times,
            target=self.target / times**2,
            variation=self.variation / times,
            vary=self.vary / times,
            first=self.first / times,
            longest=1.0 / times,
            shortest=self.shortest / times,
            most_steps=int(self.most_steps * times),
            careful=np.inf,
        )


@dataclass(frozen=True, eq=False)
class _Station:
    """A point of the arc: (w, q) [n + 1], the unit tangent there, the point, and B with the tangent as its row."""

    where: np.ndarray
    tangent: np.ndarray
    point: BranchPoint
    system: Bordered


@dataclass
class Arc:
    """The curve, walked along. ``turns``: the shares at which it turned; ``crossings``: at which it crossed another;
    ``hurried``: from which share on neighbouring branches are no longer looked for, None if they always were.

    ``record`` is told every point on the way.
    """

    curve: Curve
    pace: Pace
    record: Callable[[BranchPoint], None]
    turns: list[float] = field(default_factory=list)
    crossings: list[float] = field(default_factory=list)
    hurried: float | None = None

    @cached_property
    def probe(self) -> np.ndarray:
        """[n + 1] where the power method begins; any direction may be the one in which another branch comes near."""
        return np.random.default_rng(0).normal(size=self.curve.size + 1)

    def follow(self, start: BranchPoint, *, down: bool = False) -> BranchPoint | None:
        """From ``start`` along the curve to its first point at s = 1; None if it is lost.

        At first s rises; with ``down`` it falls, so that the curve is left again by where it turns.
        """
        if start.share > 0:
            start = self.curve.correct(start.log_odds, start.share, TOLERANCE) or start
        here = self.station(start, np.append(np.zeros(self.curve.size), -1.0 if down else 1.0))
        before: _Station | None = None
        step = self.pace.first
        for _ in range(self.pace.most_steps):
            if here is None:
                return None
            if step < self.pace.shortest:
                before, here, step = None, self.cross(here), float(_CROSSING[0])
                if here is not None and here.point.share == 1.0:
                    return here.point
                continue
            found, factor = self.step(before, here, step)
            if found is None:
                step *= factor
                continue
            if found.point.share == 1.0:
                return found.point
            if found.tangent[-1] * here.tangent[-1] < 0:
                self.turns.append((here.point.share + found.point.share) / 2)
            before, here = here, found
            self.record(here.point)
            step = min(step * factor, self.pace.longest)
        return None

    def station(self, point: BranchPoint, along: np.ndarray, system: Bordered | None = None) -> _Station | None:
        """``point`` with the tangent of the curve there, in the direction of ``along`` [n + 1]."""
        system = system or self.curve.bordered(self.curve.respond(point.log_odds, point.share), along)
        tangent = system.solve(np.append(np.zeros(self.curve.size), 1.0), EXACT)
        if tangent is None:
            return None
        tangent /= np.linalg.norm(tangent)
        return _Station(self.place(point), tangent, point, system.with_row(tangent))

    def place(self, point: BranchPoint) -> np.ndarray:
        """[n + 1] (w, q) of a point."""
        return np.append(self.curve.w(point.log_odds), self.curve.heat * point.share)

    def step(self, before: _Station | None, here: _Station, step: float) -> tuple[_Station | None, float]:
        """The next point, or None where the step is to be taken back; and by how much to stretch the next step."""
        point, error = self.predict(before, here, step)
        if point is None or error > self.pace.error:
            return None, 0.5
        chord = self.place(point) - here.where
        if chord @ here.tangent < _STRAIGHT * np.linalg.norm(chord):
            return None, 0.5
        system = self.curve.bordered(self.curve.respond(point.log_odds, point.share), here.tangent)
        if self.hurried is None and self.curve.work > self.pace.careful:
            self.hurried = here.point.share
        variation = 0.0 if self.hurried is not None else self.varied(here.system, system)
        if variation > self.pace.variation:
            return None, 0.5
        found = self.station(point, here.tangent, system)
        wanted = min(np.sqrt(self.pace.target / max(error, 1e-12)), self.pace.vary / max(variation, 1e-12))
        return found, float(np.clip(wanted, 0.5, 2.0)) if found is not None else 0.5

    def varied(self, before: Bordered, after: Bordered) -> float:
        """By how much B varies from one point to the next, looked at from where it was largest last."""
        size = self.curve.size + 1
        self.probe = self.probe / np.linalg.norm(self.probe)
        self.probe += 0.3 * np.random.default_rng(len(self.turns)).normal(size=size) / np.sqrt(size)
        variation, self.probe = before.variation(after, self.probe)
        return variation

    def predict(self, before: _Station | None, here: _Station, step: float) -> tuple[BranchPoint | None, float]:
        """The point of the curve ``step`` ahead, or at s = 1 if that is nearer; and how far the prediction was off."""
        curve, guess, normal = self.curve, _ahead(before, here, step), here.tangent
        lands = guess[-1] >= curve.heat
        if lands:
            lo, hi = 0.0, step
            for _ in range(60):
                mid = (lo + hi) / 2
                lo, hi = (mid, hi) if _ahead(before, here, mid)[-1] < curve.heat else (lo, mid)
            guess, normal = _ahead(before, here, hi), None
        odds = curve.odds(guess[:-1], here.point.log_odds)
        share = 1.0 if lands else float(guess[-1]) / curve.heat
        point = curve.correct(odds, share, TOLERANCE, normal, here.system)
        if point is None or (point.share >= 1.0 and not lands):
            return None, np.inf
        return point, curve.distance(odds, point.log_odds, point.share)

    def cross(self, here: _Station) -> _Station | None:
        """The curve just beyond a point where others cross it: straight ahead, and straight on; None if it is not."""
        for length in _CROSSING.tolist():
            guess, normal = here.where + length * here.tangent, here.tangent
            lands = guess[-1] >= self.curve.heat
            if lands:
                length = (self.curve.heat - here.where[-1]) / here.tangent[-1]
                guess, normal = here.where + length * here.tangent, None
            odds = self.curve.odds(guess[:-1], here.point.log_odds)
            share = 1.0 if lands else float(guess[-1]) / self.curve.heat
            point = self.curve.correct(odds, share, TOLERANCE, normal)
            if point is None or np.linalg.norm(self.place(point) - guess) > _LEVEL * length:
                continue
            if lands:  # it may be the very crossing, which has no tangent; none is needed any more
                found = _Station(self.place(point), here.tangent, point, here.system)
            else:
                system = self.curve.bordered(self.curve.respond(point.log_odds, point.share), here.tangent)
                beyond = here.system.variation(system, self.probe)[0] > 1.0
                found = self.station(point, here.tangent, system)
                if not beyond or found is None or found.tangent @ here.tangent <= _LEAST_COSINE:
                    continue
            self.crossings.append((here.point.share + point.share) / 2)
            self.record(point)
            return found
        return None


def _ahead(before: _Station | None, here: _Station, step: float) -> np.ndarray:
    """[n + 1] the curve ``step`` ahead: along the tangent, bent as it bent on the way here (Hermite's cubic)."""
    if before is None:
        return here.where + step * here.tangent
    length = float(np.linalg.norm(here.where - before.where))
    chord = (here.where - before.where) / length
    bend = (before.tangent - 2 * chord + here.tangent) / length**2  # third-order term about ``here``
    curve = (before.tangent - 3 * chord + 2 * here.tangent) / length
    return here.where + step * here.tangent + step**2 * curve + step**3 * bend
