"""One period of a stationary game in which all is public, as a response of its values to its values.

The unknowns are what everybody can expect where a period begins, V, and, where several choose at once, the log-odds of
their choices. With these given, a period is passed through from its end to its start (Markov logit equilibrium;
Eibelshaeuser and Poensgen 2019 for stochastic games):

    1. end        U_i(end, s) = u_i(s) + d_i V_i(s)
    2. row        w_i(r) = pay_i(r) + sum over the places p that r leads to of  leads(r, p) U_i(p)
    3. option     Q(o)   = sum over the rows r with o of  w_i(r) times what the others do to bring r about,  i the mover
    4. choice     z(o)   = s lambda_i Q(o), less its mean over the options;  sigma = softmax z, of what chooses alone
                  the new z, of those who choose at once the z that is given
    5. place      U_i(p) = sum over the rows r of p of  x(r) w_i(r) + tastes,  x(r) the product of its options' sigma
    6. start      V'_i(s) = U_i(first place of s)

What this leaves as it is are the stationary equilibria at the share s of the precision. Values count in units of their
owner's precision, so that they are of the size of log-odds.

Letters as in ``places``; k directions; E states in which a period begins again; G log-odds of choices made at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce

import numpy as np
import scipy

from longgame.solver.curve.runs import sums_of_runs
from longgame.solver.stationary.places import Layer, Places

FULL = 0.2  # of the numbers of a matrix: if more of them are not 0, it is kept in full


@dataclass(frozen=True, eq=False)
class _Passed:
    """What was found in a layer: what rows are worth [r, N], and how likely they are [r].

    others  [M][r] the chance of each row but for the part of one mover
    """

    worth: np.ndarray
    chance: np.ndarray
    others: list[np.ndarray]


@dataclass(frozen=True, eq=False)
class Reply:
    """A pass through a period.

    value     [P, N] U
    sigma     [D] play; action [D] Q less its mean
    response  [slots] what the unknowns are afterwards
    """

    value: np.ndarray
    sigma: np.ndarray
    action: np.ndarray
    response: np.ndarray
    share: float
    passed: list[_Passed] = field(repr=False)


class StationaryResponses:
    """A stationary game as a curve takes it (``curve.Responses``); its last unknown is always 0.

    Args:
        places: the graph of a period.
        flow: [S, N] payoffs of a period, by the state at its end; where the game is over, with what follows.
        precision: [D] lambda of each slot.
        discount: [N].
        tastes: private tastes count in the mover's value.
    """

    ordered = False

    def __init__(
        self, places: Places, flow: np.ndarray, precision: np.ndarray, discount: np.ndarray, *, tastes: bool = False
    ):
        self.places, self.flow, self.precision, self.discount, self.tastes = places, flow, precision, discount, tastes
        D, starts = len(places.mover), places.set_start
        self.group = np.repeat(np.arange(len(starts)), np.diff(starts, append=D))
        self.rate = np.where(precision > 0.0, 1.0 / np.where(precision > 0.0, precision, 1.0), 0.0)
        joint = np.zeros(D + 1, dtype=bool)
        for layer in places.layers:
            if layer.slots.shape[1] > 1:
                joint[np.where(layer.slots >= 0, layer.slots, D)] = True
        self.joint = np.flatnonzero(joint[:D])
        self.values = len(places.again) * len(discount)
        self.slots = self.values + len(self.joint) + 1
        self.unit = max(float(precision.max(initial=0.0)), 1e-300)
        if not precision.any():
            self.unit = 1.0
        self._leads = [layer.leads.toarray() if _is_full(layer.leads) else layer.leads for layer in places.layers]
        self._first = places.entry[0, places.again]
        self._ends = places.entry[-1]
        self._picks = [
            [_pick(layer, m, self.group, places.mover) for m in range(layer.slots.shape[1])] for layer in places.layers
        ]

    # --- as a curve takes it -----------------------------------------------------------------------------------------

    @property
    def cells(self) -> int:
        """The numbers that one derivative goes through."""
        rows = sum(layer.leads.nnz + len(layer.odds) for layer in self.places.layers)
        return (rows + self.places.count) * len(self.discount)

    @property
    def uniform(self) -> np.ndarray:
        """[slots] where everybody plays at random: nothing is expected yet."""
        return np.zeros(self.slots)

    @property
    def heat(self) -> float:
        """The largest precision times how much more or less a period can pay its owner than another, for ever."""
        most, least = self.flow.max(axis=0), self.flow.min(axis=0)
        for layer in self.places.layers:
            most, least = most + layer.pay.max(axis=0), least + layer.pay.min(axis=0)
        return float(np.max(self.precision * (most - least)[self.places.mover], initial=0.0))

    def unknowns(self) -> tuple[np.ndarray, np.ndarray]:
        """[n] values, and all log-odds but each choice's last; [n] what each is counted from: that last one, or 0."""
        starts = self.places.set_start
        last = np.append(starts[1:], len(self.group))[self.group] - 1
        place = np.full(len(self.group) + 1, self.slots - 1)
        place[self.joint] = self.values + np.arange(len(self.joint))
        odds = self.joint[self.joint < last[self.joint]]
        free = np.concatenate([np.arange(self.values), place[odds]])
        return free, np.concatenate([np.full(self.values, self.slots - 1), place[last[odds]]])

    def centre(self, by_slot: np.ndarray) -> np.ndarray:
        """Log-odds less the mean of their choice; values as they are."""
        if not len(self.joint):
            return by_slot
        centred = by_slot.copy()
        odds = np.zeros((len(self.group), *by_slot.shape[1:]))
        odds[self.joint] = by_slot[self.values : -1]
        centred[self.values : -1] = self._centred(odds)[self.joint]
        return centred

    def distance(self, a: np.ndarray, b: np.ndarray, share: float = 1.0) -> float:
        """The largest difference in choice probability."""
        return float(np.abs(self.respond(a, share).sigma - self.respond(b, share).sigma).max(initial=0.0))

    def sharpened(self, log_odds: np.ndarray, share: float) -> np.ndarray:
        """Where to look at the full precision, from an equilibrium at a share of it."""
        sharp = log_odds.copy()
        sharp[self.values :] /= max(share, 1e-3)
        return sharp

    def respond(self, log_odds: np.ndarray, share: float, *, fixed: bool = True) -> Reply:
        """Steps 1 to 6."""
        places, N = self.places, len(self.discount)
        value, D = np.zeros((places.count, N)), len(self.group)
        value[self._ends] = self.flow
        start = log_odds[: self.values].reshape(-1, N) / self.unit
        value[self._ends[places.again]] += self.discount * start
        z, action, sigma = np.zeros(D), np.zeros(D), np.ones(D + 1)
        z[self.joint] = log_odds[self.values : -1]
        passed = []
        for layer, picks, leads in zip(*map(reversed, (places.layers, self._picks, self._leads)), strict=True):
            worth = layer.pay + leads @ value
            if len(picks) == 1:
                pick = picks[0]
                action[pick.slots] = self._mean_free(pick, worth[pick.rows, pick.who])
                z[pick.slots] = share * self.precision[pick.slots] * action[pick.slots]
            for pick in picks:
                sigma[pick.slots] = self._softmax(pick, z[pick.slots])
            parts = [sigma[pick.of_row] for pick in picks]
            others = [_product(layer.odds, parts, m) for m in range(len(parts))]
            chance = _product(layer.odds, parts)
            if len(picks) > 1:
                for pick, other in zip(picks, others, strict=True):
                    own = worth[np.arange(len(other)), pick.by]
                    action[pick.slots] = self._mean_free(pick, pick.summed(other * own))
            found = np.add.reduceat(chance[:, None] * worth, layer.first, axis=0)
            if self.tastes:
                for pick in picks:
                    self._add_taste(found, pick, -sigma[pick.slots] * np.log(np.maximum(sigma[pick.slots], 1e-300)))
            value[layer.places] = found
            passed.append(_Passed(worth, chance, others))
        response = np.zeros(self.slots)
        response[: self.values] = (self.unit * value[self._first]).ravel()
        response[self.values : -1] = share * (self.precision * action)[self.joint]
        return Reply(value, sigma[:D], action, response, share, passed)

    def tangent(
        self, at: Reply, odds: np.ndarray, share: np.ndarray, source: np.ndarray | None = None
    ) -> np.ndarray:
        """How the response changes when the unknowns change by ``odds`` [slots, k] and s by ``share`` [k].

        A ``source`` [slots, k] is added.
        """
        places, N, k = self.places, len(self.discount), odds.shape[1]
        value, D = np.zeros((places.count, N, k)), len(self.group)
        start = odds[: self.values].reshape(-1, N, k) / self.unit
        value[self._ends[places.again]] = self.discount[:, None] * start
        z, action, turn = np.zeros((D, k)), np.zeros((D, k)), np.zeros((D + 1, k))
        z[self.joint] = odds[self.values : -1]
        before = zip(*map(reversed, (places.layers, self._picks, self._leads)), at.passed, strict=True)
        for layer, picks, leads, was in before:
            worth = (leads @ value.reshape(places.count, N * k)).reshape(-1, N, k)
            if len(picks) == 1:
                pick = picks[0]
                action[pick.slots] = self._mean_free(pick, worth[pick.rows, pick.who])
                lam, q = self.precision[pick.slots, None], at.action[pick.slots, None]
                z[pick.slots] = lam * (at.share * action[pick.slots] + q * share)
            for pick in picks:
                own = at.sigma[pick.slots, None]
                turn[pick.slots] = own * (z[pick.slots] - pick.spread(sums_of_runs(own * z[pick.slots], pick.sets)))
            found = sums_of_runs(was.chance[:, None, None] * worth, layer.first)
            turned = [turn[pick.of_row] for pick in picks]
            if picks:
                moved = reduce(np.add, (other[:, None] * x for x, other in zip(turned, was.others, strict=True)))
                found += sums_of_runs(moved[:, None] * was.worth[:, :, None], layer.first)
            if len(picks) > 1:
                self._joint_tangent(layer, picks, was, at, (worth, turned), action)
            if self.tastes:
                for pick in picks:
                    log = np.log(np.maximum(at.sigma[pick.slots, None], 1e-300))
                    self._add_taste(found, pick, -turn[pick.slots] * log)
            value[layer.places] = found
        change = np.zeros((self.slots, k))
        change[: self.values] = (self.unit * value[self._first]).reshape(-1, k)
        lam, q = self.precision[self.joint, None], at.action[self.joint, None]
        change[self.values : -1] = lam * (at.share * action[self.joint] + q * share)
        return change if source is None else change + source

    @property
    def pattern(self) -> np.ndarray:
        """[slots, slots] bool: which unknowns can move which responses, by what choices and ways lead to."""
        places, N, G = self.places, len(self.discount), len(self.joint)
        value = np.zeros((N, places.count, self.slots), dtype=np.float32)  # 1: it may
        for i in range(N):
            value[i, self._ends[places.again], np.arange(len(places.again)) * N + i] = 1.0
        choice = np.zeros((len(places.set_start), self.slots), dtype=np.float32)
        choice[self.group[self.joint], self.values + np.arange(G)] = 1.0
        found = np.zeros((self.slots, self.slots), dtype=bool)
        slot = np.full(len(self.group) + 1, -1)
        slot[self.joint] = self.values + np.arange(G)
        for layer, picks, leads in zip(*map(reversed, (places.layers, self._picks, self._leads)), strict=True):
            ways = (leads != 0).astype(np.float32)
            worth = [np.minimum(ways @ value[i], 1.0) for i in range(N)]
            here = [np.maximum.reduceat(rows, layer.first, axis=0) for rows in worth]
            turn = np.zeros_like(here[0])
            for pick in picks:
                groups = self.group[pick.slots[pick.sets]]
                at = pick.place[pick.sets]
                own = choice[groups] if len(picks) > 1 else np.stack(here)[pick.who[pick.sets], at]
                np.maximum.at(turn, at, own)
            for i in range(N):
                value[i, layer.places] = np.maximum(here[i], turn)
            for pick in picks if len(picks) > 1 else ():
                found[slot[pick.slots]] = np.maximum(np.stack(here)[pick.who, pick.place], turn[pick.place]) > 0.0
        for i in range(N):
            found[np.arange(len(places.again)) * N + i] = value[i, self._first] > 0.0
        return found

    # --- inside a layer ----------------------------------------------------------------------------------------------

    def _joint_tangent(
        self,
        layer: Layer,
        picks: list[_Pick],
        was: _Passed,
        at: Reply,
        change: tuple[np.ndarray, list[np.ndarray]],
        action: np.ndarray,
    ) -> None:
        """How Q of those who choose at once moves, put into ``action``, as what rows are worth [r, N, k] changes, and
        of each mover the play that is part of a row [r, k]."""
        worth, turned = change
        rows, padded = np.arange(len(layer.odds)), np.append(at.sigma, 1.0)
        parts = [padded[pick.of_row] for pick in picks]
        for m, pick in enumerate(picks):
            moved = was.others[m][:, None] * worth[rows, pick.by]
            own = was.worth[rows, pick.by]
            for n, turn in enumerate(turned):
                if n != m:
                    moved += (_product(layer.odds, parts, m, n) * own)[:, None] * turn
            action[pick.slots] = self._mean_free(pick, pick.summed(moved))

    def _centred(self, by_slot: np.ndarray) -> np.ndarray:
        """[D, ...] less the mean over each choice's options."""
        starts = self.places.set_start
        counts = np.diff(starts, append=len(self.group)).reshape(-1, *[1] * (by_slot.ndim - 1))
        return by_slot - (sums_of_runs(by_slot, starts) / counts)[self.group]

    @staticmethod
    def _mean_free(pick: _Pick, by_slot: np.ndarray) -> np.ndarray:
        """The same for the slots of a pick alone."""
        counts = np.diff(pick.sets, append=len(by_slot)).reshape(-1, *[1] * (by_slot.ndim - 1))
        return by_slot - pick.spread(sums_of_runs(by_slot, pick.sets) / counts)

    @staticmethod
    def _softmax(pick: _Pick, z: np.ndarray) -> np.ndarray:
        raised = np.exp(z - pick.spread(np.maximum.reduceat(z, pick.sets)))
        return raised / pick.spread(np.add.reduceat(raised, pick.sets))

    def _add_taste(self, found: np.ndarray, pick: _Pick, entropy: np.ndarray) -> None:
        """Add to the values [p, N, ...] of the movers what each slot's part of the entropy is worth."""
        rate = self.rate[pick.slots].reshape(-1, *[1] * (entropy.ndim - 1))
        np.add.at(found, (pick.place, pick.who), rate * entropy)


@dataclass(frozen=True, eq=False)
class _Pick:
    """One of the movers of a layer at each of its places: its slots [d], choice by choice.

    sets     [h] the first of the slots of each choice, and counts [h] how many they are
    of_row   [r] the slot in a row, D where the mover has none there; by [r] who that is
    rows     [d] the last row of each slot: its only one, where nobody else chooses
    place    [d] the place of each slot, within the layer; who [d] its mover
    matrix   [d, r] which rows have a slot
    """

    slots: np.ndarray
    sets: np.ndarray
    counts: np.ndarray
    of_row: np.ndarray
    by: np.ndarray
    rows: np.ndarray
    place: np.ndarray
    who: np.ndarray
    matrix: scipy.sparse.csr_array

    def spread(self, by_set: np.ndarray) -> np.ndarray:
        """[h, ...] -> [d, ...]."""
        return np.repeat(by_set, self.counts, axis=0)

    def summed(self, by_row: np.ndarray) -> np.ndarray:
        """[r, ...] -> [d, ...] sums over the rows of each slot."""
        return self.matrix @ by_row


def _pick(layer: Layer, m: int, group: np.ndarray, mover: np.ndarray) -> _Pick:
    """The m-th mover of a layer."""
    given = layer.slots[:, m]
    held = np.flatnonzero(given >= 0)
    slots, place_of = np.unique(given[held], return_inverse=True)
    rows = np.zeros(len(slots), dtype=np.int64)
    rows[place_of] = held
    sets = np.flatnonzero(np.diff(group[slots], prepend=-1))
    return _Pick(
        slots=slots,
        sets=sets,
        counts=np.diff(sets, append=len(slots)),
        of_row=np.where(given >= 0, given, len(mover)),
        by=np.where(given >= 0, mover[np.maximum(given, 0)], 0),
        rows=rows,
        place=np.searchsorted(layer.first, rows, side="right") - 1,
        who=mover[slots],
        matrix=scipy.sparse.csr_array((np.ones(len(held)), (place_of, held)), shape=(len(slots), len(given))),
    )


def _is_full(leads: scipy.sparse.csr_array) -> bool:
    """Whether so many places can come next that a full matrix is quicker."""
    return leads.nnz > FULL * leads.shape[0] * leads.shape[1] and leads.shape[0] * leads.shape[1] < 10_000_000


def _product(odds: np.ndarray, parts: list[np.ndarray], *without: int) -> np.ndarray:
    """[r] the product of odds and parts, without some of these."""
    for n, part in enumerate(parts):
        if n not in without:
            odds = odds * part
    return odds
