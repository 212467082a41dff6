"""The derivative of a claim's margin by each assumption at the base case.

1. How the equilibrium moves: its derivatives along the assumptions, by implicit differentiation (``solution.tangent``).
   Nothing is solved anew; the solutions are those from which the claim is read.
2. How the margin moves with it: the claim is looked up once a little to each side, in solutions that are moved along
   their derivatives. The difference over the distance is the derivative, up to the square of the distance.

A margin can have a corner at the base case: where an effect lands exactly on a grid point, a prior on the lattice of
beliefs, or two equal numbers are compared. Its slopes to the two sides then differ; both are given, and the derivative
is the mean of the two, as central differences of solutions would have it.

Shapes: Q claims, P assumptions asked for, v directions taken together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import jax
import numpy as np

from longgame.queries.case import Case, Posture
from longgame.queries.claims import BoundClaim, atoms_of, judge
from longgame.queries.questions import look_up
from longgame.run.study import Array, Progress, SolvedDraw, Study, silent
from longgame.solver.abreast import Numbers, draws_of
from longgame.solver.solution import Solution
from longgame.solver.solve import bound
from longgame.solver.tangent import Tangents, moved_by, table_tangents, tangents

SIDES = -1.0, 1.0
ASIDE = 1e-6  # of an assumption's scale: how far to each side the claim is looked up
CORNER = 1e-4  # relative difference of the slopes to the two sides that counts as a corner
BYTES_AT_ONCE = 2**30  # of derivatives
MOST_AT_ONCE = 8  # directions

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
) -> Gradient:
    """The derivatives of the margins of claims by the assumptions ``which`` [P] (positions in theta).

    draw   the base case, as it was solved
    scale  [P] how large a change of each assumption is (the width of its range, say); more than 0
    """
    atoms = atoms_of(claim.holds for claim in claims)
    found = draw.look_up(atoms, keep=True)
    margins = np.array([judge(claim, found).margin for claim in claims])
    solutions = dict(draw.case.solved)
    sides = np.full((2, len(claims), len(which)), np.nan)  # below, above
    together = min(_most_at_once(solutions), max(len(which), 1))
    for start in range(0, len(which), together):
        group = range(start, min(start + together, len(which)))
        progress("Slopes", start, len(which))
        directions = np.zeros((together, len(draw.theta)))  # always as many, so that all groups share a program
        for row, p in enumerate(group):
            directions[row, which[p]] = scale[p]
        moves = _Moves(study, draw.theta, solutions, directions)
        for row, p in enumerate(group):
            for side, sign in enumerate(SIDES):
                case = moves.case(row, sign)
                there = look_up(case, atoms)
                reached = np.array([judge(claim, there).margin for claim in claims])
                sides[side, :, p] = (reached - margins) / (sign * ASIDE * scale[p])
                case.close()
    for under in solutions:
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


class _Moves:
    """Solutions that move a little to both sides along some directions [v, P], with corners of the numbers minded."""

    def __init__(self, study: Study, theta: Array, solutions: Solutions, directions: Array):
        self.study, self.theta, self.solutions, self.directions = study, theta, solutions, directions
        self._smooth = {under: tangents(solution, directions) for under, solution in solutions.items()}
        beside = [theta + sign * ASIDE * directions for sign in SIDES]
        self._numbers = draws_of(study.game, np.concatenate(beside)).alone
        self._cornered = [bool(v.any()) and self._has_corner(row) for row, v in enumerate(directions)]

    def case(self, row: int, sign: float) -> Case:
        """The case a little to one side along a direction, to first order."""
        length = sign * ASIDE
        there = self.theta + length * self.directions[row]
        moved = {
            under: moved_by(
                solution,
                *self._tangents(under, row, sign),
                length,
                theta=there,
                tables_at=self._open(under, self._beside(row, sign)),
            )
            for under, solution in self.solutions.items()
        }
        return Case(self.study.game, self.study.scenario, there, moved)

    def _beside(self, row: int, sign: float) -> Numbers:
        """The game's numbers a little to one side along a direction."""
        return self._numbers[row + SIDES.index(sign) * len(self.directions)]

    def _tangents(self, under: Posture | None, row: int, sign: float) -> tuple[Tangents, int]:
        """The derivatives of a solution, and which of their directions is meant; towards one side at a corner."""
        if not self._cornered[row]:
            return self._smooth[under], row
        v = self.directions[row]
        numbers = self._open(under, self._beside(row, sign))
        alike = np.repeat(v[None], len(self.directions), axis=0)  # the program for as many is there already
        return tangents(self.solutions[under], alike, at=self.theta + sign * ASIDE * v, tables=numbers), 0

    def _open(self, under: Posture | None, numbers: Numbers) -> Numbers:
        """The numbers with the options that a posture leaves open."""
        return bound(numbers, {} if under is None else self.study.allowed(under), self.study.game.timed)

    def _has_corner(self, row: int) -> bool:
        """Whether a number of the game moves differently to the two sides along a direction, in any period."""
        game, v = self.study.game, self.directions[row]
        sides = [table_tangents(game, self.theta + sign * ASIDE * v, v[None]) for sign in SIDES]
        here = [self._beside(row, sign) for sign in SIDES]
        for t in range(game.periods if game.timed else 1):
            below, above = (jax.tree.leaves(side(t)) for side in sides)
            if any(_differ(a, b) for a, b in zip(below, above, strict=True)):
                return True
            steps = zip(here[0](t).steps, here[1](t).steps, strict=True)
            if any(not np.array_equal(a.successor, b.successor) for a, b in steps):
                return True
        return False


def _differ(a: object, b: object) -> bool:
    one, other = np.asarray(a), np.asarray(b)
    size = max(float(np.abs(one).max(initial=0.0)), float(np.abs(other).max(initial=0.0)))
    return bool(np.abs(one - other).max(initial=0.0) > CORNER * size)
