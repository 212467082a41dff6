"""Whether an output depends on an assumption at all, or only seems to: a test for many assumptions at once.

A smooth rank test of independence (Kallenberg and Ledwina 1999, Journal of the American Statistical Association 94):

    1. the ranks of an assumption, brought to the interval from -1 to 1, are read through the Legendre polynomials of
       order 1 to 4, and those of the output through order 1 and 2: higher or lower, and nearer to the middle or to the
       ends;
    2. the correlation of each pair of the two, times the root of n - 1, has mean 0 and variance 1 if the two are
       independent: each order of the output then comes with each order of the assumption equally often. It is nearly
       normal. One that is large speaks against independence: order 1 with 1 of a slope, 2 with 1 of a hill or a valley,
       2 with 2 of an assumption that widens or narrows the output and so works through others alone;
    3. the largest of the pairs decides, its chance multiplied by the number of pairs and of assumptions (Bonferroni):
       below ``CHANCE`` it is named. So one output in 200 on which nothing acts is said to rest on something;
    4. what was found hides what is weaker. So the output (as normal quantiles of its ranks) is freed, by least squares,
       of the polynomials of the assumptions found so far, and what is left of it is tested again, until nothing is
       found. An assumption without influence is independent of that rest as it was of the output.

It needs draws in which the assumptions are independent. It does not see an assumption that moves neither the level nor
the spread of the output, but only, say, which half of another assumption is the better one.

Shapes: n draws, P assumptions, K orders.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import scipy
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

CHANCE = 0.005  # of naming any assumption where none matters, in one of the few tests of an output
ORDERS, OUTPUT_ORDERS = 4, 2
DRAWS_FOR_EACH = 6  # draws for each polynomial that is fitted: with fewer, nothing more is taken out
NOTHING = 1e-9  # of the output's variance: a rest that is smaller is rounding


def dependence(x: Array, y: Array, possible: Mask | None = None) -> Array:
    """[P] the chance that one of the assumptions x [n, P] would look as telling for the output y [n] as this one does,
    if none of those not yet found mattered; 1 for those that are not ``possible`` [P]."""
    return tested(scores(x), y, possible)


def scores(x: Array) -> Array:
    """[K, n, P] the polynomials of each assumption's ranks, of mean 0 and mean square 1 over the draws."""
    return _standard(_legendre((ranks(x, axis=0) - 0.5) / len(x), ORDERS))


def tested(read: Array, y: Array, possible: Mask | None = None) -> Array:
    """[P] the same, from the ``scores`` of the assumptions, which serve all outputs."""
    orders, n, P = read.shape
    left = np.ones(P, bool) if possible is None else possible.copy()
    tries = orders * OUTPUT_ORDERS * max(int(left.sum()), 1)
    chance = np.ones(P)
    whole = scipy.special.ndtri((ranks(y) - 0.5) / n)
    whole = rest = whole - whole.mean()
    found = np.zeros(P, bool)
    while left.any():
        chance[left] = np.minimum(tries * 2.0 * scipy.special.ndtr(-_largest(read[:, :, left], rest)), 1.0)
        new = left & (chance < CHANCE)
        found |= new
        left &= ~new
        if not new.any() or orders * int(found.sum()) * DRAWS_FOR_EACH > n:
            break
        fitted = read[:, :, found].transpose(1, 0, 2).reshape(n, -1)
        rest = whole - fitted @ np.linalg.lstsq(fitted, whole, rcond=None)[0]
        if rest @ rest <= NOTHING * (whole @ whole):
            break
    return chance


def _largest(read: Array, y: Array) -> Array:
    """[P] the largest of the standardised correlations of an output's polynomials with those of each assumption."""
    n = len(y)
    basis, upper = np.linalg.qr(_standard(_legendre((ranks(y) - 0.5) / n, OUTPUT_ORDERS)).T)
    told = np.abs(np.diag(upper)) > 1e-9 * np.sqrt(n)  # of a truth, the second order says the same as the first
    pairs = np.abs(np.einsum("knp,nj->kjp", read, basis[:, told])) * np.sqrt((n - 1) / n)
    return pairs.max(axis=(0, 1))


def _legendre(u: Array, orders: int) -> Array:
    """[orders, ...] the Legendre polynomials of order 1, 2, ... of numbers between 0 and 1."""
    return np.stack([scipy.special.eval_legendre(order, 2.0 * u - 1.0) for order in range(1, orders + 1)])


def _standard(polynomials: Array) -> Array:
    """Of mean 0 and mean square 1 over the draws, the second axis; 0 where they do not vary."""
    centred = polynomials - polynomials.mean(axis=1, keepdims=True)
    size = np.sqrt((centred**2).mean(axis=1, keepdims=True))
    return np.divide(centred, size, out=np.zeros_like(centred), where=size > 1e-9)


def ranks(values: Array, method: Literal["average", "min", "max", "ordinal"] = "average", axis: int = 0) -> Array:
    """The ranks of values along an axis, from 1.

    Equal values have the average of their places, the least or the greatest of these ('min', 'max'), or come in the
    order in which they stand ('ordinal').
    """
    v = np.moveaxis(np.asarray(values, dtype=float), axis, -1)
    order = np.argsort(v, axis=-1, kind="stable")
    ordered, place = np.take_along_axis(v, order, axis=-1), np.arange(v.shape[-1])
    if method != "ordinal":
        edge = np.ones((*v.shape[:-1], 1), bool)
        new = ordered[..., 1:] != ordered[..., :-1]
        first = np.maximum.accumulate(np.where(np.concatenate([edge, new], axis=-1), place, 0), axis=-1)
        last = np.where(np.concatenate([new, edge], axis=-1), place, v.shape[-1])
        last = np.minimum.accumulate(last[..., ::-1], axis=-1)[..., ::-1]
        place = {"average": (first + last) / 2.0, "min": first, "max": last}[method]
    found = np.empty(v.shape)
    np.put_along_axis(found, order, np.broadcast_to(place, v.shape) + 1.0, axis=-1)
    return np.moveaxis(found, -1, axis)
