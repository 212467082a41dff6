"""The nearest counterexample: the smallest change of assumptions that turns a claim.

Assumptions are measured in units of their ranges, so that the cube from 0 to 1 is all that is thought possible, and a
change is as long as its Euclidean length in these units. The boundary between the points where the claim holds and
those where it does not is known only through evaluations, each of which may be the solution of a game. So few are made:

    1. start from the nearest draws in which the claim has turned, or, if there are none, from the corner of the ranges
       to which the slope of the margin points;
    2. go back towards the base until the claim is about to turn back (regula falsi, Illinois rule);
    3. lay a plane through the margins known nearby, take the point of it that is nearest to the base, and go back from
       there; repeat while the change gets shorter. This is the search for the design point of structural reliability
       (Hasofer and Lind 1974; Rackwitz and Fiessler 1978), with the slope fitted unless a derivative is given;
    4. for the change of the fewest assumptions: push the most telling ones to their limits, or take a draw; undo
       changes by halves as long as the claim stays turned (delta debugging, Zeller and Hildebrandt 2002), and shrink
       those that are left.

What is returned has been evaluated at that very point. It is the nearest that was found: a nearer one may exist.

Shapes: D draws, P assumptions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from longgame.inference.geometry import local_slope, nearest_on_plane, slope_of

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Margin = Callable[[Array], float]
Gradient = Callable[[Array], Array]

UNCHANGED = 1e-6  # of a range
SHORTER = 0.995  # a change must get shorter by this factor to count as progress
AS_NEAR = 1.01  # of two changes that differ in length by less, the one of fewer assumptions is the better
SLIGHT = 0.1  # of the largest change: smaller ones are tried without
STARTS = 2  # draws from which the search for the nearest sets out
PUSHED = 8  # assumptions that are pushed to a limit one by one
DENSE_PART = 0.6  # of the evaluations, for the nearest; what is left is for the sparsest
LONGEST_BISECTION = 12  # evaluations
TINY = 1e-300  # keeps a length from being zero


@dataclass(frozen=True, eq=False)
class Counterexample:
    """A point at which the claim has turned.

    point     [P] in units of the ranges
    change    [P] from the base
    distance  the Euclidean length of the change
    margin    of the claim at the point, as evaluated
    """

    point: Array
    change: Array
    distance: float
    margin: float

    @property
    def changed(self) -> tuple[int, ...]:
        """The assumptions that differ from the base, the largest change first."""
        size = np.abs(self.change)
        return tuple(int(i) for i in np.argsort(-size, kind="stable") if size[i] > UNCHANGED)

    def sentence(self, names: Sequence[str], before: Array, after: Array, most: int = 6) -> str:
        """The largest changes, from values ``before`` [P] to values ``after`` [P] in the assumptions' own units:
        'aid_effect from 0.1 to 0.07, prize from 2 to 3.1'."""
        told = [f"{names[i]} from {before[i]:.4g} to {after[i]:.4g}" for i in self.changed[:most]]
        untold = len(self.changed) - len(told)
        return ", ".join(told) + (f", and {untold} smaller change{'s' if untold > 1 else ''}" if untold else "")


@dataclass(frozen=True, eq=False)
class Counterexamples:
    """What turns a claim.

    nearest      the shortest change that was found; None where nothing turned the claim
    sparsest     the change of the fewest assumptions that was found, the shortest of several
    base_margin  of the claim at the base
    evaluations  how often the margin was asked for
    note         a sentence where there is something to say
    """

    nearest: Counterexample | None
    sparsest: Counterexample | None
    base_margin: float
    evaluations: int
    note: str = ""


def counterexamples(
    margin: Margin,
    base: Array,
    draws: Array,
    margins: ArrayLike,
    *,
    base_margin: float | None = None,
    gradient: Gradient | None = None,
    most_evaluations: int = 80,
    tolerance: float = 1e-3,
) -> Counterexamples:
    """The nearest and the sparsest point at which the margin has another sign than at the base.

    margin       of a point [P] of the unit cube; NaN where it has none
    base         [P] the base case in units of the ranges
    draws        [D, P] points whose margins [D] are known
    base_margin  at the base, where it is known
    gradient     of the margin at a point [P], where there is one
    tolerance    how near to the turn the search goes, in units of the ranges

    A margin of exactly zero has not turned.
    """
    probe = _Probe(margin, gradient, np.asarray(base, dtype=float), base_margin, most_evaluations, tolerance)
    if math.isnan(probe.base_margin):
        return Counterexamples(None, None, math.nan, probe.evaluations, "The claim has no answer at the base.")
    probe.learn(np.asarray(draws, dtype=float), np.asarray(margins, dtype=float))
    everything = np.ones(len(probe.base), dtype=bool)

    probe.stop_at = int(DENSE_PART * most_evaluations)
    starts = [one.point for one in probe.nearest_first()[:STARTS]] or _pushed(probe, [len(probe.base)])
    for start in starts:
        _shorten(probe, start, everything)
    _tidy(probe)

    probe.stop_at, probe.spent = most_evaluations, False
    singles = _pushed_alone(probe)
    for start in singles or [*_pushed(probe, [2, 3, 4, 6, 8, 12, 16]), *starts[:1]]:
        few = _undo_by_halves(probe, start)
        _shrink_each(probe, few)
        _shorten(probe, few, np.abs(few - probe.base) > UNCHANGED)
    return Counterexamples(probe.nearest(), probe.sparsest(), probe.base_margin, probe.evaluations, _note(probe))


def _note(probe: _Probe) -> str:
    if not probe.found:
        return "No draw turns the claim, and no change within the ranges was found that does."
    if probe.spent:
        return f"The search ended after {probe.evaluations} evaluations: a shorter change may exist."
    return ""


# --- what is known ---------------------------------------------------------------------------------------------------


class _Probe:
    """The margin, counted; every point that was ever evaluated, and those among them that have turned.

    Margins are turned so that the base's is not negative: a point has turned where its margin is negative.

    base         [P]
    base_margin  as it is, not turned
    tolerance    how near to the turn the search goes
    evaluations  made so far
    stop_at      how many may be made
    spent        whether one was wanted after that
    known        the margin of every point (by its bytes) that was evaluated or given
    found        those that have turned
    """

    def __init__(
        self,
        margin: Margin,
        gradient: Gradient | None,
        base: Array,
        base_margin: float | None,
        most: int,
        tolerance: float,
    ):
        self._margin, self._gradient = margin, gradient
        self.base, self.tolerance = base, tolerance
        self.evaluations, self.stop_at, self.spent = 0, most, False
        self.base_margin = base_margin if base_margin is not None else self._count(base)
        self._sign = -1.0 if self.base_margin < 0.0 else 1.0
        self.found: list[Counterexample] = []
        self.known = {base.tobytes(): abs(self.base_margin)}
        self._points, self._values = [base], [abs(self.base_margin)]
        self._overall: Array | None = None

    def _count(self, point: Array) -> float:
        self.evaluations += 1
        return float(self._margin(point))

    def learn(self, points: Array, margins: Array) -> None:
        """Take in points [D, P] whose margins [D] are known already."""
        for point, margin in zip(points, margins, strict=True):
            self._keep(point, float(margin))

    def _keep(self, point: Array, margin: float) -> float:
        value = self._sign * margin
        self.known[point.tobytes()] = value
        if math.isfinite(value):
            self._points.append(point)
            self._values.append(value)
        if value < 0.0:
            change = point - self.base
            self.found.append(Counterexample(point, change, float(np.linalg.norm(change)), margin))
        return value

    def at(self, point: Array) -> float | None:
        """The margin at a point; None when it is not known and no evaluation is left."""
        if (value := self.known.get(point.tobytes())) is not None:
            return value
        if self.evaluations >= self.stop_at:
            self.spent = True
            return None
        return self._keep(point, self._count(point))

    def turns(self, point: Array) -> bool:
        """Whether the claim has turned at a point; not so if no evaluation is left."""
        value = self.at(point)
        return value is not None and value < 0.0

    def slope(self, point: Array) -> Array:
        """[P] of the margin at a point that was evaluated."""
        if self._gradient is not None:
            return self._sign * np.asarray(self._gradient(point), dtype=float)
        points, values = np.array(self._points), np.array(self._values)
        if self._overall is None:
            self._overall = slope_of(points, values)
        nearest = int(np.argmin(np.linalg.norm(points - point, axis=1)))
        return local_slope(points, values, point, float(values[nearest]), self._overall)

    def nearest_first(self) -> list[Counterexample]:
        """Everything that turned the claim, the shortest change first."""
        return sorted(self.found, key=lambda one: one.distance)

    def nearest(self) -> Counterexample | None:
        """The shortest change; of those as short, the one of the fewest assumptions."""
        ordered = self.nearest_first()
        near = [one for one in ordered if one.distance <= AS_NEAR * ordered[0].distance]
        return min(near, key=lambda one: (len(one.changed), one.distance), default=None)

    def sparsest(self) -> Counterexample | None:
        """The change of the fewest assumptions; of those, the shortest."""
        return min(self.found, key=lambda one: (len(one.changed), one.distance), default=None)


# --- the nearest -----------------------------------------------------------------------------------------------------


def _edge(probe: _Probe, held: Array, turned: Array) -> Array:
    """The last point that has turned on the way from a point that has turned to one that has not.

    A bracket of the turn is narrowed to the tolerance by regula falsi; the value at an end that stays is halved
    (Illinois rule), and where a guess would hardly narrow the bracket, it is halved instead.
    """
    span = float(np.linalg.norm(turned - held))
    low, high = 0.0, 1.0  # parts of the way from held to turned
    value_low, value_high = probe.known.get(held.tobytes(), math.nan), probe.known.get(turned.tobytes(), math.nan)
    best = turned
    for _ in range(LONGEST_BISECTION):
        if (high - low) * span <= probe.tolerance:
            break
        guess = low + (high - low) * value_low / (value_low - value_high) if value_low > value_high else math.nan
        if not low + 0.05 * (high - low) <= guess <= high - 0.05 * (high - low):
            guess = (low + high) / 2.0
        point = held + guess * (turned - held)
        value = probe.at(point)
        if value is None:
            break
        if value < 0.0:
            high, value_high, value_low, best = guess, value, value_low / 2.0, point
        else:  # NaN, no answer, has not turned
            low, value_low, value_high = guess, value, value_high / 2.0
    return best


def _shorten(probe: _Probe, start: Array, free: Mask) -> None:
    """From a point that has turned to the nearest one by planes, changing only the free assumptions."""
    point = _edge(probe, probe.base, start)
    while not probe.spent:
        target = nearest_on_plane(probe.base, probe.slope(point), point, free)
        if target is None:
            return
        length = SHORTER * float(np.linalg.norm(point - probe.base))
        for part in (1.0, 0.5, 0.25):
            aim = point + part * (target - point) - probe.base
            # as far out as is still progress: there the claim has turned, if it turns anywhere that way
            trial = _within(probe.base, probe.base + aim * length / max(float(np.linalg.norm(aim)), TINY))
            if probe.turns(trial):
                point = _edge(probe, probe.base, trial)
                break
        else:
            return


def _within(base: Array, point: Array) -> Array:
    """The point moved into the ranges; a base outside them may stay where it is."""
    return np.clip(point, np.minimum(base, 0.0), np.maximum(base, 1.0))


def _tidy(probe: _Probe) -> None:
    """Try the nearest point without its slight changes, which a fitted slope leaves everywhere."""
    nearest = probe.nearest()
    if nearest is None:
        return
    size = np.abs(nearest.change)
    kept = np.where(size >= SLIGHT * size.max(), nearest.change, 0.0)
    without = _within(probe.base, probe.base + kept * nearest.distance / max(float(np.linalg.norm(kept)), TINY))
    if not np.array_equal(kept, nearest.change) and probe.turns(without):
        _shorten(probe, without, kept != 0.0)


# --- the sparsest ----------------------------------------------------------------------------------------------------


def _telling(probe: _Probe) -> tuple[NDArray[np.intp], Array]:
    """The assumptions by how far each could move the margin alone, and the limit to which it would have to go."""
    slope = probe.slope(probe.base)
    limit = np.where(slope > 0.0, np.minimum(probe.base, 0.0), np.maximum(probe.base, 1.0))
    return np.argsort(-np.abs(slope * (limit - probe.base)), kind="stable"), limit


def _pushed_alone(probe: _Probe) -> list[Array]:
    """The points that turn the claim with one assumption at its limit, of the most telling ones."""
    order, limit = _telling(probe)
    points = [np.where(np.arange(len(limit)) == i, limit, probe.base) for i in order[:PUSHED]]
    return [point for point in points if probe.turns(point)]


def _pushed(probe: _Probe, counts: Sequence[int]) -> list[Array]:
    """The first point that turns the claim with the most telling assumptions at their limits, so many at a time."""
    order, limit = _telling(probe)
    for count in counts:
        if count <= len(order):
            point = np.where(np.isin(np.arange(len(limit)), order[:count]), limit, probe.base)
            if probe.turns(point):
                return [point]
    return []


def _undo_by_halves(probe: _Probe, point: Array) -> Array:
    """A point that has turned with fewer changes: groups, the least telling first, undone where possible."""
    effect = np.abs(probe.slope(point) * (point - probe.base))
    changed = [int(i) for i in np.argsort(effect, kind="stable") if abs(point[i] - probe.base[i]) > UNCHANGED]
    size = len(changed) // 2
    while size >= 1 and len(changed) > 1:
        for start in range(0, len(changed), size):
            group = changed[start : start + size]
            trial = point.copy()
            trial[group] = probe.base[group]
            if probe.turns(trial):
                point = trial
        changed = [i for i in changed if abs(point[i] - probe.base[i]) > UNCHANGED]
        size = min(size, len(changed)) // 2 if size > 1 else 0
    return point


def _shrink_each(probe: _Probe, point: Array) -> None:
    """Shrink each change of a point that has turned, the largest first, as far as it stays turned."""
    for i in np.argsort(-np.abs(point - probe.base), kind="stable"):
        if abs(point[i] - probe.base[i]) <= UNCHANGED or probe.spent:
            return
        back = point.copy()
        back[i] = probe.base[i]
        point = back if probe.turns(back) else _edge(probe, back, point)
