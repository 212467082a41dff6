"""Stationary equilibria of one draw of a game in which nothing is hidden.

The principal branch is followed from uniform play to the precision asked for, round its turns (``curve``); or, from
play that is given, Newton's method leads to the equilibrium near by, whether players would come back to it or not.
Iteration of responses is never relied on: equilibria that data select may be unstable under it (of the 179 that
Crisman-Cox and Gibilisco 2018 estimate, 156 are).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

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
    residual, iterations, jumps, unconverged  [K] as of a ``Solution``; strayed: the same
    """

    plays: list[Array | None]
    start: Array
    residual: np.ndarray
    iterations: np.ndarray
    jumps: np.ndarray
    unconverged: np.ndarray
    strayed: bool = False


class Near(NamedTuple):
    """Play [K] arrays [S, C, A, B], and the values [S, N, W, B] at the start of a period, to start a search from."""

    plays: Sequence[Array | None]
    start: Array


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
        places, discount = places_of(game, tables), np.asarray(tables.discount)
        stopped = np.where(np.asarray(game.ended)[:, None], discount * np.asarray(tables.end_value)[..., 0], 0.0)
        responses = StationaryResponses(
            places,
            np.asarray(tables.flow)[..., 0] + stopped,
            np.asarray(tables.precision)[places.mover, 0],
            discount,
            tastes=game.noise == "tastes",
        )
        return cls(game, tables, places, responses)

    def solve(self, near: Near | None, stay: bool, tolerance: float) -> Settled:
        """The equilibrium on the principal branch, or near some play.

        near  where the search starts; what it leads to counts if it is not far off, or if the search is to ``stay``
        """
        if near is not None:
            curve, start = Curve(self.responses), self.unknowns(near)
            found = curve.correct(start, 1.0, TOLERANCE) or curve.search(start)
            if found is not None and (stay or curve.distance(start, found.log_odds) <= FAR):
                return self.settled(curve.polish(found.log_odds), None, tolerance, curve.passes)
        branch = follow(self.responses)
        lost = replace(branch, status=BranchStatus.JUMPED) if stay else branch
        return replace(self.settled(branch.end.log_odds, lost, tolerance), strayed=stay)

    def unknowns(self, near: Near) -> np.ndarray:
        """The unknowns of a response at some play and the values that it brings about."""
        places, responses = self.places, self.responses
        found, odds = np.zeros(responses.slots), np.zeros(len(places.mover))
        found[: responses.values] = (responses.unit * np.asarray(near.start)[places.again, :, 0, 0]).ravel()
        for layer in places.layers:
            play = near.plays[layer.step]
            if play is not None:
                taken = np.asarray(play)[layer.state, 0, layer.option, 0]
                for slots in layer.slots.T:
                    np.add.at(odds, slots, taken)
        odds = np.log(np.maximum(odds, RAREST))
        found[responses.values : -1] = odds[responses.joint]
        return responses.centre(found)

    def settled(
        self, unknowns: np.ndarray, branch: Branch | None, tolerance: float, passes: int = 0
    ) -> Settled:
        """What is reported of an equilibrium."""
        places, steps = self.places, self.game.steps
        reply, K = self.responses.respond(unknowns, 1.0), len(steps)
        amiss = np.abs(self.responses.respond(reply.response, 1.0).sigma - reply.sigma)
        residual, unconverged = np.zeros(K), np.zeros(K, dtype=int)
        np.maximum.at(residual, places.step, amiss)
        if len(amiss):
            wrong = places.set_start[~(np.maximum.reduceat(amiss, places.set_start) <= tolerance)]
            np.add.at(unconverged, places.step[wrong], 1)
        plays: list[Array | None] = [None] * K
        for k, step in enumerate(steps):
            if step.mover != CHANCE:
                open_ = np.asarray(self.tables.steps[k].allowed)
                plays[k] = (open_ / open_.sum(axis=1, keepdims=True))[:, None, :, None]
        for layer, passed in zip(reversed(places.layers), reply.passed, strict=True):
            play = plays[layer.step]
            if play is not None:
                play[layer.state, 0, layer.option, 0] = np.maximum(passed.chance, RAREST)
        values = reply.value[places.entry[0]]
        over = np.asarray(self.game.ended)[:, None]
        start = np.where(over, np.asarray(self.tables.end_value)[..., 0], values)[..., None, None]
        turned = branch is not None and branch.status in _TURNED
        moves = np.array([step.mover != CHANCE for step in steps], dtype=int)
        passes = passes if branch is None else branch.passes
        return Settled(plays, start, residual, moves * max(passes, 1), moves * int(turned), unconverged)


_TURNED = BranchStatus.TURNED, BranchStatus.CROSSED, BranchStatus.JUMPED, BranchStatus.UNCONVERGED
