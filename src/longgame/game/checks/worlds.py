"""Whether there is a lattice for what is hidden: one over few worlds, or one for each independent block of few worlds.

A small game that ends is solved exactly, whatever it hides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from longgame.errors import Problem, ScenarioError
from longgame.game.blocks import Blocks, is_factored, tied
from longgame.game.game import Game, Step
from longgame.game.lattice import MOST_WORLDS
from longgame.game.numbers import SEVERAL
from longgame.game.plan import StepPlan
from longgame.scenario.model import Scenario
from longgame.text import listed


def refuse_without_lattice(scenario: Scenario, game: Game) -> None:
    """Raise ScenarioError where a game can be solved exactly or not at all."""
    if game.blocks is not None and (problems := list(too_many_worlds(scenario, game.blocks, game.steps))):
        raise ScenarioError(scenario.source.blamed(problems))


def too_many_worlds(scenario: Scenario, blocks: Blocks, steps: Sequence[Step | StepPlan]) -> Iterator[Problem]:
    """No block of hidden variables has too many combinations of values; says what ties its variables together."""
    worlds, forever = blocks.of_world.shape[1], scenario.clock.forever
    if forever and is_factored(blocks):
        fix = "Give `periods` a number, or take fewer secrets."
        place, expected = scenario.place(("clock", "periods")), f"at most {MOST_WORLDS} worlds in a game without an end"
        yield Problem("too-many-worlds", place, expected, f"{worlds}", fix)
    if is_factored(blocks) and any(step.mover == SEVERAL for step in steps):
        place, expected = scenario.place(("hidden",)), f"at most {MOST_WORLDS} worlds beside moves at the same time"
        fix = "Take fewer secrets, let moves follow each other, or make the game small enough to be solved exactly."
        yield Problem("too-many-worlds", place, expected, f"{worlds}", fix)
    for block, variables in enumerate(blocks.variables):
        size = blocks.sizes[block] if worlds > 1 else 1
        if size <= MOST_WORLDS:
            continue
        names = listed(f"`{name}`" for name in variables)
        found = f"{size}" if len(variables) == 1 else f"{size} of {names} together"
        fix = "Take fewer values, list the combinations that matter under `worlds`, or give values a prior of 0."
        fix += "" if forever else " A smaller game, as of fewer periods, is solved exactly with as many."
        if reasons := tied(blocks, block):
            fix = f"They hang together: {reasons}. Untie them, or: {fix[0].lower()}{fix[1:]}"
        place = scenario.place(("hidden", variables[0]), key=True)
        expected = f"at most {MOST_WORLDS} worlds of hidden variables that hang together"
        yield Problem("too-many-worlds", place, expected, found, fix)
