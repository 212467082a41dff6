"""Public states: their variables, their numbering, and where an effect on numeric variables lands.

A state is one value of every state variable. Only reachable states are kept. Each has an id, its codes read as a number
in mixed radix (the last variable is the lowest digit), so that a state is found by a binary search among the sorted ids
and the full product of the variables is never built.

A numeric variable lives on an even grid. A value between two grid points goes to both by lot, with odds that keep its
expectation; this is linear interpolation of the value function. A value beyond an end of the grid stays at the end.
With several numeric variables the lots are independent (multilinear interpolation).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from longgame.arrays import Array
from longgame.game.duals import value_of

ON_POINT = 1e-9  # a value this close to a grid point, in grid steps, is on it: rounding never splits a state in two
LARGEST_ID = 2**62
_DECIMALS = 12


@dataclass(frozen=True)
class Variable:
    """A public state variable.

    ``points`` are its grid numbers, evenly spaced and rising (``numeric``), or its words. Of one that a step brings in,
    ``rests`` is the point at which it says nothing: no deal lasts, nobody has accepted.
    """

    name: str
    points: tuple[Any, ...]
    numeric: bool
    rests: int | None = None

    @property
    def words(self) -> tuple[str, ...] | None:
        """Its words, or None if it is numeric."""
        return None if self.numeric else self.points

    @cached_property
    def column(self) -> np.ndarray:
        """[number of points] What expressions see: the grid numbers, or the codes 0, 1, ... of the words."""
        return np.asarray(self.points if self.numeric else range(len(self.points)), float)

    @cached_property
    def step(self) -> float:
        """The distance between grid points (1 for words and for a grid of one point)."""
        return (self.column[-1] - self.column[0]) / (len(self.points) - 1) if len(self.points) > 1 else 1.0

    def position(self, value: Array) -> Array:
        """``value`` in grid steps from the first point; not yet held within the grid."""
        return (value - self.column[0]) / self.step

    def show(self, code: int) -> str:
        """The value at a point, as an analyst would write it."""
        return f"{self.points[code]:.10g}" if self.numeric else str(self.points[code])


def grid_points(low: float, high: float, step: float) -> tuple[float, ...]:
    """The points of a grid from ``low`` to ``high``.

    Rounded to 12 decimals, so that a point written 0.3 is the number 0.3 and not 0.30000000000000004, and a guard
    ``x == 0.3`` is true there.
    """
    count = round((high - low) / step) + 1
    return tuple(round(low + (high - low) * i / max(count - 1, 1), _DECIMALS) for i in range(count))


class Target(NamedTuple):
    """A new value of one variable: ``value`` [..., S] or [], and whether it is on a grid point for every draw."""

    variable: int
    value: Array
    exact: bool


@dataclass(frozen=True, eq=False)
class States:
    """The reachable states.

    variables  V of them, in the order of the scenario
    codes      [S, V] the point of each variable in each state
    """

    variables: tuple[Variable, ...]
    codes: np.ndarray

    def __len__(self) -> int:
        return len(self.codes)

    @cached_property
    def strides(self) -> np.ndarray:
        """[V] int64: what one step of each variable adds to a state's id."""
        return strides([len(v.points) for v in self.variables])

    @cached_property
    def ids(self) -> np.ndarray:
        """[S] int64."""
        return self.codes.astype(np.int64) @ self.strides

    @cached_property
    def _sorted(self) -> tuple[np.ndarray, np.ndarray]:
        order = np.argsort(self.ids)
        return self.ids[order], order.astype(np.int32)

    def lookup(self, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The index of each id, int32, and whether it is among the reachable states; any shape."""
        known, order = self._sorted
        place = np.minimum(np.searchsorted(known, ids), len(known) - 1)
        return order[place], known[place] == ids

    def find(self, codes: np.ndarray) -> np.ndarray:
        """[...] index of the states with these codes [..., V]; -1 where there is none."""
        index, found = self.lookup(np.asarray(codes, np.int64) @ self.strides)
        return np.where(found, index, -1)

    def values(self, name: str) -> np.ndarray:
        """[S] a variable's value in each state: its number, or the integer code of its word."""
        place = next(i for i, v in enumerate(self.variables) if v.name == name)
        variable, codes = self.variables[place], self.codes[:, place]
        return variable.column[codes] if variable.numeric else codes

    def label(self, state: int) -> str:
        """A state in words: ``aid=full, strength=0.5``; without what steps bring in and says nothing."""
        each = zip(self.variables, map(int, self.codes[state]), strict=True)
        return ", ".join(f"{v.name}={v.show(code)}" for v, code in each if code != v.rests)

    def land(self, targets: Sequence[Target]) -> tuple[list[np.ndarray], list[Array]]:
        """Where each state goes when some of its variables are set.

        Args:
            targets: the variables that change.

        Returns:
            L ids, each [..., S], and their L weights, each [..., S] or [] and summing to 1: one for each corner of the
            grid cell around the new values. The first corner is the lowest. A corner may lie outside the reachable
            states if its weight is 0 but for rounding.
        """
        changed = [target.variable for target in targets]
        base = self.ids - self.codes[:, changed].astype(np.int64) @ self.strides[changed]
        return corners(self.variables, self.strides, base, targets)


def strides(sizes: Sequence[int]) -> np.ndarray:
    """[V] int64 mixed-radix strides of variables with these numbers of points; the last is 1.

    Raises:
        OverflowError: the product of the sizes is beyond 2**62.
    """
    result = [1]
    for size in reversed(sizes):
        result.append(result[-1] * size)
    if result[-1] > LARGEST_ID:
        raise OverflowError(f"{float(result[-1]):.1e} combinations")
    return np.array(result[-2::-1], np.int64)


def corners(
    variables: Sequence[Variable], strides: np.ndarray, base: np.ndarray, targets: Sequence[Target]
) -> tuple[list[np.ndarray], list[Array]]:
    """The ids and weights of the grid points around ``targets``, added to the ids ``base`` [...] of all else."""
    ids, weights = [base], [np.float64(1.0)]
    for place, value, exact in targets:
        variable, stride = variables[place], int(strides[place])
        last = len(variable.points) - 1
        u = np.clip(np.nan_to_num(variable.position(value), nan=0.0), 0, last)
        if exact:
            ids = [i + stride * np.rint(u).astype(np.int64) for i in ids]
            continue
        low = np.floor(u + ON_POINT)
        above = u - low
        above = above - np.minimum(value_of(above), 0.0)  # on a point within rounding; its slope is that of the value
        index = low.astype(np.int64)
        ids = [i + stride * index for i in ids] + [i + stride * np.minimum(index + 1, last) for i in ids]
        weights = [w * (1 - above) for w in weights] + [w * above for w in weights]
    return ids, weights
