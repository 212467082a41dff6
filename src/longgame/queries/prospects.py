"""What can be expected along the path of play: chances of events, expected numbers, the next choice.

Method: backward policy evaluation. With the choice probabilities of a solution fixed, the expectation of anything
that is read off the path obeys the same recursion as the actors' values, without payments and without discount:

    an event by period d    V(end of t) = e(s) + (1 - e(s)) V(start of t + 1)  for t <= d,  0 beyond
    a number on period d    V(end of d) = x(s)
    at every step           V(t, k, s, b, w) = sum over a of sigma(a | c(w)) E[ V(next step, s', b', w') ]

So one pass gives the answer at every belief and world, and at every state that play can come to from those asked about,
with no noise of simulation, and the same numbers each time. An ended game keeps its state for ever: an event that holds
there holds at the end of every later period.

Prospects go through the solver's own evaluation of a step side by side, as so many pseudo-actors, without payments.

Shapes (method.md, section 1): S states, W worlds, B lattice points, E prospects, M nodes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from longgame.arrays import Array
from longgame.queries.case import Case, Posture
from longgame.queries.interpolation import interpolated
from longgame.queries.nodes import Floats, Nodes
from longgame.solution.evaluate import value_before
from longgame.solution.needed import only, reached
from longgame.solution.solution import Solution

Place = tuple[int, int]  # (period, step)
Mask = NDArray[np.bool_]

BYTES_AT_ONCE = 2**28  # of the values of a period, for the prospects that are evaluated side by side


@dataclass(frozen=True, eq=False)
class Prospect:
    """Something to be expected.

    kind    ``by``: the event happens at the end of some period from the question to ``date``;
            ``on``: the number at the end of ``date``
    values  [S] of an event, the chance (mostly 0 or 1) that it holds in each state; else a number for each state
    date    the period, from 0
    """

    kind: Literal["by", "on"]
    values: Floats
    date: int

    @cached_property
    def key(self) -> tuple[str, int, bytes]:
        """Equal for prospects that ask the same."""
        return self.kind, self.date, self.values.tobytes()


def by(event: ArrayLike, date: int) -> Prospect:
    """The chance that ``event`` [S] holds at the end of some period from the question to period ``date`` (from 0)."""
    return Prospect("by", np.asarray(event, dtype=float), date)


def on(values: ArrayLike, date: int) -> Prospect:
    """The expectation of ``values`` [S] at the end of period ``date`` (from 0); for an event, its chance then."""
    return Prospect("on", np.asarray(values, dtype=float), date)


@dataclass(frozen=True, eq=False)
class Ask:
    """A prospect as it is asked for: seen from where, and with which actor bound to which posture."""

    prospect: Prospect
    nodes: Nodes
    under: Posture | None = None


def foresee(case: Case, asks: Sequence[Ask]) -> list[float]:
    """The expectations asked for, in order; what is asked of the same solution is worked out together.

    The case remembers what was worked out: asking again, or from other nodes of the same place, is a look-up.
    Raises LookupError for a prospect whose date has passed at its nodes.
    """
    for ask in asks:
        _refuse_the_past(ask)
    for under in dict.fromkeys(ask.under for ask in asks):
        wanted = {ask.prospect.key: ask.prospect for ask in asks if ask.under == under}
        states: dict[tuple, dict[Place, Mask]] = {key: {} for key in wanted}
        for ask in asks:
            if ask.under == under:
                for t, k, rows in ask.nodes.places():
                    there = states[ask.prospect.key].setdefault((t, k), np.zeros(len(case.game.ended), dtype=bool))
                    there[ask.nodes.s[rows]] = True
        _work_out(case, under, [(prospect, states[key]) for key, prospect in wanted.items()])
    return [_read(case, ask) for ask in asks]


def expect(case: Case, prospect: Prospect, nodes: Nodes, under: Posture | None = None) -> float:
    """One expectation: the chance of an event or the expected number, seen from ``nodes``."""
    return foresee(case, [Ask(prospect, nodes, under)])[0]


def choice(case: Case, step: int, option: int, nodes: Nodes, under: Posture | None = None) -> float:
    """The chance that an option (outcome) is taken at the next time its step takes place, given that it takes place.

    Where the option is not available it counts as not taken. Raises LookupError where the step cannot take place any
    more.
    """
    forks = case.next_time(step, nodes.without_purse, under)
    taken = sum(float((fork.nodes.joint * fork.odds[:, option]).sum()) for fork in forks)
    return taken / sum(fork.nodes.mass for fork in forks)


def backward(
    solution: Solution, prospects: Sequence[Prospect], asked: Mapping[Place, Mask]
) -> dict[Place, tuple[Mask, Array]]:
    """V [S, E, W, B] of the prospects at some places, and the states [S] at which it is right: those asked at least.

    asked  the states [S] that are asked about at each place
    """
    kept: dict[Place, tuple[Mask, Array]] = {}
    game, steps = solution.game, len(solution.game.steps)
    first, last = min(asked), max(prospect.date for prospect in prospects)
    begin = np.zeros((last + 1, steps + 1, len(game.ended)), dtype=bool)
    for place, states in asked.items():
        begin[place] = states
    needed = reached(game, solution.tables, begin)
    later: Array = None
    for t in range(last, first[0] - 1, -1):
        tables, sigma = only(solution.tables(t), needed[t]), solution.sigma[t]
        values: list[Array] = [None] * (steps + 1)
        values[steps] = np.zeros((len(game.ended), len(prospects), len(game.worlds), solution.lattice.size))
        _end_period(values[steps], prospects, t, later, needed[t, steps])
        down_to = first[1] if t == first[0] else 0
        for k in reversed(range(down_to, steps)):
            values[k] = value_before(game, tables, k, sigma[k], values, own=False)
        kept.update({(t, k): (needed[t, k], value) for k, value in enumerate(values) if (t, k) in asked})
        later = values[down_to]
    return kept


def _end_period(
    values: Floats, prospects: Sequence[Prospect], t: int, later: Array | None, needed: NDArray[np.bool_]
) -> None:
    """Put into V [S, E, W, B] what it is at the end of period t in the states needed [S], from V at the next start.

    Beyond the last date there is nothing left to expect: ``later`` is None.
    """
    if later is not None:
        values[needed] = np.asarray(later)[needed]
    for e, prospect in enumerate(prospects):
        if t == prospect.date or (prospect.kind == "by" and t < prospect.date):
            here = np.flatnonzero(needed & (prospect.values != 0.0))
            gain = prospect.values[here, None, None]
            values[here, e] = gain + (1.0 - gain) * values[here, e] if prospect.kind == "by" else gain


def _work_out(case: Case, under: Posture | None, wanted: Sequence[tuple[Prospect, dict[Place, Mask]]]) -> None:
    """Evaluate the prospects at the places, and states [S] there, where the case does not remember them yet."""

    def remembered(prospect: Prospect, place: Place, states: Mask) -> bool:
        known, _, _ = case.memory.get((under, prospect.key, place), (None, None, None))
        return known is not None and not (states & ~known).any()

    missing = [
        (prospect, {place: states for place, states in asked.items() if not remembered(prospect, place, states)})
        for prospect, asked in wanted
    ]
    missing = sorted((pair for pair in missing if pair[1]), key=lambda pair: pair[0].date)
    each = 8 * len(case.game.ended) * len(case.game.worlds) * case.solution(under).lattice.size
    abreast = max(1, BYTES_AT_ONCE // (each * (len(case.game.steps) + 1)))
    for n in range(0, len(missing), abreast):
        batch = missing[n : n + abreast]
        asked: dict[Place, Mask] = {}
        for _, places in batch:
            for place, states in places.items():
                asked[place] = asked.get(place, False) | states
        kept = backward(case.solution(under), [prospect for prospect, _ in batch], asked)
        for place, (known, values) in kept.items():
            values = np.ascontiguousarray(values)
            for e, (prospect, _) in enumerate(batch):
                case.memory[under, prospect.key, place] = known, values, e


def _read(case: Case, ask: Ask) -> float:
    """The expectation over the nodes of an ask that was worked out."""
    total, nodes = 0.0, ask.nodes
    index, weight = nodes.located(case.solution(ask.under).lattice)
    for t, k, rows in nodes.places():
        _, values, e = case.memory[ask.under, ask.prospect.key, (t, k)]  # [S, E, W, B]
        there = interpolated(values, nodes.s[rows], index[rows], weight[rows], e, 1)
        total += float((nodes.joint[rows] * there[:, 0]).sum())
    return total / nodes.mass


def _refuse_the_past(ask: Ask) -> None:
    asked, date = int(ask.nodes.t.max()), ask.prospect.date
    if asked > date:
        raise LookupError(f"period {date + 1} lies before the question, which is asked in period {asked + 1}")
