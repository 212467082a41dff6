"""What can be chosen at moves and offers: amounts from a grid, and whose acceptance makes a deal."""

from __future__ import annotations

from collections.abc import Iterator

from longgame.errors import Problem
from longgame.scenario.actions import amounts_of
from longgame.scenario.checks.common import unknown_actor
from longgame.scenario.clock import DateError
from longgame.scenario.context import Context
from longgame.scenario.expand.amounts import points_of
from longgame.scenario.formulas import Expression
from longgame.scenario.language.expressions import ExpressionError, Name
from longgame.scenario.lasting import left_of, periods_of, was_of
from longgame.scenario.model import Move, Offer
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
        brought = context.scenario.brought
        for name in acceptance.largest if acceptance else ():
            if context.scenario.state[name] != brought[name]:
                fix = "It remembers the answers to the offer: give the variable another name."
                yield context.problem("name-clash", ("state", name), "a name of its own", f"`{name}`", fix, key=True)


def times_of_deals_are_clear(context: Context) -> Iterator[Problem]:
    """A deal that lasts is offered, for a time that can be read, and sets words and numbers; no other has a breach."""
    scenario = context.scenario
    offered = [
        (("period", index, "deals", name), name, deal, True)
        for index, step in enumerate(scenario.period)
        if isinstance(step, Offer)
        for name, deal in step.deals.items()
    ]
    for path, name, deal, can_be in [*offered, *((("deals", n), n, deal, False) for n, deal in scenario.deals.items())]:
        if deal.lasts is None:
            if deal.breach:
                fix = "Say how long the deal lasts: `lasts: 3 periods`."
                yield context.problem("breach-alone", (*path, "breach"), "`lasts` beside it", "none", fix, key=True)
            continue
        if not can_be:
            fix = "Move the deal into an `offer`, or leave this out."
            yield context.problem("deal-key", (*path, "lasts"), "clauses and `pay` only", "`lasts`", fix, key=True)
            continue
        try:
            periods_of(deal.lasts, scenario.clock.step)
        except DateError as error:
            yield context.problem("bad-time", (*path, "lasts"), error.expected, error.found, error.fix)
        for actor in deal.breach:
            if actor not in scenario.actors:
                yield unknown_actor(context, (*path, "breach", actor), actor, key=True)
        for variable, formula in deal.set.items():
            known = scenario.state.get(variable)
            fixed = isinstance(formula, Expression) and (
                formula.number is not None or (isinstance(formula.tree, Name) and formula.tree.id not in context.kinds)
            )
            if known is not None and not fixed:
                fix = "What is broken, and what lapses, must be clear: set a number or a word."
                yield context.problem(
                    "lasting-clause", (*path, variable), "a number or a word in a deal that lasts", "an expression", fix
                )
        for brought in (left_of(name), *(was_of(name, variable) for variable in deal.set)):
            if brought in scenario.state and scenario.state[brought] != scenario.brought.get(brought):
                fix, where = "It remembers the deal: give the variable another name.", ("state", brought)
                yield context.problem("name-clash", where, "a name of its own", f"`{brought}`", fix, key=True)


def nothing_is_left_to_repeat(context: Context) -> Iterator[Problem]:
    """What is to stand once for each of a family was written out; blocks that are objects already cannot be."""
    for block in ("period", "evidence", "worlds", "outcomes"):
        for index, entry in enumerate(getattr(context.scenario, block)):
            if entry.each:
                fix = "Give the block as a dictionary, or write a loop."
                found = f"`each: {', '.join(entry.each)}` in an object"
                yield context.problem("each-left", (block, index), "a block that stands for itself", found, fix)


CHECKS = (nothing_is_left_to_repeat, amounts_are_chosen_once, acceptance_is_clear, times_of_deals_are_clear)
