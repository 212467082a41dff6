"""A game written out over what everybody has seen: its places and public beliefs from some nodes on.

A node is a period, a step, a state and a class of histories that share their public belief. A step that tells nothing
leaves the class as it is, so histories that differ in such steps alone meet again; each signal of a step that tells
opens a class of its own. Steps that do not take place add no node. Worlds and secret moves add none either: values and
play are kept by world and by cell, as on the lattice (method.md, section 3), so the tree is far smaller than the
extensive game of ``unroll``.

Letters as in ``passes``: V nodes, O options, E ways, Q signals, G classes, D log-odds; S states, A options of a step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from longgame.compiled import read
from longgame.exact import passes
from longgame.exact.passes import Numbers, Shape
from longgame.game.game import CHANCE, Game, Side
from longgame.game.numbers import GameTables
from longgame.game.numbers import Numbers as ByPeriod

Place = tuple[int, int]  # (period, step); step K: the end of the period; (T, 0): the horizon
Root = tuple[int, int, int]  # period, step, state

OVER = -1  # the class of histories where the game is over: what is believed there does not matter


class TooManyNodes(Exception):
    """The tree has more nodes than it may have."""


class Spot(NamedTuple):
    """What a tree has at one place: its nodes, their options and the ways on, each from the first to the last.

    s       [M] state, and told [M] class of histories of each node
    at, a   [..] the state at each option, and which option of the step it is
    option  [..] the option of each way, counted from the first here, and lot [..]: which of its successors
    """

    nodes: slice
    s: np.ndarray
    told: np.ndarray
    options: slice
    at: np.ndarray
    a: np.ndarray
    ways: slice
    option: np.ndarray
    lot: np.ndarray


@dataclass(frozen=True, eq=False)
class BeliefTree:
    """The tree of a game from some roots on: what can happen there, without the numbers.

    shape    as ``passes`` takes it; spots: by place, in order
    classes  G, of which the first are those of the roots, in their order
    slots    D; unknown [D] bool: the log-odds that move some belief, or that others answer at the same time
    """

    game: Game
    shape: Shape
    spots: dict[Place, Spot]
    classes: int
    slots: int
    unknown: np.ndarray

    @property
    def nodes(self) -> int:
        """V."""
        return len(self.shape.kind)

    def numbers(self, tables: ByPeriod, kept: Callable[..., np.ndarray] = read) -> Numbers:
        """The numbers of a draw in which the same can happen, or of several, with axes for the draws at the end.

        ``kept`` makes of an array what is kept; by default what compiled programs take.
        """
        game, K = self.game, len(self.game.steps)
        N, W = game.cells.shape
        periods = [tables(t) for t in range(game.periods if game.timed else 1)]
        discount = _joined([np.asarray(now.discount)[None] for now in periods], (N,))
        options, ways = len(self.shape.signal), len(self.shape.child)
        axes = (*discount.shape[2:3], *(1 for _ in discount.shape[3:]))  # every draw, and one direction for all
        weight, odds, pay = list[_Part](), list[_Part](), list[_Part]()
        becomes, which = [], np.full(options, -1)
        ends, flows = [], []
        for (t, k), spot in self.spots.items():
            now = tables(min(t, game.periods - 1))
            ends.append(np.asarray(now.end_value)[spot.s[self.shape.kind[spot.nodes] == passes.END]])
            if k == K:
                flows.append(np.asarray(now.flow)[spot.s])
                continue
            if t == game.periods:
                continue
            step = now.steps[k]
            weight.append((spot.ways, np.asarray(step.weight)[spot.at[spot.option], spot.a[spot.option], spot.lot]))
            if step.chance is not None:
                odds.append((spot.options, np.asarray(step.chance)[spot.at, spot.a]))
            if step.pay is not None:
                pay.append((spot.options, np.asarray(step.pay)[spot.at, spot.a]))
            if step.becomes is not None:
                which[spot.options] = sum(map(len, becomes)) + np.arange(len(spot.a))
                becomes.append(np.asarray(step.becomes)[spot.at, spot.a])
        return Numbers(
            weight=kept(_filled(np.ones((ways, *axes)), weight)),
            odds=kept(_filled(np.ones((options, W, *axes)), odds)),
            pay=kept(_filled(np.zeros((options, N, W, *axes)), pay)),
            becomes=kept(_joined([np.zeros((0, W, W, *axes)), *becomes], (W, W))),
            which=read(which, np.int64),
            end=kept(_joined([np.zeros((0, N, W, *axes)), *ends], (N, W))),
            flow=kept(_joined([np.zeros((0, N, W, *axes)), *flows], (N, W))),
            discount=kept(discount),
            precision=kept(_joined([np.asarray(now.precision)[None] for now in periods], (N, W))),
        )


_Part = tuple[slice, np.ndarray]


def _filled(base: np.ndarray, parts: Sequence[_Part]) -> np.ndarray:
    """``base`` with some parts put in; it takes the kind of these, and the draws that they have together."""
    shape = np.broadcast_shapes(base.shape[1:], *(part.shape[1:] for _, part in parts))
    whole = np.broadcast_to(base, (len(base), *shape)).astype(np.result_type(base, *(part for _, part in parts)))
    for where, part in parts:
        whole[where] = part
    return whole


def _joined(parts: Sequence[np.ndarray], own: tuple[int, ...]) -> np.ndarray:
    """Arrays [.., *own, draws] one after the other; a number that is the same in all draws may stand there once."""
    draws = np.broadcast_shapes(*(part.shape[1 + len(own) :] for part in parts))
    return np.concatenate([np.broadcast_to(part, (len(part), *own, *draws)) for part in parts])


def tree_of(game: Game, tables: ByPeriod, roots: Sequence[Root], most: int, *, alike: bool = False) -> BeliefTree:
    """The tree of a game from some roots on. Raises TooManyNodes if it has more than ``most``.

    ``alike``: the same is believed at all roots, so that histories from several of them may meet.
    """
    return _Writer(game, tables, most).write(roots, alike)


def entry(game: Game, tables: ByPeriod, t: int, k: int, s: int) -> Place:
    """Where a state that stands at the entry of a step comes to next: a step that takes place, or an end."""
    if t == game.periods or (k == 0 and bool(game.ended[s])):
        return t, 0
    return t, int(_next_active(tables(t))[k, s])


def entries(game: Game, tables: ByPeriod, t: int, k: int, s: np.ndarray) -> np.ndarray:
    """[M] the step of the same, for states s [M] at which a question sets the game.

    A state in which the game is over is one that was reached just now, as it is on the lattice: of its period the
    payoff is still to come.
    """
    if t == game.periods:
        return np.zeros(len(s), dtype=np.int64)
    return _next_active(tables(t))[k, s]


def _next_active(tables: GameTables) -> np.ndarray:
    """[K + 1, S] the first step from each on that takes place; K if none does."""
    return _kept_active(tuple(np.asarray(step.active).tobytes() for step in tables.steps))


@lru_cache(maxsize=256)
def _kept_active(active: tuple[bytes, ...]) -> np.ndarray:
    states = len(active[0]) if active else 0
    following = np.full((len(active) + 1, states), len(active))
    for k in reversed(range(len(active))):
        following[k] = np.where(np.frombuffer(active[k], dtype=bool), k, following[k + 1])
    return following


@dataclass(eq=False)
class _Writer:
    """Writes a tree place by place; whatever leads to a place was written before."""

    game: Game
    tables: ByPeriod
    most: int
    waiting: dict[Place, dict[tuple[int, int], None]] = field(default_factory=dict)  # (class, state)
    number: dict[tuple[Place, int, int], int] = field(default_factory=dict)
    nodes: list[tuple[int, ...]] = field(default_factory=list)
    signal: list[int] = field(default_factory=list)
    ways: list[int] = field(default_factory=list)
    child: list[tuple[Place, int, int]] = field(default_factory=list)
    after: list[int] = field(default_factory=list)
    unknown: list[np.ndarray] = field(default_factory=list)
    sides: list[tuple[int, int, int]] = field(default_factory=list)  # actor, how many options, first log-odds
    part: list[int] = field(default_factory=list)
    spots: dict[Place, Spot] = field(default_factory=dict)
    classes: int = 0
    slots: int = 0
    ends: int = 0
    flows: int = 0

    def write(self, roots: Sequence[Root], alike: bool) -> BeliefTree:
        self.classes = 1 if alike else len(roots)
        for told, (t, k, s) in enumerate(roots):
            self.come(t, k, 0 if alike else told, s)
        while self.waiting:
            place = min(self.waiting)
            self.spot(place, list(self.waiting.pop(place)))
        columns = np.array(self.nodes, dtype=np.int64).T
        kind, mover, period, told, slot, row, options, signals, sides, parts = columns
        actor, own, begin = np.array(self.sides, dtype=np.int64).reshape(-1, 3).T
        child = [self.number[key] for key in self.child]
        shape = Shape(
            kind=read(kind, np.int64),
            mover=read(mover, np.int64),
            period=read(period, np.int64),
            told=read(told, np.int64),
            options=read([*options.tolist(), len(self.signal)], np.int64),
            ways=read([*self.ways, len(child)], np.int64),
            signals=read([*signals.tolist(), len(self.after)], np.int64),
            signal=read(self.signal, np.int64),
            after=read(self.after, np.int64),
            child=read(child, np.int64),
            slot=read(slot, np.int64),
            row=read(row, np.int64),
            cells=read(self.game.cells, np.int64),
            sides=read([*sides.tolist(), len(self.sides)], np.int64),
            actor=read(actor, np.int64),
            own=read(own, np.int64),
            begin=read(begin, np.int64),
            parts=read(parts, np.int64),
            part=read(self.part, np.int64),
        )
        unknown = np.concatenate([np.zeros(0, bool), *self.unknown])
        return BeliefTree(self.game, shape, self.spots, self.classes, self.slots, unknown)

    def come(self, t: int, k: int, told: int, s: int) -> tuple[Place, int, int]:
        """A history comes to the entry of a step: it waits where it stands next."""
        place = entry(self.game, self.tables, t, k, s)
        over = place[0] == self.game.periods or (place[1] == 0 and bool(self.game.ended[s]))
        node = (OVER if over else told), s
        self.waiting.setdefault(place, {})[node] = None
        return place, *node

    def spot(self, place: Place, nodes: list[tuple[int, int]]) -> None:
        """All nodes at a place."""
        (t, k), K = place, len(self.game.steps)
        if len(self.nodes) + len(nodes) > self.most:
            raise TooManyNodes
        first, option, way = len(self.nodes), len(self.signal), len(self.child)
        at: list[tuple[int, int]] = []
        on: list[tuple[int, int]] = []
        for n, (told, s) in enumerate(nodes):
            self.number[place, told, s] = first + n
            if told == OVER:
                self.node(passes.END, t, told, row=self.ends)
                self.ends += 1
            elif k == K:
                self.node(passes.PERIOD, t, told, row=self.flows)
                self.flows += 1
                self.option(-1)
                self.child.append(self.come(t + 1, 0, told, s))
                at.append((s, 0))
                on.append((len(at) - 1, 0))
            else:
                self.step(t, k, told, s, at, on)
        told, s = np.array(nodes, dtype=np.int64).T
        (states, a), (options, lot) = (np.array(part, dtype=np.int64).reshape(-1, 2).T for part in (at, on))
        here = slice(first, len(self.nodes)), slice(option, len(self.signal)), slice(way, len(self.child))
        self.spots[place] = Spot(here[0], s, told, here[1], states, a, here[2], options, lot)

    def step(self, t: int, k: int, told: int, s: int, at: list[tuple[int, int]], on: list[tuple[int, int]]) -> None:
        """A node at a step: its options, and the ways on."""
        step, numbers = self.game.steps[k], self.tables(t).steps[k]
        chance = step.mover == CHANCE
        possible = np.asarray(numbers.chance)[s].any(axis=1) if chance else np.asarray(numbers.allowed)[s]
        options = np.flatnonzero(possible).tolist()
        if chance or (step.sides and len(options) == 1):
            self.node(passes.CHANCE, t, told)
        elif len(options) == 1:
            self.node(passes.MOVE, t, told, mover=step.mover)
        elif step.sides:
            self.node(passes.SEVERAL, t, told)
            self.choose_together(step.sides, options)
        else:
            self.node(passes.MOVE, t, told, mover=step.mover, slot=self.slots)
            count = len(options) * int(self.game.cells[step.mover].max() + 1)
            self.slots += count
            self.unknown.append(np.full(count, step.informed))
        said: dict[int, int] = {}
        weight, successor = np.asarray(numbers.weight)[s], np.asarray(numbers.successor)[s]
        for a in options:
            signal, after = -1, told
            if step.informed:
                y = step.signal[a]
                if y not in said:
                    said[y] = len(self.after)
                    self.after.append(self.classes)
                    self.classes += 1
                signal, after = said[y], self.after[said[y]]
            self.option(signal)
            at.append((s, a))
            following = step.next[a] if 0 <= step.next[a] <= len(self.game.steps) else len(self.game.steps)
            for lot in np.flatnonzero(weight[a] > 0.0).tolist():
                self.child.append(self.come(t, following, after, int(successor[a, lot])))
                on.append((len(at) - 1, lot))

    def choose_together(self, sides: Sequence[Side], options: Sequence[int]) -> None:
        """The sides of a node, whose own options are those that its open profiles have; their log-odds are unknown."""
        own = [sorted({side.taken[a] for a in options}) for side in sides]
        for side, names in zip(sides, own, strict=True):
            self.sides.append((side.mover, len(names), self.slots))
            count = len(names) * int(self.game.cells[side.mover].max() + 1)
            self.slots += count
            self.unknown.append(np.ones(count, bool))
        for a in options:
            self.part += [names.index(side.taken[a]) for side, names in zip(sides, own, strict=True)]

    def node(self, kind: int, t: int, told: int, mover: int = -1, slot: int = -1, row: int = -1) -> None:
        period = t if self.game.timed else 0
        starts = len(self.signal), len(self.after), len(self.sides), len(self.part)
        self.nodes.append((kind, mover, period, max(told, 0), slot, row, *starts))

    def option(self, signal: int) -> None:
        self.signal.append(signal)
        self.ways.append(len(self.child))
