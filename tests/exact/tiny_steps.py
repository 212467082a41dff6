"""The curve of logit equilibria of an extensive game, traced in tiny steps, as plainly as can be: a judge of ``arc``.

It shares with the package the reader of games and nothing else. All log-odds are unknowns (each against its set's last
action), the equations are written down as the definition has them, derivatives are complex steps, and the linear
systems are full matrices. The curve is traced by its arc length (Keller 1977) in (z, tau), tau being lambda times the
largest difference between two payoffs of a player. A step may change no choice probability and no belief by more than
``change``, tau by no more than ten times that part, and the derivative with the tangent as its last row, B, by no more
than ``vary`` (the spectral radius of B0^-1 (B1 - B0): while it is under one, B is regular between the two points).
Where steps would have to be shorter than ``CLOSE`` times that, others cross, and the curve is followed straight over.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_matrix

from longgame.exact.extensive import CHANCE, ExtensiveGame

CLOSE = 1e-4  # a step below this, times ``vary``: so close the curve counts as crossed by others
TOLERANCE = 1e-11  # of log-odds; of those over one, relative to their size
NEVER = -1.0e4  # the logarithm of a chance of zero


@dataclass(frozen=True)
class Steps:
    """How small the steps are: see the head of this file."""

    change: float = 1e-3
    vary: float = 5e-3
    most: int = 2_000_000


@dataclass
class Traced:
    """A curve: its points at the lambda asked for, and what happened on the way.

    ended      "there" (at the lambda asked for), "start" (at lambda = 0), "lost", or "too long"
    play       by information set, at the end
    turns, crossings  the lambdas where it turned; where others crossed it, with z there
    steps, seconds    how many, and how long they took
    """

    ended: str
    lam: float
    z: np.ndarray
    turns: list[float] = field(default_factory=list)
    crossings: list[tuple[float, np.ndarray]] = field(default_factory=list)
    steps: int = 0
    seconds: float = 0.0


class Equations:
    """F(z, tau) = 0 of a game: D actions at H information sets, n = D - H log-odds z, V nodes.

    sets     [H] the game's information sets of players; start: by information set of the game, where its actions begin
    set_of   [D] whose each action is; last [D] the last action of that set; free [n] all other actions
    spread   the largest difference between two payoffs of a player
    """

    def __init__(self, game: ExtensiveGame):
        self.game = game
        V, arity, nodes = game.nodes, game.arity, np.arange(game.nodes)
        self.sets = np.unique(game.infoset[game.mover >= 0])
        begin = np.concatenate([[0], np.cumsum(arity[self.sets])])
        self.start = np.full(len(arity), -1)
        self.start[self.sets] = begin[:-1]
        self.set_of = np.repeat(np.arange(len(self.sets)), arity[self.sets])
        self.last = (begin[1:] - 1)[self.set_of]
        self.free = np.flatnonzero(self.last != np.arange(begin[-1]))

        # moves of players, by the nodes that they lead to; decision nodes
        chosen = np.flatnonzero((nodes > 0) & (game.mover[game.parent] >= 0))
        above = game.parent[chosen]
        self.chosen, self.action = chosen, self.start[game.infoset[above]] + game.move[chosen]
        self.decisions = np.flatnonzero(game.mover >= 0)
        self.member = np.searchsorted(self.sets, game.infoset[self.decisions])
        self.taken_at, self.taken_by = np.searchsorted(self.decisions, above), game.mover[above]
        self.per_action = _incidence(self.action, np.arange(len(chosen)), (begin[-1], len(chosen)))
        self.per_set = _incidence(self.member, np.arange(len(self.decisions)), (len(self.sets), len(self.decisions)))

        # [V, D] the choices on the way to each node; [V] the logarithm of chance's last move, and of all on the way
        drawn = (nodes > 0) & (game.mover[game.parent] == CHANCE)
        self.drawn = np.zeros(V)
        self.drawn[drawn] = np.where(game.chance > 0, np.log(np.maximum(game.chance, 1e-300)), NEVER)[drawn]
        step, up = _incidence(chosen, self.action, (V, begin[-1])), _incidence(nodes[1:], game.parent[1:], (V, V))
        self.path, self.chance = step, self.drawn.copy()
        for level in game.levels[1:]:
            step = up @ step
            self.path = self.path + step
            self.chance[level] += self.chance[game.parent[level]]
        total = game.pay.copy()
        for level in game.levels[1:]:
            total[level] += total[game.parent[level]]
        self.spread = float(np.ptp(total[game.infoset < 0], axis=0).max()) or 1.0

    def play(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of z [n, k]: the logarithms of choice probabilities [D, k], and beliefs at decision nodes [decisions, k]."""
        odds = np.zeros((len(self.set_of), z.shape[1]), dtype=z.dtype)
        odds[self.free] = z
        log_sigma = _log_normalised(odds, self.set_of, len(self.sets))
        reach = (self.path @ log_sigma + self.chance[:, None])[self.decisions]
        return log_sigma, np.exp(_log_normalised(reach, self.member, len(self.sets)))

    def worth(self, z: np.ndarray) -> np.ndarray:
        """[n, k] what each action is worth at its set, less what the last is worth."""
        game = self.game
        log_sigma, belief = self.play(z)
        p = np.exp(np.repeat(self.drawn[:, None], z.shape[1], axis=1).astype(z.dtype))
        p[self.chosen] = np.exp(log_sigma[self.action])
        value = np.repeat(game.pay[:, :, None], z.shape[1], axis=2).astype(z.dtype)
        for level, below in zip(reversed(game.levels[:-1]), reversed(game.levels[1:]), strict=True):
            inner = np.arange(level.start, level.stop)[game.infoset[level] >= 0]
            each = p[below, None] * value[below]
            value[inner] += np.add.reduceat(each, game.first_child[inner] - below.start, axis=0)
        action = self.per_action @ (belief[self.taken_at] * value[self.chosen, self.taken_by])
        return (action - action[self.last])[self.free]

    def solve(self, z: np.ndarray, tau: float) -> tuple[np.ndarray, np.ndarray]:
        """F [n] and its derivative [n, n + 1] by z and tau."""
        n = len(z)
        tiny = 1e-30
        worth = self.worth(z[:, None] + 1j * tiny * np.eye(n))
        value = self.worth(z[:, None])[:, 0] / self.spread
        by_z = np.eye(n) - tau / self.spread * worth.imag / tiny
        return z - tau * value, np.column_stack([by_z, -value])

    def shown(self, z: np.ndarray) -> np.ndarray:
        """Choice probabilities and beliefs, which a step may not change by much."""
        log_sigma, belief = self.play(z[:, None])
        return np.concatenate([np.exp(log_sigma[:, 0]), belief[:, 0]])

    def choices(self, z: np.ndarray) -> dict[int, np.ndarray]:
        """Choice probabilities by information set."""
        sigma = np.exp(self.play(z[:, None])[0][:, 0])
        return {int(h): sigma[self.start[h] : self.start[h] + self.game.arity[h]] for h in self.sets}

    def odds(self, choices: dict[int, np.ndarray]) -> np.ndarray:
        """z of choice probabilities by information set."""
        odds = np.log(np.maximum(np.concatenate([choices[int(h)] for h in self.sets]), 1e-300))
        return (odds - odds[self.last])[self.free]

    def residual(self, choices: dict[int, np.ndarray], lam: float) -> float:
        """The largest difference between a choice probability and the logit response to all of them."""
        response = self.worth(self.odds(choices)[:, None])[:, 0] * lam
        found = self.choices(response)
        return max((float(np.abs(found[h] - choices[h]).max()) for h in found), default=0.0)

    def newton(self, z: np.ndarray, lam: float, rounds: int = 30) -> np.ndarray | None:
        """An equilibrium at lambda near z; None if Newton's method finds none."""
        tau = lam * self.spread
        for _ in range(rounds):
            amiss, derivative = self.solve(z, tau)
            if _amiss(amiss, z) <= TOLERANCE:
                return z
            z = z - np.linalg.solve(derivative[:, :-1], amiss)
            if not np.all(np.isfinite(z)):
                return None
        return None


def _incidence(rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int]) -> csr_matrix:
    return csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)


def _log_normalised(odds: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    """Logarithms [m, k] less that of the sum over their group."""
    top = np.full((groups, odds.shape[1]), -np.inf)
    np.maximum.at(top, group, odds.real)
    odds = odds - top[group]
    total = np.zeros((groups, odds.shape[1]), dtype=odds.dtype)
    np.add.at(total, group, np.exp(odds))
    return odds - np.log(total)[group]


def _amiss(amiss: np.ndarray, z: np.ndarray) -> float:
    return float((np.abs(amiss) / np.maximum(1.0, np.abs(z))).max(initial=0.0))


def _radius(before: np.ndarray, after: np.ndarray) -> float:
    """The spectral radius of the change of B, in units of B."""
    return float(np.abs(np.linalg.eigvals(np.linalg.solve(before, after - before))).max())


def trace(
    game: ExtensiveGame | Equations,
    lam: float,
    steps: Steps | None = None,
    *,
    start: tuple[np.ndarray, float] | None = None,
    seconds: float = np.inf,
) -> Traced:
    """From even play at lambda = 0 to the first point at ``lam``; or from a point (z, lambda), with lambda falling.

    From a point the curve is traced to lambda = 0, or to where it comes back to ``lam`` from below.
    """
    equations = game if isinstance(game, Equations) else Equations(game)
    return _Walk(equations, lam, steps or Steps(), start, seconds).run()


class _Walk:
    def __init__(
        self, equations: Equations, lam: float, steps: Steps, start: tuple[np.ndarray, float] | None, seconds: float
    ):
        self.equations, self.steps, self.end = equations, steps, lam * equations.spread
        self.size, self.shortest = len(equations.free), CLOSE * steps.vary
        z, at = start or (np.zeros(self.size), 0.0)
        self.where = np.append(z, at * equations.spread)
        self.along = np.append(np.zeros(self.size), 1.0 if start is None else -1.0)
        self.found = Traced("too long", lam, z)
        self.began, self.seconds = time.process_time(), seconds

    def run(self) -> Traced:
        found, eq = self.found, self.equations
        derivative = eq.solve(self.where[:-1], self.where[-1])[1]
        self.tangent(derivative)
        length = self.steps.change
        while found.steps < self.steps.most and time.process_time() - self.began < self.seconds:
            found.steps += 1
            if length < self.shortest:
                derivative = self.cross()
                if derivative is None:
                    found.ended = "lost"
                    break
                length = 10 * self.shortest
                if self.over():
                    break
                continue
            there = self.correct(self.where + length * self.along)
            if there is None:
                length /= 2
                continue
            point, after = there
            moved = np.abs(eq.shown(point[:-1]) - eq.shown(self.where[:-1])).max(initial=0.0)
            grown = abs(point[-1] - self.where[-1]) / (1.0 + abs(self.where[-1]))
            before = np.vstack([derivative, self.along])
            varied = _radius(before, np.vstack([after, self.along]))
            wanted = min(
                self.steps.change / max(moved, 1e-300),
                10 * self.steps.change / max(grown, 1e-300),
                self.steps.vary / max(varied, 1e-300),
            )
            if wanted < 0.8:
                length *= max(0.2, 0.9 * wanted)
                continue
            last, turned = self.where, self.along[-1]
            self.where, derivative = point, after
            self.tangent(derivative)
            if self.along[-1] * turned < 0:
                found.turns.append(float(point[-1]) / eq.spread)
            if self.over(last):
                break
            length *= min(1.5, 0.9 * wanted)
        found.lam = float(self.where[-1]) / eq.spread
        found.z = self.where[:-1]
        found.seconds = time.process_time() - self.began
        return found

    def tangent(self, derivative: np.ndarray) -> None:
        along = np.linalg.solve(np.vstack([derivative, self.along]), np.append(np.zeros(self.size), 1.0))
        self.along = along / np.linalg.norm(along)

    def correct(self, guess: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        """The point of the curve in the plane across the tangent, and the derivative there."""
        point, previous = guess.copy(), np.inf
        for _ in range(8):
            amiss, derivative = self.equations.solve(point[:-1], float(point[-1]))
            size = _amiss(amiss, point[:-1])
            if size <= TOLERANCE:
                return point, derivative
            if size > 0.5 * previous:
                return (point, derivative) if size < 100 * TOLERANCE else None
            previous = size
            system = np.vstack([derivative, self.along])
            step = np.linalg.solve(system, np.append(amiss, self.along @ (point - guess)))
            point = point - step
        return None

    def cross(self) -> np.ndarray | None:
        """Straight over a crossing: the shortest step after which B is as far from singular as before it."""
        derivative = self.equations.solve(self.where[:-1], float(self.where[-1]))[1]
        before = np.vstack([derivative, self.along])
        for length in np.geomspace(CLOSE, 0.1, 16).tolist():
            guess = self.where + length * self.along
            there = self.correct(guess)
            if there is None or np.linalg.norm(there[0] - guess) > 0.02 * length:
                continue
            after = np.vstack([there[1], self.along])
            if _radius(before, after) < 2.5:
                continue
            middle = (self.where + there[0]) / 2
            old = self.along
            self.where = there[0]
            self.tangent(there[1])
            if self.along @ old < 1 - 1e-3:
                return None
            self.found.crossings.append((float(middle[-1]) / self.equations.spread, middle[:-1]))
            return there[1]
        return None

    def over(self, last: np.ndarray | None = None) -> bool:
        """Whether the curve has come to its end, which is put at the very lambda asked for."""
        tau = float(self.where[-1])
        if tau <= 0:
            self.found.ended = "start"
            return True
        if tau < self.end or self.along[-1] < 0:
            return False
        guess = self.where
        if last is not None:
            share = (self.end - last[-1]) / (tau - last[-1])
            guess = last + share * (self.where - last)
        z = self.equations.newton(guess[:-1], self.end / self.equations.spread)
        self.found.ended = "lost" if z is None else "there"
        self.where = np.append(guess[:-1] if z is None else z, self.end)
        return True
