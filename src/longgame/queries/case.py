"""One draw of the assumptions, solved: what every question is asked of.

A case holds solutions and never makes one in private. Free play is the posture ``None``; ``("patron", "steady")`` is
the game in which the patron is bound to that posture for the whole horizon. Solutions are given up front, or by a
function that the caller supplies and that is asked at most once for each posture.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from longgame.exact.exact_solution import ExactSolution
from longgame.game.game import Game
from longgame.queries.blockwise import values_of_nodes
from longgame.queries.nodes import Equilibrium, Floats, Fork, Nodes
from longgame.queries.path import Path, follow
from longgame.queries.walk import Ahead, next_forks
from longgame.scenario.model import Scenario
from longgame.solver.blocks.solution import BlockSolution
from longgame.solver.interpolation import interpolated
from longgame.solver.solution import Solution

Posture = tuple[str, str]  # (actor, posture)

EVERYBODY = slice(None)


class Case:
    """One draw of the assumptions with its solutions, and the path that the evidence took through free play.

    game       the compiled game
    scenario   what the analyst wrote
    theta      [P] the draw
    solutions  posture -> Equilibrium, ``None`` for free play
    solve      asked for the solution of a posture that ``solutions`` lacks; None: such a posture is a KeyError
    """

    def __init__(
        self,
        game: Game,
        scenario: Scenario,
        theta: np.ndarray,
        solutions: Mapping[Posture | None, Equilibrium] | None = None,
        solve: Callable[[Posture | None], Equilibrium] | None = None,
    ):
        self.game = game
        self.scenario = scenario
        self.theta = np.asarray(theta)
        self._solutions = dict(solutions or {})
        self._solve = solve
        #: What questions have worked out so far, each under its own key, so that asking again is a look-up.
        self.memory: dict[Any, Any] = {}
        self._next_times: WeakKeyDictionary[Nodes, dict[tuple[Posture | None, int], tuple[Fork, ...]]] = (
            WeakKeyDictionary()
        )
        self._ahead: dict[Posture | None, Ahead] = {}

    def solution(self, under: Posture | None = None) -> Equilibrium:
        """The solution of free play, or of the game in which an actor is bound to a posture."""
        if under not in self._solutions:
            if self._solve is None:
                raise KeyError(f"no solution was given for the posture {under}")
            self._solutions[under] = self._solve(under)
        return self._solutions[under]

    def give(self, under: Posture | None, solution: Equilibrium) -> None:
        """A solution that was made elsewhere, instead of asking for it."""
        self._solutions[under] = solution

    def release(self, under: Posture | None) -> None:
        """Let a solution go, with what was worked out on all of its states and beliefs, to make room for others."""
        self._solutions.pop(under, None)
        for key in [key for key in self.memory if isinstance(key, tuple) and key[0] == under]:
            del self.memory[key]
        self._ahead.pop(under, None)
        for known in self._next_times.values():
            for key in [key for key in known if key[0] == under]:
                del known[key]

    def close(self) -> None:
        """Let everything go: whoever solves for the case holds on to it, so that it would not go by itself at once."""
        for under in list(self._solutions):
            self.release(under)
        self.memory.clear()
        self._next_times.clear()
        self._ahead.clear()
        self.__dict__.pop("path", None)
        self._solve = None

    @property
    def solved(self) -> Mapping[Posture | None, Equilibrium]:
        """The solutions that are there so far: what the answers given until now rest on."""
        return dict(self._solutions)

    @cached_property
    def path(self) -> Path:
        """The exact filter of the evidence through free play, followed when first asked for."""
        return follow(self.scenario, self.game, self.solution())

    def values(self, t: int, k: int, under: Posture | None = None) -> Floats:
        """[S, N, W, B] the values of a solution on the lattice before step k of period t, as ``Solution.values``.

        Where they were not solved for they are NaN.
        """
        solution, unknown = self.solution(under), self._unknown(t, k, under)
        assert isinstance(solution, Solution)
        values = solution.values(t, k)
        return values if unknown is None else np.where(unknown[:, None, None, None], np.nan, values)

    def values_at(self, nodes: Nodes, under: Posture | None = None, actors: slice = EVERYBODY) -> Floats:
        """[M, N, W] what actors can expect in each world from each node on; NaN where it was not solved for.

        Where beliefs are kept block by block, what of a world is as likely as the public believes is left at that: the
        numbers are those to be weighed by the nodes' own probabilities of worlds.
        """
        solution, (first, last, _) = self.solution(under), actors.indices(len(self.game.actors))
        if isinstance(solution, BlockSolution):
            return values_of_nodes(solution, nodes, tuple(range(first, last)))
        if isinstance(solution, ExactSolution):
            exact = np.empty((len(nodes), *self.game.cells.shape))
            for t, k, rows in nodes.places():
                exact[rows] = solution.values_at(t, k, nodes.s[rows], nodes.b[rows])
            return exact[:, first:last]
        index, weight = nodes.located(solution.lattice)
        found = np.empty((len(nodes), last - first, nodes.joint.shape[1]))
        for t, k, rows in nodes.places():
            s = nodes.s[rows]
            values = solution.rows(t, k)
            found[rows] = interpolated(values, s, index[rows], weight[rows], first, last - first)
            unknown = self._unknown(t, k, under)
            if unknown is not None and unknown[s].any():
                found[rows] = np.where(unknown[s, None, None], np.nan, found[rows])
        return found

    def _unknown(self, t: int, k: int, under: Posture | None) -> NDArray[np.bool_] | None:
        """[S] bool: the states in which a solution has no values at a place; None if it has them in all."""
        needed = self.solution(under).needed
        return None if needed is None or t == self.game.periods else ~needed[t, k]

    def next_time(self, step: int, nodes: Nodes, under: Posture | None = None) -> tuple[Fork, ...]:
        """The next time that a step takes place, now included: a fork for each period in which that may be.

        Together the forks' nodes are as probable as that the step takes place at all by the horizon. They have a purse
        that is opened there, unless ``nodes`` come with one. LookupError: the step cannot take place any more.
        """
        # Kept with the nodes that the walk starts from, and for only as long as somebody holds on to those.
        known = self._next_times.setdefault(nodes, {})
        if (under, step) not in known:
            known[under, step] = self._forks(step, nodes, under)
        if not known[under, step]:
            raise LookupError(f"`{self.game.steps[step].name}` cannot come up any more by the horizon")
        return known[under, step]

    def remember_next_time(self, step: int, nodes: Nodes, under: Posture | None, forks: tuple[Fork, ...]) -> None:
        """What ``next_time`` is to find: it was worked out elsewhere."""
        self._next_times.setdefault(nodes, {})[under, step] = forks

    def _forks(self, step: int, nodes: Nodes, under: Posture | None) -> tuple[Fork, ...]:
        solution, first = self.solution(under), int(nodes.t.min())
        if under not in self._ahead or self._ahead[under].first > first:
            self._ahead[under] = Ahead.of(solution, first)
        return next_forks(solution, nodes, step, self._ahead[under])
