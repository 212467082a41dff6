"""Eight points of the belief lattice, at one state before one step: what an option leads to, and what is then believed.

The mathematics stands in ``solver/rules.py`` and ``game/lattice.py``; here it is for eight beliefs at once and the
options that are open. In arrays of lanes, eight numbers stand side by side for each entry.

Letters: A options, m of them open; C cells, W worlds, E value functions, B lattice points, Y signals, L successors.
"""

from __future__ import annotations

from typing import Any

from longgame.compiled import compiled
from longgame.solver.kernel.lanes import LANES, first_lanes, floor, largest, smallest, some, spread, where
from longgame.solver.kernel.memory import load, load_some, places_at, pointer_at, store, store_index, transpose
from longgame.solver.kernel.numbers import Scratch, Step


@compiled
def open_options(step: Step, s: int, options: Any) -> int:
    """m, and the open options in ``options``; where none is, nothing is chosen, and all count."""
    m = 0
    for a in range(step.options):
        if step.allowed[s * step.options + a] != 0:
            options[m] = a
            m += 1
    if m == 0:
        for a in range(step.options):
            options[a] = a
        m = step.options
    return m


@compiled
def look_ahead(step: Step, following: Any, s: int, m: int, scratch: Scratch) -> None:
    """V_a for every open option, from the values ``following`` [F, 2] (see ``programs.solve_move``)."""
    rows = step.functions * step.worlds
    for i in range(m):
        place = 2 * step.after[scratch.options[i]]
        values, at = pointer_at(following[place]), places_at(following[place + 1])
        if not step.moves:
            for n in range(0, rows * step.size, LANES):
                ahead = _expected(step, values, at, s, i, n, rows * step.size, rows * step.size, scratch)
                store(scratch.ahead, i * rows * step.size + n, ahead)  # the next option comes over what is beyond
            continue
        for row in range(0, rows, LANES):
            for b in range(0, step.size, LANES):
                for n in range(LANES):
                    ahead = spread(0.0)
                    if row + n < rows:
                        first = (row + n) * step.size
                        end, each = first + step.size, rows * step.size
                        ahead = _expected(step, values, at, s, i, first + b, end, each, scratch)
                    store(scratch.block, n * LANES, ahead)
                transpose(scratch.block, scratch.ahead, (i * step.width + b) * step.rank + row, step.rank)


@compiled
def _expected(
    step: Step, values: Any, at: Any, s: int, i: int, first: int, end: int, each: int, scratch: Scratch
) -> Any:
    """The expectation over an option's lots of eight numbers: of ``each`` a state, those from ``first`` to ``end``."""
    here = first_lanes(end - first)
    a = scratch.options[i]
    if step.stays[a] != 0:
        return load_some(values, at[s] * each + first, here)
    total = spread(0.0)
    for lot in range(step.lots):
        n = (s * step.options + a) * step.lots + lot
        weight = step.weight[n]
        if weight != 0.0:
            total = total + weight * load_some(values, at[step.successor[n]] * each + first, here)
    return total


@compiled
def read_signals(step: Step, s: int, b: int, m: int, scratch: Scratch) -> None:
    """The vertices round the belief after each signal, for the plays in force at the points from b on."""
    for y in range(step.signals):
        used = _mass(step, s, b, m, y, scratch, False)
        if not used:
            continue
        total = spread(0.0)
        for w in range(step.worlds):
            total = total + load(scratch.said, w * LANES)
        if step.chance and some(~(total > 0.0)):
            # Nobody who is thought possible could have said this, so all are thought possible.
            believed = total > 0.0
            for w in range(step.worlds):
                store(scratch.key, w * LANES, load(scratch.said, w * LANES))
            _mass(step, s, b, m, y, scratch, True)
            total = spread(0.0)
            for w in range(step.worlds):
                mass = where(believed, load(scratch.key, w * LANES), load(scratch.said, w * LANES))
                store(scratch.said, w * LANES, mass)
                total = total + mass
        possible = total > 0.0
        scale = 1.0 / where(possible, total, spread(1.0))
        for w in range(step.worlds):
            held = load(step.belief, w * step.stand + b)
            store(scratch.said, w * LANES, where(possible, load(scratch.said, w * LANES) * scale, held))
        _vertices(step, b, y, scratch)


@compiled
def _mass(step: Step, s: int, b: int, m: int, y: int, scratch: Scratch, alike: bool) -> bool:
    """The joint probability of a signal and of each world after it, in ``said``; whether any open option has it.

    With ``alike`` all worlds are equally likely beforehand.
    """
    worlds = step.worlds
    used = False
    for w in range(worlds):
        store(scratch.said, w * LANES, spread(0.0))
    for i in range(m):
        a = scratch.options[i]
        if step.signal[a] != y:
            continue
        used = True
        for w in range(worlds):
            x = load(scratch.plays, (step.row[w] * m + i) * LANES)
            if not alike:
                x = x * load(step.belief, w * step.stand + b)
            if step.changing:
                row = ((s * step.options + a) * worlds + w) * worlds
                for v in range(worlds):
                    said = load(scratch.said, v * LANES)
                    store(scratch.said, v * LANES, said + x * step.becomes[row + v])
            else:
                store(scratch.said, w * LANES, load(scratch.said, w * LANES) + x)
    return used


@compiled
def _vertices(step: Step, b: int, y: int, scratch: Scratch) -> None:
    """The lattice points round the beliefs in ``said`` and their weights (``game/lattice.py``, steps 1 to 5)."""
    count = step.worlds - 1
    first = y * step.worlds
    place = load(step.shift, b)
    total = spread(0.0)
    last, each = spread(step.size - 1.0), float(step.rank)
    for j in range(count):
        total = total + load(scratch.said, j * LANES)
        x = smallest(largest(total * step.resolution, spread(0.0)), spread(step.resolution))
        below = floor(x)
        # Falling position first, so that equal fractions keep that order.
        store(scratch.key, (count - 1 - j) * LANES, x - below)
        rise = spread(1.0)
        for n in range(j):
            rise = rise * (below + float(j - n))
        # C(x + j, j + 1) and C(x + j, j): whole numbers, so rounding them puts the division right.
        place = place + floor(rise * below * step.shares[j + 1] + 0.5)
        store(scratch.rise, (count - 1 - j) * LANES, floor(rise * step.shares[j] + 0.5))
    for end in range(count - 1, 0, -1):
        for i in range(end):
            left, right = load(scratch.key, i * LANES), load(scratch.key, (i + 1) * LANES)
            swap = left < right
            store(scratch.key, i * LANES, where(swap, right, left))
            store(scratch.key, (i + 1) * LANES, where(swap, left, right))
            left, right = load(scratch.rise, i * LANES), load(scratch.rise, (i + 1) * LANES)
            store(scratch.rise, i * LANES, where(swap, right, left))
            store(scratch.rise, (i + 1) * LANES, where(swap, left, right))
    above = spread(1.0)
    for j in range(count):
        store_index(scratch.place, (first + j) * LANES, smallest(place, last) * each)
        key = load(scratch.key, j * LANES)
        store(scratch.weight, (first + j) * LANES, above - key)
        place = place + load(scratch.rise, j * LANES)
        above = key
    store_index(scratch.place, (first + count) * LANES, smallest(place, last) * each)
    store(scratch.weight, (first + count) * LANES, above)


@compiled
def read_ahead(step: Step, b: int, m: int, first: int, count: int, scratch: Scratch) -> None:
    """Rows of ``ahead`` from the first on, at the beliefs after each option, into ``had``.

    Where beliefs stand still these are the points from b on. Elsewhere eight rows are read at once, lane by lane: they
    stand side by side, and to pick single numbers for eight lanes is dear.
    """
    for i in range(m):
        if not step.moves:
            row = i * step.functions * step.worlds + first
            for n in range(count):
                store(scratch.had, (i * step.rank + n) * LANES, load(scratch.ahead, (row + n) * step.size + b))
            continue
        vertex = step.signal[scratch.options[i]] * step.worlds * LANES
        option = i * step.width * step.rank + first
        for n in range(0, count, LANES):
            for lane in range(LANES):
                total = spread(0.0)
                for v in range(step.worlds):
                    at = vertex + v * LANES + lane
                    total = total + scratch.weight[at] * load(scratch.ahead, option + scratch.place[at] + n)
                store(scratch.block, lane * LANES, total)
            transpose(scratch.block, scratch.had, (i * step.rank + n) * LANES, LANES)


@compiled
def had_from(step: Step, s: int, i: int, e: int, row: int, w: int, scratch: Scratch) -> Any:
    """What value function e is in world w after the i-th open option, with what is paid at once: lanes.

    row  of ``had`` at which the function's worlds begin
    """
    a = scratch.options[i]
    total = spread(0.0)
    if step.changing:
        for v in range(step.worlds):
            chance = step.becomes[((s * step.options + a) * step.worlds + w) * step.worlds + v]
            if chance != 0.0:
                total = total + chance * load(scratch.had, (i * step.rank + row + v) * LANES)
    else:
        total = load(scratch.had, (i * step.rank + row + w) * LANES)
    if step.paid:
        total = total + step.pay[((s * step.options + a) * step.functions + e) * step.worlds + w]
    return total


@compiled
def mover_payoffs(step: Step, s: int, b: int, m: int, actor: int, row: int, scratch: Scratch) -> None:
    """Q(a | c) in ``payoff`` [rows, m], from the actor's values in ``had``, which begin at a row of it."""
    for n in range(step.rows * m):
        store(scratch.payoff, n * LANES, spread(0.0))
    for i in range(m):
        for w in range(step.worlds):
            had = had_from(step, s, i, actor, row, w, scratch)
            place = (step.row[w] * m + i) * LANES
            inside = load(step.inside, w * step.stand + b)
            store(scratch.payoff, place, load(scratch.payoff, place) + inside * had)
