"""What can be chosen at moves and offers: amounts from a grid, and whose acceptance makes a deal."""

from __future__ import annotations

from collections.abc import Iterator

from longgame.errors import Problem
from longgame.scenario.context import Context
from longgame.scenario.expand.amounts import points_of
from longgame.scenario.language.expressions import ExpressionError
from longgame.scenario.model import Move, Offer, amounts_of, passing_variables
from longgame.scenario.places import Path

MOST_NUMBERS = 201  # that can be chosen from


def amounts_are_chosen_once(context: Context) -> Iterator[Problem]:
    """A move has options or an amount; an amount of one name has one grid, and few enough numbers to choose from."""
    first: dict[str, tuple[float, float, float]] = {}
    for index, step in enumerate(context.scenario.period):
        path: Path = ("period", index)
        if isinstance(step, Move) and not step.choices:
            fix = "Add `options: {...}`, or `amount: [lowest, highest, step]`."
            yield context.problem("no-options", path, "options, or an amount", "neither", fix, key=True)
        if isinstance(step, Move) and step.options and step.amount is not None:
            fix = "Put it into the options with which it is chosen: `demand: {amount: [lowest, highest, step]}`."
            yield context.problem("amount-beside", (*path, "amount"), "options or an amount", "both", fix, key=True)
        for inside, name, grid in amounts_of(step):
            where: Path = (*path, *inside)
            known = context.scenario.state[name].grid
            if first.setdefault(name, grid) != grid or known != first[name]:
                expected = f"the grid that `{name}` has elsewhere" if known else "the name of a number"
                fix = f"Give it a name of its own: `amount: {{another: [{', '.join(f'{x:g}' for x in grid)}]}}`."
                yield context.problem("amount-differs", where, expected, f"another for `{name}`", fix, key=True)
            count = len(points_of(grid))
            if count > MOST_NUMBERS:
                found, fix = f"{count}", "Take a larger step."
                yield context.problem("many-numbers", where, f"at most {MOST_NUMBERS} numbers", found, fix, key=True)
    for step in context.steps:
        names = [option.name for option in step.options]
        for name in dict.fromkeys(name for name in names if names.count(name) > 1):
            fix = "An amount makes options with such names: call it otherwise."
            yield context.problem("duplicate-option", step.path, "options with names of their own", f"`{name}`", fix)


def acceptance_is_clear(context: Context) -> Iterator[Problem]:
    """Whose acceptance an offer needs can be read, and what remembers the answers has a name of its own."""
    for index, step in enumerate(context.scenario.period):
        if not isinstance(step, Offer):
            continue
        path: Path = ("period", index, "accepted_by")
        try:
            acceptance = step.acceptance
        except ExpressionError as error:
            text = step.accepted_by if isinstance(step.accepted_by, str) else ""
            place = context.scenario.place(path, text=text, character=error.start)
            fix = error.fix or "Write `all`, `any`, a number, `2 of [a, b, c]`, or a condition: `a and (b or c)`."
            yield Problem("acceptance", place, error.expected, error.found, fix)
            continue
        brought = passing_variables((step,))
        for name in acceptance.largest if acceptance else ():
            if context.scenario.state[name] != brought[name]:
                fix = "It remembers the answers to the offer: give the variable another name."
                yield context.problem("name-clash", ("state", name), "a name of its own", f"`{name}`", fix, key=True)


CHECKS = (amounts_are_chosen_once, acceptance_is_clear)
