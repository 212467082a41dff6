"""How a game tree is laid out in memory for response passes (``tree``): by stage, owner and number of actions.

Letters: V nodes, H information sets, D slots (actions of players' information sets); m nodes, h information sets and A
actions of a block.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy

from longgame.exact.extensive import CHANCE, ExtensiveGame
from longgame.solver.curve.runs import sums_of_runs

_NEVER = -1.0e4  # log of a chance probability of zero: small enough to be nothing beside any choice


@dataclass(frozen=True, eq=False)
class Block:
    """Nodes of one stage whose movers have the same owner and number of actions, sorted by information set.

    span    places of the nodes [m]
    owner   the player, or CHANCE
    child   [m, A] places of the children
    start   [h] first node of each information set (or, where sets interlock, of each part of a set) within the block
    group   [m] which set each node belongs to
    slots   [h, A] slots of the actions; window: the same as a slice, where sets do not interlock
    certain all nodes are alone in their information set: there is nothing to believe
    chance  [m, A] probabilities at a chance move
    """

    span: slice
    owner: int
    child: np.ndarray
    start: np.ndarray
    group: np.ndarray
    slots: np.ndarray
    window: slice
    certain: bool
    chance: np.ndarray

    def per_set(self, by_node: np.ndarray) -> np.ndarray:
        """Sums over the nodes of each information set: [m, ...] -> [h, ...]."""
        return by_node if self.certain else sums_of_runs(by_node, self.start)

    def per_node(self, by_set: np.ndarray) -> np.ndarray:
        """Each node's information set's row: [h, ...] -> [m, ...]."""
        return by_set if self.certain else by_set[self.group]


class Layout:
    """An ExtensiveGame laid out for response passes. Nodes are renumbered by stage ('places'); slots by block.

    slots      D
    slot_set   [D] information set of each slot; slot_action [D]
    place      [V] place of each node of the game
    """

    def __init__(self, game: ExtensiveGame, precision: np.ndarray, *, tastes: bool = False):
        """``precision`` [H] is lambda_h; with ``tastes`` a mover's value includes its shocks (log-sum-exp / lambda)."""
        self.game = game
        stage, self.ordered = _stages(game)
        inner, owner, arity = game.infoset >= 0, game.mover, game.degree
        order = np.lexsort((game.infoset, arity, owner, np.where(inner, stage, np.iinfo(np.int64).max)))
        place = np.empty(game.nodes, dtype=np.int64)
        place[order] = np.arange(game.nodes)
        self.place = place
        self.inner = int(inner.sum())
        self.parent = np.where(game.parent[order] >= 0, place[game.parent[order]], 0)
        self.pay = np.ascontiguousarray(game.pay[order])
        self.members = np.bincount(game.infoset[inner], minlength=len(game.owner))
        self._number_slots(game, order, owner[order])
        self.precision = precision[self.slot_set]
        self.taste = np.where(precision > 0, 1 / np.where(precision > 0, precision, 1), 0.0) if tastes else None
        self._lay_blocks(game, order, stage[order], owner[order], arity[order])
        self._lay_edges(game, order)
        self._lay_beliefs(game, order)

    # --- layout ------------------------------------------------------------------------------------------------------

    def _number_slots(self, game: ExtensiveGame, order: np.ndarray, owner: np.ndarray) -> None:
        """Slots in the order in which the information sets come up."""
        decisions = order[: self.inner][owner[: self.inner] != CHANCE]
        sets, first = np.unique(game.infoset[decisions], return_index=True)
        sets = sets[np.argsort(first)]
        arity = game.arity[sets]
        self.set_start = np.cumsum(arity) - arity  # [h] first slot of each set, sets in slot order
        self.sets = sets
        self.slots = int(arity.sum())
        self.set_slot = np.full(len(game.owner), -1, dtype=np.int64)
        self.set_slot[sets] = self.set_start
        self.slot_set = np.repeat(sets, arity)
        self.slot_group = np.repeat(np.arange(len(sets)), arity)
        self.slot_action = np.arange(self.slots) - self.set_slot[self.slot_set]

    def _lay_blocks(
        self, game: ExtensiveGame, order: np.ndarray, stage: np.ndarray, owner: np.ndarray, arity: np.ndarray
    ) -> None:
        self.stages = _runs(stage[: self.inner])
        spans = _runs(stage[: self.inner], owner[: self.inner], arity[: self.inner])
        self.blocks = [self._lay_block(game, order[s], s, int(owner[s.start]), int(arity[s.start])) for s in spans]

    def _lay_block(self, game: ExtensiveGame, nodes: np.ndarray, span: slice, owner: int, arity: int) -> Block:
        children = game.first_child[nodes][:, None] + np.arange(arity)
        child = self.place[children]
        if owner == CHANCE:
            nothing = np.zeros(0, dtype=np.int64)
            return Block(span, owner, child, nothing, nothing, nothing, slice(0, 0), True, game.chance[children])
        infoset = game.infoset[nodes]
        new = np.concatenate([[True], infoset[1:] != infoset[:-1]])
        start = np.flatnonzero(new)
        slots = self.set_slot[infoset[start]][:, None] + np.arange(arity)
        window = slice(int(slots[0, 0]), int(slots[-1, -1]) + 1)
        certain = bool(np.all(self.members[infoset] == 1))
        return Block(span, owner, child, start, np.cumsum(new) - 1, slots, window, certain, np.zeros(0))

    def _lay_edges(self, game: ExtensiveGame, order: np.ndarray) -> None:
        """Where each node's branch probability stands in the concatenation of slots and chance branches."""
        parents = np.maximum(game.parent[order], 0)  # the root has no branch into it: its entry is never used
        by_chance = game.mover[parents] == CHANCE
        above = np.append(self.set_slot, 0)[game.infoset[parents]]
        self.edge = np.where(by_chance, 0, above + game.move[order])
        branches = np.flatnonzero(by_chance)
        self.edge[branches] = self.slots + np.arange(len(branches))
        probabilities = game.chance[order][branches]
        self.log_chance = np.where(probabilities > 0, np.log(np.where(probabilities > 0, probabilities, 1)), _NEVER)

    def _lay_beliefs(self, game: ExtensiveGame, order: np.ndarray) -> None:
        """The nodes that share their information set with others, sorted by set."""
        infoset = game.infoset[order][: self.inner]
        shared = (self.members > 1) & (game.owner != CHANCE)
        nodes = np.flatnonzero(shared[infoset])
        nodes = nodes[np.argsort(infoset[nodes], kind="stable")]
        sets = infoset[nodes]
        new = np.concatenate([[True], sets[1:] != sets[:-1]]) if len(nodes) else np.zeros(0, dtype=bool)
        self.shared, self.shared_start, self.shared_group = nodes, np.flatnonzero(new), np.cumsum(new) - 1

    @property
    def heat(self) -> float:
        """How sharp choice can become: the largest precision times what its owner can still win or lose there.

        Only what comes after an information set counts. The payoffs of a steeply discounted player shrink from period
        to period while its precision grows: those of the first with the precision of the last would say nothing.
        """
        low, high = self.pay.copy(), self.pay.copy()  # [V, N] the least and the most from each node on
        hottest = 0.0
        for block in reversed(self.blocks):
            lowest, highest = low[block.child].min(axis=1), high[block.child].max(axis=1)
            if block.owner != CHANCE:
                least = np.minimum.reduceat(lowest[:, block.owner], block.start)
                most = np.maximum.reduceat(highest[:, block.owner], block.start)
                hottest = max(hottest, float(np.max(self.precision[block.slots[:, 0]] * (most - least))))
                if self.taste is not None:  # the shocks are worth at most log A / lambda
                    worth = self.taste[self.slot_set[block.slots[:, 0]]] * np.log(block.slots.shape[1])
                    highest[:, block.owner] += block.per_node(worth)
            low[block.span] += lowest
            high[block.span] += highest
        return hottest

    @cached_property
    def telling(self) -> np.ndarray:
        """Information sets whose choices move some belief: they tell apart nodes which another set holds together.

        A choice that all nodes of a set have behind them cancels from its belief. So for every shared set the branches
        behind its nodes are counted while climbing to where their paths meet; those behind all of them do not count.
        """
        decision = np.flatnonzero(np.isin(np.arange(len(self.parent)), self.shared))
        game_node = np.empty(len(self.parent), dtype=np.int64)
        game_node[self.place] = np.arange(len(self.parent))
        holder = self.game.infoset[game_node[decision]].astype(np.int64)
        depth = self.game.depth[game_node]
        size = np.bincount(holder, minlength=len(self.game.owner))
        v, edges = len(self.parent), self.slots + len(self.log_chance)
        pair, count = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        seen: list[tuple[np.ndarray, np.ndarray]] = []
        for level in range(int(depth[decision].max(initial=0)), 0, -1):
            here = depth[decision] == level
            pair = np.concatenate([pair, holder[here] * v + decision[here]])
            count = np.concatenate([count, np.ones(int(here.sum()), dtype=np.int64)])
            apart = count < size[pair // v]
            pair, count = pair[apart], count[apart]
            seen.append((pair // v * edges + self.edge[pair % v], count))
            pair, merged = np.unique(pair // v * v + self.parent[pair % v], return_inverse=True)
            count = np.bincount(merged, weights=count, minlength=len(pair)).astype(np.int64)
        if not seen:
            return np.zeros(0, dtype=np.int64)
        key, merged = np.unique(np.concatenate([k for k, _ in seen]), return_inverse=True)
        behind = np.bincount(merged, weights=np.concatenate([c for _, c in seen]), minlength=len(key))
        telling = key[(behind < size[key // edges]) & (key % edges < self.slots)] % edges
        return np.unique(self.slot_set[telling])

    @property
    def cells(self) -> int:
        """The numbers that one derivative goes through."""
        return len(self.parent) * self.pay.shape[1]

    def unknowns(self) -> tuple[np.ndarray, np.ndarray]:
        """[n] the slots of the telling sets but each set's last, and [n] the last slot of the same set."""
        is_telling = np.zeros(len(self.game.owner), dtype=bool)
        is_telling[self.telling if self.ordered else self.sets] = True
        arity = self.game.arity[self.slot_set]
        free = np.flatnonzero(is_telling[self.slot_set] & (self.slot_action < arity - 1))
        return free, (self.set_slot[self.slot_set] + arity - 1)[free]


def _runs(*keys: np.ndarray) -> list[slice]:
    """The stretches over which all keys stay the same."""
    changes = np.zeros(max(len(keys[0]) - 1, 0), dtype=bool)
    for key in keys:
        changes |= key[1:] != key[:-1]
    cuts = (np.flatnonzero(changes) + 1).tolist()
    starts = [0, *cuts] if len(keys[0]) else []
    return [slice(a, b) for a, b in zip(starts, [*cuts, len(keys[0])], strict=False)]


def _stages(game: ExtensiveGame) -> tuple[np.ndarray, bool]:
    """[V] a stage for each node, later than its parent's and the same for all of an information set, if there is one.

    Where information sets interlock (each holds a node that comes before one of the other's) there is none, and the
    stage is the depth.
    """
    depth = game.depth.astype(np.int64)
    decision = game.mover >= 0
    count = len(game.owner)
    unit = np.where(decision, game.infoset, count + np.arange(game.nodes))  # what must stand together
    units = count + game.nodes
    leads = np.ones(game.nodes - 1, dtype=np.int8)
    edges = scipy.sparse.coo_array((leads, (unit[game.parent[1:]], unit[1:])), shape=(units, units))
    parts, _ = scipy.sparse.csgraph.connected_components(edges.tocsr(), directed=True, connection="strong")
    if parts < units:
        return depth, False
    stage = depth
    while True:
        latest = np.zeros(units, dtype=np.int64)
        np.maximum.at(latest, unit, stage)
        together = latest[unit]
        for level in game.levels[1:]:
            together[level] = np.maximum(together[level], together[game.parent[level]] + 1)
        if np.array_equal(together, stage):
            return stage, True
        stage = together
