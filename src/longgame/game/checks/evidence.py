"""Evidence that the game gives no chance in its base case, whatever anybody plays; and what it leaves open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from longgame.errors import Problem
from longgame.game.checks.probe import Array, Probe
from longgame.game.functions import number
from longgame.game.game import StepTables
from longgame.game.plan import StepPlan
from longgame.scenario.expand import Observation, observations_of
from longgame.text import listed

Weights = np.ndarray  # [S, W] how likely states and worlds are if everybody chooses at random; 0 where they cannot be

_EXAMPLES = 3
_OPEN = 0.5  # where no value of a variable is likelier than this, it is open
_RARE = 0.01  # a state that was seen and is less likely than this before it was seen is rare


@dataclass(frozen=True)
class _Look:
    """One observation: the weights just before it (as probable as all before it), and after it. ``step``: of a move."""

    seen: Observation
    before: Weights
    after: Weights
    step: tuple[StepPlan, StepTables] | None


def evidence_can_happen(probe: Probe) -> Iterator[Problem]:
    """Every piece of evidence is possible after those before it; the first that is not is reported.

    Every open option has positive probability in every world (logit choice), so it is enough to follow play in which
    everybody chooses at random.
    """
    for look in _followed(probe):
        if not look.after.any():
            yield _no_state(probe, look.seen, look.before) if look.step is None else _no_move(probe, look, *look.step)


def present_is_known(probe: Probe) -> Iterator[Problem]:
    """What the evidence leaves open of the present state, and what was seen although hardly anything leads to it.

    All that nobody reported is summed over. How much that matters is told by play at random, which needs no solution.
    """
    looks = list(_followed(probe))
    for look in looks:
        share = look.after.sum() / look.before.sum()
        if look.step is None and share < _RARE:
            path = ("evidence", look.seen.index, "seen")
            found = f"one that {share:.1g} of all ways lead to, if everybody chooses at random"
            fix = "Report the moves that led to it, or what stayed quiet."
            yield probe.problem("rare-state", path, "a state that play leads to", found, fix, warning=True)
    if not looks:
        return
    states, weights = probe.tables.states, looks[-1].after.sum(axis=1)
    for place, variable in enumerate(states.variables):
        shares = np.bincount(states.codes[:, place], weights, len(variable.points)) / weights.sum()
        near = np.convolve(shares, np.ones(3), "same") if variable.numeric else shares
        if near.max() <= _OPEN:
            first = np.argsort(-shares.round(9), kind="stable")[:_EXAMPLES]
            likeliest = [f"{variable.points[n]} ({shares[n]:.0%})" for n in first]
            found = f"`{variable.name}` open: {listed(likeliest)}, if everybody chooses at random"
            fix = "Add what was `seen` of it, the moves that set it, or what stayed `quiet`."
            path = ("evidence", looks[-1].seen.index)
            yield probe.problem("open-present", path, "evidence that says where things stand", found, fix, warning=True)


def _followed(probe: Probe) -> Iterator[_Look]:
    """The evidence through play at random, up to the first piece that cannot be."""
    observations = observations_of(probe.scenario)
    plan, last = probe.plan, len(probe.plan.steps)
    tables = probe.tables(plan.base, 0)
    start = np.zeros((len(probe.tables.states), len(plan.worlds)))
    np.add.at(start, tables.start_index, tables.start_weight[:, None] * tables.prior)
    for t in range(observations[-1].period + 1 if observations else 0):
        seen_at = {seen.step: seen for seen in observations if seen.period == t}
        tables = probe.tables(plan.base, t)
        at = [start / start.sum(), *(np.zeros_like(start) for _ in plan.steps)]
        for k, (step, numbers) in enumerate(zip(plan.steps, tables.steps, strict=True)):
            seen, whole = seen_at.get(k), np.sum(at[k:], axis=0)
            if seen is None or seen.quiet:
                at[k + 1] += np.where(numbers.active[:, None], 0.0, at[k])
            else:
                at[k + 1 :] = [np.zeros_like(start) for _ in at[k + 1 :]]
            odds = _odds(numbers)
            for a in range(len(step.options)) if seen is None else seen.options:
                _follow(at[step.next[a]], numbers, a, np.where(numbers.active[:, None], at[k] * odds[:, a], 0.0))
            if seen is not None:
                after = np.sum(at[k + 1 :], axis=0)
                yield _Look(seen, at[k] if not after.any() else whole, after, (step, numbers))
                if not after.any():
                    return
        start = at[-1]
        if last in seen_at:
            start = start * _agreeing(probe, seen_at[last])[:, None]
            yield _Look(seen_at[last], at[-1], start, None)
            if not start.any():
                return


def _odds(numbers: StepTables) -> Array:
    """[S, A, W] the odds of each option: those of chance, or the same for every open one."""
    if numbers.chance is not None:
        return numbers.chance
    allowed = np.asarray(numbers.allowed, float)
    return (allowed / np.maximum(allowed.sum(axis=1, keepdims=True), 1.0))[:, :, None]


def _follow(target: Weights, numbers: StepTables, option: int, origin: Weights) -> None:
    """Add to ``target`` where an option leads from ``origin``."""
    if numbers.becomes is not None:
        origin = np.einsum("sw,swv->sv", origin, numbers.becomes[:, option])
    for successor, weight in zip(numbers.successor[:, option].T, numbers.weight[:, option].T, strict=True):
        np.add.at(target, successor, origin * weight[:, None])


def _agreeing(probe: Probe, seen: Observation) -> np.ndarray:
    """[S] bool: states that agree with what was seen; of a number, the grid points on both sides."""
    states, fits = probe.tables.states, np.ones(len(probe.tables.states), bool)
    env = probe.environment(np.arange(1), probe.thetas[:1], seen.period + 1)
    for place, node in probe.plan.change(seen.seen):
        variable = probe.plan.variables[place]
        value = float(np.ravel(number(env.of(node)))[0])
        fits &= np.abs(variable.position(value) - states.codes[:, place]) < (1 if variable.numeric else 0.5)
    return fits


def _no_move(probe: Probe, look: _Look, step: StepPlan, numbers: StepTables) -> Problem:
    seen, here = look.seen, look.before.any(axis=1)
    if not here.any():
        expected = f"a step that play comes to in that period; `{step.name}` is led past by the steps before it"
    elif not (here & numbers.active).any():
        expected = f"a step that takes place then; `{step.name}` does not in {_states(probe, here)}"
    else:
        expected = f"something that can be chosen or happen at `{step.name}` in {_states(probe, here & numbers.active)}"
    fix = "Look at the `when` of the step and the option, at the start, and at the evidence before this."
    path = ("evidence", seen.index)
    return probe.problem("impossible-evidence", path, expected, f"`{seen.id}`, which has no chance", fix)


def _no_state(probe: Probe, seen: Observation, possible: Weights) -> Problem:
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
