"""Dates and periods."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longgame.scenario.clock import DateError, parse_step
from longgame.scenario.model import Clock


@pytest.mark.parametrize(
    ("start", "step", "when", "t"),
    [
        ("2025-03", "1 month", "2025-03", 0),
        ("2025-03", "1 month", "2025-03-31", 0),
        ("2025-03", "1 month", "2025-04-01", 1),
        ("2025-03", "1 month", "2026-02-28", 11),
        ("2025-03", "1 month", "18 March 2025", 0),
        ("March 2025", "1 month", "April 18th, 2025", 1),
        ("2025-03", "1 month", "1. Sept. 2025", 6),
        ("2025-03", "1 month", 12, 11),
        ("2025-03", "1 month", "12", 11),
        ("2025-03-18", "1 month", "2025-03", 0),
        ("2025-03-18", "1 month", "2025-04-17", 0),
        ("2025-03-18", "1 month", "2025-04", 0),
        ("2025-01-31", "1 month", "2025-02-27", 0),
        ("2025-01-31", "1 month", "2025-02-28", 1),
        ("2025-01-31", "1 month", "2025-03-30", 1),
        ("2025-01-31", "1 month", "2025-03-31", 2),
        ("2025-02-11", "2 weeks", "2025-02-24", 0),
        ("2025-02-11", "2 weeks", "2025-02-25", 1),
        ("2025-02-11", "10 days", "2025-02-21", 1),
        ("2025-01", "1 quarter", "2025-06-30", 1),
        ("2025", "1 year", "2027", 2),
        ("2025", "1 year", 2027, 2),
        ("2025", "year", "2027-12-31", 2),
        (None, "1 month", 3, 2),
        (None, "1 month", "3", 2),
    ],
)
def test_period_of(start: str | None, step: str, when: str | int, t: int):
    assert Clock(start=start, step=step, periods=12).period_of(when) == t


@pytest.mark.parametrize(
    ("start", "step", "when", "t"),
    [
        ("2025-03", "1 month", "2025-03", 0),
        ("2025-03", "1 month", "2025-03-31", 0),
        ("2025-03", "1 month", "2025-04-29", 0),  # April is not over
        ("2025-03", "1 month", "2025-04-30", 1),
        ("2025-03", "1 month", "2025", 9),
        ("2025-03", "1 month", "2026-02", 11),
        ("2025-01", "1 quarter", "2025-06", 1),
        ("2025-01", "1 quarter", "2025-05", 0),
        ("2025-03-18", "1 month", "2025-04", 0),
        ("2025-02-11", "2 weeks", "2025-02-24", 0),
        ("2025-02-11", "2 weeks", "2025-03-09", 0),
        ("2025-02-11", "2 weeks", "2025-04-30", 4),  # 8 to 21 April; the next one ends on 5 May
        ("2025-02-11", "2 weeks", "2025-06", 9),
        ("2025-02-11", "2 weeks", 3, 2),
        ("2025", "1 year", "2027", 2),
        (None, "1 month", 3, 2),
    ],
)
def test_ended_by(start: str | None, step: str, when: str | int, t: int):
    assert Clock(start=start, step=step, periods=12).ended_by(when) == t


@pytest.mark.parametrize(
    ("when", "fix"),
    [("2025-02-23", "By then no period has ended."), ("2025-08-12", "The clock ends there."), ("2024", "By then no")],
)
def test_no_period_ends_by_then(when: str, fix: str):
    with pytest.raises(DateError, match="expected a date from 2025-02-24 to 2025-07-28") as caught:
        Clock(start="2025-02-11", step="2 weeks", periods=12).ended_by(when)
    assert caught.value.fix.startswith(fix)


@pytest.mark.parametrize(
    ("start", "step", "labels"),
    [
        ("2025-03", "1 month", ["2025-03", "2025-04"]),
        ("2025-01", "1 quarter", ["2025-03", "2025-06"]),
        ("2025-02-11", "2 weeks", ["2025-02-24", "2025-03-10"]),
        ("2025-03-18", "1 month", ["2025-04-17", "2025-05-17"]),
        ("2025", "1 year", ["2025", "2026"]),
        ("2025-07", "1 year", ["2026-06", "2027-06"]),
        (None, "1 month", ["1", "2"]),
    ],
)
def test_a_period_is_over_by_the_label_of_its_end(start: str | None, step: str, labels: list[str]):
    clock = Clock(start=start, step=step, periods=12)
    assert [clock.end_label(t) for t in (0, 1)] == labels
    assert [clock.ended_by(clock.end_label(t)) for t in range(12)] == list(range(12))


@pytest.mark.parametrize(
    ("start", "when", "message"),
    [
        ("2025-03", "2025-02-28", "expected a date from 2025-03 to 2026-02, found `2025-02-28`. The clock ends there."),
        ("2025-03", "2026-03", "expected a date from 2025-03 to 2026-02, found `2026-03`. The clock ends there."),
        ("2025-03", 0, "expected a period from 1 to 12, found 0"),
        ("2025-03", 13, "expected a period from 1 to 12, found 13"),
        ("2025-03", "soon", "expected a date, found `soon`. Write 2025-03-18, 2025-03 or 18 March 2025."),
        ("2025-03", "2025-13", "expected a date of the calendar, found `2025-13`. "
         "Write 2025-03-18, 2025-03 or 18 March 2025."),
        ("2025-03", "18.3.2025", "expected a date, found `18.3.2025`. Write 2025-03-18."),
        ("2025-03", "3/4/2025", "expected a date, found `3/4/2025`. Write 2025-04-03 or 2025-03-04."),
        (None, "2025-03", "expected a period from 1 to 12, found `2025-03`. "
         "The clock has no `start`, so dates are period numbers."),
    ],
)  # fmt: skip
def test_dates_off_the_clock(start: str | None, when: str | int, message: str):
    with pytest.raises(DateError) as caught:
        Clock(start=start, periods=12).period_of(when)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("start", "step", "labels"),
    [
        ("2025-11", "1 month", ["2025-11", "2025-12", "2026-01"]),
        ("2025-11-15", "1 month", ["2025-11-15", "2025-12-15", "2026-01-15"]),
        ("2025-01", "1 quarter", ["2025-01", "2025-04", "2025-07"]),
        ("2025", "1 year", ["2025", "2026", "2027"]),
        ("2025-02-11", "2 weeks", ["2025-02-11", "2025-02-25", "2025-03-11"]),
        (None, "1 month", ["1", "2", "3"]),
    ],
)
def test_labels(start: str | None, step: str, labels: list[str]):
    clock = Clock(start=start, step=step, periods=3)
    assert [clock.label(t) for t in range(3)] == labels
    assert [clock.period_of(label) for label in labels] == [0, 1, 2]


@pytest.mark.parametrize(
    ("start", "step", "then", "labels", "ends"),
    [
        ("2025-02-11", "2 weeks", ["13 weeks"], ["2025-02-11", "2025-02-25", "2025-03-11"],
         ["2025-02-24", "2025-03-10", "2025-06-09"]),
        ("2025-11", "1 month", ["1 year"], ["2025-11", "2025-12", "2026"], ["2025-11", "2025-12", "2026"]),
        ("2025-11", "1 month", ["1 quarter"], ["2025-11", "2025-12", "2026-01"], ["2025-11", "2025-12", "2026-03"]),
        ("2025-12-30", "1 day", ["1 month"], ["2025-12-30", "2025-12-31", "2026-01"],
         ["2025-12-30", "2025-12-31", "2026-01"]),
        (None, "1 month", ["1 year"], ["1", "2", "3"], ["1", "2", "3"]),
    ],
)  # fmt: skip
def test_periods_of_other_lengths_follow(start, step, then, labels, ends):
    clock = Clock(start=start, step=step, periods=2, then=[{"step": later, "periods": 1} for later in then])
    assert clock.periods == 3
    assert [clock.label(t) for t in range(3)] == labels
    assert [clock.end_label(t) for t in range(3)] == ends
    assert [clock.period_of(label) for label in labels] == [clock.ended_by(end) for end in ends] == [0, 1, 2]


def test_lengths_are_counted_in_first_steps():
    later = [{"step": "13 weeks", "periods": 1}, {"step": "7 days", "periods": 1}]
    clock = Clock(step="2 weeks", periods=2, then=later)
    assert clock.pace.lengths == (1.0, 1.0, 6.5, 0.5)
    clock = Clock(periods=1, then=[{"step": "1 quarter", "periods": 1}, {"step": "2 years", "periods": 1}])
    assert clock.pace.lengths == (1.0, 3.0, 24.0)
    assert Clock(periods=1, then=[{"step": "1 month", "periods": 5}]).pace.lengths == ()


STEPS = st.sampled_from(["1 day", "3 days", "1 week", "2 weeks", "1 month", "5 months", "1 quarter", "1 year"])


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), STEPS, STEPS, st.integers(0, 99), st.integers(0, 400))
def test_a_date_lies_in_its_period(start: date, step: str, later: str, t: int, days: int):
    clock = Clock(start=start.isoformat(), step=step, periods=40, then=[{"step": later, "periods": 60}])
    assert clock.period_of(clock.date_of(t)) == t
    assert clock.period_of(clock.label(t)) == t and clock.ended_by(clock.end_label(t)) == t
    day = date.fromisoformat(clock.date_of(t)) + timedelta(days)
    if day < date.fromisoformat(clock.date_of(100)):
        found = clock.period_of(day.isoformat())
        assert clock.date_of(found) <= day.isoformat() < clock.date_of(found + 1)


@pytest.mark.parametrize(
    "text", ["", "1 moon", "0 months", "-1 month", "month 1", "1.5 months", "99999 days", "weekss"]
)
def test_bad_steps(text: str):
    with pytest.raises(DateError):
        parse_step(text)
