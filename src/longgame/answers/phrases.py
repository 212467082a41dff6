"""Formulas in words: ``truce != full`` is 'truce is not full', ``set: {aid: cut}`` is 'aid becomes cut'."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from longgame.answers import words
from longgame.scenario.context import Context
from longgame.scenario.expand.together import standing_of
from longgame.scenario.language.expressions import Binary, Call, IfElse, Name, Node, Number, Unary, unparse
from longgame.scenario.model import Move, Simultaneous, Step

_COMPARED = {
    "==": "is", "!=": "is not", "<": "is below", "<=": "is at most", ">": "is above", ">=": "is at least"
}  # fmt: skip
_SWAPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_TURNED = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_SIGNS = {"+": "+", "-": "\N{MINUS SIGN}", "*": "\N{MULTIPLICATION SIGN}", "/": "/", "**": "^"}
_TIGHT = {"+": 1, "-": 1, "*": 2, "/": 2, "**": 3}
_OR, _AND = 1, 2


def condition(node: Node) -> str:
    """A formula that is true or false, or a number, in words."""
    return _said(node)[0]


def change(variable: str, value: Node) -> str:
    """What setting a variable does: 'aid becomes cut'; 'strength changes by -0.125', where it moves on."""
    parts = list(_summands(value))
    own = [index for index, (plus, part) in enumerate(parts) if plus and part == Name(variable)]
    if len(own) != 1 or len(parts) == 1:
        return f"{variable} becomes {condition(value)}"
    rest = [part for index, part in enumerate(parts) if index != own[0]]
    return f"{variable} changes by {_signed(rest)}"


def signed(value: Node) -> str:
    """A sum with its signs: '-deceit_cost + 1'."""
    return _signed(list(_summands(value)))


def _signed(summands: Sequence[tuple[bool, Node]]) -> str:
    text = " ".join(f"{_SIGNS['+' if plus else '-']} {_factor(part)}" for plus, part in summands)
    return text[2:] if text[0] == "+" else text[0] + text[2:]


def chance(value: Node) -> str:
    """The chance of something, after its name: 'with chance 0.5', 'if aim is reset'."""
    return f"if {condition(value)}" if _is_truth(value) else f"with chance {condition(value)}"


def _said(node: Node) -> tuple[str, int]:
    """A formula in words, and how loosely its words hang together (0: not at all)."""
    match node:
        case Binary(op="or"):
            alike = _one_of(node)
            if alike:
                return alike, 0
            return _joined(node, "or", _OR), _OR
        case Binary(op="and"):
            return _joined(node, "and", _AND), _AND
        case Binary(op=op, left=Number() as left, right=right) if op in _SWAPPED:
            return f"{_number(right)} {_COMPARED[_SWAPPED[op]]} {_number(left)}", 0
        case Binary(op=op, left=left, right=right) if op in _COMPARED:
            return f"{_number(left)} {_COMPARED[op]} {_number(right)}", 0
        case Unary(op="not", operand=Binary(op=op, left=left, right=right)) if op in _TURNED:
            return f"{_number(left)} {_COMPARED[_TURNED[op]]} {_number(right)}", 0
        case Unary(op="not", operand=operand):
            inner, loose = _said(operand)
            return f"not {f'({inner})' if loose else inner}", 0
        case IfElse():
            then, test, otherwise = condition(node.then), condition(node.test), condition(node.otherwise)
            return f"{then} if {test}, else {otherwise}", _OR
    return _number(node), 0


def _joined(node: Binary, word: str, tight: int) -> str:
    """Parts of an ``and`` or an ``or``, with brackets where the other stands inside."""
    said = [_said(part) for part in _parts(node, word)]
    return f" {word} ".join(f"({text})" if 0 < loose < tight else text for text, loose in said)


def _parts(node: Node, op: str) -> Iterator[Node]:
    if isinstance(node, Binary) and node.op == op:
        yield from _parts(node.left, op)
        yield from _parts(node.right, op)
    else:
        yield node


def _one_of(node: Binary) -> str:
    """'truce is none or full', where all parts say what the same thing may be."""
    parts = list(_parts(node, "or"))
    if not all(isinstance(part, Binary) and part.op == "==" for part in parts):
        return ""
    equal = [part for part in parts if isinstance(part, Binary)]
    if any(part.left != equal[0].left for part in equal):
        return ""
    return f"{_number(equal[0].left)} is {' or '.join(_number(part.right) for part in equal)}"


def _summands(node: Node, plus: bool = True) -> Iterator[tuple[bool, Node]]:
    """The summands of a formula, each with whether it is added."""
    match node:
        case Binary(op="+", left=left, right=right):
            yield from _summands(left, plus)
            yield from _summands(right, plus)
        case Binary(op="-", left=left, right=right):
            yield from _summands(left, plus)
            yield from _summands(right, not plus)
        case Unary(op="-", operand=operand):
            yield from _summands(operand, not plus)
        case _:
            yield plus, node


def _factor(node: Node) -> str:
    """A summand; what counts under a condition alone is said so: 'aid_effect if aid is cut'."""
    match node:
        case Binary(op="*", left=left, right=right) if _is_truth(right):
            return f"({_number(left)} if {condition(right)})"
        case Binary(op="*", left=left, right=right) if _is_truth(left):
            return f"({_number(right)} if {condition(left)})"
    return _number(node)


def _is_truth(node: Node) -> bool:
    match node:
        case Binary(op=op):
            return op in (*_COMPARED, "and", "or")
        case Unary(op=op):
            return op == "not"
    return False


def _number(node: Node, needed: int = 0) -> str:
    """A number, with the signs of print and brackets where they are needed."""
    match node:
        case Binary(op=op, left=left, right=right) if op in _SIGNS:
            own = _TIGHT[op]
            text = f"{_number(left, own)} {_SIGNS[op]} {_number(right, own + (op in '-/'))}"
            return f"({text})" if own < needed else text
        case Unary(op="-", operand=operand):
            return f"{_SIGNS['-']}{_number(operand, 2)}"
        case Call(function=function, arguments=arguments):
            return f"{function}({', '.join(map(_number, arguments))})"
        case Number() | Name():
            return unparse(node)
    return f"({condition(node)})"


def inertia(context: Context, step: Step) -> tuple[str, str] | None:
    """The chance that a step is not thought over, and what stands then; None where it always is."""
    habit = next((flat.habit for flat in context.steps if flat.habit and flat.habit.move == step.name), None)
    if habit is None or not isinstance(step, Move | Simultaneous) or step.inertia is None:
        return None
    standing = standing_of(step) if isinstance(step, Simultaneous) else None
    each = [] if standing is None else [f"{actor}: {name}" for actor, name in standing.items()]
    return condition(step.inertia.tree), words.listed(each) or str(habit.stays)
