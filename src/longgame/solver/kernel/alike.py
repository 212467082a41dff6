"""Rows that are equal, found with a table of hashes, and sums over them: each row is looked at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from longgame.compiled import program

_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd, and its bits without a pattern: 2**64 over the golden ratio
_SHIFT = np.uint64(29)


@program
def kinds_of(rows: Any, table: Any, first: Any, kind: Any) -> int:
    """How many different rows [M, n] there are.

    table  [a power of two, at least 2 M] of -1, to work in
    first  [M] gets the first row of each kind, kinds as they first appear, and ``kind`` [M] the kind of each row
    """
    last, kinds = table.size - 1, 0
    for m in range(rows.shape[0]):
        hashed = np.uint64(0)
        for n in range(rows.shape[1]):
            hashed = (hashed ^ np.uint64(rows[m, n])) * _FACTOR
            hashed ^= hashed >> _SHIFT
        place = np.int64(hashed & np.uint64(last))
        while True:
            other = table[place]
            if other < 0:
                table[place] = kinds
                first[kinds] = m
                kind[m] = kinds
                kinds += 1
                break
            same = True
            for n in range(rows.shape[1]):
                if rows[first[other], n] != rows[m, n]:
                    same = False
                    break
            if same:
                kind[m] = other
                break
            place = (place + 1) & last
    return kinds


@program
def add_up(values: Any, group: Any, total: Any) -> None:
    """Add rows of ``values`` [M, n] to those of their groups in ``total`` [groups, n]."""
    for m in range(values.shape[0]):
        for n in range(values.shape[1]):
            total[group[m], n] += values[m, n]
