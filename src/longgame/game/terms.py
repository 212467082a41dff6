"""What an actor is paid, taken apart into the summands of its payoff and of its end values, as they are written.

    1 - strength - 0.2 * (truce == none)   ->   1,  -strength,  -0.2 * (truce == none)
    A if aim == peace else B               ->   the summands of A where aim == peace, those of B elsewhere
    (a - b) / (1 - d)                      ->   a / (1 - d),  -b / (1 - d)
    c * (x + y)                            ->   c * x,  c * y

A definition that is a sum counts as what it says; one that is not, or with a bare number among its summands, stays a
name. What stands in an end value as it does
in the payoff is one term with it, whatever it is divided by: the same good, for longer. Terms are compiled when
somebody asks for them, so a game that is only solved costs nothing more.

Letters: S states, R terms of an actor, W worlds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, reduce

import numpy as np

from longgame.arrays import Array
from longgame.game.game import Game
from longgame.game.period import Period
from longgame.game.tables import Tables
from longgame.scenario.language.expressions import Binary, IfElse, Node, Number, Unary, unparse
from longgame.scenario.language.expressions import Name as Word
from longgame.scenario.model import Scenario

NOTHING = Number(0.0)


@dataclass(frozen=True)
class Summand:
    """A part of a sum: ``sign * core / divisor`` where the tests hold, else nothing.

    tests  conditions, each with whether it must be true
    """

    sign: int
    core: Node
    tests: tuple[tuple[Node, bool], ...] = ()
    divisor: Node | None = None

    @property
    def what(self) -> tuple[Node, tuple[tuple[Node, bool], ...]]:
        """What it is about, by which it is found again in an end value."""
        return self.core, self.tests

    @property
    def tree(self) -> Node:
        """All of it as an expression."""
        tree = self.core if self.divisor is None else Binary("/", self.core, self.divisor)
        tree = tree if self.sign > 0 else Unary("-", tree)
        for test, true in reversed(self.tests):
            tree = IfElse(test, tree, NOTHING) if true else IfElse(test, NOTHING, tree)
        return tree


@dataclass(frozen=True)
class Term:
    """One term of an actor's payoff.

    core, tests  what it is about, and when it is there (see ``Summand``), in the words of the scenario
    sign         of it in the payoff, or where it first stands
    flow         what it pays each period; None for a term of end values alone
    horizon      its part of the end value at the horizon; None: what it pays for ever
    ends         the same for each way for the game to end, in the scenario's order
    """

    core: Node
    tests: tuple[tuple[Node, bool], ...]
    sign: int
    flow: Node | None
    horizon: Node | None
    ends: tuple[Node | None, ...]

    @property
    def text(self) -> str:
        """The term as it is written, without what it is divided by."""
        return unparse(Summand(self.sign, self.core).tree)

    @property
    def where(self) -> str:
        """The conditions under which it is there, as they are written; empty where it always is."""
        return " and ".join(unparse(test if true else Unary("not", test)) for test, true in self.tests)


def terms_of(scenario: Scenario, actor: str) -> tuple[Term, ...]:
    """The terms of an actor's payoff, in the order in which they are written; those of end values alone come last."""
    definitions = {name: formula.tree for name, formula in scenario.definitions.items()}

    def parts(tree: Node) -> dict[tuple, list[Summand]]:
        found: dict[tuple, list[Summand]] = {}
        for part in summands(tree, definitions):
            found.setdefault(part.what, []).append(part)
        return found

    flow = parts(scenario.payoffs[actor].tree)
    horizon = parts(scenario.end_values[actor].tree) if actor in scenario.end_values else None
    ends = [parts(end.values[actor].tree) if actor in end.values else None for end in scenario.ends.values()]
    given = [some for some in (flow, horizon, *ends) if some is not None]
    whats = dict.fromkeys(what for some in given for what in some)

    def of(some: dict[tuple, list[Summand]] | None, what: tuple) -> Node | None:
        """Its part of an end value; None where that is the payoff for ever."""
        return None if some is None else _sum(part.tree for part in some.get(what, ()))

    return tuple(
        Term(
            core=what[0],
            tests=what[1],
            sign=next(some[what][0].sign for some in given if what in some),
            flow=_sum(part.tree for part in flow[what]) if what in flow else None,
            horizon=of(horizon, what),
            ends=tuple(of(end, what) for end in ends),
        )
        for what in whats
    )


def _sum(trees: Iterable[Node]) -> Node:
    found = list(trees)
    return reduce(lambda a, b: Binary("+", a, b), found) if found else NOTHING


def summands(tree: Node, definitions: Mapping[str, Node]) -> list[Summand]:
    """The summands of an expression; they add up to it."""
    return [part for part in _split(tree, definitions) if part.core != NOTHING]


def _split(tree: Node, definitions: Mapping[str, Node]) -> Iterator[Summand]:
    match tree:
        case Binary("+" | "-" as op, left, right):
            yield from _split(left, definitions)
            for part in _split(right, definitions):
                yield part if op == "+" else replace(part, sign=-part.sign)
        case Unary("-", operand):
            yield from (replace(part, sign=-part.sign) for part in _split(operand, definitions))
        case Binary("/", above, below):
            for part in _split(above, definitions):
                divisor = below if part.divisor is None else Binary("*", part.divisor, below)
                yield replace(part, divisor=divisor)
        case Binary("*", left, right):
            yield from _product(tree, left, right)
        case IfElse(test, then, otherwise):
            yield from _cases(tree, test, summands(then, definitions), summands(otherwise, definitions))
        case Word(name) if name in definitions:
            parts = summands(definitions[name], definitions)
            apart = len(parts) > 1 and not any(isinstance(part.core, Number) for part in parts)
            yield from parts if apart else [Summand(1, tree)]
        case _:
            yield Summand(1, tree)


def _product(tree: Node, left: Node, right: Node) -> Iterator[Summand]:
    """A product with a sum that is written out is the sum of products; but ``c * (1 - x)`` is one thing."""
    for place, factor in enumerate((left, right)):
        parts = summands(factor, {})
        if len(parts) > 1 and not any(isinstance(part.core, Number) for part in parts):
            for part in parts:
                pair = (part.core, right) if place == 0 else (left, part.core)
                yield replace(part, core=Binary("*", *pair))
            return
    if isinstance(left, Unary) and left.op == "-":
        yield Summand(-1, Binary("*", left.operand, right))
    else:
        yield Summand(1, tree)


def _cases(tree: Node, test: Node, then: list[Summand], otherwise: list[Summand]) -> Iterator[Summand]:
    """The summands of either case, each where its case holds; those of both cases everywhere."""
    if len(then) + len(otherwise) < 2:
        yield Summand(1, tree)
        return
    both = [part for part in then if part in otherwise]
    for part in then:
        yield part if part in both else replace(part, tests=((test, True), *part.tests))
    for part in otherwise:
        if part not in both:
            yield replace(part, tests=((test, False), *part.tests))


@dataclass(frozen=True, eq=False)
class Terms:
    """The terms of one actor's payoff in a compiled game, for one draw of the assumptions.

    tables  of the game; theta [P]
    """

    tables: Tables
    theta: np.ndarray
    actor: int
    terms: tuple[Term, ...]

    @classmethod
    def of(cls, scenario: Scenario, game: Game, theta: np.ndarray, actor: int) -> Terms:
        """The terms of an actor in the game of a scenario."""
        if game.formulas is None:
            raise TypeError("this game was not compiled from a scenario: its payoffs are not written anywhere")
        tables, terms = game.formulas.tables, terms_of(scenario, game.actors[actor])
        return cls(tables, np.asarray(theta, dtype=float), actor, terms)

    def __len__(self) -> int:
        return len(self.terms)

    def numbers(self, t: int) -> tuple[Array, Array]:
        """[S, R, W] what each term pays in period t (from 0), and [S, R, W] its part of the end value.

        Over all terms they add up to ``flow`` and ``end_value`` of the tables.
        """
        t = t if self.tables.timed[-1] or self.tables.plan.lengths else 0
        if t not in self._known:
            self._known[t] = self._worked_out(t)
        return self._known[t]

    @cached_property
    def _known(self) -> dict[int, tuple[Array, Array]]:
        return {}

    def _worked_out(self, t: int) -> tuple[Array, Array]:
        with np.errstate(all="ignore"):
            period = Period(self.tables, self.theta, t)
            discount = period.value(period.plan.discount[self.actor])
            pairs = [self._numbers(period, term, discount) for term in self.terms]
        shape = (period.S, 0, period.W)
        flow, end = (np.stack(some, axis=1) for some in zip(*pairs, strict=True)) if pairs else (np.zeros(shape),) * 2
        return flow, end

    def _numbers(self, period: Period, term: Term, discount: Array) -> tuple[Array, Array]:
        bind = period.plan.symbols.bind
        flow = np.zeros((period.S, period.W)) if term.flow is None else period.by_both(bind(term.flow))
        for_ever = flow / (1 - discount)
        end = for_ever if term.horizon is None else period.by_both(bind(term.horizon))
        for tree, here in zip(term.ends, period.game.ended_by, strict=True):
            end = np.where(here[:, None], for_ever if tree is None else period.by_both(bind(tree)), end)
        return flow * period.lasting(discount)[0], end
