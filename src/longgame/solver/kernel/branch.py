"""Following the principal branch at one point (a state and a belief): the program of ``solver/branch.py``.

Log-odds are [C, m] over the m options that are open, as in ``response.py``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from longgame.compiled import program, shared
from longgame.solver.kernel.response import Problem, Room, choose, enter, look, most, newton, room_for

FIRST, LONGEST, SHORTEST = 0.25, 2.0, 1e-7  # lengths of a step, in logits
ON_THE_WAY = 1e-9  # how near to the curve, in logits
BEYOND = 1e-7  # how far beyond a facet a piece may be followed, as a weight of a vertex
ROUNDING = 1e-13  # of such weights
CORRECTIONS = 8  # Newton steps before a step is called too long
POLISHES = 60  # Newton steps where there is no step to shorten
MOST_TURNS = 20_000
POWERS = 30  # rounds of the power method
STRIDE, OFF, LEAST_CLIMB, MOST_CLIMBED = 0.5, 0.05, 1 / 256, 400  # of a climb: logits, logits, of tau, responses
STRAIGHT, SHORT = 0.5, 1e-4  # least cosine between tangents at the ends of a step, unless it is as short as this


@shared
def _kept(inside: Any, weight: Any) -> float:
    """The part of a step that ends just beyond the facet that it crossed, by false position."""
    kept = 1.0
    for y in range(weight.shape[0]):
        for v in range(weight.shape[1]):
            if weight[y, v] < -BEYOND:
                kept = min(kept, (inside[y, v] + 0.5 * BEYOND) / (inside[y, v] - weight[y, v]))
    return kept


def walker(look: Any) -> Any:
    """The walk along the branch, for points whose response ``look`` works out as ``response.look`` does."""

    @shared
    def walk(point: Any, room: Room, z: Any, wanted: float, most_turns: int) -> tuple[int, bool, bool]:
        """From uniform play along the branch, to log-odds z; the responses computed, whether it turned, and arrived."""
        n = z.size
        near = max(wanted, ON_THE_WAY)
        tau, base_tau, slope_tau = 0.0, 0.0, 1.0
        base, slope = z.copy(), np.zeros_like(z)  # the last point of the curve that was reached, and the tangent there
        inside = room.weight.copy()  # the weights of the vertices there
        at, to, tangent = z.reshape(n), base.reshape(n), slope.reshape(n)
        back, ahead = room.system[:, n], room.system[:, n + 1]
        stride, reach, tries = FIRST, FIRST, 0
        enters, final, turned = True, False, False  # a new piece begins here; tau is held at 1; det J has been negative
        for turn in range(1, most_turns + 1):
            if final:  # the walk goes on in its piece if this is not the end
                corner, order, vertex = room.corner.copy(), room.order.copy(), room.vertex.copy()
                look(point, room, z, True)
                if most(z, room.response, 1.0) <= wanted:
                    return turn, turned, True
                room.corner[:], room.order[:], room.vertex[:] = corner, order, vertex
            look(point, room, z, turn == 1)
            size = most(z, room.response, tau)
            sign = newton(room, z, tau)
            least = 0.0
            for y in range(point.signals):
                for v in range(len(point.belief)):
                    least = min(least, room.weight[y, v])
            gone = ahead_ahead = slope_ahead = slope_back = 0.0
            for i in range(n):
                gone += (at[i] - to[i]) ** 2
                ahead_ahead += ahead[i] * ahead[i]
                slope_ahead += tangent[i] * ahead[i]
                slope_back += tangent[i] * back[i]
            # What became of the step: out of its piece, and to be shortened; failed, and to be halved; at the beginning
            # of the next piece; on the curve; or still to be corrected.
            settled = size <= (wanted if final else near)
            out = settled and not enters and least < -BEYOND
            strayed = not np.isfinite(size) or (not final and np.sqrt(gone) > 3.0 * reach + 0.1)
            failed = not settled and not enters and (strayed or tries >= CORRECTIONS)
            if settled and not enters and not out and reach > SHORT:  # it may have landed on a branch that comes near
                failed = sign * (slope_tau + slope_ahead) < STRAIGHT * np.sqrt(ahead_ahead + 1.0)
            crosses = settled and not failed and not out and not enters and (least < -ROUNDING or final)
            there = enters or (settled and not failed and not out and not crosses)
            if there:  # the tangent, and the length of the next step
                slope_tau = sign / np.sqrt(ahead_ahead + 1.0)
                base_tau = tau
                for i in range(n):
                    to[i], tangent[i] = at[i], slope_tau * ahead[i]
                inside[:] = room.weight
                turned = turned or sign < 0.0
                if not enters:
                    stride = min(stride * (1.6 if tries <= 3 else 1.0 if tries <= 5 else 0.6), LONGEST)
            elif failed:
                stride = 0.5 * reach
                if stride < SHORTEST:
                    return turn, turned, False
            if there or out or failed:
                reach = reach * _kept(inside, room.weight) if out else stride
                final = slope_tau > 0.0 and base_tau + reach * slope_tau >= 1.0
                if final:
                    reach = (1.0 - base_tau) / slope_tau
                for i in range(n):
                    at[i] = to[i] + reach * tangent[i]
                tau = 1.0 if final else base_tau + reach * slope_tau
                tries = 0
            else:
                if crosses:
                    enter(point, room)
                else:  # one Newton step back to the curve, at a right angle to the tangent
                    across = slope_ahead + slope_tau
                    shift = 0.0 if final else slope_back / (1.0 if across == 0.0 else across)
                    for i in range(n):
                        at[i] += shift * ahead[i] - back[i]
                    tau += shift
                tries += 1
            enters = crosses
        return most_turns, turned, False

    return walk


def climber(look: Any) -> Any:
    """The branch where it is all but straight, by steps of tau alone and without a halt at kinks, for the same."""

    @shared
    def climb(point: Any, room: Room, z: Any, wanted: float) -> tuple[int, bool]:
        """From uniform play to log-odds z; the responses computed, and whether it arrived.

        It gives up where det J is not positive, and where steps that land near where the tangent led, with a tangent
        much like it, would be short: what is left is for the walk.
        """
        n = z.size
        base, slope = np.zeros(n), np.zeros(n)
        at, back, ahead = z.reshape(n), room.system[:, n], room.system[:, n + 1]
        tau, stride, looks = 0.0, 0.0, 0
        while looks < MOST_CLIMBED:
            at[:] = base + stride * slope
            final, found = tau + stride >= 1.0 - ROUNDING, False
            there = 1.0 if final else tau + stride
            for _ in range(CORRECTIONS):
                look(point, room, z, True)
                looks += 1
                size = most(z, room.response, there)
                sign = newton(room, z, there)
                if size <= (wanted if final else ON_THE_WAY):
                    found = sign > 0.0
                    break
                if not np.isfinite(size):
                    break
                for i in range(n):
                    at[i] -= back[i]
            off = top = along = new = old = 0.0
            for i in range(n):
                off = max(off, abs(at[i] - base[i] - stride * slope[i]))
                top = max(top, abs(ahead[i]))
                along += ahead[i] * slope[i]
                new += ahead[i] * ahead[i]
                old += slope[i] * slope[i]
            turned = stride > 0.0 and along + 1.0 < STRAIGHT * np.sqrt((new + 1.0) * (old + 1.0))
            if found and off <= OFF and not turned:
                if final:
                    return looks, True
                tau = there
                base[:], slope[:] = at, ahead
                stride = min(1.0 - tau, STRIDE / max(top, STRIDE))
            else:
                stride *= 0.5
                if stride < LEAST_CLIMB:
                    break
        return looks, False

    return climb


def polisher(look: Any) -> Any:
    """Newton's method, for the same."""

    @shared
    def polish(point: Any, room: Room, z: Any, wanted: float) -> int:
        """Newton's method at the full precision; the steps made."""
        n = z.size
        at = z.reshape(n)
        for step in range(POLISHES):
            look(point, room, z, True)
            newton(room, z, 1.0)
            total = 0.0
            for i in range(n):
                total += room.system[i, n]
            if most(z, room.response, 1.0) <= wanted or not np.isfinite(total):
                return step
            for i in range(n):
                at[i] -= room.system[i, n]
        return POLISHES

    return polish


_walk, _polish = walker(look), polisher(look)


@program
def follow_branch(
    point: Problem, logits: Any, play: Any, wanted: float, tolerance: float, most_turns: int
) -> tuple[float, int, bool]:
    """Solve a point: its play is put into ``play`` [C, m].

    logits     [C, m] where iteration left the point
    wanted     the residual that is asked of log-odds; tolerance: that of probabilities
    most_turns responses after which the branch counts as lost
    Returns the largest change of a probability under the response, how many responses were computed, and whether the
    branch turned back on its way.
    """
    room = room_for(point, logits)
    found = np.zeros_like(logits)
    turns, turned, arrived = _walk(point, room, found, wanted, most_turns)
    if not arrived:
        found[:] = logits
        turns += _polish(point, room, found, wanted)
    look(point, room, found, True)
    play[:] = room.play
    found[:] = room.response
    choose(found, room.play)
    moved = most(play, room.play, 1.0)
    return moved, turns, turned or (not arrived and moved <= tolerance)


@program
def settle_near(point: Problem, logits: Any, play: Any, wanted: float) -> float:
    """Newton's method at the full precision from logits [C, m], into ``play`` [C, m]; returns as ``follow_branch``."""
    room, found = room_for(point, logits), logits.copy()
    _polish(point, room, found, wanted)
    look(point, room, found, True)
    play[:] = room.play
    found[:] = room.response
    choose(found, room.play)
    return most(play, room.play, 1.0)


@program
def is_unstable(point: Problem, logits: Any) -> bool:
    """Whether responses lead away from an equilibrium [C, m]: the spectral radius of dG/dz there is above one.

    By the power method from a direction that no symmetry of a game has.
    """
    room, n = room_for(point, logits), logits.size
    look(point, room, logits, True)
    change = room.change.reshape(n, n)  # of a row's log-odds
    along, after = np.empty(n), np.empty(n)
    for i in range(n):
        along[i] = np.sin(1.0 + 7.3 * i)
    growth = 0.0
    for _ in range(POWERS):
        after[:] = 0.0
        for k in range(n):
            for i in range(n):
                after[i] += along[k] * change[k, i]
        growth = np.sqrt((after * after).sum() / max((along * along).sum(), 1e-300))
        if growth < 1e-12:
            return False
        for i in range(n):
            along[i] = after[i] / growth
    return growth > 1.0
