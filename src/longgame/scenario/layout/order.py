"""The order in which the keys of the language stand in a block; names keep the order that the analyst gave them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Union, get_origin

from longgame.scenario.families import EACH
from longgame.scenario.fields import Beside
from longgame.scenario.formulas import Cases
from longgame.scenario.kinds import bare, fields_of, inside
from longgame.scenario.merge import POSITIONS, REMOVE
from longgame.scenario.model import (
    STEP_KINDS,
    Chance,
    Claim,
    Evidence,
    Move,
    Offer,
    Option,
    Outcome,
    Scenario,
    Simultaneous,
    Statement,
)  # fmt: skip

NAMES = "*"
"""Where the names of the analyst stand among the keys of a block that has both."""

STEPS = (Move, Simultaneous, Offer, Statement, Chance)
_OF_A_STEP = (EACH, *STEP_KINDS, REMOVE, *POSITIONS)  # what every step begins with
ORDERS: Mapping[type, Sequence[str]] = {  # of blocks whose keys do not stand in the order in which the model has them
    Simultaneous: ("when", "inertia", "stays", "moves", "set", "pay", "says"),
    Statement: ("by", "about", "when", "says", "true when", "costs", "records", "start", "note"),
    Option: ("when", "amount", "signal", "set", "pay", "becomes", "lottery", "then", "says"),
    Outcome: ("p", "set", "pay", "becomes", "then", "says"),
    Cases: ("depends on", NAMES, "otherwise"),
    Claim: ("says", "at", "holds", "because", "shows", "note"),
    Evidence: (
        EACH, "id", "on", "between", "from", "to", "move", "by", "took", "signal", "chance", "happened", "not", "seen",
        "quiet", "p", "source", "because", "says",
    ),
}  # fmt: skip


def ordered(kind: Any, names: Sequence[str]) -> list[int]:
    """The positions of some keys of a block of this type, in the order in which they are to stand."""
    order = _order(kind)
    if not order:
        return list(range(len(names)))
    known = {name: place for place, name in enumerate(order)}
    others = known.get(NAMES, len(order))
    return sorted(range(len(names)), key=lambda place: (known.get(names[place], others), place))


def _order(kind: Any) -> list[str]:
    """The keys of a block of this type in their order."""
    fields = fields_of(kind)
    spread = kind._spread() if fields and issubclass(kind, Beside) else None
    own = ORDERS.get(kind) if fields else None
    keys = list(own or (NAMES if name == spread else name for name in fields))
    first = {Scenario: ("extends",), **dict.fromkeys(STEPS, _OF_A_STEP)}.get(kind, ()) if fields else ()
    return [*first, *(key for key in keys if key not in first)]


def kind_inside(kind: Any, name: str | int, beside: Sequence[str] = ()) -> Any:
    """The type of what stands at a key or in a list; ``beside``: the keys of a step or of cases, which say which."""
    found = inside(kind, name)
    tags = [kind for kind in STEP_KINDS if kind in beside] + ["cases"] * ("depends on" in beside)
    chosen = [bare(inside(found, tag)) for tag in tags if get_origin(bare(found)) is Union]
    return next((each for each in chosen if each is not None), bare(found))
