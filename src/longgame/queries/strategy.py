"""What is chosen at a step, by what its mover knows, and what each option is worth to the mover.

At a node of mover i, for its cell c and an option a,

    sigma(a | c)   the probability of the option, which is the same in all worlds of the cell
    Q(a | c)     = sum over w in c of b(w | c) { r_i(s, a, w) + E[ U_i(s', b'(a), w') ] }

Where the step may come up at several nodes, each counts with the probability of its being there and of the cell.

Letters as in ``nodes``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from longgame.game.game import CHANCE
from longgame.queries.case import Case, Posture
from longgame.queries.nodes import Equilibrium, Floats, Fork, Nodes, active, fork, joined, merged, opened
from longgame.queries.walk import walk
from longgame.queries.worth import Clauses, levels, set_clauses


@dataclass(frozen=True, eq=False)
class Strategy:
    """The choice at a step. C cells of the mover (those that can be; one for chance), A options.

    options    [A] the options: numbers as in ``Step.profiles``
    cells      [C] the worlds [W] bool of each
    chance     [C] how likely the mover is in each
    odds       [C, A] how likely each option is
    worth      [C, A] what the mover can expect after each, NaN where it cannot be taken; None for chance
    expected   [C] what the mover can expect before it chooses (its private tastes left out); None for chance
    posterior  [A, W] the public belief after each, NaN where it cannot be taken
    belief     [W] the public belief before
    """

    options: tuple[int, ...]
    cells: tuple[NDArray[np.bool_], ...]
    chance: Floats
    odds: Floats
    worth: Floats | None
    expected: Floats | None
    posterior: Floats
    belief: Floats


def strategy(case: Case, forks: Sequence[Fork], under: Posture | None = None, mover: int | None = None) -> Strategy:
    """The choice at a step that may come up at the nodes of some forks (one for each period in which it may).

    mover  of several who choose at the same time, the one whose choice it is; its options are its own
    """
    game, step = case.game, forks[0].step
    mover = step.mover if mover is None else mover
    chance = mover == CHANCE
    total = sum(ahead.nodes.mass for ahead in forks)
    by_world = np.sum([ahead.nodes.joint.sum(0) for ahead in forks], axis=0) / total
    cell = np.zeros(len(by_world), dtype=int) if chance else game.cells[mover]
    cells = [mask for mask in (cell == c for c in np.unique(cell)) if by_world[mask].sum() > 0.0]
    options = [a for a in range(len(step.options) + len(step.acts)) if step.takers(a) == (() if chance else (mover,))]

    def mass(taken: Sequence[Floats]) -> float:
        return sum(float((ahead.nodes.joint[:, None] * some).sum()) for ahead, some in zip(forks, taken, strict=True))

    def worth(taken: Sequence[Floats]) -> float:
        parts = [
            replace(ahead, nodes=opened(game, ahead.nodes)).follow(some)
            for ahead, some in zip(forks, taken, strict=True)
            if (ahead.nodes.joint[:, None] * some).any()
        ]
        return float(levels(case, joined(parts), under)[mover]) if parts else np.nan

    def only(of: Fork, a: int, mask: NDArray[np.bool_], odds: NDArray) -> Floats:
        taken = np.zeros_like(of.odds)
        taken[:, list(step.profiles(a))] = odds * mask
        return taken

    odds = np.array([[mass([only(one, a, mask, one.odds_of(a)) for one in forks]) for a in options] for mask in cells])
    sure = [
        [worth([only(one, a, mask, _sure(one, a)) for one in forks]) for a in options]
        for mask in (() if chance else cells)
    ]
    free = [worth([one.odds * mask for one in forks]) for mask in (() if chance else cells)]
    return Strategy(
        options=tuple(options),
        cells=tuple(cells),
        chance=np.array([by_world[mask].sum() for mask in cells]),
        odds=odds / odds.sum(1, keepdims=True),
        worth=None if chance else np.array(sure),
        expected=None if chance else np.array(free),
        posterior=np.array([_believed(forks, a) for a in options]),
        belief=np.sum([ahead.nodes.weight @ ahead.nodes.b for ahead in forks], axis=0) / total,
    )


def _sure(ahead: Fork, option: int) -> Floats:
    """[M, .., W] the odds where an option is taken for sure, where it is open."""
    return ahead.share_of(option) * ahead.open_to([option])[:, None, None]


def _believed(forks: Sequence[Fork], option: int) -> Floats:
    """[W] the public belief after an option; after what one side does, before it is seen what the others did."""
    weights = [ahead.nodes.weight * ahead.open_to([option]) for ahead in forks]
    total = sum(float(weight.sum()) for weight in weights)
    if not total > 0.0:
        return np.full(forks[0].posterior.shape[-1], np.nan)
    believed = np.zeros(forks[0].posterior.shape[-1])
    for weight, ahead in zip(weights, forks, strict=True):
        likely = (ahead.nodes.b[:, None] * ahead.odds_of(option)).sum(-1)  # [M, ..]
        likely = np.where(likely.sum(1, keepdims=True) > 0.0, likely, 1.0)
        share = weight[:, None] * likely / likely.sum(1, keepdims=True)
        believed += np.einsum("mp,mpw->w", share, ahead.posterior[:, list(ahead.step.profiles(option))])
    return believed / total


def at_step(
    solution: Equilibrium, nodes: Nodes, place: tuple[int, int], state: Sequence[Clauses] = ()
) -> tuple[Fork | None, Nodes]:
    """A step of a period as play comes to it from nodes, after clauses are set there.

    place  the period, from 0, and the step
    state  clauses that are set just before it; with any, play is held to come to the step, whatever passed it before

    Returns the fork, None where the step does not take place, and the nodes that stand before it. Raises LookupError
    where play is past the place already.
    """
    t, k = place
    past = (nodes.t > t) | (nodes.t == t) & (nodes.k > k)
    if past.all():
        raise LookupError("play is past it by then")
    there = walk(solution, nodes.pick(~past), lambda at, step, some: np.full(len(some), (at, step) >= (t, k))).halted
    assert there is not None  # the end of the period is always reached
    there = there.pick(there.t == t)
    if state:
        there = there.moved(np.full(len(there), k))
        for change in state:
            there = set_clauses(solution.game, there, change)
    there = there.pick(there.k == k)
    on = active(solution, t, k, there.s)
    here = there.pick(on)
    if not len(here):
        return None, there
    return fork(solution, t, k, here.normalised()), there


def believing(forks: Sequence[Fork], solution: Equilibrium, belief: Floats) -> list[Fork]:
    """The same forks, where the public believes otherwise, and so does whoever asks."""
    found = []
    for ahead in forks:
        nodes = ahead.nodes
        b = np.broadcast_to(belief, nodes.b.shape).copy()
        nodes = merged(replace(nodes, b=b, joint=nodes.weight[:, None] * b))
        found.append(fork(solution, int(nodes.t[0]), int(nodes.k[0]), nodes))
    return found
