"""The worlds of a game: the combinations of the hidden variables' values that can be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import product

from longgame.scenario.expand.flat import Odds
from longgame.scenario.expand.steps import steps_of
from longgame.scenario.formulas import with_rest
from longgame.scenario.language.expressions import Binary, Node, Number
from longgame.scenario.model import Scenario


@dataclass(frozen=True)
class FlatWorld:
    """One combination of the hidden variables' values.

    Attributes:
        name: as in the table of worlds; of variables beside it the values, ``"peace, skilled"``, with their variable
            where another has the same word, ``"us tough, them soft"``.
        values: hidden variable -> value.
        prior: the public prior, over assumptions.
    """

    name: str
    values: Mapping[str, str]
    prior: Node


def worlds_of(scenario: Scenario) -> tuple[FlatWorld, ...]:
    """The worlds of the game: the rows of ``worlds`` with all combinations of the values of variables beside them.

    A world whose prior is literally zero is left out, unless some ``becomes`` can lead to it. Without hidden variables
    there is one world.
    """
    everything = all_worlds(scenario)
    kept = {index for index, world in enumerate(everything) if world.prior != Number(0.0)}
    changes = [lotteries for lotteries in _lotteries(scenario) if lotteries]
    grew = True
    while grew:
        reached = {
            index
            for index, world in enumerate(everything)
            if index not in kept
            and any(_can_become(everything[origin], world, lottery) for origin in kept for lottery in changes)
        }
        kept |= reached
        grew = bool(reached)
    return tuple(world for index, world in enumerate(everything) if index in kept)


def tabled(scenario: Scenario) -> tuple[str, ...]:
    """The hidden variables that the table of ``worlds`` gives a joint prior; the others are independent of it."""
    return tuple(name for name in scenario.hidden if any(name in row.values for row in scenario.worlds))


def all_worlds(scenario: Scenario) -> tuple[FlatWorld, ...]:
    """Every world that the scenario names, those of zero prior too."""
    odds = with_rest({str(index): row.p for index, row in enumerate(scenario.worlds)})
    rows = [FlatWorld(row.name, dict(row.values), odds[str(index)]) for index, row in enumerate(scenario.worlds)]
    joint, known = tabled(scenario), [value for hidden in scenario.hidden.values() for value in hidden.values]
    alone = {name: hidden for name, hidden in scenario.hidden.items() if name not in joint}
    if not alone:
        return tuple(rows) or (FlatWorld("the only world", {}, Number(1.0)),)
    priors = [
        with_rest({value: prior for value, prior in hidden.values.items() if prior is not None})
        for hidden in alone.values()
    ]
    worlds = []
    for row, values in product(rows or [None], product(*(hidden.values for hidden in alone.values()))):
        factors = [prior.get(value, Number(0.0)) for prior, value in zip(priors, values, strict=True)]
        chosen = dict(zip(alone, values, strict=True))
        words = [word if known.count(word) == 1 else f"{variable} {word}" for variable, word in chosen.items()]
        if row is not None:
            words, factors, chosen = [row.name, *words], [row.prior, *factors], {**row.values, **chosen}
        worlds.append(FlatWorld(", ".join(words), chosen, reduce(_times, factors)))
    return tuple(worlds)


def _times(left: Node, right: Node) -> Node:
    return Number(0.0) if Number(0.0) in (left, right) else Binary("*", left, right)


def _lotteries(scenario: Scenario) -> Iterator[Mapping[str, Odds]]:
    for step in steps_of(scenario):
        for option in step.options:
            yield option.becomes


def _can_become(origin: FlatWorld, target: FlatWorld, lotteries: Mapping[str, Odds]) -> bool:
    """Whether a change of some hidden variables may lead from one world to another (probabilities aside)."""
    for variable, value in target.values.items():
        if value == origin.values.get(variable):
            continue
        if lotteries.get(variable, {}).get(value, Number(0.0)) == Number(0.0):
            return False
    return True
