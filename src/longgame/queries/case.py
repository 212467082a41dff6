"""One draw of the assumptions, solved: what every question is asked of.

A case holds solutions and never makes one in private. Free play is the posture ``None``; ``("patron", "steady")`` is
the game in which the patron is bound to that posture for the whole horizon. Solutions are given up front, or by a
function that the caller supplies and that is asked at most once for each posture.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from longgame.game.game import Game
from longgame.queries.path import Path, follow
from longgame.scenario.model import Scenario
from longgame.solution.solution import Solution

Posture = tuple[str, str]  # (actor, posture)


class Case:
    """One draw of the assumptions with its solutions, and the path that the evidence took through free play.

    game       the compiled game
    scenario   what the analyst wrote
    theta      [P] the draw
    solutions  posture -> Solution, ``None`` for free play
    solve      asked for the solution of a posture that ``solutions`` lacks; None: such a posture is a KeyError
    """

    def __init__(
        self,
        game: Game,
        scenario: Scenario,
        theta: np.ndarray,
        solutions: Mapping[Posture | None, Solution] | None = None,
        solve: Callable[[Posture | None], Solution] | None = None,
    ):
        self.game = game
        self.scenario = scenario
        self.theta = np.asarray(theta)
        self._solutions = dict(solutions or {})
        self._solve = solve
        #: What questions have worked out so far, each under its own key, so that asking again is a look-up.
        self.memory: dict[Any, Any] = {}

    def solution(self, under: Posture | None = None) -> Solution:
        """The solution of free play, or of the game in which an actor is bound to a posture."""
        if under not in self._solutions:
            if self._solve is None:
                raise KeyError(f"no solution was given for the posture {under}")
            self._solutions[under] = self._solve(under)
        return self._solutions[under]

    def release(self, under: Posture | None) -> None:
        """Let a solution go, with what was worked out on all of its states and beliefs, to make room for others."""
        self._solutions.pop(under, None)
        for key in [key for key in self.memory if isinstance(key, tuple) and key[0] == under]:
            del self.memory[key]

    @property
    def solved(self) -> Mapping[Posture | None, Solution]:
        """The solutions that are there so far: what the answers given until now rest on."""
        return dict(self._solutions)

    @cached_property
    def path(self) -> Path:
        """The exact filter of the evidence through free play, followed when first asked for."""
        return follow(self.scenario, self.game, self.solution())
