"""What answers are shown as: a few kinds of part, drawn as text on a terminal (``cli``) and as HTML in the report.

A block of the answers says with these what it has to show, and knows nothing of terminals and markup.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Cell:
    """What stands in a cell of a table, where it is more than a word or two.

    page   what stands on the page instead, where there is more room
    small  a second line, in small letters
    best   the best of its column
    swing  a bar from the middle to the right (up to 1) or to the left (down to -1)
    """

    text: str
    page: str = ""
    small: str = ""
    best: bool = False
    swing: float | None = None


@dataclass(frozen=True)
class Table:
    """A table. Its last row is a total where ``total`` is true.

    numbers  headings of the columns that are set to the right
    keys     how many columns at its left say what a row is about: where it is too wide, they stand in each of its parts
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[str | Cell]]
    title: str = ""
    numbers: Collection[str] = ()
    keys: int = 1
    total: bool = False


@dataclass(frozen=True)
class Line:
    """A paragraph. ``tone``: an aside is in softer letters, a warning in stronger ones; code as it was written."""

    text: str
    tone: Literal["plain", "aside", "warning"] = "plain"


@dataclass(frozen=True)
class Points:
    """Sentences of equal rank."""

    items: Sequence[str]


@dataclass(frozen=True)
class Heading:
    """The heading of a part of a section."""

    text: str


@dataclass(frozen=True)
class Facts:
    """What things are called, and what they are."""

    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Figure:
    """A drawing, for the page alone.

    spec    a Vega-Lite specification
    says    the same in words, for those who do not see it
    title   the words under it that stand out; ``text``, what follows
    wide    it takes the width of the page; else several stand side by side
    """

    spec: Mapping[str, Any]
    says: str
    title: str = ""
    text: str = ""
    wide: bool = False


@dataclass(frozen=True)
class Card:
    """One judgement with what belongs to it, for the page alone.

    id       its name; ``title``, its sentence
    mark     the sign beside the verdict, a name of ``MARKS``
    verdict  in words
    share    the length of the bar, from 0 to 1; None: no bar
    beside   short lines under the verdict
    parts    what is said of it
    code     what was asked, as it was written, after ``asked``
    """

    id: str
    title: str
    mark: str
    verdict: str
    share: float | None
    beside: Sequence[str]
    parts: Sequence[Part]
    asked: str = ""
    code: str = ""


@dataclass(frozen=True)
class Glance:
    """Judgements by verdict: its mark and words, and the names of the cards that have it."""

    heaps: Sequence[tuple[str, str, Sequence[str]]]


Part = Table | Line | Points | Heading | Facts | Figure | Card | Glance


@dataclass(frozen=True)
class Section:
    """A section of the page: ``id`` is its address on it, ``intro`` says how to read it."""

    id: str
    title: str
    intro: str = ""
    parts: Sequence[Part] = field(default_factory=tuple)


def points(texts: Iterable[str]) -> list[Part]:
    """The texts that are not empty, as sentences of equal rank; nothing where all are."""
    items = [text for text in texts if text]
    return [Points(items)] if items else []


def lines(texts: Iterable[str], tone: Literal["plain", "aside", "warning"] = "plain") -> list[Part]:
    """A paragraph for each text that is not empty."""
    return [Line(text, tone) for text in texts if text]
