"""The two programs of the kernel: play and values at a move, and values for play that is known, over some states.

They are compiled once for all games: the sizes and rules of a step are ordinary numbers.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from longgame.compiled import compiled, program
from longgame.solver.kernel.elementary import log
from longgame.solver.kernel.lanes import LANES, first_lanes, largest, size, some, spread, where
from longgame.solver.kernel.memory import load, load_some, pointer, store, store_some
from longgame.solver.kernel.numbers import Grid, Room, Scratch, Step, StepNumbers, scratch_in, step_of
from longgame.solver.kernel.points import had_from, look_ahead, mover_payoffs, open_options, read_ahead, read_signals
from longgame.solver.kernel.search import Mover, Near, asked, begin, choose, find, learn, pursue, store_all, to_logits

MOST_AGAIN = 2  # times that a point whose residual is too large is iterated further, each time for a tenth of it


@program
def solve_move(
    numbers: StepNumbers,
    grid: Grid,
    room: Room,
    actor: int,
    precision: Any,
    following: Any,
    base: Any,
    new: Any,
    old: Any,
    known: bool,
    circular: bool,
    tastes: bool,
    tolerance: float,
    settled: float,
    places: Places,
    play: Any,
    values: Any,
    residual: Any,
    responses: Any,
    hard: Any,
) -> None:
    """Play and values before a move at some states; what it finds is put into the last five arrays.

    Of all arrays only the addresses are used, so the caller must hold on to each.

    room       to work in, for this call alone
    actor      who chooses; precision [X, C]: lambda of its cells
    following  [F, 2] addresses of the values that options lead to: of rows [R, E W B], and of the row of each state [X]
    base, new, old  plays [X', C, A, B]: where to look first, if ``known`` (``kernel.Start``); else from uniform play
    circular   the belief after an option depends on how likely the options are: play is a fixed point
    settled    a residual up to which a point counts as found
    places     where it is looked for, and where it goes
    play       [X, C, A, B]; values [R, E W B]; residual, responses and hard [X, B]: see ``kernel.Found``
    """
    step = step_of(numbers, grid, values.shape[1] // (grid.worlds * grid.size))
    scratch = scratch_in(step, room)
    mover = Mover(actor, pointer(precision))
    near = Near(pointer(base), pointer(new), pointer(old), base.shape[0], new.shape[0], old.shape[0])
    after, play, values = pointer(following), pointer(play), pointer(values)
    search = Search(circular, known, settled, pointer(residual), pointer(responses), pointer(hard))
    for n in range(places.at.size):
        s, row, to, first = places.at[n], places.row[n], places.to[n], places.first[n]
        m = open_options(step, s, scratch.options)
        look_ahead(step, after, s, m, scratch)
        wanted = asked(step, mover, s, m, scratch, tolerance) if circular else 0.0
        for b in range(first, places.last[n], LANES):
            here = first_lanes(places.last[n] - b)
            settle(step, mover, near, search, s, b, m, wanted, b == first, row * step.points + b, scratch, here)
            put_play(step, row, b, m, scratch, here, play)
            _put_values(step, s, b, m, scratch, here, to, values)
            if tastes:
                _add_taste(step, mover, s, b, m, scratch, here, to, values)


class Places(NamedTuple):
    """Where play is looked for, and where it goes: ``at`` [n] the states, some perhaps more than once.

    row          [n] the place in ``play`` and in what is said of the search
    to           [n] the rows for values
    first, last  [n] the points at which it is looked for, from whole lanes on
    """

    at: Any
    row: Any
    to: Any
    first: Any
    last: Any


class Search(NamedTuple):
    """What is searched for, as in ``solve_move``, and the addresses [X, B] of what is to be said of it."""

    circular: bool
    known: bool
    settled: float
    residual: Any
    responses: Any
    hard: Any


@compiled
def settle(
    step: Step, mover: Mover, near: Near, search: Search, s: int, b: int, m: int, wanted: float, fresh: bool,
    place: int, scratch: Scratch, here: Any,
) -> None:  # fmt: skip
    """Find play at the points from b on, with the signals and values that go with it in ``scratch``.

    wanted  what is asked of log-odds (``asked``); fresh: nothing is known of this state yet; place: where what
    is to be said goes
    """
    first = mover.actor * step.worlds
    if not search.circular:
        if step.moves:  # in a way that no choice can alter
            store_all(scratch.plays, step.rows * m, 1.0)
            read_signals(step, s, b, m, scratch)
        read_ahead(step, b, m, 0, step.functions * step.worlds, scratch)
        mover_payoffs(step, s, b, m, mover.actor, first, scratch)
        to_logits(step, mover, s, m, 1.0, scratch)
        choose(scratch.payoff, step.rows, m, scratch.plays)
        return
    if search.known:
        begin(step, near, s, b, m, fresh, scratch)
    tries, left = find(step, mover, s, b, m, search.known, wanted, scratch, here)
    miss = spread(0.0)
    for again in range(MOST_AGAIN + 1):
        choose(scratch.logits, step.rows, m, scratch.plays)
        read_signals(step, s, b, m, scratch)
        read_ahead(step, b, m, 0, step.functions * step.worlds, scratch)
        mover_payoffs(step, s, b, m, mover.actor, first, scratch)
        to_logits(step, mover, s, m, 1.0, scratch)
        miss = _miss(step, m, scratch)
        unsettled = here & ~(miss <= search.settled)
        if again == MOST_AGAIN or not some(unsettled):
            break
        tries = tries + pursue(step, mover, s, b, m, 1.0, wanted / 10.0 ** (again + 1), scratch, unsettled)
    if search.known:
        learn(step, m, scratch)
    store_some(search.residual, place, miss, here)
    store_some(search.responses, place, tries, here)
    store_some(search.hard, place, where(miss <= search.settled, left, spread(1.0)), here)


@program
def evaluate(
    numbers: StepNumbers, grid: Grid, room: Room, following: Any, plays: Any, at: Any, to: Any, values: Any
) -> None:
    """Values before a step at some states, put into ``values``; arrays as in ``solve_move``.

    plays  [X, C, A, B] at a move; at a chance step anything of four axes
    """
    step = step_of(numbers, grid, values.shape[1] // (grid.worlds * grid.size))
    scratch = scratch_in(step, room)
    after, plays, values = pointer(following), pointer(plays), pointer(values)
    for n in range(at.size):
        s = at[n]
        m = open_options(step, s, scratch.options)
        look_ahead(step, after, s, m, scratch)
        for b in range(0, step.size, LANES):
            here = first_lanes(step.size - b)
            for c in range(step.rows):
                for i in range(m):
                    a = scratch.options[i]
                    if step.chance:
                        odds = spread(step.odds[(s * step.options + a) * step.worlds + c])
                    else:
                        odds = load_some(plays, ((s * step.rows + c) * step.options + a) * step.size + b, here)
                    store(scratch.plays, (c * m + i) * LANES, odds)
            if step.moves:
                read_signals(step, s, b, m, scratch)
            read_ahead(step, b, m, 0, step.functions * step.worlds, scratch)
            _put_values(step, s, b, m, scratch, here, to[n], values)


@compiled
def _miss(step: Step, m: int, scratch: Scratch) -> Any:
    """The largest change of a choice probability under the response whose log-odds are in ``payoff``."""
    choose(scratch.payoff, step.rows, m, scratch.before)
    miss, sick = spread(0.0), spread(0.0)
    for n in range(step.rows * m):
        miss = largest(miss, size(load(scratch.before, n * LANES) - load(scratch.plays, n * LANES)))
        sick = sick + load(scratch.payoff, n * LANES) * 0.0  # not a number if that is none: choice knows only numbers
    return miss + sick


@compiled
def put_play(step: Step, s: int, b: int, m: int, scratch: Scratch, here: Any, play: Any) -> None:
    """Put the plays in force into ``play`` [X, C, A, P]."""
    for c in range(step.rows):
        first = (s * step.rows + c) * step.options
        for a in range(step.options):
            store_some(play, (first + a) * step.points + b, spread(0.0), here)
        for i in range(m):
            x = load(scratch.plays, (c * m + i) * LANES)
            store_some(play, (first + scratch.options[i]) * step.points + b, x, here)


@compiled
def _put_values(step: Step, s: int, b: int, m: int, scratch: Scratch, here: Any, row: int, values: Any) -> None:
    """3. of ``rules.py``: the values before the step, from the plays in force and what is to be had, into a row."""
    for e in range(step.functions):
        for w in range(step.worlds):
            total = spread(0.0)
            for i in range(m):
                had = had_from(step, s, i, e, e * step.worlds, w, scratch)
                total = total + load(scratch.plays, (step.row[w] * m + i) * LANES) * had
            store_some(values, ((row * step.functions + e) * step.worlds + w) * step.size + b, total, here)


@compiled
def _add_taste(
    step: Step, mover: Mover, s: int, b: int, m: int, scratch: Scratch, here: Any, row: int, values: Any
) -> None:
    """What tastes add to the mover's values: entropy / lambda (see ``evaluate.taste_bonus``)."""
    for w in range(step.worlds):
        precision = mover.precision[s * step.rows + step.row[w]]
        if precision > 0.0:
            entropy = spread(0.0)
            for i in range(m):
                x = load(scratch.plays, (step.row[w] * m + i) * LANES)
                entropy = entropy - x * log(x)
            place = ((row * step.functions + mover.actor) * step.worlds + w) * step.size + b
            store_some(values, place, load_some(values, place, here) + entropy * (1.0 / precision), here)


@program
def period_end(flow: Any, discount: Any, start: Any, at: Any, rows: Any) -> None:
    """Values at the end of a period at the states ``at`` [n], put into the first n of ``rows`` [R, N, W, B].

    flow  [X, N, W], discount [X, N], start [X, N, W, B]: the values at the start of the next period
    """
    for n in range(at.size):
        s = at[n]
        for j in range(start.shape[1]):
            for w in range(start.shape[2]):
                for b in range(start.shape[3]):
                    rows[n, j, w, b] = flow[s, j, w] + discount[s, j] * start[s, j, w, b]


@program
def period_start(rows: Any, row: Any, at: Any, start: Any) -> None:
    """Values [X, N, W, B] at the start of a period at the states ``at`` [n], from ``rows`` [R, N, W, B] at row [X]."""
    for n in range(at.size):
        s = at[n]
        for j in range(start.shape[1]):
            for w in range(start.shape[2]):
                for b in range(start.shape[3]):
                    start[s, j, w, b] = rows[row[s], j, w, b]
