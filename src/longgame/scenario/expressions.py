"""Expressions: grammar -> small tree with positions. Nothing here is ever evaluated as Python.

CONTRACT (parser to be written here by the language builder): ``parse(text, *, questions=False) -> Node`` raises
``ExpressionError(message, start, end, fix)``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Span = tuple[int, int]  # first and one-past-last character in the expression's text
_NO_SPAN: Span = (0, 0)


def _span() -> Span:
    return field(default=_NO_SPAN, compare=False, repr=False)  # type: ignore[return-value]


@dataclass(frozen=True)
class Number:
    value: float
    span: Span = _span()


@dataclass(frozen=True)
class Text:
    """A quoted string: only questions have them, for dates."""

    value: str
    span: Span = _span()


@dataclass(frozen=True)
class Name:
    """A state variable, assumption, hidden variable, definition, ``period``; or a word, the value of a variable."""

    id: str
    span: Span = _span()


@dataclass(frozen=True)
class Path:
    """A dotted name, ``aid_decision.cut``: only questions have them."""

    parts: tuple[str, ...]
    span: Span = _span()


@dataclass(frozen=True)
class Unary:
    op: Literal["-", "not"]
    operand: Node
    span: Span = _span()


@dataclass(frozen=True)
class Binary:
    op: Literal["+", "-", "*", "/", "**", "and", "or", "==", "!=", "<", "<=", ">", ">="]
    left: Node
    right: Node
    span: Span = _span()


@dataclass(frozen=True)
class IfElse:
    test: Node
    then: Node
    otherwise: Node
    span: Span = _span()


@dataclass(frozen=True)
class Call:
    """``function(arguments, keyword=...)``: min, max, clip, exp, log, sqrt, abs; in questions worth, chance, ..."""

    function: str
    arguments: tuple[Node, ...]
    keywords: tuple[tuple[str, Node], ...] = ()
    span: Span = _span()


@dataclass(frozen=True)
class List:
    """``[a, b]``: only questions have them, and the right side of ``in``, which the parser expands to ``or``."""

    items: tuple[Node, ...]
    span: Span = _span()


Node = Number | Text | Name | Path | Unary | Binary | IfElse | Call | List
