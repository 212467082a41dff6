"""Accounts where beliefs are kept block by block: one pass backwards, over the lattice on which values are kept.

Each pair of a term and a period is a function of its own (``queries.account``), in each world of the blocks of which
the actor's value is looked up (``queries.blockwise``): a node's account adds up to its value, as both are expected by
the same play between the same points.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from longgame.game.numbers import GameTables
from longgame.queries.account_lattice import BYTES_AT_ONCE, pays, weights
from longgame.queries.blockwise import kinds, known_blocks, marginal, places_of
from longgame.queries.nodes import Floats, Nodes
from longgame.solver.blocks.layout import Layout
from longgame.solver.blocks.solution import BlockSolution
from longgame.solver.blocks.steps import BlockStep, Values
from longgame.solver.needed import only, reached

if TYPE_CHECKING:  # which looks up its own accounts here
    from longgame.queries.account import TermNumbers

NOTHING = -1  # the place, among what a step pays, of what pays nothing


@dataclass(frozen=True, eq=False)
class _Asked:
    """Nodes at which one of the accounts is looked up; to its amounts is added what is found.

    counts  [M, ..] by how much each world of the blocks looked up counts
    """

    nodes: Nodes
    counts: Floats
    amounts: Floats


def accounts_by_block(solution: BlockSolution, terms: TermNumbers, asked: Sequence[Nodes]) -> list[Floats]:
    """The amounts of an ``Account`` of each of some sets of nodes, times their probability."""
    game, blocks, own = solution.game, solution.blocks, solution.layout.owners[terms.actor]
    found = [np.zeros((len(terms) + len(game.steps) + 2, game.periods + 1)) for _ in asked]
    by_owner: dict[tuple[int, ...], list[_Asked]] = defaultdict(list)
    for nodes, amounts in zip(asked, found, strict=True):
        for known, rows in kinds(known_blocks(blocks, nodes)):
            owner = tuple(sorted({*own, *known}))
            some = nodes.pick(rows)
            counts = marginal(blocks, weights(some, terms.actor), owner).reshape(len(some), -1)
            by_owner[owner].append(_Asked(some, counts, amounts))
    for owner, some in by_owner.items():
        first = min(int(one.nodes.t.min()) for one in some)
        each = 8 * solution.layout.total * int(np.prod([blocks.sizes[d] for d in owner]))
        room = max(1, BYTES_AT_ONCE // (each * (game.periods - first + 1)))
        for start in range(0, max(len(terms), 1), room):
            part = range(start, min(start + room, len(terms)))
            _BlockPass(solution, terms, owner, part, some, paid=start == 0).run(first)
    return found


@dataclass(eq=False)
class _BlockPass:
    """One pass: some of the terms, in each world of the blocks of ``owner``, and, if ``paid``, what steps pay and what
    tastes are worth."""

    solution: BlockSolution
    terms: TermNumbers
    owner: tuple[int, ...]
    some: range
    asked: Sequence[_Asked]
    paid: bool

    def run(self, first: int) -> None:
        """Add to the amounts of all that is asked, from period ``first`` on."""
        solution, T = self.solution, self.solution.game.periods
        rows, columns = list(self.some), [T] * len(self.some)
        later = self._ends(T - 1)
        self._read(T, 0, Values(later, solution.layout.first[None]), rows, columns)
        over = np.flatnonzero(solution.game.ended)
        ended = solution.layout.rows(solution.layout.first, over)
        for t in reversed(range(first, T)):
            new = self._new(t)
            rows, columns = [*rows, *new], [*columns, *[t] * len(new)]
            values = self._period(t, later, rows, columns)
            for k in range(len(values.at)):
                self._read(t, k, values, rows, columns)
            later = values.rows[solution.layout.rows(values.at[0])]
            later[ended] = 0.0
            later[ended, : self._terms_alone.width] = self._ends(t)[ended]

    def _period(self, t: int, later: Floats, rows: Sequence[int], columns: Sequence[int]) -> Values:
        """The functions in a period, from those that there are at the start of the next [total, E]."""
        solution, layout, now = self.solution, self._layout(len(rows)), self._now(t)
        end, old = np.zeros((layout.total, layout.width)), later.shape[1]
        end[:, :old] = np.asarray(now.discount)[self.terms.actor] * later
        if layout.width > old:  # what the terms pay begins with the period
            flow = self._terms_alone.expected(self.terms.numbers(t)[0][:, list(self.some)])
            end[:, old : old + flow.shape[1]] = flow
        steps = [self._step(layout, now, k, rows, [column == t for column in columns]) for k in range(len(now.steps))]
        return solution.through(t, steps, end)

    def _step(self, layout: Layout, now: GameTables, k: int, rows: Sequence[int], begins: Sequence[bool]) -> BlockStep:
        """A step at which those functions are paid that begin with the period and are about it, or about tastes."""
        game, actor, R = self.solution.game, self.terms.actor, len(self.terms)
        if not self.paid:
            return BlockStep(game, layout, now, k, None)
        pay, step, N = None, now.steps[k], len(game.actors)
        if pays(step, actor):  # by actor nothing, then what the step pays, and nothing again
            own = np.asarray(step.pay)
            pay = np.zeros((*own.shape[:2], N + 2, own.shape[3]))
            pay[:, :, N] = own[:, :, actor]
        place = {R + k: N, R + len(game.steps) + 1: actor}
        paid = tuple(place.get(row, NOTHING) if new else NOTHING for row, new in zip(rows, begins, strict=True))
        steps = [step._replace(pay=pay) if n == k else other for n, other in enumerate(now.steps)]
        return BlockStep(game, layout, now._replace(steps=tuple(steps)), k, paid)

    def _new(self, t: int) -> list[int]:
        """The rows that begin with a period: the terms, and what its steps pay."""
        game, R = self.solution.game, len(self.terms)
        if not self.paid:
            return list(self.some)
        paying = [R + k for k, step in enumerate(self._now(t).steps) if pays(step, self.terms.actor)]
        tastes = [R + len(game.steps) + 1] if game.noise == "tastes" else []
        return [*self.some, *paying, *tastes]

    def _read(self, t: int, k: int, values: Values, rows: Sequence[int], columns: Sequence[int]) -> None:
        """Add what the functions come to at a place."""
        for one in self.asked:
            for at, step, here in one.nodes.places():
                if (at, step) == (t, k):
                    s, b = one.nodes.s[here], one.nodes.b[here]
                    found = self.solution.between(s, self.solution.weights(b), values.at[k], values.rows)
                    found = found.reshape(len(s), len(rows), -1)
                    np.add.at(one.amounts, (rows, columns), np.einsum("mfw,mw->f", found, one.counts[here]))

    # --- what is known ------------------------------------------------------------------------------------------------

    def _now(self, t: int) -> GameTables:
        """The numbers of a period, with steps that take place only where play leads from what is asked."""
        return only(self.solution.now(t), self._needed[t])

    @cached_property
    def _needed(self) -> np.ndarray:
        begin = np.any([places_of(self.solution, one.nodes) for one in self.asked], axis=0)
        return reached(self.solution.game, self.solution.now, begin) if begin.any() else begin

    def _layout(self, functions: int) -> Layout:
        return replace(self.solution.layout, owners=(self.owner,) * functions)

    @cached_property
    def _terms_alone(self) -> Layout:
        return self._layout(len(self.some))

    def _ends(self, t: int) -> Floats:
        return self._terms_alone.expected(self.terms.numbers(t)[1][:, list(self.some)])

