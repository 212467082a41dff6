"""The names of a compiled scenario, for questions: conditions, events and changes as arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from longgame.arrays import Array
from longgame.errors import Place, Problem, QuestionError, ScenarioError
from longgame.game.functions import number, truth
from longgame.game.plan import Change, Plan
from longgame.game.reach import within
from longgame.game.symbols import Words
from longgame.game.tables import Tables
from longgame.scenario.formulas import Cases, Expression
from longgame.scenario.language.expressions import Name, Node, Number

Clause = Node | Expression | Cases | float | str


@dataclass(frozen=True, eq=False)
class Formulas:
    """What the names of a scenario stand for in its compiled game. See the methods of ``Game`` with the same names."""

    tables: Tables
    _events: dict[Node, Callable[[Array], Array]] = field(default_factory=dict, repr=False)
    _changes: dict[tuple[tuple[str, Node], ...], Callable[[Array], tuple[Array, Array]]] = field(
        default_factory=dict, repr=False
    )
    #: What was asked for -> the answer in every draw, where the assumptions do not enter.
    _fixed: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def plan(self) -> Plan:
        """The scenario with its names resolved."""
        return self.tables.plan

    def theta(self, values: Mapping[str, float]) -> np.ndarray:
        """[P] the base values with some changed by name."""
        plan, theta, problems = self.plan, np.array(self.plan.base, float), []
        for name, value in values.items():
            if name not in plan.assumptions:
                problems.append(_problem("unknown-name", f"assumptions.{name}", "an assumption", f"`{name}`"))
                continue
            p = plan.assumptions.index(name)
            if not plan.low[p] <= value <= plan.high[p]:
                between = f"a number from {plan.low[p]:.10g} to {plan.high[p]:.10g}"
                fix = "The game was compiled for this range only; change the scenario to go beyond it."
                problems.append(_problem("outside-range", f"assumptions.{name}", between, f"{value:.10g}", fix))
            theta[p] = value
        if problems:
            raise ScenarioError(problems)
        return theta

    def event(self, node: Node) -> Callable[[Array], Array]:
        """An expression over state variables as a function of theta [P] -> [S] floats."""
        if node not in self._events:
            self._events[node] = self._event(node)
        return self._events[node]

    def _event(self, node: Node) -> Callable[[Array], Array]:
        bound = self._bind(node, self._public)
        codes = self.tables.states.codes

        def values(theta: Array) -> Array:
            env = self.plan.values(codes, theta, np.float64(1.0))
            return np.broadcast_to(number(env.of(bound)), (len(codes), 1))[:, 0]

        return self._worked_out(values, [bound])

    def condition(self, node: Node) -> np.ndarray:
        """[W] bool: the worlds in which an expression over hidden variables is true."""
        bound = self._bind(node, frozenset(self.plan.hidden) | frozenset(self.plan.assumptions))
        env = self.plan.values(self.tables.states.codes[:1], self.plan.base, np.float64(1.0))
        return np.broadcast_to(truth(env.of(bound)), (1, len(self.plan.worlds)))[0]

    def change(self, clauses: Mapping[str, Clause], theta: Array) -> tuple[Array, Array]:
        """Where each state goes when state variables are set."""
        trees = tuple((name, as_tree(clause)) for name, clause in clauses.items())
        if trees not in self._changes:
            self._changes[trees] = self._change(dict(trees))
        return self._changes[trees](theta)

    def _change(self, clauses: Mapping[str, Node]) -> Callable[[Array], tuple[Array, Array]]:
        change = self.bind_change(clauses)
        ids = self.tables.states.ids
        if not within(self.plan, change, ids[self.tables.asked], ids):
            fix = "Name the question when the game is compiled."
            expected = "a change that the game was compiled for"
            raise QuestionError([_problem("unforeseen-change", "set", expected, ", ".join(clauses), fix)])
        exact = self.tables.lands(change, np.ones(len(ids), bool))
        return self._worked_out(
            lambda theta: self.tables.change(change, exact, theta), [tree for _, tree in change]
        )

    def _worked_out(self, function: Callable[[Array], Any], trees: Sequence[Node]) -> Callable[[Array], Any]:
        """The same function of theta, worked out once for all draws if no assumption enters its trees."""
        if self.plan.symbols.used(*trees).intersection(self.plan.assumptions):
            return function
        fixed = function(self.plan.base)
        return lambda theta: fixed

    def payments(self, pay: Mapping[str, Clause], theta: np.ndarray) -> np.ndarray:
        """[S, N, W] what actors get at once, in every state and world."""
        codes, worlds = self.tables.states.codes, len(self.plan.worlds)
        env = self.plan.values(codes, theta, np.float64(1.0))
        paid = np.zeros((len(codes), len(self.plan.actors), worlds))
        for actor, clause in pay.items():
            tree = self._bind(as_tree(clause), self._public | frozenset(self.plan.hidden))
            paid[:, self.plan.actors.index(actor)] = np.broadcast_to(number(env.of(tree)), (len(codes), worlds))
        return paid

    def bind_change(self, clauses: Mapping[str, Clause]) -> Change:
        """Clauses by name -> positions of variables and bound trees."""
        places = {variable.name: i for i, variable in enumerate(self.plan.variables)}
        unknown = [name for name in clauses if name not in places]
        if unknown:
            raise QuestionError([_problem("unknown-name", name, "a state variable", f"`{name}`") for name in unknown])
        return tuple(
            (places[name], self._bind(as_tree(clause), self._public, self.plan.variables[places[name]].words))
            for name, clause in clauses.items()
        )

    @property
    def _public(self) -> frozenset[str]:
        return frozenset(v.name for v in self.plan.variables) | frozenset(self.plan.assumptions)

    def _bind(self, node: Node, allowed: frozenset[str], words: Words | None = None) -> Node:
        try:
            bound = self.plan.symbols.bind(node, words)
        except KeyError as error:
            name = str(error.args[0])
            raise QuestionError([_problem("unknown-name", name, "a name of the scenario", f"`{name}`")]) from None
        wrong = self.plan.symbols.used(bound) - allowed - self.plan.symbols.definitions.keys()
        if wrong:
            names = ", ".join(sorted(wrong))
            kinds = "state variables" if self._public == allowed else "hidden variables"
            raise QuestionError([_problem("name-not-here", names, f"an expression over {kinds}", f"`{names}`")])
        return bound


def as_tree(clause: Clause) -> Node:
    """A clause in any of its forms as an expression tree."""
    match clause:
        case Expression() | Cases():
            return clause.tree
        case bool() | int() | float():
            return Number(float(clause))
        case str():
            return Name(clause)
        case _:
            return clause


def _problem(code: str, path: str, expected: str, found: str, fix: str = "") -> Problem:
    return Problem(code, Place(path), expected, found, fix)
