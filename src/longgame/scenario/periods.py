"""The periods of a game: how many and how long, which holds a date, what each is called."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PlainSerializer, ValidatorFunctionWrapHandler, WrapValidator

from longgame.scenario import clock as calendar
from longgame.scenario.fields import Prose, Whole
from longgame.scenario.formulas import Block
from longgame.scenario.language.expressions import Binary, IfElse, Name, Node, Number

PERIOD = "period"
PERIOD_LENGTH = "period_length"  # how many first steps of the clock the present period is long
_DAY = timedelta(days=1)
SHOWN = 24  # periods of a game without an end


def _counted(given: Any, count: ValidatorFunctionWrapHandler) -> Any:
    return given if given == "forever" else count(given)


_Count = Annotated[Whole, Field(ge=1, le=calendar.MOST_PERIODS)]
Periods = Annotated[  # a union would report of each mistake what is wrong with it as either
    _Count,
    WrapValidator(_counted, json_schema_input_type=_Count | Literal["forever"]),
    PlainSerializer(lambda given: given, return_type=int | str),
]


class LaterPeriods(Block):
    """Periods of another length, which follow those before them."""

    step: str
    """Length of each: a number of days, weeks, months, quarters or years."""
    periods: _Count
    """How many there are."""


class Clock(Block):
    """The periods of the game."""

    start: Annotated[Prose, AfterValidator(calendar.iso)] | None = None
    """First day of the first period: 2025-03 or 2025-03-18. Without it, dates are period numbers from 1."""
    step: str = "1 month"
    """Length of a period: a number of days, weeks, months, quarters or years."""
    periods_: Periods = Field(alias="periods")
    """How many periods are played; `forever` for a game without an end, in which play is the same in every period."""
    then: tuple[LaterPeriods, ...] = ()
    """Periods of other lengths that follow: the near months fine, the far years coarse. Payoffs and discount factors
    stay those of a first `step`; a longer period counts for all that fit into it."""
    shown: Whole | None = Field(None, ge=1, le=1000)
    """Of a game without an end: how many periods are shown, 24 if not given."""

    @property
    def forever(self) -> bool:
        """Whether the game has no end."""
        return str(self.periods_) == "forever"

    @property
    def periods(self) -> int:
        """How many periods are played; of a game without an end, how many are shown."""
        return self.first + sum(part.periods for part in self.then)

    @property
    def first(self) -> int:
        """How many periods of the first length there are."""
        return (self.shown or SHOWN) if self.forever else self.periods_

    @property
    def pace(self) -> calendar.Pace:
        """The lengths of the periods; raises `clock.DateError` where one cannot be read."""
        parts = ((self.step, self.first), *((part.step, part.periods) for part in self.then))
        return calendar.Pace(tuple((calendar.parse_step(step), count) for step, count in parts))

    def period_of(self, when: str | int) -> int:
        """The period, from 0, that holds a date; a whole number is itself a period, counted from 1.

        A month (or a year) stands for its first day, or for the start of the clock where that lies inside it. Raises
        `clock.DateError` outside the clock.
        """
        text, periods, pace = str(when).strip(), self.periods, self.pace
        if calendar.PERIOD_NUMBER.fullmatch(text) or (self.start is None and re.fullmatch(r"-?[0-9]+", text)):
            number = int(text)
            if not 1 <= number <= periods:
                raise calendar.DateError(f"a period from 1 to {periods}", f"{number}")
            return number - 1
        first, last = calendar.parse_date(text)
        if self.start is None:
            fix = "The clock has no `start`, so dates are period numbers."
            raise calendar.DateError(f"a period from 1 to {periods}", f"`{text}`", fix)
        origin = calendar.parse_date(self.start)[0]
        if first <= origin <= last:
            return 0
        if origin <= first < pace.after(origin, periods):
            return _last_that(lambda t: pace.after(origin, t) <= first, periods)
        expected = f"a date from {self.label(0)} to {self.label(periods - 1)}"
        raise calendar.DateError(expected, f"`{text}`", "The clock ends there.")

    def ended_by(self, when: str | int) -> int:
        """The last period, from 0, that has ended by a date: by the end of that day, month or year.

        A whole number is itself a period, counted from 1. Raises `clock.DateError` for a date by which none has ended.
        """
        text, periods, pace = str(when).strip(), self.periods, self.pace
        if self.start is None or calendar.PERIOD_NUMBER.fullmatch(text):
            return self.period_of(when)
        first, last = calendar.parse_date(text)
        origin = calendar.parse_date(self.start)[0]
        beyond = first >= pace.after(origin, periods)
        if beyond or last < pace.after(origin, 1) - _DAY:
            fix = "The clock ends there." if beyond else "By then no period has ended."
            expected = f"a date from {self.end_label(0)} to {self.end_label(periods - 1)}"
            raise calendar.DateError(expected, f"`{text}`", fix)
        return _last_that(lambda t: pace.after(origin, t + 1) - _DAY <= last, periods)

    def date_of(self, t: int) -> str:
        """The first day of period ``t`` (from 0) as ``2025-03-18``; its number from 1 where the clock has no start."""
        return str(t + 1) if self.start is None else self.pace.after(calendar.parse_date(self.start)[0], t).isoformat()

    def label(self, t: int) -> str:
        """What period ``t`` (from 0) is called: ``2025-03``, ``2025-03-18``, ``2025``, or its number from 1."""
        if self.start is None:
            return str(t + 1)
        day, origin, step = self._stretch(t, self.start)
        if step.unit == "year" and (origin.month, origin.day) == (1, 1):
            return f"{day.year:04d}"
        if step.unit in calendar.MONTHS and origin.day == 1:
            return f"{day.year:04d}-{day.month:02d}"
        return day.isoformat()

    def end_label(self, t: int) -> str:
        """When period ``t`` (from 0) ends, as a date that is good to the end of itself: ``2025-03`` if it is March.

        The last day, ``2025-03-31``, where periods do not begin with a month; a year where they begin with years; the
        number of the period, from 1, where the clock has no start.
        """
        if self.start is None:
            return str(t + 1)
        _, origin, step = self._stretch(t, self.start)
        last = self.pace.after(calendar.parse_date(self.start)[0], t + 1) - _DAY
        if step.unit not in calendar.MONTHS or origin.day != 1:
            return last.isoformat()
        whole_years = step.unit == "year" and origin.month == 1
        return f"{last.year:04d}" if whole_years else f"{last.year:04d}-{last.month:02d}"

    def _stretch(self, t: int, start: str) -> tuple[date, date, calendar.Step]:
        """The first day of period t, that of the stretch of periods of one length with it, and their length."""
        pace, origin = self.pace, calendar.parse_date(start)[0]
        first, step = pace.at(t)
        return pace.after(origin, t), pace.after(origin, first), step


def _last_that(holds: Callable[[int], bool], periods: int) -> int:
    """The last period for which something holds that holds for the first one, and for none after one where it fails."""
    low, high = 0, periods - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low


def by_period(values: Sequence[float]) -> Node:
    """A number for each period, from the first on, as an expression over ``period``; the last one goes on."""
    runs = [(value, len(list(some))) for value, some in groupby(values)] or [(1.0, 0)]
    found: Node = Number(float(runs[-1][0]))
    for place in reversed(range(len(runs) - 1)):
        last = Number(float(sum(count for _, count in runs[: place + 1])))
        found = IfElse(Binary("<=", Name(PERIOD), last), Number(float(runs[place][0])), found)
    return found
