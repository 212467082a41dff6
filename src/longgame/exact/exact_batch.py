"""The exact equilibria of many draws of one game at once, and how they move with the assumptions.

A game that was observed many times is solved for every case: draws in which the same can happen, of one small game.
They share the tree of beliefs (``belief_tree``), and each response of everybody to everybody (``passes``) is worked out
for all of them together, node by node, with the draws as the last axes of every array.

1. Equilibrium. The log-odds z that move beliefs are a fixed point z = R(z). Newton's method finds it,

       z <- z + (1 - dR/dz)^-1 (R(z) - z)

   from the log-odds of earlier numbers nearby where those are known, so that the branch is kept; else along the
   principal branch, from uniform play at a share of 0 of the precision to a share of 1, each draw at a pace of its own.
   A step after which play is far from where it was expected is taken back and halved. On the principal branch the
   determinant of 1 - dR/dz, which is 1 at uniform play, stays positive as long as it does not turn; where it is not, a
   draw counts as not solved. Without private knowledge nothing moves a belief, and one response is the equilibrium.
2. Derivatives. dz = (1 - dR/dz)^-1 dR/dtheta v, the implicit function theorem: one linear system for each draw.
3. All derivatives of a response are taken by complex steps: f(x + i h v) = f(x) + i h f'(x) v, with an h so small that
   nothing is lost to rounding or to higher orders (Squire and Trapp 1998, SIAM Review 40).

Choice is logit, or, at moves with two open options, normal: the better option b is taken with probability
Phi(lambda (Q_b - Q_a)), as if each option's payoff had a normal shock of its own with standard deviation
1 / (lambda sqrt 2) (the agent error model of Signorino 2003, Political Analysis 11).

Letters as in ``passes``; X the axes of the draws: [G], or [G, V] with directions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
import scipy

from longgame.arrays import Array
from longgame.exact import passes
from longgame.exact.belief_tree import BeliefTree
from longgame.exact.passes import RAREST, Numbers
from longgame.exact.search import CLOSE, FAR, FIRST, LEAST

STEP = 1e-20  # h
FAR_FROM_BASE = 0.5  # a probability that is so far from that of earlier numbers is looked at again
TIGHT = 1e-11  # residuals of log-odds, relative where those are large
MOST_NEWTON = 25
MOST_ROUNDS = 400  # steps along the branch

Noise = Literal["logit", "normal"]


class NotTwoOptions(Exception):
    """Normal noise at a move with more than two open options."""

    def __init__(self, step: str, options: int):
        super().__init__(step, options)
        self.step, self.options = step, options


class TreeNode(NamedTuple):
    """A node of the tree, in plain numbers; see ``passes.Shape``.

    signals  (the class of histories after it, the options that give it) of each signal
    options  by option: its number in the tree, and its ways
    """

    kind: int
    mover: int
    period: int
    told: int
    slot: int
    row: int
    signals: list[tuple[int, list[int]]]
    options: list[tuple[int, list[tuple[int, int]]]]


@dataclass(frozen=True, eq=False)
class Equilibria:
    """The equilibria of G draws.

    z       [D, G] log-odds
    bend    [G, U, U] 1 - dR/dz of the log-odds that move beliefs; None where there are none
    solved  [G] bool
    """

    z: Array
    bend: Array | None
    solved: Array


@dataclass(frozen=True, eq=False)
class ExactBatch:
    """A tree in which many draws are solved together.

    tree    from the start of the game on; noise: logit or normal; tastes: noise is part of the payoff

    Raises:
        NotTwoOptions: normal noise where there are more options.
    """

    tree: BeliefTree
    noise: Noise = "logit"
    tastes: bool = False

    def __post_init__(self) -> None:
        for step, node in zip(self._steps, self.nodes, strict=True):
            if self.noise == "normal" and node.slot >= 0 and len(node.options) > 2:
                raise NotTwoOptions(step, len(node.options))

    @property
    def _steps(self) -> list[str]:
        """[V] the name of the step at each node; empty at ends."""
        names = [""] * self.tree.nodes
        for (t, k), spot in self.tree.spots.items():
            if t < self.tree.game.periods and k < len(self.tree.game.steps):
                names[spot.nodes] = [self.tree.game.steps[k].name] * (spot.nodes.stop - spot.nodes.start)
        return names

    @cached_property
    def nodes(self) -> list[TreeNode]:
        """The nodes of the tree in plain numbers."""
        columns = [np.asarray(column).tolist() for column in self.tree.shape[: passes.Shape._fields.index("cells")]]
        kind, mover, period, told, options, ways, signals, signal, after, child, slot, row = columns
        made = []
        for n in range(len(kind)):
            own = range(options[n], options[n + 1])
            said = [
                (after[q], [o - options[n] for o in own if signal[o] == q]) for q in range(signals[n], signals[n + 1])
            ]
            on = [(o, [(e, child[e]) for e in range(ways[o], ways[o + 1])]) for o in own]
            made.append(TreeNode(kind[n], mover[n], period[n], told[n], slot[n], row[n], said, on))
        return made

    # --- 1. response -------------------------------------------------------------------------------------------------

    def respond(self, numbers: Numbers, prior: Array, z: Array, share: Array | float = 1.0) -> Array:
        """[D, X] the response to log-odds z [D, X] at a share [X] of the precision; prior [W, X]."""
        beliefs = self._beliefs(numbers, prior, z)
        draws = np.broadcast_shapes(z.shape[1:], numbers.discount.shape[2:])
        response = np.zeros((len(z), *draws), np.result_type(z, numbers.discount))
        value: list[Array] = [_NOTHING] * len(self.nodes)
        for n in reversed(range(len(self.nodes))):
            node = self.nodes[n]
            if node.kind == passes.END:
                value[n] = numbers.end[node.row]
            elif node.kind == passes.PERIOD:
                after = value[node.options[0][1][0][1]]
                value[n] = numbers.flow[node.row] + numbers.discount[node.period][:, None] * after
            else:
                value[n] = self._step_value(node, numbers, beliefs, value, share, response)
        return response

    def _step_value(
        self,
        node: TreeNode,
        numbers: Numbers,
        beliefs: list[Array],
        value: list[Array],
        share: Array | float,
        response: Array,
    ) -> Array:
        """[N, W, X] the values at a move or a chance event; what the mover responds goes into ``response``."""
        ahead = np.stack(np.broadcast_arrays(*(self._ahead(numbers, option, value) for option in node.options)))
        if node.slot < 0:
            first = node.options[0][0]
            x = numbers.odds[first : first + len(node.options)]
            return (x[:, None] * ahead).sum(axis=0)
        self._choose(node, numbers, beliefs[node.told], ahead[:, node.mover], share, response)
        x = self.play(response, node)
        found = (x[:, None] * ahead).sum(axis=0)
        if self.tastes:
            precision = numbers.precision[node.period, node.mover]
            worth = -(x * np.log(x)).sum(axis=0) / np.where(precision == 0.0, 1.0, precision)
            found[node.mover] += np.where(precision == 0.0, 0.0, worth)
        return found

    @staticmethod
    def _ahead(numbers: Numbers, option: tuple[int, list[tuple[int, int]]], value: list[Array]) -> Array:
        """[N, W, X] what an option leads to."""
        o, ways = option
        after = numbers.weight[ways[0][0]] * value[ways[0][1]]
        for way, child in ways[1:]:
            after = after + numbers.weight[way] * value[child]
        return numbers.pay[o] + _mixed(numbers, o, after)

    def _choose(
        self,
        node: TreeNode,
        numbers: Numbers,
        belief: Array,
        ahead: Array,
        share: Array | float,
        response: Array,
    ) -> None:
        """The mover's response, from what each option leads to in each world, ahead [m, W, X]."""
        m, cells = len(node.options), self.tree.shape.cells[node.mover]
        for c in range(int(cells.max()) + 1):
            mine = cells == c
            if mine.all() and len(mine) == 1:
                q = ahead[:, 0]
            else:
                known = belief[mine]
                total = known.sum(axis=0)
                inside = np.where(total.real > 0.0, known, 1.0) / np.where(total.real > 0.0, total, mine.sum())
                q = (inside * ahead[:, mine]).sum(axis=1)
            lam = share * numbers.precision[node.period, node.mover, int(np.argmax(mine))]
            at = slice(node.slot + c * m, node.slot + (c + 1) * m)
            if self.noise == "normal":
                half = _normal_log_odds(lam * (q[1] - q[0])) / 2.0
                response[at] = np.stack([-half, half])
            else:
                response[at] = lam * (q - q.mean(axis=0))

    def play(self, z: Array, node: TreeNode) -> Array:
        """[m, W, X] the probability of each option in each world, at log-odds z [D, X]."""
        m, cells = len(node.options), self.tree.shape.cells[node.mover]
        odds = z[node.slot + cells * m + np.arange(m)[:, None]]
        likely = np.exp(odds - odds.real.max(axis=0))
        x = likely / likely.sum(axis=0)
        return np.where(x.real < RAREST, RAREST, x) if (x.real < RAREST).any() else x

    def _beliefs(self, numbers: Numbers, prior: Array, z: Array) -> list[Array]:
        """By class of histories, [W, X] the belief."""
        beliefs = [prior] * self.tree.classes
        for node in self.nodes:
            if not node.signals:
                continue
            first = node.options[0][0]
            x = numbers.odds[first : first + len(node.options)] if node.slot < 0 else self.play(z, node)
            held = beliefs[node.told]
            for after, options in node.signals:
                told = self._told(numbers, first, options, x, held)
                total = told.sum(axis=0)
                if not (total.real > 0.0).all():  # held impossible: all worlds are alike then, else nothing is learned
                    anew = self._told(numbers, first, options, x, np.ones_like(held))
                    anew_total = anew.sum(axis=0)
                    told = np.where(total.real > 0.0, told, np.where(anew_total.real > 0.0, anew, held))
                    total = told.sum(axis=0)
                beliefs[after] = told / total
        return beliefs

    @staticmethod
    def _told(numbers: Numbers, first: int, options: Sequence[int], x: Array, held: Array) -> Array:
        """[W, X] the joint probability of a signal, which some options give, and of the world after it."""
        told = _moved(numbers, first + options[0], held * x[options[0]])
        for o in options[1:]:
            told = told + _moved(numbers, first + o, held * x[o])
        return told

    # --- 1. equilibrium ----------------------------------------------------------------------------------------------

    def solve(self, numbers: Numbers, prior: Array, near: Array | None = None) -> Equilibria:
        """The equilibria of draws with numbers [.., G] and prior [W, G], near log-odds [D, G] where these are given."""
        draws = numbers.discount.shape[2]
        if not self.tree.unknown.any():
            z = self.respond(numbers, prior, np.zeros((self.tree.slots, draws)))
            return Equilibria(z, None, np.isfinite(z).all(axis=0))
        if near is None:
            return self._follow(numbers, prior)
        found = self._settle(numbers, prior, near, np.ones(draws))
        found.solved[np.abs(self._plays(found.z) - self._plays(near)).max(axis=0) > FAR_FROM_BASE] = False
        if found.solved.all():
            return found
        assert found.bend is not None
        lost = np.flatnonzero(~found.solved)
        anew = self._follow(_of(numbers, lost), prior[:, lost])
        assert anew.bend is not None
        found.z[:, lost], found.bend[lost], found.solved[lost] = anew.z, anew.bend, anew.solved
        return found

    def _settle(self, numbers: Numbers, prior: Array, z: Array, share: Array) -> Equilibria:
        """The fixed points near log-odds z [D, G], by Newton's method."""
        unknown, z = np.flatnonzero(self.tree.unknown), np.array(z, dtype=float)
        U, draws = len(unknown), z.shape[1]
        solved, lost = np.zeros(draws, dtype=bool), np.zeros(draws, dtype=bool)
        bend = np.zeros((draws, U, U))
        for _ in range(MOST_NEWTON):
            rows = np.flatnonzero(~solved & ~lost)
            if not len(rows):
                break
            towards = z[:, rows, None] + np.zeros(U, dtype=complex)
            towards[unknown, :, np.arange(U)] += 1j * STEP
            some = _each(_of(numbers, rows), lambda x: x[..., None])
            found = self.respond(some, prior[:, rows, None], towards, share[rows, None])
            response = found.real[:, :, 0]
            residual = response[unknown] - z[unknown][:, rows]
            size = np.abs(residual).max(axis=0)
            bend[rows] = np.eye(U) - np.moveaxis(found.imag[unknown] / STEP, 0, 1)
            good = np.isfinite(size) & np.isfinite(bend[rows]).all(axis=(1, 2))
            solved[rows] = good & (size <= TIGHT * np.maximum(1.0, np.abs(response).max(axis=0)))
            lost[rows] = ~good
            z[:, rows[good]] = response[:, good]
            on = good & ~solved[rows]
            if on.any():
                step = _solved(bend[rows[on]], residual[:, on].T[..., None])[..., 0].T
                z[np.ix_(unknown, rows[on])] += step - residual[:, on]
        solved &= np.linalg.slogdet(bend)[0] > 0
        return Equilibria(z, bend, solved)

    def _follow(self, numbers: Numbers, prior: Array) -> Equilibria:
        """Along the principal branch, each draw at its own pace."""
        D, draws = self.tree.slots, numbers.discount.shape[2]
        unknown = self.tree.unknown
        zero = np.zeros((D, draws))
        slope = self.respond(numbers, prior, zero, 1e-6) * 1e6
        hottest = np.maximum(np.abs(slope[unknown]).max(axis=0), 1e-300)
        stride = FIRST / hottest
        share, z = np.zeros(draws), zero.copy()
        trail = [(np.zeros(draws), slope.copy()), (np.zeros(draws), slope.copy())]  # z / share, at two shares
        bend = np.tile(np.eye(int(unknown.sum())), (draws, 1, 1))
        lost = ~np.isfinite(hottest)
        for _ in range(MOST_ROUNDS):
            rows = np.flatnonzero((share < 1.0) & ~lost)
            if not len(rows):
                break
            target = np.minimum(1.0, share[rows] + stride[rows])
            guess = target * _extrapolated([(s[rows], v[:, rows]) for s, v in trail], target)
            found = self._settle(_of(numbers, rows), prior[:, rows], guess, target)
            missed = np.abs(self._plays(found.z) - self._plays(guess)).max(axis=0)
            good = found.solved & (missed <= FAR)
            took = target - share[rows]
            longer = np.clip(np.sqrt(CLOSE / np.maximum(missed, 1e-12)), 0.5, 4.0)
            stride[rows] = took * np.where(good, longer, 0.5)
            lost[rows] = ~good & (stride[rows] * hottest[rows] < LEAST)
            on = rows[good]
            (earlier, before), (last, there) = trail
            earlier[on], before[:, on] = last[on], there[:, on]
            last[on], there[:, on] = target[good], found.z[:, good] / target[good]
            share[on], z[:, on], bend[on] = target[good], found.z[:, good], found.bend[good]  # type: ignore[index]
        return Equilibria(z, bend, share >= 1.0)

    def _plays(self, z: Array) -> Array:
        """[.., G] all choice probabilities."""
        plays = [self.play(z, node).reshape(-1, z.shape[1]) for node in self.nodes if node.slot >= 0]
        return np.concatenate(plays)

    # --- 2. derivatives ----------------------------------------------------------------------------------------------

    def turned(self, numbers: Numbers, prior: Array, found: Equilibria) -> Array:
        """[D, G, V] log-odds z + i h dz, for numbers and a prior that carry i h times their slopes."""
        z = found.z[:, :, None].astype(complex)
        response = self.respond(numbers, prior, z)
        if found.bend is None:
            return response
        unknown = self.tree.unknown
        change = np.moveaxis(response.imag[unknown], 0, 1)  # [G, U, V]
        z = np.repeat(z, change.shape[-1], axis=-1)
        z[unknown] += 1j * np.moveaxis(_solved(found.bend, change), 1, 0)
        return self.respond(numbers, prior, z)


_NOTHING = np.zeros(0)


def _mixed(numbers: Numbers, option: int, after: Array) -> Array:
    """[N, W, X] what can be expected before an option moves the world, from what can be after it."""
    b = int(numbers.which[option])
    return after if b < 0 else (numbers.becomes[b] * after[:, None]).sum(axis=2)


def _moved(numbers: Numbers, option: int, mass: Array) -> Array:
    """[W, X] the probability of each world after an option, from that before it."""
    b = int(numbers.which[option])
    return mass if b < 0 else (numbers.becomes[b] * mass[:, None]).sum(axis=0)


def _normal_log_odds(x: Array) -> Array:
    """log Phi(x) - log Phi(-x), for x + i h v too."""
    up, down = scipy.special.log_ndtr(x.real), scipy.special.log_ndtr(-x.real)
    if not np.iscomplexobj(x):
        return up - down
    log_density = -0.5 * x.real**2 - 0.5 * np.log(2.0 * np.pi)
    return up - down + 1j * x.imag * (np.exp(log_density - up) + np.exp(log_density - down))


def _solved(bend: Array, right: Array) -> Array:
    """The solutions of linear systems [G, U, U] with right sides [G, U, V]; least squares where one is singular."""
    try:
        return np.linalg.solve(bend, right)
    except np.linalg.LinAlgError:
        return np.linalg.pinv(bend) @ right


def _each(numbers: Numbers, change: Callable[[Array], Array]) -> Numbers:
    """The same numbers with something done to every array of the draws."""
    return Numbers(*(x if name == "which" else change(x) for name, x in zip(Numbers._fields, numbers, strict=True)))


def _of(numbers: Numbers, rows: Array) -> Numbers:
    """The numbers of some of the draws."""
    return _each(numbers, lambda x: x[..., rows])


def _extrapolated(trail: Sequence[tuple[Array, Array]], share: Array) -> Array:
    """[D, G] the line through two points (s [G], value [D, G]) at a share [G]; the last where both are one."""
    (s, one), (last, other) = trail
    apart = np.where(last == s, 1.0, last - s)
    return other + (other - one) * np.where(last == s, 0.0, (share - last) / apart)
