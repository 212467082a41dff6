"""When public events are to be expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from longgame.answers import figures, words
from longgame.answers.block import Answers, Block, Compared, Sources
from longgame.answers.parts import Folded, Line, Part, Section, Table, points
from longgame.queries.forecast import simulate


@dataclass(frozen=True)
class ForecastPoint:
    """The probability that an event has happened by the end of a date, with which a period ends."""

    date: str | int
    probability: float
    standard_error: float


@dataclass(frozen=True)
class ForecastRow:
    """A public event and when it is to be expected."""

    name: str
    says: str
    by: list[ForecastPoint]


def _rows(sources: Sources) -> list[ForecastRow]:
    study, draw = sources.base.study, sources.base.draw
    forecasts = study.scenario.forecasts
    if not forecasts:
        return []
    events = {name: study.game.event(forecast.event.tree)(draw.theta) for name, forecast in forecasts.items()}
    simulated = simulate(draw.case, events, seed=sources.seed)
    dates = [study.scenario.clock.end_label(int(t)) for t in simulated.periods]
    return [
        ForecastRow(
            name,
            forecast.says,
            [
                ForecastPoint(date, float(p), float(error))
                for date, p, error in zip(dates, simulated.by[name], simulated.by_error[name], strict=True)
            ],
        )
        for name, forecast in forecasts.items()
    ]


def _table(answers: Answers) -> list[Part]:
    rows = answers["forecasts"]
    if not rows:
        return [Line("The scenario names no forecasts.")]
    if not rows[0]["by"]:
        return [Line("There is no date left to forecast.")]
    names = [row["name"] for row in rows]
    lines = [
        (words.day(point["date"]), *(_with_error(row["by"][index]) for row in rows))
        for index, point in enumerate(rows[0]["by"])
    ]
    title = "Chance that it has happened by the date, and its standard error"
    return [Table(("By", *names), lines, title=title, numbers=names)]


def _with_error(point: Mapping[str, Any]) -> str:
    error = point["standard_error"]
    return words.percent(point["probability"]) + (f" (se {100 * error:.1f})" if error else "")


INTRO = "The chance that something public will have happened by the end of each date, from here on."
OVER_DRAWS = (
    " The line is of the given values. The band is of your doubts: nine tenths of the draws lie in it. It narrows with"
    " the ranges of the assumptions."
)
ALONE = " No draws were solved: how far the doubts of the assumptions move it is not known."


def _section(answers: Answers) -> Section | None:
    rows = [row for row in answers["forecasts"] if row["by"]]
    if not rows:
        return None
    drawn = answers["drawn"]["forecasts"]
    figured = [figures.forecast(row, drawn.get(row["name"], ())) for row in rows if not _nil(row)]
    nil = [row["says"].rstrip(".") or words.spelled(row["name"]) for row in rows if _nil(row)]
    said = [f"{event}: in none of the paths." for event in nil]
    intro = INTRO + (OVER_DRAWS if drawn else ALONE)
    table = Folded("The forecasts in numbers", _table(answers))
    return Section("forecasts", "Forecasts", intro, [*figured, *points(said), table])


def _nil(row: Mapping[str, Any]) -> bool:
    return all(point["probability"] == 0.0 for point in row["by"])


def _compared(answers: Answers) -> Compared:
    for row in answers["forecasts"]:
        for point in row["by"]:
            yield ("forecasts", f"{row['name']} by {point['date']}"), point["probability"]


FORECASTS = Block("forecasts", _rows, table=_table, section=_section, compared=_compared)
