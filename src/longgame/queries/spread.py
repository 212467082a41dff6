"""How play spreads over kinds of state as time goes on: how likely each kind is by date, and what comes of it.

Play goes forward from some nodes (``walk``), from one date to the next, from the states of each kind by themselves. So
the flow from kind g at one date to kind h at the next is exact where the walk is; where it had to go to the lattice of
beliefs it is as exact as that. An ended game keeps its state.

Shapes: D dates (ends of periods), G kinds of state, S states.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from longgame.queries.nodes import Equilibrium, Floats, Ints, Nodes, end_period, joined, merged
from longgame.queries.walk import MOST_NODES, walk

NEGLIGIBLE = 1e-9  # nodes less likely are let go once there are too many
LEAST_NODES = 256  # that each kind may have before its beliefs go to the lattice


@dataclass(frozen=True, eq=False)
class Spread:
    """Kinds of state by date.

    now     [G] how likely each kind is where play stands
    shares  [D, G] how likely it is at the end of each date's period
    flows   [D, G, G] from each kind at the date before (now, for the first) to each at this one
    """

    now: Floats
    shares: Floats
    flows: Floats


def spread(solution: Equilibrium, nodes: Nodes, dates: Sequence[int], kinds: Ints) -> Spread:
    """How play spreads from nodes to the ends of periods (from 0, in order, none past) over kinds [S] of state."""
    count = int(kinds.max()) + 1
    most = max(MOST_NODES // count, LEAST_NODES)
    here = merged(nodes.without_purse.normalised())
    parts = dict(_split(here, kinds))
    now = np.array([parts[kind].mass if kind in parts else 0.0 for kind in range(count)])
    flows = np.zeros((len(dates), count, count))
    for place, date in enumerate(dates):
        arrived: dict[int, list[Nodes]] = defaultdict(list)
        for kind, part in parts.items():
            for other, some in _split(_to_end(solution, part, date, most), kinds):
                flows[place, kind, other] += some.mass
                arrived[other].append(some)
        parts = {kind: end_period(solution, date, merged(joined(some))) for kind, some in arrived.items()}
    return Spread(now, flows.sum(1), flows)


def shares(solution: Equilibrium, nodes: Nodes, dates: Sequence[int], kinds: Ints) -> Floats:
    """[1 + D, G] how likely each kind [S] of state is now, and at the ends of periods: less work than ``spread``."""
    here, count = merged(nodes.without_purse.normalised()), int(kinds.max()) + 1
    found = [np.bincount(kinds[here.s], here.weight, minlength=count)]
    for date in dates:
        there = _to_end(solution, here, date, MOST_NODES)
        found.append(np.bincount(kinds[there.s], there.weight, minlength=count))
        here = end_period(solution, date, there)
    return np.array(found, dtype=float)


def _to_end(solution: Equilibrium, nodes: Nodes, date: int, most: int) -> Nodes:
    """Forward to the end of a period."""
    end = date, len(solution.game.steps)

    def halts(t: int, k: int, some: Nodes) -> NDArray[np.bool_]:
        return np.full(len(some), (t, k) >= end)

    halted = walk(solution, nodes, halts, most, NEGLIGIBLE).halted
    assert halted is not None  # the end of the period is always reached
    return halted


def _split(nodes: Nodes, kinds: Ints) -> list[tuple[int, Nodes]]:
    """Nodes by the kind of their states."""
    of = kinds[nodes.s]
    return [(int(kind), nodes.pick(of == kind)) for kind in np.unique(of)]
