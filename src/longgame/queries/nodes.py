"""Where the game may stand, and how it goes on from there at exact beliefs.

A solution keeps choice probabilities at the points of the belief lattice. Questions are asked at beliefs in between. At
such a belief the choice is made anew (``solver/anywhere.py``; an exact solution has it there), and from there on
everything is exact: it says how likely each option is and what that teaches, so Bayes' rule holds and beliefs are a
martingale.

A node is a place (period t, step k, state s) with the public belief b there. Beside the belief, each node carries the
joint probability of the node and the world as the analyst sees it. In free play the two agree, ``joint = weight *
b``. They part when a question conditions on what the actors do not know (``given=aim == peace``): the actors go on
believing b while the analyst follows those worlds alone.

    joint'(a, w')  =            sum over w of  joint(w) q(a | w) P_a(w' | w, s)        q: odds of option or outcome a
    b'(w' | y)     proportional to  sum over a with y(a) = y, and w, of  b(w) q(a | w) P_a(w' | w, s)

Shapes (method.md, section 1): M nodes, S states, W worlds, N actors, A options, L successors, C cells, B lattice
points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from longgame.exact.exact_solution import ExactSolution
from longgame.game.game import CHANCE, Game, Step, StepTables
from longgame.game.lattice import Lattice
from longgame.queries.alike import alike, summed
from longgame.solver.blocks.solution import BlockSolution
from longgame.solver.interpolation import locate
from longgame.solver.solution import Solution

Equilibrium = Solution | ExactSolution | BlockSolution  # what questions are asked of
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Locate = Callable[[Lattice], tuple[Ints, Floats]]

#: Beliefs that agree to this many decimals count as one.
DECIMALS = 11


@dataclass(frozen=True, eq=False)
class Nodes:
    """A set of nodes.

    t, k   [M] period and step at whose entry the node stands; k == K: end of the period, before its payoffs
    s      [M] state
    b      [M, W] public belief
    joint  [M, W] probability of the node and the world; all of it sums to 1 unless something was conditioned away
    purse  [M, N, 2, W] or None. What each actor was paid since the purse was opened, as joint moments:
           purse[m, j, 0, w] = joint(m, w) * E[discounted payments to j | m, w] and purse[m, j, 1, w] = joint(m, w) *
           E[discount factor of j | m, w]. Moments add when nodes merge, which averages would not.
    """

    t: Ints
    k: Ints
    s: Ints
    b: Floats
    joint: Floats
    purse: Floats | None = None
    marks: Ints | None = None

    def __len__(self) -> int:
        return len(self.s)

    @property
    def weight(self) -> Floats:
        """[M] probability of each node."""
        return self.joint.sum(1)

    @property
    def mass(self) -> float:
        """Probability of the whole set."""
        return float(self.joint.sum())

    def belief(self) -> Floats:
        """[W] probability of each world, over all nodes."""
        return self.joint.sum(0) / self.mass

    def pick(self, rows: NDArray) -> Nodes:
        """The nodes of these rows (indices or a mask)."""
        if rows.dtype == bool:
            if rows.all():
                return self
            rows = np.flatnonzero(rows)
        purse = None if self.purse is None else self.purse.take(rows, 0)
        marks = None if self.marks is None else self.marks.take(rows)
        b, joint = self.b.take(rows, 0), self.joint.take(rows, 0)
        return Nodes(self.t.take(rows), self.k.take(rows), self.s.take(rows), b, joint, purse, marks)

    def moved(self, k: Ints) -> Nodes:
        """The same nodes at other steps of their periods."""
        return replace(self, k=k)

    def scaled(self, factor: Floats | float) -> Nodes:
        """Every probability times a factor: one number, or [M, W]."""
        factor = np.broadcast_to(np.asarray(factor, dtype=float), self.joint.shape)
        purse = None if self.purse is None else self.purse * factor[:, None, None, :]
        return replace(self, joint=self.joint * factor, purse=purse)

    def normalised(self) -> Nodes:
        """The same nodes with probabilities that sum to 1."""
        return self.scaled(1.0 / self.mass)

    def given(self, worlds: NDArray) -> Nodes:
        """Conditioned on the truth being among ``worlds`` ([W] bool), which the actors do not learn.

        Raises ZeroDivisionError when none of these worlds is possible here.
        """
        kept = self.scaled(np.broadcast_to(np.asarray(worlds, dtype=float), self.joint.shape))
        if kept.mass <= 0.0:
            raise ZeroDivisionError("none of these worlds is possible at this point of the path")
        return kept.pick(kept.weight > 0.0).normalised()

    def places(self) -> Iterator[tuple[int, int, NDArray[np.bool_]]]:
        """Each (t, k) that occurs, in order of time, with the rows [M] bool of its nodes."""
        yield from self._places

    @cached_property
    def _places(self) -> tuple[tuple[int, int, NDArray[np.bool_]], ...]:
        if not len(self):
            return ()
        order = self.t * (self.k.max() + 1) + self.k
        alike = order == order[0]
        if alike.all():  # nearly always
            return ((int(self.t[0]), int(self.k[0]), alike),)
        firsts = np.unique(order, return_index=True)[1]
        return tuple((int(self.t[first]), int(self.k[first]), order == order[first]) for first in firsts)

    @cached_property
    def without_purse(self) -> Nodes:
        """The same nodes for questions to which payments do not matter."""
        return self if self.purse is None else replace(self, purse=None)

    def located(self, lattice: Lattice) -> tuple[Ints, Floats]:
        """[M, W] and [M, W] the lattice points around each belief and their weights, as ``Lattice.locate`` has them."""
        if lattice not in self._located:
            self._located[lattice] = locate(lattice, self.b)
        return self._located[lattice]

    @cached_property
    def _located(self) -> dict[Lattice, tuple[Ints, Floats]]:
        return {}


def start(solution: Equilibrium) -> Nodes:
    """The nodes before the first step: the start as a lottery over states, with the prior as belief."""
    tables = solution.tables(0)
    weight = np.asarray(tables.start_weight, dtype=float)
    rows = np.flatnonzero(weight > 0.0)
    prior = np.asarray(tables.prior, dtype=float)
    b = np.broadcast_to(prior, (len(rows), len(prior))).copy()
    zeros = np.zeros(len(rows), dtype=np.int64)
    s = np.asarray(tables.start_index, dtype=np.int64)[rows]
    return merged(Nodes(zeros, zeros.copy(), s, b, weight[rows, None] * b))


def joined(parts: Sequence[Nodes]) -> Nodes:
    """Several sets of nodes as one (none of them with a purse, or all; the same with marks)."""
    if len(parts) == 1:
        return parts[0]
    marks = None if parts[0].marks is None else np.concatenate([part.marks for part in parts if part.marks is not None])
    purse = None if parts[0].purse is None else np.concatenate([part.purse for part in parts if part.purse is not None])
    t, k, s, b, joint = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("t", "k", "s", "b", "joint")
    )
    return Nodes(t, k, s, b, joint, purse, marks)


def merged(nodes: Nodes) -> Nodes:
    """Nodes at the same place with the same state and belief as one; nodes of no probability dropped."""
    nodes = nodes.pick(nodes.weight > 0.0)
    if len(nodes) < 2:
        return nodes
    places = [nodes.t, nodes.k, nodes.s, *(() if nodes.marks is None else (nodes.marks,))]
    rows = np.empty((len(nodes), len(places) + nodes.b.shape[1]), dtype=np.int64)
    rows[:, : len(places)] = np.stack(places, axis=1)
    rows[:, len(places) :] = np.rint(nodes.b * 10.0**DECIMALS)
    first, group = alike(rows)
    if len(first) == len(nodes):
        return nodes
    one = nodes.pick(first)
    purse = None if nodes.purse is None else summed(nodes.purse, group, len(first))
    return replace(one, joint=summed(nodes.joint, group, len(first)), purse=purse)


def on_lattice(solution: Solution, nodes: Nodes) -> Nodes:
    """Every node by lot to the lattice points around its belief, as the solver's own interpolation does.

    The expectation of every value function is kept world by world, so no answer moves by more than the interpolation
    that the solution rests on; what is lost is the exactness of Bayes' rule between lattice points.
    """
    index, weight = nodes.located(solution.lattice)
    between = weight.max(1) < 1.0 - 10.0**-DECIMALS
    if not between.any():
        return nodes
    m, corner = np.nonzero((weight > 0.0) & between[:, None])
    lots = nodes.pick(m).scaled(np.repeat(weight[m, corner][:, None], nodes.b.shape[1], axis=1))
    lots = replace(lots, b=np.asarray(solution.lattice.points, dtype=float)[index[m, corner]])
    return merged(joined([nodes.pick(~between), lots]))


def draw_of(solution: Equilibrium, nodes: Nodes) -> Ints:
    """[M] the draw that each node belongs to, in the solution of several: it has the states of one after another."""
    return nodes.s // len(solution.game.ended)


def odds(solution: Equilibrium, t: int, k: int, s: Ints, b: Floats, located: Locate | None = None) -> Floats:
    """[M, A, W] chance of each option or outcome at exact beliefs, in active states; ``located`` as Nodes.located."""
    if isinstance(solution, Solution) and located is not None and solution.game.steps[k].mover != CHANCE:
        return solution.odds(t, k, s, b, located(solution.lattice))
    return solution.odds(t, k, s, b)


@dataclass(frozen=True, eq=False)
class Fork:
    """One step, taken from nodes that all stand at its entry and where it is active.

    step, tables  the step, what is fixed about it and its numbers in this period; ``steps`` is K
    nodes         the nodes before
    odds          [M, A, W] what the actors expect: the odds that teach
    posterior     [M, A, W] the public belief after each option (the same for options that share a signal)
    """

    step: Step
    tables: StepTables
    steps: int
    nodes: Nodes
    odds: Floats
    posterior: Floats

    def follow(self, taken: Floats | None = None) -> Nodes:
        """The nodes after the step.

        ``taken`` [M, A, W] replaces the odds in the joint probability, though never in the belief: the odds of some
        options alone, for what was observed; 1 for one option, for an option taken whatever the mover knows.
        """
        nodes, tables = self.nodes, self.tables
        through = self.odds if taken is None else taken
        m, a = np.nonzero((nodes.joint[:, None, :] * through).sum(-1) > 0.0)
        lots = np.asarray(tables.weight)[nodes.s[m], a]  # [.., L]
        row, lot = np.nonzero(lots > 0.0)
        m, a = m[row], a[row]  # [R] from here on, a row is a node, an option and a lot
        s = nodes.s[m]
        through = through[m, a] * lots[row, lot][:, None]
        after = np.array([self.steps if n < 0 else n for n in self.step.next], dtype=np.int64)
        return Nodes(
            t=nodes.t[m],
            k=after[a],
            s=np.asarray(tables.successor)[s, a, lot].astype(np.int64),
            b=self.posterior[m, a],
            joint=self._spread(nodes.joint.take(m, 0) * through, s, a),
            purse=None if nodes.purse is None else self._paid(nodes.purse.take(m, 0), through, s, a),
            marks=None if nodes.marks is None else nodes.marks.take(m),
        )

    def of_draw(self, g: int, solution: Equilibrium) -> Fork | None:
        """The part of one of the draws abreast, in its own ``solution``; None if it has no nodes here."""
        states = len(solution.game.ended)
        rows = np.flatnonzero(self.nodes.s // states == g)
        if not len(rows):
            return None
        nodes = self.nodes.pick(rows)
        return replace(
            self,
            tables=_step_tables(solution, int(nodes.t[0]), int(nodes.k[0])),
            nodes=replace(nodes, s=nodes.s - g * states),
            odds=self.odds[rows],
            posterior=self.posterior[rows],
        )

    @cached_property
    def available(self) -> NDArray[np.bool_]:
        """[M, A] whether each option can be taken (an outcome of chance: in some world)."""
        if self.step.mover == CHANCE:
            return np.asarray(np.any(self.odds > 0.0, axis=-1))
        return np.asarray(self.tables.allowed)[self.nodes.s].astype(bool)

    def odds_of(self, option: int) -> Floats:
        """[M, .., W] the odds of the options that a number stands for (``Step.profiles``)."""
        return self.odds[:, list(self.step.profiles(option))]

    def share_of(self, option: int) -> Floats:
        """[M, .., W] the same, given that one of these is taken; where that cannot be, all that are open alike."""
        odds, open_ = self.odds_of(option), self.available[:, list(self.step.profiles(option)), None]
        if odds.shape[1] == 1:
            return np.ones_like(odds)
        odds = np.where(odds.sum(1, keepdims=True) > 0.0, odds, open_)
        total = odds.sum(1, keepdims=True)
        return np.divide(odds, total, out=np.zeros_like(odds), where=total > 0.0)

    def open_to(self, options: Sequence[int]) -> NDArray[np.bool_]:
        """[M] where all of these can be taken, each an option or what one side does (``Step.profiles``)."""
        available = [self.available[:, list(self.step.profiles(option))].any(axis=1) for option in options]
        return np.all(available, axis=0) if available else np.ones(len(self.nodes), dtype=bool)

    @cached_property
    def own_odds(self) -> tuple[tuple[int, Floats], ...]:
        """Each mover with the odds [M, own options, W] of its own options."""
        if not self.step.sides:
            return ((self.step.mover, self.odds),) if self.step.mover != CHANCE else ()
        found = []
        for side in self.step.sides:
            taken = np.equal.outer(np.arange(len(side.options)), np.array(side.taken)).astype(float)
            found.append((side.mover, np.einsum("oa,maw->mow", taken, self.odds)))
        return tuple(found)

    def _paid(self, purse: Floats, through: Floats, s: Ints, a: Ints) -> Floats:
        """[R, N, 2, W] purses after options a [R] in states s [R], taken with odds [R, W]; changed in place."""
        purse *= through[:, None, None, :]
        if self.tables.pay is not None:
            purse[:, :, 0] += purse[:, :, 1] * np.asarray(self.tables.pay)[s, a]
        return self._spread(purse, s, a)

    def _spread(self, by_world: Floats, s: Ints, a: Ints) -> Floats:
        """Move probability [R, ..., W] to the worlds that come of the options' own lotteries over worlds."""
        if self.tables.becomes is None or not len(s):
            return by_world
        lottery = np.asarray(self.tables.becomes)[s, a]  # [R, W, W]
        return (by_world.reshape(len(s), -1, lottery.shape[1]) @ lottery).reshape(by_world.shape)


def fork(solution: Equilibrium, t: int, k: int, nodes: Nodes) -> Fork:
    """Prepare the step k of period t from nodes that stand there and where it is active."""
    q = odds(solution, t, k, nodes.s, nodes.b, nodes.located)
    step, tables = solution.game.steps[k], _step_tables(solution, t, k)
    if step.informed:
        posterior = _posterior(step.signal, tables, nodes, q)
    else:
        posterior = np.broadcast_to(nodes.b[:, None, :], q.shape)
    return Fork(step, tables, len(solution.game.steps), nodes, q, posterior)


def _posterior(signal: Sequence[int], tables: StepTables, nodes: Nodes, q: Floats) -> Floats:
    """[M, A, W] the public belief after the signal of each option."""
    lots = None if tables.becomes is None else _rows(tables.becomes, nodes.s)

    def said(belief: Floats) -> Floats:  # [M, A, W] joint probability of the option's signal and of the world after it
        mass = belief[:, None, :] * q
        mass = mass if lots is None else np.einsum("maw,mawv->mav", mass, lots)
        if len(set(signal)) == len(signal):
            return mass
        return np.einsum("maw,ac->mcw", mass, np.equal.outer(signal, signal).astype(float))

    likely = said(nodes.b)
    total = likely.sum(-1, keepdims=True)
    if (total > 0.0).all():
        return likely / total
    # A signal held impossible says that the belief was wrong: it starts from all worlds alike, as in the solver.
    likely = np.where(total > 0.0, likely, said(np.ones_like(nodes.b)))
    total = likely.sum(-1, keepdims=True)
    return np.where(total > 0.0, likely / np.where(total > 0.0, total, 1.0), nodes.b[:, None, :])


def active(solution: Equilibrium, t: int, k: int, s: Ints) -> NDArray[np.bool_]:
    """[M] whether the step takes place in these states."""
    return np.asarray(_step_tables(solution, t, k).active)[s].astype(bool)


def end_period(solution: Equilibrium, t: int, nodes: Nodes) -> Nodes:
    """From the end of period t to the start of the next; a purse receives the period's payoffs and is discounted."""
    purse = nodes.purse
    if purse is not None:
        tables = solution.tables(t)
        purse = purse.copy()
        purse[:, :, 0] += purse[:, :, 1] * _rows(tables.flow, nodes.s)
        discount = np.asarray(tables.discount)  # [N]; of draws abreast [S, N]
        purse[:, :, 1] *= (discount[nodes.s] if discount.ndim > 1 else discount)[..., None]
    return replace(nodes, t=nodes.t + 1, k=np.zeros_like(nodes.k), purse=purse)


def opened(game: Game, nodes: Nodes) -> Nodes:
    """The same nodes with an empty purse, from here on filled."""
    purse = np.zeros((len(nodes), len(game.actors), 2, nodes.joint.shape[1]))
    purse[:, :, 1] = nodes.joint[:, None, :]
    return replace(nodes, purse=purse)


def _step_tables(solution: Equilibrium, t: int, k: int) -> StepTables:
    return solution.tables(t).steps[k]


def _rows(table: object, s: Ints) -> Floats:
    return np.asarray(table)[s]
