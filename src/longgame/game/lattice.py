"""The belief lattice: a regular grid over the simplex of worlds, and linear interpolation on it.

A public belief b is a probability over W worlds. The lattice of resolution R holds the beliefs whose entries are
multiples of 1/R: B = C(R + W - 1, W - 1) points. Between them, values are interpolated linearly over the Freudenthal
triangulation (Kuhn 1960; Freudenthal 1942), which needs W vertices for each belief and no search:

1. Cumulative coordinates. x_j = R * (b_1 + ... + b_j) for j = 1..W-1, so 0 <= x_1 <= ... <= x_{W-1} <= R. Lattice
   points are the integer ones. The map is linear, so what is linear in x is linear in b.
2. Floors f_j and fractions r_j = x_j - f_j.
3. Order. Take the coordinates by falling fraction; equal fractions by falling j, which keeps every vertex monotone. The
   vertices are f, then f with the first coordinate of that order raised by one, then also the second, and so on.
4. Weights. With r_(1) >= r_(2) >= ... the sorted fractions: 1 - r_(1), r_(1) - r_(2), ..., r_(W-1).
5. Index. u_j = x_j + j - 1 is strictly increasing, and the combinatorial number system (Knuth 2011, 7.2.1.3) numbers
   strictly increasing sequences without gaps: index = sum over j of C(u_j, j). Raising x_j by one adds C(u_j, j - 1).

The order comes from comparing and swapping neighbours, binomials from products: no call to sort, nothing looked up. So
the same few lines run on whole arrays at once and, in the kernel, inside compiled loops.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, combinations_with_replacement, pairwise
from math import comb, factorial

import numpy as np

from longgame.arrays import Array

MOST_WORLDS = 8
#: Worlds -> the resolution where the analyst chooses none (method.md, section 3): 21 to 330 points.
RESOLUTION = {1: 1, 2: 20, 3: 12, 4: 10, 5: 6, 6: 5, 7: 4, 8: 4}


def points_of(worlds: int, resolution: int) -> int:
    """B, how many points a lattice has; also of more worlds than any has."""
    return comb(resolution + worlds - 1, worlds - 1)


@dataclass(frozen=True)
class Lattice:
    """The lattice of resolution R over beliefs about W worlds. Equal lattices are equal keys of compiled programs."""

    worlds: int
    resolution: int

    def __post_init__(self) -> None:
        if not 1 <= self.worlds <= MOST_WORLDS:
            raise ValueError(f"expected 1 to {MOST_WORLDS} worlds, found {self.worlds}")
        if self.resolution < 1:
            raise ValueError(f"expected a resolution of at least 1, found {self.resolution}")

    @property
    def size(self) -> int:
        """B, the number of points."""
        return points_of(self.worlds, self.resolution)

    @cached_property
    def points(self) -> np.ndarray:
        """[B, W] the beliefs of the lattice, in the order of their index."""
        steps = np.array(
            list(combinations_with_replacement(range(self.resolution + 1), self.worlds - 1)), dtype=np.int64
        ).reshape(self.size, self.worlds - 1)
        order = np.argsort(self._index(list(steps.T.astype(float))) if self.worlds > 1 else np.zeros(1))
        ends = np.zeros((self.size, 1), np.int64), np.full((self.size, 1), self.resolution)
        points = np.diff(np.concatenate([ends[0], steps[order], ends[1]], axis=1), axis=1) / self.resolution
        points.setflags(write=False)
        return points

    def locate(self, beliefs: Array) -> tuple[Array, Array]:
        """The vertices around each belief: index [..., W] and weight [..., W] (>= 0, sum 1), for beliefs [..., W].

        Interpolation of values v [B] is ``sum(weight * v[index], -1)``.
        """
        beliefs = np.asarray(beliefs)
        index, weight = self._vertices([beliefs[..., w] for w in range(self.worlds)])
        return np.stack(index, axis=-1), np.stack(weight, axis=-1)

    def _vertices(self, belief: Sequence[Array]) -> tuple[list[Array], list[Array]]:
        """As :meth:`locate`, from one array (any shape) per world to one array per vertex: W indices, W weights."""
        count = self.worlds - 1
        if count == 0:
            return [np.zeros(belief[0].shape, np.int32)], [np.ones(belief[0].shape)]
        totals = accumulate(belief[:count])
        coordinates = [np.clip(total * self.resolution, 0.0, float(self.resolution)) for total in totals]
        floors = [np.floor(x) for x in coordinates]
        rows: list[tuple[Array, ...]] = [
            (coordinates[j] - floors[j], _binomial(floors[j] + j, j)) for j in range(count)
        ]
        rows = _by_falling_key(rows)
        shares = [1.0, *(key for key, _ in rows), 0.0]
        weight = [above - below for above, below in pairwise(shares)]
        # A vertex outside the lattice has weight 0 (its coordinate stands at R); any point will do for it.
        places = accumulate([self._index(floors), *(rise for _, rise in rows)])
        return [np.minimum(place, float(self.size - 1)).astype(np.int32) for place in places], weight

    def _index(self, steps: Sequence[Array]) -> Array:
        """The index of lattice points given by their whole cumulative coordinates, one array for each of the W - 1."""
        return sum(_binomial(steps[j] + j, j + 1) for j in range(self.worlds - 1))


@dataclass(frozen=True, eq=False)
class Beliefs:
    """Some beliefs [P, W] at which play is found, as elsewhere at the points of a lattice."""

    points: np.ndarray

    @property
    def size(self) -> int:
        """P, how many they are."""
        return len(self.points)


def _by_falling_key(rows: list[tuple[Array, ...]]) -> list[tuple[Array, ...]]:
    """Rows in the falling order of their first entry, ties by falling position: neighbours are compared and swapped."""
    rows = rows[::-1]
    for end in range(len(rows) - 1, 0, -1):
        for i in range(end):
            left, right = rows[i], rows[i + 1]
            swap = left[0] < right[0]
            rows[i] = tuple(np.where(swap, b, a) for a, b in zip(left, right, strict=True))
            rows[i + 1] = tuple(np.where(swap, a, b) for a, b in zip(left, right, strict=True))
    return rows


def _binomial(n: Array, k: int) -> Array:
    """C(n, k) for whole floats n >= 0: n (n - 1) ... (n - k + 1) / k!, exact, as all of it stays far below 2 ** 53."""
    product = n * 0.0 + 1.0 if k == 0 else n
    for i in range(1, k):
        product = product * (n - i)
    return product / factorial(k) if k > 1 else product
