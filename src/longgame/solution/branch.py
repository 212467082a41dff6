"""The principal branch, followed: for the few points where iteration is slow or leaps.

The mathematics (Turocy 2005, 2010; Allgower and Georg 1990, chapters 2 to 6):

1. The logits of logit equilibria at the fractions tau of the precision are the zeros of F(z, tau) = z - tau G(z). At
   tau = 0 the only zero is uniform play, z = 0; the curve of zeros that starts there is the principal branch.
2. Pieces. Values are linear in the belief on each simplex of the lattice, so the curve is smooth while the belief after
   every signal stays in one simplex, and has a kink where it passes into the next. Each piece is followed as part of
   the smooth curve that it belongs to, up to the kink; there the next piece begins.
3. Direction. Along the curve, J dz = G dtau with J = I - tau dG/dz. It is walked so that tau rises where det J > 0 and
   falls where det J < 0. That is the same way round everywhere, across kinks too: there the two J differ by a matrix of
   rank one that vanishes along the common facet, so a curve that leaves the one simplex enters the other.
4. Step. From a point of the curve go a length h along the tangent, then back to the curve at a right angle to the
   tangent by Newton's method. Where that fails, halve h; where it is quick, lengthen it. A step that leads out of the
   simplex is shortened, by the rule of false position, until it ends just beyond the facet.
5. Arrival. The step that would pass tau = 1 ends on it, with tau held there.
6. A branch that turned back on its way has, at the precisions in between, several equilibria at once: play as a
   function of precision jumps there. Such points are counted. A point whose branch was lost is solved by Newton's
   method from where iteration left it, and counted as well; if that fails too, its residual says so.

Every point walks at its own pace, but all in the same loop: each turn of it is one Newton step, one accepted step, or
one rejected step, for each.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np

from longgame.arrays import Array, jax, jit, jnp
from longgame.game.lattice import Lattice
from longgame.solution.fixed_point import (
    Points,
    beliefs_after,
    beliefs_in_cells,
    choice,
    logits_of,
    respond,
    response_slope,
    tolerance,
)
from longgame.solution.move import Move, points_of
from longgame.solution.step import Rules, look_ahead

BLOCK = 128  # points walked side by side
FIRST, LONGEST, SHORTEST = 0.25, 2.0, 1e-7  # lengths of a step, in logits
ON_THE_WAY = 1e-9  # how near to the curve, in logits
BEYOND = 1e-7  # how far beyond a facet a piece may be followed, as a weight of a vertex
ROUNDING = 1e-13  # of such weights
CORRECTIONS = 8  # Newton steps before a step is called too long
POLISHES = 60  # Newton steps where there is no step to shorten
MOST_TURNS = 20_000
WALKING, ARRIVED, LOST = 0, 1, 2


def follow_branch(
    rules: Rules,
    lattice: Lattice,
    move: Move,
    play: Array,
    residual: np.ndarray,
    iterations: np.ndarray,
    hard: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Solve the hard points [S, B] of a move again: play [S, C, A, B], residual, iterations and jumps (bool) [S, B]."""
    play = np.array(play)
    states, beliefs = np.nonzero(hard)
    jumps = np.zeros_like(hard)
    for first in range(0, len(states), BLOCK):
        # The last block is filled up with points that are there already: they are solved twice, to the same answer.
        some = np.resize(np.arange(first, min(first + BLOCK, len(states))), BLOCK)
        s, b = states[some], beliefs[some]
        before = np.moveaxis(play[s, :, :, b], 0, -1)
        sigma, moved, turns, turned = (np.asarray(x) for x in _follow(rules, lattice, move, s, b, before))
        play[s, :, :, b] = np.moveaxis(sigma, -1, 0)
        residual[s, b] = moved
        iterations[s, b] += turns
        jumps[s, b] = turned
    return play, residual, iterations, jumps


@partial(jit, static_argnums=(0, 1))
def _follow(
    rules: Rules, lattice: Lattice, move: Move, states: Array, beliefs: Array, sigma: Array
) -> tuple[Array, Array, Array, Array]:
    points = points_at(rules, lattice, move, states, jnp.asarray(lattice.points)[beliefs])
    walk = _walk(rules, lattice, points, sigma.shape)
    lost = walk.state != ARRIVED
    start = jnp.where(lost, logits_of(sigma, points.allowed), walk.now.logits)
    logits, polishes = _polish(rules, lattice, points, start, lost)
    found = choice(logits, points.allowed)
    moved = jnp.abs(choice(respond(rules, lattice, points, logits), points.allowed) - found).max(axis=(0, 1))
    return found, moved, walk.turns + polishes, walk.turned | (lost & (moved <= move.tolerance))


def points_at(rules: Rules, lattice: Lattice, move: Move, states: Array, beliefs: Array) -> Points:
    """The mover's problem at some states [P] and beliefs [P, W], which need not be lattice points."""
    here = move.at(states)
    ahead = look_ahead(rules, here.tables, move.following, states)
    whole = points_of(rules, lattice, here, ahead)
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
        size=whole.size[chosen],
        tolerance=move.tolerance,
    )


class _Place(NamedTuple):
    """A point of (z, tau) space, or a direction in it: z [C, A, P], tau [P]."""

    logits: Array
    tau: Array

    def plus(self, length: Array, direction: _Place) -> _Place:
        return _Place(self.logits + length * direction.logits, self.tau + length * direction.tau)

    def dot(self, other: _Place) -> Array:
        return (self.logits * other.logits).sum(axis=(0, 1)) + self.tau * other.tau

    def where(self, condition: Array, other: _Place) -> _Place:
        return _Place(jnp.where(condition, self.logits, other.logits), jnp.where(condition, self.tau, other.tau))


class _Walk(NamedTuple):
    now: _Place
    base: _Place  # the last point of the curve that was reached,
    tangent: _Place  # and the tangent there
    around: Array  # [W, Y, P] beliefs after each signal: they say which piece is followed
    inside: Array  # [W, Y, P] the weights of the vertices around them at the base
    enters: Array  # [P] a new piece begins here
    stride: Array  # [P] h
    reach: Array  # [P] the length of the present step, where it is shorter
    tries: Array  # [P] Newton steps since the step was begun
    final: Array  # [P] tau is held at 1
    turned: Array  # [P] det J has been negative
    state: Array  # [P]
    turns: Array  # [P] responses computed
    n: Array


def _walk(rules: Rules, lattice: Lattice, points: Points, shape: tuple[int, ...]) -> _Walk:
    """Walk from (0, 0) along the principal branch; logits have this shape [C, A, P]."""
    wanted = tolerance(points)
    near = jnp.maximum(wanted, ON_THE_WAY)

    def after(logits: Array) -> Array:
        return jnp.stack(beliefs_after(rules, points, choice(logits, points.allowed)))

    def weights(beliefs: Array, around: Array) -> Array:
        return jnp.stack(lattice.vertices(list(beliefs), list(around))[1])

    def turn(walk: _Walk) -> _Walk:
        piece = points._replace(around=walk.around)
        response = respond(rules, lattice, piece, walk.now.logits)
        miss = walk.now.logits - walk.now.tau * response
        back, ahead, sign = _solve(rules, lattice, piece, walk.now, miss, response)
        size = jnp.abs(miss).max(axis=(0, 1))
        true_miss = walk.now.logits - respond(rules, lattice, points, walk.now.logits)
        beliefs = after(walk.now.logits)
        weight = weights(beliefs, walk.around)
        least = weight.min(axis=(0, 1))

        # What became of the step: at the end of the walk; still being corrected; out of its piece, and to be
        # shortened; failed, and to be halved; or on the curve, in its piece or at the beginning of the next.
        arrived = walk.final & (jnp.abs(true_miss).max(axis=(0, 1)) <= wanted)
        settled = size <= jnp.where(walk.final, wanted, near)
        out = settled & ~walk.enters & (least < -BEYOND)
        gone = _norm(walk.now.logits - walk.base.logits)
        strayed = ~jnp.isfinite(size) | (~walk.final & (gone > 3.0 * walk.reach + 0.1))
        failed = ~settled & ~walk.enters & (strayed | (walk.tries >= CORRECTIONS))
        crosses = settled & ~out & ~walk.enters & ((least < -ROUNDING) | walk.final)
        there = walk.enters | (settled & ~out & ~crosses)

        # On the curve: the tangent, and the length of the next step.
        slope = sign / jnp.sqrt((ahead * ahead).sum(axis=(0, 1)) + 1.0)
        base = walk.now.where(there, walk.base)
        tangent = _Place(slope * ahead, slope).where(there, walk.tangent)
        pace = jnp.where(walk.tries <= 3, 1.6, jnp.where(walk.tries <= 5, 1.0, 0.6))
        longer = jnp.where(walk.enters, walk.stride, jnp.minimum(walk.stride * pace, LONGEST))
        stride = jnp.where(there, longer, jnp.where(failed, 0.5 * walk.reach, walk.stride))
        kept = jnp.where(weight < -BEYOND, (walk.inside + 0.5 * BEYOND) / (walk.inside - weight), 1.0)
        reach = jnp.where(out, walk.reach * kept.min(axis=(0, 1)), stride)
        passes = (tangent.tau > 0.0) & (base.tau + reach * tangent.tau >= 1.0)
        reach = jnp.where(passes, (1.0 - base.tau) / jnp.where(passes, tangent.tau, 1.0), reach)
        step = base.plus(reach, tangent)
        step = step._replace(tau=jnp.where(passes, 1.0, step.tau))

        # Not on the curve: one Newton step back to it, at a right angle to the tangent.
        across = (walk.tangent.logits * ahead).sum(axis=(0, 1)) + walk.tangent.tau
        shift = (walk.tangent.logits * back).sum(axis=(0, 1)) / jnp.where(across == 0.0, 1.0, across)
        shift = jnp.where(walk.final, 0.0, shift)
        corrected = _Place(walk.now.logits - back + ahead * shift, walk.now.tau + shift)

        set_out = there | out | failed
        moved = _Walk(
            step.where(set_out, walk.now.where(crosses, corrected)),
            base,
            tangent,
            jnp.where(crosses, beliefs, walk.around),
            jnp.where(there, weight, walk.inside),
            crosses,
            stride,
            jnp.where(set_out, reach, walk.reach),
            jnp.where(set_out, 0, walk.tries + 1),
            jnp.where(set_out, passes, walk.final),
            walk.turned | (there & (sign < 0.0)),
            jnp.where(arrived, ARRIVED, jnp.where(failed & (stride < SHORTEST), LOST, WALKING)),
            walk.turns + 1,
            walk.n + 1,
        )
        stays = moved._replace(now=walk.now)
        on = _pick(moved.state == WALKING, moved, stays)
        return _pick(walk.state == WALKING, on, walk)._replace(n=walk.n + 1)

    none = jnp.zeros(shape)
    ones = jnp.ones(shape[-1])
    here, up = _Place(none, 0.0 * ones), _Place(none, ones)
    around = after(none)
    no, zero = jnp.zeros(shape[-1], bool), jnp.zeros(shape[-1], int)
    start = _Walk(
        here, here, up, around, weights(around, around), ~no, FIRST * ones, FIRST * ones, zero, no, no, zero, zero,
        jnp.asarray(0),
    )  # fmt: skip
    return jax.lax.while_loop(lambda walk: jnp.any(walk.state == WALKING) & (walk.n < MOST_TURNS), turn, start)


def _pick(condition: Array, one: _Walk, other: _Walk) -> _Walk:
    """For each point, the one walk or the other."""
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), one._replace(n=0), other._replace(n=0))


def _polish(
    rules: Rules, lattice: Lattice, points: Points, logits: Array, wanting: Array
) -> tuple[Array, Array]:
    """Newton's method at the full precision, for the points that are ``wanting`` [P]; also the steps made [P]."""

    def again(now: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        logits, steps, wanting = now
        response = respond(rules, lattice, points, logits)
        miss = logits - response
        back, _, _ = _solve(rules, lattice, points, _Place(logits, jnp.ones_like(steps)), miss, response)
        size = jnp.abs(miss).max(axis=(0, 1))
        wanting = wanting & (size > tolerance(points)) & (steps < POLISHES)
        onward = wanting & jnp.isfinite(back).all(axis=(0, 1))
        return jnp.where(onward, logits - back, logits), steps + onward, onward

    start = (logits, jnp.zeros(wanting.shape, int), wanting)
    logits, steps, _ = jax.lax.while_loop(lambda now: jnp.any(now[2]), again, start)
    return logits, steps


def _norm(logits: Array) -> Array:
    return jnp.sqrt((logits * logits).sum(axis=(0, 1)))


def _solve(
    rules: Rules, lattice: Lattice, points: Points, place: _Place, miss: Array, response: Array
) -> tuple[Array, Array, Array]:
    """J^-1 miss and J^-1 response [C, A, P], and the sign of det J [P], for J = I - tau dG/dz."""
    size = miss.shape[0] * miss.shape[1]
    slope = response_slope(rules, lattice, points, place.logits)
    system = jnp.eye(size) - place.tau[:, None, None] * slope
    factors, pivots = jax.scipy.linalg.lu_factor(system)
    right = jnp.stack([miss.reshape(size, -1).T, response.reshape(size, -1).T], axis=-1)
    back, ahead = jnp.moveaxis(jax.scipy.linalg.lu_solve((factors, pivots), right), (0, 1, 2), (2, 1, 0))
    diagonal = jnp.diagonal(factors, axis1=-2, axis2=-1)
    swaps = (pivots != jnp.arange(size)).sum(axis=-1)
    sign = jnp.prod(jnp.sign(diagonal), axis=-1) * jnp.where(swaps % 2 == 0, 1.0, -1.0)
    return back.reshape(miss.shape), ahead.reshape(miss.shape), sign
