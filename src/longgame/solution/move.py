"""A move, backwards: the mover's choice in equilibrium, and what everybody can then expect.

Three kinds of move, from cheap to dear:

* the public belief stands still, or moves in a way that no choice can alter: payoffs do not depend on how the mover plays,
  and choice is read off them at once;
* the belief moves with the choice itself (``Rules.circular``): the fixed point of ``fixed_point.py`` at every state and
  lattice point, for the mover's own values only; then one evaluation for everybody at the equilibrium.

Axes: sigma [S, C, A, B], values [S, N, W, B].
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from longgame.arrays import Array
from longgame.game.game import StepTables
from longgame.game.lattice import Lattice
from longgame.solution import fixed_point
from longgame.solution.fixed_point import Found, Points
from longgame.solution.step import Rules, evaluate_rows, look_ahead, outcomes, over_states, rows_of


class Choice(NamedTuple):
    """A move, solved.

    sigma   [S, C, A, B] choice probabilities
    values  [S, N, W, B] values before the move
    found   residual, iterations and hard points, each [S, B]
    """

    sigma: Array
    values: Array
    found: Found


class Move(NamedTuple):
    """The numbers of a move. A pytree.

    tables     of the step
    mover      index of the actor who chooses
    precision  [C] lambda of the mover's cells
    following  values [S, N, W, B] that options lead to, in the order of ``rules_of(game, k)[1]``
    passing    values [S, N, W, B] of the next step in order, kept where the step does not take place
    """

    tables: StepTables
    mover: Array
    precision: Array
    following: tuple[Array, ...]
    passing: Array


@partial(jax.jit, static_argnums=(0, 1))
def solve_step(rules: Rules, lattice: Lattice, move: Move, sigma: Array, near: Array) -> Choice:
    """The choice at a move and the values before it. The search starts from ``sigma`` [S, C, A, B] if ``near`` (a bool)."""
    mover, precision = move.mover, move.precision

    def rows(at: Array) -> tuple[Array, ...]:
        some = rows_of(move.tables, at)
        ahead = look_ahead(rules, some, move.following, at)
        if rules.circular:
            play, found = _circular(rules, lattice, some, mover, precision, ahead, sigma[at], near)
        else:
            play, found = _direct(rules, lattice, some, mover, precision, ahead)
        values = evaluate_rows(rules, lattice, some, ahead, move.passing[at], play, some.pay)
        if rules.tastes:
            values = values + bonus_rows(rules, some, mover, precision, play, values.shape[1])
        return play, values, *found

    play, values, *found = over_states(rows, move.passing.shape[0], lattice.size)
    return Choice(play, values, Found(*found))


@partial(jax.jit, static_argnums=(0, 5))
def bonus_rows(rules: Rules, tables: StepTables, mover: Array, precision: Array, play: Array, actors: int) -> Array:
    """What tastes add to values [s, N, W, B]: something for the mover, where the step takes place; nothing for the others."""
    bonus = fixed_point.taste_bonus(rules, play, precision)[:, jnp.asarray(rules.cell_of)]
    mine = (jnp.arange(actors) == mover)[None, :, None, None] & tables.active[:, None, None, None]
    return jnp.where(mine, bonus[:, None], 0.0)


def points_of(
    rules: Rules, lattice: Lattice, tables: StepTables, mover: Array, precision: Array, ahead: list[Array]
) -> Points:
    """The mover's problem at every state of ``tables`` [s] and lattice point, as s * B points."""
    states, size = tables.allowed.shape[0], lattice.size
    own = jnp.stack([jnp.take(values, mover, axis=1) for values in ahead])  # [A, s, W, B]
    flat = jnp.moveaxis(own, 2, 1).reshape(rules.options, lattice.worlds, states * size)

    def spread(rows: Array) -> Array:  # [s, ...] -> [..., P]
        return jnp.repeat(jnp.moveaxis(rows, 0, -1), size, axis=-1)

    belief = jnp.tile(jnp.asarray(lattice.points.T), (1, states))
    return Points(
        ahead=flat,
        pay=None if tables.pay is None else spread(jnp.take(tables.pay, mover, axis=2)),
        becomes=None if tables.becomes is None else spread(tables.becomes),
        precision=jnp.broadcast_to(precision[:, None], (rules.cells, states * size)),
        belief=belief,
        inside=jnp.stack(fixed_point.beliefs_in_cells(rules, belief)),
        base=jnp.repeat(jnp.arange(states, dtype=jnp.int32) * size, size),
        allowed=spread(available(tables)),
    )


def available(tables: StepTables) -> Array:
    """[s, A] the options there are: those allowed where the step takes place; elsewhere all, as nothing is chosen."""
    some = tables.active & tables.allowed.any(axis=1)
    return tables.allowed | ~some[:, None]


def to_points(rows: Array) -> Array:
    """[s, C, A, B] -> [C, A, P]."""
    return jnp.moveaxis(rows, 0, 2).reshape(*rows.shape[1:3], -1)


def from_points(points: Array, states: int) -> Array:
    """[C, A, P] -> [s, C, A, B]."""
    return jnp.moveaxis(points.reshape(*points.shape[:2], states, -1), 2, 0)


def _circular(
    rules: Rules,
    lattice: Lattice,
    tables: StepTables,
    mover: Array,
    precision: Array,
    ahead: list[Array],
    sigma: Array,
    near: Array,
) -> tuple[Array, Found]:
    points = points_of(rules, lattice, tables, mover, precision, ahead)
    # Where the step does not take place there is nothing to find: one option, no search.
    idle = jnp.repeat(~tables.active, lattice.size)
    asked = points._replace(allowed=points.allowed & ~(idle & (jnp.arange(rules.options) > 0)[:, None]))
    fixed = jax.lax.stop_gradient(asked)
    logits, found = fixed_point.find(rules, lattice, fixed, to_points(jax.lax.stop_gradient(sigma)), near)
    logits = fixed_point.pinned(rules, lattice, asked, logits)
    states = tables.allowed.shape[0]
    play = from_points(fixed_point.choice(logits, points.allowed), states)
    return play, Found(*(part.reshape(states, lattice.size) for part in found))


def _direct(
    rules: Rules, lattice: Lattice, tables: StepTables, mover: Array, precision: Array, ahead: list[Array]
) -> tuple[Array, Found]:
    states, size = tables.allowed.shape[0], lattice.size
    own = [jnp.take(values, mover, axis=1)[:, None] for values in ahead]
    pay = None if tables.pay is None else jnp.take(tables.pay, mover, axis=2)[:, :, None]
    level = jnp.ones((states, rules.options, lattice.worlds, size))
    had = outcomes(rules, lattice, tables, own, level, pay)
    inside = fixed_point.beliefs_in_cells(rules, jnp.asarray(lattice.points.T))
    payoff = fixed_point.expected_in_cells(rules, inside, [jnp.moveaxis(option[:, 0], 1, 0) for option in had])
    play = fixed_point.choice(precision[:, None, None, None] * payoff, available(tables).T[:, :, None])  # [C, A, s, B]
    nothing = jnp.zeros((states, size))
    once = jnp.broadcast_to(tables.active[:, None], (states, size)).astype(jnp.int64)
    return jnp.moveaxis(play, 2, 0), Found(nothing, once, jnp.zeros((states, size), bool))


def play_to_start_from(rules: Rules, lattice: Lattice, move: Move) -> np.ndarray:
    """[S, C, A, B] uniform play, where there is nothing nearer."""
    shape = (move.passing.shape[0], rules.cells, rules.options, lattice.size)
    return np.full(shape, 1.0 / rules.options)
