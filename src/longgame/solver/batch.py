"""Draws of the assumptions of one game, solved as one game: their states stand side by side.

Draws have nothing to do with each other, so G draws of a game with S states are one game with X = G S states, in which
no step leads from one draw's states to another's. A step of all draws is then one run of a compiled program: small
games fill the processor's vector units, and what a run costs beside its arithmetic is shared. What comes out for a draw
does not depend on the draws beside it. A single draw is a batch with G = 1.

The tables of a batch are ``GameTables`` with X for S. What belongs to a draw and not to a state is written out by state
where a step needs it, discount [X, N] and precision [X, N, W]; elsewhere it is [G, ...].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

import numpy as np

from longgame.arrays import Array
from longgame.game.game import Game
from longgame.game.numbers import GameTables, Numbers, StepTables

BYTES_KEPT = 2**28  # of the tables of periods, where they differ from period to period
PERIODS_KEPT = 4  # at least


@dataclass(frozen=True, eq=False)
class Batch:
    """Draws of the assumptions of a game, with their numbers.

    thetas   [G, P] the assumptions
    numbers  the tables of all draws, side by side, by period
    """

    game: Game
    thetas: np.ndarray
    numbers: Numbers

    @classmethod
    def of(cls, game: Game, thetas: np.ndarray) -> Batch:
        """Some draws [G, P], their numbers worked out together."""
        thetas = np.asarray(thetas, dtype=float)
        return cls(game, thetas, _side_by_side(game, game.numbers(thetas)))

    @classmethod
    def one(cls, game: Game, theta: np.ndarray, numbers: Numbers) -> Batch:
        """A batch of one draw [P] whose numbers are known."""
        return cls(game, theta[None], _side_by_side(game, lambda t: numbers(t).each(lambda x: np.asarray(x)[None])))

    def __len__(self) -> int:
        return len(self.thetas)

    def states(self, draw: int) -> slice:
        """The states of a draw among the X."""
        count = len(self.game.ended)
        return slice(draw * count, (draw + 1) * count)

    def draw(self, draw: int) -> Numbers:
        """The numbers of one of the draws by itself, by period, as views."""
        return by_period(self.game.timed, lambda t: _one_of(self.numbers(t), draw, self.states(draw)))

    def bound(self, allowed: Mapping[int, Array]) -> Batch:
        """The same draws under a posture; see :func:`bound`."""
        return Batch(self.game, self.thetas, bound(self.numbers, allowed, self.game.timed))


def tables_of(game: Game, theta: np.ndarray) -> Numbers:
    """The numbers of a game for one draw [P] of the assumptions, by period."""
    return by_period(game.timed, game.numbers(np.asarray(theta, dtype=float)))


def bound(numbers: Numbers, allowed: Mapping[int, Array], timed: bool) -> Numbers:
    """The same numbers with only the options of a posture open, by step; where it leaves none it does not bind.

    allowed  by step the options [A], or by state [S, A], for each draw of a batch alike
    """
    if not allowed:
        return numbers

    def restricted(t: int) -> GameTables:
        now = numbers(t)
        steps = list(now.steps)
        for k, options in allowed.items():
            open_ = np.asarray(steps[k].allowed)
            options = np.asarray(options, dtype=bool)
            if options.ndim == 2:
                options = np.tile(options, (len(open_) // len(options), 1))
            kept = open_ & options
            steps[k] = steps[k]._replace(allowed=np.where(kept.any(axis=-1, keepdims=True), kept, open_))
        return now._replace(steps=tuple(steps))

    return by_period(timed, restricted)


def by_period(timed: bool, compute: Numbers) -> Numbers:
    """The same numbers, computed once if all periods are alike, else kept as long as there is room."""
    kept: dict[int, GameTables] = {}
    sizes: dict[int, dict[int, int]] = {}  # by period, of its arrays; periods share some

    def numbers(t: int) -> GameTables:
        t = t if timed else 0
        if t not in kept:
            kept[t] = compute(t)
            sizes[t] = {id(array): array.nbytes for array in kept[t].arrays()}
            while len(kept) > PERIODS_KEPT and sum(reduce(or_, sizes.values()).values()) > BYTES_KEPT:
                first = next(iter(kept))
                del kept[first], sizes[first]
        return kept[t]

    return numbers


def _side_by_side(game: Game, numbers: Numbers) -> Numbers:
    """Tables with a leading axis of draws -> those of a batch, by period. What periods share they go on sharing."""
    seen: dict[int, tuple[StepTables, StepTables]] = {}  # step -> its tables as they were given, and side by side

    def step(k: int, given: StepTables) -> StepTables:
        if k not in seen or any(one is not other for one, other in zip(seen[k][0], given, strict=True)):
            count = given.active.shape[1]
            first = count * np.arange(len(given.active), dtype=np.int32)[:, None, None, None]
            own = given._replace(successor=given.successor + first)
            seen[k] = given, StepTables(*(None if x is None else _flat(x) for x in own))
        return seen[k][1]

    def side_by_side(t: int) -> GameTables:
        tables = numbers(t)
        count = tables.flow.shape[1]
        return tables._replace(
            steps=tuple(step(k, given) for k, given in enumerate(tables.steps)),
            flow=_flat(tables.flow),
            end_value=_flat(tables.end_value),
            discount=np.repeat(tables.discount, count, axis=0),
            precision=np.repeat(tables.precision, count, axis=0),
        )

    return by_period(game.timed, side_by_side)


def _flat(x: np.ndarray) -> np.ndarray:
    """[G, S, ...] -> [G S, ...]."""
    return np.reshape(x, (x.shape[0] * x.shape[1], *x.shape[2:]))


def _one_of(tables: GameTables, draw: int, states: slice) -> GameTables:
    """The tables of one of the draws of a batch, as views."""
    steps = (StepTables(*(None if x is None else x[states] for x in step)) for step in tables.steps)
    return GameTables(
        steps=tuple(step._replace(successor=step.successor - np.int32(states.start)) for step in steps),
        flow=tables.flow[states],
        end_value=tables.end_value[states],
        discount=tables.discount[states.start],
        precision=tables.precision[states.start],
        stake=tables.stake[draw],
        prior=tables.prior[draw],
        start_index=tables.start_index[draw],
        start_weight=tables.start_weight[draw],
        valid=tables.valid[draw],
    )
