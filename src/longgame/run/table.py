"""The draws of a run as one table: a row for each draw, a column for each thing that is known of it.

Columns are named by what they hold: ``assumption.NAME``, ``evidence.ID`` (log-likelihood), ``claim.ID.holds``,
``claim.ID.margin``, ``belief.AT.WORLD``, ``learned.ID.WORLD``, ``chance.FORECAST.END``, ``value.ACTOR.POSTURE.WORLD``,
``free.ACTOR.WORLD``, ``choice.ACTOR.RULE``. A number or truth that a draw does not have is an empty cell. The table is
made chunk by chunk.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from longgame.run.plan import DETAIL, Arrays, Axes
from longgame.run.store import Store, each_chunk
from longgame.run.weighing import Weighed

Columns = dict[str, list[Any]]

#: Array -> the beginning of its columns' names, and the end.
NAMED = {
    "theta": ("assumption", ""),
    "log_likelihood": ("evidence", ""),
    "holds": ("claim", ".holds"),
    "margin": ("claim", ".margin"),
    "belief": ("belief", ""),
    "learned": ("learned", ""),
    "chance": ("chance", ""),
    "posture_value": ("value", ""),
    "free_value": ("free", ""),
    "choice": ("choice", ""),
}


def each_part(store: Store) -> Iterator[Columns]:
    """The table, one chunk after another: column -> values, None where there is none."""
    weight = Weighed.of(store).by_draw
    for chunk, arrays in each_chunk(store):
        columns: Columns = {
            "draw": list(range(chunk.start, chunk.stop)),
            "status": [store.plan.axes.status[status] for status in arrays["status"]],
            "detail": [str(text) or None for text in arrays[DETAIL]],
            "weight": weight[chunk.start : chunk.stop].tolist(),
            "residual": _plain(arrays["residual"]),
            "iterations": arrays["iterations"].tolist(),
            "jumps": arrays["jumps"].tolist(),
        }
        for name in NAMED:
            columns |= _columns(store.plan.axes, name, arrays)
        yield columns


def write_csv(store: Store, path: Path) -> None:
    """Write the table as comma-separated values; truths are ``true`` and ``false``."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        for number, columns in enumerate(each_part(store)):
            if number == 0:
                writer.writerow(columns)
            writer.writerows(map(_written, row) for row in zip(*columns.values(), strict=True))


def _written(cell: Any) -> Any:
    return str(cell).lower() if isinstance(cell, bool) else cell  # None is written as nothing


def _columns(axes: Axes, name: str, arrays: Arrays) -> Columns:
    """The columns of one array, in the order of its axes."""
    array = arrays[name]
    first, last = NAMED[name]
    flat = array.reshape(len(array), -1)
    labels = [f"{first}.{'.'.join(label)}{last}" for label in product(*axes.names(name))]
    return {label: _cells(axes, name, flat[:, n]) for n, label in enumerate(labels)}


def _cells(axes: Axes, name: str, column: NDArray[Any]) -> list[Any]:
    if name == "holds":
        return [None if value < 0 else bool(value) for value in column]
    if name == "choice":
        return [None if value < 0 else axes.posture[value].partition(".")[2] for value in column]
    return _plain(column)


def _plain(column: NDArray[np.float64]) -> list[float | None]:
    return [value if np.isfinite(value) else None for value in column.tolist()]


def batches(parts: Iterator[Columns], rows: int) -> Iterator[Columns]:
    """The same table in parts of at least so many rows, but for the last."""
    kept: list[Columns] = []
    for part in parts:
        kept.append(part)
        if sum(len(columns["draw"]) for columns in kept) >= rows:
            yield _joined(kept)
            kept = []
    if kept:
        yield _joined(kept)


def _joined(parts: Sequence[Columns]) -> Columns:
    return {name: [value for part in parts for value in part[name]] for name in parts[0]}
