"""Dates and lengths of time: how they are written, and when periods of such lengths begin.

A clock goes at a pace: so many periods of one length, then so many of another. Period t (from 0) of a stretch begins at
``start of the stretch + t * step`` and ends where the next begins. Months are counted from that start itself, so that a
clock from 31 January has its second period from 28 February and its third from 31 March.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

MOST_PERIODS = 1000  # a larger number is a year
UNITS = ("day", "week", "month", "quarter", "year")
MONTHS = {"month": 1, "quarter": 3, "year": 12}
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_IN_WORDS = re.compile(
    r"(?:(?P<before>[0-9]{1,2})(?:st|nd|rd|th|\.)? )?(?:of )?(?P<month>[A-Za-z]{3,9})\.?"
    r"(?: (?P<after>[0-9]{1,2})(?:st|nd|rd|th)?)?,? (?P<year>[0-9]{4})"
)
_NAMES = "January February March April May June July August September October November December".lower().split()
_IN_DIGITS = re.compile(r"([0-9]{1,4})[./-]([0-9]{1,2})[./-]([0-9]{1,4})")
PERIOD_NUMBER = re.compile(r"-?[0-9]{1,3}")
_DAYS = {"day": 1.0, "week": 7.0, "month": 30.4375, "quarter": 91.3125, "year": 365.25}
_STEP = re.compile(r"\s*(?:([0-9]{1,4})\s+)?([a-z]+?)s?\s*")


class DateError(ValueError):
    """A date that cannot be read or lies outside the clock: what was expected, what was found, how to mend it."""

    def __init__(self, expected: str, found: str, fix: str = ""):
        super().__init__(f"expected {expected}, found {found}" + (f". {fix}" if fix else ""))
        self.expected, self.found, self.fix = expected, found, fix


@dataclass(frozen=True)
class Step:
    """The length of a period: ``count`` units."""

    count: int
    unit: str

    def after(self, start: date, steps: int) -> date:
        """The date ``steps`` periods after ``start``."""
        count = self.count * steps
        if self.unit in MONTHS:
            return add_months(start, count * MONTHS[self.unit])
        try:
            return start + timedelta(days=count * (7 if self.unit == "week" else 1))
        except OverflowError:
            raise _BEYOND from None


    def length(self, first: Step) -> float:
        """How many times the length of another step it is; months and longer at their average number of days."""
        return self.count * _DAYS[self.unit] / (first.count * _DAYS[first.unit])


@dataclass(frozen=True)
class Pace:
    """The lengths of a clock's periods: (length, number of periods) of each stretch, in order."""

    stretches: tuple[tuple[Step, int], ...]

    @property
    def periods(self) -> int:
        """How many periods there are."""
        return sum(count for _, count in self.stretches)

    def at(self, t: int) -> tuple[int, Step]:
        """The first period and the step of the stretch with period ``t``; after the last period it goes on."""
        first = 0
        for step, count in self.stretches[:-1]:
            if t < first + count:
                return first, step
            first += count
        return first, self.stretches[-1][0]

    def after(self, start: date, t: int) -> date:
        """The first day of period ``t`` of a clock from ``start``."""
        for step, count in self.stretches[:-1]:
            if t < count:
                return step.after(start, t)
            start, t = step.after(start, count), t - count
        return self.stretches[-1][0].after(start, t)

    @property
    def lengths(self) -> tuple[float, ...]:
        """[T] how many first steps each period is long; empty where all are one."""
        found = tuple(step.length(self.stretches[0][0]) for step, count in self.stretches for _ in range(count))
        return found if any(length != 1.0 for length in found) else ()


_BEYOND = DateError("dates up to the year 9999", "a later one", "Take fewer periods or a shorter step.")


def add_months(start: date, months: int) -> date:
    """The same day ``months`` later; the month's last day where it has no such day."""
    month = start.month - 1 + months
    year = start.year + month // 12
    if year > 9999:
        raise _BEYOND
    month = month % 12 + 1
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))


def parse_step(text: str) -> Step:
    """``"1 month"``, ``"2 weeks"``, ``"quarter"`` -> `Step`."""
    match = _STEP.fullmatch(text)
    if match is None or match[2] not in UNITS or match[1] == "0":
        raise DateError(
            "a number of days, weeks, months, quarters or years", f"`{text}`", "Write `1 month` or `2 weeks`."
        )
    return Step(int(match[1] or 1), match[2])


def iso(text: str) -> str:
    """A date in words (``18 March 2025``, ``March 18, 2025``, ``Mar 2025``) as ISO 8601 has it; others as they are."""
    match = _IN_WORDS.fullmatch(" ".join(text.split()))
    named = match["month"].lower() if match else ""
    month = next((place for place, name in enumerate(_NAMES, 1) if named and name.startswith(named)), None)
    if match is None or month is None:
        return text
    day = match["before"] or match["after"]
    return f"{match['year']}-{month:02d}" + (f"-{int(day):02d}" if day else "")


def parse_date(text: str) -> tuple[date, date]:
    """First and last day of ``"2025"``, ``"2025-03"`` or ``"2025-03-18"``, or of a date in words."""
    match = _DATE.fullmatch(iso(text.strip()))
    if match is None:
        raise DateError("a date", f"`{text}`", _fix(text))
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        first = date(year or 0, month or 1, day or 1)
    except ValueError:
        raise DateError("a date of the calendar", f"`{text}`", _fix("")) from None
    if day is not None:
        return first, first
    if month is not None:
        return first, date(first.year, first.month, calendar.monthrange(first.year, first.month)[1])
    return first, date(first.year, 12, 31)


def _fix(text: str) -> str:
    """How to write a date that is in another form."""
    form = "Write 2025-03-18, 2025-03 or 18 March 2025."
    match = _IN_DIGITS.fullmatch(text.strip())
    if match is None:
        return form
    first, middle, last = match.groups()
    year, one, other = (first, middle, last) if len(first) == 4 else (last, middle, first)
    if len(year) != 4:
        return form
    dates = [f"{year}-{int(m):02d}-{int(d):02d}" for m, d in ((one, other), (other, one)) if 1 <= int(m) <= 12]
    return f"Write {' or '.join(dict.fromkeys(dates))}." if dates else form
