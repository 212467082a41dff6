"""Parts of answers as text: tables and paragraphs that fit the terminal, words whole.

Plain rules and no colour carry the meaning, so that a table says the same on a terminal, in a pipe and read aloud. A
table that is too wide comes in several parts, each of which says at its left what its rows are about.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from longgame.answers.parts import Cell, Facts, Heading, Line, Part, Points, Table
from longgame.cli.output import PIPED_WIDTH
from longgame.text import visible

GAP = "  "
SENTENCE, ROOMY = 60, 24  # a column with texts longer than the first is at least as wide as the second
BOLD, PLAIN = "\x1b[1m", "\x1b[0m"

Row = Sequence[str]


def show(*parts: Part) -> None:
    """Print parts of answers to stdout; without bold letters where that is not a terminal."""
    bold = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    text = "\n".join(lines(parts, width(), bold=bold))
    if text:
        print(text)


def width() -> int:
    """How many characters a line of stdout has: what COLUMNS says, or the terminal, or else ``PIPED_WIDTH``."""
    if sys.stdout.isatty():
        return shutil.get_terminal_size().columns
    told = os.environ.get("COLUMNS", "")
    return int(told) if told.isdecimal() and int(told) else PIPED_WIDTH


def lines(parts: Sequence[Part], width: int, *, bold: bool = False) -> Iterator[str]:
    """The lines of parts of answers, with a blank one between any two."""
    first = True
    for part in parts:
        shown = list(_lines(part, width, bold))
        if shown and not first:
            yield ""
        first = first and not shown
        yield from (line.rstrip() for line in shown)


def _lines(part: Part, width: int, bold: bool) -> Iterator[str]:
    match part:
        case Table():
            yield from _table(part, width, bold)
        case Line(text):
            yield from wrapped(text, width)
        case Heading(text):
            yield from (_strong(line, bold) for line in wrapped(text, width))
        case Points(items):
            for item in items:
                first, *more = wrapped(item, width - len(GAP))
                yield from (f"- {first}", *(GAP + line for line in more))
        case Facts(pairs):
            for label, value in pairs:
                yield from wrapped(f"{label}: {value}", width)
        case _:  # drawn on the page alone
            return


def wrapped(text: str, width: int) -> list[str]:
    """A text in lines of at most so many characters, broken between words; a longer word has a line of its own."""
    found: list[str] = []
    for paragraph in visible(text).split("\n"):
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}" if line else word
            if line and cell_len(longer) > width:
                found.append(line)
                longer = word
            line = longer
        found.append(line)
    return found


# --- tables -----------------------------------------------------------------------------------------------------------


def _table(table: Table, width: int, bold: bool) -> Iterator[str]:
    """A table, in as many parts as it takes for its words to stay whole."""
    rows = [[_text(cell) for cell in row] for row in table.rows]
    columns = [[visible(heading), *(row[place] for row in rows)] for place, heading in enumerate(table.headings)]
    if table.title:
        yield from (_strong(line, bold) for line in wrapped(table.title, width))
    for number, places in enumerate(_pages(columns, table.keys, width)):
        if number:
            yield ""
        right = [table.headings[place] in table.numbers for place in places]
        for line, strong in _grid([columns[place] for place in places], right, width, table.total):
            yield _strong(line, bold and strong)


def _text(cell: str | Cell) -> str:
    return visible(cell if isinstance(cell, str) else f"{cell.text} ({cell.small})" if cell.small else cell.text)


def _pages(columns: Sequence[Row], keys: int, width: int) -> list[list[int]]:
    """Which columns stand together: as many as fit beside those that say what a row is about."""
    least = [_least(column) + len(GAP) for column in columns]
    room = width + len(GAP) - sum(least[:keys])
    pages: list[list[int]] = [[]]
    used = 0
    for place in range(keys, len(columns)):
        if pages[-1] and used + least[place] > room:
            pages.append([])
            used = 0
        pages[-1].append(place)
        used += least[place]
    return [[*range(min(keys, len(columns))), *page] for page in pages]


def _grid(columns: Sequence[Row], right: Sequence[bool], width: int, total: bool) -> Iterator[tuple[str, bool]]:
    """The lines of a table, and which of them stand out."""
    widths = _widths(columns, width)
    rule = GAP.join("─" * size for size in widths)
    rows = list(zip(*columns, strict=True))
    for number, row in enumerate(rows):
        if total and number == len(rows) - 1:
            yield rule, False
        cells = [wrapped(text, size) for text, size in zip(row, widths, strict=True)]
        for line in range(max(map(len, cells))):
            texts = [cell[line] if line < len(cell) else "" for cell in cells]
            yield GAP.join(map(_padded, texts, widths, right)).rstrip(), not number
        if not number:
            yield rule, False


def _padded(text: str, width: int, right: bool) -> str:
    space = " " * max(0, width - cell_len(text))
    return space + text if right else text + space


def _widths(columns: Sequence[Row], width: int) -> list[int]:
    """A width for each column: enough for its longest word, and of what is left the more the more it has to say."""
    least = [_least(column) for column in columns]
    most = [max(max(map(cell_len, column)), size) for column, size in zip(columns, least, strict=True)]
    widths = list(least)
    left = width - len(GAP) * (len(columns) - 1) - sum(widths)
    while left > 0 and (short := [place for place in range(len(columns)) if widths[place] < most[place]]):
        for place in sorted(short, key=lambda place: widths[place])[:left]:
            widths[place] += 1
            left -= 1
    return widths


def _least(column: Row) -> int:
    """How wide a column is at least: its words stay whole, and sentences are not set in one word a line."""
    longest = max(map(cell_len, column), default=1)
    return max(_longest_word(column), ROOMY if longest > SENTENCE else 1)


def _longest_word(column: Row) -> int:
    return max((cell_len(word) for text in column for word in text.split()), default=1)


def _strong(text: str, bold: bool) -> str:
    return f"{BOLD}{text}{PLAIN}" if bold and text else text
