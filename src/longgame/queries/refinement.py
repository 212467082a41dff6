"""The lattice against a finer one, along the whole of play: what can be said where a game is too large to write out.

Many plays are simulated on the solution of the finer lattice, with exact beliefs. Before every move on the way, both
solutions are looked up at the same state and belief: choice probabilities, and what each actor expects from there on.

Interpolation errors shrink with the square of the mesh where values are smooth in the belief, and with the mesh itself
where they have kinks: what one halving changes is three quarters of the error, or half of it. It bounds nothing: a
lattice that is much too coarse can miss what the finer one misses too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from longgame.exact.differences import Differences, StepDifferences, Tally
from longgame.exact.verify import OnLattice, worth_at
from longgame.game.game import CHANCE
from longgame.queries.forecast import play
from longgame.queries.nodes import Floats, Ints, odds, start

PATHS = 2000


@dataclass(frozen=True)
class Refinement:
    """A lattice solution against one of a finer lattice, along simulated plays.

    plays    how many, each of all periods
    lattice  the resolution of the one; finer: of the other
    whole    how far they are apart, at all moves; steps: at each
    """

    plays: int
    lattice: int
    finer: int
    whole: Differences
    steps: list[StepDifferences]


def refinement(coarse: OnLattice, fine: OnLattice, paths: int = PATHS, seed: int = 0) -> Refinement:
    """Compare two solutions of the same game from its start to its horizon."""
    game = fine.game
    stake = np.asarray(fine.tables(0).stake)
    scale = np.where(stake > 0, stake, 1.0)
    tally = Tally()

    def watch(t: int, k: int, s: Ints, b: Floats) -> None:
        if game.steps[k].mover == CHANCE:
            return
        apart = np.abs(odds(coarse, t, k, s, b) - odds(fine, t, k, s, b)).max(axis=1)  # [n, W]
        worth = np.abs((worth_at(coarse, t, k, s, b) - worth_at(fine, t, k, s, b)) / scale).max(axis=1)
        tally.add(game.steps[k].name, np.where(b > 0.0, apart, 0.0), b, worth)

    play(fine, start(fine), paths, np.random.default_rng(seed), game.periods - 1, watch)
    names = tuple(step.name for step in game.steps)
    return Refinement(paths, coarse.game.lattice, game.lattice, tally.whole(), tally.by_step(names))
