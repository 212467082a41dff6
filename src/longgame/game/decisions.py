"""What a decision usually moves: the unit in which an actor's rationality is given.

Precision needs a unit that an analyst can judge and that carries over from one game to another. What counts is by how
much an actor's options differ in what they lead to, given what the others do (docs/method.md, section 3, with the
laboratory games that decide between units):

1. Uniform play. Nobody has learned anything and everybody takes each open option alike; no belief enters, and no fixed
   point. U_j(t, k, s, w) is what j can expect from step k of period t on.
2. Given the next move of another. D_j(t, k, s, w, m) is the same where the next move by somebody other than j is known
   to be at quantile m of its open options; all else is as in 1.
3. Spread. Where i moves, x(t, k, s, w)^2 is the mean over m of the squared difference between the best and the worst
   of i's open options, by r_i + E D_i after each.
4. Unit. d_i is the root of the mean of x^2 over i's moves, each weighed by how likely uniform play comes there. Moves
   at which nothing is at stake for i (x = 0) do not count: a step that is of no concern to an actor does not make it
   wiser elsewhere.

In a game of two who choose at the same time, 3 is the spread of i's payoffs in each column of its matrix: what it can
change, whatever the other does (of several, whatever all others do). Under what it expects of another who plays at
random, the options of matching pennies would all be alike.

All of it is one pass backwards over what can be expected: each of U, D and the two sums of 4 is a number expected along
uniform play. In a game without an end a period leaves all of them as they are, and in the sums of 4 a move counts by
when it comes, as payoffs do: by i's discount factor.

The pass is compiled (``uniform``). Axes as in ``game``, those of draws in front; M quantiles; E = M + 3 quantities: D
by quantile, U, the sum and the count of 4; J numbers, a value and its slopes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import lcm, prod
from typing import Any

import numpy as np

from longgame.arrays import Array
from longgame.compiled import read
from longgame.game import uniform
from longgame.game.duals import Dual, slope_of, value_of
from longgame.game.linear import fixed_point
from longgame.game.numbers import CHANCE, GameTables, Numbers, StepTables
from longgame.game.sides import Side
from longgame.game.uniform import Size

MOST_QUANTILES = 60


class Decisions:
    """The decisions of a game, as far as they do not depend on its numbers.

    movers  [K] the actor who moves at each step, ``CHANCE`` or ``SEVERAL``
    leads   [K][A] the step after each option; K at the end of the period
    ended   [S] bool: the game is over
    periods how many; None if there is no end
    sides   [K] who chooses at the same time; by default nowhere
    """

    def __init__(
        self,
        movers: Sequence[int],
        leads: Sequence[Sequence[int]],
        ended: np.ndarray,
        periods: int | None,
        sides: Sequence[Sequence[Side]] = (),
    ):
        self.movers, self.ended, self.periods = tuple(movers), ended, periods
        self.sides = tuple(map(tuple, sides)) or ((),) * len(movers)
        self.leads = [[k if 0 <= k <= len(movers) else len(movers) for k in after] for after in leads]
        self.kinds = [self._kinds(k) for k in range(len(movers))]
        moves = [kinds for kinds, mover in zip(self.kinds, movers, strict=True) if mover != CHANCE]
        counts = [int(row.max()) + 1 for kinds in moves for row in kinds]
        exact = lcm(*(n for count in counts for n in range(2, count + 1)))
        self.quantiles = min(exact, MOST_QUANTILES)  # each option of a move has its share of them, or nearly
        self.wanted = [self._wanted(k) for k in range(len(movers))]

    def _kinds(self, k: int) -> np.ndarray:
        """[1 + n, A] numbers of what is done in each option of a step: by all, and by all but each of its movers."""
        by_all = list(range(len(self.leads[k])))
        if self.movers[k] == CHANCE:
            return np.array([by_all])
        return np.array([by_all, *([_others(self.sides[k], side) for side in self.sides[k]] or [[0] * len(by_all)])])

    def _wanted(self, k: int) -> set[int]:
        """The places of a period that are still wanted when step k is worked out."""
        return {k + 1, *(place for leads in self.leads[: k + 1] for place in leads if place > k)}

    def scale(self, numbers: Numbers, directions: int = 0) -> Array:
        """[..., N] what a decision of each actor usually moves, in payoffs of the period of the decision; 0 for an
        actor whose decisions change nothing.

        numbers     the tables by period; their precision is not used
        directions  how many slopes the tables may have
        """
        first = numbers(0)
        if self.periods is None:
            start = self._for_ever(first, directions)
        else:
            start = self._until(self.periods, numbers, directions)
        sums = _rows(_dual(start[..., -2:, :]), first.start_index)  # [..., L0, N, W, 2]
        sums = sums * first.start_weight[..., :, None, None, None] * first.prior[..., None, None, :, None]
        sums = np.sum(np.sum(sums, axis=-2), axis=-3)
        total, count = sums[..., 0], sums[..., 1]
        some = count > 0
        ratio = np.where(some, total, 0.0) / np.where(some, count, 1.0)
        return np.where(ratio > 0, np.sqrt(np.where(ratio > 0, ratio, 1.0)), 0.0)

    def _until(self, periods: int, numbers: Numbers, directions: int) -> np.ndarray:
        """[..., S, N, W, E, J] what is expected at the start of a game of so many periods."""
        last = numbers(periods - 1)
        work = _Pass(self, value_of(last.flow).shape, directions + 1)
        start = work.stopped(last)
        for t in reversed(range(periods)):
            start = work.period(numbers(t), start)
        return work.there(start)

    def _for_ever(self, now: GameTables, directions: int) -> np.ndarray:
        """[..., S, N, W, E, J] that a period leaves as they are: first U and D, then the sums of the squares of these.

        First the values x = c + L x, then, along each direction, their slopes x' = (c' + L' x) + L x'.
        """
        values, shape = now.each(value_of), value_of(now.flow).shape
        plain, work = _Pass(self, shape, 1), _Pass(self, shape, directions + 1)
        known = np.zeros((*shape, self.quantiles + 3, directions + 1))
        for part in (slice(None, -2), slice(-2, None)):

            def after(x: np.ndarray, part: slice = part) -> np.ndarray:
                start = known[..., :1].copy()
                start[..., part, 0] = x
                return plain.after(values, start)[..., part, 0]

            still = after(np.zeros(1))

            def found(constant: np.ndarray, after: Callable[..., Any] = after, still: np.ndarray = still) -> np.ndarray:
                x = fixed_point(lambda x: after(x) - still, constant)
                return np.full(constant.shape, np.nan) if x is None else x

            known[..., part, 0] = found(still)
            moved = work.after(now, known)[..., part, 1:]
            for v in range(directions):
                known[..., part, 1 + v] = found(moved[..., v])
        return known


class _Pass:
    """One pass backwards: what is expected at the places of a period that are still wanted, each in a slot.

    shape    [..., S, N, W] of what is expected, with the axes of draws in front; numbers J
    """

    def __init__(self, game: Decisions, shape: tuple[int, ...], numbers: int):
        self.shape, (N, W) = shape, shape[-2:]
        self.game, self.size, self.rows = game, Size(N, W, game.quantiles, numbers), prod(shape[:-2])
        slots = 1 + max(map(len, game.wanted), default=1)
        self.ahead = np.zeros((slots, self.rows, N * W, (game.quantiles + 3) * numbers))

    def _room(self, kinds: int, options: int) -> uniform.Scratch:
        """Room for one row of a step."""
        after = np.empty((options, *self.ahead.shape[2:]))
        return uniform.Scratch(
            options=after,
            whole=after.reshape(options, -1),
            before=np.empty(self.ahead.shape[2:]),
            shares=np.empty((kinds, self.size.quantiles, options)),
            ranks=np.empty(options + 1, np.int64),
            total=np.empty(self.size.numbers),
        )

    def there(self, slot: int) -> np.ndarray:
        """[..., S, N, W, E, J] what stands in a slot."""
        return self.ahead[slot].reshape(*self.shape, -1, self.size.numbers)

    def stopped(self, now: GameTables) -> int:
        """The slot for what is expected where the game stops."""
        self._stop(0, now, np.ones(self.shape[:-2], dtype=bool))
        return 0

    def _stop(self, slot: int, now: GameTables, over: np.ndarray) -> None:
        """Put into a slot, where the game is over [..., S], the value of its end, and no more decisions."""
        value = _beside(now.end_value)[over]  # [n, N, W, J]
        found = np.zeros((*value.shape[:-1], self.game.quantiles + 3, self.size.numbers))
        found[..., :-2, : value.shape[-1]] = value[..., None, :]
        self.there(slot)[over] = found

    def after(self, now: GameTables, start: np.ndarray) -> np.ndarray:
        """[..., S, N, W, E, J] what is expected at the start of a period, from the same at the start of the next."""
        self.there(0)[:] = start
        return self.there(self.period(now, 0)).copy()

    def period(self, now: GameTables, start: int) -> int:
        """The slot for what is expected at the start of a period, from that at the start of the next."""
        game, K, whole = self.game, len(self.game.movers), self.ahead.reshape(*self.ahead.shape[:2], -1)
        slots = {K: int(start == 0)}
        discount = np.broadcast_to(now.discount[..., None, :], self.shape[:-1])
        given = self._read(now.flow, 2), self._read(discount, 1)
        uniform.at_end(*given, self.size, game.periods is None, start, slots[K], self.ahead)
        for k in reversed(range(K)):
            step = now.steps[k]
            wanted = {slots[place] for place in game.wanted[k]}
            slots[k] = slots[k + 1]
            if step.active.any():
                slots[k] = next(slot for slot in range(len(self.ahead)) if slot not in wanted)
                move = self._move(k, step, slots)
                room = self._room(*move.kinds.shape)
                uniform.before(move, self.size, slots[k + 1], slots[k], self.ahead, whole, room)
        self._stop(slots[0], now, np.broadcast_to(game.ended, self.shape[:-2]))
        return slots[0]

    def _move(self, k: int, tables: StepTables, slots: dict[int, int]) -> uniform.Move:
        """A step as the program takes it."""
        game, successor = self.game, _in_rows(tables.successor, self.shape[:-3], self.shape[-3])
        movers = [side.mover for side in game.sides[k]] or [game.movers[k]]
        none = np.zeros((0,) * 5)
        return uniform.Move(
            movers=read(np.array([] if game.movers[k] == CHANCE else movers), np.int64),
            kinds=read(game.kinds[k], np.int64),
            slots=read(np.array([slots[place] for place in game.leads[k]]), np.int64),
            active=self._flat(tables.active, 0, bool),
            allowed=self._flat(tables.allowed, 1, bool),
            weight=self._read(tables.weight, 2),
            successor=self._flat(successor, 2, np.int64),
            pay=read(none) if tables.pay is None else self._read(tables.pay, 3),
            becomes=read(none) if tables.becomes is None else self._read(tables.becomes, 3),
            odds=read(np.zeros((0,) * 4)) if tables.chance is None else self._read(tables.chance, 2),
        )

    def _read(self, x: Array, axes: int) -> np.ndarray:
        """[R, ..., J] numbers by state and so many axes more; J = 1 where they have no slopes."""
        return self._flat(_beside(x), axes + 1)

    def _flat(self, x: np.ndarray, axes: int, kind: Any = np.float64) -> np.ndarray:
        """[R, ...] what is by state and so many axes more."""
        return read(x.reshape(self.rows, *x.shape[x.ndim - axes :]), kind)


def _beside(x: Array) -> np.ndarray:
    """[..., J] numbers and their slopes."""
    if not isinstance(x, Dual):
        return np.asarray(x, dtype=float)[..., None]
    slopes = np.moveaxis(slope_of(x, len(x.slope)), 0, -1)
    return np.concatenate([x.value[..., None], slopes], axis=-1)


def _dual(numbers: np.ndarray) -> Array:
    """The same the other way round."""
    value, slopes = numbers[..., 0], numbers[..., 1:]
    return Dual(value, np.moveaxis(slopes, -1, 0)) if slopes.shape[-1] else value


def _others(sides: Sequence[Side], side: Side) -> list[int]:
    """[A] what all sides but one do in each profile, numbered as it comes."""
    rest = zip(*(other.taken for other in sides if other is not side), strict=True)
    seen: dict[tuple[int, ...], int] = {}
    return [seen.setdefault(taken, len(seen)) for taken in rest]


def _in_rows(at: np.ndarray, draws: Sequence[int], states: int) -> np.ndarray:
    """States [..., s, ...] of each draw, as rows of all draws one after the other."""
    first = states * np.arange(prod(draws)).reshape(*draws, *(1,) * (at.ndim - len(draws)))
    return at + first


def _rows(values: Array, at: np.ndarray) -> Array:
    """[..., s, N, W, E] the rows ``at`` [..., s] of values [..., S, N, W, E]."""
    *draws, S, N, W, E = values.shape
    return values.reshape(prod(draws) * S, N, W, E)[_in_rows(at, draws, S)]
