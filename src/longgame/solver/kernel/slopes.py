"""What the derivatives of a step are worked out from, at one state: tables and values, each with its slopes.

Directions V come last in every array.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from longgame.compiled import shared
from longgame.solver.kernel.memory import places_at, pointer_at
from longgame.solver.kernel.numbers import StepNumbers


class Slopes(NamedTuple):
    """The slopes of the tables of a step: pay [X, A, N, W, V], weight [X, A, L, V], becomes [X, A, W, W, V], odds
    [X, A, W, V], each empty where the step has none of the kind; precision [X, C, V]."""

    pay: Any
    weight: Any
    becomes: Any
    odds: Any
    precision: Any


class Points(NamedTuple):
    """The lattice: belief [B, W], inside [B, W] (b(w | the mover's cell)), and the resolution."""

    belief: Any
    inside: Any
    resolution: float


class Work(NamedTuple):
    """Room for one state with m open options.

    ahead [m, N, W, B] and its slopes [m, N, W, B, V]; own [m, W, B]: the mover's part of it; open [m] the options
    grown    [m, N, W, V] slopes at fixed beliefs of what is to be had at the belief after each option, before P_a
    had      [m, N, W] that itself; tilt [m, N, W, W - 1]: its slopes by the cumulative coordinates of the belief
    worth    [m, N, W] and gain [m, N, W, V]: what each option is worth in each world, and its slopes
    turn     [rows, m, V] slopes of play, or of odds
    shift    [Y, W - 1, V] of the coordinates of the beliefs; mass [W, V]: on the way to it
    prior    [Y, W] from what the belief after a signal is worked out
    system   [n, n + V] linear equations for log-odds
    """

    ahead: Any
    slopes: Any
    own: Any
    open: Any
    grown: Any
    had: Any
    tilt: Any
    worth: Any
    gain: Any
    turn: Any
    shift: Any
    mass: Any
    prior: Any
    system: Any


@shared
def work_for(numbers: StepNumbers, s: int, actors: int, worlds: int, size: int, directions: int) -> Work:
    """Room for a state; with every option closed nothing is chosen, and all count."""
    open_ = np.flatnonzero(numbers.allowed[s])
    if open_.size == 0:
        open_ = np.arange(numbers.allowed.shape[1])
    m, rows, n = open_.size, numbers.rows, numbers.rows * open_.size
    return Work(
        np.zeros((m, actors, worlds, size)),
        np.zeros((m, actors, worlds, size, directions)),
        np.empty((m, worlds, size)),
        open_,
        np.empty((m, actors, worlds, directions)),
        np.empty((m, actors, worlds)),
        np.empty((m, actors, worlds, worlds - 1)),
        np.empty((m, actors, worlds)),
        np.empty((m, actors, worlds, directions)),
        np.empty((rows, m, directions)),
        np.empty((numbers.signals, worlds - 1, directions)),
        np.empty((worlds, directions)),
        np.empty((numbers.signals, worlds)),
        np.empty((n, n + directions)),
    )


@shared
def look_ahead(numbers: StepNumbers, slopes: Slopes, following: Any, s: int, work: Work) -> None:
    """1. ``ahead`` and its slopes."""
    m, actors, worlds, size = work.ahead.shape
    each, directions = actors * worlds * size, work.slopes.shape[4]
    ahead, moved = work.ahead.reshape(m, each), work.slopes.reshape(m, each, directions)
    for o in range(m):
        a = work.open[o]
        f = numbers.after[a]
        values, row = pointer_at(following[f, 0]), places_at(following[f, 1])
        change, place = pointer_at(following[f, 2]), places_at(following[f, 3])
        for lot in range(1 if numbers.stays[a] else numbers.weight.shape[2]):
            weight = 1.0 if numbers.stays[a] else numbers.weight[s, a, lot]
            end = s if numbers.stays[a] else numbers.successor[s, a, lot]
            if weight != 0.0:
                for n in range(each):
                    ahead[o, n] += weight * values[row[end] * each + n]
                    first = (place[end] * each + n) * directions
                    for v in range(directions):
                        moved[o, n, v] += weight * change[first + v]
            some = False
            for v in range(directions):
                some = some or slopes.weight[s, a, lot, v] != 0.0
            if some and not numbers.stays[a]:
                for n in range(each):
                    value = values[row[end] * each + n]
                    for v in range(directions):
                        moved[o, n, v] += slopes.weight[s, a, lot, v] * value


@shared
def of_mover(numbers: StepNumbers, s: int, open_: Any, actor: int, worlds: int) -> Any:
    """What the mover is paid for each open option [m, W], how these change the world, and their signals [m]."""
    m = open_.size
    pay = np.zeros((m, worlds))
    becomes = np.zeros((m, worlds, worlds) if numbers.becomes.size > 0 else (0, 0, 0))
    signal = np.empty(m, np.int64)
    for o in range(m):
        signal[o] = numbers.signal[open_[o]]
        for w in range(worlds):
            if numbers.pay.size > 0:
                pay[o, w] = numbers.pay[s, open_[o], actor, w]
            for v in range(worlds if numbers.becomes.size > 0 else 0):
                becomes[o, w, v] = numbers.becomes[s, open_[o], w, v]
    return pay, becomes, signal


@shared
def log_odds(plays: Any, s: int, b: int, open_: Any, z: Any, play: Any) -> None:
    """The play in force, and centred log-odds that give it."""
    for c in range(z.shape[0]):
        mean = 0.0
        for o in range(open_.size):
            play[c, o] = plays[s, c, open_[o], b]
            z[c, o] = np.log(play[c, o])
            mean += z[c, o] / open_.size
        for o in range(open_.size):
            z[c, o] -= mean
