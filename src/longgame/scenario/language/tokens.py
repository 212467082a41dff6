"""The words of an expression: text -> tokens, with the commonest slips caught where they stand.

The grammar proper is Python's (`expressions.py` hands it the text that passed here). This module sees to what that
parser would report badly or, worse, accept in another sense: ``^`` for powers, ``=`` for ``==``, a date without
quotes, two names side by side. Every message points at the very token.
"""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from itertools import zip_longest

from longgame.scenario.language.templates import Spelled
from longgame.text import NAME, composed, is_name

MAX_CHARACTERS = 2000
MAX_DEPTH = 50

GRAMMAR_WORDS = frozenset({"and", "or", "not", "in", "if", "else"})

_TOKEN = re.compile(
    rf"""(?P<space>[ \t\r\n]+)
      | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?:[ \t]*%)?)
      | (?P<name>{NAME})
      | (?P<string>"[^"\\\r\n]*"|'[^'\\\r\n]*')
      | (?P<foreign>&&|\|\||<>|=>|=<|===|!==|:=|//|->)
      | (?P<operator>\*\*|==|!=|<=|>=|[-+*/<>])
      | (?P<mark>[()\[\],.=])
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
PERCENTAGE = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[ \t]*%")
_DATE = re.compile(r"(?<![0-9.])(?:19|20)[0-9]{2}-[0-9]{2}(?:-[0-9]{2})?(?![0-9.])")

_INSTEAD = {
    "^": "Powers are written with `**`.",
    "&": "Write `and`.",
    "&&": "Write `and`.",
    "|": "Write `or`.",
    "||": "Write `or`.",
    "!": "Write `not`.",
    "<>": "Write `!=`.",
    "=>": "Write `>=`.",
    "=<": "Write `<=`.",
    "\N{GREATER-THAN OR EQUAL TO}": "Write `>=`.",
    "\N{LESS-THAN OR EQUAL TO}": "Write `<=`.",
    "\N{NOT EQUAL TO}": "Write `!=`.",
    "===": "Write `==`.",
    "!==": "Write `!=`.",
    ":=": "Write `==` to compare.",
    "//": "Write `/`.",
    "\N{MULTIPLICATION SIGN}": "Write `*`.",
    "\N{MIDDLE DOT}": "Write `*`.",
    "\N{DIVISION SIGN}": "Write `/`.",
    "\N{MINUS SIGN}": "Write a plain minus sign, `-`.",
    "\N{EN DASH}": "Write a plain minus sign, `-`.",
    "\N{SUPERSCRIPT TWO}": "Write `** 2`.",
    "%": "A percentage is a number with `%`: 5 % is 0.05.",
    "?": "Write `VALUE if CONDITION else OTHER`.",
    ":": "Write `VALUE if CONDITION else OTHER`.",
    "{": "Round brackets group; square brackets list the words after `in`.",
    "}": "Round brackets group; square brackets list the words after `in`.",
    "\N{LEFT DOUBLE QUOTATION MARK}": 'Use straight quotes, ".',
    "\N{RIGHT DOUBLE QUOTATION MARK}": 'Use straight quotes, ".',
    "\N{LEFT SINGLE QUOTATION MARK}": "Use straight quotes, '.",
    "\N{RIGHT SINGLE QUOTATION MARK}": "Use straight quotes, '.",
    '"': "Close the quotes on the same line; a quoted text has no backslash.",
    "'": "Close the quotes on the same line; a quoted text has no backslash.",
    "#": "Comments stand outside the expression.",
}


class ExpressionError(ValueError):
    """An expression that cannot be read. Loaders turn it into a `Problem` with the place of its first character.

    ``start`` and ``end`` are characters of the text (from 0, end exclusive).
    """

    def __init__(self, expected: str, found: str, start: int, end: int, fix: str = "", code: str = "expression"):
        super().__init__(f"expected {expected}, found {found}" + (f". {fix}" if fix else ""))
        self.expected, self.found, self.fix, self.code = expected, found, fix, code
        self.start, self.end = start, end


@dataclass(frozen=True)
class Token:
    """One word or sign of an expression, with its first and one-past-last character."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class _Open:
    """A bracket that is open: whether it holds arguments, and how many `if` outside it wait for their `else`."""

    token: Token
    is_call: bool
    waiting: int


def number_of(text: str) -> float:
    """The value of a number as it is written: ``0.3``, or ``30 %``, exactly."""
    if not text.endswith("%"):
        return float(text)
    digits, _, exponent = text.rstrip("% \t").lower().partition("e")
    return float(f"{digits}e{int(exponent or 0) - 2}")


def tokens_of(text: str, *, questions: bool) -> list[Token]:
    """Split ``text`` into tokens; refuse characters and numbers that the language does not have."""
    written = text.written if isinstance(text, Spelled) else text
    if len(written) > MAX_CHARACTERS:
        raise ExpressionError(
            f"at most {MAX_CHARACTERS:,} characters",
            f"{len(written):,}",
            MAX_CHARACTERS,
            len(text),
            "Name parts of it under `definitions`.",
            "expression-too-long",
        )
    if (
        text.count('"') % 2 == 0
        and (date := _DATE.search(re.sub(r"\"[^\"]*\"|'[^']*'", lambda m: " " * len(m[0]), text)))
    ):
        raise ExpressionError("a date in quotes", f"`{date[0]}`", *date.span(), f'Write "{date[0]}".', "bare-date")
    tokens = [
        Token(match.lastgroup or "other", match[0], match.start(), match.end())
        for match in _TOKEN.finditer(text)
        if match.lastgroup != "space"
    ]
    for token, following in zip_longest(tokens, tokens[1:]):
        _check_token(token, following, questions)
    return tokens


def _check_token(token: Token, following: Token | None, questions: bool) -> None:
    if token.kind in ("foreign", "other"):
        found = f"`{token.text}`" if token.text.isprintable() else f"the character U+{ord(token.text):04X}"
        fix = _INSTEAD.get(token.text, "")
        raise ExpressionError("numbers, names, operators and brackets", found, token.start, token.end, fix)
    if token.kind == "name" and not is_name(composed(token.text)):
        fix = "Names have letters of any script, digits and `_`."
        raise ExpressionError("a name", f"`{token.text}`", token.start, token.end, fix)
    if token.kind == "string" and not questions and not _DATE.fullmatch(token.text[1:-1]):
        raise ExpressionError(
            "a word without quotes", token.text, token.start, token.end, f"Write {token.text[1:-1] or 'the word'}."
        )
    if token.kind == "number" and re.match(r"0[0-9]", token.text):
        fix = 'A date is written in quotes, as "2025-03".'
        raise ExpressionError("a number without leading zeros", f"`{token.text}`", token.start, token.end, fix)
    if following is None or following.start != token.end:
        return
    if token.kind == "number" and following.kind in ("name", "number"):
        fix = f"To multiply, write `{token.text} * {following.text}`; a name begins with a letter."
        if following.text.startswith("_"):
            fix = "Numbers are written without `_` or separators."
        found = f"`{token.text}{following.text}`"
        raise ExpressionError("a number or a name", found, token.start, following.end, fix)
    if token.kind in ("name", "string") and following.kind == "string":
        raise ExpressionError("an operator or a comma", following.text, following.start, following.end)


def check_order(tokens: list[Token], length: int) -> None:
    """Refuse tokens in an order that no expression has: two names side by side, an operator without its operand.

    ``length`` is that of the text, the place of whatever is missing at its end.
    """
    opened: list[_Open] = []
    waiting = 0  # `if` without its `else` at this level
    previous: Token | None = None
    needs_operand = True
    for token in tokens:
        operand_was_due = needs_operand
        if needs_operand:
            needs_operand = _take_operand(token, previous, opened)
        else:
            needs_operand = _take_operator(token, previous, opened)
        if token.text in ("(", "[") and token.kind == "mark":
            opened.append(_Open(token, token.text == "(" and not operand_was_due, waiting))
            waiting = 0
            if len(opened) > MAX_DEPTH:
                raise ExpressionError(
                    f"at most {MAX_DEPTH} levels of brackets",
                    "more",
                    token.start,
                    token.end,
                    "Name parts of it under `definitions`.",
                    "expression-too-deep",
                )
        elif token.text == "if":
            waiting += 1
        elif token.text == "else":
            if not waiting:
                raise ExpressionError("`if` before `else`", "`else`", token.start, token.end, _IF_ELSE)
            waiting -= 1
        elif token.text in (")", "]", ",") and token.kind == "mark":
            if waiting:
                raise ExpressionError("`else`", f"`{token.text}`", token.start, token.end, _IF_ELSE)
            if token.text != ",":
                waiting = opened.pop().waiting
        previous = token
    end = (length, length)
    if needs_operand:
        what = f"a number or a name after `{previous.text}`" if previous else "an expression"
        raise ExpressionError(what, "the end" if previous else "nothing", *end)
    if opened:
        bracket = opened[-1].token
        raise ExpressionError(
            f"`{_CLOSING[bracket.text]}`",
            "the end",
            bracket.start,
            bracket.end,
            f"Close this `{bracket.text}`. Between braces, {{ }}, an expression with a comma needs quotes.",
        )
    if waiting:
        raise ExpressionError("`else`", "the end", *end, _IF_ELSE)


_CLOSING = {"(": ")", "[": "]"}
_IF_ELSE = "Write `VALUE if CONDITION else OTHER`."
_BINARY_WORDS = frozenset({"and", "or", "in", "if", "else"})
_SAID_OTHERWISE = {
    "is": "Write `==`.",
    "equals": "Write `==`.",
    "then": _IF_ELSE,
    "than": "",
    "mod": "",
    "x": "To multiply, write `*`.",
}


def _take_operand(token: Token, previous: Token | None, opened: list[_Open]) -> bool:
    """Take a token where an operand is due; return whether one is still due."""
    if token.kind in ("number", "string"):
        return False
    if token.kind == "name" and token.text not in _BINARY_WORDS:
        return token.text == "not"
    if token.text in ("(", "[", "-", "+"):
        return True
    closes = token.text in (")", "]") and opened and _CLOSING[opened[-1].token.text] == token.text
    if closes and previous is not None and previous.text in ("(", "[", ","):
        return False
    after = f" after `{previous.text}`" if previous else ""
    fix = f"`{token.text}` is a word of the language; choose another name." if token.kind == "name" else ""
    if token.text == "=":
        fix = "Write `==` to compare."
    raise ExpressionError(f"a number or a name{after}", f"`{token.text}`", token.start, token.end, fix)


def _take_operator(token: Token, previous: Token | None, opened: list[_Open]) -> bool:
    """Take a token where an operator is due; return whether an operand is due next."""
    assert previous is not None
    if token.kind == "operator":
        return True
    if token.kind == "name" and (token.text in _BINARY_WORDS or token.text == "not"):
        return token.text != "not"
    if token.kind == "mark":
        if token.text == "=" and not (opened and opened[-1].is_call and previous.kind == "name"):
            raise ExpressionError("`==`", "`=`", token.start, token.end, "Write `==` to compare.")
        if token.text in ("(", "[") and previous.kind != "name":
            raise ExpressionError(
                f"an operator between `{previous.text}` and `{token.text}`",
                f"`{token.text}`",
                token.start,
                token.end,
                "To multiply, write `*`.",
            )
        if token.text in (")", "]") and not (opened and _CLOSING[opened[-1].token.text] == token.text):
            due = f"`{_CLOSING[opened[-1].token.text]}`" if opened else "no closing bracket"
            raise ExpressionError(due, f"`{token.text}`", token.start, token.end)
        if token.text == "," and not opened:
            fix = "A number has a decimal point." if previous.kind == "number" else ""
            raise ExpressionError("one expression", "`,`", token.start, token.end, fix)
        return token.text not in (")", "]")
    fix = _SAID_OTHERWISE.get(token.text, _SAID_OTHERWISE.get(previous.text, ""))
    raise ExpressionError(
        f"an operator between `{previous.text}` and `{token.text}`", f"`{token.text}`", token.start, token.end, fix
    )


def readable_by_python(text: str, tokens: list[Token]) -> str:
    """The text in the form handed to Python's parser: ASCII, one line, of the same length.

    Python's own keywords (``yield``, ``None``, ``class``) are ordinary names here, so their case is swapped: the tree
    takes each name from the original text by its place, never from what Python read.
    """
    out = [" "] * len(text)
    for token in tokens:
        word = token.text
        if token.kind == "string":
            word = word[0] + "x" * (len(word) - 2) + word[-1]
        elif token.kind == "number":
            word = word.rstrip("% \t").ljust(len(word))
        elif not word.isascii():  # Python counts bytes
            word = "_" * len(word)
        elif token.kind == "name" and keyword.iskeyword(word) and word not in GRAMMAR_WORDS:
            word = word.swapcase()
        out[token.start : token.end] = word
    return "".join(out)
