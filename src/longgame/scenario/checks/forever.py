"""What contradicts a game without an end: whatever differs from period to period, or is paid at a horizon."""

from __future__ import annotations

from collections.abc import Iterator

from longgame.errors import Problem
from longgame.scenario.context import Context
from longgame.scenario.formulas import leaves
from longgame.scenario.language.expressions import names_in
from longgame.scenario.periods import PERIOD
from longgame.text import listed, nearest


def shown_of_no_end(context: Context) -> Iterator[Problem]:
    """Only of a game without an end are some of the periods shown."""
    clock = context.scenario.clock
    if clock.shown is not None and not clock.forever:
        fix = "Take `shown` out, or write `periods: forever`."
        expected = "`shown` beside `periods: forever`"
        yield context.problem("forever", ("clock", "shown"), expected, f"`periods: {clock.periods}`", fix, key=True)


def every_period_is_the_same(context: Context) -> Iterator[Problem]:
    """In a game without an end no formula asks which period it is."""
    if not context.scenario.clock.forever:
        return
    expected = "the same in every period, as `periods: forever` says"
    fix = "Let a state variable say what has changed by then, or give `periods` a number."
    for slot in context.slots:
        found = (
            ((*slot.path, *inside), leaf, name)
            for inside, leaf in leaves(slot.formula)
            for name in names_in(leaf.tree)
            if name.id == PERIOD
        )
        for path, leaf, name in found:
            yield context.problem("forever", path, expected, "`period`", fix, at=(leaf, name))


def nothing_is_paid_at_the_horizon(context: Context) -> Iterator[Problem]:
    """A game without an end has no horizon, and so no end values."""
    scenario = context.scenario
    if scenario.clock.forever and scenario.end_values:
        fix = "Take them out, or give `periods` a number. A game can still be over: see `ends`."
        yield context.problem(
            "forever", ("end_values",), "no `end_values` beside `periods: forever`", "some", fix, key=True
        )


def play_to_start_from_is_of_moves(context: Context) -> Iterator[Problem]:
    """Play near which the equilibrium lies is of moves and their options, in a game without an end."""
    scenario, movers = context.scenario, {step.name: step.options for step in context.steps if step.by is not None}
    movers = {name: [option.name for option in options] for name, options in movers.items()}
    movers |= {f"{step.name}.{side.by}": list(side.options) for step in context.steps for side in step.sides}
    if scenario.solver.near and not scenario.clock.forever:
        fix = "A game with a last period is played back from there; leave `near` out."
        expected = "`near` beside `periods: forever`"
        yield context.problem("forever", ("solver", "near"), expected, f"{scenario.clock.periods}", fix, key=True)
    for name, play in scenario.solver.near.items():
        if name not in movers:
            fix = nearest(name, movers) or f"The moves are {listed(list(movers))}."
            yield context.problem("unknown-step", ("solver", "near", name), "a move", f"`{name}`", fix, key=True)
            continue
        options = movers[name]
        for option in play.keys() - set(options):
            fix = nearest(option, options) or f"The options are {listed(options)}."
            path = "solver", "near", name, option
            yield context.problem("unknown-option", path, f"an option of `{name}`", f"`{option}`", fix, key=True)


CHECKS = (
    shown_of_no_end,
    every_period_is_the_same,
    nothing_is_paid_at_the_horizon,
    play_to_start_from_is_of_moves,
)
