"""The geometry of bargaining over a finite set of deals: what nobody can improve on, and where agreement would end.

Each deal gives each party a gain over going on without one. Shapes: D deals, N parties; gains [D, N].

    pareto             deals that no other deal, nor having none, improves on for somebody without loss to anybody
    nash               max  product of g(i)                                 Nash 1950; on finite sets Mariotti 1998
    kalai_smorodinsky  max  min over i of g(i) / (best g(i) in the zone)    Kalai and Smorodinsky 1975; on finite sets
                                                                            Nagahisa and Tanaka 2002
    egalitarian        max  min over i of g(i)                              Kalai 1977
    utilitarian        max  sum over i of g(i)

The first two do not depend on the parties' units; the last two compare parties, in whatever unit the gains are given. A
tie in a smallest gain is broken by the next smallest (leximin), what is left by the order of the deals.

Where clauses can be put together freely, what each adds is a question of its own:

    shapley            the mean, over all orders in which the clauses of a bundle could be added, of what a clause adds
                       when its turn comes (Shapley 1953): the shares add up to the worth of the bundle
    marginal           what the bundle is worth less what it is worth without the clause
"""

from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

TOLERANCE = 1e-9  # of the unit of gains: less than this is nothing, being below the solver's own tolerance
AT_ONCE, ROWS_AT_ONCE = 2048, 65_536  # deals of the frontier, and deals that are held against them


def pareto(gains: Array, *, none: bool = True) -> NDArray[np.bool_]:
    """[D] rows of gains [D, N] that no other row dominates, nor (with ``none``) the row of zeros: no deal.

    From the largest sum down, some rows at a time are held against all that stand, so that few are left early on.
    """
    standing = np.ones(len(gains), dtype=bool)
    if none:
        standing = ~_dominated(gains, np.zeros((1, gains.shape[1])))
    order = np.argsort(-gains.sum(axis=1), kind="stable")
    order, done = order[standing[order]], 0
    while done < len(order):
        dominated = _dominated(gains[order], gains[order[done : done + AT_ONCE]])
        done += AT_ONCE - int(dominated[: done + AT_ONCE].sum())
        order = order[~dominated]
    standing[:] = False
    standing[order] = True
    return standing


def _dominated(gains: Array, others: Array) -> NDArray[np.bool_]:
    """[D] whether one of the rows ``others`` [F, N] is no worse for anybody and better for somebody.

    Sets of others are kept as bits: ``largest[k]`` has the k of them with the largest gain of a party.
    """
    found = np.zeros(len(gains), dtype=bool)
    numbers = np.arange(len(others))
    for start in range(0, len(gains), ROWS_AT_ONCE):
        here = slice(start, start + ROWS_AT_ONCE)
        no_worse = np.array(0xFF, dtype=np.uint8)
        better = np.array(0, dtype=np.uint8)
        for column in range(gains.shape[1]):
            order = np.argsort(-others[:, column])
            falling, own = -others[order, column], -gains[here, column]
            largest = np.zeros((len(others) + 1, len(others) // 8 + 1), dtype=np.uint8)
            largest[numbers + 1, order >> 3] = 1 << (order & 7)
            np.bitwise_or.accumulate(largest, axis=0, out=largest)
            no_worse = no_worse & largest[np.searchsorted(falling, own + TOLERANCE, side="right")]
            better = better | largest[np.searchsorted(falling, own - TOLERANCE, side="left")]
        found[here] = (no_worse & better).any(axis=1)
    return found


def nash(gains: Array) -> int:
    """The row with the largest product of gains.

    Where every product is zero (no deal serves all parties) the product over the largest number of parties that can
    gain at once decides.
    """
    positive = gains > TOLERANCE
    logs = np.where(positive, np.log(np.where(positive, gains, 1.0)), 0.0).sum(axis=1)
    return first_largest(np.column_stack([positive.sum(axis=1), logs]))


def kalai_smorodinsky(gains: Array) -> int:
    """The row whose smallest gain, as a part of the best that its party could get in the zone, is largest."""
    ideal = gains.max(axis=0)
    reachable = ideal > TOLERANCE
    return egalitarian(gains[:, reachable] / ideal[reachable]) if reachable.any() else 0


def egalitarian(gains: Array) -> int:
    """The row whose smallest gain is largest; ties by the next smallest (leximin)."""
    return first_largest(np.sort(gains, axis=1))


def utilitarian(gains: Array) -> int:
    """The row with the largest sum of gains."""
    return first_largest(gains.sum(axis=1)[:, None])


def first_largest(keys: Array) -> int:
    """The first row that is largest by its first key, then by the second, and so on, up to the tolerance."""
    rows = np.arange(len(keys))
    for key in keys.T:
        rows = rows[key[rows] >= key[rows].max() - TOLERANCE]
    return int(rows[0])


def shapley(worth: Array) -> Array:
    """[M, ...] Shapley values of M clauses in the bundle of all of them.

    Args:
        worth: [2^M, ...] of every part of the bundle; bit m of the index says whether clause m is in it.

    Raises:
        ValueError: the number of parts is no power of two.
    """
    parts = len(worth)
    count = parts.bit_length() - 1
    if 1 << count != parts:
        raise ValueError(f"expected a worth for each of 2^M parts of a bundle, found {parts}")
    sizes = np.array([number.bit_count() for number in range(parts)])
    values = np.zeros((count, *worth.shape[1:]))
    for clause in range(count):
        without = np.flatnonzero(~(np.arange(parts) >> clause) & 1)
        size = sizes[without]
        chance = np.array([factorial(k) * factorial(count - k - 1) / factorial(count) for k in range(count)])[size]
        adds = worth[without | (1 << clause)] - worth[without]
        values[clause] = np.tensordot(chance, adds, 1)
    return values


def marginal(worth: Array) -> Array:
    """[M, ...] what the bundle of all M clauses is worth less its worth without each, for ``worth`` as in `shapley`."""
    whole = len(worth) - 1
    return np.array([worth[whole] - worth[whole ^ (1 << clause)] for clause in range(whole.bit_length())])


def logrolling(worth: Array) -> list[tuple[int, int]]:
    """Pairs of concessions that only together serve everybody.

    Args:
        worth: [M, M, N] of having clauses m and n both; ``worth[m, m]`` that of clause m alone.

    Returns:
        the pairs m < n of which each alone is a loss to somebody, and both together a gain to all.
    """
    alone = worth[np.arange(len(worth)), np.arange(len(worth))]
    refused = [bool((row < -TOLERANCE).any()) for row in alone]
    return [
        (m, n)
        for m, n in combinations(range(len(worth)), 2)
        if refused[m] and refused[n] and (worth[m, n] > TOLERANCE).all()
    ]


def best_for(gains: Array, party: int, signs: NDArray[np.bool_]) -> int | None:
    """The row that is best for a party among those that are signed; ties by the sum of gains. None where none is."""
    rows = np.flatnonzero(signs)
    if not len(rows):
        return None
    keys = np.column_stack([gains[rows, party], gains[rows].sum(axis=1)])
    return int(rows[first_largest(keys)])
