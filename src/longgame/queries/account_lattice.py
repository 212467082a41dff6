"""Accounts where all worlds have one lattice: one pass backwards, through the solver's own evaluation of a step.

Each pair of a term and a period is a value function of its own (``queries.account``, whose letters these are).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from longgame.game.linear import fixed_point
from longgame.game.numbers import StepTables
from longgame.queries.nodes import Floats, Nodes
from longgame.solver.evaluate import Paid, expected_before, taste_bonus
from longgame.solver.interpolation import interpolated
from longgame.solver.needed import only, reached
from longgame.solver.rows import Rows
from longgame.solver.solution import Solution

if TYPE_CHECKING:  # which looks up its own accounts here
    from longgame.queries.account import TermNumbers

Place = tuple[int, int]  # (period, step)

BYTES_AT_ONCE = 2**29  # of the values of a period, for the terms that are evaluated side by side


def weights(nodes: Nodes, actor: int) -> Floats:
    """[M, W] by how much what an actor gets from each node on counts."""
    return nodes.joint if nodes.purse is None else nodes.purse[:, actor, 1]


def pays(step: StepTables, actor: int) -> bool:
    """Whether a step pays an actor anything, anywhere."""
    return step.pay is not None and bool(np.asarray(step.pay)[:, :, actor].any())


@dataclass(eq=False)
class _Functions:
    """The value functions of a pass as they grow: their rows and columns in an account."""

    rows: list[int]
    columns: list[int]

    def put(self, amounts: Floats, values: Floats) -> None:
        """Add to an account what each function comes to [F]."""
        np.add.at(amounts, (self.rows, self.columns), values)


def accounts_on_lattice(solution: Solution, terms: TermNumbers, asked: Sequence[Nodes]) -> Iterator[Floats]:
    """The accounts of some nodes, times their probability: one pass for all of them, for as many terms as fit."""
    game = solution.game
    amounts = [np.zeros((len(terms) + len(game.steps) + 2, game.periods + 1)) for _ in asked]
    places: dict[Place, NDArray[np.bool_]] = {}
    for nodes in asked:
        for t, k, rows in nodes.places():
            here = places.setdefault((t, k), np.zeros(len(game.ended), dtype=bool))
            here[nodes.s[rows]] = True
    if places:
        first = min(places)[0]
        tables = solution.tables(first) if first < game.periods else solution.tables(game.periods - 1)
        each = 8 * (len(tables.flow) + tables.taken) * len(game.worlds) * solution.lattice.size
        room = max(1, BYTES_AT_ONCE // (each * (game.periods - first + 1)))
        for start in range(0, max(len(terms), 1), room):
            some = range(start, min(start + room, len(terms)))
            _Pass(solution, terms, some, paid=start == 0).run(places, asked, amounts)
    yield from amounts


@dataclass(eq=False)
class _Pass:
    """One pass backwards: some of the terms, and, if ``paid``, what steps pay and what tastes are worth."""

    solution: Solution
    terms: TermNumbers
    some: range
    paid: bool

    def run(self, places: dict[Place, NDArray[np.bool_]], asked: Sequence[Nodes], amounts: Sequence[Floats]) -> None:
        """Add to the amounts of each of the nodes asked for."""
        game, T, K = self.solution.game, self.solution.game.periods, len(self.solution.game.steps)
        points = self.solution.lattice.size
        begin = np.zeros((T, K + 1, len(game.ended)), dtype=bool)
        for (t, k), states in places.items():
            if t < T:
                begin[t, k] = states
        needed = reached(game, self.solution.tables, begin) if begin.any() else begin
        functions = _Functions(list(self.some), [T] * len(self.some))
        later = self._ends(T - 1)[..., None] + np.zeros(points)  # [S, F, W, B]
        if game.forever:
            functions, later = self._for_ever(later)
        self._read((T, 0), functions, later, asked, amounts)
        for t in reversed(range(min(places)[0], T)):
            new = self._new(t)
            functions = _Functions([*functions.rows, *new], [*functions.columns, *[t] * len(new)])
            values, later = self._period(t, functions, later, len(new), needed[t])
            for k, found in enumerate(values):
                self._read((t, k), functions, found, asked, amounts)

    def _period(
        self, t: int, functions: _Functions, later: Floats, new: int, needed: NDArray[np.bool_]
    ) -> tuple[list[Rows], Floats]:
        """The functions before each step of a period, the last ``new`` of which begin with it, and at its start.

        later   [S, F - new, W, B] the others at the start of the next period
        needed  [K + 1, S] bool: where they are wanted
        """
        game, K = self.solution.game, len(self.solution.game.steps)
        tables, sigma, flow = only(self.solution.tables(t), needed), self.solution.sigma[t], self._flow(t)
        old, wanted = later.shape[1], needed[K]
        end = Rows.blank(wanted, (old + new, *later.shape[2:]), tables.taken)
        rows = end.store.rows
        count = int(np.count_nonzero(wanted))
        rows[:count, :old] = tables.discount[self.terms.actor] * later[wanted]
        rows[:count, old:] = 0.0
        if new:
            rows[:count, old : old + flow.shape[1]] = flow[wanted][..., None]
        values = [end] * (K + 1)
        for k in reversed(range(K)):
            paid = self._paid(tables.steps[k], k, t if new else -1, functions, values[k + 1])
            values[k] = expected_before(game, tables.steps[k], k, sigma[k], values, paid)
        start = np.asarray(values[0])
        over = np.asarray(game.ended)
        start[over] = 0.0
        if old:
            start[over, : len(self.some)] = self._ends(t)[over][..., None]
        return values, start

    def _for_ever(self, ends: Floats) -> tuple[_Functions, Floats]:
        """What is beyond the periods that are shown [S, F, W, B]: what one period brings, and what is beyond that."""
        game, T = self.solution.game, self.solution.game.periods
        new = self._new(T - 1)
        first, functions = (_Functions(new, [column] * len(new)) for column in (T - 1, T))
        everywhere = np.ones((len(game.steps) + 1, len(game.ended)), dtype=bool)
        once, over = self._period(T - 1, first, ends[:, :0], len(new), everywhere)[1], np.asarray(game.ended)
        once[over, : len(self.some)] = ends[over]

        def ahead(later: Floats) -> Floats:
            start = self._period(T - 1, functions, later, 0, everywhere)[1]
            start[over] = 0.0
            return start

        found = fixed_point(ahead, once)
        if found is None:
            raise ArithmeticError("what comes of the payoff's terms for ever was not found")
        return functions, found

    def _ends(self, t: int) -> Floats:
        return self.terms.numbers(t)[1][:, list(self.some)]

    def _flow(self, t: int) -> Floats:
        return self.terms.numbers(t)[0][:, list(self.some)]

    def _new(self, t: int) -> list[int]:
        """The rows that begin with a period: the terms, and what its steps pay."""
        if not self.paid:
            return list(self.some)
        game, R = self.solution.game, len(self.terms)
        paying = [R + k for k, step in enumerate(self.solution.tables(t).steps) if pays(step, self.terms.actor)]
        tastes = [R + len(game.steps) + 1] if game.noise == "tastes" else []
        return [*self.some, *paying, *tastes]

    def _paid(self, step: StepTables, k: int, t: int, functions: _Functions, passing: Rows) -> Paid:
        """What the functions get at a step of period t."""
        game, actor, R = self.solution.game, self.terms.actor, len(self.terms)
        pairs = zip(functions.rows, functions.columns, strict=True)
        place = {row: f for f, (row, column) in enumerate(pairs) if column == t}
        pay = bonus = None
        if R + k in place:
            shape = *np.shape(step.allowed), len(functions.rows), len(game.worlds)
            pay = np.zeros(shape)
            pay[:, :, place[R + k]] = np.asarray(step.pay)[:, :, actor]
        tastes, play = R + len(game.steps) + 1, self.solution.sigma[t][k]
        if tastes in place and actor in game.steps[k].movers and play is not None:
            tables = self.solution.tables(t)
            bonus = taste_bonus(game, tables, k, play, {actor: place[tastes]}, passing.shape[1])
        return Paid(pay, bonus)

    def _read(
        self,
        place: Place,
        functions: _Functions,
        values: Floats | Rows,
        asked: Sequence[Nodes],
        amounts: Sequence[Floats],
    ) -> None:
        """Add to the accounts of nodes what the functions come to at a place."""
        for nodes, mine in zip(asked, amounts, strict=True):
            for t, k, rows in nodes.places():
                if (t, k) == place:
                    index, weight = nodes.located(self.solution.lattice)
                    found = interpolated(values, nodes.s[rows], index[rows], weight[rows])  # [M, F, W]
                    counted = weights(nodes, self.terms.actor)[rows]
                    functions.put(mine, np.einsum("mfw,mw->f", found, counted))
