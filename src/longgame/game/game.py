"""The compiled game: axes, grids, steps, and pure functions of the assumptions. No files, no prose.

Shape letters (method.md section 1): S states, W worlds, N actors, A options, C cells, B lattice points, L successors per option, P assumptions.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

CHANCE = -1   # mover of a chance step
END_OF_PERIOD = -1  # in Step.next: jump to the end of the period (== len(steps) at run time)


class StepTables(NamedTuple):
    """The numbers of one step for one draw of the assumptions and one period. A pytree; vmap adds a leading draw axis.

    active    [S]        bool: the step takes place here (its own `when`, and the game has not ended). Elsewhere: pass to next step in order.
    allowed   [S, A]     bool: option available (guard). For chance: all True. At least one True where active.
    pay       [S, A, N, W] or None (no immediate payoffs anywhere in the step)
    weight    [S, A, L]  probabilities of the successors (sum 1 over L)
    successor [S, A, L]  int32 index into states
    becomes   [S, A, W, W] or None: P_a(w' | w, s), last axis w'
    chance    [S, A, W]  p_o(s, w); only chance steps, else None
    """
    active: Any
    allowed: Any
    pay: Any
    weight: Any
    successor: Any
    becomes: Any
    chance: Any


class GameTables(NamedTuple):
    """Everything numeric for one draw of the assumptions and one period number.

    steps        tuple of K StepTables
    flow         [S, N, W] payoffs of the period, from the state at its end
    end_value    [S, N, W] value if the game stops here (horizon, or the state is an end)
    discount     [N]
    precision    [N, W]  lambda_i(c_i(w)) = rationality / stake (or raw lambda)
    stake        [N]
    prior        [W]
    start_index  [L0], start_weight [L0]: the start as a lottery over states (interpolation)
    valid        scalar bool: all probabilities in [0, 1] etc. for this draw
    """
    steps: Any
    flow: Any
    end_value: Any
    discount: Any
    precision: Any
    stake: Any
    prior: Any
    start_index: Any
    start_weight: Any
    valid: Any


@dataclass(frozen=True)
class Step:
    """The unchanging part of one step.

    name     "truce_offer", "truce_offer.energy_truce.defender", "fighting"
    mover    actor index, or CHANCE
    options  names [A]
    next     [A] index of the step that follows each option; len(steps) = end of period
    signal   [A] index of the public signal of each option; signals [Y] names (default: options themselves)
    informed True when the public belief can move at this step (mover knows more than the public and has a choice to make; or news; or becomes)
    stays    [A] bool: option never changes the public state (no gather needed)
    """
    name: str
    mover: int
    options: tuple[str, ...]
    next: tuple[int, ...]
    signal: tuple[int, ...]
    signals: tuple[str, ...]
    informed: bool
    stays: tuple[bool, ...]


@dataclass(frozen=True)
class Variable:
    """A public state variable. `points` are grid numbers (numeric) or words."""
    name: str
    points: tuple[Any, ...]
    numeric: bool


@dataclass(frozen=True)
class States:
    """The reachable states. codes [S, V] point index of each variable; values: dict name -> [S] float (numeric) or int codes (words)."""
    variables: tuple[Variable, ...]
    codes: np.ndarray
    # methods: find(codes)->index; label(s); values(name)


@dataclass(frozen=True)
class Game:
    actors: tuple[str, ...]
    worlds: tuple[str, ...]                       # names [W]
    hidden: dict[str, tuple[str, ...]]            # hidden variable -> its value in each world [W]
    cells: np.ndarray                             # [N, W] int: cell index of each world for each actor (0..C_i-1)
    states: States
    ended: np.ndarray                             # [S] bool
    steps: tuple[Step, ...]
    periods: int                                  # T
    lattice: int                                  # R
    noise: str                                    # mistakes | tastes
    assumptions: tuple[str, ...]                  # order of the vector theta [P]
    timed: bool                                   # some table depends on `period`
    tables: Callable[[Any, Any], GameTables]      # (theta [P], t scalar 0-based) -> GameTables; pure, jittable, vmappable, differentiable
    base: np.ndarray                              # [P] base values
    # game also offers: expression(node, ...) -> array function over states/worlds for questions (event [S], condition [W]),
    # and change(clauses) -> successors [S, L], weights
