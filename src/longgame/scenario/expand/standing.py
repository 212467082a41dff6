"""In which states a deal stands: those in which all that it set is as it set it, and while it lasts if it is to end."""

from __future__ import annotations

from longgame.scenario.expand.lasting import clauses_of, lasting_deals
from longgame.scenario.expand.steps import deals_of
from longgame.scenario.language.expressions import Binary, Call, Name, Node, Number, balanced, walk
from longgame.scenario.model import Scenario

NEAREST = 0.5 + 1e-9  # of a step of the grid: how far a number lies from its nearest point


def settings_that_stay(scenario: Scenario, name: str) -> dict[str, Node]:
    """What a deal sets to a value of its own, and not to what it was before plus something."""
    clauses = clauses_of(scenario, name, deals_of(scenario)[name])
    return {
        variable: value
        for variable, value in clauses.items()
        if not any(isinstance(part, Name) and part.id in scenario.state for part in walk(value))
    }


def is_told(scenario: Scenario, name: str) -> bool:
    """Whether the state says of all that a deal set whether it is as it was set."""
    clauses, staying = clauses_of(scenario, name, deals_of(scenario)[name]), settings_that_stay(scenario, name)
    lasting = {one.left for one in lasting_deals(scenario).values()}
    return bool(clauses) and (len(staying) == len(clauses) or bool(lasting & staying.keys()))


def stands(scenario: Scenario, name: str) -> Node | None:
    """The condition, on state variables, that a deal stands; None where it sets nothing of which that can be said.

    A number on a grid is as it was set at the nearest point, or at either of the two that are as near.
    """
    staying = settings_that_stay(scenario, name)
    for lasting in lasting_deals(scenario).values():
        if lasting.left in staying:
            return lasting.on
    parts = [_as_set(scenario, variable, value) for variable, value in staying.items() if variable in scenario.state]
    return balanced("and", parts) if parts else None


def _as_set(scenario: Scenario, name: str, value: Node) -> Node:
    grid = scenario.state[name].grid
    if grid is None:
        return Binary("==", Name(name), value)
    apart = Call("abs", (Binary("-", Name(name), value),))
    return Binary("<=", apart, Number(NEAREST * grid[2]))
