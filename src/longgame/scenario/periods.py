"""The periods of a game: how many, how long, and numbers that differ with their length."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PlainSerializer, ValidatorFunctionWrapHandler, WrapValidator

from longgame.scenario import clock as calendar
from longgame.scenario.fields import Prose, Whole
from longgame.scenario.formulas import Block
from longgame.scenario.language.expressions import Binary, IfElse, Name, Node, Number

PERIOD = "period"
PERIOD_LENGTH = "period_length"  # how many first steps of the clock the present period is long
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
        """The period, from 0, that holds a date; raises `clock.DateError` outside the clock."""
        return calendar.period_of(when, self.start, self.pace)

    def ended_by(self, when: str | int) -> int:
        """The last period, from 0, that has ended by a date; raises `clock.DateError` where none has."""
        return calendar.ended_by(when, self.start, self.pace)

    def end_label(self, t: int) -> str:
        """The date with whose end period ``t`` (from 0) ends: 2025-03, say."""
        return calendar.end_label(t, self.start, self.pace)

    def date_of(self, t: int) -> str:
        """The first day of period ``t`` (from 0); its number from 1 where the clock has no start."""
        return calendar.date_of(t, self.start, self.pace)

    def label(self, t: int) -> str:
        """What period ``t`` (from 0) is called: 2025-03, say."""
        return calendar.label(t, self.start, self.pace)


def by_period(values: Sequence[float]) -> Node:
    """A number for each period, from the first on, as an expression over ``period``; the last one goes on."""
    runs = [(value, len(list(some))) for value, some in groupby(values)] or [(1.0, 0)]
    found: Node = Number(float(runs[-1][0]))
    for place in reversed(range(len(runs) - 1)):
        last = Number(float(sum(count for _, count in runs[: place + 1])))
        found = IfElse(Binary("<=", Name(PERIOD), last), Number(float(runs[place][0])), found)
    return found
