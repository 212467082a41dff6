"""Figures of the report: answers to Vega-Lite specifications to static SVG.

The SVG is rendered when the report is written, so the page needs no script. Colours are CSS variables of the page
(``var(--c1)``), which SVG attributes accept: one figure serves the light and the dark page and print.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

import altair as alt
import vl_convert

from longgame.report import words

COLOURS = tuple(f"var(--c{number})" for number in range(1, 9))
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 4], [1, 3], [10, 4], [6, 2, 2, 2])
TWO_STANDARD_ERRORS = 2.0

_SVG = "http://www.w3.org/2000/svg"
ElementTree.register_namespace("", _SVG)


def beliefs(rows: Sequence[Mapping[str, Any]]) -> str:
    """The public's belief in each world, before the evidence and after each piece of it, as one line a world.

    ``rows`` is ``answers["beliefs"]``; its first row is the prior. Each line carries its name at its end.
    """
    worlds = list(rows[0]["posterior"])
    labels = _ticks(rows)
    points = [
        {"order": order, "world": _plain(world), "belief": row["posterior"][world]}
        for order, row in enumerate(rows)
        for world in worlds
    ]
    ends = [rows[-1]["posterior"][world] for world in worlds]
    names = [
        {"order": len(rows) - 1, "world": _plain(world), "belief": place}
        for world, place in zip(worlds, spread(ends, gap=0.065), strict=True)
    ]
    x = alt.X(
        "order:Q",
        scale=alt.Scale(domain=[0, max(1, len(rows) - 1)], nice=False),
        axis=alt.Axis(
            title=None,
            values=list(range(len(rows))),
            labelExpr=f"{_expression(labels)}[datum.value]",
            labelOverlap=False,
            labelFlush=False,
            grid=True,
        ),
    )
    y = alt.Y(
        "belief:Q",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format="%", title=None, tickCount=5, values=[0, 0.25, 0.5, 0.75, 1]),
    )
    colour, dash = _by_name("world", [_plain(world) for world in worlds])
    lines = alt.Chart(alt.Data(values=points)).mark_line(strokeWidth=2).encode(x=x, y=y, color=colour, strokeDash=dash)
    dots = alt.Chart(alt.Data(values=points)).mark_point(filled=True, size=36, opacity=1).encode(x=x, y=y, color=colour)
    ending = (
        alt.Chart(alt.Data(values=names))
        .mark_text(align="left", dx=9, fontSize=12, fontWeight=600)
        .encode(x=x, y=y, text="world:N", color=colour)
    )
    # The reader's font may be wider than the one that the labels are measured with when the figure is made.
    spare = 14 + 2 * max(map(len, worlds))
    return _svg(_styled(lines + dots + ending, width=720, height=280, right=spare), _belief_words(rows, worlds))


def forecast(row: Mapping[str, Any]) -> str:
    """The chance of one event by each date, with a band of two standard errors of the simulation."""
    points = [
        {
            "order": order,
            "chance": point["probability"],
            "low": max(0.0, point["probability"] - TWO_STANDARD_ERRORS * (point["standard_error"] or 0.0)),
            "high": min(1.0, point["probability"] + TWO_STANDARD_ERRORS * (point["standard_error"] or 0.0)),
        }
        for order, point in enumerate(row["by"])
    ]
    labels = [words.short_day(point["date"]) for point in row["by"]]
    last = len(points) - 1
    x = alt.X(
        "order:Q",
        scale=alt.Scale(domain=[0, max(1, last)], nice=False),
        axis=alt.Axis(
            title=None,
            values=sorted({0, last}),
            labelExpr=f"{_expression(labels)}[datum.value]",
            labelFlush=True,
            grid=False,
        ),
    )
    axis = alt.Axis(format="%", title=None, values=[0, 0.25, 0.5, 0.75, 1])
    y = alt.Y("chance:Q", scale=alt.Scale(domain=[0, 1]), axis=axis)
    chart = alt.Chart(alt.Data(values=points))
    band = chart.mark_area(color=COLOURS[0], opacity=0.25).encode(
        x=x, y=alt.Y("low:Q", scale=alt.Scale(domain=[0, 1]), axis=axis), y2="high:Q"
    )
    line = chart.mark_line(color=COLOURS[0], strokeWidth=2).encode(x=x, y=y)
    end = chart.transform_filter(f"datum.order == {last}").mark_point(
        filled=True, color=COLOURS[0], size=40, opacity=1
    ).encode(x=x, y=y)  # fmt: skip
    return _svg(_styled(band + line + end, width=250, height=130), _forecast_words(row))


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


def _styled(chart: Any, width: int, height: int, right: int = 14) -> Any:
    """The house style: no frame, faint rules, colours from the page."""
    return (
        chart.properties(width=width, height=height, background="transparent")
        .configure(font="system-ui, sans-serif", padding={"left": 4, "top": 6, "right": right, "bottom": 4})
        .configure_view(stroke=None)
        .configure_axis(
            labelColor="var(--soft)",
            labelFontSize=11,
            gridColor="var(--rule)",
            domainColor="var(--rule)",
            tickColor="var(--rule)",
            labelPadding=6,
        )
    )


def _svg(chart: Any, says: str) -> str:
    """Render to SVG as one image with a text alternative; the parts inside carry no roles of their own."""
    root = ElementTree.fromstring(vl_convert.vegalite_to_svg(chart.to_dict()))
    for element in root.iter():
        for attribute in [name for name in element.attrib if name.startswith("aria-") or name in ("role", "style")]:
            del element.attrib[attribute]
    root.set("role", "img")
    root.set("aria-label", says)
    root.set("class", "figure")
    return ElementTree.tostring(root, encoding="unicode")


def _by_name(field: str, names: Sequence[str]) -> tuple[alt.Color, alt.StrokeDash]:
    """Colour and dash for each name, so that lines differ without colour too."""
    scale = alt.Scale(domain=list(names), range=[COLOURS[i % len(COLOURS)] for i in range(len(names))])
    dashes = alt.Scale(domain=list(names), range=[DASHES[i % len(DASHES)] for i in range(len(names))])
    return (
        alt.Color(f"{field}:N", scale=scale, legend=None),
        alt.StrokeDash(f"{field}:N", scale=dashes, legend=None),
    )


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


def _plain(text: str) -> str:
    """Text without the control characters that XML forbids."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]", "", text)


def _belief_words(rows: Sequence[Mapping[str, Any]], worlds: Sequence[str]) -> str:
    """The belief lines in words, for those who do not see them."""
    ends = "; ".join(
        f"{world} from {words.percent(rows[0]['posterior'][world])} to {words.percent(rows[-1]['posterior'][world])}"
        for world in worlds
    )
    pieces = words.count(len(rows) - 1, "piece")
    return _plain(f"Line chart of the public belief in each world over {pieces} of evidence: {ends}.")


def _forecast_words(row: Mapping[str, Any]) -> str:
    """One forecast in words."""
    first, last = row["by"][0], row["by"][-1]
    ends = "; ".join(f"{words.percent(point['probability'])} by {words.day(point['date'])}" for point in (first, last))
    return _plain(f"Line chart of the chance of {row['name']}: {ends}.")
