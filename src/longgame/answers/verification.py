"""The error of the belief lattice, next to the answers.

Two measures. Where a game, or its first periods, is small enough to be written out, the lattice is held against the
exact method (``solution/verify``). Where that does not cover all periods, the lattice is also held against one of twice
the resolution, along simulated plays of the whole game (``queries/refinement``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from longgame.arrays import Array
from longgame.errors import TooLargeError
from longgame.exact.verify import MOST_NODES, Verification, verify
from longgame.game.game import Game
from longgame.queries.refinement import PATHS, Refinement, refinement
from longgame.run.study import Progress, silent
from longgame.solver.solution import Solution
from longgame.solver.solve import solve


@dataclass(frozen=True)
class VerificationRow:
    """How far the lattice is from the exact equilibrium, as far as that can be said.

    exact   against the exact method; null where not even one period could be written out
    scope   what the exact method covered, as a sentence
    plays   against a finer lattice along simulated plays; null where the exact method covered all periods
    """

    exact: Verification | None
    scope: str
    plays: Refinement | None

    @property
    def converged(self) -> bool:
        """Whether the exact method, where it was used, found an equilibrium to its tolerance."""
        return self.exact is None or self.exact.converged


def verification(
    game: Game,
    theta: Array | None = None,
    *,
    most: int = MOST_NODES,
    paths: int = PATHS,
    seed: int = 0,
    progress: Progress = silent,
    solved: Callable[[], tuple[Solution, Solution]] | None = None,
) -> VerificationRow:
    """State the error of the lattice at one draw of the assumptions, the base case if None.

    Args:
        game: a compiled game.
        theta: [P] the assumptions.
        most: how many nodes the exact method may write out.
        paths: how many plays are simulated where it does not reach the horizon.
        seed: of these.
        progress: told what is being done.
        solved: gives the solutions on the game's own lattice and on that of twice the resolution, where they are at
            hand; solved here if None.
    """
    theta = np.asarray(game.base if theta is None else theta, dtype=float)
    progress("Solving without a lattice", 0, 1)
    try:
        exact = verify(game, theta, most=most)
    except TooLargeError:
        exact = None
        scope = f"The game is too large for the exact method: one period of it has more than {most:,} nodes."
    else:
        scope = _scope(exact)
        if exact.periods == game.periods:
            return VerificationRow(exact, scope, None)
    progress("Solving on a finer lattice", 0, 1)
    if solved is None:
        coarse, fine = (solve(replace(game, lattice=r), theta) for r in (game.lattice, 2 * game.lattice))
    else:
        coarse, fine = solved()
    return VerificationRow(exact, scope, refinement(coarse, fine, paths, seed))


def _scope(exact: Verification) -> str:
    if exact.periods == exact.of_periods:
        return "The exact method covers the whole game."
    first = "the first period" if exact.periods == 1 else f"the first {exact.periods} periods"
    return (
        f"The whole game is too large for the exact method: it covers {first} of {exact.of_periods}, as a game of its "
        "own that ends there, and says nothing of how beliefs count later."
    )
