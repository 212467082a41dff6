"""Stationary equilibria of many draws at once, of a game without an end in which nothing is hidden.

A period is written out as a tree from every state in which one may begin. What its ends are worth, V [R, N] by state,
is unknown like the log-odds z of those who choose at the same time; a pass through the period answers to both:

    V(s) = the value of the tree at the root s,    z = the response of all to all

Newton's method, derivatives and the way from earlier numbers are those of ``exact_batch``, with V before the log-odds.
Where play begins that is not known from earlier numbers says the solver of a single draw (``solver.stationary``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from longgame.arrays import Array
from longgame.exact import passes
from longgame.exact.exact_batch import ExactBatch
from longgame.exact.passes import Numbers
from longgame.exact.tree_batch import TreeNode
from longgame.solver.stationary.public import Settled


@dataclass(frozen=True, eq=False)
class StationaryBatch(ExactBatch):
    """A period from some states on, in which many draws are solved together.

    states  [R] in which a period may begin; nodes of them: roots [R]. Every end of the tree stands in one of them
    """

    states: Sequence[int] = ()
    roots: list[int] = field(default_factory=list)

    @property
    def ahead(self) -> int:
        """R N: so many unknowns stand before the log-odds."""
        return len(self.states) * len(self.tree.game.actors)

    @property
    def unknown(self) -> Array:
        """[R N + D] bool: all values, and the log-odds that others answer to."""
        return np.concatenate([np.ones(self.ahead, dtype=bool), self.tree.unknown])

    @cached_property
    def nodes(self) -> list[TreeNode]:
        """The nodes of the tree in plain numbers; log-odds stand after the values."""
        return [
            node._replace(choosers=[who._replace(slot=who.slot + self.ahead) for who in node.choosers])
            for node in super().nodes
        ]

    @cached_property
    def ends(self) -> dict[int, int]:
        """Node at which a period is over and another begins -> the place of its state among ``states``."""
        place, found = {s: r for r, s in enumerate(self.states)}, {}
        spot = self.tree.spots.get((self.tree.game.periods, 0))
        for n, s in zip(range(spot.nodes.start, spot.nodes.stop), spot.s.tolist(), strict=True) if spot else ():
            if not self.tree.game.ended[s]:
                found[n] = place[s]
        return found

    def respond(self, numbers: Numbers, prior: Array, z: Array, share: Array | float = 1.0) -> Array:
        """[R N + D, X] values and log-odds after a period, from those [R N + D, X] that are expected after it."""
        ends = [(self.nodes[n].row, r) for n, r in self.ends.items()]
        given = z[: self.ahead].reshape(len(self.states), -1, 1, *z.shape[1:])
        shape = np.broadcast_shapes(numbers.end.shape, (*numbers.end.shape[:3], *z.shape[1:]))
        end = np.broadcast_to(numbers.end, shape).astype(np.result_type(numbers.end, z))
        for row, r in ends:
            end[row] = given[r]
        response, value = self.passed(numbers._replace(end=end), prior, z, share)
        here = np.stack(np.broadcast_arrays(*(value[n] for n in self.roots)))[:, :, 0]
        response[: self.ahead] = here.reshape(self.ahead, *here.shape[2:])
        return response

    def begin(self, settled: Settled) -> Array:
        """[R N + D] where to look, from the equilibrium of one draw that the solver found; NaN if it found none."""
        z = np.zeros(len(self.unknown))
        if settled.unconverged.any():
            return np.full_like(z, np.nan)
        z[: self.ahead] = np.asarray(settled.start)[list(self.states), :, 0, 0].ravel()
        for (_, k), spot in self.tree.spots.items():
            play = settled.plays[k] if k < len(settled.plays) else None
            for n, s in zip(range(spot.nodes.start, spot.nodes.stop), spot.s.tolist(), strict=True):
                node = self.nodes[n]
                if play is None or node.kind != passes.SEVERAL:
                    continue
                open_ = [int(spot.a[o - spot.options.start]) for o, _ in node.options]
                for who in node.choosers:
                    chance = np.bincount(np.array(who.own), np.asarray(play)[s, 0, open_, 0], who.options)
                    log = np.log(chance)
                    z[who.slot : who.slot + who.options] = log - log.mean()
        return z
