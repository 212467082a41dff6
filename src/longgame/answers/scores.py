"""How good the forecasts were, where the scenario says what became of them: beside simple guesses, and a crowd's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from longgame.answers import words
from longgame.answers.block import Answers, Block, Compared, Draws, Sources
from longgame.answers.parts import Cell, Part, Section, Table, lines
from longgame.inference.scores import brier, log_score
from longgame.queries.atoms import Atom, Chance, View
from longgame.queries.meaning import Present
from longgame.run.store import each_chunk
from longgame.run.study import Study
from longgame.run.weighing import Weighed, valid
from longgame.scenario import library
from longgame.scenario.outcomes import ResolvedForecast
from longgame.scenario.yaml_tree import compose, data_of

_OUTCOMES = re.compile(r"^outcomes:\n(?:[ #-].*\n|\n)*", re.MULTILINE)
OURS = ("over_draws", "model")  # the model's own, the better founded first
GUESSES: Mapping[str, str] = {
    "over_draws": "The model, over the draws",
    "model": "The model, at the given values",
    "coin": "A coin: one half",
    "status_quo": "Nothing changes",
    "base_rate": "Base rate of the library",
    "crowd": "The crowd",
}


@dataclass(frozen=True)
class ScoredRow:
    """One forecast of which it is known what happened.

    asked       the date at which it was made: after the last evidence
    model       the chance at the given values, ``over_draws`` over the draws, weighed by the evidence (null without)
    status_quo  the chance that the event holds already, when the forecast is made
    base_rate   the share of the outcomes of all other shipped scenarios that happened; null where there are none
    crowd       a crowd's; null where the scenario gives none
    note        why there is no forecast, where there is none
    """

    forecast: str
    by: str | int
    says: str
    happened: bool
    asked: str
    model: float | None
    over_draws: float | None
    status_quo: float | None
    base_rate: float | None
    crowd: float | None
    source: str
    note: str


@dataclass(frozen=True)
class GuessRow:
    """What one way of guessing scores, on average over the ``n`` forecasts that it made: lower is better.

    beside  the Brier score of the model (over the draws, where there are any) on the same forecasts
    """

    guess: str
    n: int
    brier: float
    log: float
    beside: float | None


@dataclass(frozen=True)
class ScoresRow:
    """All scored forecasts, what each way of guessing scores, and this in words; empty without outcomes."""

    outcomes: list[ScoredRow]
    guesses: list[GuessRow]
    says: str


# --- made -------------------------------------------------------------------------------------------------------------


def _asked(study: Study, outcome: ResolvedForecast) -> tuple[Chance, Present]:
    """The chance of its event by its date, and the chance that it holds already."""
    event = study.scenario.forecasts[outcome.forecast].event.tree
    return Chance(View("now"), study.scenario.clock.ended_by(outcome.by), event), Present(View("now"), event)


def _needs(study: Study) -> Iterable[Atom]:
    return [atom for outcome in study.scenario.outcomes for atom in _asked(study, outcome)]


def _row(sources: Sources) -> ScoresRow:
    study = sources.base.study
    outcomes = study.scenario.outcomes
    if not outcomes:
        return ScoresRow([], [], "")
    rate = base_rate(study.scenario.source.name or "")
    drawn = _over_draws(sources.draws) if sources.draws else {}
    asked = study.scenario.clock.label(int(sources.base.draw.case.path.now.t.max()))
    rows = []
    for outcome in outcomes:
        chance, present = _asked(study, outcome)
        model = _number(sources.base.found.values.get(chance))
        key = outcome.forecast, study.scenario.clock.end_label(chance.date)
        says = study.scenario.forecasts[outcome.forecast].says
        rows.append(
            ScoredRow(
                forecast=outcome.forecast,
                by=key[1],
                says=outcome.says or says,
                happened=outcome.came_true,
                asked=asked,
                model=model,
                over_draws=drawn.get(key) if model is not None else None,
                status_quo=_number(sources.base.found.values.get(present)),
                base_rate=rate,
                crowd=outcome.crowd,
                source=outcome.source,
                note="" if model is not None else sources.base.found.reasons.get(chance, "there is no forecast of it"),
            )
        )
    guesses = guess_rows([vars(row) for row in rows])
    return ScoresRow(rows, guesses, in_words([vars(guess) for guess in guesses]))


def _number(value: Any) -> float | None:
    return None if value is None or np.isnan(value) else float(value)


def _over_draws(draws: Draws) -> dict[tuple[str, str], float]:
    """The chance of each forecast by each date over the draws, weighed by the evidence."""
    axes = draws.store.plan.axes
    if draws.posterior is not None:
        arrays = draws.posterior.arrays
        parts = [(valid(arrays["status"]).astype(float), arrays["chance"])]
    else:
        weights = Weighed.of(draws.store).by_draw
        chunks = each_chunk(draws.store, "chance")
        parts = [(weights[chunk.start : chunk.stop], arrays["chance"]) for chunk, arrays in chunks]
    weight = np.concatenate([weight for weight, _ in parts]) if parts else np.zeros(0)
    none = np.zeros((0, len(axes.forecast), len(axes.end)))
    chance = np.concatenate([none, *(chance for _, chance in parts)])
    found = {}
    for f, name in enumerate(axes.forecast):
        for e, end in enumerate(axes.end):
            told = np.isfinite(chance[:, f, e])  # not all draws of a large run are played forward
            if weight[told].any():
                found[name, str(end)] = float(np.average(chance[told, f, e], weights=weight[told]))
    return found


@cache
def library_outcomes() -> dict[str, tuple[int, int]]:
    """Shipped scenario -> how many of how many of its outcomes happened; nothing else of it is read."""
    blocks = {name: _OUTCOMES.search(library.read(name)) for name in library.names()}
    told = {name: data_of(compose(block[0], name, []))["outcomes"] for name, block in blocks.items() if block}
    found = {name: [ResolvedForecast.model_validate(one).came_true for one in some] for name, some in told.items()}
    return {name: (sum(happened), len(happened)) for name, happened in found.items()}


def base_rate(apart_from: str) -> float | None:
    """The share of the outcomes of all shipped scenarios but one that happened; None where there are none."""
    others = [counts for name, counts in library_outcomes().items() if name != apart_from]
    happened, n = (sum(part) for part in zip(*others, strict=True)) if others else (0, 0)
    return happened / n if n else None


def guess_rows(rows: Sequence[Mapping[str, Any]]) -> list[GuessRow]:
    """What each way of guessing scores over scored forecasts; those without a forecast of the model do not count."""
    rows = [row for row in rows if row["model"] is not None]
    found = []
    for guess in GUESSES:
        made = [(guessed(row, guess), row) for row in rows]
        made = [(p, row) for p, row in made if p is not None]
        if made:
            chances, happened = [p for p, _ in made], [row["happened"] for _, row in made]
            own = [ours(row) for _, row in made]
            found.append(
                GuessRow(
                    guess,
                    len(made),
                    float(brier(chances, happened).mean()),
                    float(log_score(chances, happened).mean()),
                    None if guess in OURS else float(brier(own, happened).mean()),
                )
            )
    return found


def guessed(row: Mapping[str, Any], guess: str) -> float | None:
    """What one way of guessing gave a forecast; None where it made none."""
    return 0.5 if guess == "coin" else row[guess]


def ours(row: Mapping[str, Any]) -> float:
    """What the model gave a forecast: over the draws, or else at the given values."""
    return next(row[guess] for guess in OURS if row[guess] is not None)


# --- in words ---------------------------------------------------------------------------------------------------------


def in_words(guesses: Sequence[Mapping[str, Any]]) -> str:
    """How the model did beside the simple guesses, in a sentence or two."""
    known = {row["guess"]: row for row in guesses}
    own = next((known[guess] for guess in OURS if guess in known), None)
    if own is None:
        return ""
    count = words.count(own["n"], "forecast")
    said = f"Of {count} with a known outcome the Brier score is {own['brier']:.3f} (0 is perfect)"
    others = {guess: row for guess, row in known.items() if guess not in OURS}
    better = [_beside(guess, row, own) for guess, row in others.items() if row["beside"] < row["brier"]]
    worse = [_beside(guess, row, own) for guess, row in others.items() if row["beside"] >= row["brier"]]
    parts = []
    if better:
        parts.append(f"better than {words.listed(better)}")
    if worse:
        parts.append(f"{'but ' if better else ''}no better than {words.listed(worse)}")
    return f"{said}: {', '.join(parts)}."


_HEADINGS = {
    "over_draws": "Draws",
    "model": "Model",
    "status_quo": "No change",
    "base_rate": "Base rate",
    "crowd": "Crowd",
}
_SHORT = {
    "coin": "a coin",
    "status_quo": "the guess that nothing changes",
    "base_rate": "the base rate of the library",
    "crowd": "the crowd",
}


def _beside(guess: str, row: Mapping[str, Any], own: Mapping[str, Any]) -> str:
    if row["n"] == own["n"]:
        return f"{_SHORT[guess]} ({row['brier']:.3f})"
    return f"{_SHORT[guess]} (where there is one: {row['brier']:.3f} against {row['beside']:.3f})"


def _headline(answers: Answers) -> list[Part]:
    row = answers["scores"]
    simple = [guess for guess in row["guesses"] if guess["guess"] in ("coin", "status_quo")]
    ahead = all(guess["beside"] < guess["brier"] for guess in simple)
    return lines([row["says"]], "plain" if ahead else "warning")


def outcome_table(rows: Sequence[Mapping[str, Any]], title: str) -> Table:
    """Forecasts with what happened, and what each way of guessing gave them."""
    guesses = [guess for guess in GUESSES if guess != "coin" and any(row[guess] is not None for row in rows)]
    headings = [_HEADINGS[guess] for guess in guesses]
    cells = [
        (
            Cell(row["forecast"], page=row["says"] or words.spelled(row["forecast"])),
            words.day(row["by"]),
            "yes" if row["happened"] else "no",
            *(words.percent(row[guess]) if row[guess] is not None else "" for guess in guesses),
            f"{brier(ours(row), row['happened']):.3f}" if row["model"] is not None else "",
        )
        for row in rows
    ]
    columns = ("Forecast", "By", "Happened", *headings, "Brier")
    return Table(columns, cells, title=title, numbers=(*headings, "Brier"), keys=2)


def guess_table(guesses: Sequence[Mapping[str, Any]]) -> Table:
    """What each way of guessing scores."""
    cells = [
        (
            GUESSES.get(row["guess"], row["guess"]),
            str(row["n"]),
            f"{row['brier']:.3f}",
            f"{row['log']:.3f}",
            "" if row["beside"] is None else f"{row['beside']:.3f}",
        )
        for row in guesses
    ]
    numbers = ("Forecasts", "Brier", "Log", "Model's Brier on them")
    return Table(("Guess", *numbers), cells, title="Mean scores: lower is better", numbers=numbers)


def _table(answers: Answers) -> list[Part]:
    row = answers["scores"]
    return shown_parts(row) if row["outcomes"] else []


def shown_parts(row: Mapping[str, Any]) -> list[Part]:
    """The scored forecasts, what each way of guessing scores, and why some have none."""
    asked = list(dict.fromkeys(one["asked"] for one in row["outcomes"]))
    title = f"Forecasts as of {', '.join(map(words.day, asked))}, and what happened"
    notes = [f"{one['forecast']} by {words.day(one['by'])}: {one['note']}." for one in row["outcomes"] if one["note"]]
    guesses = [guess_table(row["guesses"])] if row["guesses"] else []
    return [outcome_table(row["outcomes"], title), *lines(notes, "aside"), *guesses]


INTRO = (
    "What became of the forecasts. Outcomes never touch a solution: they are looked at only when all else is done. The"
    " Brier score is the squared distance of a probability from what happened (0 is perfect, a coin gets 0.25); the log"
    " score punishes certainty that was wrong. “Nothing changes” forecasts that what holds goes on holding."
)


def _section(answers: Answers) -> Section | None:
    row = answers["scores"]
    if not row["outcomes"]:
        return None
    return Section("scores", "Forecasts and what happened", INTRO, [*lines([row["says"]]), *shown_parts(row)])


def _compared(answers: Answers) -> Compared:
    for guess in answers["scores"]["guesses"]:
        if guess["guess"] in OURS:
            yield ("scores", f"Brier score, {GUESSES[guess['guess']].lower()}"), guess["brier"]


SCORES = Block(
    "scores", _row, _needs, table=_table, section=_section, compared=_compared, headline=_headline, beside="forecasts"
)
