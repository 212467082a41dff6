"""Trying formulas over the reachable states, the worlds, and many draws of the assumptions at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from longgame.errors import Problem
from longgame.game.functions import number, truth
from longgame.game.intervals import Interval, bounds
from longgame.game.plan import Plan
from longgame.game.sample import draws, support
from longgame.game.symbols import Environment
from longgame.game.tables import Tables
from longgame.scenario.expand import Branch, FlatOption, FlatStep, steps_of
from longgame.scenario.language.expressions import Node
from longgame.scenario.model import Scenario
from longgame.scenario.periods import PERIOD
from longgame.scenario.places import Path

Array = Any
Guards = tuple[Node, ...]  # bound: a formula matters where all of them are true

POINTS = 256  # of the hypercube
_CELLS = 2_000_000  # values worked out at a time


@dataclass(frozen=True, eq=False)
class Example:
    """Where a formula goes wrong: one draw, state, world and period (from 1), and its value there."""

    theta: np.ndarray
    state: int
    world: int
    period: int
    value: float


@dataclass(frozen=True, eq=False)
class Probe:
    """A scenario with its game, under examination."""

    scenario: Scenario
    tables: Tables

    @property
    def plan(self) -> Plan:
        """The scenario with its names resolved."""
        return self.tables.plan

    @cached_property
    def steps(self) -> tuple[FlatStep, ...]:
        """The flat steps, with their places in the scenario; in the order of ``plan.steps``."""
        return steps_of(self.scenario)

    @cached_property
    def thetas(self) -> np.ndarray:
        """[D, P] draws: the base case, each assumption at its extremes by itself, all of them, and many between.

        Those between are a Latin hypercube (McKay, Beckman and Conover 1979): each assumption takes each part of its
        range once.
        """
        base = self.plan.base
        alone = []
        for p, assumption in enumerate(self.scenario.assumptions.values()):
            for end in support(assumption):
                alone.append(np.where(np.arange(len(base)) == p, end, base))
        if not len(base):
            return base[None]
        order = np.random.default_rng(0).permuted(np.tile(np.arange(POINTS), (len(base), 1)), axis=1)
        ends = np.zeros(len(base)), np.ones(len(base))
        points = np.stack([*ends, *((order.T + 0.5) / POINTS)])
        return np.concatenate([base[None], *[row[None] for row in alone], draws(self.scenario, points)])

    @cached_property
    def ranges(self) -> Environment:
        """The names' intervals [S] in all reachable states, over all draws."""
        return self.plan.ranges(self.tables.states.codes)

    @cached_property
    def hull(self) -> Environment:
        """The names' intervals over all reachable states, draws, worlds and periods together."""
        columns = self.plan.columns(self.tables.states.codes)
        names = [*columns, *self.plan.hidden, *self.plan.assumptions, PERIOD]
        ends = {name: self.ranges[name] for name in names}
        known = {name: Interval(np.min(x.low), np.max(x.high)) for name, x in ends.items()}
        return self.plan.symbols.environment(known, bounds)

    def bind(self, node: Node) -> Node:
        """A tree with its words replaced by codes."""
        return self.plan.symbols.bind(node)

    def effects(self) -> Iterator[tuple[FlatOption | Branch, Guards]]:
        """Every option and outcome of the period, and every branch of a lottery, with the guards it stands under."""
        for step in self.steps:
            for option in step.options:
                guards = tuple(self.bind(when) for when in (step.when, option.when) if when is not None)
                yield option, guards
                for branch in option.lottery:
                    yield branch, guards

    def first(
        self,
        node: Node,
        wrong: Callable[[Array], Array],
        guards: Guards = (),
        over: bool = False,
        states: np.ndarray | None = None,
    ) -> Example | None:
        """The first draw in which a formula is wrong somewhere.

        Args:
            node: the bound formula.
            wrong: values [D, S, W] -> bool [D, S, W].
            guards: where it matters, beside ``states``.
            over: it matters in states in which the game is over, too.
            states: [S] bool, by default all.
        """
        used = self.plan.symbols.used(node, *guards)
        found: list[tuple[int, Example]] = []
        for rows, period, env in self.environments(used, over, states):
            value = number(env.of(node))
            bad = wrong(value)
            for guard in guards:
                bad = bad & truth(env.of(guard))
            bad = np.broadcast_to(bad, (len(self.thetas), len(rows), len(self.plan.worlds)))
            if bad.any():
                d, s, w = (int(i[0]) for i in np.nonzero(bad))
                worst = float(np.broadcast_to(value, bad.shape)[d, s, w])
                found.append((d, Example(self.thetas[d], int(rows[s]), w, period, worst)))
        return min(found, key=lambda pair: pair[0])[1] if found else None

    def environments(
        self, used: frozenset[str], over: bool = False, states: np.ndarray | None = None
    ) -> Iterator[tuple[np.ndarray, int, Environment]]:
        """Rows of states, a period (from 1) and the names' arrays there, until all have come that ``used`` names need.

        Args:
            used: names of formulas; where no assumption is among them, the values have no axis of draws.
            over, states: as for ``first``.
        """
        thetas = self.thetas if not used.isdisjoint(self.plan.assumptions) else self.thetas[:1]
        if used.isdisjoint(v.name for v in self.plan.variables):
            chosen = np.array([0])
        else:
            chosen = np.flatnonzero((over | ~self.tables.over) & (np.True_ if states is None else states))
        periods = range(1, self.plan.periods + 1) if PERIOD in used else (1,)
        size = max(1, _CELLS // (len(thetas) * len(self.plan.worlds)))
        for start in range(0, len(chosen), size):
            rows = chosen[start : start + size]
            for period in periods:
                yield rows, period, self.environment(rows, thetas, period)

    def environment(self, rows: np.ndarray, thetas: np.ndarray, period: int) -> Environment:
        """The names' arrays in states ``rows`` [S] and draws ``thetas`` [D, P]: values are [D, S, W]."""
        codes = self.tables.states.codes[rows]
        return self.plan.values(codes, thetas.T[:, :, None, None], np.float64(period))

    def describe(self, example: Example, *nodes: Node) -> str:
        """Where an example is, in as many words as the formulas need."""
        return self.where(example, self.plan.symbols.used(*nodes))

    def where(self, example: Example, used: frozenset[str]) -> str:
        """Where an example is, as far as the names that are used tell it apart."""
        parts = []
        if not used.isdisjoint(v.name for v in self.plan.variables):
            parts.append(f"in the state {self.tables.states.label(example.state)}")
        if not used.isdisjoint(self.plan.hidden):
            parts.append(f"in the world `{self.plan.worlds[example.world]}`")
        if PERIOD in used:
            parts.append(f"in period {example.period}")
        for p, name in enumerate(self.plan.assumptions):
            if name in used and example.theta[p] != self.plan.base[p]:
                parts.append(f"with {name} = {example.theta[p]:.4g}")
        return ", ".join(parts)

    def problem(
        self, code: str, path: Path, expected: str, found: str, fix: str = "", *, warning: bool = False
    ) -> Problem:
        """A problem at a path of the scenario."""
        severity = "warning" if warning else "error"
        return Problem(code, self.scenario.place(path), expected, found, fix, severity)
