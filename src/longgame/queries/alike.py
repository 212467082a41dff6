"""Rows that are equal, and sums over them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def alike(rows: Ints) -> tuple[Ints, Ints]:
    """Which rows [M, n] are equal: the first of each kind, and the kind of each row [M]; kinds as they first appear.

    Rows are sorted by a hash of 64 bits (a polynomial, modulo 2**64), which is several times as fast as sorting them by
    their entries. Were two unequal rows ever to share a hash, the slow way is taken.
    """
    hashed = rows.view(np.uint64) @ (np.uint64(0x9E3779B97F4A7C15) ** np.arange(1, rows.shape[1] + 1, dtype=np.uint64))
    in_order = np.sort(hashed)
    if (in_order[1:] != in_order[:-1]).all():
        everyone = np.arange(len(rows))
        return everyone, everyone
    _, first, kind = np.unique(hashed, return_index=True, return_inverse=True)
    if not np.array_equal(rows[first][kind], rows):
        _, first, kind = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    in_turn = np.argsort(first)
    return first[in_turn], np.argsort(in_turn)[kind.reshape(-1)]


def summed(values: Floats, group: Ints, groups: int) -> Floats:
    """Rows of ``values`` added up by group; every group has some."""
    order = np.argsort(group, kind="stable")
    first = np.searchsorted(group[order], np.arange(groups))
    return np.add.reduceat(values[order], first, axis=0)
