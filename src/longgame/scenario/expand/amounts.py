"""A number that is chosen: one option for each point of its grid, in which its name is that number.

    amount: {rate: [0, 20, 10]}    options rate_0, rate_10 and rate_20, each of which sets the state variable `rate`

Later steps read the variable, which is back at its start when the period is over. Where no later step asks for it, it
is not set, and the game has no more states than without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from longgame.scenario.formulas import Block, Cases, Expression
from longgame.scenario.language.expressions import Node, Number, names_in, substitute
from longgame.scenario.model import Scenario

_ON_POINT = 1e-9


@dataclass(frozen=True)
class Chosen:
    """One number that can be chosen: the name of the amount, and the trees that stand for names where it is."""

    name: str
    number: float
    names: Mapping[str, Node]

    def option(self, base: str) -> str:
        """The name of the option with which it is chosen: ``demand_0_35``."""
        return f"{base}_{numbered(self.number)}"

    def filled(self, tree: Node) -> Node:
        """A tree with the number in it."""
        return substitute(tree, self.names)

    def all_filled(self, trees: Mapping[str, Node]) -> dict[str, Node]:
        """Trees with the number in them."""
        return {key: substitute(tree, self.names) for key, tree in trees.items()}


def choices_of(scenario: Scenario, amount: Mapping[str, tuple[float, float, float]] | None) -> Iterator[Chosen | None]:
    """Each number of an amount, from the lowest; None alone where there is no amount."""
    if amount is None:
        yield None
    for name, grid in (amount or {}).items():
        for number in points_of(grid):
            yield Chosen(name, number, _in_place_of(scenario, name, Number(number)))


def points_of(grid: tuple[float, float, float]) -> tuple[float, ...]:
    """The numbers of a grid [lowest, highest, step], as they are written."""
    low, high, step = grid
    count = round((high - low) / step) if step > 0 and high >= low else 0
    return tuple(float(f"{low + (high - low) * i / max(count, 1):.10g}") for i in range(count + 1))


def numbered(number: float) -> str:
    """A number as part of a name: ``0_35``, ``minus_2``."""
    digits = f"{number:.10f}".rstrip("0").rstrip(".")
    return ("0" if digits in ("", "-0") else digits).replace("-", "minus_").replace(".", "_")


def _in_place_of(scenario: Scenario, name: str, tree: Node) -> dict[str, Node]:
    """What stands for the name of an amount and for the definitions that rest on it."""
    found: dict[str, Node] = {name: tree}
    grew = True
    while grew:
        before = len(found)
        for other, formula in scenario.definitions.items():
            if other not in found and names_used(formula) & found.keys():
                found[other] = substitute(formula.tree, found)
        grew = len(found) > before
    for other in found.keys() - {name}:  # those found early, with all that was found since
        found[other] = substitute(scenario.definitions[other].tree, found)
    return found


def asked_for(scenario: Scenario, name: str, own: int) -> bool:
    """Whether anything but a step itself (its position in the period) asks for an amount that is chosen there."""
    lasting = scenario.state[name].lasts == "game" if name in scenario.state else False
    steps = (step for index, step in enumerate(scenario.period) if index != own)
    others: Sequence[object] = [*steps, *scenario.deals.values()]
    used = {found for part in others for found in names_used(part)}
    named = used & scenario.definitions.keys()
    return lasting or name in used or any(name in _rests_on(scenario, other) for other in named)


def _rests_on(scenario: Scenario, definition: str) -> set[str]:
    found, waiting = set[str](), [definition]
    while waiting:
        used = names_used(scenario.definitions[waiting.pop()]) - found
        found |= used
        waiting += [other for other in used if other in scenario.definitions]
    return found


def names_used(part: object) -> set[str]:
    """The names in all formulas of a part of a scenario."""
    match part:
        case Cases():
            return {part.depends_on}.union(*map(names_used, part.cases.values()))
        case Expression():
            return {name.id for name in names_in(part.tree)}
        case Block():
            return set().union(*map(names_used, part.__dict__.values()))
        case dict():
            return set().union(*map(names_used, part.values()))
    return set()


def is_number(text: str) -> bool:
    """Whether an option is named by the amount that is chosen with it."""
    return text[:1] == "-" or text[:1].isdigit()


def amounts_named(points: Sequence[float | None], given: Sequence[str]) -> list[int]:
    """The positions of the amounts that numbers name: two of them are a range, others each one of the amounts."""
    numbers = [float(text) for text in given if is_number(text)]
    if len(numbers) == 2:
        low, high = min(numbers), max(numbers)
        return [a for a, x in enumerate(points) if x is not None and low - _ON_POINT <= x <= high + _ON_POINT]
    return [a for a, x in enumerate(points) if x is not None and any(abs(x - n) < _ON_POINT for n in numbers)]
