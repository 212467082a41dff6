"""The one place where questions are understood: text in, a typed tree out, or every mistake with its place.

``check`` asks of every claim whether there are mistakes; ``understand`` gives the tree of a question or raises them.
The arithmetic around the functions is read here, what the functions are given in ``arguments``. Definitions made of
assumptions are read by the same rules, where they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from typing import Any

from longgame.errors import Place, Problem, QuestionError
from longgame.scenario.context import Context
from longgame.scenario.formulas import Expression, Unreadable
from longgame.scenario.language.expressions import FUNCTIONS, Binary, Call, IfElse, Name, Node, Number, Unary
from longgame.scenario.model import Claim, Scenario
from longgame.scenario.places import Path
from longgame.scenario.questions.arguments import Arguments, Known, ladder_steps
from longgame.scenario.questions.grammar import BEST, QUESTIONS, SET, Form, Kind
from longgame.scenario.questions.tree import Constant, Given, Lookup, Term, Understood, When, Worked
from longgame.scenario.typing import percentage
from longgame.text import listed, nearest, shortened

_COMPARISONS = ("<", "<=", ">", ">=")
_OWN_KIND = ("+", "-", "neg", "min", "max", "clip", "abs", "if")  # what is made of payoffs by these is a payoff


def understand(scenario: Scenario, question: Expression, at: When = "now") -> Understood:
    """A question from outside the file, asked of a sound scenario at a date; places are those of its own text.

    Raises QuestionError with all its mistakes.
    """
    understanding = Understanding(Context(scenario))
    problems = [replace(problem, where=Place("at")) for problem in understanding.date_problems((), at)]
    understood, found = understanding.question((), question, at)
    return _sound(understood, [*problems, *found])


def understand_claim(
    understanding: Understanding, id: str, claim: Claim
) -> tuple[Understood, Mapping[str, Understood]]:
    """What decides a claim, and label -> what it shows. Raises QuestionError with the mistakes of one of them."""
    holds = understanding.question(("claims", id, "holds"), claim.holds, claim.at, claim=True)
    shows = {
        label: understanding.question(("claims", id, "shows", label), shown, claim.at)
        for label, shown in claim.shows.items()
    }
    return _sound(*holds), {label: _sound(*found) for label, found in shows.items()}


def claim_problems(understanding: Understanding, id: str, claim: Claim) -> Iterator[Problem]:
    """All that is wrong with a claim."""
    yield from understanding.date_problems(("claims", id, "at"), claim.at)
    yield from understanding.question(("claims", id, "holds"), claim.holds, claim.at, claim=True)[1]
    for label, shown in claim.shows.items():
        yield from understanding.question(("claims", id, "shows", label), shown, claim.at)[1]


def ladder_problems(understanding: Understanding, name: str) -> list[Problem]:
    """All that is wrong with a ladder."""
    found: list[Problem] = []
    ladder_steps(understanding.known, name, found)
    return found


def _sound(understood: Understood | None, problems: Sequence[Problem]) -> Understood:
    errors = [problem for problem in problems if problem.severity == "error"]
    if understood is None or errors:
        raise QuestionError(errors)
    return understood


@dataclass(frozen=True)
class Understanding:
    """Judges questions to one scenario."""

    context: Context
    _definitions: dict[str, Term | None] = field(default_factory=dict)
    _untold: dict[str, list[Problem]] = field(default_factory=dict)

    @cached_property
    def known(self) -> Known:
        """What questions may be about."""
        return Known(self.context)

    def date_problems(self, path: Path, at: When) -> list[Problem]:
        """What is wrong with the date at which something is asked."""
        error = None if at in ("now", "start") else self.context.date_error(at)
        if error is None:
            return []
        fix = error.fix or "Write `now`, `start` or a date."
        return [self.context.problem("bad-date", path, error.expected, error.found, fix)]

    def question(
        self, path: Path, question: Expression, at: When = "now", *, claim: bool = False
    ) -> tuple[Understood | None, list[Problem]]:
        """A question asked at a date, and all that is wrong with it; a claim must be true or false."""
        if isinstance(question, Unreadable):
            return None, []
        reading = _Reading(self, path, question, at)
        term = reading.term(question.tree)
        if claim and term is not None and term.kind is not Kind.TRUTH:
            reading.no_claim(term)
        return (None if term is None else Understood(term, at)), reading.found

    def definition(self, name: str, asker: str) -> tuple[Term | None, list[Problem]]:
        """A definition made of assumptions, with its mistakes, which are told to the first who asks."""
        needed, waiting = {name}, [name]
        for each in waiting:  # grows while it is walked
            new = self.context.definitions_used[each] - needed
            needed |= new
            waiting += new
        for each in self.context.definitions_in_order:  # each after those that it uses, so that none is read in another
            if each in needed and each not in self._definitions:
                formula = self.context.scenario.definitions[each]
                assert isinstance(formula, Expression)  # cases rest on a variable
                reading = _Reading(self, ("definitions", each), formula, asker=asker)
                self._definitions[each] = reading.term(formula.tree)
                self._untold[each] = reading.found
        return self._definitions.get(name), self._untold.pop(name, [])


class _Reading:
    """One walk through one question, or through a definition for the sake of the question of ``asker``.

    A part that cannot be understood is None, and nothing more is said of what it is part of.
    """

    def __init__(self, understanding: Understanding, path: Path, text: Expression, at: When = "now", asker: str = ""):
        self.understanding, self.context = understanding, understanding.context
        self.path, self.text, self.asker = path, text, asker
        self.found: list[Problem] = []
        self.arguments = Arguments(understanding.known, path, text, at, self.found)

    def note(self, code: str, node: Node, expected: str, found: str, fix: str = "") -> None:
        if self.asker:
            found += f", in a definition that {self.asker} uses"
        self.found.append(self.context.problem(code, self.path, expected, found, fix, at=(self.text, node)))

    def written(self, node: Node) -> str:
        return f"`{shortened(self.text.text[slice(*node.span)])}`"

    def no_claim(self, term: Term) -> None:
        expected, found = "a question that is true or false", self.written(self.text.tree)
        fix = "Compare it with a number: `... > 0`."
        if isinstance(term, Constant):
            found, fix = f"`{self.text.text}`", "Write what decides it: `worth(...) > 0`, say."
        else:
            found += ", a number"
        self.found.append(self.context.problem("not-a-claim", self.path, expected, found, fix))

    # --- the arithmetic around the functions ---

    def term(self, node: Node) -> Term | None:
        match node:
            case Number(value):
                self.found += percentage(self.context, self.path, self.text, node)
                return Constant(value)
            case Name():
                return self.name(node)
            case Unary("not", operand):
                return _worked("not", self.truth(operand))
            case Unary(_, operand):
                return _worked("neg", self.number(operand))
            case Binary("and" | "or", left, right):
                return _worked(node.op, self.truth(left), self.truth(right))
            case Binary("==" | "!=" as op, Call("best_posture") as asked, Name() as posture):
                return self.best(asked, posture, ">=" if op == "==" else "<")
            case Binary("==" | "!=", left, right):
                self.number(left)
                self.number(right)
                fix = "Say how near they must be: `abs(a - b) < 0.01`."
                self.note("equality", node, "`<`, `<=`, `>` or `>=` between computed numbers", f"`{node.op}`", fix)
                return None
            case Binary(op, left, right):
                return _worked(op, self.number(left), self.number(right))
            case IfElse(test, then, otherwise):
                return self.choice(node, self.truth(test), self.term(then), self.term(otherwise))
            case Call(function, arguments) if function in FUNCTIONS:
                return _worked(function, *(self.number(argument) for argument in arguments))
            case Call():
                return self.call(node)
        fix = "See `questions` in docs/language.md."
        return self.note("not-a-number", node, "a number or a question", self.written(node), fix)

    def best(self, asked: Call, posture: Name, op: str) -> Term | None:
        """Whether a posture is the best one: whether it is ahead of the next best, or level with it."""
        if len(asked.arguments) != 1:
            return self.call(asked)
        lead = self.call(replace(asked, function="lead", arguments=(*asked.arguments, posture)))
        return _worked(op, lead, Constant(0.0, Kind.PAYOFF))

    def choice(self, node: IfElse, test: Term | None, then: Term | None, otherwise: Term | None) -> Term | None:
        if then is not None and otherwise is not None and (then.kind is Kind.TRUTH) != (otherwise.kind is Kind.TRUTH):
            return self.note("mixed-branches", node, "two numbers or two truths around `if`", "one of each")
        return _worked("if", test, then, otherwise)

    def number(self, node: Node) -> Term | None:
        term = self.term(node)
        if term is None or term.kind is not Kind.TRUTH:
            return term
        if self.asker or isinstance(node, Name):  # in a definition truths count as 1 or 0, as in every expression
            return _worked("count", term)
        return self.note("truth-as-number", node, "a number", f"{self.written(node)}, which is true or false")

    def truth(self, node: Node) -> Term | None:
        term = self.term(node)
        if term is None or term.kind is Kind.TRUTH:
            return term
        fix = "Compare it: `... > 0`."
        return self.note("number-as-truth", node, "something true or false", f"{self.written(node)}, a number", fix)

    def name(self, node: Name) -> Term | None:
        kind = self.context.kinds.get(node.id)
        rests_on = self.context.rests_on.get(node.id, frozenset()) if kind == "definition" else {node.id}
        if kind is not None and all(self.context.kinds[name] == "assumption" for name in rests_on):
            if kind == "assumption":
                return Given(node.id)
            who = f"the claim `{self.path[1]}`" if self.path else "this question"
            term, found = self.understanding.definition(node.id, self.asker or who)
            self.found += found
            return term
        if self.asker and kind is None:
            return None  # said where the definition stands
        advice = {
            "state": f"Ask for `expected({node.id}, on=...)` or `chance({node.id} ...)`.",
            "hidden": f"Ask for `belief({node.id} == ...)`.",
            "definition": "Only one over assumptions stands by itself; ask for `expected(...)` or `chance(...)`.",
        }
        fix = advice.get(kind or "", "") or nearest(node.id, [*self.context.scenario.assumptions, *QUESTIONS])
        if node.id in QUESTIONS:
            fix = f"`{node.id}` is a question and needs what it is of: write `{QUESTIONS[node.id].shortest}`."
        elif node.id in FUNCTIONS:
            fix = f"`{node.id}` is a function: write `{node.id}(...)`."
        return self.note("unknown-name", node, "a number, an assumption or a question", f"`{node.id}`", fix)

    # --- the functions ---

    def call(self, node: Call) -> Term | None:
        form = QUESTIONS.get(node.function)
        if form is None:
            fix = nearest(node.function, [*QUESTIONS, *FUNCTIONS]) or f"They are {listed(QUESTIONS, 20)}."
            if node.function == SET:
                fix = "`set(...)` is a change: worth(actor, set(...))."
            return self.note("unknown-question", node, "a question", f"`{node.function}`", fix)
        if not len(form.arguments) <= len(node.arguments) <= len(form.positions):
            counts = " to ".join(dict.fromkeys((f"{len(form.arguments)}", f"{len(form.positions)}")))
            noun = "argument" if counts == "1" else "arguments"
            expected, fix = f"{form.name}() with {counts} {noun}", f"Write {form.signature}."
            self.note("arity", node, expected, f"{len(node.arguments)}", fix)
        elif form.name == BEST:
            fix = "Write which posture is meant: `best_posture(actor) == posture`; `longgame turning` shows all."
            self.note("not-compared", node, "a comparison with a posture", self.written(node), fix)
            return None
        given = self.given(form, node)
        first = form.arguments[0][1] if form.arguments else None
        actor = node.arguments[0] if first == "actor" and node.arguments else None
        arguments = {name: self.arguments.read(form.parameters[name], part, actor) for name, part in given}
        if None in arguments.values() or len(given) != len(node.arguments) + len(node.keywords):
            return None
        if form.name == "in_zone":
            arguments.setdefault("between", tuple(self.context.scenario.actors))
        if form.name == "shapley" and arguments["clause"] not in (part.clause for part in arguments["bundle"]):
            expected = f"a clause of the bundle: {listed(part.clause for part in arguments['bundle'])}"
            return self.note("unknown-clause", node.arguments[1], expected, self.written(node.arguments[1]))
        if form.name in SHORT_FOR:
            return SHORT_FOR[form.name](**arguments)
        if (missing := self.missing(form.name, arguments)) is not None:
            code, expected, fix = missing
            return self.note(code, node, expected, "none", fix)
        return Lookup(form.name, tuple(arguments.items()), form.kind)

    def missing(self, function: str, arguments: Mapping[str, Any]) -> tuple[str, str, str] | None:
        """The block without which a function has nothing to speak of: the kind of mistake, what is wanted, the mend."""
        scenario = self.context.scenario
        match function:
            case "menu_share" if not scenario.clauses:
                fix = "Add `clauses: {VARIABLE: [VALUE, ...]}`, or ask for `deal_share(...)`, of the named deals."
                return "no-clauses", "a scenario with clauses", fix
            case "deal_share" if not self.understanding.known.deals:
                fix = "Name deals under `deals` or in an offer, or ask for `menu_share(...)`, of the clauses."
                return "no-deals", "a scenario with named deals", fix
            case "lead" if len(postures := scenario.postures[arguments["actor"]]) < 2:
                return "no-postures", f"another posture of the actor beside `{next(iter(postures))}`", "Write one."
            case "withhold" | "information_value" if "posture" not in arguments:
                actor = arguments["by" if function == "withhold" else "actor"]
                fix = f"Write them: `postures: {{{actor}: {{NAME: {{STEP: OPTION}}}}}}`."
                return None if scenario.postures.get(actor) else ("no-postures", f"postures of `{actor}`", fix)
        return None

    def given(self, form: Form, node: Call) -> list[tuple[str, Node]]:
        """The arguments of a call by name, without those that the function does not have."""
        found = [(name, part) for (name, _), part in zip(form.positions, node.arguments, strict=False)]
        for key, part in node.keywords:
            if key in form.keywords:
                found.append((key, part))
                continue
            fix = nearest(key, form.keywords) or f"Write {form.signature}; to compare, write `==`."
            known = listed(f"{name}=" for name in form.keywords) or "no keyword"
            self.note("unknown-keyword", part, known, f"`{key}=`", fix)
        if len([key for key, _ in node.keywords if key in form.choose_one]) > 1:
            self.note("both-keywords", node, " or ".join(f"`{key}=`" for key in form.choose_one), "both")
        return found


# --- functions that are short for others ---


NOTHING_LOST = 1e-6  # of a stake: who is indifferent neither loses nor leaves the question open


def _worth_to(actor: str, change: Any, given: Mapping[str, Any], op: str, bound: float) -> Term:
    arguments = {"actor": actor, "change": change, **given}
    asked = Lookup("worth_share", tuple(arguments.items()), QUESTIONS["worth_share"].kind)
    return Worked(op, (asked, Constant(bound)), Kind.TRUTH)


def _would_sign(actor: str, change: Any, **given: Any) -> Term:
    return _worth_to(actor, change, given, ">", 0.0)


def _in_zone(change: Any, between: tuple[str, ...], **given: Any) -> Term:
    """None of the actors loses, and one of them gains."""
    kept = [_worth_to(actor, change, given, ">=", -NOTHING_LOST) for actor in between]
    won = [_worth_to(actor, change, given, ">", 0.0) for actor in between]
    return reduce(lambda a, b: Worked("and", (a, b), Kind.TRUTH), [*kept, reduce(_or, won)])


def _account_worth(actor: str, account: Any, **given: Any) -> Term:
    form = QUESTIONS["worth"]
    return Lookup(form.name, (("actor", actor), ("change", account), *given.items()), form.kind)


def _or(one: Term, other: Term) -> Term:
    return Worked("or", (one, other), Kind.TRUTH)


#: Functions that are short for a question in other words -> the question.
SHORT_FOR: Mapping[str, Callable[..., Term]] = {
    "would_sign": _would_sign,
    "in_zone": _in_zone,
    "account_worth": _account_worth,
}


def _worked(op: str, *parts: Term | None) -> Term | None:
    known = tuple(part for part in parts if part is not None)
    return Worked(op, known, _kind(op, [part.kind for part in known])) if len(known) == len(parts) else None


def _kind(op: str, kinds: list[Kind]) -> Kind:
    """What kind of number comes of an operation.

    Sums and extremes of one kind stay of that kind, and so does a kind times or divided by a plain number; a plain
    number beside it says nothing to the contrary. A ratio of two payoffs is a number.
    """
    if op in ("not", "and", "or", *_COMPARISONS) or (op == "if" and kinds[-1] is Kind.TRUTH):
        return Kind.TRUTH
    if op in _OWN_KIND:
        own = set(kinds) - {Kind.NUMBER, Kind.TRUTH}
        return own.pop() if len(own) == 1 else Kind.NUMBER
    if op in "*/" and kinds[1] is Kind.NUMBER:
        return kinds[0]
    return kinds[1] if op == "*" and kinds[0] is Kind.NUMBER else Kind.NUMBER
