"""A game written out: the extensive game, the public histories in it, and the names of its information sets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from longgame.exact.extensive import CHANCE, ExtensiveGame
from longgame.game.game import Game


@dataclass(frozen=True, eq=False)
class Unrolled:
    """A game as an extensive game, and where everything went.

    game        the extensive game; its players are the actors
    source      the game it was made from, with the periods that were written out
    precision   [H] lambda of each information set, for payoffs discounted to the start; 0 at chance
    period, step, history   [H] when and where each information set is; cell [H] of its mover (-1 at chance)
    world       [V] the world at each node when somebody chooses there or play ends, after all that it has become (at
                the root, if chance chooses among several, the first)
    scale       [H, N] what payoffs from the information set on have been multiplied by (d^t)
    histories   the public histories
    """

    game: ExtensiveGame
    source: Game
    precision: np.ndarray
    period: np.ndarray
    step: np.ndarray
    history: np.ndarray
    cell: np.ndarray
    world: np.ndarray
    scale: np.ndarray
    histories: PublicHistories


@dataclass(frozen=True, eq=False)
class PublicHistories:
    """Public histories, numbered from the empty one, each as the one before and what everybody saw next.

    parent [G] (-1 for an empty one); period, step, signal [G] what was seen (-1 where nothing was); state [G] after it
    """

    source: Game
    parent: np.ndarray
    period: np.ndarray
    step: np.ndarray
    signal: np.ndarray
    state: np.ndarray

    def label(self, history: int) -> str:
        """In words: ``1: aid_decision cut, fighting hold; 2: aid_decision keep``; ``the start`` if nothing was seen.

        Where the game may start in several states, it begins with what tells them apart: ``start (x=low); 1: ...``.
        """
        by_period: dict[int, list[str]] = defaultdict(list)
        path = []
        while self.parent[history] >= 0:
            path.append(history)
            history = int(self.parent[history])
        for event in reversed(path):
            by_period[int(self.period[event]) + 1].append(self._event(event))
        start = [f"start{self._lot(history)}"] if self._open[history].any() else []
        return "; ".join(start + [f"{period}: {', '.join(seen)}" for period, seen in by_period.items()]) or "the start"

    def _event(self, history: int) -> str:
        """The step and its signal, and what else was seen where the signal leaves the next state to a lottery."""
        step = self.source.steps[int(self.step[history])]
        return f"{step.name} {step.signals[int(self.signal[history])]}{self._lot(history)}"

    def _lot(self, history: int) -> str:
        """The values of the variables that what came before leaves open: `` (x=low, y=2)``."""
        states = self.source.states
        codes = states.codes[int(self.state[history])]
        seen = [f"{v.name}={v.show(int(codes[i]))}" for i, v in enumerate(states.variables) if self._open[history][i]]
        return f" ({', '.join(seen)})" if seen else ""

    @cached_property
    def _open(self) -> np.ndarray:
        """[G, variables] bool: the variables that a signal leaves open, as it may lead to several states."""
        keys = np.stack([self.parent, self.step, self.signal])
        groups = np.unique(keys, axis=1, return_inverse=True)[1].ravel()
        codes = self.source.states.codes[self.state].astype(np.int64)
        order = np.argsort(groups, kind="stable")
        starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
        lowest, highest = np.minimum.reduceat(codes[order], starts), np.maximum.reduceat(codes[order], starts)
        return (lowest != highest)[groups]


def cell_name(game: Game, actor: int, cell: int) -> str:
    """What an actor knows in a cell: ``aim=reset``; its worlds where that does not say it; nothing if nothing."""
    mine = game.cells[actor] == cell
    if mine.all():
        return ""
    columns = {name: np.asarray(values) for name, values in game.hidden.items()}
    known = [f"{n}={v[mine][0]}" for n, v in columns.items() if len(set(v[mine])) == 1 and len(set(v)) > 1]
    said = np.ones(len(mine), dtype=bool)
    for values in columns.values():
        if len(set(values[mine])) == 1:
            said &= values == values[mine][0]
    return ", ".join(known) if np.array_equal(said, mine) else " or ".join(np.array(game.worlds)[mine])


class Labels(Sequence[str]):
    """Names of information sets, made when they are asked for: there may be a million."""

    def __init__(
        self,
        game: Game,
        histories: PublicHistories,
        owner: np.ndarray,
        step: np.ndarray,
        history: np.ndarray,
        cell: np.ndarray,
    ):
        self._game, self._histories = game, histories
        self._owner, self._step, self._history, self._cell = owner, step, history, cell

    def __len__(self) -> int:
        return len(self._owner)

    def __getitem__(self, h: int) -> str:  # type: ignore[override]
        owner = int(self._owner[h])
        if owner == CHANCE:
            return ""
        step = self._game.steps[int(self._step[h])].name
        knows = cell_name(self._game, owner, int(self._cell[h]))
        knows = f" | {knows}" if knows else ""
        return f"{step} | {self._histories.label(int(self._history[h]))}{knows}"

    def __iter__(self) -> Iterator[str]:
        return (self[h] for h in range(len(self)))
