"""Stationary equilibria of one draw of a game in which nothing is hidden.

The principal branch is followed from uniform play to the precision asked for, round its turns (``curve``); or, from
play that is given, Newton's method leads to the equilibrium near by, whether players would come back to it or not.
Iteration of responses is never relied on: equilibria that data select may be unstable under it (of the 179 that
Crisman-Cox and Gibilisco 2018 estimate, 156 are).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from longgame.arrays import Array
from longgame.game.game import Game
from longgame.game.numbers import CHANCE, GameTables
from longgame.solver.curve.continuation import Branch, BranchStatus, follow
from longgame.solver.curve.curve import TOLERANCE, Curve
from longgame.solver.stationary.places import Places, places_of
from longgame.solver.stationary.responses import StationaryResponses

FAR = 0.5  # a probability that differs by more from that of play near by is looked for along the principal branch
RAREST = 1e-290  # the least probability of an open option, as in the kernel


@dataclass(frozen=True, eq=False)
class Settled:
    """Stationary play of one draw.

    plays       [K] arrays [S, C, A, B]; None at chance steps
    start       [S, N, W, B] the values at the start of a period
    residual, iterations, jumps, unconverged  [K] as of a ``Solution``
    """

    plays: list[Array | None]
    start: Array
    residual: np.ndarray
    iterations: np.ndarray
    jumps: np.ndarray
    unconverged: np.ndarray


@dataclass(frozen=True, eq=False)
class PublicGame:
    """One draw of a game of one world without an end, ready to be solved."""

    game: Game
    tables: GameTables
    places: Places
    responses: StationaryResponses

    @classmethod
    def of(cls, game: Game, tables: GameTables) -> PublicGame:
        """With the options of ``tables`` open."""
        places = places_of(game, tables)
        precision = np.asarray(tables.precision)[:, 0]
        responses = StationaryResponses(
            places, precision[places.mover], np.asarray(tables.discount), tastes=game.noise == "tastes"
        )
        return cls(game, tables, places, responses)

    def solve(self, near: Sequence[Array | None] | None, stay: bool, tolerance: float) -> Settled:
        """The equilibrium on the principal branch, or near some play [K][S, 1, A, 1].

        near  where the search starts; what it leads to counts if it is not far off, or if the search is to ``stay``
        """
        if not self.responses.slots:
            return self.settled(np.zeros(0), None, tolerance)
        curve = Curve(self.responses)
        if near is not None:
            start = self.log_odds(near)
            found = curve.correct(start, 1.0, TOLERANCE)
            if found is not None and (stay or curve.distance(start, found.log_odds) <= FAR):
                return self.settled(curve.polish(found.log_odds), None, tolerance, curve.passes)
        branch = follow(self.responses)
        return self.settled(branch.end.log_odds, branch, tolerance)

    def log_odds(self, plays: Sequence[Array | None]) -> np.ndarray:
        """[D] the log-odds that give some play; of options that it leaves no chance, all but none."""
        places, found = self.places, np.zeros(self.responses.slots)
        for k, play in enumerate(plays):
            here = places.step == k
            if play is not None and here.any():
                odds = np.asarray(play)[places.state[here], 0, places.option[here], 0]
                found[here] = np.log(np.maximum(odds, RAREST))
        return self.responses.centre(found)

    def settled(
        self, log_odds: np.ndarray, branch: Branch | None, tolerance: float, passes: int = 0
    ) -> Settled:
        """What is reported of an equilibrium at some log-odds."""
        places, steps = self.places, self.game.steps
        reply, K = self.responses.respond(log_odds, 1.0), len(steps)
        residual, unconverged = np.zeros(K), np.zeros(K, dtype=int)
        plays: list[Array | None] = []
        if self.responses.slots:
            amiss = np.abs(self.responses.softmax(reply.response)[0] - reply.sigma)
            np.maximum.at(residual, places.step, amiss)
            wrong = places.set_start[~(np.maximum.reduceat(amiss, places.set_start) <= tolerance)]
            np.add.at(unconverged, places.step[wrong], 1)
        for k, step in enumerate(steps):
            if step.mover == CHANCE:
                plays.append(None)
                continue
            open_ = np.asarray(self.tables.steps[k].allowed)
            play = open_ / open_.sum(axis=1, keepdims=True)
            here = places.step == k
            play[places.state[here], places.option[here]] = np.maximum(reply.sigma[here], RAREST)
            plays.append(play[:, None, :, None])
        values = reply.value[places.entry[0]]
        over = np.asarray(self.game.ended)[:, None]
        start = np.where(over, np.asarray(self.tables.end_value)[..., 0], values)[..., None, None]
        turned = branch is not None and branch.status in _TURNED
        moves = np.array([step.mover != CHANCE for step in steps], dtype=int)
        passes = passes if branch is None else branch.passes
        return Settled(plays, start, residual, moves * max(passes, 1), moves * int(turned), unconverged)


_TURNED = BranchStatus.TURNED, BranchStatus.CROSSED, BranchStatus.JUMPED, BranchStatus.UNCONVERGED
