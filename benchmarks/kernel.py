"""The reference game by a hand-written Numba kernel: what a programmer who knew the game would write.

Two worlds; each actor either knows the world or does not. The same mathematics as longgame (docs/method.md): backward
induction, values linear between the points of belief, play at an informed move a fixed point of the logit response.
The fixed point is iterated plainly, from the play of the period after, until no probability changes by more than the
tolerance. States are shared out among the threads. 64-bit floats throughout.

Axes as in longgame: U [S, N, W, B], sigma [T, K, S, C, A, B]; C = 2 cells, of which the uninformed use the first.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from longgame.game.game import Game

MOST_ITERATIONS = 500


class Numbers(NamedTuple):
    """The game as plain arrays: of steps [K, S, A, L] and [K], of actors [N], of states [S, N, W]."""

    successor: np.ndarray
    weight: np.ndarray
    mover: np.ndarray
    informed: np.ndarray
    flow: np.ndarray
    end_value: np.ndarray
    discount: np.ndarray
    precision: np.ndarray


def numbers_of(game: Game) -> Numbers:
    """The arrays of a game of two worlds in which nothing is paid at once and every option is open everywhere."""
    tables = game.tables(game.base, 0)
    mover = np.array([step.mover for step in game.steps])
    return Numbers(
        np.stack([np.asarray(step.successor, np.int64) for step in tables.steps]),
        np.stack([np.asarray(step.weight) for step in tables.steps]),
        mover,
        game.cells.max(axis=1)[mover] > 0,
        np.asarray(tables.flow),
        np.asarray(tables.end_value),
        np.asarray(tables.discount),
        np.asarray(tables.precision)[:, 0],
    )


def solve(game: Game, tolerance: float) -> tuple[np.ndarray, np.ndarray, int]:
    """U at the start [S, N, W, B], sigma [T, K, S, C, A, B], and the most iterations at any point."""
    numbers = numbers_of(game)
    steps, states, options, _ = numbers.successor.shape
    size = game.lattice + 1
    sigma = np.full((game.periods, steps, states, 2, options, size), 1.0 / options)
    value = np.repeat(numbers.end_value[..., None], size, axis=-1)
    most = _induct(*numbers, size, tolerance, value, sigma)
    return value, sigma, most


@numba.njit(cache=True)
def _induct(
    successor, weight, mover, informed, flow, end_value, discount, precision, size, tolerance, value, sigma
) -> int:
    most = 0
    for t in range(sigma.shape[0] - 1, -1, -1):
        now = flow.reshape(*flow.shape, 1) + discount.reshape(1, -1, 1, 1) * value
        for k in range(successor.shape[0] - 1, -1, -1):
            if t + 1 < sigma.shape[0]:
                sigma[t, k] = sigma[t + 1, k]
            before = np.empty_like(now)
            i = mover[k]
            play = sigma[t, k]
            count = _step(successor[k], weight[k], i, informed[k], precision[i], size, tolerance, now, before, play)
            most = max(most, count)
            now = before
        value[:] = now
    return most


@numba.njit(parallel=True, cache=True)
def _step(successor, weight, mover, informed, precision, size, tolerance, after, before, sigma) -> int:
    states, options, lots = successor.shape
    actors = after.shape[1]
    most = np.zeros(states, np.int64)
    for s in numba.prange(states):
        ahead = np.zeros((options, actors, 2, size))
        for a in range(options):
            for lot in range(lots):
                ahead[a] += weight[s, a, lot] * after[successor[s, a, lot]]
        index = np.zeros(options, np.int64)
        share = np.zeros(options)
        play = np.empty((2, options))
        new = np.empty((2, options))
        for b in range(size):
            believed = b / (size - 1)
            if informed:
                play[:] = sigma[s, :, :, b]
                count = 0
                change = np.inf
                while change >= tolerance and count < MOST_ITERATIONS:
                    count += 1
                    _read(play, believed, size, index, share)
                    for c in range(2):
                        for a in range(options):
                            x = ahead[a, mover, c]
                            new[c, a] = precision * (x[index[a]] + share[a] * (x[index[a] + 1] - x[index[a]]))
                        _softmax(new[c])
                    change = np.abs(new - play).max()
                    play[:] = new
                most[s] = max(most[s], count)
                _read(play, believed, size, index, share)
            else:
                for a in range(options):
                    x = ahead[a, mover, :, b]
                    play[0, a] = precision * (believed * x[0] + (1 - believed) * x[1])
                _softmax(play[0])
                play[1] = play[0]
                index[:] = min(b, size - 2)
                share[:] = b - index[0]
            sigma[s, :, :, b] = play
            for j in range(actors):
                for w in range(2):
                    total = 0.0
                    for a in range(options):
                        x = ahead[a, j, w]
                        total += play[w, a] * (x[index[a]] + share[a] * (x[index[a] + 1] - x[index[a]]))
                    before[s, j, w, b] = total
    return most.max()


@numba.njit(cache=True, inline="always")
def _read(play, believed, size, index, share) -> None:
    """Where the belief comes to lie after each option: the point of the lattice below it, and how far beyond."""
    for a in range(play.shape[1]):
        first = believed * play[0, a]
        total = first + (1 - believed) * play[1, a]
        x = first / total * (size - 1)
        index[a] = min(int(x), size - 2)
        share[a] = x - index[a]


@numba.njit(cache=True, inline="always")
def _softmax(logits) -> None:
    logits -= logits.max()
    total = 0.0
    for a in range(logits.size):
        logits[a] = np.exp(logits[a])
        total += logits[a]
    logits /= total
