"""Memory for compiled code: addresses of numbers, and eight of them at a time.

``p = pointer(array)`` is the address of an array, which must be contiguous: ``p[i]`` is one number of it, as if it were
flat, and ``load(p, i)`` are the eight from place i on. Nothing checks that they are there. Addresses cost nothing to
hand on, where Numba counts every reference to an array; whoever takes them keeps the arrays alive.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import types

from longgame.solver.kernel.lanes import (
    FLOAT,
    FLOATS,
    INT,
    INTS,
    LANES,
    LANES_TYPE,
    LONG,
    Builder,
    Lanes,
    Mask,
    Value,
    call,
    constant,
    emits,
    vector,
)

_FLOATS_AT, _PLACES_AT = types.CPointer(types.float64), types.CPointer(types.int32)


def _eight(builder: Builder, first: Value, place: Value) -> Any:
    """The address of eight numbers from a place on."""
    return builder.bitcast(builder.gep(first, [place]), ir.PointerType(vector(first.type.pointee)))


# --- addresses --------------------------------------------------------------------------------------------------------


@emits(lambda array: types.CPointer(array.dtype), (types.Array,))
def pointer(context: Any, builder: Builder, kinds: Any, array: Value) -> Any:
    """The address of an array's numbers."""
    return context.make_array(kinds[0])(context, builder, array).data


@emits(_FLOATS_AT, (types.Integer,))
def pointer_at(context: Any, builder: Builder, kinds: Any, address: Value) -> Any:
    """The address of floats that is given as a number."""
    return builder.inttoptr(address, ir.PointerType(FLOAT))


@emits(_PLACES_AT, (types.Integer,))
def places_at(context: Any, builder: Builder, kinds: Any, address: Value) -> Any:
    """The address of 32-bit integers that is given as a number."""
    return builder.inttoptr(address, ir.PointerType(INT))


@emits(lambda address, _: address, (types.CPointer, types.Integer))
def shifted(context: Any, builder: Builder, kinds: Any, address: Value, count: Value) -> Any:
    """The address of what stands so many numbers behind."""
    return builder.gep(address, [count])


# --- eight numbers ----------------------------------------------------------------------------------------------------


@emits(LANES_TYPE, (types.CPointer, types.Integer))
def load(context: Any, builder: Builder, kinds: Any, address: Value, place: Value) -> Any:
    """Eight floats of an array, from a place on."""
    return builder.load(_eight(builder, address, place), align=8)


@emits(LANES_TYPE, (types.CPointer, types.Integer, Mask))
def load_some(context: Any, builder: Builder, kinds: Any, address: Value, place: Value, condition: Value) -> Any:
    """The same in the lanes of a mask, 0 elsewhere; what is there is not touched."""
    at, align = _eight(builder, address, place), ir.Constant(INT, 8)
    return call(builder, f"llvm.masked.load.v{LANES}f64.p0", FLOATS, at, align, condition, constant(FLOATS, 0.0))


@emits(types.none, (types.CPointer, types.Integer, Lanes))
def store(context: Any, builder: Builder, kinds: Any, address: Value, place: Value, value: Value) -> Any:
    """Put eight floats into an array, from a place on."""
    builder.store(value, _eight(builder, address, place), align=8)
    return context.get_dummy_value()


@emits(types.none, (types.CPointer, types.Integer, Lanes, Mask))
def store_some(
    context: Any, builder: Builder, kinds: Any, address: Value, place: Value, value: Value, condition: Value
) -> Any:
    """The same in the lanes of a mask; what is elsewhere is not touched."""
    at, align = _eight(builder, address, place), ir.Constant(INT, 8)
    call(builder, f"llvm.masked.store.v{LANES}f64.p0", ir.VoidType(), value, at, align, condition)
    return context.get_dummy_value()


@emits(types.none, (types.CPointer, types.Integer, Lanes))
def store_index(context: Any, builder: Builder, kinds: Any, address: Value, place: Value, numbers: Value) -> Any:
    """Keep eight places, given as floats that are whole, in an array of 32-bit integers."""
    whole = builder.fptosi(numbers, INTS)
    builder.store(whole, _eight(builder, address, place), align=4)
    return context.get_dummy_value()


@emits(types.none, (types.CPointer, types.CPointer, types.Integer, types.Integer))
def transpose(
    context: Any, builder: Builder, kinds: Any, source: Value, target: Value, place: Value, stride: Value
) -> Any:
    """Put the eight columns of 8 x 8 floats that begin at ``source`` as rows into ``target``, ``stride`` apart."""
    starts = [ir.Constant(LONG, LANES * n) for n in range(LANES)]
    rows: list[Any] = [builder.load(_eight(builder, source, start), align=8) for start in starts]
    for pairs, one, other in _EXCHANGES:
        for a, b in pairs:
            rows[a], rows[b] = (
                builder.shuffle_vector(rows[a], rows[b], ir.Constant(INTS, chosen)) for chosen in (one, other)
            )
    for n in range(LANES):
        at = builder.add(place, builder.mul(stride, ir.Constant(LONG, n)))
        builder.store(rows[n], _eight(builder, target, at), align=8)
    return context.get_dummy_value()


# Pairs of rows exchange single lanes, then pairs of lanes, then halves: what is to come from each (8 to 15: the other).
_EXCHANGES = (
    (((0, 1), (2, 3), (4, 5), (6, 7)), (0, 8, 2, 10, 4, 12, 6, 14), (1, 9, 3, 11, 5, 13, 7, 15)),
    (((0, 2), (1, 3), (4, 6), (5, 7)), (0, 1, 8, 9, 4, 5, 12, 13), (2, 3, 10, 11, 6, 7, 14, 15)),
    (((0, 4), (1, 5), (2, 6), (3, 7)), (0, 1, 2, 3, 8, 9, 10, 11), (4, 5, 6, 7, 12, 13, 14, 15)),
)
