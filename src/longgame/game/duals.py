"""Numbers with their derivatives: forward differentiation of whatever is written in NumPy.

A ``Dual`` is an array of values together with their slopes along V directions. NumPy's functions take it for an array
(by the protocols ``__array_ufunc__`` and ``__array_function__``), so a formula is differentiated by being evaluated:
every function below adds the chain rule to its value. Derivatives are exact up to rounding.

At a kink (``abs`` at 0, ``max`` of two equal numbers, a value at the end of a grid) the slopes to the two sides differ;
the slope given is the mean of the two, as central differences have it. Tests, rounding and places in a table have no
slope. Where a derivative is not finite (``sqrt`` at 0, 1/0) it counts as 0, so that a branch that is not taken can do
no harm to the one that is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from longgame.arrays import Array


class Dual(NDArrayOperatorsMixin):
    """Values [...] and their slopes [V, ...], which broadcast to them."""

    def __init__(self, value: Array, slope: Array):
        self.value = np.asarray(value)
        self.slope = slope

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the values."""
        return self.value.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the values."""
        return self.value.dtype

    def astype(self, kind: Any) -> Array:
        """Rounded to another type: whole numbers have no slope."""
        return self if np.dtype(kind) == self.dtype else self.value.astype(kind)

    def reshape(self, *shape: int) -> Dual:
        """In another shape."""
        whole = np.broadcast_to(self.slope, (len(self.slope), *self.shape))
        return Dual(self.value.reshape(shape), whole.reshape(len(whole), *shape))

    def __getitem__(self, index: Any) -> Dual:
        rows = index if isinstance(index, tuple) else (index,)
        whole = np.broadcast_to(self.slope, (len(self.slope), *self.shape))
        return Dual(self.value[rows], whole[slice(None), *rows])

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if method != "__call__" or options:
            return NotImplemented
        values = [value_of(x) for x in inputs]
        found = ufunc(*values)
        rule = _RULES.get(ufunc)
        if rule is None:
            if found.dtype == bool or ufunc in _ROUNDING:
                return found
            return NotImplemented
        slope: Array = 0.0
        for x, factor in zip(inputs, rule(found, *values), strict=True):
            if isinstance(x, Dual):
                slope = slope + _finite(factor) * _lifted(x.slope, np.ndim(found))
        return Dual(found, slope)

    def __array_function__(self, function: Callable[..., Any], types: Any, args: Any, options: Any) -> Any:
        rule = _FUNCTIONS.get(function)
        return NotImplemented if rule is None else rule(*args, **options)


def value_of(x: Array) -> Array:
    """The values of numbers, with slopes or without."""
    return x.value if isinstance(x, Dual) else x


def slope_of(x: Array, directions: int) -> np.ndarray:
    """[V, ...] the slopes of numbers; 0 where they have none."""
    shape = directions, *np.shape(value_of(x))
    return np.broadcast_to(x.slope, shape) if isinstance(x, Dual) else np.zeros(shape)


def _lifted(slope: Array, dimensions: int) -> Array:
    """Slopes [V, ...] of values with fewer axes, so that they broadcast to values with so many."""
    missing = dimensions + 1 - slope.ndim
    return slope.reshape(len(slope), *(1,) * missing, *slope.shape[1:]) if missing > 0 else slope


def _finite(factor: Array) -> Array:
    return np.where(np.isfinite(factor), factor, 0.0)


# --- the derivative of each function by each of its arguments, from its value and theirs ------------------------------


def _power(found: Array, a: Array, b: Array) -> tuple[Array, Array]:
    # 0 ** b moves with its base only: its logarithm is not finite, and times 0 not a number.
    return np.where(b == 0.0, 0.0, b * np.power(a, b - 1.0)), found * np.log(a)


def _share(larger: Array, smaller: Array) -> Array:
    """How much of a maximum moves with the one that should be the larger."""
    return np.where(larger > smaller, 1.0, np.where(larger < smaller, 0.0, 0.5))


_RULES: dict[np.ufunc, Callable[..., tuple[Array, ...]]] = {
    np.add: lambda y, a, b: (1.0, 1.0),
    np.subtract: lambda y, a, b: (1.0, -1.0),
    np.multiply: lambda y, a, b: (b, a),
    np.true_divide: lambda y, a, b: (1.0 / b, -y / b),
    np.power: _power,
    np.negative: lambda y, a: (-1.0,),
    np.absolute: lambda y, a: (np.sign(a),),
    np.exp: lambda y, a: (y,),
    np.log: lambda y, a: (1.0 / a,),
    np.sqrt: lambda y, a: (0.5 / y,),
    np.maximum: lambda y, a, b: (_share(a, b), _share(b, a)),
    np.minimum: lambda y, a, b: (_share(b, a), _share(a, b)),
}
_ROUNDING = (np.floor, np.rint, np.sign)


# --- functions of whole arrays ----------------------------------------------------------------------------------------


def _where(test: Array, one: Array, other: Array) -> Dual:
    test = value_of(test)
    found = np.where(test, value_of(one), value_of(other))
    slopes = [_lifted(x.slope, found.ndim) if isinstance(x, Dual) else 0.0 for x in (one, other)]
    return Dual(found, np.where(test, *slopes))


def _clip(x: Array, low: Array, high: Array) -> Array:
    return np.minimum(np.maximum(x, low), high)


def _nan_to_num(x: Dual, nan: float = 0.0) -> Dual:
    return Dual(np.nan_to_num(x.value, nan=nan), np.where(np.isfinite(x.value), x.slope, 0.0))


def _broadcast_to(x: Dual, shape: Sequence[int]) -> Dual:
    slope = _lifted(x.slope, len(shape))
    return Dual(np.broadcast_to(x.value, shape), np.broadcast_to(slope, (len(slope), *shape)))


def _stack(arrays: Sequence[Array], axis: int = 0) -> Dual:
    """Along an axis that is counted from the end; arrays are of one shape."""
    values = np.stack([value_of(x) for x in arrays], axis=axis)
    directions = next(len(x.slope) for x in arrays if isinstance(x, Dual))
    return Dual(values, np.stack([slope_of(x, directions) for x in arrays], axis=axis))


def _sum(x: Dual, axis: int | tuple[int, ...]) -> Dual:
    """Over axes that are counted from the end."""
    return Dual(x.value.sum(axis=axis), np.broadcast_to(x.slope, (len(x.slope), *x.shape)).sum(axis=axis))


def _extreme(reduce: Callable[..., Array]) -> Callable[..., Dual]:
    def function(x: Dual, axis: int | tuple[int, ...]) -> Dual:
        """Over axes that are counted from the end. Where several are the largest, each side follows another of them."""
        found = reduce(x.value, axis=axis)
        at = x.value == reduce(x.value, axis=axis, keepdims=True)
        slope = np.broadcast_to(x.slope, (len(x.slope), *x.shape))
        most = np.where(at, slope, -np.inf).max(axis=axis)
        least = np.where(at, slope, np.inf).min(axis=axis)
        return Dual(found, _finite(0.5 * (most + least)))

    return function


_FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {
    np.where: _where,
    np.clip: _clip,
    np.nan_to_num: _nan_to_num,
    np.broadcast_to: _broadcast_to,
    np.stack: _stack,
    np.sum: _sum,
    np.max: _extreme(np.max),
    np.min: _extreme(np.min),
    np.shape: lambda x: x.shape,
    np.ndim: lambda x: x.value.ndim,
}
