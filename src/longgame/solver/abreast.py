"""Several draws of one game as one game: their states stand side by side.

Draws of the assumptions have nothing to do with each other, so G draws of a game with S states are one game with G S
states, in which no step leads from one draw's states to another's. A step of all draws is then one run of a compiled
program: small games fill the processor's vector units, and what a run costs beside its arithmetic is shared. What
comes out for a draw does not depend on the draws beside it.

Tables of draws abreast are ``GameTables`` with G S for S. What belongs to a draw and not to a state is written out by
state where a step needs it, discount [G S, N] and precision [G S, N, W]; elsewhere it is [G, ...].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from longgame.arrays import Array, jax, jnp
from longgame.game.game import Game, GameTables
from longgame.solver.engine import accelerated, at_hand

BYTES_KEPT = 2**28  # of the tables of periods, where they differ from period to period
PERIODS_KEPT = 4  # at least

Numbers = Callable[[int], GameTables]  # the tables of a period


@dataclass(frozen=True)
class Draws:
    """The numbers of G draws of a game.

    thetas   [G, P] the assumptions
    abreast  the tables of all draws, by period
    alone    the tables of each draw by itself, by period
    """

    thetas: np.ndarray
    abreast: Numbers
    alone: tuple[Numbers, ...]

    def __len__(self) -> int:
        return len(self.thetas)


def tables_of(game: Game, theta: np.ndarray) -> Numbers:
    """The numbers of a game for one draw of the assumptions, by period."""
    given: Array = (jnp if accelerated() else np).asarray(theta, dtype=float)
    return by_period(game.timed, lambda t: game.tables(given, t))


def one_draw(game: Game, theta: np.ndarray, numbers: Numbers) -> Draws:
    """A draw whose numbers are known."""
    return Draws(theta[None], by_period(game.timed, lambda t: _by_state(game, numbers(t))), (numbers,))


def draws_of(game: Game, thetas: np.ndarray) -> Draws:
    """The numbers of some draws [G, P], worked out together."""
    program = _program(game)
    abreast = by_period(game.timed, lambda t: at_hand(program(thetas, t)))

    def alone(draw: int) -> Numbers:
        return by_period(game.timed, lambda t: _one_of(abreast(t), draw, len(game.ended)))

    return Draws(thetas, abreast, tuple(alone(draw) for draw in range(len(thetas))))


def by_period(timed: bool, compute: Numbers) -> Numbers:
    """The same numbers, computed once if all periods are alike, else kept as long as there is room."""
    kept: dict[int, GameTables] = {}

    def numbers(t: int) -> GameTables:
        t = t if timed else 0
        if t not in kept:
            kept[t] = compute(t)
            room = BYTES_KEPT // kept[t].nbytes
            while len(kept) > max(PERIODS_KEPT, room):
                kept.pop(next(iter(kept)))
        return kept[t]

    return numbers


@lru_cache(maxsize=4)
def _program(game: Game) -> Callable[[np.ndarray, int], GameTables]:
    return jax.jit(lambda thetas, t: _side_by_side(jax.vmap(game.tables, in_axes=(0, None))(thetas, t)))


def _side_by_side(tables: GameTables) -> GameTables:
    """Tables with a leading axis of draws -> tables of draws abreast."""
    draws, states = tables.flow.shape[:2]

    def flat(x: Any) -> Any:  # [G, S, ...] -> [G S, ...]
        return None if x is None else jnp.reshape(x, (draws * states, *x.shape[2:]))

    first = states * jnp.arange(draws, dtype=jnp.int32)[:, None, None, None]
    steps = (step._replace(successor=step.successor + first) for step in tables.steps)
    return tables._replace(
        steps=tuple(type(step)(*map(flat, step)) for step in steps),
        flow=flat(tables.flow),
        end_value=flat(tables.end_value),
        discount=jnp.repeat(tables.discount, states, axis=0),
        precision=jnp.repeat(tables.precision, states, axis=0),
    )


def _by_state(game: Game, tables: GameTables) -> GameTables:
    """The tables of one draw as those of draws abreast."""
    states = len(game.ended)

    def spread(x: Any) -> np.ndarray:
        return np.broadcast_to(np.asarray(x, dtype=float), (states, *np.shape(x)))

    return tables._replace(discount=spread(tables.discount), precision=spread(tables.precision))


def _one_of(tables: GameTables, draw: int, states: int) -> GameTables:
    """The tables of one of the draws abreast, as views in NumPy."""
    first = draw * states

    def rows(x: Any) -> Any:
        return None if x is None else np.asarray(x)[first : first + states]

    steps = (type(step)(*map(rows, step)) for step in tables.steps)
    return GameTables(
        steps=tuple(step._replace(successor=step.successor - np.int32(first)) for step in steps),
        flow=rows(tables.flow),
        end_value=rows(tables.end_value),
        discount=np.asarray(tables.discount)[first],
        precision=np.asarray(tables.precision)[first],
        stake=np.asarray(tables.stake)[draw],
        prior=np.asarray(tables.prior)[draw],
        start_index=np.asarray(tables.start_index)[draw],
        start_weight=np.asarray(tables.start_weight)[draw],
        valid=np.asarray(tables.valid)[draw],
    )
