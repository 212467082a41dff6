"""What the analyst wrote: the words of a scenario, read and checked. No arrays.

The blocks of a scenario are classes here, with the keys of the language as their fields.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from longgame.scenario.model import (
        END_OF_PERIOD,
        STEP_KINDS,
        Actor,
        Assumption,
        Cases,
        Chance,
        Claim,
        Clause,
        Clock,
        Coefficient,
        Conduct,
        Costs,
        Deal,
        Distribution,
        Draw,
        Effects,
        End,
        Estimate,
        Evidence,
        Expression,
        Forecast,
        Formula,
        HiddenVariable,
        LaterPeriods,
        Move,
        Offer,
        Option,
        Outcome,
        Plays,
        Question,
        ReportedAccount,
        ReportedClause,
        ResolvedForecast,
        Scenario,
        SideOption,
        Simultaneous,
        Solver,
        Source,
        Statement,
        StateVariable,
        Step,
        Told,
        Variant,
        World,
    )

__all__ = [
    "END_OF_PERIOD", "STEP_KINDS", "Actor", "Assumption", "Cases", "Chance", "Claim", "Clause", "Clock",
    "Coefficient", "Conduct", "Costs", "Deal", "Distribution", "Draw", "Effects", "End", "Estimate", "Evidence",
    "Expression", "Forecast", "Formula", "HiddenVariable", "LaterPeriods", "Move", "Offer", "Option", "Outcome",
    "Plays", "Question", "ReportedAccount", "ReportedClause", "ResolvedForecast", "Scenario", "SideOption",
    "Simultaneous", "Solver", "Source", "StateVariable", "Statement", "Step", "Told", "Variant", "World",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a block on first use (PEP 562): most commands start without them."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("longgame.scenario.model"), name)
