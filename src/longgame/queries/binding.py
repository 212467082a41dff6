"""From the words of a question to positions in a game: the one place where a question's names are looked up.

The scenario's table of questions says of what kind each argument must be; for each kind one method reads it. Every
mistake is a ``QuestionError`` with its place, what was expected, what was found, and the nearest name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, cast

from longgame.choice.postures import Rule
from longgame.errors import Place, Problem, QuestionError
from longgame.game.game import Game
from longgame.queries import atoms as ask
from longgame.queries.atoms import Change, Mask, SetTo, Take, View, When
from longgame.queries.case import Posture
from longgame.queries.meaning import MEANING, Bound, Setting
from longgame.queries.questions import Question
from longgame.queries.truth import Answer, Kind, NotAQuestion, number, read
from longgame.scenario.clock import DateError
from longgame.scenario.expand import evidence_ids, find_option, steps_of
from longgame.scenario.language.expressions import Call, List, Name, Node, Number, Path, Text, names_in, unparse
from longgame.scenario.model import Scenario
from longgame.scenario.questions.grammar import KINDS, QUESTIONS, RULES, SET
from longgame.scenario.questions.grammar import Kind as KindOfArgument
from longgame.text import nearest

Where = Callable[[Node], Place]  # the place of a part of a question, for messages

UNITS: Mapping[str, Kind] = {
    "payoff": Kind.PAYOFF,
    "share": Kind.SHARE,
    "probability": Kind.PROBABILITY,
    "ratio": Kind.FACTOR,
    "as asked": Kind.NUMBER,
}


class Binder:
    """Binds questions to one game: names become positions, and every mistake is a ``QuestionError`` with its place."""

    def __init__(self, scenario: Scenario, game: Game):
        self.scenario = scenario
        self.game = game
        self.setting = Setting(scenario, game)
        self.steps = steps_of(scenario)
        self.evidence = evidence_ids(scenario)

    def bind(self, tree: Node, at: When = "now", where: Where | None = None, *, claim: bool = False) -> Question:
        """Bind a question that is asked at a date.

        where  the place of a part of the tree, for messages
        claim  the question must be one that is true or false

        Raises QuestionError.
        """
        parts: dict[Node, Bound] = {}

        def shape(part: Call | Name) -> Answer:
            if part not in parts:
                parts[part] = self._part(part, View(at))
            return number(math.nan, parts[part].kind)

        try:
            if read(tree, shape).is_truth or not claim:
                return Question(tree, at, parts)
            raise NotAQuestion(
                "a question that is true or false", "a number", tree, f"Compare it: {unparse(tree)} > 0, say."
            )
        except NotAQuestion as wrong:
            place = (where or _in_question)(wrong.node)
            raise QuestionError([Problem("question", place, wrong.expected, wrong.found, wrong.fix)]) from None

    def _part(self, part: Call | Name, view: View) -> Bound:
        if isinstance(part, Name):
            return self._name(part, view)
        grammar = QUESTIONS.get(part.function)
        if grammar is None:
            raise _unknown("a question", part.function, QUESTIONS, part)
        arguments = self._arguments(part)
        view = replace(
            view,
            given=arguments.pop("given", None),
            after=arguments.pop("after", ()),
            under=arguments.pop("under", None),
        )
        return replace(MEANING[part.function](self.setting, view, **arguments), kind=UNITS[grammar.unit])

    def _name(self, node: Name, view: View) -> Bound:
        """An assumption, or a definition made of assumptions."""
        if node.id in self.game.assumptions:
            atom = ask.Assumption(View(), self.game.assumptions.index(node.id))
            return Bound((atom,), lambda found: found.number(atom))
        if node.id in self.scenario.definitions:
            inner: dict[Node, Bound] = {}
            tree = self.scenario.definitions[node.id].tree

            def shape(part: Call | Name) -> Answer:
                inner.setdefault(part, self._part(part, view))
                return number(math.nan)

            read(tree, shape)
            needed = tuple(atom for bound in inner.values() for atom in bound.atoms)
            return Bound(needed, lambda found: read(tree, lambda part: number(inner[part].value(found))).value)
        if node.id in self.scenario.state or node.id in self.scenario.hidden:
            fix = f"Ask for a number of it: expected({node.id}), chance({node.id} == ...), belief({node.id} == ...)."
            raise NotAQuestion("a question or an assumption", f"the variable `{node.id}`", node, fix)
        raise _unknown("a question or an assumption", node.id, self.game.assumptions, node)

    # --- arguments, kind by kind ------------------------------------------------------------------------------------

    def _arguments(self, call: Call) -> dict[str, Any]:
        """The arguments of a function by name, each read as what the table says it must be."""
        grammar = QUESTIONS[call.function]
        positions = (*grammar.arguments, *grammar.optional)
        if not len(grammar.arguments) <= len(call.arguments) <= len(positions):
            raise NotAQuestion(grammar.signature, f"{len(call.arguments)} arguments before the keywords", call)
        given: dict[str, tuple[KindOfArgument, Node]] = {}
        for (name, kind), node in zip(positions, call.arguments, strict=False):
            given[name] = (kind, node)
        for name, node in call.keywords:
            if name not in grammar.keywords:
                raise _unknown(f"a keyword of {call.function}()", name, grammar.keywords, node)
            given[name] = (grammar.keywords[name], node)
        chosen = [name for name in grammar.choose_one if name in given]
        if len(chosen) > 1:
            raise NotAQuestion(f"only one of {' and '.join(f'{name}=' for name in chosen)}", "both", call)
        arguments: dict[str, Any] = {}
        for name, (kind, node) in given.items():
            arguments[name] = self._read_as(kind, node, arguments)
        return arguments

    def _read_as(self, kind: KindOfArgument, node: Node, before: Mapping[str, Any]) -> Any:
        """One argument. ``before`` holds those that stand before it: a posture is a posture of the actor."""
        reader = getattr(self, "_read_" + kind.replace(" ", "_"))
        return reader(node, before["actor"]) if kind == "posture" else reader(node)

    def _read_actor(self, node: Node) -> int:
        return self.game.actors.index(_one_of(self.game.actors, "actor", node))

    def _read_actors(self, node: Node) -> tuple[str, ...]:
        return tuple(_one_of(self.game.actors, "actor", item) for item in _items(node))

    def _read_change(self, node: Node) -> tuple[Change, ...]:
        match node:
            case List(items):
                return tuple(change for item in items for change in self._read_change(item))
            case Name(id) if id in self.setting.deals:
                return self.setting.deals[id]
            case Name(id):
                raise _unknown(KINDS["change"], id, self.setting.deals, node)
            case Path():
                return (self._read_option(node),)
            case Call(function, (), keywords) if function == SET and keywords:
                for variable, value in keywords:
                    self._check_clause(variable, value)
                return (SetTo(keywords),)
        raise NotAQuestion(KINDS["change"], _shown(node), node)

    def _check_clause(self, variable: str, value: Node) -> None:
        state, formulas = self.scenario.state, self.game.formulas
        if variable not in state:
            raise _unknown("a state variable", variable, state, value)
        assert formulas is not None  # the game was compiled from this scenario
        known = [*(state[variable].values or ()), *state, *self.scenario.assumptions]
        self._understood(f"a value of {variable}", value, known, lambda node: formulas.bind_change({variable: node}))

    def _read_option(self, node: Node) -> Take:
        if not isinstance(node, Path):
            raise NotAQuestion(KINDS["option"], _shown(node), node)
        found = find_option(self.steps, node.parts)
        if found is None:
            known = [f"{step.name}.{option.name}" for step in self.steps for option in step.options]
            raise _unknown(KINDS["option"], ".".join(node.parts), known, node)
        return Take(*found)

    def _read_condition(self, node: Node) -> Mask:
        hidden = self.scenario.hidden
        known = [*hidden, *(value for variable in hidden.values() for value in variable.values)]
        return tuple(bool(holds) for holds in self._understood(KINDS["condition"], node, known, self.game.condition))

    def _read_event(self, node: Node) -> Node:
        state = self.scenario.state
        known = [*state, *(word for variable in state.values() for word in variable.values or ())]
        self._understood(KINDS["event"], node, known, self.game.event)
        return node

    def _understood(self, expected: str, node: Node, known: Iterable[str], read: Callable[[Node], Any]) -> Any:
        """An expression of the scenario, by the game's own reading of it; what it cannot read is named at its place."""
        try:
            return read(node)
        except QuestionError as error:
            name = error.problems[0].where.path
            at_fault = next((part for part in names_in(node) if part.id == name), node)
            raise _unknown(expected, name, known, at_fault) from None

    def _read_quantity(self, node: Node) -> Node:
        return self._read_event(node)

    def _read_date(self, node: Node) -> int:
        match node:
            case Text(when):
                pass
            case Number(value) if value == int(value):
                when = int(value)
            case _:
                raise NotAQuestion(KINDS["date"], _shown(node), node)
        try:
            return self.scenario.clock.period_of(when)
        except DateError as error:
            raise NotAQuestion(error.expected, error.found, node, error.fix) from None

    def _read_evidence(self, node: Node) -> str:
        return _one_of(self.evidence, "evidence", node)

    def _read_evidence_list(self, node: Node) -> tuple[str, ...]:
        return tuple(self._read_evidence(item) for item in _items(node))

    def _read_posture(self, node: Node, actor: int) -> str:
        return _one_of(self.scenario.postures.get(self.game.actors[actor], {}), "posture", node)

    def _read_bound_posture(self, node: Node) -> Posture:
        known = [f"{actor}.{posture}" for actor, postures in self.scenario.postures.items() for posture in postures]
        if not isinstance(node, Path):
            raise NotAQuestion(KINDS["bound posture"], _shown(node), node)
        if ".".join(node.parts) not in known:
            raise _unknown(KINDS["bound posture"], ".".join(node.parts), known, node)
        return node.parts[0], node.parts[1]

    def _read_rule(self, node: Node) -> Rule:
        return cast(Rule, _one_of(RULES, "rule", node))

    def _read_hidden(self, node: Node) -> str:
        return _one_of(self.scenario.hidden, "hidden", node)


def _items(node: Node) -> tuple[Node, ...]:
    return node.items if isinstance(node, List) else (node,)


def _one_of(known: Iterable[str], kind: KindOfArgument, node: Node) -> str:
    known = tuple(known)
    if not isinstance(node, Name):
        raise NotAQuestion(KINDS[kind], _shown(node), node)
    if node.id not in known:
        raise _unknown(KINDS[kind], node.id, known, node)
    return node.id


def _unknown(expected: str, found: str, known: Iterable[str], node: Node) -> NotAQuestion:
    known = tuple(known)
    fix = nearest(found, known) or (f"Known: {', '.join(known)}." if 0 < len(known) <= 12 else "")
    return NotAQuestion(expected, f"`{found}`", node, fix)


def _shown(node: Node) -> str:
    return f"`{unparse(node)}`"


def _in_question(node: Node) -> Place:
    return Place(path="question", file="question", line=1, column=node.span[0] + 1)
