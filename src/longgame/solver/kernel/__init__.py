"""The solver's steps: compiled once for all games, eight points of the lattice at a time, on as many cores as wanted.

``solve_step`` finds play at a move and the values before it; ``evaluate_step`` finds the values before a step for play
that is known. From NumPy arrays into NumPy arrays and ``Rows``. What a step is stands in ``rules.py``, how play is
searched for in ``search.py``.

Three kinds of step, from cheap to dear: nobody chooses; the public belief stands still, or moves in a way that no
choice can alter, and choice is read off the payoffs at once; the belief moves with the choice itself
(``Rules.circular``), and play is a fixed point at every state and belief.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from longgame.arrays import Array
from longgame.compiled import is_kept, read
from longgame.game.lattice import Beliefs, Lattice
from longgame.game.numbers import GameTables, StepTables
from longgame.solver.kernel import programs
from longgame.solver.kernel.lanes import LANES
from longgame.solver.kernel.numbers import Grid, StepNumbers, aligned, room
from longgame.solver.kernel.slopes import Points, Slopes
from longgame.solver.kernel.tangent import move_tangents
from longgame.solver.rows import Rows
from longgame.solver.rules import Rules

NOT_SETTLED = 0.5  # a residual, as a part of the tolerance, from which a point is looked at again
_WORTH_SHARING = 2_000  # points and options of a step from which its states are shared out among the cores
_PARTS = 4  # for each core: they do not all take the same time


class Move(NamedTuple):
    """The numbers of a move.

    tables     of the step
    mover      index of the actor who chooses
    precision  [X, C] lambda of the mover's cells
    following  values [X, N, W, B] that options lead to, in the order of ``rules_of(game, k)[1]``
    passing    values [X, N, W, B] of the next step in order, kept where the step does not take place
    tolerance  the change of a choice probability under the logit response that counts as none
    """

    tables: StepTables
    mover: int
    precision: np.ndarray
    following: tuple[Array, ...]
    passing: Array
    tolerance: float


class Start(NamedTuple):
    """Where to look for play first: plays [X', C, A, B], combined as ``base * new / old``, by at most MOST_TREND.

    In a batch, a play of one draw's states serves all draws.

    One period earlier, play is about as far from that of the next period as that is from the one after it; for another
    draw of the assumptions, about as far from the base case as it is one period later.
    """

    base: Array
    new: Array
    old: Array


class Found(NamedTuple):
    """A search for a fixed point, at each state and lattice point [X, B].

    residual    largest change of a choice probability under the logit response
    iterations  responses computed
    hard        not settled, or reached by a leap: to be followed from uniform play
    """

    residual: np.ndarray
    iterations: np.ndarray
    hard: np.ndarray


class Choice(NamedTuple):
    """A move, solved.

    sigma   [X, C, A, B] choice probabilities
    values  [X, N, W, B] values before the move
    found   what is to be said of the search; None where there was none
    """

    sigma: np.ndarray
    values: Rows
    found: Found | None


def solve_step(rules: Rules, lattice: Lattice, move: Move, start: Start | None, threads: int = 1) -> Choice:
    """The choice at a move and the values before it.

    start    where the search, if there is one, begins; from uniform play if None
    threads  how many cores to use
    """
    tables, passing = move.tables, Rows.of(move.passing)
    at = np.flatnonzero(tables.active)
    states, size = len(tables.active), lattice.size
    play = np.zeros((states, rules.cells, rules.options, size))  # costs nothing where nothing is put
    if not len(at):
        nothing = np.broadcast_to(0.0, (states, size))
        none = Found(nothing, nothing.astype(np.int32), nothing.astype(bool)) if rules.circular else None
        return Choice(play, passing, none)
    residual, responses, hard = (np.zeros((states, size) if rules.circular else (1, 1)) for _ in range(3))
    numbers = numbers_of(rules, tables, tables.pay)
    values, to = passing.replaced(at)
    following, addresses = following_of(move.following)
    base, new, old = (ANYTHING,) * 3 if start is None else map(read, start)
    grid = grid_of(lattice, numbers.row.tobytes())
    given = (
        move.mover,
        read(np.broadcast_to(move.precision, (states, rules.cells))),
        addresses,
        base,
        new,
        old,
        start is not None,
        rules.circular,
        rules.tastes,
        float(move.tolerance),
        float(NOT_SETTLED * move.tolerance),
    )
    found = (play, _flat(values), residual, responses, hard)

    def work(some: np.ndarray, rows: np.ndarray) -> None:
        places = programs.Places(some, some, rows, np.zeros_like(some), np.full_like(some, size))
        programs.solve_move(numbers, grid, room(numbers, grid, values.shape[1]), *given, places, *found)

    share_out(work, at, to, rules.options * size, threads)
    del following  # kept until here, as the programs know only where it is
    if not rules.circular:
        return Choice(play, values, None)
    return Choice(play, values, Found(residual, responses.astype(np.int32), hard > 0.0))


def evaluate_step(
    rules: Rules,
    lattice: Lattice,
    tables: StepTables,
    following: Sequence[Array],
    passing: Array,
    plays: Array,
    pay: Array | None = None,
    bonus: Array | None = None,
    threads: int = 1,
) -> Rows:
    """Value functions before a step, U [X, E, W, B], from those after it.

    following  the value arrays [X, E, W, B] that options lead to, in the order of ``rules_of(game, k)[1]``
    passing    [X, E, W, B] values at the next step in order, kept where the step does not take place
    plays      sigma [X, C, A, B] of the mover's cells; at a chance step ignored (the odds are in ``tables``)
    pay        None, or payoffs at once [X, A, E, W]
    bonus      None, or what tastes add, by value function [X, E, W, B]
    """
    at, passing = np.flatnonzero(tables.active), Rows.of(passing)
    if not len(at):
        return passing
    numbers = numbers_of(rules, tables, pay)
    values, to = passing.replaced(at)
    kept, addresses = following_of(following)
    grid, plays = grid_of(lattice, numbers.row.tobytes()), ANYTHING if rules.chance else read(plays)
    found = _flat(values)

    def work(some: np.ndarray, rows: np.ndarray) -> None:
        programs.evaluate(numbers, grid, room(numbers, grid, values.shape[1]), addresses, plays, some, rows, found)

    share_out(work, at, to, rules.options * lattice.size, threads)
    del kept
    if bonus is not None:
        values.store.rows[to] += np.asarray(bonus)[at]
    return values


class Turning(NamedTuple):
    """A step whose derivatives along V directions are wanted.

    tables, slopes      of the step, and their derivatives with a last axis V
    mover               who chooses; precision [C] lambda of its cells, and its slopes [C, V]
    following, changes  values [S, N, W, B] that options lead to, and their slopes [S, N, W, B, V]
    passing             slopes of the values of the next step in order, kept where the step does not take place
    """

    tables: StepTables
    slopes: StepTables
    mover: int
    precision: np.ndarray
    turn: np.ndarray
    following: Sequence[Rows]
    changes: Sequence[Rows]
    passing: Rows


def step_tangents(
    rules: Rules, lattice: Lattice, given: Turning, play: Array | None, threads: int = 1
) -> tuple[np.ndarray | None, Rows]:
    """The derivatives of play [S, C, A, B, V] and of the values before a step [S, N, W, B, V], at play that was found.

    play  [S, C, A, B] at a move; None at a chance step, where there is none to differentiate. There are no derivatives
          of play where a step never takes place
    """
    tables, at = given.tables, np.flatnonzero(given.tables.active)
    states, directions = len(tables.active), given.turn.shape[-1]
    if not len(at):
        return None, given.passing
    turned = np.zeros((1,) * 5 if play is None else (*play.shape, directions))
    values, to = given.passing.replaced(at)
    numbers = numbers_of(rules, tables, tables.pay)
    slopes = slopes_of(given.slopes, np.broadcast_to(given.turn, (states, *given.turn.shape)))
    points = points_of(lattice, numbers)
    addresses = np.concatenate([following_of(given.following)[1], following_of(given.changes)[1]], axis=1)
    precision = read(np.broadcast_to(given.precision, (states, len(given.precision))))
    plays = ANYTHING if play is None else read(play)

    def work(some: np.ndarray, rows: np.ndarray) -> None:
        move_tangents(
            numbers, slopes, points, given.mover, precision, read(addresses, np.int64), rules.circular,
            rules.tastes, plays, some, rows, turned, values.store.rows,
        )  # fmt: skip

    share_out(work, at, to, rules.options * lattice.size * directions, threads)
    return None if play is None else turned, values


def slopes_of(tables: StepTables, precision: np.ndarray) -> Slopes:
    """The slopes of a step's tables as the programs take them."""
    return Slopes(
        pay=_NOTHING_5 if tables.pay is None else read(tables.pay),
        weight=read(tables.weight),
        becomes=_NOTHING_5 if tables.becomes is None else read(tables.becomes),
        odds=_NOTHING_4 if tables.chance is None else read(tables.chance),
        precision=read(precision),
    )


def points_of(lattice: Lattice, numbers: StepNumbers) -> Points:
    """The points of a lattice, for the slopes of a step."""
    grid = grid_of(lattice, numbers.row.tobytes())
    return Points(read(grid.belief[:, : lattice.size].T), read(grid.inside[:, : lattice.size].T), grid.resolution)


def period_end(
    tables: GameTables, start: Array, needed: np.ndarray | None = None, over: Rows | None = None
) -> Rows:
    """Values [S, N, W, B] at the end of a period from those at the start of the next: flow + discount * ``start``.

    needed  [S] bool: where they are wanted; None: everywhere
    over    values of another period that nobody wants any more: the new ones are put over them
    """
    wanted = np.ones(len(tables.flow), dtype=bool) if needed is None else needed
    end = Rows.blank(wanted, start.shape[1:], tables.taken, over)
    discount = np.broadcast_to(tables.discount, tables.flow.shape[:2])
    programs.period_end(read(tables.flow), read(discount), read(start), np.flatnonzero(wanted), end.store.rows)
    return end


def period_start(
    ended: np.ndarray, end_value: Array, first: Rows, needed: np.ndarray | None = None
) -> np.ndarray:
    """Values [S, N, W, B] at the start of a period from those before its first step; where the game is over [S] bool,
    the end values [S, N, W]. Where they are not ``needed`` [S] there is nothing.
    """
    start = np.empty(first.shape)
    states = np.arange(len(start)) if needed is None else np.flatnonzero(needed)
    programs.period_start(first.store.rows, first.at, states, start)
    start[ended] = np.asarray(end_value)[ended][..., None]
    return start


def ready() -> bool:
    """Whether the programs are compiled, or kept from an earlier process; else the first solution compiles them.

    That takes some tens of seconds, once for each version of longgame on a machine.
    """
    used: tuple[Any, ...] = (programs.solve_move, programs.evaluate)
    return all(program.signatures or is_kept(program) for program in used)


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# --- what the programs read -------------------------------------------------------------------------------------------


_NOTHING_3, _NOTHING_4, _NOTHING_5 = (read(np.empty((0,) * axes)) for axes in (3, 4, 5))
ANYTHING = read(np.full((1, 1, 1, 1), 1.0))


def numbers_of(rules: Rules, tables: StepTables, pay: Array | None) -> StepNumbers:
    """A step as the programs take it."""
    row = np.arange(len(rules.cell_of)) if rules.chance else np.array(rules.cell_of)
    return StepNumbers(
        row=read(row, np.int64),
        signal=read(np.array(rules.signal), np.int64),
        after=read(np.array(rules.after), np.int64),
        stays=read(np.array(rules.stays), np.uint8),
        rows=int(row.max()) + 1,
        signals=max(rules.signal) + 1,
        chance=rules.chance,
        moves=rules.moves,
        allowed=read(tables.allowed, np.uint8),
        weight=read(tables.weight),
        successor=read(tables.successor, np.int32),
        pay=_NOTHING_4 if pay is None else read(pay),
        becomes=_NOTHING_4 if tables.becomes is None else read(tables.becomes),
        odds=_NOTHING_3 if tables.chance is None else read(tables.chance),
    )


def following_of(values: Sequence[Array]) -> tuple[list[Rows], np.ndarray]:
    """Values as the programs take them, and the addresses [F, 2] of their rows and of the row of each state."""
    kept = [Rows.of(x) for x in values]
    return kept, read([[x.store.rows.ctypes.data, x.at.ctypes.data] for x in kept], np.int64)


def _flat(values: Rows) -> np.ndarray:
    """Rows [R, E W B]."""
    rows = values.store.rows
    return rows.reshape(len(rows), -1)


@lru_cache(maxsize=64)
def grid_of(lattice: Lattice, row: bytes, at: Lattice | None = None, times: int = 1) -> Grid:
    """The points of a lattice, for a mover whose cells are ``row`` [W] int64; play is found ``at`` some of them.

    times  how many such lattices stand side by side
    """
    return grid_at(lattice, row, at or lattice, times)


def grid_at(lattice: Lattice, row: bytes, at: Lattice | Beliefs, times: int = 1) -> Grid:
    """The same where play is found at beliefs that do not come again."""
    count = times * at.size
    which = np.minimum(np.arange(-(-count // LANES) * LANES), count - 1)
    beliefs, cell_of = at.points[which % at.size], np.frombuffer(row, dtype=np.int64)
    mates = np.equal.outer(cell_of, cell_of).astype(float)  # [W, W] worlds of one cell
    total = beliefs @ mates
    alike = np.broadcast_to(1.0 / mates.sum(axis=0), total.shape).copy()
    inside = np.divide(beliefs, total, out=alike, where=total > 0.0)
    rows = aligned((2, lattice.worlds, len(beliefs)))
    rows[:] = beliefs.T, inside.T
    shares = 1.0 / np.cumprod([1.0, *range(1, lattice.worlds)])
    ends = read(rows[0]), read(rows[1]), read(which // at.size * lattice.size), read(shares)
    return Grid(lattice.worlds, times * lattice.size, count, float(lattice.resolution), *ends)


# --- who works --------------------------------------------------------------------------------------------------------


def share_out(
    work: Callable[[np.ndarray, np.ndarray], None], at: np.ndarray, to: np.ndarray, each: int, threads: int
) -> None:
    """Do the work for the states ``at`` with the rows ``to``; ``each`` says how much of it a state is."""
    if threads == 1 or len(at) * each < _WORTH_SHARING:
        work(at, to)
    else:
        parts = min(threads * _PARTS, len(at))
        list(_workers(threads).map(work, np.array_split(at, parts), np.array_split(to, parts)))


def each_of(work: Callable[[Any], Any], parts: Sequence[Any], threads: int) -> list[Any]:
    """What the work makes of each part; most of it should be inside compiled programs."""
    return list(map(work, parts) if threads == 1 or len(parts) < 2 else _workers(threads).map(work, parts))


@lru_cache(maxsize=1)
def _workers(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="solver")
