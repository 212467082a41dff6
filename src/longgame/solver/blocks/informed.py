"""Values of fixed play for somebody who knows more than the actors do.

A solution keeps what actors can expect in each world of their own block, with all other blocks as the public believes.
Where a question takes more as given, one pass over the play that was found gives the values in each world of those
blocks too, and in the same way the expectation of anything that is read off the path of play.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from longgame.solver.blocks.layout import Layout
from longgame.solver.blocks.solution import BlockSolution, end_of_period, start_of_period
from longgame.solver.blocks.steps import Values
from longgame.solver.needed import reached

MOST_BYTES = 2**31  # of the values of one pass


class TooManyKnown(LookupError):
    """To know so many blocks takes too much memory."""


@dataclass(frozen=True, eq=False)
class Informed:
    """What some actors can expect in each world of their own blocks and of ``more``, in places where it is ``needed``.

    solution  of which steps take place there alone
    needed    [T, K + 1, S] bool
    """

    solution: BlockSolution
    more: tuple[int, ...]
    actors: tuple[int, ...]
    needed: np.ndarray
    _starts: dict[int, np.ndarray] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def layout(self) -> Layout:
        """Where their values stand."""
        base = self.solution.layout
        return replace(base, owners=tuple(tuple(sorted({*base.owners[j], *self.more})) for j in self.actors))

    def values_at(self, t: int, k: int, s: np.ndarray, b: np.ndarray) -> np.ndarray:
        """[M, actors, W] from the entry of a step on."""
        layout, solution, game = self.layout, self.solution, self.solution.game
        refuse_too_many(layout, len(game.steps) + game.periods - t)
        if not self._starts:
            ends = np.asarray(solution.tables(game.periods - 1).end_value)[:, list(self.actors)]
            self._starts[game.periods] = layout.expected(ends)
        for period in reversed(range(t if k == 0 else t + 1, min(self._starts))):
            now, values = solution.tables(period), self._period(layout, period)
            self._starts[period] = start_of_period(layout, game, now, values, self.actors)
        if k == 0 or t == game.periods:
            rows, at = self._starts[t], layout.first
        else:
            values = self._period(layout, t)
            rows, at = values.rows, values.at[k]
        return solution.between(s, solution.weights(b), at, rows)[:, layout.by_world]

    def _period(self, layout: Layout, t: int) -> Values:
        end = end_of_period(layout, self.solution.tables(t), self._starts[t + 1], self.actors)
        return self.solution.period_of(t, end, layout, self.actors, self.needed[t])


def informed(
    solution: BlockSolution, more: tuple[int, ...], actors: tuple[int, ...], first: np.ndarray
) -> Informed:
    """The same where play leads from some places [T, K + 1, S] bool, worked out once for a solution."""
    known = solution.memory.get((more, actors))
    if known is None or (first & ~known.needed).any():
        needed = reached(solution.game, solution.now, first if known is None else first | known.needed)
        solution.memory[more, actors] = known = Informed(solution, more, actors, needed)
    return known


def foreseen(
    solution: BlockSolution,
    known: tuple[int, ...],
    count: int,
    last: int,
    end: Callable[[int, np.ndarray | None, np.ndarray], np.ndarray],
) -> Iterator[tuple[int, Layout, Values]]:
    """So many expectations in each world of the ``known`` blocks, backwards from period ``last``, a period at a time.

    end  (period, expectations [total, E] at the start of the next, state of each row [total]) -> at the end of it
    """
    layout = replace(solution.layout, owners=(known,) * count)
    refuse_too_many(layout, len(solution.game.steps))
    states, later = np.repeat(np.arange(len(layout.count)), layout.count), None
    for t in range(last, -1, -1):
        values = solution.period_of(t, end(t, later, states), layout, None)
        yield t, layout, values
        later = values.rows[layout.rows(values.at[0])]


def refuse_too_many(layout: Layout, times: int) -> None:
    """Raise TooManyKnown where so many times all values would be too much."""
    size = 8.0 * layout.total * layout.width * times
    if size > MOST_BYTES:
        worlds = max((columns.size for columns in layout.columns), default=1)
        raise TooManyKnown(
            f"it takes what can be expected in each of {worlds} worlds: about {size / 1e9:.0f} GB, where at most "
            f"{MOST_BYTES / 1e9:.0f} GB are spent on a question; take less as given, or a coarser lattice "
            "(`solver: {lattice: ...}`)"
        )
