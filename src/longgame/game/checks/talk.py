"""What is told and what is remembered: options that differ in nothing but their names, and private news overwritten."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from longgame.errors import Problem
from longgame.game.checks.probe import Probe
from longgame.game.numbers import GameTables, StepTables
from longgame.scenario.expand import FlatStep
from longgame.scenario.periods import PERIOD
from longgame.text import listed


def messages_differ(probe: Probe) -> Iterator[Problem]:
    """Base case: of a mover who knows more than the public, options that others can tell apart differ in some effect.

    Where they do not, talk is cheap and its words are interchangeable: to choose all of them as often in every world is
    an equilibrium, and it is the one on the principal branch (Crawford and Sobel 1982; McKelvey and Palfrey 1998).
    States that nothing ever tells apart count as one: those of the coarsest partition that payoffs and steps respect
    (Hopcroft 1971).
    """
    plan = probe.plan
    speaks = [step.mover >= 0 and len(set(plan.cells[step.mover].tolist())) > 1 for step in plan.steps]
    if not any(speaks):
        return
    periods = [probe.tables(plan.base, t) for t in range(_periods(probe))]
    block = _alike(periods)
    for k in np.flatnonzero(speaks).tolist():
        step, flat = plan.steps[k], probe.steps[k]
        if flat.honest:  # how its talk ends, the status of the solution says
            continue
        for group in _groups([now.steps[k] for now in periods], block, step.next):
            if len({step.signal[a] for a in group}) == len(group) > 1:
                names = listed(f"`{step.options[a].name}`" for a in group)
                found = f"{names}, which differ in nothing but their names: each is chosen as often whatever is true"
                fix = f"Talk that costs nothing tells nothing on the principal branch. {_ways_out(flat)}"
                expected = f"options of `{step.name}` that differ in some effect"
                yield probe.problem("cheap-talk", flat.path, expected, found, fix, warning=True)


def _ways_out(step: FlatStep) -> str:
    """How talk can come to tell something."""
    if any(option.true is not None for option in step.options):
        ways = "Let a lie cost a little (`costs: {lie: 0.01}`), or start from honest talk (`start: honest`)."
    else:
        ways = (
            "Let a lie cost a little (a `pay` that depends on what is hidden), or write it as a `statement`, which can "
            "start from honest talk (`start: honest`)."
        )
    return f"{ways} `longgame solve --others` looks for the equilibria in which it tells something."


def _periods(probe: Probe) -> int:
    """How many periods have numbers of their own: one, if no formula knows the period."""
    plan = probe.plan
    nodes = [node for step in plan.steps for node in step.nodes()]
    nodes += [*plan.payoffs, *plan.end_values, *(node for end in plan.ends for node in end.values)]
    return plan.periods if PERIOD in plan.symbols.used(*nodes) else 1


def _alike(periods: list[GameTables]) -> np.ndarray:
    """[S] the block of each state: those of one block are worth the same to everybody, whatever is played."""
    own = [_rows(part) for now in periods for part in (now.flow, now.end_value)]
    for now in periods:
        for step in now.steps:
            active = np.asarray(step.active)[:, None]
            own += [active, *(np.where(active, part, 0.0) for part in (_rows(x) for x in _at_once(step)))]
    block = own_block = _blocks(own)
    while True:
        rows = [own_block[:, None]]
        for now in periods:
            for step in now.steps:
                active = np.asarray(step.active)[:, None]
                rows += [np.where(active, _after(step, a, block), 0.0) for a in range(step.allowed.shape[1])]
        finer = _blocks(rows)
        if finer.max() == block.max():
            return block
        block = finer


def _rows(part: np.ndarray) -> np.ndarray:
    return np.asarray(part, dtype=float).reshape(len(part), -1)


def _blocks(rows: list[np.ndarray]) -> np.ndarray:
    """[S] which rows are alike."""
    return np.unique(np.round(np.hstack(rows), 12), axis=0, return_inverse=True)[1].ravel()


def _at_once(step: StepTables) -> list[np.ndarray]:
    """[S, A, ...] all that the options of a step are and do at once."""
    return [np.asarray(x) for x in (step.allowed, step.pay, step.becomes, step.chance) if x is not None]


def _after(step: StepTables, a: int, block: np.ndarray) -> np.ndarray:
    """[S, 2 L] the blocks that an option leads to, each once and in order, and how likely each is."""
    after, weight = block[np.asarray(step.successor)[:, a]], np.array(np.asarray(step.weight)[:, a], dtype=float)
    for last in (False, True):
        order = np.argsort(np.where(weight > 0, after, -1), axis=1, kind="stable")
        after, weight = (np.take_along_axis(x, order, axis=1) for x in (after, weight))
        for lot in range(1, 0 if last else after.shape[1]):
            same = (after[:, lot] == after[:, lot - 1]) & (weight[:, lot - 1] > 0)
            weight[same, lot] += weight[same, lot - 1]
            weight[same, lot - 1] = 0.0
    return np.hstack([np.where(weight > 0, after, -1), weight])


def _groups(steps: list[StepTables], block: np.ndarray, following: tuple[int, ...]) -> list[list[int]]:
    """The options of a move in groups that do the same wherever it takes place, in every period."""
    keys: dict[tuple[object, ...], list[int]] = {}
    for a in range(steps[0].allowed.shape[1]):
        does: list[bytes] = []
        for step in steps:
            here = np.asarray(step.active)
            parts = [_after(step, a, block), *(_rows(x[:, a]) for x in _at_once(step))]
            does += [np.round(part[here], 12).tobytes() for part in parts]
        if any(np.asarray(step.allowed)[np.asarray(step.active), a].any() for step in steps):
            keys.setdefault((following[a], *does), []).append(a)
    return list(keys.values())


def private_news_is_kept(probe: Probe) -> Iterator[Problem]:
    """A hidden variable that tells its owner of what it does not know is not drawn anew, its old value forgotten.

    All that an actor knows for itself is the values of the hidden variables that it knows. One whose odds rest on what
    it does not know, and not on its own last value, holds the last piece of news only.
    """
    plan, hidden = probe.plan, probe.scenario.hidden
    count = _periods(probe)
    often = np.zeros(len(plan.steps), dtype=int)
    for t in range(plan.periods):
        now = probe.tables(plan.base, min(t, count - 1))
        often += [bool((np.asarray(step.active) & probe.tables.played).any()) for step in now.steps]
    for k in np.flatnonzero(often > 1).tolist():
        flat = probe.steps[k]
        for option in flat.options:
            for name, odds in option.becomes.items():
                owners = set(hidden[name].known_to)
                used = plan.symbols.used(*(probe.bind(node) for node in odds.values()))
                news = [other for other in hidden if other in used and not owners <= set(hidden[other].known_to)]
                if not news or name in used:
                    continue
                expected = f"private news that adds up, as `{flat.name}` takes place more than once"
                found = (
                    f"`{name}` drawn anew each time: what it told {listed(sorted(owners))} of {listed(news)} is gone"
                )
                fix = (
                    "An actor remembers for itself only what its hidden variables say. Give "
                    f"`{name}` values that count what has been seen (`one_plus`, `two_plus`), and odds that start from "
                    "its last value."
                )
                path = (*option.path, "becomes", name)
                yield probe.problem("forgotten-news", path, expected, found, fix, warning=True)
