"""The choices that a number rests on: who may still move, what each option would make of it, what the mover gains.

Looked at are the steps that come up within one period from where a question is asked, each at its next time. If option
a is taken there, whatever the mover knows, the number becomes

    then(a) = number + P(the step comes up) { E[ number | a ] - E[ number | free play ] }

which is linear in the chance of a, as nobody foresees the deviation. What the mover can expect after each option is
taken apart like any other expectation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from longgame.game.numbers import CHANCE
from longgame.queries import prospects, worth
from longgame.queries.atoms import Foreseen
from longgame.queries.case import Case, Posture
from longgame.queries.nodes import Floats, Fork, Nodes, active, fork, opened
from longgame.queries.walk import walk

MOST_NODES = 500  # at one place, from which on beliefs go to the lattice; then those less likely are let go
NEGLIGIBLE = 1e-6
CHANGES_NOTHING = 1e-9  # of a number: a choice that moves it by less is none that it rests on


@dataclass(frozen=True, eq=False)
class Coming:
    """A step at its next time, from some nodes, if that is within a period.

    start   the nodes that it is looked at from; under: in which solution
    forks   where it comes up
    mover   who moves: CHANCE for nobody; of several who choose at the same time one, whose own options it is about

    Options are numbers as in ``Step.profiles``.
    """

    case: Case
    start: Nodes
    under: Posture | None
    step: int
    forks: tuple[Fork, ...]
    mover: int

    @property
    def period(self) -> int:
        """The first period in which it comes up."""
        return min(int(ahead.nodes.t[0]) for ahead in self.forks)

    @cached_property
    def reached(self) -> float:
        """The chance that it comes up."""
        return sum(ahead.nodes.mass for ahead in self.forks) / self.start.mass

    @cached_property
    def open(self) -> tuple[int, ...]:
        """The options that are open anywhere where it comes up."""
        step = self.case.game.steps[self.step]
        options = range(len(step.options) + len(step.acts))
        own = [a for a in options if step.takers(a) == (() if self.mover == CHANCE else (self.mover,))]
        return tuple(a for a in own if any(ahead.open_to([a]).any() for ahead in self.forks))

    @cached_property
    def odds(self) -> Floats:
        """[A'] the chance of each option, if the step comes up; those of sides after those of profiles."""
        taken = sum((ahead.nodes.joint[:, None, :] * ahead.odds).sum(axis=(0, 2)) for ahead in self.forks)
        return self._with_acts(np.asarray(taken) / sum(ahead.nodes.mass for ahead in self.forks))

    def _with_acts(self, taken: Floats) -> Floats:
        """What is said of options [A, ..], with its sums for what sides do."""
        step = self.case.game.steps[self.step]
        numbers = range(len(step.options), len(step.options) + len(step.acts))
        return np.concatenate([taken, *(taken[list(step.profiles(a))].sum(axis=0, keepdims=True) for a in numbers)])

    @cached_property
    def odds_by_world(self) -> Floats:
        """[A', W] the same by world; NaN in a world in which it does not come up."""
        taken = sum(np.einsum("mw,maw->aw", ahead.nodes.joint, ahead.odds) for ahead in self.forks)
        mass = np.asarray(sum(ahead.nodes.joint.sum(axis=0) for ahead in self.forks))
        return np.where(mass > 0.0, self._with_acts(np.asarray(taken)) / np.where(mass > 0.0, mass, 1.0), np.nan)

    def after(self, option: int, actor: int | None) -> Nodes:
        """The nodes after an option is taken, as an actor sees them (None: an onlooker)."""
        own = actor == self.mover
        if (option, own) not in self._known:
            change = [worth.Taken(self.step, option)]
            self._known[option, own] = worth.made(self.case, self._asked, change, self.under, actor)
        return self._known[option, own]

    def before(self, option: int) -> Nodes:
        """The nodes after free play where that option is open."""
        where = b"".join(ahead.open_to([option]).tobytes() for ahead in self.forks)
        if where not in self._known:
            change = [worth.Taken(self.step, option)]
            self._known[where] = worth.unmade(self.case, self._asked, change, self.under)
        return self._known[where]

    @cached_property
    def afresh(self) -> Coming:
        """The same with purses that are opened where it comes up: for values at that moment, in that period's money."""
        forks = (replace(ahead, nodes=opened(self.case.game, ahead.nodes.without_purse)) for ahead in self.forks)
        return replace(self, start=self.start.without_purse, forks=tuple(forks))

    @cached_property
    def _known(self) -> dict[Any, Nodes]:
        return {}

    @cached_property
    def _asked(self) -> Nodes:
        """The nodes, as ones of which this next time alone is known."""
        nodes = replace(self.start)
        self.case.remember_next_time(self.step, nodes, self.under, self.forks)
        return nodes


def coming(case: Case, nodes: Nodes, under: Posture | None, chance: bool = False) -> list[Coming]:
    """The moves (and, if wanted, chance events) that may come up within a period from some nodes, in order of play."""
    game, solution = case.game, case.solution(under)
    forks: dict[int, list[Fork]] = {}
    first = min(zip(nodes.t.tolist(), nodes.k.tolist(), strict=True))
    until = first[0] + 1, first[1]

    def pass_by(t: int, k: int, some: Nodes) -> NDArray[np.bool_]:
        if (t, k) >= until:
            return np.ones(len(some), dtype=bool)
        if k < len(game.steps) and (chance or game.steps[k].mover != CHANCE):
            on = active(solution, t, k, some.s)
            if on.any():
                forks.setdefault(k, []).append(fork(solution, t, k, some.pick(on)))
        return np.zeros(len(some), dtype=bool)

    start = nodes if nodes.purse is not None else opened(game, nodes)
    walk(solution, start, pass_by, most=MOST_NODES, negligible=NEGLIGIBLE * start.mass)
    found = [
        Coming(case, start, under, k, tuple(some), mover)
        for k, some in forks.items()
        for mover in game.steps[k].movers or (CHANCE,)
    ]
    found = [step for step in found if len(step.open) > 1]
    return sorted(found, key=lambda step: (step.period, step.step))


def next_time(case: Case, nodes: Nodes, under: Posture | None, step: int, mover: int) -> Coming:
    """The next time of one step, however late, and of who moves there. LookupError: it cannot come up any more."""
    forks = case.next_time(step, nodes, under)
    with_purse = (
        ahead if ahead.nodes.purse is not None else replace(ahead, nodes=opened(case.game, ahead.nodes))
        for ahead in forks
    )
    return Coming(case, nodes, under, step, tuple(with_purse), mover)


def foreseen_after(
    case: Case, atom: Foreseen, nodes: Nodes, steps: Sequence[Coming]
) -> Iterator[Mapping[int, float]]:
    """For each step what is foreseen, over all nodes, if an option is taken there: option -> number."""
    under = atom.view.under
    asks: dict[tuple[int, int, bool], prospects.Ask] = {}
    prospect = atom.prospect(case)
    for n, step in enumerate(steps):
        if step.period > atom.date:
            continue
        for a in step.open:
            for taken in (True, False):
                there = (step.after(a, None) if taken else step.before(a)).without_purse
                if int(there.t.max()) <= atom.date:
                    asks[n, a, taken] = prospects.Ask(prospect, there, under)
    numbers = prospects.foresee(case, [prospects.Ask(prospect, nodes, under), *asks.values()])
    known = dict(zip(asks, numbers[1:], strict=True))
    for n, step in enumerate(steps):
        yield {
            a: numbers[0] + step.reached * (known[n, a, True] - known[n, a, False])
            for a in step.open
            if (n, a, True) in known and (n, a, False) in known
        }


def telling(step: Coming, then: Mapping[int, float], number: float) -> float:
    """How much a number moves with a choice: the expected distance from what it is."""
    return float(sum(step.odds[a] * abs(value - number) for a, value in then.items()))


def change_that_turns(branches: Sequence[tuple[Coming, float]], option: int, by: float) -> float | None:
    """By how much the chance of an option must change for a number to change ``by`` so much; None: no chance does it.

    branches  where the step comes up (after a change and without it, say), each with what the number gains there if
              the option is sure: at its present chance p it gains nothing, and between, and beyond, it is linear
    """
    odds = [float(step.odds[option]) for step, _ in branches]
    pull = sum(gain / (1.0 - p) for p, (_, gain) in zip(odds, branches, strict=True) if p < 1.0)
    if not pull:
        return None
    change = by / pull
    return change if all(0.0 <= p + change <= 1.0 for p in odds) else None




class Values:
    """Collects nodes at which values are wanted, so that all in one solution are looked up together."""

    def __init__(self, case: Case):
        self._case = case
        self._waiting: dict[Posture | None, dict[int, Nodes]] = {}
        self._known: dict[tuple[Posture | None, int], Floats] = {}

    def ask(self, nodes: Nodes, under: Posture | None) -> None:
        """What the actors can expect over some nodes, with what is in their purses, is wanted."""
        self._waiting.setdefault(under, {})[id(nodes)] = nodes

    def work_out(self) -> None:
        """Look up all that was asked for."""
        for under, sets in self._waiting.items():
            found = worth.levels_of(self._case, list(sets.values()), under)
            self._known.update({(under, key): row for key, row in zip(sets, found, strict=True)})

    def of(self, nodes: Nodes, under: Posture | None, actor: int) -> float:
        """What an actor can expect over nodes that were asked for."""
        found = float(self._known[under, id(nodes)][actor])
        return worth.value(self._case, actor, nodes, (), under) if np.isnan(found) else found
