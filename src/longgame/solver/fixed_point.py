"""Choice at one step: the logit fixed point, at many points (a state and a belief each) side by side.

The mathematics (method.md section 3; McKelvey and Palfrey 1998, agent quantal response equilibrium):

1. Log-odds. The mover's play in cell c is sigma(. | c) = softmax(z(c, .)) over the options available. What is asked to
   settle is z: it keeps tiny probabilities exact, and with them the beliefs that follow unlikely signals.
2. Response. G(z)(c, a) = lambda(c) (Q(a | c) - mean over available options of Q(. | c)), where Q is the payoff to be
   expected when the others read signals by Bayes' rule from sigma. Equilibrium: z = G(z). Where belief does not depend
   on sigma, Q does not either, and z = G(0).
3. Iteration. z <- z + f + correction with f = G(z) - z: Anderson acceleration of depth one (Walker and Ni 2011), each
   point by itself; where the change grew, the plain step is taken instead.
4. Branch. Play starts from the same step one period later. Where that does not settle quickly, or leads far away,
   precision is raised from 0 to lambda in steps, each started from the one before: the principal branch (Turocy 2005,
   2010). Points where even this is slow, or leaps between two precisions, are left to the path follower in
   ``branch.py``.
5. Derivatives. At z = G(z; v) the implicit function theorem gives dz = (I - dG/dz)^-1 dG/dv dv, one small system for
   each point; no iteration is ever differentiated.

Axes: logits [C, A, P]; points come last.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, reduce
from operator import add
from typing import Any, NamedTuple

import numpy as np

from longgame.arrays import Array, jax, jnp
from longgame.game.lattice import Lattice
from longgame.solver.step import Rules, by_option, posterior

IN_LOGITS = 0.1  # what is asked of logits, as a part of the tolerance for probabilities
LOOSE = 1e-4  # the same, at precisions on the way to the actor's own
SLOWEST = 0.03  # no step is trusted to shrink the change by more than this
MOST_ITERATIONS = 40
FAR = 0.5  # a probability that changes by more than this in one go is looked at again
RAMP = (0.0625, 0.125, 0.25, 0.5, 0.75, 1.0)  # fractions of the precision
WARM = -1  # the stage before them: at full precision, from the play that was given
MOST_TAKEN_BACK = 10.0  # times the last step
ROUNDING = float(64 * np.finfo(float).eps)  # of log-odds, as a part of precision times the mover's largest value
RAREST = 1e-290  # the least probability of an option that is available: beliefs after it can still be told from ratios


class Points(NamedTuple):
    """What a mover faces at P points.

    ahead      [W, A G] the mover's own values V_a at every lattice point of the states concerned: G = states * B,
               options one after the other
    pay        None or [A, W, P] the mover's payoffs at once
    becomes    None or [A, W, W', P] how options change the world
    precision  [C, P] lambda of each cell
    belief     [W, P] the public belief
    inside     [W, P] the mover's belief in each world, within its cell: b(w | c(w))
    base       [P] where the point's state begins among the G
    allowed    [A, P] options available
    size       [P] the largest of the mover's own values at the point's state, whatever its sign
    tolerance  the change of a choice probability under the response that counts as none
    """

    ahead: Array
    pay: Array | None
    becomes: Array | None
    precision: Array
    belief: Array
    inside: Array
    base: Array
    allowed: Array
    size: Array
    tolerance: Array


def choice(logits: Array, allowed: Array) -> Array:
    """1. Probabilities [C, A, P]; options that are not allowed [A, P] have probability 0, all others more than 0.

    Takes centred logits [C, A, P], so that the largest is at least 0; exp() is taken of what they are below it, which
    cannot overflow.
    """
    top = jax.lax.stop_gradient(reduce(jnp.maximum, (logits[:, a] for a in range(logits.shape[1]))))
    weight = jnp.where(allowed, jnp.exp(logits - top[:, None]), 0.0)
    share = weight * (1.0 / _over_options(weight))[:, None]
    return jnp.where(allowed, jnp.maximum(share, RAREST), 0.0)


def _over_options(x: Array) -> Array:
    """The sum of x [C, A, P] over options, written out: sums over leading axes are slow in compiled code."""
    return reduce(add, (x[:, a] for a in range(x.shape[1])))


def logits_of(sigma: Array, allowed: Array) -> Array:
    """Logits [C, A, P] that give the probabilities sigma, centred; 0 for options that sigma does not know."""
    return centred(jnp.log(jnp.where(sigma > 0.0, sigma, 1.0)), allowed & (sigma > 0.0).all(axis=0))


def centred(logits: Array, allowed: Array) -> Array:
    """Logits less their mean over the options available; 0 for the others. Choice is not changed by this."""
    kept = jnp.where(allowed, logits, 0.0)
    count = jnp.maximum(_over_options(jnp.broadcast_to(jnp.where(allowed, 1.0, 0.0), kept.shape)), 1.0)
    return jnp.where(allowed, logits - (_over_options(kept) / count)[:, None], 0.0)


def beliefs_in_cells(rules: Rules, belief: Sequence[Array]) -> list[Array]:
    """b(w | c(w)), W arrays like those of ``belief``; worlds of a cell that the public rules out are all alike."""
    inside = []
    for cell in rules.cell_of:
        members = [w for w, c in enumerate(rules.cell_of) if c == cell]
        total = sum(belief[w] for w in members)
        known = total > 0.0
        share = belief[len(inside)] / jnp.where(known, total, 1.0)
        inside.append(jnp.where(known, share, 1.0 / len(members)))
    return inside


def beliefs_after(rules: Rules, points: Points, sigma: Array) -> list[Array]:
    """The belief after each signal, W arrays [Y, P], when the mover plays sigma [C, A, P]."""
    plays = jnp.stack([sigma[c] for c in rules.cell_of], axis=1)  # [A, W, P]
    return posterior(rules, list(points.belief), plays, points.becomes)


def payoffs(rules: Rules, lattice: Lattice, points: Points, sigma: Array) -> Array:
    """2. Q(a | c) [C, A, P], when signals are read as those of a mover who plays sigma [C, A, P]."""
    worlds = range(lattice.worlds)
    index, weight = lattice.vertices(beliefs_after(rules, points, sigma))
    block = points.ahead.shape[-1] // rules.options
    start = points.base + (block * jnp.arange(rules.options, dtype=points.base.dtype))[:, None]
    reached = reduce(add, (
        by_option(rules, w) * jnp.take(points.ahead, start + by_option(rules, i), axis=-1, mode="clip")
        for i, w in zip(index, weight, strict=True)
    ))  # fmt: skip
    had = [reached[w] for w in worlds]  # by world: [A, P]
    if points.becomes is not None:
        had = [sum(points.becomes[:, w, v] * had[v] for v in worlds) for w in worlds]
    if points.pay is not None:
        had = [had[w] + points.pay[:, w] for w in worlds]
    return expected_in_cells(rules, points.inside, had)


def expected_in_cells(rules: Rules, inside: Array, had: Sequence[Array]) -> Array:
    """Q(a | c) [C, A, ...] from b(w | c) [W, ...] and from what options lead to by world, W arrays [A, ...]."""
    cells = [[w for w, c in enumerate(rules.cell_of) if c == cell] for cell in range(rules.cells)]
    return jnp.stack([sum(inside[w] * had[w] for w in cell) for cell in cells])


def respond(rules: Rules, lattice: Lattice, points: Points, logits: Array) -> Array:
    """2. The response G(z) [C, A, P], centred."""
    return respond_to(rules, lattice, points, choice(logits, points.allowed))


def respond_to(rules: Rules, lattice: Lattice, points: Points, sigma: Array) -> Array:
    """2. The response as a function of play sigma [C, A, P]."""
    return points.precision[:, None] * centred(payoffs(rules, lattice, points, sigma), points.allowed)


def tolerance(points: Points) -> Array:
    """[P] the residual in logits to ask for, or the rounding error of the values where that is larger."""
    rounding = ROUNDING * points.size * points.precision.max(axis=0)
    return jnp.maximum(IN_LOGITS * points.tolerance, rounding)


# --- iteration --------------------------------------------------------------------------------------------------------


class _Pursuit(NamedTuple):
    logits: Array  # z [C, A, P], to be tried next
    tried: Array  # the z before it,
    change: Array  # and its f = G(z) - z
    size: Array  # [P] max |f|
    open: Array  # [P] not settled yet
    count: Array  # [P] responses


def _pursue(rules: Rules, lattice: Lattice, points: Points, logits: Array, wanted: Array, open_: Array) -> _Pursuit:
    """3. Iterate the points that are ``open`` [P], until they settle to ``wanted`` [P] or have taken too long."""
    none = jnp.zeros_like(logits)
    start = _Pursuit(logits, logits, none, jnp.full(wanted.shape, jnp.inf), open_, jnp.zeros(wanted.shape, jnp.int32))

    def again(now: _Pursuit) -> _Pursuit:
        change = respond(rules, lattice, points, now.logits) - now.logits
        size = jnp.abs(change).max(axis=(0, 1))
        step, turn = now.logits - now.tried, change - now.change
        # How much of the last step to take back: what would leave the least change, if G were linear.
        share = jnp.clip(_dot(turn, change) / (_dot(turn, turn) + 1e-300), -MOST_TAKEN_BACK, MOST_TAKEN_BACK)
        share = jnp.where((now.count == 0) | (size > 2.0 * now.size), 0.0, share)
        onward = change - share * (step + turn)
        # The last step is not tried out: it shrinks the change about as much as the step before it did.
        factor = jnp.where(size > LOOSE, 1.0, jnp.maximum(size / now.size, SLOWEST))
        settled = size * factor <= wanted
        return _Pursuit(
            jnp.where(now.open, now.logits + onward, now.logits),
            now.logits,
            change,
            size,
            now.open & ~settled & (now.count < MOST_ITERATIONS),
            now.count + now.open,
        )

    return jax.lax.while_loop(lambda now: jnp.any(now.open), again, start)


class _Climb(NamedTuple):
    logits: Array  # z [C, A, P]
    sigma: Array  # [C, A, P] the play there
    stage: Array  # index into RAMP; WARM: at full precision from the play that was given
    open: Array  # [P] still to be found
    count: Array  # [P] responses
    hard: Array  # [P]


def find(rules: Rules, lattice: Lattice, points: Points, near: Array, known: Array) -> tuple[Array, Array, Array]:
    """3 and 4. The equilibrium at every point: logits [C, A, P], responses computed [P], and points left over [P].

    near   logits [C, A, P] to start from, if ``known`` (a bool); otherwise from uniform play
    Points with one option, or none, need no search.
    """
    todo = points.allowed.sum(axis=0) > 1
    final = tolerance(points)
    ramp = jnp.asarray((*RAMP, 1.0))  # the last for WARM
    zero = jnp.zeros_like(near)
    start = jnp.where(known, near, zero)
    stage = jnp.where(known, WARM, 0)
    none = jnp.zeros(todo.shape, jnp.int32)

    def climb(now: _Climb) -> _Climb:
        last = (now.stage == WARM) | (now.stage == len(RAMP) - 1)
        wanted = jnp.where(last, final, jnp.maximum(final, LOOSE))
        lower = points._replace(precision=points.precision * ramp[now.stage])
        pursuit = _pursue(rules, lattice, lower, now.logits, wanted, now.open)
        sigma = choice(pursuit.logits, points.allowed)
        leapt = jnp.abs(sigma - now.sigma).max(axis=(0, 1)) > FAR
        doubtful = now.open & (leapt | (pursuit.count > MOST_ITERATIONS))
        warm = now.stage == WARM
        again = warm & doubtful  # from uniform play
        logits = jnp.where(again, 0.0, pursuit.logits)
        return _Climb(
            logits,
            jnp.where(again, choice(zero, points.allowed), sigma),
            jnp.where(warm, 0, now.stage + 1),
            jnp.where(warm, doubtful, now.open),
            now.count + pursuit.count,
            now.hard | (~warm & doubtful),
        )

    climbing = jax.lax.while_loop(
        lambda now: jnp.any(now.open) & (now.stage < len(RAMP)),
        climb,
        _Climb(start, choice(start, points.allowed), stage, todo, none, jnp.zeros_like(todo)),
    )
    return climbing.logits, climbing.count, climbing.hard


def _dot(a: Array, b: Array) -> Array:
    """[P] the inner product of logits [C, A, P], written out like ``_over_options``."""
    return sum(a[c, o] * b[c, o] for c in range(a.shape[0]) for o in range(a.shape[1]))


# --- derivatives ------------------------------------------------------------------------------------------------------


def response_slope(rules: Rules, lattice: Lattice, points: Points, logits: Array) -> Array:
    """dG/dz as one matrix for each point [P, C A, C A] (rows: what changes; columns: what is moved)."""
    size = logits.shape[0] * logits.shape[1]
    _, push = jax.linearize(lambda z: respond(rules, lattice, points, z), logits)
    basis = jnp.eye(size, dtype=logits.dtype).reshape(size, *logits.shape[:2], 1)
    slopes = jax.vmap(lambda direction: push(jnp.broadcast_to(direction, logits.shape)))(basis)
    return jnp.moveaxis(slopes.reshape(size, size, -1), (0, 1, 2), (2, 1, 0))


def pinned(rules: Rules, lattice: Lattice, points: Points, logits: Array) -> Array:
    """5. The logits of an equilibrium that has been found, with their true derivatives in all that ``points`` holds."""
    return _pinned()(rules, lattice, points, logits)


@cache
def _pinned() -> Any:
    function = jax.custom_jvp(lambda rules, lattice, points, logits: logits, nondiff_argnums=(0, 1))
    function.defjvp(_pinned_jvp)
    return function


def _pinned_jvp(rules: Rules, lattice: Lattice, primals: Any, tangents: Any) -> tuple[Array, Array]:
    points, logits = primals
    moved = tangents[0]

    def response(ahead: Array, pay: Array | None, becomes: Array | None, precision: Array) -> Array:
        return respond(
            rules,
            lattice,
            points._replace(ahead=ahead, pay=pay, becomes=becomes, precision=precision),
            logits,
        )

    _, direct = jax.jvp(
        response,
        (points.ahead, points.pay, points.becomes, points.precision),
        (moved.ahead, moved.pay, moved.becomes, moved.precision),
    )
    size = logits.shape[0] * logits.shape[1]
    system = jnp.eye(size) - response_slope(rules, lattice, points, logits)
    change = jnp.linalg.solve(system, direct.reshape(size, -1).T[..., None])[..., 0].T
    return logits, change.reshape(logits.shape)
