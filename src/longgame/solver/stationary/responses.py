"""The logit response of a stationary game in which all is public, and its derivative.

With play sigma the same in every period, what everybody can expect solves one linear system for each discount factor
(the value of a policy: Howard 1960), and play responds to it (Markov logit equilibrium: Eibelshaeuser and Poensgen
2019 for stochastic games):

    1. row        x(r)   = odds(r) times the product of sigma over the options that the row is made of
    2. value      U_i(p) = sum over rows r of p of  x(r) w_i(r) + tastes,
                  w_i(r) = pay_i(r) + (d_i where r leads to the next period, else 1) sum over p' of leads(r, p') U_i(p')
    3. option     Q(o)   = sum over rows r with o of  x(r) / sigma(o) times w_i(r),  i the mover
    4. response   z(o)   = s lambda_i Q(o), less its mean over the options of the choice

The zeros of z - z(sigma(z)) are the stationary equilibria. A derivative moves sigma, by 2 what is expected (the same
linear systems, with what rows are worth now as payoffs), and by 3 the response.

Letters as in ``places``; k directions; s the share of the precision in force.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import lu_factor, lu_solve
from scipy.sparse import csc_array, csr_array, eye_array
from scipy.sparse.linalg import splu

from longgame.solver.stationary.places import Places

_DENSE = 400  # places up to which linear systems are solved without regard to what is zero in them


@dataclass(frozen=True, eq=False)
class Reply:
    """A response, with what its derivative needs.

    sigma   [D] play as given; others [M][R] the chance of each row without the part of one mover
    value   [P, N] what everybody can expect; worth [R, N] the same after each row
    action  [D] Q less its mean; response [D]
    systems by discount factor, how its linear system is solved
    """

    sigma: np.ndarray
    others: list[np.ndarray]
    value: np.ndarray
    worth: np.ndarray
    action: np.ndarray
    response: np.ndarray
    share: float
    systems: list[_System]


class StationaryResponses:
    """A stationary game as a curve takes it (``curve.Responses``).

    precision  [D] lambda of each slot; discount [N]; tastes: private tastes count in the mover's value
    """

    ordered = False

    def __init__(self, places: Places, precision: np.ndarray, discount: np.ndarray, *, tastes: bool = False):
        self.places, self.precision, self.discount = places, precision, discount
        self.slots, self.set_start = len(places.mover), places.set_start
        self.group = np.repeat(np.arange(len(self.set_start)), np.diff(self.set_start, append=self.slots))
        self.taste = np.where(precision > 0.0, 1.0 / np.where(precision > 0.0, precision, 1.0), 0.0) if tastes else None
        R, D = places.slots.shape[0], self.slots
        movers = range(places.slots.shape[1])
        self._made = [places.slots[:, m] for m in movers]
        rows = [np.flatnonzero(slot >= 0) for slot in self._made]
        ones = [np.ones(len(r)) for r in rows]
        self._of_slot = [
            csr_array((one, (slot[r], r)), shape=(D, R)) for one, slot, r in zip(ones, self._made, rows, strict=True)
        ]
        self._who = [np.where(slot >= 0, places.mover[slot], 0) if D else slot * 0 for slot in self._made]
        self._rates = np.unique(discount)
        self._rate = np.searchsorted(self._rates, discount)
        self._place = np.repeat(np.arange(len(places)), np.diff(places.first))
        row_of = np.zeros(D, dtype=np.int64)
        for slot, r in zip(self._made, rows, strict=True):
            row_of[slot[r]] = r
        self._at = self._place[row_of]  # [D] the place of each slot
        self._late = places.late[:, None]

    # --- as a curve takes it -----------------------------------------------------------------------------------------

    @property
    def cells(self) -> int:
        """The numbers that one derivative goes through."""
        return (self.places.leads.nnz + len(self.places)) * len(self.discount)

    @property
    def heat(self) -> float:
        """The largest precision times the spread of what its owner's moves lead to when all play at random."""
        worth = self._solved(np.zeros(self.slots), 0.0).worth
        spread = worth.max(axis=0) - worth.min(axis=0)
        return float(np.max(self.precision * spread[self.places.mover], initial=0.0))

    def unknowns(self) -> tuple[np.ndarray, np.ndarray]:
        """[n] all slots but each choice's last, and [n] the last slot of the same choice."""
        last = np.append(self.set_start[1:], self.slots)[self.group] - 1
        free = np.flatnonzero(np.arange(self.slots) < last)
        return free, last[free]

    def softmax(self, log_odds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Probabilities [D] and their logarithms [D] of log-odds [D]."""
        shifted = log_odds - np.maximum.reduceat(log_odds, self.set_start)[self.group]
        raised = np.exp(shifted)
        total = np.add.reduceat(raised, self.set_start)
        return raised / total[self.group], shifted - np.log(total)[self.group]

    def centre(self, by_slot: np.ndarray) -> np.ndarray:
        """Less the mean over each choice's options: [D, ...] -> [D, ...]."""
        counts = np.diff(self.set_start, append=self.slots).reshape(-1, *[1] * (by_slot.ndim - 1))
        return by_slot - (np.add.reduceat(by_slot, self.set_start, axis=0) / counts)[self.group]

    def respond(self, log_odds: np.ndarray, share: float, *, fixed: bool = True) -> Reply:
        """Steps 1 to 4: all at once, whatever is asked."""
        return self._solved(log_odds, share)

    def tangent(
        self, at: Reply, odds: np.ndarray, share: np.ndarray, source: np.ndarray | None = None
    ) -> np.ndarray:
        """How the response changes when z changes by ``odds`` [D, k] and s by ``share`` [k]: [D, k].

        A ``source`` [D, k] is added.
        """
        sigma = at.sigma[:, None]
        turned = sigma * (odds - np.add.reduceat(sigma * odds, self.set_start, axis=0)[self.group])  # [D, k]
        action = self.centre(self._option_tangent(at, turned))
        change = self.precision[:, None] * (at.share * action + at.action[:, None] * share)
        return change if source is None else change + source

    # --- what is expected --------------------------------------------------------------------------------------------

    def _solved(self, log_odds: np.ndarray, share: float) -> Reply:
        """The response, and all that was found on the way."""
        places, sigma = self.places, np.zeros(0)
        others, chance = [np.ones(len(places.odds)) for _ in self._made], places.odds
        bonus = None
        if self.slots:
            sigma, log_sigma = self.softmax(log_odds)
            padded = np.append(sigma, 1.0)
            parts = [padded[slot] for slot in self._made]
            chance = places.odds * np.prod(parts, axis=0)
            others = [
                places.odds * np.prod([p for n, p in enumerate(parts) if n != m], axis=0) for m in range(len(parts))
            ]
            if self.taste is not None:
                bonus = self._bonus(-sigma * log_sigma)
        paid = self._by_place(chance[:, None] * places.pay)
        if bonus is not None:
            paid = paid + bonus
        systems = [_System(self._moves(chance, rate)) for rate in self._rates.tolist()]
        value = np.stack([systems[self._rate[i]].solve(paid[:, i]) for i in range(len(self.discount))], axis=1)
        worth = places.pay + np.where(self._late, self.discount, 1.0) * (places.leads @ value)
        action = np.zeros(self.slots)
        if self.slots:
            own = [other * worth[np.arange(len(worth)), who] for other, who in zip(others, self._who, strict=True)]
            for of, w in zip(self._of_slot, own, strict=True):
                action += of @ w
            action = self.centre(action)
        return Reply(sigma, others, value, worth, action, share * self.precision * action, share, systems)

    def _moves(self, chance: np.ndarray, rate: float) -> csr_array:
        """[P, P] I less where play leads, what is in the next period discounted by ``rate``."""
        places = self.places
        weight = chance * np.where(places.late, rate, 1.0)
        mixed = csr_array((weight, np.arange(len(weight)), places.first), shape=(len(places), len(weight)))
        return csr_array(eye_array(len(places)) - mixed @ places.leads)

    def _by_place(self, by_row: np.ndarray) -> np.ndarray:
        """[R, ...] -> [P, ...] sums over the rows of each place."""
        return np.add.reduceat(by_row, self.places.first[:-1], axis=0)

    def _bonus(self, entropy: np.ndarray) -> np.ndarray:
        """[P, N, ...] what tastes add to the values of movers, from what each slot [D, ...] adds to the entropy."""
        assert self.taste is not None
        bonus = np.zeros((len(self.places), len(self.discount), *entropy.shape[1:]))
        np.add.at(bonus, (self._at, self.places.mover), self.taste.reshape(-1, *[1] * (entropy.ndim - 1)) * entropy)
        return bonus

    def _option_tangent(self, at: Reply, turned: np.ndarray) -> np.ndarray:
        """[D, k] how Q moves with play."""
        places, k = self.places, turned.shape[1]
        padded = np.concatenate([turned, np.zeros((1, k))])
        moved = sum(other[:, None] * padded[slot] for other, slot in zip(at.others, self._made, strict=True))  # [R, k]
        entropy = None
        if self.taste is not None:
            log = np.log(np.where(at.sigma > 0.0, at.sigma, 1.0))[:, None]
            entropy = self._bonus(-turned * log)
        found = np.zeros((self.slots, k))
        for i in np.unique(places.mover).tolist():
            paid = self._by_place(moved * at.worth[:, i, None])
            if entropy is not None:
                paid = paid + entropy[:, i]
            change = places.leads @ at.systems[self._rate[i]].solve(paid)
            change *= np.where(self._late, self.discount[i], 1.0)
            for m, (of, who) in enumerate(zip(self._of_slot, self._who, strict=True)):
                part = at.others[m][:, None] * change
                for n in range(len(self._made)):
                    if n != m:
                        part += (self._without(at, m, n) * at.worth[:, i])[:, None] * padded[self._made[n]]
                found += of @ np.where((who == i)[:, None], part, 0.0)
        return found

    def _without(self, at: Reply, m: int, n: int) -> np.ndarray:
        """[R] the chance of each row without the parts of two movers."""
        padded = np.append(at.sigma, 1.0)
        rest = [padded[slot] for q, slot in enumerate(self._made) if q not in (m, n)]
        return self.places.odds * np.prod(rest, axis=0) if rest else self.places.odds


class _System:
    """A linear system, factored."""

    def __init__(self, matrix: csr_array):
        dense = matrix.shape[0] <= _DENSE
        self._dense = lu_factor(matrix.toarray(), check_finite=False) if dense else None
        self._sparse = None if dense else splu(csc_array(matrix))

    def solve(self, rhs: np.ndarray) -> np.ndarray:
        """The solution for one right side [P] or several [P, k]."""
        if self._dense is not None:
            return lu_solve(self._dense, rhs, check_finite=False)
        assert self._sparse is not None
        return self._sparse.solve(rhs)
