"""How well the estimate of the lattice's error covers it: on random games whose exact answers are known.

    python benchmarks/estimates.py --games 100

Every game is solved exactly and on lattices of R, 1.5 R and 2 R steps; of four and six worlds also from R = 2. At six
nodes of its tree what every actor can expect and how likely every option is are compared: the error of a lattice
against the estimates of ``run.precision``, from what one finer lattice changes and from what two change. The mean error
of the choices stands beside that of choices that are linear between the points.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from longgame.exact.exact_solution import ExactSolution, NotSolved
from longgame.game.game import Game
from longgame.queries.case import Case
from longgame.queries.nodes import Equilibrium, Nodes, odds
from longgame.run.precision import LEAST_FINER, OF_TWO, factor
from longgame.solver.batch import tables_of
from longgame.solver.interpolation import interpolated, locate
from longgame.solver.solution import Solution
from longgame.solver.solve import solve
from tests.games import random_game

RESOLUTION = {2: 8, 3: 6, 4: 4, 5: 6, 6: 5, 8: 4}  # worlds -> R
COARSE = 2  # R where there are more worlds than steps, as in the flagship
NODES = 6
ROUNDING = 1e-7  # of the solver


@dataclass(frozen=True, eq=False)
class Compared:
    """Numbers of one game: by resolution, and exactly; a choice is a probability, a value is in payoffs.

    linear  by resolution, the same with choices that are linear between the points of the lattice
    """

    worlds: int
    exact: np.ndarray
    found: dict[int, np.ndarray]
    linear: dict[int, np.ndarray]
    choice: np.ndarray


def compared(game: Game, rng: np.random.Generator, resolutions: tuple[int, ...] = ()) -> Compared | None:
    """The numbers of a game; None where it is too large to be solved exactly."""
    theta = np.asarray(game.base, dtype=float)
    exact = ExactSolution(game, theta, tables_of(game, theta))
    tables = exact.tables(0)
    starts = np.unique(np.asarray(tables.start_index))
    try:
        exact.values_at(0, 0, starts, np.tile(tables.prior, (len(starts), 1)))
    except NotSolved:
        return None
    tree = exact.trees[0]
    places = [
        (t, k, int(spot.s[i]), tree.belief[told])
        for (t, k), spot in tree.tree.spots.items()
        for i, told in enumerate(spot.told.tolist())
        if t < game.periods and k < len(game.steps) and told >= 0
    ]
    chosen = [0, *rng.choice(len(places), min(NODES - 1, len(places)), replace=False).tolist()]
    nodes = [places[n] for n in chosen]
    R = game.lattice
    some = resolutions or (R, ceil(1.5 * R), 2 * R)
    numbers, choice = _numbers(exact, nodes)
    solved = {r: solve(replace(game, lattice=r)) for r in some}
    found, linear = (
        {r: _numbers(solution, nodes, between)[0] for r, solution in solved.items()} for between in (odds, _linear)
    )
    return Compared(len(game.worlds), numbers, found, linear, choice)


def games(count: int, seed: int, of: tuple[int, ...] = (2, 3, 4)) -> Iterator[tuple[Game, np.random.Generator]]:
    """Random games of some numbers of worlds, of one or two periods, from dull to sharp."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        worlds, precision = int(rng.choice(of)), float(rng.choice([2.0, 5.0, 12.0]))
        periods = int(rng.choice([1, 2])) if worlds < 5 else 1
        shape = {"states": 3, "options": 2, "lots": 1, "periods": periods}
        number = int(rng.integers(10**6))
        yield random_game(number, worlds=worlds, precision=precision, lattice=RESOLUTION[worlds], **shape), rng


def covered(one: Compared, lattice: int, *finer: int) -> np.ndarray:
    """Whether the estimate, from one finer lattice or from two, covers the error of each number."""
    return np.abs(one.found[lattice] - one.exact) <= _estimate(one, lattice, finer) + ROUNDING


def _estimate(one: Compared, lattice: int, finer: tuple[int, ...]) -> np.ndarray:
    change = np.max([np.abs(one.found[lattice] - one.found[other]) for other in finer], axis=0)
    return change * (OF_TWO if len(finer) > 1 else factor(one.worlds, lattice, *finer))


def _linear(solution: Solution, t: int, k: int, s: np.ndarray, b: np.ndarray) -> np.ndarray:
    """[M, A, W] choices that are linear between the points of the lattice."""
    by_cell = interpolated(np.asarray(solution.sigma[t][k]), s, *locate(solution.lattice, b))
    return by_cell.swapaxes(1, 2)[:, :, solution.game.rows(k)]


def _numbers(
    solution: Equilibrium, nodes: list[tuple[int, int, int, np.ndarray]], between: Callable[..., np.ndarray] = odds
) -> tuple[np.ndarray, np.ndarray]:
    case = Case(solution.game, None, solution.theta, {None: solution})  # type: ignore[arg-type]
    numbers, choice = [], []
    for t, k, s, b in nodes:
        there = Nodes(np.array([t]), np.array([k]), np.array([s]), b[None], b[None])
        numbers += (case.values_at(there)[0] @ b).tolist()
        choice += [False] * len(solution.game.actors)
        if solution.game.steps[k].mover >= 0:
            chances = between(solution, t, k, there.s, there.b)[0][:, b > ROUNDING].ravel().tolist()
            numbers += chances
            choice += [True] * len(chances)
    return np.array(numbers), np.array(choice)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--games", type=int, default=100, help="for each number of worlds")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    print("worlds  R  games  numbers  error (95 %) choices (linear), covers and over the error: 1.5 R, 2 R, both")
    for worlds, R in (*RESOLUTION.items(), (4, COARSE), (6, COARSE)):
        finer = ceil(LEAST_FINER * R), 2 * R
        each = ((replace(game, lattice=R), rng) for game, rng in games(given.games, given.seed, (worlds,)))
        found = [one for game, rng in each if (one := compared(game, rng, (R, *finer))) is not None]
        off = np.concatenate([np.abs(one.found[R] - one.exact) for one in found])
        print(f"{worlds:6} {R:2} {len(found):6} {len(off):8} {np.quantile(off, 0.95):13.4f}", end="")
        for between in ("found", "linear"):
            missed = [np.abs(getattr(one, between)[R] - one.exact)[one.choice].mean() for one in found]
            print(f"{np.mean(missed):9.4f}", end="")
        for beside in (finer[:1], finer[1:], finer):
            hits = np.concatenate([covered(one, R, *beside) for one in found])
            over = np.concatenate([_over(one, R, beside) for one in found])
            print(f"{hits.mean():12.3f} {np.median(over):6.1f}", end="")
        print()


def _over(one: Compared, lattice: int, finer: tuple[int, ...]) -> np.ndarray:
    """How many times the error the estimate is, where there is an error."""
    estimate = _estimate(one, lattice, finer)
    error = np.abs(one.found[lattice] - one.exact)
    return (estimate / np.maximum(error, ROUNDING))[error > ROUNDING]


if __name__ == "__main__":
    main()
