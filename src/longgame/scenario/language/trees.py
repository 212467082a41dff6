"""The tree of an expression: its nodes, what stands in it, and its text again.

Every node has the place of its first and one-past-last character in the text; places do not count when trees are
compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Span = tuple[int, int]  # first and one-past-last character in the expression's text

BinaryOperator = Literal["+", "-", "*", "/", "**", "and", "or", "==", "!=", "<", "<=", ">", ">="]


_NOWHERE: Span = field(default=(0, 0), compare=False, repr=False)  # the same field of every kind of node


@dataclass(frozen=True)
class Number:
    """A number, never negative as parsed (``-2`` is a `Unary`)."""

    value: float
    span: Span = _NOWHERE


@dataclass(frozen=True)
class Text:
    """A quoted string: only questions have them, for dates."""

    value: str
    span: Span = _NOWHERE


@dataclass(frozen=True)
class Name:
    """A state variable, assumption, hidden variable, definition, ``period``; or a word, the value of a variable."""

    id: str
    span: Span = _NOWHERE


@dataclass(frozen=True)
class Path:
    """A dotted name, ``aid_decision.cut``: only questions have them."""

    parts: tuple[str, ...]
    span: Span = _NOWHERE


@dataclass(frozen=True)
class Unary:
    """``-x`` or ``not x``."""

    op: Literal["-", "not"]
    operand: Node
    span: Span = _NOWHERE


@dataclass(frozen=True)
class Binary:
    """Arithmetic, a comparison, ``and`` or ``or``. True counts as 1 and false as 0 in arithmetic."""

    op: BinaryOperator
    left: Node
    right: Node
    span: Span = _NOWHERE


@dataclass(frozen=True)
class IfElse:
    """``then if test else otherwise``."""

    test: Node
    then: Node
    otherwise: Node
    span: Span = _NOWHERE


@dataclass(frozen=True)
class Call:
    """``function(arguments, keyword=...)``: min, max, clip, exp, log, sqrt, abs; in questions worth, chance, ..."""

    function: str
    arguments: tuple[Node, ...]
    keywords: tuple[tuple[str, Node], ...] = ()
    span: Span = _NOWHERE


@dataclass(frozen=True)
class List:
    """``[a, b]``: only questions have them. (The right side of ``in`` is expanded by the parser.)"""

    items: tuple[Node, ...]
    span: Span = _NOWHERE


Node = Number | Text | Name | Path | Unary | Binary | IfElse | Call | List


def walk(node: Node) -> Iterator[Node]:
    """Every node of the tree, each before its parts, from left to right."""
    yield node
    for part in _parts(node):
        yield from walk(part)


def _parts(node: Node) -> tuple[Node, ...]:
    match node:
        case Unary():
            return (node.operand,)
        case Binary():
            return (node.left, node.right)
        case IfElse():
            return (node.then, node.test, node.otherwise)
        case Call():
            return (*node.arguments, *(value for _, value in node.keywords))
        case List():
            return node.items
    return ()


def _operands(op: str, nodes: Sequence[Node]) -> Iterator[Node]:
    for node in nodes:
        if isinstance(node, Binary) and node.op == op:
            yield from _operands(op, [node.left, node.right])
        else:
            yield node


def balanced(op: BinaryOperator, nodes: Sequence[Node]) -> Node:
    """One tree of ``op`` over ``nodes``, in their order and as shallow as it can be."""
    flat = list(_operands(op, nodes))
    if len(flat) == 1:
        return flat[0]
    middle = len(flat) // 2
    left, right = balanced(op, flat[:middle]), balanced(op, flat[middle:])
    return Binary(op, left, right, (left.span[0], right.span[1]))


def depth_of(node: Node) -> int:
    """How many levels a tree has."""
    return 1 + max(map(depth_of, _parts(node)), default=0)


def names_in(node: Node) -> Iterator[Name]:
    """Every `Name` of the tree with its place, repeated as often as it stands there; words of variables too."""
    return (part for part in walk(node) if isinstance(part, Name))


def substitute(node: Node, names: Mapping[str, Node]) -> Node:
    """The tree with each `Name` that is a key of ``names`` replaced by its tree."""
    match node:
        case Name():
            return names.get(node.id, node)
        case Unary():
            return Unary(node.op, substitute(node.operand, names), node.span)
        case Binary():
            return Binary(node.op, substitute(node.left, names), substitute(node.right, names), node.span)
        case IfElse():
            test, then, otherwise = (substitute(part, names) for part in (node.test, node.then, node.otherwise))
            return IfElse(test, then, otherwise, node.span)
        case Call():
            arguments = tuple(substitute(argument, names) for argument in node.arguments)
            keywords = tuple((key, substitute(value, names)) for key, value in node.keywords)
            return Call(node.function, arguments, keywords, node.span)
        case List():
            return List(tuple(substitute(item, names) for item in node.items), node.span)
    return node


# How tightly each form binds, loosest first. An operand that binds less tightly than its place needs gets brackets.
_IF, _OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _MINUS, _POWER, _ATOM = range(10)
_BINDING: Mapping[str, int] = {
    "or": _OR,
    "and": _AND,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), _COMPARE),
    "+": _SUM,
    "-": _SUM,
    "*": _PRODUCT,
    "/": _PRODUCT,
    "**": _POWER,
}


def unparse(node: Node) -> str:
    """The text of a tree, with no more brackets than needed: ``parse(unparse(parse(x))) == parse(x)``."""
    return _write(node, _IF)


def _write(node: Node, needed: int) -> str:
    text, binding = _written(node)
    return f"({text})" if binding < needed else text


def _written(node: Node) -> tuple[str, int]:
    match node:
        case Number():
            return format_number(node.value), _ATOM if node.value >= 0 else _MINUS
        case Text():
            return f'"{node.value}"' if '"' not in node.value else f"'{node.value}'", _ATOM
        case Name():
            return node.id, _ATOM
        case Path():
            return ".".join(node.parts), _ATOM
        case Unary(op="not"):
            return f"not {_write(node.operand, _NOT)}", _NOT
        case Unary():
            return f"-{_write(node.operand, _MINUS)}", _MINUS
        case Binary():
            binding = _BINDING[node.op]
            # `**` groups to the right and takes a minus on its right; and/or have one grouping; comparisons have none.
            left, right = {
                _POWER: (_ATOM, _MINUS),
                _COMPARE: (_SUM, _SUM),
                _OR: (_OR, _OR),
                _AND: (_AND, _AND),
            }.get(binding, (binding, binding + 1))
            return f"{_write(node.left, left)} {node.op} {_write(node.right, right)}", binding
        case IfElse():
            then, test, otherwise = _write(node.then, _OR), _write(node.test, _OR), _write(node.otherwise, _IF)
            return f"{then} if {test} else {otherwise}", _IF
        case Call():
            arguments = [_write(argument, _IF) for argument in node.arguments]
            arguments += [f"{key}={_write(value, _IF)}" for key, value in node.keywords]
            return f"{node.function}({', '.join(arguments)})", _ATOM
        case List():
            return f"[{', '.join(_write(item, _IF) for item in node.items)}]", _ATOM


def format_number(value: float) -> str:
    """A number as an analyst writes it: whole numbers without a point, otherwise the shortest exact form."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))
