"""Rows that are equal, and sums over them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from longgame.solver.kernel.alike import add_up, kinds_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def alike(rows: Ints) -> tuple[Ints, Ints]:
    """Which rows [M, n] are equal: the first of each kind, and the kind of each row [M]; kinds as they first appear."""
    count = len(rows)
    first, kind = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    table = np.full(1 << (2 * count).bit_length(), -1, dtype=np.int64)
    kinds = kinds_of(np.ascontiguousarray(rows), table, first, kind)
    return first[:kinds], kind


def summed(values: Floats, group: Ints, groups: int) -> Floats:
    """Rows of ``values`` added up by group, in their order."""
    total = np.zeros((groups, *values.shape[1:]))
    flat = np.ascontiguousarray(values, dtype=float).reshape(len(values), -1)
    add_up(flat, np.ascontiguousarray(group, dtype=np.int64), total.reshape(groups, -1))
    return total
