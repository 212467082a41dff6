"""The compiled game: axes, grids, steps, and pure functions of the assumptions. No files, no prose.

Shape letters (see ``arrays``): S states, W worlds, N actors, A options, C cells, B lattice points, L successors of an
option, P assumptions, K steps, T periods.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from longgame.arrays import Array
from longgame.game.blocks import Blocks, is_factored
from longgame.game.formulas import Formulas
from longgame.game.numbers import CHANCE, END_OF_PERIOD, SEVERAL, GameTables, Numbers, StepTables
from longgame.game.sides import Side, joined_cells, movers_of
from longgame.game.states import States, Variable
from longgame.game.tables import Tables

LEAST_NEAR = 1e-12  # the probability of an open option in play to start from

__all__ = [
    "CHANCE", "END_OF_PERIOD", "SEVERAL", "Game", "GameTables", "Side", "States", "Step", "StepTables", "Variable",
]  # fmt: skip


@dataclass(frozen=True)
class Step:
    """The unchanging part of one step.

    name      "truce_offer", "truce_offer.energy_truce.defender", "fighting"
    mover     index of an actor, CHANCE, or SEVERAL
    options   [A] names; where several choose at the same time, of the profiles of what all choose
    next      [A] index of the step that follows each option; len(steps) (or END_OF_PERIOD) for the end of the period
    signal    [A] index of the public signal of each option
    signals   [Y] names; by default those of the options
    informed  the public belief can move at this step: the mover knows more than the public and its options can be told
              apart, or the odds of chance are news, or a hidden variable changes
    stays     [A] bool: the option never changes the public state
    lies      [A][W] of a statement that starts from honest talk, whether the word is not true; empty for other steps
    sides     where several choose at the same time, who they are
    """

    name: str
    mover: int
    options: tuple[str, ...]
    next: tuple[int, ...]
    signal: tuple[int, ...]
    signals: tuple[str, ...]
    informed: bool
    stays: tuple[bool, ...]
    lies: tuple[tuple[bool, ...], ...] = ()
    sides: tuple[Side, ...] = ()

    @property
    def movers(self) -> tuple[int, ...]:
        """Who chooses: nobody at a chance step, one as a rule, or several."""
        return movers_of(self.mover, self.sides)

    @property
    def acts(self) -> tuple[tuple[Side, int], ...]:
        """What each side can do; numbered on from the profiles, as in ``FlatStep.acts``."""
        return tuple((side, own) for side in self.sides for own in range(len(side.options)))

    def profiles(self, option: int) -> tuple[int, ...]:
        """The options that a number stands for: one, or the profiles in which a side does what it stands for."""
        if option < len(self.options):
            return (option,)
        side, mine = self.acts[option - len(self.options)]
        return tuple(a for a, own in enumerate(side.taken) if own == mine)

    def takers(self, option: int) -> tuple[int, ...]:
        """Who takes what a number stands for: of what one side does, that side alone."""
        return self.movers if option < len(self.options) else (self.acts[option - len(self.options)][0].mover,)


@dataclass(frozen=True, eq=False)
class Game:
    """A scenario as arrays.

    actors       [N] names
    worlds       [W] names
    hidden       hidden variable -> its value in each world [W]
    cells        [N, W] int: each actor's information cell in each world, 0 .. C_i - 1
    states       the reachable states
    ended        [S] bool: the game is over
    steps        K of them, in the order of the period
    periods      T
    lattice      R, the resolution of the belief lattice
    noise        "mistakes" or "tastes"
    assumptions  [P] names: the order of the vector theta
    timed        some table depends on the period
    tables       (theta [P], t from 0) -> GameTables; pure. For G draws theta [G, P] the tables have a leading axis [G]
    base         [P] the assumptions' base values
    formulas     the scenario's names as arrays, for questions; None for a game that was not compiled from a scenario
    forever      the game has no end: play is the same in every period, of which T are shown
    lengths      [T] how many first steps of the clock each period is long; empty where all are one
    near         of such a game: the play near which its equilibrium is looked for, by step and option
    blocks       the independent blocks of what is hidden; None for a game that was not compiled from a scenario
    """

    actors: tuple[str, ...]
    worlds: tuple[str, ...]
    hidden: dict[str, tuple[str, ...]]
    cells: np.ndarray
    states: States
    ended: np.ndarray
    steps: tuple[Step, ...]
    periods: int
    lattice: int
    noise: str
    assumptions: tuple[str, ...]
    timed: bool
    tables: Callable[[np.ndarray, int], GameTables]
    base: np.ndarray
    formulas: Formulas | None = field(default=None, repr=False, compare=False)
    forever: bool = False
    lengths: tuple[float, ...] = ()
    near: Mapping[int, Mapping[int, Any]] = field(default_factory=dict, repr=False, compare=False)
    blocks: Blocks | None = field(default=None, repr=False, compare=False)

    def elapsed(self, t: int) -> float:
        """How many first steps of the clock are over when period ``t`` (from 0) begins."""
        return sum(self.lengths[:t]) if self.lengths else t

    def play_near(self, theta: np.ndarray, k: int, allowed: np.ndarray) -> np.ndarray:
        """[S, A] play to start from at a step, where these options [S, A] are open: ``near``, or uniform."""
        step, given = self.steps[k], self.near.get(k, {})
        known = {option: np.clip(self.event(node)(theta), 0.0, 1.0) for option, node in given.items()}
        odds, first = np.ones(allowed.shape), allowed.shape[1]
        for side in step.sides:
            own = {a: known[first + a] for a in range(len(side.options)) if first + a in known}
            odds = odds * _completed(own, len(side.options), len(allowed))[:, list(side.taken)]
            first += len(side.options)
        odds = odds if step.sides else _completed(known, allowed.shape[1], len(allowed))
        odds = np.where(allowed, np.maximum(odds, LEAST_NEAR), 0.0)
        return odds / odds.sum(axis=1, keepdims=True)

    def numbers(self, theta: np.ndarray) -> Numbers:
        """The tables for some assumptions, by period: what is the same in all periods is worked out once."""
        return self.tables.of(theta) if isinstance(self.tables, Tables) else lambda t: self.tables(theta, t)

    def theta(self, values: Mapping[str, float]) -> np.ndarray:
        """[P] the base values with some changed by name.

        Raises:
            ScenarioError: an unknown assumption, or a value outside the range that the game was compiled for.
        """
        return self._formulas.theta(values)

    def decision_scale(self, theta: np.ndarray) -> np.ndarray:
        """[..., N] what a decision of each actor usually moves, for ``theta`` [..., P]; see ``game.decisions``."""
        return self._formulas.tables.decision_scale(theta)

    def rows(self, k: int) -> np.ndarray:
        """[W] the row of play at step k in each world: the mover's cell; of several, what all of them know together."""
        movers = self.steps[k].movers
        if len(movers) == 1:
            return self.cells[movers[0]]
        return joined_cells(self.cells[list(movers)])

    def written(self, k: int, option: int) -> str:
        """What a number stands for at step k, as questions write it after the step: `cut`, `attacker.strike`."""
        step = self.steps[k]
        if option < len(step.options):
            return step.options[option]
        side, own = step.acts[option - len(step.options)]
        return f"{self.actors[side.mover]}.{side.options[own]}"

    def step(self, name: str) -> int:
        """The index of a step by its name.

        Raises:
            KeyError: there is no such step.
        """
        for k, step in enumerate(self.steps):
            if step.name == name:
                return k
        raise KeyError(name)

    @property
    def honest(self) -> bool:
        """Whether some statement starts from honest talk."""
        return any(step.lies for step in self.steps)

    def event(self, node: Any) -> Callable[[Array], Array]:
        """An expression over state variables (and assumptions) as a function of theta [P] -> [S] floats."""
        return self._formulas.event(node)

    def condition(self, node: Any) -> np.ndarray:
        """[W] bool: the worlds in which an expression over hidden variables (and base assumptions) is true."""
        return self._formulas.condition(node)

    def change(self, clauses: Mapping[str, Any], theta: Array) -> tuple[Array, Array]:
        """Where each state goes when state variables are set: successors [S, L] int32 and weights [S, L].

        Args:
            clauses: state variable -> its new value: an expression tree, a formula, a number or a word.
            theta: [P].

        Raises:
            QuestionError: an unknown variable or word, or a change that would lead out of the states of this game
                (``compile`` must be told the question).
        """
        return self._formulas.change(clauses, theta)

    def payments(self, pay: Mapping[str, Any], theta: np.ndarray) -> np.ndarray:
        """What actors get at once, [S, N, W], by actor: an expression tree, a formula or a number for each.

        Raises:
            QuestionError: a name that may not stand in a payment.
        """
        return self._formulas.payments(pay, theta)

    @property
    def factored(self) -> bool:
        """It is solved over the product of the lattices of its blocks: one over all worlds would be too large."""
        return self.blocks is not None and is_factored(self.blocks)

    @property
    def _formulas(self) -> Formulas:
        if self.formulas is None:
            raise TypeError("this game was not compiled from a scenario: it has no formulas")
        return self.formulas


def _completed(known: Mapping[int, np.ndarray], options: int, states: int) -> np.ndarray:
    """[S, A] odds of which some [S] are known: the others share what is left of 1."""
    odds = np.zeros((states, options))
    for option, chance in known.items():
        odds[:, option] = chance
    rest = [a for a in range(options) if a not in known]
    odds[:, rest] = np.maximum(1.0 - odds.sum(axis=1, keepdims=True), 0.0) / max(len(rest), 1)
    return odds
