"""The grammar of expressions: what is read, what is refused and where, and that text and tree are one."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from longgame.scenario.language.expressions import (
    FUNCTIONS,
    Binary,
    Call,
    ExpressionError,
    IfElse,
    List,
    Name,
    Node,
    Number,
    Path,
    Text,
    Unary,
    names_in,
    parse,
    substitute,
    unparse,
    walk,
)

a, b, c = Name("a"), Name("b"), Name("c")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("1", Number(1.0)),
        ("0.50", Number(0.5)),
        (".5e-3", Number(0.0005)),
        ("a - b - c", Binary("-", Binary("-", a, b), c)),
        ("a - b * c", Binary("-", a, Binary("*", b, c))),
        ("-a ** b", Unary("-", Binary("**", a, b))),
        ("a ** b ** c", Binary("**", a, Binary("**", b, c))),
        ("+a", a),
        ("a < b <= c", Binary("and", Binary("<", a, b), Binary("<=", b, c))),
        ("a in [b]", Binary("==", a, b)),
        ("a in [b, c]", Binary("or", Binary("==", a, b), Binary("==", a, c))),
        ("a not in [b, c]", Unary("not", Binary("or", Binary("==", a, b), Binary("==", a, c)))),
        ("a or (b or c)", Binary("or", a, Binary("or", b, c))),
        ("(a or b) or c", Binary("or", a, Binary("or", b, c))),
        ("not a and b", Binary("and", Unary("not", a), b)),
        ("1 if a else 2 if b else 3", IfElse(a, Number(1.0), IfElse(b, Number(2.0), Number(3.0)))),
        ("clip(a, 0, 1)", Call("clip", (a, Number(0.0), Number(1.0)))),
        ("within(a, b)", Binary("-", Number(1.0), Binary("**", Binary("-", Number(1.0), a), b))),
        ("a\n  + b", Binary("+", a, b)),
        ("yield - class", Binary("-", Name("yield"), Name("class"))),
        ("None", Name("None")),
    ],
)
def test_reads(text: str, tree: Node):
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("f(a, x=b == c)", Call("f", (a,), (("x", Binary("==", b, c)),))),
        ("raise.from.pass", Path(("raise", "from", "pass"))),
        ('f(by="2025-03")', Call("f", (), (("by", Text("2025-03")),))),
        ("f([a, b.c])", Call("f", (List((a, Path(("b", "c")))),))),
        ("f(from=a)", Call("f", (), (("from", a),))),
        ('f("é", a)', Call("f", (Text("é"), a))),
    ],
)
def test_reads_questions(text: str, tree: Node):
    assert parse(text, questions=True) == tree
    with pytest.raises(ExpressionError):
        parse(text)


def test_places_are_those_of_the_text():
    text = "  alpha +\n  beta * (alpha == yield)"
    for name in names_in(parse(text)):
        assert text[slice(*name.span)] == name.id
    text = 'f("é", alpha, x=beta.gamma)'
    for part in walk(parse(text, questions=True)):
        if isinstance(part, Name | Path):
            assert text[slice(*part.span)] == unparse(part)


@pytest.mark.parametrize(
    ("text", "start", "message"),
    [
        ("", 0, "expected an expression, found nothing"),
        ("a ^ b", 2, "expected numbers, names, operators and brackets, found `^`. Powers are written with `**`."),
        ("a = b", 2, "expected `==`, found `=`. Write `==` to compare."),
        ("(a = b)", 3, "expected `==`, found `=`. Write `==` to compare."),
        ("a & b", 2, "expected numbers, names, operators and brackets, found `&`. Write `and`."),
        ("a || b", 2, "expected numbers, names, operators and brackets, found `||`. Write `or`."),
        ("a => b", 2, "expected numbers, names, operators and brackets, found `=>`. Write `>=`."),
        ("a is b", 2, "expected an operator between `a` and `is`, found `is`. Write `==`."),
        ("2 a", 2, "expected an operator between `2` and `a`, found `a`"),
        ("2a", 0, "expected a number or a name, found `2a`. To multiply, write `2 * a`; a name begins with a letter."),
        ("1_000", 0, "expected a number or a name, found `1_000`. Numbers are written without `_` or separators."),
        ("3 (a)", 2, "expected an operator between `3` and `(`, found `(`. To multiply, write `*`."),
        ("2025-03", 0, 'expected a date in quotes, found `2025-03`. Write "2025-03".'),
        ("1 + 03", 4, "expected a number without leading zeros, found `03`. "
         'A date is written in quotes, as "2025-03".'),
        ("in + 1", 0, "expected a number or a name, found `in`. `in` is a word of the language; choose another name."),
        ("a +", 3, "expected a number or a name after `+`, found the end"),
        ("a * / b", 4, "expected a number or a name after `*`, found `/`"),
        ("a)", 1, "expected no closing bracket, found `)`"),
        ("(a]", 2, "expected `)`, found `]`"),
        ("a if b", 6, "expected `else`, found the end. Write `VALUE if CONDITION else OTHER`."),
        ("a else b", 2, "expected `if` before `else`, found `else`. Write `VALUE if CONDITION else OTHER`."),
        ("a in b", 5, "expected a list in square brackets after `in`, found `b`. Write `aid in [full, half]`."),
        ("a in []", 5, "expected a list in square brackets after `in`, found `[]`. Write `aid in [full, half]`."),
        ("sin(a)", 0, "expected a function (min, max, clip, exp, log, sqrt, abs, within), found `sin`"),
        ("min(a)", 0, "expected min() with 2 or more arguments, found 1"),
        ("exp(a, b)", 0, "expected exp() with 1 argument, found 2"),
        ("max(a, x=b)", 7, "expected arguments without names in max(), found `x=`. Write `==` to compare."),
        ("a.b", 0, "expected a single name, found `a.b`. Dotted names stand only in questions."),
        ("a[b]", 0, "expected arithmetic, comparisons, and/or/not, if-else or a function, found `a[b]`. "
         "Arguments stand in round brackets."),
        ("[a]", 0, "expected arithmetic, comparisons, and/or/not, if-else or a function, found `[a]`. "
         "Square brackets stand only after `in`: `aid in [full, half]`."),
        ("1e999", 0, "expected a number that a computer can hold, found 1e999"),
        ("straße + straße、weg", 15, "expected numbers, names, operators and brackets, found `、`"),
        ("a + 10 % 3", 9, "expected an operator between `10 %` and `3`, found `3`"),
        ("a + b % 3", 6, "expected numbers, names, operators and brackets, found `%`. "
         "A percentage is a number with `%`: 5 % is 0.05."),
        ("a \u2265 b", 2, "expected numbers, names, operators and brackets, found `\u2265`. Write `>=`."),
        ("a\x00", 1, "expected numbers, names, operators and brackets, found the character U+0000"),
        ("lambda x", 7, "expected an operator between `lambda` and `x`, found `x`. To multiply, write `*`."),
    ],
)  # fmt: skip
def test_refuses(text: str, start: int, message: str):
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert (caught.value.start, str(caught.value)) == (start, message)


@pytest.mark.parametrize(
    ("text", "start"),
    [("chance(x, by=2025-03)", 13), ("chance(x, by=2025-10-12)", 13), ('chance(x, by="2025-03") > 2025-04', 26)],
)
def test_refuses_dates_without_quotes(text: str, start: int):
    with pytest.raises(ExpressionError) as caught:
        parse(text, questions=True)
    assert (caught.value.code, caught.value.start) == ("bare-date", start)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000,
        "(" * 900 + "1" + ")" * 900,
        "-" * 1_999 + "1",
        "not " * 400 + "a",
        "+".join("a" * 900),
        "f(" * 100 + ")" * 100,
        "1 if a else " * 100 + "2",
        "a.b" + ".c" * 900,
        "[" * 1_000,
        "a < " * 400 + "a",
        "1" * 1_999,
        "a" * 2_001,
    ],
)
@pytest.mark.parametrize("questions", [False, True])
def test_depth_and_length_are_capped(text: str, questions: bool):
    try:
        tree = parse(text, questions=questions)
    except ExpressionError:
        return
    assert _depth(tree) <= 50


def _depth(node: Node) -> int:
    match node:
        case Unary(_, operand):
            return 1 + _depth(operand)
        case Binary(_, left, right):
            return 1 + max(_depth(left), _depth(right))
        case Call(_, arguments):
            return 1 + max(map(_depth, arguments), default=0)
        case IfElse(test, then, otherwise):
            return 1 + max(map(_depth, (test, then, otherwise)))
    return 1


def test_long_lists_stay_shallow():
    words = [f"word_{i}" for i in range(150)]
    tree = parse(f"a in [{', '.join(words)}]")
    assert _depth(tree) < 12
    assert [name.id for name in names_in(tree)][1::2] == words


def test_substitute():
    assert substitute(parse("a + min(b, a)"), {"a": parse("c * c")}) == parse("c * c + min(b, c * c)")


# --- properties ------------------------------------------------------------------------------------------------------

names = st.sampled_from(["a", "b", "strength", "yield", "None", "_x1"]).map(Name)
numbers = st.floats(min_value=0, max_value=1e12).map(Number)


def _larger(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    operators = st.sampled_from(["+", "-", "*", "/", "**", "and", "or", "==", "!=", "<", "<=", ">", ">="])
    calls = st.sampled_from(sorted(FUNCTIONS)).flatmap(
        lambda f: st.lists(parts, min_size=FUNCTIONS[f][0], max_size=FUNCTIONS[f][1] or 4).map(
            lambda arguments: Call(f, tuple(arguments))
        )
    )
    return st.one_of(
        st.builds(Unary, st.sampled_from(["-", "not"]), parts),
        st.builds(Binary, operators, parts, parts),
        st.builds(IfElse, parts, parts, parts),
        calls,
    )


trees = st.recursive(st.one_of(names, numbers), _larger, max_leaves=12)


@given(trees)
@settings(deadline=None)
def test_text_and_tree_are_one(tree: Node):
    once = parse(unparse(tree))  # and/or regroup into their canonical form
    assert parse(unparse(once)) == once
    assert [n.id for n in names_in(once)] == [n.id for n in names_in(tree)]


@given(st.text(max_size=80) | st.text(alphabet="ab01.,+-*/()[]=<>! \n\"'ifelsnotrd", max_size=60), st.booleans())
@example("0 not", False)  # a word that `in` may follow
@example("0 not ", False)
@settings(max_examples=500, deadline=None)
def test_any_text_is_read_or_refused(text: str, questions: bool):
    try:
        tree = parse(text, questions=questions)
    except ExpressionError as error:
        assert 0 <= error.start <= error.end <= len(text)
    else:
        assert parse(unparse(tree), questions=questions) == tree
