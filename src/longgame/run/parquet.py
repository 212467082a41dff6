"""The table of draws as a Parquet file; needs ``pip install 'longgame[parquet]'``."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from longgame.run.store import Store
from longgame.run.table import batches, each_part

ROWS = 16384  # in a group: enough to compress well, few enough to hold in memory

_KINDS = {"draw": pa.int64(), "iterations": pa.int32(), "jumps": pa.int32()} | dict.fromkeys(
    ("status", "detail"), pa.string()
)


def write_parquet(store: Store, path: Path) -> None:
    """Write the table as Parquet."""
    parts = batches(each_part(store), ROWS)
    first = next(parts)
    schema = pa.schema([(name, _kind(name)) for name in first])
    with ParquetWriter(path, schema) as writer:
        for columns in chain([first], parts):
            writer.write_table(pa.table(columns, schema=schema))


def _kind(column: str) -> pa.DataType:
    """What a column holds, from its name: a column of a part may be empty, so its cells do not tell."""
    first, _, last = column.partition(".")
    if first == "claim" and last.endswith(".holds"):
        return pa.bool_()
    return pa.string() if first == "choice" else _KINDS.get(column, pa.float64())
