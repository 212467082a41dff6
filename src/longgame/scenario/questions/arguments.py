"""What the functions of questions are given: each argument read as what the table says it must be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from longgame.errors import Problem
from longgame.scenario.bundles import MOST_PARTS, Bundle, ClausePart, parts_of, unfit
from longgame.scenario.clock import DateError
from longgame.scenario.context import Context
from longgame.scenario.expand import clauses_of, deals_of, evidence_ids, find_option, find_step, periods_of
from longgame.scenario.expand.standing import is_told, stands
from longgame.scenario.formulas import Expression
from longgame.scenario.language.expressions import FUNCTIONS, Binary, Call, List, Name, Node, Number, Text, walk
from longgame.scenario.language.expressions import Path as Dotted
from longgame.scenario.places import Path
from longgame.scenario.questions.grammar import ARGUMENTS, RULES, SET, Argument
from longgame.scenario.questions.tree import Changes, SetTo, Take, When, deal_changes
from longgame.scenario.roles import CLAUSE, CONDITION, EVENT, QUANTITY, Role
from longgame.scenario.typing import Typing, Words
from longgame.text import listed, nearest, shortened


@dataclass(frozen=True)
class Known:
    """What questions to a scenario may be about, beside its variables and actors."""

    context: Context

    @cached_property
    def evidence(self) -> tuple[str, ...]:
        """The ids of all evidence."""
        return evidence_ids(self.context.scenario)

    @cached_property
    def deals(self) -> Mapping[str, Changes]:
        """Every named deal, as a change."""
        return deal_changes(self.context.scenario)

    @cached_property
    def ladders(self) -> Mapping[str, tuple[Changes, ...] | None]:
        """The steps of every named ladder; None for one in which something is wrong."""
        read = {name: ladder_steps(self, name, []) for name in self.context.scenario.ladders}
        return {
            name: None if None in steps else tuple(step for step in steps if step is not None)
            for name, steps in read.items()
        }

    @cached_property
    def periods(self) -> tuple[int, ...]:
        """The periods, from 0, of all evidence with dates on the clock."""
        found: set[int] = set()
        for piece in self.context.scenario.evidence if self.context.clock_is_sound else ():
            with suppress(DateError):
                found.update(periods_of(self.context.scenario, piece))
        return tuple(found)

    def asked_in(self, at: When) -> int:
        """The period, from 0, in which a question is asked: that of the last evidence before it."""
        if at == "start" or (at != "now" and (not self.context.clock_is_sound or self.context.date_error(at))):
            return 0
        last = None if at == "now" else self.context.scenario.clock.period_of(at)
        return max((period for period in self.periods if last is None or period <= last), default=0)


class Arguments:
    """Reads arguments of one question; its mistakes go into ``found``, and what is not understood is None."""

    def __init__(self, known: Known, path: Path, text: Expression, at: When, found: list[Problem]):
        self._known, self._context, self._scenario = known, known.context, known.context.scenario
        self._path, self._text, self._at, self._found = path, text, at, found
        self._readers: Mapping[Argument, Callable[[Node, Node | None], Any]] = {
            "actor": lambda n, _: self._one_of(n, "unknown-actor", "an actor", self._scenario.actors),
            "actors": lambda n, _: self._each(n, "actor"),
            "change": lambda n, _: self._change(n),
            "ladder": lambda n, _: self._ladder(n),
            "deals": lambda n, _: self._deals(n),
            "deal": lambda n, _: self._deal(n),
            "option": lambda n, _: self._option(n),
            "condition": lambda n, _: self._expression(n, CONDITION, truth=True),
            "event": lambda n, _: self._expression(n, EVENT, truth=True),
            "quantity": lambda n, _: self._expression(n, QUANTITY),
            "evidence": lambda n, _: self._one_of(n, "unknown-evidence", ARGUMENTS["evidence"], self._known.evidence),
            "evidence list": lambda n, _: self._each(n, "evidence"),
            "date": lambda n, _: self._date(n, self._scenario.clock.period_of, self._scenario.clock.label),
            "deadline": lambda n, _: self._date(n, self._scenario.clock.ended_by, self._scenario.clock.end_label),
            "posture": self._posture,
            "bound posture": lambda n, _: self._bound_posture(n),
            "rule": lambda n, _: self._one_of(n, "unknown-rule", "a rule", RULES),
            "clause": lambda n, _: self._one_of(n, "unknown-clause", "a clause", self._scenario.clauses),
            "bundle": lambda n, _: self._bundle(n),
            "account": lambda n, _: self._account(n),
            "hidden": lambda n, _: self._one_of(n, "unknown-hidden", "a hidden variable", self._scenario.hidden),
        }

    def read(self, kind: Argument, node: Node, actor: Node | None = None) -> Any:
        """One argument; ``actor`` is the first argument of the same call, where that is an actor."""
        return self._readers[kind](node, actor)

    def _note(self, code: str, node: Node, expected: str, found: str, fix: str = "") -> None:
        self._found.append(self._context.problem(code, self._path, expected, found, fix, at=(self._text, node)))

    def _written(self, node: Node) -> str:
        return f"`{shortened(self._text.text[slice(*node.span)])}`"

    def _each(self, node: Node, kind: Argument) -> tuple[Any, ...] | None:
        return tuple(self.read(kind, item) for item in self._items(node)) or None

    def _items(self, node: Node) -> tuple[Node, ...]:
        """The items of a list that may stand in for one of them; there must be one."""
        if isinstance(node, List) and not node.items:
            self._note("empty-list", node, "a list with something in it", "an empty list")
        return node.items if isinstance(node, List) else (node,)

    def _one_of(self, node: Node, code: str, what: str, known: Iterable[str]) -> str | None:
        names = list(known)
        name = ".".join(node.parts) if isinstance(node, Dotted) else getattr(node, "id", None)
        if name in names:
            return name
        fix = nearest(name or "", names) or (f"Known: {listed(names)}." if names else "There are none.")
        return self._note(code, node, what, self._written(node), fix)

    def _date(self, node: Node, period_of: Callable[[When], int], label: Callable[[int], str]) -> int | None:
        """The period, from 0, that a date stands for."""
        when: str | int
        match node:
            case Text(value):
                when = value
            case Number(value) if value == int(value):
                when = int(value)
            case _:
                fix = 'Write "2025-12", with the quotes.'
                return self._note("bad-date", node, ARGUMENTS["date"], self._written(node), fix)
        if not self._context.clock_is_sound:
            return None
        try:
            period = period_of(when)
        except DateError as error:
            return self._note("bad-date", node, error.expected, error.found, error.fix)
        asked = self._known.asked_in(self._at)
        if period < asked:
            expected, then = f"a date from {label(asked)} on", self._scenario.clock.label(period)
            self._note("date-past", node, expected, self._written(node), self._earlier(then))
        return period

    def _earlier(self, label: str) -> str:
        """How to ask of a date that has passed: as of then, which a file that extends another says for its claims."""
        fix = "Evidence has come since then."
        if not self._path:
            return f"{fix} Ask as of an earlier date, --at {label}."
        place, file = self._scenario.place(self._path), self._scenario.source.file
        if place.file == file:
            return f"{fix} Add `at: {label}` to the claim."
        return f"{fix} In {file}, write `claims: {{{self._path[1]}: {{at: {label}}}}}`; or `{self._path[1]}: null`."

    def _posture(self, node: Node, actor: Node | None) -> str | None:
        name = getattr(actor, "id", "")
        if name not in self._scenario.actors:
            return None
        known = self._scenario.postures.get(name, {})
        return self._one_of(node, "unknown-posture", f"a posture of `{name}`", known)

    def _bound_posture(self, node: Node) -> tuple[str, ...] | None:
        known = [f"{actor}.{name}" for actor, postures in self._scenario.postures.items() for name in postures]
        found = self._one_of(node, "unknown-posture", ARGUMENTS["bound posture"], known)
        return None if found is None else tuple(found.split("."))

    def _option(self, node: Node) -> Take | None:
        steps = self._context.steps
        parts = node.parts if isinstance(node, Dotted) else ()
        found = find_option(steps, parts) if len(parts) > 1 else None
        if found is not None:
            return Take(*found)
        at = find_step(steps, ".".join(parts[:-1])) or find_step(steps, ".".join(parts[:-2]))
        known = [
            f"{step.name}.{step.written(a)}"
            for step in ([steps[at[0]]] if at else steps)
            for a in range(len(step.options) + len(step.acts))
        ]
        expected = f"one of {listed(known)}" if at else ARGUMENTS["option"]
        return self._note("unknown-option", node, expected, self._written(node), nearest(".".join(parts), known))

    def _change(self, node: Node) -> Changes | None:
        match node:
            case List(items) if items:
                return tuple(change for item in items for change in self._change(item) or ())
            case Dotted():
                taken = self._option(node)
                return None if taken is None else (taken,)
            case Name():
                name = self._one_of(node, "unknown-deal", ARGUMENTS["change"], self._known.deals)
                return None if name is None else self._known.deals[name]
            case Call(function, (), keywords) if function == SET and keywords:
                for key, value in keywords:
                    self._clause(key, value)
                return (SetTo(keywords),)
        found = self._written(node)
        if isinstance(node, List):
            found = "an empty list"
        elif isinstance(node, Call) and node.function == SET:
            return self._note("unknown-change", node, "set(variable=value)", found)
        return self._note("unknown-change", node, ARGUMENTS["change"], found)

    def _ladder(self, node: Node) -> tuple[Changes, ...] | None:
        """The changes of each step of a ladder that is named, or written out."""
        match node:
            case List(items) if items:
                steps = tuple(self._change(item) for item in items)
                return None if None in steps else tuple(step for step in steps if step is not None)
            case Name():
                name = self._one_of(node, "unknown-ladder", ARGUMENTS["ladder"], self._scenario.ladders)
                return None if name is None else self._known.ladders[name]
        found = "an empty list" if isinstance(node, List) else self._written(node)
        return self._note("unknown-ladder", node, ARGUMENTS["ladder"], found)

    def _deals(self, node: Node) -> tuple[str, ...] | None:
        """Deals of which it can be told from the state whether they are in force."""
        items = self._items(node)
        names = [self._one_of(item, "unknown-deal", "a deal", self._known.deals) for item in items]
        for item, name in zip(items, names, strict=True):
            if name is not None and not is_told(self._scenario, name):
                moving = bool(clauses_of(self._scenario, name, deals_of(self._scenario)[name]))
                self._untold(item, name, "sets a variable from what it was before" if moving else "sets nothing")
        return None if None in names else tuple(name for name in names if name is not None)

    def _deal(self, node: Node) -> str | None:
        """A deal of which it can be told whether it still stands."""
        name = self._one_of(node, "unknown-deal", "a deal", self._known.deals)
        if name is not None and stands(self._scenario, name) is None:
            self._untold(node, name, "leaves nothing that could be kept or broken")
        return name

    def _untold(self, node: Node, name: str, found: str) -> None:
        fix = "Ask for the state that is meant: chance(...)."
        expected = "a deal of which the state says whether it is in force"
        self._note("untold-deal", node, expected, f"`{name}`, which {found}", fix)

    def _bundle(self, node: Node) -> Bundle | None:
        """Clauses that can be agreed upon together, in the order of the scenario."""
        known = [part for name in self._scenario.clauses for part in parts_of(self._scenario, name)]
        parts = [self._part(item, known) for item in (node.items if isinstance(node, List) else (node,))]
        chosen = [part for part in parts if part is not None]
        if not chosen or len(chosen) < len(parts):
            return None if parts else self._note("empty-bundle", node, ARGUMENTS["bundle"], "an empty list")
        wrong = unfit(self._scenario.clauses, tuple(chosen))
        if wrong or len(chosen) > MOST_PARTS:
            expected = f"at most {MOST_PARTS} clauses that can be agreed upon together"
            return self._note("unfit-bundle", node, expected, wrong or f"{len(chosen)}")
        return tuple(sorted(chosen, key=known.index))

    def _part(self, node: Node, known: Sequence[ClausePart]) -> ClausePart | None:
        match node:
            case Binary("==", Name(clause), Name(word)):
                written = f"{clause} == {word}"
            case Binary("==", Name(clause), Text(words)):
                written = f'{clause} == "{words}"'
            case Binary("==", Name(clause), Number(amount)):
                written = f"{clause} == {amount:g}"
            case _:
                written = clause = getattr(node, "id", "")
        ways = [part for part in known if part.clause == clause]
        found = [part for part in ways if part.written == written] or (ways if written == clause else [])
        if len(found) == 1:
            return found[0]
        names = [part.written for part in ways or known]
        fix = f"Known: {listed(names)}." if names else "The scenario has no clauses."
        return self._note("unknown-clause", node, "a clause, as it would be agreed upon", self._written(node), fix)

    def _account(self, node: Node) -> Changes | None:
        """All that an account says, as one change."""
        name = self._one_of(node, "unknown-account", "an account", self._scenario.accounts)
        return None if name is None else (SetTo(self._scenario.accounts[name].setting),)

    def _clause(self, key: str, value: Node) -> None:
        if key not in self._scenario.state:
            fix = nearest(key, self._scenario.state) or f"Known: {listed(self._scenario.state)}."
            self._note("unknown-variable", value, "a state variable before `=`", f"`{key}=`", fix)
            return
        words = self._context.words.get(key)
        self._expression(value, CLAUSE, wanted=Words(key, words) if words is not None else None)

    def _expression(self, node: Node, role: Role, *, truth: bool = False, wanted: Words | None = None) -> Node | None:
        """A plain expression inside a question: over state variables, or over hidden ones."""
        odd = next((part for part in walk(node) if isinstance(part, Dotted | List | Text) or _is_question(part)), None)
        if odd is not None:
            return self._note("not-allowed-here", odd, f"a plain expression in {role.words}", self._written(odd))
        typing = Typing(self._context, self._path, self._text, role)
        kind = typing.type_of(node, wanted)
        self._found += [replace(problem, fix=_advice(role, problem)) for problem in typing.problems]
        if any(problem.severity == "error" for problem in typing.problems):
            return None
        if wanted is None and isinstance(kind, Words):
            fix = f"Compare it: `{kind.variable} == {kind.words[0]}`."
            found = f"{self._written(node)}, a word"
            return self._note("word-in-arithmetic", node, "a number or a condition", found, fix)
        if wanted is not None and (not isinstance(kind, Words) or kind.words != wanted.words):
            expected = f"one of the words of `{wanted.variable}`: {listed(wanted.words)}"
            return self._note("number-for-word", node, expected, self._written(node))
        if truth and isinstance(node, Number):
            return self._note("number-as-truth", node, role.words, self._written(node))
        return node


def _advice(role: Role, problem: Problem) -> str:
    if problem.code == "not-allowed-here" and role is CONDITION:
        return "`given` and `belief` are about hidden variables; state variables belong in chance(...)."
    if problem.code == "not-allowed-here" and role in (EVENT, QUANTITY):
        return "Ask with `given=` for what is hidden."
    return problem.fix


def _is_question(node: Node) -> bool:
    return isinstance(node, Call) and node.function not in FUNCTIONS


def ladder_steps(known: Known, name: str, found: list[Problem]) -> list[Changes | None]:
    """The changes of each step of a named ladder; None where it is not understood: ``found`` says why."""
    return [
        Arguments(known, ("ladders", name, number), step, "now", found).read("change", step.tree)
        for number, step in enumerate(known.context.scenario.ladders[name])
    ]
