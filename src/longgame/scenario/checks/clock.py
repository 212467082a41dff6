"""The clock: dates and lengths of time, and periods of other lengths."""

from __future__ import annotations

from collections.abc import Iterator

from longgame.errors import Problem
from longgame.scenario import clock as calendar
from longgame.scenario.context import Context, names_of
from longgame.scenario.periods import PERIOD_LENGTH
from longgame.scenario.places import Path


def clock_can_be_read(context: Context) -> Iterator[Problem]:
    """The start is a date and each step a length of time, and no period lies beyond the calendar."""
    clock = context.scenario.clock
    texts: list[tuple[Path, str | None]] = [(("start",), clock.start), (("step",), clock.step)]
    texts += [(("then", place, "step"), part.step) for place, part in enumerate(clock.then)]
    for path, text in texts:
        if text is None:
            continue
        try:
            (calendar.parse_date if path == ("start",) else calendar.parse_step)(text)
        except calendar.DateError as error:
            yield context.problem("bad-clock", ("clock", *path), error.expected, error.found, error.fix)
            return
    last: Path = ("then",) if clock.then else ("periods",)
    if clock.periods > calendar.MOST_PERIODS:
        expected, fix = f"at most {calendar.MOST_PERIODS} periods in all", "Take fewer or longer ones."
        yield context.problem("bad-clock", ("clock", *last), expected, f"{clock.periods}", fix)
        return
    try:
        clock.date_of(clock.periods)
    except calendar.DateError as error:
        yield context.problem("bad-clock", ("clock", *last), error.expected, error.found, error.fix)


def no_period_comes_after_the_last(context: Context) -> Iterator[Problem]:
    """Nothing follows periods without an end, and they have one length."""
    clock = context.scenario.clock
    if clock.forever and clock.then:
        fix = "Give `periods` a number; after the last of the periods in `then` come `end_values`."
        yield context.problem("forever", ("clock", "then"), "no `then` after `periods: forever`", "some", fix, key=True)


def odds_ask_how_long_a_period_is(context: Context) -> Iterator[Problem]:
    """Where periods differ in length, something that happens by chance mostly does so oftener in the longer ones."""
    clock, asked = context.scenario.clock, {name for slot in context.slots for name in names_of(slot.formula)}
    chances = any(step.kind == "chance" and not step.habit for step in context.steps)
    if clock.then and chances and PERIOD_LENGTH not in asked:
        fix = "Odds are of a period, however long: write `within(0.1, period_length)` where 0.1 is of a first step."
        expected = "odds or drifts that ask for `period_length`"
        yield context.warning("even-odds", ("clock", "then"), expected, "none", fix)


CHECKS = (clock_can_be_read, no_period_comes_after_the_last, odds_ask_how_long_a_period_is)
