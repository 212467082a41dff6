"""Between the points of the belief lattice, for questions: compiled twins of ``Lattice.locate`` and of what follows it.

Questions look up a few beliefs at a time, thousands of times. NumPy takes some forty calls for what is a handful of
multiplications for each belief; here it is one. The mathematics stands in ``game.lattice``.

Shapes: M beliefs (or nodes), S states, F functions, W worlds (also the vertices around a belief), B lattice points.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from longgame.compiled import program, read
from longgame.game.lattice import Lattice
from longgame.solver.rows import Rows

Floats = NDArray[np.float64]
Ints = NDArray[Any]


def locate(lattice: Lattice, beliefs: Floats) -> tuple[Ints, Floats]:
    """[M, W] and [M, W] the lattice points around beliefs [M, W] and their weights, as ``Lattice.locate`` has them."""
    index, weight = np.empty(beliefs.shape, dtype=np.int32), np.empty(beliefs.shape)
    _locate(read(beliefs), lattice.resolution, lattice.size, index, weight)
    return index, weight


def interpolated(
    values: Floats | Rows, s: Ints, index: Ints, weight: Floats, first: int = 0, count: int | None = None
) -> Floats:
    """[M, F, ...] of values [S, F, ..., B] in the states s [M] at beliefs that were located: index, weight [M, W].

    ``first`` and ``count`` choose some of the functions F.
    """
    kept = Rows.of(values)
    rows: Any = kept.store.rows
    functions, each, points = rows.shape[1], rows.shape[2:-1], rows.shape[-1]
    chosen = functions - first if count is None else count
    size = math.prod(each)
    found = np.empty((len(s), chosen * size))
    flat = read(rows).reshape(len(rows), functions * size, points)
    _interpolate(flat, first * size, read(kept.at[s], np.int32), read(index, np.int32), read(weight), found)
    return found.reshape(len(s), chosen, *each)


# Each program stands by itself in this file: a kept program is made anew when its own file changes, and only then.


@program
def _locate(beliefs: Any, resolution: int, size: int, index: Any, weight: Any) -> None:
    """The vertices around beliefs [M, W] and their weights, put into index [M, W] and weight [M, W]."""
    count = beliefs.shape[1] - 1
    keys, rises = np.empty(count), np.empty(count, np.int64)
    for m in range(beliefs.shape[0]):
        total, place = 0.0, 0
        for j in range(count):
            total += beliefs[m, j]
            x = min(max(total * resolution, 0.0), float(resolution))
            floor = np.floor(x)
            # C(u, j) and C(u, j + 1) for u = floor + j
            rise = 1
            for i in range(j):
                rise = rise * (int(floor) + j - i) // (i + 1)
            place += rise * int(floor) // (j + 1)
            # by falling fraction, equal fractions by falling j
            i = j
            while i > 0 and keys[i - 1] <= x - floor:
                keys[i], rises[i] = keys[i - 1], rises[i - 1]
                i -= 1
            keys[i], rises[i] = x - floor, rise
        above = 1.0
        for v in range(count):
            index[m, v] = min(max(place, 0), size - 1)
            weight[m, v] = above - keys[v]
            above = keys[v]
            place += rises[v]
        index[m, count] = min(max(place, 0), size - 1)
        weight[m, count] = above


@program
def _interpolate(values: Any, first: int, s: Any, index: Any, weight: Any, found: Any) -> None:
    """Values [S, F, B], from the ``first`` function on, in states s [M] at located beliefs, put into found [M, F]."""
    for m in range(found.shape[0]):
        for f in range(found.shape[1]):
            total = 0.0
            for v in range(index.shape[1]):
                total += weight[m, v] * values[s[m], first + f, index[m, v]]
            found[m, f] = total
