"""The numbers of a game for draws of the assumptions: plan + reachable states -> ``GameTables``.

What no assumption enters is worked out once for all draws, and what no period enters once for all periods. With
``Dual`` assumptions the same work gives the derivatives of all tables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache, reduce
from typing import Any

import numpy as np

from longgame.arrays import Array
from longgame.game.duals import Dual, slope_of, value_of
from longgame.game.numbers import GameTables, Numbers, StepTables
from longgame.game.period import TOLERANCE, Period, Reachable, stacked
from longgame.game.plan import Change

__all__ = ["TOLERANCE", "Tables"]

BYTES_KEPT = 2**28  # of the tables of periods that were made for what a decision moves, and are wanted again


class Tables(Reachable):
    """The tables of a game as a function of the assumptions."""

    def __call__(self, theta: np.ndarray, t: int) -> GameTables:
        """The tables for assumptions ``theta`` [P], or for G draws of them [G, P], in period ``t`` (from 0)."""
        return self.of(theta)(t)

    def of(self, theta: np.ndarray, decision: Array | None = None) -> Numbers:
        """The tables for assumptions ``theta`` [P] or [G, P], by period.

        decision  [..., N] what a decision of each actor usually moves, if that is known
        """
        return _Draws(self, np.asarray(theta, dtype=float), decision).tables

    def decision_scale(self, theta: np.ndarray) -> np.ndarray:
        """[..., N] what a decision of each actor usually moves (``decisions``), for ``theta`` [..., P]."""
        return _Draws(self, np.asarray(theta, dtype=float)).decision

    @cached_property
    def decision_at_base(self) -> np.ndarray:
        """[N] the same for the given values, worked out once for all who check and solve the game."""
        return _Draws(self, np.asarray(self.plan.base, dtype=float)).all_decisions()

    def decision_slopes(self, theta: np.ndarray, directions: np.ndarray) -> Array | None:
        """[N] what a decision usually moves for ``theta`` [P], with its slopes along ``directions`` [V, P]; None where
        nobody's precision is given per decision."""
        return _Draws(self, Dual(theta, directions)).decision if "decision" in self.plan.unit else None

    def slopes(
        self, theta: np.ndarray, directions: np.ndarray, decision: Array | None = None
    ) -> tuple[Numbers, Numbers]:
        """The tables for ``theta`` [..., P] and their derivatives along ``directions`` [V, ..., P], by period.

        Derivatives have V as their first axis. What is not a real number (who may move, which state follows) has none:
        there the tables hold zeros. ``decision``, as of ``decision_slopes``, if that is known.
        """
        # of each period values and slopes are asked one after the other
        of = lru_cache(maxsize=1)(_Draws(self, Dual(theta, directions), decision).tables)

        def values(t: int) -> GameTables:
            return of(t).each(value_of)

        def slopes(t: int) -> GameTables:
            return of(t).each(lambda x: slope_of(x, len(directions)))

        return values, slopes

    def change(self, change: Change, exact: Sequence[bool], theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where each state goes by a change: successors [S, L] int32, weights [S, L]. ``exact`` is from ``lands``."""
        with np.errstate(all="ignore"):
            draw = Period(self, theta, 0)
            landing = draw.landing(change, exact)
            [successors] = draw.look_up([landing])
            count = len(self.states)
            return stacked(successors), stacked([np.broadcast_to(w, (count,)) for w in landing.weights])


class _Draws:
    """The numbers of one draw or several, by period: what no period enters is worked out once."""

    def __init__(self, game: Tables, theta: Array, decision: Array | None = None):
        self.game, self.theta = game, theta
        if decision is not None:
            self.decision = decision
        self._parts: dict[int, tuple[int, Any, list[Array]]] = {}
        self._made: dict[int, tuple[Period, GameTables]] = {}
        self._room = BYTES_KEPT

    def tables(self, t: int) -> GameTables:
        """The tables of a period (from 0)."""
        with np.errstate(all="ignore"):
            decision = self.decision if "decision" in self.game.plan.unit else None
            now, tables = self._made.pop(t, None) or self._without_precision(t)
            precision = now.precision(tables, decision)
            valid = reduce(np.logical_and, now.holds)
            return tables._replace(precision=self._spread(precision, 2), valid=self._spread(valid, 0))

    @cached_property
    def decision(self) -> Array:
        """[..., N] what a decision of each actor usually moves."""
        base = self.game.plan.base
        if isinstance(self.theta, np.ndarray) and np.array_equal(self.theta, base):
            return self.game.decision_at_base
        return self.all_decisions()

    def all_decisions(self) -> Array:
        """The same, worked out; it takes about as long as all else of the tables of all periods."""
        with np.errstate(all="ignore"):
            directions = len(self.theta.slope) if isinstance(self.theta, Dual) else 0
            return self.game.decisions.scale(self._first_made, directions)

    def _first_made(self, t: int) -> GameTables:
        """The same but for precision; kept until they are asked for with it, as long as there is room."""
        made = self._without_precision(t)
        self._room -= sum(array.nbytes for array in made[1].each(value_of).arrays())
        if self._room >= 0:
            self._made[t] = made
        return made[1]

    def _without_precision(self, t: int) -> tuple[Period, GameTables]:
        """The tables of a period but for precision, and what they were made with."""
        now, last = Period(self.game, self.theta, t), len(self.game.plan.steps)
        steps = tuple(self._part(k, now, lambda k=k: self._step(now.step(k))) for k in range(last))
        flow, end_value = self._part(last, now, now.payoffs)
        tables = GameTables(
            steps=steps,
            flow=flow,
            end_value=end_value,
            discount=now.discounts(),
            precision=None,
            stake=None,
            prior=now.prior(),
            **now.start(),
            valid=None,
        )
        # where precision is not counted in it, nothing turns with the stake
        counted = tables if set(self.game.plan.unit) - {"payoff"} else tables.each(value_of)
        tables = tables._replace(stake=now.stake(counted))
        if self.game.plan.lengths:
            times, after = now.lasting(tables.discount)
            tables = tables._replace(flow=tables.flow * times[..., None, :, None], discount=after)
        return now, GameTables(steps, *(self._spread(x, n) for x, n in zip(tables[1:], _GAME_AXES, strict=True)))

    def _part(self, part: int, now: Period, work: Callable[[], Any]) -> Any:
        """A part of the tables (a step, or the payoffs), from the last period if no period enters it."""
        period, noted = now.t if self.game.timed[part] else 0, len(now.holds)
        if part not in self._parts or self._parts[part][0] != period:
            self._parts[part] = period, work(), now.holds[noted:]
            return self._parts[part][1]
        now.holds += self._parts[part][2]
        return self._parts[part][1]

    def _step(self, tables: StepTables) -> StepTables:
        return StepTables(*(self._spread(x, n) for x, n in zip(tables, _STEP_AXES, strict=True)))

    def _spread(self, x: Array, axes: int) -> Array:
        """An array, if there is one, with so many axes of its own, and those of the draws in front."""
        return None if x is None else np.broadcast_to(x, (*self.theta.shape[:-1], *np.shape(x)[np.ndim(x) - axes :]))


_STEP_AXES = StepTables(active=1, allowed=2, pay=4, weight=3, successor=3, becomes=4, chance=3)
_GAME_AXES = 3, 3, 1, 2, 1, 1, 1, 1, 0  # of flow, and so on
