"""The likeliest courses of play as text for a terminal: a tree with bars, in the scenario's own names."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len

from longgame.answers import words
from longgame.answers.course_rows import CourseRow, Stretch, stretches
from longgame.answers.play import PlayAnswer
from longgame.report.draw.game_text import lines_of
from longgame.report.draw.play import NONE, ending, in_words, reading_words, seen_words, short_day, told

BAR = 20  # characters of what is certain
LEAST = 30  # characters that a text has, however narrow the terminal
EIGHTHS = " ▏▎▍▌▋▊▉█"


def paths_text(found: PlayAnswer, width: int = 100) -> str:
    """The likeliest courses as lines of at most ``width`` characters, where the tree leaves room for that."""
    return "\n".join(line.rstrip() for line in _lines(found, width))


def _lines(found: PlayAnswer, width: int) -> Iterator[str]:
    yield from lines_of(f"How it may go on: {found.scenario.title}", width)
    yield from lines_of(seen_words(found), width)
    yield ""
    root = stretches(found.course)
    yield _measured(1.0) + "all that may happen"
    yield from _further(found, root, "", None, width)
    yield ""
    yield from lines_of(reading_words(found, drawn=False), width)


def _further(found: PlayAnswer, stretch: Stretch, indent: str, period: str | None, width: int) -> Iterator[str]:
    """The lines of what parts from the end of a stretch."""
    other = stretch.other if stretch.further and stretch.other >= NONE else 0.0
    for place, one in enumerate(stretch.further):
        final = place == len(stretch.further) - 1 and not other
        deeper = indent + ("   " if final else "│  ")
        text, after = _told(one, period)
        if not one.further and (said := ending(found, one.last)):
            text += f" ({', '.join(said)})"
        room = max(LEAST, width - cell_len(_measured(0.0)) - cell_len(deeper))
        first, *more = lines_of(text, room)
        yield _measured(one.probability) + indent + ("└─ " if final else "├─ ") + first
        yield from (" " * len(_measured(0.0)) + deeper + line for line in more)
        yield from _further(found, one, deeper, after, width)
    if other:
        yield _measured(other) + indent + "└─ other paths"


def _told(stretch: Stretch, period: str | None) -> tuple[str, str | None]:
    """What happens on a stretch, and the period that a reader has seen last."""
    said = []
    for row in told(stretch):
        if row.step is None:
            return "nothing more happens", period
        date = "" if row.period == period else f"{short_day(row.period)}: "
        said.append(date + event_name(row))
        period = row.period
    return ", ".join(said), period


def event_name(row: CourseRow) -> str:
    """What happens, as commands and questions name it."""
    step = row.step or ""
    who = row.by or "chance"
    if said := in_words(row):
        return said
    several = " " in who  # 'one and other', who choose at the same time: the option is what all of them choose
    return f"{step}.{row.option}" if several or who in step.split(".")[1:] else f"{who} {step}.{row.option}"


def _measured(probability: float) -> str:
    """A probability with its bar."""
    size = round(8 * BAR * probability)
    bar = EIGHTHS[8] * (size // 8) + EIGHTHS[size % 8].strip()
    return f"{words.percent(probability) if probability else '':>8}  {bar or ('▏' if probability else ''):<{BAR}}  "
