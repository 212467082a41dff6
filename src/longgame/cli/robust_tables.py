"""What a claim rests on, as tables on a terminal (the layouts are those of docs/assumptions.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import RenderableType

from longgame.cli.grid import note, table
from longgame.report import words

MOST_ROWS = 12  # assumptions on a screen; all are in --json


def rests_on(found: Mapping[str, Any]) -> list[RenderableType]:
    """One claim: verdict and shares, the assumptions that move it, where it turns."""
    parts: list[RenderableType] = [note(f"{found['id']}: {found['says']}"), note(_verdict(found))]
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
    title = "Slope of the margin at the base case; how far margin and truth rest on each (PAWN)"
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


# --- side by side -----------------------------------------------------------------------------------------------------

MOST_CHANGES = 30  # answers on a screen; all are in --json


def comparison(found: Mapping[str, Any]) -> list[RenderableType]:
    """Two assessments: the assumptions and claims on both sides, then the other answers that changed."""
    parts: list[RenderableType] = []
    if found["a"]["name"] != found["b"]["name"] or not found["assumptions"]:
        parts.append(note(f"A: {found['a']['title']}\nB: {found['b']['title']}"))
    if found["assumptions"]:
        rows = ((row["name"], words.given(row["a"]), words.given(row["b"])) for row in found["assumptions"])
        parts.append(table(("assumption", "A", "B"), rows, numbers=("A", "B"), title="Assumptions that differ"))
    claims = found["claims"]
    if claims:
        columns = ("margin A", "margin B", "share A", "share B", "turned in")
        title = "Claims, and whether they follow; those that turned first"
        parts.append(table(("claim", "A", "B", *columns), map(_claim, claims), numbers=columns, title=title))
        turned = sum(bool(row["turned"]) for row in claims)
        parts.append(note(f"{words.count(turned, 'claim')} of {len(claims)} turned at the given values."))
    changed = [row for row in found["answers"] if _differs(row)]
    if changed:
        largest = _largest(changed)
        rows = ((row["block"], row["what"], _answer(row["a"]), _answer(row["b"]), _by(row)) for row in largest)
        columns = ("A", "B", "change")
        parts.append(table(("answer", "of", *columns), rows, numbers=columns, title="Other answers that changed"))
    kept = len(found["answers"]) - len(changed)
    lines = [f"{words.count(kept, 'other answer')} stayed as they were." if kept else ""]
    if left_out := len(changed) - len(_largest(changed)):
        lines.append(f"{words.count(left_out, 'more change')} in --json.")
    if found["draws"]:
        lines.append(f"Shares are of {words.count(found['draws'], 'draw')}, seed {found['seed']}.")
    return [*parts, *(note(line) for line in [*lines, found["note"]] if line)]


def _claim(row: Mapping[str, Any]) -> tuple[str, ...]:
    a, b, draws = row["a"], row["b"], row["in_draws"]
    return (
        row["id"],
        _holds(a),
        _holds(b),
        words.number(a["margin"], signed=True) if a else "",
        words.number(b["margin"], signed=True) if b else "",
        words.percent(a["share"]) if a else "",
        words.percent(b["share"]) if b else "",
        words.percent(draws["only_a"] + draws["only_b"]) if draws else "",
    )


def _holds(row: Mapping[str, Any] | None) -> str:
    return "not there" if row is None else {True: "yes", False: "no", None: "no answer"}[row["holds"]]


def _differs(row: Mapping[str, Any]) -> bool:
    """Whether an answer is another one on the other side, so far that its digits show it."""
    if row["change"] is None:
        return row["a"] != row["b"]
    return abs(row["change"]) > 1e-6 * max(abs(row["a"]), abs(row["b"]))


def _largest(rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Block by block, the rows that changed most; at most so many that they fit a screen."""
    blocks = list(dict.fromkeys(row["block"] for row in rows))
    each = max(2, MOST_CHANGES // max(len(blocks), 1))
    kept: list[Mapping[str, Any]] = []
    for block in blocks:
        here = [row for row in rows if row["block"] == block]
        kept += sorted(here, key=lambda row: -abs(row["change"]) if row["change"] is not None else -1e300)[:each]
    return kept


def _answer(value: float | str | None) -> str:
    return value if isinstance(value, str) else words.number(value)


def _by(row: Mapping[str, Any]) -> str:
    return "" if row["change"] is None else words.number(row["change"], signed=True)


# --- postures ---------------------------------------------------------------------------------------------------------


def postures(answers: Mapping[str, Any]) -> list[RenderableType]:
    """For each actor with postures: posture by world, which one each rule picks, and the same over the draws."""
    if not answers["postures"]:
        return [note("The scenario names no postures.")]
    parts = [part for row in answers["postures"] for part in (*_at_base(row), *_over_draws(row))]
    return [*parts, *(note(line) for line in answers["ensemble"]["warnings"])]


def _at_base(actor: Mapping[str, Any]) -> list[RenderableType]:
    worlds = list(actor["rows"][0]["worlds"])
    numbers = (*worlds, "expected", "worst", "regret")
    rows = (
        (
            row["posture"],
            *(words.number(row["worlds"][world]) for world in worlds),
            *(words.number(row[key]) for key in ("expected", "worst", "worst_regret")),
        )
        for row in actor["rows"]
    )
    best = actor["best"]
    learned = [f"{row['about']} {words.number(row['value'])}" for row in actor["information"]]
    lines = [
        f"Best by expected value: {best['expected']}; by the worst case: {best['maximin']}; "
        f"by the least regret: {best['regret']}.",
        f"To know the world first would be worth {words.number(actor['perfect_information'])}.",
        f"To learn by itself: {'; '.join(learned)}." if learned else "",
        *(words.turning(row) for row in actor["turning"] if row["belief"] is not None),
    ]
    return [
        table(("posture", *numbers), rows, numbers=numbers, title=f"Postures of {actor['actor']}"),
        *(note(line) for line in lines if line),
    ]


def _over_draws(actor: Mapping[str, Any]) -> list[RenderableType]:
    robust = actor["over_draws"]
    if robust is None:
        return []
    numbers = ("expected", "worst", "regret", "mean regret", "enough")
    rows = (
        (
            row["posture"],
            *(words.number(row[key]) for key in ("expected", "worst", "worst_regret", "mean_regret")),
            words.percent(row["satisficing"]),
            ", ".join(row["dominated_by"]) or "none",
        )
        for row in robust["rows"]
    )
    draws = words.count(robust["draws"], "draw")
    title = f"Postures of {actor['actor']} over worlds and {draws}, weighed by the evidence"
    best = robust["best"]
    lines = [
        f"Enough: the part of worlds and draws in which it brings at least {robust['threshold']}. Best by expected"
        f" value: {best['expected']}; by the worst case: {best['maximin']}; by the least regret: {best['regret']}; by"
        f" what is enough: {best['satisficing']}.",
        *(_learned(row) for row in robust["information"]),
        f"To know the world and all assumptions would be worth {words.number(robust['certainty'])}.",
        _worth(robust["assumptions"]),
        *(words.turning_spread(row) for row in robust["turning"] if row["high"]),
    ]
    curves = [_curve(row) for row in robust["turning"] if row["over"] and row["high"]]
    parts = [table(("posture", *numbers, "dominated by"), rows, numbers=numbers, title=title)]
    return [*parts, *(note(line) for line in lines if line), *curves]


def _learned(row: Mapping[str, Any]) -> str:
    mean, low, high, undecided = (words.number(row[key]) for key in ("mean", "low", "high", "undecided"))
    return (
        f"To learn {row['about']} would be worth {mean} on average over the draws ({low} to {high}), and {undecided} to"
        " somebody who doubts the assumptions as well."
    )


def _worth(assumptions: Mapping[str, float]) -> str:
    listed = [f"{name} {words.number(value)}" for name, value in list(assumptions.items())[:5]]
    return f"To learn an assumption before choosing would be worth: {'; '.join(listed)}." if listed else ""


def _curve(row: Mapping[str, Any]) -> RenderableType:
    over = row["over"]
    columns = (over["assumption"], "5 %", "median", "95 %", "draws")
    bins = zip(*(over[key] for key in ("at", "low", "middle", "high", "draws")), strict=True)
    rows = (
        (words.number(at), words.percent(low), words.percent(middle), words.percent(high), str(draws))
        for at, low, middle, high, draws in bins
    )
    title = f"Least belief in {row['condition']} at which {row['posture']} is best, over {over['assumption']}"
    return table(columns, rows, numbers=columns, title=title)
