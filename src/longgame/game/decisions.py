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

Axes as in ``game``, those of draws in front; M quantiles; E = M + 3 quantities: D by quantile, U, the sum and the
count of 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from math import lcm
from operator import add

import numpy as np

from longgame.arrays import Array
from longgame.game.duals import Dual, slope_of, value_of
from longgame.game.linear import fixed_point
from longgame.game.numbers import CHANCE, GameTables, Numbers, StepTables
from longgame.game.sides import Side

MOST_QUANTILES = 60
NOTHING = 1e-9  # of the size of payoffs: less is rounding


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
        counts = [len(after) for after, mover in zip(leads, movers, strict=True) if mover != CHANCE]
        counts += [max(_others(some, side)) + 1 for some in self.sides for side in some]
        exact = lcm(*(n for count in counts for n in range(2, count + 1)))
        self.quantiles = min(exact, MOST_QUANTILES)  # each option of a move has its share of them, or nearly
        M = self.quantiles
        self._paid = np.array([1.0] * (M + 1) + [0.0, 0.0])  # the quantities that payoffs belong to

    def scale(self, numbers: Numbers) -> Array:
        """[..., N] what a decision of each actor usually moves, in payoffs of the period of the decision; 0 for an
        actor whose decisions change nothing. The tables, by period, may have slopes; their precision is not used.
        """
        first = numbers(0)
        if self.periods is None:
            start = self._for_ever(first)
        else:
            start = self._stopped(numbers(self.periods - 1).end_value)
            for t in reversed(range(self.periods)):
                start = self._period(numbers(t), start)
        sums = _rows(start, first.start_index)[..., -2:]  # [..., L0, N, W, 2]
        sums = sums * first.start_weight[..., :, None, None, None] * first.prior[..., None, None, :, None]
        sums = np.sum(np.sum(sums, axis=-2), axis=-3)
        total, count = sums[..., 0], sums[..., 1]
        some = count > 0
        ratio = np.where(some, total, 0.0) / np.where(some, count, 1.0)
        return np.where(ratio > 0, np.sqrt(np.where(ratio > 0, ratio, 1.0)), 0.0)

    def _period(self, now: GameTables, start: Array) -> Array:
        """[..., S, N, W, E] at the start of a period, from those at the start of the next."""
        K, discount = len(self.movers), now.discount[..., None, :, None, None]
        paid = discount if self.periods is None else discount * self._paid + (1.0 - self._paid)
        ahead = [now.flow[..., None] * self._paid + paid * start] * (K + 1)
        for k in reversed(range(K)):
            ahead[k] = self._before(k, now.steps[k], ahead)
        return np.where(self.ended[:, None, None, None], self._stopped(now.end_value), ahead[0])

    def _for_ever(self, now: GameTables) -> Array:
        """[..., S, N, W, E] that a period leaves as they are: first U and D, then the sums of the squares of these."""
        nothing = np.zeros((*value_of(now.flow).shape, self.quantiles + 3))
        worths = self._still(now, nothing[..., :0], nothing[..., :-2])
        return _beside(worths, self._still(now, worths, nothing[..., -2:]))

    def _still(self, now: GameTables, known: Array, nothing: Array) -> Array:
        """The quantities after some that are known, of the shape of ``nothing``, that a period leaves as they are.

        First the values x = c + L x, then, along each direction, their slopes x' = (c' + L' x) + L x'.
        """
        values, part = now.each(value_of), slice(known.shape[-1], known.shape[-1] + nothing.shape[-1])
        rest = np.zeros((*nothing.shape[:-1], self.quantiles + 3 - part.stop))

        def period(tables: GameTables, known: Array, x: Array) -> Array:
            return self._period(tables, _beside(_beside(known, x), rest))[..., part]

        still = period(values, value_of(known), nothing)

        def found(constant: Array) -> Array:
            x = fixed_point(lambda x: period(values, value_of(known), x) - still, constant)
            return np.full(constant.shape, np.nan) if x is None else x

        x = found(still)
        moved = period(now, known, x)
        if not isinstance(moved, Dual):
            return x
        return Dual(x, np.stack([found(slope) for slope in slope_of(moved, len(moved.slope))]))

    def _stopped(self, end_value: Array) -> Array:
        """[..., S, N, W, E] where the game stops."""
        return end_value[..., None] * self._paid

    def _before(self, k: int, tables: StepTables, ahead: Sequence[Array]) -> Array:
        """[..., S, N, W, E] before step k."""
        passing = ahead[k + 1]
        at = np.flatnonzero(tables.active.reshape(-1, tables.active.shape[-1]).any(axis=0))
        if not len(at):
            return passing
        here = StepTables(*(None if x is None else _states(x, at, n) for x, n in zip(tables, _AXES, strict=True)))
        options = [self._after(here, a, ahead[place]) for a, place in enumerate(self.leads[k])]
        if self.movers[k] == CHANCE:
            found = _mixed(options, [here.chance[..., a, None, :, None] for a in range(len(options))])
        else:
            found = self._moved(here, options, self.movers[k], self.sides[k])
        found = np.where(here.active[..., None, None, None], found, _states(passing, at, 4))
        return _placed(found, at, passing)

    def _after(self, tables: StepTables, a: int, following: Array) -> Array:
        """[..., s, N, W, E] when option a is taken."""
        lots = [
            (tables.weight[..., a, lot], tables.successor[..., a, lot]) for lot in range(tables.weight.shape[-1])
        ]
        some = [lot for lot in lots if isinstance(lot[0], Dual) or lot[0].any()]  # the others only fill up
        found: Array = reduce(add, (_weighed(weight, _rows(following, successor)) for weight, successor in some), 0.0)
        if tables.becomes is not None:
            worlds = range(tables.becomes.shape[-1])
            found = _mixed(
                [found[..., v, None, :] for v in worlds], [tables.becomes[..., a, None, :, v, None] for v in worlds]
            )
        return found if tables.pay is None else found + tables.pay[..., a, :, :, None] * self._paid

    def _moved(self, tables: StepTables, options: Sequence[Array], mover: int, sides: Sequence[Side]) -> Array:
        """[..., s, N, W, E] before a move, or before the moves of several at the same time."""
        M, open_ = self.quantiles, tables.allowed
        count = open_.sum(axis=-1, keepdims=True)
        found = _mixed(options, [(open_[..., a] / count[..., 0])[..., None, None, None] for a in range(len(options))])
        movers = [side.mover for side in sides] or [mover]
        actors, quantities = np.arange(found.shape[-3])[:, None, None], np.arange(M + 3)
        given = self._given(options, self._taken(open_, range(len(options))))
        found = np.where(np.isin(actors, movers) | (quantities >= M), found, given)
        for n, actor in enumerate(movers):
            if sides:  # what the others do now is the next move of another
                taken = self._taken(open_, _others(sides, sides[n]))
                found = np.where((actors == actor) & (quantities < M), self._given(options, taken), found)
                x = self._square([option[..., M : M + 1] for option in options], taken, actor)
            else:
                x = self._square([option[..., :M] for option in options], open_[..., None], actor)
            x = x[..., None, :, None]  # [..., s, 1, W, 1]
            counts = np.where(x > 0, 1.0, 0.0)
            more = x * (quantities == M + 1) + counts * (quantities == M + 2)
            found = found + np.where(actors == actor, more, 0.0)
        return found

    def _taken(self, open_: np.ndarray, kind: Sequence[int]) -> np.ndarray:
        """[..., s, A, M] bool: the open options of the kind at each quantile of the kinds that are open."""
        M, kinds = self.quantiles, np.asarray(kind)
        some = np.stack([open_[..., kinds == n].any(axis=-1) for n in range(kinds.max() + 1)], axis=-1)
        count = some.sum(axis=-1, keepdims=True)
        rank = np.where(some, np.cumsum(some, axis=-1) - 1, -1)  # of each open kind among the open ones
        at = rank[..., None] == (np.arange(M) * count // M)[..., None, :]  # [..., s, kinds, M]
        return at[..., kinds, :] & open_[..., None]

    def _given(self, options: Sequence[Array], taken: np.ndarray) -> Array:
        """[..., s, N, W, E] what follows on average if one of the options ``taken`` at each quantile is chosen."""
        M, count = self.quantiles, taken.sum(axis=-2)  # [..., s, M]
        none = np.zeros((*count.shape[:-1], 3))
        share = 1.0 / np.where(count > 0, count, 1)
        odds = [np.concatenate([taken[..., a, :] * share, none], axis=-1) for a in range(len(options))]
        return _mixed([option[..., M : M + 1] for option in options], [p[..., None, None, :] for p in odds])

    def _square(self, options: Sequence[Array], open_: np.ndarray, actor: int) -> Array:
        """[..., s, W] the mean over quantiles of the squared spread of an actor's open options [..., s, A, M or 1]."""
        own = [option[..., actor, :, :] for option in options]  # each [..., s, W, M or 1]
        closed = [~open_[..., a, None, :] for a in range(len(options))]
        pairs = list(zip(closed, own, strict=True))
        most = reduce(np.maximum, [np.where(shut, -np.inf, value) for shut, value in pairs])
        least = reduce(np.minimum, [np.where(shut, np.inf, value) for shut, value in pairs])
        size = np.maximum(np.absolute(most), np.absolute(least))
        spread = np.where(most - least > NOTHING * size, most - least, 0.0)
        return np.sum(spread * spread, axis=-1) / self.quantiles


def _others(sides: Sequence[Side], side: Side) -> list[int]:
    """[A] what all sides but one do in each profile, numbered as it comes."""
    rest = zip(*(other.taken for other in sides if other is not side), strict=True)
    seen: dict[tuple[int, ...], int] = {}
    return [seen.setdefault(taken, len(seen)) for taken in rest]


_AXES = StepTables(active=1, allowed=2, pay=4, weight=3, successor=3, becomes=4, chance=3)


def _weighed(weight: Array, rows: Array) -> Array:
    """Rows [..., s, N, W, E] by their weights [..., s]."""
    if not isinstance(weight, Dual) and (weight == 1.0).all():  # nearly always
        return rows
    return weight[..., None, None, None] * rows


def _mixed(options: Sequence[Array], odds: Sequence[Array]) -> Array:
    """The sum of options by their odds."""
    found: Array = 0.0
    for option, p in zip(options, odds, strict=True):
        found = found + p * option
    return found


def _beside(one: Array, other: Array) -> Array:
    """Quantities and others beside them."""
    if not isinstance(one, Dual):
        return np.concatenate([one, other], axis=-1)
    slopes = slope_of(one, len(one.slope))
    return Dual(_beside(one.value, value_of(other)), _beside(slopes, slope_of(other, len(slopes))))


def _states(x: Array, at: np.ndarray, axes: int) -> Array:
    """The rows ``at`` of an array with so many axes of its own, the first of them that of states."""
    return x[(Ellipsis, at, *(slice(None),) * (axes - 1))]


def _placed(rows: Array, at: np.ndarray, values: Array) -> Array:
    """[..., S, N, W, E] values, with ``rows`` [..., s, N, W, E] at the states ``at`` [s]."""
    if isinstance(rows, Dual):
        count = len(rows.slope)
        slopes = _placed(slope_of(rows, count), at, slope_of(values, count))
        return Dual(_placed(rows.value, at, value_of(values)), slopes)
    placed = np.array(values)
    placed[..., at, :, :, :] = rows
    return placed


def _rows(values: Array, at: np.ndarray) -> Array:
    """[..., s, N, W, E] the rows ``at`` [..., s] of values [..., S, N, W, E]."""
    draws, (S, *rest) = values.shape[:-4], values.shape[-4:]
    if not draws:
        return values[at]
    G = int(np.prod(draws))
    first = S * np.arange(G).reshape(*draws, *(1,) * (at.ndim - len(draws)))
    return values.reshape(G * S, *rest)[at + first]
