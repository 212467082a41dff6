"""The equilibrium to which honest talk leads, at one move on the lattice: from a large cost of lying down to none.

The mathematics is that of ``exact.honest``. Here a statement is solved by itself at each state and belief, given what
is played after it: at each the extra cost of a lie is brought down, and Newton's method leads from play at the last
cost to play at the next; where a kink of the lattice is in its way, from where some responses lead. Where play is lost
on the way, honest talk unravels there, and play stays as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np

from longgame.arrays import Array
from longgame.compiled import program
from longgame.game.lattice import Lattice
from longgame.solver.branch import Faced
from longgame.solver.kernel import Move
from longgame.solver.kernel.branch import settle_near
from longgame.solver.kernel.response import Problem, look, room_for
from longgame.solver.rules import Rules

ALIKE = 1e-6  # choice probabilities that differ by less are those of one equilibrium
FAR = 0.2  # a probability that changes by more in one step of the cost is looked at again
LEAST = 1e-3  # the smallest step, as a part of the cost
BEYOND = 20.0  # log-odds by which the truth is preferred at the first cost, beside all that is at stake
NOTHING = 1e-4  # log-odds by which it is preferred at the last cost before none


RESPONSES = 60  # of which a half is taken each time, where Newton's method alone leads to nowhere near


Played = TypeVar("Played")


class Talk(NamedTuple):
    """Play [S, C, A, B] of a statement, its residual [S, B], and where [S, B] it is honest talk's, or that is lost."""

    play: np.ndarray
    residual: np.ndarray
    honest: np.ndarray
    unravelled: np.ndarray


def honest_talk(
    rules: Rules,
    lattice: Lattice,
    move: Move,
    lies: np.ndarray,
    play: Array,
    residual: np.ndarray,
    at: Lattice | None = None,
    where: np.ndarray | None = None,
) -> Talk:
    """The equilibria to which honest talk leads from where words [A, W] that are ``lies`` cost a great deal.

    at, where  as in ``stay_near``
    """
    play, residual = np.array(play), residual.copy()
    wanted = np.ones(residual.shape, dtype=bool) if where is None else where
    honest, unravelled = (np.zeros(residual.shape, dtype=bool) for _ in range(2))
    solved: dict[tuple[bytes, ...], list[tuple[np.ndarray, float] | None]] = {}
    for s in np.flatnonzero(np.asarray(move.tables.active) & wanted.any(axis=1)).tolist():
        faced, here = Faced.of(rules, lattice, move, s, at), np.flatnonzero(wanted[s]).tolist()
        if len(faced.options) < 2:
            continue
        known = wanted[s].tobytes(), *faced.key
        if known not in solved:
            words = lies[faced.options].astype(float)
            solved[known] = [_brought_down(faced, faced.point(b), words, move) for b in here]
        for b, found in zip(here, solved[known], strict=True):
            unravelled[s, b] = found is None
            if found is not None and np.abs(found[0] - play[s][:, faced.options, b]).max() >= ALIKE:
                play[s][:, faced.options, b], residual[s, b] = found
                honest[s, b] = True
    return Talk(play, residual, honest, unravelled)


def _brought_down(faced: Faced, point: Problem, lies: np.ndarray, move: Move) -> tuple[np.ndarray, float] | None:
    """Play [C, m] at no extra cost and its residual, from honest play; None where it is lost on the way."""
    precision = point.precision
    if not (precision > 0.0).all():
        return None
    own = point.ahead + point.pay[:, :, None]
    cost = 2.0 * float(np.ptp(own)) + BEYOND / float(precision.min())
    nothing = NOTHING / float(precision.max())
    by_cell = np.zeros((len(precision), len(lies)))
    by_cell[point.cell] = lies.T
    play = _settled(faced, point, lies, cost, -cost * precision[:, None] * by_cell, move)

    def near(play: tuple[np.ndarray, float], cost: float) -> tuple[np.ndarray, float] | None:
        for responses in (0, RESPONSES):
            found = _settled(faced, point, lies, cost, np.log(play[0]), move, responses)
            if found is not None and np.abs(found[0] - play[0]).max() <= FAR:
                return found
        return None

    return None if play is None else brought_down(play, cost, nothing, near)


def brought_down(
    play: Played, cost: float, nothing: float, near: Callable[[Played, float], Played | None]
) -> Played | None:
    """What honest play becomes as the extra cost of a lie is brought down to none; None where it is lost on the way.

    Args:
        play: at this ``cost``.
        nothing: the last cost before none.
        near: play at a cost, from play at the one before it; None where it is lost, or changes by more than ``FAR``.
    """
    step = 0.5
    while cost > 0.0:
        following = cost * (1.0 - step) if cost * (1.0 - step) > nothing else 0.0
        found = near(play, following)
        if found is not None:
            play, cost, step = found, following, min(0.5, 2.0 * step)
        elif step < LEAST:
            return None
        else:
            step, nothing = step / 2.0, nothing if following else nothing / 4.0
    return play


def _settled(
    faced: Faced, point: Problem, lies: np.ndarray, cost: float, odds: np.ndarray, move: Move, responses: int = 0
) -> tuple[np.ndarray, float] | None:
    """Where Newton's method leads from log-odds at a cost of lying: play and its residual; None if to nowhere.

    Before it, so many responses are made.
    """
    dearer = point._replace(pay=point.pay - cost * lies)
    found = np.empty_like(odds)
    odds = odds - odds.mean(axis=1, keepdims=True)
    moved = _settle(dearer, np.ascontiguousarray(odds), found, faced.wanted_at(cost), responses)
    return (found, float(moved)) if moved <= move.tolerance else None


@program
def _settle(point: Problem, logits: Any, play: Any, wanted: float, responses: int) -> float:
    """``settle_near``, after some responses to logits [C, m]."""
    room, here = room_for(point, logits), logits.copy()
    for _ in range(responses):
        look(point, room, here, True)
        here += 0.5 * (room.response - here)
    return settle_near(point, here, play, wanted)
