"""Whether what is hidden can be solved: one lattice over few worlds, or independent blocks of few worlds each."""

from __future__ import annotations

from collections.abc import Iterator

from longgame.errors import Problem
from longgame.game.blocks import Blocks, is_factored, tied
from longgame.game.lattice import MOST_WORLDS
from longgame.game.numbers import SEVERAL
from longgame.game.plan import Plan
from longgame.scenario.model import Scenario
from longgame.text import listed


def too_many_worlds(scenario: Scenario, plan: Plan, blocks: Blocks) -> Iterator[Problem]:
    """No block of hidden variables has too many combinations of values; says what ties its variables together."""
    if scenario.clock.forever and is_factored(blocks):
        fix = "Give `periods` a number, or take fewer secrets."
        place, expected = scenario.place(("clock", "periods")), f"at most {MOST_WORLDS} worlds in a game without an end"
        yield Problem("too-many-worlds", place, expected, f"{blocks.of_world.shape[1]}", fix)
    if is_factored(blocks) and any(step.mover == SEVERAL for step in plan.steps):
        place, expected = scenario.place(("hidden",)), f"at most {MOST_WORLDS} worlds beside moves at the same time"
        fix = "Take fewer secrets, or let the moves follow each other."
        yield Problem("too-many-worlds", place, expected, f"{blocks.of_world.shape[1]}", fix)
    for block, variables in enumerate(blocks.variables):
        size = blocks.sizes[block] if blocks.of_world.shape[1] > 1 else 1
        if size <= MOST_WORLDS:
            continue
        names = listed(f"`{name}`" for name in variables)
        found = f"{size}" if len(variables) == 1 else f"{size} of {names} together"
        fix = "Take fewer values, list the combinations that matter under `worlds`, or give values a prior of 0."
        if reasons := tied(blocks, block):
            fix = f"They hang together: {reasons}. Untie them, or: {fix[0].lower()}{fix[1:]}"
        place = scenario.place(("hidden", variables[0]), key=True)
        expected = f"at most {MOST_WORLDS} worlds of hidden variables that hang together"
        yield Problem("too-many-worlds", place, expected, found, fix)
