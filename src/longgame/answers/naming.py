"""Names in words: actors, options, conditions, changes and whole questions as a reader would say them.

Where the scenario ``says`` what something is, in few words, that stands for it; else its name, without underscores.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from longgame.answers import words
from longgame.answers.saying import SAYS
from longgame.answers.words import proper
from longgame.queries.compared import Compared
from longgame.queries.meaning import Setting
from longgame.scenario.checks.advice import unit_of_payoff
from longgame.scenario.context import Context
from longgame.scenario.expand import FlatStep, deals_of, steps_of
from longgame.scenario.expand.flat import Habit
from longgame.scenario.expand.habit import THOUGHT_OVER
from longgame.scenario.expand.steps import ACCEPT, NO_OFFER, REJECT
from longgame.scenario.language.expressions import Binary, IfElse, Name, Node, Number, Unary, format_number, unparse
from longgame.scenario.model import Chance, Move, Offer, Simultaneous, Statement, Step
from longgame.scenario.questions.arguments import Known
from longgame.scenario.questions.grammar import QUESTIONS
from longgame.scenario.questions.tree import Changes, Constant, Given, Lookup, SetTo, Take, Term, When, Worked
from longgame.text import possessive

PREPOSITIONS = {"against", "and", "at", "by", "for", "from", "in", "of", "on", "or", "over", "to", "with"}
SHORT = 60  # characters: what is said in so many fits into a sentence

_OPERATORS = {
    "==": "is", "!=": "is not", "<": "is below", "<=": "is at most", ">": "is above", ">=": "is at least",
    "and": "and", "or": "or", "+": "plus", "-": "less", "*": "times", "/": "over", "**": "to the power of",
}  # fmt: skip
_WANTED = {"<": "less than", "<=": "at most", ">": "more than", ">=": "at least"}
_AGAINST = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}  # what holds where a comparison does not
_FUNCTIONS = {"abs": "the size of", "neg": "minus", "sqrt": "the root of", "log": "the logarithm of", "exp": "e to the"}


@dataclass(frozen=True, eq=False)
class Naming:
    """Names things of one scenario."""

    setting: Setting

    @cached_property
    def steps(self) -> tuple[FlatStep, ...]:
        """The steps of a period as they are played."""
        return steps_of(self.setting.scenario)

    @cached_property
    def told(self) -> dict[tuple[int, int], dict[str, str]]:
        """What was said so far of the rows of accounts, by actor and row."""
        return {}

    def unit(self, actor: str) -> str:
        """The unit of an actor's payoff."""
        return self._units[actor]

    @cached_property
    def _units(self) -> Mapping[str, str]:
        context = Context(self.setting.scenario)
        return {actor: unit_of_payoff(context, actor) or "payoff" for actor in self.setting.scenario.actors}

    def spelled(self, name: str, of: str | None = None) -> str:
        """A name without underscores, actors in it by their names; without the actor whose it is, if that is given."""
        actors = self.setting.scenario.actors
        rest = [part for part in name.split("_") if part != of]
        if name not in actors and rest and not {rest[0], rest[-1]} & PREPOSITIONS:  # `cost_to_velland` stays whole
            name = "_".join(rest)
        return words.spelled(name, actors)

    def condition(self, node: Node) -> str:
        """A condition or an expression in words: 'truce is none or war is settled'."""
        match node:
            case Name(name):
                return self.spelled(name)
            case Number(value):
                return format_number(value)
            case Unary("not", Binary("==", left, right)):
                return self.condition(Binary("!=", left, right))
            case Unary("not", operand):
                return f"not {self.condition(operand)}"
            case Unary(_, operand):
                return f"minus {self.condition(operand)}"
            case Binary(op, left, right):
                return f"{self.condition(left)} {_OPERATORS[op]} {self.condition(right)}"
            case IfElse(test, then, otherwise):
                return f"{self.condition(then)} if {self.condition(test)}, else {self.condition(otherwise)}"
        return self.spelled(unparse(node))

    # --- steps and options --------------------------------------------------------------------------------------------

    def step(self, k: int) -> str:
        """A step, with whose it is: 'US's line on Russia'."""
        step = self.steps[k]
        if step.kind == "reply" and step.by is not None:
            return f"{possessive(proper(step.by))} reply to {self.spelled(str(step.deal))}"
        return f"{possessive(proper(step.by))} {self._alone(step)}" if step.by else self._alone(step)

    def _alone(self, step: FlatStep) -> str:
        """A step without whose it is."""
        if step.habit is not None:
            if step.habit.by is None:
                return f"whether {self.spelled(step.habit.move)} is thought over"
            return f"whether {proper(step.habit.by)} thinks {self._habit(step.habit)} over"
        return self.spelled(step.offer or step.name, step.by)

    def _habit(self, habit: Habit) -> str:
        """The move that may not be thought over."""
        return f"its {self.spelled(habit.move, habit.by)}"

    def option(self, k: int, a: int) -> str:
        """An option of a step, or an outcome: 'press'; what it says, if that is short.

        What all choose at the same time is all that they choose: '“strike” and “hold”'.
        """
        return words.listed([self._quoted(k, option, by) for by, option in self._parts(k, a)])

    def _quoted(self, k: int, name: str, by: str | None) -> str:
        said = self._said(k, name, by)
        return f"“{_phrase(said)}”" if said and len(said) <= SHORT else f"“{self.spelled(name)}”"

    def _parts(self, k: int, a: int) -> list[tuple[str | None, str]]:
        """What is chosen, and by whom: one option as a rule, or those of several."""
        step = self.steps[k]
        if a >= len(step.options):
            side, own = step.acts[a - len(step.options)]
            return [(side.by, side.options[own])]
        return [(side.by, side.options[side.taken[a]]) for side in step.sides] or [(step.by, step.options[a].name)]

    def taken(self, k: int, a: int) -> str:
        """That an option is taken: 'US takes “press” at its line on Russia'."""
        step = self.steps[k]
        if step.sides:
            each = [f"{proper(str(by))} takes {self._quoted(k, option, by)}" for by, option in self._parts(k, a)]
            return f"{words.listed(each)} at {self._alone(step)}"
        name = step.options[a].name
        if step.habit is not None and step.habit.by is None:
            move = self.spelled(step.habit.move)
            stands = self.steps[k + 1].option(str(step.habit.stays))
            if name == THOUGHT_OVER or stands is None:
                return f"{move} is thought over"
            return f"{move} is not thought over, and {self.option(k + 1, stands)} stand"
        if step.habit is not None and step.habit.by is not None:
            who, move = proper(step.habit.by), self._habit(step.habit)
            if name == THOUGHT_OVER:
                return f"{who} thinks {move} over"
            return f"{who} does not think {move} over, and “{self.spelled(str(step.habit.stays))}” stands"
        if step.by is None:
            return f"{self.option(k, a)} happens at {self._alone(step)}"
        who = proper(step.by)
        if step.kind == "reply":
            verb = {ACCEPT: "accepts", REJECT: "rejects"}[name]
            return f"{who} {verb} {self.spelled(str(step.deal))}"
        if step.offer is not None:
            return f"{who} offers {'nothing' if name == NO_OFFER else self.spelled(name)}"
        if isinstance(self._step(k), Statement):
            return f"{who} says {self.option(k, a)} at its {self._alone(step)}"
        return f"{who} takes {self.option(k, a)} at its {self._alone(step)}"

    def about_step(self, k: int) -> str:
        """What the scenario says of a step."""
        return self._step(k).says

    def _step(self, k: int) -> Step:
        return self.setting.scenario.period[int(self.steps[k].path[1])]

    def _said(self, k: int, name: str, by: str | None) -> str:
        step = self._step(k)
        if self.steps[k].habit is not None:
            return ""
        name = next((option.written for option in self.steps[k].options if option.name == name), "") or name
        match step:
            case Simultaneous():
                given = step.moves[str(by)].get(name)
            case Move():
                given = step.options.get(name)
            case Chance():
                given = step.outcomes.get(name)
            case Offer():
                given = step.deals.get(name)
            case Statement():
                return ""
        return given.says if given is not None else ""

    # --- arguments of questions ---------------------------------------------------------------------------------------

    def changes(self, changes: Changes) -> str:
        """Changes that are made: a deal, an option that is taken, state variables that are set."""
        return words.listed([self._change(change) for change in changes])

    def _change(self, change: SetTo | Take) -> str:
        if isinstance(change, Take):
            return self.taken(change.step, change.option)
        for name, (deal,) in self.setting.deals.items():
            if deal == change:
                said = deals_of(self.setting.scenario)[name].says
                return f"“{_phrase(said)}”" if said and len(said) <= SHORT else f"“{self.spelled(name)}”"
        return words.listed([f"{self.spelled(name)} {self.condition(value)}" for name, value in change.clauses])

    def ladder(self, steps: tuple[Changes, ...]) -> str | None:
        """The name of a ladder, if it has one."""
        known = Known(Context(self.setting.scenario)).ladders
        return next((name for name, given in known.items() if given == steps), None)

    def evidence(self, id: str) -> str:
        """A piece of evidence: what it was, if that is short."""
        for piece in self.setting.scenario.evidence:
            if piece.id == id and piece.says and len(piece.says) <= SHORT:
                return f"“{_phrase(piece.says)}”"
        return f"“{self.spelled(id)}”"

    def at(self, when: When) -> str:
        """The date of a question."""
        return {"now": "now", "start": "at the start"}.get(str(when), f"as of {words.day(when)}")

    def period(self, t: int) -> str:
        """The first day of a period."""
        return words.day(self.setting.scenario.clock.label(t))

    def end_of(self, t: int) -> str:
        """The day with whose end a period ends."""
        return words.day(self.setting.scenario.clock.end_label(t))

    # --- questions ----------------------------------------------------------------------------------------------------

    def number(self, term: Term) -> str:
        """A number of a question in words."""
        match term:
            case Constant(value):
                return format_number(value)
            case Given(name):
                said = self.setting.scenario.assumptions[name].says
                return _phrase(said) if said and len(said) <= SHORT else self.spelled(name)
            case Lookup():
                return self._lookup(term)
            case Worked(op, parts):
                return _worked(op, [self.number(part) for part in parts])

    def comparison(self, term: Worked) -> str:
        """A comparison of two numbers in words."""
        left, right = term.parts
        return f"{self.number(left)} {_OPERATORS[term.op]} {self.number(right)}"

    def wanted(self, one: Compared) -> str:
        """What a comparison wants of its left side: 'more than'."""
        return _WANTED[_AGAINST[one.term.op] if one.negated else one.term.op]

    def _lookup(self, leaf: Lookup) -> str:
        given = dict(leaf.arguments)
        said = SAYS[leaf.function](self, given)
        if "after" in given:
            said += f" {'if' if isinstance(given['after'][0], Take) else 'with'} {self.changes(given['after'])}"
        if given.get("given") is not None:
            said += f", given that {self.condition(given['given'])}"
        if "under" in given:
            actor, posture = given["under"]
            said += f", with {proper(actor)} bound to “{self.spelled(posture)}”"
        return said

    def written(self, term: Term) -> str:
        """A number of a question as it is written in the language."""
        match term:
            case Constant(value):
                return format_number(value)
            case Given(name):
                return name
            case Lookup():
                kinds = QUESTIONS[term.function]
                places = [name for name, _ in kinds.positions]
                parts = [
                    text if name in places else f"{name}={text}"
                    for name, text in ((name, self._argument(kinds.parameters[name], value))
                                       for name, value in term.arguments if value is not None)
                ]  # fmt: skip
                return f"{term.function}({', '.join(parts)})"
            case Worked(op, parts):
                return _calculated(op, [self.written(part) for part in parts], parts)

    def _argument(self, kind: str, value: Any) -> str:
        match kind:
            case "change":
                texts = [self._written_change(change) for change in value]
                return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
            case "ladder":
                return self.ladder(value) or f"[{', '.join(self._argument('change', step) for step in value)}]"
            case "option":
                return self._written_change(value)
            case "condition" | "event" | "quantity":
                return unparse(value)
            case "date":
                return f'"{self.setting.scenario.clock.label(value)}"'
            case "deadline":
                return f'"{self.setting.scenario.clock.end_label(value)}"'
            case "bound posture":
                return ".".join(value)
            case "bundle":
                return f"[{', '.join(part.written for part in value)}]"
        return f"[{', '.join(value)}]" if isinstance(value, tuple) else str(value)

    def _written_change(self, change: SetTo | Take) -> str:
        if isinstance(change, Take):
            step = self.steps[change.step]
            return f"{step.name}.{step.written(change.option)}"
        for name, (deal,) in self.setting.deals.items():
            if deal == change:
                return name
        return f"set({', '.join(f'{name}={unparse(value)}' for name, value in change.clauses)})"


def _phrase(says: str) -> str:
    """A sentence as a part of one: without its stop."""
    return says.strip().rstrip(".")


def _worked(op: str, parts: Sequence[str]) -> str:
    if op in _FUNCTIONS:
        return f"{_FUNCTIONS[op]} {parts[0]}"
    if op in _OPERATORS and len(parts) == 2:
        return f"{parts[0]} {_OPERATORS[op]} {parts[1]}"
    return {"min": "the least of ", "max": "the largest of "}.get(op, "") + words.listed(list(parts))


def _calculated(op: str, texts: Sequence[str], parts: Sequence[Term]) -> str:
    if op == "neg":
        return f"-{texts[0]}"
    if op == "count":
        return texts[0]
    if op == "not":
        return f"not {texts[0]}"
    if op == "if":
        return f"{texts[1]} if {texts[0]} else {texts[2]}"
    if op in _OPERATORS:
        sums = [isinstance(part, Worked) and part.op in ("+", "-") for part in parts]
        loose = (op in ("*", "/", "**"), op in ("*", "/", "**", "-"))  # where a sum needs brackets
        told = [f"({t})" if is_sum and needs else t for t, is_sum, needs in zip(texts, sums, loose, strict=True)]
        return f" {op} ".join(told)
    return f"{op}({', '.join(texts)})"
