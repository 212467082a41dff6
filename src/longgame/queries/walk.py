"""Going forward from a set of nodes, with every step that nobody reported summed over.

The walk takes the steps in the order of play. At each it follows every option, signal, outcome and successor with its
probability, and merges nodes that have come to the same state and belief. Without informed movers the number of nodes
is bounded by the number of states; each informed move multiplies the beliefs by its signals. When there are more
nodes than ``MOST_NODES``, beliefs go to the points of the solver's lattice by lot from there on, which keeps every
expected value. An exact solution has no lattice: its walks are as exact as it is.

A walk through the solution of several draws abreast (G S states, see ``solution.abreast``) is a walk through each of
them: what becomes of the nodes of one draw does not depend on the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from longgame.exact.exact_solution import ExactSolution
from longgame.queries.blockwise import gathered
from longgame.queries.nodes import (
    Equilibrium,
    Floats,
    Fork,
    Ints,
    Nodes,
    active,
    draw_of,
    end_period,
    fork,
    joined,
    merged,
    on_lattice,
    opened,
)
from longgame.solver.blocks.solution import BlockSolution

#: More nodes than this at one place go to the belief lattice.
MOST_NODES = 4096

#: The same where beliefs are kept block by block, and taken together if they are near; each node is more work there.
MOST_GATHERED = 1024

#: In walks that look ahead and have gone to the lattice, nodes less likely than this are let go: together they change
#: answers far less than the lattice does. (The evidence is followed without any loss.)
NEGLIGIBLE = 1e-7

BITS = 64  # of a word

Place = tuple[int, int]  # (period, step)
Halts = Callable[[int, int, Nodes], NDArray[np.bool_]]


@dataclass(frozen=True, eq=False)
class Walk:
    """Where a walk ended.

    halted  the nodes at which it was told to halt, None if there are none
    over    the nodes that came to the horizon (t == T), None if there are none
    coarse  [G] bool: the draws in which beliefs had to go to the lattice on the way
    """

    halted: Nodes | None
    over: Nodes | None
    coarse: NDArray[np.bool_]


class Waiting:
    """Nodes that wait to be gone on with."""

    def __init__(self) -> None:
        self._parts: dict[Place, list[Nodes]] = defaultdict(list)

    def send(self, nodes: Nodes) -> None:
        """More of them, each at its place."""
        for t, k, rows in nodes.places():
            self._parts[t, k].append(nodes.pick(rows))

    def __iter__(self) -> Iterator[tuple[int, int, Nodes]]:
        """The nodes of each place, the earliest first, as long as there are any: period, step, and all of them."""
        while self._parts:
            t, k = min(self._parts)
            yield t, k, merged(joined(self._parts.pop((t, k))))


def walk(
    solution: Equilibrium, nodes: Nodes, halts: Halts, most: int = MOST_NODES, negligible: ArrayLike = 0.0
) -> Walk:
    """Go forward from ``nodes`` until ``halts(t, k, nodes)`` ([M] bool) says so, or to the horizon.

    Steps that do not take place at a node are passed over in one go: the walk may come by without standing at them.
    Once there have been too many nodes of a draw, those as unlikely as ``negligible`` ([G], by draw, if it differs), or
    more so, are let go.
    """
    game = solution.game
    waiting = Waiting()
    waiting.send(nodes)
    halted: list[Nodes] = []
    over: list[Nodes] = []
    coarse = np.zeros(1 + int(draw_of(solution, nodes).max(initial=0)), dtype=bool)
    least = np.broadcast_to(negligible, coarse.shape)
    most = min(most, MOST_GATHERED) if isinstance(solution, BlockSolution) else most
    for t, k, here in waiting:
        if t == game.periods:
            over.append(here)
            continue
        if len(here) > most and not isinstance(solution, ExactSolution):
            crowded = ~coarse & (np.bincount(draw_of(solution, here), minlength=len(coarse)) > most)
            coarse |= crowded
            here = rounded(solution, here, crowded)
        stop = np.asarray(halts(t, k, here), dtype=bool)
        if stop.any():
            halted.append(here.pick(stop))
        if coarse.any():
            draw = draw_of(solution, here)
            stop |= coarse[draw] & (here.weight <= least[draw])
        here = here.pick(~stop)
        if not len(here):
            continue
        after = step_from(solution, t, k, here)
        # Once on the lattice, beliefs leave it only where a step moves them.
        moves = k < len(game.steps) and game.steps[k].informed
        waiting.send(rounded(solution, after, coarse) if moves else after)
    return Walk(joined(halted) if halted else None, joined(over) if over else None, coarse)


def rounded(solution: Equilibrium, nodes: Nodes, draws: NDArray[np.bool_]) -> Nodes:
    """The nodes of some draws ([G] bool) on the lattice, the others as they are."""
    if isinstance(solution, ExactSolution):
        return nodes
    if isinstance(solution, BlockSolution):
        return gathered(solution, nodes, MOST_GATHERED) if draws.any() and len(nodes) > MOST_GATHERED else nodes
    if draws.all():
        return on_lattice(solution, nodes)
    some = draws[draw_of(solution, nodes)]
    if not some.any():
        return nodes
    return joined([nodes.pick(~some), on_lattice(solution, nodes.pick(some))])


def step_from(solution: Equilibrium, t: int, k: int, nodes: Nodes) -> Nodes:
    """The nodes after one step, played freely, from nodes that all stand at (t, k); past idle steps."""
    steps = len(solution.game.steps)
    if k == steps:
        after = end_period(solution, t, nodes)
        return after if t + 1 == solution.game.periods else past_idle(solution, t + 1, after)
    on = active(solution, t, k, nodes.s)
    idle = nodes.pick(~on)
    parts = [idle.moved(idle.k + 1)] if len(idle) else []
    if on.any():
        parts.append(with_tastes(solution, t, fork(solution, t, k, nodes.pick(on))).follow())
    return past_idle(solution, t, joined(parts))


def with_tastes(solution: Equilibrium, t: int, ahead: Fork) -> Fork:
    """The same fork, with what the mover's private tastes are worth to it in the purse, if there is one.

    Under ``noise: tastes`` a free choice is worth log-sum-exp(lambda Q) / lambda to the mover: sum of sigma Q, which
    the fork's own payments and successors give, and entropy / lambda, which is paid here.
    """
    purse, worth = ahead.nodes.purse, taste_worth(solution, t, ahead)
    if not worth or purse is None:
        return ahead
    purse = purse.copy()
    for mover, bonus in worth.items():
        purse[:, mover, 0] += purse[:, mover, 1] * bonus
    return replace(ahead, nodes=replace(ahead.nodes, purse=purse))


def taste_worth(solution: Equilibrium, t: int, ahead: Fork) -> dict[int, Floats]:
    """[M, W] what private tastes are worth to each mover of a fork; empty where there are none."""
    if solution.game.noise != "tastes":
        return {}
    found: dict[int, Floats] = {}
    for mover, own in ahead.own_odds:
        precision = np.asarray(solution.tables(t).precision)[..., mover, :]  # [W]; of draws abreast [S, W]
        precision = precision[ahead.nodes.s] if precision.ndim > 1 else precision
        entropy = -(own * np.log(np.where(own > 0.0, own, 1.0))).sum(1)  # [M, W]
        found[mover] = np.divide(entropy, precision, out=np.zeros_like(entropy), where=precision > 0.0)
    return found


def past_idle(solution: Equilibrium, t: int, nodes: Nodes) -> Nodes:
    """The same nodes of period t, each at its first step from there that takes place, else at the end of the period."""
    steps = solution.tables(t).steps
    takes_place = np.ones((len(steps) + 1, len(nodes)), dtype=bool)
    takes_place[:-1] = np.array([step.active for step in steps])[:, nodes.s]
    takes_place &= nodes.k <= np.arange(len(steps) + 1)[:, None]
    return nodes.moved(np.argmax(takes_place, axis=0))


def to_step(solution: Equilibrium, nodes: Nodes, k: int, ahead: Ahead | None = None) -> Nodes | None:
    """Forward to the next time that step k takes place, now included; the nodes there may stand in several periods.

    Their mass is the probability that it takes place by the horizon. None: it never does. ``ahead`` is that of the
    solution, from the period of the nodes or before, if it is known.
    """
    ahead = ahead or Ahead.of(solution, int(nodes.t.min()))

    def halts(t: int, step: int, some: Nodes) -> NDArray[np.bool_]:
        # Where it cannot take place any more there is no need to go on to the horizon.
        return ~ahead.has(k, t, step, some.s) | (step == k) & active(solution, t, k, some.s)

    mass = np.bincount(draw_of(solution, nodes), nodes.weight)
    halted = walk(solution, nodes, halts, negligible=NEGLIGIBLE * mass).halted
    if halted is None:
        return None
    there = halted.pick(ahead.has(k, halted.t, halted.k, halted.s))
    return there if len(there) else None


def next_forks(solution: Equilibrium, nodes: Nodes, k: int, ahead: Ahead) -> tuple[Fork, ...]:
    """The next time that step k takes place, now included: a fork for each period in which that may be.

    They have a purse that is opened there, unless ``nodes`` come with one.
    """
    there = to_step(solution, nodes, k, ahead)
    if there is None:
        return ()
    forks = (fork(solution, t, step, there.pick(rows)) for t, step, rows in there.places())
    if there.purse is not None:
        return tuple(forks)
    return tuple(replace(each, nodes=opened(solution.game, each.nodes)) for each in forks)


@dataclass(frozen=True, eq=False)
class Ahead:
    """What may still take place from where.

    first  the first period that is covered
    steps  [periods from ``first``, K + 1, words of 64 bits, S] from the entry of each step, a bit for each that may
    """

    first: int
    steps: NDArray[np.uint64]

    @classmethod
    def of(cls, solution: Equilibrium, first: int) -> Ahead:
        """What may still take place in a solution from a period on."""
        game, steps = solution.game, len(solution.game.steps)
        bits = np.zeros((steps, -(-steps // BITS)), dtype=np.uint64)
        bits[np.arange(steps), np.arange(steps) // BITS] = np.uint64(1) << np.arange(steps, dtype=np.uint64) % BITS
        states = len(solution.tables(first).flow)
        periods = np.zeros((game.periods - first, steps + 1, bits.shape[1], states), dtype=np.uint64)
        later = periods[0, 0]
        for t in reversed(range(first, game.periods)):
            may, tables = periods[t - first], solution.tables(t).steps
            may[steps] = later
            for k in reversed(range(steps)):
                active, successor = np.asarray(tables[k].active), np.asarray(tables[k].successor)
                leads = np.asarray(tables[k].allowed)[:, :, None] & (np.asarray(tables[k].weight) > 0.0)
                after = np.array([steps if n < 0 else n for n in game.steps[k].next])[:, None]
                for word, bit in enumerate(bits[k]):
                    there = np.where(leads, may[after, word, successor], np.uint64(0)).reshape(len(active), -1)
                    from_here = np.bitwise_or.reduce(there, axis=1) | bit
                    may[k, word] = np.where(active, from_here, may[k + 1, word])
            later = may[0]
        return cls(first, periods)

    def has(self, k: int, t: int | Ints, step: int | Ints, s: Ints) -> NDArray[np.bool_]:
        """[M] whether step k may still take place from the entry of ``step`` of period t in the states s."""
        words = self.steps[t - self.first, step, k // BITS, s]
        return (words >> np.uint64(k % BITS)) & np.uint64(1) == 1
