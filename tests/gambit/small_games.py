"""Small games of the literature in which Gambit's path follower and ours end apart, written down anew from their trees.

The keys are the names of the same games in Gambit's repository; players and information sets are numbered alike.
"""

from __future__ import annotations

import numpy as np

from longgame.exact.efg import parse_efg
from longgame.exact.extensive import ExtensiveGame
from tests.exact.near_symmetry import simultaneous

Node = tuple  # payoffs, or "player.set" (or "chance", with even chances) and what follows each action


def game(tree: Node) -> ExtensiveGame:
    """The tree as a game."""
    ends: list[Node] = []

    def lines(node: Node) -> list[str]:
        where, *after = node
        if not isinstance(where, str):
            ends.append(node)
            return [f't "" {len(ends)} "" {{ {", ".join(str(pay) for pay in node)} }}']
        if where == "chance":
            head = 'c "" 1 "" { ' + " ".join(f'"{i}" 1/{len(after)}' for i in range(len(after))) + " } 0"
        else:
            player, number = where.split(".")
            head = f'p "" {player} {number} "" {{ ' + " ".join(f'"{i}"' for i in range(len(after))) + " } 0"
        return [head, *(line for child in after for line in lines(child))]

    body = lines(tree)
    players = " ".join(f'"{i + 1}"' for i in range(len(ends[0])))
    return parse_efg("\n".join([f'EFG 2 R "" {{ {players} }}', *body]))


def battle(number: int, one: float = 0, two: float = 0) -> Node:
    """Two who want to do different things at the same time, and each its own; so much is earned besides."""
    first, second = f"1.{number}", f"2.{number}"
    none, left, right = (one, two), (one + 1, two + 3), (one + 3, two + 1)
    return first, (second, none, left), (second, right, none)


# McKelvey and McLennan: three with two actions each, and nine equilibria.
THREE = (
    "1.1",
    ("2.1", ("3.1", (9, 8, 12), (0, 0, 0)), ("3.1", (0, 0, 0), (3, 4, 6))),
    ("2.1", ("3.1", (0, 0, 0), (3, 4, 6)), ("3.1", (9, 8, 2), (0, 0, 0))),
)

GAMES = {
    # Shoham and Leyton-Brown (2008), figure 5.10
    "catalog/books/shohamleytonbrown2008/fig5_10.efg": game(
        ("1.2", ("2.3", ("1.1", (0, 0), (2, 4)), ("1.1", (4, 2), (0, 0))), (0, 0))
    ),
    # Jakobsen, Sorensen and Conitzer (2016), figure 1c: a coin decides who guesses first
    "catalog/conf/itcs/jakobsen2016/fig1c.efg": game(
        ("chance", ("2.1", (0, 0), ("1.1", (1, 1), (0, 1))), ("1.1", (0, 0), ("2.1", (1, 1), (1, 0))))
    ),
    "contrib/games/2x2x2.efg": game(THREE),
    # Shapley (1974): an equilibrium that no path leads to
    "contrib/games/sh3.efg": parse_efg(
        simultaneous(np.array([[0, 3, 0], [2, 2, 0], [3, 0, 1]]), np.array([[0, 2, 3], [3, 2, 0], [0, 0, 1]]))
    ),
    # Schotter, Weigelt and Wilson (1994), figure 3: two ways out before a battle of the sexes
    "contrib/games/sww3.efg": game(
        ("1.1", ("2.1", ("1.2", ("2.2", (6, 3), (0, 0)), ("2.2", (0, 0), (3, 6))), (0, 1)), (4, 4))
    ),
    # a way out before a battle of the sexes; two battles one after the other
    "contrib/games/w_ex1.efg": game(
        ("1.1", (2, 2), ("1.2", ("2.1", (0, 0), (1, 3)), ("2.1", (3, 1), (0, 0))))
    ),
    "contrib/games/w_ex2.efg": game(
        ("1.1", ("2.1", battle(2, 1, 1), battle(3, 2, 4)), ("2.1", battle(4, 4, 2), battle(5, 1, 1)))
    ),
    # payoff ties
    "tests/test_games/reduction_both_players_payoff_ties_GTE_survey.efg": game(
        (
            "1.1",
            ("2.1", (2, 8), ("2.4", (0, 1), (5, 2))),
            ("2.2", (7, 6), (4, 2)),
            ("2.3", ("1.2", (3, 7), (8, 3)), ("1.2", (7, 8), (2, 2))),
            (6, 4),
        )
    ),
}  # fmt: skip
