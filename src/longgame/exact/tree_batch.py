"""One response of everybody to everybody in a tree of public beliefs, in many draws at once: NumPy twins of ``passes``.

Each step of ``passes`` is worked out node by node for all draws together, which are the last axes of every array. All
numbers may be complex, so that derivatives are taken by complex steps (``exact_batch``).

Where several choose at the same time, each side answers to what the others choose at the log-odds that are given.

Choice is logit, or, at moves with two open options, normal: the better option b is taken with probability
Phi(lambda (Q_b - Q_a)), as if each option's payoff had a normal shock of its own with standard deviation
1 / (lambda sqrt 2) (the agent error model of Signorino 2003, Political Analysis 11).

Letters as in ``passes``; X the axes of the draws: [G], or [G, V] with directions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
import scipy

from longgame.arrays import Array
from longgame.exact import passes
from longgame.exact.belief_tree import BeliefTree
from longgame.exact.passes import RAREST, Numbers

Noise = Literal["logit", "normal"]
Ways = list[tuple[int, int]]


class NotTwoOptions(Exception):
    """Normal noise at a move with more than two open options."""

    def __init__(self, step: str, options: int):
        super().__init__(step, options)
        self.step, self.options = step, options


class Chooser(NamedTuple):
    """One who chooses at a node: an actor with so many options, and the first of its log-odds, by cell and option.

    own  of several who choose at the same time, which of its options it takes in each profile; else None
    """

    actor: int
    options: int
    slot: int
    own: list[int] | None = None


class TreeNode(NamedTuple):
    """A node of the tree, in plain numbers; see ``passes.Shape``.

    choosers  who chooses there: nobody, one, or several at the same time
    signals   (the class of histories after it, the options that give it) of each signal
    options   by option (or profile): its number in the tree, and its ways
    """

    kind: int
    period: int
    told: int
    row: int
    choosers: list[Chooser]
    signals: list[tuple[int, list[int]]]
    options: list[tuple[int, Ways]]

    @property
    def first(self) -> int:
        """The number of its first option in the tree."""
        return self.options[0][0]


@dataclass(frozen=True, eq=False)
class TreeBatch:
    """A tree in which many draws are answered together.

    noise   logit or normal; tastes: noise is part of the payoff

    Raises:
        NotTwoOptions: normal noise where there are more options.
    """

    tree: BeliefTree
    noise: Noise = "logit"
    tastes: bool = False

    def __post_init__(self) -> None:
        for step, node in zip(self._steps, self.nodes, strict=True):
            most = max((chooser.options for chooser in node.choosers), default=0)
            if self.noise == "normal" and most > 2:
                raise NotTwoOptions(step, most)

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
        fields = passes.Shape._fields
        shape = {name: np.asarray(x).tolist() for name, x in zip(fields, self.tree.shape, strict=True)}
        options, ways, signals, sides = (shape[name] for name in ("options", "ways", "signals", "sides"))
        made = []
        for n, kind in enumerate(shape["kind"]):
            own = range(options[n], options[n + 1])
            on = [(o, [(e, shape["child"][e]) for e in range(ways[o], ways[o + 1])]) for o in own]
            said = [
                (shape["after"][q], [o - options[n] for o in own if shape["signal"][o] == q])
                for q in range(signals[n], signals[n + 1])
            ]
            choosers = [] if shape["slot"][n] < 0 else [Chooser(shape["mover"][n], len(own), shape["slot"][n])]
            first, count = shape["parts"][n], sides[n + 1] - sides[n]
            for j, f in enumerate(range(sides[n], sides[n + 1])):
                part = [shape["part"][first + i * count + j] for i in range(len(own))]
                choosers.append(Chooser(shape["actor"][f], shape["own"][f], shape["begin"][f], part))
            made.append(TreeNode(kind, shape["period"][n], shape["told"][n], shape["row"][n], choosers, said, on))
        return made

    def respond(self, numbers: Numbers, prior: Array, z: Array, share: Array | float = 1.0) -> Array:
        """[D, X] the response to log-odds z [D, X] at a share [X] of the precision; prior [W, X]."""
        return self.passed(numbers, prior, z, share)[0]

    def passed(
        self, numbers: Numbers, prior: Array, z: Array, share: Array | float = 1.0
    ) -> tuple[Array, list[Array]]:
        """The response, and the values [N, W, X] at each node."""
        beliefs = self._beliefs(numbers, prior, z)
        kind = np.result_type(z, *(x for x in numbers if x is not numbers.which))
        response = np.zeros((len(z), *np.broadcast_shapes(z.shape[1:], draws_of(numbers))), kind)
        value: list[Array] = [_NOTHING] * len(self.nodes)
        for n in reversed(range(len(self.nodes))):
            node = self.nodes[n]
            if node.kind == passes.END:
                value[n] = numbers.end[node.row]
            elif node.kind == passes.PERIOD:
                after = value[node.options[0][1][0][1]]
                value[n] = numbers.flow[node.row] + numbers.discount[node.period][:, None] * after
            else:
                ahead = np.stack(np.broadcast_arrays(*(self._ahead(numbers, o, value) for o in node.options)))
                for chooser in node.choosers:
                    self._choose(node, chooser, numbers, (beliefs[node.told], z), ahead, share, response)
                value[n] = (self.odds(numbers, response, node)[:, None] * ahead).sum(axis=0)
                for chooser in node.choosers if self.tastes else ():
                    x = self.play(response, chooser)
                    precision = numbers.precision[node.period, chooser.actor]
                    worth = -(x * np.log(x)).sum(axis=0) / np.where(precision == 0.0, 1.0, precision)
                    value[n][chooser.actor] += np.where(precision == 0.0, 0.0, worth)
        return response, value

    @staticmethod
    def _ahead(numbers: Numbers, option: tuple[int, Ways], value: list[Array]) -> Array:
        """[N, W, X] what an option leads to."""
        o, ways = option
        after = numbers.weight[ways[0][0]] * value[ways[0][1]]
        for way, child in ways[1:]:
            after = after + numbers.weight[way] * value[child]
        return numbers.pay[o] + _mixed(numbers, o, after)

    def _choose(
        self,
        node: TreeNode,
        chooser: Chooser,
        numbers: Numbers,
        now: tuple[Array, Array],
        ahead: Array,
        share: Array | float,
        response: Array,
    ) -> None:
        """Somebody's response at a node: to what each option or profile leads to, ``ahead`` [m, N, W, X], and to what
        is believed there and chosen by the others, ``now``: a belief [W, X] and log-odds [D, X]."""
        (belief, z), m, cells = now, chooser.options, self.tree.shape.cells[chooser.actor]
        own = ahead[:, chooser.actor]
        if chooser.own is not None:
            for other in node.choosers:
                if other is not chooser:
                    own = own * self.play(z, other)[other.own]
            own = np.stack([sum(own[i] for i, a in enumerate(chooser.own) if a == mine) for mine in range(m)])
        for c in range(int(cells.max()) + 1):
            mine = cells == c
            if mine.all() and len(mine) == 1:
                q = own[:, 0]
            else:
                known = belief[mine]
                total = known.sum(axis=0)
                inside = np.where(total.real > 0.0, known, 1.0) / np.where(total.real > 0.0, total, mine.sum())
                q = (inside * own[:, mine]).sum(axis=1)
            lam = share * numbers.precision[node.period, chooser.actor, int(np.argmax(mine))]
            at = slice(chooser.slot + c * m, chooser.slot + (c + 1) * m)
            if self.noise == "normal" and m == 2:
                half = _normal_log_odds(lam * (q[1] - q[0])) / 2.0
                response[at] = np.stack([-half, half])
            else:
                response[at] = lam * (q - q.mean(axis=0))

    def play(self, z: Array, chooser: Chooser) -> Array:
        """[m, W, X] the probability of each of its own options in each world, at log-odds z [D, X]."""
        m, cells = chooser.options, self.tree.shape.cells[chooser.actor]
        odds = z[chooser.slot + cells * m + np.arange(m)[:, None]]
        real = odds.real[..., :1] if np.iscomplexobj(odds) else odds  # it is the same along all directions
        likely = np.exp(real - real.max(axis=0))
        x = likely / likely.sum(axis=0)
        rare = x < RAREST
        if np.iscomplexobj(odds):
            turn = x * (odds.imag - (x * odds.imag).sum(axis=0))
            x = x + 1j * (np.where(rare, 0.0, turn) if rare.any() else turn)
        return np.where(rare, RAREST, x) if rare.any() else x

    def odds(self, numbers: Numbers, z: Array, node: TreeNode) -> Array:
        """[m, W, X] the chance of each option, profile or outcome of a node in each world, at log-odds z [D, X]."""
        if not node.choosers:
            return numbers.odds[node.first : node.first + len(node.options)]
        x = None
        for chooser in node.choosers:
            part = self.play(z, chooser)
            part = part if chooser.own is None else part[chooser.own]
            x = part if x is None else x * part
        assert x is not None
        return x

    def _beliefs(self, numbers: Numbers, prior: Array, z: Array) -> list[Array]:
        """By class of histories, [W, X] the belief."""
        beliefs = [prior] * self.tree.classes
        for node in self.nodes:
            if not node.signals:
                continue
            first, x, held = node.first, self.odds(numbers, z, node), beliefs[node.told]
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


_NOTHING = np.zeros(0)
_BEFORE = Numbers(weight=1, odds=2, pay=3, becomes=3, which=1, end=3, flow=3, discount=2, precision=3)  # axes


def draws_of(numbers: Numbers) -> tuple[int, ...]:
    """X, the axes of the draws, of numbers of which some may be the same along the last of them."""
    fields = zip(Numbers._fields, numbers, _BEFORE, strict=True)
    return np.broadcast_shapes(*(x.shape[axes:] for name, x, axes in fields if name != "which"))



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
    real = x.real[..., :1] if np.iscomplexobj(x) else x  # it is the same along all directions
    up, down = scipy.special.log_ndtr(real), scipy.special.log_ndtr(-real)
    if not np.iscomplexobj(x):
        return up - down
    log_density = -0.5 * real**2 - 0.5 * np.log(2.0 * np.pi)
    return up - down + 1j * x.imag * (np.exp(log_density - up) + np.exp(log_density - down))
