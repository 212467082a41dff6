"""Games without an end: the stationary equilibria of some draws, laid out as solutions of the periods that are shown.

Every period is the same, and its values at the horizon are those at the start of the next. So whatever is asked of a
solution is asked of this one in the same way.
"""

from __future__ import annotations

import time
from collections.abc import Collection

import numpy as np

from longgame.arrays import Array
from longgame.game.game import Game
from longgame.game.numbers import CHANCE, Numbers
from longgame.solver.batch import Batch
from longgame.solver.evaluate import evaluate_period, lattice_of, values_of_play
from longgame.solver.solution import Solution
from longgame.solver.stationary.beliefs import BeliefGame
from longgame.solver.stationary.public import Near, PublicGame, Settled


def solve_stationary(
    batch: Batch, near: Solution | None, stay: bool, tolerance: float, threads: int, keep: Collection[int]
) -> Solution:
    """The stationary equilibria of some draws of a game; arguments as of ``solve_batch``."""
    began, game, G = time.perf_counter(), batch.game, len(batch)
    T, K = game.periods, len(game.steps)
    found = [_of_draw(batch, g, near, stay, tolerance, threads) for g in range(G)]
    start: Array = np.concatenate([one.start for one in found])
    plays: list[Array | None] = [
        None if found[0].plays[k] is None else np.concatenate([np.asarray(one.plays[k]) for one in found])
        for k in range(K)
    ]
    once = np.arange(T)[:, None] == 0  # what is counted in one period is not counted again in all others
    values = evaluate_period(game, batch.numbers(0), plays, start) if keep else []
    return Solution(
        batch,
        None,
        lattice_of(game),
        [start] * (T + 1),
        [plays] * T,
        np.stack([np.broadcast_to(one.residual, (T, K)) for one in found]),
        np.stack([np.broadcast_to(one.iterations, (T, K)) for one in found]),
        np.stack([np.where(once, one.jumps, 0) for one in found]),
        np.stack([np.where(once, one.unconverged, 0) for one in found]),
        strayed=np.array([one.strayed for one in found]),
        stay=stay,
        tolerance=tolerance,
        seconds=(time.perf_counter() - began) / G,
        kept=dict.fromkeys(keep, values),
    )


def _of_draw(batch: Batch, g: int, near: Solution | None, stay: bool, tolerance: float, threads: int) -> Settled:
    game, numbers = batch.game, batch.draw(g)
    tables = numbers(0)
    if not tables.valid:
        return _nothing(batch)
    start = None
    if near is None and game.near:
        start, stay = play_given(game, batch.thetas[g], numbers), True
    elif near is not None:
        stay = stay or bool(game.near)
        known = near.U and not stay
        plays = near.sigma[near.since]
        start = Near(plays, near.U[0] if known else values_of_play(game, numbers, [plays])[0])
    if len(game.worlds) == 1:
        return PublicGame.of(game, tables).solve(start, stay, tolerance)
    one = Batch.one(game, batch.thetas[g], numbers)
    return BeliefGame(game, one.numbers(0), tables, tolerance, threads).solve(start, stay)


def play_given(game: Game, theta: Array, numbers: Numbers) -> Near:
    """The play that the scenario gives to start from, for assumptions [P] with these numbers."""
    size, now = lattice_of(game).size, numbers(0)
    plays: list[Array | None] = []
    for k, step in enumerate(game.steps):
        if step.mover == CHANCE:
            plays.append(None)
            continue
        play = game.play_near(theta, k, np.asarray(now.steps[k].allowed))
        cells = int(game.cells[step.mover].max()) + 1
        plays.append(np.broadcast_to(play[:, None, :, None], (len(play), cells, play.shape[1], size)))
    return Near(plays, values_of_play(game, numbers, [plays])[0])


def _nothing(batch: Batch) -> Settled:
    """What is found in a draw that makes no game."""
    game, size = batch.game, lattice_of(batch.game).size
    S, N, W, K = len(game.ended), len(game.actors), len(game.worlds), len(game.steps)
    plays = [
        None if step.mover < 0 else np.full((S, int(game.cells[step.mover].max()) + 1, len(step.options), size), np.nan)
        for step in game.steps
    ]
    none = np.zeros(K, dtype=int)
    return Settled(plays, np.full((S, N, W, size), np.nan), np.full(K, np.nan), none, none, none)
