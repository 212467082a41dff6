"""Further equilibria of a game on the lattice of beliefs: those to which the search leads from random play.

A mover who knows more than the public may have several equilibria at one belief: what it does moves the belief, and the
belief what it is worth to do it. The solver takes the one on the principal branch; here it takes the one to which
Newton's method leads from a random play, at every state and belief (``stay`` of ``solve``, ``held`` of
``solve_blocks``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import overload

import numpy as np

from longgame.game.game import CHANCE
from longgame.solver.blocks.solution import BlockSolution
from longgame.solver.blocks.solve import solve_blocks
from longgame.solver.branch import over_open
from longgame.solver.solution import Solution
from longgame.solver.solve import solve

STARTS = 32
DISTINCT = 1e-6  # of a choice probability at the start, or of a worth relative to the largest
_SHAPES = (0.3, 1.0, 3.0)  # of Dirichlet's distribution of starts, by turns: near one option, anywhere, in the midst


@overload
def other_solutions(
    principal: Solution, *, starts: int = ..., seed: int = ..., progress: Callable[[int, int], None] | None = ...
) -> tuple[Solution, ...]: ...
@overload
def other_solutions(
    principal: BlockSolution, *, starts: int = ..., seed: int = ..., progress: Callable[[int, int], None] | None = ...
) -> tuple[BlockSolution, ...]: ...
def other_solutions(
    principal: Solution | BlockSolution,
    *,
    starts: int = STARTS,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Solution | BlockSolution, ...]:
    """The equilibria that random starts lead to and that differ from the ``principal`` solution and from each other.

    Two differ if what somebody expects in some world at the start does, or some choice at the start and the first
    public belief. A start is one random play for each step and cell, in all periods and states, at all beliefs.
    """
    rng = np.random.default_rng(seed)
    known: list[np.ndarray] = [_signature(principal)]
    found: list[Solution | BlockSolution] = []
    for start in range(starts):
        if progress is not None:
            progress(start, starts)
        other = _near(principal, _random_play(principal, rng, _SHAPES[start % len(_SHAPES)]))
        mark = _signature(other)
        if not other.unconverged.any() and all(np.abs(mark - seen).max() > DISTINCT for seen in known):
            known.append(mark)
            found.append(other)
    return tuple(found)


def _random_play(
    solution: Solution | BlockSolution, rng: np.random.Generator, shape: float
) -> tuple[np.ndarray | None, ...]:
    """[K] weights [C, A] of options at each move, the same everywhere, before it is known which options are open."""
    game = solution.game
    if isinstance(solution, BlockSolution):
        cells = [0 if step.mover == CHANCE else int(game.cells[step.mover].max()) + 1 for step in game.steps]
        shapes = [(count, len(step.options)) for count, step in zip(cells, game.steps, strict=True)]
    else:
        shapes = [(0, 0) if play is None else np.shape(play)[1:3] for play in solution.sigma[-1]]
    return tuple(rng.gamma(shape, size=size) + 1e-6 if size[0] else None for size in shapes)


def _near(principal: Solution | BlockSolution, weights: tuple[np.ndarray | None, ...]) -> Solution | BlockSolution:
    """The equilibrium near some play."""
    game, numbers, tolerance = principal.game, principal.tables, principal.tolerance
    if isinstance(principal, BlockSolution):
        return solve_blocks(game, principal.theta, tables=numbers, held=weights, tolerance=tolerance)
    plays: list[np.ndarray | None] = []
    for k, (play, weight) in enumerate(zip(principal.sigma[-1], weights, strict=True)):
        if play is None or weight is None:
            plays.append(None)
            continue
        share = over_open(weight, principal.tables(0).steps[k].allowed)
        plays.append(np.repeat(share[..., None], np.shape(play)[-1], axis=-1))
    near = replace(principal, sigma=[plays] * game.periods)
    return solve(game, principal.theta, tables=numbers, near=near, stay=True, tolerance=tolerance)


def _signature(solution: Solution | BlockSolution) -> np.ndarray:
    """Worths at the start by state, actor and world, relative to the largest, and the choices of the first period."""
    first, prior = solution.tables(0), solution.prior
    states = np.asarray(first.start_index)[np.asarray(first.start_weight) > 0].tolist()
    worth = np.concatenate([solution.value_at(0, 0, s, prior).ravel() for s in states])
    choices = [
        solution.choice_at(0, k, s, prior).ravel()
        for s in states
        for k, play in enumerate(solution.sigma[0])
        if play is not None and np.asarray(first.steps[k].active)[s]
    ]
    return np.concatenate([worth / max(float(np.abs(worth).max()), 1e-300), *choices])
