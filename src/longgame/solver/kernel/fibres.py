"""The compiled loops of a game with independent blocks.

A *fibre* is a state x = (s, p) with what is believed of all blocks but the one that a step tells of: the points of the
state's lattice that differ in that block alone begin at p and lie ``stride`` apart. At a step the belief stays on its
fibre, so it is today's step over one small lattice, at each fibre.

Letters as in ``layout``; X fibres; n worlds and P points of the block of the step, P' of the finer lattice between
them; R rows of values, E columns.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from longgame.compiled import compiled, program
from longgame.solver.kernel.lanes import LANES, first_lanes, spread
from longgame.solver.kernel.memory import load, load_some, pointer, store, store_some
from longgame.solver.kernel.numbers import Grid, Room, StepNumbers, scratch_in, step_of
from longgame.solver.kernel.points import open_options, read_signals
from longgame.solver.kernel.programs import Search, put_play, settle
from longgame.solver.kernel.search import Mover, Near, asked


class Where(NamedTuple):
    """Where the rows of values stand, and of which block the step tells (-1: of none).

    stride, size  [S, D] and [D] (``Layout``); at [K + 1, S] the first row of each state before each step
    kind          [S] alike where the strides are
    target        [A] the step that follows each option; weight and successor [S, A, L]
    """

    stride: Any
    size: Any
    kind: Any
    block: int
    at: Any
    target: Any
    weight: Any
    successor: Any


class Fibres(NamedTuple):
    """Fibres [X], by state and point, from the first on to the last."""

    state: Any
    point: Any
    first: int
    last: int


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
    if where.kind[s] == where.kind[after]:
        return row + p
    for d in range(len(where.size)):
        if d != where.block and where.stride[after, d] > 0:
            row += p // where.stride[s, d] % where.size[d] * where.stride[after, d]
    return row


@compiled
def _stride(where: Where, s: int) -> int:
    """How far the points of a fibre lie apart among the values of a state."""
    return where.stride[s, where.block] if where.block >= 0 else 0


@program
def look_ahead(where: Where, fibres: Fibres, mine: Any, rows: Any, ahead: Any) -> None:
    """What the mover has after each option, ``ahead`` [A, X, n, P], from its columns ``mine`` [n] of values [R, E]."""
    points = where.size[where.block] if where.block >= 0 else 1
    for x in range(fibres.first, fibres.last):
        s, p = fibres.state[x], fibres.point[x]
        for a in range(where.weight.shape[1]):
            ahead[a, x] = 0.0
            for lot in range(where.weight.shape[2]):
                weight = where.weight[s, a, lot]
                if weight == 0.0:
                    continue
                after = where.successor[s, a, lot]
                row = _first_row(where, s, p, a, after)
                stride = _stride(where, after)
                for w in range(len(mine)):
                    for q in range(points):
                        ahead[a, x, w, q] += weight * rows[row + q * stride, mine[w]]


@program
def solve_fibres(
    numbers: StepNumbers, grid: Grid, room: Room, where: Where, fibres: Fibres, between: Any, mine: Any, rows: Any,
    precision: Any, base: Any, new: Any, old: Any, known: bool, circular: bool, tolerance: float, settled: float,
    play: Any, residual: Any, responses: Any, hard: Any,
) -> None:  # fmt: skip
    """Play [X, C, A, P] at a move, and residual, responses and hard [X, P]; as ``programs.solve_move``.

    Fibres of one state are solved side by side, as many as the grid has lattices.

    numbers  of the step, by fibre [X]; between [P', P]: what values at the points come to at those of a lattice
    mine     [n] the mover's columns of values ``rows`` [R, E]
    """
    step = step_of(numbers, grid, 1)
    scratch = scratch_in(step, room)
    points, fine, worlds = between.shape[1], between.shape[0], step.worlds
    beside = step.points // points
    mover = Mover(0, pointer(precision))
    said, guessed = np.zeros((3, step.points + LANES)), np.zeros((4, step.rows * step.options * step.points + LANES))
    search = Search(circular, known, settled, pointer(said[0]), pointer(said[1]), pointer(said[2]))
    near = Near(pointer(guessed[0]), pointer(guessed[1]), pointer(guessed[2]), 1, 1, 1)
    found = pointer(guessed[3])
    held = np.zeros((points, step.rank))
    at_points, before, options = pointer(held), -1, 0
    x = fibres.first
    while x < fibres.last:
        s, count = fibres.state[x], 1
        while count < beside and x + count < fibres.last and fibres.state[x + count] == s:
            count += 1
        m = open_options(step, x, scratch.options)
        for f in range(count):
            p = fibres.point[x + f]
            for i in range(m):
                a = scratch.options[i]
                held[:] = 0.0
                for lot in range(where.weight.shape[2]):
                    weight = where.weight[s, a, lot]
                    if weight == 0.0:
                        continue
                    after = where.successor[s, a, lot]
                    row = _first_row(where, s, p, a, after)
                    stride = _stride(where, after)
                    for q in range(points):
                        for w in range(worlds):
                            held[q, w] += weight * rows[row + q * stride, mine[w]]
                if not step.moves:
                    for w in range(worlds):
                        for q in range(points):
                            scratch.ahead[(i * worlds + w) * step.size + f * points + q] = held[q, w]
                    continue
                for q in range(fine):
                    total = spread(0.0)
                    for r in range(points):
                        total = total + between[q, r] * load(at_points, r * step.rank)
                    store(scratch.ahead, (i * step.width + f * fine + q) * step.rank, total)
            for q in range(points if known else 0):
                place = f * points + q
                for c in range(step.rows):
                    for a in range(step.options):
                        spot = (c * step.options + a) * step.points + place
                        guessed[0, spot], guessed[1, spot] = base[x + f, c, a, q], new[x + f, c, a, q]
                        guessed[2, spot] = old[x + f, c, a, q]
        wanted = asked(step, mover, x, m, scratch, tolerance) if circular else 0.0
        for b in range(0, count * points, LANES):
            here, fresh = first_lanes(count * points - b), b == 0 and (s != before or m != options)
            settle(step, mover, near, search, x, b, m, wanted, fresh, b, scratch, here)
            put_play(step, 0, b, m, scratch, here, found)
        for f in range(count):
            for q in range(points):
                place = f * points + q
                for c in range(step.rows):
                    for a in range(step.options):
                        play[x + f, c, a, q] = found[(c * step.options + a) * step.points + place]
                if circular:
                    residual[x + f, q], responses[x + f, q] = said[0, place], said[1, place]
                    hard[x + f, q] = said[2, place]
        before, options = s, m
        x += count


@program
def before_step(
    numbers: StepNumbers, grid: Grid, room: Room, where: Where, fibres: Fibres, between: Any, cell: Any, odds: Any,
    paid: Paid, own: Own, to: Any, rows: Any, found: Any,
) -> None:  # fmt: skip
    """All values [R, E] before a step at some fibres, put into rows ``to`` [S] of ``found``.

    numbers  of the step, by state [S]; between as in ``solve_fibres``, with rows of whole lanes
    cell     [n] the mover's cell in each world of the block; odds [X, C, A, P] of a move
    """
    step = step_of(numbers, grid, 1)
    scratch = scratch_in(step, room)
    worlds, width, options, points = step.worlds, rows.shape[1], step.options, step.points
    wide, deep = -(-width // LANES) * LANES, between.shape[1]
    shares, values, finer = np.zeros((step.signals, LANES, deep)), np.zeros((options, points, wide)), pointer(between)
    factor, total, chance = np.zeros((options, wide)), np.zeros(wide), np.zeros(options)
    turned = np.zeros(wide)
    share_at, value_at, factor_at, total_at = pointer(shares), pointer(values), pointer(factor), pointer(total)
    source, target = pointer(rows), pointer(found)
    for x in range(fibres.first, fibres.last):
        s, p = fibres.state[x], fibres.point[x]
        stride = _stride(where, s)
        m = open_options(step, s, scratch.options)
        for i in range(m):
            a = scratch.options[i]
            values[i] = 0.0
            for lot in range(where.weight.shape[2]):
                weight = where.weight[s, a, lot]
                if weight == 0.0:
                    continue
                after = where.successor[s, a, lot]
                row = _first_row(where, s, p, a, after)
                apart = _stride(where, after)
                for q in range(points):
                    begin, place = (row + q * apart) * width, (i * points + q) * wide
                    for e in range(0, width, LANES):
                        had = load_some(source, begin + e, first_lanes(width - e))
                        store(value_at, place + e, load(value_at, place + e) + weight * had)
            if step.changing:  # what a world becomes, and with it its column
                for q in range(points):
                    for e in range(width):
                        turned[e] = values[i, q, e]
                        if own.world[e] >= 0:
                            turned[e] = 0.0
                            change = ((s * options + a) * worlds + own.world[e]) * worlds
                            for v in range(worlds):
                                turned[e] += step.becomes[change + v] * values[i, q, own.partner[e, v]]
                    values[i, q, :width] = turned[:width]
        for b in range(0, points, LANES):
            here = first_lanes(points - b)
            for c in range(step.rows):
                for i in range(m):
                    a = scratch.options[i]
                    if step.chance:
                        part = spread(step.odds[(s * options + a) * worlds + c])
                    else:
                        part = load_some(pointer(odds), ((x * step.rows + c) * options + a) * points + b, here)
                    store(scratch.plays, (c * m + i) * LANES, part)
            if step.moves:
                read_signals(step, s, b, m, scratch)
                shares[:] = 0.0
                for i in range(m):
                    y = step.signal[scratch.options[i]]
                    known = False
                    for j in range(i):
                        known = known or step.signal[scratch.options[j]] == y
                    for v in range(0 if known else worlds):
                        for lane in range(min(LANES, points - b)):
                            at = (y * worlds + v) * LANES + lane
                            part = scratch.weight[at]
                            vertex, place = scratch.place[at] // step.rank * deep, (y * LANES + lane) * deep
                            for q in range(0, deep if part != 0.0 else 0, LANES):
                                more = part * load(finer, vertex + q)
                                store(share_at, place + q, load(share_at, place + q) + more)
            for lane in range(min(LANES, points - b)):
                row = to[s] + p + (b + lane) * stride
                for i in range(m):
                    chance[i] = 0.0
                    for w in range(worlds):
                        part = scratch.plays[(cell[w] * m + i) * LANES + lane]
                        chance[i] += step.belief[w * step.stand + b + lane] * part
                    for e in range(width):
                        w = own.world[e]
                        factor[i, e] = chance[i] if w < 0 else scratch.plays[(cell[w] * m + i) * LANES + lane]
                for e in range(0, width, LANES):
                    sum_ = spread(0.0)
                    for i in range(m):
                        had = spread(0.0)
                        place = i * points * wide + e
                        if step.moves:
                            share = (step.signal[scratch.options[i]] * LANES + lane) * deep
                            for q in range(points):
                                part = share_at[share + q]
                                if part != 0.0:
                                    had = had + part * load(value_at, place + q * wide)
                        else:
                            had = load(value_at, place + (b + lane) * wide)
                        sum_ = sum_ + load(factor_at, i * wide + e) * had
                    store(total_at, e, sum_)
                if paid.rows.size > 0:
                    pays = paid.at[s] + paid.each * (row - to[s])
                    for i in range(m):
                        a = scratch.options[i]
                        for e in range(width):
                            w = own.world[e]
                            if w >= 0:
                                total[e] += factor[i, e] * paid.rows[pays, a, w, e]
                                continue
                            for v in range(worlds):
                                part = scratch.plays[(cell[v] * m + i) * LANES + lane]
                                total[e] += step.belief[v * step.stand + b + lane] * part * paid.rows[pays, a, v, e]
                for e in range(0, width, LANES):
                    store_some(target, row * width + e, load(total_at, e), first_lanes(width - e))


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
