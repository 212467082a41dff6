"""A scenario with its names resolved: bound trees and positions, but no arrays over states yet.

The plan is what reachability (``reach``) and the tables (``tables``) both read. Trees are bound (``symbols``);
variables, actors, steps and options are positions in tuples.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from longgame.arrays import Array
from longgame.game.functions import evaluate
from longgame.game.intervals import Interval, bounds
from longgame.game.sides import Side, movers_of
from longgame.game.states import Variable, strides
from longgame.game.symbols import Environment, Symbols
from longgame.scenario.language.expressions import Node
from longgame.scenario.periods import PERIOD

Change = tuple[tuple[int, Node], ...]  # (position of a state variable, its new value): all set at once


@dataclass(frozen=True)
class EffectPlan:
    """One branch of what an option does.

    odds   its chance; None where the option has one branch only
    sets   the state variables that it changes
    pay    (actor, payment at once)
    """

    odds: Node | None
    sets: Change
    pay: tuple[tuple[int, Node], ...]


@dataclass(frozen=True)
class OptionPlan:
    """An option of a move, or an outcome of a chance step.

    when     its guard; None if it is always open
    odds     the chance of an outcome; None for an option of a move
    becomes  (hidden variable, ((code of a value, its chance), ...)): lotteries over the world
    """

    name: str
    when: Node | None
    odds: Node | None
    effects: tuple[EffectPlan, ...]
    becomes: tuple[tuple[str, tuple[tuple[int, Node], ...]], ...]


@dataclass(frozen=True)
class StepPlan:
    """One step of the period; ``mover``, ``next``, ``signal``, ``signals`` and ``sides`` as in ``game.Step``.

    truths  of a statement that starts from honest talk, what makes each word true; empty for other steps
    """

    name: str
    mover: int
    when: Node | None
    options: tuple[OptionPlan, ...]
    next: tuple[int, ...]
    signal: tuple[int, ...]
    signals: tuple[str, ...]
    truths: tuple[Node, ...] = ()
    sides: tuple[Side, ...] = ()

    @property
    def movers(self) -> tuple[int, ...]:
        """Who chooses: nobody at a chance step, one as a rule, or several."""
        return movers_of(self.mover, self.sides)

    def nodes(self) -> Iterator[Node | None]:
        """Every tree of the step."""
        yield self.when
        for option in self.options:
            yield from (option.when, option.odds, *(p for _, lottery in option.becomes for _, p in lottery))
            for effect in option.effects:
                yield from (effect.odds, *(node for _, node in effect.sets), *(node for _, node in effect.pay))


@dataclass(frozen=True)
class EndPlan:
    """A way for the game to be over, and what it is worth to each actor [N]; None for the last flow for ever."""

    name: str
    when: Node
    values: tuple[Node | None, ...]


@dataclass(frozen=True, eq=False)
class Plan:
    """A scenario with its names resolved.

    hidden        hidden variable -> its words
    world_codes   [W, H] the value of each hidden variable in each world
    prior         [W] trees
    cells         [N, W] which worlds each actor can tell apart
    precision     [N] trees; ``unit`` [N] what they are counted in: "payoff" (lambda itself), "stake" or "decision"
    forever       the game has no end: ``periods`` are shown
    lengths       [T] how many first steps each period is long; empty where all are one
    low, high     [P] where the assumptions may lie; ``base`` [P] where they are
    """

    symbols: Symbols
    variables: tuple[Variable, ...]
    start: Change
    actors: tuple[str, ...]
    discount: tuple[Node, ...]
    precision: tuple[Node, ...]
    unit: tuple[str, ...]
    hidden: Mapping[str, tuple[str, ...]]
    worlds: tuple[str, ...]
    world_codes: np.ndarray
    prior: tuple[Node, ...]
    cells: np.ndarray
    steps: tuple[StepPlan, ...]
    payoffs: tuple[Node, ...]
    end_values: tuple[Node | None, ...]
    ends: tuple[EndPlan, ...]
    assumptions: tuple[str, ...]
    base: np.ndarray
    low: np.ndarray
    high: np.ndarray
    periods: int
    forever: bool
    lengths: tuple[float, ...] = ()

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """[V] the number of points of each state variable."""
        return tuple(len(variable.points) for variable in self.variables)

    @cached_property
    def strides(self) -> np.ndarray:
        """[V] see ``states.strides``."""
        return strides(self.sizes)

    def decode(self, ids: np.ndarray) -> np.ndarray:
        """[M, V] the codes of states with these ids [M]."""
        return ids[:, None] // self.strides % np.array(self.sizes, np.int64)

    def columns(self, codes: np.ndarray) -> dict[str, np.ndarray]:
        """State variable -> its value [M] in states with these codes [M, V]."""
        return {v.name: v.column[codes[:, i]] for i, v in enumerate(self.variables)}

    def hidden_columns(self) -> dict[str, np.ndarray]:
        """Hidden variable -> the code of its value [W] in each world."""
        return {name: self.world_codes[:, h].astype(float) for h, name in enumerate(self.hidden)}

    def change(self, clauses: Mapping[str, Node]) -> Change:
        """Clauses by name -> positions and bound trees. KeyError: an unknown variable, name or word."""
        return bind_change(self.symbols, self.variables, clauses)

    def values(self, codes: np.ndarray, theta: Array, period: Array) -> Environment:
        """The names' arrays in states with these codes [S, V]: states, then worlds, last.

        Args:
            codes: [S, V].
            theta: [P], or [P, ..., 1, 1] for many draws: the assumptions.
            period: the number of the period, from 1.
        """
        known: dict[str, Array] = {name: x[:, None] for name, x in self.columns(codes).items()}
        known |= {name: x[None, :] for name, x in self.hidden_columns().items()}
        known |= {name: theta[p] for p, name in enumerate(self.assumptions)}
        known[PERIOD] = period
        return self.symbols.environment(known, evaluate)

    def ranges(self, codes: np.ndarray, first: int = 1, last: int | None = None) -> Environment:
        """The names' intervals [M] in states with these codes [M, V]: all draws and worlds, these periods (from 1)."""
        known = {name: Interval(x, x) for name, x in self.columns(codes).items()}
        known[PERIOD] = Interval(np.float64(first), np.float64(last or self.periods))
        return self.symbols.environment(self._everywhere | known, bounds)

    @cached_property
    def _everywhere(self) -> dict[str, Interval]:
        """The intervals of the names that are the same in all states: hidden variables and assumptions."""
        hidden = {name: Interval(x.min(), x.max()) for name, x in self.hidden_columns().items()}
        ends = zip(self.assumptions, self.low, self.high, strict=True)
        return hidden | {name: Interval(low, high) for name, low, high in ends}

    def ended(self, codes: np.ndarray) -> np.ndarray:
        """[M] bool: the game is over in states with these codes [M, V]."""
        env = self.ranges(codes)
        over = np.zeros(len(codes), bool)
        for end in self.ends:
            over |= bounds(end.when, env).certain
        return over


def bind_change(symbols: Symbols, variables: Sequence[Variable], clauses: Mapping[str, Node]) -> Change:
    """Clauses by name -> positions and bound trees. KeyError: an unknown variable, name or word."""
    places = {variable.name: i for i, variable in enumerate(variables)}
    return tuple((places[name], symbols.bind(node, variables[places[name]].words)) for name, node in clauses.items())


def possibly(node: Node | None, env: Environment, count: int) -> np.ndarray:
    """[M] bool: a guard may be true in some draw. No guard is always true."""
    return np.broadcast_to(np.True_ if node is None else bounds(node, env).possible, (count,))


def certainly(node: Node | None, env: Environment, count: int) -> np.ndarray:
    """[M] bool: a guard is true in every draw."""
    return np.broadcast_to(np.True_ if node is None else bounds(node, env).certain, (count,))


