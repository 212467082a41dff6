"""Several draws of the assumptions, solved and asked together.

What is found in a draw is what would be found in it by itself; it does not depend on the draws beside it. All draws are
solved under one posture after the other, each as far as its questions look: free play from the start and from what
questions change, a posture from the places on at which it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from longgame.queries import inquiry
from longgame.queries.abreast import Abreast
from longgame.queries.atoms import Atom, Found, by_solution
from longgame.queries.beginning import Mask, at_nodes, first_places, on_the_way
from longgame.queries.case import Posture
from longgame.run.budget import bytes_of_game, bytes_of_values
from longgame.run.study import Array, Plays, Progress, SolvedDraw, Study, silent
from longgame.scenario.expand import observations_of
from longgame.solver.batch import Batch
from longgame.solver.needed import reached
from longgame.solver.solution import Solution
from longgame.solver.solve import Wanted, solve_batch

BYTES_ABREAST = 2**28  # of the solutions of one posture for all draws: more do not fit what a processor has at hand
MOST_ABREAST = 64
BYTES_KEPT = 2**26  # of the values inside periods, for each draw


class Together:
    """Some draws [G, P] of a study; for ``near``, ``tolerance`` and ``progress`` see ``Study.draw``.

    threads  how many cores to use; one where others work beside it
    """

    def __init__(
        self,
        study: Study,
        thetas: Array,
        near: Plays,
        tolerance: float,
        progress: Progress = silent,
        threads: int = 1,
    ):
        self.study = study
        self._batch = Batch.of(study.game, thetas)
        self._near = near
        self._tolerance = tolerance
        self._progress = progress
        self._threads = threads
        self.draws = tuple(
            SolvedDraw(study, theta, near, progress, tolerance, self._batch.draw(g)) for g, theta in enumerate(thetas)
        )

    def look_up(self, atoms: Iterable[Atom], count: int) -> list[Found | Exception]:
        """Ask the first ``count`` draws everything: what was found in each, or why it has no answers.

        A draw that makes no game is not asked, and nothing is found in it.
        """
        everything = tuple(atoms)
        found = [Found() for _ in range(count)]
        errors: dict[int, Exception] = {}
        left = [g for g in range(count) if self.draws[g].valid]

        def each(do: Callable[[int], Any]) -> dict[int, Any]:
            """Whatever goes wrong in a draw, it must not end the others."""
            done = {}
            for g in list(left):
                try:
                    done[g] = do(g)
                except Exception as error:
                    errors[g] = error
                    left.remove(g)
            return done

        if self.study.exact:
            for g, of_draw in each(lambda g: self.draws[g].look_up(everything)).items():
                found[g] = of_draw
            return [errors.get(g, found[g]) for g in range(count)]
        for under, some in by_solution(everything).items():
            first = each(lambda g, under=under, some=some: self._first(g, under, some))
            if not first:
                continue
            if self.study.game.factored:
                each(lambda g, under=under, some=some, first=first: self._by_blocks(g, under, first[g], some, found[g]))
                continue
            solved = self._solve(under, first)
            for g in first:
                self.draws[g].give(under, solved.of_draw(g))
            cases = {g: self.draws[g].case for g in first}
            inquiry.find_abreast(Abreast(solved, under, cases), some, found, each)
            for case in cases.values() if under is not None else ():
                case.release(under)
        return [errors.get(g, found[g]) for g in range(count)]

    def close(self) -> None:
        """Let everything go."""
        for draw in self.draws:
            draw.case.close()

    def _first(self, g: int, under: Posture | None, wanted: Iterable[Atom]) -> Mask:
        """[T, K + 1, S] the places at which a draw is first looked at under a posture."""
        case, numbers = self.draws[g].case, self.draws[g].numbers_under(under)
        if under is not None:
            return first_places(case, numbers, wanted, at_nodes(case))
        stand = on_the_way(case, numbers)
        return first_places(case, numbers, wanted, stand) | stand("start")

    def _by_blocks(self, g: int, under: Posture | None, first: Mask, some: Sequence[Atom], found: Found) -> None:
        """Ask a draw whose beliefs are kept block by block: each is large enough to be solved by itself."""
        draw, game, numbers = self.draws[g], self.study.game, self.draws[g].numbers_under(under)
        solution = draw.solve_blocks(
            under,
            numbers,
            reached(game, numbers, first),
            since=int(np.argmax(first.any(axis=(1, 2)))),
            tolerance=self._tolerance,
            threads=self._threads,
            progress=lambda done, total: self._progress("Solving", done, total),
        )
        draw.case.give(under, solution)
        inquiry.find(draw.case, some, found)
        if under is not None:
            draw.case.release(under)

    def _solve(self, under: Posture | None, first: Mapping[int, Mask]) -> Solution:
        """The solutions under a posture, as far as play leads from the places where some draws are first asked."""
        game, batch = self.study.game, self._batch.bound({} if under is None else self.study.allowed(under))
        places = game.periods, len(game.steps) + 1
        begin = np.zeros((*places, len(batch), len(game.ended)), dtype=bool)
        for g, here in first.items():
            begin[:, :, g] = here
        periods = np.flatnonzero(begin.any(axis=(1, 2, 3))).tolist()
        near = self._near.get(under, self._near.get(None))
        needed = reached(game, batch.numbers, begin.reshape(*places, -1))
        return solve_batch(
            batch,
            near=near if isinstance(near, Solution) else None,
            since=periods[0],
            wanted=Wanted(needed, self._kept(*(self._looked_into if under is None else [periods]))),
            tolerance=self._tolerance,
            threads=self._threads,
            progress=lambda done, total: self._progress("Solving", done, total),
        )

    @cached_property
    def _looked_into(self) -> list[list[int]]:
        """The periods in which questions of free play look: all; above all the first, those with evidence, and those
        with the moves after it."""
        periods = range(self.study.game.periods)
        evidence = {0, *(seen.period for seen in observations_of(self.study.scenario))}
        return [list(periods), sorted({t for at in evidence for t in (at, at + 1) if t in periods})]

    def _kept(self, *wanted: list[int]) -> list[int]:
        """The periods whose values are kept, as they are looked up again and again: the first that fit."""
        game, draws = self.study.game, len(self._batch)
        for periods in wanted:
            rows = sum(len(game.ended) + self._batch.numbers(t).taken // draws for t in periods)
            if rows * bytes_of_values(game) <= BYTES_KEPT * len(game.ended):
                return periods
        return []


def abreast(study: Study) -> int:
    """How many draws go well together: of which more would take memory and save little, a power of two."""
    return 2 ** int(np.log2(np.clip(BYTES_ABREAST // bytes_of_game(study.game), 1, MOST_ABREAST)))
