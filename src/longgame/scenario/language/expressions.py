"""Expressions: grammar -> small tree with positions. Nothing here is ever evaluated as Python.

    parse("strength - 0.1 * (aid == cut)")      -> Binary("-", Name, Binary("*", Number, Binary("==", Name, Name)))
    unparse(tree)                               -> the text again, in one canonical form
    names_in(tree), walk(tree)                  -> what stands in it

The text is checked word by word (`tokens.py`), parsed by Python's own parser into an ``ast`` tree, and converted node
by node; whatever is not on the list below is refused at its place. Formulas and questions share the grammar; questions
may in addition call any function, with keywords, and hold dotted names, quoted dates and lists.

Canonical form: chained comparisons become ``and``; ``x in [a, b]`` becomes ``x == a or x == b``; a run of ``and`` (or
``or``) is a balanced tree whatever its brackets, so that long lists stay shallow.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Mapping

from longgame.scenario.language.tokens import (
    MAX_CHARACTERS,
    MAX_DEPTH,
    ExpressionError,
    check_order,
    number_of,
    readable_by_python,
    tokens_of,
)
from longgame.scenario.language.trees import (
    Binary,
    BinaryOperator,
    Call,
    IfElse,
    List,
    Name,
    Node,
    Number,
    Path,
    Span,
    Text,
    Unary,
    balanced,
    depth_of,
    format_number,
    names_in,
    substitute,
    unparse,
    walk,
)
from longgame.text import composed

__all__ = [
    "FUNCTIONS",
    "MAX_CHARACTERS",
    "MAX_DEPTH",
    "Binary",
    "Call",
    "ExpressionError",
    "IfElse",
    "List",
    "Name",
    "Node",
    "Number",
    "Path",
    "Span",
    "Text",
    "Unary",
    "balanced",
    "depth_of",
    "format_number",
    "names_in",
    "parse",
    "substitute",
    "unparse",
    "walk",
]

WITHIN = "within"

# Function -> fewest and most arguments.
FUNCTIONS: Mapping[str, tuple[int, int | None]] = {
    "min": (2, None),
    "max": (2, None),
    "clip": (3, 3),
    "exp": (1, 1),
    "log": (1, 1),
    "sqrt": (1, 1),
    "abs": (1, 1),
    WITHIN: (2, 2),
}


def parse(text: str, *, questions: bool = False) -> Node:
    """Read an expression; raise `ExpressionError` with the place of the first slip.

    ``questions=True`` also reads what only questions have: any function name, keywords, dotted names, quotes, lists.
    """
    tokens = tokens_of(text, questions=questions)
    check_order(tokens, len(text))
    try:
        tree = ast.parse(f"({readable_by_python(text, tokens)})", mode="eval").body
        return _Reader(text, questions).read(tree, 1)
    except SyntaxError as error:
        start = min(max((error.offset or 2) - 2, 0), max(len(text) - 1, 0))
        slip = next((token for token in tokens if token.end > start), None)
        found, start, end = (f"`{slip.text}`", slip.start, slip.end) if slip else ("the end", start, len(text))
        raise ExpressionError("an expression", found, start, end, "Brackets may be missing around this part.") from None
    except (RecursionError, MemoryError):
        raise _too_deep(0, len(text)) from None


def _too_deep(start: int, end: int) -> ExpressionError:
    return ExpressionError(
        f"an expression at most {MAX_DEPTH} levels deep",
        "a deeper one",
        start,
        end,
        "Name parts of it under `definitions`.",
        "expression-too-deep",
    )


_PERCENT = re.compile(r"[ \t]*%")
_ARITHMETIC: Mapping[type[ast.operator], BinaryOperator] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
}
_COMPARISONS: Mapping[type[ast.cmpop], BinaryOperator] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}


class _Reader:
    """Converts the nodes of Python's tree that the language has, and refuses the rest.

    Every method takes the depth of its node, from 1, and stops at `MAX_DEPTH`.
    """

    def __init__(self, text: str, questions: bool):
        self.text = text
        self.questions = questions

    def read(self, node: ast.expr, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise _too_deep(*self.span(node))
        span = self.span(node)
        match node:
            case ast.Constant():
                return self.constant(node)
            case ast.Name():
                return Name(composed(self.text[slice(*span)]), span)
            case ast.Attribute():
                return self.path(node, depth)
            case ast.UnaryOp(op=ast.UAdd()):
                return self.read(node.operand, depth + 1)
            case ast.UnaryOp(op=ast.USub()):
                return Unary("-", self.read(node.operand, depth + 1), span)
            case ast.UnaryOp(op=ast.Not()):
                return Unary("not", self.read(node.operand, depth + 1), span)
            case ast.BinOp() if type(node.op) in _ARITHMETIC:
                left, right = self.read(node.left, depth + 1), self.read(node.right, depth + 1)
                return Binary(_ARITHMETIC[type(node.op)], left, right, span)
            case ast.BoolOp():
                op: BinaryOperator = "and" if isinstance(node.op, ast.And) else "or"
                return balanced(op, [self.read(value, depth + 1) for value in node.values])
            case ast.Compare():
                return self.comparison(node, depth)
            case ast.IfExp():
                test, then, other = (self.read(part, depth + 1) for part in (node.test, node.body, node.orelse))
                return IfElse(test, then, other, span)
            case ast.Call():
                return self.call(node, depth)
            case ast.List() if self.questions:
                return List(tuple(self.read(item, depth + 1) for item in node.elts), span)
        raise self.refusal(node)

    def span(self, node: ast.expr | ast.keyword) -> Span:
        # The text was put into brackets for Python: one character to the left.
        return node.col_offset - 1, (node.end_col_offset or 0) - 1

    def refusal(self, node: ast.expr) -> ExpressionError:
        start, end = self.span(node)
        fix = ""
        if isinstance(node, ast.List):
            fix = "Square brackets stand only after `in`: `aid in [full, half]`."
        elif isinstance(node, ast.Tuple):
            fix = "A comma stands only between the arguments of a function; numbers have a decimal point."
        elif isinstance(node, ast.Subscript):
            fix = "Arguments stand in round brackets."
        return ExpressionError(
            "arithmetic, comparisons, and/or/not, if-else or a function", f"`{self.text[start:end]}`", start, end, fix
        )

    def constant(self, node: ast.Constant) -> Node:
        span = self.span(node)
        if isinstance(node.value, str):
            return Text(self.text[span[0] + 1 : span[1] - 1], span)
        if percent := _PERCENT.match(self.text, span[1]):
            span = span[0], percent.end()
        value = number_of(self.text[slice(*span)])
        if not math.isfinite(value):
            raise ExpressionError("a number that a computer can hold", self.text[slice(*span)], *span)
        return Number(value, span)

    def path(self, node: ast.Attribute, depth: int) -> Path:
        span = self.span(node)
        parts = tuple(composed(part.strip()) for part in self.text[slice(*span)].split("."))
        if not all(part.isidentifier() for part in parts):
            raise self.refusal(node)
        if not self.questions:
            raise ExpressionError(
                "a single name", f"`{self.text[slice(*span)]}`", *span, "Dotted names stand only in questions."
            )
        if depth + len(parts) > MAX_DEPTH:
            raise _too_deep(*span)
        return Path(parts, span)

    def comparison(self, node: ast.Compare, depth: int) -> Node:
        sides = [node.left, *node.comparators]
        parts: list[Node] = []
        for op, left, right in zip(node.ops, sides, sides[1:], strict=False):
            span = (self.span(left)[0], self.span(right)[1])
            if isinstance(op, ast.In | ast.NotIn):
                parts.append(self.membership(left, right, isinstance(op, ast.NotIn), depth, span))
            else:
                first, second = self.read(left, depth + 1), self.read(right, depth + 1)
                parts.append(Binary(_COMPARISONS[type(op)], first, second, span))
        return balanced("and", parts)

    def membership(self, left: ast.expr, right: ast.expr, negated: bool, depth: int, span: Span) -> Node:
        """``x in [a, b]`` as ``x == a or x == b``."""
        if not isinstance(right, ast.List) or not right.elts:
            start, end = self.span(right)
            raise ExpressionError(
                "a list in square brackets after `in`",
                f"`{self.text[start:end]}`",
                start,
                end,
                "Write `aid in [full, half]`.",
            )
        subject = self.read(left, depth + 1)
        items = [self.read(item, depth + 1) for item in right.elts]
        test = balanced("or", [Binary("==", subject, item, _span_of(item)) for item in items])
        return Unary("not", test, span) if negated else test

    def call(self, node: ast.Call, depth: int) -> Node:
        span = self.span(node)
        if not isinstance(node.func, ast.Name):
            raise self.refusal(node)
        name_span = self.span(node.func)
        name = composed(self.text[slice(*name_span)])
        if name not in FUNCTIONS and not self.questions:
            known = ", ".join(FUNCTIONS)
            raise ExpressionError(f"a function ({known})", f"`{name}`", *name_span, code="unknown-function")
        keywords: list[tuple[str, Node]] = []
        for keyword in node.keywords:
            start = self.span(keyword)[0]
            end = start + len(str(keyword.arg))  # `**x` never comes here: `check_order` refuses it
            key = composed(self.text[start:end])
            if name in FUNCTIONS:
                raise ExpressionError(
                    f"arguments without names in {name}()", f"`{key}=`", start, end, "Write `==` to compare."
                )
            if key in dict(keywords):
                raise ExpressionError(f"`{key}` once", f"`{key}` twice", start, end)
            keywords.append((key, self.read(keyword.value, depth + 1)))
        if name in FUNCTIONS:
            _check_arity(name, len(node.args), span)
        arguments = tuple(self.read(argument, depth + 1) for argument in node.args)
        if name == WITHIN:
            return _once_at_least(arguments[0], arguments[1], span)
        return Call(name, arguments, tuple(keywords), span)


def _once_at_least(p: Node, times: Node, span: Span) -> Node:
    """The chance that what has a chance of p each time happens in so many times: it is short for 1 - (1 - p) ** n."""
    never = Binary("**", Binary("-", Number(1.0, span), p, span), times, span)
    return Binary("-", Number(1.0, span), never, span)


def _check_arity(name: str, count: int, span: Span) -> None:
    fewest, most = FUNCTIONS[name]
    if count < fewest or (most is not None and count > most):
        noun = "argument" if fewest == 1 else "arguments"
        expected = f"{name}() with {fewest} {noun}" if most is not None else f"{name}() with {fewest} or more arguments"
        fix = "clip(value, lowest, highest) keeps a value between two bounds." if name == "clip" else ""
        raise ExpressionError(expected, f"{count}", *span, fix, "arity")


def _span_of(node: Node) -> Span:
    return node.span
