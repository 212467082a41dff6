"""Look-ups in solutions whose beliefs are kept block by block.

What somebody can expect is kept for each world of the block that it knows of, with the other blocks as the public
believes. That is enough as long as the nodes' own probabilities agree with the public belief there. Where a question
takes something as given that the public does not know, the blocks in which they part are *known*, and the values of
the same play in each of their worlds are found by one more pass (``solver.blocks.informed``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from longgame.game.blocks import Blocks
from longgame.queries.alike import alike, summed
from longgame.queries.nodes import Floats, Nodes
from longgame.solver.blocks.informed import foreseen, informed
from longgame.solver.blocks.solution import BlockSolution

if TYPE_CHECKING:  # which looks up its own expectations here
    from longgame.queries.prospects import Ask, Prospect

NEAR = 64, 32, 16, 8, 4, 2  # parts of a unit of probability, within which beliefs are taken together
AGREES = 1e-9  # probabilities that are apart by no more are the same
BYTES_AT_ONCE = 2**28  # of the expectations that are worked out side by side


def known_blocks(blocks: Blocks, nodes: Nodes) -> Floats:
    """[M, D] bool: in which blocks the probabilities of a node are others than the public's, as if these were known."""
    weight = nodes.weight[:, None]
    share = np.divide(nodes.joint, weight, out=nodes.b.copy(), where=weight > 0.0)
    pairs = zip(blocks.marginals(share), blocks.marginals(nodes.b), strict=True)
    found = np.stack([np.abs(mine - public).max(axis=1) > AGREES for mine, public in pairs], axis=1)
    for known, rows in kinds(found):
        apart = np.abs(_with_public(blocks, share[rows], nodes.b[rows], known) - share[rows]).max(axis=1) > AGREES
        found[rows] |= apart[:, None]  # what is known ties blocks together: all of them count as known
    return found


def kinds(known: np.ndarray) -> list[tuple[tuple[int, ...], np.ndarray]]:
    """Each set of blocks among rows [M, D] bool, and which rows have it."""
    kinds, kind = np.unique(known, axis=0, return_inverse=True)
    return [(tuple(np.flatnonzero(one).tolist()), np.flatnonzero(kind.ravel() == n)) for n, one in enumerate(kinds)]


def _with_public(blocks: Blocks, share: Floats, b: Floats, known: tuple[int, ...]) -> Floats:
    """[M, W] probabilities of worlds: these about the known blocks, and the public's about the others."""
    found = np.ones_like(share)
    if known:
        found = marginal(blocks, share, known)[(slice(None), *(blocks.of_world[d] for d in known))]
    for d, public in enumerate(blocks.marginals(b)):
        if d not in known:
            found = found * public[:, blocks.of_world[d]]
    return found


def marginal(blocks: Blocks, joint: Floats, known: tuple[int, ...]) -> Floats:
    """[M, n_d, ..] the probabilities [M, W] of the worlds of some blocks together."""
    others = tuple(1 + d for d in range(len(blocks)) if d not in known)
    return joint[:, blocks.world_at].sum(axis=others)


def gathered(solution: BlockSolution, nodes: Nodes, most: int) -> Nodes:
    """Nodes of the same place and state whose beliefs lie near each other as one, with their mean belief of each block.

    Near is said of the blocks that matter there, and as narrowly as leaves so many nodes at most, or, if that is in
    vain, half a unit of probability. What is expected is kept up to how values bend over so small a distance.
    """
    blocks, weight = solution.blocks, nodes.weight
    parts, matter = blocks.marginals(nodes.b), solution.layout.matters[nodes.s]
    places = np.stack([nodes.t, nodes.k, nodes.s, *(() if nodes.marks is None else (nodes.marks,))], axis=1)
    first = group = np.arange(len(nodes))
    for steps in NEAR:
        if len(first) > most:
            near = [np.rint(part * steps).astype(np.int64) * matter[:, d, None] for d, part in enumerate(parts)]
            first, group = alike(np.ascontiguousarray(np.hstack([places, *near])))
    total = summed(weight, group, len(first))
    b = np.ones((len(first), nodes.b.shape[1]))
    for d, part in enumerate(parts):
        b *= (summed(part * weight[:, None], group, len(first)) / total[:, None])[:, blocks.of_world[d]]
    purse = None if nodes.purse is None else summed(nodes.purse, group, len(first))
    return replace(nodes.pick(first), b=b, joint=summed(nodes.joint, group, len(first)), purse=purse)


def values_of_nodes(solution: BlockSolution, nodes: Nodes, actors: tuple[int, ...]) -> Floats:
    """[M, actors, W] what actors can expect, to be weighed by the nodes' own probabilities of worlds.

    NaN where it was not solved for. Of several actors at once those are NaN, too, that take another pass: mostly they
    are not wanted. Ask for them alone.
    """
    found = np.full((len(nodes), len(actors), nodes.joint.shape[1]), np.nan)
    of_node = known_blocks(solution.blocks, nodes)
    first = {known: places_of(solution, nodes.pick(some)) for known, some in kinds(of_node)}
    for t, k, rows in nodes.places():
        for known, some in kinds(of_node[rows]):
            at = np.flatnonzero(rows)[some]
            if solution.needed is not None and t < solution.game.periods:
                at = at[solution.needed[t, k, nodes.s[at]]]
            s, b = nodes.s[at], nodes.b[at]
            enough = [j for j in actors if {solution.blocks.of_actor[j]}.issuperset(known)]
            if enough:
                part = solution.values_at(t, k, s, b)[:, enough]
                found[at[:, None], np.array([actors.index(j) for j in enough])] = part
            elif len(actors) == 1:
                found[at] = informed(solution, known, actors, first[known]).values_at(t, k, s, b)
    return found


def places_of(solution: BlockSolution, nodes: Nodes) -> np.ndarray:
    """[T, K + 1, S] bool: where some nodes are."""
    game = solution.game
    found = np.zeros((game.periods, len(game.steps) + 1, len(game.ended)), dtype=bool)
    here = nodes.t < game.periods
    found[nodes.t[here], nodes.k[here], nodes.s[here]] = True
    return found


def values_in_worlds(solution: BlockSolution, nodes: Nodes, actor: int) -> Floats:
    """[M, W] what an actor can expect from each node on if the truth is w, with play as it is at the public belief."""
    everything, first = tuple(range(len(solution.blocks))), places_of(solution, nodes)
    found = np.empty((len(nodes), nodes.joint.shape[1]))
    for t, k, rows in nodes.places():
        there = informed(solution, everything, (actor,), first).values_at(t, k, nodes.s[rows], nodes.b[rows])
        found[rows] = there[:, 0]
    return found


def expectations(solution: BlockSolution, asks: Mapping[Any, Ask]) -> dict[Any, float]:
    """What is asked for, by one pass backwards for all that takes the same blocks as known."""
    found: dict[Any, float] = {}
    by_known: dict[tuple[int, ...], dict[Any, Ask]] = defaultdict(dict)
    for name, ask in asks.items():
        known = known_blocks(solution.blocks, ask.nodes).any(axis=0)
        by_known[tuple(np.flatnonzero(known).tolist())][name] = ask
    for known, some in by_known.items():
        prospects = list({ask.prospect.key: ask.prospect for ask in some.values()}.values())
        each = 8 * solution.layout.total * int(np.prod([solution.blocks.sizes[d] for d in known]))
        together = max(1, BYTES_AT_ONCE // each)
        for first in range(0, len(prospects), together):
            batch = prospects[first : first + together]
            keys = [prospect.key for prospect in batch]
            mine = {name: ask for name, ask in some.items() if ask.prospect.key in keys}
            places = {name: keys.index(ask.prospect.key) for name, ask in mine.items()}
            found |= _pass(solution, known, batch, mine, places)
    return found


def _pass(
    solution: BlockSolution,
    known: tuple[int, ...],
    prospects: list[Prospect],
    asks: Mapping[Any, Ask],
    places: Mapping[Any, int],
) -> dict[Any, float]:
    blocks, total = solution.blocks, dict.fromkeys(asks, 0.0)
    width = int(np.prod([blocks.sizes[d] for d in known]))

    def end(t: int, later: Floats | None, states: np.ndarray) -> Floats:
        values = np.zeros((len(states), len(prospects) * width)) if later is None else later.copy()
        for e, prospect in enumerate(prospects):
            columns = slice(e * width, (e + 1) * width)
            gain = prospect.values[states][:, None]
            if prospect.kind == "by" and t <= prospect.date:
                values[:, columns] = gain + (1.0 - gain) * values[:, columns]
            elif prospect.kind == "through" and t < prospect.date:
                values[:, columns] *= gain
            elif t == prospect.date:
                values[:, columns] = gain
        return values

    first = min(int(ask.nodes.t.min()) for ask in asks.values())
    last = max(prospect.date for prospect in prospects)
    for t, layout, values in foreseen(solution, known, len(prospects), last, end):
        for name, ask in asks.items():
            for at, k, rows in ask.nodes.places():
                if at == t:
                    nodes = ask.nodes.pick(rows)
                    columns = layout.columns[places[name]].reshape(-1)
                    mine = np.ascontiguousarray(values.rows[:, columns])
                    there = solution.between(nodes.s, solution.weights(nodes.b), values.at[k], mine)
                    likely = marginal(blocks, nodes.joint, known).reshape(len(nodes), -1)
                    total[name] += float((there * likely).sum())
        if t == first:
            break
    return {name: total[name] / ask.nodes.mass for name, ask in asks.items()}
