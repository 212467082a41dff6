"""One claim explained: what ``longgame explain`` answers, in the layout of docs/explain.md.

Beside what all explanations say (``explain``) stands what assumptions do to the claim. The slopes of its margin are
exact, by differentiating through the equilibrium (``run.gradient``). A slope is that of a straight line, and a margin
seldom is one: for the assumptions that would move it farthest the game is solved at both ends of the range, too. By its
slope an assumption would turn the claim at some value, or one of its ends has turned it; the two nearest of these, as
parts of the ranges, are followed: the game is solved there, and a few times more where secants lead. At the value that
is named the claim has turned; a nearer one may exist.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from longgame.answers.answers import OnDraws, base_case, head
from longgame.answers.explain import explanations
from longgame.answers.explain_rows import ExplanationRow, SlopeRow, TurnRow
from longgame.answers.explain_words import parts, sentences
from longgame.answers.parts import Part
from longgame.answers.rests_on import narrowed
from longgame.answers.solver import SolverRow, solver_row
from longgame.answers.words import given
from longgame.errors import ScenarioError
from longgame.game.sample import limits
from longgame.queries.claims import BoundClaim, judge
from longgame.run.gradient import gradient
from longgame.run.precision import Base
from longgame.run.study import Array, Progress, Study, silent
from longgame.scenario.load import AnyScenario, scenario_of


@dataclass(frozen=True)
class Explanation(OnDraws):
    """Why a claim follows or fails, under the head of all answers."""

    explanation: ExplanationRow
    solver: SolverRow

    def in_parts(self) -> list[Part]:
        """What is shown of it."""
        return parts(self.to_json()["explanation"])


def explain(
    scenario: AnyScenario,
    claim: str,
    *,
    at: str | int | None = None,
    slopes: bool = True,
    progress: Progress | None = None,
) -> Explanation:
    """Why a claim follows or fails at the given values.

    Args:
        scenario: one that has passed the checks.
        claim: the name of the claim.
        at: ask it as of another date than its own.
        slopes: also say which assumptions move it, and the nearest value of one at which it turns; takes the longest.
        progress: told what is being done, and how many parts of how many of it are done.

    Raises:
        QuestionError: the scenario makes no such claim, or it cannot be asked then.
        ScenarioError: the scenario makes no game, or its evidence cannot have happened in it.
    """
    scenario = scenario_of(scenario)
    tell = progress or silent
    tell("Compiling", 0, 1)
    one = narrowed(scenario, claim)
    if at is not None:
        one = one.model_copy(update={"claims": {claim: one.claims[claim].model_copy(update={"at": at})}})
    base = base_case(Study.of(one), ["claims"], tell)
    tell("Taking it apart", 0, 1)
    [found] = explanations(base)
    if slopes:
        found = with_slopes(base, base.study.claims[0], found, tell)
    return Explanation(**head(scenario, seed=0), explanation=found, solver=solver_row(base))


# --- what assumptions do ----------------------------------------------------------------------------------------------

NO_TURN = "By the slopes at the given values no single assumption turns it within its range."
NOT_FOUND = "By its slope {} would turn it, but it had not turned where the game was solved."
ROUND = "Within the range of “{}” the direction turns round: its slope is that at the given value alone."
ENDS = 4  # assumptions for which the margin is solved at both ends of the range
LEADS = 2  # assumptions, or ends of ranges, from which a turn is looked for
SOLVED = 6  # solutions that one of them may cost
TOLERANCE = 1e-7  # of choice probabilities, where a turn is looked for
BEYOND = (1.01, 1.5, 2.0, 3.0)  # of the way to where a turn seems to be: beyond it the claim has turned for sure
ACROSS = 0.1  # of the way from where the turn seems to be to where it is past
EDGE = 0.05  # of what encloses a turn: the next value is no nearer to either side of it
NEAR = 0.02  # of the way: a value that has turned, and is so near to one that has not, is near enough
NOTHING = 1e-9  # of the largest reach: an assumption of less moves nothing


def with_slopes(base: Base, claim: BoundClaim, row: ExplanationRow, progress: Progress = silent) -> ExplanationRow:
    """The explanation of a claim with what assumptions do to it."""
    if row.margin is None:
        return row
    slopes = list(_with_ends(base, claim, row, _slopes(base, claim, progress), progress))
    turn = list(_turn(base, claim, row, slopes, progress))
    notes = [*row.notes, *(ROUND.format(_plain(one.assumption)) for one in slopes if _turns_round(row.margin, one))]
    if not turn and slopes:
        tried = [f"“{_plain(one.assumption)}”" for _, one, _ in _leads(row.margin, slopes)]
        notes.append(NOT_FOUND.format(" and ".join(dict.fromkeys(tried))) if tried else NO_TURN)
    turns = sorted([*row.turns, *turn], key=lambda one: one.distance)
    found = replace(row, assumptions=slopes, turns=turns, notes=notes)
    return replace(found, sentences=sentences(found))


def _slopes(base: Base, claim: BoundClaim, progress: Progress) -> list[SlopeRow]:
    """The assumptions that move the margin, those that move it farthest over their ranges first."""
    assumptions = base.study.scenario.assumptions
    ranges = [limits(assumption) for assumption in assumptions.values()]
    which = [p for p, (low, high) in enumerate(ranges) if high > low]
    if not which:
        return []
    width = np.array([ranges[p][1] - ranges[p][0] for p in which])
    found = gradient(base.study, base.draw, [claim], which, width, progress).slope[0]
    names = list(assumptions)
    rows = [
        SlopeRow(
            assumption=names[p],
            says=assumptions[names[p]].says,
            unit=assumptions[names[p]].unit,
            value=float(base.draw.theta[p]),
            low=float(ranges[p][0]),
            high=float(ranges[p][1]),
            slope=float(slope),
            reach=float(slope * size),
        )
        for p, slope, size in zip(which, found, width, strict=True)
        if math.isfinite(slope)
    ]
    rows.sort(key=lambda one: -abs(one.reach))
    return [one for one in rows if abs(one.reach) > NOTHING * abs(rows[0].reach)]


def _with_ends(
    base: Base, claim: BoundClaim, row: ExplanationRow, slopes: Sequence[SlopeRow], progress: Progress
) -> Iterator[SlopeRow]:
    """The same, the first of them with the margins at both ends of their ranges."""
    names = list(base.study.scenario.assumptions)
    for number, one in enumerate(slopes):
        if number >= ENDS:
            yield one
            continue
        progress("At the ends of the ranges", number, min(ENDS, len(slopes)))
        low, high = (
            row.margin if end == one.value else _solved(base, claim, names.index(one.assumption), end)[1]
            for end in (one.low, one.high)
        )
        yield replace(one, at_low=_finite(low), at_high=_finite(high))


def _finite(margin: float | None) -> float | None:
    return margin if margin is not None and math.isfinite(margin) else None


def _turns_round(margin: float, one: SlopeRow) -> bool:
    """Whether the margin goes the other way, to either end of the range, than its slope at the given value says."""
    ways = (
        0.0 if one.at_low is None else margin - one.at_low,
        0.0 if one.at_high is None else one.at_high - margin,
    )
    return any(way * one.slope < 0.0 and abs(way) > 10.0 * TOLERANCE for way in ways)


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _turn(
    base: Base, claim: BoundClaim, row: ExplanationRow, slopes: Sequence[SlopeRow], progress: Progress
) -> Iterator[TurnRow]:
    """The nearest value of one assumption at which the claim turns; none where neither slopes nor ends lead to one."""
    assert row.margin is not None
    best: tuple[float, float, SlopeRow] | None = None
    for ahead, one, end in sorted(_leads(row.margin, slopes), key=lambda lead: lead[0])[:LEADS]:
        if best is not None and best[0] <= ahead:
            break
        to = _found(base, claim, row, one, end, progress)
        if to is not None:
            found = abs(to - one.value) / (one.high - one.low), to, one
            best = min(best or found, found, key=lambda each: each[0])
    if best is None:
        return
    distance, to, one = best
    unit = f" {one.unit}" if one.unit and one.unit not in ("probability", "share") else ""
    what = _plain(one.assumption)
    yield TurnRow(
        says=f"the assumption “{what}” were {given(float(f'{to:.3g}'))}{unit} instead of {given(one.value)}",
        kind="assumption",
        what=one.assumption,
        value=one.value,
        to=to,
        unit=one.unit,
        distance=distance,
        confirmed=True,
    )


def _leads(margin: float, slopes: Sequence[SlopeRow]) -> Iterator[tuple[float, SlopeRow, tuple[float, float] | None]]:
    """Where a turn may be: how far off, as a part of the range; and the end that has turned, if that leads there."""
    for one in slopes:
        to, width = one.value - margin / one.slope, one.high - one.low
        if one.low <= to <= one.high:
            yield abs(to - one.value) / width, one, None
        for end, there in ((one.low, one.at_low), (one.high, one.at_high)):
            beyond = (end - one.value) * (to - one.value) <= 0.0 or not one.low <= to <= one.high
            if beyond and there is not None and there * margin < 0.0:
                yield abs(end - one.value) / width * margin / (margin - there), one, (end, there)


def _found(
    base: Base,
    claim: BoundClaim,
    row: ExplanationRow,
    one: SlopeRow,
    end: tuple[float, float] | None,
    progress: Progress,
) -> float | None:
    """A value of an assumption at which the claim has turned, as near as so many solutions find it; None if none does.

    Each next value lies where the line through the last two meets zero, farther beyond it the longer nothing turns;
    once a turn is enclosed, where the line across it does (the value at an end that stays is halved: Illinois rule).
    """
    assert row.margin is not None
    p = list(base.study.scenario.assumptions).index(one.assumption)
    here, margin, turned = one.value, row.margin, end
    to = one.value - row.margin / one.slope * BEYOND[0] if end is None else _across(here, margin, *end)
    for tried in range(SOLVED):
        progress("Looking for the turn", tried, SOLVED)
        to = min(max(to, one.low), one.high)
        truth, there = _solved(base, claim, p, to)
        if truth is None or not math.isfinite(there) or there == margin:
            break
        slope = (there - margin) / (to - here)
        if truth is row.holds:
            here, margin = to, there
            turned = turned and (turned[0], turned[1] / 2.0)
        else:
            margin = margin if turned is None else margin / 2.0
            turned = to, there
        if turned is None:
            to = here - margin / slope * BEYOND[min(tried + 1, len(BEYOND) - 1)]
        elif abs(turned[0] - here) < NEAR * abs(turned[0] - one.value):
            break
        else:
            to = _across(here, margin, *turned)
        if not one.low <= to <= one.high or to == here:
            break
    return None if turned is None else turned[0]


def _across(here: float, margin: float, turned: float, there: float) -> float:
    """A value somewhat beyond the zero of the line from one that has not turned to one that has."""
    part = min(max(margin / (margin - there) * (1.0 - ACROSS) + ACROSS, EDGE), 1.0 - EDGE)
    return here + part * (turned - here)


def _solved(base: Base, claim: BoundClaim, p: int, value: float) -> tuple[bool | None, float]:
    """The claim, and its margin, where one assumption has another value."""
    theta: Array = np.array(base.draw.theta, dtype=float)
    theta[p] = value
    draw = base.study.draw(theta, base.draw.plays, tolerance=TOLERANCE)
    try:
        if not draw.valid:
            return None, math.nan
        found = judge(claim, draw.look_up(claim.holds.atoms))
        return found.holds, found.margin
    except ScenarioError:  # the evidence cannot have happened there
        return None, math.nan
    finally:
        draw.case.close()
