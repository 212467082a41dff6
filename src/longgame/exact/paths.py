"""How many nodes a game has when it is written out, without writing it out.

Letters as in ``game``: S states, W worlds, A options, L successors; M rows of any kind.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from longgame.errors import Place, Problem, TooLargeError
from longgame.exact.extensive import CHANCE
from longgame.game.game import Game, GameTables, Step, StepTables


def count_nodes(game: Game, tables: Callable[[int], GameTables]) -> np.ndarray:
    """[T] how many nodes the game has when its first 1, 2, ... T periods are written out (floats: they may be huge).

    Adds up how many paths lead to each state and world, which takes no memory.
    """
    first = tables(0)
    paths = np.zeros((len(game.states), len(game.worlds)))
    prior, start = np.asarray(first.prior), np.asarray(first.start_weight)
    np.add.at(paths, np.asarray(first.start_index)[start > 0], (prior > 0).astype(float))
    total = 1.0 + (paths.sum() if paths.sum() > 1 else 0.0)
    sizes = []
    for t in range(game.periods):
        waiting = [np.zeros_like(paths) for _ in range(len(game.steps) + 1)]
        waiting[0] = np.where(game.ended[:, None], 0.0, paths)
        now = tables(t)
        for k, step in enumerate(game.steps):
            total += _count_step(step, as_arrays(now.steps[k]), k, waiting)
        paths = waiting[-1]
        sizes.append(total)
    return np.array(sizes)


def _count_step(what: Step, step: StepTables, k: int, waiting: list[np.ndarray]) -> float:
    """Pass the paths [S, W] that wait before step k on to later steps; returns how many nodes that adds."""
    chance, following = what.mover == CHANCE, what.next
    here = waiting[k]
    active = step.active[:, None]
    waiting[k + 1] += np.where(active, 0.0, here)
    here = np.where(active, here, 0.0)
    if not here.any():
        return 0.0
    S, W = here.shape
    options = step.allowed.shape[1]
    branches = np.zeros((options, S, W))
    for a in range(options):
        taken = (step.chance[:, a] > 0) if chance else np.broadcast_to(step.allowed[:, a, None], (S, W))
        weight = merged(step.weight[:, a], step.successor[:, a])
        becomes = np.eye(W)[None] if step.becomes is None else step.becomes[:, a]
        targets = waiting[following[a]]
        for v in range(W):
            arriving = here * taken * (becomes[:, :, v] > 0)
            for j in range(weight.shape[1]):
                np.add.at(targets[:, v], step.successor[:, a, j], (arriving * (weight[:, j] > 0)[:, None]).sum(axis=1))
        branches[a] = taken * (weight > 0).sum(axis=1)[:, None] * (becomes > 0).sum(axis=2)
    if chance:
        count = branches.sum(axis=0)
        return float((here * np.where(count > 1, count, 0)).sum())
    own = _choices(what, step.allowed)[:, None]
    return float((here * (own + np.where(branches > 1, branches, 0).sum(axis=0))).sum())


def _choices(what: Step, allowed: np.ndarray) -> np.ndarray:
    """[S] how many nodes a move adds, beside its lots; several at the same time choose one after the other."""
    if not what.sides:
        count = allowed.sum(axis=1)
        return np.where(count > 1, count, 0)
    nodes, paths = np.zeros(len(allowed), np.int64), np.ones(len(allowed), np.int64)
    for side in what.sides:
        count = (allowed @ np.equal.outer(np.array(side.taken), np.arange(len(side.options)))).sum(axis=1)
        paths = paths * count
        nodes += np.where(count > 1, paths, 0)
    return nodes


def merged(weight: np.ndarray, successor: np.ndarray) -> np.ndarray:
    """[M, L] the weights with those of equal successors added up at the first of them."""
    weight = weight.copy()
    for j in range(1, weight.shape[1]):
        for i in range(j):
            same = (successor[:, i] == successor[:, j]) & (weight[:, j] > 0) & (weight[:, i] > 0)
            weight[same, i] += weight[same, j]
            weight[same, j] = 0.0
    return weight


def as_arrays(step: StepTables) -> StepTables:
    """The numbers of a step as NumPy arrays."""
    return StepTables(*(None if part is None else np.asarray(part) for part in step))


def too_large(sizes: np.ndarray, most: int) -> TooLargeError:
    """The refusal of a game of these sizes [T], with what would fit."""
    fits = int(np.searchsorted(sizes, most, side="right"))
    found = f"{sizes[-1]:,.0f} nodes" if sizes[-1] < 1e15 else f"{sizes[-1]:.1e} nodes"
    fix = (
        f"Its first {fits} period(s) have {sizes[fits - 1]:,.0f}. Take these alone (--periods {fits}), after which the "
        "end values are paid, or give the game fewer options, worlds or lots."
        if fits
        else f"One period alone has {sizes[0]:,.0f}. Give the game fewer options, worlds or lots."
    )
    expected = f"a game of at most {most:,} nodes when all its histories are written out"
    return TooLargeError([Problem("too-many-histories", Place(path="clock.periods"), expected, found, fix)])
