"""The solver's slow twin: the same mathematics in plain NumPy, one state and one belief at a time, for the tests.

It is written from method.md, not from the solver, and shares nothing with it but the game and the order of the lattice
points: interpolation sorts, lotteries and Bayes' rule are loops, and the fixed point is a damped iteration in the
probabilities while the precision rises from zero. What it lacks is speed, and the means to get past a fold of the
principal branch: it is meant for games of modest precision, where the two must agree to rounding.

Axes: U [S, N, W, B], sigma [S, C, A, B].
"""

from __future__ import annotations

from functools import cache, cached_property
from typing import NamedTuple

import numpy as np

from longgame.game.game import Game
from longgame.game.lattice import Lattice
from longgame.game.numbers import CHANCE, GameTables
from longgame.solver.kernel.response import Problem

LEVELS = np.linspace(0.1, 1.0, 10)  # of the precision
DAMPING = 0.5
TOLERANCE = 1e-13
MOST_ITERATIONS = 500


class ReferenceSolution(NamedTuple):
    """Values [T + 1][S, N, W, B] at the start of each period, and play [T][K][S, C, A, B] (None at chance steps)."""

    U: list[np.ndarray]
    sigma: list[list[np.ndarray | None]]


def solve_slowly(game: Game, theta: np.ndarray | None = None) -> ReferenceSolution:
    """Solve a small game.

    Raises:
        ArithmeticError: the damped iteration does not settle somewhere.
    """
    theta = game.base if theta is None else theta
    lattice = Lattice(len(game.worlds), game.lattice)
    last = game.tables(theta, game.periods - 1)
    U = [np.repeat(np.asarray(last.end_value)[..., None], lattice.size, axis=-1)]
    sigma: list[list[np.ndarray | None]] = []
    for t in reversed(range(game.periods)):
        tables = game.tables(theta, t)
        end = np.asarray(tables.flow)[..., None] + np.asarray(tables.discount)[:, None, None] * U[0]
        values = [end] * (len(game.steps) + 1)
        plays: list[np.ndarray | None] = [None] * len(game.steps)
        for k in reversed(range(len(game.steps))):
            values[k], plays[k] = _before(game, lattice, tables, k, values)
        over = np.asarray(game.ended)[:, None, None, None]
        U.insert(0, np.where(over, np.asarray(tables.end_value)[..., None], values[0]))
        sigma.insert(0, plays)
    return ReferenceSolution(U, sigma)


def _before(
    game: Game, lattice: Lattice, tables: GameTables, k: int, values: list[np.ndarray]
) -> tuple[np.ndarray, np.ndarray | None]:
    """The values before step k, and play there."""
    step, numbers = game.steps[k], tables.steps[k]
    states, options = numbers.allowed.shape
    cells = 1 if step.mover == CHANCE else int(game.cells[step.mover].max()) + 1
    before = values[k + 1].copy()
    play = np.full((states, cells, options, lattice.size), 1.0 / options)
    for s in np.flatnonzero(numbers.active):
        node = Node(game, lattice, tables, k, int(s), values)
        for n, belief in enumerate(lattice.points):
            if step.mover == CHANCE:
                odds = numbers.chance[s]  # [A, W]
                bonus = np.zeros(len(game.worlds))
            else:
                found, bonus = node.choose(belief)
                play[s, :, :, n] = found
                odds = found[game.cells[step.mover]].T
            before[s, :, :, n] = node.expect(belief, odds)
            if step.mover != CHANCE:
                before[s, step.mover, :, n] += bonus
    return before, None if step.mover == CHANCE else play


class Node:
    """Step k in state s: what follows each option, what can be expected, what is chosen."""

    def __init__(
        self, game: Game, lattice: Lattice, tables: GameTables, k: int, s: int, values: list[np.ndarray]
    ):
        self.game, self.lattice, self.step = game, lattice, game.steps[k]
        self.numbers, self.s, self.precision = tables.steps[k], s, np.asarray(tables.precision)
        self.W, self.stays = len(game.worlds), np.eye(len(game.worlds))
        self.ahead = []  # for each option [N, W, B]
        for a, after in enumerate(self.step.next):
            following = values[after if 0 <= after < len(values) else -1]
            lots = zip(self.numbers.weight[s, a], self.numbers.successor[s, a], strict=True)
            self.ahead.append(sum(weight * following[successor] for weight, successor in lots))

    def becomes(self, a: int) -> np.ndarray:
        """P_a(w' | w) [W, W']."""
        return self.stays if self.numbers.becomes is None else self.numbers.becomes[self.s, a]

    def posterior(self, belief: np.ndarray, odds: np.ndarray, signal: int) -> np.ndarray:
        """b' [W] after a signal, when options are taken with odds [A, W]."""
        for prior in (belief, np.ones(self.W)):
            joint = np.zeros(self.W)
            for a, y in enumerate(self.step.signal):
                if y == signal:
                    joint += (prior * odds[a]) @ self.becomes(a)
            if joint.sum() > 0.0:
                return joint / joint.sum()
        return belief

    def worth(self, belief: np.ndarray, odds: np.ndarray) -> np.ndarray:
        """What each option leads to, for each actor and world [A, N, W]."""
        after = [self.posterior(belief, odds, y) for y in range(max(self.step.signal) + 1)]
        result = []
        for a, y in enumerate(self.step.signal):
            moved = after[y] if self.step.informed else belief
            had = interpolate(self.lattice, self.ahead[a], moved) @ self.becomes(a).T
            result.append(had if self.numbers.pay is None else had + self.numbers.pay[self.s, a])
        return np.array(result)

    def expect(self, belief: np.ndarray, odds: np.ndarray) -> np.ndarray:
        """The values before the step [N, W]."""
        return np.einsum("aw,anw->nw", odds, self.worth(belief, odds))

    @cached_property
    def own_precision(self) -> np.ndarray:
        """[C] of the mover's cells."""
        cells = self.game.cells[self.step.mover]
        firsts = [np.flatnonzero(cells == c)[0] for c in range(int(cells.max()) + 1)]
        return np.array([self.precision[self.step.mover, first] for first in firsts])

    def respond(self, belief: np.ndarray, sigma: np.ndarray, level: float = 1.0) -> np.ndarray:
        """The logit response [C, A] to what play [C, A] leads others to believe, at a part of the precision."""
        cells, precision = self.game.cells[self.step.mover], self.own_precision
        inside = np.zeros((len(precision), self.W))  # b(w | c)
        for c in range(len(precision)):
            members = cells == c
            total = belief[members].sum()
            inside[c, members] = belief[members] / total if total > 0.0 else 1.0 / members.sum()
        worth = self.worth(belief, sigma[cells].T)[:, self.step.mover]  # [A, W]
        return _softmax(level * precision[:, None] * (inside @ worth.T), self.numbers.allowed[self.s])

    def choose(self, belief: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Play [C, A] and what tastes add to the mover's value [W]."""
        cells = self.game.cells[self.step.mover]
        precision, allowed = self.own_precision, self.numbers.allowed[self.s]
        count = len(precision)
        sigma, change = _softmax(np.zeros((count, allowed.size)), allowed), np.inf
        for level in LEVELS:
            for _ in range(MOST_ITERATIONS):
                new = self.respond(belief, sigma, level)
                change = np.abs(new - sigma).max()
                sigma = sigma + DAMPING * (new - sigma)
                if change < (TOLERANCE if level == LEVELS[-1] else 1e-6):
                    break
        if not change < TOLERANCE:
            raise ArithmeticError(f"damped iteration does not settle at {self.step.name}: the precision is too high")
        bonus = np.zeros(self.W)
        if self.game.noise == "tastes":
            entropy = -(sigma * np.log(np.where(sigma > 0.0, sigma, 1.0))).sum(axis=1)
            bonus = (entropy / np.where(precision > 0.0, precision, np.inf))[cells]
        return sigma, bonus


def _softmax(logits: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    weight = np.where(allowed, np.exp(logits - logits[:, allowed].max(axis=1, keepdims=True)), 0.0)
    return weight / weight.sum(axis=1, keepdims=True)


def interpolate(lattice: Lattice, values: np.ndarray, belief: np.ndarray) -> np.ndarray:
    """Values [..., B] at a belief [W], linear on the Freudenthal triangulation in cumulative coordinates."""
    x = np.minimum(np.cumsum(belief)[:-1], 1.0) * lattice.resolution
    corner = np.floor(x)
    rest = x - corner
    order = sorted(range(x.size), key=lambda j: (-rest[j], -j))
    edges = [1.0, *(rest[j] for j in order), 0.0]
    result = np.zeros(values.shape[:-1])
    for n in range(x.size + 1):
        weight = edges[n] - edges[n + 1]
        if weight > 0.0:
            result = result + weight * values[..., _place(lattice, tuple(corner.tolist()))]
        if n < x.size:
            corner = corner.copy()
            corner[order[n]] += 1.0
    return result


@cache
def _place(lattice: Lattice, corner: tuple[float, ...]) -> int:
    """The index of the lattice point with these cumulative coordinates."""
    point = np.diff([0.0, *corner, lattice.resolution]) / lattice.resolution
    return int(np.abs(lattice.points - point).max(axis=1).argmin())


def respond(point: Problem, lattice: Lattice, z: np.ndarray) -> np.ndarray:
    """The logit response [C, m] of the mover at one point, as log-odds, when it plays by log-odds z [C, m]."""
    open_ = np.ones(z.shape[1], bool)
    odds = _softmax(z, open_)[point.cell].T  # [m, W]
    worlds = len(point.belief)
    moves = point.becomes if len(point.becomes) else np.broadcast_to(np.eye(worlds), (len(odds), worlds, worlds))
    worth = []
    for a, y in enumerate(point.signal):
        joint = sum((point.belief * odds[o]) @ moves[o] for o in range(len(odds)) if point.signal[o] == y)
        had = interpolate(lattice, point.ahead[a], joint / joint.sum())
        worth.append(moves[a] @ had + point.pay[a])
    payoff = np.zeros(z.shape)
    for w, c in enumerate(point.cell):
        payoff[c] += point.inside[w] * np.array(worth)[:, w]
    return point.precision[:, None] * (payoff - payoff.mean(axis=1, keepdims=True))
