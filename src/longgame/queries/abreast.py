"""Walks of several draws at once.

A walk is many small steps, each of which costs much the same for one node as for a hundred. The solution of draws that
were solved side by side is that of one game with the states of all of them, so that one walk through it is a walk of
every draw. Each case then remembers its own part, as if it had gone by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from longgame.queries.case import Case, Posture
from longgame.queries.nodes import Nodes, joined
from longgame.queries.walk import Ahead, next_forks
from longgame.solver.solution import Solution


@dataclass(frozen=True, eq=False)
class Abreast:
    """Draws that were solved side by side.

    whole  their solutions as one, with G S states (``solution.solve.Solved``)
    under  the posture under which they were solved; None for free play
    cases  those of the G draws that are asked, by their place among all
    """

    whole: Solution
    under: Posture | None
    cases: Mapping[int, Case]

    def look_ahead(self, step: int, starts: Mapping[int, Nodes]) -> None:
        """Work out the next time that a step takes place, from some nodes of each draw: ``Case.next_time``."""
        if not starts:
            return
        states = len(self.whole.game.ended)
        nodes = joined([replace(some, s=some.s + g * states) for g, some in starts.items()])
        forks = next_forks(self.whole, nodes, step, self._ahead)
        for g, some in starts.items():
            case = self.cases[g]
            own = (fork.of_draw(g, case.solution(self.under)) for fork in forks)
            case.remember_next_time(step, some, self.under, tuple(fork for fork in own if fork is not None))

    @cached_property
    def _ahead(self) -> Ahead:
        return Ahead.of(self.whole, self.whole.since)
