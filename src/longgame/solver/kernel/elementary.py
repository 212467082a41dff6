"""The exponential and the logarithm, eight at a time.

Both split off a power of two by the bits of the float and come down to a polynomial on a short interval (Muller 2016,
chapters 3 and 11).
"""

from __future__ import annotations

import math
from typing import Any

from longgame.compiled import compiled
from longgame.solver.kernel.lanes import exponent, largest, mantissa, spread, times_power

_PER_LN2 = 1.0 / math.log(2.0)
_LN2_HIGH = 6.93147180369123816490e-01  # log 2 in two parts, the first of few bits,
_LN2_LOW = 1.90821492927058770002e-10  # so that its products with whole numbers are exact
_WHOLE = 1.5 * 2.0**52  # a float added to it is rounded to a whole number
_LEAST = -708.0  # its exponential is about the smallest number with full precision

_1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, _13 = (1.0 / math.factorial(n) for n in range(1, 14))


@compiled
def exp(x: Any) -> Any:
    """e to the x for x up to 700, to the last bit or two; for x below -708 as at -708."""
    x = largest(x, spread(_LEAST))
    rounded = x * _PER_LN2 + _WHOLE
    power = rounded - _WHOLE
    r = x - power * _LN2_HIGH - power * _LN2_LOW
    p = r * _13 + _12
    p = p * r + _11
    p = p * r + _10
    p = p * r + _9
    p = p * r + _8
    p = p * r + _7
    p = p * r + _6
    p = p * r + _5
    p = p * r + _4
    p = p * r + _3
    p = p * r + _2
    p = p * r + _1
    p = p * r + 1.0
    return times_power(p, rounded)


@compiled
def log(x: Any) -> Any:
    """The logarithm of a positive number that is not tiny (above 1e-300), to about 1e-13."""
    m = mantissa(x)
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    p = z * (1.0 / 15.0) + 1.0 / 13.0
    p = p * z + 1.0 / 11.0
    p = p * z + 1.0 / 9.0
    p = p * z + 1.0 / 7.0
    p = p * z + 1.0 / 5.0
    p = p * z + 1.0 / 3.0
    p = p * z + 1.0
    return exponent(x) * math.log(2.0) + 2.0 * s * p
