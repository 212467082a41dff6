"""A map of bundles: what each is worth to two parties, and in colour what it does to those who are not at the table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from longgame.answers import figures, words
from longgame.answers.parts import Figure
from longgame.choice.bargaining import pareto
from longgame.text import visible

CELLS, MOST = 24, 100  # of a side of the map: of the bundles in one cell, one is shown; of the frontier
OUTSIDE = {
    "nobody else": "var(--c1)", "no other loses": "var(--good)", "some others lose": "var(--doubt)",
    "all others lose": "var(--bad)",
}  # fmt: skip

Row = Mapping[str, Any]


def thinned(gains: np.ndarray, kept: Iterable[int]) -> list[int]:
    """Of D bundles by what they are worth to two parties [D, 2], those that a map shows, in order.

    Some of those that nobody improves on for the two, those that are named, and one in each cell of a grid.
    """
    low, high = gains.min(axis=0), gains.max(axis=0)
    cells = ((gains - low) / np.where(high > low, high - low, 1.0) * (CELLS - 1e-6)).astype(int)
    _, first = np.unique(cells @ np.array([CELLS, 1]), return_index=True)
    best = np.flatnonzero(pareto(gains, none=False))
    best = best[np.argsort(gains[best, 0], kind="stable")][:: 1 + len(best) // MOST]
    return sorted({*map(int, first), *map(int, best), *kept})


def bundle_map(group: Row, no_stake: Sequence[str] = ()) -> Figure:
    """The bundles of a group of parties by their worth to the first two, as shares of their stakes."""
    one, other = group["between"][:2]
    ends = _labels(group)
    points = [_point(row, group["between"], ends) for row in group["map"]]
    formats = {actor: "+" if actor in no_stake else "+%" for actor in (one, other)}
    axes = {
        axis: {"field": axis, "type": "quantitative", "scale": {"nice": True, "zero": True},
               "axis": figures.QUIET
               | {"title": f"Worth to {words.proper(actor)}", "format": formats[actor], "tickCount": 6}}
        for axis, actor in (("x", one), ("y", other))
    }  # fmt: skip
    shape = {"field": "zone", "type": "nominal", "legend": None,
             "scale": {"domain": [True, False], "range": ["circle", "cross"]}}  # fmt: skip
    marks = {"color": figures.coloured("others", list(OUTSIDE), list(OUTSIDE.values())), "shape": shape}
    layers = [
        *(figures.dashed(axis, 0) for axis in axes),
        {"mark": {"type": "point", "size": 40, "filled": True, "opacity": 0.8}, "encoding": axes | marks},
        {"transform": [{"filter": "datum.end != ''"}],
         "mark": {"type": "text", "align": "left", "dx": 7, "dy": -7, "fontSize": 11, "color": "var(--ink)"},
         "encoding": axes | {"text": {"field": "end", "type": "nominal"}}},
    ]  # fmt: skip
    spec = figures.styled(points, layers, width=720, height=360, right=14 + 7 * max(map(len, ends.values()), default=0))
    said = f"Map of {words.count(len(points), 'bundle')}: worth to {one} against worth to {other}. {_ends_said(group)}"
    text = "Circles lie in the zone of possible agreement, crosses outside it."
    if len(group["map"][0]["share"]) > len(group["between"]):
        text += " Green: nobody who is not at the table loses; amber: some of them do; red: all of them do."
    return Figure(spec, visible(said.strip()), text=text, wide=True)


def _point(row: Row, between: Sequence[str], ends: Mapping[str, str]) -> dict[str, Any]:
    effects = row["effect"]
    others = [effect for actor, effect in effects.items() if actor not in between]
    lose = others.count("loses")
    kind = 0 if not others else 1 if not lose else 3 if lose == len(others) else 2
    mine = [effects[actor] for actor in between]
    one, other = between[:2]
    return {
        "name": visible(row["name"]), "x": row["share"][one], "y": row["share"][other],
        "zone": "loses" not in mine and "gains" in mine, "others": list(OUTSIDE)[kind],
        "end": ends.get(row["name"], ""),
    }  # fmt: skip


def _labels(group: Row) -> dict[str, str]:
    """Bundle -> the rules by which bargaining would end there, or so near that they would lie on each other."""
    one, other = group["between"][:2]
    size = {actor: max([abs(row["share"][actor]) for row in group["map"]]) or 1.0 for actor in (one, other)}
    found: dict[tuple[float, ...], tuple[str, list[str]]] = {}
    for rule, row in group["points"].items():
        if row is not None:
            place = tuple(round(row["share"][actor] / size[actor], 1) for actor in (one, other))
            found.setdefault(place, (row["name"], []))[1].append(words.spelled(rule))
    return {name: ", ".join(rules) for name, rules in found.values()}


def _ends_said(group: Row) -> str:
    """Where bargaining would end, for those who do not see the map."""
    told = [
        f"{words.spelled(rule)}: {row['name']} ("
        + ", ".join(f"{actor} {words.percent(row['share'][actor])}" for actor in group["between"][:2])
        + ")"
        for rule, row in group["points"].items()
        if row is not None
    ]
    return "; ".join(told) + "." if told else ""
