"""Deals that may be broken: how long one stands, who ends it and how, and what breaking it is worth beside keeping it.

A deal stands in the states in which all that it set is as it set it. An option of a move *breaks* it in such a state if
it leads out of these states, or is likelier to do so than another open option of the same mover, whatever others choose
at the same time. Nothing is solved for it: the deal is made at some nodes, and play goes on from there as it does
anyway. At every move on the way at which the deal stands and can be broken, by the mover's cells c,

    kept    = E[ max over options a that do not break it of Q(a | c) ],    broken = E[ max over those that do ]

over the nodes and cells that play comes to there, in that period's money (Q: method.md, 3); of the others' expectations
the same at the options that are best for the mover. The deal has stood until a date if it stands at the end of every
period up to then; what took it away and was not made good by the end of the period has ended it.

Shapes: S states, M nodes, N actors, A options (of a step with several movers, profiles), W worlds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from longgame.exact.exact_solution import ExactSolution
from longgame.game.numbers import CHANCE
from longgame.queries import prospects
from longgame.queries.atoms import Atom, Foreseen
from longgame.queries.breach import breaking, falls
from longgame.queries.case import Case, Posture
from longgame.queries.nodes import Equilibrium, Floats, Fork, Nodes, active, end_period, fork, opened
from longgame.queries.places import Places, View, over_states
from longgame.queries.walk import MOST_NODES, Waiting, past_idle, rounded
from longgame.scenario.language.expressions import Node

Mask = NDArray[np.bool_]

NEVER = 1e-9  # of the probability of a period, if the deal stands: play does not come to a place
STANDS = -1  # the mark of nodes at which the deal stands; else which event took it away


@dataclass(frozen=True, order=True)
class Event:
    """An option (of several movers, a profile) or an outcome of a step in a period, from 0."""

    t: int
    step: int
    option: int


@dataclass(frozen=True, eq=False)
class Temptation:
    """A move at which somebody can break a deal, as play comes to it in a period.

    chance   of coming to it with the deal standing, if it stands when the period begins
    kept     [N] what each actor can expect if the mover keeps the deal as well as it can
    broken   [N] the same if it breaks it as well as it can
    tempted  the chance, if it comes up, that breaking is the better for the mover
    breaks   the chance, if it comes up, that the mover does break it
    option   the breaking option that is best, where there are several in the most cases; a number as in ``profiles``
    """

    t: int
    step: int
    mover: int
    chance: float
    kept: Floats
    broken: Floats
    tempted: float
    breaks: float
    option: int

    @property
    def gain(self) -> float:
        """What the mover gains by breaking the deal, against keeping it."""
        return float(self.broken[self.mover] - self.kept[self.mover])


@dataclass(eq=False)
class Fate:
    """What becomes of a deal from the nodes at which it is made.

    stands       period -> the chance that it stands at the end of it, and of every period before
    ends         what takes it away -> how likely that is
    temptations  every move at which it can be broken, in order of play
    moves        step, option and mover of all that would break it there; options are numbers as in ``profiles``
    """

    stands: dict[int, float] = field(default_factory=dict)
    ends: dict[Event, float] = field(default_factory=lambda: defaultdict(float))
    temptations: list[Temptation] = field(default_factory=list)
    moves: set[tuple[int, int, int]] = field(default_factory=set)


# --- what becomes of it -----------------------------------------------------------------------------------------------


def fate(
    case: Case,
    nodes: Nodes,
    stands: Floats,
    under: Posture | None = None,
    replies: frozenset[int] = frozenset(),
    alone: int | None = None,
) -> Fate:
    """What becomes of a deal that was made at some nodes, at which it stands, to the horizon.

    stands   [S] 1 in the states in which it stands
    replies  the steps at which another deal is agreed to: they may end it, but do not break it
    alone    the one actor whose temptations are looked for, and whose expectations alone are then known; None: of all
    """
    return _Follower(case, stands, under, replies, alone).follow(nodes.without_purse.normalised())


class _Follower:
    """Follows a deal through the play of a solution."""

    def __init__(
        self, case: Case, stands: Floats, under: Posture | None, replies: frozenset[int], alone: int | None
    ):
        self.case, self.stands, self.under, self.replies, self.alone = case, stands, under, replies, alone
        self.solution: Equilibrium = case.solution(under)
        self.found = Fate()
        self._events: list[Event] = []
        self._coarse = False
        self._standing: dict[int, float] = {}  # period -> the chance that the deal stands as it begins

    def follow(self, nodes: Nodes) -> Fate:
        """All of it; the nodes make up the whole probability."""
        game, steps = self.case.game, len(self.case.game.steps)
        marks = np.where(self.stands[nodes.s] != 0.0, STANDS, self._event(Event(-1, -1, -1)))
        waiting = Waiting()
        waiting.send(replace(nodes, marks=marks))
        for t, k, every in waiting:
            here = self._few(every)
            self._standing.setdefault(t, self.found.stands.get(t - 1, 1.0))
            if t == game.periods:
                continue
            if k == steps:
                after = self._ended(t, here)
                if after is not None and t + 1 < game.periods:
                    waiting.send(past_idle(self.solution, t + 1, after))
                continue
            on = active(self.solution, t, k, here.s)
            if not on.all():
                waiting.send(past_idle(self.solution, t, here.pick(~on).moved(np.full(int((~on).sum()), k + 1))))
            if on.any():
                for part in self._step(t, k, here.pick(on)):
                    waiting.send(past_idle(self.solution, t, part))
        return self.found

    def _few(self, nodes: Nodes) -> Nodes:
        if isinstance(self.solution, ExactSolution) or not (self._coarse or len(nodes) > MOST_NODES):
            return nodes
        self._coarse = True
        return rounded(self.solution, nodes, np.array([True]))

    def _event(self, event: Event) -> int:
        if event not in self._events:
            self._events.append(event)
        return self._events.index(event)

    def _ended(self, t: int, nodes: Nodes) -> Nodes | None:
        """At the end of a period: what fell is told and left; what stands goes on."""
        assert nodes.marks is not None
        for mark in np.unique(nodes.marks[nodes.marks != STANDS]):
            self.found.ends[self._events[mark]] += float(nodes.weight[nodes.marks == mark].sum())
        standing = nodes.pick(nodes.marks == STANDS)
        self.found.stands[t] = self.found.stands.get(t, 0.0) + standing.mass
        return end_period(self.solution, t, standing) if len(standing) else None

    def _step(self, t: int, k: int, nodes: Nodes) -> Iterator[Nodes]:
        """The nodes after a step, with the mark of what ended the deal there."""
        step, tables = self.case.game.steps[k], self.solution.tables(t).steps[k]
        ahead, ending = fork(self.solution, t, k, nodes), falls(tables, self.stands)
        if ending.any() and step.mover != CHANCE and k not in self.replies:
            self.found.temptations += self._temptations(t, k, ahead, breaking(step, tables, self.stands))
        apart = [a for a in range(ending.shape[1]) if ending[nodes.s, a].any()]
        for options, mark in [*(([a], self._event(Event(t, k, a))) for a in apart), (None, STANDS)]:
            taken = ahead.odds.copy()
            closed = apart if options is None else [a for a in range(ending.shape[1]) if a not in options]
            taken[:, closed] = 0.0
            if (nodes.joint[:, None] * taken).any():
                yield self._marked(ahead.follow(taken), mark)

    def _marked(self, nodes: Nodes, mark: int) -> Nodes:
        """Nodes after an option: where the deal stands, where it was lost before, and where it is lost by this."""
        assert nodes.marks is not None
        lost = np.where(nodes.marks == STANDS, mark, nodes.marks)
        return replace(nodes, marks=np.where(self.stands[nodes.s] != 0.0, STANDS, lost))

    def _temptations(
        self, t: int, k: int, ahead: Fork, broken: Mapping[int, Mask]
    ) -> Iterator[Temptation]:
        assert ahead.nodes.marks is not None
        standing = np.flatnonzero(ahead.nodes.marks == STANDS)
        if not len(standing):
            return
        nodes = replace(ahead.nodes.pick(standing), marks=None)
        ahead = fork(self.solution, t, k, nodes)
        for mover, where in broken.items():
            if self.alone not in (None, mover):
                continue
            move = _Move(self.case, ahead, mover, where[nodes.s], self.under, self.alone is None)
            found = move.temptation(t, k, self._standing[t])
            if found is not None:
                self.found.moves |= {(k, option, mover) for option in move.breaking}
                yield found


@dataclass(frozen=True, eq=False)
class _Move:
    """One mover's choice at the nodes of a fork.

    broken     [M, A] which options (profiles) break the deal
    everybody  whether the others' expectations are wanted; they are NaN else
    """

    case: Case
    ahead: Fork
    mover: int
    broken: Mask
    under: Posture | None
    everybody: bool

    @cached_property
    def own(self) -> tuple[int, ...]:
        """What the mover can do."""
        step = self.ahead.step
        return tuple(a for a in range(len(step.options) + len(step.acts)) if step.takers(a) == (self.mover,))

    @cached_property
    def kinds(self) -> tuple[Mask, Mask]:
        """[M, own] which of it breaks the deal, and which is open."""
        breaks = [self.broken[:, list(self.ahead.step.profiles(a))].any(axis=1) for a in self.own]
        return np.stack(breaks, axis=1), np.stack([self.ahead.open_to([a]) for a in self.own], axis=1)

    @property
    def breaking(self) -> list[int]:
        """What of it breaks the deal somewhere."""
        breaks, is_open = self.kinds
        return [a for n, a in enumerate(self.own) if (breaks & is_open)[:, n].any()]

    def temptation(self, t: int, k: int, standing: float) -> Temptation | None:
        """What keeping and breaking are worth; None where nobody here can choose between them.

        standing  the chance that the deal stands as the period begins
        """
        game, own, (breaks, is_open) = self.case.game, self.own, self.kinds
        here = (breaks & is_open).any(axis=1) & (~breaks & is_open).any(axis=1)
        if not here.any():
            return None
        cell = np.asarray(game.cells[self.mover])
        nodes, sums, numbers = self.ahead.nodes, np.zeros((2, len(game.actors))), np.zeros(len(own))
        mass = tempted = 0.0
        for c in np.unique(cell):
            weight = nodes.joint[:, cell == c].sum(axis=1)
            at = np.flatnonzero(here & (weight > 0.0))
            if not len(at):
                continue
            worth = np.stack([self._worth(a, cell == c) for a in own], axis=1)[at]  # [M', own, N], times the weight
            mine = np.where(is_open[at], worth[:, :, self.mover], -np.inf)
            best = [np.where(kind[at], mine, -np.inf).argmax(axis=1) for kind in (~breaks, breaks)]
            rows = np.arange(len(at))
            sums += np.array([worth[rows, one].sum(axis=0) for one in best])
            better = worth[rows, best[1], self.mover] > worth[rows, best[0], self.mover] + 1e-12 * weight[at]
            tempted += float(weight[at][better].sum())
            np.add.at(numbers, best[1], weight[at])
            mass += float(weight[at].sum())
        if not mass > NEVER * standing:
            return None
        likely = [(nodes.joint[:, None] * self.ahead.odds_of(a)).sum(axis=(1, 2)) for a in own]  # [own, M]
        broke = float((np.stack(likely, axis=1) * breaks)[here].sum()) / float(nodes.weight[here].sum())
        kept, broken = sums / mass
        best_of_all = own[int(numbers.argmax())]
        return Temptation(t, k, self.mover, mass / standing, kept, broken, tempted / mass, broke, best_of_all)

    def _worth(self, option: int, worlds: Mask) -> Floats:
        """[M, N] what every actor can expect after an option, in the worlds of a cell, times their probability."""
        ahead, game = self.ahead, self.case.game
        nodes = replace(opened(game, ahead.nodes), marks=np.arange(len(ahead.nodes)))
        taken = np.zeros_like(ahead.odds)
        sure = ahead.share_of(option) * ahead.open_to([option])[:, None, None]
        taken[:, list(ahead.step.profiles(option))] = sure * worlds
        after = replace(ahead, nodes=nodes).follow(taken)
        found = np.zeros((len(nodes), len(game.actors)))
        if len(after):
            assert after.purse is not None and after.marks is not None
            worth = after.purse[:, :, 0] + after.purse[:, :, 1] * self._values(replace(after, marks=None, purse=None))
            np.add.at(found, after.marks, worth.sum(axis=2))
        return found

    def _values(self, nodes: Nodes) -> Floats:
        """[R, N, W] what every actor can expect at the nodes, or the mover alone."""
        if not self.everybody:
            values = np.full((len(nodes), len(self.case.game.actors), nodes.joint.shape[1]), np.nan)
            mine = slice(self.mover, self.mover + 1)
            values[:, mine] = self.case.values_at(nodes, self.under, mine)
            return values
        values = self.case.values_at(nodes, self.under)
        for actor in np.flatnonzero(np.isnan(values).any(axis=(0, 2))):
            values[:, actor] = self.case.values_at(nodes, self.under, slice(actor, actor + 1))[:, 0]
        return values


# --- asked ------------------------------------------------------------------------------------------------------------


def made(
    case: Case, places: Places, view: View, stands: Node, replies: frozenset[int], alone: int | None = None
) -> Fate:
    """What becomes of a deal that is the last change of a view; it stands where ``stands`` is. The case remembers."""
    key = view.under, "fate", view, stands, alone
    if key not in case.memory:
        case.memory[key] = fate(case, places(view), over_states(case, stands), view.under, replies, alone)
    return case.memory[key]


@dataclass(frozen=True)
class Standing(Foreseen):
    """The chance that a deal stands at the end of every period up to the date; where ``stands`` says that it does."""

    stands: Node

    def prospect(self, case: Case) -> prospects.Prospect:
        """Its standing."""
        return prospects.through(over_states(case, self.stands), self.date)


@dataclass(frozen=True)
class Keeping(Atom):
    """What an actor gains by keeping a deal, made at the end of the view's changes, less what it gains by breaking it.

    on  the period; None: the first in which it can break it
    """

    actor: int
    stands: Node
    replies: frozenset[int]
    on: int | None = None

    def look_up(self, case: Case, places: Places) -> float:
        """At that of the actor's moves in the period at which breaking the deal is the best for it."""
        return -self.tempted(case, places).gain

    def tempted(self, case: Case, places: Places) -> Temptation:
        """That move. Raises LookupError where there is none."""
        found = made(case, places, self.view, self.stands, self.replies, self.actor)
        mine = [one for one in found.temptations if one.mover == self.actor and self.on in (None, one.t)]
        if not mine:
            when = "any more" if self.on is None else f"in {case.scenario.clock.label(self.on)}"
            raise LookupError(f"{case.game.actors[self.actor]} comes to no move by which it could break it {when}")
        return max((one for one in mine if one.t == mine[0].t), key=lambda one: one.gain)


# --- who would break it first ----------------------------------------------------------------------------------------


def first_tempted(found: Fate, least: Sequence[float]) -> Temptation | None:
    """The first move at which somebody would rather break the deal, by more than ``least`` [N]; None: nobody would."""
    return next((one for one in found.temptations if one.gain > least[one.mover]), None)


def largest_gain(found: Fate, actor: int) -> float:
    """The most that an actor gains by breaking the deal at any date; less than nothing where keeping is better at all.

    NaN where it can never break it.
    """
    return max((one.gain for one in found.temptations if one.mover == actor), default=np.nan)
