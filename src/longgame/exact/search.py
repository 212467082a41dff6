"""The equilibrium of one tree of beliefs: all its choices at once.

1. The share s of the precision is raised from 0 to 1. At each share the log-odds that move beliefs are a fixed point of
   the response of everybody to everybody (``passes``), found by Anderson's acceleration (Walker and Ni 2011) from where
   those at the shares before point to; a step after which play is far from there is taken back and halved.
   Near another branch the search might land on that. Branches meet only where the derivative K of the response has an
   eigenvalue of 1 (``arc``). The largest real part of its eigenvalues is followed along, by the power method on K + 1
   from where it came to before; where that comes near 1 the search is given up, for one that can tell branches apart.
2. Where the equilibrium of a game nearby is known, the search begins there instead, at s = 1.
3. What the extensive game of the same place plays (``public_histories``) can be put into the tree.

Letters as in ``passes`` and ``belief_tree``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from longgame.exact import passes
from longgame.exact.belief_tree import BeliefTree, Place, Spot
from longgame.exact.passes import Numbers
from longgame.exact.public_histories import HistoryMove
from longgame.solver.curve.continuation import BranchStatus

NEAR = 1e-8  # beliefs that differ by less than this are the same
SAME = 1e-6  # the same, of beliefs that another method found
FIRST, LEAST = 1.0, 1e-3  # steps of the share, times the hottest choice
CLOSE, FAR = 0.05, 0.3  # changes of play against what was expected: aimed at; taken back
LOOSE, TIGHT = 1e-6, 1e-12  # of log-odds, on the way and at the end
MOST_ITERATIONS = 60  # at one share
POWERS, POWERS_AT_END = 3, 12  # rounds of the power method on the way, and where the search ends
CROWDED = 0.7  # the real part of an eigenvalue of K from which other branches may be near
STABLE = 0.95  # the same, for play that was found from that of a game nearby
NUDGE = 1e-6  # the change of log-odds from which K is told
WINDOW = 5  # residuals that the acceleration looks back on


class TooMuchWork(Exception):
    """The search was given up: it took more responses of nodes than it may."""


@dataclass(frozen=True, eq=False)
class SolvedTree:
    """A tree with its equilibrium.

    roots    [M, W] the beliefs at the roots
    belief   [G, W] by class of histories; value [V, N, W]; play [D] choice probabilities
    z        [D] log-odds; residual: the largest change of a probability under the response
    """

    tree: BeliefTree
    roots: np.ndarray
    belief: np.ndarray
    value: np.ndarray
    play: np.ndarray
    z: np.ndarray
    residual: float
    iterations: int
    status: BranchStatus

    def find(self, place: Place, s: np.ndarray, b: np.ndarray) -> np.ndarray:
        """[M] the node of each state and belief at a place; -1 where there is none."""
        found = np.full(len(s), -1)
        spot = self.tree.spots.get(place)
        if spot is None:
            return found
        beliefs = self.belief[np.maximum(spot.told, 0)]
        for state in np.unique(s):
            mine, here = np.flatnonzero(spot.s == state), np.flatnonzero(s == state)
            if len(mine):
                apart = np.abs(beliefs[mine] - b[here, None]).max(axis=2) * (spot.told[mine] >= 0)
                nearest = apart.argmin(axis=1)
                there = apart[np.arange(len(here)), nearest] < NEAR
                found[here[there]] = spot.nodes.start + mine[nearest[there]]
        return found


class Search:
    """The search for the equilibrium of one tree."""

    def __init__(self, tree: BeliefTree, numbers: Numbers, roots: np.ndarray, tastes: bool, most: float = np.inf):
        """``most``: how many nodes may respond, all passes together."""
        self.most = most
        self.tree, self.numbers, self.roots, self.tastes = tree, numbers, roots, tastes
        W = roots.shape[1]
        self.belief = np.zeros((tree.classes, W))
        self.belief[: len(roots)] = roots
        self.value = np.empty((tree.nodes, len(tree.shape.cells), W))
        self.passes = 0
        self.along = np.random.default_rng(0).normal(size=int(tree.unknown.sum()))

    def respond(self, z: np.ndarray, share: float) -> np.ndarray:
        """[D] the response to log-odds; beliefs and values are those of this pass."""
        if self.passes * self.tree.nodes > self.most:
            raise TooMuchWork
        response = np.zeros_like(z)
        passes.respond(self.tree.shape, self.numbers, z, share, self.tastes, self.belief, self.value, response)
        self.passes += 1
        return response

    def play(self, z: np.ndarray) -> np.ndarray:
        """[D] the probabilities of log-odds."""
        play = np.empty_like(z)
        passes.choose(self.tree.shape, z, play)
        return play

    def settle(self, z: np.ndarray, share: float, tolerance: float) -> np.ndarray | None:
        """The fixed point near log-odds z, by Anderson's acceleration; None if it does not settle soon."""
        mixture, unknown, previous, slow = _Mixture(), self.tree.unknown, np.inf, 0
        z = z.copy()
        for _ in range(MOST_ITERATIONS):
            response = self.respond(z, share)
            residual = (response - z)[unknown]
            size = float(np.abs(residual).max(initial=0.0))
            if not np.isfinite(size):
                return None
            if size <= tolerance * max(1.0, float(np.abs(response).max(initial=0.0))):
                return response
            slow = slow + 1 if size > 0.7 * previous else max(slow - 1, 0)
            if slow > 8:
                return None
            previous = size
            z = response
            z[unknown] = mixture.next(response[unknown], residual)
        return None

    def crowding(self, z: np.ndarray, share: float, powers: int) -> float:
        """The largest real part of the eigenvalues of dR/dz, nearly: Rayleigh's quotient of K + 1, less 1."""
        unknown = self.tree.unknown
        if not unknown.any():
            return -np.inf
        at, along = self.respond(z, share)[unknown], self.along + 0.1 * np.roll(self.along, 1)
        real = -np.inf
        for _ in range(powers):
            along = along / np.linalg.norm(along)
            there = z.copy()
            there[unknown] += NUDGE * along
            after = (self.respond(there, share)[unknown] - at) / NUDGE + along
            real, along = float(along @ after) - 1.0, after
            if not np.linalg.norm(after) > 1e-9:
                return real
        self.along = along / np.linalg.norm(along)
        return real

    def follow(self) -> np.ndarray | None:
        """From s = 0 to s = 1; None where the way is lost, or other branches are near."""
        zero = np.zeros(self.tree.slots)
        slope = self.respond(zero, 1e-6) * 1e6
        hottest = float(np.abs(slope[self.tree.unknown]).max(initial=0.0))
        if hottest == 0.0:
            return self.settle(zero, 1.0, TIGHT)
        trail, last, stride, z = [(0.0, slope)], 0.0, FIRST / hottest, zero
        while last < 1.0:
            if stride * hottest < LEAST:
                return None
            share = min(1.0, last + stride)
            guess = _extrapolated(trail, share) * share
            found = self.settle(guess, share, TIGHT if share == 1.0 else LOOSE)
            missed = np.inf if found is None else float(np.abs(self.play(found) - self.play(guess)).max(initial=0.0))
            if found is None or missed > FAR:
                stride = (share - last) / 2.0
                continue
            stride = (share - last) * float(np.clip(np.sqrt(CLOSE / max(missed, 1e-12)), 0.5, 4.0))
            if self.crowding(found, share, POWERS_AT_END if share == 1.0 else POWERS) > CROWDED:
                return None
            trail, last, z = [*trail[-2:], (share, found / share)], share, found
        return z

    def put(self, z: np.ndarray, moves: Mapping[tuple[Place, int], HistoryMove]) -> None:
        """Put into z what was found of the moves of an extensive game, by place and mover, at the nodes that are there:
        ``HistoryMove``."""
        tree, shape = self.tree, self.tree.shape
        for place, spot in tree.spots.items():
            for n in range(spot.nodes.start, spot.nodes.stop):
                choices = [(int(shape.mover[n]), int(shape.slot[n]))] if shape.slot[n] >= 0 else []
                choices += [(int(shape.actor[f]), int(shape.begin[f])) for f in range(*shape.sides[n : n + 2])]
                for mover, slot in choices:
                    if (place, mover) in moves:
                        self._put_choice(z, moves[place, mover], spot, n, slot)
            passes.teach(shape, self.numbers, spot.nodes.start, spot.nodes.stop, z, self.belief)

    def _put_choice(self, z: np.ndarray, move: HistoryMove, spot: Spot, n: int, slot: int) -> None:
        at = n - spot.nodes.start
        here = np.flatnonzero(move.state == spot.s[at])
        if len(here):
            apart = np.abs(move.belief[here] - self.belief[spot.told[at]]).max(axis=1)
            if apart.min() < SAME:
                _fill(z, slot, move.choice[here[apart.argmin()]])

    def solved(self, z: np.ndarray, status: BranchStatus) -> SolvedTree:
        """The tree with what was found."""
        response = self.respond(z, 1.0)
        play, after = self.play(z), self.play(response)
        residual = float(np.abs(after - play)[self.tree.unknown].max(initial=0.0))
        arrays = self.roots, self.belief, self.value, after
        return SolvedTree(self.tree, *arrays, response, residual, self.passes, status)


class _Mixture:
    """Anderson's next point: the mixture of responses whose residual, extrapolated linearly, is the least."""

    def __init__(self) -> None:
        self.points: list[tuple[np.ndarray, np.ndarray]] = []  # response and residual

    def next(self, response: np.ndarray, residual: np.ndarray) -> np.ndarray:
        """The next point, after a point with this response and residual."""
        self.points = [*self.points[-WINDOW:], (response, residual)]
        if len(self.points) == 1:
            return response
        responses = np.diff([one for one, _ in self.points], axis=0)
        residuals = np.diff([one for _, one in self.points], axis=0)
        weights = np.linalg.lstsq(residuals @ residuals.T, residuals @ residual, rcond=1e-13)[0]
        return response - weights @ responses


def _fill(z: np.ndarray, slot: int, choice: np.ndarray) -> None:
    """Put play [C, A] of a move into log-odds, from a slot on; NaN where an option is closed or a cell cannot be."""
    open_ = ~np.isnan(choice).all(axis=0)
    m = int(open_.sum())
    for c, row in enumerate(choice[:, open_]):
        if not np.isnan(row).any():
            odds = np.log(np.maximum(row, passes.RAREST))
            z[slot + c * m : slot + (c + 1) * m] = odds - odds.mean()


def _extrapolated(trail: list[tuple[float, np.ndarray]], share: float) -> np.ndarray:
    """The polynomial through the points (s, value) of the trail, at ``share``."""
    total = np.zeros_like(trail[0][1])
    for s, value in trail:
        others = [other for other, _ in trail if other != s]
        total += np.prod([(share - other) / (s - other) for other in others]) * value
    return total
