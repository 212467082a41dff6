"""Where dates lie on the axis of a figure."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from longgame.scenario.clock import DateError, parse_date

EARLIEST = 0.01  # days between two pieces of evidence, at the least
UNEVEN = 1.5  # times as far apart as others: months are not


def to_scale(dates: Sequence[str]) -> list[float]:
    """Where each date lies, from 0 to their number less one: by days where periods differ in length."""
    try:
        days = [parse_date(day)[1].toordinal() for day in dates]
    except DateError:
        days = []
    apart = [after - before for before, after in pairwise(days)]
    if not apart or max(apart) < UNEVEN * min(apart):
        return [float(order) for order in range(len(dates))]
    return [(len(dates) - 1) * (day - days[0]) / (days[-1] - days[0]) for day in days]


def of_evidence(rows: Sequence[Mapping[str, Any]]) -> list[float]:
    """Where each row of the beliefs lies: in days where all dates are known, else in the order of the evidence.

    Pieces of one date share it out, in their order; the prior comes before the first.
    """
    days = [_day_of(row["on"]) for row in rows[1:]]
    if not days or any(day is None for day in days):
        return [float(order) for order in range(len(rows))]
    known = [day for day in days if day is not None]
    placed: list[float] = []
    for index, (first, length) in enumerate(known):
        same = [other for other, day in enumerate(known) if day == (first, length)]
        placed.append(first + length * (same.index(index) + 1) / (len(same) + 1))
    for index in range(1, len(placed)):  # a piece that ends a longer stretch may lie after the next
        placed[index] = max(placed[index], placed[index - 1] + EARLIEST)
    return [placed[0] - max(1.0, 0.04 * (placed[-1] - placed[0])), *placed]


def _day_of(on: str | int | None) -> tuple[float, float] | None:
    """The first day of a date and how many days it spans."""
    match = re.fullmatch(r"(\d{4})-(\d\d)(?:-(\d\d))?", str(on))
    if match is None:
        return None
    year, month, in_month = (int(part) if part else 0 for part in match.groups())
    first = date(year, month, in_month or 1)
    return first.toordinal(), 1.0 if in_month else float(monthrange(year, month)[1])
