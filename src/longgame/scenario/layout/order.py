"""The order in which the keys of the language stand in a block; names keep the order that the analyst gave them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Union, get_origin

from longgame.scenario.families import EACH
from longgame.scenario.formulas import Cases
from longgame.scenario.kinds import bare, fields_of, inside
from longgame.scenario.merge import POSITIONS, REMOVE
from longgame.scenario.model import (
    STEP_KINDS,
    Chance,
    Claim,
    Deal,
    Evidence,
    Move,
    Offer,
    Option,
    Outcome,
    Scenario,
    SideOption,
    Simultaneous,
    Statement,
    World,
)

NAMES = "*"
"""Where the names of the analyst stand among the keys of a block that has both."""

_STEP = (EACH, *STEP_KINDS, REMOVE, *POSITIONS, "by", "to", "accepted_by", "when", "amount")
ORDERS: Mapping[type, Sequence[str]] = {
    Scenario: ("extends", *fields_of(Scenario)),
    Move: (*_STEP, "inertia", "stays", "options", "says"),
    Simultaneous: (*_STEP, "inertia", "stays", "moves", "set", "pay", "says"),
    SideOption: ("when", "set", "pay", "says"),
    Offer: (*_STEP, "deals", "says"),
    Statement: (
        EACH, *STEP_KINDS, REMOVE, *POSITIONS, "by", "about", "when", "says", "true when", "costs", "records", "start",
        "note",
    ),
    Chance: (*_STEP, "outcomes", "says"),
    Option: ("when", "amount", "signal", "set", "pay", "becomes", "lottery", "then", "says"),
    Outcome: ("p", "set", "pay", "becomes", "then", "says"),
    Deal: (NAMES, "when", "pay", "lasts", "breach", "says"),
    World: (EACH, "name", "p", NAMES, "says"),
    Cases: ("depends on", NAMES, "otherwise"),
    Claim: ("says", "at", "holds", "because", "shows", "note"),
    Evidence: (
        EACH, "id", "on", "between", "from", "to", "move", "by", "took", "signal", "chance", "happened", "not", "seen",
        "quiet", "p", "source", "because", "says",
    ),
}  # fmt: skip


def ordered(kind: Any, names: Sequence[str]) -> list[int]:
    """The positions of some keys of a block of this type, in the order in which they are to stand."""
    order = list(ORDERS.get(kind, ()) if isinstance(kind, type) else ()) or list(fields_of(kind))
    if not order:
        return list(range(len(names)))
    known = {name: place for place, name in enumerate(order)}
    others = known.get(NAMES, len(order))
    return sorted(range(len(names)), key=lambda place: (known.get(names[place], others), place))


def kind_inside(kind: Any, name: str | int, beside: Sequence[str] = ()) -> Any:
    """The type of what stands at a key or in a list; ``beside``: the keys of a step or of cases, which say which."""
    found = inside(kind, name)
    tags = [kind for kind in STEP_KINDS if kind in beside] + ["cases"] * ("depends on" in beside)
    chosen = [bare(inside(found, tag)) for tag in tags if get_origin(bare(found)) is Union]
    return next((each for each in chosen if each is not None), bare(found))
