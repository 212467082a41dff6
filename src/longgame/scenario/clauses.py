"""Clauses: what can be agreed upon, each by itself. A bundle is some of them together; all bundles can be priced."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from longgame.scenario.actions import DealPayments
from longgame.scenario.fields import Name, Names, Prose, Real
from longgame.scenario.formulas import Block, Expression, Formula
from longgame.scenario.roles import CLAUSE

ALWAYS = "always"


def _short(given: Any) -> Any:
    return {"values": given} if isinstance(given, str | list | tuple) else given


Times = Annotated[tuple[str, ...], BeforeValidator(lambda given: (given,) if isinstance(given, str) else given)]


class Clause(Block):
    """Something that can be part of a deal: one of some values of a state variable, a package, or a side payment."""

    values: Names = ()
    """Of the state variable that has the clause's name: the values that can be agreed upon, of which a deal has one or
    none. `truce: [energy, full]` is short for this."""
    set: dict[Name, Annotated[Formula, CLAUSE]] = Field(default_factory=dict)
    """State variables with the values that the clause gives them."""
    pay: DealPayments = Field(default_factory=dict)
    """What actors get at once if it is part of the deal."""
    from_: Name | None = Field(None, alias="from")
    """Of a side payment: who pays."""
    to: Name | None = None
    """Of a side payment: who gets it."""
    amounts: tuple[Annotated[Real, Field(gt=0)], ...] = ()
    """Of a side payment: the amounts, of which a deal has one or none; the same number counts for both, each in its own
    units of payoff."""
    lasts: Times = ()
    """For how long it can be agreed upon: `3 months`, `6 periods`, `always`; a deal has one of them, and then all is as
    it was before."""
    extend: Names = ()
    """Of one that lasts for a time: who must agree, in turn, that it goes on when its time is over, for the first of
    its times."""
    breach: DealPayments = Field(default_factory=dict)
    """Of one that lasts for a time: what an actor pays whose move sets it to something else before that."""
    needs: Names = ()
    """Clauses without which it cannot be agreed upon."""
    excludes: Names = ()
    """Clauses with which it cannot be agreed upon together."""
    says: Prose = ""
    """What it is, in a sentence."""

    def settings(self, name: str) -> dict[str, dict[str, Formula]]:
        """What it sets, by how its time is called: one for each of its values, or one under its own name."""
        if not self.values:
            return {name: dict(self.set)}
        return {f"{name}_{value}": {name: Expression(value), **self.set} for value in self.values}

    @property
    def times(self) -> tuple[str, ...]:
        """The times after which it is over."""
        return tuple(time for time in self.lasts if time != ALWAYS)


OneClause = Annotated[Clause, BeforeValidator(_short, json_schema_input_type=Clause | Name | list[Name])]
