"""Which assumptions a claim contains: those that it names, and, where it asks something of the game, those of the game.

A claim that compares numbers of the analyst alone (`loss_a / loss_b > 2`) cannot rest on anything else, and one that
asks something of the game cannot rest on assumptions that stand in other claims alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from longgame.scenario.context import Context, names_of
from longgame.scenario.language.expressions import FUNCTIONS, Call, Node, names_in, walk
from longgame.scenario.model import Scenario

_NOT_THE_GAME = ("definitions", "forecasts")  # a definition counts where it is used, a forecast moves nothing


def contained(scenario: Scenario) -> dict[str, frozenset[str]]:
    """Claim -> the assumptions that its answer can depend on."""
    context = Context(scenario)
    slots = [slot for slot in context.slots if slot.path[0] not in _NOT_THE_GAME]
    game = _assumptions(context, (name for slot in slots for name in names_of(slot.formula)))
    found = {}
    for id, claim in scenario.claims.items():
        own = _assumptions(context, (name.id for name in names_in(claim.holds.tree)))
        found[id] = own | game if _asks(claim.holds.tree) else own
    return found


def _asks(tree: Node) -> bool:
    """Whether a question asks something of the game, and is not arithmetic alone."""
    return any(isinstance(node, Call) and node.function not in FUNCTIONS for node in walk(tree))


def _assumptions(context: Context, names: Iterable[str]) -> frozenset[str]:
    """The assumptions among some names, and those that stand behind definitions among them."""
    behind = frozenset[str]().union(*({name} | context.rests_on.get(name, frozenset()) for name in names))
    return behind & context.scenario.assumptions.keys()
