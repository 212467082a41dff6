"""The principal branch, followed: for the few points where iteration is slow or leaps.

The mathematics (Turocy 2005, 2010; Allgower and Georg 1990, chapters 2 to 6):

1. The logits of logit equilibria at the fractions tau of the precision are the zeros of F(z, tau) = z - tau G(z). At
   tau = 0 the only zero is uniform play, z = 0; the curve of zeros that starts there is the principal branch.
2. Direction. Along the curve, J dz = G dtau with J = I - tau dG/dz. It is walked so that tau rises where det J > 0 and
   falls where det J < 0: that is the same way round everywhere, also across the kinks of an interpolated value.
3. Step. From a point of the curve go a length h along the tangent, then back to the curve at a right angle to the
   tangent by Newton's method. Where that fails, halve h; where it is quick, lengthen it.
4. Arrival. The step that would pass tau = 1 ends on it, with tau held there.
5. A branch that turned back on its way has, at the precisions in between, several equilibria at once: play as a
   function of precision jumps there. Such points are counted. A point whose branch was lost is solved by Newton's
   method from where iteration left it, and counted as well; if that fails too, its residual says so.

Every point walks at its own pace, but all in the same loop: each turn of it is one Newton step, one accepted step, or
one rejected step, for each.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import lu_factor, lu_solve

from longgame.arrays import Array
from longgame.game.lattice import Lattice
from longgame.solution.fixed_point import (
    Points,
    beliefs_in_cells,
    choice,
    logits_of,
    respond,
    response_slope,
    tolerance,
)
from longgame.solution.move import Move, points_of
from longgame.solution.step import Rules, look_ahead, rows_of

BLOCK = 128  # points walked side by side
FIRST, LONGEST, SHORTEST = 0.25, 2.0, 1e-7  # lengths of a step, in logits
CORRECTIONS = 8  # Newton steps before a step is called too long
POLISHES = 60  # Newton steps where there is no step to shorten
MOST_TURNS = 5000
WALKING, ARRIVED, LOST = 0, 1, 2


def follow_branch(
    rules: Rules,
    lattice: Lattice,
    move: Move,
    play: Array,
    residual: np.ndarray,
    iterations: np.ndarray,
    hard: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Solve the hard points [S, B] of a move again: play [S, C, A, B], residual and iterations [S, B], and jumps."""
    play = np.array(play)
    states, beliefs = np.nonzero(hard)
    jumps = 0
    for first in range(0, len(states), BLOCK):
        # The last block is filled up with points that are there already: they are solved twice, to the same answer.
        some = np.resize(np.arange(first, min(first + BLOCK, len(states))), BLOCK)
        s, b = states[some], beliefs[some]
        before = np.moveaxis(play[s, :, :, b], 0, -1)
        sigma, moved, turns, turned = (np.asarray(x) for x in _follow(rules, lattice, move, s, b, before))
        play[s, :, :, b] = np.moveaxis(sigma, -1, 0)
        residual[s, b] = moved
        iterations[s, b] += turns
        jumps += int(turned[: min(BLOCK, len(states) - first)].sum())
    return play, residual, iterations, jumps


@partial(jax.jit, static_argnums=(0, 1))
def _follow(
    rules: Rules, lattice: Lattice, move: Move, states: Array, beliefs: Array, sigma: Array
) -> tuple[Array, Array, Array, Array]:
    points = points_at(rules, lattice, move, states, jnp.asarray(lattice.points)[beliefs])
    walk = _walk(rules, lattice, points, jnp.zeros_like(sigma), jnp.zeros(states.shape))
    lost = walk.state != ARRIVED

    def again(_: None) -> tuple[Array, Array]:
        start = jnp.where(lost, logits_of(sigma, points.allowed), walk.logits)
        polished = _walk(rules, lattice, points, start, jnp.ones(states.shape))
        return polished.logits, walk.turns + polished.turns

    logits, turns = jax.lax.cond(jnp.any(lost), again, lambda _: (walk.logits, walk.turns), None)
    found = choice(logits, points.allowed)
    moved = jnp.abs(choice(respond(rules, lattice, points, logits), points.allowed) - found).max(axis=(0, 1))
    return found, moved, turns, walk.turned | (lost & (moved <= move.tolerance))


def points_at(rules: Rules, lattice: Lattice, move: Move, states: Array, beliefs: Array) -> Points:
    """The mover's problem at some states [P] and beliefs [P, W], which need not be lattice points."""
    tables = rows_of(move.tables, states)
    ahead = look_ahead(rules, tables, move.following, states)
    whole = points_of(rules, lattice, tables, move, ahead)
    chosen = slice(None, None, lattice.size)  # of each state its first lattice point; the belief is put in its place
    return Points(
        ahead=whole.ahead,
        pay=None if whole.pay is None else whole.pay[..., chosen],
        becomes=None if whole.becomes is None else whole.becomes[..., chosen],
        precision=whole.precision[..., chosen],
        belief=beliefs.T,
        inside=jnp.stack(beliefs_in_cells(rules, beliefs.T)),
        base=whole.base[chosen],
        allowed=whole.allowed[..., chosen],
        tolerance=move.tolerance,
    )


class _Walk(NamedTuple):
    logits: Array  # z [C, A, P]
    tau: Array  # [P]
    from_logits: Array  # the last point of the curve that was reached
    from_tau: Array
    along_logits: Array  # the tangent there
    along_tau: Array
    length: Array  # [P] h
    tries: Array  # [P] Newton steps since the tangent was left
    final: Array  # [P] tau is held at 1
    turned: Array  # [P] det J has been negative
    state: Array  # [P]
    turns: Array  # [P] responses computed
    n: Array


def _walk(rules: Rules, lattice: Lattice, points: Points, logits: Array, tau: Array) -> _Walk:
    """Walk from (z, tau): from (0, 0) along the principal branch; from (z, 1) by Newton's method alone."""
    wanted = tolerance(points)
    zero, none = jnp.zeros_like(tau), jnp.zeros_like(logits)
    polish = tau >= 1.0
    start = _Walk(
        logits,
        tau,
        logits,
        tau,
        none,
        zero + 1.0,
        zero + FIRST,
        jnp.zeros(tau.shape, int),
        polish,
        jnp.zeros(tau.shape, bool),
        jnp.zeros(tau.shape, int),
        jnp.zeros(tau.shape, int),
        jnp.asarray(0),
    )

    def turn(walk: _Walk) -> _Walk:
        response = respond(rules, lattice, points, walk.logits)
        miss = walk.logits - walk.tau * response
        back, ahead, sign = _solve(rules, lattice, points, walk, miss, response)
        size = jnp.abs(miss).max(axis=(0, 1))
        there = size <= jnp.where(walk.final, wanted, jnp.maximum(wanted, 1e-9))
        gone = _norm(walk.logits - walk.from_logits)
        strayed = ~jnp.isfinite(size) | (~walk.final & (gone > 3.0 * walk.length + 0.1))
        failed = ~there & (strayed | (walk.tries >= jnp.where(polish, POLISHES, CORRECTIONS)))
        walking = walk.state == WALKING

        # A step accepted: a new tangent. A step rejected: half the length. In both cases, set out along the tangent.
        slope = 1.0 / jnp.sqrt((ahead * ahead).sum(axis=(0, 1)) + 1.0)
        from_logits = jnp.where(there, walk.logits, walk.from_logits)
        from_tau = jnp.where(there, walk.tau, walk.from_tau)
        along_logits = jnp.where(there, sign * slope * ahead, walk.along_logits)
        along_tau = jnp.where(there, sign * slope, walk.along_tau)
        pace = jnp.where(walk.tries <= 3, 1.6, jnp.where(walk.tries <= 5, 1.0, 0.6))
        longer = jnp.minimum(walk.length * pace, LONGEST)
        length = jnp.where(there, longer, jnp.where(failed, 0.5 * walk.length, walk.length))
        passes = (along_tau > 0.0) & (from_tau + length * along_tau >= 1.0)
        reach = jnp.where(passes, (1.0 - from_tau) / jnp.where(passes, along_tau, 1.0), length)
        set_out = (there | failed) & ~polish

        # Otherwise, one Newton step back to the curve, at a right angle to the tangent.
        across = (walk.along_logits * ahead).sum(axis=(0, 1)) + walk.along_tau
        shift = (walk.along_logits * back).sum(axis=(0, 1)) / jnp.where(across == 0.0, 1.0, across)
        shift = jnp.where(walk.final, 0.0, shift)
        arrived = there & walk.final
        lost = failed & (polish | (length < SHORTEST))
        moving = walking & ~arrived & ~lost

        def pick(out: Array, newton: Array, old: Array) -> Array:
            return jnp.where(moving, jnp.where(set_out, out, newton), old)

        return _Walk(
            pick(from_logits + reach * along_logits, walk.logits - back + ahead * shift, walk.logits),
            pick(jnp.where(passes, 1.0, from_tau + reach * along_tau), walk.tau + shift, walk.tau),
            jnp.where(moving, from_logits, walk.from_logits),
            jnp.where(moving, from_tau, walk.from_tau),
            jnp.where(moving, along_logits, walk.along_logits),
            jnp.where(moving, along_tau, walk.along_tau),
            jnp.where(moving, jnp.where(passes & set_out, jnp.maximum(reach, 2 * SHORTEST), length), walk.length),
            jnp.where(moving, jnp.where(set_out, 0, walk.tries + 1), walk.tries),
            jnp.where(moving & set_out, passes, walk.final),
            walk.turned | (moving & there & (sign < 0.0)),
            jnp.where(walking, jnp.where(arrived, ARRIVED, jnp.where(lost, LOST, WALKING)), walk.state),
            walk.turns + walking,
            walk.n + 1,
        )

    return jax.lax.while_loop(lambda walk: jnp.any(walk.state == WALKING) & (walk.n < MOST_TURNS), turn, start)


def _norm(logits: Array) -> Array:
    return jnp.sqrt((logits * logits).sum(axis=(0, 1)))


def _solve(
    rules: Rules, lattice: Lattice, points: Points, walk: _Walk, miss: Array, response: Array
) -> tuple[Array, Array, Array]:
    """J^-1 miss and J^-1 response [C, A, P], and the sign of det J [P], for J = I - tau dG/dz."""
    size = miss.shape[0] * miss.shape[1]
    slope = response_slope(rules, lattice, points, walk.logits)
    system = jnp.eye(size) - walk.tau[:, None, None] * slope
    factors, pivots = lu_factor(system)
    right = jnp.stack([miss.reshape(size, -1).T, response.reshape(size, -1).T], axis=-1)
    back, ahead = jnp.moveaxis(lu_solve((factors, pivots), right), (0, 1, 2), (2, 1, 0))
    diagonal = jnp.diagonal(factors, axis1=-2, axis2=-1)
    swaps = (pivots != jnp.arange(size)).sum(axis=-1)
    sign = jnp.prod(jnp.sign(diagonal), axis=-1) * jnp.where(swaps % 2 == 0, 1.0, -1.0)
    return back.reshape(miss.shape), ahead.reshape(miss.shape), sign
