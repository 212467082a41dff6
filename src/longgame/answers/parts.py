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
    link   where on the page it leads; ``anchor``, its own address there
    shade  how strongly it speaks for the first (up to 1) or the second (down to -1) of two things
    best   the best of its column
    swing  a bar from the middle to the right (up to 1) or to the left (down to -1)
    """

    text: str
    page: str = ""
    small: str = ""
    best: bool = False
    swing: float | None = None
    link: str = ""
    anchor: str = ""
    shade: float | None = None


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
class Links:
    """Where on the page there is more, for the page alone: (address, name, what it is)."""

    items: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class Folded:
    """What is there for who wants it, and closed at first, for the page alone."""

    title: str
    parts: Sequence[Part]


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
    live    what of it is drawn anew from the draws that are left: ``map``, ``beliefs``, ``forecast:NAME``
    """

    spec: Mapping[str, Any]
    says: str
    title: str = ""
    text: str = ""
    wide: bool = False
    live: str = ""


@dataclass(frozen=True)
class Card:
    """One judgement with what belongs to it, for the page alone.

    id        its name; ``title``, its sentence
    group     the heap in which it lies, a key of ``glance.GROUPS``
    mark      the sign beside the verdict: the verdict itself, or ``built in``
    verdict   in words; ``firmness`` likewise, empty where nothing is said of it
    share     the length of the bar, from 0 to 1; None: no bar
    beside    short lines under the verdict
    parts     what is said of it; ``more``, what is shown when the reader opens it
    code      what was asked, as it was written, after ``asked``
    ranks     by what it can be sorted -> a number, None where there is none
    """

    id: str
    title: str
    group: str
    mark: str
    verdict: str
    firmness: str
    share: float | None
    beside: Sequence[str]
    parts: Sequence[Part]
    more: Sequence[Part] = ()
    asked: str = ""
    code: str = ""
    ranks: Mapping[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Range:
    """An assumption that the reader of a page can narrow.

    label        its name in words; ``says``, what it is
    low, high    the ends of its range; ``value``, the given one
    by_factors   equal steps are equal factors
    claims       how many claims rest on it
    """

    name: str
    label: str
    says: str
    unit: str
    low: float
    high: float
    value: float
    by_factors: bool
    claims: int


@dataclass(frozen=True)
class Board:
    """Cards that can be sorted and filtered, beside what the reader can narrow, for the page alone.

    groups  key and name of each heap of cards that is not empty
    sorts   what the cards can be sorted by -> its name; a minus sign before it: the largest first
    ranges  those that matter most come first; ``shown`` of them are not folded away
    """

    cards: Sequence[Card]
    groups: Sequence[tuple[str, str]]
    sorts: Sequence[tuple[str, str]]
    ranges: Sequence[Range] = ()
    shown: int = 6


Part = Table | Line | Points | Links | Folded | Heading | Facts | Figure | Card | Board


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
