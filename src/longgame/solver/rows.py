"""Value functions on processors, each number kept once.

A step takes place in some states; in the others its values are those of the next step. So the steps of a period share a
store of rows: the values of state s before a step are ``store.rows[at[s]]``, and a step adds rows for those states
alone in which it takes place. Values are mostly far larger than all that is done with them, and to copy them would take
longer than to find them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from longgame.arrays import Array


class Store:
    """Rows [R, E, W, B], of which the first ``used`` are taken."""

    def __init__(self, rows: NDArray[np.float64], used: int = 0):
        self.rows = rows
        self.used = used

    def take(self, count: int) -> NDArray[np.int32]:
        """[count] the places of so many rows more; where there is no room for them, the store grows."""
        first, self.used = self.used, self.used + count
        if self.used > len(self.rows):
            larger = np.empty((max(self.used, 2 * len(self.rows)), *self.rows.shape[1:]))
            larger[:first] = self.rows[:first]
            self.rows = larger
        return np.arange(first, self.used, dtype=np.int32)


@dataclass(frozen=True, eq=False)
class Rows:
    """Values [S, E, W, B] before a step, or at the end of a period: ``at`` [S] says where those of each state stand.

    NumPy takes them for an array.
    """

    store: Store
    at: NDArray[np.int32]

    @classmethod
    def of(cls, values: Array | Rows) -> Rows:
        """Any values as rows; of an array [S, E, W, B], a row for each state."""
        if isinstance(values, Rows):
            return values
        rows = np.ascontiguousarray(values, dtype=float)
        return cls(Store(rows, len(rows)), np.arange(len(rows), dtype=np.int32))

    @classmethod
    def blank(cls, wanted: NDArray[np.bool_], each: tuple[int, ...], more: int, over: Rows | None = None) -> Rows:
        """A row [E, W, B] for each of the states ``wanted`` [S], not filled yet, in a store with room for ``more``.

        over  values that nobody wants any more: their store is used again
        """
        count = int(np.count_nonzero(wanted))
        store = Store(np.empty((count + more, *each)) if over is None else over.store.rows)
        at = np.zeros(len(wanted), dtype=np.int32)
        at[wanted] = store.take(count)
        return cls(store, at)

    @property
    def shape(self) -> tuple[int, ...]:
        """(S, E, W, B)."""
        return len(self.at), *self.store.rows.shape[1:]

    @property
    def nbytes(self) -> int:
        """What an array of these values would take."""
        return 8 * math.prod(self.shape)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self.store.rows[self.at], dtype=dtype)

    def __getitem__(self, states: Any) -> NDArray[np.float64]:
        return self.store.rows[self.at[states]]

    def __setitem__(self, states: Any, values: Any) -> None:
        self.store.rows[self.at[states]] = values

    def replaced(self, states: NDArray[Any]) -> tuple[Rows, NDArray[np.int32]]:
        """The same values but for some states [n], for which there are new rows: where these are to be put [n]."""
        new = self.store.take(len(states))
        at = self.at.copy()
        at[states] = new
        return Rows(self.store, at), new

    def overwritten(self, new: Rows, states: NDArray[Any]) -> Rows:
        """The same with the values of some states [n] that ``new`` has, whose rows were the last to be added to the
        store: they are put over the old ones, and given back."""
        rows = self.store.rows
        rows[self.at[states]] = rows[new.at[states]]
        self.store.used -= len(states)
        return self

    def part(self, states: slice) -> Rows:
        """The values in some of the states."""
        return Rows(self.store, self.at[states])

    def of_states(self, wanted: NDArray[np.bool_]) -> Rows:
        """The values in the states ``wanted`` [S] alone, in a store of their own; in the others there is nothing."""
        alone = Rows.blank(wanted, self.shape[1:], 0)
        alone[wanted] = self[wanted]
        return alone
