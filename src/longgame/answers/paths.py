"""The block ``paths``: how play may go on after all evidence, as the likeliest courses of events."""

from __future__ import annotations

from dataclasses import dataclass

from longgame.answers.block import Block, Sources
from longgame.answers.course_rows import CourseRow, followed
from longgame.exact.exact_solution import NotSolved
from longgame.queries.atoms import View
from longgame.queries.courses import TooMany
from longgame.queries.places import Places


@dataclass(frozen=True)
class PathsRow:
    """The likeliest courses at the given values.

    since, until  from the beginning of which period they are followed, and to the end of which, as dates
    least         courses less likely than this are summed as others
    course        the beginning, with all that may follow
    """

    since: str
    until: str
    least: float
    course: CourseRow


def _row(sources: Sources) -> PathsRow | None:
    """None where there are too many to draw, or the exact solution does not lead there."""
    base = sources.base
    clock, draw = base.study.scenario.clock, base.draw
    try:
        nodes = Places(draw.case)(View()).without_purse.normalised()
        found = followed(base.study, draw, nodes, None, None, None)
    except (NotSolved, TooMany, ZeroDivisionError):
        return None
    since = clock.label(min(found.first, clock.periods - 1))
    return PathsRow(since, clock.end_label(found.last), found.least, found.course)


PATHS = Block("paths", _row)
