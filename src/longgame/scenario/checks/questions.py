"""Questions: claims, what they show, and what is asked on the command line, against the table of questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from longgame.errors import Problem
from longgame.scenario.context import CLAUSE, CONDITION, EVENT, QUANTITY, Context, Role
from longgame.scenario.expand import deals_of, evidence_ids, find_option, find_step
from longgame.scenario.formulas import Expression, Question, Unreadable
from longgame.scenario.language.expressions import (
    FUNCTIONS,
    Binary,
    Call,
    IfElse,
    List,
    Name,
    Node,
    Number,
    Text,
    Unary,
    walk,
)
from longgame.scenario.language.expressions import Path as Dotted
from longgame.scenario.model import Scenario
from longgame.scenario.places import Path
from longgame.scenario.questions.grammar import KINDS, QUESTIONS, RULES, SET, Kind
from longgame.scenario.questions.grammar import Question as Form
from longgame.scenario.typing import Typing, Words
from longgame.text import listed, nearest, shortened

_COMPARISONS = ("<", "<=", ">", ">=")


def claims_can_be_asked(context: Context) -> Iterator[Problem]:
    """Each claim asks something true or false, about names that there are, at a date on the clock."""
    asking = Asking(context)
    for id, claim in context.scenario.claims.items():
        path: Path = ("claims", id)
        error = None if claim.at in ("now", "start") else context.date_error(claim.at)
        if error is not None:
            fix = error.fix or "Write `now`, `start` or a date."
            yield context.problem("bad-date", (*path, "at"), error.expected, error.found, fix)
        yield from asking.problems((*path, "holds"), claim.holds, claim.at, claim=True)
        for label, shown in claim.shows.items():
            yield from asking.problems((*path, "shows", label), shown, claim.at)


def question_problems(scenario: Scenario, question: Question, at: str | int = "now") -> list[Problem]:
    """What is wrong with one question, asked of a sound scenario at a date; places are those of its own text."""
    return list(Asking(Context(scenario)).problems((), question, at))


CHECKS = (claims_can_be_asked,)


# --- one question ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asking:
    """Checks questions to one scenario."""

    context: Context

    @cached_property
    def evidence(self) -> tuple[str, ...]:
        """The ids of all evidence."""
        return evidence_ids(self.context.scenario)

    @cached_property
    def deals(self) -> tuple[str, ...]:
        """The names of all deals."""
        return tuple(deals_of(self.context.scenario))

    @cached_property
    def periods(self) -> tuple[int, ...]:
        """The periods, from 0, of all evidence with a date on the clock."""
        dates = [piece.on for piece in self.context.scenario.evidence] if self.context.clock_is_sound else []
        return tuple(self.context.scenario.clock.period_of(on) for on in dates if not self.context.date_error(on))

    def asked_in(self, at: str | int) -> int:
        """The period, from 0, in which a question is asked: that of the last evidence before it."""
        if at == "start" or (at != "now" and (not self.context.clock_is_sound or self.context.date_error(at))):
            return 0
        last = None if at == "now" else self.context.scenario.clock.period_of(at)
        return max((period for period in self.periods if last is None or period <= last), default=0)

    def problems(
        self, path: Path, question: Expression, at: str | int = "now", *, claim: bool = False
    ) -> Iterator[Problem]:
        """All that is wrong with a question asked at a date; a claim must be true or false."""
        if isinstance(question, Unreadable):
            return
        inquiry = _Inquiry(self, path, question, self.asked_in(at))
        is_truth = inquiry.is_truth(question.tree)
        yield from inquiry.found
        if claim and not is_truth and not inquiry.found:
            fix = "Compare it with a number: `... > 0`."
            yield self.context.problem(
                "not-a-claim", path, "a question that is true or false", f"`{shortened(question.text)}`, a number", fix
            )


class _Inquiry:
    """One walk through one question."""

    def __init__(self, asking: Asking, path: Path, question: Expression, period: int):
        self.asking, self.context, self.scenario = asking, asking.context, asking.context.scenario
        self.path, self.question, self.period = path, question, period
        self.found: list[Problem] = []

    def note(self, code: str, node: Node, expected: str, found: str, fix: str = "") -> None:
        self.found.append(self.context.problem(code, self.path, expected, found, fix, at=(self.question, node)))

    def text(self, node: Node) -> str:
        return shortened(self.question.text[slice(*node.span)])

    # --- the arithmetic around the functions ---

    def is_truth(self, node: Node) -> bool:
        """Walk a part of the question; whether it is true or false rather than a number."""
        match node:
            case Number():
                return False
            case Name():
                self.name(node)
            case Unary("not", operand):
                self.truth(operand)
                return True
            case Unary(_, operand):
                self.number(operand)
            case Binary("and" | "or", left, right):
                self.truth(left)
                self.truth(right)
                return True
            case Binary("==" | "!=", left, right):
                self.number(left)
                self.number(right)
                fix = "Say how near they must be: `abs(a - b) < 0.01`."
                self.note("equality", node, "`<`, `<=`, `>` or `>=` between computed numbers", f"`{node.op}`", fix)
                return True
            case Binary(op, left, right):
                self.number(left)
                self.number(right)
                return op in _COMPARISONS
            case IfElse(test, then, otherwise):
                self.truth(test)
                kinds = (self.is_truth(then), self.is_truth(otherwise))
                if kinds[0] != kinds[1]:
                    self.note("mixed-branches", node, "two numbers or two truths around `if`", "one of each")
                return kinds[0]
            case Call(function, arguments) if function in FUNCTIONS:
                for argument in arguments:
                    self.number(argument)
            case Call():
                self.call(node)
            case _:
                self.note(
                    "not-a-number",
                    node,
                    "a number or a question",
                    f"`{self.text(node)}`",
                    "See `questions` in docs/language.md.",
                )
        return False

    def number(self, node: Node) -> None:
        if self.is_truth(node):
            self.note("truth-as-number", node, "a number", f"`{self.text(node)}`, which is true or false")

    def truth(self, node: Node) -> None:
        before = len(self.found)
        if not self.is_truth(node) and len(self.found) == before:
            self.note(
                "number-as-truth",
                node,
                "something true or false",
                f"`{self.text(node)}`, a number",
                "Compare it: `... > 0`.",
            )

    def name(self, node: Name) -> None:
        kind = self.context.kinds.get(node.id)
        rests_on = self.context.rests_on.get(node.id, frozenset()) if kind == "definition" else {node.id}
        if kind is not None and all(self.context.kinds[name] == "assumption" for name in rests_on):
            return
        advice = {
            "state": f"Ask for `expected({node.id}, on=...)` or `chance({node.id} ...)`.",
            "hidden": f"Ask for `belief({node.id} == ...)`.",
            "definition": "Only one over assumptions stands by itself; ask for `expected(...)` or `chance(...)`.",
        }
        fix = advice.get(kind or "", "") or nearest(node.id, [*self.scenario.assumptions, *QUESTIONS])
        self.note("unknown-name", node, "a number, an assumption or a question", f"`{node.id}`", fix)

    # --- the functions ---

    def call(self, node: Call) -> None:
        form = QUESTIONS.get(node.function)
        if form is None:
            fix = nearest(node.function, [*QUESTIONS, *FUNCTIONS])
            if node.function == SET:
                fix = "`set(...)` is a change: worth(actor, set(...))."
            self.note(
                "unknown-question",
                node,
                "a question",
                f"`{node.function}`",
                fix or f"They are {listed(QUESTIONS, 20)}.",
            )
            return
        fewest, most = len(form.arguments), len(form.arguments) + len(form.optional)
        if not fewest <= len(node.arguments) <= most:
            counts = f"{fewest}" if fewest == most else f"{fewest} to {most}"
            noun = "argument" if counts == "1" else "arguments"
            self.note(
                "arity",
                node,
                f"{form.name}() with {counts} {noun}",
                f"{len(node.arguments)}",
                f"Write {form.signature}.",
            )
        actor = node.arguments[0] if form.arguments[:1] == (("actor", "actor"),) and node.arguments else None
        positions = (*form.arguments, *form.optional)
        for (_, kind), argument in zip(positions, node.arguments, strict=False):
            self.argument(kind, argument, actor)
        self.keywords(form, node, actor)

    def keywords(self, form: Form, node: Call, actor: Node | None) -> None:
        for key, value in node.keywords:
            kind = form.keywords.get(key)
            if kind is None:
                fix = nearest(key, form.keywords) or f"Write {form.signature}; to compare, write `==`."
                known = listed(f"{name}=" for name in form.keywords) or "no keyword"
                self.note("unknown-keyword", value, known, f"`{key}=`", fix)
            else:
                self.argument(kind, value, actor)
        given = [key for key, _ in node.keywords if key in form.choose_one]
        if len(given) > 1:
            self.note("both-keywords", node, " or ".join(f"`{key}=`" for key in form.choose_one), "both")

    def argument(self, kind: Kind, node: Node, actor: Node | None) -> None:
        """Check one argument of its kind; ``actor`` is the first argument of the same call, where that is an actor."""
        checks: Mapping[Kind, Callable[[Node], None]] = {
            "actor": lambda n: self.one_of(n, "unknown-actor", "an actor", self.scenario.actors),
            "actors": lambda n: self.each(n, "actor"),
            "change": self.change,
            "option": self.option,
            "condition": lambda n: self.expression(n, CONDITION, truth=True),
            "event": lambda n: self.expression(n, EVENT, truth=True),
            "quantity": lambda n: self.expression(n, QUANTITY),
            "evidence": lambda n: self.one_of(
                n, "unknown-evidence", "the id of a piece of evidence", self.asking.evidence
            ),
            "evidence list": lambda n: self.each(n, "evidence"),
            "date": self.date,
            "posture": lambda n: self.posture(n, actor),
            "bound posture": self.bound_posture,
            "rule": lambda n: self.one_of(n, "unknown-rule", "a rule", RULES),
            "hidden": lambda n: self.one_of(n, "unknown-hidden", "a hidden variable", self.scenario.hidden),
        }
        checks[kind](node)

    def each(self, node: Node, kind: Kind) -> None:
        for item in node.items if isinstance(node, List) else (node,):
            self.argument(kind, item, None)

    def one_of(self, node: Node, code: str, what: str, known) -> None:
        names = list(known)
        name = ".".join(node.parts) if isinstance(node, Dotted) else getattr(node, "id", None)
        if name not in names:
            fix = nearest(name or "", names) or (f"Known: {listed(names)}." if names else "There are none.")
            self.note(code, node, what, f"`{self.text(node)}`", fix)

    def date(self, node: Node) -> None:
        when: str | int
        match node:
            case Text(value):
                when = value
            case Number(value) if value == int(value):
                when = int(value)
            case _:
                self.note("bad-date", node, KINDS["date"], f"`{self.text(node)}`", 'Write "2025-12", with the quotes.')
                return
        error = self.context.date_error(when)
        if error is not None:
            self.note("bad-date", node, error.expected, error.found, error.fix)
        elif self.context.clock_is_sound and self.scenario.clock.period_of(when) < self.period:
            label = self.scenario.clock.label(self.period)
            fix = "Evidence has come since then. Ask `at` an earlier date."
            self.note("date-past", node, f"a date from {label} on", f"`{self.text(node)}`", fix)

    def posture(self, node: Node, actor: Node | None) -> None:
        name = getattr(actor, "id", "")
        if name in self.scenario.actors:
            known = self.scenario.postures.get(name, {})
            self.one_of(node, "unknown-posture", f"a posture of `{name}`", known)

    def bound_posture(self, node: Node) -> None:
        known = [f"{actor}.{name}" for actor, postures in self.scenario.postures.items() for name in postures]
        self.one_of(node, "unknown-posture", KINDS["bound posture"], known)

    def option(self, node: Node) -> None:
        steps = self.context.steps
        parts = node.parts if isinstance(node, Dotted) else ()
        if len(parts) > 1:
            if find_option(steps, parts) is not None:
                return
            at = find_step(steps, ".".join(parts[:-1]))
            if at:
                known = [f"{steps[at[0]].name}.{option.name}" for option in steps[at[0]].options]
                self.note(
                    "unknown-option",
                    node,
                    f"one of {listed(known)}",
                    f"`{self.text(node)}`",
                    nearest(".".join(parts), known),
                )
                return
        known = [f"{step.name}.{option.name}" for step in steps for option in step.options]
        self.note("unknown-option", node, KINDS["option"], f"`{self.text(node)}`", nearest(".".join(parts), known))

    def change(self, node: Node) -> None:
        match node:
            case List(items):
                for item in items:
                    self.change(item)
                if not items:
                    self.note("unknown-change", node, KINDS["change"], "an empty list")
            case Dotted():
                self.option(node)
            case Name():
                self.one_of(node, "unknown-deal", KINDS["change"], self.asking.deals)
            case Call(function, arguments, keywords) if function == SET:
                for argument in arguments:
                    self.note("unknown-change", argument, "set(variable=value)", f"`{self.text(argument)}`")
                if not keywords and not arguments:
                    self.note("unknown-change", node, "set(variable=value)", "no variable")
                for key, value in keywords:
                    self.set_value(key, value)
            case _:
                self.note("unknown-change", node, KINDS["change"], f"`{self.text(node)}`")

    def set_value(self, key: str, value: Node) -> None:
        if key not in self.scenario.state:
            fix = nearest(key, self.scenario.state)
            self.note("unknown-variable", value, "a state variable before `=`", f"`{key}=`", fix)
            return
        words = self.context.words.get(key)
        self.expression(value, CLAUSE, wanted=Words(key, words) if words is not None else None)

    def expression(self, node: Node, role: Role, *, truth: bool = False, wanted: Words | None = None) -> None:
        """A plain expression inside a question: over state variables, or over hidden ones."""
        odd = next((part for part in walk(node) if isinstance(part, Dotted | List | Text) or _is_question(part)), None)
        if odd is not None:
            self.note("not-allowed-here", odd, f"a plain expression in {role.words}", f"`{self.text(odd)}`")
            return
        typing = Typing(self.context, self.path, self.question, role)
        kind = typing.type_of(node, wanted)
        problems = [replace(p, fix=self.advice(role, p)) for p in typing.problems]
        self.found += problems
        if problems:
            return
        if wanted is None and isinstance(kind, Words):
            fix = f"Compare it: `{kind.variable} == {kind.words[0]}`."
            self.note("word-in-arithmetic", node, "a number or a condition", f"`{self.text(node)}`, a word", fix)
        elif wanted is not None and (not isinstance(kind, Words) or kind.words != wanted.words):
            expected = f"one of the words of `{wanted.variable}`: {listed(wanted.words)}"
            self.note("number-for-word", node, expected, f"`{self.text(node)}`")
        elif truth and isinstance(node, Number):
            self.note("number-as-truth", node, role.words, f"`{self.text(node)}`")

    def advice(self, role: Role, problem: Problem) -> str:
        if problem.code == "not-allowed-here" and role is CONDITION:
            return "`given` and `belief` are about hidden variables; state variables belong in chance(...)."
        if problem.code == "not-allowed-here" and role in (EVENT, QUANTITY):
            return "Ask with `given=` for what is hidden."
        return problem.fix


def _is_question(node: Node) -> bool:
    return isinstance(node, Call) and node.function not in FUNCTIONS
