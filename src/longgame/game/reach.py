"""Which public states can be reached, found once and valid for every draw of the assumptions.

Breadth first through the periods and their steps, many states at a time. What a formula does is bounded by interval
arithmetic over the assumptions' ranges, so a state is kept if any draw could lead to it, with the neighbours that
linear interpolation needs. A state that was met at the entry of a step in an earlier period is not taken through it
again: what follows had more time then. So the work is one pass for each state and step, and no array is ever much
larger than what has been reached.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import count

import numpy as np

from longgame.game.intervals import Interval, alternatives, bounds
from longgame.game.plan import Change, OptionPlan, Plan, certainly, possibly
from longgame.game.states import ON_POINT, Variable
from longgame.game.symbols import Environment
from longgame.scenario.expand import Observation
from longgame.scenario.language.expressions import Node

Hypothesis = Sequence[Sequence[Change]]
"""What a question asks about: stages of changes, made one after the other; between two stages play goes on."""

_CHUNK = 1_000_000  # successors listed at a time
_BATCH = 100_000  # states taken through a step at a time
_NONE = np.empty(0, np.int64)


class TooManyStatesError(Exception):
    """More states than allowed. ``points`` [V]: how many points of each variable had been reached by then."""

    def __init__(self, states: int, points: Sequence[int]):
        super().__init__(f"more than {states} states")
        self.states, self.points = states, tuple(points)


@dataclass(frozen=True, eq=False)
class Reached:
    """The reachable states.

    ids     [S] sorted
    played  [S] bool: play can reach it from the start; the others are only reached by a change in a question
    asked   [S] bool: changes in questions are made here
    """

    ids: np.ndarray
    played: np.ndarray
    asked: np.ndarray


def reach(
    plan: Plan,
    changes: Sequence[Hypothesis] = (),
    evidence: Sequence[Observation] = (),
    limit: int = 2_000_000,
    time: Mapping[int, int] | None = None,
) -> Reached:
    """The reachable states.

    Args:
        plan: the game.
        changes: what questions ask about. Questions are asked at the start and after each piece of evidence, so each
            change is made, once, in every state that is possible there; play goes on from there for as long as the
            whole game lasts.
        evidence: in order.
        limit: the largest number of states allowed.
        time: of each variable that counts what is left of a deal, its position and the step at which it runs down. A
            deal that a question makes before that step may pass it over, as the period in which it is made counts.

    Raises:
        TooManyStatesError: there are more.
    """
    search = _Search(plan, limit)
    start = search.after(plan.start, np.zeros(1, np.int64))
    search.waiting[0] = start
    search.run()
    played, met = search.all, search.seen
    asked = search.asked(start, evidence)
    origins = asked
    for stage in range(max(map(len, changes), default=0)):
        search.forget()
        places: dict[bytes, list[int]] = {}  # the same states are often met at many steps
        for k, ids in enumerate(origins):
            places.setdefault(ids.tobytes(), []).append(k)
        made_here = (tuple(hypothesis[stage]) if stage < len(hypothesis) else () for hypothesis in changes)
        for made in dict.fromkeys(made_here):
            for same in places.values():
                moved, over = origins[same[0]], 0
                for change in made or ((),):  # each leads on from a state that is looked at
                    moved = search.after(change, moved)
                    over = max(over, *((time or {}).get(place, -1) + 1 for place, _ in change), 0)
                    for k in {*same, *(max(k, over) for k in same)}:
                        search.waiting[k] = _union(search.waiting[k], moved)
        search.run()
        # Between two stages play goes on until a move comes up: from then on, from anywhere.
        met = list(map(_union, met, search.seen))
        origins = met
    everywhere = reduce(_union, asked, _NONE)
    return Reached(search.all, np.isin(search.all, played), np.isin(search.all, everywhere))


def within(plan: Plan, change: Change, origin: np.ndarray, ids: np.ndarray) -> bool:
    """Whether a change leads from the states ``origin`` (ids) only to states ``ids``, in every draw."""
    search = _Search(plan, limit=len(ids))
    try:
        return not len(_without(search.after(change, origin), ids))
    except TooManyStatesError:
        return False


def span(variable: Variable, value: Interval) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest point of a variable's grid that an effect with this value can land on."""
    last = len(variable.points) - 1
    with np.errstate(invalid="ignore"):
        low = np.clip(np.floor(variable.position(value.low) + ON_POINT / 2), 0, last)
        high = np.clip(np.ceil(variable.position(value.high) - ON_POINT / 2), 0, last)
    return low.astype(np.int64), np.maximum(low, high).astype(np.int64)


def lands_on_points(variable: Variable, node: Node, env: Environment, where: np.ndarray) -> bool:
    """Whether a new value is on one grid point (or beyond an end) for every draw, in all states ``where`` [M]."""
    last = len(variable.points) - 1
    for possible, value in alternatives(node, env):
        u_low, u_high = (np.clip(variable.position(x), 0, last) for x in value)
        on_point = (np.abs(u_high - u_low) < ON_POINT) & (np.abs(u_low - np.round(u_low)) < ON_POINT)
        if not np.all(on_point | ~possible | ~where):
            return False
    return True


@dataclass
class _Search:
    """The state of a search. All ids are sorted and unique.

    seen     [K + 1] ids met in this run at the entry of each step, and at the end of a period
    waiting  [K + 1] ids to be taken on from there
    all      ids met in any run
    """

    plan: Plan
    limit: int
    seen: list[np.ndarray] = field(init=False)
    waiting: list[np.ndarray] = field(init=False)
    all: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.all = _NONE
        self.forget()

    def forget(self) -> None:
        """Make ready for another run, from other states, with the whole game's time before it."""
        self.seen = [_NONE] * (len(self.plan.steps) + 1)
        self.waiting = [_NONE] * (len(self.plan.steps) + 1)

    def run(self) -> None:
        """Play on from the waiting states until the horizon, or until nothing new is met."""
        end = len(self.plan.steps)
        for t in count() if self.plan.forever else range(self.plan.periods):
            for k in range(end):
                for start in range(0, len(new := self.arrivals(k)), _BATCH):
                    self.take(k, new[start : start + _BATCH], t)
            self.waiting[0] = _union(self.waiting[0], self.arrivals(end))
            if not any(map(len, self.waiting)):
                return

    def arrivals(self, k: int) -> np.ndarray:
        """The states waiting at step k that were not met there before; from now on they were."""
        new, self.waiting[k] = _without(self.waiting[k], self.seen[k]), _NONE
        self.seen[k] = _union(self.seen[k], new)
        self.all = _union(self.all, new)
        self.check(self.all)
        return new

    def asked(self, start: np.ndarray, evidence: Sequence[Observation]) -> list[np.ndarray]:
        """[K + 1] ids that questions may start from, at the entry of each step: the start, or after some evidence."""
        K = len(self.plan.steps)
        asked = [start, *[_NONE] * K]
        here = list(asked)
        for t in range(evidence[-1].period + 1 if evidence else 0):
            for k in range(K):
                entry, pieces = here[k], [piece for piece in evidence if (piece.period, piece.step) == (t, k)]
                # What may be wrong, what did not happen (the step may not have taken place), and what is said of a
                # whole time leave nothing out here.
                known = [set(p.options) for p in pieces if p.p is None and p.bit is None and not p.negative]
                if known:
                    here[k + 1 :] = [_NONE] * (K - k)
                options = sorted(set.intersection(*known)) if known else None
                for following, ids in self.follow(k, entry, t, t, options):
                    here[following] = _union(here[following], ids)
                if any(piece.last for piece in pieces):
                    asked[k + 1 :] = map(_union, asked[k + 1 :], here[k + 1 :])
            pieces = [piece for piece in evidence if (piece.period, piece.step) == (t, K)]
            for piece in pieces:
                if piece.p is None and piece.bit is None:
                    here[K] = self.agreeing(here[K], piece.seen)
            if any(piece.last for piece in pieces):
                asked[K] = _union(asked[K], here[K])
            here = [here[K], *[_NONE] * K]
        return asked

    def agreeing(self, ids: np.ndarray, seen: Mapping[str, Sequence[Node]]) -> np.ndarray:
        """Those of the states that may be what was seen: one of some words, a number, or one in a range."""
        codes = self.plan.decode(ids)
        env, fits = self.plan.ranges(codes), np.ones(len(ids), bool)
        for name, values in seen.items():
            bound = [self.plan.change({name: value})[0] for value in values]
            place = bound[0][0]
            spans = [span(self.plan.variables[place], bounds(node, env)) for _, node in bound]
            if self.plan.variables[place].numeric:
                spans = [(spans[0][0], spans[-1][1])]
            within = [(codes[:, place] >= low) & (codes[:, place] <= high) for low, high in spans]
            fits &= np.any(within, axis=0)
        return ids[fits]

    def take(self, k: int, ids: np.ndarray, t: int) -> None:
        """Take states through step k, in period t or any later one, to wait at the steps that may follow."""
        for following, reached in self.follow(k, ids, t, self.plan.periods - 1):
            self.waiting[following] = _union(self.waiting[following], reached)

    def follow(
        self, k: int, ids: np.ndarray, first: int, last: int, options: Sequence[int] | None = None
    ) -> Iterator[tuple[int, np.ndarray]]:
        """Where states may go from step k in periods ``first`` to ``last``: the step that follows, and states there.

        With ``options``, one of these was seen to be taken: the step was not passed over.
        """
        step, codes = self.plan.steps[k], self.plan.decode(ids)
        env = self.plan.ranges(codes, first + 1, last + 1)
        over = self.plan.ended(codes)
        active = possibly(step.when, env, len(ids)) & ~over
        never_closed = certainly(step.when, env, len(ids)) & ~over
        some_open = np.zeros(len(ids), bool)
        for a, (option, following) in enumerate(zip(step.options, step.next, strict=True)):
            some_open |= certainly(option.when, env, len(ids))
            if options is None or a in options:
                where = active & possibly(option.when, env, len(ids))
                yield following, self.through(option, ids, codes, where, env)
        if options is None:
            yield k + 1, ids[~(never_closed & some_open)]

    def through(
        self, option: OptionPlan, ids: np.ndarray, codes: np.ndarray, where: np.ndarray, env: Environment
    ) -> np.ndarray:
        """The states that an option may lead to from the states ``where`` [M]."""
        reached = _NONE
        for effect in option.effects:
            likely = where
            for odds in (option.odds, effect.odds):
                likely = likely & (np.True_ if odds is None else possibly(odds, env, len(ids)))
            if np.any(likely):
                reached = _union(reached, self.successors(effect.sets, ids, codes, likely, env))
        return reached

    def after(self, change: Change, ids: np.ndarray) -> np.ndarray:
        """The states after a change of the states with these ids."""
        result = _NONE
        for start in range(0, len(ids), _BATCH):
            batch = ids[start : start + _BATCH]
            codes = self.plan.decode(batch)
            env = self.plan.ranges(codes)
            result = _union(result, self.successors(change, batch, codes, np.ones(len(batch), bool), env))
        return result

    def successors(
        self, change: Change, ids: np.ndarray, codes: np.ndarray, where: np.ndarray, env: Environment
    ) -> np.ndarray:
        """The ids that a change may lead to from the states ``where`` [M]."""
        rows = np.flatnonzero(where)
        ways = [list(self.ways(place, node, env, rows, len(ids))) for place, node in change]
        changed = [place for place, _ in change]
        base = ids[rows] - codes[rows][:, changed] @ self.plan.strides[changed]
        points = [np.sum([high - low + 1.0 for low, high in variable_ways], axis=0) for variable_ways in ways]
        counts = np.prod([np.ones(len(rows)), *points], axis=0)
        if len(rows) and counts.max() > self.limit:
            raise self.too_many({place: int(count.max()) for place, count in zip(changed, points, strict=True)})
        result = _NONE
        for part in _parts(counts):
            found = base[part]
            origin = np.arange(part.start, part.stop)
            for place, variable_ways in zip(changed, ways, strict=True):
                stride = self.plan.strides[place]
                spread = [_spread(found, origin, low, high, stride) for low, high in variable_ways]
                found = np.concatenate([s[0] for s in spread])
                origin = np.concatenate([s[1] for s in spread])
            result = _union(result, np.unique(found))
            self.check(result)
        return result

    def ways(
        self, place: int, node: Node, env: Environment, rows: np.ndarray, count: int
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """For each way a new value can come out, its lowest and highest point [rows]; an impossible way has none."""
        variable = self.plan.variables[place]
        for possible, value in alternatives(node, env):
            low, high = (np.broadcast_to(x, (count,))[rows] for x in span(variable, value))
            yield low, np.where(np.broadcast_to(possible, (count,))[rows], high, low - 1)

    def check(self, ids: np.ndarray) -> None:
        """Raise if there are more states than allowed."""
        if len(ids) > self.limit:
            raise self.too_many({})

    def too_many(self, at_least: dict[int, int]) -> TooManyStatesError:
        codes = self.plan.decode(self.all if len(self.all) else np.zeros(1, np.int64))
        points = [max(len(np.unique(column)), at_least.get(i, 0)) for i, column in enumerate(codes.T)]
        return TooManyStatesError(self.limit, points)


def _spread(
    ids: np.ndarray, origin: np.ndarray, low: np.ndarray, high: np.ndarray, stride: np.int64
) -> tuple[np.ndarray, np.ndarray]:
    """Each id with each point from low to high of its row added; and the rows."""
    counts = (high - low + 1)[origin]
    first = np.repeat(low[origin] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
    return np.repeat(ids, counts) + (first + np.arange(counts.sum())) * stride, np.repeat(origin, counts)


def _parts(counts: np.ndarray) -> Iterator[slice]:
    """Slices of rows with about ``_CHUNK`` successors each, at least one row."""
    chunk = (np.cumsum(counts) // _CHUNK).astype(np.int64)
    edges = np.flatnonzero(np.diff(chunk)) + 1
    for start, stop in zip([0, *edges], [*edges, len(counts)], strict=True):
        if stop > start:
            yield slice(int(start), int(stop))


def _union(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The union of two sorted unique arrays, sorted and unique."""
    if not len(a) or not len(b):
        return a if len(a) else b
    new = _without(b, a)
    return a if not len(new) else np.sort(np.concatenate([a, new]), kind="stable")


def _without(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """What of a sorted unique array is not in another."""
    if not len(a) or not len(b):
        return a
    place = np.minimum(np.searchsorted(b, a), len(b) - 1)
    return a[b[place] != a]
