"""What an actor can expect, taken apart by payoff term and by period: an account that adds up to it.

Expected payoffs are linear, so with the play of a solution fixed (reward decomposition; Juozapaitis, Koul, Fern, Erwig
and Doshi-Velez 2019)

    U_j = sum over terms r of j's payoff and over periods t of  E[ discounted r at t ]

The terms are the summands of the payoff (``game.terms``), what each step pays at once, end values, and, under
``noise: tastes``, what private tastes are worth. Each pair of term and period is a value function of its own:

    on a lattice   one pass backwards through the solver's own evaluation of a step, for all that is asked of a solution
    exactly        one walk forward from the nodes, which adds up what is met on the way

Shapes: S states, M nodes, R terms, W worlds, B lattice points, F value functions, T periods, K steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from longgame.game.linear import fixed_point
from longgame.game.numbers import StepTables
from longgame.queries.case import Case, Posture
from longgame.queries.interpolation import interpolated
from longgame.queries.nodes import Equilibrium, Floats, Nodes, active, fork, opened
from longgame.queries.walk import taste_worth, walk
from longgame.solver.evaluate import Paid, expected_before, taste_bonus
from longgame.solver.needed import only, reached
from longgame.solver.rows import Rows
from longgame.solver.solution import Solution

Place = tuple[int, int]  # (period, step)

BYTES_AT_ONCE = 2**29  # of the values of a period, for the terms that are evaluated side by side


class TermNumbers(Protocol):
    """The terms of one actor's payoff: which actor, how many (R), and their numbers by period."""

    @property
    def actor(self) -> int:
        """Whose payoff it is."""
        ...

    def __len__(self) -> int: ...

    def numbers(self, t: int) -> tuple[Floats, Floats]:
        """[S, R, W] what each pays in a period, and [S, R, W] its part of the end value."""
        ...


@dataclass(frozen=True, eq=False)
class Level:
    """What an actor can expect over some nodes, with what is in the purse.

    times    how often it counts in a sum of such
    paid_at  the step at which what is in the purse was paid; None: on the way of several changes, or by a deal
    """

    nodes: Nodes
    under: Posture | None = None
    times: float = 1.0
    paid_at: int | None = None


@dataclass(frozen=True, eq=False)
class Account:
    """Amounts [R + K + 2, T + 1] that add up to what they are an account of.

    Rows: the terms of the payoff, what each step pays, what is paid on the way of several changes, and tastes. Columns:
    the periods, and, last, the end value.
    """

    amounts: Floats

    @property
    def total(self) -> float:
        """What it is an account of."""
        return float(self.amounts.sum())

    def __add__(self, other: Account) -> Account:
        return Account(self.amounts + other.amounts)

    def times(self, factor: float) -> Account:
        """All of it so many times."""
        return Account(factor * self.amounts)


def accounts(case: Case, terms: TermNumbers, sums: Sequence[Sequence[Level]]) -> list[Account]:
    """The account of each sum of levels of one actor; what is asked of the same solution is worked out in one pass."""
    blank = np.zeros((len(terms) + len(case.game.steps) + 2, case.game.periods + 1))
    found: dict[int, Floats] = {}
    levels = {id(level): level for some in sums for level in some}
    for under in dict.fromkeys(level.under for level in levels.values()):
        mine = [level for level in levels.values() if level.under == under]
        solution, nodes = case.solution(under), [level.nodes for level in mine]
        take_apart = _backward if isinstance(solution, Solution) else _forward
        for level, amounts in zip(mine, take_apart(solution, terms, nodes), strict=True):  # type: ignore[arg-type]
            found[id(level)] = (amounts + _in_purse(level, terms, blank)) / level.nodes.mass
    return [
        Account(reduce(lambda total, level: total + level.times * found[id(level)], some, blank)) for some in sums
    ]


def _in_purse(level: Level, terms: TermNumbers, blank: Floats) -> Floats:
    """What was paid before the nodes of a level, times their probability."""
    amounts, purse = blank.copy(), level.nodes.purse
    if purse is not None:
        row = -2 if level.paid_at is None else len(terms) + level.paid_at
        np.add.at(amounts[row], level.nodes.t, purse[:, terms.actor, 0].sum(axis=1))
    return amounts


def _weights(nodes: Nodes, actor: int) -> Floats:
    """[M, W] by how much what an actor gets from each node on counts."""
    return nodes.joint if nodes.purse is None else nodes.purse[:, actor, 1]


# --- on a lattice -----------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class _Functions:
    """The value functions of a pass as they grow: their rows and columns in an account."""

    rows: list[int]
    columns: list[int]

    def put(self, amounts: Floats, values: Floats) -> None:
        """Add to an account what each function comes to [F]."""
        np.add.at(amounts, (self.rows, self.columns), values)


def _backward(solution: Solution, terms: TermNumbers, asked: Sequence[Nodes]) -> Iterator[Floats]:
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
        paying = [R + k for k, step in enumerate(self.solution.tables(t).steps) if _pays(step, self.terms.actor)]
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
                    counted = _weights(nodes, self.terms.actor)[rows]
                    functions.put(mine, np.einsum("mfw,mw->f", found, counted))


def _pays(step: StepTables, actor: int) -> bool:
    return step.pay is not None and bool(np.asarray(step.pay)[:, :, actor].any())


# --- exactly ----------------------------------------------------------------------------------------------------------


def _forward(solution: Equilibrium, terms: TermNumbers, asked: Sequence[Nodes]) -> Iterator[Floats]:
    """The accounts of some nodes, times their probability, each by a walk."""
    for nodes in asked:
        yield _Counter(solution, terms).count(nodes)


class _Counter:
    """A walk that adds up what an actor gets on the way."""

    def __init__(self, solution: Equilibrium, terms: TermNumbers):
        self.solution, self.terms = solution, terms
        self.amounts = np.zeros((len(terms) + len(solution.game.steps) + 2, solution.game.periods + 1))

    def count(self, nodes: Nodes) -> Floats:
        """The amounts, times the probability of the nodes."""
        game = self.solution.game
        nodes = nodes if nodes.purse is not None else opened(game, nodes)
        over = nodes.t == game.periods
        self._end(nodes.pick(over))
        if not over.all():
            ended = walk(self.solution, nodes.pick(~over), self._pass)
            if ended.over is not None:
                self._end(ended.over)
        return self.amounts

    def _pass(self, t: int, k: int, nodes: Nodes) -> NDArray[np.bool_]:
        """[M] where the walk is to halt; what is met at a place is added on the way."""
        game, actor = self.solution.game, self.terms.actor
        stop = np.zeros(len(nodes), dtype=bool)
        if k == len(game.steps):
            counted = _weights(nodes, actor)
            flow = self.terms.numbers(t)[0][nodes.s]
            self.amounts[: len(self.terms), t] += np.einsum("mrw,mw->r", flow, counted)
            stop = np.asarray(game.ended)[nodes.s]
            if stop.any():
                discount = float(np.asarray(self.solution.tables(t).discount)[actor])
                self._end(nodes.pick(stop), discount, min(t + 1, game.periods - 1))
            return stop
        on = active(self.solution, t, k, nodes.s)
        if on.any():
            self._step(t, k, nodes.pick(on))
        return stop

    def _step(self, t: int, k: int, nodes: Nodes) -> None:
        actor, tables = self.terms.actor, self.solution.tables(t).steps[k]
        if _pays(tables, actor):
            taken = _weights(nodes, actor)[:, None, :] * fork(self.solution, t, k, nodes).odds
            pay = np.asarray(tables.pay)[nodes.s, :, actor]
            self.amounts[len(self.terms) + k, t] += float((taken * pay).sum())
        if actor in self.solution.game.steps[k].movers:
            bonus = taste_worth(self.solution, t, fork(self.solution, t, k, nodes)).get(actor)
            if bonus is not None:
                self.amounts[-1, t] += float((_weights(nodes, actor) * bonus).sum())

    def _end(self, nodes: Nodes, factor: float = 1.0, t: int | None = None) -> None:
        """The end values of nodes where the game is over."""
        if not len(nodes):
            return
        last = self.solution.game.periods - 1
        counted = factor * _weights(nodes, self.terms.actor)
        for now in [t] if t is not None else sorted({min(int(x), last) for x in nodes.t}):
            here = np.ones(len(nodes), dtype=bool) if t is not None else np.minimum(nodes.t, last) == now
            ends = self.terms.numbers(now)[1][nodes.s[here]]
            self.amounts[: len(self.terms), -1] += np.einsum("mrw,mw->r", ends, counted[here])


# --- many at once -----------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class AskedAccount:
    """An account that is asked for: it is there once all that were asked for are worked out."""

    actor: int
    levels: Sequence[Level]
    account: Account | None = None

    @property
    def found(self) -> Account:
        """The account."""
        assert self.account is not None
        return self.account


class Accounting:
    """Collects accounts that are asked for, so that all of an actor in a solution take one pass."""

    def __init__(self, case: Case, terms: Callable[[int], TermNumbers]):
        """``terms``: those of each actor."""
        self._case, self._terms = case, terms
        self._waiting: list[AskedAccount] = []

    def ask(self, actor: int, levels: Sequence[Level]) -> AskedAccount:
        """The account of a sum of levels of an actor."""
        self._waiting.append(AskedAccount(actor, levels))
        return self._waiting[-1]

    def work_out(self) -> None:
        """Work out all that was asked for since the last time."""
        waiting, self._waiting = self._waiting, []
        for actor in dict.fromkeys(asked.actor for asked in waiting):
            mine = [asked for asked in waiting if asked.actor == actor]
            found = accounts(self._case, self._terms(actor), [asked.levels for asked in mine])
            for asked, account in zip(mine, found, strict=True):
                asked.account = account
