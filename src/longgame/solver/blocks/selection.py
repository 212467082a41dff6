"""Which of several equilibria is taken at a move: the one near play that is held, or the one that honest talk leads to.

Both are looked for at one fibre and point of its lattice at a time, as where all worlds have one lattice
(``solver.period``), after the principal branch was found there. What is held is the same at all beliefs, so that the
choice can be made anew at any of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from longgame.arrays import Array
from longgame.game.lattice import Lattice
from longgame.solver.branch import over_open, stay_near
from longgame.solver.honest import honest_talk
from longgame.solver.kernel import Move
from longgame.solver.period import StepSearch
from longgame.solver.rules import Rules


@dataclass(frozen=True, eq=False)
class Selection:
    """What is taken at a move in place of the principal branch.

    held  [C, A] play: the equilibrium to which Newton's method leads from there; None: nothing is held
    lies  [A, n] whether a word is not true in a world of the block, of a statement that starts from honest talk; None
          of any other move
    """

    held: np.ndarray | None
    lies: np.ndarray | None

    @classmethod
    def of(
        cls, lies: tuple[tuple[bool, ...], ...], worlds: np.ndarray, held: np.ndarray | None
    ) -> Selection | None:
        """That of a move; None where the principal branch is meant. ``worlds`` [n]: of the game, one for each of the
        block; ``lies`` as of a ``Step``."""
        if held is None and not lies:
            return None
        return cls(held, None if held is not None else np.array(lies)[:, worlds])

    def taken(
        self,
        rules: Rules,
        lattice: Lattice,
        move: Move,
        play: Array,
        search: StepSearch,
        at: Lattice | None = None,
        where: np.ndarray | None = None,
    ) -> tuple[Array, StepSearch]:
        """Play [X, C, A, P] and how the search for it went, from those of the principal branch.

        at     the lattice of the points P, where values are given on a finer one
        where  [X, P] bool: the points that are wanted; all, if None
        """
        if self.held is not None:
            held = np.broadcast_to(over_open(self.held, move.tables.allowed)[..., None], play.shape)
            play, residual = stay_near(rules, lattice, move, held, play, search.residual, at, where)
            return play, search._replace(residual=residual)
        assert self.lies is not None
        talk = honest_talk(rules, lattice, move, self.lies, play, search.residual, at, where)
        return talk.play, StepSearch(talk.residual, search.iterations, search.jumps, talk.honest, talk.unravelled)
