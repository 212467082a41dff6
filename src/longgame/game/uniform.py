"""What can be expected under uniform play before a step, from what is expected after it: compiled, for ``decisions``.

The mathematics stands there. Each number has J - 1 slopes beside it, along directions in the assumptions: J numbers in
all, of which the first is its value. A table that no direction moves has J = 1.

Letters: R rows, the states of all draws one after the other; N actors, W worlds; E = M + 3 quantities: D by quantile,
U, the sum and the count of the squared spreads. What is expected lies in memory as [slots, R, N W E J], where a slot
holds what is expected at one place of a period.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from longgame.compiled import compiled, program

NOTHING = 1e-9  # of the size of payoffs: less is rounding


class Move(NamedTuple):
    """A step: its rules, and its tables for all rows.

    movers     [n] who chooses, several at the same time; nobody at a chance step
    kinds      [1 + n, A] numbers below A of what is done in each option: by all, and by all but each of the movers
    slots      [A] where what follows each option stands
    active     [R]; allowed [R, A]
    weight     [R, A, L, J]; successor [R, A, L] rows
    pay        [R, A, N, W, J], becomes [R, A, W, W, J], odds [R, A, W, J]; empty where there is none
    """

    movers: Any
    kinds: Any
    slots: Any
    active: Any
    allowed: Any
    weight: Any
    successor: Any
    pay: Any
    becomes: Any
    odds: Any


class Size(NamedTuple):
    """N, W, M and J."""

    actors: int
    worlds: int
    quantiles: int
    numbers: int


class Scratch(NamedTuple):
    """Room for one row.

    options  [A, N W, E J] what is expected after each option, and the same [A, N W E J]
    before   [N W, E J] what it was before the worlds change
    shares   [1 + n, M, A] of each option at a quantile, in the order of ``Move.kinds``
    ranks    [1 + A] the place of each kind among those that are open
    total    [J]
    """

    options: Any
    whole: Any
    before: Any
    shares: Any
    ranks: Any
    total: Any


@program
def before(move: Move, size: Size, passing: int, into: int, ahead: Any, whole: Any, room: Scratch) -> None:
    """What is expected before a step, put into slot ``into``; where nobody moves it is what stands in ``passing``.

    ahead  [slots, R, N W, E J], and the same [slots, R, N W E J] as ``whole``: long loops are quicker than many short
    """
    W, J = size.worlds, size.numbers
    C, D = ahead.shape[2:]
    A, chance = move.allowed.shape[1], move.odds.size > 0
    for r in range(ahead.shape[1]):
        if not move.active[r]:
            for n in range(C * D):
                whole[into, r, n] = whole[passing, r, n]
            continue
        count = 0
        for a in range(A):
            if chance or move.allowed[r, a]:
                _follow(move, size, r, a, ahead, whole, room)
                count += 1
        for n in range(C * D):
            whole[into, r, n] = 0.0
        for a in range(A):
            if chance:
                for c in range(C):
                    odds = move.odds[r, a, c % W, 0]
                    for d in range(D):
                        ahead[into, r, c, d] += odds * room.options[a, c, d]
                    for j in range(1, move.odds.shape[3]):
                        odds = move.odds[r, a, c % W, j]
                        for d in range(0, D, J):
                            ahead[into, r, c, d + j] += odds * room.options[a, c, d]
            elif move.allowed[r, a]:
                share = 1.0 / count
                for n in range(C * D):
                    whole[into, r, n] += share * room.whole[a, n]
        if not chance:
            _choose(move, size, r, into, ahead, room)


@compiled
def _follow(move: Move, size: Size, r: int, a: int, ahead: Any, whole: Any, room: Scratch) -> None:
    """What is expected after an option."""
    W, M, J = size.worlds, size.quantiles, size.numbers
    C, D = ahead.shape[2:]
    slot = move.slots[a]
    for lot in range(move.weight.shape[2]):
        weight, to = move.weight[r, a, lot, 0], move.successor[r, a, lot]
        if lot == 0:
            for n in range(C * D):
                room.whole[a, n] = weight * whole[slot, to, n]
        elif weight != 0.0:
            for n in range(C * D):
                room.whole[a, n] += weight * whole[slot, to, n]
        for j in range(1, move.weight.shape[3]):
            weight = move.weight[r, a, lot, j]
            if weight != 0.0:
                for n in range(0, C * D, J):
                    room.whole[a, n + j] += weight * whole[slot, to, n]
    if move.becomes.size:
        for c in range(C):
            for d in range(D):
                room.before[c, d] = room.options[a, c, d]
                room.options[a, c, d] = 0.0
        for c in range(C):
            for v in range(W):
                other = c - c % W + v
                odds = move.becomes[r, a, c % W, v, 0]
                if odds != 0.0:
                    for d in range(D):
                        room.options[a, c, d] += odds * room.before[other, d]
                for j in range(1, move.becomes.shape[4]):
                    odds = move.becomes[r, a, c % W, v, j]
                    for d in range(0, D, J):
                        room.options[a, c, d + j] += odds * room.before[other, d]
    if move.pay.size:
        for c in range(C):
            for j in range(move.pay.shape[4]):
                pay = move.pay[r, a, c // W, c % W, j]
                for m in range(M + 1):
                    room.options[a, c, m * J + j] += pay


@compiled
def _choose(move: Move, size: Size, r: int, into: int, ahead: Any, room: Scratch) -> None:
    """What is expected given the next move of another, and the squared spreads of those who move."""
    N, W, M, J = size
    A, alone = room.options.shape[0], len(move.movers) == 1  # then the next move of another is still to come
    for k in range(len(move.kinds)):
        _share(move, r, k, room)
    for i in range(N):
        k = 0  # in the order of kinds: for one who moves, what all others do
        for n in range(len(move.movers)):
            if move.movers[n] == i:
                k = n + 1
        if k:
            for c in range(i * W, i * W + W):
                _put_square(r, c, k, into, alone, size, ahead, room)
        if k and alone:
            continue
        for m in range(M):
            for c in range(i * W, i * W + W):
                for j in range(J):
                    ahead[into, r, c, m * J + j] = 0.0
            for a in range(A):
                share = room.shares[k, m, a]
                if share > 0.0:
                    for c in range(i * W, i * W + W):
                        for j in range(J):
                            ahead[into, r, c, m * J + j] += share * room.options[a, c, M * J + j]


@compiled
def _share(move: Move, r: int, k: int, room: Scratch) -> None:
    """How likely the open options are of which the kind is taken at each quantile of the open kinds."""
    A, M = room.shares.shape[2], room.shares.shape[1]
    for n in range(A + 1):
        room.ranks[n] = 0
    for a in range(A):
        if move.allowed[r, a]:
            room.ranks[move.kinds[k, a] + 1] = 1
    for n in range(A):
        room.ranks[n + 1] += room.ranks[n]  # so many kinds are open up to this one
    for m in range(M):
        rank, some = m * room.ranks[A] // M, 0
        for a in range(A):
            taken = move.allowed[r, a] and room.ranks[move.kinds[k, a]] == rank
            room.shares[k, m, a] = 1.0 if taken else 0.0
            some += taken
        for a in range(A):
            room.shares[k, m, a] /= some


@compiled
def _put_square(r: int, c: int, k: int, into: int, alone: bool, size: Size, ahead: Any, room: Scratch) -> None:
    """Add to the sum and the count of 4 the mean of the squared spreads over the quantiles, for an actor in a world.

    Who moves alone compares what is expected given the next move of another; of several, each compares what is
    expected plainly after those options that the others leave.
    """
    M, J = size.quantiles, size.numbers
    A = room.options.shape[0]
    for j in range(J):
        room.total[j] = 0.0
    for m in range(M):
        d = (m if alone else M) * J
        most, least = -np.inf, np.inf
        for a in range(A):
            if room.shares[k, m, a] > 0.0:
                most, least = max(most, room.options[a, c, d]), min(least, room.options[a, c, d])
        spread = most - least
        if spread > NOTHING * max(abs(most), abs(least)):
            room.total[0] += spread * spread
            for j in range(1, J):
                slope = _slope_at(c, d, j, k, m, most, room) - _slope_at(c, d, j, k, m, least, room)
                room.total[j] += 2.0 * spread * slope
    if room.total[0] > 0.0:
        for j in range(J):
            ahead[into, r, c, (M + 1) * J + j] += room.total[j] / M
        ahead[into, r, c, (M + 2) * J] += 1.0


@compiled
def _slope_at(c: int, d: int, j: int, k: int, m: int, value: float, room: Scratch) -> float:
    """How the best or the worst value moves: of several that are alike, each side of the slope follows another."""
    most, least = -np.inf, np.inf
    for a in range(room.options.shape[0]):
        if room.shares[k, m, a] > 0.0 and room.options[a, c, d] == value:
            slope = room.options[a, c, d + j]
            most, least = max(most, slope), min(least, slope)
    return 0.5 * (most + least)


@program
def at_end(flow: Any, discount: Any, size: Size, counted: bool, start: int, into: int, ahead: Any) -> None:
    """What is expected at the end of a period, from what is at the start of the next.

    flow      [R, N, W, J] payoffs of the period; discount [R, N, J]
    counted   moves count by when they come, too
    """
    W, M, J = size.worlds, size.quantiles, size.numbers
    C, D = ahead.shape[2:]
    for r in range(ahead.shape[1]):
        for c in range(C):
            factor = discount[r, c // W, 0]
            for d in range(D):
                ahead[into, r, c, d] = (factor if counted or d < (M + 1) * J else 1.0) * ahead[start, r, c, d]
            for j in range(1, discount.shape[2]):
                factor = discount[r, c // W, j]
                for d in range(0, D if counted else (M + 1) * J, J):
                    ahead[into, r, c, d + j] += factor * ahead[start, r, c, d]
            for j in range(flow.shape[3]):
                for m in range(M + 1):
                    ahead[into, r, c, m * J + j] += flow[r, c // W, c % W, j]
