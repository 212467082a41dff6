"""Figures of the report, as Vega-Lite specifications: lines over dates and pieces of evidence.

The page draws them with the script that is inside it. Colours are CSS variables of the page (``var(--c1)``), which SVG
accepts: one figure serves the light and the dark page and print.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from longgame.answers import words
from longgame.answers.parts import Figure
from longgame.text import visible

COLOURS = tuple(f"var(--c{number})" for number in range(1, 9))
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 4], [1, 3], [10, 4], [6, 2, 2, 2])
TWO_STANDARD_ERRORS = 2.0
PERCENT_AXIS = {"format": "%", "title": None, "values": [0, 0.25, 0.5, 0.75, 1]}

Spec = Mapping[str, Any]


def beliefs(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """The public's belief in each world, before the evidence and after each piece of it, as one line a world.

    ``rows`` is ``answers["beliefs"]``; its first row is the prior. Each line carries its name at its end.
    """
    worlds, last = list(rows[0]["posterior"]), len(rows) - 1
    points = [
        {"order": order, "world": visible(world), "belief": row["posterior"][world]}
        for order, row in enumerate(rows)
        for world in worlds
    ]
    ends = [rows[-1]["posterior"][world] for world in worlds]
    names = [
        {"order": last, "world": visible(world), "belief": place}
        for world, place in zip(worlds, spread(ends, gap=0.065), strict=True)
    ]
    known = [visible(world) for world in worlds]
    axis = {"values": list(range(len(rows))), "labelOverlap": False, "labelFlush": False, "grid": True}
    x = _order(_ticks(rows), last, axis)
    y = {"field": "belief", "type": "quantitative", "scale": {"domain": [0, 1]}, "axis": PERCENT_AXIS}
    colour = _by_name("world", known, COLOURS)
    layers = [
        {"mark": {"type": "line", "strokeWidth": 2},
         "encoding": {"x": x, "y": y, "color": colour, "strokeDash": _by_name("world", known, DASHES)}},
        {"mark": {"type": "point", "filled": True, "size": 36, "opacity": 1},
         "encoding": {"x": x, "y": y, "color": colour}},
        {"data": {"values": names},
         "mark": {"type": "text", "align": "left", "dx": 9, "fontSize": 12, "fontWeight": 600},
         "encoding": {"x": x, "y": y, "text": {"field": "world", "type": "nominal"}, "color": colour}},
    ]  # fmt: skip
    # The reader's font may be wider than the one that the labels are measured with.
    spare = 14 + 2 * max(map(len, worlds))
    spec = _styled(points, layers, width=720, height=280, right=spare)
    text = "Belief in each world. The numbers are those of the evidence in the table."
    return Figure(spec, _belief_words(rows, worlds), text=text, wide=True)


def forecast(row: Mapping[str, Any]) -> Figure:
    """The chance of one event by each date, with a band of two standard errors of the simulation."""
    last = len(row["by"]) - 1
    points = [
        {
            "order": order,
            "chance": point["probability"],
            "low": max(0.0, point["probability"] - TWO_STANDARD_ERRORS * (point["standard_error"] or 0.0)),
            "high": min(1.0, point["probability"] + TWO_STANDARD_ERRORS * (point["standard_error"] or 0.0)),
        }
        for order, point in enumerate(row["by"])
    ]
    labels = [[words.short_day(point["date"])] for point in row["by"]]
    x = _order(labels, last, {"values": sorted({0, last}), "labelFlush": True, "grid": False})
    y = {"field": "chance", "type": "quantitative", "scale": {"domain": [0, 1]}, "axis": PERCENT_AXIS}
    layers = [
        {"mark": {"type": "area", "color": COLOURS[0], "opacity": 0.25},
         "encoding": {"x": x, "y": y | {"field": "low"}, "y2": {"field": "high"}}},
        {"mark": {"type": "line", "color": COLOURS[0], "strokeWidth": 2}, "encoding": {"x": x, "y": y}},
        {"transform": [{"filter": {"field": "order", "equal": last}}],
         "mark": {"type": "point", "filled": True, "color": COLOURS[0], "size": 40, "opacity": 1},
         "encoding": {"x": x, "y": y}},
    ]  # fmt: skip
    end = row["by"][-1]
    title = f"{row['name']}: {words.percent(end['probability'])} by {words.day(end['date'])}"
    spec = _styled(points, layers, width=250, height=130)
    return Figure(spec, _forecast_words(row), title=title, text=row["says"])


def spread(values: Sequence[float], gap: float, low: float = 0.0, high: float = 1.0) -> list[float]:
    """Places for labels beside ``values``: in the same order, ``gap`` apart or more, inside [low, high] if they fit.

    Clusters that touch are merged and centred on the mean of what they label, until none touch (the pool-adjacent-
    violators algorithm on the values less their rank times the gap).
    """
    order = sorted(range(len(values)), key=lambda index: values[index])
    pools: list[tuple[float, int]] = []  # mean of (value - rank * gap), members
    for rank, index in enumerate(order):
        mean, size = values[index] - rank * gap, 1
        while pools and pools[-1][0] > mean:
            before, members = pools.pop()
            mean, size = (before * members + mean * size) / (members + size), members + size
        pools.append((mean, size))
    room = high - gap * (len(values) - 1)
    shifted = [min(max(mean, low), max(low, room)) for mean, size in pools for _ in range(size)]
    places = [0.0] * len(values)
    for rank, index in enumerate(order):
        places[index] = shifted[rank] + rank * gap
    return places


def _styled(
    points: Sequence[Spec], layers: Sequence[Spec], *, width: int, height: int, right: int = 14
) -> dict[str, Any]:
    """The house style: no frame, faint rules, colours from the page."""
    axis = {
        "labelColor": "var(--soft)",
        "labelFontSize": 11,
        "gridColor": "var(--rule)",
        "domainColor": "var(--rule)",
        "tickColor": "var(--rule)",
        "labelPadding": 6,
    }
    return {
        "data": {"values": list(points)},
        "layer": list(layers),
        "width": width,
        "height": height,
        "background": "transparent",
        "padding": {"left": 4, "top": 6, "right": right, "bottom": 4},
        "config": {"font": "system-ui, sans-serif", "view": {"stroke": None}, "axis": axis},
    }


def _order(labels: Sequence[Sequence[str]], last: int, axis: Spec) -> dict[str, Any]:
    """An axis of things in their order, each with its label (one line or several)."""
    written = f"{_expression(labels)}[datum.value]"
    return {
        "field": "order",
        "type": "quantitative",
        "scale": {"domain": [0, max(1, last)], "nice": False},
        "axis": {"title": None, "labelExpr": written, **axis},
    }


def _by_name(field: str, names: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    """A colour or a dash for each name; with both, lines differ without colour too."""
    scale = {"domain": list(names), "range": [values[n % len(values)] for n in range(len(names))]}
    return {"field": field, "type": "nominal", "scale": scale, "legend": None}


def _ticks(rows: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """The labels under the belief lines: the number of the evidence, and its day and year where they are new."""
    labels, last = [], ("", "")
    for order, row in enumerate(rows):
        if row["evidence"] is None:
            labels.append(["before"])
            continue
        day, _, year = words.short_day(row["on"]).rpartition(" ")
        new = [] if (day, year) == last else [day] if year == last[1] else [day, year]
        labels.append([str(order), *filter(None, new)])
        last = (day, year)
    return labels


def _expression(value: Any) -> str:
    """Labels as a literal of Vega's expression language: a list of texts, or of lists of texts (several lines)."""
    if isinstance(value, list):
        return "[" + ",".join(_expression(item) for item in value) + "]"
    return "'" + re.sub(r"[^\w .,:+-]", " ", value) + "'"


def _belief_words(rows: Sequence[Mapping[str, Any]], worlds: Sequence[str]) -> str:
    """The belief lines in words, for those who do not see them."""
    ends = "; ".join(
        f"{world} from {words.percent(rows[0]['posterior'][world])} to {words.percent(rows[-1]['posterior'][world])}"
        for world in worlds
    )
    pieces = words.count(len(rows) - 1, "piece")
    return visible(f"Line chart of the public belief in each world over {pieces} of evidence: {ends}.")


def _forecast_words(row: Mapping[str, Any]) -> str:
    """One forecast in words."""
    first, last = row["by"][0], row["by"][-1]
    ends = "; ".join(f"{words.percent(point['probability'])} by {words.day(point['date'])}" for point in (first, last))
    return visible(f"Line chart of the chance of {row['name']}: {ends}.")
