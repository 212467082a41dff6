"""What was seen of a play, on a tree of public beliefs: which ways through it fit, and how likely they are together.

A record's likelihood is summed over everything that was not seen, back from the ends of the tree:

    L(n, w) = sum over options a that fit  sigma(a | n, w)  sum over ways  weight  sum over w'  P_a(w' | w) L(after, w')

with L = 1 at the ends; a way past an observed step fits only what says that something did not happen.

Letters as in ``exact/passes``; X the axes of the draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from longgame.exact import passes
from longgame.exact.belief_tree import BeliefTree
from longgame.exact.exact_batch import ExactBatch
from longgame.exact.passes import Numbers
from longgame.scenario.expand import Observation

Seen = tuple[Observation, ...]


@dataclass(frozen=True, eq=False)
class Fit:
    """What is seen of a play, on a tree.

    nodes  those from which it is not certain, the first of them last, each with the options that fit (by their number
           at the node) and their ways that fit (way, node after it)
    roots  the nodes at which play may start; -1 where what was seen cannot happen from there
    """

    nodes: list[tuple[int, list[tuple[int, list[tuple[int, int]]]]]]
    roots: list[int]

    @classmethod
    def of(cls, batch: ExactBatch, roots: Sequence[int], seen: Seen, *, goes_on: bool = False) -> Fit:
        """Some observations on the tree. If play ``goes_on`` after the tree, nothing is certain at its ends."""
        places, options = places_of(batch.tree)

        def passed(here: tuple[int, int], child: int) -> bool:
            """Whether a step that was seen lies between, so that it does not take place on this way."""
            there = (batch.tree.game.periods, 0) if batch.nodes[child].kind == passes.END else places[child]
            return any(here < (piece.period, piece.step) < there for piece in seen if not piece.negative)

        certain: set[int] = set()
        kept: dict[int, list[tuple[int, list[tuple[int, int]]]]] = {}
        for n in reversed(range(batch.tree.nodes)):
            here, fitting, node = places[n], [], batch.nodes[n]
            if goes_on and node.kind == passes.END:
                continue
            about = [piece for piece in seen if (piece.period, piece.step) == here]
            for number, (o, ways) in enumerate(node.options):
                if all(options[o] in piece.options for piece in about):
                    fitting.append((number, [(way, child) for way, child in ways if not passed(here, child)]))
            every = sum(len(ways) for _, ways in node.options)
            through = [child for _, ways in fitting for _, child in ways]
            if len(through) == every and certain.issuperset(through):
                certain.add(n)
            else:
                kept[n] = fitting
        starts = [-1 if passed((-1, 0), n) else n for n in roots]
        reached = {n for n in starts if n in kept}
        for n in sorted(kept):
            if n in reached:
                reached |= {child for _, ways in kept[n] for _, child in ways if child in kept}
        return cls([(n, kept[n]) for n in sorted(reached, reverse=True)], starts)

    def likelihood(
        self, batch: ExactBatch, numbers: Numbers, z: np.ndarray, after: Mapping[int, np.ndarray] | None = None
    ) -> np.ndarray:
        """[roots, W, X] the chance of what was seen, from each root in each world.

        after  of what is seen after an end of the tree, by its node; 1 where it is not said
        """
        one = np.ones((batch.tree.shape.cells.shape[1], *z.shape[1:]), z.dtype)
        likely: dict[int, np.ndarray] = {-1: np.zeros_like(one), **(after or {})}
        for n, fitting in self.nodes:
            node = batch.nodes[n]
            odds = batch.odds(numbers, z, node)
            total = np.zeros_like(one)
            for number, ways in fitting:
                then = np.zeros_like(one)
                for way, child in ways:
                    then = then + numbers.weight[way] * likely.get(child, one)
                b = int(numbers.which[node.first + number])
                total = total + odds[number] * (then if b < 0 else (numbers.becomes[b] * then).sum(axis=1))
            likely[n] = total
        return np.stack([likely.get(n, one) for n in self.roots])


def places_of(tree: BeliefTree) -> tuple[list[tuple[int, int]], dict[int, int]]:
    """The place of each node, and by option of the tree which option of its step it is (the end of a period: 0)."""
    places, options = [(0, 0)] * tree.nodes, dict[int, int]()
    for place, spot in tree.spots.items():
        places[spot.nodes] = [place] * (spot.nodes.stop - spot.nodes.start)
        options |= dict(zip(range(spot.options.start, spot.options.stop), spot.a.tolist(), strict=True))
    return places, options
