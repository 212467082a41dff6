"""What the kernel reads and where it works: a step, the lattice, and scratch.

Letters: A options, C cells, W worlds, E value functions, B lattice points, Y signals, L successors.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from longgame.compiled import compiled
from longgame.solver.kernel.lanes import LANES
from longgame.solver.kernel.memory import pointer, shifted

_LINE = 64  # bytes of the memory that the processor reads at once: as many as eight floats take


class StepNumbers(NamedTuple):
    """A step: its rules, and its tables for all states [X].

    row        [W] which row of plays belongs to a world: the mover's cell; at a chance step the world itself
    signal     [A] public signal of each option; after [A] which of the value arrays it leads to
    stays      [A] 0 or 1: the option leaves the state as it is
    rows       how many rows of plays there are; signals: Y
    chance     nobody chooses; moves: the public belief can move
    allowed    [X, A] 0 or 1; weight [X, A, L]; successor [X, A, L] int32
    pay        [X, A, E, W], or empty; becomes [X, A, W, W], or empty; odds [X, A, W] at a chance step, or empty
    """

    row: Any
    signal: Any
    after: Any
    stays: Any
    rows: int
    signals: int
    chance: bool
    moves: bool
    allowed: Any
    weight: Any
    successor: Any
    pay: Any
    becomes: Any
    odds: Any


class Grid(NamedTuple):
    """The lattice: B points of W worlds at resolution R, and those where play is found; or several side by side.

    points  P, how many these are; the last of them fills up to a whole number of lanes [P']
    shift   [P'] the first point of the lattice that each belongs to
    belief  [W, P'] and inside [W, P']: b(w) and b(w | the mover's cell)
    shares  [W] 1 / j!
    """

    worlds: int
    size: int
    points: int
    resolution: float
    belief: Any
    inside: Any
    shift: Any
    shares: Any


class Step(NamedTuple):
    """What the kernel reads at every point: the addresses of ``StepNumbers`` and of ``Grid``, with the sizes.

    options A, lots L, functions E; size B and width B' of what is ahead, points P and stand P' of where play is found,
    rank E W up to whole lanes
    paid, changing: there is ``pay``, there is ``becomes``
    """

    row: Any
    signal: Any
    after: Any
    stays: Any
    rows: int
    signals: int
    chance: bool
    moves: bool
    allowed: Any
    weight: Any
    successor: Any
    pay: Any
    becomes: Any
    odds: Any
    options: int
    lots: int
    functions: int
    paid: bool
    changing: bool
    worlds: int
    size: int
    width: int
    points: int
    stand: int
    rank: int
    resolution: float
    belief: Any
    inside: Any
    shift: Any
    shares: Any


@compiled
def step_of(numbers: StepNumbers, grid: Grid, functions: int) -> Step:
    """A step whose E value functions are wanted."""
    return Step(
        pointer(numbers.row),
        pointer(numbers.signal),
        pointer(numbers.after),
        pointer(numbers.stays),
        numbers.rows,
        numbers.signals,
        numbers.chance,
        numbers.moves,
        pointer(numbers.allowed),
        pointer(numbers.weight),
        pointer(numbers.successor),
        pointer(numbers.pay),
        pointer(numbers.becomes),
        pointer(numbers.odds),
        numbers.allowed.shape[1],
        numbers.weight.shape[2],
        functions,
        numbers.pay.size > 0,
        numbers.becomes.size > 0,
        grid.worlds,
        grid.size,
        -(-grid.size // LANES) * LANES,
        grid.points,
        grid.belief.shape[1],
        -(-functions * grid.worlds // LANES) * LANES,
        grid.resolution,
        pointer(grid.belief),
        pointer(grid.inside),
        pointer(grid.shift),
        pointer(grid.shares),
    )


class Scratch(NamedTuple):
    """Room to work in, for one state: the addresses of lanes of [...] unless said otherwise.

    options  [A] the options that are open, as integers
    ahead    V_a, what is to be had after an option when a belief is held (see ``rules.py``): [A, B', E W] floats, with
             E W filled up to whole lanes; [A, E W, B] where beliefs stand still
    had      [A, E W] the same at the belief after each option
    block    [8] room for one block of eight by eight
    plays    [rows, A] play in force
    weight   [Y, W] of the vertices of the lattice round the belief after each signal, and place [Y, W] (integers):
             where what belongs to these vertices begins, for each option in ``ahead``
    said     [W], key [W], rise [W]: on the way to these
    payoff   [rows, A] Q(a | c)
    logits, tried, change, before, guess, missed  [rows, A] of the search, see ``search.py``
    """

    options: Any
    ahead: Any
    had: Any
    block: Any
    plays: Any
    weight: Any
    place: Any
    said: Any
    key: Any
    rise: Any
    payoff: Any
    logits: Any
    tried: Any
    change: Any
    before: Any
    guess: Any
    missed: Any


class Room(NamedTuple):
    """Arrays for the scratch of one caller. Whoever calls a program keeps them: it knows only where they are."""

    options: Any
    places: Any
    floats: Any


def room(numbers: StepNumbers, grid: Grid, functions: int) -> Room:
    """Room for a step whose E value functions are wanted. Reads of eight may go beyond the last number."""
    options, worlds, width = numbers.allowed.shape[1], grid.worlds, -(-grid.size // LANES) * LANES
    rank = -(-functions * worlds // LANES) * LANES
    vertices, plays = numbers.signals * worlds * LANES, numbers.rows * options * LANES
    floats = options * rank * LANES + LANES * LANES + vertices + 3 * worlds * LANES + 8 * plays
    ahead = options * width * rank + LANES
    return Room(np.empty(options, np.int64), np.empty(vertices, np.int32), aligned((floats + ahead,)))


def aligned(shape: tuple[int, ...]) -> np.ndarray:
    """Zeros that begin with a line of memory: what the kernel reads of them at once then never lies across two."""
    size = math.prod(shape)
    zeros = np.zeros(size + LANES)
    first = -zeros.ctypes.data % _LINE // zeros.itemsize
    return zeros[first : first + size].reshape(shape)


@compiled
def scratch_in(step: Step, room: Room) -> Scratch:
    """Lay the scratch of a step into its room."""
    vertices, plays, worlds = step.signals * step.worlds * LANES, step.rows * step.options * LANES, step.worlds * LANES
    had = pointer(room.floats)
    block = shifted(had, step.options * step.rank * LANES)
    weight = shifted(block, LANES * LANES)
    said = shifted(weight, vertices)
    key = shifted(said, worlds)
    rise = shifted(key, worlds)
    in_force = shifted(rise, worlds)
    payoff = shifted(in_force, plays)
    logits = shifted(payoff, plays)
    tried = shifted(logits, plays)
    change = shifted(tried, plays)
    before = shifted(change, plays)
    guess = shifted(before, plays)
    missed = shifted(guess, plays)
    ahead = shifted(missed, plays)
    return Scratch(
        pointer(room.options),
        ahead,
        had,
        block,
        in_force,
        weight,
        pointer(room.places),
        said,
        key,
        rise,
        payoff,
        logits,
        tried,
        change,
        before,
        guess,
        missed,
    )
