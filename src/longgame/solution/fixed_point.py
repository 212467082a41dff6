"""Choice at one step: the logit fixed point, at many points (a state and a belief each) side by side.

The mathematics (method.md section 3; McKelvey and Palfrey 1998, agent quantal response equilibrium):

1. Log-odds. The mover's play in cell c is sigma(. | c) = softmax(z(c, .)) over the options available. What is asked to
   settle is z: it keeps tiny probabilities exact, and with them the beliefs that follow unlikely signals.
2. Response. G(z)(c, a) = lambda(c) (Q(a | c) - mean over available options of Q(. | c)), where Q is the payoff to be expected
   when the others read signals by Bayes' rule from sigma. Equilibrium: z = G(z). Where belief does not depend on sigma, Q
   does not either, and z = G(0).
3. Iteration. z <- z + f + correction with f = G(z) - z: Anderson acceleration of depth two (Walker and Ni 2011), each
   point by itself; where the residual grew, the plain step is taken instead.
4. Branch. Play starts from the same step one period later. Where that does not settle quickly, or leads far away, precision
   is raised from 0 to lambda in steps, each started from the one before: the principal branch (Turocy 2005, 2010). Points
   where even this is slow, or leaps between two precisions, are left to the path follower in ``branch.py``.
5. Derivatives. At z = G(z; v) the implicit function theorem gives dz = (I - dG/dz)^-1 dG/dv dv, one small system for each
   point; no iteration is ever differentiated.

Axes: logits [C, A, P]; points come last.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from longgame.arrays import Array
from longgame.game.lattice import Lattice
from longgame.solution.step import Rules, by_option, posterior

TOLERANCE = 1e-10  # largest change of a logit under the response; probabilities then move by less than half of it
LOOSE = 1e-4  # the same, at precisions on the way to the actor's own
SLOWEST = 0.03  # no step is trusted to shrink the change by more than this
MOST_ITERATIONS = 40
FAR = 0.5  # a probability that changes by more than this in one go is looked at again
RAMP = (0.0625, 0.125, 0.25, 0.5, 0.75, 1.0)  # fractions of the precision
WARM = len(RAMP)
NEVER = -1e30  # the logit of an option that is not available
RAREST = 1e-290  # the least probability of an option that is available: beliefs after it can still be told from ratios


class Points(NamedTuple):
    """What a mover faces at P points.

    ahead      [W, A G] the mover's own values V_a at every lattice point of the states concerned: G = states * B, options
               one after the other
    pay        None or [A, W, P] the mover's payoffs at once
    becomes    None or [A, W, W', P] how options change the world
    precision  [C, P] lambda of each cell
    belief     [W, P] the public belief
    inside     [W, P] the mover's belief in each world, within its cell: b(w | c(w))
    base       [P] where the point's state begins among the G
    allowed    [A, P] options available
    """

    ahead: Array
    pay: Array | None
    becomes: Array | None
    precision: Array
    belief: Array
    inside: Array
    base: Array
    allowed: Array


def choice(logits: Array, allowed: Array) -> Array:
    """1. Probabilities [C, A, P]; options that are not allowed [A, P] have probability 0, all others more than 0."""
    kept = jnp.where(allowed, logits, NEVER)
    weight = jnp.exp(kept - jax.lax.stop_gradient(kept.max(axis=1, keepdims=True)))
    share = weight * (1.0 / weight.sum(axis=1, keepdims=True))
    return jnp.where(allowed, jnp.maximum(share, RAREST), 0.0)


def logits_of(sigma: Array, allowed: Array) -> Array:
    """Logits [C, A, P] that give the probabilities sigma, centred; 0 for options that sigma does not know."""
    return centred(jnp.log(jnp.where(sigma > 0.0, sigma, 1.0)), allowed & (sigma > 0.0).all(axis=0))


def centred(logits: Array, allowed: Array) -> Array:
    """Logits less their mean over the options available; 0 for the others. Choice is not changed by this."""
    count = jnp.maximum(allowed.sum(axis=0), 1)
    mean = jnp.where(allowed, logits, 0.0).sum(axis=1, keepdims=True) / count
    return jnp.where(allowed, logits - mean, 0.0)


def beliefs_in_cells(rules: Rules, belief: Sequence[Array]) -> list[Array]:
    """b(w | c(w)), W arrays like those of ``belief``; all worlds of a cell alike where the public rules the cell out."""
    inside = []
    for cell in rules.cell_of:
        members = [w for w, c in enumerate(rules.cell_of) if c == cell]
        total = sum(belief[w] for w in members)
        known = total > 0.0
        share = belief[len(inside)] / jnp.where(known, total, 1.0)
        inside.append(jnp.where(known, share, 1.0 / len(members)))
    return inside


def payoffs(rules: Rules, lattice: Lattice, points: Points, sigma: Array) -> Array:
    """2. Q(a | c) [C, A, P], when signals are read as those of a mover who plays sigma [C, A, P]."""
    worlds = range(lattice.worlds)
    plays = jnp.stack([sigma[c] for c in rules.cell_of], axis=1)  # [A, W, P]
    index, weight = lattice.vertices(posterior(rules, list(points.belief), plays, points.becomes))
    block = points.ahead.shape[-1] // rules.options
    start = points.base + (block * jnp.arange(rules.options, dtype=points.base.dtype))[:, None]
    reached = sum(
        by_option(rules, w) * jnp.take(points.ahead, start + by_option(rules, i), axis=-1, mode="clip")
        for i, w in zip(index, weight, strict=True)
    )
    had = [reached[w] for w in worlds]  # by world: [A, P]
    if points.becomes is not None:
        had = [sum(points.becomes[:, w, v] * had[v] for v in worlds) for w in worlds]
    if points.pay is not None:
        had = [had[w] + points.pay[:, w] for w in worlds]
    return expected_in_cells(rules, points.inside, had)


def expected_in_cells(rules: Rules, inside: Array, had: Sequence[Array]) -> Array:
    """Q(a | c) [C, A, ...] from b(w | c) [W, ...] and from what the options lead to in each world, W arrays [A, ...]."""
    cells = [[w for w, c in enumerate(rules.cell_of) if c == cell] for cell in range(rules.cells)]
    return jnp.stack([sum(inside[w] * had[w] for w in cell) for cell in cells])


def respond(rules: Rules, lattice: Lattice, points: Points, logits: Array) -> Array:
    """2. The response G(z) [C, A, P], centred."""
    return respond_to(rules, lattice, points, choice(logits, points.allowed))


def respond_to(rules: Rules, lattice: Lattice, points: Points, sigma: Array) -> Array:
    """2. The response as a function of play sigma [C, A, P]."""
    return points.precision[:, None] * centred(payoffs(rules, lattice, points, sigma), points.allowed)


def tolerance(points: Points) -> Array:
    """[P] the residual in logits to ask for: ``TOLERANCE``, or the rounding error of the values where that is larger."""
    size = jnp.abs(points.ahead).max()
    return jnp.maximum(TOLERANCE, 64 * np.finfo(float).eps * size * points.precision.max(axis=0))


# --- iteration -------------------------------------------------------------------------------------------------------------


class _Search(NamedTuple):
    logits: Array  # z [C, A, P], to be tried next
    tried: Array  # the z before it,
    change: Array  # and its f = G(z) - z
    step: Array  # the difference of the last two z tried,
    turn: Array  # and of their f
    size: Array  # [P] max |f| of the last z tried
    sigma: Array  # [C, A, P] play when the present stage began
    stage: Array  # [P] index into RAMP; WARM: at full precision from the play that was given
    tries: Array  # [P] responses in this stage
    iterations: Array  # [P] responses in all
    leapt: Array  # [P]
    done: Array  # [P]
    hard: Array  # [P]


def find(rules: Rules, lattice: Lattice, points: Points, near: Array, known: Array) -> tuple[Array, Array, Array]:
    """3 and 4. The equilibrium at every point: logits [C, A, P], responses computed [P], and points left over [P].

    near   logits [C, A, P] to start from, if ``known`` (a bool); otherwise from uniform play
    Points with one option, or none, need no search.

    The points go through their stages each at its own pace, but all in one loop, so that the response is compiled once.
    """
    todo = points.allowed.sum(axis=0) > 1
    wanted = tolerance(points)
    ramp = jnp.asarray((*RAMP, 1.0))
    uniform = choice(jnp.zeros_like(near), points.allowed)
    none, zero = jnp.zeros_like(near), jnp.zeros(todo.shape, jnp.int32)
    start = jnp.where(known, near, 0.0)
    search = _Search(
        start, start, none, none, none, jnp.full(todo.shape, jnp.inf), choice(start, points.allowed),
        jnp.full(todo.shape, jnp.where(known, WARM, 0), jnp.int32), zero, zero, ~todo, ~todo, ~todo,
    )._replace(leapt=jnp.zeros_like(todo), hard=jnp.zeros_like(todo))  # fmt: skip

    def again(search: _Search) -> _Search:
        sigma = choice(search.logits, points.allowed)
        lower = points._replace(precision=points.precision * ramp[search.stage])
        change = respond_to(rules, lattice, lower, sigma) - search.logits
        size = jnp.abs(change).max(axis=(0, 1))
        fresh = search.tries == 0
        worse = fresh | (size > 2.0 * search.size)  # forget the past: the next step is a plain one
        step = jnp.where(worse, 0.0, search.logits - search.tried)
        turn = jnp.where(worse, 0.0, change - search.change)
        mixed = _mixed(search, change, size, step, turn, worse)

        # The last step of a stage is not tried out: it shrinks the change about as much as the step before it did.
        last = (search.stage == WARM) | (search.stage == len(RAMP) - 1)
        asked = jnp.where(last, wanted, jnp.maximum(wanted, LOOSE))
        expected = jnp.where(worse | (size > LOOSE), size, size * jnp.maximum(size / search.size, SLOWEST))
        settled = expected <= asked
        given_up = ~settled & (search.tries >= MOST_ITERATIONS)
        leap = settled & (jnp.abs(sigma - search.sigma).max(axis=(0, 1)) > FAR)
        warm = search.stage == WARM
        restart = warm & (given_up | leap)
        climb = settled & ~last
        turned = restart | climb
        moving = ~search.done
        new = _Search(
            jnp.where(restart, 0.0, mixed),
            search.logits,
            change,
            step,
            turn,
            size,
            jnp.where(restart, uniform, jnp.where(climb, sigma, search.sigma)),
            jnp.where(restart, 0, jnp.where(climb, search.stage + 1, search.stage)),
            jnp.where(turned, 0, search.tries + 1),
            search.iterations + 1,
            search.leapt | (leap & ~warm),
            search.done | (settled & last & ~restart) | (given_up & ~warm),
            search.hard | (given_up & ~warm),
        )
        return _Search(*(jnp.where(moving, after, before) for after, before in zip(new, search, strict=True)))

    search = jax.lax.while_loop(lambda search: ~jnp.all(search.done), again, search)
    return search.logits, search.iterations, search.hard | search.leapt


def _mixed(search: _Search, change: Array, size: Array, step: Array, turn: Array, forget: Array) -> Array:
    """3. The next logits: the combination of the last three steps whose change is least, as if G were linear."""
    s1, t1 = step, turn
    s2, t2 = jnp.where(forget, 0.0, search.step), jnp.where(forget, 0.0, search.turn)
    g11, g12, g22, h1, h2 = _dot(t1, t1), _dot(t1, t2), _dot(t2, t2), _dot(t1, change), _dot(t2, change)
    g11, g22 = g11 * (1 + 1e-12) + 1e-40, g22 * (1 + 1e-12) + 1e-40  # keeps (almost) repeated steps harmless
    det = g11 * g22 - g12 * g12
    flat = det <= 1e-10 * g11 * g22
    safe = 1.0 / jnp.where(flat, g11, det)
    x1 = jnp.where(flat, h1, h1 * g22 - h2 * g12) * safe
    x2 = jnp.where(flat, 0.0, h2 * g11 - h1 * g12) * safe
    correction = change - x1 * (s1 + t1) - x2 * (s2 + t2)
    far = jnp.abs(correction).max(axis=(0, 1)) > 4.0 * size + 2.0
    return search.logits + jnp.where(far, change, correction)


def _dot(a: Array, b: Array) -> Array:
    """[P] the inner product of logits [C, A, P], written out: sums over leading axes are slow in compiled code."""
    return sum(a[c, o] * b[c, o] for c in range(a.shape[0]) for o in range(a.shape[1]))


# --- derivatives -----------------------------------------------------------------------------------------------------------


def response_slope(rules: Rules, lattice: Lattice, points: Points, logits: Array) -> Array:
    """dG/dz as one matrix for each point [P, C A, C A] (rows: what changes; columns: what is moved)."""
    size = logits.shape[0] * logits.shape[1]
    _, push = jax.linearize(lambda z: respond(rules, lattice, points, z), logits)
    basis = jnp.eye(size, dtype=logits.dtype).reshape(size, *logits.shape[:2], 1)
    slopes = jax.vmap(lambda direction: push(jnp.broadcast_to(direction, logits.shape)))(basis)
    return jnp.moveaxis(slopes.reshape(size, size, -1), (0, 1, 2), (2, 1, 0))


@partial(jax.custom_jvp, nondiff_argnums=(0, 1))
def pinned(rules: Rules, lattice: Lattice, points: Points, logits: Array) -> Array:
    """5. The logits of an equilibrium that has been found, with their true derivatives in all that ``points`` holds."""
    del rules, lattice, points
    return logits


@pinned.defjvp
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
