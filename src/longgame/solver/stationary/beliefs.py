"""Stationary equilibria of one draw of a game with something hidden, on its lattice of beliefs.

With Phi one period backwards, play answering to the values after it (``period``), the values V [S, N, W, B] of a
stationary equilibrium are those with V = Phi(V).

1. Start: a long finite horizon, or values near by.
2. Newton's method: V + d with d = Phi_V d + Phi(V) - V. Phi_V d is the derivative of a period with its fixed points
   differentiated implicitly (``tangent``), and d is found by GMRES (``game.linear``; Newton-Krylov: Knoll and
   Keyes 2004). Values are linear in the belief between lattice points, so Phi has kinks; Newton's method takes the
   derivative of the side on which it stands (Qi and Sun 1993). Its step is halved until the error falls, and where it
   does not, some periods are played.
3. Arrival: where neither play nor values change by a period any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from longgame.arrays import Array
from longgame.game.game import Game
from longgame.game.linear import fixed_point
from longgame.game.numbers import GameTables
from longgame.solver import kernel
from longgame.solver.evaluate import horizon, lattice_of
from longgame.solver.kernel import Start
from longgame.solver.period import SolvedPeriod, solve_period
from longgame.solver.stationary.public import Near, Settled
from longgame.solver.tangent import Base, Turn

_HORIZON = 60  # periods that are played to start from
_ENOUGH = 1e-3  # of the size of values: by less than this a period changes them when Newton's method begins
_MOST_STEPS = 40
_SHORTEST = 1 / 32  # of a step
_RESTS = 8  # periods that are played where no step leads on
_INEXACT = 1e-4  # how exactly a step is found, at first


@dataclass(frozen=True, eq=False)
class _Looked:
    """Values V at the start of the next period, the period before it, and Phi(V)."""

    values: Array
    period: SolvedPeriod
    before: Array

    @property
    def amiss(self) -> float:
        """By how much a period changes the values."""
        return float(np.abs(self.before - self.values).max())


@dataclass(eq=False)
class BeliefGame:
    """One draw of a game without an end, ready to be solved.

    tables  as of a batch of one draw; numbers: the same as of the draw
    """

    game: Game
    tables: GameTables
    numbers: GameTables
    tolerance: float
    threads: int = 1

    def solve(self, near: Near | None, stay: bool) -> Settled:
        """The equilibrium that a long horizon leads to, or that is near some play."""
        held = near.plays if near is not None and stay else None
        first = self._horizon() if near is None else np.asarray(near.start)
        here, responses = self._look(first, None if near is None else near.plays, held), 1
        if near is None:
            size = max(float(np.abs(here.values).max()), 1e-300)
            while responses < _HORIZON and here.amiss > _ENOUGH * size:
                here, responses = self._look(here.before, here.period.plays, held), responses + 1
        last = here
        for _ in range(_MOST_STEPS):
            last, here = here, self._look(here.before, here.period.plays, held)
            responses += 1
            if self._settled(last, here):
                break
            there, cost = self._step(here, held)
            here, responses = there, responses + cost
        return self._report(last, here, responses)

    def _horizon(self) -> Array:
        return np.array(horizon(self.tables, lattice_of(self.game)))

    def _look(self, values: Array, near: Sequence[Array | None] | None, held: Sequence[Array | None] | None) -> _Looked:
        """Phi at some values, with play looked for near some other."""
        end = kernel.period_end(self.tables, values)

        def start(k: int) -> Start | None:
            return None if near is None else Start(near[k], near[k], near[k])

        period = solve_period(self.game, self.tables, end, start, self.tolerance, self.threads, held)
        before = kernel.period_start(np.asarray(self.game.ended), self.tables.end_value, period.values[0])
        return _Looked(values, period, before)

    def _step(self, here: _Looked, held: Sequence[Array | None] | None) -> tuple[_Looked, int]:
        """2. from some values; and how many periods it took."""
        turn = Turn(self.game, self.numbers, Base(here.period.values, here.period.plays), self.threads)
        move, looked = fixed_point(turn, here.before - here.values, _INEXACT), 0
        share = 1.0
        while move is not None and share >= _SHORTEST:
            there = self._look(here.values + share * move, here.period.plays, held)
            looked += 1
            if there.amiss < (1.0 - 0.1 * share) * here.amiss:
                return there, looked
            share /= 2
        for _ in range(_RESTS):
            here = self._look(here.before, here.period.plays, held)
        return here, looked + _RESTS

    def _settled(self, last: _Looked, here: _Looked) -> bool:
        """3."""
        size = max(float(np.abs(here.values).max()), 1e-300)
        return here.amiss <= self.tolerance * size and max(self._moved(last, here), default=0.0) <= self.tolerance

    def _moved(self, last: _Looked, here: _Looked) -> list[float]:
        """[K] by how much play changes in a period, where steps take place."""
        moved = []
        for step, before, now in zip(self.tables.steps, last.period.plays, here.period.plays, strict=True):
            on = np.asarray(step.active)
            moved.append(0.0 if now is None or not on.any() else float(np.abs(now - before)[on].max()))
        return moved

    def _report(self, last: _Looked, here: _Looked, responses: int) -> Settled:
        K = len(self.game.steps)
        residual = np.array(self._moved(last, here))
        iterations, jumps, unconverged = (np.zeros(K, dtype=int) for _ in range(3))
        for k, search in enumerate(here.period.searches):
            if here.period.plays[k] is None:
                continue
            iterations[k] = responses
            if search is not None:
                residual[k] = max(residual[k], float(search.residual.max(initial=0.0)))
                jumps[k] = np.count_nonzero(search.jumps)
                unconverged[k] = np.count_nonzero(~(search.residual <= self.tolerance))
            unconverged[k] = max(unconverged[k], int(not residual[k] <= self.tolerance))
        return Settled(here.period.plays, here.before, residual, iterations, jumps, unconverged)

