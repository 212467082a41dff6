"""How large a game with independent blocks is, told before it is solved."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from longgame.game.blocks import NOBODY
from longgame.game.game import Game
from longgame.game.numbers import CHANCE
from longgame.solver.batch import tables_of
from longgame.solver.blocks.between import finer
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


def bytes_of_solution(game: Game) -> int:
    """What a solution takes: values at the start of all periods and inside one, play in all of them, and, while it is
    found, that of three of them on the finer lattices."""
    layout, inside, play, fine = layout_at_base(game), 0, 0, 0
    for k, (step, now) in enumerate(zip(game.steps, tables_of(game, game.base)(0).steps, strict=True)):
        points = int(layout.count[np.asarray(now.active)].sum())
        inside += points * layout.width
        if step.mover != CHANCE:
            block = layout.blocks.of_step[k]
            each = (int(game.cells[step.mover].max()) + 1) * len(step.options)
            times = 1.0 if block == NOBODY else finer(layout.lattices[block]).size / layout.lattices[block].size
            play += points * each
            fine += int(points * each * times)
    whole = layout.total * layout.width
    return FLOAT * (whole * (game.periods + 2) + inside + play * game.periods + 3 * fine)


def work_of(game: Game) -> float:
    """How much work a solution is: steps at a state and a point of the finer lattice, times worlds of the block."""
    layout, total = layout_at_base(game), 0.0
    for k, now in enumerate(tables_of(game, game.base)(0).steps):
        points, block = float(layout.count[np.asarray(now.active)].sum()), layout.blocks.of_step[k]
        if block != NOBODY:
            lattice = layout.lattices[block]
            points *= lattice.worlds * finer(lattice).size / lattice.size
        total += points
    return total * game.periods
