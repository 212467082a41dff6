"""Evidence that the game gives no chance in its base case, whatever anybody plays; and what it leaves open."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from longgame.errors import Problem
from longgame.game.checks.probe import Array, Probe
from longgame.game.functions import number
from longgame.game.game import StepTables
from longgame.game.plan import StepPlan
from longgame.scenario.expand import Observation, observations_of
from longgame.scenario.language.expressions import Binary, Node, format_number
from longgame.scenario.places import Path
from longgame.text import listed

Weights = np.ndarray  # [S, W] how likely states and worlds are if everybody chooses at random; 0 where they cannot be
_Marked = dict[int, Weights]  # by the bits of the evidence under way: what it has to remember of what happened

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


def evidence_is_sound(probe: Probe) -> Iterator[Problem]:
    """The chance that a source is right is above 0 and at most 1, and a range goes up: in every draw."""
    for index, piece in enumerate(probe.scenario.evidence):
        if piece.p is not None:
            expected = "a number above 0 and at most 1: the chance that the source is right"
            path = ("evidence", index, "p")
            yield from _wrong(probe, path, piece.p.tree, lambda p: ~((p > 0.0) & (p <= 1.0)), expected)
        for name, values in (piece.seen or {}).items():
            if len(values) == 2 and probe.scenario.state[name].numeric:
                path, (low, high) = ("evidence", index, "seen", name), values
                found = f"[{low}, {high}]"
                rise = Binary("-", high.tree, low.tree)
                yield from _wrong(probe, path, rise, lambda rise: rise < 0.0, "a range [lowest, highest]", found)


def _wrong(
    probe: Probe, path: Path, tree: Node, wrong: Callable[[Array], Array], expected: str, found: str = ""
) -> Iterator[Problem]:
    node = probe.bind(tree)
    example = probe.first(node, wrong)
    if example is not None:
        shown = f"{found or format_number(example.value)} {probe.describe(example, node)}".strip()
        yield probe.problem("evidence-number", path, expected, shown)


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
    """The evidence through play at random, up to the first piece that cannot be.

    A report of a whole time that may be wrong rules nothing out, and is left out here.
    """
    observations = [seen for seen in observations_of(probe.scenario) if seen.p is None or seen.bit is None]
    plan, last = probe.plan, len(probe.plan.steps)
    tables = probe.tables(plan.base, 0)
    start = np.zeros((len(probe.tables.states), len(plan.worlds)))
    np.add.at(start, tables.start_index, tables.start_weight[:, None] * tables.prior)
    here: _Marked = {0: start}
    for t in range(observations[-1].period + 1 if observations else 0):
        tables = probe.tables(plan.base, t)
        whole = _sum(here, start).sum()
        at: list[_Marked] = [{bits: weights / whole for bits, weights in here.items()}, *({} for _ in plan.steps)]
        for k, (step, numbers) in enumerate(zip(plan.steps, tables.steps, strict=True)):
            pieces = [seen for seen in observations if (seen.period, seen.step) == (t, k)]
            taken, before = _taken(probe, at, k, step, numbers, ()), _all(at[k:], start)
            for count, seen in enumerate(pieces, 1):
                taken = _taken(probe, at, k, step, numbers, pieces[:count])
                after = _all(taken[k + 1 :], start)
                if seen.last:
                    yield _Look(seen, before if after.any() else _sum(at[k], start), after, (step, numbers))
                if not after.any():
                    return
                before = after
            at = taken
        here = at[-1]
        for seen in observations:
            if (seen.period, seen.step) == (t, last):
                before, here = _sum(here, start), _agreeing(probe, here, seen)
                if seen.last:
                    yield _Look(seen, before, _sum(here, start), None)
                if not _sum(here, start).any():
                    return


def _taken(
    probe: Probe, at: Sequence[_Marked], k: int, step: StepPlan, numbers: StepTables, seen: Sequence[Observation]
) -> list[_Marked]:
    """The weights at the entry of each step once step k was taken, as far as they fit what was seen there."""
    active, odds = numbers.active[:, None], _odds(numbers)
    after: list[_Marked] = [{} if seen or j <= k else dict(marked) for j, marked in enumerate(at)]
    missed = [piece.negative for piece in seen]  # what fits where the step does not take place
    for bits, weights in at[k].items():
        marked, fit = _judged(probe, bits, seen, missed)
        _add(after[k + 1], marked, np.where(active, 0.0, weights) * fit)
        for a in range(len(step.options)):
            marked, fit = _judged(probe, bits, seen, [a in piece.options for piece in seen])
            origin = np.where(active, weights * odds[:, a], 0.0) * fit
            if origin.any():
                target = np.zeros_like(origin)
                _follow(target, numbers, a, origin)
                _add(after[step.next[a]], marked, target)
    for j in range(k + 1, len(at)) if seen else ():
        for bits, weights in at[j].items():
            marked, fit = _judged(probe, bits, seen, missed)
            _add(after[j], marked, weights * fit)
    return after


def _judged(probe: Probe, bits: int, seen: Sequence[Observation], hits: Sequence[bool]) -> tuple[int, float]:
    """The bits after a way to go on, and how well it fits what was seen: ``hits`` says which of it agrees."""
    fit = 1.0
    for piece, hit in zip(seen, hits, strict=True):
        if piece.bit is None:
            p = _chance_right(probe, piece)
            fit *= p * hit + 1.0 - p
            continue
        bits |= hit << piece.bit
        if piece.last:
            fit *= bits >> piece.bit & 1
            bits &= ~(1 << piece.bit)
    return bits, fit


def _chance_right(probe: Probe, piece: Observation) -> float:
    if piece.p is None:
        return 1.0
    env = probe.environment(np.arange(1), probe.thetas[:1], piece.period + 1)
    return float(np.ravel(number(env.of(probe.bind(piece.p))))[0])


def _add(to: _Marked, bits: int, weights: Weights) -> None:
    to[bits] = to[bits] + weights if bits in to else weights


def _sum(marked: _Marked, like: Weights) -> Weights:
    return sum(marked.values(), np.zeros_like(like))


def _all(at: Sequence[_Marked], like: Weights) -> Weights:
    return sum((_sum(marked, like) for marked in at), np.zeros_like(like))


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


def _agreeing(probe: Probe, here: _Marked, seen: Observation) -> _Marked:
    """The weights of the states that agree with what was seen, as far as they do; those of a whole time are marked."""
    fits = _fitting(probe, seen)
    after: _Marked = {}
    for bits, weights in here.items():
        for hit in (False, True):
            marked, fit = _judged(probe, bits, [seen], [hit])
            if fit > 0.0:
                _add(after, marked, weights * (fits == hit)[:, None] * fit)
    return after


def _fitting(probe: Probe, seen: Observation) -> np.ndarray:
    """[S] bool: states that agree with what was seen; of a number, the grid points on both sides."""
    states, fits = probe.tables.states, np.ones(len(probe.tables.states), bool)
    env = probe.environment(np.arange(1), probe.thetas[:1], seen.period + 1)
    for name, values in seen.seen.items():
        bound = [probe.plan.change({name: value})[0] for value in values]
        place = bound[0][0]
        variable, codes = probe.plan.variables[place], states.codes[:, place]
        found = [float(np.ravel(number(env.of(node)))[0]) for _, node in bound]
        if variable.numeric:
            low, high = variable.position(min(found)), variable.position(max(found))
            fits &= (codes > low - 1) & (codes < high + 1)
        else:
            fits &= np.isin(codes, [round(value) for value in found])
    return fits


def _no_move(probe: Probe, look: _Look, step: StepPlan, numbers: StepTables) -> Problem:
    seen, here = look.seen, look.before.any(axis=1)
    if seen.bit is not None:
        expected = "something that can happen at one of its steps and dates"
    elif not here.any():
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
