"""How far the lattice method is from the exact equilibrium, on the path of play.

The game is written out (``game/unroll``) and solved over its histories, where beliefs are exact and there is no
lattice (``public_histories``). At every public history at which somebody chooses, the lattice solution is looked up at
the exact public belief, and compared with what the histories method found: choice probabilities, and what each actor
expects from there on, as a share of its stake. The same is done with a lattice of twice the resolution.

A game with too many histories is verified over its first periods, after which the end values are paid: it is solved
anew by both methods over these.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from longgame.arrays import Array
from longgame.exact.differences import Differences, StepDifferences, Tally
from longgame.exact.public_histories import HistoryMove, solve_histories
from longgame.exact.unroll import count_nodes
from longgame.game.game import Game
from longgame.solver.batch import tables_of
from longgame.solver.blocks.solution import BlockSolution
from longgame.solver.blocks.solve import solve_game
from longgame.solver.solution import Solution

MOST_NODES = 200_000

OnLattice = Solution | BlockSolution


@dataclass(frozen=True)
class Verification:
    """The lattice method against the histories method.

    periods      how many periods were written out, of how many the scenario has
    nodes        nodes of the extensive game; histories: public histories at which somebody chooses
    residual     of the histories method; status: how its equilibrium was found
    lattice      resolution; exact: the lattice solution against the exact one
    finer        resolution of the finer lattice; finer_exact: its solution against the exact one
    refinement   the lattice solution against that of the finer lattice
    steps        the lattice solution against the exact one, by step
    """

    periods: int
    of_periods: int
    nodes: int
    histories: int
    residual: float
    status: str
    converged: bool
    lattice: int
    exact: Differences
    finer: int
    finer_exact: Differences
    refinement: Differences
    steps: list[StepDifferences]
    seconds: float


def verify(
    game: Game, theta: Array | None = None, *, most: int = MOST_NODES, finer: int | None = None
) -> Verification:
    """State the error of the lattice method for a game.

    Args:
        game: a compiled game.
        theta: [P] the assumptions; the base case if None.
        most: how many nodes to write out; the periods are cut to fit.
        finer: the resolution of the finer lattice; twice that of the game if None.

    Raises:
        TooLargeError: not even one period fits.
    """
    began = time.perf_counter()
    theta = np.asarray(game.base if theta is None else theta, dtype=float)
    numbers = tables_of(game, theta)
    fits = int(np.searchsorted(count_nodes(game, numbers), most, side="right"))
    short = replace(game, periods=max(fits, 1))
    exact = solve_histories(short, theta, tables=numbers, most=most)
    coarse, fine = (solve_game(replace(short, lattice=r), theta) for r in (game.lattice, finer or 2 * game.lattice))
    coarse_looks = [_look(coarse, move) for move in exact.moves]
    fine_looks = [_look(fine, move) for move in exact.moves]
    exact_looks = [_Look(move.choice, move.worth) for move in exact.moves]
    stake = np.asarray(numbers(0).stake)
    names = tuple(step.name for step in game.steps)
    tally = _tally(names, exact.moves, coarse_looks, exact_looks, stake)
    return Verification(
        periods=short.periods,
        of_periods=game.periods,
        nodes=exact.written.game.nodes,
        histories=exact.histories,
        residual=exact.residual,
        status=exact.status.value,
        converged=exact.converged,
        lattice=coarse.game.lattice,
        exact=tally.whole(),
        finer=fine.game.lattice,
        finer_exact=_tally(names, exact.moves, fine_looks, exact_looks, stake).whole(),
        refinement=_tally(names, exact.moves, coarse_looks, fine_looks, stake).whole(),
        steps=tally.by_step(names),
        seconds=time.perf_counter() - began,
    )


class _Look(NamedTuple):
    """Choice [G, C, A] (NaN for closed options and for cells that cannot be) and expected worth [G, N] at histories."""

    choice: np.ndarray
    worth: np.ndarray


def _look(solution: OnLattice, move: HistoryMove) -> _Look:
    """The lattice solution at the histories of a move, at their exact beliefs."""
    place = move.period, move.step, move.state, move.belief
    _, worlds = np.unique(solution.game.rows(move.step), return_index=True)
    choice = solution.odds(*place)[:, :, worlds].swapaxes(1, 2)
    return _Look(choice, worth_at(solution, *place))


def worth_at(solution: OnLattice, t: int, k: int, s: np.ndarray, b: np.ndarray) -> np.ndarray:
    """[G, N] what each actor expects before step k of period t in states [G], at public beliefs [G, W]."""
    if isinstance(solution, BlockSolution):
        by_world = solution.values_at(t, k, s, b)
    else:
        index, weight = solution.lattice.locate(b)
        values = np.asarray(solution.values(t, k))
        by_world = np.einsum("gvnw,gv->gnw", values[s[:, None], :, :, index], weight)
    return np.einsum("gnw,gw->gn", by_world, b)


def _tally(
    names: tuple[str, ...], moves: Sequence[HistoryMove], one: list[_Look], other: list[_Look], stake: np.ndarray
) -> Tally:
    scale = np.where(stake > 0, stake, 1.0)
    tally = Tally()
    for move, a, b in zip(moves, one, other, strict=True):
        by_cell = np.nanmax(np.abs(np.where(np.isnan(move.choice), np.nan, a.choice - b.choice)), axis=2, initial=0.0)
        by_history = np.abs((a.worth - b.worth) / scale).max(axis=1)
        tally.add(names[move.step], by_cell, move.probability, by_history)
    return tally
