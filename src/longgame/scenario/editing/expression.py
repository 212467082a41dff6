"""What may stand at a place inside an expression or a question, from what stands before it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from longgame.scenario.editing.names import Entry, Names
from longgame.scenario.expand import NO_OFFER
from longgame.scenario.formulas import REST
from longgame.scenario.periods import PERIOD, PERIOD_LENGTH
from longgame.scenario.questions.grammar import ARGUMENTS, QUESTIONS, RULES, SET, Argument, Form
from longgame.scenario.roles import CLAUSE, CONDITION, EVENT, QUANTITY, Role
from longgame.text import NAME

_TOKEN = re.compile(rf"{NAME}(?:\.{NAME})*\.?|\"[^\"]*\"?|'[^']*'?|[0-9.]+|==|!=|<=|>=|\*\*|\S")
_IS_NAME = re.compile(rf"{NAME}(?:\.{NAME})*")
_SAYS = {
    "min": "min(a, b, ...): the least of some numbers.",
    "max": "max(a, b, ...): the greatest of some numbers.",
    "clip": "clip(value, lowest, highest): a value kept between two bounds.",
    "exp": "exp(x): e to the power of x.",
    "log": "log(x): the natural logarithm.",
    "sqrt": "sqrt(x): the square root.",
    "abs": "abs(x): a number without its sign.",
    "within": "within(p, n): the chance that what has a chance of p each time happens in n times.",
}
_WORDS = {
    "and": "Both are true.",
    "or": "At least one is true.",
    "not": "Is not true.",
    "in": "Is one of some words: aim in [peace, reset].",
    "if": "VALUE if CONDITION else OTHER.",
    "else": "VALUE if CONDITION else OTHER.",
}
FUNCTION_ENTRIES = [Entry(name, "function", says, insert=f"{name}(") for name, says in _SAYS.items()]
WORD_ENTRIES = [Entry(name, "word", says) for name, says in _WORDS.items()]
PERIOD_ENTRIES = [
    Entry(PERIOD, "word", "The period that is played, from 1; it can be compared with a date in quotes."),
    Entry(PERIOD_LENGTH, "word", "How many first steps of the clock the period is long: 1, where all are alike."),
]
REST_ENTRY = Entry(REST, "word", "Whatever is missing to one.")
_KINDS = {"state": "state", "hidden": "hidden", "assumptions": "assumptions"}


@dataclass
class _Call:
    """A bracket that is open before the cursor: of which function, at which argument, under which keyword."""

    function: str
    arguments: list[list[str]]
    keyword: str = ""

    @property
    def place(self) -> int:
        return len(self.arguments) - 1


def question_entries(names: Names, before: str) -> list[Entry]:
    """What may stand in a question after ``before``, which ends before the word that is being written."""
    tokens = _TOKEN.findall(before)
    call = _open_call(tokens)
    if call is not None and call.function == SET:
        return _set_entries(names, tokens, call)
    form = QUESTIONS.get(call.function) if call is not None else None
    if call is None or form is None:
        questions = [_question(form) for form in QUESTIONS.values()]
        known = [*names.block("assumptions"), *names.block("definitions")]
        return [*questions, *known, *FUNCTION_ENTRIES, *WORD_ENTRIES]
    kind = _argument(form, call)
    found = [] if kind is None else _argument_entries(names, kind, call, tokens)
    return found if call.keyword or call.arguments[-1] else [*found, *_keywords(form, call)]


def _question(form: Form) -> Entry:
    return Entry(form.name, "question", form.says, form.signature, insert=f"{form.name}(")


def _open_call(tokens: Iterable[str]) -> _Call | None:
    """The innermost call around the end of the tokens; None where there is none, or only brackets for order."""
    calls: list[_Call] = []
    previous = ""
    for token in tokens:
        if token in ("(", "["):
            named = token == "(" and _IS_NAME.fullmatch(previous) and previous not in _WORDS
            calls.append(_Call(previous if named else token, [[]]))
        elif token in (")", "]"):
            if calls:
                calls.pop()
        elif calls and token == ",":
            calls[-1].arguments.append([])
            calls[-1].keyword = ""
        elif calls and token == "=" and len(calls[-1].arguments[-1]) == 1:
            calls[-1].keyword = calls[-1].arguments[-1].pop()
        elif calls:
            calls[-1].arguments[-1].append(token)
        previous = token
    while calls and (calls[-1].function in ("(", "[") or calls[-1].function in _SAYS):
        inner = calls.pop()
        if calls:
            calls[-1].arguments[-1].extend(part for argument in inner.arguments for part in argument)
            if inner.function == "[" and not calls[-1].arguments[-1]:
                calls[-1].arguments[-1].append("[")
    return calls[-1] if calls else None


def _argument(form: Form, call: _Call) -> Argument | None:
    """What kind of argument is due."""
    if call.keyword:
        return form.keywords.get(call.keyword)
    return form.positions[call.place][1] if call.place < len(form.positions) else None


def _keywords(form: Form, call: _Call) -> list[Entry]:
    """The keywords that may still come, once all that is needed is there."""
    if call.place < len(form.arguments):
        return []
    return [Entry(f"{name}=", f"keyword of {form.name}", ARGUMENTS[kind]) for name, kind in form.keywords.items()]


def _argument_entries(names: Names, kind: Argument, call: _Call, tokens: list[str]) -> list[Entry]:
    actor = call.arguments[0][0] if call.arguments[0] else ""
    match kind:
        case "actor" | "actors":
            return names.block("actors")
        case "change":
            return [*_deals(names), *names.choices(), _SET_ENTRY]
        case "ladder":
            return names.block("ladders")
        case "deals" | "deal":
            return _deals(names)
        case "option":
            return list(names.choices())
        case "evidence" | "evidence list":
            return names.pieces()
        case "posture":
            return names.postures(actor)
        case "bound posture":
            every = [(actor, entry) for actor in names.keys(("postures",)) for entry in names.postures(actor)]
            return [Entry(f"{a}.{e.name}", e.kind, e.says, e.facts, e.path) for a, e in every]
        case "rule":
            return [Entry(rule, "rule", "By which postures are compared.") for rule in RULES]
        case "hidden":
            return names.block("hidden")
        case "clause" | "bundle":
            return names.block("clauses")
        case "account":
            return names.block("accounts")
        case "condition":
            return formula_entries(names, tokens, CONDITION)
        case "event":
            return formula_entries(names, tokens, EVENT)
        case "quantity":
            return formula_entries(names, tokens, QUANTITY)
        case _:
            return []


_SET_ENTRY = Entry(SET, "change", "set(variable=value): as if state variables had these values.", insert="set(")


def _deals(names: Names) -> list[Entry]:
    """Every named deal, of the offers too."""
    offered = [
        names.option(step, name, path)
        for step in names.steps
        if step.kind == "offer"
        for name, path in step.options.items()
        if name != NO_OFFER
    ]
    return [*names.block("deals"), *offered]


def _set_entries(names: Names, tokens: list[str], call: _Call) -> list[Entry]:
    if not call.keyword:
        return [Entry(e.name, e.kind, e.says, e.facts, e.path, f"{e.name}=") for e in names.block("state")]
    return [*names.words_of(call.keyword), *formula_entries(names, tokens, CLAUSE)]


def formula_entries(names: Names, tokens: list[str] | str, role: Role, target: str | None = None) -> list[Entry]:
    """What may stand in an expression of a role after some tokens, or a text.

    Args:
        target: the variable whose value it gives: its words may stand there too.
    """
    tokens = _TOKEN.findall(tokens) if isinstance(tokens, str) else tokens
    compared = _compared(names, tokens)
    if compared is not None:
        return names.words_of(compared)
    found = names.words_of(target) if target is not None else []
    found += [names.entry(("actors", actor)) for actor in (names.choosing.to if names.choosing else ())]
    for kind, block in _KINDS.items():
        if getattr(role, kind):
            found += names.block(block)
    found += names.block("definitions")
    found += PERIOD_ENTRIES if role.period else []
    return [*found, *FUNCTION_ENTRIES, *WORD_ENTRIES]


def _compared(names: Names, tokens: list[str]) -> str | None:
    """The variable with one of whose words something is about to be compared."""
    if tokens[-1:] and tokens[-1] in ("==", "!="):
        tokens = tokens[:-1]
    else:
        while tokens[-1:] and tokens[-1] != "[":  # inside `in [a, b`
            if tokens[-1] != "," and not _IS_NAME.fullmatch(tokens[-1]):
                return None
            tokens = tokens[:-1]
        tokens = tokens[:-1]
        if tokens[-1:] != ["in"]:
            return None
        tokens = tokens[:-2] if tokens[-2:] == ["not", "in"] else tokens[:-1]
    return tokens[-1] if tokens and tokens[-1] in names.words else None
