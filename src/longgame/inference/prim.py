"""The box of assumptions in which a claim fails: scenario discovery by PRIM.

The patient rule induction method (Friedman and Fisher 1999, Statistics and Computing 9; for scenario discovery Bryant
and Lempert 2010, Technological Forecasting and Social Change 77) looks for a box, a range for each of a few
assumptions, in which failures crowd:

    1. peeling: from all draws, cut off the twentieth at one end of one assumption whose removal raises the density of
       failures most; repeat until no cut raises it or too few draws are left. The boxes on the way are the trajectory;
    2. choosing: of the trajectory, the box with the best balance of coverage (the part of all failures inside it) and
       density (the part of the draws inside it that fail): the one for which lying inside and failing are correlated
       most (the phi coefficient; Yule 1912). Unlike the harmonic mean of the two, it does not prefer a box of
       everything where most draws fail;
    3. pasting: push single limits out again as long as the density rises;
    4. simplifying: drop every limit that chance explains (quasi-p-value above 0.05) or that buys next to nothing;
    5. covering: take the draws of the box away and look for another one.

The quasi-p-value of a limit is the chance of as many failures in the box as there are, if the limit were of no use: if
each of its draws failed as often as those of the box without the limit. (Quasi, because the limit was searched for.)

The search is greedy: failures in several places that overlap along every assumption may come out as one thin box.
Everything is deterministic. Ties go to an assumption that is limited already, then to the first, then to its upper end.

Shapes: D draws, P assumptions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

SIGNIFICANT = 0.05  # quasi-p-value above which a limit is dropped
NEGLIGIBLE = 0.02  # loss of correlation that is a fair price for one limit less
LEAST_COVERAGE = 0.05  # of the failures: a box with fewer is not worth a sentence
LEAST_ODDS = 1.5  # of failing inside a box, to those of failing at all: a box with less says little


@dataclass(frozen=True, eq=False)
class Box:
    """A range for each of a few assumptions.

    low, high    [P] the limits; infinite where there is none
    draws        how many draws are inside, not counting those in boxes found before
    failures     how many of them fail
    coverage     the part of all failures that they are
    density      the part of the draws inside that fail
    mass         the part of all draws that is inside
    correlation  between lying inside and failing, among the draws that were looked at
    p_values     [P, 2] the quasi-p-value of each limit, low and high; NaN where there is none
    """

    low: Array
    high: Array
    draws: int
    failures: int
    coverage: float
    density: float
    mass: float
    correlation: float
    p_values: Array

    @property
    def restricted(self) -> tuple[int, ...]:
        """The assumptions that the box limits, those that are hardest to explain by chance first."""
        p = np.nanmin(np.where(np.isnan(self.p_values), np.inf, self.p_values), axis=1)
        limited = np.flatnonzero(np.isfinite(self.low) | np.isfinite(self.high))
        return tuple(int(i) for i in limited[np.argsort(p[limited], kind="stable")])

    def contains(self, x: Array) -> Mask:
        """[D] which draws [D, P] lie inside."""
        return np.asarray(((x >= self.low) & (x <= self.high)).all(axis=1))

    def sentence(self, names: Sequence[str], verb: str = "fails", cases: str = "the failures") -> str:
        """The box in words: 'fails when a < 0.07 and b > 3.1: 84% of the failures, 9% of the draws'."""
        if not self.restricted:
            return f"{verb} anywhere: {_percent(self.density)} of the draws"
        conditions = [_condition(names[i], float(self.low[i]), float(self.high[i])) for i in self.restricted]
        return (
            f"{verb} when {' and '.join(conditions)}:"
            f" {_percent(self.coverage)} of {cases}, {_percent(self.mass)} of the draws"
        )


@dataclass(frozen=True, eq=False)
class Boxes:
    """Where a claim fails.

    boxes         in the order in which they were found; each leaves out the draws of those before
    trajectories  for each box, the boxes that peeling went through
    draws         that were looked at
    failures      among them
    dropped       draws without an answer, left out
    note          why there is no box, where there is none
    """

    boxes: tuple[Box, ...]
    trajectories: tuple[tuple[Box, ...], ...]
    draws: int
    failures: int
    dropped: int
    note: str = ""

    @property
    def coverage(self) -> float:
        """The part of all failures inside any of the boxes."""
        return math.fsum(box.coverage for box in self.boxes)


def find_boxes(
    x: Array,
    failed: ArrayLike,
    *,
    most: int = 3,
    alpha: float = 0.05,
    least_mass: float = 0.05,
    least_density: float = 0.0,
) -> Boxes:
    """The boxes in which the failures crowd, at most ``most``.

    x              [D, P] the assumptions
    failed         [D] 1 where the claim fails, 0 where it holds, NaN where it has no answer
    alpha          the part of the draws that one cut removes: the less, the more patient
    least_mass     the part of the draws that a box must hold
    least_density  the part of the draws of a box that must fail

    The odds of failing must be half as high again inside a box as in all draws taken together.
    """
    outcome = np.asarray(failed, dtype=float)
    known = np.isfinite(outcome) & np.isfinite(x).all(axis=1)
    x, y = np.asarray(x, dtype=float)[known], outcome[known] > 0.5
    dropped = int((~known).sum())
    total, failures = len(y), int(y.sum())
    if failures in (0, total):
        note = "No draw has an answer." if not total else f"Fails in {'no' if not failures else 'every'} draw."
        return Boxes((), (), total, failures, dropped, note)
    if not x.shape[1]:
        return Boxes((), (), total, failures, dropped, "There is no assumption to bound a box with.")
    least = max(1, math.ceil(least_mass * total - 1e-9))
    boxes: list[Box] = []
    trajectories: list[tuple[Box, ...]] = []
    left = np.ones(total, dtype=bool)
    while len(boxes) < most and y[left].any():
        among = _Among(x[left], y[left], total, failures)
        trajectory = peel(among, alpha, least)
        box = _choose(among, trajectory, alpha, least_density)
        if box is None or box.coverage < LEAST_COVERAGE:
            break
        boxes.append(box)
        trajectories.append(trajectory)
        left &= ~box.contains(x)
    note = "" if boxes else "No box of assumptions gathers the failures better than chance would."
    return Boxes(tuple(boxes), tuple(trajectories), total, failures, dropped, note)


@dataclass(frozen=True, eq=False)
class _Among:
    """The draws among which a box is looked for, and the totals that its shares are of."""

    x: Array
    y: Mask
    total: int
    failures: int

    def box(self, low: Array, high: Array) -> Box:
        """The box with these limits, described."""
        inside = (self.x >= low) & (self.x <= high)
        within = inside.all(axis=1)
        n, k = int(within.sum()), int(self.y[within].sum())
        p_values = np.full((len(low), 2), np.nan)
        for side, limit in enumerate((low, high)):
            for i in np.flatnonzero(np.isfinite(limit)):
                free = np.delete(inside, i, axis=1).all(axis=1)
                # the other limit of the same assumption stays
                free &= (self.x[:, i] <= high[i]) if side == 0 else (self.x[:, i] >= low[i])
                p_values[i, side] = scipy.special.bdtrc(k - 1, n, self.y[free].mean()) if n else 1.0
        density = k / n if n else 0.0
        correlation = _phi(k, n, int(self.y.sum()), len(self.y))
        return Box(low, high, n, k, k / self.failures, density, n / self.total, correlation, p_values)


def peel(among: _Among, alpha: float, least: int) -> tuple[Box, ...]:
    """The trajectory of boxes from all draws to the densest box that still holds ``least`` of them."""
    x, y = among.x, among.y.astype(np.int64)
    columns = np.arange(x.shape[1])
    low, high = np.full(x.shape[1], -np.inf), np.full(x.shape[1], np.inf)
    order = np.argsort(x, axis=0, kind="stable").T  # [P, n] the draws inside, in the order of each assumption
    trajectory = [among.box(low, high)]
    while order.shape[1] > least:
        cut = _best_cut(x[order, columns[:, None]], y[order], alpha, least, np.isfinite(low) | np.isfinite(high))
        if cut is None:
            break
        low, high = low.copy(), high.copy()
        if cut.upper:
            high[cut.assumption] = cut.limit
            keep = x[:, cut.assumption] <= cut.limit
        else:
            low[cut.assumption] = cut.limit
            keep = x[:, cut.assumption] >= cut.limit
        order = order[keep[order]].reshape(len(columns), -1)  # every row loses the same draws
        trajectory.append(among.box(low, high))
    return tuple(trajectory)


@dataclass(frozen=True)
class _Cut:
    assumption: int
    upper: bool
    limit: float


def _best_cut(values: Array, fails: NDArray[np.int64], alpha: float, least: int, restricted: Mask) -> _Cut | None:
    """The cut that raises the density most for each draw it removes; None if none raises it.

    values, fails [P, n]: the draws inside the box, each row sorted by one assumption.
    """
    n = values.shape[1]
    rows = np.arange(len(values))
    below = (values <= values[:, [math.floor((n - 1) * alpha)]]).sum(axis=1)  # ties go together
    above = (values >= values[:, [math.ceil((n - 1) * (1.0 - alpha))]]).sum(axis=1)
    hits = np.concatenate([np.zeros((len(values), 1), dtype=np.int64), np.cumsum(fails, axis=1)], axis=1)
    total = int(hits[0, -1])
    kept = n - np.stack([above, below], axis=1)  # [P, 2] upper end, lower end
    failing = np.stack([hits[rows, n - above], total - hits[rows, below]], axis=1)
    allowed = (kept >= max(least, 1)) & (kept < n)
    gain = np.where(allowed, (failing / np.maximum(kept, 1) - total / n) / np.maximum(n - kept, 1), -np.inf)
    if not gain.max() > 0.0:
        return None
    best = gain == gain.max()
    if (best & restricted[:, None]).any():
        best &= restricted[:, None]
    i, end = (int(index) for index in np.argwhere(best)[0])
    edge = n - int(above[i]) if end == 0 else int(below[i])
    return _Cut(i, end == 0, float(values[i, edge - 1] + values[i, edge]) / 2.0)


def _choose(among: _Among, trajectory: Sequence[Box], alpha: float, least_density: float) -> Box | None:
    """The best balanced box of a trajectory, pasted and simplified; None if what is left has no limit."""
    dense = [box for box in trajectory if box.density >= least_density]
    best = max(dense, key=lambda box: box.correlation, default=None)  # the first, and so the largest, of several
    if best is None or not best.restricted:
        return None
    box = simplify(among, paste(among, best, alpha), least_density)
    odds = LEAST_ODDS * among.failures / (among.total - among.failures)
    return box if box.restricted and box.density >= odds * (1.0 - box.density) else None


def paste(among: _Among, box: Box, alpha: float) -> Box:
    """Push single limits out, each time to take in a twentieth (alpha) more draws, as long as the density rises."""
    while True:
        wider = [
            among.box(*limits)
            for i in box.restricted
            for side in (0, 1)
            if (limits := _pushed(among, box, i, side, alpha)) is not None
        ]
        best = max(wider, key=lambda other: other.density, default=box)
        if best.density <= box.density:
            return box
        box = best


def _pushed(among: _Among, box: Box, i: int, side: int, alpha: float) -> tuple[Array, Array] | None:
    """The limits with one of them further out; None where there is no limit."""
    limits = [box.low.copy(), box.high.copy()]
    limit = limits[side][i]
    if not math.isfinite(limit):
        return None
    limits[side][i] = -np.inf if side == 0 else np.inf
    column = among.x[((among.x >= limits[0]) & (among.x <= limits[1])).all(axis=1), i]
    outside = np.sort(-column[column < limit] if side == 0 else column[column > limit])  # the nearest first
    more = max(1, int(alpha * box.draws))
    if len(outside) > more:
        middle = (outside[more - 1] + outside[more]) / 2.0
        limits[side][i] = -middle if side == 0 else middle
    return limits[0], limits[1]


def simplify(among: _Among, box: Box, least_density: float = 0.0) -> Box:
    """Drop limits one by one: those that chance explains, then those that buy next to nothing."""
    while box.restricted:
        without = [(i, side) for i in box.restricted for side in (0, 1) if math.isfinite((box.low, box.high)[side][i])]
        by_chance = [limit for limit in without if box.p_values[limit] > SIGNIFICANT]
        if by_chance:
            box = _without(among, box, *max(by_chance, key=lambda limit: box.p_values[limit]))
            continue
        if len(without) == 1:
            return box  # the last limit that means something stays
        simpler = max((_without(among, box, *limit) for limit in without), key=lambda other: other.correlation)
        if simpler.correlation < box.correlation - NEGLIGIBLE or simpler.density < least_density:
            return box
        box = simpler
    return box


def _without(among: _Among, box: Box, i: int, side: int) -> Box:
    low, high = box.low.copy(), box.high.copy()
    (low, high)[side][i] = -np.inf if side == 0 else np.inf
    return among.box(low, high)


def _phi(both: int, inside: int, failing: int, total: int) -> float:
    """The correlation of two yes-or-no properties from how often each, and both, occur; 0 where one never varies."""
    spread = math.sqrt(inside * (total - inside) * failing * (total - failing))
    return (both * total - inside * failing) / spread if spread > 0.0 else 0.0


def _condition(name: str, low: float, high: float) -> str:
    if math.isfinite(low) and math.isfinite(high):
        return f"{low:.3g} < {name} < {high:.3g}"
    return f"{name} > {low:.3g}" if math.isfinite(low) else f"{name} < {high:.3g}"


def _percent(share: float) -> str:
    """A share in words; never 0 or 100% for what is only nearly so."""
    percent = 100.0 * share
    if 0.0 < percent < 0.95:
        return f"{percent:.1g}%"
    if 99.5 <= percent < 100.0:
        return "over 99%"
    return f"{percent:.0f}%"
