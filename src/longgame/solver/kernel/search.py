"""The search for play: the logit fixed point, at eight points (a state and a belief each) side by side.

The mathematics (method.md section 3; McKelvey and Palfrey 1998, agent quantal response equilibrium):

1. Log-odds. The mover's play in cell c is sigma(. | c) = softmax(z(c, .)) over the options available. What is asked to
   settle is z: it keeps tiny probabilities exact, and with them the beliefs that follow unlikely signals.
2. Response. G(z)(c, a) = lambda(c) (Q(a | c) - mean over available options of Q(. | c)), where Q is the payoff to be
   expected when the others read signals by Bayes' rule from sigma. Equilibrium: z = G(z). Where belief does not depend
   on sigma, Q does not either, and z = G(0).
3. Iteration. z <- z + f + correction with f = G(z) - z: Anderson acceleration of depth one (Walker and Ni 2011), each
   point by itself; where the change grew, the plain step is taken instead.
4. Branch. Play starts from the same step one period later, or from that of another draw; points are solved one after
   the other, and learn from those before them. Where that does not settle quickly, or leads far away, precision is
   raised from 0 to lambda in steps, each started from the one before: the principal branch (Turocy 2005, 2010). Points
   that are left over are tried once more in many small steps. Where even these leap, the branch is followed
   (``solver/branch.py``).
5. Derivatives. At z = G(z; v) the implicit function theorem gives dz = (I - dG/dz)^-1 dG/dv dv, one small system for
   each point (``tangent.py``); no iteration is ever differentiated.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from longgame.compiled import compiled
from longgame.solver.kernel.elementary import exp, log
from longgame.solver.kernel.lanes import (
    LANES,
    first_lanes,
    largest,
    largest_lane,
    size,
    smallest,
    some,
    spread,
    where,
)
from longgame.solver.kernel.memory import load, load_some, store
from longgame.solver.kernel.numbers import Scratch, Step
from longgame.solver.kernel.points import mover_payoffs, read_ahead, read_signals
from longgame.solver.kernel.response import RAREST

IN_LOGITS = 0.1  # what is asked of logits, as a part of the tolerance for probabilities
LOOSE = 1e-4  # the same, at precisions on the way to the actor's own
SLOWEST = 0.03  # no step is trusted to shrink the change by more than this
MOST_ITERATIONS = 40
FAR = 0.5  # a probability that changes by more than this in one go is looked at again
RAMP = (0.0625, 0.125, 0.25, 0.5, 0.75, 1.0)  # fractions of the precision
MOST_TAKEN_BACK = 10.0  # times the last step
ROUNDING = float(64 * np.finfo(float).eps)  # of log-odds, as a part of precision times the mover's largest value
MOST_TREND = float(np.e)  # the factor by which a probability is expected to change at most


class Mover(NamedTuple):
    """Who chooses: the number of the actor, and the address of lambda of its cells [X, C]."""

    actor: int
    precision: Any


class Near(NamedTuple):
    """Where to look for play first: the addresses of plays [X', C, A, B] and their X'; see ``kernel.Start``."""

    base: Any
    new: Any
    old: Any
    base_states: int
    new_states: int
    old_states: int


_RAMP = np.array(RAMP)
_STAGES = len(RAMP)
SMALL_STEPS = 64  # of the precision, from 0 to the actor's own
LEAP = 0.1  # a probability that changes by more than this in a small step has leapt
_MOST_MISSED = float(np.log(MOST_TREND))


@compiled
def choose(logits: Any, rows: int, m: int, plays: Any) -> None:
    """Play [rows, m] from log-odds [rows, m]."""
    for c in range(rows):
        top = load(logits, c * m * LANES)
        for i in range(1, m):
            top = largest(top, load(logits, (c * m + i) * LANES))
        total = spread(0.0)
        for i in range(m):
            weight = exp(load(logits, (c * m + i) * LANES) - top)
            store(plays, (c * m + i) * LANES, weight)
            total = total + weight
        scale = 1.0 / total
        for i in range(m):
            place = (c * m + i) * LANES
            store(plays, place, largest(load(plays, place) * scale, spread(RAREST)))


@compiled
def centre(numbers: Any, rows: int, m: int) -> None:
    """Take from each row of lanes [rows, m] its mean."""
    for c in range(rows):
        total = spread(0.0)
        for i in range(m):
            total = total + load(numbers, (c * m + i) * LANES)
        mean = total * (1.0 / m)
        for i in range(m):
            place = (c * m + i) * LANES
            store(numbers, place, load(numbers, place) - mean)


@compiled
def asked(step: Step, mover: Mover, s: int, m: int, scratch: Scratch, tolerance: float) -> float:
    """What is asked of log-odds at a state: a part of the tolerance, or the rounding error of the mover's values."""
    top = spread(0.0)
    worlds = first_lanes(step.worlds)
    for i in range(m):
        for b in range(step.size):
            place = (i * step.width + b) * step.rank + mover.actor * step.worlds
            top = largest(top, size(load_some(scratch.ahead, place, worlds)))
    sharpest = 0.0
    for c in range(step.rows):
        sharpest = max(sharpest, mover.precision[s * step.rows + c])
    return max(IN_LOGITS * tolerance, ROUNDING * sharpest * largest_lane(top))


@compiled
def begin(step: Step, near: Near, s: int, b: int, m: int, fresh: bool, scratch: Scratch) -> None:
    """The log-odds near which play is expected, in ``logits``; 0 for options that are not known there.

    Play nearby is a ``guess``. It is off by much the same at every belief of a state, so what it ``missed`` at the
    eight points before is made good, unless this is a ``fresh`` state.
    """
    here = first_lanes(step.points - b)
    base, new, old = s % near.base_states, s % near.new_states, s % near.old_states
    each = step.rows * step.options
    for i in range(m):
        known = here
        for c in range(step.rows):
            row = c * step.options + scratch.options[i]
            x = load_some(near.base, (base * each + row) * step.points + b, here)
            now = load_some(near.new, (new * each + row) * step.points + b, here)
            was = load_some(near.old, (old * each + row) * step.points + b, here)
            trend = where(was > 0.0, now / where(was > 0.0, was, spread(1.0)), spread(1.0))
            known = known & (x > 0.0)
            x = x * smallest(largest(trend, spread(1.0 / MOST_TREND)), spread(MOST_TREND))
            store(scratch.logits, (c * m + i) * LANES, log(where(x > 0.0, x, spread(1.0))))
        store(scratch.plays, i * LANES, where(known, spread(1.0), spread(0.0)))
    count = spread(0.0)
    for i in range(m):
        count = count + load(scratch.plays, i * LANES)
    for c in range(step.rows):
        total = spread(0.0)
        for i in range(m):
            total = total + load(scratch.logits, (c * m + i) * LANES) * load(scratch.plays, i * LANES)
        mean = total / largest(count, spread(1.0))
        for i in range(m):
            place = (c * m + i) * LANES
            guess = (load(scratch.logits, place) - mean) * load(scratch.plays, i * LANES)
            store(scratch.guess, place, guess)
            store(scratch.logits, place, guess if fresh else guess + load(scratch.missed, place))


@compiled
def learn(step: Step, m: int, scratch: Scratch) -> None:
    """By how much the ``guess`` has ``missed`` the log-odds that were found; as of a trend, not all is believed."""
    for n in range(step.rows * m):
        place = n * LANES
        missed = load(scratch.logits, place) - load(scratch.guess, place)
        store(scratch.missed, place, smallest(largest(missed, spread(-_MOST_MISSED)), spread(_MOST_MISSED)))


@compiled
def respond(step: Step, mover: Mover, s: int, b: int, m: int, share: float, scratch: Scratch) -> None:
    """The response G(z) [rows, m] to the play in ``plays``, in ``payoff``, at a share of the precision."""
    read_signals(step, s, b, m, scratch)
    read_ahead(step, b, m, mover.actor * step.worlds, step.worlds, scratch)
    mover_payoffs(step, s, b, m, mover.actor, 0, scratch)
    to_logits(step, mover, s, m, share, scratch)


@compiled
def to_logits(step: Step, mover: Mover, s: int, m: int, share: float, scratch: Scratch) -> None:
    """Make of ``payoff`` the log-odds of the logit response."""
    centre(scratch.payoff, step.rows, m)
    for c in range(step.rows):
        precision = share * mover.precision[s * step.rows + c]
        for i in range(m):
            place = (c * m + i) * LANES
            store(scratch.payoff, place, load(scratch.payoff, place) * precision)


@compiled
def find(
    step: Step,
    mover: Mover,
    s: int,
    b: int,
    m: int,
    known: bool,
    wanted: float,
    scratch: Scratch,
    valid: Any,
) -> Any:
    """Find play at the points that are ``valid``: log-odds in ``logits``, from those there if ``known``.

    Returns the responses computed, and the points left over, as lanes (1 where left over).
    """
    count, hard, opened = spread(0.0), first_lanes(0), valid
    if m == 1:
        store_all(scratch.logits, step.rows, 0.0)
        return count, count
    if not known:
        store_all(scratch.logits, step.rows * m, 0.0)
    choose(scratch.logits, step.rows, m, scratch.before)
    stage = -1 if known else 0
    while some(opened) and stage < _STAGES:
        warm = stage == -1
        last = warm or stage == _STAGES - 1
        share = 1.0 if warm else _RAMP[stage]
        tries = pursue(step, mover, s, b, m, share, wanted if last else max(wanted, LOOSE), scratch, opened)
        count = count + tries
        choose(scratch.logits, step.rows, m, scratch.plays)
        moved = spread(0.0)
        for n in range(step.rows * m):
            moved = largest(moved, size(load(scratch.plays, n * LANES) - load(scratch.before, n * LANES)))
        doubtful = opened & ((moved > FAR) | (tries > float(MOST_ITERATIONS)))
        if warm:
            opened = doubtful
            for n in range(step.rows * m):  # from uniform play
                store(scratch.logits, n * LANES, where(doubtful, spread(0.0), load(scratch.logits, n * LANES)))
            if some(opened):
                choose(scratch.logits, step.rows, m, scratch.before)
        else:
            hard = hard | doubtful
            for n in range(step.rows * m):
                store(scratch.before, n * LANES, load(scratch.plays, n * LANES))
        stage += 1
    if some(hard):
        tries, hard = _climb(step, mover, s, b, m, wanted, scratch, hard)
        count = count + tries
    return count, where(hard, spread(1.0), spread(0.0))


@compiled
def _climb(step: Step, mover: Mover, s: int, b: int, m: int, wanted: float, scratch: Scratch, opened: Any) -> Any:
    """Raise precision once more for the open points, in small steps: responses computed, and points left over.

    Where play turns over quickly but does not leap, small steps are enough; where it leaps, the branch is followed. A
    level that does not settle is passed over: at the end the residual tells.
    """
    count, lost = spread(0.0), first_lanes(0)
    for n in range(step.rows * m):
        store(scratch.logits, n * LANES, where(opened, spread(0.0), load(scratch.logits, n * LANES)))
    choose(scratch.logits, step.rows, m, scratch.before)
    for level in range(1, SMALL_STEPS + 1):
        there = wanted if level == SMALL_STEPS else max(wanted, LOOSE)
        tries = pursue(step, mover, s, b, m, level / SMALL_STEPS, there, scratch, opened)
        count = count + tries
        choose(scratch.logits, step.rows, m, scratch.plays)
        moved = spread(0.0)
        for n in range(step.rows * m):
            play = load(scratch.plays, n * LANES)
            moved = largest(moved, size(play - load(scratch.before, n * LANES)))
            store(scratch.before, n * LANES, play)
        leapt = opened & (moved > LEAP)
        lost = lost | leapt
        opened = opened & ~leapt
        if not some(opened):
            break
    return count, lost


@compiled
def store_all(array: Any, count: int, number: float) -> None:
    """Put a number into the first so many lanes."""
    for n in range(count):
        store(array, n * LANES, spread(number))


@compiled
def pursue(
    step: Step,
    mover: Mover,
    s: int,
    b: int,
    m: int,
    share: float,
    wanted: float,
    scratch: Scratch,
    opened: Any,
) -> Any:
    """Iterate until the open points settle or have taken too long; the responses computed for each."""
    tries, size_before = spread(0.0), spread(np.inf)
    first = True
    while some(opened):
        choose(scratch.logits, step.rows, m, scratch.plays)
        respond(step, mover, s, b, m, share, scratch)
        change_size, turned, along = spread(0.0), spread(1e-300), spread(0.0)
        for n in range(step.rows * m):
            change = load(scratch.payoff, n * LANES) - load(scratch.logits, n * LANES)
            change_size = largest(change_size, size(change))
            if not first:
                turn = change - load(scratch.change, n * LANES)
                turned = turned + turn * turn
                along = along + turn * change
        # How much of the last step to take back: what would leave the least change, if G were linear.
        back = spread(0.0)
        if not first:
            back = smallest(largest(along / turned, spread(-MOST_TAKEN_BACK)), spread(MOST_TAKEN_BACK))
            back = where(change_size > 2.0 * size_before, spread(0.0), back)
        for n in range(step.rows * m):
            place = n * LANES
            at = load(scratch.logits, place)
            change = load(scratch.payoff, place) - at
            onward = change
            if not first:
                onward = change - back * (at - load(scratch.tried, place) + change - load(scratch.change, place))
            store(scratch.tried, place, at)
            store(scratch.change, place, change)
            store(scratch.logits, place, where(opened, at + onward, at))
        # The last step is not tried out: it shrinks the change about as much as the step before it did.
        factor = largest(change_size / size_before, spread(SLOWEST))
        factor = where(change_size > LOOSE, spread(1.0), factor)
        settled = change_size * factor <= wanted
        going = (tries < float(MOST_ITERATIONS)) & ~settled
        tries = where(opened, tries + 1.0, tries)
        size_before = change_size
        opened = opened & going
        first = False
    return tries
