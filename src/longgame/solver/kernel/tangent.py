"""The derivatives of a step along V directions, at play that was found: the program behind ``solver/tangent.py``.

At each state and belief, with z the log-odds of play, x(a | w) play or odds, and a dot for the slope along a direction:

1. Looking ahead, V_a moves with the values after the step and with the lottery.
2. Belief. The joint probability of a signal and a world moves with x and with P_a; the belief after it by
   (mass' - belief * total') / total; what is to be had there by the slopes of the values on the simplex of the lattice
   in which the belief lies.
3. Choice. G' at fixed play from 1 and 2; then z' = (I - dG/dz)^-1 G', with dG/dz from ``response.py``.
4. Values. U' = sum over a of x' { pay + ... } + x { pay' + ... }, for all actors.

Directions come last in every array: what is done to one is done to all of them in the innermost loop.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from longgame.compiled import program, shared
from longgame.solver.kernel.numbers import StepNumbers
from longgame.solver.kernel.response import Problem, Room, believe, enter, look, room_for, slope, weigh
from longgame.solver.kernel.slopes import Points, Slopes, Work, log_odds, look_ahead, of_mover, work_for


@program
def move_tangents(
    numbers: StepNumbers,
    slopes: Slopes,
    points: Points,
    actor: int,
    precision: Any,
    following: Any,
    circular: bool,
    tastes: bool,
    plays: Any,
    at: Any,
    to: Any,
    turned: Any,
    values: Any,
) -> None:
    """The slopes of play and of the values before a step at some states, put into the last two arrays.

    actor      who chooses; precision [X, C] lambda of its cells; of a chance step anything
    following  [F, 4] addresses of the values that options lead to, of the rows of each state, and the same of slopes
    plays      [X, C, A, B]; at a chance step anything of four axes
    at, to     [n] the states, and the rows for the slopes of their values
    turned     [X, C, A, B, V] slopes of play; values [R, N, W, B, V]
    """
    size, worlds = points.belief.shape
    actors, directions = values.shape[1], values.shape[4]
    for n in range(at.size):
        s = at[n]
        work = work_for(numbers, s, actors, worlds, size, directions)
        look_ahead(numbers, slopes, following, s, work)
        m = work.open.size
        for o in range(m):
            for w in range(worlds):
                for b in range(size):
                    work.own[o, w, b] = work.ahead[o, max(actor, 0), w, b]
        pay, becomes, signal = of_mover(numbers, s, work.open, max(actor, 0), worlds)
        z = np.zeros((numbers.rows, m))
        room = room_for(problem_at(numbers, points, work, pay, becomes, signal, precision[s], 0), z)
        for b in range(size):
            point = problem_at(numbers, points, work, pay, becomes, signal, precision[s], b)
            work.turn[:] = 0.0
            if numbers.chance:
                for o in range(m):
                    for w in range(worlds):
                        room.play[w, o] = numbers.odds[s, work.open[o], w]
                        for v in range(directions):
                            work.turn[w, o, v] = slopes.odds[s, work.open[o], w, v]
            else:
                log_odds(plays, s, b, work.open, z, room.play)
            if numbers.moves:
                hear(numbers, point, room, work, z, circular)
                had_between(point, room, work)
            else:
                had_at(b, work)
            if not numbers.chance:
                gain(numbers, slopes, point, room, work, s, actor, actor + 1)
                _choose(slopes, point, room, work, s, actor, circular)
                for c in range(numbers.rows):
                    for o in range(m):
                        for v in range(directions):
                            turned[s, c, work.open[o], b, v] = work.turn[c, o, v]
            gain(numbers, slopes, point, room, work, s, 0, actors)
            put(point, room, work, to[n], b, values)
            if tastes:
                _put_taste(slopes, point, room, work, s, actor, to[n], b, values)


@shared
def problem_at(
    numbers: StepNumbers, points: Points, work: Work, pay: Any, becomes: Any, signal: Any, precision: Any, b: int
) -> Problem:
    """What the mover faces at a point of the lattice."""
    belief, inside = points.belief[b], points.inside[b]
    return Problem(
        work.own, pay, becomes, precision, belief, inside, numbers.row, signal, numbers.signals, points.resolution
    )


@shared
def hear(numbers: StepNumbers, point: Problem, room: Room, work: Work, z: Any, circular: bool) -> None:
    """The beliefs after each signal and the simplex in which each lies; of a circular choice also dG/dz."""
    worlds = len(point.belief)
    for y in range(point.signals):
        for w in range(worlds):
            work.prior[y, w] = point.belief[w]
    if circular:
        look(point, room, z, True)
        return
    believe(point, room)
    for y in range(point.signals if numbers.chance else 0):
        if not room.total[y] > 0.0:  # nobody who is thought possible could have said this, so all are thought possible
            work.prior[y] = 1.0
            room.beliefs[y] = 0.0
            for o in range(len(point.signal)):
                if point.signal[o] == y:
                    for w in range(worlds):
                        for v in range(worlds):
                            room.beliefs[y, v] += room.play[w, o] * _becomes(point, o, w, v)
            room.total[y] = room.beliefs[y].sum()
            for v in range(worlds):
                room.beliefs[y, v] = room.beliefs[y, v] / room.total[y] if room.total[y] > 0.0 else point.belief[v]
    enter(point, room)
    weigh(point, room)


@shared
def _becomes(point: Problem, o: int, w: int, v: int) -> float:
    """P_a(v | w) of the o-th open option."""
    if point.becomes.shape[0] > 0:
        return point.becomes[o, w, v]
    return 1.0 if w == v else 0.0


@shared
def had_between(point: Problem, room: Room, work: Work) -> None:
    """What is to be had at the beliefs after each option, its slopes there, and by the belief."""
    m, actors, worlds, directions = work.grown.shape
    work.grown[:] = 0.0
    work.had[:] = 0.0
    for o in range(m):
        y = point.signal[o]
        for e in range(actors):
            for w in range(worlds):
                for n in range(worlds):
                    b, weight = room.vertex[y, n], room.weight[y, n]
                    work.had[o, e, w] += weight * work.ahead[o, e, w, b]
                    for v in range(directions):
                        work.grown[o, e, w, v] += weight * work.slopes[o, e, w, b, v]
                for n in range(worlds - 1):
                    work.tilt[o, e, w, room.order[y, n]] = (
                        work.ahead[o, e, w, room.vertex[y, n + 1]] - work.ahead[o, e, w, room.vertex[y, n]]
                    )


@shared
def had_at(b: int, work: Work) -> None:
    """The same where the belief stands still."""
    m, actors, worlds, directions = work.grown.shape
    for o in range(m):
        for e in range(actors):
            for w in range(worlds):
                work.had[o, e, w] = work.ahead[o, e, w, b]
                for v in range(directions):
                    work.grown[o, e, w, v] = work.slopes[o, e, w, b, v]


@shared
def gain(
    numbers: StepNumbers, slopes: Slopes, point: Problem, room: Room, work: Work, s: int, first: int, last: int
) -> None:
    """2 and the braces of 4: ``worth`` and ``gain`` for the actors from the first on, as play turns by ``turn``."""
    m, _, worlds, directions = work.grown.shape
    changing = numbers.becomes.size > 0
    if numbers.moves:
        _shift(numbers, slopes, point, room, work, s)
    for o in range(m):
        a, y = work.open[o], point.signal[o]
        for e in range(first, last):
            for w in range(worlds):
                worth, gain = 0.0, work.gain[o, e, w]
                gain[:] = 0.0
                for u in range(worlds):  # the world that comes of w
                    chance = _becomes(point, o, w, u)
                    worth += chance * work.had[o, e, u]
                    if chance != 0.0:
                        for v in range(directions):
                            gain[v] += chance * work.grown[o, e, u, v]
                        for j in range(worlds - 1 if numbers.moves else 0):
                            tilt = chance * work.tilt[o, e, u, j]
                            for v in range(directions):
                                gain[v] += tilt * work.shift[y, j, v]
                    if changing:
                        for v in range(directions):
                            gain[v] += slopes.becomes[s, a, w, u, v] * work.had[o, e, u]
                if numbers.pay.size > 0:
                    worth += numbers.pay[s, a, e, w]
                    for v in range(directions):
                        gain[v] += slopes.pay[s, a, e, w, v]
                work.worth[o, e, w] = worth


@shared
def _shift(numbers: StepNumbers, slopes: Slopes, point: Problem, room: Room, work: Work, s: int) -> None:
    """2. How the cumulative coordinates of the beliefs after each signal move."""
    worlds, directions = work.mass.shape
    changing = numbers.becomes.size > 0
    work.shift[:] = 0.0
    for y in range(point.signals):
        if not room.total[y] > 0.0:
            continue
        mass = work.mass
        mass[:] = 0.0
        for o in range(len(point.signal)):
            if point.signal[o] != y:
                continue
            for w in range(worlds):
                c, held = point.cell[w], work.prior[y, w]
                for u in range(worlds):
                    chance = held * _becomes(point, o, w, u)
                    if chance != 0.0:
                        for v in range(directions):
                            mass[u, v] += chance * work.turn[c, o, v]
                    if changing:
                        taken = held * room.play[c, o]
                        for v in range(directions):
                            mass[u, v] += taken * slopes.becomes[s, work.open[o], w, u, v]
        so_far = 0.0
        for j in range(worlds - 1):
            so_far += room.beliefs[y, j]
            scale = slope(point, room.corner[y, j]) / room.total[y]
            for v in range(directions):
                whole = part = 0.0
                for u in range(worlds):
                    whole += mass[u, v]
                    part += mass[u, v] if u <= j else 0.0
                work.shift[y, j, v] = scale * (part - so_far * whole)


@shared
def _choose(
    slopes: Slopes, point: Problem, room: Room, work: Work, s: int, actor: int, circular: bool
) -> None:
    """3. How play turns: ``turn``, from the ``gain`` of the mover at fixed play."""
    rows, m, directions = work.turn.shape
    n, worlds, system = rows * m, len(point.belief), work.system
    system[:] = 0.0
    for c in range(rows):
        mean = 0.0
        for o in range(m):
            i = c * m + o
            worth = 0.0
            for w in range(worlds):
                if point.cell[w] == c:
                    worth += point.inside[w] * work.worth[o, actor, w]
                    for v in range(directions):
                        system[i, n + v] += point.inside[w] * work.gain[o, actor, w, v]
            mean += worth / m
            for v in range(directions):  # lambda' Q, whose mean goes with that of Q'
                system[i, n + v] = point.precision[c] * system[i, n + v] + slopes.precision[s, c, v] * worth
        for v in range(directions):
            middle = 0.0
            for o in range(m):
                middle += system[c * m + o, n + v] / m
            for o in range(m):
                system[c * m + o, n + v] -= middle
    if circular:
        for i in range(n):
            for j in range(n):
                system[i, j] = (1.0 if i == j else 0.0) - room.change[j, i // m, i % m]
        solve_linear(system, n)
    for c in range(rows):
        for v in range(directions):
            mean = 0.0
            for o in range(m):
                mean += room.play[c, o] * system[c * m + o, n + v]
            for o in range(m):
                work.turn[c, o, v] = room.play[c, o] * (system[c * m + o, n + v] - mean)


@shared
def solve_linear(system: Any, n: int) -> None:
    """Gauss's elimination with pivots: the solutions of [n, n + V] take the place of the right sides."""
    columns = system.shape[1]
    for i in range(n):
        pivot = i
        for j in range(i + 1, n):
            if abs(system[j, i]) > abs(system[pivot, i]):
                pivot = j
        if pivot != i:
            for k in range(i, columns):
                system[i, k], system[pivot, k] = system[pivot, k], system[i, k]
        for j in range(i + 1, n):
            factor = system[j, i] / system[i, i]
            if factor != 0.0:
                for k in range(i + 1, columns):
                    system[j, k] -= factor * system[i, k]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            for k in range(n, columns):
                system[i, k] -= system[i, j] * system[j, k]
        for k in range(n, columns):
            system[i, k] /= system[i, i]


@shared
def put(point: Problem, room: Room, work: Work, row: int, b: int, values: Any) -> None:
    """4. The slopes of the values before the step."""
    m, actors, worlds, directions = work.gain.shape
    for e in range(actors):
        for w in range(worlds):
            c = point.cell[w]
            for v in range(directions):
                values[row, e, w, b, v] = 0.0
            for o in range(m):
                worth, taken = work.worth[o, e, w], room.play[c, o]
                for v in range(directions):
                    values[row, e, w, b, v] += work.turn[c, o, v] * worth + taken * work.gain[o, e, w, v]


@shared
def _put_taste(
    slopes: Slopes, point: Problem, room: Room, work: Work, s: int, actor: int, row: int, b: int, values: Any
) -> None:
    """What tastes add to the mover's values is entropy / lambda; its slopes are added."""
    m, directions = work.turn.shape[1:]
    for w in range(len(point.belief)):
        c = point.cell[w]
        precision = point.precision[c]
        if precision > 0.0:
            entropy = 0.0
            for o in range(m):
                log = np.log(room.play[c, o])
                entropy -= room.play[c, o] * log
                for v in range(directions):
                    values[row, actor, w, b, v] -= work.turn[c, o, v] * log / precision
            for v in range(directions):
                values[row, actor, w, b, v] -= entropy * slopes.precision[s, c, v] / precision**2
