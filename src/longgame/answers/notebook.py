"""Answers as they show themselves in a notebook: tables and sentences as HTML, charts as Vega-Lite specifications.

Nothing is asked of any other place, and no script is written: a notebook draws a chart from its specification, by the
type ``application/vnd.vegalite.v5+json``, where it can, and shows its sentence where it cannot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from longgame.answers.block import plain
from longgame.answers.parts import Board, Card, Cell, Facts, Figure, Folded, Heading, Line, Part, Points, Section, Table
from longgame.text import visible

VEGA_LITE = "application/vnd.vegalite.v5+json"
SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
# The page's colours in its light form (report/base.css): a notebook has no style sheet of ours.
COLOURS = {
    "paper": "#fcfbf8", "raised": "#f4f1ea", "ink": "#1d1b18", "soft": "#5b564d", "rule": "#dcd7cc", "good": "#23694a",
    "bad": "#a3401f", "plain": "#5b564d", "built": "#6d4a8c", "doubt": "#7d5a00", "edge": "#8a8478", "c1": "#1f5a99",
    "c2": "#b0501c", "c3": "#28734f", "c4": "#78468f", "c5": "#806200", "c6": "#a5305a", "c7": "#2d7585",
    "c8": "#5c5c5c",
}  # fmt: skip
_VARIABLE = re.compile(r"var\(--([\w-]+)\)")


@dataclass(frozen=True)
class Findings:
    """What a public function finds: its fields are the keys of a layout in ``docs``, in their order."""

    def to_json(self) -> dict[str, Any]:
        """The findings as nested dicts and lists that ``json.dumps`` writes as they are."""
        return plain(self)

    def in_parts(self) -> Sequence[Part]:
        """What is shown of them, on a terminal and in a notebook; nothing of what is only drawn."""
        return ()

    def _repr_html_(self) -> str | None:
        return html(self.in_parts()) or None


@dataclass(frozen=True)
class Chart:
    """A chart of the report, which shows itself in a notebook.

    name   the section of the report in which it stands, and the claim, event or variable that it is of
    says   the same in words
    spec   a Vega-Lite specification that stands by itself; ``altair.Chart.from_dict(chart.spec)`` takes it
    """

    name: str
    title: str
    says: str
    spec: Mapping[str, Any]

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return {VEGA_LITE: self.spec, "text/plain": self.says}


def charts(sections: Sequence[Section]) -> dict[str, Chart]:
    """The charts of some sections of the report by their names, in its order."""
    found: dict[str, Chart] = {}
    for section in sections:
        for figure, of in _figures(section.parts, ""):
            name = base = " ".join(filter(None, (section.id, of or figure.title)))
            count = 1
            while name in found:
                count += 1
                name = f"{base} {count}"
            found[name] = Chart(name, figure.title, figure.says, {"$schema": SCHEMA, **_coloured(figure.spec)})
    return found


def _figures(parts: Sequence[Part], of: str) -> Iterator[tuple[Figure, str]]:
    """Every figure with the name of the card in which it stands."""
    for part in parts:
        match part:
            case Figure():
                yield part, of
            case Folded():
                yield from _figures(part.parts, of)
            case Board():
                yield from _figures(part.cards, of)
            case Card():
                yield from _figures([*part.parts, *part.more], part.id)


def _coloured(value: Any) -> Any:
    """A specification with colours in the place of the page's variables."""
    if isinstance(value, str):
        return _VARIABLE.sub(lambda found: COLOURS[found[1]], value)
    if isinstance(value, Mapping):
        return {key: _coloured(item) for key, item in value.items()}
    return [_coloured(item) for item in value] if isinstance(value, list | tuple) else value


# --- HTML -------------------------------------------------------------------------------------------------------------


def html(parts: Sequence[Part]) -> str:
    """What a terminal shows of some parts as HTML, which a notebook lays out in its own style."""
    return "\n".join(filter(None, map(_html, parts)))


def _html(part: Part) -> str:
    match part:
        case Table():
            return _table(part)
        case Line(text):
            return f"<p>{_text(text)}</p>"
        case Heading(text):
            return f"<h4>{_text(text)}</h4>"
        case Points(items):
            return f"<ul>{''.join(f'<li>{_text(item)}</li>' for item in items)}</ul>"
        case Facts(pairs):
            return f"<dl>{''.join(f'<dt>{_text(name)}</dt><dd>{_text(fact)}</dd>' for name, fact in pairs)}</dl>"
        case _:  # drawn on the page alone
            return ""


def _table(table: Table) -> str:
    right = [heading in table.numbers for heading in table.headings]
    rows = [_row("td", row, right) for row in table.rows]
    caption = f"<caption>{_text(table.title)}</caption>" if table.title else ""
    return f"<table>{caption}<thead>{_row('th', table.headings, right)}</thead><tbody>{''.join(rows)}</tbody></table>"


def _row(kind: str, cells: Sequence[str | Cell], right: Sequence[bool]) -> str:
    written = (
        f'<{kind} style="text-align: {"right" if number else "left"}">{_cell(cell)}</{kind}>'
        for cell, number in zip(cells, right, strict=True)
    )
    return f"<tr>{''.join(written)}</tr>"


def _cell(cell: str | Cell) -> str:
    if not isinstance(cell, Cell):
        return _text(cell)
    small = f"<br/><small>{_text(cell.small)}</small>" if cell.small else ""
    return f"{_text(cell.page or cell.text)}{small}"


def _text(text: str) -> str:
    return escape(visible(text)).replace("\n", "<br/>")
