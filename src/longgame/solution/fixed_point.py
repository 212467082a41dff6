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
from longgame.solution.step import Rules, posterior

TOLERANCE = 1e-10  # largest change of a logit under the response; probabilities then move by less than half of it
LOOSE = 1e-4  # the same, at precisions on the way to the actor's own
MOST_ITERATIONS = 40
FAR = 0.5  # a probability that changes by more than this in one go is looked at again
RAMP = (0.0625, 0.125, 0.25, 0.5, 0.75, 1.0)  # fractions of the precision
NEVER = -1e30  # the logit of an option that is not available
RAREST = 1e-290  # the least probability of an option that is available: beliefs after it can still be told from ratios


class Points(NamedTuple):
    """What a mover faces at P points.

    ahead      [A, W, G] the mover's own values V_a at every lattice point of the states concerned, flat: G = states * B
    pay        None or [A, W, P] the mover's payoffs at once
    becomes    None or [A, W, W', P] how options change the world
    precision  [C, P] lambda of each cell
    belief     [W, P] the public belief
    inside     [W, P] the mover's belief in each world, within its cell: b(w | c(w))
    base       [P] where the point's state begins in the last axis of ``ahead``
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
    """Logits [C, A, P] that give the probabilities sigma, centred on the options available."""
    return centred(jnp.log(jnp.maximum(sigma, RAREST)), allowed)


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


def payoffs(rules: Rules, lattice: Lattice, points: Points, logits: Array) -> Array:
    """2. Q(a | c) [C, A, P]."""
    worlds, options = range(lattice.worlds), range(rules.options)
    sigma = choice(logits, points.allowed)
    plays = jnp.stack([sigma[c] for c in rules.cell_of], axis=1)  # [A, W, P]
    moved = posterior(rules, list(points.belief), plays, points.becomes)
    index, weight = lattice.vertices(moved)
    had = []  # [W', P] for each option
    for a, y in enumerate(rules.signal):
        at = [points.base + i[y] for i in index]
        had.append(sum(w[y] * jnp.take(points.ahead[a], i, axis=-1, mode="clip") for i, w in zip(at, weight, strict=True)))
    if points.becomes is not None:
        had = [jnp.stack([sum(points.becomes[a, w, v] * had[a][v] for v in worlds) for w in worlds]) for a in options]
    if points.pay is not None:
        had = [had[a] + points.pay[a] for a in options]
    return expected_in_cells(rules, points.inside, had)


def expected_in_cells(rules: Rules, inside: Array, had: Sequence[Array]) -> Array:
    """Q(a | c) [C, A, ...] from b(w | c) [W, ...] and from what each option leads to by world, A arrays [W, ...]."""
    cells = [[w for w, c in enumerate(rules.cell_of) if c == cell] for cell in range(rules.cells)]
    return jnp.stack([jnp.stack([sum(inside[w] * option[w] for w in cell) for option in had]) for cell in cells])


def respond(rules: Rules, lattice: Lattice, points: Points, logits: Array) -> Array:
    """2. The response G(z) [C, A, P], centred."""
    return points.precision[:, None] * centred(payoffs(rules, lattice, points, logits), points.allowed)


def tolerance(points: Points) -> Array:
    """[P] the residual in logits to ask for: ``TOLERANCE``, or the rounding error of the values where that is larger."""
    size = jnp.abs(points.ahead).max()
    return jnp.maximum(TOLERANCE, 64 * np.finfo(float).eps * size * points.precision.max(axis=0))


# --- iteration -------------------------------------------------------------------------------------------------------------


class _Search(NamedTuple):
    logits: Array  # z [C, A, P]
    change: Array  # f = G(z) - z
    steps: tuple[Array, Array]  # the last two differences of z
    turns: tuple[Array, Array]  # and of f
    size: Array  # [P] max |f|
    settled: Array  # [P]
    iterations: Array  # [P]
    n: Array


def _dot(a: Array, b: Array) -> Array:
    """[P] the inner product of logits [C, A, P], written out: sums over leading axes are slow in compiled code."""
    return sum(a[c, o] * b[c, o] for c in range(a.shape[0]) for o in range(a.shape[1]))


def _mixed(search: _Search) -> Array:
    """3. The next logits: the combination of the last three steps whose change is least, as if G were linear."""
    (s1, s2), (t1, t2) = search.steps, search.turns
    f = search.change
    g11, g12, g22, h1, h2 = _dot(t1, t1), _dot(t1, t2), _dot(t2, t2), _dot(t1, f), _dot(t2, f)
    g11, g22 = g11 * (1 + 1e-12) + 1e-40, g22 * (1 + 1e-12) + 1e-40  # keeps (almost) repeated steps harmless
    det = g11 * g22 - g12 * g12
    flat = det <= 1e-10 * g11 * g22
    safe = jnp.where(flat, 1.0, det)
    x1 = jnp.where(flat, h1 / g11, (h1 * g22 - h2 * g12) / safe)
    x2 = jnp.where(flat, 0.0, (h2 * g11 - h1 * g12) / safe)
    mixed = search.logits + f - x1 * (s1 + t1) - x2 * (s2 + t2)
    far = jnp.abs(mixed - search.logits).max(axis=(0, 1)) > 4.0 * search.size + 2.0
    return jnp.where(far, search.logits + f, mixed)


def _settle(rules: Rules, lattice: Lattice, points: Points, logits: Array, wanted: Array, todo: Array) -> _Search:
    """Iterate from ``logits`` until every point of ``todo`` [P] changes by less than ``wanted`` [P], or for long enough.

    The last step of a point is not tried out: if changes fell by the factor q in the step before, the next change is taken
    to be q times the present one. What is returned is the point after that step.
    """
    none = jnp.zeros_like(logits)
    first = respond(rules, lattice, points, logits) - logits
    size = jnp.abs(first).max(axis=(0, 1))
    settled = ~todo | (size <= wanted)
    start = _Search(
        logits, first, (none, none), (none, none), size, settled, jnp.where(todo, 1, 0).astype(jnp.int32), jnp.asarray(1)
    )

    def again(search: _Search) -> _Search:
        moving = ~search.settled
        new = jnp.where(moving, _mixed(search), search.logits)
        change = jnp.where(moving, respond(rules, lattice, points, new) - new, search.change)
        size = jnp.where(moving, jnp.abs(change).max(axis=(0, 1)), search.size)
        next_size = size * jnp.minimum(size / search.size, 1.0)
        worse = moving & (size > 2.0 * search.size)  # forget the past: the next step is a plain one
        step, turn = (jnp.where(worse, 0.0, x) for x in (new - search.logits, change - search.change))
        older = [jnp.where(worse, 0.0, x) for x in (search.steps[0], search.turns[0])]
        return _Search(
            new,
            change,
            (jnp.where(moving, step, search.steps[0]), jnp.where(moving, older[0], search.steps[1])),
            (jnp.where(moving, turn, search.turns[0]), jnp.where(moving, older[1], search.turns[1])),
            size,
            search.settled | (next_size <= wanted) | (size <= wanted),
            search.iterations + moving,
            search.n + 1,
        )

    search = jax.lax.while_loop(lambda search: ~jnp.all(search.settled) & (search.n < MOST_ITERATIONS), again, start)
    return search._replace(logits=jnp.where(todo & search.settled, _mixed(search), search.logits))


def find(rules: Rules, lattice: Lattice, points: Points, near: Array | None) -> tuple[Array, Array, Array]:
    """3 and 4. The equilibrium at every point: logits [C, A, P], responses computed [P], and points left over [P].

    ``near`` are logits [C, A, P] to start from. Points with one option, or none, need no search.
    """
    todo = points.allowed.sum(axis=0) > 1
    wanted = tolerance(points)

    def leap(before: Array, after: Array) -> Array:
        change = choice(before, points.allowed) - choice(after, points.allowed)
        return jnp.abs(change).max(axis=(0, 1)) > FAR

    def climb(level: Array, state: tuple[Array, ...]) -> tuple[Array, ...]:
        todo, before, _, iterations, leapt = state
        lower = points._replace(precision=points.precision * jnp.asarray(RAMP)[level])
        asked = jnp.where(level == len(RAMP) - 1, wanted, jnp.maximum(wanted, LOOSE))
        search = _settle(rules, lattice, lower, before, asked, todo)
        leapt = leapt | (todo & leap(before, search.logits))
        return todo, search.logits, search.settled, iterations + search.iterations, leapt

    def from_uniform(todo: Array) -> tuple[Array, ...]:
        none = jnp.zeros(todo.shape, jnp.int32)
        start = todo, jnp.zeros_like(points.precision[:, None] * points.allowed), ~todo, none, jnp.zeros(todo.shape, bool)
        return jax.lax.fori_loop(0, len(RAMP), climb, start)[1:]

    if near is None:
        logits, settled, iterations, leapt = from_uniform(todo)
        return logits, iterations, todo & (leapt | ~settled)

    search = _settle(rules, lattice, points, near, wanted, todo)
    again = todo & (~search.settled | leap(near, search.logits))

    def retried(_: None) -> tuple[Array, Array, Array]:
        logits, settled, iterations, leapt = from_uniform(again)
        return jnp.where(again, logits, search.logits), search.iterations + iterations, again & (leapt | ~settled)

    return jax.lax.cond(
        jnp.any(again), retried, lambda _: (search.logits, search.iterations, jnp.zeros_like(todo)), None
    )


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
