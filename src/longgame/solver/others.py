"""Further equilibria of a game on the lattice of beliefs: those to which the search leads from random play.

A mover who knows more than the public may have several equilibria at one belief: what it does moves the belief, and the
belief what it is worth to do it. The solver takes the one on the principal branch; here it takes the one to which
Newton's method leads from a random play, at every state and belief (``stay`` of ``solve``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from longgame.solver.solution import Solution
from longgame.solver.solve import solve

STARTS = 32
DISTINCT = 1e-6  # of a choice probability at the start, or of a worth relative to the largest
_SHAPES = (0.3, 1.0, 3.0)  # of Dirichlet's distribution of starts, by turns: near one option, anywhere, in the midst


def other_solutions(
    principal: Solution, *, starts: int = STARTS, seed: int = 0, progress: Callable[[int, int], None] | None = None
) -> tuple[Solution, ...]:
    """The equilibria that random starts lead to and that differ from the ``principal`` solution and from each other.

    Two differ if what somebody expects in some world at the start does, or some choice at the start and the first
    public belief. A start is one random play for each step and cell, in all periods and states, at all beliefs.
    """
    game, rng = principal.game, np.random.default_rng(seed)
    known, found = [_signature(principal)], []
    for start in range(starts):
        if progress is not None:
            progress(start, starts)
        near = replace(principal, sigma=_random_play(principal, rng, _SHAPES[start % len(_SHAPES)]))
        other = solve(
            game, principal.theta, tables=principal.tables, near=near, stay=True, tolerance=principal.tolerance
        )
        mark = _signature(other)
        if not other.unconverged.any() and all(np.abs(mark - seen).max() > DISTINCT for seen in known):
            known.append(mark)
            found.append(other)
    return tuple(found)


def _random_play(solution: Solution, rng: np.random.Generator, shape: float) -> list[list[np.ndarray | None]]:
    """T lists of K plays [S, C, A, B], as of a ``Solution``: the same everywhere, over the options that are open."""
    plays: list[np.ndarray | None] = []
    for k, play in enumerate(solution.sigma[-1]):
        if play is None:
            plays.append(None)
            continue
        _, cells, options, points = np.shape(play)
        weight = rng.gamma(shape, size=(cells, options)) + 1e-6
        odds = weight * np.asarray(solution.tables(0).steps[k].allowed)[:, None, :]
        total = odds.sum(axis=-1, keepdims=True)
        share = np.divide(odds, total, out=np.full_like(odds, 1.0 / options), where=total > 0)
        plays.append(np.repeat(share[..., None], points, axis=-1))
    return [plays] * solution.game.periods


def _signature(solution: Solution) -> np.ndarray:
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
