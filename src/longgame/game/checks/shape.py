"""The course of the game: moves without an open option, effects beyond their grid, states in which all is over."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from longgame.errors import Problem
from longgame.game.checks.probe import Probe
from longgame.game.functions import number, truth
from longgame.game.game import CHANCE
from longgame.game.plan import certainly, possibly
from longgame.scenario.periods import PERIOD

_OFTEN = 0.25  # the share of states from which an effect must leave the grid to be worth a warning
_HALF = 0.5  # of a grid step: less is rounding, or a fine adjustment


def moves_have_open_options(probe: Probe) -> Iterator[Problem]:
    """Wherever a move takes place there is something to choose."""
    states = probe.tables.states
    env, count = probe.ranges, len(states)
    for flat, step in zip(probe.steps, probe.plan.steps, strict=True):
        if step.mover == CHANCE:
            continue
        closed = certainly(step.when, env, count) & ~probe.tables.over & probe.tables.played
        for option in step.options:
            closed = closed & ~possibly(option.when, env, count)
        if closed.any():
            example = states.label(int(np.flatnonzero(closed)[0]))
            fix = "Leave one option without `when`, or give the step a `when` of its own."
            found = f"all closed in the state {example}"
            yield probe.problem("no-open-option", flat.path, f"an open option of `{step.name}`", found, fix)


def effects_stay_on_grids(probe: Probe) -> Iterator[Problem]:
    """Base case: a new value seldom lies beyond its grid, where it would be held back at the end."""
    states, played = probe.tables.states, np.flatnonzero(probe.tables.played & ~probe.tables.over)
    env = probe.environment(played, probe.thetas[:1], 1)
    for effect, guards in probe.effects():
        matters = np.ones(len(played), bool)
        for guard in guards:
            matters = matters & np.broadcast_to(truth(env.of(guard)), (1, len(played), 1))[0, :, 0]
        for name, node in effect.set.items():
            variable = next(v for v in probe.plan.variables if v.name == name)
            if not variable.numeric:
                continue
            value = np.broadcast_to(number(env.of(probe.bind(node))), (1, len(played), 1))[0, :, 0]
            place = variable.position(value)
            last = len(variable.points) - 1
            now = states.codes[played, probe.plan.variables.index(variable)]
            beyond = ((place < -_HALF) & (now > 0)) | ((place > last + _HALF) & (now < last))
            share = (beyond & matters).sum() / max(matters.sum(), 1)
            if share > _OFTEN:
                s = int(np.flatnonzero(beyond & matters)[0])
                end = variable.show(0 if place[s] < 0 else last)
                found = f"{value[s]:.4g} in the state {states.label(int(played[s]))}, held back at {end}"
                fix = f"Widen the grid of `{name}`, or limit the effect."
                expected = f"a value of `{name}` from {variable.show(0)} to {variable.show(last)}"
                yield probe.problem("leaves-grid", (*effect.path, "set", name), expected, found, fix, warning=True)


def dead_states(probe: Probe) -> Iterator[Problem]:
    """Base case: where nothing can change and nobody has a choice any more, the game should be over."""
    tables, size = probe.tables(probe.plan.base, 0), len(probe.tables.states)
    dead = probe.tables.played & ~probe.tables.over
    for step in tables.steps:
        here = np.arange(size)[:, None, None]
        moves = ((step.weight > 0) & (step.successor != here)).any(axis=2) & step.allowed
        choice = step.allowed.sum(axis=1) > 1
        dead = dead & ~(step.active & (moves.any(axis=1) | choice))
    uncertain = any(PERIOD in probe.plan.symbols.used(step.when) for step in probe.plan.steps)
    if dead.any() and not uncertain:
        example = probe.tables.states.label(int(np.flatnonzero(dead)[0]))
        found = f"{int(dead.sum())} where nothing can happen any more, such as {example}"
        fix = "Declare them under `ends`: the game is easier to read, and to solve."
        yield probe.problem("dead-state", ("ends",), "states in which the game goes on", found, fix, warning=True)
