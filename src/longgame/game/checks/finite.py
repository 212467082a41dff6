"""Not a number, and numbers too large to reckon with: refused at the very part of an expression where they arise.

A comparison hides what it compares: ``log(-1) > 0`` is false, ``log(-1) == log(-1)`` is false as well, and nobody would
know. So every part of every formula is looked at, not only what comes out, but only where it counts: in the branch of
an ``if`` that is taken, in ``y > 0 and x / y > 2`` only where y is above 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from longgame.errors import Problem
from longgame.game.checks.probe import Array, Example, Guards, Probe
from longgame.game.functions import evaluate, number, truth
from longgame.game.intervals import bounds
from longgame.game.symbols import Environment, Words
from longgame.scenario.context import Context, Slot
from longgame.scenario.expand.together import guard_of, profiles_of, settled
from longgame.scenario.formulas import OTHERWISE, Cases, Expression
from longgame.scenario.language.expressions import FUNCTIONS, Binary, Call, IfElse, Name, Node, Number, Unary, walk
from longgame.scenario.model import Scenario, Simultaneous
from longgame.scenario.places import Path
from longgame.scenario.roles import DEAL_PAY, END_VALUE, EVENT, PAY, PAYOFF, RATIONALITY

LARGEST = 1e100  # of a payoff, a payment or a rationality: sums and quotients of such are still numbers
_MOST = float(np.finfo(float).max)
_GREATEST_EXPONENT = 700.0
_COUNTED = (PAYOFF, PAY, DEAL_PAY, END_VALUE, RATIONALITY)
_OVER = (PAYOFF, EVENT, DEAL_PAY)  # what matters in states in which the game is over, too

NONE, LARGE = "which is none", "which is too large a number"
SOFT = "infinite for now"  # it may yet come to nothing, as in 1 / (1 + exp(x))
FIXES = {
    "/": "Guard it, as in `x / y if y > 0 else 0`.",
    "log": "Guard it, as in `log(x) if x > 0 else 0`; only numbers above 0 have a logarithm.",
    "sqrt": "Guard it, as in `sqrt(max(x, 0))`; only numbers from 0 on have a root.",
    "**": "A negative number has whole powers only, and 0 none below 0.",
}


@dataclass(frozen=True)
class Part:
    """One part of an expression, with its place, and what is wrong with its value."""

    path: Path
    expression: Expression
    node: Node
    wrong: str


Notes = dict[Part, Array]  # where each part is wrong, bool [D, S, W] or what broadcasts to it


def numbers_are_finite(probe: Probe) -> Iterator[Problem]:
    """Every formula has a value wherever it counts: no 1/0, no logarithm of 0, no number beyond what can be held."""
    told: set[Part] = set()
    for slot, guards in _formulas(probe):
        found = _first(probe, slot, guards)
        if found is not None and found[0] not in told:
            told.add(found[0])
            yield _problem(probe, slot, *found)


def _problem(probe: Probe, slot: Slot, part: Part, example: Example, used: frozenset[str]) -> Problem:
    operator = getattr(part.node, "op", None) or getattr(part.node, "function", "")
    text = part.expression.text[slice(*part.node.span)] or part.expression.text
    where = probe.where(example, used)
    found = f"`{text}`, {part.wrong}{f' {where}' if where else ''}"
    if part.path[0] == "definitions" != slot.path[0]:
        found += f"; it is used in {'.'.join(map(str, slot.path))}"
    fix = FIXES.get(operator, "") if part.wrong == NONE else "Choose a larger unit."
    place = probe.scenario.place(part.path, text=part.expression.text, character=part.node.span[0])
    return Problem("not-finite", place, "a finite number", found, fix)


# --- every formula, and where it counts ------------------------------------------------------------------------------


def _formulas(probe: Probe) -> Iterator[tuple[Slot, Guards]]:
    """Every formula of the scenario with the guards that it stands under; those of definitions where they are used."""
    scenario = probe.scenario
    for slot in Context(scenario).slots:
        guards: list[Expression | Cases | None] = []
        match slot.path:
            case ("definitions", *_):
                continue
            case ("period", int(index), *inside):
                step = scenario.period[index]
                part = getattr(step, str(inside[0]), None)
                option = part.get(inside[1]) if isinstance(part, dict) and len(inside) > 2 else None
                option = option.get(inside[2]) if isinstance(option, dict) and len(inside) > 3 else option
                guards = [step.when if inside != ["when"] else None, getattr(option, "when", None)]
                guards = guards[:1] if inside[3 if inside[0] == "moves" else 2 :] == ["when"] else guards
            case ("ends", end, "values", _):
                guards = [scenario.ends[str(end)].when]
        trees = [guard.tree for guard in guards if guard is not None]
        for formula, guard in _settled(scenario, slot):
            yield replace(slot, formula=formula), tuple(map(probe.bind, [*trees, *([] if guard is None else [guard])]))
    for name, claim in scenario.claims.items():
        for path, question in ((("holds",), claim.holds), *((("shows", key), q) for key, q in claim.shows.items())):
            for node in _events(probe, question.tree):
                yield Slot(("claims", name, *path), _Within(question, node), EVENT), ()


def _settled(scenario: Scenario, slot: Slot) -> Iterator[tuple[Expression | Cases, Node | None]]:
    """The formula; where it knows what is chosen at the same time, as it is in each profile, and when that is open."""
    step = scenario.period[int(slot.path[1])] if slot.sides else None
    if not isinstance(step, Simultaneous):
        yield slot.formula, None
        return
    for chosen in profiles_of(step):
        yield settled(slot.formula, chosen), guard_of(step, chosen)


class _Within(Expression):
    """A part of a question that is a formula by itself, with its place in the question."""

    def __init__(self, question: Expression, node: Node):  # pyright: ignore[reportMissingSuperCall]
        object.__setattr__(self, "text", question.text)
        object.__setattr__(self, "tree", node)


def _events(probe: Probe, node: Node) -> Iterator[Node]:
    """The arguments of questions that are formulas over the names of the scenario."""
    for part in walk(node):
        if isinstance(part, Call) and part.function not in FUNCTIONS:
            for argument in (*part.arguments, *(value for _, value in part.keywords)):
                plain = all(
                    isinstance(inner, Number | Name | Unary | Binary | IfElse)
                    or (isinstance(inner, Call) and inner.function in FUNCTIONS)
                    for inner in walk(argument)
                )
                try:
                    probe.bind(argument)
                except KeyError:  # an actor, a deal, a word
                    continue
                if plain:
                    yield argument


def _first(probe: Probe, slot: Slot, guards: Guards) -> tuple[Part, Example, frozenset[str]] | None:
    """The first draw, state and world in which a part of a formula is wrong."""
    words = next((v.words for v in probe.plan.variables if v.name == slot.target), None)
    node = probe.plan.symbols.bind(slot.formula.tree, words)
    if _safe(probe, node):
        return None
    used = probe.plan.symbols.used(node, *guards)
    best: tuple[int, Part, Example] | None = None
    for rows, period, env in probe.environments(used, over=slot.path[0] == "ends" or slot.role in _OVER):
        looking = _Looking(probe, env)
        _, notes = looking.formula(slot.path, slot.formula, words, LARGEST if slot.role in _COUNTED else _MOST)
        shape = (len(probe.thetas), len(rows), len(probe.plan.worlds))
        for part, wrong in notes.items():
            for guard in guards:
                wrong = wrong & truth(env.of(guard))
            if np.any(wrong):
                d, s, w = (int(i[0]) for i in np.nonzero(np.broadcast_to(wrong, shape)))
                if best is None or d < best[0]:
                    best = d, part, Example(probe.thetas[d], int(rows[s]), w, period, np.nan)
    return None if best is None else (best[1], best[2], probe.plan.symbols.used(node))


def _safe(probe: Probe, node: Node) -> bool:
    """Whether intervals prove that no part of a formula can be wrong, wherever it stands."""
    definitions = probe.plan.symbols.definitions
    trees = [node, *(definitions[name] for name in probe.plan.symbols.used(node) if name in definitions)]
    return all(_part_is_safe(part, probe.hull) for tree in trees for part in walk(tree))


def _part_is_safe(part: Node, env: Environment) -> bool:
    match part:
        case Binary("/", _, divisor):
            low, high = bounds(divisor, env)
            sound = not np.any((low <= 0) & (high >= 0))
        case Binary("**", base, exponent):
            whole = isinstance(exponent, Number) and exponent.value >= 0 and exponent.value == int(exponent.value)
            sound = whole or bool(np.all(bounds(base, env).low > 0))
        case Call("log", (argument,)):
            sound = bool(np.all(bounds(argument, env).low > 0))
        case Call("sqrt", (argument,)):
            sound = bool(np.all(bounds(argument, env).low >= 0))
        case Call("exp", (argument,)):
            sound = bool(np.all(bounds(argument, env).high < _GREATEST_EXPONENT))
        case Binary("+" | "-" | "*"):
            sound = True
        case Number(value):
            return abs(value) < LARGEST
        case _:
            return True
    return sound and bool(np.all(np.abs(bounds(part, env)) < LARGEST))


# --- looking at every part -------------------------------------------------------------------------------------------


@dataclass
class _Looking:
    """Works formulas out as ``functions.evaluate`` does, and notes the innermost parts that have no value."""

    probe: Probe
    env: Environment
    known: dict[str, tuple[Array, Notes]] = field(default_factory=dict)  # of definitions

    def formula(
        self, path: Path, formula: Expression | Cases, words: Words | None, most: float | None = None
    ) -> tuple[Array, Notes]:
        """The value of a formula, which may not be larger than ``most`` if that is given; where its parts are wrong."""
        if isinstance(formula, Expression):
            value, notes = _Expression(self, path, formula).look(self.probe.plan.symbols.bind(formula.tree, words))
            if most is not None:
                large = np.abs(number(value)) > most
                soft = {part: wrong & large for part, wrong in notes.items() if part.wrong == SOFT}
                notes = {part: wrong for part, wrong in notes.items() if part not in soft}
                notes |= {replace(part, wrong=LARGE): wrong for part, wrong in soft.items()}
                if not any(map(np.any, notes.values())):
                    notes[Part(path, formula, formula.tree, LARGE)] = large
            return value, notes
        codes = self.probe.plan.symbols.vocabularies[formula.depends_on]
        given = self.env[formula.depends_on]
        value, notes, rest = np.float64(0.0), dict[Part, Array](), np.True_
        for case, part in sorted(formula.cases.items(), key=lambda item: item[0] == OTHERWISE):
            here = rest if case == OTHERWISE else given == codes.index(case)
            inner, wrong = self.formula((*path, case), part, words, most)
            value = np.where(here, number(inner), value)
            notes |= _where(wrong, here)
            rest = rest & ~here
        return value, notes

    def definition(self, name: str) -> tuple[Array, Notes]:
        """The same of a definition, once."""
        if name not in self.known:
            self.known[name] = self.formula(("definitions", name), self.probe.scenario.definitions[name], None)
        return self.known[name]


@dataclass
class _Expression:
    """One expression that is looked at."""

    looking: _Looking
    path: Path
    expression: Expression

    def look(self, node: Node) -> tuple[Array, Notes]:
        """The value of a bound tree, and where its parts are wrong."""
        match node:
            case Name(name) if name in self.looking.probe.scenario.definitions:
                return self.looking.definition(name)
            case IfElse(test, then, otherwise):
                tested, notes = self.look(test)
                first, wrong = self.look(then)
                second, other = self.look(otherwise)
                here = truth(tested)
                return np.where(here, number(first), number(second)), notes | _where(wrong, here) | _where(other, ~here)
            case Binary("and" | "or" as op, left, right):
                first, notes = self.look(left)
                second, wrong = self.look(right)
                asked = truth(first) if op == "and" else ~truth(first)
                value = truth(first) & truth(second) if op == "and" else truth(first) | truth(second)
                return value, notes | _where(wrong, asked)
            case Unary(_, operand):
                operands: tuple[Node, ...] = (operand,)
            case Binary(_, left, right):
                operands = (left, right)
            case Call(_, operands):
                pass
            case _:
                return evaluate(node, self.looking.env), {}
        found = [self.look(operand) for operand in operands]
        notes: Notes = {}
        for _, wrong in found:
            notes |= wrong
        values = [number(value) for value, _ in found]
        return self.worked_out(node, values, notes)

    def worked_out(self, node: Node, values: list[Array], notes: Notes) -> tuple[Array, Notes]:
        """The value of an operation on operands that are worked out already."""
        names = [f"operand {place}" for place in range(len(values))]
        value = evaluate(_over(node, [Name(name) for name in names]), dict(zip(names, values, strict=True)))
        result = number(value)
        sound = np.True_
        for operand in values:
            sound = sound & ~np.isnan(operand)
        none = sound & (np.isnan(result) | _pole(node, values))
        large = sound & np.isinf(result) & ~none
        for operand in values:
            large = large & np.isfinite(operand)
        for wrong, where in ((NONE, none), (SOFT if isinstance(node, Call) else LARGE, large)):
            if np.any(where):
                notes = notes | {Part(self.path, self.expression, node, wrong): where}
        return value, notes


def _over(node: Node, operands: list[Name]) -> Node:
    """The same operation on other operands."""
    match node:
        case Unary():
            return replace(node, operand=operands[0])
        case Binary():
            return replace(node, left=operands[0], right=operands[1])
        case Call():
            return replace(node, arguments=tuple(operands))
    return node


def _pole(node: Node, values: list[Array]) -> Array:
    """Where an operation is infinite because it is not defined, rather than because its result is large."""
    match node:
        case Binary("/"):
            return values[1] == 0
        case Binary("**"):
            return (values[0] == 0) & (values[1] < 0)
        case Call("log"):
            return values[0] == 0
    return np.False_


def _where(notes: Mapping[Part, Array], here: Array) -> Notes:
    return {part: wrong & here for part, wrong in notes.items()}
