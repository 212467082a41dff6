"""What an actor can expect, taken apart by payoff term and by period: an account that adds up to it.

Expected payoffs are linear, so with the play of a solution fixed (reward decomposition; Juozapaitis, Koul, Fern, Erwig
and Doshi-Velez 2019)

    U_j = sum over terms r of j's payoff and over periods t of  E[ discounted r at t ]

The terms are the summands of the payoff (``game.terms``), what each step pays at once, end values, and, under
``noise: tastes``, what private tastes are worth. Each pair of term and period is a value function of its own:

    on a lattice   one pass backwards through the solver's own evaluation of a step, for all that is asked of a solution
                   (where beliefs are kept block by block: ``queries.account_blocks``)
    exactly        one walk forward from the nodes, which adds up what is met on the way

Shapes: S states, M nodes, R terms, W worlds, B lattice points, F value functions, T periods, K steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from longgame.queries.account_blocks import accounts_by_block
from longgame.queries.account_lattice import accounts_on_lattice, pays, weights
from longgame.queries.case import Case, Posture
from longgame.queries.nodes import Equilibrium, Floats, Nodes, active, fork, opened
from longgame.queries.walk import taste_worth, walk
from longgame.solver.blocks.solution import BlockSolution
from longgame.solver.solution import Solution


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
        for level, amounts in zip(mine, _taken_apart(solution, terms, nodes), strict=True):
            found[id(level)] = (amounts + _in_purse(level, terms, blank)) / level.nodes.mass
    return [
        Account(reduce(lambda total, level: total + level.times * found[id(level)], some, blank)) for some in sums
    ]


def _taken_apart(solution: Equilibrium, terms: TermNumbers, asked: Sequence[Nodes]) -> Iterable[Floats]:
    """The accounts of some nodes in a solution, times their probability."""
    if isinstance(solution, Solution):
        return accounts_on_lattice(solution, terms, asked)
    if isinstance(solution, BlockSolution):
        return accounts_by_block(solution, terms, asked)
    return (_Counter(solution, terms).count(nodes) for nodes in asked)


def _in_purse(level: Level, terms: TermNumbers, blank: Floats) -> Floats:
    """What was paid before the nodes of a level, times their probability."""
    amounts, purse = blank.copy(), level.nodes.purse
    if purse is not None:
        row = -2 if level.paid_at is None else len(terms) + level.paid_at
        np.add.at(amounts[row], level.nodes.t, purse[:, terms.actor, 0].sum(axis=1))
    return amounts


# --- exactly ----------------------------------------------------------------------------------------------------------


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
            counted = weights(nodes, actor)
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
        if pays(tables, actor):
            taken = weights(nodes, actor)[:, None, :] * fork(self.solution, t, k, nodes).odds
            pay = np.asarray(tables.pay)[nodes.s, :, actor]
            self.amounts[len(self.terms) + k, t] += float((taken * pay).sum())
        if actor in self.solution.game.steps[k].movers:
            bonus = taste_worth(self.solution, t, fork(self.solution, t, k, nodes)).get(actor)
            if bonus is not None:
                self.amounts[-1, t] += float((weights(nodes, actor) * bonus).sum())

    def _end(self, nodes: Nodes, factor: float = 1.0, t: int | None = None) -> None:
        """The end values of nodes where the game is over."""
        if not len(nodes):
            return
        last = self.solution.game.periods - 1
        counted = factor * weights(nodes, self.terms.actor)
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
