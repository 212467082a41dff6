"""Clauses: what can be agreed upon, each by itself. A bundle is some of them together; all bundles can be priced."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from longgame.scenario.fields import Name, Names, Prose, Real
from longgame.scenario.formulas import Block, Formula


def _short(given: Any) -> Any:
    return {"values": given} if isinstance(given, str | list | tuple) else given


class Clause(Block):
    """Something that can be part of a deal: one of some values of a state variable, a package, or a side payment."""

    values: Names = ()
    """Of the state variable that has the clause's name: the values that can be agreed upon, of which a deal has one or
    none. `truce: [energy, full]` is short for this."""
    set: dict[Name, Formula] = Field(default_factory=dict)
    """State variables with the values that the clause gives them."""
    pay: dict[Name, Formula] = Field(default_factory=dict)
    """What actors get at once if it is part of the deal."""
    from_: Name | None = Field(None, alias="from")
    """Of a side payment: who pays."""
    to: Name | None = None
    """Of a side payment: who gets it."""
    amounts: tuple[Annotated[Real, Field(gt=0)], ...] = ()
    """Of a side payment: the amounts, of which a deal has one or none; the same number counts for both, each in its own
    units of payoff."""
    needs: Names = ()
    """Clauses without which it cannot be agreed upon."""
    excludes: Names = ()
    """Clauses with which it cannot be agreed upon together."""
    says: Prose = ""
    """What it is, in a sentence."""


OneClause = Annotated[Clause, BeforeValidator(_short, json_schema_input_type=Clause | Name | list[Name])]
