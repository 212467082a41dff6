"""The derivatives of moves at the same time along V directions, at play that was found: behind ``solver/tangent.py``.

As in ``tangent.py``; but choice is a joint fixed point of all sides, so at each state and belief

    z' = (I - dG/dz)^-1 G',   pi'(y | w) = pi(y | w) sum over sides i of sigma_i'(y_i | c_i(w)) / sigma_i(y_i | c_i(w))

with dG/dz from ``joint.py``, over the log-odds of all sides, and G' the slope of all their responses at fixed play.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from longgame.compiled import program, shared
from longgame.solver.kernel.joint import JointPoint, Sides, face, look_joint, read_odds, stand
from longgame.solver.kernel.numbers import StepNumbers
from longgame.solver.kernel.response import Room, room_for
from longgame.solver.kernel.slopes import Points, Slopes, Work, log_odds, look_ahead, of_mover, work_for
from longgame.solver.kernel.tangent import gain, had_at, had_between, hear, problem_at, put, solve_linear


@program
def joint_tangents(
    numbers: StepNumbers,
    slopes: Slopes,
    points: Points,
    sides: Sides,
    following: Any,
    tastes: bool,
    plays: Any,
    at: Any,
    to: Any,
    turned: Any,
    values: Any,
) -> None:
    """The slopes of play and of the values before a step at some states, put into the last two arrays.

    As ``move_tangents``, but ``slopes.precision`` is [X, R, V], by side and cell.
    """
    size, worlds = points.belief.shape
    actors, directions = values.shape[1], values.shape[4]
    for k in range(at.size):
        s = at[k]
        work = work_for(numbers, s, actors, worlds, size, directions)
        look_ahead(numbers, slopes, following, s, work)
        m = work.open.size
        pay, becomes, signal = of_mover(numbers, s, work.open, 0, worlds)
        z = np.zeros((numbers.rows, m))
        precision = np.zeros(numbers.rows)
        room = room_for(problem_at(numbers, points, work, pay, becomes, signal, precision, 0), z)
        joint: Any = face(numbers, sides, following, s, work.open, size)
        n = joint.first[-1]
        odds = np.zeros((1, n))
        joint_room = room_for(joint, odds)
        system = np.empty((n, n + directions))
        for b in range(size):
            joint = stand(joint, sides, s, b)
            read_odds(joint, sides, plays, s, b, work.open, odds)
            look_joint(joint, joint_room, odds, True)
            point = problem_at(numbers, points, work, pay, becomes, signal, precision, b)
            log_odds(plays, s, b, work.open, z, room.play)
            work.turn[:] = 0.0
            if numbers.moves:
                hear(numbers, point, room, work, z, False)
                had_between(point, room, work)
            else:
                had_at(b, work)
            gain(numbers, slopes, point, room, work, s, 0, actors)
            _turn(slopes, sides, joint, joint_room, work, s, system)
            for w in range(worlds):
                for o in range(m):
                    for v in range(directions):
                        turned[s, sides.joined[w], work.open[o], b, v] = work.turn[sides.joined[w], o, v]
            gain(numbers, slopes, point, room, work, s, 0, actors)
            put(point, room, work, to[k], b, values)
            if tastes:
                _put_tastes(slopes, sides, joint, joint_room, system, s, to[k], b, values)


@shared
def _turn(slopes: Slopes, sides: Sides, joint: JointPoint, room: Room, work: Work, s: int, system: Any) -> None:
    """How play turns: of the sides into the last columns of ``system``, by profile into ``turn``."""
    m, n, worlds = joint.had.shape
    unknowns, directions = joint.first[-1], system.shape[1] - joint.first[-1]
    play = room.play[0]
    system[:] = 0.0
    for i in range(n):
        for w in range(worlds):
            r = joint.row[i, w]
            for y in range(m):
                u = joint.first[r] + joint.slot[y, i]
                others = joint.inside[i, w] * _of_others(joint, play, y, i, w)
                for v in range(directions):
                    system[u, unknowns + v] += others * work.gain[y, sides.movers[i], w, v]
    for r in range(joint.owner.size):
        first, last, precision = joint.first[r], joint.first[r + 1], joint.precision[r]
        for v in range(directions):
            middle = 0.0
            for u in range(first, last):
                middle += system[u, unknowns + v] / (last - first)
            for u in range(first, last):
                worth = _payoff(joint, play, r, u)
                system[u, unknowns + v] = (
                    precision * (system[u, unknowns + v] - middle) + slopes.precision[s, r, v] * worth
                )
    for i in range(unknowns):
        for j in range(unknowns):
            system[i, j] = (1.0 if i == j else 0.0) - room.change[j, 0, i]
    solve_linear(system, unknowns)
    for r in range(joint.owner.size):
        first, last = joint.first[r], joint.first[r + 1]
        for v in range(directions):
            mean = 0.0
            for u in range(first, last):
                mean += play[u] * system[u, unknowns + v]
            for u in range(first, last):
                system[u, unknowns + v] -= mean  # of the logarithm of a probability
    for w in range(worlds):
        for y in range(m):
            for v in range(directions):
                total = 0.0
                for i in range(n):
                    total += system[joint.first[joint.row[i, w]] + joint.slot[y, i], unknowns + v]
                work.turn[sides.joined[w], y, v] = joint.joint[y, w] * total


@shared
def _of_others(joint: JointPoint, play: Any, y: int, i: int, w: int) -> float:
    """The chance that all sides but one do their part of a profile in a world."""
    chance = 1.0
    for j in range(joint.had.shape[1]):
        if j != i:
            chance *= play[joint.first[joint.row[j, w]] + joint.slot[y, j]]
    return chance


@shared
def _payoff(joint: JointPoint, play: Any, r: int, u: int) -> float:
    """Q of an option of a row, less the mean over the row's options."""
    first, last, i = joint.first[r], joint.first[r + 1], joint.owner[r]
    own = mean = 0.0
    for y in range(joint.had.shape[0]):
        for w in range(joint.had.shape[2]):
            if joint.row[i, w] == r:
                worth = joint.inside[i, w] * _of_others(joint, play, y, i, w) * joint.had[y, i, w]
                mean += worth / (last - first)
                if first + joint.slot[y, i] == u:
                    own += worth
    return own - mean


@shared
def _put_tastes(
    slopes: Slopes, sides: Sides, joint: JointPoint, room: Room, system: Any, s: int, row: int, b: int, values: Any
) -> None:
    """What tastes add to the sides' values is entropy / lambda; its slopes are added."""
    unknowns, directions = joint.first[-1], values.shape[4]
    for i in range(joint.had.shape[1]):
        for w in range(joint.had.shape[2]):
            r = joint.row[i, w]
            precision = joint.precision[r]
            if precision <= 0.0:
                continue
            entropy = 0.0
            for u in range(joint.first[r], joint.first[r + 1]):
                p = room.play[0, u]
                entropy -= p * np.log(p)
                for v in range(directions):
                    values[row, sides.movers[i], w, b, v] -= p * system[u, unknowns + v] * np.log(p) / precision
            for v in range(directions):
                values[row, sides.movers[i], w, b, v] -= entropy * slopes.precision[s, r, v] / precision**2
