"""The places of a period of a game in which all is public, and what choices lead to: one draw of a game as a graph.

A place is a step that takes place in a state, or the end of a period in a state. Choices at a place are laid out as
rows, one for each option that is open (where several choose at once, for each combination of these; at a chance step,
for each outcome). A state in which a step does not take place is passed over: rows lead to the next place at once.

Letters: P places, r rows of a layer, D slots (open options of movers), H choices, M movers at a place, N actors,
S states, K steps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from longgame.game.game import Game, Step
from longgame.game.numbers import CHANCE, GameTables, StepTables


@dataclass(frozen=True, eq=False)
class Layer:
    """The places of one step, and what can happen there.

    step     which one; state, option [r] where each row stands
    place    where they begin among all places
    first    [p] the first row of each place
    pay      [r, N] what actors get at once
    leads    [r, P] how likely each place of a later step, or each end of the period, is next
    odds     [r] of outcomes; 1 at moves
    slots    [r, M] the slots that a row is made of, -1 where there are fewer than M; no columns where nobody chooses
    """

    step: int
    state: np.ndarray
    option: np.ndarray
    place: int
    first: np.ndarray
    pay: np.ndarray
    leads: scipy.sparse.csr_array
    odds: np.ndarray
    slots: np.ndarray

    @property
    def places(self) -> slice:
        """Which places they are."""
        return slice(self.place, self.place + len(self.first))


@dataclass(frozen=True, eq=False)
class Places:
    """The graph of a period.

    entry    [K + 1, S] the place that is next in a state before a step, and at the end of the period
    layers   of the steps that take place somewhere, in order; the ends of the period are the last S places
    step     [D] of each slot; mover [D] who chooses
    set_start  [H] the first slot of each choice
    again    [s] the states in which a period may begin that is not the first
    """

    entry: np.ndarray
    layers: tuple[Layer, ...]
    step: np.ndarray
    mover: np.ndarray
    set_start: np.ndarray
    again: np.ndarray

    @property
    def count(self) -> int:
        """P."""
        return int(self.entry[-1, -1]) + 1


def places_of(game: Game, tables: GameTables) -> Places:
    """The graph of a game of one world, for one draw."""
    K, S = len(game.steps), len(game.ended)
    active = np.stack([*(np.asarray(step.active) for step in tables.steps), np.ones(S, dtype=bool)])
    own = np.cumsum(active).reshape(active.shape) - 1
    entry = own.copy()
    for k in reversed(range(K)):
        entry[k] = np.where(active[k], own[k], entry[k + 1])
    count = int(own[K, -1]) + 1
    layers: list[Layer] = []
    spots: list[np.ndarray] = [np.zeros((3, 0), dtype=np.int64)]  # step, state and mover of each slot
    slots = 0
    for k in range(K):
        if not active[k].any():
            continue
        layer, own_spots = _layer(game, tables.steps[k], k, entry, count, slots)
        layers.append(layer)
        spots.append(own_spots)
        slots += own_spots.shape[1]
    step, state, mover = np.concatenate(spots, axis=1)
    choice = (step * S + state) * (len(game.actors) + 1) + mover
    passed = entry[0] == own[K]  # whole periods in which nothing takes place
    for layer in layers:
        passed[np.unique(layer.leads.indices[layer.leads.indices >= own[K, 0]]) - own[K, 0]] = True
    return Places(
        entry=entry,
        layers=tuple(layers),
        step=step,
        mover=mover,
        set_start=np.flatnonzero(np.diff(choice, prepend=-1)),
        again=np.flatnonzero(passed & ~np.asarray(game.ended)),
    )


def _layer(
    game: Game, numbers: StepTables, k: int, entry: np.ndarray, count: int, before: int
) -> tuple[Layer, np.ndarray]:
    """The places of a step, with ``before`` slots before its own, and the step, state and mover [3, d] of these."""
    step, K, N = game.steps[k], len(game.steps), len(game.actors)
    active = np.asarray(numbers.active)
    chance = np.asarray(numbers.chance)[..., 0] if step.mover == CHANCE else None
    s, a = np.nonzero((np.asarray(numbers.allowed) if chance is None else chance > 0.0) & active[:, None])
    after = np.array([K if following < 0 else following for following in step.next])[a]
    weight = np.asarray(numbers.weight)[s, a]
    target = entry[after[:, None], np.asarray(numbers.successor)[s, a]]
    origin = np.repeat(np.arange(len(s)), weight.shape[1])
    leads = scipy.sparse.csr_array((weight.ravel(), (origin, target.ravel())), shape=(len(s), count))
    leads.sum_duplicates()
    leads.eliminate_zeros()
    slots, spots = np.zeros((len(s), 0), dtype=np.int64), np.zeros((3, 0), dtype=np.int64)
    if chance is None:
        slots, spots = _slots(_takes(step), s, a)
        slots, spots[0] = slots + before, k
    layer = Layer(
        step=k,
        state=s,
        option=a,
        place=int(entry[k, np.argmax(active)]),
        first=np.flatnonzero(np.diff(s, prepend=-1)),
        pay=np.zeros((len(s), N)) if numbers.pay is None else np.asarray(numbers.pay)[s, a, :, 0],
        leads=leads,
        odds=np.ones(len(s)) if chance is None else chance[s, a],
        slots=slots,
    )
    return layer, spots


def _takes(step: Step) -> list[tuple[int, np.ndarray]]:
    """Who chooses at a move, and which of its own options [A] each takes in what is listed as an option of the step."""
    sides = getattr(step, "sides", ())
    return [(side.mover, np.array(side.taken)) for side in sides] or [(step.mover, np.arange(len(step.options)))]


def _slots(takes: list[tuple[int, np.ndarray]], s: np.ndarray, a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[r, M] the slots of the rows (s, a) of a move, from 0, and the step (0), state and mover [3, d] of the slots."""
    parts = [np.stack([s, np.full(len(s), m), own[a]]) for m, (_, own) in enumerate(takes)]
    keys, slot = np.unique(np.concatenate(parts, axis=1), axis=1, return_inverse=True)
    movers = np.array([mover for mover, _ in takes])
    return slot.reshape(len(takes), len(s)).T, np.stack([np.zeros_like(keys[0]), keys[0], movers[keys[1]]])
