"""The compiled loops of a game with independent blocks.

A *fibre* is a state x = (s, p) with what is believed of all blocks but the one that a step tells of: the points of the
state's lattice that differ in that block alone begin at p and lie ``stride`` apart. At a step the belief stays on its
fibre, so it is today's step over one small lattice, at each fibre.

Letters as in ``layout``; X fibres; n worlds and P points of the block of the step; R rows of values.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from longgame.solver.kernel.compiled import compiled, program


class Where(NamedTuple):
    """Where the rows of values stand, and of which block the step tells (-1: of none).

    stride, size  [S, D] and [D] (``Layout``); at [K + 1, S] the first row of each state before each step
    target        [A] the step that follows each option; weight and successor [S, A, L]
    """

    stride: Any
    size: Any
    block: int
    at: Any
    target: Any
    weight: Any
    successor: Any


class Told(NamedTuple):
    """What a step tells.

    belief    [P, n] the points of the lattice of its block; ``steps``: the resolution of the finer one, and
              between [P', P]: what values come to at the points of that (``between``)
    cell      [n] the mover's cell in each world of the block; world by world at a chance step
    signal    [A] of each option, and how many there are
    becomes   [S, A, n, n], or nothing
    moves     the belief can move
    """

    belief: Any
    steps: int
    between: Any
    cell: Any
    signal: Any
    signals: int
    becomes: Any
    moves: bool


class Paid(NamedTuple):
    """What a step pays: rows [R', A, n, E], the first of each state [S], and 1 if each point has its own, else 0."""

    rows: Any
    at: Any
    each: int


class Own(NamedTuple):
    """[E] the world of the step's block that a column is for, or -1; [E, n] the column of the same for each world."""

    world: Any
    partner: Any


@compiled
def _first_row(where: Where, s: int, p: int, a: int, after: int) -> int:
    """Where the fibre (s, p) begins among the values that option a leads to, in the state ``after``."""
    row = where.at[where.target[a], after]
    for d in range(len(where.size)):
        if d != where.block and where.stride[after, d] > 0:
            row += p // where.stride[s, d] % where.size[d] * where.stride[after, d]
    return row


@program
def look_ahead(where: Where, state: Any, point: Any, first: int, last: int, mine: Any, rows: Any, ahead: Any) -> None:
    """What the mover has after each option, ``ahead`` [A, X, n, P], from its columns ``mine`` [n] of values [R, E]."""
    points = where.size[where.block] if where.block >= 0 else 1
    for x in range(first, last):
        s, p = state[x], point[x]
        for a in range(where.weight.shape[1]):
            ahead[a, x] = 0.0
            for lot in range(where.weight.shape[2]):
                weight = where.weight[s, a, lot]
                if weight == 0.0:
                    continue
                after = where.successor[s, a, lot]
                row = _first_row(where, s, p, a, after)
                stride = where.stride[after, where.block] if where.block >= 0 else 0
                for w in range(len(mine)):
                    for q in range(points):
                        ahead[a, x, w, q] += weight * rows[row + q * stride, mine[w]]


@program
def before_step(
    where: Where, told: Told, paid: Paid, own: Own, state: Any, point: Any, first: int, last: int,
    odds: Any, by_state: bool, to: Any, rows: Any, found: Any,
) -> None:  # fmt: skip
    """All values [R, E] before a step at the fibres from ``first`` to ``last``, put into rows ``to`` [S] of ``found``.

    odds  [X, C, A, P] of a move, or [S, A, n] of a chance step (``by_state``), with a last axis of length 1
    """
    worlds, options, width = told.belief.shape[1], where.weight.shape[1], rows.shape[1]
    points = where.size[where.block] if where.block >= 0 else 1
    count = worlds - 1
    q = np.empty((options, worlds))
    chance = np.empty(options)
    said = np.empty(worlds)
    belief = np.empty(worlds)
    share = np.empty((told.signals, points))
    keys = np.empty(max(count, 1))
    rises = np.empty(max(count, 1), np.int64)
    ahead = np.empty(width)
    for x in range(first, last):
        s, p = state[x], point[x]
        stride = where.stride[s, where.block] if where.block >= 0 else 0
        for place in range(points):
            for a in range(options):
                chance[a] = 0.0
                for w in range(worlds):
                    q[a, w] = odds[s, a, w, 0] if by_state else odds[x, told.cell[w], a, place]
                    chance[a] += told.belief[place, w] * q[a, w]
            for y in range(told.signals if told.moves else 0):
                total, alike = 0.0, 0
                while total == 0.0 and alike < 2:  # a signal held impossible says that the belief was wrong
                    said[:] = 0.0
                    for a in range(options):
                        if told.signal[a] == y:
                            for w in range(worlds):
                                mass = q[a, w] * (told.belief[place, w] if alike == 0 else 1.0)
                                if told.becomes.size == 0:
                                    said[w] += mass
                                else:
                                    for v in range(worlds):
                                        said[v] += mass * told.becomes[s, a, w, v]
                    total = said.sum()
                    alike += 1
                for w in range(worlds):
                    belief[w] = said[w] / total if total > 0.0 else told.belief[place, w]
                # The vertices around it and their weights (``game.lattice``).
                sum_, vertex = 0.0, 0
                for j in range(count):
                    sum_ += belief[j]
                    at = min(max(sum_ * told.steps, 0.0), float(told.steps))
                    floor = np.floor(at)
                    rise = 1
                    for i in range(j):
                        rise = rise * (int(floor) + j - i) // (i + 1)
                    vertex += rise * int(floor) // (j + 1)
                    i = j
                    while i > 0 and keys[i - 1] <= at - floor:
                        keys[i], rises[i] = keys[i - 1], rises[i - 1]
                        i -= 1
                    keys[i], rises[i] = at - floor, rise
                above = 1.0
                share[y] = 0.0
                for v in range(worlds):
                    part = above - (keys[v] if v < count else 0.0)
                    if part > 0.0:
                        for r in range(points):
                            share[y, r] += part * told.between[min(max(vertex, 0), len(told.between) - 1), r]
                    if v < count:
                        above = keys[v]
                        vertex += rises[v]
            here = to[s] + p + place * stride
            found[here] = 0.0
            for a in range(options):
                y = told.signal[a]
                ahead[:] = 0.0
                for lot in range(where.weight.shape[2]):
                    weight = where.weight[s, a, lot]
                    if weight == 0.0:
                        continue
                    after = where.successor[s, a, lot]
                    row = _first_row(where, s, p, a, after)
                    step = where.stride[after, where.block] if where.block >= 0 else 0
                    if step == 0 or not told.moves:
                        row += place * step
                        for e in range(width):
                            ahead[e] += weight * rows[row, e]
                    else:
                        for r in range(points):
                            part = weight * share[y, r]
                            if part != 0.0:
                                place_of = row + r * step
                                for e in range(width):
                                    ahead[e] += part * rows[place_of, e]
                pays = paid.at[s] + paid.each * (p + place * stride)
                for e in range(width):
                    w = own.world[e]
                    if w < 0:
                        found[here, e] += chance[a] * ahead[e]
                        if paid.rows.size > 0:
                            for v in range(worlds):
                                found[here, e] += told.belief[place, v] * q[a, v] * paid.rows[pays, a, v, e]
                    else:
                        had = ahead[e]
                        if told.becomes.size > 0:
                            had = 0.0
                            for v in range(worlds):
                                had += told.becomes[s, a, w, v] * ahead[own.partner[e, v]]
                        if paid.rows.size > 0:
                            had += paid.rows[pays, a, w, e]
                        found[here, e] += q[a, w] * had


@program
def between(s: Any, weight: Any, size: Any, stride: Any, at: Any, rows: Any, found: Any) -> None:
    """Values [R, E] in states s [M] at beliefs between the points: weight [M, D, P] of the points of each block, of
    which there are ``size`` [D]; put into ``found`` [M, E]."""
    blocks = len(size)
    count = np.zeros(blocks, np.int64)
    step = np.zeros((blocks, weight.shape[2]), np.int64)
    part = np.ones((blocks, weight.shape[2]))
    corner = np.zeros(blocks, np.int64)
    for m in range(len(s)):
        for d in range(blocks):  # the points of each block that matters, and whose weight is not nil
            count[d], step[d, 0], part[d, 0] = 1, 0, 1.0
            if stride[s[m], d] > 0:
                count[d] = 0
                for p in range(size[d]):
                    if weight[m, d, p] != 0.0:
                        step[d, count[d]], part[d, count[d]] = p * stride[s[m], d], weight[m, d, p]
                        count[d] += 1
        found[m] = 0.0
        corner[:] = 0
        while True:
            row, share = at[s[m]], 1.0
            for d in range(blocks):
                row += step[d, corner[d]]
                share *= part[d, corner[d]]
            for e in range(rows.shape[1]):
                found[m, e] += share * rows[row, e]
            d = blocks - 1
            while d >= 0:
                corner[d] += 1
                if corner[d] < count[d]:
                    break
                corner[d] = 0
                d -= 1
            if d < 0:
                break
