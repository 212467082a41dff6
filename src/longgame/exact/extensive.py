"""A finite extensive game as frozen arrays: what Gambit's files hold, and what our own games become when written out.

Shape letters: V nodes, N players, H information sets (chance moves are information sets of the player ``CHANCE``).

Nodes stand in breadth-first order, so that a parent comes before its children and the children of a node stand side by
side, in the order of its actions: the child of node n by action a is ``first_child[n] + a``. Payoffs belong to nodes: a
play earns the sum of ``pay`` over all nodes it visits, so that a payoff may be earned on the way as well as at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from longgame.errors import Place, Problem, ScenarioError

CHANCE = -1
"""The owner of a chance move."""

NOBODY = -2
"""Who moves at a terminal node."""

TERMINAL = -1
"""The information set of a node where the game is over."""

_SUM_TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class ExtensiveGame:
    """A finite extensive game.

    title        what the game is called
    players      names [N]
    parent       [V] the node before; -1 at the root
    first_child  [V] the first of the children, which stand side by side; -1 at a terminal node
    infoset      [V] information set; ``TERMINAL`` where the game is over
    pay          [V, N] what each player earns when the node is reached
    chance       [V] probability of the branch into the node if its parent is a chance move, else 1
    owner        [H] the player who moves, or ``CHANCE``
    action_set   [H] which of ``action_sets`` names the actions
    action_sets  the distinct lists of actions
    labels       [H] names of the information sets
    numbers      [H] numbers of the information sets, counted per owner (as in Gambit's files)
    """

    title: str
    players: tuple[str, ...]
    parent: np.ndarray
    first_child: np.ndarray
    infoset: np.ndarray
    pay: np.ndarray
    chance: np.ndarray
    owner: np.ndarray
    action_set: np.ndarray
    action_sets: tuple[tuple[str, ...], ...]
    labels: Sequence[str]
    numbers: np.ndarray
    comment: str = ""

    @property
    def nodes(self) -> int:
        """V: how many nodes the tree has."""
        return len(self.parent)

    @cached_property
    def arity(self) -> np.ndarray:
        """[H] how many actions each information set has."""
        sizes = np.array([len(actions) for actions in self.action_sets], dtype=np.int64)
        return sizes[self.action_set]

    @cached_property
    def mover(self) -> np.ndarray:
        """[V] the player who moves at each node, ``CHANCE``, or ``NOBODY``."""
        return np.append(self.owner, NOBODY)[self.infoset]  # TERMINAL, -1, takes the last

    @cached_property
    def degree(self) -> np.ndarray:
        """[V] how many children each node has."""
        return np.append(self.arity, 0)[self.infoset]

    @cached_property
    def depth(self) -> np.ndarray:
        """[V] how many moves lead to each node."""
        depth = np.zeros(self.nodes, dtype=np.int32)
        for level in self.levels[1:]:
            depth[level] = depth[self.parent[level.start]] + 1
        return depth

    @cached_property
    def levels(self) -> tuple[slice, ...]:
        """The nodes of each depth, which stand side by side."""
        levels = [slice(0, 1)]
        ends = np.concatenate([[1], 1 + np.cumsum(self.degree)])  # where the children of the nodes before n end
        while True:
            start, stop = levels[-1].stop, int(ends[levels[-1].stop])
            if stop == start:
                return tuple(levels)
            levels.append(slice(start, stop))

    @cached_property
    def move(self) -> np.ndarray:
        """[V] which action of its parent leads to the node; -1 at the root."""
        move = np.arange(self.nodes) - self.first_child[self.parent]
        move[0] = -1
        return move

    def actions(self, infoset: int) -> tuple[str, ...]:
        """The names of the actions at an information set."""
        return self.action_sets[int(self.action_set[infoset])]

    def owner_name(self, infoset: int) -> str:
        """The name of the player who moves at an information set; ``chance`` for a chance move."""
        owner = int(self.owner[infoset])
        return "chance" if owner == CHANCE else self.players[owner]


@dataclass(frozen=True, eq=False)
class Listed:
    """The nodes of a tree, listed in any order with parents before children.

    parent, move  [V] as in ``ExtensiveGame``; ``move`` is the action of the parent that leads to the node
    infoset, pay, chance  [V], [V, N] and [V], as in ``ExtensiveGame``
    actions       [H] the names of the actions of each information set
    """

    title: str
    players: Sequence[str]
    parent: ArrayLike
    move: ArrayLike
    infoset: ArrayLike
    pay: ArrayLike
    chance: ArrayLike
    owner: ArrayLike
    actions: Sequence[Sequence[str]]
    labels: Sequence[str]
    numbers: ArrayLike | None = None
    comment: str = ""

    def arranged(self) -> ExtensiveGame:
        """The game with its nodes in breadth-first order.

        Raises:
            ScenarioError: this is not a tree in which every action of every inner node leads to exactly one child.
        """
        parent, move = np.asarray(self.parent, dtype=np.int64), np.asarray(self.move, dtype=np.int64)
        infoset, owner = np.asarray(self.infoset, dtype=np.int64), np.asarray(self.owner, dtype=np.int64)
        order = breadth_first(parent, move)
        place = np.empty_like(order)
        place[order] = np.arange(len(order))

        action_sets = tuple(dict.fromkeys(tuple(names) for names in self.actions))
        index = {names: i for i, names in enumerate(action_sets)}
        action_set = np.array([index[tuple(names)] for names in self.actions], dtype=np.int32)

        parent = np.where(parent[order] >= 0, place[parent[order]], -1)
        first_child = np.full(len(order), -1, dtype=np.int64)
        children, firsts = np.unique(parent[1:], return_index=True)
        first_child[children] = firsts + 1
        game = ExtensiveGame(
            title=self.title,
            players=tuple(self.players),
            parent=parent.astype(np.int32),
            first_child=first_child.astype(np.int32),
            infoset=infoset[order].astype(np.int32),
            pay=np.asarray(self.pay, dtype=np.float64)[order],
            chance=np.asarray(self.chance, dtype=np.float64)[order],
            owner=owner.astype(np.int32),
            action_set=action_set,
            action_sets=action_sets,
            labels=self.labels,
            numbers=count_per_owner(owner) if self.numbers is None else np.asarray(self.numbers, dtype=np.int64),
            comment=self.comment,
        )
        _check_tree(game, move[order])
        return game


def breadth_first(parent: np.ndarray, move: np.ndarray) -> np.ndarray:
    """[V] the nodes in breadth-first order, siblings by action.

    Raises:
        ScenarioError: the nodes are not a tree, or not listed with parents before children.
    """
    if len(parent) == 0 or parent[0] != -1 or np.any(parent[1:] < 0) or np.any(parent >= np.arange(len(parent))):
        expected = "one root, and every other node after its parent"
        raise ScenarioError([_problem("not-a-tree", expected, "another order")])
    by_parent = np.lexsort((move[1:], parent[1:])) + 1
    starts = np.searchsorted(parent[by_parent], np.arange(len(parent) + 1))
    order = [np.zeros(1, dtype=np.int64)]
    while len(order[-1]):
        first, last = starts[order[-1]], starts[order[-1] + 1]
        counts = last - first
        offsets = np.repeat(first - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
        order.append(by_parent[np.arange(counts.sum()) + offsets])
    return np.concatenate(order)


def count_per_owner(owner: np.ndarray) -> np.ndarray:
    """[H] 1, 2, 3, ... for the information sets of each owner."""
    numbers = np.zeros(len(owner), dtype=np.int64)
    for player in np.unique(owner):
        mine = owner == player
        numbers[mine] = np.arange(1, mine.sum() + 1)
    return numbers


def _check_tree(game: ExtensiveGame, move: np.ndarray) -> None:
    """Every inner node has one child per action, every terminal node none, and chance is a probability."""
    found = np.bincount(game.parent[1:], minlength=game.nodes)
    if np.any(found != game.degree) or np.any(move[1:] != game.move[1:]):
        wrong = int(np.argmax(found != game.degree))
        what = f"{found[wrong]} children at a node of {_name(game, wrong)}"
        raise ScenarioError([_problem("not-a-tree", "one child for every action of a node", what)])
    if not np.all(np.isfinite(game.pay)):
        raise ScenarioError([_problem("not-finite", "finite payoffs", "an infinite or undefined payoff")])
    _check_chance(game)


def _check_chance(game: ExtensiveGame) -> None:
    moves = np.flatnonzero(game.mover == CHANCE)
    branches = 1 + np.flatnonzero(game.mover[game.parent[1:]] == CHANCE)
    totals = np.bincount(game.parent[branches], weights=game.chance[branches], minlength=game.nodes)[moves]
    if np.any(~(game.chance[branches] >= 0)):
        raise ScenarioError([_problem("not-a-probability", "chance probabilities of at least 0", "a negative one")])
    if np.any(~(np.abs(totals - 1) <= _SUM_TOLERANCE)):
        worst = int(np.argmax(np.abs(totals - 1)))
        what = f"{totals[worst]:.12g} at {_name(game, moves[worst])}"
        raise ScenarioError([_problem("not-a-probability", "chance probabilities that sum to 1", what)])


def _name(game: ExtensiveGame, node: int) -> str:
    infoset = int(game.infoset[node])
    if infoset == TERMINAL:
        return "a terminal node"
    label = game.labels[infoset] or f"number {game.numbers[infoset]}"
    return f'information set "{label}" of {game.owner_name(infoset)}'


def _problem(code: str, expected: str, found: str, fix: str = "") -> Problem:
    return Problem(code, Place(path="extensive game"), expected, found, fix)


def leaf_totals(game: ExtensiveGame) -> np.ndarray:
    """[V, N] payoffs with all that a play earns counted at its end, and nothing on the way."""
    total = game.pay.copy()
    for level in game.levels[1:]:
        total[level] += total[game.parent[level]]
    total[game.infoset >= 0] = 0.0
    return total


def check_perfect_recall(game: ExtensiveGame) -> None:
    """Refuse a game in which a player forgets what it did or knew (Kuhn 1953).

    A player has perfect recall when at every one of its information sets its own last information set and action are
    the same at all nodes; by induction its whole past is then the same.

    Raises:
        ScenarioError: it has not; names the information sets.
    """
    last = np.full((game.nodes, len(game.players)), -1, dtype=np.int64)  # own last (information set, action)
    slots = np.concatenate([[0], np.cumsum(game.arity)])
    for level in game.levels[1:]:
        nodes = np.arange(level.start, level.stop)
        parents = game.parent[nodes]
        last[nodes] = last[parents]
        owner = game.mover[parents]
        own = owner >= 0
        last[nodes[own], owner[own]] = slots[game.infoset[parents[own]]] + game.move[nodes[own]]
    decisions = np.flatnonzero(game.mover >= 0)
    sets = game.infoset[decisions]
    own_last = last[decisions, game.owner[sets]]
    lowest = np.full(len(game.owner), np.iinfo(np.int64).max)
    highest = np.full(len(game.owner), -2)
    np.minimum.at(lowest, sets, own_last)
    np.maximum.at(highest, sets, own_last)
    forgetful = np.flatnonzero((game.owner >= 0) & (highest >= 0) & (lowest != highest))
    if len(forgetful):
        raise ScenarioError([_forgets(game, int(infoset)) for infoset in forgetful[:20]])


def _forgets(game: ExtensiveGame, infoset: int) -> Problem:
    label = game.labels[infoset] or f"number {game.numbers[infoset]}"
    return _problem(
        "imperfect-recall",
        "players who remember what they did and knew (perfect recall)",
        f'that {game.owner_name(infoset)} cannot tell its own different pasts apart at information set "{label}"',
        "Split that information set by what the player did before.",
    )
