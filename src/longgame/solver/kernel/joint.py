"""Play where several choose at the same time, at every state and belief: the program behind ``solver/joint.py``.

The mathematics (method.md, section 3; docs/method.md):

1. Log-odds. Side i plays sigma_i(. | c) = softmax z(i, c, .) over its open options. A profile y is what all choose; in
   world w it comes with probability pi(y | w), the product over sides of sigma_i(y_i | c_i(w)).
2. Belief. All see the profile: b'(w | y) is proportional to b(w) pi(y | w).
3. Response. Q(i, c, a) = sum over w in c of b(w | c), and over y with y_i = a, of pi(y | w) / sigma_i(a | c) times
   { r_i(s, y, w) + V_y(w, b'(y)) }, and G(z)(i, c, a) = lambda_i(c) (Q(i, c, a) - its mean over a). Equilibrium is
   z = G(z), jointly for all sides and cells.
4. Branch. From z = 0 along the zeros of z - tau G(z), as ``branch.py`` walks for one mover: from each state and belief
   by itself, as several equilibria are the rule where sides gain by agreeing.

All log-odds of a point are one vector [1, n] of unknowns: by row (a side and a cell), and by own open option.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from longgame.compiled import program, shared
from longgame.solver.kernel.branch import climber, polisher, walker
from longgame.solver.kernel.memory import places_at, pointer_at
from longgame.solver.kernel.numbers import StepNumbers
from longgame.solver.kernel.response import RAREST, Room, enter, most, room_for, slope, weigh


class Sides(NamedTuple):
    """Who chooses at a step, at all states [X] and lattice points [B]; n sides, R rows (a side and a cell).

    movers     [n] actors; taken [A, n] the own option of each side in each profile; options [n] how many it has
    row        [n, W] the row of each world; owner [R] the side of each row
    precision  [X, R] lambda
    belief     [B, W], and inside [n, B, W]: b(w | the side's cell); resolution of the lattice
    joined     [W] the row of play of each world, where all rows of play are [C, A]; actors N
    """

    movers: Any
    taken: Any
    options: Any
    row: Any
    owner: Any
    precision: Any
    belief: Any
    inside: Any
    resolution: float
    joined: Any
    actors: int


class JointPoint(NamedTuple):
    """What the sides face at a point, with m open profiles.

    ahead      [m, n, W, B] each side's own values after each profile, at every lattice point
    pay        [m, n, W] what it is paid at once
    slot       [m, n] its own option, counted among those that are open
    first      [R + 1] the first unknown of each row
    row, owner, precision [R], belief [W], inside [n, W], resolution: as in ``Sides``
    moves      the public belief can move; at: where it stands if it cannot
    signals    m
    had        [m, n, W] and tilt [m, n, W, W - 1]: room for what is to be had after each profile, and its slopes by the
               cumulative coordinates of the belief; joint [m, W]: room for pi
    """

    ahead: Any
    pay: Any
    slot: Any
    first: Any
    row: Any
    owner: Any
    precision: Any
    belief: Any
    inside: Any
    resolution: float
    moves: bool
    at: int
    signals: int
    had: Any
    tilt: Any
    joint: Any


@shared
def face(numbers: StepNumbers, sides: Sides, following: Any, s: int, open_: Any, size: int) -> JointPoint:
    """What the sides face in a state."""
    n, worlds = sides.row.shape
    m, R = open_.size, sides.owner.size
    slot, most_options = np.empty((m, n), np.int64), 0
    for i in range(n):
        most_options = max(most_options, sides.options[i])
    place = np.full((n, most_options), -1)
    count = np.zeros(n, np.int64)
    for i in range(n):
        for own in range(sides.options[i]):
            for o in range(m):
                if sides.taken[open_[o], i] == own:
                    if place[i, own] < 0:
                        place[i, own] = count[i]
                        count[i] += 1
                    slot[o, i] = place[i, own]
    first = np.zeros(R + 1, np.int64)
    for r in range(R):
        first[r + 1] = first[r] + count[sides.owner[r]]
    ahead, pay = np.zeros((m, n, worlds, size)), np.zeros((m, n, worlds))
    own_size = worlds * size
    each = sides.actors * own_size  # numbers in a row of values
    for o in range(m):
        a = open_[o]
        f = numbers.after[a]
        values, row = pointer_at(following[f, 0]), places_at(following[f, 1])
        for lot in range(1 if numbers.stays[a] else numbers.weight.shape[2]):
            weight = 1.0 if numbers.stays[a] else numbers.weight[s, a, lot]
            end = s if numbers.stays[a] else numbers.successor[s, a, lot]
            if weight == 0.0:
                continue
            for i in range(n):
                start = row[end] * each + sides.movers[i] * own_size
                for w in range(worlds):
                    for b in range(size):
                        ahead[o, i, w, b] += weight * values[start + w * size + b]
        for i in range(n):
            for w in range(worlds if numbers.pay.size > 0 else 0):
                pay[o, i, w] = numbers.pay[s, a, sides.movers[i], w]
    return JointPoint(
        ahead, pay, slot, first, sides.row, sides.owner, sides.precision[s], sides.belief[0], sides.inside[:, 0],
        sides.resolution, numbers.moves, 0, m, np.empty((m, n, worlds)), np.empty((m, n, worlds, worlds - 1)),
        np.empty((m, worlds)),
    )  # fmt: skip


@shared
def stand(point: JointPoint, sides: Sides, s: int, b: int) -> JointPoint:
    """The same at a lattice point."""
    return JointPoint(
        point.ahead, point.pay, point.slot, point.first, point.row, point.owner, point.precision, sides.belief[b],
        sides.inside[:, b], point.resolution, point.moves, b, point.signals, point.had, point.tilt, point.joint,
    )  # fmt: skip


@shared
def look_joint(point: Any, room: Room, z: Any, anew: bool) -> None:
    """At log-odds z: play, beliefs, the response of all sides and its changes, as the piece in force continues it."""
    choose_all(point, z, room.play)
    believe_all(point, room)
    if point.moves:
        if anew:
            enter(point, room)
        weigh(point, room)
    else:
        room.weight[:] = 0.0
    _had_after(point, room)
    m, n, worlds = point.had.shape
    response, change, play = room.response[0], room.change[:, 0], room.play[0]
    response[:] = 0.0
    change[:] = 0.0
    for y in range(m):
        for w in range(worlds):
            for i in range(n):
                r = point.row[i, w]
                u = point.first[r] + point.slot[y, i]
                others = point.inside[i, w]
                for j in range(n):
                    if j != i:
                        others *= play[point.first[point.row[j, w]] + point.slot[y, j]]
                worth = others * point.had[y, i, w]
                response[u] += worth
                for j in range(n):
                    q = point.row[j, w]
                    for v in range(point.first[q], point.first[q + 1] if j != i else point.first[q]):
                        same = 1.0 if v == point.first[q] + point.slot[y, j] else 0.0
                        change[v, u] += worth * (same - play[v])
                if point.moves:
                    _moved_by_belief(point, room, y, i, w, u, others)
    _centre(point, response)
    for v in range(point.first[-1]):
        _centre(point, change[v])


@shared
def _moved_by_belief(point: Any, room: Room, y: int, i: int, w: int, u: int, others: float) -> None:
    """How what side i is to have after a profile moves with all log-odds, by way of the belief there."""
    if not room.total[y] > 0.0:
        return
    worlds = point.row.shape[1]
    play, change, beliefs = room.play[0], room.change[:, 0], room.beliefs
    for r in range(point.owner.size):
        j = point.owner[r]
        inside_row = 0.0  # the belief after the profile that the row's worlds have
        for v in range(worlds):
            if point.row[j, v] == r:
                inside_row += beliefs[y, v]
        so_far = own = gain = 0.0  # with the mass of the row's worlds alone, by one in logits
        for x in range(worlds - 1):
            so_far += beliefs[y, x]
            if point.row[j, x] == r:
                own += beliefs[y, x]
            gain += (own - so_far * inside_row) * slope(point, room.corner[y, x]) * point.tilt[y, i, w, x]
        if gain != 0.0:
            for v in range(point.first[r], point.first[r + 1]):
                same = 1.0 if v == point.first[r] + point.slot[y, j] else 0.0
                change[v, u] += others * gain * (same - play[v])


@shared
def choose_all(point: JointPoint, z: Any, play: Any) -> None:
    """The probabilities [1, n] of centred log-odds, row by row."""
    for r in range(point.owner.size):
        first, last = point.first[r], point.first[r + 1]
        top, total = z[0, first], 0.0
        for u in range(first, last):
            top = max(top, z[0, u])
        for u in range(first, last):
            play[0, u] = np.exp(z[0, u] - top)
            total += play[0, u]
        for u in range(first, last):
            play[0, u] = max(play[0, u] / total, RAREST)


@shared
def believe_all(point: JointPoint, room: Room) -> None:
    """pi, and the beliefs after each profile when ``play`` is in force."""
    m, n, worlds = point.had.shape
    for y in range(m):
        room.total[y] = 0.0
        for w in range(worlds):
            chance = 1.0
            for i in range(n):
                chance *= room.play[0, point.first[point.row[i, w]] + point.slot[y, i]]
            point.joint[y, w] = chance
            room.beliefs[y, w] = point.belief[w] * chance
            room.total[y] += room.beliefs[y, w]
        for w in range(worlds):
            some = room.total[y] > 0.0
            room.beliefs[y, w] = room.beliefs[y, w] / room.total[y] if some else point.belief[w]


@shared
def _had_after(point: JointPoint, room: Room) -> None:
    """What each side is to have after each profile, with its pay, and its slopes by the belief."""
    m, n, worlds = point.had.shape
    for y in range(m):
        for i in range(n):
            for w in range(worlds):
                total = point.pay[y, i, w]
                if point.moves:
                    for v in range(worlds):
                        total += room.weight[y, v] * point.ahead[y, i, w, room.vertex[y, v]]
                    for x in range(worlds - 1):
                        rise = point.ahead[y, i, w, room.vertex[y, x + 1]] - point.ahead[y, i, w, room.vertex[y, x]]
                        point.tilt[y, i, w, room.order[y, x]] = rise
                else:
                    total += point.ahead[y, i, w, point.at]
                point.had[y, i, w] = total


@shared
def _centre(point: JointPoint, payoff: Any) -> None:
    """Payoffs [n] to log-odds, row by row: centred, times lambda."""
    for r in range(point.owner.size):
        first, last = point.first[r], point.first[r + 1]
        mean = 0.0
        for u in range(first, last):
            mean += payoff[u] / (last - first)
        for u in range(first, last):
            payoff[u] = point.precision[r] * (payoff[u] - mean)


@shared
def moved_by_response(point: JointPoint, room: Room, z: Any) -> float:
    """The largest change of a choice probability under the response to log-odds z, whose play is left in ``room``."""
    look_joint(point, room, z, True)
    before = room.play.copy()
    choose_all(point, room.response, room.play)
    moved = most(before, room.play, 1.0)
    room.play[:] = before
    return moved


@shared
def read_odds(point: JointPoint, sides: Sides, plays: Any, s: int, b: int, open_: Any, z: Any) -> None:
    """The log-odds [1, n] of play in rows of profiles; those of options that are not known there are 0."""
    z[:] = 0.0
    m, n = point.slot.shape
    for i in range(n):
        for w in range(point.belief.size):
            r = point.row[i, w]
            first, last = point.first[r], point.first[r + 1]
            mean, known = 0.0, True
            for u in range(first, last):
                chance = 0.0
                for o in range(m):
                    if first + point.slot[o, i] == u:
                        chance += plays[s, sides.joined[w], open_[o], b]
                known = known and chance > 0.0
                z[0, u] = np.log(chance) if chance > 0.0 else 0.0
                mean += z[0, u] / (last - first)
            for u in range(first, last):
                z[0, u] = z[0, u] - mean if known else 0.0


@shared
def put_play(point: JointPoint, sides: Sides, room: Room, s: int, b: int, open_: Any, play: Any) -> None:
    """Play as rows of profiles: where sides know different things, a row is what all of them know together."""
    for c in range(play.shape[1]):
        for a in range(play.shape[2]):
            play[s, c, a, b] = 0.0
    for w in range(point.belief.size):
        for o in range(open_.size):
            play[s, sides.joined[w], open_[o], b] = point.joint[o, w]


_climb, _walk, _polish = climber(look_joint), walker(look_joint), polisher(look_joint)


@program
def solve_joint(
    numbers: StepNumbers,
    sides: Sides,
    following: Any,
    near: Any,
    stay: bool,
    tolerance: float,
    most_turns: int,
    at: Any,
    play: Any,
    residual: Any,
    responses: Any,
    turned: Any,
) -> None:
    """Play at some states, put into the last four arrays.

    following  [F, 2] addresses of the values that options lead to, and of the row of each state
    near       [X', C, A, B] play from which Newton's method starts where the branch is lost; first of all, if ``stay``
    at         [k] the states
    play       [X, C, A, B]; residual, responses and turned [X, B]
    """
    size = sides.belief.shape[0]
    for k in range(at.size):
        s = at[k]
        open_ = np.flatnonzero(numbers.allowed[s])
        point: Any = face(numbers, sides, following, s, open_, size)
        z = np.zeros((1, point.first[-1]))
        room = room_for(point, z)
        wanted = max(0.1 * tolerance, 1e-13 * np.abs(point.ahead).max() * point.precision.max())
        for b in range(size):
            point = stand(point, sides, s, b)
            turns, turns_back, arrived = 0, False, False
            if stay:
                read_odds(point, sides, near, s % near.shape[0], b, open_, z)
                turns = _polish(point, room, z, wanted)
                arrived = moved_by_response(point, room, z) <= tolerance
            if not arrived:
                more, arrived = _climb(point, room, z, wanted)
                turns += more
            if not arrived:
                z[:] = 0.0
                more, turns_back, arrived = _walk(point, room, z, wanted, most_turns)
                turns += more
            if not arrived:
                read_odds(point, sides, near, s % near.shape[0], b, open_, z)
                turns += _polish(point, room, z, wanted)
                turns_back = True
            residual[s, b] = moved_by_response(point, room, z)
            responses[s, b] = turns
            turned[s, b] = turns_back
            put_play(point, sides, room, s, b, open_, play)
