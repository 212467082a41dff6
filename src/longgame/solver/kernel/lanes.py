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
        key = symbol

        def generic(self, args: tuple[types.Type, ...], kws: Any) -> Any:
            fits = any(len(form) == len(args) and all(map(isinstance, args, form)) for form in forms)
            if not fits:
                return None
            return signature(gives if isinstance(gives, types.Type) else gives(*args), *args)

    teach: Any = infer_global
    teach(symbol, types.Function(_Template))

    def defined(emit: Emit) -> Emit:
        def lower(context: Any, builder: Builder, sig: Any, args: Any) -> Value:
            return emit(context, builder, sig.args, *args)

        for form in forms:
            lower_builtin(symbol, *form)(lower)
        return emit

    return defined


def emits(
    gives: types.Type | Callable[..., types.Type], *forms: tuple[type[types.Type], ...]
) -> Callable[[Emit], Emit]:
    """Define a function for compiled code by what it emits; in Python it has no body. Otherwise as ``define``."""

    def made(emit: Emit) -> Emit:
        def symbol(*args: Any) -> Any:
            raise NotImplementedError

        symbol.__name__, symbol.__qualname__, symbol.__doc__ = emit.__name__, emit.__qualname__, emit.__doc__
        define(symbol, gives, *forms)(emit)
        return symbol

    return made


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


_FORMS = (Lanes, Lanes), (Lanes, types.Float), (types.Float, Lanes)


def _operator(
    symbol: Callable[..., Any], gives: types.Type, emit: Callable[..., Value], *forms: tuple[type[types.Type], ...]
) -> None:
    @define(symbol, gives, *(forms or _FORMS))
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
_operator(operator.and_, MASK_TYPE, ir.IRBuilder.and_, (Mask, Mask))
_operator(operator.or_, MASK_TYPE, ir.IRBuilder.or_, (Mask, Mask))
_operator(operator.invert, MASK_TYPE, ir.IRBuilder.not_, (Mask,))


# --- functions --------------------------------------------------------------------------------------------------------


@emits(LANES_TYPE, (types.Float,))
def spread(context: Any, builder: Builder, kinds: Any, number: Value) -> Value:
    """The same number in every lane."""
    return _spread(builder, number)


@emits(MASK_TYPE, (types.Integer,))
def first_lanes(context: Any, builder: Builder, kinds: Any, count: Value) -> Value:
    """The mask of the first ``count`` lanes."""
    numbers = ir.Constant(LONGS, list(range(LANES)))
    return builder.icmp_signed("<", numbers, _spread(builder, context.cast(builder, count, kinds[0], types.int64)))


@emits(LANES_TYPE, (Mask, Lanes, Lanes))
def where(context: Any, builder: Builder, kinds: Any, condition: Value, one: Value, other: Value) -> Value:
    """By lane, the one number or the other."""
    return builder.select(condition, one, other)


@emits(types.boolean, (Mask,))
def some(context: Any, builder: Builder, kinds: Any, condition: Value) -> Value:
    """Whether a mask is true in any lane."""
    bits = builder.bitcast(condition, ir.IntType(LANES))
    return builder.icmp_unsigned("!=", bits, ir.Constant(ir.IntType(LANES), 0))


@emits(LANES_TYPE, (Lanes, Lanes))
def largest(context: Any, builder: Builder, kinds: Any, one: Value, other: Value) -> Value:
    """The larger number in each lane; the second where one is not a number."""
    return builder.select(builder.fcmp_ordered(">", one, other), one, other)


@emits(types.float64, (Lanes,))
def largest_lane(context: Any, builder: Builder, kinds: Any, number: Value) -> Value:
    """The largest number of all lanes."""
    return call(builder, f"llvm.vector.reduce.fmax.v{LANES}f64", FLOAT, number)


@emits(LANES_TYPE, (Lanes, Lanes))
def smallest(context: Any, builder: Builder, kinds: Any, one: Value, other: Value) -> Value:
    """The smaller number in each lane; the second where one is not a number."""
    return builder.select(builder.fcmp_ordered("<", one, other), one, other)


@emits(LANES_TYPE, (Lanes,))
def size(context: Any, builder: Builder, kinds: Any, number: Value) -> Value:
    """The absolute value."""
    return call(builder, f"llvm.fabs.v{LANES}f64", FLOATS, number)


@emits(LANES_TYPE, (Lanes,))
def floor(context: Any, builder: Builder, kinds: Any, number: Value) -> Value:
    """The whole number below."""
    return call(builder, f"llvm.floor.v{LANES}f64", FLOATS, number)


@emits(LANES_TYPE, (Lanes, Lanes))
def times_power(context: Any, builder: Builder, kinds: Any, number: Value, exponent: Value) -> Value:
    """The number times two to a power, given as a whole number to which 1.5 * 2 ** 52 was added."""
    shift = builder.shl(builder.bitcast(exponent, LONGS), constant(LONGS, _MANTISSA_BITS))
    return builder.bitcast(builder.add(builder.bitcast(number, LONGS), shift), FLOATS)


@emits(LANES_TYPE, (Lanes,))
def exponent(context: Any, builder: Builder, kinds: Any, number: Value) -> Value:
    """The e of a positive number m * 2 ** e with m between sqrt(1/2) and sqrt(2)."""
    return builder.sitofp(_exponent(builder, number), FLOATS)


@emits(LANES_TYPE, (Lanes,))
def mantissa(context: Any, builder: Builder, kinds: Any, number: Value) -> Value:
    """The m of a positive number m * 2 ** e with m between sqrt(1/2) and sqrt(2)."""
    power = builder.shl(_exponent(builder, number), constant(LONGS, _MANTISSA_BITS))
    return builder.bitcast(builder.sub(builder.bitcast(number, LONGS), power), FLOATS)


def _exponent(builder: Builder, number: Value) -> Value:
    above = builder.sub(builder.bitcast(number, LONGS), constant(LONGS, _ROOT_OF_HALF))
    return builder.ashr(above, constant(LONGS, _MANTISSA_BITS))
