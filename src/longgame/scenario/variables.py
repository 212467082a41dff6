"""State variables: those that the analyst names, and those that steps bring in themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Annotated, Literal

from longgame.scenario.actions import Offer, Step, amounts_of
from longgame.scenario.clauses import Clause
from longgame.scenario.clock import DateError
from longgame.scenario.fields import Name, Prose, Real
from longgame.scenario.formulas import Block, Expression, Formula
from longgame.scenario.language.expressions import ExpressionError
from longgame.scenario.lasting import left_of, periods_of, was_of
from longgame.scenario.roles import START


class StateVariable(Block):
    """Something that everybody can see: a number on a grid, or one of some words."""

    grid: tuple[Real, Real, Real] | None = None
    """[lowest, highest, step]"""
    values: tuple[Name, ...] | None = None
    """The words, in an order that makes sense to a reader."""
    start: Annotated[Formula, START]
    """Its value before the first period: a number, an expression over assumptions, or a word."""
    lasts: Literal["game", "period"] = "game"
    """How long it keeps what is set: `period`, if it is back at its start whenever a period is over."""
    unit: Prose = ""
    """The unit of a number on a grid."""
    says: Prose = ""
    """What it is, in a sentence."""

    @property
    def numeric(self) -> bool:
        """Whether it is a number on a grid."""
        return self.grid is not None

    @property
    def points(self) -> tuple[float, ...] | tuple[str, ...]:
        """Its grid points, or its words."""
        if self.grid is None:
            return self.values or ()
        low, high, step = self.grid
        count = round((high - low) / step)
        return tuple(low + (high - low) * i / count for i in range(count + 1)) if count else (low,)


def brought_variables(
    period: Sequence[Step], state: Mapping[str, StateVariable], length: str, clauses: Mapping[str, Clause]
) -> dict[str, StateVariable]:
    """The state variables that steps bring in: amounts that are chosen, answers to offers, deals that last.

    Args:
        period: the steps.
        state: the variables that there are.
        length: of a period, ``1 month``.
        clauses: what can be agreed upon, some of it for a time.
    """
    found: dict[str, StateVariable] = {}
    for step in period:
        for _, name, grid in amounts_of(step):
            says = f"What is chosen at {step.name}."
            found.setdefault(name, StateVariable(grid=grid, start=Expression(grid[0]), lasts="period", says=says))
        with suppress(ExpressionError):
            acceptance = step.acceptance if isinstance(step, Offer) else None
            for name, largest in acceptance.largest.items() if acceptance else ():
                says = f"Who has accepted at {step.name}."
                found[name] = StateVariable(grid=(0, largest, 1), start=Expression(0), lasts="period", says=says)
        for name, deal in step.deals.items() if isinstance(step, Offer) else ():
            found |= _of_a_time(state, length, name, deal.set, [] if deal.lasts is None else [deal.lasts])
    for clause_name, clause in clauses.items():
        for name, settings in clause.settings(clause_name).items():
            found |= _of_a_time(state, length, name, settings, clause.times)
    return found


def _of_a_time(
    state: Mapping[str, StateVariable], length: str, name: str, settings: Mapping[str, Formula], times: Sequence[str]
) -> dict[str, StateVariable]:
    """The variables that remember a deal or a clause that lasts for one of some times."""
    if not times or not settings.keys() <= state.keys():
        return {}
    try:
        periods = max(periods_of(time, length) for time in times)
    except DateError:
        return {}
    left = StateVariable(grid=(0, periods, 1), start=Expression(0), says=f"How many periods {name} still lasts.")
    known = {variable: state[variable] for variable in settings}
    says = {variable: f"What {variable} was before {name}." for variable in known}
    kept = {was_of(name, v): known[v].model_copy(update={"says": says[v]}) for v in known}
    return {left_of(name): left, **kept}
