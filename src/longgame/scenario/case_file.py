"""A file of cases: rows and columns of a CSV, with their places."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from longgame.errors import Place, Problem, ScenarioError
from longgame.scenario.estimate import CONST
from longgame.text import composed, nearest

MISSING = frozenset({"", "NA", "N/A", "NaN", "nan", "."})
"""What stands for no value in a cell."""
_MOST_SHOWN = 20


@dataclass(frozen=True, eq=False)
class CaseFile:
    """The rows of a CSV file under the names of its columns.

    file     what messages call it
    columns  name -> its cells, as texts
    lines    the line of the file on which each row ends
    """

    file: str
    columns: Mapping[str, Sequence[str]]
    lines: Sequence[int]
    _numbers: dict[str, list[float] | None] = field(default_factory=dict, init=False, repr=False)

    def __len__(self) -> int:
        return len(self.lines)

    @cached_property
    def names(self) -> list[str]:
        """The columns, and the column of ones."""
        return [CONST, *self.columns]

    def numbers(self, column: str) -> list[float] | None:
        """The cells of a column as numbers, NaN where there is none; None for a column of words."""
        if column == CONST and CONST not in self.columns:
            return [1.0] * len(self)
        if column not in self._numbers:
            self._numbers[column] = _all_numbers(self.columns[column])
        return self._numbers[column]

    def words(self, column: str) -> list[str]:
        """The words of a column, each once, in order."""
        return sorted({cell for cell in self.columns[column] if cell not in MISSING})

    def stray(self, column: str) -> int | None:
        """The first row whose cell is no number, in a column that has numbers too; None in a column of words."""
        cells = self.columns[column]
        stray = [row for row, cell in enumerate(cells) if cell not in MISSING and number(cell) is None]
        return stray[0] if stray and any(number(cell) is not None for cell in cells) else None

    def place(self, column: str, row: int) -> Place:
        """The place of a cell: its line, and which of the columns it is."""
        return Place(column, self.file, self.lines[row], 1 + list(self.columns).index(column))

    def unknown(self, column: str, place: Place) -> Problem:
        """The problem of a column that is not there."""
        fix = nearest(column, self.columns) or f"Its columns are {', '.join(self.columns)}."
        return Problem("unknown-column", place, f"a column of {self.file}", f"`{column}`", fix)


def number(cell: str) -> float | None:
    """A cell as a number, or None."""
    try:
        found = float(cell if "_" not in cell else "")  # `1_0` is a number to Python alone
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _all_numbers(cells: Sequence[str]) -> list[float] | None:
    found = [math.nan if cell in MISSING else number(cell) for cell in cells]
    return None if any(x is None for x in found) else [x for x in found if x is not None]


def read_cases(path: str | Path) -> CaseFile:
    """Read a CSV file with the names of its columns in the first line.

    Raises ScenarioError where it cannot be read, has no rows, or rows with more or fewer cells than columns.
    """
    file = str(path)
    try:
        if Path(path).exists() and not (Path(path).is_file() or Path(path).is_dir()):
            raise OSError(0, "not a regular file")
        with Path(path).open(encoding="utf-8-sig", newline="") as stream:
            return _parsed(file, csv.reader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        found = f"`{file}` ({reason.lower()})"
        raise ScenarioError([Problem("no-such-file", Place(file=file), "a CSV file of cases", found)]) from None


def _parsed(file: str, reader: csv.reader) -> CaseFile:  # type: ignore[valid-type]
    head = [composed(name.strip()) for name in next(reader, [])]
    problems = []
    other = next((mark for mark in (";", "\t") if len(head) == 1 and mark in head[0]), None)
    if other is not None:
        found = f"columns parted by {'semicolons' if other == ';' else 'tabs'}"
        fix = "Save it as CSV with commas, and with points in its numbers."
        raise ScenarioError([Problem("bad-separator", Place("", file, 1, 1), "columns parted by commas", found, fix)])
    for index, name in enumerate(head):
        if not name or name in head[:index]:
            expected, found = "names of columns, each once", f"`{name}`" if name else "an empty one"
            problems.append(Problem("bad-column", Place("", file, 1, index + 1), expected, found))
    rows, lines = [], []
    for row in reader:
        if not row:
            continue
        if len(row) != len(head) and len(problems) < _MOST_SHOWN:
            place = Place("", file, reader.line_num, 1)
            problems.append(Problem("ragged-row", place, f"{len(head)} cells", f"{len(row)}"))
        rows.append([cell.strip() for cell in row])
        lines.append(reader.line_num)
    if not rows:
        problems.append(Problem("no-rows", Place(file=file), "a line of names, and a line for each case", "no cases"))
    if problems:
        raise ScenarioError(problems)
    return CaseFile(file, {name: [row[i] for row in rows] for i, name in enumerate(head)}, lines)
