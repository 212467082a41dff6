"""What the commands show that is no block of the answers: the shipped scenarios, and equilibria of the exact method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from longgame.answers import words
from longgame.answers.parts import Line, Part, Table, lines
from longgame.scenario.library import GROUPS

HEADINGS = {
    "assessments": "Assessments",
    "cases": "Cases with hindsight, scored by what happened",
    "teaching": "Small scenarios that teach",
    "textbooks": "Textbook models, with known answers",
}


def scenarios(rows: Sequence[Mapping[str, str]]) -> list[Part]:
    """The shipped scenarios, a table for each group."""
    width = max(len(row["name"]) for row in rows)
    groups = [(group, [row for row in rows if row["group"] == group]) for group in GROUPS]
    return [
        Table(("Scenario".ljust(width), "Title"), [(row["name"], row["title"]) for row in some], title=HEADINGS[group])
        for group, some in groups
        if some
    ]


def patterns(rows: Sequence[Mapping[str, str]]) -> list[Part]:
    """The patterns to start from, with what they answer and when they fit."""
    told = [(row["name"], row["answers"], row["fits"]) for row in rows]
    return [Table(("Pattern", "Answers", "Fits"), told, keys=1)]


def equilibrium(answers: Mapping[str, Any]) -> list[Part]:
    """The logit equilibrium of an extensive game, by information set; and the branch that leads to it."""
    sets = answers["information_sets"]
    rows = [
        (row["player"], f"{row['number']} {row['label']}".strip(), action, f"{probability:.10f}")
        for row in sets
        for action, probability in row["probabilities"].items()
    ]
    headings = ("Player", "Information set", "Action", "Probability")
    parts: list[Part] = [Table(headings, rows, numbers=("Probability",), keys=3)]
    if "branch" in answers:
        names = [(row, action) for row in range(len(sets)) for action in sets[row]["probabilities"]]
        headings = ["lambda", *(f"{action} ({sets[row]['number']})" for row, action in names[:6])]
        points = [
            [
                f"{point['lambda']:.4f}",
                *(f"{point['information_sets'][row]['probabilities'][action]:.4f}" for row, action in names[:6]),
            ]
            for point in answers["branch"]
        ]
        parts.append(Table(headings, points, title="The principal branch", numbers=headings))
        if len(names) > 6:
            parts.append(Line("All information sets are in the answers of --json."))
    turns = ", ".join(f"{turn:.4g}" for turn in answers["turns"])
    crossings = ", ".join(f"{crossing:.4g}" for crossing in answers["crossings"])
    said = f"lambda = {answers['lambda']:g}, residual {answers['residual']:.1e}. {answers['status']}"
    turned = f"Turning points at lambda = {turns}." if turns else ""
    return [*parts, *lines([said, turned, f"Crossings at lambda = {crossings}." if crossings else ""])]


def by_history(answers: Mapping[str, Any], least: float) -> list[Part]:
    """The equilibrium at every public history: a table for each move of a period, a line for what its mover knows."""
    parts: list[Part] = []
    for (period, step, by), rows in groupby(answers["rows"], key=lambda row: (row["period"], row["step"], row["by"])):
        here = list(rows)
        options = list(dict.fromkeys(option for row in here for cell in row["cells"] for option in cell["choice"]))
        worlds = list(here[0]["belief"]) if len(here[0]["belief"]) > 1 else []
        secret = any(cell["knows"] for row in here for cell in row["cells"])
        numbers = ("reach", *(f"P({world})" for world in worlds), *options, "worth")
        told = [
            (
                row["history"] if first else "",
                *((cell["knows"],) if secret else ()),
                _chance(row["reach"]) if first else "",
                *((_chance(p) if first else "") for p in row["belief"].values() if worlds),
                *(_chance(cell["choice"].get(option)) for option in options),
                words.number(cell["worth"]),
            )
            for row in here
            for first, cell in zip((True, *(False for _ in row["cells"])), row["cells"], strict=False)
        ]
        headings = ("seen", *(("knows",) if secret else ()), *numbers)
        title = f"Period {period}: {step}, by {by}"
        parts.append(Table(headings, told, title=title, numbers=numbers, keys=2 if secret else 1))
    start = ", ".join(f"{actor} {words.number(worth)}" for actor, worth in answers["worth"].items())
    notes = [
        f"Expected at the start: {start}.",
        f"{words.count(answers['histories'], 'public history', 'public histories')} at which somebody chooses, "
        f"{words.count(answers['nodes'], 'node')}; residual {answers['residual']:.1e}. {answers['status']}",
        "seen: what everybody has seen so far; reach: how likely play comes there; P: what the public believes then; "
        "worth: what the mover can expect from there on, in payoffs of that period.",
    ]
    if answers["left_out"]:
        notes.append(
            f"Left out: {words.count(answers['left_out'], 'history', 'histories')} that play reaches with a "
            f"probability below {least:g}; --reach 0 shows all."
        )
    return [*parts, *lines(notes), *(_others(answers) if "others" in answers else [])]


def _others(answers: Mapping[str, Any]) -> list[Part]:
    """Further equilibria: what each actor can expect in them, and the choices that differ."""
    from longgame.answers.others import expected

    every = [answers, *answers["others"]]
    parts, names, said = expected(every, answers["starts"])
    if not names:
        return parts
    chosen: dict[tuple[str, str, str, str], list[float | None]] = {}
    for index, one in enumerate(every):
        for row in one["rows"]:
            for cell in row["cells"]:
                for option, p in cell["choice"].items():
                    where = f"{row['step']}, {row['period']}", row["history"], cell["knows"], option
                    chosen.setdefault(where, [None] * len(every))[index] = p
    differ = {
        where: found
        for where, found in chosen.items()
        if None not in found and max(p for p in found if p is not None) - min(p for p in found if p is not None) > 0.005
    }
    told = [(*where, *map(_chance, found)) for where, found in differ.items()]
    title = "Choices that differ, at the histories that are shown in all of them"
    differing = Table(("move, period", "seen", "knows", "option", *names), told, title=title, numbers=names, keys=4)
    return [*parts, differing, Line(said)]


def _chance(probability: float | None) -> str:
    """A probability to four decimals that never rounds 'almost never' to 'never' or 'almost always' to 'always'."""
    if probability is None:
        return words.NOTHING
    if 0 < probability < 5e-5:
        return words.magnitude(probability) if probability >= 1e-9 else "under 1e-09"
    return "over 0.9999" if 1 - 5e-5 <= probability < 1 - 1e-12 else f"{probability:.4f}"
