"""Formulas: every name is known and may stand where it stands, and words meet only words of their own variable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from longgame.errors import Problem
from longgame.scenario.context import Context, Slot
from longgame.scenario.formulas import OTHERWISE, Cases, Expression, Unreadable, is_rest
from longgame.scenario.language.expressions import Name
from longgame.scenario.places import Path
from longgame.scenario.typing import NUMBER, Type, Typing, Words, not_allowed, word_in_arithmetic
from longgame.text import likeliest, listed, nearest, shortened


def check_formulas(context: Context) -> Iterator[Problem]:
    """Examine every formula of the scenario."""
    for slot in context.slots:
        yield from check_slot(context, slot)


def check_slot(context: Context, slot: Slot) -> Iterator[Problem]:
    """Examine one formula: its cases, then the expression of each. What is given to an unknown variable is let be."""
    if slot.target is not None and slot.target not in context.scenario.state:
        return
    context = replace(context, sides=slot.sides) if slot.sides else context
    words = context.words.get(slot.target or "")
    wanted = Words(slot.target or "", words) if words is not None else None
    yield from _check_formula(context, slot, slot.path, slot.formula, wanted)


def _check_formula(
    context: Context, slot: Slot, path: Path, formula: Expression | Cases, wanted: Words | None
) -> Iterator[Problem]:
    if isinstance(formula, Cases):
        yield from _check_cases(context, slot, path, formula)
        for value, part in formula.cases.items():
            yield from _check_formula(context, slot, (*path, value), part, wanted)
        return
    if isinstance(formula, Unreadable):
        return
    if is_rest(formula):
        yield context.problem(
            "misplaced-rest",
            path,
            "a number or an expression",
            "`rest`",
            "Only one of several probabilities can be `rest`.",
        )
        return
    reading = Typing(context, path, formula, slot.role, slot.actor)
    found = reading.type_of(formula.tree, wanted)
    yield from reading.problems
    if wanted is not None:
        yield from _check_word(context, path, formula, found, wanted)
    elif isinstance(found, Words):
        yield word_in_arithmetic(context, path, formula, formula.tree, found)


def _check_word(context: Context, path: Path, formula: Expression, found: Type, wanted: Words) -> Iterator[Problem]:
    """What is given to a variable with words must be one of its words, or its own old value."""
    expected = f"one of the words of `{wanted.variable}`: {listed(wanted.words)}"
    if found == NUMBER:
        yield context.problem("number-for-word", path, expected, f"`{shortened(formula.text)}`")
    elif isinstance(found, Words) and found.words != wanted.words:
        yield context.problem("word-of-another", path, expected, f"`{found.variable}`, which has other words")


# --- cases -----------------------------------------------------------------------------------------------------------


def _check_cases(context: Context, slot: Slot, path: Path, cases: Cases) -> Iterator[Problem]:
    name = cases.depends_on
    where: Path = (*path, "depends on")
    words = context.words.get(name)
    if words is None:
        known = nearest(name, context.words)
        numeric = context.kinds.get(name) in ("state", "assumption", "definition", "period")
        fix = "Use `VALUE if CONDITION else OTHER` for numbers." if numeric else known
        found = f"`{name}`, which is a number" if numeric else f"`{name}`"
        yield context.problem("unknown-cases", where, "a variable with words", found, fix)
        return
    yield from not_allowed(context, where, None, Name(name), slot.role, slot.actor)
    for value in cases.cases:
        if value != OTHERWISE and value not in words:
            what = f"one of the words of `{name}`"
            yield context.unknown("unknown-case", (*path, value), what, value, words, key=True)
    slips = {likeliest(value, words) for value in cases.cases if value not in words}
    missing = [word for word in words if word not in cases.cases and word not in slips]
    if missing and OTHERWISE not in cases.cases:
        fix = "Add them, or `otherwise: ...` for all the rest."
        yield context.problem(
            "missing-case", where, f"a case for every word of `{name}`", f"none for {listed(missing)}", fix
        )
