"""When public events are to be expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from longgame.answers import figures, words
from longgame.answers.block import Answers, Block, Compared, Sources
from longgame.answers.parts import Line, Part, Section, Table
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


INTRO = (
    "The chance that something public will have happened by each date, from here on. The band is two standard errors of"
    " the simulation; it says nothing about doubts of the assumptions."
)


def _section(answers: Answers) -> Section | None:
    rows = answers["forecasts"]
    drawn = [figures.forecast(row) for row in rows if row["by"]]
    return Section("forecasts", "Forecasts", INTRO, [*drawn, *_table(answers)]) if rows else None


def _compared(answers: Answers) -> Compared:
    for row in answers["forecasts"]:
        for point in row["by"]:
            yield ("forecasts", f"{row['name']} by {point['date']}"), point["probability"]


FORECASTS = Block("forecasts", _rows, table=_table, section=_section, compared=_compared)
