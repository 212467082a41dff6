"""Accounts of one meeting: what each side says was agreed there, in a state variable's value and in its own words."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from longgame.scenario.fields import Chosen, Date, Name, Prose, numbers_as_texts
from longgame.scenario.formulas import Block, Expression, Formula
from longgame.scenario.language.trees import Node
from longgame.scenario.roles import FOUND_OUT


def _short(given: Any) -> Any:
    return {"value": given} if isinstance(given, str | int | float) else given


class ReportedClause(Block):
    """What one account says that a state variable was agreed to become."""

    value: Annotated[Chosen, BeforeValidator(numbers_as_texts, json_schema_input_type=Chosen | float)]
    """The value of the variable."""
    quote: Prose = ""
    """The words of the account that say so."""


class ReportedAccount(Block):
    """One side's account of a meeting."""

    by: Name
    """The actor whose account it is."""
    on: Date
    """The day on which it was given."""
    source: Prose = ""
    """Where it can be read."""
    says: Prose = ""
    """What it is, in a sentence."""
    found_out: Annotated[Formula, FOUND_OUT] | None = None
    """What it costs its author, in its units of payoff, if something else was agreed than it says: the chance of being
    found out times the price of it."""
    clauses: dict[
        Name, Annotated[ReportedClause, BeforeValidator(_short, json_schema_input_type=ReportedClause | Name | float)]
    ] = Field(min_length=1)
    """By state variable, what it was agreed to become; `truce: energy` is short for `truce: {value: energy}`."""

    @property
    def setting(self) -> tuple[tuple[str, Node], ...]:
        """All that it says, as what is set: state variables with their values, sorted."""
        return tuple(sorted((name, Expression(clause.value).tree) for name, clause in self.clauses.items()))
