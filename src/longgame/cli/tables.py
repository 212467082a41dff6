"""Answers as tables on a terminal, each a function of the answers' own layout (docs/answers.md).

Plain rules and no colour carry the meaning, so that a table says the same on a terminal, in a pipe and read aloud.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from rich.console import RenderableType
from rich.table import Table

from longgame.cli.grid import note as _note
from longgame.cli.grid import show as show
from longgame.cli.grid import table as _table
from longgame.report import words
from longgame.scenario.library import GROUPS

HEADINGS = {
    "assessments": "Assessments",
    "teaching": "Small scenarios that teach",
    "textbooks": "Textbook models, with known answers",
}


def scenarios(rows: Sequence[Mapping[str, str]]) -> list[Table]:
    """The shipped scenarios, a table for each group."""
    width = max(len(row["name"]) for row in rows)
    groups = [(group, [row for row in rows if row["group"] == group]) for group in GROUPS]
    return [
        _table(("scenario", "title"), ((row["name"].ljust(width), row["title"]) for row in some), title=HEADINGS[group])
        for group, some in groups
        if some
    ]


def claims(answers: Mapping[str, Any]) -> list[RenderableType]:
    """Every claim with its verdict, margin and share of draws, and a line that adds them up."""
    ensemble = answers["ensemble"]
    rows = [
        (
            claim["id"],
            words.verdict(claim) + (", built in" if claim["built_in"] else ""),
            words.number(claim["margin"], signed=True),
            words.percent(claim["share"]),
            claim["says"],
        )
        for claim in answers["claims"]
    ]
    if not rows:
        return [_note("The scenario makes no claims.")]
    lines = [words.tally(answers["claims"])]
    if ensemble["valid"]:
        lines.append(
            f"Shares are of {words.count(ensemble['valid'], 'draw')} of the assumptions; weighed by the evidence they "
            f"count as {ensemble['effective_sample_size']:.0f}. Built in: holds in every one of at least 59."
        )
    lines += [ensemble["posterior"]["says"]] if ensemble["posterior"] else []
    lines += ensemble["warnings"]
    if left_out := ensemble["draws"] - ensemble["valid"]:
        lines.append(f"{left_out} of {ensemble['draws']} draws have no answers and are left out.")
    for aside in ensemble["set_aside"]:
        lines.append(f"Draws {aside['first']} to {aside['last']} were set aside. {aside['reason']}")
    return [
        _table(("claim", "verdict", "margin", "share", "says"), rows, numbers=("margin", "share")),
        *(_note(line) for line in lines),
    ]


def beliefs(answers: Mapping[str, Any]) -> list[RenderableType]:
    """The belief in each world before the evidence and after each piece, and how much each piece says."""
    rows = answers["beliefs"]
    worlds = list(rows[0]["posterior"])
    belief = _table(
        ("on", "after", *worlds),
        (
            (
                words.day(row["on"]) if row["evidence"] else "",
                (row["says"] or row["evidence"]) if row["evidence"] else "before any evidence",
                *(words.percent(row["posterior"][world]) for world in worlds),
            )
            for row in rows
        ),
        numbers=worlds,
        title="Belief in each world",
    )
    seen = rows[1:]
    if not seen:
        return [belief]
    pairs = [(hidden, pair) for hidden, factors in seen[0]["bayes_factors"].items() for pair in factors]
    headings = [f"{hidden}: {pair.replace(':', ' against ')}" for hidden, pair in pairs]
    factors = _table(
        ("evidence", *headings),
        (
            (row["evidence"], *(words.times(row["bayes_factors"][hidden].get(pair)) for hidden, pair in pairs))
            for row in seen
        ),
        numbers=headings,
        title="Bayes factors: how many times as likely under the first as under the second",
    )
    return [belief, factors] if pairs else [belief]


def ledger(answers: Mapping[str, Any]) -> list[RenderableType]:
    """What each actor gained or lost by each observed move, as a share of its stake."""
    rows = answers["ledger"]
    if not rows:
        return [_note("The scenario has no evidence, so there is nothing in the ledger.")]
    actors = list(rows[0]["shares"])
    return [
        _table(
            ("on", "observed", "by", *actors),
            (
                (
                    words.day(row["on"]), row["evidence"], row["by"] or "",
                    *(words.percent(row["shares"][actor], signed=True) for actor in actors),
                )
                for row in rows
            ),
            numbers=actors,
            title="Gains and losses, as shares of each actor's stake",
        )
    ]  # fmt: skip


def forecasts(answers: Mapping[str, Any]) -> list[RenderableType]:
    """The chance of each event by each date, with the standard error of the simulation."""
    rows = answers["forecasts"]
    if not rows:
        return [_note("The scenario names no forecasts.")]
    names = [row["name"] for row in rows]
    dates = [point["date"] for point in rows[0]["by"]]
    if not dates:
        return [_note("There is no date left to forecast.")]
    return [
        _table(
            ("by", *names),
            (
                (words.day(date), *(_with_error(row["by"][index]) for row in rows))
                for index, date in enumerate(dates)
            ),
            numbers=names,
            title="Chance that it has happened by the date, and its standard error",
        )
    ]  # fmt: skip


def deals(answers: Mapping[str, Any]) -> list[RenderableType]:
    """What each named deal is worth to each actor, who accepts it, and where bargaining would end."""
    rows = answers["deals"]
    if not rows:
        return [_note("The scenario names no deals.")]
    actors = list(rows[0]["share"])
    table = _table(
        ("deal", *actors, "accepted by", "efficient"),
        (
            (
                row["name"], *(words.percent(row["share"][actor], signed=True) for actor in actors),
                ", ".join(actor for actor, accepts in row["accepts"].items() if accepts) or "nobody",
                "yes" if row["pareto"] else "no",
            )
            for row in rows
        ),
        numbers=actors,
        title="Worth of each deal, as a share of each actor's stake",
    )  # fmt: skip
    return [table, *(_note(_bargain(row, len(rows))) for row in answers["bargaining"])]


def answer(found: Mapping[str, Any]) -> list[RenderableType]:
    """The answer to one question, on a line, and what must be said with it."""
    value, holds, margin = found["value"], found["holds"], found["margin"]
    if found["kind"] == "truth":
        verdict = {True: "true", False: "false", None: "no answer"}[holds]
        line = verdict if margin is None else f"{verdict}, by a margin of {words.number(margin, signed=True)}"
    elif value is None:
        line = "no answer"
    elif found["kind"] in ("probability", "share of stake"):
        line = f"{words.number(value)} ({found['kind']}, {words.percent(value, signed=found['kind'] != 'probability')})"
    else:
        line = f"{words.number(value)} ({found['kind']})"
    return [_note(line), *(_note(more) for more in [found["note"]] if more)]


def equilibrium(answers: Mapping[str, Any]) -> list[RenderableType]:
    """The logit equilibrium of an extensive game, by information set; and the branch that leads to it."""
    sets = answers["information_sets"]
    rows = (
        (row["player"], f"{row['number']} {row['label']}".strip(), action, f"{probability:.10f}")
        for row in sets
        for action, probability in row["probabilities"].items()
    )
    table = _table(("player", "information set", "action", "probability"), rows, numbers=("probability",))
    parts: list[RenderableType] = [table]
    if "branch" in answers:
        names = [(row, action) for row in range(len(sets)) for action in sets[row]["probabilities"]]
        headings = ["lambda", *(f"{action} ({sets[row]['number']})" for row, action in names[:6])]
        points = (
            [
                f"{point['lambda']:.4f}",
                *(f"{point['information_sets'][row]['probabilities'][action]:.4f}" for row, action in names[:6]),
            ]
            for point in answers["branch"]
        )
        parts.append(_table(headings, points, numbers=headings, title="The principal branch"))
        if len(names) > 6:
            parts.append(_note("All information sets are in the answers of --json."))
    turns = ", ".join(f"{turn:.4g}" for turn in answers["turns"])
    lines = [f"lambda = {answers['lambda']:g}, residual {answers['residual']:.1e}. {answers['status']}"]
    lines += [f"Turning points at lambda = {turns}."] if turns else []
    return [*parts, *(_note(line) for line in lines)]


def by_history(answers: Mapping[str, Any], least: float) -> list[RenderableType]:
    """The equilibrium at every public history: a table for each move of a period, a line for what its mover knows."""
    parts: list[RenderableType] = []
    for (period, step, by), rows in groupby(answers["rows"], key=lambda row: (row["period"], row["step"], row["by"])):
        here = list(rows)
        options = list(dict.fromkeys(option for row in here for cell in row["cells"] for option in cell["choice"]))
        worlds = list(here[0]["belief"]) if len(here[0]["belief"]) > 1 else []
        secret = any(cell["knows"] for row in here for cell in row["cells"])
        numbers = ("reach", *(f"P({world})" for world in worlds), *options, "worth")
        lines = (
            (
                row["history"] if first else "",
                _chance(row["reach"]) if first else "",
                *((_chance(p) if first else "") for p in row["belief"].values() if worlds),
                *((cell["knows"],) if secret else ()),
                *(_chance(cell["choice"].get(option)) for option in options),
                words.number(cell["worth"]),
            )
            for row in here
            for first, cell in zip((True, *(False for _ in row["cells"])), row["cells"], strict=False)
        )
        headings = ("seen", *numbers[: 1 + len(worlds)], *(("knows",) if secret else ()), *options, "worth")
        parts.append(_table(headings, lines, numbers=numbers, title=f"Period {period}: {step}, by {by}"))
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
    return [*parts, *(_note(line) for line in notes)]


def verification(found: Mapping[str, Any], claims: Sequence[Mapping[str, Any]] = ()) -> list[RenderableType]:
    """How far the lattice is from the exact equilibrium, and from a finer lattice; what that does to ``claims``."""
    columns = ("choice, largest", "choice, mean", "worth, largest", "worth, mean")
    rows = [
        (what, *(words.magnitude(row[key]) for key in ("choice", "choice_mean", "worth", "worth_mean")))
        for what, row in words.comparisons(found)
    ]
    lines = [*words.verified(found), words.on_finer_lattice(claims)]
    return [_table(("differences", *columns), rows, numbers=columns), *(_note(line) for line in lines if line)]


def checked(actors: Sequence[Mapping[str, Any]], size: Mapping[str, Any]) -> list[RenderableType]:
    """What ``check`` says of a sound scenario: how well each actor chooses, and how large the game is."""
    return [
        _table(
            ("actor", "choice", "discount"),
            (
                (row["name"], words.sentence(row["rationality_in_words"]), words.given(row["discount"]))
                for row in actors
            ),
            numbers=("discount",),
        ),
        _note(
            f"{words.count(size['actors'], 'actor')}, {words.count(size['worlds'], 'world')}, "
            f"{words.count(size['states'], 'reachable state')}, {words.count(size['periods'], 'period')} of "
            f"{words.count(size['steps'], 'step')}, and a lattice of "
            f"{words.count(size['lattice_points'], 'public belief')}."
        ),
    ]


def _bargain(row: Mapping[str, Any], deals: int) -> str:
    return f"Between {words.listed(row['between'])}: {words.bargain(row, deals)}"


def _chance(probability: float | None) -> str:
    """A probability to four decimals that never rounds 'almost never' to 'never' or 'almost always' to 'always'."""
    if probability is None:
        return words.NOTHING
    if 0 < probability < 5e-5:
        return words.magnitude(probability) if probability >= 1e-9 else "under 1e-09"
    return "over 0.9999" if 1 - 5e-5 <= probability < 1 - 1e-12 else f"{probability:.4f}"


def _with_error(point: Mapping[str, Any]) -> str:
    error = point["standard_error"]
    return words.percent(point["probability"]) + (f" (se {100 * error:.1f})" if error else "")
