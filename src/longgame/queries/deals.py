"""Deals: what each is worth to every actor, who would take it, who pays for it, and where bargaining would end.

A deal is a package of clauses. One solution prices all of them: an actor's worth of a deal is what it can expect with
the clauses in force, less what it can expect with no deal, at the date and belief of the question. This module takes
those numbers and does the geometry of bargaining on them. Shapes: D deals, N actors.

By a deal an actor gains, loses, or is indifferent: its worth is nothing but for rounding (``TOLERANCE`` of its stake).
Who is indifferent does not refuse, but does not accept for its own sake either, and is counted for neither.

The points are those of axiomatic bargaining (``choice.bargaining``), taken over the finite set of deals by which no
party loses and some party gains (the zone of possible agreement). Those that compare actors do so in shares of their
stakes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from longgame.choice.bargaining import TOLERANCE, egalitarian, kalai_smorodinsky, nash, pareto, utilitarian

Array = NDArray[np.float64]

Effect = Literal["gains", "loses", "indifferent"]
EFFECTS: tuple[Effect, ...] = ("indifferent", "gains", "loses")  # by the sign of what a deal brings: 0, 1, -1


@dataclass(frozen=True)
class Agreement:
    """Where bargaining between some parties would end, by four solutions; each a deal's name, or None without a zone.

    zone  the deals by which no party loses and some party gains, in the scenario's order
    """

    between: tuple[str, ...]
    zone: tuple[str, ...]
    nash: str | None
    kalai_smorodinsky: str | None
    egalitarian: str | None
    utilitarian: str | None


@dataclass(frozen=True)
class DealTable:
    """Every named deal, priced for every actor.

    deals   names [D]
    actors  names [N]
    worth   [D, N] value with the deal less value without, in the actor's own payoff units
    stake   [N] spread between the actor's best and worst reachable end
    """

    deals: tuple[str, ...]
    actors: tuple[str, ...]
    worth: Array
    stake: Array

    def __post_init__(self) -> None:
        expected = (len(self.deals), len(self.actors))
        if self.worth.shape != expected:
            raise ValueError(f"worth must have shape {expected} (deals, actors), got {self.worth.shape}")

    @cached_property
    def share(self) -> Array:
        """[D, N] worth as a share of the actor's stake; 0 for an actor with nothing at stake."""
        return np.where(self.stake > 0.0, self.gains, 0.0)

    @cached_property
    def gains(self) -> Array:
        """[D, N] worth in the unit in which actors are compared: the stake; an actor without one has its own payoff."""
        return self.worth / np.where(self.stake > 0.0, self.stake, 1.0)

    @cached_property
    def sign(self) -> NDArray[np.int_]:
        """[D, N] 1 where an actor gains by a deal, -1 where it loses, 0 where it is indifferent."""
        return (self.gains > TOLERANCE).astype(int) - (self.gains < -TOLERANCE)

    def effect(self, deal: int, actor: int) -> Effect:
        """What a deal is to an actor, in a word."""
        return EFFECTS[self.sign[deal, actor]]

    @cached_property
    def pareto(self) -> NDArray[np.bool_]:
        """[D] deals that no other deal, nor having none, improves on for somebody without loss to anybody."""
        return pareto(self.gains)

    def zone(self, parties: Sequence[str]) -> NDArray[np.bool_]:
        """[D] the zone of possible agreement: the deals by which none of the parties loses and one of them gains."""
        sign = self.sign[:, self._columns(parties)]
        return np.asarray((sign >= 0).all(axis=1) & (sign > 0).any(axis=1))

    def share_that_harms(self, accepted_by: Sequence[str], harms: Sequence[str]) -> float:
        """Of the deals by which all of ``accepted_by`` gain, the share by which all of ``harms`` lose.

        Without any deal that they all gain by there is nothing to count, and no share (NaN).
        """
        accepted = (self.sign[:, self._columns(accepted_by)] > 0).all(axis=1)
        harmful = accepted & (self.sign[:, self._columns(harms)] < 0).all(axis=1)
        return float(harmful.sum() / accepted.sum()) if accepted.any() else math.nan

    def agreement(self, parties: Sequence[str]) -> Agreement:
        """Where bargaining between the parties would end, by each of the four solutions."""
        columns = self._columns(parties)
        zone = np.flatnonzero(self.zone(parties))
        between = tuple(parties)
        if zone.size == 0:
            return Agreement(between, (), None, None, None, None)
        gains = np.maximum(self.gains[zone][:, columns], 0.0)

        def named(index: int) -> str:
            return self.deals[zone[index]]

        return Agreement(
            between,
            tuple(self.deals[deal] for deal in zone),
            nash=named(nash(gains)),
            kalai_smorodinsky=named(kalai_smorodinsky(gains)),
            egalitarian=named(egalitarian(gains)),
            utilitarian=named(utilitarian(gains)),
        )

    def _columns(self, parties: Sequence[str]) -> list[int]:
        return [self.actors.index(party) for party in parties]
