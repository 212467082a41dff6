"""Where free play leads from period to period: the states and beliefs at which an actor may look at its postures anew.

At the start of each period play stands at some node (a state and a public belief), and from there it comes to nodes of
the next start with some probability. So the nodes and these probabilities are a Markov chain, along which it can be
asked what has happened by a date, if at each node it is known whether it happens there:

    reached(n)  = 1 where it happens at n, else the sum over n' of p(n -> n') reached(n'),   0 beyond the date

What happens is looked up in other solutions (which posture is best from there on), each of which has its turn; the
chain needs that of free play alone.

Shapes: M nodes, numbered in the order of time; E steps of the chain; W worlds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from longgame.choice.table import EQUAL
from longgame.queries.atoms import Array, Atom
from longgame.queries.case import Case
from longgame.queries.nodes import DECIMALS, Nodes, joined, merged
from longgame.queries.places import Places, View
from longgame.queries.walk import walk

MOST_AT_ONCE = 512  # nodes at the start of a period; of more, the likeliest are followed
LEFT_OUT = 1e-3  # of the probability of a start, at most, that is then not followed: it counts as nothing happening


@dataclass(frozen=True, eq=False)
class Passage:
    """The chain of the starts of periods, from where something is asked to the end of a date.

    nodes  [M] the nodes; first those that are asked from, then those at each start
    steps  [E, 3] from which node, to which, with which probability; from -1: the chance to begin there
    """

    nodes: Nodes
    steps: Array


def passage(case: Case, places: Places, view: View, date: int) -> Passage:
    """The chain from the nodes of a view to the end of period ``date`` (from 0), remembered by the case."""
    free = replace(view, under=None)
    key = "passage", free, date
    if key not in case.memory:
        case.memory[key] = _followed(case, places(free), date)
    return case.memory[key]


def _followed(case: Case, nodes: Nodes, date: int) -> Passage:
    here = merged(replace(nodes.without_purse, marks=None).normalised())
    levels, count = [here], len(here)
    steps = [np.column_stack([np.full(count, -1.0), np.arange(count), here.weight])]
    for start in range(int(here.t.min()) + 1, min(date + 2, case.game.periods)):
        marked = replace(here, marks=np.arange(len(here)))
        ended = walk(case.solution(), marked, lambda t, k, some, start=start: np.full(len(some), t >= start))
        if ended.halted is None:
            break
        after = ended.halted
        places = np.column_stack([after.s, np.rint(after.b * 10.0**DECIMALS)]).astype(np.int64)
        _, first, group = np.unique(places, axis=0, return_index=True, return_inverse=True)
        assert after.marks is not None
        chance = after.weight / here.weight[after.marks]
        joint = np.zeros((len(first), after.joint.shape[1]))
        np.add.at(joint, group.ravel(), after.joint)
        there = replace(after.pick(first), joint=joint, marks=None)
        steps.append(np.column_stack([count - len(here) + after.marks, count + group.ravel(), chance]))
        here, kept = _likeliest(there)
        if not kept.all():
            number = count + np.cumsum(kept) - 1
            to = steps[-1][:, 1].astype(int) - count
            steps[-1] = np.column_stack([steps[-1][:, 0], number[to], steps[-1][:, 2]])[kept[to]]
        levels.append(here)
        count += len(here)
    return Passage(joined(levels), np.concatenate(steps).astype(np.float64))


def _likeliest(nodes: Nodes) -> tuple[Nodes, NDArray[np.bool_]]:
    """The likeliest of too many nodes, which have nearly all of the probability; and which [M] they are."""
    kept = np.ones(len(nodes), dtype=bool)
    if len(nodes) > MOST_AT_ONCE:
        order = np.argsort(nodes.weight)
        kept[order[np.cumsum(nodes.weight[order]) <= LEFT_OUT * nodes.mass]] = False
    return nodes.pick(kept), kept


def reached(steps: Array, happens: NDArray[np.bool_]) -> float:
    """The probability that something happens at some node of a chain, where it is known at which [M] it does."""
    chance = happens.astype(float)
    order = np.argsort(-steps[:, 0], kind="stable")
    total = 0.0
    for source, to, probability in steps[order]:  # each node after all that it leads to
        if source < 0:
            total += probability * chance[int(to)]
        elif not happens[int(source)]:
            chance[int(source)] += probability * chance[int(to)]
    return total


def best_at(values: Array, posture: int) -> NDArray[np.bool_]:
    """[M] where a posture is better than every other, of values [A, M]; of two that are as good none is."""
    others = np.delete(values, posture, axis=0).max(axis=0, initial=-np.inf)
    return values[posture] > others + EQUAL * np.abs(values).max(axis=0, initial=0.0)


@dataclass(frozen=True)
class StepsAhead(Atom):
    """[E, 3] the chain of the starts of periods up to the end of a date (from 0)."""

    date: int

    def look_up(self, case: Case, places: Places) -> Array:
        """In free play."""
        return passage(case, places, self.view, self.date).steps


@dataclass(frozen=True)
class ValuesAhead(Atom):
    """[M] what an actor can expect, by what is believed, under the posture of the view from each node on."""

    date: int
    actor: int
    anywhere: ClassVar[bool] = True

    def look_up(self, case: Case, places: Places) -> Array:
        """In the values."""
        nodes = passage(case, places, self.view, self.date).nodes
        believed = replace(nodes, joint=nodes.weight[:, None] * nodes.b)
        ahead = case.values_at(believed, self.view.under, slice(self.actor, self.actor + 1))[:, 0]
        return np.where(nodes.b > 0.0, ahead * nodes.b, 0.0).sum(1)
