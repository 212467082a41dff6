"""A sweep as SVG: a panel for each claim and question, along the first assumption lines by the others."""

from __future__ import annotations

from collections.abc import Sequence

from longgame.answers import words
from longgame.answers.sweep import Sweep, SweptPoint
from longgame.report.draw.game import title
from longgame.report.draw.svg import GAP, LEADING, LEFT, MARGIN, RIGHT, SMALL, Sheet, actor_colour

HIGH = 110.0  # of a panel
NUMBERS = 60.0  # the column with the numbers at its left


def sweep_svg(found: Sweep, *, style: bool = True) -> str:
    """A sweep as one ``<svg>`` element; ``style=False`` leaves the style block to the page."""
    sheet = Sheet()
    first, *others = found.over
    name = f"Along {first}: {found.scenario.title}"
    under = "Margins of the claims, above zero where a claim holds, at the given values of all other assumptions."
    y = title(sheet, name, under) + GAP
    groups: dict[tuple[float, ...], list[SweptPoint]] = {}
    for point in found.points:
        groups.setdefault(tuple(point.values[other] for other in others), []).append(point)
    for number, values in enumerate(groups if others else ()):
        said = ", ".join(f"{other} {value:g}" for other, value in zip(others, values, strict=True))
        sheet.line([(LEFT, y - 4), (LEFT + 24, y - 4)], stroke=actor_colour(number), stroke_width=2)
        y = sheet.block(LEFT + 32, y, said, RIGHT - LEFT - 32, size=SMALL) + LEADING
    lines = list(groups.values())
    for id in found.points[0].claims:
        drawn = [[(p.values[first], p.claims[id].margin) for p in line] for line in lines]
        y = _panel(sheet, y + GAP, id.replace("_", " "), first, drawn)
    for text in found.points[0].asked:
        drawn = [[(p.values[first], p.asked[text]) for p in line] for line in lines]
        y = _panel(sheet, y + GAP, text, first, drawn)
    return sheet.document(y + MARGIN, name, described(found), name="sweep", style=style)


def described(found: Sweep) -> str:
    """A sweep in sentences: where each claim turns along the first assumption."""
    first, said = next(iter(found.over)), list[str]()
    for id in found.points[0].claims:
        held = [p.values[first] for p in found.points if p.claims[id].holds]
        where = f"holds at {len(held)} of {len(found.points)} points"
        said.append(f"{id.replace('_', ' ')} {where}.")
    return " ".join(said) or f"Along {first}."


def _panel(
    sheet: Sheet, y: float, name: str, first: str, drawn: Sequence[Sequence[tuple[float, float | bool | None]]]
) -> float:
    """One panel: its name, its lines with a mark at each point, and zero where it lies inside; where it ends."""
    y = sheet.block(LEFT, y + LEADING, name, RIGHT - LEFT, face="bold") + GAP
    along = sorted({x for line in drawn for x, _ in line})
    known = [float(value) for line in drawn for _, value in line if value is not None]
    if not known:
        return sheet.block(LEFT + NUMBERS, y + LEADING, "No answer.", RIGHT - LEFT, size=SMALL, fill="soft")
    low, high = min(known), max(known)
    low, high = (low - 0.5, high + 0.5) if high - low < 1e-12 else (low, high)
    left, right, wide = LEFT + NUMBERS, RIGHT - 10, max(along[-1] - along[0], 1e-300)

    def place(x: float, value: float) -> tuple[float, float]:
        across = 0.5 if len(along) == 1 else (x - along[0]) / wide
        return left + (right - left) * across, y + HIGH * (high - value) / (high - low)

    for value in (low, high):
        sheet.text(left - 8, place(along[0], value)[1] + 4, words.number(value), size=SMALL, fill="soft", anchor="end")
    sheet.rect(left, y, right - left, HIGH, stroke="rule")
    if low < 0.0 < high:
        zero = place(along[0], 0.0)[1]
        sheet.line([(left, zero), (right, zero)], stroke="soft", stroke_dasharray="4 3")
        sheet.text(left - 8, zero + 4, "0", size=SMALL, fill="soft", anchor="end")
    for number, line in enumerate(drawn):
        colour = actor_colour(number)
        for piece in _pieces(line):
            points = [place(x, value) for x, value in piece]
            if len(points) > 1:
                sheet.line(points, stroke=colour, stroke_width=2)
            for x, at in points:
                sheet.circle(x, at, 2.5, fill=colour)
    base = y + HIGH + LEADING
    sheet.text(left, base, f"{along[0]:g}", size=SMALL, fill="soft")
    sheet.text((left + right) / 2, base, first, size=SMALL, fill="soft", anchor="middle")
    sheet.text(right, base, f"{along[-1]:g}", size=SMALL, fill="soft", anchor="end")
    return base


def _pieces(line: Sequence[tuple[float, float | bool | None]]) -> list[list[tuple[float, float]]]:
    """A line in pieces, parted where there is no answer; from the least value to the greatest."""
    pieces: list[list[tuple[float, float]]] = [[]]
    for x, value in sorted(line, key=lambda pair: pair[0]):
        if value is None:
            pieces.append([])
        else:
            pieces[-1].append((x, float(value)))
    return [piece for piece in pieces if piece]
