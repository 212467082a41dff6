"""The response of a mover at one point (a state and a belief), as one piece of the lattice continues it.

Here nothing is done eight at a time: points that are followed are few, and each walks its own way. Log-odds are [C, m]
over the m options that are open; as unknowns they are one vector of n = C m.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from longgame.compiled import shared

RAREST = 1e-290  # the least probability of an option that is available: beliefs after it can still be told from ratios


class Problem(NamedTuple):
    """What the mover faces at a point.

    ahead      [m, W, B] its own values after each option, at every lattice point
    pay        [m, W] what it is paid at once
    becomes    [m, W, W] how options change the world; [0, 0, 0]: not at all
    precision  [C] lambda
    belief     [W], and inside [W]: b(w | the mover's cell)
    cell       [W] the cell of each world
    signal     [m] of each option, and signals: how many there are
    resolution of the lattice
    """

    ahead: Any
    pay: Any
    becomes: Any
    precision: Any
    belief: Any
    inside: Any
    cell: Any
    signal: Any
    signals: int
    resolution: float


class Room(NamedTuple):
    """Room to work in.

    play      [C, m] and ``beliefs`` [Y, W] after it: what was looked at last; total [Y]: the chance of each signal
    response  [C, m] and change [n, C, m]: G, and how it changes with each of the unknowns
    weight    [Y, W] of the vertices of the piece
    corner    [Y, W - 1], order [Y, W - 1] and vertex [Y, W]: the piece that is followed, the simplex round the belief
              after each signal: its lowest vertex in cumulative steps of the lattice, the coordinates by falling
              fraction, and the indices of its vertices (``game/lattice.py``)
    system    [n, n + 2] linear equations with two right sides
    steps     [W - 1, W], had [W] and moved [W]: on the way to these
    """

    play: Any
    beliefs: Any
    total: Any
    response: Any
    change: Any
    weight: Any
    corner: Any
    order: Any
    vertex: Any
    system: Any
    steps: Any
    had: Any
    moved: Any


@shared
def room_for(point: Problem, z: Any) -> Room:
    """Room for a point and its log-odds."""
    signals, worlds, n = point.signals, len(point.belief), z.size
    return Room(
        np.empty_like(z),
        np.empty((signals, worlds)),
        np.empty(signals),
        np.empty_like(z),
        np.empty((n, *z.shape)),
        np.empty((signals, worlds)),
        np.empty((signals, worlds - 1)),
        np.empty((signals, worlds - 1), np.int64),
        np.empty((signals, worlds), np.int64),
        np.empty((n, n + 2)),
        np.empty((worlds - 1, worlds)),
        np.empty(worlds),
        np.empty(worlds),
    )


@shared
def most(z: Any, other: Any, tau: float) -> float:
    """The largest of |z - tau other|; not a number if one of them is none."""
    most = sick = 0.0
    for c in range(z.shape[0]):
        for i in range(z.shape[1]):
            miss = abs(z[c, i] - tau * other[c, i])
            most = max(most, miss)
            sick += miss * 0.0
    return most + sick


@shared
def choose(z: Any, play: Any) -> None:
    """The probabilities [C, m] of centred log-odds."""
    cells, m = z.shape
    for c in range(cells):
        top, total = z[c, 0], 0.0
        for i in range(1, m):
            top = max(top, z[c, i])
        for i in range(m):
            play[c, i] = np.exp(z[c, i] - top)
            total += play[c, i]
        for i in range(m):
            play[c, i] = max(play[c, i] / total, RAREST)


@shared
def look(point: Problem, room: Room, z: Any, anew: bool) -> None:
    """At log-odds z: the play, the beliefs after it, the response and its changes, as the piece in force continues it.

    anew  the piece is the one in which the beliefs lie
    """
    cells, m = z.shape
    worlds = len(point.belief)
    play, beliefs, total, change = room.play, room.beliefs, room.total, room.change
    choose(z, play)
    believe(point, room)
    if anew:
        enter(point, room)
    weigh(point, room)
    room.response[:] = 0.0
    change[:] = 0.0
    steps, had, moved = room.steps, room.had, room.moved
    for i in range(m):
        y = point.signal[i]
        vertex = room.vertex[y]
        for w in range(worlds):
            had[w] = 0.0
            for v in range(worlds):
                had[w] += room.weight[y, v] * point.ahead[i, w, vertex[v]]
            for n in range(worlds - 1):  # the slopes of the values along the coordinates
                steps[room.order[y, n], w] = point.ahead[i, w, vertex[n + 1]] - point.ahead[i, w, vertex[n]]
        _put(point, i, had, room.response)
        for w in range(worlds):
            room.response[point.cell[w], i] += point.inside[w] * point.pay[i, w]
        for c in range(cells if total[y] > 0.0 else 0):
            for k in range(m):
                moved[:] = 0.0  # how log-odds (c, k) move the mass of the signal
                for o in range(m):
                    if point.signal[o] == y:
                        turn = play[c, o] * ((1.0 if o == k else 0.0) - play[c, k])
                        for w in range(worlds):
                            if point.cell[w] == c:
                                add(point, moved, o, w, point.belief[w] * turn)
                lost = shift = 0.0
                for w in range(worlds):
                    lost += moved[w]
                had[:] = 0.0
                for j in range(worlds - 1):
                    shift += (moved[j] - lost * beliefs[y, j]) / total[y]
                    rise = shift * slope(point, room.corner[y, j])
                    for w in range(worlds):
                        had[w] += rise * steps[j, w]
                _put(point, i, had, change[c * m + k])
    _scale(point, room.response)
    for n in range(cells * m):
        _scale(point, change[n])


@shared
def believe(point: Problem, room: Room) -> None:
    """The beliefs after each signal when ``play`` is in force; the belief beforehand after one that nobody gives."""
    beliefs, total, worlds = room.beliefs, room.total, len(point.belief)
    beliefs[:] = 0.0
    for i in range(len(point.signal)):
        for w in range(worlds):
            add(point, beliefs[point.signal[i]], i, w, point.belief[w] * room.play[point.cell[w], i])
    for y in range(point.signals):
        total[y] = 0.0
        for w in range(worlds):
            total[y] += beliefs[y, w]
        for w in range(worlds):
            beliefs[y, w] = beliefs[y, w] / total[y] if total[y] > 0.0 else point.belief[w]


@shared
def weigh(point: Problem, room: Room) -> None:
    """The weights of the vertices round each belief, as the piece in force continues them."""
    count, share = len(point.belief) - 1, room.had
    for y in range(point.signals):
        so_far, above = 0.0, 1.0
        for j in range(count):
            so_far += room.beliefs[y, j]
            share[j] = min(max(so_far * point.resolution, 0.0), point.resolution) - room.corner[y, j]
        for n in range(count):
            room.weight[y, n] = above - share[room.order[y, n]]
            above = share[room.order[y, n]]
        room.weight[y, count] = above


@shared
def add(point: Problem, mass: Any, i: int, w: int, probability: float) -> None:
    """Add the probability of world w and option i to ``mass`` [W], in the worlds that come of it."""
    if point.becomes.shape[0] == 0:
        mass[w] += probability
    else:
        for v in range(len(mass)):
            mass[v] += probability * point.becomes[i, w, v]


@shared
def _put(point: Problem, i: int, ahead: Any, payoff: Any) -> None:
    """Add to ``payoff`` [C, m] what option i is worth in each cell, from values [W] after it."""
    worlds = len(ahead)
    for w in range(worlds):
        had = ahead[w]
        if point.becomes.shape[0] > 0:
            had = 0.0
            for v in range(worlds):
                had += point.becomes[i, w, v] * ahead[v]
        payoff[point.cell[w], i] += point.inside[w] * had


@shared
def _scale(point: Problem, payoff: Any) -> None:
    """Payoffs [C, m] to log-odds: centred, times lambda."""
    cells, m = payoff.shape
    for c in range(cells):
        mean = 0.0
        for i in range(m):
            mean += payoff[c, i] / m
        for i in range(m):
            payoff[c, i] = point.precision[c] * (payoff[c, i] - mean)


@shared
def slope(point: Problem, corner: float) -> float:
    """By how many steps of the lattice a coordinate rises with the sum of beliefs, in the cell above a corner."""
    return point.resolution


@shared
def enter(point: Problem, room: Room) -> None:
    """The piece in which the beliefs lie is followed from here on."""
    count = len(point.belief) - 1
    for y in range(point.signals):
        corner, order, vertex, key = room.corner[y], room.order[y], room.vertex[y], room.had
        total = 0.0
        vertex[0] = 0
        for j in range(count):
            total += room.beliefs[y, j]
            at = min(max(total * point.resolution, 0.0), point.resolution)
            corner[j] = np.floor(at)
            key[j] = at - corner[j]
            n = j
            while n > 0 and key[order[n - 1]] <= key[j]:  # equal fractions by falling position
                order[n] = order[n - 1]
                n -= 1
            order[n] = j
            vertex[0] += _binomial(int(corner[j]) + j, j + 1)
        for n in range(count):
            vertex[n + 1] = vertex[n] + _binomial(int(corner[order[n]]) + order[n], order[n])
        for n in range(count + 1):  # a vertex outside the lattice has weight 0; any point will do for it
            vertex[n] = min(vertex[n], point.ahead.shape[-1] - 1)


@shared
def _binomial(n: int, k: int) -> int:
    found = 1
    for i in range(k):
        found = found * (n - i) // (i + 1)
    return found


@shared
def newton(room: Room, z: Any, tau: float) -> float:
    """J^-1 (z - tau G) and J^-1 G, into the last two columns of ``system``; the sign of det J, for J = I - tau dG/dz.

    Gauss's elimination, with pivots.
    """
    n, m, system = z.size, z.shape[1], room.system
    for i in range(n):
        c, a = i // m, i % m
        for j in range(n):
            system[i, j] = (1.0 if i == j else 0.0) - tau * room.change[j, c, a]
        system[i, n], system[i, n + 1] = z[c, a] - tau * room.response[c, a], room.response[c, a]
    sign = 1.0
    for i in range(n):
        pivot = i
        for j in range(i + 1, n):
            if abs(system[j, i]) > abs(system[pivot, i]):
                pivot = j
        if pivot != i:
            sign = -sign
            for j in range(n + 2):
                system[i, j], system[pivot, j] = system[pivot, j], system[i, j]
        sign = sign if system[i, i] > 0.0 else -sign if system[i, i] < 0.0 else 0.0
        for j in range(i + 1, n):
            factor = system[j, i] / system[i, i]
            for k in range(i + 1, n + 2):
                system[j, k] -= factor * system[i, k]
    for i in range(n - 1, -1, -1):
        for k in (n, n + 1):
            for j in range(i + 1, n):
                system[i, k] -= system[i, j] * system[j, k]
            system[i, k] /= system[i, i]
    return sign
