"""Outcomes: each is of a forecast, at a date on the clock, and none contradicts another."""

from __future__ import annotations

from collections.abc import Iterator

from longgame.errors import Problem
from longgame.scenario.clock import DateError
from longgame.scenario.context import Context
from longgame.scenario.places import Path
from longgame.text import listed, nearest


def outcomes_are_of_forecasts(context: Context) -> Iterator[Problem]:
    """The forecast is there; by its date a period has ended; what has happened has not un-happened later."""
    scenario = context.scenario
    known: dict[str, list[tuple[int, bool]]] = {}
    for index, outcome in enumerate(scenario.outcomes):
        path: Path = ("outcomes", index)
        if outcome.forecast not in scenario.forecasts:
            fix = nearest(outcome.forecast, scenario.forecasts)
            names = listed(scenario.forecasts) or "none is written down"
            expected = f"one of the forecasts: {names}"
            yield context.problem("unknown-forecast", (*path, "forecast"), expected, f"`{outcome.forecast}`", fix)
            continue
        if not context.clock_is_sound:
            continue
        try:
            period = scenario.clock.ended_by(outcome.by)
        except DateError as error:
            yield context.problem("bad-date", (*path, "by"), error.expected, error.found, error.fix)
            continue
        others = known.setdefault(outcome.forecast, [])
        if any(other == period for other, _ in others):
            expected = f"one outcome of `{outcome.forecast}` by {scenario.clock.end_label(period)}"
            yield context.problem("outcome-twice", (*path, "by"), expected, "a second one")
        elif any(
            (happened and not outcome.came_true and other < period)
            or (outcome.came_true and not happened and other > period)
            for other, happened in others
        ):
            expected = "what had happened by an earlier date to have happened by a later one"
            fix = "An outcome says whether the event had happened at any time up to its date."
            yield context.problem("outcome-contradicts", (*path, "happened"), expected, "`no` after `yes`", fix)
        others.append((period, outcome.came_true))


CHECKS = (outcomes_are_of_forecasts,)
