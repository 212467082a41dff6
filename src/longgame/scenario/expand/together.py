"""A step at which several choose at the same time, written out as one step whose options are the profiles.

A profile is what each of them chooses. In the formulas of the step ``attacker == strike`` says what was chosen: in each
profile it is true or false, and what stands there is that truth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import product

from longgame.scenario.formulas import Cases, Expression
from longgame.scenario.language.expressions import Binary, Call, IfElse, Name, Node, Number, Unary
from longgame.scenario.model import Simultaneous

Chosen = Mapping[str, str]
"""What each of those who choose at the same time chooses: actor -> option."""


@dataclass(frozen=True)
class FlatSide:
    """One of several who choose at the same time: its options, and which of them it takes in each profile."""

    by: str
    options: tuple[str, ...]
    taken: tuple[int, ...]


def profiles_of(step: Simultaneous) -> tuple[Chosen, ...]:
    """Everything that may be chosen, the choice of the last actor changing first."""
    return tuple(dict(zip(step.moves, chosen, strict=True)) for chosen in product(*step.options.values()))


def profile_name(chosen: Chosen) -> str:
    """What a profile is called: the options, joined."""
    return "_".join(chosen.values())


def sides_of(step: Simultaneous) -> tuple[FlatSide, ...]:
    """Those who choose at the step."""
    profiles = profiles_of(step)
    return tuple(
        FlatSide(actor, names, tuple(names.index(chosen[actor]) for chosen in profiles))
        for actor, names in step.options.items()
    )


def standing_of(step: Simultaneous) -> Chosen | None:
    """What all do where nobody thinks the step over; None where it is not clear what somebody does.

    Unless ``stays`` says what, each takes its one option that sets nothing, if nothing is set by all together.
    """
    chosen = {}
    for actor, options in step.moves.items():
        alone = [name for name, option in options.items() if not option.set] if not step.set else []
        named = step.stays.get(actor, alone[0] if len(alone) == 1 else None)
        if named not in options:
            return None
        chosen[actor] = named
    return chosen


def guard_of(step: Simultaneous, chosen: Chosen) -> Node | None:
    """When a profile is open: where each of its options is."""
    guards = [step.moves[actor][option].when for actor, option in chosen.items()]
    trees = [guard.tree for guard in guards if guard is not None]
    return reduce(lambda a, b: Binary("and", a, b), trees) if trees else None


def changes_of(step: Simultaneous, chosen: Chosen) -> dict[str, Node]:
    """The state variables that a profile sets: by one of its options, or by all of it together."""
    parts = [step.moves[actor][option].set for actor, option in chosen.items()]
    own = {name: formula.tree for part in parts for name, formula in part.items()}
    return own | {name: settled_tree(formula.tree, chosen) for name, formula in step.set.items()}


def setters_of(step: Simultaneous, chosen: Chosen) -> dict[str, str]:
    """The state variables that somebody sets by its own option in a profile, each with who does."""
    return {name: actor for actor, option in chosen.items() for name in step.moves[actor][option].set}


def payments_of(step: Simultaneous, chosen: Chosen) -> dict[str, Node]:
    """What a profile pays: the sum of what its options pay, and of what all of it together does."""
    paid: dict[str, list[Node]] = {}
    for actor, option in chosen.items():
        for name, formula in step.moves[actor][option].pay.items():
            paid.setdefault(name, []).append(formula.tree)
    for name, formula in step.pay.items():
        paid.setdefault(name, []).append(settled_tree(formula.tree, chosen))
    return {name: reduce(lambda a, b: Binary("+", a, b), trees) for name, trees in paid.items()}


def settled(formula: Expression | Cases, chosen: Chosen) -> Expression | Cases:
    """A formula of the step in one profile: what was chosen is known there."""
    if isinstance(formula, Cases):
        if formula.depends_on in chosen:
            case = formula.cases.get(chosen[formula.depends_on], formula.cases.get("otherwise"))
            return settled(case, chosen) if case is not None else Expression(0)
        return formula.model_copy(update={"cases": {k: settled(f, chosen) for k, f in formula.cases.items()}})
    made = object.__new__(type(formula))
    object.__setattr__(made, "text", formula.text)
    object.__setattr__(made, "tree", settled_tree(formula.tree, chosen))
    return made


def settled_tree(node: Node, chosen: Chosen) -> Node:
    """A tree with what was chosen put into it."""
    match node:
        case Binary("==" | "!=" as op, left, right) if (same := _same(left, right, chosen)) is not None:
            return Number(float(same == (op == "==")), node.span)
        case Binary(op, left, right):
            return Binary(op, settled_tree(left, chosen), settled_tree(right, chosen), node.span)
        case Unary(op, operand):
            return Unary(op, settled_tree(operand, chosen), node.span)
        case IfElse(test, then, otherwise):
            test, then, otherwise = (settled_tree(part, chosen) for part in (test, then, otherwise))
            return IfElse(test, then, otherwise, node.span)
        case Call(function, arguments, keywords):
            return Call(function, tuple(settled_tree(a, chosen) for a in arguments), keywords, node.span)
        case _:
            return node


def _same(left: Node, right: Node, chosen: Chosen) -> bool | None:
    """Whether both sides of a comparison are the same option; None where neither is what somebody chose."""
    if not (isinstance(left, Name) and isinstance(right, Name)) or chosen.keys().isdisjoint((left.id, right.id)):
        return None
    return chosen.get(left.id, left.id) == chosen.get(right.id, right.id)
