"""Odds that are no probabilities, discounts and rationality out of bounds: over the ranges of the assumptions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce

import numpy as np

from longgame.errors import Problem
from longgame.game.checks.probe import Array, Example, Guards, Probe
from longgame.game.intervals import bounds
from longgame.game.tables import TOLERANCE
from longgame.scenario.expand import FlatOption
from longgame.scenario.formulas import one_minus, with_rest
from longgame.scenario.language.expressions import Binary, Node, Number
from longgame.scenario.places import Path

Odds = Sequence[tuple[Path, Node]]  # places and bound trees of probabilities that must make 1

ROUNDED = 1e-3  # of a probability: what is written down of play is rounded


def odds_are_probabilities(probe: Probe) -> Iterator[Problem]:
    """Odds lie between 0 and 1 and make 1: priors, chance steps, lotteries, hidden changes."""
    for path, odds, guards in _all_odds(probe):
        found = [(node, _outside(probe, place, node, guards)) for place, node in odds]
        wrong = [(node, problem) for node, problem in found if problem is not None]
        if not wrong:
            yield from _not_one(probe, path, odds, guards)
        elif "becomes" in path:  # all values follow from the same few numbers
            yield wrong[0][1]
        else:
            own = [problem for node, problem in wrong if not _is_remainder(node, odds)]
            yield from own or [problem for _, problem in wrong]


def play_to_start_from_is_of_chances(probe: Probe) -> Iterator[Problem]:
    """What is played near the equilibrium that is meant has chances from 0 to 1, at each move no more than 1 in all.

    The latter at the given values: assumptions that say it may each have the whole range.
    """
    for name, play in probe.scenario.solver.near.items():
        path: Path = ("solver", "near", name)
        odds = [((*path, option), probe.bind(formula.tree)) for option, formula in play.items()]
        wrong = [problem for place, node in odds if (problem := _outside(probe, place, node, ())) is not None]
        yield from wrong
        total = _sum(odds)
        example = None if wrong else probe.first(total, lambda x: x > 1 + ROUNDED, ())
        if example is not None and np.array_equal(example.theta, probe.plan.base):  # the first of all draws
            found = _shown(probe, example, total)
            fix = "What is left of 1 goes to the options that are not named."
            yield probe.problem("odds-sum", path, "probabilities that make 1 at most", found, fix)


def _is_remainder(node: Node, odds: Odds) -> bool:
    """Whether a probability is what the others leave, so that it is wrong when they are."""
    return node == one_minus([other for _, other in odds if other is not node])


def _all_odds(probe: Probe) -> Iterator[tuple[Path, Odds, Guards]]:
    """Every set of odds that must make 1, with its place and the guards it stands under."""
    scenario = probe.scenario
    if scenario.worlds:
        trees = with_rest({str(i): world.p for i, world in enumerate(scenario.worlds)})
        yield ("worlds",), [(("worlds", int(i), "p"), probe.bind(node)) for i, node in trees.items()], ()
    for name, hidden in scenario.hidden.items():
        path: Path = ("hidden", name, "values")
        if trees := with_rest({value: prior for value, prior in hidden.values.items() if prior is not None}):
            yield path, [((*path, value), probe.bind(node)) for value, node in trees.items()], ()
    for step in probe.steps:
        if step.kind == "chance":
            guards = () if step.when is None else (probe.bind(step.when),)
            outcomes = [((*o.path, "p"), probe.bind(o.p)) for o in step.options if o.p is not None]
            yield (*step.path, "outcomes"), outcomes, guards
    for effect, guards in probe.effects():
        if not isinstance(effect, FlatOption):
            continue
        if effect.lottery:
            branches = [((*branch.path, "p"), probe.bind(branch.p)) for branch in effect.lottery]
            yield (*effect.path, "lottery"), branches, guards
        for name, lottery in effect.becomes.items():
            path = (*effect.path, "becomes", name)
            yield path, [((*path, value), probe.bind(node)) for value, node in lottery.items()], guards


def _outside(probe: Probe, path: Path, node: Node, guards: Guards) -> Problem | None:
    """A probability that is below 0 or above 1 in the base case, or somewhere in the ranges."""
    low, high = bounds(node, probe.ranges)
    if np.all(low >= -TOLERANCE) and np.all(high <= 1 + TOLERANCE):
        return None  # it cannot be: nothing to try

    def wrong(p: Array) -> Array:
        return (p < -TOLERANCE) | (p > 1 + TOLERANCE)  # what is no number is told of elsewhere

    example = probe.first(node, wrong, guards)
    if example is None:
        return None
    found, fix = _shown(probe, example, node), _mend(probe, example, node)
    return probe.problem("odds-outside", path, "a probability from 0 to 1", found, fix)


def _sum(odds: Odds) -> Node:
    return reduce(lambda a, b: Binary("+", a, b), [node for _, node in odds], Number(0.0))


def _not_one(probe: Probe, path: Path, odds: Odds, guards: Guards) -> Iterator[Problem]:
    """Probabilities that do not make 1."""
    total = _sum(odds)
    example = probe.first(total, lambda x: abs(x - 1) > TOLERANCE, guards)
    if example is not None:
        found = _shown(probe, example, total)
        yield probe.problem("odds-sum", path, "probabilities that make 1", found, "One of them can be `rest`.")


def _shown(probe: Probe, example: Example, node: Node) -> str:
    """What a node comes to in an example, and where that is."""
    value = f"{example.value:.4g}" if np.isfinite(example.value) else "no finite number"
    return f"{value} {probe.describe(example, node)}".strip()


def _mend(probe: Probe, example: Example, node: Node) -> str:
    """How to keep a probability in bounds."""
    moved = [
        name
        for p, name in enumerate(probe.plan.assumptions)
        if example.theta[p] != probe.plan.base[p] and name in probe.plan.symbols.used(node)
    ]
    limit = "keep it in bounds with clip(..., 0, 1)"
    return f"Narrow the range of {' or '.join(moved)}, or {limit}." if moved else f"{limit[0].upper()}{limit[1:]}."


def discounts_are_below_one(probe: Probe) -> Iterator[Problem]:
    """Discount factors lie between 0 and 1, and no rationality is negative."""
    for i, (name, actor) in enumerate(probe.scenario.actors.items()):
        node = probe.plan.discount[i]
        example = probe.first(node, lambda x: (x <= 0) | (x >= 1))
        if example is not None:
            found = _shown(probe, example, node)
            yield probe.problem("discount-outside", ("actors", name, "discount"), "a number between 0 and 1", found)
        node = probe.plan.precision[i]
        example = probe.first(node, lambda x: x < 0)
        if example is not None:
            key = "lambda" if actor.rationality is None else "rationality"
            found = _shown(probe, example, node)
            yield probe.problem("rationality-negative", ("actors", name, key), "a number of at least 0", found)
