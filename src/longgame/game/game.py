"""The compiled game: axes, grids, steps, and pure functions of the assumptions. No files, no prose.

Shape letters (see ``arrays``): S states, W worlds, N actors, A options, C cells, B lattice points, L successors of an
option, P assumptions, K steps, T periods.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from longgame.game.states import States, Variable

if TYPE_CHECKING:  # the formulas know the shapes below, not the other way round
    from longgame.game.formulas import Formulas

__all__ = ["CHANCE", "END_OF_PERIOD", "Game", "GameTables", "States", "Step", "StepTables", "Variable"]

Array = Any  # NumPy or JAX; of StepTables, also None where a step has nothing of the kind

CHANCE = -1  # the mover of a chance step
END_OF_PERIOD = -1  # in Step.next, as good as len(steps): the rest of the period is passed over


class StepTables(NamedTuple):
    """The numbers of one step for one draw of the assumptions and one period. A pytree; vmap adds a leading draw axis.

    active     [S] bool: the step takes place here (its ``when``, and the game is not over, and some option is open);
               elsewhere the next step in order follows
    allowed    [S, A] bool: the option is open; at a chance step, and where the step does not take place, all are
    pay        [S, A, N, W] payments at once, or None where the step has none
    weight     [S, A, L] probabilities of the successors; they sum to 1 over L
    successor  [S, A, L] int32 indices of states
    becomes    [S, A, W, W] P_a(w' | w, s), the last axis is w'; or None where no hidden variable changes
    chance     [S, A, W] p_o(s, w) of the outcomes of a chance step; None at a move
    """

    active: Array
    allowed: Array
    pay: Array
    weight: Array
    successor: Array
    becomes: Array
    chance: Array


class GameTables(NamedTuple):
    """Everything numeric for one draw of the assumptions and one period number. A pytree.

    steps         K StepTables
    flow          [S, N, W] payoffs of the period, from the state at its end
    end_value     [S, N, W] value if the game stops here (at the horizon, or in a state that ends it)
    discount      [N]
    precision     [N, W] lambda_i(c_i(w)) = rationality / stake, or lambda as given
    stake         [N] spread between best and worst end that play can reach, in the world where it is widest; where all
                  ends are alike, the spread of what the periods can pay
    prior         [W]
    start_index   [L0] int32, and start_weight [L0]: the start as a lottery over states
    valid         [] bool: in this draw all odds are probabilities, all discounts lie between 0 and 1, all payoffs are
                  finite, no precision is negative
    """

    steps: tuple[StepTables, ...]
    flow: Array
    end_value: Array
    discount: Array
    precision: Array
    stake: Array
    prior: Array
    start_index: Array
    start_weight: Array
    valid: Array

    @property
    def taken(self) -> int:
        """At how many states steps take place, all steps together."""
        return sum(int(np.count_nonzero(step.active)) for step in self.steps)

    @property
    def nbytes(self) -> int:
        """Bytes of all of them."""
        whole = [*self[1:], *(array for step in self.steps for array in step)]
        return sum(array.nbytes for array in whole if array is not None)


@dataclass(frozen=True)
class Step:
    """The unchanging part of one step.

    name      "truce_offer", "truce_offer.energy_truce.defender", "fighting"
    mover     index of an actor, or CHANCE
    options   [A] names
    next      [A] index of the step that follows each option; len(steps) (or END_OF_PERIOD) for the end of the period
    signal    [A] index of the public signal of each option
    signals   [Y] names; by default those of the options
    informed  the public belief can move at this step: the mover knows more than the public and its options can be told
              apart, or the odds of chance are news, or a hidden variable changes
    stays     [A] bool: the option never changes the public state
    """

    name: str
    mover: int
    options: tuple[str, ...]
    next: tuple[int, ...]
    signal: tuple[int, ...]
    signals: tuple[str, ...]
    informed: bool
    stays: tuple[bool, ...]


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
    tables       (theta [P], t from 0) -> GameTables; pure. Of NumPy's arrays in NumPy; of JAX's compiled, vmappable and
                 differentiable
    base         [P] the assumptions' base values
    formulas     the scenario's names as arrays, for questions; None for a game that was not compiled from a scenario
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
    tables: Callable[[Array, Array], GameTables]
    base: np.ndarray
    formulas: Formulas | None = field(default=None, repr=False, compare=False)

    def theta(self, values: Mapping[str, float]) -> np.ndarray:
        """[P] the base values with some changed by name.

        Raises:
            ScenarioError: an unknown assumption, or a value outside the range that the game was compiled for.
        """
        return self._formulas.theta(values)

    def step(self, name: str) -> int:
        """The index of a step by its name.

        Raises:
            KeyError: there is no such step.
        """
        for k, step in enumerate(self.steps):
            if step.name == name:
                return k
        raise KeyError(name)

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
    def _formulas(self) -> Formulas:
        if self.formulas is None:
            raise TypeError("this game was not compiled from a scenario: it has no formulas")
        return self.formulas
