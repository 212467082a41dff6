"""Figures of the report, as Vega-Lite specifications.

The page draws them with the script that is inside it. Colours are CSS variables of the page (``var(--c1)``), which SVG
accepts: one figure serves the light and the dark page and print.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from longgame.answers import words
from longgame.answers.dates import of_evidence, to_scale
from longgame.answers.leads import Lead
from longgame.answers.parts import Figure
from longgame.text import visible

COLOURS = tuple(f"var(--c{number})" for number in range(1, 9))
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 4], [1, 3], [10, 4], [6, 2, 2, 2])
NEAR, LINE = 0.5, 0.04  # labels of a map that are so close in spreads stand so far apart in height
HEAP_COLOURS = {
    "stands": "var(--good)", "thread": "var(--doubt)", "fails": "var(--bad)", "built": "var(--built)",
    "none": "var(--plain)", "untried": "var(--ink)",
}  # fmt: skip
BAND = (0.05, 0.95)  # of the draws
WIDEST = 4.0  # spreads: a claim that lies farther is drawn there
ROOM, LABEL = 86.0, 18.0  # pixels for a date on an axis, and between two labels beside lines
QUIET = {"titleColor": "var(--soft)", "titleFontWeight": "normal", "titleFontSize": 11}
PERCENT_AXIS = {"format": "%", "title": None, "values": [0, 0.25, 0.5, 0.75, 1]}

Spec = Mapping[str, Any]
Drawn = Mapping[str, Sequence[Sequence[float | None]]]
Groups = Mapping[str, Sequence[str]]


def beliefs(
    rows: Sequence[Mapping[str, Any]],
    drawn: Drawn = MappingProxyType({}),
    groups: Groups | None = None,
    title: str = "",
) -> Figure:
    """The public's belief in each world, before the evidence and after each piece of it, as one line a world.

    With ``groups`` (the value of a hidden variable -> the worlds in which it has that value) there is a line for each
    value instead, in a small chart with the ``title``.

    ``rows`` is ``answers["beliefs"]``; its first row is the prior. Each line carries its name at its end. Dates are to
    scale where the clock has any. ``drawn`` are the beliefs of the draws, world -> row -> draws: nine tenths of them
    lie in the band.
    """
    groups, places = groups or {world: [world] for world in rows[0]["posterior"]}, of_evidence(rows)
    worlds, (width, height) = list(groups), (250, 130) if title else (720, 280)
    believed = {name: [sum(row["posterior"][world] for world in groups[name]) for row in rows] for name in worlds}
    points = [
        {"order": order, "at": places[order], "world": visible(name), "worlds": list(groups[name]),
         "belief": believed[name][order]} | _band(drawn, groups[name], order)
        for order in range(len(rows))
        for name in worlds
    ]  # fmt: skip
    ends = [believed[name][-1] for name in worlds]
    names = [
        {"at": places[-1], "world": visible(world), "name": visible(words.spelled(world)), "belief": place}
        for world, place in zip(worlds, spread(ends, gap=LABEL / height), strict=True)
    ]
    known = [visible(world) for world in worlds]
    x = {"field": "at", "type": "quantitative", "axis": _date_axis(rows, places, ROOM / width),
         "scale": {"domain": [places[0], max(places[-1], places[0] + 1e-9)], "nice": False}}  # fmt: skip
    y = {"field": "belief", "type": "quantitative", "scale": {"domain": [0, 1]}, "axis": PERCENT_AXIS}
    colour, order = coloured("world", known, COLOURS), {"field": "order", "type": "quantitative"}
    bands = [
        {"mark": {"type": "area", "opacity": 0.16},
         "encoding": {"x": x, "y": y | {"field": "low"}, "y2": {"field": "high"}, "color": colour}}
    ]  # fmt: skip
    layers = [
        *(bands if drawn else []),
        {"mark": {"type": "line", "strokeWidth": 2},
         "encoding": {"x": x, "y": y, "color": colour, "order": order,
                      "strokeDash": coloured("world", known, DASHES)}},
        {"mark": {"type": "point", "filled": True, "size": 30, "opacity": 1},
         "encoding": {"x": x, "y": y, "color": colour}},
        {"data": {"values": names},
         "mark": {"type": "text", "align": "left", "dx": 9, "fontSize": 12, "fontWeight": 600},
         "encoding": {"x": x, "y": y, "text": {"field": "name", "type": "nominal"}, "color": colour}},
    ]  # fmt: skip
    # The reader's font may be wider than the one that the labels are measured with.
    spare = 14 + 2 * max(map(len, worlds))
    spec = styled(points, layers, width=width, height=height, right=spare)
    text = "" if title else "Belief in each world, after each piece of evidence (a dot)."
    text += " The line is of the given values; the band holds nine tenths of the draws." if drawn and not title else ""
    says = _belief_words(believed, len(rows) - 1, title)
    return Figure(spec, says, title=title, text=text, wide=not title, live="beliefs" if drawn else "")


def forecast(row: Mapping[str, Any], drawn: Sequence[Sequence[float | None]] = ()) -> Figure:
    """The chance of one event by each date; the band holds nine tenths of the draws (``drawn``: date -> draws)."""
    last, places = len(row["by"]) - 1, to_scale([point["date"] for point in row["by"]])
    points = [
        {"order": order, "at": places[order], "chance": point["probability"]}
        | (_ends_of(drawn[order]) if drawn else {})
        for order, point in enumerate(row["by"])
    ]
    labels = [[words.short_day(point["date"])] for point in row["by"]]
    x = order_axis(labels, last, {"values": sorted({0, last}), "labelFlush": True, "grid": False}) | {"field": "at"}
    y = {"field": "chance", "type": "quantitative", "scale": {"domain": [0, 1]}, "axis": PERCENT_AXIS}
    band = [
        {"mark": {"type": "area", "color": COLOURS[0], "opacity": 0.2},
         "encoding": {"x": x, "y": y | {"field": "low"}, "y2": {"field": "high"}}}
    ]  # fmt: skip
    layers = [
        *(band if drawn else []),
        {"mark": {"type": "line", "color": COLOURS[0], "strokeWidth": 2}, "encoding": {"x": x, "y": y}},
        {"transform": [{"filter": {"field": "order", "equal": last}}],
         "mark": {"type": "point", "filled": True, "color": COLOURS[0], "size": 40, "opacity": 1},
         "encoding": {"x": x, "y": y}},
    ]  # fmt: skip
    end, low_high = row["by"][-1], ""
    if drawn:
        ends = _ends_of(drawn[-1])
        low_high = f" ({words.percent(ends['low'])} to {words.percent(ends['high'])} over the draws)"
    title = f"{row['says'].rstrip('.') or words.spelled(row['name'])}"
    text = f"{words.percent(end['probability'])}{low_high} by {words.day(end['date'])}"
    spec = styled(points, layers, width=250, height=130)
    return Figure(spec, _forecast_words(row), title=title, text=text, live=f"forecast:{row['name']}" if drawn else "")


def tornado(claim: Mapping[str, Any], leads: Sequence[Lead], caption: str, unit: str = "") -> Figure:
    """How far each of some assumptions moves a claim's margin, from its low to its high values over the draws."""
    points = [_tornado_point(lead) for lead in leads]
    y = {"field": "name", "type": "nominal", "sort": None, "title": None,
         "axis": {"labelLimit": 190, "ticks": False, "domain": False, "labelFontSize": 12}}  # fmt: skip
    axis = QUIET | {"title": f"Mean margin{f', {unit}' if unit else ''}", "tickCount": 5}
    x = {"field": "left", "type": "quantitative", "scale": {"zero": True}, "axis": axis}
    ends: list[Spec] = []
    for side, align, away in (("left", "right", -8), ("right", "left", 8)):
        colour = coloured(f"{side}_end", ["low", "high"], COLOURS)
        here = {"x": x | {"field": side}, "y": y, "color": colour}
        text = {"type": "text", "align": align, "dx": away, "fontSize": 11}
        ends += [
            {"mark": {"type": "point", "filled": True, "size": 70, "opacity": 1}, "encoding": here},
            {"mark": text, "encoding": here | {"text": {"field": f"{side}_at", "type": "nominal"}}},
        ]
    layers = [
        dashed("x", 0),
        {"mark": {"type": "rule", "strokeWidth": 3, "color": "var(--rule)"},
         "encoding": {"x": x, "x2": {"field": "right"}, "y": y}},
        *ends,
    ]  # fmt: skip
    spec = styled(points, layers, width=330, height=max(56, 32 * len(leads)), right=50)
    said = visible(f"What moves {claim['id']}: {caption}")
    key = "Blue: where the assumption is low; orange: where it is high, each with its mean value there."
    return Figure(spec, said, text=f"{caption} {key}", wide=True)


def claim_map(claims: Sequence[Mapping[str, Any]], heaps: Mapping[str, str]) -> Figure:
    """Every claim by its margin at the given values, in spreads, and the share of draws in which it holds.

    ``heaps``: claim -> the heap in which it lies, or ``untried``, by which it is coloured.
    """
    shown = [row for row in claims if row["share"] is not None and row["margin"] is not None and row["spread"]]
    places = [(max(-WIDEST, min(WIDEST, row["margin"] / row["spread"])), row["share"]) for row in shown]
    labels = _apart(places)
    points = [
        {"claim": row["id"], "name": visible(words.spelled(row["id"])), "share": share, "margin": margin,
         "label": label, "verdict": row["verdict"], "heap": heaps[row["id"]]}
        for row, (margin, share), label in zip(shown, places, labels, strict=True)
    ]  # fmt: skip
    x = {"field": "margin", "type": "quantitative", "scale": {"nice": True, "zero": True},
         "axis": QUIET | {"title": "Margin at the given values, in spreads", "tickCount": 7}}  # fmt: skip
    y = {"field": "share", "type": "quantitative", "scale": {"domain": [0, 1]},
         "axis": PERCENT_AXIS | QUIET | {"title": "Share of draws in which it holds"}}  # fmt: skip
    verdicts = ["follows", "fails", "open", "no answer"]
    colour = coloured("heap", list(HEAP_COLOURS), list(HEAP_COLOURS.values()))
    layers = [
        dashed("x", 0), dashed("y", 0.5),
        {"mark": {"type": "point", "size": 55, "filled": True, "opacity": 0.9},
         "encoding": {"x": x, "y": y, "color": colour,
                      "shape": {"field": "verdict", "type": "nominal", "legend": None,
                                "scale": {"domain": verdicts, "range": ["circle", "square", "diamond", "cross"]}}}},
        {"mark": {"type": "text", "align": "left", "dx": 7, "fontSize": 11, "color": "var(--ink)"},
         "encoding": {"x": x, "y": y | {"field": "label"}, "text": {"field": "name", "type": "nominal"}}},
    ]  # fmt: skip
    spare = 14 + 5 * max((len(row["id"]) for row in shown), default=0)
    spec = styled(points, layers, width=720, height=360, right=spare)
    said = f"Map of {words.count(len(shown), 'claim')}: margin in spreads against the share of draws."
    text = (
        "Circles follow and squares fail at the given values; colours are those of the heaps. A claim"
        " on the right that lies low, or on the left that lies high, is one that your own doubts speak against."
    )
    return Figure(spec, visible(said), text=text, wide=True, live="map")


def waterfall(actor: str, steps: Sequence[tuple[str, float]]) -> Figure:
    """What an actor gained and lost by each thing that happened, one on the other, in shares of its stake.

    ``steps`` are the numbers of the evidence and the gains; the last bar is what remains.
    """
    points, total = [], 0.0
    for order, (name, gain) in enumerate(steps):
        points.append({"order": order, "name": visible(name), "from": total, "to": total + gain,
                       "kind": "gain" if gain >= 0.0 else "loss"})  # fmt: skip
        total += gain
    points.append({"order": len(steps), "name": "all", "from": 0.0, "to": total, "kind": "all"})
    x = {"field": "name", "type": "ordinal", "sort": None,
         "axis": {"title": None, "labelAngle": 0, "labelOverlap": "greedy", "labelSeparation": 4,
                  "ticks": False}}  # fmt: skip
    axis = {"labelExpr": "datum.value ? format(datum.value, '+.1%') : '0'", "title": None, "tickCount": 4}
    y = {"field": "from", "type": "quantitative", "scale": {"zero": True}, "axis": axis}
    kinds = {"domain": ["gain", "loss", "all"], "range": ["var(--good)", "var(--bad)", "var(--soft)"]}
    layers = [
        {"mark": {"type": "bar", "width": {"band": 0.7}},
         "encoding": {"x": x, "y": y, "y2": {"field": "to"},
                      "color": {"field": "kind", "type": "nominal", "scale": kinds, "legend": None}}},
        {"data": {"values": [{}]}, "mark": {"type": "rule", "color": "var(--soft)"},
         "encoding": {"y": {"datum": 0, "type": "quantitative"}}},
    ]  # fmt: skip
    moves, whole = words.count(len(steps), "move"), words.percent(total, signed=True)
    said = visible(f"Waterfall of gains and losses of {actor} over {moves}: {whole} in all.")
    text = f"{whole} of its stake in all"
    return Figure(styled(points, layers, width=250, height=150), said, title=words.proper(actor), text=text)


def _apart(places: Sequence[tuple[float, float]]) -> list[float]:
    """The heights of labels beside points (x, y): their own, or lower where the label of a point close by stands."""
    labels = [0.0] * len(places)
    done: list[tuple[float, float]] = []
    for index in sorted(range(len(places)), key=lambda index: (-places[index][1], places[index][0])):
        x, height = places[index]
        for other, taken in sorted(done, key=lambda one: -one[1]):
            if abs(other - x) < NEAR and abs(taken - height) < LINE:
                height = taken - LINE
        labels[index] = height
        done.append((x, height))
    return labels


def _tornado_point(lead: Lead) -> dict[str, Any]:
    """One bar, from the smaller mean margin to the larger, with the assumption's mean value at each end."""
    ends = sorted([("low", lead.low), ("high", lead.high)], key=lambda end: end[1].margin)
    point: dict[str, Any] = {"name": visible(lead.name)}
    for side, (end, third) in zip(("left", "right"), ends, strict=True):
        point |= {side: third.margin, f"{side}_at": words.number(third.at), f"{side}_end": end}
    return point


def _band(drawn: Drawn, worlds: Sequence[str], order: int) -> dict[str, float]:
    if not drawn:
        return {}
    together = zip(*(drawn[world][order] for world in worlds), strict=True)
    return _ends_of([None if None in parts else sum(part or 0.0 for part in parts) for parts in together])


def _ends_of(values: Sequence[float | None]) -> dict[str, float]:
    """Between which two values nine tenths of the draws lie."""
    known = [value for value in values if value is not None]
    low, high = np.quantile(known, BAND) if known else (math.nan, math.nan)
    return {"low": float(low), "high": float(high)}


def _date_axis(rows: Sequence[Mapping[str, Any]], places: Sequence[float], part: float) -> dict[str, Any]:
    """An axis with the beginning and each date of the evidence once, where it has room: such a part of the axis."""
    room = part * (places[-1] - places[0])
    ticks, labels = [places[0]], ["before"]
    for place, row in zip(places[1:], rows[1:], strict=True):
        label = words.short_day(row["on"])
        if place - ticks[-1] >= room and label not in labels:
            ticks.append(place)
            labels.append(label)
    chosen = f"{_expression(labels)}[indexof({json.dumps(ticks)}, datum.value)]"
    return {"title": None, "values": ticks, "labelExpr": chosen, "labelFlush": False, "labelOverlap": False}


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


def styled(
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


def dashed(axis: str, place: float) -> Spec:
    """A dashed line at a place of an axis."""
    mark = {"type": "rule", "color": "var(--soft)", "strokeDash": [3, 3]}
    return {"data": {"values": [{}]}, "mark": mark, "encoding": {axis: {"datum": place, "type": "quantitative"}}}


def order_axis(labels: Sequence[Sequence[str]], last: int, axis: Spec) -> dict[str, Any]:
    """An axis of things in their order, each with its label (one line or several)."""
    written = f"{_expression(labels)}[datum.value]"
    return {
        "field": "order",
        "type": "quantitative",
        "scale": {"domain": [0, max(1, last)], "nice": False},
        "axis": {"title": None, "labelExpr": written, **axis},
    }


def coloured(field: str, names: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    """A colour or a dash for each name; with both, lines differ without colour too."""
    scale = {"domain": list(names), "range": [values[n % len(values)] for n in range(len(names))]}
    return {"field": field, "type": "nominal", "scale": scale, "legend": None}


def _expression(value: Any) -> str:
    """Labels as a literal of Vega's expression language: a list of texts, or of lists of texts (several lines)."""
    if isinstance(value, list):
        return "[" + ",".join(_expression(item) for item in value) + "]"
    return "'" + re.sub(r"[^\w .,:+-]", " ", value) + "'"


def _belief_words(believed: Mapping[str, Sequence[float]], pieces: int, title: str) -> str:
    """The belief lines in words, for those who do not see them."""
    ends = "; ".join(
        f"{name} from {words.percent(line[0])} to {words.percent(line[-1])}" for name, line in believed.items()
    )
    what, over = f"each value of “{title}”" if title else "each world", words.count(pieces, "piece")
    return visible(f"Line chart of the public belief in {what} over {over} of evidence: {ends}.")


def _forecast_words(row: Mapping[str, Any]) -> str:
    """One forecast in words."""
    first, last = row["by"][0], row["by"][-1]
    ends = "; ".join(f"{words.percent(point['probability'])} by {words.day(point['date'])}" for point in (first, last))
    return visible(f"Line chart of the chance of {row['name']}: {ends}.")
