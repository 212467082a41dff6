"""What a claim rests on, as tables on a terminal (the layouts are those of docs/assumptions.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from longgame.cli.grid import note, table
from longgame.report import words

MOST_ROWS = 12  # assumptions on a screen; all are in --json


def rests_on(found: Mapping[str, Any]) -> list[RenderableType]:
    """One claim: verdict and shares, the assumptions that move it, where it turns."""
    parts: list[RenderableType] = [Text(f"{found['id']}: {found['says']}"), note(_verdict(found))]
    if found["effects"]:
        parts.append(_effects(found["effects"]))
        if left_out := len(found["effects"]) - MOST_ROWS:
            parts += [note(f"{words.count(left_out, 'more assumption')} in --json.")] if left_out > 0 else []
    if any(row["margin"] and row["margin"]["matters"] for row in found["effects"]):
        parts.append(note("* more than chance would make it; an index of 1 would decide everything, one of 0 nothing."))
    boxes = [words.sentence(box["says"]) for box in found["boxes"]]
    turns = found["turns"]
    lines = [
        *(f"It {box[0].lower()}{box[1:]}" for box in boxes),
        *_counterexamples(turns),
        turns["note"],
        *found["notes"],
        *((found["shares"] or {}).get("warnings", [])),
    ]
    return [*parts, *(note(line) for line in lines if line)]


def _verdict(found: Mapping[str, Any]) -> str:
    built_in = ", built in" if found["built_in"] else ""
    verdict = f"{words.verdict(found).capitalize()}{built_in}"
    said = f"{verdict}, margin {words.number(found['margin'], signed=True)}."
    if not found["shares"]:
        return said
    plain, weighted, ensemble = found["shares"]["plain"], found["shares"]["weighted"], found["ensemble"]
    return (
        f"{said} Holds in {_share(plain)} of {words.count(ensemble['valid'], 'draw')}; weighed by the evidence in "
        f"{_share(weighted)}, which counts as {ensemble['effective_sample_size']:.0f} draws."
    )


def _share(row: Mapping[str, Any]) -> str:
    return f"{words.percent(row['share'])} ({words.percent(row['low'])} to {words.percent(row['high'])})"


def _effects(effects: list[Mapping[str, Any]]) -> RenderableType:
    columns = ("value", "from", "to", "slope", "rank", "index", "truth")
    rows = (
        (
            row["assumption"],
            words.given(row["value"]),
            words.given(row["low"]),
            words.given(row["high"]),
            words.number(row["slope"], signed=True),
            _rank(row["margin"]),
            _index(row["margin"]),
            _index(row["truth"]),
        )
        for row in effects[:MOST_ROWS]
    )
    title = "The slope of the margin at the base case; how much margin and verdict rest on each assumption (PAWN)"
    return table(("assumption", *columns), rows, numbers=columns, title=title)


def _rank(measure: Mapping[str, Any] | None) -> str:
    if measure is None:
        return ""
    low, high = measure["rank_low"], measure["rank_high"]
    return f"{measure['rank']}" if low == high else f"{measure['rank']} ({low}-{high})"


def _index(measure: Mapping[str, Any] | None) -> str:
    if measure is None:
        return ""
    mark = "*" if measure["matters"] else " "
    return f"{measure['pawn']:.2f} ({measure['pawn_low']:.2f}-{measure['pawn_high']:.2f}){mark}"


def _counterexamples(turns: Mapping[str, Any]) -> list[str]:
    nearest, sparsest = turns["nearest"], turns["sparsest"]
    if nearest is None:
        return []
    lines = [f"The nearest case in which it turns: {_case(nearest)}"]
    if sparsest is not None and sparsest["values"].keys() != nearest["values"].keys():
        lines.append(f"The one with the fewest changes: {_case(sparsest)}")
    return lines


def _case(row: Mapping[str, Any]) -> str:
    if row["confirmed"]:
        return f"{row['says']} (solved there: margin {words.number(row['margin'], signed=True)})."
    return f"{row['says']} (not confirmed: solved from nothing, it does not turn there. {row['status']})"
