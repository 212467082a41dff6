"""A small game as the extensive tree that game theorists draw, with or without the choice probabilities."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from longgame.answers.answers import refuse_no_game
from longgame.errors import Place, Problem, TooLargeError
from longgame.exact.extensive import CHANCE, ExtensiveGame, leaf_totals
from longgame.exact.histories import ExtensiveSolution, solve_extensive
from longgame.exact.public import Unrolled
from longgame.exact.public_histories import solve_histories
from longgame.exact.unroll import unroll
from longgame.game.compile import compile as compile_scenario
from longgame.game.game import Game
from longgame.run.study import Study
from longgame.scenario.model import Scenario
from longgame.solver.batch import tables_of

MOST = 300  # nodes that can be drawn so that one still sees something


@dataclass(frozen=True)
class TreeNode:
    """A node; the first is the root, and a parent comes before its children.

    parent   the place of the node before; None at the root
    action   what led here, and at a chance move how likely that was
    choice   how likely what led here was to be chosen, where the game was solved and a player chose
    reach    how likely play comes here, where the game was solved
    info     the place of its information set; None at the end of a play
    payoffs  at the end of a play, of each player
    """

    parent: int | None
    action: str
    chance: float | None
    choice: float | None
    reach: float | None
    info: int | None
    payoffs: tuple[float, ...] | None


@dataclass(frozen=True)
class TreeSet:
    """An information set: who moves there (None: chance), what it is called, and which nodes it has."""

    owner: str | None
    name: str
    nodes: tuple[int, ...]


@dataclass(frozen=True)
class TreeAnswer:
    """A game as a tree. ``solved``: how its equilibrium was found, as a sentence; None where it was not looked for."""

    title: str
    players: tuple[str, ...]
    nodes: tuple[TreeNode, ...]
    sets: tuple[TreeSet, ...]
    solved: str | None


def tree_of_scenario(
    scenario: Scenario, *, periods: int | None = None, solve: bool = False, most: int = MOST
) -> TreeAnswer:
    """A scenario's game at the given values, written out over all its histories.

    Args:
        scenario: one that has passed the checks.
        periods: how many periods are drawn, after which the end values are paid; all if None.
        solve: find the equilibrium as well.
        most: how many nodes are too many.

    Raises:
        TooLargeError: more nodes than ``most``; says how many, and how many periods would fit.
        ScenarioError: the given values make no game.
    """
    game = compile_scenario(scenario)
    refuse_no_game(Study(scenario, game).draw())
    theta = np.asarray(game.base, dtype=float)
    if solve:
        found = solve_histories(game, theta, periods=periods, most=most)
        return _tree(found.written.game, scenario.title, found.extensive, _names(found.written))
    written = unroll(game, tables_of(game, theta), periods=periods, most=most)
    return _tree(written.game, scenario.title, None, _names(written))


def tree_of_game(game: ExtensiveGame, *, precision: float | None = None, most: int = MOST) -> TreeAnswer:
    """An extensive game, as read from a file of Gambit; with its logit equilibrium at a precision, if that is given.

    Raises TooLargeError for one of more nodes than ``most``.
    """
    if game.nodes > most:
        fix = "Draw a smaller game, or look at its choices with `longgame solve-efg`."
        expected, found = f"a game of at most {most:,} nodes, to be drawn", f"{game.nodes:,} nodes"
        raise TooLargeError([Problem("too-many-nodes", Place(path="efg"), expected, found, fix)])
    solution = None if precision is None else solve_extensive(game, precision)
    return _tree(game, game.title, solution, lambda info: str(game.labels[info]))


def _names(written: Unrolled) -> Callable[[int], str]:
    """What the information sets of a scenario are called: the step; chance moves have no name."""
    source: Game = written.source
    return lambda info: source.steps[written.step[info]].name if written.step[info] >= 0 else ""


def _tree(
    game: ExtensiveGame, title: str, solution: ExtensiveSolution | None, name: Callable[[int], str]
) -> TreeAnswer:
    total, actions = leaf_totals(game), [_actions(game, info) for info in range(len(game.owner))]
    reach = None if solution is None else solution.reach
    nodes = []
    for v in range(game.nodes):
        above, info = int(game.parent[v]), int(game.infoset[v])
        action, chance, choice = "", None, None
        if above >= 0:
            over = int(game.infoset[above])
            action = actions[over][int(game.move[v])]
            if game.owner[over] == CHANCE:
                chance = float(game.chance[v])
            elif solution is not None:
                choice = float(solution.choice(over)[int(game.move[v])])
        nodes.append(
            TreeNode(
                parent=above if above >= 0 else None,
                action=action,
                chance=chance,
                choice=choice,
                reach=None if reach is None else float(reach[v]),
                info=info if info >= 0 else None,
                payoffs=None if info >= 0 else tuple(map(float, total[v])),
            )
        )
    sets = [
        TreeSet(_owner(game, info), name(info), tuple(map(int, np.flatnonzero(game.infoset == info))))
        for info in range(len(game.owner))
    ]
    solved = None if solution is None else str(solution.status.value)
    return TreeAnswer(title, tuple(game.players), tuple(nodes), tuple(sets), solved)


def _actions(game: ExtensiveGame, info: int) -> list[str]:
    """The actions of an information set; of lots of chance, no more of the state than tells them apart."""
    names = game.actions(info)
    if game.owner[info] != CHANCE or not all("=" in name for name in names):
        return list(names)
    parts = [name.split(", ") for name in names]
    told = []
    for head, *state in parts:
        alike = [others for first, *others in parts if first == head]
        differ = [
            value for place, value in enumerate(state) if any(other[place : place + 1] != [value] for other in alike)
        ]
        told.append(", ".join([head, *differ]))
    return told


def _owner(game: ExtensiveGame, info: int) -> str | None:
    owner = int(game.owner[info])
    return None if owner == CHANCE else game.players[owner]


def children(nodes: Sequence[TreeNode]) -> list[list[int]]:
    """The children of each node, in the order of its actions."""
    found: list[list[int]] = [[] for _ in nodes]
    for place, node in enumerate(nodes):
        if node.parent is not None:
            found[node.parent].append(place)
    return found
