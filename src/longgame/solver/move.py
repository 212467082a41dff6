"""A move, backwards: the mover's choice in equilibrium, and what everybody can then expect.

Three kinds of move, from cheap to dear:

* the public belief stands still, or moves in a way that no choice can alter: payoffs do not depend on how the mover
  plays, and choice is read off them at once;
* the belief moves with the choice itself (``Rules.circular``): the fixed point of ``fixed_point.py`` at every state and
  lattice point, for the mover's own values only; then one evaluation for everybody at the equilibrium.

Axes: sigma [S, C, A, B], values [S, N, W, B].
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np

from longgame.arrays import Array, jax, jit, jnp
from longgame.game.game import StepTables
from longgame.game.lattice import Lattice
from longgame.solver import fixed_point
from longgame.solver.fixed_point import Points
from longgame.solver.step import Rules, expected, look_ahead, outcomes, over_states, plays_by_world, rows_of

MOST_TREND = np.e  # the factor by which a probability is expected to change at most
NOT_SETTLED = 0.5  # a residual, as a part of the tolerance, from which a point is looked at again


class Found(NamedTuple):
    """A search for a fixed point, at each state and lattice point [S, B].

    residual    largest change of a choice probability under the logit response
    iterations  responses computed
    hard        not settled, or reached by a leap: to be followed from uniform play
    """

    residual: Array
    iterations: Array
    hard: Array


class Choice(NamedTuple):
    """A move, solved.

    sigma   [S, C, A, B] choice probabilities
    values  [S, N, W, B] values before the move
    found   what is to be said of the search; None where there was none
    """

    sigma: Array
    values: Array
    found: Found | None


class Move(NamedTuple):
    """The numbers of a move. A pytree.

    tables     of the step
    mover      index of the actor who chooses
    precision  [S, C] lambda of the mover's cells
    following  values [S, N, W, B] that options lead to, in the order of ``rules_of(game, k)[1]``
    passing    values [S, N, W, B] of the next step in order, kept where the step does not take place
    tolerance  the change of a choice probability under the logit response that counts as none
    """

    tables: StepTables
    mover: Array
    precision: Array
    following: tuple[Array, ...]
    passing: Array
    tolerance: Array

    def at(self, states: Array) -> Move:
        """The same move with the numbers of some states [s] only; values that are led to are kept whole."""
        return self._replace(tables=rows_of(self.tables, states), precision=self.precision[states])


class Start(NamedTuple):
    """Where to look for play first: plays [S, C, A, B], combined as ``base * new / old``, by at most MOST_TREND.

    Where several draws are solved side by side, a play of one draw's states serves all of them.

    One period earlier, play is about as far from that of the next period as that is from the one after it; for another
    draw of the assumptions, about as far from the base case as it is one period later.
    """

    base: Array
    new: Array
    old: Array


def uniform_start(rules: Rules, lattice: Lattice, move: Move) -> Start:
    """Where there is nothing nearer: uniform play."""
    shape = (move.passing.shape[0], rules.cells, rules.options, lattice.size)
    play = jnp.full(shape, 1.0 / rules.options, float)  # a strong type: that of all later plays, for one program
    return Start(play, play, play)


@partial(jit, static_argnums=(0, 1))
def solve_step(rules: Rules, lattice: Lattice, move: Move, start: Start | None, known: Array) -> Choice:
    """The choice at a move and the values before it.

    The search, where there is one, begins at ``start`` if ``known`` (a bool), else from uniform play.
    """
    shape = (move.passing.shape[0], rules.cells, rules.options, lattice.size)

    def rows(at: Array) -> tuple[Array, ...]:
        here = move.at(at)
        ahead = look_ahead(rules, here.tables, move.following, at)
        found = None
        if start is None:
            play = _direct(rules, lattice, here, ahead)
        else:
            near = Start(*(play[at % play.shape[0]] for play in start))
            play, found = _circular(rules, lattice, here, ahead, near, known)
        by_world = plays_by_world(rules, play)
        had = outcomes(rules, lattice, here.tables, ahead, by_world, here.tables.pay)
        values = expected(by_world, had)
        if rules.tastes:
            values = values + taste_bonus(rules, here.tables, move.mover, here.precision, play, values.shape[1])
        values = jnp.where(here.tables.active[:, None, None, None], values, move.passing[at])
        if found is None:
            return play, values
        return play, values, *_judged(rules, lattice, here, had, play, found)

    nothing = tuple(jnp.zeros((shape[0], shape[3]), kind) for kind in (float, jnp.int32, bool))
    empty = (jnp.full(shape, 1.0 / rules.options), move.passing, *(nothing if start is not None else ()))
    play, values, *found = over_states(rows, move.tables.active, rules.options * lattice.worlds * lattice.size, empty)
    return Choice(play, values, Found(*found) if start is not None else None)


@partial(jit, static_argnums=(0, 5))
def taste_bonus(rules: Rules, tables: StepTables, mover: Array, precision: Array, play: Array, actors: int) -> Array:
    """What tastes add to values [s, N, W, B]: something for the mover, where the step takes place; nothing for the
    others. ``precision`` is that of the mover's cells, [C] or by state [s, C].

    The value of a logit choice with tastes is log-sum-exp(lambda Q) / lambda = sum of sigma Q + entropy / lambda.
    Without precision there is no scale for tastes, and no bonus.
    """
    entropy = -(play * jnp.log(jnp.where(play > 0.0, play, 1.0))).sum(axis=2)
    some = precision > 0.0
    bonus = jnp.where(some, 1.0 / jnp.where(some, precision, 1.0), 0.0)[..., None] * entropy
    mine = (jnp.arange(actors) == mover)[None, :, None, None] & tables.active[:, None, None, None]
    return jnp.where(mine, bonus[:, jnp.asarray(rules.cell_of)][:, None], 0.0)


def points_of(rules: Rules, lattice: Lattice, move: Move, ahead: Array) -> Points:
    """The mover's problem at every state of ``move`` [s] and lattice point, as s * B points."""
    tables = move.tables
    states, size = tables.allowed.shape[0], lattice.size
    own = jnp.take(ahead, move.mover, axis=2)  # [A, s, W, B]
    flat = jnp.moveaxis(own, 2, 0).reshape(lattice.worlds, -1)

    def spread(rows: Array) -> Array:  # [s, ...] -> [..., P]
        return jnp.repeat(jnp.moveaxis(rows, 0, -1), size, axis=-1)

    belief = jnp.tile(jnp.asarray(lattice.points.T), (1, states))
    return Points(
        ahead=flat,
        pay=None if tables.pay is None else spread(jnp.take(tables.pay, move.mover, axis=2)),
        becomes=None if tables.becomes is None else spread(tables.becomes),
        precision=spread(move.precision),
        belief=belief,
        inside=jnp.stack(fixed_point.beliefs_in_cells(rules, list(belief))),
        base=jnp.repeat(jnp.arange(states, dtype=jnp.int32) * size, size),
        allowed=spread(available(tables)),
        size=jnp.repeat(jnp.abs(own).max(axis=(0, 2, 3)), size),
        tolerance=move.tolerance,
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
    rules: Rules, lattice: Lattice, move: Move, ahead: Array, start: Start, known: Array
) -> tuple[Array, tuple[Array, Array]]:
    points = points_of(rules, lattice, move, ahead)
    states = move.tables.allowed.shape[0]
    base, new, old = (to_points(play) for play in jax.lax.stop_gradient(start))
    trend = jnp.where(old > 0.0, new / jnp.where(old > 0.0, old, 1.0), 1.0)
    near = fixed_point.logits_of(base * jnp.clip(trend, 1.0 / MOST_TREND, MOST_TREND), points.allowed)
    logits, iterations, hard = fixed_point.find(rules, lattice, jax.lax.stop_gradient(points), near, known)
    logits = fixed_point.pinned(rules, lattice, points, logits)
    play = from_points(fixed_point.choice(logits, points.allowed), states)
    return play, (iterations.reshape(states, -1), hard.reshape(states, -1))


def _judged(
    rules: Rules,
    lattice: Lattice,
    move: Move,
    had: Array,
    play: Array,
    found: tuple[Array, Array],
) -> Found:
    """The residual of a play, from what its options turned out to be worth to the mover."""
    again = _logit(rules, lattice, move, jnp.take(had, move.mover, axis=2))
    active = move.tables.active[:, None]
    residual = jnp.where(active, jnp.abs(again - play).max(axis=(1, 2)), 0.0)
    iterations, hard = found
    hard = hard | ~(residual <= NOT_SETTLED * move.tolerance)
    return Found(residual, jnp.where(active, iterations, 0), active & hard)


def _direct(rules: Rules, lattice: Lattice, move: Move, ahead: Array) -> Array:
    tables = move.tables
    own = jnp.take(ahead, move.mover, axis=2)[:, :, None]
    pay = None if tables.pay is None else jnp.take(tables.pay, move.mover, axis=2)[:, :, None]
    level = jnp.ones((rules.options, lattice.worlds, tables.allowed.shape[0], lattice.size))
    had = outcomes(rules, lattice, tables, own, level, pay)
    return _logit(rules, lattice, move, had[:, :, 0])


def _logit(rules: Rules, lattice: Lattice, move: Move, had: Array) -> Array:
    """The logit choice [s, C, A, B] among options that are worth ``had`` [A, s, W, B] to the mover."""
    inside = fixed_point.beliefs_in_cells(rules, list(jnp.asarray(lattice.points.T)))
    payoff = fixed_point.expected_in_cells(rules, inside, [had[:, :, w] for w in range(lattice.worlds)])
    allowed = available(move.tables).T[:, :, None]
    logits = move.precision.T[:, None, :, None] * fixed_point.centred(payoff, allowed)
    play = fixed_point.choice(logits, allowed)
    return jnp.moveaxis(play, 2, 0)
