"""Evidence that the game gives no chance in its base case, whatever anybody plays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from longgame.errors import Problem
from longgame.game.checks.probe import Array, Probe
from longgame.game.functions import number
from longgame.game.game import StepTables
from longgame.game.plan import StepPlan
from longgame.scenario.expand import Observation, observations_of

Possible = np.ndarray  # [S, W] bool: the states and worlds that play may be in

_EXAMPLES = 3


def evidence_can_happen(probe: Probe) -> Iterator[Problem]:
    """Every piece of evidence is possible after those before it; the first that is not is reported.

    Every open option has positive probability in every world (logit choice), so it is enough to follow which states and
    worlds are possible at the entry of each step.
    """
    if not probe.scenario.evidence:
        return
    observations = observations_of(probe.scenario)
    plan = probe.plan
    nowhere = np.zeros((len(probe.tables.states), len(plan.worlds)), bool)
    start = nowhere.copy()
    tables = probe.tables(plan.base, 0)
    start[tables.start_index[tables.start_weight > 0]] = tables.prior > 0
    for t in range(observations[-1].period + 1):
        seen_at = {seen.step: seen for seen in observations if seen.period == t}
        tables = probe.tables(plan.base, t)
        possible = [start, *(nowhere.copy() for _ in plan.steps)]
        for k, (step, numbers) in enumerate(zip(plan.steps, tables.steps, strict=True)):
            options: Sequence[int] = range(len(step.options))
            seen = seen_at.get(k)
            passed = possible[k] & ~numbers.active[:, None]
            if seen is not None:
                options = seen.options
                others = passed.any() or any(later.any() for later in possible[k + 1 :])
                if not _choices(numbers, possible[k], options).any() and not (seen.quiet and others):
                    yield _no_move(probe, seen, step, numbers, possible[k])
                    return
            if seen is None or seen.quiet:
                possible[k + 1] |= passed
            else:
                possible[k + 1 :] = [nowhere.copy() for _ in possible[k + 1 :]]
            for a in options:
                _follow(possible[step.next[a]], numbers, a, _choices(numbers, possible[k], [a]))
        start = possible[-1]
        if len(plan.steps) in seen_at:
            start = start & _agreeing(probe, seen_at[len(plan.steps)])[:, None]
            if not start.any():
                yield _no_state(probe, seen_at[len(plan.steps)], possible[-1])
                return


def _choices(numbers: StepTables, possible: Possible, options: Sequence[int]) -> Possible:
    """Where some of these options can be taken, or happen."""
    can = numbers.allowed[:, options].any(axis=1)[:, None]
    if numbers.chance is not None:
        can = (numbers.chance[:, options] > 0).any(axis=1)
    return possible & numbers.active[:, None] & can


def _follow(target: Possible, numbers: StepTables, option: int, origin: Possible) -> None:
    """Note in ``target`` where an option may lead to from ``origin``."""
    if numbers.becomes is not None:
        origin = (origin[:, :, None] & (numbers.becomes[:, option] > 0)).any(axis=1)
    for successor, weight in zip(numbers.successor[:, option].T, numbers.weight[:, option].T, strict=True):
        np.logical_or.at(target, successor, origin & (weight > 0)[:, None])


def _agreeing(probe: Probe, seen: Observation) -> np.ndarray:
    """[S] bool: states that agree with what was seen; of a number, the grid points on both sides."""
    states, fits = probe.tables.states, np.ones(len(probe.tables.states), bool)
    env = probe.environment(np.arange(1), probe.thetas[:1], seen.period + 1)
    for place, node in probe.plan.change(seen.seen):
        variable = probe.plan.variables[place]
        value = float(np.ravel(number(env.of(node)))[0])
        fits &= np.abs(variable.position(value) - states.codes[:, place]) < (1 if variable.numeric else 0.5)
    return fits


def _no_move(probe: Probe, seen: Observation, step: StepPlan, numbers: StepTables, possible: Possible) -> Problem:
    here = possible.any(axis=1)
    if not here.any():
        expected = f"a step that play comes to in that period; `{step.name}` is led past by the steps before it"
    elif not (here & numbers.active).any():
        expected = f"a step that takes place then; `{step.name}` does not in {_states(probe, here)}"
    else:
        expected = f"something that can be chosen or happen at `{step.name}` in {_states(probe, here & numbers.active)}"
    fix = "Look at the `when` of the step and the option, at the start, and at the evidence before this."
    path = ("evidence", seen.index)
    return probe.problem("impossible-evidence", path, expected, f"`{seen.id}`, which has no chance", fix)


def _no_state(probe: Probe, seen: Observation, possible: Possible) -> Problem:
    expected = f"a state that is possible at the end of that period, such as {_states(probe, possible.any(axis=1))}"
    path = ("evidence", seen.index, "seen")
    fix = "Look at the start, the effects of the moves, and the evidence before this."
    return probe.problem("impossible-evidence", path, expected, f"`{seen.id}`, which has no chance", fix)


def _states(probe: Probe, here: Array) -> str:
    """Some of the states that are marked [S], in words."""
    places = np.flatnonzero(here)
    named = "; ".join(probe.tables.states.label(int(s)) for s in places[:_EXAMPLES])
    more = f" and {len(places) - _EXAMPLES} other states" if len(places) > _EXAMPLES else ""
    return f"the state{'s' if len(places) > 1 else ''} {named}{more}"
