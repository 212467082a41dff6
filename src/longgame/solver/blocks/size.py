"""How large a game with independent blocks is, told before it is solved."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from longgame.game.game import Game
from longgame.game.matters import beliefs_at
from longgame.game.numbers import CHANCE
from longgame.solver.batch import tables_of
from longgame.solver.blocks.layout import Layout, layout_of

FLOAT = 8


@lru_cache(maxsize=64)
def layout_at_base(game: Game) -> Layout:
    """The layout of the base case."""
    assert game.blocks is not None
    return layout_of(game, game.blocks, tables_of(game, game.base))


def bytes_at_once(game: Game) -> int:
    """What the actors' values at one place take."""
    layout = layout_at_base(game)
    return FLOAT * layout.total * layout.width


def bytes_of_solution(game: Game, lattice: int | None = None, periods: int | None = None) -> int:
    """What a solution takes: values at the start of all periods and inside one, and play in all of them.

    lattice, periods  as if the game had these
    """
    layout, T = layout_at_base(game), periods or game.periods
    count = layout.count if lattice is None else beliefs_at(layout.blocks, layout.matters, lattice)
    whole, inside, play = int(count.sum()) * layout.width, 0, 0
    for step, active in zip(game.steps, _active(game), strict=True):
        points = int(count[active].sum())
        inside += points * layout.width
        if step.mover != CHANCE:
            play += points * (int(game.cells[step.mover].max()) + 1) * len(step.options)
    return FLOAT * (whole * (T + 2) + inside + play * T)


@lru_cache(maxsize=64)
def _active(game: Game) -> list[np.ndarray]:
    """[K] arrays [S]: where each step takes place in the base case."""
    return [np.asarray(now.active) for now in tables_of(game, game.base)(0).steps]


def work_of(game: Game) -> float:
    """How much work a solution is: steps at a state and a point of the lattice, times worlds of the block."""
    layout, total = layout_at_base(game), 0.0
    for block, active in zip(layout.blocks.of_step, _active(game), strict=True):
        total += float(layout.count[active].sum()) * layout.blocks.size_of(block)
    return total * game.periods


def places_of(game: Game, lattice: int | None = None) -> int:
    """At how many states and beliefs somebody moves, in all periods; as if the lattice were another."""
    layout = layout_at_base(game)
    count = layout.count if lattice is None else beliefs_at(layout.blocks, layout.matters, lattice)
    moves = [active for step, active in zip(game.steps, _active(game), strict=True) if step.mover != CHANCE]
    return game.periods * sum(int(count[active].sum()) for active in moves)
