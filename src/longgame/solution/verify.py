"""How far the lattice method is from the exact equilibrium, on the path of play.

The game is written out (``game/unroll``) and solved over its histories, where beliefs are exact and there is no
lattice (``histories``). At every public history at which somebody chooses, the lattice solution is looked up at the
exact public belief, and compared with what the histories method found: choice probabilities, and what each actor
expects from there on, as a share of its stake. The same is done with a lattice of twice the resolution.

A game with too many histories is verified over its first periods, after which the end values are paid: it is solved
anew by both methods over these.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from longgame.arrays import Array
from longgame.game.game import Game
from longgame.game.unroll import Unrolled, count_nodes, unroll
from longgame.solution.abreast import tables_of
from longgame.solution.differences import Differences, StepDifferences, Tally
from longgame.solution.histories import HistoriesSolution, solve_extensive
from longgame.solution.solution import Solution
from longgame.solution.solve import solve

MOST_NODES = 200_000


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


def verify(game: Game, theta: Array | None = None, *, most: int = MOST_NODES) -> Verification:
    """State the error of the lattice method for a game.

    Args:
        game: a compiled game.
        theta: [P] the assumptions; the base case if None.
        most: how many nodes to write out; the periods are cut to fit.

    Raises:
        TooLargeError: not even one period fits.
    """
    began = time.perf_counter()
    theta = np.asarray(game.base if theta is None else theta, dtype=float)
    numbers = tables_of(game, theta)
    fits = int(np.searchsorted(count_nodes(game, numbers), most, side="right"))
    short = replace(game, periods=max(fits, 1))
    written = unroll(short, numbers, most=most)
    tastes = game.noise == "tastes"
    exact = solve_extensive(written.game, written.precision, tastes=tastes, recall=False)
    spots = list(_spots(written, exact, numbers))
    coarse, fine = (solve(replace(short, lattice=r), theta) for r in (game.lattice, 2 * game.lattice))
    coarse_looks = [_look(coarse, spot) for spot in spots]
    fine_looks = [_look(fine, spot) for spot in spots]
    exact_looks = [_Look(spot.choice, spot.worth) for spot in spots]
    stake = np.asarray(numbers(0).stake)
    names = tuple(step.name for step in game.steps)
    tally = _tally(names, spots, coarse_looks, exact_looks, stake)
    return Verification(
        periods=short.periods,
        of_periods=game.periods,
        nodes=written.game.nodes,
        histories=sum(len(spot.state) for spot in spots),
        residual=exact.residual,
        status=exact.status.value,
        converged=exact.converged,
        lattice=coarse.game.lattice,
        exact=tally.whole(),
        finer=fine.game.lattice,
        finer_exact=_tally(names, spots, fine_looks, exact_looks, stake).whole(),
        refinement=_tally(names, spots, coarse_looks, fine_looks, stake).whole(),
        steps=tally.by_step(names),
        seconds=time.perf_counter() - began,
    )


class _Look(NamedTuple):
    """Choice [G, C, A] (NaN for closed options and for cells that cannot be) and expected worth [G, N] at histories."""

    choice: np.ndarray
    worth: np.ndarray


class _Spot(NamedTuple):
    """The public histories that stand before one move of one period, as the histories method sees them.

    state [G]; belief [G, W]; choice [G, C, A]; worth [G, N]; probability of each history's cells [G, C]
    """

    period: int
    step: int
    state: np.ndarray
    belief: np.ndarray
    choice: np.ndarray
    worth: np.ndarray
    probability: np.ndarray


def _spots(written: Unrolled, exact: HistoriesSolution, numbers: Any) -> Iterator[_Spot]:
    """Every move of every period, with what the histories method found there."""
    tree, source = written.game, written.source
    W = len(source.worlds)
    decisions = np.flatnonzero(tree.mover >= 0)
    sets = tree.infoset[decisions]
    ahead = (exact.value - tree.pay)[decisions] / written.scale[sets]  # from here on, in money of this period
    reach = exact.reach[decisions]
    where = written.period[sets] * len(source.steps) + written.step[sets]
    for place in np.unique(where).tolist():
        t, k = divmod(place, len(source.steps))
        here = np.flatnonzero(where == place)
        histories, g = np.unique(written.history[sets[here]], return_inverse=True)
        G = len(histories)
        joint = np.bincount(g * W + written.world[decisions[here]], weights=reach[here], minlength=G * W).reshape(G, W)
        total = joint.sum(axis=1, keepdims=True)
        share = reach[here] / total[g, 0]
        worth = np.stack([np.bincount(g, weights=share * column, minlength=G) for column in ahead[here].T], axis=1)
        state = written.histories.state[histories]
        cells = source.cells[source.steps[k].mover]
        choice = np.full((G, cells.max() + 1, len(source.steps[k].options)), np.nan)
        allowed = np.asarray(numbers(t).steps[k].allowed)[state]
        members, first = np.unique(sets[here], return_index=True)
        for h, row in zip(members.tolist(), g[first].tolist(), strict=True):
            choice[row, written.cell[h], allowed[row]] = exact.choice(h)
        probability = np.stack([joint[:, cells == c].sum(axis=1) for c in range(cells.max() + 1)], axis=1)
        yield _Spot(t, k, state, joint / total, choice, worth, probability)


def _look(solution: Solution, spot: _Spot) -> _Look:
    """The lattice solution at the histories of a spot, at their exact beliefs."""
    index, weight = solution.lattice.locate(spot.belief)  # [G, W] each
    sigma = np.asarray(solution.sigma[spot.period][spot.step])
    values = np.asarray(solution.values(spot.period, spot.step))
    rows = spot.state[:, None]
    choice = np.einsum("gvca,gv->gca", sigma[rows, :, :, index], weight)
    by_world = np.einsum("gvnw,gv->gnw", values[rows, :, :, index], weight)
    return _Look(choice, np.einsum("gnw,gw->gn", by_world, spot.belief))


def _tally(
    names: tuple[str, ...], spots: list[_Spot], one: list[_Look], other: list[_Look], stake: np.ndarray
) -> Tally:
    scale = np.where(stake > 0, stake, 1.0)
    tally = Tally()
    for spot, a, b in zip(spots, one, other, strict=True):
        by_cell = np.nanmax(np.abs(np.where(np.isnan(spot.choice), np.nan, a.choice - b.choice)), axis=2, initial=0.0)
        by_history = np.abs((a.worth - b.worth) / scale).max(axis=1)
        tally.add(names[spot.step], by_cell, spot.probability, by_history)
    return tally
