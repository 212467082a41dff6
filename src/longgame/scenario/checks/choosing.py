"""What can be chosen at moves and offers: amounts from a grid, what stays by inertia, whose acceptance makes a deal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from longgame.errors import Problem
from longgame.scenario.acceptance import HOW
from longgame.scenario.actions import amounts_of
from longgame.scenario.checks.common import actors_paid, base_value
from longgame.scenario.clock import DateError
from longgame.scenario.context import Context
from longgame.scenario.expand.amounts import points_of
from longgame.scenario.expand.flat import FlatStep
from longgame.scenario.expand.habit import staying
from longgame.scenario.expand.together import standing_of
from longgame.scenario.formulas import Cases, Expression
from longgame.scenario.language.expressions import ExpressionError, Name
from longgame.scenario.lasting import left_of, periods_of, was_of
from longgame.scenario.model import Deal, Move, Offer, Simultaneous
from longgame.scenario.places import Path
from longgame.text import listed

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


def inertia_is_clear(context: Context) -> Iterator[Problem]:
    """Inertia is a chance below 1, and it is clear which option stays: open to all eyes, and without a lottery."""
    for path, step in chain(context.blocks(Move), context.blocks(Simultaneous)):
        if step.inertia is None:
            if step.stays:
                fix = "Say how likely it is not to be thought over: `inertia: 0.7`."
                yield context.problem("stays-alone", (*path, "stays"), "`inertia` beside it", "none", fix, key=True)
            continue
        value = base_value(context, step.inertia)
        if value is not None and not 0 <= value < 1:
            expected = "a chance from 0 to below 1: that the move is not thought over"
            yield context.problem("inertia-range", (*path, "inertia"), expected, f"`{value:g}`")
        if isinstance(step, Simultaneous):
            yield from _options_stand(context, step, path)
            continue
        move = next((flat for flat in context.steps if flat.name == step.name and flat.kind == "move"), None)
        if move is not None and move.options:
            yield from _option_stays(context, step, move, path)


def _options_stand(context: Context, step: Simultaneous, path: Path) -> Iterator[Problem]:
    """What is wrong with what several do where nobody thinks over what they choose at the same time."""
    for actor, name in step.stays.items():
        where: Path = (*path, "stays", actor)
        if actor not in step.moves:
            yield context.unknown("unknown-actor", where, "one who chooses", actor, step.moves, key=True)
        elif name not in step.moves[actor]:
            yield context.unknown("unknown-option", where, f"an option of `{actor}`", name, step.moves[actor])
    if standing_of(step) is None and step.stays.keys() <= step.moves.keys():
        each = ", ".join(f"{actor}: {next(iter(options))}" for actor, options in step.moves.items())
        fix = f"Say what each does when it is not thought over: `stays: {{{each}}}`."
        expected = "one option of each that changes nothing, with no `set` of the step, or `stays`"
        yield context.problem("unclear-stays", (*path, "inertia"), expected, "none", fix, key=True)


def _option_stays(context: Context, step: Move, move: FlatStep, path: Path) -> Iterator[Problem]:
    """What is wrong with the option that stands where a move is not thought over."""
    names, alone = [option.name for option in move.options], move.changing_nothing
    where: Path = (*path, "inertia" if step.stays is None else "stays")
    stays = staying(move, step.stays)
    if stays is None and step.stays is not None:
        yield context.unknown("unknown-option", where, f"an option of `{step.name}`", step.stays, names)
    elif stays is None:
        found = f"{len(alone)} of them: {listed(alone)}" if alone else "none"
        fix = f"Say which stands when it is not thought over: `stays: {(alone or names)[0]}`."
        expected = f"one option of `{step.name}` that changes nothing"
        yield context.problem("unclear-stays", where, expected, found, fix, key=True)
    elif stays.lottery:
        fix = "Name an option without one, or put a `chance` step after the move."
        yield context.problem("stays-by-lot", where, "an option without a lottery", f"`{stays.name}`", fix)
    elif alike := [o.name for o in move.options if o.signal == stays.signal and o.name != stays.name]:
        expected = "an option that everybody can tell from the others"
        found = f"`{stays.name}`, which looks like {listed(f'`{name}`' for name in alike)}"
        fix = "Everybody sees whether the move is thought over: give the option a signal of its own, or name another."
        yield context.problem("stays-secret", where, expected, found, fix)


def acceptance_is_clear(context: Context) -> Iterator[Problem]:
    """Whose acceptance an offer needs can be read, and what remembers the answers has a name of its own."""
    for where, step in context.blocks(Offer):
        path: Path = (*where, "accepted_by")
        try:
            acceptance = step.acceptance
        except ExpressionError as error:
            text = step.accepted_by if isinstance(step.accepted_by, str) else ""
            place = context.scenario.place(path, text=text, character=error.start)
            yield Problem("acceptance", place, error.expected, error.found, error.fix or HOW)
            continue
        brought = context.scenario.brought
        for name in acceptance.largest if acceptance else ():
            if context.scenario.state[name] != brought[name]:
                fix = "It remembers the answers to the offer: give the variable another name."
                yield context.problem("name-clash", ("state", name), "a name of its own", f"`{name}`", fix, key=True)


def times_of_deals_are_clear(context: Context) -> Iterator[Problem]:
    """A deal that lasts is offered, for a time that can be read, and sets words and numbers; no other has a breach."""
    scenario = context.scenario
    for path, deal in context.blocks(Deal):
        if deal.lasts is None:
            if deal.breach:
                fix = "Say how long the deal lasts: `lasts: 3 periods`."
                yield context.problem("breach-alone", (*path, "breach"), "`lasts` beside it", "none", fix, key=True)
            continue
        if path[0] == "deals":
            fix = "Move the deal into an `offer`, or leave this out."
            yield context.problem("deal-key", (*path, "lasts"), "clauses and `pay` only", "`lasts`", fix, key=True)
            continue
        try:
            periods_of(deal.lasts, scenario.clock.step)
        except DateError as error:
            yield context.problem("bad-time", (*path, "lasts"), error.expected, error.found, error.fix)
        yield from actors_paid(context, (*path, "breach"), deal.breach)
        for variable, formula in deal.set.items():
            if variable in scenario.state and not settled(context, formula):
                fix = "What is broken, and what lapses, must be clear: set a number or a word."
                yield context.problem(
                    "lasting-clause", (*path, variable), "a number or a word in a deal that lasts", "an expression", fix
                )
        yield from names_of_times(context, str(path[-1]), deal.set)


def settled(context: Context, formula: Expression | Cases) -> bool:
    """Whether a formula is a number or a word."""
    word = isinstance(formula, Expression) and isinstance(formula.tree, Name) and formula.tree.id not in context.kinds
    return isinstance(formula, Expression) and (formula.number is not None or word)


def names_of_times(context: Context, name: str, settings: Iterable[str]) -> Iterator[Problem]:
    """The variables that remember what lasts have names of their own."""
    scenario = context.scenario
    for brought in (left_of(name), *(was_of(name, variable) for variable in settings)):
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


CHECKS = (
    nothing_is_left_to_repeat,
    amounts_are_chosen_once,
    inertia_is_clear,
    acceptance_is_clear,
    times_of_deals_are_clear,
)
