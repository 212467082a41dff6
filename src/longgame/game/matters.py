"""Where what is believed of a block of hidden variables matters.

In a state a block matters if play can come from there to a step that tells of it, or to payoffs that rest on it and
are not those of somebody who knows it. Where it does not, nobody's play or prospects depend on what is believed of it:
whoever has signed, and moves no more, may have had any costs.

Letters as in ``blocks``.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

import numpy as np

from longgame.game.blocks import NOBODY, Blocks
from longgame.game.numbers import GameTables


def matters(blocks: Blocks, periods: Sequence[GameTables]) -> np.ndarray:
    """[S, D] bool, for the tables of all periods; what matters in a state matters wherever play can come there from."""
    found = np.zeros((len(periods[0].flow), len(blocks)), dtype=bool)
    for tables in periods:
        _directly(blocks, tables, found)
    ways = np.unique(np.concatenate([_ways(tables) for tables in periods]), axis=0)
    begin = np.flatnonzero(np.r_[True, np.diff(ways[:, 0]) > 0]) if len(ways) else np.zeros(0, int)
    while len(ways):
        before = found.copy()
        found[ways[begin, 0]] |= np.logical_or.reduceat(found[ways[:, 1]], begin, axis=0)
        if np.array_equal(before, found):
            break
    return found


def _ways(tables: GameTables) -> np.ndarray:
    """[ways, 2] from which state a step may lead to which other, sorted, each once."""
    found = []
    for step in tables.steps:
        leads = (step.weight > 0.0) & step.allowed[:, :, None] & step.active[:, None, None]
        here, option, lot = np.nonzero(leads)
        found.append(here * len(step.active) + step.successor[here, option, lot])
    both = np.unique(np.concatenate(found))
    ways = np.stack(np.divmod(both, len(tables.flow)), axis=1)
    return ways[ways[:, 0] != ways[:, 1]]


def beliefs_at(blocks: Blocks, found: np.ndarray, resolution: int) -> np.ndarray:
    """[S] how many points the lattice of each state has, if those of the blocks that matter have this resolution."""
    points = [comb(resolution + size - 1, size - 1) for size in blocks.sizes]
    return np.prod(np.where(found, points, 1), axis=1)


def _directly(blocks: Blocks, tables: GameTables, found: np.ndarray) -> None:
    """Note the blocks that a step in a state tells of, and those on which others' payoffs there rest."""
    for step, block in zip(tables.steps, blocks.of_step, strict=True):
        if block != NOBODY:
            found[:, block] |= step.active
        if step.pay is not None:
            paid = np.where(step.active[:, None, None, None], step.pay, 0.0)
            for actor in range(paid.shape[2]):
                _rests(blocks, actor, np.moveaxis(paid[:, :, actor], 1, 0), found)
    for actor in range(tables.flow.shape[1]):
        _rests(blocks, actor, np.stack([tables.flow[:, actor], tables.end_value[:, actor]]), found)


def _rests(blocks: Blocks, actor: int, payoffs: np.ndarray, found: np.ndarray) -> None:
    """Note on which blocks payoffs [.., S, W] of an actor rest that knows nothing of them."""
    by_block = payoffs[..., blocks.world_at]
    for d in range(len(blocks)):
        if blocks.of_actor[actor] != d:
            apart = np.ptp(by_block, axis=2 + d) > 0.0
            found[:, d] |= apart.any(axis=(0, *range(2, apart.ndim)))
