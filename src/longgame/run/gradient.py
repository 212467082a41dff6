"""The derivative of a claim's margin by each assumption at the base case.

1. How the equilibrium moves: its derivatives along the assumptions, by implicit differentiation (``solver.tangent``).
   Nothing is solved anew; the solutions are those from which the claim is read.
2. How the margin moves with it: the claim is looked up once a little to each side, in solutions that are moved along
   their derivatives. The difference over the distance is the derivative, up to the square of the distance.

A margin can have a corner at the base case: where an effect lands exactly on a grid point, a prior on the lattice of
beliefs, or two equal numbers are compared. Its slopes to the two sides then differ; both are given, and the derivative
is the mean of the two, as central differences of solutions would have it.

Shapes: Q claims, P assumptions asked for, V directions taken together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from longgame.game.duals import Dual, slope_of, value_of
from longgame.game.game import Game
from longgame.game.tables import Tables
from longgame.queries.case import Case, Posture
from longgame.queries.claims import BoundClaim, atoms_of, judge
from longgame.queries.nodes import Equilibrium
from longgame.queries.questions import look_up
from longgame.run.study import Array, Progress, SolvedDraw, Study, silent
from longgame.solver.batch import Batch, by_period
from longgame.solver.kernel import cores
from longgame.solver.solution import Solution
from longgame.solver.tangent import Tangents, moved_by, slopes_of, tangents

SIDES = -1.0, 1.0
ASIDE = 1e-6  # of an assumption's scale: how far to each side the claim is looked up
CORNER = 1e-4  # relative difference of the slopes to the two sides that counts as a corner
BYTES_AT_ONCE = 2**30  # of derivatives
MOST_AT_ONCE = 64  # directions

Solutions = dict[Posture | None, Solution]


@dataclass(frozen=True, eq=False)
class Gradient:
    """Derivatives of margins by assumptions, in the units of both.

    slope        [Q, P] NaN where the margin has no value
    below, above [Q, P] the slopes to either side
    """

    slope: Array
    below: Array
    above: Array

    @property
    def corner(self) -> np.ndarray:
        """[Q, P] whether the slopes to the two sides differ."""
        size = np.maximum(np.maximum(np.abs(self.below), np.abs(self.above)), np.finfo(float).tiny)
        return np.abs(self.above - self.below) > CORNER * size


def gradient(
    study: Study,
    draw: SolvedDraw,
    claims: Sequence[BoundClaim],
    which: Sequence[int],
    scale: Array,
    progress: Progress = silent,
    found_of: Callable[[int, Array], None] | None = None,
) -> Gradient:
    """The derivatives of the margins of claims by the assumptions ``which`` [P] (positions in theta).

    draw   the base case, as it was solved
    scale  [P] how large a change of each assumption is (the width of its range, say); more than 0
    found_of  told of each assumption (its place in ``which``) as soon as its slopes [Q] are there
    """
    atoms = atoms_of(claim.holds for claim in claims)
    found = draw.look_up(atoms, keep=True)
    margins = np.array([judge(claim, found).margin for claim in claims])
    solved = draw.case.solved
    solutions = {under: solution for under, solution in solved.items() if isinstance(solution, Solution)}
    sides = np.full((2, len(claims), len(which)), np.nan)  # below, above
    together = _most_at_once(solutions)
    for start in range(0, len(which), together):
        group = np.arange(start, min(start + together, len(which)))
        progress("Slopes", start, len(which))
        directions = np.zeros((len(group), len(draw.theta)))
        directions[np.arange(len(group)), np.asarray(which)[group]] = np.asarray(scale)[group]
        move = _Moves if len(solutions) == len(solved) else _SolvedAnew
        moves = move(study, draw.theta, solved, directions)
        for row, p in enumerate(group):
            for side, sign in enumerate(SIDES):
                case = moves.case(row, side)
                there = look_up(case, atoms)
                reached = np.array([judge(claim, there).margin for claim in claims])
                sides[side, :, p] = (reached - margins) / (sign * ASIDE * scale[p])
                case.close()
            if found_of is not None:
                found_of(int(p), sides[:, :, p].mean(axis=0))
    for under in solved:
        if under is not None:  # free play was there before, and stays
            draw.case.release(under)
    return Gradient(sides.mean(axis=0), sides[0], sides[1])


def _most_at_once(solutions: Solutions) -> int:
    """So many directions that their derivatives fit into memory."""
    size = sum(
        sum(U.nbytes for U in solution.U) + sum(x.nbytes for period in solution.sigma for x in period if x is not None)
        for solution in solutions.values()
    )
    return max(1, min(MOST_AT_ONCE, BYTES_AT_ONCE // max(size, 1)))


class _SolvedAnew:
    """Exact solutions a little to both sides along some directions [v, P]: from the base case, a few responses each."""

    def __init__(self, study: Study, theta: Array, solved: Mapping[Posture | None, Equilibrium], directions: Array):
        self.study, self.theta, self.directions = study, theta, directions
        self._near = dict(solved)

    def case(self, row: int, side: int) -> Case:
        """The case a little to one side along a direction."""
        return self.study.draw(self.theta + SIDES[side] * ASIDE * self.directions[row], near=self._near).case


class _Moves:
    """Solutions that move a little to both sides along some directions [V, P], with corners of the numbers minded."""

    def __init__(self, study: Study, theta: Array, solved: Mapping[Posture | None, Equilibrium], directions: Array):
        solutions = {under: solution for under, solution in solved.items() if isinstance(solution, Solution)}
        self.study, self.theta, self.solutions, self.directions = study, theta, solutions, directions
        self._beside = np.stack([theta + sign * ASIDE * directions for sign in SIDES])  # [2, V, P]
        self._tables = cast(Tables, study.game.tables)  # as of every game that was compiled
        # What a decision moves takes as long as all else together: it is worked out once for all directions.
        self._decision = decision = self._tables.decision_slopes(theta, directions)
        self._cornered = _have_corners(study.game, self._beside, directions, decision)
        self._smooth = {
            under: tangents(solution, directions, allowed=self._allowed(under), decision=decision, threads=cores())
            for under, solution in solutions.items()
        }

    def case(self, row: int, side: int) -> Case:
        """The case a little to one side along a direction, to first order."""
        there, decision = self._beside[side, row], None
        if self._decision is not None and not self._cornered[row]:
            value, slopes = value_of(self._decision), slope_of(self._decision, len(self.directions))
            decision = value + SIDES[side] * ASIDE * slopes[row]
        batch = Batch.one(self.study.game, there, by_period(self.study.game.timed, self._tables.of(there, decision)))
        moved = {
            under: moved_by(
                solution, *self._tangents(under, row, there), SIDES[side] * ASIDE, batch.bound(self._allowed(under))
            )
            for under, solution in self.solutions.items()
        }
        return Case(self.study.game, self.study.scenario, there, moved)

    def _tangents(self, under: Posture | None, row: int, there: Array) -> tuple[Tangents, int]:
        """The derivatives of a solution, and which of their directions is meant; towards one side at a corner."""
        if not self._cornered[row]:
            return self._smooth[under], row
        v = self.directions[row]
        return tangents(self.solutions[under], v[None], at=there, allowed=self._allowed(under), threads=cores()), 0

    def _allowed(self, under: Posture | None) -> Mapping[int, NDArray[np.bool_]]:
        """The options that a posture leaves open."""
        return {} if under is None else self.study.allowed(under)


def _have_corners(
    game: Game, beside: Array, directions: Array, decision: Dual | Array | None
) -> NDArray[np.bool_]:
    """[V] whether a number of the game moves differently to the two sides [2, V, P] of each direction [V, P].

    What a decision moves is taken as it is at the given values: it has hardly a corner of its own.
    """
    if decision is not None:
        decision = np.broadcast_to(value_of(decision), (*beside.shape[:-1], *value_of(decision).shape))
    numbers, slopes = slopes_of(game, beside, np.broadcast_to(directions, (1, *beside.shape)), decision)
    found = np.zeros(len(directions), dtype=bool)
    for t in range(game.periods if game.timed else 1):
        for x in slopes(t).arrays():
            found |= _differ(*x[..., 0])
        for step in numbers(t).steps:
            found |= (step.successor[0] != step.successor[1]).reshape(len(found), -1).any(axis=1)
    return found


def _differ(one: Array, other: Array) -> NDArray[np.bool_]:
    """[V] whether two arrays [V, ...] differ by more than a part of the largest number in them."""
    one, other = (x.reshape(len(x), -1) for x in (one, other))
    size = np.maximum(np.abs(one).max(axis=1, initial=0.0), np.abs(other).max(axis=1, initial=0.0))
    return np.abs(one - other).max(axis=1, initial=0.0) > CORNER * size
