"""How play may go on: the likeliest courses of events from a date, each with its probability."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from longgame.answers.answers import ScenarioRow
from longgame.answers.course_rows import LEAST, CourseRow, Followed, followed
from longgame.answers.situation import LookedAhead, Seen, Situation, looked_ahead, period_of, refused
from longgame.errors import QuestionError
from longgame.queries.courses import MOST as MOST_COURSES
from longgame.queries.courses import MOST_DEEP as MOST_DEEP_COURSES
from longgame.queries.courses import TooMany
from longgame.run.study import Progress, SolvedDraw, Study
from longgame.scenario.load import AnyScenario, scenario_of


@dataclass(frozen=True)
class PlayAnswer(LookedAhead):
    """The likeliest courses.

    until   the date to whose end they are followed
    least   courses less likely than this are summed as others
    course  the beginning, with all that may follow
    status  the sentence on how the game was solved
    """

    until: str
    least: float
    course: CourseRow
    status: str


def play(
    scenario: AnyScenario,
    seen: Seen | None = None,
    *,
    until: str | int | None = None,
    least: float | None = None,
    progress: Progress | None = None,
) -> PlayAnswer:
    """The likeliest courses of play.

    Args:
        scenario: one that has passed the checks.
        seen: from where; after all evidence, if None.
        until: the date to whose end they are followed; far enough for a drawing, if None.
        least: courses less likely are summed as others; what leaves enough for a drawing, if None.
        progress: as everywhere.

    Raises:
        QuestionError: the date, the world, the change or the posture cannot be understood, or cannot be.
        ScenarioError: the scenario makes no game, or its evidence cannot have happened.
    """
    scenario = scenario_of(scenario)
    seen, clock = seen or Seen(), scenario.clock
    situation = Situation.of(scenario, seen)
    last = None if until is None else period_of(scenario, "--until", until, ended=True)
    if least is not None and not 0.0 < least <= 1.0:
        raise refused("--least", "a probability above 0", f"{least:g}", "Write 0.02, say.")

    def work(study: Study, draw: SolvedDraw) -> Followed:
        nodes = situation.nodes(draw)
        first = int(nodes.t.min())
        if last is not None and last < first:
            raise refused("--until", f"a date from {clock.label(min(first, clock.periods - 1))} on", f"{until}")
        try:
            return followed(study, draw, nodes, situation.under, last, least)
        except TooMany as error:
            raise _too_many(error, least or LEAST) from None

    found, status = situation.solved(work, progress)
    return PlayAnswer(
        **looked_ahead(scenario, seen, min(found.first, clock.periods - 1)),
        until=clock.end_label(found.last),
        least=found.least,
        course=found.course,
        status=status,
    )


def kept(answers: Mapping[str, Any]) -> PlayAnswer | None:
    """The likeliest courses that a run has found, from its answers; None where there are none."""
    row = answers.get("paths")
    if row is None:
        return None
    told = {key: answers[key] for key in ("longgame", "layout", "seed", "draws")}
    return PlayAnswer(
        **told,
        **vars(Seen()),
        scenario=ScenarioRow(**answers["scenario"]),
        actors=tuple(actor["name"] for actor in answers["actors"]),
        since=row["since"],
        until=row["until"],
        least=row["least"],
        course=CourseRow.of(row["course"]),
        status=answers["solver"]["status"],
    )


def _too_many(error: TooMany, least: float) -> QuestionError:
    """Which option leads to more courses than can be followed."""
    if error.deep:
        expected = f"a date until which at most {MOST_DEEP_COURSES} things happen one after another"
        return refused("--until", expected, "a later one", "Take a nearer one, or look at --timeline.")
    expected = f"a probability that at most {MOST_COURSES:,} paths and their beginnings have"
    return refused("--least", expected, f"{least:g}", "Take a larger one, or a nearer --until.")
