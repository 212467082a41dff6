"""The places of a stationary game in which all is public, and what choices lead to: one draw of a game as a graph.

A place is a step that takes place in a state, or the end of a period in a state. Choices at a place are laid out as
rows, one for each open option (at a chance step, for each outcome); so is the end of a period, whose one row leads to
the next period. A state in which a step does not take place is passed over: rows lead to the next place at once.

Letters: P places, R rows, D slots (open options of movers), M movers at a place, N actors, S states, K steps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from longgame.game.game import Game
from longgame.game.numbers import CHANCE, GameTables


@dataclass(frozen=True, eq=False)
class Places:
    """The graph of a period.

    entry    [K + 1, S] the place that is next in a state before a step, and at the end of the period
    first    [P + 1] the first row of each place
    pay      [R, N] what actors get at once: payments; at the end of a period the payoff, and what the end of the game
             is worth where it is over
    leads    [R, P] how likely each place is next
    late     [R] bool: the row leads to the next period, so that what follows is discounted
    odds     [R] of outcomes; 1 at ends of periods and, for now, at moves
    slots    [R, M] the slots of the options that a row is made of; -1 where there are fewer than M
    step, state, option  [D] where a slot stands
    mover    [D] who chooses
    set_start  [H] the first slot of each choice
    """

    entry: np.ndarray
    first: np.ndarray
    pay: np.ndarray
    leads: csr_array
    late: np.ndarray
    odds: np.ndarray
    slots: np.ndarray
    step: np.ndarray
    state: np.ndarray
    option: np.ndarray
    mover: np.ndarray
    set_start: np.ndarray

    def __len__(self) -> int:
        return len(self.first) - 1


def places_of(game: Game, tables: GameTables) -> Places:
    """The graph of a game of one world, for one draw."""
    K, S = len(game.steps), len(game.ended)
    N = len(game.actors)
    active = np.stack([*(np.asarray(step.active) for step in tables.steps), np.ones(S, dtype=bool)])
    own = np.cumsum(active).reshape(active.shape) - 1
    P, entry = int(active.sum()), np.empty((K + 1, S), dtype=np.int64)
    entry[K] = own[K]
    for k in reversed(range(K)):
        entry[k] = np.where(active[k], own[k], entry[k + 1])

    place: list[np.ndarray] = []
    pay: list[np.ndarray] = []
    odds: list[np.ndarray] = []
    spots: list[np.ndarray] = []  # [3, rows] step, state, option
    weight, target, origin, R = [], [], [], 0
    for k, (step, numbers) in enumerate(zip(game.steps, tables.steps, strict=True)):
        chance = np.asarray(numbers.chance)[..., 0] if step.mover == CHANCE else None
        open_ = np.asarray(numbers.allowed) if chance is None else chance > 0.0
        s, a = np.nonzero(open_ & active[k][:, None])
        place.append(own[k, s])
        pay.append(np.zeros((len(s), N)) if numbers.pay is None else np.asarray(numbers.pay)[s, a, :, 0])
        odds.append(np.ones(len(s)) if chance is None else chance[s, a])
        spots.append(np.stack([np.full(len(s), k), s, a]))
        after = np.array([K if n < 0 else n for n in step.next])[a]
        lots = np.asarray(numbers.weight)[s, a]
        weight.append(lots.ravel())
        target.append(entry[after[:, None], np.asarray(numbers.successor)[s, a]].ravel())
        origin.append(np.repeat(R + np.arange(len(s)), lots.shape[1]))
        R += len(s)
    over, discount = np.asarray(game.ended), np.asarray(tables.discount)
    place.append(own[K])
    pay.append(np.asarray(tables.flow)[..., 0] + over[:, None] * discount * np.asarray(tables.end_value)[..., 0])
    odds.append(np.ones(S))
    spots.append(np.stack([np.full(S, K), np.arange(S), np.zeros(S, dtype=np.int64)]))
    weight.append(np.where(over, 0.0, 1.0))
    target.append(entry[0])
    origin.append(R + np.arange(S))

    step, state, option = np.concatenate(spots, axis=1)
    movers = np.array([*(step.mover for step in game.steps), CHANCE])
    row = np.flatnonzero(movers[step] != CHANCE)
    slots = np.full((len(step), 1), -1)
    slots[row, 0] = np.arange(len(row))
    of_row = np.concatenate(place)
    every = np.concatenate(weight), (np.concatenate(origin), np.concatenate(target))
    leads = csr_array(every, shape=(len(of_row), P))
    leads.sum_duplicates()
    leads.eliminate_zeros()
    return Places(
        entry=entry,
        first=np.searchsorted(of_row, np.arange(P + 1)),
        pay=np.concatenate(pay),
        leads=leads,
        late=step == K,
        odds=np.concatenate(odds),
        slots=slots,
        step=step[row],
        state=state[row],
        option=option[row],
        mover=movers[step[row]],
        set_start=np.flatnonzero(np.diff(of_row[row], prepend=-1)),
    )
