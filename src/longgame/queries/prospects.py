"""What can be expected along the path of play: chances of events, expected numbers, the next choice.

Method: backward policy evaluation. With the choice probabilities of a solution fixed, the expectation of anything
that is read off the path obeys the same recursion as the actors' values, without payments and without discount:

    an event by period d    V(end of t) = e(s) + (1 - e(s)) V(start of t + 1)  for t <= d,  0 beyond
    one that lasts to d     V(end of t) = e(s) V(start of t + 1)  for t <= d,  1 beyond
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
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from longgame.exact.exact_solution import ExactSolution
from longgame.queries.blockwise import expectations
from longgame.queries.case import Case, Posture
from longgame.queries.nodes import Floats, Nodes, end_period, joined, merged
from longgame.queries.walk import walk
from longgame.solver.blocks.solution import BlockSolution
from longgame.solver.evaluate import value_before
from longgame.solver.interpolation import interpolated
from longgame.solver.needed import only, reached
from longgame.solver.rows import Rows
from longgame.solver.solution import Solution

Place = tuple[int, int]  # (period, step)
Mask = NDArray[np.bool_]

BYTES_AT_ONCE = 2**28  # of the values of a period, for the prospects that are evaluated side by side


@dataclass(frozen=True, eq=False)
class Prospect:
    """Something to be expected.

    kind    ``by``: the event happens at the end of some period from the question to ``date``;
            ``through``: it holds at the end of every one of them; ``on``: the number at the end of ``date``
    values  [S] of an event, the chance (mostly 0 or 1) that it holds in each state; else a number for each state
    date    the period, from 0
    """

    kind: Literal["by", "through", "on"]
    values: Floats
    date: int

    @cached_property
    def key(self) -> tuple[str, int, bytes]:
        """Equal for prospects that ask the same."""
        return self.kind, self.date, self.values.tobytes()


def by(event: ArrayLike, date: int) -> Prospect:
    """The chance that ``event`` [S] holds at the end of some period from the question to period ``date`` (from 0)."""
    return Prospect("by", np.asarray(event, dtype=float), date)


def through(event: ArrayLike, date: int) -> Prospect:
    """The chance that ``event`` [S] holds at the end of every period from the question to period ``date`` (from 0)."""
    return Prospect("through", np.asarray(event, dtype=float), date)


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
    exact = {}
    for under in dict.fromkeys(ask.under for ask in asks):
        some, solution = {n: ask for n, ask in enumerate(asks) if ask.under == under}, case.solution(under)
        if isinstance(solution, BlockSolution):
            exact |= expectations(solution, some)
        elif isinstance(solution, ExactSolution):
            exact |= {n: _forward(solution, ask) for n, ask in some.items()}
        else:
            work_out(solution, under, {0: case}, {0: some})
    return [exact[n] if n in exact else _read(case, ask) for n, ask in enumerate(asks)]


def _forward(solution: ExactSolution, ask: Ask) -> float:
    """The expectation by going forward from the nodes of an ask, which an exact solution of a small game can afford."""
    K, prospect, total = len(solution.game.steps), ask.prospect, 0.0
    left: Nodes | None = ask.nodes.without_purse
    mass = ask.nodes.mass
    for date in range(int(ask.nodes.t.min()), prospect.date + 1):
        if left is None:
            break
        ends = walk(solution, left, lambda t, k, some, date=date: np.full(len(some), (t, k) >= (date, K)))
        if ends.halted is None:
            break
        chance = prospect.values[ends.halted.s] * (ends.halted.t == date)
        if prospect.kind == "by" or date == prospect.date:
            total += float((chance * ends.halted.weight).sum())
        goes_on = {"by": 1.0 - chance, "through": chance, "on": np.ones_like(chance)}[prospect.kind]
        still = np.where(ends.halted.t == date, goes_on, 1.0)
        there = merged(ends.halted.scaled(still[:, None]))
        at_end = there.t == date
        parts = [end_period(solution, date, there.pick(at_end)), there.pick(~at_end)]
        left = joined([part for part in parts if len(part)]) if len(there) else None
    return total / mass


def expect(case: Case, prospect: Prospect, nodes: Nodes, under: Posture | None = None) -> float:
    """One expectation: the chance of an event or the expected number, seen from ``nodes``."""
    return foresee(case, [Ask(prospect, nodes, under)])[0]


def choice(case: Case, step: int, option: int, nodes: Nodes, under: Posture | None = None) -> float:
    """The chance that an option (an outcome, what one side does) is taken at the next time its step takes place, given
    that it takes place.

    Where the option is not available it counts as not taken. Raises LookupError where the step cannot take place any
    more.
    """
    forks = case.next_time(step, nodes.without_purse, under)
    taken = sum(float((fork.nodes.joint[:, None] * fork.odds_of(option)).sum()) for fork in forks)
    return taken / sum(fork.nodes.mass for fork in forks)


def work_out(
    whole: Solution,
    under: Posture | None,
    cases: Mapping[int, Case],
    asks: Mapping[int, Mapping[Any, Ask]],
) -> None:
    """Evaluate, for draws abreast, what is asked of them and what their cases do not remember; afterwards they do.

    whole  the solution of all G draws under the posture
    cases  those of them that are asked, by their place among all
    asks   what each is asked; what has the same key in several draws is of one kind and date
    """
    states, draws = len(whole.game.ended), len(whole.tables(0).flow) // len(whole.game.ended)
    missing: dict[Any, tuple[Prospect, list[tuple[int, Ask]]]] = {}
    for label in dict.fromkeys(label for some in asks.values() for label in some):
        of = [(g, some[label]) for g, some in asks.items() if label in some]
        of = [(g, ask) for g, ask in of if not _remembered(cases[g], ask)]
        if of:
            values = np.zeros((draws, states))
            for g, ask in of:
                values[g] = ask.prospect.values
            prospect = replace(of[0][1].prospect, values=values.reshape(-1))
            missing.setdefault(prospect.key, (prospect, []))[1].extend(of)
    in_turn, abreast = sorted(missing.values(), key=lambda pair: pair[0].date), _abreast(whole)
    for first in range(0, len(in_turn), abreast):
        batch = in_turn[first : first + abreast]
        asked: dict[Place, Mask] = {}
        for g, ask in (one for _, of in batch for one in of):
            for t, k, rows in ask.nodes.places():
                here = asked.setdefault((t, k), np.zeros((draws, states), dtype=bool))[g]
                here[ask.nodes.s[rows]] = True
                here |= _known(cases[g], ask, (t, k))  # is written over
        found = backward(whole, [prospect for prospect, _ in batch], {at: some.ravel() for at, some in asked.items()})
        for e, (_, of) in enumerate(batch):
            for g, ask in of:
                for t, k, _ in ask.nodes.places():
                    part = found[t, k].part(slice(g * states, (g + 1) * states))
                    cases[g].memory[under, ask.prospect.key, (t, k)] = asked[t, k][g], part, e


def _abreast(whole: Solution) -> int:
    """How many prospects there is room for, side by side."""
    tables = whole.tables(0)
    rows = len(tables.flow) + tables.taken
    return max(1, BYTES_AT_ONCE // (8 * rows * len(whole.game.worlds) * whole.lattice.size))


def _known(case: Case, ask: Ask, place: Place) -> Mask:
    """[S] the states in which a case remembers what is asked at a place."""
    found = case.memory.get((ask.under, ask.prospect.key, place))
    return np.zeros(len(case.game.ended), dtype=bool) if found is None else found[0]


def _remembered(case: Case, ask: Ask) -> bool:
    return all(_known(case, ask, (t, k))[ask.nodes.s[rows]].all() for t, k, rows in ask.nodes.places())


def backward(solution: Solution, prospects: Sequence[Prospect], asked: Mapping[Place, Mask]) -> dict[Place, Rows]:
    """V [S, E, W, B] of the prospects at some places, in the states [S] that are asked about there."""
    kept: dict[Place, Rows] = {}
    game, steps = solution.game, len(solution.game.steps)
    first, last = min(asked), max(prospect.date for prospect in prospects)
    begin = np.zeros((last + 1, steps + 1, len(solution.tables(0).flow)), dtype=bool)
    for place, states in asked.items():
        begin[place] = states
    needed = reached(game, solution.tables, begin)
    each = len(prospects), len(game.worlds), solution.lattice.size
    later: Rows | None = None
    for t in range(last, first[0] - 1, -1):
        tables, sigma = only(solution.tables(t), needed[t]), solution.sigma[t]
        end = Rows.blank(needed[t, steps], each, tables.taken)
        _end_period(end, prospects, t, later, needed[t, steps])
        values = [end] * (steps + 1)
        down_to = first[1] if t == first[0] else 0
        for k in reversed(range(down_to, steps)):
            values[k] = value_before(game, tables, k, sigma[k], values, own=False)
        here = {(t, k): value for k, value in enumerate(values) if (t, k) in asked}
        kept |= {place: value.of_states(asked[place]) for place, value in here.items()}
        later = values[down_to]
    return kept


def _end_period(values: Rows, prospects: Sequence[Prospect], t: int, later: Rows | None, needed: Mask) -> None:
    """Put into V [S, E, W, B] what it is at the end of period t in the states needed [S], from V at the next start.

    Beyond the last date there is nothing left to expect: ``later`` is None.
    """
    values[needed] = 0.0 if later is None else later[needed]
    for e, prospect in enumerate(prospects):
        if t > prospect.date or (t < prospect.date and prospect.kind == "on"):
            continue
        alters = np.ones_like(needed) if prospect.kind == "through" else prospect.values != 0.0
        here = np.flatnonzero(needed & alters)
        gain, rows = prospect.values[here, None, None], values.at[here]
        held = values.store.rows[rows, e]
        if prospect.kind == "by":
            gain = gain + (1.0 - gain) * held
        elif t < prospect.date:
            gain = gain * held
        values.store.rows[rows, e] = gain


def _read(case: Case, ask: Ask) -> float:
    """The expectation over the nodes of an ask that was worked out."""
    total, nodes = 0.0, ask.nodes
    solution = case.solution(ask.under)
    assert isinstance(solution, Solution)
    index, weight = nodes.located(solution.lattice)
    for t, k, rows in nodes.places():
        _, values, e = case.memory[ask.under, ask.prospect.key, (t, k)]  # [S, E, W, B]
        there = interpolated(values, nodes.s[rows], index[rows], weight[rows], e, 1)
        total += float((nodes.joint[rows] * there[:, 0]).sum())
    return total / nodes.mass


def _refuse_the_past(ask: Ask) -> None:
    asked, date = int(ask.nodes.t.max()), ask.prospect.date
    if asked > date:
        raise LookupError(f"period {date + 1} lies before the question, which is asked in period {asked + 1}")
