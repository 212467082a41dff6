"""Outcomes: what became of a forecast. They score it, and never touch a solution."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from longgame.scenario.fields import Date, Name, Prose, Real, Repeated


class ResolvedForecast(Repeated):
    """What became of one of the `forecasts`: for scores only. It never touches a solution."""

    forecast: Name
    """Which of the forecasts."""
    by: Date
    """By the end of which day, month or year: the date that the forecast is held to."""
    happened: Literal["yes", "no"]
    """Whether the event had happened by then."""
    crowd: Annotated[Real, Field(ge=0, le=1)] | None = None
    """What a crowd of forecasters gave it at the time, where there was one."""
    source: Prose = ""
    """Where it was reported."""
    because: Prose = ""
    """Why it is read in this way."""
    says: Prose = ""
    """What happened, in a sentence."""

    @property
    def came_true(self) -> bool:
        """Whether the event had happened by its date."""
        return self.happened == "yes"
