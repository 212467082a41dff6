"""Independent blocks of hidden variables: what the public believes of one says nothing about another.

Two hidden variables stand in one block if

1. a table of ``worlds`` gives them a joint prior,
2. one actor knows both,
3. the odds of one chance event rest on both,
4. one option lets them become something, or what one becomes rests on the other; at a move, what the mover knows
   is of that block too, as the public reads both off the same choice.

What happens at a step then tells of one block only, so blocks that are independent at the start stay so for ever:
nobody signals what it does not know. The public belief is the product of the beliefs about the blocks (docs/method.md).

Letters: D blocks, n_d the worlds of block d (one value of each of its variables), and else as in ``arrays``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np

from longgame.game.lattice import MOST_WORLDS
from longgame.game.numbers import CHANCE
from longgame.game.plan import Plan, StepPlan
from longgame.scenario.expand import tabled
from longgame.scenario.model import Scenario
from longgame.text import listed

NOBODY = -1  # the block of an actor who knows nothing, and of a step at which nothing is learned


@dataclass(frozen=True)
class Tie:
    """Hidden variables that are not independent of each other, and why, in words."""

    variables: tuple[str, ...]
    because: str


@dataclass(frozen=True, eq=False)
class Blocks:
    """The blocks of a game.

    variables  [D] the names of the hidden variables of each
    of_world   [D, W] the world of each block in each world of the game
    of_actor   [N] the block that an actor knows of, or NOBODY
    of_step    [K] the block that a step tells of or changes, or NOBODY
    cells      [N][n_d] the cells of each actor over the worlds of its block; [0] for an actor who knows nothing
    ties       what ties variables together
    """

    variables: tuple[tuple[str, ...], ...]
    of_world: np.ndarray
    of_actor: tuple[int, ...]
    of_step: tuple[int, ...]
    cells: tuple[tuple[int, ...], ...]
    ties: tuple[Tie, ...]

    def __len__(self) -> int:
        return len(self.variables)

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """[D] n_d."""
        return tuple(int(row.max()) + 1 for row in self.of_world)

    @cached_property
    def world_at(self) -> np.ndarray:
        """[n_0, .., n_D-1] the world of the game in which each block has a certain world."""
        found = np.empty(self.sizes, np.int64)
        found[tuple(self.of_world)] = np.arange(self.of_world.shape[1])
        return found

    @cached_property
    def members(self) -> tuple[np.ndarray, ...]:
        """[D] arrays [W, n_d]: which worlds have which world of a block, 1 or 0; a belief times it is the marginal."""
        return tuple(np.eye(size)[row] for size, row in zip(self.sizes, self.of_world, strict=True))

    def size_of(self, block: int) -> int:
        """How many worlds a block has; one where there is none."""
        return 1 if block == NOBODY else self.sizes[block]

    def marginals(self, beliefs: np.ndarray) -> list[np.ndarray]:
        """[D] arrays [..., n_d]: what beliefs [..., W] say of each block."""
        return [beliefs @ member for member in self.members]


def is_factored(blocks: Blocks) -> bool:
    """Whether beliefs are kept block by block: there are several; one lattice over all worlds is too large."""
    return len(blocks) > 1 and blocks.of_world.shape[1] > MOST_WORLDS


def blocks_of(scenario: Scenario, plan: Plan) -> Blocks:
    """The blocks of a scenario's game."""
    names = list(plan.hidden)
    ties = tuple(_ties(scenario, plan))
    block = {name: name for name in names}
    for tie in ties:
        first = block[tie.variables[0]]
        joined = {block[name] for name in tie.variables}
        block = {name: first if of in joined else of for name, of in block.items()}
    variables = tuple(tuple(n for n in names if block[n] == of) for of in dict.fromkeys(block.values()))
    of_world = [_numbered(plan.world_codes[:, [names.index(n) for n in some]]) for some in variables]
    if prod(int(row.max()) + 1 for row in of_world) != len(plan.worlds):  # combinations that cannot be were left out
        variables, of_world = (tuple(names),), [np.arange(len(plan.worlds))]
    place = {name: d for d, some in enumerate(variables) for name in some}
    known = [_known_to(scenario, actor) for actor in plan.actors]
    of_actor = tuple(place[some[0]] if some else NOBODY for some in known)
    cells = []
    for actor, block_of in enumerate(of_actor):
        firsts = [0] if block_of == NOBODY else np.unique(of_world[block_of], return_index=True)[1]
        cells.append(tuple(int(plan.cells[actor, w]) for w in firsts))
    steps = []
    for step in plan.steps:
        touched = _touched(plan, step)
        mover = NOBODY if step.mover < 0 else of_actor[step.mover]
        steps.append(place[touched[0]] if touched else mover)
    return Blocks(
        variables,
        np.array(of_world).reshape(len(variables), len(plan.worlds)),
        of_actor,
        tuple(steps),
        tuple(cells),
        ties,
    )


def _ties(scenario: Scenario, plan: Plan) -> Iterator[Tie]:
    if len(joint := tabled(scenario)) > 1:
        yield Tie(joint, "the table of `worlds` gives them a joint prior")
    for actor in plan.actors:
        if len(known := _known_to(scenario, actor)) > 1:
            yield Tie(tuple(known), f"`{actor}` knows {'both' if len(known) == 2 else 'all of them'}")
    for step in plan.steps:
        mover = [] if step.mover < 0 else _known_to(scenario, plan.actors[step.mover])
        changed = _touched(plan, step)
        together = list(dict.fromkeys([*mover, *changed]))
        if changed and len(together) > 1:
            does = "the odds of `{}` rest on them" if not _becoming(plan, step) else "`{}` changes them together"
            yield Tie(tuple(together), does.format(step.name))


def _known_to(scenario: Scenario, actor: str) -> list[str]:
    return [name for name, hidden in scenario.hidden.items() if actor in hidden.known_to]


def _touched(plan: Plan, step: StepPlan) -> list[str]:
    """The hidden variables that the odds of a chance event rest on, and those of what a step lets become."""
    found = [*_becoming(plan, step)]
    if step.mover == CHANCE:
        found += _used(plan, [option.odds for option in step.options])
    return list(dict.fromkeys(found))


def _becoming(plan: Plan, step: StepPlan) -> list[str]:
    found: list[str] = []
    for option in step.options:
        for name, lottery in option.becomes:
            found += [name, *_used(plan, [odds for _, odds in lottery])]
    return found


def _used(plan: Plan, nodes: Sequence[object]) -> list[str]:
    used = plan.symbols.used(*nodes)  # type: ignore[arg-type]
    return [name for name in plan.hidden if name in used]


def _numbered(codes: np.ndarray) -> np.ndarray:
    """[W] the number of each row of codes [W, h], in the order in which they first come."""
    seen: dict[tuple[int, ...], int] = {}
    return np.array([seen.setdefault(tuple(row.tolist()), len(seen)) for row in codes], np.int64)


def tied(blocks: Blocks, block: int) -> str:
    """Why the variables of a block belong together, in a sentence; empty for a single variable."""
    reasons = [
        f"{listed([f'`{n}`' for n in tie.variables])}: {tie.because}"
        for tie in blocks.ties
        if set(tie.variables) <= set(blocks.variables[block])
    ]
    return "; ".join(dict.fromkeys(reasons))
