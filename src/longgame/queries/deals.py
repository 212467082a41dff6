"""Deals: what each is worth to every actor, who would take it, who pays for it, and where bargaining would end.

A deal is a package of clauses. One solution prices all of them: an actor's worth of a deal is what it can expect with
the clauses in force, less what it can expect with no deal, at the date and belief of the question. This module takes
those numbers and does the geometry of bargaining on them. Shapes: D deals, N actors.

By a deal an actor gains, loses, or is indifferent: its worth is nothing but for rounding (``TOLERANCE`` of its stake).
Who is indifferent does not refuse, but does not accept for its own sake either, and is counted for neither.

The points are those of axiomatic bargaining, taken over the finite set of named deals by which no party loses and some
party gains (the zone of possible agreement). With gains g(i) of the parties:

    nash               max  product of g(i)                                 Nash 1950; on finite sets Mariotti 1998
    kalai_smorodinsky  max  min over i of g(i) / (best g(i) in the zone)    Kalai and Smorodinsky 1975
    egalitarian        max  min over i of g(i) / stake(i)                   Kalai 1977
    utilitarian        max  sum over i of g(i) / stake(i)

The first two do not depend on the actors' units. The last two compare actors, in shares of their stakes. A tie
in a smallest gain is broken by the next smallest (leximin), what is left by the order of the scenario.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

TOLERANCE = 1e-9  # of a stake: a gain or loss smaller than this is none, being below the solver's own tolerance

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

        Without any such deal there is nothing to count, and the share is 0.
        """
        accepted = (self.sign[:, self._columns(accepted_by)] > 0).all(axis=1)
        harmful = accepted & (self.sign[:, self._columns(harms)] < 0).all(axis=1)
        return float(harmful.sum() / accepted.sum()) if accepted.any() else 0.0

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


def pareto(gains: Array) -> NDArray[np.bool_]:
    """[D] rows of gains [D, N] that neither another row nor the row of zeros (no deal) dominates."""
    options = np.vstack([gains, np.zeros(gains.shape[1])])
    no_worse = np.all(options[None] >= gains[:, None] - TOLERANCE, axis=2)
    better = np.any(options[None] > gains[:, None] + TOLERANCE, axis=2)
    return ~np.any(no_worse & better, axis=1)


def nash(gains: Array) -> int:
    """The row with the largest product of gains.

    Where every product is zero (no deal serves all parties) the product over the largest number of parties that can
    gain at once decides.
    """
    positive = gains > TOLERANCE
    logs = np.where(positive, np.log(np.where(positive, gains, 1.0)), 0.0).sum(axis=1)
    return _first_largest(np.column_stack([positive.sum(axis=1), logs]))


def kalai_smorodinsky(gains: Array) -> int:
    """The row whose smallest gain, as a part of the best that its party could get in the zone, is largest."""
    ideal = gains.max(axis=0)
    reachable = ideal > TOLERANCE
    return egalitarian(gains[:, reachable] / ideal[reachable]) if reachable.any() else 0


def egalitarian(gains: Array) -> int:
    """The row whose smallest gain is largest; ties by the next smallest (leximin)."""
    return _first_largest(np.sort(gains, axis=1))


def utilitarian(gains: Array) -> int:
    """The row with the largest sum of gains."""
    return _first_largest(gains.sum(axis=1)[:, None])


def _first_largest(keys: Array) -> int:
    """The first row that is largest by its first key, then by the second, and so on, up to the tolerance."""
    rows = np.arange(len(keys))
    for key in keys.T:
        rows = rows[key[rows] >= key[rows].max() - TOLERANCE]
    return int(rows[0])
