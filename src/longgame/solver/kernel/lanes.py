"""Vectors for compiled code: eight numbers in eight lanes, with arithmetic and choice by lane.

The kernel solves eight points of the belief lattice side by side. Whether a compiler finds the vector form of a loop
depends on much that is hard to see; here it is written down. A ``Lanes`` value is an LLVM vector of eight 64-bit
floats: one register where the processor has such wide ones, two or four where it has not. A ``Mask`` holds a truth
value for each lane.

They exist only inside functions that Numba compiles; the functions below have no body in Python.
"""

from __future__ import annotations

import math
import operator
import struct
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import models, register_model

LANES = 8

Value = Any  # of LLVM; what llvmlite says of types is too coarse to be of use
Builder = Any
Emit = Callable[..., Value]  # (context, builder, types of the arguments, *arguments)

FLOAT, BOOL, INT, LONG = ir.DoubleType(), ir.IntType(1), ir.IntType(32), ir.IntType(64)


_MANTISSA_BITS = 52
_ROOT_OF_HALF = struct.unpack("<q", struct.pack("<d", math.sqrt(0.5)))[0]  # its bits


def vector(element: ir.Type) -> ir.VectorType:
    """Eight of a machine type."""
    return ir.VectorType(element, LANES)


FLOATS, BOOLS, INTS, LONGS = map(vector, (FLOAT, BOOL, INT, LONG))


class Lanes(types.Type):
    """Eight floats."""


class Mask(types.Type):
    """Eight truth values."""


def _register(kind: type[types.Type], whole: ir.Type) -> types.Type:
    @register_model(kind)
    class Model(models.PrimitiveModel):
        def __init__(self, manager: Any, numba_type: Any):
            super().__init__(manager, numba_type, whole)

    return kind(kind.__name__)


LANES_TYPE, MASK_TYPE = _register(Lanes, FLOATS), _register(Mask, BOOLS)


# --- how a function is defined ----------------------------------------------------------------------------------------


def define(
    symbol: Callable[..., Any], gives: types.Type | Callable[..., types.Type], *forms: tuple[type[types.Type], ...]
) -> Callable[[Emit], Emit]:
    """Say what code a function or an operator stands for: ``emit(context, builder, types, *arguments)``.

    gives  the type of what comes out, or a function from the types of the arguments to it
    forms  the kinds of arguments that it takes
    """

    class _Template(AbstractTemplate):
        def generic(self, args: tuple[types.Type, ...], kws: Any) -> Any:
            fits = any(len(form) == len(args) and all(map(isinstance, args, form)) for form in forms)
            if not fits:
                return None
            return signature(gives if isinstance(gives, types.Type) else gives(*args), *args)

    teach: Any = infer_global(symbol)
    teach(_Template)

    def defined(emit: Emit) -> Emit:
        def lower(context: Any, builder: Builder, sig: Any, args: Any) -> Value:
            return emit(context, builder, sig.args, *args)

        for form in forms:
            lower_builtin(symbol, *form)(lower)
        return emit

    return defined


def _spread(builder: Builder, number: Value) -> Value:
    """The same number in every lane."""
    one = builder.insert_element(ir.Constant(vector(number.type), ir.Undefined), number, ir.Constant(INT, 0))
    return builder.shuffle_vector(one, one, ir.Constant(INTS, [0] * LANES))


def constant(whole: ir.Type, number: float) -> ir.Constant:
    """The same number in every lane, known beforehand."""
    return ir.Constant(whole, [number] * LANES)


def call(builder: Builder, name: str, gives: ir.Type, *args: Value) -> Value:
    """Call the function of this name that LLVM has itself."""
    kind = ir.FunctionType(gives, [x.type for x in args])
    return builder.call(builder.module.globals.get(name) or ir.Function(builder.module, kind, name), args)


# --- operators; a float beside lanes counts for every lane ------------------------------------------------------------


def _operator(symbol: Callable[..., Any], gives: types.Type, emit: Callable[..., Value]) -> None:
    @define(symbol, gives, (Lanes, Lanes), (Lanes, types.Float), (types.Float, Lanes))
    def _(context: Any, builder: Builder, kinds: Any, *args: Value) -> Value:
        pairs = zip(args, kinds, strict=True)
        return emit(builder, *(_spread(builder, x) if isinstance(kind, types.Float) else x for x, kind in pairs))


_operator(operator.add, LANES_TYPE, ir.IRBuilder.fadd)
_operator(operator.sub, LANES_TYPE, ir.IRBuilder.fsub)
_operator(operator.mul, LANES_TYPE, ir.IRBuilder.fmul)
_operator(operator.truediv, LANES_TYPE, ir.IRBuilder.fdiv)
_operator(operator.lt, MASK_TYPE, lambda builder, a, b: builder.fcmp_ordered("<", a, b))
_operator(operator.le, MASK_TYPE, lambda builder, a, b: builder.fcmp_ordered("<=", a, b))
_operator(operator.gt, MASK_TYPE, lambda builder, a, b: builder.fcmp_ordered(">", a, b))


@define(operator.and_, MASK_TYPE, (Mask, Mask))
def _(context: Any, builder: Builder, kinds: Any, a: Value, b: Value) -> Value:
    return builder.and_(a, b)


@define(operator.or_, MASK_TYPE, (Mask, Mask))
def _(context: Any, builder: Builder, kinds: Any, a: Value, b: Value) -> Value:
    return builder.or_(a, b)


@define(operator.invert, MASK_TYPE, (Mask,))
def _(context: Any, builder: Builder, kinds: Any, a: Value) -> Value:
    return builder.not_(a)


# --- functions --------------------------------------------------------------------------------------------------------


def spread(number: Any) -> Any:
    """The same number in every lane."""
    raise NotImplementedError


@define(spread, LANES_TYPE, (types.Float,))
def _(context: Any, builder: Builder, kinds: Any, number: Value) -> Value:
    return _spread(builder, number)


def first_lanes(count: Any) -> Any:
    """The mask of the first ``count`` lanes."""
    raise NotImplementedError


@define(first_lanes, MASK_TYPE, (types.Integer,))
def _(context: Any, builder: Builder, kinds: Any, count: Value) -> Value:
    numbers = ir.Constant(LONGS, list(range(LANES)))
    return builder.icmp_signed("<", numbers, _spread(builder, context.cast(builder, count, kinds[0], types.int64)))


def where(condition: Any, one: Any, other: Any) -> Any:
    """By lane, the one number or the other."""
    raise NotImplementedError


@define(where, LANES_TYPE, (Mask, Lanes, Lanes))
def _(context: Any, builder: Builder, kinds: Any, condition: Value, one: Value, other: Value) -> Value:
    return builder.select(condition, one, other)


def some(condition: Any) -> Any:
    """Whether a mask is true in any lane."""
    raise NotImplementedError


@define(some, types.boolean, (Mask,))
def _(context: Any, builder: Builder, kinds: Any, condition: Value) -> Value:
    bits = builder.bitcast(condition, ir.IntType(LANES))
    return builder.icmp_unsigned("!=", bits, ir.Constant(ir.IntType(LANES), 0))


def largest(one: Any, other: Any) -> Any:
    """The larger number in each lane; the second where one is not a number."""
    raise NotImplementedError


@define(largest, LANES_TYPE, (Lanes, Lanes))
def _(context: Any, builder: Builder, kinds: Any, one: Value, other: Value) -> Value:
    return builder.select(builder.fcmp_ordered(">", one, other), one, other)


def largest_lane(number: Any) -> Any:
    """The largest number of all lanes."""
    raise NotImplementedError


@define(largest_lane, types.float64, (Lanes,))
def _(context: Any, builder: Builder, kinds: Any, number: Value) -> Value:
    return call(builder, f"llvm.vector.reduce.fmax.v{LANES}f64", FLOAT, number)


def smallest(one: Any, other: Any) -> Any:
    """The smaller number in each lane; the second where one is not a number."""
    raise NotImplementedError


@define(smallest, LANES_TYPE, (Lanes, Lanes))
def _(context: Any, builder: Builder, kinds: Any, one: Value, other: Value) -> Value:
    return builder.select(builder.fcmp_ordered("<", one, other), one, other)


def size(number: Any) -> Any:
    """The absolute value."""
    raise NotImplementedError


@define(size, LANES_TYPE, (Lanes,))
def _(context: Any, builder: Builder, kinds: Any, number: Value) -> Value:
    return call(builder, f"llvm.fabs.v{LANES}f64", FLOATS, number)


def floor(number: Any) -> Any:
    """The whole number below."""
    raise NotImplementedError


@define(floor, LANES_TYPE, (Lanes,))
def _(context: Any, builder: Builder, kinds: Any, number: Value) -> Value:
    return call(builder, f"llvm.floor.v{LANES}f64", FLOATS, number)


def times_power(number: Any, exponent: Any) -> Any:
    """The number times two to a power, given as a whole number to which 1.5 * 2 ** 52 was added."""
    raise NotImplementedError


@define(times_power, LANES_TYPE, (Lanes, Lanes))
def _(context: Any, builder: Builder, kinds: Any, number: Value, exponent: Value) -> Value:
    shift = builder.shl(builder.bitcast(exponent, LONGS), constant(LONGS, _MANTISSA_BITS))
    return builder.bitcast(builder.add(builder.bitcast(number, LONGS), shift), FLOATS)


def exponent(number: Any) -> Any:
    """The e of a positive number m * 2 ** e with m between sqrt(1/2) and sqrt(2)."""
    raise NotImplementedError


@define(exponent, LANES_TYPE, (Lanes,))
def _(context: Any, builder: Builder, kinds: Any, number: Value) -> Value:
    return builder.sitofp(_exponent(builder, number), FLOATS)


def mantissa(number: Any) -> Any:
    """The m of a positive number m * 2 ** e with m between sqrt(1/2) and sqrt(2)."""
    raise NotImplementedError


@define(mantissa, LANES_TYPE, (Lanes,))
def _(context: Any, builder: Builder, kinds: Any, number: Value) -> Value:
    power = builder.shl(_exponent(builder, number), constant(LONGS, _MANTISSA_BITS))
    return builder.bitcast(builder.sub(builder.bitcast(number, LONGS), power), FLOATS)


def _exponent(builder: Builder, number: Value) -> Value:
    above = builder.sub(builder.bitcast(number, LONGS), constant(LONGS, _ROOT_OF_HALF))
    return builder.ashr(above, constant(LONGS, _MANTISSA_BITS))
