"""Tables and lines on a terminal.

Plain rules and no colour carry the meaning, so that a table says the same on a terminal, in a pipe and read aloud.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from longgame.cli.output import PIPED_WIDTH
from longgame.text import visible


def show(*parts: RenderableType) -> None:
    """Print tables and lines to stdout; without colours, and of a fixed width, where stdout is not a terminal."""
    terminal = sys.stdout.isatty()
    console = Console(
        file=sys.stdout,
        width=None if terminal else PIPED_WIDTH,
        force_terminal=None if terminal else False,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=False,
    )
    with console.capture() as capture:
        for place, part in enumerate(parts):
            console.print(Padding(part, (1 if place else 0, 0, 0, 0)))
    print("\n".join(line.rstrip() for line in capture.get().splitlines()))


def table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[str] = (), title: str | None = None
) -> Table:
    """A table with one rule under its headings; the columns named in ``numbers`` are set to the right."""
    made = Table(
        box=box.SIMPLE_HEAD, title=note(title) if title else None, title_justify="left", title_style="bold",
        header_style="bold", pad_edge=False, show_edge=False,
    )  # fmt: skip
    last = len(headings) - 1
    for place, heading in enumerate(headings):
        number = heading in numbers
        made.add_column(
            note(heading),
            justify="right" if number else "left",
            overflow="fold",
            min_width=None if number or place == last else min(len(heading), 12),
        )
    for row in rows:
        made.add_row(*(note(cell) for cell in row))
    return made


def note(line: str) -> Text:
    """A text, of which the terminal obeys nothing."""
    return Text(visible(line))
