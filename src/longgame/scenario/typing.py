"""Numbers and words: what kind of value an expression gives, and which names may stand in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from longgame.errors import Problem
from longgame.scenario.context import KIND_WORDS, Context
from longgame.scenario.formulas import REST, Expression
from longgame.scenario.language.expressions import FUNCTIONS, Binary, Call, IfElse, Name, Node, Number, Text, Unary
from longgame.scenario.places import Path
from longgame.scenario.roles import END, RATIONALITY, Role
from longgame.text import listed, nearest, shortened


@dataclass(frozen=True)
class Words:
    """The type of an expression that gives a word: the variable it belongs to, and that variable's words."""

    variable: str
    words: tuple[str, ...]


NUMBER = "number"
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
Type = Words | str | None  # None: unknown, because of a problem that is already reported


@dataclass
class Typing:
    """Walks an expression, tells numbers from words, and notes what is wrong on the way."""

    context: Context
    path: Path
    expression: Expression
    role: Role
    actor: str | None = None
    problems: list[Problem] = field(default_factory=list)

    def type_of(self, node: Node, wanted: Words | None = None) -> Type:
        """The type of ``node`` where a word of ``wanted`` (or, without it, a number) may stand."""
        match node:
            case Name():
                return self.name(node, wanted)
            case Number():
                self.problems += percentage(self.context, self.path, self.expression, node)
            case Unary(_, operand):
                self.number(operand)
            case Text():
                self.misplaced(node)
            case (
                Binary(op, Text() as date, Name("period") as period)
                | Binary(op, Name("period") as period, Text() as date)
            ):
                self.date(date) if op in _COMPARISONS else self.misplaced(date)
                self.name(period, None)
            case Binary("==" | "!=", left, right):
                self.equality(node, left, right)
            case Binary("<" | "<=" | ">" | ">=", left, right):
                self.order(left, right)
            case Binary(_, left, right):
                self.number(left)
                self.number(right)
                self.division(node)
            case IfElse(test, then, otherwise):
                first = self.type_of(then, wanted)
                self.number(test)
                second = self.type_of(otherwise, wanted)
                return self.branches(node, first, second)
            case Call(_, arguments):
                for argument in arguments:
                    self.number(argument)
        return NUMBER

    def number(self, node: Node) -> None:
        """Note where a number is due and a word stands."""
        found = self.type_of(node)
        if isinstance(found, Words):
            self.problems.append(word_in_arithmetic(self.context, self.path, self.expression, node, found))

    def branches(self, node: IfElse, first: Type, second: Type) -> Type:
        """The type of ``if``-``else`` from those of its branches, which must agree."""
        if first is None or second is None:
            return None
        if isinstance(first, Words) != isinstance(second, Words):
            self.note("mixed-branches", node, "two words or two numbers around `if`", "one of each")
            return None
        if isinstance(first, Words) and isinstance(second, Words) and first.words != second.words:
            self.note("word-of-another", node.otherwise, f"a word of `{first.variable}`", f"one of `{second.variable}`")
            return None
        return first

    def equality(self, node: Binary, left: Node, right: Node) -> None:
        """Two numbers, a variable and one of its words, or two variables that share words."""
        left_words, right_words = self.words_of(left), self.words_of(right)
        if left_words is None and right_words is None:
            before = len(self.problems)
            self.number(left)
            if len(self.problems) == before:  # beside a name that is none, a word would only be an echo
                self.number(right)
            return
        kinds = (self.type_of(left, right_words), self.type_of(right, left_words))
        for kind, side, other in ((kinds[0], left, right_words), (kinds[1], right, left_words)):
            if kind == NUMBER and other is not None:
                expected = f"one of the words of `{other.variable}`: {listed(other.words)}"
                self.note("number-for-word", side, expected, f"`{self.text(side)}`")
        if left_words and right_words and not set(left_words.words) & set(right_words.words):
            self.note(
                "no-common-word",
                node,
                f"a word of `{left_words.variable}`: {listed(left_words.words)}",
                f"`{right_words.variable}`, which shares no word with it",
            )

    def misplaced(self, node: Text) -> None:
        """A date where a number is due."""
        fix = 'A date stands only beside `period`: `period >= "2025-03"`.'
        self.note("misplaced-date", node, "a number", self.text(node), fix)

    def date(self, node: Text) -> None:
        """A date that a period is compared with, which must be on the clock."""
        if error := self.context.date_error(node.value):
            self.note("bad-date", node, error.expected, error.found, error.fix)

    def order(self, left: Node, right: Node) -> None:
        """Only numbers have an order."""
        for side in (left, right):
            words = self.words_of(side)
            if words is None:
                self.number(side)
                continue
            self.type_of(side)
            fix = f"Write `{words.variable} in [...]` with the words that are meant."
            self.note(
                "word-order", side, "numbers on both sides of the comparison", f"`{self.text(side)}`, a word", fix
            )
            return

    def division(self, node: Binary) -> None:
        """A divisor that is plainly zero."""
        if node.op == "/" and isinstance(node.right, Number) and node.right.value == 0:
            self.note("division-by-zero", node.right, "a divisor other than zero", "`0`")

    def words_of(self, node: Node) -> Words | None:
        """The variable whose words an expression gives, without noting anything."""
        match node:
            case Name(name) if name in self.context.words:
                return Words(name, self.context.words[name])
            case IfElse(_, then, otherwise):
                return self.words_of(then) or self.words_of(otherwise)
        return None

    def name(self, node: Name, wanted: Words | None) -> Type:
        """The type of a name, which must be known and allowed here."""
        if wanted is not None and node.id in wanted.words:
            return wanted
        kind = self.context.kinds.get(node.id)
        if kind is None:
            self.problems.append(self.unknown(node, wanted))
            return None
        refused = list(not_allowed(self.context, self.path, self.expression, node, self.role, self.actor))
        if refused:
            self.problems += refused
            return None
        words = self.context.words.get(node.id)
        return NUMBER if words is None else Words(node.id, words)

    def unknown(self, node: Name, wanted: Words | None) -> Problem:
        """A name that is none, with the likeliest reason."""
        owners = [variable for variable, words in self.context.words.items() if node.id in words]
        if wanted is not None:
            expected = f"one of the words of `{wanted.variable}`: {listed(wanted.words)}"
            if owners:
                fix = f"`{node.id}` is a word of `{owners[0]}`."
                return self.problem("word-of-another", node, expected, f"`{node.id}`", fix)
            return self.problem("unknown-word", node, expected, f"`{node.id}`", nearest(node.id, wanted.words))
        if owners:
            fix = f"Compare it: `{owners[0]} == {node.id}`."
            return self.problem("word-alone", node, "a number", f"`{node.id}`, a word of `{owners[0]}`", fix)
        advice = {"true": "Write 1.", "false": "Write 0.", REST: "Only a probability can be `rest`."}
        fix = advice.get(node.id.lower(), "")
        if node.id in FUNCTIONS:
            fix = f"{node.id} is a function: {node.id}(...)."
        known = [name for name, kind in self.context.kinds.items() if kind == "definition" or self.role.allows(kind)]
        what = "a variable, assumption or definition" if len(known) > 1 else "a number"
        return self.problem("unknown-name", node, what, f"`{node.id}`", fix or nearest(node.id, known))

    def text(self, node: Node) -> str:
        """A part of the expression as it was written."""
        return shortened(self.expression.text[slice(*node.span)])

    def problem(self, code: str, node: Node, expected: str, found: str, fix: str = "") -> Problem:
        """A problem at one part of the expression."""
        return self.context.problem(code, self.path, expected, found, fix, at=(self.expression, node))

    def note(self, code: str, node: Node, expected: str, found: str, fix: str = "") -> None:
        """Note a problem at one part of the expression."""
        self.problems.append(self.problem(code, node, expected, found, fix))


def percentage(context: Context, path: Path, expression: Expression, node: Number) -> Iterator[Problem]:
    """A percentage, which is read as a number: the analyst is told which, but where a probability is due."""
    if path[-1:] in (("p",), ("inertia",)):
        return
    if (text := shortened(expression.text[slice(*node.span)])).endswith("%"):
        found = f"`{text}`, which is read as {node.value:g}"
        yield context.warning("percentage", path, "a number", found, at=(expression, node))


def word_in_arithmetic(context: Context, path: Path, expression: Expression, node: Node, found: Words) -> Problem:
    """A variable with words where a number is due."""
    text = shortened(expression.text[slice(*node.span)])
    fix = f"Compare it: `{found.variable} == {found.words[0]}` counts as 1 or 0." if found.words else ""
    return context.problem("word-in-arithmetic", path, "a number", f"`{text}`, a word", fix, at=(expression, node))


def not_allowed(
    context: Context, path: Path, expression: Expression | None, node: Name, role: Role, actor: str | None
) -> Iterator[Problem]:
    """A name must be of a kind that the formula may use; for a definition, all that it rests on."""
    kind = context.kinds.get(node.id)
    if kind is None:
        return
    rests_on = context.rests_on.get(node.id, frozenset()) if kind == "definition" else {node.id}
    at = None if expression is None else (expression, node)
    by_way = f" (by way of the definition `{node.id}`)" if kind == "definition" else ""
    for used in sorted(rests_on):
        used_kind = context.kinds.get(used, "definition")
        if not role.allows(used_kind):
            found = f"the {KIND_WORDS[used_kind]} `{used}`{by_way}"
            fix = _why_not(role, used_kind)
            yield context.problem("not-allowed-here", path, f"only {role.allowed} in {role.words}", found, fix, at=at)
            return
        if role is RATIONALITY and used_kind == "hidden" and actor not in context.scenario.hidden[used].known_to:
            found = f"`{used}`, which `{actor}` does not know{by_way}"
            fix = f"Add `{actor}` to its `known_to`, or use another variable."
            yield context.problem("unknown-to-actor", path, "a hidden variable that the actor knows", found, fix, at=at)
            return


def _why_not(role: Role, kind: str) -> str:
    if role is END:
        return "Where the game ends must be the same for all values of the assumptions and in every period."
    if kind == "passing":
        return "It is forgotten when the period is over: keep it in a state variable, by `set`, or pay at the step."
    if kind == "hidden":
        return "What everybody sees cannot depend on what is hidden; payoffs, odds of chance steps and `becomes` can."
    return ""
